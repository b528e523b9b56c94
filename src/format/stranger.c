/* stranger.c - see stranger.h. */
#include "stranger.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

static bool is_page(const char *text, size_t length) {
    static const char *const starts[] = {"<!doctype", "<html", "<head", "<body", "<?xml"};
    while (length > 0 && memchr(" \t\r\n", *text, 4)) text++, length--;
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        size_t size = strlen(starts[i]);
        if (length >= size && strncasecmp(text, starts[i], size) == 0) return true;
    }
    return false;
}

gt_status gt_stranger_refuse(const char *kind, const void *bytes, size_t length,
                             gt_error *err) {
    (void)gt_fail(err, GT_BAD_FORMAT, "no %s file", kind);
    gt_stranger_tell(bytes, length, err);
    return GT_BAD_FORMAT;
}

void gt_stranger_tell(const void *bytes, size_t length, gt_error *err) {
    if (length == 0)
        gt_advise(err, "it is empty");
    else if (is_page(bytes, length))
        gt_advise(err, "it is a web page, as servers send in place of a file");
}
