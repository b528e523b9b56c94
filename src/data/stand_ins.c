/* stand_ins.c - see stand_ins.h. */
#include "stand_ins.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "columns.h"
#include "galatea/image.h"
#include "span.h"
#include "stand_in_numbers.h"
#include "text.h"

enum { MOST_TOLD = 64, MOST_COLUMNS_TOLD = 6, FEW = 4, FAR = 10 };

/* Columns of numbers that are no fields; they count on behind these. */
static const size_t own_places[] = {GT_PLACE_LABEL, GT_PLACE_RA, GT_PLACE_DEC,
                                    GT_PLACE_ANGULAR_SIZE};
enum { OWN = sizeof own_places / sizeof *own_places };

/* Where a number of pixels that looks like one was met. */
typedef struct meeting {
    uint64_t pictures, last; /* how many, and the number of the last */
    char first[128];         /* picture */
    float low, high;         /* of the others beside it */
} meeting;

typedef struct told {
    size_t field; /* of the source, or behind those; SIZE_MAX: any of numbers */
    double value;
} told;

struct gt_stand_ins {
    const gt_source_info *source;
    told blanks[MOST_TOLD], missing[MOST_TOLD];
    size_t blank_count, missing_count;
    gt_field_value *values;       /* of a row */
    gt_stand_in_numbers *columns; /* of the source's fields, and OWN behind them */
    gt_stand_in_numbers pixels;   /* each counted */
    meeting meetings[GT_STAND_IN_SEEN];
    uint64_t pictures; /* looked at */
};

/* ---- what is told ---- */

/* SIZE_MAX: there is none. */
static size_t find_column(const gt_source_info *source, const char *name) {
    size_t field = gt_field_find(source->fields, source->field_count, name);
    if (field < source->field_count) return field;
    for (size_t i = 0; i < OWN; i++) {
        const gt_column *own = &gt_columns[own_places[i]];
        if ((source->columns & own->bit) && gt_column_is_called(own, name))
            return source->field_count + i;
    }
    return SIZE_MAX;
}

static gt_status read_item(const char *option, const char *item, const gt_source_info *source,
                           told *out, gt_error *err) {
    const char *equals = source != NULL ? strrchr(item, '=') : NULL;
    char name[GT_FIELD_NAME + 1];
    *out = (told){.field = SIZE_MAX};
    if (gt_text_to_real(equals ? equals + 1 : item, &out->value, NULL) != GT_OK)
        return gt_fail(err, GT_USAGE, "--%s %s: expected %s", option, item,
                       source ? "numbers, or COLUMN=NUMBER, with commas between, as z=-99,-999"
                              : "numbers with commas between, as -9999,-999");
    if (equals == NULL) return GT_OK;
    snprintf(name, sizeof name, "%.*s", (int)(equals - item), item);
    out->field = find_column(source, name);
    if (out->field == SIZE_MAX)
        return gt_fail(err, GT_USAGE, "--%s %s: no column '%s' among those of the pictures",
                       option, item, name);
    if (out->field < source->field_count && source->fields[out->field].type == GT_FIELD_TEXT)
        return gt_fail(err, GT_USAGE, "--%s %s: the column '%s' holds texts, expected numbers",
                       option, item, name);
    return GT_OK;
}

/* Names may have commas: an item ends at the first comma up to which it is one. *text moves
 * behind it; NULL: that was the last. */
static gt_status next_item(const char *option, const char **text, const gt_source_info *source,
                           told *out, gt_error *err) {
    gt_status first = GT_OK;
    size_t length = strcspn(*text, ",");
    for (;;) {
        gt_error unused;
        char *item = strndup(*text, length);
        if (item == NULL) return gt_fail(err, GT_NO_MEMORY, "out of memory for a list");
        gt_status status = read_item(option, item, source, out, first ? &unused : err);
        free(item);
        if (status == GT_OK) {
            *text = (*text)[length] ? *text + length + 1 : NULL;
            return GT_OK;
        }
        if (!first) first = status; /* which is told */
        if (length == 0 || (*text)[length] == 0 || source == NULL) return first;
        length += 1 + strcspn(*text + length + 1, ",");
    }
}

