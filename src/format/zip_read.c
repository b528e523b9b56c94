/* zip_read.c - see zip_read.h. Layouts: PKWARE's APPNOTE, sections 4.3 and 4.5. */
#include "zip_read.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"

enum {
    MOST_MEMBERS = 1000000,
    MOST_COMMENT = 65535,
    END_BYTES = 22,
    LOCATOR_BYTES = 20,
    LARGE_END_BYTES = 56,
    ENTRY_BYTES = 46,
    LOCAL_BYTES = 30
};
#define LARGE UINT32_MAX /* stands for a number that is told in 8 bytes elsewhere */

typedef struct member {
    const char *name;
    uint64_t local, bytes; /* local: of its own header */
    bool is_stored;
} member;

struct gt_zip_list {
    int descriptor;
    const char *path;
    uint64_t size;
    char *names; /* one after the other */
    member *members;
    size_t count;
};

static uint64_t number(const unsigned char *at, int bytes) {
    uint64_t value = 0;
    while (bytes-- > 0) value = value << 8 | at[bytes];
    return value;
}

static bool begins(const unsigned char *at, const char *mark) {
    return memcmp(at, mark, 4) == 0;
}

/* ---- The list ---------------------------------------------------------------------------- */

typedef struct place {
    uint64_t offset, bytes, count; /* of the list of members */
} place;

/* Where the last 22 bytes and a comment are, as far as they can reach. */
static gt_status find_end(const gt_zip_list *list, uint64_t *end,
                          unsigned char found[END_BYTES], gt_error *err) {
    gt_status status = GT_OK;
    uint64_t most = END_BYTES + MOST_COMMENT;
    size_t length = (size_t)(list->size < most ? list->size : most);
    unsigned char *tail = malloc(length + 1);
    if (!tail) GT_THROW(err, GT_NO_MEMORY, "%s: no memory to read it", list->path);
    GT_TRY(
        gt_file_read_at(list->descriptor, list->path, list->size - length, tail, length, err));
    for (size_t at = length < END_BYTES ? 0 : length - END_BYTES + 1; at-- > 0;) {
        if (!begins(tail + at, "PK\5\6")) continue;
        *end = list->size - length + at;
        memcpy(found, tail + at, END_BYTES);
        goto done;
    }
    GT_THROW(err, GT_BAD_FORMAT, "%s: no zip archive, or one that is cut: its list is missing",
             list->path);
done:
    free(tail);
    return status;
}

/* What stands there in 8 bytes a number, where it does not fit into 4. */
static gt_status find_large_end(const gt_zip_list *list, uint64_t end, place *out,
                                gt_error *err) {
    gt_status status = GT_OK;
    unsigned char locator[LOCATOR_BYTES], large[LARGE_END_BYTES];
    if (end < LOCATOR_BYTES) return GT_OK;
    GT_TRY(gt_file_read_at(list->descriptor, list->path, end - LOCATOR_BYTES, locator,
                           LOCATOR_BYTES, err));
    if (!begins(locator, "PK\6\7")) goto done;
    GT_TRY(gt_file_read_at(list->descriptor, list->path, number(locator + 8, 8), large,
                           LARGE_END_BYTES, err));
    if (!begins(large, "PK\6\6"))
        GT_THROW(err, GT_BAD_FORMAT, "%s: the end of its list is not where it should be",
                 list->path);
    *out = (place){number(large + 48, 8), number(large + 40, 8), number(large + 32, 8)};
done:
    return status;
}

static gt_status find_list(const gt_zip_list *list, place *out, gt_error *err) {
    gt_status status = GT_OK;
    unsigned char end[END_BYTES];
    uint64_t at = 0;
    GT_TRY(find_end(list, &at, end, err));
    *out = (place){number(end + 16, 4), number(end + 12, 4), number(end + 10, 2)};
    GT_TRY(find_large_end(list, at, out, err));
    if (out->count > MOST_MEMBERS)
        GT_THROW(err, GT_UNSUPPORTED, "%s: %" PRIu64 " members, expected at most %d",
                 list->path, out->count, MOST_MEMBERS);
    if (out->offset > list->size || out->bytes > list->size - out->offset)
        GT_THROW(err, GT_BAD_FORMAT,
                 "%s: a list of %" PRIu64 " bytes at %" PRIu64 ", the file has %" PRIu64,
                 list->path, out->bytes, out->offset, list->size);
    if (out->count > out->bytes / ENTRY_BYTES)
        GT_THROW(err, GT_BAD_FORMAT, "%s: a list of %" PRIu64 " bytes for %" PRIu64 " members",
                 list->path, out->bytes, out->count);
done:
    return status;
}

/* Those numbers that are LARGE, in their order: size unpacked, packed, place. */
static void take_large(const unsigned char *extra, size_t length, uint64_t *unpacked,
                       uint64_t *packed, uint64_t *local) {
    uint64_t *wanted[] = {unpacked, packed, local};
    while (length >= 4) {
        size_t bytes = (size_t)number(extra + 2, 2), at = 4;
        if (bytes > length - 4) return;
        for (int i = 0; i < 3 && number(extra, 2) == 1; i++) {
            if (*wanted[i] != LARGE || at + 8 > 4 + bytes) continue;
            *wanted[i] = number(extra + at, 8);
            at += 8;
        }
        extra += 4 + bytes;
        length -= 4 + bytes;
    }
}

