/* picture_folder.c - a walk over the folder, then a look at the names. */
#include "picture_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "columns.h"
#include "file.h"
#include "galatea/dataset.h"
#include "picture_kinds.h"
#include "picture_list.h"

enum { MAX_CLASSES = 10000, MOST_FOLDERS = 2, DEEPEST = 8 };

/* ---- the walk ---- */

static gt_status no_memory(gt_error *err) {
    return gt_fail(err, GT_NO_MEMORY, "out of memory for file names");
}

static void count_deeper(gt_picture_folder *f, char *name) {
    gt_picture_count_out(&f->deeper, &f->deepest, name);
}

/* Folders that are links are followed as far as pictures are taken. */
static bool may_enter(int listing, const char *name, int depth) {
    struct stat info;
    if (depth < MOST_FOLDERS) return true;
    return depth < DEEPEST && fstatat(listing, name, &info, AT_SYMLINK_NOFOLLOW) == 0 &&
           S_ISDIR(info.st_mode);
}

/* Collects the pictures in folder[/below] and under it. */
static gt_status walk(gt_picture_folder *f, const char *below, int depth,
                      const gt_folder_way *above, gt_error *err) {
    gt_status status = GT_OK;
    char *path = NULL, *name = NULL;
    DIR *listing = NULL;
    gt_folder_way way;
    if (asprintf(&path, "%s%s%s", f->path, *below ? "/" : "", below) < 0) return no_memory(err);
    GT_TRY(gt_folder_way_enter(path, above, &way, err));
    listing = opendir(path);
    if (listing == NULL && depth > MOST_FOLDERS) goto done; /* nothing of it would be taken */
    if (listing == NULL) GT_THROW(err, GT_IO, "%s: %s", path, strerror(errno));
    for (struct dirent *found; (found = readdir(listing)) != NULL;) {
        struct stat info = {0}; /* of a link that leads nowhere, which reading names */
        if (found->d_name[0] == '.') continue;
        (void)!fstatat(dirfd(listing), found->d_name, &info, 0);
        bool is_file = !S_ISDIR(info.st_mode);
        bool is_picture = is_file && gt_picture_files_have(f->files, found->d_name);
        bool is_other = is_file && gt_picture_is_other(f->files, found->d_name);
        bool is_folder = !is_file && may_enter(dirfd(listing), found->d_name, depth);
        if (!is_picture && !is_folder && !is_other) continue;
        if (asprintf(&name, "%s%s%s", below, *below ? "/" : "", found->d_name) < 0)
            GT_TRY(no_memory(err));
        if (is_folder) GT_TRY(walk(f, name, depth + 1, &way, err));
        if (is_picture) status = gt_picture_folder_put(f, name, err);
        if (is_other) gt_picture_count_out(&f->others, &f->other, name);
        if (is_folder) free(name);
        name = NULL;
        if (status) goto done;
    }
done:
    if (listing != NULL) closedir(listing);
    free(path);
    free(name);
    return status;
}

/* ---- what the names say ---- */

/* The GT_SPLIT_ that the first folder of a name stands for, -1: none. */
static int split_of(const char *name) {
    return gt_split_of_word(name, strcspn(name, "/"));
}

/* Splits stand over classes, or there are two, or no other folders with pictures. A class may
 * be called "test" beside others. */
static bool has_splits(const gt_picture_folder *f) {
    size_t splits = 0, others = 0;
    unsigned found = 0;
    for (size_t i = 0; i < f->count; i++) {
        const gt_picture_entry *e = &f->entries[i];
        bool is_split = e->depth > 0 && split_of(e->name) >= 0;
        if (is_split && e->depth == 2) return true;
        splits += is_split;
        if (is_split) found |= 1u << split_of(e->name);
        others += e->depth == 1 && !is_split;
    }
    bool are_several = (found & (found - 1)) != 0;
    return splits > 0 && (others == 0 || are_several);
}

/* Where all pictures lie in folders that `split_at` takes for one of two splits or more, those
 * are splits though their names are longer, or stand below classes. */