/* source: NULL where columns mean nothing. */
static gt_status read_list(const char *option, const char *text, const gt_source_info *source,
                           told *out, size_t *count, gt_error *err) {
    while (text != NULL) {
        if (*count == MOST_TOLD)
            return gt_fail(err, GT_USAGE, "--%s: expected at most %d numbers", option,
                           MOST_TOLD);
        gt_status status = next_item(option, &text, source, &out[(*count)++], err);
        if (status) return status;
    }
    return GT_OK;
}

gt_status gt_stand_ins_open(const gt_import_settings *settings, const gt_source_info *source,
                            gt_stand_ins **out, gt_error *err) {
    gt_status status = GT_OK;
    size_t fields = source->field_count;
    gt_stand_ins *self = calloc(1, sizeof *self);
    if (self == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for columns");
    self->source = source;
    self->values = calloc(fields + 1, sizeof *self->values);
    self->columns = calloc(fields + OWN, sizeof *self->columns);
    if (self->values == NULL || self->columns == NULL)
        GT_THROW(err, GT_NO_MEMORY, "out of memory for columns");
    for (size_t i = 0; i < fields + OWN; i++) self->columns[i] = gt_stand_in_numbers_none();
    GT_TRY(read_list("blank", settings->blank, NULL, self->blanks, &self->blank_count, err));
    GT_TRY(read_list("missing", settings->missing, source, self->missing, &self->missing_count,
                     err));
    *out = self;
    self = NULL;
done:
    gt_stand_ins_close(self);
    return status;
}

void gt_stand_ins_close(gt_stand_ins *self) {
    if (self == NULL) return;
    free(self->values);
    free(self->columns);
    free(self);
}

/* NaN for what is missing, or no number. */
static double number_of(const gt_field *field, gt_field_value value) {
    if (field->type == GT_FIELD_REAL) return value.real;
    bool is_there = field->type == GT_FIELD_INTEGER && value.integer != GT_FIELD_NO_INTEGER;
    return is_there ? (double)value.integer : NAN;
}

/* 99.99 is also what a float has of it. */
static bool is_same(double number, double value) {
    return number == value ||
           ((double)(float)number == number && (float)number == (float)value);
}

/* Is this number of a column said to be none? No number is of all columns and of labels too: of
 * classes 0 and 1 are often meant. */
static bool is_missing(const gt_stand_ins *self, size_t at, double number) {
    bool is_label = at == self->source->field_count, is_none = false;
    for (size_t k = 0; k < self->missing_count; k++) {
        const told *t = &self->missing[k];
        bool is_meant = t->field == SIZE_MAX ? !is_label : t->field == at;
        is_none |= is_meant && is_same(number, t->value);
    }
    return is_none;
}

static double own_number(const gt_dataset_row *row, size_t which) {
    double label = row->label < 0 ? NAN : row->label;
    const double all[OWN] = {label, row->ra, row->dec, row->angular_size};
    return all[which];
}

static void miss_own(const gt_stand_ins *self, gt_dataset_row *row) {
    bool is_none[OWN];
    for (size_t i = 0; i < OWN; i++)
        is_none[i] = is_missing(self, self->source->field_count + i, own_number(row, i));
    if (is_none[0]) row->label = -1;
    if (is_none[1] || is_none[2]) row->ra = row->dec = NAN;
    if (is_none[3]) row->angular_size = NAN;
}

void gt_stand_ins_miss(gt_stand_ins *self, gt_picture *picture) {
    const gt_source_info *source = self->source;
    if (self->missing_count == 0) return;
    miss_own(self, &picture->row);
    if (picture->values == NULL) return;
    for (size_t i = 0; i < source->field_count; i++) {
        double number = number_of(&source->fields[i], picture->values[i]);
        bool is_none = is_missing(self, i, number);
        self->values[i] = is_none ? gt_field_missing(&source->fields[i]) : picture->values[i];
    }
    picture->values = self->values;
}

void gt_stand_ins_blank(const gt_stand_ins *self, float *pixels, size_t count) {
    for (size_t k = 0; k < self->blank_count; k++) {
        float blank = (float)self->blanks[k].value;
        for (size_t i = 0; i < count; i++)
            if (pixels[i] == blank) pixels[i] = NAN;
    }
}

/* ---- what looks like one ---- */

/* How many of the pixels are `end`, their lowest or (sign -1) their highest; 0 where another
 * one lies no further than `limit` from there. */
static size_t count_end(const float *pixels, size_t count, float end, float limit, float sign) {
    size_t same = 0, near = 0;
    for (size_t i = 0; i < count; i++) same += pixels[i] == end;
    for (size_t i = 0; i < count; i++) near += sign * pixels[i] <= sign * limit;
    return near == same ? same : 0;
}

static bool vary(const float *pixels, size_t count, float end, meeting *others) {
    float low = INFINITY, high = -INFINITY;
    for (size_t i = 0; i < count; i++) {
        if (!(fabsf(pixels[i]) < GT_IMAGE_HUGE) || pixels[i] == end) continue;
        low = fminf(low, pixels[i]);
        high = fmaxf(high, pixels[i]);
    }
    others->low = low;
    others->high = high;
    return low < high;
}

static void add_pixels(gt_stand_ins *self, float value, size_t count, const meeting *others,
                       const char *name) {
    size_t place = gt_stand_in_numbers_place(&self->pixels, (double)value);
    if (place == GT_STAND_IN_SEEN) return;
    meeting *met = &self->meetings[place];
    if (self->pixels.seen[place].count == 0) {
        *met = (meeting){.low = INFINITY, .high = -INFINITY};
        snprintf(met->first, sizeof met->first, "%s", name);
    }
    self->pixels.seen[place].count += count;
    met->pictures += met->last != self->pictures;
    met->last = self->pictures;
    met->low = fminf(met->low, others->low);
    met->high = fmaxf(met->high, others->high);
}

/* One end of a channel that goes from it to `other`. */
static void look_at_end(gt_stand_ins *self, const float *pixels, size_t count, float end,
                        float other, const char *name) {
    float sign = end <= other ? 1 : -1;
    bool is_known = sign > 0 && end < 0 && gt_stand_in_is_usual((double)end);
    float limit = is_known ? end / 2 : other - (other - end) / (1 + FAR);
    size_t same = count_end(pixels, count, end, limit, sign);
    meeting others;
    if (same == 0 || (!is_known && same < FEW)) return;
    bool do_vary = vary(pixels, count, end, &others);
    if (is_known || do_vary) add_pixels(self, end, same, &others, name);
}

void gt_stand_ins_look_at_pixels(gt_stand_ins *self, const float *pixels, size_t channels,
                                 size_t count, const char *name) {
    if (self->source->is_bytes || self->source->is_codes) return;
    self->pictures++;
    for (size_t c = 0; c < channels; c++, pixels += count) {
        float low = INFINITY, high = -INFINITY;
        gt_span_grow(pixels, count, &low, &high);
        if (!(fabsf(low) < GT_IMAGE_HUGE) || !(fabsf(high) < GT_IMAGE_HUGE)) continue;
        look_at_end(self, pixels, count, low, high, name);
        if (low < high) look_at_end(self, pixels, count, high, low, name);
    }
}

/* Of labels 255 is the -1 of bytes. Positions beyond the sphere are unknown by themselves. */
void gt_stand_ins_look_at_columns(gt_stand_ins *self, const gt_picture *picture) {
    const gt_source_info *source = self->source;
    gt_stand_in_numbers *own_columns = self->columns + source->field_count;
    double label = own_number(&picture->row, 0), size = own_number(&picture->row, OWN - 1);
    if (source->class_count == 0)
        gt_stand_in_numbers_add(&own_columns[0], label,
                                gt_stand_in_is_nines(label) || label == 255);
    gt_stand_in_numbers_add(&own_columns[OWN - 1], size, gt_stand_in_is_usual(size));
    for (size_t i = 0; picture->values != NULL && i < source->field_count; i++) {
        double number = number_of(&source->fields[i], picture->values[i]);
        gt_stand_in_numbers_add(&self->columns[i], number, gt_stand_in_is_usual(number));
    }
}

/* ---- what is said ---- */

GT_PRINTF(2, 3)
static void add_text(char text[GT_STAND_INS_TEXT], const char *format, ...) {
    size_t used = strlen(text);
    va_list list;
    va_start(list, format);
    vsnprintf(text + used, GT_STAND_INS_TEXT - used, format, list);
    va_end(list);
}

static void tell_pixels(const gt_stand_ins *self, char text[GT_STAND_INS_TEXT]) {
    for (size_t i = 0; i < self->pixels.seen_count; i++) {
        const meeting *met = &self->meetings[i];
        char counted[GT_COUNTED_SIZE], pictures[GT_COUNTED_SIZE], others[64] = "",
                                                                  value[GT_NUMBER_SIZE];
        gt_stand_in_text(self->pixels.seen[i].value, value);
        if (met->low <= met->high)
            snprintf(others, sizeof others, ", far from all others there (%.4g to %.4g)",
                     (double)met->low, (double)met->high);
        add_text(text,
                 "%s%s of %s in %s, the first is picture %s%s: if that stands for none, "
                 "--blank %s makes them "
                 "bad pixels, and --bad-pixels says what becomes of these",
                 *text ? "\n" : "",
                 gt_text_counted(self->pixels.seen[i].count, "pixel", counted), value,
                 gt_text_counted(met->pictures, "picture", pictures), met->first, others,
                 value);
    }
}

/* The values of all columns at once, as one option has them. */
static void tell_option(const char *list, char text[GT_STAND_INS_TEXT]) {
    char *word = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&word, &size);
    if (stream == NULL) return;
    gt_shell_word(stream, list);
    if (fclose(stream) == 0)
        add_text(text, "\nif these stand for none, --missing %s says so", word);
    free(word);
}

