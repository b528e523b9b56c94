/* parts.c - records of equal length behind one line; each carries its own checksum. */
#include "parts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "galatea/file.h"
#include "galatea/hash.h"
#include "galatea/version.h"

enum { MOST_BYTES = 1 << 28, HEAD = 32 };
static const char magic[] = "galatea parts of a study";

typedef struct record {
    uint64_t key, seed;
    int64_t fold;
    gt_verdict verdict;
    uint64_t sum; /* of all before it */
} record;

struct gt_parts {
    char *path;
    int file; /* -1 before the first record is added */
    record *records;
    size_t count, room;
    bool is_whole; /* the file is there, and nothing in it was cut off or damaged */
};

/* ---- Reading ----------------------------------------------------------------------------- */

static void write_head(char head[HEAD + 1]) {
    snprintf(head, HEAD + 1, "%s %6zu\n", magic, sizeof(record));
}

static uint64_t sum_of(const record *r) {
    return gt_hash64(r, offsetof(record, sum));
}

static gt_status append(gt_parts *p, const record *r, gt_error *err) {
    if (p->count == p->room) {
        size_t room = p->room ? 2 * p->room : 64;
        record *larger = realloc(p->records, room * sizeof *larger);
        if (!larger) return gt_fail(err, GT_NO_MEMORY, "no memory for %zu figures", room);
        p->records = larger;
        p->room = room;
    }
    p->records[p->count++] = *r;
    return GT_OK;
}

static gt_status read_records(gt_parts *p, gt_error *err) {
    gt_status status = GT_OK;
    char head[HEAD + 1], *bytes = NULL;
    size_t size;
    record r;
    if (access(p->path, F_OK) != 0) return GT_OK;
    GT_TRY(gt_file_load(p->path, MOST_BYTES, &bytes, &size, err));
    if (size > 0 && (size < HEAD || memcmp(bytes, magic, sizeof magic - 1) != 0))
        GT_THROW(err, GT_BAD_FORMAT,
                 "%s: expected the figures of an interrupted study, which would stand there",
                 p->path);
    write_head(head);
    if (size == 0 || memcmp(bytes, head, HEAD) != 0) goto done; /* of another version */
    p->is_whole = (size - HEAD) % sizeof r == 0;
    for (size_t at = HEAD; size - at >= sizeof r; at += sizeof r) {
        memcpy(&r, bytes + at, sizeof r);
        p->is_whole &= r.sum == sum_of(&r);
        if (r.sum == sum_of(&r)) GT_TRY(append(p, &r, err));
    }
done:
    free(bytes);
    return status;
}

gt_status gt_parts_open(const char *out, gt_parts **parts, gt_error *err) {
    gt_status status = GT_OK;
    size_t length = strlen(out) + sizeof ".parts";
    gt_parts *p = calloc(1, sizeof *p);
    if (!p) GT_THROW(err, GT_NO_MEMORY, "no memory for figures");
    p->file = -1;
    p->path = malloc(length);
    if (!p->path) GT_THROW(err, GT_NO_MEMORY, "no memory for figures");
    snprintf(p->path, length, "%s.parts", out);
    GT_TRY(read_records(p, err));
    *parts = p;
    p = NULL;
done:
    gt_parts_close(p);
    return status;
}

void gt_parts_close(gt_parts *p) {
    if (!p) return;
    if (p->file >= 0) close(p->file);
    free(p->records);
    free(p->path);
    free(p);
}

void gt_parts_remove(gt_parts *p) {
    if (p && p->count) unlink(p->path);
}

const char *gt_parts_path(const gt_parts *p) {
    return p->path;
}

size_t gt_parts_count(const gt_parts *p) {
    return p->count;
}

bool gt_parts_find(const gt_parts *p, uint64_t key, gt_fit_place place, gt_verdict *out) {
    for (size_t i = 0; i < p->count; i++) {
        const record *r = &p->records[i];
        if (r->key != key || r->seed != place.seed || r->fold != place.fold) continue;
        *out = r->verdict;
        return true;
    }
    return false;
}

/* ---- Writing ----------------------------------------------------------------------------- */

static gt_status put(const gt_parts *p, const void *bytes, size_t size, gt_error *err) {
    ssize_t written = write(p->file, bytes, size);
    if (written == (ssize_t)size) return GT_OK;
    if (written >= 0) errno = ENOSPC;
    return gt_fail_errno(err, "%s", p->path);
}

static gt_status start_file(gt_parts *p, gt_error *err) {
    gt_status status = GT_OK;
    char head[HEAD + 1];
    p->file = open(p->path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (p->file < 0) return gt_fail_errno(err, "%s", p->path);
    if (p->is_whole) return GT_OK;
    if (ftruncate(p->file, 0) != 0) return gt_fail_errno(err, "%s", p->path);
    write_head(head);
    GT_TRY(put(p, head, HEAD, err));
    if (p->count) GT_TRY(put(p, p->records, p->count * sizeof *p->records, err));
done:
    return status;
}

gt_status gt_parts_add(gt_parts *p, uint64_t key, gt_fit_place place, const gt_verdict *verdict,
                       gt_error *err) {
    gt_status status = GT_OK;
    record r;
    memset(&r, 0, sizeof r); /* also between the members */
    r.key = key;
    r.seed = place.seed;
    r.fold = place.fold;
    memcpy(&r.verdict, verdict, sizeof r.verdict);
    r.sum = sum_of(&r);
    if (p->file < 0) GT_TRY(start_file(p, err));
    GT_TRY(put(p, &r, sizeof r, err));
    GT_TRY(append(p, &r, err));
done:
    return status;
}

/* ---- Keys -------------------------------------------------------------------------------- */

typedef struct key_hash {
    gt_hash hash;
    const gt_option_table *table;
} key_hash;

static void add_text(gt_hash *hash, const char *text) {
    gt_hash_add(hash, text ? text : "", strlen(text ? text : "") + 1);
}

static gt_status add_setting(void *user, const gt_option_view *view, gt_error *err) {
    key_hash *k = user;
    if (view->row < k->table->rows || view->row >= k->table->rows + k->table->count)
        return GT_OK;
    add_text(&k->hash, view->row->name);
    add_text(&k->hash, view->text);
    return GT_OK;
}

static void add_samples(gt_hash *hash, const gt_samples *s) {
    const uint64_t shape[] = {s->rows, s->features};
    gt_hash_add(hash, shape, sizeof shape);
    gt_hash_add(hash, s->x, s->rows * s->features * sizeof *s->x);
    gt_hash_add(hash, s->labels, s->rows * sizeof *s->labels);
}

gt_status gt_parts_key(const gt_options *options, const gt_method *method,
                       const gt_subject *subject, int32_t folds, uint64_t *key, gt_error *err) {
    gt_status status = GT_OK;
    key_hash k = {.table = method->kind->options};
    gt_hash_begin(&k.hash);
    add_text(&k.hash, gt_version());
    add_text(&k.hash, method->kind->name);
    GT_TRY(gt_options_visit(options, add_setting, &k, err));
    gt_hash_add(&k.hash, &folds, sizeof folds);
    add_samples(&k.hash, &subject->train);
    add_samples(&k.hash, &subject->test);
    *key = gt_hash_end(&k.hash);
done:
    return status;
}
