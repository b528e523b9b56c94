/* merge_plan.c - whether sets can be joined, and on what they agree. */
#include "merge_plan.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "columns.h"
#include "imaging_facts.h"
#include "merge_classes.h"
#include "merge_fields.h"
#include "text.h"

/* ---- whether they can be one ---- */

/* Bytes and floats of one shape: floats with a range have bytes that mean the same. */
static void advise_bytes(const gt_dataset *floats, gt_error *err) {
    char word[GT_SHELL_TEXT], range[2 * GT_NUMBER_SIZE + 2] = "LOW:HIGH";
    gt_value_range own = gt_dataset_range(gt_dataset_describe(floats));
    if (gt_range_is_declared(own))
        snprintf(range, sizeof range, "%.9g:%.9g", own.low, own.high);
    gt_advise(err,
              "galatea data import %s --range %s --pixels uint8 --out SET.h5 makes bytes of "
              "floats",
              gt_shell_text(gt_dataset_path(floats), word), range);
}

static gt_status check_same(const gt_dataset *first, const gt_dataset *set, gt_error *err) {
    const gt_dataset_info *a = gt_dataset_describe(first), *b = gt_dataset_describe(set);
    const char *types[] = {"uint8", "float32"};
    bool is_one_shape = a->kind == b->kind && a->channels == b->channels &&
                        a->height == b->height && a->width == b->width;
    if (is_one_shape && a->type == b->type) return GT_OK;
    gt_status status =
        gt_fail(err, GT_MISMATCH,
                "%s: %s of %zu x %zu x %zu %s, expected %s of %zu x %zu x %zu %s as in %s",
                gt_dataset_path(set), gt_main_array(b->kind), b->channels, b->height, b->width,
                types[b->type], gt_main_array(a->kind), a->channels, a->height, a->width,
                types[a->type], gt_dataset_path(first));
    if (is_one_shape) advise_bytes(a->type == GT_PIXEL_F32 ? first : set, err);
    return status;
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

static bool same_text(const char *a, const char *b) {
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
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

static void note_unknown(gt_merge_plan *p, unsigned facts, const gt_dataset *set) {
    for (size_t i = 0; i < GT_FACTS; i++)
        if (facts & 1u << i)
            fprintf(p->notes, "%s is left out: %s does not tell it\n", gt_fact_names[i],
                    gt_dataset_path(set));
}

/* What two sets state differently is for the caller to tell; what only one states is noted. */
static void agree_on_imaging(gt_merge_plan *p, const gt_dataset *set) {
    const gt_imaging first = gt_imaging_of(gt_dataset_describe(p->sets[0]));
    const gt_imaging theirs = gt_imaging_of(gt_dataset_describe(set));
    gt_imaging ours = gt_imaging_of(&p->info);
    unsigned told = gt_imaging_facts(&first), theirs_told = gt_imaging_facts(&theirs);
    unsigned only = (told ^ theirs_told) & ~p->noted;
    bool is_all = only & 1u << GT_FACT_PREPARATION; /* and so are its steps */
    for (size_t i = GT_FACT_STEP; is_all && i < GT_FACT_STEP + 4; i++) only &= ~(1u << i);
    note_unknown(p, only & told, set);
    note_unknown(p, only & theirs_told, p->sets[0]);
    p->noted |= only;
    gt_imaging_agree(&ours, &theirs, p->preparation);
    gt_imaging_put(&ours, &p->info);
}

/* A text that all sets must state alike. */
static const char *agree_on_text(gt_merge_plan *p, const char *what, size_t offset) {
    const char *first = NULL, *other = NULL;
    for (size_t i = 0; i < p->count; i++) {
        const gt_dataset_info *of = gt_dataset_describe(p->sets[i]);
        memcpy(&other, (const char *)of + offset, sizeof other);
        if (i == 0) first = other;
        if (same_text(first, other)) continue;
        fprintf(p->notes, "%s is left out: %s has %s, %s has %s\n", what,
                gt_dataset_path(p->sets[0]), first ? first : "none",
                gt_dataset_path(p->sets[i]), other ? other : "none");
        return NULL;
    }
    return first;
}

static void agree_on_facts(gt_merge_plan *p) {
    gt_dataset_info *info = &p->info;
    info->collection = agree_on_text(p, "collection", offsetof(gt_dataset_info, collection));
    for (size_t i = 1; i < p->count; i++) {
        const gt_dataset_info *other = gt_dataset_describe(p->sets[i]);
        agree_on_imaging(p, p->sets[i]);
        if (other->id_length > info->id_length) info->id_length = other->id_length;
    }
    info->bands = agree_on_text(p, "list of bands", offsetof(gt_dataset_info, bands));
    info->model = agree_on_text(p, "model", offsetof(gt_dataset_info, model));
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
    free(plan->class_names);
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
    GT_TRY(gt_merge_classes(plan, err));
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
