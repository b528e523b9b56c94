/* Finished parts of a long call on disk: kept, found again by key and numbers, and as none
 * where they were cut, damaged, or are of another kind. */
#include "parts.h"

#include <sys/stat.h>

#include "study_sets.h"

enum { SIZE = 24, HEAD = 40, RECORD = 3 * 8 + SIZE + 8 };

static char out[600], path[640];

static void name_files(void) {
    snprintf(out, sizeof out, "%s", in_folder("out.h5"));
    snprintf(path, sizeof path, "%s.parts", out);
}

static gt_parts *open_parts(size_t size) {
    gt_error err = {0};
    gt_parts *parts = NULL;
    assert_ok(gt_parts_open(out, size, &parts, &err), err);
    return parts;
}

static gt_part_id id_of(uint64_t key, uint64_t first) {
    return (gt_part_id){key, {first, first + 100}};
}

/* What the record of that number holds. */
static void fill(uint64_t first, char bytes[SIZE]) {
    for (size_t i = 0; i < SIZE; i++) bytes[i] = (char)(first * 31 + i * 7 + 1);
}

static void add(gt_parts *parts, uint64_t key, uint64_t first) {
    gt_error err = {0};
    char bytes[SIZE];
    fill(first, bytes);
    assert_ok(gt_parts_add(parts, id_of(key, first), bytes, &err), err);
}

static bool holds(gt_parts *parts, uint64_t key, uint64_t first) {
    char bytes[SIZE], found[SIZE] = "";
    fill(first, bytes);
    if (!gt_parts_find(parts, id_of(key, first), found)) return false;
    assert_memory_equal(found, bytes, SIZE);
    return true;
}

/* An interrupted call that kept records 0 .. count - 1 of key 1. */
static void leave(uint64_t count) {
    name_files();
    gt_parts *parts = open_parts(SIZE);
    for (uint64_t i = 0; i < count; i++) add(parts, 1, i);
    gt_parts_finish(parts, GT_INTERRUPTED);
}

static void change_byte(long at) {
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    fseek(file, at, SEEK_SET);
    int byte = fgetc(file);
    fseek(file, at, SEEK_SET);
    fputc(byte ^ 1, file);
    fclose(file);
}

static long size_on_disk(void) {
    struct stat about;
    return stat(path, &about) == 0 ? (long)about.st_size : -1;
}

/* Nothing is written before there is something to keep. */
static void begins_with_nothing(void **state) {
    (void)state;
    name_files();
    gt_parts *parts = open_parts(SIZE);
    assert_string_equal(gt_parts_path(parts), path);
    assert_int_equal(gt_parts_count(parts), 0);
    assert_false(holds(parts, 1, 0));
    assert_false(is_there(path));
    add(parts, 1, 0);
    assert_int_equal(gt_parts_count(parts), 1);
    assert_int_equal(size_on_disk(), HEAD + RECORD);
    gt_parts_finish(parts, GT_OK);
    assert_false(is_there(path));
    gt_parts_finish(NULL, GT_OK);
}

/* Found in any order, by every one of the three numbers. */
static void finds_by_key_and_numbers(void **state) {
    char bytes[SIZE];
    (void)state;
    leave(150); /* more than there is room for at first */
    gt_parts *parts = open_parts(SIZE);
    assert_int_equal(gt_parts_count(parts), 150);
    for (uint64_t i = 0; i < 150; i++) assert_true(holds(parts, 1, i * 77 % 150));
    assert_true(holds(parts, 1, 149));
    assert_true(holds(parts, 1, 149)); /* and again */
    assert_false(holds(parts, 2, 3));
    assert_false(holds(parts, 1, 150));
    assert_false(gt_parts_find(parts, (gt_part_id){1, {3, 104}}, bytes));
    add(parts, 2, 3);
    assert_true(holds(parts, 2, 3));
    assert_true(holds(parts, 1, 3));
    gt_parts_finish(parts, GT_OK);
}

/* The file stays where the same call can go on. */
static void stays_where_it_helps(void **state) {
    static const struct {
        gt_status status;
        bool stays;
    } cases[] = {{GT_OK, false},          {GT_INTERRUPTED, true}, {GT_NO_MEMORY, true},
                 {GT_IO, true},           {GT_NOT_FINITE, false}, {GT_USAGE, false},
                 {GT_BAD_ARGUMENT, false}};
    (void)state;
    name_files();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gt_parts *parts = open_parts(SIZE);
        add(parts, 1, 0);
        gt_parts_finish(parts, cases[i].status);
        assert_int_equal(is_there(path), cases[i].stays);
    }
}

/* A call that went on and added nothing leaves no file behind either. */
static void goes_when_all_was_found(void **state) {
    (void)state;
    leave(3);
    gt_parts *parts = open_parts(SIZE);
    for (uint64_t i = 0; i < 3; i++) assert_true(holds(parts, 1, i));
    gt_parts_finish(parts, GT_OK);
    assert_false(is_there(path));
}

/* Wherever the end was cut off: whole records are found, a part of one is not, and what is
 * added stands behind the whole ones. */
