/* Fuzz target: pickled batches. Whatever is accepted has consistent sizes. */
#include <stdlib.h>

#include "fuzz.h"
#include "pickle.h"

static void must(int condition) {
    if (!condition) abort();
}

/* Touches every byte that an array or a text claims. */
static void check_value(const gt_pickle_value *value) {
    char text[300];
    unsigned sum = 0;
    if (value->kind == GT_PICKLE_ARRAY && value->array.type.kind != 0) {
        size_t bytes = value->array.type.item_size;
        for (size_t i = 0; i < value->array.rank; i++) bytes *= value->array.dims[i];
        must(bytes == value->array.length);
        for (size_t i = 0; i < bytes; i++) sum += value->array.bytes[i];
    }
    gt_status status = gt_pickle_text(value, text, sizeof text, NULL);
    must(status == GT_OK || status == GT_BAD_FORMAT);
    must(sum != 1234567891);
}

bool gt_fuzz_one(const uint8_t *data, size_t size) {
    static const char *const keys[] = {"labels", "data", "filenames", "label_names"};
    gt_pickle *pickle = NULL;
    gt_error err;
    if (gt_pickle_parse(data, size, &pickle, &err) != GT_OK) {
        must(err.text[0] != 0);
        return false;
    }
    const gt_pickle_value *root = gt_pickle_root(pickle);
    check_value(root);
    for (int k = 0; k < 4; k++) {
        const gt_pickle_value *list = gt_pickle_get(root, keys[k]);
        size_t count = 0;
        int64_t number;
        if (list == NULL || gt_pickle_count(list, &count, NULL) != GT_OK) continue;
        if (list->kind == GT_PICKLE_ARRAY && list->array.length == 0) continue;
        for (size_t i = 0; i < count; i++) {
            gt_pickle_value item = gt_pickle_item(list, i);
            check_value(&item);
            (void)gt_pickle_integer(&item, &number);
        }
    }
    gt_pickle_destroy(pickle);
    return true;
}
