/* Comparison of computed with recorded tensors, and where the tolerances come from. */
#include "recording.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "text.h"

/* ---- Tolerances ------------------------------------------------------------------------ */

/* Column `wanted` of a line of tab-separated cells, copied into cell. */
static bool parse_cell(const char *line, int wanted, char cell[256]) {
    for (; wanted > 0; --wanted) {
        line = strchr(line, '\t');
        if (!line++) return false;
    }
    size_t length = strcspn(line, "\t");
    if (length >= 256) return false;
    memcpy(cell, line, length);
    cell[length] = 0;
    return true;
}

static int find_column(const char *header, const char *name) {
    char cell[256];
    for (int i = 0; parse_cell(header, i, cell); ++i)
        if (strcmp(cell, name) == 0) return i;
    return -1;
}

static void read_lines(gt_recording *rec, const char *path, char *text) {
    char *rest = text, name[256], number[256];
    const char *header = strsep(&rest, "\n");
    int column = find_column(header, "suggested_atol");
    if (column < 0) {
        gt_recording_fail(rec, GT_BAD_FORMAT, "%s has no column suggested_atol", path);
        return;
    }
    for (int line = 2; rest && *rest; ++line) {
        const char *cells = strsep(&rest, "\n");
        double tolerance;
        if (!parse_cell(cells, 0, name) || !parse_cell(cells, column, number) ||
            gt_text_to_real(number, &tolerance, NULL) || tolerance < 0) {
            gt_recording_fail(rec, GT_BAD_FORMAT, "%s, line %d: no name and tolerance", path,
                              line);
            return;
        }
        int index = gt_recording_find(rec, name);
        if (index >= 0) rec->tolerances[index] = tolerance;
    }
}

void gt_recording_read_tolerances(gt_recording *rec, const char *path) {
    enum { LIMIT = 64 << 20 };
    char *text = NULL;
    size_t size;
    gt_status status = gt_file_load(path, LIMIT, &text, &size, rec->err);
    if (status == GT_NOT_FOUND) return;
    rec->status = status;
    if (status) return;
    rec->result->has_measured = true;
    read_lines(rec, path, text);
    free(text);
}

double gt_recording_largest(gt_recording *rec, int index) {
    const gt_st_tensor *tensor = gt_safetensors_at(rec->file, (size_t)index);
    double largest = 0, *values = malloc((size_t)(tensor->elements + 1) * sizeof *values);
    if (!values) {
        gt_recording_fail(rec, GT_NO_MEMORY, "no memory for '%s'", tensor->name);
        return 0;
    }
    rec->status =
        gt_safetensors_read_f64(rec->file, tensor, values, tensor->elements, rec->err);
    for (uint64_t i = 0; !rec->status && i < tensor->elements; ++i)
        largest = fmax(largest, fabs(values[i]));
    free(values);
    return largest;
}

void gt_recording_allow(gt_recording *rec, int index, double least, double ratio) {
    if (rec->status || rec->tolerances[index] >= 0) return;
    rec->tolerances[index] = fmax(least, ratio * gt_recording_largest(rec, index));
}

static double tolerance_of(const gt_recording *rec, int index, const char *name,
                           const double *want, int64_t count) {
    double largest = 0;
    if (rec->tolerances[index] >= 0) return rec->tolerances[index];
    for (int64_t i = 0; i < count; ++i) largest = fmax(largest, fabs(want[i]));
    for (const gt_replay_rule *rule = rec->rules; rule && rule->part; ++rule)
        if (strstr(name, rule->part)) return (5 * rule->ratio + 2e-6) * largest;
    return (5 * 1e-6 + 2e-6) * largest;
}

/* ---- Comparison ------------------------------------------------------------------------ */

static bool same_but_ones(gt_shape shape, const gt_st_tensor *tensor) {
    int a = 0, b = 0;
    for (;;) {
        while (a < shape.rank && shape.dim[a] == 1) ++a;
        while (b < tensor->rank && tensor->shape[b] == 1) ++b;
        if (a == shape.rank || b == tensor->rank) return a == shape.rank && b == tensor->rank;
        if (shape.dim[a++] != tensor->shape[b++]) return false;
    }
}

