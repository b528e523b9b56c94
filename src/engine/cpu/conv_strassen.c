/* conv_strassen.c - 1x1 convolutions and their data gradients by Strassen's algorithm
 * (conv_strassen.h): the weights, or their transpose, times pixels, a chunk at a time
 * (conv_strassen_chunk.c). Chunks follow from the shapes alone. */
#include "conv_strassen_chunk.h"
#include "team.h"

enum { PARTS = GT_STRASSEN_PARTS, PRODUCTS = GT_STRASSEN_PRODUCTS, PANEL = GT_STRASSEN_PANEL };

/* ---- Shapes -------------------------------------------------------------------------------
 */

enum { UNIT = 4 * PANEL }; /* channels: each quarter has whole panels */

static bool applies(const gt_conv_problem *p) {
    return p->w.dim[2] == 1 && p->w.dim[3] == 1 && p->how.pad == 0 && p->how.stride == 1 &&
           p->how.less == 0 && p->how.groups == 1 && p->x_blocked && p->y_blocked &&
           p->w.dim[0] % UNIT == 0 && p->w.dim[1] % UNIT == 0 && p->x.dim[0] > 0;
}

static int64_t quarter_of(const gt_conv_problem *p) {
    return gt_strassen_quarter(p->x.dim[0] * p->x.dim[2] * p->x.dim[3]);
}

static int64_t chunks_of(const gt_conv_problem *p) {
    int64_t chunk = 4 * quarter_of(p);
    return (p->x.dim[0] * p->x.dim[2] * p->x.dim[3] + chunk - 1) / chunk;
}

static size_t weights_bytes(const gt_conv_problem *p) {
    int64_t length = gt_strassen_length(gt_shape_count(p->w) / PARTS);
    return p->kind == GT_CONV_WEIGHTS ? 0 : (size_t)length * sizeof(float);
}

static int64_t area_length(const gt_conv_problem *p, int threads) {
    return gt_strassen_area(p, quarter_of(p), threads);
}

static size_t scratch_bytes(const gt_conv_problem *p, int threads) {
    if (p->y_parts) return 0;
    if (p->kind == GT_CONV_WEIGHTS) return gt_strassen_weights_scratch(p, threads);
    int64_t totals = p->totals ? chunks_of(p) * p->x.dim[1] : 0;
    int64_t given = p->x_parts ? threads * gt_narrow_given_area(p) : 0;
    int64_t sums = gt_strassen_shares_sums(p, threads) ? gt_strassen_sums_length(p) : 0;
    return (size_t)(sums + totals + threads * area_length(p, threads) + given) * sizeof(float);
}

/* ---- Weights ------------------------------------------------------------------------------
 */

typedef struct preparation {
    const gt_conv_problem *p;
    const float *w;
    float *prepared;
} preparation;

/* Sixteen results of sixteen summed channels. */
static void prepare_square(const preparation *s, int64_t result, int64_t summed, float *to) {
    int64_t row = s->p->w.dim[1];
    if (s->p->kind == GT_CONV_FORWARD) {
        gt_turn_square(s->w + result * row + summed, row, to, PANEL);
        return;
    }
    for (int64_t k = 0; k < GT_BLOCK; k++)
        gt_store(to + k * PANEL, gt_load(s->w + (summed + k) * row + result));
}

static void prepare_part(void *self, int64_t part, int worker) {
    const preparation *s = self;
    int64_t results = gt_strassen_results(s->p), summed = gt_strassen_summed(s->p);
    int64_t first_result = gt_strassen_row((int)part) * results;
    int64_t first_summed = gt_strassen_column((int)part) * summed;
    float *to = s->prepared + gt_strassen_at((int)part, results * summed);
    for (int64_t r = 0; r < results; r += GT_BLOCK)
        for (int64_t k = 0; k < summed; k += GT_BLOCK)
            prepare_square(s, first_result + r, first_summed + k,
                           to + (r / PANEL * summed + k) * PANEL + r % PANEL);
}

static void prepare(const gt_conv_problem *p, const float *w, float *prepared, int threads) {
    preparation s = {p, w, prepared};
    int64_t size = gt_strassen_results(p) * gt_strassen_summed(p);
    gt_team_run(threads, PARTS, prepare_part, &s);
    for (int64_t i = 0; i < size; i += GT_BLOCK) {
        gt_vector v[PARTS];
#pragma GCC unroll 16
        for (int k = 0; k < PARTS; k++) v[k] = gt_load(prepared + gt_strassen_at(k, size) + i);
        gt_strassen_change(GT_STRASSEN_LEFT, v);
#pragma GCC unroll 16
        for (int k = 0; k < PARTS; k++) gt_store(prepared + gt_strassen_at(k, size) + i, v[k]);
    }
}

/* ---- Work -------------------------------------------------------------------------------- */

typedef gt_strassen_job job;

static void run_chunk(void *self, int64_t number, int worker) {
    gt_strassen_compute(self, number, 0, worker);
}

/* Whether results are so many that no cache has them when they are read, and memory would read
 * them for nothing before they are overwritten. */
static bool streams(const gt_conv_problem *p, const float *result) {
    enum { MANY = 1 << 22 };
    return gt_strassen_results(p) * 4 * p->x.dim[0] * p->x.dim[2] * p->x.dim[3] >= MANY &&
           (uintptr_t)result % (GT_BLOCK * sizeof *result) == 0;
}

