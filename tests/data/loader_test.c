/* The loader: every row once, the same batches for any number of threads, starts in the middle,
 * flips, errors of workers, an end at any time, no memory taken per batch. */
#include <stdatomic.h>
#include <stdbool.h>
#include <unistd.h>

#include "gt_test.h"
#include "loader.h"
#include "rng.h"

enum { ROWS = 103, CHANNELS = 2, HEIGHT = 4, WIDTH = 5, VALUES = CHANNELS * HEIGHT * WIDTH };

static char folder[] = "/tmp/galatea-loader-XXXXXX";
static char plain_path[128], unlabelled_path[128], nan_path[128], cut_path[128];

/* Counts what any thread of this program asks of the C library; sanitizers bring a malloc of
 * their own, and there the count stays 0. */
static atomic_long allocations;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { IS_COUNTING = 0 };
#else
enum { IS_COUNTING = 1 };
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void *malloc(size_t size) {
    allocations++;
    return __libc_malloc(size);
}
void *calloc(size_t n, size_t size) {
    allocations++;
    return __libc_calloc(n, size);
}
void *realloc(void *old, size_t size) {
    allocations++;
    return __libc_realloc(old, size);
}
void *aligned_alloc(size_t alignment, size_t size) {
    allocations++;
    return __libc_memalign(alignment, size);
}
#endif

/* The value tells row, channel, line and column. */
static float value_of(int64_t row, size_t c, size_t y, size_t x) {
    return (float)(row * 1000 + (int64_t)(c * 100 + y * 10 + x));
}

static void write_set(const char *path, unsigned columns, int64_t bad_row) {
    gt_dataset_info info = gt_dataset_info_default();
    gt_dataset_writer *writer;
    gt_error err;
    info.count = ROWS, info.channels = CHANNELS, info.height = HEIGHT, info.width = WIDTH;
    info.type = GT_PIXEL_F32, info.columns = columns;
    assert_ok(gt_dataset_writer_create(path, &info, &writer, &err), err);
    for (int64_t row = 0; row < ROWS; row++) {
        float values[VALUES], *at = values;
        for (size_t c = 0; c < CHANNELS; c++)
            for (size_t y = 0; y < HEIGHT; y++)
                for (size_t x = 0; x < WIDTH; x++) *at++ = value_of(row, c, y, x);
        if (row == bad_row) values[17] = -INFINITY;
        gt_dataset_row facts = gt_dataset_row_default();
        facts.label = (int32_t)(row % 7) - 1;
        facts.split = row % 5 == 4 ? GT_SPLIT_TEST : GT_SPLIT_TRAIN;
        assert_ok(gt_dataset_writer_append(writer, values, columns ? &facts : NULL, 1, &err),
                  err);
    }
    assert_ok(gt_dataset_writer_commit(writer, &err), err);
}

static int make_sets(void **state) {
    if (!mkdtemp(folder)) return -1;
    snprintf(plain_path, sizeof plain_path, "%s/plain.h5", folder);
    snprintf(unlabelled_path, sizeof unlabelled_path, "%s/unlabelled.h5", folder);
    snprintf(nan_path, sizeof nan_path, "%s/nan.h5", folder);
    snprintf(cut_path, sizeof cut_path, "%s/cut.h5", folder);
    write_set(plain_path, GT_COLUMN_LABEL | GT_COLUMN_SPLIT, -1);
    write_set(unlabelled_path, 0, -1);
    write_set(nan_path, GT_COLUMN_LABEL, 77);
    return 0;
}

static int remove_sets(void **state) {
    unlink(plain_path), unlink(unlabelled_path), unlink(nan_path), unlink(cut_path);
    return rmdir(folder);
}

static gt_dataset *open_set(const char *path) {
    gt_dataset *set;
    gt_error err;
    assert_ok(gt_dataset_open(path, &set, &err), err);
    return set;
}

