/* What the two networks of the light-weight GAN minimise. */
#include <stdlib.h>

#include "gan.h"

enum { DECODED_SIDE = 128 };

static const double penalty_weight = 10;

/* ---- Pictures -------------------------------------------------------------------------- */

/* The nearest whole level, where networks see bytes alone. */
static gt_tensor *whole(const gan *net, gt_graph *g, gt_tensor *levels) {
    return net->whole_levels ? gt_floor_level(g, gt_affine(g, levels, 1, 0.5), 1) : levels;
}

gt_tensor *gan_pictures(const gt_model *model, gt_graph *g, gt_tensor *images) {
    const gan *net = gt_model_self(model);
    gt_shape shape = gt_tensor_shape(images);
    if (shape.dim[2] != net->side || shape.dim[3] != net->side) {
        images = gt_resize(g, images, shape.dim[2], net->side, GT_RESIZE_BILINEAR);
        images = gt_resize(g, whole(net, g, images), net->side, net->side, GT_RESIZE_BILINEAR);
        images = whole(net, g, images);
    }
    gt_tensor *x = gt_model_prepare(model, g, images);
    if (shape.dim[1] == net->channels) return x;
    return gt_broadcast(g, x, GT_SHAPE(shape.dim[0], net->channels, net->side, net->side));
}

/* ---- Terms ----------------------------------------------------------------------------- */

static gt_tensor *penalty_of(gt_graph *g, const gan_scores *scores, gt_tensor *x, double centre,
                             gt_tensor **slope) {
    gt_tensor *sum = gt_add(g, gt_sum(g, scores->main), gt_sum(g, scores->small));
    return gt_gradient_penalty(g, sum, x, centre, slope);
}

/* Gradients by real pictures are those before their changes, by made ones those after. */
static void add_penalty(const gan *net, gt_graph *g, gan_terms *terms, gt_tensor *real,
                        gt_tensor *changed_fake) {
    if (net->is_centred) {
        gt_tensor *of_real = penalty_of(g, &terms->real, real, 1, &terms->slope);
        terms->penalty = gt_affine(g, of_real, penalty_weight, 0);
        return;
    }
    gt_tensor *slopes[2];
    gt_tensor *both = gt_add(g, penalty_of(g, &terms->real, real, 0, &slopes[0]),
                             penalty_of(g, &terms->fake, changed_fake, 0, &slopes[1]));
    terms->penalty = gt_affine(g, both, penalty_weight / 2, 0);
    terms->slope = gt_affine(g, gt_add(g, slopes[0], slopes[1]), 0.5, 0);
}

/* What a decoder finds in a map, beside the picture that it is to be. */
static gt_tensor *decoding_error(const net_pass *pass, const gan_decoder *decoder,
                                 gt_tensor *map, gt_tensor *picture) {
    gt_graph *g = pass->g;
    if (gt_tensor_dim(picture, 2) != DECODED_SIDE)
        picture = gt_resize(g, picture, DECODED_SIDE, DECODED_SIDE, GT_RESIZE_NEAREST);
    gt_tensor *decoded = gan_decode(decoder, pass, map);
    return gt_mean(g, gt_square(g, gt_sub(g, decoded, picture)));
}

void gan_discriminator_terms(const gan *net, const net_pass *pass, gt_tensor *real,
                             gt_tensor *fake, const gan_chances *of_real,
                             const gan_chances *of_fake, const gan_quarter *quarter,
                             bool with_penalty, gan_terms *out) {
    gt_graph *g = pass->g;
    const gan_discriminator *judge = &net->discriminator;
    fake = gan_augment(&net->augmentation, g, fake, of_fake);
    gt_tensor *seen = gan_augment(&net->augmentation, g, real, of_real);
    *out =
        (gan_terms){.real = gan_judge(judge, pass, seen), .fake = gan_judge(judge, pass, fake)};
    out->hinge = gt_hinge_discriminator(g, out->real.main, out->fake.main);
    out->hinge_small = gt_hinge_discriminator(g, out->real.small, out->fake.small);
    out->aux = decoding_error(pass, &judge->decoder, out->real.map, seen);
    if (judge->shrinks) {
        gt_tensor *map = gan_map_before(judge, &out->real);
        out->aux = gt_add(g, out->aux,
                          decoding_error(pass, &judge->quarter, gan_quarter_of(g, map, quarter),
                                         gan_quarter_of(g, seen, quarter)));
    }
    if (with_penalty) add_penalty(net, g, out, real, fake);
}

gan_wishes gan_generator_terms(const gan *net, const net_pass *pass, gt_tensor *fake,
                               const gan_chances *of_fake) {
    gt_graph *g = pass->g;
    gan_scores scores =
        gan_judge(&net->discriminator, pass, gan_augment(&net->augmentation, g, fake, of_fake));
    return (gan_wishes){gt_mean(g, scores.main), gt_mean(g, scores.small)};
}

/* ---- Losses ---------------------------------------------------------------------------- */

typedef enum occasion { IN_EVALUATION, USUAL, WITH_PENALTY } occasion;

/* Deviation of a pixel from picture to picture, meant over the pixels by its square: (). */
static gt_tensor *spread(gt_graph *g, gt_tensor *x) {
    gt_shape each = gt_tensor_shape(x);
    double share = 1 / (double)each.dim[0];
    each.dim[0] = 1;
    x = gt_stop_gradient(g, x);
    gt_tensor *mean = gt_affine(g, gt_sum_to(g, x, each), share, 0);
    return gt_sqrt(g, gt_mean(g, gt_square(g, gt_sub(g, x, mean))));
}

static gt_tensor *make_fake(const gan *net, const net_pass *pass, const char *name,
                            int64_t batch) {
    gan_draws draws = gan_draws_random(&net->generator, pass->g, name, batch);
    return gan_generate(&net->generator, pass, &draws, NULL);
}

