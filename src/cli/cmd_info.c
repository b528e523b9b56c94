/* galatea info: what anything is that Galatea writes or reads. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "about.h"
#include "cli.h"
#include "json.h"
#include "model_summary.h"
#include "needs.h"
#include "run_info.h"
#include "shown.h"

typedef struct info_settings {
    const char *preset;
    int64_t channels, height, width;
} info_settings;

static const gt_option rows[] = {
    {"preset", GT_TEXT_AT(info_settings, preset), NULL, "NAME",
     "of a model: one preset; without it all are told"},
    {"channels", GT_INT_AT(info_settings, channels), "1", "N",
     "of a model: channels of the images, or numbers of a code", .min = 1, .max = 65536},
    {"height", GT_INT_AT(info_settings, height), "64", "N", "of a model: rows of the images",
     .min = 1, .max = 4096},
    {"width", GT_INT_AT(info_settings, width), "64", "N", "of a model: columns of the images",
     .min = 1, .max = 4096},
};
static const gt_option_table table = GT_OPTION_TABLE("Options", rows);

static void print_plain(const gt_model_summary *s) {
    char rows_text[GT_NEEDS_ROOM];
    printf("%s, preset %s, for %s: %" PRId64 " parameters", s->kind->name, s->preset,
           gt_needs_rows_text(s->kind, s->input.channels, s->input.height, s->input.width,
                              rows_text),
           s->total);
    for (int k = 0; k < s->objective_count && s->objective_count > 1; k++)
        printf("%s%s %" PRId64, k ? ", " : " (", s->kind->objectives[k].name, s->learned[k]);
    if (s->objective_count > 1) printf(")");
    if (s->kept) printf(", and %" PRId64 " numbers that are kept, not learned", s->kept);
    printf("\n");
}

static void write_json(gt_json *json, const gt_model_summary *s) {
    gt_json_object(json, NULL);
    gt_json_text(json, "model", s->kind->name);
    gt_json_text(json, "preset", s->preset);
    gt_json_int(json, "channels", s->input.channels);
    gt_json_int(json, "height", s->input.height);
    gt_json_int(json, "width", s->input.width);
    gt_json_int(json, "parameters", s->total);
    gt_json_int(json, "kept", s->kept);
    gt_json_object(json, "objectives");
    for (int k = 0; k < s->objective_count; k++)
        gt_json_int(json, s->kind->objectives[k].name, s->learned[k]);
    gt_json_end(json);
    gt_json_end(json);
}

/* kind NULL: every model that has the preset. */
static gt_status tell_models(const gt_call *call, const gt_model_class *kind,
                             const char *preset, gt_error *err) {
    const info_settings *set = call->settings;
    gt_model_input input = GT_MODEL_INPUT(set->channels, set->height, set->width, 0, 1);
    gt_model_summary *made = NULL;
    size_t count = 0;
    gt_json json, *to = call->wants_json ? &json : NULL;
    gt_status status = gt_model_summary_list(kind, preset, &input, &made, &count, err);
    if (status) return status;
    if (to) gt_json_begin(to, stdout, 2), gt_json_array(to, NULL);
    for (size_t i = 0; i < count; i++)
        if (to)
            write_json(to, &made[i]);
        else
            print_plain(&made[i]);
    if (to) gt_json_end(to), status = gt_json_finish(to, err);
    free(made);
    return status;
}

/* ---- sets, as `galatea data info` tells about them ---- */

extern const gt_command gt_command_data_info;

static gt_status tell_set(const gt_call *call, gt_error *err) {
    gt_status status = GT_OK;
    gt_call as_set = *call;
    as_set.command = &gt_command_data_info;
    as_set.options = NULL;
    as_set.settings = calloc(1, gt_command_data_info.settings_size + 1);
    if (!as_set.settings) GT_THROW(err, GT_NO_MEMORY, "no memory for the settings");
    GT_TRY(gt_options_create(&as_set.options, err));
    GT_TRY(gt_options_add(as_set.options, gt_command_data_info.table, as_set.settings, err));
    GT_TRY(gt_command_data_info.run(&as_set, err));
done:
    gt_options_destroy(as_set.options);
    free(as_set.settings);
    return status;
}

