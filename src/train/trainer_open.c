/* trainer_open.c - beginning a run, or taking one up: folder, data, model, state. */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <omp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config.h"
#include "file.h"
#include "galatea/log.h"
#include "galatea/version.h"
#include "needs.h"
#include "outfile.h"
#include "state_file.h"
#include "text.h"
#include "trainer.h"
#include "weights.h"

/* ---- the folder ---- */

/* A folder without a state may hold what a run leaves that was killed before its first one. */
static gt_status check_beginning(const char *folder, gt_error *err) {
    gt_status status = GT_OK;
    DIR *entries = opendir(folder);
    if (!entries)
        return gt_fail(err, GT_IO, "%s: reading the folder failed: %s", folder,
                       strerror(errno));
    for (struct dirent *entry; status == GT_OK && (entry = readdir(entries));)
        if (entry->d_name[0] != '.' && !gt_run_begins_with(entry->d_name))
            status = gt_fail(err, GT_MISMATCH,
                             "%s holds '%s' but no training state: give --out another folder",
                             folder, entry->d_name);
    (void)closedir(entries);
    return status;
}

/* Bytes of the longest part of a path that is there. */
static size_t count_existing(const char *path) {
    char part[GT_PATH_SIZE];
    size_t length = strlen(path);
    for (; length > 0; length--) {
        if (path[length] && path[length] != '/') continue;
        snprintf(part, sizeof part, "%.*s", (int)length, path);
        if (access(part, F_OK) == 0) break;
    }
    return length;
}

/* Removes what claim_folder made, if nothing lies in it. */
static void leave_folder(const gt_trainer *t) {
    char part[GT_PATH_SIZE];
    for (size_t length = strlen(t->set->out); length > t->kept_path; length--) {
        if (t->set->out[length] && t->set->out[length] != '/') continue;
        snprintf(part, sizeof part, "%.*s", (int)length, t->set->out);
        if (rmdir(part)) return;
    }
}

static gt_status claim_folder(gt_trainer *t, bool *has_state, gt_error *err) {
    gt_status status = GT_OK;
    char path[GT_PATH_SIZE], previous[GT_PATH_SIZE];
    GT_TRY(gt_run_path(t->set->out, "state.safetensors", path, err));
    GT_TRY(gt_run_path(t->set->out, "state.previous.safetensors", previous, err));
    *has_state = access(path, F_OK) == 0 || access(previous, F_OK) == 0;
    if (t->set->resume && !*has_state)
        GT_THROW(err, GT_NOT_FOUND, "%s: there is no run to resume (no state.safetensors)",
                 t->set->out);
    t->kept_path = count_existing(t->set->out);
    GT_TRY(gt_mkdirs(t->set->out, err));
    GT_TRY(gt_runlock_acquire(t->set->out, &t->lock, err));
    if (!*has_state) GT_TRY(check_beginning(t->set->out, err));
    GT_TRY(gt_outfile_sweep(t->set->out, NULL, err));
done:
    return status;
}

/* ---- what a run is ---- */

static gt_status copy_text(const char *text, char **out, gt_error *err) {
    *out = strdup(text);
    return *out ? GT_OK : gt_fail(err, GT_NO_MEMORY, "no memory for a text");
}

/* The files of a run keep texts as UTF-8: better told before the work than at its first save.
 */
static gt_status check_text(const char *option, const char *text, gt_error *err) {
    for (const char *at = text; *at; at += gt_utf8_length(at))
        if (gt_utf8_length(at) == 0)
            return gt_fail(
                err, GT_USAGE,
                "%s '%.200s': a name that is not UTF-8 cannot be kept in the files of "
                "a run; rename it, or give a link to it",
                option, text);
    return GT_OK;
}

static gt_status describe(gt_trainer *t, gt_identity *out, gt_error *err) {
    gt_status status = GT_OK;
    int descriptor = -1;
    out->threads = t->set->threads > 0 ? t->set->threads : omp_get_max_threads();
    GT_TRY(check_text("--data", t->set->data, err));
    if (t->set->init) GT_TRY(check_text("--init", t->set->init, err));
    GT_TRY(copy_text(t->job->model->name, &out->model, err));
    GT_TRY(copy_text(t->set->data, &out->data_path, err));
    GT_TRY(copy_text(gt_version(), &out->version, err));
    out->imaging = gt_imaging_of(gt_dataset_describe(t->data));
    if (t->job->provenance) GT_TRY(copy_text(t->job->provenance, &out->provenance, err));
    GT_TRY(gt_needs_class_names(t->job->model, t->data, &out->class_names, err));
    GT_TRY(gt_config_of_run(t->job, &out->config, err));
    GT_TRY(gt_file_open(t->set->data, &descriptor, &out->data_size, err));
    GT_TRY(gt_file_hash(t->set->data, &out->data_hash, err));
    GT_TRY(gt_dataset_check(t->data, err));
    gt_dataset_accept_hash(t->data, out->data_hash);
done:
    if (descriptor >= 0) (void)close(descriptor);
    return status;
}

