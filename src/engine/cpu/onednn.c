/* onednn.c - see onednn.h. One primitive per convolution; where oneDNN wants another order of
 * the bytes than the plan keeps, a reorder to or from staging memory goes with it. */
#include "onednn.h"

#include <dnnl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "address_space.h"

static pthread_once_t once = PTHREAD_ONCE_INIT;
static dnnl_engine_t engine;
static dnnl_stream_t stream;
static dnnl_status_t setup;

static void set_up(void) {
    setup = dnnl_engine_create(&engine, dnnl_cpu, 0);
    if (setup == dnnl_success)
        setup = dnnl_stream_create(&stream, engine, dnnl_stream_default_flags);
}

static gt_status dnn_status(dnnl_status_t code, const char *what, gt_error *err) {
    if (code == dnnl_success) return GT_OK;
    if (code == dnnl_out_of_memory)
        return gt_fail(err, GT_NO_MEMORY, "oneDNN: %s: out of memory", what);
    return gt_fail(err, GT_UNSUPPORTED, "oneDNN: %s failed with status %d", what, (int)code);
}

#define DNN(call, what) GT_TRY(dnn_status((call), (what), err))

/* The generated matrix kernels of oneDNN before 3.12 let the stack pointer walk through memory
 * on the heap (its issue 4845): a signal handler that runs meanwhile, ours or the host's, would
 * write over what lies below. So signals wait, except those that the thread itself causes.
 * Convolutions come to these kernels on processors without AVX-512. */
static void hold_signals(sigset_t *before) {
    static const int own[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS};
    sigset_t held;
    sigfillset(&held);
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) sigdelset(&held, own[i]);
    pthread_sigmask(SIG_SETMASK, &held, before);
}

static void restore_signals(const sigset_t *before) {
    pthread_sigmask(SIG_SETMASK, before, NULL);
}

static dnnl_status_t execute(dnnl_primitive_t primitive, int count,
                             const dnnl_exec_arg_t *args) {
    sigset_t before;
    hold_signals(&before);
    dnnl_status_t code = dnnl_primitive_execute(primitive, stream, count, args);
    restore_signals(&before);
    return code;
}

/* One tensor of a primitive: how the plan keeps it, how the primitive wants it. */
typedef struct side {
    dnnl_memory_desc_t ours, theirs;
    dnnl_memory_t ours_memory, theirs_memory;
    dnnl_primitive_t in, out,
        add; /* reorders ours->theirs, theirs->ours, theirs added to ours */
    bool same;
    size_t staging; /* offset in scratch when not the same */
} side;

struct gt_dnn_conv {
    gt_conv_problem problem;
    gt_conv_algorithm algorithm;
    bool own_layouts; /* images as oneDNN wants them, whatever the plan has */
    dnnl_primitive_desc_t description;
    dnnl_primitive_t primitive;
    side x, w, y;
    dnnl_memory_t bias, scratchpad;
    size_t scratch, weights_bytes;
    char name[64];
};

static size_t round_up(size_t bytes) {
    return (bytes + 63) / 64 * 64;
}

static dnnl_status_t image_desc(dnnl_memory_desc_t *desc, gt_shape s, bool blocked, bool any) {
    dnnl_format_tag_t tag = any ? dnnl_format_tag_any : blocked ? dnnl_nChw16c : dnnl_nchw;
    dnnl_dims_t dims = {s.dim[0], s.dim[1], s.dim[2], s.dim[3]};
    return dnnl_memory_desc_init_by_tag(desc, 4, dims, dnnl_f32, tag);
}

