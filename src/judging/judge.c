/* judge.c - all numbers of one generator. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "court.h"
#include "frechet.h"
#include "galatea/interrupt.h"
#include "intervals.h"
#include "moments.h"
#include "tiles.h"
#include "verdict.h"

enum { LEAST_ROWS = 20, WIDE = 512, LEAST_SUBSETS = 20 };

gt_judge_settings gt_judge_defaults(void) {
    return (gt_judge_settings){.neighbours = 5,
                               .permutations = 999,
                               .subsets = 200,
                               .rows = 10000,
                               .cosine_twins = NAN,
                               .cosine_train = NAN};
}

/* ---- The rows that are compared ---------------------------------------------------------- */

/* A step is done: tells it, and GT_INTERRUPTED where it is time to stop. */
static gt_status step(gt_court *c, gt_error *err) {
    if (c->settings->visit) c->settings->visit(c->settings->user, ++c->done, GT_JUDGE_STEPS);
    if (gt_interrupt_pending()) return gt_fail(err, GT_INTERRUPTED, "interrupted");
    return GT_OK;
}

/* Rows `first` to first + rows of an order drawn by seed; all where that is all. */
static gt_status draw(const gt_court *c, const gt_points *from, const char *stream,
                      size_t first, size_t rows, float **x, gt_points *out, gt_error *err) {
    size_t columns = from->columns;
    *out = *from;
    if (rows == from->rows) return GT_OK;
    size_t *order = gt_drawn_order(from->rows, c->settings->seed, stream, 0);
    *x = malloc(rows * columns * sizeof **x);
    if (!order || !*x) {
        free(order);
        return gt_fail(err, GT_NO_MEMORY, "%zu rows of %s", rows, from->name);
    }
    for (size_t r = 0; r < rows; r++)
        memcpy(*x + r * columns, from->x + order[first + r] * columns, columns * sizeof **x);
    free(order);
    *out = (gt_points){from->name, rows, columns, *x};
    return GT_OK;
}

static size_t smallest(size_t a, size_t b) {
    return a < b ? a : b;
}

static size_t least_rows(const gt_judge_settings *settings) {
    return settings->neighbours < LEAST_ROWS ? LEAST_ROWS : settings->neighbours + 1;
}

gt_status gt_judge_check_settings(const gt_judge_settings *settings, gt_error *err) {
    size_t least = least_rows(settings);
    if (settings->neighbours < 1)
        return gt_fail(err, GT_USAGE, "0 neighbours, expected at least 1");
    if (settings->subsets < 4)
        return gt_fail(err, GT_USAGE, "%zu subsets, expected at least 4", settings->subsets);
    if (!settings->rows || settings->rows >= least) return GT_OK;
    if (least > LEAST_ROWS)
        return gt_fail(err, GT_USAGE,
                       "%zu rows are compared at most, expected more than the %zu neighbours",
                       settings->rows, settings->neighbours);
    return gt_fail(err, GT_USAGE, "%zu rows are compared at most, expected at least %zu",
                   settings->rows, least);
}

static gt_status check_all(const gt_points *const sets[3], const gt_judge_settings *settings,
                           gt_error *err) {
    gt_status status = gt_judge_check_settings(settings, err);
    size_t least = least_rows(settings);
    for (int i = 0; !status && i < 3; i++) {
        if (sets[i]->rows >= LEAST_ROWS && sets[i]->rows < least)
            return gt_fail(err, GT_USAGE,
                           "%s has %zu rows, expected more than the %zu neighbours",
                           sets[i]->name, sets[i]->rows, settings->neighbours);
        status = gt_points_check(sets[i], least, sets[0]->columns, err);
    }
    return status;
}

/* Intervals of Frechet distances and Vendi scores cost the cube of this. */
static size_t subsets_for(size_t asked, size_t rows, size_t columns) {
    size_t width = smallest(rows / 2, columns);
    if (width <= WIDE) return asked;
    double share = (double)WIDE / (double)width;
    size_t fewer = (size_t)((double)asked * share * share * share);
    return smallest(asked, fewer < LEAST_SUBSETS ? LEAST_SUBSETS : fewer);
}

