/* quadtree.c - Barnes-Hut repulsion. The cells lie in preorder, each with the place behind its
 * last descendant, so that a walk needs no stack: into a cell is one on, past it is a jump. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tsne/forces.h"

typedef struct cell {
    double x, y;         /* centre of mass */
    double width2;       /* squared length of its longer side */
    uint32_t first, end; /* its points, as places in `order` */
    uint32_t next;       /* cell behind the last descendant */
    bool is_leaf;
} cell;

struct gt_quadtree {
    size_t n, count, room; /* points; cells used, and room for */
    cell *cells;
    int32_t *order, *spare; /* points by place */
    gt_status status;
};

/* Doubles halve a length about so often before its ends coincide. */
enum { DEEPEST = 60 };

gt_status gt_quadtree_create(size_t n, gt_quadtree **out, gt_error *err) {
    gt_quadtree *tree = calloc(1, sizeof *tree);
    *out = tree;
    if (tree) {
        tree->n = n;
        tree->room = 2 * n + 16;
        tree->cells = malloc(tree->room * sizeof *tree->cells);
        tree->order = malloc(n * sizeof *tree->order);
        tree->spare = malloc(n * sizeof *tree->spare);
        if (tree->cells && tree->order && tree->spare) return GT_OK;
    }
    gt_quadtree_destroy(tree);
    *out = NULL;
    return gt_fail(err, GT_NO_MEMORY, "a tree of %zu points", n);
}

void gt_quadtree_destroy(gt_quadtree *tree) {
    if (!tree) return;
    free(tree->cells);
    free(tree->order);
    free(tree->spare);
    free(tree);
}

/* ---- Building -----------------------------------------------------------------------------
 */

/* Sorts the places first .. end-1 by quarter of the cell around (cx, cy), keeping their order
 * within one; cuts[q] is where quarter q begins. */
static void quarter(gt_quadtree *tree, const double *y, uint32_t first, uint32_t end, double cx,
                    double cy, uint32_t cuts[5]) {
    uint32_t count[4] = {0}, at[4];
    for (uint32_t i = first; i < end; i++) {
        const double *p = y + 2 * (size_t)tree->order[i];
        count[(p[0] >= cx) + 2 * (p[1] >= cy)]++;
    }
    cuts[0] = first;
    for (int q = 0; q < 4; q++) cuts[q + 1] = cuts[q] + count[q];
    memcpy(at, cuts, sizeof at);
    for (uint32_t i = first; i < end; i++) {
        const double *p = y + 2 * (size_t)tree->order[i];
        tree->spare[at[(p[0] >= cx) + 2 * (p[1] >= cy)]++] = tree->order[i];
    }
    memcpy(tree->order + first, tree->spare + first, (end - first) * sizeof *tree->order);
}

static bool all_equal(const gt_quadtree *tree, const double *y, uint32_t first, uint32_t end) {
    const double *p = y + 2 * (size_t)tree->order[first];
    for (uint32_t i = first + 1; i < end; i++) {
        const double *o = y + 2 * (size_t)tree->order[i];
        if (o[0] != p[0] || o[1] != p[1]) return false;
    }
    return true;
}

/* Number of a new cell, or -1. */
static int64_t add_cell(gt_quadtree *tree) {
    if (tree->count == tree->room) {
        size_t room = 2 * tree->room;
        cell *more = room < UINT32_MAX ? realloc(tree->cells, room * sizeof *more) : NULL;
        if (!more) {
            tree->status = GT_NO_MEMORY;
            return -1;
        }
        tree->cells = more;
        tree->room = room;
    }
    return (int64_t)tree->count++;
}

/* Cells have the proportions of the whole map. */
static void build(gt_quadtree *tree, const double *y, uint32_t first, uint32_t end, double cx,
                  double cy, const double side[2], int depth) {
    int64_t number = add_cell(tree);
    if (number < 0) return;
    double longer = fmax(side[0], side[1]), half[2] = {side[0] / 2, side[1] / 2};
    cell own = {.width2 = longer * longer, .first = first, .end = end};
    for (uint32_t i = first; i < end; i++) {
        own.x += y[2 * (size_t)tree->order[i]] / (end - first);
        own.y += y[2 * (size_t)tree->order[i] + 1] / (end - first);
    }
    own.is_leaf = end - first == 1 || depth == DEEPEST || all_equal(tree, y, first, end);
    if (!own.is_leaf) {
        uint32_t cuts[5];
        quarter(tree, y, first, end, cx, cy, cuts);
        for (int q = 0; q < 4; q++)
            if (cuts[q + 1] > cuts[q])
                build(tree, y, cuts[q], cuts[q + 1], cx + (q & 1 ? half[0] : -half[0]) / 2,
                      cy + (q & 2 ? half[1] : -half[1]) / 2, half, depth + 1);
    }
    own.next = (uint32_t)tree->count;
    tree->cells[number] = own;
}

/* ---- Walking ------------------------------------------------------------------------------
 */

/* Adds up for the point at `place`. theta2 w^2 < d^2 form avoids divisions; a leaf is always
 * taken, less the point itself. */
static void walk(const gt_quadtree *tree, uint32_t place, double theta2, const double *p,
                 double force[2], double *z) {
    double fx = 0, fy = 0, sum = 0;
    for (uint32_t at = 0; at < tree->count;) {
        const cell *c = &tree->cells[at];
        double dx = p[0] - c->x, dy = p[1] - c->y, d2 = dx * dx + dy * dy;
        if (!c->is_leaf && !(c->width2 < theta2 * d2)) {
            at++;
            continue;
        }
        double others = c->end - c->first;
        if (c->is_leaf && place >= c->first && place < c->end) others -= 1;
        double w = 1 / (1 + d2);
        sum += others * w;
        fx += others * w * w * dx;
        fy += others * w * w * dy;
        at = c->next;
    }
    force[0] = fx;
    force[1] = fy;
    *z = sum;
}

gt_status gt_quadtree_repulsion(gt_quadtree *tree, double theta, const double *y, double *force,
                                double *z_of, gt_error *err) {
    double low[2] = {INFINITY, INFINITY}, high[2] = {-INFINITY, -INFINITY};
    for (size_t i = 0; i < 2 * tree->n; i++) {
        low[i % 2] = fmin(low[i % 2], y[i]);
        high[i % 2] = fmax(high[i % 2], y[i]);
    }
    for (size_t i = 0; i < tree->n; i++) tree->order[i] = (int32_t)i;
    tree->count = 0;
    tree->status = GT_OK;
    build(tree, y, 0, (uint32_t)tree->n, (low[0] + high[0]) / 2, (low[1] + high[1]) / 2,
          (double[]){high[0] - low[0], high[1] - low[1]}, 0);
    if (tree->status)
        return gt_fail(err, tree->status, "a tree of %zu cells for %zu points", tree->count,
                       tree->n);
#pragma omp parallel for schedule(dynamic, 64)
    for (size_t place = 0; place < tree->n; place++) {
        size_t i = (size_t)tree->order[place];
        walk(tree, (uint32_t)place, theta * theta, y + 2 * i, force + 2 * i, z_of + i);
    }
    return GT_OK;
}
