/* queries.c - from FILE:ROWS to codes. */
#include "queries.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "encoder.h"
#include "file.h"
#include "galatea/image.h"
#include "galatea/import.h"
#include "galatea/interrupt.h"
#include "importer.h"
#include "network.h"
#include "row_list.h"
#include "sheet.h"
#include "text.h"

enum { MOST_QUERIES = 1000000 };

/* ---- FILE:ROWS ------------------------------------------------------------------------------
 */

static bool exists(const char *path) {
    struct stat info;
    return stat(path, &info) == 0;
}

/* A file of the whole name comes first; else what follows the last colon are rows. */
static gt_status split_text(const char *text, gt_queries *q, const char **rows, gt_error *err) {
    const char *colon = strrchr(text, ':');
    bool has_rows = !exists(text) && colon && colon > text;
    size_t length = has_rows ? (size_t)(colon - text) : strlen(text);
    *rows = has_rows ? colon + 1 : NULL;
    if (has_rows && !**rows)
        return gt_fail(err, GT_USAGE, "query %s: expected FILE, FILE:ROWS or FILE:ID", text);
    if (length >= sizeof q->path)
        return gt_fail(err, GT_USAGE, "query: a name of %zu bytes is too long", length);
    snprintf(q->path, sizeof q->path, "%.*s", (int)length, text);
    return GT_OK;
}

static bool are_rows(const char *text) {
    return strspn(text, "0123456789,-") == strlen(text);
}

/* The rows of an object, by its name. */
static gt_status find_id(gt_queries *q, const char *id, gt_error *err) {
    gt_status status = GT_OK;
    const gt_dataset_info *info = gt_dataset_describe(q->data);
    const char *ids = NULL;
    size_t width = info->id_length + 1;
    if (info->columns & GT_COLUMN_ID) GT_TRY(gt_dataset_ids(q->data, &ids, err));
    q->rows = malloc(info->count * sizeof *q->rows);
    if (!q->rows) GT_THROW(err, GT_NO_MEMORY, "no memory for rows");
    for (uint64_t r = 0; ids && r < info->count; r++)
        if (strcmp(ids + r * width, id) == 0) q->rows[q->count++] = r;
    if (!q->count)
        GT_THROW(err, GT_NOT_FOUND,
                 "query %s:%.100s: no row has this id, expected one, or ROWS as 3,7-9", q->path,
                 id);
done:
    return status;
}

static gt_status choose_rows(gt_queries *q, const char *rows, gt_error *err) {
    const gt_row_source source = {"query ...:", q->path, gt_dataset_describe(q->data)->count,
                                  MOST_QUERIES};
    if (rows && !are_rows(rows)) return find_id(q, rows, err);
    return gt_row_list_read(&source, rows, &q->rows, &q->count, err);
}

/* ---- files that are no data sets ------------------------------------------------------------
 */

/* Formats whose pixels may be physical values; those of the others are bytes. */
static bool has_values(const char *format) {
    static const char *const formats[] = {"hdf5", "fits", "npy"};
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (strcmp(format, formats[i]) == 0) return true;
    return false;
}

static gt_status stop_when_asked(void *user, uint64_t done, uint64_t total, gt_error *err) {
    (void)user, (void)done, (void)total;
    return gt_interrupt_pending() ? gt_fail(err, GT_INTERRUPTED, "interrupted") : GT_OK;
}

/* Gray queries become three channels where the model, or the searched pictures, have three. */
static const char *channels_for(const gt_query_request *request, const gt_model_input *input) {
    const gt_dataset_info *searched = gt_dataset_describe(request->codes);
    bool is_set = searched->kind == GT_DATASET_IMAGES;
    if (input) return input->channels == 3 ? "3" : "auto";
    return is_set && searched->channels == 3 ? "3" : "auto";
}

/* Values of a query that are no bytes are taken as those of the run or of the searched pictures
 * were; false where these declare no range. */
static bool range_for(const gt_query_request *request, const gt_run *run, gt_value_range *out) {
    *out =
        run ? gt_run_imaging(run).range : gt_dataset_range(gt_dataset_describe(request->codes));
    return gt_range_is_declared(*out);
}