double gt_recording_difference(double got, double want) {
    if (got == want || (isnan(got) && isnan(want))) return 0;
    double d = fabs(got - want);
    return isnan(d) ? INFINITY : d;
}

bool gt_recording_fits(gt_recording *rec, int index, gt_shape shape) {
    const gt_st_tensor *tensor = gt_safetensors_at(rec->file, (size_t)index);
    char here[96], there[GT_ST_SHAPE_TEXT];
    if (same_but_ones(shape, tensor)) return true;
    gt_recording_fail(rec, GT_BAD_SHAPE, "'%s' is %s, but its settings make it %s",
                      tensor->name, gt_st_shape_text(tensor->rank, tensor->shape, there),
                      gt_shape_text(shape, here));
    return false;
}

/* The recorded values of a tensor that has not been compared yet; NULL: nothing to compare. */
static double *recorded(gt_recording *rec, int index, gt_shape shape) {
    if (rec->status || index < 0 || rec->uses[index] == GT_REPLAY_COMPARED) return NULL;
    const gt_st_tensor *tensor = gt_safetensors_at(rec->file, (size_t)index);
    if (!gt_recording_fits(rec, index, shape)) return NULL;
    double *want = malloc((size_t)(tensor->elements + 1) * sizeof *want);
    if (!want) {
        gt_recording_fail(rec, GT_NO_MEMORY, "no memory for '%s'", tensor->name);
        return NULL;
    }
    rec->status = gt_safetensors_read_f64(rec->file, tensor, want, tensor->elements, rec->err);
    rec->uses[index] = GT_REPLAY_COMPARED;
    rec->result->compared++;
    return want;
}

static gt_replay_seen *record_result(gt_recording *rec, const char *name, double error,
                                     double tolerance, bool passed) {
    if (rec->seen_count == rec->seen_room) {
        size_t room = rec->seen_room ? 2 * rec->seen_room : 256;
        gt_replay_seen *seen = realloc(rec->seen, room * sizeof *seen);
        if (!seen) {
            gt_recording_fail(rec, GT_NO_MEMORY, "no memory for %zu results", room);
            return NULL;
        }
        rec->seen = seen;
        rec->seen_room = room;
    }
    gt_replay_seen *seen = &rec->seen[rec->seen_count++];
    *seen = (gt_replay_seen){.error = error, .tolerance = tolerance, .passed = passed};
    snprintf(seen->name, sizeof seen->name, "%s", name);
    return seen;
}

/* Keeps what was compared for a closer look; `want` is taken. */
static void keep_values(gt_recording *rec, gt_replay_seen *seen, const double *got,
                        double *want, int64_t count, double bound) {
    double *copy = seen ? malloc((size_t)(count + 1) * sizeof *copy) : NULL;
    if (!copy) {
        gt_recording_fail(rec, GT_NO_MEMORY, "no memory for values");
        free(want);
        return;
    }
    memcpy(copy, got, (size_t)count * sizeof *copy);
    seen->got = copy;
    seen->want = want;
    seen->count = count;
    seen->bound = bound;
}

double gt_recording_judge_step(gt_replay_result *result, const double *got, const double *want,
                               int64_t count, double tolerance, double bound) {
    double largest = 0;
    for (int64_t i = 0; i < count; ++i) {
        double error = gt_recording_difference(got[i], want[i]);
        result->step_values++;
        if (error <= tolerance) {
            largest = fmax(largest, error);
            continue;
        }
        result->step_outliers++;
        result->step_worst = fmax(result->step_worst, error / bound);
        if (error > bound) largest = fmax(largest, error);
    }
    return largest;
}

/* Every run of `length` values that were all recorded as exact zeros is zero. What underflows
 * in single precision need not in double. */
static bool keeps_zeros(const double *got, const double *want, int64_t count, int64_t length) {
    for (int64_t first = 0; first < count; first += length) {
        bool silent = true, zero = true;
        for (int64_t i = first; i < first + length; ++i) {
            silent = silent && want[i] == 0;
            zero = zero && fabs(got[i]) <= 1e-30;
        }
        if (silent && !zero) return false;
    }
    return true;
}

