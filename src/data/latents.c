/* latents.c - see latents.h. */
#include "latents.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "galatea/log.h"
#include "hdf5_file.h"
#include "outfile.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "rows are written in this machine's byte order, files are little-endian");

static const char *const kinds[] = {"eps", "z"};

static size_t part_width(const gt_latents_part *part) {
    size_t width = 1;
    for (size_t i = 0; i < part->rank; i++) width *= (size_t)part->dims[i];
    return width;
}

size_t gt_latents_width(const gt_latents_info *info) {
    size_t width = 0;
    for (size_t i = 0; i < info->part_count; i++) width += part_width(&info->parts[i]);
    return width;
}

/* ---- Writing ----------------------------------------------------------------------------- */

enum { SET, ROW, ID, ROUND_TRIP, LARGEST_Z, COLUMNS };
static const char *const column_names[COLUMNS] = {"set", "row", "id", "round_trip",
                                                  "largest_z"};

struct gt_latents_writer {
    char *path;
    gt_outfile *file;
    gt_latents_info info;
    uint64_t written, part_offset[GT_LATENT_PARTS], column_offset[COLUMNS];
    char *text; /* one text, padded */
};

static size_t size_or_one(size_t size) {
    return size > 0 ? size : 1;
}

/* The parts, then columns that tell where they come from; how many they are. */
static size_t list_arrays(const gt_latents_info *info,
                          gt_hdf5_new_array arrays[GT_LATENT_PARTS + COLUMNS]) {
    const gt_hdf5_new_array columns[COLUMNS] = {
        [SET] = {.type = GT_HDF5_TEXT, .item_size = size_or_one(info->set_length)},
        [ROW] = {.type = GT_HDF5_U64},
        [ID] = {.type = GT_HDF5_TEXT, .item_size = size_or_one(info->id_length)},
        [ROUND_TRIP] = {.type = GT_HDF5_F32},
        [LARGEST_Z] = {.type = GT_HDF5_F32}};
    size_t count = 0;
    for (; count < info->part_count; count++) {
        const gt_latents_part *part = &info->parts[count];
        arrays[count] = (gt_hdf5_new_array){
            .name = part->name,
            .type = GT_HDF5_F32,
            .rank = part->rank + 1,
            .dims = {info->count, part->dims[0], part->dims[1], part->dims[2]}};
    }
    for (size_t i = 0; i < COLUMNS && info->has_origin; i++) {
        arrays[count] = columns[i];
        arrays[count].name = column_names[i];
        arrays[count].rank = 1;
        arrays[count++].dims[0] = info->count;
    }
    return count;
}

static gt_status lay_out(gt_latents_writer *w, gt_error *err) {
    const gt_latents_info *info = &w->info;
    gt_hdf5_new_array arrays[GT_LATENT_PARTS + COLUMNS];
    const gt_hdf5_new_attribute said[] = {{.name = "kind", .text = kinds[info->raw]},
                                          {.name = "model", .text = info->model},
                                          {.name = "weights", .text = info->weights},
                                          {.name = "provenance", .text = info->provenance}};
    gt_hdf5_new_attribute attributes[sizeof said / sizeof *said];
    size_t count = list_arrays(info, arrays), attribute_count = 0;
    for (size_t i = 0; i < sizeof said / sizeof *said; i++)
        if (said[i].text) attributes[attribute_count++] = said[i];
    gt_status status = gt_hdf5_create_flat(gt_outfile_path(w->file), arrays, count, attributes,
                                           attribute_count, err);
    if (status) return status;
    for (size_t i = 0; i < info->part_count; i++) w->part_offset[i] = arrays[i].offset;
    for (size_t i = 0; i < COLUMNS && info->has_origin; i++)
        w->column_offset[i] = arrays[info->part_count + i].offset;
    return GT_OK;
}

gt_status gt_latents_writer_create(const char *path, const gt_latents_info *info,
                                   gt_latents_writer **out, gt_error *err) {
    gt_status status = GT_OK;
    gt_latents_writer *w = calloc(1, sizeof *w);
    if (!w) GT_THROW(err, GT_NO_MEMORY, "no memory for a file of latents");
    w->info = *info;
    w->path = strdup(path);
    w->text = malloc(info->set_length + info->id_length + 1);
    if (!w->path || !w->text) GT_THROW(err, GT_NO_MEMORY, "no memory for a file of latents");
    GT_TRY(gt_outfile_open(path, &w->file, err));
    GT_TRY(lay_out(w, err));
    w->info.model = w->info.weights = w->info.provenance = NULL;
    *out = w;
    w = NULL;
done:
    gt_latents_writer_discard(w);
    return status;
}

