/* latent_parts.c - see latent_parts.h. */
#include "latent_parts.h"

#include <string.h>

_Static_assert((int)GT_LATENT_PARTS >= (int)GT_MODEL_LATENTS, "a file has room for all parts");

void gt_latent_parts_of(const gt_model *model, gt_latents_info *info) {
    gt_model_latent part;
    info->part_count = 0;
    for (int i = 0; i < GT_MODEL_LATENTS && gt_model_latent_at(model, i, &part); i++) {
        gt_latents_part *own = &info->parts[info->part_count++];
        memcpy(own->name, part.name, sizeof own->name);
        own->rank = (size_t)part.shape.rank;
        for (size_t d = 0; d < own->rank; d++) own->dims[d] = (uint64_t)part.shape.dim[d];
    }
}
