/* check.c - see check.h. */
#include "check.h"
#include "check_internal.h"

#include <dirent.h>
#include <inttypes.h>
#include <jansson.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "classify/classify.h"
#include "csv.h"
#include "file.h"
#include "galatea/import.h"
#include "galatea/interrupt.h"
#include "galatea/run.h"
#include "galatea/safetensors.h"
#include "hash.h"
#include "id_tracker.h"
#include "latents.h"
#include "summary.h"
#include "text.h"
#include "torch_file.h"

enum { MOST_BYTES = 1 << 30, ROWS = 64, SENTENCE = 640 };

/* The path stands before the sentence already. */
static const char *without_path(const char *text, const char *path) {
    size_t length = strlen(path);
    if (strncmp(text, path, length) != 0) return text;
    if (text[length] == ' ') return text + length + 1;
    return text[length] == ':' && text[length + 1] == ' ' ? text + length + 2 : text;
}

void gt_check_say(gt_check_work *c, const char *path, bool is_wrong, const char *format, ...) {
    char text[SENTENCE];
    va_list values;
    va_start(values, format);
    vsnprintf(text, sizeof text, format, values);
    va_end(values);
    is_wrong = is_wrong && !c->is_beside;
    if (is_wrong)
        c->out->wrong++;
    else
        c->out->notes++;
    c->tell(c->user, &(gt_check_finding){path, is_wrong, without_path(text, path)});
}

gt_status gt_check_take(gt_check_work *c, const char *path, gt_status status,
                        const gt_error *fault, gt_error *err) {
    if (status == GT_INTERRUPTED || status == GT_NO_MEMORY)
        return gt_fail(err, status, "%s", fault->text);
    if (status) gt_check_say(c, path, true, "%s", fault->text);
    return GT_OK;
}

/* ---- records ---- */

/* An input as it was typed, from the folder of the file or one above it, or from here. */
static bool find_input(const char *typed, const char *file, char out[PATH_MAX]) {
    size_t above = *typed == '/' ? 0 : strlen(file);
    for (;;) {
        while (above && file[above - 1] != '/') above--;
        int length = snprintf(out, PATH_MAX, "%.*s%s", (int)above, file, typed);
        if (length > 0 && length < PATH_MAX && access(out, F_OK) == 0) return true;
        if (above <= 1) break;
        above--;
    }
    snprintf(out, PATH_MAX, "%s", typed);
    return access(out, F_OK) == 0;
}

static gt_status check_input(gt_check_work *c, const char *path, const char *input,
                             const char *sum, gt_error *err) {
    char found[PATH_MAX], text[GT_HASH_TEXT];
    uint64_t hash;
    gt_error fault = {0};
    if (!find_input(input, path, found)) {
        gt_check_say(c, path, false, "its input %s is not there any more", input);
        return GT_OK;
    }
    gt_status status = gt_input_hash(found, &hash, &fault);
    if (status) return gt_check_take(c, found, status, &fault, err);
    if (sum && strcmp(gt_hash_to_text(hash, text), sum) != 0)
        gt_check_say(c, path, true,
                     "its input %s is not what it was made of: its sum is %s, it was %s", found,
                     text, sum);
    return GT_OK;
}

static gt_status check_record(gt_check_work *c, const char *path, const char *record,
                              gt_error *err) {
    gt_status status = GT_OK;
    json_t *root = record ? json_loads(record, 0, NULL) : NULL, *sum;
    const char *input;
    if (record && !root) gt_check_say(c, path, true, "its record of provenance is no JSON");
    json_object_foreach(json_object_get(root, "inputs"), input, sum) {
        GT_TRY(check_input(c, path, input, json_string_value(sum), err));
    }
done:
    json_decref(root);
    return status;
}

/* ---- arrays ---- */

static gt_status count_bad(const gt_safetensors *file, const gt_st_tensor *tensor,
                           uint64_t *bad, gt_error *err) {
    gt_status status = GT_OK;
    float *values = malloc((tensor->elements + 1) * sizeof *values);
    if (!values)
        GT_THROW(err, GT_NO_MEMORY, "no memory for %" PRIu64 " numbers", tensor->elements);
    GT_TRY(gt_safetensors_read_f32(file, tensor, values, tensor->elements, err));
    for (uint64_t i = 0; i < tensor->elements; i++) *bad += !isfinite(values[i]);
done:
    free(values);
    return status;
}