/* One entry of the list; its bytes, 0 when it is none. Its name is moved to `name`. */
static size_t take_entry(const unsigned char *at, size_t left, char *name, member *out) {
    if (left < ENTRY_BYTES || !begins(at, "PK\1\2")) return 0;
    size_t length = (size_t)number(at + 28, 2), extra = (size_t)number(at + 30, 2),
           whole = ENTRY_BYTES + length + extra + (size_t)number(at + 32, 2);
    if (whole > left || memchr(at + ENTRY_BYTES, 0, length)) return 0;
    uint64_t packed = number(at + 20, 4);
    *out = (member){.name = name, .local = number(at + 42, 4), .bytes = number(at + 24, 4)};
    take_large(at + ENTRY_BYTES + length, extra, &out->bytes, &packed, &out->local);
    bool is_open = (number(at + 8, 2) & 1) == 0; /* not encrypted */
    out->is_stored = is_open && number(at + 10, 2) == 0 && packed == out->bytes;
    memcpy(name, at + ENTRY_BYTES, length);
    name[length] = 0;
    return whole;
}

static int by_name(const void *a, const void *b) {
    return strcmp(((const member *)a)->name, ((const member *)b)->name);
}

static gt_status read_members(gt_zip_list *list, const place *where, gt_error *err) {
    gt_status status = GT_OK;
    size_t left = (size_t)where->bytes, used = 0;
    unsigned char *bytes = malloc(left + 1);
    list->members = calloc((size_t)where->count + 1, sizeof *list->members);
    list->names = malloc(left + 1);
    if (!bytes || !list->members || !list->names)
        GT_THROW(err, GT_NO_MEMORY, "%s: no memory for its list", list->path);
    GT_TRY(gt_file_read_at(list->descriptor, list->path, where->offset, bytes, left, err));
    const unsigned char *at = bytes;
    for (; list->count < where->count; list->count++) {
        member *m = &list->members[list->count];
        size_t taken = take_entry(at, left, list->names + used, m);
        if (taken == 0)
            GT_THROW(err, GT_BAD_FORMAT, "%s: member %zu of its list is damaged", list->path,
                     list->count);
        at += taken;
        left -= taken;
        used += strlen(m->name) + 1;
    }
    qsort(list->members, list->count, sizeof *list->members, by_name);
done:
    free(bytes);
    return status;
}

gt_status gt_zip_list_open(int descriptor, const char *path, uint64_t size, gt_zip_list **out,
                           gt_error *err) {
    gt_status status = GT_OK;
    place where;
    gt_zip_list *list = calloc(1, sizeof *list);
    if (!list) GT_THROW(err, GT_NO_MEMORY, "%s: no memory to read it", path);
    *list = (gt_zip_list){.descriptor = descriptor, .path = path, .size = size};
    GT_TRY(find_list(list, &where, err));
    GT_TRY(read_members(list, &where, err));
    *out = list;
    list = NULL;
done:
    gt_zip_list_close(list);
    return status;
}

void gt_zip_list_close(gt_zip_list *list) {
    if (!list) return;
    free(list->members);
    free(list->names);
    free(list);
}

/* ---- A member ---------------------------------------------------------------------------- */

const char *gt_zip_list_ending(const gt_zip_list *list, const char *ending) {
    size_t length = strlen(ending);
    for (size_t i = 0; i < list->count; i++) {
        const char *name = list->members[i].name;
        size_t whole = strlen(name);
        if (whole >= length && strcmp(name + whole - length, ending) == 0) return name;
    }
    return NULL;
}

gt_status gt_zip_list_find(const gt_zip_list *list, const char *name, uint64_t *offset,
                           uint64_t *bytes, gt_error *err) {
    unsigned char local[LOCAL_BYTES];
    member key = {.name = name};
    const member *m = bsearch(&key, list->members, list->count, sizeof key, by_name);
    if (!m) return gt_fail(err, GT_NOT_FOUND, "%s: no member '%.80s'", list->path, name);
    if (!m->is_stored)
        return gt_fail(err, GT_UNSUPPORTED,
                       "%s: member '%.80s' is packed, expected one that is stored as it is",
                       list->path, name);
    gt_status status =
        gt_file_read_at(list->descriptor, list->path, m->local, local, LOCAL_BYTES, err);
    if (status) return status;
    uint64_t head = LOCAL_BYTES + number(local + 26, 2) + number(local + 28, 2);
    if (!begins(local, "PK\3\4") || head > list->size - m->local ||
        m->bytes > list->size - m->local - head)
        return gt_fail(err, GT_BAD_FORMAT, "%s: member '%.80s' is not where its list says",
                       list->path, name);
    *offset = m->local + head;
    *bytes = m->bytes;
    return GT_OK;
}
