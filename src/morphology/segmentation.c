#include <math.h>
#include <string.h>

#include "components.h"
#include "filter.h"
#include "sort.h"
#include "work.h"

enum { PASSES = 10, LEAST_PIXELS = 5 };

typedef struct kept {
    int begin, end; /* of the sorted pixels */
    double median, sigma;
} kept;

static void statistics(const double *sorted, kept *k) {
    int n = k->end - k->begin;
    double sum = 0, squares = 0;
    const double *v = sorted + k->begin;
#pragma omp simd reduction(+ : sum)
    for (int i = 0; i < n; i++) sum += v[i];
    double mean = sum / n;
#pragma omp simd reduction(+ : squares)
    for (int i = 0; i < n; i++) squares += (v[i] - mean) * (v[i] - mean);
    k->median = gt_sorted_median((size_t)n, v);
    k->sigma = sqrt(squares / n);
}

static kept clipped(int n, const double *sorted) {
    kept k = {.end = n};
    if (n == 0) return k;
    statistics(sorted, &k);
    for (int pass = 0; pass < PASSES; pass++) {
        int begin = k.begin, end = k.end;
        while (begin < end && k.median - sorted[begin] > 3 * k.sigma) begin++;
        while (end > begin && sorted[end - 1] - k.median > 3 * k.sigma) end--;
        if (begin == k.begin && end == k.end) break;
        k.begin = begin, k.end = end;
        statistics(sorted, &k);
    }
    return k;
}

typedef struct source {
    int area;
    long distance; /* of its nearest pixel from the middle, 4 times its square */
} source;

typedef struct choice {
    int32_t nearest, largest;
    source near, large;
    int32_t count;
} choice;

/* Labels of detected pixels are 1; components become 2, 3, ... and small ones 0. Their number.
 */
static int32_t label_sources(gt_morphology *m) {
    int32_t count = 0;
    int pixels = m->most_height * m->most_width;
    for (int at = 0; at < pixels; at++) {
        if (m->labels[at] != 1) continue;
        int area = gt_fill_component(m->most_height, m->most_width, m->labels, at, count + 2,
                                     m->stack);
        if (area >= LEAST_PIXELS)
            count++;
        else
            gt_fill_component(m->most_height, m->most_width, m->labels, at, 0, m->stack);
    }
    return count;
}

/* By label, of components from 2 on. */
static void measure_sources(const gt_morphology *m, int32_t count, source *sources) {
    memset(sources, 0, (size_t)(count + 2) * sizeof *sources);
    for (int i = 0; i < m->most_height; i++)
        for (int j = 0; j < m->most_width; j++) {
            source *s = &sources[m->labels[i * m->most_width + j]];
            long y = 2L * i - (m->most_height - 1), x = 2L * j - (m->most_width - 1);
            long distance = y * y + x * x;
            if (s->area++ == 0 || distance < s->distance) s->distance = distance;
        }
}

static choice choose_source(gt_morphology *m) {
    choice c = {.count = label_sources(m)};
    source *sources = (source *)m->keys; /* at most one for LEAST_PIXELS pixels, and two */
    measure_sources(m, c.count, sources);
    for (int32_t label = 2; label < c.count + 2; label++) {
        source s = sources[label];
        if (label == 2) c.nearest = c.largest = label, c.near = c.large = s;
        if (s.distance < c.near.distance ||
            (s.distance == c.near.distance && s.area > c.near.area))
            c.nearest = label, c.near = s;
        if (s.area > c.large.area) c.largest = label, c.large = s;
    }
    return c;
}

static void number(gt_morphology *m, int32_t main, int32_t *segments) {
    for (int at = 0; at < m->most_height * m->most_width; at++) {
        int32_t label = m->labels[at];
        segments[at] = label == 0 ? 0 : label == main ? 1 : label < main ? label : label - 1;
    }
}

static kept clip_image(gt_morphology *m, const double *image) {
    int n = 0;
    for (int at = 0; at < m->most_height * m->most_width; at++)
        if (isfinite(image[at])) m->sorted[n++] = image[at];
    gt_sort_in_room((size_t)n, m->sorted, m->keys);
    return clipped(n, m->sorted);
}

static void detect(gt_morphology *m, const double *image, const kept *k) {
    int height = m->most_height, width = m->most_width, side = height > width ? height : width;
    double sigma = 3 / (2 * sqrt(2 * log(2)));
    for (int at = 0; at < height * width; at++)
        m->smooth[at] = isfinite(image[at]) ? image[at] - k->median : 0;
    gt_filter(height, width, m->smooth, gt_gaussian_taps(sigma, side, m->weights),
              GT_BORDER_ZERO, m->between, m->line, m->above);
    for (int at = 0; at < height * width; at++) m->labels[at] = m->above[at] > 1.5 * k->sigma;
}

void gt_morphology_segment(gt_morphology *m, const double *image, int32_t *segments,
                           double *subtracted, gt_morphology_detection *out) {
    int side = m->most_height < m->most_width ? m->most_height : m->most_width;
    kept k = clip_image(m, image);
    detect(m, image, &k);
    choice c = choose_source(m);
    bool is_far = sqrt((double)c.near.distance) / 2 > side / 8.0;
    int32_t main = is_far ? c.largest : c.nearest;
    number(m, main, segments);
    *out = (gt_morphology_detection){k.median, k.sigma, c.count,
                                     is_far ? c.large.area : c.near.area};
    for (int at = 0; subtracted && at < m->most_height * m->most_width; at++)
        subtracted[at] = image[at] - k.median;
}