static void take_range(gt_import_settings *settings, gt_value_range range,
                       char text[2 * GT_NUMBER_SIZE], char stretch[GT_STRETCH_TEXT]) {
    char low[GT_NUMBER_SIZE], high[GT_NUMBER_SIZE];
    snprintf(text, 2 * GT_NUMBER_SIZE, "%s:%s", gt_real_to_text(range.low, low),
             gt_real_to_text(range.high, high));
    gt_stretch_text(range.stretch, stretch);
    stretch[strcspn(stretch, ":")] = '\0'; /* its name alone */
    settings->range = text;
    settings->stretch = stretch;
    settings->stretch_a = range.stretch.a;
}

/* Through the same steps as `data import` into a set that lives as long as the queries.
 * run: NULL without one. */
static gt_status import(const gt_query_request *request, const char *format, const gt_run *run,
                        gt_queries *q, gt_error *err) {
    gt_status status = GT_OK;
    const gt_model_input *input = run ? gt_model_input_of(gt_run_model(run)) : NULL;
    gt_import_report report;
    gt_import_settings settings = gt_import_settings_default();
    const char *place = getenv("TMPDIR");
    char path[300], text[2 * GT_NUMBER_SIZE], stretch[GT_STRETCH_TEXT];
    gt_value_range range;
    settings.format = format;
    snprintf(q->temporary, sizeof q->temporary, "%s/galatea-query-XXXXXX",
             place && *place == '/' && strlen(place) < 200 ? place : "/tmp");
    if (!mkdtemp(q->temporary)) {
        status = gt_fail_errno(err, "making the folder %s", q->temporary);
        *q->temporary = '\0';
        goto done;
    }
    snprintf(path, sizeof path, "%s/set.h5", q->temporary);
    settings.out = path;
    settings.dataset = request->dataset;
    settings.axes = request->axes;
    settings.crop = request->crop;
    settings.align = request->align;
    settings.channels = channels_for(request, input);
    if (has_values(format) && range_for(request, run, &range))
        take_range(&settings, range, text, stretch);
    if (input && input->height == input->width) settings.size = input->height;
    GT_TRY(gt_import_run(&settings, q->path, NULL, stop_when_asked, NULL, &report, err));
    GT_TRY(gt_dataset_open_any(path, &q->data, err)); /* codes of other programs as well */
done:
    return status;
}

static gt_status open_data(const gt_query_request *request, const gt_run *run, gt_queries *q,
                           gt_error *err) {
    gt_error first = {0};
    const char *format = request->format;
    if (strcmp(format, "auto") != 0) return import(request, format, run, q, err);
    if (gt_dataset_open_any(q->path, &q->data, &first) == GT_OK) return GT_OK;
    if (!exists(q->path))
        return gt_fail(err, first.status,
                       "query: %s; what is searched has rows as %s:ROW or %s:ID", first.text,
                       gt_dataset_path(request->codes), gt_dataset_path(request->codes));
    gt_status status = gt_importer_guess(q->path, &format, err);
    if (status) gt_blame(err, "query");
    return status ? status : import(request, format, run, q, err);
}

/* ---- images to codes ------------------------------------------------------------------------
 */

typedef struct average_settings {
    const char *average;
} average_settings;

static const gt_option average_rows[] = {{"average", GT_CHOICE_AT(average_settings, average),
                                          "none", "WAYS", "as encode takes it",
                                          .choices = GT_ENCODER_AVERAGES}};
static const gt_option_table averages = GT_OPTION_TABLE("Orientations", average_rows);

static gt_status set_option(gt_options *options, const gt_option_table *table, const char *key,
                            const json_t *value, gt_error *err) {
    char number[GT_NUMBER_SIZE];
    const char *text = json_string_value(value);
    for (size_t i = 0; i < table->count; i++) {
        if (strcmp(table->rows[i].name, key) != 0) continue;
        if (json_is_integer(value))
            snprintf(number, sizeof number, "%lld", (long long)json_integer_value(value));
        else if (json_is_real(value))
            gt_real_to_text(json_real_value(value), number);
        else if (json_is_boolean(value))
            snprintf(number, sizeof number, "%s", json_is_true(value) ? "true" : "false");
        else if (!text)
            return GT_OK;
        return gt_options_set(options, key, text ? text : number, GT_FROM_RUN, NULL, err);
    }
    return GT_OK;
}

