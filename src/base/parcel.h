/* parcel.h (room: base) - values packed into bytes, for a process that does not trust the one
 * that packed them.
 *
 * Putting fails without memory, taking when the bytes cannot be what is asked for; either
 * leaves a mark (`failed`) with which all later calls are harmless, so that it is looked at
 * once, at the end. Both processes are of one machine: numbers are in its order.
 * Threads: one parcel, one thread. */
#ifndef GT_PARCEL_H
#define GT_PARCEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct gt_parcel {
    unsigned char *bytes;
    size_t size, room; /* bytes that are in it, and that it could hold */
    size_t at;         /* what was taken so far */
    bool failed;
} gt_parcel;

/* Empties it and forgets the mark; the memory stays for the next use. */
void gt_parcel_clear(gt_parcel *parcel);
/* Accepts an empty struct. */
void gt_parcel_free(gt_parcel *parcel);

/* `size` more bytes at the end, to be filled by the caller; NULL (and failed) without memory.
 */
void *gt_parcel_extend(gt_parcel *parcel, size_t size);

void gt_put_count(gt_parcel *parcel, uint64_t value);
void gt_put_whole(gt_parcel *parcel, int64_t value);
void gt_put_real(gt_parcel *parcel, double value);
void gt_put_bytes(gt_parcel *parcel, const void *bytes, size_t size);
/* NULL is kept as NULL. */
void gt_put_text(gt_parcel *parcel, const char *text);
void gt_put_texts(gt_parcel *parcel, const char *const *texts, size_t count);

/* In the same order. A count above `most` and a whole number outside are failures; after one
 * they give 0 (or `least`) and NULL. Texts and bytes are lent by the parcel until it changes.
 */
uint64_t gt_take_count(gt_parcel *parcel, uint64_t most);
int64_t gt_take_whole(gt_parcel *parcel, int64_t least, int64_t most);
double gt_take_real(gt_parcel *parcel);
const void *gt_take_bytes(gt_parcel *parcel, size_t size);
const char *gt_take_text(gt_parcel *parcel);
/* The list is yours (free), its texts are lent and none is NULL. NULL for an empty list. */
const char **gt_take_texts(gt_parcel *parcel, size_t *count);

/* Whether everything was taken, and nothing failed. */
bool gt_parcel_is_spent(const gt_parcel *parcel);

#endif
