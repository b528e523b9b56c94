/* run.c - the weights of a run, checked and put into the model they belong to. */
#include "galatea/run.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config.h"
#include "differences.h"
#include "galatea/log.h"
#include "state_file.h"
#include "weights.h"

enum { MOST_RECORD = 40000 }; /* bytes: it becomes a part of other records */

struct gt_run {
    gt_model *model;
    bool *is_given; /* by parameter: whether the file had it */
    char path[GT_PATH_SIZE];
    long epoch;
    char *record; /* NULL: there is none */
    gt_imaging imaging;
};

static gt_status find_weights(const char *path, char file[GT_PATH_SIZE], gt_error *err) {
    struct stat about;
    gt_status status = GT_OK;
    if (stat(path, &about) != 0)
        return gt_fail(err, GT_NOT_FOUND, "%s: there is no such run folder or weight file",
                       path);
    if (!S_ISDIR(about.st_mode)) {
        int length = snprintf(file, GT_PATH_SIZE, "%s", path);
        if (length < GT_PATH_SIZE) return GT_OK;
        return gt_fail(err, GT_BAD_ARGUMENT, "a path is longer than %d bytes", GT_PATH_SIZE);
    }
    GT_TRY(gt_run_path(path, "best.safetensors", file, err));
    if (access(file, F_OK) == 0) goto done;
    GT_TRY(gt_run_path(path, "last.safetensors", file, err));
    if (access(file, F_OK) != 0)
        GT_THROW(err, GT_NOT_FOUND,
                 "%s holds neither best.safetensors nor last.safetensors: it is no run", path);
done:
    return status;
}

static gt_status open_weights(const char *path, gt_safetensors **file,
                              const gt_model_class **class, gt_error *err) {
    gt_status status = GT_OK;
    char weights[GT_PATH_SIZE];
    GT_TRY(find_weights(path, weights, err));
    GT_TRY(gt_safetensors_open(weights, file, err));
    const char *name = gt_safetensors_metadata(*file, GT_KEY_MODEL);
    if (!name || !gt_safetensors_metadata(*file, GT_KEY_MODEL_CONFIG))
        GT_THROW(err, GT_BAD_FORMAT, "%s: these are no weights of a run (no '%s' is told)",
                 weights, name ? GT_KEY_MODEL_CONFIG : GT_KEY_MODEL);
    if (gt_safetensors_metadata(*file, GT_KEY_LAYOUT))
        GT_THROW(err, GT_BAD_FORMAT,
                 "%s is a training state; best.safetensors beside it has the weights", weights);
    status = gt_model_class_find(name, class, err);
    if (status) status = gt_fail(err, GT_MISMATCH, "%s: unknown model '%s'", weights, name);
done:
    return status;
}

gt_status gt_run_class(const char *path, const gt_model_class **out, gt_error *err) {
    gt_safetensors *file = NULL;
    gt_status status = open_weights(path, &file, out, err);
    gt_safetensors_close(file);
    return status;
}

/* Only this program writes checksums. */
static gt_status verify(const gt_safetensors *file, gt_error *err) {
    const char *path = gt_safetensors_path(file);
    gt_status status = gt_safetensors_verify(file, err);
    if (status == GT_NOT_FOUND) {
        gt_remark("%s carries no checksums: nobody can tell whether it is as it was written",
                  path);
        return GT_OK;
    }
    if (status == GT_MISMATCH && err) {
        char sentence[sizeof err->text];
        snprintf(sentence, sizeof sentence, "%s", err->text);
        (void)gt_fail(
            err, status,
            "%s; if another program changed it, the metadata 'checksum' is to be left "
            "out",
            sentence);
    }
    return status;
}

static gt_status read_weights(const gt_safetensors *file, gt_run *run, gt_error *err) {
    gt_status status = verify(file, err);
    if (!status) status = gt_weights_take(file, run->model, run->is_given, err);
    const char *epoch = gt_safetensors_metadata(file, "epoch");
    run->epoch = epoch ? strtol(epoch, NULL, 10) : 0;
    return status;
}

static gt_status init_weights(gt_run *run, uint64_t seed, gt_error *err) {
    int count = gt_params_count(gt_model_params(run->model));
    for (int i = 0; i < count; i++) run->is_given[i] = true;
    return gt_model_init(run->model, seed, err);
}

/* Other programs may mean anything by that key. */
static gt_status take_record(const char *text, char **out, gt_error *err) {
    json_t *record = text && strlen(text) <= MOST_RECORD ? json_loads(text, 0, NULL) : NULL;
    bool is_record = json_is_object(record);
    json_decref(record);
    *out = is_record ? strdup(text) : NULL;
    return *out || !is_record ? GT_OK : gt_fail(err, GT_NO_MEMORY, "no memory for a record");
}

static const char *fact_of(const void *file, const char *name) {
    return gt_safetensors_metadata(file, name);
}

/* seed: of first weights in place of those of the file; NULL: those of the file. */
static gt_status open_run(const char *path, const uint64_t *seed, gt_run **out, gt_error *err) {
    gt_status status = GT_OK;
    gt_safetensors *file = NULL;
    const gt_model_class *class = NULL;
    gt_run *run = calloc(1, sizeof *run);
    if (!run) GT_THROW(err, GT_NO_MEMORY, "no memory for a run");
    run->imaging = gt_imaging_unknown();
    GT_TRY(open_weights(path, &file, &class, err));
    snprintf(run->path, sizeof run->path, "%s", gt_safetensors_path(file));
    GT_TRY(take_record(gt_safetensors_metadata(file, GT_KEY_PROVENANCE), &run->record, err));
    GT_TRY(gt_config_build_model(class, run->path,
                                 gt_safetensors_metadata(file, GT_KEY_MODEL_CONFIG),
                                 &run->model, err));
    const gt_imaging imaging = gt_imaging_load(fact_of, file);
    GT_TRY(gt_imaging_copy(&imaging, &run->imaging, err));
    size_t count = (size_t)gt_params_count(gt_model_params(run->model));
    run->is_given = calloc(count + 1, sizeof *run->is_given);
    if (!run->is_given) GT_THROW(err, GT_NO_MEMORY, "no memory for a run");
    GT_TRY(seed ? init_weights(run, *seed, err) : read_weights(file, run, err));
    *out = run;
    run = NULL;
done:
    gt_safetensors_close(file);
    gt_run_close(run);
    return status;
}

gt_status gt_run_open(const char *path, gt_run **out, gt_error *err) {
    return open_run(path, NULL, out, err);
}

gt_status gt_run_open_untrained(const char *path, uint64_t seed, gt_run **out, gt_error *err) {
    return open_run(path, &seed, out, err);
}

void gt_run_close(gt_run *run) {
    if (!run) return;
    gt_model_destroy(run->model);
    free(run->is_given);
    free(run->record);
    gt_imaging_free(&run->imaging);
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
