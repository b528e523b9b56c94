/* trainer_probes.c - who looks at the weights for use while a run learns, and what is told of
 * it. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "trainer.h"

static const gt_train_probe *probe_at(const gt_trainer *t, int i) {
    return t->job->probes ? t->job->probes[i] : NULL;
}

static bool looks(const gt_trainer *t, const gt_train_probe *probe, int64_t epoch) {
    return epoch % probe->every == 0 || epoch == t->set->epochs;
}

static int count_numbers(const gt_train_probe *probe) {
    int count = 0;
    while (probe->numbers[count]) count++;
    return count;
}

static gt_train_scene scene_at(const gt_trainer *t, int64_t epoch) {
    return (gt_train_scene){.model = t->model,
                            .values = gt_trainer_weights(t),
                            .epoch = epoch,
                            .imaging = &t->identity.imaging,
                            .brightness = &t->identity.brightness,
                            .algorithms = t->algorithms,
                            .threads = (int)t->identity.threads};
}

static const gt_train_probe *find_judge(const gt_trainer *t, int *number) {
    const gt_train_probe *probe;
    *number = 0;
    for (int i = 0; (probe = probe_at(t, i)) && !probe->judges; i++)
        *number += count_numbers(probe);
    return probe;
}

bool gt_trainer_is_probed(const gt_trainer *t) {
    return t->set->best_by && strcmp(t->set->best_by, "probe") == 0;
}

const char *gt_trainer_judge(const gt_trainer *t) {
    int number;
    const gt_train_probe *judge = gt_trainer_is_probed(t) ? find_judge(t, &number) : NULL;
    return judge ? judge->numbers[0] : "loss";
}

double gt_trainer_verdict(const gt_trainer *t, int64_t epoch) {
    int number;
    const gt_train_probe *judge = find_judge(t, &number);
    return judge && looks(t, judge, epoch) ? t->probed[number] : (double)NAN;
}

int64_t gt_trainer_looks_since(const gt_trainer *t, int64_t since) {
    int number;
    const gt_train_probe *judge = gt_trainer_is_probed(t) ? find_judge(t, &number) : NULL;
    return judge ? t->at.epoch / judge->every - since / judge->every : t->at.epoch - since;
}

static gt_status check_judge(const gt_trainer *t, gt_error *err) {
    int number;
    if (gt_trainer_is_probed(t) && !find_judge(t, &number))
        return gt_fail(err, GT_USAGE,
                       "best-by probe: there is no probe, give --probe a labelled set");
    if (t->set->patience > 0 && t->job->model->latest_is_best && !gt_trainer_is_probed(t))
        return gt_fail(err, GT_USAGE,
                       "patience %" PRId64
                       ": the loss of %s tells nothing of its codes, so the "
                       "last weights count as the best; give --best-by probe",
                       t->set->patience, t->job->model->name);
    return GT_OK;
}

gt_status gt_trainer_prepare_probes(gt_trainer *t, gt_error *err) {
    gt_status status = GT_OK;
    GT_TRY(check_judge(t, err));
    const gt_train_probe *probe;
    const gt_train_scene scene = scene_at(t, 0);
    for (int i = 0; i < GT_PROBED; i++) t->probed[i] = NAN;
    for (int i = 0; (probe = probe_at(t, i)); i++) {
        uint64_t bytes = 0;
        if (i == GT_MOST_PROBES)
            GT_THROW(err, GT_BAD_ARGUMENT, "more than %d probes", GT_MOST_PROBES);
        GT_TRY(probe->prepare(probe->user, &scene, &bytes, err));
        t->probe_bytes += bytes;
    }
done:
    return status;
}

gt_status gt_trainer_probe(gt_trainer *t, int64_t epoch, gt_error *err) {
    gt_status status = GT_OK;
    const gt_train_probe *probe;
    const gt_train_scene scene = scene_at(t, epoch);
    double *numbers = t->probed;
    for (int i = 0; (probe = probe_at(t, i)); numbers += count_numbers(probe), i++) {
        if (!looks(t, probe, epoch)) continue;
        gt_progress_clear(&t->progress); /* it may have remarks */
        status = probe->measure(probe->user, &scene, numbers, err);
        if (status == GT_INTERRUPTED) status = gt_trainer_handle_signals(t, err);
        if (status) break;
    }
    return status;
}

void gt_trainer_name_probed(const gt_trainer *t, const char *names[GT_PROBED + 1]) {
    const gt_train_probe *probe;
    int count = 0;
    for (int i = 0; (probe = probe_at(t, i)); i++)
        for (int k = 0; probe->numbers[k]; k++) names[count++] = probe->numbers[k];
    names[count] = NULL;
}

void gt_trainer_probed(const gt_trainer *t, int64_t epoch, double numbers[GT_PROBED]) {
    const gt_train_probe *probe;
    int at = 0;
    for (int i = 0; (probe = probe_at(t, i)); i++)
        for (int k = 0; probe->numbers[k]; k++, at++)
            numbers[at] = looks(t, probe, epoch) ? t->probed[at] : NAN;
}

int gt_trainer_put_probed(const gt_trainer *t, int64_t epoch, const char *separator, char *text,
                          int used, int size) {
    const gt_train_probe *probe;
    int at = 0;
    for (int i = 0; (probe = probe_at(t, i)); i++)
        for (int k = 0; probe->numbers[k]; k++, at++) {
            bool is_shown = epoch > 0 ? looks(t, probe, epoch) : k == 0;
            if (!is_shown || isnan(t->probed[at]) || used >= size) continue;
            used += snprintf(text + used, (size_t)(size - used), "%s%s %.4g", separator,
                             probe->numbers[k], t->probed[at]);
        }
    return used < size ? used : size - 1;
}
