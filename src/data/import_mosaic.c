/* import_mosaic.c - pictures cut out of mosaics at the positions of a catalogue, whose other
 * columns join.c adds: each picture tells its row. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalog.h"
#include "columns.h"
#include "importer.h"
#include "mosaics.h"
#include "new_names.h"
#include "notes.h"
#include "text.h"
#include "unknowns.h"

extern const gt_importer gt_importer_mosaic;

enum { MOST_SIDE = 8192, SHOWN = 3 };

typedef struct reader {
    gt_mosaics *mosaics;
    gt_catalog *catalog;
    char *catalog_path;
    size_t ra, dec; /* fields of the catalogue */
    size_t side;
    float pad;
    uint64_t *rows; /* info.count of them that the mosaics hold */
    uint64_t next;
    float *pixels;
    gt_field fields[2];
    gt_field_value values[2];
    gt_notes notes;
    gt_source_info info;
} reader;

static void close_mosaic(void *self) {
    reader *r = self;
    if (r == NULL) return;
    gt_mosaics_close(r->mosaics);
    gt_catalog_close(r->catalog);
    gt_notes_close(&r->notes);
    free(r->catalog_path);
    free(r->rows);
    free(r->pixels);
    free(r);
}

/* ---- positions ---- */

static double ra_of(const reader *r, uint64_t row) {
    return gt_catalog_angle(r->catalog, row, r->ra, GT_PLACE_RA);
}

static double dec_of(const reader *r, uint64_t row) {
    return gt_catalog_angle(r->catalog, row, r->dec, GT_PLACE_DEC);
}

static gt_status find_field(const reader *r, const gt_new_names *names, size_t place,
                            size_t *out, gt_error *err) {
    size_t count;
    double factor;
    const char *name = gt_columns[place].called;
    const gt_field *fields = gt_catalog_fields(r->catalog, &count);
    *out = gt_catalog_stand_in(r->catalog, names, place);
    if (*out < count && fields[*out].type != GT_FIELD_TEXT &&
        gt_column_takes_unit(place, fields[*out].unit, &factor))
        return GT_OK;
    for (size_t i = 0; i < names->count; i++)
        if (names->list[i].place == (int)place) name = names->list[i].old;
    return gt_fail(err, GT_USAGE,
                   "%s: no column '%s' of numbers, expected positions in degrees%s",
                   r->catalog_path, name, gt_catalog_hint(r->catalog));
}

static gt_status find_places(reader *r, const char *new_names, gt_error *err) {
    gt_status status = GT_OK;
    gt_new_names names;
    GT_TRY(gt_new_names_read(new_names, &names, err));
    GT_TRY(find_field(r, &names, GT_PLACE_RA, &r->ra, err));
    GT_TRY(find_field(r, &names, GT_PLACE_DEC, &r->dec, err));
done:
    return status;
}

/* The first positions that no mosaic holds. */
static void name_outside(reader *r, uint64_t row, uint64_t outside) {
    char place[GT_CATALOG_PLACE];
    if (outside >= SHOWN) return;
    fprintf(r->notes.lines, "%s, %s: the position %.6f %+.6f lies outside\n", r->catalog_path,
            gt_catalog_place(r->catalog, row, place), ra_of(r, row), dec_of(r, row));
}

