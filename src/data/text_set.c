/* text_set.c - a sorted list, searched by halves. */
#include "text_set.h"

#include <stdlib.h>
#include <string.h>

enum { CLASS_BYTES = 60000 };

size_t gt_text_set_place(const gt_text_set *set, const char *text, bool *is_there) {
    size_t low = 0, high = set->count;
    *is_there = false;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = strcmp(set->texts[middle], text);
        if (order == 0) *is_there = true;
        if (order == 0) return middle;
        *(order < 0 ? &low : &high) = order < 0 ? middle + 1 : middle;
    }
    return low;
}

gt_status gt_text_set_add(gt_text_set *set, const char *text, bool *fits, gt_error *err) {
    bool is_there;
    size_t place = gt_text_set_place(set, text, &is_there), length = strlen(text);
    if (is_there || length == 0) return GT_OK;
    if (length > set->longest) set->longest = length;
    *fits = set->count < GT_CLASSES_MOST && set->longest * (set->count + 1) <= CLASS_BYTES;
    if (!*fits) return GT_OK;
    char **more = realloc(set->texts, (set->count + 1) * sizeof *more);
    if (more != NULL) set->texts = more;
    char *copy = strdup(text);
    if (more == NULL || copy == NULL) {
        free(copy);
        return gt_fail(err, GT_NO_MEMORY, "out of memory for class names");
    }
    memmove(more + place + 1, more + place, (set->count - place) * sizeof *more);
    more[place] = copy;
    set->count++;
    return GT_OK;
}

gt_status gt_text_set_list(const gt_text_set *set, char ***out, gt_error *err) {
    size_t bytes = 0;
    for (size_t i = 0; i < set->count; i++) bytes += strlen(set->texts[i]) + 1;
    char **names = malloc(set->count * sizeof *names + bytes + 1);
    if (names == NULL) return gt_fail(err, GT_NO_MEMORY, "out of memory for class names");
    char *to = (char *)(names + set->count);
    for (size_t i = 0; i < set->count; i++) {
        size_t length = strlen(set->texts[i]) + 1;
        names[i] = memcpy(to, set->texts[i], length);
        to += length;
    }
    *out = names;
    return GT_OK;
}

void gt_text_set_free(gt_text_set *set) {
    for (size_t i = 0; i < set->count; i++) free(set->texts[i]);
    free(set->texts);
    *set = (gt_text_set){0};
}
