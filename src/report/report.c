/* report.c - results in the order of the paper. */
#include "report.h"

#include <stdlib.h>
#include <string.h>

#include "outfile.h"
#include "page.h"
#include "text.h"

/* A part of the page: results of one command, as one figure or table of the paper. */
typedef struct part {
    const char *command; /* of the record; NULL: none of its own */
    const char *also;    /* a second one, or NULL */
    const char *anchor, *title, *figure, *text;
} part;

enum { TRAINING, TABLE2 = 10, FURTHER = 12, PARTS, ROWS_SHOWN = 12 };

static const part parts[PARTS] = {
    [TRAINING] = {NULL, NULL, "training", "Training", "Training",
                  "How the loss fell, and the settings of each run."},
    {"galatea reconstruct", NULL, "reconstructions", "Reconstructions", "Figure 5",
     "Images the model did not learn from, in rows above what it makes of their latent means."},
    {"galatea denoise", NULL, "denoising", "Denoising", NULL,
     "Noise added to images, and what models leave of it: peak signal-to-noise ratios."},
    {"galatea embed", NULL, "maps", "Maps of the codes", "Figure 6",
     "Each point is the code of a galaxy; neighbours on the map have similar codes."},
    {"galatea importance", NULL, "importance", "Importance of the components", "Figure 7",
     "Mean value of each component of the code, and its importance for a forest of regression "
     "trees."},
    {"galatea search", NULL, "similarity", "Similarity search", "Figures 8, 9 and 13",
     "The query first, then the objects whose codes are most like its own, with their "
     "cosines."},
    {"galatea sample", NULL, "samples", "Generated galaxies", "Figure 10",
     "Images drawn from the model: none of these galaxies exists."},
    {"galatea density", NULL, "density", "Log-likelihood", "Figure 11",
     "Histograms of the log-likelihood that a model gives to the codes or images of each set."},
    {"galatea invert", NULL, "latents", "Latents of images", NULL,
     "What images are made of under a model that runs backwards, beside the normal "
     "distribution that it is meant to have."},
    {"galatea score", NULL, "scores", "Scores of a discriminator", NULL,
     "What the second network of a GAN says of images: low is what it takes for real."},
    [TABLE2] = {"galatea classify", "galatea compare", "classification", "Classification",
                "Table 2",
                "Classifiers learn from labelled codes and are judged by rows they never saw. "
                "Ranges hold the true accuracy with 95 % confidence."},
    {"galatea novelty", NULL, "novelty", "Least likely objects", "Figure 12",
     "Objects that the model finds least likely, with log-likelihood and class."},
    [FURTHER] = {NULL, NULL, "further", "Further results", NULL,
                 "Files whose record names no command of this list, or that carry none."},
};

/* ---- sorting --------------------------------------------------------------------------------
 */

/* "galatea sample vdvae" is one of "galatea sample". */
static bool is_command(const char *command, const char *name) {
    size_t length = strlen(name);
    return strncmp(command, name, length) == 0 && (!command[length] || command[length] == ' ');
}

static int place_of(const gt_item *item) {
    if (item->kind == ITEM_RUN) return TRAINING;
    if (item->kind == ITEM_JSON && gt_is_classification(item->result)) return TABLE2;
    const char *command = gt_record_text(item->record, "command");
    for (int p = 0; command && p < PARTS; p++)
        if ((parts[p].command && is_command(command, parts[p].command)) ||
            (parts[p].also && is_command(command, parts[p].also)))
            return p;
    return FURTHER;
}

static void sort_items(gt_items *items) {
    for (size_t i = 0; i < items->count; i++) {
        gt_item *item = &items->list[i];
        if (item->kind == ITEM_CSV && !item->record) {
            const json_t *record = gt_record_naming(items, item->path);
            item->record = record ? json_deep_copy(record) : NULL;
        }
        item->place = place_of(item);
    }
}

/* ---- writing --------------------------------------------------------------------------------
 */

static const char *base_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static void write_line(FILE *page, const gt_item *item) {
    const char *line = gt_record_text(item->record, "line");
    const char *command = gt_record_text(item->record, "command");
    if (line || command) gt_html_command(page, line ? line : command);
}

/* Does another item of the part, a figure, come of the same call? Then its command stands
 * there. */
static bool has_figure(const gt_items *items, const gt_item *item) {
    for (size_t i = 0; i < items->count; i++)
        if (items->list[i].kind == ITEM_PNG && &items->list[i] != item && item->record &&
            json_equal(items->list[i].record, item->record))
            return true;
    return false;
}

static void write_figure(FILE *page, const gt_items *items, const gt_item *item,
                         const part *p) {
    size_t number = 0;
    static const char *const drawn[] = {"maps", "importance", "density"};
    bool is_plot = false;
    for (size_t i = 0; i < 3; i++) is_plot |= strcmp(p->anchor, drawn[i]) == 0;
    fputs(is_plot ? "<figure class=\"plot\">\n" : "<figure>\n", page);
    gt_html_image(page, "png", item->bytes, item->size, p->title);
    for (size_t i = 0; i < items->count; i++)
        number += items->list[i].kind == ITEM_PNG &&
                  (items->list[i].place < item->place ||
                   (items->list[i].place == item->place && &items->list[i] <= item));
    fprintf(page, "<figcaption><b>Figure %zu.</b> ", number);
    gt_html_text(page, base_name(item->path));
    fputs("</figcaption>\n</figure>\n", page);
    write_line(page, item);
}

