/* constants.c - see constants.h. */
#include "constants.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

static gt_status refuse(const char *at, int64_t width, gt_error *err) {
    return gt_fail(err, GT_USAGE,
                   "constant features '%.60s': expected ascending numbers below %" PRId64
                   " as in 3,17-20=0.25",
                   at, width);
}

/* A number without a sign; -1: there is none. */
static int64_t read_feature(const char **at) {
    char *end = NULL;
    if (**at < '0' || **at > '9') return -1;
    errno = 0;
    long long number = strtoll(*at, &end, 10);
    *at = end;
    return errno ? -1 : number;
}

/* The number up to the next comma; NaN: there is none. */
static float read_value(const char **at) {
    char text[GT_NUMBER_SIZE] = "";
    double value = NAN;
    size_t length = strcspn(*at, ",");
    if (length < sizeof text) memcpy(text, *at, length);
    if (gt_text_to_real(text, &value, NULL)) return NAN;
    *at += length;
    return (float)value;
}

/* "17-20=0.25", and the comma behind it. */
static gt_status read_span(const char **at, int64_t width, gt_constants *out, gt_error *err) {
    const char *start = *at;
    int64_t least = out->count ? out->features[out->count - 1] + 1 : 0;
    int64_t first = read_feature(at), last = first;
    float value = 0;
    if (**at == '-') ++*at, last = read_feature(at);
    if (**at == '=') ++*at, value = read_value(at);
    bool ends = **at == '\0' || (**at == ',' && (*at)[1]);
    if (!ends || first < least || last < first || last >= width || !isfinite(value))
        return refuse(start, width, err);
    *at += **at == ',';
    for (int64_t j = first; j <= last; j++) {
        out->features[out->count] = j;
        out->values[out->count++] = value;
    }
    return GT_OK;
}

gt_status gt_constants_of_text(const char *text, int64_t width, gt_constants *out,
                               gt_error *err) {
    gt_status status = GT_OK;
    *out = (gt_constants){0};
    if (!text) return GT_OK;
    out->features = malloc((size_t)width * sizeof *out->features);
    out->values = malloc((size_t)width * sizeof *out->values);
    if (!out->features || !out->values)
        return gt_fail(err, GT_NO_MEMORY, "no memory for %" PRId64 " features", width);
    for (const char *at = text; *at && !status;) status = read_span(&at, width, out, err);
    return status;
}

void gt_constants_free(gt_constants *constants) {
    free(constants->features);
    free(constants->values);
    *constants = (gt_constants){0};
}

/* Features side by side with the same bits, from number i on. */
static size_t span_at(const gt_constants *c, size_t i) {
    size_t n = 1;
    while (i + n < c->count && c->features[i + n] == c->features[i] + (int64_t)n &&
           memcmp(&c->values[i + n], &c->values[i], sizeof *c->values) == 0)
        n++;
    return n;
}

gt_status gt_constants_text(const gt_constants *c, char **out, gt_error *err) {
    size_t size = 0;
    char number[GT_NUMBER_SIZE];
    *out = NULL;
    if (c->count == 0) return GT_OK;
    FILE *stream = open_memstream(out, &size);
    if (!stream) return gt_fail(err, GT_NO_MEMORY, "no memory for a text");
    for (size_t i = 0, n; i < c->count; i += n) {
        n = span_at(c, i);
        fprintf(stream, "%s%" PRId64, i ? "," : "", c->features[i]);
        if (n > 1) fprintf(stream, "-%" PRId64, c->features[i + n - 1]);
        if (c->values[i] != 0 || signbit(c->values[i]))
            fprintf(stream, "=%s", gt_float_to_text(c->values[i], number));
    }
    bool is_whole = !ferror(stream);
    if (fclose(stream) == 0 && is_whole) return GT_OK;
    free(*out);
    *out = NULL;
    return gt_fail(err, GT_NO_MEMORY, "no memory for a text");
}
