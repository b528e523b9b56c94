/* check_run.c - the folder of a run: whether each file is whole, and whether they are of one.
 */
#include <dirent.h>
#include <inttypes.h>
#include <jansson.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check_internal.h"
#include "csv.h"
#include "file.h"
#include "galatea/run.h"
#include "galatea/safetensors.h"
#include "record_of.h"
#include "soundness.h"
#include "text.h"

enum { MOST_BYTES = 1 << 30, KEY = 64 };

/* ---- its settings, against those of its state ---- */

/* The value of a line "key = value" of a text, up to the end of the line; NULL: no such key. */
static const char *value_of(const char *text, const char *key, size_t key_length,
                            size_t *length) {
    for (const char *at = text; at && *at; at = strchr(at, '\n'), at += at != NULL) {
        if (strncmp(at, key, key_length) != 0 || strncmp(at + key_length, " = ", 3) != 0)
            continue;
        *length = strcspn(at + key_length + 3, "\n");
        return at + key_length + 3;
    }
    return NULL;
}

/* Settings may be changed for the next call; none of them can be lost. */
static void compare_settings(gt_check_work *c, const char *path, const char *found,
                             const char *kept) {
    for (const char *at = kept; at && *at; at = strchr(at, '\n'), at += at != NULL) {
        size_t key = strcspn(at, " \n"), was = 0, is = 0;
        const char *value = value_of(at, at, key, &was);
        const char *now = value_of(found, at, key, &is);
        if (!value) continue;
        if (!now) {
            gt_check_say(c, path, true, "'%.*s' is missing, which the run's state has",
                         (int)key, at);
            return;
        }
        if (was != is || strncmp(value, now, was) != 0)
            gt_check_say(c, path, false, "%.*s is '%.*s', the run's state has '%.*s'", (int)key,
                         at, (int)is, now, (int)was, value);
    }
}

/* *text stays NULL where there is no file, or one that cannot be read, which is a finding. */
static gt_status load_text(gt_check_work *c, const char *path, char **text, bool *is_there,
                           gt_error *err) {
    gt_error fault = {0};
    size_t size;
    gt_status status = gt_file_load(path, MOST_BYTES, text, &size, &fault);
    if (status) *text = NULL;
    *is_there = status != GT_NOT_FOUND;
    return *is_there ? gt_check_take(c, path, status, &fault, err) : GT_OK;
}

static gt_status check_texts(gt_check_work *c, const char *folder, const gt_run_stand *stand,
                             gt_error *err) {
    gt_status status = GT_OK;
    char path[PATH_MAX], *config = NULL, *algorithms = NULL;
    bool is_there;
    snprintf(path, sizeof path, "%s/config", folder);
    GT_TRY(load_text(c, path, &config, &is_there, err));
    if (!is_there)
        gt_check_say(c, folder, true, "its settings (config) are not there%s",
                     stand->config ? "; its state has them too" : "");
    if (config && stand->config) compare_settings(c, path, config, stand->config);
    if (!stand->algorithms) goto done;
    snprintf(path, sizeof path, "%s/algorithms.txt", folder);
    GT_TRY(load_text(c, path, &algorithms, &is_there, err));
    if (!is_there)
        gt_check_say(c, folder, false,
                     "algorithms.txt is not there; its state has the choices");
    if (algorithms && strcmp(algorithms, stand->algorithms) != 0)
        gt_check_say(c, path, true, "these are not the choices that the run's state has");
done:
    free(config);
    free(algorithms);
    return status;
}

/* ---- its logs ---- */

/* The last epoch of a table of a run's log; -1: it is none. */
static int64_t last_epoch(const gt_csv *table) {
    size_t kind = gt_csv_column(table, "kind"), epoch = gt_csv_column(table, "epoch");
    if (kind == table->columns || epoch == table->columns) return -1;
    for (size_t row = table->rows; row-- > 0;)
        if (strcmp(gt_csv_cell(table, row, kind), "epoch") == 0)
            return (int64_t)gt_csv_number(table, row, epoch);
    return 0;
}

static void compare_epochs(gt_check_work *c, const char *path, int64_t found, int64_t epoch) {
    if (found < 0)
        gt_check_say(c, path, true, "no log of a run: expected columns kind, epoch, step ...");
    else if (found < epoch)
        gt_check_say(c, path, true,
                     "it ends with epoch %" PRId64 ", the run's state is behind epoch %" PRId64,
                     found, epoch);
}

