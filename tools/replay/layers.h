/* layers.h - recordings of single layers: cases with inputs, outputs, and gradients of the
 * outputs. Private. */
#ifndef GT_REPLAY_LAYERS_H
#define GT_REPLAY_LAYERS_H

#include "recording.h"

enum { CASE_INPUTS = 16, CASE_OUTPUTS = 4 };

/* One case: the tensors CASE/in.NAME, CASE/out.NAME, CASE/gout.NAME, CASE/gin.NAME. */
typedef struct layer_case {
    gt_recording *rec;
    const char *name;
    const json_t *file_attrs; /* of all cases */
    const json_t *attrs;      /* of this one */
    gt_replay_job *job;
    gt_graph *g;
    struct {
        const char *name;
        gt_tensor *leaf;
    } inputs[CASE_INPUTS];
    struct {
        const char *name;
        gt_tensor *value;
    } outputs[CASE_OUTPUTS];
    int input_count, output_count;
} layer_case;

/* A kind of case: what a case must have to be of it, and how it is computed. */
typedef struct layer_kind {
    const char *begins;           /* the case's name begins so, or NULL */
    const char *has[2];           /* tensors ("in.x") it has, or NULL */
    const char *attr;             /* attribute it has, or NULL */
    bool zeros;                   /* gradients that were exact zeros must be */
    void (*build)(layer_case *c); /* as a graph, with case_in and case_out; or */
    void (*run)(layer_case *c);   /* by itself */
} layer_kind;

/* All kinds, most particular first; ended by a row without functions. */
extern const layer_kind layer_kinds[];

bool case_has(const layer_case *c, const char *part);
/* Shape of CASE/PART; failure when there is none, or a rank too many. */
gt_shape case_shape(layer_case *c, const char *part);
/* The input CASE/in.NAME as a leaf fed from the file. */
gt_tensor *case_in(layer_case *c, const char *name);
/* The same where it may be missing: NULL. */
gt_tensor *case_in_optional(layer_case *c, const char *name);
/* Compared with CASE/out.NAME; gradients of the inputs are added up over outputs that have a
 * CASE/gout.NAME. */
void case_out(layer_case *c, const char *name, gt_tensor *value);
double case_attr(layer_case *c, const char *key);
/* A whole one from 0 to 2^20. */
int case_int(layer_case *c, const char *key);
bool case_flag(const layer_case *c, const char *key);

/* Kinds that are no graphs. */
void replay_dmol_draw(layer_case *c);
void replay_optimizer(layer_case *c);
void replay_plateau(layer_case *c);

#endif
