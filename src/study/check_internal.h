/* check_internal.h - a check at work, for its parts. */
#ifndef GT_STUDY_CHECK_INTERNAL_H
#define GT_STUDY_CHECK_INTERNAL_H

#include "check.h"
#include "file.h"

typedef struct gt_check_work {
    const gt_context *context;
    gt_check_tell tell;
    void *user;
    gt_checked *out;
    bool is_told;       /* what is wrong with the state of the run */
    const char *record; /* of the run whose folder it is; NULL: not known */
    bool is_beside;     /* of somebody else in that folder: nothing of it is wrong, but told */
    const gt_folder_way *way; /* the folders of a sweep that led here */
} gt_check_work;

__attribute__((format(printf, 4, 5))) void gt_check_say(gt_check_work *c, const char *path,
                                                        bool is_wrong, const char *format, ...);

/* What a reader says of a file is a finding, unless nobody could go on behind it. */
GT_MUST_CHECK gt_status gt_check_take(gt_check_work *c, const char *path, gt_status status,
                                      const gt_error *fault, gt_error *err);

/* What of a folder `look` wants to see, in order of name. */
GT_MUST_CHECK gt_status gt_check_each(gt_check_work *c, const char *folder,
                                      gt_status (*look)(gt_check_work *c, const char *path,
                                                        gt_error *err),
                                      gt_error *err);

/* Any thing; safetensors files of any kind. */
GT_MUST_CHECK gt_status gt_check_any(gt_check_work *c, const char *path, gt_error *err);
GT_MUST_CHECK gt_status gt_check_arrays(gt_check_work *c, const char *path, gt_error *err);

/* check_run.c: the folder of a run; its log, wherever it lies. */
GT_MUST_CHECK gt_status gt_check_run(gt_check_work *c, const char *path, gt_error *err);
GT_MUST_CHECK gt_status gt_check_json_lines(gt_check_work *c, const char *path, gt_error *err);
#endif
