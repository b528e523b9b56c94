/* related.c - what lies beside a run and says that it comes of it.
 *
 * A record has its inputs as they were typed, wherever that was, so that an input is known by
 * its last name alone: "run" or "run/best.safetensors", "codes.h5". Where it leads to another
 * run or set of this name, from a folder above the file that names it, it is that one: "A-60"
 * of each sweep. */
#include <dirent.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "file.h"
#include "galatea/dataset.h"
#include "galatea/log.h"
#include "page.h"

/* ---- relations ------------------------------------------------------------------------------
 */

static bool ends_with(const char *text, size_t length, const char *ending) {
    size_t end = strlen(ending);
    return length > end && strncmp(text + length - end, ending, end) == 0;
}

/* Weights stand for the run whose folder they are in. */
static const char *last_name(const char *path, size_t *length) {
    size_t end = strlen(path), begin;
    for (;;) {
        while (end > 1 && path[end - 1] == '/') end--;
        for (begin = end; begin && path[begin - 1] != '/';) begin--;
        if (!begin || !ends_with(path + begin, end - begin, ".safetensors")) break;
        end = begin;
    }
    *length = end - begin;
    return path + begin;
}

/* What results may come of: last names, and where each is. */
typedef struct known {
    gt_names names, places;
} known;

static gt_status know(known *k, const char *name, size_t length, const char *place,
                      gt_error *err) {
    char *own = strndup(name, length);
    if (!own) return gt_fail(err, GT_NO_MEMORY, "no memory for a name");
    gt_status status = gt_names_add(&k->names, own, err);
    free(own);
    return status ? status : gt_names_add(&k->places, place, err);
}

/* Where a path that was typed in the folder of a file, or above, leads; NULL: nowhere. Yours.
 */
static char *find_place(const char *typed, size_t length, const char *file) {
    char path[PATH_MAX], *place = NULL;
    size_t above = *typed == '/' ? 0 : strlen(file);
    for (;;) {
        while (above && file[above - 1] != '/') above--;
        if (above + length >= sizeof path) return NULL;
        memcpy(path, file, above);
        memcpy(path + above, typed, length);
        path[above + length] = '\0';
        place = realpath(path, NULL);
        if (place || above <= 1) return place;
        above--;
    }
}

/* Whether an input that a file names is known. */
static bool is_known(const known *k, const char *input, const char *file) {
    size_t length;
    const char *name = last_name(input, &length);
    bool is_one = false;
    for (size_t i = 0; i < k->names.count && !is_one; i++)
        is_one =
            strlen(k->names.list[i]) == length && memcmp(k->names.list[i], name, length) == 0;
    char *place = is_one ? find_place(input, (size_t)(name - input) + length, file) : NULL;
    if (!place) return is_one;
    is_one = false;
    for (size_t i = 0; i < k->places.count; i++)
        is_one |= strcmp(k->places.list[i], place) == 0;
    free(place);
    return is_one;
}

static bool comes_of(const json_t *record, const char *file, const known *k) {
    const char *input;
    json_t *ignored;
    json_object_foreach(json_object_get(record, "inputs"), input, ignored) {
        if (is_known(k, input, file)) return true;
    }
    return false;
}

/* Whether a file is a data set that comes of what is known. */
static bool is_set_of(const char *path, const known *k) {
    gt_dataset *set = NULL;
    if (gt_file_ending(path, "h5|hdf5") < 0 || gt_dataset_open_any(path, &set, NULL))
        return false;
    const char *text = gt_dataset_describe(set)->provenance;
    json_t *record = text ? json_loads(text, 0, NULL) : NULL;
    bool is_related = comes_of(record, path, k);
    json_decref(record);
    gt_dataset_close(set);
    return is_related;
}

/* Codes come of a run, maps of codes: until no further set does. */
static gt_status know_sets(const gt_names *files, known *k, gt_error *err) {
    gt_status status = GT_OK;
    for (size_t before = SIZE_MAX; before != k->names.count;) {
        before = k->names.count;
        for (size_t i = 0; i < files->count; i++) {
            size_t length;
            const char *path = files->list[i], *name = last_name(path, &length);
            if (is_known(k, path, path) || !is_set_of(path, k)) continue;
            GT_TRY(know(k, name, length, path, err));
        }
    }
done:
    return status;
}

