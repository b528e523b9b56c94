/* results.c - see results.h. */
#include "results.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "claims.h"
#include "figures.h"
#include "json.h"
#include "outfile.h"
#include "table.h"
#include "text.h"

enum { MOST_COLUMNS = 900, MOST_ROWS = 32 * GT_REALS_MOST, ABOUT = 2 };

/* The numbers of one size of one model, those of all parts one after another. */
typedef struct row {
    const gt_model_class *model;
    int64_t size;
    gt_numbers numbers;
} row;

typedef struct whole {
    row rows[MOST_ROWS];
    size_t count;
    const char *columns[MOST_COLUMNS]; /* names, in the order in which they are met */
    size_t column_count;
} whole;

/* ---- reading ---- */

static gt_status read_part(const gt_twin *t, const gt_twins_part *part, gt_numbers *out,
                           gt_error *err) {
    char path[GT_TWINS_PATH];
    if (!gt_twins_part_suits(part, t->sweep->job->model) || !gt_twin_is_finished(t, part))
        return GT_OK;
    gt_status status = gt_twin_result(t, part, path, err);
    return status ? status : gt_numbers_read(path, out, NULL, err);
}

static gt_status read_size(const gt_sweep *sweep, int64_t size, gt_numbers *out,
                           gt_error *err) {
    gt_status status = GT_OK;
    for (size_t k = 0; gt_twins_part_at(k); k++) {
        const gt_twins_part *part = gt_twins_part_at(k);
        for (int side = 0; side < (part->is_sided ? 2 : 1); side++)
            GT_TRY(read_part(&(gt_twin){sweep, size, side}, part, out, err));
    }
done:
    return status;
}

static gt_status read_model(whole *g, const gt_sweep *sweep, gt_error *err) {
    gt_status status = GT_OK;
    for (size_t i = 0; i < sweep->size_count && g->count < MOST_ROWS; i++) {
        row *own = &g->rows[g->count];
        own->model = sweep->job->model;
        own->size = sweep->sizes[i];
        GT_TRY(read_size(sweep, own->size, &own->numbers, err));
        g->count += own->numbers.count > 0;
    }
done:
    return status;
}

static void add_column(whole *g, const char *name) {
    for (size_t i = 0; i < g->column_count; i++)
        if (strcmp(g->columns[i], name) == 0) return;
    if (g->column_count < MOST_COLUMNS - ABOUT) g->columns[g->column_count++] = name;
}

static void free_grid(whole *g) {
    for (size_t i = 0; i < MOST_ROWS; i++) gt_numbers_free(&g->rows[i].numbers);
}

static gt_status read_all(whole *g, const gt_sweep *sweep, gt_error *err) {
    gt_status status = GT_OK;
    size_t count = 0;
    const gt_model_class *const *models = gt_model_classes(&count);
    gt_sibling o;
    for (size_t i = 0; i < count; i++) {
        gt_sibling_of(sweep, models[i], &o);
        GT_TRY(read_model(g, &o.sweep, err));
    }
    for (size_t i = 0; i < g->count; i++)
        for (size_t k = 0; k < g->rows[i].numbers.count; k++)
            add_column(g, g->rows[i].numbers.list[k].name);
done:
    return status;
}

/* ---- files ---- */

static bool is_text(const whole *g, const char *name) {
    for (size_t i = 0; i < g->count; i++) {
        const gt_number *found = gt_numbers_find(&g->rows[i].numbers, name);
        if (found && *found->text) return true;
    }
    return false;
}

static gt_cell cell_of(const gt_numbers *numbers, const char *name) {
    const gt_number *found = gt_numbers_find(numbers, name);
    if (!found) return gt_cell_empty();
    return *found->text ? gt_cell_text(found->text) : gt_cell_real(found->value);
}

