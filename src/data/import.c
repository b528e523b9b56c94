/* import.c - one picture after another from a reader, through crop, bad-pixel policy, resize
 * and scaling, into a data set. */
#include "galatea/import.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bands.h"
#include "equal_rows.h"
#include "exclusion.h"
#include "file.h"
#include "framing.h"
#include "id_tracker.h"
#include "import_result.h"
#include "importer.h"
#include "join.h"
#include "lost_digits.h"
#include "plane_rows.h"
#include "rng.h"
#include "row_block.h"
#include "selection.h"
#include "stand_ins.h"
#include "stretching.h"
#include "text.h"

#define GIB 1073741824.0

enum { BATCH_BYTES = 1 << 20, BATCH_ROWS = 256, TICK = 64 };

typedef enum policy { STOP_ON_BAD, ZERO_BAD, DROP_BAD } policy;

typedef struct work {
    const gt_import_settings *settings;
    const char *path;
    gt_source source;
    gt_selection selection;
    gt_exclusion *exclusion; /* NULL: none */
    gt_import_report *report;
    policy policy;
    gt_bands bands; /* --lupton */
    gt_stretching stretching;
    gt_import_result result;
    gt_framing framing;
    gt_plane_rows planes;
    gt_stand_ins *stand_ins;
    gt_dataset_writer *writer;
    gt_row_block rows; /* that wait to be written */
    size_t waiting;    /* how many do */
    gt_id_tracker tracked;
    gt_equal_rows equal;    /* of a set with splits */
    gt_lost_digits *digits; /* of the source's fields */
    char name[128];         /* what a person can find the picture at hand by */
} work;

/* ---- which pictures ---- */

static gt_status open_exclusion(work *w, gt_error *err) {
    const unsigned needed = GT_COLUMN_RA | GT_COLUMN_DEC;
    const gt_import_settings *s = w->settings;
    if (s->exclude == NULL) return GT_OK;
    if ((w->source.info->columns & needed) != needed)
        return gt_fail(err, GT_USAGE, "--exclude: %s has no positions (ra, dec)", w->path);
    gt_status status = gt_exclusion_load(s->exclude, s->within, &w->exclusion, err);
    if (status) return status;
    w->report->positions = gt_exclusion_count(w->exclusion);
    w->report->positions_unknown = gt_exclusion_unplaced(w->exclusion);
    return GT_OK;
}

/* A picture whose position is unknown stays, and is counted. */
static bool is_excluded(work *w, const gt_picture *picture) {
    if (w->exclusion == NULL) return false;
    bool is_placed = !isnan(picture->row.ra) && !isnan(picture->row.dec);
    bool excluded =
        is_placed && gt_exclusion_covers(w->exclusion, picture->row.ra, picture->row.dec);
    w->report->unplaced += !is_placed;
    w->report->excluded += excluded;
    return excluded;
}

/* ---- one picture ---- */

static void name_picture(work *w, const gt_picture *picture) {
    if (picture->row.id != NULL && picture->row.id[0] != 0)
        snprintf(w->name, sizeof w->name, "'%.100s'", picture->row.id);
    else
        snprintf(w->name, sizeof w->name, "number %" PRIu64, w->report->read - 1);
}

/* A single value is no picture of one value everywhere. */
static bool is_constant(const float *values, size_t count) {
    if (count == 1) return false;
    for (size_t i = 1; i < count; i++)
        if (values[i] != values[0]) return false;
    return true;
}

static const char *noun_of(const work *w) {
    return w->source.info->is_codes ? "code" : "picture";
}

