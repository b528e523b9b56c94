/* backend.c - the oracle as a backend: every op as its class computes it, in double precision
 * and row-major. Plans that run on it show what a plan's passes do apart from any kernel's
 * rounding; reference.c needs no plan. */
#include <stdlib.h>
#include <string.h>

#include "program.h"
#include "rng.h"

/* ---- Ops ------------------------------------------------------------------------------- */

/* The node that a class expects, made of the call's shapes; inputs follow in the same memory.
 */
typedef struct stand_in {
    gt_tensor node;
    const double **in;
    gt_tensor **list, *inputs;
} stand_in;

static gt_status prepare_op(gt_call *call, gt_error *err) {
    size_t count = (size_t)call->input_count;
    size_t each = sizeof(gt_tensor) + sizeof(gt_tensor *) + sizeof(double *);
    stand_in *s = calloc(1, sizeof *s + count * each);
    if (!s) return gt_fail(err, GT_NO_MEMORY, "preparing the oracle: out of memory");
    s->inputs = (gt_tensor *)(s + 1);
    s->list = (gt_tensor **)(s->inputs + count);
    s->in = (const double **)(s->list + count);
    for (size_t i = 0; i < count; i++) {
        s->inputs[i].shape = call->inputs[i].shape;
        s->list[i] = &s->inputs[i];
    }
    s->node = (gt_tensor){.op = (gt_op)call->op,
                          .shape = call->result.shape,
                          .attr = *call->attr,
                          .inputs = s->list,
                          .input_count = call->input_count};
    call->state = s;
    return GT_OK;
}

static gt_status run_op(const gt_call *call, gt_error *err) {
    const stand_in *s = call->state;
    const gt_op_class *class = gt_op_class_of(s->node.op);
    for (int i = 0; i < call->input_count; i++) s->in[i] = *call->inputs[i].data;
    if (class->reference(&s->node, s->in, *call->result.data)) return GT_OK;
    return gt_fail(err, GT_NO_MEMORY, "no memory for %s", class->name);
}

static const gt_kernel op_kernel = {.name = "op", .prepare = prepare_op, .run = run_op};

/* ---- Fused programs -------------------------------------------------------------------- */

static int64_t place_at(const gt_program *p, int64_t element, const int64_t *stride) {
    int64_t place = 0;
    for (int d = p->rank - 1; d >= 0; d--) {
        place += element % p->dim[d] * stride[d];
        element /= p->dim[d];
    }
    return place;
}

static double value_of(gt_op op, const gt_instruction *in, const double *x) {
    double a = x[in->a], b = in->b >= 0 ? x[in->b] : 0, c = in->c >= 0 ? x[in->c] : 0;
    return op == GT_OP_BROADCAST ? a : gt_op_class_of(op)->scalar(in->attr, a, b, c);
}

static void compute_element(const gt_program *p, int64_t element, double *x) {
    for (int r = 0; r < p->register_count; r++) {
        const gt_register *reg = &p->registers[r];
        if (reg->kind == GT_REGISTER_FILL) x[r] = reg->fill;
        if (reg->kind != GT_REGISTER_VIEW) continue;
        const double *from = *reg->view.data;
        x[r] = from[reg->view.offset + place_at(p, element, reg->view.stride)];
    }
    for (int i = 0; i < p->instruction_count; i++) {
        const gt_instruction *in = &p->instructions[i];
        x[in->result] = value_of(in->op, in, x);
        if (in->second >= 0) x[in->second] = value_of(GT_OP_GELU_SLOPE, in, x);
    }
}

static gt_status run_program(const gt_call *call, gt_error *err) {
    const gt_program *p = call->program;
    double x[GT_PROGRAM_REGISTERS];
    for (int i = 0; i < p->sum_count; i++)
        memset(*p->sums[i].data, 0, (size_t)p->sums[i].count * sizeof(double));
    for (int64_t element = 0; element < p->total; element++) {
        compute_element(p, element, x);
        for (int r = 0; r < p->register_count; r++)
            if (p->registers[r].output) ((double *)*p->registers[r].output)[element] = x[r];
        for (int i = 0; i < p->sum_count; i++) {
            double *sum = *p->sums[i].data;
            sum[place_at(p, element, p->sums[i].stride)] += x[p->sums[i].source];
        }
    }
    return GT_OK;
}

static const gt_kernel program_kernel = {.name = "elementwise", .run = run_program};

/* ---- In and out ------------------------------------------------------------------------ */

static gt_status load(const gt_call *call, gt_error *err) {
    const float *from = *(const void *const *)call->host;
    double *to = *call->result.data;
    int64_t count = gt_shape_count(call->result.shape);
    for (int64_t i = 0; i < count; i++) to[i] = from[i];
    return GT_OK;
}

static gt_status fetch(const gt_call *call, gt_error *err) {
    const double *from = *call->inputs[0].data;
    float *to = *(void *const *)call->host;
    int64_t count = gt_shape_count(call->result.shape);
    for (int64_t i = 0; i < count; i++)
        to[i] = (float)(call->accumulate ? to[i] + from[i] : from[i]);
    return GT_OK;
}

/* The same numbers as every backend draws. */
static gt_status draw(const gt_call *call, gt_error *err) {
    enum { PART = 256 };
    gt_rng_key key = gt_noise_key(call);
    uint64_t first = gt_noise_first(call);
    double *to = *call->result.data;
    int64_t count = gt_shape_count(call->result.shape);
    for (int64_t start = 0; start < count; start += PART) {
        float drawn[PART];
        int64_t n = count - start < PART ? count - start : PART;
        (call->attr->noise == GT_NOISE_NORMAL ? gt_rng_fill_normal : gt_rng_fill_uniform)(
            key, first + (uint64_t)start, (size_t)n, drawn);
        for (int64_t i = 0; i < n; i++) to[start + i] = drawn[i];
    }
    return GT_OK;
}

static const gt_kernel load_kernel = {.name = "load", .run = load};
static const gt_kernel fetch_kernel = {.name = "output", .run = fetch};
static const gt_kernel noise_kernel = {.name = "noise", .run = draw};

/* ---- The table ------------------------------------------------------------------------- */

static gt_status allocate(size_t bytes, void **memory, gt_error *err) {
    *memory = malloc(bytes ? bytes : 1);
    if (*memory) return GT_OK;
    return gt_fail(err, GT_NO_MEMORY, "a plan needs %.1f MB of memory, more than there is",
                   (double)bytes * 1e-6);
}

/* By the kinds of ops.def: an op that is added there is computed here. */
#define KERNEL_LEAF NULL
#define KERNEL_UNARY NULL
#define KERNEL_BINARY NULL
#define KERNEL_TERNARY NULL
#define KERNEL_OTHER &op_kernel
static const gt_kernel *const kernels[GT_OP_COUNT] = {
#define GT_OP(name, stem, kind) KERNEL_##kind,
#include "ops.def"
#undef GT_OP
};

const gt_backend gt_oracle_backend = {
    .name = "oracle",
    .number = GT_FLOAT64,
    .kernels = kernels,
    .elementwise = &program_kernel,
    .noise = &noise_kernel,
    .fetch = &fetch_kernel,
    .load = &load_kernel,
    .allocate = allocate,
    .release = free,
};
