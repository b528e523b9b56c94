/* error.c - the status table, and sentences that gain context on their way up. */
#include "galatea/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

static const struct {
    const char *name, *text;
} statuses[] = {
#define GT_STATUS_ROW(name, text) {#name, text},
    GT_STATUSES(GT_STATUS_ROW)
#undef GT_STATUS_ROW
};

const char *gt_status_name(gt_status status) {
    return (unsigned)status < GT_STATUS_COUNT ? statuses[status].name : "UNKNOWN";
}

const char *gt_status_text(gt_status status) {
    return (unsigned)status < GT_STATUS_COUNT ? statuses[status].text : "unknown status";
}

gt_status gt_fail(gt_error *err, gt_status status, const char *format, ...) {
    if (!err) return status;
    GT_PLAIN_NUMBERS;
    char raw[sizeof err->text];
    va_list args;
    va_start(args, format);
    vsnprintf(raw, sizeof raw, format, args);
    va_end(args);
    err->status = status;
    gt_text_shown(raw, err->text, sizeof err->text);
    return status;
}

gt_status gt_fail_errno(gt_error *err, const char *format, ...) {
    int why = errno;
    GT_PLAIN_NUMBERS;
    char doing[sizeof err->text];
    va_list args;
    va_start(args, format);
    vsnprintf(doing, sizeof doing, format, args);
    va_end(args);
    gt_status status = why == ENOENT || why == ENOTDIR ? GT_NOT_FOUND
                       : why == ENOMEM                 ? GT_NO_MEMORY
                                                       : GT_IO;
    return gt_fail(err, status, "%s: %s", doing, strerror(why));
}

void gt_blame(gt_error *err, const char *format, ...) {
    if (!err) return;
    GT_PLAIN_NUMBERS;
    char context[sizeof err->text], joined[2 * sizeof err->text + 4];
    va_list args;
    va_start(args, format);
    vsnprintf(context, sizeof context, format, args);
    va_end(args);
    snprintf(joined, sizeof joined, "%s: %s", context, err->text);
    gt_text_shown(joined, err->text, sizeof err->text);
}

void gt_advise(gt_error *err, const char *format, ...) {
    if (!err) return;
    GT_PLAIN_NUMBERS;
    char advice[sizeof err->text], joined[2 * sizeof err->text + 4];
    va_list args;
    va_start(args, format);
    vsnprintf(advice, sizeof advice, format, args);
    va_end(args);
    snprintf(joined, sizeof joined, "%s; %s", err->text, advice);
    (void)gt_fail(err, err->status, "%s", joined);
}

void gt_assert_failed(const char *condition, const char *file, int line) {
    fprintf(stderr, "galatea: bug: %s does not hold (%s:%d)\n", condition, file, line);
    abort();
}
