/* fits_file.c - plain bytes with pread or from memory, gzip with zlib forwards; headers of
 * whole blocks. */
#include "fits_file.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "file.h"
#include "gzip_check.h"
#include "stranger.h"

enum {
    FIRST_READ = 4 * GT_FITS_BLOCK, /* most headers of cut-outs end in it */
    MOST_HEADER = 8192 * GT_FITS_BLOCK,
    MOST_UNITS = 100000,
    PACKED = 1 << 16,
    GZIP_ONLY = 16 + MAX_WBITS
};

/* A place in the inflated bytes, which only moves forwards. */
typedef struct inflater {
    z_stream stream;
    uint64_t at;     /* inflated bytes given so far */
    uint64_t packed; /* bytes of the file taken so far */
    bool is_begun;
    uint8_t in[PACKED];
} inflater;

struct gt_fits_file {
    char *path;
    int descriptor;
    const uint8_t *bytes;  /* in memory; NULL: the descriptor is read */
    uint64_t stored, size; /* bytes of the file, and inflated */
    inflater *gzip;        /* NULL: plain */
    uint64_t next_at;
    int next_number;
    char *header;
    size_t header_room;
};

/* ---- bytes ---- */

/* As they are stored. */
static gt_status read_stored(const gt_fits_file *f, uint64_t offset, void *out, size_t size,
                             gt_error *err) {
    if (f->bytes == NULL)
        return gt_file_read_at(f->descriptor, f->path, offset, out, size, err);
    if (offset > f->stored || size > f->stored - offset)
        return gt_fail(err, GT_BAD_FORMAT,
                       "%s: expected %zu bytes at offset %" PRIu64 ", it has %" PRIu64, f->path,
                       size, offset, f->stored);
    memcpy(out, f->bytes + offset, size);
    return GT_OK;
}

static gt_status begin_inflating(gt_fits_file *f, gt_error *err) {
    inflater *z = f->gzip;
    if (z->is_begun) inflateEnd(&z->stream);
    memset(&z->stream, 0, sizeof z->stream);
    z->is_begun = inflateInit2(&z->stream, GZIP_ONLY) == Z_OK;
    z->at = z->packed = 0;
    return z->is_begun ? GT_OK : gt_fail(err, GT_NO_MEMORY, "out of memory for inflating");
}

static gt_status refill(gt_fits_file *f, gt_error *err) {
    inflater *z = f->gzip;
    uint64_t left = f->stored - z->packed;
    size_t part = left < PACKED ? (size_t)left : PACKED;
    if (part == 0)
        return gt_fail(err, GT_BAD_FORMAT, "%s: the gzip data ends too early", f->path);
    gt_status status = read_stored(f, z->packed, z->in, part, err);
    if (status) return status;
    z->packed += part;
    z->stream.next_in = z->in;
    z->stream.avail_in = (uInt)part;
    return GT_OK;
}

/* The next `size` inflated bytes. Parts may follow each other. */
static gt_status inflate_next(gt_fits_file *f, uint8_t *out, size_t size, gt_error *err) {
    gt_status status = GT_OK;
    inflater *z = f->gzip;
    while (size > 0) {
        uInt part = size < PACKED ? (uInt)size : PACKED;
        if (z->stream.avail_in == 0) GT_TRY(refill(f, err));
        z->stream.next_out = out;
        z->stream.avail_out = part;
        int code = inflate(&z->stream, Z_NO_FLUSH);
        size_t got = part - z->stream.avail_out;
        if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR)
            GT_THROW(err, GT_BAD_FORMAT, "%s: damaged gzip data", f->path);
        if (code == Z_STREAM_END) inflateReset2(&z->stream, GZIP_ONLY);
        out += got;
        size -= got;
        z->at += got;
    }
done:
    return status;
}

