/* compare.h (room: study) - the parts of `galatea compare`: codes of several methods beside
 * each other, set by set of labelled objects. */
#ifndef GT_STUDY_COMPARE_H
#define GT_STUDY_COMPARE_H

#include <jansson.h>

#include "classify/classify.h"
#include "labels.h"
#include "paper_table2.h"

/* One file, and how the classifiers do on it. */
typedef struct gt_entry {
    gt_subject subject;
    gt_methods methods;
    char name[GT_LABEL_ROOM];
    char model[64];   /* whose printed numbers stand beside; "": of none */
    bool is_baseline; /* pixels, codes of an untrained network, or named so */
    size_t set;       /* which of the comparison's */
    int chosen;       /* method that cross-validation likes best; -1: there was none */
    size_t group;     /* which of the comparison's */
    json_t *ways;     /* settings that made the codes, but for the seed; NULL: not asked for */
    int64_t seed;     /* of the training, or of first weights */
    bool has_seed;
} gt_entry;

/* Entries that differ in the seed alone: runs of one method. Without `over_seeds` each entry is
 * a group of its own. */
typedef struct gt_group {
    size_t first, count; /* the first entry, and how many */
    gt_evaluated_runs results[GT_METHODS_AT_MOST];
    int chosen;
} gt_group;

/* Labelled objects that several files share: the same labels and splits, row by row. */
typedef struct gt_objects {
    char name[GT_LABEL_ROOM];
    uint64_t key;  /* hash of labels and splits */
    size_t sample; /* an entry of it */
    int paper;     /* gt_paper_set; -1: the paper has none such */
} gt_objects;

typedef struct gt_comparison {
    gt_entry *entries; /* baselines behind the others */
    size_t count;
    gt_objects *sets;
    size_t set_count;
    bool over_seeds;
    gt_group *groups; /* in the order of their first entries */
    size_t group_count;
    char *baselines;    /* the list, cut into the paths that entries lend */
    gt_fitting fitting; /* its plan (seed, seeds, folds, scaling) is the caller's to set */
    /* Called with each entry as it is finished, and with one that was interrupted in the
     * middle; NULL: nobody asks. */
    void (*on_entry)(struct gt_comparison *comparison, gt_entry *entry);
    char *provenance; /* of the call; NULL: it did not get so far */
} gt_comparison;

/* ---- comparing.c ---- */

/* What to compare. words are FILE or NAME=FILE; so are the baselines, parted by commas. */
typedef struct gt_compare_request {
    const char *const *words;
    size_t word_count;
    const char *baselines; /* NULL: none but those among the words */
    const char *methods;
    const char *image_methods; /* for files of images; NULL: as the others */
    void *const *settings;     /* of the kinds of classifiers, as gt_methods_parse takes them */
    const char *out;           /* as gt_comparison_write takes it; NULL: none */
    bool over_seeds; /* entries that differ in the seed alone are runs of one method */
} gt_compare_request;

/* Opens all, fits, judges and chooses, set by set in the order of entries, and writes. After
 * GT_INTERRUPTED what is judged can still be told. A zeroed comparison can be closed. */
GT_MUST_CHECK gt_status gt_compare(const gt_context *context, const gt_compare_request *request,
                                   gt_comparison *out, gt_error *err);
/* status: as gt_compare returned it, which decides whether finished fits stay on disk. */
void gt_comparison_close(gt_comparison *comparison, gt_status status);

/* ---- entries.c ---- */

/* Opens and reads all, names them and finds which show the same objects. */
GT_MUST_CHECK gt_status gt_comparison_open(const gt_compare_request *request,
                                           gt_comparison *out, gt_error *err);
void gt_comparison_free_entries(gt_comparison *comparison);

/* The printed numbers for a method of an entry, or NULL. */
const gt_paper_row *gt_comparison_paper(const gt_comparison *comparison, const gt_entry *entry,
                                        const gt_method *method);

/* ---- runs.c ---- */

/* Finds the groups. GT_BAD_ARGUMENT when a group has one seed twice, GT_MISMATCH when its codes
 * differ in length. */
GT_MUST_CHECK gt_status gt_comparison_group(gt_comparison *comparison, gt_error *err);
/* Sums up what is judged by now and chooses, for each entry and each group. */
GT_MUST_CHECK gt_status gt_comparison_sum_up(gt_comparison *comparison, gt_error *err);

/* ---- output.c ---- */

/* One JSON value: for each set its entries with all figures; over seeds its groups, each with
 * its runs. Of a comparison that is not complete, what is judged. */
GT_MUST_CHECK gt_status gt_comparison_json(const gt_comparison *comparison, FILE *stream,
                                           bool is_complete, gt_error *err);

/* The JSON value, or a table of a row per entry (over seeds: per group) and method. */
GT_MUST_CHECK gt_status gt_comparison_write(const gt_comparison *comparison, const char *path,
                                            gt_error *err);

#endif
