/* finished.c - what a command that fails has finished before. */
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli_internal.h"
#include "galatea/run.h"
#include "outfile.h"

/* The files of a folder that a command fills one after the other (maps of several sets); a run
 * looks after its own. */
static void tell_filled(const char *folder, gt_error *err) {
    char path[PATH_MAX], all[400] = "";
    size_t used = 0, count = 0, left_out = 0;
    struct dirent **entries = NULL;
    int listed = scandir(folder, &entries, NULL, alphasort);
    for (int i = 0; i < listed; i++) {
        snprintf(path, sizeof path, "%.2000s/%.1000s", folder, entries[i]->d_name);
        free(entries[i]);
        if (!gt_outfile_appeared(path) || gt_run_owns(path)) continue;
        bool fits = used + strlen(path) + 3 < sizeof all;
        if (fits)
            used +=
                (size_t)snprintf(all + used, sizeof all - used, "%s%s", used ? ", " : "", path);
        left_out += !fits;
        count++;
    }
    if (listed >= 0) free(entries);
    if (count > 0 && left_out > 0)
        gt_advise(err, "%s and %zu more are written whole", all, left_out);
    else if (count > 0)
        gt_advise(err, "%s %s written whole", all, count > 1 ? "are" : "is");
}

/* One that cannot be flushed says itself that it is written whole. */
static void tell(gt_option_path use, const char *path, gt_error *err) {
    char said[sizeof err->text];
    if (use == GT_NO_PATH || use == GT_READS || !path || !*path) return;
    if (!gt_outfile_appeared(path)) {
        if (use == GT_FILLS) tell_filled(path, err);
        return;
    }
    snprintf(said, sizeof said, "%s is written whole", path);
    if (!strstr(err->text, said)) gt_advise(err, "%s", said);
}

static gt_status tell_option(void *told, const gt_option_view *view, gt_error *err) {
    (void)err;
    tell(view->row->path, view->text, told);
    return GT_OK;
}

void gt_cli_tell_finished(const gt_call *call, gt_error *err) {
    for (size_t i = 0; i < call->word_count; i++)
        tell(call->command->word_path, call->words[i], err);
    (void)gt_options_visit(call->options, tell_option, err, NULL);
}