static gt_status write_table(const whole *g, const char *path, gt_error *err) {
    gt_status status = GT_OK;
    gt_table *table = NULL;
    gt_cell cells[MOST_COLUMNS];
    gt_table_column columns[MOST_COLUMNS] = {
        {"model", GT_TABLE_TEXT, NULL, "kind of model"},
        {"size", GT_TABLE_INT, NULL, "images that each of the two learned from"}};
    for (size_t k = 0; k < g->column_count; k++)
        columns[ABOUT + k] = (gt_table_column){
            g->columns[k], is_text(g, g->columns[k]) ? GT_TABLE_TEXT : GT_TABLE_REAL, NULL,
            NULL};
    GT_TRY(gt_table_create(columns, ABOUT + g->column_count, &table, err));
    gt_table_call(table, "TWINS");
    for (size_t i = 0; i < g->count; i++) {
        const row *own = &g->rows[i];
        cells[0] = gt_cell_text(own->model->name);
        cells[1] = gt_cell_int(own->size);
        for (size_t k = 0; k < g->column_count; k++)
            cells[ABOUT + k] = cell_of(&own->numbers, g->columns[k]);
        GT_TRY(gt_table_append(table, cells, err));
    }
    GT_TRY(gt_table_write(table, path, NULL, err));
done:
    gt_table_destroy(table);
    return status;
}

static void put_json(const whole *g, const gt_sweep *sweep, gt_json *json) {
    gt_json_object(json, NULL);
    gt_json_int(json, "samples", sweep->settings->samples);
    gt_json_int(json, "samples_seed", sweep->settings->sample_seed);
    gt_json_int(json, "subset_seed", sweep->settings->subset_seed);
    gt_json_array(json, "rows");
    for (size_t i = 0; i < g->count; i++) {
        gt_json_object(json, NULL);
        gt_json_text(json, "model", g->rows[i].model->name);
        gt_json_int(json, "size", g->rows[i].size);
        gt_numbers_put_json(&g->rows[i].numbers, json);
        gt_json_end(json);
    }
    gt_json_end(json);
    gt_json_end(json);
}

static gt_status write_json(const whole *g, const gt_sweep *sweep, const char *path,
                            gt_error *err) {
    gt_status status = GT_OK;
    gt_outfile *file = NULL;
    gt_json json;
    GT_TRY(gt_outfile_open(path, &file, err));
    FILE *stream = gt_outfile_stream(file);
    if (!stream) GT_THROW(err, GT_NO_MEMORY, "no memory for %s", path);
    gt_json_begin(&json, stream, 2);
    put_json(g, sweep, &json);
    GT_TRY(gt_json_finish(&json, err));
    GT_TRY(gt_outfile_commit(file, err));
done:
    gt_outfile_discard(file);
    return status;
}

gt_status gt_results_write(const gt_sweep *sweep, gt_error *err) {
    gt_status status = GT_OK;
    gt_claim *claim = NULL;
    char path[GT_TWINS_PATH];
    whole *g = calloc(1, sizeof *g);
    if (!g) GT_THROW(err, GT_NO_MEMORY, "no memory for the table of a sweep");
    GT_TRY(gt_claim_wait(sweep, "table", &claim, err));
    GT_TRY(read_all(g, sweep, err));
    if (g->count == 0) goto done;
    GT_TRY(gt_outfile_sweep(sweep->folder, NULL, err));
    GT_TRY(gt_sweep_path(sweep, path, err, "twins.csv"));
    GT_TRY(write_table(g, path, err));
    GT_TRY(gt_sweep_path(sweep, path, err, "twins.json"));
    GT_TRY(write_json(g, sweep, path, err));
    GT_TRY(gt_figures_draw(sweep, err));
done:
    gt_claim_release(claim);
    if (g) free_grid(g);
    free(g);
    return status;
}

/* ---- the short table ---- */

static bool is_shown(const char *name) {
    for (size_t k = 0; gt_twins_part_at(k); k++)
        for (int i = 0; i < GT_TWINS_SHOWN && gt_twins_part_at(k)->shown[i]; i++)
            if (strcmp(gt_twins_part_at(k)->shown[i], name) == 0) return true;
    return false;
}

