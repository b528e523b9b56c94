/* tree_cut.c - the search over one feature of a node.
 *
 * Each row knows its rank in the whole column, so a node is sorted without comparing values: a
 * small one by counting, for each row, the ranks below its own (no branch, whole vectors at a
 * time); a large one by setting a bit for each rank and reading the bits in order. */
#include "tree_cut.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SMALL = 48, WORD = 64, LANES = GT_NODE_LANES, SORTED = 16 };

struct gt_cut_room {
    uint32_t *rank;     /* (rows) of the node's rows, then sorted */
    uint32_t *place;    /* (rows) by rank: number in the node */
    uint64_t *bits;     /* a bit for each rank */
    uint64_t *top;      /* a bit for each word of bits */
    uint32_t *position; /* (rows) numbers in the node, by rising value */
    float *value;       /* (rows) sorted, or in the order of the node */
    double *weight;     /* (rows) left of each candidate */
    double *sum;        /* (rows) left of each candidate */
    double *gain;       /* (rows) */
    uint32_t *last;     /* (rows) place of the last row left of each candidate */
    double *left;       /* (classes) */
};

gt_status gt_cut_room_create(size_t rows, int32_t classes, gt_cut_room **out, gt_error *err) {
    size_t words = rows / WORD + 1, n = rows + SMALL;
    gt_cut_room *room = calloc(1, sizeof *room);
    if (!room) return gt_fail(err, GT_NO_MEMORY, "no memory to cut %zu rows", rows);
    room->rank = calloc(n, sizeof *room->rank);
    room->place = calloc(n, sizeof *room->place);
    room->bits = calloc(words, sizeof *room->bits);
    room->top = calloc(words / WORD + 1, sizeof *room->top);
    room->position = calloc(n, sizeof *room->position);
    room->value = calloc(n, sizeof *room->value);
    room->weight = calloc(n, sizeof *room->weight);
    room->sum = calloc(n, sizeof *room->sum);
    room->gain = calloc(n, sizeof *room->gain);
    room->last = calloc(n, sizeof *room->last);
    room->left = calloc((size_t)classes + 1, sizeof *room->left);
    *out = room;
    if (room->rank && room->place && room->bits && room->top && room->position && room->value &&
        room->weight && room->sum && room->gain && room->last && room->left)
        return GT_OK;
    gt_cut_room_destroy(room);
    *out = NULL;
    return gt_fail(err, GT_NO_MEMORY, "no memory to cut %zu rows", rows);
}

void gt_cut_room_destroy(gt_cut_room *room) {
    if (!room) return;
    free(room->rank);
    free(room->place);
    free(room->bits);
    free(room->top);
    free(room->position);
    free(room->value);
    free(room->weight);
    free(room->sum);
    free(room->gain);
    free(room->last);
    free(room->left);
    free(room);
}

/* ---- sorting -------------------------------------------------------------------------------
 */

static void sort_small(const gt_node *node, const uint32_t *rank, const float *sorted,
                       gt_cut_room *room) {
    size_t n = node->count;
    for (size_t i = 0; i < n; i++) room->rank[i] = rank[node->row[i]];
    for (size_t first = 0; first < n; first += SORTED) {
        uint32_t below[SORTED] = {0};
        for (size_t j = 0; j < n; j++) {
            uint32_t other = room->rank[j];
            for (size_t k = 0; k < SORTED; k++) below[k] += other < room->rank[first + k];
        }
        size_t lanes = n - first < SORTED ? n - first : SORTED;
        for (size_t k = 0; k < lanes; k++) {
            room->position[below[k]] = (uint32_t)(first + k);
            room->value[below[k]] = sorted[room->rank[first + k]];
        }
    }
}

static void sort_by_bits(const gt_node *node, const uint32_t *rank, size_t rows,
                         const float *sorted, gt_cut_room *room) {
    size_t n = 0;
    for (size_t i = 0; i < node->count; i++) {
        uint32_t r = rank[node->row[i]];
        room->place[r] = (uint32_t)i;
        room->bits[r / WORD] |= UINT64_C(1) << r % WORD;
        room->top[r / (WORD * WORD)] |= UINT64_C(1) << r / WORD % WORD;
    }
    for (size_t t = 0; t <= rows / (WORD * WORD); t++) {
        for (uint64_t top = room->top[t]; top; top &= top - 1) {
            size_t word = t * WORD + (size_t)__builtin_ctzll(top);
            for (uint64_t bits = room->bits[word]; bits; bits &= bits - 1, n++) {
                size_t r = word * WORD + (size_t)__builtin_ctzll(bits);
                room->position[n] = room->place[r];
                room->value[n] = sorted[r];
            }
            room->bits[word] = 0;
        }
        room->top[t] = 0;
    }
}

