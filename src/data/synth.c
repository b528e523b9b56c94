/* synth.c - the synthetic sky as a stream of rows: surveys, threads. */
#include "galatea/synth.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <omp.h>

#include "galatea/imaging.h"
#include "sky.h"

enum { ID_ROOM = 64 };

static const sky_survey *const surveys[] = {&sky_radio, &sky_optical};

struct gt_synth {
    gt_synth_settings settings;
    const sky_survey *survey;
    gt_dataset_info info;
    char preparation[GT_PREPARATION_ROOM];
    size_t threads;
    void **canvas; /* one per thread, the survey's */
    char ids[GT_SYNTH_BATCH][ID_ROOM];
};

/* Whether a word stands in a list with | between. */
static bool is_in_list(const char *word, const char *list) {
    size_t length = strlen(word);
    for (const char *at = list; at; at = strchr(at, '|') ? strchr(at, '|') + 1 : NULL)
        if (length == strcspn(at, "|") && strncmp(at, word, length) == 0) return true;
    return false;
}

/* Of settings that are complete. */
static gt_status check_settings(const gt_synth_settings *settings, const sky_survey *survey,
                                gt_error *err) {
    double field = settings->pixel * (double)settings->size;
    if (settings->beam < settings->pixel || settings->beam > 0.25 * field)
        return gt_fail(err, GT_BAD_ARGUMENT,
                       "beam is %g arcsec, expected %g (a pixel) to %g (a "
                       "quarter of the picture)",
                       settings->beam, settings->pixel, 0.25 * field);
    if (!is_in_list(settings->scale, survey->scales))
        return gt_fail(err, GT_BAD_ARGUMENT, "scale is '%s', expected one of %s for %s",
                       settings->scale, survey->scales, survey->name);
    return survey->check(settings, err);
}

/* What is 0 is as the survey has it. */
static void complete(gt_synth_settings *settings, const sky_survey *survey) {
    if (settings->pixel == 0) settings->pixel = survey->pixel;
    if (settings->beam == 0) settings->beam = survey->beam;
    if (settings->rms == 0) settings->rms = survey->rms;
}

static const sky_survey *find_survey(const char *name) {
    for (size_t i = 0; i < sizeof surveys / sizeof surveys[0]; i++)
        if (strcmp(surveys[i]->name, name) == 0) return surveys[i];
    return NULL;
}

static void write_id(const gt_synth *synth, uint64_t index, char id[ID_ROOM]) {
    snprintf(id, ID_ROOM, "%s-%lld-%07llu", synth->survey->name,
             (long long)synth->settings.seed, (unsigned long long)index);
}

/* As an import that does the same to pictures of a survey would call it. */
static void name_preparation(gt_synth *synth, const char *normalize) {
    snprintf(synth->preparation, sizeof synth->preparation,
             "align=none cut=%lld resize=none normalize=%s", (long long)synth->settings.size,
             normalize);
}

static void describe(gt_synth *synth) {
    const gt_synth_settings *settings = &synth->settings;
    gt_dataset_info *info = &synth->info;
    char normalize[SKY_STEP_ROOM];
    *info = gt_dataset_info_default();
    info->kind = GT_DATASET_IMAGES;
    info->count = (uint64_t)settings->count;
    info->height = info->width = (size_t)settings->size;
    synth->survey->describe(settings, info, normalize);
    info->columns = GT_COLUMN_LABEL | GT_COLUMN_SPLIT | GT_COLUMN_RA | GT_COLUMN_DEC |
                    GT_COLUMN_SIZE | GT_COLUMN_ID;
    write_id(synth, info->count - 1, synth->ids[0]);
    info->id_length = strlen(synth->ids[0]);
    info->class_names = synth->survey->class_names;
    info->class_count = synth->survey->class_count;
    info->survey = synth->survey->name;
    info->pixel_scale_arcsec = settings->pixel;
    info->preparation = synth->preparation;
    name_preparation(synth, normalize);
}

