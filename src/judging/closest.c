/* closest.c - see closest.h.
 *
 * Of a sample q and an image x, both less their means, the products of their parts give G, the
 * product of q scaled to length 1 with x, for each flip. The centred cosine is G / |x'|, x'
 * being x less its mean, and the plain one (G |q'| + n mean(q) mean(x)) / (|q| |x|): both rise
 * with G, so that the largest G of the flips decides whether a pair is looked at. */
#include "closest.h"

#include <float.h>
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <omp.h>

#include "gemm.h"
#include "parities.h"
#include "team.h"

enum { QUERIES = 256, ROWS = 1024, STRIP = 64, LANES = 16 };

/* Images whose length lies outside these bounds are not trusted to float32. */
static const double shortest = 1e-15, longest = 1e15;

/* What is known of an image; lengths are 0 for one of zeros, or of one value. */
typedef struct measures {
    double mean, length[GT_CLOSEST_KINDS];
} measures;

/* Of a tile, by which products become cosines; NaN in `plain` for rows that are not trusted. */
typedef struct factors {
    float plain[ROWS], centred[ROWS]; /* 1 / length */
    float offset[ROWS];               /* mean sqrt(n) / length */
} factors;

struct gt_closest {
    gt_closest_shape shape;
    gt_parities parts;
    size_t count, threads;
    float *samples;   /* (count, values) */
    float *units;     /* for each part (count, width of the part), of length 1 in all */
    measures *known;  /* (count) */
    float *share;     /* (count): |q'| / |q| */
    float *offset;    /* (count): mean sqrt(n) / |q| */
    double tolerance; /* between a cosine in float32 and in double */
    gt_closest_match *best[GT_CLOSEST_KINDS]; /* (count) */
    float *tile;                              /* for each part (ROWS, width of the part) */
    measures *rows;                           /* (ROWS) */
    factors *of_rows;
    float *products; /* for each part (QUERIES, images of a block) */
    float *laid;     /* (threads, values): samples flipped */
};

/* ---- Measures ---------------------------------------------------------------------------- */

/* Sums in lanes of their own, so that equal images get equal sums wherever they lie in memory.
 */
static double sum_lanes(const double *lane) {
    double sum = 0;
    for (size_t l = 0; l < LANES; l++) sum += lane[l];
    return sum;
}

static double mean_of(size_t n, const float *x) {
    double lane[LANES] = {0};
    size_t whole = n - n % LANES;
    int differs = 0;
    for (size_t i = 0; i < whole; i += LANES)
        for (size_t l = 0; l < LANES; l++) {
            lane[l] += x[i + l];
            differs |= x[i + l] != x[0];
        }
    for (size_t i = whole; i < n; i++) {
        lane[i - whole] += x[i];
        differs |= x[i] != x[0];
    }
    return differs ? sum_lanes(lane) / (double)n
                   : x[0]; /* whatever rounding would make of it */
}

/* The product of two images, each less an offset. */
static double product_of(size_t n, const float *a, double a_offset, const float *b,
                         double b_offset) {
    double lane[LANES] = {0};
    size_t whole = n - n % LANES;
    for (size_t i = 0; i < whole; i += LANES)
        for (size_t l = 0; l < LANES; l++)
            lane[l] += (a[i + l] - a_offset) * (b[i + l] - b_offset);
    for (size_t i = whole; i < n; i++) lane[i - whole] += (a[i] - a_offset) * (b[i] - b_offset);
    return sum_lanes(lane);
}

static measures measure(size_t n, const float *x) {
    double mean = mean_of(n, x);
    return (measures){mean,
                      {sqrt(product_of(n, x, 0, x, 0)), sqrt(product_of(n, x, mean, x, mean))}};
}

static bool is_trusted(const measures *m) {
    for (int k = 0; k < GT_CLOSEST_KINDS; k++) {
        double length = m->length[k];
        if (length != 0 && !(length >= shortest && length <= longest)) return false;
    }
    return true;
}

/* ---- One pair in double ------------------------------------------------------------------ */

static bool is_better(gt_closest_match a, gt_closest_match b) {
    if (a.cosine != b.cosine) return a.cosine > b.cosine;
    return a.flip != b.flip ? a.flip < b.flip : a.row < b.row;
}

