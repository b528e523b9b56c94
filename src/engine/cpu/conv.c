/* conv.c - see conv.h. */
#include "conv.h"

#include <stdlib.h>
#include <string.h>

#include "conv_own.h"
#include "failure.h"
#include "team.h"

/* Images [image, image + images), and of their result channels [channel, channel + channels).
 */
typedef struct part {
    int64_t image, images, channel, channels;
    gt_dnn_conv *conv;
    size_t prepared; /* bytes before its weights */
} part;

struct gt_conv_work {
    gt_conv_problem problem;
    gt_conv_algorithm algorithm;
    const gt_conv_own *own; /* NULL: oneDNN's, in parts */
    int threads, count;
    part *parts; /* none when it is our own */
    size_t part_scratch, weights_bytes;
};

/* ---- Cutting --------------------------------------------------------------------------- */

static double flops_of(const gt_conv_problem *p) {
    return 2.0 * (double)gt_shape_count(p->y) * (double)p->w.dim[1] * (double)p->w.dim[2] *
           (double)p->w.dim[3];
}

/* Parts of a fair size; one where handing over would cost more than it brings. */
static int64_t wanted_parts(const gt_conv_problem *p, int threads) {
    static const double worth_it = 1e6; /* about ten microseconds */
    double most = flops_of(p) / worth_it;
    return threads == 1 || most < 2 ? 1 : most < threads ? (int64_t)most : threads;
}

/* Channels of the result: those of y, but of gx for DATA; of the weights' gradient its rows. */
static int64_t channels_of(const gt_conv_problem *p) {
    return p->kind == GT_CONV_DATA ? p->x.dim[1] : p->y.dim[1];
}

typedef struct grid {
    int64_t images, channels; /* parts along each */
} grid;

/* Along the images as far as there are enough. Of one image the channels are as many runs of
 * memory in either layout; they are cut where 16 of them end. */
static grid grid_of(const gt_conv_problem *p, int threads) {
    int64_t wanted = wanted_parts(p, threads), n = p->x.dim[0];
    int64_t blocks = channels_of(p) / GT_BLOCK;
    grid g = {wanted, 1};
    if (wanted <= n || n == 0) return g;
    g.images = n;
    if (p->how.groups != 1 || channels_of(p) % GT_BLOCK != 0) return g;
    if (p->kind == GT_CONV_WEIGHTS && n > 1) return g;
    g.channels = (wanted + n - 1) / n;
    if (g.channels > blocks) g.channels = blocks;
    return g;
}

static part part_at(const gt_conv_problem *p, grid g, int64_t i) {
    int64_t n = p->x.dim[0], row = i / g.channels, column = i % g.channels;
    int64_t blocks = channels_of(p) / GT_BLOCK;
    part at = {.image = n * row / g.images, .channels = channels_of(p)};
    at.images = n * (row + 1) / g.images - at.image;
    if (g.channels == 1) return at;
    at.channel = blocks * column / g.channels * GT_BLOCK;
    at.channels = blocks * (column + 1) / g.channels * GT_BLOCK - at.channel;
    return at;
}

static gt_conv_problem problem_at(const gt_conv_problem *p, const part *at) {
    gt_conv_problem one = *p;
    one.x.dim[0] = one.y.dim[0] = at->images;
    if (at->channels == channels_of(p)) return one;
    if (p->kind == GT_CONV_DATA) {
        one.w_row = p->w.dim[1] * p->w.dim[2] * p->w.dim[3];
        one.x.dim[1] = one.w.dim[1] = at->channels;
    } else {
        one.y.dim[1] = one.w.dim[0] = at->channels;
    }
    return one;
}

gt_conv_problem gt_conv_part(const gt_conv_problem *problem, int threads) {
    grid g = grid_of(problem, threads);
    part last =
        part_at(problem, g, g.images * g.channels - 1); /* rounding leaves it the most */
    return problem_at(problem, &last);
}

/* ---- Our own ---------------------------------------------------------------------------- */

static const gt_conv_own *const owns[GT_CONV_ALGORITHMS] = {
    [GT_CONV_DENSE] = &gt_conv_dense,       [GT_CONV_PAIRS] = &gt_conv_pairs,
    [GT_CONV_TILES] = &gt_conv_tiles,       [GT_CONV_NARROW] = &gt_conv_narrow,
    [GT_CONV_STRASSEN] = &gt_conv_strassen, [GT_CONV_PLANES] = &gt_conv_planes,
    [GT_CONV_PATCHES] = &gt_conv_patches};

bool gt_conv_own_applies(gt_conv_algorithm algorithm, const gt_conv_problem *problem) {
    return owns[algorithm] && owns[algorithm]->applies(problem);
}

