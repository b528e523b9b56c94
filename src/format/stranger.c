/* stranger.c - see stranger.h. */
#include "stranger.h"

#include <string.h>
#include <strings.h>

/* What begins with such a word is so, or NULL: XML may be a page, but also a VOTable or SVG. */
static const char *kind_of(const char *text, size_t length) {
    static const struct {
        const char *start, *kind;
    } kinds[] = {{"<!doctype", "a web page"},
                 {"<html", "a web page"},
                 {"<head", "a web page"},
                 {"<body", "a web page"},
                 {"<?xml", "XML"}};
    while (length > 0 && memchr(" \t\r\n", *text, 4)) text++, length--;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        size_t size = strlen(kinds[i].start);
        if (length >= size && strncasecmp(text, kinds[i].start, size) == 0)
            return kinds[i].kind;
    }
    return NULL;
}

gt_status gt_stranger_refuse(const char *kind, const void *bytes, size_t length,
                             gt_error *err) {
    (void)gt_fail(err, GT_BAD_FORMAT, "no %s file", kind);
    gt_stranger_tell(bytes, length, err);
    return GT_BAD_FORMAT;
}

void gt_stranger_tell(const void *bytes, size_t length, gt_error *err) {
    const char *kind = length > 0 ? kind_of(bytes, length) : NULL;
    if (length == 0)
        gt_advise(err, "it is empty");
    else if (kind)
        gt_advise(err, "it is %s, as servers send in place of a file", kind);
}
