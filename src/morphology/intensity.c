/* Intensity and deviation: the smoothed source is divided among its peaks, each of which has
 * what drains to it; the second brightest part as a share of the brightest, and how far the
 * peak of that one is from the centroid. */
#include <math.h>
#include <string.h>

#include "filter.h"
#include "work.h"

typedef struct basins {
    gt_morphology *m;
    int32_t *label;        /* by pixel, 0: none yet */
    int32_t *age;          /* by pixel: when it joined the queue */
    int32_t *heap, queued; /* brightest pixel first, of equal ones the one that joined first */
    int32_t *peak;         /* by label - 1 */
    int peaks;
} basins;

enum { REACH = 4 }; /* of the Gaussian, pixels */

static int reflected(int i, int n) {
    int period = 2 * n;
    i = ((i % period) + period) % period;
    return i < n ? i : period - 1 - i;
}

/* Taps about the middle of a line, pairs first, so that equal pixels on both sides count alike.
 */
static void smooth_line(gt_morphology *m, const double *in, int n, int step, double *out) {
    double *line = m->line + REACH;
    const double *weight = m->weights + REACH;
    for (int i = -REACH; i < 0; i++) line[i] = in[reflected(i, n) * step];
    for (int i = 0; i < n; i++) line[i] = in[i * step];
    for (int i = n; i < n + REACH; i++) line[i] = in[reflected(i, n) * step];
    for (int i = 0; i < n; i++) {
        double sum = line[i] * weight[0];
        for (int k = REACH; k > 0; k--) sum += (line[i - k] + line[i + k]) * weight[k];
        out[i * step] = sum;
    }
}

static void smooth(gt_morphology *m) {
    gt_gaussian_taps(1, REACH, m->weights);
    for (int j = 0; j < m->width; j++)
        smooth_line(m, m->bright + j, m->height, m->width, m->between + j);
    for (int i = 0; i < m->height; i++)
        smooth_line(m, m->between + i * m->width, m->width, 1, m->smooth + i * m->width);
}

/* No pixel that touches it is brighter. Those at the edge of the stamp are none. */
static bool is_peak(const gt_morphology *m, int y, int x, double least) {
    const double *at = m->smooth + y * m->width + x;
    if (!(*at > least)) return false;
    for (int i = -1; i <= 1; i++)
        for (int j = -1; j <= 1; j++)
            if (at[i * m->width + j] > *at) return false;
    return true;
}

static bool comes_first(const basins *b, int32_t p, int32_t q) {
    double at = b->m->smooth[p], other = b->m->smooth[q];
    return at > other || (at == other && b->age[p] < b->age[q]);
}

static void swap(int32_t *a, int32_t *b) {
    int32_t other = *a;
    *a = *b, *b = other;
}

static void push(basins *b, int32_t pixel) {
    int32_t at = b->queued++;
    b->heap[at] = pixel;
    for (; at > 0 && comes_first(b, b->heap[at], b->heap[(at - 1) / 2]); at = (at - 1) / 2)
        swap(&b->heap[at], &b->heap[(at - 1) / 2]);
}

static int32_t pop(basins *b) {
    int32_t top = b->heap[0], at = 0;
    b->heap[0] = b->heap[--b->queued];
    for (;;) {
        int32_t best = 2 * at + 1;
        if (best >= b->queued) break;
        if (best + 1 < b->queued && comes_first(b, b->heap[best + 1], b->heap[best])) best++;
        if (!comes_first(b, b->heap[best], b->heap[at])) break;
        swap(&b->heap[best], &b->heap[at]);
        at = best;
    }
    return top;
}

/* Peaks have their numbers from the brightest down. */
static void find_peaks(basins *b) {
    gt_morphology *m = b->m;
    double least = INFINITY;
    for (int at = 0; at < m->height * m->width; at++) least = fmin(least, m->smooth[at]);
    for (int y = 1; y < m->height - 1; y++)
        for (int x = 1; x < m->width - 1; x++)
            if (is_peak(m, y, x, least)) {
                b->label[y * m->width + x] = 1;
                push(b, y * m->width + x);
            }
    int count = b->queued;
    while (b->peaks < count) b->peak[b->peaks++] = pop(b);
    for (int k = 0; k < count; k++) b->label[b->peak[k]] = k + 1;
}

/* Pixels that touch, nearest ones first: the order in which a pixel hands on its label. */
static void flood(basins *b) {
    static const int NEAR[8][2] = {{-1, 0},  {0, -1}, {0, 1},  {1, 0},
                                   {-1, -1}, {-1, 1}, {1, -1}, {1, 1}};
    const gt_morphology *m = b->m;
    int32_t age = 0;
    for (int at = 0; at < m->height * m->width; at++) /* equal peaks from the top down */
        if (b->label[at]) push(b, at);
    while (b->queued) {
        int32_t at = pop(b);
        for (int k = 0; k < 8; k++) {
            int y = at / m->width + NEAR[k][0], x = at % m->width + NEAR[k][1];
            int32_t next = y * m->width + x;
            if (y < 0 || x < 0 || y >= m->height || x >= m->width) continue;
            if (b->label[next] || !(m->smooth[next] > 0)) continue;
            b->label[next] = b->label[at];
            b->age[next] = ++age;
            push(b, next);
        }
    }
}

typedef struct brightest {
    int peak; /* pixel */
    double first, second;
} brightest;

static brightest find_brightest(basins *b) {
    const gt_morphology *m = b->m;
    double *flux = b->m->between;
    brightest found = {.first = -1, .second = -1};
    memset(flux, 0, (size_t)b->peaks * sizeof *flux);
    for (int at = 0; at < m->height * m->width; at++)
        if (b->label[at]) flux[b->label[at] - 1] += m->smooth[at];
    for (int k = 0; k < b->peaks; k++) {
        if (flux[k] >= found.first)
            found = (brightest){b->peak[k], flux[k], found.first};
        else if (flux[k] > found.second)
            found.second = flux[k];
    }
    return found;
}

static void measure_deviation(gt_morphology *m, int peak) {
    double sum = 0, x = 0, y = 0;
    for (int i = 0; i < m->height; i++)
        for (int j = 0; j < m->width; j++) {
            double v = m->bright[i * m->width + j];
            sum += v, x += j * v, y += i * v;
        }
    if (!(sum > 0)) {
        gt_note(m, GT_MORPHOLOGY_EVENT_mid_flux_not_positive);
        return;
    }
    m->out->deviation = sqrt(M_PI / (double)m->out->mid_area) *
                        hypot(peak % m->width - x / sum, (double)(peak / m->width) - y / sum);
}

void gt_intensity_measure(gt_morphology *m) {
    size_t pixels = (size_t)m->height * (size_t)m->width;
    basins b = {m, m->labels, m->whole, m->whole + pixels, 0, m->whole + 2 * pixels, 0};
    memset(b.label, 0, pixels * sizeof *b.label);
    memset(b.age, 0, pixels * sizeof *b.age);
    smooth(m);
    find_peaks(&b);
    flood(&b);
    m->out->intensity = 0;
    if (b.peaks == 0) {
        gt_note(m, GT_MORPHOLOGY_EVENT_mid_no_peak);
        return;
    }
    brightest found = find_brightest(&b);
    if (found.second >= 0) m->out->intensity = found.second / found.first;
    measure_deviation(m, found.peak);
}
