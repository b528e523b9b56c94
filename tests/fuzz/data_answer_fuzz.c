/* What a reader process says of a source: a description, a picture and where it lies, packed as
 * readers do and then changed. Each three bytes are a place in the parcel and what is turned
 * there. Whatever is said, it is taken apart within its bounds, and pictures are read from the
 * bytes that their file has. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flat.h"
#include "fuzz.h"
#include "source_parcel.h"

enum { PICTURES = 3, CHANNELS = 2, SIDE = 4, OFFSET = 7 };

static const char *const classes[] = {"FRI", "FRII"};
static const gt_field fields[] = {
    {.name = "redshift", .type = GT_FIELD_REAL, .unit = "km/s"},
    {.name = "count", .type = GT_FIELD_INTEGER},
    {.name = "survey", .type = GT_FIELD_TEXT, .length = 8, .description = "who"}};
static const gt_source_info info = {.count = PICTURES,
                                    .channels = CHANNELS,
                                    .height = SIDE,
                                    .width = SIDE,
                                    .type = "uint8",
                                    .columns = GT_COLUMN_LABEL | GT_COLUMN_RA | GT_COLUMN_DEC |
                                               GT_COLUMN_ID,
                                    .id_length = 8,
                                    .class_names = classes,
                                    .class_count = 2,
                                    .bands = "g,r",
                                    .pixel_scale_arcsec = 0.5,
                                    .range = {0, 1, {GT_CURVE_ASINH, 0.1}},
                                    .fields = fields,
                                    .field_count = 3,
                                    .note = "one\ntwo\n"};

static void pack(const char *path, gt_parcel *out) {
    static const gt_field_value values[] = {{.real = 0.5}, {.integer = 7}, {.text = "FIRST"}};
    const gt_flat flat = {
        .path = path,
        .offset = OFFSET,
        .count = PICTURES,
        .picture = {CHANNELS, SIDE, SIDE, {1, CHANNELS * SIDE, CHANNELS}}, /* channels last */
        .numbers = {.type = GT_NUMBER_U8, .scale = 1}};
    gt_picture picture = {.channels = CHANNELS,
                          .height = SIDE,
                          .width = SIDE,
                          .row = gt_dataset_row_default(),
                          .values = values};
    picture.row.label = 1;
    picture.row.id = "J0123";
    gt_source_put_info(out, &info);
    gt_source_put_picture(out, &picture, &info);
    gt_source_put_flat(out, &flat);
    GT_ASSERT(!out->failed);
}

static void change(const uint8_t *bytes, size_t size, gt_parcel *parcel) {
    for (; size >= 3; bytes += 3, size -= 3) {
        size_t place = ((size_t)bytes[0] << 8 | bytes[1]) % parcel->size;
        parcel->bytes[place] ^= bytes[2];
    }
}

/* Touches all that texts and lists claim. */
static size_t look(const gt_source_info *said, const gt_picture *picture) {
    size_t length = strlen(said->type) + (said->note ? strlen(said->note) : 0);
    for (size_t i = 0; i < said->class_count; i++) length += strlen(said->class_names[i]);
    for (size_t i = 0; i < said->field_count; i++) {
        length += strlen(said->fields[i].name);
        if (picture->values && said->fields[i].type == GT_FIELD_TEXT && picture->values[i].text)
            length += strlen(picture->values[i].text);
    }
    return length + (picture->row.id ? strlen(picture->row.id) : 0);
}

static gt_status read_pictures(const gt_flat *flat, gt_error *err) {
    gt_status status = GT_OK;
    gt_flat_file *file = NULL;
    gt_rounding rounded = {0};
    volatile float sum = 0;
    const size_t values = flat->picture.channels * flat->picture.height * flat->picture.width;
    GT_TRY(gt_flat_open(flat, &file, err));
    for (uint64_t i = 0; i < flat->count && i < PICTURES; i++) {
        const float *pixels;
        GT_TRY(gt_flat_read(file, i, &rounded, &pixels, err));
        for (size_t k = 0; k < values; k++) sum += pixels[k];
    }
done:
    gt_flat_close(file);
    return status;
}

bool gt_fuzz_one(const uint8_t *bytes, size_t size) {
    static const uint8_t pixels[OFFSET + PICTURES * CHANNELS * SIDE * SIDE];
    gt_error err = {0};
    gt_parcel parcel = {0};
    gt_source_lists lists = {0};
    gt_source_info said;
    gt_picture picture;
    gt_flat flat;
    const char *path = gt_fuzz_file("pictures", pixels, sizeof pixels);
    bool read = false;
    pack(path, &parcel);
    change(bytes, size, &parcel);
    gt_source_take_info(&parcel, &lists, &said);
    if (!parcel.failed) gt_source_take_picture(&parcel, &said, &lists, &picture);
    if (!parcel.failed) gt_source_take_flat(&parcel, &flat);
    if (gt_parcel_is_spent(&parcel)) {
        volatile size_t used = look(&said, &picture);
        (void)used;
        read = gt_flat_lies_in(&flat, gt_fuzz_folder()) && read_pictures(&flat, &err) == GT_OK;
    }
    gt_source_lists_free(&lists);
    gt_parcel_free(&parcel);
    return read;
}
