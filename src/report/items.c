/* items.c - which files are results, and what they say about themselves. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "fits_table.h"
#include "galatea/log.h"
#include "page.h"
#include "png_text.h"
#include "record_of.h"

enum { MOST_BYTES = 64 << 20, MOST_HEADER = 1 << 20, MOST_FILES = 10000, MOST_PATH = 4000 };

const char *gt_record_text(const json_t *record, const char *key) {
    return json_string_value(json_object_get(record, key));
}

const char *gt_record_option(const json_t *record, const char *option) {
    return gt_record_text(json_object_get(record, "options"), option);
}

static bool ends_with(const char *path, const char *ending) {
    size_t length = strlen(path), end = strlen(ending);
    return length > end && strcmp(path + length - end, ending) == 0;
}

static gt_status next_item(gt_items *items, gt_item_kind kind, const char *path, gt_item **out,
                           gt_error *err) {
    if (items->count == MOST_FILES)
        return gt_fail(err, GT_UNSUPPORTED, "more than %d results", MOST_FILES);
    if (items->count == items->room) {
        size_t room = items->room ? 2 * items->room : 64;
        gt_item *larger = realloc(items->list, room * sizeof *larger);
        if (!larger) return gt_fail(err, GT_NO_MEMORY, "no memory for a list of results");
        items->list = larger;
        items->room = room;
    }
    *out = &items->list[items->count];
    **out = (gt_item){.kind = kind, .path = strdup(path)};
    if (!(*out)->path) return gt_fail(err, GT_NO_MEMORY, "no memory for a path");
    items->count++;
    return GT_OK;
}

/* ---- kinds of files -------------------------------------------------------------------------
 */

static gt_status read_png(gt_item *item, gt_error *err) {
    gt_status status = GT_OK;
    char *text = NULL;
    GT_TRY(gt_file_load(item->path, MOST_BYTES, &item->bytes, &item->size, err));
    status = gt_png_text_find(item->bytes, item->size, "Description", &text, err);
    if (status) {
        gt_blame(err, "%s", item->path);
        goto done;
    }
    item->record = text ? json_loads(text, 0, NULL) : NULL;
done:
    free(text);
    return status;
}

/* is_log: it may end in a part of a row that a killed process left, and that resuming cuts
 * off. */
static gt_status read_csv(gt_item *item, const char *path, bool is_log, gt_error *err) {
    char *bytes = NULL;
    size_t size = 0;
    gt_status status = gt_file_load(path, MOST_BYTES, &bytes, &size, err);
    if (status) return status;
    while (is_log && size && bytes[size - 1] != '\n') size--;
    status = gt_csv_parse(bytes, size, &item->table, err);
    free(bytes);
    if (status) gt_blame(err, "%s", path);
    return status;
}

/* Units and descriptions, of columns as they are called. */
static gt_status read_about(gt_item *item, const char *bytes, size_t size, gt_error *err) {
    gt_status status = GT_OK;
    gt_csv *table = &item->table;
    size_t count = 0;
    gt_fits_column *columns = malloc(GT_FITS_COLUMNS * sizeof *columns);
    gt_csv_about *about = calloc(table->columns + 1, sizeof *about);
    if (!columns || !about) GT_THROW(err, GT_NO_MEMORY, "no memory for columns");
    GT_TRY(gt_fits_table_columns(bytes, size, NULL, columns, &count, err));
    for (size_t c = 0; c < table->columns; c++)
        for (size_t i = 0; i < count; i++)
            if (strcmp(columns[i].name, gt_csv_name(table, c)) == 0)
                about[c] = (gt_csv_about){.unit = columns[i].unit,
                                          .description = columns[i].description};
    table->about = about;
    table->about_text = (char *)columns;
    return GT_OK;
done:
    free(columns);
    free(about);
    return status;
}

/* The rows that are shown. A file without a binary table, or too large to look into, is named
 * alone. */
static gt_status read_fits_rows(gt_item *item, gt_error *err) {
    enum { ROWS = 100 };
    char *bytes = NULL;
    size_t size = 0;
    struct stat info;
    if (stat(item->path, &info) || info.st_size > MOST_BYTES) return GT_OK;
    gt_status status = gt_file_load(item->path, MOST_BYTES, &bytes, &size, err);
    if (status) return status;
    status = gt_fits_table_parse(bytes, size, ROWS, &item->table, &item->rows, err);
    if (!status) status = read_about(item, bytes, size, err);
    free(bytes);
    if (status == GT_NOT_FOUND) return GT_OK;
    if (status) gt_blame(err, "%s", item->path);
    return status;
}

