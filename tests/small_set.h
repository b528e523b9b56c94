/* small_set.h - sets of a few gray pictures, for tests. */
#ifndef GT_TEST_SMALL_SET_H
#define GT_TEST_SMALL_SET_H

#include "galatea/dataset.h"
#include "gt_test.h"

/* Square ones of one channel, of which nothing else is known. */
static inline gt_dataset_info small_set_of(uint64_t count, size_t side, gt_pixel_type type) {
    gt_dataset_info info = gt_dataset_info_default();
    info.count = count;
    info.channels = 1;
    info.height = info.width = side;
    info.type = type;
    return info;
}

/* info->count pictures, one behind the other. rows NULL: nothing is known of any. */
static inline void write_small_set(const char *path, const gt_dataset_info *info,
                                   const void *pixels, const gt_dataset_row *rows) {
    gt_error fault;
    gt_dataset_writer *writer = NULL;
    assert_ok(gt_dataset_writer_create(path, info, &writer, &fault), fault);
    assert_ok(gt_dataset_writer_append(writer, pixels, rows, info->count, &fault), fault);
    assert_ok(gt_dataset_writer_commit(writer, &fault), fault);
}

#endif
