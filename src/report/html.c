/* html.c - the page's frame and everything that is escaped. */
#include <inttypes.h>
#include <string.h>

#include "galatea/version.h"
#include "page.h"
#include "png_text.h"
#include "text.h"

enum { MOST_COLUMNS = 30 }; /* of a table that stands open */

void gt_html_text(FILE *page, const char *text) {
    while (*text) {
        size_t length = gt_utf8_length(text);
        unsigned char byte = (unsigned char)*text;
        if (byte == '<')
            fputs("&lt;", page);
        else if (byte == '>')
            fputs("&gt;", page);
        else if (byte == '&')
            fputs("&amp;", page);
        else if (byte == '"')
            fputs("&quot;", page);
        else if (byte == '\'')
            fputs("&#39;", page);
        else if ((byte < 0x20 && byte != '\n') || byte == 0x7f || !length)
            fprintf(page, "\\x%02x", byte);
        else
            fwrite(text, 1, length, page);
        text += length ? length : 1;
    }
}

void gt_html_command(FILE *page, const char *line) {
    fputs("<pre class=\"command\"><code>", page);
    gt_html_text(page, line);
    fputs("</code></pre>\n", page);
}

static void base64(FILE *page, const unsigned char *bytes, size_t size) {
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < size; i += 3) {
        size_t left = size - i;
        unsigned group = (unsigned)bytes[i] << 16 |
                         (left > 1 ? (unsigned)bytes[i + 1] << 8 : 0) |
                         (left > 2 ? bytes[i + 2] : 0u);
        char out[4] = {digits[group >> 18], digits[group >> 12 & 63],
                       left > 1 ? digits[group >> 6 & 63] : '=',
                       left > 2 ? digits[group & 63] : '='};
        fwrite(out, 1, 4, page);
    }
}

void gt_html_image(FILE *page, const char *bytes, size_t size, bool is_drawn,
                   const char *alternative) {
    static const double dot = 0.45; /* of 300 an inch, in pixels of the page */
    uint32_t width = 0, height = 0;
    fputs("<img src=\"data:image/png;base64,", page);
    base64(page, (const unsigned char *)bytes, size);
    fputs("\" alt=\"", page);
    gt_html_text(page, alternative);
    fputs("\"", page);
    if (is_drawn && gt_png_size(bytes, size, &width, &height, NULL) == GT_OK)
        fprintf(page, " width=\"%.0f\"", dot * width);
    fputs(">\n", page);
}

static bool is_number(const char *cell) {
    double ignored;
    return gt_text_to_real(cell, &ignored, NULL) == GT_OK;
}

/* Positions are told to hundredths of an arcsecond. */
static bool is_position(const char *name) {
    return strcmp(name, "ra") == 0 || strcmp(name, "dec") == 0 ||
           strncmp(name, "ra_", 3) == 0 || strncmp(name, "dec_", 4) == 0;
}

/* Long fractions are cut for the eye; the file has them all. */
static void write_cell(FILE *page, const char *name, const char *cell) {
    double value;
    if (!*cell || strlen(cell) < 9 || !strchr(cell, '.') ||
        gt_text_to_real(cell, &value, NULL) != GT_OK) {
        gt_html_text(page, cell);
        return;
    }
    fprintf(page, is_position(name) ? "%.6f" : "%.5g", value);
}

/* A column of numbers, whatever is missing in it. */
static bool is_of_numbers(const gt_csv *table, size_t rows, size_t column) {
    bool has_any = false;
    for (size_t r = 0; r < rows; r++) {
        const char *cell = gt_csv_cell(table, r, column);
        if (*cell && !is_number(cell)) return false;
        has_any |= *cell != 0;
    }
    return has_any;
}

/* A column's name, its unit below it, and what it is where the pointer rests on it. */
static void write_heading(FILE *page, const gt_csv *table, size_t rows, size_t column) {
    const gt_csv_about *about = table->about ? &table->about[column] : NULL;
    fputs(is_of_numbers(table, rows, column) ? "<th class=\"number\"" : "<th", page);
    if (about && about->description && *about->description) {
        fputs(" title=\"", page);
        gt_html_text(page, about->description);
        fputs("\"", page);
    }
    fputs(">", page);
    gt_html_text(page, gt_csv_name(table, column));
    if (about && about->unit && *about->unit) {
        fputs("<span class=\"unit\">", page);
        gt_html_text(page, about->unit);
        fputs("</span>", page);
    }
    fputs("</th>", page);
}

/* Wide tables are folded: nobody reads them from left to right. */
void gt_html_table(FILE *page, const gt_csv *table, size_t most_rows, uint64_t all) {
    size_t rows = table->rows < most_rows ? table->rows : most_rows;
    bool is_wide = table->columns > MOST_COLUMNS;
    if (is_wide) fprintf(page, "<details><summary>%zu columns</summary>\n", table->columns);
    fputs("<div class=\"wide\"><table>\n<thead><tr>", page);
    for (size_t c = 0; c < table->columns; c++) write_heading(page, table, rows, c);
    fputs("</tr></thead>\n<tbody>\n", page);
    for (size_t r = 0; r < rows; r++) {
        fputs("<tr>", page);
        for (size_t c = 0; c < table->columns; c++) {
            const char *cell = gt_csv_cell(table, r, c);
            fputs(is_number(cell) ? "<td class=\"number\">" : "<td>", page);
            write_cell(page, gt_csv_name(table, c), cell);
            fputs("</td>", page);
        }
        fputs("</tr>\n", page);
    }
    fputs("</tbody></table></div>\n", page);
    if (rows < all)
        fprintf(page, "<p class=\"note\">The first %zu of %" PRIu64 " rows.</p>\n", rows, all);
    if (is_wide) fputs("</details>\n", page);
}

