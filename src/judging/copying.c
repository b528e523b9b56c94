/* copying.c - distances to the training set by cell, and their ranks. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tiles.h"

/* ---- Distances within cells -------------------------------------------------------------- */

static gt_status check(size_t rows, const int32_t *cell, size_t cells, gt_error *err) {
    for (size_t r = 0; r < rows; r++)
        if (cell[r] < 0 || (size_t)cell[r] >= cells)
            return gt_fail(err, GT_BAD_ARGUMENT, "row %zu is in cell %d of %zu", r,
                           (int)cell[r], cells);
    return GT_OK;
}

/* Copies the rows of one cell; where (may be NULL): their places. Returns their number. */
static size_t pick(const gt_points *points, const int32_t *cell, int32_t which, float *out,
                   size_t *where) {
    size_t count = 0, columns = points->columns;
    for (size_t r = 0; r < points->rows; r++) {
        if (cell[r] != which) continue;
        memcpy(out + count * columns, points->x + r * columns, columns * sizeof *out);
        if (where) where[count] = r;
        count++;
    }
    return count;
}

/* Room for one cell. */
typedef struct cell_room {
    float *train, *points;
    double *squared;
    size_t *where;
} cell_room;

static gt_status within_cell(const gt_points *train, const int32_t *train_cell,
                             const gt_points *points, const int32_t *cell, int32_t which,
                             cell_room *room, double *squared, gt_error *err) {
    gt_points of = {points->name, pick(points, cell, which, room->points, room->where),
                    points->columns, room->points},
              among = {train->name, pick(train, train_cell, which, room->train, NULL),
                       train->columns, room->train};
    if (of.rows && among.rows) {
        gt_status status = gt_nearest_points(&of, &among, 1, room->squared, NULL, err);
        if (status) return status;
    }
    for (size_t i = 0; i < of.rows; i++)
        squared[room->where[i]] = among.rows ? room->squared[i] : NAN;
    return GT_OK;
}

gt_status gt_cell_distances(const gt_points *train, const int32_t *train_cell,
                            const gt_points *points, const int32_t *cell, size_t cells,
                            double *squared, gt_error *err) {
    gt_status status = GT_OK;
    size_t columns = train->columns;
    cell_room room = {malloc((train->rows * columns + 1) * sizeof(float)),
                      malloc((points->rows * columns + 1) * sizeof(float)),
                      malloc((points->rows + 1) * sizeof(double)),
                      malloc((points->rows + 1) * sizeof(size_t))};
    if (!room.train || !room.points || !room.squared || !room.where)
        GT_THROW(err, GT_NO_MEMORY, "a copy of %zu rows", train->rows);
    GT_TRY(gt_points_check(train, 1, columns, err));
    GT_TRY(gt_points_check(points, 1, columns, err));
    GT_TRY(check(train->rows, train_cell, cells, err));
    GT_TRY(check(points->rows, cell, cells, err));
    for (size_t c = 0; c < cells; c++)
        GT_TRY(within_cell(train, train_cell, points, cell, (int32_t)c, &room, squared, err));
done:
    free(room.train);
    free(room.points);
    free(room.squared);
    free(room.where);
    return status;
}

/* ---- Ranks ------------------------------------------------------------------------------- */

typedef struct ranked {
    double distance;
    bool is_generated;
} ranked;

static int by_distance(const void *left, const void *right) {
    const ranked *a = left, *b = right;
    return (a->distance > b->distance) - (a->distance < b->distance);
}

/* Pairs, of `count` sorted distances. */
typedef struct pairs {
    double test, generated, above, ties; /* rows; pairs with generated > test, equal */
} pairs;

static pairs count_pairs(const ranked *sorted, size_t count) {
    pairs p = {0};
    for (size_t i = 0; i < count;) {
        double test = 0, generated = 0;
        size_t j = i;
        for (; j < count && sorted[j].distance == sorted[i].distance; j++) {
            test += !sorted[j].is_generated;
            generated += sorted[j].is_generated;
        }
        p.above += generated * p.test;
        p.ties += generated * test;
        p.test += test;
        p.generated += generated;
        i = j;
    }
    return p;
}

static double z_of(const pairs *p) {
    double n = p->generated, m = p->test, u = p->above + 0.5 * p->ties;
    if (n < 1 || m < 1) return NAN;
    return (u - (0.5 * n * m - 0.5)) / sqrt(n * m * (n + m + 1.0) / 12.0);
}

/* The rows of one cell, or all, sorted; those that have no distance are left out. */
static size_t gather(const gt_celled *test, const gt_celled *generated, int32_t cell,
                     ranked *out) {
    const gt_celled *sets[] = {test, generated};
    size_t count = 0;
    for (int s = 0; s < 2; s++)
        for (size_t r = 0; r < sets[s]->rows; r++)
            if ((cell < 0 || sets[s]->cell[r] == cell) && !isnan(sets[s]->distance[r]))
                out[count++] = (ranked){sets[s]->distance[r], s == 1};
    qsort(out, count, sizeof *out, by_distance);
    return count;
}

gt_status gt_rank_sum(const gt_celled *test, const gt_celled *generated, double *out,
                      double *ties, gt_error *err) {
    ranked *room = malloc((test->rows + generated->rows + 1) * sizeof *room);
    if (!room) return gt_fail(err, GT_NO_MEMORY, "ranks of %zu rows", test->rows);
    pairs p = count_pairs(room, gather(test, generated, -1, room));
    free(room);
    *out = z_of(&p);
    if (ties) *ties = p.test * p.generated > 0 ? p.ties / (p.test * p.generated) : 0.0;
    return GT_OK;
}

/* Sums over cells that are used. */
typedef struct weighed {
    double z, least, weight, ties, pairs;
} weighed;

static void weigh(const pairs *p, weighed *sum) {
    const struct pairs copies = {p->test, p->generated, 0, 0};
    sum->z += z_of(p) * p->test;
    sum->least += z_of(&copies) * p->test;
    sum->weight += p->test;
    sum->ties += p->ties;
    sum->pairs += p->test * p->generated;
}

gt_status gt_copying_measure(const gt_celled *test, const gt_celled *generated, size_t cells,
                             double least, gt_copying *out, double *z, uint8_t *is_used,
                             gt_error *err) {
    gt_status status = GT_OK;
    weighed sum = {0};
    ranked *room = malloc((test->rows + generated->rows + 1) * sizeof *room);
    *out = (gt_copying){.cells = cells, .value = NAN, .least = NAN};
    if (!room) GT_THROW(err, GT_NO_MEMORY, "ranks of %zu rows", test->rows);
    GT_TRY(check(test->rows, test->cell, cells, err));
    GT_TRY(check(generated->rows, generated->cell, cells, err));
    for (size_t c = 0; c < cells; c++) {
        pairs p = count_pairs(room, gather(test, generated, (int32_t)c, room));
        bool is_empty = p.test < 1 || p.generated < 1,
             is_in = !is_empty && p.generated > least * (double)generated->rows;
        out->empty += is_empty;
        out->used += is_in;
        if (is_in) weigh(&p, &sum);
        if (z) z[c] = z_of(&p);
        if (is_used) is_used[c] = is_in;
    }
    if (out->used) out->value = sum.z / sum.weight;
    if (out->used) out->least = sum.least / sum.weight;
    out->ties = sum.pairs > 0 ? sum.ties / sum.pairs : 0.0;
done:
    free(room);
    return status;
}
