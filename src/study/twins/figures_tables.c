/* figures_tables.c - the tables of parts that figures are drawn from. */
#include <stdlib.h>
#include <sys/stat.h>

#include "csv.h"
#include "figures.h"
#include "file.h"

enum { MOST_BYTES = 1 << 30 };

gt_status gt_figures_load(const gt_twin *t, const char *name, gt_csv *out, gt_error *err) {
    gt_status status = GT_OK;
    char path[GT_TWINS_PATH], *text = NULL;
    size_t size;
    GT_TRY(gt_twin_path(t, name, path, err));
    GT_TRY(gt_file_load(path, MOST_BYTES, &text, &size, err));
    GT_TRY(gt_csv_parse(text, size, out, err));
done:
    free(text);
    return status;
}

static bool written(const char *path, struct timespec *when) {
    struct stat about;
    if (stat(path, &about)) return false;
    *when = about.st_mtim;
    return true;
}

static bool is_before(struct timespec a, struct timespec b) {
    return a.tv_sec < b.tv_sec || (a.tv_sec == b.tv_sec && a.tv_nsec < b.tv_nsec);
}

bool gt_figures_is_newer(const gt_twin *t, const char *path, const char *const *names,
                         bool *some) {
    struct timespec own = {0}, table;
    bool is_newer = written(path, &own);
    for (size_t i = 0; names[i]; i++) {
        char from[GT_TWINS_PATH];
        if (gt_twin_path(t, names[i], from, NULL) || !written(from, &table)) continue;
        *some = true;
        is_newer = is_newer && !is_before(own, table);
    }
    return is_newer;
}
