/* figure_file.c - what gnuplot wrote, with its provenance and without the time of day. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "galatea/log.h"
#include "galatea/version.h"
#include "gnuplot.h"
#include "png_text.h"
#include "text.h"

enum { PDF_TAIL = 2048 };

static gt_status no_memory(gt_error *err) {
    return gt_fail(err, GT_NO_MEMORY, "no memory for a figure");
}

static gt_status add_to_png(const char *provenance, char **bytes, size_t *size, gt_error *err) {
    void *larger = NULL;
    size_t larger_size = 0;
    gt_status status =
        gt_png_text_add(*bytes, *size, "Description", provenance, &larger, &larger_size, err);
    if (status) return status;
    free(*bytes);
    *bytes = larger;
    *size = larger_size;
    return GT_OK;
}

/* ---- SVG ------------------------------------------------------------------------------------
 */

static void write_xml(FILE *stream, const char *text) {
    for (; *text; text++) {
        unsigned char byte = (unsigned char)*text;
        if (byte == '<')
            fputs("&lt;", stream);
        else if (byte == '>')
            fputs("&gt;", stream);
        else if (byte == '&')
            fputs("&amp;", stream);
        else if (byte < 0x20 || byte == 0x7f)
            fprintf(stream, "\\x%02x", byte);
        else
            fputc(byte, stream);
    }
}

/* Puts the stream's text in place of *bytes. */
static gt_status replace_by_stream(FILE *stream, char **text, const size_t *text_size,
                                   char **bytes, size_t *size, gt_error *err) {
    if (fclose(stream)) {
        free(*text);
        return no_memory(err);
    }
    free(*bytes);
    *bytes = *text;
    *size = *text_size;
    return GT_OK;
}

static gt_status add_to_svg(const char *provenance, char **bytes, size_t *size, gt_error *err) {
    char *text = NULL;
    size_t text_size = 0;
    const char *tag = memmem(*bytes, *size, "<svg", 4);
    const char *end = tag ? memchr(tag, '>', *size - (size_t)(tag - *bytes)) : NULL;
    if (!end) return gt_fail(err, GT_BAD_FORMAT, "gnuplot wrote no SVG");
    FILE *stream = open_memstream(&text, &text_size);
    if (!stream) return no_memory(err);
    size_t head = (size_t)(end + 1 - *bytes);
    fwrite(*bytes, 1, head, stream);
    fputs("\n<desc>", stream);
    write_xml(stream, provenance);
    fputs("</desc>", stream);
    fwrite(*bytes + head, 1, *size - head, stream);
    return replace_by_stream(stream, &text, &text_size, bytes, size, err);
}

/* ---- PDF ------------------------------------------------------------------------------------
 */

/* The last place of a word in the bytes, or NULL. */
static char *find_last(char *bytes, size_t size, const char *word) {
    size_t length = strlen(word);
    for (size_t at = size >= length ? size - length + 1 : 0; at-- > 0;)
        if (memcmp(bytes + at, word, length) == 0) return bytes + at;
    return NULL;
}

/* Equal figures shall be equal bytes: the time of drawing becomes blanks. */
static void erase_date(char *bytes, size_t size) {
    static const char key[] = "/CreationDate (";
    char *at = memmem(bytes, size, key, sizeof key - 1);
    char *end = at ? memchr(at, ')', size - (size_t)(at - bytes)) : NULL;
    if (end) memset(at, ' ', (size_t)(end + 1 - at));
}

static void write_pdf_text(FILE *stream, const char *text) {
    /* UTF-16 as hexadecimal digits: every character, and nothing to escape */
    fputs("<FEFF", stream);
    while (*text) {
        size_t length = gt_utf8_length(text);
        uint32_t c = (unsigned char)*text;
        if (length > 1) c &= 0x7fu >> length;
        for (size_t i = 1; i < length; i++) c = c << 6 | ((unsigned char)text[i] & 0x3f);
        if (!length) c = 0xfffd;
        if (c < 0x10000)
            fprintf(stream, "%04X", c);
        else
            fprintf(stream, "%04X%04X", 0xd7c0 + (c >> 10), 0xdc00 + (c & 0x3ff));
        text += length ? length : 1;
    }
    fputs(">", stream);
}

/* Whole numbers of the trailer that cairo wrote; false when it looks otherwise. */
static bool read_trailer(const char *tail, unsigned *objects, unsigned *root, uint64_t *table) {
    const char *size = strstr(tail, "/Size "), *top = strstr(tail, "/Root ");
    const char *start = strstr(tail, "startxref");
    return size && top && start && sscanf(size, "/Size %u", objects) == 1 &&
           sscanf(top, "/Root %u 0 R", root) == 1 &&
           sscanf(start, "startxref %" SCNu64, table) == 1;
}

/* An appended update with one object more: the document's description. */
static gt_status add_to_pdf(const char *provenance, char **bytes, size_t *size, gt_error *err) {
    char *text = NULL, *trailer = find_last(*bytes, *size, "trailer"), tail[PDF_TAIL] = "";
    size_t text_size = 0, left = trailer ? *size - (size_t)(trailer - *bytes) : 0;
    unsigned objects, root;
    uint64_t table;
    if (left < PDF_TAIL && trailer) memcpy(tail, trailer, left);
    if (!read_trailer(tail, &objects, &root, &table)) {
        gt_remark(
            "this PDF library writes files in which the record of the command has no place");
        return GT_OK;
    }
    FILE *stream = open_memstream(&text, &text_size);
    if (!stream) return no_memory(err);
    fwrite(*bytes, 1, *size, stream);
    long place = ftell(stream);
    fprintf(stream, "%u 0 obj\n<< /Producer (Galatea %s) /Subject ", objects, gt_version());
    write_pdf_text(stream, provenance);
    fputs(" >>\nendobj\n", stream);
    long cross = ftell(stream);
    fprintf(stream,
            "xref\n%u 1\n%010ld 00000 n \ntrailer\n<< /Size %u /Root %u 0 R /Info %u 0 R "
            "/Prev %" PRIu64 " >>\nstartxref\n%ld\n%%%%EOF\n",
            objects, place, objects + 1, root, objects, table, cross);
    return replace_by_stream(stream, &text, &text_size, bytes, size, err);
}

gt_status gt_figure_add_provenance(const char *kind, const char *provenance, char **bytes,
                                   size_t *size, gt_error *err) {
    if (kind[1] == 'd') erase_date(*bytes, *size);
    if (!provenance) return GT_OK;
    if (kind[1] == 'n') return add_to_png(provenance, bytes, size, err);
    if (kind[1] == 'v') return add_to_svg(provenance, bytes, size, err);
    return add_to_pdf(provenance, bytes, size, err);
}
