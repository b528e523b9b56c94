/* galatea embed CODES: codes as points in the plane. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "embed_map.h"
#include "embed_output.h"
#include "galatea/figure.h"
#include "galatea/file.h"
#include "galatea/interrupt.h"
#include "galatea/json.h"
#include "galatea/progress.h"
#include "galatea/table.h"
#include "guard.h"
#include "labels.h"
#include "provenance.h"
#include "shown.h"

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
     "the map, a set of codes of 2 numbers; of several files a folder with a set for each",
     .required = true, .path = GT_FILLS},
    {"table", GT_TEXT_AT(embed_settings, table), NULL, "FILE",
     "the map of one file as a table (.fits or .csv)", .path = GT_WRITES,
     .endings = GT_TABLE_ENDINGS},
    {"figure", GT_TEXT_AT(embed_settings, figure), NULL, "FILE",
     "the map as a picture (.png, .pdf or .svg), of several files side by side",
     .path = GT_WRITES, .endings = GT_FIGURE_ENDINGS},
};
static const gt_option_table table = GT_OPTION_TABLE("Options", rows);

/* All files of a call. */
typedef struct atlas {
    const gt_call *call;
    const embed_settings *settings;
    embedding *list;
    size_t count;
} atlas;

/* ---- Reading ------------------------------------------------------------------------------
 */

enum { MOST_MAPS = 9 };

static gt_status check_outputs(const atlas *a, gt_error *err) {
    gt_status status = GT_OK;
    const embed_settings *s = a->settings;
    const char *inputs[MOST_MAPS + 1] = {NULL}, *outputs[MOST_MAPS + 2] = {s->table, s->figure};
    for (size_t i = 0; i < a->count; i++) inputs[i] = a->list[i].path;
    /* a folder that is to be made cannot be tried */
    for (size_t i = 0; i < a->count; i++)
        if (a->count == 1 || access(s->out, F_OK) == 0) outputs[2 + i] = a->list[i].out;
    if (a->count > 1 && s->table)
        GT_THROW(err, GT_USAGE, "--table %s holds the map of one file, there are %zu", s->table,
                 a->count);
    if (a->count == 1) GT_TRY(gt_file_check_ending("out", s->out, GT_DATASET_ENDINGS, err));
    GT_TRY(gt_guard_files(inputs, outputs, 2 + a->count, err));
    if (s->color && !s->figure)
        GT_THROW(err, GT_USAGE, "--color %s colours the figure: give --figure too", s->color);
done:
    return status;
}

static gt_status read_rows(embedding *e, gt_error *err) {
    gt_status status = GT_OK;
    GT_TRY(gt_dataset_open_any(e->path, &e->data, err));
    GT_TRY(gt_map_check(e->data, err));
    const gt_dataset_info *info = gt_dataset_describe(e->data);
    if (!*e->title) gt_maker_name(e->data, e->title);
    GT_TRY(gt_use_columns_read(e->data, &e->columns, err));
    if (e->settings->color)
        GT_TRY(gt_map_check_column(e->data, &e->columns, e->settings->color, err));
    e->rows = (size_t)info->count;
    e->features = gt_dataset_row_values(info);
    if (gt_embed_is_tsne(e) &&
        gt_tsne_check_perplexity(e->rows, e->settings->perplexity, err)) {
        status = err->status;
        gt_blame(err, "%s", e->path);
        goto done;
    }
    e->x = calloc(e->rows, e->features * sizeof *e->x);
    e->y = calloc(e->rows, 2 * sizeof *e->y);
    if (!e->x || !e->y)
        GT_THROW(err, GT_NO_MEMORY, "%s: no memory for %zu rows of %zu values", e->path,
                 e->rows, e->features);
    GT_TRY(gt_dataset_read(e->data, 0, e->rows, e->x, err));
done:
    return status;
}

/* ---- Writing ------------------------------------------------------------------------------
 */

