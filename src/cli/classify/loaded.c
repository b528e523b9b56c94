/* loaded.c - classifiers of a folder at work on another set. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "galatea/log.h"
#include "galatea/text.h"
#include "mismatch.h"
#include "print.h"
#include "provenance.h"

/* ---- Labels by their names --------------------------------------------------------------- */

/* What labels of the set mean among the classes of the folder: numbers differ between sets, so
 * names count, and numbers only where they have none. */
typedef struct truths {
    gt_classes there; /* of the labelled rows of the set */
    int32_t *places;  /* (there.count) in the folder, or GT_OTHER_CLASS */
    int32_t *truth;   /* (rows of the set) */
} truths;

static void free_truths(truths *t) {
    gt_classes_free(&t->there);
    free(t->places);
    free(t->truth);
}

static int32_t find_name(const gt_folder *folder, const char *name) {
    for (int32_t k = 0; k < folder->count; k++)
        if (strcmp(folder->names[k], name) == 0) return k;
    return GT_OTHER_CLASS;
}

/* Copies the labels of labelled rows; returns how many there are. */
static size_t labels_of(const gt_subject *s, int32_t *labels) {
    uint64_t count = gt_dataset_describe(s->data)->count;
    size_t n = 0;
    for (uint64_t i = 0; i < count; i++)
        if (s->columns.labels[i] >= 0) labels[n++] = s->columns.labels[i];
    return n;
}

static void place_rows(const gt_subject *s, truths *t) {
    uint64_t count = gt_dataset_describe(s->data)->count;
    for (uint64_t i = 0; i < count; i++) {
        int32_t label = s->columns.labels[i];
        t->truth[i] = label < 0 ? GT_UNLABELLED : t->places[gt_classes_place(&t->there, label)];
    }
}

/* Leaves t->truth NULL where not a single class is the folder's. */
static gt_status find_truths(const gt_subject *s, const gt_folder *folder, const char *path,
                             truths *t, gt_error *err) {
    gt_status status = GT_OK;
    uint64_t count = gt_dataset_describe(s->data)->count;
    char text[16], shown[128] = "";
    int32_t others = 0;
    size_t other_rows = 0;
    if (!s->columns.labels) return GT_OK;
    t->truth = malloc((count + 1) * sizeof *t->truth);
    if (!t->truth) GT_THROW(err, GT_NO_MEMORY, "no memory for labels");
    GT_TRY(gt_classes_find(labels_of(s, t->truth), t->truth, &t->there, err));
    t->places = malloc(((size_t)t->there.count + 1) * sizeof *t->places);
    if (!t->places) GT_THROW(err, GT_NO_MEMORY, "no memory for classes");
    for (int32_t k = 0; k < t->there.count; k++) {
        const char *name = gt_subject_class(s, t->there.labels[k], text);
        t->places[k] = find_name(folder, name);
        if (t->places[k] != GT_OTHER_CLASS) continue;
        if (others++ == 0) gt_text_shown(name, shown, sizeof shown);
        other_rows += t->there.rows[k];
    }
    place_rows(s, t);
    if (others)
        gt_remark("%s: class%s %s%s not among those of %s; %s", s->path, others > 1 ? "es" : "",
                  shown, others > 1 ? " and others are" : " is", path,
                  others < t->there.count ? "its rows count as missed"
                                          : "the labels are not compared");
    if (others == t->there.count) {
        free(t->truth);
        t->truth = NULL;
    }
done:
    return status;
}

/* ---- Printing ---------------------------------------------------------------------------- */

static void print_tally(const gt_forecast *f, const gt_method *m, const gt_tally *t) {
    char shown[256];
    printf("%-6s", m->kind->name);
    for (int32_t k = 0; k < f->classes->count; k++)
        printf("  %s %" PRId64, gt_text_shown(f->names[k], shown, sizeof shown),
               t->predicted[k]);
    for (int split = 0; split < GT_SPLIT_COUNT; split++) {
        if (t->labelled[split] == 0) continue;
        gt_interval range = gt_wilson_interval(t->right[split], t->labelled[split]);
        printf("  accuracy %.3f (%.2f-%.2f) of %" PRId64 " %s",
               (double)t->right[split] / (double)t->labelled[split], range.low, range.high,
               t->labelled[split],
               f->subject->columns.splits ? gt_split_text(split) : "labelled");
    }
    printf("\n");
}

