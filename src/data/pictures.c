/* pictures.c - two passes over the files: one for what they have in common, one for pixels. */
#include "pictures.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "archive_reader.h"
#include "fits_image.h"
#include "left_out.h"
#include "picture_kinds.h"
#include "picture_members.h"
#include "text.h"

enum {
    MAX_ID = 4096,
    DEEP_FROM_BYTE = 257, /* 65535 / 255 */
    TYPES = 16
};

/* How many pictures of each type there are. */
typedef struct tally {
    const char *types[TYPES];
    size_t counts[TYPES], type_count;
    size_t deep, shallow; /* pictures of 16 and of 8 bits whose values are scaled, no arrays */
    bool has_other;       /* types that are no bytes */
} tally;

typedef struct reader {
    gt_picture_files files;
    gt_picture_folder folder;
    gt_picture_members *members; /* of an archive; NULL: files lie on disk */
    char *path, *axes, *hdu;
    tally tally;
    size_t next;
    gt_source_info info;
    gt_still still;
    gt_left_out left_out;
    bool is_at_end;
    gt_rounding rounding;
    uint64_t turned; /* pictures */
    char note[1024];
} reader;

void gt_pictures_close(void *self) {
    reader *r = self;
    if (r == NULL) return;
    gt_picture_folder_free(&r->folder);
    gt_picture_members_close(r->members);
    free(r->still.pixels);
    free(r->path);
    free(r->axes);
    free(r->hdu);
    free(r);
}

GT_PRINTF(2, 3)
static void add_note(reader *r, const char *format, ...) {
    size_t used = strlen(r->note), room = sizeof r->note;
    va_list rest;
    va_start(rest, format);
    if (used > 0) used += (size_t)snprintf(r->note + used, room - used, "\n");
    if (used < room) vsnprintf(r->note + used, room - used, format, rest);
    va_end(rest);
    r->info.note = r->note;
}

/* ---- what the pictures have in common ---- */

static void count_type(tally *t, const char *type, bool is_scaled) {
    size_t i = 0;
    while (i < t->type_count && strcmp(t->types[i], type) != 0) i++;
    if (i == t->type_count && i < TYPES) t->types[t->type_count++] = type;
    if (i < TYPES) t->counts[i]++;
    bool is_byte = strcmp(type, "uint8") == 0;
    *(is_byte ? &t->shallow : &t->deep) += is_scaled;
    t->has_other |= !is_byte;
}

static gt_status read_still(reader *r, const gt_picture_file *file, gt_error *err) {
    free(r->still.pixels);
    r->still = (gt_still){0};
    gt_status status = gt_still_read(file, r->files, &r->still, err);
    if (status && r->members != NULL) gt_blame(err, "%s", r->path);
    return status;
}

/* A picture is decoded only where its header leaves open whether it has colour, and none behind
 * the first that has; and where damaged ones go, which shall say nothing of the others. */
static gt_status look_at(reader *r, const gt_picture_file *file, gt_error *err) {
    gt_still_head head;
    gt_status status = gt_still_peek(file, r->files, &head, err);
    if (status && r->members != NULL) gt_blame(err, "%s", r->path);
    if (status) return status;
    bool is_open = head.channels == 0 && r->info.channels < 3;
    if (is_open || r->left_out.is_asked) status = read_still(r, file, err);
    if (status) return status;
    count_type(&r->tally, head.type, head.is_scaled);
    if (is_open) head.channels = r->still.channels;
    if (head.channels > r->info.channels) r->info.channels = head.channels;
    return GT_OK;
}

static void describe_types(reader *r) {
    const tally *t = &r->tally;
    char list[256] = "";
    if (t->deep > 0 && t->shallow > 0)
        add_note(r, "pictures of 16 bits: %zu; all others are widened to 16 bits%s", t->deep,
                 "");
    r->info.type = t->type_count == 1 ? t->types[0] : t->has_other ? "float32" : "uint8";
    if (t->deep > 0 && t->deep + t->shallow == r->folder.count) r->info.type = "uint16";
    r->info.is_bytes = !t->has_other;
    if (t->type_count < 2 || !t->has_other || t->deep + t->shallow == r->folder.count) return;
    for (size_t i = 0; i < t->type_count && strlen(list) < sizeof list - 48; i++)
        snprintf(list + strlen(list), sizeof list - strlen(list), "%s%zu %s", i ? ", " : "",
                 t->counts[i], t->types[i]);
    add_note(r, "pictures of %zu types (%s): values are taken as they are", t->type_count,
             list);
}

