/* report_run.c - a training: what it is, its curves, its samples and its settings. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "galatea/safetensors.h"
#include "page.h"
#include "sort.h"
#include "text.h"

enum { MOST_BYTES = 64 << 20 };

/* The value of a setting as it stands in the file, or NULL; yours. */
static char *setting(const char *settings, const char *key) {
    size_t length = strlen(key);
    for (const char *line = settings; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, key, length) == 0 && strncmp(line + length, " = ", 3) == 0)
            return strndup(line + length + 3, strcspn(line + length + 3, "\n"));
    }
    return NULL;
}

static void write_facts(FILE *page, const gt_item *run) {
    static const char *const keys[] = {"preset", "data", "epochs", "batch", "seed"};
    char lines[GT_COUNTED_SIZE];
    fputs("<p class=\"meta\">", page);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        char *value = setting(run->settings, keys[i]);
        bool is_chosen = value && strcmp(keys[i], "batch") == 0 && strcmp(value, "0") == 0;
        if (value && !is_chosen) { /* a batch of 0: the training chose it */
            fprintf(page, "%s ", keys[i]);
            gt_html_text(page, value);
            fputs(" &middot; ", page);
        }
        free(value);
    }
    fprintf(page, "%s of log</p>\n", gt_text_counted(run->table.rows, "line", lines));
}

/* The command of a run as its weights have it; or, of weights without a record, what the
 * settings say of preset, data and place. */
static void write_command(FILE *page, const gt_item *run, const gt_safetensors *weights) {
    const char *text = weights ? gt_safetensors_metadata(weights, "provenance") : NULL;
    const char *model = weights ? gt_safetensors_metadata(weights, "model") : NULL;
    json_t *record = text ? json_loads(text, 0, NULL) : NULL;
    char *line = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&line, &size);
    char *preset = setting(run->settings, "preset"), *data = setting(run->settings, "data");
    if (stream != NULL) {
        fprintf(stream, "galatea train %s%s", model ? model : "MODEL",
                preset ? " --preset " : "");
        if (preset) gt_shell_word(stream, preset);
        fputs(" --data ", stream);
        gt_shell_word(stream, data ? data : "DATA");
        fputs(" --out ", stream);
        gt_shell_word(stream, run->path);
    }
    bool is_whole = stream != NULL && fclose(stream) == 0;
    const char *told = gt_record_text(record, "line");
    if (told || is_whole) gt_html_command(page, told ? told : line);
    free(line);
    json_decref(record);
    free(preset), free(data);
}

static void tell_nearest(FILE *page, double *cosines, size_t count, double epoch) {
    static const double copied = 0.98;
    char samples[GT_COUNTED_SIZE];
    size_t copies = 0;
    qsort(cosines, count, sizeof *cosines, gt_by_double);
    for (size_t i = 0; i < count; i++) copies += cosines[i] > copied;
    fprintf(page,
            "<p>%s of epoch %.0f, each beside the training picture most like it: cosine of "
            "both without their means %.3f in the median, %.3f at most, %zu above 0.98.</p>\n",
            gt_text_counted(count, "sample", samples), epoch,
            (cosines[(count - 1) / 2] + cosines[count / 2]) / 2, cosines[count - 1], copies);
}

/* Of a model that learned few pictures: whether it makes them again. A file that says nothing
 * of that is left out. */
static gt_status write_nearest(FILE *page, const gt_item *run, gt_error *err) {
    gt_status status = GT_OK;
    char path[4200], *bytes = NULL;
    size_t size = 0;
    gt_csv table = {0};
    double *cosines = NULL;
    snprintf(path, sizeof path, "%s/nearest.csv", run->path);
    if (access(path, F_OK) != 0) return GT_OK;
    if (gt_file_load(path, MOST_BYTES, &bytes, &size, NULL) ||
        gt_csv_parse(bytes, size, &table, NULL))
        goto done;
    size_t column = gt_csv_column(&table, "cosine"), epoch = gt_csv_column(&table, "epoch");
    cosines = calloc(table.rows + 1, sizeof *cosines);
    if (!cosines) GT_THROW(err, GT_NO_MEMORY, "no memory for %zu numbers", table.rows);
    bool is_sound = table.rows && column < table.columns && epoch < table.columns;
    for (size_t r = 0; is_sound && r < table.rows; r++) {
        cosines[r] = gt_csv_number(&table, r, column);
        is_sound = isfinite(cosines[r]);
    }
    double when = is_sound ? gt_csv_number(&table, 0, epoch) : NAN;
    if (isfinite(when)) tell_nearest(page, cosines, table.rows, when);
done:
    gt_csv_free(&table);
    free(cosines);
    free(bytes);
    return status;
}

gt_status gt_html_run(FILE *page, const gt_item *run, gt_error *err) {
    gt_status status = GT_OK;
    gt_safetensors *weights = NULL;
    char path[4200];
    snprintf(path, sizeof path, "%s/last.safetensors", run->path);
    if (gt_safetensors_open(path, &weights, NULL)) weights = NULL; /* a run just begun */
    fputs("<h3>", page);
    gt_html_text(page, run->path);
    fputs("</h3>\n", page);
    write_facts(page, run);
    GT_TRY(gt_html_curves(page, run, weights, err));
    GT_TRY(gt_html_samples(page, run, err));
    GT_TRY(write_nearest(page, run, err));
    write_command(page, run, weights);
    fputs("<details><summary>All settings</summary>\n<pre>", page);
    gt_html_text(page, run->settings);
    fputs("</pre></details>\n", page);
done:
    gt_safetensors_close(weights);
    return status;
}
