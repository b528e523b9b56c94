/* Conditions on columns, as --where takes them: they are understood, and then decide about any
 * row, or are refused in a sentence. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "selection.h"

static const char *const classes[] = {"FRI", "FRII"};
static const gt_field fields[] = {
    {.name = "redshift", .type = GT_FIELD_REAL},
    {.name = "count", .type = GT_FIELD_INTEGER},
    {.name = "survey", .type = GT_FIELD_TEXT, .length = 8},
};

bool gt_fuzz_one(const uint8_t *bytes, size_t size) {
    const gt_source_info info = {.count = 3,
                                 .columns = GT_COLUMN_LABEL | GT_COLUMN_SPLIT | GT_COLUMN_RA |
                                            GT_COLUMN_DEC | GT_COLUMN_ID,
                                 .id_length = 8,
                                 .class_names = classes,
                                 .class_count = 2,
                                 .fields = fields,
                                 .field_count = 3};
    const gt_field_value values[] = {{.real = 0.5}, {.integer = 7}, {.text = "FIRST"}};
    gt_selection chosen = {0};
    gt_error err = {0};
    char *text = gt_fuzz_text(bytes, size);
    gt_status status = gt_selection_parse(text, "train", &info, &chosen, &err);
    if (status == GT_OK) {
        gt_picture picture = {.row = gt_dataset_row_default(), .values = values};
        bool one = gt_selection_takes(&chosen, &picture);
        GT_ASSERT(one == gt_selection_takes(&chosen, &picture));
        picture.values = NULL;
        (void)gt_selection_takes(&chosen, &picture);
    } else {
        GT_ASSERT(*err.text);
    }
    free(text);
    return status == GT_OK;
}
