/* galatea corner: columns of tables of several sets beside those of a first one. */
#include <inttypes.h>
#include <math.h>

#include "cli.h"
#include "corner.h"
#include "galatea/interrupt.h"
#include "json.h"
#include "shown.h"
#include "table.h"

static const gt_option rows[] = {
    {"columns", GT_TEXT_AT(gt_corner_settings, columns), NULL, "NAME,...",
     "columns to compare; else concentration, asymmetry, smoothness, gini and m20"},
    {"by", GT_TEXT_AT(gt_corner_settings, by), NULL, "COLUMN",
     "column of few values, as class: the rows of each are a set (default: set, where there is "
     "such a column)"},
    {"bins", GT_INT_AT(gt_corner_settings, bins), "20", "N", "bins of each column", .min = 2,
     .max = 200},
    {"smooth", GT_REAL_AT(gt_corner_settings, smoothing), "0.8", "X",
     "deviation, in bins, by which contours of 10000 rows are smoothed, those of fewer by the "
     "sixth root more; 0: not at all",
     .min = 0, .max = 10},
    {"out", GT_TEXT_AT(gt_corner_settings, out), NULL, "FILE",
     "table of the numbers, .fits or .csv", .path = GT_WRITES, .endings = GT_TABLE_ENDINGS},
    {"figure", GT_TEXT_AT(gt_corner_settings, figure), NULL, "FILE",
     "corner figure, .png, .pdf or .svg", .path = GT_WRITES, .endings = GT_FIGURE_ENDINGS},
};
static const gt_option_table table = GT_OPTION_TABLE("Options", rows);

static double percent(size_t part, size_t of) {
    return of ? 100 * (double)part / (double)of : 0;
}

static void print_rows(const gt_corner *c) {
    for (size_t s = 0; s < c->set_count; s++) {
        const gt_corner_source *set = &c->sets[s];
        printf("%s: %zu of %s, %.2f %% left out", gt_shown(set->name), set->count,
               gt_counted(set->rows, "row"), percent(set->flagged + set->lost, set->rows));
        if (set->flagged + set->lost)
            printf(" (%zu flagged, %zu without a number)", set->flagged, set->lost);
        if (set->count < GT_CORNER_FEW)
            printf("; %s", set->count ? "too few for contours" : "not in the figure");
        printf("\n");
    }
}

static void print_text(const gt_corner *c) {
    print_rows(c);
    for (size_t i = 0; i < c->column_count; i++) {
        printf("%-24s %10s %10s %10s %10s %10s %8s %8s\n", gt_shown(c->columns[i]), "mean",
               "sd", "16 %", "50 %", "84 %", "W1/sd", "outside");
        for (size_t s = 0; s < c->set_count; s++) {
            const gt_corner_part *part = &c->sets[s].parts[i];
            printf("  %-22s %10.4g %10.4g %10.4g %10.4g %10.4g %8.3g %7.2f%%\n",
                   gt_shown(c->sets[s].name), part->of.mean, part->of.sd, part->of.low,
                   part->of.mid, part->of.high, part->w1, 100 * part->outside);
        }
    }
    printf("W1/sd: Wasserstein distance to %s, in its standard deviations; outside: beyond the "
           "window of the figure\n",
           gt_shown(c->sets[0].name));
    if (*c->note) printf("%s\n", gt_shown(c->note));
}

static void json_part(gt_json *json, const gt_corner *c, size_t s, size_t i) {
    const gt_corner_part *part = &c->sets[s].parts[i];
    gt_json_object(json, NULL);
    gt_json_text(json, "column", c->columns[i]);
    gt_json_real(json, "mean", part->of.mean);
    gt_json_real(json, "sd", part->of.sd);
    gt_json_real(json, "q16", part->of.low);
    gt_json_real(json, "q50", part->of.mid);
    gt_json_real(json, "q84", part->of.high);
    gt_json_real(json, "w1_in_sd", part->w1);
    gt_json_real(json, "outside", part->outside);
    if (i == c->smoothness) gt_json_int(json, "below_8_pixels", (int64_t)part->small);
    gt_json_end(json);
}

