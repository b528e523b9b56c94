/* algorithms.c - which convolution algorithm: what is remembered for the shape, or a rule. Only
 * where it is asked for are those that apply timed, and the winner remembered. */
#include "galatea/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conv.h"
#include "conv_dense.h"
#include "progress.h"

static const char *const names[GT_CONV_ALGORITHMS] = {
    "direct", "winograd", "dense", "pairs", "tiles", "narrow", "strassen", "planes", "patches"};

enum { KEY = 128 };

typedef struct choice {
    char key[KEY];
    gt_conv_algorithm algorithm;
} choice;

struct gt_algorithms {
    choice *list;
    int count, capacity;
    bool measures;
};

gt_algorithms *gt_algorithms_create(void) {
    return calloc(1, sizeof(gt_algorithms));
}

void gt_algorithms_measure(gt_algorithms *cache, bool on) {
    cache->measures = on;
}

void gt_algorithms_destroy(gt_algorithms *cache) {
    if (!cache) return;
    free(cache->list);
    free(cache);
}

static const choice *lookup(const gt_algorithms *cache, const char *key) {
    for (int i = 0; cache && i < cache->count; i++)
        if (strcmp(cache->list[i].key, key) == 0) return &cache->list[i];
    return NULL;
}

static gt_status remember(gt_algorithms *cache, const char *key, gt_conv_algorithm algorithm,
                          gt_error *err) {
    if (!cache) return GT_OK;
    if (cache->count == cache->capacity) {
        int capacity = cache->capacity ? 2 * cache->capacity : 64;
        choice *grown = realloc(cache->list, (size_t)capacity * sizeof *grown);
        if (!grown)
            return gt_fail(err, GT_NO_MEMORY, "remembering an algorithm: out of memory");
        cache->list = grown;
        cache->capacity = capacity;
    }
    choice *c = &cache->list[cache->count++];
    snprintf(c->key, sizeof c->key, "%s", key);
    c->algorithm = algorithm;
    return GT_OK;
}

gt_status gt_algorithms_parse(gt_algorithms *cache, const char *text, gt_error *err) {
    gt_status status = GT_OK;
    for (int line = 1; *text; line++) {
        char key[sizeof cache->list->key], name[16];
        int used = 0;
        if (sscanf(text, "%127s %15s%n", key, name, &used) != 2 ||
            (text[used] && text[used] != '\n'))
            return gt_fail(err, GT_BAD_FORMAT, "algorithms, line %d: expected 'key choice'",
                           line);
        int algorithm = 0;
        while (algorithm < GT_CONV_ALGORITHMS && strcmp(name, names[algorithm]) != 0)
            algorithm++;
        if (algorithm == GT_CONV_ALGORITHMS)
            return gt_fail(err, GT_BAD_FORMAT,
                           "algorithms, line %d: choice '%s', expected direct, winograd, "
                           "dense, pairs, tiles, narrow, strassen, planes or patches",
                           line, name);
        if (!lookup(cache, key))
            GT_TRY(remember(cache, key, (gt_conv_algorithm)algorithm, err));
        text += used;
        if (*text == '\n') text++;
    }
done:
    return status;
}

static int by_key(const void *a, const void *b) {
    return strcmp(((const choice *)a)->key, ((const choice *)b)->key);
}

char *gt_algorithms_text(const gt_algorithms *cache) {
    size_t room = (size_t)cache->count * (sizeof cache->list->key + 16) + 1, used = 0;
    char *text = malloc(room);
    choice *sorted = malloc((size_t)(cache->count + 1) * sizeof *sorted);
    if (text && sorted) {
        if (cache->count) memcpy(sorted, cache->list, (size_t)cache->count * sizeof *sorted);
        qsort(sorted, (size_t)cache->count, sizeof *sorted, by_key);
        text[0] = '\0';
        for (int i = 0; i < cache->count; i++)
            used += (size_t)snprintf(text + used, room - used, "%s %s\n", sorted[i].key,
                                     names[sorted[i].algorithm]);
    } else {
        free(text);
        text = NULL;
    }
    free(sorted);
    return text;
}