static gt_status draw_all(gt_court *c, const gt_points *test, const gt_points *generated,
                          gt_error *err) {
    gt_judgement *out = c->out;
    gt_status status = GT_OK;
    size_t made = c->settings->rows ? smallest(c->settings->rows, generated->rows)
                                    : generated->rows,
           rows = smallest(smallest(c->all_train->rows, test->rows), made),
           held = smallest(test->rows / 2, made), compared = rows > held ? rows : held;
    *out =
        (gt_judgement){.train = c->all_train->rows,
                       .test = test->rows,
                       .generated = generated->rows,
                       .rows = rows,
                       .compared = compared,
                       .columns = test->columns,
                       .neighbours = c->settings->neighbours,
                       .subsets = subsets_for(c->settings->subsets, compared, test->columns),
                       .cosine_twins = c->settings->cosine_twins,
                       .cosine_train = c->settings->cosine_train,
                       .real = test->rows >= 2 * compared ? GT_REAL_HELD_BACK : GT_REAL_TRAIN};
    for (gt_judge j = 0; j < GT_JUDGES; j++) out->judged[j] = (gt_judged){NAN, NAN, NAN, NAN};
    GT_TRY(draw(c, c->all_train, "judging.train", 0, rows, &c->x[0], &c->train, err));
    GT_TRY(draw(c, test, "judging.test", 0, compared, &c->x[1], &c->test, err));
    GT_TRY(draw(c, generated, "judging.generated", 0, compared, &c->x[2], &c->generated, err));
    c->real = c->train;
    if (out->real == GT_REAL_HELD_BACK)
        GT_TRY(draw(c, test, "judging.test", compared, compared, &c->x[3], &c->real, err));
    c->balls_test = c->test;
    c->balls_generated = c->generated;
    if (rows == compared) goto done;
    GT_TRY(draw(c, test, "judging.test", 0, rows, &c->x[4], &c->balls_test, err));
    GT_TRY(
        draw(c, generated, "judging.generated", 0, rows, &c->x[5], &c->balls_generated, err));
done:
    return status;
}

/* ---- Rows that repeat each other --------------------------------------------------------- */

static int by_bytes(const void *left, const void *right, void *width) {
    return memcmp(*(const float *const *)left, *(const float *const *)right, *(size_t *)width);
}

static gt_status repeats_of(const gt_points *p, double *out, gt_error *err) {
    size_t width = p->columns * sizeof(float), count = 0;
    const float **row = malloc(p->rows * sizeof *row);
    if (!row) return gt_fail(err, GT_NO_MEMORY, "an order of %zu rows", p->rows);
    for (size_t r = 0; r < p->rows; r++) row[r] = p->x + r * p->columns;
    qsort_r(row, p->rows, sizeof *row, by_bytes, &width);
    for (size_t r = 0; r < p->rows; r++)
        count += (r > 0 && memcmp(row[r], row[r - 1], width) == 0) ||
                 (r + 1 < p->rows && memcmp(row[r], row[r + 1], width) == 0);
    free(row);
    *out = (double)count / (double)p->rows;
    return GT_OK;
}

/* ---- Distances of distributions ---------------------------------------------------------- */

static gt_status judge_frechet(gt_court *c, double *halves, gt_error *err) {
    gt_status status = GT_OK;
    gt_judged *frechet = &c->out->judged[GT_JUDGE_FRECHET],
              *limit = &c->out->judged[GT_JUDGE_FRECHET_LIMIT];
    uint64_t seed = c->settings->seed;
    gt_frechet f;
    GT_TRY(gt_frechet_distance(&c->test, &c->generated, &f, err));
    frechet->value = f.value;
    GT_TRY(gt_frechet_distance(&c->test, &c->real, &f, err));
    frechet->real = f.value;
    GT_TRY(gt_frechet_limit(&c->test, &c->generated, seed, &limit->value, err));
    GT_TRY(gt_frechet_limit(&c->test, &c->real, seed, &limit->real, err));
    GT_TRY(step(c, err));
    GT_TRY(gt_frechet_halves(&c->test, &c->generated, c->out->subsets / 2, seed, halves, err));
    gt_interval_of_halves(c->out->subsets / 2 * 2, halves, frechet);
    frechet->low = fmax(frechet->low, 0.0);
    GT_TRY(step(c, err));
done:
    return status;
}