/* A state has infinities where nothing was limited yet. */
static gt_status check_numbers(gt_check_work *c, const gt_safetensors *file, gt_error *err) {
    gt_status status = GT_OK;
    if (gt_safetensors_metadata(file, "state_layout")) return GT_OK;
    for (size_t i = 0; i < gt_safetensors_count(file); i++) {
        const gt_st_tensor *tensor = gt_safetensors_at(file, i);
        bool is_real = tensor->dtype == GT_ST_F16 || tensor->dtype == GT_ST_BF16 ||
                       tensor->dtype == GT_ST_F32 || tensor->dtype == GT_ST_F64;
        uint64_t bad = 0;
        if (!is_real) continue;
        GT_TRY(count_bad(file, tensor, &bad, err));
        if (bad)
            gt_check_say(c, gt_safetensors_path(file), true,
                         "%" PRIu64 " of %" PRIu64 " numbers of %s are not finite", bad,
                         tensor->elements, tensor->name);
    }
done:
    return status;
}

gt_status gt_check_arrays(gt_check_work *c, const char *path, gt_error *err) {
    gt_safetensors *file = NULL;
    gt_error fault = {0};
    c->out->files++;
    gt_status status = gt_arrays_open(path, &file, &fault);
    if (status) return gt_check_take(c, path, status, &fault, err);
    c->is_beside = false; /* it is what it is called */
    status = gt_safetensors_verify(file, &fault);
    if (status == GT_NOT_FOUND)
        gt_check_say(c, path, false,
                     "it carries no checksums: nobody can tell whether it is as written");
    else
        GT_TRY(gt_check_take(c, path, status, &fault, err));
    status = check_numbers(c, file, &fault);
    GT_TRY(gt_check_take(c, path, status, &fault, err));
    GT_TRY(check_record(c, path, gt_safetensors_metadata(file, "provenance"), err));
done:
    gt_safetensors_close(file);
    return status;
}

/* ---- tables and texts ---- */

static gt_status check_about(gt_check_work *c, const char *path, gt_error *err) {
    gt_about about = {0};
    gt_error fault = {0};
    c->out->files++;
    gt_status status = gt_about_read(path, &about, &fault);
    status = gt_check_take(c, path, status, &fault, err);
    if (!status) status = check_record(c, path, about.provenance, err);
    gt_about_free(&about);
    return status;
}

/* ---- sets ---- */

typedef struct watch {
    gt_progress progress;
} watch;

static gt_status tick(void *user, uint64_t done, uint64_t total, gt_error *err) {
    watch *w = user;
    (void)total;
    gt_progress_update(&w->progress, (int64_t)done, NULL);
    return gt_interrupt_pending() ? gt_fail(err, GT_INTERRUPTED, "interrupted") : GT_OK;
}

/* What reading leaves out, or finds odd, is worth knowing. s->notes are cut up. */
static void check_summary(gt_check_work *c, const char *path, gt_summary *s) {
    c->out->rows += s->count;
    if (s->bad_pictures)
        gt_check_say(c, path, true,
                     "bad %s in %" PRIu64 " of %" PRIu64 " rows (%" PRIu64 " NaN, %" PRIu64
                     " infinite, %" PRIu64 " beyond 1e18), the first is %s",
                     s->is_codes ? "numbers" : "pixels", s->bad_pictures, s->count,
                     s->faults.nan, s->faults.infinite, s->faults.huge, s->first_bad);
    if (s->constant_pictures)
        gt_check_say(c, path, false,
                     "%" PRIu64 " of %" PRIu64
                     " rows are one value everywhere, the first is %s",
                     s->constant_pictures, s->count, s->first_constant);
    if (s->unlabelled && s->unlabelled < s->count)
        gt_check_say(c, path, false, "%" PRIu64 " of %" PRIu64 " rows have no label",
                     s->unlabelled, s->count);
    char *rest = s->notes;
    for (char *line; (line = strsep(&rest, "\n")) != NULL;)
        if (*line) gt_check_say(c, path, false, "%s", line);
}

