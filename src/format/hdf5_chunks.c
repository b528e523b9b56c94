/* hdf5_chunks.c - what chunks unpack to: the library takes one that is shorter than it should
 * be for whole, and reads on behind its bytes. So most are unpacked here, and all others are
 * looked at before the library unpacks them. */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "hdf5_internal.h"
#include "lzf.h"

enum { MOST_FILTERS = 8, CHECKSUM = 4 /* of fletcher32 */, SLACK = 4096 };
#define MOST_CHUNKS ((uint64_t)1 << 24)    /* that are remembered */
#define MOST_UNPACKED ((uint64_t)16 << 20) /* bytes of a chunk that is unpacked here */

/* Chunks of a data set that were found whole, shared by the fields of its records; the first of
 * a list is of none. */
struct gt_hdf5_whole {
    gt_hdf5_whole *next;
    haddr_t object;
    unsigned char *bits; /* NULL: there are too many to remember */
};

/* How a data set is packed, and a chunk on its way. */
typedef struct packing {
    size_t rank, filter_count;
    hsize_t sides[GT_HDF5_MAX_RANK], counts[GT_HDF5_MAX_RANK]; /* of a chunk; of chunks */
    uint64_t bytes, chunks;                                    /* of a chunk; of all */
    bool leaves_partial; /* those at an edge that are no whole ones are not packed */
    H5Z_filter_t filters[MOST_FILTERS];
    unsigned item[MOST_FILTERS]; /* bytes of what a shuffle shuffled */
    unsigned char *stored, *turned, *unpacked;
    size_t room, unpacked_room;
} packing;

void gt_hdf5_whole_free(gt_hdf5_whole *list) {
    while (list != NULL) {
        gt_hdf5_whole *next = list->next;
        free(list->bits);
        free(list);
        list = next;
    }
}

/* A bit for each chunk; NULL: nothing is remembered. */
static unsigned char *whole_of(const gt_hdf5 *file, hid_t id, uint64_t chunks) {
    H5O_info_t about;
    gt_hdf5_whole *first = file->whole;
    if (first == NULL || H5Oget_info2(id, &about, H5O_INFO_BASIC) < 0) return NULL;
    for (gt_hdf5_whole *at = first->next; at != NULL; at = at->next)
        if (at->object == about.addr) return at->bits;
    gt_hdf5_whole *own = calloc(1, sizeof *own);
    if (own == NULL) return NULL;
    *own = (gt_hdf5_whole){.next = first->next, .object = about.addr};
    if (chunks <= MOST_CHUNKS) own->bits = calloc((size_t)(chunks / 8 + 1), 1);
    first->next = own;
    return own->bits;
}

gt_hdf5_whole *gt_hdf5_whole_create(void) {
    return calloc(1, sizeof(gt_hdf5_whole));
}

/* False: nothing is packed, or damaged in a way that the library notices. */
static bool read_packing(const gt_hdf5_array *array, packing *p) {
    hid_t plist = H5Dget_create_plist(array->id);
    bool is_chunked = plist >= 0 && H5Pget_layout(plist) == H5D_CHUNKED;
    int rank = is_chunked ? H5Pget_chunk(plist, GT_HDF5_MAX_RANK, p->sides) : 0;
    int filters = is_chunked ? H5Pget_nfilters(plist) : -1;
    is_chunked &= rank == (int)array->outer_rank && filters > 0 && filters <= MOST_FILTERS;
    p->rank = array->outer_rank;
    p->bytes = array->stored_size;
    p->chunks = 1;
    for (size_t i = 0; is_chunked && i < p->rank; i++) {
        p->bytes *= p->sides[i]; /* checked on opening */
        p->counts[i] = (array->shape.dims[i] + p->sides[i] - 1) / p->sides[i];
        is_chunked = !__builtin_mul_overflow(p->chunks, p->counts[i], &p->chunks);
    }
    for (int i = 0; is_chunked && i < filters; i++) {
        unsigned flags, config, values[MOST_FILTERS] = {0};
        size_t given = MOST_FILTERS;
        p->filters[i] =
            H5Pget_filter2(plist, (unsigned)i, &flags, &given, values, 0, NULL, &config);
        p->item[i] = values[0];
    }
    unsigned options = 0;
    p->filter_count = is_chunked ? (size_t)filters : 0;
    p->leaves_partial = is_chunked && H5Pget_chunk_opts(plist, &options) >= 0 &&
                        (options & H5D_CHUNK_DONT_FILTER_PARTIAL_CHUNKS);
    if (plist >= 0) H5Pclose(plist);
    return is_chunked;
}