static gt_loader *make(gt_dataset *set, const gt_loader_settings *settings) {
    gt_loader *loader;
    gt_error err;
    assert_ok(gt_loader_create(set, settings, &loader, &err), err);
    return loader;
}

/* One epoch from first_batch on, as rows and pixels one behind the other. Returns the rows. */
typedef struct epoch {
    size_t n, batches;
    int64_t rows[ROWS];
    int32_t labels[ROWS];
    float images[ROWS * VALUES];
} epoch;

static void read_epoch(gt_loader *loader, uint32_t number, size_t first_batch, epoch *out) {
    gt_error err;
    gt_batch batch;
    out->n = out->batches = 0;
    assert_ok(gt_loader_begin(loader, number, first_batch, &err), err);
    for (;;) {
        assert_ok(gt_loader_next(loader, &batch, &err), err);
        if (batch.n == 0) break;
        assert_true(out->n + batch.n <= ROWS);
        memcpy(out->rows + out->n, batch.rows, batch.n * sizeof *batch.rows);
        if (batch.labels)
            memcpy(out->labels + out->n, batch.labels, batch.n * sizeof *batch.labels);
        memcpy(out->images + out->n * VALUES, batch.images,
               batch.n * VALUES * sizeof *batch.images);
        out->n += batch.n;
        out->batches++;
    }
    assert_ok(gt_loader_next(loader, &batch, &err), err); /* the end stays the end */
    assert_int_equal(batch.n, 0);
}

static bool is_same(const epoch *a, const epoch *b) {
    return a->n == b->n && memcmp(a->rows, b->rows, a->n * sizeof *a->rows) == 0 &&
           memcmp(a->labels, b->labels, a->n * sizeof *a->labels) == 0 &&
           memcmp(a->images, b->images, a->n * VALUES * sizeof *a->images) == 0;
}

static void every_row_once_in_a_new_order(void **state) {
    static epoch a, b;
    gt_loader_settings settings = gt_loader_settings_default();
    gt_dataset *set = open_set(plain_path);
    gt_loader *loader = make(set, &settings);
    read_epoch(loader, 0, 0, &a);
    read_epoch(loader, 1, 0, &b);
    assert_int_equal(a.n, ROWS);
    assert_int_equal(a.batches, 7);
    int seen[ROWS] = {0}, moved = 0;
    for (size_t i = 0; i < ROWS; i++) {
        seen[a.rows[i]]++;
        moved += a.rows[i] != b.rows[i];
        assert_int_equal(a.labels[i], a.rows[i] % 7 - 1);
        for (size_t v = 0; v < VALUES; v++)
            assert_true(a.images[i * VALUES + v] ==
                        value_of(a.rows[i], v / 20, v % 20 / WIDTH, v % WIDTH));
    }
    for (size_t i = 0; i < ROWS; i++) assert_int_equal(seen[i], 1);
    assert_true(moved > ROWS - 10);
    read_epoch(loader, 0, 0, &b);
    assert_true(is_same(&a, &b));
    settings.seed = 2;
    gt_loader *other = make(set, &settings);
    read_epoch(other, 0, 0, &b);
    assert_false(is_same(&a, &b));
    gt_loader_destroy(other);
    gt_loader_destroy(loader);
    gt_dataset_close(set);
}

static void threads_and_depth_change_nothing(void **state) {
    static epoch want, got;
    gt_loader_settings settings = gt_loader_settings_default();
    settings.flip_horizontal = settings.flip_vertical = true, settings.batch = 8;
    gt_dataset *set = open_set(plain_path);
    gt_loader *loader = make(set, &settings);
    read_epoch(loader, 5, 0, &want);
    gt_loader_destroy(loader);
    for (settings.threads = 1; settings.threads <= 7; settings.threads += 2) {
        for (settings.depth = 1; settings.depth <= 64; settings.depth *= 8) {
            loader = make(set, &settings);
            for (int again = 0; again < 3; again++) {
                read_epoch(loader, 5, 0, &got);
                assert_true(is_same(&want, &got));
            }
            gt_loader_destroy(loader);
        }
    }
    gt_dataset_close(set);
}

