/* judged_rows.c - see judged_rows.h. */
#include "judged_rows.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "corner.h"
#include "galatea/image.h"
#include "made_samples.h"
#include "morphology.h"
#include "real_rows.h"

void gt_judged_rows_free(gt_judged_rows *rows) {
    for (int k = 0; k < GT_JUDGED_SETS; k++) free(rows->x[k]);
    *rows = (gt_judged_rows){0};
}

/* ---- pixels ---- */

/* A picture of another size, or of more channels, as the set has its own. */
static gt_status fit(const gt_dataset_info *own, const gt_dataset_info *made, float *picture,
                     float *out, gt_error *err) {
    size_t plane = made->height * made->width;
    if (own->channels == 1)
        for (size_t i = 0; i < plane; i++) {
            double sum = 0;
            for (size_t c = 0; c < made->channels; c++) sum += (double)picture[c * plane + i];
            picture[i] = (float)(sum / (double)made->channels);
        }
    return gt_image_resize(picture, own->channels, made->height, made->width, own->height,
                           own->width, out, err);
}

gt_status gt_judged_pixels(const char *path, size_t most, const gt_dataset_info *own,
                           float **out, size_t *count, gt_error *err) {
    gt_status status = GT_OK;
    gt_dataset *set = NULL;
    float *picture = NULL, *x = NULL;
    GT_TRY(gt_dataset_open(path, &set, err));
    const gt_dataset_info *info = gt_dataset_describe(set);
    if (own->channels != info->channels && own->channels != 1)
        GT_THROW(err, GT_BAD_SHAPE, "%s has pictures of %zu channels, expected %zu", path,
                 info->channels, own->channels);
    size_t rows = (size_t)info->count, width = gt_dataset_row_values(own);
    if (most && rows > most) rows = most;
    x = malloc((rows * width + 1) * sizeof *x);
    picture = malloc(gt_dataset_row_values(info) * sizeof *picture);
    if (!x || !picture) GT_THROW(err, GT_NO_MEMORY, "no memory for %zu rows", rows);
    for (size_t i = 0; i < rows; i++) {
        GT_TRY(gt_dataset_read(set, i, 1, picture, err));
        GT_TRY(fit(own, info, picture, x + i * width, err));
    }
    for (size_t i = 0; i < rows * width; i++) x[i] /= 255;
    *out = x;
    *count = rows;
    x = NULL;
done:
    free(x);
    free(picture);
    gt_dataset_close(set);
    return status;
}

/* Copies and likeness show at a coarser size as well, and the time that judging takes grows
 * with the cube of the number of pixels. */
static gt_dataset_info coarser(const gt_dataset_info *learned) {
    enum { MOST_SIDE = 32 };
    gt_dataset_info own = *learned;
    while (own.height > MOST_SIDE && own.width > MOST_SIDE) {
        own.height = (own.height + 1) / 2;
        own.width = (own.width + 1) / 2;
    }
    return own;
}

static gt_status pixels(const gt_twin *t, gt_judged_rows *out, gt_error *err) {
    gt_status status = GT_OK;
    gt_dataset *learned = NULL;
    char train[GT_TWINS_PATH], test[GT_TWINS_PATH], made[GT_TWINS_PATH];
    GT_TRY(gt_real_rows(t->sweep, test, err));
    GT_TRY(gt_twin_subset(t, train, err));
    GT_TRY(gt_twin_samples(t, made, err));
    if (!*test) goto done;
    GT_TRY(gt_dataset_open(train, &learned, err));
    const gt_dataset_info own = coarser(gt_dataset_describe(learned));
    GT_TRY(gt_judged_pixels(train, (size_t)t->size, &own, &out->x[0], &out->rows[0], err));
    GT_TRY(gt_judged_pixels(test, 0, &own, &out->x[1], &out->rows[1], err));
    GT_TRY(gt_judged_pixels(made, 0, &own, &out->x[2], &out->rows[2], err));
    out->columns = gt_dataset_row_values(&own);
done:
    gt_dataset_close(learned);
    return status;
}

/* ---- shapes ---- */

/* The shapes of what was learned from. */
static gt_status write_learned(const gt_twin *t, char path[GT_TWINS_PATH], gt_error *err) {
    gt_status status = GT_OK;
    gt_morphing m = {0};
    const gt_morphing_settings settings = {0};
    char set[GT_TWINS_PATH], name[] = "morphology_train_a.csv";
    const char *const sets[] = {set};
    name[17] = gt_side_end(t->side);
    GT_TRY(gt_twin_subset(t, set, err));
    GT_TRY(gt_twin_path(t, name, path, err));
    GT_TRY(gt_morphing_compute(t->sweep->context, &settings, sets, 1, &m, err));
    GT_TRY(gt_morphing_table(&m, path, err));
done:
    gt_morphing_free(&m);
    return status;
}

/* Columns of `c` that vary in the real ones, in their deviations about their mean. */
static gt_status take_columns(const gt_corner *c, const int order[GT_JUDGED_SETS],
                              gt_judged_rows *out, gt_error *err) {
    const gt_corner_source *real = &c->sets[0];
    bool is_taken[GT_CORNER_COLUMNS] = {false};
    for (size_t k = 0; k < c->column_count; k++) {
        is_taken[k] = real->parts[k].of.sd > 0;
        out->columns += is_taken[k];
    }
    for (int set = 0; set < GT_JUDGED_SETS; set++) {
        const gt_corner_source *from = &c->sets[order[set]];
        float *x = malloc((from->count * out->columns + 1) * sizeof *x);
        if (!x) return gt_fail(err, GT_NO_MEMORY, "no memory for %zu rows", from->count);
        out->x[set] = x;
        out->rows[set] = from->count;
        for (size_t k = 0, at = 0; k < c->column_count; k++) {
            const gt_summary *of = &real->parts[k].of;
            for (size_t i = 0; is_taken[k] && i < from->count; i++)
                x[i * out->columns + at] =
                    (float)((from->values[k * from->count + i] - of->mean) / of->sd);
            at += is_taken[k];
        }
    }
    return GT_OK;
}

static gt_status shapes(const gt_twin *t, gt_judged_rows *out, gt_error *err) {
    static const int order[GT_JUDGED_SETS] = {1, 0, 2};
    gt_status status = GT_OK;
    gt_corner c = {0};
    gt_error why = {0};
    const gt_corner_settings settings = {.bins = 20};
    char real[GT_TWINS_PATH], learned[GT_TWINS_PATH], made[GT_TWINS_PATH];
    const char *const tables[] = {real, learned, made};
    GT_TRY(gt_real_morphology(t->sweep, real, err));
    if (!*real) goto done;
    GT_TRY(write_learned(t, learned, err));
    GT_TRY(gt_twin_shapes(t, made, err));
    status = gt_corner_compare(t->sweep->context, tables, GT_JUDGED_SETS, &settings, &c, &why);
    bool is_measured = true;
    for (int set = 0; set < GT_JUDGED_SETS; set++) is_measured &= c.sets[set].count > 0;
    if (status == GT_BAD_ARGUMENT || (!status && !is_measured)) {
        status = GT_OK; /* no row of one of them could be measured */
        goto done;
    }
    if (status) GT_THROW(err, status, "%s", why.text);
    GT_TRY(take_columns(&c, order, out, err));
done:
    gt_corner_free(&c);
    return status;
}

const gt_judged_space gt_judged_spaces[GT_JUDGED_SPACES] = {{"pixels", pixels},
                                                            {"morphology", shapes}};
