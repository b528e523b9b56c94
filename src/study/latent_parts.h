/* latent_parts.h - the latents of a model as a file of them (latents.h) has them. */
#ifndef GT_STUDY_LATENT_PARTS_H
#define GT_STUDY_LATENT_PARTS_H

#include "galatea/model.h"
#include "latents.h"

/* Fills in the parts of info, and nothing else. */
void gt_latent_parts_of(const gt_model *model, gt_latents_info *info);

#endif
