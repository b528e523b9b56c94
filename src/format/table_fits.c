/* table_fits.c - a FITS binary table, made by CFITSIO in memory: its functions that create
 * files read meanings into names, so they never see one. */
#include <fitsio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "galatea/log.h"
#include "outfile.h"
#include "table_internal.h"
#include "text.h"

enum { GROWTH = 1024 * 2880, CARD_TEXT = 72, CARD_VALUE = 68, ROWS_AT_ONCE = 4096 };

size_t gt_table_fits_text(const char *text, char *out) {
    static const char digits[] = "0123456789abcdef";
    size_t size = 0;
    for (; *text; text++) {
        unsigned char byte = (unsigned char)*text;
        if (byte >= 0x20 && byte < 0x7f) {
            if (out) out[size] = (char)byte;
            size++;
            continue;
        }
        if (out)
            memcpy(out + size, (char[4]){'\\', 'x', digits[byte >> 4], digits[byte & 15]}, 4);
        size += 4;
    }
    return size;
}

char *gt_table_printable(const char *text) {
    char *out = malloc(gt_table_fits_text(text, NULL) + 1);
    if (out) out[gt_table_fits_text(text, out)] = '\0';
    return out;
}

/* ---- names ---- */

static size_t make_plain(const char *name, char out[GT_TABLE_FITS_NAME]) {
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
    size_t length = 0;
    while (*name && length + 1 < GT_TABLE_FITS_NAME) {
        size_t bytes = gt_utf8_length(name);
        out[length++] = strchr(plain, *name) ? *name : '_';
        name += bytes ? bytes : 1;
    }
    out[length] = '\0';
    return length;
}

/* Whether a name is free: not that of another column, nor one that was made before. */
static bool is_free(const gt_table *table, char (*made)[GT_TABLE_FITS_NAME], size_t index) {
    for (size_t i = 0; i < table->count; i++)
        if (i != index && (strcasecmp(table->columns[i].says.name, made[index]) == 0 ||
                           (i < index && strcasecmp(made[i], made[index]) == 0)))
            return false;
    return true;
}

char (*gt_table_fits_names(const gt_table *table))[GT_TABLE_FITS_NAME] {
    enum { DIGITS = 5 };
    char(*names)[GT_TABLE_FITS_NAME] = calloc(table->count, sizeof *names);
    for (size_t i = 0; names && i < table->count; i++) {
        size_t length = make_plain(table->columns[i].says.name, names[i]);
        if (length > GT_TABLE_FITS_NAME - 1 - DIGITS) length = GT_TABLE_FITS_NAME - 1 - DIGITS;
        for (unsigned number = 2; !is_free(table, names, i) && number < 1000; number++)
            snprintf(names[i] + length, DIGITS + 1, "_%u", number);
    }
    return names;
}

void gt_table_tell_fits_names(const gt_table *table, const char *path) {
    enum { SHOWN = 6 };
    char text[400] = "", (*names)[GT_TABLE_FITS_NAME] = gt_table_fits_names(table);
    size_t found = 0, used = 0;
    for (size_t i = 0; names && i < table->count; i++) {
        const char *name = table->columns[i].says.name;
        if (strcmp(name, names[i]) == 0 || found++ >= SHOWN || used >= sizeof text) continue;
        used += (size_t)snprintf(text + used, sizeof text - used, "%s'%.40s' is '%.40s'",
                                 used ? ", " : "", name, names[i]);
    }
    free(names);
    if (found > 0)
        gt_remark("%s: names in FITS have letters, digits, _ and - alone: %s%s", path, text,
                  found > SHOWN ? ", ..." : "");
}

/* ---- headers ---- */

/* An optional card TUNITn, TCOMMn or TUCDn. */
static gt_status write_card(fitsfile *fits, const char *stem, size_t column, const char *text,
                            int *fault, gt_error *err) {
    char key[FLEN_KEYWORD];
    char *shown = text ? gt_table_printable(text) : NULL;
    if (!text) return GT_OK;
    if (!shown) return gt_fail(err, GT_NO_MEMORY, "no memory for a table");
    snprintf(key, sizeof key, "%s%zu", stem, column + 1);
    if (strlen(shown) > CARD_VALUE) fits_write_key_longwarn(fits, fault); /* in several cards */
    fits_write_key_longstr(fits, key, shown, NULL, fault);
    free(shown);
    return GT_OK;
}

