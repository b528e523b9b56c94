/* model_input.c - the images that a model is made for, as settings of its run. */
#include <math.h>

#include "model_internal.h"

/* A code has a channel for each of its numbers. */
enum { MOST_CHANNELS = 1 << 20, LONGEST_SIDE = 65536 };

static const gt_option input_rows[] = {
    {"image-channels", GT_INT_AT(gt_model_input, channels), "1", "N",
     "channels of the images, or numbers of a code; taken from the data set when training",
     .min = 1, .max = MOST_CHANNELS},
    {"image-height", GT_INT_AT(gt_model_input, height), "64", "N",
     "height of the images; taken from the data set when training", .min = 1,
     .max = LONGEST_SIDE},
    {"image-width", GT_INT_AT(gt_model_input, width), "64", "N",
     "width of the images; taken from the data set when training", .min = 1,
     .max = LONGEST_SIDE},
    {"pixel-shift", GT_REALS_AT(gt_model_input, shift), "0", "X,...",
     "added to pixels (0 to 255) on input, one number or one a channel; minus the mean of the "
     "training pixels",
     .min = -INFINITY, .max = INFINITY},
    {"pixel-scale", GT_REALS_AT(gt_model_input, scale), "1", "X,...",
     "then multiplied with; one over the deviation of the training pixels",
     .min = GT_ABOVE_ZERO, .max = INFINITY},
    {"constant-features", GT_TEXT_AT(gt_model_input, constant), NULL, "N[-N][=X],...",
     "of codes: features, from 0, that are the number X (0) in all rows to learn from, which a "
     "flow leaves out and puts back into what it draws; taken from the data set when "
     "training"},
};
const gt_option_table gt_model_input_options = GT_OPTION_TABLE("Images", input_rows);

static const gt_option label_rows[] = {
    {"class-rows", GT_REALS_AT(gt_model_input, class_rows), "0", "N,...",
     "rows of each class among those to learn from, or any number for each class where only "
     "their count matters; taken from the data set when training",
     .min = 0, .max = 9e15},
};
const gt_option_table gt_model_label_options = GT_OPTION_TABLE("Labels", label_rows);

bool gt_model_fit_input(const gt_model_class *class, gt_model_input *input) {
    static const double white = 255;
    const gt_data_needs *needs = &class->needs;
    double width = needs->high - needs->low;
    if (needs->codes) input->height = input->width = 1;
    if (!needs->codes && width == 0) return false;
    input->shift = (gt_reals)GT_REALS(needs->codes ? 0 : needs->low / width * white);
    input->scale = (gt_reals)GT_REALS(needs->codes ? 1 : width / white);
    return true;
}

gt_status gt_model_check_input(const gt_model_class *class, const gt_model_input *input,
                               gt_error *err) {
    const gt_reals *lists[] = {&input->shift, &input->scale};
    for (int i = 0; i < 2; i++)
        if (lists[i]->count != 1 && lists[i]->count != input->channels)
            return gt_fail(err, GT_USAGE,
                           "%d numbers of %s for %lld channels, expected 1 or %lld",
                           lists[i]->count, i ? "pixel-scale" : "pixel-shift",
                           (long long)input->channels, (long long)input->channels);
    if (input->constant && !class->needs.codes)
        return gt_fail(err, GT_USAGE, "constant-features are of codes, %s learns images",
                       class->name);
    if (input->channels <= MOST_CHANNELS && input->height <= LONGEST_SIDE &&
        input->width <= LONGEST_SIDE)
        return GT_OK;
    if (class->needs.codes)
        return gt_fail(err, GT_USAGE, "codes of %lld numbers, expected at most %d",
                       (long long)input->channels, MOST_CHANNELS);
    return gt_fail(err, GT_USAGE, "images of %lldx%lldx%lld, expected at most %dx%dx%d",
                   (long long)input->channels, (long long)input->height,
                   (long long)input->width, MOST_CHANNELS, LONGEST_SIDE, LONGEST_SIDE);
}
