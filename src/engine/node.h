/* node.h - the inside of the graph: nodes, their attributes, and the class every op has.
 * Private to the engine. */
#ifndef GT_ENGINE_NODE_H
#define GT_ENGINE_NODE_H

#include "galatea/graph.h"

typedef enum gt_op {
#define GT_OP(name, stem, kind) GT_OP_##name,
#include "ops.def"
#undef GT_OP
    GT_OP_COUNT
} gt_op;

typedef enum gt_op_kind { GT_LEAF, GT_UNARY, GT_BINARY, GT_TERNARY, GT_OTHER } gt_op_kind;

typedef enum gt_noise { GT_NOISE_NORMAL, GT_NOISE_UNIFORM } gt_noise;

/* Only the member that the op names is meaningful. */
typedef struct gt_attr {
    double scale, shift; /* AFFINE; LEAKY_RELU: the slope in `scale`; CONSTANT and PAD keep
                            their value in `shift` */
    gt_conv conv;        /* CONV2D*; MAX_POOL*, UNFOLD: stride and pad */
    int axis;            /* SLICE, PAD, CONCAT, REDUCE_MAX, REVERSE, SOFTMAX, GLU */
    int64_t start; /* SLICE: first index; PAD: length before; PARAMETER: offset in floats */
    int order[GT_MAX_RANK]; /* PERMUTE */
    int factor; /* AVG_POOL, UPSAMPLE, MAX_POOL*, UNFOLD: side of a window; RESIZE: filter;
                   NEAR*, WIDE*: heads; SHUFFLE: side of a block */
    bool transpose_a, transpose_b; /* MATMUL, STAIR_MATMUL */
    gt_stair_place place;          /* STAIR_MATMUL */
    gt_stair stair;                /* STAIR_MATMUL */
    gt_degrees rows, columns;      /* ARRANGE */
    bool back;                     /* ARRANGE, UNFOLD, RESIZE, SHUFFLE: the transpose */
    gt_noise noise;                /* RANDOM */
    uint32_t stream;               /* RANDOM */
} gt_attr;

/* Whether all attributes are the same, bit for bit: only then may equal ops on equal inputs be
 * computed once. */
bool gt_attr_equal(const gt_attr *a, const gt_attr *b);

/* One value and the node that produces it. Inputs of elementwise ops all have the node's own
 * shape: builders insert BROADCAST nodes. Ids are positions in gt_graph.nodes and a topological
 * order. */
struct gt_tensor {
    int id;
    gt_op op;
    gt_shape shape;
    int input_count;
    gt_tensor **inputs; /* CONV2D with bias has 3 inputs: x, w, bias */
    gt_attr attr;
    gt_graph *graph;
    const char *name;  /* leaf name, "" otherwise */
    const char *scope; /* "encoder.enc_blocks.3" or "" */
    bool backward;     /* made by gt_grad */
};

/* One level of gt_graph_push_scope; text is the whole dotted name. */
struct gt_scope {
    const char *text;
    const struct gt_scope *outer;
};

struct gt_graph {
    gt_tensor **nodes;
    int count, capacity;
    gt_error error; /* the first failure */
    gt_tensor *poison;
    const struct gt_scope *scope; /* innermost, NULL outside of all */
    bool differentiating;         /* nodes made now belong to a backward pass */
    struct gt_chunk *memory;      /* arena for nodes, names, input lists */
};

/* What an op of one input makes of a constant. */
typedef enum gt_of_constant {
    GT_CONSTANT_LOST,   /* values that differ */
    GT_CONSTANT_KEPT,   /* the same constant */
    GT_CONSTANT_SUMMED, /* as often as the input has more elements than the result */
} gt_of_constant;

typedef struct gt_op_class {
    const char *name;
    gt_op_kind kind;
    /* Elementwise ops: the function in double, of up to three inputs. Others: NULL. */
    double (*scalar)(const gt_attr *attr, double a, double b, double c);
    /* Other ops: computes node's value from its inputs' values (row-major double); false when
     * memory is short. Elementwise: NULL. */
    bool (*reference)(const gt_tensor *node, const double *const *in, double *out);
    /* Given the gradient gy of the node's value, stores the gradient of each input in gx[i]
     * (NULL = none). `wanted[i]` says whether input i leads to something whose gradient was
     * asked for. NULL for leaves and for ops whose derivative is zero. */
    void (*vjp)(gt_graph *g, const gt_tensor *node, gt_tensor *gy, const bool *wanted,
                gt_tensor **gx);

    /* What a plan may make simpler; each may be left out. */
    /* Whether the value is that of the only input, whose shape is x. */
    bool (*is_input)(gt_shape x, gt_shape result, const gt_attr *attr);
    gt_of_constant of_constant; /* OTHER ops */
    /* BINARY ops of x and a constant c, which comes `first` or second: true when the value is
     * scale * x + shift. */
    bool (*as_affine)(double c, bool first, double *scale, double *shift);
} gt_op_class;

/* The products of a MATMUL: `count` of (m,k) by (k,n). */
typedef struct gt_product {
    int64_t count, m, n, k;
} gt_product;
static inline gt_product gt_product_of(gt_shape a, gt_shape result, const gt_attr *attr) {
    int last = result.rank - 1;
    gt_product p = {1, result.dim[last - 1], result.dim[last],
                    a.dim[attr->transpose_a ? last - 1 : last]};
    for (int i = 0; i < last - 1; i++) p.count *= result.dim[i];
    return p;
}

/* Defined in src/engine/ops/, one per row of ops.def. */
#define GT_OP(name, stem, kind) extern const gt_op_class gt_op_##stem;
#include "ops.def"
#undef GT_OP

const gt_op_class *gt_op_class_of(gt_op op);

/* Appends a node (inputs are copied); the one way into the graph. Returns the poison tensor
 * when the graph has failed or memory is short. `attr` may be NULL. */
gt_tensor *gt_graph_append(gt_graph *g, gt_op op, gt_shape shape, gt_tensor *const *inputs,
                           int input_count, const gt_attr *attr, const char *name);
/* Records the first failure, "scope: op: sentence", and returns the poison tensor. GT_OP_COUNT
 * stands for no op. */
gt_tensor *gt_graph_fail(gt_graph *g, gt_status status, gt_op op, const char *format, ...)
    GT_PRINTF(4, 5);

#endif
