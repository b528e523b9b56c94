/* gathered.c - answers to labelled rows, counted class by class. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "classify.h"

/* Of one method, rows in the order in which they came. */
typedef struct answers {
    size_t count[GT_SPLIT_COUNT];
    int32_t *truth[GT_SPLIT_COUNT], *predicted[GT_SPLIT_COUNT];
    double *scores[GT_SPLIT_COUNT];          /* (rows, classes) */
    gt_class_report *report[GT_SPLIT_COUNT]; /* NULL: no such row */
} answers;

struct gt_gathered {
    const gt_forecast *forecast;
    int32_t known, classes; /* what the methods know, and with one for all others */
    int32_t *column, *labels;
    char **names; /* lent, but for that of the others */
    size_t methods;
    answers *of; /* (methods) */
};

static int split_of(const gt_forecast *f, uint64_t row) {
    const uint8_t *splits = f->subject->columns.splits;
    return splits ? splits[row] : 0;
}

static gt_status make_room(const size_t counts[GT_SPLIT_COUNT], size_t classes, answers *out,
                           gt_error *err) {
    for (int split = 0; split < GT_SPLIT_COUNT; split++) {
        size_t n = counts[split] + 1;
        out->truth[split] = malloc(n * sizeof **out->truth);
        out->predicted[split] = malloc(n * sizeof **out->predicted);
        out->scores[split] = malloc(n * classes * sizeof **out->scores);
        if (!out->truth[split] || !out->predicted[split] || !out->scores[split])
            return gt_fail(err, GT_NO_MEMORY, "no memory for answers to %zu rows", n - 1);
    }
    return GT_OK;
}

/* Rows of classes that no method knows are counted as one class more. */
static gt_status name_classes(gt_gathered *g, bool has_others, gt_error *err) {
    static char others[] = "other classes";
    size_t room = (size_t)g->known + 1;
    g->classes = g->known + has_others;
    g->column = malloc(room * sizeof *g->column);
    g->labels = malloc(room * sizeof *g->labels);
    g->names = malloc(room * sizeof *g->names);
    if (!g->column || !g->labels || !g->names)
        return gt_fail(err, GT_NO_MEMORY, "no memory for %d classes", g->classes);
    for (int32_t k = 0; k < g->classes; k++) {
        bool is_known = k < g->known;
        g->column[k] = is_known ? k : -1;
        g->labels[k] = is_known ? g->forecast->classes->labels[k] : -1;
        g->names[k] = is_known ? (char *)(uintptr_t)g->forecast->names[k] : others;
    }
    return GT_OK;
}

gt_status gt_gathered_create(const gt_forecast *f, gt_gathered **out, gt_error *err) {
    gt_status status = GT_OK;
    size_t counts[GT_SPLIT_COUNT] = {0};
    bool has_others = false;
    gt_gathered *g = calloc(1, sizeof *g);
    if (!g) GT_THROW(err, GT_NO_MEMORY, "no memory for answers");
    g->forecast = f;
    g->known = f->classes->count;
    g->methods = f->methods->count;
    for (uint64_t row = 0; row < gt_dataset_describe(f->subject->data)->count; row++) {
        if (f->truth[row] == GT_UNLABELLED) continue;
        counts[split_of(f, row)]++;
        has_others |= f->truth[row] == GT_OTHER_CLASS;
    }
    GT_TRY(name_classes(g, has_others, err));
    g->of = calloc(g->methods, sizeof *g->of);
    if (!g->of) GT_THROW(err, GT_NO_MEMORY, "no memory for answers");
    for (size_t m = 0; m < g->methods; m++)
        GT_TRY(make_room(counts, (size_t)g->known, &g->of[m], err));
    *out = g;
    g = NULL;
done:
    gt_gathered_destroy(g);
    return status;
}

void gt_gathered_destroy(gt_gathered *g) {
    if (!g) return;
    for (size_t m = 0; g->of && m < g->methods; m++)
        for (int split = 0; split < GT_SPLIT_COUNT; split++) {
            free(g->of[m].truth[split]);
            free(g->of[m].predicted[split]);
            free(g->of[m].scores[split]);
            gt_class_report_destroy(g->of[m].report[split]);
        }
    free(g->of);
    free(g->column);
    free(g->labels);
    free(g->names);
    free(g);
}

void gt_gathered_add(gt_gathered *g, size_t method, int split, int32_t truth, int32_t predicted,
                     const double *scores) {
    answers *of = &g->of[method];
    size_t at = of->count[split]++;
    of->truth[split][at] = truth == GT_OTHER_CLASS ? g->known : truth;
    of->predicted[split][at] = predicted;
    memcpy(of->scores[split] + at * (size_t)g->known, scores,
           (size_t)g->known * sizeof *scores);
}

static gt_status count_split(const gt_gathered *g, answers *of, int split, gt_error *err) {
    gt_status status = GT_OK;
    const gt_class_answers all = {.n = of->count[split],
                                  .classes = g->classes,
                                  .truth = of->truth[split],
                                  .predicted = of->predicted[split],
                                  .scores = of->scores[split],
                                  .columns = (size_t)g->known,
                                  .column = g->column};
    double *counts = malloc(gt_class_counts_size(g->classes) * sizeof *counts);
    if (!counts) GT_THROW(err, GT_NO_MEMORY, "no memory for counts of %d classes", g->classes);
    GT_TRY(gt_class_count(&all, counts, err));
    GT_TRY(gt_class_report_create(g->classes, 1, &of->report[split], err));
    gt_class_report_add(of->report[split], counts);
done:
    free(counts);
    return status;
}

gt_status gt_gathered_parts(gt_gathered *g, gt_class_parts *out, gt_error *err) {
    gt_status status = GT_OK;
    const gt_subject *s = g->forecast->subject;
    for (size_t m = 0; m < g->methods; m++)
        for (int split = 0; split < GT_SPLIT_COUNT; split++) {
            if (g->of[m].count[split] == 0) continue;
            GT_TRY(count_split(g, &g->of[m], split, err));
            const gt_class_part part = {.set = s->path,
                                        .method = g->forecast->methods->list[m].kind->name,
                                        .part =
                                            s->columns.splits ? gt_split_text(split) : "all",
                                        .classes = g->classes,
                                        .names = g->names,
                                        .labels = g->labels,
                                        .report = g->of[m].report[split]};
            GT_TRY(gt_class_parts_add(out, &part, err));
        }
done:
    return status;
}
