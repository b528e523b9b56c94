/* galatea sample RUN: new images from a trained model, as a sheet or as a data set. */
#include "cli.h"
#include "export.h"
#include "galatea/interrupt.h"
#include "network_arguments.h"
#include "run_variants.h"
#include "sampling.h"
#include "sheet.h"
#include "shown.h"

static const gt_option rows[] = {
    {"out", GT_TEXT_AT(gt_sample_settings, out), NULL, "FILE",
     "sheet (.png, .pdf, .svg), data set (.h5), FITS (.fits) or arrays (.npy, .npz) to write",
     .required = true, .path = GT_WRITES, .endings = GT_SHEET_ENDINGS "|" GT_EXPORT_ENDINGS},
    {"count", GT_INT_AT(gt_sample_settings, count), "64", "N", "images", .min = 1, .max = 1e9},
    {"seed", GT_INT_AT(gt_sample_settings, seed), "1", "S", "seed of the images", .min = 0,
     .max = 9e15, .without = "from-latents"},
    {"mean", GT_FLAG_AT(gt_sample_settings, mean), NULL, NULL,
     "pixels are the mean of their distribution, not drawn from it"},
    {"keep-levels", GT_FLAG_AT(gt_sample_settings, levels), NULL, NULL,
     "write bytes, 0 for black to 255 for white, not the values that they stand for"},
    {"columns", GT_INT_AT(gt_sample_settings, columns), "8", "N", "pictures side by side",
     .min = 1, .max = 256},
    {"colours", GT_CHOICE_AT(gt_sample_settings, colours), "heat", "NAME",
     "colours of pictures with one channel", .choices = "gray|heat"},
    {"batch", GT_INT_AT(gt_sample_settings, batch), "0", "N", "images at once; 0: chosen",
     .min = 0, .max = 4096},
    {"from-latents", GT_TEXT_AT(gt_sample_settings, latents), NULL, "FILE",
     "make images of these latents, as invert and --save-latents write them, or of noise of "
     "yours in arrays of their names: of all, unless --count says how many",
     .path = GT_READS},
    {"save-latents", GT_TEXT_AT(gt_sample_settings, save_latents), NULL, "FILE",
     "file of latents, .h5, to write the noise to that images are made of", .path = GT_WRITES,
     .endings = GT_DATASET_ENDINGS},
    {"exact", GT_FLAG_AT(gt_sample_settings, exact), NULL, NULL,
     "no fast convolutions with larger rounding"},
};
static const gt_option_table table = GT_OPTION_TABLE("Options", rows);

static gt_status run(gt_call *call, gt_error *err) {
    gt_sample_settings settings = *(const gt_sample_settings *)call->settings;
    gt_status status = GT_OK;
    gt_sampled made = {0};
    bool is_told = gt_options_source(call->options, "count") != GT_FROM_DEFAULT;
    if (settings.latents && !is_told) settings.count = 0;
    GT_TRY(gt_interrupt_install(err));
    GT_TRY(gt_sample_write(&call->context, call->words[0], &settings, call->variant_settings,
                           &made, err));
    if (call->wants_json) {
        const gt_written written = {settings.out, made.width ? "codes" : "images", made.count,
                                    made.width, made.lost};
        GT_TRY(gt_print_written(&written, err));
        goto done;
    }
    if (call->is_quiet) goto done;
    if (made.width)
        printf("%s: %s of %s\n", gt_shown(settings.out), gt_counted(made.count, "code"),
               gt_counted(made.width, "number"));
    else
        printf("%s: %s\n", gt_shown(settings.out), gt_counted(made.count, "image"));
done:
    return status;
}

static const char *const examples[] = {
    "galatea sample run --count 64 --seed 1 --out samples.png",
    "galatea sample run --count 10000 --temperature 0.9 --out samples.h5",
    "galatea sample run --count 1000 --out samples.fits",
    "galatea sample flow --count 10000 --out codes.h5",
    "galatea sample run --from-latents latents.h5 --out again.h5",
    "galatea sample run --count 1000 --save-latents noise.h5 --out samples.h5",
    NULL};

const gt_command gt_command_sample = {
    .name = "sample",
    .summary = "make new images, or codes, with a trained model",
    .description =
        "Draws images that the model finds likely: a sheet when the name of --out ends in "
        ".png, a data set when it ends in .h5, and a cube for other programs when it ends in "
        ".fits. Where the run knows the values of its pixels, sets and cubes have these, in "
        "their unit, with the stretch undone; else bytes. A flow draws codes, into a .h5. "
        "Image I depends on weights, options and seed alone: a longer series begins with the "
        "shorter one. What is not finite is counted, and left out of a set or crossed out on "
        "a sheet. A remark tells when mean or scatter of their brightness is more than 3 "
        "standard errors from that of the pictures that the model learned from; nothing is "
        "corrected.\n\n"
        "The noise of image I follows from the seed, its number and the shape of the "
        "latents: two runs of one configuration make their images I of the same "
        "noise.\n\n" GT_NETWORK_HELP,
    .usage = "RUN",
    .min_words = 1,
    .max_words = 1,
    .word_path = GT_READS,
    .table = &table,
    .settings_size = sizeof(gt_sample_settings),
    .examples = examples,
    .has_json = true,
    .has_threads = true,
    .takes_weights = true,
    .variant_word = "RUN",
    .variant_at = gt_sample_variant_at,
    .variant_of = gt_sample_variant_of,
    .run = run};
