/* usual.c - see usual.h. */
#include "usual.h"

#include <stdlib.h>
#include <string.h>

static gt_status set_words(gt_options *options, char *words, gt_error *err) {
    gt_status status = GT_OK;
    char *rest = NULL;
    for (char *word = strtok_r(words, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        char *value = strchr(word, '=');
        if (!value) GT_THROW(err, GT_USAGE, "'%.60s': expected key=value", word);
        *value = '\0';
        GT_TRY(gt_options_set(options, word, value + 1, GT_FROM_COMMAND, NULL, err));
    }
done:
    return status;
}

gt_status gt_usual_open(const gt_option_table *table, size_t size, const char *says,
                        gt_usual *out, gt_error *err) {
    gt_status status = GT_OK;
    char *words = says ? strdup(says) : NULL;
    out->values = calloc(1, size + 1);
    if (!out->values || (says && !words)) GT_THROW(err, GT_NO_MEMORY, "no memory for settings");
    GT_TRY(gt_options_create(&out->options, err));
    if (table) GT_TRY(gt_options_add(out->options, table, out->values, err));
    if (words) GT_TRY(set_words(out->options, words, err));
done:
    free(words);
    return status;
}

void gt_usual_close(gt_usual *usual) {
    gt_options_destroy(usual->options);
    free(usual->values);
    *usual = (gt_usual){0};
}