/* The state knows the best number of a run, which the row of its epoch has in some cell: a log
 * of another run, as long as this one, has other numbers there. */
static bool knows_best(const gt_run_stand *stand) {
    return stand->best_epoch > 0 && isfinite(stand->best);
}

/* The accuracy of a probe is kept with a minus: the least is the best. */
static bool is_best(const gt_run_stand *stand, double number) {
    return fabs(fabs(number) - fabs(stand->best)) <= 1e-12 * fabs(stand->best);
}

static void say_other_run(gt_check_work *c, const char *path, const gt_run_stand *stand) {
    gt_check_say(c, path, true,
                 "it is of another run: nowhere in the row of epoch %" PRId64
                 " is the %.9g that the run's state has as its best",
                 stand->best_epoch, stand->best);
}

static void compare_best(gt_check_work *c, const char *path, const gt_csv *table,
                         const gt_run_stand *stand) {
    size_t kind = gt_csv_column(table, "kind"), epoch = gt_csv_column(table, "epoch");
    if (kind == table->columns || epoch == table->columns || !knows_best(stand)) return;
    for (size_t row = 0; row < table->rows; row++) {
        if (strcmp(gt_csv_cell(table, row, kind), "epoch") != 0 ||
            gt_csv_number(table, row, epoch) != (double)stand->best_epoch)
            continue;
        for (size_t i = 0; i < table->columns; i++)
            if (is_best(stand, gt_csv_number(table, row, i))) return;
        say_other_run(c, path, stand);
        return;
    }
}

static bool has_best(const json_t *row, const gt_run_stand *stand) {
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)row, key, value) {
        if (json_is_number(value) && is_best(stand, json_number_value(value))) return true;
    }
    return false;
}

/* A process that was killed may leave a part of a row, which resuming cuts off. log: of whose
 * run it is the log; NULL: it is none. */
static gt_status check_csv(gt_check_work *c, const char *path, const gt_run_stand *log,
                           gt_error *err) {
    char *bytes = NULL;
    size_t size = 0;
    gt_csv table = {0};
    gt_error fault = {0};
    c->out->files++;
    gt_status status = gt_file_load(path, MOST_BYTES, &bytes, &size, &fault);
    if (!status && size && bytes[size - 1] != '\n' && gt_run_owns(path))
        gt_check_say(c, path, false,
                     "its last row is not whole; going on with the run cuts it off");
    while (log && size && bytes[size - 1] != '\n') size--;
    if (!status) status = gt_csv_parse(bytes, size, &table, &fault);
    if (!status && log) {
        compare_epochs(c, path, last_epoch(&table), log->epoch);
        compare_best(c, path, &table, log);
    }
    c->out->rows += table.rows;
    gt_csv_free(&table);
    free(bytes);
    return gt_check_take(c, path, status, &fault, err);
}

/* A JSON value a line, but for the last one of a process that was killed. */
static gt_status read_json_lines(gt_check_work *c, const char *path, const gt_run_stand *stand,
                                 int64_t *epoch, gt_error *err) {
    char *bytes = NULL;
    size_t size = 0, number = 1;
    gt_error fault = {0};
    c->out->files++;
    *epoch = 0;
    gt_status status = gt_file_load(path, MOST_BYTES, &bytes, &size, &fault);
    for (const char *at = bytes, *end; !status && at; at = end ? end + 1 : NULL, number++) {
        end = memchr(at, '\n', size - (size_t)(at - bytes));
        json_t *value = end ? json_loadb(at, (size_t)(end - at), 0, NULL) : NULL;
        const char *kind = json_string_value(json_object_get(value, "kind"));
        if (end && !value)
            status = gt_fail(&fault, GT_BAD_FORMAT, "line %zu is no JSON", number);
        if (kind && strcmp(kind, "epoch") == 0) {
            *epoch = json_integer_value(json_object_get(value, "epoch"));
            if (stand && knows_best(stand) && *epoch == stand->best_epoch &&
                !has_best(value, stand))
                say_other_run(c, path, stand);
        }
        json_decref(value);
    }
    free(bytes);
    if (status) *epoch = INT64_MAX; /* told once */
    return gt_check_take(c, path, status, &fault, err);
}

