/* join.c - opens a source with its catalogue, and its pictures one by one. */
#include "join.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "joined.h"
#include "places.h"

static void close_joined(void *self) {
    gt_joined *j = self;
    if (j == NULL) return;
    free(j->path);
    gt_source_close(&j->inner);
    gt_matcher_close(j->matcher);
    gt_catalog_close(j->catalog);
    gt_field_list_free(&j->fields);
    gt_text_set_free(&j->classes);
    free(j->class_names);
    free(j->unnamed);
    free(j->parts);
    free(j->values);
    gt_notes_close(&j->notes);
    free(j);
}

/* ---- opening ---- */

static void describe_result(gt_joined *j) {
    j->info = *j->inner.info;
    for (size_t i = 0; i < GT_COLUMN_COUNT; i++)
        if (j->known[i].from != GT_FROM_NOWHERE) j->info.columns |= gt_columns[i].bit;
    j->info.has_catalog_rows &= !j->is_beside;
    j->info.fields = j->fields.fields;
    j->info.field_count = j->fields.count;
    if (j->known[GT_PLACE_SPLIT].from > GT_FROM_SOURCE) j->info.is_split_by_place = false;
    if (j->known[GT_PLACE_LABEL].from > GT_FROM_SOURCE) {
        j->info.class_names = (const char *const *)j->classes.texts;
        j->info.class_count = j->classes.count;
    }
    if (j->class_names != NULL) {
        j->info.class_names = j->class_names;
        j->info.class_count = j->class_count;
    }
    if (j->known[GT_PLACE_ID].from > GT_FROM_SOURCE) {
        const gt_field *id = gt_joined_field_of(j, j->known[GT_PLACE_ID]);
        size_t own = j->inner.info->columns & GT_COLUMN_ID ? j->inner.info->id_length : 0;
        j->info.id_length = id->type == GT_FIELD_TEXT ? id->length : GT_INTEGER_ID;
        if (j->info.id_length < own) j->info.id_length = own;
    }
}

static void note_known(const gt_joined *j) {
    const char *before = "taken: ";
    for (size_t i = 0; i < GT_COLUMN_COUNT; i++) {
        bool is_place = i == GT_PLACE_RA || i == GT_PLACE_DEC;
        if (j->known[i].from < GT_FROM_FIELD || (is_place && j->has_both_places)) continue;
        const char *name = gt_joined_field_of(j, j->known[i])->name;
        const char *path = gt_joined_path_of(j, j->known[i]);
        bool is_instead = !j->is_beside && j->inner.info->columns & gt_columns[i].bit;
        if (gt_column_is_called(&gt_columns[i], name) && !is_instead) continue;
        fprintf(j->notes.lines, "%s'%s'%s%s as %s%s", before, name, *path ? " of " : "", path,
                gt_columns[i].called, is_instead ? ", in place of that of the pictures" : "");
        before = ", ";
    }
    if (*before == ',') fputc('\n', j->notes.lines);
    for (size_t i = 0; i < GT_COLUMN_COUNT; i++) {
        if (j->known[i].from < GT_FROM_FIELD) continue;
        const gt_field *field = gt_joined_field_of(j, j->known[i]);
        gt_column_tell_unit(i, field->name, gt_joined_path_of(j, j->known[i]), field->unit,
                            j->notes.lines);
    }
    if (j->has_both_places)
        fprintf(j->notes.lines,
                "positions are those of %s, where it has them; those of the pictures are "
                "called " GT_IMAGE_RA " and " GT_IMAGE_DEC "\n",
                gt_catalog_path(j->catalog));
}

/* --on id --column id=Name: the catalogue's own name of the column. */
static gt_join_request by_own_name(const gt_joined *j, const gt_join_request *request) {
    gt_join_request own = *request;
    for (size_t i = 0; own.on != NULL && i < j->names.count; i++)
        if (strcmp(j->names.list[i].name, own.on) == 0 && j->renamed[i].from == GT_FROM_CATALOG)
            own.on = j->names.list[i].old;
    return own;
}

