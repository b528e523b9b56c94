/* join_match.c - names in order, searched by halves, or places on the sky. */
#include "join_match.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "columns.h"
#include "fields.h"
#include "new_names.h"
#include "picture_kinds.h"
#include "places.h"
#include "text.h"
#include "unknowns.h"

enum { NAME = 128, MOST_ID = 4096 };

typedef struct entry {
    const char *text;
    uint64_t row;
} entry;

struct gt_matcher {
    const gt_catalog *catalog;
    int key; /* field of the catalogue; GT_JOIN_NONE: positions */
    size_t
        shared; /* field of the pictures that it is compared with; source's count: their id */
    const gt_source_info *source;
    entry *entries;
    size_t count;
    char (*numbers)[GT_NUMBER_SIZE]; /* names of rows whose key is a real; NULL: it is not */
    gt_places places;
    double radius;
    uint8_t *uses; /* of a row: 0, 1, 2 for more */
    uint64_t found, lost, shortened;
    char first_lost[NAME];
    size_t also; /* field by which the table does know the first lost one; else their count */
};

/* ---- names ---- */

static int by_text(const void *a, const void *b) {
    const entry *x = a, *y = b;
    int order = strcmp(x->text, y->text);
    return order != 0 ? order : x->row < y->row ? -1 : x->row > y->row;
}

/* A whole number is called as such, however it was written: 1234.0 is 1234. */
static const char *name_real(double value, char room[GT_NUMBER_SIZE]) {
    if (isnan(value)) return "";
    if (!(fabs(value) < 0x1p63) || value != trunc(value)) return gt_real_to_text(value, room);
    snprintf(room, GT_NUMBER_SIZE, "%" PRId64, (int64_t)value);
    return room;
}

const char *gt_matcher_name(const gt_matcher *m, uint64_t row) {
    size_t key = (size_t)m->key;
    if (m->numbers == NULL) return gt_catalog_text(m->catalog, row, key);
    return name_real(gt_catalog_value(m->catalog, row, key).real, m->numbers[row]);
}

static bool has_lost_digits(const gt_matcher *m, uint64_t row) {
    return m->numbers != NULL &&
           fabs(gt_catalog_value(m->catalog, row, (size_t)m->key).real) > 0x1p53;
}

static gt_status list_names(gt_matcher *m, gt_error *err) {
    uint64_t rows = gt_catalog_rows(m->catalog);
    size_t count;
    bool is_real = gt_catalog_fields(m->catalog, &count)[m->key].type == GT_FIELD_REAL;
    char first[GT_CATALOG_PLACE], expected[GT_CATALOG_PLACE + 64];
    m->entries = malloc(rows * sizeof *m->entries);
    m->numbers = is_real ? malloc(rows * sizeof *m->numbers) : NULL;
    if (m->entries == NULL || (is_real && m->numbers == NULL))
        return gt_fail(err, GT_NO_MEMORY, "out of memory for a catalogue");
    for (uint64_t row = 0; row < rows; row++) {
        if (has_lost_digits(m, row))
            return gt_catalog_bad(
                m->catalog, row, (size_t)m->key,
                "a text or a whole number: beyond 2^53 reals stand for several "
                "of these, and the row could be that of another object",
                err);
        const char *text = gt_matcher_name(m, row);
        if (*text) m->entries[m->count++] = (entry){text, row};
    }
    qsort(m->entries, m->count, sizeof *m->entries, by_text);
    for (size_t i = 1; i < m->count; i++) {
        if (strcmp(m->entries[i - 1].text, m->entries[i].text) != 0) continue;
        snprintf(expected, sizeof expected, "another name than that of %s",
                 gt_catalog_place(m->catalog, m->entries[i - 1].row, first));
        return gt_catalog_bad(m->catalog, m->entries[i].row, (size_t)m->key, expected, err);
    }
    return GT_OK;
}

static bool find_name(const gt_matcher *m, const char *text, size_t length, uint64_t *row) {
    size_t low = 0, high = m->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const char *other = m->entries[middle].text;
        int order = strncmp(other, text, length);
        if (order == 0) order = other[length] != 0;
        if (order == 0) *row = m->entries[middle].row;
        if (order == 0) return true;
        *(order < 0 ? &low : &high) = order < 0 ? middle + 1 : middle;
    }
    return false;
}

/* An id that is the name of a file may stand in the catalogue without folder and ending. */
static bool find_file(gt_matcher *m, const char *id, uint64_t *row) {
    const char *slash = strrchr(id, '/'), *name = slash != NULL ? slash + 1 : id;
    const char *dot = strrchr(name, '.');
    size_t length = strlen(name), stem = gt_picture_files_stem(gt_picture_kinds, name);
    if (stem == length && dot != NULL) stem = (size_t)(dot - name);
    bool found = (slash != NULL && find_name(m, name, length, row)) ||
                 (stem > 0 && stem < length && find_name(m, name, stem, row));
    m->shortened += found;
    return found;
}

