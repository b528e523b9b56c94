/* catalog_columns.c - what type all cells of a column are, and what is known of it. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "catalog_internal.h"
#include "columns.h"
#include "sexagesimal.h"
#include "text.h"
#include "units.h"
#include "unknowns.h"

/* ---- cells ---- */

static void trim(char **cell) {
    char *text = *cell + strspn(*cell, " \t");
    size_t length = strlen(text);
    while (length > 0 && (text[length - 1] == ' ' || text[length - 1] == '\t'))
        text[--length] = 0;
    *cell = text;
}

/* A whole number that would not be written the same again is a name: 007, or one beyond int64.
 */
static bool is_whole(const char *cell, int64_t *value) {
    const char *digits = cell + (*cell == '-' || *cell == '+');
    bool is_padded = digits[0] == '0' && digits[1] >= '0' && digits[1] <= '9';
    return !is_padded && gt_text_to_int(cell, value, NULL) == GT_OK &&
           *value != GT_FIELD_NO_INTEGER;
}

static bool is_all_digits(const char *cell) {
    const char *digits = cell + (*cell == '-' || *cell == '+');
    return *digits && strspn(digits, "0123456789") == strlen(digits);
}

static bool is_real(const char *cell) {
    double value;
    return !is_all_digits(cell) && gt_text_to_real(cell, &value, NULL) == GT_OK;
}

/* 1,5: a number where the comma is the point. */
static bool has_decimal_comma(const char *cell) {
    const char *comma = strchr(cell, ',');
    size_t before = strspn(cell, "+-0123456789");
    return comma != NULL && cell + before == comma && before > 0 && comma[1] &&
           strspn(comma + 1, "0123456789") == strlen(comma + 1);
}

/* ---- types ---- */

typedef struct tally {
    uint64_t wholes, reals, texts, commas, perhaps; /* perhaps: texts, or missing */
    uint64_t first_text, first_comma;               /* rows */
    size_t longest;
} tally;

static tally count_cells(const gt_catalog *c, size_t column) {
    tally t = {.longest = 1};
    for (uint64_t row = 0; row < c->table.rows; row++) {
        const char *cell = *gt_catalog_cell(c, row, column);
        const gt_absence *absent = gt_absence_in(cell);
        int64_t whole;
        size_t length = strlen(cell);
        if (length > t.longest) t.longest = length;
        if (absent != NULL) t.perhaps += !absent->is_of_texts;
        if (absent != NULL || *cell == 0) continue;
        if (is_whole(cell, &whole)) {
            t.wholes++;
        } else if (is_real(cell)) {
            t.reals++;
        } else if (has_decimal_comma(cell)) {
            if (t.commas++ == 0) t.first_comma = row;
        } else if (t.texts++ == 0) {
            t.first_text = row;
        }
    }
    return t;
}

/* 1 or 0 for a word of truth, -1 for others. Letters alone are such where the type is stated.
 */
static int truth_of(const char *cell, bool is_stated) {
    if (strcasecmp(cell, "true") == 0 || (is_stated && strcasecmp(cell, "t") == 0)) return 1;
    if (strcasecmp(cell, "false") == 0 || (is_stated && strcasecmp(cell, "f") == 0)) return 0;
    return -1;
}

/* Where all of a column are true or false they become 1 and 0, as HDF5 and npy have them. */
static bool read_truths(const gt_catalog *c, size_t column, bool is_stated) {
    static char numbers[2][2] = {"0", "1"};
    bool are_all = true, is_any = is_stated;
    for (uint64_t row = 0; row < c->table.rows && are_all; row++) {
        const char *cell = *gt_catalog_cell(c, row, column);
        if (*cell == 0 || gt_absence_in(cell) != NULL) continue;
        are_all = truth_of(cell, is_stated) >= 0;
        is_any = true;
    }
    for (uint64_t row = 0; row < c->table.rows && are_all && is_any; row++) {
        char **cell = gt_catalog_cell(c, row, column);
        int truth = truth_of(*cell, is_stated);
        if (truth >= 0) *cell = numbers[truth];
    }
    return are_all && is_any;
}

