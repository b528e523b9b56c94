/* span.c - in a few columns, so that no value waits for the one before it. */
#include "span.h"

void gt_span_grow(const float *values, size_t count, float *least, float *most) {
    enum { COLUMNS = 32 };
    float low[COLUMNS], high[COLUMNS];
    size_t whole = count / COLUMNS * COLUMNS;
    for (int c = 0; c < COLUMNS; c++) low[c] = *least, high[c] = *most;
    for (size_t i = 0; i < whole; i += COLUMNS)
        for (int c = 0; c < COLUMNS; c++) {
            low[c] = values[i + (size_t)c] < low[c] ? values[i + (size_t)c] : low[c];
            high[c] = values[i + (size_t)c] > high[c] ? values[i + (size_t)c] : high[c];
        }
    for (size_t i = whole; i < count; i++) {
        low[0] = values[i] < low[0] ? values[i] : low[0];
        high[0] = values[i] > high[0] ? values[i] : high[0];
    }
    for (int c = 0; c < COLUMNS; c++) {
        if (low[c] < *least) *least = low[c];
        if (high[c] > *most) *most = high[c];
    }
}
