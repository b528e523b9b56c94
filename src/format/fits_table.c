/* fits_table.c - headers of 80-byte cards, then rows of big-endian values. */
#include "fits_table.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "fits_file.h"
#include "fits_header.h"
#include "record.h"
#include "text.h"
#include "utf8.h"

enum { MOST_COLUMNS = GT_FITS_COLUMNS, TEXT_SHOWN = 4096 };

#define MOST_BYTES ((uint64_t)1 << 32) /* of a table in a file */

/* One header and the data behind it. */
typedef struct unit {
    gt_fits_cards cards;
    const char *data;
    size_t size; /* bytes of data */
} unit;

typedef struct column {
    char name[72], type; /* the letter of TFORM */
    size_t number;       /* in the table, from 1 */
    size_t repeat, values, offset;
    bool has_null, has_scale;
    int64_t null; /* as stored */
    double scale, zero;
} column;

/* ---- units ---- */

static gt_status damaged(const char *what, gt_error *err) {
    return gt_fail(err, GT_BAD_FORMAT, "a damaged FITS file: %s", what);
}

/* The unit that begins at *at, which moves behind its data. */
static gt_status read_unit(const char *bytes, size_t size, size_t *at, unit *out,
                           gt_error *err) {
    uint64_t length = 0;
    size_t end = *at;
    *out = (unit){.cards = {.text = bytes + *at}};
    while (end + GT_FITS_CARD <= size && memcmp(bytes + end, "END     ", 8) != 0)
        end += GT_FITS_CARD;
    if (end + GT_FITS_CARD > size) return damaged("a header without END", err);
    out->cards.count = (end - *at) / GT_FITS_CARD;
    end = (end + GT_FITS_CARD + GT_FITS_BLOCK - 1) / GT_FITS_BLOCK * GT_FITS_BLOCK;
    gt_status status = gt_fits_data_bytes(&out->cards, &length, err);
    if (status) {
        gt_blame(err, "a damaged FITS file");
        return status;
    }
    if (end > size || length > size - end)
        return damaged("less data than its header says", err);
    out->data = bytes + end;
    out->size = (size_t)length;
    uint64_t next = end + (length + GT_FITS_BLOCK - 1) / GT_FITS_BLOCK * GT_FITS_BLOCK;
    *at = next < size ? (size_t)next : size;
    return GT_OK;
}

/* An image in tiles is kept as a table and is none. */
static bool is_table(const gt_fits_cards *cards) {
    gt_fits_value kind;
    return gt_fits_find(cards, "XTENSION", &kind) && strcmp(kind.text, "BINTABLE") == 0 &&
           !gt_fits_is_true(cards, "ZIMAGE");
}

static gt_status find_table(const char *bytes, size_t size, unit *out, gt_error *err) {
    if (size < 9 || (memcmp(bytes, "SIMPLE  =", 9) != 0 && memcmp(bytes, "XTENSION=", 9) != 0))
        return gt_fail(err, GT_BAD_FORMAT, "no FITS file");
    bool has_text = false;
    gt_fits_value kind;
    for (size_t at = 0; at < size;) {
        gt_status status = read_unit(bytes, size, &at, out, err);
        if (status) return status;
        if (is_table(&out->cards)) return GT_OK;
        has_text |=
            gt_fits_find(&out->cards, "XTENSION", &kind) && strcmp(kind.text, "TABLE") == 0;
    }
    return gt_fail(err, GT_NOT_FOUND, "no binary table in it%s",
                   has_text ? ", only one as text; stilts tcopy makes a binary one of it" : "");
}

/* ---- columns ---- */

/* What is stored stands for zero + scale * stored; so are unsigned numbers kept. */
static gt_status read_scale(const unit *u, size_t number, column *out, gt_error *err) {
    gt_fits_value scale, zero;
    bool has_scale = gt_fits_find_number(&u->cards, "TSCAL", number, &scale);
    bool has_zero = gt_fits_find_number(&u->cards, "TZERO", number, &zero);
    out->scale = 1;
    if ((has_scale && !gt_fits_to_real(&scale, &out->scale)) ||
        (has_zero && !gt_fits_to_real(&zero, &out->zero)))
        return damaged("TSCAL or TZERO of a column", err);
    out->has_scale = out->scale != 1 || out->zero != 0;
    return GT_OK;
}

