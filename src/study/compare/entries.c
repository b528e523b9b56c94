/* entries.c - the files of a comparison: names, sets, judgements. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "compare.h"
#include "galatea/log.h"
#include "hash.h"

/* ---- opening ---- */

static gt_status parse_methods(const gt_compare_request *request, bool is_images,
                               gt_methods *out, gt_error *err) {
    const char *list =
        is_images && request->image_methods ? request->image_methods : request->methods;
    return gt_methods_parse(list, request->settings, out, err);
}

static gt_status add_entry(const gt_compare_request *request, const char *word,
                           bool is_baseline, gt_comparison *c, gt_error *err) {
    gt_status status = GT_OK;
    gt_label label;
    gt_entry *larger = realloc(c->entries, (c->count + 1) * sizeof *larger);
    if (!larger) GT_THROW(err, GT_NO_MEMORY, "no memory for a list of files");
    c->entries = larger;
    gt_entry *e = &larger[c->count++];
    *e = (gt_entry){.chosen = -1};
    GT_TRY(gt_label_parse(word, &label, err));
    GT_TRY(gt_subject_open(label.path, &e->subject, err));
    e->subject.held = c->count > 1 ? e[-1].subject.held : 0;
    GT_TRY(gt_subject_read(&e->subject, err));
    const gt_dataset_info *info = gt_dataset_describe(e->subject.data);
    gt_maker made = gt_maker_of(info);
    GT_TRY(parse_methods(request, info->kind == GT_DATASET_IMAGES, &e->methods, err));
    if (*label.name)
        snprintf(e->name, sizeof e->name, "%s", label.name);
    else
        gt_maker_name(e->subject.data, e->name);
    e->is_baseline = is_baseline || made.is_untrained || info->kind == GT_DATASET_IMAGES;
    if (!e->is_baseline)
        snprintf(e->model, sizeof e->model, "%.63s",
                 gt_paper_model(label.name) ? label.name : made.model);
done:
    return status;
}

/* A file whose name holds a comma can be given as a word. */
static gt_status add_baselines(const gt_compare_request *request, gt_comparison *c,
                               gt_error *err) {
    gt_status status = GT_OK;
    c->baselines = strdup(request->baselines);
    if (!c->baselines) GT_THROW(err, GT_NO_MEMORY, "no memory for a list of files");
    for (char *rest = c->baselines, *word = strsep(&rest, ","); word; word = strsep(&rest, ","))
        GT_TRY(add_entry(request, word, true, c, err));
done:
    return status;
}

/* ---- sets ---- */

static uint64_t key_of(const gt_subject *s) {
    size_t count = (size_t)gt_dataset_describe(s->data)->count;
    uint64_t labels = gt_hash64(s->columns.labels, count * sizeof *s->columns.labels);
    return labels ^ (gt_hash64(s->columns.splits, count) * 0x9e3779b97f4a7c15u) ^ count;
}

static gt_status add_set(gt_comparison *c, size_t entry, uint64_t key, gt_error *err) {
    gt_objects *larger = realloc(c->sets, (c->set_count + 1) * sizeof *larger);
    if (!larger) return gt_fail(err, GT_NO_MEMORY, "no memory for a list of sets");
    c->sets = larger;
    const gt_subject *s = &c->entries[entry].subject;
    gt_objects *set = &larger[c->set_count++];
    *set = (gt_objects){.key = key,
                        .sample = entry,
                        .paper = gt_paper_set(gt_dataset_describe(s->data)->collection, s->path,
                                              (int64_t)s->test.rows)};
    if (set->paper >= 0)
        snprintf(set->name, sizeof set->name, "%s", gt_paper_set_name(set->paper));
    else
        gt_objects_name(s->data, set->name);
    return GT_OK;
}

