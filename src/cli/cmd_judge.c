/* galatea judge: what a generator's samples are worth, beside what real pictures score. */
#include <math.h>

#include "cli.h"
#include "galatea/figure.h"
#include "galatea/interrupt.h"
#include "json.h"
#include "judge.h"
#include "shown.h"
#include "table.h"

typedef struct judge_settings {
    const char *train, *test, *generated, *second, *space, *out, *figure;
    int64_t neighbours, rows, permutations, seed;
    bool turns;
} judge_settings;

static const gt_option rows[] = {
    {"train", GT_TEXT_AT(judge_settings, train), NULL, "FILE",
     "what the model learned from: rows of split train, or all of a set without splits",
     .required = true, .path = GT_READS},
    {"test", GT_TEXT_AT(judge_settings, test), NULL, "FILE",
     "real ones that it never saw: all rows, or of the file of --train those of split test",
     .required = true, .path = GT_READS},
    {"generated", GT_TEXT_AT(judge_settings, generated), NULL, "FILE",
     "what it made, as `sample` writes it", .required = true, .path = GT_READS},
    {"second", GT_TEXT_AT(judge_settings, second), NULL, "FILE",
     "samples of another model, which learned other rows, from the same noise: as many "
     "pictures of the same shape; tells whether the first one generalises",
     .path = GT_READS},
    {"space", GT_TEXT_AT(judge_settings, space), NULL, "morphology|pixels|centred|codes:RUN",
     "what is compared: five coefficients of morphology, pixels, the same without mean and "
     "brightness (centred), or codes as the encoder of a run makes them; sets of codes are "
     "taken as they are (default: morphology)",
     .path = GT_READS},
    {"turns", GT_FLAG_AT(judge_settings, turns), NULL, NULL,
     "look for near copies in all eight ways to lay a picture, quarter turns too, in twice the "
     "time"},
    {"neighbours", GT_INT_AT(judge_settings, neighbours), "5", "K",
     "balls of precision, recall, density and coverage reach to the K-th neighbour", .min = 1,
     .max = 1000},
    {"rows", GT_INT_AT(judge_settings, rows), "10000", "N",
     "rows of each set that are compared at most; 0: all", .min = 0, .max = 1e9},
    {"permutations", GT_INT_AT(judge_settings, permutations), "999", "N",
     "of the test whether two samples are of one distribution", .min = 100, .max = 100000},
    {"seed", GT_INT_AT(judge_settings, seed), "1", "S",
     "of rows, subsets, permutations and cells", .min = 0, .max = 9e15},
    {"out", GT_TEXT_AT(judge_settings, out), NULL, "FILE",
     "table of the numbers, .fits or .csv", .path = GT_WRITES, .endings = GT_TABLE_ENDINGS},
    {"figure", GT_TEXT_AT(judge_settings, figure), NULL, "FILE",
     "picture of the numbers with their intervals beside those of real rows", .path = GT_WRITES,
     .endings = GT_FIGURE_ENDINGS},
};
static const gt_option_table table = GT_OPTION_TABLE("Options", rows);

static const char *real_text(const gt_judgement *j) {
    return j->real == GT_REAL_HELD_BACK
               ? "held-back test rows in place of generated ones"
               : "training rows beside test rows, of which too few are left to hold back";
}

static void print_number(const gt_judgement *j, gt_judge which) {
    const gt_judged *d = &j->judged[which];
    char interval[64] = "", value[32] = "-", real[32] = "-";
    if (!isnan(d->low)) snprintf(interval, sizeof interval, "%.3g to %.3g", d->low, d->high);
    if (!isnan(d->value)) snprintf(value, sizeof value, "%.4g", d->value);
    if (!isnan(d->real)) snprintf(real, sizeof real, "%.4g", d->real);
    printf("%-21s %10s  %-20s %10s  %-7s %s\n", gt_judge_title(which), value, interval, real,
           gt_judge_against(which), gt_judge_good(which));
}

