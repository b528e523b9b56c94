/* density.c - see density.h. */
#include "density.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mismatch.h"
#include "object_table.h"
#include "provenance.h"
#include "sort.h"

static gt_status find_range(const gt_scores *s, gt_range *out, gt_error *err) {
    double *sorted = malloc((s->count + 1) * sizeof *sorted), sum = 0;
    uint64_t finite = 0;
    if (!sorted)
        return gt_fail(err, GT_NO_MEMORY, "no memory for %" PRIu64 " numbers", s->count);
    memcpy(sorted, s->log_p, s->count * sizeof *sorted);
    qsort(sorted, s->count, sizeof *sorted, gt_by_double);
    for (uint64_t i = 0; i < s->count; i++)
        if (isfinite(sorted[i])) sum += sorted[i], finite++;
    double middle = sorted[s->count / 2];
    if (s->count % 2 == 0) middle = (middle + sorted[s->count / 2 - 1]) / 2;
    *out = (gt_range){sorted[0], middle, sorted[s->count - 1], sum / (double)finite};
    free(sorted);
    return GT_OK;
}

static gt_status name_sets(gt_densities *c, gt_error *err) {
    gt_named named[GT_DENSITY_SETS];
    for (size_t i = 0; i < c->count; i++)
        named[i] = (gt_named){c->sets[i].name, c->sets[i].path};
    return gt_names_tell_apart(named, c->count, err);
}

/* The last set is looked at before hours are spent on the first. */
static gt_status check_sets(const gt_run *run, const char *const *sets, size_t count,
                            gt_error *err) {
    for (size_t i = 0; i < count; i++) {
        gt_dataset *data = NULL;
        gt_status status = gt_scores_open_set(run, sets[i], &data, err);
        if (status) return status;
        gt_dataset_close(data);
    }
    return GT_OK;
}

static gt_status score(const gt_context *context, const char *run, const char *const *sets,
                       gt_densities *c, size_t count, gt_error *err) {
    gt_status status = GT_OK;
    GT_TRY(check_sets(c->run, sets, count, err));
    for (; c->count < count; c->count++) {
        gt_scores *s = &c->sets[c->count];
        GT_TRY(gt_scores_compute(c->run, sets[c->count], context, &c->noise, s, err));
        GT_TRY(find_range(s, &c->ranges[c->count], err));
    }
    GT_TRY(name_sets(c, err));
    GT_TRY(gt_usual_find(c->run, context, run, c->sets, c->count, &c->noise, &c->usual, err));
done:
    return status;
}

gt_status gt_densities_compute(const gt_context *context, const char *run,
                               const char *const *sets, size_t count, gt_densities *c,
                               gt_error *err) {
    gt_status status = GT_OK;
    const char *inputs[GT_DENSITY_SETS + 2] = {NULL};
    GT_ASSERT(count > 0 && count <= GT_DENSITY_SETS);
    memcpy(inputs, sets, count * sizeof *inputs);
    GT_TRY(gt_scores_open_run(context, run, sets[0], &c->run, err));
    const gt_sight learned = {run, gt_run_imaging(c->run)};
    GT_TRY(gt_mismatch_check_files(context, &learned, inputs, "", err));
    GT_TRY(score(context, run, sets, c, count, err));
    inputs[count] = gt_run_path_of(c->run);
    GT_TRY(gt_provenance_make(context->invocation, inputs, &c->provenance, err));
done:
    return status;
}

void gt_densities_free(gt_densities *c) {
    for (size_t i = 0; i < GT_DENSITY_SETS; i++) gt_scores_free(&c->sets[i]);
    gt_run_close(c->run);
    free(c->provenance);
}

/* ---- Writing --------------------------------------------------------------------------- */

