/* dataset_test.c - what a writer puts down, a reader gives back; damaged files are refused. */
#include "gt_test.h"

#include <fcntl.h>
#include <hdf5.h>

#include "file.h"
#include "galatea/dataset.h"
#include "galatea/log.h"
#include "reading.h"
#include "temp_folder.h"

enum { ROWS = 37, CHANNELS = 2, HEIGHT = 3, WIDTH = 5, VALUES = CHANNELS * HEIGHT * WIDTH };

static gt_error err;
static const char *const names[] = {"FRI", "FRII", "caf\xc3\xa9"};

static gt_dataset_info images_info(gt_pixel_type type) {
    gt_dataset_info info = gt_dataset_info_default();
    info.count = ROWS;
    info.channels = CHANNELS;
    info.height = HEIGHT;
    info.width = WIDTH;
    info.type = type;
    info.columns = GT_COLUMN_LABEL | GT_COLUMN_SPLIT | GT_COLUMN_RA | GT_COLUMN_DEC |
                   GT_COLUMN_SIZE | GT_COLUMN_ID;
    info.id_length = 9;
    info.class_names = names;
    info.class_count = 3;
    info.survey = "FIRST";
    info.collection = "MiraBest Full";
    info.pixel_scale_arcsec = 1.8;
    info.provenance = "{\"command\": \"test\"}";
    return info;
}

static float value_at(uint64_t row, size_t i, gt_pixel_type type) {
    uint64_t mixed = (row * 131 + i * 31) % 251;
    return type == GT_PIXEL_U8 ? (float)mixed : (float)mixed / 7.0f - 9.0f;
}

static gt_dataset_row row_at(uint64_t row, char id[16]) {
    snprintf(id, 16, "id-%06u", (unsigned)row);
    gt_dataset_row out = {(int32_t)(row % 4) - 1,
                          (uint8_t)(row % 3),
                          row * 2.5,
                          row - 10.0,
                          row % 5 ? row * 0.5 : NAN,
                          id,
                          NULL};
    return out;
}

/* Appends `count` rows in pieces of uneven size. */
static void append_rows(gt_dataset_writer *writer, gt_pixel_type type, size_t count) {
    for (size_t first = 0, now; first < count; first += now) {
        float floats[8 * VALUES];
        uint8_t bytes[8 * VALUES];
        gt_dataset_row rows[8];
        char ids[8][16];
        now = first % 8 + 1 < count - first ? first % 8 + 1 : count - first;
        for (size_t r = 0; r < now; r++) {
            rows[r] = row_at(first + r, ids[r]);
            for (size_t i = 0; i < VALUES; i++) {
                floats[r * VALUES + i] = value_at(first + r, i, type);
                bytes[r * VALUES + i] = (uint8_t)floats[r * VALUES + i];
            }
        }
        const void *values = type == GT_PIXEL_U8 ? (const void *)bytes : (const void *)floats;
        assert_ok(gt_dataset_writer_append(writer, values, rows, now, &err), err);
    }
    assert_int_equal(gt_dataset_writer_count(writer), count);
}

static void write_images(const char *path, gt_pixel_type type, size_t count) {
    gt_dataset_writer *writer = NULL;
    gt_dataset_info info = images_info(type);
    assert_ok(gt_dataset_writer_create(path, &info, &writer, &err), err);
    append_rows(writer, type, count);
    assert_ok(gt_dataset_writer_commit(writer, &err), err);
}

static void check_rows(gt_dataset *set, gt_pixel_type type, size_t count) {
    float out[ROWS * VALUES];
    assert_ok(gt_dataset_read(set, 0, count, out, &err), err);
    for (size_t r = 0; r < count; r++)
        for (size_t i = 0; i < VALUES; i++)
            assert_true(out[r * VALUES + i] == value_at(r, i, type));
    const uint64_t list[] = {3, 4, 5, 0, 19, 19, 7};
    assert_ok(gt_dataset_read_rows(set, list, 7, out, &err), err);
    for (size_t r = 0; r < 7; r++)
        for (size_t i = 0; i < VALUES; i++)
            assert_true(out[r * VALUES + i] == value_at(list[r], i, type));
}

