/* morphology_figure.c - measurements as pictures that show what was measured. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "morphology_rows.h"
#include "row_list.h"
#include "sheet.h"

enum { PANELS = GT_MORPHING_PANELS, LABEL = GT_MORPHING_LABEL, MOST_SIDE = 384 };

/* One panel: (3, side, side) levels, each pixel of the image `scale` of its pixels wide. */
typedef struct canvas {
    float *levels;
    size_t height, width, scale;
} canvas;

typedef struct colour {
    float level[3];
} colour;

static const colour WHITE = {{255, 255, 255}}, YELLOW = {{255, 220, 0}},
                    ORANGE = {{255, 120, 0}}, CYAN = {{0, 220, 255}}, RED = {{255, 40, 40}},
                    GREEN = {{60, 255, 60}};

static void paint(canvas *c, double y, double x, colour with) {
    if (!(y >= 0 && x >= 0 && y < (double)c->height && x < (double)c->width)) return;
    size_t at = (size_t)y * c->width + (size_t)x;
    for (size_t k = 0; k < 3; k++) c->levels[k * c->height * c->width + at] = with.level[k];
}

/* Position in the image, whose first pixel's centre is at 0. */
static void mark(canvas *c, double y, double x, colour with) {
    paint(c, (y + 0.5) * (double)c->scale, (x + 0.5) * (double)c->scale, with);
}

static void draw_cross(canvas *c, double y, double x, colour with) {
    double step = 1 / (double)c->scale;
    for (int i = -4; i <= 4; i++) {
        mark(c, y + i * step, x, with);
        mark(c, y, x + i * step, with);
    }
}

/* An ellipse about the centre; one of no size, or not measured, is not drawn. */
static void draw_ellipse(canvas *c, const gt_morphology_result *r, double a, double b,
                         double angle, colour with) {
    if (!(a > 0 && b > 0 && isfinite(a))) return;
    int points = (int)fmin(20000, 8 * a * (double)c->scale) + 8;
    double turn_c = cos(angle), turn_s = sin(angle);
    for (int i = 0; i < points; i++) {
        double t = 2 * M_PI * i / points, x = a * cos(t), y = b * sin(t);
        mark(c, r->centre_y + turn_s * x + turn_c * y, r->centre_x + turn_c * x - turn_s * y,
             with);
    }
}

static void draw_circle(canvas *c, const gt_morphology_result *r, double radius, colour with) {
    draw_ellipse(c, r, radius, radius, 0, with);
}

/* Brightness as by an asinh of ten times the noise: sky and core are both seen. */
static float shown_level(double value, double noise, double most) {
    double soft = noise > 0 ? 3 * noise : most > 0 ? most / 100 : 1;
    double level = 255 * asinh(value / soft) / asinh(fmax(most, soft) / soft);
    return isfinite(level) ? (float)fmin(255, fmax(0, 40 + level * 215 / 255)) : 0;
}

/* A plane of the stamp, or of the image itself, in gray; all else of the panel is black. */
static void draw_plane(canvas *c, const double *plane, size_t y0, size_t x0, size_t height,
                       size_t width, double noise, double most) {
    for (size_t y = 0; y < height * c->scale; y++)
        for (size_t x = 0; x < width * c->scale; x++) {
            double value = plane[y / c->scale * width + x / c->scale];
            float level = shown_level(value, noise, most);
            paint(c, (double)(y0 * c->scale + y), (double)(x0 * c->scale + x),
                  (colour){{level, level, level}});
        }
}

