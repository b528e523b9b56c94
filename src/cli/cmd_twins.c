/* galatea twins MODEL: pairs of models that learned disjoint halves of a set, compared. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "file.h"
#include "galatea/interrupt.h"
#include "json.h"
#include "room.h"
#include "shown.h"
#include "train_variants.h"
#include "twins/twins.h"

static gt_part part_at(size_t index) {
    if (index > 0) return (gt_part){0};
    return (gt_part){&gt_train_options, sizeof(gt_train_settings)};
}

static gt_variant variant_at(size_t index) {
    gt_variant found = gt_train_variant_at(index);
    found.is_hidden = found.name && !gt_twins_suit(found.subject);
    return found;
}

static gt_status prepare(gt_call *call, gt_error *err) {
    return gt_twins_resolve_settings(call->options, call->variant.subject, call->parts[0],
                                     call->variant.usual_preset, err);
}

/* ---- what is printed ---- */

/* Rows first .. last - 1 are of one model, whose columns are those where it has anything. */
static void print_model(const gt_twins_grid *g, size_t first, size_t last) {
    for (size_t row = first - 1; row < last; row++) {
        const char *const *cells = (const char *const *)g->cells;
        const char *const *own = cells + (row < first ? 0 : row) * g->columns;
        for (size_t k = 0; k < g->columns; k++) {
            size_t width = strlen(cells[k]);
            bool is_empty = true;
            for (size_t i = first; i < last; i++) {
                const char *cell = cells[i * g->columns + k];
                if (strlen(cell) > width) width = strlen(cell);
                is_empty = is_empty && strcmp(cell, "-") == 0;
            }
            if (!is_empty) printf("%s%*s", k ? "  " : "", k ? (int)width : -(int)width, own[k]);
        }
        printf("\n");
    }
}

static void print_grid(const gt_twins_grid *g) {
    for (size_t first = 1, last; first <= g->rows; first = last) {
        const char *model = g->cells[first * g->columns];
        for (last = first; last <= g->rows; last++)
            if (strcmp(g->cells[last * g->columns], model) != 0) break;
        print_model(g, first, last);
    }
    for (size_t i = 0; g->legend[i]; i++) printf("%s\n", g->legend[i]);
}

static const char *duration(double seconds, char text[32]) {
    return isnan(seconds) ? "unknown" : gt_duration_text(seconds, text);
}

/* Of what is unknown there is no time: the sum is the least. */
static void print_missing(const gt_twins_result *r) {
    char text[32];
    double all = 0;
    size_t unknown = 0;
    for (size_t i = 0; i < r->missing_count; i++) {
        const gt_twins_missing *own = &r->missing[i];
        printf("missing: %8" PRId64 " images, %-12s %s%s\n", own->size, own->name,
               duration(own->seconds, text), own->is_taken ? ", another process is at it" : "");
        unknown += isnan(own->seconds);
        if (!isnan(own->seconds)) all += own->seconds;
    }
    printf("%zu of %zu parts are finished; time for the rest: %s", r->finished, r->parts,
           unknown && unknown == r->missing_count ? "unknown" : duration(all, text));
    if (unknown && unknown < r->missing_count)
        printf(", and that of %s of which nothing is known", gt_counted(unknown, "part"));
    printf("\n");
}

static void print_rest(const gt_twins_result *r) {
    if (r->taken)
        printf(
            "%s missing: other processes are at %zu of them, and the last writes the whole "
            "table (where one died on another machine, its folder in locks is to be removed)\n",
            gt_counted(r->missing_count, "part"), r->taken);
    else if (r->missing_count)
        printf("%s still missing; --dry-run tells which\n",
               gt_counted(r->missing_count, "part"));
    if (*r->table) printf("%s\n", gt_shown(r->table));
}

static gt_status print_json(const gt_twins_result *r, gt_error *err) {
    enum { MOST = 1 << 26 };
    gt_status status = GT_OK;
    char *text = NULL, path[sizeof r->table + 8];
    size_t size;
    gt_json json;
    if (*r->table) {
        snprintf(path, sizeof path, "%.*s.json", (int)strlen(r->table) - 4, r->table);
        GT_TRY(gt_file_load(path, MOST, &text, &size, err));
    }
    gt_json_begin(&json, stdout, 2);
    gt_json_object(&json, NULL);
    gt_json_int(&json, "parts", (int64_t)r->parts);
    gt_json_int(&json, "finished", (int64_t)r->finished);
    gt_json_array(&json, "missing");
    for (size_t i = 0; i < r->missing_count; i++) {
        gt_json_object(&json, NULL);
        gt_json_int(&json, "size", r->missing[i].size);
        gt_json_text(&json, "part", r->missing[i].name);
        gt_json_bool(&json, "taken", r->missing[i].is_taken);
        gt_json_real(&json, "seconds", r->missing[i].seconds);
        gt_json_end(&json);
    }
    gt_json_end(&json);
    if (text) gt_json_ready(&json, "results", text);
    gt_json_end(&json);
    GT_TRY(gt_json_finish(&json, err));
done:
    free(text);
    return status;
}

