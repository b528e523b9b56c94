/* merge_classes.c - see merge_classes.h. */
#include "merge_classes.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"
#include "text_set.h"

enum { CLASSES_SHOWN = 20, SETS_SHOWN = 4 };

static size_t find(const char *const *names, size_t count, const char *name) {
    size_t at = 0;
    while (at < count && strcmp(names[at], name) != 0) at++;
    return at;
}

static bool is_labelled(const gt_merge_plan *p, size_t set) {
    return gt_dataset_describe(p->sets[set])->columns & GT_COLUMN_LABEL;
}

static bool have_same_classes(const gt_dataset_info *a, const gt_dataset_info *b) {
    bool same = a->class_count == b->class_count;
    for (size_t i = 0; same && i < a->class_count; i++)
        same = strcmp(a->class_names[i], b->class_names[i]) == 0;
    return same;
}

static void leave_out(gt_merge_plan *p) {
    p->info.columns &= ~(unsigned)GT_COLUMN_LABEL;
    p->info.class_names = NULL;
    p->info.class_count = 0;
}

/* The first labelled set, and the first after it whose classes are others; count: none is. */
static void find_other(const gt_merge_plan *p, size_t *first, size_t *other) {
    *first = 0;
    while (*first < p->count && !is_labelled(p, *first)) ++*first;
    for (*other = *first; *other < p->count; ++*other)
        if (is_labelled(p, *other) && !have_same_classes(gt_dataset_describe(p->sets[*first]),
                                                         gt_dataset_describe(p->sets[*other])))
            return;
}

/* A labelled set that does not name its classes; count: all do. */
static size_t find_nameless(const gt_merge_plan *p) {
    size_t set = 0;
    while (set < p->count &&
           !(is_labelled(p, set) && gt_dataset_describe(p->sets[set])->class_count == 0))
        set++;
    return set;
}

static gt_status unite(gt_merge_plan *p, gt_error *err) {
    size_t most = 0;
    for (size_t i = 0; i < p->count; i++) most += gt_dataset_describe(p->sets[i])->class_count;
    p->class_names = calloc(most + 1, sizeof *p->class_names);
    if (p->class_names == NULL) return gt_fail(err, GT_NO_MEMORY, "out of memory for classes");
    p->info.class_names = p->class_names;
    p->info.class_count = 0;
    for (size_t i = 0; i < p->count; i++) {
        const gt_dataset_info *of = gt_dataset_describe(p->sets[i]);
        for (size_t k = 0; k < of->class_count && is_labelled(p, i); k++) {
            size_t at = find(p->class_names, p->info.class_count, of->class_names[k]);
            if (at == p->info.class_count)
                p->class_names[p->info.class_count++] = of->class_names[k];
        }
    }
    return GT_OK;
}

/* rows[class * sets + set] of the result, and of each set those whose number has no name. */
static gt_status count_rows(const gt_merge_plan *p, uint64_t *rows, uint64_t *nameless,
                            gt_error *err) {
    gt_status status = GT_OK;
    uint64_t seen = 0;
    for (size_t i = 0; i < p->count; i++) {
        const gt_dataset_info *of = gt_dataset_describe(p->sets[i]);
        const int32_t *labels = NULL;
        if (is_labelled(p, i)) GT_TRY(gt_dataset_labels(p->sets[i], &labels, err));
        for (uint64_t r = 0; r < of->count; r++, seen++) {
            if (labels == NULL || labels[r] < 0 || (p->is_left_out && p->is_left_out[seen]))
                continue;
            int32_t label = gt_merge_label(p, of, labels[r]);
            ++*(label < 0 ? nameless : &rows[(size_t)label * p->count + i]);
        }
    }
done:
    return status;
}

/* "FRI 20 + 31, FRII 25 + 0": rows of each set, or, of many, of all. */
static void note_rows(const gt_merge_plan *p, const uint64_t *rows) {
    size_t shown = p->info.class_count < CLASSES_SHOWN ? p->info.class_count : CLASSES_SHOWN;
    char more[GT_COUNTED_SIZE];
    for (size_t c = 0; c < shown; c++) {
        uint64_t sum = 0;
        fprintf(p->notes, "%s%s", c ? ", " : "", p->info.class_names[c]);
        for (size_t i = 0; i < p->count; i++) {
            uint64_t own = rows[c * p->count + i];
            sum += own;
            if (p->count <= SETS_SHOWN) fprintf(p->notes, "%s%" PRIu64, i ? " + " : " ", own);
        }
        if (p->count > SETS_SHOWN) fprintf(p->notes, " %" PRIu64, sum);
    }
    if (shown < p->info.class_count)
        fprintf(p->notes, ", and %s",
                gt_text_counted(p->info.class_count - shown, "further class", more));
    fputc('\n', p->notes);
}

static gt_status unite_and_tell(gt_merge_plan *p, size_t first, size_t other, gt_error *err) {
    gt_status status = GT_OK;
    uint64_t *rows = NULL, nameless = 0;
    GT_TRY(unite(p, err));
    if (p->info.class_count > GT_CLASSES_MOST) {
        fprintf(p->notes, "labels are left out: the sets have %zu classes, more than %d\n",
                p->info.class_count, GT_CLASSES_MOST);
        leave_out(p);
        goto done;
    }
    rows = calloc(p->info.class_count * p->count + 1, sizeof *rows);
    if (rows == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for classes");
    GT_TRY(count_rows(p, rows, &nameless, err));
    fprintf(p->notes, "%s and %s have other classes, labels go by their names: ",
            gt_dataset_path(p->sets[first]), gt_dataset_path(p->sets[other]));
    note_rows(p, rows);
    if (nameless > 0)
        fprintf(p->notes, "labels without the name of a class are left out: %" PRIu64 "\n",
                nameless);
done:
    free(rows);
    return status;
}

gt_status gt_merge_classes(gt_merge_plan *p, gt_error *err) {
    size_t first, other, nameless = find_nameless(p);
    if (!(p->info.columns & GT_COLUMN_LABEL)) {
        leave_out(p);
        return GT_OK;
    }
    find_other(p, &first, &other);
    p->info.class_names = gt_dataset_describe(p->sets[first])->class_names;
    p->info.class_count = gt_dataset_describe(p->sets[first])->class_count;
    if (other == p->count) return GT_OK;
    if (nameless == p->count) return unite_and_tell(p, first, other, err);
    fprintf(p->notes, "labels are left out: %s does not name its classes, as %s does\n",
            gt_dataset_path(p->sets[nameless]),
            gt_dataset_path(p->sets[nameless == first ? other : first]));
    leave_out(p);
    return GT_OK;
}

int32_t gt_merge_label(const gt_merge_plan *p, const gt_dataset_info *info, int32_t label) {
    if (p->class_names == NULL || label < 0) return label;
    if ((size_t)label >= info->class_count) return -1;
    return (int32_t)find(p->class_names, p->info.class_count, info->class_names[label]);
}
