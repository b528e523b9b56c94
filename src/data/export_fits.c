/* export_fits.c - all pictures of a set as one image of a FITS file, their columns as a table.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "export_internal.h"
#include "galatea/version.h"

/* ---- images ---- */

static gt_fits_card text_card(const char *key, const char *text, const char *comment) {
    return (gt_fits_card){.key = key, .text = text, .comment = comment};
}

static gt_fits_card real_card(const char *key, double value, const char *comment) {
    return (gt_fits_card){.key = key, .is_real = true, .real = value, .comment = comment};
}

gt_fits_new_image gt_export_image(const gt_export *self, const char *name,
                                  gt_fits_card cards[GT_EXPORT_CARDS]) {
    static _Thread_local char stretch[GT_STRETCH_TEXT], creator[64];
    const gt_dataset_info *info = &self->info;
    bool has_range = gt_range_is_declared(info->range);
    gt_stretch_text(info->range.stretch, stretch);
    snprintf(creator, sizeof creator, "galatea %s", gt_version());
    cards[0] = real_card("BLACK", has_range ? info->range.low : NAN, "value shown as black");
    cards[1] = real_card("WHITE", has_range ? info->range.high : NAN, "value shown as white");
    cards[2] = text_card("STRETCH", has_range ? stretch : NULL, "curve between them");
    cards[3] = text_card("SURVEY", info->survey, NULL);
    cards[4] = text_card("COLLECT", info->collection, "published set of labelled objects");
    cards[5] = text_card("BANDS", info->bands, "of the channels");
    cards[6] = text_card("PREPARED", info->preparation, "what was done to the pictures");
    cards[7] = text_card("MODEL", info->model, NULL);
    cards[8] = text_card("CREATOR", creator, NULL);
    return (gt_fits_new_image){.name = name,
                               .width = info->width,
                               .height = info->height,
                               .channels = info->channels,
                               .is_float = self->is_float,
                               .unit = self->is_float ? info->unit : NULL,
                               .pixel_scale_arcsec = info->pixel_scale_arcsec,
                               .ra = NAN,
                               .dec = NAN,
                               .cards = cards,
                               .card_count = GT_EXPORT_CARDS,
                               .history = info->provenance};
}

gt_fits_new_image gt_export_plane_image(const gt_export *self, unsigned plane) {
    const gt_dataset_info *info = &self->info;
    bool is_mask = plane == GT_PLANE_MASK;
    return (gt_fits_new_image){.name = is_mask ? "MASK" : "IVAR",
                               .width = info->width,
                               .height = info->height,
                               .channels = is_mask ? 1 : info->channels,
                               .is_float = !is_mask,
                               .pixel_scale_arcsec = info->pixel_scale_arcsec,
                               .ra = NAN,
                               .dec = NAN};
}

/* ---- the file ---- */

typedef struct cube {
    gt_fits_writer *file;
    gt_table *table; /* NULL: no columns */
    gt_cell *cells;
    bool has_rows; /* all of them: the same ones follow again */
} cube;

static void discard_cube(gt_export *self) {
    cube *c = self->own;
    gt_fits_writer_discard(c->file);
    gt_table_destroy(c->table);
    free(c->cells);
    free(c);
}

static gt_status begin(gt_export *self, const char *name, gt_error *err) {
    gt_fits_card cards[GT_EXPORT_CARDS];
    const gt_fits_new_image image = gt_export_image(self, name, cards);
    return gt_fits_writer_begin(((cube *)self->own)->file, &image, err);
}

static gt_status next_cube(gt_export *self, const char *name, gt_error *err) {
    ((cube *)self->own)->has_rows = true;
    return begin(self, name, err);
}

static gt_status begin_plane(gt_export *self, unsigned plane, gt_error *err) {
    const gt_fits_new_image image = gt_export_plane_image(self, plane);
    return gt_fits_writer_begin(((cube *)self->own)->file, &image, err);
}

static gt_status append_plane(gt_export *self, const void *values, gt_error *err) {
    return gt_fits_writer_append(((cube *)self->own)->file, values, 1, err);
}

static gt_status create_cube(gt_export *self, gt_error *err) {
    gt_status status = GT_OK;
    cube *c = self->own = calloc(1, sizeof *c);
    if (!c) GT_THROW(err, GT_NO_MEMORY, "out of memory for a FITS file");
    GT_TRY(gt_export_table(&self->info, &c->table, &c->cells, err));
    if (c->table) gt_table_tell_fits_names(c->table, self->path);
    GT_TRY(gt_fits_writer_create(self->path, &c->file, err));
    GT_TRY(begin(self, "PICTURES", err));
done:
    return status;
}

static gt_status append_cube(gt_export *self, const void *values, const gt_dataset_row *rows,
                             size_t count, gt_error *err) {
    gt_status status = GT_OK;
    cube *c = self->own;
    GT_TRY(gt_fits_writer_append(c->file, values, count, err));
    for (size_t i = 0; i < count && c->table && !c->has_rows; i++)
        GT_TRY(gt_export_row(&self->info, &rows[i], c->table, c->cells, err));
done:
    return status;
}

static void note_cube(gt_export *self, const char *name, const char *text) {
    char line[600];
    snprintf(line, sizeof line, "%s: %s", name, text);
    gt_fits_writer_note(((cube *)self->own)->file, line);
}

static gt_status commit_cube(gt_export *self, gt_error *err) {
    gt_status status = GT_OK;
    cube *c = self->own;
    if (c->table) GT_TRY(gt_fits_writer_table(c->file, c->table, "ROWS", err));
    GT_TRY(gt_fits_writer_commit(c->file, err));
done:
    return status;
}

const gt_export_kind gt_export_fits = {.create = create_cube,
                                       .append = append_cube,
                                       .note = note_cube,
                                       .next = next_cube,
                                       .begin_plane = begin_plane,
                                       .append_plane = append_plane,
                                       .planes = GT_EXPORT_PLANES_BEHIND,
                                       .commit = commit_cube,
                                       .discard = discard_cube};