static void key_of(const gt_conv_problem *p, int threads, char key[KEY]) {
    static const char *const kinds[] = {"forward", "data", "weights"};
    char x[96], w[96], less[16] = "";
    if (p->how.less) snprintf(less, sizeof less, "-%d", p->how.less);
    snprintf(key, KEY, "%s%s%s:%.40s:%.30s:p%d%s:s%d:g%d:%s%s:t%d", kinds[p->kind],
             p->accumulate ? "+" : "", p->bias ? "b" : "", gt_shape_text(p->x, x),
             gt_shape_text(p->w, w), p->how.pad, less, p->how.stride, p->how.groups,
             p->x_blocked ? "b" : "p", p->y_blocked ? "b" : "p", threads);
}

/* Winograd is for 3x3 windows that step by one; with few channels its transforms cost more than
 * they save. */
static bool applies(const gt_conv_problem *p, gt_conv_algorithm algorithm) {
    if (algorithm == GT_CONV_DIRECT) return true;
    if (algorithm != GT_CONV_WINOGRAD) return gt_conv_own_applies(algorithm, p);
    return p->w.dim[2] == 3 && p->how.stride == 1 && p->how.less == 0 && p->how.groups == 1 &&
           p->x_blocked && p->y_blocked;
}

/* Whether Winograd's transforms pay: its tiles of 4 x 4 pixels must be half full at least, and
 * the fewer channels share a transform, the more of them are needed. */
static bool winograd_pays(const gt_conv_problem *part) {
    enum { TILE = 4, ENOUGH = 16, CHANNELS = 32, LEAST_CHANNELS = 16, MANY = 128 };
    int64_t least = part->w.dim[0] < part->w.dim[1] ? part->w.dim[0] : part->w.dim[1];
    int64_t rows = part->y.dim[2], columns = part->y.dim[3];
    int64_t of_image = ((rows + TILE - 1) / TILE) * ((columns + TILE - 1) / TILE);
    int64_t tiles = part->x.dim[0] * of_image;
    int64_t many = part->kind == GT_CONV_WEIGHTS ? 4 * MANY : MANY;
    if (2 * rows * columns < of_image * TILE * TILE || least < LEAST_CHANNELS) return false;
    return tiles >= (least < CHANNELS ? many : ENOUGH);
}

/* Whether the nine products of PAIRS are large enough to make up for their sums. */
static bool pairs_pay(const gt_conv_problem *p) {
    enum { IMAGES = 32, CHANNELS = 256 };
    return p->x.dim[0] >= IMAGES && p->w.dim[0] >= CHANNELS && p->w.dim[1] >= CHANNELS;
}

/* Whether TILES beat oneDNN's Winograd and the direct algorithm: not when few pixels fill a
 * tile, when the tiles are too few for going through the weights, or to be shared out by eight;
 * gradients of weights have sums over tiles and are shared out by channels. */
static bool tiles_pay(const gt_conv_problem *p, int threads) {
#ifndef __AVX512F__
    return false; /* 16 sums of 16 numbers want 16 wide registers */
#endif
    enum { REACH = 6, TILES = 8, CHANNELS = 32 };
    static const double filled = 0.375;
    bool is_back = p->kind == GT_CONV_DATA;
    int64_t rows = is_back ? p->x.dim[2] : p->y.dim[2];
    int64_t columns = is_back ? p->x.dim[3] : p->y.dim[3];
    int64_t side = REACH + 1 - p->w.dim[2];
    int64_t of_image = ((rows + side - 1) / side) * ((columns + side - 1) / side);
    double room = (double)(of_image * side * side);
    int64_t tiles = p->x.dim[0] * of_image;
    if ((double)(rows * columns) < filled * room || tiles < TILES) return false;
    if (p->kind != GT_CONV_WEIGHTS) return tiles > TILES * (threads - 1);
    return p->w.dim[0] >= CHANNELS && p->w.dim[1] >= CHANNELS &&
           p->w.dim[0] >= (int64_t)threads * GT_BLOCK;
}

/* Whether NARROW beats the direct algorithm, which fills up few channels to a register, but
 * wastes nothing where the few are those of x, which it reads forward and for weights: where
 * tiles are half full at least and so many that the weights are not gone through for each. */
