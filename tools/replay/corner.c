/* Replays a recorded corner figure: samples (n, columns) in given windows, their histograms
 * hist1d.I and hist2d.I_J, quantiles, and the levels of contours. */
#include <stdlib.h>
#include <string.h>

#include "galatea/twomodels.h"
#include "recording.h"

typedef struct corner {
    gt_recording *rec;
    size_t rows, columns, bins;
    double *samples, *ranges;
    double *values;   /* (columns, rows) */
    double *contents; /* (bins, bins) */
} corner;

static void open_corner(corner *c) {
    gt_recording *rec = c->rec;
    uint64_t values = 0, ends = 0;
    double bins = gt_recording_number(rec, "bins", 20);
    c->samples = gt_recording_input_double(rec, "samples", &values);
    c->ranges = gt_recording_input_double(rec, "ranges", &ends);
    if (rec->status) return;
    const gt_st_tensor *tensor = gt_safetensors_find(rec->file, "samples");
    c->columns = tensor->rank == 2 ? (size_t)tensor->shape[1] : 0;
    if (c->columns == 0 || ends != 2 * c->columns || values == 0 ||
        !(bins >= 1 && bins < 1e4)) {
        gt_recording_fail(rec, GT_BAD_SHAPE,
                          "samples, ranges and bins make no corner: %zu columns, %llu ends, %g",
                          c->columns, (unsigned long long)ends, bins);
        return;
    }
    c->rows = (size_t)values / c->columns;
    c->bins = (size_t)bins;
    c->values = calloc(values, sizeof *c->values);
    c->contents = calloc(c->bins * c->bins, sizeof *c->contents);
    if (!c->values || !c->contents)
        gt_recording_fail(rec, GT_NO_MEMORY, "no memory for %llu samples",
                          (unsigned long long)values);
    for (size_t i = 0; c->values && i < values; i++)
        c->values[i % c->columns * c->rows + i / c->columns] = c->samples[i];
}

static bool window(const corner *c, size_t column, gt_bins *out) {
    if (column >= c->columns) return false;
    *out = (gt_bins){c->ranges[2 * column], c->ranges[2 * column + 1], c->bins};
    return out->low < out->high;
}

static void compare_levels(corner *c) {
    gt_recording *rec = c->rec;
    int index = gt_recording_find(rec, "contour_levels.count");
    if (rec->status || index < 0) return;
    size_t count = (size_t)gt_safetensors_at(rec->file, (size_t)index)->elements;
    double total = 0, *masses = calloc(2 * count + 1, sizeof *masses);
    if (!masses) {
        gt_recording_fail(rec, GT_NO_MEMORY, "no memory for %zu contours", count);
        return;
    }
    for (size_t i = 0; i < count; i++) masses[i] = gt_contour_mass(0.5 * (double)(i + 1));
    for (size_t i = 0; i < c->bins * c->bins; i++) total += c->contents[i];
    rec->status = gt_contour_levels(c->bins * c->bins, c->contents, total, count, masses,
                                    masses + count, rec->err);
    if (!rec->status) {
        gt_shape shape = GT_SHAPE((int64_t)count);
        gt_recording_compare_within(rec, "contour_levels.mass", shape, masses, 1e-12);
        gt_recording_compare_within(rec, "contour_levels.count", shape, masses + count, 0);
    }
    free(masses);
}

static void replay_one(corner *c, const char *name) {
    size_t i, k;
    gt_bins x, y;
    int64_t n = (int64_t)c->bins;
    memset(c->contents, 0, c->bins * c->bins * sizeof *c->contents);
    if (sscanf(name, "hist1d.%4zu", &i) == 1 && window(c, i, &x)) {
        gt_bins_add(&x, c->rows, c->values + i * c->rows, c->contents);
        gt_recording_compare_within(c->rec, name, GT_SHAPE(n), c->contents, 0);
    } else if (sscanf(name, "hist2d.%4zu_%4zu", &i, &k) == 2 && window(c, i, &x) &&
               window(c, k, &y)) {
        gt_bins_add_pairs(&x, &y, c->rows, c->values + i * c->rows, c->values + k * c->rows,
                          c->contents);
        gt_recording_compare_within(c->rec, name, GT_SHAPE(n, n), c->contents, 0);
        compare_levels(c);
    }
}

static void compare_quantiles(corner *c) {
    gt_recording *rec = c->rec;
    gt_summary sum;
    double *quantiles = calloc(3, c->columns * sizeof *quantiles);
    if (!quantiles)
        gt_recording_fail(rec, GT_NO_MEMORY, "no memory for %zu columns", c->columns);
    for (size_t i = 0; !rec->status && i < c->columns; i++) {
        rec->status = gt_summarize(c->rows, c->values + i * c->rows, &sum, rec->err);
        quantiles[i] = sum.low;
        quantiles[c->columns + i] = sum.mid;
        quantiles[2 * c->columns + i] = sum.high;
    }
    if (!rec->status)
        gt_recording_compare_within(rec, "quantiles_16_50_84", GT_SHAPE(3, (int64_t)c->columns),
                                    quantiles, 1e-12);
    free(quantiles);
}

static void replay_corner(gt_recording *rec) {
    corner c = {.rec = rec};
    rec->result->has_measured = true;
    open_corner(&c);
    for (size_t i = 0; !rec->status && i < gt_safetensors_count(rec->file); i++)
        replay_one(&c, gt_safetensors_at(rec->file, i)->name);
    if (!rec->status) compare_quantiles(&c);
    free(c.samples), free(c.ranges), free(c.values), free(c.contents);
}

static bool accepts(const gt_safetensors *file) {
    return gt_safetensors_find(file, "samples") && gt_safetensors_find(file, "ranges") &&
           gt_safetensors_find(file, "hist1d.0");
}

const gt_replayer gt_replayer_corner = {"corner", accepts, replay_corner};
