/* picture_list.c - see picture_list.h. */
#include "picture_list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "text.h"

enum { MOST_LIST = 1 << 28 };

bool gt_picture_list_is_one(const char *path) {
    char begin[9] = {0};
    int file;
    uint64_t size;
    if (gt_file_ending(path, "txt|lst|list") < 0 || gt_file_open(path, &file, &size, NULL))
        return false;
    ssize_t got = pread(file, begin, sizeof begin, 0);
    close(file);
    return !(got == sizeof begin && memcmp(begin, "SIMPLE  =", sizeof begin) == 0) &&
           !(got >= 2 && memcmp(begin, "\x1f\x8b", 2) == 0);
}

/* Where the first line begins: behind the mark of UTF-8 that editors of Windows write. */
static const char *first_line(const char *text, size_t size) {
    bool is_marked = size >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0;
    return text + (is_marked ? 3 : 0);
}

/* The name in the line that begins at `at`; its length, 0 for none. *next: the next line. */
static size_t name_in(const char *at, const char *end, const char **next) {
    const char *stop = memchr(at, '\n', (size_t)(end - at));
    size_t length = (size_t)((stop ? stop : end) - at);
    *next = stop ? stop + 1 : end;
    if (length > 0 && at[length - 1] == '\r') length--;
    return length > 0 && *at == '#' ? 0 : length;
}

bool gt_picture_list_names(const char *text, size_t size, gt_picture_files files) {
    for (const char *at = first_line(text, size), *end = text + size, *next; at < end;
         at = next) {
        char name[4096];
        size_t length = name_in(at, end, &next);
        if (length == 0 || length >= sizeof name) continue;
        memcpy(name, at, length);
        name[length] = 0;
        if (gt_picture_files_have(files, name)) return true;
    }
    return false;
}

static gt_status add_names(gt_picture_folder *f, const char *text, size_t size, gt_error *err) {
    for (const char *at = first_line(text, size), *end = text + size, *next; at < end;
         at = next) {
        size_t length = name_in(at, end, &next);
        char *name = length > 0 ? strndup(at, length) : NULL;
        if (length > 0 && name == NULL)
            return gt_fail(err, GT_NO_MEMORY, "out of memory for file names");
        gt_status status = name ? gt_picture_folder_put(f, name, err) : GT_OK;
        if (status) return status;
    }
    return GT_OK;
}

/* Some file is there, so that notes or a table are not taken for a list. */
static gt_status check_any(const char *path, const gt_picture_folder *f, bool has_endings,
                           gt_error *err) {
    char shown[128];
    struct stat info;
    if (f->count == 0)
        return gt_fail(err, GT_NOT_FOUND, "%s: no file is named in this list", path);
    for (size_t i = 0; i < f->count; i++) {
        char *file = gt_picture_folder_path(f, i);
        bool is_there = file != NULL && stat(file, &info) == 0;
        free(file);
        if (is_there) return GT_OK;
    }
    gt_text_shown(f->entries[0].name, shown, sizeof shown);
    if (!has_endings)
        return gt_fail(
            err, GT_NOT_FOUND,
            "%s: a text that is no list of pictures: its first line is '%s', expected "
            "the name of a file, in each line one",
            path, shown);
    return gt_fail(err, GT_NOT_FOUND,
                   "%s: read as a list of %s, one a line, but there is no file '%s'", path,
                   f->files.name, shown);
}

gt_status gt_picture_list_read(const char *path, gt_picture_files files, gt_picture_folder *out,
                               gt_error *err) {
    gt_status status = GT_OK;
    gt_picture_folder f = {.files = files};
    char *text = NULL;
    size_t size;
    const char *slash = strrchr(path, '/');
    GT_TRY(gt_file_load(path, MOST_LIST, &text, &size, err));
    if (memchr(text, 0, size) != NULL)
        GT_THROW(err, GT_BAD_FORMAT, "%s: holds zero bytes, expected the name of a file a line",
                 path);
    f.path = slash == path ? strdup("")
             : slash       ? strndup(path, (size_t)(slash - path))
                           : strdup(".");
    if (f.path == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for file names");
    GT_TRY(add_names(&f, text, size, err));
    GT_TRY(check_any(path, &f, gt_picture_list_names(text, size, files), err));
    *out = f;
    f = (gt_picture_folder){0};
done:
    gt_picture_folder_free(&f);
    free(text);
    return status;
}
