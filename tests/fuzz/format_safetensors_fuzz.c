/* format_safetensors_fuzz.c - any bytes: the reader either refuses them with a sentence that
 * begins with the file's name, or every array of the file can be found and read. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "galatea/safetensors.h"

static void read_tensor(const gt_safetensors *file, const gt_st_tensor *tensor) {
    gt_error err;
    size_t n = (size_t)tensor->elements;
    unsigned char *out = malloc(n * sizeof(double) + 1);
    GT_ASSERT(out);
    GT_ASSERT(gt_safetensors_find(file, tensor->name) == tensor);
    GT_ASSERT(gt_safetensors_read_raw(file, tensor, out, tensor->bytes, &err) == GT_OK);
    gt_status status = gt_safetensors_read_f32(file, tensor, (float *)out, n, &err);
    GT_ASSERT(status == GT_OK || tensor->dtype == GT_ST_BOOL);
    GT_ASSERT(gt_safetensors_read_f64(file, tensor, (double *)out, n, &err) == status);
    status = gt_safetensors_read_i64(file, tensor, (int64_t *)out, n, &err);
    GT_ASSERT(status == GT_OK || status == GT_BAD_FORMAT);
    free(out);
}

bool gt_fuzz_one(const uint8_t *bytes, size_t size) {
    gt_error err = {0};
    gt_safetensors *file = NULL;
    gt_status status = gt_safetensors_open_memory(bytes, size, "fuzz", &file, &err);
    GT_ASSERT((status == GT_OK) == (file != NULL));
    if (!file) {
        GT_ASSERT(err.status == status && strncmp(err.text, "fuzz", 4) == 0);
        return false;
    }
    for (size_t i = 0; i < gt_safetensors_count(file); i++)
        read_tensor(file, gt_safetensors_at(file, i));
    for (size_t i = 0; i < gt_safetensors_metadata_count(file); i++) {
        const char *key = NULL, *value = gt_safetensors_metadata_at(file, i, &key);
        GT_ASSERT(gt_safetensors_metadata(file, key) == value);
    }
    status = gt_safetensors_verify(file, &err);
    GT_ASSERT(status == GT_OK || strncmp(err.text, "fuzz", 4) == 0);
    gt_safetensors_close(file);
    return true;
}
