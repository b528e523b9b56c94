/* weights_names.h - what programs put around the names of tensors, taken off again. */
#ifndef GT_TRAIN_WEIGHTS_NAMES_H
#define GT_TRAIN_WEIGHTS_NAMES_H

#include <stdbool.h>

#include "galatea/safetensors.h"

enum { GT_WEIGHT_NAME = 512 };

/* The name without the parts that wrappers of a module put in; cut off where it is longer than
 * any parameter's. */
void gt_weight_name_plain(const char *name, char plain[GT_WEIGHT_NAME]);

/* Whether a plain name is of what batch norms and averages of PyTorch count by, or of what
 * scales losses of half precision ("G_scaler.scale"): nothing is computed from them. */
bool gt_weight_name_is_counter(const char *plain);

/* What all plain names of a file but those of counters begin with, up to a dot. */
void gt_weight_names_share(const gt_safetensors *file, char shared[GT_WEIGHT_NAME]);

#endif
