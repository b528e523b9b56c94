/* Fuzz target: npy headers. What is accepted has values to the file's last byte, each of which
 * can be read. */
#include <stdlib.h>

#include "fuzz.h"
#include "npy.h"

static void read_values(const gt_npy *array, const uint8_t *stored) {
    size_t count = (size_t)array->items;
    double *reals = malloc(count * sizeof *reals);
    int64_t *wholes = malloc(count * sizeof *wholes);
    float *floats = malloc(count * sizeof *floats);
    gt_rounding rounded = {0};
    if (!reals || !wholes || !floats) abort();
    gt_npy_reals(array, stored, count, reals);
    gt_npy_wholes(array, stored, count, wholes);
    gt_npy_floats(array, stored, count, floats, &rounded);
    free(reals);
    free(wholes);
    free(floats);
}

bool gt_fuzz_one(const uint8_t *data, size_t size) {
    gt_npy array;
    gt_error err = {0};
    if (gt_npy_parse(data, size, size, &array, &err) != GT_OK) {
        if (err.text[0] == 0) abort();
        return false;
    }
    if (array.offset + array.items * array.item_size != size) abort();
    if (!gt_npy_is_text(array.type)) {
        read_values(&array, data + array.offset);
        return true;
    }
    char *text = malloc(gt_npy_text_room(&array));
    if (!text) abort();
    for (uint64_t i = 0; i < array.items; i++)
        gt_npy_text(&array, data + array.offset + i * array.item_size, text);
    free(text);
    return true;
}
