/* Running statistics of a flow: every block's mean and variance over all rows, each normalised
 * by those of the blocks before. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "galatea/plan.h"
#include "maf.h"
#include "team.h"

enum { CHUNK = 1024 }; /* rows of one run */

/* All rows, in chunks of (D,CHUNK); the plan is the network of the first block, run with the
 * parameters of each. */
typedef struct recalibration {
    const maf *net;
    const gt_params *params;
    float *values;
    uint64_t count, chunks;
    float *z;     /* (chunks,D,CHUNK) */
    double *sums; /* (D) */
    float *rows;  /* (CHUNK,given) as read */
    gt_graph *graph;
    gt_tensor *input;
    gt_plan *plan;
    int threads;
} recalibration;

static float *chunk_at(const recalibration *r, uint64_t chunk) {
    return r->z + chunk * (uint64_t)r->net->features * CHUNK;
}

static size_t rows_in(const recalibration *r, uint64_t chunk) {
    uint64_t left = r->count - chunk * CHUNK;
    return left < CHUNK ? (size_t)left : CHUNK;
}

static gt_status allocate(recalibration *r, gt_error *err) {
    size_t chunk = (size_t)r->net->features * CHUNK, all = 0, bytes = 0;
    if (__builtin_mul_overflow(chunk, (size_t)r->chunks, &all) ||
        __builtin_mul_overflow(all, sizeof *r->z, &bytes))
        return gt_fail(err, GT_NO_MEMORY, "%llu codes are too many",
                       (unsigned long long)r->count);
    r->z = calloc(bytes, 1);
    r->rows = malloc((size_t)r->net->given * CHUNK * sizeof *r->rows);
    r->sums = malloc((size_t)r->net->features * sizeof *r->sums);
    if (r->z && r->rows && r->sums) return GT_OK;
    return gt_fail(err, GT_NO_MEMORY, "no memory for %llu codes of %lld numbers",
                   (unsigned long long)r->count, (long long)r->net->features);
}

static gt_status compile(recalibration *r, gt_error *err) {
    gt_status status = GT_OK;
    int count = gt_params_count(r->params);
    gt_plan_options options = {.threads = r->threads};
    gt_tensor **leaves = calloc((size_t)count, sizeof(gt_tensor *));
    r->graph = gt_graph_create();
    if (!leaves || !r->graph) GT_THROW(err, GT_NO_MEMORY, "no memory for a graph");
    for (int i = 0; i < count; ++i) leaves[i] = gt_params_tensor(r->graph, r->params, i);
    r->input = gt_input(r->graph, "z", GT_SHAPE(r->net->features, CHUNK));
    maf_step step = maf_network(r->net, r->graph, leaves, &r->net->blocks[0], r->input);
    GT_TRY(gt_graph_check(r->graph, err));
    GT_TRY(gt_plan_create(r->graph, &step.out, 1, &options, &r->plan, err));
done:
    free(leaves);
    return status;
}

static gt_status read_all(recalibration *r, const gt_model_rows *rows, gt_error *err) {
    gt_status status = GT_OK;
    int64_t d = r->net->features, given = r->net->given;
    const int64_t *kept = r->net->kept;
    for (uint64_t c = 0; c < r->chunks; ++c) {
        size_t n = rows_in(r, c);
        float *z = chunk_at(r, c);
        GT_TRY(rows->read(rows->user, c * CHUNK, n, r->rows, err));
        for (size_t i = 0; i < n; ++i)
            for (int64_t j = 0; j < d; ++j)
                z[j * CHUNK + (int64_t)i] = r->rows[(int64_t)i * given + (kept ? kept[j] : j)];
    }
done:
    return status;
}

/* u in place of x, chunk by chunk. An empty read asks whether to go on. */
static gt_status run_network(recalibration *r, int b, const gt_model_rows *rows,
                             gt_error *err) {
    gt_status status = GT_OK;
    int64_t distance = gt_params_offset(r->params, r->net->blocks[b].joiner.weight) -
                       gt_params_offset(r->params, r->net->blocks[0].joiner.weight);
    gt_plan_bind_parameters(r->plan, r->values + distance);
    for (uint64_t c = 0; c < r->chunks; ++c) {
        GT_TRY(rows->read(rows->user, 0, 0, r->rows, err));
        float *z = chunk_at(r, c);
        GT_TRY(gt_plan_bind(r->plan, r->input, z, err));
        GT_TRY(gt_plan_run(r->plan, err));
        memcpy(z, gt_plan_output(r->plan, 0), (size_t)r->net->features * CHUNK * sizeof *z);
    }
done:
    return status;
}

