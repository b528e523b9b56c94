/* measured.c - files of measured choices. */
#include <ctype.h>
#include <dnnl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "galatea/plan.h"

gt_status gt_algorithms_read(gt_algorithms *cache, const char *path, gt_error *err) {
    enum { MOST = 1 << 24 };
    char *text = NULL;
    size_t size = 0;
    gt_status status = gt_file_load(path, MOST, &text, &size, err);
    if (status) return status;
    status = gt_algorithms_parse(cache, text, err);
    if (status) gt_blame(err, "%s", path);
    free(text);
    return status;
}

/* "Intel(R) Xeon(R) CPU @ 2.70GHz" as "intel-r-xeon-r-cpu-2-70ghz". */
static void write_plainly(const char *name, char *out, size_t room) {
    size_t used = 0;
    for (; *name && used + 1 < room; name++) {
        bool is_plain = isalnum((unsigned char)*name) != 0;
        if (is_plain) out[used++] = (char)tolower((unsigned char)*name);
        if (!is_plain && used > 0 && out[used - 1] != '-') out[used++] = '-';
    }
    while (used > 0 && out[used - 1] == '-') used--;
    out[used] = '\0';
}

static void name_processor(char *out, size_t room) {
    char line[256] = "", name[256] = "unknown";
    FILE *file = fopen("/proc/cpuinfo", "re");
    while (file && fgets(line, sizeof line, file)) {
        if (sscanf(line, "model name : %255[^\n]", name) == 1) break;
    }
    if (file) fclose(file);
    write_plainly(name, out, room);
}

gt_status gt_algorithms_path(char *path, size_t size, gt_error *err) {
    char processor[128];
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    const dnnl_version_t *version = dnnl_version();
    bool has_cache = cache && *cache == '/';
    if (!has_cache && (!home || *home != '/'))
        return gt_fail(
            err, GT_NOT_FOUND,
            "neither XDG_CACHE_HOME nor HOME names a folder for measured algorithms");
    name_processor(processor, sizeof processor);
    int length = snprintf(path, size, "%s%s/galatea/algorithms-%s-onednn-%d.%d.%d.txt",
                          has_cache ? cache : home, has_cache ? "" : "/.cache", processor,
                          version->major, version->minor, version->patch);
    if (length > 0 && (size_t)length < size) return GT_OK;
    return gt_fail(err, GT_BAD_ARGUMENT, "a path is longer than %zu bytes", size);
}