/* Numbers or texts a row. Several texts of one column are told by TDIM, "(4,3)" for three of
 * four bytes, or behind the A of TFORM, "12A4". */
static size_t count_values(const unit *u, size_t number, const column *c, const char *behind) {
    gt_fits_value dims;
    size_t width = 0, texts = 1;
    if (c->type != 'A') return c->repeat;
    if (*behind >= '1' && *behind <= '9') width = strtoul(behind, NULL, 10);
    if (gt_fits_find_number(&u->cards, "TDIM", number, &dims) && dims.text[0] == '(')
        width = strchr(dims.text, ',') ? strtoul(dims.text + 1, NULL, 10) : 0;
    if (width > 0 && width < c->repeat) texts = c->repeat / width;
    return texts;
}

static gt_status read_column(const unit *u, size_t number, size_t row, size_t *used,
                             column *out, gt_error *err) {
    gt_fits_value form, value;
    size_t repeat = 0, digits = 0, bytes;
    *out = (column){.number = number, .offset = *used};
    if (!gt_fits_find_number(&u->cards, "TFORM", number, &form))
        return damaged("a column without TFORM", err);
    for (; form.text[digits] >= '0' && form.text[digits] <= '9' && digits < 9; digits++)
        repeat = 10 * repeat + (size_t)(form.text[digits] - '0');
    out->repeat = digits ? repeat : 1;
    out->type = form.text[digits];
    bytes =
        out->type == 'X' ? (out->repeat + 7) / 8 : out->repeat * gt_fits_type_width(out->type);
    if ((out->type != 'X' && !gt_fits_type_width(out->type)) || bytes > row - *used)
        return damaged("TFORM of a column", err);
    *used += bytes;
    out->values = count_values(u, number, out, form.text + digits + 1);
    if (gt_fits_find_number(&u->cards, "TTYPE", number, &value))
        snprintf(out->name, sizeof out->name, "%s", value.text);
    else
        snprintf(out->name, sizeof out->name, "column %zu", number);
    gt_text_restore(out->name);
    out->has_null = gt_fits_find_number(&u->cards, "TNULL", number, &value) &&
                    gt_fits_to_int(&value, &out->null);
    return read_scale(u, number, out, err);
}

/* ---- cells ---- */

/* Whether all that whole numbers stand for are whole numbers. */
static bool stays_whole(const column *c) {
    return c->scale == 1 && fabs(c->zero) <= 0x1p63 && c->zero == trunc(c->zero);
}

/* Whole numbers stay whole and exact, up to the largest unsigned one. */
static gt_cell scaled_cell(const column *c, int64_t stored, char text[TEXT_SHOWN + 1]) {
    if (!stays_whole(c)) return gt_cell_real(c->zero + c->scale * (double)stored);
    __int128 sum = (__int128)stored + (__int128)c->zero;
    if (sum >= INT64_MIN && sum <= INT64_MAX) return gt_cell_int((int64_t)sum);
    if (sum < 0) return gt_cell_real((double)sum);
    snprintf(text, TEXT_SHOWN, "%" PRIu64, (uint64_t)sum);
    return gt_cell_text(text);
}

static gt_cell whole_cell(const column *c, const unsigned char *at, char text[TEXT_SHOWN + 1]) {
    size_t width = gt_fits_type_width(c->type);
    uint64_t bits = gt_fits_bits(at, width);
    int64_t value = width == 8   ? (int64_t)bits
                    : width == 4 ? (int32_t)bits
                    : width == 2 ? (int16_t)bits
                                 : (int64_t)bits;
    if (c->has_null && value == c->null) return gt_cell_empty();
    return c->has_scale ? scaled_cell(c, value, text) : gt_cell_int(value);
}

static gt_cell real_cell(const column *c, const unsigned char *at) {
    float single;
    double value;
    uint64_t bits = gt_fits_bits(at, gt_fits_type_width(c->type));
    uint32_t half = (uint32_t)bits;
    memcpy(&single, &half, sizeof single);
    memcpy(&value, &bits, sizeof value);
    if (c->has_scale) {
        value = c->zero + c->scale * (c->type == 'E' ? (double)single : value);
        return value == value ? gt_cell_real(value) : gt_cell_empty();
    }
    if (c->type == 'E') return single == single ? gt_cell_float(single) : gt_cell_empty();
    return value == value ? gt_cell_real(value) : gt_cell_empty();
}

