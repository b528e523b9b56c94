/* hdf5_columns_texts.c - texts of columns as UTF-8, and of errors as notes have them. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "hdf5_columns_internal.h"
#include "utf8.h"

/* Where text is longer than the room it ends with a whole character. */
void gt_hdf5_text_take(const void *value, size_t bytes, char *out, size_t room) {
    size_t length = strnlen(value, bytes);
    char *utf8 = NULL;
    gt_utf8_from_latin1(value, length, &utf8, &length);
    const char *text = utf8 != NULL ? utf8 : value;
    if (length >= room)
        for (length = room - 1; length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80;)
            length--;
    memcpy(out, text, length);
    out[length] = 0;
    free(utf8);
}

gt_status gt_hdf5_texts_measure(gt_hdf5_columns *self, gt_hdf5_window *window, const char *name,
                                size_t *length, gt_error *err) {
    uint64_t latin1 = 0, too_long = 0;
    size_t longest = 0;
    *length = window->row_bytes;
    for (uint64_t row = 0; row < self->count; row++) {
        const void *value;
        char *utf8 = NULL;
        size_t size;
        gt_status status = gt_hdf5_window_row(window, row, &value, err);
        if (status) return status;
        size = strnlen(value, window->row_bytes);
        latin1 += gt_utf8_from_latin1(value, size, &utf8, &size);
        free(utf8);
        if (size > longest) longest = size;
        too_long += size > GT_HDF5_ID;
    }
    if (too_long > 0)
        fprintf(self->notes,
                "%" PRIu64 " of '%s' %s cut: longer than %d bytes, as UTF-8 has them\n",
                too_long, name, too_long == 1 ? "is" : "are", GT_HDF5_ID);
    if (latin1 == 0) return GT_OK;
    *length = longest < GT_HDF5_ID ? longest : GT_HDF5_ID;
    fprintf(self->notes, "'%s' is not all UTF-8: %" PRIu64 " of its bytes %s read as Latin-1\n",
            name, latin1, latin1 == 1 ? "is" : "are");
    return GT_OK;
}

const char *gt_hdf5_columns_reason(const gt_hdf5_columns *self, const gt_error *why) {
    size_t length = strlen(self->path);
    bool names_file = strncmp(why->text, self->path, length) == 0 &&
                      strncmp(why->text + length, ": ", 2) == 0;
    return why->text + (names_file ? length + 2 : 0);
}
