/* Multimode: the second largest of the clumps of a source above a quantile of its brightness,
 * as a share of the largest, at the quantile where that share times its area is largest. */
#include <math.h>
#include <string.h>

#include "root.h"
#include "sort.h"
#include "work.h"

/* Clumps above every value that a pixel has: pixels join from the brightest down, each its
 * neighbours' clumps. */
typedef struct clumps {
    gt_morphology *m;
    int count; /* pixels of the source, whose brightness is in m->sorted */
    double invalid;
    int32_t *first, *next; /* pixels by rank, lists that end with -1 */
    int32_t *parent, *area;
    int32_t main;              /* a pixel of the largest clump, -1: there is none */
    int32_t *of_area;          /* how many of the others have an area */
    int32_t second;            /* no other has more */
    int32_t *larger, *smaller; /* by rank: areas of the two largest, 0 where there are none */
    bool has_two;              /* at some rank */
} clumps;

static clumps room_of(gt_morphology *m) {
    size_t pixels = (size_t)m->height * (size_t)m->width;
    int32_t *whole = m->whole;
    return (clumps){.m = m,
                    .first = whole,
                    .next = whole + pixels,
                    .main = -1,
                    .of_area = whole + 2 * pixels, /* from 0 to pixels */
                    .area = whole + 3 * pixels + 2,
                    .larger = whole + 4 * pixels + 2,
                    .smaller = whole + 5 * pixels + 2,
                    .parent = m->labels};
}

static int sort_pixels(gt_morphology *m) {
    int n = 0;
    for (int i = 0; i < m->height; i++)
        for (int j = 0; j < m->width; j++)
            if (gt_is_source(m, i, j)) m->sorted[n++] = m->bright[i * m->width + j];
    gt_sort_in_room((size_t)n, m->sorted, m->keys);
    return n;
}

/* The first of the sorted values that is not less. */
static int rank_of(const clumps *c, double value) {
    const double *from = c->m->sorted;
    for (int left = c->count; left > 1;) { /* without a branch that nobody foresees */
        int half = left / 2;
        from += half & -(from[half - 1] < value);
        left -= half;
    }
    return (int)(from - c->m->sorted) + (*from < value);
}

static void list_pixels(clumps *c) {
    gt_morphology *m = c->m;
    for (int k = 0; k < c->count; k++) c->first[k] = -1;
    for (int at = 0; at < m->height * m->width; at++) {
        c->parent[at] = -1;
        c->invalid += m->bright[at];
        if (!(m->bright[at] > 0)) continue;
        int rank = rank_of(c, m->bright[at]);
        c->next[at] = c->first[rank];
        c->first[rank] = at;
    }
}

static int32_t root_of(const clumps *c, int32_t at) {
    while (c->parent[at] != at) at = c->parent[at] = c->parent[c->parent[at]];
    return at;
}

/* A clump that is not the largest comes, with which it may change places, or goes. */
static void enter(clumps *c, int32_t clump) {
    int32_t area = c->area[clump];
    if (c->main < 0 || area > c->area[c->main]) {
        int32_t last = c->main;
        c->main = clump;
        if (last < 0) return;
        area = c->area[last];
    }
    c->of_area[area]++;
    if (area > c->second) c->second = area;
}

static void leave(clumps *c, int32_t clump) {
    if (clump != c->main) c->of_area[c->area[clump]]--;
    while (c->second > 0 && c->of_area[c->second] == 0) c->second--;
}

static void join(clumps *c, int32_t at, int32_t neighbour) {
    if (c->parent[neighbour] < 0) return;
    int32_t a = root_of(c, at), b = root_of(c, neighbour);
    if (a == b) return;
    if (b == c->main) b = a, a = c->main;
    leave(c, a);
    leave(c, b);
    c->parent[b] = a;
    c->area[a] += c->area[b];
    if (a != c->main) enter(c, a);
}

