/* flux.c - see flux.h. */
#include "flux.h"

#include <stdio.h>
#include <string.h>

#include "galatea/imaging.h"
#include "text.h"

static bool starts(const char *text, const char *name) {
    return strncmp(text, name, strlen(name)) == 0;
}

/* asinh(A t) / asinh(A), which curves write with 1 / A. */
static bool is_asinh(const char *step, gt_stretch *out) {
    char number[GT_NUMBER_SIZE];
    double softening = 0;
    if (!starts(step, "asinh:")) return false;
    step += strlen("asinh:");
    snprintf(number, sizeof number, "%.*s", (int)strcspn(step, "/"), step);
    if (gt_text_to_real(number, &softening, NULL) || !(softening > 0)) return false;
    *out = (gt_stretch){GT_CURVE_ASINH, 1 / softening};
    return true;
}

/* "minmax+asinh:10": steps one after the other. One that comes before or after a curve has
 * limits that nobody knows any more. */
static void take_steps(char *steps, gt_flux *out) {
    int count = 0, curved = out->curve.curve != GT_CURVE_LINEAR;
    for (char *step; (step = strsep(&steps, "+")) != NULL;) {
        if (starts(step, "none")) continue;
        count++;
        if (starts(step, "minmax")) continue;
        curved++;
        snprintf(out->name, sizeof out->name, "%.*s", (int)strcspn(step, "/"), step);
        if (!is_asinh(step, &out->curve)) out->is_lost = true;
    }
    if (curved > 0 && count > 1) out->is_lost = true;
    if (out->is_lost) out->curve = (gt_stretch){GT_CURVE_LINEAR, 0};
}

gt_flux gt_flux_of(const gt_dataset_info *info) {
    bool are_bytes = info->type == GT_PIXEL_U8;
    gt_flux out = {.white = are_bytes ? 255 : 1};
    const char *at = info->preparation ? strstr(info->preparation, "normalize=") : NULL;
    char steps[GT_PREPARATION_ROOM];
    if (are_bytes && gt_range_is_declared(info->range)) out.curve = info->range.stretch;
    if (out.curve.curve != GT_CURVE_LINEAR) gt_stretch_text(out.curve, out.name);
    if (!at) return out;
    at += strlen("normalize=");
    snprintf(steps, sizeof steps, "%.*s", (int)strcspn(at, " "), at);
    take_steps(steps, &out);
    return out;
}
