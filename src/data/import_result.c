/* import_result.c - what kind of set pictures of a source become. */
#include "import_result.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "physical.h"

/* ---- what does not go together ---- */

/* Planes are cut out with the pixels; whatever else moves pixels or changes channels would need
 * planes of another kind. */
static gt_status check_planes(const gt_import_result *r, gt_error *err) {
    const gt_import_settings *s = r->settings;
    bool is_resized = s->whole || (s->crop > 0 && s->size > 0 && s->crop != s->size);
    const char *option = r->is_aligned                 ? "--align"
                         : is_resized                  ? "--size, which resizes,"
                         : r->bands->is_asked          ? "--lupton"
                         : strcmp(s->channels, "auto") ? "--channels"
                                                       : NULL;
    if (r->source->planes == 0 || s->drop_planes || option == NULL) return GT_OK;
    return gt_fail(
        err, GT_USAGE,
        "%s: has mask or inverse variance, which %s cannot keep; --drop-planes leaves "
        "them out",
        r->path, option);
}

/* Vectors are stored as they are. */
static gt_status check_codes(const gt_import_result *r, gt_error *err) {
    const gt_import_settings *s = r->settings;
    const bool is_scaled =
        strcmp(s->normalize, "auto") != 0 && strcmp(s->normalize, "none") != 0;
    const struct {
        bool is_given;
        const char *name;
    } options[] = {{s->crop > 0, "--crop"},
                   {s->size > 0, "--size"},
                   {s->whole, "--whole"},
                   {r->is_aligned, "--align"},
                   {s->pixel_scale > 0, "--pixel-scale"},
                   {strcmp(s->channels, "auto") != 0, "--channels"},
                   {is_scaled, "--normalize"},
                   {s->lupton != NULL, "--lupton"},
                   {strcmp(s->stretch, "linear") != 0, "--stretch"},
                   {s->range != NULL, "--range"}};
    const char *option = NULL;
    if (!r->source->is_codes) return GT_OK;
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        if (options[i].is_given) option = options[i].name;
    if (option == NULL) return GT_OK;
    return gt_fail(err, GT_USAGE, "%s: holds vectors (N,D), %s is for pictures", r->path,
                   option);
}

/* The square is that of each picture. */
static gt_status check_whole(const gt_import_result *r, gt_error *err) {
    const gt_import_settings *s = r->settings;
    const char *beside = s->size == 0    ? "needs --size"
                         : s->crop > 0   ? "and --crop are two ways to cut"
                         : r->is_aligned ? "and --align, which cuts around a source"
                         : s->pixel_scale > 0
                             ? "and --pixel-scale: each picture has its own scale then"
                             : NULL;
    if (!s->whole || beside == NULL) return GT_OK;
    return gt_fail(err, GT_USAGE, "%s: --whole %s", r->path, beside);
}

static gt_status check_test(const gt_import_result *r, gt_error *err) {
    bool has_splits = (r->source->columns & GT_COLUMN_SPLIT) && !r->source->is_split_by_place;
    if (!(r->settings->test > 0) || !has_splits) return GT_OK;
    return gt_fail(err, GT_USAGE, "--test %g: %s has splits of its own", r->settings->test,
                   r->path);
}

/* ---- what it will be ---- */

static size_t cut_side(const gt_import_result *r) {
    const gt_source_info *first = r->source;
    if (r->settings->whole) return 0;
    if (r->settings->crop > 0) return (size_t)r->settings->crop;
    if (r->settings->size > 0) return (size_t)r->settings->size;
    if (!r->is_aligned) return 0;
    return first->height < first->width ? first->height : first->width;
}

static void describe_pictures(gt_import_result *r) {
    const gt_import_settings *s = r->settings;
    const gt_source_info *source = r->source;
    gt_dataset_info *info = &r->info;
    info->kind = source->is_codes ? GT_DATASET_CODES : GT_DATASET_IMAGES;
    info->count = source->count;
    info->channels = r->bands->is_asked ? 1 : source->channels;
    if (strcmp(s->channels, "auto") != 0) info->channels = s->channels[0] == '3' ? 3 : 1;
    info->height = source->height;
    info->width = source->width;
    if (r->side > 0) info->height = info->width = r->side;
    if (s->size > 0) info->height = info->width = (size_t)s->size;
    info->type = r->stretching->type;
    info->range = r->stretching->range;
    info->planes = s->drop_planes ? 0 : source->planes;
}