/* Counts bad pixels and constant pictures; whether this one goes on. */
static bool inspect(work *w) {
    gt_import_report *report = w->report;
    float *cut = w->framing.cut;
    size_t pixels = w->framing.height * w->framing.width;
    size_t values = w->framing.channels * pixels;
    gt_stand_ins_blank(w->stand_ins, cut, values);
    gt_stand_ins_look_at_pixels(w->stand_ins, cut, w->framing.channels, pixels, w->name);
    gt_image_faults faults = gt_image_count_faults(cut, values);
    bool is_bad = faults.nan + faults.infinite + faults.huge > 0;
    report->faults.nan += faults.nan;
    report->faults.infinite += faults.infinite;
    report->faults.huge += faults.huge;
    if (is_bad && report->bad_pictures++ == 0)
        memcpy(report->first_bad, w->name, sizeof w->name);
    if (is_bad && w->policy != ZERO_BAD) return false;
    if (is_bad) gt_plane_rows_spare(&w->planes, cut, w->framing.channels, pixels);
    gt_image_zero_faults(cut, values);
    if (is_constant(cut, values) && report->constant_pictures++ == 0)
        memcpy(report->first_constant, w->name, sizeof w->name);
    return true;
}

static gt_status flush(work *w, gt_error *err) {
    size_t count = w->waiting;
    w->waiting = 0;
    return count > 0
               ? gt_dataset_writer_append(w->writer, w->rows.bytes, w->rows.rows, count, err)
               : GT_OK;
}

/* The picture's place in the source decides, whatever else is selected. */
static void draw_split(const work *w, gt_dataset_row *row) {
    gt_rng_key key = {(uint64_t)w->settings->seed, gt_rng_stream("import.split"), 0};
    bool is_test = gt_rng_uniform(key, w->report->read - 1) < w->settings->test;
    row->split = is_test ? GT_SPLIT_TEST : GT_SPLIT_TRAIN;
}

/* Those of the source, then the limits of the picture. */
static void store_fields(work *w, const gt_picture *picture) {
    gt_field_block *to = &w->rows.fields;
    size_t count = w->source.info->field_count;
    for (size_t i = 0; i < count; i++) {
        gt_field_value value =
            picture->values != NULL ? picture->values[i] : gt_field_missing(&to->fields[i]);
        if (to->fields[i].type == GT_FIELD_REAL) gt_lost_digits_see(&w->digits[i], value.real);
        gt_field_block_set(to, w->waiting, i, value);
    }
    if (to->count == count) return;
    gt_field_block_set(to, w->waiting, count, (gt_field_value){.real = w->stretching.black});
    gt_field_block_set(to, w->waiting, count + 1,
                       (gt_field_value){.real = w->stretching.white});
}

static gt_status store(work *w, const gt_picture *picture, gt_error *err) {
    gt_status status = GT_OK;
    gt_dataset_row row = picture->row;
    if (w->settings->test > 0) draw_split(w, &row);
    GT_TRY(gt_stretching_store(&w->stretching, w->framing.resized,
                               gt_dataset_row_values(&w->result.info),
                               gt_row_block_pixels(&w->rows, w->waiting), err));
    store_fields(w, picture);
    gt_stand_ins_look_at_columns(w->stand_ins, picture);
    gt_plane_rows_store(&w->planes, w->framing.cut, w->framing.channels,
                        w->framing.height * w->framing.width, w->name, &w->rows, w->waiting);
    gt_row_block_put(&w->rows, w->waiting, &row);
    GT_TRY(gt_id_tracker_add(&w->tracked, w->rows.rows[w->waiting].id, row.split, err));
    if (w->result.info.columns & GT_COLUMN_SPLIT)
        GT_TRY(gt_equal_rows_add(&w->equal, gt_row_block_pixels(&w->rows, w->waiting),
                                 gt_dataset_row_bytes(&w->result.info), row.split, err));
    if (++w->waiting == w->rows.room) GT_TRY(flush(w, err));
done:
    return status;
}

static gt_status import_picture(work *w, const gt_picture *picture, gt_error *err) {
    gt_status status = GT_OK;
    gt_framing *framing = &w->framing;
    size_t pixels = w->result.info.height * w->result.info.width;
    w->report->selected++;
    w->report->alpha_pictures += picture->had_alpha;
    GT_TRY(gt_framing_cut(framing, picture, err));
    bool is_stopping = w->policy == STOP_ON_BAD && w->report->bad_pictures > 0;
    if (!inspect(w) || is_stopping) goto done; /* the rest is only counted */
    GT_TRY(gt_framing_resize(framing, err));
    GT_TRY(
        gt_stretching_scale(&w->stretching, framing->resized, framing->channels * pixels, err));
    GT_TRY(gt_framing_finish(framing, err));
    GT_TRY(store(w, picture, err));
done:
    return status;
}

