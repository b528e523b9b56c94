/* closest.h (room: judging) - for each of some images the one most like it among any number of
 * others that come in blocks: whether a generator repeats what it learned from.
 *
 *     GT_TRY(gt_closest_create(&shape, count, samples, &search, err));
 *     while (...) GT_TRY(gt_closest_add(search, first, rows, images, err));
 *     const gt_closest_match *found = gt_closest_matches(search, GT_CLOSEST_PLAIN);
 *
 * Likeness is the cosine of gt_cosines_of, plain and centred, both in one pass; with flips the
 * largest one of the four ways to lay the sample. Products in float32 find candidates, within a
 * bound of their rounding, and sums in double decide: the answer is that of double precision
 * and depends neither on the number of threads nor on how blocks are cut.
 *
 * The four flips cost no more than one way alone. Flips turn no sign or the sign of what is odd
 * along a side, so images are split into four parts, even or odd along x and y, and the cosines
 * of all flips are sums of the same four products of a quarter's length.
 *
 * Memory: three times that of the samples, and about 50 MB. Threads: one search, one thread (it
 * uses all of OpenMP's). */
#ifndef GT_CLOSEST_H
#define GT_CLOSEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "galatea/error.h"

typedef struct gt_closest gt_closest;

typedef struct gt_closest_shape {
    size_t channels, height, width;
    bool flips;
} gt_closest_shape;

typedef enum gt_closest_kind {
    GT_CLOSEST_PLAIN,
    GT_CLOSEST_CENTRED,
    GT_CLOSEST_KINDS
} gt_closest_kind;

/* How a sample was laid: the sum of */
enum { GT_FLIP_X = 1 /* left for right */, GT_FLIP_Y = 2 /* above for below */, GT_FLIPS = 4 };

typedef struct gt_closest_match {
    uint64_t row;
    double cosine; /* -1 to 1 */
    int flip;
} gt_closest_match;

/* Starts a search; samples (count,C,H,W) are copied. GT_BAD_ARGUMENT for zeros and sizes beyond
 * 2^31, GT_NOT_FINITE naming the sample, GT_NO_MEMORY. *out is yours. */
GT_MUST_CHECK gt_status gt_closest_create(const gt_closest_shape *shape, size_t count,
                                          const float *samples, gt_closest **out,
                                          gt_error *err);

/* Looks through images first .. first + count - 1, (count,C,H,W). Each once, in any order of
 * blocks; blocks of a thousand are fastest. GT_NOT_FINITE naming the image; the search is of no
 * use after a failure. */
GT_MUST_CHECK gt_status gt_closest_add(gt_closest *search, uint64_t first, size_t count,
                                       const float *images, gt_error *err);

/* The closest image of each sample so far, of equal ones the sample as it is before its flips,
 * then the lower row; cosine -2 before the first block. Lent until the next call of add. */
const gt_closest_match *gt_closest_matches(const gt_closest *search, gt_closest_kind kind);

/* Accepts NULL. */
void gt_closest_destroy(gt_closest *search);
#endif