/* Of parts that have a column. */
static void explain(const char *const *names, size_t count, gt_twins_grid *out) {
    size_t lines = 0;
    for (size_t k = 0; gt_twins_part_at(k); k++) {
        const gt_twins_part *part = gt_twins_part_at(k);
        bool is_there = false;
        for (int i = 0; i < GT_TWINS_SHOWN && part->shown[i]; i++)
            for (size_t c = 0; c < count; c++)
                is_there = is_there || strcmp(part->shown[i], names[c]) == 0;
        if (is_there && part->legend) out->legend[lines++] = part->legend;
    }
}

static gt_status put_text(char **cell, gt_error *err, const char *text) {
    *cell = strdup(text);
    return *cell ? GT_OK : gt_fail(err, GT_NO_MEMORY, "no memory for a table");
}

static const char *shown_text(const gt_number *number, char text[GT_NUMBER_SIZE]) {
    if (number && *number->text) return number->text;
    if (!number || isnan(number->value)) return "-";
    bool is_whole = number->value == floor(number->value) && fabs(number->value) < 1e15;
    snprintf(text, GT_NUMBER_SIZE, is_whole ? "%.0f" : "%.4g", number->value);
    return text;
}

static gt_status put_line(const row *from, const char *const *names, char **cells,
                          size_t columns, gt_error *err) {
    gt_status status = GT_OK;
    char text[GT_NUMBER_SIZE];
    GT_TRY(put_text(&cells[0], err, from->model->name));
    snprintf(text, sizeof text, "%" PRId64, from->size);
    GT_TRY(put_text(&cells[1], err, text));
    for (size_t k = ABOUT; k < columns; k++)
        GT_TRY(put_text(&cells[k], err,
                        shown_text(gt_numbers_find(&from->numbers, names[k - ABOUT]), text)));
done:
    return status;
}

static gt_status lay_out(const whole *g, gt_twins_grid *out, gt_error *err) {
    gt_status status = GT_OK;
    const char *names[MOST_COLUMNS];
    size_t shown = 0;
    for (size_t k = 0; k < g->column_count; k++)
        if (is_shown(g->columns[k])) names[shown++] = g->columns[k];
    out->columns = ABOUT + shown;
    out->cells = calloc((g->count + 1) * out->columns, sizeof *out->cells);
    if (!out->cells) GT_THROW(err, GT_NO_MEMORY, "no memory for a table");
    out->rows = g->count;
    explain(names, shown, out);
    GT_TRY(put_text(&out->cells[0], err, "model"));
    GT_TRY(put_text(&out->cells[1], err, "size"));
    for (size_t k = 0; k < shown; k++) GT_TRY(put_text(&out->cells[ABOUT + k], err, names[k]));
    for (size_t i = 0; i < g->count; i++)
        GT_TRY(put_line(&g->rows[i], names, out->cells + (i + 1) * out->columns, out->columns,
                        err));
done:
    return status;
}

gt_status gt_results_read(const gt_sweep *sweep, gt_twins_grid *out, char path[GT_TWINS_PATH],
                          gt_error *err) {
    gt_status status = GT_OK;
    whole *g = calloc(1, sizeof *g);
    if (!g) GT_THROW(err, GT_NO_MEMORY, "no memory for the table of a sweep");
    GT_TRY(read_all(g, sweep, err));
    GT_TRY(lay_out(g, out, err));
    GT_TRY(gt_sweep_path(sweep, path, err, "twins.csv"));
    if (access(path, F_OK) != 0) *path = '\0';
done:
    if (g) free_grid(g);
    free(g);
    return status;
}

void gt_results_free_grid(gt_twins_grid *grid) {
    for (size_t i = 0; grid->cells && i < (grid->rows + 1) * grid->columns; i++)
        free(grid->cells[i]);
    free(grid->cells);
}
