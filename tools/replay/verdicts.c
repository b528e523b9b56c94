/* Rows of a report, and the statistics that they are about. */
#include "verdicts.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

void gt_verdicts_add(gt_verdicts *all, double error, const char *format, ...) {
    va_list arguments;
    GT_ASSERT(all->count < GT_MOST_VERDICTS);
    va_start(arguments, format);
    vsnprintf(all->rows[all->count].name, GT_VERDICT_NAME, format, arguments);
    va_end(arguments);
    all->rows[all->count++].error = isnan(error) ? INFINITY : error;
}

bool gt_verdicts_pass(const gt_verdicts *all) {
    for (size_t i = 0; i < all->count; i++)
        if (all->rows[i].error > 1) return false;
    return true;
}

void gt_verdicts_tell(const gt_verdicts *all, gt_recording *rec) {
    for (size_t i = 0; i < all->count && !rec->status; i++)
        gt_recording_judged(rec, all->rows[i].name, all->rows[i].error, 1);
}

double gt_column_mean(const double *table, size_t rows, size_t width, size_t at) {
    double sum = 0;
    for (size_t i = 0; i < rows; i++) sum += table[i * width + at];
    return sum / (double)rows;
}

double gt_column_deviation(const double *table, size_t rows, size_t width, size_t at) {
    double mean = gt_column_mean(table, rows, width, at), sum = 0;
    for (size_t i = 0; i < rows; i++) {
        double d = table[i * width + at] - mean;
        sum += d * d;
    }
    return sqrt(sum / (double)(rows - 1));
}
