/* learnable.c - see learnable.h. */
#include "learnable.h"

#include <inttypes.h>
#include <stdio.h>

#include "needs.h"

/* Sizes of networks follow from those of the pictures; what the pixels are like is no matter.
 */
static gt_status make_model(const gt_sweep *sweep, const gt_dataset *data, gt_error *err) {
    const gt_dataset_info *info = gt_dataset_describe(data);
    const gt_train_job *job = sweep->job;
    gt_model_input input = GT_MODEL_INPUT((int64_t)info->channels, (int64_t)info->height,
                                          (int64_t)info->width, 0, 1);
    gt_model *model = NULL;
    (void)gt_model_fit_input(job->model, &input);
    gt_status status = gt_model_create(job->model, job->model_settings, &input, &model, err);
    if (status) gt_blame(err, "%s", gt_dataset_path(data));
    gt_model_destroy(model);
    return status;
}

gt_status gt_learnable_check(const gt_sweep *sweep, const gt_dataset *data, size_t judged,
                             gt_error *err) {
    gt_status status = GT_OK;
    const gt_train_job *job = sweep->job;
    GT_TRY(gt_needs_check(job->model, job->settings, err));
    for (size_t i = 0; i < sweep->size_count; i++) {
        char name[GT_TWINS_NAME];
        size_t size = (size_t)sweep->sizes[i];
        gt_needs_epoch epoch;
        snprintf(name, sizeof name, "size %zu", size);
        GT_TRY(gt_needs_batches(job->model, job->settings, name, size, size + judged, &epoch,
                                err));
    }
    GT_TRY(make_model(sweep, data, err));
done:
    return status;
}

gt_status gt_learnable_read(const gt_sweep *sweep, const gt_dataset *data, uint64_t *rows,
                            size_t count, gt_error *err) {
    const gt_train_rows all = {
        .train = rows, .train_count = count, .all = rows, .all_count = count};
    gt_measured found = {0};
    gt_status status = gt_needs_measure(sweep->job->model, data, &all, &found, err);
    gt_measured_free(&found);
    return status;
}
