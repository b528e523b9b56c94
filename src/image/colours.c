/* colours.c - colour maps for pictures of one channel. */
#include <math.h>
#include <string.h>

#include "grid.h"

/* Corners of the heat map, evenly spaced; chosen so that the luminance
 * 0.2126 R + 0.7152 G + 0.0722 B rises steadily and a gray print keeps the order. */
static const uint8_t heat[][3] = {{0, 0, 0},      {38, 8, 74},    {104, 16, 110},
                                  {166, 36, 92},  {219, 66, 54},  {245, 122, 24},
                                  {249, 190, 64}, {255, 252, 210}};

gt_status gt_colour_map_find(const char *name, gt_colour_map *out, gt_error *err) {
    static const char *const names[GT_COLOURS_COUNT] = {"gray", "heat"};
    for (int i = 0; i < GT_COLOURS_COUNT; i++) {
        if (strcmp(name, names[i]) != 0) continue;
        *out = (gt_colour_map)i;
        return GT_OK;
    }
    return gt_fail(err, GT_NOT_FOUND, "colours '%s', expected 'gray' or 'heat'", name);
}

void gt_colour_order(const char *bands, int order[3]) {
    static const char known[] = "ugrizyYJHK"; /* as wavelengths rise */
    const char *place[3] = {NULL};
    for (int c = 0; c < 3; c++) order[c] = c;
    if (bands == NULL || strlen(bands) != 5 || bands[1] != ',' || bands[3] != ',') return;
    for (int c = 0; c < 3; c++) place[c] = strchr(known, bands[2 * c]);
    if (!place[0] || !place[1] || !place[2]) return;
    for (int c = 0; c < 3; c++) {
        int longer = 0; /* of a name twice the first one leads */
        for (int d = 0; d < 3; d++)
            longer += place[d] > place[c] || (d < c && place[d] == place[c]);
        order[longer] = c;
    }
}

void gt_colour_arrange(const char *bands, size_t plane, float *picture) {
    int order[3];
    float colours[3];
    gt_colour_order(bands, order);
    for (size_t i = 0; i < plane; i++) {
        for (int c = 0; c < 3; c++) colours[c] = picture[(size_t)order[c] * plane + i];
        for (size_t c = 0; c < 3; c++) picture[c * plane + i] = colours[c];
    }
}

void gt_colour_at(gt_colour_map map, double t, uint8_t rgb[3]) {
    t = fmin(fmax(t, 0.0), 1.0);
    if (map == GT_COLOURS_GRAY) {
        rgb[0] = rgb[1] = rgb[2] = (uint8_t)lrint(255.0 * t);
        return;
    }
    enum { CORNERS = sizeof heat / sizeof heat[0] };
    double place = t * (CORNERS - 1);
    int left = (int)place < CORNERS - 2 ? (int)place : CORNERS - 2;
    double part = place - left;
    for (int c = 0; c < 3; c++)
        rgb[c] = (uint8_t)lrint((1.0 - part) * heat[left][c] + part * heat[left + 1][c]);
}
