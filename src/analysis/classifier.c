/* classifier.c - the list of classifiers, and what is the same for all of them. */
#include "galatea/classifier.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "galatea/text.h"

enum { VERSION = 1, FEATURES_AT_MOST = 1 << 24 };

struct gt_classifier {
    const gt_classifier_class *class;
    size_t features;
    int32_t classes;
    void *self;
};

#define GT_CLASSIFIER(stem) extern const gt_classifier_class gt_classifier_##stem;
#include "classifiers.def"
#undef GT_CLASSIFIER

static const gt_classifier_class *const kinds[] = {
#define GT_CLASSIFIER(stem) &gt_classifier_##stem,
#include "classifiers.def"
#undef GT_CLASSIFIER
};
enum { KINDS = sizeof kinds / sizeof *kinds };

const gt_classifier_class *const *gt_classifier_classes(size_t *count) {
    *count = KINDS;
    return kinds;
}

gt_status gt_classifier_class_find(const char *name, const gt_classifier_class **out,
                                   gt_error *err) {
    const char *names[KINDS];
    for (size_t i = 0; i < KINDS; i++) {
        *out = kinds[i];
        if (strcmp(name, kinds[i]->name) == 0) return GT_OK;
        names[i] = kinds[i]->name;
    }
    const char *nearest = gt_text_nearest(name, names, KINDS);
    return gt_fail(err, GT_USAGE, "unknown classifier '%s'; %s'%s'%s", name,
                   nearest ? "did you mean " : "there is ", nearest ? nearest : names[0],
                   nearest ? "?" : "");
}

static gt_status create(const gt_classifier_class *kind, size_t features, int32_t classes,
                        gt_classifier **out, gt_error *err) {
    gt_classifier *c = calloc(1, sizeof *c);
    if (!c) return gt_fail(err, GT_NO_MEMORY, "no memory for a classifier");
    *c = (gt_classifier){.class = kind, .features = features, .classes = classes};
    *out = c;
    return GT_OK;
}

void gt_classifier_destroy(gt_classifier *c) {
    if (!c) return;
    c->class->destroy(c->self);
    free(c);
}

const gt_classifier_class *gt_classifier_class_of(const gt_classifier *c) {
    return c->class;
}

size_t gt_classifier_features(const gt_classifier *c) {
    return c->features;
}

int32_t gt_classifier_count_classes(const gt_classifier *c) {
    return c->classes;
}

/* ---- Learning and answering -------------------------------------------------------------- */

static gt_status check_classes(const gt_samples *samples, gt_error *err) {
    gt_status status = GT_OK;
    size_t *counts = calloc((size_t)samples->classes, sizeof *counts);
    if (!counts) GT_THROW(err, GT_NO_MEMORY, "counts of %d classes", samples->classes);
    for (size_t i = 0; i < samples->rows; i++) counts[samples->labels[i]]++;
    if (samples->classes < 2 || counts[samples->labels[0]] == samples->rows)
        GT_THROW(err, GT_BAD_ARGUMENT,
                 "all %zu rows to learn from are of class %d, expected at least 2 classes",
                 samples->rows, samples->labels[0]);
    for (int32_t c = 0; c < samples->classes; c++)
        if (counts[c] == 0)
            GT_THROW(err, GT_BAD_ARGUMENT, "class %d of %d has no rows to learn from", c,
                     samples->classes);
done:
    free(counts);
    return status;
}

gt_status gt_classifier_fit(const gt_classifier_class *kind, const gt_samples *samples,
                            const void *settings, uint64_t seed, gt_classifier **out,
                            gt_error *err) {
    gt_status status = GT_OK;
    gt_classifier *c = NULL;
    GT_TRY(gt_samples_check(samples, err));
    GT_TRY(check_classes(samples, err));
    GT_TRY(create(kind, samples->features, samples->classes, &c, err));
    GT_TRY(kind->fit(samples, settings, seed, &c->self, err));
    *out = c;
    c = NULL;
done:
    gt_classifier_destroy(c);
    return status;
}

