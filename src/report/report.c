/* report.c - results in the order of the papers. */
#include "report.h"

#include <stdlib.h>
#include <string.h>

#include "captions.h"
#include "outfile.h"
#include "page.h"
#include "report_parts.h"
#include "text.h"

enum { ROWS_SHOWN = 12 };

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
                         const gt_report_part *p) {
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
        write_figure(page, items, item, &gt_report_parts[item->place]);
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
static void write_title(FILE *page, const gt_report_part *p) {
    const char *between = " <span class=\"note\">(as ";
    gt_html_text(page, p->title);
    for (int k = 0; k < PAPERS; k++) {
        if (!p->figures[k]) continue;
        fputs(between, page);
        gt_html_text(page, p->figures[k]);
        fprintf(page, " of <a href=\"#%s\">", gt_report_papers[k].anchor);
        gt_html_text(page, gt_report_papers[k].who);
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
            is_followed |= gt_report_parts[p].figures[k] && count_at(items, p);
        if (!is_followed) continue;
        if (!is_open) fputs("<section id=\"papers\">\n<h2>Papers</h2>\n<ul>\n", page);
        is_open = true;
        fprintf(page, "<li id=\"%s\">", gt_report_papers[k].anchor);
        gt_html_text(page, gt_report_papers[k].title);
        fputs(". ", page);
        gt_html_text(page, gt_report_papers[k].where);
        fputs(".</li>\n", page);
    }
    if (is_open) fputs("</ul>\n</section>\n", page);
}

static void write_contents(FILE *page, const gt_items *items) {
    fputs("<nav aria-label=\"Contents\"><b>Contents</b>\n<ol>\n", page);
    for (int p = 0; p < PARTS; p++) {
        if (!count_at(items, p)) continue;
        fprintf(page, "<li><a href=\"#%s\">", gt_report_parts[p].anchor);
        gt_html_text(page, gt_report_parts[p].title);
        fputs("</a></li>\n", page);
    }
    fputs("</ol></nav>\n", page);
}

/* Figures before tables. */
static gt_status write_part(FILE *page, const gt_items *items, int place, gt_error *err) {
    gt_status status = GT_OK;
    fprintf(page, "<section id=\"%s\">\n<h2>", gt_report_parts[place].anchor);
    write_title(page, &gt_report_parts[place]);
    fputs("</h2>\n<p>", page);
    gt_html_text(page, gt_report_parts[place].text);
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
    gt_report_sort(&items);
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