static gt_status find_sets(gt_comparison *c, gt_error *err) {
    for (size_t i = 0; i < c->count; i++) {
        uint64_t key = key_of(&c->entries[i].subject);
        size_t s = 0;
        while (s < c->set_count && c->sets[s].key != key) s++;
        if (s == c->set_count) {
            gt_status status = add_set(c, i, key, err);
            if (status) return status;
        }
        c->entries[i].set = s;
    }
    return GT_OK;
}

static bool is_alone(const gt_comparison *c, size_t entry) {
    for (size_t i = 0; i < c->count; i++)
        if (i != entry && c->entries[i].set == c->entries[entry].set) return false;
    return true;
}

/* Two groups of one name are told apart by their first files, and so are two sets. */
static gt_status disambiguate_names(gt_comparison *c, gt_error *err) {
    gt_status status = GT_OK;
    gt_named *list = calloc(c->count + c->set_count, sizeof *list);
    if (!list) GT_THROW(err, GT_NO_MEMORY, "no memory for names");
    for (size_t s = 0; s < c->set_count; s++) {
        size_t count = 0;
        for (size_t i = 0; i < c->count; i++)
            if (c->entries[i].set == s && c->groups[c->entries[i].group].first == i)
                list[count++] = (gt_named){c->entries[i].name, c->entries[i].subject.path};
        GT_TRY(gt_names_tell_apart(list, count, err));
    }
    for (size_t s = 0; s < c->set_count; s++)
        list[s] = (gt_named){c->sets[s].name, c->entries[c->sets[s].sample].subject.path};
    GT_TRY(gt_names_tell_apart(list, c->set_count, err));
    for (size_t i = 0; i < c->count; i++)
        memmove(c->entries[i].name, c->entries[c->groups[c->entries[i].group].first].name,
                sizeof c->entries[i].name);
done:
    free(list);
    return status;
}

/* In the order given, baselines last. */
static gt_status put_baselines_last(gt_comparison *c, gt_error *err) {
    size_t next = 0;
    gt_entry *sorted = calloc(c->count, sizeof *sorted);
    if (!sorted) return gt_fail(err, GT_NO_MEMORY, "no memory for a list of files");
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < c->count; i++)
            if (c->entries[i].is_baseline == (pass == 1)) sorted[next++] = c->entries[i];
    free(c->entries);
    c->entries = sorted;
    return GT_OK;
}

gt_status gt_comparison_open(const gt_compare_request *request, gt_comparison *c,
                             gt_error *err) {
    gt_status status = GT_OK;
    gt_methods ignored; /* what is wrong with the lists comes before all work */
    for (int is_images = 0; is_images < 2; is_images++)
        GT_TRY(parse_methods(request, is_images, &ignored, err));
    for (size_t i = 0; i < request->word_count; i++)
        GT_TRY(add_entry(request, request->words[i], false, c, err));
    if (request->baselines) GT_TRY(add_baselines(request, c, err));
    GT_TRY(put_baselines_last(c, err));
    GT_TRY(find_sets(c, err));
    c->over_seeds = request->over_seeds;
    GT_TRY(gt_comparison_group(c, err));
    GT_TRY(disambiguate_names(c, err));
    for (size_t i = 0; c->set_count > 1 && i < c->count; i++)
        if (is_alone(c, i))
            gt_remark("%s: no other file has its labels and splits; it stands alone",
                      c->entries[i].subject.path);
done:
    return status;
}

void gt_comparison_free_entries(gt_comparison *c) {
    for (size_t i = 0; i < c->count; i++) {
        gt_subject_close(&c->entries[i].subject);
        gt_methods_close(&c->entries[i].methods);
        json_decref(c->entries[i].ways);
    }
    free(c->entries);
    free(c->groups);
    free(c->sets);
    free(c->baselines);
}

const gt_paper_row *gt_comparison_paper(const gt_comparison *c, const gt_entry *e,
                                        const gt_method *method) {
    return gt_paper_row_find(c->sets[e->set].paper, e->model, method->kind->name);
}