gt_status gt_classifier_predict(const gt_classifier *c, size_t n, const float *x,
                                const gt_prediction *out, gt_error *err) {
    if (n == 0) return GT_OK;
    gt_status status = gt_rows_check("query", n, c->features, x, err);
    return status ? status : c->class->predict(c->self, n, x, out, err);
}

/* ---- Files ------------------------------------------------------------------------------- */

gt_status gt_classifier_save(const gt_classifier *c, const char *path, gt_error *err) {
    gt_status status = GT_OK;
    gt_safetensors_writer *writer = NULL;
    char version[32], features[32], classes[32];
    snprintf(version, sizeof version, "%d", VERSION);
    snprintf(features, sizeof features, "%zu", c->features);
    snprintf(classes, sizeof classes, "%d", c->classes);
    GT_TRY(gt_safetensors_writer_create(&writer, err));
    GT_TRY(gt_safetensors_writer_metadata(writer, "classifier", c->class->name, err));
    GT_TRY(gt_safetensors_writer_metadata(writer, "version", version, err));
    GT_TRY(gt_safetensors_writer_metadata(writer, "features", features, err));
    GT_TRY(gt_safetensors_writer_metadata(writer, "classes", classes, err));
    GT_TRY(c->class->save(c->self, writer, err));
    GT_TRY(gt_safetensors_writer_save(writer, path, 1, err));
done:
    gt_safetensors_writer_destroy(writer);
    return status;
}

/* A whole number of the metadata, from `least` to `most`. */
static gt_status stated(const gt_safetensors *file, const char *key, int64_t least,
                        int64_t most, int64_t *out, gt_error *err) {
    const char *text = gt_safetensors_metadata(file, key);
    if (!text || gt_text_to_int(text, out, NULL) || *out < least || *out > most)
        return gt_fail(err, GT_BAD_FORMAT, "%s is '%s', expected %lld to %lld", key,
                       text ? text : "missing", (long long)least, (long long)most);
    return GT_OK;
}

gt_status gt_classifier_read(const gt_safetensors *file, gt_classifier **out, gt_error *err) {
    gt_status status = GT_OK;
    const gt_classifier_class *kind;
    int64_t version, features, classes;
    const char *name = gt_safetensors_metadata(file, "classifier");
    gt_classifier *c = NULL;
    if (!name) GT_THROW(err, GT_BAD_FORMAT, "this is not a stored classifier");
    GT_TRY(stated(file, "version", 1, INT32_MAX, &version, err));
    if (version != VERSION)
        GT_THROW(err, GT_UNSUPPORTED, "version %lld of a stored classifier, expected %d",
                 (long long)version, VERSION);
    GT_TRY(gt_safetensors_verify(file, err));
    GT_TRY(stated(file, "features", 1, FEATURES_AT_MOST, &features, err));
    GT_TRY(stated(file, "classes", 2, GT_CLASSES_AT_MOST, &classes, err));
    if (gt_classifier_class_find(name, &kind, err))
        GT_THROW(err, GT_UNSUPPORTED, "unknown classifier '%s'", name);
    GT_TRY(create(kind, (size_t)features, (int32_t)classes, &c, err));
    GT_TRY(kind->load(file, c->features, c->classes, &c->self, err));
    *out = c;
    c = NULL;
done:
    gt_classifier_destroy(c);
    return status;
}

gt_status gt_classifier_load(const char *path, gt_classifier **out, gt_error *err) {
    gt_safetensors *file = NULL;
    gt_status status = gt_safetensors_open(path, &file, err);
    if (status) return status;
    status = gt_classifier_read(file, out, err);
    if (status && err && !strstr(err->text, path)) gt_blame(err, "%s", path);
    gt_safetensors_close(file);
    return status;
}