static void check_columns(gt_dataset *set, size_t count) {
    const int32_t *labels;
    const uint8_t *splits;
    const double *ra, *dec, *sizes;
    const char *ids;
    assert_ok(gt_dataset_labels(set, &labels, &err), err);
    assert_ok(gt_dataset_splits(set, &splits, &err), err);
    assert_ok(gt_dataset_ra(set, &ra, &err), err);
    assert_ok(gt_dataset_dec(set, &dec, &err), err);
    assert_ok(gt_dataset_angular_sizes(set, &sizes, &err), err);
    assert_ok(gt_dataset_ids(set, &ids, &err), err);
    for (size_t r = 0; r < count; r++) {
        char id[16];
        gt_dataset_row row = row_at(r, id);
        assert_int_equal(labels[r], row.label);
        assert_int_equal(splits[r], row.split);
        assert_true(ra[r] == row.ra && dec[r] == row.dec);
        assert_memory_equal(&sizes[r], &row.angular_size, sizeof(double));
        assert_string_equal(ids + r * 10, id);
    }
}

static void check_description(const gt_dataset *set, gt_pixel_type type, size_t count) {
    const gt_dataset_info *info = gt_dataset_describe(set);
    assert_int_equal(info->kind, GT_DATASET_IMAGES);
    assert_int_equal(info->type, type);
    assert_int_equal(info->count, count);
    assert_int_equal(gt_dataset_row_values(info), VALUES);
    assert_int_equal(info->channels * 100 + info->height * 10 + info->width, 235);
    assert_int_equal(info->columns, 63);
    assert_int_equal(info->id_length, 9);
    assert_int_equal(info->class_count, 3);
    for (size_t i = 0; i < 3; i++) assert_string_equal(info->class_names[i], names[i]);
    assert_string_equal(info->survey, "FIRST");
    assert_string_equal(info->collection, "MiraBest Full");
    assert_string_equal(info->provenance, "{\"command\": \"test\"}");
    assert_null(info->model);
    assert_true(info->pixel_scale_arcsec == 1.8);
}

static void images_come_back(void **state) {
    for (int type = GT_PIXEL_U8; type <= GT_PIXEL_F32; type++) {
        for (size_t count = ROWS; count >= 20; count -= 17) { /* also fewer than announced */
            gt_dataset *set = NULL;
            write_images(in_folder("a.h5"), (gt_pixel_type)type, count);
            assert_int_equal(entries_in_folder(), 1);
            assert_ok(gt_dataset_open(in_folder("a.h5"), &set, &err), err);
            check_description(set, (gt_pixel_type)type, count);
            check_rows(set, (gt_pixel_type)type, count);
            check_columns(set, count);
            float out[VALUES];
            assert_int_equal(gt_dataset_read(set, count, 1, out, &err), GT_BAD_ARGUMENT);
            assert_int_equal(gt_dataset_read(set, UINT64_MAX, 1, out, &err), GT_BAD_ARGUMENT);
            gt_dataset_close(set);
        }
    }
}

static void bytes_come_back(void **state) {
    gt_dataset *set = NULL;
    uint8_t out[ROWS * VALUES];
    write_images(in_folder("a.h5"), GT_PIXEL_U8, ROWS);
    assert_ok(gt_dataset_open(in_folder("a.h5"), &set, &err), err);
    assert_ok(gt_dataset_read_bytes(set, 2, ROWS - 2, out, &err), err);
    for (size_t i = 0; i < (ROWS - 2) * VALUES; i++)
        assert_int_equal(out[i], (int)value_at(2 + i / VALUES, i % VALUES, GT_PIXEL_U8));
    gt_dataset_close(set);
}

static void codes_come_back(void **state) {
    gt_dataset_writer *writer = NULL;
    gt_dataset *set = NULL;
    gt_dataset_info info = gt_dataset_info_default();
    float codes[4 * 6], out[4 * 6];
    for (int i = 0; i < 24; i++) codes[i] = sinf((float)i);
    info.kind = GT_DATASET_CODES;
    info.type = GT_PIXEL_F32;
    info.count = 4;
    info.channels = 6;
    info.height = info.width = 1;
    info.model = "vdvae run";
    assert_ok(gt_dataset_writer_create(in_folder("c.h5"), &info, &writer, &err), err);
    assert_ok(gt_dataset_writer_append(writer, codes, NULL, 4, &err), err);
    assert_ok(gt_dataset_writer_commit(writer, &err), err);
    assert_int_equal(gt_dataset_open(in_folder("c.h5"), &set, &err), GT_MISMATCH);
    assert_non_null(strstr(err.text, "c.h5: holds codes, expected images"));
    assert_ok(gt_codes_open(in_folder("c.h5"), &set, &err), err);
    assert_string_equal(gt_dataset_describe(set)->model, "vdvae run");
    assert_true(isnan(gt_dataset_describe(set)->pixel_scale_arcsec));
    assert_ok(gt_dataset_read(set, 0, 4, out, &err), err);
    assert_memory_equal(out, codes, sizeof codes);
    const int32_t *labels;
    assert_int_equal(gt_dataset_labels(set, &labels, &err), GT_NOT_FOUND);
    assert_non_null(strstr(err.text, "c.h5: has no column 'labels'"));
    gt_dataset_close(set);
}

