/* Replays recordings of the numbers that judge generators: by kind of generator three sets of
 * rows, the cells of each, and every number of them. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "galatea/judging.h"
#include "recording.h"

enum { NAME_SIZE = 192, MOST_NEIGHBOURS = 32, MOST_CELLS = 4096 };

/* Everything but counts and shares is exact to this share of itself. */
static const double exact = 1e-9;

typedef enum set_of { TRAIN, TEST, GENERATED, SETS } set_of;
static const char *const set_names[] = {"train", "test", "generated"};

typedef struct judged_kind {
    gt_recording *rec;
    char kind[48];
    gt_points points[SETS];
    float *x[SETS];
    int32_t *cell[SETS];
} judged_kind;

static const char *part(const judged_kind *j, const char *name, char text[NAME_SIZE]) {
    snprintf(text, NAME_SIZE, "%s.%s", j->kind, name);
    return text;
}

/* ---- Sets -------------------------------------------------------------------------------- */

static void read_points(judged_kind *j, set_of which) {
    gt_recording *rec = j->rec;
    char name[NAME_SIZE];
    uint64_t count = 0;
    j->x[which] = gt_recording_input(rec, part(j, set_names[which], name), &count);
    int index = gt_recording_find(rec, name);
    if (rec->status) return;
    const gt_st_tensor *t = gt_safetensors_at(rec->file, (size_t)index);
    if (t->rank != 2 || count == 0) {
        gt_recording_fail(rec, GT_BAD_SHAPE, "'%s' is no table of rows", name);
        return;
    }
    j->points[which] =
        (gt_points){set_names[which], (size_t)t->shape[0], (size_t)t->shape[1], j->x[which]};
}

static void read_cells(judged_kind *j, set_of which) {
    gt_recording *rec = j->rec;
    char word[32], name[NAME_SIZE];
    uint64_t count = 0;
    size_t rows = j->points[which].rows;
    snprintf(word, sizeof word, "%s_cell", set_names[which]);
    double *cells = gt_recording_input_double(rec, part(j, word, name), &count);
    j->cell[which] = calloc(rows + 1, sizeof(int32_t));
    if (!rec->status && !j->cell[which])
        gt_recording_fail(rec, GT_NO_MEMORY, "no memory for %zu cells", rows);
    if (!rec->status && count != rows)
        gt_recording_fail(rec, GT_BAD_SHAPE, "'%s' has %llu values, expected %zu", name,
                          (unsigned long long)count, rows);
    for (size_t i = 0; !rec->status && i < rows; i++) {
        if (!(cells[i] >= 0.0 && cells[i] < MOST_CELLS))
            gt_recording_fail(rec, GT_BAD_FORMAT, "'%s' has %g, expected 0 to %d", name,
                              cells[i], MOST_CELLS - 1);
        else
            j->cell[which][i] = (int32_t)cells[i];
    }
    free(cells);
}

/* ---- Comparing --------------------------------------------------------------------------- */

static void compare(const judged_kind *j, const char *name, double got, double ratio) {
    char text[NAME_SIZE];
    gt_recording *rec = j->rec;
    int index = gt_recording_find(rec, part(j, name, text));
    if (rec->status || index < 0) return;
    gt_recording_compare_within(rec, text, GT_SHAPE(1), &got,
                                ratio * gt_recording_largest(rec, index));
}

static void compare_bytes(const judged_kind *j, const char *name, const uint8_t *got,
                          size_t count) {
    char text[NAME_SIZE];
    double *wide = calloc(count + 1, sizeof *wide);
    if (!wide) gt_recording_fail(j->rec, GT_NO_MEMORY, "no memory for %zu values", count);
    for (size_t i = 0; wide && i < count; i++) wide[i] = got[i];
    if (wide)
        gt_recording_compare_within(j->rec, part(j, name, text), GT_SHAPE((int64_t)count), wide,
                                    0.0);
    free(wide);
}

static bool begin(const judged_kind *j, gt_status status) {
    if (!j->rec->status) j->rec->status = status;
    return !j->rec->status;
}

static void replay_distances(const judged_kind *j) {
    const gt_points *test = &j->points[TEST], *generated = &j->points[GENERATED];
    gt_two_sample_settings settings = {0};
    gt_two_sample two;
    gt_frechet f;
    if (!begin(j, gt_frechet_distance(test, generated, &f, j->rec->err))) return;
    compare(j, "frechet", f.value, exact);
    compare(j, "frechet_mean", f.mean, exact);
    compare(j, "frechet_cov", f.covariance, exact);
    if (!begin(j, gt_two_sample_compare(test, generated, &settings, &two, NULL, NULL,
                                        j->rec->err)))
        return;
    compare(j, "kernel_distance", two.kernel, exact);
    compare(j, "energy_distance", two.energy, exact);
}

/* For each number of neighbours that is recorded. */
static void replay_balls(const judged_kind *j) {
    for (size_t k = 1; k <= MOST_NEIGHBOURS; k++) {
        static const char *const words[] = {"precision", "recall", "density", "coverage"};
        char names[4][32], text[NAME_SIZE];
        bool is_recorded = false;
        gt_coverage c;
        for (int i = 0; i < 4; i++) {
            snprintf(names[i], sizeof names[i], "%s_k%zu", words[i], k);
            is_recorded |= gt_recording_find(j->rec, part(j, names[i], text)) >= 0;
        }
        if (!is_recorded) continue;
        if (!begin(j, gt_coverage_measure(&j->points[TRAIN], &j->points[GENERATED], k, &c, NULL,
                                          j->rec->err)))
            return;
        const double got[] = {c.precision, c.recall, c.density, c.coverage};
        /* A density is a mean, and its last digits are those of how it was summed. */
        for (int i = 0; i < 4; i++) compare(j, names[i], got[i], i == 2 ? 1e-12 : 4e-16);
    }
}