static void take_sorted(const gt_node *node, const float *x, gt_cut_room *room) {
    for (size_t i = 0; i < node->count; i++) {
        room->position[i] = (uint32_t)i;
        room->value[i] = x[node->row[i]];
    }
}

static void sort_node(const gt_columns *columns, size_t feature, const gt_node *node,
                      gt_cut_room *room) {
    const uint32_t *rank = columns->rank + feature * columns->rows;
    const float *sorted = columns->sorted + feature * columns->rows;
    if (node->sorted)
        take_sorted(node, columns->x + feature * columns->rows, room);
    else if (node->count <= SMALL)
        sort_small(node, rank, sorted, room);
    else
        sort_by_bits(node, rank, columns->rows, sorted, room);
}

/* ---- two classes, and numbers --------------------------------------------------------------
 */

/* Weight and sum left of every candidate. */
static size_t list_candidates(const gt_node *node, size_t min_leaf, gt_cut_room *room) {
    size_t n = node->count, found = 0;
    double weight = 0, sum = 0;
    for (size_t k = 0; k + min_leaf < n; k++) {
        uint32_t i = room->position[k];
        weight += node->weight[i];
        sum += node->sum[i];
        room->weight[found] = weight;
        room->sum[found] = sum;
        room->last[found] = (uint32_t)k;
        found += (k + 1 >= min_leaf) & (room->value[k + 1] > room->value[k] + GT_TREE_STEP);
    }
    return found;
}

/* The same as the reference sums them: on from the candidate before, or back from the end where
 * that is nearer. */
static size_t list_sorted(const gt_node *node, size_t min_leaf, gt_cut_room *room) {
    size_t n = node->count, found = 0, at = 0;
    double weight = 0, sum = 0;
    for (size_t k = 0; k + min_leaf < n; k++) {
        if (k + 1 < min_leaf || room->value[k + 1] <= room->value[k] + GT_TREE_STEP) continue;
        size_t next = k + 1;
        if (next - at <= n - next) {
            for (; at < next; at++) weight += node->weight[at], sum += node->sum[at];
        } else {
            weight = node->total_weight, sum = node->total_sum;
            for (at = n; at > next; at--)
                weight -= node->weight[at - 1], sum -= node->sum[at - 1];
        }
        room->weight[found] = weight;
        room->sum[found] = sum;
        room->last[found++] = (uint32_t)k;
    }
    return found;
}

/* The formulas are the reference's to the letter: which of two cuts that are equally good wins
 * is a matter of the last digit. */
static inline double gini_gain(double w, double s, double total_w, double total_s) {
    double right_w = total_w - w, right_s = total_s - s;
    double left = (w - s) * (w - s) + s * s;
    double right = (right_w - right_s) * (right_w - right_s) + right_s * right_s;
    return left / w + right / right_w;
}

/* Equal to it but for rounding and what is the same for all cuts. */
static inline double reference_gini(double left_squares, double w, double right_squares,
                                    double right_w) {
    return -right_w * (1 - right_squares / (right_w * right_w)) -
           w * (1 - left_squares / (w * w));
}

static inline double reference_gini_gain(double w, double s, double total_w, double total_s) {
    double right_w = total_w - w, right_s = total_s - s;
    return reference_gini((w - s) * (w - s) + s * s, w,
                          (right_w - right_s) * (right_w - right_s) + right_s * right_s,
                          right_w);
}

static inline double variance_gain(double w, double s, double total_w, double total_s) {
    double right_w = total_w - w, right_s = total_s - s;
    return s * s / w + right_s * right_s / right_w;
}

static inline double friedman_gain(double w, double s, double total_w, double total_s) {
    double right_w = total_w - w, right_s = total_s - s;
    double difference = right_w * s - w * right_s;
    return difference * difference / (w * right_w);
}

