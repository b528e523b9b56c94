/* part_nearest.c - for each sample the picture most like it of those that its own model learned
 * from, mirrored as the training mirrored, or in all eight ways to lay it: figure 7 (bottom) of
 * the two-models paper. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "galatea/log.h"
#include "made_samples.h"
#include "nearest.h"
#include "real_rows.h"
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
    gt_nearest *plain, *centred; /* by either cosine */
} copies;

static void close_copies(copies *c) {
    gt_made_samples_close(&c->samples);
    gt_dataset_close(c->learned);
    free(c->levels);
    free(c->rows);
    free(c->plain);
    free(c->centred);
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
    c->plain = calloc(c->samples.count, sizeof *c->plain);
    c->centred = calloc(c->samples.count, sizeof *c->centred);
    if (!c->rows || !c->plain || !c->centred)
        GT_THROW(err, GT_NO_MEMORY, "no memory for %zu samples", c->samples.count);
    for (size_t i = 0; i < c->row_count; i++) c->rows[i] = i;
done:
    return status;
}

static gt_nearest_search search_of(const gt_twin *t, const copies *c, gt_dataset *among) {
    const gt_dataset_info *made = gt_dataset_describe(c->samples.set);
    return (gt_nearest_search){.count = c->samples.count,
                               .channels = made->channels,
                               .height = made->height,
                               .width = made->width,
                               .samples = c->levels,
                               .data = among,
                               .rows = c->rows,
                               .row_count = c->row_count,
                               .flips = t->sweep->job->settings->flip,
                               .turns = t->sweep->job->settings->nearest_turns};
}

static gt_status search(const gt_twin *t, copies *c, gt_error *err) {
    const gt_nearest_search of_own = search_of(t, c, c->learned);
    return gt_nearest_find(&of_own, c->plain, c->centred, err);
}

enum { COLUMNS = 9 };

static const gt_table_column columns[COLUMNS] = {
    {"sample", GT_TABLE_INT, NULL, "number of the sample, from 0"},
    {"row", GT_TABLE_INT, NULL, "row of the subset that trains and is most like it"},
    {"cosine", GT_TABLE_REAL, NULL, "of the angle between both"},
    {"orientation", GT_TABLE_TEXT, NULL, "of the sample, by which it was found"},
    {"id", GT_TABLE_TEXT, NULL, "name of that picture"},
    {"row_centred", GT_TABLE_INT, NULL, "the row most like it without the means of both"},
    {"cosine_centred", GT_TABLE_REAL, NULL, "of both without their means"},
    {"orientation_centred", GT_TABLE_TEXT, NULL, "by which it was found"},
    {"id_centred", GT_TABLE_TEXT, NULL, "name of that picture"}};

static gt_status write_table(const gt_twin *t, const copies *c, gt_error *err) {
    gt_status status = GT_OK;
    gt_table *table = NULL;
    gt_row_columns there;
    char path[GT_TWINS_PATH], name[] = "nearest_a.csv";
    name[8] = gt_side_end(t->side);
    GT_TRY(gt_twin_path(t, name, path, err));
    GT_TRY(gt_row_columns_read(c->learned, GT_COLUMNS_ALL, &there, err));
    GT_TRY(gt_table_create(columns, COLUMNS, &table, err));
    for (size_t i = 0; i < c->samples.count; i++) {
        const gt_nearest *p = &c->plain[i], *q = &c->centred[i];
        const gt_cell cells[COLUMNS] = {gt_cell_int((int64_t)c->samples.numbers[i]),
                                        gt_cell_int((int64_t)p->row),
                                        gt_cell_real(p->cosine),
                                        gt_cell_text(gt_found_turn_name(p->turn)),
                                        gt_cell_text(gt_row_columns_at(&there, p->row).id),
                                        gt_cell_int((int64_t)q->row),
                                        gt_cell_real(q->cosine),
                                        gt_cell_text(gt_found_turn_name(q->turn)),
                                        gt_cell_text(gt_row_columns_at(&there, q->row).id)};
        GT_TRY(gt_table_append(table, cells, err));
    }
    GT_TRY(gt_table_write(table, path, NULL, err));
done:
    gt_table_destroy(table);
    return status;
}

static gt_status put_cosines(const char *name, const gt_nearest *found, size_t count,
                             gt_numbers *out, gt_error *err) {
    gt_status status = GT_OK;
    double *cosines = malloc(count * sizeof *cosines);
    if (!cosines) GT_THROW(err, GT_NO_MEMORY, "no memory for %zu samples", count);
    for (size_t i = 0; i < count; i++) cosines[i] = found[i].cosine;
    GT_TRY(gt_numbers_put_summary(out, name, count, cosines, err));
done:
    free(cosines);
    return status;
}

static gt_status put_numbers(const gt_twin *t, const copies *c, gt_numbers *out,
                             gt_error *err) {
    gt_status status = GT_OK;
    gt_nearest_summary sum;
    size_t count = c->samples.count;
    char plain[] = "nearest_a", centred[] = "nearest_centred_a", end = gt_side_end(t->side);
    plain[8] = centred[16] = end;
    GT_TRY(put_cosines(plain, c->plain, count, out, err));
    GT_TRY(put_cosines(centred, c->centred, count, out, err));
    GT_TRY(gt_nearest_sum_up(c->centred, count, &sum, err));
    GT_TRY(gt_numbers_put(out, (double)sum.copies / (double)count, err, "copies_%c", end));
done:
    return status;
}

/* ---- What the other learned from: as many pictures, which this model did not see ---- */

