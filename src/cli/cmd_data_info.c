/* galatea data info: what a set of pictures or codes holds. */
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "about.h"
#include "cli.h"
#include "file.h"
#include "galatea/interrupt.h"
#include "galatea/log.h"
#include "json.h"
#include "progress.h"
#include "run_info.h"
#include "shown.h"
#include "summary_json.h"

typedef struct info_settings {
    const char *format, *subset, *dataset, *axes;
} info_settings;

static const gt_option rows[] = {
    {"format", GT_TEXT_AT(info_settings, format), NULL, "NAME",
     "as for data import; by default the file tells"},
    {"subset", GT_TEXT_AT(info_settings, subset), NULL, "NAME", "as for data import"},
    {"dataset", GT_TEXT_AT(info_settings, dataset), NULL, "PATH",
     "where the pictures or codes are in an HDF5 file"},
    {"axes", GT_CHOICE_AT(info_settings, axes), "auto", "ORDER", "as for data import",
     .choices = "auto|nchw|nhwc"},
};
static const gt_option_table table = GT_OPTION_TABLE("Options", rows);

static gt_status tick(void *user, uint64_t done, uint64_t total, gt_error *err) {
    (void)total;
    gt_progress_update(user, (int64_t)done, NULL);
    return gt_interrupt_pending() ? gt_fail(err, GT_INTERRUPTED, "interrupted") : GT_OK;
}

/* The format that the first bytes, or the names in a folder, tell. */
static gt_status guess_format(const char *path, const char **format, gt_error *err) {
    if (gt_thing_of(path) == GT_THING_CLASSIFIERS)
        return gt_fail(err, GT_USAGE,
                       "%s: fitted classifiers, no data set; galatea classify --load uses them",
                       path);
    if (gt_thing_of(path) == GT_THING_LATENTS)
        return gt_fail(
            err, GT_USAGE,
            "%s: latents, no data set; galatea info tells of them, and galatea sample "
            "--from-latents makes pictures of them",
            path);
    return gt_importer_guess(path, format, err);
}

/* ---- for people ---- */

static void print_real(double value) {
    char text[32];
    snprintf(text, sizeof text, "%.6g", value);
    gt_print_shown(text);
}

static void print_channels(const gt_summary *s) {
    for (size_t c = 0; c < s->channel_count; c++) {
        printf("\nchannel    %zu: mean ", c + 1);
        print_real(s->channel_mean[c]);
        printf(", deviation ");
        print_real(s->channel_deviation[c]);
    }
}

static void print_range(const gt_summary *s) {
    char stretch[GT_STRETCH_TEXT];
    if (!gt_range_is_declared(s->range)) {
        if (!s->is_codes && !s->is_bytes)
            printf("\nrange      not declared (value_min, value_max)");
        return;
    }
    printf("\nrange      ");
    print_real(s->range.low);
    printf(" to ");
    print_real(s->range.high);
    gt_stretch_text(s->range.stretch, stretch);
    if (s->unit) printf(" ");
    if (s->unit) gt_print_shown(s->unit);
    if (s->range.stretch.curve != GT_CURVE_LINEAR) printf(", stretch %s", stretch);
}

static void print_values(const gt_summary *s) {
    printf("values     ");
    print_real(s->least);
    printf(" to ");
    print_real(s->most);
    printf(", mean ");
    print_real(s->mean);
    printf(", deviation ");
    print_real(s->deviation);
    print_channels(s);
    print_range(s);
    printf("\n%-11s", s->is_codes ? "bad" : "bad pixels");
    if (s->bad_pictures == 0)
        printf("none");
    else
        printf("%" PRIu64 " NaN, %" PRIu64 " infinite, %" PRIu64
               " beyond 1e18 in %s, the first is ",
               s->faults.nan, s->faults.infinite, s->faults.huge,
               gt_counted(s->bad_pictures, "row"));
    gt_print_shown(s->first_bad);
    printf("\nconstant   ");
    if (s->constant_pictures == 0)
        printf("none");
    else
        printf("%s, the first is ", gt_counted(s->constant_pictures, "row"));
    gt_print_shown(s->first_constant);
    putchar('\n');
}

/* Classes with rows by their number, then the names that no row has. */
static void print_classes(const gt_summary *s) {
    size_t listed = 0, empty = 0;
    if (!(s->columns & GT_COLUMN_LABEL)) return;
    printf("classes    ");
    for (size_t i = 0; i < s->class_count; i++) {
        if (s->class_rows[i] == 0) continue;
        printf("%s", listed++ ? ", " : "");
        gt_print_shown(s->class_names[i]);
        printf(": %" PRIu64, s->class_rows[i]);
    }
    if (s->unlisted > 0) printf(", others: %" PRIu64, s->unlisted);
    if (s->unlabelled > 0) printf("%swithout: %" PRIu64, listed++ ? ", " : "", s->unlabelled);
    for (size_t i = 0; i < s->class_count; i++) {
        if (s->class_rows[i] > 0) continue;
        printf("%s", empty++ ? ", " : listed ? "; no rows: " : "no rows: ");
        gt_print_shown(s->class_names[i]);
    }
    putchar('\n');
}

static void print_facts(const gt_summary *s) {
    gt_print_fact("survey", s->survey);
    gt_print_fact("collection", s->collection);
    if (!isnan(s->pixel_scale_arcsec)) {
        printf("scale      ");
        print_real(s->pixel_scale_arcsec);
        printf(" arcsec per pixel\n");
    }
    gt_print_fact("bands", s->bands);
    gt_print_fact("prepared", s->preparation);
    gt_print_fact("model", s->model);
    gt_print_fact("learned", s->learned_from);
    gt_print_record(s->provenance);
}