/* A difference that changes results: an error, or a remark with --force. */
GT_PRINTF(3, 4)
static gt_status object(const gt_trainer *t, gt_error *err, const char *format, ...) {
    char text[400];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (!t->set->force)
        return gt_fail(err, GT_MISMATCH, "%s (--force resumes all the same)", text);
    gt_remark("%s; resumed all the same", text);
    return GT_OK;
}

static gt_status check_same_run(const gt_trainer *t, const gt_identity *was,
                                const gt_identity *is, gt_error *err) {
    gt_status status = GT_OK;
    const char *folder = t->set->out;
    if (strcmp(was->model, is->model) != 0)
        GT_THROW(err, GT_MISMATCH, "%s is a run of model %s, not %s", folder, was->model,
                 is->model);
    GT_TRY(gt_config_compare(t->job->model, folder, was->config, is->config, NULL, err));
    if (was->data_size != is->data_size)
        GT_TRY(object(t, err,
                      "%s was begun with a data set of %" PRIu64 " bytes (%s), %s has %" PRIu64,
                      folder, was->data_size, was->data_path, is->data_path, is->data_size));
    else if (was->data_hash != is->data_hash)
        GT_TRY(object(t, err, "%s: its bytes are not those that %s was begun with (%s)",
                      is->data_path, folder, was->data_path));
    if (strcmp(was->version, is->version) != 0)
        GT_TRY(object(t, err, "%s was begun by Galatea %s, this is %s", folder, was->version,
                      is->version));
    if (was->threads != is->threads)
        GT_TRY(object(t, err,
                      "%s was begun with %" PRId64 " threads, not %" PRId64
                      ": sums would be rounded differently; give --threads %" PRId64,
                      folder, was->threads, is->threads, was->threads));
done:
    return status;
}

/* ---- beginning and taking up ---- */

static gt_status make_learners(gt_trainer *t, gt_error *err) {
    gt_status status = GT_OK;
    int moments = 0;
    bool averaged = false;
    t->at = (gt_position){.best = INFINITY};
    t->learner_count = gt_model_objective_count(t->model);
    for (int k = 0; k < t->learner_count; k++) {
        gt_learner_settings *own = &t->learner_settings[k];
        t->learners[k] = gt_learner_make(t->model, k);
        GT_TRY(gt_learner_settings_resolve(t->model, k, t->set, own, err));
        t->at.learners[k] = gt_learner_start(own, t->set);
        int count = gt_optimizer_state_count(&own->rule);
        if (count > moments) moments = count;
        averaged |= own->average > 0;
    }
    GT_TRY(gt_vectors_create(t->model, moments, averaged, &t->vectors, err));
done:
    return status;
}

/* Samples of color, or of other sides, beside pictures that have none can hardly be compared;
 * where most of what is learned would be how pictures are enlarged, nothing begins. */
static gt_status compare_made(const gt_model *model, gt_error *err) {
    enum { MOST_ENLARGED = 4 };
    const gt_model_class *class = gt_model_class_of(model);
    if (!class->sample || class->needs.codes) return GT_OK;
    const gt_shape shape = gt_model_made(model);
    const gt_model_input *seen = gt_model_input_of(model);
    long long made = shape.dim[0], height = shape.dim[1], width = shape.dim[2];
    if (height > MOST_ENLARGED * seen->height || width > MOST_ENLARGED * seen->width)
        return gt_fail(err, GT_USAGE,
                       "images of %lldx%lld would be enlarged to the %lldx%lld of the model, "
                       "expected at most %d times: a smaller --side, or larger pictures",
                       (long long)seen->height, (long long)seen->width, height, width,
                       MOST_ENLARGED);
    if (made != seen->channels)
        gt_remark("samples will have %lld channels, the pictures learned from have %lld: "
                  "--channels %lld makes them alike",
                  made, (long long)seen->channels, (long long)seen->channels);
    if (height != seen->height || width != seen->width)
        gt_remark(
            "samples will have %lldx%lld pixels, the pictures learned from have %lldx%lld "
            "and are resized (--side)",
            height, width, (long long)seen->height, (long long)seen->width);
    return GT_OK;
}