static void watch(gt_model_graph *out, gt_monitor monitor) {
    out->monitors[out->monitor_count++] = monitor;
}

/* Made pictures are to differ as real ones do. Those from 0 to 1 differ by 0.5 at most. */
static void watch_spread(gt_graph *g, gt_tensor *real, gt_tensor *fake, gt_model_graph *out) {
    watch(out,
          (gt_monitor){
              .name = "spread", .value = spread(g, fake), .against = "spread_real", .most = 1});
    watch(out, (gt_monitor){.name = "spread_real", .value = spread(g, real)});
}

/* A penalty that is to make slopes 1 is 10.00 from 2.5e-4 down. */
static void watch_slope(const gan *net, gt_tensor *slope, gt_model_graph *out) {
    watch(out, (gt_monitor){.name = "slope",
                            .value = slope,
                            .least = net->is_centred ? 2.5e-4 : 0,
                            .lost = "the discriminator no longer sees its pictures (penalty "
                                    "10.00), and nothing is learned from it; begin again with "
                                    "a lower learning rate"});
}

static void build_discriminator(const gt_model *model, const net_pass *pass, int64_t batch,
                                occasion when, gt_model_graph *out) {
    const gan *net = gt_model_self(model);
    gt_graph *g = pass->g;
    gan_terms terms;
    gan_chances of_real = {NULL}, of_fake = {NULL};
    gt_tensor *real = gan_pictures(model, g, gt_model_graph_input(out, "images"));
    gt_tensor *fake = gt_stop_gradient(g, make_fake(net, pass, "discriminator.made", batch));
    if (when != IN_EVALUATION) {
        const gan_augmentation *how = &net->augmentation;
        gt_shape shape = gt_tensor_shape(real);
        of_real = gan_chances_random(how, g, "discriminator.real", shape);
        of_fake = gan_chances_random(how, g, "discriminator.made", shape);
    }
    gan_quarter quarter = {NULL};
    if (net->discriminator.shrinks) quarter = gan_quarter_random(g, "discriminator.quarter");
    gan_discriminator_terms(net, pass, real, fake, &of_real, &of_fake, &quarter,
                            when == WITH_PENALTY, &terms);
    out->output = gt_add(g, gt_add(g, terms.hinge, terms.hinge_small), terms.aux);
    if (terms.penalty) out->output = gt_add(g, out->output, terms.penalty);
    watch(out, (gt_monitor){"hinge", terms.hinge});
    watch(out, (gt_monitor){"hinge_small", terms.hinge_small});
    watch(out, (gt_monitor){"aux", terms.aux});
    watch_spread(g, real, fake, out);
    if (terms.penalty) watch_slope(net, terms.slope, out);
}

static void build_generator(const gt_model *model, const net_pass *pass, int64_t batch,
                            occasion when, gt_model_graph *out) {
    const gan *net = gt_model_self(model);
    gan_chances of_fake = {NULL};
    gt_tensor *fake = make_fake(net, pass, "generator.made", batch);
    if (when != IN_EVALUATION)
        of_fake = gan_chances_random(&net->augmentation, pass->g, "generator.made",
                                     gt_tensor_shape(fake));
    gan_wishes terms = gan_generator_terms(net, pass, fake, &of_fake);
    out->output = gt_add(pass->g, terms.main, terms.small);
    watch(out, (gt_monitor){"main", terms.main});
    watch(out, (gt_monitor){"small", terms.small});
}

/* In training every pass of the generator moves its running statistics. */
static gt_status build(const gt_model *model, gt_graph *g, int64_t batch, occasion when,
                       void (*loss)(const gt_model *, const net_pass *, int64_t, occasion,
                                    gt_model_graph *),
                       gt_model_graph *out, gt_error *err) {
    gt_status status = GT_OK;
    net_pass pass = {0};
    GT_TRY(net_pass_open(model, g, when != IN_EVALUATION, out, &pass, err));
    loss(model, &pass, batch, when, out);
    if (when != IN_EVALUATION) GT_TRY(net_pass_update(model, &pass, out, err));
done:
    net_pass_close(&pass);
    return status;
}

/* clang-format off */
#define LOSS(name, when, loss)                                                             \
    static gt_status name(const gt_model *model, gt_graph *g, int64_t batch,               \
                          gt_model_graph *out, gt_error *err) {                            \
        return build(model, g, batch, when, loss, out, err);                               \
    }
LOSS(discriminator_loss, USUAL, build_discriminator)
LOSS(discriminator_seldom, WITH_PENALTY, build_discriminator)
LOSS(discriminator_validation, IN_EVALUATION, build_discriminator)
LOSS(generator_loss, USUAL, build_generator)
LOSS(generator_validation, IN_EVALUATION, build_generator)
/* clang-format on */

/* What the average keeps of itself: at first it begins anew now and then, later it follows in
 * every tenth step. */
static double keeps(const void *self, int64_t step) {
    enum { FROM = 20000, ANEW_UNTIL = 25000, ANEW_EVERY = 1000, ANEW_AT = 2, EVERY = 10 };
    if (step <= ANEW_UNTIL && step % ANEW_EVERY == ANEW_AT) return 0;
    return step > FROM && step % EVERY == 0 ? 0.995 : 1;
}

const gt_objective gan_objectives[2] = {
    {.name = "discriminator",
     .prefix = "D.",
     .loss = discriminator_loss,
     .validation_loss = discriminator_validation,
     .seldom = discriminator_seldom,
     .seldom_every = 4},
    {.name = "generator",
     .prefix = "G.",
     .loss = generator_loss,
     .validation_loss = generator_validation,
     .copy = "GE.",
     .copy_keeps = keeps},
};