static void all_that_codes_can_state_comes_back(void **state) {
    gt_dataset_writer *writer = NULL;
    gt_dataset *set = NULL;
    const float code[2] = {1, 2};
    const gt_dataset_row row = gt_dataset_row_default();
    gt_dataset_info info = {.kind = GT_DATASET_CODES,
                            .count = 1,
                            .channels = 2,
                            .height = 1,
                            .width = 1,
                            .type = GT_PIXEL_F32,
                            .columns = GT_COLUMN_LABEL,
                            .class_names = names,
                            .class_count = 3,
                            .pixel_scale_arcsec = 1.8,
                            .range = {0, 1, {.curve = GT_CURVE_ASINH, .a = 0.1}},
                            .survey = "FIRST",
                            .collection = "MiraBest",
                            .bands = "z,g",
                            .unit = "Jy/beam",
                            .preparation = "align=none",
                            .model = "vdvae",
                            .learned_from = "set",
                            .provenance = "{}"};
    assert_ok(gt_dataset_writer_create(in_folder("all.h5"), &info, &writer, &err), err);
    assert_ok(gt_dataset_writer_append(writer, code, &row, 1, &err), err);
    assert_ok(gt_dataset_writer_commit(writer, &err), err);
    assert_ok(gt_codes_open(in_folder("all.h5"), &set, &err), err);
    const gt_dataset_info *back = gt_dataset_describe(set);
    assert_true(gt_range_is_same(back->range, info.range));
    assert_string_equal(back->class_names[2], names[2]);
    const char *texts[][2] = {{info.survey, back->survey},
                              {info.collection, back->collection},
                              {info.bands, back->bands},
                              {info.unit, back->unit},
                              {info.preparation, back->preparation},
                              {info.model, back->model},
                              {info.learned_from, back->learned_from},
                              {info.provenance, back->provenance}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_string_equal(texts[i][0], texts[i][1]);
    gt_dataset_close(set);
}

static void equal_runs_make_equal_bytes(void **state) {
    char *first = NULL, *second = NULL;
    size_t first_size, second_size;
    write_images(in_folder("a.h5"), GT_PIXEL_F32, ROWS);
    assert_ok(gt_file_load(in_folder("a.h5"), 1 << 20, &first, &first_size, &err), err);
    sleep(1); /* a time stamp would differ now */
    write_images(in_folder("b.h5"), GT_PIXEL_F32, ROWS);
    assert_ok(gt_file_load(in_folder("b.h5"), 1 << 20, &second, &second_size, &err), err);
    assert_int_equal(first_size, second_size);
    assert_memory_equal(first, second, first_size);
    free(first);
    free(second);
}

static void what_is_not_committed_leaves_nothing(void **state) {
    gt_dataset_writer *writer = NULL;
    gt_dataset *set = NULL;
    gt_dataset_info info = images_info(GT_PIXEL_U8);
    write_images(in_folder("old.h5"), GT_PIXEL_U8, ROWS);
    assert_ok(gt_dataset_writer_create(in_folder("old.h5"), &info, &writer, &err), err);
    append_rows(writer, GT_PIXEL_U8, 5);
    gt_dataset_writer_discard(writer);
    assert_ok(gt_dataset_writer_create(in_folder("old.h5"), &info, &writer, &err), err);
    assert_int_equal(gt_dataset_writer_commit(writer, &err), GT_BAD_ARGUMENT); /* no rows */
    assert_non_null(strstr(err.text, "no rows"));
    assert_int_equal(entries_in_folder(), 1);
    assert_ok(gt_dataset_open(in_folder("old.h5"), &set, &err), err);
    check_rows(set, GT_PIXEL_U8, ROWS);
    gt_dataset_close(set);
}

static void expect_refusal(gt_dataset_info info, const char *words) {
    gt_dataset_writer *writer = NULL;
    assert_int_equal(gt_dataset_writer_create(in_folder("a.h5"), &info, &writer, &err),
                     GT_BAD_ARGUMENT);
    if (!strstr(err.text, words)) fail_msg("'%s', expected '%s'", err.text, words);
    assert_int_equal(entries_in_folder(), 0);
}

static void impossible_sets_are_refused(void **state) {
    gt_dataset_info info = images_info(GT_PIXEL_U8);
    info.count = 0;
    expect_refusal(info, "expected at least one");
    info = images_info(GT_PIXEL_U8);
    info.width = 0;
    expect_refusal(info, "rows of 2 x 3 x 0");
    info.width = SIZE_MAX / 2;
    expect_refusal(info, "at most 256 MiB");
    info = images_info(GT_PIXEL_U8);
    info.count = UINT64_MAX / 8;
    expect_refusal(info, "rows, expected");
    info = images_info(GT_PIXEL_U8);
    info.kind = GT_DATASET_CODES;
    expect_refusal(info, "codes are float32");
    info = images_info(GT_PIXEL_U8);
    info.id_length = 0;
    expect_refusal(info, "ids of 0 bytes");
    info = images_info(GT_PIXEL_U8);
    const char *const twice[] = {"a", "b", "a"}, *const empty[] = {"a", ""};
    info.class_names = twice;
    expect_refusal(info, "classes 0 and 2 are both called 'a'");
    info.class_names = empty;
    info.class_count = 2;
    expect_refusal(info, "empty name");
    info = images_info(GT_PIXEL_U8);
    info.columns &= ~(unsigned)GT_COLUMN_LABEL;
    expect_refusal(info, "class names without labels");
    char *longest = calloc(1, 70000);
    memset(longest, 'x', 69999);
    info = images_info(GT_PIXEL_U8);
    info.provenance = longest;
    expect_refusal(info, "provenance of 69999 bytes");
    free(longest);
}

static void wrong_rows_are_refused(void **state) {
    gt_dataset_writer *writer = NULL;
    gt_dataset_info info = images_info(GT_PIXEL_U8);
    static const uint8_t pixels[(ROWS + 1) * VALUES];
    static gt_dataset_row rows[ROWS + 1];
    assert_ok(gt_dataset_writer_create(in_folder("a.h5"), &info, &writer, &err), err);
    const gt_dataset_row wrong[] = {
        {.label = 3}, {.label = -2}, {.split = 3}, {.id = "0123456789"}};
    const char *words[] = {"row 0 has label 3, expected -1 to 2", "label -2", "split 3",
                           "an id of 10 bytes, at most 9 fit"};
    for (int i = 0; i < 4; i++) {
        assert_int_equal(gt_dataset_writer_append(writer, pixels, &wrong[i], 1, &err),
                         GT_BAD_ARGUMENT);
        assert_non_null(strstr(err.text, words[i]));
    }
    assert_int_equal(gt_dataset_writer_append(writer, pixels, NULL, 1, &err), GT_BAD_ARGUMENT);
    assert_int_equal(gt_dataset_writer_append(writer, pixels, rows, ROWS + 1, &err),
                     GT_BAD_ARGUMENT);
    assert_non_null(strstr(err.text, "more rows than the 37 announced"));
    assert_int_equal(gt_dataset_writer_count(writer), 0);
    gt_dataset_writer_discard(writer);
}

static void cut_files_are_refused(void **state) {
    char *bytes = NULL;
    size_t size;
    write_images(in_folder("a.h5"), GT_PIXEL_U8, ROWS);
    assert_ok(gt_file_load(in_folder("a.h5"), 1 << 20, &bytes, &size, &err), err);
    gt_reader_be_here(true); /* hundreds of files */
    for (size_t i = 0; i < 300; i++) {
        gt_dataset *set = NULL;
        write_file(in_folder("cut.h5"), bytes, i * (size - 1) / 299);
        gt_status status = gt_dataset_open(in_folder("cut.h5"), &set, &err);
        assert_int_equal(status, GT_BAD_FORMAT);
        assert_non_null(strstr(err.text, "cut.h5"));
    }
    free(bytes);
    gt_reader_be_here(false);
}

static void other_files_are_refused(void **state) {
    gt_dataset *set = NULL;
    assert_int_equal(gt_dataset_open(in_folder("none.h5"), &set, &err), GT_NOT_FOUND);
    assert_int_equal(gt_dataset_open(temp_folder, &set, &err), GT_IO);
    write_file(in_folder("empty.h5"), "", 0);
    assert_int_equal(gt_dataset_open(in_folder("empty.h5"), &set, &err), GT_BAD_FORMAT);
    write_file(in_folder("text.h5"), "hello", 5);
    assert_int_equal(gt_dataset_open(in_folder("text.h5"), &set, &err), GT_BAD_FORMAT);
    hid_t file = H5Fcreate(in_folder("none.h5"), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    H5Fclose(file);
    assert_int_equal(gt_dataset_open(in_folder("none.h5"), &set, &err), GT_BAD_FORMAT);
    assert_non_null(strstr(err.text, "has no data set 'images' and none 'codes'; "));
}

/* A file with one array as described and, if labels is not 0, so many labels. */
static void write_raw(const char *path, int rank, hid_t type, hid_t plist, hsize_t labels) {
    const hsize_t dims[] = {4, 1, 8, 8};
    static const unsigned char pixels[4 * 64 * 8];
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    hid_t space = H5Screate_simple(rank, dims, NULL);
    hid_t set = H5Dcreate2(file, "images", type, space, H5P_DEFAULT, plist, H5P_DEFAULT);
    assert_true(H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, pixels) >= 0);
    H5Dclose(set);
    H5Sclose(space);
    if (labels > 0) {
        static const int values[8] = {0, 1, 7, 0};
        space = H5Screate_simple(1, &labels, NULL);
        set = H5Dcreate2(file, "labels", H5T_STD_I32LE, space, H5P_DEFAULT, H5P_DEFAULT,
                         H5P_DEFAULT);
        H5Dwrite(set, H5T_NATIVE_INT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values);
        hsize_t classes = 2;
        hid_t list = H5Screate_simple(1, &classes, NULL), text = H5Tcopy(H5T_C_S1);
        hid_t attribute = H5Acreate2(set, "label_names", text, list, H5P_DEFAULT, H5P_DEFAULT);
        H5Awrite(attribute, text, "ab");
        H5Aclose(attribute);
        H5Tclose(text);
        H5Sclose(list);
        H5Dclose(set);
        H5Sclose(space);
    }
    H5Fclose(file);
}

/* Pictures that were not imported: what is to be done is said where it can be. */
static void pictures_are_to_be_imported(void **state) {
    static const struct {
        const char *name, *bytes, *says;
    } cases[] = {
        {"a b.png", "\x89PNG\r\n\x1a\n", "holds pictures or codes, galatea data import '"},
        {"a.csv", "a,b\n1,2\n", "holds codes in a table, galatea data import"},
        {"a.dat", "a,b\n1,2\n", NULL},
        {"a.h5", "\x89HDF\r\n\x1a\n", NULL}};
    gt_dataset *set = NULL;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        write_file(in_folder(cases[i].name), cases[i].bytes, strlen(cases[i].bytes));
        assert_int_equal(gt_dataset_open(in_folder(cases[i].name), &set, &err), GT_BAD_FORMAT);
        assert_non_null(strstr(err.text, ": no readable HDF5 file of "));
        const char *advice = strstr(err.text, "; if it ");
        assert_int_equal(advice != NULL, cases[i].says != NULL);
        if (!advice) continue;
        assert_non_null(strstr(advice, cases[i].says));
        assert_non_null(strstr(advice, cases[i].name));
        assert_non_null(strstr(advice, " --out SET.h5 makes a set"));
    }
    assert_int_equal(unlink(in_folder("a.h5")) | unlink(in_folder("a.dat")), 0);
    assert_int_equal(unlink(in_folder("a.csv")), 0);
    assert_int_equal(gt_dataset_open(temp_folder, &set, &err), GT_IO);
    assert_non_null(
        strstr(err.text, "is a folder, expected a file; if it holds pictures or codes, "));
}

