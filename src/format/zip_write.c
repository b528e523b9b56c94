/* zip_write.c - members one after another, and at the end the list of them (PKWARE's APPNOTE,
 * 4.3 and 4.5.3). */
#include "zip_write.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "outfile.h"

enum { LOCAL = 30, ENTRY = 46, WIDE_SIZES = 20, WIDE_ENTRY = 28, VERSION = 45, UTF8 = 0x800 };
static const uint64_t narrow = UINT32_MAX; /* numbers as large stand in fields of 8 bytes */

typedef struct member {
    char *name;
    uint64_t start, size; /* of its header in the file; bytes */
    uint32_t sum;
} member;

struct gt_zip {
    gt_outfile *file;
    uint64_t end, body; /* bytes written; of the open member behind its head */
    size_t head;
    uint32_t sum; /* of that body */
    member *members;
    size_t count, room;
};

/* ---- numbers, lowest byte first ---- */

typedef struct record {
    unsigned char bytes[128];
    size_t used;
} record;

static void put(record *r, int size, uint64_t value) {
    for (int i = 0; i < size; i++) r->bytes[r->used++] = (unsigned char)(value >> (8 * i));
}

/* Version, flags, method (stored), time and day (none: the first of 1980), sum, sizes, name. */
static void put_facts(record *r, const member *m, uint64_t size, size_t extra) {
    enum { FIRST_DAY = 33 };
    put(r, 2, VERSION), put(r, 2, UTF8), put(r, 2, 0), put(r, 2, 0), put(r, 2, FIRST_DAY);
    put(r, 4, m->sum), put(r, 4, size), put(r, 4, size);
    put(r, 2, strlen(m->name)), put(r, 2, extra);
}

static gt_status write_at(gt_zip *zip, uint64_t at, const void *bytes, size_t size,
                          gt_error *err) {
    return gt_outfile_pwrite(zip->file, at, bytes, size, err);
}

static gt_status append_record(gt_zip *zip, const record *r, const char *name, gt_error *err) {
    gt_status status = GT_OK;
    GT_TRY(write_at(zip, zip->end, r->bytes, r->used, err));
    zip->end += r->used;
    if (name) GT_TRY(write_at(zip, zip->end, name, strlen(name), err));
    if (name) zip->end += strlen(name);
done:
    return status;
}

/* ---- members ---- */

gt_status gt_zip_create(const char *path, gt_zip **out, gt_error *err) {
    gt_status status = GT_OK;
    gt_zip *zip = calloc(1, sizeof *zip);
    if (!zip) GT_THROW(err, GT_NO_MEMORY, "no memory for an archive");
    GT_TRY(gt_outfile_open(path, &zip->file, err));
    *out = zip;
    zip = NULL;
done:
    gt_zip_discard(zip);
    return status;
}

static gt_status add_member(gt_zip *zip, const char *name, gt_error *err) {
    gt_status status = GT_OK;
    if (zip->count == zip->room) {
        size_t room = zip->room ? 2 * zip->room : 16;
        member *grown = realloc(zip->members, room * sizeof *grown);
        if (!grown) GT_THROW(err, GT_NO_MEMORY, "no memory for an archive");
        zip->members = grown;
        zip->room = room;
    }
    member *m = &zip->members[zip->count];
    *m = (member){.name = strdup(name), .start = zip->end};
    if (!m->name) GT_THROW(err, GT_NO_MEMORY, "no memory for an archive");
    zip->count++;
done:
    return status;
}

gt_status gt_zip_begin(gt_zip *zip, const char *name, size_t head, gt_error *err) {
    gt_status status = GT_OK;
    GT_TRY(add_member(zip, name, err));
    zip->head = head;
    zip->body = 0;
    zip->sum = (uint32_t)crc32(0, NULL, 0);
    zip->end += LOCAL + strlen(name) + WIDE_SIZES + head;
done:
    return status;
}

gt_status gt_zip_append(gt_zip *zip, const void *bytes, size_t size, gt_error *err) {
    enum { PIECE = 1 << 30 }; /* zlib counts in unsigned int */
    gt_status status = GT_OK;
    GT_TRY(write_at(zip, zip->end, bytes, size, err));
    zip->end += size;
    zip->body += size;
    for (const unsigned char *at = bytes; size > 0;) {
        size_t now = size < PIECE ? size : PIECE;
        zip->sum = (uint32_t)crc32(zip->sum, at, (unsigned)now);
        at += now, size -= now;
    }
done:
    return status;
}

