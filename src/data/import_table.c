/* import_table.c - codes in a table: a column for each number of them, c0, c1, ... or as pandas
 * calls columns of an array, 0, 1, ...; what else the table has are columns of the set. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "catalog.h"
#include "fields.h"
#include "importer.h"
#include "join.h"
#include "notes.h"
#include "text.h"

extern const gt_importer gt_importer_table;

enum { DIGITS = 9 };

/* A column whose name ends in a number. */
typedef struct numbered {
    const char *name;
    size_t prefix; /* letters before the number */
    long number;
    size_t field;
    bool is_number; /* and holds such */
} numbered;

typedef struct reader {
    gt_source_info info;
    gt_notes notes;
    float *codes; /* (count, channels) */
    uint64_t next;
} reader;

static void close_codes(void *self) {
    reader *r = self;
    if (r == NULL) return;
    gt_notes_close(&r->notes);
    free(r->codes);
    free(r);
}

/* ---- which columns they are ---- */

static int by_name(const void *a, const void *b) {
    const numbered *x = a, *y = b;
    size_t length = x->prefix < y->prefix ? x->prefix : y->prefix;
    int order = strncmp(x->name, y->name, length);
    if (order == 0 && x->prefix != y->prefix) order = x->prefix < y->prefix ? -1 : 1;
    return order != 0 ? order : (x->number > y->number) - (x->number < y->number);
}

/* All columns with a number behind their names, or behind `wanted` (NULL: anything). */
static size_t list_numbered(const gt_catalog *table, const char *wanted, numbered *out) {
    size_t count, found = 0;
    const gt_field *fields = gt_catalog_fields(table, &count);
    for (size_t i = 0; i < count; i++) {
        size_t length = strlen(fields[i].name), prefix = length;
        while (prefix > 0 && strchr("0123456789", fields[i].name[prefix - 1])) prefix--;
        bool is_one = prefix < length && length - prefix <= DIGITS;
        if (is_one && wanted != NULL)
            is_one = strlen(wanted) == prefix && strncmp(wanted, fields[i].name, prefix) == 0;
        if (!is_one) continue;
        out[found++] =
            (numbered){fields[i].name, prefix, strtol(fields[i].name + prefix, NULL, 10), i,
                       fields[i].type != GT_FIELD_TEXT};
    }
    if (found > 0) qsort(out, found, sizeof *out, by_name);
    return found;
}

static size_t same_name(const numbered *list, size_t count) {
    size_t n = 1;
    while (n < count && list[n].prefix == list->prefix &&
           strncmp(list[n].name, list->name, list->prefix) == 0)
        n++;
    return n;
}

/* As `encode` writes them: c0, c1, ...; a single one only where a table begins as its tables.
 */
static bool are_ours(const gt_catalog *table, const numbered *list, size_t numbers) {
    static const char *const names[] = {"row", "id", "c0"};
    size_t count;
    const gt_field *fields = gt_catalog_fields(table, &count);
    bool is_ours = count >= 3;
    for (size_t i = 0; i < 3 && is_ours; i++) is_ours = strcmp(fields[i].name, names[i]) == 0;
    return list->prefix == 1 && list->name[0] == 'c' && list->number == 0 &&
           (numbers > 1 || is_ours);
}

/* Those that are as ours, or the longest row that begins at 0 or 1; *length 0: there is none.
 */
static gt_status choose(const char *path, const gt_catalog *table, const numbered *list,
                        size_t count, const numbered **out, size_t *length, gt_error *err) {
    const numbered *other = NULL;
    *length = 0;
    for (size_t at = 0, n; at < count; at += n) {
        n = same_name(list + at, count - at);
        size_t numbers = 0;
        for (size_t i = 0; i < n; i++) numbers += list[at + i].is_number;
        if (are_ours(table, list + at, numbers)) {
            *out = list + at;
            *length = n;
            return GT_OK;
        }
        if (list[at].number > 1 || numbers < 2 || numbers < *length) continue;
        other = numbers == *length ? *out : NULL;
        *out = list + at;
        *length = n;
    }
    if (other == NULL) return GT_OK;
    return gt_fail(err, GT_USAGE,
                   "%s: columns '%.60s' ... and '%.60s' ... could be the codes; --dataset "
                   "says the name before the numbers",
                   path, other->name, (*out)->name);
}

