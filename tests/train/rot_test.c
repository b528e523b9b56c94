/* rot_test.c - bit rot: with any bit of a checkpoint changed the run does not go on, names the
 * file and offers the checkpoint before; what survives a change reads as before. */
#include <fcntl.h>

#include "small_run.h"

#include "galatea/run.h"
#include "state_file.h"

static gt_error err;
static char *bytes;
static size_t size;
static gt_identity whole;

static void flip(int file, size_t at, int bit) {
    char byte = (char)(bytes[at] ^ (1 << bit));
    assert_int_equal(pwrite(file, &byte, 1, (off_t)at), 1);
}

static void restore(int file, size_t at) {
    assert_int_equal(pwrite(file, &bytes[at], 1, (off_t)at), 1);
}

/* Blanks between the words of the header say nothing. */
static bool is_the_same(const gt_identity *read) {
    return read->data_hash == whole.data_hash && read->threads == whole.threads &&
           strcmp(read->config, whole.config) == 0 &&
           strcmp(read->model_config, whole.model_config) == 0;
}

static void check(size_t at, int bit) {
    gt_safetensors *file = NULL;
    gt_identity read = {0};
    if (gt_state_open("rot", &file, &read, &err) == GT_OK) {
        if (!is_the_same(&read)) fail_msg("bit %d of byte %zu changes the state", bit, at);
        gt_safetensors_close(file);
        gt_identity_free(&read);
        return;
    }
    if (!strstr(err.text, "rot/state.safetensors") ||
        !strstr(err.text, "the checkpoint before it is rot/state.previous.safetensors"))
        fail_msg("bit %d of byte %zu: %s", bit, at, err.text);
}

/* Of so many bytes one bit; with GT_EVERY=1 in the environment, of all. */
static size_t step_for(size_t most) {
    return getenv("GT_EVERY") ? 1 : 1 + size / most;
}

static void test_any_bit_of_a_state(void **unused) {
    gt_train_result result;
    gt_safetensors *file = NULL;
    uint64_t header;
    assert_ok(SMALL_TRAIN(&result, &err, "out=rot", "epochs=2", "optimizer=sgd", "momentum=0",
                          "ema=0", "width=4", "latents=2,1:2", "mixtures=1"),
              err);
    assert_ok(gt_state_open("rot", &file, &whole, &err), err);
    gt_safetensors_close(file);
    assert_ok(gt_file_load("rot/state.safetensors", 1 << 24, &bytes, &size, &err), err);
    memcpy(&header, bytes, sizeof header);
    int state = open("rot/state.safetensors", O_WRONLY);
    assert_true(state >= 0 && header < size);
    size_t step = step_for(4000);
    for (size_t at = 0; at < size; at += step) {
        int bit = (int)(at * 5 / step % 8);
        flip(state, at, bit);
        check(at, bit);
        restore(state, at);
    }
    print_message("%zu bytes of a state of %zu\n", (size + step - 1) / step, size);
    close(state);
    free(bytes);
    gt_identity_free(&whole);
}

/* The same of weights for use. */
static void test_any_bit_of_weights(void **unused) {
    gt_run *run = NULL;
    assert_ok(gt_file_load("rot/best.safetensors", 1 << 24, &bytes, &size, &err), err);
    int file = open("rot/best.safetensors", O_WRONLY);
    assert_true(file >= 0);
    size_t step = step_for(500);
    for (size_t at = 0; at < size; at += step) {
        flip(file, at, (int)(at % 8));
        if (gt_run_open("rot", &run, &err) == GT_OK) fail_msg("byte %zu", at);
        if (!strstr(err.text, "rot/best.safetensors")) fail_msg("byte %zu: %s", at, err.text);
        restore(file, at);
    }
    assert_ok(gt_run_open("rot", &run, &err), err);
    gt_run_close(run);
    close(file);
    free(bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_any_bit_of_a_state),
                                       cmocka_unit_test(test_any_bit_of_weights)};
    return cmocka_run_group_tests(tests, small_folder, small_remove);
}
