/* recordlog.c - a log file of rows: cut back on opening, then one write per row. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "record.h"
#include "text.h"

enum { KEY_SIZE = 32 };

struct gt_recordlog {
    char *path;
    int descriptor;
    uint64_t end;
    gt_record_format format;
    char **names, *late;
    size_t count, key;
};

typedef struct line {
    char *text; /* without its \n */
    size_t size, room;
    uint64_t number, end; /* from 1; offset behind its \n */
    bool whole;
} line;

static gt_status no_memory(const char *path, gt_error *err) {
    return gt_fail(err, GT_NO_MEMORY, "%s: no memory for a row", path);
}

static gt_status write_at(gt_recordlog *log, const char *bytes, size_t size, gt_error *err) {
    size_t put = 0;
    while (put < size) {
        ssize_t done =
            pwrite(log->descriptor, bytes + put, size - put, (off_t)(log->end + put));
        if (done < 0 && errno == EINTR) continue;
        if (done <= 0) break;
        put += (size_t)done;
    }
    if (put == size) {
        log->end += size;
        return GT_OK;
    }
    gt_status status = gt_fail_errno(err, "writing %s: %zu of %zu bytes at offset %" PRIu64,
                                     log->path, put, size, log->end);
    /* A row that stays torn here is cut off by the next opening. */
    while (ftruncate(log->descriptor, (off_t)log->end) && errno == EINTR) continue;
    return status;
}

static gt_status print_line(gt_recordlog *log, const gt_cell *cells, char **text, size_t *size,
                            gt_error *err) {
    FILE *stream = open_memstream(text, size);
    if (!stream) return no_memory(log->path, err);
    const char *const *names = (const char *const *)log->names;
    if (cells)
        gt_record_row(stream, log->format, names, cells, log->count);
    else
        gt_record_header(stream, log->format, names, log->count);
    return fclose(stream) ? no_memory(log->path, err) : GT_OK;
}

/* ---- cutting an old log back ---------------------------------------------------------------
 */

static bool next_line(FILE *stream, line *row) {
    ssize_t size = getline(&row->text, &row->room, stream);
    if (size <= 0) return false;
    row->number++;
    row->end += (uint64_t)size;
    row->whole = row->text[size - 1] == '\n';
    row->size = (size_t)(size - row->whole);
    row->text[row->size] = '\0';
    return true;
}

/* Behind a quoted text, NULL if it does not end; at is its opening quote. In CSV a doubled
 * quote stands for one, in JSON a backslash protects the next byte. */
static const char *skip_quoted(const char *at, bool json) {
    for (at++; *at; at++) {
        if (json && *at == '\\' && at[1]) {
            at++;
        } else if (*at == '"') {
            if (json || at[1] != '"') return at + 1;
            at++;
        }
    }
    return NULL;
}

/* The key's cell of a CSV line, NULL unless the line has as many cells as the log columns. */
static const char *csv_value(const gt_recordlog *log, const char *at) {
    const char *key = at;
    for (size_t i = 0; i < log->count; i++) {
        if (i == log->key) key = at;
        at = *at == '"' ? skip_quoted(at, false) : at + strcspn(at, ",\"");
        if (!at || *at != (i + 1 < log->count ? ',' : '\0')) return NULL;
        at++;
    }
    return key;
}

/* The key's value in an object, NULL unless it has exactly our columns in their order. */
static const char *json_value(const gt_recordlog *log, const char *at) {
    const char *key = at;
    for (size_t i = 0; i < log->count; i++) {
        const char *lead = i ? ", \"" : "{\"", *name = log->names[i];
        if (strncmp(at, lead, strlen(lead)) != 0) return NULL;
        at += strlen(lead);
        if (strncmp(at, name, strlen(name)) != 0) return NULL;
        at += strlen(name);
        if (strncmp(at, "\": ", 3) != 0) return NULL;
        at += 3;
        if (i == log->key) key = at;
        at = *at == '"' ? skip_quoted(at, true) : at + strcspn(at, ",}");
        if (!at) return NULL;
    }
    return strcmp(at, "}") == 0 ? key : NULL;
}

static gt_status read_key(const gt_recordlog *log, const line *row, int64_t *key,
                          gt_error *err) {
    char text[KEY_SIZE] = "";
    bool json = log->format == GT_RECORD_JSONL, intact = strlen(row->text) == row->size;
    const char *value = json ? json_value(log, row->text) : csv_value(log, row->text);
    size_t length = value ? strcspn(value, ",}") : 0;
    if (length < KEY_SIZE) memcpy(text, value ? value : "", length);
    if (intact && gt_text_to_int(text, key, NULL) == GT_OK) return GT_OK;
    return gt_fail(err, GT_BAD_FORMAT,
                   "%s, line %" PRIu64 ": expected %zu columns with a whole number under '%s'",
                   log->path, row->number, log->count, log->names[log->key]);
}

/* Whether the row's first cell is the text that layout->late names. */
static bool is_late(const gt_recordlog *log, const line *row) {
    const char *at = row->text;
    if (!log->late) return false;
    if (log->format == GT_RECORD_JSONL)
        at += strlen("{\"") + strlen(log->names[0]) + strlen("\": \"");
    size_t length = strlen(log->late);
    return strncmp(at, log->late, length) == 0 && strchr(",\"", at[length]) && at[length];
}

/* What a power loss leaves of bytes that were never flushed. */
static bool is_zeros(const line *row) {
    size_t zeros = 0;
    while (zeros < row->size && row->text[zeros] == 0) zeros++;
    return !row->whole && zeros == row->size;
}

/* Compares the first line with the one that we would write. Sets `end` to 0 for a log that
 * holds at most a part of it. */
