/* comparing.c - a comparison from its files to its results. */
#include <stdlib.h>

#include "compare.h"
#include "provenance.h"

/* The paths of all files, as they were opened. */
static gt_status make_provenance(gt_comparison *c, const gt_context *context, gt_error *err) {
    const char **inputs = calloc(c->count + 1, sizeof *inputs);
    if (!inputs) return gt_fail(err, GT_NO_MEMORY, "no memory for a list of files");
    for (size_t i = 0; i < c->count; i++) inputs[i] = c->entries[i].subject.path;
    gt_status status = gt_provenance_make(context->invocation, inputs, &c->provenance, err);
    free(inputs);
    return status;
}

static gt_status judge_entry(gt_comparison *c, gt_entry *e, gt_error *err) {
    gt_status status = gt_fitting_evaluate(&c->fitting, &e->methods, &e->subject, false, err);
    if (status == GT_OK) status = gt_comparison_sum_up(c, err);
    if (c->on_entry && e->methods.list[0].is_evaluated) c->on_entry(c, e);
    return status;
}

static gt_status judge(gt_comparison *c, const gt_context *context, const char *out,
                       gt_error *err) {
    gt_status status = GT_OK;
    for (size_t i = 0; i < c->count; i++)
        GT_TRY(gt_fitting_expect(&c->fitting, &c->entries[i].methods, &c->entries[i].subject,
                                 err));
    GT_TRY(gt_fitting_start(&c->fitting, context, out, err));
    for (size_t s = 0; s < c->set_count; s++)
        for (size_t i = 0; i < c->count; i++)
            if (c->entries[i].set == s) GT_TRY(judge_entry(c, &c->entries[i], err));
done:
    gt_progress_finish(&c->fitting.progress);
    return status;
}

gt_status gt_compare(const gt_context *context, const gt_compare_request *request,
                     gt_comparison *c, gt_error *err) {
    gt_status status = GT_OK;
    GT_TRY(gt_fitting_check(&c->fitting, err));
    c->fitting.progress = gt_context_progress(context, 0, "reading");
    GT_TRY(gt_comparison_open(request, c, err));
    GT_TRY(make_provenance(c, context, err));
    gt_progress_finish(&c->fitting.progress);
    GT_TRY(judge(c, context, request->out, err));
    if (request->out) GT_TRY(gt_comparison_write(c, request->out, err));
done:
    return status;
}

void gt_comparison_close(gt_comparison *c, gt_status status) {
    gt_fitting_finish(&c->fitting, status);
    gt_comparison_free_entries(c);
    free(c->provenance);
}