static gt_status inflate_to(gt_fits_file *f, uint64_t offset, gt_error *err) {
    uint8_t passed[4096];
    gt_status status = GT_OK;
    if (!f->gzip->is_begun || offset < f->gzip->at) GT_TRY(begin_inflating(f, err));
    while (f->gzip->at < offset) {
        uint64_t left = offset - f->gzip->at;
        GT_TRY(
            inflate_next(f, passed, left < sizeof passed ? (size_t)left : sizeof passed, err));
    }
done:
    return status;
}

gt_status gt_fits_file_read(gt_fits_file *f, uint64_t offset, void *out, size_t size,
                            gt_error *err) {
    if (f->gzip == NULL) return read_stored(f, offset, out, size, err);
    gt_status status = inflate_to(f, offset, err);
    return status ? status : inflate_next(f, out, size, err);
}

bool gt_fits_file_is_packed(const gt_fits_file *f) {
    return f->gzip != NULL;
}

bool gt_fits_file_is_in_memory(const gt_fits_file *f) {
    return f->bytes != NULL;
}

bool gt_fits_file_lacks_padding(const gt_fits_file *f) {
    return f->next_at > f->size;
}

/* ---- opening ---- */

static gt_status refuse_part(const gt_fits_file *f, gt_error *err) {
    return gt_fail(err, GT_BAD_FORMAT,
                   "%s: %" PRIu64 " bytes, expected whole blocks of %d: the file is cut",
                   f->path, f->size, GT_FITS_BLOCK);
}