/* Borders of the pixels that belong to it; belongs (height, width) lies at (y0, x0). */
static void draw_outline(canvas *c, const gt_morphology_result *r, const uint8_t *belongs,
                         colour with) {
    int height = r->stamp_height, width = r->stamp_width;
    double scale = (double)c->scale;
    for (int y = 0; y <= height; y++)
        for (int x = 0; x <= width; x++) {
            bool here = y < height && x < width && belongs[y * width + x];
            bool left = y < height && x > 0 && belongs[y * width + x - 1];
            bool above = x < width && y > 0 && belongs[(y - 1) * width + x];
            double top = (r->stamp_y + y) * scale, side = (r->stamp_x + x) * scale;
            for (size_t i = 0; i < c->scale; i++) {
                if (here != left) paint(c, top + (double)i, side, with);
                if (here != above) paint(c, top, side + (double)i, with);
            }
        }
}

static double largest(size_t count, const double *values) {
    double most = 0;
    for (size_t i = 0; i < count; i++)
        if (isfinite(values[i])) most = fmax(most, values[i]);
    return most;
}

static void draw_image(canvas *c, const gt_morphing_room *room, const gt_morphed_row *row,
                       const gt_morphology_planes *planes) {
    const gt_morphology_result *r = &row->result;
    size_t height = c->height / c->scale, width = c->width / c->scale;
    draw_plane(c, room->image, 0, 0, height, width, row->sky.sigma,
               largest(height * width, room->image));
    if (r->flag == 4) return;
    draw_outline(c, r, planes->gini_map, WHITE);
    draw_circle(c, r, r->r20, CYAN);
    draw_circle(c, r, r->r80, CYAN);
    draw_circle(c, r, r->petrosian, YELLOW);
    draw_ellipse(c, r, r->petrosian_ellipse, r->petrosian_ellipse / r->centre_shape.elongation,
                 r->centre_shape.orientation, GREEN);
    draw_circle(c, r, 1.5 * r->petrosian, ORANGE);
    draw_cross(c, r->centroid_y, r->centroid_x, CYAN);
    draw_cross(c, r->centre_y, r->centre_x, RED);
}

static void draw_rest(canvas *c, const gt_morphed_row *row, const double *plane, double hole,
                      double most) {
    const gt_morphology_result *r = &row->result;
    if (r->flag == 4) return;
    draw_plane(c, plane, (size_t)r->stamp_y, (size_t)r->stamp_x, (size_t)r->stamp_height,
               (size_t)r->stamp_width, row->sky.sigma, most);
    draw_circle(c, r, hole, ORANGE);
    draw_circle(c, r, 1.5 * r->petrosian, ORANGE);
    draw_cross(c, r->centre_y, r->centre_x, RED);
}

/* The three panels of a row, the residues as bright as they would be in the image. */
static void draw_row(canvas panels[PANELS], gt_morphing_room *room, const gt_morphed_row *row) {
    gt_morphology_planes planes;
    size_t pixels = panels[0].height / panels[0].scale * (panels[0].width / panels[0].scale);
    double most = largest(pixels, room->image);
    gt_morphology_last_planes(room->morphology, &planes);
    draw_image(&panels[0], room, row, &planes);
    draw_rest(&panels[1], row, planes.turned_difference, 0, most);
    draw_rest(&panels[2], row, planes.above_smooth, 0.25 * row->result.petrosian, most);
}

static const char *number(double value, char out[16]) {
    if (value == GT_MORPHOLOGY_NONE) return "-";
    snprintf(out, 16, "%.3f", value);
    return out;
}

/* The event that left a row without measurements. */
static const char *reason(uint64_t events) {
    for (int bit = 0; bit < 64; bit++) {
        const char *name = events >> bit & 1 ? gt_morphology_event_name(bit) : NULL;
        if (name && gt_morphology_flag(UINT64_C(1) << bit) == 4) return name;
    }
    return "no reason known";
}

void gt_morphing_label(const gt_morphed_row *row, uint64_t number_of_row,
                       char labels[GT_MORPHING_PANELS][GT_MORPHING_LABEL]) {
    const gt_morphology_result *r = &row->result;
    char a[16], b[16], c[16], d[16], e[16];
    snprintf(labels[0], LABEL, "row %" PRIu64 " flag %d", number_of_row, r->flag);
    if (r->flag == 4) {
        snprintf(labels[1], LABEL, "not measured: %s", reason(r->events));
        snprintf(labels[2], LABEL, "not measured");
        return;
    }
    snprintf(labels[1], LABEL, "C %s A %s S %s", number(r->concentration, a),
             number(r->asymmetry, b), number(r->smoothness, c));
    snprintf(labels[2], LABEL, "Gini %s M20 %s", number(r->gini, d), number(r->m20, e));
}

