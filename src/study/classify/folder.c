/* folder.c - fitted classifiers on disk: one safetensors file each, and manifest.json. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "classify.h"
#include "file.h"
#include "json.h"
#include "outfile.h"
#include "outfolder.h"
#include "text.h"

enum { FORM = 1, MANIFEST_BYTES = 1 << 24, PATH_SIZE = 4096 };

static gt_status join(const char *folder, const char *name, const char *ending,
                      char out[PATH_SIZE], gt_error *err) {
    int length = snprintf(out, PATH_SIZE, "%s/%s%s", folder, name, ending);
    if (length >= PATH_SIZE) return gt_fail(err, GT_USAGE, "the path %s is too long", folder);
    return GT_OK;
}

/* ---- Saving ------------------------------------------------------------------------------ */

typedef struct fact_list {
    FILE *stream;
    size_t count;
} fact_list;

static gt_status put_fact(void *user, const char *name, const char *text, gt_error *err) {
    fact_list *list = user;
    (void)err;
    fputs(list->count++ ? ", " : "{", list->stream);
    gt_json_string(list->stream, name);
    fputs(": ", list->stream);
    gt_json_string(list->stream, text);
    return GT_OK;
}

/* How the pictures were taken that the classifiers learned from. */
static void write_imaging(FILE *stream, const gt_subject *subject) {
    const gt_imaging imaging = gt_imaging_of(gt_dataset_describe(subject->data));
    fact_list list = {stream, 0};
    gt_status never = gt_imaging_save(&imaging, put_fact, &list, NULL);
    GT_ASSERT(never == GT_OK);
    fputs(list.count ? "}" : "{}", stream);
}

static void write_manifest(FILE *stream, const gt_forecast *f, const char *provenance) {
    fprintf(stream, "{\"form\": %d, \"features\": %zu, \"classes\": %d, \"names\": [", FORM,
            f->subject->features, f->classes->count);
    for (int32_t k = 0; k < f->classes->count; k++) {
        fputs(k ? ", " : "", stream);
        gt_json_string(stream, f->names[k]);
    }
    fputs("], \"methods\": [", stream);
    for (size_t i = 0; i < f->methods->count; i++)
        fprintf(stream, "%s\"%s\"", i ? ", " : "", f->methods->list[i].kind->name);
    fputs("],\n \"imaging\": ", stream);
    write_imaging(stream, f->subject);
    fprintf(stream, ",\n \"provenance\": %s}\n", provenance);
}

static gt_status save_files(const char *folder, const gt_forecast *f, const char *provenance,
                            gt_error *err) {
    gt_status status = GT_OK;
    gt_outfile *file = NULL;
    char path[PATH_SIZE];
    for (size_t i = 0; i < f->methods->count; i++) {
        const gt_method *m = &f->methods->list[i];
        GT_TRY(join(folder, m->kind->name, ".safetensors", path, err));
        GT_TRY(gt_classifier_save(m->fitted, path, err));
    }
    GT_TRY(join(folder, "manifest", ".json", path, err));
    GT_TRY(gt_outfile_open(path, &file, err));
    FILE *stream = gt_outfile_stream(file);
    if (!stream) GT_THROW(err, GT_NO_MEMORY, "no memory for %s", path);
    write_manifest(stream, f, provenance);
    GT_TRY(gt_outfile_commit(file, err));
done:
    gt_outfile_discard(file);
    return status;
}

gt_status gt_folder_save(const char *path, const gt_forecast *forecast, const char *provenance,
                         gt_error *err) {
    gt_status status = GT_OK;
    gt_outfolder *folder = NULL;
    GT_TRY(gt_outfolder_open(path, &folder, err));
    GT_TRY(save_files(gt_outfolder_path(folder), forecast, provenance, err));
    GT_TRY(gt_outfolder_commit(folder, err));
done:
    gt_outfolder_discard(folder);
    return status;
}

/* ---- Loading ----------------------------------------------------------------------------- */

/* A whole number of the manifest from `least` to `most`. */
static gt_status read_int(const char *path, const json_t *root, const char *key, int64_t least,
                          int64_t most, int64_t *out, gt_error *err) {
    const json_t *value = json_object_get(root, key);
    *out = json_integer_value(value);
    if (!json_is_integer(value) || *out < least || *out > most)
        return gt_fail(err, GT_BAD_FORMAT, "%s: '%s' is no whole number from %lld to %lld",
                       path, key, (long long)least, (long long)most);
    return GT_OK;
}

/* Where there are none, the numbers of the classes. */
static gt_status read_names(const char *path, const json_t *root, gt_folder *out,
                            gt_error *err) {
    const json_t *names = json_object_get(root, "names");
    size_t count = json_array_size(names), classes = (size_t)out->count;
    char number[16];
    if (!json_is_array(names) || (count != 0 && count != classes))
        return gt_fail(err, GT_BAD_FORMAT, "%s: 'names' are not those of %zu classes", path,
                       classes);
    out->names = calloc(classes, sizeof *out->names);
    if (!out->names) return gt_fail(err, GT_NO_MEMORY, "no memory for names");
    for (size_t k = 0; k < classes; k++) {
        const char *name = gt_class_text(NULL, 0, out->classes->labels[k], number);
        if (count) name = json_string_value(json_array_get(names, k));
        if (!name) return gt_fail(err, GT_BAD_FORMAT, "%s: 'names' are no texts", path);
        out->names[k] = strdup(name);
        if (!out->names[k]) return gt_fail(err, GT_NO_MEMORY, "no memory for names");
    }
    return GT_OK;
}