/* Bytes that are no UTF-8 are Latin-1. Returns how many these are. */
static size_t make_utf8(char text[TEXT_SHOWN + 1]) {
    char *utf8;
    size_t length, count = gt_utf8_from_latin1(text, strlen(text), &utf8, &length);
    if (utf8 == NULL) return count;
    while (length > TEXT_SHOWN || (utf8[length] & 0xc0) == 0x80) length--;
    memcpy(text, utf8, length);
    text[length] = 0;
    free(utf8);
    return count;
}

static gt_cell cell_of(const column *c, const unsigned char *row, char text[TEXT_SHOWN + 1],
                       size_t *latin1) {
    const unsigned char *at = row + c->offset;
    if (c->type == 'A') {
        size_t length = c->repeat < TEXT_SHOWN ? c->repeat : TEXT_SHOWN;
        memcpy(text, at, length);
        text[length] = '\0';
        length = strlen(text);
        while (length > 0 && text[length - 1] == ' ') text[--length] = '\0';
        *latin1 += make_utf8(text);
        gt_text_restore(text);
        return gt_cell_text(text);
    }
    if (c->repeat == 1 && strchr("BIJK", c->type)) return whole_cell(c, at, text);
    if (c->repeat == 1 && strchr("ED", c->type)) return real_cell(c, at);
    if (c->repeat == 1 && c->type == 'X') return gt_cell_text(*at & 0x80 ? "T" : "F");
    if (c->repeat == 1 && c->type == 'L')
        return *at ? gt_cell_text(*at == 'T' ? "T" : "F") : gt_cell_empty();
    snprintf(text, TEXT_SHOWN, "(%zu %c)", c->repeat, c->type);
    return gt_cell_text(text);
}

/* ---- the whole ---- */

/* Whether the numbers of a row of a column are a list of several. */
static bool is_list(const unit *u, const column *c) {
    gt_fits_value dims;
    bool has_sides = gt_fits_find_number(&u->cards, "TDIM", c->number, &dims) &&
                     strchr(dims.text, ',') != NULL;
    return c->repeat > 1 && strchr("BIJKED", c->type) && !has_sides;
}

static bool ends_in_digit(const char *name) {
    size_t length = strlen(name);
    return length > 0 && strchr("0123456789", name[length - 1]) != NULL;
}

/* A column for each number of a list, called by its name and the number from 0 on, which '_'
 * keeps apart from digits of the name. */
static gt_status spread_list(const column *list, column *out, size_t room, gt_error *err) {
    if (list->repeat > room || room > MOST_COLUMNS)
        return gt_fail(err, GT_UNSUPPORTED,
                       "column '%s' has %zu numbers a row, expected at most %zu in the table",
                       list->name, list->repeat, room);
    for (size_t i = 0; i < list->repeat; i++) {
        out[i] = *list;
        out[i].repeat = out[i].values = 1;
        out[i].offset += i * gt_fits_type_width(list->type);
        snprintf(out[i].name, sizeof out[i].name, "%.60s%s%u", list->name,
                 ends_in_digit(list->name) ? "_" : "", (unsigned)i);
    }
    return GT_OK;
}

/* Whether `wanted` is the name of a list, or of the columns that it becomes without their
 * numbers. */
static bool is_wanted(const char *name, const char *wanted) {
    size_t length = strlen(name);
    return strncmp(name, wanted, length) == 0 &&
           strcmp(wanted + length, ends_in_digit(name) && wanted[length] ? "_" : "") == 0;
}

static bool is_number(const column *c) {
    return c->repeat == 1 && strchr("BIJKED", c->type);
}

/* Whether some columns of numbers are c0 and c1, or c1 and c2: codes without lists. */
static bool has_numbered(const column *columns, size_t count) {
    for (size_t i = 0; i < count; i++) {
        char next[sizeof columns->name];
        size_t length = strlen(columns[i].name), digits = length;
        if (!is_number(&columns[i]) || !ends_in_digit(columns[i].name)) continue;
        while (digits > 0 && strchr("0123456789", columns[i].name[digits - 1])) digits--;
        if (strtol(columns[i].name + digits, NULL, 10) > 1) continue;
        memcpy(next, columns[i].name, sizeof next);
        next[length - 1]++;
        for (size_t k = 0; k < count; k++)
            if (is_number(&columns[k]) && strcmp(columns[k].name, next) == 0) return true;
    }
    return false;
}

