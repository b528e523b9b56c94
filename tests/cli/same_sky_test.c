/* same_sky_test.c - one sky in bytes, in floats from 0 to 1 and in floats from -3 to 10, each
 * through a user's chain of commands: what comes out is the same up to rounding. */
#include <math.h>
#include <sys/stat.h>

#include "galatea/dataset.h"
#include "run_main.h"
#include "temp_folder.h"

enum { ROWS = 24, SIDE = 64, VALUES = SIDE * SIDE, SAMPLES = 3 };

/* As the bytes; a byte of the second has the level of the byte itself, a byte of the third one
 * that is rounded. */
static const struct {
    const char *folder;
    gt_value_range range;
} skies[] = {{"bytes", {0, 0}}, {"unit", {0, 1}}, {"wide", {-3, 10}}};
enum { BYTES, UNIT, WIDE, SKIES };

static gt_error err;

static void enter(int sky) {
    assert_int_equal(chdir(temp_folder), 0);
    assert_int_equal(chdir(skies[sky].folder), 0);
}

static gt_dataset_row columns_of(gt_dataset *set, uint64_t row) {
    gt_dataset_row out = gt_dataset_row_default();
    const int32_t *labels;
    const uint8_t *splits;
    assert_ok(gt_dataset_labels(set, &labels, &err), err);
    assert_ok(gt_dataset_splits(set, &splits, &err), err);
    out.label = labels[row];
    out.split = splits[row];
    return out;
}

/* The sky of bytes, written as floats of a range or as it is. */
static void copy_sky(int sky) {
    static float values[VALUES];
    static uint8_t bytes[VALUES];
    gt_value_range range = skies[sky].range;
    gt_dataset *set = NULL;
    gt_dataset_writer *writer = NULL;
    assert_ok(gt_dataset_open(in_folder("sky.h5"), &set, &err), err);
    gt_dataset_info info = *gt_dataset_describe(set);
    info.columns = GT_COLUMN_LABEL | GT_COLUMN_SPLIT;
    info.id_length = 0;
    info.type = sky == BYTES ? GT_PIXEL_U8 : GT_PIXEL_F32;
    if (sky != BYTES) info.range = range;
    assert_int_equal(mkdir(in_folder(skies[sky].folder), 0700), 0);
    enter(sky);
    assert_ok(gt_dataset_writer_create("set.h5", &info, &writer, &err), err);
    for (uint64_t row = 0; row < ROWS; row++) {
        gt_dataset_row columns = columns_of(set, row);
        assert_ok(gt_dataset_read_bytes(set, row, 1, bytes, &err), err);
        for (int i = 0; i < VALUES; i++)
            values[i] = (float)(range.low + bytes[i] * (range.high - range.low) / 255);
        const void *stored = sky == BYTES ? (void *)bytes : values;
        assert_ok(gt_dataset_writer_append(writer, stored, &columns, 1, &err), err);
    }
    assert_ok(gt_dataset_writer_commit(writer, &err), err);
    gt_dataset_close(set);
}

#define SMALL " --preset tiny --data set.h5 --threads 1 --exact --batch 8 --quiet "

/* What each line says goes to a file of its number. */
static const char *const chain[] = {
    "galatea train simclr --epochs 2 --set widths=4,8 --set blocks=1,1 --out simclr" SMALL,
    "galatea train vdvae --epochs 1 --out vdvae" SMALL,
    "galatea encode simclr --data set.h5 --threads 1 --exact --out s.h5 --quiet",
    "galatea encode vdvae --data set.h5 --threads 1 --exact --out v.h5 --quiet",
    "galatea reconstruct vdvae --data set.h5 --threads 1 --exact --colours gray --count 4 "
    "--out r.png --json",
    "galatea sample vdvae --threads 1 --exact --count 3 --out x.h5 --quiet",
    "galatea sample vdvae --threads 1 --exact --colours gray --count 4 --out x.png --quiet",
    "galatea data views set.h5 --rows 1-3 --colours gray --out w.png",
    "galatea classify s.h5 --method knn --k 3",
    "galatea classify set.h5 --method knn --k 3",
    "galatea compare s.h5 --baseline set.h5 --method knn --k 3",
    "galatea search s.h5 --query set.h5:1 --run simclr --top 3 --images set.h5 --figure f.png "
    "--colours gray",
    "galatea search set.h5 --query set.h5:2 --top 3",
    "galatea embed s.h5 --method pca --out p.h5 --quiet",
    "galatea report simclr vdvae --out report.html",
    "galatea encode vdvae --data x.h5 --out again.h5 --quiet",
};
enum { LINES = sizeof chain / sizeof *chain };

