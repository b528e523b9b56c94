/* numbers.h - named numbers, and the .json of a finished part that holds them. A few are words
 * in place of numbers. */
#ifndef GT_TWINS_NUMBERS_H
#define GT_TWINS_NUMBERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "galatea/twomodels.h"
#include "json.h"

enum { GT_NUMBER_NAME = 64, GT_NUMBER_TEXT = 64 };

typedef struct gt_number {
    char name[GT_NUMBER_NAME];
    double value;              /* NaN: none */
    char text[GT_NUMBER_TEXT]; /* in place of it; "": it is a number */
} gt_number;

/* A zeroed one is empty. */
typedef struct gt_numbers {
    gt_number *list;
    size_t count;
} gt_numbers;

/* Appends value under the name that the format makes. GT_NO_MEMORY. */
GT_MUST_CHECK gt_status gt_numbers_put(gt_numbers *numbers, double value, gt_error *err,
                                       const char *format, ...) GT_PRINTF(4, 5);
/* The same with a word for a value. */
GT_MUST_CHECK gt_status gt_numbers_put_text(gt_numbers *numbers, const char *text,
                                            gt_error *err, const char *format, ...)
    GT_PRINTF(4, 5);
/* The mean, deviation, median and extremes of many: NAME_mean, _sd, _median, _least, _most. */
GT_MUST_CHECK gt_status gt_numbers_put_summary(gt_numbers *numbers, const char *name,
                                               size_t count, const double *values,
                                               gt_error *err);
/* The number of that name, or NULL; and its value, NaN where there is none. */
const gt_number *gt_numbers_find(const gt_numbers *numbers, const char *name);
double gt_numbers_get(const gt_numbers *numbers, const char *name);
void gt_numbers_free(gt_numbers *numbers);

/* Members of the object that is open. */
void gt_numbers_put_json(const gt_numbers *numbers, gt_json *json);

/* A result as its file has it. */
typedef struct gt_result_head {
    const char *model, *part, *provenance; /* provenance: JSON */
    int64_t size;
    int64_t edition; /* of what was computed; 0: not told */
    double seconds;  /* that the work took; NaN: not told */
} gt_result_head;

GT_MUST_CHECK gt_status gt_numbers_write(const char *path, const gt_result_head *head,
                                         const gt_numbers *numbers, gt_error *err);
/* *seconds may be NULL. GT_NOT_FOUND, GT_BAD_FORMAT. */
GT_MUST_CHECK gt_status gt_numbers_read(const char *path, gt_numbers *out, double *seconds,
                                        gt_error *err);
/* The edition in a result; 0: none, or it cannot be read. */
int64_t gt_numbers_edition(const char *path);

#endif
