/* gzip_check.c - walks through a gzip file (RFC 1952) with zlib, which compares the check sum
 * and length of every part; libarchive reads over both. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "archive_reader.h"

enum { BUFFER = 1 << 17, GZIP_ONLY = 16 + MAX_WBITS };

typedef struct walk {
    z_stream stream;
    int fd;
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

static gt_status walk_file(walk *w, gt_error *err) {
    for (;;) {
        ssize_t got = read(w->fd, w->in, BUFFER);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return gt_fail(err, GT_IO, "cannot be read: %s", strerror(errno));
        if (got == 0) break;
        w->stream.next_in = w->in;
        w->stream.avail_in = (uInt)got;
        gt_status status = inflate_input(w, err);
        if (status) return status;
    }
    if (!w->inside) return GT_OK;
    return gt_fail(err, GT_BAD_FORMAT, "truncated: the gzip data ends after %llu bytes",
                   (unsigned long long)w->total);
}

gt_status gt_gzip_check(int fd, const gt_archive_limits *limits, uint64_t *size,
                        gt_error *err) {
    uint8_t magic[2];
    struct stat info;
    *size = 0;
    if (pread(fd, magic, 2, 0) != 2 || magic[0] != 0x1f || magic[1] != 0x8b) return GT_OK;
    gt_status status = GT_OK;
    bool started = false;
    walk w = {.fd = fd, .way_out = gt_archive_way_out(limits)};
    if (fstat(fd, &info) != 0 || lseek(fd, 0, SEEK_SET) != 0)
        GT_THROW(err, GT_IO, "cannot be read: %s", strerror(errno));
    w.limit = (uint64_t)info.st_size * limits->ratio + (1 << 20);
    if (w.limit > limits->bytes) w.limit = limits->bytes;
    started = inflateInit2(&w.stream, GZIP_ONLY) == Z_OK;
    if (!started) GT_THROW(err, GT_NO_MEMORY, "out of memory for inflating");
    GT_TRY(walk_file(&w, err));
    *size = w.total;
done:
    if (started) inflateEnd(&w.stream);
    lseek(fd, 0, SEEK_SET);
    return status;
}
