/* exclusion.c - the positions of files, and what lies in reach of one. */
#include "exclusion.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "columns.h"
#include "dataset_fields.h"
#include "galatea/import.h"
#include "hdf5_packing.h"
#include "mosaics.h"
#include "places.h"
#include "text.h"
#include "unknowns.h"

struct gt_exclusion {
    gt_places places;
    uint64_t unplaced;
    double within; /* arcsec */
};

/* ---- FILE[:ROWS] ---- */

enum { ALL_SPLITS = -1 };

typedef struct entry {
    char path[4096];
    int64_t first, last; /* rows; last -1: up to the end */
    int split;           /* GT_SPLIT_, or ALL_SPLITS */
} entry;

static bool exists(const char *path) {
    struct stat info;
    return stat(path, &info) == 0;
}

static bool read_split(const char *text, int *out) {
    static const char *const names[GT_SPLIT_COUNT] = {"train", "test", "validation"};
    for (int i = 0; i < GT_SPLIT_COUNT; i++) {
        if (strcmp(names[i], text) != 0) continue;
        *out = i;
        return true;
    }
    return false;
}

static bool read_range(const char *text, entry *e) {
    char first[32];
    size_t length = strcspn(text, "-");
    if (length >= sizeof first) return false;
    snprintf(first, sizeof first, "%.*s", (int)length, text);
    if (gt_text_to_int(first, &e->first, NULL) != GT_OK) return false;
    const char *last = text[length] == '-' ? text + length + 1 : first;
    return gt_text_to_int(last, &e->last, NULL) == GT_OK && e->last >= e->first;
}

/* A file of the whole name comes first; else what follows the last colon are rows. */
static gt_status read_entry(const char *text, entry *e, gt_error *err) {
    *e = (entry){.last = -1, .split = ALL_SPLITS};
    if (strlen(text) >= sizeof e->path || *text == 0)
        return gt_fail(err, GT_USAGE, "--exclude: a name of %zu bytes", strlen(text));
    snprintf(e->path, sizeof e->path, "%s", text);
    char *colon = strrchr(e->path, ':');
    if (exists(text) || colon == NULL || colon == e->path) return GT_OK;
    *colon = 0;
    if (read_split(colon + 1, &e->split) || read_range(colon + 1, e)) return GT_OK;
    return gt_fail(err, GT_USAGE,
                   "--exclude %s: expected FILE, FILE:7-9 (rows) or FILE:test (a split)", text);
}

/* ---- positions of a file ---- */

typedef struct columns {
    double *ra, *dec;
    uint8_t *split; /* NULL: not asked for */
    uint64_t count;
} columns;

static const char *name_of(unsigned bit) {
    return bit == GT_COLUMN_RA ? "ra" : bit == GT_COLUMN_DEC ? "dec" : "split";
}

/* Positions that are packed, or in another unit of angles, become degrees. */
static gt_status take_unit(const gt_hdf5 *file, const gt_hdf5_array *array, const char *name,
                           const entry *e, size_t place, double *values, uint64_t count,
                           gt_error *err) {
    char *texts[3] = {NULL};
    double factor, missing;
    gt_field field = {0};
    const gt_hdf5_packing packing = gt_hdf5_packing_of(file, array);
    gt_status status = gt_field_describe(file, array, &field, &missing, texts, err);
    if (status == GT_OK && !gt_column_takes_unit(place, field.unit, &factor))
        status =
            gt_fail(err, GT_BAD_FORMAT, "--exclude: %s: '%s' is in %.60s, expected degrees",
                    e->path, name, field.unit);
    for (uint64_t i = 0; i < count && status == GT_OK; i++)
        values[i] = gt_unknowns_scaled(gt_hdf5_unpack(&packing, values[i]), factor);
    for (size_t i = 0; i < 3; i++) free(texts[i]);
    return status;
}

