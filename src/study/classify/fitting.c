/* fitting.c - the fits of a study, one by one. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "classify.h"
#include "galatea/log.h"
#include "galatea/version.h"
#include "hash.h"
#include "parts.h"
#include "text.h"

/* ---- Kept figures ------------------------------------------------------------------------ */

typedef struct key_hash {
    gt_hash hash;
    const gt_option_table *table;
} key_hash;

static void add_text(gt_hash *hash, const char *text) {
    gt_hash_add(hash, text ? text : "", strlen(text ? text : "") + 1);
}

static gt_status add_setting(void *user, const gt_option_view *view, gt_error *err) {
    key_hash *k = user;
    if (view->row < k->table->rows || view->row >= k->table->rows + k->table->count)
        return GT_OK;
    add_text(&k->hash, view->row->name);
    add_text(&k->hash, view->text);
    return GT_OK;
}

static void add_samples(gt_hash *hash, const gt_samples *s) {
    const uint64_t shape[] = {s->rows, s->features};
    gt_hash_add(hash, shape, sizeof shape);
    gt_hash_add(hash, s->x, s->rows * s->features * sizeof *s->x);
    gt_hash_add(hash, s->labels, s->rows * sizeof *s->labels);
}

/* All that the figures of a method's fits follow from, but for seed and fold. */
static gt_status make_key(const gt_options *options, const gt_method *method,
                          const gt_subject *subject, const gt_evaluation_plan *plan,
                          uint64_t *key, gt_error *err) {
    gt_status status = GT_OK;
    key_hash k = {.table = method->kind->options};
    gt_hash_begin(&k.hash);
    add_text(&k.hash, gt_version());
    add_text(&k.hash, method->kind->name);
    GT_TRY(gt_options_visit(options, add_setting, &k, err));
    gt_hash_add(&k.hash, &plan->folds, sizeof plan->folds);
    add_text(&k.hash, gt_feature_scaling_name(plan->scaling));
    add_samples(&k.hash, &subject->train);
    add_samples(&k.hash, &subject->test);
    *key = gt_hash_end(&k.hash);
done:
    return status;
}

static gt_part_id id_of(const gt_fitting *f, gt_fit_place place) {
    return (gt_part_id){f->key, {place.seed, (uint64_t)(int64_t)place.fold}};
}

static bool find_known_fit(void *user, gt_fit_place place, gt_fit_scores *out, double *counts) {
    gt_fitting *f = user;
    if (!f->parts || !gt_parts_find(f->parts, id_of(f, place), f->record)) return false;
    memcpy(out, f->record, sizeof *out);
    if (counts) memcpy(counts, f->record + sizeof *out, f->own_counts);
    return true;
}

/* Records are of one length: what the counts do not fill is 0. */
static gt_status on_fit(void *user, gt_fit_place place, const gt_fit_scores *verdict,
                        const double *counts, bool is_known, gt_error *err) {
    gt_status status = GT_OK;
    gt_fitting *f = user;
    gt_progress_update(&f->progress, ++f->done, f->what);
    if (!f->parts || is_known) return GT_OK;
    memset(f->record, 0, sizeof *verdict + f->counts);
    memcpy(f->record, verdict, sizeof *verdict);
    if (counts) memcpy(f->record + sizeof *verdict, counts, f->own_counts);
    GT_TRY(gt_parts_add(f->parts, id_of(f, place), f->record, err));
done:
    return status;
}

gt_status gt_fitting_start(gt_fitting *f, const gt_context *context, const char *out,
                           gt_error *err) {
    f->options = context->invocation->options;
    f->progress = gt_context_progress(context, f->total, "fitting");
    f->plan.find_known = find_known_fit;
    f->plan.on_fit = on_fit;
    f->plan.user = f;
    gt_status status = GT_OK;
    if (!out) return GT_OK;
    f->record = malloc(sizeof(gt_fit_scores) + f->counts);
    if (!f->record) GT_THROW(err, GT_NO_MEMORY, "no memory for the figures of a fit");
    GT_TRY(gt_parts_open(out, sizeof(gt_fit_scores) + f->counts, &f->parts, err));
    if (gt_parts_count(f->parts))
        gt_remark("%s holds %zu finished fits of a call that was interrupted",
                  gt_parts_path(f->parts), gt_parts_count(f->parts));
done:
    return status;
}

gt_status gt_fitting_check(const gt_fitting *f, gt_error *err) {
    if (f->plan.folds != 1) return GT_OK;
    return gt_fail(err, GT_USAGE, "cv 1: expected 0, or at least 2 folds");
}

