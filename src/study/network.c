/* network.c - see network.h. Options come from: command line, what weights tell, --config,
 * preset, in that order (option.h). */
#include "network.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "galatea/dataset.h"
#include "galatea/log.h"

static const gt_option rows[] = {
    {"model", GT_TEXT_AT(gt_network, model), NULL, "NAME",
     "kind of model (as of `galatea train`) of weights whose file does not tell it; its "
     "settings are options then: those of the preset, but for what is given"},
    {"preset", GT_TEXT_AT(gt_network, preset), NULL, "NAME",
     "with a model: a named choice of its settings"},
    {"like", GT_TEXT_AT(gt_network, like), NULL, "RUN",
     "run or weights with the model and settings of weights that do not tell theirs",
     .path = GT_READS},
    {"prefix", GT_TEXT_AT(gt_network, prefix), NULL, "NAME",
     "of weights that hold the model more than once: those whose names begin so, as "
     "ema.ema_model"},
};
const gt_option_table gt_network_table = GT_OPTION_TABLE("Weights that do not tell", rows);

gt_status gt_network_create(const char *model, const char *like, gt_network **out,
                            gt_error *err) {
    gt_status status = GT_OK;
    const gt_model_class *liked = NULL;
    gt_network *network = calloc(1, sizeof *network);
    if (!network) GT_THROW(err, GT_NO_MEMORY, "no memory for the settings");
    if (like) GT_TRY(gt_run_class(like, &liked, err));
    network->class = liked;
    if (model) GT_TRY(gt_model_class_find(model, &network->class, err));
    if (liked && liked != network->class)
        GT_THROW(err, GT_MISMATCH, "%s is of model %s, not %s", like, liked->name, model);
    if (network->class) network->settings = calloc(1, network->class->settings_size + 1);
    if (network->class && !network->settings)
        GT_THROW(err, GT_NO_MEMORY, "no memory for the settings");
    *out = network;
    network = NULL;
done:
    gt_network_free(network);
    return status;
}

void gt_network_free(gt_network *network) {
    if (!network) return;
    free(network->settings);
    free(network->constant);
    free(network);
}

/* ---- Its settings ------------------------------------------------------------------------ */

/* A setting and the text it had. */
typedef struct setting {
    const char *key;
    char *text;
} setting;

static gt_status find_text(void *user, const gt_option_view *view, gt_error *err) {
    setting *s = user;
    if (strcmp(view->row->name, s->key) != 0) return GT_OK;
    s->text = strdup(view->text ? view->text : "");
    return s->text ? GT_OK : gt_fail(err, GT_NO_MEMORY, "no memory for a setting");
}

enum { MOST_PRESET = 64, KEY_SIZE = 64 };

/* The settings of --preset that would be overruled: those which nothing else says so far. */
typedef struct preset_settings {
    char keys[MOST_PRESET][KEY_SIZE];
    setting list[MOST_PRESET];
    size_t count;
} preset_settings;

static gt_status keep_preset(const gt_network *network, const gt_options *options,
                             preset_settings *out, gt_error *err) {
    gt_status status = GT_OK;
    const gt_model_preset *preset = NULL;
    if (!network->preset) return GT_OK;
    GT_TRY(gt_model_preset_find(network->class, network->preset, &preset, err));
    for (size_t i = 0; preset->settings[i] && out->count < MOST_PRESET; i++) {
        char *key = out->keys[out->count];
        snprintf(key, KEY_SIZE, "%.*s", (int)strcspn(preset->settings[i], "="),
                 preset->settings[i]);
        if (gt_options_source(options, key) != GT_FROM_PRESET) continue;
        setting *s = &out->list[out->count++];
        s->key = key;
        GT_TRY(gt_options_visit(options, find_text, s, err));
    }
done:
    return status;
}

/* What weights tell stands above a preset, which is not left out without a word. */
static gt_status remark_preset(const gt_network *network, const gt_options *options,
                               const char *path, const preset_settings *was, gt_error *err) {
    gt_status status = GT_OK;
    bool is_told = false;
    for (size_t i = 0; i < was->count && !status && !is_told; i++) {
        setting now = {.key = was->list[i].key};
        status = gt_options_visit(options, find_text, &now, err);
        is_told = !status && now.text && strcmp(now.text, was->list[i].text) != 0;
        if (is_told)
            gt_remark("%s tells its settings, %s = %s among them, which stand above those of "
                      "preset %s (%s)",
                      path, now.key, now.text, network->preset, was->list[i].text);
        free(now.text);
    }
    return status;
}

/* What a run or weight file tells of itself, where it does. */
static gt_status apply_recorded_settings(const gt_network *network, gt_options *options,
                                         const char *path, gt_error *err) {
    gt_status status = GT_OK;
    const gt_model_class *class = NULL;
    char *config = NULL;
    preset_settings preset = {.count = 0};
    GT_TRY(gt_run_read_network(path, &class, &config, err));
    if (class && class != network->class)
        GT_THROW(err, GT_MISMATCH, "%s is of model %s, not %s", path, class->name,
                 network->class->name);
    if (!config) goto done;
    GT_TRY(keep_preset(network, options, &preset, err));
    GT_TRY(gt_options_read_text(options, path, config, strlen(config), GT_FROM_RUN, err));
    GT_TRY(remark_preset(network, options, path, &preset, err));
done:
    for (size_t i = 0; i < preset.count; i++) free(preset.list[i].text);
    free(config);
    return status;
}

