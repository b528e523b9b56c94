/* export_folder.c - a file for each picture; the folder appears when all are there. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "export_internal.h"
#include "fields.h"
#include "outfolder.h"
#include "picture_kinds.h"
#include "png_write.h"

enum { NAME = 96, MOST_STEM = 60 };

typedef struct folder {
    gt_outfolder *place;
    uint64_t count;
    unsigned char *pixels; /* of a PNG */
    float *levels;
} folder;

static void discard_folder(gt_export *self) {
    folder *f = self->own;
    gt_outfolder_discard(f->place);
    free(f->pixels);
    free(f->levels);
    free(f);
}

static gt_status create_folder(gt_export *self, gt_error *err) {
    gt_status status = GT_OK;
    size_t values = gt_dataset_row_values(&self->info);
    folder *f = self->own = calloc(1, sizeof *f);
    if (!f || !(f->pixels = malloc(values)) || !(f->levels = malloc(values * sizeof(float))))
        GT_THROW(err, GT_NO_MEMORY, "out of memory for a picture");
    GT_TRY(gt_outfolder_open(self->path, &f->place, err));
done:
    return status;
}

/* An id, which may be the name of a picture's file, of letters, digits and some signs, with '_'
 * for others; the number before it keeps names apart and files in order. */
static void name_picture(const gt_export *self, const gt_dataset_row *row, const char *ending,
                         char out[NAME]) {
    const folder *f = self->own;
    bool has_id = row && (self->info.columns & GT_COLUMN_ID) && row->id && *row->id;
    size_t stem = has_id ? gt_picture_files_stem(gt_picture_kinds, row->id) : 0;
    snprintf(out, NAME, "%06llu%s%.*s%s", (unsigned long long)f->count, has_id ? "_" : "",
             stem < MOST_STEM ? (int)stem : MOST_STEM, has_id ? row->id : "", ending);
    for (char *at = out; *at; at++)
        if (!strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-+.", *at))
            *at = '_';
}

/* ---- FITS ---- */

/* A number of the row by the name of its column; NaN: there is none. */
static double number_of(const gt_dataset_info *info, const gt_dataset_row *row,
                        const char *name) {
    size_t at = gt_field_find(info->fields, info->field_count, name);
    if (at == info->field_count || !row->values) return NAN;
    if (info->fields[at].type == GT_FIELD_REAL) return row->values[at].real;
    bool is_there = info->fields[at].type == GT_FIELD_INTEGER &&
                    row->values[at].integer != GT_FIELD_NO_INTEGER;
    return is_there ? (double)row->values[at].integer : NAN;
}

/* The middle of the picture: that of its object, where nothing else is told. */
static void find_middle(const gt_dataset_info *info, const gt_dataset_row *row,
                        double place[2]) {
    double ra = number_of(info, row, GT_IMAGE_RA), dec = number_of(info, row, GT_IMAGE_DEC);
    bool is_told = isfinite(ra) && isfinite(dec);
    place[0] = is_told ? ra : row->ra;
    place[1] = is_told ? dec : row->dec;
}

/* Where the picture lies on the sky, and how, if that is known and it was not turned since. */
static void put_place(const gt_export *self, const gt_dataset_row *row, const double place[2],
                      gt_fits_new_image *image) {
    const gt_dataset_info *info = &self->info;
    double north = number_of(info, row, "north_angle");
    bool is_turned = info->preparation && strstr(info->preparation, "principal");
    if (!isfinite(north) || is_turned) return;
    image->ra = place[0];
    image->dec = place[1];
    image->north = north;
    image->is_mirrored = number_of(info, row, "is_mirrored") > 0;
}

/* Planes stand in images of their own behind the picture. */
static gt_status write_planes(const gt_export *self, gt_fits_writer *file,
                              const gt_dataset_row *row, gt_error *err) {
    gt_status status = GT_OK;
    const void *const planes[] = {row->mask, row->ivar};
    for (unsigned i = 0; i < 2; i++) {
        if (!(self->info.planes & 1u << i) || !planes[i]) continue;
        gt_fits_new_image image = gt_export_plane_image(self, 1u << i);
        image.is_one = true;
        GT_TRY(gt_fits_writer_begin(file, &image, err));
        GT_TRY(gt_fits_writer_append(file, planes[i], 1, err));
    }
done:
    return status;
}

static gt_status write_fits(gt_export *self, const char *path, const void *values,
                            const gt_dataset_row *row, gt_error *err) {
    gt_status status = GT_OK;
    gt_fits_writer *file = NULL;
    gt_table *table = NULL;
    gt_fits_card cards[GT_EXPORT_CARDS + 4];
    gt_cell *cells = NULL;
    gt_fits_new_image image = gt_export_image(self, "PICTURE", cards);
    bool has_place =
        row && (self->info.columns & GT_COLUMN_RA) && (self->info.columns & GT_COLUMN_DEC);
    image.is_one = true;
    if (row && row->id && (self->info.columns & GT_COLUMN_ID))
        cards[image.card_count++] = (gt_fits_card){.key = "OBJECT", .text = row->id};
    if (has_place) {
        double place[2];
        find_middle(&self->info, row, place);
        put_place(self, row, place, &image);
        cards[image.card_count++] = (gt_fits_card){
            .key = "RA", .is_real = true, .real = place[0], .comment = "deg, of the centre"};
        cards[image.card_count++] = (gt_fits_card){
            .key = "DEC", .is_real = true, .real = place[1], .comment = "deg, of the centre"};
    }
    GT_TRY(gt_fits_writer_create(path, &file, err));
    GT_TRY(gt_fits_writer_begin(file, &image, err));
    GT_TRY(gt_fits_writer_append(file, values, 1, err));
    if (row) GT_TRY(write_planes(self, file, row, err));
    if (row) GT_TRY(gt_export_table(&self->info, &table, &cells, err));
    if (table && ((folder *)self->own)->count == 0) gt_table_tell_fits_names(table, self->path);
    if (table) {
        GT_TRY(gt_export_row(&self->info, row, table, cells, err));
        GT_TRY(gt_fits_writer_table(file, table, "ROWS", err));
    }
    GT_TRY(gt_fits_writer_commit(file, err));
done:
    gt_fits_writer_discard(file);
    gt_table_destroy(table);
    free(cells);
    return status;
}

/* ---- PNG ---- */

/* Levels, with the channels of a pixel side by side. */
static gt_status write_png(gt_export *self, const char *path, const void *values,
                           const gt_dataset_row *row, gt_error *err) {
    (void)row;
    folder *f = self->own;
    const gt_dataset_info *info = &self->info;
    size_t plane = info->height * info->width, all = plane * info->channels;
    if (self->is_float) {
        memcpy(f->levels, values, all * sizeof *f->levels);
        gt_range_to_levels(info->range, all, f->levels);
    }
    for (size_t i = 0; i < all; i++) {
        float level = self->is_float ? f->levels[i] : ((const unsigned char *)values)[i];
        f->pixels[i % plane * info->channels + i / plane] =
            (unsigned char)rintf(fminf(fmaxf(level, 0), 255));
    }
    return gt_png_write(path, info->width, info->height, info->channels, f->pixels,
                        info->provenance, err);
}

/* ---- both ---- */

static gt_status append_files(gt_export *self, const void *values, const gt_dataset_row *rows,
                              size_t count, gt_error *err) {
    gt_status status = GT_OK;
    folder *f = self->own;
    bool is_png = self->kind == &gt_export_png_folder;
    size_t each = gt_dataset_row_values(&self->info) * (self->is_float ? sizeof(float) : 1);
    for (size_t i = 0; i < count; i++, f->count++) {
        const unsigned char *own = (const unsigned char *)values + i * each;
        const gt_dataset_row *row = rows ? rows + i : NULL;
        char name[NAME], path[4096];
        name_picture(self, row, is_png ? ".png" : ".fits", name);
        if (snprintf(path, sizeof path, "%s/%s", gt_outfolder_path(f->place), name) >=
            (int)sizeof path)
            GT_THROW(err, GT_USAGE, "%s: a name that is too long", self->path);
        GT_TRY((is_png ? write_png : write_fits)(self, path, own, row, err));
    }
done:
    return status;
}

static gt_status commit_folder(gt_export *self, gt_error *err) {
    folder *f = self->own;
    return gt_outfolder_commit(f->place, err);
}

const gt_export_kind gt_export_fits_folder = {.create = create_folder,
                                              .append = append_files,
                                              .planes = GT_EXPORT_PLANES_WITH_ROWS,
                                              .commit = commit_folder,
                                              .discard = discard_folder};
const gt_export_kind gt_export_png_folder = {.create = create_folder,
                                             .append = append_files,
                                             .commit = commit_folder,
                                             .discard = discard_folder,
                                             .keeps_levels = true};
