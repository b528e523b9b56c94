/* critics.c - see critics.h. */
#include "critics.h"

#include <stdio.h>
#include <stdlib.h>

static gt_status open_plans(gt_critic *j, gt_error *err) {
    gt_status status = GT_OK;
    const gt_model_class *class = gt_model_class_of(gt_run_model(j->run));
    gt_use_options how = {.use = GT_USE_SAMPLE,
                          .batch = GT_CRITIC_BATCH,
                          .threads = j->twin.sweep->context->threads,
                          .exact = j->twin.sweep->job->settings->exact};
    GT_TRY(gt_usual_open(class->sample_options, class->sample_size,
                         j->twin.sweep->settings->sampling, &j->sampling, err));
    how.settings = j->sampling.values;
    GT_TRY(gt_inference_create(j->run, &how, &j->maker.inference, err));
    how.use = GT_USE_SCORE;
    how.settings = NULL;
    GT_TRY(gt_inference_create(j->run, &how, &j->of_learned, err));
    how.image = gt_model_made(gt_run_model(j->run));
    GT_TRY(gt_inference_create(j->run, &how, &j->of_made, err));
done:
    return status;
}

static gt_status make_room(gt_critic *j, gt_error *err) {
    size_t own = gt_dataset_row_values(gt_dataset_describe(j->learned));
    j->values = (size_t)gt_shape_count(gt_model_made(gt_run_model(j->run)));
    j->made = malloc(GT_CRITIC_BATCH * j->values * sizeof *j->made);
    j->read = malloc(GT_CRITIC_BATCH * own * sizeof *j->read);
    return j->made && j->read ? GT_OK : gt_fail(err, GT_NO_MEMORY, "no memory for a batch");
}

gt_status gt_critic_open(const gt_twin *twin, const char *weights, gt_critic *j,
                         gt_error *err) {
    gt_status status = GT_OK;
    char path[GT_TWINS_PATH];
    j->twin = *twin;
    GT_TRY(gt_twin_weights(twin, weights, path, err));
    GT_TRY(gt_run_open(path, &j->run, err));
    GT_TRY(gt_twin_subset(twin, path, err));
    GT_TRY(gt_dataset_open(path, &j->learned, err));
    j->maker = (gt_picture_maker){.model = gt_run_model(j->run),
                                  .range = gt_run_imaging(j->run).range,
                                  .seed = (uint64_t)twin->sweep->settings->sample_seed};
    GT_TRY(make_room(j, err));
    GT_TRY(open_plans(j, err));
done:
    return status;
}

void gt_critic_close(gt_critic *j) {
    gt_inference_destroy(j->maker.inference);
    gt_inference_destroy(j->of_made);
    gt_inference_destroy(j->of_learned);
    gt_usual_close(&j->sampling);
    gt_dataset_close(j->learned);
    gt_run_close(j->run);
    free(j->made);
    free(j->read);
    *j = (gt_critic){0};
}

gt_status gt_critic_make(const gt_critic *j, size_t first, size_t count, gt_error *err) {
    gt_status status = gt_make_pictures(&j->maker, NULL, first, count, j->made, err);
    for (size_t i = 0; status == GT_OK && i < count * j->values; i++)
        j->made[i] = gt_made_level(j->maker.range, j->made[i]);
    return status;
}

/* Several scores stand side by side; the first is that of the whole picture. */
static gt_status score(gt_inference *inference, const float *pictures, size_t count,
                       float *scores, gt_error *err) {
    gt_status status = GT_OK;
    const float *said = NULL;
    size_t width = gt_inference_width(inference);
    GT_TRY(gt_inference_run(inference, pictures, count, 0, 0, &said, err));
    for (size_t i = 0; i < count; i++) scores[i] = said[i * width];
done:
    return status;
}

gt_status gt_critic_score_made(const gt_critic *j, const float *made, size_t count,
                               float *scores, gt_error *err) {
    return score(j->of_made, made, count, scores, err);
}

gt_status gt_critic_score_rows(const gt_critic *j, const uint64_t *rows, size_t count,
                               float *scores, gt_error *err) {
    gt_status status = GT_OK;
    GT_TRY(gt_dataset_read_rows(j->learned, rows, count, j->read, err));
    GT_TRY(score(j->of_learned, j->read, count, scores, err));
done:
    return status;
}