/* The column of a bit under one of its names, `count` values of `type` in fresh memory. */
static gt_status read_column(const gt_hdf5 *file, const entry *e, unsigned bit,
                             gt_hdf5_type type, size_t size, void **out, uint64_t *count,
                             gt_error *err) {
    gt_status status = GT_OK;
    gt_hdf5_array *array = NULL;
    const char *name = gt_column_find(file, bit);
    if (name == NULL)
        GT_THROW(err, GT_NOT_FOUND, "--exclude: %s has no column '%s'", e->path, name_of(bit));
    GT_TRY(gt_hdf5_array_open(file, name, &array, err));
    const gt_hdf5_shape *shape = gt_hdf5_array_shape(array);
    if (shape->rank != 1 || shape->type == GT_HDF5_TEXT ||
        (*count > 0 && shape->dims[0] != *count))
        GT_THROW(err, GT_BAD_FORMAT,
                 "--exclude: %s: '%s' is no column of numbers as long as the others", e->path,
                 name);
    *count = shape->dims[0];
    *out = malloc(*count * size);
    if (*out == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for positions of %s", e->path);
    GT_TRY(gt_hdf5_array_read(array, 0, (size_t)*count, type, *out, err));
    if (bit != GT_COLUMN_SPLIT)
        GT_TRY(take_unit(file, array, name, e, bit == GT_COLUMN_RA ? GT_PLACE_RA : GT_PLACE_DEC,
                         *out, *count, err));
done:
    gt_hdf5_array_close(array);
    return status;
}

static gt_status read_columns(const entry *e, columns *c, gt_error *err) {
    gt_status status = GT_OK;
    gt_hdf5 *file = NULL;
    void *ra = NULL, *dec = NULL, *split = NULL;
    GT_TRY(gt_hdf5_open(e->path, &file, err));
    GT_TRY(
        read_column(file, e, GT_COLUMN_RA, GT_HDF5_F64, sizeof(double), &ra, &c->count, err));
    GT_TRY(
        read_column(file, e, GT_COLUMN_DEC, GT_HDF5_F64, sizeof(double), &dec, &c->count, err));
    if (e->split != ALL_SPLITS)
        GT_TRY(read_column(file, e, GT_COLUMN_SPLIT, GT_HDF5_U8, 1, &split, &c->count, err));
    if (e->last >= 0 && (uint64_t)e->last >= c->count)
        GT_THROW(err, GT_BAD_ARGUMENT,
                 "--exclude: %s has %" PRIu64 " rows, row %" PRId64 " is none of them", e->path,
                 c->count, e->last);
done:
    c->ra = ra;
    c->dec = dec;
    c->split = split;
    gt_hdf5_close(file);
    return status;
}

/* What is no place on the sky counts as a row without one. */
static gt_status add_place(gt_exclusion *x, const entry *e, const columns *c, uint64_t row,
                           gt_error *err) {
    double ra = c->ra[row], dec = c->dec[row];
    gt_unknowns unknowns = {0};
    if (c->split != NULL && c->split[row] != e->split) return GT_OK;
    gt_unknowns_position(&unknowns, row, &ra, &dec);
    if (!isnan(ra) && !isnan(dec)) return gt_places_add(&x->places, ra, dec, row, err);
    x->unplaced++;
    return GT_OK;
}

static gt_status add_file(gt_exclusion *x, const char *text, gt_error *err) {
    gt_status status = GT_OK;
    entry e;
    columns c = {0};
    GT_TRY(read_entry(text, &e, err));
    GT_TRY(read_columns(&e, &c, err));
    uint64_t end = e.last < 0 ? c.count : (uint64_t)e.last + 1;
    for (uint64_t row = (uint64_t)e.first; row < end; row++)
        GT_TRY(add_place(x, &e, &c, row, err));
done:
    free(c.ra);
    free(c.dec);
    free(c.split);
    return status;
}

gt_status gt_exclusion_load(const char *list, double within, gt_exclusion **out,
                            gt_error *err) {
    gt_status status = GT_OK;
    char *copy = strdup(list), *rest = copy;
    gt_exclusion *x = calloc(1, sizeof *x);
    if (copy == NULL || x == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for positions");
    x->within = within;
    for (char *text; (text = strsep(&rest, ",")) != NULL;) GT_TRY(add_file(x, text, err));
    if (x->places.count == 0)
        GT_THROW(err, GT_NOT_FOUND, "--exclude %s: no row has a position", list);
    gt_places_sort(&x->places);
    *out = x;
    x = NULL;
done:
    gt_exclusion_destroy(x);
    free(copy);
    return status;
}

void gt_exclusion_destroy(gt_exclusion *exclusion) {
    if (exclusion == NULL) return;
    gt_places_free(&exclusion->places);
    free(exclusion);
}

bool gt_exclusion_covers(const gt_exclusion *exclusion, double ra, double dec) {
    uint64_t row;
    return gt_places_nearest(&exclusion->places, ra, dec, exclusion->within, &row);
}

uint64_t gt_exclusion_count(const gt_exclusion *exclusion) {
    return exclusion->places.count;
}

uint64_t gt_exclusion_unplaced(const gt_exclusion *exclusion) {
    return exclusion->unplaced;
}

/* ---- for records ---- */

/* Names follow each other in a block, each with its zero. */
static bool has_name(const char *block, size_t size, const char *name) {
    for (size_t at = 0; at < size; at += strlen(block + at) + 1)
        if (strcmp(block + at, name) == 0) return true;
    return false;
}

/* block and size are those of `names`. */
static gt_status add_name(FILE *names, char *const *block, const size_t *size, const char *text,
                          gt_error *err) {
    entry e;
    gt_status status = read_entry(text, &e, err);
    fflush(names);
    if (status == GT_OK && !has_name(*block, *size, e.path))
        fwrite(e.path, 1, strlen(e.path) + 1, names);
    return status;
}

/* The names behind pointers to them, in one block. */
static char **list_names(const char *block, size_t size) {
    size_t count = 0;
    for (size_t i = 0; i < size; i++) count += block[i] == 0;
    char **list = malloc((count + 1) * sizeof *list + size);
    if (list == NULL) return NULL;
    char *at = memcpy(list + count + 1, block, size);
    for (size_t i = 0; i < count; i++, at += strlen(at) + 1) list[i] = at;
    list[count] = NULL;
    return list;
}

/* Other programs take one of several tables as cat.fits[2]. */
static gt_status check_catalog(const char *path, gt_error *err) {
    const char *hdu = strrchr(path, '[');
    int length = hdu != NULL ? (int)strlen(hdu) - 2 : 0;
    char name[GT_SHELL_TEXT], word[GT_SHELL_TEXT];
    if (length <= 0 || hdu[length + 1] != ']' || access(path, F_OK) == 0) return GT_OK;
    snprintf(name, sizeof name, "%.*s", length, hdu + 1);
    return gt_fail(err, GT_NOT_FOUND,
                   "%s: no such file; of a FITS file with several tables --catalog-hdu %s "
                   "takes that one",
                   path, gt_shell_text(name, word));
}

gt_status gt_import_inputs(const gt_import_settings *settings, const char *path, char ***out,
                           gt_error *err) {
    gt_status status = GT_OK;
    size_t size = 0;
    char *block = NULL, *copy = NULL;
    FILE *names = open_memstream(&block, &size);
    if (settings->exclude != NULL) copy = strdup(settings->exclude);
    if (names == NULL || (settings->exclude != NULL && copy == NULL))
        GT_THROW(err, GT_NO_MEMORY, "out of memory for names");
    if (settings->cut == NULL) fwrite(path, 1, strlen(path) + 1, names);
    for (size_t i = 0; settings->cut != NULL && i < settings->cut->mosaic_count; i++) {
        const char *mosaic = gt_mosaics_path(settings->cut->mosaics[i]);
        fwrite(mosaic, 1, strlen(mosaic) + 1, names);
    }
    if (settings->catalog != NULL) {
        GT_TRY(check_catalog(settings->catalog, err));
        fwrite(settings->catalog, 1, strlen(settings->catalog) + 1, names);
    }
    for (char *rest = copy, *text; (text = strsep(&rest, ",")) != NULL;)
        GT_TRY(add_name(names, &block, &size, text, err));
    fflush(names);
    *out = list_names(block, size);
    if (*out == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for names");
done:
    if (names != NULL) fclose(names);
    free(block);
    free(copy);
    return status;
}
