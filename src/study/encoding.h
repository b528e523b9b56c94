/* encoding.h (room: study) - a data set's images as a set of codes. */
#ifndef GT_STUDY_ENCODING_H
#define GT_STUDY_ENCODING_H

#include "context.h"
#include "encoder.h"

typedef struct gt_encode_settings {
    const char *data, *out, *average; /* average: one of GT_ENCODER_AVERAGES */
    int64_t batch, seed;              /* batch: images at once; 0: chosen */
    bool exact;                       /* no fast convolutions with larger rounding */
    bool untrained;                   /* first weights, drawn anew by the seed */
} gt_encode_settings;

typedef struct gt_encoded {
    uint64_t count;
    size_t width; /* numbers of a code */
} gt_encoded;

/* Writes one code per image, with the columns of the data set, as a set, or as a table by the
 * ending of the name (code_table.h). model_settings: the struct of
 * the model's encode_options (NULL where it has none). An interrupted call leaves what is
 * finished beside the output (parts.h), and the same call goes on. */
GT_MUST_CHECK gt_status gt_encode_set(const gt_context *context, const char *run,
                                      const gt_encode_settings *settings,
                                      const void *model_settings, gt_encoded *out,
                                      gt_error *err);

#endif
