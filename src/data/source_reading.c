/* source_reading.c - the asking end: blocks of pictures, the next one always on its way. */
#include "source_reading.h"

#include <stdlib.h>
#include <string.h>

#include "columns.h"
#include "picture_list.h"
#include "source_internal.h"

/* Of pictures as a rule; one that is larger gets what it needs. */
static const size_t half_bytes = (size_t)4 << 20;

struct gt_source_reading {
    gt_reader *reader;
    char *path; /* of the request */
    gt_parcel description, block;
    gt_source_info info;
    gt_source_lists lists;
    gt_flat flat;  /* where the present picture lies, if it does */
    float *pixels; /* of one picture, where nothing is shared */
    char *note;    /* the present one; info.note points here */
    size_t left;   /* pictures of the block that were not given yet */
    size_t half;   /* where its pixels are */
    bool is_asked; /* the other half is being filled */
    bool is_at_end;
};

void gt_source_reading_close(gt_source_reading *r) {
    if (r == NULL) return;
    gt_reader_end(r->reader);
    gt_source_lists_free(&r->lists);
    gt_parcel_free(&r->description);
    gt_parcel_free(&r->block);
    free(r->pixels);
    free(r->note);
    free(r->path);
    free(r);
}

/* What was answered is kept; the reader gets the other parcel for its next answer. */
static void keep(gt_parcel *answer, gt_parcel *kept) {
    gt_parcel before = *kept;
    *kept = *answer;
    *answer = before;
}

static gt_status keep_note(gt_source_reading *r, const char *note, gt_error *err) {
    char *copy = note != NULL ? strdup(note) : NULL;
    if (note != NULL && copy == NULL)
        return gt_fail(err, GT_NO_MEMORY, "out of memory for a note");
    free(r->note);
    r->info.note = r->note = copy;
    return GT_OK;
}

/* A list and a catalogue of cut-outs lead to files of any size, and who raised the limits of
 * packed files knows that they hold more than most. */
static bool goes_further(const gt_source_request *request) {
    return request->cut != NULL || request->unpack > 0 || gt_picture_list_is_one(request->path);
}

