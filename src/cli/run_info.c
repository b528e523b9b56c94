/* run_info.c - a run as a few lines. */
#include "run_info.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>

#include "file.h"
#include "galatea/run.h"
#include "json.h"
#include "model_summary.h"
#include "needs.h"
#include "shown.h"
#include "text.h"

enum { TEXT_SHOWN = 4000 };

bool gt_run_info_applies(const char *path) {
    return gt_run_is_folder(path) || gt_file_ending(path, "safetensors") == 0;
}

static void print_line(const char *name, const char *text) {
    char shown[TEXT_SHOWN];
    if (text && *text) printf("%-10s %s\n", name, gt_text_shown(text, shown, sizeof shown));
}

/* The numbers of a code that are not learned. */
static void print_constants(const gt_model_input *input) {
    printf("%-10s features %s, left out and put back into what is drawn\n", "constant",
           input->constant);
}

static void print_plain(const char *path, const gt_run *run, const json_t *record) {
    char shown[TEXT_SHOWN], imaging[GT_IMAGING_ROOM] = "", rows[GT_NEEDS_ROOM];
    const gt_model_class *kind = gt_model_class_of(gt_run_model(run));
    const gt_model_input *input = gt_model_input_of(gt_run_model(run));
    const json_t *options = json_object_get(record, "options");
    gt_model_summary size = gt_model_summary_of(gt_run_model(run));
    gt_imaging learned = gt_run_imaging(run);
    gt_shape made = gt_model_made(gt_run_model(run));
    printf("%s: a run of %s, epoch %ld\n", gt_text_shown(path, shown, sizeof shown), kind->name,
           gt_run_epoch(run));
    print_line("weights", gt_run_path_of(run));
    print_line("takes",
               gt_needs_rows_text(kind, input->channels, input->height, input->width, rows));
    if (input->constant) print_constants(input);
    if (kind->sample || kind->draw)
        print_line("makes",
                   gt_needs_rows_text(kind, made.dim[0], made.dim[1], made.dim[2], rows));
    printf("%-10s %" PRId64 " learned, %" PRId64 " kept\n", "parameters", size.total,
           size.kept);
    print_line("data", json_string_value(json_object_get(options, "data")));
    gt_imaging_text(&learned, imaging);
    print_line("pictures", imaging);
    print_line("command", json_string_value(json_object_get(record, "line")));
}

static gt_status print_json(const char *path, const gt_run *run, gt_error *err) {
    const gt_model_class *kind = gt_model_class_of(gt_run_model(run));
    const gt_model_input *input = gt_model_input_of(gt_run_model(run));
    gt_json json;
    gt_json_begin(&json, stdout, 2);
    gt_json_object(&json, NULL);
    gt_json_text(&json, "file", path);
    gt_json_text(&json, "kind", "run");
    gt_json_text(&json, "model", kind->name);
    gt_json_int(&json, "epoch", gt_run_epoch(run));
    gt_json_text(&json, "weights", gt_run_path_of(run));
    gt_model_summary size = gt_model_summary_of(gt_run_model(run));
    gt_json_int(&json, "parameters", size.total);
    gt_json_int(&json, "kept", size.kept);
    gt_json_int(&json, "channels", input->channels);
    gt_json_int(&json, "height", input->height);
    gt_json_int(&json, "width", input->width);
    if (input->constant) gt_json_text(&json, "constant_features", input->constant);
    gt_shape made = gt_model_made(gt_run_model(run));
    if (kind->sample || kind->draw) {
        gt_json_int(&json, "made_channels", made.dim[0]);
        gt_json_int(&json, "made_height", made.dim[1]);
        gt_json_int(&json, "made_width", made.dim[2]);
    }
    gt_json_text(&json, "provenance", gt_run_record(run));
    gt_json_end(&json);
    return gt_json_finish(&json, err);
}

gt_status gt_run_info_print(const char *path, bool wants_json, gt_error *err) {
    gt_run *run = NULL;
    gt_status status = gt_run_open(path, &run, err);
    if (status) return status;
    const char *text = gt_run_record(run);
    json_t *record = text ? json_loads(text, 0, NULL) : NULL;
    if (wants_json)
        status = print_json(path, run, err);
    else
        print_plain(path, run, record);
    json_decref(record);
    gt_run_close(run);
    return status;
}
