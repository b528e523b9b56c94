/* id_tracker.c - equal ids become neighbours by sorting, by hash first. */
#include "id_tracker.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "columns.h"
#include "hash.h"
#include "text.h"

struct gt_tracked_id {
    uint64_t hash, row;
    size_t text; /* place in the texts */
    uint8_t split;
    bool is_in_folder; /* its text is a path below the folder of its split */
};

static bool make_room(void **block, size_t *room, size_t needed, size_t size) {
    if (needed <= *room) return true;
    size_t more = *room * 2 > needed ? *room * 2 : needed + 1024;
    void *larger = realloc(*block, more * size);
    if (larger == NULL) return false;
    *block = larger;
    *room = more;
    return true;
}

/* Bytes of the folder before an id that is a path below that of its split: train/FRI/J1.png. */
static size_t split_folder(const char *id, uint8_t split) {
    size_t length = strcspn(id, "/");
    return id[length] == '/' && gt_split_of_folder(id) == split ? length + 1 : 0;
}

gt_status gt_id_tracker_add(gt_id_tracker *tracker, const char *id, uint8_t split,
                            gt_error *err) {
    bool is_cut = id != NULL && !tracker->takes_whole_paths;
    size_t row = tracker->count, folder = is_cut ? split_folder(id, split) : 0;
    if (id != NULL) id += folder + strspn(id + folder, " ");
    size_t length = id != NULL ? strlen(id) : 0;
    while (length > 0 && id[length - 1] == ' ') length--; /* blanks around it are none of it */
    if (!make_room((void **)&tracker->ids, &tracker->room, row + 1, sizeof *tracker->ids) ||
        !make_room((void **)&tracker->texts, &tracker->text_room, tracker->used + length + 1,
                   1))
        return gt_fail(err, GT_NO_MEMORY, "out of memory for %zu ids", row + 1);
    tracker->ids[tracker->count++] =
        (gt_tracked_id){gt_hash64(id, length), row, tracker->used, split, folder > 0};
    if (length > 0) memcpy(tracker->texts + tracker->used, id, length);
    tracker->texts[tracker->used + length] = 0;
    tracker->used += length + 1;
    return GT_OK;
}

static int by_id_then_row(const void *a, const void *b, void *texts) {
    const gt_tracked_id *x = a, *y = b;
    if (x->hash != y->hash) return x->hash < y->hash ? -1 : 1;
    int order = strcmp((char *)texts + x->text, (char *)texts + y->text);
    if (order != 0) return order;
    return x->row < y->row ? -1 : x->row > y->row;
}

/* How many such ids there are, and the two rows of the first. */
typedef struct finding {
    uint64_t count;
    const gt_tracked_id *one, *other;
} finding;

static void found(finding *f, const gt_tracked_id *one, const gt_tracked_id *other) {
    if (f->count++ == 0 || one->row < f->one->row) {
        f->one = one;
        f->other = other;
    }
}

/* ids[0 .. count-1] are equal, in order of row. */
static void compare_equal_ids(const gt_tracked_id *ids, size_t count, finding *shared,
                              finding *repeated) {
    const gt_tracked_id *last[GT_SPLIT_COUNT] = {0}, *other = NULL, *twice[2] = {0};
    for (size_t i = 0; i < count; i++) {
        const gt_tracked_id **place = &last[ids[i].split % GT_SPLIT_COUNT];
        if (other == NULL && ids[i].split != ids[0].split) other = &ids[i];
        if (*place != NULL && twice[0] == NULL) {
            twice[0] = *place;
            twice[1] = &ids[i];
        }
        *place = &ids[i];
    }
    if (other != NULL) found(shared, &ids[0], other);
    if (twice[0] != NULL) found(repeated, twice[0], twice[1]);
}

static const char *split_name(const gt_tracked_id *id) {
    return id->split == GT_SPLIT_TRAIN  ? "train"
           : id->split == GT_SPLIT_TEST ? "test"
                                        : "validation";
}

static void find_all(gt_id_tracker *tracker, finding *shared, finding *repeated) {
    const char *texts = tracker->texts;
    if (tracker->count > 0)
        qsort_r(tracker->ids, tracker->count, sizeof *tracker->ids, by_id_then_row,
                tracker->texts);
    for (size_t i = 0, next; i < tracker->count; i = next) {
        const gt_tracked_id *at = &tracker->ids[i];
        next = i + 1;
        while (next < tracker->count && tracker->ids[next].hash == at->hash &&
               strcmp(texts + tracker->ids[next].text, texts + at->text) == 0)
            next++;
        if (texts[at->text] != 0) compare_equal_ids(at, next - i, shared, repeated);
    }
}

gt_shared_id gt_id_tracker_shared(gt_id_tracker *tracker) {
    finding both = {0}, twice = {0};
    find_all(tracker, &both, &twice);
    if (!both.count) return (gt_shared_id){0};
    return (gt_shared_id){
        both.count, {both.one->row, both.other->row}, tracker->texts + both.one->text};
}

void gt_id_tracker_report(gt_id_tracker *tracker, char shared[GT_ID_TEXT],
                          char repeated[GT_ID_TEXT]) {
    finding both = {0}, twice = {0};
    char id[101];
    const char *texts = tracker->texts;
    shared[0] = repeated[0] = 0;
    find_all(tracker, &both, &twice);
    if (both.count > 0)
        snprintf(shared, GT_ID_TEXT,
                 "%s in more than one split: %" PRIu64 " (the first: '%s' in row %" PRIu64
                 ", %s, and row %" PRIu64
                 ", %s); %sa score by objects that were learnt from is worth nothing",
                 both.one->is_in_folder ? "names of files" : "ids", both.count,
                 gt_text_shown(texts + both.one->text, id, sizeof id), both.one->row,
                 split_name(both.one), both.other->row, split_name(both.other),
                 both.one->is_in_folder ? "where they name objects, " : "");
    if (twice.count > 0)
        snprintf(repeated, GT_ID_TEXT,
                 "ids more than once in a split: %" PRIu64 " (the first: '%s' in rows %" PRIu64
                 " and %" PRIu64 ")",
                 twice.count, gt_text_shown(texts + twice.one->text, id, sizeof id),
                 twice.one->row, twice.other->row);
}

void gt_id_tracker_free(gt_id_tracker *tracker) {
    free(tracker->ids);
    free(tracker->texts);
    *tracker = (gt_id_tracker){0};
}

gt_status gt_dataset_shared_ids(gt_dataset *set, char shared[GT_ID_TEXT], gt_error *err) {
    gt_status status = GT_OK;
    gt_id_tracker tracker = {0};
    const gt_dataset_info *info = gt_dataset_describe(set);
    const char *ids;
    const uint8_t *splits;
    char repeated[GT_ID_TEXT];
    shared[0] = 0;
    if (!(info->columns & GT_COLUMN_ID) || !(info->columns & GT_COLUMN_SPLIT)) goto done;
    GT_TRY(gt_dataset_ids(set, &ids, err));
    GT_TRY(gt_dataset_splits(set, &splits, err));
    for (uint64_t i = 0; i < info->count; i++)
        GT_TRY(gt_id_tracker_add(&tracker, ids + i * (info->id_length + 1), splits[i], err));
    gt_id_tracker_report(&tracker, shared, repeated);
done:
    gt_id_tracker_free(&tracker);
    return status;
}