static bool are_all_splits(const gt_picture_folder *f,
                           int (*split_at)(const gt_picture_entry *)) {
    unsigned found = 0;
    for (size_t i = 0; i < f->count; i++) {
        int split = split_at(&f->entries[i]);
        if (split < 0) return false;
        found |= 1u << split;
    }
    return (found & (found - 1)) != 0;
}

static int split_by_longer_name(const gt_picture_entry *e) {
    return e->depth > 0 ? gt_split_of_folder(e->name) : -1;
}

static int split_below_class(const gt_picture_entry *e) {
    return e->depth == 2 ? gt_split_of_folder(strchr(e->name, '/') + 1) : -1;
}

/* Drops what lies one folder too deep when there are no splits. */
static void drop_deeper(gt_picture_folder *f) {
    size_t kept = 0;
    for (size_t i = 0; i < f->count; i++)
        if (f->entries[i].depth <= 1)
            f->entries[kept++] = f->entries[i];
        else
            count_deeper(f, f->entries[i].name);
    f->count = kept;
}

/* For folders that mean nothing, behind a fault of theirs. */
static const char *way_out(const gt_picture_folder *f) {
    return f->is_archive ? "; unpacked, a list (.txt) of their names takes all"
                         : "; a list (.txt) of their names, one a line, takes all";
}

/* CLASS/SPLIT/PICTURE */
static void read_classes_first(gt_picture_folder *f) {
    for (size_t i = 0; i < f->count; i++) {
        gt_picture_entry *e = &f->entries[i];
        e->split = (uint8_t)split_below_class(e);
        e->class = e->name;
    }
}

static gt_status read_names(gt_picture_folder *f, gt_error *err) {
    bool are_plain = has_splits(f), are_longer = are_all_splits(f, split_by_longer_name);
    f->has_splits = are_plain || are_longer || are_all_splits(f, split_below_class);
    if (f->has_splits && !are_plain && !are_longer) {
        read_classes_first(f);
        return GT_OK;
    }
    if (!f->has_splits) drop_deeper(f);
    for (size_t i = 0; i < f->count; i++) {
        gt_picture_entry *e = &f->entries[i];
        int split =
            f->has_splits && e->depth > 0 ? gt_split_of_folder(e->name) : GT_SPLIT_TRAIN;
        if (split < 0)
            return gt_fail(err, GT_BAD_FORMAT,
                           "%s: '%s' lies beside folders of splits, expected only train, test "
                           "and validation%s",
                           f->path, e->name, way_out(f));
        e->split = (uint8_t)split;
        if (e->depth == (f->has_splits ? 2 : 1))
            e->class = f->has_splits ? strchr(e->name, '/') + 1 : e->name;
    }
    return GT_OK;
}

/* In one folder there are pictures or folders with pictures, not both. */
static gt_status check_loose(const gt_picture_folder *f, gt_error *err) {
    const gt_picture_entry *at_top = NULL, *below = NULL;
    const gt_picture_entry *loose[GT_SPLIT_COUNT] = {NULL}, *classed[GT_SPLIT_COUNT] = {NULL};
    for (size_t i = 0; i < f->count; i++) {
        const gt_picture_entry *e = &f->entries[i];
        *(e->depth == 0 ? &at_top : &below) = e;
        if (f->has_splits && e->depth > 0) (e->class ? classed : loose)[e->split] = e;
    }
    for (int s = 0; s < GT_SPLIT_COUNT; s++)
        if (loose[s] != NULL && classed[s] != NULL) at_top = loose[s], below = classed[s];
    if (at_top == NULL || below == NULL) return GT_OK;
    return gt_fail(err, GT_BAD_FORMAT,
                   "%s: %s beside sub-folders with %s ('%s' and '%s'), expected only one of "
                   "the two%s",
                   f->path, f->files.name, f->files.name, at_top->name, below->name,
                   way_out(f));
}

/* ---- classes and order ---- */

/* Names are ended by '/', as the shorter of two comes first. */
static int compare_classes(const char *a, const char *b) {
    while (*a == *b && *a != '/' && *a != 0) a++, b++;
    int x = *a == '/' ? 0 : (unsigned char)*a, y = *b == '/' ? 0 : (unsigned char)*b;
    return x - y;
}

