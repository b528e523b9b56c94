/* resize.c - images of another height and width, and the transpose. For each row of the result
 * the rows that it is made of are added up in a line, and its pixels are made of that line's.
 * The transpose does the same with the transposed weights. */
#include "kernels.h"

#include <math.h>
#include <string.h>

#include "team.h"

/* Images of `planes` planes of pixels of `lanes` numbers. from: sides that the filter reads;
 * the transpose (back) reads `to` and writes `from`. */
typedef struct resizing {
    gt_resize_filter filter;
    bool back;
    int64_t planes, lanes, from_height, from_width, to_height, to_width;
} resizing;

/* Result i is the sum over t of weight[t * count + i] * source[first[i] + t]. */
typedef struct taps {
    int64_t count, taps;
    int32_t *first;
    float *weight;
} taps;

/* ---- Weights ----------------------------------------------------------------------------- */

/* Half the width of a triangle, in pixels. */
static double reach_of(int64_t from, int64_t to) {
    return from > to ? (double)from / (double)to : 1;
}

static int64_t taps_of(gt_resize_filter filter, int64_t from, int64_t to) {
    if (filter == GT_RESIZE_NEAREST) return 1;
    int64_t most = (int64_t)ceil(2 * reach_of(from, to));
    return most < from ? most : from;
}

/* Where the taps of result i begin; does not fall as i grows. */
static int64_t first_of(gt_resize_filter filter, int64_t from, int64_t to, int64_t i) {
    if (filter == GT_RESIZE_NEAREST) return i * from / to;
    double centre = ((double)i + 0.5) * (double)from / (double)to;
    int64_t first = (int64_t)floor(centre - reach_of(from, to) + 0.5);
    int64_t last = from - taps_of(filter, from, to);
    return first < 0 ? 0 : first > last ? last : first;
}

static double weight_of(gt_resize_filter filter, int64_t from, int64_t to, int64_t i,
                        int64_t pixel) {
    if (filter == GT_RESIZE_NEAREST) return 1;
    double centre = ((double)i + 0.5) * (double)from / (double)to;
    double offset = fabs((double)pixel + 0.5 - centre) / reach_of(from, to);
    return offset < 1 ? 1 - offset : 0;
}

/* Most results that one pixel has a part in. */
static int64_t taps_back(gt_resize_filter filter, int64_t from, int64_t to) {
    int64_t each = taps_of(filter, from, to), begin = 0, most = 0;
    for (int64_t i = 0; i < to; i++) {
        while (first_of(filter, from, to, begin) + each <= first_of(filter, from, to, i))
            begin++;
        if (i - begin + 1 > most) most = i - begin + 1;
    }
    return most;
}

static size_t taps_bytes(const resizing *r, int64_t from, int64_t to) {
    int64_t count = r->back ? from : to;
    int64_t each = r->back ? taps_back(r->filter, from, to) : taps_of(r->filter, from, to);
    return (size_t)count * (sizeof(int32_t) + (size_t)each * sizeof(float)) + 64;
}

/* Takes the tables from `room`; returns what is left of it. */
static char *place(taps *t, const resizing *r, int64_t from, int64_t to, char *room) {
    t->count = r->back ? from : to;
    t->taps = r->back ? taps_back(r->filter, from, to) : taps_of(r->filter, from, to);
    t->first = (int32_t *)(void *)room;
    t->weight = (float *)(void *)(t->first + t->count);
    return room + (taps_bytes(r, from, to) + 63) / 64 * 64;
}

static void fill_taps(taps *t, gt_resize_filter filter, int64_t from, int64_t to) {
    for (int64_t i = 0; i < to; i++) {
        int64_t first = first_of(filter, from, to, i);
        double sum = 0;
        t->first[i] = (int32_t)first;
        for (int64_t k = 0; k < t->taps; k++) sum += weight_of(filter, from, to, i, first + k);
        for (int64_t k = 0; k < t->taps; k++)
            t->weight[k * t->count + i] =
                (float)(weight_of(filter, from, to, i, first + k) / sum);
    }
}

/* The same weights by the pixels that give; one that gives nothing has weights 0. */
static void fill_taps_back(taps *t, gt_resize_filter filter, int64_t from, int64_t to) {
    int64_t each = taps_of(filter, from, to);
    memset(t->weight, 0, (size_t)(t->count * t->taps) * sizeof *t->weight);
    for (int64_t j = 0; j < from; j++) t->first[j] = (int32_t)(to - t->taps);
    for (int64_t i = to - 1; i >= 0; i--)
        for (int64_t k = 0; k < each; k++) {
            int32_t *first = &t->first[first_of(filter, from, to, i) + k];
            if (i < *first) *first = (int32_t)i;
        }
    for (int64_t i = 0; i < to; i++) {
        int64_t start = first_of(filter, from, to, i);
        double sum = 0;
        for (int64_t k = 0; k < each; k++) sum += weight_of(filter, from, to, i, start + k);
        for (int64_t k = 0; k < each; k++) {
            int64_t j = start + k;
            t->weight[(i - t->first[j]) * t->count + j] =
                (float)(weight_of(filter, from, to, i, j) / sum);
        }
    }
}