gt_status gt_zip_end(gt_zip *zip, const void *head, gt_error *err) {
    gt_status status = GT_OK;
    member *m = &zip->members[zip->count - 1];
    uint64_t at = m->start;
    record r = {.used = 0};
    m->size = zip->head + zip->body;
    m->sum = (uint32_t)crc32_combine(crc32(0, head, (unsigned)zip->head), zip->sum,
                                     (z_off_t)zip->body);
    put(&r, 4, 0x04034b50);
    put_facts(&r, m, narrow, WIDE_SIZES);
    GT_TRY(write_at(zip, at, r.bytes, r.used, err));
    GT_TRY(write_at(zip, at += r.used, m->name, strlen(m->name), err));
    at += strlen(m->name);
    r.used = 0;
    put(&r, 2, 1), put(&r, 2, WIDE_SIZES - 4), put(&r, 8, m->size), put(&r, 8, m->size);
    GT_TRY(write_at(zip, at, r.bytes, r.used, err));
    GT_TRY(write_at(zip, at + r.used, head, zip->head, err));
done:
    return status;
}

/* ---- the list ---- */

static gt_status list_member(gt_zip *zip, const member *m, gt_error *err) {
    bool is_wide = m->size >= narrow || m->start >= narrow;
    record r = {.used = 0}, wide = {.used = 0};
    gt_status status = GT_OK;
    put(&r, 4, 0x02014b50), put(&r, 2, VERSION);
    put_facts(&r, m, is_wide ? narrow : m->size, is_wide ? WIDE_ENTRY : 0);
    put(&r, 2, 0), put(&r, 2, 0), put(&r, 2, 0), put(&r, 4, 0); /* comment, disk, attributes */
    put(&r, 4, is_wide ? narrow : m->start);
    GT_TRY(append_record(zip, &r, m->name, err));
    if (!is_wide) goto done;
    put(&wide, 2, 1), put(&wide, 2, WIDE_ENTRY - 4);
    put(&wide, 8, m->size), put(&wide, 8, m->size), put(&wide, 8, m->start);
    GT_TRY(append_record(zip, &wide, NULL, err));
done:
    return status;
}

/* Where the list is, in fields of 8 bytes, and where that stands. */
static void put_wide_end(record *r, const gt_zip *zip, uint64_t list) {
    put(r, 4, 0x06064b50), put(r, 8, 44), put(r, 2, VERSION), put(r, 2, VERSION);
    put(r, 4, 0), put(r, 4, 0), put(r, 8, zip->count), put(r, 8, zip->count);
    put(r, 8, zip->end - list), put(r, 8, list);
    put(r, 4, 0x07064b50), put(r, 4, 0), put(r, 8, zip->end), put(r, 4, 1);
}

gt_status gt_zip_commit(gt_zip *zip, gt_error *err) {
    gt_status status = GT_OK;
    uint64_t list = zip->end;
    record r = {.used = 0};
    for (size_t i = 0; i < zip->count; i++) GT_TRY(list_member(zip, &zip->members[i], err));
    bool is_wide = zip->end >= narrow || zip->count >= UINT16_MAX;
    uint64_t count = is_wide ? UINT16_MAX : zip->count;
    if (is_wide) put_wide_end(&r, zip, list);
    put(&r, 4, 0x06054b50), put(&r, 2, 0), put(&r, 2, 0), put(&r, 2, count), put(&r, 2, count);
    put(&r, 4, is_wide ? narrow : zip->end - list), put(&r, 4, is_wide ? narrow : list);
    put(&r, 2, 0);
    GT_TRY(append_record(zip, &r, NULL, err));
    GT_TRY(gt_outfile_commit(zip->file, err));
done:
    return status;
}

void gt_zip_discard(gt_zip *zip) {
    if (!zip) return;
    gt_outfile_discard(zip->file);
    for (size_t i = 0; i < zip->count; i++) free(zip->members[i].name);
    free(zip->members);
    free(zip);
}
