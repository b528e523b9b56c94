/* network.c - see network.h. Options come from: command line, what weights tell, --config,
 * preset, in that order (option.h). */
#include "network.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "galatea/dataset.h"
#include "galatea/file.h"

static const gt_option rows[] = {
    {"model", GT_TEXT_AT(gt_network, model), NULL, "NAME",
     "kind of model (as of `galatea train`) of weights whose file does not tell it; its "
     "settings are options then: those of --preset, but for what is given"},
    {"preset", GT_TEXT_AT(gt_network, preset), NULL, "NAME",
     "with --model: a named choice of its settings"},
    {"like", GT_TEXT_AT(gt_network, like), NULL, "RUN",
     "run or weights with the model and settings of weights that do not tell theirs",
     .path = GT_READS},
};
const gt_option_table gt_network_table = GT_OPTION_TABLE("Weights that do not tell", rows);

/* ---- The model, before parsing ---------------------------------------------------------- */

static const char *behind(const char *text, const char *start) {
    size_t length = strlen(start);
    return strncmp(text, start, length) == 0 ? text + length : NULL;
}

/* `key = value` in the lines of a file, without quotes; NULL where there is none, *out is
 * yours. What is wrong with the file is told when it is parsed. */
static char *value_in_file(const char *path, const char *key) {
    enum { MOST_BYTES = 1 << 20 };
    char *text = NULL, *found = NULL;
    size_t size = 0;
    gt_error ignored;
    if (gt_file_load(path, MOST_BYTES, &text, &size, &ignored)) return NULL;
    for (char *rest = text, *line; !found && (line = strsep(&rest, "\n")) != NULL;) {
        line += strspn(line, " \t");
        const char *at = behind(line, key);
        if (!at || at[strspn(at, " \t")] != '=') continue;
        at = strchr(at, '=') + 1;
        at += strspn(at, " \t\"");
        found = strndup(at, strcspn(at, " \t\r\"#"));
    }
    free(text);
    return found;
}

/* The value that an option will have: of --KEY VALUE, --KEY=VALUE, --set KEY=VALUE, or of a
 * file given with --config. *out is yours, NULL where there is none. */
static char *value_in_arguments(int argc, const char *const *argv, const char *key) {
    char flag[32], pair[32], *found = NULL;
    bool is_of_file = false;
    snprintf(flag, sizeof flag, "--%s", key);
    snprintf(pair, sizeof pair, "%s=", key);
    for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++) {
        const char *next = i + 1 < argc ? argv[i + 1] : NULL, *rest = behind(argv[i], flag);
        const char *set = behind(argv[i], "--set="), *file = behind(argv[i], "--config=");
        const char *value = rest && *rest == '=' ? rest + 1 : rest && !*rest ? next : NULL;
        if (strcmp(argv[i], "--set") == 0) set = next;
        if (strcmp(argv[i], "--config") == 0) file = next;
        if (!value && set) value = behind(set, pair);
        char *new = value ? strdup(value) : file ? value_in_file(file, key) : NULL;
        if (!new || (!value && found && !is_of_file)) {
            free(new);
            continue;
        }
        free(found);
        found = new;
        is_of_file = !value;
    }
    return found;
}

gt_status gt_network_find(gt_call *call, int argc, const char *const *argv, gt_error *err) {
    gt_status status = GT_OK;
    const gt_model_class *liked = NULL;
    char *model = value_in_arguments(argc, argv, "model");
    char *like = value_in_arguments(argc, argv, "like");
    gt_network *network = calloc(1, sizeof *network);
    call->network = network;
    if (!network) GT_THROW(err, GT_NO_MEMORY, "no memory for the settings");
    if (like) GT_TRY(gt_run_class(like, &liked, err));
    network->class = liked;
    if (model) GT_TRY(gt_model_class_find(model, &network->class, err));
    if (liked && liked != network->class)
        GT_THROW(err, GT_MISMATCH, "%s is of model %s, not %s", like, liked->name, model);
    if (!network->class) goto done;
    network->settings = calloc(1, network->class->settings_size + 1);
    if (!network->settings) GT_THROW(err, GT_NO_MEMORY, "no memory for the settings");
done:
    free(model);
    free(like);
    return status;
}

