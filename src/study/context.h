/* context.h (room: study) - what every study is given beside its own settings: who asks for it,
 * and how it is to be carried out. */
#ifndef GT_STUDY_CONTEXT_H
#define GT_STUDY_CONTEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "galatea/error.h"
#include "galatea/option.h"
#include "progress.h"

/* Who asks, as the records of results tell it: a command with its words and options, or what
 * another front end has in its place. All of it is lent. */
typedef struct gt_invocation {
    const char *command;  /* "encode", "data synth" */
    const char *variant;  /* "vdvae"; NULL: the command has none */
    bool variant_is_word; /* the variant stands in the line, behind the command */
    const char *const *words;
    size_t word_count;
    gt_options *options;
    /* Tables whose rows change results, and stand in records; NULLs among them are skipped. */
    const gt_option_table *const *tables;
    size_t table_count;
} gt_invocation;

typedef struct gt_context {
    const gt_invocation *invocation;
    struct gt_network *network; /* of weights that do not tell theirs; NULL: all must tell */
    int threads;                /* at least 1 */
    int progress_file;          /* descriptor for progress lines; -1: none */
    const char *mismatch;       /* tell, error or ignore: see mismatch.h */
    bool is_untimed;            /* what is written does not tell how long it took */
} gt_context;

/* The progress line of a long step (galatea/progress.h). */
gt_progress gt_context_progress(const gt_context *context, int64_t total, const char *label);

#endif