/* Bytes that a stream of zlib has, as far as it is whole; those behind a chunk are not counted.
 * With room for all of them zlib keeps no window. *ends: it ends there, with its checksum. */
static uint64_t inflated_size(packing *p, uint64_t size, bool *ends) {
    z_stream z = {.next_in = p->stored,
                  .avail_in = (uInt)size,
                  .next_out = p->unpacked,
                  .avail_out = (uInt)p->unpacked_room};
    *ends = inflateInit(&z) == Z_OK && inflate(&z, Z_FINISH) == Z_STREAM_END;
    (void)inflateEnd(&z);
    return z.total_out;
}

/* Where a shuffle came behind the packing: its bytes back into their order. */
static void unshuffle(packing *p, uint64_t size, unsigned item) {
    uint64_t count = item > 1 ? size / item : 0;
    memcpy(p->turned, p->stored, (size_t)size);
    for (uint64_t place = 0; count > 0 && place < item; place++)
        for (uint64_t i = 0; i < count; i++)
            p->turned[i * item + place] = p->stored[place * count + i];
    unsigned char *other = p->stored;
    p->stored = p->turned, p->turned = other;
}

/* Whether `size` stored bytes become a whole chunk. */
static bool is_whole(packing *p, uint64_t size, uint32_t skipped) {
    bool is_packed = true, ends; /* the library tells of a stream that does not */
    for (size_t i = p->filter_count; i-- > 0;) {
        size_t unpacked = 0;
        if (skipped >> i & 1) continue;
        switch (p->filters[i]) {
        case H5Z_FILTER_FLETCHER32:
            if (size < CHECKSUM) return false;
            size -= CHECKSUM;
            break;
        case H5Z_FILTER_SHUFFLE:
            if (is_packed) unshuffle(p, size, p->item[i]);
            break;
        case H5Z_FILTER_DEFLATE:
            if (!is_packed) return false; /* packed twice */
            size = inflated_size(p, size, &ends);
            is_packed = false;
            break;
        default: /* lzf */
            if (!is_packed || !gt_lzf_measure(p->stored, (size_t)size, &unpacked)) return false;
            size = unpacked;
            is_packed = false;
        }
    }
    return size >= p->bytes;
}

/* HDF5 1.10.8 tells that a chunk was never written by the words of its error alone; other words
 * would make the file a damaged one. */
bool gt_hdf5_chunk_size(hid_t id, const hsize_t *at, uint64_t *out) {
    hsize_t size = 0;
    bool is_found = H5Dget_chunk_storage_size(id, at, &size) >= 0;
    *out = is_found ? size : 0;
    return is_found || strstr(gt_hdf5_last_reason().text, "not allocated") != NULL;
}

static gt_status make_room(packing *p, size_t size, gt_error *err) {
    if (size <= p->room) return GT_OK;
    free(p->stored);
    free(p->turned);
    p->stored = malloc(size);
    p->turned = malloc(size);
    p->room = p->stored && p->turned ? size : 0;
    return p->room ? GT_OK : gt_fail(err, GT_NO_MEMORY, "out of memory for a chunk");
}