static gt_status put_excess(const gt_near_copies *near, char end, gt_numbers *out,
                            gt_error *err) {
    gt_status status = GT_OK;
    double low, value, high;
    gt_near_copies_excess(near, &low, &value, &high);
    GT_TRY(gt_numbers_put(out, (double)near->copies, err, "copies_own_%c", end));
    GT_TRY(gt_numbers_put(out, (double)near->chance, err, "copies_other_%c", end));
    GT_TRY(gt_numbers_put(out, (double)near->originals, err, "copied_originals_%c", end));
    GT_TRY(gt_numbers_put(out, value, err, "beyond_chance_%c", end));
    GT_TRY(gt_numbers_put(out, low, err, "beyond_chance_low_%c", end));
    GT_TRY(gt_numbers_put(out, high, err, "beyond_chance_high_%c", end));
done:
    return status;
}

static gt_status put_other(const gt_twin *t, const copies *c, gt_numbers *out, gt_error *err) {
    gt_status status = GT_OK;
    gt_dataset *set = NULL;
    gt_twin other = *t;
    gt_near_copies near = {.training = c->row_count, .unseen = c->row_count};
    gt_nearest *unseen = calloc(c->samples.count, sizeof *unseen);
    char path[GT_TWINS_PATH];
    if (!unseen) GT_THROW(err, GT_NO_MEMORY, "no memory for %zu samples", c->samples.count);
    other.side = !t->side;
    GT_TRY(gt_twin_subset(&other, path, err));
    GT_TRY(gt_dataset_open(path, &set, err));
    const gt_nearest_search of_other = search_of(t, c, set);
    GT_TRY(gt_nearest_find(&of_other, NULL, unseen, err));
    GT_TRY(gt_nearest_count_copies(c->centred, unseen, c->samples.count, &near, err));
    GT_TRY(put_excess(&near, gt_side_end(t->side), out, err));
done:
    gt_dataset_close(set);
    free(unseen);
    return status;
}

/* ---- Pictures that no model saw ---- */

/* So many rows, spread over the set. */
static gt_status read_some(gt_dataset *set, size_t count, float **levels, gt_error *err) {
    gt_status status = GT_OK;
    const gt_dataset_info *info = gt_dataset_describe(set);
    uint64_t *rows = calloc(count, sizeof *rows);
    *levels = malloc(count * gt_dataset_row_values(info) * sizeof **levels);
    if (!rows || !*levels) GT_THROW(err, GT_NO_MEMORY, "no memory for %zu pictures", count);
    for (size_t i = 0; i < count; i++) rows[i] = i * info->count / count;
    GT_TRY(gt_dataset_read_rows(set, rows, count, *levels, err));
done:
    free(rows);
    return status;
}

/* Galaxies are alike: how many of real ones would count as copies by chance. */
static gt_status put_real(const gt_twin *t, copies *c, gt_numbers *out, gt_error *err) {
    gt_status status = GT_OK;
    gt_dataset *set = NULL;
    float *levels = NULL;
    gt_nearest_summary sum;
    char path[GT_TWINS_PATH], name[] = "nearest_real_centred_a";
    name[sizeof name - 2] = gt_side_end(t->side);
    GT_TRY(gt_real_rows(t->sweep, path, err));
    if (!*path) goto done;
    GT_TRY(gt_dataset_open(path, &set, err));
    const gt_dataset_info *info = gt_dataset_describe(set);
    size_t count = info->count < c->samples.count ? (size_t)info->count : c->samples.count;
    GT_TRY(read_some(set, count, &levels, err));
    const gt_nearest_search search = {.count = count,
                                      .channels = info->channels,
                                      .height = info->height,
                                      .width = info->width,
                                      .samples = levels,
                                      .data = c->learned,
                                      .rows = c->rows,
                                      .row_count = c->row_count,
                                      .flips = t->sweep->job->settings->flip,
                                      .turns = t->sweep->job->settings->nearest_turns};
    GT_TRY(gt_nearest_find(&search, NULL, c->centred, err));
    GT_TRY(put_cosines(name, c->centred, count, out, err));
    GT_TRY(gt_nearest_sum_up(c->centred, count, &sum, err));
    GT_TRY(gt_numbers_put(out, (double)sum.copies / (double)count, err, "copies_real_%c",
                          gt_side_end(t->side)));
done:
    gt_dataset_close(set);
    free(levels);
    return status;
}

/* Copies are near 1, new galaxies near other galaxies; noise is like nothing. */
#define UNLIKE 0.3

static void warn(const gt_twin *t, const gt_numbers *out) {
    const char *name = t->side ? "nearest_centred_b_median" : "nearest_centred_a_median";
    double median = gt_numbers_get(out, name);
    if (median < UNLIKE)
        gt_remark("%" PRId64
                  " images: samples of %c are unlike all pictures that it learned from (median "
                  "cosine without the means of the nearest %.3f): it has learned too little "
                  "for what else is compared to tell anything",
                  t->size, gt_side_letter(t->side), median);
}

static gt_status look(const gt_twin *t, gt_numbers *out, gt_error *err) {
    gt_status status = GT_OK;
    copies c = {0};
    GT_TRY(open_copies(t, &c, err));
    GT_TRY(search(t, &c, err));
    GT_TRY(write_table(t, &c, err));
    GT_TRY(put_numbers(t, &c, out, err));
    GT_TRY(put_other(t, &c, out, err));
    GT_TRY(put_real(t, &c, out, err));
    warn(t, out);
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
    .later = 1, /* copies beyond chance */
    .shown = {"nearest_a_median", "nearest_centred_a_median", "copies_a", "beyond_chance_a"},
    .legend = "nearest: cosine of a picture of A with the one most like it that A learned "
              "from; copies: share above 0.98; beyond_chance: share of copies that have no "
              "nearer picture in the other half, less that which has"};
