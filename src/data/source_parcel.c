/* source_parcel.c - see source_parcel.h. A member of the structs of importer.h that is not here
 * is lost on the way, so their sizes are written down. */
#include "source_parcel.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "columns.h"
#include "fields.h"

_Static_assert(sizeof(gt_source_request) == 17 * 8, "put and take the new member here");
_Static_assert(sizeof(gt_source_info) == 26 * 8, "put and take the new member here");
_Static_assert(sizeof(gt_picture) == 17 * 8, "put and take the new member here");
_Static_assert(sizeof(gt_flat) == 15 * 8, "put and take the new member here");
_Static_assert(sizeof(gt_dataset_row) == 8 * 8, "put and take the new member here");

/* Of a picture; the product with the bytes of a value cannot overflow. */
enum {
    MOST_SIDE = 1 << 24,
    MOST_CHANNELS = 1 << 24,
    MOST_CLASSES = 1 << 20,
    MOST_ID = 4096,
    MOST_TEXT = 1 << 20
};

/* ---- the request ---- */

static void put_cut(gt_parcel *parcel, const gt_cut_settings *cut) {
    gt_put_count(parcel, cut != NULL);
    if (cut == NULL) return;
    gt_put_texts(parcel, cut->mosaics, cut->mosaic_count);
    gt_put_text(parcel, cut->catalog);
    gt_put_text(parcel, cut->catalog_hdu);
    gt_put_text(parcel, cut->column);
    gt_put_text(parcel, cut->hdu);
    gt_put_text(parcel, cut->size);
    gt_put_real(parcel, cut->pad);
}

static const gt_cut_settings *take_cut(gt_parcel *parcel, gt_cut_settings *out) {
    *out = (gt_cut_settings){0};
    if (!gt_take_count(parcel, true)) return NULL;
    out->mosaics = gt_take_texts(parcel, &out->mosaic_count);
    out->catalog = gt_take_text(parcel);
    out->catalog_hdu = gt_take_text(parcel);
    out->column = gt_take_text(parcel);
    out->hdu = gt_take_text(parcel);
    out->size = gt_take_text(parcel);
    out->pad = gt_take_real(parcel);
    bool is_whole = out->mosaic_count > 0 && out->catalog != NULL && out->size != NULL;
    parcel->failed = parcel->failed || !is_whole;
    return out;
}

void gt_source_put_request(gt_parcel *parcel, const gt_source_request *request) {
    gt_put_text(parcel, request->path); /* bytes are in the reader alone */
    gt_put_text(parcel, request->subset);
    gt_put_text(parcel, request->dataset);
    gt_put_text(parcel, request->axes);
    gt_put_count(parcel, request->unpack);
    gt_put_count(parcel, request->drops_damaged);
    gt_put_text(parcel, request->fits.hdu);
    gt_put_text(parcel, request->fits.planes);
    gt_put_text(parcel, request->fits.bands);
    gt_put_text(parcel, request->fits.incomplete);
    gt_put_text(parcel, request->fits.id);
    gt_put_text(parcel, request->fits.cards);
    gt_put_text(parcel, request->fits.mask);
    gt_put_text(parcel, request->fits.ivar);
    put_cut(parcel, request->cut);
}

void gt_source_take_request(gt_parcel *parcel, gt_source_request *out, gt_cut_settings *cut) {
    out->path = gt_take_text(parcel);
    out->bytes = NULL;
    out->length = 0;
    out->subset = gt_take_text(parcel);
    out->dataset = gt_take_text(parcel);
    out->axes = gt_take_text(parcel);
    out->unpack = gt_take_count(parcel, UINT64_MAX);
    out->drops_damaged = gt_take_count(parcel, true);
    out->fits.hdu = gt_take_text(parcel);
    out->fits.planes = gt_take_text(parcel);
    out->fits.bands = gt_take_text(parcel);
    out->fits.incomplete = gt_take_text(parcel);
    out->fits.id = gt_take_text(parcel);
    out->fits.cards = gt_take_text(parcel);
    out->fits.mask = gt_take_text(parcel);
    out->fits.ivar = gt_take_text(parcel);
    out->cut = take_cut(parcel, cut);
}