static void json_tally(gt_json *json, const gt_forecast *f, const gt_method *m,
                       const gt_tally *t) {
    char key[32];
    gt_json_object(json, NULL);
    gt_json_text(json, "method", m->kind->name);
    gt_json_object(json, "predicted");
    for (int32_t k = 0; k < f->classes->count; k++)
        gt_json_int(json, f->names[k], t->predicted[k]);
    gt_json_end(json);
    for (int split = 0; split < GT_SPLIT_COUNT; split++) {
        const char *name = f->subject->columns.splits ? gt_split_text(split) : "all";
        if (t->labelled[split] == 0) continue;
        snprintf(key, sizeof key, "%s_labelled", name);
        gt_json_int(json, key, t->labelled[split]);
        snprintf(key, sizeof key, "%s_accuracy", name);
        gt_json_real(json, key, (double)t->right[split] / (double)t->labelled[split]);
    }
    gt_json_end(json);
}

static gt_status print_tallies(const gt_call *call, const char *folder, const gt_forecast *f,
                               const gt_tally *tallies, const char *provenance, gt_error *err) {
    gt_json json;
    for (size_t i = 0; !call->wants_json && i < f->methods->count; i++)
        print_tally(f, &f->methods->list[i], &tallies[i]);
    if (!call->wants_json) return GT_OK;
    gt_json_begin(&json, stdout, 2);
    gt_json_object(&json, NULL);
    gt_json_text(&json, "file", f->subject->path);
    gt_json_text(&json, "folder", folder);
    gt_json_array(&json, "applied");
    for (size_t i = 0; i < f->methods->count; i++)
        json_tally(&json, f, &f->methods->list[i], &tallies[i]);
    gt_json_end(&json);
    gt_json_ready(&json, "provenance", provenance);
    gt_json_end(&json);
    return gt_json_finish(&json, err);
}

/* ---- The whole --------------------------------------------------------------------------- */

gt_status gt_loaded_apply(gt_call *call, const char *path, const char *out, gt_error *err) {
    gt_status status = GT_OK;
    const char *const inputs[] = {call->words[0], path, NULL};
    gt_subject subject = {0};
    gt_folder folder = {0};
    truths t = {0};
    gt_tally tallies[GT_METHODS_AT_MOST];
    char *provenance = NULL;
    memset(tallies, 0, sizeof tallies);
    GT_TRY(gt_folder_load(path, &folder, err));
    GT_TRY(gt_subject_open(call->words[0], &subject, err));
    if (subject.features != folder.features)
        GT_THROW(err, GT_MISMATCH, "%s has %zu values a row, the classifiers of %s take %zu",
                 subject.path, subject.features, path, folder.features);
    const gt_sight learned = {path, folder.imaging};
    const gt_sight seen = {subject.path, gt_imaging_of(gt_dataset_describe(subject.data))};
    GT_TRY(gt_mismatch_check(&call->context, &learned, &seen, 1, "", err));
    for (size_t i = 0; i < folder.methods.count; i++) {
        tallies[i].predicted = calloc((size_t)folder.count, sizeof(int64_t));
        if (!tallies[i].predicted) GT_THROW(err, GT_NO_MEMORY, "no memory for counts");
    }
    GT_TRY(find_truths(&subject, &folder, path, &t, err));
    gt_forecast forecast = {&subject,       &folder.methods,
                            folder.classes, (const char *const *)folder.names,
                            t.truth,        &call->context};
    GT_TRY(gt_provenance_make(&call->invocation, inputs, &provenance, err));
    GT_TRY(gt_forecast_write(&forecast, out, provenance, tallies, err));
    GT_TRY(print_tallies(call, path, &forecast, tallies, provenance, err));
done:
    for (size_t i = 0; i < GT_METHODS_AT_MOST; i++) free(tallies[i].predicted);
    free(provenance);
    free_truths(&t);
    gt_subject_close(&subject);
    gt_folder_close(&folder);
    return status;
}