/* Queries become codes as the searched ones did: with the settings recorded in their file,
 * those of the model and over which orientations they were averaged. */
static gt_status recorded_settings(const gt_dataset *codes, gt_options *options,
                                   const gt_option_table *table, gt_error *err) {
    gt_status status = GT_OK;
    const char *record = gt_dataset_describe(codes)->provenance;
    json_t *root = record ? json_loads(record, 0, NULL) : NULL;
    const char *key;
    json_t *value;
    json_object_foreach(json_object_get(root, "options"), key, value) {
        GT_TRY(set_option(options, &averages, key, value, err));
        if (table) GT_TRY(set_option(options, table, key, value, err));
    }
done:
    json_decref(root);
    if (status) gt_blame(err, "%s, its record", gt_dataset_path(codes));
    return status;
}

static int has_turn(const gt_query_request *request, int turn) {
    return (turn < 4 || request->flips) && ((turn & 3) == 0 || request->rotations);
}

static void list_turns(const gt_query_request *request, gt_queries *q) {
    for (int turn = 0; turn < 8; turn++)
        if (has_turn(request, turn)) q->turns[q->ways++] = turn;
}

static gt_status encode(gt_encoder *encoder, gt_queries *q, gt_error *err) {
    gt_status status = GT_OK;
    const gt_dataset_info *info = gt_dataset_describe(q->data);
    size_t values = gt_dataset_row_values(info);
    const float *code;
    float *image = malloc(values * sizeof *image);
    q->width = gt_encoder_width(encoder);
    q->codes = calloc(q->count * q->ways, q->width * sizeof *q->codes);
    if (!image || !q->codes) GT_THROW(err, GT_NO_MEMORY, "no memory for %zu queries", q->count);
    for (size_t i = 0; i < q->count; i++)
        GT_TRY(gt_use_check_pixels(q->path, gt_dataset_range(info), q->rows[i], 1, values,
                                   q->pictures + i * values, err));
    for (size_t i = 0; i < q->count; i++)
        for (size_t w = 0; w < q->ways; w++) {
            if (gt_interrupt_pending()) GT_THROW(err, GT_INTERRUPTED, "interrupted");
            gt_image_turn(q->pictures + i * values, info->channels, info->height, info->width,
                          q->turns[w], image);
            GT_TRY(gt_encoder_run(encoder, image, 1, 1, q->rows[i], &code, err));
            memcpy(q->codes + (i * q->ways + w) * q->width, code, q->width * sizeof *code);
        }
    GT_TRY(gt_use_check_finite(q->path, 0, q->count * q->ways, q->width, q->codes,
                               "a query's code", err));
done:
    free(image);
    return status;
}

/* An imported picture is named by its own file, not by the set made of it. */
static gt_status check_images(const gt_run *run, const gt_queries *q, gt_error *err) {
    const gt_dataset_info *info = gt_dataset_describe(q->data);
    gt_status status = gt_use_check_images(run, q->data, err);
    if (!status || !*q->temporary) return status;
    const gt_model_input *input = gt_model_input_of(gt_run_model(run));
    return gt_fail(err, status,
                   "%s: %zu channels, %zux%zu pixels, expected %" PRId64 " and %" PRId64
                   "x%" PRId64 " as %s was trained on",
                   q->path, info->channels, info->height, info->width, input->channels,
                   input->height, input->width, gt_run_path_of(run));
}

static bool is_same_list(const gt_reals *a, const gt_reals *b) {
    bool is_same = a->count == b->count;
    for (int i = 0; is_same && i < a->count; i++) is_same = a->value[i] == b->value[i];
    return is_same;
}

