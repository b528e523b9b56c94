/* shown.c - see shown.h. */
#include "shown.h"

#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "json.h"
#include "text.h"

const char *gt_shown(const char *text) {
    enum { LENT = 8, ROOM = 4 * PATH_MAX };
    static _Thread_local char lent[LENT][ROOM];
    static _Thread_local unsigned next;
    return gt_text_shown(text ? text : "", lent[next++ % LENT], ROOM);
}

const char *gt_counted(uint64_t count, const char *noun) {
    enum { LENT = 8 };
    static _Thread_local char lent[LENT][GT_COUNTED_SIZE];
    static _Thread_local unsigned next;
    return gt_text_counted(count, noun, lent[next++ % LENT]);
}

const char *gt_are(uint64_t count) {
    return count == 1 ? "is" : "are";
}

void gt_print_shown(const char *text) {
    char piece[256], shown[4 * sizeof piece];
    while (*text) {
        size_t length = strlen(text);
        if (length >= sizeof piece) { /* cut between two characters */
            length = sizeof piece - 1;
            while (length > sizeof piece - 4 && ((unsigned char)text[length] & 0xc0) == 0x80)
                length--;
        }
        snprintf(piece, sizeof piece, "%.*s", (int)length, text);
        fputs(gt_text_shown(piece, shown, sizeof shown), stdout);
        text += length;
    }
}

void gt_print_fact(const char *name, const char *text) {
    if (!text) return;
    printf("%-10s ", name);
    gt_print_shown(text);
    putchar('\n');
}

void gt_print_record(const char *text) {
    json_t *record = text ? json_loads(text, 0, NULL) : NULL, *sum;
    const char *line = json_string_value(json_object_get(record, "line")), *input;
    gt_print_fact(line ? "command" : "provenance", line ? line : text);
    json_object_foreach(json_object_get(record, "inputs"), input, sum) {
        gt_print_fact("made of", input);
    }
    json_decref(record);
}

gt_status gt_print_written(const gt_written *written, gt_error *err) {
    gt_json json;
    gt_json_begin(&json, stdout, 2);
    gt_json_object(&json, NULL);
    gt_json_text(&json, "out", written->out);
    gt_json_text(&json, "kind", written->kind);
    gt_json_int(&json, "count", (int64_t)written->count);
    if (written->width) gt_json_int(&json, "width", (int64_t)written->width);
    if (written->left_out) gt_json_int(&json, "left_out", (int64_t)written->left_out);
    gt_json_end(&json);
    return gt_json_finish(&json, err);
}
