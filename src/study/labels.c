/* labels.c - names by the words of the command line and by records. */
#include "labels.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "galatea/log.h"
#include "paper_table2.h"

gt_status gt_label_parse(const char *word, gt_label *out, gt_error *err) {
    struct stat info;
    const char *sign = strchr(word, '=');
    *out = (gt_label){.path = word};
    if (!sign || stat(word, &info) == 0) return GT_OK;
    size_t length = (size_t)(sign - word);
    if (length == 0 || length >= GT_LABEL_ROOM || !sign[1])
        return gt_fail(err, GT_USAGE,
                       "'%.200s': expected FILE or NAME=FILE, NAME of at most %d bytes", word,
                       GT_LABEL_ROOM - 1);
    memcpy(out->name, word, length);
    out->path = sign + 1;
    return GT_OK;
}

void gt_base_name(const char *path, char name[GT_LABEL_ROOM]) {
    const char *slash = strrchr(path, '/');
    snprintf(name, GT_LABEL_ROOM, "%s", slash ? slash + 1 : path);
    char *dot = strrchr(name, '.');
    if (dot && dot > name) *dot = 0;
}

/* The end of a path with so many of its folders. */
static const char *tail_of(const char *path, size_t folders) {
    const char *at = path + strlen(path);
    for (; at > path; at--)
        if (at[-1] == '/' && folders-- == 0) break;
    return at;
}

/* Without the ending of the file's name. */
static size_t stem_length(const char *path) {
    const char *name = tail_of(path, 0), *dot = strrchr(name, '.');
    return (size_t)((dot && dot > name ? dot : name + strlen(name)) - path);
}

static bool has_stem(const char *path, const char *other) {
    size_t length = stem_length(path);
    return length == stem_length(other) && memcmp(path, other, length) == 0;
}

/* The shortest end of a path that no other file of this name has; its ending too where that
 * alone is different. */
static void distinct_tail(const gt_named *list, size_t count, size_t index,
                          char out[GT_LABEL_ROOM]) {
    const char *path = list[index].path, *tail;
    bool is_shared = true, has_ending = false;
    for (size_t k = 0; k < count; k++)
        has_ending |= strcmp(list[k].name, list[index].name) == 0 &&
                      strcmp(list[k].path, path) != 0 && has_stem(path, list[k].path);
    for (size_t folders = 0; is_shared; folders++) {
        tail = tail_of(path, folders);
        is_shared = false;
        for (size_t k = 0; k < count && tail > path; k++) {
            if (strcmp(list[k].name, list[index].name) != 0) continue;
            bool is_other = strcmp(list[k].path, path) != 0;
            is_shared |= is_other && !has_stem(path, list[k].path) &&
                         has_stem(tail, tail_of(list[k].path, folders));
        }
    }
    size_t length = has_ending ? strlen(tail) : stem_length(tail);
    snprintf(out, GT_LABEL_ROOM, "%.*s", (int)length, tail);
}

static bool is_named_twice(const gt_named *list, size_t count, size_t index) {
    for (size_t k = 0; k < count; k++)
        if (k != index && strcmp(list[k].name, list[index].name) == 0) return true;
    return false;
}

gt_status gt_names_tell_apart(const gt_named *list, size_t count, gt_error *err) {
    char(*told)[GT_LABEL_ROOM] = calloc(count + 1, sizeof *told);
    if (!told) return gt_fail(err, GT_NO_MEMORY, "no memory for names");
    for (size_t i = 0; i < count; i++) {
        char base[GT_LABEL_ROOM], tail[GT_LABEL_ROOM];
        snprintf(told[i], sizeof told[i], "%s", list[i].name);
        if (!is_named_twice(list, count, i)) continue;
        gt_base_name(list[i].path, base);
        distinct_tail(list, count, i, tail);
        if (strcmp(base, list[i].name) == 0)
            memcpy(told[i], tail, sizeof tail);
        else
            snprintf(told[i], sizeof told[i], "%.55s (%.68s)", list[i].name, tail);
    }
    for (size_t i = 1; i < count; i++)
        for (size_t k = 0; k < i; k++)
            if (strcmp(told[i], told[k]) == 0 && strcmp(list[i].path, list[k].path) == 0)
                gt_remark("%s is given twice: both are called %s", list[i].path, told[i]);
    for (size_t i = 0; i < count; i++) memcpy(list[i].name, told[i], sizeof told[i]);
    free(told);
    return GT_OK;
}

gt_maker gt_maker_of(const gt_dataset_info *info) {
    static const char encode[] = "galatea encode ";
    gt_maker made = {0};
    json_t *record = info->provenance ? json_loads(info->provenance, 0, NULL) : NULL;
    const char *command = json_string_value(json_object_get(record, "command"));
    if (info->kind == GT_DATASET_IMAGES) command = NULL;
    if (command && strncmp(command, encode, strlen(encode)) == 0) {
        snprintf(made.model, sizeof made.model, "%s", command + strlen(encode));
        made.is_untrained =
            json_is_true(json_object_get(json_object_get(record, "options"), "untrained"));
    } else if (info->kind == GT_DATASET_CODES && info->model) {
        snprintf(made.model, sizeof made.model, "%.*s", (int)strcspn(info->model, ","),
                 info->model);
    }
    json_decref(record);
    return made;
}

void gt_maker_name(const gt_dataset *set, char name[GT_LABEL_ROOM]) {
    const gt_dataset_info *info = gt_dataset_describe(set);
    gt_maker made = gt_maker_of(info);
    const char *printed = gt_paper_model(made.model);
    if (info->kind == GT_DATASET_IMAGES)
        snprintf(name, GT_LABEL_ROOM, "pixels");
    else if (*made.model)
        snprintf(name, GT_LABEL_ROOM, "%s%s", printed ? printed : made.model,
                 made.is_untrained ? ", untrained" : "");
    else
        gt_base_name(gt_dataset_path(set), name);
}

void gt_objects_name(const gt_dataset *set, char name[GT_LABEL_ROOM]) {
    const gt_dataset_info *info = gt_dataset_describe(set);
    json_t *record = info->provenance ? json_loads(info->provenance, 0, NULL) : NULL;
    const char *data =
        json_string_value(json_object_get(json_object_get(record, "options"), "data"));
    if (info->collection)
        snprintf(name, GT_LABEL_ROOM, "%s", info->collection);
    else
        gt_base_name(info->kind == GT_DATASET_CODES && data ? data : gt_dataset_path(set),
                     name);
    json_decref(record);
}
