/* hdf5_source.c - where the pictures are in a file, their axes, and what stands beside them. */
#include "hdf5_source.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "array_source.h"
#include "axes.h"
#include "columns.h"
#include "hdf5_columns.h"
#include "hdf5_layouts.h"
#include "hdf5_packing.h"
#include "hdf5_planes.h"
#include "hdf5_window.h"
#include "range.h"
#include "text.h"

enum { BLOCK_BYTES = 16 << 20, MAX_DEPTH = 4, HINT = 300 };

typedef struct gt_hdf5_source {
    char *path, *main; /* of the file, and of the pictures in it */
    gt_hdf5 *file;
    gt_hdf5_array *images;
    gt_hdf5_window window;
    gt_numbers held; /* those of the window */
    gt_hdf5_packing packing;
    bool is_packed; /* or has pixels that stand for none */
    gt_rounding rounding;
    bool has_channels_last;
    float *values, *pixels; /* of one picture, as stored and with channels first */
    gt_hdf5_planes *planes;
    gt_hdf5_columns *columns;
    char *survey, *collection, *model, *provenance, *preparation, *learned_from, *bands, *unit;
    gt_array_source source;
} gt_hdf5_source;

static void close_source(void *self) {
    gt_hdf5_source *r = self;
    if (r == NULL) return;
    gt_hdf5_columns_close(r->columns);
    gt_hdf5_planes_close(r->planes);
    gt_hdf5_window_close(&r->window);
    gt_hdf5_array_close(r->images);
    gt_hdf5_close(r->file);
    gt_notes_close(&r->source.notes);
    free(r->survey);
    free(r->collection);
    free(r->model);
    free(r->provenance);
    free(r->preparation);
    free(r->learned_from);
    free(r->bands);
    free(r->unit);
    free(r->values);
    free(r->pixels);
    free(r->path);
    free(r->main);
    free(r);
}

/* ---- finding the pictures ---- */

/* Adds the paths of what could be pictures or codes to out, below a group. */
static void find_candidates(const gt_hdf5_source *r, const char *group, int depth,
                            char out[HINT]) {
    char **names = NULL, path[1024];
    size_t count = 0;
    if (depth == 0 || gt_hdf5_list(r->file, group, &names, &count, NULL) != GT_OK) return;
    for (size_t i = 0; i < count && strlen(out) < HINT - 100; i++) {
        gt_hdf5_array *array = NULL;
        snprintf(path, sizeof path, "%s%s", group, names[i]);
        if (path[strlen(path) - 1] == '/') {
            find_candidates(r, path, depth - 1, out);
        } else if (gt_hdf5_array_open(r->file, path, &array, NULL) == GT_OK) {
            const gt_hdf5_shape *shape = gt_hdf5_array_shape(array);
            size_t used = strlen(out);
            if (shape->rank >= 2 && shape->type != GT_HDF5_TEXT)
                snprintf(out + used, HINT - used, "%s%.80s", used ? ", " : "", path);
        } else { /* a table has fields */
            strncat(path, "/", sizeof path - strlen(path) - 1);
            find_candidates(r, path, depth - 1, out);
        }
        gt_hdf5_array_close(array);
    }
    free(names);
}

/* A column of one number a row, as labels (N,1), is no code. */
static bool can_be(const gt_hdf5_shape *shape, bool as_codes) {
    bool is_vectors = gt_axes_are_vectors(shape->dims, shape->rank);
    if (as_codes) return is_vectors && shape->dims[0] > 0 && shape->items > shape->dims[0];
    return shape->rank >= 3 && shape->rank <= 4 && !is_vectors;
}

/* A mask or inverse variances, by the name. */
static bool is_plane(const char *path) {
    const char *slash = strrchr(path, '/'), *name = slash != NULL ? slash + 1 : path;
    if (strncmp(name, "image_", 6) == 0) name += 6;
    return strcmp(name, gt_plane_names[0]) == 0 || strcmp(name, gt_plane_names[1]) == 0;
}

/* How many can be pictures, or codes, in names as they are listed; out: the first. */
static size_t find_those(const gt_hdf5_source *r, const char *names, bool as_codes,
                         char out[HINT]) {
    size_t found = 0;
    for (const char *at = names, *next; *at != 0; at = next) {
        char path[HINT];
        gt_hdf5_array *array = NULL;
        size_t length = strcspn(at, ",");
        next = at + length + (at[length] != 0 ? 2 : 0);
        snprintf(path, sizeof path, "%.*s", (int)length, at);
        if (gt_hdf5_array_open(r->file, path, &array, NULL) == GT_OK) {
            bool is_one = can_be(gt_hdf5_array_shape(array), as_codes) && !is_plane(path);
            if (is_one && found++ == 0) snprintf(out, HINT, "%s", path);
        } else {
            found += 2; /* a name that was cut, or has a comma */
        }
        gt_hdf5_array_close(array);
    }
    return found;
}