gt_status gt_check_json_lines(gt_check_work *c, const char *path, gt_error *err) {
    int64_t epoch;
    return read_json_lines(c, path, NULL, &epoch, err);
}

static gt_status check_logs(gt_check_work *c, const char *folder, const gt_run_stand *stand,
                            gt_error *err) {
    gt_status status = GT_OK;
    char path[PATH_MAX];
    int64_t epoch;
    static const char *const names[] = {"train.csv", "train.jsonl"};
    for (int i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        if (access(path, F_OK) != 0) {
            if (stand->epoch > 0)
                gt_check_say(c, folder, true, "its log %s is not there", names[i]);
            continue;
        }
        if (i == 0) {
            GT_TRY(check_csv(c, path, stand, err));
            continue;
        }
        GT_TRY(read_json_lines(c, path, stand, &epoch, err));
        compare_epochs(c, path, epoch, stand->epoch);
    }
done:
    return status;
}

/* ---- its arrays and pictures ---- */

/* What cannot be opened is told by who looks at its arrays. */
static void check_origin(gt_check_work *c, const char *path) {
    char folder[PATH_MAX];
    gt_safetensors *file = NULL;
    gt_error fault = {0};
    gt_file_folder(path, folder, sizeof folder);
    if (gt_safetensors_open(path, &file, NULL)) return;
    if (gt_run_check_origin(folder, file, &fault))
        gt_check_say(c, path, true, "%s", fault.text);
    gt_safetensors_close(file);
}

/* What may change while a run goes on, or tells where things lie. */
static bool may_differ(const char *option) {
    static const char *const names[] = {"data",      "out",           "epochs",
                                        "resume",    "force",         "threads",
                                        "probe",     "probe-every",   "sample-every",
                                        "nearest",   "nearest-turns", "sample-count",
                                        "log-every", "keep-every",    "partial",
                                        "init",      "algorithms",    "checkpoint-minutes"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], option) == 0) return true;
    return false;
}

/* The option that tells two trainings apart by their records; NULL: none does. */
static const char *find_other(const json_t *ours, const json_t *other) {
    const char *key;
    json_t *value, *options = json_object_get(ours, "options");
    const json_t *theirs = json_object_get(other, "options");
    const char *command = json_string_value(json_object_get(other, "command"));
    if (!command || strncmp(command, "galatea train ", 14) != 0) return NULL; /* anybody's */
    if (!json_equal(json_object_get(ours, "command"), json_object_get(other, "command")))
        return "model";
    json_object_foreach(options, key, value) {
        const json_t *found = json_object_get(theirs, key);
        if (found && !may_differ(key) && !json_equal(value, found)) return key;
    }
    return NULL;
}

/* A sheet of samples has the record of the training that drew it. */
static gt_status check_sheet(gt_check_work *c, const char *path, gt_error *err) {
    char *bytes = NULL, *text = NULL, key[KEY];
    size_t size = 0;
    bool is_told = !c->record || gt_file_load(path, MOST_BYTES, &bytes, &size, NULL) ||
                   gt_record_of_bytes(bytes, size, &text, NULL) || !text;
    json_t *ours = is_told ? NULL : json_loads(c->record, 0, NULL);
    json_t *other = is_told ? NULL : json_loads(text, 0, NULL);
    const char *found = ours && other ? find_other(ours, other) : NULL;
    if (found) {
        snprintf(key, sizeof key, "%s", found);
        gt_check_say(c, path, true,
                     "it is of another run than the state beside it: it has another %s", key);
    }
    json_decref(ours);
    json_decref(other);
    free(text);
    free(bytes);
    return gt_check_any(c, path, err);
}

/* Weights of other programs stand under any name. */
static gt_status look_at_own(gt_check_work *c, const char *path, gt_error *err) {
    const char *name = strrchr(path, '/') + 1;
    if (gt_file_ending(path, "png") == 0) return check_sheet(c, path, err);
    if (gt_file_ending(path, "csv") == 0 && strcmp(name, "train.csv") != 0)
        return check_csv(c, path, NULL, err);
    if (gt_file_ending(path, "safetensors") != 0) return GT_OK;
    if (c->is_told && strcmp(name, "state.safetensors") == 0) return GT_OK;
    if (gt_run_owns(path)) check_origin(c, path);
    return gt_check_arrays(c, path, err);
}

/* People keep notes, figures and whatever else beside a run: that those cannot be read makes no
 * run a broken one. What is no file is not looked at. */
