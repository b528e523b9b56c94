/* stand_in_numbers.c - see stand_in_numbers.h. */
#include "stand_in_numbers.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "galatea/log.h"

/* 1e20, 1e30 and the like. */
static bool is_power(double value) {
    char text[GT_NUMBER_SIZE];
    bool is_large = fabs(value) > 1e18 && fabs(value) < 1e39;
    return is_large && strncmp(gt_stand_in_text(fabs(value), text), "1e", 2) == 0;
}

static bool is_least_integer(double value) {
    return value == INT16_MIN || value == INT32_MIN;
}

gt_stand_in_numbers gt_stand_in_numbers_none(void) {
    return (gt_stand_in_numbers){.low = INFINITY, .high = -INFINITY};
}

size_t gt_stand_in_numbers_place(gt_stand_in_numbers *numbers, double number) {
    size_t i = 0;
    while (i < numbers->seen_count && numbers->seen[i].value != number) i++;
    if (i < numbers->seen_count || i == GT_STAND_IN_SEEN) return i;
    numbers->seen[i].value = number;
    numbers->seen_count++;
    return i;
}

void gt_stand_in_numbers_add(gt_stand_in_numbers *numbers, double number, bool looks) {
    if (isnan(number)) return;
    numbers->rows++;
    if (!looks) {
        numbers->low = fmin(numbers->low, number);
        numbers->high = fmax(numbers->high, number);
        return;
    }
    size_t i = gt_stand_in_numbers_place(numbers, number);
    if (i < GT_STAND_IN_SEEN) numbers->seen[i].count++;
}

/* The shortest of a float that stands in a double, too. */
const char *gt_stand_in_text(double value, char text[GT_NUMBER_SIZE]) {
    double read = NAN;
    bool is_whole = value == trunc(value) && fabs(value) < 1e15;
    for (int digits = 5; digits < 10 && !is_whole && (double)(float)value == value; digits++) {
        snprintf(text, GT_NUMBER_SIZE, "%.*g", digits, value);
        if (gt_text_to_real(text, &read, NULL) == GT_OK && (float)read == (float)value)
            return text;
    }
    if (!is_whole) return gt_real_to_text(value, text);
    snprintf(text, GT_NUMBER_SIZE, "%.0f", value);
    return text;
}

/* -99, 99.99 and the like: at least two digits, all of them nines, or at least six at first, as
 * in the -999999500 of infrared surveys. */
bool gt_stand_in_is_nines(double value) {
    char text[GT_NUMBER_SIZE];
    size_t nines = 0;
    double size = fabs(value), power = 10;
    if (!(size > 9 && size < 1e10)) return false;
    while (power <= size) power *= 10;
    if (size < 0.9899 * power) return false; /* most, and no text is made of them */
    const char *at = gt_stand_in_text(size, text);
    for (; *at == '9' || *at == '.'; at++) nines += *at == '9';
    return nines >= (*at ? 6 : 2);
}

bool gt_stand_in_is_usual(double value) {
    return is_least_integer(value) || gt_stand_in_is_nines(value) || is_power(value);
}

/* The least integers may be what they are where others go as far up. */
bool gt_stand_in_is_far(const gt_stand_in_numbers *numbers, size_t index) {
    double value = numbers->seen[index].value;
    bool is_any = numbers->low <= numbers->high;
    if (is_least_integer(value) && numbers->high > -value / 2) return false;
    return is_any && (value < 0 ? numbers->low > value / 2 : numbers->high < value / 2);
}

const char *gt_stand_in_told(const gt_stand_in_numbers *numbers, size_t index,
                             char text[GT_STAND_IN_TOLD]) {
    char value[GT_NUMBER_SIZE];
    snprintf(text, GT_STAND_IN_TOLD,
             "%s in %" PRIu64 " of %" PRIu64 " rows, far from all others (%.4g to %.4g)",
             gt_stand_in_text(numbers->seen[index].value, value), numbers->seen[index].count,
             numbers->rows, numbers->low, numbers->high);
    return text;
}

void gt_stand_in_remark(const char *path, const char *column, const double *values,
                        size_t count) {
    char text[GT_STAND_IN_TOLD];
    gt_stand_in_numbers numbers = gt_stand_in_numbers_none();
    for (size_t i = 0; i < count; i++)
        gt_stand_in_numbers_add(&numbers, values[i], gt_stand_in_is_usual(values[i]));
    for (size_t i = 0; i < numbers.seen_count; i++)
        if (gt_stand_in_is_far(&numbers, i))
            gt_remark("%s: column '%.60s': %s; taken as they are", path, column,
                      gt_stand_in_told(&numbers, i, text));
}