static gt_status open_parts(gt_joined *j, const char *format, const gt_source_request *source,
                            const gt_join_request *request, gt_error *err) {
    gt_status status = GT_OK;
    GT_TRY(gt_source_open(format, source, &j->inner, err));
    if (request->catalog != NULL)
        GT_TRY(
            gt_catalog_open(request->catalog, request->hdu, j->notes.lines, &j->catalog, err));
    GT_TRY(gt_joined_read_names(j, request->columns, err));
    gt_joined_find_known(j);
    GT_TRY(gt_joined_collect_classes(j, format, source, err));
    GT_TRY(gt_joined_check_known(j, err));
    if (j->catalog != NULL) {
        GT_TRY(gt_joined_find_numbered(j, err));
        const gt_join_request own = by_own_name(j, request);
        if (!j->inner.info->has_catalog_rows)
            GT_TRY(gt_matcher_open(j->catalog, &own, j->inner.info,
                                   gt_joined_catalog_field(j, GT_PLACE_RA),
                                   gt_joined_catalog_field(j, GT_PLACE_DEC), &j->matcher, err));
    }
    GT_TRY(gt_joined_list_fields(j, err));
    note_known(j);
    describe_result(j);
done:
    return status;
}

/* ---- pictures ---- */

static const gt_source_info *describe_joined(const void *self) {
    return &((const gt_joined *)self)->info;
}

static gt_field_value value_of(const gt_joined *j, gt_joined_part of, const gt_picture *picture,
                               const uint64_t *row) {
    if (of.from == GT_FROM_PLACE)
        return (gt_field_value){.real = of.index == 0 ? picture->row.ra : picture->row.dec};
    if (of.from == GT_FROM_CATALOG)
        return row != NULL ? gt_catalog_value(j->catalog, *row, of.index)
                           : gt_field_missing(gt_joined_field_of(j, of));
    return picture->values != NULL ? picture->values[of.index]
                                   : gt_field_missing(gt_joined_field_of(j, of));
}

/* What the catalogue does not know the picture may. */
static void compare_places(gt_joined *j, const gt_picture *picture, gt_picture *out) {
    double ra = picture->row.ra, dec = picture->row.dec;
    bool is_known = !isnan(out->row.ra) && !isnan(out->row.dec);
    double apart = is_known ? gt_places_apart(ra, dec, out->row.ra, out->row.dec) : NAN;
    if (!is_known) {
        out->row.ra = ra;
        out->row.dec = dec;
    }
    if (!(apart > j->apart)) return;
    j->apart = apart;
    j->apart_row = j->count;
}

static gt_status put_row(gt_joined *j, const gt_picture *picture, const uint64_t *row,
                         gt_picture *out, gt_error *err) {
    for (size_t place = 0; place < GT_COLUMN_COUNT; place++) {
        gt_joined_part of = j->known[place];
        if (of.from < GT_FROM_FIELD || ((place == GT_PLACE_SPLIT || place == GT_PLACE_ID) &&
                                        of.from == GT_FROM_CATALOG && row == NULL))
            continue; /* the picture keeps its own */
        const char *expected = gt_joined_put(j, place, gt_joined_field_of(j, of),
                                             value_of(j, of, picture, row), &out->row);
        if (expected != NULL)
            return gt_fail(err, GT_BAD_FORMAT,
                           "%s: picture %" PRIu64 ", column '%s': expected %s", j->path,
                           j->count, gt_joined_field_of(j, of)->name, expected);
    }
    if (j->known[GT_PLACE_LABEL].from >= GT_FROM_FIELD) { /* else the source has looked */
        int64_t label = out->row.label;
        gt_unknowns_label(&j->unknowns, j->count, &label);
        out->row.label = (int32_t)label;
    }
    gt_unknowns_position(&j->unknowns, j->count, &out->row.ra, &out->row.dec);
    if (j->has_both_places) compare_places(j, picture, out);
    gt_unknowns_size(&j->unknowns, j->count, &out->row.angular_size);
    for (size_t i = 0; i < j->fields.count; i++)
        j->values[i] = value_of(j, j->parts[i], picture, row);
    out->values = j->values;
    return GT_OK;
}