/* "" for none. */
static const char *name_of(const gt_matcher *m, const gt_picture *picture,
                           char room[GT_NUMBER_SIZE]) {
    if (m->shared == m->source->field_count)
        return picture->row.id != NULL ? picture->row.id : "";
    gt_field_value value = picture->values[m->shared];
    switch (m->source->fields[m->shared].type) {
    case GT_FIELD_TEXT:
        return value.text != NULL ? value.text : "";
    case GT_FIELD_REAL:
        return name_real(value.real, room);
    default:
        snprintf(room, GT_NUMBER_SIZE, "%" PRId64, value.integer);
        return value.integer == GT_FIELD_NO_INTEGER ? "" : room;
    }
}

/* Blanks around a name, as fixed lengths leave them, are none of it; tables have none either.
 */
static const char *without_blanks(const char *name, char bare[MOST_ID + 1]) {
    size_t before = strspn(name, " "), length = strlen(name + before);
    while (length > 0 && name[before + length - 1] == ' ') length--;
    if (before == 0 && name[length] == 0) return name;
    snprintf(bare, MOST_ID + 1, "%.*s", (int)length, name + before);
    return bare;
}

/* ---- positions ---- */

static gt_status list_places(gt_matcher *m, int ra, int dec, gt_error *err) {
    gt_status status = GT_OK;
    for (uint64_t row = 0; row < gt_catalog_rows(m->catalog); row++) {
        gt_unknowns unknowns = {0};
        double at[2] = {gt_catalog_angle(m->catalog, row, (size_t)ra, GT_PLACE_RA),
                        gt_catalog_angle(m->catalog, row, (size_t)dec, GT_PLACE_DEC)};
        gt_unknowns_position(&unknowns, row, &at[0], &at[1]);
        if (isnan(at[0]) || isnan(at[1])) continue;
        GT_TRY(gt_places_add(&m->places, at[0], at[1], row, err));
    }
    gt_places_sort(&m->places);
done:
    return status;
}

/* ---- all ---- */

static int find_key(const gt_catalog *catalog, const char *name) {
    size_t count, at = gt_catalog_find(catalog, name);
    gt_catalog_fields(catalog, &count);
    return at < count ? (int)at : GT_JOIN_NONE;
}

static gt_status no_key(const gt_catalog *catalog, const char *name, gt_error *err) {
    size_t count;
    const gt_field *fields = gt_catalog_fields(catalog, &count);
    const char *names[GT_FIELD_MOST];
    char known[GT_NAMES_TEXT];
    if (count > GT_FIELD_MOST) count = GT_FIELD_MOST;
    for (size_t i = 0; i < count; i++) names[i] = fields[i].name;
    const char *hint = gt_catalog_hint(catalog);
    const char *meant = *hint ? NULL : gt_text_nearest(name, names, count);
    if (meant != NULL)
        return gt_fail(err, GT_USAGE, "--on %s: %s has no such column, did you mean '%s'?",
                       name, gt_catalog_path(catalog), meant);
    return gt_fail(
        err, GT_USAGE, "--on %s: %s has no such column, expected position or one of %s%s", name,
        gt_catalog_path(catalog), gt_text_listed(names, count, known, sizeof known), hint);
}

static gt_status open_names(gt_matcher *m, const char *on, gt_error *err) {
    m->key = find_key(m->catalog, on);
    if (m->key == GT_JOIN_NONE) return no_key(m->catalog, on, err);
    m->shared = gt_field_find(m->source->fields, m->source->field_count, on);
    if (m->shared == m->source->field_count && !(m->source->columns & GT_COLUMN_ID))
        return gt_fail(err, GT_USAGE, "--on %s: the pictures have neither this column nor ids",
                       on);
    return list_names(m, err);
}

static gt_status open_places(gt_matcher *m, int ra, int dec, gt_error *err) {
    const unsigned needed = GT_COLUMN_RA | GT_COLUMN_DEC;
    if ((m->source->columns & needed) != needed)
        return gt_fail(err, GT_USAGE,
                       "--on position: the pictures have no positions (ra, dec)");
    if (ra == GT_JOIN_NONE || dec == GT_JOIN_NONE)
        return gt_fail(err, GT_USAGE, "--on position: %s has no columns ra and dec%s",
                       gt_catalog_path(m->catalog), gt_catalog_hint(m->catalog));
    return list_places(m, ra, dec, err);
}