/* ---- Making ---------------------------------------------------------------------------- */

/* Parts that want the same weights in the same order share them. */
static void place_weights(gt_conv_work *work, int i) {
    part *at = &work->parts[i];
    for (int k = 0; k < i; k++) {
        const part *other = &work->parts[k];
        if (other->channel != at->channel || other->channels != at->channels ||
            !gt_dnn_conv_weights_alike(other->conv, at->conv))
            continue;
        at->prepared = other->prepared;
        return;
    }
    at->prepared = work->weights_bytes;
    work->weights_bytes += (gt_dnn_conv_weights_bytes(at->conv) + 63) / 64 * 64;
}

static gt_status make_parts(gt_conv_work *work, gt_error *err) {
    gt_status status = GT_OK;
    grid g = grid_of(&work->problem, work->threads);
    work->parts = calloc((size_t)(g.images * g.channels), sizeof *work->parts);
    if (!work->parts) GT_THROW(err, GT_NO_MEMORY, "a convolution: out of memory");
    for (int i = 0; i < g.images * g.channels; i++) {
        part *at = &work->parts[i];
        *at = part_at(&work->problem, g, i);
        gt_conv_problem problem = problem_at(&work->problem, at);
        GT_TRY(gt_dnn_conv_create(&problem, work->algorithm, &at->conv, err));
        work->count++;
        size_t scratch = (gt_dnn_conv_scratch(at->conv) + 63) / 64 * 64;
        if (scratch > work->part_scratch) work->part_scratch = scratch;
        place_weights(work, i);
    }
done:
    return status;
}

gt_status gt_conv_create(const gt_conv_problem *problem, gt_conv_algorithm algorithm,
                         int threads, gt_conv_work **result, gt_error *err) {
    gt_status status = GT_OK;
    gt_conv_work *work = calloc(1, sizeof *work);
    if (!work) return gt_fail(err, GT_NO_MEMORY, "a convolution: out of memory");
    *work = (gt_conv_work){.problem = *problem,
                           .algorithm = algorithm,
                           .own = owns[algorithm],
                           .threads = threads};
    if (!work->own) {
        GT_TRY(make_parts(work, err));
    } else {
        if (!work->own->applies(problem))
            GT_THROW(err, GT_UNSUPPORTED, "a convolution of such shapes by algorithm '%s'",
                     work->own->name);
        work->weights_bytes = work->own->weights_bytes(problem);
    }
    *result = work;
    work = NULL;
done:
    gt_conv_destroy(work);
    return status;
}

void gt_conv_destroy(gt_conv_work *work) {
    if (!work) return;
    for (int i = 0; i < work->count; i++) gt_dnn_conv_destroy(work->parts[i].conv);
    free(work->parts);
    free(work);
}

bool gt_conv_agree(gt_conv_work *from, gt_conv_work *to) {
    if (!from->own || !from->own->gives_parts || !to->own || !to->own->takes_parts)
        return false;
    if (from->own == to->own) return false; /* each reads what the other one leaves */
    int64_t parts = from->own->gives_parts(&from->problem);
    if (parts == 0 || !to->own->takes_parts(&to->problem, to->threads)) return false;
    to->problem.x_parts = parts;
    return from->problem.y_parts = true;
}

bool gt_conv_hands_over(const gt_conv_work *work) {
    return work->problem.y_parts;
}

/* ---- What it needs --------------------------------------------------------------------- */

/* Gradients of weights that parts leave to be added up. */
static size_t sums_bytes(const gt_conv_work *work) {
    bool has_sums = work->problem.kind == GT_CONV_WEIGHTS && work->count > 1 &&
                    work->parts[0].channels == channels_of(&work->problem);
    size_t each = (size_t)gt_shape_count(work->problem.w) * sizeof(float);
    return has_sums ? (size_t)work->count * ((each + 63) / 64 * 64) : 0;
}

size_t gt_conv_scratch(const gt_conv_work *work) {
    if (work->own) return work->own->scratch(&work->problem, work->threads);
    size_t at_once = (size_t)(work->count < work->threads ? work->count : work->threads);
    return work->part_scratch * at_once + sums_bytes(work);
}

size_t gt_conv_weights_bytes(const gt_conv_work *work) {
    return work->weights_bytes;
}

static bool own_alike(const gt_conv_work *a, const gt_conv_work *b) {
    return (a->own->one_order || a->problem.kind == b->problem.kind) &&
           a->weights_bytes == b->weights_bytes &&
           a->problem.how.stride == b->problem.how.stride &&
           a->problem.how.pad == b->problem.how.pad &&
           a->problem.x.dim[3] == b->problem.x.dim[3];
}