static gt_status check_ids(gt_check_work *c, const char *path, gt_dataset *set, gt_error *err) {
    gt_status status = GT_OK;
    gt_id_tracker tracker = {0};
    const gt_dataset_info *info = gt_dataset_describe(set);
    const char *ids = NULL;
    const uint8_t *splits = NULL;
    char shared[GT_ID_TEXT], repeated[GT_ID_TEXT];
    if (!(info->columns & GT_COLUMN_ID)) goto done;
    GT_TRY(gt_dataset_ids(set, &ids, err));
    if (info->columns & GT_COLUMN_SPLIT) GT_TRY(gt_dataset_splits(set, &splits, err));
    for (uint64_t i = 0; i < info->count; i++)
        GT_TRY(gt_id_tracker_add(&tracker, ids + i * (info->id_length + 1),
                                 splits ? splits[i] : GT_SPLIT_TRAIN, err));
    gt_id_tracker_report(&tracker, shared, repeated);
    if (*shared) gt_check_say(c, path, true, "%s", shared);
    if (*repeated) gt_check_say(c, path, true, "%s", repeated);
done:
    gt_id_tracker_free(&tracker);
    return status;
}

/* A set of this program, which every command must be able to open; others have no columns that
 * are known here. */
static gt_status check_own_set(gt_check_work *c, const char *path, bool is_own, gt_error *err) {
    gt_dataset *set = NULL;
    gt_error fault = {0};
    gt_status status = gt_dataset_open_any(path, &set, &fault);
    if (status) return is_own ? gt_check_take(c, path, status, &fault, err) : GT_OK;
    GT_TRY(gt_check_take(c, path, check_ids(c, path, set, &fault), &fault, err));
    GT_TRY(check_record(c, path, gt_dataset_describe(set)->provenance, err));
done:
    gt_dataset_close(set);
    return status;
}

static gt_status check_set(gt_check_work *c, const char *path, gt_error *err) {
    gt_summary summary = {0};
    gt_error fault = {0};
    char word[GT_SHELL_TEXT];
    const char *format = NULL;
    const gt_source_request request = {.path = path, .axes = "auto"};
    watch w = {gt_context_progress(c->context, 0, "rows")};
    struct stat about;
    c->out->files++;
    gt_status status = gt_importer_guess(path, &format, &fault);
    if (status == GT_USAGE && stat(path, &about) == 0 && S_ISDIR(about.st_mode)) {
        gt_check_say(c, path, true,
                     "a folder of several kinds of files, and no set; check each of them: "
                     "galatea check %s/*",
                     gt_shell_text(path, word));
        return GT_OK;
    }
    if (!status) status = gt_summary_read(format, &request, tick, &w, &summary, &fault);
    gt_progress_finish(&w.progress);
    if (!status) check_summary(c, path, &summary);
    bool was_read = status == GT_OK, is_own = was_read && summary.provenance &&
                                              strcmp(format, "hdf5") == 0 &&
                                              stat(path, &about) == 0 && S_ISREG(about.st_mode);
    gt_summary_destroy(&summary);
    status = gt_check_take(c, path, status, &fault, err);
    return status || !was_read ? status : check_own_set(c, path, is_own, err);
}

/* ---- latents ---- */

static gt_status read_latents(gt_check_work *c, const char *path, gt_error *err) {
    gt_status status = GT_OK;
    gt_latents_info info;
    gt_latents *file = NULL;
    float *rows = NULL;
    uint64_t bad = 0;
    GT_TRY(gt_latents_describe(path, &info, NULL, err));
    GT_TRY(gt_latents_open(path, &info, &file, err));
    size_t width = gt_latents_width(&info);
    rows = calloc(ROWS, (width + 1) * sizeof *rows);
    if (!rows) GT_THROW(err, GT_NO_MEMORY, "no memory for rows of latents");
    for (uint64_t i = 0; i < info.count; i += ROWS) {
        size_t count = info.count - i < ROWS ? (size_t)(info.count - i) : ROWS;
        GT_TRY(gt_latents_read(file, i, count, rows, err));
        for (size_t k = 0; k < count * width; k++) bad += !isfinite(rows[k]);
    }
    c->out->rows += info.count;
    if (bad) gt_check_say(c, path, true, "%" PRIu64 " numbers are not finite", bad);
done:
    gt_latents_close(file);
    free(rows);
    return status;
}

