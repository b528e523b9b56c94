/* part_scores.c - the discriminator test of the two-models paper (figures 14 and 16): how well
 * each model's second network tells its own pictures from those that the other makes of the
 * same noise, and from those that it learned from, at the epochs whose weights stayed
 * (keep-every) and at the end. Pictures are made as `galatea sample` makes them when nothing is
 * said. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "critics.h"
#include "galatea/interrupt.h"
#include "rng.h"
#include "table.h"

/* Pairs of one epoch: of M = A, B the loss of D_M for (M's, the other's) and (M's, learned). */
enum { LOSSES = 4 };
static const char *const names[LOSSES] = {"loss_a_with_b", "loss_a_with_train", "loss_b_with_a",
                                          "loss_b_with_train"};

typedef struct losses {
    size_t count;
    double *of[LOSSES]; /* (count) */
} losses;

static void free_losses(losses *l) {
    for (int k = 0; k < LOSSES; k++) free(l->of[k]);
}

static gt_status make_room(losses *l, size_t count, gt_error *err) {
    l->count = count;
    for (int k = 0; k < LOSSES; k++) {
        l->of[k] = malloc(count * sizeof *l->of[k]);
        if (!l->of[k]) return gt_fail(err, GT_NO_MEMORY, "no memory for %zu losses", count);
    }
    return GT_OK;
}

/* The rows of learned pictures that stand beside the samples: drawn with replacement. */
static void draw_rows(const gt_twin *t, size_t first, size_t count, uint64_t *rows) {
    gt_rng_key key = {(uint64_t)t->sweep->settings->sample_seed, gt_rng_stream("twins.train"),
                      (uint64_t)t->side};
    for (size_t i = 0; i < count; i++) {
        uint64_t row = (uint64_t)(gt_rng_uniform(key, first + i) * (double)t->size);
        rows[i] = row < (uint64_t)t->size ? row : (uint64_t)t->size - 1;
    }
}

static gt_status judge_batch(const gt_critic critics[2], size_t first, size_t count,
                             losses *found, gt_error *err) {
    gt_status status = GT_OK;
    for (int side = 0; side < 2; side++)
        GT_TRY(gt_critic_make(&critics[side], first, count, err));
    for (int side = 0; side < 2; side++) {
        const gt_critic *own = &critics[side], *other = &critics[1 - side];
        uint64_t rows[GT_CRITIC_BATCH];
        float fake[GT_CRITIC_BATCH], others[GT_CRITIC_BATCH], real[GT_CRITIC_BATCH];
        draw_rows(&own->twin, first, count, rows);
        GT_TRY(gt_critic_score_made(own, own->made, count, fake, err));
        GT_TRY(gt_critic_score_made(own, other->made, count, others, err));
        GT_TRY(gt_critic_score_rows(own, rows, count, real, err));
        for (size_t i = 0; i < count; i++) {
            double a = (double)fake[i];
            found->of[2 * side][first + i] = gt_pair_loss(a, (double)others[i]);
            found->of[2 * side + 1][first + i] = gt_pair_loss(a, (double)real[i]);
        }
    }
done:
    return status;
}

/* weights: as gt_twin_weights names them. */
static gt_status judge_epoch(const gt_twin *t, const char *weights, losses *found,
                             gt_error *err) {
    gt_status status = GT_OK;
    gt_critic critics[2] = {{{0}}};
    for (int side = 0; side < 2; side++)
        GT_TRY(
            gt_critic_open(&(gt_twin){t->sweep, t->size, side}, weights, &critics[side], err));
    for (size_t at = 0; at < found->count; at += GT_CRITIC_BATCH) {
        size_t left = found->count - at;
        if (gt_interrupt_pending()) GT_THROW(err, GT_INTERRUPTED, "interrupted");
        GT_TRY(judge_batch(critics, at, left < GT_CRITIC_BATCH ? left : GT_CRITIC_BATCH, found,
                           err));
    }
done:
    for (int side = 0; side < 2; side++) gt_critic_close(&critics[side]);
    return status;
}

