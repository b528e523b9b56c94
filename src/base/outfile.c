/* outfile.c - write beside, fsync, rename, fsync the folder. */
#include "outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "beside.h"
#include "file.h"

struct gt_outfile {
    char *target;    /* the file to appear, links resolved */
    char *folder;    /* where it lies */
    char *temporary; /* beside it; NULL when there is nothing to remove */
    int descriptor;
    uint64_t end;
    FILE *stream;
    gt_error stream_error; /* what stdio met and could not say */
};

static gt_status resolve(gt_outfile *file, const char *path, gt_error *err) {
    struct stat info;
    if (lstat(path, &info)) {
        if (errno != ENOENT) return gt_fail_errno(err, "writing %s", path);
        if (!*path || path[strlen(path) - 1] == '/')
            return gt_fail(err, GT_BAD_ARGUMENT, "'%s' names no file to write", path);
        file->target = strdup(path);
    } else if (S_ISLNK(info.st_mode)) {
        file->target = realpath(path, NULL);
        if (!file->target) return gt_fail_errno(err, "writing %s", path);
    } else {
        file->target = strdup(path);
    }
    if (!file->target) return gt_fail(err, GT_NO_MEMORY, "no memory for a path");
    const char *slash = strrchr(file->target, '/');
    size_t length = slash ? (size_t)(slash - file->target) + 1 : 0;
    file->folder = slash ? strndup(file->target, length) : strdup("./");
    return file->folder ? GT_OK : gt_fail(err, GT_NO_MEMORY, "no memory for a path");
}

/* The permissions of the file that will be replaced, or those that a new file gets. */
static gt_status target_mode(const char *target, mode_t *mode, bool *exists, gt_error *err) {
    struct stat info;
    *exists = false;
    *mode = 0666;
    if (stat(target, &info))
        return errno == ENOENT ? GT_OK : gt_fail_errno(err, "writing %s", target);
    if (S_ISDIR(info.st_mode)) return gt_fail(err, GT_IO, "writing %s: it is a folder", target);
    if (!S_ISREG(info.st_mode))
        return gt_fail(err, GT_IO, "writing %s: it is a device or a pipe, expected a file",
                       target);
    if (!(info.st_mode & 0222))
        return gt_fail(err, GT_IO, "writing %s: the file there is read-only", target);
    *exists = true;
    *mode = info.st_mode & 0777;
    return GT_OK;
}

gt_status gt_outfile_sweep(const char *folder, int *removed, gt_error *err) {
    int count = 0;
    gt_status status = gt_beside_sweep(folder, NULL, &count, err);
    if (removed) *removed = count;
    return status;
}

static gt_status open_temporary(gt_outfile *file, mode_t mode, gt_error *err) {
    const char *slash = strrchr(file->target, '/'), *name = slash ? slash + 1 : file->target;
    char *path = NULL;
    int swept = 0;
    (void)gt_beside_sweep(file->folder, name, &swept,
                          NULL); /* what cannot be removed may stay */
    do {
        free(path);
        gt_status status = gt_beside_name(file->target, &path, err);
        if (status) return status;
        file->descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
    } while (file->descriptor < 0 && errno == EEXIST);
    if (file->descriptor >= 0) {
        file->temporary = path;
        return GT_OK;
    }
    free(path);
    return gt_fail_errno(err, "writing %s", file->target);
}

gt_status gt_outfile_open(const char *path, gt_outfile **out, gt_error *err) {
    gt_status status = GT_OK;
    mode_t mode;
    bool exists;
    gt_outfile *file = calloc(1, sizeof *file);
    if (!file) return gt_fail(err, GT_NO_MEMORY, "no memory to write %s", path);
    file->descriptor = -1;
    GT_TRY(resolve(file, path, err));
    GT_TRY(target_mode(file->target, &mode, &exists, err));
    GT_TRY(open_temporary(file, mode, err));
    /* A new file gets what the mask leaves of 0666; an old one keeps what it had. */
    if (exists && fchmod(file->descriptor, mode)) {
        status = gt_fail_errno(err, "writing %s", file->target);
        goto done;
    }
    *out = file;
    file = NULL;
done:
    gt_outfile_discard(file);
    return status;
}

gt_status gt_outfile_pwrite(gt_outfile *file, uint64_t offset, const void *bytes, size_t size,
                            gt_error *err) {
    size_t put = 0;
    if (offset > INT64_MAX || size > INT64_MAX - offset)
        return gt_fail(err, GT_BAD_ARGUMENT, "writing %s: offset %" PRIu64 " is out of range",
                       file->target, offset);
    while (put < size) {
        ssize_t done = pwrite(file->descriptor, (const char *)bytes + put, size - put,
                              (off_t)(offset + put));
        if (done < 0 && errno == EINTR) continue;
        if (done <= 0)
            return gt_fail(err, GT_IO, "writing %s: %zu of %zu bytes at offset %" PRIu64 ": %s",
                           file->target, put, size, offset,
                           done ? strerror(errno) : "no progress");
        put += (size_t)done;
    }
    return GT_OK;
}