static gt_status read_all(work *w, gt_import_tick tick, void *user, gt_error *err) {
    gt_status status = GT_OK;
    for (;;) {
        gt_picture picture;
        bool more;
        GT_TRY(gt_source_next(&w->source, &picture, &more, err));
        if (!more) break;
        w->report->read++;
        if (tick != NULL && w->report->read % TICK == 0)
            GT_TRY(tick(user, w->report->read, w->source.info->count, err));
        gt_stand_ins_miss(w->stand_ins, &picture);
        if (!gt_selection_takes(&w->selection, &picture)) continue;
        if (is_excluded(w, &picture)) continue;
        GT_TRY(gt_source_pixels(&w->source, &picture, err));
        name_picture(w, &picture);
        status = import_picture(w, &picture, err);
        if (status) {
            gt_blame(err, "%s: %s %s", w->path, noun_of(w), w->name);
            goto done;
        }
    }
    GT_TRY(flush(w, err));
done:
    return status;
}

/* ---- the whole ---- */

/* A number that the source itself says to stand for none. */
static bool has_fill_value(const work *w) {
    const char *note = w->source.info->note;
    return note != NULL && strstr(note, "(_FillValue)") != NULL;
}

static gt_status judge(const work *w, gt_error *err) {
    const gt_import_report *r = w->report;
    const char *row = noun_of(w), *value = gt_source_noun(w->source.info);
    bool is_wide = strstr(w->source.info->type, "float64") != NULL;
    if (w->policy == STOP_ON_BAD && r->bad_pictures > 0)
        return gt_fail(err, GT_NOT_FINITE,
                       "%s: %" PRIu64 " of %" PRIu64 " %ss have bad %ss (%" PRIu64
                       " NaN%s, %" PRIu64 " infinite%s, %" PRIu64 " beyond 1e18), the first "
                       "is %s %s; --bad-pixels zero or drop goes on",
                       w->path, r->bad_pictures, r->selected, row, value, r->faults.nan,
                       has_fill_value(w) ? " or _FillValue" : "", r->faults.infinite,
                       is_wide ? " as float32" : "", r->faults.huge, row, r->first_bad);
    if (r->selected == 0 && r->excluded > 0)
        return gt_fail(err, GT_NOT_FOUND,
                       "%s: all %" PRIu64 " %ss lie within %g arcsec of --exclude", w->path,
                       r->excluded, row, w->settings->within);
    if (r->selected == 0)
        return gt_fail(err, GT_NOT_FOUND,
                       "%s: none of %" PRIu64 " %ss fits --where and --split", w->path, r->read,
                       row);
    if (r->selected == r->bad_pictures && w->policy == DROP_BAD)
        return gt_fail(err, GT_NOT_FINITE, "%s: all %" PRIu64 " %ss have bad %ss", w->path,
                       r->selected, row, value);
    return GT_OK;
}

/* What becomes of pixels that nobody said it of; "" where they stay as they are. */
static const char *scaled_text(const work *w) {
    if (strcmp(w->settings->normalize, "auto") != 0 ||
        w->stretching.limits != GT_LIMITS_SCALING)
        return "";
    return "each picture is scaled by itself, from its least pixel to its largest (--normalize "
           "minmax); --keep-values or --range LOW:HIGH keeps values";
}

/* Classes that capitals alone tell apart are mostly one, written in two ways. */
static const char *like_classes_text(const gt_dataset_info *info, char *out, size_t room) {
    out[0] = 0;
    for (size_t i = 0; i < info->class_count && out[0] == 0; i++)
        for (size_t k = 0; k < i && out[0] == 0; k++)
            if (strcasecmp(info->class_names[k], info->class_names[i]) == 0)
                snprintf(out, room,
                         "classes that capitals alone tell apart: '%.60s' and '%.60s'",
                         info->class_names[k], info->class_names[i]);
    return out;
}

