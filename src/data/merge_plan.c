/* merge_plan.c - whether sets can be joined, and on what they agree. */
#include "merge_plan.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "columns.h"
#include "merge_fields.h"

/* ---- whether they can be one ---- */

static gt_status check_same(const gt_dataset *first, const gt_dataset *set, gt_error *err) {
    const gt_dataset_info *a = gt_dataset_describe(first), *b = gt_dataset_describe(set);
    const char *types[] = {"uint8", "float32"};
    if (a->kind == b->kind && a->type == b->type && a->channels == b->channels &&
        a->height == b->height && a->width == b->width)
        return GT_OK;
    return gt_fail(err, GT_MISMATCH,
                   "%s: %s of %zu x %zu x %zu %s, expected %s of %zu x %zu x %zu %s as in %s",
                   gt_dataset_path(set), gt_main_array(b->kind), b->channels, b->height,
                   b->width, types[b->type], gt_main_array(a->kind), a->channels, a->height,
                   a->width, types[a->type], gt_dataset_path(first));
}

static void range_text(gt_value_range range, char out[GT_RANGE_TEXT + 8]) {
    char text[GT_RANGE_TEXT];
    gt_range_text(range, text);
    snprintf(out, GT_RANGE_TEXT + 8,
             gt_range_is_declared(range) ? "range %s" : "no declared range", text);
}

/* Pixels keep their values, so that one range must hold for all sets. */
static gt_status check_range(const gt_merge_plan *p, const gt_dataset *set, gt_error *err) {
    gt_value_range a = gt_dataset_range(gt_dataset_describe(p->sets[0]));
    gt_value_range b = gt_dataset_range(gt_dataset_describe(set));
    char found[GT_RANGE_TEXT + 8], expected[GT_RANGE_TEXT + 8];
    range_text(a, expected);
    range_text(b, found);
    if (gt_range_is_declared(p->told) || strcmp(found, expected) == 0) return GT_OK;
    return gt_fail(err, GT_MISMATCH,
                   "%s: pixels of %s, expected %s as in %s; --range LOW:HIGH tells that of the "
                   "result",
                   gt_dataset_path(set), found, expected, gt_dataset_path(p->sets[0]));
}

static gt_status check_told(const gt_merge_plan *p, gt_error *err) {
    const gt_dataset_info *info = gt_dataset_describe(p->sets[0]);
    bool has_range = info->kind == GT_DATASET_IMAGES && info->type == GT_PIXEL_F32;
    if (has_range || !gt_range_is_declared(p->told)) return GT_OK;
    return gt_fail(err, GT_USAGE, "--range: %s holds %s, a range is for float pictures",
                   gt_dataset_path(p->sets[0]),
                   info->kind == GT_DATASET_IMAGES ? "bytes" : "codes");
}

/* One that is told keeps the stretch of the first set. */
static gt_value_range range_of_result(const gt_merge_plan *p) {
    gt_value_range first = gt_dataset_range(gt_dataset_describe(p->sets[0]));
    if (!gt_range_is_declared(p->told)) return first;
    return (gt_value_range){p->told.low, p->told.high, first.stretch};
}

/* ---- on what they agree ---- */

static bool same_classes(const gt_dataset_info *a, const gt_dataset_info *b) {
    bool same = a->class_count == b->class_count;
    for (size_t i = 0; same && i < a->class_count; i++)
        same = strcmp(a->class_names[i], b->class_names[i]) == 0;
    return same;
}

