/* sexagesimal.c - see sexagesimal.h. */
#include "sexagesimal.h"

#include <math.h>
#include <string.h>

#include "text.h"

static const char digits[] = "0123456789";

/* Digits, and a fraction where one is allowed; moves *at behind them. */
static bool read_number(const char **at, bool has_fraction, double *out) {
    char number[32];
    size_t length = strspn(*at, digits);
    if (length == 0) return false;
    if (has_fraction && (*at)[length] == '.') length += 1 + strspn(*at + length + 1, digits);
    if (length >= sizeof number) return false;
    memcpy(number, *at, length);
    number[length] = 0;
    if (number[length - 1] == '.') number[length - 1] = 0;
    *at += length;
    return gt_text_to_real(number, out, NULL) == GT_OK;
}

/* The sign behind a part: one of `signs`; the same blank or colon may stand behind all. */
static bool read_sign(const char **at, const char *signs, char *found) {
    *found = **at;
    if (*found == 0 || strchr(signs, *found) == NULL) return false;
    ++*at;
    while (*found == ' ' && **at == ' ') ++*at;
    return true;
}

bool gt_sexagesimal_read(const char *text, bool is_ra, double *degrees) {
    double part[3];
    char after[3];
    const char *at = text;
    bool is_negative = *at == '-';
    at += *at == '-' || *at == '+';
    if (!read_number(&at, false, &part[0]) || !read_sign(&at, ": hd", &after[0])) return false;
    bool is_lettered = after[0] == 'h' || after[0] == 'd';
    if (after[0] == 'h' && !is_ra) return false;
    if (!read_number(&at, false, &part[1]) ||
        !read_sign(&at, is_lettered ? "m" : ": ", &after[1]) ||
        (!is_lettered && after[1] != after[0]) || !read_number(&at, true, &part[2]))
        return false;
    if (is_lettered && !read_sign(&at, "s", &after[2])) return false;
    if (*at != 0 || part[1] >= 60 || part[2] >= 60) return false;
    double value = part[0] + (part[1] + part[2] / 60) / 60;
    if (is_ra && after[0] != 'd') value *= 15;
    *degrees = is_negative ? -value : value;
    return true;
}
