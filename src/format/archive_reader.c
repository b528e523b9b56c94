/* archive_reader.c - libarchive, kept to the formats and filters that it reads by itself: its
 * catch-all calls would also start external programs. */
#include "archive_reader.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "gzip_check.h"
#include "text.h"

enum { BLOCK = 1 << 16 };

struct gt_archive {
    char *path;
    int fd;
    const uint8_t *held; /* all of it, lent; NULL: the file is read */
    size_t held_length;
    gt_archive_limits limits;
    uint64_t most_bytes; /* the smaller of limits.bytes and what limits.ratio allows */
    struct archive *reader;
    struct archive_entry *entry; /* lent by reader; NULL when nothing is left to read of it */
    uint64_t members, bytes;     /* since the start */
    uint64_t member_bytes;       /* read of the present entry */
    int64_t end_of_member;       /* position in the unpacked stream */
    const uint8_t *piece;        /* lent by reader: what gt_archive_read_some has left */
    size_t piece_left;
    uint64_t passed_over; /* links and devices, since the start */
    char *first_passed_over;
    locale_t utf8; /* 0: there is none on this machine */
};

static gt_status reader_failure(gt_archive *archive, gt_error *err) {
    const char *text = archive_error_string(archive->reader);
    if (archive->entry != NULL && archive_entry_is_encrypted(archive->entry)) {
        const char *name = archive_entry_pathname(archive->entry);
        (void)gt_fail(err, GT_UNSUPPORTED, "%s: '%.100s' is encrypted, which is not read",
                      archive->path, name ? name : "");
        gt_archive_advise(archive->path, NULL, err);
        return GT_UNSUPPORTED;
    }
    return gt_fail(err, GT_BAD_FORMAT, "%s: damaged, truncated or no archive (%s)",
                   archive->path, text ? text : "unknown");
}

static gt_status check_amount(const gt_archive *archive, gt_error *err) {
    uint64_t stream = (uint64_t)archive_filter_bytes(archive->reader, 0);
    uint64_t bytes = stream > archive->bytes ? stream : archive->bytes;
    if (bytes <= archive->most_bytes) return GT_OK;
    return gt_fail(err, GT_UNSUPPORTED, "%s: unpacks to more than %llu bytes%s", archive->path,
                   (unsigned long long)archive->most_bytes,
                   gt_archive_way_out(&archive->limits));
}

static gt_status check_member(const gt_archive *archive, uint64_t bytes, gt_error *err) {
    if (bytes <= archive->limits.member_bytes) return GT_OK;
    return gt_fail(err, GT_UNSUPPORTED, "%s: holds a file of more than %llu bytes",
                   archive->path, (unsigned long long)archive->limits.member_bytes);
}

/* Lends the next piece of the present entry; *length 0 at its end. */
static gt_status next_piece(gt_archive *archive, const void **piece, size_t *length,
                            gt_error *err) {
    la_int64_t offset = 0;
    *length = 0;
    int code = archive_read_data_block(archive->reader, piece, length, &offset);
    if (code == ARCHIVE_EOF) {
        *length = 0;
        archive->entry = NULL;
        archive->end_of_member = archive_filter_bytes(archive->reader, 0);
        return GT_OK;
    }
    if (code != ARCHIVE_OK && code != ARCHIVE_WARN) return reader_failure(archive, err);
    if (offset < 0 || (uint64_t)offset != archive->member_bytes)
        return gt_fail(err, GT_UNSUPPORTED, "%s: holds a file with gaps", archive->path);
    archive->member_bytes += *length;
    archive->bytes += *length;
    gt_status status = check_member(archive, archive->member_bytes, err);
    return status ? status : check_amount(archive, err);
}

/* Reads over the rest of the present entry, so that nothing is unpacked uncounted. */
static gt_status skip_rest(gt_archive *archive, gt_error *err) {
    archive->piece_left = 0;
    while (archive->entry != NULL) {
        const void *piece;
        size_t length;
        gt_status status = next_piece(archive, &piece, &length, err);
        if (status) return status;
    }
    return GT_OK;
}