static gt_status read_fits(gt_item *item, gt_error *err) {
    gt_status status = GT_OK;
    uint64_t size = 0;
    int descriptor = -1;
    char *bytes = NULL, *text = NULL;
    GT_TRY(gt_file_open(item->path, &descriptor, &size, err));
    if (size > MOST_HEADER) size = MOST_HEADER;
    bytes = malloc(size + 1);
    if (!bytes) GT_THROW(err, GT_NO_MEMORY, "no memory for the header of %s", item->path);
    GT_TRY(gt_file_read_at(descriptor, item->path, 0, bytes, size, err));
    if (size < 9 || memcmp(bytes, "SIMPLE  =", 9) != 0)
        GT_THROW(err, GT_BAD_FORMAT, "%s is no FITS file", item->path);
    GT_TRY(gt_record_of_bytes(bytes, size, &text, err));
    item->record = text ? json_loads(text, 0, NULL) : NULL;
    GT_TRY(read_fits_rows(item, err));
done:
    if (descriptor >= 0) close(descriptor);
    free(bytes);
    free(text);
    return status;
}

static gt_status read_json(gt_item *item, gt_error *err) {
    char *bytes = NULL;
    size_t size = 0;
    json_error_t where;
    gt_status status = gt_file_load(item->path, MOST_BYTES, &bytes, &size, err);
    if (status) return status;
    item->result = json_loadb(bytes, size, JSON_REJECT_DUPLICATES, &where);
    free(bytes);
    item->record = json_incref(json_object_get(item->result, "provenance"));
    if (item->result) return GT_OK;
    return gt_fail(err, GT_BAD_FORMAT, "%s, line %d: %s", item->path, where.line, where.text);
}

static gt_status read_run(gt_item *item, gt_error *err) {
    gt_status status = GT_OK;
    size_t size;
    char path[4200];
    snprintf(path, sizeof path, "%s/train.csv", item->path);
    GT_TRY(read_csv(item, path, true, err));
    if (gt_csv_column(&item->table, "kind") == item->table.columns)
        GT_THROW(err, GT_BAD_FORMAT,
                 "%s is no log of a run: expected columns kind, epoch, step", path);
    snprintf(path, sizeof path, "%s/config", item->path);
    GT_TRY(gt_file_load(path, MOST_HEADER, &item->settings, &size, err));
done:
    return status;
}

/* ---- paths ----------------------------------------------------------------------------------
 */

static int kind_of(const char *path) {
    static const int kinds[] = {ITEM_PNG, ITEM_CSV, ITEM_FITS, ITEM_FITS, ITEM_JSON};
    int index = gt_file_ending(path, "png|csv|fits|fit|json");
    return index < 0 ? -1 : kinds[index];
}

static gt_status add_file(gt_items *items, const char *path, gt_error *err) {
    gt_item *item = NULL;
    int kind = kind_of(path);
    if (kind < 0)
        return gt_fail(err, GT_BAD_FORMAT,
                       "%s: not a result; expected a folder, .png, .csv, .fits or .json", path);
    gt_status status = next_item(items, (gt_item_kind)kind, path, &item, err);
    if (status) return status;
    switch (kind) {
    case ITEM_PNG:
        return read_png(item, err);
    case ITEM_CSV:
        return read_csv(item, path, false, err);
    case ITEM_FITS:
        return read_fits(item, err);
    default:
        return read_json(item, err);
    }
}

static bool has_log(const char *path) {
    char name[4200];
    struct stat info;
    snprintf(name, sizeof name, "%s/train.csv", path);
    return stat(name, &info) == 0;
}

bool gt_is_run(const char *path) {
    char name[4200];
    struct stat info;
    snprintf(name, sizeof name, "%s/config", path);
    return has_log(path) && stat(name, &info) == 0;
}

static bool is_there(const gt_items *items, const struct stat *info) {
    for (size_t i = 0; i < items->count; i++)
        if (items->list[i].device == info->st_dev && items->list[i].inode == info->st_ino)
            return true;
    return false;
}

