/* hdf5_heap.c - reads collections of objects once, with a table of where each object begins. */
#include "hdf5_heap.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "hdf5_internal.h"

enum { BUCKETS = 4096, KEPT = 64 << 20, INDICES = 65536, OBJECT_HEAD = 8 };

typedef struct collection collection;
struct collection {
    collection *next; /* of the bucket */
    uint64_t address;
    size_t size;
    uint64_t *objects; /* by index: where the size of the object stands, 0 for none */
    size_t object_count;
    unsigned char *bytes;
};

struct gt_hdf5_heap {
    const gt_hdf5 *file;
    size_t address_size, length_size;
    uint64_t base; /* what addresses count from */
    uint64_t left; /* bytes that may still be read: no honest file needs more */
    size_t kept;   /* bytes in the buckets */
    collection *buckets[BUCKETS];
};

static void forget(gt_hdf5_heap *heap) {
    for (size_t i = 0; i < BUCKETS; i++)
        while (heap->buckets[i] != NULL) {
            collection *c = heap->buckets[i];
            heap->buckets[i] = c->next;
            free(c->objects);
            free(c->bytes);
            free(c);
        }
    heap->kept = 0;
}

/* The sizes of addresses and lengths in this file, and where addresses count from. */
static bool read_sizes(const gt_hdf5 *file, size_t *address, size_t *length, hsize_t *base) {
    hid_t plist = H5Fget_create_plist(file->id);
    bool known = plist >= 0 && H5Pget_sizes(plist, address, length) >= 0 &&
                 H5Pget_userblock(plist, base) >= 0 && *address > 0 && *address <= 8 &&
                 *length > 0 && *length <= 8;
    if (plist >= 0) H5Pclose(plist);
    return known;
}

size_t gt_hdf5_reference_size(const gt_hdf5 *file) {
    size_t address, length;
    hsize_t base;
    bool known = read_sizes(file, &address, &length, &base);
    return known ? sizeof(uint32_t) + address + sizeof(uint32_t) : 0;
}

gt_status gt_hdf5_heap_open(const gt_hdf5 *file, gt_hdf5_heap **out, gt_error *err) {
    hsize_t base = 0;
    gt_hdf5_heap *heap = calloc(1, sizeof *heap);
    if (heap == NULL) return gt_fail(err, GT_NO_MEMORY, "out of memory for texts");
    if (!read_sizes(file, &heap->address_size, &heap->length_size, &base)) {
        free(heap);
        return gt_fail(err, GT_BAD_FORMAT, "%s: cannot be looked into (%s)", file->path,
                       gt_hdf5_last_reason().text);
    }
    heap->file = file;
    heap->base = base;
    heap->left = file->size < UINT64_MAX / 32 ? 16 * file->size + KEPT : UINT64_MAX;
    *out = heap;
    return GT_OK;
}

void gt_hdf5_heap_close(gt_hdf5_heap *heap) {
    if (heap != NULL) forget(heap);
    free(heap);
}

static uint64_t number_at(const unsigned char *bytes, size_t size) {
    uint64_t value = 0;
    for (size_t i = size; i-- > 0;) value = value << 8 | bytes[i];
    return value;
}

/* ---- collections ---- */

static gt_status damaged(const char *what, uint64_t address, gt_error *err) {
    return gt_fail(err, GT_BAD_FORMAT, "%s at byte %" PRIu64, what, address);
}

/* Notes where each object stands; those that do not fit are left out, and missed when asked
 * for. */
static gt_status find_objects(const gt_hdf5_heap *heap, collection *c, gt_error *err) {
    size_t head = OBJECT_HEAD + heap->length_size, at = 8 + heap->length_size;
    c->objects = calloc(INDICES, sizeof *c->objects);
    if (c->objects == NULL) return gt_fail(err, GT_NO_MEMORY, "out of memory for texts");
    head = (head + 7) / 8 * 8;
    at = (at + 7) / 8 * 8;
    while (c->size - at >= head) {
        size_t index = (size_t)number_at(c->bytes + at, 2);
        uint64_t size = number_at(c->bytes + at + OBJECT_HEAD, heap->length_size);
        if (index == 0 && size >= head) size -= head; /* free room counts itself */
        if (size > c->size - at - head) break;
        if (index > 0) c->objects[index] = at;
        if (index >= c->object_count) c->object_count = index + 1;
        uint64_t step = head + (size + 7) / 8 * 8;
        if (step > c->size - at) break;
        at += (size_t)step;
    }
    uint64_t *fewer = realloc(c->objects, (c->object_count + 1) * sizeof *fewer);
    if (fewer != NULL) c->objects = fewer;
    return GT_OK;
}

static gt_status read_collection(gt_hdf5_heap *heap, collection *c, gt_error *err) {
    gt_status status = GT_OK;
    unsigned char head[16] = {0};
    size_t head_size = 8 + heap->length_size;
    uint64_t place, end = heap->file->size;
    if (__builtin_add_overflow(heap->base, c->address, &place) || place > end ||
        end - place < head_size)
        GT_TRY(damaged("no texts", c->address, err));
    GT_TRY(gt_hdf5_read_at(heap->file, place, head, head_size, err));
    uint64_t size = number_at(head + 8, heap->length_size);
    if (memcmp(head, "GCOL\1", 5) != 0 || size < head_size + 8 || size > end - place)
        GT_TRY(damaged("damaged texts", c->address, err));
    if (size > heap->left) GT_TRY(damaged("texts that lie too far apart", c->address, err));
    heap->left -= size;
    c->size = (size_t)size;
    c->bytes = malloc(c->size);
    if (c->bytes == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for texts");
    GT_TRY(gt_hdf5_read_at(heap->file, place, c->bytes, c->size, err));
    GT_TRY(find_objects(heap, c, err));
done:
    return status;
}

static gt_status find_collection(gt_hdf5_heap *heap, uint64_t address, const collection **out,
                                 gt_error *err) {
    collection **bucket = &heap->buckets[address / 8 % BUCKETS];
    for (collection *c = *bucket; c != NULL; c = c->next) {
        *out = c;
        if (c->address == address) return GT_OK;
    }
    collection *c = calloc(1, sizeof *c);
    if (c == NULL) return gt_fail(err, GT_NO_MEMORY, "out of memory for texts");
    c->address = address;
    gt_status status = read_collection(heap, c, err);
    if (heap->kept + c->size > KEPT) forget(heap);
    c->next = *bucket;
    *bucket = c;
    heap->kept += c->size;
    *out = c;
    if (status) forget(heap); /* an error is told once, and nothing of it kept */
    return status;
}

gt_status gt_hdf5_heap_find(gt_hdf5_heap *heap, const unsigned char *reference,
                            const char **bytes, size_t *length, gt_error *err) {
    const collection *c = NULL;
    uint64_t wanted = number_at(reference, 4);
    uint64_t address = number_at(reference + 4, heap->address_size);
    uint64_t index = number_at(reference + 4 + heap->address_size, 4);
    *bytes = "";
    *length = 0;
    if (address == 0 || wanted == 0) return GT_OK;
    gt_status status = find_collection(heap, address, &c, err);
    if (status) return status;
    size_t head = (OBJECT_HEAD + heap->length_size + 7) / 8 * 8;
    uint64_t at = index < c->object_count ? c->objects[index] : 0;
    if (at == 0 || number_at(c->bytes + at + OBJECT_HEAD, heap->length_size) < wanted)
        return damaged("a text that is not there", address, err);
    *bytes = (const char *)c->bytes + at + head;
    *length = (size_t)wanted;
    return GT_OK;
}
