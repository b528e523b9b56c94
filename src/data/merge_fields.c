/* merge_fields.c - one list of fields for several sets, and their values in it. */
#include "merge_fields.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

enum { NUMBER_LENGTH = 24, ROWS_AT_ONCE = 1024 };
#define GT_WHOLE_REALS ((int64_t)1 << 53)

static bool same_text(const char *a, const char *b) {
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* Bytes that a value takes as a text. */
static size_t text_length(const gt_field *field) {
    return field->type == GT_FIELD_TEXT ? field->length : NUMBER_LENGTH;
}

static void widen(gt_field *own, const gt_field *other) {
    size_t a = text_length(own), b = text_length(other);
    if (own->type == GT_FIELD_TEXT || other->type == GT_FIELD_TEXT) {
        own->type = GT_FIELD_TEXT;
        own->length = a > b ? a : b;
    } else if (own->type != other->type) {
        own->type = GT_FIELD_REAL;
    }
}

/* *is_told: that units differ. */
static void meet(gt_field *own, const gt_field *other, const char *path, bool *is_told,
                 FILE *notes) {
    gt_field_type before = own->type;
    widen(own, other);
    if (before != other->type && own->type == GT_FIELD_TEXT)
        fprintf(notes, "column '%s' is kept as %s: %s has it as %s, sets before as %s\n",
                own->name, gt_field_type_name(own->type), path, gt_field_type_name(other->type),
                gt_field_type_name(before));
    if (*is_told || same_text(own->unit, other->unit)) return;
    *is_told = true;
    fprintf(notes, "unit of '%s' is left out: it was %s, %s has %s; values are as they were\n",
            own->name, own->unit != NULL ? own->unit : "none", path,
            other->unit != NULL ? other->unit : "none");
    free((void *)(uintptr_t)own->unit);
    own->unit = NULL;
}

/* The first value of a set's whole numbers that is none as a real. */
static gt_status find_large(gt_dataset *set, size_t field, uint64_t *row, int64_t *value,
                            gt_error *err) {
    gt_status status = GT_OK;
    int64_t values[ROWS_AT_ONCE];
    uint64_t count = gt_dataset_describe(set)->count;
    *value = 0;
    for (uint64_t first = 0; first < count; first += ROWS_AT_ONCE) {
        size_t now = count - first < ROWS_AT_ONCE ? (size_t)(count - first) : ROWS_AT_ONCE;
        GT_TRY(gt_dataset_read_field(set, field, first, now, values, err));
        for (size_t i = 0; i < now; i++) {
            if (values[i] == GT_FIELD_NO_INTEGER ||
                (values[i] <= GT_WHOLE_REALS && values[i] >= -GT_WHOLE_REALS))
                continue;
            *row = first + i;
            *value = values[i];
            return GT_OK;
        }
    }
done:
    return status;
}

/* Whole numbers that meet reals become reals; ids beyond 2^53 would be those of their
 * neighbours then, and become texts. */
static gt_status meet_reals(gt_dataset *const *sets, size_t count, gt_field *own, FILE *notes,
                            gt_error *err) {
    gt_status status = GT_OK;
    const char *path = NULL; /* of the first set with whole numbers */
    uint64_t row = 0;
    int64_t value = 0;
    if (own->type != GT_FIELD_REAL) return GT_OK;
    for (size_t i = 0; i < count && value == 0; i++) {
        const gt_dataset_info *info = gt_dataset_describe(sets[i]);
        size_t at = gt_field_find(info->fields, info->field_count, own->name);
        if (at == info->field_count || info->fields[at].type != GT_FIELD_INTEGER) continue;
        GT_TRY(find_large(sets[i], at, &row, &value, err));
        if (path == NULL || value != 0) path = gt_dataset_path(sets[i]);
    }
    if (value != 0) {
        own->type = GT_FIELD_TEXT;
        own->length = NUMBER_LENGTH;
        fprintf(notes,
                "column '%s' is kept as text: %" PRId64 " (%s, row %" PRIu64
                ") is beyond 2^53, where reals are not all whole numbers\n",
                own->name, value, path, row);
    } else if (path != NULL) {
        fprintf(notes, "column '%s' is kept as real: %s has it as integer, others as real\n",
                own->name, path);
    }
done:
    return status;
}

static void note_lacking(gt_dataset *const *sets, size_t count, const char *name, FILE *notes) {
    for (size_t i = 0; i < count; i++) {
        const gt_dataset_info *info = gt_dataset_describe(sets[i]);
        if (gt_field_find(info->fields, info->field_count, name) == info->field_count)
            fprintf(notes, "column '%s': rows of %s have none\n", name,
                    gt_dataset_path(sets[i]));
    }
}

gt_status gt_fields_unite(gt_dataset *const *sets, size_t count, FILE *notes,
                          gt_field_list *out, gt_error *err) {
    gt_status status = GT_OK;
    bool is_told[GT_FIELD_MOST] = {false};
    for (size_t i = 0; i < count; i++) {
        const gt_dataset_info *info = gt_dataset_describe(sets[i]);
        for (size_t k = 0; k < info->field_count; k++) {
            size_t at = gt_field_find(out->fields, out->count, info->fields[k].name);
            if (at == out->count)
                GT_TRY(gt_field_list_add(out, &info->fields[k], err));
            else
                meet(&out->fields[at], &info->fields[k], gt_dataset_path(sets[i]), &is_told[at],
                     notes);
        }
    }
    for (size_t k = 0; k < out->count; k++) {
        GT_TRY(meet_reals(sets, count, &out->fields[k], notes, err));
        note_lacking(sets, count, out->fields[k].name, notes);
    }
done:
    return status;
}

/* ---- values ---- */

/* A number as text, kept in room; "" for a missing one. */
static const char *to_text(const gt_field *from, gt_field_value value,
                           char room[GT_NUMBER_SIZE]) {
    if (from->type == GT_FIELD_TEXT) return value.text;
    *room = 0;
    if (from->type == GT_FIELD_INTEGER && value.integer != GT_FIELD_NO_INTEGER)
        snprintf(room, GT_NUMBER_SIZE, "%" PRId64, value.integer);
    else if (from->type == GT_FIELD_REAL && value.real == value.real)
        gt_real_to_text(value.real, room);
    return room;
}

static gt_field_value convert(const gt_field *from, gt_field_value value, const gt_field *to,
                              char room[GT_NUMBER_SIZE]) {
    if (to->type == GT_FIELD_TEXT) return (gt_field_value){.text = to_text(from, value, room)};
    if (from->type == to->type) return value;
    return value.integer == GT_FIELD_NO_INTEGER
               ? gt_field_missing(to)
               : (gt_field_value){.real = (double)value.integer};
}

void gt_fields_map(const gt_field *fields, size_t count, const gt_field_list *united,
                   size_t *map) {
    for (size_t i = 0; i < count; i++)
        map[i] = gt_field_find(united->fields, united->count, fields[i].name);
}

void gt_fields_convert(const gt_field *fields, size_t count, const gt_field_value *values,
                       const size_t *map, gt_field_block *to, size_t place) {
    gt_field_block_put(to, place, NULL);
    for (size_t i = 0; i < count; i++) {
        char room[GT_NUMBER_SIZE];
        gt_field_block_set(to, place, map[i],
                           convert(&fields[i], values[i], &to->fields[map[i]], room));
    }
}
