/* applied.c - classifiers of a folder at work on another set. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "classify.h"
#include "galatea/log.h"
#include "mismatch.h"
#include "network.h"
#include "outfile.h"
#include "provenance.h"
#include "text.h"

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

/* ---- The whole --------------------------------------------------------------------------- */

static gt_status make_tallies(gt_applied *a, gt_error *err) {
    for (size_t i = 0; i < a->folder.methods.count; i++) {
        a->tallies[i].predicted = calloc((size_t)a->folder.count, sizeof(int64_t));
        if (!a->tallies[i].predicted) return gt_fail(err, GT_NO_MEMORY, "no memory for counts");
    }
    return GT_OK;
}

/* A folder of classifiers, else a run or a file of weights. */
static gt_status load(const gt_context *context, const gt_apply_request *r, gt_folder *out,
                      gt_error *err) {
    struct stat about;
    bool is_file = stat(r->folder, &about) == 0 && S_ISREG(about.st_mode);
    if (is_file || gt_run_is_folder(r->folder))
        return gt_folder_of_run(context, r->folder, r->set, out, err);
    if (context->network && (context->network->class || context->network->prefix))
        return gt_fail(
            err, GT_USAGE,
            "%s is a folder of classifiers, which tell what they are: leave out what "
            "names a network",
            r->folder);
    return gt_folder_load(r->folder, out, err);
}

static gt_status write_classes(const gt_apply_request *r, gt_applied *a, gt_error *err) {
    gt_status status = GT_OK;
    if (a->gathered) GT_TRY(gt_gathered_parts(a->gathered, &a->parts, err));
    if ((r->by_class || r->confusion) && a->parts.count == 0)
        GT_THROW(err, GT_NOT_FOUND, "%s has no labels of these classes to be compared with",
                 r->set);
    if (r->by_class) GT_TRY(gt_class_parts_write(&a->parts, r->by_class, a->provenance, err));
    if (r->confusion) GT_TRY(gt_class_parts_draw(&a->parts, r->confusion, a->provenance, err));
done:
    return status;
}

static gt_status predict(const gt_context *context, const gt_apply_request *r, truths *t,
                         gt_applied *a, gt_error *err) {
    gt_status status = GT_OK;
    GT_TRY(find_truths(&a->subject, &a->folder, r->folder, t, err));
    a->forecast = (gt_forecast){.subject = &a->subject,
                                .methods = &a->folder.methods,
                                .classes = a->folder.classes,
                                .names = (const char *const *)a->folder.names,
                                .truth = t->truth,
                                .context = context};
    if (t->truth && a->folder.count <= GT_CLASSES_JUDGED)
        GT_TRY(gt_gathered_create(&a->forecast, &a->gathered, err));
    a->forecast.gathered = a->gathered;
    gt_outfiles_begin();
    GT_TRY(gt_forecast_write(&a->forecast, r->out, a->provenance, a->tallies, err));
    GT_TRY(write_classes(r, a, err));
    GT_TRY(gt_outfiles_end(err));
done:
    gt_outfiles_drop();
    return status;
}

gt_status gt_apply(const gt_context *context, const gt_apply_request *r, gt_applied *a,
                   gt_error *err) {
    gt_status status = GT_OK;
    const char *const inputs[] = {r->set, r->folder, NULL};
    truths t = {0};
    GT_TRY(load(context, r, &a->folder, err));
    GT_TRY(gt_subject_open(r->set, &a->subject, err));
    if (a->folder.run) GT_TRY(gt_use_check_images(a->folder.run, a->subject.data, err));
    if (a->subject.features != a->folder.features)
        GT_THROW(err, GT_MISMATCH, "%s has %zu values a row, the classifiers of %s take %zu",
                 r->set, a->subject.features, r->folder, a->folder.features);
    const gt_sight learned = {r->folder, a->folder.imaging};
    const gt_sight seen = {r->set, gt_imaging_of(gt_dataset_describe(a->subject.data))};
    GT_TRY(gt_mismatch_check(context, &learned, &seen, 1, "", err));
    GT_TRY(make_tallies(a, err));
    GT_TRY(gt_provenance_make(context->invocation, inputs, &a->provenance, err));
    GT_TRY(predict(context, r, &t, a, err));
done:
    a->forecast.truth = NULL; /* all is counted */
    free_truths(&t);
    return status;
}

void gt_applied_close(gt_applied *a) {
    for (size_t i = 0; i < GT_METHODS_AT_MOST; i++) free(a->tallies[i].predicted);
    free(a->provenance);
    gt_class_parts_free(&a->parts);
    gt_gathered_destroy(a->gathered);
    gt_subject_close(&a->subject);
    gt_folder_close(&a->folder);
}
