/* judging.h (room: judging) - numbers that judge a generator by its samples.
 *
 * Three sets of rows of one width: train (what the model learned from), test (real, never
 * seen), generated. Rows are any description of pictures: codes of an encoder, coefficients of
 * morphology, pixels; what the numbers say depends on it. Rows are floats; all that is computed
 * of them is in double, in an order that does not depend on the number of threads. Large
 * products of blocks of rows give distances; where the rounding of a product matters, for rows
 * that nearly coincide and at the rim of a ball, the distance is summed again from differences,
 * so that equal rows are at exactly 0. No matrix of all pairs is ever held.
 *
 * Sets are checked: GT_USAGE names the set and what is wrong with it (fewer rows than asked
 * for, widths that differ), GT_NOT_FINITE set, row and column. GT_NO_MEMORY; GT_INTERRUPTED
 * where the process was asked to stop (interrupt.h). Threads: every function may be called from
 * several threads; each uses OpenMP's. */
#ifndef GALATEA_JUDGING_H
#define GALATEA_JUDGING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "galatea/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Rows of one set, (rows, columns) row-major, lent. name is for messages. */
typedef struct gt_points {
    const char *name;
    size_t rows, columns;
    const float *x;
} gt_points;

/* ---- Distances between two distributions ------------------------------------------------ */

/* |mu_a - mu_b|^2 + tr(C_a + C_b - 2 (C_a C_b)^1/2), covariances with n - 1: Heusel et al. 2017
 * (arXiv:1706.08500). The trace of the root is the sum of the roots of the eigenvalues of
 * C_a^1/2 C_b C_a^1/2, negative ones counted as 0; of rows fewer than columns it is the sum of
 * the singular values of the product of the centred rows, which is the same number. The cost
 * grows with the cube of the smaller of rows and columns. */
typedef struct gt_frechet {
    double value, mean, covariance; /* value: the sum; below 1e-9 of the traces it is 0 */
} gt_frechet;

/* At least 2 rows each. */
GT_MUST_CHECK gt_status gt_frechet_distance(const gt_points *a, const gt_points *b,
                                            gt_frechet *out, gt_error *err);

/* The value for endlessly many rows (Chong & Forsyth 2020, arXiv:1911.07023): a straight line
 * in 1/n through the distances of 15 subsets drawn by seed, of max(2, min(5000, n/10)) to n
 * rows of each set, n being the smaller count. May come out below 0. At least 20 rows each. */
GT_MUST_CHECK gt_status gt_frechet_limit(const gt_points *a, const gt_points *b, uint64_t seed,
                                         double *out, gt_error *err);

/* How two sets of rows are told apart, and how often chance does as well. */
typedef struct gt_two_sample {
    double energy; /* 2 E|x-y| - E|x-x'| - E|y-y'|, all pairs: Szekely & Rizzo 2013 */
    double p;      /* share of permutations with as large an energy, itself among them */
    double kernel; /* unbiased MMD^2 with (x.y / columns + 1)^3: Binkowski et al. 2018
                      (arXiv:1801.01401); may be below 0 */
} gt_two_sample;

typedef struct gt_two_sample_settings {
    size_t permutations; /* of the pooled rows; 0: p is NaN */
    size_t splits;       /* of both sets into random halves */
    uint64_t seed;
} gt_two_sample_settings;

/* One pass over all pairs of rows: 4 n^2 (columns + permutations) operations for n rows each.
 * energies, kernels (2 splits each; NULL where there are none): the same numbers of
 * corresponding halves. Without splits 2 rows each at least, with splits 4. */
GT_MUST_CHECK gt_status gt_two_sample_compare(const gt_points *a, const gt_points *b,
                                              const gt_two_sample_settings *settings,
                                              gt_two_sample *out, double *energies,
                                              double *kernels, gt_error *err);

/* ---- Neighbourhoods --------------------------------------------------------------------- */

/* The nearest rows of `among` for each row of `of`: squared distances (of->rows, k), nearest
 * first, and their rows; index may be NULL. Where `among` is `of` itself a row is not its own
 * neighbour. Of rows at equal distance the first is nearer. k at most the rows there are. */
