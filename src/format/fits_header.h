/* fits_header.h (room: format) - cards of FITS headers: 80 bytes each, "KEYWORD = value /
 * comment", up to END, and how many bytes of data a header announces.
 *
 * Nothing here reads behind the cards that it is given. Messages name the keyword, what it says
 * and what was expected, not the file. */
#ifndef GALATEA_FORMAT_FITS_HEADER_H
#define GALATEA_FORMAT_FITS_HEADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "galatea/error.h"

enum { GT_FITS_CARD = 80, GT_FITS_BLOCK = 2880, GT_FITS_VALUE = 72, GT_FITS_MOST_AXES = 999 };

/* Cards of one header without END. Lent. */
typedef struct gt_fits_cards {
    const char *text; /* count * GT_FITS_CARD bytes */
    size_t count;
} gt_fits_cards;

/* A value as it is written, without quotes and without blanks at its end. */
typedef struct gt_fits_value {
    char text[GT_FITS_VALUE];
    bool is_text; /* it was quoted */
} gt_fits_value;

/* The first card of a keyword, in capitals; of more than eight letters or several words
 * ("ESO TEL AIRM"): of the card HIERARCH. false: there is none with a value. */
bool gt_fits_find(const gt_fits_cards *cards, const char *key, gt_fits_value *out);

/* A text with those of the CONTINUE cards behind it, which are announced by '&' at its end; cut
 * to the room. false, and "" in out, where there is no such text. */
bool gt_fits_find_long(const gt_fits_cards *cards, const char *key, char *out, size_t room);

/* The same for numbered keywords: "NAXIS", 1. */
bool gt_fits_find_number(const gt_fits_cards *cards, const char *stem, size_t number,
                         gt_fits_value *out);

/* What stands behind the value's '/', also of the CONTINUE cards of a text, "" where there is
 * nothing; what is no printable ASCII is '?'. */
void gt_fits_comment(const gt_fits_cards *cards, const char *key, char out[GT_FITS_VALUE]);

/* Whole and real numbers, whose exponent Fortran may have written with a D. false: the text is
 * none, or not finite. */
bool gt_fits_to_int(const gt_fits_value *value, int64_t *out);
bool gt_fits_to_real(const gt_fits_value *value, double *out);

/* The same of a number that some programs write in quotes. */
bool gt_fits_to_quoted_real(const gt_fits_value *value, double *out);

/* A whole number from low to high that must be there, GT_BAD_FORMAT otherwise. `number` 0: the
 * keyword has none. */
gt_status gt_fits_whole(const gt_fits_cards *cards, const char *stem, size_t number,
                        int64_t low, int64_t high, int64_t *out, gt_error *err) GT_MUST_CHECK;

/* A finite number; *out is left alone where there is no such card. */
gt_status gt_fits_real(const gt_fits_cards *cards, const char *key, double *out,
                       gt_error *err) GT_MUST_CHECK;

/* Bytes of one value of a binary table's column, by the letter of its TFORM; 0: no such type.
 */
size_t gt_fits_type_width(char type);

/* A number of up to 8 bytes, the highest first, as FITS stores it. */
uint64_t gt_fits_bits(const unsigned char *at, size_t width);

/* Whether the card is there and says T. */
bool gt_fits_is_true(const gt_fits_cards *cards, const char *key);

/* EXTNAME, "" without one. */
void gt_fits_extname(const gt_fits_cards *cards, char out[GT_FITS_VALUE]);

/* Whether the unit of this number (0: the primary one) is meant by `hdu`: a number, "PRIMARY",
 * an EXTNAME, or "NAME,2" with EXTVER, which is 1 where a header has none. */
bool gt_fits_is_called(const gt_fits_cards *cards, int number, const char *hdu);

/* |BITPIX| / 8 * GCOUNT * (PCOUNT + product of the axes), as the standard has it, without the
 * bytes that fill the last block. */
gt_status gt_fits_data_bytes(const gt_fits_cards *cards, uint64_t *out,
                             gt_error *err) GT_MUST_CHECK;

#endif
