/* option_internal.h - what the files of the option tables share among themselves. */
#ifndef GT_OPTION_INTERNAL_H
#define GT_OPTION_INTERNAL_H

#include "galatea/option.h"

typedef struct option_slot {
    const gt_option *row;
    char *settings; /* the struct that row->offset counts from */
    gt_option_source source;
    const char *where;
    const char *said;    /* on the command line, lent */
    unsigned said_again; /* times that it was said otherwise behind that */
    size_t line;         /* of the file being read, 0 while the file has not named this key */
} option_slot;

/* Strings live as long as the options, because settings structs are copied freely. */
typedef struct option_string {
    struct option_string *next;
    char text[];
} option_string;

struct gt_options {
    option_slot *slots;
    size_t count;
    option_string *strings;
    const char **words;
    size_t word_count;
    const char **files; /* of --config */
    size_t file_count;
    bool asks_help, asks_config;
};

/* NULL when there is no such key. */
option_slot *gt_options_find(const gt_options *options, const char *key);

/* GT_USAGE: "unknown option '--epoch'; did you mean '--epochs'?"; kind is "option '--" or "key
 * '". */
gt_status gt_options_unknown(const gt_options *options, const char *kind, const char *key,
                             gt_error *err);

/* gt_options_set for a row already found; the sentence does not name the key yet. */
gt_status gt_options_assign(gt_options *options, option_slot *slot, const char *value,
                            gt_option_source source, const char *where, gt_error *err);

/* Copy of length bytes owned by the options; NULL when memory is out. */
const char *gt_options_keep(gt_options *options, const char *text, size_t length);

#endif
