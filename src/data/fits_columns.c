/* fits_columns.c - one look at all headers decides on types, a second one gives values. */
#include "fits_columns.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fits_cards.h"
#include "fits_made.h"

enum { MOST_KEY = 60 };

typedef enum column_kind { CARD, SCALE, NORTH, MIRRORED } column_kind;

typedef struct column {
    column_kind kind;
    char key[MOST_KEY + 1];
    bool is_asked;    /* by name; others are kept where they say something */
    bool only_varied; /* what all files have in common is said elsewhere */
    bool is_seen, is_varied, has_gaps, is_real, is_text;
    size_t length;
    char first[GT_FITS_TEXT]; /* the first value seen */
    gt_fits_value comment;
    double low, high; /* of places */
} column;

struct gt_fits_columns {
    column *columns;
    size_t count;
    size_t *used; /* the columns behind the fields */
    gt_field_list fields;
    gt_field_value *values;
    char (*texts)[GT_FITS_TEXT];
};

/* ---- which are asked for ---- */

static column *add(gt_fits_columns *c, column_kind kind, const char *key) {
    column *out = &c->columns[c->count++];
    *out = (column){.kind = kind, .low = INFINITY, .high = -INFINITY};
    snprintf(out->key, sizeof out->key, "%s", key);
    return out;
}

static bool is_there(const gt_fits_columns *c, const char *key) {
    for (size_t i = 0; i < c->count; i++)
        if (c->columns[i].kind == CARD && strcmp(c->columns[i].key, key) == 0) return true;
    return false;
}

static gt_status add_asked(gt_fits_columns *c, const char *text, size_t length, gt_error *err) {
    char key[MOST_KEY + 1];
    if (length == 0 || length > MOST_KEY)
        return gt_fail(err, GT_USAGE,
                       "--cards: a name of %zu letters, expected EXPTIME,AIRMASS", length);
    for (size_t i = 0; i < length; i++) {
        key[i] = (char)toupper((unsigned char)text[i]);
        if (!isalnum((unsigned char)key[i]) && strchr("-_ .", key[i]) == NULL)
            return gt_fail(err, GT_USAGE,
                           "--cards %.*s: a card's name has letters, digits, - and _",
                           (int)length, text);
    }
    key[length] = 0;
    if (!is_there(c, key)) add(c, CARD, key)->is_asked = true;
    return GT_OK;
}

static size_t count_asked(const char *cards) {
    size_t count = 1;
    for (; cards != NULL && *cards; cards++) count += *cards == ',';
    return count;
}

/* Cards that most pictures have and that tables want; the card of ids is one already. */
static void add_usual(gt_fits_columns *c, const gt_fits_request *request) {
    static const char *const usual[] = {"OBJECT", "FILTER", "BUNIT"};
    for (size_t i = 0; i < 3; i++) {
        bool is_id = request->id != NULL && strcmp(request->id, usual[i]) == 0;
        bool is_known = i == 1 && request->bands != NULL; /* of several files, which differ */
        if (is_id || is_known || is_there(c, usual[i])) continue;
        add(c, CARD, usual[i])->only_varied = i > 0;
    }
    add(c, SCALE, "source_pixel_scale")->only_varied = true;
    add(c, NORTH, "north_angle");
    add(c, MIRRORED, "is_mirrored");
}

gt_status gt_fits_columns_create(const gt_fits_request *request, gt_fits_columns **out,
                                 gt_error *err) {
    gt_status status = GT_OK;
    size_t room = count_asked(request->cards) + 6;
    gt_fits_columns *c = calloc(1, sizeof *c);
    if (c == NULL) return gt_fail(err, GT_NO_MEMORY, "out of memory for columns");
    c->columns = calloc(room, sizeof *c->columns);
    c->used = calloc(room, sizeof *c->used);
    c->values = calloc(room, sizeof *c->values);
    c->texts = calloc(room, sizeof *c->texts);
    if (!c->columns || !c->used || !c->values || !c->texts)
        GT_THROW(err, GT_NO_MEMORY, "out of memory for columns");
    for (const char *at = request->cards; at != NULL;) {
        size_t length = strcspn(at, ",");
        GT_TRY(add_asked(c, at, length, err));
        at = at[length] ? at + length + 1 : NULL;
    }
    add_usual(c, request);
    *out = c;
    c = NULL;
done:
    gt_fits_columns_destroy(c);
    return status;
}

void gt_fits_columns_destroy(gt_fits_columns *c) {
    if (c == NULL) return;
    gt_field_list_free(&c->fields);
    free(c->columns);
    free(c->used);
    free(c->values);
    free(c->texts);
    free(c);
}

/* ---- looking ---- */

/* True and false are 1 and 0, as in tables. */
static bool to_whole(const gt_fits_value *value, int64_t *out) {
    bool is_true = strcmp(value->text, "T") == 0;
    bool is_logical = !value->is_text && (is_true || strcmp(value->text, "F") == 0);
    if (is_logical) *out = is_true;
    return is_logical || gt_fits_to_int(value, out);
}

static void look_at_card(column *c, const gt_fits_image_info *info) {
    char text[GT_FITS_TEXT];
    gt_fits_value value;
    int64_t whole;
    double real;
    const gt_fits_cards *cards = gt_fits_card(info, c->key, &value);
    if (cards == NULL) {
        c->has_gaps = true;
        return;
    }
    gt_fits_text(info, c->key, text);
    size_t length = strlen(text);
    if (length > c->length) c->length = length;
    bool is_whole = to_whole(&value, &whole) && whole != GT_FIELD_NO_INTEGER;
    bool is_real = is_whole || gt_fits_to_real(&value, &real);
    c->is_real |= !is_whole;
    c->is_text |= !is_real;
    c->is_varied |= c->is_seen && strcmp(text, c->first) != 0;
    if (!c->is_seen) {
        snprintf(c->first, sizeof c->first, "%s", text);
        gt_fits_comment(cards, c->key, c->comment.text);
    }
    c->is_seen = true;
}

