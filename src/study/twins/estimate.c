/* estimate.c - see estimate.h. */
#include "estimate.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "csv.h"
#include "file.h"

enum { MOST_BYTES = 1 << 28 };

/* ---- trainings ---- */

/* What the log of a training tells at its end. seconds: of an epoch of the last process, with
 * all that belongs to it; images_per_second: of learning alone. 0: nothing yet. */
typedef struct pace {
    double epochs, seconds, images_per_second;
} pace;

static pace read_pace(const gt_twin *t) {
    char path[GT_TWINS_PATH], log[GT_TWINS_PATH + 32], *text = NULL;
    size_t size;
    gt_csv csv = {0};
    pace found = {0};
    double begun = 0, last = 0;
    if (gt_twin_run(t, path, NULL)) return found;
    snprintf(log, sizeof log, "%s/train.csv", path);
    if (gt_file_load(log, MOST_BYTES, &text, &size, NULL) ||
        gt_csv_parse(text, size, &csv, NULL))
        goto done;
    size_t epochs = gt_csv_column(&csv, "epoch"), seconds = gt_csv_column(&csv, "seconds"),
           paces = gt_csv_column(&csv, "images_per_second");
    for (size_t row = 0; row < csv.rows; row++) {
        if (strcmp(gt_csv_cell(&csv, row, 0), "epoch") != 0) continue;
        double epoch = gt_csv_number(&csv, row, epochs),
               all = gt_csv_number(&csv, row, seconds);
        if (!(all > last)) begun = found.epochs; /* each process has a clock of its own */
        last = all;
        found = (pace){epoch, all / fmax(1, epoch - begun), gt_csv_number(&csv, row, paces)};
    }
done:
    gt_csv_free(&csv);
    free(text);
    return found;
}

/* Of an epoch. */
static double images_of(const gt_sweep *sweep, int64_t size) {
    int64_t rows = sweep->job->settings->epoch_rows;
    return (double)(size * (rows > size ? rows / size : 1));
}

/* At the training's own pace, else that of another one of the model, whose epochs take as long
 * beside learning. */
static double training_seconds(const gt_twin *t) {
    pace own = read_pace(t), other = own;
    int64_t size = t->size;
    for (size_t i = t->sweep->size_count; i-- > 0 && !(other.images_per_second > 0);)
        for (int side = 0; side < 2 && !(other.images_per_second > 0); side++) {
            size = t->sweep->sizes[i];
            other = read_pace(&(gt_twin){t->sweep, size, side});
        }
    if (!(other.images_per_second > 0)) return NAN;
    double learning = images_of(t->sweep, t->size) / other.images_per_second;
    double beside = other.seconds - images_of(t->sweep, size) / other.images_per_second;
    double left = (double)t->sweep->job->settings->epochs - own.epochs;
    return fmax(0, left) * (learning + fmax(0, beside));
}

/* ---- other parts ---- */

static double measured_seconds(const gt_twin *t, const gt_twins_part *part) {
    char path[GT_TWINS_PATH];
    gt_numbers numbers = {0};
    double seconds = NAN;
    if (gt_twin_result(t, part, path, NULL) || access(path, F_OK) ||
        gt_numbers_read(path, &numbers, &seconds, NULL))
        seconds = NAN;
    gt_numbers_free(&numbers);
    return seconds;
}

typedef struct measured {
    double size, seconds; /* NaN: nothing */
} measured;

/* Of another size than `known`, as near as there is. */
static measured find_measured(const gt_twin *t, const gt_twins_part *part, double known) {
    measured best = {NAN, NAN};
    double nearest = INFINITY;
    for (size_t i = 0; i < t->sweep->size_count; i++)
        for (int side = 0; side < (part->is_sided ? 2 : 1); side++) {
            const gt_twin other = {t->sweep, t->sweep->sizes[i], side};
            double size = (double)other.size, far = fabs(log((double)t->size / size));
            double seconds = measured_seconds(&other, part);
            if (isnan(seconds) || far >= nearest || size == known) continue;
            nearest = far;
            best = (measured){size, seconds};
        }
    return best;
}

/* Part of the work does not grow: two sizes tell how much does, one alone counts it all. */
double gt_estimate(const gt_twin *t, const gt_twins_part *part) {
    if (part == &gt_twins_training) return training_seconds(t);
    measured near = find_measured(t, part, NAN), other = find_measured(t, part, near.size);
    double growth = part->grows ? near.seconds / near.size : 0;
    if (part->grows && !isnan(other.seconds))
        growth =
            fmin(growth, fmax(0, (near.seconds - other.seconds) / (near.size - other.size)));
    return near.seconds + growth * ((double)t->size - near.size);
}