gt_status gt_matcher_open(const gt_catalog *catalog, const gt_join_request *request,
                          const gt_source_info *source, int ra, int dec, gt_matcher **out,
                          gt_error *err) {
    gt_status status = GT_OK;
    gt_matcher *m = calloc(1, sizeof *m);
    if (m == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for a catalogue");
    *m = (gt_matcher){catalog, GT_JOIN_NONE, .source = source, .radius = request->radius};
    m->uses = calloc(gt_catalog_rows(catalog), 1);
    if (m->uses == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for a catalogue");
    if (strcmp(request->on, "position") == 0)
        GT_TRY(open_places(m, ra, dec, err));
    else
        GT_TRY(open_names(m, request->on, err));
    *out = m;
    m = NULL;
done:
    gt_matcher_close(m);
    return status;
}

void gt_matcher_close(gt_matcher *matcher) {
    if (matcher == NULL) return;
    free(matcher->entries);
    free(matcher->numbers);
    gt_places_free(&matcher->places);
    free(matcher->uses);
    free(matcher);
}

int gt_matcher_key(const gt_matcher *matcher) {
    return matcher->key;
}

static bool find(gt_matcher *m, const gt_picture *picture, uint64_t *row) {
    char room[GT_NUMBER_SIZE], bare[MOST_ID + 1];
    if (m->key == GT_JOIN_NONE)
        return !isnan(picture->row.ra) && !isnan(picture->row.dec) &&
               gt_places_nearest(&m->places, picture->row.ra, picture->row.dec, m->radius, row);
    const char *name = without_blanks(name_of(m, picture, room), bare);
    if (*name == 0) return false;
    return find_name(m, name, strlen(name), row) || find_file(m, name, row);
}

/* A column of names by which the table knows the picture; the source's count for none. */
static size_t find_other(const gt_matcher *m, const gt_picture *picture) {
    const gt_source_info *source = m->source;
    uint64_t row;
    size_t i = 0;
    if (m->key == GT_JOIN_NONE || picture->values == NULL) return source->field_count;
    for (; i < source->field_count; i++) {
        const char *text =
            source->fields[i].type == GT_FIELD_TEXT ? picture->values[i].text : "";
        if (text && *text && find_name(m, text, strlen(text), &row)) break;
    }
    return i;
}

bool gt_matcher_find(gt_matcher *matcher, const gt_picture *picture, uint64_t number,
                     uint64_t *row) {
    if (find(matcher, picture, row)) {
        matcher->found++;
        if (matcher->uses[*row] < 2) matcher->uses[*row]++;
        return true;
    }
    const char *id = picture->row.id != NULL ? picture->row.id : "";
    if (matcher->lost++ > 0) return false;
    matcher->also = find_other(matcher, picture);
    if (*id)
        snprintf(matcher->first_lost, NAME, "'%.100s'", id);
    else
        snprintf(matcher->first_lost, NAME, "number %" PRIu64, number);
    return false;
}

static gt_status none_found(const gt_matcher *m, gt_error *err) {
    char all[GT_COUNTED_SIZE];
    const char *path = gt_catalog_path(m->catalog);
    size_t count;
    const gt_field *fields = gt_catalog_fields(m->catalog, &count);
    gt_text_counted(m->lost, "picture", all);
    if (m->key == GT_JOIN_NONE)
        return gt_fail(
            err, GT_NOT_FOUND,
            "%s: none of %s found within %g arcsec of its positions, the first is %s; "
            "--radius looks further",
            path, all, m->radius, m->first_lost);
    if (m->also < m->source->field_count)
        return gt_fail(err, GT_NOT_FOUND,
                       "%s: none of %s found in column '%s': the first is called %s, and the "
                       "table has its '%s' there (of FITS files: --id-card %s)",
                       path, all, fields[m->key].name, m->first_lost,
                       m->source->fields[m->also].name, m->source->fields[m->also].name);
    return gt_fail(err, GT_NOT_FOUND,
                   "%s: none of %s found in column '%s': the first is called %s, the first row "
                   "'%.100s'; --on takes another column, or position",
                   path, all, fields[m->key].name, m->first_lost,
                   gt_catalog_text(m->catalog, 0, (size_t)m->key));
}

gt_status gt_matcher_tell(const gt_matcher *m, FILE *notes, gt_error *err) {
    if (m->found == 0 && m->lost > 0) return none_found(m, err);
    uint64_t rows = gt_catalog_rows(m->catalog), unused = 0, shared = 0, first = 0;
    char place[GT_CATALOG_PLACE], all[GT_COUNTED_SIZE];
    for (uint64_t row = 0; row < rows; row++) {
        if (m->uses[row] == 0 && unused++ == 0) first = row;
        shared += m->uses[row] == 2;
    }
    fprintf(notes, "%" PRIu64 " of %s found in %s", m->found,
            gt_text_counted(m->found + m->lost, "picture", all), gt_catalog_path(m->catalog));
    if (m->shortened > 0)
        fprintf(notes, " (%" PRIu64 " by the name of the file)", m->shortened);
    if (m->lost > 0) fprintf(notes, "; %" PRIu64 " not, the first: %s", m->lost, m->first_lost);
    fprintf(notes, "\n");
    if (unused > 0)
        fprintf(notes, "%" PRIu64 " of %s of %s without a picture, the first: %s\n", unused,
                gt_text_counted(rows, "row", all), gt_catalog_path(m->catalog),
                gt_catalog_place(m->catalog, first, place));
    if (shared > 0)
        fprintf(notes, "%s of %s for more than one picture\n",
                gt_text_counted(shared, "row", all), gt_catalog_path(m->catalog));
    return GT_OK;
}