/* Whether the weights that made codes are still there, and are the run's in another file. */
static bool holds_same(const char *maker, const char *sum, const gt_run *run) {
    char now[32];
    uint64_t hash = 0;
    gt_run *other = NULL;
    if (!sum || gt_input_hash(maker, &hash, NULL)) return false;
    snprintf(now, sizeof now, "%016" PRIx64, hash);
    if (strcmp(now, sum) != 0 || gt_run_open(maker, &other, NULL)) return false;
    const gt_model *a = gt_run_model(run), *b = gt_run_model(other);
    gt_params *x = gt_model_params(a), *y = gt_model_params(b);
    const gt_model_input *in = gt_model_input_of(a), *of = gt_model_input_of(b);
    bool is_same =
        gt_model_class_of(a) == gt_model_class_of(b) && is_same_list(&in->shift, &of->shift) &&
        is_same_list(&in->scale, &of->scale) && gt_params_floats(x) == gt_params_floats(y) &&
        memcmp(gt_params_values(x), gt_params_values(y),
               (size_t)gt_params_floats(x) * sizeof(float)) == 0;
    gt_run_close(other);
    return is_same;
}

/* Codes of two networks have nothing in common, whatever their length: the record of the
 * searched ones names the weights that made them, by their checksum. */
static gt_status check_weights(const gt_query_request *request, const gt_run *run,
                               gt_error *err) {
    const char *weights = gt_run_path_of(run);
    const char *text = gt_dataset_describe(request->codes)->provenance;
    json_t *record = text ? json_loads(text, 0, NULL) : NULL, *sum;
    const char *input, *maker = NULL;
    char own[32];
    uint64_t hash = 0;
    gt_status status = gt_input_hash(weights, &hash, err);
    snprintf(own, sizeof own, "%016" PRIx64, hash);
    json_object_foreach(json_object_get(record, "inputs"), input, sum) {
        if (gt_file_ending(input, "safetensors") < 0) continue;
        const char *made_by = json_string_value(sum);
        bool is_same =
            made_by && (strcmp(made_by, own) == 0 || holds_same(input, made_by, run));
        maker = is_same ? NULL : input;
        if (is_same) break;
    }
    if (!status && maker)
        status =
            gt_fail(err, GT_MISMATCH,
                    "%s was made by %s, which is not what %s is now: encode it again, codes "
                    "of two networks have nothing in common",
                    gt_dataset_path(request->codes), maker, weights);
    json_decref(record);
    return status;
}

static gt_status encode_all(const gt_query_request *request, const gt_run *run, gt_queries *q,
                            gt_error *err) {
    gt_status status = GT_OK;
    gt_options *options = NULL;
    gt_encoder *encoder = NULL;
    const gt_model_class *class = gt_model_class_of(gt_run_model(run));
    average_settings orientations = {0};
    void *settings = NULL;
    GT_TRY(check_images(run, q, err));
    GT_TRY(check_weights(request, run, err));
    settings = calloc(1, class->encode_size + 1);
    if (!settings) GT_THROW(err, GT_NO_MEMORY, "no memory for settings");
    GT_TRY(gt_options_create(&options, err));
    GT_TRY(gt_options_add(options, &averages, &orientations, err));
    if (class->encode_options)
        GT_TRY(gt_options_add(options, class->encode_options, settings, err));
    GT_TRY(recorded_settings(request->codes, options, class->encode_options, err));
    const gt_use_options how = {.use = GT_USE_ENCODE,
                                .settings = settings,
                                .batch = 1,
                                .threads = request->context->threads};
    GT_TRY(gt_encoder_create(run, &how, orientations.average, &encoder, err));
    GT_TRY(encode(encoder, q, err));
done:
    gt_encoder_destroy(encoder);
    gt_options_destroy(options);
    free(settings);
    return status;
}

/* Pictures that are compared pixel by pixel, laid in every way that is asked for. */
static gt_status turn_pictures(const gt_query_request *request, gt_queries *q,
                               const float *pictures, gt_error *err) {
    const gt_dataset_info *info = gt_dataset_describe(q->data);
    if (request->rotations && info->height != info->width)
        return gt_fail(
            err, GT_BAD_SHAPE,
            "%s: pictures of %zux%zu pixels, expected square ones to be turned by quarters",
            q->path, info->height, info->width);
    q->codes = malloc(q->count * q->ways * q->width * sizeof *q->codes);
    if (!q->codes) return gt_fail(err, GT_NO_MEMORY, "no memory for %zu queries", q->count);
    for (size_t i = 0; i < q->count; i++)
        for (size_t w = 0; w < q->ways; w++)
            gt_image_turn(pictures + i * q->width, info->channels, info->height, info->width,
                          q->turns[w], q->codes + (i * q->ways + w) * q->width);
    return GT_OK;
}