static gt_status look_into(gt_fits_file *f, gt_error *err) {
    static const uint8_t magic[2] = {0x1f, 0x8b};
    gt_status status = GT_OK;
    gt_archive_limits limits = gt_archive_limits_default();
    uint8_t first[2] = {0};
    char begin[GT_STRANGER_BYTES];
    f->size = f->stored;
    if (f->stored >= 2) GT_TRY(read_stored(f, 0, first, sizeof first, err));
    if (memcmp(first, magic, sizeof magic) == 0) {
        status = f->bytes
                     ? gt_gzip_check_bytes(f->bytes, (size_t)f->stored, &limits, &f->size, err)
                     : gt_gzip_check(f->descriptor, &limits, &f->size, err);
        if (status) {
            gt_blame(err, "%s", f->path);
            goto done;
        }
        f->gzip = calloc(1, sizeof *f->gzip);
        if (f->gzip == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for inflating");
    }
    size_t known = f->size < sizeof begin ? (size_t)f->size : sizeof begin;
    if (known > 0) GT_TRY(gt_fits_file_read(f, 0, begin, known, err));
    if (known < 9 || memcmp(begin, "SIMPLE  =", 9) != 0) {
        status = gt_fail(err, GT_BAD_FORMAT,
                         "%s: no FITS file, expected 'SIMPLE  =' at its beginning", f->path);
        gt_stranger_tell(begin, known, err);
        goto done;
    }
    if (f->size < GT_FITS_BLOCK) GT_TRY(refuse_part(f, err));
done:
    return status;
}

/* bytes NULL: of the file at the path. */
static gt_status open_file(const char *path, const uint8_t *bytes, size_t size,
                           gt_fits_file **out, gt_error *err) {
    gt_status status = GT_OK;
    gt_fits_file *f = calloc(1, sizeof *f);
    if (f == NULL) return gt_fail(err, GT_NO_MEMORY, "out of memory for a FITS file");
    f->descriptor = -1;
    f->path = strdup(path);
    if (f->path == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for a FITS file");
    f->bytes = bytes;
    f->stored = size;
    if (bytes == NULL) GT_TRY(gt_file_open(path, &f->descriptor, &f->stored, err));
    GT_TRY(look_into(f, err));
    *out = f;
    f = NULL;
done:
    gt_fits_file_close(f);
    return status;
}

gt_status gt_fits_file_open(const char *path, gt_fits_file **out, gt_error *err) {
    return open_file(path, NULL, 0, out, err);
}

gt_status gt_fits_file_open_bytes(const char *name, const uint8_t *bytes, size_t size,
                                  gt_fits_file **out, gt_error *err) {
    return open_file(name, bytes, size, out, err);
}

void gt_fits_file_close(gt_fits_file *f) {
    if (f == NULL) return;
    if (f->gzip != NULL && f->gzip->is_begun) inflateEnd(&f->gzip->stream);
    if (f->descriptor >= 0) close(f->descriptor);
    free(f->gzip);
    free(f->header);
    free(f->path);
    free(f);
}

/* ---- units ---- */

/* Room for `size` bytes of header. */
static gt_status grow_header(gt_fits_file *f, size_t size, gt_error *err) {
    if (size <= f->header_room) return GT_OK;
    char *grown = realloc(f->header, size);
    if (grown == NULL) return gt_fail(err, GT_NO_MEMORY, "out of memory for a FITS header");
    f->header = grown;
    f->header_room = size;
    return GT_OK;
}

/* The header that begins at `at`, as cards; *bytes with END and what fills its last block. */
static gt_status read_header(gt_fits_file *f, uint64_t at, gt_fits_cards *cards, size_t *bytes,
                             gt_error *err) {
    gt_status status = GT_OK;
    size_t had = 0, seen = 0;
    while (seen < MOST_HEADER) {
        size_t step = f->gzip ? GT_FITS_BLOCK : had ? had : FIRST_READ; /* gzip: never back */
        size_t part = f->size - at < had + step ? (size_t)(f->size - at) : had + step;
        if (part == had) break;
        GT_TRY(grow_header(f, part, err));
        GT_TRY(gt_fits_file_read(f, at + had, f->header + had, part - had, err));
        had = part;
        for (; seen + GT_FITS_CARD <= had; seen += GT_FITS_CARD) {
            if (memcmp(f->header + seen, "END     ", 8) != 0) continue;
            *cards = (gt_fits_cards){f->header, seen / GT_FITS_CARD};
            *bytes = (seen / GT_FITS_BLOCK + 1) * GT_FITS_BLOCK;
            return GT_OK;
        }
    }
    status = gt_fail(err, GT_BAD_FORMAT, "no END in its header of %zu bytes", had);
done:
    return status;
}

static gt_status measure_unit(const gt_fits_file *f, gt_fits_unit *u, gt_error *err) {
    gt_status status = gt_fits_data_bytes(&u->cards, &u->data_bytes, err);
    if (status) return status;
    uint64_t there = u->data_at < f->size ? f->size - u->data_at : 0;
    if (u->data_bytes <= there) return GT_OK;
    return gt_fail(err, GT_BAD_FORMAT,
                   "%" PRIu64 " bytes of data, expected %" PRIu64 ": the file is cut", there,
                   u->data_bytes);
}

gt_status gt_fits_file_next(gt_fits_file *f, gt_fits_unit *out, bool *more, gt_error *err) {
    gt_status status = GT_OK;
    size_t header = 0;
    char begin[9];
    gt_fits_unit u = {.number = f->next_number};
    *more = false;
    if (f->next_at >= f->size) return GT_OK;
    if (u.number > 0) { /* what follows and is no extension is no part of the file's contents */
        bool is_short = f->size - f->next_at < sizeof begin;
        if (!is_short) GT_TRY(gt_fits_file_read(f, f->next_at, begin, sizeof begin, err));
        if (is_short || memcmp(begin, "XTENSION=", sizeof begin) != 0)
            return f->size % GT_FITS_BLOCK == 0 ? GT_OK : refuse_part(f, err);
    }
    if (u.number == MOST_UNITS) GT_THROW(err, GT_UNSUPPORTED, "more than %d HDUs", MOST_UNITS);
    GT_TRY(read_header(f, f->next_at, &u.cards, &header, err));
    u.data_at = f->next_at + header;
    GT_TRY(measure_unit(f, &u, err));
    f->next_at = u.data_at + (u.data_bytes + GT_FITS_BLOCK - 1) / GT_FITS_BLOCK * GT_FITS_BLOCK;
    f->next_number++;
    *out = u;
    *more = true;
done:
    if (status) gt_blame(err, "%s: HDU %d", f->path, u.number);
    return status;
}
