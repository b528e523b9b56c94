/* params.h (room: engine) - the parameters of a model in one contiguous vector of floats.
 *
 * Parameters are added by name while a model is described, then allocated at once. Each begins
 * at a multiple of 16 floats (64 bytes); the gaps hold zeros and stay zero under every
 * optimizer, so that a sweep over the whole vector is one loop and a norm over it is the norm
 * of the parameters. Gradients, moments and averages use vectors of the same layout.
 *
 * Some values belong to a model but are not learned: running means of a normalisation, say.
 * They are added as state, stand behind all parameters in the vector, and are saved with them;
 * an optimizer sweeps over the floats before them.
 *
 * Like the graph, the list keeps its first failure: gt_params_add returns -1 from then on, and
 * gt_params_allocate reports it. Threads: one list, one thread while it is built. */
#ifndef GALATEA_PARAMS_H
#define GALATEA_PARAMS_H

#include "galatea/graph.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gt_params gt_params;

/* NULL when memory is short. */
gt_params *gt_params_create(void);
void gt_params_destroy(gt_params *params);

/* Appends a parameter and returns its index (0, 1, ...). The name is copied; it must be new and
 * not empty. -1 after a failure: a name that exists (GT_BAD_ARGUMENT), a shape that is none
 * (GT_BAD_SHAPE), a call after gt_params_allocate (GT_BAD_ARGUMENT). */
int gt_params_add(gt_params *params, const char *name, gt_shape shape);

/* The same for values that are not learned. */
int gt_params_add_state(gt_params *params, const char *name, gt_shape shape);
bool gt_params_is_state(const gt_params *params, int index);

/* Makes the vector, all zeros. To be called once, after all were added; reports the first
 * failure of gt_params_add. */
GT_MUST_CHECK gt_status gt_params_allocate(gt_params *params, gt_error *err);

/* How many there are, state included. */
int gt_params_count(const gt_params *params);
/* Of parameter `index` in [0, count). The name is lent until the list is destroyed. */
const char *gt_params_name(const gt_params *params, int index);
gt_shape gt_params_shape(const gt_params *params, int index);
/* First element of the parameter, in floats from the start of the vector; of state it is known
 * once everything was added. */
int64_t gt_params_offset(const gt_params *params, int index);
/* Index of the parameter with that name, -1 when there is none. */
int gt_params_find(const gt_params *params, const char *name);
/* The one that is called like `index` but for the beginning: `from`, which becomes `to`; -1
 * when its name begins otherwise or there is none. */
int gt_params_find_under(const gt_params *params, int index, const char *from, const char *to);

/* Length of the vector in floats, gaps included; and number of elements without gaps. */
int64_t gt_params_floats(const gt_params *params);
/* The part of it that is learned: all floats before the state. */
int64_t gt_params_learned_floats(const gt_params *params);
int64_t gt_params_elements(const gt_params *params);

/* The vector, aligned to 64 bytes; NULL before gt_params_allocate. */
float *gt_params_values(gt_params *params);

/* The leaf for a parameter in a graph. Each call makes a new one: a model asks once per graph.
 * An index of -1 hands the list's failure to the graph. */
gt_tensor *gt_params_tensor(gt_graph *g, const gt_params *params, int index);

#ifdef __cplusplus
}
#endif
#endif
