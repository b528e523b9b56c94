/* set_agreement.c - files beside files: what must be the same, and what is told of all. */
#include "set_agreement.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "text.h"

/* What a file tells of all its pictures, or codes. */
enum { SURVEY, COLLECTION, PIXEL_SCALE, MODEL, LEARNED_FROM, RANGE, FACTS };

static bool differ(const char *a, const char *b) {
    return strcmp(a ? a : "", b ? b : "") != 0;
}

/* What is different in another file; NULL: nothing that matters. */
static const char *difference(const gt_source_info *a, const gt_source_info *b) {
    if (a->channels != b->channels || a->height != b->height || a->width != b->width)
        return "the shape of the pictures";
    if (a->is_codes != b->is_codes || differ(a->type, b->type)) return "the type of the values";
    if (a->is_bytes != b->is_bytes) return "whether the values are packed (scale_factor)";
    if (differ(a->bands, b->bands)) return "the bands";
    if (a->columns != b->columns) return "the columns labels, split, ra, dec or id";
    if (a->planes != b->planes) return "the planes mask and ivar";
    if ((a->class_count > 0) != (b->class_count > 0)) return "whether classes have names";
    if (a->is_bytes && !gt_range_is_same(a->range, b->range)) return "the range of the values";
    if (differ(a->unit, b->unit) || differ(a->preparation, b->preparation))
        return "what is told of the pictures";
    return NULL;
}

/* One file may lack a class, or number them otherwise. */
static gt_status add_classes(gt_set_agreement *all, const char *path, const gt_source_info *of,
                             gt_error *err) {
    const gt_source_info *first = all->first;
    bool are_same = of->class_count == first->class_count, fits = true;
    gt_status status = GT_OK;
    for (size_t i = 0; i < of->class_count; i++) {
        are_same = are_same && strcmp(of->class_names[i], first->class_names[i]) == 0;
        GT_TRY(gt_text_set_add(&all->classes, of->class_names[i], &fits, err));
        if (!fits)
            GT_THROW(err, GT_UNSUPPORTED, "%s: with its classes there are more than %d", path,
                     GT_CLASSES_MOST);
    }
    if (!are_same && !all->has_other_classes)
        fprintf(all->notes->lines,
                "'%.100s' and '%.100s' have other classes: labels go by their names\n",
                all->path, path);
    all->has_other_classes |= !are_same;
done:
    return status;
}

static gt_status compare_fields(gt_set_agreement *all, const char *path,
                                const gt_source_info *other, gt_error *err) {
    size_t count =
        other->field_count < all->fields.count ? all->fields.count : other->field_count;
    for (size_t i = 0; i < count; i++) {
        gt_field *mine = i < all->fields.count ? &all->fields.fields[i] : NULL;
        const gt_field *theirs = i < other->field_count ? &other->fields[i] : NULL;
        bool is_same = mine && theirs && strcmp(mine->name, theirs->name) == 0 &&
                       mine->type == theirs->type;
        if (!is_same) {
            (void)gt_fail(err, GT_MISMATCH,
                          "%s: its columns are not those of %s: '%s' beside '%s'", path,
                          all->path, theirs ? theirs->name : "", mine ? mine->name : "");
            gt_advise(err, "of each imported by itself galatea data merge makes one set");
            return GT_MISMATCH;
        }
        if (theirs->length > mine->length) mine->length = theirs->length;
    }
    return GT_OK;
}

static const char *or_not_told(const char *text) {
    return text != NULL ? text : "not told";
}

/* Said once of each: what the set then does not declare. */
static bool agree(gt_set_agreement *all, const char *path, int which, const char *mine,
                  const char *theirs) {
    static const char *const names[FACTS] = {"survey", "collection",       "pixel scale",
                                             "model",  "set learned from", "range"};
    if (!differ(mine, theirs)) return true;
    if (!(all->told & (1u << which)))
        fprintf(all->notes->lines,
                "the %s is %.60s in '%.100s' and %.60s in '%.100s': the set declares none\n",
                names[which], or_not_told(mine), all->path, or_not_told(theirs), path);
    all->told |= 1u << which;
    return false;
}

static const char *range_or_none(gt_value_range range, char out[GT_RANGE_TEXT]) {
    gt_range_text(range, out);
    return gt_range_is_declared(range) ? out : NULL;
}

/* What is told of all pictures is what all files tell. */
static void agree_on_imaging(gt_set_agreement *all, const char *path,
                             const gt_source_info *other) {
    gt_source_info *info = &all->info;
    char mine[GT_RANGE_TEXT], theirs[GT_RANGE_TEXT]; /* or a number */
    double scale = info->pixel_scale_arcsec, their_scale = other->pixel_scale_arcsec;
    if (!agree(all, path, SURVEY, info->survey, other->survey)) info->survey = NULL;
    if (!agree(all, path, COLLECTION, info->collection, other->collection))
        info->collection = NULL;
    if (!agree(all, path, PIXEL_SCALE, isnan(scale) ? NULL : gt_real_to_text(scale, mine),
               isnan(their_scale) ? NULL : gt_real_to_text(their_scale, theirs)))
        info->pixel_scale_arcsec = NAN;
    if (!agree(all, path, MODEL, info->model, other->model)) info->model = NULL;
    if (!agree(all, path, LEARNED_FROM, info->learned_from, other->learned_from))
        info->learned_from = NULL;
    if (!gt_range_is_same(info->range, other->range)) {
        (void)agree(all, path, RANGE, range_or_none(info->range, mine),
                    range_or_none(other->range, theirs));
        info->range = gt_range_undeclared();
    }
}

gt_status gt_set_agreement_begin(gt_set_agreement *all, const char *path,
                                 const gt_source_info *first, gt_notes *notes, gt_error *err) {
    gt_status status = GT_OK;
    all->info = *first;
    all->path = path;
    all->first = first;
    all->notes = notes;
    GT_TRY(add_classes(all, path, first, err));
    GT_TRY(gt_field_list_copy(&all->fields, first->fields, first->field_count, err));
    all->info.fields = all->fields.fields;
done:
    return status;
}

gt_status gt_set_agreement_add(gt_set_agreement *all, const char *path,
                               const gt_source_info *other, gt_error *err) {
    gt_status status = GT_OK;
    gt_source_info *info = &all->info;
    const char *what = difference(info, other);
    if (what != NULL)
        GT_THROW(err, GT_MISMATCH, "%s: differs from %s in %s", path, all->path, what);
    agree_on_imaging(all, path, other);
    if (other->id_length > info->id_length) info->id_length = other->id_length;
    info->count += other->count;
    GT_TRY(add_classes(all, path, other, err));
    GT_TRY(compare_fields(all, path, other, err));
    if (all->has_other_classes) {
        info->class_names = (const char *const *)all->classes.texts;
        info->class_count = all->classes.count;
    }
done:
    return status;
}

int32_t gt_set_agreement_label(const gt_set_agreement *all, const gt_source_info *own,
                               int32_t label) {
    bool is_there = false;
    if (label < 0 || (size_t)label >= own->class_count) return -1;
    size_t place = gt_text_set_place(&all->classes, own->class_names[label], &is_there);
    return is_there ? (int32_t)place : -1;
}

void gt_set_agreement_free(gt_set_agreement *all) {
    gt_field_list_free(&all->fields);
    gt_text_set_free(&all->classes);
    *all = (gt_set_agreement){0};
}