/* Of an archive others follow, as far as is known. */
static gt_status stop(const reader *r, gt_status status, const gt_error *why, gt_error *err) {
    size_t files = r->folder.count + (r->members != NULL);
    return gt_left_out_stop(&r->left_out, files, status, why, err);
}

/* The same, and the entry goes where its picture cannot be read and the others are wanted. */
static gt_status look_or_drop(reader *r, const gt_picture_file *file, size_t index,
                              bool *is_dropped, gt_error *err) {
    gt_error why;
    gt_status status = look_at(r, file, &why);
    *is_dropped = status && gt_left_out_takes(&r->left_out, status, &why);
    if (*is_dropped) gt_picture_folder_drop(&r->folder, index);
    return status && !*is_dropped ? stop(r, status, &why, err) : GT_OK;
}

static gt_status check_any_left(const reader *r, gt_error *err) {
    if (r->folder.count > 0 || r->left_out.count == 0) return GT_OK;
    return gt_fail(err, GT_NOT_FOUND, "%s: none of its %zu %s can be read", r->path,
                   r->left_out.count, r->files.name);
}

/* ---- a folder, or one file ---- */

static gt_status file_of(const reader *r, size_t index, gt_picture_file *out, char **path,
                         gt_error *err) {
    *path = gt_picture_folder_path(&r->folder, index);
    if (*path == NULL) return gt_fail(err, GT_NO_MEMORY, "out of memory for a path");
    *out = (gt_picture_file){.path = *path, .axes = r->axes, .hdu = r->hdu};
    return GT_OK;
}

static gt_status open_folder(reader *r, gt_error *err) {
    gt_status status = GT_OK;
    char *path = NULL;
    gt_picture_file file;
    bool is_dropped;
    GT_TRY(gt_picture_folder_list(r->path, r->files, &r->folder, err));
    for (size_t i = 0; i < r->folder.count; i += !is_dropped) {
        GT_TRY(file_of(r, i, &file, &path, err));
        GT_TRY(look_or_drop(r, &file, i, &is_dropped, err));
        free(path);
        path = NULL;
    }
    GT_TRY(check_any_left(r, err));
done:
    free(path);
    return status;
}

/* ---- an archive ---- */

static gt_picture_file file_at(const reader *r, const gt_picture_member *m) {
    return (gt_picture_file){m->name, m->bytes, m->length, r->axes, r->hdu};
}

static gt_status list_members(reader *r, gt_error *err) {
    gt_status status = GT_OK;
    bool is_dropped;
    for (gt_picture_member m;;) {
        GT_TRY(gt_picture_members_next(r->members, &m, err));
        if (m.name == NULL) break;
        gt_picture_file file = file_at(r, &m);
        GT_TRY(gt_picture_folder_add(&r->folder, m.name, err));
        GT_TRY(look_or_drop(r, &file, r->folder.count - 1, &is_dropped, err));
    }
    GT_TRY(check_any_left(r, err));
done:
    return status;
}

static gt_status open_archive(reader *r, uint64_t unpack, gt_error *err) {
    gt_status status = GT_OK;
    char note[GT_PICTURE_MEMBERS_TEXT];
    GT_TRY(gt_picture_members_open(r->path, r->files, unpack, &r->members, err));
    GT_TRY(gt_picture_folder_begin(r->path, r->files, &r->folder, err));
    GT_TRY(list_members(r, err));
    GT_TRY(gt_picture_members_check_any(r->members, err));
    GT_TRY(gt_picture_folder_arrange(&r->folder, err));
    if (*gt_picture_members_note(r->members, note)) add_note(r, "%s", note);
done:
    return status;
}

/* ---- pictures in their order ---- */