gt_status gt_outfile_write(gt_outfile *file, const void *bytes, size_t size, gt_error *err) {
    gt_status status = gt_outfile_pwrite(file, file->end, bytes, size, err);
    if (status == GT_OK) file->end += size;
    return status;
}

static ssize_t stream_write(void *cookie, const char *bytes, size_t size) {
    gt_outfile *file = cookie;
    if (file->stream_error.status) return 0;
    return gt_outfile_write(file, bytes, size, &file->stream_error) ? 0 : (ssize_t)size;
}

FILE *gt_outfile_stream(gt_outfile *file) {
    static const cookie_io_functions_t functions = {.write = stream_write};
    if (!file->stream) file->stream = fopencookie(file, "w", functions);
    return file->stream;
}

int gt_outfile_fd(const gt_outfile *file) {
    return file->descriptor;
}

const char *gt_outfile_path(const gt_outfile *file) {
    return file->temporary;
}

static gt_status close_stream(gt_outfile *file, gt_error *err) {
    if (!file->stream) return GT_OK;
    int failed = fclose(file->stream);
    file->stream = NULL;
    if (file->stream_error.status)
        return gt_fail(err, file->stream_error.status, "%s", file->stream_error.text);
    return failed ? gt_fail_errno(err, "writing %s", file->target) : GT_OK;
}

static gt_status close_descriptor(gt_outfile *file, gt_error *err) {
    int fd = file->descriptor;
    file->descriptor = -1;
    if (fsync(fd)) {
        gt_status status = gt_fail_errno(err, "writing %s", file->target);
        close(fd);
        return status;
    }
    return close(fd) ? gt_fail_errno(err, "closing %s", file->target) : GT_OK;
}

static void remove_temporary(gt_outfile *file) {
    if (file->temporary) unlink(file->temporary);
    free(file->temporary);
    file->temporary = NULL;
}

/* ---- files that appear together ---- */

/* What is finished and waits: a file or a folder. */
typedef struct waiting {
    char *temporary, *target;
    struct waiting *next;
} waiting;

static _Thread_local struct {
    bool is_open;
    int folders; /* that are written: their files have their names at once */
    waiting *first, **last;
} together;

bool gt_beside_waits(void) {
    return together.is_open && together.folders == 0;
}

void gt_beside_in_folder(bool begins) {
    together.folders += begins ? 1 : -1;
}

gt_status gt_beside_wait(char **temporary, char **target, gt_error *err) {
    waiting *w = calloc(1, sizeof *w);
    if (!w) return gt_fail(err, GT_NO_MEMORY, "no memory to write %s", *target);
    *w = (waiting){*temporary, *target, NULL};
    *temporary = *target = NULL;
    *together.last = w;
    together.last = &w->next;
    return GT_OK;
}

void gt_outfiles_begin(void) {
    GT_ASSERT(!together.is_open);
    together.is_open = true;
    together.first = NULL;
    together.last = &together.first;
}

/* A folder that cannot be flushed is told at the end, and the other files appear all the same.
 */
gt_status gt_outfiles_end(gt_error *err) {
    gt_status status = GT_OK;
    bool is_there = true;
    for (waiting *w = together.first; w && is_there; w = w->next) {
        gt_status own = gt_beside_put(w->temporary, w->target, &is_there, status ? NULL : err);
        if (own && !status) status = own;
        if (is_there) w->temporary[0] = '\0';
    }
    gt_outfiles_drop();
    return status;
}

void gt_outfiles_drop(void) {
    for (waiting *w = together.first, *next; together.is_open && w; w = next) {
        next = w->next;
        if (*w->temporary) gt_beside_remove(w->temporary);
        free(w->temporary);
        free(w->target);
        free(w);
    }
    together.is_open = false;
    together.first = NULL;
}

/* ---- the end of a file ---- */

gt_status gt_outfile_commit(gt_outfile *file, gt_error *err) {
    gt_status status = GT_OK;
    bool is_there = false;
    GT_TRY(close_stream(file, err));
    GT_TRY(close_descriptor(file, err));
    if (gt_beside_waits()) GT_TRY(gt_beside_wait(&file->temporary, &file->target, err));
    if (!file->temporary) goto done;
    GT_TRY(gt_beside_put(file->temporary, file->target, &is_there, err));
done:
    if (is_there) {
        free(file->temporary);
        file->temporary = NULL;
    }
    remove_temporary(file);
    return status;
}

void gt_outfile_discard(gt_outfile *file) {
    if (!file) return;
    if (file->stream) fclose(file->stream);
    if (file->descriptor >= 0) close(file->descriptor);
    remove_temporary(file);
    free(file->folder);
    free(file->target);
    free(file);
}

gt_status gt_outfile_save(const char *path, const void *bytes, size_t size, gt_error *err) {
    gt_status status = GT_OK;
    gt_outfile *file = NULL;
    GT_TRY(gt_outfile_open(path, &file, err));
    GT_TRY(gt_outfile_write(file, bytes, size, err));
    GT_TRY(gt_outfile_commit(file, err));
done:
    gt_outfile_discard(file);
    return status;
}
