/* near.c - attention of every pixel to the 3 x 3 around it, and its derivatives (ops/near.c has
 * the formulas).
 *
 * A head of an image is a piece. Its planes are copied with a border of zeros, a row of all of
 * its channels after the other, so that what lies around a row is in the first cache; sixteen
 * pixels go together. All that there is to compute are nine products of two sets of planes at
 * a pixel and the pixels around it (`dots`), and sums of planes around a pixel with nine
 * weights of its own (`mix`), or with those that its neighbours have for it (`spread`). */
#include <math.h>

#include "heads.h"
#include "lanes.h"
#include "team.h"
#include "vecmath.h"

enum { AROUND = 9, LANES = GT_BLOCK };

/* Planes of a head: (height + 2, size, row) floats, the pixel in the corner at 1. Weights are
 * (height + 2, 9, row). */
typedef struct frame {
    int64_t size, height, width, wide; /* wide: of whole lanes */
    int64_t row, level, area;          /* floats of a row, of the rows of a level, of all */
    int64_t weights;
} frame;

static frame frame_of(const gt_call *call) {
    gt_shape x = call->inputs[0].shape;
    frame f = {
        .size = x.dim[1] / 3 / call->attr->factor, .height = x.dim[2], .width = x.dim[3]};
    f.wide = (f.width + LANES - 1) / LANES * LANES;
    f.row = f.wide + 2;
    f.level = f.size * f.row;
    f.area = ((f.height + 2) * f.level + LANES - 1) / LANES * LANES;
    f.weights = ((f.height + 2) * AROUND * f.row + LANES - 1) / LANES * LANES;
    return f;
}

/* ---- Between images and planes ---------------------------------------------------------- */

/* A row of all channels to rows that lie f->row apart, or back. */
static void read_row(const frame *f, const gt_head *at, int64_t y, float *to) {
    int64_t x = 0, step;
    for (; gt_head_is_blocks(at, f->size) && x + LANES <= f->width; x += LANES)
        for (int64_t c = 0; c < f->size; c += GT_BLOCK)
            gt_turn_square(gt_head_at(at, c, y * f->width, &step) + x * GT_BLOCK, GT_BLOCK,
                           to + c * f->row + x, f->row);
    for (int64_t c = 0; c < f->size && x < f->width; c++) {
        const float *from = gt_head_at(at, c, y * f->width, &step);
        for (int64_t i = x; i < f->width; i++) to[c * f->row + i] = from[i * step];
    }
}

static void write_row(const frame *f, const gt_head *at, int64_t y, const float *from) {
    int64_t x = 0, step;
    for (; gt_head_is_blocks(at, f->size) && x + LANES <= f->width; x += LANES)
        for (int64_t c = 0; c < f->size; c += GT_BLOCK)
            gt_turn_square(from + c * f->row + x, f->row,
                           gt_head_at(at, c, y * f->width, &step) + x * GT_BLOCK, GT_BLOCK);
    for (int64_t c = 0; c < f->size && x < f->width; c++) {
        float *to = gt_head_at(at, c, y * f->width, &step);
        for (int64_t i = x; i < f->width; i++) to[i * step] = from[c * f->row + i];
    }
}

/* Zeros around what is inside of (height + 2, rows, row). */
static void clear_border(const frame *f, int64_t rows, int64_t width, float *planes) {
    size_t level = (size_t)(rows * f->row);
    memset(planes, 0, level * sizeof *planes);
    memset(planes + (size_t)(f->height + 1) * level, 0, level * sizeof *planes);
    for (int64_t i = rows; i < (f->height + 1) * rows; i++) {
        planes[i * f->row] = 0;
        for (int64_t x = width + 1; x < f->row; x++) planes[i * f->row + x] = 0;
    }
}

static void read_planes(const frame *f, gt_head at, float *planes) {
    clear_border(f, f->size, f->width, planes);
    for (int64_t y = 0; y < f->height; y++)
        read_row(f, &at, y, planes + (y + 1) * f->level + 1);
}

/* ---- Products --------------------------------------------------------------------------- */