/* Cards drop blanks at their end, so a cut never falls behind one: joined, they are the text.
 */
gt_status gt_table_fits_history(void *file, const char *provenance, int *fault, gt_error *err) {
    fitsfile *fits = file;
    char *text = gt_table_printable(provenance), card[CARD_TEXT + 1];
    if (!text) return gt_fail(err, GT_NO_MEMORY, "no memory for a table");
    for (const char *at = text; *at && !*fault;) {
        size_t left = strlen(at), size = left < CARD_TEXT ? left : CARD_TEXT;
        while (size > 1 && size < left && at[size - 1] == ' ') size--;
        memcpy(card, at, size);
        card[size] = '\0';
        fits_write_history(fits, card, fault);
        at += size;
    }
    free(text);
    return GT_OK;
}

static gt_status write_header(fitsfile *fits, const gt_table *table, const char *provenance,
                              int *fault, gt_error *err) {
    gt_status status = GT_OK;
    char key[FLEN_KEYWORD];
    for (size_t i = 0; i < table->count && !*fault; i++) {
        const gt_table_column *says = &table->columns[i].says;
        GT_TRY(write_card(fits, "TUNIT", i, says->unit, fault, err));
        GT_TRY(write_card(fits, "TCOMM", i, says->description, fault, err));
        GT_TRY(write_card(fits, "TUCD", i, says->ucd, fault, err));
        if (!table->columns[i].has_empty) continue;
        snprintf(key, sizeof key, "TNULL%zu", i + 1);
        LONGLONG empty = TABLE_EMPTY_INT;
        fits_write_key(fits, TLONGLONG, key, &empty, "empty cell", fault);
    }
    if (provenance) GT_TRY(gt_table_fits_history(fits, provenance, fault, err));
done:
    return status;
}

/* The types of the columns as TFORM and the whole as an HDU. */
static gt_status create_hdu(fitsfile *fits, const gt_table *table, const char *name, int *fault,
                            gt_error *err) {
    gt_status status = GT_OK;
    char **names = calloc(table->count, sizeof *names), (*forms)[32] = NULL, **lent = NULL;
    char(*plain)[GT_TABLE_FITS_NAME] = gt_table_fits_names(table);
    forms = calloc(table->count, sizeof *forms);
    lent = calloc(table->count, sizeof *lent);
    if (!names || !forms || !lent || !plain)
        GT_THROW(err, GT_NO_MEMORY, "no memory for a table");
    for (size_t i = 0; i < table->count; i++) {
        const table_column *column = &table->columns[i];
        names[i] = plain[i];
        if (column->says.kind == GT_TABLE_TEXT)
            snprintf(forms[i], sizeof forms[i], "%zuA", column->width);
        else
            snprintf(forms[i], sizeof forms[i], "1%c", "KDE"[column->says.kind]);
        lent[i] = forms[i];
    }
    fits_create_tbl(fits, BINARY_TBL, (LONGLONG)table->rows, (int)table->count, names, lent,
                    NULL, name, fault);
done:
    free(names);
    free(plain);
    free(forms);
    free(lent);
    return status;
}

/* Cells of a column of texts or floats go through a block of their stored form. */
static gt_status write_texts(fitsfile *fits, const gt_table *table, size_t index, int *fault,
                             gt_error *err) {
    gt_status status = GT_OK;
    size_t stride = table->columns[index].width + 1;
    char *block = malloc(ROWS_AT_ONCE * stride), **cells = calloc(ROWS_AT_ONCE, sizeof *cells);
    if (!block || !cells) GT_THROW(err, GT_NO_MEMORY, "no memory for a table");
    for (size_t r = 0; r < ROWS_AT_ONCE; r++) cells[r] = block + r * stride;
    for (uint64_t first = 0; first < table->rows && !*fault; first += ROWS_AT_ONCE) {
        uint64_t left = table->rows - first, rows = left < ROWS_AT_ONCE ? left : ROWS_AT_ONCE;
        for (uint64_t r = 0; r < rows; r++) {
            const char *text = gt_table_text_at(table, index, first + r);
            cells[r][gt_table_fits_text(text, cells[r])] = '\0';
        }
        fits_write_col_str(fits, (int)index + 1, (LONGLONG)first + 1, 1, (LONGLONG)rows, cells,
                           fault);
    }
done:
    free(block);
    free(cells);
    return status;
}