static bool narrow_pays(const gt_conv_problem *p) {
#ifndef __AVX512F__
    return false; /* 24 sums of 16 numbers want 32 wide registers */
#endif
    enum { TILE = 4, FILLED = 8, TILES = 8, WEIGHTS = 4, WIDENED = 6, MANY = 64 };
    int64_t rows = p->y.dim[2], columns = p->y.dim[3];
    int64_t of_image = ((rows + TILE - 1) / TILE) * ((columns + TILE - 1) / TILE);
    int64_t x = p->x.dim[1], y = p->y.dim[1];
    bool has_blocks = p->x_blocked && p->y_blocked,
         few_is_x = has_blocks ? x < y : !p->x_blocked;
    int64_t few = few_is_x ? x : y, many = few_is_x ? y : x;
    int64_t least = 1;
    if (few_is_x && p->kind == GT_CONV_FORWARD) least = WIDENED;
    if (few_is_x && p->kind == GT_CONV_WEIGHTS) least = WEIGHTS;
    return rows * columns >= FILLED * of_image && p->x.dim[0] * of_image >= TILES &&
           few >= least && many >= MANY;
}

/* Whether the fewer multiplications of STRASSEN make up for its sums: with so many channels
 * that parts of them still fill the registers for long, and pixels that fill its chunks, of
 * which each of up to four threads has one. */
static bool strassen_pays(const gt_conv_problem *p, int threads) {
#ifndef __AVX512F__
    return false; /* 16 sums of 16 numbers want 16 wide registers */
#endif
    enum { CHANNELS = 512, CHUNK = 256, LEAST = 2, MOST = 4 };
    int64_t chunks = threads < LEAST ? LEAST : threads < MOST ? threads : MOST;
    int64_t pixels = p->x.dim[0] * p->x.dim[2] * p->x.dim[3];
    int64_t chunk = pixels <= CHUNK ? CHUNK / 2 : CHUNK;
    int64_t room = (pixels + chunk - 1) / chunk * chunk;
    return p->w.dim[0] >= CHANNELS && p->w.dim[1] >= CHANNELS && pixels >= chunks * chunk &&
           10 * (room - pixels) <= pixels;
}

/* Whether PLANES beat the direct algorithm: wherever they apply, from two channels on. */
static bool planes_pay(const gt_conv_problem *p) {
#ifndef __AVX512F__
    return false; /* 16 sums of 16 numbers want 16 wide registers */
#endif
    return p->w.dim[0] > 1 && p->w.dim[1] > 1;
}

/* Whether PATCHES beat the direct algorithm, which is as good for windows of one pixel. */
static bool patches_pay(const gt_conv_problem *p) {
#ifndef __AVX512F__
    return false; /* 16 sums of 16 numbers want 16 wide registers */
#endif
    return p->how.stride > 1;
}

/* What usually is fastest, as `galatea bench --tune` finds it on processors with AVX-512: for
 * images of 2x2 pixels PAIRS, for others smaller than a window a matrix product, unless its
 * matrix leaves the cache (the second one for what reads it once), or Winograd, for gradients
 * of weights our own. */
static gt_conv_algorithm by_rule(const gt_conv_problem *p, int threads) {
    enum { DENSE = 1 << 20, DENSE_ONCE = 1 << 22 };
    gt_conv_problem part = gt_conv_part(p, threads);
    size_t dense = p->kind == GT_CONV_WEIGHTS ? DENSE_ONCE : DENSE;
    if (applies(p, GT_CONV_PAIRS) && pairs_pay(p)) return GT_CONV_PAIRS;
    if (applies(p, GT_CONV_DENSE) && gt_conv_dense_bytes(p) <= dense * sizeof(float))
        return GT_CONV_DENSE;
    if (applies(p, GT_CONV_STRASSEN) && strassen_pays(p, threads)) return GT_CONV_STRASSEN;
    if (applies(p, GT_CONV_PATCHES) && patches_pay(p)) return GT_CONV_PATCHES;
    if (applies(p, GT_CONV_NARROW) && narrow_pays(p)) return GT_CONV_NARROW;
    if (applies(p, GT_CONV_PLANES) && planes_pay(p)) return GT_CONV_PLANES;
    if (applies(p, GT_CONV_TILES) && tiles_pay(p, threads)) return GT_CONV_TILES;
    if (applies(p, GT_CONV_WINOGRAD) && winograd_pays(&part)) return GT_CONV_WINOGRAD;
    return GT_CONV_DIRECT;
}

typedef struct bench {
    float *a, *b, *bias, *result;
    void *scratch;
} bench;