static gt_map view(embedding *e, const char *provenance) {
    gt_map map = {.data = e->data,
                  .columns = &e->columns,
                  .y = e->y,
                  .model = e->model,
                  .provenance = provenance,
                  .title = e->title};
    snprintf(e->model, sizeof e->model, "%s of %.300s", gt_embed_is_tsne(e) ? "t-SNE" : "PCA",
             e->path);
    for (int i = 0; i < 2 && !gt_embed_is_tsne(e); i++) {
        snprintf(e->axes[i], sizeof e->axes[i], "component %d (%.1f %% of the variance)", i + 1,
                 100 * e->ratio[i]);
        map.axes[i] = e->axes[i];
    }
    return map;
}

static gt_status write_outputs(const atlas *a, gt_error *err) {
    gt_status status = GT_OK;
    const embed_settings *s = a->settings;
    char *provenance = NULL;
    const char *inputs[MOST_MAPS + 1] = {NULL};
    gt_map maps[MOST_MAPS];
    for (size_t i = 0; i < a->count; i++) inputs[i] = a->list[i].path;
    GT_TRY(gt_provenance_make(&a->call->invocation, inputs, &provenance, err));
    for (size_t i = 0; i < a->count; i++) maps[i] = view(&a->list[i], provenance);
    if (a->count > 1) GT_TRY(gt_mkdirs(s->out, err));
    for (size_t i = 0; i < a->count; i++) GT_TRY(gt_map_save(&maps[i], a->list[i].out, err));
    if (s->table) GT_TRY(gt_map_table(&maps[0], s->table, err));
    if (s->figure) GT_TRY(gt_map_figure(maps, a->count, s->figure, s->color, err));
done:
    free(provenance);
    return status;
}

static void json_members(gt_json *to, const embedding *e) {
    gt_json_text(to, "file", e->path);
    gt_json_text(to, "out", e->out);
    gt_json_text(to, "method", e->settings->method);
    gt_json_int(to, "rows", (int64_t)e->rows);
    gt_json_int(to, "values", (int64_t)e->features);
    if (gt_embed_is_tsne(e)) {
        gt_json_text(to, "forces", gt_tsne_forces_name(e->tsne.forces));
        gt_json_int(to, "iterations", e->tsne.iterations);
        gt_json_real(to, "kl", e->tsne.kl);
        gt_json_real(to, "neighbour_seconds", e->tsne.neighbour_seconds);
        gt_json_real(to, "descent_seconds", e->tsne.descent_seconds);
    } else {
        gt_json_array(to, "variance_ratio");
        for (int i = 0; i < 2; i++) gt_json_real(to, NULL, e->ratio[i]);
        gt_json_end(to);
        gt_json_int(to, "components_for_95_percent", (int64_t)e->for_95);
        gt_json_int(to, "components_for_98_percent", (int64_t)e->for_98);
    }
    gt_json_real(to, "trustworthiness_12", e->trust);
    gt_json_real(to, "recall_10", e->recall);
    gt_json_real(to, "angular_size_clustering_10", e->clustering);
}

/* One object, or of several maps a list of them. */
static gt_status print_json(const atlas *a, gt_error *err) {
    gt_json json;
    gt_json_begin(&json, stdout, 2);
    gt_json_object(&json, NULL);
    if (a->count == 1) json_members(&json, &a->list[0]);
    if (a->count > 1) gt_json_array(&json, "maps");
    for (size_t i = 0; a->count > 1 && i < a->count; i++) {
        gt_json_object(&json, NULL);
        json_members(&json, &a->list[i]);
        gt_json_end(&json);
    }
    if (a->count > 1) gt_json_end(&json);
    gt_json_end(&json);
    return gt_json_finish(&json, err);
}

static void print_text(const embedding *e) {
    char first[32], second[32];
    printf("%s: %zu points\n", gt_shown(e->out), e->rows);
    if (gt_embed_is_tsne(e))
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
        printf("trustworthiness %.4f (%d neighbours), recall %.3f (%d)\n", e->trust, GT_TRUST_K,
               e->recall, GT_RECALL_K);
    if (!isnan(e->clustering))
        printf(
            "log angular sizes of %d neighbours differ by %.2f of what those of random pairs "
            "do\n",
            GT_CLUSTER_K, e->clustering);
}

