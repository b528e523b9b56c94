/* galatea embed CODES: codes as points in the plane. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "embed_output.h"
#include "galatea/embedding.h"
#include "galatea/figure.h"
#include "galatea/interrupt.h"
#include "galatea/json.h"
#include "galatea/pca.h"
#include "galatea/progress.h"
#include "galatea/table.h"
#include "galatea/tsne.h"
#include "provenance.h"

typedef struct embed_settings {
    const char *method, *start, *forces, *neighbours, *color, *out, *table, *figure;
    double perplexity, exaggeration, rate, theta;
    int64_t iterations, seed;
} embed_settings;

static const gt_option rows[] = {
    {"method", GT_CHOICE_AT(embed_settings, method), "tsne", "NAME",
     "neighbourhoods, or the first two principal components", .choices = "tsne|pca"},
    {"perplexity", GT_REAL_AT(embed_settings, perplexity), "30", "X",
     "effective number of neighbours of a point; three times as many are looked for", .min = 1,
     .max = 1e6},
    {"iterations", GT_INT_AT(embed_settings, iterations), "1000", "N",
     "steps, the first quarter of them with exaggerated attraction", .min = 1, .max = 1e6},
    {"start", GT_CHOICE_AT(embed_settings, start), "pca", "NAME", "first positions",
     .choices = "pca|random"},
    {"forces", GT_CHOICE_AT(embed_settings, forces), "auto", "NAME",
     "repulsion between all pairs; auto: exact below 1000 rows, else fft",
     .choices = "auto|exact|barnes-hut|fft"},
    {"theta", GT_REAL_AT(embed_settings, theta), "0.5", "X", "opening angle of barnes-hut",
     .min = 0, .max = 1},
    {"neighbours", GT_CHOICE_AT(embed_settings, neighbours), "auto", "NAME",
     "auto: exact up to 200000 rows", .choices = "auto|exact|approximate"},
    {"exaggeration", GT_REAL_AT(embed_settings, exaggeration), "12", "X",
     "of attraction in the first quarter", .min = 1, .max = 1000},
    {"rate", GT_REAL_AT(embed_settings, rate), "0", "X",
     "learning rate; 0: rows / 4, over the exaggeration while there is one, at least 50",
     .min = 0, .max = 1e9},
    {"seed", GT_INT_AT(embed_settings, seed), "1", "S",
     "seed of a random start and of approximate neighbours", .min = 0, .max = 9e15},
    {"color", GT_CHOICE_AT(embed_settings, color), NULL, "COLUMN", "colour the figure by",
     .choices = "angular_size|label|split|ra|dec"},
    {"out", GT_TEXT_AT(embed_settings, out), NULL, "FILE",
     "the map, a set of codes of 2 numbers", .required = true},
    {"table", GT_TEXT_AT(embed_settings, table), NULL, "FILE",
     "the map as a table (.fits or .csv)"},
    {"figure", GT_TEXT_AT(embed_settings, figure), NULL, "FILE",
     "the map as a picture (.png, .pdf or .svg)"},
};
static const gt_option_table table = GT_OPTION_TABLE("Options", rows);

/* Everything at work. */
typedef struct embedding {
    const gt_call *call;
    const embed_settings *settings;
    const char *path;
    gt_dataset *data;
    gt_use_columns columns;
    size_t rows, features;
    float *x;
    double *y;
    gt_progress progress;
    int stage;
    gt_tsne_result tsne;
    double ratio[2]; /* PCA: shares of the variance */
    size_t for_95, for_98;
    double trust, recall, clustering; /* NaN: not computed */
} embedding;

/* Ranks of all rows from all rows are sorted for quality: seconds up to so many rows. */
enum {
    MOST_RANKED = 5000,
    TRUST_K = 12,
    RECALL_K = 10,
    CLUSTER_K = 10,
    MOST_CLUSTERED = 200000
};

static bool is_tsne(const embedding *e) {
    return strcmp(e->settings->method, "tsne") == 0;
}

/* ---- Reading ------------------------------------------------------------------------------
 */