static gt_status print_json(const gt_corner *c, gt_error *err) {
    gt_json json;
    gt_json_begin(&json, stdout, 2);
    gt_json_object(&json, NULL);
    gt_json_array(&json, "windows");
    for (size_t i = 0; i < c->column_count; i++) {
        gt_json_object(&json, NULL);
        gt_json_text(&json, "column", c->columns[i]);
        gt_json_real(&json, "low", c->windows[i].low);
        gt_json_real(&json, "high", c->windows[i].high);
        gt_json_bool(&json, "is_widened", c->is_constant[i]);
        gt_json_end(&json);
    }
    gt_json_end(&json);
    gt_json_array(&json, "sets");
    for (size_t s = 0; s < c->set_count; s++) {
        const gt_corner_source *set = &c->sets[s];
        gt_json_object(&json, NULL);
        gt_json_text(&json, "name", set->name);
        gt_json_text(&json, "file", set->path);
        gt_json_int(&json, "rows", (int64_t)set->rows);
        gt_json_int(&json, "used", (int64_t)set->count);
        gt_json_int(&json, "flagged", (int64_t)set->flagged);
        gt_json_int(&json, "not_finite", (int64_t)set->lost);
        gt_json_array(&json, "columns");
        for (size_t i = 0; i < c->column_count; i++) json_part(&json, c, s, i);
        gt_json_end(&json);
        gt_json_end(&json);
    }
    gt_json_end(&json);
    gt_json_end(&json);
    return gt_json_finish(&json, err);
}

static gt_status run(gt_call *call, gt_error *err) {
    gt_status status = GT_OK;
    gt_corner found = {0};
    GT_TRY(gt_interrupt_install(err));
    GT_TRY(gt_corner_compare(&call->context, call->words, call->word_count, call->settings,
                             &found, err));
    if (call->wants_json)
        GT_TRY(print_json(&found, err));
    else
        print_text(&found);
done:
    gt_corner_free(&found);
    return status;
}

static const char *const examples[] = {
    "galatea corner test.fits diffusion.fits glow.fits gan.fits --figure corner.pdf",
    "galatea corner shapes.fits --figure corner.png",
    "galatea corner shapes.fits --by class --figure classes.png",
    "galatea corner test=a.fits 'N = 1e5=b.fits' 'N = 1e3=c.fits' --out corner.csv",
    "galatea corner sizes.csv others.csv --columns size,log_density --json",
    NULL};

const gt_command gt_command_corner = {
    .name = "corner",
    .summary = "compare columns of tables, as morphology of generated and real images",
    .description =
        "FILE is a table, FITS or CSV; the first one is that of real images, with which the "
        "others are compared. A table whose column `set` has several values, as `galatea "
        "morph` writes it of several data sets, gives a set for each, called by it, in the "
        "order of its rows; --by takes another column for that, so that one set is split by "
        "class or flag. Rows count that have a number in every column and, where there is a "
        "column `flag`, one of at most 1; the share that does not is told for each set. -99 "
        "stands for no measurement in columns of morphology, and 0 in the column smoothness "
        "for a source below 8 pixels, of which it cannot be measured: how many there are is "
        "told, and its density without them is drawn dashed.\n\n"
        "The figure has a density of each column on its diagonal and below it the columns "
        "against each other, with contours that hold 12, 39, 68 and 86 % of a set (0.5 to 2 "
        "deviations of a normal distribution in the plane; sets of fewer than 50 rows show "
        "points). Its windows are the middle 99 % of the first set, widened by a tenth at "
        "either end; what lies outside counts in densities and contours all the same.\n\n"
        "The first set is red, those called diffusion blue, Glow green, GAN cyan; NAME stands "
        "in the legend.",
    .usage = "[NAME=]FILE...",
    .min_words = 1,
    .max_words = GT_CORNER_SETS,
    .word_path = GT_READS,
    .table = &table,
    .settings_size = sizeof(gt_corner_settings),
    .examples = examples,
    .has_json = true,
    .run = run};