static gt_status write_item(FILE *page, const gt_items *items, const gt_item *item,
                            gt_error *err) {
    switch (item->kind) {
    case ITEM_RUN:
        return gt_html_run(page, item, err);
    case ITEM_PNG:
        write_figure(page, items, item, &parts[item->place]);
        return GT_OK;
    case ITEM_JSON:
        if (item->place == TABLE2) {
            gt_html_classification(page, item->result);
            write_line(page, item);
            return GT_OK;
        }
        break;
    default:
        break;
    }
    fputs("<h3>", page);
    gt_html_text(page, base_name(item->path));
    fputs("</h3>\n", page);
    if (item->kind == ITEM_CSV) gt_html_table(page, &item->table, ROWS_SHOWN, item->table.rows);
    if (item->kind == ITEM_FITS && item->table.columns)
        gt_html_table(page, &item->table, ROWS_SHOWN, item->rows);
    if (item->kind == ITEM_FITS)
        fputs("<p class=\"note\">A FITS file; TOPCAT and astropy open it.</p>\n", page);
    if (item->kind == ITEM_JSON) {
        char *text = json_dumps(item->result, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
        fputs("<details><summary>JSON</summary>\n<pre>", page);
        if (text) gt_html_text(page, text);
        fputs("</pre></details>\n", page);
        free(text);
    }
    if (!has_figure(items, item)) write_line(page, item);
    return GT_OK;
}

static size_t count_at(const gt_items *items, int place) {
    size_t count = 0;
    for (size_t i = 0; i < items->count; i++) count += items->list[i].place == place;
    return count;
}

static void write_title(FILE *page, const part *p) {
    gt_html_text(page, p->title);
    if (p->figure && strcmp(p->figure, p->title) != 0) {
        fputs(" <span class=\"note\">(the paper&#39;s ", page);
        gt_html_text(page, p->figure);
        fputs(")</span>", page);
    }
}

static void write_contents(FILE *page, const gt_items *items) {
    fputs("<nav aria-label=\"Contents\"><b>Contents</b>\n<ol>\n", page);
    for (int p = 0; p < PARTS; p++) {
        if (!count_at(items, p)) continue;
        fprintf(page, "<li><a href=\"#%s\">", parts[p].anchor);
        gt_html_text(page, parts[p].title);
        fputs("</a></li>\n", page);
    }
    fputs("</ol></nav>\n", page);
}

/* Figures before tables. */
static gt_status write_part(FILE *page, const gt_items *items, int place, gt_error *err) {
    gt_status status = GT_OK;
    fprintf(page, "<section id=\"%s\">\n<h2>", parts[place].anchor);
    write_title(page, &parts[place]);
    fputs("</h2>\n<p>", page);
    gt_html_text(page, parts[place].text);
    fputs("</p>\n", page);
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < items->count; i++) {
            const gt_item *item = &items->list[i];
            bool is_table = item->kind > ITEM_PNG;
            if (item->place == place && is_table == pass)
                GT_TRY(write_item(page, items, item, err));
        }
    fputs("</section>\n", page);
done:
    return status;
}

static void count_items(const gt_items *items, gt_report_counts *counts) {
    *counts = (gt_report_counts){.skipped = items->skipped};
    for (size_t i = 0; i < items->count; i++) {
        counts->runs += items->list[i].kind == ITEM_RUN;
        counts->figures += items->list[i].kind == ITEM_PNG;
        counts->tables += items->list[i].kind > ITEM_PNG;
    }
}

gt_status gt_report_write(const char *out, const gt_report_request *request,
                          gt_report_counts *counts, gt_error *err) {
    GT_PLAIN_NUMBERS;
    gt_status status = GT_OK;
    gt_outfile *file = NULL;
    gt_items items = {0};
    FILE *page;
    GT_TRY(gt_outfile_open(out, &file, err));
    for (size_t i = 0; i < request->count; i++)
        GT_TRY(gt_items_add(&items, request->paths[i], err));
    GT_TRY(gt_items_add_related(&items, err));
    if (!items.count)
        GT_THROW(err, GT_BAD_ARGUMENT, "%s: no run and no result in what was named", out);
    sort_items(&items);
    count_items(&items, counts);
    page = gt_outfile_stream(file);
    if (!page) GT_THROW(err, GT_NO_MEMORY, "no memory to write %s", out);
    gt_html_head(page, request->title ? request->title : "What was learned");
    fprintf(page, "<p class=\"meta\">%zu run%s, %zu figure%s, %zu table%s</p>\n", counts->runs,
            counts->runs == 1 ? "" : "s", counts->figures, counts->figures == 1 ? "" : "s",
            counts->tables, counts->tables == 1 ? "" : "s");
    write_contents(page, &items);
    for (int p = 0; p < PARTS; p++)
        if (count_at(&items, p)) GT_TRY(write_part(page, &items, p, err));
    gt_html_foot(page, request->line);
    GT_TRY(gt_outfile_commit(file, err));
done:
    gt_outfile_discard(file);
    gt_items_free(&items);
    return status;
}
