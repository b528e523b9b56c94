/* galatea invert RUN: what images are made of, under a model whose network runs backwards. */
#include <inttypes.h>

#include "cli.h"
#include "galatea/figure.h"
#include "galatea/interrupt.h"
#include "inversion.h"
#include "json.h"
#include "network_arguments.h"
#include "run_variants.h"
#include "shown.h"

typedef struct invert_settings {
    gt_inversion_settings inversion;
    const char *data;
} invert_settings;

#define AT(type, member) type(invert_settings, inversion.member)

static const gt_option rows[] = {
    {"data", GT_TEXT_AT(invert_settings, data), NULL, "FILE...",
     "images to invert; more sets may follow", .required = true, .path = GT_READS},
    {"out", AT(GT_TEXT_AT, out), NULL, "FILE", "file of the latents of every image, .h5",
     .path = GT_WRITES, .endings = GT_DATASET_ENDINGS},
    {"figure", AT(GT_TEXT_AT, figure), NULL, "FILE",
     "densities of the latents beside that of normal noise, .png, .pdf or .svg",
     .path = GT_WRITES, .endings = GT_FIGURE_ENDINGS},
    {"kind", AT(GT_CHOICE_AT, kind), "eps", "KIND",
     "latents less their learned mean over their learned deviation, like normal noise (eps), "
     "or as the network has them (z)",
     .choices = "eps|z"},
    {"seed", AT(GT_INT_AT, seed), "1", "S", "seed of the noise that fills pixels", .min = 0,
     .max = 9e15},
    {"batch", AT(GT_INT_AT, batch), "0", "N", "images at once; 0: chosen", .min = 0,
     .max = 4096},
    {"exact", AT(GT_FLAG_AT, exact), NULL, NULL, "no fast convolutions with larger rounding"},
};
static const gt_option_table table = GT_OPTION_TABLE("Options", rows);

static void print_text(const gt_inversion *c, const char *kind) {
    printf("%-24s %8s %12s %12s %10s %10s\n", "", "images", "round trip", "median",
           "above 0.01", "max |z|");
    for (size_t i = 0; i < c->count; i++) {
        const gt_inverted_set *s = &c->sets[i];
        printf("%-24s %8" PRIu64 " %12.3g %12.3g %10" PRIu64 " %10.4g\n", gt_shown(s->name),
               s->count, s->worst, s->median, s->above, s->largest);
    }
    printf("\n%-24s %-12s %12s %10s %10s %6s%s%s\n", "", "", "numbers", "mean", "deviation",
           "max |", kind, "|");
    for (size_t i = 0; i < c->count; i++)
        for (size_t p = 0; p < c->part_count; p++) {
            const gt_inverted_part *part = &c->sets[i].parts[p];
            printf("%-24s %-12s %12" PRIu64 " %10.4g %10.4g %10.4g\n",
                   gt_shown(c->sets[i].name), part->name, part->numbers, part->mean,
                   part->deviation, part->largest);
        }
    printf("round trip: largest difference of an image's pixels after the way back, as a share "
           "of their range\n");
}

static void print_set(gt_json *json, const gt_inversion *c, const gt_inverted_set *s) {
    gt_json_object(json, NULL);
    gt_json_text(json, "file", s->path);
    gt_json_int(json, "images", (int64_t)s->count);
    gt_json_int(json, "not_finite", (int64_t)s->not_finite);
    gt_json_real(json, "round_trip", s->worst);
    gt_json_real(json, "round_trip_median", s->median);
    gt_json_int(json, "above_0.01", (int64_t)s->above);
    gt_json_real(json, "largest_z", s->largest);
    gt_json_array(json, "levels");
    for (size_t p = 0; p < c->part_count; p++) {
        const gt_inverted_part *part = &s->parts[p];
        gt_json_object(json, NULL);
        gt_json_text(json, "name", part->name);
        gt_json_int(json, "numbers", (int64_t)part->numbers);
        gt_json_real(json, "mean", part->mean);
        gt_json_real(json, "deviation", part->deviation);
        gt_json_real(json, "largest", part->largest);
        gt_json_end(json);
    }
    gt_json_end(json);
    gt_json_end(json);
}

static gt_status print_json(const gt_inversion *c, const char *kind, gt_error *err) {
    gt_json json;
    gt_json_begin(&json, stdout, 2);
    gt_json_object(&json, NULL);
    gt_json_text(&json, "run", gt_run_path_of(c->run));
    gt_json_text(&json, "kind", kind);
    gt_json_array(&json, "sets");
    for (size_t i = 0; i < c->count; i++) print_set(&json, c, &c->sets[i]);
    gt_json_end(&json);
    gt_json_end(&json);
    return gt_json_finish(&json, err);
}

static gt_status run(gt_call *call, gt_error *err) {
    const invert_settings *settings = call->settings;
    gt_status status = GT_OK;
    gt_inversion found = {.count = 0};
    const char *sets[GT_INVERSION_SETS] = {settings->data};
    for (size_t i = 1; i < call->word_count; i++) sets[i] = call->words[i];
    GT_TRY(gt_interrupt_install(err));
    GT_TRY(gt_invert(&call->context, call->words[0], sets, call->word_count,
                     &settings->inversion, call->variant_settings, &found, err));
    if (call->wants_json)
        GT_TRY(print_json(&found, settings->inversion.kind, err));
    else if (!call->is_quiet)
        print_text(&found, settings->inversion.kind);
done:
    gt_inversion_free(&found);
    return status;
}

static const char *const examples[] = {
    "galatea invert run --data set.h5 --out latents.h5 --figure latents.pdf",
    "galatea invert run --data set.h5 samples.h5 --json", NULL};

const gt_command gt_command_invert = {
    .name = "invert",
    .summary = "tell what images are made of, under a model that runs backwards",
    .description =
        "RUN is a run of `train glow`. Each image is taken to its latents, which `sample "
        "--from-latents` makes an image of again: as it was to rounding by --filling none, "
        "else as far from it as the noise that fills the bins of its pixels. Tells of each "
        "level mean, deviation and largest value of its latents, those of a good model being "
        "like normal noise, and how far the filled pixels of each image are off after the "
        "way back: a network that has come apart does not bring them back. Images that are "
        "off by more than a hundredth of the "
        "range are named.\n\n" GT_NETWORK_HELP,
    .usage = "RUN [FILE...]",
    .min_words = 1,
    .max_words = GT_INVERSION_SETS,
    .word_path = GT_READS,
    .table = &table,
    .settings_size = sizeof(invert_settings),
    .examples = examples,
    .has_json = true,
    .has_threads = true,
    .meets_sets = true,
    .takes_weights = true,
    .variant_word = "RUN",
    .variant_at = gt_invert_variant_at,
    .variant_of = gt_invert_variant_of,
    .run = run};
