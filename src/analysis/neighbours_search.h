/* neighbours_search.h - blocks of rows against ranges of rows: the inside of neighbours.c.
 * Private. */
#ifndef GT_NEIGHBOURS_SEARCH_H
#define GT_NEIGHBOURS_SEARCH_H

#include <stdbool.h>

#include "galatea/neighbours.h"

enum { GT_SEARCH_QUERIES = 256, GT_SEARCH_ROWS = 512 };

/* The table to be searched, its rows perhaps in another order. */
typedef struct gt_search {
    size_t rows, features, k;
    const float *x; /* as given: distances are measured on these */
    float *centred; /* less their mean, in the order of `order`: products are made of these */
    float *norm;    /* squared norms of those */
    float largest_norm;   /* of them */
    const int32_t *order; /* given row of each; NULL: as given */
    bool is_exact;        /* ranges hold all rows: a row in doubt is searched in double */
} gt_search;

/* Rows first .. last-1 of the centred table. */
typedef struct gt_search_range {
    size_t first, last;
} gt_search_range;

/* Room of one thread. */
typedef struct gt_search_room gt_search_room;
gt_search_room *gt_search_room_create(const gt_search *search); /* NULL: no memory */
void gt_search_room_destroy(gt_search_room *room);

/* Makes centred and norm (yours) of x, `order` and the rest being set; again after a change of
 * `order`. */
GT_MUST_CHECK gt_status gt_search_prepare(gt_search *search, gt_error *err);

/* Neighbours of the rows first .. first+count-1 (at most GT_SEARCH_QUERIES) of the centred
 * table among `ranges`, into the places of their given rows. */
GT_MUST_CHECK gt_status gt_search_block(const gt_search *search, gt_search_room *room,
                                        size_t first, size_t count,
                                        const gt_search_range *ranges, size_t range_count,
                                        gt_neighbours *out, gt_error *err);

#endif
