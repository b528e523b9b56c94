/* Looks closer at what differs: in double, along the decisions of single precision, and
 * with roundings. */
#include "closer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "rng.h"

enum { JITTERS = 3 };
static const double one_rounding = 6e-8, near_thing = 1e-4;

/* ---- Decisions --------------------------------------------------------------------------- */

bool gt_replay_look_note(gt_replay_look *look, const float *values, int64_t count) {
    if (look->count == look->room) {
        size_t room = look->room ? 2 * look->room : 256;
        void *noted = realloc(look->noted, room * sizeof *look->noted);
        if (!noted) return false;
        look->noted = noted;
        look->room = room;
    }
    float *copy = malloc((size_t)(count + 1) * sizeof *copy);
    if (!copy) return false;
    memcpy(copy, values, (size_t)count * sizeof *copy);
    look->noted[look->count].values = copy;
    look->noted[look->count++].count = count;
    return true;
}

const float *gt_replay_look_next(gt_replay_look *look, int64_t count) {
    if (look->next == look->count || look->noted[look->next].count != count) return NULL;
    return look->noted[look->next++].values;
}

void gt_replay_look_compare(gt_replay_look *look, const float *taken, const double *low,
                            const double *high, int64_t count) {
    double largest = 0, apart = 0;
    for (int64_t i = 0; i < count; ++i) {
        double below = low ? low[i] : 0;
        largest = fmax(largest, fmax(fabs(below), fabs(high[i])));
        if ((below < high[i]) == (taken[i] > 0.5f)) continue;
        look->otherwise++;
        apart = fmax(apart, fabs(high[i] - below));
    }
    if (apart > 0) look->farthest = fmax(look->farthest, apart / largest);
}

double gt_replay_look_jitter(const gt_replay_look *look, int parameter, int64_t element,
                             double value) {
    gt_rng_key key = {.seed = look->seed, .stream = (uint32_t)parameter};
    if (look->jitter == 0) return value;
    return value * (1 + (gt_rng_uniform(key, (uint64_t)element) < 0.5 ? 1 : -1) * look->jitter);
}

/* ---- Verdicts ---------------------------------------------------------------------------- */

/* The computations of one closer look. */
typedef struct looks {
    gt_recording *rec;
    gt_replay_look look;
    gt_recording plain, followed, jittered[JITTERS]; /* all in double */
    bool has_jittered;
} looks;

static bool too_many(const gt_replay_result *result) {
    return result->step_outliers * 1000 > result->step_values;
}

static bool differs(const gt_recording *rec) {
    bool all = true;
    for (size_t i = 0; i < rec->seen_count; ++i) all = all && rec->seen[i].passed;
    return !all || too_many(rec->result);
}

/* Whether a result is judged again: a wrong one, and all values after steps. */
static bool is_open(const gt_replay_seen *seen) {
    return !seen->passed || seen->bound > 0;
}

/* The same result of another computation; NULL when there is none. */
static const gt_replay_seen *same(const gt_recording *rec, size_t i,
                                  const gt_recording *other) {
    const gt_replay_seen *a = &rec->seen[i], *b = &other->seen[i];
    bool is_same = i < other->seen_count && strcmp(a->name, b->name) == 0 && a->got && b->got &&
                   a->count == b->count;
    return is_same ? b : NULL;
}

static double farthest(const double *a, const double *b, int64_t count) {
    double most = 0;
    for (int64_t k = 0; k < count; ++k) most = fmax(most, gt_recording_difference(a[k], b[k]));
    return most;
}

/* What rounding changes in an element, or in all of them when `at` is negative. */
static double change_by_rounding(const looks *l, size_t i, int64_t at) {
    const gt_replay_seen *followed = same(l->rec, i, &l->followed);
    double most = 0;
    for (int j = 0; j < JITTERS && l->has_jittered; ++j) {
        const gt_replay_seen *other = same(l->rec, i, &l->jittered[j]);
        int64_t first = at < 0 ? 0 : at, last = at < 0 ? followed->count : at + 1;
        for (int64_t k = first; other && k < last; ++k)
            most = fmax(most, gt_recording_difference(other->got[k], followed->got[k]));
    }
    return most;
}

static double magnitude(const gt_replay_seen *seen) {
    double largest = 0;
    for (int64_t k = 0; k < seen->count; ++k) largest = fmax(largest, fabs(seen->want[k]));
    return largest;
}

static double allowed(const looks *l, size_t i, int64_t at, double largest) {
    double usual = l->rec->seen[i].tolerance;
    if (!l->has_jittered) return usual;
    return fmax(usual, 5 * change_by_rounding(l, i, at) + 2e-6 * largest);
}

/* Whether what is open is right in double, and no decision was taken over but near things. The
 * recording may be of single precision itself: then its roundings count as ours do. */