static gt_status check_chosen(const char *path, const numbered *list, size_t count,
                              gt_error *err) {
    for (size_t i = 0; i < count; i++) {
        if (!list[i].is_number)
            return gt_fail(err, GT_BAD_FORMAT,
                           "%s: column '%.60s' holds texts, expected numbers as in '%.60s'",
                           path, list[i].name, list[i == 0].name);
        if (list[i].number != list->number + (long)i)
            return gt_fail(err, GT_BAD_FORMAT,
                           "%s: column '%.60s' stands behind '%.60s', expected number %ld",
                           path, list[i].name, list[i - 1].name, list->number + (long)i);
    }
    return GT_OK;
}

/* ---- their values ---- */

static float value_of(const gt_catalog *table, uint64_t row, size_t field, bool is_whole) {
    if (*gt_catalog_text(table, row, field) == 0) return NAN;
    gt_field_value value = gt_catalog_value(table, row, field);
    return is_whole ? (float)value.integer : (float)value.real;
}

/* Whether a float does not give the number that was written. One that a float was written as,
 * in as few digits as tell it, it gives. */
static bool is_rounded(const gt_catalog *table, uint64_t row, size_t field, float code) {
    char text[GT_NUMBER_SIZE];
    double given = NAN;
    gt_field_value value = gt_catalog_value(table, row, field);
    size_t count;
    double written = gt_field_real(gt_catalog_fields(table, &count)[field].type, value);
    if (isnan(code) || written == (double)code) return false;
    return gt_text_to_real(gt_float_to_text(code, text), &given, NULL) != GT_OK ||
           given != written;
}

static gt_status take_codes(reader *r, const gt_catalog *table, const numbered *list,
                            gt_error *err) {
    size_t fields, width = r->info.channels;
    uint64_t rounded = 0;
    char text[GT_ROUNDED_TEXT];
    const gt_field *about = gt_catalog_fields(table, &fields);
    r->codes = calloc(r->info.count * width, sizeof *r->codes);
    if (r->codes == NULL) return gt_fail(err, GT_NO_MEMORY, "out of memory for codes");
    for (size_t c = 0; c < width; c++) {
        size_t field = list[c].field;
        bool is_whole = about[field].type == GT_FIELD_INTEGER;
        for (uint64_t row = 0; row < r->info.count; row++) {
            float *code = &r->codes[row * width + c];
            *code = value_of(table, row, field, is_whole);
            rounded += is_rounded(table, row, field, *code);
        }
    }
    if (*gt_rounded_text((gt_rounding){.rounded = rounded}, "number", "in the table", text))
        fprintf(r->notes.lines, "%s\n", text);
    return GT_OK;
}

static gt_status leave_out(gt_catalog *table, const numbered *list, size_t count,
                           gt_error *err) {
    size_t fields;
    gt_catalog_fields(table, &fields);
    bool *is_out = calloc(fields, sizeof *is_out);
    if (is_out == NULL) return gt_fail(err, GT_NO_MEMORY, "out of memory for columns");
    for (size_t i = 0; i < count; i++) is_out[list[i].field] = true;
    gt_catalog_leave_out(table, is_out);
    free(is_out);
    return GT_OK;
}