/* All methods of a folder know the same classes. */
static bool knows(const gt_classes *a, const gt_folder *folder) {
    const gt_classes *b = folder->classes;
    if (a->count != folder->count) return false;
    return !b || memcmp(a->labels, b->labels, (size_t)a->count * sizeof *a->labels) == 0;
}

static gt_status load_method(const char *folder, const char *manifest, const char *name,
                             gt_folder *out, gt_error *err) {
    gt_status status = GT_OK;
    const gt_classifier_class *kind = NULL;
    char path[PATH_SIZE];
    gt_methods *all = &out->methods;
    if (!name || gt_classifier_class_find(name, &kind, NULL))
        GT_THROW(err, GT_BAD_FORMAT, "%s: unknown method '%s'", manifest, name ? name : "");
    for (size_t i = 0; i < all->count; i++)
        if (all->list[i].kind == kind)
            GT_THROW(err, GT_BAD_FORMAT, "%s: method '%s' twice", manifest, name);
    GT_TRY(join(folder, name, ".safetensors", path, err));
    gt_method *method = &all->list[all->count];
    *method = (gt_method){.kind = kind};
    GT_TRY(gt_classifier_load(path, &method->fitted, err));
    all->count++;
    const gt_classifier *c = method->fitted;
    const gt_classes *classes = gt_classifier_classes_of(c);
    if (gt_classifier_class_of(c) != kind || gt_classifier_features(c) != out->features ||
        !knows(classes, out))
        GT_THROW(err, GT_MISMATCH,
                 "%s: %s for %zu values and %d classes, %s says %s, %zu and %d%s", path,
                 gt_classifier_class_of(c)->name, gt_classifier_features(c), classes->count,
                 manifest, name, out->features, out->count,
                 classes->count == out->count ? ", of other labels" : "");
    if (!out->classes) out->classes = classes;
done:
    return status;
}

static gt_status read_manifest(const char *path, json_t **root, gt_error *err) {
    gt_status status = GT_OK;
    char *text = NULL;
    size_t size;
    json_error_t where;
    int64_t form;
    GT_TRY(gt_file_load(path, MANIFEST_BYTES, &text, &size, err));
    *root = json_loadb(text, size, JSON_REJECT_DUPLICATES, &where);
    if (!json_is_object(*root))
        GT_THROW(err, GT_BAD_FORMAT, "%s: %s", path, *root ? "not a JSON object" : where.text);
    GT_TRY(read_int(path, *root, "form", 1, INT32_MAX, &form, err));
    if (form != FORM)
        GT_THROW(err, GT_UNSUPPORTED, "%s: form %lld of a folder of classifiers, expected %d",
                 path, (long long)form, FORM);
done:
    free(text);
    return status;
}

static const char *fact_of(const void *facts, const char *name) {
    return json_string_value(json_object_get(facts, name));
}

gt_status gt_folder_load(const char *folder, gt_folder *out, gt_error *err) {
    gt_status status = GT_OK;
    json_t *root = NULL;
    char path[PATH_SIZE];
    int64_t features, classes;
    *out = (gt_folder){.imaging = gt_imaging_unknown()};
    GT_TRY(join(folder, "manifest", ".json", path, err));
    GT_TRY(read_manifest(path, &root, err));
    GT_TRY(read_int(path, root, "features", 1, INT32_MAX, &features, err));
    GT_TRY(read_int(path, root, "classes", 2, GT_CLASSES_AT_MOST, &classes, err));
    out->features = (size_t)features;
    out->count = (int32_t)classes;
    const json_t *methods = json_object_get(root, "methods");
    size_t count = json_array_size(methods);
    if (count < 1 || count > GT_METHODS_AT_MOST)
        GT_THROW(err, GT_BAD_FORMAT, "%s: 'methods' is no list of 1 to %d", path,
                 GT_METHODS_AT_MOST);
    for (size_t i = 0; i < count; i++)
        GT_TRY(
            load_method(folder, path, json_string_value(json_array_get(methods, i)), out, err));
    GT_TRY(read_names(path, root, out, err));
    const gt_imaging imaging = gt_imaging_load(fact_of, json_object_get(root, "imaging"));
    GT_TRY(gt_imaging_copy(&imaging, &out->imaging, err));
done:
    json_decref(root);
    return status;
}

void gt_folder_close(gt_folder *folder) {
    gt_methods_close(&folder->methods);
    gt_imaging_free(&folder->imaging);
    gt_class_names_free(folder->names, (size_t)folder->count);
}
