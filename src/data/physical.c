/* physical.c - see physical.h. */
#include "physical.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "text.h"

static const gt_field limits[] = {
    {"vmin", GT_FIELD_REAL, .description = "value of the picture that is black"},
    {"vmax", GT_FIELD_REAL, .description = "value of the picture that is white"}};

gt_status gt_physical_add_fields(gt_field_list *list, const char *unit, gt_error *err) {
    gt_status status = GT_OK;
    for (int i = 0; i < 2; i++) {
        gt_field field = limits[i];
        field.unit = unit;
        GT_TRY(gt_field_list_add(list, &field, err));
    }
done:
    return status;
}

double gt_physical_softening(const char *scaling) {
    static const char name[] = "asinh:";
    char number[GT_NUMBER_SIZE];
    double out = 0;
    if (strncmp(scaling, name, sizeof name - 1) != 0) return 0;
    scaling += sizeof name - 1;
    snprintf(number, sizeof number, "%.*s", (int)strcspn(scaling, " /"), scaling);
    return gt_text_to_real(number, &out, NULL) == GT_OK && out > 0 ? out : 0;
}

/* "normalize=zscale:0.25" and the like; of several scalings no column has all limits. */
static bool is_scaled_once(const char *preparation, double *softening) {
    static const char *const names[] = {"minmax", "sigma-clip", "zscale", "percentile"};
    const char *at = preparation ? strstr(preparation, "normalize=") : NULL;
    if (!at) return false;
    at += strlen("normalize=");
    if (memchr(at, '+', strcspn(at, " "))) return false;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strncmp(at, names[i], strlen(names[i])) == 0) return true;
    *softening = gt_physical_softening(at);
    return *softening > 0;
}

gt_physical gt_physical_of(const gt_dataset_info *info) {
    gt_physical out = {.range = info->range,
                       .vmin = gt_field_find(info->fields, info->field_count, "vmin"),
                       .vmax = gt_field_find(info->fields, info->field_count, "vmax")};
    out.is_known = out.vmin < info->field_count && out.vmax < info->field_count &&
                   info->fields[out.vmin].type == GT_FIELD_REAL &&
                   info->fields[out.vmax].type == GT_FIELD_REAL &&
                   is_scaled_once(info->preparation, &out.softening);
    if (out.is_known) out.unit = info->fields[out.vmin].unit;
    return out;
}

void gt_physical_from_levels(const gt_physical *physical, const gt_field_value *row,
                             float *levels, size_t count) {
    double low = row ? row[physical->vmin].real : NAN,
           high = row ? row[physical->vmax].real : NAN;
    double black = gt_range_value(physical->range, 0);
    double wide = gt_range_value(physical->range, 255) - black, a = physical->softening;
    for (size_t i = 0; i < count; i++) {
        double share = (gt_range_value(physical->range, (double)levels[i]) - black) / wide;
        if (a > 0) share = sinh(share * asinh(a)) / a;
        levels[i] = (float)(low + share * (high - low));
    }
}