static gt_status print_result(const gt_call *call, const gt_twins_result *r, gt_error *err) {
    const gt_twins_settings *settings = call->settings;
    if (call->wants_json) return print_json(r, err);
    if (settings->is_dry) print_missing(r);
    if (settings->is_dry) return GT_OK;
    if (r->grid.rows) print_grid(&r->grid);
    print_rest(r);
    return GT_OK;
}

/* ---- the command ---- */

static gt_status run(gt_call *call, gt_error *err) {
    gt_status status = GT_OK;
    const gt_train_settings *training = call->parts[0];
    const gt_twins_settings *settings = call->settings;
    gt_twins_result result = {0};
    gt_train_job job = {.model = call->variant.subject,
                        .model_settings = call->variant_settings,
                        .augmentation = call->variant.shared ? call->shared_settings : NULL,
                        .settings = training,
                        .progress = call->is_quiet ? -1 : STDERR_FILENO};
    gt_context context = call->context;
    GT_TRY(gt_interrupt_install(err));
    context.threads = gt_cli_use_threads(training->threads);
    GT_TRY(gt_room_check("twins", context.threads, err));
    status = gt_twins_run(&context, &job, settings, &result, err);
    if (status == GT_OK) status = print_result(call, &result, err);
done:
    gt_twins_result_free(&result);
    return status;
}

static const char *const examples[] = {
    "galatea twins diffusion --preset tiny --data sky.h5 --sizes 100,1000 --out sweep",
    "galatea twins glow --preset small --data sky.h5 --sizes 100,1000 --out sweep --flip",
    "galatea twins gan --data sky.h5 --sizes 100,1000 --out sweep --dry-run",
    "galatea twins gan --data sky.h5 --sizes 100,1000 --out sweep --only 100,training", NULL};

const gt_command gt_command_twins = {
    .name = "twins",
    .summary = "compare two models that learned disjoint halves of a set, for several sizes",
    .description =
        "Of samples that another program made, galatea judge --second compares two sets. Here "
        "Galatea trains the models: for each of --sizes two models of one configuration learn, "
        "A from some rows of the set and B from as many others: they share first weights, "
        "order, noise and the number of their updates, everything but the data. Then both make "
        "pictures of the same noise. Models that have learned what galaxies look like make the "
        "same ones (cosine near 1); models that have learned their rows by heart make pictures "
        "that are near to rows of their own (copies: the cosine of the pictures without their "
        "means is above 0.98) and unlike those of the other. Models that have hardly learned "
        "still share their first weights, and make the same pictures as well: then samples are "
        "unlike all rows (nearest), or as alike among themselves (unpaired), which is told.\n\n"
        "What else is measured depends on what a model can do. One that runs backwards (glow): "
        "noise that A made pictures of beside what A and B find in them, level by level, by "
        "Wasserstein's distance w1. One with a second network (gan): its loss for pairs of "
        "pictures, 2 where it cannot tell them apart, also of the epochs whose weights stay "
        "(--keep-every; --sampling average=true takes the averaged generator). One that gives "
        "pictures back: how much noise it takes out of pictures that it learned from and of "
        "others (psnr). Of all, the shapes of samples beside those of real pictures that no "
        "model saw (w1 in their deviations), and the numbers and the verdict of galatea judge, "
        "of pixels (at most 32 a side), of the same without mean and brightness (centred), and "
        "of shapes. Parts are called training, samples, cosine, nearest, inversion, scores, "
        "denoising, morphology, verdict; figures are drawn of what is there.\n\n"
        "Everything lies in --out: DIR/subsets, runs as DIR/MODEL/A-100 and B-100 for every "
        "other command, DIR/MODEL/N-100 with samples and tables, and DIR/twins.csv and "
        "twins.json with the numbers of all, which grow when further models join the same "
        "folder. Epochs and updates stand beside them: what a model copies depends on them as "
        "much as on the size, so the weights in use are those behind the last update, not "
        "those that validate best.\n\n"
        "It may be interrupted or killed at any moment: finished parts are never done again "
        "(but with --redo those that an older version computed in another way, which a remark "
        "names), a training goes on with the same bits. Options that were said once need not "
        "be said again, and other values are refused, of threads as well; those of a model "
        "from its first run on. Several processes, such as a job array, may share the folder: "
        "each takes what is free, ends when nothing is, and the last writes the whole "
        "table.\n\n"
        "Validation and test rows of the set are in no subset. Options of the training are "
        "those of galatea train MODEL; what they are without being given depends on the model "
        "and its preset: galatea twins MODEL --preset NAME --help tells it. --out is the "
        "folder of the sweep. --hold-out, --nearest and --resume change nothing, for "
        "--validation and the part nearest stand in their place and a sweep always goes on; "
        "--nearest-turns is of that part, and of the copies in the verdict; --rows all and "
        "--train-share are refused.",
    .usage = "MODEL",
    .table = &gt_twins_options,
    .settings_size = sizeof(gt_twins_settings),
    .part_at = part_at,
    .examples = examples,
    .has_json = true,
    .meets_sets = true,
    .variant_word = "MODEL",
    .variant_at = variant_at,
    .prepare = prepare,
    .apply_preset = gt_train_apply_preset,
    .run = run};