gt_status gt_densities_table(const gt_densities *c, const char *path, gt_error *err) {
    enum { LOG_DENSITY = GT_OBJECT_ABOUT, BITS, COLUMNS };
    char subject[GT_SCORES_ROOM], help[GT_SCORES_ROOM + 40];
    snprintf(help, sizeof help, "log-density of the row%s, in nats",
             gt_scores_subject(c->run, subject));
    gt_table_column columns[COLUMNS] = {
        [LOG_DENSITY] = {"log_density", GT_TABLE_REAL, NULL, help},
        [BITS] = {"bits_per_value", GT_TABLE_REAL, NULL,
                  "minus that, in bits for each value that the network sees"}};
    gt_status status = GT_OK;
    gt_object_table *made = NULL;
    gt_dataset *sets[GT_DENSITY_SETS];
    memcpy(columns, gt_object_about, sizeof gt_object_about);
    for (size_t i = 0; i < c->count; i++) sets[i] = c->sets[i].data;
    /* the last column is for images alone */
    GT_TRY(gt_object_table_create("DENSITY", columns, COLUMNS - gt_scores_are_of_codes(c->run),
                                  sets, c->count, &made, err));
    for (size_t i = 0; i < c->count; i++) {
        const gt_scores *s = &c->sets[i];
        for (uint64_t row = 0; row < s->count; row++) {
            gt_cell cells[COLUMNS] = {[LOG_DENSITY] = gt_cell_real(s->log_p[row]),
                                      [BITS] =
                                          gt_cell_real(gt_scores_bits(c->run, s->log_p[row]))};
            gt_object_about_cells(s->name, gt_dataset_describe(s->data), &s->columns, row,
                                  cells);
            GT_TRY(gt_object_table_append(made, i, row, cells, err));
        }
    }
    GT_TRY(gt_object_table_write(made, path, c->provenance, err));
done:
    gt_object_table_destroy(made);
    return status;
}

/* The range from the lowest 1 % quantile of the sets up. *all widens to that of all values. */
static gt_status usual_range(const gt_densities *c, gt_axis *usual, gt_axis *all,
                             gt_error *err) {
    *usual = *all = (gt_axis){.low = INFINITY, .high = -INFINITY};
    for (size_t i = 0; i < c->count; i++) {
        const gt_scores *s = &c->sets[i];
        size_t finite = 0;
        double *sorted = malloc((s->count + 1) * sizeof *sorted);
        if (!sorted)
            return gt_fail(err, GT_NO_MEMORY, "no memory for %" PRIu64 " numbers", s->count);
        for (uint64_t k = 0; k < s->count; k++)
            if (isfinite(s->log_p[k])) sorted[finite++] = s->log_p[k];
        qsort(sorted, finite, sizeof *sorted, gt_by_double);
        if (finite) {
            usual->low = fmin(usual->low, sorted[finite / 100]);
            usual->high = fmax(usual->high, sorted[finite - 1]);
            all->low = fmin(all->low, sorted[0]);
        }
        free(sorted);
    }
    all->high = usual->high;
    return GT_OK;
}

/* A few very unlikely codes would press all others into one bin: then they are counted in the
 * label and not shown. */
static gt_status choose_range(const gt_densities *c, gt_axis *axis, char label[96],
                              gt_error *err) {
    gt_axis usual, all;
    uint64_t left_out = 0;
    gt_status status = usual_range(c, &usual, &all, err);
    if (status) return status;
    double length = usual.high - usual.low;
    snprintf(label, 96, "log-likelihood (nats)");
    axis->label = label;
    if (!(length > 0) || usual.low - all.low < length) return GT_OK;
    axis->low = usual.low - 0.02 * length;
    axis->high = usual.high + 0.02 * length;
    for (size_t i = 0; i < c->count; i++)
        for (uint64_t k = 0; k < c->sets[i].count; k++)
            left_out += c->sets[i].log_p[k] < axis->low;
    snprintf(label, 96, "log-likelihood (nats); %" PRIu64 " lower ones are not shown",
             left_out);
    return GT_OK;
}

gt_status gt_densities_figure(const gt_densities *c, const char *path, size_t bins,
                              gt_error *err) {
    gt_histogram_set sets[GT_DENSITY_SETS];
    char label[96];
    gt_figure figure = {.y = {.label = "density (per nat)"}, .provenance = c->provenance};
    gt_histogram_options options = {.bins = bins};
    gt_status status = choose_range(c, &figure.x, label, err);
    if (status) return status;
    for (size_t i = 0; i < c->count; i++)
        sets[i] =
            (gt_histogram_set){c->sets[i].name, (size_t)c->sets[i].count, c->sets[i].log_p};
    if (c->usual.is_known && isfinite(c->usual.minimum)) {
        options.marks = &c->usual.minimum;
        options.mark_count = 1;
        options.mark_name = "lowest trained on";
    }
    return gt_figure_histogram(path, &figure, sets, c->count, &options, err);
}