static bool same_text(const char *a, const char *b) {
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* Labels of other classes are left out. */
static void agree_on_classes(gt_merge_plan *p) {
    gt_dataset_info *info = &p->info;
    const gt_dataset *first = NULL;
    for (size_t i = 0; i < p->count && (info->columns & GT_COLUMN_LABEL); i++) {
        const gt_dataset_info *other = gt_dataset_describe(p->sets[i]);
        if (!(other->columns & GT_COLUMN_LABEL)) continue;
        if (first == NULL) {
            first = p->sets[i];
            info->class_names = other->class_names;
            info->class_count = other->class_count;
        }
        if (same_classes(info, other)) continue;
        info->columns &= ~(unsigned)GT_COLUMN_LABEL;
        fprintf(p->notes, "labels are left out: %s and %s have other classes\n",
                gt_dataset_path(first), gt_dataset_path(p->sets[i]));
    }
    if (info->columns & GT_COLUMN_LABEL) return;
    info->class_names = NULL;
    info->class_count = 0;
}

/* What a set lacks is missing in its rows; only a split cannot be. */
static void agree_on_columns(gt_merge_plan *p) {
    gt_dataset_info *info = &p->info;
    for (size_t c = 0; c < GT_COLUMN_COUNT; c++) {
        const gt_dataset *with = NULL, *without = NULL;
        for (size_t i = 0; i < p->count; i++)
            if (gt_dataset_describe(p->sets[i])->columns & gt_columns[c].bit)
                with = p->sets[i];
            else
                without = p->sets[i];
        if (without == NULL || with == NULL) continue;
        bool can_miss = gt_columns[c].bit != GT_COLUMN_SPLIT;
        info->columns &= ~gt_columns[c].bit;
        if (can_miss) info->columns |= gt_columns[c].bit;
        fprintf(p->notes,
                can_miss ? "column '%s': rows of %s have none\n"
                         : "column '%s' is left out: %s has none\n",
                gt_columns[c].name, gt_dataset_path(without));
    }
    agree_on_classes(p);
}

/* A plane of some rows alone would say that the others are perfect. */
static void agree_on_planes(gt_merge_plan *p) {
    for (unsigned plane = GT_PLANE_MASK; plane <= GT_PLANE_IVAR; plane <<= 1) {
        const gt_dataset *with = NULL, *without = NULL;
        for (size_t i = 0; i < p->count; i++)
            *(gt_dataset_describe(p->sets[i])->planes & plane ? &with : &without) = p->sets[i];
        p->info.planes |= plane;
        if (without != NULL) p->info.planes &= ~plane;
        if (with != NULL && without != NULL)
            fprintf(p->notes, "%s is left out: %s has none\n",
                    plane == GT_PLANE_MASK ? "the mask" : "the inverse variance",
                    gt_dataset_path(without));
    }
}

/* What two sets state differently is for the caller to tell; what only one states is noted. */
static void agree_on_imaging(gt_merge_plan *p, const gt_dataset *set) {
    const gt_dataset_info *first = gt_dataset_describe(p->sets[0]);
    const gt_dataset_info *other = gt_dataset_describe(set);
    gt_imaging ours = gt_imaging_of(&p->info), theirs = gt_imaging_of(other);
    const char *names[] = {"survey", "pixel scale", "preparation"};
    bool has[] = {first->survey != NULL, !isnan(first->pixel_scale_arcsec),
                  first->preparation != NULL};
    bool other_has[] = {other->survey != NULL, !isnan(other->pixel_scale_arcsec),
                        other->preparation != NULL};
    for (size_t i = 0; i < 3; i++) {
        if (has[i] == other_has[i] || p->is_noted[i]) continue;
        fprintf(p->notes, "%s is left out: %s does not tell it\n", names[i],
                gt_dataset_path(has[i] ? set : p->sets[0]));
        p->is_noted[i] = true;
    }
    gt_imaging_agree(&ours, &theirs, p->preparation);
    gt_imaging_put(&ours, &p->info);
}

static void agree_on_facts(gt_merge_plan *p) {
    gt_dataset_info *info = &p->info;
    for (size_t i = 1; i < p->count; i++) {
        const gt_dataset_info *other = gt_dataset_describe(p->sets[i]);
        const char *path = gt_dataset_path(p->sets[i]);
        if (!same_text(info->collection, other->collection)) {
            if (info->collection != NULL)
                fprintf(p->notes, "collection is left out: %s is %s, %s is not\n",
                        gt_dataset_path(p->sets[0]), info->collection, path);
            info->collection = NULL;
        }
        agree_on_imaging(p, p->sets[i]);
        if (!same_text(info->bands, other->bands)) {
            if (info->bands != NULL)
                fprintf(p->notes, "names of bands are left out: %s has %s, %s has not\n",
                        gt_dataset_path(p->sets[0]), info->bands, path);
            info->bands = NULL;
        }
        if (!same_text(info->model, other->model)) info->model = NULL;
        if (other->id_length > info->id_length) info->id_length = other->id_length;
    }
}

/* ---- the whole ---- */

gt_status gt_merge_plan_open(gt_merge_plan *plan, const char *const *paths, gt_error *err) {
    gt_status status = GT_OK;
    plan->sets = calloc(plan->count, sizeof(gt_dataset *));
    if (plan->sets == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for a list of sets");
    for (size_t i = 0; i < plan->count; i++) {
        GT_TRY(gt_dataset_open_any(paths[i], &plan->sets[i], err));
        GT_TRY(check_same(plan->sets[0], plan->sets[i], err));
        GT_TRY(check_range(plan, plan->sets[i], err));
    }
    GT_TRY(check_told(plan, err));
done:
    return status;
}

void gt_merge_plan_close(gt_merge_plan *plan) {
    for (size_t i = 0; plan->sets != NULL && i < plan->count; i++)
        gt_dataset_close(plan->sets[i]);
    free(plan->sets);
    gt_field_list_free(&plan->fields);
}

gt_status gt_merge_plan_make(gt_merge_plan *plan, const char *provenance, gt_error *err) {
    gt_status status = GT_OK;
    plan->info = *gt_dataset_describe(plan->sets[0]);
    for (size_t i = 1; i < plan->count; i++)
        plan->info.count += gt_dataset_describe(plan->sets[i])->count;
    for (uint64_t i = 0, all = plan->info.count; plan->is_left_out && i < all; i++)
        plan->info.count -= plan->is_left_out[i];
    plan->info.provenance = provenance;
    agree_on_columns(plan);
    agree_on_planes(plan);
    agree_on_facts(plan);
    GT_TRY(gt_fields_unite(plan->sets, plan->count, plan->notes, &plan->fields, err));
    plan->info.fields = plan->fields.fields;
    plan->info.field_count = plan->fields.count;
    if (plan->info.type == GT_PIXEL_F32 && plan->info.kind == GT_DATASET_IMAGES)
        plan->info.range =
            range_of_result(plan); /* bytes and codes of several ranges tell none */
done:
    return status;
}
