/* learning.c - sets read, methods judged, results kept. */
#include <stdlib.h>

#include "classify.h"
#include "outfile.h"
#include "outfolder.h"
#include "provenance.h"

/* Boosting on pixels takes hours where on codes it takes seconds. */
static gt_status open_set(const gt_learning_request *r, const char *path, gt_evaluated *out,
                          gt_error *err) {
    gt_status status = GT_OK;
    GT_TRY(gt_subject_open(path, &out->subject, err));
    bool is_images = gt_dataset_describe(out->subject.data)->kind == GT_DATASET_IMAGES;
    GT_TRY(gt_methods_parse(is_images && r->image_methods ? r->image_methods : r->methods,
                            r->settings, &out->methods, err));
done:
    return status;
}

static gt_status open_sets(const gt_learning_request *r, gt_learning *l, gt_error *err) {
    gt_status status = GT_OK;
    gt_evaluated *codes = &l->codes, *baseline = &l->baseline;
    GT_TRY(open_set(r, r->set, codes, err));
    if (r->baseline) GT_TRY(open_set(r, r->baseline, baseline, err));
    GT_TRY(gt_subject_read(&codes->subject, err));
    if (r->baseline) GT_TRY(gt_subject_read(&baseline->subject, err));
done:
    return status;
}

static gt_status judge(const gt_context *context, const gt_learning_request *r, gt_learning *l,
                       gt_error *err) {
    gt_status status = GT_OK;
    gt_fitting *fitting = &l->fitting;
    gt_evaluated *codes = &l->codes, *baseline = &l->baseline;
    bool keeps = r->out || r->save;
    const char *out = r->out        ? r->out
                      : r->save     ? r->save
                      : r->by_class ? r->by_class
                                    : r->confusion;
    GT_TRY(gt_fitting_expect(fitting, &codes->methods, &codes->subject, err));
    if (r->baseline)
        GT_TRY(gt_fitting_expect(fitting, &baseline->methods, &baseline->subject, err));
    GT_TRY(gt_fitting_start(fitting, context, out, err));
    GT_TRY(gt_fitting_evaluate(fitting, &codes->methods, &codes->subject, keeps, err));
    if (r->baseline)
        GT_TRY(
            gt_fitting_evaluate(fitting, &baseline->methods, &baseline->subject, false, err));
done:
    gt_progress_finish(&fitting->progress);
    return status;
}

static gt_status write_outputs(const gt_context *context, const gt_learning_request *r,
                               const gt_learning *l, gt_error *err) {
    gt_status status = GT_OK;
    char **names = NULL;
    const gt_evaluated *codes = &l->codes;
    GT_TRY(gt_subject_names(&codes->subject, &codes->subject.known, &names, err));
    gt_forecast forecast = {.subject = &codes->subject,
                            .methods = &codes->methods,
                            .classes = &codes->subject.known,
                            .names = (const char *const *)names,
                            .context = context};
    if (r->save) GT_TRY(gt_folder_save(r->save, &forecast, l->provenance, err));
    if (r->out) GT_TRY(gt_forecast_write(&forecast, r->out, l->provenance, NULL, err));
done:
    gt_class_names_free(names, (size_t)codes->subject.known.count);
    return status;
}

static gt_status count_classes(gt_learning *l, gt_error *err) {
    gt_status status = GT_OK;
    GT_TRY(gt_methods_class_parts(&l->codes.methods, &l->codes.subject, &l->parts, err));
    if (l->has_baseline)
        GT_TRY(
            gt_methods_class_parts(&l->baseline.methods, &l->baseline.subject, &l->parts, err));
done:
    return status;
}

/* All that is asked for, or nothing. */
static gt_status write_results(const gt_context *context, const gt_learning_request *r,
                               const gt_learning *l, gt_error *err) {
    gt_status status = GT_OK;
    gt_outfiles_begin();
    GT_TRY(write_outputs(context, r, l, err));
    if (r->by_class) GT_TRY(gt_class_parts_write(&l->parts, r->by_class, l->provenance, err));
    if (r->confusion) GT_TRY(gt_class_parts_draw(&l->parts, r->confusion, l->provenance, err));
    GT_TRY(gt_outfiles_end(err));
done:
    gt_outfiles_drop();
    return status;
}

gt_status gt_learn(const gt_context *context, const gt_learning_request *request,
                   gt_learning *l, gt_error *err) {
    gt_status status = GT_OK;
    const char *const inputs[] = {request->set, request->baseline, NULL};
    l->has_baseline = request->baseline != NULL;
    GT_TRY(gt_fitting_check(&l->fitting, err));
    if (request->save) GT_TRY(gt_outfolder_check(request->save, err));
    l->fitting.progress = gt_context_progress(context, 0, "reading");
    GT_TRY(open_sets(request, l, err));
    GT_TRY(gt_provenance_make(context->invocation, inputs, &l->provenance, err));
    gt_progress_finish(&l->fitting.progress);
    GT_TRY(judge(context, request, l, err));
    GT_TRY(count_classes(l, err));
    GT_TRY(write_results(context, request, l, err));
done:
    return status;
}

void gt_learning_finish(gt_learning *l, gt_status status) {
    gt_fitting_finish(&l->fitting, status);
    free(l->provenance);
    gt_class_parts_free(&l->parts);
    gt_subject_close(&l->codes.subject);
    gt_subject_close(&l->baseline.subject);
    gt_methods_close(&l->codes.methods);
    gt_methods_close(&l->baseline.methods);
}
