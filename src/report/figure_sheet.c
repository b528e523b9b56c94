/* figure_sheet.c - pictures in rows: pixels as they are, texts as texts, a bar for the scale.
 */
#include <math.h>
#include <string.h>

#include "gnuplot.h"
#include "text.h"

/* cm: a picture, all of them beside each other, a line of text, what is around */
#define PICTURE 2.2
#define WIDEST 17.0
#define LINE 0.38
#define EDGE 0.15
enum { LONGEST = 120 };

/* A sheet on paper. */
typedef struct layout {
    const gt_picture_sheet *sheet;
    double cm;                    /* a pixel */
    double above, between, below; /* pixels that texts take */
    double width, height;         /* pixels of all */
} layout;

static bool has_text(const char *const *texts, size_t count) {
    for (size_t i = 0; texts && i < count; i++)
        if (texts[i] && *texts[i]) return true;
    return false;
}

static layout lay_out(const gt_picture_sheet *s) {
    double each = fmin(PICTURE, WIDEST / (double)s->columns);
    layout l = {.sheet = s, .cm = each / (double)s->cell_width};
    double line = LINE / l.cm;
    if (has_text(s->captions, s->columns)) l.above = line;
    if (has_text(s->labels, s->rows * s->columns)) l.between = line;
    if (s->note && *s->note) l.below = 1.2 * line;
    l.width = (double)(s->columns * s->cell_width);
    l.height = l.above + l.below + (double)s->rows * ((double)s->cell_height + l.between);
    return l;
}

/* Where the pixels of a row end, from below. */
static double bottom_of(const layout *l, size_t row) {
    return l->height - l->above -
           (double)(row + 1) * ((double)l->sheet->cell_height + l->between) + l->between;
}

static void write_text(FILE *script, const char *text, double x, double y, const char *how) {
    char cut[LONGEST + 1];
    size_t used = 0;
    for (size_t length; text[used] && (length = gt_utf8_length(text + used)) != 0;
         used += length) {
        if (used + length > LONGEST) break;
        memcpy(cut + used, text + used, length);
    }
    cut[used] = '\0';
    fputs("set label ", script);
    gt_gnuplot_text(script, cut);
    fprintf(script, " at %.4f,%.4f %s\n", x, y, how);
}

static void write_gap(FILE *script, double x0, double y0, double x1, double y1) {
    fprintf(script,
            "set arrow from %.4f,%.4f to %.4f,%.4f nohead front lw 2 lc rgb '#ffffff'\n", x0,
            y0, x1, y1);
}

/* Pictures stand apart. */
static void write_gaps(gt_gnuplot *job, const layout *l) {
    for (size_t c = 1; c < l->sheet->columns; c++) {
        double x = (double)(c * l->sheet->cell_width);
        write_gap(job->script, x, bottom_of(l, l->sheet->rows - 1), x, l->height - l->above);
    }
    for (size_t r = 0; l->between == 0 && r + 1 < l->sheet->rows; r++)
        write_gap(job->script, 0, bottom_of(l, r), l->width, bottom_of(l, r));
}

static void write_texts(gt_gnuplot *job, const layout *l) {
    const gt_picture_sheet *s = l->sheet;
    double line = LINE / l->cm;
    for (size_t c = 0; l->above > 0 && c < s->columns; c++)
        if (s->captions[c])
            write_text(job->script, s->captions[c], ((double)c + 0.5) * (double)s->cell_width,
                       l->height - 0.45 * line, "center textcolor rgb '#222222'");
    for (size_t i = 0; l->between > 0 && i < s->rows * s->columns; i++)
        if (s->labels[i])
            write_text(job->script, s->labels[i],
                       (double)(i % s->columns * s->cell_width) + 0.1 * line,
                       bottom_of(l, i / s->columns) - 0.62 * line,
                       "left textcolor rgb '#222222'");
    if (l->below > 0)
        write_text(job->script, s->note, 0.1 * line, 0.4 * line,
                   "left textcolor rgb '#666666'");
}

/* 1, 2 or 5 times a power of ten: what two fifths of a picture hold. */
static double bar_length(double most) {
    static const double factors[] = {5, 2, 1};
    double power = pow(10, floor(log10(most)));
    for (size_t i = 0; i < 3; i++)
        if (factors[i] * power <= most) return factors[i] * power;
    return power;
}