static gt_replay_seen *judge(gt_recording *rec, const char *name, const double *got,
                             const double *want, int64_t count, double tolerance,
                             int64_t zeros) {
    double largest = 0;
    bool kept = !zeros || keeps_zeros(got, want, count, zeros);
    for (int64_t i = 0; i < count; ++i)
        largest = fmax(largest, gt_recording_difference(got[i], want[i]));
    return record_result(rec, name, kept ? largest : INFINITY, tolerance,
                         kept && largest <= tolerance);
}

/* Elements beyond the tolerance are counted apart and judged by the step's bound. */
static gt_replay_seen *judge_step(gt_recording *rec, const char *name, const double *got,
                                  const double *want, int64_t count, double tolerance,
                                  double bound) {
    double largest = gt_recording_judge_step(rec->result, got, want, count, tolerance, bound);
    return record_result(rec, name, largest, tolerance, largest <= fmax(tolerance, bound));
}

void gt_recording_compare(gt_recording *rec, const char *name, gt_shape shape,
                          const double *got, gt_replay_judge how, double bound) {
    int index = gt_recording_find(rec, name);
    double *want = recorded(rec, index, shape);
    if (!want) return;
    int64_t count = gt_shape_count(shape);
    double tolerance = tolerance_of(rec, index, name, want, count);
    bool is_step = how == GT_REPLAY_STEP;
    int64_t zeros = how == GT_REPLAY_ZEROS       ? 1
                    : how == GT_REPLAY_ZERO_ROWS ? count / shape.dim[0]
                                                 : 0;
    keep_values(rec,
                is_step ? judge_step(rec, name, got, want, count, tolerance, bound)
                        : judge(rec, name, got, want, count, tolerance, zeros),
                got, want, count, is_step ? bound : 0);
}

void gt_recording_compare_within(gt_recording *rec, const char *name, gt_shape shape,
                                 const double *got, double tolerance) {
    int index = gt_recording_find(rec, name);
    double *want = recorded(rec, index, shape);
    if (!want) return;
    if (rec->tolerances[index] >= 0) tolerance = rec->tolerances[index];
    judge(rec, name, got, want, gt_shape_count(shape), tolerance, 0);
    free(want);
}

double *gt_recording_expected(gt_recording *rec, const char *name, uint64_t *count) {
    int index = gt_recording_find(rec, name);
    if (rec->status || index < 0) {
        gt_recording_fail(rec, GT_BAD_FORMAT, "no tensor '%s'", name);
        return NULL;
    }
    const gt_st_tensor *tensor = gt_safetensors_at(rec->file, (size_t)index);
    double *want = calloc((size_t)tensor->elements + 1, sizeof *want);
    if (!want) {
        gt_recording_fail(rec, GT_NO_MEMORY, "no memory for '%s'", name);
        return NULL;
    }
    rec->status = gt_safetensors_read_f64(rec->file, tensor, want, tensor->elements, rec->err);
    if (rec->status) {
        free(want);
        return NULL;
    }
    if (rec->uses[index] != GT_REPLAY_COMPARED) rec->result->compared++;
    rec->uses[index] = GT_REPLAY_COMPARED;
    *count = tensor->elements;
    return want;
}

void gt_recording_judged(gt_recording *rec, const char *name, double error, double tolerance) {
    if (!rec->status) record_result(rec, name, error, tolerance, error <= tolerance);
}

void gt_recording_compare_floats(gt_recording *rec, const char *name, gt_shape shape,
                                 const float *got, gt_replay_judge how, double bound) {
    size_t count = (size_t)gt_shape_count(shape);
    if (rec->status || gt_recording_find(rec, name) < 0) return;
    double *wide = malloc((count + 1) * sizeof *wide);
    if (!wide) {
        gt_recording_fail(rec, GT_NO_MEMORY, "no memory for '%s'", name);
        return;
    }
    for (size_t i = 0; i < count; ++i) wide[i] = got[i];
    gt_recording_compare(rec, name, shape, wide, how, bound);
    free(wide);
}

