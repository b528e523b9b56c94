/* weights_file.c - finding weights, and the settings of their network. */
#include "weights_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "galatea/log.h"
#include "galatea/run.h"
#include "soundness.h"
#include "state_file.h"
#include "torch_file.h"

static gt_status find_weight_file(const char *path, char file[GT_PATH_SIZE], gt_error *err) {
    struct stat about;
    gt_status status = GT_OK;
    if (stat(path, &about) != 0)
        return gt_fail(err, GT_NOT_FOUND, "%s: there is no such run folder or weight file",
                       path);
    if (!S_ISDIR(about.st_mode)) {
        int length = snprintf(file, GT_PATH_SIZE, "%s", path);
        if (length < GT_PATH_SIZE) return GT_OK;
        return gt_fail(err, GT_BAD_ARGUMENT, "a path is longer than %d bytes", GT_PATH_SIZE);
    }
    GT_TRY(gt_run_path(path, "best.safetensors", file, err));
    if (access(file, F_OK) == 0) goto done;
    GT_TRY(gt_run_path(path, "last.safetensors", file, err));
    if (access(file, F_OK) != 0)
        GT_THROW(err, GT_NOT_FOUND,
                 "%s holds neither best.safetensors nor last.safetensors: it is no run", path);
done:
    return status;
}

gt_status gt_weights_file_open(const char *path, gt_safetensors **out, gt_error *err) {
    gt_status status = GT_OK;
    gt_safetensors *file = NULL;
    char weights[GT_PATH_SIZE];
    GT_TRY(find_weight_file(path, weights, err));
    status = gt_arrays_open(weights, &file, err);
    if (status) {
        gt_run_offer_weights(weights, err);
        goto done;
    }
    if (gt_safetensors_metadata(file, GT_KEY_LAYOUT))
        GT_THROW(err, GT_BAD_FORMAT,
                 "%s is a training state; best.safetensors beside it has the weights", weights);
    /* Who names a file may bring it from anywhere. */
    if (strcmp(path, weights) != 0) {
        status = gt_run_check_origin(path, file, err);
        if (status) {
            gt_run_offer_weights(weights, err);
            goto done;
        }
    }
    *out = file;
    file = NULL;
done:
    gt_safetensors_close(file);
    return status;
}

/* This program writes weights in four bytes each; damage makes no other size that the header
 * agrees with. */
static bool is_rewritten(const gt_safetensors *file) {
    for (size_t i = 0; i < gt_safetensors_count(file); i++)
        if (gt_st_dtype_size(gt_safetensors_at(file, i)->dtype) != sizeof(float)) return true;
    return false;
}

/* Only this program makes checksums; another that writes the file anew may keep the old ones.
 */
gt_status gt_weights_file_verify(const gt_safetensors *file, gt_error *err) {
    const char *path = gt_safetensors_path(file);
    bool is_foreign = is_rewritten(file);
    gt_status status = is_foreign ? GT_NOT_FOUND : gt_safetensors_verify(file, err);
    if (status == GT_NOT_FOUND) {
        gt_remark("%s %s: nobody can tell whether it is as it was written", path,
                  is_foreign ? "was written by another program" : "carries no checksums");
        return GT_OK;
    }
    if (status == GT_MISMATCH)
        gt_advise(err,
                  "if another program changed it, the metadata 'checksum' is to be left out");
    if (status) gt_run_offer_weights(path, err);
    return status;
}

static gt_status read_network(const gt_safetensors *file, const gt_model_class **class,
                              char **config, gt_error *err) {
    const char *name = gt_safetensors_metadata(file, GT_KEY_MODEL);
    const char *text = gt_safetensors_metadata(file, GT_KEY_MODEL_CONFIG);
    *class = NULL;
    *config = NULL;
    if (!name || !text) return GT_OK;
    if (gt_model_class_find(name, class, NULL))
        return gt_fail(err, GT_MISMATCH, "%s: unknown model '%s'", gt_safetensors_path(file),
                       name);
    *config = strdup(text);
    return *config ? GT_OK : gt_fail(err, GT_NO_MEMORY, "no memory for settings");
}

/* Weights that were brought into the folder of a run. */
static gt_status read_run_config(const char *path, const char *name,
                                 const gt_model_class **class, char **config, gt_error *err) {
    gt_status status = GT_OK;
    gt_safetensors *file = NULL;
    const char *slash = strrchr(path, '/');
    char beside[GT_PATH_SIZE];
    int length = snprintf(beside, sizeof beside, "%.*s%s", slash ? (int)(slash - path) + 1 : 0,
                          path, name);
    if (length >= GT_PATH_SIZE || gt_safetensors_open(beside, &file, NULL)) return GT_OK;
    GT_TRY(read_network(file, class, config, err));
    if (*class)
        gt_remark("%s does not tell its model: taken for one of the run it lies in (%s)", path,
                  beside);
done:
    gt_safetensors_close(file);
    return status;
}

gt_status gt_weights_file_read_network(const gt_safetensors *file, const gt_model_class **class,
                                       char **config, gt_error *err) {
    static const char *const neighbours[] = {"state.safetensors", "best.safetensors",
                                             "last.safetensors"};
    gt_status status = read_network(file, class, config, err);
    for (size_t i = 0; !status && !*class && i < sizeof neighbours / sizeof *neighbours; i++)
        status = read_run_config(gt_safetensors_path(file), neighbours[i], class, config, err);
    return status;
}

gt_status gt_run_read_network(const char *path, const gt_model_class **class, char **config,
                              gt_error *err) {
    gt_safetensors *file = NULL;
    *class = NULL;
    *config = NULL;
    gt_status status = gt_weights_file_open(path, &file, err);
    if (!status) status = gt_weights_file_read_network(file, class, config, err);
    gt_safetensors_close(file);
    return status;
}

gt_status gt_run_class(const char *path, const gt_model_class **out, gt_error *err) {
    char *config = NULL;
    gt_status status = gt_run_read_network(path, out, &config, err);
    free(config);
    if (!status && !*out)
        status = gt_fail(err, GT_BAD_FORMAT,
                         "%s does not tell of which model it is: say it with --model NAME and "
                         "--preset or settings, or --like RUN",
                         path);
    return status;
}
