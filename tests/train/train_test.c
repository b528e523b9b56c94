/* Training runs: what they leave behind, what they refuse, and what they go on with. */
#include "small_run.h"

#include "galatea/log.h"
#include "galatea/run.h"
#include "galatea/safetensors.h"
#include "runlock.h"

static gt_train_result result;
static gt_error err;

/* Remarks of the run, one after the other. */
static char remarks[20000];

static void collect(void *unused, const char *line) {
    size_t used = strlen(remarks);
    snprintf(remarks + used, sizeof remarks - used, "%s\n", line);
}

static void assert_says(const char *part) {
    if (!strstr(err.text, part)) fail_msg("'%s' is not in: %s", part, err.text);
}

static void test_learns(void **unused) {
    remarks[0] = 0;
    assert_ok(SMALL_TRAIN(&result, &err, "out=learns", "epochs=8"), err);
    assert_false(result.was_finished);
    assert_int_equal(result.epochs, 8);
    assert_int_equal(result.steps, 8 * 9); /* 40 rows, 4 of them held out, 4 a batch */
    assert_int_equal(result.skipped, 0);
    assert_non_null(strstr(remarks, "memory: "));
    assert_non_null(strstr(remarks, "time: about "));
    const char *first = strstr(remarks, "epoch 1 of 8: training "),
               *last = strstr(remarks, "epoch 8 of 8: training ");
    assert_non_null(first);
    assert_non_null(last);
    double before = atof(first + 23), after = atof(last + 23);
    print_message("training loss %.3f, then %.3f\n", before, after);
    assert_true(after < 0.9 * before);
    assert_true(result.best_loss < 0.95 * before);
    static const char *const files[] = {"config",
                                        "algorithms.txt",
                                        "train.csv",
                                        "train.jsonl",
                                        "best.safetensors",
                                        "last.safetensors",
                                        "state.safetensors",
                                        "state.previous.safetensors"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char path[64];
        snprintf(path, sizeof path, "learns/%s", files[i]);
        if (!small_exists(path)) fail_msg("%s is missing", path);
    }
    assert_false(small_exists("learns/run.lock"));
}

static void test_can_be_used(void **unused) {
    gt_run *run = NULL;
    assert_ok(gt_run_open("learns", &run, &err), err);
    assert_string_equal(gt_run_path_of(run), "learns/best.safetensors");
    assert_true(gt_run_epoch(run) >= 1);
    assert_string_equal(gt_model_class_of(gt_run_model(run))->name, "vdvae");
    assert_int_equal(gt_model_input_of(gt_run_model(run))->width, SMALL_SIZE);
    gt_run_close(run);
    assert_int_equal(gt_run_open("learns/state.safetensors", &run, &err), GT_BAD_FORMAT);
    assert_says("training state");
    assert_int_equal(gt_run_open("nowhere", &run, &err), GT_NOT_FOUND);
    assert_int_equal(gt_run_open(".", &run, &err), GT_NOT_FOUND);
    assert_int_equal(gt_run_open("small.h5", &run, &err), GT_BAD_FORMAT);
}

static void test_finished_runs_say_so(void **unused) {
    assert_ok(SMALL_TRAIN(&result, &err, "out=learns", "epochs=8"), err);
    assert_true(result.was_finished);
    assert_int_equal(result.epochs, 8);
}

static void test_more_epochs(void **unused) {
    assert_ok(SMALL_TRAIN(&result, &err, "out=long", "epochs=4"), err);
    assert_ok(SMALL_TRAIN(&result, &err, "out=short", "epochs=2"), err);
    assert_ok(SMALL_TRAIN(&result, &err, "out=short", "epochs=4"), err);
    assert_same_file("long/last.safetensors", "short/last.safetensors");
    assert_same_file("long/best.safetensors", "short/best.safetensors");
}

static void test_optimizers_and_schedules(void **unused) {
    assert_ok(SMALL_TRAIN(&result, &err, "out=a", "epochs=1", "optimizer=rmsprop",
                          "learning-rate=1e-4", "warmup=3"),
              err);
    assert_ok(SMALL_TRAIN(&result, &err, "out=b", "epochs=1", "optimizer=sgd", "momentum=0",
                          "schedule=cosine", "ema=0", "hold-out=0"),
              err);
    assert_true(result.best_loss < INFINITY); /* of the training rows */
    assert_int_equal(result.steps, 10);
    assert_int_equal(SMALL_TRAIN(&result, &err, "out=b", "epochs=2", "optimizer=sgd",
                                 "momentum=0", "schedule=cosine", "ema=0", "hold-out=0"),
                     GT_MISMATCH);
    assert_says("epochs = 1, not 2");
}

