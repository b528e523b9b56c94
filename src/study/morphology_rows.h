/* morphology_rows.h - one image after the other, from the file to its measurement. */
#ifndef GT_STUDY_MORPHOLOGY_ROWS_H
#define GT_STUDY_MORPHOLOGY_ROWS_H

#include "morphology.h"

/* Rows as they are stored, of the images and of the planes beside them. A zeroed one can be
 * freed. */
typedef struct gt_morphing_batch {
    uint64_t first;
    size_t most, count;
    void *images, *segmentation, *weights, *mask;
    uint8_t *own_mask; /* planes of the set */
    float *own_ivar;
} gt_morphing_batch;
GT_MUST_CHECK gt_status gt_morphing_batch_create(const gt_morphing *m,
                                                 const gt_morphed_set *set, size_t most,
                                                 gt_morphing_batch *out, gt_error *err);
void gt_morphing_batch_free(gt_morphing_batch *batch);
GT_MUST_CHECK gt_status gt_morphing_batch_read(const gt_morphing *m, const gt_morphed_set *set,
                                               uint64_t first, size_t count,
                                               gt_morphing_batch *batch, gt_error *err);

/* Whether some weight of the batch is 0 or less, which says nothing. */
bool gt_morphing_weights_are_low(const gt_morphing *m, const gt_morphing_batch *batch);

/* Where one image is measured. */
typedef struct gt_morphing_room {
    gt_morphology *morphology;
    double *image, *seen, *weights; /* seen: the image without what is left out */
    int32_t *segments;
    uint8_t *mask;
} gt_morphing_room;
GT_MUST_CHECK gt_status gt_morphing_room_create(const gt_morphed_set *set,
                                                gt_morphing_room *out, gt_error *err);
void gt_morphing_room_free(gt_morphing_room *room);

/* GT_BAD_ARGUMENT, naming the first row, for maps of a batch that are none. */
GT_MUST_CHECK gt_status gt_morphing_check_map(const gt_morphing *m,
                                              const gt_morphing_batch *batch, gt_error *err);
/* Measures row `at` of a batch whose maps were checked; the image that was measured is
 * room->image, and the map room->segments. */
void gt_morphing_measure(const gt_morphing *m, const gt_morphed_set *set,
                         const gt_morphing_batch *batch, size_t at, gt_morphing_room *room,
                         gt_morphed_row *out);

/* What stands below the pictures of a row: its numbers, or why it has none. */
enum { GT_MORPHING_PANELS = 3, GT_MORPHING_LABEL = 96 };
void gt_morphing_label(const gt_morphed_row *row, uint64_t number_of_row,
                       char labels[GT_MORPHING_PANELS][GT_MORPHING_LABEL]);

#endif