GT_MUST_CHECK gt_status gt_nearest_points(const gt_points *of, const gt_points *among, size_t k,
                                          double *squared, size_t *index, gt_error *err);

/* Balls reach from each row to its k-th nearest other row of its own set; strictly inside
 * counts (Kynkaanniemi et al. 2019, arXiv:1904.06991; Naeem et al. 2020, arXiv:2002.09797). */
typedef struct gt_coverage {
    double precision; /* share of generated rows inside some real ball */
    double recall;    /* share of real rows inside some generated ball */
    double density;   /* mean number of real balls over a generated row, by k */
    double coverage;  /* share of real balls with a generated row inside */
    size_t zero_real,
        zero_generated; /* balls without extent: k + 1 equal rows, nothing inside */
} gt_coverage;

/* The same by row, where wanted: balls over each generated row; whether each real row is inside
 * a generated ball; whether each real ball has a generated row. NULLs are left out. */
typedef struct gt_coverage_rows {
    uint32_t *over;     /* (generated) */
    uint8_t *recalled;  /* (real) */
    uint8_t *is_filled; /* (real) */
} gt_coverage_rows;

/* More than k rows in each set. rows may be NULL. */
GT_MUST_CHECK gt_status gt_coverage_measure(const gt_points *real, const gt_points *generated,
                                            size_t k, gt_coverage *out,
                                            const gt_coverage_rows *rows, gt_error *err);

/* Whether each generated row is authentic (Alaa et al. 2022, arXiv:2102.08921): its nearest
 * training row t has a training row nearer than it. *share: of authentic rows. squared (may be
 * NULL): distances to t. is_authentic (generated). At least 2 training rows. */
GT_MUST_CHECK gt_status gt_authenticity(const gt_points *train, const gt_points *generated,
                                        double *share, uint8_t *is_authentic, double *squared,
                                        gt_error *err);

/* ---- Copies of the training set --------------------------------------------------------- */

/* Distances of one set to the training rows, with the cell of each. */
typedef struct gt_celled {
    size_t rows;
    const double *distance; /* (rows), or their squares */
    const int32_t *cell;    /* (rows) 0 .. cells-1; NULL: one cell */
} gt_celled;

/* squared (points): to the nearest training row of a point's own cell; NaN where its cell has
 * none. Cells are 0 .. cells-1, of the training rows and of the points; others are
 * GT_BAD_ARGUMENT. */
GT_MUST_CHECK gt_status gt_cell_distances(const gt_points *train, const int32_t *train_cell,
                                          const gt_points *points, const int32_t *cell,
                                          size_t cells, double *squared, gt_error *err);

/* (U - (nm/2 - 1/2)) / sqrt(nm(n+m+1)/12), U counting pairs in which a generated row is farther
 * from training than a test row, ties one half: far below 0 where the generated ones are
 * nearer. NaN without rows. *ties (may be NULL): pairs that tie, as a share. */
GT_MUST_CHECK gt_status gt_rank_sum(const gt_celled *test, const gt_celled *generated,
                                    double *out, double *ties, gt_error *err);

/* C_T (Meehan, Chaudhuri & Dasgupta 2020, arXiv:2004.05675): the mean of that by cell, weighted
 * with the cells' test rows; distances are those within cells. Cells with at most `least` of
 * the generated rows are left out, and those without training, test or generated rows. Far
 * below 0: copies of the training set; far above: it was not learned. */
typedef struct gt_copying {
    double value;              /* NaN: no cell is left */
    size_t cells, used, empty; /* empty: without rows of one set */
    double ties;               /* share of pairs within used cells at equal distance */
    double least; /* what generated rows score that are all nearer than any test row: with n
                     and m rows in a cell no less than about -sqrt(3nm/(n+m+1)); NaN as value */
} gt_copying;

/* z (cells, NaN where there is none) and is_used (cells) may be NULL. */
GT_MUST_CHECK gt_status gt_copying_measure(const gt_celled *test, const gt_celled *generated,
                                           size_t cells, double least, gt_copying *out,
                                           double *z, uint8_t *is_used, gt_error *err);

/* ---- Diversity -------------------------------------------------------------------------- */

