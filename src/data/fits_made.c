/* fits_made.c - see fits_made.h. */
#include "fits_made.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "galatea/image.h"
#include "text.h"

bool gt_fits_is_made_here(const gt_fits_image_info *info) {
    gt_fits_value value;
    return gt_fits_find(&info->cards, "CREATOR", &value) &&
           strncmp(value.text, "galatea ", 8) == 0;
}

static void take_text(const gt_fits_cards *cards, const char *key, char *out, size_t room) {
    gt_fits_find_long(cards, key, out, room);
    gt_text_restore(out);
}

static double take_real(const gt_fits_cards *cards, const char *key) {
    gt_fits_value value;
    double out;
    return gt_fits_find(cards, key, &value) && gt_fits_to_real(&value, &out) ? out : NAN;
}

static gt_value_range take_range(const gt_fits_cards *cards) {
    char stretch[GT_FITS_MADE_TEXT];
    gt_value_range out = {take_real(cards, "BLACK"), take_real(cards, "WHITE"), {0}};
    bool is_known = !gt_fits_find_long(cards, "STRETCH", stretch, sizeof stretch) ||
                    gt_stretch_read(stretch, &out.stretch);
    return is_known && gt_range_is_declared(out) ? out : gt_range_undeclared();
}

static void agree(char *text, const char *other) {
    if (strcmp(text, other) != 0) *text = 0;
}

void gt_fits_made_look(gt_fits_made *made, const gt_fits_image_info *info, bool is_first) {
    gt_fits_made now = {.range = gt_range_undeclared()};
    if (gt_fits_is_made_here(info)) {
        now.range = take_range(&info->cards);
        take_text(&info->cards, "SURVEY", now.survey, sizeof now.survey);
        take_text(&info->cards, "COLLECT", now.collection, sizeof now.collection);
        take_text(&info->cards, "BANDS", now.bands, sizeof now.bands);
        take_text(&info->cards, "PREPARED", now.preparation, sizeof now.preparation);
    }
    if (is_first) {
        *made = now;
        return;
    }
    agree(made->survey, now.survey);
    agree(made->collection, now.collection);
    agree(made->bands, now.bands);
    agree(made->preparation, now.preparation);
    if (!gt_range_is_same(made->range, now.range)) made->range = gt_range_undeclared();
}