static gt_status no_images(gt_hdf5_source *r, gt_error *err) {
    char names[HINT] = "", only[HINT];
    find_candidates(r, "", MAX_DEPTH, names);
    bool is_listed_whole = strlen(names) < HINT - 100;
    size_t pictures = is_listed_whole ? find_those(r, names, false, only) : 2;
    bool is_pictures = pictures == 1;
    if (is_pictures || (pictures == 0 && find_those(r, names, true, only) == 1)) {
        fprintf(r->source.notes.lines,
                "'%s' is taken, the only array that can be %s; --dataset says another\n", only,
                is_pictures ? "pictures" : "codes");
        r->main = strdup(only);
        return r->main != NULL ? GT_OK : gt_fail(err, GT_NO_MEMORY, "out of memory for a name");
    }
    if (names[0] == 0)
        return gt_fail(err, GT_NOT_FOUND,
                       "%s: has no data set 'images' or 'codes', nor others that could be such",
                       r->path);
    return gt_fail(err, GT_NOT_FOUND,
                   "%s: has no data set 'images' or 'codes'; --dataset takes another one: %s",
                   r->path, names);
}

static gt_status choose_main(gt_hdf5_source *r, const char *wanted, gt_error *err) {
    /* The last two are those of the Multimodal Universe. */
    static const char *const usual[] = {"images", "codes", "image_array", "image_flux"};
    const char *name = wanted;
    for (size_t i = 0; name == NULL && i < sizeof usual / sizeof *usual; i++)
        if (gt_hdf5_has(r->file, usual[i])) name = usual[i];
    if (name == NULL) return no_images(r, err);
    r->main = strdup(name);
    return r->main != NULL ? GT_OK : gt_fail(err, GT_NO_MEMORY, "out of memory for a name");
}

/* ---- their shape ---- */

static gt_status unclear_axes(const gt_hdf5_source *r, const uint64_t *dims, gt_error *err) {
    return gt_fail(err, GT_USAGE,
                   "%s: '%s' is %" PRIu64 " x %" PRIu64 " x %" PRIu64 " x %" PRIu64
                   ", whose channels may be the second axis or the last, (N,C,H,W) or "
                   "(N,H,W,C); say --axes nchw or --axes nhwc",
                   r->path, r->main, dims[0], dims[1], dims[2], dims[3]);
}

static gt_status one_picture(const gt_hdf5_source *r, const uint64_t *dims, gt_error *err) {
    return gt_fail(err, GT_UNSUPPORTED,
                   "%s: '%s' is %" PRIu64 " x %" PRIu64 " x %" PRIu64
                   ", expected (N,H,W), a picture with channels (H,W,C) as (1,H,W,C), codes as "
                   "(N,D)",
                   r->path, r->main, dims[0], dims[1], dims[2]);
}

static gt_status describe_pictures(gt_hdf5_source *r, const char *asked, gt_error *err) {
    const gt_hdf5_shape *shape = gt_hdf5_array_shape(r->images);
    const uint64_t *dims = shape->dims;
    gt_axes axes = GT_AXES_CHANNELS_FIRST;
    if (shape->rank == 4) axes = gt_axes_of(r->file, dims);
    if (shape->rank == 4 && asked != NULL && strcmp(asked, "auto") != 0)
        axes = strcmp(asked, "nhwc") == 0 ? GT_AXES_CHANNELS_LAST : GT_AXES_CHANNELS_FIRST;
    if (axes == GT_AXES_UNCLEAR) return unclear_axes(r, dims, err);
    if (gt_axes_are_one_picture(dims, shape->rank)) return one_picture(r, dims, err);
    r->has_channels_last = axes == GT_AXES_CHANNELS_LAST;
    bool has_axis = shape->rank == 4;
    r->source.info.channels = !has_axis ? 1 : (size_t)dims[r->has_channels_last ? 3 : 1];
    r->source.info.height = (size_t)dims[has_axis && !r->has_channels_last ? 2 : 1];
    r->source.info.width = (size_t)dims[has_axis && !r->has_channels_last ? 3 : 2];
    if (r->has_channels_last)
        fprintf(r->source.notes.lines,
                "'%s' is read as (N,H,W,C): %zu channel%s of %zu x %zu\n", r->main,
                r->source.info.channels, r->source.info.channels == 1 ? "" : "s",
                r->source.info.height, r->source.info.width);
    return GT_OK;
}

