/* part_morphology.c - shapes of samples beside those of real galaxies that no model saw:
 * figures 8, 12 and 15 of the two-models paper as numbers. The real ones are measured once for
 * a whole sweep. */
#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "claims.h"
#include "corner.h"
#include "galatea/log.h"
#include "made_samples.h"
#include "morphology.h"
#include "provenance.h"
#include "real_rows.h"

static gt_status measure(const gt_sweep *sweep, const char *set, const char *table,
                         gt_error *err) {
    gt_status status = GT_OK;
    gt_morphing m = {0};
    const gt_morphing_settings settings = {NULL};
    GT_TRY(gt_morphing_compute(sweep->context, &settings, &set, 1, &m, err));
    gt_morphing_tell_flux(&m);
    GT_TRY(gt_morphing_table(&m, table, err));
done:
    gt_morphing_free(&m);
    return status;
}

/* subsets/test_morphology.json tells of which edition the table is, and is written behind it.
 */
static bool is_measured(const char *table, const char *record) {
    return access(table, F_OK) == 0 &&
           gt_numbers_edition(record) == gt_twins_edition(&gt_twins_morphology);
}

static gt_status measure_real(const gt_sweep *sweep, const char *set, const char *table,
                              const char *record, gt_error *err) {
    gt_status status = GT_OK;
    gt_numbers none = {0};
    char *provenance = NULL;
    const char *const inputs[] = {set, NULL};
    GT_TRY(gt_provenance_make(sweep->context->invocation, inputs, &provenance, err));
    const gt_result_head head = {.part = "morphology",
                                 .edition = gt_twins_edition(&gt_twins_morphology),
                                 .seconds = NAN,
                                 .provenance = provenance};
    GT_TRY(measure(sweep, set, table, err));
    GT_TRY(gt_numbers_write(record, &head, &none, err));
done:
    free(provenance);
    return status;
}

gt_status gt_real_morphology(const gt_sweep *sweep, char path[GT_TWINS_PATH], gt_error *err) {
    gt_status status = GT_OK;
    gt_claim *claim = NULL;
    char set[GT_TWINS_PATH], record[GT_TWINS_PATH];
    GT_TRY(gt_real_rows(sweep, set, err));
    GT_TRY(gt_sweep_path(sweep, path, err, "subsets/test_morphology.csv"));
    GT_TRY(gt_sweep_path(sweep, record, err, "subsets/test_morphology.json"));
    if (!*set) *path = '\0';
    if (!*set || is_measured(path, record)) goto done;
    GT_TRY(gt_claim_wait(sweep, "test_morphology", &claim, err));
    if (!is_measured(path, record)) GT_TRY(measure_real(sweep, set, path, record, err));
done:
    gt_claim_release(claim);
    return status;
}

/* Beside the real ones: every coefficient, and the share of rows that none was measured for. */
static gt_status put_real(const gt_corner *c, gt_numbers *out, gt_error *err) {
    gt_status status = GT_OK;
    const gt_corner_source *real = &c->sets[0];
    GT_TRY(gt_numbers_put(out, (double)(real->rows - real->count) / (double)real->rows, err,
                          "unmeasured_real"));
    for (size_t k = 0; k < c->column_count; k++) {
        GT_TRY(gt_numbers_put(out, real->parts[k].of.mean, err, "%s_mean_real", c->columns[k]));
        GT_TRY(gt_numbers_put(out, real->parts[k].of.sd, err, "%s_sd_real", c->columns[k]));
    }
done:
    return status;
}

static gt_status put_numbers(const gt_twin *t, const gt_corner *c, gt_numbers *out,
                             gt_error *err) {
    gt_status status = GT_OK;
    const gt_corner_source *made = &c->sets[1];
    char end = gt_side_end(t->side);
    if (t->side == 0) GT_TRY(put_real(c, out, err)); /* once for both */
    GT_TRY(gt_numbers_put(out, (double)(made->rows - made->count) / (double)made->rows, err,
                          "unmeasured_%c", end));
    GT_TRY(gt_numbers_put(out, made->area / c->sets[0].area, err, "area_%c", end));
    for (size_t k = 0; k < c->column_count; k++) {
        const gt_corner_part *own = &made->parts[k];
        GT_TRY(gt_numbers_put(out, own->of.mean, err, "%s_mean_%c", c->columns[k], end));
        GT_TRY(gt_numbers_put(out, own->of.sd, err, "%s_sd_%c", c->columns[k], end));
        GT_TRY(gt_numbers_put(out, own->w1, err, "%s_w1_%c", c->columns[k], end));
    }
done:
    return status;
}

/* Samples of which no shape can be measured are told, and have no numbers. */
static gt_status compare(const gt_twin *t, const char *real, const char *made, gt_numbers *out,
                         gt_error *err) {
    gt_corner c = {0};
    gt_error why = {0};
    const char *const tables[] = {real, made};
    const gt_corner_settings settings = {.bins = 20};
    gt_status status = gt_corner_compare(t->sweep->context, tables, 2, &settings, &c, &why);
    if (status == GT_OK && c.sets[1].count)
        status = put_numbers(t, &c, out, err);
    else if (status == GT_OK || status == GT_BAD_ARGUMENT) {
        if (status) gt_remark("shapes are not compared: %s", why.text);
        status = gt_numbers_put(out, 1, err, "unmeasured_%c", gt_side_end(t->side));
    } else {
        status = gt_fail(err, status, "%s", why.text);
    }
    gt_corner_free(&c);
    return status;
}

static gt_status shape(const gt_twin *t, gt_numbers *out, gt_error *err) {
    gt_status status = GT_OK;
    char made[GT_TWINS_PATH], real[GT_TWINS_PATH], table[GT_TWINS_PATH];
    GT_TRY(gt_real_morphology(t->sweep, real, err));
    GT_TRY(gt_twin_samples(t, made, err));
    GT_TRY(gt_twin_shapes(t, table, err));
    GT_TRY(measure(t->sweep, made, table, err));
    if (*real) GT_TRY(compare(t, real, table, out, err));
done:
    return status;
}

const gt_twins_part gt_twins_morphology = {
    .name = "morphology",
    .is_sided = true,
    .later = 1, /* in flux, a stretch undone */
    .needs = {"samples"},
    .run = shape,
    .file = gt_twin_shapes,
    .shown = {"gini_w1_a"},
    .legend = "gini_w1: between Gini's coefficients of samples of A and of pictures that no "
              "model saw, in "
              "deviations"};
