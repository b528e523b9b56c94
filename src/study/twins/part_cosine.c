/* part_cosine.c - how alike A's and B's picture of the same noise are: figure 7 (top) of the
 * two-models paper. */
#include <stdlib.h>

#include "made_samples.h"
#include "table.h"

/* Of every pair the cosine, plain and centred. */
typedef struct cosines {
    double *plain, *centred;
} cosines;

static gt_status measure(const gt_sample_pairs *p, cosines *found, gt_error *err) {
    gt_status status = GT_OK;
    size_t values = p->sides[0].values;
    float *a = malloc(values * sizeof *a), *b = malloc(values * sizeof *b);
    found->plain = malloc(p->count * sizeof *found->plain);
    found->centred = malloc(p->count * sizeof *found->centred);
    if (!a || !b || !found->plain || !found->centred)
        GT_THROW(err, GT_NO_MEMORY, "no memory for %zu pairs of samples", p->count);
    for (size_t i = 0; i < p->count; i++) {
        GT_TRY(gt_dataset_read(p->sides[0].set, p->rows[0][i], 1, a, err));
        GT_TRY(gt_dataset_read(p->sides[1].set, p->rows[1][i], 1, b, err));
        const gt_cosines own = gt_cosines_of(values, a, b);
        found->plain[i] = own.plain;
        found->centred[i] = own.centred;
    }
done:
    free(a);
    free(b);
    return status;
}

static gt_status write_table(const gt_twin *t, const gt_sample_pairs *p, const cosines *found,
                             gt_error *err) {
    static const gt_table_column columns[] = {
        {"sample", GT_TABLE_INT, NULL, "number of the sample, from 0"},
        {"cosine", GT_TABLE_REAL, NULL, "of the angle between the pictures of A and B"},
        {"cosine_centred", GT_TABLE_REAL, NULL, "of both without their means"}};
    gt_status status = GT_OK;
    gt_table *table = NULL;
    char path[GT_TWINS_PATH];
    GT_TRY(gt_twin_path(t, "cosine.csv", path, err));
    GT_TRY(gt_table_create(columns, 3, &table, err));
    for (size_t i = 0; i < p->count; i++) {
        const gt_cell cells[] = {gt_cell_int((int64_t)p->sides[0].numbers[p->rows[0][i]]),
                                 gt_cell_real(found->plain[i]),
                                 gt_cell_real(found->centred[i])};
        GT_TRY(gt_table_append(table, cells, err));
    }
    GT_TRY(gt_table_write(table, path, NULL, err));
done:
    gt_table_destroy(table);
    return status;
}

/* The size at which samples are compared, here and with what was learned from: their own. */
static gt_status put_shape(const gt_sample_pairs *p, gt_numbers *out, gt_error *err) {
    const gt_dataset_info *info = gt_dataset_describe(p->sides[0].set);
    gt_status status = gt_numbers_put(out, (double)info->width, err, "sample_side");
    if (status) return status;
    return gt_numbers_put(out, (double)info->channels, err, "sample_channels");
}

static gt_status compare(const gt_twin *t, gt_numbers *out, gt_error *err) {
    gt_status status = GT_OK;
    gt_sample_pairs pairs = {0};
    cosines found = {0};
    GT_TRY(gt_sample_pairs_open(t, &pairs, err));
    GT_TRY(measure(&pairs, &found, err));
    GT_TRY(write_table(t, &pairs, &found, err));
    GT_TRY(put_shape(&pairs, out, err));
    GT_TRY(gt_numbers_put(out, (double)pairs.count, err, "cosine_pairs"));
    GT_TRY(gt_numbers_put_summary(out, "cosine", pairs.count, found.plain, err));
    GT_TRY(gt_numbers_put_summary(out, "cosine_centred", pairs.count, found.centred, err));
done:
    gt_sample_pairs_close(&pairs);
    free(found.plain);
    free(found.centred);
    return status;
}

const gt_twins_part gt_twins_cosine = {
    .name = "cosine",
    .needs = {"samples", NULL},
    .run = compare,
    .shown = {"cosine_median", "cosine_centred_median", NULL}};
