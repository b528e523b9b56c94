/* gnuplot_axis.c - ranges of axes, and the numbers beside them. */
#include <math.h>
#include <string.h>

#include "gnuplot.h"
#include "text.h"

enum { TICKS = 5, MOST_TICKS = 8 }; /* as many as look well, and as may become of them */
/* cm: a digit of our font, the least gap between numbers side by side, what is no frame */
#define DIGIT 0.21
#define NUMBER_GAP 0.35
#define BESIDE_FRAME 2.7

/* ---- ranges ---------------------------------------------------------------------------------
 */

gt_range gt_range_empty(void) {
    return (gt_range){INFINITY, -INFINITY};
}

bool gt_range_accepts(const gt_axis *axis, double value) {
    return isfinite(value) && (!axis->is_log || value > 0);
}

void gt_range_add(gt_range *range, const gt_axis *axis, double value) {
    if (!gt_range_accepts(axis, value)) return;
    if (value < range->low) range->low = value;
    if (value > range->high) range->high = value;
}

gt_range gt_range_padded(gt_range range, const gt_axis *axis, double share) {
    if (range.low > range.high) return (gt_range){axis->is_log ? 0.1 : 0, 1};
    if (axis->is_log) {
        double factor = range.low < range.high ? pow(range.high / range.low, share) : 2;
        return (gt_range){range.low / factor, range.high * factor};
    }
    double length = range.high - range.low, size = fabs(range.low) > 0 ? fabs(range.low) : 1;
    /* below single precision of the values gnuplot finds no ticks */
    double more = length > 1e-7 * size ? share * length : 0.1 * size;
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

/* Of the widest number that such steps give. */
static double number_width(double low, double high, double step) {
    double widest = 0;
    char text[32];
    for (int i = 0; i <= MOST_TICKS; i++) {
        double at = (ceil(low / step) + i) * step;
        if (at > high + 1e-9 * step) break;
        snprintf(text, sizeof text, "%g", fabs(at) < 1e-9 * step ? 0 : at);
        widest = fmax(widest, text_width(text));
    }
    return widest;
}

/* Numbers side by side need room. */
static double x_step(const gt_gnuplot *job, double low, double high) {
    double step = tick_step(low, high, TICKS), room = job->width - BESIDE_FRAME;
    for (int parts = TICKS - 1; parts > 1; parts--) {
        double each = number_width(low, high, step) + NUMBER_GAP;
        if (each * (high - low) / step <= room) break;
        step = tick_step(low, high, parts);
    }
    return step;
}

/* Below two decades gnuplot shows one number of a logarithmic axis, or none. */
static void write_short_decades(FILE *script, const char *name, double low, double high) {
    static const double factors[] = {1, 2, 5};
    const char *comma = "";
    fprintf(script, "set %stics (", name);
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

static void write_ticks(gt_gnuplot *job, const char *name, const gt_axis *axis, double low,
                        double high) {
    char text[GT_NUMBER_SIZE];
    if (!axis->is_log) {
        double step = *name == 'x' ? x_step(job, low, high) : tick_step(low, high, TICKS);
        fprintf(job->script, "set %stics %s\n", name, gt_real_to_text(step, text));
        return;
    }
    fprintf(job->script, "set logscale %s\n", name);
    if (high >= 2.5 * low && high < 100 * low)
        write_short_decades(job->script, name, low, high);
    else
        fprintf(job->script, "set %stics autofreq\n", name);
}

void gt_gnuplot_axis(gt_gnuplot *job, const char *name, const gt_axis *axis, double low,
                     double high) {
    char a[GT_NUMBER_SIZE], b[GT_NUMBER_SIZE];
    if (axis->low < axis->high) low = axis->low, high = axis->high;
    if (axis->label) {
        fprintf(job->script, "set %slabel ", name);
        gt_gnuplot_text(job->script, axis->label);
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
    if (axis->low < axis->high) low = axis->low, high = axis->high;
    if (!axis->is_log) return number_width(low, high, tick_step(low, high, TICKS));
    snprintf(text[0], sizeof text[0], "%g", pow(10, floor(log10(low))));
    snprintf(text[1], sizeof text[1], "%g", pow(10, floor(log10(high))));
    return fmax(text_width(text[0]), text_width(text[1]));
}
