/* zip_read_test.c - members that are stored are found in archives of any form; archives that
 * lie about where they are, are refused. */
#include "gt_test.h"

#include <fcntl.h>

#include "file.h"
#include "temp_folder.h"
#include "zip_read.h"
#include "zip_write.h"

static gt_error err;

/* An archive of two members, "a/one" (five bytes "first") and "a/two" ("second!"), and what is
 * said of them that need not be so. */
typedef struct form {
    bool is_large;                 /* sizes and places in 8 bytes */
    const char *comment;           /* behind the list */
    uint16_t method, flags, count; /* count: of members told, 0: as many as there are */
    uint32_t list, local, bytes;   /* added to the places and to the size told of the first */
    char other;                    /* in the place of the first byte of the list */
} form;

static unsigned char archive[1024];
static size_t used;

static void put(const void *bytes, size_t size) {
    assert_true(used + size <= sizeof archive);
    if (size) memcpy(archive + used, bytes, size);
    used += size;
}

static void put_number(uint64_t value, int bytes) {
    put(&value, (size_t)bytes);
}

static const char *const names[] = {"a/one", "a/two"}, *const texts[] = {"first", "second!"};

static void put_local(int i, const form *f) {
    put("PK\3\4", 4);
    put_number(45, 2);
    put_number(f->flags, 2);
    put_number(f->method, 2);
    put_number(0, 8); /* time, date, sum */
    put_number(strlen(texts[i]), 4);
    put_number(strlen(texts[i]), 4);
    put_number(strlen(names[i]), 2);
    put_number(7, 2); /* padding, as torch.save puts it there */
    put(names[i], strlen(names[i]));
    put("FB\3\0ZZZ", 7);
    put(texts[i], strlen(texts[i]));
}

static void put_entry(int i, const form *f, uint32_t local) {
    uint32_t bytes = (uint32_t)strlen(texts[i]) + (i == 0 ? f->bytes : 0);
    uint32_t at = local + (i == 0 ? f->local : 0);
    put(i == 0 && f->other ? &f->other : "P", 1);
    put("K\1\2\x2d\0\x2d\0", 7);
    put_number(f->flags, 2);
    put_number(f->method, 2);
    put_number(0, 8);
    put_number(f->is_large ? UINT32_MAX : bytes, 4);
    put_number(f->is_large ? UINT32_MAX : bytes, 4);
    put_number(strlen(names[i]), 2);
    put_number(f->is_large ? 33 : 0, 2);
    put_number(0, 8); /* comment, disk, attributes */
    put_number(0, 2);
    put_number(f->is_large ? UINT32_MAX : at, 4);
    put(names[i], strlen(names[i]));
    if (!f->is_large) return;
    put("UT\1\0x\1\0\x18\0", 9); /* another extra field before */
    put_number(bytes, 8);
    put_number(bytes, 8);
    put_number(at, 8);
}

static void put_ends(const form *f, uint64_t list, uint64_t bytes) {
    uint64_t count = f->count ? f->count : 2, end = used;
    if (f->is_large) {
        put("PK\6\6", 4);
        put_number(44, 8);
        put_number(45, 2);
        put_number(45, 2);
        put_number(0, 8);
        put_number(count, 8);
        put_number(count, 8);
        put_number(bytes, 8);
        put_number(list, 8);
        put("PK\6\7\0\0\0\0", 8);
        put_number(end, 8);
        put_number(1, 4);
    }
    put("PK\5\6\0\0\0\0", 8);
    put_number(f->is_large ? UINT16_MAX : count, 2);
    put_number(f->is_large ? UINT16_MAX : count, 2);
    put_number(f->is_large ? UINT32_MAX : bytes, 4);
    put_number(f->is_large ? UINT32_MAX : list, 4);
    put_number(f->comment ? strlen(f->comment) : 0, 2);
    if (f->comment) put(f->comment, strlen(f->comment));
}

static void make(form f) {
    uint32_t local[2];
    used = 0;
    for (int i = 0; i < 2; i++) {
        local[i] = (uint32_t)used;
        put_local(i, &f);
    }
    size_t list = used;
    for (int i = 0; i < 2; i++) put_entry(i, &f, local[i]);
    put_ends(&f, list + f.list, used - list);
}