static gt_status check_outputs(const embedding *e, gt_error *err) {
    gt_status status = GT_OK;
    const embed_settings *s = e->settings;
    const char *const inputs[] = {e->path, NULL}, *const outputs[] = {s->out, s->table,
                                                                      s->figure};
    if (s->table) GT_TRY(gt_table_check_path(s->table, err));
    if (s->figure) GT_TRY(gt_figure_check_path(s->figure, err));
    GT_TRY(gt_use_check_outputs(inputs, outputs, 3, err));
    if (s->color && !s->figure)
        GT_THROW(err, GT_USAGE, "--color %s colours the figure: give --figure too", s->color);
done:
    return status;
}

static gt_status read_rows(embedding *e, gt_error *err) {
    gt_status status = GT_OK;
    GT_TRY(gt_dataset_open_any(e->path, &e->data, err));
    const gt_dataset_info *info = gt_dataset_describe(e->data);
    GT_TRY(gt_use_columns_read(e->data, &e->columns, err));
    if (e->settings->color)
        GT_TRY(gt_map_check_column(e->data, &e->columns, e->settings->color, err));
    e->rows = (size_t)info->count;
    e->features = gt_dataset_row_values(info);
    if (is_tsne(e) && (double)e->rows < 3 * e->settings->perplexity + 2)
        GT_THROW(err, GT_BAD_ARGUMENT, "%s: perplexity %g needs %.0f rows, there are %zu",
                 e->path, e->settings->perplexity, ceil(3 * e->settings->perplexity + 2),
                 e->rows);
    e->x = calloc(e->rows, e->features * sizeof *e->x);
    e->y = calloc(e->rows, 2 * sizeof *e->y);
    if (!e->x || !e->y)
        GT_THROW(err, GT_NO_MEMORY, "%s: no memory for %zu rows of %zu values", e->path,
                 e->rows, e->features);
    GT_TRY(gt_dataset_read(e->data, 0, e->rows, e->x, err));
done:
    return status;
}

/* ---- Mapping ------------------------------------------------------------------------------
 */

static gt_status map_by_components(embedding *e, gt_error *err) {
    gt_status status = GT_OK;
    gt_pca *pca = NULL;
    size_t axes = e->features < 2 ? e->features : 2;
    GT_TRY(gt_pca_compute(e->rows, e->features, e->x, &pca, err));
    if (!(gt_pca_variances(pca)[0] > 0))
        GT_THROW(err, GT_BAD_ARGUMENT, "all %zu rows are equal: there is nothing to map",
                 e->rows);
    GT_TRY(gt_pca_project(pca, axes, e->rows, e->x, e->y, err));
    if (axes == 1) /* one score a row: make room for the second coordinate, 0 */
        for (size_t i = e->rows; i-- > 0;) e->y[2 * i] = e->y[i], e->y[2 * i + 1] = 0;
    for (size_t i = 0; i < axes; i++) e->ratio[i] = gt_pca_ratio(pca, i);
    e->for_95 = gt_pca_components_for(pca, 0.95);
    e->for_98 = gt_pca_components_for(pca, 0.98);
done:
    gt_pca_destroy(pca);
    return status;
}

static void show(void *user, const gt_tsne_progress *at) {
    static const char *const labels[] = {"neighbours", "t-SNE"};
    embedding *e = user;
    char extra[32];
    if (e->stage != (int)at->stage) {
        gt_progress_finish(&e->progress);
        e->progress = gt_progress_start(e->call->is_quiet ? -1 : STDERR_FILENO,
                                        (int64_t)at->total, labels[at->stage]);
        e->stage = (int)at->stage;
    }
    snprintf(extra, sizeof extra, "KL %.4f", at->kl);
    gt_progress_update(&e->progress, (int64_t)at->done, isnan(at->kl) ? NULL : extra);
}

/* Index of a choice in the order of the enumeration it stands for. */
static int index_of(const char *choice, const char *const *names) {
    int i = 0;
    while (strcmp(names[i], choice) != 0) i++;
    return i;
}

