/* joined.h - a source with a catalogue behind it: what it is made of, and the steps of its
 * opening (join.c strings them together), one file each.
 */
#ifndef GALATEA_DATA_JOINED_H
#define GALATEA_DATA_JOINED_H

#include <stdio.h>

#include "catalog.h"
#include "columns.h"
#include "fields.h"
#include "importer.h"
#include "join_match.h"
#include "new_names.h"
#include "notes.h"
#include "text_set.h"
#include "unknowns.h"

enum { GT_INTEGER_ID = 24 };

/* Where values of a column come from. */
typedef enum gt_joined_origin {
    GT_FROM_NOWHERE,
    GT_FROM_SOURCE,
    GT_FROM_FIELD,
    GT_FROM_CATALOG,
    GT_FROM_PLACE /* 0, 1: right ascension and declination of the source's pictures */
} gt_joined_origin;

typedef struct gt_joined_part {
    gt_joined_origin from;
    size_t index; /* a field of the source, or one of the catalogue */
} gt_joined_part;

typedef struct gt_joined {
    char *path; /* of the source */
    gt_source inner;
    gt_catalog *catalog; /* NULL: none */
    bool is_beside;      /* the catalogue's rows are the pictures */
    gt_matcher *matcher;
    gt_new_names names;
    gt_joined_part
        renamed[GT_NEW_NAMES_MOST]; /* names.count of them: what is to be called so */
    gt_joined_part known[GT_COLUMN_COUNT];
    bool takes_ids;       /* the catalogue's, which pictures may have by the names of files */
    bool has_both_places; /* positions are the catalogue's, the pictures' stand beside them */
    uint64_t apart_row;   /* the picture furthest from its position in the catalogue, */
    double apart;         /* in arcsec */
    gt_field_list fields;
    gt_joined_part *parts; /* fields.count of them */
    gt_field_value *values;
    gt_text_set classes;      /* of labels that are texts */
    gt_joined_part numbered;  /* texts that name the classes of labels that are numbers */
    const char **class_names; /* of these, by number; NULL: none */
    size_t class_count;
    char (*unnamed)[GT_INTEGER_ID]; /* of numbers that no row has */
    char id[GT_INTEGER_ID];
    gt_unknowns unknowns;
    uint64_t count; /* pictures so far */
    bool is_told;
    gt_source_info info;
    gt_notes notes;
} gt_joined;

/* A field of the catalogue, or of the source. */
static inline const gt_field *gt_joined_field_of(const gt_joined *j, gt_joined_part of) {
    size_t count;
    if (of.from == GT_FROM_CATALOG) return &gt_catalog_fields(j->catalog, &count)[of.index];
    return &j->inner.info->fields[of.index];
}

/* ---- New names, joined_names.c ---- */

/* "label=ans,z=Z_PHOT"; NULL: none. GT_USAGE for a column that is not there or named twice. */
GT_MUST_CHECK gt_status gt_joined_read_names(gt_joined *j, const char *text, gt_error *err);

/* The new name that a column was given, NULL without one. */
const gt_new_name *gt_joined_name_of(const gt_joined *j, gt_joined_part of);

/* ---- Where columns come from, joined_columns.c ---- */

/* The catalogue that it is a column of; "" for the pictures' own file. */
const char *gt_joined_path_of(const gt_joined *j, gt_joined_part of);

/* The catalogue's field of a known column, GT_JOIN_NONE where it has none. */
int gt_joined_catalog_field(const gt_joined *j, size_t place);

/* Chooses among source and catalogue for every known column; new names stand above both. Of
 * what both have the source's is taken, but of positions the catalogue's: it speaks of the
 * objects, and the pictures of their middle. */
void gt_joined_find_known(gt_joined *j);

/* All other columns, as fields of the result. */
GT_MUST_CHECK gt_status gt_joined_list_fields(gt_joined *j, gt_error *err);

/* ---- Values that must mean something, joined_values.c ---- */

/* Puts the value of a known column into the row; else returns what was expected of it. */
const char *gt_joined_put(gt_joined *j, size_t place, const gt_field *field,
                          gt_field_value value, gt_dataset_row *row);

/* What is expected of a row of the catalogue that cannot be this column; NULL: all can. Of
 * positions some may be unknown (unknowns.h), but not all beyond the sphere. */
const char *gt_joined_misfit(gt_joined *j, size_t place, gt_joined_part of, uint64_t *row);

/* GT_BAD_FORMAT, with line and column, for a value of the catalogue that cannot be;
 * GT_MISMATCH for a position or a size in a unit of other things. */
GT_MUST_CHECK gt_status gt_joined_check_known(gt_joined *j, gt_error *err);

/* ---- Names of classes, joined_classes.c ---- */

/* The texts of labels; those of the source's pictures are read from a second opening of it. */
GT_MUST_CHECK gt_status gt_joined_collect_classes(gt_joined *j, const char *format,
                                                  const gt_source_request *request,
                                                  gt_error *err);

/* Labels as numbers, and a column "class" beside them, as in tables of Galatea. */
GT_MUST_CHECK gt_status gt_joined_find_numbered(gt_joined *j, gt_error *err);

#endif