static gt_status find_codes(reader *r, const gt_source_request *request, gt_catalog *table,
                            gt_error *err) {
    gt_status status = GT_OK;
    size_t fields, count, width = 0;
    const numbered *chosen = NULL;
    gt_catalog_fields(table, &fields);
    numbered *list = calloc(fields, sizeof *list);
    if (list == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for columns");
    count = list_numbered(table, request->dataset, list);
    GT_TRY(choose(request->path, table, list, count, &chosen, &width, err));
    if (width == 0)
        GT_THROW(err, GT_NOT_FOUND,
                 "%s: no columns of numbers that are numbered, as c0, c1, ..., which are the "
                 "codes of a table%s",
                 request->path, gt_catalog_hint(table));
    GT_TRY(check_chosen(request->path, chosen, width, err));
    r->info = (gt_source_info){.count = gt_catalog_rows(table),
                               .channels = width,
                               .height = 1,
                               .width = 1,
                               .type = "float64",
                               .is_codes = true,
                               .pixel_scale_arcsec = NAN,
                               .range = gt_range_undeclared()};
    if (width == 1)
        fprintf(r->notes.lines, "codes are the column '%s'\n", chosen->name);
    else
        fprintf(r->notes.lines, "codes are the %zu columns from '%s' to '%s'\n", width,
                chosen->name, chosen[width - 1].name);
    GT_TRY(take_codes(r, table, chosen, err));
    GT_TRY(leave_out(table, chosen, width, err));
done:
    free(list);
    return status;
}

/* ---- the source ---- */

static const gt_source_info *describe_codes(const void *self) {
    return &((const reader *)self)->info;
}

static gt_status next_code(void *self, gt_picture *out, bool *more, gt_error *err) {
    (void)err;
    reader *r = self;
    *more = r->next < r->info.count;
    if (!*more) return GT_OK;
    *out = (gt_picture){.pixels = r->codes + r->next * r->info.channels,
                        .channels = r->info.channels,
                        .height = 1,
                        .width = 1,
                        .catalog_row = r->next};
    r->next++;
    return GT_OK;
}

static const gt_importer codes_importer = {
    .name = "table", .describe = describe_codes, .next = next_code, .close = close_codes};

/* The codes, as a source with the other columns behind it. */
static void close_table(void *self) {
    gt_source *codes = self;
    if (codes == NULL) return;
    gt_source_close(codes);
    free(codes);
}

static gt_status open_table(const gt_source_request *request, void **self, gt_error *err) {
    gt_status status = GT_OK;
    gt_catalog *table = NULL;
    size_t others;
    reader *r = calloc(1, sizeof *r);
    gt_source *codes = calloc(1, sizeof *codes);
    if (r == NULL || codes == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for a table");
    GT_TRY(gt_notes_open(&r->notes, err));
    GT_TRY(
        gt_catalog_open_spread(request->path, request->dataset, r->notes.lines, &table, err));
    GT_TRY(find_codes(r, request, table, err));
    r->info.note = gt_notes_text(&r->notes);
    gt_catalog_fields(table, &others);
    r->info.has_catalog_rows = others > 0;
    *codes = (gt_source){.importer = &codes_importer, .self = r, .info = &r->info};
    r = NULL;
    if (others > 0) {
        gt_catalog *rows = table;
        table = NULL;
        GT_TRY(gt_source_join_rows(request->path, codes, rows, err));
    }
    *self = codes;
    codes = NULL;
done:
    gt_catalog_close(table);
    close_codes(r);
    close_table(codes);
    return status;
}

static const gt_source_info *describe_table(const void *self) {
    return ((const gt_source *)self)->info;
}

static gt_status next_row(void *self, gt_picture *out, bool *more, gt_error *err) {
    return gt_source_next(self, out, more, err);
}

const gt_importer gt_importer_table = {
    .name = "table",
    .summary =
        "codes in a table (CSV, ECSV, FITS): columns c0, c1, ... or 0, 1, ... "
        "(--dataset NAME: NAME0, NAME1, ..., or a FITS column of lists), with all others",
    .takes_dataset = true,
    .open = open_table,
    .describe = describe_table,
    .next = next_row,
    .close = close_table,
};
