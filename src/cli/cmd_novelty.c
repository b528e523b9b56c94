/* galatea novelty RUN: the least likely codes of a set, their images, and whether a search
 * finds anything like them. */
#include <inttypes.h>

#include "cli.h"
#include "galatea/interrupt.h"
#include "json.h"
#include "network_arguments.h"
#include "novelty.h"
#include "shown.h"
#include "table.h"
#include "text.h"

typedef struct novelty_settings {
    const char *data, *images, *search, *figure, *out, *colours;
    int64_t top;
} novelty_settings;

static const gt_option rows[] = {
    {"data", GT_TEXT_AT(novelty_settings, data), NULL, "FILE", "codes to rank",
     .required = true, .path = GT_READS},
    {"images", GT_TEXT_AT(novelty_settings, images), NULL, "FILE",
     "the images of those codes, for the figure; those that are ranked themselves need none",
     .path = GT_READS},
    {"search", GT_TEXT_AT(novelty_settings, search), NULL, "FILE",
     "codes in which neighbours are looked for; else those the run was trained on",
     .path = GT_READS},
    {"top", GT_INT_AT(novelty_settings, top), "4", "N", "least likely codes to show", .min = 1,
     .max = 64},
    {"figure", GT_TEXT_AT(novelty_settings, figure), NULL, "FILE.png",
     "sheet with their images, each under its log-density and class", .path = GT_WRITES,
     .endings = "png"},
    {"out", GT_TEXT_AT(novelty_settings, out), NULL, "FILE", "table of them, .fits or .csv",
     .path = GT_WRITES, .endings = GT_TABLE_ENDINGS},
    {"colours", GT_CHOICE_AT(novelty_settings, colours), "heat", "NAME",
     "colours of pictures with one channel", .choices = "gray|heat"},
};
static const gt_option_table table = GT_OPTION_TABLE("Options", rows);

static void print_text(const gt_novelty *r) {
    char subject[GT_SCORES_ROOM];
    printf("%8s  %-24s %-12s %12s  %s\n", "row", "id", "class", "log-density",
           r->is_searched ? "nearest neighbour (cosine)" : "");
    for (size_t i = 0; i < r->count; i++) {
        const gt_outlier *o = &r->outliers[i];
        char id[256], class[4 * sizeof o->class];
        printf("%8" PRIu64 "  %-24s %-12s %12.5g", o->row,
               gt_text_shown(o->id ? o->id : "", id, sizeof id),
               gt_text_shown(o->class, class, sizeof class), o->log_p);
        if (gt_outlier_has_neighbour(o))
            printf("  row %" PRIu64 " (%.3f)", o->neighbour, o->nearest);
        printf("\n");
    }
    if (r->usual.is_known)
        printf("%.2f%% of %" PRIu64
               " %ss lie below the lowest log-density (%.5g nats) that was trained on\n",
               100 * gt_scores_below(&r->scores, r->usual.minimum), r->scores.count,
               gt_scores_word(r->run), r->usual.minimum);
    if (*gt_scores_subject(r->run, subject)) printf("log-densities are%s\n", subject);
    if (r->is_searched)
        printf("%zu of %zu have no neighbour in %s as near as is usual: usual %ss have one at "
               "%.3f (median), 99 of 100 above %.3f\n",
               gt_novelty_far(r), r->count, gt_shown(r->searched), gt_scores_word(r->run),
               r->usual_mid, r->usual_low);
}

