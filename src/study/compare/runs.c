/* runs.c - which files show one way of making codes, learned again from other seeds. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "compare.h"
#include "galatea/log.h"

/* Settings of a training and of encoding that change no code, or no more than a seed does. */
static const char *const indifferent[] = {"encode out",
                                          "encode batch",
                                          "training out",
                                          "training resume",
                                          "training force",
                                          "training threads",
                                          "training probe",
                                          "training probe-every",
                                          "training sample-every",
                                          "training sample-count",
                                          "training nearest-turns",
                                          "training log-every",
                                          "training micro-batch",
                                          "training checkpoint-minutes"};

static bool is_indifferent(const char *name) {
    for (size_t i = 0; i < sizeof indifferent / sizeof *indifferent; i++)
        if (strcmp(indifferent[i], name) == 0) return true;
    return false;
}

/* The options of a record that matter, under "PART KEY". */
static gt_status collect_options(const json_t *record, const char *part, json_t *out,
                                 gt_error *err) {
    json_t *options = json_object_get(record, "options"), *value;
    const char *key;
    json_object_foreach(options, key, value) {
        char name[128];
        snprintf(name, sizeof name, "%s %s", part, key);
        if (is_indifferent(name)) continue;
        if (json_object_set(out, name, value) != 0)
            return gt_fail(err, GT_NO_MEMORY, "no memory for the settings of a run");
    }
    return GT_OK;
}

/* Takes the seed out of the settings: that of the training, or of weights that learned nothing.
 */
static void extract_seed(gt_entry *e, bool is_untrained) {
    const char *name = is_untrained ? "encode seed" : "training seed";
    const json_t *seed = json_object_get(e->ways, name);
    e->has_seed = json_is_integer(seed);
    e->seed = e->has_seed ? (int64_t)json_integer_value(seed) : 0;
    json_object_del(e->ways, name);
    if (is_untrained) json_object_del(e->ways, "training seed");
}

/* How the codes of an entry were made, as far as their record tells. */
static gt_status read_ways(gt_entry *e, gt_error *err) {
    gt_status status = GT_OK;
    const gt_dataset_info *info = gt_dataset_describe(e->subject.data);
    gt_maker made = gt_maker_of(info);
    json_t *record = NULL;
    if (info->kind != GT_DATASET_CODES || !*made.model || !info->provenance) goto done;
    record = json_loads(info->provenance, 0, NULL);
    const json_t *training = json_object_get(record, "training");
    if (!json_is_object(training)) goto done;
    e->ways = json_object();
    if (!e->ways) GT_THROW(err, GT_NO_MEMORY, "no memory for the settings of a run");
    GT_TRY(collect_options(record, "encode", e->ways, err));
    GT_TRY(collect_options(training, "training", e->ways, err));
    extract_seed(e, made.is_untrained);
done:
    json_decref(record);
    return status;
}

/* The first setting in which two entries differ, or NULL. */
static const char *difference(const gt_entry *a, const gt_entry *b) {
    const char *key;
    json_t *value;
    json_object_foreach(a->ways, key, value) {
        if (!json_equal(value, json_object_get(b->ways, key))) return key;
    }
    json_object_foreach(b->ways, key, value) {
        if (!json_object_get(a->ways, key)) return key;
    }
    return NULL;
}

static bool is_alike(const gt_entry *a, const gt_entry *b) {
    return a->set == b->set && a->is_baseline == b->is_baseline &&
           strcmp(a->name, b->name) == 0;
}

/* The group that an entry joins, or group_count. Of entries of one name and other settings the
 * last is told by *other. */
static gt_status find_group(const gt_comparison *c, const gt_entry *e, size_t *found,
                            const gt_entry **other, gt_error *err) {
    *found = c->group_count;
    *other = NULL;
    for (const gt_entry *old = c->entries; e->has_seed && old < e; old++) {
        if (!old->has_seed || !is_alike(old, e)) continue;
        if (difference(old, e)) {
            *other = old;
            continue;
        }
        if (old->seed == e->seed)
            return gt_fail(err, GT_BAD_ARGUMENT,
                           "%s and %s are both of seed %" PRId64 ", and count as one run",
                           old->subject.path, e->subject.path, e->seed);
        *found = old->group;
    }
    return GT_OK;
}