/* White on black, so that it can be seen on either. */
static void write_bar(gt_gnuplot *job, const layout *l) {
    const gt_picture_sheet *s = l->sheet;
    char text[64], number[GT_NUMBER_SIZE];
    if (!(s->pixel_arcsec > 0) || !isfinite(s->pixel_arcsec)) return;
    double arcsec = bar_length(0.4 * (double)s->cell_width * s->pixel_arcsec);
    bool is_wide = arcsec >= 60;
    if (is_wide) arcsec = 60 * bar_length(0.4 * (double)s->cell_width * s->pixel_arcsec / 60);
    double length = arcsec / s->pixel_arcsec, left = 0.08 * (double)s->cell_width;
    double y = bottom_of(l, 0) + 0.1 * (double)s->cell_height;
    snprintf(text, sizeof text, "%s %s",
             gt_real_to_text(is_wide ? arcsec / 60 : arcsec, number),
             is_wide ? "arcmin" : "arcsec");
    for (int i = 0; i < 2; i++)
        fprintf(job->script,
                "set arrow from %.4f,%.4f to %.4f,%.4f nohead front lw %s lc rgb '%s'\n", left,
                y, left + length, y, i ? "1.6" : "3", i ? "#ffffff" : "#000000");
    write_text(job->script, text, left, y + 0.5 * LINE / l->cm,
               "left front font 'DejaVu Sans,6' textcolor rgb '#ffffff'");
}

/* Each row of pictures is an image of its own, so that texts have room below it. */
static void write_pixels(gt_gnuplot *job, const layout *l) {
    const gt_picture_sheet *s = l->sheet;
    size_t width = s->columns * s->cell_width, pixels = width * s->cell_height;
    for (size_t i = 0; i < s->rows * pixels; i++)
        for (size_t c = 0; c < 3; c++)
            fputc(s->pixels[i * s->channels + (s->channels == 3 ? c : 0)], job->data);
    for (size_t row = 0; row < s->rows; row++)
        fprintf(job->script,
                "%s 'data' binary array=(%zu,%zu) skip=%zu format='%%uchar%%uchar%%uchar' "
                "flipy origin=(0.5,%.4f) using 1:2:3 with rgbimage notitle",
                row ? ", \\\n  " : "plot", width, s->cell_height, 3 * row * pixels,
                bottom_of(l, row) + 0.5);
    fputc('\n', job->script);
}

gt_status gt_figure_sheet(const char *path, const gt_figure *figure,
                          const gt_picture_sheet *sheet, gt_error *err) {
    GT_PLAIN_NUMBERS;
    gt_status status = GT_OK;
    gt_gnuplot job = {0};
    if (!sheet->rows || !sheet->columns || !sheet->cell_width || !sheet->cell_height ||
        (sheet->channels != 1 && sheet->channels != 3))
        GT_THROW(err, GT_BAD_ARGUMENT,
                 "drawing %s: %zu x %zu pictures of %zu x %zu pixels and %zu channels", path,
                 sheet->rows, sheet->columns, sheet->cell_height, sheet->cell_width,
                 sheet->channels);
    layout l = lay_out(sheet);
    GT_TRY(gt_gnuplot_begin(path, figure, l.width * l.cm + 2 * EDGE, l.height * l.cm + 2 * EDGE,
                            &job, err));
    fprintf(job.script,
            "unset border\nunset tics\nunset grid\nunset key\nset xrange [0:%.4f]\n"
            "set yrange [0:%.4f]\nset lmargin at screen %.4f\nset rmargin at screen %.4f\n"
            "set bmargin at screen %.4f\nset tmargin at screen %.4f\n",
            l.width, l.height, EDGE / job.width, 1 - EDGE / job.width, EDGE / job.height,
            1 - EDGE / job.height);
    write_texts(&job, &l);
    write_gaps(&job, &l);
    write_bar(&job, &l);
    write_pixels(&job, &l);
    GT_TRY(gt_gnuplot_finish(&job, err));
done:
    gt_gnuplot_discard(&job);
    return status;
}