static gt_status load_from_archive(reader *r, size_t index, gt_error *err) {
    gt_picture_member m;
    size_t place = r->folder.entries[index].place;
    gt_status status = gt_picture_members_at(r->members, place, &m, err);
    if (status) return status;
    gt_picture_file file = file_at(r, &m);
    return read_still(r, &file, err);
}

static gt_status load(reader *r, size_t index, gt_error *err) {
    char *path = NULL;
    gt_picture_file file;
    if (r->members != NULL) return load_from_archive(r, index, err);
    gt_status status = file_of(r, index, &file, &path, err);
    if (status == GT_OK) status = read_still(r, &file, err);
    free(path);
    return status;
}

static gt_status check_names(reader *r, gt_error *err) {
    for (size_t i = 0; i < r->folder.count; i++) {
        size_t length = strlen(r->folder.entries[i].name);
        if (length > r->info.id_length) r->info.id_length = length;
    }
    if (r->info.id_length <= MAX_ID) return GT_OK;
    return gt_fail(err, GT_UNSUPPORTED, "%s: a name of %zu bytes, expected at most %d", r->path,
                   r->info.id_length, MAX_ID);
}

static bool has_fits(const gt_picture_folder *f) {
    const gt_picture_files fits = {"", GT_FITS_ENDINGS};
    for (size_t i = 0; i < f->count; i++)
        if (gt_picture_files_have(fits, f->entries[i].name)) return true;
    return false;
}

/* An object may lie there twice, as FITS and as JPEG: by name it has the one before it then. */
static void tell_twins(reader *r) {
    const gt_picture_folder *f = &r->folder;
    size_t count = 0, first = 0;
    for (size_t i = 1; i < f->count; i++) {
        const char *name = f->entries[i].name, *before = f->entries[i - 1].name;
        size_t stem = gt_picture_files_stem(gt_picture_kinds, name);
        bool is_twin = stem == gt_picture_files_stem(gt_picture_kinds, before) &&
                       memcmp(name, before, stem) == 0;
        if (is_twin && count++ == 0) first = i;
    }
    if (count > 0)
        add_note(r,
                 "%zu of %zu pictures have the name of another one but for its ending, as "
                 "'%.100s' and '%.100s': where both are one object, a list of files (.txt) "
                 "takes it once",
                 count, f->count, f->entries[first - 1].name, f->entries[first].name);
}

/* More planes than colours have may be pictures as well. */
static void tell_planes(reader *r) {
    static const gt_picture_files arrays = {"", "npy"};
    const char *name = r->folder.entries[0].name;
    if (r->still.channels <= 4 || !gt_picture_files_have(arrays, name)) return;
    add_note(r,
             "%zu planes of an array ('%.200s') are channels of one picture; --format npy, for "
             "a folder, takes each for a picture",
             r->still.channels, name);
}

/* Decodes the first picture; those that fail go where that is wanted. */
static gt_status load_first(reader *r, gt_error *err) {
    gt_error why;
    for (;;) {
        gt_status status = load(r, 0, &why);
        if (!status) return GT_OK;
        if (!gt_left_out_takes(&r->left_out, status, &why)) return stop(r, status, &why, err);
        gt_picture_folder_drop(&r->folder, 0);
        status = check_any_left(r, err);
        if (status) return status;
    }
}

/* What the folders tell, and the sides of the first picture. */
static gt_status describe(reader *r, gt_error *err) {
    const gt_picture_folder *f = &r->folder;
    gt_status status = GT_OK;
    GT_TRY(load_first(r, err));
    r->info.height = r->still.height;
    r->info.width = r->still.width;
    GT_TRY(check_names(r, err));
    if (f->deeper > 0)
        add_note(r, "%zu %s lie deeper than classes and are left out, as '%.200s'", f->deeper,
                 r->files.name, f->deepest);
    if (f->others > 0) add_note(r, GT_PICTURES_LEFT_OUT, f->others, f->other);
    describe_types(r);
    tell_twins(r);
    if (has_fits(f))
        add_note(r,
                 "of FITS files the pixels are taken; --format fits, for %s of them alone, "
                 "takes positions and headers as well",
                 r->members != NULL ? "an archive" : "a folder");
    tell_planes(r);
    r->info.count = f->count;
    r->info.columns = GT_COLUMN_ID | (f->class_count > 0 ? GT_COLUMN_LABEL : 0) |
                      (f->has_splits ? GT_COLUMN_SPLIT : 0);
    r->info.class_names = (const char *const *)f->classes;
    r->info.class_count = f->class_count;
    r->info.pixel_scale_arcsec = NAN;
    r->info.range = gt_range_undeclared();
done:
    return status;
}