static gt_status choose_rows(reader *r, gt_error *err) {
    gt_status status = GT_OK;
    uint64_t count = gt_catalog_rows(r->catalog), outside = 0, unknown = 0;
    gt_unknowns unknowns = {0};
    char text[GT_UNKNOWNS_TEXT];
    if (count == 0) GT_THROW(err, GT_NOT_FOUND, "%s: has no rows", r->catalog_path);
    r->rows = malloc(count * sizeof *r->rows);
    if (r->rows == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for positions");
    for (uint64_t row = 0; row < count; row++) {
        double ra = ra_of(r, row), dec = dec_of(r, row);
        gt_unknowns_position(&unknowns, row, &ra, &dec);
        unknown += isnan(ra) || isnan(dec);
        if (isnan(ra) || isnan(dec)) continue;
        if (gt_mosaics_hold(r->mosaics, ra, dec))
            r->rows[r->info.count++] = row;
        else
            name_outside(r, row, outside++);
    }
    if (outside > 0)
        fprintf(r->notes.lines,
                "%" PRIu64 " of %" PRIu64 " positions of %s lie outside, left out\n", outside,
                count, r->catalog_path);
    const char *no_place = gt_unknowns_positions_text(&unknowns, text);
    if (no_place != NULL) fprintf(r->notes.lines, "%s: %s\n", r->catalog_path, no_place);
    if (unknown > 0)
        fprintf(r->notes.lines, "%" PRIu64 " rows of %s have no position, left out\n", unknown,
                r->catalog_path);
    if (r->info.count == 0)
        GT_THROW(err, GT_NOT_FOUND,
                 "%s: none of its %" PRIu64 " positions lies on the mosaic%s%s",
                 r->catalog_path, count, no_place != NULL ? "; " : "",
                 no_place != NULL ? no_place : "");
done:
    return status;
}

/* ---- opening ---- */

/* "64", or "30arcsec". */
static gt_status read_side(reader *r, const char *text, gt_error *err) {
    char number[GT_NUMBER_SIZE];
    double value = 0, scale = gt_mosaics_describe(r->mosaics)->scale_arcsec;
    size_t length = strcspn(text, "a ");
    bool is_angle = strcmp(text + length + strspn(text + length, " "), "arcsec") == 0;
    bool is_number = length < sizeof number && (is_angle || text[length] == '\0');
    snprintf(number, sizeof number, "%.*s", (int)(length < sizeof number ? length : 0), text);
    is_number = is_number && gt_text_to_real(number, &value, NULL) == GT_OK;
    if (is_angle) value = rint(value / scale);
    if (!is_number || !(value >= 1 && value <= MOST_SIDE) || value != trunc(value))
        return gt_fail(
            err, GT_USAGE,
            "size %s: expected pixels from 1 to %d, or as much as 30arcsec (a pixel has "
            "%.6g)",
            text, MOST_SIDE, scale);
    r->side = (size_t)value;
    return GT_OK;
}

static void describe_source(reader *r) {
    const gt_mosaics_info *m = gt_mosaics_describe(r->mosaics);
    r->info.channels = m->bands;
    r->info.height = r->info.width = r->side;
    r->info.type = m->type;
    r->info.bands = m->band_names;
    r->info.pixel_scale_arcsec = m->scale_arcsec;
    r->info.range = gt_range_undeclared();
    r->info.unit = m->unit;
    r->info.has_catalog_rows = true;
    r->fields[0] = (gt_field){"padded", GT_FIELD_INTEGER,
                              .description = "pixels beyond the edge of the mosaic"};
    r->fields[1] = (gt_field){"mosaic", GT_FIELD_TEXT, m->name_length,
                              .description = "file that the picture was cut out of"};
    r->info.fields = r->fields;
    r->info.field_count = m->images > m->bands ? 2 : 1;
}

/* What there is to tell of its columns join.c tells. */
static gt_status open_catalog(reader *r, const char *hdu, gt_error *err) {
    gt_notes ignored = {0};
    gt_status status = gt_notes_open(&ignored, err);
    if (!status)
        status = gt_catalog_open(r->catalog_path, hdu, ignored.lines, &r->catalog, err);
    gt_notes_close(&ignored);
    return status;
}

static gt_status open_mosaic(const gt_source_request *request, void **self, gt_error *err) {
    gt_status status = GT_OK;
    const gt_cut_settings *cut = request->cut;
    reader *r = calloc(1, sizeof *r);
    if (r == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for mosaics");
    if (cut == NULL) GT_THROW(err, GT_USAGE, "mosaics are for `galatea data cutouts`");
    GT_TRY(gt_notes_open(&r->notes, err));
    r->catalog_path = strdup(cut->catalog);
    if (r->catalog_path == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for mosaics");
    r->pad = (float)cut->pad;
    GT_TRY(gt_mosaics_open(cut->mosaics, cut->mosaic_count, cut->hdu, &r->mosaics, err));
    GT_TRY(read_side(r, cut->size, err));
    GT_TRY(open_catalog(r, cut->catalog_hdu, err));
    GT_TRY(find_places(r, cut->column, err));
    GT_TRY(choose_rows(r, err));
    describe_source(r);
    r->pixels = malloc(r->info.channels * r->side * r->side * sizeof *r->pixels);
    if (r->pixels == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for a picture");
    r->info.note = gt_notes_text(&r->notes);
    *self = r;
    r = NULL;
done:
    close_mosaic(r);
    return status;
}

static const gt_source_info *describe_mosaic(const void *self) {
    return &((const reader *)self)->info;
}

/* ---- pictures ---- */

static gt_status next_mosaic(void *self, gt_picture *out, bool *more, gt_error *err) {
    gt_status status = GT_OK;
    reader *r = self;
    uint64_t padded;
    *more = r->next < r->info.count;
    if (!*more) goto done;
    uint64_t row = r->rows[r->next++];
    GT_TRY(gt_mosaics_cut(r->mosaics, ra_of(r, row), dec_of(r, row), r->side, r->pad, r->pixels,
                          &padded, &r->values[1].text, err));
    r->values[0].integer = (int64_t)padded;
    *out = (gt_picture){.pixels = r->pixels,
                        .channels = r->info.channels,
                        .height = r->side,
                        .width = r->side,
                        .row = gt_dataset_row_default(),
                        .values = r->values,
                        .catalog_row = row};
done:
    return status;
}

const gt_importer gt_importer_mosaic = {
    .name = "mosaic",
    .summary = "parts of FITS mosaics at a catalogue's positions",
    .open = open_mosaic,
    .describe = describe_mosaic,
    .next = next_mosaic,
    .close = close_mosaic,
};
