/* columns.c - names and types of the columns, and the facts that follow from a description. */
#include "columns.h"

#include <math.h>
#include <string.h>
#include <strings.h>

const gt_column gt_columns[GT_COLUMN_COUNT] = {
    {GT_COLUMN_LABEL, "labels", "label", GT_HDF5_I32, 4},
    {GT_COLUMN_SPLIT, "split", "split", GT_HDF5_U8, 1},
    {GT_COLUMN_RA, "ra", "ra", GT_HDF5_F64, 8},
    {GT_COLUMN_DEC, "dec", "dec", GT_HDF5_F64, 8},
    {GT_COLUMN_SIZE, "angular_size", "angular_size", GT_HDF5_F64, 8},
    {GT_COLUMN_ID, "id", "id", GT_HDF5_TEXT, 0},
};

const char *const gt_column_names[GT_COLUMN_COUNT][GT_COLUMN_NAMES] = {
    {"labels", "label", "target", "targets", "class", "classes", "y", "ans"},
    {"split", "splits"},
    {"ra", "ra_deg", "raj2000", "_raj2000", "alpha_j2000", "right_ascension"},
    {"dec", "dec_deg", "dej2000", "_dej2000", "decj2000", "delta_j2000", "declination", "decl"},
    {"angular_size", "size_arcsec", "angular_size_arcsec", "las_arcsec"},
    {"id", "ids", "filename", "filenames", "objid", "object_id", "source_id", "source_name",
     "name", "names"},
};

const char *gt_column_find(const gt_hdf5 *file, unsigned bit) {
    size_t place = 0;
    while (gt_columns[place].bit != bit) place++;
    for (size_t i = 0; i < GT_COLUMN_NAMES && gt_column_names[place][i] != NULL; i++)
        if (gt_hdf5_has(file, gt_column_names[place][i])) return gt_column_names[place][i];
    return NULL;
}

bool gt_column_is_called(const gt_column *column, const char *name) {
    return strcmp(name, column->name) == 0 || strcmp(name, column->called) == 0;
}

size_t gt_column_size(const gt_column *column, const gt_dataset_info *info) {
    return column->size > 0 ? column->size : info->id_length;
}

int gt_split_of_word(const char *word, size_t length) {
    static const struct {
        const char *word;
        int split;
    } words[] = {{"train", GT_SPLIT_TRAIN},      {"training", GT_SPLIT_TRAIN},
                 {"test", GT_SPLIT_TEST},        {"testing", GT_SPLIT_TEST},
                 {"val", GT_SPLIT_VALIDATION},   {"validation", GT_SPLIT_VALIDATION},
                 {"valid", GT_SPLIT_VALIDATION}, {"dev", GT_SPLIT_VALIDATION}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strlen(words[i].word) == length && strncasecmp(word, words[i].word, length) == 0)
            return words[i].split;
    return -1;
}

const char *gt_main_array(gt_dataset_kind kind) {
    return kind == GT_DATASET_CODES ? "codes" : "images";
}

gt_dataset_info gt_dataset_info_default(void) {
    return (gt_dataset_info){.pixel_scale_arcsec = NAN, .range = gt_range_undeclared()};
}

gt_dataset_row gt_dataset_row_default(void) {
    return (gt_dataset_row){.label = -1, .ra = NAN, .dec = NAN, .angular_size = NAN};
}

size_t gt_dataset_row_values(const gt_dataset_info *info) {
    return info->channels * info->height * info->width;
}

size_t gt_dataset_plane_bytes(const gt_dataset_info *info, unsigned plane) {
    size_t pixels = info->height * info->width;
    return plane == GT_PLANE_MASK ? pixels : pixels * info->channels * sizeof(float);
}

size_t gt_plane_channels(unsigned planes, size_t channels) {
    return (planes & GT_PLANE_MASK ? 1 : 0) + (planes & GT_PLANE_IVAR ? channels : 0);
}

size_t gt_dataset_row_bytes(const gt_dataset_info *info) {
    return gt_dataset_row_values(info) * (info->type == GT_PIXEL_U8 ? 1 : sizeof(float));
}
