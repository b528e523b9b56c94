/* run.c - the weights of a run, checked and put into the model they belong to. */
#include "galatea/run.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config.h"
#include "differences.h"
#include "file.h"
#include "galatea/log.h"
#include "soundness.h"
#include "state_file.h"
#include "weights.h"
#include "weights_file.h"

enum { MOST_RECORD = 40000 }; /* bytes: it becomes a part of other records */

struct gt_run {
    gt_model *model;
    bool *is_given; /* by parameter: whether the file had it */
    char path[GT_PATH_SIZE];
    long epoch;
    char *record; /* NULL: there is none */
    gt_imaging imaging;
    gt_brightness brightness;
    gt_algorithms *algorithms;
    json_t *classes;    /* the list that the names are of; NULL: there is none */
    const char **names; /* of classes */
    size_t name_count;
};

static gt_status read_weights(const gt_safetensors *file, const char *prefix, gt_run *run,
                              gt_error *err) {
    gt_status status = gt_weights_import(file, run->model, prefix, run->is_given, err);
    const char *epoch = gt_safetensors_metadata(file, "epoch");
    run->epoch = epoch ? strtol(epoch, NULL, 10) : 0;
    return status;
}

static gt_status init_weights(gt_run *run, uint64_t seed, gt_error *err) {
    int count = gt_params_count(gt_model_params(run->model));
    for (int i = 0; i < count; i++) run->is_given[i] = true;
    const gt_model_class *class = gt_model_class_of(run->model);
    if (class->init_from)
        return gt_fail(err, GT_UNSUPPORTED,
                       "%s takes first values from its first batch: without training it is no "
                       "network",
                       class->name);
    return gt_model_init(run->model, seed, err);
}

/* Other programs may mean anything by that key. */
static gt_status parse_record(const char *text, char **out, gt_error *err) {
    json_t *record = text && strlen(text) <= MOST_RECORD ? json_loads(text, 0, NULL) : NULL;
    bool is_record = json_is_object(record);
    json_decref(record);
    *out = is_record ? strdup(text) : NULL;
    return *out || !is_record ? GT_OK : gt_fail(err, GT_NO_MEMORY, "no memory for a record");
}

static const char *fact_of(const void *file, const char *name) {
    return gt_safetensors_metadata(file, name);
}

/* The state of a run has them too, for when the file is gone. */
static gt_status read_own_algorithms(const char *folder, const char *path,
                                     gt_algorithms *algorithms, gt_error *err) {
    gt_run_stand kept = {0};
    bool is_there = access(path, F_OK) == 0;
    gt_status status = is_there ? gt_algorithms_read(algorithms, path, err) : GT_OK;
    if (is_there && !status) return GT_OK;
    /* who opens the state is told of its damage */
    bool is_kept = !gt_run_stand_read(folder, &kept, NULL) && kept.algorithms;
    if (is_there && is_kept)
        gt_advise(err, "without the file, the choices that the run's state has are taken");
    if (!is_there && is_kept) {
        gt_remark("%s is missing: its choices are taken from the run's state", path);
        status = gt_algorithms_parse(algorithms, kept.algorithms, err);
    }
    gt_run_stand_free(&kept);
    return status;
}

/* What the training went by, so that equal calls go by the same whatever is measured later. */
static gt_status read_algorithms(gt_run *run, gt_error *err) {
    gt_status status = GT_OK;
    char folder[GT_PATH_SIZE], path[GT_PATH_SIZE];
    gt_file_folder(run->path, folder, sizeof folder);
    run->algorithms = gt_algorithms_create();
    if (!run->algorithms) GT_THROW(err, GT_NO_MEMORY, "no memory for the choice of algorithms");
    GT_TRY(gt_run_path(folder, "algorithms.txt", path, err));
    GT_TRY(read_own_algorithms(folder, path, run->algorithms, err));
done:
    return status;
}

/* Tensors of a file know how many channels they take in. */
static gt_status find_channels(const gt_safetensors *file, const gt_model_class *class,
                               int64_t *out, gt_error *err) {
    const char *path = gt_safetensors_path(file);
    const gt_st_tensor *entrance = NULL;
    if (class->entrance) entrance = gt_weights_find(file, class->entrance);
    if (!entrance || entrance->rank < 2)
        return gt_fail(err, GT_MISMATCH,
                       "%s does not tell how many channels its images have: say it with "
                       "--image-channels",
                       path);
    *out = entrance->shape[1];
    return GT_OK;
}

/* Damage is looked for before anything is made of what the file says. */
static gt_status make_model(const gt_safetensors *file, const gt_run_network *network,
                            bool takes_weights, gt_model **out, gt_error *err) {
    gt_status status = GT_OK;
    const gt_model_class *class = NULL;
    char *config = NULL;
    if (!network) GT_TRY(gt_weights_file_read_network(file, &class, &config, err));
    if (!network && !class)
        GT_THROW(err, GT_BAD_FORMAT, "%s does not tell of which model it is",
                 gt_safetensors_path(file));
    if (takes_weights) GT_TRY(gt_weights_file_verify(file, err));
    if (network) {
        gt_model_input input = *network->input;
        if (input.channels == 0)
            GT_TRY(find_channels(file, network->kind, &input.channels, err));
        GT_TRY(gt_model_create(network->kind, network->settings, &input, out, err));
    } else {
        GT_TRY(gt_config_build_model(class, gt_safetensors_path(file), config, out, err));
    }
done:
    free(config);
    return status;
}