static gt_status put(gt_latents_writer *w, int column, uint64_t row, const void *value,
                     size_t size, gt_error *err) {
    return gt_outfile_pwrite(w->file, w->column_offset[column] + row * size, value, size, err);
}

static gt_status put_text(gt_latents_writer *w, int column, uint64_t row, const char *text,
                          size_t size, gt_error *err) {
    size_t length = text ? strnlen(text, size) : 0;
    memset(w->text, 0, size);
    if (length) memcpy(w->text, text, length);
    return put(w, column, row, w->text, size, err);
}

static gt_status put_origin(gt_latents_writer *w, uint64_t row, const gt_latents_origin *from,
                            gt_error *err) {
    gt_status status = GT_OK;
    GT_TRY(put_text(w, SET, row, from->set, size_or_one(w->info.set_length), err));
    GT_TRY(put(w, ROW, row, &from->row, sizeof from->row, err));
    GT_TRY(put_text(w, ID, row, from->id, size_or_one(w->info.id_length), err));
    GT_TRY(put(w, ROUND_TRIP, row, &from->round_trip, sizeof from->round_trip, err));
    GT_TRY(put(w, LARGEST_Z, row, &from->largest_z, sizeof from->largest_z, err));
done:
    return status;
}

gt_status gt_latents_writer_append(gt_latents_writer *w, const float *rows, size_t stride,
                                   const gt_latents_origin *origins, size_t count,
                                   gt_error *err) {
    gt_status status = GT_OK;
    if (count > w->info.count - w->written)
        GT_THROW(err, GT_BAD_ARGUMENT, "%s: more rows than the %" PRIu64 " announced", w->path,
                 w->info.count);
    for (size_t n = 0; n < count; n++, w->written++) {
        const float *from = rows + n * stride;
        for (size_t i = 0; i < w->info.part_count; i++) {
            size_t width = part_width(&w->info.parts[i]), bytes = width * sizeof *from;
            GT_TRY(gt_outfile_pwrite(w->file, w->part_offset[i] + w->written * bytes, from,
                                     bytes, err));
            from += width;
        }
        if (w->info.has_origin) GT_TRY(put_origin(w, w->written, &origins[n], err));
    }
done:
    return status;
}

gt_status gt_latents_writer_commit(gt_latents_writer *w, gt_error *err) {
    gt_status status = GT_OK;
    if (w->written < w->info.count)
        GT_THROW(err, GT_BAD_ARGUMENT, "%s: %" PRIu64 " rows of %" PRIu64, w->path, w->written,
                 w->info.count);
    GT_TRY(gt_outfile_commit(w->file, err));
done:
    gt_latents_writer_discard(w);
    return status;
}

void gt_latents_writer_discard(gt_latents_writer *w) {
    if (!w) return;
    gt_outfile_discard(w->file);
    free(w->path);
    free(w->text);
    free(w);
}

/* ---- Reading ----------------------------------------------------------------------------- */

struct gt_latents {
    gt_hdf5 *file;
    gt_hdf5_array *arrays[GT_LATENT_PARTS];
    gt_latents_info info;
    char *model, *weights;
};

/* is_foreign: whether the file says nothing, or NULL where that is an error. */
static gt_status read_kind(gt_latents *l, const char *path, bool *is_foreign, gt_error *err) {
    gt_status status = GT_OK;
    char *kind = NULL;
    GT_TRY(gt_hdf5_text(l->file, NULL, "kind", &kind, err));
    if (is_foreign) *is_foreign = kind == NULL;
    if (!kind && is_foreign) goto done;
    if (!kind || (strcmp(kind, kinds[false]) != 0 && strcmp(kind, kinds[true]) != 0))
        GT_THROW(err, GT_BAD_FORMAT,
                 "%s: %s%s%s, expected latents of kind eps or z, as `galatea invert` writes",
                 path, kind ? "kind '" : "no attribute 'kind'", kind ? kind : "",
                 kind ? "'" : "");
    l->info.raw = strcmp(kind, kinds[true]) == 0;
done:
    free(kind);
    return status;
}

