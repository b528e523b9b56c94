/* report.c - results in the order of the papers. */
#include "report.h"

#include <stdlib.h>
#include <string.h>

#include "captions.h"
#include "outfile.h"
#include "page.h"
#include "text.h"

/* What the page follows. */
typedef struct paper {
    const char *anchor, *who, *title, *where;
} paper;

enum { RADIO, GENERATORS, PAPERS };

static const paper papers[PAPERS] = {
    [RADIO] = {"paper-radio", "Andrianomena & Tang 2024",
               "S. Andrianomena, H. Tang: Radio Galaxy Zoo: Leveraging latent space "
               "representations from variational autoencoder",
               "Journal of Cosmology and Astroparticle Physics 06 (2024) 034, "
               "doi:10.1088/1475-7516/2024/06/034, arXiv:2311.08331"},
    [GENERATORS] = {"paper-generators", "Campagne 2025",
                    "J.-E. Campagne: Galaxy Imaging with Generative Models: Insights from a "
                    "Two-Models Framework",
                    "preprint of 13 March 2025 in the form of Monthly Notices of the Royal "
                    "Astronomical Society, doi:10.48550/arXiv.2503.23127, arXiv:2503.23127"},
};

/* A part of the page: results of some commands, as figures or tables of the papers. */
typedef struct part {
    const char *commands[3]; /* of the record; NULL: none of its own */
    const char *anchor, *title, *text;
    const char *figures[PAPERS]; /* in each paper; NULL: none */
} part;

enum { TRAINING, TABLE2 = 7, TWINS = 13, FURTHER = 17, PARTS, ROWS_SHOWN = 12 };

static const part parts[PARTS] = {
    [TRAINING] = {{NULL},
                  "training",
                  "Training",
                  "How the loss fell, and the settings of each run.",
                  {NULL}},
    {{"galatea reconstruct"},
     "reconstructions",
     "Reconstructions",
     "Images the model did not learn from, in rows above what it makes of them without chance.",
     {[RADIO] = "Figure 5"}},
    {{"galatea embed"},
     "maps",
     "Maps of the codes",
     "Each point is the code of a galaxy; neighbours on the map have similar codes.",
     {[RADIO] = "Figure 6"}},
    {{"galatea importance"},
     "importance",
     "Importance of the components",
     "Mean value of each component of the code, and its importance for a forest of regression "
     "trees.",
     {[RADIO] = "Figure 7"}},
    {{"galatea search"},
     "similarity",
     "Similarity search",
     "The query first, then the objects whose codes are most like its own, with their "
     "cosines.",
     {[RADIO] = "Figures 8, 9 and 13"}},
    {{"galatea sample"},
     "samples",
     "Generated galaxies",
     "Images drawn from the model: none of these galaxies exists.",
     {[RADIO] = "Figure 10", [GENERATORS] = "Figure 3"}},
    {{"galatea density"},
     "density",
     "Log-likelihood",
     "Histograms of the log-likelihood that a model gives to the codes or images of each set.",
     {[RADIO] = "Figure 11"}},
    [TABLE2] = {{"galatea classify", "galatea compare"},
                "classification",
                "Classification",
                "Classifiers learn from labelled codes and are judged by rows they never saw. "
                "Ranges hold the true accuracy with 95 % confidence.",
                {[RADIO] = "Table 2"}},
    {{"galatea novelty"},
     "novelty",
     "Least likely objects",
     "Objects that the model finds least likely, with log-likelihood and class.",
     {[RADIO] = "Figure 12"}},
    {{"galatea data show"},
     "sets",
     "Real and generated galaxies",
     "Images of several sets, a row for each.",
     {[GENERATORS] = "Figure 3"}},
    {{"galatea morph"},
     "morphology",
     "Morphology",
     "Concentration, asymmetry, smoothness, Gini and M20 of images.",
     {[GENERATORS] = "section 3.3"}},
    {{"galatea corner"},
     "corner",
     "Morphology of generated and real galaxies",
     "Columns of tables against each other, the first set being the real one; contours hold "
     "the "
     "masses that the legend tells.",
     {[GENERATORS] = "Figures 4, 8, 12 and 15"}},
    {{"galatea denoise"},
     "denoising",
     "Denoising",
     "Noise added to images, and what models leave of it: peak signal-to-noise ratios.",
     {[GENERATORS] = "Figures 5 and 6"}},
    [TWINS] =
        {{"galatea twins"},
         "twins",
         "Two models of disjoint halves",
         "Two models of one configuration learned disjoint halves of a set, of several "
         "sizes: how alike what they make of the same noise is, and how near it is to what "
         "they learned from.",
         {[GENERATORS] = "Figures 7 to 16 and Table 1"}},
    {{"galatea invert"},
     "latents",
     "Latents of images",
     "What images are made of under a model that runs backwards, beside the normal "
     "distribution that it is meant to have.",
     {[GENERATORS] = "Figures 10 and 11"}},
    {{"galatea score"},
     "scores",
     "Scores of a discriminator",
     "What the second network of a GAN says of images: low is what it takes for real.",
     {[GENERATORS] = "Figures 14 and 16"}},
    {{"galatea judge"},
     "verdicts",
     "Verdicts on generators",
     "Distances of generated from real images, how many are copies and how much of the variety "
     "is there, each beside what real images score against each other.",
     {NULL}},
    [FURTHER] = {{NULL},
                 "further",
                 "Further results",
                 "Files whose record names no command of this list, or that carry none.",
                 {NULL}},
};

/* ---- sorting --------------------------------------------------------------------------------
 */

