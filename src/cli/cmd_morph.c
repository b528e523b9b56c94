/* galatea morph SET...: concentration, asymmetry, smoothness, Gini and M20 of all galaxies. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "cli.h"
#include "galatea/interrupt.h"
#include "json.h"
#include "morphology.h"
#include "shown.h"
#include "table.h"

typedef struct morph_settings {
    const char *out, *figure, *figure_rows, *sky;
    gt_morphing_settings morphing;
} morph_settings;

static const gt_option rows[] = {
    {"out", GT_TEXT_AT(morph_settings, out), NULL, "FILE",
     "table with a row for each image, .fits or .csv", .path = GT_WRITES,
     .endings = GT_TABLE_ENDINGS},
    {"segmentation", GT_TEXT_AT(morph_settings, morphing.segmentation), NULL, "FILE",
     "maps, a set of one channel with a row for each image: 0 sky, 1 the source, other numbers "
     "other sources; by default sources are detected",
     .path = GT_READS},
    {"weights", GT_TEXT_AT(morph_settings, morphing.weights), NULL, "FILE",
     "likewise, in the place of the set's own: pixels where they are no number are left out; "
     "other values, 0 too, change nothing",
     .path = GT_READS},
    {"mask", GT_TEXT_AT(morph_settings, morphing.mask), NULL, "FILE",
     "likewise, in the place of the set's own: pixels where it is not 0 are left out",
     .path = GT_READS},
    {"drop-planes", GT_FLAG_AT(morph_settings, morphing.drops_planes), NULL, NULL,
     "do not look at mask and inverse variance of the sets themselves"},
    {"keep-stretch", GT_FLAG_AT(morph_settings, morphing.keeps_stretch), NULL, NULL,
     "measure pictures as they are, not as flux"},
    {"sky", GT_CHOICE_AT(morph_settings, sky), "median", "NAME",
     "background to be taken off: the clipped median of each image, or none where it is off "
     "already",
     .choices = "median|none"},
    {"figure", GT_TEXT_AT(morph_settings, figure), NULL, "FILE",
     "pictures of what was measured, .png, of rows of the first set", .path = GT_WRITES,
     .endings = "png"},
    {"rows", GT_TEXT_AT(morph_settings, figure_rows), NULL, "LIST",
     "rows of the figure, 3,7-9; by default the first ones"},
};
static const gt_option_table table = GT_OPTION_TABLE("Options", rows);

static void print_set(const gt_morphing *m, size_t i, const gt_morphed_summary *s) {
    const gt_morphed_set *set = &m->sets[i];
    size_t channels = gt_dataset_describe(set->data)->channels;
    printf("%s: %s", gt_shown(set->name), gt_counted(set->count, "image"));
    if (channels > 1) printf(", the mean of %zu channels", channels);
    const char *unit = gt_morphing_unit(m);
    printf("\n  flag             %" PRIu64 " good, %" PRIu64 " suspect, %" PRIu64
           " bad, %" PRIu64 " not measured\n",
           s->flags[0], s->flags[1], s->flags[2], s->flags[4]);
    printf("  source           %.0f pixels (median), noise %.4g%s%s\n", s->segment_area,
           s->noise, unit ? " " : "", unit ? gt_shown(unit) : "");
    if (isfinite(s->small))
        printf("  small            %.3g %% with a Petrosian radius below 8 pixels, so S = 0\n",
               100 * s->small);
    for (size_t k = 0; k < GT_COEFFICIENTS; k++) {
        const gt_summary *c = &s->of[k];
        if (c->count)
            printf("  %-16s %8.4f  (%.4f to %.4f)\n", gt_coefficient_name(k), c->mid, c->low,
                   c->high);
    }
}

static gt_status print_text(const gt_morphing *m, gt_error *err) {
    gt_status status = GT_OK;
    for (size_t i = 0; i < m->count; i++) {
        gt_morphed_summary s;
        GT_TRY(gt_morphing_summary(m, i, &s, err));
        print_set(m, i, &s);
    }
    printf("coefficients: median, and 16 to 84 %%, of good and suspect ones\n");
done:
    return status;
}

static void write_set(gt_json *json, const gt_morphed_set *set, const gt_morphed_summary *s,
                      const char *unit) {
    static const char *const flags[] = {"good", "suspect", "bad", NULL, "not_measured"};
    gt_json_object(json, NULL);
    gt_json_text(json, "file", set->path);
    gt_json_int(json, "images", (int64_t)set->count);
    for (size_t f = 0; f < sizeof flags / sizeof *flags; f++)
        if (flags[f]) gt_json_int(json, flags[f], (int64_t)s->flags[f]);
    gt_json_real(json, "segment_area", s->segment_area);
    gt_json_real(json, "noise", s->noise);
    if (unit) gt_json_text(json, "unit", unit);
    gt_json_real(json, "sky_box_side", s->sky_box);
    gt_json_real(json, "share_below_8_pixels", s->small);
    for (size_t k = 0; k < GT_COEFFICIENTS; k++) {
        const gt_summary *c = &s->of[k];
        gt_json_object(json, gt_coefficient_name(k));
        gt_json_real(json, "median", c->mid);
        gt_json_real(json, "low", c->low);
        gt_json_real(json, "high", c->high);
        gt_json_real(json, "mean", c->count ? c->mean : NAN);
        gt_json_real(json, "deviation", c->sd);
        gt_json_end(json);
    }
    gt_json_end(json);
}

static gt_status print_json(const gt_morphing *m, gt_error *err) {
    gt_status status = GT_OK;
    gt_json json;
    gt_json_begin(&json, stdout, 2);
    gt_json_object(&json, NULL);
    gt_json_array(&json, "sets");
    for (size_t i = 0; i < m->count; i++) {
        gt_morphed_summary s;
        GT_TRY(gt_morphing_summary(m, i, &s, err));
        write_set(&json, &m->sets[i], &s, gt_morphing_unit(m));
    }
    gt_json_end(&json);
    gt_json_end(&json);
    GT_TRY(gt_json_finish(&json, err));
done:
    return status;
}

static gt_status run(gt_call *call, gt_error *err) {
    morph_settings *settings = call->settings;
    gt_status status = GT_OK;
    gt_morphing found = {.count = 0};
    settings->morphing.keeps_sky = strcmp(settings->sky, "none") == 0;
    if (settings->figure_rows && !settings->figure)
        GT_THROW(err, GT_USAGE, "--rows is about the rows of a --figure");
    GT_TRY(gt_interrupt_install(err));
    GT_TRY(gt_morphing_compute(&call->context, &settings->morphing, call->words,
                               call->word_count, &found, err));
    gt_morphing_tell_flux(&found);
    GT_TRY(gt_morphing_tell_frames(&found, err));
    if (settings->figure)
        GT_TRY(gt_morphing_figure(&found, settings->figure_rows, settings->figure, err));
    if (settings->out) GT_TRY(gt_morphing_table(&found, settings->out, err));
    GT_TRY(call->wants_json ? print_json(&found, err) : print_text(&found, err));
done:
    gt_morphing_free(&found);
    return status;
}

static const char *const examples[] = {
    "galatea morph test.h5 samples.h5 --out morph.fits",
    "galatea morph sky.h5 --figure shapes.png --rows 3,7-9",
    "galatea morph sky.h5 --segmentation maps.h5 --mask mask.h5 --out morph.csv", NULL};

const gt_command gt_command_morph = {
    .name = "morph",
    .summary = "measure concentration, asymmetry, smoothness, Gini and M20 of galaxies",
    .description =
        "The five coefficients of each image, as statmorph 0.7.2 measures them "
        "(Rodriguez-Gomez et al. 2019, MNRAS 483, 4140; definitions of Lotz et al. 2004, AJ "
        "128, 163), with centres, radii and sky. A has no factor 1/2; A and S are less those "
        "of the sky and may be negative, which is not cut; S is 0 where the Petrosian radius "
        "is below 8 pixels.\n\n"
        "Of several channels the mean is measured; bytes count as parts of 255, floats in "
        "their own units. A stretch that the set records (asinh, log, sqrt) is undone first; "
        "where flux cannot be had back (Lupton, sigma clip, zscale, percentile) a remark says "
        "so. Pixels that a set's mask tells, or whose inverse variance is 0, are left out, of "
        "the search for sources too.\n\n"
        "Without --segmentation the source is what stands out nearest the middle: at least 5 "
        "pixels that touch, 1.5 deviations of the noise above the clipped median after a "
        "Gaussian of 3 pixels full width. Smoother pictures have less noise and so larger "
        "sources: a remark tells when half of a set's sources are more than 20 % smaller or "
        "larger than those of the first set.\n\n"
        "Sky is measured in the first free box of 32 pixels, in a smaller one where there is "
        "no room for it: a remark tells where most frames have none, and boxes may hold parts "
        "of galaxies.\n\n"
        "The table also has multimode, intensity and deviation (M, I, D) of the brightest "
        "pixels and reach, half-light radius, outer and shape asymmetry of the outline, that "
        "is all of statmorph but for fluxes and fits of profiles.\n\n"
        "What was not measured is empty in the table. Column flag: 0 good, 1 suspect, 2 bad, 4 "
        "not measured, as statmorph's flag, which is about all measurements; flag_core is "
        "about the five coefficients and what is on the way to them alone. Columns events and "
        "event_bits tell why (bits 0 to 34 as in include/galatea/morphology.h). An image with "
        "nothing in it, or without a number, is a row with flag 4.\n\n"
        "The figure has three pictures for each row. Image: map of Gini and M20 white, r20 and "
        "r80 blue, Petrosian circle yellow, ellipse green, aperture orange, centroid blue, "
        "centre red. Then the difference from its half turn (A) and what is above its running "
        "mean (S).",
    .usage = "FILE...",
    .min_words = 1,
    .max_words = GT_MORPHING_SETS,
    .word_path = GT_READS,
    .table = &table,
    .settings_size = sizeof(morph_settings),
    .examples = examples,
    .has_json = true,
    .has_threads = true,
    .meets_sets = true,
    .run = run};