/* out_j += a . b_j over the channels. */
static void dots(const frame *f, const float *a, const float *b, bool adds, float *out) {
    for (int64_t y = 0; y < f->height; y++) {
        float *to = out + (y + 1) * AROUND * f->row + 1;
        for (int64_t x = 0; x < f->wide; x += LANES) {
            gt_vector sum[AROUND];
            const float *here = a + (y + 1) * f->level + 1 + x, *there = b + y * f->level + x;
#pragma GCC unroll 9
            for (int j = 0; j < AROUND; j++)
                sum[j] = adds ? gt_load(to + j * f->row + x) : (gt_vector){0};
            for (int64_t c = 0; c < f->size; c++, here += f->row, there += f->row) {
                gt_vector v = gt_load(here);
#pragma GCC unroll 9
                for (int j = 0; j < AROUND; j++)
                    sum[j] += v * gt_load(there + j / 3 * f->level + j % 3);
            }
#pragma GCC unroll 9
            for (int j = 0; j < AROUND; j++) gt_store(to + j * f->row + x, sum[j]);
        }
    }
}

/* Planes to be added up, with which weights. */
typedef struct term {
    const float *weights, *planes;
    bool spreads; /* the weights are those that the neighbours have */
} term;

/* A row of all channels. */
static void add_row(const frame *f, const term *t, int64_t y, bool adds, float *to) {
    for (int64_t x = 0; x < f->wide; x += LANES) {
        gt_vector w[AROUND];
        const float *from = t->planes + y * f->level + x;
        const float *weights = t->weights + (y + 1) * AROUND * f->row + 1 + x;
        int64_t level = AROUND * f->row;
#pragma GCC unroll 9
        for (int j = 0; j < AROUND; j++) {
            int opposite = AROUND - 1 - j;
            w[j] = t->spreads
                       ? gt_load(weights + (j / 3 - 1) * level + j % 3 - 1 + opposite * f->row)
                       : gt_load(weights + j * f->row);
        }
        for (int64_t c = 0; c < f->size; c++, from += f->row) {
            gt_vector even = adds ? gt_load(to + c * f->row + x) : (gt_vector){0};
            gt_vector odd = {0};
#pragma GCC unroll 9
            for (int j = 0; j < AROUND; j++) {
                gt_vector v = w[j] * gt_load(from + j / 3 * f->level + j % 3);
                if (j % 2)
                    odd += v;
                else
                    even += v;
            }
            gt_store(to + c * f->row + x, even + odd);
        }
    }
}

static void mix(const frame *f, const term *terms, int count, gt_head at, float *room) {
    for (int64_t y = 0; y < f->height; y++) {
        for (int i = 0; i < count; i++) add_row(f, &terms[i], y, i > 0, room);
        write_row(f, &at, y, room);
    }
}

/* ---- Weights ---------------------------------------------------------------------------- */

static gt_vector exponential(gt_vector x) {
    float v[LANES];
    gt_store(v, x);
    for (int i = 0; i < LANES; i++) v[i] = gt_expf(v[i]);
    return gt_load(v);
}

/* Nine weights of sixteen pixels. */
typedef struct nine {
    gt_vector at[AROUND];
} nine;

static inline nine load_nine(const frame *f, const float *from) {
    nine v;
    for (int j = 0; j < AROUND; j++) v.at[j] = gt_load(from + j * f->row);
    return v;
}

static inline void store_nine(const frame *f, float *to, const nine *v) {
    for (int j = 0; j < AROUND; j++) gt_store(to + j * f->row, v->at[j]);
}

static inline gt_vector sum_of(const nine *a, const nine *b) {
    gt_vector sum = a->at[0] * b->at[0];
    for (int j = 1; j < AROUND; j++) sum += a->at[j] * b->at[j];
    return sum;
}

/* Sets of weights that there are, each where the products it is made of were. Those without a
 * derivative along t are NULL. */
typedef struct sets {
    float *a, *ta;   /* products -> softmax; how it moves */
    float *ds, *tds; /* g . v -> gradient of the products, times the scale; how it moves */
} sets;

