/* table_internal.h (room: format, private) - how a table lies in memory. */
#ifndef GT_TABLE_INTERNAL_H
#define GT_TABLE_INTERNAL_H

#include <stdbool.h>

#include "table.h"

typedef struct table_column {
    gt_table_column says; /* its strings are the table's */
    union {
        int64_t *whole;  /* GT_TABLE_INT */
        double *real;    /* GT_TABLE_REAL, GT_TABLE_FLOAT */
        uint64_t *place; /* GT_TABLE_TEXT: where the cell begins in texts */
    };
    bool has_empty; /* whole numbers: a cell is TABLE_EMPTY_INT */
    size_t width;   /* text: bytes of the longest cell as FITS shows it, at least 1 */
} table_column;

struct gt_table {
    const char *name; /* lent */
    size_t count;
    table_column *columns;
    uint64_t rows, room;
    char *texts; /* one after the other, zero-terminated; begins with an empty one */
    uint64_t text_size, text_room;
};

/* An empty cell of a column of whole numbers. */
#define TABLE_EMPTY_INT INT64_MIN

static inline const char *gt_table_text_at(const gt_table *table, size_t column, uint64_t row) {
    return table->texts + table->columns[column].place[row];
}

/* Writes text as FITS may hold it, other bytes than printable ASCII as \xNN, into out (NULL:
 * only counts); no terminator. Returns the bytes. */
size_t gt_table_fits_text(const char *text, char *out);

/* The names of all columns as FITS has them: yours, count of them; NULL without memory. */
char (*gt_table_fits_names(const gt_table *table))[GT_TABLE_FITS_NAME];

/* The printable form, yours; NULL without memory. */
char *gt_table_printable(const char *text);

/* HISTORY cards that joined are the text, into the header of a fitsfile. *fault: CFITSIO's
 * status, which is left alone where it is set. */
gt_status gt_table_fits_history(void *fits, const char *text, int *fault,
                                gt_error *err) GT_MUST_CHECK;

/* A FITS file of the table alone: *out (yours) has its bytes, *size of them, and from *first on
 * they are the HDU of the table. path: for messages. */
gt_status gt_table_to_fits(const gt_table *table, const char *path, const char *name,
                           const char *provenance, void **out, size_t *first, size_t *size,
                           gt_error *err) GT_MUST_CHECK;

gt_status gt_table_write_fits(const gt_table *table, const char *path, const char *provenance,
                              gt_error *err) GT_MUST_CHECK;

#endif