static gt_status start(gt_archive *archive, gt_error *err) {
    if (archive->reader != NULL) archive_read_free(archive->reader);
    archive->entry = NULL;
    archive->members = archive->bytes = archive->member_bytes = 0;
    archive->end_of_member = 0;
    archive->passed_over = 0;
    archive->reader = archive_read_new();
    if (archive->reader == NULL) return gt_fail(err, GT_NO_MEMORY, "out of memory");
    archive_read_support_format_tar(archive->reader);
    archive_read_support_format_zip_seekable(archive->reader);
    archive_read_support_filter_gzip(archive->reader);
    archive_read_support_filter_bzip2(archive->reader);
    archive_read_support_filter_xz(archive->reader);
    if (archive->held == NULL && lseek(archive->fd, 0, SEEK_SET) != 0)
        return gt_fail(err, GT_IO, "%s: cannot be read: %s", archive->path, strerror(errno));
    int code = archive->held ? archive_read_open_memory(archive->reader, archive->held,
                                                        archive->held_length)
                             : archive_read_open_fd(archive->reader, archive->fd, BLOCK);
    return code == ARCHIVE_OK ? GT_OK : reader_failure(archive, err);
}

static gt_status open_file(gt_archive *archive, gt_error *err) {
    uint64_t size = archive->held_length;
    gt_status status = GT_OK;
    if (archive->held == NULL) status = gt_file_open(archive->path, &archive->fd, &size, err);
    if (status) return status;
    archive->most_bytes = gt_archive_most(&archive->limits, size);
    if (archive->limits.is_glance) return GT_OK;
    status = archive->held ? gt_gzip_check_bytes(archive->held, archive->held_length,
                                                 &archive->limits, &size, err)
                           : gt_gzip_check(archive->fd, &archive->limits, &size, err);
    if (status) gt_blame(err, "%s", archive->path);
    return status;
}

