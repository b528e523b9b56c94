/* export.c - which kind of file, and values in place of bytes that stand for them. */
#include "export_internal.h"

#include <stdlib.h>
#include <string.h>

#include "file.h"

/* ---- a set ---- */

static gt_status create_set(gt_export *self, gt_error *err) {
    gt_dataset_writer *writer = NULL;
    gt_status status = gt_dataset_writer_create(self->path, &self->info, &writer, err);
    self->own = writer;
    return status;
}

static gt_status append_set(gt_export *self, const void *values, const gt_dataset_row *rows,
                            size_t count, gt_error *err) {
    return gt_dataset_writer_append(self->own, values, rows, count, err);
}

static void note_set(gt_export *self, const char *name, const char *text) {
    gt_dataset_writer_note(self->own, name, text);
}

static gt_status commit_set(gt_export *self, gt_error *err) {
    gt_dataset_writer *writer = self->own;
    self->own = NULL;
    return gt_dataset_writer_commit(writer, err);
}

static void discard_set(gt_export *self) {
    gt_dataset_writer_discard(self->own);
}

const gt_export_kind gt_export_set = {.create = create_set,
                                      .append = append_set,
                                      .note = note_set,
                                      .commit = commit_set,
                                      .discard = discard_set,
                                      .planes = GT_EXPORT_PLANES_WITH_ROWS,
                                      .keeps_levels = true};

/* ---- any ---- */

static gt_status choose(gt_export *self, const char *single, gt_error *err) {
    bool is_png = single && strcmp(single, "png") == 0;
    if (single)
        self->kind = is_png ? &gt_export_png_folder : &gt_export_fits_folder;
    else if (gt_file_ending(self->path, "fits|fit") >= 0)
        self->kind = &gt_export_fits;
    else if (gt_file_ending(self->path, "npy") >= 0)
        self->kind = &gt_export_npy;
    else if (gt_file_ending(self->path, "npz") >= 0)
        self->kind = &gt_export_npz;
    else
        self->kind = &gt_export_set;
    bool is_fits = self->kind == &gt_export_fits || self->kind == &gt_export_fits_folder;
    size_t channels = self->info.channels;
    if (is_fits && self->info.kind == GT_DATASET_CODES)
        return gt_fail(err, GT_UNSUPPORTED, "%s: FITS is for pictures, codes go into a .h5",
                       self->path);
    if (is_png && (self->info.kind == GT_DATASET_CODES || (channels != 1 && channels != 3)))
        return gt_fail(err, GT_UNSUPPORTED,
                       "%s: PNG is for pictures of one or three channels, not %zu", self->path,
                       channels);
    return GT_OK;
}

gt_status gt_export_create(const char *path, const gt_dataset_info *info, const char *single,
                           bool as_levels, gt_export **out, gt_error *err) {
    gt_status status = GT_OK;
    gt_export *self = calloc(1, sizeof *self);
    if (!self || !(self->path = strdup(path)))
        GT_THROW(err, GT_NO_MEMORY, "out of memory for a file");
    self->info = *info;
    GT_TRY(gt_dataset_info_check(info, err));
    GT_TRY(choose(self, single, err));
    bool has_values = info->type == GT_PIXEL_U8 && gt_range_is_declared(info->range);
    self->physical = gt_physical_of(info);
    bool is_undone =
        (has_values || self->physical.is_known) && !as_levels && !self->kind->keeps_levels;
    self->is_float = info->type == GT_PIXEL_F32 || is_undone;
    if (is_undone && self->physical.is_known) {
        self->info.unit = self->physical.unit;
        self->info.range = gt_range_undeclared();
    }
    if (is_undone) {
        self->values = malloc(gt_dataset_row_values(info) * sizeof *self->values);
        if (!self->values) GT_THROW(err, GT_NO_MEMORY, "out of memory for a picture");
    }
    GT_TRY(self->kind->create(self, err));
    *out = self;
    self = NULL;
done:
    gt_export_discard(self);
    return status;
}

/* One picture as values, into self->values. */
static void undo(gt_export *self, const unsigned char *stored, const gt_dataset_row *row) {
    size_t count = gt_dataset_row_values(&self->info);
    const gt_physical *physical = &self->physical;
    if (self->info.type == GT_PIXEL_F32) {
        memcpy(self->values, stored, count * sizeof *self->values);
        gt_range_to_levels(physical->range, count, self->values);
    } else {
        for (size_t k = 0; k < count; k++) self->values[k] = stored[k];
    }
    if (physical->is_known)
        gt_physical_from_levels(physical, row ? row->values : NULL, self->values, count);
    else
        gt_range_to_values(self->info.range, count, self->values);
}

gt_status gt_export_append(gt_export *self, const void *values, const gt_dataset_row *rows,
                           size_t count, gt_error *err) {
    gt_status status = GT_OK;
    size_t each = gt_dataset_row_bytes(&self->info);
    const unsigned char *bytes = values;
    if (!self->values) return self->kind->append(self, values, rows, count, err);
    for (size_t i = 0; i < count; i++, bytes += each) {
        undo(self, bytes, rows ? rows + i : NULL);
        GT_TRY(self->kind->append(self, self->values, rows ? rows + i : NULL, 1, err));
    }
done:
    return status;
}

void gt_export_note(gt_export *self, const char *name, const char *text) {
    if (self->kind->note) self->kind->note(self, name, text);
}

gt_status gt_export_next(gt_export *self, const char *name, bool *has_room, gt_error *err) {
    *has_room = self->kind->next != NULL;
    return *has_room ? self->kind->next(self, name, err) : GT_OK;
}

gt_export_place gt_export_planes(const gt_export *self) {
    return self->kind->planes;
}

gt_status gt_export_begin_plane(gt_export *self, unsigned plane, gt_error *err) {
    GT_ASSERT(self->kind->planes == GT_EXPORT_PLANES_BEHIND);
    return self->kind->begin_plane(self, plane, err);
}

gt_status gt_export_append_plane(gt_export *self, const void *values, gt_error *err) {
    return self->kind->append_plane(self, values, err);
}

gt_status gt_export_commit(gt_export *self, gt_error *err) {
    gt_status status = self->kind->commit(self, err);
    gt_export_discard(self);
    return status;
}

void gt_export_discard(gt_export *self) {
    if (!self) return;
    if (self->own) self->kind->discard(self);
    free(self->values);
    free(self->path);
    free(self);
}
