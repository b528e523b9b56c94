/* fits_made.h (room: data, private) - what the cards of FITS files say that Galatea wrote
 * (export_fits.c): of other programs' files they may mean something else. */
#ifndef GALATEA_DATA_FITS_MADE_H
#define GALATEA_DATA_FITS_MADE_H

#include "fits_image.h"
#include "galatea/imaging.h"

enum { GT_FITS_MADE_TEXT = 1024 };

/* What all files have in common; "" and undeclared where they differ or say nothing. */
typedef struct gt_fits_made {
    gt_value_range range;
    char survey[GT_FITS_MADE_TEXT], collection[GT_FITS_MADE_TEXT], bands[GT_FITS_MADE_TEXT];
    char preparation[GT_PREPARATION_ROOM];
} gt_fits_made;

/* Whether CREATOR says that Galatea wrote it. */
bool gt_fits_is_made_here(const gt_fits_image_info *info);

/* Looks at one header; is_first: nothing was looked at before. */
void gt_fits_made_look(gt_fits_made *made, const gt_fits_image_info *info, bool is_first);

#endif