/* row: floats from one row to the next, 0: its length. */
static dnnl_status_t weights_desc(dnnl_memory_desc_t *desc, gt_shape w, int64_t row, int groups,
                                  bool any) {
    dnnl_dims_t dims = {w.dim[0], w.dim[1], w.dim[2], w.dim[3]};
    dnnl_dims_t strides = {row, w.dim[2] * w.dim[3], w.dim[3], 1};
    if (row && !any) return dnnl_memory_desc_init_by_strides(desc, 4, dims, dnnl_f32, strides);
    if (groups == 1)
        return dnnl_memory_desc_init_by_tag(desc, 4, dims, dnnl_f32,
                                            any ? dnnl_format_tag_any : dnnl_oihw);
    dnnl_dims_t grouped = {groups, w.dim[0] / groups, w.dim[1], w.dim[2], w.dim[3]};
    return dnnl_memory_desc_init_by_tag(desc, 5, grouped, dnnl_f32,
                                        any ? dnnl_format_tag_any : dnnl_goihw);
}

/* Description of the convolution with the layouts the plan has fixed, unless conv->own_layouts;
 * the rest is oneDNN's choice. */
static gt_status describe(gt_dnn_conv *conv, dnnl_primitive_attr_t attr, gt_error *err) {
    gt_status status = GT_OK;
    const gt_conv_problem *p = &conv->problem;
    dnnl_alg_kind_t algorithm = conv->algorithm == GT_CONV_WINOGRAD ? dnnl_convolution_winograd
                                                                    : dnnl_convolution_direct;
    dnnl_dims_t strides = {p->how.stride, p->how.stride}, pads = {p->how.pad, p->how.pad};
    dnnl_memory_desc_t x, w, y, bias;
    dnnl_dims_t channels = {p->w.dim[0]};
    dnnl_primitive_desc_t hint = NULL;
    dnnl_convolution_desc_t forward, backward;
    /* oneDNN's Winograd data gradient takes unequal padding and makes nonsense of it */
    if (conv->algorithm == GT_CONV_WINOGRAD && p->how.less)
        GT_THROW(err, GT_UNSUPPORTED, "Winograd with less padding behind");
    DNN(image_desc(&x, p->x, true, conv->own_layouts || !p->x_blocked), "describing an image");
    DNN(image_desc(&y, p->y, true, conv->own_layouts || !p->y_blocked), "describing an image");
    DNN(weights_desc(&w, p->w, 0, p->how.groups, true), "describing weights");
    DNN(dnnl_memory_desc_init_by_tag(&bias, 1, channels, dnnl_f32, dnnl_x),
        "describing a bias");
    /* padding on the right and below may be shorter than on the left: strides need not divide
     * the size */
    dnnl_dims_t after;
    for (int d = 0; d < 2; d++)
        after[d] = (p->y.dim[2 + d] - 1) * p->how.stride + p->w.dim[2 + d] - p->x.dim[2 + d] -
                   p->how.pad;
    DNN(dnnl_convolution_forward_desc_init(&forward, dnnl_forward_training, algorithm, &x, &w,
                                           p->bias ? &bias : NULL, &y, strides, pads, after),
        "describing a convolution");
    if (p->kind == GT_CONV_FORWARD) {
        DNN(dnnl_primitive_desc_create(&conv->description, &forward, attr, engine, NULL),
            "a convolution");
        goto done;
    }
    DNN(dnnl_primitive_desc_create(&hint, &forward, NULL, engine, NULL), "a convolution");
    if (p->kind == GT_CONV_DATA) {
        DNN(dnnl_convolution_backward_data_desc_init(&backward, algorithm, &x, &w, &y, strides,
                                                     pads, after),
            "describing a convolution gradient");
    } else {
        DNN(dnnl_convolution_backward_weights_desc_init(&backward, algorithm, &x, &w, NULL, &y,
                                                        strides, pads, after),
            "describing a convolution gradient");
    }
    DNN(dnnl_primitive_desc_create(&conv->description, &backward, attr, engine, hint),
        "a convolution gradient");
done:
    if (hint) dnnl_primitive_desc_destroy(hint);
    return status;
}

static bool is_plain_loops(const gt_dnn_conv *conv) {
    const char *name = "";
    dnnl_status_t code = dnnl_primitive_desc_query(conv->description, dnnl_query_impl_info_str,
                                                   0, (void *)&name);
    return code == dnnl_success && strncmp(name, "ref", 3) == 0;
}

