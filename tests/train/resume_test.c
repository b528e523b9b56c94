/* A run that is killed or interrupted anywhere and taken up again ends with the bits of one
 * that was not. */
#include <signal.h>
#include <time.h>

#include "small_run.h"

enum { KILLS = IS_SLOW_BUILD ? 5 : 14, INTERRUPTS = IS_SLOW_BUILD ? 4 : 8 };

static gt_error err;

#define EPOCHS "epochs=30"

static double seconds_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static double reference_seconds; /* of the whole run, in a process of its own */

/* Every run is made in the same folder, because its name is part of the state, and renamed when
 * it ended. */
static pid_t start(void) {
    /* checkpoints inside epochs too, every 60 ms */
    char *words[] = {(char[]){"out=run"}, (char[]){EPOCHS},
                     (char[]){"checkpoint-minutes=1e-3"}};
    return small_spawn(words, 3);
}

static void finish(const char *name) {
    assert_int_equal(small_wait(start()), GT_OK);
    assert_int_equal(rename("run", name), 0);
}

/* Sends a signal after a share of the reference run's time; true if the run was still at work.
 * One that came to its end (the machine was busier during the reference run) begins anew, and
 * the next signals come sooner. */
static bool disturb(pid_t pid, int number, uint64_t draw, int *code) {
    double share =
        gt_rng_uniform((gt_rng_key){11, gt_rng_stream("kill"), (uint32_t)number}, draw);
    double pause = share * 0.25 * reference_seconds;
    struct timespec time = {(time_t)pause, (long)(1e9 * (pause - floor(pause)))};
    nanosleep(&time, NULL);
    kill(pid, number);
    *code = small_wait(pid);
    if (*code != GT_OK) return true;
    assert_int_equal(system("rm -rf run"), 0);
    reference_seconds /= 2;
    return false;
}

static void test_reference(void **unused) {
    double begin = seconds_now();
    finish("reference");
    reference_seconds = seconds_now() - begin;
    print_message("an undisturbed run takes %.2f s\n", reference_seconds);
}

/* Equal rows of the step log, but for the columns that tell the time. */
static void assert_same_log(const char *folder) {
    char path[96], *a = NULL, *b = NULL;
    size_t size = 0;
    snprintf(path, sizeof path, "%s/train.csv", folder);
    assert_ok(gt_file_load("reference/train.csv", 1 << 24, &a, &size, &err), err);
    assert_ok(gt_file_load(path, 1 << 24, &b, &size, &err), err);
    char *save_a = NULL, *save_b = NULL, *x = strtok_r(a, "\n", &save_a),
         *y = strtok_r(b, "\n", &save_b);
    for (int line = 1; x || y; line++) {
        if (!x || !y) fail_msg("%s: line %d is there in one log only", path, line);
        for (int i = 0; i < 2; i++) {
            *strrchr(x, ',') = 0;
            *strrchr(y, ',') = 0;
        }
        if (strcmp(x, y) != 0) fail_msg("%s, line %d: %s, expected %s", path, line, y, x);
        x = strtok_r(NULL, "\n", &save_a);
        y = strtok_r(NULL, "\n", &save_b);
    }
    free(a);
    free(b);
}

static void test_killed(void **unused) {
    int killed = 0, code = 0;
    for (int i = 0; i < KILLS; i++) killed += disturb(start(), SIGKILL, (uint64_t)i, &code);
    print_message("killed at work %d times\n", killed);
    assert_true(killed >= KILLS / 2);
    finish("killed");
    assert_same_run("killed");
    assert_same_log("killed");
}

/* A first save that ends at the weights has left a state, from which the run begins again. */
static void save_half(gt_trainer *t) {
    assert_int_equal(mkdir("steps/last.safetensors", 0777), 0);
    assert_int_equal(gt_trainer_save(t, &err), GT_IO);
    assert_int_equal(rmdir("steps/last.safetensors"), 0);
    assert_int_equal(access("steps/state.safetensors", F_OK), 0);
}

static void resume(gt_trainer *t) {
    assert_true(t->is_resumed);
    assert_ok(gt_trainer_save(t, &err), err);
}

static void test_half_a_save(void **unused) {
    small_trainer("vdvae", small_settings, save_half);
    small_trainer("vdvae", small_settings, resume);
}

static void test_interrupted(void **unused) {
    int interrupted = 0, code = 0;
    for (int i = 0; i < INTERRUPTS; i++) {
        if (!disturb(start(), i % 2 ? SIGTERM : SIGINT, (uint64_t)i, &code)) continue;
        if (code < 0) continue; /* before the handlers were there */
        char *text = NULL;
        size_t size = 0;
        assert_ok(gt_file_load("child.txt", 4096, &text, &size, &err), err);
        if (code != GT_INTERRUPTED) fail_msg("status %d: %s", code, text);
        assert_non_null(strstr(text, "; saved: the same command goes on from there"));
        free(text);
        interrupted++;
    }
    print_message("interrupted at work %d times\n", interrupted);
    assert_true(interrupted >= INTERRUPTS / 4);
    finish("interrupted");
    assert_same_run("interrupted");
    assert_same_log("interrupted");
}

int main(int argc, char **argv) {
    if (argc > 1 && strcmp(argv[1], "child") == 0) return small_child(argc, argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reference),
        cmocka_unit_test(test_killed),
        cmocka_unit_test(test_half_a_save),
        cmocka_unit_test(test_interrupted),
    };
    return cmocka_run_group_tests(tests, small_folder, small_remove);
}
