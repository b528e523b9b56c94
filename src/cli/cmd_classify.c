/* galatea classify CODES: how well classifiers tell the classes of a labelled set apart, and
 * what fitted ones say of another set. */
#include "classify/print.h"
#include "galatea/figure.h"
#include "galatea/interrupt.h"
#include "network_arguments.h"
#include "table.h"

#include <string.h>

typedef struct classify_settings {
    const char *method, *image_method, *baseline, *scale, *out, *save, *load, *by_class,
        *confusion;
    int64_t seed, seeds, cv;
} classify_settings;

static const gt_option rows[] = {
    {"method", GT_TEXT_AT(classify_settings, method), "knn", "LIST",
     "all, or some of those below, separated by commas"},
    {"image-method", GT_TEXT_AT(classify_settings, image_method), NULL, "LIST",
     "classifiers for images, where boosting takes hours; left out: as --method"},
    {"seeds", GT_INT_AT(classify_settings, seeds), "1", "N",
     "seeds over which rf, ext and grad are averaged", .min = 1, .max = 1000},
    {"seed", GT_INT_AT(classify_settings, seed), "1", "S", "the first seed", .min = 0,
     .max = 9e15},
    {"cv", GT_INT_AT(classify_settings, cv), "0", "K",
     "cross-validate inside the rows to learn from, in K folds for each seed; 0: do not",
     .min = 0, .max = 1000},
    {"scale", GT_CHOICE_AT(classify_settings, scale), "none", "HOW",
     "standard: bring every value to mean 0 and deviation 1 over the rows that a fit learns "
     "from",
     .choices = GT_FEATURE_SCALINGS},
    {"baseline", GT_TEXT_AT(classify_settings, baseline), NULL, "FILE",
     "a second set, such as the images themselves, to be judged beside", .path = GT_READS},
    {"out", GT_TEXT_AT(classify_settings, out), NULL, "FILE",
     "table (.fits or .csv) of what each method says of every object", .transient = true,
     .path = GT_WRITES, .endings = GT_TABLE_ENDINGS},
    {"by-class", GT_TEXT_AT(classify_settings, by_class), NULL, "FILE",
     "table (.fits or .csv) of precision, recall, F1 and areas of every class, and of the "
     "classes that its rows were given to",
     .transient = true, .path = GT_WRITES, .endings = GT_TABLE_ENDINGS},
    {"confusion", GT_TEXT_AT(classify_settings, confusion), NULL, "FILE",
     "figure (.png, .pdf or .svg) of the confusion matrix of each method", .transient = true,
     .path = GT_WRITES, .endings = GT_FIGURE_ENDINGS},
    {"save", GT_TEXT_AT(classify_settings, save), NULL, "DIR",
     "new folder for the fitted classifiers of the first seed", .transient = true,
     .path = GT_FILLS},
    {"load", GT_TEXT_AT(classify_settings, load), NULL, "DIR",
     "do not learn: apply the classifiers of such a folder, or the network of a run of galatea "
     "train classifier",
     .path = GT_READS},
};
static const gt_option_table table = GT_OPTION_TABLE("Options", rows);

/* A line is printed when its method is judged; a table begins with its first line. */
typedef struct lines {
    const gt_fitting *fitting;
    const gt_subject *last; /* whose table it is */
} lines;

static void print_line(void *user, const gt_subject *subject, const gt_method *method) {
    lines *l = user;
    if (l->last != subject) gt_print_heading(subject, &l->fitting->plan);
    l->last = subject;
    gt_print_method(subject, method, &l->fitting->plan);
    fflush(stdout);
}

static gt_status fit_and_print(const gt_call *call, gt_error *err) {
    const classify_settings *settings = call->settings;
    gt_learning l = {.fitting.plan = {.seed = (uint64_t)settings->seed,
                                      .seeds = (size_t)settings->seeds,
                                      .folds = (int32_t)settings->cv,
                                      .scaling = gt_feature_scaling_of(settings->scale)}};
    lines printed = {.fitting = &l.fitting};
    if (!call->wants_json) l.fitting.on_method = print_line;
    l.fitting.user = &printed;
    gt_status status = gt_learn(&call->context,
                                &(gt_learning_request){.set = call->words[0],
                                                       .baseline = settings->baseline,
                                                       .methods = settings->method,
                                                       .image_methods = settings->image_method,
                                                       .settings = call->parts,
                                                       .out = settings->out,
                                                       .by_class = settings->by_class,
                                                       .confusion = settings->confusion,
                                                       .save = settings->save},
                                &l, err);
    if (call->wants_json && status == GT_OK) status = gt_learning_json(&l, true, stdout, err);
    if (!call->wants_json && status == GT_OK) {
        gt_print_class_names(&l.codes.subject);
        bool has_spread =
            gt_methods_spread(&l.codes.methods) || gt_methods_spread(&l.baseline.methods);
        printf("in parentheses: the true value lies there with 95 %% confidence%s\n",
               has_spread ? "; +-: standard deviation" : "");
        if (l.codes.methods.count == 1)
            for (size_t i = 0; i < l.parts.count; i++) gt_print_class_part(&l.parts.list[i]);
    }
    if (status == GT_INTERRUPTED && call->wants_json && l.provenance) /* what is finished */
        (void)!gt_learning_json(&l, false, stdout, NULL);
    gt_learning_finish(&l, status);
    return status;
}