/* Rows of the same kind as those searched, as they are. */
static gt_status copy_codes(const gt_query_request *request, gt_queries *q, float *values,
                            gt_error *err) {
    size_t width = gt_dataset_row_values(gt_dataset_describe(q->data));
    bool are_codes = gt_dataset_describe(q->data)->kind == GT_DATASET_CODES;
    if (are_codes && (request->flips || request->rotations))
        return gt_fail(err, GT_USAGE, "flips and rotations are for pictures, %s holds codes",
                       q->path);
    if (!are_codes && gt_dataset_describe(request->codes)->kind == GT_DATASET_CODES)
        return gt_fail(err, GT_USAGE, "%s holds images, %s codes: a run makes codes of them",
                       q->path, gt_dataset_path(request->codes));
    q->width = width;
    if (!are_codes) return turn_pictures(request, q, values, err);
    q->codes = malloc(q->count * width * sizeof *q->codes);
    if (!q->codes) return gt_fail(err, GT_NO_MEMORY, "no memory for %zu queries", q->count);
    memcpy(q->codes, values, q->count * width * sizeof *q->codes);
    return GT_OK;
}

/* Of the network that made the searched codes, which may have been an untrained one. */
static gt_status open_run(const gt_query_request *request, const char *path, gt_run **run,
                          gt_error *err) {
    const char *text = gt_dataset_describe(request->codes)->provenance;
    json_t *record = text ? json_loads(text, 0, NULL) : NULL;
    const json_t *options = json_object_get(record, "options");
    bool is_untrained = json_is_true(json_object_get(options, "untrained"));
    json_int_t seed = json_integer_value(json_object_get(options, "seed"));
    json_decref(record);
    const uint64_t first = (uint64_t)seed;
    return gt_network_open_run(request->context, request->run, path,
                               is_untrained ? &first : NULL, run, err);
}

gt_status gt_queries_read(const gt_query_request *request, gt_queries *out, gt_error *err) {
    gt_status status = GT_OK;
    gt_run *run = NULL;
    const char *rows = NULL;
    float *values = NULL;
    *out = (gt_queries){0};
    GT_TRY(split_text(request->text, out, &rows, err));
    if (request->run) GT_TRY(open_run(request, out->path, &run, err));
    const gt_imaging learned = run ? gt_run_imaging(run) : gt_imaging_unknown();
    GT_TRY(gt_imaging_copy(&learned, &out->learned, err));
    GT_TRY(open_data(request, run, out, err));
    GT_TRY(choose_rows(out, rows, err));
    list_turns(request, out);
    const gt_dataset_info *info = gt_dataset_describe(out->data);
    size_t each = gt_dataset_row_values(info);
    size_t wanted = gt_dataset_row_values(gt_dataset_describe(request->codes));
    values = calloc(out->count, each * sizeof *values);
    if (!values) GT_THROW(err, GT_NO_MEMORY, "no memory for %zu queries", out->count);
    GT_TRY(gt_dataset_read_rows(out->data, out->rows, out->count, values, err));
    for (size_t i = 0; i < out->count; i++)
        GT_TRY(gt_use_check_finite(out->path, out->rows[i], 1, each, values + i * each,
                                   "a value", err));
    if (info->kind == GT_DATASET_IMAGES) {
        out->pictures = values;
        values = NULL;
    }
    if (run && out->pictures)
        GT_TRY(encode_all(request, run, out, err));
    else
        GT_TRY(copy_codes(request, out, out->pictures ? out->pictures : values, err));
    if (out->width != wanted)
        GT_THROW(err, GT_MISMATCH, "%s gives codes of %zu numbers, %s has codes of %zu",
                 out->path, out->width, gt_dataset_path(request->codes), wanted);
done:
    free(values);
    gt_run_close(run);
    return status;
}

void gt_queries_free(gt_queries *queries) {
    char path[300];
    gt_dataset_close(queries->data);
    gt_imaging_free(&queries->learned);
    free(queries->rows);
    free(queries->codes);
    free(queries->pictures);
    if (!*queries->temporary) return;
    snprintf(path, sizeof path, "%s/set.h5", queries->temporary);
    unlink(path);
    rmdir(queries->temporary);
}
