/* queries_import.c - the set that queries are rows of: a data set, or pictures in another form.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "galatea/import.h"
#include "galatea/interrupt.h"
#include "importer.h"
#include "queries_internal.h"
#include "text.h"

/* Formats whose pixels may be physical values; those of the others are bytes. */
static bool has_values(const char *format) {
    static const char *const formats[] = {"hdf5", "fits", "npy"};
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (strcmp(format, formats[i]) == 0) return true;
    return false;
}

static gt_status stop_when_asked(void *user, uint64_t done, uint64_t total, gt_error *err) {
    (void)user, (void)done, (void)total;
    return gt_interrupt_pending() ? gt_fail(err, GT_INTERRUPTED, "interrupted") : GT_OK;
}

/* Gray queries become three channels where the model, or the searched pictures, have three. */
static const char *channels_for(const gt_query_request *request, const gt_model_input *input) {
    const gt_dataset_info *searched = gt_dataset_describe(request->codes);
    bool is_set = searched->kind == GT_DATASET_IMAGES;
    if (input) return input->channels == 3 ? "3" : "auto";
    return is_set && searched->channels == 3 ? "3" : "auto";
}

/* Values of a query that are no bytes are taken as those of the run or of the searched pictures
 * were; false where these declare no range. */
static bool range_for(const gt_query_request *request, const gt_run *run, gt_value_range *out) {
    *out =
        run ? gt_run_imaging(run).range : gt_dataset_range(gt_dataset_describe(request->codes));
    return gt_range_is_declared(*out);
}

static void take_range(gt_import_settings *settings, gt_value_range range,
                       char text[2 * GT_NUMBER_SIZE], char stretch[GT_STRETCH_TEXT]) {
    char low[GT_NUMBER_SIZE], high[GT_NUMBER_SIZE];
    snprintf(text, 2 * GT_NUMBER_SIZE, "%s:%s", gt_real_to_text(range.low, low),
             gt_real_to_text(range.high, high));
    gt_stretch_text(range.stretch, stretch);
    stretch[strcspn(stretch, ":")] = '\0'; /* its name alone */
    settings->range = text;
    settings->stretch = stretch;
    settings->stretch_a = range.stretch.a;
}

/* Through the same steps as `data import` into a set that lives as long as the queries.
 * run: NULL without one. */
static gt_status import(const gt_query_request *request, const char *format, const gt_run *run,
                        gt_queries *q, gt_error *err) {
    gt_status status = GT_OK;
    const gt_model_input *input = run ? gt_model_input_of(gt_run_model(run)) : NULL;
    gt_import_report report;
    gt_import_settings settings = gt_import_settings_default();
    const char *place = getenv("TMPDIR");
    char path[300], text[2 * GT_NUMBER_SIZE], stretch[GT_STRETCH_TEXT];
    gt_value_range range;
    settings.format = format;
    snprintf(q->temporary, sizeof q->temporary, "%s/galatea-query-XXXXXX",
             place && *place == '/' && strlen(place) < 200 ? place : "/tmp");
    if (!mkdtemp(q->temporary)) {
        status = gt_fail_errno(err, "making the folder %s", q->temporary);
        *q->temporary = '\0';
        goto done;
    }
    snprintf(path, sizeof path, "%s/set.h5", q->temporary);
    settings.out = path;
    settings.dataset = request->dataset;
    settings.axes = request->axes;
    settings.crop = request->crop;
    settings.align = request->align;
    settings.channels = channels_for(request, input);
    if (has_values(format) && range_for(request, run, &range))
        take_range(&settings, range, text, stretch);
    if (input && input->height == input->width) settings.size = input->height;
    GT_TRY(gt_import_run(&settings, q->path, NULL, stop_when_asked, NULL, &report, err));
    GT_TRY(gt_dataset_open_any(path, &q->data, err)); /* codes of other programs as well */
done:
    return status;
}

gt_status gt_queries_open_data(const gt_query_request *request, const gt_run *run,
                               gt_queries *q, gt_error *err) {
    gt_error first = {0};
    const char *format = request->format;
    if (strcmp(format, "auto") != 0) return import(request, format, run, q, err);
    if (gt_dataset_open_any(q->path, &q->data, &first) == GT_OK) return GT_OK;
    if (access(q->path, F_OK) != 0)
        return gt_fail(err, first.status,
                       "query: %s; what is searched has rows as %s:ROW or %s:ID", first.text,
                       gt_dataset_path(request->codes), gt_dataset_path(request->codes));
    gt_status status = gt_importer_guess(q->path, &format, err);
    if (status) gt_blame(err, "query");
    return status ? status : import(request, format, run, q, err);
}