static gt_status look_at_file(gt_check_work *c, const char *path, gt_error *err) {
    struct stat info;
    if (strcmp(strrchr(path, '/'), "/samples") == 0)
        return gt_check_each(c, path, look_at_file, err);
    bool is_own = gt_run_owns(path);
    if (!is_own && (stat(path, &info) != 0 || !S_ISREG(info.st_mode))) return GT_OK;
    c->is_beside = !is_own;
    gt_status status = look_at_own(c, path, err);
    c->is_beside = false;
    return status;
}

/* Weights that a run has behind its first epoch. */
static bool check_presence(gt_check_work *c, const char *folder, const gt_run_stand *stand) {
    static const char *const names[] = {"best.safetensors", "last.safetensors"};
    bool has_any = false;
    for (int i = 0; i < 2; i++) {
        char path[PATH_MAX];
        gt_error fault;
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        bool is_there = access(path, F_OK) == 0;
        has_any |= is_there;
        if (is_there) continue;
        if (stand->epoch == 0) {
            if (i == 0)
                gt_check_say(c, folder, false, "no epoch has ended yet: it has no %s",
                             names[i]);
            continue;
        }
        (void)gt_fail(&fault, GT_NOT_FOUND, "it has no %s", names[i]);
        gt_run_offer_weights(path, &fault);
        gt_check_say(c, folder, true, "%s", fault.text);
    }
    return has_any;
}

/* What a run writes every so many epochs and is not there: somebody may have made room. */
static void check_kept(gt_check_work *c, const char *folder, const gt_run_stand *stand) {
    enum { WEIGHTS, SAMPLES };
    static const struct {
        const char *key, *format;
    } kept[] = {[WEIGHTS] = {"keep-every", "epoch-%04" PRId64 ".safetensors"},
                [SAMPLES] = {"sample-every", "samples/epoch-%04" PRId64 ".png"}};
    const gt_model_class *class = gt_run_state_class(folder);
    for (size_t i = 0; stand->config && i < sizeof kept / sizeof *kept; i++) {
        if (i == SAMPLES && class && !class->sample) continue;
        size_t length;
        const char *text = value_of(stand->config, kept[i].key, strlen(kept[i].key), &length);
        int64_t every = text ? strtoll(text, NULL, 10) : 0, missing = 0;
        char name[KEY], first[KEY] = "", path[PATH_MAX];
        for (int64_t epoch = every; every > 0 && epoch <= stand->epoch; epoch += every) {
            snprintf(name, sizeof name, kept[i].format, epoch);
            snprintf(path, sizeof path, "%s/%s", folder, name);
            if (access(path, F_OK) != 0 && missing++ == 0) memcpy(first, name, sizeof first);
        }
        if (missing)
            gt_check_say(c, folder, false, "%" PRId64 " of what --%s writes is not there: %s%s",
                         missing, kept[i].key, first, missing > 1 ? " ..." : "");
    }
}

gt_status gt_check_run(gt_check_work *c, const char *path, gt_error *err) {
    gt_run *run = NULL;
    gt_run_stand stand = {0};
    gt_error fault = {0};
    gt_status status = gt_run_stand_read(path, &stand, &fault);
    c->is_told = status != GT_OK;
    GT_TRY(gt_check_take(c, path, status, &fault, err));
    bool has_weights = check_presence(c, path, &stand);
    GT_TRY(check_texts(c, path, &stand, err));
    GT_TRY(check_logs(c, path, &stand, err));
    check_kept(c, path, &stand);
    int wrong = c->out->wrong;
    c->record = stand.record;
    GT_TRY(gt_check_each(c, path, look_at_file, err));
    if (has_weights && c->out->wrong == wrong)
        GT_TRY(gt_check_take(c, path, gt_run_open(path, &run, &fault), &fault, err));
done:
    c->record = NULL;
    gt_run_stand_free(&stand);
    gt_run_close(run);
    return status;
}

gt_status gt_check_log(const gt_context *context, const char *folder, gt_check_tell tell,
                       void *user, gt_error *err) {
    gt_checked out = {0};
    gt_check_work c = {context, tell, user, &out};
    gt_run_stand stand = {0};
    gt_status status = gt_run_stand_read(folder, &stand, err);
    if (!status) status = check_logs(&c, folder, &stand, err);
    gt_run_stand_free(&stand);
    return status;
}