static gt_status tell_shared_ids(const gt_trainer *t, gt_error *err) {
    char shared[GT_ID_TEXT];
    gt_status status = gt_train_rows_shared_ids(t->data, &t->rows, shared, err);
    if (status == GT_OK && *shared) gt_remark("%s: %s", t->set->data, shared);
    return status;
}

static gt_status begin(gt_trainer *t, gt_error *err) {
    gt_status status = GT_OK;
    gt_measured found = {0};
    GT_TRY(tell_shared_ids(t, err));
    GT_TRY(gt_needs_measure(t->job->model, t->data, &t->rows, &found, err));
    t->identity.brightness = found.brightness;
    status =
        gt_model_create(t->job->model, t->job->model_settings, &found.input, &t->model, err);
    if (status) {
        gt_blame(err, "%s", t->set->data);
        goto done;
    }
    status = compare_made(t->model, err);
    if (status) gt_blame(err, "%s", t->set->data);
    GT_TRY(status);
    GT_TRY(gt_model_init(t->model, (uint64_t)t->set->seed, err));
    GT_TRY(gt_trainer_init_from_rows(t, err));
    if (t->set->init)
        GT_TRY(gt_weights_begin(t->set->init, t->set->prefix, t->set->partial, t->model, err));
    GT_TRY(gt_config_of_model(t->job->model, t->job->model_settings, &found.input,
                              &t->identity.model_config, err));
    GT_TRY(make_learners(t, err));
    if (t->vectors.average)
        memcpy(t->vectors.average, t->vectors.values, t->vectors.count * sizeof(float));
done:
    gt_measured_free(&found);
    return status;
}

static gt_status check_images(const gt_trainer *t, gt_error *err) {
    const gt_model_input *input = gt_model_input_of(t->model);
    const gt_dataset_info *info = gt_dataset_describe(t->data);
    if ((int64_t)info->channels == input->channels && (int64_t)info->height == input->height &&
        (int64_t)info->width == input->width)
        return GT_OK;
    char now[GT_NEEDS_ROOM], then[GT_NEEDS_ROOM];
    return gt_fail(
        err, GT_BAD_SHAPE, "%s has %s, %s was begun with %s", gt_dataset_path(t->data),
        gt_needs_rows_text(t->job->model, (int64_t)info->channels, (int64_t)info->height,
                           (int64_t)info->width, now),
        t->set->out,
        gt_needs_rows_text(t->job->model, input->channels, input->height, input->width, then));
}

/* Runs of earlier versions do not tell. */
static gt_status take_brightness(gt_trainer *t, const gt_identity *was, gt_error *err) {
    gt_measured found = {0};
    t->identity.brightness = was->brightness;
    if (was->brightness.count || t->job->model->needs.codes) return GT_OK;
    gt_status status = gt_needs_measure(t->job->model, t->data, &t->rows, &found, err);
    t->identity.brightness = found.brightness;
    gt_measured_free(&found);
    return status;
}

static gt_status resume(gt_trainer *t, gt_error *err) {
    gt_status status = GT_OK;
    gt_safetensors *file = NULL;
    gt_identity was = {0};
    GT_TRY(gt_state_open(t->set->out, &file, &was, err));
    GT_TRY(check_same_run(t, &was, &t->identity, err));
    GT_TRY(copy_text(was.model_config, &t->identity.model_config, err));
    GT_TRY(gt_config_build_model(t->job->model, gt_safetensors_path(file), was.model_config,
                                 &t->model, err));
    GT_TRY(check_images(t, err));
    GT_TRY(take_brightness(t, &was, err));
    GT_TRY(make_learners(t, err));
    GT_TRY(gt_state_read(file, t->model, t->learner_settings, &t->vectors, &t->at, err));
    GT_TRY(gt_algorithms_parse(t->algorithms, was.algorithms, err));
    t->is_resumed = true;
    if (t->set->algorithms)
        gt_remark("%s goes on with its own algorithms.txt; --algorithms is for new runs",
                  t->set->out);
done:
    gt_safetensors_close(file);
    gt_identity_free(&was);
    return status;
}

