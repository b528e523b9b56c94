/* class_parts.h (room: study) - figures class by class as classify and its like tell them: in
 * JSON, as a table, as a figure of confusion matrices. */
#ifndef GT_STUDY_CLASS_PARTS_H
#define GT_STUDY_CLASS_PARTS_H

#include "galatea/evaluation.h"
#include "json.h"

/* Who was judged by what. */
typedef struct gt_class_part {
    const char *set, *method; /* lent */
    const char *part;         /* "test", "cv"; what a set of rows is called */
    int32_t classes;
    char **names; /* (classes) */
    const int32_t *labels;
    const gt_class_report *report;
} gt_class_part;

/* A zeroed list can be freed. */
typedef struct gt_class_parts {
    gt_class_part *list;
    size_t count;
} gt_class_parts;

/* Adds a part whose names are copied; the rest is lent. A report of NULL adds nothing. */
GT_MUST_CHECK gt_status gt_class_parts_add(gt_class_parts *parts, const gt_class_part *part,
                                           gt_error *err);
void gt_class_parts_free(gt_class_parts *parts);

/* "macro mean" and "weighted mean" behind the classes. */
const char *gt_class_part_row(const gt_class_part *part, int32_t row);

/* A member {"classes": [...], "macro": {...}, "weighted": {...}, "confusion": [[...]]}. */
void gt_json_class_part(gt_json *json, const char *key, const gt_class_part *part);

/* A row for each class of each part and for both means: support, figures with their spread, and
 * how many of its rows were given to each class. GT_UNSUPPORTED for parts of different classes.
 */
GT_MUST_CHECK gt_status gt_class_parts_write(const gt_class_parts *parts, const char *path,
                                             const char *provenance, gt_error *err);

/* Confusion matrices of all parts but "cv" (the first nine), a frame each. */
GT_MUST_CHECK gt_status gt_class_parts_draw(const gt_class_parts *parts, const char *path,
                                            const char *provenance, gt_error *err);

#endif
