/* about.c - see about.h. */
#include "about.h"

#include <inttypes.h>
#include <jansson.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "captions.h"
#include "file.h"
#include "fits_table.h"
#include "galatea/run.h"
#include "galatea/safetensors.h"
#include "latents.h"
#include "png_text.h"
#include "record_of.h"
#include "text.h"
#include "torch_file.h"

enum { MOST_BYTES = 1 << 30, START = 16, NAMES_SHOWN = 12, MOST_MODELS = 32 };

/* ---- what it is ---- */

static bool holds(const char *folder, const char *name) {
    char path[PATH_MAX];
    int length = snprintf(path, sizeof path, "%s/%s", folder, name);
    return (size_t)length < sizeof path && access(path, F_OK) == 0;
}

/* Its results come last. */
static bool is_sweep(const char *folder) {
    return holds(folder, "twins.json") ||
           (holds(folder, "config") && holds(folder, "subsets/subsets.json"));
}

/* One of its models, a size of one, or its sets: up to two folders below. */
static bool is_part_of_sweep(const char *folder) {
    static const char *const above[] = {"/..", "/../.."};
    char path[PATH_MAX];
    for (int i = 0; i < 2; i++) {
        int length = snprintf(path, sizeof path, "%s%s", folder, above[i]);
        if ((size_t)length < sizeof path && is_sweep(path)) return true;
    }
    return false;
}

static gt_thing folder_of(const char *path) {
    if (gt_run_is_folder(path)) return GT_THING_RUN;
    if (holds(path, "manifest.json")) return GT_THING_CLASSIFIERS;
    return is_sweep(path) || is_part_of_sweep(path) ? GT_THING_SWEEP : GT_THING_SET;
}

static bool begins(const char *bytes, const char *with) {
    return memcmp(bytes, with, strlen(with)) == 0;
}

/* A FITS file may have tables or pictures. */
static gt_status load_table(const char *path, gt_csv *table, uint64_t *rows, gt_error *err) {
    gt_status status = GT_OK;
    char *bytes = NULL;
    size_t size = 0;
    GT_TRY(gt_file_load(path, MOST_BYTES, &bytes, &size, err));
    if (size >= START && begins(bytes, "SIMPLE  =")) {
        GT_TRY(gt_fits_table_parse(bytes, size, 1, table, rows, err));
    } else {
        GT_TRY(gt_csv_parse(bytes, size, table, err));
        *rows = table->rows;
    }
done:
    free(bytes);
    return status;
}

/* Whether the primary HDU of a FITS file is a picture, beside which a table may stand. */
static bool begins_with_picture(const char *path) {
    enum { BLOCK = 2880, CARD = 80, VALUE = 10 };
    static const char none[] = "                   0"; /* as the standard wants it: column 30 */
    char header[BLOCK];
    int descriptor = -1;
    bool is_picture = false;
    if (gt_file_open(path, &descriptor, NULL, NULL)) return false;
    bool is_read = gt_file_read_at(descriptor, path, 0, header, BLOCK, NULL) == GT_OK;
    close(descriptor);
    for (size_t at = 0; is_read && at < BLOCK; at += CARD)
        if (memcmp(header + at, "NAXIS   =", VALUE - 1) == 0)
            is_picture = memcmp(header + at + VALUE, none, sizeof none - 1) != 0;
    return is_picture;
}

static bool has_table(const char *path) {
    gt_csv table = {0};
    uint64_t rows = 0;
    if (begins_with_picture(path)) return false;
    bool has = load_table(path, &table, &rows, NULL) == GT_OK;
    gt_csv_free(&table);
    return has;
}

static bool tells_network(const char *path) {
    const gt_model_class *kind = NULL;
    return gt_run_class(path, &kind, NULL) == GT_OK;
}

static bool has_record(const char *path) {
    char *bytes = NULL, *text = NULL;
    size_t size = 0;
    bool has = gt_file_load(path, MOST_BYTES, &bytes, &size, NULL) == GT_OK &&
               gt_record_of_bytes(bytes, size, &text, NULL) == GT_OK && text && *text == '{';
    free(bytes);
    free(text);
    return has;
}

/* The settings of a sweep, or of one of its models. */
static const char *note_of_sweep(const char *path) {
    char folder[PATH_MAX];
    gt_file_folder(path, folder, sizeof folder);
    if (is_sweep(folder)) return "the settings of a sweep of pairs of models";
    return is_part_of_sweep(folder) ? "the settings of a model of a sweep" : NULL;
}

/* What a file is that a run, or a sweep of them, has beside weights and tables; NULL for any
 * other. */
