/* queries_encode.c - codes of pictures, as those that are searched were made. */
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "encoder.h"
#include "file.h"
#include "galatea/image.h"
#include "galatea/import.h"
#include "galatea/interrupt.h"
#include "network.h"
#include "queries_internal.h"
#include "text.h"

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
    if (status != GT_BAD_SHAPE || !*q->temporary) return status;
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

gt_status gt_queries_encode(const gt_query_request *request, const gt_run *run, gt_queries *q,
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

/* Of the network that made the searched codes, which may have been an untrained one. */
gt_status gt_queries_open_run(const gt_query_request *request, const char *path, gt_run **run,
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
