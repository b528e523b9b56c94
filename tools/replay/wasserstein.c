/* Replays recorded distances of distributions: cases NAME.u and NAME.v, maybe with weights, to
 * NAME.w1; and the distance that two normal sets have by chance, nCOUNT.w1_mean_sd or
 * nCOUNT.w1_each, which is drawn again. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "galatea/twomodels.h"
#include "recording.h"
#include "rng.h"

enum { STEM = 80, NAME = 120 };

static const char *name_of(char out[NAME], const char *stem, const char *part) {
    snprintf(out, NAME, "%s.%s", stem, part);
    return out;
}

/* Whether a name ends so, and what stands before. */
static bool split_name(const char *name, const char *ending, char stem[STEM]) {
    size_t length = strlen(name), tail = strlen(ending);
    if (length <= tail || length - tail >= STEM) return false;
    snprintf(stem, STEM, "%.*s", (int)(length - tail), name);
    return strcmp(name + length - tail, ending) == 0;
}

static bool has_ending(const gt_safetensors *file, const char *ending) {
    char stem[STEM];
    for (size_t i = 0; i < gt_safetensors_count(file); i++)
        if (split_name(gt_safetensors_at(file, i)->name, ending, stem)) return true;
    return false;
}

/* ---- Cases ------------------------------------------------------------------------------- */

typedef struct side {
    uint64_t count;
    double *values, *weights;
} side;

static side read_side(gt_recording *rec, const char *stem, const char *part) {
    char name[NAME], weights[NAME];
    side made = {0};
    made.values = gt_recording_input_double(rec, name_of(name, stem, part), &made.count);
    snprintf(weights, sizeof weights, "%.*s_weights", NAME - 10, name);
    if (rec->status || gt_recording_find(rec, weights) < 0) return made;
    uint64_t count = 0;
    made.weights = gt_recording_input_double(rec, weights, &count);
    if (!rec->status && count != made.count)
        gt_recording_fail(rec, GT_BAD_SHAPE, "'%s' has %llu values, expected %llu", weights,
                          (unsigned long long)count, (unsigned long long)made.count);
    return made;
}

static void drop_side(side *s) {
    free(s->values);
    free(s->weights);
}

static double largest(const side *s) {
    double most = 0;
    for (uint64_t i = 0; i < s->count; i++) most = fmax(most, fabs(s->values[i]));
    return most;
}

/* A part in 10^12; numbers beyond a million leave the reference's sums fewer digits. */
static double allowed(double distance, const side *u, const side *v) {
    return distance * (fmax(largest(u), largest(v)) > 1e6 ? 1e-9 : 1e-12);
}

static void replay_case(gt_recording *rec, const char *stem) {
    char name[NAME];
    double distance = 0;
    side u = read_side(rec, stem, "u"), v = read_side(rec, stem, "v");
    if (!rec->status)
        rec->status =
            gt_wasserstein_weighted((size_t)u.count, u.values, u.weights, (size_t)v.count,
                                    v.values, v.weights, &distance, rec->err);
    if (!rec->status)
        gt_recording_compare_within(rec, name_of(name, stem, "w1"), GT_SHAPE(1), &distance,
                                    allowed(distance, &u, &v));
    drop_side(&u);
    drop_side(&v);
}

static void replay_wasserstein(gt_recording *rec) {
    char stem[STEM];
    rec->result->has_measured = true;
    for (size_t i = 0; !rec->status && i < gt_safetensors_count(rec->file); i++)
        if (split_name(gt_safetensors_at(rec->file, i)->name, ".w1", stem))
            replay_case(rec, stem);
}

static bool accepts(const gt_safetensors *file) {
    return has_ending(file, ".w1") && has_ending(file, ".u");
}

const gt_replayer gt_replayer_wasserstein = {"wasserstein", accepts, replay_wasserstein};

/* ---- By chance --------------------------------------------------------------------------- */

/* What is not known of a recording: over how many draws its mean was taken. */
enum { RECORDED_DRAWS = 8, MOST_DRAWS = 64, MOST_NUMBERS = 1 << 23, MOST_COUNT = 1 << 24 };

static gt_status draw_once(uint64_t count, uint64_t draw, float *room, double *out,
                           gt_error *err) {
    for (uint64_t k = 0; k < 2; k++)
        gt_rng_fill_normal(
            (gt_rng_key){2 * draw + k, gt_rng_stream("replay.wasserstein"), (uint32_t)count}, 0,
            count, room + k * count);
    return gt_wasserstein_floats(count, room, count, room + count, out, err);
}

/* Distances of pairs of sets that are drawn alike: their mean. */
static double draw_mean(gt_recording *rec, uint64_t count, uint64_t draws) {
    double sum = 0, one = 0;
    float *room = calloc(2 * count, sizeof *room);
    if (!room)
        gt_recording_fail(rec, GT_NO_MEMORY, "no memory for %llu numbers",
                          (unsigned long long)(2 * count));
    for (uint64_t d = 0; room && !rec->status && d < draws; d++) {
        rec->status = draw_once(count, d, room, &one, rec->err);
        sum += one;
    }
    free(room);
    return sum / (double)draws;
}

/* Means within four deviations of their difference; single distances, whose deviation is three
 * tenths of their mean, within four of theirs. */
static void judge_chance(gt_recording *rec, const char *name, uint64_t count,
                         const double *recorded, uint64_t values, bool is_mean) {
    uint64_t draws = MOST_NUMBERS / count;
    draws = draws < 4 ? 4 : draws > MOST_DRAWS ? MOST_DRAWS : draws;
    double mean = draw_mean(rec, count, draws), error = 0;
    double sd = is_mean ? recorded[1] : 0.3 * mean, share = is_mean ? 1. / RECORDED_DRAWS : 1;
    for (uint64_t i = 0; i < (is_mean ? 1 : values); i++)
        error = fmax(error, fabs(recorded[i] - mean));
    gt_recording_judged(rec, name, error, 4 * sd * sqrt(1 / (double)draws + share));
}

static void replay_chance_of(gt_recording *rec, const char *name, const char *stem,
                             bool is_mean) {
    uint64_t values = 0, count = stem[0] == 'n' ? strtoull(stem + 1, NULL, 10) : 0;
    double *recorded = gt_recording_expected(rec, name, &values);
    if (!rec->status &&
        (count == 0 || count > MOST_COUNT || values == 0 || (is_mean && values != 2)))
        gt_recording_fail(rec, GT_BAD_FORMAT,
                          "'%s' is not the distance of nCOUNT numbers, at most %d", name,
                          MOST_COUNT);
    if (!rec->status) judge_chance(rec, name, count, recorded, values, is_mean);
    free(recorded);
}

static void replay_chance(gt_recording *rec) {
    char stem[STEM];
    rec->result->has_measured = true;
    for (size_t i = 0; !rec->status && i < gt_safetensors_count(rec->file); i++) {
        const char *name = gt_safetensors_at(rec->file, i)->name;
        bool is_mean = split_name(name, ".w1_mean_sd", stem);
        if (is_mean || split_name(name, ".w1_each", stem))
            replay_chance_of(rec, name, stem, is_mean);
    }
}

static bool accepts_chance(const gt_safetensors *file) {
    return has_ending(file, ".w1_mean_sd");
}

const gt_replayer gt_replayer_wasserstein_chance = {"wasserstein-chance", accepts_chance,
                                                    replay_chance};