static gt_status check_chunk(const gt_hdf5_array *array, packing *p, const hsize_t *at,
                             gt_error *err) {
    gt_status status = GT_OK;
    uint64_t size = 0;
    uint32_t skipped = 0;
    bool is_sound = gt_hdf5_chunk_size(array->id, at, &size) &&
                    size <= 2 * p->bytes + SLACK; /* no packing makes it twice as long */
    if (is_sound && size == 0) goto done;         /* never written: it holds fill values */
    if (is_sound) GT_TRY(make_room(p, (size_t)size, err));
    if (is_sound)
        is_sound = H5Dread_chunk(array->id, H5P_DEFAULT, at, &skipped, p->stored) >= 0;
    for (size_t i = 0; i < p->rank && p->leaves_partial; i++)
        if (array->shape.dims[i] - at[i] < p->sides[i]) skipped = UINT32_MAX;
    if (!is_sound || !is_whole(p, size, skipped))
        GT_THROW(err, GT_BAD_FORMAT,
                 "%s: data set '%s', rows from %llu: damaged (a chunk that unpacks to less "
                 "than a whole one)",
                 array->file->path, array->name, (unsigned long long)at[0]);
done:
    return status;
}

/* The next chunk of the same rows; false behind the last one. */
static bool next_across(const packing *p, hsize_t *at) {
    for (size_t i = p->rank; i-- > 1; at[i] = 0)
        if ((at[i] += p->sides[i]) < p->sides[i] * p->counts[i]) return true;
    return false;
}

static uint64_t number_of(const packing *p, const hsize_t *at) {
    uint64_t number = 0;
    for (size_t i = 0; i < p->rank; i++) number = number * p->counts[i] + at[i] / p->sides[i];
    return number;
}

/* ---- rows, without the library ---- */

/* How values of a data set become those that are asked for. */
typedef struct taking {
    const gt_hdf5_array *array;
    hid_t stored, wanted; /* types */
    size_t stored_size, wanted_size;
    uint64_t first, count; /* rows */
    unsigned char *out;
} taking;

static void swap(unsigned char **a, unsigned char **b) {
    unsigned char *before = *a;
    *a = *b, *b = before;
}

/* The chunk in p->stored, into p->unpacked, where there is room for it. */
static bool unpack(packing *p, uint64_t size) {
    bool ends;
    if (inflated_size(p, size, &ends) != p->bytes || !ends) return false;
    if (p->filter_count == 1) return true;
    if (p->item[0] == 0) return false; /* a shuffle without its value */
    swap(&p->stored, &p->unpacked);
    unshuffle(p, p->bytes, p->item[0]);
    swap(&p->stored, &p->unpacked);
    return true;
}

/* Values of the chunk at a place, as they are wanted, to their rows. */
static void scatter(const packing *p, const taking *t, const hsize_t *at) {
    const uint64_t *dims = t->array->shape.dims;
    uint64_t sides[GT_HDF5_MAX_RANK], index[GT_HDF5_MAX_RANK] = {0};
    for (size_t i = 0; i < p->rank; i++)
        sides[i] = dims[i] - at[i] < p->sides[i] ? dims[i] - at[i] : p->sides[i];
    size_t last = p->rank - 1;
    for (bool more = true; more;) {
        uint64_t from = 0, to = 0, row = at[0] + index[0];
        for (size_t i = 0; i < p->rank; i++) {
            from = from * p->sides[i] + index[i];
            to = to * dims[i] + at[i] + index[i] - (i == 0 ? t->first : 0);
        }
        uint64_t run = last > 0 ? sides[last] : 1;
        if (row >= t->first && row < t->first + t->count)
            memcpy(t->out + to * t->wanted_size, p->unpacked + from * t->wanted_size,
                   run * t->wanted_size);
        more = false;
        for (size_t i = last > 0 ? last : 1; i-- > 0 && !more;)
            if (++index[i] < sides[i])
                more = true;
            else
                index[i] = 0;
    }
}

/* One after gzip, or shuffle and gzip, as nearly all are. */
static bool is_plain(const packing *p) {
    if (p->leaves_partial) return false;
    bool is_one = p->filter_count == 1 && p->filters[0] == H5Z_FILTER_DEFLATE;
    return is_one || (p->filter_count == 2 && p->filters[0] == H5Z_FILTER_SHUFFLE &&
                      p->filters[1] == H5Z_FILTER_DEFLATE);
}

