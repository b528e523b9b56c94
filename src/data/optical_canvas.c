/* optical_canvas.c - light on the canvas of the optical sky: memory, profiles, seeing, noise.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "optical.h"

static const double fwhm_per_sigma = 2.3548200450309493, pi = 3.14159265358979323846;

/* The wide part of the seeing: how much wider, its share, and the largest seeing drawn. */
static const double wide_part = 2.2, wide_share = 0.18, largest_seeing = 1.5;

/* Where a Gaussian ends, in deviations. */
static const double window = 3.2;

gt_status optical_canvas_open(const gt_synth_settings *settings, optical_canvas **out,
                              gt_error *err) {
    optical_canvas *canvas = calloc(1, sizeof *canvas);
    if (!canvas) return gt_fail(err, GT_NO_MEMORY, "a canvas");
    double seeing = settings->beam / settings->pixel / fwhm_per_sigma;
    size_t size = canvas->size = (size_t)settings->size;
    canvas->pixel = settings->pixel;
    canvas->seeing = seeing;
    canvas->pad = (size_t)ceil(window * wide_part * largest_seeing * seeing);
    size_t wide = canvas->wide = size + 2 * canvas->pad;
    canvas->light = calloc(OPTICAL_BANDS * wide * wide, sizeof *canvas->light);
    canvas->seen = calloc(OPTICAL_BANDS * size * size, sizeof *canvas->seen);
    canvas->half = calloc(size * wide, sizeof *canvas->half);
    canvas->noise = calloc(size * size, sizeof *canvas->noise);
    canvas->levels = calloc((OPTICAL_BANDS + 1) * size * size, sizeof *canvas->levels);
    if (canvas->light && canvas->seen && canvas->half && canvas->noise && canvas->levels) {
        *out = canvas;
        return GT_OK;
    }
    optical_canvas_close(canvas);
    return gt_fail(err, GT_NO_MEMORY, "pictures of %zu x %zu pixels", size, size);
}

void optical_canvas_close(optical_canvas *canvas) {
    if (!canvas) return;
    free(canvas->light);
    free(canvas->seen);
    free(canvas->half);
    free(canvas->noise);
    free(canvas->levels);
    free(canvas);
}

void optical_colour(double tint, double out[OPTICAL_BANDS]) {
    out[0] = 1.45 - 0.55 * tint;
    out[1] = 0.45 + 0.65 * tint;
    out[2] = 1.10 - 0.10 * tint;
}

/* ---- painting ---- */

/* A part of the canvas. */
typedef struct box {
    size_t x0, x1, y0, y1;
    double middle; /* of the canvas */
} box;

static void clip(double centre, double reach, size_t wide, size_t *from, size_t *to) {
    double low = floor(centre - reach), high = ceil(centre + reach) + 1.0;
    *from = low < 0.0 ? 0 : low > (double)wide ? wide : (size_t)low;
    *to = high < 0.0 ? 0 : high > (double)wide ? wide : (size_t)high;
}

static box box_around(const optical_canvas *canvas, double x, double y, double reach) {
    box b = {.middle = 0.5 * ((double)canvas->wide - 1.0)};
    clip(b.middle + x, reach, canvas->wide, &b.x0, &b.x1);
    clip(b.middle + y, reach, canvas->wide, &b.y0, &b.y1);
    return b;
}

static void put(optical_canvas *canvas, size_t x, size_t y, const double colour[OPTICAL_BANDS],
                double light) {
    size_t plane = canvas->wide * canvas->wide, at = y * canvas->wide + x;
    for (size_t c = 0; c < OPTICAL_BANDS; c++)
        canvas->light[c * plane + at] += (float)(colour[c] * light);
}

typedef struct sersic {
    float c, s, axis, b, radius2, power;
} sersic;

static float sersic_at(const sersic *p, float dx, float dy) {
    float u = p->c * dx + p->s * dy, v = (p->c * dy - p->s * dx) / p->axis;
    return expf(-p->b * powf((u * u + v * v) / p->radius2, p->power));
}

/* The mean over a pixel: many places of it near the centre, where the profile is a cusp. */
static float sersic_mean(const sersic *p, float dx, float dy) {
    enum { FINE = 5 };
    float sum = 0.0F;
    if (fabsf(dx) > 2.5F || fabsf(dy) > 2.5F) return sersic_at(p, dx, dy);
    for (int i = 0; i < FINE; i++)
        for (int j = 0; j < FINE; j++)
            sum += sersic_at(p, dx + ((float)i - 2.0F) / FINE, dy + ((float)j - 2.0F) / FINE);
    return sum / (FINE * FINE);
}

/* b by the series of Ciotti & Bertin 1999, A&A 352, 447, equation 18. */
static double sersic_b(double n) {
    return 2.0 * n - 1.0 / 3.0 + 4.0 / (405.0 * n) + 46.0 / (25515.0 * n * n);
}