static int by_class(const void *a, const void *b) {
    const gt_picture_entry *x = a, *y = b;
    if (x->class == NULL || y->class == NULL) return (x->class != NULL) - (y->class != NULL);
    return compare_classes(x->class, y->class);
}

static int by_place(const void *a, const void *b) {
    const gt_picture_entry *x = a, *y = b;
    if (x->split != y->split) return x->split - y->split;
    if (x->label != y->label) return (x->label > y->label) - (x->label < y->label);
    return strcmp(x->name, y->name);
}

static int by_order(const void *a, const void *b) {
    const gt_picture_entry *x = a, *y = b;
    return (x->place > y->place) - (x->place < y->place);
}

static gt_status add_class(gt_picture_folder *f, const char *name, gt_error *err) {
    if (f->class_count == MAX_CLASSES)
        return gt_fail(err, GT_UNSUPPORTED, "%s: more than %d folders", f->path, MAX_CLASSES);
    char **grown = realloc(f->classes, (f->class_count + 1) * sizeof *grown);
    if (grown == NULL) return no_memory(err);
    f->classes = grown;
    grown[f->class_count] = strndup(name, strcspn(name, "/"));
    if (grown[f->class_count] == NULL) return no_memory(err);
    f->class_count++;
    return GT_OK;
}

/* Classes get numbers in order of name, whatever split they are in. */
static gt_status number_classes(gt_picture_folder *f, gt_error *err) {
    const char *last = NULL;
    qsort(f->entries, f->count, sizeof *f->entries, by_class);
    for (size_t i = 0; i < f->count; i++) {
        gt_picture_entry *e = &f->entries[i];
        if (e->class == NULL) continue;
        if (last == NULL || compare_classes(last, e->class) != 0) {
            gt_status status = add_class(f, e->class, err);
            if (status) return status;
        }
        last = e->class;
        e->label = (int32_t)f->class_count - 1;
    }
    qsort(f->entries, f->count, sizeof *f->entries, f->is_archive ? by_order : by_place);
    return GT_OK;
}

/* ---- the whole ---- */

static gt_status check_any(const gt_picture_folder *f, gt_error *err) {
    if (f->count > 0) return GT_OK;
    int ending = (int)strcspn(f->files.endings, "|");
    if (f->deeper == 0 && f->others > 0)
        return gt_pictures_are_others(f->path, "folder", f->files, f->others, f->other, err);
    if (f->deeper == 0)
        return gt_fail(err, GT_NOT_FOUND, "%s: no %s in this %s", f->path, f->files.name,
                       f->is_archive ? "archive" : "folder");
    return gt_fail(err, GT_NOT_FOUND,
                   "%s: no %s in this folder or its classes, but %zu deeper, as '%s'; expected "
                   "CLASS/*.%.*s, or train|test|val/CLASS/*.%.*s%s",
                   f->path, f->files.name, f->deeper, f->deepest, ending, f->files.endings,
                   ending, f->files.endings, way_out(f));
}

static gt_status arrange(gt_picture_folder *f, gt_error *err) {
    gt_status status = GT_OK;
    GT_TRY(read_names(f, err));
    GT_TRY(check_any(f, err));
    GT_TRY(check_loose(f, err));
    GT_TRY(number_classes(f, err));
done:
    return status;
}

/* ---- the folder around all ---- */

/* Length of the folder, with its slash, that all names begin with behind what is skipped; 0:
 * there is none, or it says something. A split does; and on disk, where who asks has named a
 * folder already, so does the only class: one with a picture in it. */
static size_t common_folder(const gt_picture_folder *f, size_t skipped) {
    if (f->count == 0) return 0;
    const char *first = f->entries[0].name + skipped, *slash = strchr(first, '/');
    size_t length = slash != NULL ? (size_t)(slash - first) + 1 : 0;
    if (length > 0 && split_of(first) >= 0) return 0;
    for (size_t i = 0; i < f->count && length > 0; i++) {
        const char *name = f->entries[i].name + skipped;
        bool is_below = strncmp(name, first, length) == 0;
        if (!is_below || (!f->is_archive && strchr(name + length, '/') == NULL)) length = 0;
    }
    return length;
}

