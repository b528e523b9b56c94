/* judge_figure.c - a judgement as a picture: each number beside what real rows score. */
#include <math.h>
#include <stdio.h>

#include "galatea/figure.h"
#include "judge.h"

/* What a number counts, and the range that all of its kind have; low = high: any. */
static const struct {
    const char *unit;
    double low, high;
} kinds[GT_JUDGES] = {
    [GT_JUDGE_FRECHET] = {"units\xc2\xb2", 0, 0},
    [GT_JUDGE_FRECHET_LIMIT] = {"units\xc2\xb2", 0, 0},
    [GT_JUDGE_KERNEL] = {NULL, 0, 0},
    [GT_JUDGE_ENERGY] = {"units", 0, 0},
    [GT_JUDGE_ENERGY_P] = {NULL, 0, 1},
    [GT_JUDGE_PRECISION] = {"share", 0, 1},
    [GT_JUDGE_RECALL] = {"share", 0, 1},
    [GT_JUDGE_DENSITY] = {"balls by k", 0, 0},
    [GT_JUDGE_COVERAGE] = {"share", 0, 1},
    [GT_JUDGE_AUTHENTICITY] = {"share", 0, 1},
    [GT_JUDGE_COPYING] = {"deviations", 0, 0},
    [GT_JUDGE_VENDI] = {"rows", 0, 0},
};

const char *gt_judge_counts(size_t rows, size_t compared, char text[GT_JUDGE_COUNTS_TEXT]) {
    if (rows == compared)
        snprintf(text, GT_JUDGE_COUNTS_TEXT, "%zu rows of each set", rows);
    else
        snprintf(text, GT_JUDGE_COUNTS_TEXT,
                 "%zu rows of test and generated (of all sets %zu for precision to coverage)",
                 compared, rows);
    return text;
}

gt_status gt_judge_draw(const char *path, const gt_judge_drawing *d, gt_error *err) {
    char names[GT_JUDGES][64], remarks[GT_JUDGES][16];
    gt_whisker all[GT_JUDGES * GT_JUDGE_DRAWN];
    gt_whisker_row rows[GT_JUDGES];
    GT_ASSERT(d->count <= GT_JUDGE_DRAWN);
    for (gt_judge j = 0; j < GT_JUDGES; j++) {
        const char *unit = kinds[j].unit;
        snprintf(names[j], sizeof names[j], "%s%s%s%s", gt_judge_title(j), unit ? " (" : "",
                 unit ? unit : "", unit ? ")" : "");
        snprintf(remarks[j], sizeof remarks[j], "%s is good", gt_judge_good(j));
        for (size_t s = 0; s < d->count; s++) {
            const gt_judged *own = &d->judged[s][j];
            all[(size_t)j * d->count + s] =
                (gt_whisker){own->value, own->low, own->high, own->real};
        }
        rows[j] = (gt_whisker_row){.name = names[j],
                                   .remark = remarks[j],
                                   .axis = {.low = kinds[j].low, .high = kinds[j].high},
                                   .of = all + (size_t)j * d->count};
    }
    const gt_whiskers whiskers = {GT_JUDGES, d->count, rows, d->names, "real", d->note};
    return gt_figure_whiskers(path, &(gt_figure){.provenance = d->provenance}, &whiskers, err);
}

gt_status gt_judge_figure(const gt_judge_report *report, const char *path, gt_error *err) {
    static const char *const names[] = {"generated"};
    const gt_judged *const judged[] = {report->judgement.judged};
    const gt_judgement *j = &report->judgement;
    char note[GT_JUDGE_SPACE_TEXT + 128], counts[GT_JUDGE_COUNTS_TEXT];
    snprintf(note, sizeof note, "%.80s, %s; lines are 95 %% intervals", report->space,
             gt_judge_counts(j->rows, j->compared, counts));
    return gt_judge_draw(path, &(gt_judge_drawing){1, judged, names, note, report->provenance},
                         err);
}