/* The shape does not tell a picture (H,W) from codes: the name may say otherwise. */
static void tell_codes(const gt_hdf5_source *r) {
    const gt_source_info *info = &r->source.info;
    const char *slash = strrchr(r->main, '/'), *name = slash != NULL ? slash + 1 : r->main;
    if (strcasecmp(name, "images") != 0 && strcasecmp(name, "image") != 0) return;
    fprintf(r->source.notes.lines,
            "'%s' is read as (N,D): %" PRIu64 " codes of %zu numbers; a picture (H,W) is "
            "taken as (1,H,W)\n",
            r->main, info->count, info->channels);
}

static gt_status open_images(gt_hdf5_source *r, const char *asked, gt_error *err) {
    gt_status status = GT_OK;
    GT_TRY(gt_hdf5_array_open(r->file, r->main, &r->images, err));
    const gt_hdf5_shape *shape = gt_hdf5_array_shape(r->images);
    if (shape->rank < 2 || shape->rank > 4 || shape->type == GT_HDF5_TEXT)
        GT_THROW(err, GT_BAD_FORMAT,
                 "%s: '%s' has rank %zu and type %s, expected numbers of rank 4 (N,C,H,W) or "
                 "(N,H,W,C), 3 (N,H,W), or 2 (N,D) for codes",
                 r->path, r->main, shape->rank, gt_hdf5_type_name(shape->type));
    r->source.info.count = shape->dims[0];
    r->source.info.is_codes = gt_axes_are_vectors(shape->dims, shape->rank);
    r->source.info.type = gt_hdf5_type_name(shape->type);
    r->source.info.is_bytes = shape->type == GT_HDF5_U8;
    r->source.info.channels = (size_t)(shape->items / shape->dims[0]);
    r->source.info.height = r->source.info.width = 1;
    if (!r->source.info.is_codes)
        GT_TRY(describe_pictures(r, asked, err));
    else
        tell_codes(r);
    /* They wait as they are: a tall chunk of bytes would be four times as large as floats. */
    gt_hdf5_type type = shape->type == GT_HDF5_F16 ? GT_HDF5_F32 : shape->type;
    r->held = gt_numbers_plain(gt_hdf5_number_type(type), false);
    GT_TRY(gt_hdf5_window_open(&r->window, r->images, type, BLOCK_BYTES, err));
    size_t values = (size_t)(shape->items / shape->dims[0]);
    r->values = malloc(values * sizeof *r->values);
    r->pixels = malloc(values * sizeof *r->pixels);
    if (r->values == NULL || r->pixels == NULL)
        GT_THROW(err, GT_NO_MEMORY, "out of memory for rows of %s", r->path);
done:
    return status;
}

/* ---- planes ---- */

/* Pixels then have room for them as well. */
static gt_status open_planes(gt_hdf5_source *r, gt_error *err) {
    gt_source_info *info = &r->source.info;
    if (info->is_codes) return GT_OK;
    gt_status status =
        gt_hdf5_planes_open(r->file, r->main, info, r->source.notes.lines, &r->planes, err);
    if (status) return status;
    info->planes = gt_hdf5_planes_are(r->planes);
    size_t planes = info->channels + gt_plane_channels(info->planes, info->channels);
    float *grown = realloc(r->pixels, planes * info->height * info->width * sizeof *grown);
    if (grown == NULL)
        return gt_fail(err, GT_NO_MEMORY, "out of memory for rows of %s", r->path);
    r->pixels = grown;
    return GT_OK;
}

/* Bytes stay what they are, unless they stand for other values. */
static void look_at_packing(gt_hdf5_source *r) {
    gt_source_info *info = &r->source.info;
    r->packing = gt_hdf5_packing_of(r->file, r->images);
    bool has_none = !isnan(r->packing.missing);
    char none[GT_NUMBER_SIZE];
    gt_real_to_text(r->packing.missing, none);
    gt_hdf5_packing_tell(&r->packing, r->main, r->source.notes.lines);
    info->is_bytes = info->is_bytes && !gt_hdf5_is_packed(&r->packing);
    r->is_packed = gt_hdf5_is_packed(&r->packing) || (has_none && !info->is_bytes);
    if (has_none)
        fprintf(r->source.notes.lines, "'%s' says that %s stands for none (_FillValue)%s%s%s\n",
                r->main, none, info->is_bytes ? ": --blank " : "", info->is_bytes ? none : "",
                info->is_bytes ? " takes it so" : "");
}