static gt_status check_header(gt_recordlog *log, FILE *stream, line *row, gt_error *err) {
    gt_status status = GT_OK;
    char *wanted = NULL;
    size_t size = 0;
    GT_TRY(print_line(log, NULL, &wanted, &size, err));
    if (!size || !next_line(stream, row)) goto done; /* JSON lines have none */
    if (is_zeros(row)) goto done;
    size_t length = row->whole ? size - 1 : row->size;
    if (length >= size || row->size != length || memcmp(row->text, wanted, length) != 0) {
        wanted[size - 1] = '\0';
        GT_THROW(err, GT_MISMATCH, "%s has the columns %.120s, expected %.120s", log->path,
                 row->text, wanted);
    }
    if (!row->whole) row->end = 0;
    log->end = row->end;
done:
    free(wanted);
    return status;
}

/* Sets log->end behind the last row that stays. */
static gt_status find_cut(gt_recordlog *log, FILE *stream, int64_t last, gt_error *err) {
    gt_status status = GT_OK;
    line row = {0};
    GT_TRY(check_header(log, stream, &row, err));
    while (next_line(stream, &row) && row.whole) {
        int64_t key = 0;
        GT_TRY(read_key(log, &row, &key, err));
        if (key > last || (key == last && is_late(log, &row))) break;
        log->end = row.end;
    }
    if (ferror(stream)) GT_THROW(err, GT_IO, "reading %s failed", log->path);
done:
    free(row.text);
    return status;
}

static gt_status cut_back(gt_recordlog *log, int64_t last, gt_error *err) {
    gt_status status = GT_OK;
    char *header = NULL;
    size_t size = 0;
    int copy = fcntl(log->descriptor, F_DUPFD_CLOEXEC, 3);
    FILE *stream = copy < 0 ? NULL : fdopen(copy, "r");
    if (!stream) {
        status = gt_fail_errno(err, "reading %s", log->path);
        if (copy >= 0) close(copy);
        goto done;
    }
    GT_TRY(find_cut(log, stream, last, err));
    if (ftruncate(log->descriptor, (off_t)log->end)) {
        status =
            gt_fail_errno(err, "cutting %s back to %" PRIu64 " bytes", log->path, log->end);
        goto done;
    }
    if (log->end == 0) {
        GT_TRY(print_line(log, NULL, &header, &size, err));
        GT_TRY(write_at(log, header, size, err));
    }
done:
    if (stream) fclose(stream);
    free(header);
    return status;
}

/* ---- the log -------------------------------------------------------------------------------
 */

/* So that a name is the same text in both formats. */
static bool is_plain(const char *name) {
    for (const char *at = name; *at; at++)
        if (*at < 0x20 || *at > 0x7e || strchr("\"\\,", *at)) return false;
    return *name && !strchr("=+-@ ", *name);
}

static gt_status create(const char *path, const gt_recordlog_layout *layout, gt_recordlog **out,
                        gt_error *err) {
    gt_status status = GT_OK;
    gt_recordlog *log = calloc(1, sizeof *log);
    if (!log) return no_memory(path, err);
    *out = log; /* the caller closes it, whatever happens here */
    log->descriptor = -1;
    log->format = layout->format;
    log->key = layout->key;
    log->path = strdup(path);
    log->late = layout->late ? strdup(layout->late) : NULL;
    log->names = calloc(layout->count + 1, sizeof *log->names);
    if (!log->path || !log->names || (layout->late && !log->late)) GT_TRY(no_memory(path, err));
    for (; log->count < layout->count; log->count++) {
        if (!is_plain(layout->names[log->count]))
            GT_THROW(err, GT_BAD_ARGUMENT, "%s: '%.80s' cannot be the name of a column", path,
                     layout->names[log->count]);
        log->names[log->count] = strdup(layout->names[log->count]);
        if (!log->names[log->count]) GT_TRY(no_memory(path, err));
    }
done:
    return status;
}

gt_status gt_recordlog_open(const char *path, const gt_recordlog_layout *layout, int64_t last,
                            gt_recordlog **out, gt_error *err) {
    gt_status status = GT_OK;
    gt_recordlog *log = NULL;
    if (layout->key >= layout->count)
        GT_THROW(err, GT_BAD_ARGUMENT, "%s: key column %zu of %zu", path, layout->key,
                 layout->count);
    GT_TRY(create(path, layout, &log, err));
    log->descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0666);
    if (log->descriptor < 0) {
        status = gt_fail_errno(err, "opening %s", path);
        goto done;
    }
    GT_TRY(gt_file_size(log->descriptor, path, &log->end, err)); /* refuses what is no file */
    log->end = 0;
    GT_TRY(cut_back(log, last, err));
    *out = log;
    log = NULL;
done:
    gt_recordlog_close(log);
    return status;
}

gt_status gt_recordlog_append(gt_recordlog *log, const gt_cell *cells, gt_error *err) {
    char *text = NULL;
    size_t size = 0;
    gt_status status = print_line(log, cells, &text, &size, err);
    if (status == GT_OK) status = write_at(log, text, size, err);
    free(text);
    return status;
}

gt_status gt_recordlog_sync(gt_recordlog *log, gt_error *err) {
    return fsync(log->descriptor) ? gt_fail_errno(err, "writing %s", log->path) : GT_OK;
}

void gt_recordlog_close(gt_recordlog *log) {
    if (!log) return;
    if (log->descriptor >= 0) close(log->descriptor);
    for (size_t i = 0; i < log->count; i++) free(log->names[i]);
    free(log->names);
    free(log->late);
    free(log->path);
    free(log);
}
