/* fits_survey.h (room: data, private) - a first look at the headers of all files: what has to
 * be known of a set before its first picture is read. */
#ifndef GALATEA_DATA_FITS_SURVEY_H
#define GALATEA_DATA_FITS_SURVEY_H

#include "fits_cards.h"
#include "fits_columns.h"
#include "fits_image.h"
#include "fits_made.h"
#include "fits_objects.h"
#include "fits_opened.h"
#include "fits_planes.h"
#include "fits_wcs.h"
#include "importer.h"

/* What is kept of an object; of its first band, at the middle of the picture. */
typedef struct gt_fits_look {
    gt_fits_place place; /* NaN: unknown */
    uint64_t pictures;
    bool is_made_here; /* gt_fits_is_made_here */
    size_t id_bytes;   /* of the longest id of its pictures */
} gt_fits_look;

typedef struct gt_fits_survey {
    gt_fits_look *looks; /* one an object */
    size_t looked;       /* objects; fewer than all where one of them failed */
    uint64_t pictures;
    size_t channels, height, width; /* of the first */
    const char *type;               /* of the first */
    bool is_bytes, is_mixed;        /* of all; types differ */
    bool has_places;
    unsigned planes;           /* GT_PLANE_ bits that all files have */
    double scale_arcsec;       /* NaN: unknown, or not that of all */
    char filter[GT_FITS_TEXT]; /* FILTER and BUNIT of all, "" where they differ or have none */
    char unit[GT_FITS_TEXT];
    char bands[GT_FITS_BANDS]; /* names of the planes of all, as filter */
    gt_fits_made made;
    gt_fits_columns *columns;
    const gt_field *fields;
    size_t field_count;
    size_t id_bytes;
    char note[2048]; /* sentences with line feeds between */
} gt_fits_survey;

/* Opens every file once. To be freed in any case. */
gt_status gt_fits_survey_make(const gt_fits_objects *all, const gt_source_request *request,
                              gt_fits_survey *out, gt_error *err);
void gt_fits_survey_free(gt_fits_survey *survey);

/* What a picture is called: the object's name, or the text of the card that was asked for, and
 * ":7" behind it where the object has several. Returns its bytes. */
size_t gt_fits_name(const gt_source_request *request, const gt_fits_object *object,
                    const gt_fits_image_info *info, uint64_t pictures, uint64_t index,
                    char *out, size_t room);

/* Appends a sentence to notes. */
void gt_fits_note(char *notes, size_t room, const char *format, ...) GT_PRINTF(3, 4);

#endif
