/* part_cosine.c - how alike A's and B's picture of the same noise are: figure 7 (top) of the
 * two-models paper. */
#include <inttypes.h>
#include <stdlib.h>

#include "galatea/log.h"
#include "made_samples.h"
#include "table.h"

/* Galaxies in the middle of their pictures are alike, but not so much. */
#define ALIKE 0.95

/* Of every pair the cosine, plain and centred; and of A's picture with A's next one, of other
 * noise: as alike as all are anyway. */
typedef struct cosines {
    double *plain, *centred;
    double *unpaired, *unpaired_centred;
} cosines;

static gt_status make_room(cosines *found, size_t count, gt_error *err) {
    double **const all[] = {&found->plain, &found->centred, &found->unpaired,
                            &found->unpaired_centred};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        *all[i] = malloc(count * sizeof **all[i]);
        if (!*all[i])
            return gt_fail(err, GT_NO_MEMORY, "no memory for %zu pairs of samples", count);
    }
    return GT_OK;
}

static void free_cosines(cosines *found) {
    free(found->plain);
    free(found->centred);
    free(found->unpaired);
    free(found->unpaired_centred);
}

static gt_status measure(const gt_sample_pairs *p, cosines *found, gt_error *err) {
    gt_status status = GT_OK;
    size_t values = p->sides[0].values;
    float *a = malloc(values * sizeof *a), *b = malloc(values * sizeof *b);
    if (!a || !b) GT_THROW(err, GT_NO_MEMORY, "no memory for two samples");
    GT_TRY(make_room(found, p->count, err));
    for (size_t i = 0; i < p->count; i++) {
        GT_TRY(gt_dataset_read(p->sides[0].set, p->rows[0][i], 1, a, err));
        GT_TRY(gt_dataset_read(p->sides[1].set, p->rows[1][i], 1, b, err));
        const gt_cosines own = gt_cosines_of(values, a, b);
        found->plain[i] = own.plain;
        found->centred[i] = own.centred;
        GT_TRY(gt_dataset_read(p->sides[0].set, p->rows[0][(i + 1) % p->count], 1, b, err));
        const gt_cosines other = gt_cosines_of(values, a, b);
        found->unpaired[i] = other.plain;
        found->unpaired_centred[i] = other.centred;
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

/* A model that has hardly learned makes of all noise what its first weights make of it, and
 * those are shared. */
static void warn(const gt_twin *t, const gt_numbers *out) {
    double unpaired = gt_numbers_get(out, "unpaired_centred_median");
    if (unpaired > ALIKE)
        gt_remark("%" PRId64
                  " images: samples of A hardly differ among themselves (median cosine without "
                  "the means %.3f): that those of A and B are alike tells nothing",
                  t->size, unpaired);
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
    if (pairs.count < 2) goto done;
    GT_TRY(gt_numbers_put_summary(out, "unpaired", pairs.count, found.unpaired, err));
    GT_TRY(gt_numbers_put_summary(out, "unpaired_centred", pairs.count, found.unpaired_centred,
                                  err));
    warn(t, out);
done:
    gt_sample_pairs_close(&pairs);
    free_cosines(&found);
    return status;
}

const gt_twins_part gt_twins_cosine = {.name = "cosine",
                                       .needs = {"samples", NULL},
                                       .run = compare,
                                       .shown = {"cosine_median", "unpaired_median",
                                                 "cosine_centred_median",
                                                 "unpaired_centred_median", NULL},
                                       .legend = "cosine: of pictures that A and B made of the "
                                                 "same noise; unpaired: of two pictures of A; "
                                                 "centred: without their means"};