/* Where oneDNN has only plain loops for the plan's layouts (groups whose channels do not fill
 * blocks, gradients of wide depthwise windows), two reorders and a kernel for others are a
 * thousand times faster. */
static gt_status describe_well(gt_dnn_conv *conv, dnnl_primitive_attr_t attr, gt_error *err) {
    gt_status status = GT_OK;
    GT_TRY(describe(conv, attr, err));
    if (!is_plain_loops(conv)) goto done;
    dnnl_primitive_desc_destroy(conv->description);
    conv->description = NULL;
    conv->own_layouts = true;
    GT_TRY(describe(conv, attr, err));
done:
    return status;
}

static gt_status make_reorder(dnnl_primitive_t *primitive, const dnnl_memory_desc_t *from,
                              const dnnl_memory_desc_t *to, bool add, gt_error *err) {
    gt_status status = GT_OK;
    dnnl_primitive_desc_t description = NULL;
    dnnl_primitive_attr_t attr = NULL;
    dnnl_post_ops_t ops = NULL;
    /* a scratchpad of the library's own would belong to the thread that makes it */
    DNN(dnnl_primitive_attr_create(&attr), "attributes");
    DNN(dnnl_primitive_attr_set_scratchpad_mode(attr, dnnl_scratchpad_mode_user), "attributes");
    if (add) {
        DNN(dnnl_post_ops_create(&ops), "post-operations");
        DNN(dnnl_post_ops_append_sum(ops, 1.0f), "post-operations");
        DNN(dnnl_primitive_attr_set_post_ops(attr, ops), "post-operations");
    }
    DNN(dnnl_reorder_primitive_desc_create(&description, from, engine, to, engine, attr),
        "a reorder");
    if (dnnl_memory_desc_get_size(
            dnnl_primitive_desc_query_md(description, dnnl_query_scratchpad_md, 0)) > 0)
        GT_THROW(err, GT_UNSUPPORTED, "oneDNN: a reorder wants memory of its own");
    DNN(dnnl_primitive_create(primitive, description), "a reorder");
done:
    if (description) dnnl_primitive_desc_destroy(description);
    if (ops) dnnl_post_ops_destroy(ops);
    if (attr) dnnl_primitive_attr_destroy(attr);
    return status;
}

/* direction: 1 ours to theirs, 2 theirs to ours, 3 both, 4 theirs to ours with and without
 * adding */
static gt_status make_side(side *s, dnnl_memory_desc_t ours, dnnl_query_t query,
                           dnnl_primitive_desc_t description, int direction, size_t *scratch,
                           gt_error *err) {
    gt_status status = GT_OK;
    const dnnl_memory_desc_t *theirs = dnnl_primitive_desc_query_md(description, query, 0);
    s->ours = ours;
    s->theirs = *theirs;
    s->same = dnnl_memory_desc_equal(&s->ours, &s->theirs) != 0;
    DNN(dnnl_memory_create(&s->ours_memory, &s->ours, engine, NULL), "a memory object");
    DNN(dnnl_memory_create(&s->theirs_memory, &s->theirs, engine, NULL), "a memory object");
    if (s->same && direction != 4) goto done;
    if (direction & 1) GT_TRY(make_reorder(&s->in, &s->ours, &s->theirs, false, err));
    if (direction & 6) GT_TRY(make_reorder(&s->out, &s->theirs, &s->ours, false, err));
    if (direction == 4) GT_TRY(make_reorder(&s->add, &s->theirs, &s->ours, true, err));
    s->staging = *scratch;
    *scratch += round_up(dnnl_memory_desc_get_size(&s->theirs));
done:
    return status;
}