void gt_network_free(gt_network *network) {
    if (!network) return;
    free(network->settings);
    free(network);
}

/* ---- Its settings ------------------------------------------------------------------------ */

/* What a run or weight file tells of itself, where it does. */
static gt_status take_told(const gt_call *call, const char *path, gt_error *err) {
    gt_status status = GT_OK;
    const gt_network *network = call->network;
    const gt_model_class *class = NULL;
    char *config = NULL;
    GT_TRY(gt_run_told(path, &class, &config, err));
    if (class && class != network->class)
        GT_THROW(err, GT_MISMATCH, "%s is of model %s, not %s", path, class->name,
                 network->class->name);
    if (config)
        GT_TRY(gt_options_read_text(call->options, path, config, strlen(config), GT_FROM_RUN,
                                    err));
done:
    free(config);
    return status;
}

gt_status gt_network_settle(gt_call *call, gt_error *err) {
    gt_status status = GT_OK;
    const gt_network *network = call->network;
    const gt_model_preset *preset = NULL;
    if (!network->class && network->preset)
        GT_THROW(err, GT_USAGE, "--preset %s: of which model? --model names it",
                 network->preset);
    if (!network->class) goto done;
    if (network->preset) {
        GT_TRY(gt_model_preset_find(network->class, network->preset, &preset, err));
        GT_TRY(gt_options_preset(call->options, network->preset, preset->settings, err));
    }
    if (network->like) GT_TRY(take_told(call, network->like, err));
done:
    return status;
}

static bool is_open(const gt_call *call, const char *key) {
    return gt_options_source(call->options, key) == GT_FROM_DEFAULT;
}

/* Shape of what the network takes, where nobody told it: that of the data. Without data the
 * weights tell their channels, and codes have one pixel. */
static void take_shape(const gt_call *call, const char *data) {
    const gt_model_class *class = call->network->class;
    gt_model_input *input = &call->network->input, shape = *input;
    gt_dataset *set = NULL;
    if (class->entrance) shape.channels = 0;
    if (class->takes_codes) shape.height = shape.width = 1;
    if (data && gt_dataset_open_any(data, &set, NULL) == GT_OK) {
        const gt_dataset_info *info = gt_dataset_describe(set);
        shape.channels = (int64_t)info->channels;
        shape.height = (int64_t)info->height;
        shape.width = (int64_t)info->width;
    }
    gt_dataset_close(set);
    if (is_open(call, "image-channels")) input->channels = shape.channels;
    if (is_open(call, "image-height")) input->height = shape.height;
    if (is_open(call, "image-width")) input->width = shape.width;
}

/* What pixels are multiplied with: views are made of pictures from 0 to 1, codes stay what they
 * are; for all others only those know who trained. */
static gt_status take_scale(const gt_call *call, const char *path, const char *data,
                            gt_error *err) {
    gt_network *network = call->network;
    if (!is_open(call, "pixel-scale")) return GT_OK;
    if (network->class->views > 1) network->input.scale = 1.0 / 255;
    if (network->class->views > 1 || network->class->takes_codes || !data) return GT_OK;
    return gt_fail(err, GT_USAGE,
                   "%s does not tell how pixels were scaled for %s: give --pixel-shift (minus "
                   "the mean of the pixels trained on, 0 to 255) and --pixel-scale (one over "
                   "their deviation), or --like RUN",
                   path, network->class->name);
}

gt_status gt_network_open_run(const gt_call *call, const char *path, const char *data,
                              const uint64_t *seed, gt_run **out, gt_error *err) {
    gt_status status = GT_OK;
    gt_network *network = call->network;
    if (!network->class)
        return seed ? gt_run_open_untrained(path, *seed, out, err)
                    : gt_run_open(path, out, err);
    if (!network->like) GT_TRY(take_told(call, path, err));
    take_shape(call, data);
    GT_TRY(take_scale(call, path, data, err));
    GT_TRY(gt_run_open_as(path,
                          &(gt_run_network){network->class, network->settings, &network->input},
                          seed, out, err));
    network->input = *gt_model_input_of(gt_run_model(*out));
done:
    return status;
}
