/* framing.h (room: data, private) - what of a picture becomes a row: its channels or bands, the
 * part that is cut out, turned where that is asked for, at the size of the result. */
#ifndef GALATEA_DATA_FRAMING_H
#define GALATEA_DATA_FRAMING_H

#include "bands.h"
#include "galatea/dataset.h"
#include "importer.h"

/* The members up to `bands` are told by who begins; the rest begins empty. */
typedef struct gt_framing {
    const gt_dataset_info *info; /* of the result, lent */
    size_t side;                 /* of the square that is cut out; 0: pictures stay whole */
    bool is_whole;               /* the square is as large as each picture has room for */
    bool is_aligned;             /* centred on the source and turned by its pose */
    gt_bands *bands;             /* lent */
    float *cut;     /* (channels, height, width), behind them the planes of the result */
    float *resized; /* (channels, H, W) of the result */
    size_t channels, height, width;
    float *turned;
    size_t room; /* of cut, in values */
} gt_framing;

/* GT_NO_MEMORY. To be cleared in any case. */
gt_status gt_framing_begin(gt_framing *framing, gt_error *err) GT_MUST_CHECK;
void gt_framing_clear(gt_framing *framing);

/* Leaves the part in `cut`; of a picture that is to be aligned all of it. GT_BAD_SHAPE for one
 * that is too small, has other sides than the first where nothing is cut out, or channels from
 * which those of the result cannot be made. */
gt_status gt_framing_cut(gt_framing *framing, const gt_picture *picture,
                         gt_error *err) GT_MUST_CHECK;

/* `cut`, turned and at the size of the result, in `resized`. */
gt_status gt_framing_resize(gt_framing *framing, gt_error *err) GT_MUST_CHECK;

/* Brings what is in `resized`, scaled meanwhile, to the channels of the result: the gray of
 * three bands, or one channel three times. */
gt_status gt_framing_finish(gt_framing *framing, gt_error *err) GT_MUST_CHECK;

#endif
