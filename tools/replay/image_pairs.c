/* Replays recorded pairs: cosines of images and their closest ones, noise ratios, and losses of
 * a discriminator; and all of these of two models at once. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "closest.h"
#include "galatea/twomodels.h"
#include "recording.h"

/* Images of a tensor (n,H,W) or (n,C,H,W). */
typedef struct images {
    size_t count, channels, height, width, values;
    float *of;
} images;

static images read_images(gt_recording *rec, const char *name) {
    images made = {0};
    uint64_t count = 0;
    made.of = gt_recording_input(rec, name, &count);
    const gt_st_tensor *tensor = gt_safetensors_find(rec->file, name);
    if (rec->status) return made;
    bool has_channels = tensor->rank == 4;
    if ((tensor->rank != 3 && !has_channels) || count == 0) {
        gt_recording_fail(rec, GT_BAD_SHAPE, "'%s' is not (n,H,W) or (n,C,H,W)", name);
        return made;
    }
    made.count = (size_t)tensor->shape[0];
    made.channels = has_channels ? (size_t)tensor->shape[1] : 1;
    made.height = (size_t)tensor->shape[1 + has_channels];
    made.width = (size_t)tensor->shape[2 + has_channels];
    made.values = made.channels * made.height * made.width;
    return made;
}

static void expect_alike(gt_recording *rec, const char *name, const images *a,
                         const images *b) {
    if (rec->status ||
        (a->channels == b->channels && a->height == b->height && a->width == b->width))
        return;
    gt_recording_fail(rec, GT_BAD_SHAPE,
                      "'%s': %zu x %zu x %zu values, expected %zu x %zu x %zu", name,
                      b->channels, b->height, b->width, a->channels, a->height, a->width);
}

static void expect_as_many(gt_recording *rec, const char *name, size_t count, size_t others) {
    if (!rec->status && count != others)
        gt_recording_fail(rec, GT_BAD_SHAPE, "'%s' has %zu rows, expected %zu", name, others,
                          count);
}

/* Room for results, `lines` of them. */
static double *room_for(gt_recording *rec, size_t lines, size_t count) {
    double *room = rec->status ? NULL : calloc(lines, (count + 1) * sizeof *room);
    if (!room) gt_recording_fail(rec, GT_NO_MEMORY, "no memory for %zu numbers", count);
    return room;
}

static void compare(gt_recording *rec, const char *name, size_t count, const double *got,
                    double tolerance) {
    gt_recording_compare_within(rec, name, GT_SHAPE((int64_t)count), got, tolerance);
}

/* A density over recorded edges. */
static void compare_density(gt_recording *rec, const char *edges_name, const char *name,
                            size_t count, const double *values) {
    uint64_t edges = 0;
    if (rec->status || gt_recording_find(rec, edges_name) < 0) return;
    double *edge = gt_recording_input_double(rec, edges_name, &edges);
    double *density = room_for(rec, 1, (size_t)edges);
    if (!rec->status && edges < 2)
        gt_recording_fail(rec, GT_BAD_SHAPE, "'%s' makes no bin", edges_name);
    if (!rec->status) {
        gt_bins bins = {edge[0], edge[edges - 1], (size_t)edges - 1};
        size_t inside = gt_bins_add(&bins, count, values, density);
        double area = (double)inside * (bins.high - bins.low) / (double)bins.count;
        for (size_t i = 0; i < bins.count; i++) density[i] /= inside ? area : 1;
        compare(rec, name, bins.count, density, 1e-9);
    }
    free(edge);
    free(density);
}

/* ---- Cosines ----------------------------------------------------------------------------- */

/* Of each sample the closest image: its cosine, its number, and how the sample was laid (count
 * each, one behind the other). To be freed; NULL after a failure. */
static double *find_closest(gt_recording *rec, const images *a, const images *train, bool flips,
                            gt_closest_kind kind) {
    gt_closest *search = NULL;
    const gt_closest_shape shape = {a->channels, a->height, a->width, flips};
    double *room = room_for(rec, 3, a->count);
    if (!rec->status)
        rec->status = gt_closest_create(&shape, a->count, a->of, &search, rec->err);
    if (!rec->status)
        rec->status = gt_closest_add(search, 0, train->count, train->of, rec->err);
    const gt_closest_match *best = rec->status ? NULL : gt_closest_matches(search, kind);
    for (size_t i = 0; best && i < a->count; i++) {
        room[i] = best[i].cosine;
        room[a->count + i] = (double)best[i].row;
        room[2 * a->count + i] = best[i].flip;
    }
    gt_closest_destroy(search);
    return room;
}

