/* paper_table2.c - the numbers of Table 2. */
#include "paper_table2.h"

#include <stdbool.h>
#include <string.h>

enum { SETS = 2, MODELS = 4, CLASSIFIERS = 6 };

static const char *const classifiers[CLASSIFIERS] = {"knn", "rf", "svc", "lr", "grad", "ext"};
static const char *const models[MODELS] = {"VDVAE", "SimCLR", "BYOL", "SimSiam"};

static const struct {
    const char *name;
    int test_rows;
    const char *in_files[2]; /* what the names of its files may hold */
} sets[SETS] = {{"MiraBest Confident", 104, {"mirabest", "mbc"}},
                {"FR-DEEP NVSS", 50, {"frdeep", "fr-deep"}}};

static const gt_paper_row rows[SETS][MODELS][CLASSIFIERS] = {{{{.76, .86, .73, .78},
                                                               {.80, .89, .80, .80},
                                                               {.75, .88, .69, .80},
                                                               {.73, .82, .63, .82},
                                                               {.80, .89, .76, .84},
                                                               {.82, .90, .82, .82}},
                                                              {{.63, .72, .57, .69},
                                                               {.67, .76, .55, .78},
                                                               {.72, .82, .71, .73},
                                                               {.71, .73, .63, .78},
                                                               {.64, .73, .69, .60},
                                                               {.67, .75, .55, .78}},
                                                              {{.63, .72, .67, .60},
                                                               {.70, .77, .61, .78},
                                                               {.73, .77, .73, .73},
                                                               {.70, .68, .61, .78},
                                                               {.64, .68, .59, .69},
                                                               {.69, .77, .57, .80}},
                                                              {{.59, .70, .61, .56},
                                                               {.66, .81, .57, .75},
                                                               {.67, .77, .61, .73},
                                                               {.66, .73, .69, .64},
                                                               {.71, .76, .71, .71},
                                                               {.73, .80, .61, .84}}},
                                                             {{{.74, .83, .55, .89},
                                                               {.80, .83, .73, .86},
                                                               {.72, .84, .55, .86},
                                                               {.72, .85, .50, .89},
                                                               {.76, .86, .64, .86},
                                                               {.80, .87, .73, .86}},
                                                              {{.72, .78, .45, .93},
                                                               {.74, .82, .50, .93},
                                                               {.76, .83, .50, .96},
                                                               {.86, .84, .77, .93},
                                                               {.78, .82, .64, .89},
                                                               {.76, .82, .55, .93}},
                                                              {{.72, .78, .41, .96},
                                                               {.72, .84, .50, .89},
                                                               {.84, .88, .68, .96},
                                                               {.80, .84, .64, .93},
                                                               {.76, .81, .55, .93},
                                                               {.74, .83, .55, .89}},
                                                              {{.74, .81, .45, .96},
                                                               {.76, .84, .55, .93},
                                                               {.74, .86, .45, .96},
                                                               {.82, .83, .73, .89},
                                                               {.80, .85, .64, .93},
                                                               {.74, .83, .50, .93}}}};

static int model_number(const char *name) {
    for (int m = 0; name && m < MODELS; m++)
        if (strcasecmp(models[m], name) == 0) return m;
    return -1;
}

const char *gt_paper_model(const char *model) {
    int m = model_number(model);
    return m < 0 ? NULL : models[m];
}

static bool is_named(int set, const char *collection, const char *path) {
    if (collection) return strcmp(collection, sets[set].name) == 0;
    return path &&
           (strcasestr(path, sets[set].in_files[0]) || strcasestr(path, sets[set].in_files[1]));
}

int gt_paper_set(const char *collection, const char *path, int64_t test_rows) {
    for (int s = 0; s < SETS; s++)
        if (test_rows == sets[s].test_rows && is_named(s, collection, path)) return s;
    return -1;
}

const char *gt_paper_set_name(int set) {
    return sets[set].name;
}

const gt_paper_row *gt_paper_row_find(int set, const char *model, const char *classifier) {
    int m = model_number(model);
    for (int k = 0; set >= 0 && m >= 0 && classifier && k < CLASSIFIERS; k++)
        if (strcmp(classifiers[k], classifier) == 0) return &rows[set][m][k];
    return NULL;
}

const gt_paper_row *gt_paper_row_best(int set, const char *model, const char **classifier) {
    const gt_paper_row *best = NULL;
    for (int k = 0; k < CLASSIFIERS; k++) {
        const gt_paper_row *row = gt_paper_row_find(set, model, classifiers[k]);
        if (!row ||
            (best && (row->accuracy < best->accuracy ||
                      (row->accuracy == best->accuracy && row->roc_auc <= best->roc_auc))))
            continue;
        best = row;
        *classifier = classifiers[k];
    }
    return best;
}
