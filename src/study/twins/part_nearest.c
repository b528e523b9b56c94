/* part_nearest.c - for each sample the picture most like it of those that its own model learned
 * from, mirrored as the training mirrored: figure 7 (bottom) of the two-models paper. */
#include <math.h>
#include <stdlib.h>

#include "made_samples.h"
#include "nearest.h"
#include "run_use.h"
#include "search.h"
#include "table.h"

/* One side. */
typedef struct copies {
    gt_made_samples samples;
    float *levels;
    gt_dataset *learned;
    uint64_t *rows;
    size_t row_count;
    gt_nearest *found;
} copies;

static void close_copies(copies *c) {
    gt_made_samples_close(&c->samples);
    gt_dataset_close(c->learned);
    free(c->levels);
    free(c->rows);
    free(c->found);
}

/* Rows of a subset that train stand before those that validate. */
static gt_status open_copies(const gt_twin *t, copies *c, gt_error *err) {
    gt_status status = GT_OK;
    char path[GT_TWINS_PATH];
    GT_TRY(gt_made_samples_open(t, &c->samples, err));
    GT_TRY(gt_made_samples_read(&c->samples, &c->levels, err));
    GT_TRY(gt_twin_subset(t, path, err));
    GT_TRY(gt_dataset_open(path, &c->learned, err));
    c->row_count = (size_t)t->size;
    c->rows = calloc(c->row_count, sizeof *c->rows);
    c->found = calloc(c->samples.count, sizeof *c->found);
    if (!c->rows || !c->found)
        GT_THROW(err, GT_NO_MEMORY, "no memory for %zu samples", c->samples.count);
    for (size_t i = 0; i < c->row_count; i++) c->rows[i] = i;
done:
    return status;
}

static gt_status search(const gt_twin *t, copies *c, gt_error *err) {
    const gt_dataset_info *made = gt_dataset_describe(c->samples.set);
    const gt_nearest_search search = {.count = c->samples.count,
                                      .channels = made->channels,
                                      .height = made->height,
                                      .width = made->width,
                                      .samples = c->levels,
                                      .data = c->learned,
                                      .rows = c->rows,
                                      .row_count = c->row_count,
                                      .flips = t->sweep->job->settings->flip};
    return gt_nearest_find(&search, NULL, c->found, err);
}

static gt_status write_table(const gt_twin *t, const copies *c, gt_error *err) {
    static const gt_table_column columns[] = {
        {"sample", GT_TABLE_INT, NULL, "number of the sample, from 0"},
        {"row", GT_TABLE_INT, NULL, "row of the training picture most like it, of the subset"},
        {"cosine_centred", GT_TABLE_REAL, NULL,
         "of the angle between both without their means"},
        {"orientation", GT_TABLE_TEXT, NULL, "of the sample, by which it was found"},
        {"id", GT_TABLE_TEXT, NULL, "name of the training picture"}};
    gt_status status = GT_OK;
    gt_table *table = NULL;
    gt_use_columns there;
    char path[GT_TWINS_PATH], name[] = "nearest_a.csv";
    name[8] = gt_side_end(t->side);
    GT_TRY(gt_twin_path(t, name, path, err));
    GT_TRY(gt_use_columns_read(c->learned, &there, err));
    GT_TRY(gt_table_create(columns, 5, &table, err));
    for (size_t i = 0; i < c->samples.count; i++) {
        const gt_nearest *own = &c->found[i];
        const gt_cell cells[] = {gt_cell_int((int64_t)c->samples.numbers[i]),
                                 gt_cell_int((int64_t)own->row), gt_cell_real(own->cosine),
                                 gt_cell_text(gt_found_turn_name(own->turn)),
                                 gt_cell_text(gt_use_row(&there, own->row).id)};
        GT_TRY(gt_table_append(table, cells, err));
    }
    GT_TRY(gt_table_write(table, path, NULL, err));
done:
    gt_table_destroy(table);
    return status;
}

static gt_status put_numbers(const gt_twin *t, const copies *c, gt_numbers *out,
                             gt_error *err) {
    gt_status status = GT_OK;
    char name[] = "nearest_centred_a";
    name[16] = gt_side_end(t->side);
    gt_nearest_summary sum;
    double *cosines = malloc(c->samples.count * sizeof *cosines);
    if (!cosines) GT_THROW(err, GT_NO_MEMORY, "no memory for %zu samples", c->samples.count);
    for (size_t i = 0; i < c->samples.count; i++) cosines[i] = c->found[i].cosine;
    GT_TRY(gt_numbers_put_summary(out, name, c->samples.count, cosines, err));
    GT_TRY(gt_nearest_sum_up(c->found, c->samples.count, &sum, err));
    GT_TRY(gt_numbers_put(out, (double)sum.copies / (double)c->samples.count, err, "copies_%c",
                          gt_side_end(t->side)));
done:
    free(cosines);
    return status;
}

static gt_status look(const gt_twin *t, gt_numbers *out, gt_error *err) {
    gt_status status = GT_OK;
    copies c = {0};
    GT_TRY(open_copies(t, &c, err));
    GT_TRY(search(t, &c, err));
    GT_TRY(write_table(t, &c, err));
    GT_TRY(put_numbers(t, &c, out, err));
done:
    close_copies(&c);
    return status;
}

const gt_twins_part gt_twins_nearest = {
    .name = "nearest",
    .is_sided = true,
    .grows = true,
    .needs = {"samples", NULL},
    .run = look,
    .shown = {"nearest_centred_a_median", "nearest_centred_b_median", "copies_a", "copies_b"}};