/* A line each. Of the first, which may be as long as any, what the others leave room for. */
static void join_notes(const char *const *texts, size_t count, char *out, size_t room) {
    static const char more[] = "\n...";
    size_t used = 0, rest = sizeof more;
    for (size_t i = 1; i < count; i++) rest += strlen(texts[i]) + 1;
    for (size_t i = 0; i < count && used < room; i++) {
        size_t length = strlen(texts[i]);
        while (length > 0 && texts[i][length - 1] == '\n') length--;
        bool is_cut = i == 0 && length + rest > room;
        if (is_cut) length = room > rest ? room - rest : 0;
        while (is_cut && length > 0 && texts[i][length] != '\n') length--;
        if (length > 0)
            used += (size_t)snprintf(out + used, room - used, "%s%.*s%s", used ? "\n" : "",
                                     (int)length, texts[i], is_cut ? more : "");
    }
}

/* Everything that is to be told, in the report's note. */
static void write_notes(work *w) {
    char shared[GT_ID_TEXT], repeated[GT_ID_TEXT], rounded[GT_ROUNDED_TEXT];
    char like[200], equal[GT_EQUAL_ROWS_TEXT] = "", digits[GT_LOST_DIGITS_TEXT],
                    weights[GT_PLANE_ROWS_TEXT], odd[GT_STAND_INS_TEXT],
                    dark[GT_STRETCHING_TEXT];
    const gt_source_info *source = w->source.info;
    const char *note = source->note;
    bool is_scale_lost = w->settings->whole && !isnan(source->pixel_scale_arcsec);
    gt_lost_digits_text(w->digits, source->fields, source->field_count, digits);
    gt_id_tracker_report(&w->tracked, shared, repeated);
    if (shared[0] == 0) gt_equal_rows_text(&w->equal, noun_of(w), equal);
    gt_rounded_text(w->source.rounding, gt_source_noun(source), source->type, rounded);
    const char *texts[] = {
        note != NULL ? note : "",
        rounded,
        is_scale_lost ? "the pixel scale is left out: --whole gives each picture its own" : "",
        scaled_text(w),
        gt_plane_rows_text(&w->planes, weights),
        digits,
        like_classes_text(&w->result.info, like, sizeof like),
        gt_stand_ins_text(w->stand_ins, odd), /* may be why pictures are dark */
        w->source.info->is_codes ? "" : gt_stretching_dark_text(&w->stretching, dark),
        shared,
        equal,
        repeated};
    join_notes(texts, sizeof texts / sizeof *texts, w->report->note, sizeof w->report->note);
}

/* In the format that is asked for, or the one that the path looks like. Of files that cannot be
 * read in it, what is known of their kind tells more. */
static gt_status open_source(work *w, gt_error *err) {
    const gt_import_settings *s = w->settings;
    const gt_source_request request = {
        .path = w->path,
        .subset = s->subset,
        .dataset = s->dataset,
        .axes = s->axes,
        .unpack = (uint64_t)(s->unpack * GIB), /* 0: the usual limits */
        .drops_damaged = s->drop_damaged,
        .fits = {s->hdu, s->planes, s->bands, s->incomplete, s->id_card, s->cards, s->mask_hdu,
                 s->ivar_hdu},
        .cut = s->cut};
    const char *guess = NULL, *format = s->format;
    const gt_join_request join = {s->catalog, s->catalog_hdu, s->on, s->radius, s->column};
    gt_error why;
    if (format == NULL) {
        gt_status status = gt_importer_guess(w->path, &guess, err);
        if (status) return status;
        w->report->guess = format = guess;
    }
    gt_status status = gt_source_open_joined(format, &request, &join, &w->source, err);
    if (!status || guess != NULL || status == GT_USAGE) return status;
    if (gt_importer_guess(w->path, &guess, &why) != GT_UNSUPPORTED) return status;
    return gt_fail(err, GT_UNSUPPORTED, "%s", why.text);
}