static void an_epoch_can_be_taken_up_anywhere(void **state) {
    static epoch whole, part;
    gt_loader_settings settings = gt_loader_settings_default();
    settings.flip_horizontal = true, settings.batch = 10, settings.threads = 3;
    gt_dataset *set = open_set(plain_path);
    gt_loader *loader = make(set, &settings);
    read_epoch(loader, 3, 0, &whole);
    for (size_t first = 0; first <= 11; first++) {
        read_epoch(loader, 3, first, &part);
        size_t skipped = first * 10 < ROWS ? first * 10 : ROWS;
        assert_int_equal(part.n, ROWS - skipped);
        assert_memory_equal(part.rows, whole.rows + skipped, part.n * sizeof *part.rows);
        assert_memory_equal(part.images, whole.images + skipped * VALUES,
                            part.n * VALUES * sizeof(float));
    }
    gt_error err;
    gt_batch batch;
    assert_int_equal(gt_loader_begin(loader, 3, 12, &err), GT_BAD_ARGUMENT);
    /* A new start in the middle of an epoch, with work under way. */
    for (int i = 0; i < 200; i++) {
        size_t first = (size_t)(i * 7 % 11);
        assert_ok(gt_loader_begin(loader, 3, first, &err), err);
        for (int k = 0; k < i % 3; k++) {
            assert_ok(gt_loader_next(loader, &batch, &err), err);
            size_t at = (first + (size_t)k) * 10;
            if (at >= ROWS) break;
            assert_memory_equal(batch.rows, whole.rows + at, batch.n * sizeof *batch.rows);
        }
    }
    gt_loader_destroy(loader);
    gt_dataset_close(set);
}

static void flips_follow_their_bits(void **state) {
    static epoch got;
    int flipped[2] = {0};
    gt_loader_settings settings = gt_loader_settings_default();
    settings.flip_horizontal = settings.flip_vertical = true, settings.seed = 9;
    gt_dataset *set = open_set(plain_path);
    gt_loader *loader = make(set, &settings);
    for (uint32_t number = 0; number < 4; number++) {
        read_epoch(loader, number, 0, &got);
        for (size_t i = 0; i < got.n; i++) {
            gt_rng_key key = {9, gt_rng_stream("loader.flip"), number};
            gt_rng_block bits = gt_rng_bits(key, (uint64_t)got.rows[i]);
            bool h = bits.word[0] & 1, v = bits.word[1] & 1;
            flipped[0] += h, flipped[1] += v;
            const float *at = got.images + i * VALUES;
            for (size_t c = 0; c < CHANNELS; c++)
                for (size_t y = 0; y < HEIGHT; y++)
                    for (size_t x = 0; x < WIDTH; x++)
                        assert_true(*at++ == value_of(got.rows[i], c, v ? HEIGHT - 1 - y : y,
                                                      h ? WIDTH - 1 - x : x));
        }
    }
    /* Half of 412, within 4 standard deviations. */
    assert_true(abs(flipped[0] - 2 * ROWS) < 41 && abs(flipped[1] - 2 * ROWS) < 41);
    gt_loader_destroy(loader);
    gt_dataset_close(set);
}