static void print_applied(const gt_applied *applied) {
    gt_print_applied(applied);
    if (applied->folder.methods.count != 1) return;
    for (size_t i = 0; i < applied->parts.count; i++) /* what was learnt proves nothing */
        if (strcmp(applied->parts.list[i].part, "train") != 0)
            gt_print_class_part(&applied->parts.list[i]);
}

static gt_status apply(const gt_call *call, gt_error *err) {
    const classify_settings *settings = call->settings;
    gt_applied applied = {0};
    gt_status status = gt_apply(&call->context,
                                &(gt_apply_request){.set = call->words[0],
                                                    .folder = settings->load,
                                                    .out = settings->out,
                                                    .by_class = settings->by_class,
                                                    .confusion = settings->confusion},
                                &applied, err);
    if (status == GT_OK && call->wants_json)
        status = gt_applied_json(&applied, settings->load, stdout, err);
    else if (status == GT_OK)
        print_applied(&applied);
    gt_applied_close(&applied);
    return status;
}

static gt_status check_loading(const gt_call *call, gt_error *err) {
    const classify_settings *settings = call->settings;
    static const char *const learning[] = {"method", "image-method", "seeds",    "seed",
                                           "cv",     "scale",        "baseline", "save"};
    for (size_t i = 0; i < sizeof learning / sizeof *learning; i++)
        if (gt_options_source(call->options, learning[i]) == GT_FROM_COMMAND)
            return gt_fail(err, GT_USAGE, "--load %s learns nothing: leave out --%s",
                           settings->load, learning[i]);
    return GT_OK;
}

/* A network is asked, and never learns here. */
static gt_status check_learning(const gt_call *call, gt_error *err) {
    for (size_t i = 0; i < gt_network_table.count; i++) {
        const char *name = gt_network_table.rows[i].name;
        if (gt_options_source(call->options, name) == GT_FROM_COMMAND)
            return gt_fail(err, GT_USAGE, "--%s is of the weights of --load, give both", name);
    }
    return GT_OK;
}

static gt_status run(gt_call *call, gt_error *err) {
    const classify_settings *settings = call->settings;
    gt_status status = GT_OK;
    GT_TRY(gt_interrupt_install(err));
    if (settings->load) {
        GT_TRY(check_loading(call, err));
        GT_TRY(apply(call, err));
    } else {
        GT_TRY(check_learning(call, err));
        GT_TRY(fit_and_print(call, err));
    }
done:
    return status;
}

static const char *const examples[] = {
    "galatea classify codes.h5 --method all --seeds 5 --cv 5",
    "galatea classify codes.h5 --method all --baseline set.h5 --image-method knn,svc",
    "galatea classify codes.h5 --method svc,lr --by-class classes.csv --confusion matrix.pdf",
    "galatea classify codes.h5 --method ext,svc --save fitted --out predictions.fits",
    "galatea classify other_codes.h5 --load fitted --out predictions.fits",
    NULL};

const gt_command gt_command_classify = {
    .name = "classify",
    .summary = "tell the classes of labelled codes apart, and apply what was learnt",
    .description =
        "Learns from the rows of split 0 and is judged by those of split 1; rows without a "
        "label are left out. FILE holds codes, or images, whose pixels are then taken as they "
        "are: with --baseline both stand side by side. Of two classes the second (FRII) is the "
        "positive one: recall is its share found, specificity that of the first. Values are "
        "used as they are, unless with --scale standard: then mean and deviation of the rows "
        "that a fit learns from, of a fold those outside it, scale every row that it meets, "
        "also after --save and --load.\n\n"
        "--load RUN of galatea train classifier asks that network of every "
        "image. " GT_NETWORK_HELP "\n\n"
        "Classes are those that rows to learn from have, whatever their numbers; a row to "
        "judge by of any other class counts as missed. --load knows classes by their "
        "names.\n\n"
        "Of one method precision, recall, F1 and areas of every class against the rest are "
        "printed too, as scikit-learn defines them, and how many of its rows were given to "
        "which class; --by-class, --confusion and --json have them of all methods. 0/0 "
        "counts as 0; a class that neither a row nor an answer has is in no mean.\n\n"
        "--cv holds parts of split 0 out in turn: choose by its columns and look at the test "
        "rows once. A class with fewer rows than folds is missing from some of them. With "
        "--seeds N the folds are dealt anew for each seed, the same for every method; rf, "
        "ext and grad are fitted with each seed. Tables and saved classifiers are those of "
        "the first seed.\n\n"
        "A line is printed as soon as its method is judged. With an output file the figures "
        "of all finished fits are kept beside it, in a file that ends in .parts, until the "
        "whole is written: after an interruption the same command goes on.\n\n"
        "--out writes every row of FILE, also those without a label and those learnt from, "
        "which column split tells. Probabilities are shares of votes (knn) or of leaves (rf, "
        "ext), logistic (lr, grad), or calibrated by Platt's sigmoid on held-out rows (svc).",
    .usage = "FILE",
    .min_words = 1,
    .max_words = 1,
    .word_path = GT_READS,
    .table = &table,
    .part_at = gt_methods_part_at,
    .settings_size = sizeof(classify_settings),
    .examples = examples,
    .has_json = true,
    .has_threads = true,
    .meets_sets = true,
    .takes_weights = true,
    .run = run};
