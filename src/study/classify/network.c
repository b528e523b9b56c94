/* network.c - a network that learned classes of pictures, as one classifier among the others.
 */
#include <stdlib.h>
#include <string.h>

#include "classify.h"
#include "galatea/interrupt.h"
#include "network.h"

typedef struct network {
    gt_run *run;
    gt_inference *inference;
    size_t batch, features;
    int32_t classes;
} network;

static void destroy(void *self) {
    network *n = self;
    if (!n) return;
    gt_inference_destroy(n->inference);
    gt_run_close(n->run);
    free(n);
}

static void answer(const network *n, const float *own, size_t row, const gt_prediction *out) {
    int32_t best = 0;
    for (int32_t k = 0; k < n->classes; k++) {
        if (out->probability)
            out->probability[row * (size_t)n->classes + (size_t)k] = (double)own[k];
        if (own[k] > own[best]) best = k;
    }
    if (out->score) out->score[row] = (double)own[1];
    if (out->predicted) out->predicted[row] = best;
}

static gt_status predict(const void *self, size_t count, const float *x,
                         const gt_prediction *out, gt_error *err) {
    gt_status status = GT_OK;
    const network *n = self;
    for (size_t at = 0; at < count; at += n->batch) {
        size_t part = count - at < n->batch ? count - at : n->batch;
        const float *own = NULL;
        if (gt_interrupt_pending()) GT_THROW(err, GT_INTERRUPTED, "interrupted");
        GT_TRY(gt_inference_run(n->inference, x + at * n->features, part, 0, at, &own, err));
        for (size_t i = 0; i < part; i++) answer(n, own + i * (size_t)n->classes, at + i, out);
    }
done:
    return status;
}

static gt_status open_network(const gt_context *context, const char *path, const char *set,
                              network *n, gt_error *err) {
    gt_status status = GT_OK;
    GT_TRY(gt_network_open_run(context, path, set, NULL, &n->run, err));
    const gt_model *model = gt_run_model(n->run);
    const gt_model_input *input = gt_model_input_of(model);
    if (!gt_model_class_of(model)->classify)
        GT_THROW(err, GT_UNSUPPORTED,
                 "%s is of model %s, which tells no classes apart; a run of galatea train "
                 "classifier does, and a folder of classifiers",
                 path, gt_model_class_of(model)->name);
    n->batch = (size_t)gt_use_batch(0, model);
    n->features = (size_t)(input->channels * input->height * input->width);
    const gt_use_options how = {
        .use = GT_USE_CLASSIFY, .batch = (int64_t)n->batch, .threads = context->threads};
    GT_TRY(gt_inference_create(n->run, &how, &n->inference, err));
    n->classes = (int32_t)gt_inference_width(n->inference);
done:
    return status;
}

/* Of weights that do not tell them those of the run that they are like; classes without a name
 * are called by their numbers. */
static gt_status name_classes(const gt_context *context, const network *n, gt_folder *out,
                              gt_error *err) {
    gt_status status = GT_OK;
    gt_run *like = NULL;
    size_t count = 0;
    const char *const *names = gt_run_class_names(n->run, &count);
    char number[16];
    if (count == 0 && context->network && context->network->like) {
        GT_TRY(gt_run_open(context->network->like, &like, err));
        names = gt_run_class_names(like, &count);
    }
    out->names = calloc((size_t)n->classes + 1, sizeof *out->names);
    if (!out->names) GT_THROW(err, GT_NO_MEMORY, "no memory for names");
    for (int32_t k = 0; k < n->classes; k++) {
        out->names[k] = strdup(gt_class_text(names, count, k, number));
        if (!out->names[k]) GT_THROW(err, GT_NO_MEMORY, "no memory for names");
    }
done:
    gt_run_close(like);
    return status;
}

gt_status gt_folder_of_run(const gt_context *context, const char *path, const char *set,
                           gt_folder *out, gt_error *err) {
    static const gt_classifier_class kind = {.name = "classifier",
                                             .summary =
                                                 "a network that learned classes of pictures",
                                             .predict = predict,
                                             .destroy = destroy};
    gt_status status = GT_OK;
    gt_method *method = &out->methods.list[0];
    network *n = calloc(1, sizeof *n);
    *out = (gt_folder){.imaging = gt_imaging_unknown()};
    if (!n) GT_THROW(err, GT_NO_MEMORY, "no memory for a network");
    GT_TRY(open_network(context, path, set, n, err));
    out->features = n->features;
    out->count = n->classes;
    out->run = n->run;
    const gt_imaging imaging = gt_run_imaging(n->run);
    GT_TRY(gt_imaging_copy(&imaging, &out->imaging, err));
    GT_TRY(name_classes(context, n, out, err));
    *method = (gt_method){.kind = &kind};
    GT_TRY(gt_classifier_wrap(&kind, n->features, n->classes, n, &method->fitted, err));
    n = NULL;
    out->methods.count = 1;
    out->classes = gt_classifier_classes_of(method->fitted);
done:
    destroy(n);
    return status;
}
