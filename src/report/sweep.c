/* sweep.c - of the many files of a sweep of `galatea twins`, those that a page shows: what its
 * figures and the table of all its numbers say, in the order of the two-models paper. */
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "file.h"
#include "page.h"

enum { MOST_BYTES = 64 << 20 };

typedef struct sweep {
    const char *folder;
    size_t length;  /* of its name without slashes at the end */
    json_t *result; /* twins.json */
    gt_items *items;
    gt_names tried; /* so that damage is told once */
} sweep;

/* Figures that stand first, of those that are there. */
static const char *const of_all[] = {"pictures", "morphology"};
static const char *const of_model[] = {"denoising", "cosine", "cosine_centred", "morphology"};
static const char *const of_size[] = {"inversion",      "inversion_pairs",
                                      "scores",         "verdict_centred",
                                      "verdict_pixels", "verdict_morphology"};

#define COUNT(list) (sizeof(list) / sizeof *(list))

static json_t *read_result(const char *folder) {
    char path[PATH_MAX], *bytes = NULL;
    size_t size = 0;
    json_t *result = NULL;
    int length = snprintf(path, sizeof path, "%s/twins.json", folder);
    if ((size_t)length < sizeof path &&
        gt_file_load(path, MOST_BYTES, &bytes, &size, NULL) == 0)
        result = json_loadb(bytes, size, 0, NULL);
    free(bytes);
    if (gt_is_twins(result)) return result;
    json_decref(result);
    return NULL;
}

bool gt_is_sweep(const char *folder) {
    json_t *result = read_result(folder);
    json_decref(result);
    return result != NULL;
}

/* ---- rows ---- */

/* A name that is no way out of the folder. */
static const char *model_of(const json_t *row) {
    const char *name = json_string_value(json_object_get(row, "model"));
    return name && *name && *name != '.' && !strchr(name, '/') ? name : "";
}

static long long size_of(const json_t *row) {
    return json_integer_value(json_object_get(row, "size"));
}

static const json_t *row_at(const sweep *s, size_t i) {
    return json_array_get(json_object_get(s->result, "rows"), i);
}

static size_t row_count(const sweep *s) {
    return json_array_size(json_object_get(s->result, "rows"));
}

/* Whether no row before it is of this model (or of this size). */
static bool is_first(const sweep *s, size_t i, bool by_size) {
    for (size_t k = 0; k < i; k++)
        if (by_size ? size_of(row_at(s, k)) == size_of(row_at(s, i))
                    : strcmp(model_of(row_at(s, k)), model_of(row_at(s, i))) == 0)
            return false;
    return true;
}

/* ---- files ---- */

/* Adds a file or a run of the sweep that is there; it is called by its way from the folder. */
GT_PRINTF(3, 4)
static gt_status add(sweep *s, gt_error *err, const char *format, ...) {
    char path[PATH_MAX];
    struct stat info;
    va_list values;
    size_t before = s->items->count;
    GT_ASSERT(s->length + 1 < sizeof path);
    memcpy(path, s->folder, s->length);
    path[s->length] = '/';
    va_start(values, format);
    vsnprintf(path + s->length + 1, sizeof path - s->length - 1, format, values);
    va_end(values);
    if (stat(path, &info) || (S_ISDIR(info.st_mode) && !gt_is_run(path))) return GT_OK;
    for (size_t i = 0; i < s->tried.count; i++)
        if (strcmp(s->tried.list[i], path) == 0) return GT_OK;
    gt_status status = gt_names_add(&s->tried, path, err);
    if (!status) status = gt_items_add_found(s->items, path, err);
    for (size_t i = before; !status && i < s->items->count; i++)
        s->items->list[i].name = s->items->list[i].path + s->length + 1;
    return status;
}

/* Files that are not there yet, in order of name: figures alone, or all but the table of what
 * the result says. */
static gt_status add_rest(sweep *s, const char *folder, bool is_figure, gt_error *err) {
    gt_status status = GT_OK;
    gt_names names = {0};
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", s->folder, folder);
    if (gt_names_of_folder(path, &names, NULL)) goto done;
    for (size_t i = 0; i < names.count; i++) {
        const char *name = strrchr(names.list[i], '/') + 1;
        int kind = gt_file_ending(name, "png|csv|fits|fit|json");
        if (kind < 0 || (is_figure && kind > 0) || strcmp(name, "twins.csv") == 0) continue;
        GT_TRY(add(s, err, "%s%s%s", folder, *folder ? "/" : "", name));
    }
done:
    gt_names_free(&names);
    return status;
}

static gt_status add_model(sweep *s, const char *model, gt_error *err) {
    gt_status status = GT_OK;
    for (size_t k = 0; k < COUNT(of_model); k++)
        GT_TRY(add(s, err, "%s/%s.png", model, of_model[k]));
    GT_TRY(add_rest(s, model, true, err));
    for (size_t i = 0; i < row_count(s); i++) {
        char folder[256];
        if (strcmp(model_of(row_at(s, i)), model) != 0) continue;
        snprintf(folder, sizeof folder, "%.200s/N-%lld", model, size_of(row_at(s, i)));
        for (size_t k = 0; k < COUNT(of_size); k++)
            GT_TRY(add(s, err, "%s/%s.png", folder, of_size[k]));
        GT_TRY(add_rest(s, folder, true, err));
    }
done:
    return status;
}

/* How training went, by the run that learned most: a sweep has dozens. */
static gt_status add_run(sweep *s, const char *model, gt_error *err) {
    long long largest = 0;
    for (size_t i = 0; i < row_count(s); i++)
        if (strcmp(model_of(row_at(s, i)), model) == 0 && size_of(row_at(s, i)) > largest)
            largest = size_of(row_at(s, i));
    return add(s, err, "%s/A-%lld", model, largest);
}

gt_status gt_items_add_sweep(gt_items *items, const char *folder, gt_error *err) {
    gt_status status = GT_OK;
    sweep s = {folder, strlen(folder), read_result(folder), items, {0}};
    while (s.length > 1 && folder[s.length - 1] == '/') s.length--;
    GT_TRY(add(&s, err, "twins.json"));
    for (size_t k = 0; k < COUNT(of_all); k++)
        for (size_t i = 0; i < row_count(&s); i++)
            if (is_first(&s, i, true))
                GT_TRY(add(&s, err, "%s-%lld.png", of_all[k], size_of(row_at(&s, i))));
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < row_count(&s); i++) {
            const char *model = model_of(row_at(&s, i));
            if (!*model || !is_first(&s, i, false)) continue;
            GT_TRY(pass ? add_run(&s, model, err) : add_model(&s, model, err));
        }
    GT_TRY(add_rest(&s, "", false, err));
done:
    gt_names_free(&s.tried);
    json_decref(s.result);
    return status;
}
