/* report.h (room: report) - one HTML page of what runs and their results show.
 *
 * The page is one file: pictures are inside, nothing is loaded from anywhere, no script runs.
 * It reads result files only: learning curves and settings of run folders, figures (PNG),
 * tables (CSV, FITS) and results (JSON), which it knows by the records they carry and puts in
 * the order of the radio-galaxy paper, then of the two-models paper, each with the command that
 * made it; each part names the figures that it is, and the end of the page the papers. */
#ifndef GT_REPORT_H
#define GT_REPORT_H

#include <stddef.h>

#include "galatea/error.h"

typedef struct gt_report_request {
    const char *const *paths; /* run folders, other folders (their files), files */
    size_t count;
    const char *title; /* NULL: the usual one */
    const char *line;  /* the command that makes the page, shown at its end; NULL: none */
} gt_report_request;

typedef struct gt_report_counts {
    size_t runs, figures, tables, skipped; /* skipped: files in folders that are no results */
} gt_report_counts;

/* Writes the page whole or not at all. GT_NOT_FOUND for a path that is not there, GT_BAD_FORMAT
 * for a file named by itself that is no result, or a damaged one; GT_BAD_ARGUMENT when nothing
 * is left to show. Learning curves need gnuplot (figure.h). Equal files give equal pages. */
GT_MUST_CHECK gt_status gt_report_write(const char *out, const gt_report_request *request,
                                        gt_report_counts *counts, gt_error *err);
#endif
