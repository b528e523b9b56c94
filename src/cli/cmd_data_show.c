/* galatea data show: pictures of several sets, a row for each. */
#include "cli.h"
#include "galatea/interrupt.h"
#include "json.h"
#include "sheet.h"
#include "show.h"
#include "shown.h"

static const gt_option rows[] = {
    {"rows", GT_TEXT_AT(gt_show_settings, rows), NULL, "LIST",
     "rows of each set as 3,7-9 (default: the first of the split)"},
    {"count", GT_INT_AT(gt_show_settings, count), "8", "N", "pictures of each set", .min = 1,
     .max = GT_SHOW_PICTURES},
    {"split", GT_CHOICE_AT(gt_show_settings, split), "auto", "NAME",
     "rows to take: auto takes test rows where a set has some",
     .choices = "auto|any|train|test|validation"},
    {"out", GT_TEXT_AT(gt_show_settings, out), NULL, "FILE",
     "sheet to draw, .png; .pdf and .svg have texts as texts, and a bar for the scale",
     .required = true, .path = GT_WRITES, .endings = GT_SHEET_ENDINGS},
    {"colours", GT_CHOICE_AT(gt_show_settings, colours), "gray", "NAME",
     "colours of pictures with one channel", .choices = "gray|heat"},
};
static const gt_option_table table = GT_OPTION_TABLE("Options", rows);

static gt_status run(gt_call *call, gt_error *err) {
    gt_status status = GT_OK;
    const gt_show_settings *settings = call->settings;
    size_t pictures = 0;
    gt_json json;
    GT_TRY(gt_interrupt_install(err));
    GT_TRY(
        gt_show_write(&call->context, call->words, call->word_count, settings, &pictures, err));
    if (!call->wants_json) {
        if (!call->is_quiet)
            printf("%s: %s of %s\n", gt_shown(settings->out), gt_counted(pictures, "picture"),
                   gt_counted(call->word_count, "set"));
        goto done;
    }
    gt_json_begin(&json, stdout, 2);
    gt_json_object(&json, NULL);
    gt_json_int(&json, "sets", (int64_t)call->word_count);
    gt_json_int(&json, "pictures", (int64_t)pictures);
    gt_json_text(&json, "sheet", settings->out);
    gt_json_end(&json);
    GT_TRY(gt_json_finish(&json, err));
done:
    return status;
}

static const char *const examples[] = {
    "galatea data show real=sky.h5 GAN=gan.h5 Glow=glow.h5 diffusion=made.h5 --out rows.png",
    "galatea data show set.h5 --rows 3,7-9 --colours heat --out some.png",
    "galatea data show set.h5 --count 6 --out figure1.pdf", NULL};

const gt_command gt_command_data_show = {
    .name = "data show",
    .summary = "show pictures of several sets, a row for each",
    .description =
        "Draws a sheet with a row for each set, its name below the first picture: real "
        "galaxies above generated ones, say. Of one set alone there are ten in a row. Pictures "
        "of other sizes are brought to that of the first "
        "set, and each is shown in the range that its set declares. Of three bands whose names "
        "are known, as g,r,z, the longest wavelength is red, here as in all sheets.",
    .usage = "[NAME=]FILE...",
    .min_words = 1,
    .max_words = GT_SHOW_SETS,
    .word_path = GT_READS,
    .table = &table,
    .settings_size = sizeof(gt_show_settings),
    .examples = examples,
    .has_json = true,
    .meets_sets = true,
    .run = run};