static gt_status judge_two_samples(gt_court *c, double *halves, gt_error *err) {
    gt_status status = GT_OK;
    gt_judged *judged = c->out->judged;
    size_t splits = c->settings->subsets / 2;
    gt_two_sample two;
    gt_two_sample_settings settings = {c->settings->permutations, splits, c->settings->seed};
    GT_TRY(gt_two_sample_compare(&c->test, &c->generated, &settings, &two, halves,
                                 halves + 2 * splits, err));
    judged[GT_JUDGE_ENERGY].value = two.energy;
    judged[GT_JUDGE_ENERGY_P].value = two.p;
    judged[GT_JUDGE_KERNEL].value = two.kernel;
    gt_interval_of_halves(2 * splits, halves, &judged[GT_JUDGE_ENERGY]);
    gt_interval_of_halves(2 * splits, halves + 2 * splits, &judged[GT_JUDGE_KERNEL]);
    judged[GT_JUDGE_ENERGY].low = fmax(judged[GT_JUDGE_ENERGY].low, 0.0);
    GT_TRY(step(c, err));
    settings.splits = 0;
    GT_TRY(gt_two_sample_compare(&c->test, &c->real, &settings, &two, NULL, NULL, err));
    judged[GT_JUDGE_ENERGY].real = two.energy;
    judged[GT_JUDGE_ENERGY_P].real = two.p;
    judged[GT_JUDGE_KERNEL].real = two.kernel;
    GT_TRY(step(c, err));
done:
    return status;
}

static gt_status judge_vendi(gt_court *c, double *halves, gt_error *err) {
    gt_status status = GT_OK;
    gt_judged *vendi = &c->out->judged[GT_JUDGE_VENDI];
    GT_TRY(gt_vendi_score(&c->generated, &vendi->value, err));
    GT_TRY(gt_vendi_score(&c->test, &vendi->real, err));
    GT_TRY(gt_vendi_halves(&c->generated, c->out->subsets / 2, c->settings->seed, halves, err));
    gt_interval_of_halves(c->out->subsets / 2 * 2, halves, vendi);
    vendi->low = fmax(vendi->low, 1.0);
    GT_TRY(step(c, err));
done:
    return status;
}

/* ---- Shares ------------------------------------------------------------------------------ */

static gt_status share_of_bytes(size_t count, const uint8_t *is, uint64_t seed, gt_judged *out,
                                gt_error *err) {
    double *outcome = malloc(count * sizeof *outcome);
    if (!outcome) return gt_fail(err, GT_NO_MEMORY, "outcomes of %zu rows", count);
    for (size_t i = 0; i < count; i++) outcome[i] = is[i];
    gt_status status = gt_interval_of_share(count, outcome, seed, out, err);
    free(outcome);
    return status;
}

/* Precision and density come of one row of numbers, balls over each generated row. */
static gt_status shares_of_balls(gt_court *c, const uint32_t *over, double *outcome,
                                 gt_error *err) {
    gt_status status = GT_OK;
    size_t rows = c->balls_generated.rows;
    uint64_t seed = c->settings->seed;
    for (size_t i = 0; i < rows; i++) outcome[i] = over[i] > 0;
    GT_TRY(gt_interval_of_share(rows, outcome, seed, &c->out->judged[GT_JUDGE_PRECISION], err));
    for (size_t i = 0; i < rows; i++)
        outcome[i] = (double)over[i] / (double)c->settings->neighbours;
    GT_TRY(gt_interval_of_share(rows, outcome, seed, &c->out->judged[GT_JUDGE_DENSITY], err));
done:
    return status;
}