/* ---- the description ---- */

static void put_size(gt_parcel *parcel, size_t channels, size_t height, size_t width) {
    gt_put_count(parcel, channels);
    gt_put_count(parcel, height);
    gt_put_count(parcel, width);
}

static void take_size(gt_parcel *parcel, size_t *channels, size_t *height, size_t *width) {
    *channels = (size_t)gt_take_count(parcel, MOST_CHANNELS);
    *height = (size_t)gt_take_count(parcel, MOST_SIDE);
    *width = (size_t)gt_take_count(parcel, MOST_SIDE);
    bool is_any = *channels > 0 && *height > 0 && *width > 0;
    bool fits = is_any && *channels <= SIZE_MAX / 4 / *height / *width;
    parcel->failed = parcel->failed || !fits;
}

static void put_range(gt_parcel *parcel, gt_value_range range) {
    gt_put_real(parcel, range.low);
    gt_put_real(parcel, range.high);
    gt_put_count(parcel, range.stretch.curve);
    gt_put_real(parcel, range.stretch.a);
}

static gt_value_range take_range(gt_parcel *parcel) {
    gt_value_range out = {.low = gt_take_real(parcel)};
    out.high = gt_take_real(parcel);
    out.stretch.curve = (gt_curve)gt_take_count(parcel, GT_CURVE_ASINH);
    out.stretch.a = gt_take_real(parcel);
    bool needs_a = out.stretch.curve == GT_CURVE_LOG || out.stretch.curve == GT_CURVE_ASINH;
    bool fits = !needs_a || (isfinite(out.stretch.a) && out.stretch.a > 0);
    parcel->failed = parcel->failed || !fits;
    return out;
}

static void put_fields(gt_parcel *parcel, const gt_source_info *info) {
    gt_put_count(parcel, info->field_count);
    for (size_t i = 0; i < info->field_count; i++) {
        const gt_field *field = &info->fields[i];
        gt_put_text(parcel, field->name);
        gt_put_count(parcel, field->type);
        gt_put_count(parcel, field->length);
        gt_put_text(parcel, field->unit);
        gt_put_text(parcel, field->description);
        gt_put_text(parcel, field->ucd);
    }
}

void gt_source_put_info(gt_parcel *parcel, const gt_source_info *info) {
    gt_put_count(parcel, info->count);
    put_size(parcel, info->channels, info->height, info->width);
    gt_put_text(parcel, info->type);
    gt_put_count(parcel, info->is_bytes);
    gt_put_count(parcel, info->is_codes);
    gt_put_count(parcel, info->columns);
    gt_put_count(parcel, info->planes);
    gt_put_count(parcel, info->is_split_by_place);
    gt_put_count(parcel, info->has_catalog_rows);
    gt_put_count(parcel, info->id_length);
    gt_put_texts(parcel, info->class_names, info->class_count);
    gt_put_text(parcel, info->survey);
    gt_put_text(parcel, info->collection);
    gt_put_text(parcel, info->bands);
    gt_put_real(parcel, info->pixel_scale_arcsec);
    put_range(parcel, info->range);
    gt_put_text(parcel, info->unit);
    put_fields(parcel, info);
    gt_put_text(parcel, info->preparation);
    gt_put_text(parcel, info->model);
    gt_put_text(parcel, info->provenance);
    gt_put_text(parcel, info->learned_from);
    gt_put_text(parcel, info->note);
}

