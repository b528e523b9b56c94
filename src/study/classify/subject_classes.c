/* subject_classes.c - the classes of a set: how they are called, and which are hard to learn.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "classify.h"
#include "galatea/log.h"
#include "text.h"

enum { NAMES_SHOWN = 8, LIST_SIZE = 1024 };

const char *gt_class_text(const char *const *names, size_t count, int32_t label,
                          char text[16]) {
    if (label >= 0 && (size_t)label < count) return names[label];
    snprintf(text, 16, "%d", label);
    return text;
}

const char *gt_subject_class(const gt_subject *s, int32_t label, char text[16]) {
    const gt_dataset_info *info = gt_dataset_describe(s->data);
    return gt_class_text(info->class_names, info->class_count, label, text);
}

bool gt_subject_is_binary(const gt_subject *s) {
    return s->known.count == 2;
}

gt_status gt_subject_names(const gt_subject *s, const gt_classes *classes, char ***out,
                           gt_error *err) {
    size_t count = (size_t)classes->count;
    char text[16], **names = calloc(count + 1, sizeof *names);
    for (size_t i = 0; names && i < count; i++) {
        names[i] = strdup(gt_subject_class(s, classes->labels[i], text));
        if (!names[i]) {
            gt_class_names_free(names, i);
            names = NULL;
        }
    }
    *out = names;
    return names ? GT_OK : gt_fail(err, GT_NO_MEMORY, "no memory for names of classes");
}

void gt_class_names_free(char **names, size_t count) {
    for (size_t i = 0; names && i < count; i++) free(names[i]);
    free(names);
}

/* ---- Remarks ----------------------------------------------------------------------------- */

/* "hybrid (2), head-tail (1)", or without the rows; the first ones and how many more. */
typedef struct class_list {
    char text[LIST_SIZE];
    size_t used;
    int32_t count;
} class_list;

static void add_class(class_list *list, const gt_subject *s, int32_t label, size_t rows) {
    char number[16], shown[128], count[32] = "";
    if (list->count++ >= NAMES_SHOWN) return;
    if (rows) snprintf(count, sizeof count, " (%zu)", rows);
    int length = snprintf(
        list->text + list->used, LIST_SIZE - list->used, "%s%s%s", list->used ? ", " : "",
        gt_text_shown(gt_subject_class(s, label, number), shown, sizeof shown), count);
    list->used += (size_t)length < LIST_SIZE - list->used ? (size_t)length : 0;
}

static const char *text_of(class_list *list) {
    if (list->count > NAMES_SHOWN)
        snprintf(list->text + list->used, LIST_SIZE - list->used, " and %d more",
                 list->count - NAMES_SHOWN);
    return list->text;
}

/* Names of classes that no row has at all, classes that no row to judge by has, and rows to
 * judge by of classes that none of the rows to learn from has. */
gt_status gt_subject_remark_classes(const gt_subject *s, gt_error *err) {
    gt_status status = GT_OK;
    class_list empty = {.used = 0}, missed = {.used = 0}, unseen = {.used = 0};
    gt_classes there = {0};
    size_t rows = 0;
    GT_TRY(gt_classes_find(s->test.rows, s->test.labels, &there, err));
    size_t named = gt_dataset_describe(s->data)->class_count;
    for (size_t i = 0; i < named; i++)
        if (gt_classes_place(&s->known, (int32_t)i) < 0 &&
            gt_classes_place(&there, (int32_t)i) < 0)
            add_class(&empty, s, (int32_t)i, 0);
    for (int32_t k = 0; k < s->known.count; k++)
        if (gt_classes_place(&there, s->known.labels[k]) < 0)
            add_class(&unseen, s, s->known.labels[k], s->known.rows[k]);
    for (int32_t k = 0; k < there.count; k++) {
        if (gt_classes_place(&s->known, there.labels[k]) >= 0) continue;
        add_class(&missed, s, there.labels[k], there.rows[k]);
        rows += there.rows[k];
    }
    if (empty.count)
        gt_remark("%s: class%s without rows, left out: %s", s->path,
                  empty.count > 1 ? "es" : "", text_of(&empty));
    if (unseen.count)
        gt_remark(
            "%s: class%s to learn from without rows to judge by, whose recall counts as 0 "
            "where rows are given to %s: %s",
            s->path, unseen.count > 1 ? "es" : "", unseen.count > 1 ? "them" : "it",
            text_of(&unseen));
    if (missed.count)
        gt_remark("%s: %zu row%s to judge by %s of classes that no row to learn from has, and "
                  "count%s as missed: %s",
                  s->path, rows, rows > 1 ? "s" : "", rows > 1 ? "are" : "is",
                  rows > 1 ? "" : "s", text_of(&missed));
done:
    gt_classes_free(&there);
    return status;
}

void gt_subject_remark_folds(const gt_subject *s, int32_t folds) {
    class_list rare = {.used = 0};
    for (int32_t k = 0; k < s->known.count; k++)
        if (s->known.rows[k] < (size_t)folds)
            add_class(&rare, s, s->known.labels[k], s->known.rows[k]);
    if (rare.count && rare.count < s->known.count)
        gt_remark("%s: class%s with fewer rows than %d folds, missing from some of them: %s",
                  s->path, rare.count > 1 ? "es" : "", folds, text_of(&rare));
}

void gt_subject_remark_ungiven(const gt_subject *s, const char *method, const gt_by_class *by) {
    class_list ungiven = {.used = 0};
    int32_t count = by->test ? by->classes.count : 0;
    for (int32_t k = 0; k < count; k++) {
        double given = 0, support = gt_class_report_support(by->test, k);
        for (int32_t i = 0; i < count; i++) given += gt_class_report_count(by->test, i, k);
        if (given == 0 && support > 0 &&
            gt_classes_place(&s->known, by->classes.labels[k]) >= 0)
            add_class(&ungiven, s, by->classes.labels[k], 0);
    }
    if (ungiven.count)
        gt_remark("%s: %s gives no row to class%s %s: precision counts as 0", s->path, method,
                  ungiven.count > 1 ? "es" : "", text_of(&ungiven));
}
