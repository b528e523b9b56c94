/* record.h (room: format) - rows under fixed columns, as CSV (RFC 4180, lines end with \n) or
 * as JSON lines (one object per row): tables to print or save, and logs that grow while a run
 * lasts.
 *
 * The same row gives the same bytes in every locale. Numbers have as many digits as reading
 * them back takes. In CSV, texts stay as they are, also those that begin with = + - or @ as
 * names made of coordinates do: read back, they match the same names elsewhere. (A spreadsheet
 * takes some of them for formulas: there, import them as text.) Only control bytes but the tab,
 * and bytes that are not UTF-8, are shown as \x1b, so that a row is always one line. In JSON
 * lines an empty cell, a NaN and an infinity are null. */
#ifndef GT_RECORD_H
#define GT_RECORD_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "galatea/error.h"

typedef enum gt_record_format { GT_RECORD_CSV, GT_RECORD_JSONL } gt_record_format;

typedef enum gt_cell_kind {
    GT_CELL_EMPTY,
    GT_CELL_INT,
    GT_CELL_REAL,
    GT_CELL_FLOAT,
    GT_CELL_TEXT
} gt_cell_kind;

typedef struct gt_cell {
    gt_cell_kind kind;
    union {
        int64_t whole;
        double real; /* of both REAL and FLOAT */
        const char *text;
    };
} gt_cell;

static inline gt_cell gt_cell_empty(void) {
    return (gt_cell){.kind = GT_CELL_EMPTY};
}
static inline gt_cell gt_cell_int(int64_t value) {
    return (gt_cell){.kind = GT_CELL_INT, .whole = value};
}
static inline gt_cell gt_cell_real(double value) {
    return (gt_cell){.kind = GT_CELL_REAL, .real = value};
}
static inline gt_cell gt_cell_float(float value) {
    return (gt_cell){.kind = GT_CELL_FLOAT, .real = value};
}
static inline gt_cell gt_cell_text(const char *value) { /* lent; NULL is an empty cell */
    return (gt_cell){.kind = value ? GT_CELL_TEXT : GT_CELL_EMPTY, .text = value};
}

/* Write the line of column names (nothing for JSON lines), or one row of `count` cells, to a
 * stream. The stream's owner checks it for errors. */
void gt_record_header(FILE *stream, gt_record_format format, const char *const *names,
                      size_t count);
void gt_record_row(FILE *stream, gt_record_format format, const char *const *names,
                   const gt_cell *cells, size_t count);

/* A log on the disk. Each row is one write at the end of the file; a failed one is taken back,
 * and what a killed process left of one is cut off on opening. Threads: one log, one thread. */
typedef struct gt_recordlog gt_recordlog;

typedef struct gt_recordlog_layout {
    gt_record_format format;
    const char *const *names; /* copied; printable ASCII without , " \ */
    size_t count;
    size_t key; /* the column of whole numbers that never fall, such as the step */
    /* Text rows only: a first cell for which a row is cut off at key == last already, because
     * it closes that key and will be written again. NULL: there are none. */
    const char *late;
} gt_recordlog_layout;

/* Opens a log for appending and makes it if there is none. Of an existing one, the rows up to
 * the last whole row whose key is at most `last` stay, what follows is cut off: a run resumed
 * at step N says last = N, a new one -1. GT_MISMATCH when the CSV header names other columns,
 * GT_BAD_FORMAT (naming the line) when a row before the cut is none of these columns, GT_IO,
 * GT_NOT_FOUND. */
GT_MUST_CHECK gt_status gt_recordlog_open(const char *path, const gt_recordlog_layout *layout,
                                          int64_t last, gt_recordlog **out, gt_error *err);

/* Appends one cell per column. On failure (disk full) the log ends with the row before. */
GT_MUST_CHECK gt_status gt_recordlog_append(gt_recordlog *log, const gt_cell *cells,
                                            gt_error *err);

/* Waits until all rows are on the disk: before a checkpoint that counts on them. */
GT_MUST_CHECK gt_status gt_recordlog_sync(gt_recordlog *log, gt_error *err);

void gt_recordlog_close(gt_recordlog *log); /* accepts NULL; rows are written already */
#endif
