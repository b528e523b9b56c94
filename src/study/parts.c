/* parts.c - records of equal length behind one line; each carries its own checksum. */
#include "parts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "hash.h"

enum { HEAD = 40 };
static const char magic[] = "galatea parts of a study";

typedef struct entry {
    gt_part_id id;
    off_t at; /* of its record */
} entry;

struct gt_parts {
    char *path;
    int file;        /* -1: there is none yet */
    bool is_written; /* file is open for writing */
    char *record;    /* id, bytes, and the sum of both */
    size_t size;     /* of the bytes */
    off_t end;       /* of the whole records on disk; 0: there is nothing of use */
    entry *entries;
    size_t count, room, next; /* next: where the last search ended */
};

static size_t record_size(const gt_parts *p) {
    return sizeof(gt_part_id) + p->size + sizeof(uint64_t);
}

static uint64_t sum_of(const gt_parts *p) {
    return gt_hash64(p->record, sizeof(gt_part_id) + p->size);
}

static char *bytes_of(const gt_parts *p) {
    return p->record + sizeof(gt_part_id);
}

/* ---- Reading ----------------------------------------------------------------------------- */

static void write_head(const gt_parts *p, char head[HEAD + 1]) {
    snprintf(head, HEAD + 1, "%s %14zu\n", magic, record_size(p));
}

static gt_status append(gt_parts *p, entry e, gt_error *err) {
    if (p->count == p->room) {
        size_t room = p->room ? 2 * p->room : 64;
        entry *larger = realloc(p->entries, room * sizeof *larger);
        if (!larger) return gt_fail(err, GT_NO_MEMORY, "no memory for %zu parts", room);
        p->entries = larger;
        p->room = room;
    }
    p->entries[p->count++] = e;
    return GT_OK;
}

/* The record at this place becomes the one at hand; false: it is damaged. */
static bool load(gt_parts *p, off_t at) {
    uint64_t sum;
    if (gt_file_read_at(p->file, p->path, (uint64_t)at, p->record, record_size(p), NULL))
        return false;
    memcpy(&sum, bytes_of(p) + p->size, sizeof sum);
    return sum == sum_of(p);
}

static gt_status read_records(gt_parts *p, gt_error *err) {
    gt_status status = GT_OK;
    char head[HEAD + 1], there[HEAD + 1] = "";
    size_t known = sizeof magic - 1; /* fewer where the disk was full at once */
    uint64_t size;
    off_t step = (off_t)record_size(p);
    if (access(p->path, F_OK) != 0) return GT_OK;
    GT_TRY(gt_file_open(p->path, &p->file, &size, err));
    GT_TRY(gt_file_read_at(p->file, p->path, 0, there, size < HEAD ? size : HEAD, err));
    if (size < known) known = (size_t)size;
    if (memcmp(there, magic, known) != 0)
        GT_THROW(err, GT_BAD_FORMAT,
                 "%s: expected the finished parts of an interrupted call, which would stand "
                 "there",
                 p->path);
    write_head(p, head);
    if (memcmp(there, head, HEAD) != 0) goto done; /* of another kind or version */
    for (p->end = HEAD; (off_t)size - p->end >= step; p->end += step) {
        entry e = {.at = p->end};
        if (!load(p, p->end)) continue;
        memcpy(&e.id, p->record, sizeof e.id);
        GT_TRY(append(p, e, err));
    }
done:
    return status;
}

static void close_parts(gt_parts *p) {
    if (!p) return;
    if (p->file >= 0) close(p->file);
    free(p->entries);
    free(p->record);
    free(p->path);
    free(p);
}

gt_status gt_parts_open(const char *out, size_t size, gt_parts **parts, gt_error *err) {
    gt_status status = GT_OK;
    size_t length = strlen(out) + sizeof ".parts";
    gt_parts *p = calloc(1, sizeof *p);
    if (!p) GT_THROW(err, GT_NO_MEMORY, "no memory for finished parts");
    p->file = -1;
    p->size = size;
    p->path = malloc(length);
    p->record = malloc(record_size(p));
    if (!p->path || !p->record) GT_THROW(err, GT_NO_MEMORY, "no memory for finished parts");
    snprintf(p->path, length, "%s.parts", out);
    GT_TRY(read_records(p, err));
    *parts = p;
    p = NULL;
done:
    close_parts(p);
    return status;
}

void gt_parts_finish(gt_parts *p, gt_status status) {
    bool may_go_on = status == GT_INTERRUPTED || status == GT_NO_MEMORY || status == GT_IO;
    bool is_of_use = p && p->count && may_go_on, is_ours = p && (p->count || p->is_written);
    if (is_ours && !is_of_use) unlink(p->path);
    close_parts(p);
}

const char *gt_parts_path(const gt_parts *p) {
    return p->path;
}

size_t gt_parts_count(const gt_parts *p) {
    return p->count;
}

bool gt_parts_find(gt_parts *p, gt_part_id id, void *out) {
    for (size_t i = 0; i < p->count; i++) {
        size_t at = (p->next + i) % p->count;
        if (memcmp(&p->entries[at].id, &id, sizeof id) != 0) continue;
        if (!load(p, p->entries[at].at)) continue;
        memcpy(out, bytes_of(p), p->size);
        p->next = at + 1;
        return true;
    }
    return false;
}

/* ---- Writing ----------------------------------------------------------------------------- */

static gt_status append_bytes(const gt_parts *p, const void *bytes, size_t size,
                              gt_error *err) {
    const char *at = bytes;
    while (size) {
        ssize_t written = write(p->file, at, size);
        if (written < 0 && errno == EINTR) continue;
        if (written == 0) errno = ENOSPC;
        if (written <= 0) return gt_fail_errno(err, "writing %s", p->path);
        at += written;
        size -= (size_t)written;
    }
    return GT_OK;
}

/* What was cut off at the end goes; records that are damaged stay where they are. */
static gt_status start_file(gt_parts *p, gt_error *err) {
    char head[HEAD + 1];
    if (p->file >= 0) close(p->file);
    p->file = open(p->path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (p->file < 0) return gt_fail_errno(err, "writing %s", p->path);
    p->is_written = true;
    if (ftruncate(p->file, p->end) != 0) return gt_fail_errno(err, "writing %s", p->path);
    write_head(p, head);
    return p->end > 0 ? GT_OK : append_bytes(p, head, HEAD, err);
}

gt_status gt_parts_add(gt_parts *p, gt_part_id id, const void *bytes, gt_error *err) {
    gt_status status = GT_OK;
    entry e = {.id = id};
    if (!p->is_written) GT_TRY(start_file(p, err));
    memcpy(p->record, &id, sizeof id);
    memcpy(bytes_of(p), bytes, p->size);
    uint64_t sum = sum_of(p);
    memcpy(bytes_of(p) + p->size, &sum, sizeof sum);
    GT_TRY(append_bytes(p, p->record, record_size(p), err));
    e.at = lseek(p->file, 0, SEEK_CUR) - (off_t)record_size(p);
    GT_TRY(append(p, e, err));
done:
    return status;
}