static const char *note_of_run(const char *path) {
    static const struct {
        const char *name, *is;
    } notes[] = {{"config", "the settings of a run"},
                 {"algorithms.txt", "the convolution algorithms of a run"},
                 {"train.jsonl", "the log of a run, a JSON value a line"},
                 {"failed_batch.txt", "the rows of the batch that a run failed at"},
                 {"run.lock", "the lock of a run, which one process at a time has"}};
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    for (size_t i = 0; i < sizeof notes / sizeof *notes; i++) {
        if (strcmp(name, notes[i].name) != 0) continue;
        if (gt_run_owns(path)) return notes[i].is;
        return i == 0 ? note_of_sweep(path) : NULL;
    }
    return NULL;
}

static gt_thing file_of(const char *path) {
    char start[START] = "";
    int descriptor = -1;
    uint64_t size = 0;
    if (note_of_run(path)) return GT_THING_NOTE;
    if (gt_file_open(path, &descriptor, &size, NULL)) return GT_THING_SET;
    bool is_read = size >= START && !gt_file_read_at(descriptor, path, 0, start, START, NULL);
    close(descriptor);
    if (gt_file_ending(path, "safetensors") == 0 ||
        (gt_file_ending(path, "pt|pth|ckpt") >= 0 && gt_torch_is_one(path)))
        return tells_network(path) ? GT_THING_WEIGHTS : GT_THING_ARRAYS;
    if (gt_file_ending(path, "csv|ecsv") >= 0) return GT_THING_TABLE;
    if (gt_file_ending(path, "json") == 0) return GT_THING_RESULT;
    if (!is_read) return GT_THING_SET;
    if (begins(start, "\x89HDF"))
        return gt_latents_are_in(path) ? GT_THING_LATENTS : GT_THING_SET;
    if (begins(start, "%PDF") || gt_file_ending(path, "svg") == 0) return GT_THING_FIGURE;
    if (begins(start, "\x89PNG")) return has_record(path) ? GT_THING_FIGURE : GT_THING_SET;
    if (begins(start, "SIMPLE  =")) return has_table(path) ? GT_THING_TABLE : GT_THING_SET;
    return gt_file_ending(path, "html|htm") >= 0 ? GT_THING_PAGE : GT_THING_SET;
}

gt_thing gt_thing_of(const char *path) {
    struct stat about;
    if (stat(path, &about)) return GT_THING_NONE;
    return S_ISDIR(about.st_mode) ? folder_of(path) : file_of(path);
}

const char *gt_thing_name(gt_thing thing) {
    static const char *const names[] = {"nothing",
                                        "a run",
                                        "weights",
                                        "arrays",
                                        "latents",
                                        "a figure",
                                        "a table",
                                        "a result",
                                        "a page",
                                        "fitted classifiers",
                                        "a sweep of pairs of models",
                                        "a note of a run",
                                        "a data set"};
    return names[thing];
}

/* ---- what there is to tell ---- */

/* Cut where it is long. */
__attribute__((format(printf, 3, 4))) static void add_fact(gt_about *about, const char *name,
                                                           const char *format, ...) {
    va_list values;
    if (about->count == GT_ABOUT_FACTS) return;
    va_start(values, format);
    char *text = NULL;
    int length = vasprintf(&text, format, values);
    va_end(values);
    if (length < 0) return;
    about->facts[about->count++] = (struct gt_about_fact){name, text};
}

/* "a, b, c and 12 more" */
static char *join(const char *(*name_at)(const void *of, size_t i), const void *of,
                  size_t count) {
    char *text = NULL;
    size_t size = 0, shown = count < NAMES_SHOWN ? count : NAMES_SHOWN;
    FILE *stream = open_memstream(&text, &size);
    if (!stream) return NULL;
    for (size_t i = 0; i < shown; i++) fprintf(stream, "%s%s", i ? ", " : "", name_at(of, i));
    if (shown < count) fprintf(stream, " and %zu more", count - shown);
    if (fclose(stream)) {
        free(text);
        return NULL;
    }
    return text;
}

static void add_names(gt_about *about, const char *name,
                      const char *(*name_at)(const void *of, size_t i), const void *of,
                      size_t count) {
    char *text = join(name_at, of, count);
    if (text && *text) add_fact(about, name, "%s", text);
    free(text);
}

static const char *array_name(const void *file, size_t i) {
    return gt_safetensors_at(file, i)->name;
}