static gt_status map_by_neighbours(embedding *e, gt_error *err) {
    static const char *const forces[] = {"auto", "exact", "barnes-hut", "fft"};
    static const char *const neighbours[] = {"auto", "exact", "approximate"};
    gt_status status = GT_OK;
    const embed_settings *s = e->settings;
    gt_tsne_settings how = gt_tsne_settings_default();
    how.perplexity = s->perplexity;
    how.iterations = s->iterations;
    how.early_iterations = s->iterations / 4;
    how.exaggeration = s->exaggeration;
    how.rate = s->rate;
    how.theta = s->theta;
    how.seed = (uint64_t)s->seed;
    how.forces = (gt_tsne_forces)index_of(s->forces, forces);
    how.neighbours = (gt_neighbours_how)index_of(s->neighbours, neighbours);
    if (strcmp(s->start, "pca") == 0)
        GT_TRY(gt_tsne_start_pca(e->rows, e->features, e->x, e->y, err));
    else
        gt_tsne_start_random(e->rows, how.seed, e->y);
    e->stage = -1;
    e->progress = gt_progress_start(-1, 0, "");
    GT_TRY(gt_tsne_run(e->rows, e->features, e->x, &how, e->y, show, e, &e->tsne, err));
done:
    gt_progress_finish(&e->progress);
    return status;
}

/* What can be said of the map in a few seconds. */
static gt_status judge(embedding *e, gt_error *err) {
    gt_status status = GT_OK;
    double *logs = NULL;
    e->trust = e->recall = e->clustering = NAN;
    if (e->rows <= MOST_RANKED && e->rows > 2 * TRUST_K) {
        GT_TRY(gt_embedding_quality(e->rows, e->features, e->x, e->y, TRUST_K, &e->trust, NULL,
                                    err));
        GT_TRY(gt_embedding_quality(e->rows, e->features, e->x, e->y, RECALL_K, NULL,
                                    &e->recall, err));
    }
    if (e->columns.sizes && e->rows <= MOST_CLUSTERED) {
        logs = calloc(e->rows, sizeof *logs);
        if (!logs) GT_THROW(err, GT_NO_MEMORY, "no memory for %zu values", e->rows);
        for (size_t i = 0; i < e->rows; i++)
            logs[i] = e->columns.sizes[i] > 0 ? log(e->columns.sizes[i]) : NAN;
        GT_TRY(gt_embedding_clustering(e->rows, e->y, logs, CLUSTER_K, &e->clustering, err));
    }
done:
    free(logs);
    return status;
}

/* ---- Writing ------------------------------------------------------------------------------
 */

static gt_status write_outputs(const embedding *e, gt_error *err) {
    gt_status status = GT_OK;
    const embed_settings *s = e->settings;
    char *provenance = NULL, model[400], axes[2][80];
    const char *const inputs[] = {e->path, NULL};
    snprintf(model, sizeof model, "%s of %.300s", is_tsne(e) ? "t-SNE" : "PCA", e->path);
    GT_TRY(gt_provenance_make(e->call, inputs, &provenance, err));
    gt_map map = {.data = e->data,
                  .columns = &e->columns,
                  .y = e->y,
                  .model = model,
                  .provenance = provenance};
    for (int i = 0; i < 2 && !is_tsne(e); i++) {
        snprintf(axes[i], sizeof axes[i], "component %d (%.1f %% of the variance)", i + 1,
                 100 * e->ratio[i]);
        map.axes[i] = axes[i];
    }
    GT_TRY(gt_map_save(&map, s->out, err));
    if (s->table) GT_TRY(gt_map_table(&map, s->table, err));
    if (s->figure) GT_TRY(gt_map_figure(&map, s->figure, s->color, err));
done:
    free(provenance);
    return status;
}