/* CFITSIO refuses infinities when it makes floats of doubles. */
static void write_floats(fitsfile *fits, const gt_table *table, size_t index, int *fault) {
    float block[ROWS_AT_ONCE];
    for (uint64_t first = 0; first < table->rows && !*fault; first += ROWS_AT_ONCE) {
        uint64_t left = table->rows - first, rows = left < ROWS_AT_ONCE ? left : ROWS_AT_ONCE;
        for (uint64_t r = 0; r < rows; r++)
            block[r] = (float)table->columns[index].real[first + r];
        fits_write_col(fits, TFLOAT, (int)index + 1, (LONGLONG)first + 1, 1, (LONGLONG)rows,
                       block, fault);
    }
}

static gt_status write_cells(fitsfile *fits, const gt_table *table, int *fault, gt_error *err) {
    gt_status status = GT_OK;
    LONGLONG rows = (LONGLONG)table->rows;
    for (size_t i = 0; i < table->count && rows > 0 && !*fault; i++) {
        const table_column *column = &table->columns[i];
        if (column->says.kind == GT_TABLE_INT)
            fits_write_col(fits, TLONGLONG, (int)i + 1, 1, 1, rows, column->whole, fault);
        else if (column->says.kind == GT_TABLE_REAL)
            fits_write_col(fits, TDOUBLE, (int)i + 1, 1, 1, rows, column->real, fault);
        else if (column->says.kind == GT_TABLE_FLOAT)
            write_floats(fits, table, i, fault);
        else
            GT_TRY(write_texts(fits, table, i, fault, err));
    }
done:
    return status;
}

gt_status gt_table_to_fits(const gt_table *table, const char *path, const char *name,
                           const char *provenance, void **out, size_t *first, size_t *out_size,
                           gt_error *err) {
    gt_status status = GT_OK;
    fitsfile *fits = NULL;
    size_t size = 0; /* bytes in a first buffer would count as an old file */
    void *buffer = NULL;
    LONGLONG begin = 0, end = 0;
    int fault = 0, ignored = 0;
    fits_create_memfile(&fits, &buffer, &size, GROWTH, realloc, &fault);
    GT_TRY(create_hdu(fits, table, name, &fault, err));
    GT_TRY(write_header(fits, table, provenance, &fault, err));
    GT_TRY(write_cells(fits, table, &fault, err));
    fits_flush_file(fits, &fault);
    fits_get_hduaddrll(fits, &begin, NULL, &end, &fault);
    if (fault) {
        char reason[FLEN_STATUS];
        fits_get_errstatus(fault, reason);
        GT_THROW(err, GT_IO, "writing %s: CFITSIO: %s", path, reason);
    }
    *first = (size_t)begin;
    *out_size = (size_t)end;
done:
    if (fits) fits_close_file(fits, &ignored); /* may move the buffer */
    *out = status ? NULL : buffer;
    if (status) free(buffer);
    return status;
}

gt_status gt_table_write_fits(const gt_table *table, const char *path, const char *provenance,
                              gt_error *err) {
    gt_status status = GT_OK;
    gt_outfile *file = NULL;
    size_t first, size;
    void *buffer = NULL;
    gt_table_tell_fits_names(table, path);
    GT_TRY(gt_outfile_open(path, &file, err));
    GT_TRY(gt_table_to_fits(table, path, table->name, provenance, &buffer, &first, &size, err));
    GT_TRY(gt_outfile_write(file, buffer, size, err));
    GT_TRY(gt_outfile_commit(file, err));
done:
    gt_outfile_discard(file);
    free(buffer);
    return status;
}
