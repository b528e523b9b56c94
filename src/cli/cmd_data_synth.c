/* galatea data synth: a synthetic sky as a data set. */
#include <stdlib.h>

#include "cli.h"
#include "galatea/interrupt.h"
#include "galatea/synth.h"
#include "progress.h"
#include "provenance.h"
#include "shown.h"

typedef struct synth_watch {
    gt_progress progress;
    uint64_t total;
} synth_watch;

static gt_status on_progress(void *user, uint64_t done, gt_error *err) {
    synth_watch *self = user;
    gt_progress_update(&self->progress, (int64_t)done, NULL);
    if (!gt_interrupt_pending()) return GT_OK;
    return gt_fail(err, GT_INTERRUPTED,
                   "interrupted after %llu of %llu sources, no file written",
                   (unsigned long long)done, (unsigned long long)self->total);
}

static gt_status synth_run(gt_call *call, gt_error *err) {
    const gt_synth_settings *settings = call->settings;
    gt_status status = GT_OK;
    gt_synth *synth = NULL;
    char *provenance = NULL;
    synth_watch self = {.total = (uint64_t)settings->count};
    self.progress = gt_progress_start(call->is_quiet ? -1 : 2, settings->count, "sources");
    GT_TRY(gt_interrupt_install(err));
    GT_TRY(gt_provenance_make(&call->invocation, NULL, &provenance, err));
    status = gt_synth_create(settings, &synth, err);
    if (status == GT_BAD_ARGUMENT) status = GT_USAGE; /* options that contradict each other */
    if (status != GT_OK) goto done;
    GT_TRY(gt_synth_write(synth, provenance, on_progress, &self, err));
    const gt_dataset_info *info = gt_synth_describe(synth);
    if (call->wants_json)
        GT_TRY(
            gt_print_written(&(gt_written){settings->out, "images", info->count, 0, 0}, err));
    else if (!call->is_quiet)
        printf("%s: %s, %zu x %zu pixels, %s\n", gt_shown(settings->out),
               gt_counted(info->count, "source"), info->width, info->height,
               info->type == GT_PIXEL_U8 ? "uint8" : "float32");
done:
    gt_progress_finish(&self.progress);
    gt_synth_destroy(synth);
    free(provenance);
    return status;
}

static const char *const synth_examples[] = {
    "galatea data synth --survey radio --count 4096 --seed 1 --out sky.h5",
    "galatea data synth --survey optical --count 100000 --out galaxies.h5",
    "galatea data synth --survey optical --scale none --spiral 1 --edge-on 0 --out bands.h5",
    "galatea data synth --size 150 --scale none --cut 0 --count 100 --out wide.h5", NULL};

const gt_command gt_command_data_synth = {
    .name = "data synth",
    .summary = "make a synthetic sky as a data set",
    .description =
        "--survey radio draws galaxies as the FIRST survey would see them: sources of Fanaroff "
        "and Riley's class I (bright near the core, fading outwards, often bent) and II "
        "(bright at the ends, with lobes and hot spots), with their own size, flux and angle "
        "of view, a Gaussian beam, noise correlated like the beam, and a neighbour now and "
        "then. As in MiraBest, each picture is cut at three times the noise and scaled to "
        "0..255.\n\n"
        "--survey optical draws galaxies as SDSS would see them, each centred: spirals with "
        "arms, bars, bulges and young clusters at any inclination, ellipticals, and disks seen "
        "from their edge, in the shares of --spiral and --edge-on; with faint neighbours, "
        "stars, seeing and noise, in the bands z, g and r. Pictures are gray floats 0..1 as "
        "`data import --lupton z,g,r` makes them; --scale none keeps the three bands.\n\n"
        "The set has labels (FRI 0, FRII 1, or spiral 0, elliptical 1, edge-on 2), a train and "
        "a test split, positions, and angular sizes in arcsec: the largest extent of what "
        "rises above three times the noise (radio), or the long diameter of the ellipse with "
        "half of the light (optical). Source I depends on the options and I alone: a longer "
        "set begins with the shorter one, on any number of threads.",
    .usage = "",
    .table = &gt_synth_options,
    .settings_size = sizeof(gt_synth_settings),
    .examples = synth_examples,
    .has_json = true,
    .has_threads = true,
    .run = synth_run};
