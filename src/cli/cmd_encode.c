/* galatea encode RUN: a data set's images as codes. */
#include "cli.h"
#include "encoding.h"
#include "galatea/interrupt.h"
#include "network_arguments.h"
#include "run_variants.h"
#include "shown.h"

static const gt_option rows[] = {
    {"data", GT_TEXT_AT(gt_encode_settings, data), NULL, "FILE", "data set to encode",
     .required = true, .path = GT_READS},
    {"out", GT_TEXT_AT(gt_encode_settings, out), NULL, "FILE",
     "data set of codes to write, or a table of them, .fits or .csv", .required = true,
     .path = GT_WRITES, .endings = "h5|hdf5|fits|fit|csv|"},
    {"average", GT_CHOICE_AT(gt_encode_settings, average), "none", "WAYS",
     "average each code over the picture's mirror images, or also over its quarter turns",
     .choices = GT_ENCODER_AVERAGES},
    {"untrained", GT_FLAG_AT(gt_encode_settings, untrained), NULL, NULL,
     "first weights, drawn anew, in place of what the run learned: what codes are worth "
     "without learning"},
    {"seed", GT_INT_AT(gt_encode_settings, seed), "1", "S",
     "seed of codes that are drawn, and of first weights", .min = 0, .max = 9e15},
    {"batch", GT_INT_AT(gt_encode_settings, batch), "0", "N", "images at once; 0: chosen",
     .min = 0, .max = 4096},
    {"exact", GT_FLAG_AT(gt_encode_settings, exact), NULL, NULL,
     "no fast convolutions with larger rounding"},
};
static const gt_option_table table = GT_OPTION_TABLE("Options", rows);

static gt_status run(gt_call *call, gt_error *err) {
    const gt_encode_settings *settings = call->settings;
    gt_status status = GT_OK;
    gt_encoded made;
    GT_TRY(gt_interrupt_install(err));
    GT_TRY(gt_encode_set(&call->context, call->words[0], settings, call->variant_settings,
                         &made, err));
    if (call->wants_json)
        GT_TRY(gt_print_written(
            &(gt_written){settings->out, "codes", made.count, made.width, 0}, err));
    else if (!call->is_quiet)
        printf("%s: %s of %s\n", gt_shown(settings->out), gt_counted(made.count, "code"),
               gt_counted(made.width, "number"));
done:
    return status;
}

static const char *const examples[] = {"galatea encode run --data set.h5 --out codes.h5",
                                       "galatea encode run --data set.h5 --average flips "
                                       "--out codes.h5",
                                       "galatea encode run --data set.h5 --out codes.fits",
                                       "galatea encode run --data set.h5 --untrained "
                                       "--out untrained.h5",
                                       "galatea encode run --data set.h5 --code projected "
                                       "--out codes.h5",
                                       NULL};

const gt_command gt_command_encode = {
    .name = "encode",
    .summary = "turn images into codes with a trained model",
    .description =
        "Writes one code per image, with the labels, splits, positions and ids of the data "
        "set. What goes on with codes takes a set; a table, with a column for each number "
        "(c0, c1, ...), is for TOPCAT and other programs. RUN is a run folder (its best "
        "weights are taken) or a weight file, also one that PyTorch saved.\n\n"
        "Finished codes are kept beside --out, in a file that ends in .parts, until the "
        "whole is "
        "written: after an interruption the same command goes on.\n\n" GT_NETWORK_HELP,
    .usage = "RUN",
    .min_words = 1,
    .max_words = 1,
    .word_path = GT_READS,
    .table = &table,
    .settings_size = sizeof(gt_encode_settings),
    .examples = examples,
    .has_json = true,
    .has_threads = true,
    .meets_sets = true,
    .takes_weights = true,
    .variant_word = "RUN",
    .variant_at = gt_encode_variant_at,
    .variant_of = gt_encode_variant_of,
    .run = run};