static void score_candidates(size_t n, const gt_node *node, const gt_tree_options *options,
                             gt_cut_room *room) {
    double w = node->total_weight, s = node->total_sum;
    const double *weight = room->weight, *sum = room->sum;
    double *gain = room->gain;
    if (options->criterion == GT_CRITERION_GINI && options->as_reference) {
#pragma omp simd
        for (size_t c = 0; c < n; c++) gain[c] = reference_gini_gain(weight[c], sum[c], w, s);
    } else if (options->criterion == GT_CRITERION_GINI) {
#pragma omp simd
        for (size_t c = 0; c < n; c++) gain[c] = gini_gain(weight[c], sum[c], w, s);
    } else if (options->criterion == GT_CRITERION_SQUARED_ERROR) {
#pragma omp simd
        for (size_t c = 0; c < n; c++) gain[c] = variance_gain(weight[c], sum[c], w, s);
    } else {
#pragma omp simd
        for (size_t c = 0; c < n; c++) gain[c] = friedman_gain(weight[c], sum[c], w, s);
    }
}

/* ---- more classes --------------------------------------------------------------------------
 */

static double classes_gain(bool as_reference, double left_squares, double w,
                           double right_squares, double right_w) {
    return as_reference ? reference_gini(left_squares, w, right_squares, right_w)
                        : left_squares / w + right_squares / right_w;
}

/* Sums of squares of the classes' weights change by whole numbers, so they stay exact. */
static size_t score_classes(const gt_node *node, const gt_tree_options *options,
                            gt_cut_room *room) {
    size_t n = node->count, min_leaf = options->min_leaf, found = 0;
    double weight = 0, left_squares = 0, right_squares = 0;
    memset(room->left, 0, (size_t)node->classes * sizeof *room->left);
    for (int32_t c = 0; c < node->classes; c++)
        right_squares += node->by_class[c] * node->by_class[c];
    for (size_t k = 0; k + min_leaf < n; k++) {
        uint32_t i = room->position[k];
        int32_t label = node->labels[node->row[i]];
        double w = node->weight[i], left = room->left[label];
        double right = node->by_class[label] - left;
        weight += w;
        left_squares += w * (2 * left + w);
        right_squares -= w * (2 * right - w);
        room->left[label] = left + w;
        room->gain[found] = classes_gain(options->as_reference, left_squares, weight,
                                         right_squares, node->total_weight - weight);
        room->last[found] = (uint32_t)k;
        found += (k + 1 >= min_leaf) & (room->value[k + 1] > room->value[k] + GT_TREE_STEP);
    }
    return found;
}

/* ---- the best of all -----------------------------------------------------------------------
 */

static double largest(size_t n, const double *values) {
    double best = -INFINITY;
#pragma omp simd reduction(max : best)
    for (size_t c = 0; c < n; c++) best = values[c] > best ? values[c] : best;
    return best;
}

static double threshold_between(float low, float high) {
    double threshold = low / 2.0 + high / 2.0;
    return threshold == (double)high || isinf(threshold) ? (double)low : threshold;
}

gt_cut gt_cut_best(const gt_columns *columns, size_t feature, const gt_node *node,
                   const gt_tree_options *options, gt_cut_room *room) {
    gt_cut cut = {0};
    size_t n = node->count, found, c = 0;
    sort_node(columns, feature, node, room);
    cut.constant = room->value[n - 1] <= room->value[0] + GT_TREE_STEP;
    if (cut.constant) return cut;
    if (node->labels) {
        found = score_classes(node, options, room);
    } else {
        found = node->sorted ? list_sorted(node, options->min_leaf, room)
                             : list_candidates(node, options->min_leaf, room);
        score_candidates(found, node, options, room);
    }
    cut.gain = largest(found, room->gain);
    cut.found = cut.gain > -INFINITY;
    if (!cut.found) return cut;
    while (room->gain[c] != cut.gain) c++;
    uint32_t last = room->last[c];
    cut.threshold = threshold_between(room->value[last], room->value[last + 1]);
    return cut;
}

/* ---- a random cut --------------------------------------------------------------------------
 */

float gt_cut_float(double threshold) {
    float value = (float)threshold;
    return (double)value > threshold ? nextafterf(value, -INFINITY) : value;
}

/* What stands left of a limit. */
typedef struct left_side {
    int64_t rows, weight;
    double sum;
} left_side;

/* Vectors of the compiler's, which it cuts into what the processor has. */
typedef float lane_floats __attribute__((vector_size(LANES * 4)));
typedef int32_t lane_ints __attribute__((vector_size(LANES * 4)));
typedef int64_t lane_longs __attribute__((vector_size(LANES * 8)));
typedef double lane_doubles __attribute__((vector_size(LANES * 8)));

#define LANES_AT(type, address) (*(const type##_anywhere *)(const void *)(address))
typedef lane_floats lane_floats_anywhere __attribute__((aligned(4), may_alias));
typedef lane_ints lane_ints_anywhere __attribute__((aligned(4), may_alias));
typedef lane_longs lane_longs_anywhere __attribute__((aligned(8), may_alias));