static const char style[] =
    ":root{color-scheme:light dark;--ink:#1d2129;--soft:#5b6472;--paper:#fff;--panel:#f5f6f8;"
    "--line:#d9dde3;--accent:#0063a0}\n"
    "@media (prefers-color-scheme:dark){:root{--ink:#e3e6eb;--soft:#9aa4b2;--paper:#14171c;"
    "--panel:#1d2229;--line:#343b46;--accent:#6db8ea}}\n"
    "*{box-sizing:border-box}\n"
    "body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.6 Georgia,'Times New "
    "Roman','DejaVu Serif',serif}\n"
    "main{max-width:58rem;margin:0 auto;padding:2rem 1.25rem 4rem}\n"
    "h1,h2,h3,nav,th,td,.note,.meta,figcaption{font-family:system-ui,'Segoe "
    "UI',Roboto,'DejaVu Sans',sans-serif}\n"
    "h1{font-size:1.9rem;line-height:1.2;margin:.5rem 0 .25rem}\n"
    "h2{font-size:1.3rem;margin:3rem 0 .75rem;padding-top:1rem;border-top:1px solid "
    "var(--line)}\n"
    "h3{font-size:1.05rem;margin:2rem 0 .5rem}\n"
    "a{color:var(--accent)}\n"
    ".meta,.note{color:var(--soft);font-size:.9rem}\n"
    "nav{background:var(--panel);border-radius:8px;padding:1rem 1.25rem;margin:1.5rem 0}\n"
    "nav ol{margin:.25rem 0 0;padding-left:1.4rem;columns:2;column-gap:2rem}\n"
    "nav li{break-inside:avoid;font-size:.95rem}\n"
    "figure{margin:1.5rem 0 2rem}\n"
    "figure img{display:block;max-width:100%;height:auto;margin:0 "
    "auto;border-radius:4px;background:#fff}\n"
    "figure.plot img{padding:.5rem}\n"
    "div.strip{display:grid;grid-template-columns:repeat(auto-fill,minmax(15rem,1fr));gap:."
    "9rem}"
    "\n"
    "div.strip img{width:100%}div.strip span{display:block;text-align:center;color:var(--soft);"
    "font:.85rem system-ui,'Segoe UI',Roboto,'DejaVu Sans',sans-serif}\n"
    "figcaption{font-size:.92rem;color:var(--soft);margin-top:.75rem}\n"
    "figcaption b{color:var(--ink)}figcaption span{font-style:italic;overflow-wrap:anywhere}\n"
    "pre.command{background:var(--panel);border-left:3px solid var(--accent);padding:.6rem "
    ".9rem;margin:.75rem 0;font-size:.82rem;line-height:1.5;white-space:pre-wrap;overflow-wrap:"
    "anywhere;border-radius:0 4px 4px 0}\n"
    "code,pre{font-family:ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,monospace}\n"
    ".wide{overflow-x:auto;margin:1rem 0}\n"
    "table{border-collapse:collapse;font-size:.83rem;width:100%;font-variant-numeric:tabular-"
    "nums}"
    "\n"
    "th,td{padding:.35rem .45rem;text-align:left;border-bottom:1px solid "
    "var(--line);white-space:nowrap}\n"
    "thead th{border-bottom:2px solid var(--ink);vertical-align:top}\n"
    "th .unit{display:block;font-weight:400;color:var(--soft)}\n"
    "td.number,th.number{text-align:right}\n"
    "td.paper,th.paper{color:var(--soft);text-align:right}\n"
    "tr.best td{font-weight:600}td.group,tr.best td.group{font-weight:400;vertical-align:top;"
    "white-space:normal;max-width:7rem}\n"
    "table.dense{font-size:.74rem}table.dense th,table.dense td{padding:.3rem .3rem}\n"
    "summary{cursor:pointer;color:var(--accent);font-family:system-ui,sans-serif;font-size:."
    "9rem}"
    "\n"
    "details pre{font-size:.8rem;line-height:1.45;overflow-x:auto}\n"
    "footer{margin-top:3rem;padding-top:1rem;border-top:1px solid var(--line)}\n"
    "@media (max-width:40rem){nav ol{columns:1}main{padding:1rem .9rem "
    "3rem}h1{font-size:1.5rem}}"
    "\n"
    "@media print{:root{--ink:#000;--soft:#444;--paper:#fff;--panel:#f3f3f3;--line:#bbb}"
    "body{font-size:10.5pt}main{max-width:none;padding:0}nav,summary{display:none}"
    "figure,table,pre{break-inside:avoid}h2,h3{break-after:avoid}.wide{overflow:visible}}\n";

void gt_html_head(FILE *page, const char *title) {
    fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
          "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
          "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src "
          "data:; style-src 'unsafe-inline'\">\n<title>",
          page);
    gt_html_text(page, title);
    fprintf(page, "</title>\n<style>\n%s</style>\n</head>\n<body>\n<main>\n<h1>", style);
    gt_html_text(page, title);
    fputs("</h1>\n", page);
}

void gt_html_foot(FILE *page, const char *line) {
    fputs("<footer>\n", page);
    if (line) {
        fputs("<p class=\"note\">This page was made by</p>\n", page);
        gt_html_command(page, line);
    }
    fprintf(page, "<p class=\"note\">Galatea %s</p>\n</footer>\n</main>\n</body>\n</html>\n",
            gt_version());
}
