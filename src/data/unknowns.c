/* unknowns.c - -999 and its like become NaN. */
#include "unknowns.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <strings.h>

#include "text.h"

static const double whole_circle_arcsec = 360 * 3600.0;

bool gt_unknowns_says(double value) {
    static const double usual[] = {-99, -99.9, -99.99, -99.999, -999, -9999};
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
        if (value == usual[i] || value == (double)(float)usual[i]) return true;
    return !(fabs(value) < 1e18);
}

double gt_unknowns_scaled(double value, double factor) {
    return gt_unknowns_says(value) ? value : factor * value;
}

static bool is_angle(double degrees, double most) {
    if (isnan(degrees)) return true;
    return !gt_unknowns_says(degrees) && degrees >= -most && degrees <= most;
}

void gt_unknowns_position(gt_unknowns *unknowns, uint64_t row, double *ra, double *dec) {
    if (is_angle(*ra, 360) && is_angle(*dec, 90)) return;
    if (unknowns->positions++ == 0) {
        unknowns->position_row = row;
        unknowns->ra = *ra;
        unknowns->dec = *dec;
    }
    *ra = *dec = NAN;
}

void gt_unknowns_size(gt_unknowns *unknowns, uint64_t row, double *arcsec) {
    if (isnan(*arcsec) || (*arcsec >= 0 && *arcsec <= whole_circle_arcsec)) return;
    if (unknowns->sizes++ == 0) {
        unknowns->size_row = row;
        unknowns->size = *arcsec;
    }
    *arcsec = NAN;
}

void gt_unknowns_label(gt_unknowns *unknowns, uint64_t row, int64_t *label) {
    unknowns->minus_ones += *label == -1;
    unknowns->ones += *label == 1;
    unknowns->other_labels += *label != 1 && *label != -1;
    if (*label >= -1) return;
    if (unknowns->labels++ == 0) {
        unknowns->label_row = row;
        unknowns->label = *label;
    }
    *label = -1;
}

/* What tables write where a value is missing, as pandas, astropy, TOPCAT and IRAF do. Some of
 * it may be a text where others stand beside it: a sign, sodium, "none". */
static const gt_absence absences[] = {
    {"nan", true},       {"null", true},
    {"n/a", true},       {"#n/a", true},
    {"<na>", true},      {"--", true},
    {"---", true},       {"...", true},
    {"na", false},       {"#na", false},
    {"none", false},     {"nil", false},
    {"-", false},        {"?", false},
    {"-nan", false},     {"inf", false},
    {"-inf", false},     {"+inf", false},
    {"infinity", false}, {"indef", false},
    {"masked", false},   {"-9223372036854775808", false}}; /* the last: of TOPCAT and pandas */

const gt_absence *gt_absence_in(const char *text) {
    for (size_t i = 0; i < sizeof absences / sizeof *absences; i++)
        if (strcasecmp(text, absences[i].word) == 0) return &absences[i];
    return NULL;
}

bool gt_unknowns_is_no_name(const char *text) {
    const gt_absence *word = gt_absence_in(text);
    double number;
    if (*text == 0) return true;
    if (*text == '-' && gt_text_to_real(text, &number, NULL) == GT_OK && isfinite(number))
        return gt_unknowns_says(number);
    return word != NULL && word->is_of_texts;
}

const char *gt_unknowns_positions_text(const gt_unknowns *unknowns,
                                       char out[GT_UNKNOWNS_TEXT]) {
    if (unknowns->positions == 0) return NULL;
    snprintf(out, GT_UNKNOWNS_TEXT,
             "unknown positions: %" PRIu64 " (the first: ra %g, dec %g in row %" PRIu64
             " is no place on the sky)",
             unknowns->positions, unknowns->ra, unknowns->dec, unknowns->position_row);
    return out;
}

const char *gt_unknowns_sizes_text(const gt_unknowns *unknowns, char out[GT_UNKNOWNS_TEXT]) {
    if (unknowns->sizes == 0) return NULL;
    snprintf(out, GT_UNKNOWNS_TEXT,
             "unknown angular sizes: %" PRIu64 " (the first: %g in row %" PRIu64 " is no size)",
             unknowns->sizes, unknowns->size, unknowns->size_row);
    return out;
}

const char *gt_unknowns_labels_text(const gt_unknowns *unknowns, char out[GT_UNKNOWNS_TEXT]) {
    if (unknowns->labels == 0) return NULL;
    snprintf(out, GT_UNKNOWNS_TEXT,
             "labels below -1, taken as none: %" PRIu64 " (the first: %" PRId64
             " in row %" PRIu64 ")",
             unknowns->labels, unknowns->label, unknowns->label_row);
    return out;
}

void gt_unknowns_tell(const gt_unknowns *unknowns, FILE *notes) {
    char text[GT_UNKNOWNS_TEXT];
    if (gt_unknowns_positions_text(unknowns, text)) fprintf(notes, "%s\n", text);
    if (gt_unknowns_sizes_text(unknowns, text)) fprintf(notes, "%s\n", text);
    if (gt_unknowns_labels_text(unknowns, text)) fprintf(notes, "%s\n", text);
    if (unknowns->minus_ones > 0 && unknowns->ones > 0 && unknowns->other_labels == 0)
        fprintf(notes,
                "labels are -1 (in %" PRIu64 " rows) and 1: -1 is taken as none; two classes "
                "are 0 and 1\n",
                unknowns->minus_ones);
}

void gt_unknowns_tell_large(uint64_t count, FILE *notes) {
    if (count > 0)
        fprintf(notes,
                "whole numbers beyond 9223372036854775807, taken as missing: %" PRIu64 "\n",
                count);
}
