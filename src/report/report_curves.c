/* report_curves.c - the curves of a training from its log. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "galatea/brightness.h"
#include "galatea/figure.h"
#include "galatea/imaging.h"
#include "galatea/model.h"
#include "galatea/safetensors.h"
#include "page.h"
#include "sort.h"
#include "text.h"

/* Panels from top to bottom: the loss of each learner, the rates of all, what some kinds
 * monitor, accuracy of codes, brightness of samples. */
enum {
    RATES = GT_MOST_OBJECTIVES,
    PSNR,
    HINGE,
    ACCURACY,
    BRIGHTNESS,
    PANELS,
    MOST_PANELS = 8, /* of a figure */
    MOST_LEVELS = GT_MODEL_JUDGED,
    MOST_LINES = 2 * GT_MOST_OBJECTIVES + MOST_LEVELS
};
enum { MOST_CURVES = 16 * GT_MOST_OBJECTIVES + MOST_LEVELS, TEXT = 128, MOST_BYTES = 64 << 20 };

typedef struct curve {
    double *x, *y;
    size_t count;
} curve;

/* What the log calls a learner: the first one's columns are "loss", "learning_rate", those of
 * another "generator_loss", "generator_learning_rate". */
typedef struct learner {
    char before[TEXT]; /* "generator_" */
    char name[TEXT];   /* "generator "; empty for a single one, which needs none */
} learner;

typedef struct drawing {
    const gt_csv *log;
    curve curves[MOST_CURVES];
    char names[MOST_CURVES][TEXT], labels[PANELS][TEXT];
    size_t count; /* of curves */
    gt_line lines[PANELS][MOST_LINES];
    gt_panel panels[PANELS];
    size_t above;  /* values of losses beyond the frames */
    double most;   /* the largest of them */
    char *caption; /* what is drawn, in words */
} drawing;

/* The rows of one kind ("step", "epoch") that have a number in `name`. */
static gt_status read_curve(const gt_csv *log, const char *kind, const char *name, curve *out,
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

/* One or two values are no curve. */
static gt_status add_line(drawing *d, int panel, const char *kind, const char *column,
                          const char *before, const char *name, gt_error *err) {
    char *shown = d->names[d->count];
    curve *c = &d->curves[d->count++];
    gt_status status = read_curve(d->log, kind, column, c, err);
    if (status || c->count < 2) return status;
    snprintf(shown, TEXT, "%s%s", before, name);
    d->lines[panel][d->panels[panel].count++] =
        (gt_line){shown, c->count, c->x, c->y, c->count < 40 ? GT_LINE_POINTS : GT_LINE_SOLID};
    return GT_OK;
}

/* From the first to the last step of a panel that shows something. style: _DASHED, or _BESIDE
 * the line that was added last. */
static gt_status add_guide(drawing *d, int panel, double value, const char *name,
                           gt_line_style style, gt_error *err) {
    gt_panel *p = &d->panels[panel];
    double first = INFINITY, last = -INFINITY;
    for (size_t l = 0; l < p->count; l++) {
        first = fmin(first, p->lines[l].x[0]);
        last = fmax(last, p->lines[l].x[p->lines[l].count - 1]);
    }
    if (!p->count) return GT_OK;
    curve *c = &d->curves[d->count++];
    *c = (curve){calloc(2, sizeof *c->x), calloc(2, sizeof *c->y), 2};
    if (!c->x || !c->y) return gt_fail(err, GT_NO_MEMORY, "no memory for a curve");
    c->x[0] = first, c->x[1] = last;
    c->y[0] = c->y[1] = value;
    d->lines[panel][p->count++] = (gt_line){name, 2, c->x, c->y, style};
    return GT_OK;
}

static gt_status add_learner(drawing *d, const learner *of, int number, gt_error *err) {
    enum { OWN = -1 };
    static const struct {
        const char *kind, *before, *term, *name;
        int panel;
    } wanted[] = {
        {"step", "", "loss", "training, one batch", OWN},
        {"epoch", "", "loss", "training", OWN},
        {"epoch", "validation_", "loss", "validation", OWN},
        {"step", "", "rate", "rate (KL), training", RATES},
        {"epoch", "validation_", "rate", "rate (KL), validation", RATES},
        {"epoch", "", "hinge", "main, training", HINGE},
        {"epoch", "validation_", "hinge", "main, validation", HINGE},
        {"epoch", "", "hinge_small", "small, training", HINGE},
        {"epoch", "validation_", "hinge_small", "small, validation", HINGE},
    };
    gt_status status = GT_OK;
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        char column[2 * TEXT];
        bool is_own = wanted[i].panel == OWN;
        bool is_named = wanted[i].panel == RATES || (!is_own && number > 0);
        snprintf(column, sizeof column, "%s%.127s%s", wanted[i].before, of->before,
                 wanted[i].term);
        GT_TRY(add_line(d, is_own ? number : wanted[i].panel, wanted[i].kind, column,
                        is_named ? of->name : "", wanted[i].name, err));
    }
done:
    return status;
}