typedef struct averaging {
    const recalibration *r;
    const double *centre;
    double *out;
} averaging;

static void average_features(void *self, int64_t begin, int64_t end) {
    const averaging *job = self;
    const recalibration *r = job->r;
    const double *centre = job->centre;
    for (int64_t j = begin; j < end; ++j) {
        double total = 0;
        for (uint64_t c = 0; c < r->chunks; ++c) {
            const float *line = chunk_at(r, c) + j * CHUNK;
            size_t n = rows_in(r, c);
            double sum = 0;
            for (size_t i = 0; i < n; ++i) {
                double x = (double)line[i] - (centre ? centre[j] : 0);
                sum += centre ? x * x : x;
            }
            total += sum;
        }
        job->out[j] = total / (double)r->count;
    }
}

/* Mean over all rows of z_j, or of its square distance from `centre` (NULL: of z_j), in double;
 * one feature belongs to one piece. */
static void average(recalibration *r, const double *centre, double *out) {
    averaging job = {r, centre, out};
    gt_team_range(r->threads, r->net->features, 1, average_features, &job);
}

static float *values_of(const recalibration *r, int index) {
    return r->values + gt_params_offset(r->params, index);
}

typedef struct normalising {
    const recalibration *r;
    const float *log_gamma, *beta, *mean, *var;
} normalising;

static void normalise_pairs(void *self, int64_t begin, int64_t end) {
    const normalising *n = self;
    const recalibration *r = n->r;
    for (int64_t j = begin; j < end; ++j) {
        int64_t k = r->net->features - 1 - j;
        float sj = expf(n->log_gamma[j]) / sqrtf(n->var[j]);
        float sk = expf(n->log_gamma[k]) / sqrtf(n->var[k]);
        for (uint64_t c = 0; c < r->chunks; ++c) {
            float *a = chunk_at(r, c) + j * CHUNK, *b = chunk_at(r, c) + k * CHUNK;
            for (int i = 0; i < CHUNK; ++i) {
                float left = (a[i] - n->mean[j]) * sj + n->beta[j];
                float right = (b[i] - n->mean[k]) * sk + n->beta[k];
                a[i] = right;
                b[i] = left;
            }
        }
    }
}

/* Normalises and reverses; in place, since feature j and D - 1 - j change together. */
static void normalise(recalibration *r, const maf_block *block) {
    normalising job = {r, values_of(r, block->log_gamma), values_of(r, block->beta),
                       values_of(r, block->mean), values_of(r, block->variance)};
    gt_team_range(r->threads, (r->net->features + 1) / 2, 1, normalise_pairs, &job);
}

static gt_status set_statistics(recalibration *r, const maf_block *block, gt_error *err) {
    static const double bn_eps = 1e-5; /* part of the stored variance */
    int64_t d = r->net->features;
    float *mean = values_of(r, block->mean), *variance = values_of(r, block->variance);
    double *centre = malloc((size_t)d * sizeof *centre);
    if (!centre) return gt_fail(err, GT_NO_MEMORY, "no memory for %lld means", (long long)d);
    average(r, NULL, centre);
    average(r, centre, r->sums);
    for (int64_t j = 0; j < d; ++j) {
        mean[j] = (float)centre[j];
        variance[j] = (float)(r->sums[j] + bn_eps);
    }
    free(centre);
    return GT_OK;
}

gt_status maf_recalibrate(const gt_model *model, float *values, const gt_model_rows *rows,
                          int threads, gt_error *err) {
    gt_status status = GT_OK;
    const gt_params *params = gt_model_params(model);
    recalibration r = {.net = gt_model_self(model),
                       .params = params,
                       .values = values,
                       .count = rows->count,
                       .chunks = (rows->count + CHUNK - 1) / CHUNK,
                       .threads = threads};
    GT_TRY(allocate(&r, err));
    GT_TRY(compile(&r, err));
    GT_TRY(read_all(&r, rows, err));
    for (int b = 0; b < r.net->block_count; ++b) {
        GT_TRY(run_network(&r, b, rows, err));
        GT_TRY(set_statistics(&r, &r.net->blocks[b], err));
        normalise(&r, &r.net->blocks[b]);
    }
done:
    gt_plan_destroy(r.plan);
    gt_graph_destroy(r.graph);
    free(r.z);
    free(r.rows);
    free(r.sums);
    return status;
}