/* Rows that come three times an epoch: all in one order, each time with a chance of its own. */
static void several_passes_make_an_epoch(void **state) {
    enum { PASSES = 3, BATCH = 10 };
    int came[ROWS] = {0}, flipped[ROWS][2] = {{0}}, both = 0, first = 0;
    gt_error err;
    gt_batch batch;
    gt_loader_settings settings = gt_loader_settings_default();
    settings.flip_horizontal = true, settings.batch = BATCH, settings.passes = PASSES;
    gt_dataset *set = open_set(plain_path);
    gt_loader *loader = make(set, &settings);
    int64_t order[PASSES * ROWS];
    assert_ok(gt_loader_begin(loader, 2, 0, &err), err);
    for (size_t at = 0; at < PASSES * ROWS; at += batch.n) {
        assert_ok(gt_loader_next(loader, &batch, &err), err);
        for (size_t i = 0; i < batch.n; i++) {
            int64_t row = order[at + i] = batch.rows[i];
            bool mirrored = batch.images[i * VALUES] == value_of(row, 0, 0, WIDTH - 1);
            came[row]++;
            flipped[row][mirrored]++;
            first += at + i < ROWS && came[row] == 1;
        }
    }
    assert_ok(gt_loader_next(loader, &batch, &err), err);
    assert_int_equal(batch.n, 0); /* the epoch ends with all passes */
    for (int row = 0; row < ROWS; row++) {
        assert_int_equal(came[row], PASSES);
        both += flipped[row][0] && flipped[row][1];
    }
    assert_true(both > ROWS / 2); /* three quarters by chance */
    assert_true(first < ROWS);    /* one order of all, not one pass after the other */
    assert_ok(gt_loader_begin(loader, 2, 7, &err), err);
    assert_ok(gt_loader_next(loader, &batch, &err), err);
    assert_memory_equal(batch.rows, order + 7 * BATCH, batch.n * sizeof *batch.rows);
    gt_loader_destroy(loader);
    gt_dataset_close(set);
}

static void selections_and_last_batches(void **state) {
    static epoch got;
    gt_dataset *set = open_set(plain_path);
    gt_loader_settings settings = gt_loader_settings_default();
    settings.shuffle = false, settings.split = GT_SPLIT_TEST, settings.batch = 6;
    gt_loader *loader = make(set, &settings);
    read_epoch(loader, 0, 0, &got);
    assert_int_equal(got.n, 20);
    assert_int_equal(got.batches, 4);
    for (size_t i = 0; i < 20; i++) assert_int_equal(got.rows[i], 4 + 5 * i);
    gt_loader_destroy(loader);
    settings.drop_last = true;
    loader = make(set, &settings);
    read_epoch(loader, 0, 0, &got);
    assert_int_equal(got.n, 18);
    assert_int_equal(got.batches, 3);
    gt_loader_destroy(loader);
    uint64_t rows[] = {102, 0, 50, 50, 7};
    settings.rows = rows, settings.row_count = 5, settings.drop_last = false;
    settings.split = GT_SPLIT_ANY, settings.batch = 1000;
    loader = make(set, &settings);
    rows[0] = 1; /* was copied */
    read_epoch(loader, 0, 0, &got);
    int64_t want[] = {102, 0, 50, 50, 7};
    assert_int_equal(got.n, 5);
    assert_memory_equal(got.rows, want, sizeof want);
    gt_loader_destroy(loader);
    gt_dataset_close(set);
}

static void a_set_without_columns(void **state) {
    gt_dataset *set = open_set(unlabelled_path);
    gt_loader_settings settings = gt_loader_settings_default();
    gt_loader *loader = make(set, &settings);
    gt_error err;
    gt_batch batch;
    assert_int_equal(gt_loader_next(loader, &batch, &err), GT_BAD_ARGUMENT);
    assert_ok(gt_loader_begin(loader, 0, 0, &err), err);
    assert_ok(gt_loader_next(loader, &batch, &err), err);
    assert_null(batch.labels);
    gt_loader_destroy(loader);
    settings.split = GT_SPLIT_TRAIN;
    assert_int_equal(gt_loader_create(set, &settings, &loader, &err), GT_NOT_FOUND);
    assert_non_null(strstr(err.text, "unlabelled.h5"));
    gt_dataset_close(set);
}