/* What noise is left: of the noise that is learned from, and of one level at a time. */
static gt_status add_psnr(drawing *d, gt_error *err) {
    static const char level[] = "validation_psnr_at_";
    const size_t begin = sizeof level - 1;
    gt_status status = GT_OK;
    int levels = 0;
    GT_TRY(add_line(d, PSNR, "epoch", "psnr", "", "training", err));
    GT_TRY(add_line(d, PSNR, "epoch", "validation_psnr", "", "validation", err));
    for (size_t c = 0; c < d->log->columns && levels < MOST_LEVELS; c++) {
        const char *column = gt_csv_name(d->log, c);
        if (strncmp(column, level, begin) != 0) continue;
        GT_TRY(add_line(d, PSNR, "epoch", column, "noise ", column + begin, err));
        levels++;
    }
done:
    return status;
}

/* Who learned, by the log; the name of the first is in none of its columns. */
static int find_learners(const gt_csv *log, const gt_model_class *class,
                         learner out[GT_MOST_OBJECTIVES]) {
    static const char ending[] = "_learning_rate";
    int count = 1;
    out[0] = (learner){0};
    for (size_t c = 0; c < log->columns && count < GT_MOST_OBJECTIVES; c++) {
        const char *column = gt_csv_name(log, c);
        size_t length = strlen(column), end = sizeof ending - 1;
        if (length <= end || length - end + 2 > TEXT || strcmp(column + length - end, ending))
            continue;
        int own = (int)(length - end);
        snprintf(out[count].before, TEXT, "%.*s_", own, column);
        snprintf(out[count++].name, TEXT, "%.*s ", own, column);
    }
    if (count > 1 && class && class->objective_count > 1)
        snprintf(out[0].name, TEXT, "%.100s ", class->objectives[0].name);
    return count;
}

static void label(char text[TEXT], const char *name, const char *what, const char *unit) {
    bool has_unit = unit && *unit;
    snprintf(text, TEXT, "%.60s%s%s%.40s%s", name, what, has_unit ? " (" : "",
             has_unit ? unit : "", has_unit ? ")" : "");
}

static const char *fact_of(const void *weights, const char *name) {
    return gt_safetensors_metadata(weights, name);
}

/* How bright the samples are, beside what was learned from, in values of pixels. */
static gt_status add_brightness(drawing *d, const gt_safetensors *weights, gt_error *err) {
    gt_status status = GT_OK;
    gt_brightness known = {0};
    if (weights) known = gt_brightness_parse(fact_of(weights, "brightness"));
    gt_value_range range = gt_range_undeclared();
    if (weights) range = gt_imaging_load(fact_of, weights).range;
    if (range.stretch.curve != GT_CURVE_LINEAR) range = gt_range_undeclared(); /* levels */
    double scatter = gt_range_value(range, known.deviation) - gt_range_value(range, 0);
    GT_TRY(add_line(d, BRIGHTNESS, "epoch", "sample_mean", "", "mean of the samples", err));
    if (known.count >= 2)
        GT_TRY(add_guide(d, BRIGHTNESS, gt_range_value(range, known.mean), "mean learned from",
                         GT_LINE_BESIDE, err));
    GT_TRY(add_line(d, BRIGHTNESS, "epoch", "sample_deviation", "", "their scatter", err));
    if (known.count >= 2)
        GT_TRY(add_guide(d, BRIGHTNESS, scatter, "scatter learned from", GT_LINE_BESIDE, err));
done:
    return status;
}

