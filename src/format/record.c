/* record.c - one row as a line of CSV or JSON. */
#include "record.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "json.h"
#include "text.h"

/* Bytes of a printable character, 0 for one that is shown by number: control characters but
 * the tab (also U+0080 to U+009F, which some terminals obey) and what is not UTF-8. */
static size_t printable(const char *at) {
    size_t length = gt_utf8_length(at);
    unsigned char first = (unsigned char)at[0], second = length > 1 ? (unsigned char)at[1] : 0;
    if ((first < 0x20 && first != '\t') || first == 0x7f) return 0;
    return first == 0xc2 && second < 0xa0 ? 0 : length;
}

/* What a spreadsheet may run. The cell is quoted, its text stays what it is: it has to match
 * the same name in other catalogues. */
static bool is_formula(const char *text) {
    double ignored;
    if (!*text || !strchr("=+-@", *text)) return false;
    return gt_text_to_real(text, &ignored, NULL) != GT_OK;
}

static bool needs_quotes(const char *text) {
    size_t length = strlen(text);
    if (!length || text[0] == ' ' || text[length - 1] == ' ') return true;
    return strpbrk(text, ",\"\t") || is_formula(text);
}

static void csv_text(FILE *stream, const char *text) {
    bool quoted = needs_quotes(text);
    if (quoted) fputc('"', stream);
    while (*text) {
        size_t length = printable(text);
        if (*text == '"')
            fputs("\"\"", stream);
        else if (length)
            fwrite(text, 1, length, stream);
        else
            fprintf(stream, "\\x%02x", (unsigned char)*text);
        text += length ? length : 1;
    }
    if (quoted) fputc('"', stream);
}

static void csv_cell(FILE *stream, const gt_cell *cell) {
    char text[GT_NUMBER_SIZE];
    switch (cell->kind) {
    case GT_CELL_INT:
        fprintf(stream, "%" PRId64, cell->whole);
        break;
    case GT_CELL_REAL:
        fputs(gt_real_to_text(cell->real, text), stream);
        break;
    case GT_CELL_FLOAT:
        fputs(gt_float_to_text((float)cell->real, text), stream);
        break;
    case GT_CELL_TEXT:
        csv_text(stream, cell->text);
        break;
    case GT_CELL_EMPTY:
        break;
    }
}

static void json_cell(gt_json *json, const char *name, const gt_cell *cell) {
    switch (cell->kind) {
    case GT_CELL_INT:
        gt_json_int(json, name, cell->whole);
        break;
    case GT_CELL_REAL:
        gt_json_real(json, name, cell->real);
        break;
    case GT_CELL_FLOAT:
        gt_json_float(json, name, (float)cell->real);
        break;
    case GT_CELL_TEXT:
        gt_json_text(json, name, cell->text);
        break;
    case GT_CELL_EMPTY:
        gt_json_null(json, name);
        break;
    }
}

void gt_record_header(FILE *stream, gt_record_format format, const char *const *names,
                      size_t count) {
    if (format != GT_RECORD_CSV) return;
    for (size_t i = 0; i < count; i++) {
        if (i) fputc(',', stream);
        csv_text(stream, names[i]);
    }
    fputc('\n', stream);
}

void gt_record_row(FILE *stream, gt_record_format format, const char *const *names,
                   const gt_cell *cells, size_t count) {
    gt_json json;
    gt_json_begin(&json, stream, 0);
    if (format == GT_RECORD_JSONL) gt_json_object(&json, NULL);
    for (size_t i = 0; i < count; i++) {
        if (format == GT_RECORD_JSONL) {
            json_cell(&json, names[i], &cells[i]);
        } else {
            if (i) fputc(',', stream);
            csv_cell(stream, &cells[i]);
        }
    }
    if (format == GT_RECORD_JSONL) gt_json_end(&json);
    fputc('\n', stream);
}