void optical_sersic(optical_canvas *canvas, optical_place place, double radius, double index,
                    double flux, double tint) {
    double b = sersic_b(index), colour[OPTICAL_BANDS];
    double total = 2.0 * pi * index * radius * radius * place.axis * pow(b, -2.0 * index) *
                   tgamma(2.0 * index);
    sersic p = {(float)cos(place.angle),  (float)sin(place.angle), (float)place.axis, (float)b,
                (float)(radius * radius), (float)(0.5 / index)};
    box area = box_around(canvas, place.x, place.y, 9.0 * radius + 2.0);
    optical_colour(tint, colour);
    for (size_t y = area.y0; y < area.y1; y++)
        for (size_t x = area.x0; x < area.x1; x++) {
            float dx = (float)((double)x - area.middle - place.x);
            float dy = (float)((double)y - area.middle - place.y);
            put(canvas, x, y, colour, flux / total * (double)sersic_mean(&p, dx, dy));
        }
}

void optical_blob(optical_canvas *canvas, double x, double y, double sigma, double flux,
                  double tint) {
    double colour[OPTICAL_BANDS], peak = flux / (2.0 * pi * sigma * sigma);
    box area = box_around(canvas, x, y, 4.0 * sigma);
    optical_colour(tint, colour);
    for (size_t i = area.y0; i < area.y1; i++)
        for (size_t j = area.x0; j < area.x1; j++) {
            double dx = (double)j - area.middle - x, dy = (double)i - area.middle - y;
            put(canvas, j, i, colour, peak * exp(-0.5 * (dx * dx + dy * dy) / (sigma * sigma)));
        }
}

/* Light of arms and disk at a place of the plane of the disk, in units of its centre's. */
static void disk_at(const optical_disk *d, float u, float v, float *smooth, float *arms) {
    float r = sqrtf(u * u + v * v) + 1e-3F, base = expf(-r / (float)d->scale);
    *smooth = base, *arms = 0.0F;
    float t = r / (float)d->start, begun = t * t * t * t / (1.0F + t * t * t * t);
    if (d->contrast > 0.0 && begun > 0.02F) {
        float angle = atan2f(v, u), turn = (float)d->winding * logf(t);
        float bend = (float)d->wave * sinf(2.0F * angle + 2.0F * r / (float)d->scale);
        float phase = (float)d->arms * (angle - turn - (float)d->phase) + bend;
        float side = 1.0F + (float)d->lopsided * cosf(angle - (float)d->lopsided_at);
        float ridge = expf((float)d->sharpness * (cosf(phase) - 1.0F));
        float hidden = (float)d->dust * begun *
                       expf(6.0F * (cosf(phase + (d->winding > 0 ? 0.9F : -0.9F)) - 1.0F));
        float share = (float)d->contrast * begun;
        *arms = base * 3.0F * share * ridge * side * (1.0F - 0.5F * hidden);
        *smooth = base * (1.0F - 0.6F * share) * (1.0F - hidden);
    }
    if (d->bar > 0.0) {
        float c = (float)cos(d->bar_angle), s = (float)sin(d->bar_angle);
        float a = fabsf(c * u + s * v) / (float)d->bar_length;
        float b = fabsf(c * v - s * u) / (0.3F * (float)d->bar_length);
        float rho = a * a * a + b * b * b;
        if (rho < 20.0F) *smooth += (float)d->bar * expf(-rho);
    }
}

void optical_disk_paint(optical_canvas *canvas, optical_place place, const optical_disk *disk,
                        double flux) {
    double smooth_colour[OPTICAL_BANDS], arm_colour[OPTICAL_BANDS];
    double peak = flux / (2.0 * pi * disk->scale * disk->scale * place.axis);
    box area = box_around(canvas, place.x, place.y, 8.0 * disk->scale);
    float c = (float)cos(place.angle), s = (float)sin(place.angle);
    optical_colour(disk->tint, smooth_colour);
    optical_colour(disk->arm_tint, arm_colour);
    for (size_t y = area.y0; y < area.y1; y++)
        for (size_t x = area.x0; x < area.x1; x++) {
            float dx = (float)((double)x - area.middle - place.x), smooth, arms;
            float dy = (float)((double)y - area.middle - place.y);
            float u = c * dx + s * dy, v = (c * dy - s * dx) / (float)place.axis;
            float reach = 8.0F * (float)disk->scale;
            if (u * u + v * v > reach * reach) continue;
            disk_at(disk, u, v, &smooth, &arms);
            put(canvas, x, y, smooth_colour, peak * (double)smooth);
            put(canvas, x, y, arm_colour, peak * (double)arms);
        }
}

