/* related.c - what lies beside a run and says that it comes of it.
 *
 * A record has its inputs as they were typed, wherever that was, so that an input is known by
 * its last name alone: "run" or "run/best.safetensors", "codes.h5". */
#include <dirent.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "file.h"
#include "galatea/dataset.h"
#include "galatea/log.h"
#include "page.h"

/* ---- names ----------------------------------------------------------------------------------
 */

gt_status gt_names_add(gt_names *names, const char *name, gt_error *err) {
    if (names->count == names->room) {
        size_t room = names->room ? 2 * names->room : 16;
        char **larger = realloc(names->list, room * sizeof *larger);
        if (!larger) return gt_fail(err, GT_NO_MEMORY, "no memory for a list of names");
        names->list = larger;
        names->room = room;
    }
    names->list[names->count] = strdup(name);
    if (!names->list[names->count]) return gt_fail(err, GT_NO_MEMORY, "no memory for a name");
    names->count++;
    return GT_OK;
}

void gt_names_free(gt_names *names) {
    for (size_t i = 0; i < names->count; i++) free(names->list[i]);
    free(names->list);
    *names = (gt_names){0};
}

static int is_shown(const struct dirent *entry) {
    return entry->d_name[0] != '.';
}

/* Whatever the locale. */
static int by_bytes(const struct dirent **a, const struct dirent **b) {
    return strcmp((*a)->d_name, (*b)->d_name);
}

/* What of a folder is of this kind of file. */
static gt_status list(const char *folder, mode_t kind, gt_names *out, gt_error *err) {
    gt_status status = GT_OK;
    struct dirent **entries = NULL;
    char path[PATH_MAX];
    struct stat info;
    int count = scandir(folder, &entries, is_shown, by_bytes);
    if (count < 0) return gt_fail_errno(err, "reading the folder %s", folder);
    for (int i = 0; i < count; i++) {
        int length = snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
        if ((size_t)length >= sizeof path || stat(path, &info) ||
            (info.st_mode & S_IFMT) != kind)
            continue;
        GT_TRY(gt_names_add(out, path, err));
    }
done:
    for (int i = 0; i < count; i++) free(entries[i]);
    free(entries);
    return status;
}

gt_status gt_names_of_folder(const char *folder, gt_names *out, gt_error *err) {
    return list(folder, S_IFREG, out, err);
}

gt_status gt_folders_of_folder(const char *folder, gt_names *out, gt_error *err) {
    return list(folder, S_IFDIR, out, err);
}

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

static bool has_name(const gt_names *names, const char *path) {
    size_t length;
    const char *name = last_name(path, &length);
    for (size_t i = 0; i < names->count; i++)
        if (strlen(names->list[i]) == length && memcmp(names->list[i], name, length) == 0)
            return true;
    return false;
}

static bool comes_of(const json_t *record, const gt_names *names) {
    const char *input;
    json_t *ignored;
    json_object_foreach(json_object_get(record, "inputs"), input, ignored) {
        if (has_name(names, input)) return true;
    }
    return false;
}

/* Whether a file is a data set that comes of what is named. */
static bool is_set_of(const char *path, const gt_names *names) {
    gt_dataset *set = NULL;
    if (gt_file_ending(path, "h5|hdf5") < 0 || gt_dataset_open_any(path, &set, NULL))
        return false;
    const char *text = gt_dataset_describe(set)->provenance;
    json_t *record = text ? json_loads(text, 0, NULL) : NULL;
    bool is_related = comes_of(record, names);
    json_decref(record);
    gt_dataset_close(set);
    return is_related;
}

/* Codes come of a run, maps of codes: until no further set does. */
static gt_status name_sets(const gt_names *files, gt_names *names, gt_error *err) {
    gt_status status = GT_OK;
    for (size_t before = SIZE_MAX; before != names->count;) {
        before = names->count;
        for (size_t i = 0; i < files->count; i++) {
            size_t length;
            if (has_name(names, files->list[i]) || !is_set_of(files->list[i], names)) continue;
            GT_TRY(gt_names_add(names, last_name(files->list[i], &length), err));
        }
    }
done:
    return status;
}

const json_t *gt_record_naming(const gt_items *items, const char *path) {
    static const char *const outputs[] = {"out", "figure", "table"};
    size_t length, other_length;
    const char *name = last_name(path, &length);
    for (size_t i = 0; i < items->count; i++)
        for (size_t k = 0; k < sizeof outputs / sizeof *outputs; k++) {
            const char *other = gt_record_option(items->list[i].record, outputs[k]);
            const char *other_name = other ? last_name(other, &other_length) : NULL;
            if (other && other_length == length && memcmp(other_name, name, length) == 0)
                return items->list[i].record;
        }
    return NULL;
}

/* ---- search ---------------------------------------------------------------------------------
 */

/* Name and parent folder of a run, whatever way leads to it. */
static gt_status add_run_names(const gt_item *run, gt_names *names, gt_names *folders,
                               gt_error *err) {
    gt_status status = GT_OK;
    size_t length;
    char *home = realpath(run->path, NULL);
    char *slash = home ? strrchr(home, '/') : NULL;
    if (!slash || !slash[1]) goto done; /* the root has nothing beside it */
    const char *typed = last_name(run->path, &length);
    char *as_typed = strndup(typed, length);
    if (!as_typed) GT_THROW(err, GT_NO_MEMORY, "no memory for a name");
    status = gt_names_add(names, as_typed, err);
    free(as_typed);
    if (status) goto done;
    GT_TRY(gt_names_add(names, slash + 1, err));
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
static void add_file_of_run(gt_items *items, const char *path, const gt_names *names) {
    size_t before = items->count;
    bool is_csv = gt_file_ending(path, "csv") == 0;
    if (!is_csv && gt_file_ending(path, "png|fits|fit|json") < 0) return;
    if (is_csv && !gt_record_naming(items, path)) return;
    bool is_read = gt_items_add(items, path, NULL) == GT_OK;
    if (items->count == before || (is_read && is_csv)) return;
    if (!is_read || !comes_of(items->list[before].record, names)) gt_items_cut(items, before);
}

gt_status gt_items_add_related(gt_items *items, gt_error *err) {
    gt_status status = GT_OK;
    gt_error fault;
    gt_names names = {0}, folders = {0}, files = {0};
    size_t named = items->count;
    for (size_t i = 0; i < named; i++)
        if (items->list[i].kind == ITEM_RUN)
            GT_TRY(add_run_names(&items->list[i], &names, &folders, err));
    for (size_t i = 0; i < folders.count; i++)
        if (!is_repeated(&folders, i) && gt_names_of_folder(folders.list[i], &files, &fault))
            gt_remark("results beside a run are not looked for: %s", fault.text);
    GT_TRY(name_sets(&files, &names, err));
    for (int pass = 0; pass < 2; pass++) /* CSV files last: figures name them */
        for (size_t i = 0; i < files.count; i++)
            if ((gt_file_ending(files.list[i], "csv") == 0) == (pass == 1))
                add_file_of_run(items, files.list[i], &names);
done:
    gt_names_free(&names);
    gt_names_free(&folders);
    gt_names_free(&files);
    return status;
}
