/* part_verdict.c - what each model is worth as a generator: all numbers of galatea/judging.h,
 * of pixels and of shapes, beside what real pictures score, and one line each that a person can
 * act on. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "galatea/log.h"
#include "judge.h"
#include "outfile.h"
#include "real_rows.h"
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

/* As the part "nearest" has counted them. */
static void read_copies(const gt_twin *t, const gt_numbers *nearest, gt_near_copies *out) {
    char names[][GT_NUMBER_NAME] = {"copies_own_a", "copies_other_a", "copied_originals_a"};
    size_t *const counts[] = {&out->copies, &out->chance, &out->originals};
    *out = (gt_near_copies){.samples = (size_t)t->sweep->settings->samples,
                            .training = (size_t)t->size,
                            .unseen = (size_t)t->size};
    for (int i = 0; i < 3; i++) {
        names[i][strlen(names[i]) - 1] = gt_side_end(t->side);
        double count = gt_numbers_get(nearest, names[i]);
        if (isfinite(count))
            *counts[i] = (size_t)count;
        else
            out->samples = 0; /* an older sweep did not count them */
    }
}

/* What both models together tell, where it is known, and how many samples are copies. */
static gt_status read_likeness(const gt_twin *t, gt_judge_settings *settings, gt_error *err) {
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
    read_copies(t, &numbers, &settings->near);
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
                                 gt_cell_int((int64_t)gt_rows_judged(found, which))};
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

/* MOST_SIDE: copies and likeness show at a coarser size as well. */
enum { SPACES = 3, MOST_SIDE = 32 };

static const char *const spaces[SPACES] = {"pixels", "centred", "morphology"};

/* What cannot be judged has no verdict but for that of its copies, and the reason in its place.
 */
static gt_status say_without(const gt_twin *t, const char *space, const gt_near_copies *near,
                             const char *why, gt_numbers *out, char line[LINE], gt_error *err) {
    char text[GT_VERDICT_TEXT], words[GT_NUMBER_TEXT];
    gt_near_copies_text(near, text);
    snprintf(line, LINE, "%s: %.600s%sno %sverdict: %.300s\n", space, text, *text ? "; " : "",
             *text ? "other " : "", why);
    if (!*text) return GT_OK;
    return gt_numbers_put_text(out, verdict_words(GT_VERDICT_MEMORISES, words), err,
                               "verdict_%s_%c", space, gt_side_end(t->side));
}

/* Of one space. line: what a person reads. */
static gt_status judge_space(const gt_twin *t, const char *space, gt_table *table,
                             gt_numbers *out, char line[LINE], gt_error *err) {
    gt_status status = GT_OK;
    gt_judge_report report = {0};
    gt_error why = {0};
    char train[GT_TWINS_PATH], test[GT_TWINS_PATH], made[GT_TWINS_PATH];
    gt_judge_request request = {.sets = {{.path = train}, {.path = test}, {.path = made}},
                                .space = space,
                                .most_side = MOST_SIDE,
                                .knows_splits = true, /* rows that validate, in every subset */
                                .settings = gt_judge_defaults()};
    request.settings.seed = (uint64_t)t->sweep->settings->sample_seed;
    GT_TRY(read_likeness(t, &request.settings, err));
    GT_TRY(gt_twin_subset(t, train, err));
    GT_TRY(gt_real_rows(t->sweep, test, err));
    GT_TRY(gt_twin_samples(t, made, err));
    if (t->sweep->settings->samples < LEAST_ROWS)
        status = gt_fail(&why, GT_USAGE, "fewer than %d samples", LEAST_ROWS);
    else if (*test)
        status = gt_judge_sets(t->sweep->context, &request, &report, &why);
    else
        status = gt_fail(&why, GT_USAGE, "there are no rows that no model saw");
    if (status == GT_USAGE) {
        status = say_without(t, space, &request.settings.near, why.text, out, line, err);
        goto done;
    }
    if (status) GT_THROW(err, status, "%s", why.text);
    snprintf(line, LINE, "%s: %s\n", space, report.verdict);
    GT_TRY(append(table, space, &report.judgement, err));
    GT_TRY(put_numbers(t, space, &report.judgement, out, err));
done:
    gt_judge_report_free(&report);
    return status;
}

static gt_status write_text(const gt_twin *t, const char *text, gt_error *err) {
    char path[GT_TWINS_PATH], name[] = "verdict_a.txt";
    name[8] = gt_side_end(t->side);
    gt_status status = gt_twin_path(t, name, path, err);
    return status ? status : gt_outfile_save(path, text, strlen(text), err);
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
    char text[SPACES * LINE] = "";
    GT_TRY(gt_table_create(columns, sizeof columns / sizeof *columns, &table, err));
    for (int k = 0; k < SPACES; k++)
        GT_TRY(judge_space(t, spaces[k], table, out, text + strlen(text), err));
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
    .later = 1, /* shapes in flux; few training rows are no limit; centred */
    .needs = {"cosine", "nearest"},
    .grows = true,
    .run = judge,
    .shown = {"c_t_centred_a", "verdict_centred_a", "verdict_centred_b", "verdict_pixels_a"},
    .legend = "c_t_centred: far below 0, samples of A are nearer to what it learned from than "
              "unseen pictures are, brightness aside"};
