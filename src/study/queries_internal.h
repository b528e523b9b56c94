/* queries_internal.h - the steps from FILE:ROWS to codes that live in files of their own. */
#ifndef GT_QUERIES_INTERNAL_H
#define GT_QUERIES_INTERNAL_H

#include "queries.h"

/* Opens q->data, by way of an import where the file is no data set. run: NULL without one. */
GT_MUST_CHECK gt_status gt_queries_open_data(const gt_query_request *request, const gt_run *run,
                                             gt_queries *q, gt_error *err);

/* The network that made the searched codes, which may have been an untrained one; path: of the
 * queries. */
GT_MUST_CHECK gt_status gt_queries_open_run(const gt_query_request *request, const char *path,
                                            gt_run **run, gt_error *err);

/* Codes of q->pictures in all their orientations. GT_MISMATCH where another network made the
 * searched ones. */
GT_MUST_CHECK gt_status gt_queries_encode(const gt_query_request *request, const gt_run *run,
                                          gt_queries *q, gt_error *err);

#endif
