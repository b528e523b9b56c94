/* backend.h (room: engine, private) - what the plan knows of a processor: a table of kernels,
 * where its memory comes from, and which layouts it has.
 *
 * A kernel computes one op (or one of the plan's own tasks: fused programs, reorders, what goes
 * in and out). The plan asks it for its layouts, lets it prepare itself for the shapes of one
 * call, gives it scratch, and runs it. A processor is a folder beside cpu/ with its table. */
#ifndef GT_ENGINE_BACKEND_H
#define GT_ENGINE_BACKEND_H

#include <stddef.h>

#include "galatea/plan.h"
#include "node.h"
#include "rng.h"

/* Two orders of the numbers of an image tensor: (N,C,H,W), or (N,C/b,H,W,b) when C is a
 * multiple of the backend's block b. */
typedef enum gt_layout { GT_PLAIN, GT_BLOCKED } gt_layout;

/* Which layout the images of a kernel have. */
typedef enum gt_layout_rule {
    GT_LAYOUT_PLAIN,  /* row-major in and out */
    GT_LAYOUT_SHARED, /* one layout in and out, whichever the neighbours have */
    GT_LAYOUT_WINDOW, /* likewise, unless the window cuts rows or columns; along channels every
                         operand as it lies */
    GT_LAYOUT_IMAGES, /* `images` in blocks where they can be, the other operands row-major */
} gt_layout_rule;
enum { GT_IMAGE_RESULT = 1 << 30 }; /* in `images`; 1 << i: input i */

typedef enum gt_number { GT_FLOAT32, GT_FLOAT64 } gt_number;
static inline size_t gt_number_bytes(gt_number number) {
    return number == GT_FLOAT64 ? sizeof(double) : sizeof(float);
}

/* A value as kernels see it. */
typedef struct gt_operand {
    gt_shape shape;
    gt_layout layout;
    void *const *data; /* where the pointer to it is during a run */
} gt_operand;

/* Image n of a batch is image first_image + n of the run: its noise does not depend on how
 * batches are cut. */
typedef struct gt_noise_place {
    uint64_t seed, step, first_image;
} gt_noise_place;

typedef struct gt_kernel gt_kernel;
typedef struct gt_program gt_program;

/* One use of a kernel. */
typedef struct gt_call {
    const gt_kernel *kernel;
    const gt_plan_options *options; /* `algorithms` only while it is prepared */
    int threads;
    int op;
    const gt_attr *attr;
    gt_operand result;
    const gt_operand *inputs;
    int input_count;
    bool adds;  /* the last input lies where the result goes: add to it (`kernel->adds`) */
    bool clips; /* what is below 0 becomes 0 (`kernel->clips`) */
    bool masks; /* times 1 where the last input is above 0, else times 0 (`kernel->masks`) */
    gt_operand totals;           /* the sum of each channel then goes there, if anywhere */
    gt_program *program;         /* elementwise groups */
    const gt_noise_place *noise; /* of the run */
    void *state;                 /* made by `prepare` */
    double flops;                /* told by `prepare`: of products and convolutions */
    const void *host;            /* load, fetch: where the pointer to the caller's floats is */
    /* during a run */
    void *scratch;
    const void *packed; /* the input of `packing` in the kernel's order */
    bool accumulate;    /* the result goes where the caller wants it, and is added there */
} gt_call;

/* An input that a kernel wants in an order of its own (a convolution's weights). It is brought
 * there once per change of the parameters when it depends on them alone; calls that want the
 * same order share it. */
typedef struct gt_packing {
    int input;
    size_t (*bytes)(const gt_call *call);
    bool (*alike)(const gt_call *a, const gt_call *b);
    gt_status (*pack)(const gt_call *call, const void *from, void *packed, gt_error *err);
} gt_packing;

struct gt_kernel {
    const char *name; /* in profiles */
    gt_layout_rule layout;
    unsigned images;
    bool adds;                 /* it can add to what lies in its last input's place */
    bool clips;                /* it can set what is below 0 to 0, after it has added */
    bool masks;                /* it can mask by an input behind its own, and tell totals */
    bool straight;             /* it can write, or add, to the caller's memory */
    const gt_packing *packing; /* or NULL */
    /* Once, when shapes and layouts are known: makes `state`, tells `flops`. May be NULL. */
    gt_status (*prepare)(gt_call *call, gt_error *err);
    void (*release)(void *state); /* NULL: free() */
    /* The result of one use of this kernel is read by another one alone, as its first input:
     * whether both now go by what is their own in its place, in as much memory, which may rely
     * on the first input of the former and on its packed one, as they stay until the latter
     * has run. Asked once, when both are prepared, before `scratch`. May be NULL. */
    bool (*agree)(const gt_call *from, const gt_call *to);
    /* Bytes that a run needs beside its operands. NULL: none. */
    size_t (*scratch)(const gt_call *call);
    gt_status (*run)(const gt_call *call, gt_error *err);
    /* More about a call in a profile's line. May be NULL. */
    void (*describe)(const gt_call *call, char *text, size_t room);
    /* The name of how it is computed, where there are several ways; optional, a constant. */
    const char *(*algorithm)(const gt_call *call);
};

struct gt_backend {
    const char *name;
    gt_number number;                /* of every value */
    int block;                       /* channels of a block; 0: images are never blocked */
    const gt_kernel *const *kernels; /* by gt_op; of elementwise ops and leaves unused */
    const gt_kernel *elementwise;    /* a fused program */
    const gt_kernel *noise;          /* a random leaf */
    const gt_kernel *reorder; /* the same values in the other layout; NULL: without blocks */
    const gt_kernel *fetch;   /* a value to the caller's floats, row-major */
    const gt_kernel *load;    /* the caller's floats to a value; NULL: they are read in place */
    /* Memory of a plan, aligned for the kernels; `bytes` may be 0. */
    gt_status (*allocate)(size_t bytes, void **memory, gt_error *err);
    void (*release)(void *memory);
};

/* One in each folder of a processor. */
extern const gt_backend gt_cpu_backend, gt_oracle_backend;

/* Where the numbers of a random leaf come from: key, and position of the first (rng.h). */
static inline gt_rng_key gt_noise_key(const gt_call *call) {
    return (gt_rng_key){call->noise->seed, call->attr->stream, (uint32_t)call->noise->step};
}
static inline uint64_t gt_noise_first(const gt_call *call) {
    gt_shape shape = call->result.shape;
    int64_t each = gt_shape_count(shape) / (shape.rank ? shape.dim[0] : 1);
    return call->noise->first_image * (uint64_t)each;
}

#endif