/* The bad row's batch, and every later one, is the error; a new start goes on. */
static void a_bad_pixel_is_named(void **state) {
    gt_dataset *set = open_set(nan_path);
    gt_loader_settings settings = gt_loader_settings_default();
    settings.shuffle = false, settings.batch = 10, settings.threads = 2;
    gt_loader *loader = make(set, &settings);
    gt_error err;
    gt_batch batch;
    assert_ok(gt_loader_begin(loader, 0, 0, &err), err);
    for (int i = 0; i < 7; i++) assert_ok(gt_loader_next(loader, &batch, &err), err);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(gt_loader_next(loader, &batch, &err), GT_NOT_FINITE);
        assert_non_null(strstr(err.text, nan_path));
        assert_non_null(strstr(err.text, ": row 77: value 17 is -inf"));
    }
    assert_ok(gt_loader_begin(loader, 0, 8, &err), err);
    for (size_t want = 10; want > 0; want = batch.n) {
        assert_ok(gt_loader_next(loader, &batch, &err), err);
        if (batch.n == 0) break;
    }
    gt_loader_destroy(loader);
    gt_dataset_close(set);
}

static void a_file_that_shrinks_is_an_error(void **state) {
    write_set(cut_path, 0, -1);
    gt_dataset *set = open_set(cut_path);
    gt_loader_settings settings = gt_loader_settings_default();
    gt_loader *loader = make(set, &settings);
    assert_int_equal(truncate(cut_path, 9000), 0);
    gt_error err = {0};
    gt_batch batch = {.n = 1};
    gt_status status = GT_OK;
    assert_ok(gt_loader_begin(loader, 0, 0, &err), err);
    while (status == GT_OK && batch.n > 0) status = gt_loader_next(loader, &batch, &err);
    assert_int_not_equal(status, GT_OK);
    assert_non_null(strstr(err.text, cut_path));
    gt_loader_destroy(loader);
    gt_dataset_close(set);
}

static void it_can_end_at_any_time(void **state) {
    gt_dataset *set = open_set(plain_path);
    gt_loader_settings settings = gt_loader_settings_default();
    settings.batch = 3, settings.threads = 4, settings.depth = 2;
    gt_error err;
    gt_batch batch;
    for (int taken = -1; taken < 40; taken++) {
        gt_loader *loader = make(set, &settings);
        if (taken >= 0) assert_ok(gt_loader_begin(loader, 0, 0, &err), err);
        for (int i = 0; i < taken; i++) assert_ok(gt_loader_next(loader, &batch, &err), err);
        gt_loader_destroy(loader);
    }
    gt_loader_destroy(NULL);
    gt_dataset_close(set);
}

static void batches_take_no_memory(void **state) {
    static epoch got;
    gt_dataset *set = open_set(plain_path);
    gt_loader_settings settings = gt_loader_settings_default();
    gt_augmentation how = gt_augmentation_default();
    settings.threads = 2, settings.flip_vertical = true, settings.augmentation = &how;
    gt_loader *loader = make(set, &settings);
    read_epoch(loader, 0, 0, &got);
    long before = allocations;
    assert_true(!IS_COUNTING || before > 0);
    for (uint32_t number = 1; number < 20; number++) read_epoch(loader, number, 0, &got);
    assert_int_equal(allocations - before, 0);
    gt_loader_destroy(loader);
    gt_dataset_close(set);
}

/* ---- views ---- */

/* All batches of an epoch, two views each, one behind the other; the bytes. */
static size_t read_views(gt_loader *loader, uint32_t number, size_t first_batch, float *out) {
    gt_error err;
    gt_batch batch;
    size_t used = 0;
    assert_ok(gt_loader_begin(loader, number, first_batch, &err), err);
    for (;;) {
        assert_ok(gt_loader_next(loader, &batch, &err), err);
        if (batch.n == 0) return used * sizeof *out;
        memcpy(out + used, batch.images, 2 * batch.n * VALUES * sizeof *out);
        used += 2 * batch.n * VALUES;
    }
}

/* View v of the row at place i of a batch is image v n + i, also in a last batch that is not
 * full, and what gt_augmenter_view makes of the row. */