static void go_through(int sky) {
    enter(sky);
    for (int i = 0; i < LINES; i++) {
        char name[24];
        int code = run(chain[i]);
        if (code) fail_msg("%s: %s: %s", skies[sky].folder, chain[i], load("err"));
        snprintf(name, sizeof name, "out-%d", i);
        assert_int_equal(rename("out", name), 0);
    }
}

/* ---- What came out ---- */

/* All image data of a PNG: what is drawn, without the record. */
static size_t load_drawing(const char *path, uint8_t *out, size_t room) {
    static uint8_t png[1 << 20];
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t size = fread(png, 1, sizeof png, file), used = 0;
    fclose(file);
    for (size_t at = 8; at + 12 <= size;) {
        size_t length = (size_t)png[at] << 24 | (size_t)png[at + 1] << 16 |
                        (size_t)png[at + 2] << 8 | png[at + 3];
        assert_true(at + 12 + length <= size);
        if (memcmp(png + at + 4, "IDAT", 4) == 0) {
            assert_true(used + length <= room);
            memcpy(out + used, png + at + 8, length);
            used += length;
        }
        at += 12 + length;
    }
    return used;
}

static void same_drawings(int a, int b, const char *name) {
    static uint8_t first[1 << 20], second[1 << 20];
    enter(a);
    size_t size = load_drawing(name, first, sizeof first);
    enter(b);
    assert_true(size > 100);
    assert_int_equal(load_drawing(name, second, sizeof second), size);
    assert_memory_equal(first, second, size);
}

static size_t load_rows(int sky, const char *name, size_t rows, float *out) {
    gt_dataset *set = NULL;
    enter(sky);
    assert_ok(gt_dataset_open_any(name, &set, &err), err);
    assert_ok(gt_dataset_read(set, 0, rows, out, &err), err);
    size_t values = rows * gt_dataset_row_values(gt_dataset_describe(set));
    gt_dataset_close(set);
    return values;
}

/* The largest difference of what two skies gave, in shares of the largest value. */
static double difference(int a, int b, const char *name, size_t rows) {
    static float x[1 << 18], y[1 << 18];
    double most = 0, largest = 0;
    size_t count = load_rows(a, name, rows, x);
    assert_int_equal(load_rows(b, name, rows, y), count);
    for (size_t i = 0; i < count; i++) {
        largest = fmax(largest, fabs((double)x[i]));
        most = fmax(most, fabs((double)x[i] - (double)y[i]));
    }
    return most / largest;
}

/* Field `place` of the line of epoch 1. */
static double loss_of(int sky, const char *path) {
    double loss = 0;
    enter(sky);
    const char *line = strstr(load(path), "epoch,1,");
    assert_non_null(line);
    assert_int_equal(sscanf(line, "epoch,1,%*d,%lf", &loss), 1);
    return loss;
}

static void same_words(int a, int b, int line) {
    char name[24], *first;
    snprintf(name, sizeof name, "out-%d", line);
    enter(a);
    first = strdup(load(name));
    enter(b);
    const char *second = load(name);
    size_t at = 0;
    while (first[at] && first[at] == second[at]) at++;
    size_t from = at > 60 ? at - 60 : 0;
    if (first[at] != second[at])
        fail_msg("%s: '%.100s' and '%.100s'", chain[line], first + from, second + from);
    free(first);
}