/* Bytes of the counts of a fit; 0: the classes are too many. */
static gt_status size_counts(const gt_subject *s, size_t *bytes, gt_error *err) {
    gt_classes classes = {0};
    gt_status status = gt_judged_classes(&s->train, &s->test, &classes, err);
    if (status) return status;
    bool is_told = classes.count <= GT_CLASSES_JUDGED;
    *bytes = is_told ? gt_class_counts_size(classes.count) * sizeof(double) : 0;
    gt_classes_free(&classes);
    return GT_OK;
}

gt_status gt_fitting_expect(gt_fitting *f, const gt_methods *methods, const gt_subject *s,
                            gt_error *err) {
    size_t bytes = 0;
    gt_status status = size_counts(s, &bytes, err);
    if (bytes > f->counts) f->counts = bytes;
    for (size_t i = 0; i < methods->count; i++)
        f->total += (int64_t)gt_evaluation_fits(methods->list[i].kind, &f->plan);
    return status;
}

void gt_fitting_finish(gt_fitting *f, gt_status status) {
    gt_progress_finish(&f->progress);
    gt_parts_finish(f->parts, status);
    free(f->record);
    f->parts = NULL;
    f->record = NULL;
}

/* ---- Judging ----------------------------------------------------------------------------- */

/* A method that cannot tell anything is no bug, but nobody should have to find out. */
static void remark_blind(const gt_subject *s, const gt_method *m, gt_feature_scaling scaling) {
    char why[256] = "";
    const char *name = m->kind->name;
    gt_classifier_diagnose(m->kind, &s->train, m->settings, scaling, why, sizeof why);
    if (m->evaluation.is_one_class)
        gt_remark(
            "%s: %s puts all %zu test rows into one class; %s", s->path, name, s->test.rows,
            *why                              ? why
            : scaling == GT_FEATURES_STANDARD ? "its options may have to suit the rows"
                                              : "values are used as they are: scale standard, "
                                                "or options that suit their size, may help");
    else if (*why)
        gt_remark("%s: %s: %s", s->path, name, why);
    if (!m->evaluation.is_one_class) gt_subject_remark_ungiven(s, name, &m->by_class);
}

static gt_status judge_one(gt_fitting *f, gt_method *m, const gt_subject *s, bool keep,
                           gt_error *err) {
    gt_status status = GT_OK;
    const char *slash = strrchr(s->path, '/');
    gt_evaluation_plan plan = f->plan;
    char shown[96];
    snprintf(f->what, sizeof f->what, "%s of %s", m->kind->name,
             gt_text_shown(slash ? slash + 1 : s->path, shown, sizeof shown));
    gt_progress_update(&f->progress, f->done, f->what);
    if (f->parts) GT_TRY(make_key(f->options, m, s, &f->plan, &f->key, err));
    GT_TRY(size_counts(s, &f->own_counts, err));
    plan.by_class = &m->by_class;
    GT_TRY(gt_evaluate(m->kind, m->settings, &s->train, &s->test, &plan, &m->evaluation,
                       keep ? &m->fitted : NULL, err));
    m->is_evaluated = true;
    gt_progress_clear(&f->progress);
    remark_blind(s, m, plan.scaling);
    if (f->on_method) f->on_method(f->user, s, m);
done:
    return status;
}

static gt_status explain(const gt_fitting *f, gt_error *err) {
    if (f->parts && gt_parts_count(f->parts))
        return gt_fail(err, GT_INTERRUPTED,
                       "interrupted after %" PRId64 " of %" PRId64
                       " fits; the same command goes on, by %s",
                       f->done, f->total, gt_parts_path(f->parts));
    return gt_fail(err, GT_INTERRUPTED, "interrupted after %" PRId64 " of %" PRId64 " fits",
                   f->done, f->total);
}

gt_status gt_fitting_evaluate(gt_fitting *f, gt_methods *methods, const gt_subject *s,
                              bool keep, gt_error *err) {
    gt_status status = GT_OK;
    if (f->plan.folds > 0) gt_subject_remark_folds(s, f->plan.folds);
    for (size_t i = 0; i < methods->count; i++)
        GT_TRY(judge_one(f, &methods->list[i], s, keep, err));
done:
    if (status == GT_INTERRUPTED)
        explain(f, err);
    else if (status)
        gt_blame(err, "%s", s->path);
    return status;
}