static gt_status tell_arrays(const char *path, gt_about *out, gt_error *err) {
    gt_status status = GT_OK;
    gt_safetensors *file = NULL;
    uint64_t numbers = 0;
    char shape[GT_ST_SHAPE_TEXT];
    GT_TRY(gt_arrays_open(path, &file, err));
    size_t count = gt_safetensors_count(file);
    for (size_t i = 0; i < count; i++) numbers += gt_safetensors_at(file, i)->elements;
    bool is_state = gt_safetensors_metadata(file, "state_layout") != NULL;
    snprintf(out->sentence, sizeof out->sentence, "%s, %zu arrays of %" PRIu64 " numbers",
             is_state ? "the state of a run, to go on from" : "weights, or other arrays", count,
             numbers);
    if (count) {
        const gt_st_tensor *first = gt_safetensors_at(file, 0);
        add_fact(out, "first", "%s, %s %s", first->name, gt_st_dtype_name(first->dtype),
                 gt_st_shape_text(first->rank, first->shape, shape));
    }
    add_names(out, "arrays", array_name, file, count);
    const char *record = gt_safetensors_metadata(file, "provenance");
    if (record) out->provenance = strdup(record);
    if (!record && !is_state)
        add_fact(out, "use", "tells no network: name its model where it is used");
done:
    gt_safetensors_close(file);
    return status;
}

static gt_status tell_latents(const char *path, gt_about *out, gt_error *err) {
    gt_latents_info info;
    gt_status status = gt_latents_describe(path, &info, &out->provenance, err);
    if (status) return status;
    snprintf(out->sentence, sizeof out->sentence, "latents of %" PRIu64 " images, %s",
             info.count, info.raw ? "as the network has them (z)" : "as noise (eps)");
    for (size_t i = 0; i < info.part_count && i < GT_ABOUT_FACTS - 1; i++) {
        const gt_latents_part *part = &info.parts[i];
        char shape[80];
        size_t used = 0;
        for (size_t k = 0; k < part->rank && k < 3; k++)
            used += (size_t)snprintf(shape + used, sizeof shape - used, "%s%" PRIu64,
                                     k ? "x" : "", part->dims[k]);
        add_fact(out, "part", "%s, %s numbers an image", part->name, shape);
    }
    return GT_OK;
}

static void tell_caption(const char *path, gt_about *out) {
    json_t *record = out->provenance ? json_loads(out->provenance, 0, NULL) : NULL;
    char *words = record ? gt_caption_of(record, path, NULL) : NULL;
    if (words) add_fact(out, "caption", "%s", words);
    free(words);
    json_decref(record);
}

static gt_status tell_figure(const char *path, gt_about *out, gt_error *err) {
    gt_status status = GT_OK;
    char *bytes = NULL;
    size_t size = 0;
    uint32_t width = 0, height = 0;
    GT_TRY(gt_file_load(path, MOST_BYTES, &bytes, &size, err));
    GT_TRY(gt_record_of_bytes(bytes, size, &out->provenance, err));
    bool is_png = size > 4 && begins(bytes, "\x89PNG");
    if (is_png) GT_TRY(gt_png_size(bytes, size, &width, &height, err));
    if (is_png)
        snprintf(out->sentence, sizeof out->sentence,
                 "a figure or sheet, PNG, %" PRIu32 " x %" PRIu32 " pixels", width, height);
    else
        snprintf(out->sentence, sizeof out->sentence, "a figure, %s, %zu bytes",
                 begins(bytes, "%PDF") ? "PDF" : "SVG", size);
    tell_caption(path, out);
done:
    free(bytes);
    return status;
}

static const char *column_name(const void *table, size_t i) {
    return gt_csv_name(table, i);
}

static gt_status tell_table(const char *path, gt_about *out, gt_error *err) {
    gt_status status = GT_OK;
    gt_csv table = {0};
    uint64_t rows = 0;
    char *bytes = NULL, counted[2][GT_COUNTED_SIZE], tables[GT_FITS_TABLES_TEXT];
    size_t size = 0;
    status = load_table(path, &table, &rows, err);
    if (status) {
        gt_blame(err, "%s", path);
        goto done;
    }
    snprintf(out->sentence, sizeof out->sentence, "a table of %s and %s",
             gt_text_counted(rows, "row", counted[0]),
             gt_text_counted(table.columns, "column", counted[1]));
    add_names(out, "columns", column_name, &table, table.columns);
    GT_TRY(gt_file_load(path, MOST_BYTES, &bytes, &size, err));
    if (size <= START || !begins(bytes, "SIMPLE  =")) goto done;
    if (gt_fits_table_list(bytes, size, tables) > 1)
        add_fact(out, "tables", "%s; the first is told of", tables);
    GT_TRY(gt_record_of_bytes(bytes, size, &out->provenance, err));
done:
    gt_csv_free(&table);
    free(bytes);
    return status;
}

static const char *text_at(const void *array, size_t i) {
    const char *text = json_string_value(json_array_get(array, i));
    return text ? text : "?";
}

/* A member of JSON that is a list of texts. */
static void add_list(gt_about *out, const json_t *root, const char *key) {
    const json_t *list = json_object_get(root, key);
    add_names(out, key, text_at, list, json_array_size(list));
}

