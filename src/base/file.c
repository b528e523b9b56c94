/* file.c - checked reading of regular files, and making folders. */
#include "file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hash.h"

static gt_status regular_size(int descriptor, const char *path, uint64_t *size, gt_error *err) {
    struct stat info;
    if (fstat(descriptor, &info)) return gt_fail_errno(err, "reading %s", path);
    if (S_ISDIR(info.st_mode))
        return gt_fail(err, GT_IO, "%s is a folder, expected a file", path);
    if (!S_ISREG(info.st_mode))
        return gt_fail(err, GT_IO, "%s is a pipe or a device, expected a file", path);
    if (size) *size = (uint64_t)info.st_size;
    return GT_OK;
}

gt_status gt_file_open(const char *path, int *descriptor, uint64_t *size, gt_error *err) {
    gt_status status = GT_OK;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) return gt_fail_errno(err, "opening %s", path);
    GT_TRY(regular_size(fd, path, size, err));
    *descriptor = fd;
    fd = -1;
done:
    if (fd >= 0) close(fd);
    return status;
}

gt_status gt_file_size(int descriptor, const char *path, uint64_t *size, gt_error *err) {
    return regular_size(descriptor, path, size, err);
}

gt_status gt_file_read_at(int descriptor, const char *path, uint64_t offset, void *out,
                          size_t size, gt_error *err) {
    size_t have = 0;
    if (offset > INT64_MAX || size > INT64_MAX - offset)
        return gt_fail(err, GT_BAD_ARGUMENT, "%s: offset %" PRIu64 " is out of range", path,
                       offset);
    while (have < size) {
        ssize_t got =
            pread(descriptor, (char *)out + have, size - have, (off_t)(offset + have));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return gt_fail_errno(err, "reading %s", path);
        if (got == 0)
            return gt_fail(err, GT_BAD_FORMAT,
                           "%s: expected %zu bytes at offset %" PRIu64
                           ", the file ends after %zu",
                           path, size, offset, have);
        have += (size_t)got;
    }
    return GT_OK;
}

gt_status gt_file_load(const char *path, size_t limit, char **out, size_t *size,
                       gt_error *err) {
    gt_status status = GT_OK;
    int fd = -1;
    uint64_t bytes = 0;
    char *text = NULL;
    GT_TRY(gt_file_open(path, &fd, &bytes, err));
    if (bytes > limit)
        GT_THROW(err, GT_BAD_FORMAT, "%s has %" PRIu64 " bytes, expected at most %zu", path,
                 bytes, limit);
    text = malloc((size_t)bytes + 1);
    if (!text) GT_THROW(err, GT_NO_MEMORY, "%s: no memory for %" PRIu64 " bytes", path, bytes);
    GT_TRY(gt_file_read_at(fd, path, 0, text, (size_t)bytes, err));
    text[bytes] = '\0';
    *out = text;
    *size = (size_t)bytes;
    text = NULL;
done:
    free(text);
    if (fd >= 0) close(fd);
    return status;
}

/* The next stretch of a file that is stored: what lies before it, from `at` on, was never
 * written and reads as zeros. Where a file system does not tell, all of it is stored. */
static void find_stored(int fd, uint64_t at, uint64_t size, uint64_t *first, uint64_t *end) {
    off_t data = lseek(fd, (off_t)at, SEEK_DATA), hole = -1;
    bool has_none = data < 0 && errno == ENXIO;
    if (data >= 0) hole = lseek(fd, data, SEEK_HOLE);
    *first = has_none ? size : data > 0 && hole > data ? (uint64_t)data : at;
    *end = has_none || hole <= data || (uint64_t)hole > size ? size : (uint64_t)hole;
    if (*first > size) *first = size;
}

