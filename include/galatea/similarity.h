/* similarity.h (room: analysis) - the rows most like a query, by cosine, among any number of
 * rows that come in blocks.
 *
 *     GT_TRY(gt_similarity_create(count, width, queries, top, &search, err));
 *     while (...) GT_TRY(gt_similarity_add(search, first, rows, block, err));
 *     gt_similarity_matches(search, query, &found);
 *
 * The score of x for the query q is x.q / (|x| |q|), without centring; 0 when either is all
 * zero. Large products in float32 find candidates, within a bound of their rounding; the
 * candidates' scores are summed in double, in an order of their own. So the answer is that of
 * double precision, and depends neither on the number of threads nor on how rows are cut into
 * blocks. Memory is that of the queries and matches, and 8 MB. Threads: one search, one thread
 * (it uses all of OpenMP's). */
#ifndef GALATEA_SIMILARITY_H
#define GALATEA_SIMILARITY_H

#include <stddef.h>
#include <stdint.h>

#include "galatea/error.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gt_similarity gt_similarity;

typedef struct gt_match {
    uint64_t row;
    double score; /* -1 to 1 */
} gt_match;

/* Starts a search for the `top` best rows of each query; queries (count, width) are copied.
 * GT_BAD_ARGUMENT for zeros and for count * top above 2^31, GT_NOT_FINITE naming query and
 * value, GT_NO_MEMORY. *out is yours. */
GT_MUST_CHECK gt_status gt_similarity_create(size_t count, size_t width, const float *queries,
                                             size_t top, gt_similarity **out, gt_error *err);

/* Looks through rows first .. first + count - 1, (count, width). Each row once, in any order of
 * blocks. GT_NOT_FINITE naming the row; the search is of no use after a failure. */
GT_MUST_CHECK gt_status gt_similarity_add(gt_similarity *search, uint64_t first, size_t count,
                                          const float *rows, gt_error *err);

/* The matches of a query so far, best first, equal scores by lower row; *found is at most top.
 * Lent until the next call of add. */
const gt_match *gt_similarity_matches(const gt_similarity *search, size_t query, size_t *found);

/* Accepts NULL. */
void gt_similarity_destroy(gt_similarity *search);

#ifdef __cplusplus
}
#endif
#endif
