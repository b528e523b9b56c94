/* predictions.c - what the classifiers say of every object, as a table. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "classify.h"
#include "galatea/interrupt.h"
#include "galatea/log.h"
#include "object_table.h"

enum { BLOCK_ROWS = 4096, COLUMNS_AT_MOST = 900, NAME_SIZE = 69 };

/* Everything at work; the arrays have room for one block. */
typedef struct writer {
    const gt_forecast *forecast;
    gt_object_table *table; /* NULL: only tallies */
    gt_table_column *columns;
    gt_cell *cells;
    char (*names)[NAME_SIZE];
    size_t count;
    float *x;
    double *probability, *score; /* (methods, block, classes), (methods, block) */
    int32_t *predicted;          /* (methods, block) */
    uint64_t *unlikely;          /* of each method: rows whose class is not the likeliest */
} writer;

/* ---- Columns ----------------------------------------------------------------------------- */

/* Names take letters, digits and '_', as FITS has them best. */
static gt_table_column *add_column(writer *w, gt_table_kind kind, const char *unit,
                                   const char *description, const char *format, ...)
    GT_PRINTF(5, 6);
static gt_table_column *add_column(writer *w, gt_table_kind kind, const char *unit,
                                   const char *description, const char *format, ...) {
    va_list arguments;
    char *name = w->names[w->count];
    va_start(arguments, format);
    vsnprintf(name, NAME_SIZE, format, arguments);
    va_end(arguments);
    for (char *at = name; *at; at++) {
        bool is_plain = (*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z') ||
                        (*at >= '0' && *at <= '9');
        if (!is_plain) *at = '_';
    }
    w->columns[w->count] = (gt_table_column){name, kind, unit, description, NULL};
    return &w->columns[w->count++];
}

static void add_object_columns(writer *w) {
    const gt_row_columns *c = &w->forecast->subject->columns;
    add_column(w, GT_TABLE_INT, NULL, "row of the set, from 0", "row");
    if (c->ids) add_column(w, GT_TABLE_TEXT, NULL, "name of the object", "id");
    if (c->ra) add_column(w, GT_TABLE_REAL, "deg", "right ascension", "ra");
    if (c->dec) add_column(w, GT_TABLE_REAL, "deg", "declination", "dec");
    if (c->labels) add_column(w, GT_TABLE_TEXT, NULL, "class as labelled", "class");
    if (c->splits)
        add_column(w, GT_TABLE_TEXT, NULL, "train: learnt from, if labelled", "split");
}

/* One column a class, called by its name or by its number. */
static void add_probabilities(writer *w, const char *kind, bool is_named) {
    const gt_forecast *f = w->forecast;
    char text[16];
    for (int32_t k = 0; k < f->classes->count; k++)
        add_column(w, GT_TABLE_REAL, NULL, "probability of the class", "%s_p_%s", kind,
                   is_named ? f->names[k] : gt_class_text(NULL, 0, f->classes->labels[k], text))
            ->ucd = "stat.probability";
}

/* Whether two columns from `first` on are one to readers of tables, which ignore case. */
static bool has_alike(const writer *w, size_t first) {
    for (size_t i = first; i < w->count; i++)
        for (size_t k = first; k < i; k++)
            if (strcasecmp(w->columns[i].name, w->columns[k].name) == 0) return true;
    return false;
}

static void add_method_columns(writer *w, const gt_method *m) {
    const gt_forecast *f = w->forecast;
    const char *kind = m->kind->name;
    add_column(w, GT_TABLE_TEXT, NULL, "predicted class", "%s_class", kind)->ucd = "src.class";
    if (f->classes->count == 2)
        add_column(w, GT_TABLE_REAL, NULL, "larger: more like the second class", "%s_score",
                   kind);
    size_t first = w->count;
    add_probabilities(w, kind, true);
    if (!has_alike(w, first)) return;
    w->count = first;
    add_probabilities(w, kind, false);
}

static gt_status make_table(writer *w, gt_error *err) {
    gt_status status = GT_OK;
    const gt_forecast *f = w->forecast;
    size_t room = 6 + f->methods->count * (2 + (size_t)f->classes->count);
    if (room > COLUMNS_AT_MOST)
        GT_THROW(err, GT_UNSUPPORTED,
                 "a table of %zu methods and %d classes has %zu columns, "
                 "more than %d",
                 f->methods->count, f->classes->count, room, COLUMNS_AT_MOST);
    w->columns = calloc(room, sizeof *w->columns);
    w->cells = calloc(room, sizeof *w->cells);
    w->names = calloc(room, sizeof *w->names);
    if (!w->columns || !w->cells || !w->names)
        GT_THROW(err, GT_NO_MEMORY, "no memory for a table");
    add_object_columns(w);
    for (size_t m = 0; m < f->methods->count; m++) add_method_columns(w, &f->methods->list[m]);
    GT_TRY(gt_object_table_create("PREDICTIONS", w->columns, w->count, &f->subject->data, 1,
                                  &w->table, err));
done:
    return status;
}

static gt_status make_room(writer *w, gt_error *err) {
    const gt_forecast *f = w->forecast;
    size_t block = f->methods->count * BLOCK_ROWS;
    w->x = malloc(BLOCK_ROWS * f->subject->features * sizeof *w->x);
    w->probability = malloc(block * (size_t)f->classes->count * sizeof *w->probability);
    w->score = malloc(block * sizeof *w->score);
    w->predicted = malloc(block * sizeof *w->predicted);
    w->unlikely = calloc(f->methods->count + 1, sizeof *w->unlikely);
    if (!w->x || !w->probability || !w->score || !w->predicted || !w->unlikely)
        return gt_fail(err, GT_NO_MEMORY, "no memory for %d rows", BLOCK_ROWS);
    return GT_OK;
}

static void close_writer(writer *w) {
    gt_object_table_destroy(w->table);
    free(w->columns);
    free(w->cells);
    free(w->names);
    free(w->x);
    free(w->probability);
    free(w->score);
    free(w->predicted);
    free(w->unlikely);
}

/* ---- Rows -------------------------------------------------------------------------------- */

static gt_status append_row(writer *w, uint64_t row, size_t i, gt_error *err) {
    const gt_forecast *f = w->forecast;
    const gt_row_columns *c = &f->subject->columns;
    const gt_dataset_info *info = gt_dataset_describe(f->subject->data);
    size_t at = 0, classes = (size_t)f->classes->count;
    char label[16];
    w->cells[at++] = gt_cell_int((int64_t)row);
    if (c->ids) w->cells[at++] = gt_cell_text(c->ids + row * (c->id_length + 1));
    if (c->ra) w->cells[at++] = gt_cell_real(c->ra[row]);
    if (c->dec) w->cells[at++] = gt_cell_real(c->dec[row]);
    if (c->labels)
        w->cells[at++] = gt_cell_text(
            c->labels[row] < 0
                ? NULL
                : gt_class_text(info->class_names, info->class_count, c->labels[row], label));
    if (c->splits) w->cells[at++] = gt_cell_text(gt_split_text(c->splits[row]));
    for (size_t m = 0; m < f->methods->count; m++) {
        size_t answer = m * BLOCK_ROWS + i;
        w->cells[at++] =
            gt_cell_text(f->names[gt_classes_place(f->classes, w->predicted[answer])]);
        if (classes == 2) w->cells[at++] = gt_cell_real(w->score[answer]);
        for (size_t k = 0; k < classes; k++)
            w->cells[at++] = gt_cell_real(w->probability[answer * classes + k]);
    }
    return gt_object_table_append(w->table, 0, row, w->cells, err);
}

static gt_status predict_block(writer *w, uint64_t first, size_t count, gt_error *err) {
    const gt_forecast *f = w->forecast;
    gt_status status = GT_OK;
    GT_TRY(gt_subject_rows(f->subject, first, count, w->x, err));
    for (size_t m = 0; m < f->methods->count; m++) {
        gt_prediction out = {.probability =
                                 w->probability + m * BLOCK_ROWS * (size_t)f->classes->count,
                             .score = w->score + m * BLOCK_ROWS,
                             .predicted = w->predicted + m * BLOCK_ROWS};
        GT_TRY(gt_classifier_predict(f->methods->list[m].fitted, count, w->x, &out, err));
    }
    for (size_t i = 0; w->table && i < count; i++) GT_TRY(append_row(w, first + i, i, err));
done:
    return status;
}

/* Classes and probabilities are two answers where the latter are calibrated. */
static void count_unlikely(writer *w, size_t count) {
    const gt_forecast *f = w->forecast;
    size_t classes = (size_t)f->classes->count;
    for (size_t m = 0; m < f->methods->count; m++)
        for (size_t i = m * BLOCK_ROWS; i < m * BLOCK_ROWS + count; i++) {
            const double *p = w->probability + i * classes;
            double own = p[gt_classes_place(f->classes, w->predicted[i])], most = own;
            for (size_t k = 0; k < classes; k++) most = p[k] > most ? p[k] : most;
            w->unlikely[m] += most > own;
        }
}

static void remark_unlikely(const writer *w, uint64_t total) {
    const gt_forecast *f = w->forecast;
    for (size_t m = 0; m < f->methods->count; m++)
        if (w->unlikely[m] > 0)
            gt_remark("%s: %s gives %" PRIu64 " of %" PRIu64
                      " rows another class than the likeliest: it decides by its score, and "
                      "probabilities are calibrated on held-out rows",
                      f->subject->path, f->methods->list[m].kind->name, w->unlikely[m], total);
}

static void add_tallies(const writer *w, uint64_t first, size_t count, gt_tally *tallies) {
    const gt_forecast *f = w->forecast;
    const uint8_t *splits = f->subject->columns.splits;
    for (size_t m = 0; tallies && m < f->methods->count; m++) {
        for (size_t i = 0; i < count; i++) {
            int32_t label = w->predicted[m * BLOCK_ROWS + i],
                    place = gt_classes_place(f->classes, label);
            tallies[m].predicted[place]++;
            if (!f->truth || f->truth[first + i] == GT_UNLABELLED) continue;
            int split = splits ? splits[first + i] : 0;
            if (f->gathered)
                gt_gathered_add(f->gathered, m, split, f->truth[first + i], place,
                                w->probability +
                                    (m * BLOCK_ROWS + i) * (size_t)f->classes->count);
            tallies[m].labelled[split]++;
            tallies[m].right[split] += f->truth[first + i] == place;
        }
    }
}

gt_status gt_forecast_write(const gt_forecast *forecast, const char *out,
                            const char *provenance, gt_tally *tallies, gt_error *err) {
    gt_status status = GT_OK;
    uint64_t total = gt_dataset_describe(forecast->subject->data)->count;
    writer w = {.forecast = forecast};
    gt_progress progress = gt_context_progress(forecast->context, (int64_t)total, "predicting");
    if (out) GT_TRY(make_table(&w, err));
    GT_TRY(make_room(&w, err));
    for (uint64_t at = 0; at < total; at += BLOCK_ROWS) {
        size_t count = total - at < BLOCK_ROWS ? (size_t)(total - at) : BLOCK_ROWS;
        if (gt_interrupt_pending())
            GT_THROW(err, GT_INTERRUPTED, "interrupted, no predictions written");
        GT_TRY(predict_block(&w, at, count, err));
        count_unlikely(&w, count);
        add_tallies(&w, at, count, tallies);
        gt_progress_update(&progress, (int64_t)(at + count), NULL);
    }
    gt_progress_finish(&progress);
    remark_unlikely(&w, total);
    if (out) GT_TRY(gt_object_table_write(w.table, out, provenance, err));
done:
    gt_progress_finish(&progress);
    close_writer(&w);
    return status;
}