static double place_value(const column *c, const gt_fits_place *place) {
    if (c->kind == SCALE) return place->scale_arcsec;
    if (c->kind == NORTH) return place->north;
    return isnan(place->north) ? NAN : place->is_mirrored;
}

static void look_at_place(column *c, const gt_fits_place *place) {
    double value = place_value(c, place);
    c->is_seen |= !isnan(value);
    c->low = fmin(c->low, value);
    c->high = fmax(c->high, value);
}

/* The tables of files that Galatea wrote have the turn as columns already. */
void gt_fits_columns_look(gt_fits_columns *c, const gt_fits_image_info *info,
                          const gt_fits_place *place) {
    bool is_told = gt_fits_is_made_here(info);
    for (size_t i = 0; i < c->count; i++)
        if (c->columns[i].kind == CARD)
            look_at_card(&c->columns[i], info);
        else if (c->columns[i].kind == SCALE || !is_told)
            look_at_place(&c->columns[i], place);
}

/* ---- the fields ---- */

static bool is_kept(const column *c) {
    if (!c->is_seen) return false;
    if (c->kind == SCALE) return c->high > c->low * (1 + GT_FITS_SAME_SCALE);
    if (c->kind == MIRRORED) return c->high > 0;
    return !c->only_varied || c->is_varied || c->has_gaps;
}

/* "[unit] description", as the FITS standard writes comments. */
static void split_comment(char *comment, gt_field *field) {
    char *end = comment[0] == '[' ? strchr(comment, ']') : NULL;
    if (end != NULL) {
        *end = 0;
        if (comment[1] != 0) field->unit = comment + 1;
        for (comment = end + 1; *comment == ' ';) comment++;
    }
    if (comment[0] != 0) field->description = comment;
}

static gt_status add_field(gt_fits_columns *all, size_t index, gt_error *err) {
    column *c = &all->columns[index];
    gt_field field = {.name = c->key, .type = GT_FIELD_REAL};
    if (c->kind == CARD) {
        field.type = c->is_text ? GT_FIELD_TEXT : c->is_real ? GT_FIELD_REAL : GT_FIELD_INTEGER;
        field.length = c->is_text ? c->length + (c->length == 0) : 0;
        split_comment(c->comment.text, &field);
    } else if (c->kind == SCALE) {
        field.unit = "arcsec";
        field.description = "root of the area of a pixel of the file";
        field.ucd = "instr.pixel";
    } else if (c->kind == NORTH) {
        field.unit = "deg";
        field.description = "from the top of the file's picture to north, counterclockwise";
        field.ucd = "pos.posAng";
    } else {
        field.type = GT_FIELD_INTEGER;
        field.description = "1: east is clockwise of north in the file's picture";
    }
    all->used[all->fields.count] = index;
    return gt_field_list_add(&all->fields, &field, err);
}

gt_status gt_fits_columns_finish(gt_fits_columns *c, const gt_field **fields, size_t *count,
                                 gt_error *err) {
    gt_status status = GT_OK;
    for (size_t i = 0; i < c->count; i++) {
        if (c->columns[i].is_asked && !c->columns[i].is_seen)
            GT_THROW(err, GT_NOT_FOUND, "--cards %s: no file has this card", c->columns[i].key);
        if (is_kept(&c->columns[i])) GT_TRY(add_field(c, i, err));
    }
    *fields = c->fields.fields;
    *count = c->fields.count;
done:
    return status;
}

/* ---- values ---- */

/* What the file had when it was looked at; a card that became another in between is missing. */
static gt_field_value card_value(gt_fits_columns *all, size_t at, const char *key,
                                 const gt_fits_image_info *info) {
    const gt_field *field = &all->fields.fields[at];
    gt_field_value out = gt_field_missing(field);
    gt_fits_value value;
    double real;
    int64_t whole;
    if (gt_fits_card(info, key, &value) == NULL) return out;
    if (field->type == GT_FIELD_TEXT) {
        gt_fits_text(info, key, all->texts[at]);
        out.text = all->texts[at];
    } else if (field->type == GT_FIELD_REAL && gt_fits_to_real(&value, &real)) {
        out.real = real;
    } else if (field->type == GT_FIELD_REAL && to_whole(&value, &whole)) {
        out.real = (double)whole;
    } else if (field->type == GT_FIELD_INTEGER && to_whole(&value, &whole)) {
        out.integer = whole;
    }
    return out;
}

const gt_field_value *gt_fits_columns_fill(gt_fits_columns *all, const gt_fits_image_info *info,
                                           const gt_fits_place *place) {
    for (size_t i = 0; i < all->fields.count; i++) {
        const column *c = &all->columns[all->used[i]];
        double value = c->kind == CARD ? NAN : place_value(c, place);
        if (c->kind == CARD)
            all->values[i] = card_value(all, i, c->key, info);
        else if (c->kind != MIRRORED)
            all->values[i].real = value;
        else
            all->values[i].integer = isnan(value) ? GT_FIELD_NO_INTEGER : value > 0;
    }
    return all->fields.count > 0 ? all->values : NULL;
}