bool gt_conv_weights_alike(const gt_conv_work *a, const gt_conv_work *b) {
    if (a->own || b->own) return a->own == b->own && own_alike(a, b);
    if (a->count != b->count || a->weights_bytes != b->weights_bytes) return false;
    bool has_slices = a->parts[0].channels != channels_of(&a->problem);
    if (has_slices && a->problem.kind != b->problem.kind) return false;
    for (int i = 0; i < a->count; i++) {
        const part *x = &a->parts[i], *y = &b->parts[i];
        if (x->channel != y->channel || x->prepared != y->prepared ||
            !gt_dnn_conv_weights_alike(x->conv, y->conv))
            return false;
    }
    return true;
}

const char *gt_conv_name(const gt_conv_work *work) {
    return work->own ? work->own->name : gt_dnn_conv_name(work->parts[0].conv);
}

int gt_conv_parts(const gt_conv_work *work) {
    return work->own ? 1 : work->count;
}

/* ---- Running --------------------------------------------------------------------------- */

/* The weights of a part of the result's channels: rows of w, but columns for DATA, which are no
 * run of memory and are read where they lie. */
static int64_t weights_start(const gt_conv_problem *p, const part *at) {
    int64_t window = p->w.dim[2] * p->w.dim[3];
    return at->channel * window * (p->kind == GT_CONV_DATA ? 1 : p->w.dim[1]);
}

typedef struct preparation {
    gt_conv_work *work;
    const float *w;
    float *prepared;
    gt_failure failure;
} preparation;

/* Whether a part before this one has the same weights. */
static bool is_shared(const gt_conv_work *work, int64_t i) {
    for (int64_t k = 0; k < i; k++)
        if (work->parts[k].prepared == work->parts[i].prepared) return true;
    return false;
}

static void prepare_part(void *self, int64_t i, int worker) {
    preparation *r = self;
    const part *at = &r->work->parts[i];
    gt_error error;
    if (is_shared(r->work, i)) return;
    gt_status status =
        gt_dnn_conv_prepare(at->conv, r->w + weights_start(&r->work->problem, at),
                            r->prepared + at->prepared / sizeof(float), &error);
    gt_failure_record(&r->failure, status, &error);
}

gt_status gt_conv_prepare(gt_conv_work *work, const float *w, float *prepared, gt_error *err) {
    preparation r = {.work = work, .w = w, .prepared = prepared};
    if (work->own) {
        work->own->prepare(&work->problem, w, prepared, work->threads);
        return GT_OK;
    }
    gt_team_run(work->threads, work->count, prepare_part, &r);
    return gt_failure_report(&r.failure, err);
}

typedef struct run {
    gt_conv_work *work;
    const float *a, *b, *bias;
    float *result;
    bool accumulate;
    char *scratch;
    float *sums; /* NULL: parts write the result itself */
    int64_t sum_length;
    gt_failure failure;
} run;

/* Floats before channel `channel` of image `image` of s. */
static int64_t start_of(gt_shape s, int64_t image, int64_t channel) {
    return (image * s.dim[1] + channel) * s.dim[2] * s.dim[3];
}

static void run_part(void *self, int64_t i, int worker) {
    run *r = self;
    const gt_conv_problem *p = &r->work->problem;
    const part *at = &r->work->parts[i];
    const float *a = r->a, *b = r->b, *bias = r->bias;
    float *result = r->result;
    bool accumulate = r->accumulate;
    gt_error error;
    if (p->kind == GT_CONV_WEIGHTS) {
        a += start_of(p->x, at->image, 0);
        b += start_of(p->y, at->image, at->channel);
        result = r->sums ? r->sums + i * r->sum_length : result + weights_start(p, at);
        if (r->sums) accumulate = false;
    } else {
        bool is_forward = p->kind == GT_CONV_FORWARD;
        a += start_of(is_forward ? p->x : p->y, at->image, 0);
        b += at->prepared / sizeof(float);
        result += start_of(is_forward ? p->y : p->x, at->image, at->channel);
        if (bias) bias += at->channel;
    }
    gt_status status =
        gt_dnn_conv_run(at->conv, a, b, bias, result, accumulate,
                        r->scratch + (size_t)worker * r->work->part_scratch, &error);
    gt_failure_record(&r->failure, status, &error);
}

static void add_up(void *self, int64_t begin, int64_t end) {
    const run *r = self;
    for (int64_t i = begin; i < end; i++) {
        float total = r->accumulate ? r->result[i] : 0;
        for (int k = 0; k < r->work->count; k++) total += r->sums[k * r->sum_length + i];
        r->result[i] = total;
    }
}

