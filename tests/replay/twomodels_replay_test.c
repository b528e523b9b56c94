/* Recordings of distances, cosines, losses, noise ratios and corners, and of two models whole,
 * are computed again, and every kind of changed number is seen. */
#include <unistd.h>

#include "changed_copy.h"
#include "replay.h"

static gt_replay_result replay(const char *path) {
    gt_error err;
    gt_replay_result result;
    assert_ok(
        gt_replay_file(path, &(gt_replay_settings){.threads = 1}, NULL, NULL, &result, &err),
        err);
    return result;
}

static void test_golden(void **state) {
    static const struct {
        const char *file, *kind;
        size_t compared, inputs;
    } files[] = {{"diffusion/metrics", "two-models", 10, 9},
                 {"twomodels/corner", "corner", 7, 2},
                 {"twomodels/cosine", "cosines", 8, 4},
                 {"twomodels/hinge", "pair-losses", 4, 4},
                 {"twomodels/psnr", "noise-ratios", 4, 3},
                 {"twomodels/wasserstein", "wasserstein", 6, 14},
                 {"twomodels/wasserstein_noise_floor", "wasserstein-chance", 3, 0}};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char path[128];
        snprintf(path, sizeof path, "golden/%s.safetensors", files[i].file);
        gt_replay_result result = replay(path);
        assert_true(result.passed);
        assert_string_equal(result.kind, files[i].kind);
        assert_int_equal(result.compared, files[i].compared);
        assert_int_equal(result.inputs, files[i].inputs);
        assert_int_equal(result.unknown, 0);
    }
}

/* One number of each; of doubles and whole numbers of 8 bytes, half of one. */
static void test_changed(void **state) {
    static const struct {
        const char *file, *tensor;
        size_t element;
        float value;
    } changes[] = {{"diffusion/metrics", "cos_pair", 1, 1},
                   {"diffusion/metrics", "samples_B", 700, 1},
                   {"diffusion/metrics", "psnr", 3, 15.2F},
                   {"diffusion/metrics", "argmax_train", 7, 1},
                   {"diffusion/metrics", "argmax_train_flips", 0, 1},
                   {"diffusion/metrics", "cos_max_train_flips", 2, 0.9617F},
                   {"diffusion/metrics", "logit.DA_trainA", 3, 1},
                   {"diffusion/metrics", "logit.DB_xA", 0, 1},
                   {"diffusion/metrics", "curve3", 2, 1},
                   {"diffusion/metrics", "curve4", 0, 1},
                   {"twomodels/corner", "hist1d.1", 8, 1},
                   {"twomodels/corner", "hist2d.0_2", 100, 1},
                   {"twomodels/corner", "contour_levels.count", 3, 2},
                   {"twomodels/corner", "quantiles_16_50_84", 9, 3},
                   {"twomodels/cosine", "cos_ab", 3, 1},
                   {"twomodels/cosine", "centred_cos_ab", 3, 1},
                   {"twomodels/cosine", "train", 5 * 64 + 27, 2},
                   {"twomodels/cosine", "nearest_flip.which", 2, 1},
                   {"twomodels/cosine", "nearest_noflip.idx", 4, 1},
                   {"twomodels/cosine", "hist_ab.density", 99, 4},
                   {"twomodels/hinge", "loss", 11, 1},
                   {"twomodels/hinge", "edge_loss", 7, 1},
                   {"twomodels/hinge", "loss_mean_median_sd", 5, 3},
                   {"twomodels/hinge", "hist_density", 3, 1},
                   {"twomodels/psnr", "psnr_range1", 3, 3},
                   {"twomodels/psnr", "psnr_clipped_range1", 5, 3},
                   {"twomodels/psnr", "psnr_range_of_image", 5, 3},
                   {"twomodels/wasserstein", "ties.w1", 1, 2},
                   {"twomodels/wasserstein", "weighted.u_weights", 5, 2},
                   {"twomodels/wasserstein", "unequal.v", 9, 2},
                   {"twomodels/wasserstein_noise_floor", "n4000.w1_mean_sd", 1, 1.5F},
                   {"twomodels/wasserstein_noise_floor", "n6000.w1_each", 1, 0.15F}};
    char folder[] = "/tmp/gt_replay_XXXXXX", from[128], to[128];
    assert_non_null(mkdtemp(folder));
    snprintf(to, sizeof to, "%s/changed.safetensors", folder);
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        snprintf(from, sizeof from, "golden/%s.safetensors", changes[i].file);
        copy_changed(from, to, changes[i].tensor, changes[i].element, changes[i].value);
        gt_replay_result result = replay(to);
        if (result.passed) fail_msg("%s of %s is not seen", changes[i].tensor, from);
    }
    unlink(to);
    rmdir(folder);
}

/* A byte of 255 that rounding may make 254, as the brightest colour of a saturated pixel is;
 * not 253. The element holds four bytes. */
static void test_edge_of_a_byte(void **state) {
    static const char from[] = "golden/image/lupton.safetensors",
                      tensor[] = "bright_saturated.f64.rgb";
    char folder[] = "/tmp/gt_replay_XXXXXX", to[128];
    assert_non_null(mkdtemp(folder));
    snprintf(to, sizeof to, "%s/changed.safetensors", folder);
    copy_changed(from, to, tensor, 13, 0x1.fd82e4p+102F);
    assert_true(replay(to).passed);
    copy_changed(from, to, tensor, 13, 0x1.fb82e4p+102F);
    assert_false(replay(to).passed);
    unlink(to);
    rmdir(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden),
        cmocka_unit_test(test_changed),
        cmocka_unit_test(test_edge_of_a_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