static gt_status open_result(work *w, const char *provenance, gt_error *err) {
    gt_status status = GT_OK;
    gt_import_result *result = &w->result;
    *result = (gt_import_result){.settings = w->settings,
                                 .path = w->path,
                                 .source = w->source.info,
                                 .bands = &w->bands,
                                 .stretching = &w->stretching};
    GT_TRY(gt_import_result_describe(result, provenance, err));
    w->framing = (gt_framing){.info = &result->info,
                              .side = result->side,
                              .is_whole = w->settings->whole,
                              .is_aligned = result->is_aligned,
                              .bands = &w->bands};
    w->digits = calloc(w->source.info->field_count + 1, sizeof *w->digits);
    if (w->digits == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for columns");
    w->planes =
        (gt_plane_rows){.planes = result->info.planes, .puts_zero = w->policy == ZERO_BAD};
    GT_TRY(gt_framing_begin(&w->framing, err));
    GT_TRY(gt_row_block_open(&result->info, BATCH_BYTES, BATCH_ROWS, &w->rows, err));
    GT_TRY(gt_dataset_writer_create(w->settings->out, &result->info, &w->writer, err));
done:
    return status;
}

static policy policy_of(const gt_import_settings *settings) {
    return strcmp(settings->bad_pixels, "zero") == 0   ? ZERO_BAD
           : strcmp(settings->bad_pixels, "drop") == 0 ? DROP_BAD
                                                       : STOP_ON_BAD;
}

/* What the writer, the scaling and the source tell when all pictures were read. */
static void finish_report(work *w) {
    gt_import_report *report = w->report;
    const gt_dataset_info *info = &w->result.info;
    report->written = gt_dataset_writer_count(w->writer);
    report->channels = info->channels;
    report->height = info->height;
    report->width = info->width;
    report->type = info->type;
    report->range = w->stretching.range;
    report->moved_pixels = w->stretching.moved_pixels;
    report->moved_pictures = w->stretching.moved_pictures;
    report->is_codes = w->source.info->is_codes;
    write_notes(w);
}

static void clear(work *w) {
    gt_dataset_writer_discard(w->writer);
    gt_stand_ins_close(w->stand_ins);
    gt_source_close(&w->source);
    gt_exclusion_destroy(w->exclusion);
    gt_id_tracker_free(&w->tracked);
    gt_equal_rows_free(&w->equal);
    free(w->digits);
    gt_bands_clear(&w->bands);
    gt_framing_clear(&w->framing);
    gt_row_block_close(&w->rows);
    gt_import_result_clear(&w->result);
}

gt_status gt_import_run(const gt_import_settings *settings, const char *path,
                        const char *provenance, gt_import_tick tick, void *user,
                        gt_import_report *report, gt_error *err) {
    GT_PLAIN_NUMBERS;
    gt_status status = GT_OK;
    work w = {
        .settings = settings, .path = path, .report = report, .policy = policy_of(settings)};
    *report = (gt_import_report){0};
    GT_TRY(open_source(&w, err));
    GT_TRY(gt_stand_ins_open(settings, w.source.info, &w.stand_ins, err));
    GT_TRY(
        gt_selection_parse(settings->where, settings->split, w.source.info, &w.selection, err));
    GT_TRY(open_exclusion(&w, err));
    GT_TRY(gt_bands_open(settings, w.source.info, &w.bands, err));
    GT_TRY(gt_stretching_open(settings, w.source.info, w.bands.is_asked, &w.stretching, err));
    GT_TRY(open_result(&w, provenance, err));
    GT_TRY(read_all(&w, tick, user, err));
    GT_TRY(judge(&w, err));
    if (!w.source.info->is_codes && gt_stretching_measured(&w.stretching))
        gt_dataset_writer_declare(w.writer, w.stretching.range);
    finish_report(&w);
    gt_dataset_writer *writer = w.writer;
    w.writer = NULL;
    GT_TRY(gt_dataset_writer_commit(writer, err));
done:
    clear(&w);
    return status;
}
