/* import_png.c - a folder of PNG cut-outs in order of name. Sub-folders, if there are any, are
 * the classes; ids are the names relative to the folder. */
#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "galatea/importer.h"
#include "png_read.h"

extern const gt_importer gt_importer_png;

enum { MAX_FILES = 50000000, MAX_CLASSES = 10000, MAX_ID = 4096 };

typedef struct entry {
    char *name; /* relative to the folder */
    int32_t label;
} entry;

typedef struct reader {
    char *folder; /* NULL for a single file, whose entry is the whole path */
    entry *entries;
    size_t count, room, next;
    char **classes;
    size_t class_count;
    gt_source_info info;
    gt_png picture;
    int bits; /* of the first picture */
} reader;

/* ---- listing ---- */

static bool is_png_name(const char *name) {
    size_t length = strlen(name);
    return name[0] != '.' && length > 4 && strcasecmp(name + length - 4, ".png") == 0;
}

/* Appends a copy of "prefix/name", or of name. */
static gt_status add_entry(reader *r, const char *prefix, const char *name, int32_t label,
                           gt_error *err) {
    if (r->count == MAX_FILES)
        return gt_fail(err, GT_UNSUPPORTED, "%s: more than %d files", r->folder, MAX_FILES);
    if (r->count == r->room) {
        size_t room = r->room ? 2 * r->room : 256;
        entry *grown = realloc(r->entries, room * sizeof *grown);
        if (grown == NULL) return gt_fail(err, GT_NO_MEMORY, "out of memory for file names");
        r->entries = grown;
        r->room = room;
    }
    char *full = NULL;
    if (asprintf(&full, "%s%s%s", prefix ? prefix : "", prefix ? "/" : "", name) < 0)
        return gt_fail(err, GT_NO_MEMORY, "out of memory for file names");
    r->entries[r->count++] = (entry){full, label};
    if (strlen(full) > r->info.id_length) r->info.id_length = strlen(full);
    return GT_OK;
}

static int compare_entries(const void *a, const void *b) {
    const entry *x = a, *y = b;
    return x->label != y->label ? (x->label > y->label) - (x->label < y->label)
                                : strcmp(x->name, y->name);
}

