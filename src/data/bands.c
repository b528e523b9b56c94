/* bands.c - --lupton of an import: which channels, and the pictures made of them. */
#include "bands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

enum { NAME_ROOM = 32 };

static const char *const weights[] = {"mean", "rec601", "rec709"};

/* The place of a name in a list with commas, or of a number below `channels`. */
static bool find_band(const char *name, const gt_source_info *source, size_t *out) {
    size_t place = 0, length;
    for (const char *at = source->bands; at; place++) {
        length = strcspn(at, ",");
        if (length == strlen(name) && strncmp(at, name, length) == 0) {
            *out = place;
            return place < source->channels;
        }
        at = at[length] ? at + length + 1 : NULL;
    }
    int64_t number;
    if (gt_text_to_int(name, &number, NULL) != GT_OK) return false;
    *out = (size_t)number;
    return number >= 0 && (uint64_t)number < source->channels;
}

static gt_status no_band(const char *text, const char *name, const gt_source_info *source,
                         gt_error *err) {
    size_t last = source->channels - 1;
    if (source->bands)
        return gt_fail(err, GT_USAGE,
                       "--lupton %s: no band '%s', expected one of %s or 0 to %zu", text, name,
                       source->bands, last);
    return gt_fail(err, GT_USAGE,
                   "--lupton %s: no band '%s', expected 0 to %zu, as the pictures do not name "
                   "theirs",
                   text, name, last);
}

static gt_status parse(const char *text, const gt_source_info *source, size_t out[3],
                       gt_error *err) {
    const char *at = text;
    for (size_t i = 0; i < 3; i++) {
        char name[NAME_ROOM];
        size_t length = strcspn(at, ",");
        bool is_end = at[length] == 0;
        if (length == 0 || length >= sizeof name || is_end != (i == 2))
            return gt_fail(err, GT_USAGE,
                           "--lupton %s: expected three bands with commas between, as z,g,r or "
                           "4,1,2",
                           text);
        memcpy(name, at, length);
        name[length] = 0;
        if (!find_band(name, source, &out[i])) return no_band(text, name, source, err);
        at += length + !is_end;
    }
    return GT_OK;
}

/* What says otherwise how values become pixels. */
static gt_status check_others(const gt_import_settings *s, gt_error *err) {
    const char *option = NULL;
    if (s->keep_values) option = "--keep-values";
    if (s->range != NULL) option = "--range";
    if (strcmp(s->normalize, "auto") != 0) option = "--normalize";
    if (strcmp(s->stretch, "linear") != 0) option = "--stretch";
    if (option == NULL) return GT_OK;
    return gt_fail(err, GT_USAGE, "--lupton scales the pictures, %s is for others", option);
}

gt_status gt_bands_open(const gt_import_settings *settings, const gt_source_info *source,
                        gt_bands *out, gt_error *err) {
    gt_status status = GT_OK;
    *out = (gt_bands){.is_asked = settings->lupton != NULL};
    if (!out->is_asked || source->is_codes) goto done;
    out->how = (gt_lupton){settings->lupton_q, settings->lupton_stretch};
    for (size_t i = 0; i < sizeof weights / sizeof *weights; i++)
        if (strcmp(weights[i], settings->lupton_weights) == 0) out->weights = (gt_gray)i;
    GT_TRY(check_others(settings, err));
    GT_TRY(parse(settings->lupton, source, out->channel, err));
done:
    return status;
}

void gt_bands_clear(gt_bands *bands) {
    free(bands->picked);
    free(bands->values);
    *bands = (gt_bands){0};
}

gt_status gt_bands_pick(gt_bands *bands, gt_picture *picture, gt_error *err) {
    size_t pixels = picture->height * picture->width;
    for (size_t i = 0; i < 3; i++)
        if (bands->channel[i] >= picture->channels)
            return gt_fail(err, GT_BAD_SHAPE, "%zu channels, --lupton takes number %zu",
                           picture->channels, bands->channel[i]);
    if (bands->picked_room < 3 * pixels) {
        float *grown = realloc(bands->picked, 3 * pixels * sizeof *grown);
        if (grown == NULL) return gt_fail(err, GT_NO_MEMORY, "out of memory for a picture");
        bands->picked = grown;
        bands->picked_room = 3 * pixels;
    }
    for (size_t i = 0; i < 3; i++)
        memcpy(bands->picked + i * pixels, picture->pixels + bands->channel[i] * pixels,
               pixels * sizeof *bands->picked);
    picture->pixels = bands->picked;
    picture->channels = 3;
    return GT_OK;
}

gt_status gt_bands_to_gray(gt_bands *bands, size_t pixels, float *picture, gt_error *err) {
    if (bands->room < 4 * pixels) {
        double *grown = realloc(bands->values, 4 * pixels * sizeof *grown);
        if (grown == NULL) return gt_fail(err, GT_NO_MEMORY, "out of memory for a picture");
        bands->values = grown;
        bands->room = 4 * pixels;
    }
    double *gray = bands->values + 3 * pixels;
    for (size_t i = 0; i < 3 * pixels; i++) bands->values[i] = (double)picture[i];
    gt_image_lupton(bands->values, pixels, bands->how, bands->values);
    gt_image_gray(bands->values, pixels, bands->weights, gray);
    for (size_t i = 0; i < pixels; i++) picture[i] = (float)gray[i];
    return GT_OK;
}

void gt_bands_name(const gt_bands *bands, char *out, size_t room) {
    GT_PLAIN_NUMBERS;
    bool is_mean = bands->weights == GT_GRAY_MEAN;
    snprintf(out, room, "lupton:%.6g:%.6g%s%s", bands->how.q, bands->how.stretch,
             is_mean ? "" : ":", is_mean ? "" : weights[bands->weights]);
}
