/* What a reader process says of an HDF5 file: an answer to each question, packed as readers do
 * and then changed. Each three bytes are a place among the answers, their lengths too, and what
 * is turned there. Whatever is said, it is taken apart within its bounds, and a shape is one
 * that the file could hold. */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fuzz.h"
#include "galatea/version.h"
#include "hdf5_asking.h"
#include "hdf5_internal.h"

enum { FILE_BYTES = 4096, ROWS = 6, WIDTH = 2, OFFSET = 1024, MOST_VALUES = 1 << 16 };

/* ---- what is said ---- */

static void say(gt_parcel *all, const gt_parcel *values) {
    gt_parcel head = {0};
    gt_put_count(&head, GT_OK);
    gt_put_text(&head, "");
    gt_put_count(&head, 1);
    gt_put_text(&head, "a remark");
    gt_put_count(all, head.size + values->size);
    gt_put_bytes(all, head.bytes, head.size);
    gt_put_bytes(all, values->bytes, values->size);
    GT_ASSERT(!all->failed && !head.failed && !values->failed);
    gt_parcel_free(&head);
}

static void say_texts(gt_parcel *all, const char *first) {
    const char *const texts[] = {first, "second"};
    gt_parcel values = {0};
    gt_put_texts(&values, texts, 2);
    say(all, &values);
    gt_parcel_free(&values);
}

/* (6,2) float32 in the file. */
static void say_shape(gt_parcel *all) {
    const uint64_t counts[] = {0,     GT_HDF5_F32,  sizeof(float), false,  2, ROWS,
                               WIDTH, ROWS * WIDTH, true,          OFFSET, 1};
    gt_parcel values = {0};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        gt_put_count(&values, counts[i]);
    say(all, &values);
    gt_parcel_free(&values);
}

/* In the order in which `ask` asks. */
static void pack(gt_parcel *all) {
    static const float rows[ROWS * WIDTH];
    gt_parcel values = {0};
    gt_put_text(&values, gt_version());
    say(all, &values);
    gt_parcel_clear(&values);
    gt_put_count(&values, true);
    say(all, &values);
    say_texts(all, "group/");
    say_shape(all);
    gt_parcel_clear(&values);
    gt_put_bytes(&values, rows, sizeof rows);
    say(all, &values);
    say_texts(all, "FRI");
    say_texts(all, "");
    gt_parcel_clear(&values);
    gt_put_real(&values, 0.5);
    say(all, &values);
    gt_parcel_free(&values);
}

static void change(const uint8_t *bytes, size_t size, gt_parcel *parcel) {
    for (; size >= 3; bytes += 3, size -= 3) {
        size_t place = ((size_t)bytes[0] << 8 | bytes[1]) % parcel->size;
        parcel->bytes[place] ^= bytes[2];
    }
}

/* A reader that has said all of it, and is gone. */
static gt_reader *make_reader(const gt_parcel *said) {
    gt_error err;
    gt_reader *reader = NULL;
    int pair[2];
    GT_ASSERT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
    GT_ASSERT(send(pair[1], said->bytes, said->size, 0) == (ssize_t)said->size);
    close(pair[1]);
    GT_ASSERT(gt_reader_meet(pair[0], "set.h5", &reader, &err) == GT_OK);
    return reader;
}

/* ---- what is asked ---- */

/* Touches all that a list claims, and ends it. */
static void look(char **names, size_t count) {
    volatile size_t length = 0;
    for (size_t i = 0; i < count; i++) length += strlen(names[i]);
    free((void *)names);
}

static void check_shape(const gt_hdf5_shape *s) {
    uint64_t items = 1;
    GT_ASSERT(s->rank > 0 && s->rank <= GT_HDF5_MAX_RANK && s->chunk_rows > 0);
    for (size_t i = 0; i < s->rank; i++)
        GT_ASSERT(!__builtin_mul_overflow(items, s->dims[i], &items));
    GT_ASSERT(items == s->items && items > 0);
    GT_ASSERT(!s->flat || s->offset + items * s->item_size <= FILE_BYTES);
}

static gt_status read_rows(const gt_hdf5_array *array, gt_error *err) {
    const gt_hdf5_shape *s = gt_hdf5_array_shape(array);
    bool is_text = s->type == GT_HDF5_TEXT;
    gt_hdf5_type type = is_text ? GT_HDF5_TEXT : GT_HDF5_F32;
    check_shape(s);
    if (s->items > MOST_VALUES) return gt_fail(err, GT_UNSUPPORTED, "more than is read here");
    unsigned char *rows = malloc((size_t)s->items * (is_text ? s->item_size : sizeof(float)));
    GT_ASSERT(rows);
    gt_status status = gt_hdf5_array_read(array, 0, (size_t)s->dims[0], type, rows, err);
    free(rows);
    return status;
}

static gt_status ask(const gt_hdf5 *file, gt_error *err) {
    gt_status status = GT_OK;
    gt_hdf5_array *array = NULL;
    char **names = NULL;
    size_t count = 0;
    double real;
    if (!gt_hdf5_has(file, "images")) GT_THROW(err, GT_NOT_FOUND, "nothing there");
    GT_TRY(gt_hdf5_list(file, "", &names, &count, err));
    look(names, count);
    GT_TRY(gt_hdf5_array_open(file, "images", &array, err));
    GT_TRY(read_rows(array, err));
    GT_TRY(gt_hdf5_value_names(array, &names, &count, err));
    look(names, count);
    GT_TRY(gt_hdf5_texts(file, array, "classes", &names, &count, err));
    look(names, count);
    GT_TRY(gt_hdf5_real(file, NULL, "scale", &real, err));
done:
    gt_hdf5_array_close(array);
    return status;
}

bool gt_fuzz_one(const uint8_t *bytes, size_t size) {
    gt_error err = {0};
    gt_parcel said = {0};
    pack(&said);
    change(bytes, size, &said);
    gt_hdf5 file = {.size = FILE_BYTES, .reader = make_reader(&said), .id = H5I_INVALID_HID};
    gt_status status = ask(&file, &err);
    GT_ASSERT(status == GT_OK || *err.text);
    gt_reader_end(file.reader);
    gt_parcel_free(&said);
    return status == GT_OK;
}