static gt_status print_json(const gt_novelty *r, gt_error *err) {
    gt_json json;
    gt_json_begin(&json, stdout, 2);
    gt_json_object(&json, NULL);
    gt_json_text(&json, "file", r->scores.path);
    gt_json_int(&json, gt_scores_are_of_codes(r->run) ? "codes" : "images",
                (int64_t)r->scores.count);
    if (r->usual.is_known) {
        gt_json_real(&json, "training_minimum", r->usual.minimum);
        gt_json_real(&json, "below_training_minimum",
                     gt_scores_below(&r->scores, r->usual.minimum));
    }
    if (r->is_searched) {
        gt_json_text(&json, "searched", r->searched);
        gt_json_real(&json, "usual_cosine_median", r->usual_mid);
        gt_json_real(&json, "usual_cosine_0.01", r->usual_low);
    }
    gt_json_array(&json, "outliers");
    for (size_t i = 0; i < r->count; i++) {
        const gt_outlier *o = &r->outliers[i];
        gt_json_object(&json, NULL);
        gt_json_int(&json, "row", (int64_t)o->row);
        gt_json_text(&json, "id", o->id);
        gt_json_text(&json, "class", *o->class ? o->class : NULL);
        gt_json_real(&json, "log_density", o->log_p);
        if (gt_outlier_has_neighbour(o)) {
            gt_json_int(&json, "neighbour", (int64_t)o->neighbour);
            gt_json_real(&json, "cosine", o->nearest);
        }
        gt_json_end(&json);
    }
    gt_json_end(&json);
    gt_json_end(&json);
    return gt_json_finish(&json, err);
}

/* Those that the figure shows: images that are ranked are their own. */
static gt_status find_images(const gt_call *call, const char **images, gt_error *err) {
    const novelty_settings *settings = call->settings;
    gt_status status = GT_OK;
    gt_dataset *data = NULL;
    *images = settings->images;
    if (settings->images && !settings->figure)
        GT_THROW(err, GT_USAGE, "--images is for the figure: give it a name with --figure");
    if (settings->images || !settings->figure) goto done;
    GT_TRY(gt_dataset_open_any(settings->data, &data, err));
    if (gt_dataset_describe(data)->kind == GT_DATASET_CODES)
        GT_THROW(err, GT_USAGE, "--figure shows images: give the set of them with --images");
    *images = settings->data;
done:
    gt_dataset_close(data);
    return status;
}

static gt_status run(gt_call *call, gt_error *err) {
    const novelty_settings *settings = call->settings;
    gt_status status = GT_OK;
    gt_novelty found = {.count = 0};
    const char *images = NULL;
    GT_TRY(gt_interrupt_install(err));
    GT_TRY(find_images(call, &images, err));
    GT_TRY(gt_novelty_find(&call->context,
                           &(gt_novelty_request){.run = call->words[0],
                                                 .data = settings->data,
                                                 .search = settings->search,
                                                 .images = settings->images,
                                                 .top = (size_t)settings->top},
                           &found, err));
    if (settings->figure)
        GT_TRY(gt_novelty_figure(&found, images, settings->colours, settings->figure, err));
    if (settings->out) GT_TRY(gt_novelty_table(&found, settings->out, err));
    if (call->wants_json)
        GT_TRY(print_json(&found, err));
    else
        print_text(&found);
done:
    gt_novelty_free(&found);
    return status;
}

static const char *const examples[] = {
    "galatea novelty flow --data codes.h5 --images set.h5 --top 4 --figure outliers.png",
    "galatea novelty flow --data mirabest.h5 --search first.h5 --top 10 --json", NULL};

const gt_command gt_command_novelty = {
    .name = "novelty",
    .summary = "find the least likely objects of a set",
    .description =
        "RUN is a run of `train maf`, or of a model that tells how likely images are: DATA is "
        "a set of them then. The codes of a set are ranked by their log-density, and the least "
        "likely ones told, with their images on a sheet when --images names them.\n\n"
        "As a check, each is searched for among the codes that the run was trained on (or in "
        "--search): the cosine of its nearest neighbour stands beside what is usual for 200 "
        "codes from all over the ranking. An object that is really new has no near "
        "neighbour.\n\n" GT_NETWORK_HELP,
    .usage = "RUN",
    .min_words = 1,
    .max_words = 1,
    .word_path = GT_READS,
    .table = &table,
    .settings_size = sizeof(novelty_settings),
    .examples = examples,
    .has_json = true,
    .has_threads = true,
    .meets_sets = true,
    .takes_weights = true,
    .run = run};
