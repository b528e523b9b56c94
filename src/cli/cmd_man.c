/* galatea man FOLDER: the manual pages, for the build and for packagers. */
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "file.h"
#include "manual.h"
#include "outfile.h"

/* "FOLDER/galatea-data-info.1" */
static char *page_path(const char *folder, const char *name) {
    char *path = NULL;
    if (asprintf(&path, "%s/galatea%s%s.1", folder, *name ? "-" : "", name) < 0) return NULL;
    for (char *at = path + strlen(folder); *at; ++at)
        if (*at == ' ') *at = '-';
    return path;
}

/* The page of a command; of the whole program when it is NULL. */
static gt_status write_page(const char *folder, const gt_call *call, const gt_command *command,
                            gt_error *err) {
    gt_status status = GT_OK;
    gt_outfile *file = NULL;
    char *path = page_path(folder, command ? command->name : "");
    if (!path) GT_THROW(err, GT_NO_MEMORY, "no memory for the name of a page");
    GT_TRY(gt_outfile_open(path, &file, err));
    FILE *stream = gt_outfile_stream(file);
    if (!stream) GT_THROW(err, GT_NO_MEMORY, "%s: no memory to write it", path);
    if (command)
        gt_manual_page(stream, command);
    else
        gt_manual_overview_page(stream, call->commands);
    status = gt_outfile_commit(file, err);
done:
    gt_outfile_discard(file);
    free(path);
    return status;
}

static gt_status man_run(gt_call *call, gt_error *err) {
    const char *folder = call->words[0];
    gt_status status = gt_mkdirs(folder, err);
    if (status == GT_OK) status = write_page(folder, call, NULL, err);
    for (const gt_command *const *at = call->commands; *at && status == GT_OK; ++at)
        status = write_page(folder, call, *at, err);
    return status;
}

static const char *const man_examples[] = {"galatea man build/man", NULL};

const gt_command gt_command_man = {
    .name = "man",
    .summary = "write the manual pages into a folder",
    .description =
        "One page for the program and one for each command, made from the same option "
        "tables as --help. The folder is made if it is missing.",
    .usage = "FOLDER",
    .min_words = 1,
    .max_words = 1,
    .word_path = GT_FILLS,
    .examples = man_examples,
    .is_hidden = true,
    .run = man_run};
