/* galatea reconstruct RUN: images through the model and back, beside the originals. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "galatea/interrupt.h"
#include "galatea/json.h"
#include "mismatch.h"
#include "network_arguments.h"
#include "provenance.h"
#include "run_use.h"
#include "sheet.h"
#include "shown.h"

typedef struct reconstruct_settings {
    const char *data, *out, *split, *colours;
    int64_t count, columns, batch;
    bool exact;
} reconstruct_settings;

static const gt_option rows[] = {
    {"data", GT_TEXT_AT(reconstruct_settings, data), NULL, "FILE", "data set with images",
     .required = true, .path = GT_READS},
    {"out", GT_TEXT_AT(reconstruct_settings, out), NULL, "FILE.png", "sheet to draw",
     .required = true, .path = GT_WRITES, .endings = "png"},
    {"count", GT_INT_AT(reconstruct_settings, count), "16", "N", "images, from the first on",
     .min = 1, .max = 65536},
    {"split", GT_CHOICE_AT(reconstruct_settings, split), "auto", "NAME",
     "which rows: of a split, all, or the test rows of a set that has some",
     .choices = "auto|any|train|test|validation"},
    {"columns", GT_INT_AT(reconstruct_settings, columns), "8", "N", "pictures side by side",
     .min = 1, .max = 256},
    {"colours", GT_CHOICE_AT(reconstruct_settings, colours), "heat", "NAME",
     "colours of pictures with one channel", .choices = "gray|heat"},
    {"batch", GT_INT_AT(reconstruct_settings, batch), "0", "N", "images at once; 0: chosen",
     .min = 0, .max = 4096},
    {"exact", GT_FLAG_AT(reconstruct_settings, exact), NULL, NULL,
     "no fast convolutions with larger rounding"},
};
static const gt_option_table table = GT_OPTION_TABLE("Options", rows);

/* What was chosen and what came of it; pictures are (count,C,H,W), values 0..255. */
typedef struct comparison {
    gt_run *run;
    gt_dataset *data;
    gt_user *user;
    uint64_t *rows;
    size_t count, values;
    float *inputs, *outputs;
} comparison;

/* ---- choosing rows ------------------------------------------------------------------------
 */

static bool has_split(const uint8_t *splits, uint64_t count, int split) {
    for (uint64_t i = 0; i < count; i++)
        if (splits[i] == split) return true;
    return false;
}

static int split_number(const char *name) {
    if (strcmp(name, "train") == 0) return GT_SPLIT_TRAIN;
    if (strcmp(name, "test") == 0) return GT_SPLIT_TEST;
    return strcmp(name, "validation") == 0 ? GT_SPLIT_VALIDATION : -1;
}

static gt_status choose_rows(comparison *c, const reconstruct_settings *settings,
                             gt_error *err) {
    gt_status status = GT_OK;
    const gt_dataset_info *info = gt_dataset_describe(c->data);
    const uint8_t *splits = NULL;
    int wanted = split_number(settings->split);
    if (wanted >= 0 || (info->columns & GT_COLUMN_SPLIT))
        GT_TRY(gt_dataset_splits(c->data, &splits, err));
    if (strcmp(settings->split, "auto") == 0 && splits &&
        has_split(splits, info->count, GT_SPLIT_TEST))
        wanted = GT_SPLIT_TEST;
    c->rows = malloc((size_t)settings->count * sizeof *c->rows);
    if (!c->rows) GT_THROW(err, GT_NO_MEMORY, "no memory for a list of rows");
    for (uint64_t i = 0; i < info->count && c->count < (size_t)settings->count; i++)
        if (wanted < 0 || splits[i] == wanted) c->rows[c->count++] = i;
    if (c->count == 0)
        GT_THROW(err, GT_BAD_ARGUMENT, "%s has no rows in split %s", settings->data,
                 settings->split);
done:
    return status;
}

/* ---- computing ----------------------------------------------------------------------------
 */

static gt_status reconstruct_rows(comparison *c, size_t first, size_t count, gt_error *err) {
    gt_status status = GT_OK;
    const float *output = NULL;
    float *in = c->inputs + first * c->values, *out = c->outputs + first * c->values;
    GT_TRY(gt_dataset_read_rows(c->data, c->rows + first, count, in, err));
    for (size_t i = 0; i < count; i++)
        GT_TRY(gt_use_check_pixels(gt_dataset_path(c->data), c->rows[first + i], 1, c->values,
                                   in + i * c->values, err));
    GT_TRY(gt_user_run(c->user, in, count, 0, first, &output, err));
    GT_TRY(gt_model_paint(gt_run_model(c->run), output, (int64_t)count, NULL, out, err));
done:
    return status;
}

static gt_status reconstruct_all(comparison *c, const gt_call *call, gt_error *err) {
    const reconstruct_settings *settings = call->settings;
    gt_status status = GT_OK;
    int64_t batch = gt_use_batch(settings->batch, gt_run_model(c->run));
    gt_progress progress = gt_call_progress(call, (int64_t)c->count, "reconstructing");
    c->values = gt_dataset_row_values(gt_dataset_describe(c->data));
    c->inputs = malloc(c->count * c->values * sizeof *c->inputs);
    c->outputs = malloc(c->count * c->values * sizeof *c->outputs);
    if (!c->inputs || !c->outputs)
        GT_THROW(err, GT_NO_MEMORY, "no memory for %zu images", c->count);
    GT_TRY(gt_user_create(c->run,
                          &(gt_use_options){.use = GT_USE_RECONSTRUCT,
                                            .batch = batch,
                                            .threads = (int)call->threads,
                                            .exact = settings->exact},
                          &c->user, err));
    for (size_t at = 0; at < c->count; at += (size_t)batch) {
        size_t left = c->count - at;
        if (gt_interrupt_pending())
            GT_THROW(err, GT_INTERRUPTED, "interrupted, no file written");
        GT_TRY(reconstruct_rows(c, at, left < (size_t)batch ? left : (size_t)batch, err));
        gt_progress_update(&progress, (int64_t)(c->count - left), NULL);
    }
done:
    gt_progress_finish(&progress);
    return status;
}