/* The column to spread, or `count`: the list that is wanted; unasked ("") the only list, unless
 * the codes are columns already. */
static size_t find_list(const unit *u, const column *columns, size_t count,
                        const char *wanted) {
    size_t at = count, lists = 0;
    for (size_t i = 0; i < count; i++) {
        if (!is_list(u, &columns[i]) || (*wanted && !is_wanted(columns[i].name, wanted)))
            continue;
        at = i;
        lists++;
    }
    return lists == 1 && (*wanted || !has_numbered(columns, count)) ? at : count;
}

/* Reads `fields` columns into room for MOST_COLUMNS; *count: how many they became. */
static gt_status read_columns(const unit *u, size_t row, size_t fields, const char *spread,
                              column *columns, size_t *count, gt_error *err) {
    gt_status status = GT_OK;
    size_t used = 0;
    *count = fields;
    for (size_t i = 0; i < fields; i++)
        GT_TRY(read_column(u, i + 1, row, &used, &columns[i], err));
    size_t at = spread != NULL ? find_list(u, columns, fields, spread) : fields;
    if (at == fields) goto done;
    const column list = columns[at];
    size_t room = MOST_COLUMNS - (fields - 1); /* the others need theirs */
    if (list.repeat <= room)
        memmove(columns + at + list.repeat, columns + at + 1,
                (fields - 1 - at) * sizeof *columns);
    GT_TRY(spread_list(&list, columns + at, room, err));
    *count = fields - 1 + list.repeat;
done:
    return status;
}

/* Rows as CSV text, which the one reader of such tables takes. */
static gt_status write_rows(const unit *u, size_t row, size_t rows, const column *columns,
                            size_t count, bool has_names, FILE *out, size_t *latin1,
                            gt_error *err) {
    gt_status status = GT_OK;
    const char **names = calloc(count, sizeof *names);
    gt_cell *cells = calloc(count, sizeof *cells);
    char(*texts)[TEXT_SHOWN + 1] = calloc(count, sizeof *texts);
    if (!names || !cells || !texts) GT_THROW(err, GT_NO_MEMORY, "no memory for a table");
    for (size_t i = 0; i < count; i++) cells[i] = gt_cell_text(names[i] = columns[i].name);
    if (has_names) gt_record_row(out, GT_RECORD_CSV, names, cells, count);
    for (size_t r = 0; r < rows; r++) {
        const unsigned char *at = (const unsigned char *)u->data + r * row;
        for (size_t i = 0; i < count; i++)
            cells[i] = cell_of(&columns[i], at, texts[i], latin1);
        gt_record_row(out, GT_RECORD_CSV, names, cells, count);
    }
done:
    free(names);
    free(cells);
    free(texts);
    return status;
}

/* Moves the columns of these names to the front; returns how many they are. */
static size_t choose_columns(column *columns, size_t count, const char *const *names,
                             size_t wanted) {
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < wanted; k++)
            if (strcasecmp(columns[i].name, names[k]) == 0) {
                columns[kept++] = columns[i];
                break;
            }
    return kept;
}

/* Which columns, and of which rows. */
typedef struct part {
    const char *const *names; /* NULL: all */
    size_t wanted, most;
    const char *spread; /* as of gt_fits_table_print */
    bool has_names;
} part;

static gt_status print(const char *bytes, size_t size, const part *p, FILE *out, uint64_t *rows,
                       size_t *latin1, gt_error *err) {
    gt_status status = GT_OK;
    unit u;
    int64_t row, count, fields;
    column *columns = NULL;
    GT_TRY(find_table(bytes, size, &u, err));
    status = gt_fits_whole(&u.cards, "NAXIS", 1, 1, INT64_MAX, &row, err);
    if (!status) status = gt_fits_whole(&u.cards, "NAXIS", 2, 0, INT64_MAX, &count, err);
    if (!status) status = gt_fits_whole(&u.cards, "TFIELDS", 0, 1, MOST_COLUMNS, &fields, err);
    if (status || (uint64_t)count > u.size / (uint64_t)row)
        GT_THROW(err, GT_BAD_FORMAT, "a damaged FITS file: the shape of its table");
    columns = calloc(MOST_COLUMNS, sizeof *columns);
    if (!columns) GT_THROW(err, GT_NO_MEMORY, "no memory for %d columns", (int)fields);
    size_t kept;
    GT_TRY(read_columns(&u, (size_t)row, (size_t)fields, p->spread, columns, &kept, err));
    if (p->names) kept = choose_columns(columns, kept, p->names, p->wanted);
    if (kept == 0) GT_THROW(err, GT_NOT_FOUND, "no column of these names in it");
    *rows = (uint64_t)count;
    GT_TRY(write_rows(&u, (size_t)row, (size_t)count < p->most ? (size_t)count : p->most,
                      columns, kept, p->has_names, out, latin1, err));
done:
    free(columns);
    return status;
}

