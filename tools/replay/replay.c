/* Replaying one file: finding its replayer, and the verdict. */
#include "closer.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GT_REPLAYER(stem) extern const gt_replayer gt_replayer_##stem;
#include "replayers.def"
#undef GT_REPLAYER

static const gt_replayer *const replayers[] = {
#define GT_REPLAYER(stem) &gt_replayer_##stem,
#include "replayers.def"
#undef GT_REPLAYER
};

static const gt_replayer *find_replayer(const gt_safetensors *file) {
    for (size_t i = 0; i < sizeof replayers / sizeof *replayers; ++i)
        if (replayers[i]->accepts(file)) return replayers[i];
    return NULL;
}

static int compare_names(const void *a, const void *b, void *file) {
    return strcmp(gt_safetensors_at(file, (size_t) * (const int *)a)->name,
                  gt_safetensors_at(file, (size_t) * (const int *)b)->name);
}

/* What is known of the tensors of an opened file. */
static gt_status prepare(gt_recording *rec, gt_error *err) {
    size_t count = gt_safetensors_count(rec->file);
    rec->uses = calloc(count + 1, sizeof *rec->uses);
    rec->tolerances = calloc(count + 1, sizeof *rec->tolerances);
    rec->by_name = calloc(count + 1, sizeof *rec->by_name);
    if (!rec->uses || !rec->tolerances || !rec->by_name)
        return gt_fail(err, GT_NO_MEMORY, "no memory for %zu tensors", count);
    for (size_t i = 0; i < count; ++i) {
        rec->by_name[i] = (int)i;
        rec->tolerances[i] = -1;
    }
    qsort_r(rec->by_name, count, sizeof *rec->by_name, compare_names, rec->file);
    return GT_OK;
}

void gt_recording_release(gt_recording *rec) {
    gt_safetensors_close(rec->file);
    for (size_t i = 0; i < rec->seen_count; ++i) {
        free(rec->seen[i].got);
        free(rec->seen[i].want);
    }
    free(rec->seen);
    free(rec->uses);
    free(rec->tolerances);
    free(rec->by_name);
}

/* Length of a path without ".safetensors". */
static size_t stem_length(const char *path) {
    static const char ending[] = ".safetensors";
    size_t length = strlen(path), cut = sizeof ending - 1;
    return length >= cut && strcmp(path + length - cut, ending) == 0 ? length - cut : length;
}

/* "x.safetensors" -> "x.tol.tsv" */
static char *tolerance_path(const char *path) {
    char *out = NULL;
    int made = asprintf(&out, "%.*s.tol.tsv", (int)stem_length(path), path);
    return made < 0 ? NULL : out;
}

/* "x_grads.safetensors", "init" -> "x_init.safetensors" */
static char *part_path(const char *path, const char *name) {
    char *out = NULL;
    size_t length = stem_length(path);
    while (length > 0 && path[length - 1] != '_' && path[length - 1] != '/') --length;
    int made = asprintf(&out, "%.*s%s.safetensors", (int)length, path, name);
    return made < 0 ? NULL : out;
}

gt_recording *gt_recording_open_part(gt_recording *rec, const char *name) {
    char *path = rec->status ? NULL : part_path(gt_safetensors_path(rec->file), name);
    gt_recording *part = path ? calloc(1, sizeof *part) : NULL;
    if (!part) {
        gt_recording_fail(rec, GT_NO_MEMORY, "no memory for another part");
    } else {
        *part =
            (gt_recording){.settings = rec->settings, .result = &part->own, .err = rec->err};
        rec->status = gt_safetensors_open(path, &part->file, rec->err);
        if (!rec->status) rec->status = prepare(part, rec->err);
    }
    free(path);
    if (!rec->status) return part;
    gt_recording_close_part(rec, part);
    return NULL;
}

