/* galatea info: what a run is, or how large the networks of a kind of model are. */
#include <inttypes.h>
#include <unistd.h>

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

/* One preset, or each. */
static gt_status tell_model(const gt_call *call, const gt_model_class *kind, gt_error *err) {
    const info_settings *set = call->settings;
    gt_status status = GT_OK;
    gt_model_input input = GT_MODEL_INPUT(set->channels, set->height, set->width, 0, 1);
    int count = set->preset ? 1 : kind->preset_count;
    gt_json json;
    if (call->wants_json) {
        gt_json_begin(&json, stdout, 2);
        gt_json_array(&json, NULL);
    }
    for (int i = 0; i < count; i++) {
        gt_model_summary s;
        const char *preset = set->preset ? set->preset : kind->presets[i].name;
        GT_TRY(gt_model_summary_plan(kind->name, preset, &input, &s, err));
        if (call->wants_json)
            write_json(&json, &s);
        else
            print_plain(&s);
    }
    if (call->wants_json) {
        gt_json_end(&json);
        GT_TRY(gt_json_finish(&json, err));
    }
done:
    return status;
}

static gt_status run(gt_call *call, gt_error *err) {
    const char *word = call->words[0];
    const gt_model_class *kind = NULL;
    if (gt_run_info_applies(word)) return gt_run_info_print(word, call->wants_json, err);
    gt_status status = gt_model_class_find(word, &kind, err);
    if (status && access(word, F_OK) == 0)
        return gt_fail(err, GT_USAGE,
                       "%s: neither a run nor weights; galatea data info tells about sets",
                       word);
    return status ? status : tell_model(call, kind, err);
}

static const char *const examples[] = {"galatea info run",
                                       "galatea info diffusion --preset paper",
                                       "galatea info maf --channels 256 --json", NULL};

const gt_command gt_command_info = {
    .name = "info",
    .summary = "tell what a run is, or how large a model's networks are",
    .description = "Of a RUN or a file of weights: the model, how long it learned, from what, "
                   "and how many "
                   "parameters it has. Of a kind of MODEL, as of `galatea train`: the number "
                   "of parameters "
                   "of each preset for images, or codes, of a given size.",
    .usage = "RUN|MODEL",
    .min_words = 1,
    .max_words = 1,
    .word_path = GT_READS,
    .table = &table,
    .settings_size = sizeof(info_settings),
    .examples = examples,
    .has_json = true,
    .run = run};
