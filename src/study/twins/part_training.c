/* part_training.c - A and B learn: an ordinary run, whose every setting but the data is shared,
 * so that both make the same draws and as many updates. */
#include <math.h>
#include <unistd.h>

#include "sweep.h"
#include "training.h"

static gt_status train(const gt_twin *t, gt_numbers *out, gt_error *err) {
    gt_status status = GT_OK;
    const gt_sweep *sweep = t->sweep;
    char data[GT_TWINS_PATH], run[GT_TWINS_PATH];
    gt_train_settings settings = *sweep->job->settings;
    gt_train_job job = *sweep->job;
    gt_train_result made;
    GT_TRY(gt_twin_subset(t, data, err));
    GT_TRY(gt_twin_run(t, run, err));
    settings.data = data;
    settings.out = run;
    settings.hold_out = 0; /* a subset says itself which rows validate */
    settings.nearest = 0;  /* a part of its own */
    settings.resume = false;
    job.settings = &settings;
    GT_TRY(gt_training_run(sweep->context, &job, &made, err));
    if (t->side == 0) {
        GT_TRY(gt_numbers_put(out, (double)made.epochs, err, "epochs"));
        GT_TRY(gt_numbers_put(out, (double)made.steps, err, "updates"));
    }
    char end = gt_side_end(t->side);
    GT_TRY(gt_numbers_put(out, (double)made.best_epoch, err, "best_epoch_%c", end));
    GT_TRY(gt_numbers_put(out, made.best_loss, err, "best_loss_%c", end));
    GT_TRY(gt_numbers_put(out, (double)made.skipped, err, "skipped_%c", end));
done:
    return status;
}

const gt_twins_part gt_twins_training = {.name = "training",
                                         .is_sided = true,
                                         .grows = true,
                                         .run = train,
                                         .shown = {"epochs", "updates", NULL}};
