/* joined_columns.c - where each column of the result comes from. */
#include "joined.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "text.h"

const char *gt_joined_path_of(const gt_joined *j, gt_joined_part of) {
    return of.from == GT_FROM_CATALOG && !j->is_beside ? gt_catalog_path(j->catalog) : "";
}

static gt_joined_part find_usual(const gt_joined *j, size_t place) {
    size_t count = 0;
    if (j->catalog) gt_catalog_fields(j->catalog, &count);
    size_t at = count > 0 ? gt_catalog_stand_in(j->catalog, &j->names, place) : 0;
    return at < count ? (gt_joined_part){GT_FROM_CATALOG, at}
                      : (gt_joined_part){GT_FROM_NOWHERE, 0};
}

int gt_joined_catalog_field(const gt_joined *j, size_t place) {
    gt_joined_part usual = find_usual(j, place);
    if (j->known[place].from == GT_FROM_CATALOG) return (int)j->known[place].index;
    return usual.from == GT_FROM_CATALOG ? (int)usual.index : GT_JOIN_NONE;
}

static bool is_same_part(gt_joined_part a, gt_joined_part b) {
    return a.from == b.from && a.index == b.index;
}

static bool is_known(const gt_joined *j, gt_joined_part of) {
    if (j->class_names != NULL && is_same_part(j->numbered, of)) return true;
    for (size_t i = 0; i < GT_COLUMN_COUNT; i++)
        if (is_same_part(j->known[i], of)) return true;
    return false;
}

/* A column of the catalogue that could stand for one of the pictures, by the names of both. */
static void note_rival(const gt_joined *j, gt_joined_part of, const char *name) {
    for (size_t place = 0; place < GT_COLUMN_COUNT; place++)
        if (j->known[place].from == GT_FROM_SOURCE && is_same_part(find_usual(j, place), of))
            fprintf(j->notes.lines,
                    "; --column %s=%s takes it in place of that of the pictures",
                    gt_columns[place].called, name);
}

/* Why a column called as one of the six is none: the first value that cannot be one. */
static void note_misfit(gt_joined *j, size_t place, gt_joined_part of) {
    uint64_t row;
    char shown[161];
    const char *expected = j->is_beside && of.from == GT_FROM_CATALOG
                               ? gt_joined_misfit(j, place, of, &row)
                               : NULL;
    if (expected != NULL)
        fprintf(j->notes.lines, ": row %" PRIu64 " has '%s', expected %s", row,
                gt_text_shown(gt_catalog_text(j->catalog, row, of.index), shown, sizeof shown),
                expected);
}

static void note_new_name(gt_joined *j, gt_joined_part of, const char *name, const char *kept) {
    double factor;
    const char *path = gt_joined_path_of(j, of), *unit = gt_joined_field_of(j, of)->unit;
    fprintf(j->notes.lines, "column '%s'%s%s is called '%s'", name, *path ? " of " : "", path,
            kept);
    for (size_t place = 0; place < GT_COLUMN_COUNT; place++)
        if (strcasecmp(name, gt_columns[place].called) != 0)
            continue;
        else if (!gt_column_takes_unit(place, unit, &factor))
            fprintf(j->notes.lines, ": it is in %s, which is no unit of angles", unit);
        else
            note_misfit(j, place, of);
    note_rival(j, of, name);
    fputc('\n', j->notes.lines);
}

/* Of a catalogue that has too many, and --column does not ask for it. */
static bool is_beyond(const gt_joined *j, gt_joined_part of) {
    return j->fields.count >= GT_FIELD_USUAL && gt_joined_name_of(j, of) == NULL &&
           !is_known(j, of);
}

static void note_beyond(const gt_joined *j, size_t count, const char *first) {
    if (count > 0)
        fprintf(j->notes.lines,
                "columns of %s are left out: %zu, as '%s', for all together are more than %d; "
                "--column NAME=%s keeps that one\n",
                gt_catalog_path(j->catalog), count, first, GT_FIELD_USUAL, first);
}

static gt_status add_field(gt_joined *j, gt_joined_part of, const gt_field *field,
                           gt_error *err) {
    const gt_new_name *name = gt_joined_name_of(j, of);
    gt_field called = *field;
    if (is_known(j, of)) return GT_OK;
    if (name != NULL) called.name = name->name;
    gt_status status = gt_field_list_add(&j->fields, &called, err);
    if (status) return status;
    j->parts[j->fields.count - 1] = of;
    const char *kept = j->fields.fields[j->fields.count - 1].name;
    if (strcmp(kept, called.name) != 0) note_new_name(j, of, called.name, kept);
    return GT_OK;
}

