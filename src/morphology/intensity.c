/* Intensity and deviation: the smoothed source is divided among its peaks, each of which has
 * what drains to it; the second brightest part as a share of the brightest, and how far the
 * peak of that one is from the centroid. */
#include <math.h>
#include <string.h>

#include "filter.h"
#include "work.h"

typedef struct queued {
    double brightness;
    int32_t age; /* when it joined the queue */
    int32_t pixel;
} queued;

typedef struct basins {
    gt_morphology *m;
    int32_t *label;  /* by pixel, 0: none yet */
    queued *heap;    /* brightest pixel first, of equal ones the one that joined first */
    int32_t waiting; /* of them */
    int32_t *peak;   /* by label - 1 */
    int peaks;
} basins;

enum { REACH = 4 }; /* of the Gaussian, pixels */

static int reflected(int i, int n) {
    int period = 2 * n;
    i = ((i % period) + period) % period;
    return i < n ? i : period - 1 - i;
}

/* Taps about the middle, pairs first, so that equal pixels on both sides count alike. */
static void start_sum(int n, const double *in, double weight, double *out) {
#pragma omp simd
    for (int j = 0; j < n; j++) out[j] = in[j] * weight;
}

static void add_pair(int n, const double *one, const double *other, double weight,
                     double *out) {
#pragma omp simd
    for (int j = 0; j < n; j++) out[j] += (one[j] + other[j]) * weight;
}

static void smooth_column(const gt_morphology *m, int i, double *out) {
    int n = m->width;
    start_sum(n, m->bright + i * n, m->weights[REACH], out);
    for (int k = REACH; k > 0; k--)
        add_pair(n, m->bright + reflected(i - k, m->height) * n,
                 m->bright + reflected(i + k, m->height) * n, m->weights[REACH + k], out);
}

static void smooth_line(gt_morphology *m, const double *in, double *out) {
    int n = m->width;
    double *line = m->line + REACH;
    memcpy(line, in, (size_t)n * sizeof *line);
    for (int i = 1; i <= REACH; i++) {
        line[-i] = in[reflected(-i, n)];
        line[n - 1 + i] = in[reflected(n - 1 + i, n)];
    }
    start_sum(n, line, m->weights[REACH], out);
    for (int k = REACH; k > 0; k--) add_pair(n, line - k, line + k, m->weights[REACH + k], out);
}

static void smooth(gt_morphology *m) {
    gt_gaussian_taps(1, REACH, m->weights);
    for (int i = 0; i < m->height; i++) {
        smooth_column(m, i, m->between);
        smooth_line(m, m->between, m->smooth + i * m->width);
    }
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

static inline bool comes_first(const queued *p, const queued *q) {
    return p->brightness > q->brightness || (p->brightness == q->brightness && p->age < q->age);
}

static void push(basins *b, int32_t pixel, int32_t age) {
    int32_t at = b->waiting++;
    queued *heap = b->heap, own = {b->m->smooth[pixel], age, pixel};
    for (; at > 0 && comes_first(&own, &heap[(at - 1) / 2]); at = (at - 1) / 2)
        heap[at] = heap[(at - 1) / 2];
    heap[at] = own;
}

static int32_t pop(basins *b) {
    int32_t top = b->heap[0].pixel, at = 0, count = --b->waiting;
    queued *heap = b->heap, own = heap[count];
    for (;;) {
        int32_t best = 2 * at + 1;
        if (best >= count) break;
        if (best + 1 < count) best += comes_first(&heap[best + 1], &heap[best]);
        if (!comes_first(&heap[best], &own)) break;
        heap[at] = heap[best];
        at = best;
    }
    heap[at] = own;
    return top;
}

/* Peaks have their numbers from the brightest down. */
static void find_peaks(basins *b) {
    gt_morphology *m = b->m;
    double least = INFINITY;
    for (int at = 0; at < m->height * m->width; at++)
        if (m->smooth[at] < least) least = m->smooth[at];
    for (int y = 1; y < m->height - 1; y++)
        for (int x = 1; x < m->width - 1; x++)
            if (is_peak(m, y, x, least)) {
                b->label[y * m->width + x] = 1;
                push(b, y * m->width + x, 0);
            }
    int count = b->waiting;
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
        if (b->label[at]) push(b, at, 0);
    while (b->waiting) {
        int32_t at = pop(b);
        int row = at / m->width, column = at - row * m->width;
        for (int k = 0; k < 8; k++) {
            int y = row + NEAR[k][0], x = column + NEAR[k][1];
            int32_t next = y * m->width + x;
            if (y < 0 || x < 0 || y >= m->height || x >= m->width) continue;
            if (b->label[next] || !(m->smooth[next] > 0)) continue;
            b->label[next] = b->label[at];
            push(b, next, ++age);
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
    basins b = {m, m->labels, (queued *)m->whole, 0, m->whole + 4 * pixels, 0};
    memset(b.label, 0, pixels * sizeof *b.label);
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