static gt_status make_sides(gt_dnn_conv *conv, gt_error *err) {
    gt_status status = GT_OK;
    const gt_conv_problem *p = &conv->problem;
    dnnl_query_t xq = p->kind == GT_CONV_DATA ? dnnl_query_diff_src_md : dnnl_query_src_md;
    dnnl_query_t wq =
        p->kind == GT_CONV_WEIGHTS ? dnnl_query_diff_weights_md : dnnl_query_weights_md;
    dnnl_query_t yq = p->kind == GT_CONV_FORWARD ? dnnl_query_dst_md : dnnl_query_diff_dst_md;
    dnnl_memory_desc_t x, w, y;
    DNN(image_desc(&x, p->x, p->x_blocked, false), "describing an image");
    DNN(image_desc(&y, p->y, p->y_blocked, false), "describing an image");
    DNN(weights_desc(&w, p->w, p->w_row, p->how.groups, false), "describing weights");
    size_t unused = 0;
    GT_TRY(make_side(&conv->x, x, xq, conv->description, p->kind == GT_CONV_DATA ? 2 : 1,
                     &conv->scratch, err));
    GT_TRY(make_side(&conv->y, y, yq, conv->description,
                     p->kind != GT_CONV_FORWARD ? 1
                     : p->accumulate            ? 3
                                                : 2,
                     &conv->scratch, err));
    if (p->kind == GT_CONV_WEIGHTS) {
        GT_TRY(make_side(&conv->w, w, wq, conv->description, 4, &conv->scratch, err));
    } else {
        GT_TRY(make_side(&conv->w, w, wq, conv->description, 1, &unused, err));
    }
    conv->weights_bytes = dnnl_memory_desc_get_size(&conv->w.theirs);
done:
    return status;
}

static gt_status make_extras(gt_dnn_conv *conv, gt_error *err) {
    gt_status status = GT_OK;
    const char *name = "";
    const dnnl_memory_desc_t *pad =
        dnnl_primitive_desc_query_md(conv->description, dnnl_query_scratchpad_md, 0);
    DNN(dnnl_memory_create(&conv->scratchpad, pad, engine, NULL), "a memory object");
    if (conv->problem.bias) {
        dnnl_memory_desc_t bias;
        dnnl_dims_t channels = {conv->problem.w.dim[0]};
        DNN(dnnl_memory_desc_init_by_tag(&bias, 1, channels, dnnl_f32, dnnl_x),
            "describing a bias");
        DNN(dnnl_memory_create(&conv->bias, &bias, engine, NULL), "a memory object");
    }
    DNN(dnnl_primitive_desc_query(conv->description, dnnl_query_impl_info_str, 0,
                                  (void *)&name),
        "a query");
    snprintf(conv->name, sizeof conv->name, "%s", name);
done:
    return status;
}

/* As a primitive of oneDNN's. */
static gt_status make_primitive(gt_dnn_conv *conv, gt_error *err) {
    gt_status status = GT_OK;
    dnnl_primitive_attr_t attr = NULL;
    dnnl_post_ops_t ops = NULL;
    const gt_conv_problem *problem = &conv->problem;
    GT_TRY(gt_address_space_need(GT_DNN_ROOM, "oneDNN", err));
    pthread_once(&once, set_up);
    DNN(setup, "starting the engine");
    DNN(dnnl_primitive_attr_create(&attr), "attributes");
    DNN(dnnl_primitive_attr_set_scratchpad_mode(attr, dnnl_scratchpad_mode_user), "attributes");
    if (problem->accumulate && problem->kind == GT_CONV_FORWARD) {
        DNN(dnnl_post_ops_create(&ops), "post-operations");
        DNN(dnnl_post_ops_append_sum(ops, 1.0f), "post-operations");
        DNN(dnnl_primitive_attr_set_post_ops(attr, ops), "post-operations");
    }
    GT_TRY(describe_well(conv, attr, err));
    DNN(dnnl_primitive_create(&conv->primitive, conv->description), "a convolution");
    GT_TRY(make_sides(conv, err));
    GT_TRY(make_extras(conv, err));
done:
    if (ops) dnnl_post_ops_destroy(ops);
    if (attr) dnnl_primitive_attr_destroy(attr);
    return status;
}