/* A pair of a sample that lies in `laid` as the flip has it. */
static void decide(gt_closest *s, size_t q, uint64_t number, size_t r, const float *image,
                   int flip, const float *laid) {
    size_t n = s->parts.total;
    const measures *a = &s->known[q], *b = &s->rows[r];
    for (int kind = 0; kind < GT_CLOSEST_KINDS; kind++) {
        bool is_centred = kind == GT_CLOSEST_CENTRED;
        double length = a->length[kind] * b->length[kind], cosine = 0;
        if (length > 0)
            cosine =
                product_of(n, laid, is_centred ? a->mean : 0, image, is_centred ? b->mean : 0) /
                length;
        gt_closest_match made = {number, fmax(-1, fmin(1, cosine)), flip};
        if (is_better(made, s->best[kind][q])) s->best[kind][q] = made;
    }
}

/* ---- Candidates -------------------------------------------------------------------------- */

/* A block of images against a tile of samples. */
typedef struct scanning {
    gt_closest *search;
    uint64_t first;
    size_t at, rows; /* first sample; images */
    const float *images;
    bool has_unknown; /* lengths that float32 is not trusted with */
} scanning;

/* Products of one sample with the images, part by part. */
typedef struct products {
    const float *of[GT_FLIPS];
} products;

/* What cosines must reach to be looked at. */
typedef struct bars {
    float plain, centred;
} bars;

static bars bars_of(const gt_closest *s, size_t q) {
    double plain = s->best[GT_CLOSEST_PLAIN][q].cosine - s->tolerance,
           centred = s->best[GT_CLOSEST_CENTRED][q].cosine - s->tolerance;
    return (bars){nextafterf((float)plain, -INFINITY), nextafterf((float)centred, -INFINITY)};
}

static float product_by(const products *p, size_t r, int flip) {
    float even = flip & GT_FLIP_X ? p->of[0][r] - p->of[1][r] : p->of[0][r] + p->of[1][r],
          odd = flip & GT_FLIP_X ? p->of[2][r] - p->of[3][r] : p->of[2][r] + p->of[3][r];
    return flip & GT_FLIP_Y ? even - odd : even + odd;
}

static bool reaches(const gt_closest *s, size_t q, size_t r, float product, bars bar) {
    const factors *f = s->of_rows;
    return product * f->centred[r] >= bar.centred ||
           s->share[q] * product * f->plain[r] + s->offset[q] * f->offset[r] >= bar.plain;
}

/* Does one of STRIP images reach a bar, by its best flip? NaN does not. */
static bool any_reaches(const gt_closest *s, size_t q, size_t at, const products *p, bars bar) {
    const float *plain = s->of_rows->plain + at, *centred = s->of_rows->centred + at,
                *offset = s->of_rows->offset + at;
    float share = s->share[q], own = s->offset[q];
    int reached = 0;
    if (s->parts.count == 1) {
        const float *a = p->of[0] + at;
#pragma omp simd reduction(| : reached)
        for (size_t r = 0; r < STRIP; r++)
            reached |= (a[r] * centred[r] >= bar.centred) |
                       (share * a[r] * plain[r] + own * offset[r] >= bar.plain);
        return reached;
    }
    const float *a = p->of[0] + at, *b = p->of[1] + at, *c = p->of[2] + at, *d = p->of[3] + at;
#pragma omp simd reduction(| : reached)
    for (size_t r = 0; r < STRIP; r++) {
        float one = a[r] + b[r] + fabsf(c[r] + d[r]), two = a[r] - b[r] + fabsf(c[r] - d[r]);
        float most = one > two ? one : two;
        reached |= (most * centred[r] >= bar.centred) |
                   (share * most * plain[r] + own * offset[r] >= bar.plain);
    }
    return reached;
}

static void look_at(const scanning *job, size_t q, size_t r, int flip, float *room) {
    gt_closest *s = job->search;
    const float *sample = s->samples + q * s->parts.total;
    if (flip) gt_flip_image(&s->shape, sample, flip, room);
    decide(s, q, job->first + r, r, job->images + r * s->parts.total, flip,
           flip ? room : sample);
}

static void scan_strip(const scanning *job, size_t q, size_t begin, size_t end,
                       const products *p, float *room) {
    gt_closest *s = job->search;
    bars bar = bars_of(s, q);
    for (size_t r = begin; r < end; r++)
        for (int flip = 0; flip < (int)s->parts.count; flip++) {
            bool is_known = !isnan(s->of_rows->plain[r]);
            float product = s->parts.count == 1 ? p->of[0][r] : product_by(p, r, flip);
            if (is_known && !reaches(s, q, r, product, bar)) continue;
            look_at(job, q, r, flip, room);
            bar = bars_of(s, q);
        }
}