gt_status gt_network_resolve_settings(gt_network *network, gt_options *options, gt_error *err) {
    gt_status status = GT_OK;
    const gt_model_preset *preset = NULL;
    if (!network->class && network->preset)
        GT_THROW(err, GT_USAGE, "preset %s: of which model? none is named", network->preset);
    if (!network->class) goto done;
    if (network->preset) {
        GT_TRY(gt_model_preset_find(network->class, network->preset, &preset, err));
        GT_TRY(gt_options_preset(options, network->preset, preset->settings, err));
    }
    if (network->like) GT_TRY(apply_recorded_settings(network, options, network->like, err));
done:
    return status;
}

static bool is_open(const gt_options *options, const char *key) {
    return gt_options_source(options, key) == GT_FROM_DEFAULT;
}

/* Shape of what the network takes, where nobody told it: that of the data. Without data the
 * weights tell their channels, and codes have one pixel. */
static void infer_shape(gt_network *network, const gt_options *options, const char *data) {
    const gt_model_class *class = network->class;
    gt_model_input *input = &network->input, shape = *input;
    gt_dataset *set = NULL;
    if (class->entrance) shape.channels = 0;
    (void)gt_model_fit_input(class, &shape);
    if (data && gt_dataset_open_any(data, &set, NULL) == GT_OK) {
        const gt_dataset_info *info = gt_dataset_describe(set);
        shape.channels = (int64_t)info->channels;
        shape.height = (int64_t)info->height;
        shape.width = (int64_t)info->width;
    }
    gt_dataset_close(set);
    if (is_open(options, "image-channels")) input->channels = shape.channels;
    if (is_open(options, "image-height")) input->height = shape.height;
    if (is_open(options, "image-width")) input->width = shape.width;
}

/* What pixels are multiplied with: views are made of pictures from 0 to 1, codes stay what they
 * are; for all others only those know who trained. */
static gt_status infer_scale(gt_network *network, const gt_options *options, const char *path,
                             const char *data, gt_error *err) {
    if (!is_open(options, "pixel-scale")) return GT_OK;
    gt_model_input fitting = network->input;
    bool is_known = gt_model_fit_input(network->class, &fitting);
    if (is_known) network->input.scale = fitting.scale;
    if (is_known && is_open(options, "pixel-shift")) network->input.shift = fitting.shift;
    if (is_known || !data) return GT_OK;
    return gt_fail(err, GT_USAGE,
                   "%s does not tell how pixels were scaled for %s: give pixel-shift (minus "
                   "the mean of the pixels trained on, 0 to 255) and pixel-scale (one over "
                   "their deviation), or a run that is like it",
                   path, network->class->name);
}

/* Which network it is that weights do not fit. */
static void add_way_out(const gt_network *network, gt_error *err) {
    if (!err || !strstr(err->text, "does not fit")) return;
    gt_advise(err,
              "the network that was named is %s%s%s: another preset, other settings, or a run "
              "that it is like may fit",
              network->class->name, network->preset ? " of preset " : " without a preset",
              network->preset ? network->preset : "");
}

/* What the record of the call tells; the run may be closed before. */
static gt_status keep_input(gt_network *network, const gt_model_input *input, gt_error *err) {
    char *constant = input->constant ? strdup(input->constant) : NULL;
    if (input->constant && !constant)
        return gt_fail(err, GT_NO_MEMORY, "no memory for the settings");
    free(network->constant);
    network->input = *input;
    network->input.constant = network->constant = constant;
    return GT_OK;
}

gt_status gt_network_open_run(const gt_context *context, const char *path, const char *data,
                              const uint64_t *seed, gt_run **out, gt_error *err) {
    gt_status status = GT_OK;
    gt_network *network = context->network;
    if (!network || !network->class) {
        if (seed) return gt_run_open_untrained(path, *seed, out, err);
        return network && network->prefix
                   ? gt_run_open_under(path, network->prefix, NULL, out, err)
                   : gt_run_open(path, out, err);
    }
    gt_options *options = context->invocation->options;
    if (!network->like) GT_TRY(apply_recorded_settings(network, options, path, err));
    infer_shape(network, options, data);
    GT_TRY(infer_scale(network, options, path, data, err));
    const gt_run_network known = {network->class, network->settings, &network->input};
    if (network->prefix && !seed)
        status = gt_run_open_under(path, network->prefix, &known, out, err);
    else
        status = gt_run_open_as(path, &known, seed, out, err);
    if (status == GT_MISMATCH) add_way_out(network, err);
    if (status) goto done;
    GT_TRY(keep_input(network, gt_model_input_of(gt_run_model(*out)), err));
done:
    return status;
}
