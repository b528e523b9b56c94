/* galatea embed CODES: codes as points in the plane. */
#include <inttypes.h>
#include <math.h>

#include "atlas.h"
#include "cli.h"
#include "galatea/figure.h"
#include "galatea/interrupt.h"
#include "json.h"
#include "shown.h"
#include "table.h"

static const gt_option rows[] = {
    {"method", GT_CHOICE_AT(gt_embed_settings, method), "tsne", "NAME",
     "neighbourhoods, or the first two principal components", .choices = "tsne|pca"},
    {"perplexity", GT_REAL_AT(gt_embed_settings, perplexity), "30", "X",
     "effective number of neighbours of a point; three times as many are looked for", .min = 1,
     .max = 1e6},
    {"iterations", GT_INT_AT(gt_embed_settings, iterations), "1000", "N",
     "steps, the first quarter of them with exaggerated attraction", .min = 1, .max = 1e6},
    {"start", GT_CHOICE_AT(gt_embed_settings, start), "pca", "NAME", "first positions",
     .choices = "pca|random"},
    {"forces", GT_CHOICE_AT(gt_embed_settings, forces), "auto", "NAME",
     "repulsion between all pairs; auto: exact below 1000 rows, else fft",
     .choices = "auto|exact|barnes-hut|fft"},
    {"theta", GT_REAL_AT(gt_embed_settings, theta), "0.5", "X", "opening angle of barnes-hut",
     .min = 0, .max = 1},
    {"neighbours", GT_CHOICE_AT(gt_embed_settings, neighbours), "auto", "NAME",
     "auto: exact up to 200000 rows", .choices = "auto|exact|approximate"},
    {"exaggeration", GT_REAL_AT(gt_embed_settings, exaggeration), "12", "X",
     "of attraction in the first quarter", .min = 1, .max = 1000},
    {"rate", GT_REAL_AT(gt_embed_settings, rate), "0", "X",
     "learning rate; 0: rows / 4, over the exaggeration while there is one, at least 50",
     .min = 0, .max = 1e9},
    {"seed", GT_INT_AT(gt_embed_settings, seed), "1", "S",
     "seed of a random start and of approximate neighbours", .min = 0, .max = 9e15},
    {"color", GT_TEXT_AT(gt_embed_settings, color), NULL, "COLUMN",
     "colour the figure by label, split, ra, dec, angular_size, any other column, or none "
     "(default: label, where all rows of all files have the same classes); numbers above 0 "
     "by logarithm where half of them lie in the lowest tenth; one in 200 is beyond either "
     "end of the bar"},
    {"out", GT_TEXT_AT(gt_embed_settings, out), NULL, "FILE",
     "the map, a set of codes of 2 numbers; of several files a folder with a set for each",
     .required = true, .path = GT_FILLS},
    {"table", GT_TEXT_AT(gt_embed_settings, table), NULL, "FILE",
     "the map of one file as a table (.fits or .csv)", .path = GT_WRITES,
     .endings = GT_TABLE_ENDINGS},
    {"figure", GT_TEXT_AT(gt_embed_settings, figure), NULL, "FILE",
     "the map as a picture (.png, .pdf or .svg), of several files side by side",
     .path = GT_WRITES, .endings = GT_FIGURE_ENDINGS},
};
static const gt_option_table table = GT_OPTION_TABLE("Options", rows);

static void json_members(gt_json *to, const gt_embedding *e) {
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
static gt_status print_json(const gt_atlas *a, gt_error *err) {
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

static void print_text(const gt_embedding *e) {
    char first[32], second[32];
    printf("%s: %s\n", gt_shown(e->out), gt_counted(e->rows, "point"));
    if (gt_embed_is_tsne(e)) {
        printf("KL %.4f after %" PRId64 " iterations, forces %s", e->tsne.kl,
               e->tsne.iterations, gt_tsne_forces_name(e->tsne.forces));
        if (!isnan(e->tsne.descent_seconds))
            printf("; neighbours %s, descent %s",
                   gt_duration_text(e->tsne.neighbour_seconds, first),
                   gt_duration_text(e->tsne.descent_seconds, second));
        putchar('\n');
    } else {
        printf(
            "%zu of %zu components hold 95 %% of the variance, %zu hold 98 %%; the first two "
            "%.1f %% and %.1f %%\n",
            e->for_95, e->features, e->for_98, 100 * e->ratio[0], 100 * e->ratio[1]);
    }
    if (!isnan(e->trust))
        printf("trustworthiness %.4f (%d neighbours), recall %.3f (%d)\n", e->trust, GT_TRUST_K,
               e->recall, GT_RECALL_K);
    if (!isnan(e->clustering))
        printf(
            "log angular sizes of %d neighbours differ by %.2f of what those of random pairs "
            "do\n",
            GT_CLUSTER_K, e->clustering);
}

static gt_status run(gt_call *call, gt_error *err) {
    gt_status status = GT_OK;
    gt_atlas a = {.count = 0};
    GT_TRY(gt_interrupt_install(err));
    GT_TRY(
        gt_atlas_make(&call->context, call->settings, call->words, call->word_count, &a, err));
    for (size_t i = 0; call->context.is_untimed && i < a.count; i++)
        a.list[i].tsne.neighbour_seconds = a.list[i].tsne.descent_seconds = NAN;
    if (call->wants_json) GT_TRY(print_json(&a, err));
    for (size_t i = 0; !call->wants_json && !call->is_quiet && i < a.count; i++)
        print_text(&a.list[i]);
done:
    gt_atlas_free(&a);
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
        "attraction. KL is the divergence that it lowers. PCA is the plane in which the "
        "codes vary most.\n\n"
        "The map is a set of codes of two numbers with all columns of FILE, which may hold "
        "images too. Of up to 5000 rows it is said how far neighbours in the map are "
        "neighbours in the data (trustworthiness, from 0 to 1) and how many of a row's 10 "
        "neighbours remain (recall). Equal calls give equal maps, for any number of "
        "threads.\n\n"
        "Several files are mapped one after the other and drawn in frames of one figure, "
        "under the names of what made them, or NAME, with one colour bar.",
    .usage = "[NAME=]FILE...",
    .min_words = 1,
    .max_words = GT_MAPS_AT_MOST,
    .word_path = GT_READS,
    .table = &table,
    .settings_size = sizeof(gt_embed_settings),
    .examples = examples,
    .has_json = true,
    .has_threads = true,
    .run = run};