/* Of a run that was killed before its first checkpoint, or those that the user names, or those
 * that were measured on this machine. They become the run's own. */
static gt_status read_algorithms(gt_trainer *t, gt_error *err) {
    gt_status status = GT_OK;
    char path[GT_PATH_SIZE];
    GT_TRY(gt_run_path(t->set->out, "algorithms.txt", path, err));
    if (access(path, F_OK) == 0) return gt_algorithms_read(t->algorithms, path, err);
    if (t->set->algorithms) return gt_algorithms_read(t->algorithms, t->set->algorithms, err);
    if (gt_algorithms_path(path, sizeof path, NULL) == GT_OK && access(path, F_OK) == 0)
        GT_TRY(gt_algorithms_read(t->algorithms, path, err));
done:
    return status;
}

/* Which rows train, and in batches of how many. */
static gt_status plan_batches(gt_trainer *t, gt_error *err) {
    const gt_train_settings *set = t->set;
    gt_status status = GT_OK;
    gt_needs_epoch epoch = {0};
    GT_TRY(gt_needs_check(t->job->model, set, err));
    GT_TRY(gt_train_rows_from_settings(t->data, t->job->model, set, &t->rows, err));
    if (t->rows.unlabelled)
        gt_remark("%s: %zu rows without a label are left out", set->data, t->rows.unlabelled);
    GT_TRY(gt_needs_batches(t->job->model, set, set->data, t->rows.train_count,
                            t->rows.all_count, &epoch, err));
    if (set->epoch_rows > 0 && (size_t)set->epoch_rows < t->rows.train_count)
        gt_remark("epoch-rows %" PRId64 " is less than the %zu rows to learn from: an epoch is "
                  "all of them once",
                  set->epoch_rows, t->rows.train_count);
    t->batch = epoch.batch, t->passes = epoch.passes, t->batches = epoch.batches;
done:
    return status;
}

/* Weights follow from the data and the settings alone, so a resumed run has them again. */
static gt_status measure_weights(gt_trainer *t, gt_error *err) {
    gt_status status = GT_OK;
    unsigned planes = gt_pixel_weights_planes(t->set->pixel_weights);
    gt_pixel_weights unused; /* rows that validate must be sound as well */
    if (!planes) return GT_OK;
    if (t->rows.validation_count)
        GT_TRY(gt_pixel_weights_measure(t->data, planes, t->rows.validation,
                                        t->rows.validation_count, &unused, err));
    GT_TRY(gt_pixel_weights_measure(t->data, planes, t->rows.train, t->rows.train_count,
                                    &t->weights, err));
done:
    return status;
}

gt_status gt_trainer_open(gt_trainer *t, gt_error *err) {
    gt_status status = GT_OK;
    bool has_state = false;
    if (t->job->augmentation) GT_TRY(gt_augmentation_check(t->job->augmentation, err));
    t->kept_path = strlen(t->set->out); /* so far nothing was made */
    GT_TRY(gt_needs_open(t->job->model, t->set->data, &t->data, err));
    GT_TRY(plan_batches(t, err));
    GT_TRY(measure_weights(t, err));
    t->algorithms = gt_algorithms_create();
    if (!t->algorithms) GT_THROW(err, GT_NO_MEMORY, "no memory for the choice of algorithms");
    GT_TRY(describe(t, &t->identity, err));
    GT_TRY(claim_folder(t, &has_state, err));
    if (has_state) {
        GT_TRY(resume(t, err));
    } else {
        GT_TRY(read_algorithms(t, err));
        GT_TRY(begin(t, err));
    }
    if (t->weights.planes) GT_TRY(gt_model_weigh(t->model, err));
done:
    return status;
}

void gt_trainer_close(gt_trainer *t) {
    gt_journal_close(t->journal);
    for (int k = 0; k < t->learner_count; k++) gt_learner_close(&t->learners[k]);
    gt_loader_destroy(t->loader);
    gt_loader_destroy(t->validation_loader);
    gt_algorithms_destroy(t->algorithms);
    gt_plan_arena_destroy(t->arena);
    gt_vectors_free(&t->vectors);
    gt_model_destroy(t->model);
    gt_train_rows_free(&t->rows);
    gt_dataset_close(t->data);
    gt_identity_free(&t->identity);
    gt_runlock_release(t->lock);
    leave_folder(t);
}