static gt_vector larger(gt_vector a, gt_vector b) {
    gt_places is_larger = a > b;
    return (gt_vector)((is_larger & (gt_places)a) | (~is_larger & (gt_places)b));
}

static void soften(nine *s, float scale) {
    gt_vector largest = s->at[0], sum = {0};
    for (int j = 1; j < AROUND; j++) largest = larger(s->at[j], largest);
    for (int j = 0; j < AROUND; j++)
        sum += s->at[j] = exponential(scale * (s->at[j] - largest));
    gt_vector share = 1.0f / sum;
    for (int j = 0; j < AROUND; j++) s->at[j] *= share;
}

static void weigh_some(const frame *f, const sets *s, int64_t at, float scale) {
    nine a = load_nine(f, s->a + at), ta, da, tda;
    soften(&a, scale);
    store_nine(f, s->a + at, &a);
    if (s->ta) {
        ta = load_nine(f, s->ta + at);
        gt_vector mean = sum_of(&a, &ta);
        for (int j = 0; j < AROUND; j++) ta.at[j] = scale * a.at[j] * (ta.at[j] - mean);
        store_nine(f, s->ta + at, &ta);
    }
    if (!s->ds) return;
    da = load_nine(f, s->ds + at);
    gt_vector mean = sum_of(&a, &da);
    for (int j = 0; j < AROUND; j++) da.at[j] -= mean;
    if (s->ta) {
        /* the sum of ta is 0: da less its mean serves as well */
        tda = load_nine(f, s->tds + at);
        gt_vector moved = sum_of(&ta, &da) + sum_of(&a, &tda);
        for (int j = 0; j < AROUND; j++)
            tda.at[j] = scale * (ta.at[j] * da.at[j] + a.at[j] * (tda.at[j] - moved));
        store_nine(f, s->tds + at, &tda);
    }
    for (int j = 0; j < AROUND; j++) da.at[j] *= scale * a.at[j];
    store_nine(f, s->ds + at, &da);
}

static void weigh(const frame *f, const sets *s) {
    float scale = 1.0f / sqrtf((float)f->size);
    float *all[] = {s->a, s->ta, s->ds, s->tds};
    for (int i = 0; i < 4; i++)
        if (all[i]) clear_border(f, AROUND, f->wide, all[i]);
    for (int64_t y = 1; y <= f->height; y++)
        for (int64_t x = 1; x <= f->wide; x += LANES)
            weigh_some(f, s, y * AROUND * f->row + x, scale);
}

/* ---- Pieces ----------------------------------------------------------------------------- */

typedef struct attention {
    const gt_call *call;
    frame f;
    int64_t heads, third, room; /* channels of a third; floats of a thread's memory */
    float *scratch;
} attention;

/* One head: planes of q, k, v, of their tangents, and of what the gradient begins with. */
typedef struct planes {
    float *x[3], *t[3], *g, *line;
    sets sets;
} planes;

static int sets_of(const gt_call *call) {
    bool is_back = call->op == GT_OP_NEAR_BACK, moves = call->input_count > 1 + is_back;
    return (1 + is_back) * (1 + moves);
}

static int parts_of(const gt_call *call) {
    bool is_back = call->op == GT_OP_NEAR_BACK, moves = call->input_count > 1 + is_back;
    return 3 + is_back + 3 * moves;
}

static int64_t line_length(const frame *f) {
    return (f->level + LANES - 1) / LANES * LANES;
}

static int64_t room_of(const gt_call *call, const frame *f) {
    return parts_of(call) * f->area + sets_of(call) * f->weights + line_length(f);
}

static size_t scratch_bytes(const gt_call *call) {
    frame f = frame_of(call);
    return (size_t)(call->threads * room_of(call, &f)) * sizeof(float);
}

/* Memory is handed out from the front. */
static float *take(float **memory, int64_t count) {
    float *taken = *memory;
    *memory += count;
    return taken;
}