static lane_floats choose(lane_ints which, lane_floats a, lane_floats b) {
    return (lane_floats)(((lane_ints)a & which) | ((lane_ints)b & ~which));
}

/* The values of the node's rows, followed by copies of one of them up to a multiple of LANES.
 */
static size_t gather(const float *x, const gt_node *node, float *value, float *low,
                     float *high) {
    size_t n = node->count, padded = (n + LANES - 1) / LANES * LANES;
    const uint32_t *row = node->row;
    for (size_t i = 0; i < n; i++) value[i] = x[row[i]];
    for (size_t i = n; i < padded; i++) value[i] = value[0];
    lane_floats lows = LANES_AT(lane_floats, value), highs = lows;
    for (size_t i = LANES; i < padded; i += LANES) {
        lane_floats v = LANES_AT(lane_floats, value + i);
        lows = choose(v < lows, v, lows);
        highs = choose(v > highs, v, highs);
    }
    *low = lows[0];
    *high = highs[0];
    for (size_t l = 1; l < LANES; l++) {
        *low = lows[l] < *low ? lows[l] : *low;
        *high = highs[l] > *high ? highs[l] : *high;
    }
    return padded;
}

/* Behind the node's rows the lists go on with others', which must not count. */
static left_side sum_left(const gt_node *node, size_t padded, float *value, float limit) {
    lane_ints rows = {0}, weights = {0};
    lane_doubles sums = {0};
    left_side left = {0};
    for (size_t i = node->count; i < padded; i++) value[i] = INFINITY;
    for (size_t i = 0; i < padded; i += LANES) {
        lane_ints goes = LANES_AT(lane_floats, value + i) <= limit;
        lane_longs wide = __builtin_convertvector(goes, lane_longs);
        rows -= goes;
        weights += goes & LANES_AT(lane_ints, node->weight + i);
        sums += (lane_doubles)(wide & LANES_AT(lane_longs, node->sum + i));
    }
    for (size_t l = 0; l < LANES; l++) {
        left.rows += rows[l];
        left.weight += weights[l];
        left.sum += sums[l];
    }
    return left;
}

static double gain_of(const gt_node *node, const gt_tree_options *options,
                      const left_side *left) {
    gt_criterion criterion = options->criterion;
    double w = (double)left->weight, s = left->sum;
    if (criterion == GT_CRITERION_GINI && options->as_reference)
        return reference_gini_gain(w, s, node->total_weight, node->total_sum);
    if (criterion == GT_CRITERION_GINI)
        return gini_gain(w, s, node->total_weight, node->total_sum);
    if (criterion == GT_CRITERION_SQUARED_ERROR)
        return variance_gain(w, s, node->total_weight, node->total_sum);
    return friedman_gain(w, s, node->total_weight, node->total_sum);
}

static double random_class_gain(const gt_node *node, float limit, double w, bool as_reference,
                                const float *value, double *left) {
    double left_squares = 0, right_squares = 0;
    memset(left, 0, (size_t)node->classes * sizeof *left);
    for (size_t i = 0; i < node->count; i++)
        left[node->labels[node->row[i]]] += value[i] <= limit ? node->weight[i] : 0;
    for (int32_t c = 0; c < node->classes; c++) {
        double right = node->by_class[c] - left[c];
        left_squares += left[c] * left[c];
        right_squares += right * right;
    }
    return classes_gain(as_reference, left_squares, w, right_squares, node->total_weight - w);
}

gt_cut gt_cut_random(const gt_columns *columns, size_t feature, const gt_node *node,
                     const gt_tree_options *options, double draw, gt_cut_room *room) {
    gt_cut cut = {0};
    float low, high;
    const float *x = columns->x + feature * columns->rows;
    size_t padded = gather(x, node, room->value, &low, &high);
    cut.constant = high <= low + GT_TREE_STEP;
    if (cut.constant) return cut;
    cut.threshold = low + draw * ((double)high - low);
    if (cut.threshold >= (double)high) cut.threshold = low;
    float limit = gt_cut_float(cut.threshold);
    left_side left = sum_left(node, padded, room->value, limit);
    size_t rows = (size_t)left.rows;
    if (rows < options->min_leaf || node->count - rows < options->min_leaf) return cut;
    cut.found = true;
    cut.gain = node->labels ? random_class_gain(node, limit, (double)left.weight,
                                                options->as_reference, room->value, room->left)
                            : gain_of(node, options, &left);
    return cut;
}