static void scan_one(void *self, int64_t i, int worker) {
    const scanning *job = self;
    gt_closest *s = job->search;
    size_t q = job->at + (size_t)i;
    products p = {{0}};
    for (size_t k = 0; k < s->parts.count; k++)
        p.of[k] = s->products + k * QUERIES * ROWS + (size_t)i * job->rows;
    for (size_t at = 0; at < job->rows; at += STRIP) {
        size_t end = at + STRIP < job->rows ? at + STRIP : job->rows;
        bool is_usual = end - at == STRIP && !job->has_unknown;
        if (is_usual && !any_reaches(s, q, at, &p, bars_of(s, q))) continue;
        scan_strip(job, q, at, end, &p, s->laid + (size_t)worker * s->parts.total);
    }
}

/* ---- A block ----------------------------------------------------------------------------- */

typedef struct splitting {
    gt_closest *search;
    const float *images;
    _Atomic size_t wrong; /* the first image that is not finite */
    atomic_bool has_unknown;
} splitting;

static float over(double length) {
    return length > 0 ? (float)(1 / length) : 0;
}

static void split_rows(void *self, int64_t begin, int64_t end) {
    splitting *job = self;
    gt_closest *s = job->search;
    for (size_t r = (size_t)begin; r < (size_t)end; r++) {
        const float *image = job->images + r * s->parts.total;
        measures m = s->rows[r] = measure(s->parts.total, image);
        float *to[GT_FLIPS] = {s->tile};
        for (size_t p = 0, at = 0; p < s->parts.count; at += ROWS * s->parts.width[p++])
            to[p] = s->tile + at + r * s->parts.width[p];
        gt_parities_split(&s->shape, image, m.mean, 1, to);
        double length = m.length[GT_CLOSEST_PLAIN];
        s->of_rows->plain[r] = is_trusted(&m) ? over(length) : NAN;
        if (!is_trusted(&m)) job->has_unknown = true;
        s->of_rows->centred[r] = over(m.length[GT_CLOSEST_CENTRED]);
        s->of_rows->offset[r] =
            length > 0 ? (float)(m.mean * sqrt((double)s->parts.total) / length) : 0;
        size_t first = atomic_load(&job->wrong);
        while (!isfinite(length) && r < first &&
               !atomic_compare_exchange_weak(&job->wrong, &first, r)) {
        }
    }
}

/* The products of a tile of samples with `count` images, part by part. */
static gt_status multiply(gt_closest *s, size_t at, size_t queries, size_t count,
                          gt_error *err) {
    gt_status status = GT_OK;
    size_t units = 0, rows = 0;
    for (size_t p = 0; p < s->parts.count; p++) {
        size_t width = s->parts.width[p];
        float *to = s->products + p * QUERIES * ROWS;
        if (width == 0)
            memset(to, 0, queries * count * sizeof *to);
        else
            GT_TRY(gt_gemm(false, true, (int64_t)queries, (int64_t)count, (int64_t)width,
                           s->units + units + at * width, s->tile + rows, to, err));
        units += s->count * width;
        rows += ROWS * width;
    }
done:
    return status;
}

static gt_status search_block(gt_closest *s, uint64_t first, size_t count, const float *images,
                              gt_error *err) {
    gt_status status = GT_OK;
    splitting split = {.search = s, .images = images, .wrong = count};
    gt_team_range((int)s->threads, (int64_t)count, 8, split_rows, &split);
    if (split.wrong < count)
        GT_THROW(err, GT_NOT_FINITE, "image %llu holds a NaN or an infinity",
                 (unsigned long long)(first + split.wrong));
    for (size_t at = 0; at < s->count; at += QUERIES) {
        size_t queries = s->count - at < QUERIES ? s->count - at : QUERIES;
        GT_TRY(multiply(s, at, queries, count, err));
        scanning job = {s, first, at, count, images, split.has_unknown};
        gt_team_run((int)s->threads, (int64_t)queries, scan_one, &job);
    }
done:
    return status;
}

gt_status gt_closest_add(gt_closest *search, uint64_t first, size_t count, const float *images,
                         gt_error *err) {
    gt_status status = GT_OK;
    for (size_t at = 0; at < count; at += ROWS) {
        size_t rows = count - at < ROWS ? count - at : ROWS;
        GT_TRY(search_block(search, first + at, rows, images + at * search->parts.total, err));
    }
done:
    return status;
}

/* ---- The object -------------------------------------------------------------------------- */

