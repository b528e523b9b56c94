/* Importers in a reader process: all that they say arrives, and what cannot be is refused. This
 * program is its own reader; what else one may do is tests/base/reading_test.c. */
#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "galatea/log.h"
#include "gt_test.h"
#include "source_reading.h"
#include "temp_folder.h"

enum { COUNT = 700, LARGE = 1500 };

/* ---- importers, in the reader ---- */

typedef struct fake {
    gt_source_info info;
    uint64_t next;
    float *pixels;
    gt_flat flat;
    char id[16], note[64];
} fake;

static const char *const classes[] = {"disc", "bulge"};
static const gt_field fields[] = {{"run", GT_FIELD_INTEGER, 0, NULL, NULL, NULL},
                                  {"flux", GT_FIELD_REAL, 0, "mJy", "peak", "phot.flux"},
                                  {"error", GT_FIELD_REAL, 0, NULL, NULL, NULL},
                                  {"field", GT_FIELD_TEXT, 8, NULL, NULL, NULL}};

static const gt_source_info usual = {.count = COUNT,
                                     .channels = 2,
                                     .height = 31,
                                     .width = 33,
                                     .type = "float32",
                                     .columns = GT_COLUMN_LABEL | GT_COLUMN_ID,
                                     .id_length = 12,
                                     .class_names = classes,
                                     .class_count = 2,
                                     .survey = "made up",
                                     .pixel_scale_arcsec = 0.5,
                                     .range = {-1, 3, {GT_CURVE_ASINH, 0.1}},
                                     .unit = "Jy",
                                     .fields = fields,
                                     .field_count = 4};

static gt_status open_good(const gt_source_request *request, void **self, gt_error *err) {
    fake *f = calloc(1, sizeof *f);
    assert_non_null(f);
    f->info = usual;
    f->info.collection = request->subset != NULL ? "a part" : NULL;
    f->pixels = calloc((size_t)LARGE * LARGE, sizeof *f->pixels);
    gt_remark("looked at %s", request->path);
    *self = f;
    return GT_OK;
}

static const gt_source_info *describe(const void *self) {
    return &((const fake *)self)->info;
}

/* Pictures of several sizes; the fiftieth is larger than the usual share of memory. */
static gt_status next_good(void *self, gt_picture *out, bool *more, gt_error *err) {
    static gt_field_value values[4];
    fake *f = self;
    uint64_t i = f->next++;
    *more = i < COUNT;
    if (!*more) return GT_OK;
    size_t side = i == 50 ? LARGE : 1 + i % 40;
    snprintf(f->id, sizeof f->id, "J%04d", (int)i);
    for (size_t k = 0; k < side * side; k++) f->pixels[k] = (float)(i + k);
    *out = (gt_picture){.pixels = f->pixels, .channels = 1, .height = side, .width = side};
    out->row = gt_dataset_row_default();
    out->row.label = (int32_t)(i % 2);
    out->row.id = f->id;
    values[0].integer = (int64_t)i - 3;
    values[1].real = 0.5 * (double)i;
    values[2].real = NAN;
    values[3].text = f->id + 1;
    out->values = i % 7 == 0 ? NULL : values;
    if (i == 600) {
        snprintf(f->note, sizeof f->note, "six hundred were read\n");
        f->info.note = f->note;
    }
    return GT_OK;
}

static gt_status next_failing(void *self, gt_picture *out, bool *more, gt_error *err) {
    if (((fake *)self)->next == 5)
        return gt_fail(err, GT_BAD_FORMAT, "picture 5 is a soup\nof bytes");
    return next_good(self, out, more, err);
}

static gt_status next_crashing(void *self, gt_picture *out, bool *more, gt_error *err) {
    if (((fake *)self)->next == 300) raise(SIGSEGV);
    return next_good(self, out, more, err);
}

/* A class that the description does not have. */
static gt_status next_lying(void *self, gt_picture *out, bool *more, gt_error *err) {
    gt_status status = next_good(self, out, more, err);
    out->row.label = 2;
    return status;
}