/* "(N,2,32,32)" */
static const char *shape_text(size_t rank, const uint64_t *dims, char out[96]) {
    size_t length = (size_t)snprintf(out, 96, "(N");
    for (size_t i = 0; i < rank; i++)
        length += (size_t)snprintf(out + length, 96 - length, ",%" PRIu64, dims[i]);
    snprintf(out + length, 96 - length, ")");
    return out;
}

/* What a file of one's own is to hold. */
static void advise(const gt_latents_info *expected, gt_error *err) {
    char parts[400] = "", dims[96];
    size_t used = 0;
    for (size_t i = 0; i < expected->part_count && used < sizeof parts; i++) {
        const gt_latents_part *part = &expected->parts[i];
        used +=
            (size_t)snprintf(parts + used, sizeof parts - used, "%s'%s' %s", i > 0 ? ", " : "",
                             part->name, shape_text(part->rank, part->dims, dims));
    }
    gt_advise(err, "expected HDF5 with %s of normal noise, as --save-latents writes", parts);
}

static gt_status open_part(gt_latents *l, const char *path, size_t i, gt_error *err) {
    const gt_latents_part *part = &l->info.parts[i];
    char found[96], expected[96];
    shape_text(part->rank, part->dims, expected);
    if (!gt_hdf5_has(l->file, part->name))
        return gt_fail(err, GT_BAD_SHAPE, "%s: no array '%s', expected one of %s", path,
                       part->name, expected);
    gt_status status = gt_hdf5_array_open(l->file, part->name, &l->arrays[i], err);
    if (status) return status;
    const gt_hdf5_shape *shape = gt_hdf5_array_shape(l->arrays[i]);
    bool is_real = shape->type == GT_HDF5_F32 || shape->type == GT_HDF5_F64;
    bool fits = is_real && shape->rank == part->rank + 1 &&
                memcmp(shape->dims + 1, part->dims, part->rank * sizeof *part->dims) == 0;
    if (!fits)
        return gt_fail(err, GT_BAD_SHAPE, "%s: '%s' is %s %s, expected float32 %s", path,
                       part->name, gt_hdf5_type_name(shape->type),
                       shape_text(shape->rank - 1, shape->dims + 1, found), expected);
    if (i > 0 && shape->dims[0] != l->info.count)
        return gt_fail(err, GT_BAD_SHAPE,
                       "%s: '%s' has %" PRIu64 " rows, expected %" PRIu64 ", as '%s' has", path,
                       part->name, shape->dims[0], l->info.count, l->info.parts[0].name);
    l->info.count = shape->dims[0];
    return GT_OK;
}

bool gt_latents_are_in(const char *path) {
    gt_latents l = {0};
    bool are =
        gt_hdf5_open(path, &l.file, NULL) == GT_OK && read_kind(&l, path, NULL, NULL) == GT_OK;
    gt_hdf5_close(l.file);
    return are;
}

/* Whether it is a column beside the parts. */
static bool is_column(const char *name) {
    for (size_t i = 0; i < COLUMNS; i++)
        if (strcmp(column_names[i], name) == 0) return true;
    return false;
}

static gt_status describe_part(gt_latents *l, const char *name, gt_error *err) {
    gt_status status = GT_OK;
    gt_hdf5_array *array = NULL;
    gt_latents_part *part = &l->info.parts[l->info.part_count];
    if (is_column(name) || l->info.part_count == GT_LATENT_PARTS) return GT_OK;
    GT_TRY(gt_hdf5_array_open(l->file, name, &array, err));
    const gt_hdf5_shape *shape = gt_hdf5_array_shape(array);
    if (shape->rank < 2) goto done;
    snprintf(part->name, sizeof part->name, "%s", name);
    part->rank = shape->rank - 1;
    memcpy(part->dims, shape->dims + 1, part->rank * sizeof *part->dims);
    l->info.count = shape->dims[0];
    l->info.part_count++;
done:
    gt_hdf5_array_close(array);
    return status;
}