static void cut_records_are_as_none(void **state) {
    (void)state;
    for (long cut = 1; cut <= HEAD + 2 * RECORD; cut += 7) {
        leave(2);
        long size = HEAD + 2 * RECORD - cut;
        assert_int_equal(truncate(path, size), 0);
        size_t whole = size < HEAD ? 0 : (size_t)(size - HEAD) / RECORD;
        gt_parts *parts = open_parts(SIZE);
        assert_int_equal(gt_parts_count(parts), whole);
        assert_int_equal(holds(parts, 1, 0), whole > 0);
        assert_false(holds(parts, 1, 1));
        add(parts, 1, 1);
        gt_parts_finish(parts, GT_INTERRUPTED);
        assert_int_equal(size_on_disk(), HEAD + (long)(whole + 1) * RECORD);
        parts = open_parts(SIZE);
        assert_int_equal(gt_parts_count(parts), whole + 1);
        assert_true(holds(parts, 1, 1));
        gt_parts_finish(parts, GT_OK);
    }
}

/* A changed byte anywhere in a record takes that record alone. */
static void damaged_records_are_as_none(void **state) {
    (void)state;
    for (long at = HEAD + RECORD; at < HEAD + 2 * RECORD; at++) {
        leave(3);
        change_byte(at);
        gt_parts *parts = open_parts(SIZE);
        assert_int_equal(gt_parts_count(parts), 2);
        assert_true(holds(parts, 1, 0));
        assert_false(holds(parts, 1, 1));
        assert_true(holds(parts, 1, 2));
        add(parts, 1, 1); /* done again */
        assert_true(holds(parts, 1, 1));
        gt_parts_finish(parts, GT_OK);
    }
}

/* Damage that comes after the file was opened is met as well. */
static void damage_in_between_is_seen(void **state) {
    (void)state;
    leave(2);
    gt_parts *parts = open_parts(SIZE);
    change_byte(HEAD + 30);
    assert_false(holds(parts, 1, 0));
    assert_true(holds(parts, 1, 1));
    gt_parts_finish(parts, GT_OK);
}

/* Of two records of one name that were kept the whole one counts. */
static void a_damaged_twin_hides_nothing(void **state) {
    (void)state;
    leave(1);
    gt_parts *parts = open_parts(SIZE);
    add(parts, 1, 0);
    gt_parts_finish(parts, GT_INTERRUPTED);
    parts = open_parts(SIZE);
    change_byte(HEAD + 30);
    assert_true(holds(parts, 1, 0));
    gt_parts_finish(parts, GT_OK);
}

/* Records of another length are of another call: as none, and written over. */
static void other_lengths_are_as_none(void **state) {
    gt_error err = {0};
    char bytes[SIZE + 8] = "others";
    (void)state;
    leave(2);
    gt_parts *parts = open_parts(SIZE + 8);
    assert_int_equal(gt_parts_count(parts), 0);
    assert_ok(gt_parts_add(parts, id_of(1, 0), bytes, &err), err);
    gt_parts_finish(parts, GT_INTERRUPTED);
    assert_int_equal(size_on_disk(), HEAD + RECORD + 8);
    parts = open_parts(SIZE);
    assert_int_equal(gt_parts_count(parts), 0);
    gt_parts_finish(parts, GT_OK);
    assert_true(is_there(path)); /* it kept nothing, and takes nothing away */
}

/* What is no such file is not taken for one, and stays as it is. */
static void refuses_other_files(void **state) {
    static const char *const texts[] = {"notes", "galatea parts of the other kind",
                                        "\x89HDF and more than forty bytes of it, indeed so"};
    (void)state;
    name_files();
    for (size_t i = 0; i < 3; i++) {
        gt_error err = {0};
        gt_parts *parts = NULL;
        write_file(path, texts[i], strlen(texts[i]));
        assert_int_equal(gt_parts_open(out, SIZE, &parts, &err), GT_BAD_FORMAT);
        assert_has(err.text, "out.h5.parts: expected the finished parts");
        assert_null(parts);
        assert_int_equal(size_on_disk(), (long)strlen(texts[i]));
    }
}

static void tells_what_cannot_be_written(void **state) {
    gt_error err = {0};
    char bytes[SIZE];
    (void)state;
    snprintf(out, sizeof out, "%s", in_folder("no/such/out.h5"));
    gt_parts *parts = open_parts(SIZE);
    fill(0, bytes);
    assert_int_not_equal(gt_parts_add(parts, id_of(1, 0), bytes, &err), GT_OK);
    assert_has(err.text, "no/such/out.h5.parts");
    gt_parts_finish(parts, GT_IO);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(begins_with_nothing),          TEST(finds_by_key_and_numbers),
        TEST(stays_where_it_helps),         TEST(goes_when_all_was_found),
        TEST(cut_records_are_as_none),      TEST(damaged_records_are_as_none),
        TEST(damage_in_between_is_seen),    TEST(a_damaged_twin_hides_nothing),
        TEST(other_lengths_are_as_none),    TEST(refuses_other_files),
        TEST(tells_what_cannot_be_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
