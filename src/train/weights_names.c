/* weights_names.c - what programs put around the names of tensors. */
#include "weights_names.h"

#include <string.h>

static bool is_wrapper(const char *part, size_t length) {
    static const char *const wrappers[] = {"module", "_orig_mod", "_fsdp_wrapped_module",
                                           "_checkpoint_wrapped_module"};
    for (size_t i = 0; i < sizeof wrappers / sizeof *wrappers; i++)
        if (strlen(wrappers[i]) == length && memcmp(part, wrappers[i], length) == 0)
            return true;
    return false;
}

void gt_weight_name_plain(const char *name, char plain[GT_WEIGHT_NAME]) {
    size_t used = 0;
    while (*name && used + 1 < GT_WEIGHT_NAME) {
        size_t length = strcspn(name, "."), room = GT_WEIGHT_NAME - 1 - used;
        bool is_last = name[length] == 0;
        size_t taken = length + !is_last;
        if (is_last || !is_wrapper(name, length)) {
            size_t copied = taken < room ? taken : room;
            memcpy(plain + used, name, copied);
            used += copied;
        }
        name += taken;
    }
    plain[used] = 0;
}

bool gt_weight_name_is_counter(const char *plain) {
    static const char scaler[] = "scaler";
    const char *last = strrchr(plain, '.');
    size_t first = strcspn(plain, "."), length = sizeof scaler - 1;
    if (last && first >= length && strncmp(plain + first - length, scaler, length) == 0)
        return true;
    last = last ? last + 1 : plain;
    return strcmp(last, "num_batches_tracked") == 0 || strcmp(plain, "n_averaged") == 0;
}

void gt_weight_names_share(const gt_safetensors *file, char shared[GT_WEIGHT_NAME]) {
    char plain[GT_WEIGHT_NAME];
    bool is_first = true;
    shared[0] = 0;
    for (size_t i = 0; i < gt_safetensors_count(file); i++) {
        gt_weight_name_plain(gt_safetensors_at(file, i)->name, plain);
        if (gt_weight_name_is_counter(plain)) continue;
        if (is_first) memcpy(shared, plain, sizeof plain);
        size_t same = 0;
        while (shared[same] && shared[same] == plain[same]) same++;
        while (same && shared[same - 1] != '.') same--;
        shared[same] = 0;
        is_first = false;
    }
}
