/* search_output.h - what a search found, as table, sheet, JSON and lines. */
#ifndef GT_SEARCH_OUTPUT_H
#define GT_SEARCH_OUTPUT_H

#include "galatea/similarity.h"
#include "queries.h"

/* The answer; arrays (queries, top), found[q] of them filled. */
typedef struct gt_found {
    const gt_queries *queries;
    gt_dataset *codes;
    gt_use_columns columns; /* of codes */
    size_t top;
    bool is_own; /* queries are rows of the searched codes */
    gt_match *matches;
    int *turns; /* orientation of the query that found it */
    size_t *found;
} gt_found;

gt_status gt_found_write_table(const gt_found *found, const char *path, const char *provenance,
                               gt_error *err) GT_MUST_CHECK;

/* Each query's picture, when there is one or it is a row of the codes, then those of its
 * matches from the rows of `images`, with their cosines below. */
gt_status gt_found_draw(const gt_found *found, gt_dataset *images, const char *colours,
                        const char *path, const char *provenance, gt_error *err) GT_MUST_CHECK;

gt_status gt_found_print_json(const gt_found *found, gt_error *err) GT_MUST_CHECK;
void gt_found_print(const gt_found *found);

#endif
