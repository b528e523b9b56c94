/* Words of the command line that a study takes apart: NAME=FILE, and lists of classifiers. */
#include <stdlib.h>
#include <string.h>

#include "classify/classify.h"
#include "fuzz.h"
#include "labels.h"

static void *const parts[GT_METHODS_AT_MOST];

static gt_status read_methods(const char *text, gt_error *err) {
    gt_methods methods;
    gt_status status = gt_methods_parse(text, parts, &methods, err);
    GT_ASSERT(status == GT_OK ? methods.count > 0 : *err->text);
    gt_methods_close(&methods);
    return status;
}

/* Only a text with a sign is read as a label: any other is the name of a file. */
bool gt_fuzz_one(const uint8_t *bytes, size_t size) {
    char *text = gt_fuzz_text(bytes, size);
    gt_error err = {0};
    gt_label label;
    gt_status status = gt_label_parse(text, &label, &err);
    GT_ASSERT(status == GT_OK ? strlen(label.name) < GT_LABEL_ROOM : *err.text);
    GT_ASSERT(status != GT_OK || strstr(text, label.path));
    bool read = status == GT_OK && *label.name;
    read |= read_methods(text, &err) == GT_OK;
    free(text);
    return read;
}
