/* galatea denoise RUN...: how much of known noise models take out of pictures. */
#include <math.h>

#include "cli.h"
#include "denoising.h"
#include "export.h"
#include "galatea/figure.h"
#include "galatea/interrupt.h"
#include "json.h"
#include "network_arguments.h"
#include "shown.h"
#include "table.h"

#define AT(type, member) type(gt_denoise_settings, member)

static const gt_option rows[] = {
    {"data", AT(GT_TEXT_AT, data), NULL, "FILE", "data set with images", .required = true,
     .path = GT_READS},
    {"noise-levels", AT(GT_REALS_AT, levels), "0,10,50,150,255", "X,...",
     "deviations of the noise, in units of the pixels' range / 255"},
    {"count", AT(GT_INT_AT, count), "64", "N", "images, the first of the split", .min = 1,
     .max = 65536, .without = "rows"},
    {"split", AT(GT_CHOICE_AT, split), "auto", "NAME",
     "which rows: of a split, all, or the test rows of a set that has some",
     .choices = "auto|any|train|test|validation"},
    {"rows", AT(GT_TEXT_AT, rows), NULL, "LIST", "these rows instead, such as 0,5,10-19"},
    {"seed", AT(GT_INT_AT, seed), "42", "S", "seed of the noise", .min = 0, .max = 9e15},
    {"out", AT(GT_TEXT_AT, out), NULL, "FILE", "table of every image, .fits or .csv",
     .path = GT_WRITES, .endings = GT_TABLE_ENDINGS},
    {"figure", AT(GT_TEXT_AT, figure), NULL, "FILE",
     "PSNR before against PSNR after, .png, .pdf or .svg", .path = GT_WRITES,
     .endings = GT_FIGURE_ENDINGS},
    {"sheet", AT(GT_TEXT_AT, sheet), NULL, "FILE.png",
     "images with noise and without, with their PSNR", .path = GT_WRITES, .endings = "png"},
    {"images", AT(GT_TEXT_AT, images), NULL, "FILE",
     "what every RUN leaves of every level: FITS (.fits), set (.h5) or arrays (.npy, .npz), "
     "values where the data have a range",
     .path = GT_WRITES, .endings = GT_EXPORT_ENDINGS},
    {"pictures", AT(GT_INT_AT, pictures), "1", "N", "images on the sheet", .min = 1, .max = 64,
     .with = "sheet"},
    {"colours", AT(GT_CHOICE_AT, colours), "gray", "NAME",
     "colours of pictures with one channel", .choices = "gray|heat"},
    {"batch", AT(GT_INT_AT, batch), "0", "N", "images at once; 0: chosen", .min = 0,
     .max = 4096},
    {"exact", AT(GT_FLAG_AT, exact), NULL, NULL, "no fast convolutions with larger rounding"},
};
static const gt_option_table table = GT_OPTION_TABLE("Options", rows);

static void print_text(const gt_denoised *found) {
    printf("%-12s %10s", "noise / 255", "noisy");
    for (size_t k = 0; k < found->run_count; k++) printf("  %22s", gt_shown(found->names[k]));
    printf("\n");
    for (size_t i = 0; i < found->level_count; i++) {
        const gt_denoise_level *at = &found->levels[i];
        printf("%-12g", at->sigma);
        if (isfinite(at->noisy))
            printf(" %10.2f", at->noisy);
        else
            printf(" %10s", "original");
        for (size_t k = 0; k < found->run_count; k++) {
            printf("  %14.2f", at->mean[k]);
            if (isfinite(at->deviation[k]))
                printf(" +- %4.2f", at->deviation[k]);
            else
                printf("%8s", "");
        }
        printf("\n");
    }
    printf("PSNR in dB over the range of the pixels, mean and deviation of %s\n",
           gt_counted(found->count, "image"));
}

static gt_status print_json(const gt_denoised *found, gt_error *err) {
    gt_json json;
    gt_json_begin(&json, stdout, 2);
    gt_json_object(&json, NULL);
    gt_json_int(&json, "images", (int64_t)found->count);
    gt_json_array(&json, "levels");
    for (size_t i = 0; i < found->level_count; i++) {
        const gt_denoise_level *at = &found->levels[i];
        gt_json_object(&json, NULL);
        gt_json_real(&json, "noise", at->sigma);
        gt_json_real(&json, "psnr_noisy", at->noisy);
        gt_json_array(&json, "runs");
        for (size_t k = 0; k < found->run_count; k++) {
            gt_json_object(&json, NULL);
            gt_json_text(&json, "run", found->names[k]);
            gt_json_real(&json, "psnr_mean", at->mean[k]);
            gt_json_real(&json, "psnr_deviation", at->deviation[k]);
            gt_json_end(&json);
        }
        gt_json_end(&json);
        gt_json_end(&json);
    }
    gt_json_end(&json);
    gt_json_end(&json);
    return gt_json_finish(&json, err);
}

static gt_status run(gt_call *call, gt_error *err) {
    gt_status status = GT_OK;
    gt_denoised found = {0};
    GT_TRY(gt_interrupt_install(err));
    GT_TRY(gt_denoise(&call->context, (const char *const *)call->words, call->word_count,
                      call->settings, &found, err));
    if (call->wants_json)
        GT_TRY(print_json(&found, err));
    else if (!call->is_quiet)
        print_text(&found);
done:
    gt_denoised_free(&found);
    return status;
}

static const char *const examples[] = {
    "galatea denoise run --data set.h5 --out psnr.csv --figure psnr.png --sheet denoised.png",
    "galatea denoise run --data set.h5 --noise-levels 25 --images clean.fits",
    "galatea denoise run-100 run-100000 --data set.h5 --rows 0,7 --pictures 2 --sheet both.png",
    NULL};

const gt_command gt_command_denoise = {
    .name = "denoise",
    .summary = "tell how much of known noise models take out of images",
    .description =
        "Adds noise of known strength to images and has each RUN take it out again. Tells the "
        "peak signal-to-noise ratio before and after. The noise of an image follows from the "
        "seed and its row, one pattern for all levels and all runs, so that runs stand side by "
        "side: a model that has learned its training images by heart does well on those and "
        "badly on others. Any model that reconstructs can be asked; `train diffusion` is made "
        "for it.\n\n" GT_NETWORK_HELP,
    .usage = "RUN...",
    .min_words = 1,
    .max_words = GT_DENOISE_RUNS,
    .word_path = GT_READS,
    .table = &table,
    .settings_size = sizeof(gt_denoise_settings),
    .examples = examples,
    .has_json = true,
    .has_threads = true,
    .meets_sets = true,
    .takes_weights = true,
    .run = run};