/* Where the pictures lie, if that is all there is to know. */
static void find_place(gt_hdf5_source *r, bool is_on_disk) {
    const gt_source_info *info = &r->source.info;
    const gt_hdf5_shape *shape = gt_hdf5_array_shape(r->images);
    size_t pixels = info->height * info->width, channels = info->channels;
    r->source.flat =
        (gt_flat){.path = r->path,
                  .offset = shape->offset,
                  .count = info->count,
                  .picture = {channels, info->height, info->width, {pixels, info->width, 1}}};
    if (r->has_channels_last)
        r->source.flat.picture = (gt_npy_picture){
            channels, info->height, info->width, {1, info->width * channels, channels}};
    r->source.flat.numbers =
        gt_numbers_plain(gt_hdf5_number_type(shape->type), shape->big_endian);
    r->source.is_flat = is_on_disk && r->planes == NULL && shape->flat && !r->is_packed;
}

/* ---- attributes ---- */

/* In files of others an attribute of this name may mean something else. */
static gt_status read_text(gt_hdf5_source *r, const char *name, char **out, gt_error *err) {
    gt_error why;
    gt_status status = gt_hdf5_text(r->file, NULL, name, out, &why);
    if (status == GT_NO_MEMORY) return gt_fail(err, status, "%s", why.text);
    if (status)
        fprintf(r->source.notes.lines, "attribute '%s' is left out: it is not one text\n",
                name);
    return GT_OK;
}

/* Names of the channels: an attribute of the pictures or of the file, one text or a list. */
static gt_status read_bands(gt_hdf5_source *r, gt_error *err) {
    char **names = NULL;
    size_t count = 0, size = 0;
    gt_error why;
    gt_status status = gt_hdf5_texts(r->file, r->images, "bands", &names, &count, &why);
    if (!status && count == 0)
        status = gt_hdf5_texts(r->file, NULL, "bands", &names, &count, &why);
    if (status == GT_NO_MEMORY) return gt_fail(err, status, "%s", why.text);
    if (status)
        fprintf(r->source.notes.lines, "attribute 'bands' is left out: it is not text\n");
    FILE *list = count > 0 ? open_memstream(&r->bands, &size) : NULL;
    for (size_t i = 0; list && i < count; i++) fprintf(list, "%s%s", i ? "," : "", names[i]);
    bool is_lost = count > 0 && (list == NULL || fclose(list) != 0);
    free(names);
    r->source.info.bands = r->bands;
    return is_lost ? gt_fail(err, GT_NO_MEMORY, "out of memory for names of bands") : GT_OK;
}

/* Of the values: an attribute of the pictures, or of the file. */
static gt_status read_unit(gt_hdf5_source *r, gt_error *err) {
    static const char *const names[] = {"unit", "units", "BUNIT"};
    gt_status status = read_text(r, names[0], &r->unit, err);
    for (size_t i = 0; i < 6 && status == GT_OK && r->unit == NULL; i++) {
        gt_error why;
        status = gt_hdf5_text(r->file, i < 3 ? r->images : NULL, names[i % 3], &r->unit, &why);
        if (status == GT_NO_MEMORY) return gt_fail(err, status, "%s", why.text);
        status = GT_OK; /* one that is no text says nothing of a unit */
    }
    r->source.info.unit = r->unit;
    return status;
}

static gt_status read_attributes(gt_hdf5_source *r, gt_error *err) {
    gt_status status = GT_OK;
    gt_error why;
    double *scale = &r->source.info.pixel_scale_arcsec;
    GT_TRY(read_text(r, "survey", &r->survey, err));
    GT_TRY(read_text(r, "collection", &r->collection, err));
    GT_TRY(read_text(r, "model", &r->model, err));
    GT_TRY(read_text(r, "provenance", &r->provenance, err));
    r->source.info.survey = r->survey;
    r->source.info.collection = r->collection;
    r->source.info.model = r->model;
    r->source.info.provenance = r->provenance;
    GT_TRY(read_bands(r, err));
    GT_TRY(read_text(r, "preparation", &r->preparation, err));
    r->source.info.preparation = r->preparation;
    GT_TRY(read_text(r, "learned_from", &r->learned_from, err));
    r->source.info.learned_from = r->learned_from;
    if (!gt_range_take(r->file, &r->source.info.range))
        fprintf(r->source.notes.lines, GT_RANGE_LEFT_OUT "\n");
    if (r->source.info.is_bytes && !r->provenance) r->source.info.range = gt_range_undeclared();
    GT_TRY(read_unit(r, err));
    bool is_number = gt_hdf5_real(r->file, NULL, "pixel_scale_arcsec", scale, &why) == GT_OK;
    if (is_number && (isnan(*scale) || (*scale > 0 && isfinite(*scale)))) goto done;
    *scale = NAN;
    fprintf(r->source.notes.lines,
            "attribute 'pixel_scale_arcsec' is left out: it is not one number above 0\n");
done:
    return status;
}