static gt_status parse(const char *bytes, size_t size, const part *p, gt_csv *out,
                       uint64_t *rows, gt_error *err) {
    gt_status status = GT_OK;
    char *text = NULL;
    size_t length = 0, latin1 = 0;
    FILE *stream = open_memstream(&text, &length);
    if (!stream) GT_THROW(err, GT_NO_MEMORY, "no memory for a table");
    GT_TRY(print(bytes, size, p, stream, rows, &latin1, err));
    bool is_whole = fclose(stream) == 0;
    stream = NULL;
    if (!is_whole) GT_THROW(err, GT_NO_MEMORY, "no memory for a table");
    GT_TRY(gt_csv_parse(text, length, out, err));
done:
    if (stream) fclose(stream);
    free(text);
    return status;
}

gt_status gt_fits_table_print(const char *bytes, size_t size, bool has_names,
                              const char *spread, FILE *out, uint64_t *rows, size_t *latin1,
                              gt_error *err) {
    const part all = {.most = SIZE_MAX, .has_names = has_names, .spread = spread};
    return print(bytes, size, &all, out, rows, latin1, err);
}

static void find_text(const unit *u, const char *stem, size_t number, char *out, size_t room) {
    char key[32];
    snprintf(key, sizeof key, "%s%zu", stem, number);
    gt_fits_find_long(&u->cards, key, out, room);
    gt_text_restore(out);
}

/* Cut to the room, which ends in "..." then. */
size_t gt_fits_table_list(const char *bytes, size_t size, char out[GT_FITS_TABLES_TEXT]) {
    unit u;
    size_t count = 0, used = 0;
    int number = 0;
    char name[GT_FITS_VALUE];
    *out = 0;
    for (size_t at = 0; at < size && !read_unit(bytes, size, &at, &u, NULL); number++) {
        if (!is_table(&u.cards)) continue;
        gt_fits_extname(&u.cards, name);
        const char *quote = *name ? "'" : "", *before = count++ ? ", " : "";
        size_t left = GT_FITS_TABLES_TEXT - used;
        used += (size_t)snprintf(out + used, left, "%s%d%s%s%s%s", before, number,
                                 *name ? " " : "", quote, name, quote);
        if (used >= GT_FITS_TABLES_TEXT) used = GT_FITS_TABLES_TEXT - 1;
    }
    if (used == GT_FITS_TABLES_TEXT - 1) memcpy(out + used - 3, "...", 3);
    return count;
}

gt_status gt_fits_table_find(const char *bytes, size_t size, const char *hdu, size_t *at,
                             gt_error *err) {
    unit u;
    char shown[4 * GT_FITS_VALUE], there[GT_FITS_TABLES_TEXT];
    size_t next = *at = 0;
    for (int number = 0; next < size; number++, *at = next) {
        gt_status status = read_unit(bytes, size, &next, &u, err);
        if (status) return status;
        if (is_table(&u.cards) && gt_fits_is_called(&u.cards, number, hdu)) return GT_OK;
    }
    size_t count = gt_fits_table_list(bytes, size, there);
    return gt_fail(err, GT_NOT_FOUND, "no binary table %s, it has %s",
                   gt_text_shown(hdu, shown, sizeof shown), count ? there : "none");
}

