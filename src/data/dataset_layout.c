/* dataset_layout.c - HDF5 lays the file of a set out once: which arrays, and what their
 * attributes say. */
#include "dataset_layout.h"

#include <stdio.h>
#include <stdlib.h>

#include "columns.h"
#include "description.h"
#include "fields.h"
#include "range.h"

enum {
    FACTS = GT_INFO_TEXTS + GT_RANGE_ATTRIBUTES + 2, /* those, pixel scale, label_names */
    FIELD_FACTS = 5,
    NAME = GT_FIELD_NAME + 16
};

typedef struct layout {
    const gt_dataset_info *info;
    gt_hdf5_new_array *arrays;
    gt_array_place *places; /* one for each array */
    size_t array_count;
    gt_hdf5_new_attribute *attributes;
    size_t attribute_count;
    char (*names)[NAME]; /* of the arrays of fields */
    char stretch[GT_STRETCH_TEXT];
} layout;

/* row: bytes of one. */
static void add_array(layout *l, gt_hdf5_new_array array, size_t row) {
    l->arrays[l->array_count] = array;
    l->places[l->array_count++].size = row;
}

static void add_attribute(layout *l, gt_hdf5_new_attribute attribute) {
    l->attributes[l->attribute_count++] = attribute;
}

static void add_pixels(layout *l) {
    const gt_dataset_info *info = l->info;
    add_array(
        l,
        (gt_hdf5_new_array){.name = gt_main_array(info->kind),
                            .type = info->type == GT_PIXEL_U8 ? GT_HDF5_U8 : GT_HDF5_F32,
                            .rank = info->kind == GT_DATASET_CODES ? 2 : 4,
                            .dims = {info->count, info->channels, info->height, info->width}},
        gt_dataset_row_bytes(info));
}

static void add_columns(layout *l) {
    for (size_t i = 0; i < GT_COLUMN_COUNT; i++) {
        const gt_column *column = &gt_columns[i];
        size_t size = gt_column_size(column, l->info);
        if (l->info->columns & column->bit)
            add_array(l,
                      (gt_hdf5_new_array){.name = column->name,
                                          .type = column->type,
                                          .item_size = size,
                                          .rank = 1,
                                          .dims = {l->info->count}},
                      size);
    }
}

static void add_field(layout *l, size_t index) {
    static const gt_hdf5_type types[] = {GT_HDF5_I64, GT_HDF5_F64, GT_HDF5_TEXT};
    static const int64_t missing = GT_FIELD_NO_INTEGER;
    const gt_field *field = &l->info->fields[index];
    const char *said[] = {"unit", "description", "ucd"};
    const char *texts[] = {field->unit, field->description, field->ucd};
    char *name = l->names[index];
    snprintf(name, NAME, GT_FIELD_GROUP "%s", field->name);
    add_array(l,
              (gt_hdf5_new_array){.name = name,
                                  .type = types[field->type],
                                  .item_size = gt_field_size(field),
                                  .rank = 1,
                                  .dims = {l->info->count}},
              gt_field_size(field));
    for (size_t i = 0; i < 3; i++)
        if (texts[i] != NULL)
            add_attribute(
                l, (gt_hdf5_new_attribute){.array = name, .name = said[i], .text = texts[i]});
    if (field->type == GT_FIELD_INTEGER)
        add_attribute(
            l, (gt_hdf5_new_attribute){.array = name, .name = "missing", .whole = &missing});
    add_attribute(
        l, (gt_hdf5_new_attribute){.array = name, .name = "place", .real = (double)index});
}

static void add_planes(layout *l) {
    const gt_dataset_info *info = l->info;
    if (info->planes & GT_PLANE_MASK)
        add_array(l,
                  (gt_hdf5_new_array){.name = gt_plane_names[0],
                                      .type = GT_HDF5_U8,
                                      .rank = 3,
                                      .dims = {info->count, info->height, info->width}},
                  gt_dataset_plane_bytes(info, GT_PLANE_MASK));
    if (info->planes & GT_PLANE_IVAR)
        add_array(l,
                  (gt_hdf5_new_array){
                      .name = gt_plane_names[1],
                      .type = GT_HDF5_F32,
                      .rank = 4,
                      .dims = {info->count, info->channels, info->height, info->width}},
                  gt_dataset_plane_bytes(info, GT_PLANE_IVAR));
}

static void add_facts(layout *l) {
    gt_dataset_info info = *l->info;
    for (size_t i = 0; i < GT_INFO_TEXTS; i++) {
        const char *text = *gt_info_text(&info, i);
        if (text != NULL)
            add_attribute(l,
                          (gt_hdf5_new_attribute){.name = gt_info_text_names[i], .text = text});
    }
    add_attribute(l, (gt_hdf5_new_attribute){.name = "pixel_scale_arcsec",
                                             .real = info.pixel_scale_arcsec});
    if (gt_range_is_declared(info.range))
        l->attribute_count +=
            gt_range_put(info.range, l->stretch, l->attributes + l->attribute_count);
    if (info.class_count > 0)
        add_attribute(l, (gt_hdf5_new_attribute){.array = "labels",
                                                 .name = "label_names",
                                                 .texts = info.class_names,
                                                 .count = info.class_count});
}

gt_status gt_dataset_lay_out(const gt_dataset_info *info, const char *path,
                             gt_array_place **places, size_t *count, gt_error *err) {
    gt_status status = GT_OK;
    size_t fields = info->field_count, most = 1 + GT_COLUMN_COUNT + fields + GT_PLANE_COUNT;
    layout l = {.info = info,
                .arrays = calloc(most, sizeof *l.arrays),
                .places = calloc(most, sizeof *l.places),
                .attributes = calloc(FACTS + FIELD_FACTS * fields, sizeof *l.attributes),
                .names = calloc(fields + 1, sizeof *l.names)};
    if (!l.arrays || !l.places || !l.attributes || !l.names)
        GT_THROW(err, GT_NO_MEMORY, "out of memory for columns");
    add_facts(&l);
    add_pixels(&l);
    add_columns(&l);
    for (size_t i = 0; i < fields; i++) add_field(&l, i);
    add_planes(&l);
    GT_TRY(gt_hdf5_create_flat(path, l.arrays, l.array_count, l.attributes, l.attribute_count,
                               err));
    for (size_t i = 0; i < l.array_count; i++) l.places[i].offset = l.arrays[i].offset;
    *places = l.places;
    *count = l.array_count;
    l.places = NULL;
done:
    free(l.arrays);
    free(l.places);
    free(l.attributes);
    free(l.names);
    return status;
}