static bool comes_out(const looks *l) {
    for (size_t i = 0; i < l->rec->seen_count; ++i) {
        const gt_replay_seen *plain = same(l->rec, i, &l->plain), *seen = &l->rec->seen[i];
        if (!is_open(seen)) continue;
        bool is_of_numbers = isfinite(seen->error); /* else of zeros, or of no numbers */
        if (!is_of_numbers || !plain || !same(l->rec, i, &l->followed)) return false;
        if (plain->passed) continue;
        if (!l->has_jittered ||
            farthest(plain->got, seen->want, seen->count) > allowed(l, i, -1, magnitude(seen)))
            return false;
    }
    return !too_many(l->plain.result) && l->look.farthest <= near_thing;
}

/* Whether rounding cannot be what is wrong. */
static bool is_hopeless(const looks *l) {
    for (size_t i = 0; i < l->rec->seen_count; ++i) {
        const gt_replay_seen *plain = same(l->rec, i, &l->plain);
        if (is_open(&l->rec->seen[i]) && (!plain || plain->error > 100 * plain->tolerance))
            return true;
    }
    return l->look.farthest > near_thing;
}

/* Values after steps, each with a tolerance of its own: a gradient at rounding level is divided
 * by its own size. */
static void judge_values(const looks *l, size_t i, gt_replay_seen *out,
                         gt_replay_result *steps) {
    const gt_replay_seen *seen = &l->rec->seen[i], *followed = same(l->rec, i, &l->followed);
    double largest = magnitude(seen);
    for (int64_t k = 0; k < seen->count; ++k) {
        double here = allowed(l, i, k, largest);
        double error = gt_recording_judge_step(steps, &seen->got[k], &followed->got[k], 1, here,
                                               seen->bound);
        out->error = fmax(out->error, error);
        out->tolerance = fmax(out->tolerance, here);
    }
    out->passed = out->error <= fmax(seen->tolerance, seen->bound);
}

static void judge_whole(const looks *l, size_t i, gt_replay_seen *out) {
    const gt_replay_seen *seen = &l->rec->seen[i], *followed = same(l->rec, i, &l->followed);
    out->error = farthest(seen->got, followed->got, seen->count);
    out->tolerance = allowed(l, i, -1, magnitude(seen));
    out->passed = out->error <= out->tolerance;
}

/* Judges all that is open; where all of it is right, that is what `rec` says from now on. */
static bool judge_again(looks *l) {
    gt_recording *rec = l->rec;
    gt_replay_result steps = {0};
    gt_replay_seen *now = calloc(rec->seen_count + 1, sizeof *now);
    bool all = now != NULL;
    for (size_t i = 0; i < rec->seen_count && all; ++i) {
        now[i] = rec->seen[i];
        if (!is_open(&rec->seen[i])) continue;
        now[i].error = 0;
        if (rec->seen[i].bound > 0)
            judge_values(l, i, &now[i], &steps);
        else
            judge_whole(l, i, &now[i]);
        all = now[i].passed;
    }
    bool by_number = too_many(rec->result);
    all = all && !too_many(&steps);
    for (size_t i = 0; i < rec->seen_count && all; ++i) {
        if (!rec->seen[i].passed || (by_number && now[i].bound > 0)) rec->result->looked_at++;
        rec->seen[i] = now[i];
    }
    if (all) {
        rec->result->decisions_otherwise = l->look.otherwise;
        rec->result->step_values = steps.step_values;
        rec->result->step_outliers = steps.step_outliers;
        rec->result->step_worst = steps.step_worst;
    }
    free(now);
    return all;
}

/* ---- Computations ------------------------------------------------------------------------ */

static void compute(looks *l, bool is_plain, bool in_double, gt_recording *out) {
    l->look.next = 0;
    if (!l->rec->status)
        l->rec->status = gt_recording_again(l->rec, is_plain ? NULL : &l->look, in_double, out);
}

static void compute_jittered(looks *l) {
    gt_replay_look kept = l->look;
    l->look.jitter = one_rounding;
    for (int j = 0; j < JITTERS; ++j) {
        l->look.seed = (uint64_t)j;
        compute(l, false, true, &l->jittered[j]);
    }
    l->look = kept;
    l->has_jittered = !l->rec->status;
}

void gt_replay_look_closer(gt_recording *rec) {
    gt_recording noted = {0};
    looks l = {.rec = rec};
    if (rec->status || rec->settings.in_double || !rec->graphs || !differs(rec)) return;
    compute(&l, false, false, &noted);
    gt_recording_release(&noted);
    l.look.follows = true;
    compute(&l, false, true, &l.followed);
    bool is_same = l.look.otherwise == 0;
    if (is_same)
        l.plain = l.followed;
    else
        compute(&l, true, true, &l.plain);
    bool is_right = !rec->status && comes_out(&l) && judge_again(&l);
    if (!rec->status && !is_right && !rec->result->has_measured && !is_hopeless(&l)) {
        compute_jittered(&l);
        if (!rec->status && comes_out(&l)) judge_again(&l);
    }
    for (size_t i = 0; i < l.look.count; ++i) free(l.look.noted[i].values);
    free(l.look.noted);
    if (!is_same) gt_recording_release(&l.plain);
    gt_recording_release(&l.followed);
    for (int j = 0; j < JITTERS; ++j) gt_recording_release(&l.jittered[j]);
}
