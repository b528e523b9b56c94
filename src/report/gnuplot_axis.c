/* gnuplot_axis.c - ranges of axes, and the numbers beside them. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gnuplot.h"
#include "text.h"

enum { TICKS = 5, MOST_TICKS = 8 }; /* as many as look well, and as may become of them */
/* cm: a digit of our font, the least gap between numbers side by side, what is no frame */
#define DIGIT 0.21
#define LABEL_LETTER 0.19 /* cm */
#define LABEL_SHARE 0.88  /* of the figure's side: it stands beside a frame's middle */
#define NUMBER_GAP 0.35
#define BESIDE_FRAME 2.7
#define FARTHEST 1e300 /* sums and ratios of what is drawn are still numbers */

/* ---- ranges ---------------------------------------------------------------------------------
 */

gt_range gt_range_empty(void) {
    return (gt_range){INFINITY, -INFINITY};
}

/* NaN is neither: a comparison with it is false. */
bool gt_range_accepts(const gt_axis *axis, double value) {
    return axis->is_log ? value >= 1 / FARTHEST && value <= FARTHEST : fabs(value) <= FARTHEST;
}

bool gt_range_asked(const gt_axis *axis, gt_range *out) {
    if (!(axis->low < axis->high) || !gt_range_accepts(axis, axis->low) ||
        !gt_range_accepts(axis, axis->high))
        return false;
    *out = (gt_range){axis->low, axis->high};
    return true;
}

void gt_range_add(gt_range *range, const gt_axis *axis, double value) {
    if (!gt_range_accepts(axis, value)) return;
    if (value < range->low) range->low = value;
    if (value > range->high) range->high = value;
}

gt_range gt_range_padded(gt_range range, const gt_axis *axis, double share) {
    if (range.low > range.high) return (gt_range){axis->is_log ? 0.1 : 0, 1};
    if (axis->is_log) {
        double decades = log10(range.high) - log10(range.low);
        double factor = range.low < range.high ? pow(10, fmin(1, share * decades)) : 2;
        return (gt_range){range.low / factor, range.high * factor};
    }
    double length = range.high - range.low, size = fmax(fabs(range.low), fabs(range.high));
    /* below single precision of the values gnuplot finds no ticks */
    double more = length > 1e-7 * size ? share * length : size > 0 ? 0.1 * size : 0.1;
    return (gt_range){range.low - more, range.high + more};
}

/* ---- ticks ----------------------------------------------------------------------------------
 */

/* 1, 2 or 5 times a power of ten, as near as can be to a part of the range. */
static double tick_step(double low, double high, int parts) {
    static const double factors[] = {1, 2, 5}, limits[] = {1.41421, 3.16228, 7.07107};
    double wanted = (high - low) / parts;
    double power = pow(10, floor(log10(wanted)));
    for (size_t i = 0; i < 3; i++)
        if (wanted <= limits[i] * power) return factors[i] * power;
    return 10 * power;
}

static double text_width(const char *text) {
    double width = 0;
    for (; *text; text++)
        width += *text == '.' ? 0.5 * DIGIT : *text == '-' ? 1.3 * DIGIT : DIGIT;
    return width;
}

/* Digits that tell neighbouring numbers apart: the usual six, more for days of years ago. */
static int digits_of(double low, double high, double step) {
    double size = fmax(fabs(low), fabs(high));
    return (int)fmin(15, fmax(6, 1 + ceil(log10(size) - log10(step))));
}

/* Of the widest number that such steps give. */
static double number_width(double low, double high, double step) {
    double widest = 0;
    int digits = digits_of(low, high, step);
    char text[32];
    for (int i = 0; i <= MOST_TICKS; i++) {
        double at = (ceil(low / step) + i) * step;
        if (at > high + 1e-9 * step) break;
        snprintf(text, sizeof text, "%.*g", digits, fabs(at) < 1e-9 * step ? 0 : at);
        widest = fmax(widest, text_width(text));
    }
    return widest;
}

/* Two numbers at least are seen: one alone has no scale. */
static bool has_scale(const gt_gnuplot *job, double low, double high, double step) {
    double inset = job->inset * (high - low);
    return floor((high - inset) / step) > ceil((low + inset) / step);
}

/* Numbers side by side need room. */
static double x_step(const gt_gnuplot *job, double low, double high) {
    double step = tick_step(low, high, TICKS),
           room = job->frame > 0 ? job->frame : job->width - BESIDE_FRAME;
    for (int parts = TICKS - 1; parts > 1; parts--) {
        double each = number_width(low, high, step) + NUMBER_GAP;
        double wider = tick_step(low, high, parts);
        if (each * (high - low) / step <= room || !has_scale(job, low, high, wider)) break;
        step = wider;
    }
    return step;
}

