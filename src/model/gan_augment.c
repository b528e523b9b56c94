/* What chance does before the discriminator sees pictures, one decision for a whole batch:
 * changes that real and made ones go through alike, and the quarter that is to be found again.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "gan.h"
#include "rng.h"

enum { NAME = 64 };

gt_status gan_augmentation_read(const gan_settings *settings, gan_augmentation *out,
                                gt_error *err) {
    static const char *const names[] = {"",       "cutout",   "translation", "color",
                                        "offset", "offset_h", "offset_v"};
    const char *at = settings->augment;
    *out = (gan_augmentation){.probability = settings->augment_probability};
    for (int count = 0; at && count < GAN_CHANGES; ++count) {
        size_t length = strcspn(at, ",");
        for (int i = 1; i <= GAN_CHANGES; ++i)
            if (strlen(names[i]) == length && strncmp(at, names[i], length) == 0)
                out->changes[count] = (gan_change)i;
        if (!out->changes[count]) break;
        at = at[length] ? at + length + 1 : NULL;
    }
    if (!at) return GT_OK;
    return gt_fail(err, GT_USAGE,
                   "augment '%s': expected at most %d of cutout, translation, color, offset, "
                   "offset_h and offset_v, with commas between",
                   settings->augment, GAN_CHANGES);
}

static gt_tensor *chance(gt_graph *g, const char *name, const char *what, gt_shape shape) {
    char full[NAME];
    snprintf(full, sizeof full, "%s.%s", name, what);
    return gt_random_uniform(g, full, gt_rng_stream(full), shape);
}

/* Side of the square that is cut out, and how far a picture is shifted at most. */
static int64_t hole_of(int64_t side) {
    return (int64_t)(0.5 * (double)side + 0.5);
}
static int64_t reach_of(int64_t side) {
    return (int64_t)(0.125 * (double)side + 0.5);
}

/* 2 j - side with each j from 0 to side equally often, (N,1); the last of them is no roll, as
 * the first is none. */
static gt_tensor *draw_roll(gt_graph *g, const char *name, const char *what, int64_t n,
                            double side) {
    gt_tensor *number = gt_affine(g, chance(g, name, what, GT_SHAPE(n, 1)), side + 1, 0);
    gt_tensor *is_usual = gt_less(g, number, gt_constant(g, side, GT_SHAPE(n, 1)));
    gt_tensor *even = gt_affine(g, gt_floor_level(g, number, 1), 2, -side);
    return gt_select(g, is_usual, even, gt_constant(g, side, GT_SHAPE(n, 1)));
}

gan_chances gan_chances_random(const gan_augmentation *how, gt_graph *g, const char *name,
                               gt_shape pictures) {
    gan_chances out = {NULL};
    int64_t n = pictures.dim[0], side = pictures.dim[2];
    gt_shape pair = GT_SHAPE(n, 2), each = GT_SHAPE(n, 1, 1, 1);
    if (how->probability <= 0) return out;
    /* Rounded where they are used: u count - 1/2 is each of 0 .. count - 1 equally often. */
    double places = (double)(side + (hole_of(side) % 2 == 0)), reach = (double)reach_of(side);
    out.whether = chance(g, name, "whether", GT_SHAPE(1));
    out.flip = chance(g, name, "flip", GT_SHAPE(1));
    out.centre = gt_affine(g, chance(g, name, "centre", pair), places, -0.5);
    out.shift = gt_affine(g, chance(g, name, "shift", pair), 2 * reach + 1, -reach - 0.5);
    out.down = draw_roll(g, name, "down", n, (double)side);
    out.across = draw_roll(g, name, "across", n, (double)side);
    out.brightness = chance(g, name, "brightness", each);
    out.saturation = chance(g, name, "saturation", each);
    out.contrast = chance(g, name, "contrast", each);
    return out;
}

/* a where the number of all is below `limit`, else b. */
static gt_tensor *choose(gt_graph *g, gt_tensor *number, double limit, gt_tensor *a,
                         gt_tensor *b) {
    gt_tensor *is_below = gt_less(g, number, gt_constant(g, limit, GT_SHAPE(1)));
    gt_tensor *mask =
        gt_broadcast(g, gt_reshape(g, is_below, GT_SHAPE(1, 1, 1, 1)), gt_tensor_shape(a));
    return gt_select(g, mask, a, b);
}

static gt_tensor *change(gt_graph *g, gt_tensor *x, gan_change what, const gan_chances *by) {
    if (what == GAN_CUTOUT) return gt_cut_out(g, x, by->centre, hole_of(gt_tensor_dim(x, 2)));
    if (what == GAN_TRANSLATION) return gt_shift(g, x, by->shift);
    if (what == GAN_OFFSET || what == GAN_OFFSET_H) x = gt_roll(g, x, by->across, 3);
    if (what == GAN_OFFSET || what == GAN_OFFSET_V) x = gt_roll(g, x, by->down, 2);
    if (what != GAN_COLOUR) return x;
    return gt_jitter_colour(g, x, by->brightness, by->saturation, by->contrast);
}

gt_tensor *gan_augment(const gan_augmentation *how, gt_graph *g, gt_tensor *x,
                       const gan_chances *by) {
    if (!by || !by->whether) return x;
    gt_tensor *changed = choose(g, by->flip, 0.5, x, gt_reverse(g, x, 3));
    for (int i = 0; i < GAN_CHANGES && how->changes[i]; ++i)
        changed = change(g, changed, how->changes[i], by);
    return choose(g, by->whether, how->probability, changed, x);
}

/* ---- Quarters -------------------------------------------------------------------------- */

gan_quarter gan_quarter_random(gt_graph *g, const char *name) {
    return (gan_quarter){chance(g, name, "lower", GT_SHAPE(1)),
                         chance(g, name, "right", GT_SHAPE(1))};
}

static gt_tensor *half_of(gt_graph *g, gt_tensor *x, int axis, gt_tensor *which) {
    int64_t half = gt_tensor_dim(x, axis) / 2;
    return choose(g, which, 0.5, gt_slice(g, x, axis, 0, half),
                  gt_slice(g, x, axis, half, half));
}

gt_tensor *gan_quarter_of(gt_graph *g, gt_tensor *x, const gan_quarter *which) {
    return half_of(g, half_of(g, x, 2, which->lower), 3, which->right);
}
