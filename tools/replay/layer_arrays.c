/* Recorded cases that are no graphs: draws from a mixture, optimizer steps, the plateau rule.
 */
#include "layers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "galatea/nn.h"
#include "galatea/optim.h"

/* CASE/PART with as many values as `shape`; NULL after a failure. */
static float *read_part(layer_case *c, const char *part, gt_shape shape) {
    char name[256];
    uint64_t count = 0;
    snprintf(name, sizeof name, "%s/%s", c->name, part);
    float *values = gt_recording_input(c->rec, name, &count);
    if (values && count != (uint64_t)gt_shape_count(shape))
        gt_recording_fail(c->rec, GT_BAD_SHAPE, "'%s' has %llu values, expected %lld", name,
                          (unsigned long long)count, (long long)gt_shape_count(shape));
    return values;
}

static void compare_part(layer_case *c, const char *part, gt_shape shape, const float *values) {
    char name[256];
    snprintf(name, sizeof name, "%s/%s", c->name, part);
    gt_recording_compare_floats(c->rec, name, shape, values, GT_REPLAY_PLAIN, 0);
}

/* ---- Draws
 * ----------------------------------------------------------------------------------- */

/* (N,pixels,width) to (N,width,pixels), or with `back` the other way. */
static void turn(const float *in, int64_t n, int64_t pixels, int64_t width, bool back,
                 float *out) {
    for (int64_t i = 0; i < n * pixels * width; ++i) {
        int64_t w = i % width, at = i / width % pixels, image = i / width / pixels;
        int64_t first = (image * width + w) * pixels + at;
        if (back)
            out[i] = in[first];
        else
            out[first] = in[i];
    }
}

void replay_dmol_draw(layer_case *c) {
    gt_shape shape = case_shape(c, "in.l"), image = case_shape(c, "out.image");
    if (shape.rank != 4 || image.rank < 3) {
        gt_recording_fail(c->rec, GT_BAD_SHAPE, "case '%s': in.l is not (N,H,W,P)", c->name);
        return;
    }
    gt_dmol dmol = {image.rank == 4 ? (int)image.dim[3] : 1, case_int(c, "nr_mix"), false};
    int64_t n = shape.dim[0], pixels = shape.dim[1] * shape.dim[2];
    size_t values = (size_t)(n * pixels);
    if (!c->rec->status && ((dmol.channels != 1 && dmol.channels != 3) || dmol.mixtures < 1 ||
                            gt_dmol_width(dmol) != shape.dim[3]))
        gt_recording_fail(c->rec, GT_BAD_SHAPE,
                          "case '%s': %d mixtures need %d channels, not %lld", c->name,
                          dmol.mixtures, gt_dmol_width(dmol), (long long)shape.dim[3]);
    float *params = read_part(c, "in.l", shape);
    float *u = read_part(c, "in.ug", GT_SHAPE(n, pixels, dmol.mixtures));
    float *v = read_part(c, "in.ul", GT_SHAPE(n, pixels, dmol.channels));
    float *turned = calloc(values * (size_t)gt_dmol_width(dmol) + 1, sizeof *turned);
    float *drawn = calloc(2 * values * (size_t)dmol.channels + 1, sizeof *drawn);
    if (!turned || !drawn) gt_recording_fail(c->rec, GT_NO_MEMORY, "no memory for draws");
    if (!c->rec->status) {
        float *last = drawn + values * (size_t)dmol.channels;
        turn(params, n, pixels, gt_dmol_width(dmol), false, turned);
        gt_dmol_draw(dmol, n, pixels, turned, u, v, drawn);
        turn(drawn, n, pixels, dmol.channels, true, last);
        compare_part(c, "out.image", GT_SHAPE(n, shape.dim[1], shape.dim[2], dmol.channels),
                     last);
    }
    free(params);
    free(u);
    free(v);
    free(turned);
    free(drawn);
}

/* ---- Optimizer steps
 * ----------------------------------------------------------------------------- */

/* The parameters of a case, one after the other in flat vectors. */
typedef struct flat {
    layer_case *c;
    char names[8][32];
    gt_shape shapes[8];
    int count;
    gt_optimizer rule;
    double rate, clip;
    gt_optimizer_vectors v;
    float *grads, *clipped;
} flat;

/* Every CASE/in.NAME. */
static void find_parameters(flat *f) {
    char prefix[128];
    int length = snprintf(prefix, sizeof prefix, "%s/in.", f->c->name);
    for (size_t i = 0; i < gt_safetensors_count(f->c->rec->file); ++i) {
        const char *name = gt_safetensors_at(f->c->rec->file, i)->name;
        if (strncmp(name, prefix, (size_t)length) != 0 || f->count == 8) continue;
        snprintf(f->names[f->count], sizeof f->names[0], "%.31s", name + length);
        f->shapes[f->count] = case_shape(f->c, name + length - 3);
        f->v.count += (size_t)gt_shape_count(f->shapes[f->count++]);
    }
}

/* PREFIX.NAME of every parameter into a vector. */
static void read_vector(flat *f, const char *prefix, float *out) {
    for (int i = 0; i < f->count; ++i) {
        char part[128];
        snprintf(part, sizeof part, "%s.%s", prefix, f->names[i]);
        float *values = read_part(f->c, part, f->shapes[i]);
        size_t count = (size_t)gt_shape_count(f->shapes[i]);
        if (!f->c->rec->status) memcpy(out, values, count * sizeof *out);
        free(values);
        out += count;
    }
}