/* Of the bytes in `archive`, where "a/one" is. */
static gt_status find_one(const void *bytes, size_t size, uint64_t *at, uint64_t *length) {
    gt_zip_list *list = NULL;
    const char *path = in_folder("some.zip");
    int descriptor = -1;
    uint64_t there = 0;
    write_file(path, bytes, size);
    assert_ok(gt_file_open(path, &descriptor, &there, &err), err);
    gt_status status = gt_zip_list_open(descriptor, path, there, &list, &err);
    if (!status) status = gt_zip_list_find(list, "a/one", at, length, &err);
    if (!status) {
        assert_string_equal(gt_zip_list_ending(list, "two"), "a/two");
        assert_null(gt_zip_list_ending(list, "three"));
        uint64_t no, none;
        assert_int_equal(gt_zip_list_find(list, "a/on", &no, &none, NULL), GT_NOT_FOUND);
    }
    gt_zip_list_close(list);
    close(descriptor);
    return status;
}

static void test_forms(void **state) {
    static const form forms[] = {{0}, {.is_large = true}, {.comment = "PK\5 and more, PK"}};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        uint64_t at = 0, length = 0;
        make(forms[i]);
        assert_ok(find_one(archive, used, &at, &length), err);
        assert_int_equal(length, 5);
        assert_memory_equal(archive + at, "first", 5);
    }
}

static void test_lies(void **state) {
    static const struct {
        form f;
        gt_status status;
        const char *says;
    } cases[] = {
        {{.method = 8}, GT_UNSUPPORTED, "member 'a/one' is packed"},
        {{.flags = 1}, GT_UNSUPPORTED, "member 'a/one' is packed"},
        {{.count = 3}, GT_BAD_FORMAT, "a list of 102 bytes for 3 members"},
        {{.count = 900}, GT_BAD_FORMAT, "bytes for 900 members"},
        {{.list = 1}, GT_BAD_FORMAT, "member 0 of its list is damaged"},
        {{.list = 5000}, GT_BAD_FORMAT, "a list of"},
        {{.local = 1}, GT_BAD_FORMAT, "member 'a/one' is not where its list says"},
        {{.local = 100000}, GT_BAD_FORMAT, "some.zip"},
        {{.bytes = 100000}, GT_BAD_FORMAT, "member 'a/one' is not where its list says"},
        {{.bytes = 100000, .is_large = true}, GT_BAD_FORMAT, "is not where its list says"},
        {{.other = 'Q'}, GT_BAD_FORMAT, "member 0 of its list is damaged"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint64_t at, length;
        make(cases[i].f);
        gt_status status = find_one(archive, used, &at, &length);
        if (status != cases[i].status || !strstr(err.text, cases[i].says))
            fail_msg("%zu: %s '%s'", i, gt_status_name(status), err.text);
    }
}

static void test_cuts(void **state) {
    uint64_t at, length;
    for (int is_large = 0; is_large < 2; is_large++) {
        make((form){.is_large = is_large});
        for (size_t cut = 0; cut < used; cut++)
            assert_int_equal(find_one(archive, cut, &at, &length), GT_BAD_FORMAT);
    }
}

/* What this program packs for numpy. */
static void test_own(void **state) {
    gt_zip *zip = NULL;
    uint64_t at = 0, length = 0, size = 0;
    gt_zip_list *list = NULL;
    int descriptor = -1;
    char bytes[5];
    const char *path = in_folder("own.zip");
    assert_ok(gt_zip_create(path, &zip, &err), err);
    for (int i = 0; i < 2; i++) {
        assert_ok(gt_zip_begin(zip, names[i], 0, &err), err);
        assert_ok(gt_zip_append(zip, texts[i], strlen(texts[i]), &err), err);
        assert_ok(gt_zip_end(zip, NULL, &err), err);
    }
    assert_ok(gt_zip_commit(zip, &err), err);
    gt_zip_discard(zip);
    assert_ok(gt_file_open(path, &descriptor, &size, &err), err);
    assert_ok(gt_zip_list_open(descriptor, path, size, &list, &err), err);
    assert_ok(gt_zip_list_find(list, "a/one", &at, &length, &err), err);
    assert_ok(gt_file_read_at(descriptor, path, at, bytes, 5, &err), err);
    assert_memory_equal(bytes, "first", 5);
    gt_zip_list_close(list);
    close(descriptor);
}

int main(void) {
    const struct CMUnitTest tests[] = {TEST(test_forms), TEST(test_lies), TEST(test_cuts),
                                       TEST(test_own)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