/* "  name  real  0.1 to 2 mag, 3 missing: what it is (UCD)". */
static void print_column(const gt_field *field, const gt_column_summary *c) {
    printf("  ");
    gt_print_shown(field->name);
    printf(": %s", gt_field_type_name(field->type));
    if (!isnan(c->low) && field->type == GT_FIELD_INTEGER) {
        printf(", %" PRId64 " to %" PRId64, c->least, c->most);
    } else if (!isnan(c->low)) {
        printf(", ");
        print_real(c->low);
        printf(" to ");
        print_real(c->high);
    }
    if (field->unit != NULL) {
        printf(" ");
        gt_print_shown(field->unit);
    }
    if (c->missing > 0) printf(", %" PRIu64 " missing", c->missing);
    if (field->description != NULL) {
        printf(": ");
        gt_print_shown(field->description);
    }
    if (field->ucd != NULL) {
        printf(" (");
        gt_print_shown(field->ucd);
        printf(")");
    }
    putchar('\n');
}

static void print_columns(const gt_summary *s) {
    size_t count = gt_summary_columns(s);
    gt_field field;
    gt_column_summary c;
    printf("columns   ");
    for (size_t i = 0; i < count; i++) {
        gt_summary_column(s, i, &field, &c);
        printf(" ");
        gt_print_shown(field.name);
    }
    printf(count ? "\n" : " none\n");
    for (size_t i = 0; i < count; i++) {
        gt_summary_column(s, i, &field, &c);
        print_column(&field, &c);
    }
}

static void print_plain(const gt_summary *s, const char *path) {
    gt_print_shown(path);
    printf(": %s, ", gt_counted(s->count, s->is_codes ? "code" : "image"));
    if (s->is_codes)
        printf("%s, %s\n", gt_counted(s->channels, "number"), s->type);
    else
        printf("%zu x %zu x %zu %s%s\n", s->channels, s->height, s->width, s->type,
               s->has_other_sizes ? " (the first; others differ)" : "");
    print_values(s);
    print_classes(s);
    if (s->columns & GT_COLUMN_SPLIT)
        printf("split      %" PRIu64 " train, %" PRIu64 " test, %" PRIu64 " validation\n",
               s->split_rows[0], s->split_rows[1], s->split_rows[2]);
    if (s->planes != 0)
        printf("planes    %s%s\n", s->planes & GT_PLANE_MASK ? " mask" : "",
               s->planes & GT_PLANE_IVAR ? " ivar" : "");
    print_columns(s);
    print_facts(s);
}

/* ---- for programs ---- */

static gt_status print_json(const gt_summary *s, const char *path, gt_error *err) {
    gt_json json;
    gt_json_begin(&json, stdout, 2);
    gt_summary_json(s, path, &json);
    return gt_json_finish(&json, err);
}

static void remark(const char *path, char *notes) {
    for (char *line; (line = strsep(&notes, "\n")) != NULL;)
        if (*line != 0) gt_remark("%s: %s", path, line);
}

static gt_status run(gt_call *call, gt_error *err) {
    const info_settings *settings = call->settings;
    gt_status status = GT_OK;
    const gt_importer *importer;
    const char *path = call->words[0], *format = settings->format;
    const gt_source_request request = {path, settings->subset, settings->dataset,
                                       settings->axes};
    gt_summary summary = {0};
    gt_progress progress = gt_progress_start(call->is_quiet ? -1 : 2, 0, "pictures");
    if (format != NULL && gt_importer_find(format, &importer, err) != GT_OK) return GT_USAGE;
    GT_TRY(gt_interrupt_install(err));
    if (format == NULL && gt_run_info_applies(path)) {
        GT_TRY(gt_run_info_print(path, call->wants_json, err));
        goto done;
    }
    if (format == NULL) GT_TRY(guess_format(path, &format, err));
    GT_TRY(gt_summary_read(format, &request, tick, &progress, &summary, err));
    gt_progress_clear(&progress);
    remark(path, summary.notes);
    if (call->wants_json)
        GT_TRY(print_json(&summary, path, err));
    else
        print_plain(&summary, path);
done:
    gt_progress_finish(&progress);
    gt_summary_destroy(&summary);
    return status;
}

static const char *const examples[] = {
    "galatea data info set.h5",
    "galatea data info --format mirabest MiraBest_F_batches.tar.gz --json", NULL};

const gt_command gt_command_data_info = {
    .name = "data info",
    .summary = "tell what a data set holds",
    .description =
        "Reads FILE once and tells how many pictures or codes it holds, their shape and type, "
        "range, mean and deviation, of several channels also each, the range that it declares "
        "(value_min, value_max), pixels that are NaN, infinite or beyond 1e18, rows of one "
        "value everywhere, classes and splits with their counts, ids in two splits, and where "
        "the set comes from. FILE is a data set of Galatea, any other HDF5 file with pictures "
        "or codes, a PNG file, a folder of them, or with --format whatever data import reads. "
        "Of a run folder or its weights it tells the model, what it takes and what it learned "
        "from.",
    .usage = "FILE",
    .min_words = 1,
    .max_words = 1,
    .word_path = GT_READS,
    .table = &table,
    .settings_size = sizeof(info_settings),
    .examples = examples,
    .has_json = true,
    .run = run};