static gt_status print_json(const embedding *e, gt_error *err) {
    gt_json json;
    gt_json_begin(&json, stdout, 2);
    gt_json_object(&json, NULL);
    gt_json_text(&json, "file", e->path);
    gt_json_text(&json, "out", e->settings->out);
    gt_json_text(&json, "method", e->settings->method);
    gt_json_int(&json, "rows", (int64_t)e->rows);
    gt_json_int(&json, "values", (int64_t)e->features);
    if (is_tsne(e)) {
        gt_json_text(&json, "forces", gt_tsne_forces_name(e->tsne.forces));
        gt_json_int(&json, "iterations", e->tsne.iterations);
        gt_json_real(&json, "kl", e->tsne.kl);
        gt_json_real(&json, "neighbour_seconds", e->tsne.neighbour_seconds);
        gt_json_real(&json, "descent_seconds", e->tsne.descent_seconds);
    } else {
        gt_json_array(&json, "variance_ratio");
        for (int i = 0; i < 2; i++) gt_json_real(&json, NULL, e->ratio[i]);
        gt_json_end(&json);
        gt_json_int(&json, "components_for_95_percent", (int64_t)e->for_95);
        gt_json_int(&json, "components_for_98_percent", (int64_t)e->for_98);
    }
    gt_json_real(&json, "trustworthiness_12", e->trust);
    gt_json_real(&json, "recall_10", e->recall);
    gt_json_real(&json, "angular_size_clustering_10", e->clustering);
    gt_json_end(&json);
    return gt_json_finish(&json, err);
}

static void print_text(const embedding *e) {
    char first[32], second[32];
    printf("%s: %zu points\n", e->settings->out, e->rows);
    if (is_tsne(e))
        printf("KL %.4f after %" PRId64 " iterations, forces %s; neighbours %s, descent %s\n",
               e->tsne.kl, e->tsne.iterations, gt_tsne_forces_name(e->tsne.forces),
               gt_duration_text(e->tsne.neighbour_seconds, first),
               gt_duration_text(e->tsne.descent_seconds, second));
    else
        printf(
            "%zu of %zu components hold 95 %% of the variance, %zu hold 98 %%; the first two "
            "%.1f %% and %.1f %%\n",
            e->for_95, e->features, e->for_98, 100 * e->ratio[0], 100 * e->ratio[1]);
    if (!isnan(e->trust))
        printf("trustworthiness %.4f (%d neighbours), recall %.3f (%d)\n", e->trust, TRUST_K,
               e->recall, RECALL_K);
    if (!isnan(e->clustering))
        printf(
            "log angular sizes of %d neighbours differ by %.2f of what those of random pairs "
            "do\n",
            CLUSTER_K, e->clustering);
}

static gt_status run(gt_call *call, gt_error *err) {
    gt_status status = GT_OK;
    embedding e = {.call = call, .settings = call->settings, .path = call->words[0]};
    GT_TRY(gt_interrupt_install(err));
    GT_TRY(check_outputs(&e, err));
    GT_TRY(read_rows(&e, err));
    status = is_tsne(&e) ? map_by_neighbours(&e, err) : map_by_components(&e, err);
    if (status) {
        gt_blame(err, "%s", e.path);
        goto done;
    }
    GT_TRY(judge(&e, err));
    GT_TRY(write_outputs(&e, err));
    if (call->wants_json)
        GT_TRY(print_json(&e, err));
    else if (!call->is_quiet)
        print_text(&e);
done:
    gt_dataset_close(e.data);
    free(e.x);
    free(e.y);
    return status;
}

static const char *const examples[] = {
    "galatea embed codes.h5 --method tsne --color angular_size --out map.h5 --figure map.png",
    "galatea embed codes.h5 --method pca --color label --out map.h5 --figure map.pdf",
    "galatea embed codes.h5 --perplexity 50 --out map.h5 --table map.fits --json", NULL};

const gt_command gt_command_embed = {
    .name = "embed",
    .summary = "map codes to points in the plane by t-SNE or PCA",
    .description =
        "t-SNE puts points near each other whose codes are neighbours; distances between far "
        "points, and the axes, mean nothing. The first quarter of the iterations exaggerates "
        "attraction. KL is the divergence that it lowers. PCA is the plane in which the codes "
        "vary most.\n\n"
        "The map is a set of codes of two numbers with all columns of FILE, which may hold "
        "images too. Of up to 5000 rows it is said how far neighbours in the map are "
        "neighbours "
        "in the data (trustworthiness, from 0 to 1) and how many of a row's 10 neighbours "
        "remain "
        "(recall). Equal calls give equal maps, for any number of threads.",
    .usage = "FILE",
    .min_words = 1,
    .max_words = 1,
    .table = &table,
    .settings_size = sizeof(embed_settings),
    .examples = examples,
    .has_json = true,
    .has_threads = true,
    .run = run};