static void print_likeness(const gt_judge_report *r, bool turns) {
    const gt_judge_likeness *l = &r->likeness;
    const gt_near_copies *near = &l->near;
    double low, value, high;
    if (!near->samples) return;
    printf("near copies: %zu of %zu", near->copies, near->samples);
    if (near->unseen) {
        gt_near_copies_excess(near, &low, &value, &high);
        printf(" samples of one of %zu training pictures, %zu of one of %zu test pictures: "
               "%.3g %% (%.3g to %.3g %%) beyond chance",
               near->training, near->chance, near->unseen, 100 * value, 100 * low, 100 * high);
    }
    printf(" (centred cosine above 0.98 with the nearest, mirrored%s ones too)\n",
           turns ? " and turned" : "");
    if (!isnan(l->cosine_second))
        printf("second model: cosine %.4f of pictures of the same noise, %.4f with the nearest "
               "of training\n",
               l->cosine_second, l->cosine_train);
}

static void print_text(const gt_judge_report *r, bool turns) {
    const gt_judgement *j = &r->judgement;
    char counts[GT_JUDGE_COUNTS_TEXT];
    printf("%s: %s, of %zu to learn from, %zu to test, %zu generated\n", gt_shown(r->space),
           gt_judge_counts(j->rows, j->compared, counts), j->train, j->test, j->generated);
    for (int s = 0; s < GT_JUDGE_SETS; s++)
        if (r->sets[s].lost)
            printf("%s: %s of %llu left out (%.3g %%)\n", gt_shown(r->sets[s].path),
                   gt_counted(r->sets[s].lost, "row"), (unsigned long long)r->sets[s].rows,
                   100.0 * (double)r->sets[s].lost / (double)r->sets[s].rows);
    printf("%-21s %10s  %-20s %10s  %-7s %s\n", "", "generated", "95 % interval", "real",
           "against", "good");
    for (gt_judge which = 0; which < GT_JUDGES; which++) print_number(j, which);
    printf("real: %s\n", real_text(j));
    printf("C_T: %zu of %zu cells, %zu without rows of a set; %.3g %% of pairs tie",
           j->copying.used, j->copying.cells, j->copying.empty, 100 * j->copying.ties);
    if (j->copying.used) printf("; nothing but copies score %.3g", j->copying.least);
    printf("%s\n", j->components ? "; in 64 principal components" : "");
    print_likeness(r, turns);
    printf("verdict: %s\n", r->verdict);
}

static void put_sets(gt_json *json, const gt_judge_report *r) {
    static const char *const names[] = {"train", "test", "generated"};
    const gt_judgement *j = &r->judgement;
    const size_t used[] = {j->train, j->test, j->generated};
    gt_json_array(json, "sets");
    for (int s = 0; s < GT_JUDGE_SETS; s++) {
        gt_json_object(json, NULL);
        gt_json_text(json, "set", names[s]);
        gt_json_text(json, "file", r->sets[s].path);
        gt_json_int(json, "rows", (int64_t)r->sets[s].rows);
        gt_json_int(json, "left_out", (int64_t)r->sets[s].lost);
        gt_json_int(json, "other_splits", (int64_t)r->sets[s].unlearned);
        gt_json_int(json, "used", (int64_t)used[s]);
        gt_json_real(json, "repeated_share", j->repeats[s]);
        gt_json_end(json);
    }
    gt_json_end(json);
}

static void put_numbers(gt_json *json, const gt_judgement *j) {
    gt_json_array(json, "judges");
    for (gt_judge which = 0; which < GT_JUDGES; which++) {
        const gt_judged *d = &j->judged[which];
        gt_json_object(json, NULL);
        gt_json_text(json, "judge", gt_judge_name(which));
        gt_json_real(json, "value", d->value);
        gt_json_real(json, "low", d->low);
        gt_json_real(json, "high", d->high);
        gt_json_real(json, "real", d->real);
        gt_json_text(json, "against", gt_judge_against(which));
        gt_json_text(json, "good", gt_judge_good(which));
        gt_json_end(json);
    }
    gt_json_end(json);
}

