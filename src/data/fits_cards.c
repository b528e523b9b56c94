/* fits_cards.c - see fits_cards.h. */
#include "fits_cards.h"

#include <stdio.h>

#include "text.h"

const gt_fits_cards *gt_fits_card(const gt_fits_image_info *info, const char *key,
                                  gt_fits_value *value) {
    if (gt_fits_find(&info->cards, key, value)) return &info->cards;
    return gt_fits_find(&info->primary, key, value) ? &info->primary : NULL;
}

void gt_fits_text(const gt_fits_image_info *info, const char *key, char out[GT_FITS_TEXT]) {
    gt_fits_value value;
    const gt_fits_cards *cards = gt_fits_card(info, key, &value);
    out[0] = 0;
    if (cards != NULL && !gt_fits_find_long(cards, key, out, GT_FITS_TEXT))
        snprintf(out, GT_FITS_TEXT, "%s", value.text);
    for (char *at = out; *at; at++)
        if (*at < ' ' || *at > '~') *at = '?';
    gt_text_restore(out);
}
