/* usual.c - see usual.h. */
#include "usual.h"

#include <stdlib.h>

gt_status gt_usual_open(const gt_option_table *table, size_t size, gt_usual *out,
                        gt_error *err) {
    gt_status status = GT_OK;
    out->values = calloc(1, size + 1);
    if (!out->values) GT_THROW(err, GT_NO_MEMORY, "no memory for settings");
    GT_TRY(gt_options_create(&out->options, err));
    if (table) GT_TRY(gt_options_add(out->options, table, out->values, err));
done:
    return status;
}

void gt_usual_close(gt_usual *usual) {
    gt_options_destroy(usual->options);
    free(usual->values);
    *usual = (gt_usual){0};
}
