/* json.h (room: format) - writes JSON to a stream, so that nobody writes it by hand.
 *
 *     gt_json json;
 *     gt_json_begin(&json, stdout, 2);
 *     gt_json_object(&json, NULL);
 *     gt_json_text(&json, "method", "knn");
 *     gt_json_array(&json, "accuracy");
 *     for (int i = 0; i < n; i++) gt_json_real(&json, NULL, accuracy[i]);
 *     gt_json_end(&json);
 *     gt_json_end(&json);
 *     GT_TRY(gt_json_finish(&json, err));
 *
 * Members of an object have a key, elements of an array have NULL; a wrong nesting is a bug of
 * the caller and stops the program (GT_ASSERT). Numbers have a '.' in every locale and as many
 * digits as reading them back takes; NaN and infinities, which JSON lacks, become null. Text is
 * escaped; bytes that are not UTF-8 become U+FFFD. */
#ifndef GT_JSON_H
#define GT_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "galatea/error.h"

enum { GT_JSON_DEPTH = 16 };

/* To be changed by the functions below only. */
typedef struct gt_json {
    FILE *stream;
    int indent, depth;
    char closing[GT_JSON_DEPTH]; /* '}' or ']' per open level */
    bool started[GT_JSON_DEPTH]; /* a comma is due before the next one */
    bool complete;               /* the one value at the top is written */
} gt_json;

/* Starts a text on a stream, which is lent. indent: blanks per level, 0 for a single line. */
void gt_json_begin(gt_json *json, FILE *stream, int indent);

/* Open a level; gt_json_end closes the innermost. */
void gt_json_object(gt_json *json, const char *key);
void gt_json_array(gt_json *json, const char *key);
void gt_json_end(gt_json *json);

void gt_json_int(gt_json *json, const char *key, int64_t value);
void gt_json_real(gt_json *json, const char *key, double value);
void gt_json_float(gt_json *json, const char *key, float value);
void gt_json_bool(gt_json *json, const char *key, bool value);
void gt_json_text(gt_json *json, const char *key, const char *value); /* NULL becomes null */
void gt_json_null(gt_json *json, const char *key);
/* A value that is JSON already, such as a record of provenance; written as it is. */
void gt_json_ready(gt_json *json, const char *key, const char *value);

/* Ends the line and flushes. GT_IO when anything could not be written. */
GT_MUST_CHECK gt_status gt_json_finish(gt_json *json, gt_error *err);
#endif
