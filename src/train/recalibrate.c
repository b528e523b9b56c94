/* recalibrate.c - the weights for use, and states that follow from them and from all rows. */
#include "galatea/interrupt.h"
#include "trainer.h"

float *gt_trainer_weights(const gt_trainer *t) {
    return t->vectors.average ? t->vectors.average : t->vectors.values;
}

static gt_status read_rows(void *user, uint64_t first, size_t count, float *out,
                           gt_error *err) {
    const gt_trainer *t = user;
    if (count == 0) return GT_OK;
    return gt_dataset_read_rows(t->data, t->rows.all + first, count, out, err);
}

static gt_status read_until_signal(void *user, uint64_t first, size_t count, float *out,
                                   gt_error *err) {
    if (gt_interrupt_pending()) return gt_fail(err, GT_INTERRUPTED, "interrupted");
    return read_rows(user, first, count, out, err);
}

gt_status gt_trainer_recalibrate(gt_trainer *t, bool until_signal, gt_error *err) {
    gt_model_rows rows = {t->rows.all_count, until_signal ? read_until_signal : read_rows, t};
    if (t->is_fresh) return GT_OK;
    float *weights = gt_trainer_weights(t);
    gt_status status =
        gt_model_recalibrate(t->model, weights, &rows, (int)t->identity.threads, err);
    if (!status) status = gt_trainer_check_states(t, weights, err);
    t->is_fresh = !status;
    return status;
}