gt_status gt_pictures_open(const gt_source_request *request, gt_picture_files files,
                           void **self, gt_error *err) {
    gt_status status = GT_OK;
    reader *r = calloc(1, sizeof *r);
    if (r == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for a folder");
    r->files = files;
    r->left_out.is_asked = request->drops_damaged;
    r->info.channels = 1;
    r->path = strdup(request->path);
    r->axes = strdup(request->axes != NULL ? request->axes : "auto");
    if (request->fits.hdu != NULL) r->hdu = strdup(request->fits.hdu);
    if (r->path == NULL || r->axes == NULL || (request->fits.hdu != NULL && r->hdu == NULL))
        GT_THROW(err, GT_NO_MEMORY, "out of memory for a path");
    if (!gt_picture_files_have(files, r->path) && gt_archive_is_one(r->path)) {
        GT_TRY(open_archive(r, request->unpack, err));
    } else {
        GT_TRY(open_folder(r, err));
    }
    GT_TRY(describe(r, err));
    *self = r;
    r = NULL;
done:
    gt_pictures_close(r);
    return status;
}

const gt_source_info *gt_pictures_describe(const void *self) {
    return &((const reader *)self)->info;
}

/* To the bits of the deepest picture, as PNG itself widens values. */
static void deepen(reader *r) {
    gt_still *still = &r->still;
    size_t values = still->channels * still->height * still->width;
    if (r->tally.deep == 0 || !still->is_scaled || strcmp(still->type, "uint16") == 0) return;
    for (size_t i = 0; i < values; i++) still->pixels[i] *= DEEP_FROM_BYTE;
}

/* The next picture that can be read; *more false behind the last one. */
static gt_status load_next(reader *r, bool *more, gt_error *err) {
    gt_error why;
    for (; (*more = r->next < r->folder.count); r->next++) {
        gt_status status = load(r, r->next, &why);
        if (!status) break;
        if (!gt_left_out_takes(&r->left_out, status, &why)) return stop(r, status, &why, err);
    }
    return GT_OK;
}

static void tell_values(reader *r) {
    char left_out[GT_LEFT_OUT_TEXT], rounded[GT_ROUNDED_TEXT], counted[GT_COUNTED_SIZE];
    if (*gt_left_out_note(&r->left_out, left_out)) add_note(r, "%s", left_out);
    const char *type = r->tally.type_count == 1 ? r->tally.types[0] : "of several types";
    if (r->turned > 0)
        add_note(r, "%s turned as EXIF says they were seen",
                 gt_text_counted(r->turned, "picture", counted));
    if (*gt_rounded_text(r->rounding, "pixel", type, rounded)) add_note(r, "%s", rounded);
}

gt_status gt_pictures_next(void *self, gt_picture *out, bool *more, gt_error *err) {
    reader *r = self;
    gt_status status = load_next(r, more, err);
    if (!status && !*more && !r->is_at_end) tell_values(r);
    r->is_at_end = !status && !*more;
    if (status || !*more) return status;
    r->rounding.rounded += r->still.rounding.rounded;
    r->rounding.faint += r->still.rounding.faint;
    r->turned += r->still.is_turned;
    const gt_picture_entry *now = &r->folder.entries[r->next++];
    deepen(r);
    *out = (gt_picture){.pixels = r->still.pixels,
                        .channels = r->still.channels,
                        .height = r->still.height,
                        .width = r->still.width,
                        .row = gt_dataset_row_default(),
                        .had_alpha = r->still.had_alpha};
    out->row.label = now->label;
    out->row.split = now->split;
    out->row.id = now->name;
    return GT_OK;
}
