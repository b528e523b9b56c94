/* brightness.h (room: image) - how bright the pictures of a set are: moments of their mean
 * levels (dataset.h), by which made pictures are compared with those that a network learned
 * from. Nothing is corrected by it. */
#ifndef GALATEA_BRIGHTNESS_H
#define GALATEA_BRIGHTNESS_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Of the means of `count` pictures: mean, standard deviation (divisor count - 1; 0 for one
 * picture), and the fourth central moment over the square of the second (3 for a normal
 * distribution; 0 where all are the same). count 0: unknown. */
typedef struct gt_brightness {
    uint64_t count;
    double mean, deviation, kurtosis;
} gt_brightness;

/* Central sums of what was added so far; begins as zeros. The members are the functions' own.
 */
typedef struct gt_brightness_sums {
    uint64_t count;
    double mean, second, third, fourth;
} gt_brightness_sums;

/* Adds a picture by its mean level. */
void gt_brightness_add(gt_brightness_sums *sums, double mean);
gt_brightness gt_brightness_of(const gt_brightness_sums *sums);

/* In standard errors of the difference of two sets, see below. */
typedef struct gt_brightness_drift {
    double mean, deviation;
} gt_brightness_drift;

/* How far mean and deviation of `made` are from those of `known`, in standard errors of the
 * difference of two sets of these sizes that are both drawn from the distribution of `known`: s
 * sqrt(1/n + 1/N) of the mean, s sqrt((kurtosis - 1) / 4 (1/n + 1/N)) of the deviation, which
 * wants two made pictures. false, and zeros: `known` has no scatter, or one of them no
 * pictures. */
bool gt_brightness_compare(const gt_brightness *made, const gt_brightness *known,
                           gt_brightness_drift *out);

/* "pictures=200 mean=31.25 deviation=4.5 kurtosis=3.1", with all digits. */
enum { GT_BRIGHTNESS_ROOM = 192 };
const char *gt_brightness_text(const gt_brightness *brightness, char text[GT_BRIGHTNESS_ROOM]);
/* Reads it back; count 0 for NULL, and for what is no such text. */
gt_brightness gt_brightness_parse(const char *text);

#ifdef __cplusplus
}
#endif
#endif
