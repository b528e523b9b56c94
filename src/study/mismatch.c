/* mismatch.c - what does not belong together is told, see mismatch.h. */
#include "mismatch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "galatea/log.h"

/* Others behind the first one: each in its own words as long as there is room, the rest
 * counted. */
enum { FURTHER_ROOM = 200 };
typedef struct further {
    char text[FURTHER_ROOM + 48];
    size_t used, untold;
} further;

static void add_further(further *f, const char *name, const char *what) {
    int length = snprintf(f->text + f->used, FURTHER_ROOM - f->used, "; %s in %s", name, what);
    if (length < 0 || (size_t)length >= FURTHER_ROOM - f->used || f->untold) {
        f->text[f->used] = '\0';
        f->untold++;
    } else
        f->used += (size_t)length;
}

gt_status gt_mismatch_check(const gt_context *context, const gt_sight *first,
                            const gt_sight *others, size_t count, const char *effect,
                            gt_error *err) {
    char what[GT_IMAGING_ROOM], another[GT_IMAGING_ROOM];
    const gt_sight *found = NULL;
    further more = {.used = 0};
    if (strcmp(context->mismatch, "ignore") == 0) return GT_OK;
    for (size_t i = 0; i < count; i++) {
        if (!gt_imaging_compare(&others[i].imaging, &first->imaging, found ? another : what))
            continue;
        if (found) add_further(&more, others[i].name, another);
        if (!found) found = &others[i];
    }
    if (!found) return GT_OK;
    if (more.untold)
        snprintf(more.text + more.used, sizeof more.text - more.used,
                 ", and %zu further also differ", more.untold);
    if (strcmp(context->mismatch, "error") == 0)
        return gt_fail(err, GT_MISMATCH,
                       "%s and %s differ in %s%s, which mismatch error does not allow",
                       found->name, first->name, what, more.text);
    gt_remark("%s and %s differ in %s%s%s", found->name, first->name, what, more.text, effect);
    return GT_OK;
}

gt_status gt_mismatch_check_files(const gt_context *context, const gt_sight *first,
                                  const char *const *paths, const char *effect, gt_error *err) {
    gt_status status = GT_OK;
    size_t count = 0, opened = 0;
    while (paths[count]) count++;
    gt_dataset **sets = calloc(count + 1, sizeof *sets);
    gt_sight *sights = calloc(count + 1, sizeof *sights);
    if (!sets || !sights) GT_THROW(err, GT_NO_MEMORY, "no memory for a list of sets");
    for (; opened < count; opened++) {
        GT_TRY(gt_dataset_open_any(paths[opened], &sets[opened], err));
        sights[opened] =
            (gt_sight){paths[opened], gt_imaging_of(gt_dataset_describe(sets[opened]))};
    }
    GT_TRY(gt_mismatch_check(context, first, sights, count, effect, err));
done:
    for (size_t i = 0; i < opened; i++) gt_dataset_close(sets[i]);
    free(sights);
    free(sets);
    return status;
}

gt_status gt_mismatch_check_sets(const gt_context *context, const char *const *paths,
                                 const char *effect, gt_error *err) {
    gt_status status = GT_OK;
    gt_dataset *set = NULL;
    GT_TRY(gt_dataset_open_any(paths[0], &set, err));
    const gt_sight first = {paths[0], gt_imaging_of(gt_dataset_describe(set))};
    GT_TRY(gt_mismatch_check_files(context, &first, paths + 1, effect, err));
done:
    gt_dataset_close(set);
    return status;
}
