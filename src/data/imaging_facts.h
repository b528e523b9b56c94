/* imaging_facts.h (room: data, private) - which of the facts of galatea/imaging.h are stated.
 */
#ifndef GALATEA_DATA_IMAGING_FACTS_H
#define GALATEA_DATA_IMAGING_FACTS_H

#include "galatea/imaging.h"

enum { GT_FACT_PREPARATION = 2, GT_FACT_STEP, GT_FACTS = GT_FACT_STEP + 7 };

/* What people call them: place i is of bit 1 << i. Steps of a preparation have bits of their
 * own, from GT_FACT_STEP on, beside that of GT_FACT_PREPARATION. */
extern const char *const gt_fact_names[GT_FACTS];

unsigned gt_imaging_facts(const gt_imaging *imaging);

#endif