/* Levels of floats from 0 to 1 are the bytes: not a bit differs. */
static void unit_is_bytes(void) {
    assert_true(loss_of(UNIT, "simclr/train.csv") == loss_of(BYTES, "simclr/train.csv"));
    assert_true(loss_of(UNIT, "vdvae/train.csv") == loss_of(BYTES, "vdvae/train.csv"));
    assert_true(difference(BYTES, UNIT, "s.h5", ROWS) == 0);
    assert_true(difference(BYTES, UNIT, "v.h5", ROWS) == 0);
    for (int i = 0; i < LINES; i++) same_words(BYTES, UNIT, i);
    const char *const drawings[] = {"r.png", "x.png", "w.png", "f.png"};
    for (int i = 0; i < 4; i++) same_drawings(BYTES, UNIT, drawings[i]);
}

/* Rounded by 2^-22 of the range on the way in. The bounds are ten times what was measured. */
static void wide_is_bytes(void) {
    double simclr = loss_of(BYTES, "simclr/train.csv"),
           vdvae = loss_of(BYTES, "vdvae/train.csv");
    double rounded[] = {loss_of(WIDE, "simclr/train.csv") / simclr - 1,
                        loss_of(WIDE, "vdvae/train.csv") / vdvae - 1};
    print_message("losses differ by %.2g and %.2g of themselves\n", rounded[0], rounded[1]);
    assert_near(rounded[0], 0, 1e-6);
    assert_near(rounded[1], 0, 1e-6);
    print_message("codes differ by %.2g and %.2g of the largest\n",
                  difference(BYTES, WIDE, "s.h5", ROWS), difference(BYTES, WIDE, "v.h5", ROWS));
    assert_true(difference(BYTES, WIDE, "s.h5", ROWS) < 2e-5);
    assert_true(difference(BYTES, WIDE, "v.h5", ROWS) < 3e-6);
    same_drawings(BYTES, WIDE, "w.png");
}

/* Samples are bytes, or floats of the range that was learned from; the byte is the truncated
 * level. */
static void samples_have_the_range(void) {
    static float bytes[SAMPLES * VALUES], levels[SAMPLES * VALUES];
    load_rows(BYTES, "x.h5", SAMPLES, bytes);
    for (int sky = UNIT; sky < SKIES; sky++) {
        gt_dataset *set = NULL;
        int others = 0;
        load_rows(sky, "x.h5", SAMPLES, levels);
        assert_ok(gt_dataset_open("x.h5", &set, &err), err);
        const gt_dataset_info *info = gt_dataset_describe(set);
        assert_int_equal(info->type, GT_PIXEL_F32);
        assert_true(info->range.low == skies[sky].range.low &&
                    info->range.high == skies[sky].range.high);
        gt_dataset_close(set);
        for (int i = 0; i < SAMPLES * VALUES; i++)
            others += truncf(levels[i] + 1e-3f) != bytes[i] && truncf(levels[i]) != bytes[i];
        print_message("%s: %d of %d sampled pixels are others\n", skies[sky].folder, others,
                      SAMPLES * VALUES);
        assert_true(others <= (sky == UNIT ? 0 : SAMPLES * VALUES / 1000));
    }
}

static void one_sky_gives_one_result(void **state) {
    assert_int_equal(chdir(temp_folder), 0);
    assert_int_equal(run("galatea data synth --size 64 --count 24 --seed 1 --out sky.h5"), 0);
    int skies_tried = IS_SLOW_BUILD ? WIDE : SKIES;
    for (int sky = 0; sky < skies_tried; sky++) copy_sky(sky);
    for (int sky = 0; sky < skies_tried; sky++) go_through(sky);
    unit_is_bytes();
    if (!IS_SLOW_BUILD) {
        wide_is_bytes();
        samples_have_the_range();
    }
    assert_int_equal(chdir("/"), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {TEST(one_sky_gives_one_result)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