/* The four bytes of the file, each a picture that is not read. */
static gt_status next_flat(void *self, gt_picture *out, bool *more, gt_error *err) {
    fake *f = self;
    *more = f->next < 4;
    if (!*more) return GT_OK;
    f->flat = (gt_flat){.path = "file",
                        .count = 4,
                        .picture = {1, 1, 1, {1, 1, 1}},
                        .numbers = gt_numbers_plain(GT_NUMBER_U8, false)};
    *out = (gt_picture){.flat = &f->flat,
                        .flat_index = f->next++,
                        .channels = 1,
                        .height = 1,
                        .width = 1,
                        .row = gt_dataset_row_default()};
    return GT_OK;
}

/* Another name of it, which is not the one that was asked for. */
static gt_status next_elsewhere(void *self, gt_picture *out, bool *more, gt_error *err) {
    gt_status status = next_flat(self, out, more, err);
    ((fake *)self)->flat.path = "./file";
    return status;
}

static gt_status next_other_sides(void *self, gt_picture *out, bool *more, gt_error *err) {
    gt_status status = next_flat(self, out, more, err);
    out->width = 2;
    return status;
}

static gt_status next_beyond(void *self, gt_picture *out, bool *more, gt_error *err) {
    gt_status status = next_flat(self, out, more, err);
    ((fake *)self)->flat.count = 5;
    return status;
}

static void close_fake(void *self) {
    free(self);
}

#define FAKE(called, opens, gives) \
    { .name = called, .open = opens, .describe = describe, .next = gives, .close = close_fake }

static const gt_importer fakes[] = {FAKE("good", open_good, next_good),
                                    FAKE("failing", open_good, next_failing),
                                    FAKE("crashing", open_good, next_crashing),
                                    FAKE("lying", open_good, next_lying),
                                    FAKE("flat", open_good, next_flat),
                                    FAKE("elsewhere", open_good, next_elsewhere),
                                    FAKE("other sides", open_good, next_other_sides),
                                    FAKE("beyond", open_good, next_beyond)};

static gt_status find_fake(const char *name, const gt_importer **out, gt_error *err) {
    for (size_t i = 0; i < sizeof fakes / sizeof *fakes; i++) {
        *out = &fakes[i];
        if (strcmp(name, fakes[i].name) == 0) return GT_OK;
    }
    return gt_fail(err, GT_NOT_FOUND, "no fake '%s'", name);
}

static gt_status answer(void **state, gt_parcel *request, gt_parcel *said, gt_error *err) {
    return gt_source_answer(find_fake, state, request, said, err);
}

/* ---- the one that asks ---- */

static int enter(void **state) {
    return make_temp_folder(state) || chdir(temp_folder);
}

static int leave(void **state) {
    return chdir("/") || remove_temp_folder(state);
}

#define IN_FOLDER(name) cmocka_unit_test_setup_teardown(name, enter, leave)

static int remarks;

static void count_remark(void *user, const char *line) {
    assert_string_equal(line, "looked at file");
    remarks++;
}

static gt_status open_fake(const char *name, gt_source_reading **out, gt_error *err) {
    const gt_source_request request = {.path = "file", .subset = "some"};
    FILE *file = fopen("file", "w");
    assert_true(file != NULL && fputs("here", file) >= 0 && fclose(file) == 0);
    *out = NULL;
    return gt_source_reading_open(name, &request, out, err);
}