/* Where the pictures lie, beside where the catalogue has their objects. */
static gt_status add_places(gt_joined *j, gt_error *err) {
    const gt_field of_pictures[] = {
        {GT_IMAGE_RA, GT_FIELD_REAL, .unit = "deg",
         .description = "right ascension of the middle of the picture", .ucd = "pos.eq.ra"},
        {GT_IMAGE_DEC, GT_FIELD_REAL, .unit = "deg",
         .description = "declination of the middle of the picture", .ucd = "pos.eq.dec"}};
    gt_status status = GT_OK;
    for (size_t axis = 0; axis < 2 && j->has_both_places && !status; axis++)
        status = add_field(j, (gt_joined_part){GT_FROM_PLACE, axis}, &of_pictures[axis], err);
    return status;
}

gt_status gt_joined_list_fields(gt_joined *j, gt_error *err) {
    gt_status status = GT_OK;
    size_t more = 0, own = j->inner.info->field_count, beyond = 0;
    const char *first = NULL;
    const gt_field *fields = j->catalog ? gt_catalog_fields(j->catalog, &more) : NULL;
    int key = j->matcher ? gt_matcher_key(j->matcher) : GT_JOIN_NONE;
    j->parts = calloc(own + more + 2, sizeof *j->parts);
    j->values = calloc(own + more + 2, sizeof *j->values);
    if (j->parts == NULL || j->values == NULL)
        GT_THROW(err, GT_NO_MEMORY, "out of memory for columns");
    for (size_t i = 0; i < own; i++)
        GT_TRY(
            add_field(j, (gt_joined_part){GT_FROM_FIELD, i}, &j->inner.info->fields[i], err));
    j->takes_ids = key != GT_JOIN_NONE && strcasecmp(fields[key].name, "id") == 0 &&
                   j->known[GT_PLACE_ID].from == GT_FROM_SOURCE &&
                   !gt_joined_name_of(j, (gt_joined_part){GT_FROM_CATALOG, (size_t)key});
    for (size_t i = 0; i < more; i++) {
        const gt_joined_part of = {GT_FROM_CATALOG, i};
        if ((int)i == key && j->takes_ids) continue;
        if (!is_beyond(j, of))
            GT_TRY(add_field(j, of, &fields[i], err));
        else if (beyond++ == 0)
            first = fields[i].name;
    }
    note_beyond(j, beyond, first);
    GT_TRY(add_places(j, err));
done:
    return status;
}

/* Which of the source and a usual column of the catalogue. */
static gt_joined_part choose_part(gt_joined *j, size_t place) {
    bool has_own = j->inner.info->columns & gt_columns[place].bit;
    gt_joined_part own = {has_own ? GT_FROM_SOURCE : GT_FROM_NOWHERE, 0};
    uint64_t row;
    if (has_own && !j->is_beside) return own;
    gt_joined_part usual = find_usual(j, place);
    if (usual.from == GT_FROM_NOWHERE) return own;
    return j->is_beside && gt_joined_misfit(j, place, usual, &row) != NULL ? own : usual;
}

/* Of a catalogue whose positions can be ones; not of pictures that have both already. */
static void choose_places(gt_joined *j) {
    uint64_t row;
    const gt_source_info *own = j->inner.info;
    if (gt_field_find(own->fields, own->field_count, GT_IMAGE_RA) < own->field_count) return;
    gt_joined_part ra = find_usual(j, GT_PLACE_RA), dec = find_usual(j, GT_PLACE_DEC);
    if (j->is_beside || j->known[GT_PLACE_RA].from != GT_FROM_SOURCE ||
        j->known[GT_PLACE_DEC].from != GT_FROM_SOURCE || ra.from != GT_FROM_CATALOG ||
        dec.from != GT_FROM_CATALOG || gt_joined_misfit(j, GT_PLACE_RA, ra, &row) ||
        gt_joined_misfit(j, GT_PLACE_DEC, dec, &row))
        return;
    j->known[GT_PLACE_RA] = ra;
    j->known[GT_PLACE_DEC] = dec;
    j->has_both_places = true;
}

void gt_joined_find_known(gt_joined *j) {
    for (size_t place = 0; place < GT_COLUMN_COUNT; place++) {
        j->known[place] = choose_part(j, place);
        for (size_t i = 0; i < j->names.count; i++)
            if (j->names.list[i].place == (int)place) j->known[place] = j->renamed[i];
    }
    choose_places(j);
}
