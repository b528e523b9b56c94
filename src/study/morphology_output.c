/* morphology_output.c - measurements as a table, and what they are like. */
#include <inttypes.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "morphology.h"
#include "object_table.h"

/* ---- Table ------------------------------------------------------------------------------- */

typedef enum number_kind { REAL, INTEGER, LONG, BITS } number_kind;

typedef struct number_column {
    gt_table_column column;
    number_kind kind;
    size_t offset; /* in gt_morphed_row */
} number_column;

#define OF(member) offsetof(gt_morphed_row, member)
#define R(name, unit, member, text) \
    { {name, GT_TABLE_REAL, unit, text}, REAL, OF(result.member) }
#define M(name, member, text) \
    { {name, GT_TABLE_REAL, NULL, text, "src.morph.param"}, REAL, OF(result.member) }
#define I(name, unit, member, text) \
    { {name, GT_TABLE_INT, unit, text}, INTEGER, OF(result.member) }
#define L(name, unit, member, text) \
    { {name, GT_TABLE_INT, unit, text}, LONG, OF(result.member) }

/* In the place of a unit: that of the pixels. */
static const char pixel_unit[] = "";

static const number_column numbers[] = {
    I("flag", NULL, flag, "0 good, 1 suspect, 2 bad, 4 not measured"),
    M("concentration", concentration, "C = 5 log10(r80 / r20)"),
    M("asymmetry", asymmetry, "A, less that of the sky"),
    M("smoothness", smoothness, "S, less that of the sky; 0 below 8 pixels"),
    M("gini", gini, "Gini coefficient"),
    M("m20", m20, "M20"),
    R("centroid_x", "pixel", centroid_x, "centroid, first pixel at 0"),
    R("centroid_y", "pixel", centroid_y, "centroid, first pixel at 0"),
    R("centre_x", "pixel", centre_x, "centre of least asymmetry"),
    R("centre_y", "pixel", centre_y, "centre of least asymmetry"),
    R("petrosian_radius", "pixel", petrosian, "circular, about the centre"),
    R("petrosian_semi_major", "pixel", petrosian_ellipse, "elliptical, about the centre"),
    R("petrosian_radius_centroid", "pixel", petrosian_centroid, "circular, about the centroid"),
    R("r20", "pixel", r20, "radius with 20 % of the flux"),
    R("r50", "pixel", r50, "radius with 50 % of the flux"),
    R("r80", "pixel", r80, "radius with 80 % of the flux"),
    {{"ellipticity", GT_TABLE_REAL, NULL, "1 - b / a", "src.ellipticity"},
     REAL,
     OF(result.centre_shape.ellipticity)},
    R("elongation", NULL, centre_shape.elongation, "a / b"),
    R("orientation", "rad", centre_shape.orientation, "of a, from +x towards +y"),
    R("share_in_frame", NULL, share_in_frame, "of the aperture of 1.5 Petrosian radii"),
    R("sky_mean", pixel_unit, sky_mean, "of the sky box"),
    R("sky_median", pixel_unit, sky_median, "of the sky box"),
    R("sky_sigma", pixel_unit, sky_sigma, "of the sky box"),
    R("sky_asymmetry", pixel_unit, sky_asymmetry, "of the sky box"),
    R("sky_smoothness", pixel_unit, sky_smoothness, "of the sky box"),
    I("sky_box_side", "pixel", sky_size, "0: there is none"),
    {{"background", GT_TABLE_REAL, pixel_unit, "clipped median"}, REAL, OF(sky.median)},
    {{"noise", GT_TABLE_REAL, pixel_unit, "clipped deviation"}, REAL, OF(sky.sigma)},
    {{"sources", GT_TABLE_INT, NULL, "detected in the image"}, INTEGER, OF(sky.sources)},
    L("segment_area", "pixel**2", segment_area, "of the source"),
    L("gini_area", "pixel**2", gini_area, "of the pixels of Gini and M20"),
    I("bad_pixels", NULL, bad_pixels, "outliers of their neighbours, left out"),
    I("stamp_x", "pixel", stamp_x, "first column that was looked at"),
    I("stamp_y", "pixel", stamp_y, "first row that was looked at"),
    I("stamp_width", "pixel", stamp_width, "columns that were looked at"),
    I("stamp_height", "pixel", stamp_height, "rows that were looked at"),
    M("multimode", multimode, "M, of the MID map"),
    M("intensity", intensity, "I, of the MID map"),
    M("deviation", deviation, "D, of the MID map"),
    L("mid_area", "pixel**2", mid_area, "of the MID map"),
    M("outer_asymmetry", outer_asymmetry, "beyond half of the light"),
    M("shape_asymmetry", shape_asymmetry, "of the outline"),
    L("outline_area", "pixel**2", outline_area, "of what is above the sky"),
    R("reach_radius", "pixel", reach, "of the outline, circular"),
    R("reach_semi_major", "pixel", reach_ellipse, "of the outline, elliptical"),
    R("half_light_radius", "pixel", half_light, "of the light within reach_radius"),
    R("half_light_semi_major", "pixel", half_light_ellipse, "within reach_semi_major"),
    I("flag_core", NULL, flag_core, "flag of the five coefficients alone"),
    {{"event_bits", GT_TABLE_INT, NULL, "events as bits, see the manual"},
     BITS,
     OF(result.events)},
};