/* A few steps far above all others, as the first ones or those with a penalty, would press the
 * others onto one line: then the frame ends below them, and the caption counts them. */
static gt_status frame_loss(drawing *d, int panel, gt_error *err) {
    static const double usual = 0.95;
    gt_panel *p = &d->panels[panel];
    size_t count = 0;
    for (size_t l = 0; l < p->count; l++) count += p->lines[l].count;
    double *sorted = malloc((count + 1) * sizeof *sorted);
    if (!sorted) return gt_fail(err, GT_NO_MEMORY, "no memory for %zu numbers", count);
    for (size_t l = 0, at = 0; l < p->count; at += p->lines[l++].count)
        memcpy(sorted + at, p->lines[l].y, p->lines[l].count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, gt_by_double);
    double low = count ? sorted[0] : 0,
           high = count ? sorted[(size_t)(usual * (double)count)] : 0;
    double length = high - low;
    if (length > 0 && sorted[count - 1] - high > length) {
        p->y.low = low - 0.06 * length;
        p->y.high = high + 0.1 * length;
        d->most = fmax(d->above ? d->most : -INFINITY, sorted[count - 1]);
        for (size_t i = 0; i < count; i++) d->above += sorted[i] > p->y.high;
    }
    free(sorted);
    return GT_OK;
}

static bool has_line(const gt_panel *panel, const char *ending) {
    size_t end = strlen(ending);
    for (size_t l = 0; l < panel->count; l++) {
        size_t length = strlen(panel->lines[l].name);
        if (length >= end && strcmp(panel->lines[l].name + length - end, ending) == 0)
            return true;
    }
    return false;
}

/* What the frames show. */
static gt_status describe(drawing *d, int learners, gt_error *err) {
    size_t size = 0;
    const gt_panel *p = d->panels;
    FILE *out = open_memstream(&d->caption, &size);
    if (!out) return gt_fail(err, GT_NO_MEMORY, "no memory for a caption");
    fputs(learners > 1 ? "Loss of each network: " : "Loss: ", out);
    if (has_line(&p[0], "one batch")) fputs("of single batches, ", out);
    fputs("its mean over an epoch", out);
    if (has_line(&p[0], "validation")) fputs(", and that of held-out rows after it", out);
    if (p[RATES].count) fputs("; rate, the part of it that the latents cost", out);
    if (p[PSNR].count) fputs("; PSNR of pictures after denoising", out);
    if (p[PSNR].count > 2) fputs(", also at single deviations out of 255", out);
    if (p[HINGE].count)
        fputs("; hinge losses of the discriminator for pictures and for small ones", out);
    if (p[ACCURACY].count)
        fputs("; how many labelled rows their 20 nearest neighbours by the codes tell", out);
    if (p[BRIGHTNESS].count)
        fputs("; mean and scatter of the brightness of samples, dashed that of the pictures "
              "learned from",
              out);
    if (d->above)
        fprintf(out, ". %zu value%s of a loss, up to %.3g, lie%s above the frame", d->above,
                d->above == 1 ? "" : "s", d->most, d->above == 1 ? "s" : "");
    fputs(". Drawn from ", out);
    return fclose(out) ? gt_fail(err, GT_NO_MEMORY, "no memory for a caption") : GT_OK;
}

