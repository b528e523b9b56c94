/* classifier.c - the list of classifiers, and what is the same for all of them. */
#include "galatea/classifier.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arrays.h"
#include "feature_scale.h"
#include "text.h"

/* A classifier that does not scale is still written as it was before there was a scale. */
enum { VERSION = 3, WITHOUT_SCALE = 2, OLDEST = 1, FEATURES_AT_MOST = 1 << 24 };

struct gt_classifier {
    const gt_classifier_class *class;
    size_t features;
    gt_classes classes;
    gt_feature_scale scale; /* NULLs: features are taken as they are */
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
    char list[128];
    int used = 0;
    for (size_t i = 0; i < KINDS; i++)
        used +=
            snprintf(list + used, sizeof list - (size_t)used, "%s%s", i ? ", " : "", names[i]);
    return gt_fail(err, GT_USAGE, "unknown classifier '%s'; %s%s%s", name,
                   nearest ? "did you mean '" : "there are ", nearest ? nearest : list,
                   nearest ? "'?" : "");
}

static const char *const scalings[] = {"none", "standard"};

const char *gt_feature_scaling_name(gt_feature_scaling scaling) {
    return scalings[scaling];
}

gt_feature_scaling gt_feature_scaling_of(const char *name) {
    return strcmp(name, scalings[GT_FEATURES_STANDARD]) == 0 ? GT_FEATURES_STANDARD
                                                             : GT_FEATURES_PLAIN;
}

static gt_status create(const gt_classifier_class *kind, size_t features, gt_classifier **out,
                        gt_error *err) {
    gt_classifier *c = calloc(1, sizeof *c);
    if (!c) return gt_fail(err, GT_NO_MEMORY, "no memory for a classifier");
    *c = (gt_classifier){.class = kind, .features = features};
    *out = c;
    return GT_OK;
}

void gt_classifier_destroy(gt_classifier *c) {
    if (!c) return;
    c->class->destroy(c->self);
    gt_classes_free(&c->classes);
    gt_feature_scale_free(&c->scale);
    free(c);
}

const gt_classifier_class *gt_classifier_class_of(const gt_classifier *c) {
    return c->class;
}

size_t gt_classifier_features(const gt_classifier *c) {
    return c->features;
}

const gt_classes *gt_classifier_classes_of(const gt_classifier *c) {
    return &c->classes;
}

/* ---- Learning and answering -------------------------------------------------------------- */

/* The kind learns places in place of labels, and from scaled values where they are scaled. */
static gt_status fit_places(const gt_samples *samples, const void *settings,
                            gt_feature_scaling scaling, uint64_t seed, gt_classifier *c,
                            gt_error *err) {
    gt_status status = GT_OK;
    gt_samples dense = *samples;
    float *scaled = NULL;
    int32_t *places = malloc(samples->rows * sizeof *places);
    if (!places) GT_THROW(err, GT_NO_MEMORY, "no memory for %zu labels", samples->rows);
    for (size_t i = 0; i < samples->rows; i++)
        places[i] = gt_classes_place(&c->classes, samples->labels[i]);
    dense.labels = places;
    dense.classes = c->classes.count;
    if (scaling == GT_FEATURES_STANDARD) {
        GT_TRY(gt_feature_scale_learn(samples, &c->scale, err));
        GT_TRY(gt_feature_scale_apply(&c->scale, "scaled training", samples->rows, c->features,
                                      samples->x, &scaled, err));
        dense.x = scaled;
    }
    GT_TRY(c->class->fit(&dense, settings, seed, &c->self, err));
done:
    free(scaled);
    free(places);
    return status;
}

gt_status gt_classifier_fit(const gt_classifier_class *kind, const gt_samples *samples,
                            const void *settings, gt_feature_scaling scaling, uint64_t seed,
                            gt_classifier **out, gt_error *err) {
    gt_status status = GT_OK;
    gt_classifier *c = NULL;
    GT_TRY(gt_samples_check(samples, err));
    GT_TRY(create(kind, samples->features, &c, err));
    GT_TRY(gt_classes_find(samples->rows, samples->labels, &c->classes, err));
    if (c->classes.count < 2)
        GT_THROW(err, GT_BAD_ARGUMENT,
                 "all %zu rows to learn from are of class %d, expected at least 2 classes",
                 samples->rows, samples->labels[0]);
    GT_TRY(fit_places(samples, settings, scaling, seed, c, err));
    *out = c;
    c = NULL;
done:
    gt_classifier_destroy(c);
    return status;
}

void gt_classifier_diagnose(const gt_classifier_class *kind, const gt_samples *samples,
                            const void *settings, gt_feature_scaling scaling, char *text,
                            size_t size) {
    gt_feature_scale scale = {0};
    gt_samples met = *samples;
    float *scaled = NULL;
    gt_status status = GT_OK;
    text[0] = '\0';
    if (!kind->diagnose) return;
    if (scaling == GT_FEATURES_STANDARD) {
        GT_TRY(gt_feature_scale_learn(samples, &scale, NULL));
        GT_TRY(gt_feature_scale_apply(&scale, "scaled", samples->rows, samples->features,
                                      samples->x, &scaled, NULL));
        met.x = scaled;
    }
    kind->diagnose(&met, settings, text, size);
done:
    gt_feature_scale_free(&scale);
    free(scaled);
}

