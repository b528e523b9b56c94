/* row_list.c - from 3,7-9 to row numbers. */
#include "row_list.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

typedef struct row_list {
    const gt_row_source *from;
    const char *text;
    size_t count;
    uint64_t *rows;
} row_list;

static gt_status bad_rows(const row_list *list, gt_error *err) {
    return gt_fail(err, GT_USAGE, "%s%s: expected rows as 3,7-9", list->from->option,
                   list->text);
}

/* "7" or "7-9" at *at, which moves behind it and its comma. */
static gt_status next_range(const row_list *list, const char **at, int64_t *first,
                            int64_t *last, gt_error *err) {
    char part[48];
    size_t length = strcspn(*at, ",");
    if (!length || length >= sizeof part) return bad_rows(list, err);
    snprintf(part, sizeof part, "%.*s", (int)length, *at);
    char *dash = strchr(part, '-');
    if (dash) *dash = '\0';
    if (gt_text_to_int(part, first, NULL) ||
        gt_text_to_int(dash ? dash + 1 : part, last, NULL) || *last < *first || *first < 0)
        return bad_rows(list, err);
    *at += length;
    if (**at && !*++*at) return bad_rows(list, err);
    return GT_OK;
}

static gt_status add_rows(row_list *list, int64_t first, int64_t last, gt_error *err) {
    const gt_row_source *from = list->from;
    uint64_t there = from->there;
    if ((uint64_t)last >= there)
        return gt_fail(err, GT_BAD_ARGUMENT,
                       "%s has %" PRIu64 " rows (0 to %" PRIu64 "), row %" PRId64
                       " is none of them",
                       from->path, there, there - 1, last);
    if ((uint64_t)(last - first) >= from->most - list->count)
        return gt_fail(err, GT_USAGE, "%s%s: more than %zu rows", from->option,
                       list->text ? list->text : "", from->most);
    size_t more = (size_t)(last - first) + 1;
    uint64_t *larger = realloc(list->rows, (list->count + more) * sizeof *larger);
    if (!larger) return gt_fail(err, GT_NO_MEMORY, "no memory for a list of rows");
    list->rows = larger;
    for (size_t i = 0; i < more; i++) list->rows[list->count++] = (uint64_t)first + i;
    return GT_OK;
}

static gt_status read_ranges(row_list *list, gt_error *err) {
    gt_status status = GT_OK;
    int64_t first, last;
    if (!*list->text) return bad_rows(list, err);
    for (const char *at = list->text; *at;) {
        GT_TRY(next_range(list, &at, &first, &last, err));
        GT_TRY(add_rows(list, first, last, err));
    }
done:
    return status;
}

gt_status gt_row_list_read(const gt_row_source *from, const char *text, uint64_t **rows,
                           size_t *count, gt_error *err) {
    row_list list = {from, text};
    gt_status status =
        text ? read_ranges(&list, err) : add_rows(&list, 0, (int64_t)from->there - 1, err);
    if (status) {
        free(list.rows);
        return status;
    }
    *rows = list.rows;
    *count = list.count;
    return GT_OK;
}
