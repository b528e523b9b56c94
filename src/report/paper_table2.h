/* paper_table2.h (room: report) - Table 2 of the radio-galaxy paper as printed: four
 * ways to make codes, two labelled sets, six classifiers, judged by the test sets. */
#ifndef GT_REPORT_PAPER_TABLE2_H
#define GT_REPORT_PAPER_TABLE2_H

#include <stdint.h>

typedef struct gt_paper_row {
    double accuracy, roc_auc, specificity, recall;
} gt_paper_row;

/* The paper's name of a model ("vdvae": "VDVAE"), in any case of letters; NULL: it has none. */
const char *gt_paper_model(const char *model);

/* Number of the labelled set, or -1: by the recorded collection, or where there is none (NULL)
 * by the name of the file, and by the number of test rows. */
int gt_paper_set(const char *collection, const char *path, int64_t test_rows);

/* "MiraBest Confident"; set as gt_paper_set gives it. */
const char *gt_paper_set_name(int set);

/* NULL for a set of -1, another model or another classifier. */
const gt_paper_row *gt_paper_row_find(int set, const char *model, const char *classifier);

/* The row of a model with the highest accuracy, of equal ones that with the largest area; its
 * classifier. NULL likewise. */
const gt_paper_row *gt_paper_row_best(int set, const char *model, const char **classifier);

#endif
