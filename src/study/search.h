/* search.h (room: study) - the rows of a set most like a query, by the cosine of the angle
 * between codes. */
#ifndef GT_STUDY_SEARCH_H
#define GT_STUDY_SEARCH_H

#include "galatea/similarity.h"
#include "queries.h"

/* The answer; arrays (queries, top), found[q] of them filled. A zeroed one can be freed. */
typedef struct gt_found {
    gt_queries queries;
    gt_dataset *codes;
    gt_row_columns columns; /* of codes */
    size_t top;
    bool is_own; /* queries are rows of the searched codes */
    gt_match *matches;
    int *turns; /* orientation of the query that found it */
    size_t *found;
} gt_found;

/* Opens the set at path and makes codes of the queries; request->codes need not be set. Queries
 * of another imaging than the set, or than what the run learned from, are told as the context
 * says. */
GT_MUST_CHECK gt_status gt_search_open(const gt_context *context, const char *path,
                                       const gt_query_request *request, size_t top,
                                       gt_found *out, gt_error *err);

/* Compares the queries with every row, exactly, block by block. */
GT_MUST_CHECK gt_status gt_search_run(const gt_context *context, gt_found *found,
                                      gt_error *err);
void gt_found_free(gt_found *found);

/* The pictures of the searched rows: the set at path, else that which the codes were made of,
 * by their record, where it is unchanged (GT_USAGE where not). outputs (count, NULLs allowed)
 * must not replace it. *images is yours. */
GT_MUST_CHECK gt_status gt_found_open_images(const gt_found *found, const char *path,
                                             const char *const *outputs, size_t count,
                                             gt_dataset **images, gt_error *err);

/* How a query was laid: "as it is", "mirrored, 90 deg". */
const char *gt_found_turn_name(int turn);

gt_status gt_found_write_table(const gt_found *found, const char *path, const char *provenance,
                               gt_error *err) GT_MUST_CHECK;

/* Each query's picture, when there is one or it is a row of the codes, then those of its
 * matches from the rows of `images`, with their cosines below. */
gt_status gt_found_draw(const gt_found *found, gt_dataset *images, const char *colours,
                        const char *path, const char *provenance, gt_error *err) GT_MUST_CHECK;

#endif