gt_status gt_dnn_conv_create(const gt_conv_problem *problem, gt_conv_algorithm algorithm,
                             gt_dnn_conv **result, gt_error *err) {
    gt_status status = GT_OK;
    gt_dnn_conv *conv = calloc(1, sizeof *conv);
    if (!conv) return gt_fail(err, GT_NO_MEMORY, "a convolution: out of memory");
    conv->problem = *problem;
    conv->algorithm = algorithm;
    GT_TRY(make_primitive(conv, err));
    *result = conv;
    conv = NULL;
done:
    gt_dnn_conv_destroy(conv);
    return status;
}

static void destroy_side(side *s) {
    if (s->ours_memory) dnnl_memory_destroy(s->ours_memory);
    if (s->theirs_memory) dnnl_memory_destroy(s->theirs_memory);
    if (s->in) dnnl_primitive_destroy(s->in);
    if (s->out) dnnl_primitive_destroy(s->out);
    if (s->add) dnnl_primitive_destroy(s->add);
}

void gt_dnn_conv_destroy(gt_dnn_conv *conv) {
    if (!conv) return;
    destroy_side(&conv->x);
    destroy_side(&conv->w);
    destroy_side(&conv->y);
    if (conv->bias) dnnl_memory_destroy(conv->bias);
    if (conv->scratchpad) dnnl_memory_destroy(conv->scratchpad);
    if (conv->primitive) dnnl_primitive_destroy(conv->primitive);
    if (conv->description) dnnl_primitive_desc_destroy(conv->description);
    free(conv);
}

static size_t scratchpad_bytes(const gt_dnn_conv *conv) {
    const dnnl_memory_desc_t *pad =
        dnnl_primitive_desc_query_md(conv->description, dnnl_query_scratchpad_md, 0);
    return round_up(dnnl_memory_desc_get_size(pad));
}

size_t gt_dnn_conv_scratch(const gt_dnn_conv *conv) {
    return conv->scratch + scratchpad_bytes(conv);
}
size_t gt_dnn_conv_weights_bytes(const gt_dnn_conv *conv) {
    return conv->weights_bytes;
}
const char *gt_dnn_conv_name(const gt_dnn_conv *conv) {
    return conv->name;
}

bool gt_dnn_conv_weights_alike(const gt_dnn_conv *a, const gt_dnn_conv *b) {
    return dnnl_memory_desc_equal(&a->w.theirs, &b->w.theirs) != 0;
}

static dnnl_status_t reorder(dnnl_primitive_t primitive, dnnl_memory_t from, dnnl_memory_t to) {
    dnnl_exec_arg_t args[2] = {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}};
    return execute(primitive, 2, args);
}

/* oneDNN takes pointers without const for memory it only reads. */
static void *unconst(const float *p) {
    void *q;
    memcpy(&q, &p, sizeof q);
    return q;
}

gt_status gt_dnn_conv_prepare(gt_dnn_conv *conv, const float *w, float *prepared,
                              gt_error *err) {
    gt_status status = GT_OK;
    if (conv->w.same) {
        memcpy(prepared, w, conv->weights_bytes);
        return GT_OK;
    }
    DNN(dnnl_memory_set_data_handle(conv->w.ours_memory, unconst(w)), "binding");
    DNN(dnnl_memory_set_data_handle(conv->w.theirs_memory, prepared), "binding");
    DNN(reorder(conv->w.in, conv->w.ours_memory, conv->w.theirs_memory),
        "a reorder of weights");
done:
    return status;
}

/* Points the primitive's memory at `data`, or at staging filled from it (load) or to be emptied
 * into it later. */
static dnnl_status_t attach(side *s, void *data, char *scratch, bool load) {
    dnnl_status_t code = dnnl_memory_set_data_handle(s->ours_memory, data);
    if (code != dnnl_success) return code;
    bool staged = !s->same || s->add;
    code = dnnl_memory_set_data_handle(s->theirs_memory, staged ? scratch + s->staging : data);
    if (code != dnnl_success || !load || !staged) return code;
    return reorder(s->in, s->ours_memory, s->theirs_memory);
}