/* false: this chunk is left to the library. */
static bool take_chunk(packing *p, const taking *t, const hsize_t *at) {
    uint64_t size = 0;
    uint32_t skipped = 0;
    hid_t id = t->array->id;
    if (!gt_hdf5_chunk_size(id, at, &size) || size == 0 || size > p->room ||
        H5Dread_chunk(id, H5P_DEFAULT, at, &skipped, p->stored) < 0 || skipped != 0 ||
        !unpack(p, size) ||
        H5Tconvert(t->stored, t->wanted, (size_t)p->bytes / t->stored_size, p->unpacked, NULL,
                   H5P_DEFAULT) < 0)
        return false;
    scatter(p, t, at);
    return true;
}

/* Buffers change places, so all have the same room. */
static bool make_equal_room(packing *p, const taking *t) {
    size_t values = (size_t)p->bytes / t->stored_size * t->wanted_size;
    p->room = p->unpacked_room = 2 * (size_t)p->bytes + SLACK;
    if (p->room < values) p->room = p->unpacked_room = values;
    p->stored = malloc(p->room);
    p->turned = malloc(p->room);
    p->unpacked = malloc(p->room);
    return p->stored && p->turned && p->unpacked;
}

bool gt_hdf5_read_chunks(const gt_hdf5_array *array, uint64_t first, uint64_t count,
                         hid_t wanted, void *out) {
    packing p = {0};
    hsize_t at[GT_HDF5_MAX_RANK] = {0};
    taking t = {.array = array, .wanted = wanted, .first = first, .count = count, .out = out};
    bool is_done = !array->member && array->inner_rank == 0 && read_packing(array, &p) &&
                   is_plain(&p) && p.bytes <= MOST_UNPACKED &&
                   (count >= p.sides[0] || count == array->shape.dims[0]); /* the library keeps
                                                                  one that is read in parts */
    t.stored = is_done ? gt_hdf5_meant_type(array) : H5I_INVALID_HID;
    t.stored_size = t.stored >= 0 ? H5Tget_size(t.stored) : 0;
    t.wanted_size = H5Tget_size(wanted);
    is_done = t.stored_size > 0 && t.wanted_size > 0 && make_equal_room(&p, &t);
    for (at[0] = is_done ? first / p.sides[0] * p.sides[0] : 0;
         is_done && at[0] < first + count; at[0] += p.sides[0])
        do is_done = take_chunk(&p, &t, at);
        while (is_done && next_across(&p, at));
    if (t.stored >= 0) H5Tclose(t.stored);
    free(p.stored);
    free(p.turned);
    free(p.unpacked);
    return is_done;
}

/* ---- what the library is to read ---- */

gt_status gt_hdf5_check_chunks(const gt_hdf5_array *array, uint64_t first, uint64_t count,
                               gt_error *err) {
    gt_status status = GT_OK;
    packing p = {0};
    hsize_t at[GT_HDF5_MAX_RANK] = {0};
    if (!read_packing(array, &p)) return GT_OK;
    p.unpacked_room = (size_t)p.bytes + CHECKSUM * MOST_FILTERS;
    p.unpacked = malloc(p.unpacked_room);
    if (p.unpacked == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for a chunk");
    unsigned char *bits = whole_of(array->file, array->id, p.chunks);
    for (at[0] = first / p.sides[0] * p.sides[0]; at[0] < first + count; at[0] += p.sides[0])
        do {
            uint64_t number = number_of(&p, at);
            unsigned char *byte = bits ? bits + number / 8 : NULL;
            if (byte && *byte >> number % 8 & 1) continue;
            GT_TRY(check_chunk(array, &p, at, err));
            if (byte) *byte |= (unsigned char)(1u << number % 8);
        } while (next_across(&p, at));
done:
    free(p.stored);
    free(p.turned);
    free(p.unpacked);
    return status;
}