enum {
    ABOUT = GT_OBJECT_ABOUT,
    NUMBERS = sizeof numbers / sizeof *numbers,
    EVENTS = ABOUT + NUMBERS,
    ALL
};
enum { COLUMN_TEXT = 64 };

static gt_cell number_cell(const gt_morphed_row *row, const number_column *c) {
    const char *at = (const char *)row + c->offset;
    double real;
    int integer;
    int64_t whole;
    switch (c->kind) {
    case REAL:
        memcpy(&real, at, sizeof real);
        return real == GT_MORPHOLOGY_NONE ? gt_cell_empty() : gt_cell_real(real);
    case INTEGER:
        memcpy(&integer, at, sizeof integer);
        return gt_cell_int(integer);
    default:
        memcpy(&whole, at, sizeof whole);
        return gt_cell_int(whole);
    }
}

/* Names of the events, separated by blanks. */
static const char *event_text(uint64_t events, char out[2048]) {
    size_t used = 0;
    out[0] = '\0';
    for (int bit = 0; bit < 64; bit++) {
        const char *name = events >> bit & 1 ? gt_morphology_event_name(bit) : NULL;
        if (!name) continue;
        used += (size_t)snprintf(out + used, 2048 - used, "%s%s", used ? " " : "", name);
        GT_ASSERT(used < 2048);
    }
    return out;
}

static gt_status append(const gt_morphing *m, size_t which, uint64_t row,
                        gt_object_table *table, gt_error *err) {
    const gt_morphed_set *set = &m->sets[which];
    const gt_morphed_row *measured = &set->rows[row];
    char events[2048];
    gt_cell cells[ALL];
    gt_object_about_cells(set->name, gt_dataset_describe(set->data), &set->columns, row, cells);
    for (size_t k = 0; k < NUMBERS; k++) cells[ABOUT + k] = number_cell(measured, &numbers[k]);
    cells[EVENTS] = gt_cell_text(event_text(measured->result.events, events));
    return gt_object_table_append(table, which, row, cells, err);
}

/* Pixels as they are stored; bytes are parts of white, and behind a curve units are lost. */
static const char *unit_of(const gt_morphed_set *set) {
    const gt_dataset_info *info = gt_dataset_describe(set->data);
    bool is_stored = info->type != GT_PIXEL_U8 && set->flux.curve.curve == GT_CURVE_LINEAR;
    return is_stored ? info->unit : NULL;
}

const char *gt_morphing_unit(const gt_morphing *m) {
    const char *first = unit_of(&m->sets[0]);
    for (size_t i = 1; i < m->count; i++) {
        const char *unit = unit_of(&m->sets[i]);
        if (!first || !unit || strcmp(first, unit) != 0) return NULL;
    }
    return first;
}

/* What was measured in pixels says in what, where there is no unit for it. */
static void name_columns(const gt_morphing *m, char texts[NUMBERS][COLUMN_TEXT],
                         gt_table_column *columns) {
    const char *unit = gt_morphing_unit(m);
    for (size_t k = 0; k < NUMBERS; k++) {
        columns[k] = numbers[k].column;
        if (columns[k].unit != pixel_unit) continue;
        snprintf(texts[k], COLUMN_TEXT, "%s%s", columns[k].description,
                 unit ? "" : ", in levels of the pixels");
        columns[k].unit = unit;
        columns[k].description = texts[k];
    }
}