static gt_status describe_columns(gt_import_result *r, gt_error *err) {
    gt_status status = GT_OK;
    const gt_source_info *source = r->source;
    gt_dataset_info *info = &r->info;
    const char *unit = r->settings->unit ? r->settings->unit : source->unit;
    GT_TRY(gt_field_list_copy(&r->fields, source->fields, source->field_count, err));
    if (gt_stretching_has_limits(r->stretching))
        GT_TRY(gt_physical_add_fields(&r->fields, unit, err));
    info->fields = r->fields.fields;
    info->field_count = r->fields.count;
    info->columns = source->columns;
    if (r->settings->test > 0) info->columns |= GT_COLUMN_SPLIT;
    info->id_length = source->id_length;
    info->class_names = source->class_names;
    info->class_count = source->class_count;
    if (r->stretching->limits == GT_LIMITS_KEPT) info->unit = unit;
done:
    return status;
}

/* What the pictures will have gone through. Of sets that Galatea made before it kept this,
 * nothing is known. */
static void describe_preparation(gt_import_result *r) {
    const gt_source_info *source = r->source;
    char step[GT_PREPARATION_ROOM], cut[48], resize[24] = "none", scaling[48];
    size_t high = r->side ? r->side : source->height;
    size_t wide = r->side ? r->side : source->width;
    r->info.preparation = source->is_codes ? source->preparation : NULL;
    if (source->is_codes || (source->provenance != NULL && source->preparation == NULL)) return;
    snprintf(cut, sizeof cut, "%zu", high);
    if (high != wide) snprintf(cut, sizeof cut, "%zux%zu", high, wide);
    if (r->settings->whole) snprintf(cut, sizeof cut, "whole");
    if (r->settings->whole || (r->side > 0 && r->info.height != r->side))
        snprintf(resize, sizeof resize, "%zu", r->info.height);
    gt_stretching_name(r->stretching, scaling);
    if (r->bands->is_asked) gt_bands_name(r->bands, scaling, sizeof scaling);
    snprintf(step, sizeof step, "align=%s cut=%s resize=%s normalize=%s", r->settings->align,
             cut, resize, scaling);
    gt_imaging_prepare(source->preparation, step, r->preparation);
    if (*r->preparation) r->info.preparation = r->preparation;
}

static void describe_imaging(gt_import_result *r) {
    const gt_import_settings *s = r->settings;
    const gt_source_info *source = r->source;
    gt_dataset_info *info = &r->info;
    bool keeps_bands = !r->bands->is_asked && info->channels == source->channels;
    info->model = source->is_codes ? source->model : NULL;
    info->learned_from = source->is_codes ? source->learned_from : NULL;
    info->survey = s->survey != NULL ? s->survey : source->survey;
    info->collection = source->collection;
    info->bands = keeps_bands ? source->bands : NULL;
    info->pixel_scale_arcsec = s->pixel_scale > 0 ? s->pixel_scale : source->pixel_scale_arcsec;
    if (s->crop > 0 && s->size > 0)
        info->pixel_scale_arcsec *= (double)s->crop / (double)s->size;
    if (s->whole) info->pixel_scale_arcsec = NAN; /* each picture may have another one now */
    describe_preparation(r);
}

gt_status gt_import_result_describe(gt_import_result *result, const char *provenance,
                                    gt_error *err) {
    gt_status status = GT_OK;
    result->is_aligned = strcmp(result->settings->align, "principal") == 0;
    result->side = cut_side(result);
    result->info = gt_dataset_info_default();
    GT_TRY(check_codes(result, err));
    GT_TRY(check_whole(result, err));
    GT_TRY(check_planes(result, err));
    GT_TRY(check_test(result, err));
    describe_pictures(result);
    GT_TRY(describe_columns(result, err));
    describe_imaging(result);
    result->info.provenance = provenance;
done:
    return status;
}

void gt_import_result_clear(gt_import_result *result) {
    gt_field_list_free(&result->fields);
}
