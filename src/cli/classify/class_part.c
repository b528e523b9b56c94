/* class_part.c - figures class by class on the screen. */
#include <math.h>
#include <string.h>

#include "print.h"
#include "text.h"

enum { COUNT_WIDTH = 8, MOST_NAME = 24, MATRIX_CLASSES = 12, MOST_SHOWN = 64 };

static const char *name_of(const gt_class_part *part, int32_t row, char shown[256]) {
    gt_text_shown(gt_class_part_row(part, row), shown, 256);
    if (strlen(shown) > MOST_NAME) memcpy(shown + MOST_NAME - 3, "...", 4);
    return shown;
}

static size_t widest(const gt_class_part *part, int32_t rows) {
    char shown[256];
    size_t width = strlen("class");
    for (int32_t k = 0; k < rows; k++) {
        size_t length = strlen(name_of(part, k, shown));
        if (length > width) width = length;
    }
    return width;
}

/* Counts over several seeds are means. */
static const char *count_text(double count, char text[32]) {
    snprintf(text, 32, count == floor(count) ? "%.0f" : "%.1f", count);
    return text;
}

static void print_row(const gt_class_part *part, int32_t row, size_t width) {
    gt_fields f = {.length = 0};
    char text[32], shown[256];
    gt_fields_add(&f, width, name_of(part, row, shown));
    gt_fields_add(&f, COUNT_WIDTH,
                  count_text(gt_class_report_support(part->report, row), text));
    for (int i = 0; i < GT_CLASS_FIGURES; i++) {
        gt_spread value = gt_class_report_figure(part->report, row, i);
        if (isnan(value.mean))
            gt_fields_add(&f, GT_SPREAD_WIDTH, "-");
        else
            gt_fields_spread(&f, value, gt_class_report_fits(part->report));
    }
    gt_fields_print(&f);
}

static void print_figures(const gt_class_part *part) {
    static const char *const heads[GT_CLASS_FIGURES] = {"precision", "recall", "F1", "ROC-AUC",
                                                        "avg precision"};
    size_t width = widest(part, part->classes + 2);
    gt_fields f = {.length = 0};
    gt_fields_add(&f, width, "class");
    gt_fields_add(&f, COUNT_WIDTH, "support");
    for (int i = 0; i < GT_CLASS_FIGURES; i++) gt_fields_add(&f, GT_SPREAD_WIDTH, heads[i]);
    gt_fields_print(&f);
    for (int32_t k = 0; k < part->classes && k < MOST_SHOWN; k++) print_row(part, k, width);
    if (part->classes > MOST_SHOWN)
        printf("and %d classes more: see --by-class or --json\n", part->classes - MOST_SHOWN);
    for (int m = 0; m < 2; m++) print_row(part, part->classes + m, width);
}

static void print_matrix(const gt_class_part *part) {
    size_t width = widest(part, part->classes);
    char text[32], shown[256];
    gt_fields f = {.length = 0};
    if (part->classes > MATRIX_CLASSES) return;
    gt_fields_add(&f, width, "");
    for (int32_t k = 0; k < part->classes; k++)
        gt_fields_add(&f, COUNT_WIDTH, name_of(part, k, shown));
    printf("true class by row, predicted class by column:\n");
    gt_fields_print(&f);
    for (int32_t k = 0; k < part->classes; k++) {
        gt_fields_add(&f, width, name_of(part, k, shown));
        for (int32_t i = 0; i < part->classes; i++) {
            size_t head = strlen(name_of(part, i, shown));
            gt_fields_add(&f, head > COUNT_WIDTH ? head : COUNT_WIDTH,
                          count_text(gt_class_report_count(part->report, k, i), text));
        }
        gt_fields_print(&f);
    }
}

void gt_print_class_part(const gt_class_part *part) {
    size_t fits = gt_class_report_fits(part->report);
    char number[GT_COUNTED_SIZE];
    bool is_known = strcmp(part->part, "cv") == 0 || strcmp(part->part, "test") == 0;
    const char *what =
        strcmp(part->part, "cv") == 0 ? "held out by cross-validation" : "rows to judge by";
    printf("\n%s, %s%s", part->method, is_known ? what : part->part, is_known ? "" : " rows");
    if (fits > 1) printf(" (%s)", gt_text_counted(fits, "fit", number));
    printf(":\n");
    print_figures(part);
    print_matrix(part);
}