gt_status gt_file_hash(const char *path, uint64_t *hash, gt_error *err) {
    enum { PIECE = 1 << 16 };
    static const unsigned char zeros[PIECE];
    gt_status status = GT_OK;
    int fd = -1;
    uint64_t size = 0, first = 0, end = 0; /* first .. end are stored */
    unsigned char piece[PIECE];
    gt_hash sum;
    gt_hash_begin(&sum);
    GT_TRY(gt_file_open(path, &fd, &size, err));
    for (uint64_t at = 0, take; at < size; at += take) {
        if (at >= end) find_stored(fd, at, size, &first, &end);
        uint64_t stop = at < first ? first : end;
        take = stop - at < PIECE ? stop - at : PIECE;
        if (at >= first) GT_TRY(gt_file_read_at(fd, path, at, piece, (size_t)take, err));
        gt_hash_add(&sum, at < first ? zeros : piece, (size_t)take);
    }
    *hash = gt_hash_end(&sum);
done:
    if (fd >= 0) close(fd);
    return status;
}

bool gt_file_is_same(const char *a, const char *b) {
    struct stat x, y;
    return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

bool gt_file_is_same_place(const char *a, const char *b) {
    char folders[2][PATH_MAX];
    const char *names[2], *const paths[2] = {a, b};
    if (strcmp(a, b) == 0 || gt_file_is_same(a, b)) return true;
    for (int i = 0; i < 2; i++) {
        const char *slash = strrchr(paths[i], '/');
        names[i] = slash ? slash + 1 : paths[i];
        snprintf(folders[i], PATH_MAX, "%.*s", slash ? (int)(names[i] - paths[i]) : 1,
                 slash ? paths[i] : ".");
    }
    return strcmp(names[0], names[1]) == 0 && gt_file_is_same(folders[0], folders[1]);
}

/* Whether a folder lies around the one at `path`, seen from there. */
static bool is_around(const char *path, const struct stat *folder) {
    char up[PATH_MAX];
    struct stat below, info;
    size_t length = (size_t)snprintf(up, sizeof up, "%s", path);
    if (stat(path, &below)) return false;
    for (; length + sizeof "/.." <= sizeof up; below = info) {
        length += (size_t)snprintf(up + length, sizeof up - length, "/..");
        if (stat(up, &info)) return false;
        bool is_top = info.st_dev == below.st_dev && info.st_ino == below.st_ino;
        if (is_top) return false;
        if (info.st_dev == folder->st_dev && info.st_ino == folder->st_ino) return true;
    }
    return false;
}

gt_status gt_folder_way_enter(const char *path, const gt_folder_way *above, gt_folder_way *out,
                              gt_error *err) {
    struct stat info, link;
    if (stat(path, &info)) return gt_fail_errno(err, "%s", path);
    *out = (gt_folder_way){above, path, (uint64_t)info.st_dev, (uint64_t)info.st_ino};
    if (above == NULL) return GT_OK;
    const gt_folder_way *first = above;
    for (const gt_folder_way *at = above; at != NULL; first = at, at = at->above)
        if (at->device == out->device && at->inode == out->inode)
            return gt_fail(err, GT_UNSUPPORTED,
                           "%s: a folder that holds itself, by a link that leads back", path);
    if (lstat(path, &link) == 0 && S_ISLNK(link.st_mode) && is_around(first->path, &info))
        return gt_fail(err, GT_UNSUPPORTED,
                       "%s: a link to a folder that %s lies in, all of which would be read",
                       path, first->path);
    return GT_OK;
}

/* What gt_folder_visit goes by. */
typedef struct visit {
    bool (*look)(void *user, const struct stat *file);
    void *user;
} visit;

static bool visit_below(const visit *v, const char *folder, const gt_folder_way *above,
                        int depth) {
    enum { DEEPEST = 8 };
    gt_folder_way way;
    bool goes_on = true;
    char path[PATH_MAX];
    if (depth > DEEPEST || gt_folder_way_enter(folder, above, &way, NULL)) return true;
    DIR *listing = opendir(folder);
    for (struct dirent *found; goes_on && listing && (found = readdir(listing)) != NULL;) {
        struct stat info;
        bool is_itself = strcmp(found->d_name, ".") == 0 || strcmp(found->d_name, "..") == 0;
        int length = snprintf(path, sizeof path, "%s/%s", folder, found->d_name);
        if (is_itself || (size_t)length >= sizeof path || stat(path, &info) != 0) continue;
        if (S_ISDIR(info.st_mode)) goes_on = visit_below(v, path, &way, depth + 1);
        if (S_ISREG(info.st_mode)) goes_on = v->look(v->user, &info);
    }
    if (listing) (void)closedir(listing);
    return goes_on;
}

bool gt_folder_visit(const char *path, bool (*look)(void *user, const struct stat *file),
                     void *user) {
    const visit v = {look, user};
    struct stat info;
    if (stat(path, &info) != 0) return true;
    if (S_ISREG(info.st_mode)) return look(user, &info);
    return !S_ISDIR(info.st_mode) || visit_below(&v, path, NULL, 0);
}

/* EINVAL: a file system without folders that can be flushed has nothing to flush. */
gt_status gt_file_keep_name(const char *path, gt_error *err) {
    char folder[PATH_MAX];
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/') length--;
    while (length > 0 && path[length - 1] != '/') length--;
    snprintf(folder, sizeof folder, "%.*s", length ? (int)length : 1, length ? path : ".");
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return gt_fail_errno(err, "flushing the folder %s", folder);
    gt_status status = GT_OK;
    if (fsync(fd) && errno != EINVAL)
        status = gt_fail_errno(err, "flushing the folder %s", folder);
    (void)close(fd);
    return status;
}

static gt_status make_folder(const char *path, gt_error *err) {
    struct stat info;
    if (mkdir(path, 0777) == 0) {
        gt_status status = gt_file_keep_name(path, err);
        if (status) (void)rmdir(path); /* empty: nothing is lost with it */
        return status;
    }
    int why = errno;
    if (stat(path, &info) == 0) {
        if (S_ISDIR(info.st_mode)) return GT_OK;
        return gt_fail(err, GT_IO, "%s is a file, expected a folder", path);
    }
    errno = why;
    return gt_fail_errno(err, "making the folder %s", path);
}

gt_status gt_mkdirs(const char *path, gt_error *err) {
    gt_status status = GT_OK;
    char *part = strdup(path);
    if (!part) return gt_fail(err, GT_NO_MEMORY, "no memory for a path");
    for (char *slash = strchr(part + (*part == '/'), '/'); slash;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        GT_TRY(make_folder(part, err));
        *slash = '/';
    }
    GT_TRY(make_folder(part, err));
done:
    free(part);
    return status;
}

void gt_file_folder(const char *path, char *folder, size_t room) {
    const char *slash = strrchr(path, '/');
    snprintf(folder, room, "%.*s", slash > path ? (int)(slash - path) : 1, slash ? path : ".");
}

int gt_file_ending(const char *path, const char *endings) {
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    const char *dot = strrchr(name, '.'), *own = dot && dot > name ? dot + 1 : "";
    if (!*name || (dot && dot > name && !dot[1])) return -1; /* "x/" and "x." */
    for (int index = 0;; index++) {
        size_t length = strcspn(endings, "|");
        if (strlen(own) == length && strncasecmp(own, endings, length) == 0) return index;
        endings += length;
        if (!*endings++) return -1;
    }
}

gt_status gt_file_check_ending(const char *option, const char *path, const char *endings,
                               gt_error *err) {
    char list[128] = "";
    if (gt_file_ending(path, endings) >= 0) return GT_OK;
    for (size_t used = 0; *endings;) {
        size_t length = strcspn(endings, "|");
        const char *next = endings + length + (endings[length] == '|');
        const char *join = !used ? "" : *next ? ", " : " or ";
        used += (size_t)snprintf(list + used, sizeof list - used, "%s.%.*s", join, (int)length,
                                 endings);
        endings = next;
    }
    return gt_fail(err, GT_USAGE, "%s%s%s%s: its name must end in %s", option ? "--" : "",
                   option ? option : "", option ? " " : "", path, list);
}
