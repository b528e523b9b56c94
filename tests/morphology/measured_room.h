/* measured_room.h - a room for images of 64x64 that a test fills, and noise for them. */
#ifndef GT_TEST_MEASURED_ROOM_H
#define GT_TEST_MEASURED_ROOM_H

#include "gt_test.h"

#include "galatea/morphology.h"

enum { SIDE = 64, PIXELS = SIDE * SIDE };

static gt_morphology *room;
static double image[PIXELS];
static int32_t segments[PIXELS];

/* A number of -1..1 that follows from i. */
static inline double grain(int i) {
    uint32_t x = (uint32_t)i * 2654435761u;
    x = (x ^ x >> 15) * 2246822519u;
    return (double)((x ^ x >> 13) & 0xffff) / 32768 - 1;
}

static inline int make_room(void **state) {
    gt_error err;
    assert_ok(gt_morphology_create(SIDE, SIDE, NULL, &room, &err), err);
    return 0;
}

static inline int free_room(void **state) {
    gt_morphology_destroy(room);
    return 0;
}

#endif
