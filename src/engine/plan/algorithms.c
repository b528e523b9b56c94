/* algorithms.c - which convolution algorithm: all that apply are timed once per shape, the
 * winner is remembered. */
#include "galatea/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cpu/conv_dense.h"
#include "ir.h"

static const char *const names[GT_CONV_ALGORITHMS] = {"direct", "winograd", "dense"};

typedef struct choice {
    char key[112];
    gt_conv_algorithm algorithm;
} choice;

struct gt_algorithms {
    choice *list;
    int count, capacity;
};

gt_algorithms *gt_algorithms_create(void) {
    return calloc(1, sizeof(gt_algorithms));
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
        if (sscanf(text, "%111s %15s%n", key, name, &used) != 2 ||
            (text[used] && text[used] != '\n'))
            return gt_fail(err, GT_BAD_FORMAT, "algorithms, line %d: expected 'key choice'",
                           line);
        int algorithm = 0;
        while (algorithm < GT_CONV_ALGORITHMS && strcmp(name, names[algorithm]) != 0)
            algorithm++;
        if (algorithm == GT_CONV_ALGORITHMS)
            return gt_fail(
                err, GT_BAD_FORMAT,
                "algorithms, line %d: choice '%s', expected direct, winograd or dense", line,
                name);
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

static void key_of(const gt_conv_problem *p, int threads, char key[112]) {
    static const char *const kinds[] = {"forward", "data", "weights"};
    char x[96], w[96];
    snprintf(key, 112, "%s%s:%.40s:%.30s:p%d:%s%s:t%d", kinds[p->kind],
             p->accumulate ? "+" : "", gt_shape_text(p->x, x), gt_shape_text(p->w, w),
             p->how.pad, p->x_blocked ? "b" : "p", p->y_blocked ? "b" : "p", threads);
}

/* Winograd is for 3x3 windows that step by one; with few channels its transforms cost more than
 * they save. */
static bool applies(const gt_conv_problem *p, gt_conv_algorithm algorithm) {
    if (algorithm == GT_CONV_DIRECT) return true;
    if (algorithm == GT_CONV_DENSE) return gt_conv_dense_applies(p);
    return p->w.dim[2] == 3 && p->how.stride == 1 && p->how.groups == 1 && p->x_blocked &&
           p->y_blocked;
}

static double seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
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

/* Best of a few runs, at most a few milliseconds of them. */
static gt_status time_conv(const gt_conv_problem *p, gt_dnn_conv *conv, double *best,
                           gt_error *err) {
    enum { RUNS = 6 };
    gt_status status = GT_OK;
    int64_t x = gt_shape_count(p->x), y = gt_shape_count(p->y), w = gt_shape_count(p->w);
    int64_t prepared = (int64_t)(gt_dnn_conv_weights_bytes(conv) / sizeof(float));
    bench t = {.a = filled(p->kind == GT_CONV_DATA ? y : x),
               .b = filled(p->kind == GT_CONV_WEIGHTS ? y : prepared),
               .bias = filled(p->w.dim[0]),
               .result = filled(p->kind == GT_CONV_FORWARD ? y
                                : p->kind == GT_CONV_DATA  ? x
                                                           : w),
               .scratch = filled((int64_t)(gt_dnn_conv_scratch(conv) / sizeof(float)) + 16)};
    if (!t.a || !t.b || !t.bias || !t.result || !t.scratch)
        GT_THROW(err, GT_NO_MEMORY, "timing a convolution: out of memory");
    *best = 1e9;
    for (int run = 0; run < RUNS; run++) {
        double start = seconds();
        GT_TRY(gt_dnn_conv_run(conv, t.a, t.b, t.bias, t.result, false, t.scratch, err));
        double spent = seconds() - start;
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

/* Makes the fastest of those that apply. */
static gt_status race(const gt_conv_problem *p, gt_dnn_conv **conv, gt_conv_algorithm *winner,
                      gt_error *err) {
    gt_status status = GT_OK;
    double best = 0, spent = 0;
    gt_dnn_conv *next = NULL;
    for (gt_conv_algorithm a = 0; a < GT_CONV_ALGORITHMS; a++) {
        if (!applies(p, a)) continue;
        if (a == GT_CONV_DIRECT)
            GT_TRY(gt_dnn_conv_create(p, a, &next, err));
        else if (gt_dnn_conv_create(p, a, &next, NULL) != GT_OK)
            continue;
        bool has_rivals = applies(p, GT_CONV_WINOGRAD) || applies(p, GT_CONV_DENSE);
        if (has_rivals) GT_TRY(time_conv(p, next, &spent, err));
        if (!*conv || spent < best) {
            gt_dnn_conv_destroy(*conv);
            *conv = next;
            next = NULL;
            best = spent;
            *winner = a;
        }
        gt_dnn_conv_destroy(next);
        next = NULL;
    }
done:
    gt_dnn_conv_destroy(next);
    return status;
}

gt_status gt_choose_conv(gt_plan *plan, const gt_conv_problem *p, gt_dnn_conv **conv,
                         gt_error *err) {
    gt_status status = GT_OK;
    gt_algorithms *cache = plan->options.algorithms;
    gt_conv_algorithm algorithm = GT_CONV_DIRECT;
    char key[112];
    key_of(p, plan->threads, key);
    const choice *known = plan->options.exact ? NULL : lookup(cache, key);
    if (known && known->algorithm != GT_CONV_DIRECT && applies(p, known->algorithm) &&
        gt_dnn_conv_create(p, known->algorithm, conv, NULL) == GT_OK)
        return GT_OK;
    if (known || plan->options.exact) return gt_dnn_conv_create(p, GT_CONV_DIRECT, conv, err);
    GT_TRY(race(p, conv, &algorithm, err));
    GT_TRY(remember(cache, key, algorithm, err));
done:
    return status;
}
