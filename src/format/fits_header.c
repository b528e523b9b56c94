/* fits_header.c - values of cards, and the size that they announce. */
#include "fits_header.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "text.h"

enum { VALUE_FROM = 10, KEY = 8 };

/* ---- values ---- */

/* Between quotes, of which two in a row stand for one. Returns what is behind. */
static const char *read_quoted(const char *at, const char *end, gt_fits_value *out) {
    size_t length = 0;
    for (; at < end && length + 1 < sizeof out->text; at++) {
        if (*at == '\'' && (at + 1 == end || at[1] != '\'')) break;
        at += *at == '\'';
        out->text[length++] = *at;
    }
    while (length > 0 && out->text[length - 1] == ' ') length--;
    out->text[length] = 0;
    out->is_text = true;
    return at;
}

static const char *read_value(const char *at, const char *end, gt_fits_value *out) {
    size_t length = 0;
    while (at < end && *at == ' ') at++;
    if (at < end && *at == '\'') return read_quoted(at + 1, end, out);
    while (at + length < end && at[length] != '/' && length + 1 < sizeof out->text) length++;
    const char *behind = at + length;
    while (length > 0 && at[length - 1] == ' ') length--;
    memcpy(out->text, at, length);
    out->text[length] = 0;
    out->is_text = false;
    return behind;
}

/* Where the value of a HIERARCH card of this name begins, NULL for another card. */
static const char *find_in_hierarch(const char *card, const char *key) {
    const char *at = card + KEY + 1, *end = card + GT_FITS_CARD;
    size_t length = strlen(key);
    if (memcmp(card, "HIERARCH ", KEY + 1) != 0) return NULL;
    if ((size_t)(end - at) <= length || memcmp(at, key, length) != 0) return NULL;
    for (at += length; at < end && *at == ' ';) at++;
    return at < end && *at == '=' ? at + 1 : NULL;
}

/* The first card of a keyword; *value is where its value begins. NULL: there is none. */
static const char *find_card(const gt_fits_cards *cards, const char *key, const char **value) {
    char name[VALUE_FROM + 1] = "";
    bool is_long = strlen(key) > KEY || strchr(key, ' ') != NULL;
    if (!is_long) snprintf(name, sizeof name, "%-8s= ", key);
    for (size_t i = 0; i < cards->count; i++) {
        const char *card = cards->text + i * GT_FITS_CARD;
        *value = NULL;
        if (is_long)
            *value = find_in_hierarch(card, key);
        else if (memcmp(card, name, VALUE_FROM) == 0)
            *value = card + VALUE_FROM;
        if (*value != NULL) return card;
    }
    return NULL;
}

bool gt_fits_find(const gt_fits_cards *cards, const char *key, gt_fits_value *out) {
    const char *value, *card = find_card(cards, key, &value);
    if (card == NULL) return false;
    read_value(value, card + GT_FITS_CARD, out);
    return out->is_text || out->text[0] != 0;
}

/* Whether the text of a card goes on in the one behind it: it ends in '&'. */
static bool goes_on(const gt_fits_cards *cards, const char *card, const gt_fits_value *part) {
    const char *next = card + GT_FITS_CARD;
    size_t length = strlen(part->text);
    return part->is_text && length > 0 && part->text[length - 1] == '&' &&
           next < cards->text + cards->count * GT_FITS_CARD &&
           memcmp(next, "CONTINUE  ", VALUE_FROM) == 0;
}

bool gt_fits_find_long(const gt_fits_cards *cards, const char *key, char *out, size_t room) {
    gt_fits_value part;
    const char *value, *card = find_card(cards, key, &value);
    size_t used = 0;
    out[0] = 0;
    if (card == NULL) return false;
    read_value(value, card + GT_FITS_CARD, &part);
    if (!part.is_text) return false;
    for (;;) {
        bool has_more = goes_on(cards, card, &part);
        if (has_more) part.text[strlen(part.text) - 1] = 0;
        snprintf(out + used, room - used, "%s", part.text);
        used += strlen(out + used);
        if (!has_more) return true;
        card += GT_FITS_CARD;
        read_value(card + VALUE_FROM, card + GT_FITS_CARD, &part);
    }
}

