/* parts.c - the parts of a sweep in the order of the work, and which are finished. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sweep.h"

static const gt_twins_part *const parts[] = {
    &gt_twins_training,  &gt_twins_samples,    &gt_twins_cosine,
    &gt_twins_nearest,   &gt_twins_inversion,  &gt_twins_scores,
    &gt_twins_denoising, &gt_twins_morphology, &gt_twins_verdict};
_Static_assert(sizeof parts / sizeof *parts <= GT_TWINS_PARTS, "a sweep has room for all");

const gt_twins_part *gt_twins_part_at(size_t index) {
    return index < sizeof parts / sizeof *parts ? parts[index] : NULL;
}

const char *gt_twins_part_names(const gt_model_class *model, char out[GT_TWINS_NAMES]) {
    size_t used = 0;
    for (size_t k = 0; gt_twins_part_at(k); k++)
        if (gt_twins_part_suits(gt_twins_part_at(k), model))
            used += (size_t)snprintf(out + used, GT_TWINS_NAMES - used, "%s%s",
                                     used ? ", " : "", gt_twins_part_at(k)->name);
    return out;
}

void gt_sibling_of(const gt_sweep *sweep, const gt_model_class *model, gt_sibling *out) {
    out->job = *sweep->job;
    out->job.model = model;
    out->sweep = *sweep;
    out->sweep.job = &out->job;
}

bool gt_twins_part_suits(const gt_twins_part *part, const gt_model_class *model) {
    return !part->suits || part->suits(model);
}

const char *gt_twin_part_text(const gt_twin *t, const gt_twins_part *part,
                              char out[GT_TWINS_NAME]) {
    char side[3] = {' ', gt_side_letter(t->side)};
    snprintf(out, GT_TWINS_NAME, "%s%s", part->name, part->is_sided ? side : "");
    return out;
}

/* ---- what is finished ---- */

static const gt_twins_part *find_part(const char *name) {
    for (size_t k = 0; gt_twins_part_at(k); k++)
        if (strcmp(gt_twins_part_at(k)->name, name) == 0) return gt_twins_part_at(k);
    return NULL;
}

/* later: counts what came after the first editions. */
static int64_t edition_of(const gt_twins_part *part, bool later) {
    int64_t edition = 1 + (later ? part->later : 0);
    for (int i = 0; i < GT_TWINS_NEEDS && part->needs[i]; i++)
        edition += edition_of(find_part(part->needs[i]), later);
    return edition;
}

int64_t gt_twins_edition(const gt_twins_part *part) {
    return edition_of(part, true);
}

static bool is_there(const gt_twin *t, const gt_twins_part *part) {
    char path[GT_TWINS_PATH];
    if (gt_twin_result(t, part, path, NULL) || access(path, F_OK)) return false;
    return !part->file || (part->file(t, path, NULL) == GT_OK && access(path, F_OK) == 0);
}

/* Results of before there were editions tell none, and are the first. */
bool gt_twin_is_outdated(const gt_twin *t, const gt_twins_part *part) {
    char path[GT_TWINS_PATH];
    if (!is_there(t, part) || gt_twin_result(t, part, path, NULL)) return false;
    int64_t edition = gt_numbers_edition(path);
    return (edition ? edition : edition_of(part, false)) != gt_twins_edition(part);
}

bool gt_twin_is_finished(const gt_twin *t, const gt_twins_part *part) {
    return is_there(t, part) &&
           !(t->sweep->settings->is_redone && gt_twin_is_outdated(t, part));
}

bool gt_twin_is_ready(const gt_twin *t, const gt_twins_part *part) {
    for (int i = 0; i < GT_TWINS_NEEDS && part->needs[i]; i++) {
        const gt_twins_part *need = find_part(part->needs[i]);
        GT_ASSERT(need);
        for (int side = 0; side < (need->is_sided ? 2 : 1); side++) {
            bool is_other = part->is_sided && need->is_sided && side != t->side;
            const gt_twin own = {t->sweep, t->size, side};
            if (!is_other && !gt_twin_is_finished(&own, need)) return false;
        }
    }
    return true;
}