void gt_recording_compare_some(gt_recording *rec, const char *name, gt_shape shape,
                               const float *got, const float *which) {
    int index = gt_recording_find(rec, name);
    double *want = recorded(rec, index, shape);
    if (!want) return;
    int64_t count = gt_shape_count(shape);
    double tolerance = tolerance_of(rec, index, name, want, count), largest = 0;
    for (int64_t i = 0; i < count && !rec->status; ++i)
        if (which[i] != 0) largest = fmax(largest, gt_recording_difference(got[i], want[i]));
    if (!rec->status) record_result(rec, name, largest, tolerance, largest <= tolerance);
    free(want);
}

/* Both times scales[n] for row n. */
static void compare_rows(gt_recording *rec, const char *name, gt_shape shape, const float *got,
                         const double *scales) {
    int index = gt_recording_find(rec, name);
    double *want = recorded(rec, index, shape);
    if (!want) return;
    int64_t count = gt_shape_count(shape), length = count / shape.dim[0];
    double tolerance = tolerance_of(rec, index, name, want, count);
    double largest = 0, largest_scaled = 0, error = 0;
    for (int64_t i = 0; i < count; ++i) {
        double scale = scales[i / length];
        largest = fmax(largest, fabs(want[i]));
        largest_scaled = fmax(largest_scaled, fabs(want[i]) * scale);
        error = fmax(error, gt_recording_difference(got[i] * scale, want[i] * scale));
    }
    if (largest > 0) tolerance *= largest_scaled / largest;
    if (!rec->status) record_result(rec, name, error, tolerance, error <= tolerance);
    free(want);
}

void gt_recording_compare_unit_rows(gt_recording *rec, const char *name, const float *got,
                                    const char *rows, double floor) {
    uint64_t count = 0;
    float *x = gt_recording_input(rec, rows, &count);
    if (!x) return;
    const gt_st_tensor *tensor = gt_safetensors_find(rec->file, rows);
    uint64_t n = tensor->shape[0], width = count / (n ? n : 1);
    double *lengths = calloc(n + 1, sizeof *lengths);
    if (!lengths) gt_recording_fail(rec, GT_NO_MEMORY, "no memory for lengths");
    for (uint64_t i = 0; lengths && i < n; ++i) {
        for (uint64_t k = 0; k < width; ++k)
            lengths[i] += (double)x[i * width + k] * (double)x[i * width + k];
        lengths[i] = fmax(sqrt(lengths[i]), floor);
    }
    if (lengths)
        compare_rows(rec, name, gt_shape_of(tensor->rank, tensor->shape), got, lengths);
    free(lengths);
    free(x);
}

void gt_recording_compare_truncated(gt_recording *rec, const char *name, gt_shape shape,
                                    const double *got, double edge) {
    int64_t count = gt_shape_count(shape);
    double *want = recorded(rec, gt_recording_find(rec, name), shape), largest = 0;
    if (!want) return;
    for (int64_t i = 0; i < count; ++i) {
        double value = fmin(255, fmax(0, got[i])), error = fabs(trunc(value) - want[i]);
        bool on_edge = fabs(value - nearbyint(value)) < edge;
        largest = fmax(largest, error == 1 && on_edge ? 0 : error);
    }
    record_result(rec, name, largest, 0.5, largest <= 0.5);
    free(want);
}

void gt_recording_compare_bytes(gt_recording *rec, const char *name, gt_shape shape,
                                const float *got) {
    int64_t count = gt_shape_count(shape);
    double *wide = calloc((size_t)count + 1, sizeof *wide);
    if (!wide) gt_recording_fail(rec, GT_NO_MEMORY, "no memory to compare '%s'", name);
    for (int64_t i = 0; wide && i < count; ++i) wide[i] = (double)got[i];
    if (wide) gt_recording_compare_truncated(rec, name, shape, wide, 1e-3);
    free(wide);
}