gt_status gt_dnn_conv_run(gt_dnn_conv *conv, const float *a, const float *b, const float *bias,
                          float *result, bool accumulate, void *scratch, gt_error *err) {
    gt_status status = GT_OK;
    const gt_conv_problem *p = &conv->problem;
    dnnl_exec_arg_t args[5];
    int count = 0;
    char *area = scratch;
    DNN(dnnl_memory_set_data_handle(conv->scratchpad, area + conv->scratch), "binding");
    args[count++] = (dnnl_exec_arg_t){DNNL_ARG_SCRATCHPAD, conv->scratchpad};
    if (p->kind == GT_CONV_FORWARD) {
        DNN(attach(&conv->x, unconst(a), area, true), "loading an image");
        DNN(dnnl_memory_set_data_handle(conv->w.theirs_memory, unconst(b)), "binding");
        DNN(attach(&conv->y, result, area, p->accumulate), "binding an image");
        args[count++] = (dnnl_exec_arg_t){DNNL_ARG_SRC, conv->x.theirs_memory};
        args[count++] = (dnnl_exec_arg_t){DNNL_ARG_WEIGHTS, conv->w.theirs_memory};
        args[count++] = (dnnl_exec_arg_t){DNNL_ARG_DST, conv->y.theirs_memory};
        if (p->bias) {
            DNN(dnnl_memory_set_data_handle(conv->bias, unconst(bias)), "binding");
            args[count++] = (dnnl_exec_arg_t){DNNL_ARG_BIAS, conv->bias};
        }
    } else if (p->kind == GT_CONV_DATA) {
        DNN(attach(&conv->y, unconst(a), area, true), "loading an image");
        DNN(dnnl_memory_set_data_handle(conv->w.theirs_memory, unconst(b)), "binding");
        DNN(attach(&conv->x, result, area, false), "binding an image");
        args[count++] = (dnnl_exec_arg_t){DNNL_ARG_DIFF_DST, conv->y.theirs_memory};
        args[count++] = (dnnl_exec_arg_t){DNNL_ARG_WEIGHTS, conv->w.theirs_memory};
        args[count++] = (dnnl_exec_arg_t){DNNL_ARG_DIFF_SRC, conv->x.theirs_memory};
    } else {
        DNN(attach(&conv->x, unconst(a), area, true), "loading an image");
        DNN(attach(&conv->y, unconst(b), area, true), "loading an image");
        DNN(attach(&conv->w, result, area, false), "binding weights");
        args[count++] = (dnnl_exec_arg_t){DNNL_ARG_SRC, conv->x.theirs_memory};
        args[count++] = (dnnl_exec_arg_t){DNNL_ARG_DIFF_DST, conv->y.theirs_memory};
        args[count++] = (dnnl_exec_arg_t){DNNL_ARG_DIFF_WEIGHTS, conv->w.theirs_memory};
    }
    DNN(execute(conv->primitive, count, args), "a convolution");
    if (p->kind == GT_CONV_FORWARD && !conv->y.same)
        DNN(reorder(conv->y.out, conv->y.theirs_memory, conv->y.ours_memory),
            "storing an image");
    if (p->kind == GT_CONV_DATA && !conv->x.same)
        DNN(reorder(conv->x.out, conv->x.theirs_memory, conv->x.ours_memory),
            "storing an image");
    if (p->kind == GT_CONV_WEIGHTS)
        DNN(reorder(accumulate ? conv->w.add : conv->w.out, conv->w.theirs_memory,
                    conv->w.ours_memory),
            "storing weights");
done:
    return status;
}

gt_status gt_dnn_gemm(bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k,
                      const float *a, int64_t lda, const float *b, int64_t ldb, float *c,
                      int64_t ldc, bool accumulate, gt_error *err) {
    gt_status status = gt_address_space_need(GT_DNN_ROOM, "oneDNN", err);
    sigset_t before;
    if (status) return status;
    hold_signals(&before);
    dnnl_status_t code = dnnl_sgemm(transpose_a ? 'T' : 'N', transpose_b ? 'T' : 'N', m, n, k,
                                    1.0f, a, lda, b, ldb, accumulate ? 1.0f : 0.0f, c, ldc);
    restore_signals(&before);
    return dnn_status(code, "a matrix product", err);
}
