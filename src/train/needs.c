/* needs.c - see needs.h. */
#include "needs.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codes.h"
#include "galatea/log.h"
#include "json.h"
#include "label_places.h"
#include "pixels.h"
#include "text.h"

gt_status gt_needs_open(const gt_model_class *kind, const char *path, gt_dataset **out,
                        gt_error *err) {
    gt_status status = GT_OK;
    GT_TRY((kind->needs.codes ? gt_codes_open : gt_dataset_open)(path, out, err));
    if (kind->needs.labels && !(gt_dataset_describe(*out)->columns & GT_COLUMN_LABEL))
        GT_THROW(err, GT_NOT_FOUND, "%s has no labels, which %s learns from", path, kind->name);
    if (kind->needs.labelled) GT_TRY(gt_labels_take_places(*out, GT_REALS_MOST, err));
done:
    return status;
}

static const char *class_name(const gt_dataset_info *info, int32_t label, char text[16]) {
    snprintf(text, 16, "%d", label);
    return (size_t)label < info->class_count ? info->class_names[label] : text;
}

/* Classes are those that the set has names for, and those of any row that trains or validates:
 * outputs of a network need places, so labels are numbers from 0 with few gaps, or were given
 * places when the set was opened. */
static gt_status find_classes(const gt_dataset *data, const gt_train_rows *rows,
                              const int32_t *labels, int32_t *classes, gt_error *err) {
    const gt_dataset_info *info = gt_dataset_describe(data);
    int64_t most = (int64_t)info->class_count;
    for (size_t i = 0; i < rows->all_count; i++)
        if (labels[rows->all[i]] >= most) most = (int64_t)labels[rows->all[i]] + 1;
    *classes = (int32_t)most;
    if (most <= GT_REALS_MOST) return GT_OK;
    return gt_fail(err, GT_UNSUPPORTED,
                   "%s has labels up to %" PRId64 ", expected classes 0 to %d at most",
                   gt_dataset_path(data), most - 1, GT_REALS_MOST - 1);
}

static void remark_empty(const gt_dataset *data, const gt_model_input *input) {
    const gt_dataset_info *info = gt_dataset_describe(data);
    char text[400] = "", number[16];
    for (int32_t k = 0; k < input->class_rows.count; k++) {
        size_t used = strlen(text);
        if (input->class_rows.value[k] == 0)
            snprintf(text + used, sizeof text - used, "%s%.64s", used ? ", " : "",
                     class_name(info, k, number));
    }
    if (*text)
        gt_remark("%s: classes without rows to learn from, which nothing will be given to: %s",
                  gt_dataset_path(data), text);
}

static gt_status count_classes(const gt_dataset *data, const gt_train_rows *rows,
                               gt_model_input *out, gt_error *err) {
    gt_status status = GT_OK;
    const int32_t *labels = NULL;
    int32_t classes = 0, there = 0, last = 0;
    char text[16];
    GT_TRY(gt_dataset_labels((gt_dataset *)(uintptr_t)data, &labels, err));
    GT_TRY(find_classes(data, rows, labels, &classes, err));
    out->class_rows = (gt_reals){.count = classes};
    for (size_t i = 0; i < rows->train_count; i++)
        out->class_rows.value[labels[rows->train[i]]]++;
    for (int32_t k = 0; k < classes; k++)
        if (out->class_rows.value[k] > 0) there++, last = k;
    if (there < 2)
        GT_THROW(err, GT_BAD_ARGUMENT,
                 "%s: all %zu labelled rows to learn from are of class %s, expected at least 2 "
                 "classes",
                 gt_dataset_path(data), rows->train_count,
                 class_name(gt_dataset_describe(data), last, text));
    remark_empty(data, out);
done:
    return status;
}

/* Running statistics of codes are taken from all rows, so all must be sound. */
gt_status gt_needs_measure(const gt_model_class *kind, const gt_dataset *data,
                           const gt_train_rows *rows, gt_measured *out, gt_error *err) {
    *out = (gt_measured){0};
    gt_status status = kind->needs.codes
                           ? gt_codes_measure(data, rows->all, rows->all_count, &out->input,
                                              &out->constant, err)
                           : gt_pixels_measure(data, rows->train, rows->train_count,
                                               &out->input, &out->brightness, err);
    if (!status) (void)gt_model_fit_input(kind, &out->input);
    if (!status && kind->needs.labelled) status = count_classes(data, rows, &out->input, err);
    return status;
}

void gt_measured_free(gt_measured *measured) {
    free(measured->constant);
    *measured = (gt_measured){0};
}

gt_status gt_needs_class_names(const gt_model_class *kind, const gt_dataset *data, char **out,
                               gt_error *err) {
    gt_status status = GT_OK;
    const gt_dataset_info *info = gt_dataset_describe(data);
    size_t size = 0;
    gt_json json;
    if (!kind->needs.labelled) return GT_OK;
    FILE *stream = open_memstream(out, &size);
    if (!stream) return gt_fail(err, GT_NO_MEMORY, "no memory for names of classes");
    gt_json_begin(&json, stream, 0);
    gt_json_array(&json, NULL);
    for (size_t k = 0; k < info->class_count; k++)
        gt_json_text(&json, NULL, info->class_names[k]);
    gt_json_end(&json);
    status = gt_json_finish(&json, err);
    if (fclose(stream) && !status)
        status = gt_fail(err, GT_NO_MEMORY, "no memory for names of classes");
    return status;
}

