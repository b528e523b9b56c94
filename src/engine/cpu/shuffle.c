/* shuffle.c - channels to pixels and back (ops/shuffle.c), in whichever layout either side has.
 * Where both are in blocks and pixels become 2 x 2, sixty-four numbers go at once: four blocks
 * of a pixel, and four pixels of a block. */
#include "lanes.h"
#include "team.h"

enum { LANES = GT_BLOCK, QUAD = 4 };

/* A row of pixels of many channels, and the k rows that it stands for. */
typedef struct shuffling {
    gt_shape many, few; /* (N,k k C,H,W) and (N,C,k H,k W) */
    gt_layout many_layout, few_layout;
    int k;
    bool back;
    const float *from;
    float *to;
} shuffling;

/* The first pixel of a row of a channel of an image. */
static int64_t row_of(gt_shape s, gt_layout layout, int64_t image, int64_t channel, int64_t y) {
    int64_t pixels = s.dim[2] * s.dim[3], plane = image * s.dim[1] + channel;
    if (layout == GT_PLAIN) return plane * pixels + y * s.dim[3];
    return (plane / LANES * pixels + y * s.dim[3]) * LANES + plane % LANES;
}

static void move_row(const shuffling *job, int64_t image, int64_t channel, int64_t y) {
    int64_t place = channel % ((int64_t)job->k * job->k), width = job->many.dim[3];
    int64_t many = row_of(job->many, job->many_layout, image, channel, y),
            few = row_of(job->few, job->few_layout, image, channel / ((int64_t)job->k * job->k),
                         y * job->k + place / job->k);
    int64_t many_step = gt_lanes(job->many_layout), few_step = gt_lanes(job->few_layout);
    few += place % job->k * few_step;
    few_step *= job->k;
    if (job->back)
        for (int64_t x = 0; x < width; x++)
            job->to[many + x * many_step] = job->from[few + x * few_step];
    else
        for (int64_t x = 0; x < width; x++)
            job->to[few + x * few_step] = job->from[many + x * many_step];
}

static void move_rows(void *self, int64_t begin, int64_t end) {
    const shuffling *job = self;
    int64_t channels = job->many.dim[1], height = job->many.dim[2];
    for (int64_t i = begin; i < end; i++)
        move_row(job, i / height / channels, i / height % channels, i % height);
}

/* ---- Sixty-four numbers ----------------------------------------------------------------- */

/* Number 4 i + s of block j becomes number 4 j + i of pixel s. */
static inline void to_pixels(const gt_vector in[QUAD], gt_vector out[QUAD]) {
    const gt_places early = {0, 4, 8, 12, 16, 20, 24, 28, 1, 5, 9, 13, 17, 21, 25, 29},
                    late = early + 2,
                    low = {0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23},
                    high = low + 8;
    gt_vector a = gt_pick(in[0], in[1], early), b = gt_pick(in[2], in[3], early),
              c = gt_pick(in[0], in[1], late), d = gt_pick(in[2], in[3], late);
    out[0] = gt_pick(a, b, low);
    out[1] = gt_pick(a, b, high);
    out[2] = gt_pick(c, d, low);
    out[3] = gt_pick(c, d, high);
}

static inline void to_blocks(const gt_vector in[QUAD], gt_vector out[QUAD]) {
    const gt_places low = {0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23},
                    high = low + 8,
                    first = {0, 1, 16, 17, 2, 3, 18, 19, 4, 5, 20, 21, 6, 7, 22, 23},
                    second = first + 8;
    gt_vector a = gt_pick(in[0], in[1], low), b = gt_pick(in[2], in[3], low),
              c = gt_pick(in[0], in[1], high), d = gt_pick(in[2], in[3], high);
    out[0] = gt_pick(a, b, first);
    out[1] = gt_pick(a, b, second);
    out[2] = gt_pick(c, d, first);
    out[3] = gt_pick(c, d, second);
}

/* A row of a block of the few channels' sixteen, and of the four blocks it is made of. */
static void move_blocks(void *self, int64_t begin, int64_t end) {
    const shuffling *job = self;
    int64_t blocks = job->few.dim[1] / LANES, height = job->many.dim[2],
            width = job->many.dim[3];
    int64_t block = height * width * LANES, below = job->few.dim[3] * LANES;
    for (int64_t i = begin; i < end; i++) {
        int64_t image = i / height / blocks, channel = i / height % blocks * LANES,
                y = i % height;
        int64_t many = row_of(job->many, GT_BLOCKED, image, QUAD * channel, y),
                few = row_of(job->few, GT_BLOCKED, image, channel, 2 * y);
        for (int64_t x = 0; x < width; x++, many += LANES, few += 2 * LANES) {
            gt_vector in[QUAD], out[QUAD];
            int64_t pixel[QUAD] = {few, few + LANES, few + below, few + below + LANES};
            for (int j = 0; j < QUAD; j++)
                in[j] = gt_load(job->from + (job->back ? pixel[j] : many + j * block));
            if (job->back)
                to_blocks(in, out);
            else
                to_pixels(in, out);
            for (int j = 0; j < QUAD; j++)
                gt_store(job->to + (job->back ? many + j * block : pixel[j]), out[j]);
        }
    }
}

static gt_status run(const gt_call *call, gt_error *err) {
    const gt_operand *many = &call->inputs[0], *few = &call->result;
    bool back = call->attr->back;
    if (back) few = &call->inputs[0], many = &call->result;
    shuffling job = {.many = many->shape,
                     .few = few->shape,
                     .many_layout = many->layout,
                     .few_layout = few->layout,
                     .k = call->attr->factor,
                     .back = back,
                     .from = gt_in(call, 0),
                     .to = gt_out(call)};
    int64_t n = job.many.dim[0], height = job.many.dim[2], width = job.many.dim[3];
    if (job.k == 2 && job.many_layout == GT_BLOCKED && job.few_layout == GT_BLOCKED)
        gt_team_range(call->threads, n * (job.few.dim[1] / LANES) * height,
                      gt_grain_of(QUAD * LANES * width), move_blocks, &job);
    else
        gt_team_range(call->threads, n * job.many.dim[1] * height, gt_grain_of(width),
                      move_rows, &job);
    return GT_OK;
}

const gt_kernel gt_cpu_shuffle = {.name = "shuffle",
                                  .layout = GT_LAYOUT_IMAGES,
                                  .images = GT_IMAGE_RESULT | 1 << 0,
                                  .run = run};
