/* samples.h (room: analysis) - rows to learn from. */
#ifndef GALATEA_SAMPLES_H
#define GALATEA_SAMPLES_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* rows x features values, row-major, with a class 0..classes-1 for each row; all lent. */
typedef struct gt_samples {
    size_t rows, features;
    const float *x;
    const int32_t *labels;
    int32_t classes;
} gt_samples;

#ifdef __cplusplus
}
#endif
#endif