gt_status gt_morphing_table(const gt_morphing *m, const char *path, gt_error *err) {
    gt_status status = GT_OK;
    gt_object_table *table = NULL;
    char texts[NUMBERS][COLUMN_TEXT];
    gt_dataset **sets = calloc(m->count + 1, sizeof *sets);
    gt_table_column columns[ALL] = {
        [EVENTS] = {"events", GT_TABLE_TEXT, NULL, "what happened to the measurement"}};
    memcpy(columns, gt_object_about, sizeof gt_object_about);
    columns[0].description = "data set; of several channels the mean is measured";
    name_columns(m, texts, columns + ABOUT);
    if (!sets) GT_THROW(err, GT_NO_MEMORY, "no memory for a table");
    for (size_t i = 0; i < m->count; i++) sets[i] = m->sets[i].data;
    GT_TRY(gt_object_table_create("MORPHOLOGY", columns, ALL, sets, m->count, &table, err));
    for (size_t i = 0; i < m->count; i++)
        for (uint64_t row = 0; row < m->sets[i].count; row++)
            GT_TRY(append(m, i, row, table, err));
    GT_TRY(gt_object_table_write(table, path, m->provenance, err));
done:
    free(sets);
    gt_object_table_destroy(table);
    return status;
}

/* ---- Summary ----------------------------------------------------------------------------- */

static const struct {
    const char *name;
    size_t offset;
} coefficients[GT_COEFFICIENTS] = {{"concentration", OF(result.concentration)},
                                   {"asymmetry", OF(result.asymmetry)},
                                   {"smoothness", OF(result.smoothness)},
                                   {"gini", OF(result.gini)},
                                   {"m20", OF(result.m20)}};

const char *gt_coefficient_name(size_t k) {
    return coefficients[k].name;
}

static gt_status median_of(size_t count, const double *values, double *out, gt_error *err) {
    gt_summary all;
    gt_status status = gt_summarize(count, values, &all, err);
    if (!status) *out = all.mid;
    return status;
}

/* Of rows whose flag is at most 1, which have all coefficients. */
static gt_status summarize_coefficient(const gt_morphed_set *set, size_t k, double *values,
                                       gt_summary *out, gt_error *err) {
    size_t count = 0;
    for (uint64_t i = 0; i < set->count; i++)
        if (set->rows[i].result.flag <= 1)
            memcpy(&values[count++], (const char *)&set->rows[i] + coefficients[k].offset,
                   sizeof *values);
    return gt_summarize(count, values, out, err);
}

static void count_flags(const gt_morphed_set *set, gt_morphed_summary *out) {
    uint64_t measured = 0, small = 0;
    for (uint64_t i = 0; i < set->count; i++) {
        const gt_morphology_result *r = &set->rows[i].result;
        out->flags[r->flag]++;
        measured += r->petrosian > 0;
        small += r->petrosian > 0 && r->petrosian < 8;
    }
    out->small = measured ? (double)small / (double)measured : NAN;
}

static gt_status summarize_boxes(const gt_morphed_set *set, double *values,
                                 gt_morphed_summary *out, gt_error *err) {
    for (uint64_t i = 0; i < set->count; i++) {
        const gt_morphology_result *r = &set->rows[i].result;
        if (r->flag == 4) continue;
        values[out->measured++] = r->sky_size;
        out->small_boxes += r->sky_size < GT_SKY_BOX;
    }
    return median_of(out->measured, values, &out->sky_box, err);
}

gt_status gt_morphing_summary(const gt_morphing *m, size_t i, gt_morphed_summary *out,
                              gt_error *err) {
    gt_status status = GT_OK;
    const gt_morphed_set *set = &m->sets[i];
    double *values = calloc(set->count + 1, sizeof *values);
    *out = (gt_morphed_summary){{0}};
    if (!values) GT_THROW(err, GT_NO_MEMORY, "no memory for %" PRIu64 " rows", set->count);
    count_flags(set, out);
    for (uint64_t row = 0; row < set->count; row++)
        values[row] = (double)set->rows[row].result.segment_area;
    GT_TRY(median_of(set->count, values, &out->segment_area, err));
    for (uint64_t row = 0; row < set->count; row++) values[row] = set->rows[row].sky.sigma;
    GT_TRY(median_of(set->count, values, &out->noise, err));
    GT_TRY(summarize_boxes(set, values, out, err));
    for (size_t k = 0; k < GT_COEFFICIENTS; k++)
        GT_TRY(summarize_coefficient(set, k, values, &out->of[k], err));
done:
    free(values);
    return status;
}
