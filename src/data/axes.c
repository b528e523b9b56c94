/* axes.c - (N,C,H,W) or (N,H,W,C), by the shape. */
#include "axes.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_CHANNELS = 4 }; /* gray, gray and alpha, colours, colours and alpha */

gt_axes gt_axes_guess(const uint64_t dims[4]) {
    uint64_t second = dims[1], third = dims[2], last = dims[3];
    bool is_few_last = last <= MOST_CHANNELS, is_few_second = second <= MOST_CHANNELS;
    if (third == last) return GT_AXES_CHANNELS_FIRST;
    if (second == third && second > 1)
        return last < second || is_few_last ? GT_AXES_CHANNELS_LAST : GT_AXES_CHANNELS_FIRST;
    if (is_few_last != is_few_second)
        return is_few_last ? GT_AXES_CHANNELS_LAST : GT_AXES_CHANNELS_FIRST;
    return is_few_last || last < second ? GT_AXES_UNCLEAR : GT_AXES_CHANNELS_FIRST;
}

bool gt_axes_are_vectors(const uint64_t *dims, size_t rank) {
    uint64_t length = 1, longest = 1;
    for (size_t i = 1; i < rank; i++) {
        length *= dims[i];
        if (dims[i] > longest) longest = dims[i];
    }
    if (rank != 3) return rank == 2 || (length > MOST_CHANNELS && longest == length);
    return dims[1] == 1 && length > MOST_CHANNELS; /* (N,D,1) may be one gray picture (H,W,1) */
}

bool gt_axes_are_one_picture(const uint64_t *dims, size_t rank) {
    return rank == 3 && dims[2] <= MOST_CHANNELS && dims[1] > MOST_CHANNELS;
}

gt_axes gt_axes_of(const gt_hdf5 *file, const uint64_t dims[4]) {
    char *record = NULL;
    gt_status status = gt_hdf5_text(file, NULL, "provenance", &record, NULL);
    bool is_own = !status && record && strstr(record, "\"command\": \"galatea ");
    free(record);
    return is_own ? GT_AXES_CHANNELS_FIRST : gt_axes_guess(dims);
}
