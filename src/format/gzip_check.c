/* gzip_check.c - walks through a gzip file (RFC 1952) with zlib, which compares the check sum
 * and length of every part; libarchive reads over both. */
#include "gzip_check.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum { BUFFER = 1 << 17, GZIP_ONLY = 16 + MAX_WBITS };

typedef struct walk {
    z_stream stream;
    int fd;
    const uint8_t *bytes; /* in memory, what is left of it; NULL: fd is read */
    size_t left;
    uint64_t limit, total;
    const char *way_out; /* of the limit */
    bool inside;         /* between the start and the end of a part */
    uint8_t in[BUFFER], out[BUFFER];
} walk;

/* Inflates what is in the input buffer. */
static gt_status inflate_input(walk *w, gt_error *err) {
    while (w->stream.avail_in > 0) {
        w->stream.next_out = w->out;
        w->stream.avail_out = BUFFER;
        w->inside = true;
        int code = inflate(&w->stream, Z_NO_FLUSH);
        w->total += BUFFER - w->stream.avail_out;
        if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR)
            return gt_fail(err, GT_BAD_FORMAT, "damaged gzip data (%s)",
                           w->stream.msg ? w->stream.msg : "unknown");
        if (w->total > w->limit)
            return gt_fail(err, GT_UNSUPPORTED, "unpacks to more than %llu bytes%s",
                           (unsigned long long)w->limit, w->way_out);
        if (code != Z_STREAM_END) continue;
        w->inside = false;
        inflateReset2(&w->stream, GZIP_ONLY); /* parts may follow each other */
    }
    return GT_OK;
}

/* The next packed bytes; *got 0 at the end. */
static gt_status next_part(walk *w, size_t *got, gt_error *err) {
    ssize_t count = -1;
    if (w->bytes == NULL) {
        do count = read(w->fd, w->in, BUFFER);
        while (count < 0 && errno == EINTR);
        if (count < 0) return gt_fail(err, GT_IO, "cannot be read: %s", strerror(errno));
        *got = (size_t)count;
        return GT_OK;
    }
    *got = w->left < BUFFER ? w->left : BUFFER;
    memcpy(w->in, w->bytes, *got);
    w->bytes += *got;
    w->left -= *got;
    return GT_OK;
}

static gt_status walk_through(walk *w, gt_error *err) {
    for (size_t got = 0;;) {
        gt_status status = next_part(w, &got, err);
        if (status) return status;
        if (got == 0) break;
        w->stream.next_in = w->in;
        w->stream.avail_in = (uInt)got;
        status = inflate_input(w, err);
        if (status) return status;
    }
    if (!w->inside) return GT_OK;
    return gt_fail(err, GT_BAD_FORMAT, "truncated: the gzip data ends after %llu bytes",
                   (unsigned long long)w->total);
}

/* Of so many packed bytes. */
static gt_status check(walk *w, uint64_t packed, const gt_archive_limits *limits,
                       uint64_t *size, gt_error *err) {
    w->way_out = gt_archive_way_out(limits);
    w->limit = gt_archive_most(limits, packed);
    if (inflateInit2(&w->stream, GZIP_ONLY) != Z_OK)
        return gt_fail(err, GT_NO_MEMORY, "out of memory for inflating");
    gt_status status = walk_through(w, err);
    if (!status) *size = w->total;
    inflateEnd(&w->stream);
    return status;
}

gt_status gt_gzip_check_bytes(const uint8_t *bytes, size_t length,
                              const gt_archive_limits *limits, uint64_t *size, gt_error *err) {
    *size = 0;
    if (length < 2 || bytes[0] != 0x1f || bytes[1] != 0x8b) return GT_OK;
    walk w = {.fd = -1, .bytes = bytes, .left = length};
    return check(&w, length, limits, size, err);
}

gt_status gt_gzip_check(int fd, const gt_archive_limits *limits, uint64_t *size,
                        gt_error *err) {
    uint8_t magic[2];
    struct stat info;
    *size = 0;
    if (pread(fd, magic, 2, 0) != 2 || magic[0] != 0x1f || magic[1] != 0x8b) return GT_OK;
    gt_status status = GT_OK;
    walk w = {.fd = fd};
    if (fstat(fd, &info) != 0 || lseek(fd, 0, SEEK_SET) != 0)
        GT_THROW(err, GT_IO, "cannot be read: %s", strerror(errno));
    status = check(&w, (uint64_t)info.st_size, limits, size, err);
done:
    lseek(fd, 0, SEEK_SET);
    return status;
}
