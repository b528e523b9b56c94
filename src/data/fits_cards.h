/* fits_cards.h (room: data, private) - what the headers of an image say: its own, or else the
 * primary one. */
#ifndef GALATEA_DATA_FITS_CARDS_H
#define GALATEA_DATA_FITS_CARDS_H

#include "fits_image.h"

/* The header that has a card, for its value and comment belong together; NULL: none. */
const gt_fits_cards *gt_fits_card(const gt_fits_image_info *info, const char *key,
                                  gt_fits_value *value);

enum { GT_FITS_TEXT = 4097 }; /* of a card, with its final zero */

/* The text of a card and of the CONTINUE cards behind it, with what is no printable ASCII shown
 * as '?'; "" where there is none. */
void gt_fits_text(const gt_fits_image_info *info, const char *key, char out[GT_FITS_TEXT]);

#endif
