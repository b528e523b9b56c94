/* config.c - settings as text, models from text, and what a resumed run may change. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Adds a table for a copy of settings that are filled in already. */
static gt_status add_filled(gt_options *options, const gt_option_table *table, void *copy,
                            const void *settings, size_t size, gt_error *err) {
    gt_status status = gt_options_add(options, table, copy, err);
    memcpy(copy, settings, size);
    return status;
}

/* How views are made, where a model has some; *copy is what the options write to. */
static gt_status add_views(gt_options *options, const gt_train_job *job, gt_augmentation *copy,
                           gt_error *err) {
    gt_augmentation views = job->augmentation ? *job->augmentation : gt_augmentation_default();
    const gt_option_table *table = gt_train_view_options(job->model);
    if (!table) return GT_OK;
    return add_filled(options, table, copy, &views, sizeof views, err);
}

/* What a kind is told of its data. */
static gt_status add_labels(gt_options *options, const gt_model_class *model,
                            gt_model_input *out, gt_error *err) {
    return model->needs.labelled ? gt_options_add(options, &gt_model_label_options, out, err)
                                 : GT_OK;
}

gt_status gt_config_of_run(const gt_train_job *job, char **out, gt_error *err) {
    gt_status status = GT_OK;
    gt_options *options = NULL;
    gt_train_settings training;
    gt_augmentation views;
    void *model = calloc(1, job->model->settings_size + 1);
    if (!model) GT_THROW(err, GT_NO_MEMORY, "no memory for the settings");
    GT_TRY(gt_options_create(&options, err));
    GT_TRY(
        add_filled(options, &gt_train_options, &training, job->settings, sizeof training, err));
    training.resume = training.force = false; /* of one call, not of the run */
    GT_TRY(add_filled(options, job->model->options, model, job->model_settings,
                      job->model->settings_size, err));
    GT_TRY(add_views(options, job, &views, err));
    GT_TRY(gt_options_text(options, GT_OPTIONS_PLAIN, out, err));
done:
    gt_options_destroy(options);
    free(model);
    return status;
}

gt_status gt_config_of_model(const gt_model_class *model, const void *settings,
                             const gt_model_input *input, char **out, gt_error *err) {
    gt_status status = GT_OK;
    gt_options *options = NULL;
    gt_model_input images = {0};
    void *copy = calloc(1, model->settings_size + 1);
    if (!copy) GT_THROW(err, GT_NO_MEMORY, "no memory for the settings");
    GT_TRY(gt_options_create(&options, err));
    GT_TRY(add_labels(options, model, &images, err));
    GT_TRY(add_filled(options, &gt_model_input_options, &images, input, sizeof images, err));
    GT_TRY(add_filled(options, model->options, copy, settings, model->settings_size, err));
    GT_TRY(gt_options_text(options, GT_OPTIONS_PLAIN, out, err));
done:
    gt_options_destroy(options);
    free(copy);
    return status;
}

/* The second text as values; what is text in them the options own. */
typedef struct values {
    gt_options *options;
    gt_model_input images;
    void *settings;
} values;

static void free_values(values *v) {
    gt_options_destroy(v->options);
    free(v->settings);
}

static gt_status read_values(const gt_model_class *model, const char *name, const char *text,
                             values *out, gt_error *err) {
    gt_status status = GT_OK;
    *out = (values){.settings = calloc(1, model->settings_size + 1)};
    if (!out->settings) GT_THROW(err, GT_NO_MEMORY, "no memory for the settings");
    GT_TRY(gt_options_create(&out->options, err));
    GT_TRY(gt_options_add(out->options, &gt_model_input_options, &out->images, err));
    GT_TRY(add_labels(out->options, model, &out->images, err));
    GT_TRY(gt_options_add(out->options, model->options, out->settings, err));
    GT_TRY(gt_options_read_text(out->options, name, text, strlen(text), GT_FROM_RUN, err));
done:
    return status;
}

gt_status gt_config_build_model(const gt_model_class *model, const char *name, const char *text,
                                gt_model **out, gt_error *err) {
    gt_status status = GT_OK;
    values v;
    GT_TRY(read_values(model, name, text, &v, err));
    status = gt_model_create(model, v.settings, &v.images, out, err);
    if (status) gt_blame(err, "%s", name);
done:
    free_values(&v);
    return status;
}

gt_status gt_config_constant(const gt_model_class *model, const char *name, const char *text,
                             char **out, gt_error *err) {
    gt_status status = GT_OK;
    values v;
    *out = NULL;
    GT_TRY(read_values(model, name, text, &v, err));
    if (v.images.constant && !(*out = strdup(v.images.constant)))
        GT_THROW(err, GT_NO_MEMORY, "no memory for the settings");
done:
    free_values(&v);
    return status;
}

/* ---- comparison ---------------------------------------------------------------------------
 */

/* A line "key = value" of a text; length 0 at its end. */
typedef struct line {
    const char *key, *value;
    size_t key_length, value_length;
} line;