static void tell_columns(const gt_stand_ins *self, char text[GT_STAND_INS_TEXT]) {
    char list[MOST_COLUMNS_TOLD * (GT_FIELD_NAME + GT_NUMBER_SIZE + 2)] = "";
    size_t shown = 0, more = 0, used = 0, fields = self->source->field_count;
    for (size_t i = 0; i < fields + OWN; i++) {
        const gt_stand_in_numbers *c = &self->columns[i];
        const char *name = i < fields ? self->source->fields[i].name
                                      : gt_columns[own_places[i - fields]].called;
        for (size_t k = 0; k < c->seen_count; k++) {
            char value[GT_NUMBER_SIZE], words[GT_STAND_IN_TOLD];
            if (!gt_stand_in_is_far(c, k)) continue;
            if (shown++ >= MOST_COLUMNS_TOLD) {
                more++;
                continue;
            }
            add_text(text, "%scolumn '%.60s': %s", *text ? "\n" : "", name,
                     gt_stand_in_told(c, k, words));
            used +=
                (size_t)snprintf(list + used, sizeof list - used, "%s%s=%s", used ? "," : "",
                                 name, gt_stand_in_text(c->seen[k].value, value));
        }
    }
    if (more > 0) add_text(text, "; so in %zu columns more", more);
    if (used > 0) tell_option(list, text);
}

const char *gt_stand_ins_text(const gt_stand_ins *self, char text[GT_STAND_INS_TEXT]) {
    text[0] = 0;
    tell_pixels(self, text);
    tell_columns(self, text);
    return text;
}
