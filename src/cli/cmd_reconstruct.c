/* galatea reconstruct RUN: images through the model and back, beside the originals. */
#include "cli.h"
#include "export.h"
#include "file.h"
#include "galatea/interrupt.h"
#include "json.h"
#include "network_arguments.h"
#include "reconstruction.h"
#include "sheet.h"
#include "shown.h"

static const gt_option rows[] = {
    {"data", GT_TEXT_AT(gt_reconstruct_settings, data), NULL, "FILE", "data set with images",
     .required = true, .path = GT_READS},
    {"out", GT_TEXT_AT(gt_reconstruct_settings, out), NULL, "FILE",
     "sheet to draw (.png; .pdf and .svg have texts as texts and a bar for the scale), or "
     "reconstructions as FITS (.fits), set (.h5) or arrays (.npy, .npz)",
     .required = true, .path = GT_WRITES, .endings = GT_SHEET_ENDINGS "|" GT_EXPORT_ENDINGS},
    {"count", GT_INT_AT(gt_reconstruct_settings, count), "16", "N", "images, from the first on",
     .min = 1, .max = 65536},
    {"split", GT_CHOICE_AT(gt_reconstruct_settings, split), "auto", "NAME",
     "which rows: of a split, all, or the test rows of a set that has some",
     .choices = "auto|any|train|test|validation"},
    {"columns", GT_INT_AT(gt_reconstruct_settings, columns), "8", "N", "pictures side by side",
     .min = 1, .max = 256},
    {"colours", GT_CHOICE_AT(gt_reconstruct_settings, colours), "heat", "NAME",
     "colours of pictures with one channel", .choices = "gray|heat"},
    {"keep-levels", GT_FLAG_AT(gt_reconstruct_settings, levels), NULL, NULL,
     "write bytes, 0 for black to 255 for white, not the values that they stand for"},
    {"batch", GT_INT_AT(gt_reconstruct_settings, batch), "0", "N", "images at once; 0: chosen",
     .min = 0, .max = 4096},
    {"exact", GT_FLAG_AT(gt_reconstruct_settings, exact), NULL, NULL,
     "no fast convolutions with larger rounding"},
};
static const gt_option_table table = GT_OPTION_TABLE("Options", rows);

static gt_status print_result(const gt_call *call, const gt_reconstruction *made,
                              gt_error *err) {
    const gt_reconstruct_settings *settings = call->settings;
    bool is_sheet = gt_file_ending(settings->out, GT_SHEET_ENDINGS) >= 0;
    if (call->wants_json) {
        gt_json json;
        gt_json_begin(&json, stdout, 2);
        gt_json_object(&json, NULL);
        gt_json_int(&json, "images", (int64_t)made->count);
        gt_json_real(&json, "psnr_mean", made->mean);
        gt_json_real(&json, "psnr_lowest", made->low);
        gt_json_real(&json, "psnr_highest", made->high);
        gt_json_text(&json, is_sheet ? "sheet" : "pictures", settings->out);
        gt_json_end(&json);
        return gt_json_finish(&json, err);
    }
    if (!call->is_quiet)
        printf("%s: %s %s %s, PSNR %.2f dB (%.2f to %.2f)\n", gt_shown(settings->out),
               gt_counted(made->count, "image"), is_sheet ? "over" : "as",
               made->count == 1 ? "its reconstruction" : "their reconstructions", made->mean,
               made->low, made->high);
    return GT_OK;
}

static gt_status run(gt_call *call, gt_error *err) {
    gt_status status = GT_OK;
    gt_reconstruction made;
    GT_TRY(gt_interrupt_install(err));
    GT_TRY(gt_reconstruct_write(&call->context, call->words[0], call->settings, &made, err));
    GT_TRY(print_result(call, &made, err));
done:
    return status;
}

static const char *const examples[] = {
    "galatea reconstruct run --data set.h5 --count 16 --out rec.png",
    "galatea reconstruct run --data set.h5 --count 1000 --out rec.fits",
    "galatea reconstruct run --data set.h5 --split train --columns 4 --out rec.png", NULL};

const gt_command gt_command_reconstruct = {
    .name = "reconstruct",
    .summary = "send images through a trained model and back",
    .description =
        "Draws a sheet with rows of images over rows of their reconstructions, made without "
        "chance: by a vdvae from the means of all latent layers, by glow from all of an "
        "image's latents; a denoiser takes away the noise that it sees. It tells the peak "
        "signal-to-noise ratio (255 being the peak): its mean over the images, the lowest "
        "and the highest. With another name than .png it writes the reconstructions as "
        "pictures, with the columns of their rows: values in their unit where the run knows "
        "these, else bytes. A .fits holds the images that they were made of as well, in a "
        "second image, "
        "ORIGINALS.\n\n" GT_NETWORK_HELP,
    .usage = "RUN",
    .min_words = 1,
    .max_words = 1,
    .word_path = GT_READS,
    .table = &table,
    .settings_size = sizeof(gt_reconstruct_settings),
    .examples = examples,
    .has_json = true,
    .has_threads = true,
    .meets_sets = true,
    .takes_weights = true,
    .run = run};