static gt_status open_source(const gt_source_request *request, void **out, gt_error *err) {
    gt_status status = GT_OK;
    gt_hdf5_source *r = calloc(1, sizeof *r);
    if (r == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for an HDF5 file");
    r->path = strdup(request->path);
    if (r->path == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for an HDF5 file");
    GT_TRY(gt_notes_open(&r->source.notes, err));
    if (request->bytes != NULL)
        GT_TRY(gt_hdf5_open_bytes(r->path, request->bytes, request->length, &r->file, err));
    else
        GT_TRY(gt_hdf5_open(r->path, &r->file, err));
    GT_TRY(choose_main(r, request->dataset, err));
    GT_TRY(open_images(r, request->axes, err));
    look_at_packing(r);
    GT_TRY(open_planes(r, err));
    find_place(r, request->bytes == NULL);
    GT_TRY(read_attributes(r, err));
    GT_TRY(gt_hdf5_columns_open(r->file, r->path, r->main, &r->source.info, r->planes,
                                r->source.notes.lines, &r->columns, err));
    gt_hdf5_columns_describe(r->columns, &r->source.info);
    GT_TRY(gt_hdf5_layout_describe(r->file, r->path, r->main, r->source.notes.lines,
                                   &r->source.info, &r->bands, err));
    gt_array_source_publish(&r->source);
    *out = r;
    r = NULL;
done:
    close_source(r);
    return status;
}

static const gt_source_info *describe_source(const void *self) {
    return &((const gt_hdf5_source *)self)->source.info;
}

/* ---- reading ---- */

/* (H,W,C) to (C,H,W). */
static void bring_channels_first(const float *from, size_t channels, size_t pixels,
                                 float *out) {
    for (size_t c = 0; c < channels; c++)
        for (size_t i = 0; i < pixels; i++) out[c * pixels + i] = from[i * channels + c];
}

/* The next one through the library. */
static gt_status read_picture(void *self, const float **out, gt_error *err) {
    gt_status status = GT_OK;
    gt_hdf5_source *r = self;
    const gt_source_info *info = &r->source.info;
    const void *stored;
    size_t values = info->channels * info->height * info->width;
    GT_TRY(gt_hdf5_window_row(&r->window, r->source.next, &stored, err));
    gt_numbers_to_floats(&r->held, stored, values, r->values, &r->rounding);
    if (r->is_packed) gt_hdf5_unpack_floats(&r->packing, r->values, values);
    if (r->has_channels_last)
        bring_channels_first(r->values, info->channels, info->height * info->width, r->pixels);
    if (r->planes != NULL) {
        if (!r->has_channels_last) memcpy(r->pixels, r->values, values * sizeof *r->pixels);
        GT_TRY(gt_hdf5_planes_row(r->planes, r->source.next, r->pixels + values, err));
    }
    *out = r->has_channels_last || r->planes != NULL ? r->pixels : r->values;
done:
    return status;
}

static gt_status fill_columns(void *self, uint64_t row, gt_picture *picture, gt_error *err) {
    gt_hdf5_source *r = self;
    return gt_hdf5_columns_row(r->columns, row, picture, err);
}

static void tell_values(const void *self, FILE *lines) {
    const gt_hdf5_source *r = self;
    char text[GT_ROUNDED_TEXT];
    gt_hdf5_columns_tell_unknown(r->columns, lines);
    if (*gt_rounded_text(r->rounding, gt_source_noun(&r->source.info), r->source.info.type,
                         text))
        fprintf(lines, "%s\n", text);
    if (*gt_hdf5_planes_rounded(r->planes, text)) fprintf(lines, "%s\n", text);
}

static gt_status next_picture(void *self, gt_picture *out, bool *more, gt_error *err) {
    static const gt_array_reader reader = {read_picture, fill_columns, tell_values};
    gt_hdf5_source *r = self;
    return gt_array_source_next(&r->source, &reader, r, out, more, err);
}

const gt_importer gt_hdf5_source_one = {.name = "hdf5",
                                        .open = open_source,
                                        .describe = describe_source,
                                        .next = next_picture,
                                        .close = close_source};
