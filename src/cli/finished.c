/* finished.c - what a command that fails has finished before. */
#include <stdio.h>
#include <string.h>

#include "cli_internal.h"
#include "outfile.h"

/* One that cannot be flushed says itself that it is written whole. */
static void tell(gt_option_path use, const char *path, gt_error *err) {
    char said[sizeof err->text];
    if (use == GT_NO_PATH || use == GT_READS || !path || !*path) return;
    if (!gt_outfile_appeared(path)) return;
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
