/* galatea data views: what training on pairs of views sees. */
#include "cli.h"
#include "galatea/interrupt.h"
#include "json.h"
#include "shown.h"
#include "views.h"

static const gt_option rows[] = {
    {"rows", GT_TEXT_AT(gt_views_settings, rows), NULL, "LIST",
     "rows of the set as 3,7-9 (default: the first eight)"},
    {"count", GT_INT_AT(gt_views_settings, count), "8", "N", "views of each", .min = 1,
     .max = GT_VIEWS_AT_MOST},
    {"out", GT_TEXT_AT(gt_views_settings, out), NULL, "FILE.png", "sheet to draw",
     .required = true, .path = GT_WRITES, .endings = "png"},
    {"seed", GT_INT_AT(gt_views_settings, seed), "1", "S", "that of the training", .min = 0,
     .max = 9e15},
    {"epoch", GT_INT_AT(gt_views_settings, epoch), "1", "N",
     "whose two views come first; those of later epochs follow", .min = 1, .max = 1e6},
    {"colours", GT_CHOICE_AT(gt_views_settings, colours), "heat", "NAME",
     "colours of pictures with one channel", .choices = "gray|heat"},
};
static const gt_option_table table = GT_OPTION_TABLE("Options", rows);

static gt_status print_result(const gt_call *call, size_t pictures, gt_error *err) {
    const gt_views_settings *settings = call->settings;
    if (call->wants_json) {
        gt_json json;
        gt_json_begin(&json, stdout, 2);
        gt_json_object(&json, NULL);
        gt_json_int(&json, "pictures", (int64_t)pictures);
        gt_json_int(&json, "views_of_each", settings->count);
        gt_json_text(&json, "sheet", settings->out);
        gt_json_end(&json);
        return gt_json_finish(&json, err);
    }
    if (!call->is_quiet)
        printf("%s: %s, %s of each\n", gt_shown(settings->out), gt_counted(pictures, "picture"),
               gt_counted((uint64_t)settings->count, "view"));
    return GT_OK;
}

static gt_status run(gt_call *call, gt_error *err) {
    gt_status status = GT_OK;
    size_t pictures = 0;
    GT_TRY(gt_interrupt_install(err));
    GT_TRY(gt_views_write(&call->context, call->words[0], call->settings, call->parts[0],
                          &pictures, err));
    GT_TRY(print_result(call, pictures, err));
done:
    return status;
}

static gt_part part_at(size_t index) {
    if (index > 0) return (gt_part){0};
    return (gt_part){&gt_augmentation_options, sizeof(gt_augmentation)};
}

static const char *const examples[] = {
    "galatea data views set.h5 --out views.png",
    "galatea data views set.h5 --rows 0,1,2 --count 8 --out views.png",
    "galatea data views set.h5 --rows 5-9 --crop-least 0.5 --rotate 1 --out mild.png", NULL};

const gt_command gt_command_data_views = {
    .name = "data views",
    .summary = "show the augmented views that training learns from",
    .description =
        "Draws a sheet with a row for each picture: itself, then the two views of it that "
        "simclr, byol and simsiam get in epoch 1 of a training with the same --seed and the "
        "same options of views, then those of epoch 2, and so on. A crop that loses the source "
        "or a jitter that drowns it is seen here before it costs hours.",
    .usage = "FILE",
    .min_words = 1,
    .max_words = 1,
    .word_path = GT_READS,
    .table = &table,
    .settings_size = sizeof(gt_views_settings),
    .part_at = part_at,
    .examples = examples,
    .has_json = true,
    .run = run};
