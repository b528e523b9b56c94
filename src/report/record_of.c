/* record_of.c - see record_of.h; figure_file.c is who writes them into figures. */
#include "record_of.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "png_text.h"

enum { CARD = 80, HISTORY = 8 };

static bool begins(const char *bytes, size_t size, const char *with) {
    return size >= strlen(with) && memcmp(bytes, with, strlen(with)) == 0;
}

/* The HISTORY cards of all headers, joined. */
static void read_fits(FILE *out, const char *bytes, size_t size) {
    for (size_t at = 0; at + CARD <= size; at += CARD) {
        if (memcmp(bytes + at, "HISTORY ", HISTORY) != 0) continue;
        size_t length = CARD - HISTORY;
        while (length && bytes[at + HISTORY + length - 1] == ' ') length--;
        fwrite(bytes + at + HISTORY, 1, length, out);
    }
}

/* Between <desc> and </desc>; what is not allowed there stands as an entity. */
static void read_svg(FILE *out, const char *bytes, size_t size) {
    static const struct {
        const char *name, *text;
    } entities[] = {{"&lt;", "<"}, {"&gt;", ">"}, {"&amp;", "&"}};
    const char *at = memmem(bytes, size, "<desc>", 6);
    size_t left = at ? size - (size_t)(at - bytes) : 0;
    const char *end = at ? memmem(at, left, "</desc>", 7) : NULL;
    if (!end) return;
    for (at += 6; at < end;) {
        size_t k = 0, room = (size_t)(end - at);
        while (k < 3 && !begins(at, room, entities[k].name)) k++;
        fputs(k < 3 ? entities[k].text : (char[2]){*at}, out);
        at += k < 3 ? strlen(entities[k].name) : 1;
    }
}

static void write_utf8(FILE *out, uint32_t c) {
    if (c < 0x80) {
        fputc((int)c, out);
        return;
    }
    if (c < 0x800) {
        fputc((int)(0xc0 | c >> 6), out);
    } else {
        if (c < 0x10000) {
            fputc((int)(0xe0 | c >> 12), out);
        } else {
            fputc((int)(0xf0 | c >> 18), out);
            fputc((int)(0x80 | (c >> 12 & 0x3f)), out);
        }
        fputc((int)(0x80 | (c >> 6 & 0x3f)), out);
    }
    fputc((int)(0x80 | (c & 0x3f)), out);
}

/* UTF-16 as hexadecimal digits, behind /Subject. */
static void read_pdf(FILE *out, const char *bytes, size_t size) {
    static const char key[] = "/Subject <FEFF";
    const char *at = memmem(bytes, size, key, sizeof key - 1), *end = bytes + size;
    uint32_t high = 0;
    char digits[5] = "";
    if (!at) return;
    for (at += sizeof key - 1; end - at > 4 && *at != '>'; at += 4) {
        memcpy(digits, at, 4);
        uint32_t c = (uint32_t)strtoul(digits, NULL, 16);
        bool is_high = c >= 0xd800 && c < 0xdc00, is_low = c >= 0xdc00 && c < 0xe000;
        if (is_high)
            high = c;
        else
            write_utf8(out, is_low ? ((high - 0xd7c0) << 10) + (c - 0xdc00) : c);
    }
}

gt_status gt_record_of_bytes(const char *bytes, size_t size, char **out, gt_error *err) {
    char *text = NULL;
    size_t length = 0;
    *out = NULL;
    if (begins(bytes, size, "\x89PNG"))
        return gt_png_text_find(bytes, size, "Description", out, err);
    FILE *stream = open_memstream(&text, &length);
    if (!stream) return gt_fail(err, GT_NO_MEMORY, "no memory for a record");
    if (begins(bytes, size, "SIMPLE  ="))
        read_fits(stream, bytes, size);
    else if (begins(bytes, size, "%PDF"))
        read_pdf(stream, bytes, size);
    else
        read_svg(stream, bytes, size);
    if (fclose(stream)) {
        free(text);
        return gt_fail(err, GT_NO_MEMORY, "no memory for a record");
    }
    if (length)
        *out = text;
    else
        free(text);
    return GT_OK;
}