static float *filled(int64_t count) {
    float *data = aligned_alloc(64, ((size_t)count * sizeof *data + 63) / 64 * 64 + 64);
    for (int64_t i = 0; data && i < count; i++) data[i] = (float)(i % 17) * 0.1f - 0.8f;
    return data;
}

/* Best of a few runs. */
static gt_status time_conv(const gt_conv_problem *p, gt_conv_work *conv, double *best,
                           gt_error *err) {
    enum { RUNS = 8 };
    gt_status status = GT_OK;
    int64_t x = gt_shape_count(p->x), y = gt_shape_count(p->y), w = gt_shape_count(p->w);
    int64_t prepared = (int64_t)(gt_conv_weights_bytes(conv) / sizeof(float));
    bench t = {.a = filled(p->kind == GT_CONV_DATA ? y : x),
               .b = filled(p->kind == GT_CONV_WEIGHTS ? y : prepared),
               .bias = filled(p->w.dim[0]),
               .result = filled(p->kind == GT_CONV_FORWARD ? y
                                : p->kind == GT_CONV_DATA  ? x
                                                           : w),
               .scratch = filled((int64_t)(gt_conv_scratch(conv) / sizeof(float)) + 16)};
    if (!t.a || !t.b || !t.bias || !t.result || !t.scratch)
        GT_THROW(err, GT_NO_MEMORY, "timing a convolution: out of memory");
    gt_conv_beside beside = {.bias = t.bias};
    *best = 1e9;
    for (int run = 0; run < RUNS; run++) {
        double start = gt_seconds();
        GT_TRY(gt_conv_run(conv, t.a, t.b, &beside, t.result, false, t.scratch, err));
        double spent = gt_seconds() - start;
        if (run > 0 && spent < *best) *best = spent;
    }
done:
    free(t.a);
    free(t.b);
    free(t.bias);
    free(t.result);
    free(t.scratch);
    return status;
}

/* The fastest of those that apply. */
static gt_status race(const gt_conv_problem *p, int threads, gt_conv_algorithm *winner,
                      gt_error *err) {
    gt_status status = GT_OK;
    double best = 0, spent = 0;
    gt_conv_work *next = NULL;
    *winner = GT_CONV_DIRECT;
    bool has_choice = false;
    for (gt_conv_algorithm a = GT_CONV_DIRECT + 1; a < GT_CONV_ALGORITHMS; a++)
        has_choice |= applies(p, a);
    if (!has_choice) return GT_OK;
    for (gt_conv_algorithm a = 0; a < GT_CONV_ALGORITHMS; a++) {
        if (!applies(p, a) || gt_conv_create(p, a, threads, &next, NULL) != GT_OK) continue;
        GT_TRY(time_conv(p, next, &spent, err));
        if (best == 0 || spent < best) {
            best = spent;
            *winner = a;
        }
        gt_conv_destroy(next);
        next = NULL;
    }
done:
    gt_conv_destroy(next);
    return status;
}

gt_status gt_choose_conv(const gt_plan_options *options, const gt_conv_problem *p,
                         gt_conv_work **conv, gt_error *err) {
    gt_status status = GT_OK;
    gt_algorithms *cache = options->algorithms;
    gt_conv_algorithm algorithm = GT_CONV_DIRECT;
    char key[KEY];
    if (options->exact) return gt_conv_create(p, GT_CONV_DIRECT, options->threads, conv, err);
    key_of(p, options->threads, key);
    const choice *known = lookup(cache, key);
    if (known) {
        algorithm = applies(p, known->algorithm) ? known->algorithm : GT_CONV_DIRECT;
    } else if (cache && cache->measures) {
        gt_conv_problem bare = *p; /* masks cost all of them alike */
        bare.mask = bare.totals = false;
        GT_TRY(race(&bare, options->threads, &algorithm, err));
    } else {
        algorithm = by_rule(p, options->threads);
    }
    /* what oneDNN has no such algorithm for takes the direct one, which it has for all */
    if (algorithm != GT_CONV_DIRECT &&
        gt_conv_create(p, algorithm, options->threads, conv, NULL) != GT_OK)
        algorithm = GT_CONV_DIRECT;
    if (!*conv) GT_TRY(gt_conv_create(p, GT_CONV_DIRECT, options->threads, conv, err));
    if (!known) GT_TRY(remember(cache, key, algorithm, err));
done:
    return status;
}