/* A list of anything but texts is none. */
static gt_status read_names(const gt_safetensors *file, gt_run *run, gt_error *err) {
    const char *text = gt_safetensors_metadata(file, GT_KEY_CLASS_NAMES);
    run->classes = text ? json_loads(text, 0, NULL) : NULL;
    size_t count = json_array_size(run->classes);
    run->names = calloc(count + 1, sizeof *run->names);
    if (!run->names) return gt_fail(err, GT_NO_MEMORY, "no memory for names of classes");
    for (size_t k = 0; k < count; k++) {
        run->names[k] = json_string_value(json_array_get(run->classes, k));
        if (!run->names[k]) return GT_OK;
    }
    run->name_count = count;
    return GT_OK;
}

/* Before the first epoch has ended there are no best ones yet. */
static void tell_which(const gt_run *run, const char *path) {
    size_t length = strlen(run->path), last = sizeof "last.safetensors" - 1;
    bool is_last = length > last && strcmp(run->path + length - last, "last.safetensors") == 0;
    if (is_last && run->epoch > 0 && strcmp(run->path, path) != 0)
        gt_remark("%s has no best.safetensors: %s is taken", path, run->path);
}

static gt_status open_run(const char *path, const char *prefix, const gt_run_network *network,
                          const uint64_t *seed, gt_run **out, gt_error *err) {
    gt_status status = GT_OK;
    gt_safetensors *file = NULL;
    gt_run *run = calloc(1, sizeof *run);
    if (!run) GT_THROW(err, GT_NO_MEMORY, "no memory for a run");
    run->imaging = gt_imaging_unknown();
    GT_TRY(gt_weights_file_open(path, &file, err));
    snprintf(run->path, sizeof run->path, "%s", gt_safetensors_path(file));
    GT_TRY(parse_record(gt_safetensors_metadata(file, GT_KEY_PROVENANCE), &run->record, err));
    GT_TRY(read_algorithms(run, err));
    GT_TRY(make_model(file, network, !seed, &run->model, err));
    const gt_imaging imaging = gt_imaging_load(fact_of, file);
    GT_TRY(gt_imaging_copy(&imaging, &run->imaging, err));
    run->brightness = gt_brightness_parse(gt_safetensors_metadata(file, GT_KEY_BRIGHTNESS));
    GT_TRY(read_names(file, run, err));
    size_t count = (size_t)gt_params_count(gt_model_params(run->model));
    run->is_given = calloc(count + 1, sizeof *run->is_given);
    if (!run->is_given) GT_THROW(err, GT_NO_MEMORY, "no memory for a run");
    GT_TRY(seed ? init_weights(run, *seed, err) : read_weights(file, prefix, run, err));
    tell_which(run, path);
    *out = run;
    run = NULL;
done:
    gt_safetensors_close(file);
    gt_run_close(run);
    return status;
}

gt_status gt_run_open(const char *path, gt_run **out, gt_error *err) {
    return open_run(path, NULL, NULL, NULL, out, err);
}

gt_status gt_run_open_untrained(const char *path, uint64_t seed, gt_run **out, gt_error *err) {
    return open_run(path, NULL, NULL, &seed, out, err);
}

gt_status gt_run_open_as(const char *path, const gt_run_network *network, const uint64_t *seed,
                         gt_run **out, gt_error *err) {
    return open_run(path, NULL, network, seed, out, err);
}

gt_status gt_run_open_under(const char *path, const char *prefix, const gt_run_network *network,
                            gt_run **out, gt_error *err) {
    return open_run(path, prefix, network, NULL, out, err);
}

void gt_run_close(gt_run *run) {
    if (!run) return;
    gt_model_destroy(run->model);
    free(run->is_given);
    free(run->record);
    free(run->names);
    json_decref(run->classes);
    gt_imaging_free(&run->imaging);
    gt_algorithms_destroy(run->algorithms);
    free(run);
}

gt_model *gt_run_model(const gt_run *run) {
    return run->model;
}

const char *gt_run_path_of(const gt_run *run) {
    return run->path;
}

long gt_run_epoch(const gt_run *run) {
    return run->epoch;
}

gt_status gt_run_check(const gt_run *run, const bool *needed, gt_error *err) {
    const gt_params *params = gt_model_params(run->model);
    gt_differences found = {0};
    for (int i = 0; i < gt_params_count(params); i++)
        if (!run->is_given[i] && (!needed || needed[i]))
            gt_differences_compare(&found, NULL, gt_params_name(params, i),
                                   gt_params_shape(params, i));
    return gt_differences_conclude(&found, run->path, err);
}

const char *gt_run_record(const gt_run *run) {
    return run->record;
}

gt_imaging gt_run_imaging(const gt_run *run) {
    return run->imaging;
}

gt_brightness gt_run_brightness(const gt_run *run) {
    return run->brightness;
}

const char *const *gt_run_class_names(const gt_run *run, size_t *count) {
    *count = run->name_count;
    return run->names;
}

gt_algorithms *gt_run_algorithms(const gt_run *run) {
    return run->algorithms;
}
