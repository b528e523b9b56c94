/* npy_rows_test.c - rows of npy files come in their order, in blocks, from a file as from an
 * archive, whichever index runs fastest. */
#include "gt_test.h"

#include <archive.h>
#include <archive_entry.h>

#include "npy_rows.h"
#include "temp_folder.h"

static gt_error err;

/* A file of int32: value 100 row + item. */
static size_t make_npy(bool fortran, uint32_t rows, uint32_t items, uint8_t **out) {
    char header[128];
    int length = snprintf(header, sizeof header,
                          "{'descr': '<i4', 'fortran_order': %s, 'shape': (%u, %u), }\n",
                          fortran ? "True" : "False", rows, items);
    size_t size = 10 + (size_t)length + 4 * (size_t)rows * items;
    uint8_t *bytes = malloc(size), *to = bytes + 10 + length;
    memcpy(bytes, "\x93NUMPY\1\0", 8);
    bytes[8] = (uint8_t)length;
    bytes[9] = 0;
    memcpy(bytes + 10, header, (size_t)length);
    for (uint32_t i = 0; i < rows * items; i++, to += 4) {
        uint32_t row = fortran ? i % rows : i / items, item = fortran ? i / rows : i % items;
        memcpy(to, &(int32_t){(int32_t)(100 * row + item)}, 4);
    }
    *out = bytes;
    return size;
}

static void expect_rows(gt_npy_rows *rows, uint32_t count, uint32_t items) {
    const gt_npy *array = gt_npy_rows_array(rows);
    int64_t *values = malloc(items * sizeof *values);
    const void *stored;
    assert_int_equal(array->dims[0], count);
    for (uint32_t row = 0; row < count; row++) {
        assert_ok(gt_npy_rows_next(rows, &stored, &err), err);
        gt_npy_wholes(array, stored, items, values);
        for (uint32_t i = 0; i < items; i++)
            if (values[i] != 100 * (int64_t)row + i)
                fail_msg("row %u, value %u is %lld", row, i, (long long)values[i]);
    }
    free(values);
    gt_npy_rows_close(rows);
}

static void files_are_read_in_blocks(void **state) {
    /* More than one block of 4 MiB in either order. */
    static const struct {
        bool fortran;
        uint32_t rows, items;
    } cases[] = {{false, 7, 3}, {true, 7, 3}, {false, 30000, 40}, {true, 50000, 44}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t *bytes;
        gt_npy_rows *rows = NULL;
        size_t size = make_npy(cases[i].fortran, cases[i].rows, cases[i].items, &bytes);
        write_file(in_folder("a.npy"), bytes, size);
        free(bytes);
        assert_ok(gt_npy_rows_open(in_folder("a.npy"), &rows, &err), err);
        expect_rows(rows, cases[i].rows, cases[i].items);
    }
}

/* The member lies between two others, of which nothing is read. */
static void write_archive(const uint8_t *bytes, size_t size, size_t told) {
    struct archive *out = archive_write_new();
    archive_write_set_format_pax_restricted(out);
    assert_int_equal(archive_write_open_filename(out, in_folder("a.tar")), ARCHIVE_OK);
    for (int i = 0; i < 3; i++) {
        struct archive_entry *entry = archive_entry_new();
        archive_entry_set_pathname(entry, i == 1 ? "x.npy" : "other");
        archive_entry_set_filetype(entry, AE_IFREG);
        archive_entry_set_size(entry, (la_int64_t)(i == 1 ? told : 3));
        assert_int_equal(archive_write_header(out, entry), ARCHIVE_OK);
        archive_write_data(out, i == 1 ? (const char *)bytes : "xyz", i == 1 ? size : 3);
        archive_entry_free(entry);
    }
    archive_write_close(out);
    archive_write_free(out);
}

static gt_status open_member(gt_archive **archive, gt_npy_rows **rows) {
    gt_status status = GT_OK;
    const char *name = "";
    const gt_archive_limits limits = gt_archive_limits_default();
    GT_TRY(gt_archive_open(in_folder("a.tar"), &limits, archive, &err));
    while (strcmp(name, "x.npy") != 0) GT_TRY(gt_archive_next(*archive, &name, &err));
    GT_TRY(gt_npy_rows_open_member(*archive, "a.tar", name, rows, &err));
done:
    return status;
}

static void members_are_read_as_files_are(void **state) {
    for (int fortran = 0; fortran < 2; fortran++) {
        uint8_t *bytes;
        size_t size = make_npy(fortran, 30000, 37, &bytes);
        gt_archive *archive = NULL;
        gt_npy_rows *rows = NULL;
        write_archive(bytes, size, size);
        free(bytes);
        assert_ok(open_member(&archive, &rows), err);
        expect_rows(rows, 30000, 37);
        gt_archive_close(archive);
    }
}

static void members_that_lie_are_refused(void **state) {
    uint8_t *bytes;
    size_t size = make_npy(false, 5, 4, &bytes);
    const size_t told[] = {size + 7, size - 1, 40, 3, 0};
    for (size_t i = 0; i < sizeof told / sizeof *told; i++) {
        gt_archive *archive = NULL;
        gt_npy_rows *rows = NULL;
        write_archive(bytes, told[i] < size ? told[i] : size, told[i]);
        assert_int_equal(open_member(&archive, &rows), GT_BAD_FORMAT);
        assert_non_null(strstr(err.text, "a.tar: x.npy: "));
        gt_archive_close(archive);
    }
    free(bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(files_are_read_in_blocks),
        TEST(members_are_read_as_files_are),
        TEST(members_that_lie_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
