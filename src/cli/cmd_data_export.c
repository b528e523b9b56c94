/* galatea data export: pictures of a set as files for other programs. */
#include "cli.h"
#include "exporting.h"
#include "galatea/interrupt.h"
#include "json.h"
#include "shown.h"

#define AT(type, member) type(gt_export_settings, member)

static const gt_option rows[] = {
    {"out", AT(GT_TEXT_AT, out), NULL, "PATH",
     "FITS cube (.fits), NumPy array (.npy) or arrays (.npz), set (.h5), or with --single a "
     "new folder; of codes a table (.fits, .csv)",
     .required = true, .path = GT_WRITES, .endings = "fits|fit|csv|npy|npz|h5|hdf5|"},
    {"single", AT(GT_CHOICE_AT, single), "none", "KIND",
     "a file for each picture, in a folder that is made", .choices = "none|fits|png"},
    {"split", AT(GT_CHOICE_AT, split), "any", "NAME", "which rows: of a split, or any",
     .choices = "any|train|test|validation"},
    {"where", AT(GT_TEXT_AT, where), NULL, "LIST",
     "rows for which all conditions hold, as `data import` has them: label=FRII,ra>=180.5",
     .without = "rows"},
    {"rows", AT(GT_TEXT_AT, rows), NULL, "LIST", "these rows alone, such as 0,5,10-19"},
    {"count", AT(GT_INT_AT, count), "0", "N", "at most so many of them; 0: all", .min = 0,
     .max = 1e12, .without = "rows"},
    {"keep-levels", AT(GT_FLAG_AT, levels), NULL, NULL,
     "bytes stay bytes, also where they stand for values"},
};
static const gt_option_table table = GT_OPTION_TABLE("Options", rows);

static gt_status run(gt_call *call, gt_error *err) {
    gt_status status = GT_OK;
    const gt_export_settings *settings = call->settings;
    uint64_t count = 0;
    gt_json json;
    GT_TRY(gt_interrupt_install(err));
    GT_TRY(gt_export_write(&call->context, call->words[0], settings, &count, err));
    if (!call->wants_json) {
        if (!call->is_quiet)
            printf("%s: %s\n", gt_shown(settings->out), gt_counted(count, "row"));
        goto done;
    }
    gt_json_begin(&json, stdout, 2);
    gt_json_object(&json, NULL);
    gt_json_int(&json, "rows", (int64_t)count);
    gt_json_text(&json, "out", settings->out);
    gt_json_end(&json);
    GT_TRY(gt_json_finish(&json, err));
done:
    return status;
}

static const char *const examples[] = {
    "galatea data export set.h5 --out pictures.fits",
    "galatea data export set.h5 --split test --out test.npy",
    "galatea data export set.h5 --where 'z<0.1' --out near.npz",
    "galatea data export codes.h5 --out codes.fits",
    "galatea data export set.h5 --single fits --rows 3,7-9 --out some",
    "galatea data export set.h5 --single png --count 100 --out pngs",
    NULL};

const gt_command gt_command_data_export = {
    .name = "data export",
    .summary = "write pictures of a set as FITS, NumPy or PNG",
    .description =
        "Writes the pictures of FILE for other programs. A .fits holds one image of all "
        "pictures, (N,H,W), or (N,C,H,W) for several channels, with their unit (BUNIT), the "
        "size of a pixel, and what is known of them; its table ROWS has the columns of the "
        "set, its HISTORY the command and where the set comes from. A .npy is an array "
        "(N,C,H,W); a .npz has that array as `images`, and an array for each column: labels, "
        "label_names, split, ra, dec, angular_size, id and all others by their names. Mask and "
        "inverse variance go along: as images MASK and IVAR of FITS, as arrays `mask` and "
        "`ivar`. --single makes a folder with a file for each picture, named by its number "
        "and its id; FITS have coordinates where place, scale and north_angle are known.\n\n"
        "Pictures are values where the set knows these, with its stretch undone: floats as "
        "they are stored, bytes as the values that they stand for. PNG and --keep-levels give "
        "0 for black to 255 for white. Rows of FITS begin at the bottom of the picture, all "
        "others at the top.\n\n"
        "Codes become a table, .fits or .csv, with row, id, a column for each number (c0, c1, "
        "...) and all else that is known of the objects, or the array `codes` of .npz.",
    .usage = "FILE",
    .min_words = 1,
    .max_words = 1,
    .word_path = GT_READS,
    .table = &table,
    .settings_size = sizeof(gt_export_settings),
    .examples = examples,
    .has_json = true,
    .run = run};