static int compare_texts(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static gt_status add_class(reader *r, const char *name, gt_error *err) {
    if (r->class_count == MAX_CLASSES)
        return gt_fail(err, GT_UNSUPPORTED, "%s: more than %d folders", r->folder, MAX_CLASSES);
    char **grown = realloc(r->classes, (r->class_count + 1) * sizeof *grown);
    if (grown == NULL) return gt_fail(err, GT_NO_MEMORY, "out of memory for class names");
    r->classes = grown;
    grown[r->class_count] = strdup(name);
    if (grown[r->class_count] == NULL)
        return gt_fail(err, GT_NO_MEMORY, "out of memory for class names");
    r->class_count++;
    return GT_OK;
}

/* Adds the pictures in folder[/below]; with classes, also the sub-folders' names to them. */
static gt_status scan(reader *r, const char *below, int32_t label, bool classes,
                      gt_error *err) {
    gt_status status = GT_OK;
    char *path = NULL;
    DIR *listing = NULL;
    if (asprintf(&path, "%s/%s", r->folder, below ? below : "") < 0)
        return gt_fail(err, GT_NO_MEMORY, "out of memory for a path");
    listing = opendir(path);
    if (listing == NULL) GT_THROW(err, GT_IO, "%s: %s", path, strerror(errno));
    for (struct dirent *found; (found = readdir(listing)) != NULL;) {
        struct stat info;
        if (found->d_name[0] == '.' || fstatat(dirfd(listing), found->d_name, &info, 0) != 0)
            continue;
        if (S_ISREG(info.st_mode) && is_png_name(found->d_name))
            GT_TRY(add_entry(r, below, found->d_name, label, err));
        if (S_ISDIR(info.st_mode) && classes) GT_TRY(add_class(r, found->d_name, err));
    }
done:
    if (listing != NULL) closedir(listing);
    free(path);
    return status;
}

/* Gives every sub-folder with pictures a label, in order of name. */
static gt_status scan_classes(reader *r, gt_error *err) {
    size_t loose = r->count, kept = 0;
    if (r->class_count == 0) return GT_OK;
    qsort(r->classes, r->class_count, sizeof *r->classes, compare_texts);
    for (size_t i = 0; i < r->class_count; i++) {
        size_t before = r->count;
        gt_status status = scan(r, r->classes[i], (int32_t)kept, false, err);
        if (status) return status;
        if (r->count == before) continue;
        char *name = r->classes[i];
        r->classes[i] = r->classes[kept];
        r->classes[kept++] = name;
    }
    for (size_t i = kept; i < r->class_count; i++) free(r->classes[i]);
    r->class_count = kept;
    if (loose == 0 || kept == 0) return GT_OK;
    return gt_fail(
        err, GT_BAD_FORMAT,
        "%s: PNG files beside sub-folders with PNG files ('%s'), expected only one of "
        "the two",
        r->folder, r->classes[0]);
}

static gt_status list_files(reader *r, const char *path, gt_error *err) {
    gt_status status = GT_OK;
    struct stat info;
    if (stat(path, &info) != 0 || !S_ISDIR(info.st_mode))
        return add_entry(r, NULL, path, -1, err); /* one file, or an error on reading it */
    r->folder = strdup(path);
    if (r->folder == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for a path");
    GT_TRY(scan(r, NULL, -1, true, err));
    GT_TRY(scan_classes(r, err));
    if (r->count == 0) GT_THROW(err, GT_NOT_FOUND, "%s: no PNG files in this folder", path);
    qsort(r->entries, r->count, sizeof *r->entries, compare_entries);
done:
    return status;
}

/* ---- reading ---- */

static gt_status load_picture(reader *r, size_t index, gt_error *err) {
    char *path = NULL;
    const char *name = r->entries[index].name;
    if (asprintf(&path, "%s%s%s", r->folder ? r->folder : "", r->folder ? "/" : "", name) < 0)
        return gt_fail(err, GT_NO_MEMORY, "out of memory for a path");
    free(r->picture.pixels);
    r->picture = (gt_png){0};
    gt_status status = gt_png_read(path, &r->picture, err);
    if (status == GT_OK && index > 0 &&
        (r->picture.channels != r->info.channels || r->picture.bits != r->bits))
        status = gt_fail(err, GT_BAD_SHAPE,
                         "%s: %zu channels of %d bits, the first picture (%s) has %zu of %d",
                         path, r->picture.channels, r->picture.bits, r->entries[0].name,
                         r->info.channels, r->bits);
    free(path);
    return status;
}

static void close_png(void *self) {
    reader *r = self;
    if (r == NULL) return;
    for (size_t i = 0; i < r->count; i++) free(r->entries[i].name);
    for (size_t i = 0; i < r->class_count; i++) free(r->classes[i]);
    free(r->entries);
    free(r->classes);
    free(r->picture.pixels);
    free(r->folder);
    free(r);
}

static gt_status open_png(const gt_source_request *request, void **self, gt_error *err) {
    gt_status status = GT_OK;
    reader *r = calloc(1, sizeof *r);
    if (r == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for a folder");
    GT_TRY(list_files(r, request->path, err));
    if (r->info.id_length > MAX_ID)
        GT_THROW(err, GT_UNSUPPORTED, "%s: a file name of %zu bytes", request->path,
                 r->info.id_length);
    GT_TRY(load_picture(r, 0, err));
    r->bits = r->picture.bits;
    r->info.count = r->count;
    r->info.channels = r->picture.channels;
    r->info.height = r->picture.height;
    r->info.width = r->picture.width;
    r->info.type = r->bits == 8 ? "uint8" : "uint16";
    r->info.is_bytes = r->bits == 8;
    r->info.columns = GT_COLUMN_ID | (r->class_count > 0 ? GT_COLUMN_LABEL : 0);
    r->info.class_names = (const char *const *)r->classes;
    r->info.class_count = r->class_count;
    r->info.pixel_scale_arcsec = NAN;
    *self = r;
    r = NULL;
done:
    close_png(r);
    return status;
}

static const gt_source_info *describe_png(const void *self) {
    return &((const reader *)self)->info;
}

static gt_status next_png(void *self, gt_picture *out, bool *more, gt_error *err) {
    reader *r = self;
    *more = r->next < r->count;
    if (!*more) return GT_OK;
    gt_status status = load_picture(r, r->next, err);
    if (status) return status;
    const entry *now = &r->entries[r->next++];
    *out = (gt_picture){.pixels = r->picture.pixels,
                        .channels = r->picture.channels,
                        .height = r->picture.height,
                        .width = r->picture.width,
                        .row = gt_dataset_row_default(),
                        .had_alpha = r->picture.had_alpha};
    out->row.label = now->label;
    out->row.id = now->name;
    return GT_OK;
}

const gt_importer gt_importer_png = {
    .name = "png",
    .summary = "a folder of PNG cut-outs; sub-folders are classes",
    .open = open_png,
    .describe = describe_png,
    .next = next_png,
    .close = close_png,
};
