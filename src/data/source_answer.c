/* source_answer.c - the reader's end of source_reading.h: an importer, and its pictures laid
 * into shared memory. */
#include <stdlib.h>
#include <string.h>

#include "columns.h"
#include "picture_members.h"
#include "source_internal.h"

/* Of what is told of pictures in one answer, before the last. */
static const size_t most_bytes = (size_t)16 << 20;

typedef struct answering {
    const gt_importer *importer;
    void *self;
    char *path;         /* of the request */
    gt_source here;     /* for pixels that are read here though they lie flat */
    gt_picture picture; /* that found no room yet */
    bool has_picture, is_at_end;
    gt_status failed; /* behind the pictures given so far */
    gt_error why;
} answering;

static gt_status answer_open(gt_importer_finder *find, void **state, gt_parcel *request,
                             gt_parcel *answer, gt_error *err) {
    gt_status status = GT_OK;
    gt_source_request wanted;
    gt_cut_settings cut = {0};
    answering *a = calloc(1, sizeof *a);
    if (a == NULL) return gt_fail(err, GT_NO_MEMORY, "out of memory for an importer");
    *state = a;
    const char *format = gt_take_text(request);
    gt_source_take_request(request, &wanted, &cut);
    if (request->failed) GT_THROW(err, GT_NO_MEMORY, "out of memory for a request");
    a->path = strdup(wanted.path);
    if (a->path == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for a path");
    GT_TRY(find(format, &a->importer, err));
    GT_TRY(a->importer->open(&wanted, &a->self, err));
    gt_source_put_info(answer, a->importer->describe(a->self));
done:
    free((void *)(uintptr_t)cut.mosaics);
    return status;
}

/* The next picture is a->picture, or a->has_picture stays false: end, or failure. Who asks
 * reads only files that it named, or a folder. */
static void advance(answering *a) {
    bool more = false;
    a->failed = a->importer->next(a->self, &a->picture, &more, &a->why);
    bool is_elsewhere = !a->failed && more && a->picture.pixels == NULL &&
                        !gt_flat_lies_in(a->picture.flat, a->path);
    if (is_elsewhere) a->failed = gt_source_pixels(&a->here, &a->picture, &a->why);
    a->has_picture = !a->failed && more;
    a->is_at_end = !a->failed && !more;
}

/* Those of the present picture, with its planes; none where it lies flat. */
static size_t bytes_of(const answering *a) {
    const gt_picture *p = &a->picture;
    if (p->pixels == NULL) return 0;
    size_t planes = gt_plane_channels(a->importer->describe(a->self)->planes, p->channels);
    return (p->channels + planes) * p->height * p->width * sizeof *p->pixels;
}

/* Where pictures go: room[size], or, where there is none, the answer itself. */
typedef struct place {
    unsigned char *room;
    size_t size, used;
    gt_parcel *pictures;
} place;

static bool has_room(const place *p, size_t bytes) {
    return p->room == NULL || bytes <= p->size - p->used;
}

static void lay(answering *a, place *p) {
    size_t bytes = bytes_of(a), step = GT_SOURCE_ALIGNED;
    bool is_flat = a->picture.pixels == NULL;
    gt_source_put_picture(p->pictures, &a->picture, a->importer->describe(a->self));
    gt_put_count(p->pictures, is_flat);
    a->has_picture = false;
    if (is_flat) {
        gt_source_put_flat(p->pictures, a->picture.flat);
        gt_put_count(p->pictures, a->picture.flat_index);
        return;
    }
    gt_put_count(p->pictures, p->used);
    if (p->room == NULL) {
        gt_put_bytes(p->pictures, a->picture.pixels, bytes);
        return;
    }
    memcpy(p->room + p->used, a->picture.pixels, bytes);
    p->used += (bytes + step - 1) / step * step;
    if (p->used > p->size) p->used = p->size;
}

/* Pictures until the place is full. Returns their number. */
static size_t fill(answering *a, place *p) {
    size_t count = 0;
    while (count < GT_SOURCE_PICTURES && p->pictures->size < most_bytes) {
        if (!a->has_picture && !a->is_at_end && !a->failed) advance(a);
        if (!a->has_picture || !has_room(p, bytes_of(a))) break;
        lay(a, p);
        count++;
    }
    return count;
}

static gt_status answer_next(answering *a, gt_parcel *request, gt_parcel *answer,
                             gt_error *err) {
    static gt_parcel pictures;
    size_t size, half = (size_t)gt_take_count(request, 1);
    unsigned char *shared = gt_reader_shared_here(&size);
    if (a == NULL) return gt_fail(err, GT_BAD_ARGUMENT, "pictures of nothing");
    gt_parcel_clear(&pictures);
    place to = {.size = size / 2, .pictures = &pictures};
    if (shared != NULL) to.room = shared + half * (size / 2);
    size_t count = fill(a, &to);
    if (count == 0 && a->failed) return gt_fail(err, a->failed, "%s", a->why.text);
    gt_put_count(answer, count);
    gt_put_count(answer, count == 0 && a->is_at_end);
    gt_put_count(answer, count == 0 && a->has_picture ? bytes_of(a) : 0);
    gt_put_text(answer, a->importer->describe(a->self)->note);
    gt_put_bytes(answer, pictures.bytes, pictures.size);
    answer->failed = answer->failed || pictures.failed;
    return GT_OK;
}

static void put_name(void *user, const char *name) {
    gt_put_text(user, name);
}

/* Names up to an absent one. */
static gt_status answer_glance(gt_parcel *request, gt_parcel *answer, gt_error *err) {
    const char *path = gt_take_text(request);
    if (path == NULL) return gt_fail(err, GT_BAD_ARGUMENT, "an archive without a name");
    gt_picture_members_glance(path, put_name, answer);
    gt_put_text(answer, NULL);
    return GT_OK;
}

gt_status gt_source_answer(gt_importer_finder *find, void **state, gt_parcel *request,
                           gt_parcel *answer, gt_error *err) {
    switch (gt_take_count(request, GT_SOURCE_GLANCE)) {
    case GT_SOURCE_OPEN:
        return answer_open(find, state, request, answer, err);
    case GT_SOURCE_NEXT:
        return answer_next(*state, request, answer, err);
    default:
        return answer_glance(request, answer, err);
    }
}
