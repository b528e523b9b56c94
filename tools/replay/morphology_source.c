/* Where images and segmentation maps of a recording came from, made again. */
#include <stdlib.h>

#include "galatea/image.h"
#include "morphology_replay.h"

/* Medians, deviations and maps from the grays; a mistaken pixel is one. */
void gt_morphology_replay_segmentation(morphology_replay *r) {
    size_t pixels = r->height * r->width;
    double *gray = gt_morphology_replay_plane(r, "gray"), of_median = 0, of_sigma = 0,
           wrong = 0;
    double *median = gt_morphology_replay_recorded(r, "default_seg.median", r->count);
    double *sigma = gt_morphology_replay_recorded(r, "default_seg.sigma", r->count);
    int32_t *segments = calloc(pixels, sizeof *segments);
    for (size_t i = 0; gray && median && sigma && segments && i < r->count; i++) {
        gt_morphology_detection d;
        gt_morphology_segment(r->room, gray + i * pixels, segments, NULL, &d);
        of_median = fmax(of_median, fabs(d.median - median[i]));
        of_sigma = fmax(of_sigma, fabs(d.sigma - sigma[i]));
        for (size_t at = 0; at < pixels; at++)
            wrong += segments[at] != gt_morphology_replay_whole(r->segments[i * pixels + at]);
    }
    if (median && gray) gt_recording_judged(r->rec, "default_seg.median", of_median, 1e-12);
    if (sigma && gray) gt_recording_judged(r->rec, "default_seg.sigma", of_sigma, 1e-12);
    if (gray) gt_recording_judged(r->rec, "segmaps", wrong, 0);
    free(gray), free(median), free(sigma), free(segments);
}

/* The grays from the bands: a level of a colour more or less where truncation meets a whole
 * number, 1/765 of a gray, in one pixel of a thousand. */
void gt_morphology_replay_grays(morphology_replay *r) {
    size_t pixels = r->height * r->width, differing = 0;
    uint64_t values = 0;
    double *bands = NULL, *gray = gt_morphology_replay_plane(r, "gray"), worst = 0;
    if (gray && gt_recording_find(r->rec, "bands_zgr") >= 0)
        bands = gt_recording_input_double(r->rec, "bands_zgr", &values);
    if (bands && values != 3 * r->count * pixels)
        gt_recording_fail(r->rec, GT_BAD_SHAPE, "'bands_zgr' is not (n, 3, height, width)");
    for (size_t i = 0; bands && !r->rec->status && i < r->count; i++) {
        double *levels = bands + 3 * i * pixels;
        gt_image_lupton(levels, pixels, (gt_lupton){8, 0.2}, levels);
        for (size_t at = 0; at < pixels; at++) {
            double sum = 0;
            for (size_t c = 0; c < 3; c++) sum += (uint8_t)levels[c * pixels + at];
            double error = fabs(sum / 765 - gray[i * pixels + at]);
            differing += error > 1e-6;
            worst = fmax(worst, error);
        }
    }
    if (bands && differing > r->count * pixels / 1000) worst = INFINITY;
    if (bands) gt_recording_judged(r->rec, "gray", worst, 1.0 / 765 + 1e-6);
    free(gray), free(bands);
}
