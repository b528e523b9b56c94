/* verdicts.h - rows of a report that are kept until it is known whether they are what is told.
 * Private. */
#ifndef GT_REPLAY_VERDICTS_H
#define GT_REPLAY_VERDICTS_H

#include "recording.h"

enum { GT_VERDICT_NAME = 64, GT_MOST_VERDICTS = 16 };

/* Errors in units of what is allowed. */
typedef struct gt_verdicts {
    struct {
        char name[GT_VERDICT_NAME];
        double error;
    } rows[GT_MOST_VERDICTS];
    size_t count;
} gt_verdicts;

void gt_verdicts_add(gt_verdicts *all, double error, const char *format, ...) GT_PRINTF(3, 4);
bool gt_verdicts_pass(const gt_verdicts *all);
void gt_verdicts_tell(const gt_verdicts *all, gt_recording *rec);

/* Of a table (rows, width): mean and deviation, with n - 1, of column `at`. */
double gt_column_mean(const double *table, size_t rows, size_t width, size_t at);
double gt_column_deviation(const double *table, size_t rows, size_t width, size_t at);

#endif