static void compare_closest(gt_recording *rec, const char *part, const images *a,
                            const images *train, bool flips) {
    static const char *const names[] = {"cos", "idx", "which"};
    char name[64];
    double *found = find_closest(rec, a, train, flips, GT_CLOSEST_PLAIN);
    for (size_t k = 0; !rec->status && k < 3; k++) {
        snprintf(name, sizeof name, "%s.%s", part, names[k]);
        compare(rec, name, a->count, found + k * a->count, k == 0 ? 1e-10 : 0);
    }
    free(found);
}

static void compare_cosines(gt_recording *rec, const images *a, const images *b) {
    double *room = room_for(rec, 2, a->count);
    expect_as_many(rec, "gen_b", a->count, b->count);
    if (!rec->status) {
        double *plain = room, *centred = room + a->count;
        for (size_t i = 0; i < a->count; i++) {
            gt_cosines both =
                gt_cosines_of(a->values, a->of + i * a->values, b->of + i * a->values);
            plain[i] = both.plain;
            centred[i] = both.centred;
        }
        compare(rec, "cos_ab", a->count, plain, 1e-10);
        compare(rec, "centred_cos_ab", a->count, centred, 1e-10);
        compare_density(rec, "hist_ab.edges", "hist_ab.density", a->count, plain);
    }
    free(room);
}

static void replay_cosines(gt_recording *rec) {
    rec->result->has_measured = true;
    images a = read_images(rec, "gen_a"), b = read_images(rec, "gen_b"),
           train = read_images(rec, "train");
    expect_alike(rec, "gen_b", &a, &b);
    expect_alike(rec, "train", &a, &train);
    compare_cosines(rec, &a, &b);
    compare_closest(rec, "nearest_noflip", &a, &train, false);
    compare_closest(rec, "nearest_flip", &a, &train, true);
    free(a.of), free(b.of), free(train.of);
}

static bool accepts_cosines(const gt_safetensors *file) {
    return gt_safetensors_find(file, "gen_a") && gt_safetensors_find(file, "cos_ab");
}

const gt_replayer gt_replayer_cosines = {"cosines", accepts_cosines, replay_cosines};

/* ---- Noise ratios ------------------------------------------------------------------------ */

static double range_of(const float *image, size_t values) {
    float low = image[0], high = image[0];
    for (size_t i = 1; i < values; i++) {
        low = fminf(low, image[i]);
        high = fmaxf(high, image[i]);
    }
    return (double)high - low;
}

/* The recording's clipped ratio counts no mean square below 1e-300. */
static double clipped_ratio(const float *image, float *noisy, size_t values) {
    for (size_t i = 0; i < values; i++) noisy[i] = fminf(1, fmaxf(0, noisy[i]));
    return fmin(3000, gt_psnr(values, image, noisy, 1));
}

static void replay_ratios(gt_recording *rec) {
    uint64_t levels = 0;
    rec->result->has_measured = true;
    images clean = read_images(rec, "image"), noisy = read_images(rec, "noisy");
    free(gt_recording_input_double(rec, "sigma", &levels));
    expect_alike(rec, "noisy", &clean, &noisy);
    size_t n = clean.count;
    double *room = room_for(rec, 4, n);
    expect_as_many(rec, "noisy", n, noisy.count);
    for (size_t i = 0; !rec->status && i < n; i++) {
        const float *image = clean.of + i * clean.values;
        float *other = noisy.of + i * clean.values;
        room[i] = gt_mean_square(clean.values, image, other);
        room[n + i] = gt_psnr(clean.values, image, other, 1);
        room[2 * n + i] = gt_psnr(clean.values, image, other, range_of(image, clean.values));
        room[3 * n + i] = clipped_ratio(image, other, clean.values);
    }
    static const char *const names[] = {"mse", "psnr_range1", "psnr_range_of_image",
                                        "psnr_clipped_range1"};
    for (size_t k = 0; !rec->status && k < 4; k++)
        compare(rec, names[k], n, room + k * n, 1e-9);
    free(clean.of), free(noisy.of), free(room);
}

static bool accepts_ratios(const gt_safetensors *file) {
    return gt_safetensors_find(file, "psnr_range1") && gt_safetensors_find(file, "noisy");
}

const gt_replayer gt_replayer_noise_ratios = {"noise-ratios", accepts_ratios, replay_ratios};

/* ---- Losses ------------------------------------------------------------------------------ */

static void compare_edges(gt_recording *rec) {
    uint64_t count = 0;
    double *pairs = gt_recording_input_double(rec, "edge_ab", &count);
    double *loss = room_for(rec, 1, (size_t)count);
    for (size_t i = 0; !rec->status && i < count / 2; i++)
        loss[i] = gt_pair_loss(pairs[2 * i], pairs[2 * i + 1]);
    if (!rec->status) compare(rec, "edge_loss", (size_t)count / 2, loss, 1e-12);
    free(pairs);
    free(loss);
}