/* Peak signal-to-noise ratio of one picture in dB, 10 log10(255^2 / mean square difference). */
static double psnr(const float *a, const float *b, size_t count) {
    double sum = 0;
    for (size_t i = 0; i < count; i++) sum += ((double)a[i] - b[i]) * ((double)a[i] - b[i]);
    return 10 * log10(255.0 * 255.0 * (double)count / sum);
}

/* ---- showing ------------------------------------------------------------------------------
 */

/* Rows of inputs alternate with rows of outputs; a last row that is not full ends in black. */
static gt_status draw(const comparison *c, const gt_call *call, gt_error *err) {
    const reconstruct_settings *settings = call->settings;
    gt_status status = GT_OK;
    char *provenance = NULL;
    const char *const inputs[] = {settings->data, gt_run_path_of(c->run), NULL};
    size_t columns =
        (size_t)settings->columns < c->count ? (size_t)settings->columns : c->count;
    size_t lines = (c->count + columns - 1) / columns;
    float *all = calloc(2 * lines * columns * c->values, sizeof *all);
    if (!all) GT_THROW(err, GT_NO_MEMORY, "no memory for a sheet of %zu images", 2 * c->count);
    for (size_t i = 0; i < c->count; i++) {
        float *place = all + (2 * (i / columns) * columns + i % columns) * c->values;
        memcpy(place, c->inputs + i * c->values, c->values * sizeof *all);
        memcpy(place + columns * c->values, c->outputs + i * c->values,
               c->values * sizeof *all);
    }
    GT_TRY(gt_provenance_make(&call->invocation, inputs, &provenance, err));
    GT_TRY(gt_sheet_write(settings->out, c->run, 2 * lines * columns, columns,
                          settings->colours, all, provenance, err));
done:
    free(provenance);
    free(all);
    return status;
}

static gt_status tell(const comparison *c, const gt_call *call, gt_error *err) {
    const reconstruct_settings *settings = call->settings;
    double sum = 0, low = INFINITY, high = -INFINITY;
    for (size_t i = 0; i < c->count; i++) {
        double one = psnr(c->inputs + i * c->values, c->outputs + i * c->values, c->values);
        sum += one;
        low = fmin(low, one);
        high = fmax(high, one);
    }
    if (call->wants_json) {
        gt_json json;
        gt_json_begin(&json, stdout, 2);
        gt_json_object(&json, NULL);
        gt_json_int(&json, "images", (int64_t)c->count);
        gt_json_real(&json, "psnr_mean", sum / (double)c->count);
        gt_json_real(&json, "psnr_lowest", low);
        gt_json_real(&json, "psnr_highest", high);
        gt_json_text(&json, "sheet", settings->out);
        gt_json_end(&json);
        return gt_json_finish(&json, err);
    }
    if (!call->is_quiet)
        printf("%s: %s over %s, PSNR %.2f dB (%.2f to %.2f)\n", gt_shown(settings->out),
               gt_counted(c->count, "image"),
               c->count == 1 ? "its reconstruction" : "their reconstructions",
               sum / (double)c->count, low, high);
    return GT_OK;
}

static gt_status run(gt_call *call, gt_error *err) {
    const reconstruct_settings *settings = call->settings;
    gt_status status = GT_OK;
    comparison c = {0};
    GT_TRY(gt_interrupt_install(err));
    GT_TRY(
        gt_network_open_run(&call->context, call->words[0], settings->data, NULL, &c.run, err));
    GT_TRY(gt_dataset_open(settings->data, &c.data, err));
    GT_TRY(gt_use_check_images(c.run, c.data, err));
    const gt_sight learned = {call->words[0], gt_run_imaging(c.run)};
    const gt_sight seen = {settings->data, gt_imaging_of(gt_dataset_describe(c.data))};
    GT_TRY(gt_mismatch_check(&call->context, &learned, &seen, 1, "", err));
    GT_TRY(choose_rows(&c, settings, err));
    GT_TRY(reconstruct_all(&c, call, err));
    GT_TRY(draw(&c, call, err));
    GT_TRY(tell(&c, call, err));
done:
    gt_user_destroy(c.user);
    gt_dataset_close(c.data);
    gt_run_close(c.run);
    free(c.rows);
    free(c.inputs);
    free(c.outputs);
    return status;
}

static const char *const examples[] = {
    "galatea reconstruct run --data set.h5 --count 16 --out rec.png",
    "galatea reconstruct run --data set.h5 --split train --columns 4 --out rec.png", NULL};

const gt_command gt_command_reconstruct = {
    .name = "reconstruct",
    .summary = "send images through a trained model and back",
    .description =
        "Draws a sheet with rows of images over rows of their reconstructions, made without "
        "chance from the means of all latent layers, and tells the peak signal-to-noise ratio "
        "(255 being the peak): its mean over the images, the lowest and the "
        "highest.\n\n" GT_NETWORK_HELP,
    .usage = "RUN",
    .min_words = 1,
    .max_words = 1,
    .word_path = GT_READS,
    .table = &table,
    .settings_size = sizeof(reconstruct_settings),
    .examples = examples,
    .has_json = true,
    .has_threads = true,
    .meets_sets = true,
    .takes_weights = true,
    .run = run};