static void compare_vector(flat *f, const char *prefix, const float *values) {
    for (int i = 0; i < f->count; ++i) {
        char part[128];
        snprintf(part, sizeof part, "%s.%s", prefix, f->names[i]);
        compare_part(f->c, part, f->shapes[i], values);
        values += gt_shape_count(f->shapes[i]);
    }
}

static void read_rule(flat *f) {
    gt_optimizer_kind kind;
    if (gt_optimizer_find(f->c->name, &kind, NULL)) {
        gt_recording_fail(f->c->rec, GT_UNSUPPORTED, "optimizer '%s' is not known here",
                          f->c->name);
        return;
    }
    f->rule = gt_optimizer_default(kind);
    const struct {
        const char *key;
        double *value;
    } members[] = {
        {"alpha", &f->rule.alpha},       {"beta1", &f->rule.beta1},
        {"beta2", &f->rule.beta2},       {"eps", &f->rule.eps},
        {"momentum", &f->rule.momentum}, {"weight_decay", &f->rule.weight_decay},
    };
    for (size_t i = 0; i < sizeof members / sizeof *members; ++i)
        if (json_object_get(f->c->attrs, members[i].key))
            *members[i].value = case_attr(f->c, members[i].key);
    f->rate = case_attr(f->c, "lr");
    f->clip = gt_recording_real(f->c->rec, f->c->file_attrs, "clip_max_norm");
}

static void allocate(flat *f) {
    float **vectors[] = {&f->v.values,   &f->v.average, &f->v.state[0],
                         &f->v.state[1], &f->grads,     &f->clipped};
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; ++i) {
        *vectors[i] = calloc(f->v.count + 1, sizeof(float));
        if (!*vectors[i]) gt_recording_fail(f->c->rec, GT_NO_MEMORY, "no memory for a vector");
    }
    f->v.grads = f->grads;
}

static void apply_step(flat *f, int step) {
    gt_recording *rec = f->c->rec;
    char part[64];
    snprintf(part, sizeof part, "grad%d", step);
    read_vector(f, part, f->grads);
    double norm = gt_gradient_norm(f->grads, f->v.count, rec->settings.threads);
    float norm_single = (float)norm;
    gt_optimizer_step how = {.number = step,
                             .rate = f->rate,
                             .grad_scale = gt_clip_coefficient(norm, f->clip),
                             .average_rate =
                                 gt_recording_real(rec, f->c->file_attrs, "ema_rate"),
                             .threads = rec->settings.threads};
    for (size_t i = 0; i < f->v.count; ++i)
        f->clipped[i] = (float)(f->grads[i] * how.grad_scale);
    if (rec->status) return;
    gt_optimizer_apply(&f->rule, &f->v, &how);
    snprintf(part, sizeof part, "clip_norm%d", step);
    compare_part(f->c, part, gt_shape_scalar(), &norm_single);
    snprintf(part, sizeof part, "clipped%d", step);
    compare_vector(f, part, f->clipped);
    snprintf(part, sizeof part, "out%d", step);
    compare_vector(f, part, f->v.values);
    snprintf(part, sizeof part, "ema%d", step);
    compare_vector(f, part, f->v.average);
}

static bool has_step(const flat *f, int step) {
    char part[64];
    snprintf(part, sizeof part, "clip_norm%d", step);
    return case_has(f->c, part);
}

void replay_optimizer(layer_case *c) {
    flat f = {.c = c};
    find_parameters(&f);
    read_rule(&f);
    allocate(&f);
    if (!c->rec->status) read_vector(&f, "in", f.v.values);
    if (!c->rec->status) memcpy(f.v.average, f.v.values, f.v.count * sizeof(float));
    for (int step = 1; !c->rec->status && has_step(&f, step); ++step) apply_step(&f, step);
    for (int i = 0; !c->rec->status && i < gt_optimizer_state_count(&f.rule); ++i) {
        char part[64];
        snprintf(part, sizeof part, "state.%s", gt_optimizer_state_name(&f.rule, i));
        compare_vector(&f, part, f.v.state[i]);
    }
    free(f.v.values);
    free(f.v.average);
    free(f.v.state[0]);
    free(f.v.state[1]);
    free(f.grads);
    free(f.clipped);
}

/* ---- Learning rate
 * ---------------------------------------------------------------------------------- */

void replay_plateau(layer_case *c) {
    char name[256];
    uint64_t count = 0;
    snprintf(name, sizeof name, "%s/val_loss", c->name);
    double *losses = gt_recording_input_double(c->rec, name, &count);
    gt_plateau plateau = gt_plateau_default(case_attr(c, "lr0"));
    plateau.factor = case_attr(c, "factor");
    plateau.patience = case_int(c, "patience");
    plateau.threshold = case_attr(c, "threshold");
    plateau.min_rate = case_attr(c, "min_lr");
    for (uint64_t i = 0; !c->rec->status && i < count; ++i) {
        gt_plateau_update(&plateau, losses[i]);
        losses[i] = plateau.rate;
    }
    snprintf(name, sizeof name, "%s/lr_after", c->name);
    if (!c->rec->status)
        gt_recording_compare(c->rec, name, GT_SHAPE((int64_t)count), losses, GT_REPLAY_PLAIN,
                             0);
    free(losses);
}