/* "galatea sample vdvae" is one of "galatea sample". */
static bool is_command(const char *command, const char *name) {
    size_t length = strlen(name);
    return strncmp(command, name, length) == 0 && (!command[length] || command[length] == ' ');
}

/* Tables of CSV carry no record, and are known by the columns that they begin with. */
static const struct {
    const char *command, *columns[5];
} tables[] = {{"galatea judge", {"judge", "value", "low", "high", "real"}},
              {"galatea corner", {"set", "column", "rows", "used", "flagged"}},
              {"galatea morph", {"set", "row", "id", "ra", "dec"}},
              {"galatea twins", {"model", "size", "epochs", "updates", "best_epoch_a"}}};

static const char *command_of(const gt_item *item) {
    const char *command = gt_record_text(item->record, "command");
    const gt_csv *table = &item->table;
    for (size_t t = 0; !command && t < sizeof tables / sizeof *tables; t++) {
        size_t same = 0;
        while (same < 5 && same < table->columns &&
               strcmp(gt_csv_name(table, same), tables[t].columns[same]) == 0)
            same++;
        if (same == 5) command = tables[t].command;
    }
    return command;
}

static int place_of(const gt_item *item) {
    if (item->kind == ITEM_RUN) return TRAINING;
    if (item->kind == ITEM_JSON && gt_is_classification(item->result)) return TABLE2;
    if (item->kind == ITEM_JSON && gt_is_twins(item->result)) return TWINS;
    const char *command = command_of(item);
    for (int p = 0; command && p < PARTS; p++)
        for (const char *const *at = parts[p].commands; *at; at++)
            if (is_command(command, *at)) return p;
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

static const char *name_of(const gt_item *item) {
    const char *slash = strrchr(item->path, '/');
    return item->name ? item->name : slash ? slash + 1 : item->path;
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

/* Of figures of one command that follow each other the last shows it. */
static bool is_followed(const gt_items *items, const gt_item *item) {
    const char *line = gt_record_text(item->record, "line");
    for (const gt_item *next = item + 1; next < items->list + items->count; next++) {
        if (next->place != item->place || next->kind != ITEM_PNG) continue;
        const char *other = gt_record_text(next->record, "line");
        return line && other && strcmp(line, other) == 0 &&
               json_equal(json_object_get(item->record, "options"),
                          json_object_get(next->record, "options"));
    }
    return false;
}

static void write_figure(FILE *page, const gt_items *items, const gt_item *item,
                         const part *p) {
    size_t number = 0;
    bool is_drawn = false;
    char *words = gt_caption_of(item->record, item->path, &is_drawn);
    fputs(is_drawn ? "<figure class=\"plot\">\n" : "<figure>\n", page);
    gt_html_image(page, item->bytes, item->size, is_drawn, p->title);
    for (size_t i = 0; i < items->count; i++)
        number += items->list[i].kind == ITEM_PNG &&
                  (items->list[i].place < item->place ||
                   (items->list[i].place == item->place && &items->list[i] <= item));
    fprintf(page, "<figcaption><b>Figure %zu.</b> ", number);
    if (words) gt_html_text(page, words);
    if (words) fputs(" ", page);
    fputs("<span>", page);
    gt_html_text(page, name_of(item));
    fputs("</span></figcaption>\n</figure>\n", page);
    free(words);
    if (!is_followed(items, item)) write_line(page, item);
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
    gt_html_text(page, name_of(item));
    fputs("</h3>\n", page);
    if (item->kind == ITEM_CSV) gt_html_table(page, &item->table, ROWS_SHOWN, item->table.rows);
    if (item->kind == ITEM_FITS && item->table.columns)
        gt_html_table(page, &item->table, ROWS_SHOWN, item->rows);
    if (item->kind == ITEM_FITS)
        fputs("<p class=\"note\">A FITS file; TOPCAT and astropy open it.</p>\n", page);
    if (item->kind == ITEM_JSON && item->place == TWINS) {
        gt_html_twins(page, item->result);
    } else if (item->kind == ITEM_JSON) {
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

/* "(as Figure 5 of Andrianomena & Tang 2024)" */
static void write_title(FILE *page, const part *p) {
    const char *between = " <span class=\"note\">(as ";
    gt_html_text(page, p->title);
    for (int k = 0; k < PAPERS; k++) {
        if (!p->figures[k]) continue;
        fputs(between, page);
        gt_html_text(page, p->figures[k]);
        fprintf(page, " of <a href=\"#%s\">", papers[k].anchor);
        gt_html_text(page, papers[k].who);
        fputs("</a>", page);
        between = "; ";
    }
    if (*between == ';') fputs(")</span>", page);
}

/* Those that a part of this page follows. */
static void write_papers(FILE *page, const gt_items *items) {
    bool is_open = false;
    for (int k = 0; k < PAPERS; k++) {
        bool is_followed = false;
        for (int p = 0; p < PARTS; p++)
            is_followed |= parts[p].figures[k] && count_at(items, p);
        if (!is_followed) continue;
        if (!is_open) fputs("<section id=\"papers\">\n<h2>Papers</h2>\n<ul>\n", page);
        is_open = true;
        fprintf(page, "<li id=\"%s\">", papers[k].anchor);
        gt_html_text(page, papers[k].title);
        fputs(". ", page);
        gt_html_text(page, papers[k].where);
        fputs(".</li>\n", page);
    }
    if (is_open) fputs("</ul>\n</section>\n", page);
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
    write_papers(page, &items);
    gt_html_foot(page, request->line);
    GT_TRY(gt_outfile_commit(file, err));
done:
    gt_outfile_discard(file);
    gt_items_free(&items);
    return status;
}