/* Adds what stands behind the '/', after a blank, as far as there is room. */
static void add_comment(const char *at, const char *end, char out[GT_FITS_VALUE]) {
    size_t length = strlen(out);
    while (at < end && *at != '/') at++;
    for (at += at < end; at < end && *at == ' ';) at++;
    if (at < end && length > 0 && length + 1 < GT_FITS_VALUE) out[length++] = ' ';
    for (; at < end && length + 1 < GT_FITS_VALUE; at++)
        out[length++] = *at < ' ' || *at > '~' ? '?' : *at;
    while (length > 0 && out[length - 1] == ' ') length--;
    out[length] = 0;
}

void gt_fits_comment(const gt_fits_cards *cards, const char *key, char out[GT_FITS_VALUE]) {
    gt_fits_value value;
    const char *at, *card = find_card(cards, key, &at);
    bool has_more = card != NULL;
    out[0] = 0;
    while (has_more) {
        at = read_value(at, card + GT_FITS_CARD, &value);
        add_comment(at, card + GT_FITS_CARD, out);
        has_more = goes_on(cards, card, &value);
        card += GT_FITS_CARD;
        at = card + VALUE_FROM;
    }
}

bool gt_fits_find_number(const gt_fits_cards *cards, const char *stem, size_t number,
                         gt_fits_value *out) {
    char key[32];
    snprintf(key, sizeof key, "%.6s%zu", stem, number);
    return gt_fits_find(cards, key, out);
}

bool gt_fits_to_int(const gt_fits_value *value, int64_t *out) {
    const char *text = value->text;
    if (*text == '+') text++;
    return !value->is_text && gt_text_to_int(text, out, NULL) == GT_OK;
}

bool gt_fits_to_real(const gt_fits_value *value, double *out) {
    char text[GT_FITS_VALUE];
    snprintf(text, sizeof text, "%s", value->text);
    for (char *at = text; *at; at++)
        if (*at == 'D' || *at == 'd') *at = 'e';
    return !value->is_text && gt_text_to_real(text + (*text == '+'), out, NULL) == GT_OK;
}

bool gt_fits_to_quoted_real(const gt_fits_value *value, double *out) {
    gt_fits_value bare = {.is_text = false};
    size_t before = strspn(value->text, " ");
    snprintf(bare.text, sizeof bare.text, "%s", value->text + before);
    for (size_t length = strlen(bare.text); length > 0 && bare.text[length - 1] == ' ';)
        bare.text[--length] = 0;
    return gt_fits_to_real(&bare, out);
}

/* ---- values that must be there ---- */

gt_status gt_fits_whole(const gt_fits_cards *cards, const char *stem, size_t number,
                        int64_t low, int64_t high, int64_t *out, gt_error *err) {
    char digits[24] = "", shown[4 * GT_FITS_VALUE];
    gt_fits_value value;
    if (number > 0) snprintf(digits, sizeof digits, "%zu", number);
    bool is_there = number > 0 ? gt_fits_find_number(cards, stem, number, &value)
                               : gt_fits_find(cards, stem, &value);
    if (!is_there) return gt_fail(err, GT_BAD_FORMAT, "no %s%s in its header", stem, digits);
    if (gt_fits_to_int(&value, out) && *out >= low && *out <= high) return GT_OK;
    gt_text_shown(value.text, shown, sizeof shown);
    if (low == high)
        return gt_fail(err, GT_BAD_FORMAT, "%s%s is %s, expected %" PRId64, stem, digits, shown,
                       low);
    return gt_fail(err, GT_BAD_FORMAT,
                   "%s%s is %s, expected a whole number from %" PRId64 " to %" PRId64, stem,
                   digits, shown, low, high);
}

gt_status gt_fits_real(const gt_fits_cards *cards, const char *key, double *out,
                       gt_error *err) {
    char shown[4 * GT_FITS_VALUE];
    gt_fits_value value;
    if (!gt_fits_find(cards, key, &value) || gt_fits_to_real(&value, out)) return GT_OK;
    return gt_fail(err, GT_BAD_FORMAT, "%s is %s, expected a number", key,
                   gt_text_shown(value.text, shown, sizeof shown));
}

bool gt_fits_is_true(const gt_fits_cards *cards, const char *key) {
    gt_fits_value value;
    return gt_fits_find(cards, key, &value) && !value.is_text && strcmp(value.text, "T") == 0;
}

/* ---- the size ---- */