gt_status gt_needs_check(const gt_model_class *kind, const gt_train_settings *settings,
                         gt_error *err) {
    if (!kind->needs.weights && gt_pixel_weights_planes(settings->pixel_weights))
        return gt_fail(err, GT_USAGE,
                       "--pixel-weights: the loss of %s is no sum over pixels, which weights "
                       "are for",
                       kind->name);
    if (!settings->flip || kind->needs.views < 1) return GT_OK;
    return gt_fail(err, GT_USAGE,
                   "--flip: views of %s have flips of their own, --flip-horizontal and "
                   "--flip-vertical",
                   kind->name);
}

int64_t gt_needs_least_batch(const gt_model_class *kind) {
    return kind->needs.whole_batches ? 2 : 1;
}

bool gt_needs_cuts(const gt_model_class *kind) {
    return !kind->needs.whole_batches;
}

bool gt_needs_parts(const gt_model_class *kind) {
    return kind->needs.parts;
}

/* Models that take statistics of batches use a last batch that is not full (with the same
 * batches in every epoch its rows would never be seen otherwise), unless it is so small that
 * its statistics are worth nothing: a tenth of the rows, five times, leaves up to four of one
 * half of them. A pair's loss depends on the number of pairs, so those models leave the rest
 * out; so do those that train with full batches alone, and batches in parts, of which there are
 * as many in every step. */
int64_t gt_needs_rest(const gt_model_class *kind, size_t count, int64_t batch, bool is_cut,
                      bool validates) {
    int64_t rest = (int64_t)count % batch;
    if (!kind->needs.whole_batches || kind->needs.views > 1) return 0;
    if (kind->needs.full_batches || is_cut) return validates ? rest : 0;
    return validates || (rest > 1 && rest >= batch / 10) ? rest : 0;
}

/* An epoch without a step of a learner would have no mean of its terms. */
static gt_status check_turns(const gt_model_class *kind, const char *name, int64_t batches,
                             gt_error *err) {
    for (int k = 0; k < kind->objective_count; k++) {
        const gt_objective *own = &kind->objectives[k];
        if (batches >= own->every) continue;
        return gt_fail(err, GT_BAD_ARGUMENT,
                       "%s: an epoch of %" PRId64 " batches, but '%s' of %s learns from every "
                       "%" PRId64 "th: choose a smaller --batch",
                       name, batches, own->name, kind->name, own->every);
    }
    return GT_OK;
}

gt_status gt_needs_batches(const gt_model_class *kind, const gt_train_settings *set,
                           const char *name, size_t train, size_t all, gt_needs_epoch *out,
                           gt_error *err) {
    gt_status status = GT_OK;
    int64_t count = (int64_t)train, least = gt_needs_least_batch(kind);
    out->passes = set->epoch_rows > count ? set->epoch_rows / count : 1;
    out->batch = set->batch > 0 ? set->batch : (int64_t)all / 10;
    int64_t rows = out->passes * count;
    if (out->batch < least)
        GT_THROW(err, GT_BAD_ARGUMENT,
                 "%s: a batch of %" PRId64 " of its %zu rows, expected at least %" PRId64
                 ": choose a larger --batch",
                 name, out->batch, all, least);
    out->batches = rows / out->batch;
    if (out->batches == 0)
        GT_THROW(err, GT_BAD_ARGUMENT,
                 "%s: %zu rows to train on do not fill one batch of %" PRId64
                 ": choose a smaller --batch, or a --preset for sets like this",
                 name, (size_t)rows, out->batch);
    bool is_cut = set->micro_batch > 0 && set->micro_batch < out->batch;
    if (gt_needs_rest(kind, (size_t)rows, out->batch, is_cut, false)) out->batches++;
    GT_TRY(check_turns(kind, name, out->batches, err));
done:
    return status;
}

/* A worker makes tens of thousands of views a second, several times what eight processors learn
 * from, so few suffice; gt_loader_waited tells. Each fills a batch of its own. */
static size_t count_workers(size_t depth, int64_t threads) {
    enum { PROCESSORS_A_WORKER = 8 };
    size_t wanted = 1 + (size_t)threads / PROCESSORS_A_WORKER;
    return wanted < depth ? wanted : depth;
}

void gt_needs_load(const gt_model_class *kind, bool validates,
                   const gt_augmentation *augmentation, int64_t threads, gt_augmentation *usual,
                   gt_loader_settings *settings) {
    settings->threads = 1;
    if (kind->needs.views < (validates ? 2 : 1)) return;
    *usual = gt_augmentation_default();
    settings->views = kind->needs.views;
    settings->augmentation = augmentation ? augmentation : usual;
    settings->threads = count_workers(settings->depth, threads);
}

const gt_option_table *gt_train_view_options(const gt_model_class *kind) {
    return kind->needs.views > 0 ? &gt_augmentation_options : NULL;
}

const char *gt_needs_row_word(const gt_model_class *kind) {
    return kind->needs.codes ? "code" : "image";
}

const char *gt_needs_unit(const gt_model_class *kind) {
    return kind->needs.codes ? "codes" : "img";
}

const char *gt_needs_rows_text(const gt_model_class *kind, int64_t channels, int64_t height,
                               int64_t width, char text[GT_NEEDS_ROOM]) {
    char numbers[GT_COUNTED_SIZE];
    if (kind->needs.codes)
        snprintf(text, GT_NEEDS_ROOM, "codes of %s",
                 gt_text_counted((uint64_t)channels, "number", numbers));
    else
        snprintf(text, GT_NEEDS_ROOM, "images of %" PRId64 "x%" PRId64 "x%" PRId64, channels,
                 height, width);
    return text;
}