/* A letter of TFORM for the type that the table itself states; 0: it does not. */
static char stated_type(const gt_catalog *c, size_t column) {
    const gt_csv_about *about = c->table.about ? &c->table.about[column] : NULL;
    if (c->is_fits) return c->stated[column].type;
    if (about == NULL || about->type == NULL) return 0;
    return strncmp(about->type, "float", 5) == 0 ? 'D'
           : strstr(about->type, "int")          ? 'K'
           : strcmp(about->type, "bool") == 0    ? 'L'
                                                 : 'A';
}

static gt_field_type find_type(const tally *t, char stated) {
    uint64_t numbers = t->wholes + t->reals;
    bool is_text = t->texts > 0 || (numbers == 0 && t->perhaps > 0);
    if (stated == 'A' || stated == 'L') return GT_FIELD_TEXT;
    if (stated == 'E' || stated == 'D') return GT_FIELD_REAL;
    if (stated && strchr("BIJK", stated) && numbers + t->texts == 0) return GT_FIELD_INTEGER;
    return is_text                          ? GT_FIELD_TEXT
           : t->reals > 0 || t->wholes == 0 ? GT_FIELD_REAL
                                            : GT_FIELD_INTEGER;
}

/* A table that states no types has them by what the cells are, which may be a surprise; one
 * that states whole numbers may have unsigned ones beyond int64, which texts keep. */
static gt_status check_cells(const gt_catalog *c, size_t column, char stated, const tally *t,
                             const gt_field *field, FILE *notes, gt_error *err) {
    char place[GT_CATALOG_PLACE];
    if (stated && strchr("BIJK", stated) && t->texts > 0)
        fprintf(notes, "column '%s' of %s is kept as texts: %s has '%.60s', beyond 2^63 - 1\n",
                field->name, c->path, gt_catalog_place(c, t->first_text, place),
                *gt_catalog_cell(c, t->first_text, column));
    if (stated) return GT_OK;
    if (t->commas > 0 && t->texts == 0)
        return gt_fail(err, GT_BAD_FORMAT,
                       "%s, %s, column '%s': '%.60s' has a decimal comma, expected a point",
                       c->path, gt_catalog_place(c, t->first_comma, place), field->name,
                       *gt_catalog_cell(c, t->first_comma, column));
    if (t->texts > 0 && t->wholes + t->reals > t->texts)
        fprintf(notes, "column '%s' of %s is one of texts: %s has '%.60s' among numbers\n",
                field->name, c->path, gt_catalog_place(c, t->first_text, place),
                *gt_catalog_cell(c, t->first_text, column));
    if (field->type == GT_FIELD_TEXT && field->length > 4096)
        return gt_fail(err, GT_BAD_FORMAT, "%s, column '%s': a text of %zu bytes, at most 4096",
                       c->path, field->name, field->length);
    return GT_OK;
}

/* The usual columns of positions: 0 for right ascension, 1 for declination, -1 for others. */
static int axis_of(const char *name) {
    for (int axis = 0; axis < 2; axis++) {
        const char *const *usual = gt_column_names[axis == 0 ? GT_PLACE_RA : GT_PLACE_DEC];
        for (size_t i = 0; i < GT_COLUMN_NAMES && usual[i] != NULL; i++)
            if (strcasecmp(usual[i], name) == 0) return axis;
    }
    return -1;
}

