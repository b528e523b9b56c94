/* brightness.c - moments of the means of pictures, see brightness.h. */
#include "galatea/brightness.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "text.h"

/* One value more, after Pebay 2008 (SAND2008-6212), equations 2.1, 3.1 for a set of one. */
void gt_brightness_add(gt_brightness_sums *s, double mean) {
    double before = (double)s->count, n = before + 1;
    double delta = mean - s->mean, step = delta / n, square = step * step;
    double term = delta * step * before;
    s->count++;
    s->fourth +=
        term * square * (n * n - 3 * n + 3) + 6 * square * s->second - 4 * step * s->third;
    s->third += term * step * (n - 2) - 3 * step * s->second;
    s->second += term;
    s->mean += step;
}

gt_brightness gt_brightness_of(const gt_brightness_sums *s) {
    gt_brightness out = {.count = s->count, .mean = s->mean};
    double n = (double)s->count;
    if (s->count < 2 || !(s->second > 0)) return out;
    out.deviation = sqrt(s->second / (n - 1));
    out.kurtosis = n * s->fourth / (s->second * s->second);
    return out;
}

bool gt_brightness_compare(const gt_brightness *made, const gt_brightness *known,
                           gt_brightness_drift *out) {
    *out = (gt_brightness_drift){0, 0};
    if (!made->count || known->count < 2 || !(known->deviation > 0)) return false;
    double share = sqrt(1 / (double)made->count + 1 / (double)known->count);
    double of_deviation = sqrt((known->kurtosis - 1) / 4);
    out->mean = (made->mean - known->mean) / (known->deviation * share);
    if (made->count > 1 && of_deviation > 0)
        out->deviation =
            (made->deviation - known->deviation) / (known->deviation * of_deviation * share);
    return true;
}

const char *gt_brightness_text(const gt_brightness *b, char text[GT_BRIGHTNESS_ROOM]) {
    char mean[GT_NUMBER_SIZE], deviation[GT_NUMBER_SIZE], kurtosis[GT_NUMBER_SIZE];
    snprintf(text, GT_BRIGHTNESS_ROOM, "pictures=%" PRIu64 " mean=%s deviation=%s kurtosis=%s",
             b->count, gt_real_to_text(b->mean, mean), gt_real_to_text(b->deviation, deviation),
             gt_real_to_text(b->kurtosis, kurtosis));
    return text;
}

gt_brightness gt_brightness_parse(const char *text) {
    GT_PLAIN_NUMBERS;
    gt_brightness b = {0};
    int end = 0;
    bool is_whole = text &&
                    sscanf(text, "pictures=%" SCNu64 " mean=%lf deviation=%lf kurtosis=%lf%n",
                           &b.count, &b.mean, &b.deviation, &b.kurtosis, &end) == 4 &&
                    text[end] == '\0';
    bool is_sound = is_whole && isfinite(b.mean) && isfinite(b.deviation) && b.deviation >= 0 &&
                    isfinite(b.kurtosis) && b.kurtosis >= 0;
    return is_sound ? b : (gt_brightness){0};
}
