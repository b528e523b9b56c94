/* unknowns.h (room: data) - numbers by which catalogues say that they do not know.
 *
 * A position outside the sphere (right ascension -360 to 360, declination -90 to 90 degrees),
 * one of -99, -999 and -9999, and an angular size below zero or beyond the whole circle stand
 * for nothing. They become NaN, right ascension and declination together, and are counted; so
 * do labels below -1, which become -1. Labels -1 and 1 and no other are told: they are two
 * classes elsewhere, and here -1 is none. */
#ifndef GALATEA_DATA_UNKNOWNS_H
#define GALATEA_DATA_UNKNOWNS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { GT_UNKNOWNS_TEXT = 200 };

typedef struct gt_unknowns {
    uint64_t positions, sizes, labels;          /* rows that had such numbers */
    uint64_t position_row, size_row, label_row; /* the first of them */
    double ra, dec, size;                       /* what stood there */
    int64_t label;
    uint64_t minus_ones, ones, other_labels; /* rows by their label */
} gt_unknowns;

/* The position of a row; NaN for what is unknown or has no column. */
void gt_unknowns_position(gt_unknowns *unknowns, uint64_t row, double *ra, double *dec);
void gt_unknowns_size(gt_unknowns *unknowns, uint64_t row, double *arcsec);
void gt_unknowns_label(gt_unknowns *unknowns, uint64_t row, int64_t *label);

/* -99, -999, -9999, -99.9 to -99.999, and what is not finite or beyond 1e18. */
bool gt_unknowns_says(double value);

/* A number of a column in degrees or arcsec, by the factor of its unit; what says that it is
 * unknown says so in any unit, and stays. */
double gt_unknowns_scaled(double value, double factor);

/* A word that tables write where a value is missing. */
typedef struct gt_absence {
    const char *word;
    bool is_of_texts; /* among texts, too */
} gt_absence;

/* NULL: the text is none. */
const gt_absence *gt_absence_in(const char *text);

/* Whether a text in the place of a class's name says that there is none. */
bool gt_unknowns_is_no_name(const char *text);

/* A sentence about positions, sizes or labels in out, or NULL when all are known. */
const char *gt_unknowns_positions_text(const gt_unknowns *unknowns, char out[GT_UNKNOWNS_TEXT]);
const char *gt_unknowns_sizes_text(const gt_unknowns *unknowns, char out[GT_UNKNOWNS_TEXT]);
const char *gt_unknowns_labels_text(const gt_unknowns *unknowns, char out[GT_UNKNOWNS_TEXT]);

/* A line on each of these that were met. */
void gt_unknowns_tell(const gt_unknowns *unknowns, FILE *notes);

/* A line on whole numbers that int64 does not hold, which become missing. */
void gt_unknowns_tell_large(uint64_t count, FILE *notes);

#endif
