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

bool gt_plane_fits(bool is_mask, const uint64_t *dims, size_t rank, const gt_source_info *info,
                   bool *is_last) {
    uint64_t channels = info->channels, height = info->height, width = info->width;
    *is_last = false;
    if (is_mask && rank == 4 && (dims[1] == 1 || dims[3] == 1)) { /* (N,1,H,W), (N,H,W,1) */
        const uint64_t sides[] = {dims[0], dims[dims[1] == 1 ? 2 : 1],
                                  dims[dims[3] == 1 ? 2 : 3]};
        if (dims[0] == info->count && sides[1] == height && sides[2] == width) return true;
    }
    if (rank < 3 || rank > 4 || dims[0] != info->count) return false;
    if (rank == 3) return dims[1] == height && dims[2] == width && (is_mask || channels == 1);
    if (dims[1] == channels && dims[2] == height && dims[3] == width) return true;
    return *is_last = dims[1] == height && dims[2] == width && dims[3] == channels;
}

void gt_plane_put_first(const float *values, size_t channels, size_t pixels, float *out) {
    for (size_t c = 0; c < channels; c++)
        for (size_t i = 0; i < pixels; i++) *out++ = values[i * channels + c];
}
