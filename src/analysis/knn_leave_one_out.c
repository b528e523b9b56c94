/* knn_leave_one_out.c - each row judged by its nearest others. */
#include <stdlib.h>
#include <string.h>

#include "galatea/neighbours.h"
#include "knn.h"

/* The class with most votes, of equally many the lower. */
static int32_t elect(const gt_knn_problem *known, const int32_t *near, int32_t *votes) {
    int32_t winner = 0;
    memset(votes, 0, (size_t)known->classes * sizeof *votes);
    for (size_t i = 0; i < known->k; i++) votes[known->labels[near[i]]]++;
    for (int32_t c = 1; c < known->classes; c++)
        if (votes[c] > votes[winner]) winner = c;
    return winner;
}

static gt_status check(const gt_knn_problem *known, gt_error *err) {
    if (known->classes < 1 || known->k < 1 || known->k >= known->rows)
        return gt_fail(err, GT_BAD_ARGUMENT,
                       "%zu neighbours among the others of %zu rows in %d classes", known->k,
                       known->rows, known->classes);
    for (size_t i = 0; i < known->rows; i++)
        if (known->labels[i] < 0 || known->labels[i] >= known->classes)
            return gt_fail(err, GT_BAD_ARGUMENT, "row %zu is of class %d, expected 0 to %d", i,
                           known->labels[i], known->classes - 1);
    return GT_OK;
}

gt_status gt_knn_leave_one_out(const gt_knn_problem *known, double *accuracy, gt_error *err) {
    gt_status status = GT_OK;
    gt_neighbours graph = {0};
    int32_t *votes = NULL;
    size_t right = 0;
    GT_TRY(check(known, err));
    votes = malloc((size_t)known->classes * sizeof *votes);
    if (!votes) GT_THROW(err, GT_NO_MEMORY, "no memory for %d classes", known->classes);
    GT_TRY(gt_neighbours_find(known->rows, known->features, known->x, known->k,
                              GT_NEIGHBOURS_EXACT, 0, NULL, NULL, &graph, err));
    for (size_t i = 0; i < known->rows; i++)
        right += elect(known, graph.index + i * known->k, votes) == known->labels[i];
    *accuracy = (double)right / (double)known->rows;
done:
    free(votes);
    gt_neighbours_free(&graph);
    return status;
}