static void put_likeness(gt_json *json, const gt_judge_likeness *l) {
    double low, value, high;
    if (!l->near.samples) return;
    gt_near_copies_excess(&l->near, &low, &value, &high);
    gt_json_int(json, "pictures_looked_at", (int64_t)l->near.samples);
    gt_json_int(json, "near_copies", (int64_t)l->near.copies);
    gt_json_int(json, "near_copies_of_test", (int64_t)l->near.chance);
    gt_json_int(json, "near_copies_originals", (int64_t)l->near.originals);
    gt_json_int(json, "training_pictures_looked_at", (int64_t)l->near.training);
    gt_json_int(json, "test_pictures_looked_at", (int64_t)l->near.unseen);
    gt_json_real(json, "near_copies_excess", value);
    gt_json_real(json, "near_copies_excess_low", low);
    gt_json_real(json, "near_copies_excess_high", high);
    gt_json_real(json, "cosine_train", l->cosine_train);
    gt_json_real(json, "cosine_second", l->cosine_second);
}

static void put_verdict(gt_json *json, const gt_judge_report *r) {
    static const char *const words[] = {"memorises", "collapsed", "off", "generalises"};
    gt_json_array(json, "found");
    for (int i = 0; i < 4; i++)
        if (r->judgement.verdict >> i & 1) gt_json_text(json, NULL, words[i]);
    gt_json_end(json);
    gt_json_text(json, "verdict", r->verdict);
}

static gt_status print_json(const gt_judge_report *r, gt_error *err) {
    const gt_judgement *j = &r->judgement;
    gt_json json;
    gt_json_begin(&json, stdout, 2);
    gt_json_object(&json, NULL);
    gt_json_text(&json, "space", r->space);
    gt_json_int(&json, "rows", (int64_t)j->compared);
    gt_json_int(&json, "rows_of_balls", (int64_t)j->rows);
    gt_json_int(&json, "columns", (int64_t)j->columns);
    gt_json_int(&json, "neighbours", (int64_t)j->neighbours);
    gt_json_int(&json, "subsets", (int64_t)j->subsets);
    gt_json_text(&json, "real", j->real == GT_REAL_HELD_BACK ? "held-back test" : "train");
    put_sets(&json, r);
    put_numbers(&json, j);
    gt_json_int(&json, "cells", (int64_t)j->copying.cells);
    gt_json_int(&json, "cells_used", (int64_t)j->copying.used);
    gt_json_int(&json, "cells_empty", (int64_t)j->copying.empty);
    gt_json_real(&json, "tied_share", j->copying.ties);
    gt_json_real(&json, "c_t_of_copies", j->copying.least);
    gt_json_real(&json, "copied_share", j->copies);
    gt_json_real(&json, "leaked_share", j->leaked);
    gt_json_int(&json, "zero_balls_real", (int64_t)j->balls.zero_real);
    gt_json_int(&json, "zero_balls_generated", (int64_t)j->balls.zero_generated);
    put_likeness(&json, &r->likeness);
    put_verdict(&json, r);
    gt_json_end(&json);
    return gt_json_finish(&json, err);
}

static gt_judge_request request_of(const judge_settings *settings) {
    gt_judge_request request = {.sets = {{.path = settings->train},
                                         {.path = settings->test},
                                         {.path = settings->generated}},
                                .space = settings->space,
                                .second = settings->second,
                                .turns = settings->turns,
                                .settings = gt_judge_defaults()};
    request.settings.neighbours = (size_t)settings->neighbours;
    request.settings.rows = (size_t)settings->rows;
    request.settings.permutations = (size_t)settings->permutations;
    request.settings.seed = (uint64_t)settings->seed;
    return request;
}

static gt_status run(gt_call *call, gt_error *err) {
    const judge_settings *settings = call->settings;
    gt_status status = GT_OK;
    gt_judge_report report = {.provenance = NULL};
    gt_judge_request request = request_of(settings);
    GT_TRY(gt_interrupt_install(err));
    GT_TRY(gt_judge_sets(&call->context, &request, &report, err));
    if (settings->out) GT_TRY(gt_judge_table(&report, settings->out, err));
    if (settings->figure) GT_TRY(gt_judge_figure(&report, settings->figure, err));
    if (call->wants_json)
        GT_TRY(print_json(&report, err));
    else
        print_text(&report, settings->turns);
done:
    gt_judge_report_free(&report);
    return status;
}

static const char *const examples[] = {
    "galatea judge --train sky.h5 --test sky.h5 --generated samples.h5",
    "galatea judge --train a.h5 --test t.h5 --generated s.h5 --space codes:run",
    "galatea judge --train a.h5 --test t.h5 --generated s.h5 --space pixels --out judged.fits "
    "--figure judged.png",
    "galatea judge --train a_codes.h5 --test t_codes.h5 --generated s_codes.h5 --json", NULL};

