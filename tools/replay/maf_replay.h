/* maf_replay.h - what the replayers of flows share. Private. */
#ifndef GT_REPLAY_MAF_REPLAY_H
#define GT_REPLAY_MAF_REPLAY_H

#include "maf.h"
#include "recording.h"

/* A flow of the size that a recording's metadata tell, and a graph with its leaves. */
typedef struct maf_replay {
    gt_recording *rec;
    gt_model *model;
    const maf *net;
    gt_params *params;
    gt_replay_job *job;
    gt_graph *g;
    gt_tensor **leaves;
} maf_replay;

/* Makes the model; all values 0. False after a failure, which sticks to rec. `held` names a
 * tensor with (H,H) values, looked at before anything of that size is made; NULL: sizes of at
 * most 2^12 are trusted. */
bool maf_replay_open(maf_replay *r, gt_recording *rec, const char *held);
void maf_replay_close(maf_replay *r);
/* A fresh graph and its leaves, after the one before. */
bool maf_replay_begin(maf_replay *r);

/* Parameters from tensors PREFIX.NAME, and the masks compared. */
void maf_replay_read(maf_replay *r, const char *prefix);

/* Rows (N,D) of a tensor of the file as an input of the graph: columns (D,N). */
gt_tensor *maf_replay_rows(maf_replay *r, const char *name);

/* u and log-determinant of the way back from `noise`, compared with PREFIX.x and
 * PREFIX.logdet; the codes, which the caller frees. */
float *maf_replay_inverse(maf_replay *r, const char *codes_name, const char *log_det_name,
                          int64_t *count);

/* Tolerances from what the recording's metadata say of rounding in single precision: ten times
 * that, at least 1e-6 of the tensor's largest magnitude. */
void maf_replay_tolerances(gt_recording *rec);

#endif
