/* flux.c - see flux.h. */
#include "flux.h"

#include <stdio.h>
#include <string.h>

#include "galatea/imaging.h"
#include "physical.h"

static bool starts(const char *text, const char *name) {
    return strncmp(text, name, strlen(name)) == 0;
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
        double softening = gt_physical_softening(step);
        if (softening > 0)
            out->curve = (gt_stretch){GT_CURVE_ASINH, 1 / softening};
        else
            out->is_lost = true;
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
    out.is_told = at || gt_range_is_declared(info->range);
    if (!at) return out;
    at += strlen("normalize=");
    snprintf(steps, sizeof steps, "%.*s", (int)strcspn(at, " "), at);
    take_steps(steps, &out);
    return out;
}
