/* text.h (room: base) - numbers and names as text, the same in every locale.
 *
 * A number is accepted only if the whole string is the number: no blanks, no trailing letters,
 * no hexadecimal, no "inf" or "nan"; the decimal point is '.' whatever setlocale said. */
#ifndef GT_TEXT_H
#define GT_TEXT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "galatea/error.h"

/* Decimal whole number in the range of int64_t. GT_BAD_FORMAT with the text found otherwise. */
gt_status gt_text_to_int(const char *text, int64_t *out, gt_error *err);

/* Finite decimal number ("-1", ".5", "1e-3"). GT_BAD_FORMAT when it is not one, overflows, or
 * is so small that it would become zero. */
gt_status gt_text_to_real(const char *text, double *out, gt_error *err);

/* Room for any number printed by the functions below, with its final zero byte. */
enum { GT_NUMBER_SIZE = 40 };

/* Shortest of %.15g, %.16g, %.17g that gt_text_to_real turns back into the same bits. Values
 * that are not finite become "inf", "-inf" and "nan". Returns text. */
const char *gt_real_to_text(double value, char text[GT_NUMBER_SIZE]);

/* The same for single precision, %.6g to %.9g. */
const char *gt_float_to_text(float value, char text[GT_NUMBER_SIZE]);

/* At the beginning of a block that prints or reads numbers by other means: until it is left,
 * printf, scanf and strtod of this thread know the point alone, whatever setlocale said. */
#define GT_PLAIN_NUMBERS                                                          \
    void *gt_before_ __attribute__((cleanup(gt_plain_numbers_end), __unused__)) = \
        gt_plain_numbers_begin()
void *gt_plain_numbers_begin(void);
void gt_plain_numbers_end(void **before);

/* The entry of known[count] that a person most likely meant by word, or NULL when none is
 * near: at most a third of the letters wrong (left out, added, exchanged, swapped), or word is
 * the beginning of exactly one entry, a part of one (rate of learning-rate), or the first
 * letters of its parts (lr). Lends an entry of known. */
const char *gt_text_nearest(const char *word, const char *const *known, size_t count);

/* Room for a list of names in a sentence. */
enum { GT_NAMES_TEXT = 256 };

/* "'a b', 'c' and 3 more": names that may have blanks in them, as many as fit in room bytes
 * with the final zero. Returns out. */
const char *gt_text_listed(const char *const *names, size_t count, char *out, size_t room);

/* "1 image", "2 images": a count before what is counted, of which `noun` is the singular.
 * Returns text. */
enum { GT_COUNTED_SIZE = 64 };
const char *gt_text_counted(uint64_t count, const char *noun, char text[GT_COUNTED_SIZE]);

/* Bytes of the UTF-8 character that starts here, or 0 when none does: at a zero byte, at
 * overlong forms, surrogates and values above U+10FFFF. Reads no further than the first wrong
 * byte. */
size_t gt_utf8_length(const char *character);

/* Bytes of the UTF-8 character that starts here, or 0 when it must not reach a terminal as it
 * is: control characters (up to U+009F), and bytes that are not UTF-8. */
size_t gt_text_tame(const char *character);

/* Copies text, as much as fits in room bytes with the final zero, with what could drive a
 * terminal (gt_text_tame) shown as \xNN. Returns out. */
const char *gt_text_shown(const char *text, char *out, size_t room);

/* Undoes \xNN, as which FITS files have bytes that are no printable ASCII, where they are
 * characters of UTF-8 or control characters; all else stays. */
void gt_text_restore(char *text);

/* Writes text as a word of a shell, in quotes where it needs them. */
void gt_shell_word(FILE *stream, const char *text);

/* The same of a file in a line to type that a message tells; "FILE" for a name that is too long
 * to be told twice. Returns out. */
enum { GT_SHELL_TEXT = 256 };
const char *gt_shell_text(const char *path, char out[GT_SHELL_TEXT]);

/* A line to type with a file in it, cut to the room: in place of %s in `line` the file stands
 * as a word of a shell, of %p as a text of Python. Returns out. */
const char *gt_text_typed(const char *line, const char *path, char *out, size_t room);

/* Writes text as a JSON string with its quotes; bytes that are not UTF-8 become U+FFFD. */
void gt_json_string(FILE *stream, const char *text);
#endif