/* held NULL: the file at the path. */
static gt_status open_archive(const char *path, const uint8_t *held, size_t length,
                              const gt_archive_limits *limits, gt_archive **out,
                              gt_error *err) {
    gt_status status = GT_OK;
    gt_archive *archive = calloc(1, sizeof *archive);
    if (archive == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for an archive");
    archive->fd = -1;
    archive->held = held;
    archive->held_length = length;
    archive->limits = *limits;
    archive->utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    archive->path = strdup(path);
    if (archive->path == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for an archive");
    GT_TRY(open_file(archive, err));
    GT_TRY(start(archive, err));
    *out = archive;
    archive = NULL;
done:
    gt_archive_close(archive);
    return status;
}

gt_status gt_archive_open(const char *path, const gt_archive_limits *limits, gt_archive **out,
                          gt_error *err) {
    return open_archive(path, NULL, 0, limits, out, err);
}

gt_status gt_archive_open_bytes(const char *name, const uint8_t *bytes, size_t length,
                                const gt_archive_limits *limits, gt_archive **out,
                                gt_error *err) {
    return open_archive(name, bytes, length, limits, out, err);
}

void gt_archive_close(gt_archive *archive) {
    if (archive == NULL) return;
    if (archive->reader != NULL) archive_read_free(archive->reader);
    if (archive->fd >= 0) close(archive->fd);
    if (archive->utf8) freelocale(archive->utf8);
    free(archive->first_passed_over);
    free(archive->path);
    free(archive);
}

/* A tar file that was cut between two members just ends; a whole one has an end mark. */
static gt_status check_end(gt_archive *archive, gt_error *err) {
    bool tar =
        (archive_format(archive->reader) & ARCHIVE_FORMAT_BASE_MASK) == ARCHIVE_FORMAT_TAR;
    if (!tar || archive_filter_bytes(archive->reader, 0) > archive->end_of_member) return GT_OK;
    return gt_fail(err, GT_BAD_FORMAT, "%s: truncated: no end mark after %llu entries",
                   archive->path, (unsigned long long)archive->members);
}

static void pass_over(gt_archive *archive) {
    const char *name = archive_entry_pathname(archive->entry);
    if (archive->passed_over++ == 0 && archive->first_passed_over == NULL && name != NULL)
        archive->first_passed_over = strdup(name);
}

/* In a locale of UTF-8: libarchive gives no name that the present one has no letters for. */
static int next_header(gt_archive *archive, const char **name) {
    locale_t before = archive->utf8 ? uselocale(archive->utf8) : (locale_t)0;
    int code = archive_read_next_header(archive->reader, &archive->entry);
    bool is_there = code == ARCHIVE_OK || code == ARCHIVE_WARN;
    *name = is_there ? archive_entry_pathname(archive->entry) : NULL;
    if (is_there && *name == NULL) *name = archive_entry_pathname_utf8(archive->entry);
    if (archive->utf8) uselocale(before);
    return code;
}

gt_status gt_archive_next(gt_archive *archive, const char **name, gt_error *err) {
    for (;;) {
        gt_status status = skip_rest(archive, err);
        if (status) return status;
        int code = next_header(archive, name);
        if (code == ARCHIVE_EOF) {
            archive->entry = NULL;
            *name = NULL;
            return check_end(archive, err);
        }
        if (code != ARCHIVE_OK && code != ARCHIVE_WARN) {
            archive->entry = NULL;
            return reader_failure(archive, err);
        }
        archive->member_bytes = 0;
        if (++archive->members > archive->limits.members)
            return gt_fail(err, GT_UNSUPPORTED, "%s: more than %llu entries", archive->path,
                           (unsigned long long)archive->limits.members);
        status = check_amount(archive, err);
        if (status) return status;
        if (archive_entry_filetype(archive->entry) != AE_IFREG ||
            archive_entry_hardlink(archive->entry) != NULL) {
            if (archive_entry_filetype(archive->entry) != AE_IFDIR) pass_over(archive);
            continue;
        }
        if (*name != NULL) return check_member(archive, gt_archive_size(archive), err);
    }
}

/* Doubles the buffer when the piece does not fit, up to what is expected (0: unknown). */
static gt_status append(uint8_t **buffer, size_t *room, size_t used, const void *piece,
                        size_t length, size_t expected, gt_error *err) {
    if (used + length > *room) {
        size_t more = 2 * *room > used + length ? 2 * *room : used + length;
        if (expected >= used + length && more > expected) more = expected;
        uint8_t *grown = realloc(*buffer, more);
        if (grown == NULL)
            return gt_fail(err, GT_NO_MEMORY, "out of memory for %zu bytes", more);
        *buffer = grown;
        *room = more;
    }
    memcpy(*buffer + used, piece, length);
    return GT_OK;
}

gt_status gt_archive_read(gt_archive *archive, uint8_t **bytes, size_t *length, gt_error *err) {
    gt_status status = GT_OK;
    uint8_t *buffer = NULL;
    size_t room = 0, used = 0;
    bool sized = archive->entry != NULL && archive_entry_size_is_set(archive->entry);
    int64_t declared = sized ? archive_entry_size(archive->entry) : 0;
    while (archive->entry != NULL) {
        const void *piece = NULL;
        size_t got = 0;
        GT_TRY(next_piece(archive, &piece, &got, err));
        if (got > 0)
            GT_TRY(append(&buffer, &room, used, piece, got, sized ? (size_t)declared : 0, err));
        used += got;
        if (sized && used > (uint64_t)declared) break; /* it lies: no more of it is taken */
    }
    if (sized && (uint64_t)declared != used)
        GT_THROW(err, GT_BAD_FORMAT, "%s: a file of %zu bytes, its header says %lld",
                 archive->path, used, (long long)declared);
    *bytes = buffer;
    *length = used;
    buffer = NULL;
done:
    free(buffer);
    return status;
}

gt_status gt_archive_read_some(gt_archive *archive, void *out, size_t most, size_t *length,
                               gt_error *err) {
    *length = 0;
    while (*length < most) {
        if (archive->piece_left == 0 && archive->entry != NULL) {
            const void *piece = NULL;
            gt_status status = next_piece(archive, &piece, &archive->piece_left, err);
            if (status) return status;
            archive->piece = piece;
        }
        if (archive->piece_left == 0 && archive->entry == NULL) break;
        size_t room = most - *length;
        size_t taken = archive->piece_left < room ? archive->piece_left : room;
        if (taken > 0) memcpy((uint8_t *)out + *length, archive->piece, taken);
        *length += taken;
        archive->piece += taken;
        archive->piece_left -= taken;
    }
    return GT_OK;
}

gt_status gt_archive_count_packed(gt_archive *archive, const uint8_t *bytes, size_t length,
                                  gt_error *err) {
    gt_archive_limits limits = archive->limits;
    uint64_t size, used = archive->bytes;
    limits.bytes = used < archive->most_bytes ? archive->most_bytes - used : 0;
    limits.can_be_raised = limits.can_be_raised && limits.bytes <= limits.member_bytes;
    if (limits.bytes > limits.member_bytes) limits.bytes = limits.member_bytes;
    gt_status status = gt_gzip_check_bytes(bytes, length, &limits, &size, err);
    if (!status) archive->bytes += size;
    return status;
}

uint64_t gt_archive_size(const gt_archive *archive) {
    bool is_told = archive->entry != NULL && archive_entry_size_is_set(archive->entry);
    int64_t size = is_told ? archive_entry_size(archive->entry) : 0;
    return size > 0 ? (uint64_t)size : 0;
}

uint64_t gt_archive_passed_over(const gt_archive *archive, const char **first) {
    *first = archive->first_passed_over;
    return archive->passed_over;
}

bool gt_archive_begins(const void *start, size_t length) {
    static const struct {
        size_t at, length;
        const char *bytes;
    } signs[] = {{0, 2, "\x1f\x8b"},
                 {0, 4, "PK\3\4"},
                 {0, 4, "PK\5\6"},
                 {0, 5,
                  "\xfd"
                  "7zXZ"},
                 {0, 3, "BZh"},
                 {257, 5, "ustar"}};
    bool is_one = false;
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        is_one |=
            length >= signs[i].at + signs[i].length &&
            memcmp((const char *)start + signs[i].at, signs[i].bytes, signs[i].length) == 0;
    return is_one;
}

bool gt_archive_is_one(const char *path) {
    char start[264] = "";
    uint64_t size = 0;
    int fd = -1;
    if (gt_file_open(path, &fd, &size, NULL) != GT_OK) return false;
    size_t length = size < sizeof start ? (size_t)size : sizeof start;
    bool is_read = gt_file_read_at(fd, path, 0, start, length, NULL) == GT_OK;
    close(fd);
    return is_read && gt_archive_begins(start, length);
}

void gt_archive_advise(const char *path, const char *member, gt_error *err) {
    char *line = NULL;
    size_t size = 0;
    bool is_zip = gt_file_ending(path, "zip|npz") >= 0;
    FILE *stream = err ? open_memstream(&line, &size) : NULL;
    if (stream == NULL) return;
    fputs(member ? "" : "mkdir FOLDER && ", stream);
    fputs(is_zip ? "unzip " : "tar -xf ", stream);
    gt_shell_word(stream, path);
    fputs(member ? " " : is_zip ? " -d FOLDER" : " -C FOLDER", stream);
    if (member) gt_shell_word(stream, member);
    fputs(" && galatea data import ", stream);
    if (member)
        gt_shell_word(stream, member);
    else
        fputs("FOLDER", stream);
    if (fclose(stream) == 0) gt_advise(err, "%s --out SET.h5 makes a set", line);
    free(line);
}

gt_status gt_archive_rewind(gt_archive *archive, gt_error *err) {
    return start(archive, err);
}