static gt_status add_group(gt_comparison *c, size_t first, gt_error *err) {
    gt_group *larger = realloc(c->groups, (c->group_count + 1) * sizeof *larger);
    if (!larger) return gt_fail(err, GT_NO_MEMORY, "no memory for a list of runs");
    c->groups = larger;
    larger[c->group_count++] = (gt_group){.first = first, .chosen = -1};
    return GT_OK;
}

static gt_status join(gt_comparison *c, size_t index, gt_error *err) {
    gt_status status = GT_OK;
    gt_entry *e = &c->entries[index];
    const gt_entry *other = NULL;
    GT_TRY(find_group(c, e, &e->group, &other, err));
    if (e->group == c->group_count) {
        GT_TRY(add_group(c, index, err));
        if (other)
            gt_remark("%s and %s differ in more than the seed (%s), and stand apart",
                      other->subject.path, e->subject.path, difference(other, e));
    }
    gt_group *group = &c->groups[e->group];
    if (e->subject.features != c->entries[group->first].subject.features)
        GT_THROW(err, GT_MISMATCH, "%s: codes of %zu numbers, expected %zu as in %s",
                 e->subject.path, e->subject.features,
                 c->entries[group->first].subject.features,
                 c->entries[group->first].subject.path);
    group->count++;
done:
    return status;
}

gt_status gt_comparison_group(gt_comparison *c, gt_error *err) {
    gt_status status = GT_OK;
    for (size_t i = 0; i < c->count; i++) {
        if (c->over_seeds) GT_TRY(read_ways(&c->entries[i], err));
        GT_TRY(join(c, i, err));
    }
done:
    return status;
}

/* ---- over the runs of a group ---- */

/* What cross-validation likes best; the test rows have no say in it. -1: there was none. */
static int choose(const gt_evaluated_runs *results, size_t methods) {
    int best = -1;
    for (size_t m = 0; m < methods; m++) {
        const gt_evaluated_runs *r = &results[m], *b = &results[best < 0 ? 0 : best];
        if (r->held_out == 0) return -1;
        if (best < 0 || r->cv_accuracy.mean > b->cv_accuracy.mean ||
            (r->cv_accuracy.mean == b->cv_accuracy.mean &&
             r->cv_roc_auc.mean > b->cv_roc_auc.mean))
            best = (int)m;
    }
    return best;
}

/* Over what is judged in the group of an entry, which is its first; or of that entry alone. */
static int sum_up(const gt_comparison *c, size_t first, bool alone, const gt_evaluation **room,
                  gt_evaluated_runs results[GT_METHODS_AT_MOST]) {
    const gt_entry *e = &c->entries[first];
    for (size_t m = 0; m < e->methods.count; m++) {
        size_t count = 0;
        for (size_t i = first; i < (alone ? first + 1 : c->count); i++)
            if (c->entries[i].group == e->group && c->entries[i].methods.list[m].is_evaluated)
                room[count++] = &c->entries[i].methods.list[m].evaluation;
        results[m] = (gt_evaluated_runs){0};
        if (count) results[m] = gt_evaluate_runs(room, count, (int64_t)e->subject.test.rows);
    }
    return choose(results, e->methods.count);
}

gt_status gt_comparison_sum_up(gt_comparison *c, gt_error *err) {
    gt_evaluated_runs results[GT_METHODS_AT_MOST];
    const gt_evaluation **room = malloc((c->count + 1) * sizeof *room);
    if (!room) return gt_fail(err, GT_NO_MEMORY, "no memory for a list of runs");
    for (size_t i = 0; i < c->count; i++)
        c->entries[i].chosen = sum_up(c, i, true, room, results);
    for (size_t g = 0; g < c->group_count; g++)
        c->groups[g].chosen = sum_up(c, c->groups[g].first, false, room, c->groups[g].results);
    free(room);
    return GT_OK;
}