/* The effective number of different rows (Friedman & Dieng 2023, arXiv:2210.02410): exp of the
 * entropy of the eigenvalues of the matrix of cosines by n. Rows of zeros are alike, and like
 * no other. */
GT_MUST_CHECK gt_status gt_vendi_score(const gt_points *points, double *out, gt_error *err);

/* ---- All of them ------------------------------------------------------------------------ */

typedef enum gt_judge {
    GT_JUDGE_FRECHET,
    GT_JUDGE_FRECHET_LIMIT,
    GT_JUDGE_KERNEL,
    GT_JUDGE_ENERGY,
    GT_JUDGE_ENERGY_P,
    GT_JUDGE_PRECISION,
    GT_JUDGE_RECALL,
    GT_JUDGE_DENSITY,
    GT_JUDGE_COVERAGE,
    GT_JUDGE_AUTHENTICITY,
    GT_JUDGE_COPYING, /* C_T */
    GT_JUDGE_VENDI,
    GT_JUDGES
} gt_judge;

/* "frechet", "c_t"; and what a person reads: "Frechet distance". Static. */
const char *gt_judge_name(gt_judge judge);
const char *gt_judge_title(gt_judge judge);

/* The real rows that it sets the generated ones against: "test", "train", "both" or "none";
 * and what is good: "low", "high", "zero", or "real", as near to real rows as can be. Static.
 */
const char *gt_judge_against(gt_judge judge);
const char *gt_judge_good(gt_judge judge);

/* NaN: not available. low, high: a 95 % interval, NaN for the p-value and the limit. */
typedef struct gt_judged {
    double value, low, high;
    double real; /* the same of real rows in place of the generated ones: what is perfect */
} gt_judged;

/* Generated pictures that are nearly one picture of those that the model learned from, or of
 * real ones that it did not see, whichever is nearer. Blurred pictures are near to many of
 * both; to those of training more often than chance has it only if these were learned by heart.
 */
typedef struct gt_near_copies {
    size_t samples;          /* generated pictures; 0: none were looked at */
    size_t copies, chance;   /* of them: nearest to one of training, to one unseen */
    size_t originals;        /* different pictures that these are nearest to */
    size_t training, unseen; /* pictures of either kind */
} gt_near_copies;

/* The share of samples that are near copies of training pictures beyond those that chance
 * explains, (copies - chance training / unseen) / samples, with its 95 % interval: Wilson's of
 * the part that training has of all copies, each original told once, since samples of one
 * original are no two cases. NaN where nothing was looked at on either side. */
void gt_near_copies_excess(const gt_near_copies *near, double *low, double *value,
                           double *high);

enum { GT_JUDGE_STEPS = 9 };

typedef struct gt_judge_settings {
    size_t neighbours;   /* k of the balls; 5 */
    size_t permutations; /* 999 */
    size_t subsets;      /* of half the rows, behind the intervals of distances; 200 */
    size_t rows;         /* most that are compared; 0: all */
    uint64_t seed;       /* of rows, subsets, permutations, cells */
    /* Told by two models of separate halves (means of the largest cosines between samples of
     * both, and between samples and training set); NaN: there is one model alone. */
    double cosine_twins, cosine_train;
    gt_near_copies near; /* as whoever can see pictures has counted them */
    void (*visit)(void *user, size_t done, size_t total); /* of GT_JUDGE_STEPS; or NULL */
    void *user;
} gt_judge_settings;

/* k 5, 999 permutations, 200 subsets, at most 10,000 rows, no second model. */
gt_judge_settings gt_judge_defaults(void);

/* GT_USAGE for settings that no rows can meet, among them a limit on rows below 20 or the
 * neighbours: for those who draw rows by it themselves before they are judged. */
GT_MUST_CHECK gt_status gt_judge_check_settings(const gt_judge_settings *settings,
                                                gt_error *err);