/* Positions as 10:20:30.5 become degrees, where all of a column are such. */
static gt_status read_angles(gt_catalog *c, size_t column, gt_field *field, bool *are_angles,
                             FILE *notes, gt_error *err) {
    double degrees;
    char place[GT_CATALOG_PLACE];
    int axis = field->type == GT_FIELD_TEXT ? axis_of(field->name) : -1;
    *are_angles = axis >= 0 && c->angles[axis] == NULL;
    for (uint64_t row = 0; row < c->table.rows && *are_angles; row++) {
        const char *cell = *gt_catalog_cell(c, row, column);
        *are_angles = *cell == 0 || gt_sexagesimal_read(cell, axis == 0, &degrees);
        if (!*are_angles)
            fprintf(notes,
                    "column '%s' of %s is none of positions: %s has '%.60s', expected degrees "
                    "or 10:20:30.5\n",
                    field->name, c->path, gt_catalog_place(c, row, place), cell);
    }
    if (!*are_angles) return GT_OK;
    char *room = c->angles[axis] = malloc(c->table.rows * GT_NUMBER_SIZE);
    if (room == NULL) return gt_fail(err, GT_NO_MEMORY, "out of memory for positions");
    for (uint64_t row = 0; row < c->table.rows; row++, room += GT_NUMBER_SIZE) {
        char **cell = gt_catalog_cell(c, row, column);
        if (**cell == 0) continue;
        gt_sexagesimal_read(*cell, axis == 0, &degrees);
        gt_real_to_text(degrees, room);
        *cell = room;
    }
    field->type = GT_FIELD_REAL;
    field->length = 0;
    field->unit = "deg";
    return GT_OK;
}

/* Empties the cells that say that nothing is known; *word: the first of them that counts. NaN
 * is how a column that is stated to be of reals has none. */
static uint64_t empty_cells(gt_catalog *c, size_t column, char stated, gt_field_type type,
                            const char **word) {
    uint64_t count = 0;
    bool is_nan_usual = stated && type == GT_FIELD_REAL;
    for (uint64_t row = 0; row < c->table.rows; row++) {
        char **cell = gt_catalog_cell(c, row, column);
        const gt_absence *absent = gt_absence_in(*cell);
        if (absent == NULL || (type == GT_FIELD_TEXT && !absent->is_of_texts)) continue;
        *cell += strlen(*cell);
        if (is_nan_usual && strcmp(absent->word, "nan") == 0) continue;
        if (count++ == 0) *word = absent->word;
    }
    return count;
}

/* ---- names and units ---- */

/* Where the unit of "flux [mJy]" begins; of "flux (mJy)" too, if it is one and no remark. A
 * letter alone needs a blank before: "name(s)". NULL: there is none. */
static char *find_unit(char *name, size_t length) {
    char *open = strchr(name, '[');
    if (open != NULL && open > name && name[length - 1] == ']' && open[1] != ']') return open;
    if (length == 0 || name[length - 1] != ')') return NULL;
    for (open = strchr(name, '('); open != NULL; open = strchr(open + 1, '(')) {
        size_t inside = (size_t)(name + length - 1 - open) - 1;
        bool is_apart = open > name && strchr(" \t_", open[-1]) != NULL;
        if (open > name && (inside > 1 || is_apart) && gt_unit_is_one(open + 1, inside))
            return open;
    }
    return NULL;
}

static gt_status split_title(gt_catalog *c, size_t column, gt_error *err) {
    gt_catalog_title *title = &c->titles[column];
    char *name = c->table.cells[column];
    size_t length = strlen(name);
    char *open = find_unit(name, length);
    if (open == NULL) return GT_OK;
    title->whole = strdup(name);
    if (title->whole == NULL) return gt_fail(err, GT_NO_MEMORY, "out of memory for names");
    title->unit = open + 1;
    name[length - 1] = 0;
    do *open = 0;
    while (open > name && strchr(" \t_", *--open) != NULL);
    return GT_OK;
}

static gt_status name_by_number(gt_catalog *c, size_t column, gt_error *err) {
    char name[32];
    snprintf(name, sizeof name, "column %zu", column + 1);
    c->titles[column].whole = c->table.cells[column] = strdup(name);
    c->titles[column].is_nameless = true;
    if (c->table.cells[column] != NULL) return GT_OK;
    c->table.cells[column] = c->table.text;
    return gt_fail(err, GT_NO_MEMORY, "out of memory for names");
}

static bool is_alone(const gt_catalog *c, size_t column) {
    const char *name = c->table.cells[column];
    for (size_t i = 0; i < c->table.columns; i++)
        if (i != column && strcasecmp(c->table.cells[i], name) == 0) return false;
    return *name != 0;
}