static void foreign_layouts_are_refused(void **state) {
    gt_dataset *set = NULL;
    const char *path = in_folder("raw it's.h5");
    hid_t chunked = H5Pcreate(H5P_DATASET_CREATE);
    const hsize_t chunk[] = {1, 1, 8, 8};
    H5Pset_chunk(chunked, 4, chunk);
    H5Pset_deflate(chunked, 6);
    write_raw(path, 4, H5T_STD_U8LE, chunked, 0);
    assert_int_equal(gt_dataset_open(path, &set, &err), GT_UNSUPPORTED);
    assert_non_null(strstr(err.text, "'images' is chunked, compressed or of variable length, "
                                     "expected contiguous"));
    assert_non_null(strstr(err.text, "raw it'\\''s.h5' --out SET.h5 makes a data set of it"));
    write_raw(path, 4, H5T_IEEE_F32BE, H5P_DEFAULT, 0);
    assert_int_equal(gt_dataset_open(path, &set, &err), GT_UNSUPPORTED);
    write_raw(path, 4, H5T_STD_I16LE, H5P_DEFAULT, 0);
    assert_int_equal(gt_dataset_open(path, &set, &err), GT_UNSUPPORTED);
    assert_non_null(strstr(err.text, "is int16, expected float32"));
    write_raw(path, 3, H5T_STD_U8LE, H5P_DEFAULT, 0);
    assert_int_equal(gt_dataset_open(path, &set, &err), GT_BAD_FORMAT);
    assert_non_null(strstr(err.text, "rank 3, expected 4"));
    write_raw(path, 4, H5T_STD_U8LE, H5P_DEFAULT, 5);
    assert_int_equal(gt_dataset_open(path, &set, &err), GT_BAD_FORMAT);
    assert_non_null(strstr(err.text, "'labels' has 5 values, expected one for each of 4 rows"));
    H5Pclose(chunked);
}