static gt_status check_bits(int64_t bits, gt_error *err) {
    if (bits == 8 || bits == 16 || bits == 32 || bits == 64 || bits == -32 || bits == -64)
        return GT_OK;
    return gt_fail(err, GT_BAD_FORMAT,
                   "BITPIX is %" PRId64 ", expected 8, 16, 32, 64, -32 or -64", bits);
}

/* Of random groups the first axis, 0, says nothing. */
static gt_status multiply_axes(const gt_fits_cards *cards, int64_t axes, uint64_t *values,
                               gt_error *err) {
    gt_status status = GT_OK;
    int64_t side;
    *values = axes > 0;
    for (int64_t i = 1; i <= axes; i++) {
        GT_TRY(gt_fits_whole(cards, "NAXIS", (size_t)i, 0, INT64_MAX, &side, err));
        if (i == 1 && side == 0 && gt_fits_is_true(cards, "GROUPS")) side = 1;
        if (__builtin_mul_overflow(*values, (uint64_t)side, values))
            GT_THROW(err, GT_BAD_FORMAT, "the product of its axes is beyond 2^64");
    }
done:
    return status;
}

gt_status gt_fits_data_bytes(const gt_fits_cards *cards, uint64_t *out, gt_error *err) {
    gt_status status = GT_OK;
    int64_t bits, axes, groups = 1, extra = 0;
    uint64_t values;
    gt_fits_value value;
    GT_TRY(gt_fits_whole(cards, "BITPIX", 0, -64, 64, &bits, err));
    GT_TRY(check_bits(bits, err));
    GT_TRY(gt_fits_whole(cards, "NAXIS", 0, 0, GT_FITS_MOST_AXES, &axes, err));
    GT_TRY(multiply_axes(cards, axes, &values, err));
    if (gt_fits_find(cards, "PCOUNT", &value))
        GT_TRY(gt_fits_whole(cards, "PCOUNT", 0, 0, INT64_MAX, &extra, err));
    if (gt_fits_find(cards, "GCOUNT", &value))
        GT_TRY(gt_fits_whole(cards, "GCOUNT", 0, 0, INT64_MAX, &groups, err));
    if (__builtin_add_overflow(values, (uint64_t)extra, &values) ||
        __builtin_mul_overflow(values, (uint64_t)groups, &values) ||
        __builtin_mul_overflow(values, (uint64_t)(bits < 0 ? -bits : bits) / 8, &values) ||
        values > INT64_MAX)
        GT_THROW(err, GT_BAD_FORMAT, "its axes ask for more than 2^63 bytes");
    *out = values;
done:
    return status;
}

size_t gt_fits_type_width(char type) {
    static const char types[] = "LBAIJEKDPCQM";
    static const unsigned char widths[] = {1, 1, 1, 2, 4, 4, 8, 8, 8, 8, 16, 16};
    const char *at = type ? strchr(types, type) : NULL;
    return at ? widths[at - types] : 0;
}

uint64_t gt_fits_bits(const unsigned char *at, size_t width) {
    uint64_t value = 0;
    for (size_t i = 0; i < width; i++) value = value << 8 | at[i];
    return value;
}

void gt_fits_extname(const gt_fits_cards *cards, char out[GT_FITS_VALUE]) {
    gt_fits_value name;
    bool has_name = gt_fits_find(cards, "EXTNAME", &name);
    snprintf(out, GT_FITS_VALUE, "%s", has_name ? name.text : "");
}

static bool has_name(const gt_fits_cards *cards, const char *hdu) {
    char name[GT_FITS_VALUE];
    gt_fits_value value;
    int64_t wanted, version = 1;
    const char *comma = strrchr(hdu, ',');
    gt_fits_extname(cards, name);
    if (*name == 0) return false;
    if (strcasecmp(name, hdu) == 0) return true;
    if (comma == NULL || gt_text_to_int(comma + 1, &wanted, NULL) != GT_OK) return false;
    if (gt_fits_find(cards, "EXTVER", &value) && !gt_fits_to_int(&value, &version))
        return false;
    size_t length = (size_t)(comma - hdu);
    return strlen(name) == length && strncasecmp(name, hdu, length) == 0 && version == wanted;
}

bool gt_fits_is_called(const gt_fits_cards *cards, int number, const char *hdu) {
    int64_t wanted;
    if (gt_text_to_int(hdu, &wanted, NULL) == GT_OK) return wanted == number;
    return has_name(cards, hdu) || (number == 0 && strcasecmp(hdu, "PRIMARY") == 0);
}