static void views_stand_one_after_the_other(void **state) {
    gt_dataset *set = open_set(plain_path);
    gt_loader_settings settings = gt_loader_settings_default();
    gt_augmentation how = gt_augmentation_default();
    gt_view_shape shape = {CHANNELS, HEIGHT, WIDTH, HEIGHT, WIDTH};
    gt_augmenter *maker;
    gt_error err;
    gt_batch batch;
    settings.views = 2, settings.augmentation = &how, settings.threads = 2;
    gt_loader *loader = make(set, &settings);
    assert_ok(gt_augmenter_create(&how, shape, 255, &maker, &err), err);
    assert_ok(gt_loader_begin(loader, 6, 0, &err), err);
    for (size_t seen = 0; seen < ROWS; seen += batch.n) {
        assert_ok(gt_loader_next(loader, &batch, &err), err);
        assert_int_equal(batch.n, seen + 16 > ROWS ? ROWS % 16 : 16);
        for (size_t i = 0; i < 2 * batch.n; i++) {
            uint64_t row = (uint64_t)batch.rows[i % batch.n];
            float picture[VALUES], want[VALUES];
            assert_ok(gt_dataset_read_rows(set, &row, 1, picture, &err), err);
            gt_view_address at = {settings.seed, 6, row, (uint32_t)(i / batch.n)};
            gt_augmenter_view(maker, picture, at, want);
            assert_memory_equal(batch.images + i * VALUES, want, sizeof want);
        }
    }
    gt_augmenter_destroy(maker);
    gt_loader_destroy(loader);
    gt_dataset_close(set);
}

static void views_do_not_depend_on_threads(void **state) {
    static float want[2 * ROWS * VALUES], got[2 * ROWS * VALUES];
    gt_dataset *set = open_set(plain_path);
    gt_loader_settings settings = gt_loader_settings_default();
    gt_augmentation how = gt_augmentation_default();
    settings.views = 2, settings.augmentation = &how, how.rotate = 0.5;
    gt_loader *one = make(set, &settings);
    settings.threads = 5, settings.depth = 7;
    gt_loader *many = make(set, &settings);
    how = (gt_augmentation){0}; /* was copied */
    assert_int_equal(read_views(one, 3, 0, want), sizeof want);
    assert_int_equal(read_views(many, 3, 0, got), sizeof got);
    assert_memory_equal(got, want, sizeof want);
    size_t skipped = 2 * 32 * VALUES; /* two batches: taken up in the middle */
    assert_int_equal(read_views(many, 3, 2, got), sizeof want - skipped * sizeof *want);
    assert_memory_equal(got, want + skipped, sizeof want - skipped * sizeof *want);
    (void)read_views(one, 4, 0, got);
    assert_memory_not_equal(got, want, sizeof want);
    assert_true(gt_loader_waited(one) >= 0 && gt_loader_waited(one) < 10);
    gt_loader_destroy(one);
    gt_loader_destroy(many);
    gt_dataset_close(set);
}

/* Two views without augmentation are the picture twice; one with it is view 0. */
static void views_and_augmentation_are_apart(void **state) {
    static float pair[2 * ROWS * VALUES];
    static epoch plain, single;
    gt_dataset *set = open_set(plain_path);
    gt_loader_settings settings = gt_loader_settings_default();
    gt_augmentation how = gt_augmentation_default();
    settings.batch = ROWS;
    gt_loader *as_it_is = make(set, &settings);
    settings.views = 2;
    gt_loader *twice = make(set, &settings);
    read_epoch(as_it_is, 1, 0, &plain);
    (void)read_views(twice, 1, 0, pair);
    assert_memory_equal(pair, plain.images, sizeof plain.images);
    assert_memory_equal(pair + ROWS * VALUES, plain.images, sizeof plain.images);
    settings.augmentation = &how;
    gt_loader *views = make(set, &settings);
    settings.views = 1;
    gt_loader *view = make(set, &settings);
    (void)read_views(views, 1, 0, pair);
    read_epoch(view, 1, 0, &single);
    assert_memory_equal(single.images, pair, sizeof single.images);
    gt_loader_destroy(as_it_is);
    gt_loader_destroy(twice);
    gt_loader_destroy(views);
    gt_loader_destroy(view);
    gt_dataset_close(set);
}