gt_status gt_fits_table_columns(const char *bytes, size_t size, const char *spread,
                                gt_fits_column *out, size_t *count, gt_error *err) {
    gt_status status = GT_OK;
    unit u;
    int64_t row, fields;
    column *columns = calloc(MOST_COLUMNS, sizeof *columns);
    if (!columns) GT_THROW(err, GT_NO_MEMORY, "no memory for columns");
    GT_TRY(find_table(bytes, size, &u, err));
    GT_TRY(gt_fits_whole(&u.cards, "NAXIS", 1, 1, INT64_MAX, &row, err));
    GT_TRY(gt_fits_whole(&u.cards, "TFIELDS", 0, 1, MOST_COLUMNS, &fields, err));
    GT_TRY(read_columns(&u, (size_t)row, (size_t)fields, spread, columns, count, err));
    for (size_t i = 0; i < *count; i++) {
        const column c = columns[i];
        bool is_scaled = strchr("BIJK", c.type) && !stays_whole(&c);
        out[i] = (gt_fits_column){
            .type = is_scaled ? 'D' : c.type, .repeat = c.repeat, .values = c.values};
        memcpy(out[i].name, c.name, sizeof c.name);
        find_text(&u, "TUNIT", c.number, out[i].unit, sizeof out[i].unit);
        find_text(&u, "TCOMM", c.number, out[i].description, sizeof out[i].description);
        find_text(&u, "TUCD", c.number, out[i].ucd, sizeof out[i].ucd);
    }
done:
    free(columns);
    return status;
}

gt_status gt_fits_table_parse(const char *bytes, size_t size, size_t most, gt_csv *out,
                              uint64_t *rows, gt_error *err) {
    return parse(bytes, size, &(part){.most = most, .has_names = true}, out, rows, err);
}

gt_status gt_fits_table_parse_columns(const char *bytes, size_t size, const char *const *names,
                                      size_t count, size_t most, gt_csv *out, uint64_t *rows,
                                      gt_error *err) {
    return parse(bytes, size,
                 &(part){.names = names, .wanted = count, .most = most, .has_names = true}, out,
                 rows, err);
}

/* ---- of a file ---- */

/* The table alone: its header in whole blocks, and its data. */
static gt_status copy_table(gt_fits_file *file, const gt_fits_unit *u, char **bytes,
                            size_t *size, gt_error *err) {
    size_t cards = u->cards.count * GT_FITS_CARD;
    size_t header = (cards / GT_FITS_BLOCK + 1) * GT_FITS_BLOCK;
    if (u->data_bytes > MOST_BYTES)
        return gt_fail(err, GT_UNSUPPORTED,
                       "a table of %" PRIu64 " bytes, expected at most %" PRIu64, u->data_bytes,
                       MOST_BYTES);
    *size = header + (size_t)u->data_bytes;
    *bytes = malloc(*size);
    if (!*bytes) return gt_fail(err, GT_NO_MEMORY, "no memory for a table");
    memset(*bytes, ' ', header);
    memcpy(*bytes, u->cards.text, cards);
    memcpy(*bytes + cards, "END", 3);
    return gt_fits_file_read(file, u->data_at, *bytes + header, (size_t)u->data_bytes, err);
}

/* Closes the file. */
static gt_status load_table(gt_fits_file *file, uint64_t rows, char **bytes, size_t *size,
                            uint64_t *other, gt_error *err) {
    gt_status status = GT_OK;
    gt_fits_unit u;
    bool more = true;
    int64_t found;
    *bytes = NULL;
    *other = 0;
    while (*bytes == NULL) {
        GT_TRY(gt_fits_file_next(file, &u, &more, err));
        if (!more) break;
        if (!is_table(&u.cards)) continue;
        GT_TRY(gt_fits_whole(&u.cards, "NAXIS", 2, 0, INT64_MAX, &found, err));
        if ((uint64_t)found == rows) GT_TRY(copy_table(file, &u, bytes, size, err));
        if (*other == 0) *other = (uint64_t)found;
    }
done:
    if (status) {
        free(*bytes);
        *bytes = NULL;
    }
    gt_fits_file_close(file);
    return status;
}

gt_status gt_fits_table_load(const char *path, uint64_t rows, char **bytes, size_t *size,
                             uint64_t *other, gt_error *err) {
    gt_fits_file *file;
    *bytes = NULL;
    gt_status status = gt_fits_file_open(path, &file, err);
    return status ? status : load_table(file, rows, bytes, size, other, err);
}

gt_status gt_fits_table_load_bytes(const char *name, const uint8_t *held, size_t length,
                                   uint64_t rows, char **bytes, size_t *size, uint64_t *other,
                                   gt_error *err) {
    gt_fits_file *file;
    *bytes = NULL;
    gt_status status = gt_fits_file_open_bytes(name, held, length, &file, err);
    return status ? status : load_table(file, rows, bytes, size, other, err);
}
