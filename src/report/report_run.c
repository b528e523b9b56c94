/* report_run.c - a training: its curves from the log, and its settings. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "galatea/figure.h"
#include "galatea/model.h"
#include "galatea/safetensors.h"
#include "page.h"

enum { MOST_CURVES = 6, PANELS = 3, MOST_BYTES = 64 << 20 };

typedef struct curve {
    double *x, *y;
    size_t count;
} curve;

/* The rows of one kind ("step", "epoch") that have a number in `name`. */
static gt_status take_curve(const gt_csv *log, const char *kind, const char *name, curve *out,
                            gt_error *err) {
    size_t kinds = gt_csv_column(log, "kind"), step = gt_csv_column(log, "step");
    size_t column = gt_csv_column(log, name);
    *out = (curve){0};
    if (step == log->columns || column == log->columns) return GT_OK;
    out->x = calloc(log->rows + 1, sizeof *out->x);
    out->y = calloc(log->rows + 1, sizeof *out->y);
    if (!out->x || !out->y) return gt_fail(err, GT_NO_MEMORY, "no memory for a curve");
    for (size_t r = 0; r < log->rows; r++) {
        double value = gt_csv_number(log, r, column);
        if (kinds < log->columns && strcmp(gt_csv_cell(log, r, kinds), kind) != 0) continue;
        if (!isfinite(value)) continue;
        out->x[out->count] = gt_csv_number(log, r, step);
        out->y[out->count++] = value;
    }
    return GT_OK;
}

static gt_status draw(const gt_csv *log, const char *unit, const char *path, bool *drawn,
                      gt_error *err) {
    static const struct {
        const char *kind, *column, *name;
        int panel;
    } wanted[MOST_CURVES] = {
        {"step", "loss", "training, one batch", 0},
        {"epoch", "loss", "training", 0},
        {"epoch", "validation_loss", "validation", 0},
        {"step", "rate", "rate (KL), training", 1},
        {"epoch", "validation_rate", "rate (KL), validation", 1},
        {"epoch", "knn_accuracy", "labelled rows, told by 20 neighbours", 2},
    };
    gt_status status = GT_OK;
    curve curves[MOST_CURVES] = {{0}};
    char loss[64], rate[64];
    gt_line lines[PANELS][MOST_CURVES];
    size_t shown = 0;
    snprintf(loss, sizeof loss, unit ? "loss (%s)" : "loss", unit);
    snprintf(rate, sizeof rate, unit ? "rate (%s)" : "rate", unit);
    gt_panel panels[PANELS] = {{.y = {.label = loss}, .lines = lines[0]},
                               {.y = {.label = rate}, .lines = lines[1]},
                               {.y = {.label = "accuracy"}, .lines = lines[2]}};
    gt_figure figure = {.x = {.label = "step"}, .width = 16};
    for (int i = 0; i < MOST_CURVES && wanted[i].kind; i++) {
        GT_TRY(take_curve(log, wanted[i].kind, wanted[i].column, &curves[i], err));
        if (curves[i].count < 2) continue;
        gt_panel *panel = &panels[wanted[i].panel];
        lines[wanted[i].panel][panel->count++] =
            (gt_line){wanted[i].name, curves[i].count, curves[i].x, curves[i].y,
                      curves[i].count < 40 ? GT_LINE_POINTS : GT_LINE_SOLID};
    }
    *drawn = panels[0].count > 0;
    for (int p = 0; p < PANELS; p++)
        if (panels[p].count) panels[shown++] = panels[p];
    figure.height = shown > 1 ? 5.5 * (double)shown : 7;
    if (*drawn) GT_TRY(gt_figure_panels(path, &figure, panels, shown, err));
done:
    for (int i = 0; i < MOST_CURVES; i++) free(curves[i].x), free(curves[i].y);
    return status;
}

static gt_status show_curves(FILE *page, const gt_item *run, const char *unit, gt_error *err) {
    gt_status status = GT_OK;
    const char *place = getenv("TMPDIR");
    char folder[300], path[320], *bytes = NULL;
    size_t size = 0;
    bool drawn = false;
    snprintf(folder, sizeof folder, "%s/galatea-report-XXXXXX",
             place && *place == '/' && strlen(place) < 200 ? place : "/tmp");
    if (!mkdtemp(folder)) return gt_fail_errno(err, "making the folder %s", folder);
    snprintf(path, sizeof path, "%s/curves.png", folder);
    GT_TRY(draw(&run->table, unit, path, &drawn, err));
    if (!drawn) goto done;
    GT_TRY(gt_file_load(path, MOST_BYTES, &bytes, &size, err));
    fputs("<figure class=\"plot\">\n", page);
    gt_html_image(page, "png", bytes, size, "curves of loss and rate against steps");
    fputs(
        "<figcaption><b>Training.</b> Loss of single batches, its mean over an epoch, and that "
        "of held-out rows after it, as the log of ",
        page);
    gt_html_text(page, run->path);
    fputs(" has them.</figcaption>\n</figure>\n", page);
done:
    unlink(path);
    rmdir(folder);
    free(bytes);
    return status;
}

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

static void show_facts(FILE *page, const gt_item *run) {
    static const char *const keys[] = {"preset", "data", "epochs", "batch", "seed"};
    fputs("<p class=\"meta\">", page);
    for (size_t i = 0, shown = 0; i < sizeof keys / sizeof *keys; i++) {
        char *value = setting(run->settings, keys[i]);
        if (value) {
            fprintf(page, "%s%s ", shown++ ? " &middot; " : "", keys[i]);
            gt_html_text(page, value);
        }
        free(value);
    }
    fprintf(page, " &middot; %zu lines of log</p>\n", run->table.rows);
}

/* The command of a run as its weights have it; or, of weights without a record, what the
 * settings say of preset, data and place. */
static void show_command(FILE *page, const gt_item *run, const gt_safetensors *weights) {
    const char *text = weights ? gt_safetensors_metadata(weights, "provenance") : NULL;
    const char *model = weights ? gt_safetensors_metadata(weights, "model") : NULL;
    json_t *record = text ? json_loads(text, 0, NULL) : NULL;
    char line[8192];
    char *preset = setting(run->settings, "preset"), *data = setting(run->settings, "data");
    snprintf(line, sizeof line, "galatea train %.60s%s%.60s --data %.3000s --out %.3000s",
             model ? model : "MODEL", preset ? " --preset " : "", preset ? preset : "",
             data ? data : "DATA", run->path);
    gt_html_command(page,
                    gt_record_text(record, "line") ? gt_record_text(record, "line") : line);
    json_decref(record);
    free(preset), free(data);
}

/* Of the loss: "nats per value"; NULL when the weights do not say of what model they are. */
static const char *unit_of(const gt_safetensors *weights) {
    const char *name = weights ? gt_safetensors_metadata(weights, "model") : NULL;
    const gt_model_class *class;
    return name && gt_model_class_find(name, &class, NULL) == GT_OK ? class->loss_unit : NULL;
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
    show_facts(page, run);
    GT_TRY(show_curves(page, run, unit_of(weights), err));
    show_command(page, run, weights);
    fputs("<details><summary>All settings</summary>\n<pre>", page);
    gt_html_text(page, run->settings);
    fputs("</pre></details>\n", page);
done:
    gt_safetensors_close(weights);
    return status;
}