static planes read_head(const attention *job, int64_t image, int64_t first, float *memory) {
    const gt_call *call = job->call;
    const frame *f = &job->f;
    bool is_back = call->op == GT_OP_NEAR_BACK, moves = call->input_count > 1 + is_back;
    planes p = {.line = take(&memory, line_length(f))};
    for (int i = 0; i < 3; i++) {
        const gt_operand *x = &call->inputs[0], *t = &call->inputs[1 + is_back];
        int64_t channel = first + i * job->third;
        p.x[i] = take(&memory, f->area);
        read_planes(f, gt_head_of(x, image, channel), p.x[i]);
        if (!moves) continue;
        p.t[i] = take(&memory, f->area);
        read_planes(f, gt_head_of(t, image, channel), p.t[i]);
    }
    p.sets.a = take(&memory, f->weights);
    if (moves) p.sets.ta = take(&memory, f->weights);
    if (!is_back) return p;
    p.g = take(&memory, f->area);
    read_planes(f, gt_head_of(&call->inputs[1], image, first), p.g);
    p.sets.ds = take(&memory, f->weights);
    if (moves) p.sets.tds = take(&memory, f->weights);
    return p;
}

static void find_weights(const frame *f, const planes *p) {
    const sets *s = &p->sets;
    dots(f, p->x[0], p->x[1], false, s->a);
    if (s->ta) {
        dots(f, p->t[0], p->x[1], false, s->ta);
        dots(f, p->x[0], p->t[1], true, s->ta);
    }
    if (s->ds) dots(f, p->g, p->x[2], false, s->ds);
    if (s->tds) dots(f, p->g, p->t[2], false, s->tds);
    weigh(f, s);
}

static void write_forward(const frame *f, const planes *p, gt_head y) {
    const sets *s = &p->sets;
    term value = {s->a, p->x[2]}, moved[] = {{s->ta, p->x[2]}, {s->a, p->t[2]}};
    mix(f, s->ta ? moved : &value, s->ta ? 2 : 1, y, p->line);
}

static void write_back(const attention *job, const planes *p, gt_head gx) {
    const frame *f = &job->f;
    const sets *s = &p->sets;
    bool moves = s->ta != NULL;
    const float *ds = moves ? s->tds : s->ds;
    term of_query[] = {{ds, p->x[1]}, {s->ds, p->t[1]}},
         of_key[] = {{ds, p->x[0], true}, {s->ds, p->t[0], true}},
         of_value[] = {{moves ? s->ta : s->a, p->g, true}};
    mix(f, of_query, 1 + moves, gx, p->line);
    gx.first += job->third;
    mix(f, of_key, 1 + moves, gx, p->line);
    gx.first += job->third;
    mix(f, of_value, 1, gx, p->line);
}

static void run_head(void *self, int64_t i, int worker) {
    const attention *job = self;
    const gt_call *call = job->call;
    int64_t image = i / job->heads, first = i % job->heads * job->f.size;
    planes p = read_head(job, image, first, job->scratch + worker * job->room);
    gt_head out = gt_head_of(&call->result, image, first);
    find_weights(&job->f, &p);
    if (call->op == GT_OP_NEAR_BACK)
        write_back(job, &p, out);
    else
        write_forward(&job->f, &p, out);
}

static gt_status run(const gt_call *call, gt_error *err) {
    gt_shape x = call->inputs[0].shape;
    attention job = {.call = call,
                     .f = frame_of(call),
                     .heads = call->attr->factor,
                     .third = x.dim[1] / 3,
                     .scratch = call->scratch};
    job.room = room_of(call, &job.f);
    gt_team_run(call->threads, x.dim[0] * job.heads, run_head, &job);
    return GT_OK;
}

const gt_kernel gt_cpu_near = {.name = "attention to neighbours",
                               .layout = GT_LAYOUT_IMAGES,
                               .images = GT_IMAGE_RESULT | 1 << 0 | 1 << 1,
                               .scratch = scratch_bytes,
                               .run = run};
const gt_kernel gt_cpu_near_back = {.name = "attention to neighbours, gradient",
                                    .layout = GT_LAYOUT_IMAGES,
                                    .images = GT_IMAGE_RESULT | 1 << 0 | 1 << 1 | 1 << 2,
                                    .scratch = scratch_bytes,
                                    .run = run};