/* ---- Images ------------------------------------------------------------------------------ */

typedef struct run {
    taps rows, columns;
    int64_t planes, lanes, height, width, grain; /* of what is read */
    const float *src;
    float *dst;
    char *lines;
    size_t line_bytes;
} run;

/* line = the rows that row y of the result is made of. */
static void mix_rows(const run *r, int64_t y, const float *restrict plane,
                     float *restrict line) {
    const float *weight = r->rows.weight + y;
    int64_t n = r->width * r->lanes, step = r->rows.count;
    plane += r->rows.first[y] * n;
    for (int64_t i = 0; i < n; i++) line[i] = weight[0] * plane[i];
    for (int64_t t = 1; t < r->rows.taps; t++)
        for (int64_t i = 0; i < n; i++) line[i] += weight[t * step] * plane[t * n + i];
}

/* Pixels of one number, whose taps are gathered side by side. */
static void mix_pixels(const taps *c, const float *restrict line, float *restrict to) {
    const int32_t *first = c->first;
    for (int64_t x = 0; x < c->count; x++) to[x] = c->weight[x] * line[first[x]];
    for (int64_t t = 1; t < c->taps; t++)
        for (int64_t x = 0; x < c->count; x++)
            to[x] += c->weight[t * c->count + x] * line[first[x] + t];
}

static void mix_blocks(const taps *c, const float *restrict line, float *restrict to) {
    for (int64_t x = 0; x < c->count; x++, to += GT_BLOCK) {
        const float *from = line + c->first[x] * GT_BLOCK;
        for (int l = 0; l < GT_BLOCK; l++) to[l] = c->weight[x] * from[l];
        for (int64_t t = 1; t < c->taps; t++)
            for (int l = 0; l < GT_BLOCK; l++)
                to[l] += c->weight[t * c->count + x] * from[t * GT_BLOCK + l];
    }
}

static void planes(void *self, int64_t piece, int worker) {
    const run *r = self;
    float *line = (float *)(void *)(r->lines + (size_t)worker * r->line_bytes);
    int64_t end = (piece + 1) * r->grain < r->planes ? (piece + 1) * r->grain : r->planes;
    int64_t row = r->columns.count * r->lanes;
    for (int64_t p = piece * r->grain; p < end; p++)
        for (int64_t y = 0; y < r->rows.count; y++) {
            mix_rows(r, y, r->src + p * r->height * r->width * r->lanes, line);
            (r->lanes == 1 ? mix_pixels : mix_blocks)(&r->columns, line,
                                                      r->dst + (p * r->rows.count + y) * row);
        }
}

static size_t line_bytes(const resizing *r) {
    int64_t width = r->back ? r->to_width : r->from_width;
    return ((size_t)(width * r->lanes) * sizeof(float) + 63) / 64 * 64;
}

static resizing resizing_of(const gt_call *call) {
    const gt_attr *attr = call->attr;
    gt_shape input = call->inputs[0].shape, result = call->result.shape;
    gt_shape from = attr->back ? result : input, to = attr->back ? input : result;
    int64_t lanes = gt_lanes(call->result.layout);
    return (resizing){.filter = (gt_resize_filter)attr->factor,
                      .back = attr->back,
                      .planes = from.dim[0] * from.dim[1] / lanes,
                      .lanes = lanes,
                      .from_height = from.dim[2],
                      .from_width = from.dim[3],
                      .to_height = to.dim[2],
                      .to_width = to.dim[3]};
}

static size_t scratch_bytes(const gt_call *call) {
    resizing r = resizing_of(call);
    size_t rows = (taps_bytes(&r, r.from_height, r.to_height) + 63) / 64 * 64;
    size_t columns = (taps_bytes(&r, r.from_width, r.to_width) + 63) / 64 * 64;
    return rows + columns + (size_t)call->threads * line_bytes(&r);
}

static gt_status resize(const gt_call *call, gt_error *err) {
    enum { GRAIN = 1 << 13 };
    resizing z = resizing_of(call);
    run r = {.planes = z.planes,
             .lanes = z.lanes,
             .height = z.back ? z.to_height : z.from_height,
             .width = z.back ? z.to_width : z.from_width,
             .src = gt_in(call, 0),
             .dst = gt_out(call),
             .line_bytes = line_bytes(&z)};
    char *room = place(&r.rows, &z, z.from_height, z.to_height, call->scratch);
    r.lines = place(&r.columns, &z, z.from_width, z.to_width, room);
    (z.back ? fill_taps_back : fill_taps)(&r.rows, z.filter, z.from_height, z.to_height);
    (z.back ? fill_taps_back : fill_taps)(&r.columns, z.filter, z.from_width, z.to_width);
    r.grain = 1 + GRAIN / (r.rows.count * r.columns.count * z.lanes);
    gt_team_run(call->threads, (r.planes + r.grain - 1) / r.grain, planes, &r);
    return GT_OK;
}

const gt_kernel gt_cpu_resize = {
    .name = "resize", .layout = GT_LAYOUT_SHARED, .scratch = scratch_bytes, .run = resize};