/* Names, types and lengths are checked as those of a set are. */
static void take_fields(gt_parcel *parcel, gt_source_lists *lists, gt_source_info *out) {
    size_t count = (size_t)gt_take_count(parcel, GT_FIELD_MOST);
    gt_field *fields = lists->fields = calloc(count + 1, sizeof *fields);
    lists->values = calloc(count + 1, sizeof *lists->values);
    parcel->failed = parcel->failed || fields == NULL || lists->values == NULL;
    for (size_t i = 0; i < count && !parcel->failed; i++) {
        fields[i].name = gt_take_text(parcel);
        fields[i].type = (gt_field_type)gt_take_count(parcel, GT_FIELD_TEXT);
        fields[i].length = (size_t)gt_take_count(parcel, MOST_TEXT);
        fields[i].unit = gt_take_text(parcel);
        fields[i].description = gt_take_text(parcel);
        fields[i].ucd = gt_take_text(parcel);
        parcel->failed = parcel->failed || fields[i].name == NULL;
    }
    if (parcel->failed) return;
    parcel->failed = gt_fields_check(fields, count, NULL) != GT_OK;
    out->fields = count > 0 ? fields : NULL;
    out->field_count = count;
}

void gt_source_take_info(gt_parcel *parcel, gt_source_lists *lists, gt_source_info *out) {
    *out = (gt_source_info){0};
    out->count = gt_take_count(parcel, INT64_MAX);
    take_size(parcel, &out->channels, &out->height, &out->width);
    out->type = gt_take_text(parcel);
    out->is_bytes = gt_take_count(parcel, true);
    out->is_codes = gt_take_count(parcel, true);
    out->columns = (unsigned)gt_take_count(parcel, (1 << GT_COLUMN_COUNT) - 1);
    out->planes = (unsigned)gt_take_count(parcel, GT_PLANE_MASK | GT_PLANE_IVAR);
    out->is_split_by_place = gt_take_count(parcel, true);
    out->has_catalog_rows = gt_take_count(parcel, true);
    out->id_length = (size_t)gt_take_count(parcel, MOST_ID);
    out->class_names = lists->class_names = gt_take_texts(parcel, &out->class_count);
    out->survey = gt_take_text(parcel);
    out->collection = gt_take_text(parcel);
    out->bands = gt_take_text(parcel);
    out->pixel_scale_arcsec = gt_take_real(parcel);
    out->range = take_range(parcel);
    out->unit = gt_take_text(parcel);
    take_fields(parcel, lists, out);
    out->preparation = gt_take_text(parcel);
    out->model = gt_take_text(parcel);
    out->provenance = gt_take_text(parcel);
    out->learned_from = gt_take_text(parcel);
    out->note = gt_take_text(parcel);
    parcel->failed = parcel->failed || out->type == NULL || out->class_count > MOST_CLASSES;
}

void gt_source_lists_free(gt_source_lists *lists) {
    free((void *)lists->class_names);
    free(lists->fields);
    free(lists->values);
    *lists = (gt_source_lists){0};
}

/* ---- a picture ---- */

static void put_row(gt_parcel *parcel, const gt_dataset_row *row) {
    gt_put_whole(parcel, row->label);
    gt_put_count(parcel, row->split);
    gt_put_real(parcel, row->ra);
    gt_put_real(parcel, row->dec);
    gt_put_real(parcel, row->angular_size);
    gt_put_text(parcel, row->id);
}

static void take_row(gt_parcel *parcel, const gt_source_info *info, gt_dataset_row *out) {
    *out = gt_dataset_row_default();
    int64_t most = info->class_count > 0 ? (int64_t)info->class_count - 1 : INT32_MAX;
    out->label = (int32_t)gt_take_whole(parcel, -1, most);
    out->split = (uint8_t)gt_take_count(parcel, GT_SPLIT_COUNT - 1);
    out->ra = gt_take_real(parcel);
    out->dec = gt_take_real(parcel);
    out->angular_size = gt_take_real(parcel);
    out->id = gt_take_text(parcel);
    bool fits = out->id == NULL || strlen(out->id) <= info->id_length;
    parcel->failed = parcel->failed || !fits;
}