static bool is_beside(const char *path, const char *other) {
    char *a = realpath(path, NULL), *b = realpath(other, NULL);
    bool is_same = a && b && strrchr(a, '/') - a == strrchr(b, '/') - b &&
                   strncmp(a, b, (size_t)(strrchr(a, '/') - a)) == 0;
    free(a), free(b);
    return is_same;
}

static const char *const outputs[] = {"out", "figure", "table"};
enum { OUTPUTS = sizeof outputs / sizeof *outputs };

/* As it was typed; NULL: the record names no file that is called like `path`. */
static const char *output_named(const json_t *record, const char *path) {
    size_t length, other_length;
    const char *name = last_name(path, &length);
    for (size_t k = 0; k < OUTPUTS; k++) {
        const char *other = gt_record_option(record, outputs[k]);
        const char *other_name = other ? last_name(other, &other_length) : NULL;
        if (other && other_length == length && memcmp(other_name, name, length) == 0)
            return other;
    }
    return NULL;
}

static bool is_in_one_folder(const char *typed, const char *other) {
    size_t ignored, length = (size_t)(last_name(typed, &ignored) - typed);
    return length == (size_t)(last_name(other, &ignored) - other) &&
           strncmp(typed, other, length) == 0;
}

/* Files that a command wrote into one folder are not parted. */
const json_t *gt_record_naming(const gt_items *items, const char *path) {
    for (size_t i = 0; i < items->count; i++) {
        const gt_item *item = &items->list[i];
        const char *typed = output_named(item->record, path);
        const char *own = typed ? output_named(item->record, item->path) : NULL;
        if (typed && (!own || !is_in_one_folder(typed, own) || is_beside(path, item->path)))
            return item->record;
    }
    return NULL;
}

/* ---- search ---------------------------------------------------------------------------------
 */

/* Names and place of a run, whatever way leads to it, and its parent folder. */
static gt_status know_run(const gt_item *run, known *k, gt_names *folders, gt_error *err) {
    gt_status status = GT_OK;
    size_t length;
    const char *typed = last_name(run->path, &length);
    char *home = realpath(run->path, NULL);
    char *slash = home ? strrchr(home, '/') : NULL;
    if (!slash || !slash[1]) goto done; /* the root has nothing beside it */
    GT_TRY(know(k, typed, length, home, err));
    GT_TRY(know(k, slash + 1, strlen(slash + 1), home, err));
    GT_TRY(gt_names_add(folders, home, err));
    *slash = '\0';
    GT_TRY(gt_names_add(folders, slash == home ? "/" : home, err));
done:
    free(home);
    return status;
}

static bool is_repeated(const gt_names *names, size_t index) {
    for (size_t i = 0; i < index; i++)
        if (strcmp(names->list[i], names->list[index]) == 0) return true;
    return false;
}

/* A file that nobody named may be anything: what cannot be read is passed over. */
static void add_file_of_run(gt_items *items, const char *path, const known *k) {
    size_t before = items->count;
    bool is_csv = gt_file_ending(path, "csv") == 0;
    if (!is_csv && gt_file_ending(path, "png|fits|fit|json") < 0) return;
    if (is_csv && !gt_record_naming(items, path)) return;
    bool is_read = gt_items_add(items, path, NULL) == GT_OK;
    if (items->count == before || (is_read && is_csv)) return;
    if (!is_read || !comes_of(items->list[before].record, path, k)) gt_items_cut(items, before);
}

gt_status gt_items_add_related(gt_items *items, gt_error *err) {
    gt_status status = GT_OK;
    gt_error fault;
    known k = {0};
    gt_names folders = {0}, files = {0};
    size_t named = items->count;
    for (size_t i = 0; i < named; i++)
        if (items->list[i].kind == ITEM_RUN)
            GT_TRY(know_run(&items->list[i], &k, &folders, err));
    for (size_t i = 0; i < folders.count; i++)
        if (!is_repeated(&folders, i) && gt_names_of_folder(folders.list[i], &files, &fault))
            gt_remark("results beside a run are not looked for: %s", fault.text);
    GT_TRY(know_sets(&files, &k, err));
    for (int pass = 0; pass < 2; pass++) /* CSV files last: figures name them */
        for (size_t i = 0; i < files.count; i++)
            if ((gt_file_ending(files.list[i], "csv") == 0) == (pass == 1))
                add_file_of_run(items, files.list[i], &k);
done:
    gt_names_free(&k.names);
    gt_names_free(&k.places);
    gt_names_free(&folders);
    gt_names_free(&files);
    return status;
}