gt_status gt_source_reading_open(const char *format, const gt_source_request *request,
                                 gt_source_reading **out, gt_error *err) {
    gt_status status = GT_OK;
    gt_parcel *answer, *asked;
    gt_source_reading *r = calloc(1, sizeof *r);
    if (r == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for a source");
    r->path = strdup(request->path);
    if (r->path == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for a source");
    GT_TRY(gt_reader_start("source", request->path, 2 * half_bytes, &r->reader, err));
    if (goes_further(request)) gt_reader_goes_further(r->reader);
    asked = gt_reader_request(r->reader);
    gt_put_count(asked, GT_SOURCE_OPEN);
    gt_put_text(asked, format);
    gt_source_put_request(asked, request);
    GT_TRY(gt_reader_ask(r->reader, &answer, err));
    keep(answer, &r->description);
    gt_source_take_info(&r->description, &r->lists, &r->info);
    if (!gt_parcel_is_spent(&r->description)) GT_TRY(gt_reader_is_wrong(r->reader, err));
    GT_TRY(keep_note(r, r->info.note, err));
    *out = r;
    r = NULL;
done:
    gt_source_reading_close(r);
    return status;
}

void gt_source_reading_glance(const char *path, void (*look)(void *user, const char *name),
                              void *user) {
    gt_reader *reader;
    gt_parcel *answer, *asked;
    if (gt_reader_start("source", path, 0, &reader, NULL) != GT_OK) return;
    asked = gt_reader_request(reader);
    gt_put_count(asked, GT_SOURCE_GLANCE);
    gt_put_text(asked, path);
    bool is_answered = gt_reader_ask(reader, &answer, NULL) == GT_OK;
    for (const char *name; is_answered && (name = gt_take_text(answer)) != NULL;)
        look(user, name);
    gt_reader_end(reader);
}

const gt_source_info *gt_source_reading_info(const gt_source_reading *r) {
    return &r->info;
}

static gt_status ask_for_half(gt_source_reading *r, size_t half, gt_error *err) {
    gt_parcel *asked = gt_reader_request(r->reader);
    gt_put_count(asked, GT_SOURCE_NEXT);
    gt_put_count(asked, half);
    r->is_asked = true;
    return gt_reader_send(r->reader, err);
}

/* A picture larger than half of what is shared. */
static gt_status make_room(gt_source_reading *r, size_t bytes, gt_error *err) {
    size_t size, rounded = bytes / GT_SOURCE_ALIGNED + 1;
    gt_reader_shared(r->reader, &size);
    if (size == 0 || bytes <= size / 2 || rounded > SIZE_MAX / 2 / GT_SOURCE_ALIGNED)
        return gt_reader_is_wrong(r->reader, err);
    return gt_reader_grow(r->reader, 2 * rounded * GT_SOURCE_ALIGNED, err);
}

/* Takes the block that was asked for, and asks for the one behind it. */
static gt_status take_block(gt_source_reading *r, gt_error *err) {
    gt_status status = GT_OK;
    gt_parcel *answer;
    size_t half = 1 - r->half;
    if (!r->is_asked) GT_TRY(ask_for_half(r, half, err));
    r->is_asked = false;
    GT_TRY(gt_reader_receive(r->reader, &answer, err));
    keep(answer, &r->block);
    r->left = (size_t)gt_take_count(&r->block, GT_SOURCE_PICTURES);
    r->is_at_end = gt_take_count(&r->block, true);
    size_t lacking = (size_t)gt_take_count(&r->block, SIZE_MAX);
    GT_TRY(keep_note(r, gt_take_text(&r->block), err));
    bool is_something = r->left > 0 || r->is_at_end || lacking > 0;
    if (r->block.failed || !is_something || (r->left > 0 && r->is_at_end))
        GT_TRY(gt_reader_is_wrong(r->reader, err));
    if (r->left > 0) {
        r->half = half;
        GT_TRY(ask_for_half(r, 1 - half, err));
    } else if (!r->is_at_end) {
        GT_TRY(make_room(r, lacking, err));
    }
done:
    return status;
}

/* Pixels that came with the answer, on a boundary of floats. */
static gt_status take_pixels(gt_source_reading *r, size_t bytes, gt_picture *out,
                             gt_error *err) {
    const void *from = gt_take_bytes(&r->block, bytes);
    if (from == NULL) return gt_reader_is_wrong(r->reader, err);
    float *pixels = realloc(r->pixels, bytes);
    if (pixels == NULL) return gt_fail(err, GT_NO_MEMORY, "out of memory for a picture");
    out->pixels = r->pixels = memcpy(pixels, from, bytes);
    return GT_OK;
}

static gt_status find_pixels(gt_source_reading *r, size_t offset, size_t bytes, gt_picture *out,
                             gt_error *err) {
    size_t size;
    const unsigned char *shared = gt_reader_shared(r->reader, &size);
    if (shared == NULL) return take_pixels(r, bytes, out, err);
    if (offset > size / 2 || offset % GT_SOURCE_ALIGNED != 0 || bytes > size / 2 - offset)
        return gt_reader_is_wrong(r->reader, err);
    out->pixels = (const float *)(const void *)(shared + r->half * (size / 2) + offset);
    return GT_OK;
}

/* Of a picture whose pixels are still in the file that was asked for. */
static gt_status take_place(gt_source_reading *r, gt_picture *out, gt_error *err) {
    const gt_npy_picture *p = &r->flat.picture;
    gt_source_take_flat(&r->block, &r->flat);
    out->flat = &r->flat;
    out->flat_index = gt_take_count(&r->block, INT64_MAX);
    bool fits = !r->block.failed && p->channels == out->channels && p->height == out->height &&
                p->width == out->width && r->info.planes == 0 &&
                gt_flat_lies_in(&r->flat, r->path);
    return fits ? GT_OK : gt_reader_is_wrong(r->reader, err);
}

static gt_status take_picture(gt_source_reading *r, gt_picture *out, gt_error *err) {
    gt_source_take_picture(&r->block, &r->info, &r->lists, out);
    bool is_flat = gt_take_count(&r->block, true);
    if (r->block.failed) return gt_reader_is_wrong(r->reader, err);
    if (is_flat) return take_place(r, out, err);
    size_t offset = (size_t)gt_take_count(&r->block, SIZE_MAX);
    /* the product cannot overflow: checked on taking */
    size_t planes = gt_plane_channels(r->info.planes, out->channels), bytes;
    if (r->block.failed ||
        __builtin_mul_overflow((out->channels + planes) * sizeof *out->pixels,
                               out->height * out->width, &bytes))
        return gt_reader_is_wrong(r->reader, err);
    return find_pixels(r, offset, bytes, out, err);
}

gt_status gt_source_reading_next(gt_source_reading *r, gt_picture *out, bool *more,
                                 gt_error *err) {
    gt_status status = GT_OK;
    while (r->left == 0 && !r->is_at_end) GT_TRY(take_block(r, err));
    *more = r->left > 0;
    if (!*more) goto done;
    GT_TRY(take_picture(r, out, err));
    if (--r->left == 0 && !gt_parcel_is_spent(&r->block))
        GT_TRY(gt_reader_is_wrong(r->reader, err));
done:
    return status;
}
