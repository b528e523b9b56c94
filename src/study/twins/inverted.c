/* inverted.c - see inverted.h. */
#include "inverted.h"

#include "inversion.h"

enum { BINS = GT_INVERSION_BINS, PAIRS = 1000, SETS = 3 };

static gt_status begin(gt_inverted_drawing *d, gt_error *err) {
    static const gt_table_column densities[] = {
        {"part", GT_TABLE_TEXT, NULL, "of the latents"},
        {"latent", GT_TABLE_REAL, NULL, "middle of the bin"},
        {"noise", GT_TABLE_REAL, NULL, "density of what pictures were made of"},
        {"a", GT_TABLE_REAL, NULL, "density of what A finds in A's pictures"},
        {"b", GT_TABLE_REAL, NULL, "density of what B finds in them"}};
    static const gt_table_column pairs[] = {
        {"part", GT_TABLE_TEXT, NULL, "of the latents"},
        {"noise", GT_TABLE_FLOAT, NULL, "what a picture was made of"},
        {"a", GT_TABLE_FLOAT, NULL, "what A finds in it"},
        {"b", GT_TABLE_FLOAT, NULL, "what B finds in it"}};
    if (d->pairs) return GT_OK;
    gt_status status = gt_table_create(densities, 5, &d->densities, err);
    return status ? status : gt_table_create(pairs, 4, &d->pairs, err);
}

static void count_in(const float *values, size_t count, size_t bins[BINS]) {
    for (size_t i = 0; i < count; i++) {
        double at = ((double)values[i] + GT_INVERSION_REACH) * BINS / (2 * GT_INVERSION_REACH);
        if (at >= 0 && at < BINS) bins[(size_t)at]++;
    }
}

static gt_status draw_densities(gt_inverted_drawing *d, const char *name, size_t numbers,
                                const float *latents, gt_error *err) {
    gt_status status = GT_OK;
    size_t bins[SETS][BINS] = {{0}};
    double width = 2 * GT_INVERSION_REACH / BINS, all = (double)numbers * width;
    for (int k = 0; k < SETS; k++) count_in(latents + (size_t)k * numbers, numbers, bins[k]);
    for (int i = 0; i < BINS; i++) {
        const gt_cell cells[] = {
            gt_cell_text(name), gt_cell_real(-GT_INVERSION_REACH + (i + 0.5) * width),
            gt_cell_real((double)bins[0][i] / all), gt_cell_real((double)bins[1][i] / all),
            gt_cell_real((double)bins[2][i] / all)};
        GT_TRY(gt_table_append(d->densities, cells, err));
    }
done:
    return status;
}

gt_status gt_inverted_draw(gt_inverted_drawing *d, const char *name, size_t numbers,
                           const float *latents, gt_error *err) {
    gt_status status = GT_OK;
    size_t stride = numbers > PAIRS ? numbers / PAIRS : 1;
    GT_TRY(begin(d, err));
    GT_TRY(draw_densities(d, name, numbers, latents, err));
    for (size_t i = 0; i < numbers; i += stride) {
        const gt_cell cells[] = {gt_cell_text(name), gt_cell_float(latents[i]),
                                 gt_cell_float(latents[numbers + i]),
                                 gt_cell_float(latents[2 * numbers + i])};
        GT_TRY(gt_table_append(d->pairs, cells, err));
    }
done:
    return status;
}

gt_status gt_inverted_write(const gt_twin *t, const gt_inverted_drawing *d, gt_error *err) {
    gt_status status = GT_OK;
    char path[GT_TWINS_PATH];
    GT_TRY(gt_twin_path(t, "inversion.csv", path, err));
    GT_TRY(gt_table_write(d->densities, path, NULL, err));
    GT_TRY(gt_twin_path(t, "inversion_pairs.csv", path, err));
    GT_TRY(gt_table_write(d->pairs, path, NULL, err));
done:
    return status;
}

void gt_inverted_close(gt_inverted_drawing *d) {
    gt_table_destroy(d->densities);
    gt_table_destroy(d->pairs);
    *d = (gt_inverted_drawing){0};
}