gt_status gt_picture_folder_arrange(gt_picture_folder *f, gt_error *err) {
    size_t skipped = 0, kept = 0;
    for (size_t more; (more = common_folder(f, skipped)) > 0;) skipped += more;
    for (size_t i = 0; i < f->count; i++) {
        gt_picture_entry *e = &f->entries[i];
        memmove(e->name, e->name + skipped, strlen(e->name + skipped) + 1);
        for (const char *at = e->name; (at = strchr(at, '/')) != NULL; at++) e->depth++;
        if (e->depth <= MOST_FOLDERS)
            f->entries[kept++] = *e;
        else
            count_deeper(f, e->name);
    }
    f->count = kept;
    return arrange(f, err);
}

/* Goes into the folder around all, as archives are taken, and forgets what was found: from
 * there links are followed as far as they mean something. */
static gt_status enter_folder(gt_picture_folder *f, size_t length, gt_error *err) {
    char *path = NULL;
    if (asprintf(&path, "%s/%.*s", f->path, (int)length - 1, f->entries[0].name) < 0)
        return no_memory(err);
    free(f->path);
    f->path = path;
    for (size_t i = 0; i < f->count; i++) free(f->entries[i].name);
    f->count = f->added = f->others = 0;
    free(f->other);
    f->other = NULL;
    return GT_OK;
}

static gt_status list_folder(gt_picture_folder *f, gt_error *err) {
    gt_status status = GT_OK;
    for (size_t around = 1; around > 0;) {
        GT_TRY(walk(f, "", 0, NULL, err));
        around = common_folder(f, 0);
        if (around > 0) GT_TRY(enter_folder(f, around, err));
    }
    GT_TRY(gt_picture_folder_arrange(f, err));
done:
    return status;
}

gt_status gt_picture_folder_list(const char *path, gt_picture_files files,
                                 gt_picture_folder *out, gt_error *err) {
    gt_status status = GT_OK;
    gt_picture_folder f = {.files = files};
    struct stat info;
    bool is_folder = stat(path, &info) == 0 && S_ISDIR(info.st_mode);
    if (!is_folder && gt_picture_list_is_one(path)) {
        GT_TRY(gt_picture_list_read(path, files, &f, err));
    } else if (!is_folder) {
        char *name = strdup(path); /* one file, or an error on reading it */
        if (name == NULL) GT_TRY(no_memory(err));
        GT_TRY(gt_picture_folder_put(&f, name, err));
    } else {
        f.path = strdup(path);
        if (f.path == NULL) GT_TRY(no_memory(err));
        GT_TRY(list_folder(&f, err));
    }
    *out = f;
    f = (gt_picture_folder){0};
done:
    gt_picture_folder_free(&f);
    return status;
}

/* ---- archives ---- */

gt_status gt_picture_folder_begin(const char *path, gt_picture_files files,
                                  gt_picture_folder *out, gt_error *err) {
    *out = (gt_picture_folder){.files = files, .is_archive = true, .path = strdup(path)};
    return out->path != NULL ? GT_OK : no_memory(err);
}

/* Does a name lead out of the folder that it is in? */
static bool leads_out(const char *name) {
    if (name[0] == '/') return true;
    for (const char *at = name; at != NULL; at = strchr(at, '/')) {
        at += *at == '/';
        if (strncmp(at, "..", 2) == 0 && (at[2] == '/' || at[2] == 0)) return true;
    }
    return false;
}

gt_status gt_picture_folder_add(gt_picture_folder *f, const char *name, gt_error *err) {
    while (strncmp(name, "./", 2) == 0) name += 2;
    if (leads_out(name))
        return gt_fail(
            err, GT_BAD_FORMAT,
            "%s: the name '%s' leads out of the archive's folder, expected names below "
            "it",
            f->path, name);
    char *copy = strdup(name);
    return copy != NULL ? gt_picture_folder_put(f, copy, err) : no_memory(err);
}