static gt_status check_latents(gt_check_work *c, const char *path, gt_error *err) {
    gt_error fault = {0};
    gt_status status = gt_check_take(c, path, read_latents(c, path, &fault), &fault, err);
    return status ? status : check_about(c, path, err);
}

/* ---- folders ---- */

gt_status gt_check_each(gt_check_work *c, const char *folder,
                        gt_status (*look)(gt_check_work *c, const char *path, gt_error *err),
                        gt_error *err) {
    gt_status status = GT_OK;
    struct dirent **entries = NULL;
    char path[PATH_MAX];
    int count = scandir(folder, &entries, NULL, alphasort);
    if (count < 0) return gt_fail_errno(err, "reading the folder %s", folder);
    for (int i = 0; i < count && status == GT_OK; i++) {
        int length = snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
        if (entries[i]->d_name[0] != '.' && (size_t)length < sizeof path)
            status = look(c, path, err);
    }
    for (int i = 0; i < count; i++) free(entries[i]);
    free(entries);
    return status;
}

static gt_status check_classifiers(gt_check_work *c, const char *path, gt_error *err) {
    gt_folder folder;
    gt_error fault = {0};
    gt_status status =
        gt_check_take(c, path, gt_folder_load(path, &folder, &fault), &fault, err);
    gt_folder_close(&folder);
    return status ? status : check_about(c, path, err);
}

static gt_status check_thing(gt_check_work *c, const char *path, gt_thing thing, gt_error *err);

static gt_status look_at_part_of_sweep(gt_check_work *c, const char *path, gt_error *err);

/* A link may lead back to a folder above it. */
static gt_status look_at_parts(gt_check_work *c, const char *folder, gt_error *err) {
    gt_folder_way way;
    const gt_folder_way *above = c->way;
    gt_error fault = {0};
    gt_status status = gt_folder_way_enter(folder, above, &way, &fault);
    if (status) {
        gt_check_say(c, folder, false, "%s", fault.text);
        return GT_OK;
    }
    c->way = &way;
    status = gt_check_each(c, folder, look_at_part_of_sweep, err);
    c->way = above;
    return status;
}

/* Runs, results and tables, to any depth. */
static gt_status look_at_part_of_sweep(gt_check_work *c, const char *path, gt_error *err) {
    gt_thing thing = gt_thing_of(path);
    struct stat about;
    bool is_folder = stat(path, &about) == 0 && S_ISDIR(about.st_mode);
    if (is_folder && thing != GT_THING_RUN) return look_at_parts(c, path, err);
    if (thing == GT_THING_SET && gt_file_ending(path, "h5|hdf5") < 0) return GT_OK;
    return check_thing(c, path, thing, err);
}

static gt_status check_thing(gt_check_work *c, const char *path, gt_thing thing,
                             gt_error *err) {
    switch (thing) {
    case GT_THING_NONE:
        gt_check_say(c, path, true, "there is no such file or folder");
        return GT_OK;
    case GT_THING_RUN:
        return gt_check_run(c, path, err);
    case GT_THING_WEIGHTS:
    case GT_THING_ARRAYS:
        return gt_check_arrays(c, path, err);
    case GT_THING_LATENTS:
        return check_latents(c, path, err);
    case GT_THING_CLASSIFIERS:
        return check_classifiers(c, path, err);
    case GT_THING_SWEEP:
        return look_at_parts(c, path, err);
    case GT_THING_NOTE:
        if (gt_file_ending(path, "jsonl") == 0) return gt_check_json_lines(c, path, err);
        return check_about(c, path, err);
    case GT_THING_SET:
        return check_set(c, path, err);
    default:
        return check_about(c, path, err);
    }
}

gt_status gt_check_any(gt_check_work *c, const char *path, gt_error *err) {
    return check_thing(c, path, gt_thing_of(path), err);
}

gt_status gt_check(const gt_context *context, const char *path, gt_check_tell tell, void *user,
                   gt_checked *out, gt_error *err) {
    *out = (gt_checked){.thing = gt_thing_of(path)};
    gt_check_work c = {context, tell, user, out};
    gt_status status = check_thing(&c, path, out->thing, err);
    if (!status && gt_interrupt_pending()) return gt_fail(err, GT_INTERRUPTED, "interrupted");
    return status;
}
