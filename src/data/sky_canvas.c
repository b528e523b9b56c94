/* sky_canvas.c - pixels of the synthetic sky: blobs through the beam, correlated noise, extent.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sky.h"

static const double fwhm_per_sigma = 2.3548200450309493;

gt_status sky_canvas_init(sky_canvas *canvas, const gt_synth_settings *settings,
                          gt_error *err) {
    *canvas = (sky_canvas){.size = (size_t)settings->size, .pixel = settings->pixel};
    canvas->beam = settings->beam / fwhm_per_sigma;
    double sigma = canvas->beam / canvas->pixel;
    canvas->reach = (size_t)ceil(4.0 * sigma);
    size_t size = canvas->size, reach = canvas->reach, wide = size + 2 * reach;
    size_t floats = 2 * reach + 1 + 2 * size * size + wide * wide + size * wide;
    canvas->kernel = calloc(floats, sizeof *canvas->kernel);
    if (!canvas->kernel)
        return gt_fail(err, GT_NO_MEMORY, "pictures of %zu x %zu pixels", size, size);
    canvas->source = canvas->kernel + 2 * reach + 1;
    canvas->map = canvas->source + size * size;
    canvas->white = canvas->map + size * size;
    canvas->half = canvas->white + wide * wide;
    double squares = 0.0;
    for (size_t i = 0; i <= 2 * reach; i++) {
        double offset = ((double)i - (double)reach) / sigma;
        canvas->kernel[i] = (float)exp(-0.5 * offset * offset);
        squares += (double)canvas->kernel[i] * canvas->kernel[i];
    }
    for (size_t i = 0; i <= 2 * reach; i++) canvas->kernel[i] /= (float)sqrt(squares);
    return GT_OK;
}

void sky_canvas_clear(sky_canvas *canvas) {
    free(canvas->kernel);
    *canvas = (sky_canvas){0};
}

/* out[i] = exp(-(first + i - centre)^2 / 2 sigma^2): the ratio of neighbours changes by a
 * constant factor, so three exponentials serve a whole row. */
static void gaussian_run(double centre, double sigma, size_t first, size_t count, float *out) {
    double offset = (double)first - centre, inverse = 1.0 / (sigma * sigma);
    double value = exp(-0.5 * offset * offset * inverse);
    double ratio = exp(-(offset + 0.5) * inverse), change = exp(-inverse);
    for (size_t i = 0; i < count; i++) {
        out[i] = (float)value;
        value *= ratio;
        ratio *= change;
    }
}

/* Pixels of one axis within 4.5 deviations of centre; false if there are none in the picture.
 */
static bool window(double centre, double sigma, size_t size, size_t *first, size_t *count) {
    double low = ceil(centre - 4.5 * sigma), high = floor(centre + 4.5 * sigma);
    low = fmax(low, 0.0);
    high = fmin(high, (double)size - 1.0);
    if (!(low <= high)) return false;
    *first = (size_t)low;
    *count = (size_t)(high - low) + 1;
    return true;
}

void sky_canvas_blob(const sky_canvas *canvas, float *map, const sky_blob *blob) {
    float row[GT_SYNTH_MAX_SIZE], column[GT_SYNTH_MAX_SIZE];
    double variance = canvas->beam * canvas->beam + blob->sigma * blob->sigma;
    double sigma = sqrt(variance) / canvas->pixel, middle = 0.5 * ((double)canvas->size - 1.0);
    double cx = middle + blob->x / canvas->pixel, cy = middle + blob->y / canvas->pixel;
    size_t x0, y0, columns, rows;
    if (!window(cx, sigma, canvas->size, &x0, &columns)) return;
    if (!window(cy, sigma, canvas->size, &y0, &rows)) return;
    gaussian_run(cx, sigma, x0, columns, row);
    gaussian_run(cy, sigma, y0, rows, column);
    float peak = (float)(blob->flux * canvas->beam * canvas->beam / variance);
    for (size_t y = 0; y < rows; y++) {
        float *line = map + (y0 + y) * canvas->size + x0, height = peak * column[y];
        for (size_t x = 0; x < columns; x++) line[x] += height * row[x];
    }
}

void sky_canvas_noise(sky_canvas *canvas, gt_rng_key key, double rms) {
    size_t size = canvas->size, taps = 2 * canvas->reach + 1, wide = size + taps - 1;
    gt_rng_fill_normal(key, 0, wide * wide, canvas->white);
    memset(canvas->half, 0, size * wide * sizeof *canvas->half);
    for (size_t y = 0; y < size; y++) {
        float *out = canvas->half + y * wide;
        for (size_t t = 0; t < taps; t++) {
            const float *in = canvas->white + (y + t) * wide, weight = canvas->kernel[t];
            for (size_t x = 0; x < wide; x++) out[x] += weight * in[x];
        }
    }
    for (size_t y = 0; y < size; y++) {
        float *out = canvas->map + y * size;
        for (size_t t = 0; t < taps; t++) {
            const float *in = canvas->half + y * wide + t,
                        weight = (float)rms * canvas->kernel[t];
            for (size_t x = 0; x < size; x++) out[x] += weight * in[x];
        }
    }
}

/* The farthest pair lies among the outermost pixels of the rows: two per row. */
double sky_canvas_extent(const sky_canvas *canvas, double level) {
    double ends[2 * GT_SYNTH_MAX_SIZE][2], farthest = -1.0;
    size_t count = 0, size = canvas->size;
    for (size_t y = 0; y < size; y++) {
        const float *line = canvas->source + y * size;
        size_t left = 0, right = size;
        while (left < size && line[left] < level) left++;
        if (left == size) continue;
        while (line[right - 1] < level) right--;
        ends[count][0] = (double)left, ends[count++][1] = (double)y;
        ends[count][0] = (double)right - 1.0, ends[count++][1] = (double)y;
    }
    for (size_t i = 0; i < count; i++) {
        for (size_t j = i; j < count; j++) {
            double dx = ends[i][0] - ends[j][0], dy = ends[i][1] - ends[j][1];
            farthest = fmax(farthest, dx * dx + dy * dy);
        }
    }
    return farthest < 0.0 ? NAN : sqrt(farthest) * canvas->pixel;
}