static void views_of_a_bad_pixel(void **state) {
    gt_dataset *set = open_set(nan_path);
    gt_loader_settings settings = gt_loader_settings_default();
    gt_augmentation how = gt_augmentation_default();
    gt_error err;
    gt_batch batch;
    settings.views = 2, settings.augmentation = &how, settings.shuffle = false;
    gt_loader *loader = make(set, &settings);
    assert_ok(gt_loader_begin(loader, 0, 0, &err), err);
    for (int i = 0; i < 4; i++) assert_ok(gt_loader_next(loader, &batch, &err), err);
    assert_int_equal(gt_loader_next(loader, &batch, &err), GT_NOT_FINITE);
    assert_non_null(strstr(err.text, "row 77: value 17 is -inf"));
    gt_loader_destroy(loader);
    gt_dataset_close(set);
}

static void refuse(gt_dataset *set, gt_loader_settings settings, const char *text) {
    gt_loader *loader = NULL;
    gt_error err;
    assert_int_equal(gt_loader_create(set, &settings, &loader, &err), GT_BAD_ARGUMENT);
    if (!strstr(err.text, text)) fail_msg("'%s' does not say '%s'", err.text, text);
    assert_null(loader);
}

static void wrong_settings_are_named(void **state) {
    gt_dataset *set = open_set(plain_path);
    const gt_loader_settings good = gt_loader_settings_default();
    gt_loader_settings s = good;
    uint64_t rows[] = {5, ROWS};
    s.batch = 0;
    refuse(set, s, "batch of 0 rows");
    s = good, s.threads = 65;
    refuse(set, s, "65 loader threads, expected 1 to 64");
    s = good, s.views = 3;
    refuse(set, s, "3 views of a row, expected 1 or 2");
    gt_augmentation how = gt_augmentation_default();
    s = good, s.augmentation = &how, how.crop_least = 1.5;
    refuse(set, s, "crop-least 1.5, expected above 0 to 1");
    s = good, s.depth = 0;
    refuse(set, s, "0 batches read ahead");
    s = good, s.passes = 0;
    refuse(set, s, "0 passes an epoch");
    s = good, s.split = 3;
    refuse(set, s, "split 3, expected -1 to 2");
    s = good, s.split = GT_SPLIT_VALIDATION;
    refuse(set, s, "0 rows selected, expected at least 1");
    s = good, s.batch = 200, s.drop_last = true;
    refuse(set, s, "103 rows selected, expected at least 200");
    s = good, s.rows = rows, s.row_count = 2;
    refuse(set, s, "row 103 asked for, the set has 103");
    s.row_count = 0;
    refuse(set, s, "0 rows selected");
    gt_dataset_close(set);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_once_in_a_new_order),
        cmocka_unit_test(threads_and_depth_change_nothing),
        cmocka_unit_test(an_epoch_can_be_taken_up_anywhere),
        cmocka_unit_test(several_passes_make_an_epoch),
        cmocka_unit_test(flips_follow_their_bits),
        cmocka_unit_test(selections_and_last_batches),
        cmocka_unit_test(a_set_without_columns),
        cmocka_unit_test(a_bad_pixel_is_named),
        cmocka_unit_test(a_file_that_shrinks_is_an_error),
        cmocka_unit_test(it_can_end_at_any_time),
        cmocka_unit_test(batches_take_no_memory),
        cmocka_unit_test(views_stand_one_after_the_other),
        cmocka_unit_test(views_do_not_depend_on_threads),
        cmocka_unit_test(views_and_augmentation_are_apart),
        cmocka_unit_test(views_of_a_bad_pixel),
        cmocka_unit_test(wrong_settings_are_named),
    };
    return cmocka_run_group_tests(tests, make_sets, remove_sets);
}