static line parse_line(const char **at) {
    line found = {.key = *at};
    size_t length = strcspn(*at, "\n");
    const char *equals = memchr(*at, '=', length);
    *at += length + ((*at)[length] == '\n');
    if (!equals) return found;
    found.key_length = (size_t)(equals - found.key);
    while (found.key_length && found.key[found.key_length - 1] == ' ') found.key_length--;
    found.value = equals + 1;
    found.value_length = (size_t)(found.key + length - found.value);
    while (found.value_length && *found.value == ' ') found.value++, found.value_length--;
    return found;
}

static line find_line(const char *text, line key) {
    while (*text) {
        line found = parse_line(&text);
        if (found.key_length == key.key_length &&
            memcmp(found.key, key.key, key.key_length) == 0)
            return found;
    }
    return (line){.value = "(not set)", .value_length = 9};
}

static bool is_key(line found, const char *key) {
    return strlen(key) == found.key_length && memcmp(found.key, key, found.key_length) == 0;
}

/* What a comparison goes by. */
typedef struct rules {
    bool epochs_matter;
    const char *const *bound; /* see gt_config_compare */
} rules;

static bool is_bound(line found, const rules *by) {
    for (size_t i = 0; by->bound && by->bound[i]; i++)
        if (is_key(found, by->bound[i])) return true;
    return false;
}

/* What changes no bit of what was trained so far, or is checked by other means. */
static bool may_differ(line found, const rules *by) {
    static const char *const harmless[] = {"data",         "out",          "resume",
                                           "force",        "threads",      "checkpoint-minutes",
                                           "log-every",    "probe-every",  "sample-every",
                                           "sample-count", "keep-every",   "algorithms",
                                           "patience",     "nearest-turns"};
    if (is_bound(found, by)) return false;
    for (size_t i = 0; i < sizeof harmless / sizeof *harmless; i++)
        if (is_key(found, harmless[i])) return true;
    return is_key(found, "epochs") && !by->epochs_matter;
}

/* Lines of `from` beside those of `to`, and where that has none, beside the defaults. */
static gt_status compare_one_way(const char *folder, const char *from, const char *to,
                                 const char *defaults, bool swapped, rules by, gt_error *err) {
    line schedule = find_line(from, (line){.key = "schedule", .key_length = 8});
    bool is_cosine = schedule.value_length >= 6 && !memcmp(schedule.value, "cosine", 6);
    by.epochs_matter = by.epochs_matter || is_cosine;
    for (const char *at = from; *at;) {
        line a = parse_line(&at), b = find_line(to, a);
        if (b.key_length == 0) b = find_line(defaults, a);
        if (a.key_length == 0 || may_differ(a, &by)) continue;
        if (is_key(a, "probe") && b.key_length > 0) continue; /* the log has its column */
        if (a.value_length == b.value_length && !memcmp(a.value, b.value, a.value_length))
            continue;
        line was = swapped ? b : a, is = swapped ? a : b;
        bool are_epochs = is_key(a, "epochs") && by.epochs_matter;
        return gt_fail(err, GT_MISMATCH,
                       "%s was begun with %.*s = %.*s, not %.*s%s; resume it without that "
                       "change, or choose another --out%s%s%s",
                       folder, (int)a.key_length, a.key, (int)was.value_length, was.value,
                       (int)is.value_length, is.value,
                       are_epochs ? ", and all its steps were planned for that" : "",
                       are_epochs ? ": with --init " : "", are_epochs ? folder : "",
                       are_epochs ? " it begins with these weights" : "");
    }
    return GT_OK;
}

/* Settings of a run that nothing was given for. */
static gt_status text_of_defaults(const gt_model_class *model, char **out, gt_error *err) {
    gt_status status = GT_OK;
    gt_options *options = NULL;
    gt_train_settings training;
    gt_augmentation views = gt_augmentation_default();
    const gt_option_table *view_table = gt_train_view_options(model);
    void *settings = calloc(1, model->settings_size + 1);
    if (!settings) GT_THROW(err, GT_NO_MEMORY, "no memory for the settings");
    GT_TRY(gt_options_create(&options, err));
    GT_TRY(gt_options_add(options, &gt_train_options, &training, err));
    GT_TRY(gt_options_add(options, model->options, settings, err));
    if (view_table) GT_TRY(gt_options_add(options, view_table, &views, err));
    GT_TRY(gt_options_text(options, GT_OPTIONS_PLAIN, out, err));
done:
    gt_options_destroy(options);
    free(settings);
    return status;
}

gt_status gt_config_compare(const gt_model_class *model, const char *folder,
                            const char *recorded, const char *wanted, const char *const *bound,
                            gt_error *err) {
    gt_status status = GT_OK;
    const rules by = {model->schedules, bound};
    char *defaults = NULL;
    GT_TRY(text_of_defaults(model, &defaults, err));
    GT_TRY(compare_one_way(folder, recorded, wanted, "", false, by, err));
    GT_TRY(compare_one_way(folder, wanted, recorded, defaults, true, by, err));
done:
    free(defaults);
    return status;
}
