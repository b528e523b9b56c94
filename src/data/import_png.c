/* import_png.c - a folder of PNG cut-outs in order of name; what the names of sub-folders say
 * is in picture_folder.h. Ids are the names relative to the folder.
 *
 * Pictures come in one number of channels: three if any of them shows a colour, else one. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "importer.h"
#include "picture_folder.h"
#include "png_read.h"

extern const gt_importer gt_importer_png;

static const gt_picture_files files = {"PNG files", "png"};

enum { MAX_ID = 4096, DEEP_FROM_BYTE = 257 /* 65535 / 255 */ };

typedef struct reader {
    gt_picture_folder folder;
    size_t next;
    gt_source_info info;
    gt_png picture;
    char note[512];
} reader;

static gt_status load_picture(reader *r, size_t index, gt_error *err) {
    char *path = gt_picture_folder_path(&r->folder, index);
    if (path == NULL) return gt_fail(err, GT_NO_MEMORY, "out of memory for a path");
    free(r->picture.pixels);
    r->picture = (gt_png){0};
    gt_status status = gt_png_read(path, &r->picture, err);
    free(path);
    return status;
}

/* ---- looking through the folder ---- */

/* The deepest bits and the most channels of all pictures. A picture is decoded only where its
 * header leaves open whether it has colour, and none behind the first that has. */
static gt_status survey(reader *r, size_t *deep, gt_error *err) {
    gt_status status = GT_OK;
    char *path = NULL;
    r->info.channels = 1;
    for (size_t i = 0; i < r->folder.count; i++) {
        gt_png_head head;
        path = gt_picture_folder_path(&r->folder, i);
        if (path == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for a path");
        GT_TRY(gt_png_peek(path, &head, err));
        free(path);
        path = NULL;
        *deep += head.bits == 16;
        if (!head.may_have_colour || r->info.channels == 3) continue;
        GT_TRY(load_picture(r, i, err));
        r->info.channels = r->picture.channels;
    }
done:
    free(path);
    return status;
}

static void add_note(reader *r, const char *format, size_t count, const char *name) {
    size_t used = strlen(r->note);
    if (used > 0) used += (size_t)snprintf(r->note + used, sizeof r->note - used, "; ");
    snprintf(r->note + used, sizeof r->note - used, format, count, name);
    r->info.note = r->note;
}

static void close_png(void *self) {
    reader *r = self;
    if (r == NULL) return;
    gt_picture_folder_free(&r->folder);
    free(r->picture.pixels);
    free(r);
}

static gt_status open_png(const gt_source_request *request, void **self, gt_error *err) {
    gt_status status = GT_OK;
    size_t deep = 0;
    reader *r = calloc(1, sizeof *r);
    if (r == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for a folder");
    GT_TRY(gt_picture_folder_list(request->path, files, &r->folder, err));
    const gt_picture_folder *f = &r->folder;
    for (size_t i = 0; i < f->count; i++)
        if (strlen(f->entries[i].name) > r->info.id_length)
            r->info.id_length = strlen(f->entries[i].name);
    if (r->info.id_length > MAX_ID)
        GT_THROW(err, GT_UNSUPPORTED, "%s: a name of %zu bytes, expected at most %d",
                 request->path, r->info.id_length, MAX_ID);
    GT_TRY(survey(r, &deep, err));
    GT_TRY(load_picture(r, 0, err));
    if (f->deeper > 0)
        add_note(r, "%zu PNG files lie deeper than classes and are left out, as '%.200s'",
                 f->deeper, f->deepest);
    if (deep > 0 && deep < f->count)
        add_note(r, "pictures of 16 bits: %zu; all others are widened to 16 bits%s", deep, "");
    r->info.count = f->count;
    r->info.height = r->picture.height;
    r->info.width = r->picture.width;
    r->info.type = deep > 0 ? "uint16" : "uint8";
    r->info.is_bytes = deep == 0;
    r->info.columns = GT_COLUMN_ID | (f->class_count > 0 ? GT_COLUMN_LABEL : 0) |
                      (f->has_splits ? GT_COLUMN_SPLIT : 0);
    r->info.class_names = (const char *const *)f->classes;
    r->info.class_count = f->class_count;
    r->info.pixel_scale_arcsec = NAN;
    *self = r;
    r = NULL;
done:
    close_png(r);
    return status;
}

/* ---- reading ---- */

/* To the bits of the deepest picture, as PNG itself widens values. */
static void deepen(reader *r) {
    gt_png *picture = &r->picture;
    size_t values = picture->channels * picture->height * picture->width;
    if (r->info.is_bytes || picture->bits == 16) return;
    for (size_t i = 0; i < values; i++) picture->pixels[i] *= DEEP_FROM_BYTE;
}

static const gt_source_info *describe_png(const void *self) {
    return &((const reader *)self)->info;
}

static gt_status next_png(void *self, gt_picture *out, bool *more, gt_error *err) {
    reader *r = self;
    *more = r->next < r->folder.count;
    if (!*more) return GT_OK;
    gt_status status = load_picture(r, r->next, err);
    if (status) return status;
    const gt_picture_entry *now = &r->folder.entries[r->next++];
    deepen(r);
    *out = (gt_picture){.pixels = r->picture.pixels,
                        .channels = r->picture.channels,
                        .height = r->picture.height,
                        .width = r->picture.width,
                        .row = gt_dataset_row_default(),
                        .had_alpha = r->picture.had_alpha};
    out->row.label = now->label;
    out->row.split = now->split;
    out->row.id = now->name;
    return GT_OK;
}

const gt_importer gt_importer_png = {
    .name = "png",
    .summary = "a folder of PNG cut-outs; sub-folders are classes, or splits of classes",
    .open = open_png,
    .describe = describe_png,
    .next = next_png,
    .close = close_png,
};