/* ---- other files ---- */

static gt_status write_about(const char *path, const gt_about *about, gt_error *err) {
    gt_json json;
    gt_json_begin(&json, stdout, 2);
    gt_json_object(&json, NULL);
    gt_json_text(&json, "file", path);
    gt_json_text(&json, "kind", gt_thing_name(about->thing));
    gt_json_text(&json, "is", about->sentence);
    gt_json_array(&json, "facts");
    for (int i = 0; i < about->count; i++) {
        gt_json_object(&json, NULL);
        gt_json_text(&json, "name", about->facts[i].name);
        gt_json_text(&json, "text", about->facts[i].text);
        gt_json_end(&json);
    }
    gt_json_end(&json);
    gt_json_text(&json, "provenance", about->provenance);
    gt_json_end(&json);
    return gt_json_finish(&json, err);
}

static gt_status tell_file(const gt_call *call, gt_error *err) {
    const char *path = call->words[0];
    gt_about about = {0};
    gt_status status = gt_about_read(path, &about, err);
    if (status) goto done;
    if (call->wants_json) {
        status = write_about(path, &about, err);
        goto done;
    }
    printf("%s: %s\n", gt_shown(path), about.sentence);
    for (int i = 0; i < about.count; i++)
        gt_print_fact(about.facts[i].name, about.facts[i].text);
    gt_print_record(about.provenance);
done:
    gt_about_free(&about);
    return status;
}

/* ---- names ---- */

static gt_status tell_name(const gt_call *call, gt_error *err) {
    const char *word = call->words[0];
    const info_settings *set = call->settings;
    const gt_model_class *kind = NULL;
    size_t count = 0;
    const gt_model_class *const *kinds = gt_model_classes(&count);
    if (strpbrk(word, "./"))
        return gt_fail(err, GT_NOT_FOUND, "%s: there is no such file or folder", word);
    for (size_t i = 0; i < count; i++)
        if (gt_model_has_preset(kinds[i], word)) return tell_models(call, NULL, word, err);
    gt_status status = gt_model_class_find(word, &kind, err);
    if (status) gt_blame(err, "%s is no file or folder here", word);
    return status ? status : tell_models(call, kind, set->preset, err);
}

static gt_status run(gt_call *call, gt_error *err) {
    const char *word = call->words[0];
    switch (gt_thing_of(word)) {
    case GT_THING_NONE:
        return tell_name(call, err);
    case GT_THING_RUN:
    case GT_THING_WEIGHTS:
        return gt_run_info_print(word, call->wants_json, err);
    case GT_THING_SET:
        return tell_set(call, err);
    default:
        return tell_file(call, err);
    }
}

static const char *const examples[] = {"galatea info run",
                                       "galatea info codes.h5",
                                       "galatea info table.fits",
                                       "galatea info diffusion --preset paper",
                                       "galatea info maf --channels 256 --json",
                                       NULL};

const gt_command gt_command_info = {
    .name = "info",
    .summary = "tell what a file, a run, a model or a preset is",
    .description =
        "Of a run or its weights: the model, how long it learned, from what, and how many "
        "parameters it has. Of a set of pictures or codes, and of anything that data import "
        "reads: what `galatea data info` tells. Of latents, other weights, tables (CSV, FITS), "
        "figures and sheets, results (JSON), fitted classifiers and sweeps: what is in them. "
        "Where a file has the record of the command that made it, that too.\n\n"
        "Of a kind of model, as of `galatea train`: the number of parameters of each preset "
        "for images, or codes, of a given size; of a preset: the same of each model that has "
        "it.",
    .usage = "FILE|FOLDER|MODEL|PRESET",
    .min_words = 1,
    .max_words = 1,
    .word_path = GT_READS,
    .table = &table,
    .settings_size = sizeof(info_settings),
    .examples = examples,
    .has_json = true,
    .run = run};
