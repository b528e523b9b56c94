/* Fuzz target: weights of torch.save. What is accepted is described so that it can be opened,
 * and all arrays lie in the file. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "safetensors_internal.h"
#include "torch_file.h"

bool gt_fuzz_one(const uint8_t *data, size_t size) {
    gt_error err = {.text = "x"};
    char *text = NULL;
    gt_safetensors *file = NULL;
    const char *path = gt_fuzz_file("weights.pt", data, size);
    if (gt_torch_describe(path, &text, &err)) {
        if (err.text[0] == 0) abort();
        return false;
    }
    if (gt_st_open_described(path, text, &file, &err)) abort();
    for (size_t i = 0; i < gt_safetensors_count(file); i++) {
        const gt_st_tensor *tensor = gt_safetensors_at(file, i);
        void *bytes = malloc(tensor->bytes + 1);
        if (!bytes || gt_safetensors_read_raw(file, tensor, bytes, tensor->bytes, &err))
            abort();
        free(bytes);
    }
    gt_safetensors_close(file);
    free(text);
    return true;
}
