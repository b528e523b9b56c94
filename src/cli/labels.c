/* labels.c - names by the words of the command line and by records. */
#include "labels.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

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