static void put_value(gt_parcel *parcel, const gt_field *field, gt_field_value value) {
    if (field->type == GT_FIELD_INTEGER)
        gt_put_whole(parcel, value.integer);
    else if (field->type == GT_FIELD_REAL)
        gt_put_real(parcel, value.real);
    else
        gt_put_text(parcel, value.text);
}

static gt_field_value take_value(gt_parcel *parcel, const gt_field *field) {
    if (field->type == GT_FIELD_INTEGER)
        return (gt_field_value){.integer = gt_take_whole(parcel, INT64_MIN, INT64_MAX)};
    if (field->type == GT_FIELD_REAL) return (gt_field_value){.real = gt_take_real(parcel)};
    return (gt_field_value){.text = gt_take_text(parcel)};
}

void gt_source_put_picture(gt_parcel *parcel, const gt_picture *picture,
                           const gt_source_info *info) {
    put_size(parcel, picture->channels, picture->height, picture->width);
    put_row(parcel, &picture->row);
    gt_put_count(parcel, picture->had_alpha);
    gt_put_count(parcel, picture->catalog_row);
    gt_put_count(parcel, picture->values != NULL);
    for (size_t i = 0; picture->values != NULL && i < info->field_count; i++)
        put_value(parcel, &info->fields[i], picture->values[i]);
}

void gt_source_take_picture(gt_parcel *parcel, const gt_source_info *info,
                            gt_source_lists *lists, gt_picture *out) {
    *out = (gt_picture){0};
    take_size(parcel, &out->channels, &out->height, &out->width);
    take_row(parcel, info, &out->row);
    out->had_alpha = gt_take_count(parcel, true);
    out->catalog_row = gt_take_count(parcel, INT64_MAX);
    if (!gt_take_count(parcel, true)) return;
    for (size_t i = 0; i < info->field_count; i++)
        lists->values[i] = take_value(parcel, &info->fields[i]);
    out->values = lists->values;
}

/* ---- where its pixels lie ---- */

void gt_source_put_flat(gt_parcel *parcel, const gt_flat *flat) {
    const gt_npy_picture *p = &flat->picture;
    const gt_numbers *n = &flat->numbers;
    gt_put_text(parcel, flat->path);
    gt_put_count(parcel, flat->offset);
    gt_put_count(parcel, flat->count);
    put_size(parcel, p->channels, p->height, p->width);
    for (int i = 0; i < 3; i++) gt_put_count(parcel, p->steps[i]);
    gt_put_count(parcel, flat->has_bottom_first);
    gt_put_count(parcel, n->type);
    gt_put_count(parcel, n->big_endian);
    gt_put_real(parcel, n->scale);
    gt_put_real(parcel, n->zero);
    gt_put_count(parcel, n->has_blank);
    gt_put_whole(parcel, n->blank);
}

void gt_source_take_flat(gt_parcel *parcel, gt_flat *out) {
    gt_npy_picture *p = &out->picture;
    gt_numbers *n = &out->numbers;
    out->path = gt_take_text(parcel);
    out->offset = gt_take_count(parcel, INT64_MAX);
    out->count = gt_take_count(parcel, INT64_MAX);
    take_size(parcel, &p->channels, &p->height, &p->width);
    for (int i = 0; i < 3; i++) p->steps[i] = (size_t)gt_take_count(parcel, SIZE_MAX);
    out->has_bottom_first = gt_take_count(parcel, true);
    n->type = (gt_number_type)gt_take_count(parcel, GT_NUMBER_F64);
    n->big_endian = gt_take_count(parcel, true);
    n->scale = gt_take_real(parcel);
    n->zero = gt_take_real(parcel);
    n->has_blank = gt_take_count(parcel, true);
    n->blank = gt_take_whole(parcel, INT64_MIN, INT64_MAX);
    parcel->failed = parcel->failed || out->path == NULL;
}