static gt_status prepare_samples(gt_closest *s, const float *samples, gt_error *err) {
    double root = sqrt((double)s->parts.total);
    for (size_t q = 0; q < s->count; q++) {
        const float *sample = samples + q * s->parts.total;
        measures m = s->known[q] = measure(s->parts.total, sample);
        double plain = m.length[GT_CLOSEST_PLAIN], centred = m.length[GT_CLOSEST_CENTRED];
        float *to[GT_FLIPS] = {0};
        if (!isfinite(plain))
            return gt_fail(err, GT_NOT_FINITE, "sample %zu holds a NaN or an infinity", q);
        for (size_t p = 0, at = 0; p < s->parts.count; at += s->count * s->parts.width[p++])
            to[p] = s->units + at + q * s->parts.width[p];
        gt_parities_split(&s->shape, sample, m.mean, centred > 0 ? 1 / centred : 0, to);
        s->share[q] = plain > 0 ? (float)(centred / plain) : 0;
        s->offset[q] = plain > 0 ? (float)(m.mean * root / plain) : 0;
        for (int kind = 0; kind < GT_CLOSEST_KINDS; kind++)
            s->best[kind][q] = (gt_closest_match){.cosine = -2};
    }
    memcpy(s->samples, samples, s->count * s->parts.total * sizeof *samples);
    return GT_OK;
}

static gt_status allocate(gt_closest *s, gt_error *err) {
    size_t values = s->parts.total;
    s->samples = calloc(s->count, values * sizeof *s->samples);
    s->units = calloc(s->count, values * sizeof *s->units);
    s->known = calloc(s->count, sizeof *s->known);
    s->share = calloc(s->count, sizeof *s->share);
    s->offset = calloc(s->count, sizeof *s->offset);
    s->tile = calloc(ROWS, values * sizeof *s->tile);
    s->rows = calloc(ROWS, sizeof *s->rows);
    s->of_rows = calloc(1, sizeof *s->of_rows);
    s->products = calloc(s->parts.count, sizeof(float[QUERIES][ROWS]));
    s->laid = calloc(s->threads, values * sizeof *s->laid);
    for (int kind = 0; kind < GT_CLOSEST_KINDS; kind++)
        s->best[kind] = calloc(s->count, sizeof *s->best[kind]);
    if (s->samples && s->units && s->known && s->share && s->offset && s->tile && s->rows &&
        s->of_rows && s->products && s->laid && s->best[0] && s->best[1])
        return GT_OK;
    return gt_fail(err, GT_NO_MEMORY, "no memory to compare %zu samples of %zu values",
                   s->count, values);
}

static bool is_sound(const gt_closest_shape *shape, size_t count) {
    size_t values;
    return shape->channels > 0 && shape->height > 0 && shape->width > 0 && count > 0 &&
           count <= INT32_MAX &&
           !__builtin_mul_overflow(shape->height, shape->width, &values) &&
           !__builtin_mul_overflow(values, shape->channels, &values) &&
           values <= INT32_MAX / ROWS;
}

gt_status gt_closest_create(const gt_closest_shape *shape, size_t count, const float *samples,
                            gt_closest **out, gt_error *err) {
    gt_status status = GT_OK;
    gt_closest *s = NULL;
    if (!is_sound(shape, count))
        GT_THROW(err, GT_BAD_ARGUMENT, "%zu samples of %zu x %zu x %zu values", count,
                 shape->channels, shape->height, shape->width);
    s = calloc(1, sizeof *s);
    if (!s) GT_THROW(err, GT_NO_MEMORY, "no memory for a search");
    s->shape = *shape;
    s->parts = gt_parities_of(shape);
    s->count = count;
    s->threads = (size_t)omp_get_max_threads();
    /* The bound of a sum of n products, n u |q||x| (Higham, Accuracy and Stability of Numerical
     * Algorithms, section 3.1) for the longest part, and the roundings before and after it. */
    s->tolerance = ((double)s->parts.width[0] + 32) * FLT_EPSILON / 2;
    GT_TRY(allocate(s, err));
    GT_TRY(prepare_samples(s, samples, err));
    *out = s;
    s = NULL;
done:
    gt_closest_destroy(s);
    return status;
}

const gt_closest_match *gt_closest_matches(const gt_closest *search, gt_closest_kind kind) {
    return search->best[kind];
}

void gt_closest_destroy(gt_closest *search) {
    if (!search) return;
    free(search->samples);
    free(search->units);
    free(search->known);
    free(search->share);
    free(search->offset);
    free(search->tile);
    free(search->rows);
    free(search->of_rows);
    free(search->products);
    free(search->laid);
    for (int kind = 0; kind < GT_CLOSEST_KINDS; kind++) free(search->best[kind]);
    free(search);
}
