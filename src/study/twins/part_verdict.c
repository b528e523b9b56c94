/* part_verdict.c - what each model is worth as a generator: all numbers of galatea/judging.h,
 * of pixels and of shapes, beside what real pictures score, and one line each that a person can
 * act on. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "galatea/judging.h"
#include "galatea/log.h"
#include "judged_rows.h"
#include "outfile.h"
#include "table.h"

enum { LEAST_ROWS = 20, LINE = GT_VERDICT_TEXT + 32 };

/* "memorises", "collapsed off". */
static const char *verdict_words(int verdict, char out[GT_NUMBER_TEXT]) {
    static const char *const words[] = {"memorises", "collapsed", "off", "generalises"};
    size_t used = 0;
    *out = '\0';
    for (int i = 0; i < 4; i++)
        if (verdict & 1 << i)
            used += (size_t)snprintf(out + used, GT_NUMBER_TEXT - used, "%s%s", used ? " " : "",
                                     words[i]);
    if (!used) snprintf(out, GT_NUMBER_TEXT, "none");
    return out;
}

/* What both models together tell, where it is known. */
static gt_status read_cosines(const gt_twin *t, gt_judge_settings *settings, gt_error *err) {
    gt_status status = GT_OK;
    gt_numbers numbers = {0};
    char path[GT_TWINS_PATH], name[] = "nearest_centred_a_mean";
    name[16] = gt_side_end(t->side);
    GT_TRY(gt_twin_result(t, &gt_twins_cosine, path, err));
    GT_TRY(gt_numbers_read(path, &numbers, NULL, err));
    settings->cosine_twins = gt_numbers_get(&numbers, "cosine_centred_mean");
    gt_numbers_free(&numbers);
    GT_TRY(gt_twin_result(t, &gt_twins_nearest, path, err));
    GT_TRY(gt_numbers_read(path, &numbers, NULL, err));
    settings->cosine_train = gt_numbers_get(&numbers, name);
done:
    gt_numbers_free(&numbers);
    return status;
}

static gt_status append(gt_table *table, const char *space, const gt_judgement *found,
                        gt_error *err) {
    gt_status status = GT_OK;
    for (gt_judge which = 0; which < GT_JUDGES; which++) {
        const gt_judged *own = &found->judged[which];
        const gt_cell cells[] = {gt_cell_text(space),
                                 gt_cell_text(gt_judge_name(which)),
                                 gt_cell_real(own->value),
                                 gt_cell_real(own->low),
                                 gt_cell_real(own->high),
                                 gt_cell_real(own->real),
                                 gt_cell_int((int64_t)found->rows)};
        GT_TRY(gt_table_append(table, cells, err));
    }
done:
    return status;
}

static gt_status put_numbers(const gt_twin *t, const char *space, const gt_judgement *found,
                             gt_numbers *out, gt_error *err) {
    gt_status status = GT_OK;
    char words[GT_NUMBER_TEXT], end = gt_side_end(t->side);
    GT_TRY(gt_numbers_put_text(out, verdict_words(found->verdict, words), err, "verdict_%s_%c",
                               space, end));
    for (gt_judge which = 0; which < GT_JUDGES; which++)
        GT_TRY(gt_numbers_put(out, found->judged[which].value, err, "%s_%s_%c",
                              gt_judge_name(which), space, end));
done:
    return status;
}