static gt_status append(gt_table *table, int64_t epoch, const losses *found, gt_error *err) {
    gt_status status = GT_OK;
    for (size_t i = 0; i < found->count; i++) {
        const gt_cell cells[] = {gt_cell_int(epoch),
                                 gt_cell_int((int64_t)i),
                                 gt_cell_real(found->of[0][i]),
                                 gt_cell_real(found->of[1][i]),
                                 gt_cell_real(found->of[2][i]),
                                 gt_cell_real(found->of[3][i])};
        GT_TRY(gt_table_append(table, cells, err));
    }
done:
    return status;
}

/* Whether both runs kept the weights of an epoch. */
static bool is_kept(const gt_twin *t, int64_t epoch, char name[GT_CRITIC_NAME]) {
    snprintf(name, GT_CRITIC_NAME, "epoch-%04" PRId64, epoch);
    for (int side = 0; side < 2; side++) {
        char path[GT_TWINS_PATH];
        if (gt_twin_weights(&(gt_twin){t->sweep, t->size, side}, name, path, NULL) ||
            access(path, F_OK))
            return false;
    }
    return true;
}

/* Distances of what is finite; the others are told as none. */
static gt_status put_distances(const losses *found, gt_numbers *out, gt_error *err) {
    gt_status status = GT_OK;
    for (int i = 0; i < LOSSES; i++)
        for (int k = i + 1; k < LOSSES; k++) {
            double w1 = NAN;
            status = gt_wasserstein(found->count, found->of[i], found->count, found->of[k], &w1,
                                    err);
            if (status && status != GT_NOT_FINITE) goto done;
            GT_TRY(gt_numbers_put(out, w1, err, "w1_%s_%s", names[i], names[k]));
        }
done:
    return status;
}

static gt_status judge_all(const gt_twin *t, gt_table *table, losses *found, gt_error *err) {
    gt_status status = GT_OK;
    int64_t last = t->sweep->job->settings->epochs;
    char weights[GT_CRITIC_NAME];
    for (int64_t epoch = 0; epoch < last; epoch++) {
        if (!is_kept(t, epoch, weights)) continue;
        GT_TRY(judge_epoch(t, weights, found, err));
        GT_TRY(append(table, epoch, found, err));
    }
    GT_TRY(judge_epoch(t, GT_TWIN_WEIGHTS, found, err));
    GT_TRY(append(table, last, found, err));
done:
    return status;
}

static gt_status judge(const gt_twin *t, gt_numbers *out, gt_error *err) {
    static const gt_table_column columns[2 + LOSSES] = {
        {"epoch", GT_TABLE_INT, NULL, "of both models' weights"},
        {"pair", GT_TABLE_INT, NULL, "number of the sample, from 0"},
        {"loss_a_with_b", GT_TABLE_REAL, NULL, "of A's network for A's and B's picture"},
        {"loss_a_with_train", GT_TABLE_REAL, NULL, "of A's network, one that A learned from"},
        {"loss_b_with_a", GT_TABLE_REAL, NULL, "of B's network for B's and A's picture"},
        {"loss_b_with_train", GT_TABLE_REAL, NULL, "of B's network, one that B learned from"}};
    gt_status status = GT_OK;
    gt_table *table = NULL;
    losses found = {0};
    char path[GT_TWINS_PATH];
    GT_TRY(make_room(&found, (size_t)t->sweep->settings->samples, err));
    GT_TRY(gt_table_create(columns, 2 + LOSSES, &table, err));
    GT_TRY(judge_all(t, table, &found, err));
    GT_TRY(gt_twin_path(t, "scores.csv", path, err));
    GT_TRY(gt_table_write(table, path, NULL, err));
    for (int k = 0; k < LOSSES; k++)
        GT_TRY(gt_numbers_put_summary(out, names[k], found.count, found.of[k], err));
    GT_TRY(put_distances(&found, out, err));
done:
    gt_table_destroy(table);
    free_losses(&found);
    return status;
}

static bool suits(const gt_model_class *model) {
    return model->score;
}

const gt_twins_part gt_twins_scores = {
    .name = "scores",
    .needs = {"training"},
    .suits = suits,
    .run = judge,
    .shown = {"loss_a_with_b_median", "loss_a_with_train_median"},
    .legend =
        "loss: of A's second network for A's pictures with those of B, and with those that it "
        "learned from"};