static void replay_vendi(const judged_kind *j) {
    double generated, test;
    if (!begin(j, gt_vendi_score(&j->points[GENERATED], &generated, j->rec->err)) ||
        !begin(j, gt_vendi_score(&j->points[TEST], &test, j->rec->err)))
        return;
    compare(j, "vendi_generated", generated, exact);
    compare(j, "vendi_test", test, exact);
}

/* ---- Copies ------------------------------------------------------------------------------ */

static size_t cells_of(const judged_kind *j) {
    int32_t most = 0;
    for (set_of s = TRAIN; s < SETS; s++)
        for (size_t i = 0; i < j->points[s].rows; i++)
            if (j->cell[s][i] > most) most = j->cell[s][i];
    return (size_t)most + 1;
}

static void compare_cells(const judged_kind *j, const gt_celled *test,
                          const gt_celled *generated) {
    gt_recording *rec = j->rec;
    char text[NAME_SIZE];
    size_t cells = cells_of(j);
    double z[MOST_CELLS] = {0}, tau = gt_recording_number(rec, "tau", 0.02);
    uint8_t is_used[MOST_CELLS] = {0};
    gt_copying copying;
    int index;
    if (!begin(j,
               gt_copying_measure(test, generated, cells, tau, &copying, z, is_used, rec->err)))
        return;
    compare(j, "c_t", copying.value, exact);
    for (size_t c = 0; c < cells; c++)
        if (isnan(z[c])) z[c] = 0.0; /* as the recordings have it */
    index = gt_recording_find(rec, part(j, "z_u_cells", text));
    if (index >= 0)
        gt_recording_compare_within(rec, text, GT_SHAPE((int64_t)cells), z,
                                    exact * gt_recording_largest(rec, index));
    compare_bytes(j, "cells_used", is_used, cells);
}

/* Over everything, then by cell: distances are to the nearest row of all, and of the cell. */
static void replay_ranks(const judged_kind *j, double *from_test, double *from_generated) {
    gt_error *err = j->rec->err;
    const gt_points *train = &j->points[TRAIN], *test = &j->points[TEST],
                    *generated = &j->points[GENERATED];
    gt_celled celled_test = {test->rows, from_test, j->cell[TEST]},
              celled_generated = {generated->rows, from_generated, j->cell[GENERATED]};
    size_t cells = cells_of(j);
    double over_all;
    if (!begin(j, gt_nearest_points(test, train, 1, from_test, NULL, err)) ||
        !begin(j, gt_rank_sum(&celled_test, &celled_generated, &over_all, NULL, err)))
        return;
    compare(j, "z_u", over_all, exact);
    if (begin(j, gt_cell_distances(train, j->cell[TRAIN], test, j->cell[TEST], cells, from_test,
                                   err)) &&
        begin(j, gt_cell_distances(train, j->cell[TRAIN], generated, j->cell[GENERATED], cells,
                                   from_generated, err)))
        compare_cells(j, &celled_test, &celled_generated);
}

static void replay_copying(const judged_kind *j) {
    gt_recording *rec = j->rec;
    const gt_points *generated = &j->points[GENERATED];
    size_t rows = generated->rows;
    double share = 0.0, *from_test = calloc(j->points[TEST].rows + 1, sizeof *from_test),
           *from_generated = calloc(rows + 1, sizeof *from_generated);
    uint8_t *authentic = calloc(rows + 1, 1);
    if (!from_test || !from_generated || !authentic)
        gt_recording_fail(rec, GT_NO_MEMORY, "no memory for %zu rows", rows);
    if (!rec->status && begin(j, gt_authenticity(&j->points[TRAIN], generated, &share,
                                                 authentic, from_generated, rec->err))) {
        compare(j, "authenticity", share, 4e-16);
        compare_bytes(j, "authentic", authentic, rows);
        replay_ranks(j, from_test, from_generated);
    }
    free(from_test);
    free(from_generated);
    free(authentic);
}

/* ---- A kind ------------------------------------------------------------------------------ */

static void replay_kind(gt_recording *rec, const char *kind, size_t length) {
    judged_kind j = {.rec = rec};
    snprintf(j.kind, sizeof j.kind, "%.*s", (int)length, kind);
    for (set_of s = TRAIN; s < SETS; s++) read_points(&j, s);
    for (set_of s = TRAIN; !rec->status && s < SETS; s++) read_cells(&j, s);
    if (!rec->status) replay_distances(&j);
    if (!rec->status) replay_balls(&j);
    if (!rec->status) replay_vendi(&j);
    if (!rec->status) replay_copying(&j);
    for (set_of s = TRAIN; s < SETS; s++) {
        free(j.x[s]);
        free(j.cell[s]);
    }
}

static void replay_judging(gt_recording *rec) {
    const char *kinds = gt_recording_text(rec, "kinds");
    while (!rec->status && kinds && *kinds) {
        size_t length = strcspn(kinds, "|");
        replay_kind(rec, kinds, length);
        kinds += length + (kinds[length] == '|');
    }
}

static bool accepts(const gt_safetensors *file) {
    const char *family = gt_safetensors_metadata(file, "family");
    return family && strcmp(family, "judging") == 0;
}

const gt_replayer gt_replayer_judging = {"judging", accepts, replay_judging};
