/* span.h (room: data, private) - the least and the most of floats. */
#ifndef GALATEA_DATA_SPAN_H
#define GALATEA_DATA_SPAN_H

#include <stddef.h>

/* *low and *high grow to hold all values; NaN is passed over. */
void gt_span_grow(const float *values, size_t count, float *low, float *high);

#endif