void optical_edge_paint(optical_canvas *canvas, optical_place place, const optical_edge *edge,
                        double flux) {
    double colour[OPTICAL_BANDS], peak = flux / (8.0 * edge->scale * edge->height);
    box area = box_around(canvas, place.x, place.y, 9.0 * edge->scale);
    float c = (float)cos(place.angle), s = (float)sin(place.angle);
    float along = (float)edge->scale, across = (float)edge->height;
    optical_colour(edge->tint, colour);
    for (size_t y = area.y0; y < area.y1; y++)
        for (size_t x = area.x0; x < area.x1; x++) {
            float dx = (float)((double)x - area.middle - place.x);
            float dy = (float)((double)y - area.middle - place.y);
            float u = (c * dx + s * dy) / along;
            float v = (c * dy - s * dx - (float)edge->warp * along * u * fabsf(u)) / across;
            if (fabsf(v) > 9.0F) continue;
            float away = expf(-fabsf(u)) * (1.0F + fabsf(u)), high = 1.0F / coshf(v);
            float lane = (v - (float)edge->lane_offset) / 0.45F;
            float kept = 1.0F - (float)edge->lane * expf(-0.5F * lane * lane - 0.2F * u * u);
            put(canvas, x, y, colour, peak * (double)(away * high * high * kept));
        }
}

double optical_half_light(const optical_canvas *canvas, optical_place place) {
    enum { BINS = 4096 };
    static const double step = 0.25;
    double bins[BINS] = {0}, total = 0.0, sum = 0.0;
    size_t wide = canvas->wide, plane = wide * wide;
    double middle = 0.5 * ((double)wide - 1.0), c = cos(place.angle), s = sin(place.angle);
    for (size_t i = 0; i < plane; i++) {
        double dx = (double)(i % wide) - middle - place.x;
        double dy = (double)(i / wide) - middle - place.y;
        double u = c * dx + s * dy, v = (c * dy - s * dx) / place.axis, light = 0.0;
        for (size_t k = 0; k < OPTICAL_BANDS; k++)
            light += (double)canvas->light[k * plane + i];
        bins[(size_t)fmin(sqrt(u * u + v * v) / step, BINS - 1)] += light;
        total += light;
    }
    for (size_t k = 0; k < BINS; k++) {
        if (sum + bins[k] >= 0.5 * total)
            return step * ((double)k + (0.5 * total - sum) / fmax(bins[k], 1e-30));
        sum += bins[k];
    }
    return step * BINS;
}

/* ---- seeing and noise ---- */

static size_t gaussian(double sigma, float *taps, size_t most) {
    size_t reach = (size_t)fmin(ceil(window * sigma), (double)most);
    double sum = 0.0;
    for (size_t i = 0; i <= 2 * reach; i++) {
        double d = ((double)i - (double)reach) / sigma;
        sum += taps[i] = (float)exp(-0.5 * d * d);
    }
    for (size_t i = 0; i <= 2 * reach; i++) taps[i] = (float)((double)taps[i] / sum);
    return reach;
}

/* Adds `share` of one band through a Gaussian. */
static void smear(optical_canvas *canvas, size_t band, double sigma, double share) {
    float taps[2 * GT_SYNTH_MAX_SIZE + 1];
    size_t size = canvas->size, wide = canvas->wide, pad = canvas->pad;
    size_t reach = gaussian(sigma, taps, pad < GT_SYNTH_MAX_SIZE ? pad : GT_SYNTH_MAX_SIZE);
    const float *light = canvas->light + band * wide * wide;
    float *seen = canvas->seen + band * size * size;
    memset(canvas->half, 0, size * wide * sizeof *canvas->half);
    for (size_t y = 0; y < size; y++)
        for (size_t t = 0; t <= 2 * reach; t++) {
            const float *in = light + (y + pad - reach + t) * wide;
            float *out = canvas->half + y * wide;
            for (size_t x = 0; x < wide; x++) out[x] += taps[t] * in[x];
        }
    for (size_t y = 0; y < size; y++)
        for (size_t t = 0; t <= 2 * reach; t++) {
            const float *in = canvas->half + y * wide + pad - reach + t;
            float *out = seen + y * size, weight = (float)share * taps[t];
            for (size_t x = 0; x < size; x++) out[x] += weight * in[x];
        }
}

void optical_see(optical_canvas *canvas, double seeing) {
    seeing = fmin(seeing, largest_seeing * canvas->seeing);
    memset(canvas->seen, 0, OPTICAL_BANDS * canvas->size * canvas->size * sizeof *canvas->seen);
    for (size_t band = 0; band < OPTICAL_BANDS; band++) {
        smear(canvas, band, seeing, 1.0 - wide_share);
        smear(canvas, band, wide_part * seeing, wide_share);
    }
}

/* z is the noisiest band; the mean of the three has deviation rms. */
void optical_add_noise(optical_canvas *canvas, gt_rng_key key, double rms) {
    static const double relative[OPTICAL_BANDS] = {1.5, 0.75, 0.75};
    static const float photons = 4e-4F; /* variance per light */
    size_t pixels = canvas->size * canvas->size;
    for (size_t band = 0; band < OPTICAL_BANDS; band++) {
        float *seen = canvas->seen + band * pixels;
        float sky = (float)(3.0 * rms * relative[band] / sqrt(3.375));
        gt_rng_fill_normal(key, band * pixels, pixels, canvas->noise);
        for (size_t i = 0; i < pixels; i++)
            seen[i] += canvas->noise[i] * sqrtf(sky * sky + photons * fmaxf(seen[i], 0.0F));
    }
}
