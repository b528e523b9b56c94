/* probe.c - nearest neighbours among the codes of a model in training, see probe.h. */
#include "probe.h"

#include <stdlib.h>
#include <string.h>

#include "classify/classify.h"
#include "galatea/interrupt.h"
#include "galatea/run.h"
#include "knn.h"
#include "run_use.h"

enum { NEIGHBOURS = 20 };

struct gt_probe {
    gt_train_probe view;
    gt_subject subject;
    gt_options *options; /* of encoding, at their defaults */
    void *settings;
    bool is_exact;
    gt_inference *inference; /* compiled before the first step */
    size_t batch, width;
    float *codes;
    int32_t *places; /* of the classes of the rows, among those that there are */
};

/* ---- measuring ---- */

static gt_status prepare(void *user, const gt_train_scene *scene, uint64_t *bytes,
                         gt_error *err) {
    gt_status status = GT_OK;
    gt_probe *p = user;
    const gt_samples *rows = &p->subject.train;
    p->batch = (size_t)gt_use_batch(0, scene->model);
    GT_TRY(gt_inference_create_for(scene->model, scene->values,
                                   &(gt_use_options){.use = GT_USE_ENCODE,
                                                     .settings = p->settings,
                                                     .batch = (int64_t)p->batch,
                                                     .threads = scene->threads,
                                                     .exact = p->is_exact},
                                   &p->inference, err));
    p->width = gt_inference_width(p->inference);
    p->codes = calloc(rows->rows, p->width * sizeof *p->codes);
    if (!p->codes) GT_THROW(err, GT_NO_MEMORY, "no memory for %zu codes", rows->rows);
    *bytes = gt_inference_bytes(p->inference) +
             rows->rows * (rows->features + p->width) * sizeof(float);
done:
    return status;
}

static gt_status encode(gt_probe *p, gt_error *err) {
    gt_status status = GT_OK;
    const gt_samples *rows = &p->subject.train;
    const float *codes;
    for (size_t at = 0; at < rows->rows; at += p->batch) {
        size_t count = rows->rows - at < p->batch ? rows->rows - at : p->batch;
        if (gt_interrupt_pending()) GT_THROW(err, GT_INTERRUPTED, "interrupted");
        GT_TRY(gt_inference_run(p->inference, rows->x + at * rows->features, count, 1, at,
                                &codes, err));
        memcpy(p->codes + at * p->width, codes, count * p->width * sizeof *codes);
    }
done:
    return status;
}

static gt_status measure(void *user, const gt_train_scene *scene, double *out, gt_error *err) {
    gt_status status = GT_OK;
    gt_probe *p = user;
    const gt_samples *rows = &p->subject.train;
    gt_inference_bind_values(p->inference, scene->values);
    GT_TRY(encode(p, err));
    gt_knn_problem known = {rows->rows, p->width,  p->subject.known.count,
                            p->codes,   p->places, NEIGHBOURS};
    GT_TRY(gt_knn_leave_one_out(&known, out, err));
done:
    if (status && status != GT_INTERRUPTED) gt_blame(err, "probe %s", p->subject.path);
    return status;
}

/* ---- opening ---- */

static gt_status check_images(const gt_probe *p, const char *data, gt_error *err) {
    gt_status status = GT_OK;
    gt_dataset *set = NULL;
    GT_TRY(gt_dataset_open(data, &set, err));
    const gt_dataset_info *a = gt_dataset_describe(p->subject.data),
                          *b = gt_dataset_describe(set);
    if (a->kind != GT_DATASET_IMAGES)
        GT_THROW(err, GT_MISMATCH, "probe %s: holds codes, expected images", p->subject.path);
    if (a->channels != b->channels || a->height != b->height || a->width != b->width)
        GT_THROW(err, GT_BAD_SHAPE,
                 "probe %s has images of %zux%zux%zu, %s to learn from has %zux%zux%zu",
                 p->subject.path, a->channels, a->height, a->width, data, b->channels,
                 b->height, b->width);
    GT_TRY(gt_use_check_unit(p->subject.data, err));
done:
    gt_dataset_close(set);
    return status;
}

static gt_status check_pixels(const gt_probe *p, gt_error *err) {
    const gt_samples *rows = &p->subject.train;
    gt_value_range range = gt_dataset_range(gt_dataset_describe(p->subject.data));
    char expected[GT_RANGE_TEXT];
    for (size_t i = 0; i < rows->rows * rows->features; i++) {
        if (rows->x[i] >= 0 && rows->x[i] <= 255) continue;
        gt_range_expected(range, expected);
        return gt_fail(err, GT_BAD_ARGUMENT, "probe %s: a pixel is %g, expected %s",
                       p->subject.path, gt_range_value(range, (double)rows->x[i]), expected);
    }
    return GT_OK;
}

static gt_status read_settings(gt_probe *p, const gt_model_class *model, gt_error *err) {
    gt_status status = gt_options_create(&p->options, err);
    if (status) return status;
    p->settings = calloc(1, model->encode_size + 1);
    if (!p->settings) return gt_fail(err, GT_NO_MEMORY, "no memory for settings");
    return model->encode_options
               ? gt_options_add(p->options, model->encode_options, p->settings, err)
               : GT_OK;
}

static gt_status place_rows(gt_probe *p, gt_error *err) {
    const gt_samples *rows = &p->subject.train;
    p->places = malloc(rows->rows * sizeof *p->places);
    if (!p->places) return gt_fail(err, GT_NO_MEMORY, "no memory for %zu labels", rows->rows);
    for (size_t i = 0; i < rows->rows; i++)
        p->places[i] = gt_classes_place(&p->subject.known, rows->labels[i]);
    return GT_OK;
}

gt_status gt_probe_open(const gt_model_class *model, const gt_train_settings *settings,
                        gt_probe **out, gt_error *err) {
    gt_status status = GT_OK;
    gt_probe *p = calloc(1, sizeof *p);
    if (!p) GT_THROW(err, GT_NO_MEMORY, "no memory for a probe");
    if (!model->encode)
        GT_THROW(err, GT_USAGE, "probe: %s makes no codes of images", model->name);
    p->is_exact = settings->exact;
    GT_TRY(gt_subject_open(settings->probe, &p->subject, err));
    GT_TRY(check_images(p, settings->data, err));
    GT_TRY(gt_subject_read_training(&p->subject, err));
    GT_TRY(check_pixels(p, err));
    if (p->subject.train.rows <= NEIGHBOURS)
        GT_THROW(err, GT_BAD_ARGUMENT,
                 "probe %s has %zu labelled rows in split 0, expected more than %d",
                 settings->probe, p->subject.train.rows, NEIGHBOURS);
    GT_TRY(place_rows(p, err));
    GT_TRY(read_settings(p, model, err));
    p->view = (gt_train_probe){
        "probe", {"knn_accuracy"}, settings->probe_every, prepare, measure, p, .judges = true};
    *out = p;
    p = NULL;
done:
    gt_probe_close(p);
    return status;
}

void gt_probe_close(gt_probe *probe) {
    if (!probe) return;
    gt_inference_destroy(probe->inference);
    gt_options_destroy(probe->options);
    gt_subject_close(&probe->subject);
    free(probe->settings);
    free(probe->codes);
    free(probe->places);
    free(probe);
}

const gt_train_probe *gt_probe_view(const gt_probe *probe) {
    return &probe->view;
}