/* What a verdict may say, more than one at a time. */
enum {
    GT_VERDICT_MEMORISES = 1, /* C_T < -3, or where few rows cannot score as low, less than half
                                 of what copies alone would with its interval below 0;
                                 authenticity below that of real rows by more than the
                                 intervals of both; or near copies more frequent than among real
                                 pictures by more than 2 %, as the lower end of that interval */
    GT_VERDICT_COLLAPSED = 2, /* recall or coverage below half of that of real rows; not where
                                 real rows repeat each other */
    GT_VERDICT_OFF = 4,       /* p < 0.01 and Frechet distance above three times that of real
                                 rows */
    GT_VERDICT_GENERALISES = 8 /* none of these, cosine_twins > cosine_train, at most half of
                                  the test rows equal training rows, and they cover these */
};

/* How rows stand in for the generated ones. */
typedef enum gt_judge_real {
    GT_REAL_HELD_BACK, /* test rows that are not compared otherwise */
    GT_REAL_TRAIN      /* training rows, where test has too few: against test */
} gt_judge_real;

typedef struct gt_judgement {
    size_t train, test, generated; /* rows given */
    size_t rows, columns; /* of each set, drawn by seed, where balls of train are compared */
    size_t compared;      /* of test and generated each, in all other numbers; >= rows */
    size_t neighbours, subsets; /* as used: fewer subsets where matrices are beyond 512 */
    gt_judge_real real;         /* of the distances between distributions */
    gt_judged judged[GT_JUDGES];
    gt_coverage balls;
    gt_copying copying;
    size_t components;     /* of the training rows in which C_T was measured; 0: all columns */
    double copies, leaked; /* shares of generated, of test rows that equal a training row */
    double repeats[3]; /* share of train, test, generated rows that equal another of theirs */
    double cosine_twins, cosine_train; /* as told by the settings */
    gt_near_copies near;               /* likewise */
    int verdict;                       /* of GT_VERDICT_...; 0: none of these was found */
} gt_judgement;

/* How many rows of each set it compares. */
size_t gt_rows_judged(const gt_judgement *judgement, gt_judge judge);

/* All numbers of one generator. As many rows of each set are compared as the smallest of those
 * concerned has, drawn by seed. That is train too for balls; for numbers between test and
 * generated rows, and where copies are looked for in all training rows (authenticity, C_T), few
 * training rows are no limit, as long as test rows can be held back. In place of the
 * generated rows stand, for the numbers between test and generated, as many test rows that were
 * held back, or else training rows; for those between train and generated the test rows; for
 * C_T the held-back rows, or else one half of the test rows beside the other; for the Vendi
 * score the test rows. C_T uses 20 cells of a k-means of train, or one for each 50 rows where
 * that is fewer, in the first 64 principal components where there are more columns.
 *
 * Intervals: shares and C_T by drawing the outcomes of rows again, distances and the Vendi
 * score by the spread over random halves of the rows, times sqrt(1/2): rows are never repeated,
 * which would make them each other's neighbours. Of 300 normal rows of 5 numbers such a spread
 * is 1.5 times the true one where two sets are of one distribution, and 0.8 of it where they
 * lie a deviation apart. GT_USAGE for fewer than 20 rows, or not more than neighbours. */
GT_MUST_CHECK gt_status gt_judge_points(const gt_points *train, const gt_points *test,
                                        const gt_points *generated,
                                        const gt_judge_settings *settings, gt_judgement *out,
                                        gt_error *err);

/* One line for a person: what was found, with the numbers and thresholds behind it, and what
 * speaks against it: authenticity that is low while C_T finds no copies, coverage that is low
 * because precision is; such a finding stands behind "off the distribution". Authenticity is
 * told "to" what it may be at most where that of real rows is as uncertain. Where most of test
 * equals training rows, or test rows cover less than half of what rows of one distribution do,
 * which is 1 - 2^-neighbours, it begins with "cannot tell". Returns text. */
enum { GT_VERDICT_TEXT = 1000 };
const char *gt_verdict_text(const gt_judgement *judgement, char text[GT_VERDICT_TEXT]);
/* The same of near copies alone, for sets of too few rows for anything else: "memorises: ...",
 * or an empty text where they say nothing. */
const char *gt_near_copies_text(const gt_near_copies *near, char text[GT_VERDICT_TEXT]);

#ifdef __cplusplus
}
#endif
#endif