/* LARS learns, and its momentum is part of what a run goes on with. */
static void test_lars_goes_on(void **unused) {
#define LARS \
    "optimizer=lars", "learning-rate=2e-3", "trust=2", "weight-decay=1e-3", "hold-out=0"
    assert_ok(SMALL_TRAIN(&result, &err, "out=lars", "epochs=1", LARS), err);
    double first = result.best_loss;
    assert_ok(SMALL_TRAIN(&result, &err, "out=lars", "epochs=4", LARS), err);
    print_message("loss after an epoch of lars %.3f, after four %.3f\n", first,
                  result.best_loss);
    assert_true(result.best_loss < 0.9 * first);
    assert_ok(SMALL_TRAIN(&result, &err, "out=lars4", "epochs=4", LARS), err);
    assert_same_file("lars/last.safetensors", "lars4/last.safetensors");
    assert_int_equal(SMALL_TRAIN(&result, &err, "out=lars4", "epochs=5", LARS, "trust=3"),
                     GT_MISMATCH);
    assert_says("trust = 2, not 3");
#undef LARS
}

static void test_micro_batches_change_little(void **unused) {
    assert_ok(SMALL_TRAIN(&result, &err, "out=m4", "epochs=1", "micro-batch=4"), err);
    double whole = result.best_loss;
    assert_ok(SMALL_TRAIN(&result, &err, "out=m1", "epochs=1", "micro-batch=1"), err);
    print_message("one or four images at once: %.3g\n", fabs(whole - result.best_loss));
    assert_near(result.best_loss, whole, 1e-5);
    assert_ok(SMALL_TRAIN(&result, &err, "out=m9", "epochs=1", "micro-batch=9"), err);
    assert_true(result.best_loss == whole);
    assert_int_equal(SMALL_TRAIN(&result, &err, "out=m3", "micro-batch=3"), GT_USAGE);
    assert_says("micro-batch 3 is no divisor of batch 4, 2 is");
}

static void test_refuses_changes(void **unused) {
    assert_ok(SMALL_TRAIN(&result, &err, "out=fixed", "epochs=1"), err);
    assert_int_equal(SMALL_TRAIN(&result, &err, "out=fixed", "epochs=2", "learning-rate=1e-3"),
                     GT_MISMATCH);
    assert_says("learning-rate = 0.003, not 0.001");
    assert_int_equal(SMALL_TRAIN(&result, &err, "out=fixed", "epochs=2", "width=16"),
                     GT_MISMATCH);
    assert_says("width = 8, not 16");
    assert_int_equal(SMALL_TRAIN(&result, &err, "out=fixed", "epochs=2", "threads=2"),
                     GT_MISMATCH);
    assert_says("1 threads, not 2");
    assert_ok(SMALL_TRAIN(&result, &err, "out=fixed", "epochs=2", "threads=2", "force=true"),
              err);
    assert_int_equal(result.epochs, 2);
    assert_int_equal(SMALL_TRAIN(&result, &err, "out=nothing", "resume=true"), GT_NOT_FOUND);
    assert_says("no run to resume");
}

static void flip_byte(const char *path, long at) {
    FILE *file = fopen(path, "r+");
    assert_non_null(file);
    assert_int_equal(fseek(file, at, at < 0 ? SEEK_END : SEEK_SET), 0);
    int byte = fgetc(file);
    assert_int_equal(fseek(file, at, at < 0 ? SEEK_END : SEEK_SET), 0);
    fputc(byte ^ 0x10, file);
    fclose(file);
}

static void test_refuses_other_data(void **unused) {
    small_data("other.h5", -1);
    assert_ok(SMALL_TRAIN(&result, &err, "out=data", "epochs=1", "data=other.h5"), err);
    assert_int_equal(rename("other.h5", "moved.h5"), 0); /* the same bytes elsewhere are fine */
    assert_ok(SMALL_TRAIN(&result, &err, "out=data", "epochs=2", "data=moved.h5"), err);
    struct stat about;
    assert_int_equal(stat("moved.h5", &about), 0);
    float pixel = 7; /* somewhere in the first pictures */
    FILE *file = fopen("moved.h5", "r+");
    fseek(file, about.st_size / 2, SEEK_SET);
    fwrite(&pixel, sizeof pixel, 1, file);
    fclose(file);
    assert_int_equal(SMALL_TRAIN(&result, &err, "out=data", "epochs=3", "data=moved.h5"),
                     GT_MISMATCH);
    assert_says("moved.h5: its bytes are not those");
    assert_int_equal(truncate("moved.h5", about.st_size - 100), 0);
    assert_int_not_equal(SMALL_TRAIN(&result, &err, "out=data", "epochs=3", "data=moved.h5"),
                         GT_OK);
    assert_says("moved.h5");
}

