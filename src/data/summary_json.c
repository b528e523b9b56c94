/* summary_json.c - a summary as members of JSON. */
#include "summary_json.h"

#include <math.h>

static const char *const split_names[GT_SPLIT_COUNT] = {"train", "test", "validation"};

static void write_column(gt_json *json, const gt_field *field, const gt_column_summary *c) {
    gt_json_object(json, NULL);
    gt_json_text(json, "name", field->name);
    gt_json_text(json, "type", gt_field_type_name(field->type));
    gt_json_text(json, "unit", field->unit);
    gt_json_text(json, "description", field->description);
    gt_json_text(json, "ucd", field->ucd);
    gt_json_int(json, "missing", (int64_t)c->missing);
    if (field->type == GT_FIELD_INTEGER && !isnan(c->low)) {
        gt_json_int(json, "min", c->least);
        gt_json_int(json, "max", c->most);
    } else {
        gt_json_real(json, "min", c->low);
        gt_json_real(json, "max", c->high);
    }
    gt_json_end(json);
}

static void write_rows(gt_json *json, const gt_summary *s) {
    if (s->columns & GT_COLUMN_LABEL) {
        gt_json_array(json, "classes");
        for (size_t i = 0; i < s->class_count; i++) {
            gt_json_object(json, NULL);
            gt_json_text(json, "name", s->class_names[i]);
            gt_json_int(json, "count", (int64_t)s->class_rows[i]);
            gt_json_end(json);
        }
        gt_json_end(json);
        gt_json_int(json, "unlabelled", (int64_t)s->unlabelled);
        gt_json_int(json, "unlisted", (int64_t)s->unlisted);
    }
    if (s->columns & GT_COLUMN_SPLIT) {
        gt_json_object(json, "split");
        for (size_t i = 0; i < GT_SPLIT_COUNT; i++)
            gt_json_int(json, split_names[i], (int64_t)s->split_rows[i]);
        gt_json_end(json);
    }
    gt_field field;
    gt_column_summary c;
    gt_json_array(json, "columns");
    for (size_t i = 0; i < gt_summary_columns(s); i++) {
        gt_summary_column(s, i, &field, &c);
        gt_json_text(json, NULL, field.name);
    }
    gt_json_end(json);
    gt_json_array(json, "about_columns");
    for (size_t i = 0; i < gt_summary_columns(s); i++) {
        gt_summary_column(s, i, &field, &c);
        write_column(json, &field, &c);
    }
    gt_json_end(json);
}

static void write_channels(gt_json *json, const gt_summary *s) {
    gt_json_array(json, "channel_mean");
    for (size_t c = 0; c < s->channel_count; c++) gt_json_real(json, NULL, s->channel_mean[c]);
    gt_json_end(json);
    gt_json_array(json, "channel_deviation");
    for (size_t c = 0; c < s->channel_count; c++)
        gt_json_real(json, NULL, s->channel_deviation[c]);
    gt_json_end(json);
}

void gt_summary_json(const gt_summary *s, const char *path, gt_json *json) {
    char stretch[GT_STRETCH_TEXT];
    gt_json_object(json, NULL);
    gt_json_text(json, "file", path);
    gt_json_text(json, "kind", s->is_codes ? "codes" : "images");
    gt_json_int(json, "count", (int64_t)s->count);
    gt_json_int(json, "channels", (int64_t)s->channels);
    gt_json_int(json, "height", (int64_t)s->height);
    gt_json_int(json, "width", (int64_t)s->width);
    gt_json_bool(json, "same_size", !s->has_other_sizes);
    gt_json_text(json, "type", s->type);
    gt_json_real(json, "min", s->least);
    gt_json_real(json, "max", s->most);
    gt_json_real(json, "mean", s->mean);
    gt_json_real(json, "deviation", s->deviation);
    if (gt_range_is_declared(s->range)) {
        gt_json_real(json, "value_min", s->range.low);
        gt_json_real(json, "value_max", s->range.high);
        gt_stretch_text(s->range.stretch, stretch);
        gt_json_text(json, "stretch", stretch);
        if (s->unit) gt_json_text(json, "unit", s->unit);
    }
    if (s->channel_count > 0) write_channels(json, s);
    gt_json_int(json, "nan", (int64_t)s->faults.nan);
    gt_json_int(json, "infinite", (int64_t)s->faults.infinite);
    gt_json_int(json, "beyond_1e18", (int64_t)s->faults.huge);
    gt_json_int(json, "bad_rows", (int64_t)s->bad_pictures);
    gt_json_int(json, "constant_rows", (int64_t)s->constant_pictures);
    gt_json_bool(json, "mask", (s->planes & GT_PLANE_MASK) != 0);
    gt_json_bool(json, "ivar", (s->planes & GT_PLANE_IVAR) != 0);
    write_rows(json, s);
    gt_json_text(json, "survey", s->survey);
    gt_json_text(json, "collection", s->collection);
    gt_json_real(json, "pixel_scale_arcsec", s->pixel_scale_arcsec);
    gt_json_text(json, "bands", s->bands);
    gt_json_text(json, "preparation", s->preparation);
    gt_json_text(json, "model", s->model);
    gt_json_text(json, "learned_from", s->learned_from);
    gt_json_text(json, "provenance", s->provenance);
    gt_json_end(json);
}