enum { GRAIN = 1 << 14 };

static void clip(void *self, int64_t begin, int64_t end) {
    float *y = self;
    for (int64_t i = begin; i < end; i++) y[i] = y[i] <= 0 ? 0 : y[i];
}

/* Of one block of channels of all images, or of one channel of images that are not blocked. */
typedef struct masking {
    int64_t images, area, channels, lanes; /* lanes: channels of a block */
    const float *mask;
    float *result, *totals; /* totals: NULL where nobody asks */
} masking;

/* Products with 1 and 0; sums of every sixteenth of them. */
static void mask_run(const float *mask, int64_t count, float *to, float lanes[GT_BLOCK]) {
    int64_t i = 0;
    for (; i + GT_BLOCK <= count; i += GT_BLOCK)
        for (int l = 0; l < GT_BLOCK; l++) {
            to[i + l] *= mask[i + l] > 0 ? 1.0f : 0.0f;
            lanes[l] += to[i + l];
        }
    for (int l = 0; i < count; i++, l++) {
        to[i] *= mask[i] > 0 ? 1.0f : 0.0f;
        lanes[l] += to[i];
    }
}

static void mask_channels(void *self, int64_t begin, int64_t end) {
    enum { RUN = 64 * GT_BLOCK }; /* for rounding's sake */
    const masking *m = self;
    int64_t plane = m->area * m->lanes;
    for (int64_t block = begin; block < end; block++) {
        double total[GT_BLOCK] = {0}, sum = 0;
        for (int64_t n = 0; n < m->images; n++)
            for (int64_t i = 0; i < plane; i += RUN) {
                int64_t at = (n * m->channels + block * m->lanes) * m->area + i;
                float lanes[GT_BLOCK] = {0};
                mask_run(m->mask + at, i + RUN < plane ? RUN : plane - i, m->result + at,
                         lanes);
                for (int l = 0; l < GT_BLOCK; l++) total[l] += (double)lanes[l];
            }
        for (int l = 0; l < GT_BLOCK; l++) sum += total[l];
        for (int64_t l = 0; m->totals && l < m->lanes; l++)
            m->totals[block * m->lanes + l] = (float)(m->lanes == 1 ? sum : total[l]);
    }
}

static void mask_result(const gt_conv_problem *p, const gt_conv_beside *beside, float *result,
                        int threads) {
    masking m = {.images = p->x.dim[0],
                 .area = p->x.dim[2] * p->x.dim[3],
                 .channels = p->x.dim[1],
                 .lanes = p->x_blocked ? GT_BLOCK : 1,
                 .mask = beside->mask,
                 .result = result,
                 .totals = p->totals ? beside->totals : NULL};
    int64_t each = m.images * m.area * m.lanes;
    gt_team_range(threads, m.channels / m.lanes, 1 + GRAIN / (each + 1), mask_channels, &m);
}

static gt_status run_parts(gt_conv_work *work, const float *a, const float *b,
                           const float *bias, float *result, bool accumulate, void *scratch,
                           gt_error *err) {
    run r = {.work = work,
             .a = a,
             .b = b,
             .bias = bias,
             .result = result,
             .accumulate = accumulate,
             .scratch = scratch};
    size_t sums = sums_bytes(work);
    if (sums) {
        r.sums = (float *)(void *)((char *)scratch + gt_conv_scratch(work) - sums);
        r.sum_length = (int64_t)(sums / (size_t)work->count / sizeof(float));
    }
    gt_team_run(work->threads, work->count, run_part, &r);
    gt_status status = gt_failure_report(&r.failure, err);
    if (status) return status;
    if (sums) gt_team_range(work->threads, gt_shape_count(work->problem.w), GRAIN, add_up, &r);
    return GT_OK;
}

gt_status gt_conv_run(gt_conv_work *work, const float *a, const float *b,
                      const gt_conv_beside *beside, float *result, bool accumulate,
                      void *scratch, gt_error *err) {
    static const gt_conv_beside nothing;
    const gt_conv_problem *p = &work->problem;
    const gt_conv_own *own = work->own;
    if (!beside) beside = &nothing;
    gt_status status =
        own ? own->run(p, a, b, beside, result, accumulate, scratch, work->threads, err)
            : run_parts(work, a, b, beside->bias, result, accumulate, scratch, err);
    if (status == GT_OK && p->clip && !(own && own->clips))
        gt_team_range(work->threads, gt_shape_count(p->y), GRAIN, clip, result);
    if (status == GT_OK && p->mask && !(own && own->masks && own->masks(p)))
        mask_result(p, beside, result, work->threads);
    return status;
}