/* ---- The whole ----------------------------------------------------------------------------
 */

static gt_status name_file(atlas *a, size_t index, gt_error *err) {
    gt_status status = GT_OK;
    embedding *e = &a->list[index];
    gt_label label;
    char base[GT_LABEL_ROOM];
    GT_TRY(gt_label_parse(a->call->words[index], &label, err));
    *e = (embedding){.context = &a->call->context, .settings = a->settings, .path = label.path};
    snprintf(e->title, sizeof e->title, "%s", label.name);
    gt_base_name(*label.name ? label.name : label.path, base);
    int length = a->count == 1
                     ? snprintf(e->out, sizeof e->out, "%s", a->settings->out)
                     : snprintf(e->out, sizeof e->out, "%s/%s.h5", a->settings->out, base);
    if ((size_t)length >= sizeof e->out)
        GT_THROW(err, GT_USAGE, "--out: a name of %d bytes", length);
    for (size_t i = 0; i < index; i++)
        if (strcmp(a->list[i].out, e->out) == 0)
            GT_THROW(err, GT_USAGE, "%s and %s would both be mapped to %s: call them NAME=FILE",
                     a->list[i].path, e->path, e->out);
done:
    return status;
}

static gt_status read_all(atlas *a, gt_error *err) {
    gt_status status = GT_OK;
    const char *color = a->settings->color;
    gt_named *named = NULL;
    for (size_t i = 0; i < a->count; i++) {
        GT_TRY(read_rows(&a->list[i], err));
        if (i > 0 && color && strcmp(color, "label") == 0)
            GT_TRY(gt_map_check_classes(a->list[0].data, a->list[i].data, err));
    }
    named = calloc(a->count, sizeof *named);
    if (!named) GT_THROW(err, GT_NO_MEMORY, "no memory for names");
    for (size_t i = 0; i < a->count; i++)
        named[i] = (gt_named){a->list[i].title, a->list[i].path};
    GT_TRY(gt_names_tell_apart(named, a->count, err));
done:
    free(named);
    return status;
}

static gt_status run(gt_call *call, gt_error *err) {
    gt_status status = GT_OK;
    atlas a = {.call = call, .settings = call->settings, .count = call->word_count};
    a.list = calloc(a.count, sizeof *a.list);
    if (!a.list) GT_THROW(err, GT_NO_MEMORY, "no memory for %zu maps", a.count);
    GT_TRY(gt_interrupt_install(err));
    for (size_t i = 0; i < a.count; i++) GT_TRY(name_file(&a, i, err));
    GT_TRY(check_outputs(&a, err));
    GT_TRY(read_all(&a, err));
    for (size_t i = 0; i < a.count; i++) GT_TRY(gt_embed_map(&a.list[i], err));
    GT_TRY(write_outputs(&a, err));
    if (call->wants_json) GT_TRY(print_json(&a, err));
    for (size_t i = 0; !call->wants_json && !call->is_quiet && i < a.count; i++)
        print_text(&a.list[i]);
done:
    for (size_t i = 0; a.list && i < a.count; i++) {
        gt_dataset_close(a.list[i].data);
        free(a.list[i].x);
        free(a.list[i].y);
    }
    free(a.list);
    return status;
}

static const char *const examples[] = {
    "galatea embed codes.h5 --method tsne --color angular_size --out map.h5 --figure map.png",
    "galatea embed codes.h5 --method pca --color label --out map.h5 --figure map.pdf",
    "galatea embed vdvae.h5 simclr.h5 byol.h5 SimSiam=d.h5 --color angular_size --out maps "
    "--figure maps.png",
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
        "(recall). Equal calls give equal maps, for any number of threads.\n\n"
        "Several files are mapped one after the other and drawn in frames of one figure, under "
        "the names of what made them, or NAME, with one colour bar.",
    .usage = "[NAME=]FILE...",
    .min_words = 1,
    .max_words = MOST_MAPS,
    .word_path = GT_READS,
    .table = &table,
    .settings_size = sizeof(embed_settings),
    .examples = examples,
    .has_json = true,
    .has_threads = true,
    .run = run};