static gt_status judge_balls(gt_court *c, gt_error *err) {
    gt_status status = GT_OK;
    gt_judged *judged = c->out->judged;
    gt_coverage *balls = &c->out->balls, real;
    size_t rows = c->out->rows, k = c->settings->neighbours;
    gt_coverage_rows by_row = {malloc(rows * sizeof(uint32_t)), malloc(rows), malloc(rows)};
    double *outcome = malloc(rows * sizeof *outcome);
    if (!by_row.over || !by_row.recalled || !by_row.is_filled || !outcome)
        GT_THROW(err, GT_NO_MEMORY, "outcomes of %zu rows", rows);
    GT_TRY(gt_coverage_measure(&c->train, &c->balls_generated, k, balls, &by_row, err));
    GT_TRY(step(c, err));
    GT_TRY(gt_coverage_measure(&c->train, &c->balls_test, k, &real, NULL, err));
    judged[GT_JUDGE_PRECISION] = (gt_judged){balls->precision, 0, 0, real.precision};
    judged[GT_JUDGE_RECALL] = (gt_judged){balls->recall, 0, 0, real.recall};
    judged[GT_JUDGE_DENSITY] = (gt_judged){balls->density, 0, 0, real.density};
    judged[GT_JUDGE_COVERAGE] = (gt_judged){balls->coverage, 0, 0, real.coverage};
    GT_TRY(shares_of_balls(c, by_row.over, outcome, err));
    GT_TRY(share_of_bytes(rows, by_row.recalled, c->settings->seed, &judged[GT_JUDGE_RECALL],
                          err));
    GT_TRY(share_of_bytes(rows, by_row.is_filled, c->settings->seed, &judged[GT_JUDGE_COVERAGE],
                          err));
    GT_TRY(step(c, err));
done:
    free(by_row.over);
    free(by_row.recalled);
    free(by_row.is_filled);
    free(outcome);
    return status;
}

static double share_of_zeros(size_t count, const double *squared) {
    size_t zeros = 0;
    for (size_t i = 0; i < count; i++) zeros += squared[i] == 0.0;
    return (double)zeros / (double)count;
}

static gt_status judge_authenticity(gt_court *c, gt_error *err) {
    gt_status status = GT_OK;
    gt_judged *judged = &c->out->judged[GT_JUDGE_AUTHENTICITY];
    size_t rows = c->out->compared;
    uint8_t *is_authentic = malloc(rows);
    double *squared = malloc(rows * sizeof *squared);
    if (!is_authentic || !squared) GT_THROW(err, GT_NO_MEMORY, "outcomes of %zu rows", rows);
    GT_TRY(gt_authenticity(c->all_train, &c->test, &judged->real, is_authentic, squared, err));
    c->out->leaked = share_of_zeros(rows, squared);
    GT_TRY(gt_authenticity(c->all_train, &c->generated, &judged->value, is_authentic, squared,
                           err));
    c->out->copies = share_of_zeros(rows, squared);
    GT_TRY(share_of_bytes(rows, is_authentic, c->settings->seed, judged, err));
    GT_TRY(step(c, err));
done:
    free(is_authentic);
    free(squared);
    return status;
}

/* ---- All --------------------------------------------------------------------------------- */

static gt_status judge_all(gt_court *c, gt_error *err) {
    gt_status status = GT_OK;
    double *halves = malloc(2 * (c->settings->subsets + 2) * sizeof *halves);
    if (!halves) GT_THROW(err, GT_NO_MEMORY, "%zu halves", c->settings->subsets);
    GT_TRY(repeats_of(&c->train, &c->out->repeats[0], err));
    GT_TRY(repeats_of(&c->test, &c->out->repeats[1], err));
    GT_TRY(repeats_of(&c->generated, &c->out->repeats[2], err));
    GT_TRY(judge_balls(c, err));
    GT_TRY(judge_authenticity(c, err));
    GT_TRY(gt_court_copying(c, err));
    GT_TRY(step(c, err));
    GT_TRY(judge_frechet(c, halves, err));
    GT_TRY(judge_vendi(c, halves, err));
    GT_TRY(judge_two_samples(c, halves, err));
done:
    free(halves);
    return status;
}

gt_status gt_judge_points(const gt_points *train, const gt_points *test,
                          const gt_points *generated, const gt_judge_settings *settings,
                          gt_judgement *out, gt_error *err) {
    gt_status status = GT_OK;
    gt_court c = {.settings = settings, .all_train = train, .out = out};
    const gt_points *const sets[] = {train, test, generated};
    GT_TRY(check_all(sets, settings, err));
    GT_TRY(draw_all(&c, test, generated, err));
    GT_TRY(judge_all(&c, err));
    out->near = settings->near;
    out->verdict = gt_verdict_of(out, settings);
done:
    for (size_t i = 0; i < sizeof c.x / sizeof *c.x; i++) free(c.x[i]);
    return status;
}