static gt_status number_classes(int32_t count, gt_classes *out, gt_error *err) {
    out->count = count;
    out->labels = malloc((size_t)count * sizeof *out->labels);
    if (!out->labels) return gt_fail(err, GT_NO_MEMORY, "no memory for %d classes", count);
    for (int32_t k = 0; k < count; k++) out->labels[k] = k;
    return GT_OK;
}

gt_status gt_classifier_wrap(const gt_classifier_class *kind, size_t features, int32_t classes,
                             void *self, gt_classifier **out, gt_error *err) {
    gt_status status = GT_OK;
    gt_classifier *c = NULL;
    GT_TRY(create(kind, features, &c, err));
    GT_TRY(number_classes(classes, &c->classes, err));
    c->self = self;
    *out = c;
    c = NULL;
done:
    gt_classifier_destroy(c);
    return status;
}

gt_status gt_classifier_predict(const gt_classifier *c, size_t n, const float *x,
                                const gt_prediction *out, gt_error *err) {
    gt_status status = GT_OK;
    float *scaled = NULL;
    if (n == 0) return GT_OK;
    GT_TRY(gt_rows_check("query", n, c->features, x, err));
    if (c->scale.mean)
        GT_TRY(
            gt_feature_scale_apply(&c->scale, "scaled query", n, c->features, x, &scaled, err));
    GT_TRY(c->class->predict(c->self, n, scaled ? scaled : x, out, err));
    for (size_t i = 0; out->predicted && i < n; i++)
        out->predicted[i] = c->classes.labels[out->predicted[i]];
done:
    free(scaled);
    return status;
}

/* ---- Files ------------------------------------------------------------------------------- */

gt_status gt_classifier_save(const gt_classifier *c, const char *path, gt_error *err) {
    gt_status status = GT_OK;
    gt_safetensors_writer *writer = NULL;
    char version[32], features[32], classes[32];
    snprintf(version, sizeof version, "%d", c->scale.mean ? VERSION : WITHOUT_SCALE);
    snprintf(features, sizeof features, "%zu", c->features);
    snprintf(classes, sizeof classes, "%d", c->classes.count);
    GT_TRY(gt_safetensors_writer_create(&writer, err));
    GT_TRY(gt_safetensors_writer_metadata(writer, "classifier", c->class->name, err));
    GT_TRY(gt_safetensors_writer_metadata(writer, "version", version, err));
    GT_TRY(gt_safetensors_writer_metadata(writer, "features", features, err));
    GT_TRY(gt_safetensors_writer_metadata(writer, "classes", classes, err));
    GT_TRY(gt_array_add(writer, "class", GT_ST_I32, (size_t)c->classes.count, 0,
                        c->classes.labels, err));
    if (c->scale.mean) GT_TRY(gt_feature_scale_save(&c->scale, c->features, writer, err));
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

/* The labels of the classes: any that rise. */
static gt_status read_classes(const gt_safetensors *file, int32_t count, int64_t version,
                              gt_classes *out, gt_error *err) {
    out->count = count;
    if (version >= 2) {
        gt_status status =
            gt_array_i32(file, "class", count, 0, INT32_MAX - 1, &out->labels, err);
        for (int32_t k = 1; !status && k < count; k++)
            if (out->labels[k] <= out->labels[k - 1])
                status = gt_fail(err, GT_BAD_FORMAT, "'class' has %d behind %d, not in order",
                                 out->labels[k], out->labels[k - 1]);
        return status;
    }
    return number_classes(count, out, err);
}

gt_status gt_classifier_read(const gt_safetensors *file, gt_classifier **out, gt_error *err) {
    gt_status status = GT_OK;
    const gt_classifier_class *kind;
    int64_t version, features, classes;
    const char *name = gt_safetensors_metadata(file, "classifier");
    gt_classifier *c = NULL;
    if (!name) GT_THROW(err, GT_BAD_FORMAT, "this is not a stored classifier");
    GT_TRY(stated(file, "version", 1, INT32_MAX, &version, err));
    if (version < OLDEST || version > VERSION)
        GT_THROW(err, GT_UNSUPPORTED, "version %lld of a stored classifier, expected %d to %d",
                 (long long)version, OLDEST, VERSION);
    GT_TRY(gt_safetensors_verify(file, err));
    GT_TRY(stated(file, "features", 1, FEATURES_AT_MOST, &features, err));
    GT_TRY(stated(file, "classes", 2, GT_CLASSES_AT_MOST, &classes, err));
    if (gt_classifier_class_find(name, &kind, err))
        GT_THROW(err, GT_UNSUPPORTED, "unknown classifier '%s'", name);
    GT_TRY(create(kind, (size_t)features, &c, err));
    GT_TRY(read_classes(file, (int32_t)classes, version, &c->classes, err));
    if (version > WITHOUT_SCALE)
        GT_TRY(gt_feature_scale_load(file, c->features, &c->scale, err));
    GT_TRY(kind->load(file, c->features, c->classes.count, &c->self, err));
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
