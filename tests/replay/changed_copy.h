/* changed_copy.h - recordings with one number changed, for tests of replay. */
#ifndef GT_TEST_CHANGED_COPY_H
#define GT_TEST_CHANGED_COPY_H

#include "galatea/safetensors.h"
#include "gt_test.h"

/* A copy in which one element of a tensor is another number; no such tensor: an equal copy. */
static inline void copy_changed(const char *from, const char *to, const char *tensor,
                                size_t element, float value) {
    gt_error err;
    gt_safetensors *file;
    gt_safetensors_writer *writer;
    assert_ok(gt_safetensors_open(from, &file, &err), err);
    assert_ok(gt_safetensors_writer_create(&writer, &err), err);
    size_t count = gt_safetensors_count(file);
    void **bytes = calloc(count, sizeof *bytes);
    for (size_t i = 0; i < gt_safetensors_metadata_count(file); ++i) {
        const char *key, *text = gt_safetensors_metadata_at(file, i, &key);
        assert_ok(gt_safetensors_writer_metadata(writer, key, text, &err), err);
    }
    for (size_t i = 0; i < count; ++i) {
        const gt_st_tensor *t = gt_safetensors_at(file, i);
        bytes[i] = malloc(t->bytes + 1);
        assert_ok(gt_safetensors_read_raw(file, t, bytes[i], t->bytes, &err), err);
        if (strcmp(t->name, tensor) == 0) ((float *)bytes[i])[element] = value;
        assert_ok(gt_safetensors_writer_add(writer, t->name, t->dtype, t->rank, t->shape,
                                            bytes[i], &err),
                  err);
    }
    assert_ok(gt_safetensors_writer_save(writer, to, 0, &err), err);
    for (size_t i = 0; i < count; ++i) free(bytes[i]);
    free(bytes);
    gt_safetensors_writer_destroy(writer);
    gt_safetensors_close(file);
}

#endif