static void set_file_identity(gt_items *items, const struct stat *info) {
    items->list[items->count - 1].device = info->st_dev;
    items->list[items->count - 1].inode = info->st_ino;
}

static gt_status add_run(gt_items *items, const char *path, const struct stat *info,
                         gt_error *err) {
    gt_item *item = NULL;
    gt_status status = next_item(items, ITEM_RUN, path, &item, err);
    if (status) return status;
    set_file_identity(items, info);
    return read_run(item, err);
}

/* CSV tables carry no record, so that any of them may be a result. */
static bool is_own(const gt_item *item) {
    const char *command = gt_record_text(item->record, "command");
    return item->kind == ITEM_RUN || item->kind == ITEM_CSV ||
           (command && strncmp(command, "galatea ", 8) == 0) ||
           (item->kind == ITEM_JSON &&
            (gt_is_classification(item->result) || gt_is_twins(item->result)));
}

/* A file that nobody named may be anything, and stops nothing. */
gt_status gt_items_add_found(gt_items *items, const char *path, gt_error *err) {
    gt_error fault = {0};
    size_t before = items->count;
    bool is_full = before == MOST_FILES;
    gt_status status = gt_items_add(items, path, &fault);
    if (status == GT_NO_MEMORY || (status && is_full))
        return gt_fail(err, status, "%s", fault.text);
    if (status)
        gt_remark("left out: %s", fault.text);
    else if (items->count > before && !is_own(&items->list[before]))
        gt_remark("left out: %s was not written by galatea; it is shown when it is named",
                  path);
    else
        return GT_OK;
    gt_items_cut(items, before);
    items->skipped++;
    return GT_OK;
}

/* Runs that lie in a folder, one step down. */
static gt_status add_runs(gt_items *items, const char *path, gt_error *err) {
    gt_status status = GT_OK;
    gt_names folders = {0};
    GT_TRY(gt_folders_of_folder(path, &folders, err));
    for (size_t i = 0; i < folders.count; i++)
        if (gt_is_run(folders.list[i])) GT_TRY(gt_items_add(items, folders.list[i], err));
done:
    gt_names_free(&folders);
    return status;
}

/* Tables of a run that are in what the page says of it. */
static bool is_told_by_run(const char *path) {
    return ends_with(path, "/train.csv") || ends_with(path, "/nearest.csv");
}

static gt_status add_folder(gt_items *items, const char *path, const struct stat *info,
                            gt_error *err) {
    gt_status status = GT_OK;
    gt_names files = {0};
    bool is_of_run = gt_is_run(path);
    if (!is_of_run && has_log(path))
        gt_remark("%s: has train.csv and no config: it is not shown as a run", path);
    if (!is_of_run && gt_is_sweep(path)) return gt_items_add_sweep(items, path, err);
    if (is_of_run) GT_TRY(add_run(items, path, info, err));
    GT_TRY(gt_names_of_folder(path, &files, err));
    for (size_t i = 0; i < files.count; i++) {
        if (is_of_run && is_told_by_run(files.list[i])) continue;
        if (kind_of(files.list[i]) < 0)
            items->skipped++;
        else
            GT_TRY(gt_items_add_found(items, files.list[i], err));
    }
    if (!is_of_run) GT_TRY(add_runs(items, path, err));
done:
    gt_names_free(&files);
    return status;
}

gt_status gt_items_add(gt_items *items, const char *path, gt_error *err) {
    struct stat info;
    if (strlen(path) > MOST_PATH)
        return gt_fail(err, GT_USAGE, "a path of %zu bytes", strlen(path));
    if (stat(path, &info)) return gt_fail_errno(err, "%s", path);
    if (is_there(items, &info)) return GT_OK;
    if (S_ISDIR(info.st_mode)) return add_folder(items, path, &info, err);
    gt_status status = add_file(items, path, err);
    if (!status) set_file_identity(items, &info);
    return status;
}

static void free_item(gt_item *item) {
    free(item->path);
    free(item->bytes);
    free(item->settings);
    json_decref(item->record);
    json_decref(item->result);
    gt_csv_free(&item->table);
}

void gt_items_cut(gt_items *items, size_t count) {
    while (items->count > count) free_item(&items->list[--items->count]);
}

void gt_items_free(gt_items *items) {
    gt_items_cut(items, 0);
    free(items->list);
    *items = (gt_items){0};
}
