/* hdf5_layouts.c - Galaxy10 and the Multimodal Universe. */
#include "hdf5_layouts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "hdf5_window.h"

enum { BLOCK = 1 << 20, MOST_BANDS = 1000 };

/* ---- pixel scales ---- */

/* Of the pictures, from one that has `each` numbers a picture. */
static gt_status read_scale(const gt_hdf5_array *array, const char *name, size_t each,
                            FILE *notes, gt_source_info *info, gt_error *err) {
    gt_status status = GT_OK;
    gt_hdf5_window window = {0};
    const void *row;
    double low = INFINITY, high = -INFINITY;
    GT_TRY(gt_hdf5_window_open(&window, array, GT_HDF5_F64, BLOCK, err));
    for (uint64_t i = 0; i < info->count; i++) {
        GT_TRY(gt_hdf5_window_row(&window, i, &row, err));
        for (size_t c = 0; c < each; c++) {
            double value;
            memcpy(&value, (const char *)row + c * sizeof value, sizeof value);
            low = fmin(low, value);
            high = fmax(high, value);
        }
    }
    if (low > 0 && high - low <= 1e-4 * high) /* stored in single precision */
        info->pixel_scale_arcsec = rint(low * 1e6) / 1e6;
    else
        fprintf(notes, "%s goes from %g to %g: no pixel scale is kept\n", name, low, high);
done:
    gt_hdf5_window_close(&window);
    return status;
}

/* ---- Galaxy10 ---- */

static const char *const decals_classes[10] = {"Disturbed Galaxies",
                                               "Merging Galaxies",
                                               "Round Smooth Galaxies",
                                               "In-between Round Smooth Galaxies",
                                               "Cigar Shaped Smooth Galaxies",
                                               "Barred Spiral Galaxies",
                                               "Unbarred Tight Spiral Galaxies",
                                               "Unbarred Loose Spiral Galaxies",
                                               "Edge-on Galaxies without Bulge",
                                               "Edge-on Galaxies with Bulge"};

static const char *const sdss_classes[10] = {
    "Disk, Face-on, No Spiral",     "Smooth, Completely round",
    "Smooth, in-between round",     "Smooth, Cigar shaped",
    "Disk, Edge-on, Rounded Bulge", "Disk, Edge-on, Boxy Bulge",
    "Disk, Edge-on, No Bulge",      "Disk, Face-on, Tight Spiral",
    "Disk, Face-on, Medium Spiral", "Disk, Face-on, Loose Spiral"};

static const struct {
    size_t side;
    const char *collection, *survey;
    const char *const *classes;
} galaxy10[] = {{256, "Galaxy10 DECaLS", "DESI Legacy Imaging Surveys", decals_classes},
                {69, "Galaxy10 SDSS", "SDSS", sdss_classes}};

static bool has_one_each(const gt_hdf5_array *array, const gt_source_info *info) {
    const gt_hdf5_shape *shape = gt_hdf5_array_shape(array);
    return shape->rank == 1 && shape->dims[0] == info->count &&
           (shape->type == GT_HDF5_F32 || shape->type == GT_HDF5_F64);
}

static gt_status describe_galaxy10(const gt_hdf5 *file, FILE *notes, gt_source_info *info,
                                   gt_error *err) {
    gt_status status = GT_OK;
    gt_hdf5_array *scales = NULL;
    bool has_labels = gt_hdf5_has(file, "ans") && (info->columns & GT_COLUMN_LABEL) != 0;
    if (!has_labels || info->class_count > 0 || !info->is_bytes) return GT_OK;
    for (size_t i = 0; i < sizeof galaxy10 / sizeof *galaxy10; i++) {
        if (info->channels != 3 || info->height != galaxy10[i].side ||
            info->width != galaxy10[i].side)
            continue;
        info->class_names = galaxy10[i].classes;
        info->class_count = 10;
        if (info->collection == NULL) info->collection = galaxy10[i].collection;
        if (info->survey == NULL) info->survey = galaxy10[i].survey;
        fprintf(notes, "the layout of %s: its ten classes are named\n", galaxy10[i].collection);
        if (isnan(info->pixel_scale_arcsec) && gt_hdf5_has(file, "pxscale") &&
            gt_hdf5_array_open(file, "pxscale", &scales, NULL) != GT_OK)
            scales = NULL;
        if (scales != NULL && has_one_each(scales, info))
            GT_TRY(read_scale(scales, "pxscale", 1, notes, info, err));
    }
done:
    gt_hdf5_array_close(scales);
    return status;
}

/* ---- the Multimodal Universe ---- */