gt_status gt_latents_describe(const char *path, gt_latents_info *out, char **provenance,
                              gt_error *err) {
    gt_status status = GT_OK;
    gt_latents l = {0};
    char **names = NULL;
    size_t count = 0;
    GT_TRY(gt_hdf5_open(path, &l.file, err));
    GT_TRY(read_kind(&l, path, NULL, err));
    GT_TRY(gt_hdf5_list(l.file, "/", &names, &count, err));
    for (size_t i = 0; i < count; i++) GT_TRY(describe_part(&l, names[i], err));
    l.info.has_origin = gt_hdf5_has(l.file, "round_trip");
    if (provenance) GT_TRY(gt_hdf5_text(l.file, NULL, "provenance", provenance, err));
    *out = l.info;
done:
    free(names);
    gt_hdf5_close(l.file);
    return status;
}

/* Of numbers of which a file says nothing: whether they look like noise. */
static gt_status tell_noise(const gt_latents *l, const char *path, gt_error *err) {
    enum { LOOKED_AT = 16 }; /* rows, of as many numbers as pictures have */
    gt_status status = GT_OK;
    size_t rows = l->info.count < LOOKED_AT ? (size_t)l->info.count : LOOKED_AT;
    size_t count = rows * gt_latents_width(&l->info);
    double mean = 0, square = 0;
    float *x = malloc(count * sizeof *x);
    if (!x) GT_THROW(err, GT_NO_MEMORY, "no memory for %zu rows of latents", rows);
    GT_TRY(gt_latents_read(l, 0, rows, x, err));
    for (size_t i = 0; i < count; i++) mean += (double)x[i] / (double)count;
    for (size_t i = 0; i < count; i++) square += ((double)x[i] - mean) * ((double)x[i] - mean);
    gt_remark("%s does not tell its kind: taken as normal noise, of mean 0 and deviation 1; "
              "its own are %.3g and %.3g",
              path, mean, sqrt(square / (double)count));
done:
    free(x);
    return status;
}

gt_status gt_latents_open(const char *path, gt_latents_info *expected, gt_latents **out,
                          gt_error *err) {
    gt_status status = GT_OK;
    bool is_foreign;
    gt_latents *l = calloc(1, sizeof *l);
    if (!l) GT_THROW(err, GT_NO_MEMORY, "no memory for a file of latents");
    l->info = *expected;
    status = gt_hdf5_open(path, &l->file, err);
    if (status == GT_BAD_FORMAT) advise(expected, err);
    if (status) goto done;
    l->info.raw = false;
    GT_TRY(read_kind(l, path, &is_foreign, err));
    GT_TRY(gt_hdf5_text(l->file, NULL, "model", &l->model, err));
    GT_TRY(gt_hdf5_text(l->file, NULL, "weights", &l->weights, err));
    for (size_t i = 0; i < l->info.part_count && !status; i++)
        status = open_part(l, path, i, err);
    if (status && is_foreign) advise(expected, err);
    if (status) goto done;
    if (is_foreign) GT_TRY(tell_noise(l, path, err));
    expected->count = l->info.count;
    expected->raw = l->info.raw;
    expected->model = l->model;
    expected->weights = l->weights;
    *out = l;
    l = NULL;
done:
    gt_latents_close(l);
    return status;
}

gt_status gt_latents_read(const gt_latents *l, uint64_t first, size_t count, float *rows,
                          gt_error *err) {
    gt_status status = GT_OK;
    size_t width = gt_latents_width(&l->info), before = 0;
    float *some = malloc(count * width * sizeof *some);
    if (!some) GT_THROW(err, GT_NO_MEMORY, "no memory for %zu rows of latents", count);
    for (size_t i = 0; i < l->info.part_count; i++) {
        size_t own = part_width(&l->info.parts[i]);
        GT_TRY(gt_hdf5_array_read(l->arrays[i], first, count, GT_HDF5_F32, some, err));
        for (size_t n = 0; n < count; n++)
            memcpy(rows + n * width + before, some + n * own, own * sizeof *some);
        before += own;
    }
done:
    free(some);
    return status;
}

void gt_latents_close(gt_latents *l) {
    if (!l) return;
    for (size_t i = 0; i < l->info.part_count; i++) gt_hdf5_array_close(l->arrays[i]);
    gt_hdf5_close(l->file);
    free(l->model);
    free(l->weights);
    free(l);
}