/* Of columns that only their units tell apart, these are parts of the names. */
static gt_status split_titles(gt_catalog *c, gt_error *err) {
    gt_status status = GT_OK;
    c->titles = calloc(c->table.columns, sizeof *c->titles);
    if (c->titles == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for names");
    for (size_t i = 0; i < c->table.columns && !c->is_fits; i++)
        if (c->table.about == NULL) GT_TRY(split_title(c, i, err));
    for (size_t i = 0; i < c->table.columns; i++)
        if (c->titles[i].unit != NULL && !is_alone(c, i)) c->titles[i].unit = NULL;
    for (size_t i = 0; i < c->table.columns; i++)
        if (c->titles[i].whole != NULL && c->titles[i].unit == NULL)
            c->table.cells[i] = c->titles[i].whole;
    for (size_t i = 0; i < c->table.columns && !c->is_fits; i++)
        if (*gt_csv_name(&c->table, i) == 0) GT_TRY(name_by_number(c, i, err));
done:
    return status;
}

/* "z" and "Z" are two columns, of which the second gets another name where it goes on. */
static gt_status check_name(const gt_catalog *c, size_t column, gt_error *err) {
    const char *name = gt_csv_name(&c->table, column);
    for (size_t i = 0; i < column; i++)
        if (strcmp(gt_csv_name(&c->table, i), name) == 0)
            return gt_fail(err, GT_BAD_FORMAT, "%s: columns %zu and %zu are both called '%s'",
                           c->path, i + 1, column + 1, name);
    return GT_OK;
}

static const char *text_or_null(const char *text) {
    return *text ? text : NULL;
}

static gt_field describe(const gt_catalog *c, size_t column) {
    gt_field field = {.name = gt_csv_name(&c->table, column), .unit = c->titles[column].unit};
    if (c->is_fits) {
        const gt_fits_column *stated = &c->stated[column];
        field.unit = text_or_null(stated->unit);
        field.description = text_or_null(stated->description);
        field.ucd = text_or_null(stated->ucd);
    } else if (c->table.about != NULL) {
        const gt_csv_about *about = &c->table.about[column];
        field.unit = about->unit;
        field.description = about->description;
        field.ucd = about->ucd;
    }
    return field;
}

static bool has_one_value(const gt_catalog *c, size_t column) {
    if (c->table.about != NULL) return c->table.about[column].subtype == NULL;
    if (!c->is_fits) return true;
    const gt_fits_column *stated = &c->stated[column];
    return strchr("ABIJKEDLX", stated->type) && stated->values == 1;
}

/* What a column without a name says that is not worth a column: what stands behind the last
 * comma of each line, or an index as pandas writes it. NULL: it says something. */
static const char *emptiness(const gt_catalog *c, size_t column) {
    bool is_empty = true, counts = true;
    for (uint64_t row = 0; row < c->table.rows; row++) {
        const char *cell = *gt_catalog_cell(c, row, column);
        int64_t number;
        is_empty &= *cell == 0;
        counts &= is_whole(cell, &number) && number == (int64_t)row;
    }
    return is_empty ? "values" : counts ? "more than the numbers of the rows" : NULL;
}

/* ---- all columns ---- */

/* A line of what is told of several columns. */
enum { COLUMNS_TOLD = 6, WORDS_OF_ONE = 96 };
typedef struct told {
    char text[COLUMNS_TOLD * (WORDS_OF_ONE + 2)];
    size_t columns;
} told;

GT_PRINTF(2, 3)
static void add(told *t, const char *format, ...) {
    size_t used = strlen(t->text);
    char words[WORDS_OF_ONE];
    va_list arguments;
    if (t->columns++ >= COLUMNS_TOLD) return;
    va_start(arguments, format);
    vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    snprintf(t->text + used, sizeof t->text - used, "%s%s", used ? ", " : "", words);
}

GT_PRINTF(3, 4)
static void tell(const told *t, FILE *notes, const char *format, ...) {
    char more[GT_COUNTED_SIZE] = "";
    va_list arguments;
    if (t->columns == 0) return;
    if (t->columns > COLUMNS_TOLD)
        gt_text_counted(t->columns - COLUMNS_TOLD, "further column", more);
    va_start(arguments, format);
    vfprintf(notes, format, arguments);
    va_end(arguments);
    fprintf(notes, ": %s%s%s\n", t->text, *more ? ", and " : "", more);
}

static gt_status find_field(gt_catalog *c, size_t column, gt_field *field, told *lacks,
                            told *truths, FILE *notes, gt_error *err) {
    gt_status status = GT_OK;
    const char *word = "";
    bool are_angles;
    char stated = stated_type(c, column);
    for (uint64_t row = 0; row < c->table.rows; row++) trim(gt_catalog_cell(c, row, column));
    bool is_logical = stated == 'L' || stated == 'X';
    bool are_truths = (is_logical || !stated) && read_truths(c, column, is_logical);
    if (are_truths) stated = 'B';
    if (are_truths && !is_logical) add(truths, "'%.80s'", field->name);
    tally t = count_cells(c, column);
    field->type = find_type(&t, stated);
    if (field->type == GT_FIELD_TEXT) field->length = t.longest;
    GT_TRY(check_cells(c, column, stated, &t, field, notes, err));
    uint64_t lacking = empty_cells(c, column, stated, field->type, &word);
    if (lacking > 0) add(lacks, "%" PRIu64 " in '%.40s' (as '%s')", lacking, field->name, word);
    GT_TRY(read_angles(c, column, field, &are_angles, notes, err));
    if (are_angles)
        fprintf(notes, "column '%s' of %s: %s are read as degrees\n", field->name, c->path,
                axis_of(field->name) == 0 ? "hours, minutes and seconds"
                                          : "degrees, minutes and seconds");
done:
    return status;
}

/* Whether a column without a name becomes one, which is told. */
static bool keeps_nameless(const gt_catalog *c, size_t column, FILE *notes) {
    const char *lacks = emptiness(c, column);
    if (lacks != NULL)
        fprintf(notes, "column %zu of %s is left out: it has neither a name nor %s\n",
                column + 1, c->path, lacks);
    else
        fprintf(notes, "column %zu of %s has no name and is called '%s'\n", column + 1, c->path,
                c->titles[column].whole);
    return lacks == NULL;
}

/* "3E", "json": what several values a row are. */
static void add_left_out(const gt_catalog *c, size_t column, const char *name, told *arrays) {
    if (c->is_fits)
        add(arrays, "'%.40s' (%zu%c)", name, c->stated[column].repeat, c->stated[column].type);
    else
        add(arrays, "'%.40s' (%.20s)", name, c->table.about[column].subtype);
}

gt_status gt_catalog_find_fields(gt_catalog *c, FILE *notes, gt_error *err) {
    gt_status status = GT_OK;
    told lacks = {""}, truths = {""}, arrays = {""};
    c->fields = calloc(c->table.columns, sizeof *c->fields);
    c->places = calloc(c->table.columns, sizeof *c->places);
    if (c->fields == NULL || c->places == NULL)
        GT_THROW(err, GT_NO_MEMORY, "out of memory for %zu columns", c->table.columns);
    GT_TRY(split_titles(c, err));
    for (size_t i = 0; i < c->table.columns; i++) {
        GT_TRY(check_name(c, i, err));
        gt_field field = describe(c, i);
        bool has_one = has_one_value(c, i);
        if (!has_one) add_left_out(c, i, field.name, &arrays);
        if (!has_one || (c->titles[i].is_nameless && !keeps_nameless(c, i, notes))) continue;
        GT_TRY(find_field(c, i, &field, &lacks, &truths, notes, err));
        c->places[c->count] = i;
        c->fields[c->count++] = field;
    }
    tell(&arrays, notes, "columns of %s left out, which have not one value a row", c->path);
    tell(&lacks, notes, "cells of %s without a value", c->path);
    tell(&truths, notes, "true and false in %s are kept as 1 and 0", c->path);
done:
    return status;
}
