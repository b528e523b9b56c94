/* lost_digits.c - see lost_digits.h. */
#include "lost_digits.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "text.h"

enum { MANY = 16, SHOWN = 6 };

static size_t digits_of(double value) {
    char text[GT_NUMBER_SIZE];
    size_t count = 0;
    for (const char *at = gt_real_to_text(value, text); *at && *at != 'e'; at++)
        count += *at >= '0' && *at <= '9';
    return count;
}

void gt_lost_digits_see(gt_lost_digits *column, double value) {
    if (column->is_other || isnan(value)) return;
    if (value < 0 || value >= 0x1p64 || value != trunc(value)) column->is_other = true;
    if (column->has_many || value <= 0x1p53) return;
    column->has_many = digits_of(value) >= MANY;
}

void gt_lost_digits_text(const gt_lost_digits *columns, const gt_field *fields, size_t count,
                         char out[GT_LOST_DIGITS_TEXT]) {
    size_t found = 0, used = 0;
    *out = 0;
    for (size_t i = 0; i < count; i++) {
        if (columns[i].is_other || !columns[i].has_many || found++ >= SHOWN) continue;
        used += (size_t)snprintf(out + used, GT_LOST_DIGITS_TEXT - used, "%s'%.30s'",
                                 used ? ", " : "", fields[i].name);
    }
    if (found > 0)
        snprintf(out + used, GT_LOST_DIGITS_TEXT - used,
                 "%s: whole numbers beyond 2^53 kept as reals, which only have every second of "
                 "them; ids have lost their last digits before they came here",
                 found > SHOWN ? ", ..." : "");
}