static void add_pixel(clumps *c, int32_t at) {
    int height = c->m->height, width = c->m->width, y = at / width, x = at % width;
    c->parent[at] = at;
    c->area[at] = 1;
    enter(c, at);
    for (int i = y > 0 ? y - 1 : 0; i <= y + 1 && i < height; i++)
        for (int j = x > 0 ? x - 1 : 0; j <= x + 1 && j < width; j++)
            join(c, at, i * width + j);
}

/* At the value 0 all pixels of the stamp are one clump. */
static void grow(clumps *c) {
    const double *sorted = c->m->sorted;
    memset(c->of_area, 0, ((size_t)c->m->height * (size_t)c->m->width + 1) * sizeof(int32_t));
    list_pixels(c);
    for (int k = c->count - 1, first; k >= 0; k = first - 1) {
        for (first = k; first > 0 && sorted[first - 1] == sorted[k];) first--;
        for (int32_t at = c->first[first]; at >= 0; at = c->next[at]) add_pixel(c, at);
        int32_t larger = c->main < 0 ? 0 : c->area[c->main];
        int32_t smaller = sorted[k] > 0 ? c->second : 0;
        c->has_two |= smaller > 0;
        for (int i = first; i <= k; i++) c->larger[i] = larger, c->smaller[i] = smaller;
    }
}

static int rank_at(const clumps *c, double quantile) {
    return (int)(quantile * (c->count - 1));
}

/* What is to be least. */
static double ratio_at(void *self, const double x[2]) {
    const clumps *c = self;
    if (x[0] < 0 || x[0] > 1) return c->invalid;
    int rank = rank_at(c, x[0]);
    double larger = c->larger[rank], smaller = c->smaller[rank];
    return smaller == 0 ? c->invalid : -smaller * smaller / larger;
}

/* The best of quantiles from 0 in steps that become smaller until one is valid; false: none. */
static bool scan(clumps *c, double *step, double *quantile, double *least) {
    for (*step = 0.02; c->has_two; *step /= 2) {
        int steps = (int)ceil(1 / *step);
        *least = INFINITY;
        for (int i = 0; i < steps; i++) {
            double x[2] = {i * *step, 0}, ratio = ratio_at(c, x);
            if (ratio < *least) *least = ratio, *quantile = x[0];
        }
        if (*least < 0) return true;
        if (*step < 1e-3) break;
    }
    return false;
}

/* Five hops of scipy's basin-hopping. The reference seeds it with 0 for every source, so its
 * random numbers are always these: of each hop, how far it goes, and whether one upwards is
 * accepted. */
static double hop(clumps *c, double quantile, double step, double temperature) {
    static const double RANDOM[5][2] = {{0.5488135039273248, 0.7151893663724195},
                                        {0.6027633760716439, 0.5448831829968969},
                                        {0.4236547993389047, 0.6458941130666561},
                                        {0.4375872112626925, 0.8917730007820798},
                                        {0.9636627605010293, 0.3834415188257777}};
    static const gt_search_rule RULE = {1, 1e-4, 1e-4, 200};
    double at[2] = {quantile, 0}, value = gt_nelder_mead(&RULE, ratio_at, c, at);
    double best = at[0], least = value;
    int accepted = 0;
    for (int i = 0; i < 5; i++) {
        if (i == 4) step = accepted > 2 ? step / 0.9 : step * 0.9; /* half of the hops */
        double x[2] = {at[0] + (-step + 2 * step * RANDOM[i][0]), 0};
        double found = gt_nelder_mead(&RULE, ratio_at, c, x);
        if (exp(fmin(0, -(found - value) / temperature)) < RANDOM[i][1]) continue;
        accepted++;
        at[0] = x[0], value = found;
        if (value < least) least = value, best = at[0];
    }
    return best;
}

void gt_multimode_measure(gt_morphology *m) {
    clumps c = room_of(m);
    double step, quantile = 0, least;
    c.count = sort_pixels(m);
    grow(&c);
    m->out->multimode = 0;
    if (!scan(&c, &step, &quantile, &least)) return;
    int rank = rank_at(&c, hop(&c, quantile, step, -0.5 * least));
    m->out->multimode = (double)c.smaller[rank] / c.larger[rank];
}