/* What all chunks need, where `scratch` is long enough for it (scratch_bytes). */
static job begin_job(const gt_conv_problem *p, const float *images, const float *prepared,
                     int threads, float *scratch) {
    int64_t area = p->x.dim[2] * p->x.dim[3], pixels = p->x.dim[0] * area;
    job j = {.p = p,
             .from = {4 * gt_strassen_summed(p) / GT_BLOCK, area, pixels},
             .to = {4 * gt_strassen_results(p) / GT_BLOCK, area, pixels},
             .images = images,
             .prepared = prepared,
             .area = scratch,
             .width = p->y.dim[3],
             .quarter = quarter_of(p),
             .threads = threads};
    if (gt_strassen_shares_sums(p, threads)) {
        j.sums = j.area;
        j.area += gt_strassen_sums_length(p);
    }
    float *behind = j.area + threads * area_length(p, threads);
    if (p->totals) j.totals = behind;
    if (p->x_parts) j.given = gt_narrow_given(p, images, behind);
    for (int k = 0; k < PRODUCTS; k++) {
        j.left[k] = gt_strassen_sum_of(GT_STRASSEN_LEFT, k);
        j.right[k] = gt_strassen_sum_of(GT_STRASSEN_RIGHT, k);
        j.out[k] = gt_strassen_sum_of(GT_STRASSEN_RESULT, k);
    }
    for (int i = 0; i < threads; i++) j.area[i * area_length(p, threads)] = 0;
    if (j.sums) gt_strassen_add_weights(&j);
    return j;
}

/* ---- Results that are asked for ---------------------------------------------------------- */

/* What is left in the place of results: whose they are, and behind it the bias. */
typedef struct left {
    gt_conv_problem problem;
    const float *images, *prepared;
    float bias[];
} left;

static bool can_leave(const gt_conv_problem *p) {
    size_t bytes = sizeof(left) + (size_t)p->y.dim[1] * sizeof(float);
    return bytes <= (size_t)gt_shape_count(p->y) * sizeof(float);
}

static void leave(const gt_conv_problem *p, const float *images, const float *prepared,
                  const float *bias, float *result) {
    left *kept = (void *)result;
    kept->problem = *p;
    kept->images = images;
    kept->prepared = prepared;
    if (p->bias) memcpy(kept->bias, bias, (size_t)p->y.dim[1] * sizeof *bias);
}

/* The problem whose results another one reads. */
static gt_conv_problem left_for(const gt_conv_problem *reader) {
    return (gt_conv_problem){.kind = GT_CONV_FORWARD,
                             .x = reader->x,
                             .w = {4, {reader->x.dim[1], reader->x.dim[1], 1, 1}},
                             .y = reader->x,
                             .how = {.stride = 1, .groups = 1},
                             .x_parts = reader->x_parts};
}

enum { JOB = (sizeof(job) / sizeof(float) + GT_BLOCK - 1) / GT_BLOCK * GT_BLOCK };

int64_t gt_strassen_asked_length(const gt_conv_problem *reader, int threads) {
    gt_conv_problem p = left_for(reader);
    return JOB + (int64_t)(scratch_bytes(&p, threads) / sizeof(float));
}

const gt_strassen_job *gt_strassen_asked(const gt_conv_problem *reader, const float *place,
                                         int threads, float *scratch) {
    const left *kept = (const void *)place;
    job *j = (void *)scratch;
    *j = begin_job(&kept->problem, kept->images, kept->prepared, threads, scratch + JOB);
    j->bias = kept->problem.bias ? kept->bias : NULL;
    return j;
}

void gt_strassen_make(const gt_strassen_job *j, int64_t tile, int64_t tiles, int worker,
                      float *to) {
    gt_strassen_job here = *j;
    int64_t each = 4 * j->quarter / GT_STRASSEN_TILE, first = tile / each;
    here.result = to; /* one image, as wide as a tile */
    here.to.area = tiles * GT_STRASSEN_TILE;
    here.width = GT_STRASSEN_SIDE;
    for (int64_t k = 0; k < tiles / each; k++)
        gt_strassen_compute(&here, first + k, first, worker);
}

/* ---- All three --------------------------------------------------------------------------- */

static gt_status run(const gt_conv_problem *p, const float *a, const float *b,
                     const gt_conv_beside *beside, float *result, bool accumulate,
                     void *scratch, int threads, gt_error *err) {
    if (p->kind == GT_CONV_WEIGHTS) {
        gt_strassen_weights_run(p, a, b, result, accumulate, scratch, threads);
        return GT_OK;
    }
    if (p->y_parts) {
        leave(p, a, b, beside->bias, result);
        return GT_OK;
    }
    job j = begin_job(p, a, b, threads, scratch);
    j.bias = beside->bias;
    j.mask = p->mask ? beside->mask : NULL;
    j.result = result;
    j.accumulate = accumulate || p->accumulate;
    j.streams = !j.accumulate && streams(p, result);
    gt_team_run(threads, chunks_of(p), run_chunk, &j);
    if (p->totals) gt_conv_add_totals(j.totals, chunks_of(p), p->x.dim[1], beside->totals);
    return GT_OK;
}

static bool masks(const gt_conv_problem *p) {
    return true;
}

static int64_t gives_parts(const gt_conv_problem *p) {
    bool is_plain = p->kind == GT_CONV_FORWARD && !p->accumulate;
    return is_plain && can_leave(p) ? p->x_parts : 0;
}

static bool takes_parts(const gt_conv_problem *p, int threads) {
    return p->kind == GT_CONV_FORWARD && p->w.dim[0] == p->w.dim[1] &&
           gt_strassen_given(p->x) > 0;
}

const gt_conv_own gt_conv_strassen = {.name = "strassen",
                                      .clips = true,
                                      .masks = masks,
                                      .gives_parts = gives_parts,
                                      .takes_parts = takes_parts,
                                      .applies = applies,
                                      .weights_bytes = weights_bytes,
                                      .scratch = scratch_bytes,
                                      .prepare = prepare,
                                      .run = run};
