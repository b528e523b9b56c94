/* fields.c - names that fields can have, and lists of them. */
#include "fields.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MAX_TEXT = 4096, MAX_ATTRIBUTE = 8000 };

/* ---- one field ---- */

size_t gt_field_find(const gt_field *fields, size_t count, const char *name) {
    for (size_t i = 0; i < count; i++)
        if (strcasecmp(fields[i].name, name) == 0) return i;
    return count;
}

const char *gt_field_type_name(gt_field_type type) {
    static const char *const names[] = {"integer", "real", "text"};
    return names[type];
}

gt_field_value gt_field_missing(const gt_field *field) {
    switch (field->type) {
    case GT_FIELD_INTEGER:
        return (gt_field_value){.integer = GT_FIELD_NO_INTEGER};
    case GT_FIELD_REAL:
        return (gt_field_value){.real = NAN};
    default:
        return (gt_field_value){.text = ""};
    }
}

double gt_field_real(gt_field_type type, gt_field_value value) {
    if (type == GT_FIELD_REAL) return value.real;
    return type == GT_FIELD_TEXT || value.integer == GT_FIELD_NO_INTEGER
               ? NAN
               : (double)value.integer;
}

size_t gt_field_size(const gt_field *field) {
    return field->type == GT_FIELD_TEXT ? field->length : 8;
}

bool gt_field_is_reserved(const char *name) {
    static const char *const reserved[] = {"label", "labels", "class",        "split", "ra",
                                           "dec",   "id",     "angular_size", "row"};
    for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++)
        if (strcasecmp(name, reserved[i]) == 0) return true;
    return false;
}

/* ---- lists ---- */

static bool is_free(const gt_field_list *list, const char *name) {
    return !gt_field_is_reserved(name) &&
           gt_field_find(list->fields, list->count, name) == list->count;
}

static bool is_forbidden(char byte) {
    return (unsigned char)byte < 0x20 || byte == 0x7f || byte == '/';
}

/* A name that is free, in out. */
static void choose_name(const gt_field_list *list, const char *name,
                        char out[GT_FIELD_NAME + 16]) {
    size_t length = (size_t)snprintf(out, GT_FIELD_NAME + 1, "%s", *name ? name : "column");
    for (char *at = out; *at; at++)
        if (is_forbidden(*at)) *at = '_';
    if (strcmp(out, ".") == 0 || strcmp(out, "..") == 0) *out = '_';
    if (length > GT_FIELD_NAME) length = GT_FIELD_NAME;
    for (unsigned number = 2; !is_free(list, out); number++)
        snprintf(out + length, 16, "_%u", number);
}

static bool copy_text(const char *from, const char **out) {
    *out = NULL;
    if (from == NULL || *from == 0) return true;
    char *copy = strdup(from);
    if (copy != NULL && strlen(copy) > MAX_ATTRIBUTE) copy[MAX_ATTRIBUTE] = 0;
    *out = copy;
    return copy != NULL;
}

static void free_field(gt_field *field) {
    free((void *)(uintptr_t)field->name);
    free((void *)(uintptr_t)field->unit);
    free((void *)(uintptr_t)field->description);
    free((void *)(uintptr_t)field->ucd);
}

static gt_status append(gt_field_list *list, const gt_field *field, const char *name,
                        gt_error *err) {
    if (list->count == list->room) {
        size_t room = list->room ? 2 * list->room : 16;
        gt_field *larger = realloc(list->fields, room * sizeof *larger);
        if (larger == NULL) return gt_fail(err, GT_NO_MEMORY, "out of memory for columns");
        list->fields = larger;
        list->room = room;
    }
    gt_field *own = &list->fields[list->count];
    *own = (gt_field){.type = field->type, .length = field->length};
    if (copy_text(name, &own->name) && copy_text(field->unit, &own->unit) &&
        copy_text(field->description, &own->description) && copy_text(field->ucd, &own->ucd)) {
        list->count++;
        return GT_OK;
    }
    free_field(own);
    return gt_fail(err, GT_NO_MEMORY, "out of memory for columns");
}

gt_status gt_field_list_add(gt_field_list *list, const gt_field *field, gt_error *err) {
    char name[GT_FIELD_NAME + 16];
    if (list->count == GT_FIELD_MOST)
        return gt_fail(err, GT_UNSUPPORTED, "more than %d columns", GT_FIELD_MOST);
    if (strlen(field->name) > GT_FIELD_NAME - 8)
        return gt_fail(err, GT_UNSUPPORTED, "a column whose name has %zu bytes, at most %d fit",
                       strlen(field->name), GT_FIELD_NAME - 8);
    choose_name(list, field->name, name);
    return append(list, field, name, err);
}

gt_status gt_field_list_copy(gt_field_list *list, const gt_field *fields, size_t count,
                             gt_error *err) {
    gt_status status = GT_OK;
    for (size_t i = 0; status == GT_OK && i < count; i++)
        status = append(list, &fields[i], fields[i].name, err);
    return status;
}

void gt_field_list_free(gt_field_list *list) {
    for (size_t i = 0; i < list->count; i++) free_field(&list->fields[i]);
    free(list->fields);
    *list = (gt_field_list){0};
}

static gt_status check_field(const gt_field *fields, size_t index, gt_error *err) {
    const gt_field *field = &fields[index];
    size_t length = strlen(field->name);
    if (length == 0 || length > GT_FIELD_NAME)
        return gt_fail(err, GT_BAD_ARGUMENT,
                       "column %zu has a name of %zu bytes, expected 1 to %d", index, length,
                       GT_FIELD_NAME);
    for (const char *at = field->name; *at; at++)
        if (is_forbidden(*at))
            return gt_fail(err, GT_BAD_ARGUMENT, "column %zu: a '/' or control character",
                           index);
    if (gt_field_is_reserved(field->name) || gt_field_find(fields, index, field->name) < index)
        return gt_fail(err, GT_BAD_ARGUMENT, "two columns called '%s'", field->name);
    if (field->type == GT_FIELD_TEXT && (field->length == 0 || field->length > MAX_TEXT))
        return gt_fail(err, GT_BAD_ARGUMENT,
                       "column '%s' of texts of %zu bytes, expected 1 to %d", field->name,
                       field->length, MAX_TEXT);
    return GT_OK;
}

gt_status gt_fields_check(const gt_field *fields, size_t count, gt_error *err) {
    gt_status status = GT_OK;
    if (count > GT_FIELD_MOST)
        return gt_fail(err, GT_BAD_ARGUMENT, "%zu columns, at most %d fit", count,
                       GT_FIELD_MOST);
    for (size_t i = 0; status == GT_OK && i < count; i++) status = check_field(fields, i, err);
    return status;
}