/* No process of ours is left, and the file is as it was. */
static void check_unharmed(void) {
    char text[8] = "";
    FILE *file = fopen("file", "r");
    assert_true(file != NULL && fread(text, 1, sizeof text - 1, file) == 4 &&
                fclose(file) == 0);
    assert_string_equal(text, "here");
    assert_int_not_equal(access("planted", F_OK), 0);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

static void check_info(const gt_source_info *info) {
    assert_int_equal(info->count, COUNT);
    assert_int_equal(info->channels, 2);
    assert_string_equal(info->type, "float32");
    assert_int_equal(info->class_count, 2);
    assert_string_equal(info->class_names[1], "bulge");
    assert_string_equal(info->survey, "made up");
    assert_string_equal(info->collection, "a part");
    assert_null(info->bands);
    assert_null(info->note);
    assert_near(info->pixel_scale_arcsec, 0.5, 0);
    assert_near(info->range.high, 3, 0);
    assert_int_equal(info->range.stretch.curve, GT_CURVE_ASINH);
    assert_near(info->range.stretch.a, 0.1, 0);
    assert_string_equal(info->unit, "Jy");
    assert_int_equal(info->field_count, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(info->fields[i].name, fields[i].name);
        assert_int_equal(info->fields[i].type, fields[i].type);
        assert_int_equal(info->fields[i].length, fields[i].length);
    }
    assert_string_equal(info->fields[1].unit, "mJy");
    assert_string_equal(info->fields[1].description, "peak");
    assert_string_equal(info->fields[1].ucd, "phot.flux");
    assert_null(info->fields[2].unit);
}

static void check_picture(const gt_picture *p, int i) {
    char id[16];
    size_t side = i == 50 ? LARGE : 1 + (size_t)i % 40;
    snprintf(id, sizeof id, "J%04d", i);
    assert_int_equal(p->height, side);
    assert_int_equal(p->width, side);
    assert_string_equal(p->row.id, id);
    assert_int_equal(p->row.label, i % 2);
    assert_true(isnan(p->row.ra));
    assert_true((p->values == NULL) == (i % 7 == 0));
    if (p->values != NULL) {
        assert_int_equal(p->values[0].integer, i - 3);
        assert_near(p->values[1].real, 0.5 * i, 0);
        assert_true(isnan(p->values[2].real));
        assert_string_equal(p->values[3].text, id + 1);
    }
    for (size_t k = 0; k < side * side; k++)
        assert_near(p->pixels[k], (float)((size_t)i + k), 0);
}

static void check_all(void) {
    gt_error err;
    gt_source_reading *source;
    gt_picture picture;
    bool more;
    remarks = 0;
    gt_log_to(count_remark, NULL);
    assert_ok(open_fake("good", &source, &err), err);
    gt_log_to(NULL, NULL);
    assert_int_equal(remarks, 1);
    check_info(gt_source_reading_info(source));
    for (int i = 0; i < COUNT; i++) {
        assert_ok(gt_source_reading_next(source, &picture, &more, &err), err);
        assert_true(more);
        check_picture(&picture, i);
    }
    assert_ok(gt_source_reading_next(source, &picture, &more, &err), err);
    assert_false(more);
    assert_string_equal(gt_source_reading_info(source)->note, "six hundred were read\n");
    assert_ok(gt_source_reading_next(source, &picture, &more, &err), err);
    assert_false(more);
    gt_source_reading_close(source);
    check_unharmed();
}

static void all_that_an_importer_says_arrives(void **state) {
    check_all();
}

/* A limit of file size is one of shared memory: there is none, and nobody notices. */
static void all_arrives_under_a_limit_of_file_size(void **state) {
    struct rlimit before, small;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = before;
    small.rlim_cur = 4096;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    check_all();
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
}

/* Ending early costs nothing and leaves nothing. */
static void a_reader_ends_when_it_is_not_needed(void **state) {
    gt_error err;
    gt_source_reading *source;
    gt_picture picture;
    bool more;
    assert_ok(open_fake("good", &source, &err), err);
    gt_source_reading_close(source);
    assert_ok(open_fake("good", &source, &err), err);
    assert_ok(gt_source_reading_next(source, &picture, &more, &err), err);
    gt_source_reading_close(source);
    gt_source_reading_close(NULL);
    check_unharmed();
}

/* Reads until something fails. Returns the pictures before. */
static int read_on(gt_source_reading *source, gt_status expected, gt_error *err) {
    gt_picture picture;
    bool more = true;
    int count = 0;
    gt_status status = gt_source_reading_next(source, &picture, &more, err);
    for (; status == GT_OK && more; count++)
        status = gt_source_reading_next(source, &picture, &more, err);
    assert_int_equal(status, expected);
    return count;
}

static void a_failure_comes_behind_the_pictures_before_it(void **state) {
    gt_error err;
    gt_source_reading *source;
    assert_ok(open_fake("failing", &source, &err), err);
    assert_int_equal(read_on(source, GT_BAD_FORMAT, &err), 5);
    assert_string_equal(err.text, "picture 5 is a soup\\x0aof bytes");
    gt_source_reading_close(source);
    check_unharmed();
}

static void a_crash_while_reading_is_a_sentence(void **state) {
    gt_error err;
    gt_source_reading *source;
    assert_ok(open_fake("crashing", &source, &err), err);
    read_on(source, GT_BAD_FORMAT, &err);
    assert_non_null(strstr(err.text, "file: the process that read it ended "));
    gt_source_reading_close(source);
    check_unharmed();
}

static void an_answer_that_cannot_be_is_refused(void **state) {
    gt_error err;
    gt_source_reading *source;
    assert_ok(open_fake("lying", &source, &err), err);
    assert_int_equal(read_on(source, GT_BAD_FORMAT, &err), 0);
    assert_non_null(
        strstr(err.text, "file: the process that read it gave an answer that cannot"));
    gt_source_reading_close(source);
    check_unharmed();
}

/* Reads "here", a byte a picture; is_flat: they come without their pixels. */
static void check_bytes(const char *name, bool is_flat) {
    gt_error err;
    gt_source source = {0};
    gt_picture picture;
    bool more;
    assert_ok(open_fake(name, &source.reading, &err), err);
    for (size_t i = 0; i < 4; i++) {
        assert_ok(gt_source_next(&source, &picture, &more, &err), err);
        assert_true(more && (picture.pixels == NULL) == is_flat);
        assert_ok(gt_source_pixels(&source, &picture, &err), err);
        assert_near(picture.pixels[0], "here"[i], 0);
    }
    assert_ok(gt_source_next(&source, &picture, &more, &err), err);
    assert_false(more);
    gt_source_close(&source);
    check_unharmed();
}

static void flat_pictures_are_read_here(void **state) {
    check_bytes("flat", true);
    check_bytes("elsewhere", false);
}

static void a_place_that_cannot_be_is_refused(void **state) {
    gt_error err;
    gt_source source = {0};
    gt_picture picture;
    bool more;
    assert_ok(open_fake("other sides", &source.reading, &err), err);
    assert_int_equal(gt_source_next(&source, &picture, &more, &err), GT_BAD_FORMAT);
    gt_source_close(&source);
    assert_ok(open_fake("beyond", &source.reading, &err), err);
    assert_ok(gt_source_next(&source, &picture, &more, &err), err);
    assert_int_equal(gt_source_pixels(&source, &picture, &err), GT_BAD_FORMAT);
    assert_string_equal(err.text, "file: its pictures end at byte 5, the file has 4");
    gt_source_close(&source);
    check_unharmed();
}

static void an_importer_that_is_not_there(void **state) {
    gt_error err;
    gt_source_reading *source;
    assert_int_equal(open_fake("nobody", &source, &err), GT_NOT_FOUND);
    assert_string_equal(err.text, "no fake 'nobody'");
    assert_null(source);
    check_unharmed();
}

int main(int argc, char **argv) {
    static const gt_reader_service services[] = {{"source", answer}, {NULL, NULL}};
    gt_error err;
    if (argc > 1) return gt_reader_serve(argc, argv, services);
    if (gt_reader_program("/proc/self/exe", &err)) return 1;
    const struct CMUnitTest tests[] = {
        IN_FOLDER(all_that_an_importer_says_arrives),
        IN_FOLDER(all_arrives_under_a_limit_of_file_size),
        IN_FOLDER(a_reader_ends_when_it_is_not_needed),
        IN_FOLDER(a_failure_comes_behind_the_pictures_before_it),
        IN_FOLDER(a_crash_while_reading_is_a_sentence),
        IN_FOLDER(an_answer_that_cannot_be_is_refused),
        IN_FOLDER(flat_pictures_are_read_here),
        IN_FOLDER(a_place_that_cannot_be_is_refused),
        IN_FOLDER(an_importer_that_is_not_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
