/* figures_models.c - figures of real pictures over what models make: of the sizes of one model,
 * and of all models of one size. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "corner.h"
#include "figures.h"
#include "judge_rows.h"
#include "real_rows.h"
#include "sheet.h"

/* ---- shapes ---- */

enum { ROOM = GT_TWINS_PATH + 64 };

/* Tables of shapes as gt_corner_compare takes them; the real ones stand first. */
typedef struct shapes {
    char words[GT_CORNER_SETS][ROOM];
    size_t count;
} shapes;

static gt_status begin_shapes(const gt_sweep *sweep, shapes **out, gt_error *err) {
    gt_status status = GT_OK;
    char real[GT_TWINS_PATH];
    *out = calloc(1, sizeof **out);
    if (!*out) GT_THROW(err, GT_NO_MEMORY, "no memory for a figure");
    GT_TRY(gt_real_morphology(sweep, real, err));
    if (*real) snprintf((*out)->words[(*out)->count++], ROOM, "real=%s", real);
done:
    return status;
}

/* A table that is there. */
static gt_status add_shapes(shapes *all, const gt_twin *t, const char *name, gt_error *err) {
    char table[GT_TWINS_PATH];
    gt_status status = gt_twin_shapes(t, table, err);
    if (status || access(table, F_OK) || all->count == GT_CORNER_SETS) return status;
    snprintf(all->words[all->count++], ROOM, "%s=%s", name, table);
    return GT_OK;
}

static gt_status draw_shapes(const gt_sweep *sweep, const shapes *all, const char *path,
                             gt_error *err) {
    gt_corner c = {0};
    const gt_corner_settings settings = {.figure = path, .bins = 20, .smoothing = 0.8};
    const char *sets[GT_CORNER_SETS];
    if (all->count < 2)
        return gt_fail(err, GT_BAD_ARGUMENT,
                       "there are no shapes of real pictures and samples");
    for (size_t i = 0; i < all->count; i++) sets[i] = all->words[i];
    gt_status status = gt_corner_compare(sweep->context, sets, all->count, &settings, &c, err);
    gt_corner_free(&c);
    return status;
}

gt_status gt_figures_shapes(const gt_sweep *sweep, const char *path, const char *provenance,
                            gt_error *err) {
    gt_status status = GT_OK;
    shapes *all = NULL;
    (void)provenance; /* corners have their own */
    GT_TRY(begin_shapes(sweep, &all, err));
    for (size_t i = 0; i < sweep->size_count; i++) {
        char name[GT_TWINS_NAME];
        snprintf(name, sizeof name, "N-%" PRId64, sweep->sizes[i]);
        GT_TRY(add_shapes(all, &(gt_twin){sweep, sweep->sizes[i], 0}, name, err));
    }
    GT_TRY(draw_shapes(sweep, all, path, err));
done:
    free(all);
    return status;
}

gt_status gt_figures_models_shapes(const gt_twin *t, const char *path, const char *provenance,
                                   gt_error *err) {
    gt_status status = GT_OK;
    shapes *all = NULL;
    size_t count = 0;
    const gt_model_class *const *models = gt_model_classes(&count);
    (void)provenance;
    GT_TRY(begin_shapes(t->sweep, &all, err));
    for (size_t i = 0; i < count; i++) {
        gt_sibling of;
        gt_sibling_of(t->sweep, models[i], &of);
        GT_TRY(add_shapes(all, &(gt_twin){&of.sweep, t->size, 0}, models[i]->name, err));
    }
    GT_TRY(draw_shapes(t->sweep, all, path, err));
done:
    free(all);
    return status;
}

/* ---- pictures ---- */

enum { ACROSS = 8, ROWS = 16 };

/* The first rows of a set in the shape of `own`, shares of white; *out is yours. */
static gt_status read_pictures(const char *path, size_t most, const gt_dataset_info *own,
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
        GT_TRY(gt_judge_fit(own, info, picture, x + i * width, err));
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

/* Rows of pictures, of the size that is learned from. */
typedef struct sheet {
    gt_dataset *learned;
    size_t values, rows;
    float *pictures;
    const char *labels[ROWS * ACROSS]; /* below the first of each row */
} sheet;

/* Of a set with fewer pictures the rest of the row stays black. */
static gt_status add_row(sheet *s, const char *path, const char *name, gt_error *err) {
    gt_status status = GT_OK;
    float *x = NULL;
    size_t count = 0;
    if (s->rows == ROWS || access(path, F_OK)) return GT_OK;
    GT_TRY(read_pictures(path, ACROSS, gt_dataset_describe(s->learned), &x, &count, err));
    memcpy(s->pictures + s->rows * ACROSS * s->values, x, count * s->values * sizeof *x);
    s->labels[s->rows++ * ACROSS] = name;
done:
    free(x);
    return status;
}

static gt_status open_rows(sheet *s, const gt_twin *t, gt_error *err) {
    gt_status status = GT_OK;
    char path[GT_TWINS_PATH];
    GT_TRY(gt_twin_subset(t, path, err));
    GT_TRY(gt_dataset_open(path, &s->learned, err));
    s->values = gt_dataset_row_values(gt_dataset_describe(s->learned));
    s->pictures = calloc(ROWS * ACROSS * s->values, sizeof *s->pictures);
    if (!s->pictures) GT_THROW(err, GT_NO_MEMORY, "no memory for a sheet");
    GT_TRY(gt_real_rows(t->sweep, path, err));
    GT_TRY(add_row(s, path, "real", err));
done:
    return status;
}

gt_status gt_figures_pictures(const gt_twin *t, const char *path, const char *provenance,
                              gt_error *err) {
    gt_status status = GT_OK;
    size_t count = 0;
    const gt_model_class *const *models = gt_model_classes(&count);
    gt_grid_options options = gt_grid_options_default();
    sheet s = {0};
    GT_TRY(open_rows(&s, t, err));
    for (size_t i = 0; i < count; i++) {
        gt_sibling of;
        char made[GT_TWINS_PATH];
        gt_sibling_of(t->sweep, models[i], &of);
        GT_TRY(gt_twin_samples(&(gt_twin){&of.sweep, t->size, 0}, made, err));
        GT_TRY(add_row(&s, made, models[i]->name, err));
    }
    const gt_dataset_info *info = gt_dataset_describe(s.learned);
    options.columns = ACROSS;
    options.labels = s.labels;
    options.bands = info->bands;
    GT_TRY(gt_sheet_write_images(path, s.rows * ACROSS, info->channels, info->height,
                                 info->width, s.pictures, &options, provenance, err));
done:
    gt_dataset_close(s.learned);
    free(s.pictures);
    return status;
}