typedef struct figure {
    uint64_t *rows;
    size_t count, height, width, scale;
    float *levels; /* (count, 3 panels, 3, height, width) */
    char (*labels)[LABEL];
    const char **lent;
} figure;

static gt_status make_room(const gt_morphed_set *set, figure *f, gt_error *err) {
    const gt_dataset_info *info = gt_dataset_describe(set->data);
    size_t side = info->height > info->width ? info->height : info->width;
    f->scale = side < MOST_SIDE ? MOST_SIDE / side : 1;
    f->height = info->height * f->scale;
    f->width = info->width * f->scale;
    size_t pictures = PANELS * f->count;
    f->levels = calloc(3 * pictures, f->height * f->width * sizeof *f->levels);
    f->labels = calloc(pictures, sizeof *f->labels);
    f->lent = calloc(pictures, sizeof *f->lent);
    if (!f->levels || !f->labels || !f->lent)
        return gt_fail(err, GT_NO_MEMORY, "no memory for pictures of %zu rows", f->count);
    for (size_t i = 0; i < pictures; i++) f->lent[i] = f->labels[i];
    return GT_OK;
}

static gt_status draw_rows(const gt_morphing *m, figure *f, gt_error *err) {
    gt_status status = GT_OK;
    const gt_morphed_set *set = &m->sets[0];
    gt_morphing_batch batch = {0};
    gt_morphing_room room = {NULL};
    GT_TRY(gt_morphing_batch_create(m, set, 1, &batch, err));
    GT_TRY(gt_morphing_room_create(set, &room, err));
    for (size_t i = 0; i < f->count; i++) {
        gt_morphed_row row;
        canvas panels[PANELS];
        for (size_t p = 0; p < PANELS; p++)
            panels[p] = (canvas){f->levels + 3 * (PANELS * i + p) * f->height * f->width,
                                 f->height, f->width, f->scale};
        GT_TRY(gt_morphing_batch_read(m, set, f->rows[i], 1, &batch, err));
        gt_morphing_measure(m, set, &batch, 0, &room, &row);
        draw_row(panels, &room, &row);
        gt_morphing_label(&row, f->rows[i], f->labels + PANELS * i);
    }
done:
    gt_morphing_batch_free(&batch);
    gt_morphing_room_free(&room);
    return status;
}

gt_status gt_morphing_figure(const gt_morphing *m, const char *rows, const char *path,
                             gt_error *err) {
    static const char *const captions[PANELS] = {"image", "from its half turn",
                                                 "above its mean"};
    gt_status status = GT_OK;
    const gt_morphed_set *set = &m->sets[0];
    gt_grid_options options = gt_grid_options_default();
    gt_row_source from = {"rows ", set->path, set->count, GT_MORPHING_FIGURE_ROWS};
    figure f = {NULL};
    GT_TRY(gt_row_list_read(&from,
                            rows             ? rows
                            : set->count < 4 ? "0"
                                             : "0-3",
                            &f.rows, &f.count, err));
    GT_TRY(make_room(set, &f, err));
    GT_TRY(draw_rows(m, &f, err));
    options.columns = PANELS;
    options.upscale = 1;
    options.high = 255;
    options.captions = captions;
    options.labels = f.lent;
    GT_TRY(gt_sheet_write_images(path, PANELS * f.count, 3, f.height, f.width, f.levels,
                                 &options, m->provenance, err));
done:
    free(f.rows);
    free(f.levels);
    free(f.labels);
    free(f.lent);
    return status;
}