void gt_recording_close_part(gt_recording *rec, gt_recording *part) {
    if (!part) return;
    if (!rec->status) rec->status = part->status;
    rec->result->inputs += part->own.inputs;
    gt_recording_release(part);
    free(part);
}

static void list_unknown(gt_recording *rec) {
    gt_replay_result *result = rec->result;
    for (size_t i = 0; i < gt_safetensors_count(rec->file); ++i) {
        if (rec->uses[i] != GT_REPLAY_UNUSED) continue;
        size_t used = strlen(result->unknown_names);
        snprintf(result->unknown_names + used, sizeof result->unknown_names - used, "%s%s",
                 used ? " " : "", gt_safetensors_at(rec->file, i)->name);
        result->unknown++;
    }
}

/* A model refuses settings as the caller's usage; here they are the file's. */
static gt_status name_file(gt_status status, const char *path, gt_error *err) {
    if (status == GT_USAGE) status = GT_BAD_FORMAT;
    if (!err || status == GT_OK) return status;
    err->status = status;
    if (!strstr(err->text, path)) gt_blame(err, "%s", path);
    return status;
}

/* Opens, replays and judges, once. */
static gt_status replay_once(gt_recording *rec, const char *path) {
    gt_error *err = rec->err;
    gt_status status = GT_OK;
    char *measured = NULL;
    GT_TRY(gt_safetensors_open(path, &rec->file, err));
    const gt_replayer *replayer = find_replayer(rec->file);
    if (!replayer)
        GT_THROW(err, GT_UNSUPPORTED, "%s: not a recording of a kind known here", path);
    rec->result->kind = replayer->name;
    GT_TRY(prepare(rec, err));
    measured = tolerance_path(path);
    if (!measured) GT_THROW(err, GT_NO_MEMORY, "no memory for a path");
    gt_recording_read_tolerances(rec, measured);
    if (!rec->status) replayer->replay(rec);
    status = rec->status;
done:
    free(measured);
    return status;
}

gt_status gt_recording_again(gt_recording *rec, gt_replay_look *look, bool in_double,
                             gt_recording *out) {
    *out = (gt_recording){.settings = rec->settings, .look = look, .err = rec->err};
    out->settings.in_double = in_double;
    out->result = &out->own;
    return replay_once(out, gt_safetensors_path(rec->file));
}

/* Tells the visitor and sums up. */
static void conclude(const gt_recording *rec,
                     void (*visit)(void *user, const gt_replay_row *row), void *user) {
    gt_replay_result *result = rec->result;
    for (size_t i = 0; i < rec->seen_count; ++i) {
        const gt_replay_seen *seen = &rec->seen[i];
        gt_replay_row row = {seen->name, seen->error, seen->tolerance, seen->passed};
        double ratio = row.error == 0 ? 0 : row.error / row.tolerance;
        if (!row.passed) result->outside++;
        if (ratio > result->worst_ratio || i == 0) {
            snprintf(result->worst_name, sizeof result->worst_name, "%s", row.name);
            result->worst_ratio = ratio;
            result->worst_error = row.error;
            result->worst_tolerance = row.tolerance;
        }
        if (visit) visit(user, &row);
    }
    result->passed = (result->compared || result->is_inputs) && !result->outside &&
                     !result->unknown && result->step_outliers * 1000 <= result->step_values;
}

gt_status gt_replay_file(const char *path, const gt_replay_settings *settings,
                         void (*visit)(void *user, const gt_replay_row *row), void *user,
                         gt_replay_result *result, gt_error *err) {
    GT_PLAIN_NUMBERS;
    gt_recording rec = {.settings = *settings, .result = result, .err = err};
    *result = (gt_replay_result){0};
    rec.status = replay_once(&rec, path);
    gt_replay_look_closer(&rec);
    gt_status status = name_file(rec.status, path, err);
    if (!status) {
        list_unknown(&rec);
        conclude(&rec, visit, user);
    }
    gt_recording_release(&rec);
    return status;
}
