/* fits_columns.h (room: data, private) - cards of headers as columns: those that are asked for
 * by name, OBJECT, FILTER and BUNIT where they differ, and how the pictures lie on the sky.
 *
 * A column is whole numbers, reals or texts, whichever holds the card's value of every file;
 * files without the card have a missing value. Unit and description are what the comment of the
 * first card says ("[s] exposure time"). */
#ifndef GALATEA_DATA_FITS_COLUMNS_H
#define GALATEA_DATA_FITS_COLUMNS_H

#include "fields.h"
#include "fits_image.h"
#include "fits_wcs.h"
#include "importer.h"

/* Scales of pixels that differ by less are one. */
#define GT_FITS_SAME_SCALE 1e-4

typedef struct gt_fits_columns gt_fits_columns;

/* What the request asks for. *out is yours. GT_USAGE for a name that no card can have. */
gt_status gt_fits_columns_create(const gt_fits_request *request, gt_fits_columns **out,
                                 gt_error *err);
void gt_fits_columns_destroy(gt_fits_columns *columns); /* accepts NULL */

/* Looks at the header of one object, and at its place. */
void gt_fits_columns_look(gt_fits_columns *columns, const gt_fits_image_info *info,
                          const gt_fits_place *place);

/* After the last one: which columns there are; lent until destroy. GT_NOT_FOUND for a card that
 * was asked for and that no file has. */
gt_status gt_fits_columns_finish(gt_fits_columns *columns, const gt_field **fields,
                                 size_t *count, gt_error *err);

/* Values of a picture, lent until the next call; NULL without columns. */
const gt_field_value *gt_fits_columns_fill(gt_fits_columns *columns,
                                           const gt_fits_image_info *info,
                                           const gt_fits_place *place);

#endif