/* Of one space; too few rows have no verdict. line: what a person reads. */
static gt_status judge_space(const gt_twin *t, const gt_judged_space *space, gt_table *table,
                             gt_numbers *out, char line[LINE], gt_error *err) {
    gt_status status = GT_OK;
    gt_judged_rows rows = {0};
    gt_judgement found;
    gt_judge_settings settings = gt_judge_defaults();
    char sentence[GT_VERDICT_TEXT];
    settings.seed = (uint64_t)t->sweep->settings->sample_seed;
    GT_TRY(read_cosines(t, &settings, err));
    GT_TRY(space->read(t, &rows, err));
    bool is_few = rows.columns == 0;
    for (int k = 0; k < GT_JUDGED_SETS; k++) is_few = is_few || rows.rows[k] < LEAST_ROWS;
    if (is_few) {
        snprintf(line, LINE, "%s: no verdict, expected at least %d rows of each set\n",
                 space->name, LEAST_ROWS);
        goto done;
    }
    const gt_points points[GT_JUDGED_SETS] = {
        {"training", rows.rows[0], rows.columns, rows.x[0]},
        {"test", rows.rows[1], rows.columns, rows.x[1]},
        {"generated", rows.rows[2], rows.columns, rows.x[2]}};
    GT_TRY(gt_judge_points(&points[0], &points[1], &points[2], &settings, &found, err));
    GT_TRY(append(table, space->name, &found, err));
    GT_TRY(put_numbers(t, space->name, &found, out, err));
    snprintf(line, LINE, "%s: %s\n", space->name, gt_verdict_text(&found, sentence));
done:
    gt_judged_rows_free(&rows);
    return status;
}

static gt_status write_text(const gt_twin *t, const char *text, gt_error *err) {
    gt_status status = GT_OK;
    gt_outfile *file = NULL;
    char path[GT_TWINS_PATH], name[] = "verdict_a.txt";
    name[8] = gt_side_end(t->side);
    GT_TRY(gt_twin_path(t, name, path, err));
    GT_TRY(gt_outfile_open(path, &file, err));
    GT_TRY(gt_outfile_write(file, text, strlen(text), err));
    GT_TRY(gt_outfile_commit(file, err));
done:
    gt_outfile_discard(file);
    return status;
}

static gt_status write_table(const gt_twin *t, const gt_table *table, gt_error *err) {
    gt_status status = GT_OK;
    char path[GT_TWINS_PATH], name[] = "verdict_a.csv";
    name[8] = gt_side_end(t->side);
    GT_TRY(gt_twin_path(t, name, path, err));
    GT_TRY(gt_table_write(table, path, NULL, err));
done:
    return status;
}

static gt_status judge(const gt_twin *t, gt_numbers *out, gt_error *err) {
    static const gt_table_column columns[] = {
        {"space", GT_TABLE_TEXT, NULL, "what is compared"},
        {"number", GT_TABLE_TEXT, NULL, "what was measured"},
        {"value", GT_TABLE_REAL, NULL, "of the samples"},
        {"low", GT_TABLE_REAL, NULL, "lower end of a 95 % interval"},
        {"high", GT_TABLE_REAL, NULL, "its upper end"},
        {"real", GT_TABLE_REAL, NULL, "of real pictures in their place"},
        {"rows", GT_TABLE_INT, NULL, "of each set that were compared"}};
    gt_status status = GT_OK;
    gt_table *table = NULL;
    char text[GT_JUDGED_SPACES * LINE] = "";
    GT_TRY(gt_table_create(columns, sizeof columns / sizeof *columns, &table, err));
    for (int k = 0; k < GT_JUDGED_SPACES; k++)
        GT_TRY(judge_space(t, &gt_judged_spaces[k], table, out, text + strlen(text), err));
    GT_TRY(write_table(t, table, err));
    GT_TRY(write_text(t, text, err));
    for (char *rest = text, *line = strsep(&rest, "\n"); line && *line;
         line = strsep(&rest, "\n"))
        gt_remark("%c: %s", gt_side_letter(t->side), line);
done:
    gt_table_destroy(table);
    return status;
}

const gt_twins_part gt_twins_verdict = {
    .name = "verdict",
    .is_sided = true,
    .needs = {"cosine", "nearest", "morphology"},
    .grows = true,
    .run = judge,
    .shown = {"c_t_pixels_a", "verdict_pixels_a", "verdict_pixels_b"},
    .legend =
        "c_t_pixels: below 0, samples of A are nearer to what it learned from than others are"};
