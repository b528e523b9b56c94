/* network_arguments.c - which network the arguments name, before they are parsed: its options
 * are options of the call then. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "network_arguments.h"

static const char *behind(const char *text, const char *start) {
    size_t length = strlen(start);
    return strncmp(text, start, length) == 0 ? text + length : NULL;
}

/* `key = value` in the lines of a file, without quotes; NULL where there is none, *out is
 * yours. What is wrong with the file is told when it is parsed. */
static char *value_in_file(const char *path, const char *key) {
    enum { MOST_BYTES = 1 << 20 };
    char *text = NULL, *found = NULL;
    size_t size = 0;
    gt_error ignored;
    if (gt_file_load(path, MOST_BYTES, &text, &size, &ignored)) return NULL;
    for (char *rest = text, *line; !found && (line = strsep(&rest, "\n")) != NULL;) {
        line += strspn(line, " \t");
        const char *at = behind(line, key);
        if (!at || at[strspn(at, " \t")] != '=') continue;
        at = strchr(at, '=') + 1;
        at += strspn(at, " \t\"");
        found = strndup(at, strcspn(at, " \t\r\"#"));
    }
    free(text);
    return found;
}

/* The value that an option will have: of --KEY VALUE, --KEY=VALUE, --set KEY=VALUE, or of a
 * file given with --config. *out is yours, NULL where there is none. */
static char *value_in_arguments(int argc, const char *const *argv, const char *key) {
    char flag[32], pair[32], *found = NULL;
    bool is_of_file = false;
    snprintf(flag, sizeof flag, "--%s", key);
    snprintf(pair, sizeof pair, "%s=", key);
    for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++) {
        const char *next = i + 1 < argc ? argv[i + 1] : NULL, *rest = behind(argv[i], flag);
        const char *set = behind(argv[i], "--set="), *file = behind(argv[i], "--config=");
        const char *value = rest && *rest == '=' ? rest + 1 : rest && !*rest ? next : NULL;
        if (strcmp(argv[i], "--set") == 0) set = next;
        if (strcmp(argv[i], "--config") == 0) file = next;
        if (!value && set) value = behind(set, pair);
        char *new = value ? strdup(value) : file ? value_in_file(file, key) : NULL;
        if (!new || (!value && found && !is_of_file)) {
            free(new);
            continue;
        }
        free(found);
        found = new;
        is_of_file = !value;
    }
    return found;
}

gt_status gt_network_find(int argc, const char *const *argv, gt_network **out, gt_error *err) {
    char *model = value_in_arguments(argc, argv, "model");
    char *like = value_in_arguments(argc, argv, "like");
    gt_status status = gt_network_create(model, like, out, err);
    free(model);
    free(like);
    return status;
}
