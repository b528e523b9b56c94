/* member_window.c - see member_window.h. */
#include "member_window.h"

#include <stdlib.h>
#include <string.h>

/* One that is in memory. */
typedef struct kept {
    size_t place, index; /* in the archive, and among those wanted */
    char *name;
    uint8_t *bytes;
} kept;

struct gt_member_window {
    gt_picture_members *members;
    gt_wanted_member *wanted;
    size_t count, group, room;
    size_t first, end; /* of those wanted: which are in memory */
    kept *kept;        /* (end - first), in order of index */
};

/* The end of what fits together, from `first` on. */
static size_t end_of(const gt_member_window *w, size_t first) {
    size_t end = first;
    for (size_t bytes = 0; end < w->count; end += w->group) {
        for (size_t i = 0; i < w->group; i++) bytes += w->wanted[end + i].length;
        if (bytes > w->room && end > first) break;
    }
    return end;
}

gt_status gt_member_window_open(gt_picture_members *members, const gt_wanted_member *wanted,
                                size_t count, size_t group, size_t room, gt_member_window **out,
                                gt_error *err) {
    gt_status status = GT_OK;
    gt_member_window *w = calloc(1, sizeof *w);
    if (w == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for %zu files", count);
    *w = (gt_member_window){.members = members, .count = count, .group = group, .room = room};
    w->wanted = malloc((count + 1) * sizeof *w->wanted);
    if (w->wanted == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for %zu files", count);
    if (count > 0) memcpy(w->wanted, wanted, count * sizeof *wanted);
    *out = w;
    w = NULL;
done:
    gt_member_window_close(w);
    return status;
}

size_t gt_member_window_passes(const gt_member_window *w) {
    size_t passes = w->count > 0, reached = 0;
    for (size_t first = 0, end; first < w->count; first = end) {
        size_t least = SIZE_MAX, most = 0;
        end = end_of(w, first);
        for (size_t i = first; i < end; i++) {
            size_t place = w->wanted[i].place;
            if (place < least) least = place;
            if (place > most) most = place;
        }
        passes += first > 0 && least < reached;
        reached = most;
    }
    return passes;
}

static void forget(gt_member_window *w) {
    for (size_t i = 0; w->kept != NULL && i < w->end - w->first; i++) {
        free(w->kept[i].name);
        free(w->kept[i].bytes);
    }
    free(w->kept);
    w->kept = NULL;
    w->first = w->end = 0;
}

static int by_place(const void *a, const void *b) {
    const kept *x = a, *y = b;
    return (x->place > y->place) - (x->place < y->place);
}

static int by_index(const void *a, const void *b) {
    const kept *x = a, *y = b;
    return (x->index > y->index) - (x->index < y->index);
}

static gt_status keep(gt_member_window *w, kept *to, gt_error *err) {
    gt_picture_member m;
    size_t expected = w->wanted[to->index].length;
    gt_status status = gt_picture_members_at(w->members, to->place, &m, err);
    if (status) return status;
    if (m.length != expected)
        return gt_fail(err, GT_MISMATCH,
                       "'%s' has %zu bytes, and had %zu before: changed while "
                       "it was read",
                       m.name, m.length, expected);
    to->name = strdup(m.name);
    to->bytes = malloc(m.length + 1);
    if (to->name == NULL || to->bytes == NULL)
        return gt_fail(err, GT_NO_MEMORY, "out of memory for %zu bytes", m.length);
    memcpy(to->bytes, m.bytes, m.length);
    return GT_OK;
}

/* The groups from `first` on, in one pass. */
static gt_status fill(gt_member_window *w, size_t first, gt_error *err) {
    gt_status status = GT_OK;
    forget(w);
    size_t end = end_of(w, first);
    w->kept = calloc(end - first, sizeof *w->kept);
    if (w->kept == NULL)
        GT_THROW(err, GT_NO_MEMORY, "out of memory for %zu files", end - first);
    w->first = first;
    w->end = end;
    for (size_t i = first; i < end; i++)
        w->kept[i - first] = (kept){.place = w->wanted[i].place, .index = i};
    qsort(w->kept, end - first, sizeof *w->kept, by_place);
    for (size_t i = 0; i < end - first; i++) GT_TRY(keep(w, &w->kept[i], err));
    qsort(w->kept, end - first, sizeof *w->kept, by_index);
done:
    if (status) forget(w);
    return status;
}

gt_status gt_member_window_at(gt_member_window *w, size_t index, gt_picture_member *out,
                              gt_error *err) {
    if (index < w->first || index >= w->end) {
        gt_status status = fill(w, index - index % w->group, err);
        if (status) return status;
    }
    const kept *found = &w->kept[index - w->first];
    *out = (gt_picture_member){found->name, found->bytes, w->wanted[index].length};
    return GT_OK;
}

void gt_member_window_close(gt_member_window *w) {
    if (w == NULL) return;
    forget(w);
    free(w->wanted);
    free(w);
}