/* Below two decades gnuplot shows one number of a logarithmic axis, or none. */
static void write_short_decades(FILE *script, double low, double high) {
    static const double factors[] = {1, 2, 5};
    const char *comma = "(";
    for (double power = pow(10, floor(log10(low))); power <= high; power *= 10)
        for (size_t i = 0; i < 3; i++) {
            char text[GT_NUMBER_SIZE];
            double at = factors[i] * power;
            if (at < low || at > high) continue;
            fprintf(script, "%s%s", comma, gt_real_to_text(at, text));
            comma = ", ";
        }
    fputs(")\n", script);
}

/* Within a decade: as far apart as on a linear axis. */
static void write_even_ticks(FILE *script, double low, double high, double step) {
    char text[GT_NUMBER_SIZE];
    const char *comma = "(";
    for (double at = ceil(low / step); at * step <= high; at++, comma = ", ")
        fprintf(script, "%s%s", comma, gt_real_to_text(at * step, text));
    fputs(")\n", script);
}

static void write_linear_ticks(gt_gnuplot *job, double low, double high, double step) {
    char text[3][GT_NUMBER_SIZE];
    double inset = job->inset * (high - low), first = ceil((low + inset) / step) * step;
    if (job->inset > 0)
        fprintf(job->script, "%s,%s,%s\n", gt_real_to_text(first, text[0]),
                gt_real_to_text(step, text[1]), gt_real_to_text(high - inset, text[2]));
    else
        fprintf(job->script, "%s\n", gt_real_to_text(step, text[0]));
}

static void write_ticks(gt_gnuplot *job, const char *name, const gt_axis *axis, double low,
                        double high) {
    bool is_wide = axis->is_log && high >= 10 * low;
    double step = *name == 'x' ? x_step(job, low, high) : tick_step(low, high, TICKS);
    if (axis->is_log) fprintf(job->script, "set logscale %s\n", name);
    fprintf(job->script, "set format %s '%%.%dg'\nset %stics ", name,
            is_wide ? 6 : digits_of(low, high, step), name);
    if (!axis->is_log)
        write_linear_ticks(job, low, high, step);
    else if (!is_wide)
        write_even_ticks(job->script, low, high, step);
    else if (high < 100 * low)
        write_short_decades(job->script, low, high);
    else
        fputs("autofreq\n", job->script);
}

/* Bytes of the first so many characters. */
static size_t bytes_of(const char *text, size_t characters) {
    size_t used = 0;
    while (text[used] && (((unsigned char)text[used] & 0xc0) == 0x80 || characters-- > 0))
        used++;
    return used;
}

/* A label that is longer than the figure's side would lose both ends: it loses its middle, so
 * that its unit stays. */
static void write_label(gt_gnuplot *job, const char *label, double side) {
    size_t letters = gt_gnuplot_characters(label);
    size_t most = (size_t)(LABEL_SHARE * side / LABEL_LETTER);
    char *cut = NULL;
    if (letters > most && most > 4) {
        size_t head = (most - 1) / 2, tail = letters - (most - 1 - head);
        if (asprintf(&cut, "%.*s\xe2\x80\xa6%s", (int)bytes_of(label, head), label,
                     label + bytes_of(label, tail)) < 0)
            cut = NULL;
    }
    gt_gnuplot_text(job->script, cut ? cut : label);
    free(cut);
}

void gt_gnuplot_axis(gt_gnuplot *job, const char *name, const gt_axis *axis, double low,
                     double high) {
    char a[GT_NUMBER_SIZE], b[GT_NUMBER_SIZE];
    gt_range range = {low, high};
    if (gt_range_asked(axis, &range)) low = range.low, high = range.high;
    if (axis->label) {
        fprintf(job->script, "set %slabel ", name);
        write_label(job, axis->label, *name == 'x' ? job->width : job->height);
        fputs(*name == 'x'   ? " offset 0,0.3\n"
              : *name == 'c' ? " offset 1.2,0\n"
                             : "\n",
              job->script);
    }
    write_ticks(job, name, axis, low, high);
    if (axis->is_bare)
        fprintf(job->script, "set format %s ''\nset %stics scale 0\n", name, name);
    fprintf(job->script, "set %srange [%s:%s]\n", name, gt_real_to_text(low, a),
            gt_real_to_text(high, b));
}

double gt_gnuplot_tick_width(const gt_axis *axis, double low, double high) {
    char text[2][32];
    gt_range range = {low, high};
    if (gt_range_asked(axis, &range)) low = range.low, high = range.high;
    if (!axis->is_log || high < 10 * low)
        return number_width(low, high, tick_step(low, high, TICKS));
    snprintf(text[0], sizeof text[0], "%g", pow(10, floor(log10(low))));
    snprintf(text[1], sizeof text[1], "%g", pow(10, floor(log10(high))));
    return fmax(text_width(text[0]), text_width(text[1]));
}
