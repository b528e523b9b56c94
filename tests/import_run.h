/* import_run.h - imports into the test's folder, and imports that are refused. */
#ifndef GT_TEST_IMPORT_RUN_H
#define GT_TEST_IMPORT_RUN_H

#include "gt_test.h"

#include "file.h"
#include "galatea/import.h"
#include "temp_folder.h"

static gt_error err;
static gt_import_report report; /* of the last import */

/* Of a format, NULL: found by looking. */
static inline gt_import_settings settings_for(const char *format, bool keep_values) {
    static char out[128];
    gt_import_settings settings = gt_import_settings_default();
    snprintf(out, sizeof out, "%s", in_folder("out.h5"));
    settings.format = format;
    settings.out = out;
    settings.keep_values = keep_values;
    return settings;
}

static inline const char *golden(const char *name) {
    static char path[128];
    snprintf(path, sizeof path, "golden/format/%s", name);
    return path;
}

static inline gt_dataset *import(const gt_import_settings *settings, const char *path) {
    gt_dataset *set = NULL;
    assert_ok(gt_import_run(settings, path, "{}", NULL, NULL, &report, &err), err);
    assert_ok(gt_dataset_open_any(settings->out, &set, &err), err);
    return set;
}

/* Nothing is half-written, nothing unpacked. */
static inline void refuse(const gt_import_settings *settings, const char *path,
                          gt_status status, const char *words) {
    int before = entries_in_folder();
    gt_status got = gt_import_run(settings, path, NULL, NULL, NULL, &report, &err);
    if (got != status || !strstr(err.text, words))
        fail_msg("%s '%s', expected %s '%s'", gt_status_name(got), got ? err.text : "",
                 gt_status_name(status), words);
    assert_int_equal(entries_in_folder(), before);
}

#endif