/* caption: yours, NULL where nothing is drawn. */
static gt_status draw(const gt_csv *log, const gt_safetensors *weights,
                      const gt_model_class *class, const char *path, char **caption,
                      gt_error *err) {
    gt_status status = GT_OK;
    const char *unit = class ? class->loss_unit : NULL;
    learner learners[GT_MOST_OBJECTIVES];
    drawing d = {.log = log};
    gt_figure figure = {.x = {.label = "step"}, .width = 16};
    size_t shown = 0;
    bool is_drawn = false;
    int count = find_learners(log, class, learners);
    for (int p = 0; p < PANELS; p++)
        d.panels[p] = (gt_panel){.y = {.label = d.labels[p]}, .lines = d.lines[p]};
    label(d.labels[RATES], "", "rate", unit);
    label(d.labels[PSNR], "", "PSNR", "dB");
    label(d.labels[HINGE], "", "hinge loss", NULL);
    label(d.labels[ACCURACY], "", "accuracy", NULL);
    label(d.labels[BRIGHTNESS], "", "brightness", NULL);
    for (int k = 0; k < count; k++) {
        label(d.labels[k], learners[k].name, "loss", unit);
        GT_TRY(add_learner(&d, &learners[k], k, err));
        GT_TRY(frame_loss(&d, k, err));
        is_drawn |= d.panels[k].count > 0;
    }
    GT_TRY(add_psnr(&d, err));
    GT_TRY(add_line(&d, ACCURACY, "epoch", "knn_accuracy", "",
                    "labelled rows, told by 20 neighbours", err));
    GT_TRY(add_guide(&d, HINGE, 2, "where nothing is told apart", GT_LINE_DASHED, err));
    GT_TRY(add_brightness(&d, weights, err));
    if (is_drawn) GT_TRY(describe(&d, count, err));
    for (int p = 0; p < PANELS && shown < MOST_PANELS; p++)
        if (d.panels[p].count) d.panels[shown++] = d.panels[p];
    figure.height = shown > 1 ? 5.5 * (double)shown : 7;
    if (is_drawn) GT_TRY(gt_figure_panels(path, &figure, d.panels, shown, err));
    *caption = d.caption;
    d.caption = NULL;
done:
    free(d.caption);
    for (size_t i = 0; i < d.count; i++) free(d.curves[i].x), free(d.curves[i].y);
    return status;
}

/* What learned; NULL when the weights do not say, or name a kind that is none of ours. */
static const gt_model_class *class_of(const gt_safetensors *weights) {
    const char *name = weights ? gt_safetensors_metadata(weights, "model") : NULL;
    const gt_model_class *class;
    return name && gt_model_class_find(name, &class, NULL) == GT_OK ? class : NULL;
}

gt_status gt_html_curves(FILE *page, const gt_item *run, const gt_safetensors *weights,
                         gt_error *err) {
    gt_status status = GT_OK;
    const char *place = getenv("TMPDIR");
    char folder[300], path[320], *bytes = NULL, *caption = NULL;
    size_t size = 0;
    snprintf(folder, sizeof folder, "%s/galatea-report-XXXXXX",
             place && *place == '/' && strlen(place) < 200 ? place : "/tmp");
    if (!mkdtemp(folder)) return gt_fail_errno(err, "making the folder %s", folder);
    snprintf(path, sizeof path, "%s/curves.png", folder);
    GT_TRY(draw(&run->table, weights, class_of(weights), path, &caption, err));
    if (!caption) goto done;
    GT_TRY(gt_file_load(path, MOST_BYTES, &bytes, &size, err));
    fputs("<figure class=\"plot\">\n", page);
    gt_html_image(page, bytes, size, true, "curves of the training against steps");
    fprintf(page, "<figcaption><b>Training.</b> %s", caption);
    gt_html_text(page, run->path);
    fputs("/train.csv.</figcaption>\n</figure>\n", page);
done:
    unlink(path);
    rmdir(folder);
    free(bytes);
    free(caption);
    return status;
}