const gt_command gt_command_judge = {
    .name = "judge",
    .summary = "judge a generator by its samples, beside what real pictures score",
    .description =
        "Twelve numbers of three sets: what the model learned from (of a set with splits the "
        "rows of split train), real ones that it never saw, and what it made. Each stands "
        "beside its 95 % interval and beside the same number for real rows in place of the "
        "generated ones, which is what perfection scores. As many rows of each set are "
        "compared as the smallest of those concerned has; copies are looked for in all "
        "training rows, and few of them limit the numbers against training rows alone.\n\n"
        "Against test: Frechet distance, its value for endlessly many rows (a line through "
        "those of fewer, so it may be below 0), kernel (one row far outside may be all of it) "
        "and energy distance; low is good. p of two samples, of the energy distance: near 0 "
        "the sets differ. Against training rows: precision (generated in the balls of real "
        "rows) and recall (real in those of generated ones), coverage (balls of real rows with "
        "a generated one), all good when high; density (balls over a generated row), good near "
        "that of real rows; authenticity, low where rows are nearer to a training row than its "
        "own neighbour is. Against both: C_T, near 0 is good, far below copies, far above is "
        "far from training. The Vendi score, the effective number of different rows, is of the "
        "generated set alone; of morphology it is always near 1, as all rows point one way.\n\n"
        "The verdict goes by stated thresholds. memorises: C_T below -3 (or, where rows are so "
        "few that nothing but copies would score less than twice as far below 0, below half of "
        "that with its interval below 0), or authenticity below that of real rows by more than "
        "the intervals of both allow, or near copies: samples whose nearest picture of all "
        "training and test pictures is nearly the same (centred cosine above 0.98) and of "
        "training more often than its share of both has it, by more than 2 % of all samples at "
        "the lower end of the interval (Wilson's, samples of one picture told once). Blurred "
        "samples are near to many pictures, to those of training no more than to others. "
        "collapsed: recall or coverage below half of that of real rows (not asked where real "
        "rows repeat each other). off the distribution: p below 0.01 and a Frechet distance "
        "above three times that of real rows. generalises takes none of these and --second, "
        "whose samples are nearer to the first's than those are to training (cosines of "
        "pictures without their means). Where more than half of the test rows equal training "
        "rows, or test rows cover less than half of what rows of the same kind would, it "
        "cannot tell. It says what speaks against a finding.\n\n"
        "Of morphology, galaxies that cannot be measured well (column flag of galatea morph, "
        "of all measurements, above 1) are left out and counted; each coefficient is in units "
        "of its deviation over test. As galatea morph does, a stretch that the sets record is "
        "undone first, unless one of them does not tell its way back to flux, which is "
        "said.\n\n"
        "Known limits: distances of pixels favour blur. Copies that are mirrored or turned are "
        "none to the numbers and the verdict; near copies, counted apart among the first 1,000 "
        "pictures, see mirrored ones, and those of quarter turns with --turns. Every judge "
        "depends on the encoder: of what it does not see no number tells. Intervals are of the "
        "rows, not of another training. C_T grows with the root of the rows of test and "
        "generated in a cell, and there are up to 20 cells, one for each 50 training rows: "
        "what nothing but copies would score is printed, about -39 with 1,000 rows each and a "
        "single cell, -9 with 20 cells, -4 with 200 rows and 20 cells. Of pixels it does not "
        "see copies at another brightness, of which a fifth is enough to hide them; --space "
        "centred takes mean and brightness out of every picture. Pictures that are blurred are "
        "nearer to all others, and C_T may be low without copies: where none are seen the "
        "verdict says so. A model may pass all of them and still be wrong. Frechet distances "
        "with fewer rows than numbers in a row are mostly made of their count. C_T by these "
        "cells is not comparable with that of programs with other ones. Time grows with the "
        "square of the rows, and with thousands of numbers in a row also with the cube of rows "
        "or numbers, whichever are fewer: --rows bounds it.",
    .usage = "",
    .table = &table,
    .settings_size = sizeof(judge_settings),
    .examples = examples,
    .has_json = true,
    .has_threads = true,
    .meets_sets = true,
    .run = run};
