/* report_samples.c - sheets of samples that a run drew while it learned, as a strip. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "file.h"
#include "galatea/log.h"
#include "page.h"
#include "png_text.h"

enum { MOST_SHOWN = 6, MOST_BYTES = 16 << 20, PATH = 4200 };

typedef struct sheet {
    const char *path;
    int64_t epoch;
} sheet;

/* The number in ".../epoch-0005.png"; -1 for another name. */
static int64_t epoch_of(const char *path) {
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    char *end = NULL;
    if (strncmp(name, "epoch-", 6) != 0 || name[6] < '0' || name[6] > '9') return -1;
    long long epoch = strtoll(name + 6, &end, 10);
    return strcmp(end, ".png") == 0 ? epoch : -1;
}

static int by_epoch(const void *a, const void *b) {
    const sheet *x = a, *y = b;
    return (x->epoch > y->epoch) - (x->epoch < y->epoch);
}

/* The sheets among the names, in order of their epochs; how many. */
static size_t sort_sheets(const gt_names *names, sheet *out) {
    size_t count = 0;
    for (size_t i = 0; i < names->count; i++) {
        int64_t epoch = epoch_of(names->list[i]);
        if (epoch >= 0) out[count++] = (sheet){names->list[i], epoch};
    }
    if (count) qsort(out, count, sizeof *out, by_epoch);
    return count;
}

/* What cannot be read is left out. */
static gt_status write_sheet(FILE *page, const sheet *s, gt_error *err) {
    gt_error fault = {0};
    char *bytes = NULL, name[64];
    size_t size = 0;
    uint32_t width, height;
    gt_status status = gt_file_load(s->path, MOST_BYTES, &bytes, &size, &fault);
    if (!status) status = gt_png_size(bytes, size, &width, &height, &fault);
    if (!status) {
        snprintf(name, sizeof name, "samples of epoch %" PRId64, s->epoch);
        fputs("<div>", page);
        gt_html_image(page, bytes, size, false, name);
        fprintf(page, "<span>epoch %" PRId64 "</span></div>\n", s->epoch);
    } else {
        gt_remark("left out: %s: %s", s->path, fault.text);
    }
    free(bytes);
    return status == GT_NO_MEMORY ? gt_fail(err, status, "%s", fault.text) : GT_OK;
}

/* The first, the last, and some between. */
static gt_status write_strip(FILE *page, const gt_item *run, const sheet *sheets, size_t count,
                             gt_error *err) {
    gt_status status = GT_OK;
    size_t shown = count < MOST_SHOWN ? count : MOST_SHOWN;
    fputs("<figure class=\"strip\">\n<div class=\"strip\">\n", page);
    for (size_t i = 0; i < shown; i++) {
        size_t at = shown > 1 ? i * (count - 1) / (shown - 1) : 0;
        GT_TRY(write_sheet(page, &sheets[at], err));
    }
    fputs("</div>\n<figcaption><b>Samples.</b> The same draws each time, by the weights after ",
          page);
    if (count == 1)
        fprintf(page, "epoch %" PRId64 ", from ", sheets[0].epoch);
    else
        fprintf(page, "epochs %" PRId64 " to %" PRId64 ": %zu of %zu sheets in ",
                sheets[0].epoch, sheets[count - 1].epoch, shown, count);
    gt_html_text(page, run->path);
    fputs("/samples.</figcaption>\n</figure>\n", page);
done:
    return status;
}

gt_status gt_html_samples(FILE *page, const gt_item *run, gt_error *err) {
    gt_status status = GT_OK;
    gt_names names = {0};
    sheet *sheets = NULL;
    struct stat info;
    char path[PATH];
    snprintf(path, sizeof path, "%s/samples", run->path);
    if (stat(path, &info) || !S_ISDIR(info.st_mode)) return GT_OK;
    GT_TRY(gt_names_of_folder(path, &names, err));
    sheets = calloc(names.count + 1, sizeof *sheets);
    if (!sheets) GT_THROW(err, GT_NO_MEMORY, "no memory for a list of sheets");
    size_t count = sort_sheets(&names, sheets);
    if (count) GT_TRY(write_strip(page, run, sheets, count, err));
done:
    gt_names_free(&names);
    free(sheets);
    return status;
}