static const char *key_at(const void *root, size_t i) {
    void *at = json_object_iter((json_t *)(uintptr_t)root);
    while (at && i--) at = json_object_iter_next((json_t *)(uintptr_t)root, at);
    return at ? json_object_iter_key(at) : "?";
}

static gt_status tell_json(const char *path, gt_about *out, gt_error *err) {
    gt_status status = GT_OK;
    char *bytes = NULL, name[PATH_MAX];
    size_t size = 0;
    json_error_t where;
    json_t *root = NULL;
    bool is_folder = out->thing == GT_THING_CLASSIFIERS;
    snprintf(name, sizeof name, "%s%s", path, is_folder ? "/manifest.json" : "");
    GT_TRY(gt_file_load(name, MOST_BYTES, &bytes, &size, err));
    root = json_loadb(bytes, size, JSON_REJECT_DUPLICATES, &where);
    if (!root) GT_THROW(err, GT_BAD_FORMAT, "%s, line %d: %s", name, where.line, where.text);
    const json_t *record = json_object_get(root, "provenance");
    if (json_is_object(record)) out->provenance = json_dumps(record, 0);
    if (is_folder) {
        snprintf(out->sentence, sizeof out->sentence,
                 "fitted classifiers for rows of %" JSON_INTEGER_FORMAT " numbers",
                 json_integer_value(json_object_get(root, "features")));
        add_list(out, root, "methods");
        add_list(out, root, "names");
    } else {
        snprintf(out->sentence, sizeof out->sentence, "JSON, %s",
                 out->provenance ? "a result of galatea"
                 : json_object_get(root, "subset_seed")
                     ? "the table of a sweep of pairs of models"
                     : "not known to be of galatea");
        add_names(out, "members", key_at, root, json_object_size(root));
    }
done:
    json_decref(root);
    free(bytes);
    return status;
}

static const char *name_at(const void *names, size_t i) {
    return ((const char *const *)names)[i];
}

/* Its sizes, of the settings, and which models it has. */
static gt_status tell_sweep(const char *path, gt_about *out, gt_error *err) {
    size_t count = 0, size = 0;
    const gt_model_class *const *kinds = gt_model_classes(&count);
    const char *names[MOST_MODELS];
    size_t found = 0;
    char name[PATH_MAX], *text = NULL;
    if (!is_sweep(path)) {
        snprintf(out->sentence, sizeof out->sentence,
                 "a part of a sweep of pairs of models; galatea check looks at all of it");
        return GT_OK;
    }
    snprintf(out->sentence, sizeof out->sentence, "%s; galatea report shows it",
             gt_thing_name(out->thing));
    snprintf(name, sizeof name, "%s/config", path);
    gt_status status = gt_file_load(name, MOST_BYTES, &text, &size, err);
    if (status == GT_NO_MEMORY) return status;
    const char *sizes = text ? strstr(text, "sizes = ") : NULL;
    if (sizes) add_fact(out, "sizes", "%.*s", (int)strcspn(sizes + 8, "\n"), sizes + 8);
    free(text);
    for (size_t i = 0; i < count && found < MOST_MODELS; i++) {
        snprintf(name, sizeof name, "%s/config", kinds[i]->name);
        if (holds(path, name)) names[found++] = kinds[i]->name;
    }
    add_names(out, "models", name_at, names, found);
    return GT_OK;
}

gt_status gt_about_read(const char *path, gt_about *out, gt_error *err) {
    *out = (gt_about){.thing = gt_thing_of(path)};
    switch (out->thing) {
    case GT_THING_NONE:
        return gt_fail(err, GT_NOT_FOUND, "%s: there is no such file or folder", path);
    case GT_THING_ARRAYS:
        return tell_arrays(path, out, err);
    case GT_THING_LATENTS:
        return tell_latents(path, out, err);
    case GT_THING_FIGURE:
        return tell_figure(path, out, err);
    case GT_THING_TABLE:
        return tell_table(path, out, err);
    case GT_THING_RESULT:
    case GT_THING_CLASSIFIERS:
        return tell_json(path, out, err);
    case GT_THING_NOTE:
        snprintf(out->sentence, sizeof out->sentence, "%s", note_of_run(path));
        return GT_OK;
    case GT_THING_SWEEP:
        return tell_sweep(path, out, err);
    case GT_THING_PAGE:
        snprintf(out->sentence, sizeof out->sentence, "%s, to be read in a browser",
                 gt_thing_name(out->thing));
        return GT_OK;
    default:
        GT_ASSERT(!"runs, weights and sets are told by others");
        return GT_OK;
    }
}

void gt_about_free(gt_about *about) {
    for (int i = 0; i < about->count; i++) free(about->facts[i].text);
    free(about->provenance);
    *about = (gt_about){0};
}
