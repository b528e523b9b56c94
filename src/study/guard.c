/* guard.c - no output in the place of an input or of another output, see guard.h. */
#include "guard.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "file.h"
#include "galatea/run.h"
#include "outfile.h"

typedef struct place {
    char *path;
    gt_option_path use;
} place;

typedef struct places {
    place *list;
    size_t count;
} places;

static void free_places(places *all) {
    for (size_t i = 0; i < all->count; i++) free(all->list[i].path);
    free(all->list);
}

static gt_status add(places *all, gt_option_path use, const char *path, size_t length,
                     gt_error *err) {
    place *grown = realloc(all->list, (all->count + 1) * sizeof *grown);
    if (!grown) return gt_fail(err, GT_NO_MEMORY, "no memory for a list of files");
    all->list = grown;
    grown[all->count] = (place){strndup(path, length), use};
    if (!grown[all->count].path) return gt_fail(err, GT_NO_MEMORY, "no memory for a path");
    all->count++;
    return GT_OK;
}

static bool is_there(const char *path) {
    struct stat about;
    return stat(path, &about) == 0;
}

/* The file in NAME=FILE, KIND:FILE, FILE:ROWS or two of them: every reading of the text that
 * leads to one. */
static gt_status add_readings(places *all, char *text, gt_error *err) {
    gt_status status = GT_OK;
    char *equals = strchr(text, '='), *colon = strrchr(text, ':'), *kind = strchr(text, ':'),
         *starts[] = {text, equals ? equals + 1 : NULL, kind ? kind + 1 : NULL};
    for (int cut = 0; cut < (colon ? 2 : 1); cut++) {
        if (cut) *colon = '\0';
        for (int i = 0; i < 3; i++)
            if (starts[i] && *starts[i] && is_there(starts[i]))
                GT_TRY(add(all, GT_READS, starts[i], strlen(starts[i]), err));
    }
done:
    return status;
}

/* As one name, which may hold commas, and as a list. */
static gt_status add_input(places *all, const char *text, gt_error *err) {
    gt_status status = GT_OK;
    char *whole = strdup(text), *list = strdup(text), *rest = list;
    if (!whole || !list) GT_THROW(err, GT_NO_MEMORY, "no memory for a path");
    GT_TRY(add_readings(all, whole, err));
    for (char *part; (part = strsep(&rest, ",")) != NULL;) GT_TRY(add_readings(all, part, err));
done:
    free(whole);
    free(list);
    return status;
}

static gt_status add_path(places *all, gt_option_path use, const char *text, gt_error *err) {
    if (use == GT_NO_PATH || !text || !*text) return GT_OK;
    return use == GT_READS ? add_input(all, text, err) : add(all, use, text, strlen(text), err);
}

static gt_status add_option(void *user, const gt_option_view *view, gt_error *err) {
    return add_path(user, view->row->path, view->text, err);
}

/* ---- comparing ---- */

static bool is_folder(const char *path) {
    struct stat about;
    return stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

/* What is read from a folder are pictures, batches and fitted classifiers; results may lie
 * among them and be written anew. */
static bool is_result(const char *path) {
    return gt_file_ending(path, "h5|html|htm|fits|csv|pdf|svg") >= 0;
}

static bool is_another(void *user, const struct stat *file) {
    const struct stat *wanted = user;
    return file->st_dev != wanted->st_dev || file->st_ino != wanted->st_ino;
}

/* Whether a file that is there is also found below the folder. */
static bool holds(const char *folder, const char *file) {
    struct stat about;
    return stat(file, &about) == 0 && !gt_folder_visit(folder, is_another, &about);
}

static bool is_in(const char *path, const char *folder) {
    char parent[PATH_MAX];
    gt_file_folder(path, parent, sizeof parent);
    return gt_file_is_same(parent, folder);
}

static gt_status check_input(const char *in, const place *out, gt_error *err) {
    if (gt_file_is_same(in, out->path))
        return gt_fail(err, GT_USAGE, "%s would replace its own input %s", out->path, in);
    if (out->use == GT_FILLS && is_in(in, out->path) && gt_run_owns(in))
        return gt_fail(err, GT_USAGE, "%s is read, and belongs to the run that %s is for", in,
                       out->path);
    if (out->use == GT_WRITES && is_folder(in) && !gt_run_is_folder(in) &&
        !is_result(out->path) && holds(in, out->path))
        return gt_fail(err, GT_USAGE, "%s would replace a file of its own input %s", out->path,
                       in);
    return GT_OK;
}

/* Tries whether a file can appear there; nothing stays. */
static gt_status check_writable(const char *path, gt_error *err) {
    gt_outfile *probe = NULL;
    gt_status status = gt_outfile_open(path, &probe, err);
    gt_outfile_discard(probe);
    return status;
}

static gt_status check_output(const places *all, size_t index, gt_error *err) {
    gt_status status = GT_OK;
    const place *out = &all->list[index];
    for (size_t i = 0; i < all->count; i++)
        if (all->list[i].use == GT_READS) GT_TRY(check_input(all->list[i].path, out, err));
    for (size_t i = 0; i < index; i++)
        if (all->list[i].use != GT_READS && gt_file_is_same_place(all->list[i].path, out->path))
            GT_THROW(err, GT_USAGE, "%s is named for two outputs, one would replace the other",
                     out->path);
    if (out->use == GT_FILLS) goto done;
    if (gt_run_owns(out->path))
        GT_THROW(err, GT_USAGE, "%s would replace a file of the run in its folder", out->path);
    GT_TRY(check_writable(out->path, err));
done:
    return status;
}

static gt_status check_all(const places *all, gt_error *err) {
    gt_status status = GT_OK;
    for (size_t i = 0; i < all->count && status == GT_OK; i++)
        if (all->list[i].use != GT_READS) status = check_output(all, i, err);
    return status;
}

/* A name says what is in the file. */
static gt_status check_ending(void *user, const gt_option_view *view, gt_error *err) {
    (void)user;
    if (!view->row->endings || !view->text || !*view->text) return GT_OK;
    return gt_file_check_ending(view->row->name, view->text, view->row->endings, err);
}

gt_status gt_guard_paths(const gt_invocation *asked, gt_option_path word_path, gt_error *err) {
    gt_status status = GT_OK;
    places all = {0};
    size_t count = 0;
    const char *const *files = gt_options_files(asked->options, &count);
    for (size_t i = 0; i < count; i++) GT_TRY(add_path(&all, GT_READS, files[i], err));
    for (size_t i = 0; i < asked->word_count; i++) {
        if (word_path != GT_NO_PATH && !*asked->words[i])
            GT_THROW(err, GT_USAGE, "'' names no file");
        GT_TRY(add_path(&all, word_path, asked->words[i], err));
    }
    GT_TRY(gt_options_visit(asked->options, add_option, &all, err));
    GT_TRY(check_all(&all, err));
    GT_TRY(gt_options_visit(asked->options, check_ending, NULL, err));
done:
    free_places(&all);
    return status;
}

gt_status gt_guard_files(const char *const *inputs, const char *const *outputs, size_t count,
                         gt_error *err) {
    gt_status status = GT_OK;
    places all = {0};
    for (size_t i = 0; inputs[i]; i++)
        GT_TRY(add(&all, GT_READS, inputs[i], strlen(inputs[i]), err));
    for (size_t i = 0; i < count; i++) GT_TRY(add_path(&all, GT_WRITES, outputs[i], err));
    GT_TRY(check_all(&all, err));
done:
    free_places(&all);
    return status;
}