/* What the source has to tell comes before what the catalogue has. */
static gt_status tell(gt_joined *j, gt_error *err) {
    gt_status status = GT_OK;
    const char *note = j->inner.info->note;
    if (j->is_told) return GT_OK;
    j->is_told = true;
    if (note != NULL)
        fprintf(j->notes.lines, "%s%s", note, note[strlen(note) - 1] == '\n' ? "" : "\n");
    if (j->matcher != NULL) GT_TRY(gt_matcher_tell(j->matcher, j->notes.lines, err));
    if (j->apart > 0)
        fprintf(j->notes.lines,
                "positions of pictures and catalogue are at most %.3g arcsec apart (row "
                "%" PRIu64 ")\n",
                j->apart, j->apart_row);
    gt_unknowns_tell(&j->unknowns, j->notes.lines);
    j->info.note = gt_notes_text(&j->notes);
done:
    return status;
}

static gt_status next_joined(void *self, gt_picture *out, bool *more, gt_error *err) {
    gt_status status = GT_OK;
    gt_joined *j = self;
    gt_picture picture;
    uint64_t row;
    GT_TRY(gt_source_next(&j->inner, &picture, more, err));
    if (!*more) {
        status = tell(j, err);
        goto done;
    }
    bool is_found = j->matcher != NULL && gt_matcher_find(j->matcher, &picture, j->count, &row);
    if (j->inner.info->has_catalog_rows) {
        row = picture.catalog_row;
        is_found = row < gt_catalog_rows(j->catalog);
    }
    *out = picture;
    GT_TRY(put_row(j, &picture, is_found ? &row : NULL, out, err));
    if (is_found && j->takes_ids) out->row.id = gt_matcher_name(j->matcher, row);
    j->count++;
done:
    return status;
}

static const gt_importer joined_importer = {
    .name = "joined", .describe = describe_joined, .next = next_joined, .close = close_joined};

gt_status gt_source_open_joined(const char *format, const gt_source_request *source,
                                const gt_join_request *request, gt_source *out, gt_error *err) {
    gt_status status = GT_OK;
    if (request->catalog == NULL && request->columns == NULL)
        return gt_source_open(format, source, out, err);
    gt_joined *j = calloc(1, sizeof *j);
    if (j == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for a source");
    GT_TRY(gt_notes_open(&j->notes, err));
    j->path = strdup(source->path);
    if (j->path == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for a name");
    GT_TRY(open_parts(j, format, source, request, err));
    j->info.note = gt_notes_text(&j->notes);
    *out = (gt_source){.importer = &joined_importer, .self = j, .info = &j->info};
    j = NULL;
done:
    close_joined(j);
    return status;
}

gt_status gt_source_join_rows(const char *path, gt_source *source, gt_catalog *rows,
                              gt_error *err) {
    gt_status status = GT_OK;
    gt_joined *j = calloc(1, sizeof *j);
    if (j == NULL) gt_catalog_close(rows);
    if (j == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for a source");
    j->catalog = rows;
    j->is_beside = true;
    j->path = strdup(path);
    if (j->path == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for a name");
    GT_TRY(gt_notes_open(&j->notes, err));
    j->inner = *source;
    *source = (gt_source){0};
    gt_joined_find_known(j);
    GT_TRY(gt_joined_collect_classes(j, NULL, NULL, err));
    GT_TRY(gt_joined_find_numbered(j, err));
    GT_TRY(gt_joined_list_fields(j, err));
    note_known(j);
    describe_result(j);
    j->info.note = gt_notes_text(&j->notes);
    *source = (gt_source){.importer = &joined_importer, .self = j, .info = &j->info};
    j = NULL;
done:
    close_joined(j);
    return status;
}