/* The (N,C) array of this name; NULL when there is none of this shape and type. */
static gt_hdf5_array *beside(const gt_hdf5 *file, const char *name, bool is_text,
                             const gt_source_info *info) {
    gt_hdf5_array *array = NULL;
    if (!gt_hdf5_has(file, name) || gt_hdf5_array_open(file, name, &array, NULL) != GT_OK)
        return NULL;
    const gt_hdf5_shape *shape = gt_hdf5_array_shape(array);
    if (shape->rank == 2 && shape->dims[0] == info->count && shape->dims[1] == info->channels &&
        (shape->type == GT_HDF5_TEXT) == is_text)
        return array;
    gt_hdf5_array_close(array);
    return NULL;
}

/* "g,r,z" of one row. */
static gt_status join_bands(const char *row, size_t item, size_t count, char **out,
                            gt_error *err) {
    char *text = malloc(count * (item + 1) + 1), *to = text;
    if (text == NULL) return gt_fail(err, GT_NO_MEMORY, "out of memory for names of bands");
    for (size_t i = 0; i < count; i++) {
        size_t length = strnlen(row + i * item, item);
        if (i > 0) *to++ = ',';
        memcpy(to, row + i * item, length);
        to += length;
    }
    *to = 0;
    *out = text;
    return GT_OK;
}

/* All rows have their bands in one order, or the channels would mean nothing. */
static gt_status read_bands(const gt_hdf5_array *array, const char *path, gt_source_info *info,
                            char **bands, gt_error *err) {
    gt_status status = GT_OK;
    gt_hdf5_window window = {0};
    const void *row;
    char *other = NULL;
    size_t item = gt_hdf5_array_shape(array)->item_size;
    GT_TRY(gt_hdf5_window_open(&window, array, GT_HDF5_TEXT, BLOCK, err));
    for (uint64_t i = 0; i < info->count; i++) {
        GT_TRY(gt_hdf5_window_row(&window, i, &row, err));
        GT_TRY(join_bands(row, item, info->channels, &other, err));
        if (*bands == NULL) {
            *bands = other;
            other = NULL;
            continue;
        }
        if (strcmp(*bands, other) != 0)
            GT_THROW(
                err, GT_BAD_FORMAT,
                "%s: image_band of picture %llu is %.100s, expected %.100s as of the first",
                path, (unsigned long long)i, other, *bands);
        free(other);
        other = NULL;
    }
    info->bands = *bands;
done:
    free(other);
    gt_hdf5_window_close(&window);
    return status;
}

static bool is_universe(const char *main) {
    return strcmp(main, "image_array") == 0 || strcmp(main, "image_flux") == 0;
}

static const char bands_name[] = "image_band", scale_name[] = "image_scale";

/* Of what attributes do not tell already. */
static gt_hdf5_array *open_bands(const gt_hdf5 *file, const gt_source_info *info) {
    bool is_wanted = info->bands == NULL && info->channels <= MOST_BANDS;
    return is_wanted ? beside(file, bands_name, true, info) : NULL;
}

static gt_hdf5_array *open_scale(const gt_hdf5 *file, const gt_source_info *info) {
    return isnan(info->pixel_scale_arcsec) ? beside(file, scale_name, false, info) : NULL;
}

static gt_status describe_universe(const gt_hdf5 *file, const char *path, FILE *notes,
                                   gt_source_info *info, char **bands, gt_error *err) {
    gt_status status = GT_OK;
    gt_hdf5_array *names = open_bands(file, info), *scales = open_scale(file, info);
    if (names != NULL) GT_TRY(read_bands(names, path, info, bands, err));
    if (scales != NULL)
        GT_TRY(read_scale(scales, scale_name, info->channels, notes, info, err));
done:
    gt_hdf5_array_close(names);
    gt_hdf5_array_close(scales);
    return status;
}

bool gt_hdf5_layout_takes(const gt_hdf5 *file, const char *main, const gt_source_info *info,
                          const char *name) {
    gt_hdf5_array *array = NULL;
    if (info->is_codes || !is_universe(main)) return false;
    if (strcmp(name, bands_name) == 0) array = open_bands(file, info);
    if (strcmp(name, scale_name) == 0) array = open_scale(file, info);
    gt_hdf5_array_close(array);
    return array != NULL;
}

gt_status gt_hdf5_layout_describe(const gt_hdf5 *file, const char *path, const char *main,
                                  FILE *notes, gt_source_info *info, char **bands,
                                  gt_error *err) {
    if (info->is_codes) return GT_OK;
    if (strcmp(main, "images") == 0) return describe_galaxy10(file, notes, info, err);
    if (!is_universe(main)) return GT_OK;
    return describe_universe(file, path, notes, info, bands, err);
}
