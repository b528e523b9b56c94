/* synth_settings.c - what can be asked of the synthetic sky. */
#include <string.h>

#include "sky.h"

static const gt_option rows[] = {
    {"survey", GT_CHOICE_AT(gt_synth_settings, survey), "radio", "NAME", "kind of sky",
     .choices = "radio|optical"},
    {"count", GT_INT_AT(gt_synth_settings, count), "4096", "N", "number of sources", .min = 1,
     .max = 1e9},
    {"seed", GT_INT_AT(gt_synth_settings, seed), "1", "S",
     "seed; source I depends on the seed and I alone", .min = 0, .max = 9e18},
    {"size", GT_INT_AT(gt_synth_settings, size), "64", "PIXELS", "side of the pictures",
     .min = 16, .max = GT_SYNTH_MAX_SIZE},
    {"pixel", GT_REAL_AT(gt_synth_settings, pixel), "0", "ARCSEC",
     "side of a pixel; 0: as the survey has it, 1.8 (radio) or 0.396 (optical)", .min = 0,
     .max = 1000},
    {"beam", GT_REAL_AT(gt_synth_settings, beam), "0", "ARCSEC",
     "full width of the beam or seeing at half its maximum; 0: 5.4 or 1.1", .min = 0,
     .max = 10000},
    {"frii", GT_REAL_AT(gt_synth_settings, frii), "0.5", "SHARE",
     "radio: share of FRII sources, the rest are FRI", .min = 0, .max = 1},
    {"spiral", GT_REAL_AT(gt_synth_settings, spiral), "0.5", "SHARE",
     "optical: share of spirals", .min = 0, .max = 1},
    {"edge-on", GT_REAL_AT(gt_synth_settings, edge_on), "0.15", "SHARE",
     "optical: share of disks seen from their edge, the rest are ellipticals", .min = 0,
     .max = 1},
    {"test", GT_REAL_AT(gt_synth_settings, test), "0.2", "SHARE",
     "share of sources put into the test split", .min = 0, .max = 1},
    {"rms", GT_REAL_AT(gt_synth_settings, rms), "0", "NOISE",
     "deviation of the noise; 0: 0.15 mJy per beam (radio), 0.005 of the bands' mean (optical)",
     .min = 0, .max = 1e6},
    {"cut", GT_REAL_AT(gt_synth_settings, cut), "3", "SIGMA",
     "radio: pixels below this many times the noise become 0; 0 cuts nothing", .min = 0,
     .max = 1e6},
    {"scale", GT_CHOICE_AT(gt_synth_settings, scale), "picture", "HOW",
     "picture: bytes up to each picture's brightest (radio), gray floats 0..1 (optical); "
     "colour: "
     "bytes of three bands (optical); none: unscaled floats, mJy per beam or three bands",
     .choices = "picture|colour|none"},
    {"out", GT_TEXT_AT(gt_synth_settings, out), NULL, "FILE", "data set to write",
     .required = true, .path = GT_WRITES, .endings = GT_DATASET_ENDINGS},
};

const gt_option_table gt_synth_options = GT_OPTION_TABLE("Sky", rows);

gt_synth_settings gt_synth_settings_default(void) {
    return (gt_synth_settings){.survey = "radio",
                               .count = 4096,
                               .seed = 1,
                               .size = 64,
                               .frii = 0.5,
                               .spiral = 0.5,
                               .edge_on = 0.15,
                               .test = 0.2,
                               .cut = 3.0,
                               .scale = "picture"};
}

static double number_at(const gt_synth_settings *settings, const gt_option *row) {
    const char *place = (const char *)settings + row->offset;
    int64_t whole;
    double real;
    if (row->kind == GT_OPTION_INT) {
        memcpy(&whole, place, sizeof whole);
        return (double)whole;
    }
    memcpy(&real, place, sizeof real);
    return real;
}

gt_status sky_check_ranges(const gt_synth_settings *settings, gt_error *err) {
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].kind != GT_OPTION_INT && rows[i].kind != GT_OPTION_REAL) continue;
        double value = number_at(settings, &rows[i]);
        if (!(value >= rows[i].min && value <= rows[i].max))
            return gt_fail(err, GT_BAD_ARGUMENT, "%s is %g, expected %g to %g", rows[i].name,
                           value, rows[i].min, rows[i].max);
    }
    return GT_OK;
}