static void replay_losses(gt_recording *rec) {
    uint64_t count = 0, others = 0;
    gt_summary sum;
    rec->result->has_measured = true;
    double *a = gt_recording_input_double(rec, "a", &count);
    double *b = gt_recording_input_double(rec, "b", &others);
    double *loss = room_for(rec, 1, (size_t)count);
    expect_as_many(rec, "b", (size_t)count, (size_t)others);
    for (size_t i = 0; !rec->status && i < count; i++) loss[i] = gt_pair_loss(a[i], b[i]);
    if (!rec->status) compare(rec, "loss", (size_t)count, loss, 1e-12);
    if (!rec->status) rec->status = gt_summarize((size_t)count, loss, &sum, rec->err);
    if (!rec->status)
        compare(rec, "loss_mean_median_sd", 3, (double[]){sum.mean, sum.mid, sum.sd}, 1e-12);
    compare_density(rec, "hist_edges", "hist_density", (size_t)count, loss);
    if (!rec->status && gt_recording_find(rec, "edge_ab") >= 0) compare_edges(rec);
    free(a), free(b), free(loss);
}

static bool accepts_losses(const gt_safetensors *file) {
    return gt_safetensors_find(file, "loss_mean_median_sd") && gt_safetensors_find(file, "a");
}

const gt_replayer gt_replayer_pair_losses = {"pair-losses", accepts_losses, replay_losses};

/* ---- Two models: all of it in single precision ------------------------------------------- */

/* What the recording made in float32, of its largest magnitude. */
static void compare_single(gt_recording *rec, const char *name, size_t count,
                           const double *got) {
    int index = rec->status ? -1 : gt_recording_find(rec, name);
    if (index < 0) return;
    gt_recording_allow(rec, index, 0, 5e-6);
    compare(rec, name, count, got, 0);
}

static void compare_likeness(gt_recording *rec, const images *a, const images *b) {
    double *room = room_for(rec, 2, a->count);
    for (size_t i = 0; !rec->status && i < a->count; i++) {
        const float *one = a->of + i * a->values, *other = b->of + i * a->values;
        room[i] = gt_cosines_of(a->values, one, other).centred;
        room[a->count + i] = gt_psnr(a->values, one, other, 1);
    }
    if (!rec->status) compare_single(rec, "cos_pair", a->count, room);
    if (!rec->status) compare_single(rec, "psnr", a->count, room + a->count);
    free(room);
}

/* The number is that in all training images as they are, then in all mirrored ones, and so on.
 */
static void compare_learned(gt_recording *rec, const images *a, const images *train,
                            const char *cosine_name, const char *number_name, bool flips) {
    double *found = find_closest(rec, a, train, flips, GT_CLOSEST_CENTRED);
    double *number = found ? found + a->count : NULL;
    for (size_t i = 0; !rec->status && i < a->count; i++)
        number[i] += number[a->count + i] * (double)train->count;
    if (!rec->status) compare_single(rec, cosine_name, a->count, found);
    if (!rec->status) compare(rec, number_name, a->count, number, 0);
    free(found);
}

/* How badly a discriminator tells what its generator makes (own) from other images. */
static void compare_curve(gt_recording *rec, const char *name, const char *other_name,
                          const char *own_name) {
    uint64_t count = 0, owns = 0;
    double *other = gt_recording_input_double(rec, other_name, &count);
    double *own = gt_recording_input_double(rec, own_name, &owns);
    expect_as_many(rec, own_name, (size_t)count, (size_t)owns);
    for (size_t i = 0; !rec->status && i < count; i++) own[i] = gt_pair_loss(other[i], own[i]);
    if (!rec->status) compare_single(rec, name, (size_t)count, own);
    free(other), free(own);
}

static void replay_two_models(gt_recording *rec) {
    rec->result->has_measured = true;
    images a = read_images(rec, "samples_A"), b = read_images(rec, "samples_B"),
           train = read_images(rec, "train");
    expect_alike(rec, "samples_B", &a, &b);
    expect_alike(rec, "train", &a, &train);
    expect_as_many(rec, "samples_B", a.count, b.count);
    compare_likeness(rec, &a, &b);
    compare_learned(rec, &a, &train, "cos_max_train", "argmax_train", false);
    compare_learned(rec, &a, &train, "cos_max_train_flips", "argmax_train_flips", true);
    compare_curve(rec, "curve1", "logit.DA_xB", "logit.DA_xA");
    compare_curve(rec, "curve2", "logit.DA_trainA", "logit.DA_xA");
    compare_curve(rec, "curve3", "logit.DB_xA", "logit.DB_xB");
    compare_curve(rec, "curve4", "logit.DB_trainB", "logit.DB_xB");
    free(a.of), free(b.of), free(train.of);
}

static bool accepts_two_models(const gt_safetensors *file) {
    return gt_safetensors_find(file, "samples_A") && gt_safetensors_find(file, "curve1");
}

const gt_replayer gt_replayer_two_models = {"two-models", accepts_two_models,
                                            replay_two_models};
