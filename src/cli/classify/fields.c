/* fields.c - lines of a table on the screen. */
#include <string.h>

#include "print.h"

void gt_fields_add(gt_fields *f, size_t width, const char *text) {
    size_t length = strlen(text), room = sizeof f->text - f->length - 1;
    if (length > room) length = room;
    if (width > room) width = room;
    memcpy(f->text + f->length, text, length);
    if (length < width) memset(f->text + f->length + length, ' ', width - length);
    f->length += (length < width ? width : length) + 1;
    f->text[f->length - 1] = ' ';
}

void gt_fields_print(gt_fields *f) {
    while (f->length > 0 && f->text[f->length - 1] == ' ') f->length--;
    printf("%.*s\n", (int)f->length, f->text);
    f->length = 0;
}

static void spread_text(gt_spread s, size_t fits, char text[48]) {
    if (fits > 1)
        snprintf(text, 48, "%.3f +-%.3f", s.mean, s.deviation);
    else
        snprintf(text, 48, "%.3f", s.mean);
}

void gt_fields_share(gt_fields *f, gt_spread s, size_t fits, gt_interval range) {
    char text[48], whole[96];
    spread_text(s, fits, text);
    snprintf(whole, sizeof whole, "%s (%.2f-%.2f)", text, range.low, range.high);
    gt_fields_add(f, GT_SHARE_WIDTH, whole);
}

void gt_fields_spread(gt_fields *f, gt_spread s, size_t fits) {
    char text[48];
    spread_text(s, fits, text);
    gt_fields_add(f, GT_SPREAD_WIDTH, text);
}
