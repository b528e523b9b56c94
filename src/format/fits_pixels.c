/* fits_pixels.c - see fits_pixels.h. */
#include "fits_pixels.h"

#include <math.h>

gt_status gt_fits_pixels_describe(const gt_fits_cards *cards, int bits, gt_fits_pixels *out,
                                  gt_error *err) {
    gt_status status = GT_OK;
    gt_fits_pixels p = {.bits = bits, .scale = 1};
    gt_fits_value value;
    GT_TRY(gt_fits_real(cards, "BSCALE", &p.scale, err));
    GT_TRY(gt_fits_real(cards, "BZERO", &p.zero, err));
    if (p.scale == 0) GT_THROW(err, GT_BAD_FORMAT, "BSCALE is 0, expected another number");
    p.has_blank = bits > 0 && gt_fits_find(cards, "BLANK", &value);
    if (p.has_blank)
        GT_TRY(gt_fits_whole(cards, "BLANK", 0, INT64_MIN, INT64_MAX, &p.blank, err));
    *out = p;
done:
    return status;
}

/* Numbers of the other sign are stored behind half their range: 0 is in the middle. */
static bool is_shifted(const gt_fits_pixels *p) {
    double half = p->bits == 8 ? -128 : p->bits > 0 ? ldexp(1, p->bits - 1) : 0;
    return half != 0 && p->scale == 1 && p->zero == half;
}

static bool is_plain(const gt_fits_pixels *p) {
    return p->scale == 1 && p->zero == 0;
}

const char *gt_fits_pixels_type(const gt_fits_pixels *p) {
    static const struct {
        int bits;
        const char *plain, *shifted, *scaled;
    } names[] = {{8, "uint8", "int8", "scaled uint8"},
                 {16, "int16", "uint16", "scaled int16"},
                 {32, "int32", "uint32", "scaled int32"},
                 {64, "int64", "uint64", "scaled int64"},
                 {-32, "float32", "float32", "scaled float32"},
                 {-64, "float64", "float64", "scaled float64"}};
    size_t i = 0;
    while (i < 5 && names[i].bits != p->bits) i++;
    return is_plain(p) ? names[i].plain : is_shifted(p) ? names[i].shifted : names[i].scaled;
}

bool gt_fits_pixels_are_bytes(const gt_fits_pixels *p) {
    return p->bits == 8 && is_plain(p) && !p->has_blank;
}

gt_numbers gt_fits_pixels_numbers(const gt_fits_pixels *p) {
    return (gt_numbers){.type = p->bits == 8     ? GT_NUMBER_U8
                                : p->bits == 16  ? GT_NUMBER_I16
                                : p->bits == 32  ? GT_NUMBER_I32
                                : p->bits == 64  ? GT_NUMBER_I64
                                : p->bits == -32 ? GT_NUMBER_F32
                                                 : GT_NUMBER_F64,
                        .big_endian = true,
                        .scale = p->scale,
                        .zero = p->zero,
                        .has_blank = p->has_blank,
                        .blank = p->blank};
}