static void test_damaged_checkpoints(void **unused) {
    gt_run *run = NULL;
    assert_ok(SMALL_TRAIN(&result, &err, "out=harm", "epochs=2"), err);
    struct stat about;
    assert_int_equal(stat("harm/state.safetensors", &about), 0);
    for (int i = 0; i < 12; i++) {
        long at = (long)about.st_size * (2 * i + 1) / 24;
        flip_byte("harm/state.safetensors", at);
        assert_int_not_equal(SMALL_TRAIN(&result, &err, "out=harm", "epochs=3"), GT_OK);
        assert_says("harm/state.safetensors");
        assert_says("the checkpoint before it is harm/state.previous.safetensors");
        flip_byte("harm/state.safetensors", at);
    }
    assert_int_equal(truncate("harm/state.safetensors", about.st_size / 2), 0);
    assert_int_not_equal(SMALL_TRAIN(&result, &err, "out=harm", "epochs=3"), GT_OK);
    assert_says("harm/state.safetensors");
    flip_byte("harm/state.previous.safetensors", (long)about.st_size - 9);
    assert_int_not_equal(SMALL_TRAIN(&result, &err, "out=harm", "epochs=3"), GT_OK);
    assert_says(
        "the checkpoint before it, harm/state.previous.safetensors, is not whole either");
    flip_byte("harm/state.previous.safetensors", (long)about.st_size - 9);
    assert_int_equal(rename("harm/state.previous.safetensors", "harm/state.safetensors"), 0);
    assert_ok(SMALL_TRAIN(&result, &err, "out=harm", "epochs=3"), err);
    assert_ok(SMALL_TRAIN(&result, &err, "out=whole", "epochs=3"), err);
    assert_same_file("harm/last.safetensors", "whole/last.safetensors");
    flip_byte("harm/best.safetensors", -100);
    assert_int_not_equal(gt_run_open("harm", &run, &err), GT_OK);
    assert_says("harm/best.safetensors");
}

/* The weights of a wider model under the settings of a narrow one. */
static void test_weights_of_another_preset(void **unused) {
    gt_run *wide = NULL, *run = NULL;
    gt_safetensors *file = NULL;
    gt_safetensors_writer *writer = NULL;
    assert_ok(SMALL_TRAIN(&result, &err, "out=wide", "epochs=1", "width=16"), err);
    assert_ok(SMALL_TRAIN(&result, &err, "out=narrow", "epochs=1"), err);
    assert_ok(gt_run_open("wide", &wide, &err), err);
    assert_ok(gt_safetensors_open("narrow/best.safetensors", &file, &err), err);
    assert_ok(gt_safetensors_writer_create(&writer, &err), err);
    for (size_t i = 0; i < gt_safetensors_metadata_count(file); i++) {
        const char *key, *value = gt_safetensors_metadata_at(file, i, &key);
        if (strcmp(key, "checksum") != 0)
            assert_ok(gt_safetensors_writer_metadata(writer, key, value, &err), err);
    }
    const gt_params *params = gt_model_params(gt_run_model(wide));
    for (int i = 0; i < gt_params_count(params); i++) {
        gt_shape shape = gt_params_shape(params, i);
        assert_ok(gt_safetensors_writer_add(
                      writer, gt_params_name(params, i), GT_ST_F32, shape.rank, shape.dim,
                      gt_params_values(gt_model_params(gt_run_model(wide))) +
                          gt_params_offset(params, i),
                      &err),
                  err);
    }
    assert_ok(gt_safetensors_writer_save(writer, "mixed.safetensors", true, &err), err);
    assert_int_equal(gt_run_open("mixed.safetensors", &run, &err), GT_MISMATCH);
    assert_says("'encoder.in_conv.weight' is 16x1x3x3, expected 8x1x3x3; ");
    assert_says("more");
    gt_safetensors_writer_destroy(writer);
    gt_safetensors_close(file);
    gt_run_close(wide);
}

static void test_bad_pixels(void **unused) {
    small_data("bad.h5", 17);
    assert_int_equal(SMALL_TRAIN(&result, &err, "out=bad", "data=bad.h5", "hold-out=0"),
                     GT_NOT_FINITE);
    assert_says("bad.h5: 1 pixels in 1 of 40 rows are NaN or infinite (first row 17)");
    assert_false(small_exists("bad/state.safetensors"));
}

static void test_explosion_is_named(void **unused) {
    assert_int_equal(SMALL_TRAIN(&result, &err, "out=boom", "learning-rate=1e20",
                                 "optimizer=sgd", "skip-threshold=0", "clip=0"),
                     GT_NOT_FINITE);
    assert_says("step ");
    assert_says("boom/failed_batch.txt");
    assert_says("boom/state.safetensors (step 0)");
    char *text = NULL;
    size_t size = 0;
    assert_ok(gt_file_load("boom/failed_batch.txt", 1 << 16, &text, &size, &err), err);
    assert_non_null(strstr(text, "source-"));
    free(text);
}

