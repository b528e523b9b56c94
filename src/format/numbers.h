/* numbers.h (room: format) - whole and real numbers as files store them, of any size and order
 * of bytes, made floats. */
#ifndef GALATEA_FORMAT_NUMBERS_H
#define GALATEA_FORMAT_NUMBERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum gt_number_type {
    GT_NUMBER_U8,
    GT_NUMBER_I8,
    GT_NUMBER_U16,
    GT_NUMBER_I16,
    GT_NUMBER_U32,
    GT_NUMBER_I32,
    GT_NUMBER_U64,
    GT_NUMBER_I64,
    GT_NUMBER_F16,
    GT_NUMBER_F32,
    GT_NUMBER_F64
} gt_number_type;

/* value = zero + scale * stored */
typedef struct gt_numbers {
    gt_number_type type;
    bool big_endian;
    double scale, zero;
    bool has_blank;
    int64_t blank; /* as stored: no value, NaN */
} gt_numbers;

/* Numbers that are the values, scale 1 and no blank. */
gt_numbers gt_numbers_plain(gt_number_type type, bool big_endian);

/* Bytes of one. */
size_t gt_number_size(gt_number_type type);

/* Whether they are stored as floats of this machine. */
bool gt_numbers_are_floats(const gt_numbers *numbers);

/* What floats could not keep. */
typedef struct gt_rounding {
    uint64_t rounded; /* numbers that have more digits */
    uint64_t faint;   /* reals below the least float that has all its digits, FLT_MIN: fewer or
                         none of theirs are left */
} gt_rounding;

/* `count` values, each rounded once; scaled ones are computed in double, and a whole zero is
 * added to whole numbers as it is. *rounding grows by the stored numbers, with such a zero,
 * that have more digits than a float. */
void gt_numbers_to_floats(const gt_numbers *numbers, const void *stored, size_t count,
                          float *out, gt_rounding *rounding);

/* The same of values that are doubles already. */
void gt_rounding_count(const double *values, size_t count, gt_rounding *rounding);

/* The sentence about numbers of some type that floats could not keep; "" for none. noun: of one
 * of them, whose plural is formed with an s. Returns text. */
enum { GT_ROUNDED_TEXT = 256 };
const char *gt_rounded_text(gt_rounding rounding, const char *noun, const char *type,
                            char text[GT_ROUNDED_TEXT]);

#endif