/* A file as other programs write it: an array of 4 rows of 3, and columns by type and bytes. */
typedef struct raw_column {
    const char *name;
    hid_t type;
    const void *values;
} raw_column;

static hid_t begin_raw(const char *path, const char *main, int rank, const hsize_t *dims) {
    static const unsigned char zeros[4096];
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    hid_t space = H5Screate_simple(rank, dims, NULL);
    hid_t set =
        H5Dcreate2(file, main, H5T_IEEE_F32LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(H5Dwrite(set, H5T_IEEE_F32LE, H5S_ALL, H5S_ALL, H5P_DEFAULT, zeros) >= 0);
    H5Dclose(set);
    H5Sclose(space);
    return file;
}

static void add_raw(hid_t file, raw_column column, hsize_t count) {
    hid_t space = H5Screate_simple(1, &count, NULL);
    hid_t set = H5Dcreate2(file, column.name, column.type, space, H5P_DEFAULT, H5P_DEFAULT,
                           H5P_DEFAULT);
    H5Dwrite(set, column.type, H5S_ALL, H5S_ALL, H5P_DEFAULT, column.values);
    H5Dclose(set);
    H5Sclose(space);
}

static void channels_last_are_refused(void **state) {
    gt_dataset *set = NULL;
    H5Fclose(begin_raw(in_folder("raw.h5"), "images", 4, (hsize_t[]){2, 10, 8, 3}));
    assert_int_equal(gt_dataset_open(in_folder("raw.h5"), &set, &err), GT_UNSUPPORTED);
    assert_non_null(strstr(err.text,
                           "'images' is of a shape like (N,H,W,C), expected (N,C,H,W); "
                           "galatea data import "));
}

static char remarks[2048];

static void keep_remark(void *user, const char *line) {
    size_t used = strlen(remarks);
    snprintf(remarks + used, sizeof remarks - used, "%s\n", strstr(line, "raw.h5"));
}

static void numbers_for_nothing_are_unknown(void **state) {
    static const double ra[] = {10, -999, 20, -99}, dec[] = {-5, 3, 1e20, -30},
                        size[] = {INFINITY, 5, -0.5, NAN};
    static const int32_t labels[] = {0, -999, 1, -1};
    const double *read_ra, *read_dec, *read_size;
    const int32_t *read_labels;
    gt_dataset *set = NULL;
    hid_t file = begin_raw(in_folder("raw.h5"), "codes", 2, (hsize_t[]){4, 3});
    add_raw(file, (raw_column){"labels", H5T_STD_I32LE, labels}, 4);
    add_raw(file, (raw_column){"ra", H5T_IEEE_F64LE, ra}, 4);
    add_raw(file, (raw_column){"dec", H5T_IEEE_F64LE, dec}, 4);
    add_raw(file, (raw_column){"angular_size", H5T_IEEE_F64LE, size}, 4);
    H5Fclose(file);
    remarks[0] = 0;
    gt_log_to(keep_remark, NULL);
    assert_ok(gt_codes_open(in_folder("raw.h5"), &set, &err), err);
    for (int again = 0; again < 2; again++) {
        assert_ok(gt_dataset_labels(set, &read_labels, &err), err);
        assert_ok(gt_dataset_dec(set, &read_dec, &err), err);
        assert_ok(gt_dataset_ra(set, &read_ra, &err), err);
        assert_ok(gt_dataset_angular_sizes(set, &read_size, &err), err);
    }
    gt_log_to(NULL, NULL);
    assert_true(read_ra[0] == 10 && read_dec[0] == -5 && read_size[1] == 5);
    for (int i = 1; i < 4; i++) assert_true(isnan(read_ra[i]) && isnan(read_dec[i]));
    assert_true(isnan(read_size[0]) && isnan(read_size[2]) && isnan(read_size[3]));
    assert_true(read_labels[1] == -1 && read_labels[2] == 1 && read_labels[3] == -1);
    assert_string_equal(
        remarks, "raw.h5: labels below -1, taken as none: 1 (the first: -999 in row 1)\n"
                 "raw.h5: unknown positions: 3 (the first: ra -999, dec 3 in row 1 is no place "
                 "on the sky)\n"
                 "raw.h5: unknown angular sizes: 2 (the first: inf in row 0 is no size)\n");
    gt_dataset_close(set);
}

static void attributes_of_another_kind_are_left_out(void **state) {
    gt_dataset *set = NULL;
    const double three[] = {1, 2, 3};
    const char *texts[] = {"survey", "model", "provenance", "collection"};
    hid_t file = begin_raw(in_folder("raw.h5"), "codes", 2, (hsize_t[]){4, 3});
    hid_t space = H5Screate_simple(1, (hsize_t[]){3}, NULL);
    for (int i = 0; i < 4; i++) {
        hid_t at = H5Acreate2(file, texts[i], H5T_IEEE_F64LE, space, H5P_DEFAULT, H5P_DEFAULT);
        H5Awrite(at, H5T_IEEE_F64LE, three);
        H5Aclose(at);
    }
    add_raw(file, (raw_column){"labels", H5T_STD_I32LE, (int32_t[]){0, 1, 0, 1}}, 4);
    hid_t labels = H5Dopen2(file, "labels", H5P_DEFAULT);
    H5Aclose(
        H5Acreate2(labels, "label_names", H5T_IEEE_F64LE, space, H5P_DEFAULT, H5P_DEFAULT));
    H5Dclose(labels);
    hid_t at =
        H5Acreate2(file, "pixel_scale_arcsec", H5T_C_S1, space, H5P_DEFAULT, H5P_DEFAULT);
    H5Awrite(at, H5T_C_S1, "1.8");
    H5Aclose(at);
    H5Sclose(space);
    H5Fclose(file);
    remarks[0] = 0;
    gt_log_to(keep_remark, NULL);
    assert_ok(gt_codes_open(in_folder("raw.h5"), &set, &err), err);
    gt_log_to(NULL, NULL);
    const gt_dataset_info *info = gt_dataset_describe(set);
    assert_null(info->survey);
    assert_null(info->model);
    assert_null(info->provenance);
    assert_null(info->collection);
    assert_true(isnan(info->pixel_scale_arcsec));
    for (int i = 0; i < 4; i++) assert_non_null(strstr(remarks, texts[i]));
    assert_non_null(strstr(remarks, "attribute 'pixel_scale_arcsec' is left out"));
    assert_non_null(strstr(remarks, "class names are left out: attribute 'label_names'"));
    gt_dataset_close(set);
}

/* What makes columns of them can be typed as it is told. */
static void columns_of_other_types_are_left_out(void **state) {
    gt_dataset *set = NULL;
    const char *path = in_folder("a raw.h5");
    hid_t file = begin_raw(path, "codes", 2, (hsize_t[]){4, 3});
    add_raw(file, (raw_column){"flags", H5T_STD_U64LE, (uint64_t[]){0, 1, 0, 1}}, 4);
    H5Fclose(file);
    remarks[0] = 0;
    gt_log_to(keep_remark, NULL);
    assert_ok(gt_codes_open(path, &set, &err), err);
    gt_log_to(NULL, NULL);
    assert_non_null(strstr(remarks, "column 'flags' is left out: it is of type uint64; galatea "
                                    "data import '/"));
    assert_non_null(strstr(remarks, "/a raw.h5' --out SET.h5 takes what has one value a row"));
    gt_dataset_close(set);
}

static void pack(hid_t file, const char *name) {
    const double half = 0.5;
    hid_t set = H5Dopen2(file, name, H5P_DEFAULT), space = H5Screate(H5S_SCALAR);
    hid_t at = H5Acreate2(set, "scale_factor", H5T_IEEE_F64LE, space, H5P_DEFAULT, H5P_DEFAULT);
    H5Awrite(at, H5T_NATIVE_DOUBLE, &half);
    H5Aclose(at);
    H5Sclose(space);
    H5Dclose(set);
}

/* Import unpacks them; the same file is no other set where it is opened as it is. */
static void packed_values_are_to_be_imported(void **state) {
    static const char *const packed[] = {"codes", "ra", "z"};
    gt_dataset *set = NULL;
    for (int i = 0; i < 3; i++) {
        hid_t file = begin_raw(in_folder("raw.h5"), "codes", 2, (hsize_t[]){4, 3});
        add_raw(file, (raw_column){"ra", H5T_IEEE_F64LE, (double[]){1, 2, 3, 4}}, 4);
        add_raw(file, (raw_column){"z", H5T_STD_I16LE, (int16_t[]){1, 2, 3, 4}}, 4);
        add_raw(file, (raw_column){"labels", H5T_STD_I32LE, (int32_t[]){1, 2, 3, 4}}, 4);
        pack(file, packed[i]);
        pack(file, "labels"); /* which are no values */
        H5Fclose(file);
        remarks[0] = 0;
        gt_log_to(keep_remark, NULL);
        gt_status status = gt_codes_open(in_folder("raw.h5"), &set, &err);
        gt_log_to(NULL, NULL);
        assert_int_equal(status, i < 2 ? GT_UNSUPPORTED : GT_OK);
        if (i < 2) {
            assert_non_null(strstr(err.text, "' is packed (scale_factor, add_offset), expected "
                                             "values as they are; galatea data import "));
            continue;
        }
        assert_non_null(strstr(remarks, "'z' is left out: it is packed (scale_factor, "));
        assert_int_equal(gt_dataset_describe(set)->field_count, 0);
        assert_int_equal(gt_dataset_describe(set)->columns, GT_COLUMN_RA | GT_COLUMN_LABEL);
        gt_dataset_close(set);
    }
}

static void labels_outside_the_classes_are_refused(void **state) {
    gt_dataset *set = NULL;
    const int32_t *labels;
    write_raw(in_folder("raw.h5"), 4, H5T_STD_U8LE, H5P_DEFAULT, 4);
    assert_ok(gt_dataset_open(in_folder("raw.h5"), &set, &err), err);
    for (int i = 0; i < 2; i++) { /* the second time as well */
        assert_int_equal(gt_dataset_labels(set, &labels, &err), GT_BAD_FORMAT);
        assert_non_null(strstr(err.text, "'labels' of row 2 is 7, expected -1 to 1"));
    }
    gt_dataset_close(set);
}

/* What a data set says of its file after something happened to it. */
static gt_status read_after(void (*happens)(const char *path)) {
    gt_dataset *set = NULL;
    float out[ROWS * VALUES];
    char path[128];
    snprintf(path, sizeof path, "%s", in_folder("a.h5"));
    write_images(path, GT_PIXEL_F32, ROWS);
    usleep(20000); /* file systems tell times by ticks of some milliseconds */
    assert_ok(gt_dataset_open(path, &set, &err), err);
    assert_ok(gt_dataset_read(set, 0, ROWS, out, &err), err);
    happens(path);
    gt_status status = gt_dataset_read(set, 0, ROWS, out, &err);
    assert_int_equal(gt_dataset_read_rows(set, (uint64_t[]){1}, 1, out, NULL), status);
    assert_int_equal(gt_dataset_check(set, NULL), status);
    if (status) assert_non_null(strstr(err.text, "a.h5 changed while it was in use"));
    gt_dataset_close(set);
    return status;
}

static void shrink(const char *path) {
    assert_int_equal(truncate(path, 5000), 0);
}

static void overwrite(const char *path) {
    int file = open(path, O_WRONLY);
    assert_true(file >= 0 && pwrite(file, "x", 1, 4000) == 1);
    close(file);
}

static void replace(const char *path) {
    write_images(path, GT_PIXEL_F32, ROWS);
}

static void lose_name(const char *path) {
    assert_int_equal(unlink(path), 0);
}

static void changes_are_noticed(void **state) {
    assert_int_equal(read_after(shrink), GT_MISMATCH);
    assert_int_equal(read_after(overwrite), GT_MISMATCH);
    assert_int_equal(read_after(replace), GT_MISMATCH);
    assert_int_equal(read_after(lose_name), GT_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(images_come_back),
        TEST(bytes_come_back),
        TEST(codes_come_back),
        TEST(all_that_codes_can_state_comes_back),
        TEST(equal_runs_make_equal_bytes),
        TEST(what_is_not_committed_leaves_nothing),
        TEST(impossible_sets_are_refused),
        TEST(wrong_rows_are_refused),
        TEST(cut_files_are_refused),
        TEST(other_files_are_refused),
        TEST(pictures_are_to_be_imported),
        TEST(foreign_layouts_are_refused),
        TEST(channels_last_are_refused),
        TEST(numbers_for_nothing_are_unknown),
        TEST(attributes_of_another_kind_are_left_out),
        TEST(columns_of_other_types_are_left_out),
        TEST(packed_values_are_to_be_imported),
        TEST(labels_outside_the_classes_are_refused),
        TEST(changes_are_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
