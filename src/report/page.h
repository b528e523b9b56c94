/* page.h (room: report, private) - what a page is made of. */
#ifndef GT_REPORT_PAGE_H
#define GT_REPORT_PAGE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

#include "csv.h"
#include "galatea/safetensors.h"
#include "report.h"

typedef enum gt_item_kind { ITEM_RUN, ITEM_PNG, ITEM_CSV, ITEM_FITS, ITEM_JSON } gt_item_kind;

/* One result. */
typedef struct gt_item {
    gt_item_kind kind;
    char *path;
    const char *name; /* within path: as it is called on the page; NULL: the file's own name */
    char *bytes;      /* PNG: the file; else NULL */
    size_t size;
    json_t *record; /* where it comes from; NULL when it does not say */
    gt_csv table;   /* CSV; FITS: the first rows; runs: the log */
    uint64_t rows;  /* FITS: of the table in the file */
    json_t *result; /* JSON; runs: NULL */
    char *settings; /* runs: the file of settings */
    int place;      /* order on the page */
    dev_t device;   /* of the file, so that none is shown twice */
    ino_t inode;
} gt_item;

typedef struct gt_items {
    gt_item *list;
    size_t count, room, skipped;
} gt_items;

/* Reads one path: a folder gives all its results, in order of name. What lies there and cannot
 * be read, or is no result, is left out with a remark. */
gt_status gt_items_add(gt_items *items, const char *path, gt_error *err) GT_MUST_CHECK;
/* The same of what nobody named: what cannot be read, or is no result, is left out with a
 * remark. */
gt_status gt_items_add_found(gt_items *items, const char *path, gt_error *err) GT_MUST_CHECK;
void gt_items_cut(gt_items *items, size_t count); /* drops all behind the first `count` */
void gt_items_free(gt_items *items);

/* Whether a folder is of a run: it has a log and settings. */
bool gt_is_run(const char *folder);

/* ---- names ---- */

typedef struct gt_names {
    char **list;
    size_t count, room;
} gt_names;

gt_status gt_names_add(gt_names *names, const char *name, gt_error *err) GT_MUST_CHECK;
void gt_names_free(gt_names *names);
/* Paths of the regular files of a folder, but hidden ones, in order of their bytes. */
gt_status gt_names_of_folder(const char *folder, gt_names *out, gt_error *err) GT_MUST_CHECK;
/* The same of the folders in it. */
gt_status gt_folders_of_folder(const char *folder, gt_names *out, gt_error *err) GT_MUST_CHECK;

/* ---- sweeps ---- */

/* Whether a folder is of a sweep of `galatea twins`, which has a result of its own. */
bool gt_is_sweep(const char *folder);
/* Adds its result, its figures of all models and sizes, and of each model the run that learned
 * most. */
gt_status gt_items_add_sweep(gt_items *items, const char *folder, gt_error *err) GT_MUST_CHECK;

/* ---- beside a run ---- */

/* Adds what lies beside the runs of the list and says that it comes of them: figures, tables
 * and results whose record names the run, or a data set beside it or in it that comes of the
 * run itself, as codes do; and the CSV files that such a record names. Others are left alone,
 * damaged ones too. */
gt_status gt_items_add_related(gt_items *items, gt_error *err) GT_MUST_CHECK;

/* The record of an item whose command wrote this file as well; NULL for none. Lent. */
const json_t *gt_record_naming(const gt_items *items, const char *path);

/* Members of a record; NULL when absent. Lent. */
const char *gt_record_text(const json_t *record, const char *key);
const char *gt_record_option(const json_t *record, const char *option);

/* ---- HTML ---- */

void gt_html_text(FILE *page, const char *text); /* escaped, control bytes as \xNN */
void gt_html_command(FILE *page, const char *line);
/* A PNG file; one that is drawn (figure.h) as wide as its letters are as large as those of
 * others.
 */
void gt_html_image(FILE *page, const char *bytes, size_t size, bool is_drawn,
                   const char *alternative);
/* The first rows of a table of `rows`. */
void gt_html_table(FILE *page, const gt_csv *table, size_t most_rows, uint64_t rows);

/* The parts of the page in its order. */
void gt_html_head(FILE *page, const char *title);
void gt_html_foot(FILE *page, const char *line);

/* ---- results ---- */

/* A run: curves, samples and settings. */
gt_status gt_html_run(FILE *page, const gt_item *run, gt_error *err) GT_MUST_CHECK;
/* Its learning curves, drawn into a folder of their own; nothing where its log has no loss.
 * weights: of the run, NULL where there are none yet. */
gt_status gt_html_curves(FILE *page, const gt_item *run, const gt_safetensors *weights,
                         gt_error *err) GT_MUST_CHECK;
/* Sheets of samples that the run drew while it learned; nothing where there are none. */
gt_status gt_html_samples(FILE *page, const gt_item *run, gt_error *err) GT_MUST_CHECK;
/* What `galatea classify --json` or `galatea compare` said, beside the paper's Table 2 where
 * the sets are its own. */
bool gt_is_classification(const json_t *result);
void gt_html_classification(FILE *page, const json_t *result);
/* Figures class by class of a method of such a result, folded; nothing where there are none. */
void gt_html_by_class(FILE *page, const json_t *method);
/* A sweep of `galatea twins`: its main numbers, its inversion test beside the printed Table 1
 * of the paper on generators where a model was run backwards, and all numbers, folded. */
bool gt_is_twins(const json_t *result);
void gt_html_twins(FILE *page, const json_t *result);

#endif