static void test_skipping_does_not_stall(void **unused) {
    remarks[0] = 0;
    assert_ok(SMALL_TRAIN(&result, &err, "out=skips", "epochs=4", "skip-threshold=1e-6"), err);
    print_message("%d of %d steps left out\n", (int)result.skipped, (int)result.steps);
    assert_true(result.skipped >= 10);
    assert_true(result.skipped < result.steps / 2);
    assert_non_null(strstr(remarks, "10 updates in a row were left out"));
    assert_non_null(strstr(remarks, "the limit rises to"));
}

static void test_refuses_what_cannot_work(void **unused) {
    assert_int_equal(SMALL_TRAIN(&result, &err, "out=x1", "batch=64"), GT_BAD_ARGUMENT);
    assert_says("36 rows to train on do not fill one batch of 64");
    assert_int_equal(SMALL_TRAIN(&result, &err, "out=x2", "data=none.h5"), GT_NOT_FOUND);
    assert_int_equal(SMALL_TRAIN(&result, &err, "out=x3", "encoder-blocks=32d2,16x1"),
                     GT_USAGE);
    assert_int_equal(mkdir("full", 0777), 0);
    fclose(fopen("full/thesis.tex", "w"));
    assert_int_equal(SMALL_TRAIN(&result, &err, "out=full"), GT_MISMATCH);
    assert_says("thesis.tex");
    assert_int_equal(SMALL_TRAIN(&result, &err, "out=small.h5"), GT_IO);
    setenv("SLURM_MEM_PER_NODE", "1", 1);
    assert_int_equal(SMALL_TRAIN(&result, &err, "out=x4", "epochs=1", "width=64"),
                     GT_NO_MEMORY);
    unsetenv("SLURM_MEM_PER_NODE");
    assert_says("choose a smaller model, for no batch of this one fits");
    assert_says("batch job's memory (1 MiB)");
}

static void test_one_owner(void **unused) {
    gt_runlock *lock = NULL;
    assert_int_equal(mkdir("owned", 0777), 0);
    assert_ok(gt_runlock_acquire("owned", &lock, &err), err);
    assert_int_equal(SMALL_TRAIN(&result, &err, "out=owned"), GT_MISMATCH);
    assert_says("owned");
    gt_runlock_release(lock);
}

/* Weights of every second epoch, of those before the first step, and of the last; what is kept
 * on the way may change when a run goes on, and changes no bit of it. */
static void test_weights_of_epochs(void **unused) {
    assert_ok(SMALL_TRAIN(&result, &err, "out=plain", "epochs=5"), err);
    assert_ok(SMALL_TRAIN(&result, &err, "out=kept", "epochs=3", "keep-every=2"), err);
    assert_true(small_exists("kept/epoch-0000.safetensors"));
    assert_false(small_exists("kept/epoch-0001.safetensors"));
    assert_true(small_exists("kept/epoch-0002.safetensors"));
    assert_same_file("kept/epoch-0003.safetensors", "kept/last.safetensors");
    assert_ok(SMALL_TRAIN(&result, &err, "out=kept", "epochs=5", "keep-every=1"), err);
    assert_true(small_exists("kept/epoch-0004.safetensors"));
    gt_run *runs[2];
    const char *const paths[] = {"plain/last.safetensors", "kept/epoch-0005.safetensors"};
    for (int i = 0; i < 2; i++) assert_ok(gt_run_open(paths[i], &runs[i], &err), err);
    gt_params *a = gt_model_params(gt_run_model(runs[0])),
              *b = gt_model_params(gt_run_model(runs[1]));
    assert_memory_equal(gt_params_values(a), gt_params_values(b),
                        (size_t)gt_params_floats(a) * sizeof(float));
    for (int i = 0; i < 2; i++) gt_run_close(runs[i]);
    assert_false(small_exists("plain/epoch-0000.safetensors"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_learns),
        cmocka_unit_test(test_can_be_used),
        cmocka_unit_test(test_finished_runs_say_so),
        cmocka_unit_test(test_more_epochs),
        cmocka_unit_test(test_weights_of_epochs),
        cmocka_unit_test(test_optimizers_and_schedules),
        cmocka_unit_test(test_lars_goes_on),
        cmocka_unit_test(test_micro_batches_change_little),
        cmocka_unit_test(test_refuses_changes),
        cmocka_unit_test(test_refuses_other_data),
        cmocka_unit_test(test_damaged_checkpoints),
        cmocka_unit_test(test_weights_of_another_preset),
        cmocka_unit_test(test_bad_pixels),
        cmocka_unit_test(test_explosion_is_named),
        cmocka_unit_test(test_skipping_does_not_stall),
        cmocka_unit_test(test_refuses_what_cannot_work),
        cmocka_unit_test(test_one_owner),
    };
    gt_log_to(collect, NULL);
    return cmocka_run_group_tests(tests, small_folder, small_remove);
}