gt_status gt_synth_create(const gt_synth_settings *settings, gt_synth **out, gt_error *err) {
    gt_status status = GT_OK;
    gt_synth *synth = NULL;
    GT_TRY(sky_check_ranges(settings, err));
    const sky_survey *survey = find_survey(settings->survey);
    if (!survey)
        GT_THROW(err, GT_NOT_FOUND, "survey '%s', expected 'radio' or 'optical'",
                 settings->survey);
    synth = calloc(1, sizeof *synth);
    if (!synth) GT_THROW(err, GT_NO_MEMORY, "a synthetic sky");
    synth->settings = *settings;
    synth->survey = survey;
    complete(&synth->settings, survey);
    GT_TRY(check_settings(&synth->settings, survey, err));
    synth->threads = (size_t)omp_get_max_threads();
    synth->canvas = calloc(synth->threads, sizeof *synth->canvas);
    if (!synth->canvas) GT_THROW(err, GT_NO_MEMORY, "a canvas for %zu threads", synth->threads);
    for (size_t i = 0; i < synth->threads; i++)
        GT_TRY(survey->open(&synth->settings, &synth->canvas[i], err));
    describe(synth);
    *out = synth;
    synth = NULL;
done:
    gt_synth_destroy(synth);
    return status;
}

void gt_synth_destroy(gt_synth *synth) {
    if (!synth) return;
    for (size_t i = 0; synth->canvas && i < synth->threads; i++)
        synth->survey->close(synth->canvas[i]);
    free(synth->canvas);
    free(synth);
}

const gt_dataset_info *gt_synth_describe(const gt_synth *synth) {
    return &synth->info;
}

gt_status gt_synth_draw(gt_synth *synth, uint64_t first, size_t count, void *values,
                        gt_dataset_row *facts, gt_error *err) {
    if (count > GT_SYNTH_BATCH || first > synth->info.count ||
        count > synth->info.count - first)
        return gt_fail(err, GT_BAD_ARGUMENT,
                       "%zu sources from %llu on, expected at most %d of %llu", count,
                       (unsigned long long)first, GT_SYNTH_BATCH,
                       (unsigned long long)synth->info.count);
#pragma omp parallel for schedule(dynamic, 8) num_threads((int)synth->threads)
    for (size_t i = 0; i < count; i++) {
        void *canvas = synth->canvas[omp_get_thread_num()];
        void *row = (char *)values + i * gt_dataset_row_bytes(&synth->info);
        synth->survey->draw(&synth->settings, first + i, canvas, &facts[i], row);
        write_id(synth, first + i, synth->ids[i]);
        facts[i].id = synth->ids[i];
    }
    return GT_OK;
}

/* As many rows at once as fit into 16 MiB, at least 1. */
static size_t batch_rows(const gt_dataset_info *info) {
    size_t rows_that_fit = ((size_t)16 << 20) / gt_dataset_row_bytes(info);
    if (rows_that_fit < 1) return 1;
    return rows_that_fit < GT_SYNTH_BATCH ? rows_that_fit : GT_SYNTH_BATCH;
}

gt_status gt_synth_write(gt_synth *synth, const char *provenance, gt_synth_tick tick,
                         void *user, gt_error *err) {
    gt_status status = GT_OK;
    gt_dataset_writer *writer = NULL;
    gt_dataset_row facts[GT_SYNTH_BATCH];
    gt_dataset_info info = synth->info;
    info.provenance = provenance;
    void *values = NULL;
    if (!synth->settings.out) GT_THROW(err, GT_BAD_ARGUMENT, "no file to write was named");
    size_t batch = batch_rows(&info);
    values = malloc(batch * gt_dataset_row_bytes(&info));
    if (!values) GT_THROW(err, GT_NO_MEMORY, "a batch of %zu pictures", batch);
    GT_TRY(gt_dataset_writer_create(synth->settings.out, &info, &writer, err));
    for (uint64_t done = 0; done < info.count;) {
        uint64_t left = info.count - done;
        size_t count = left < batch ? (size_t)left : batch;
        GT_TRY(gt_synth_draw(synth, done, count, values, facts, err));
        GT_TRY(gt_dataset_writer_append(writer, values, facts, count, err));
        done += count;
        if (tick) GT_TRY(tick(user, done, err));
    }
    gt_dataset_writer *finished = writer;
    writer = NULL; /* commit takes it, also when it fails */
    GT_TRY(gt_dataset_writer_commit(finished, err));
done:
    gt_dataset_writer_discard(writer);
    free(values);
    return status;
}
