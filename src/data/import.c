/* import.c - one picture after another from a reader, through crop, bad-pixel policy, resize
 * and scaling, into a data set. */
#include "galatea/import.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bands.h"
#include "exclusion.h"
#include "fields.h"
#include "galatea/imaging.h"
#include "id_tracker.h"
#include "importer.h"
#include "join.h"
#include "physical.h"
#include "rng.h"
#include "selection.h"
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
    gt_stretching stretching;
    gt_dataset_info info; /* of the result */
    char preparation[GT_PREPARATION_ROOM];
    bool is_aligned;
    gt_bands bands;              /* --lupton */
    float *cut, *turned, *sized; /* one picture after cropping, turning and resizing */
    size_t cut_room;
    gt_dataset_writer *writer;
    unsigned char *batch; /* batch_rows rows waiting to be written */
    gt_dataset_row *rows;
    char *ids;
    gt_field_list listed;   /* fields of the result */
    gt_field_value *values; /* of one row */
    gt_field_block fields;  /* of the rows */
    uint8_t *masks;         /* planes of the rows that wait, where the result has them */
    float *ivars;
    size_t batched, batch_rows;
    gt_id_tracker tracked;
} work;

/* ---- what the result will be ---- */

static void read_choices(work *w) {
    const gt_import_settings *s = w->settings;
    w->is_aligned = strcmp(s->align, "principal") == 0;
    w->policy = strcmp(s->bad_pixels, "zero") == 0   ? ZERO_BAD
                : strcmp(s->bad_pixels, "drop") == 0 ? DROP_BAD
                                                     : STOP_ON_BAD;
}

/* Side of the square that is cut out, 0: the whole picture. */
static size_t cut_side(const work *w) {
    const gt_source_info *first = w->source.info;
    if (w->settings->crop > 0) return (size_t)w->settings->crop;
    if (w->settings->size > 0) return (size_t)w->settings->size;
    if (!w->is_aligned) return 0;
    return first->height < first->width ? first->height : first->width;
}

/* What the pictures will have gone through. Of sets that Galatea made before it kept this,
 * nothing is known. */
static void describe_preparation(work *w) {
    const gt_source_info *source = w->source.info;
    char step[GT_PREPARATION_ROOM], cut[48], resize[24] = "none", scaling[48];
    size_t side = cut_side(w), high = side ? side : source->height;
    size_t wide = side ? side : source->width;
    w->info.preparation = source->is_codes ? source->preparation : NULL;
    if (source->is_codes || (source->provenance != NULL && source->preparation == NULL)) return;
    snprintf(cut, sizeof cut, "%zu", high);
    if (high != wide) snprintf(cut, sizeof cut, "%zux%zu", high, wide);
    if (side > 0 && w->info.height != side)
        snprintf(resize, sizeof resize, "%zu", w->info.height);
    gt_stretching_name(&w->stretching, scaling);
    if (w->bands.is_asked) gt_bands_name(&w->bands, scaling, sizeof scaling);
    snprintf(step, sizeof step, "align=%s cut=%s resize=%s normalize=%s", w->settings->align,
             cut, resize, scaling);
    gt_imaging_prepare(source->preparation, step, w->preparation);
    if (*w->preparation) w->info.preparation = w->preparation;
}

/* Planes are cut out with the pixels; whatever else moves pixels or changes channels would need
 * planes of another kind. */
static gt_status check_planes(const work *w, gt_error *err) {
    const gt_import_settings *s = w->settings;
    bool is_resized = s->crop > 0 && s->size > 0 && s->crop != s->size;
    const char *option = w->is_aligned                 ? "--align"
                         : is_resized                  ? "--size, which resizes,"
                         : w->bands.is_asked           ? "--lupton"
                         : strcmp(s->channels, "auto") ? "--channels"
                                                       : NULL;
    if (w->source.info->planes == 0 || s->drop_planes || option == NULL) return GT_OK;
    return gt_fail(
        err, GT_USAGE,
        "%s: has mask or inverse variance, which %s cannot keep; --drop-planes leaves "
        "them out",
        w->path, option);
}

/* Vectors are stored as they are. */
static gt_status check_codes(const work *w, gt_error *err) {
    const gt_import_settings *s = w->settings;
    const bool is_scaled =
        strcmp(s->normalize, "auto") != 0 && strcmp(s->normalize, "none") != 0;
    const struct {
        bool is_given;
        const char *name;
    } options[] = {{s->crop > 0, "--crop"},
                   {s->size > 0, "--size"},
                   {w->is_aligned, "--align"},
                   {s->pixel_scale > 0, "--pixel-scale"},
                   {strcmp(s->channels, "auto") != 0, "--channels"},
                   {is_scaled, "--normalize"},
                   {s->lupton != NULL, "--lupton"},
                   {strcmp(s->stretch, "linear") != 0, "--stretch"},
                   {s->range != NULL, "--range"}};
    const char *option = NULL;
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        if (options[i].is_given) option = options[i].name;
    if (option == NULL) return GT_OK;
    return gt_fail(err, GT_USAGE, "%s: holds vectors (N,D), %s is for pictures", w->path,
                   option);
}

/* Those of the source, then the limits of each picture, by which it can be turned back. */
static gt_status list_fields(work *w, gt_error *err) {
    gt_status status = GT_OK;
    const gt_import_settings *s = w->settings;
    const gt_source_info *source = w->source.info;
    GT_TRY(gt_field_list_copy(&w->listed, source->fields, source->field_count, err));
    if (gt_stretching_has_limits(&w->stretching))
        GT_TRY(gt_physical_add_fields(&w->listed, s->unit ? s->unit : source->unit, err));
    w->values = calloc(w->listed.count + 1, sizeof *w->values);
    if (w->values == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for columns");
done:
    return status;
}

static gt_status describe_result(work *w, const char *provenance, gt_error *err) {
    const gt_import_settings *s = w->settings;
    const gt_source_info *source = w->source.info;
    gt_dataset_info *info = &w->info;
    gt_status status = source->is_codes ? check_codes(w, err) : GT_OK;
    if (status) return status;
    *info = gt_dataset_info_default();
    info->kind = source->is_codes ? GT_DATASET_CODES : GT_DATASET_IMAGES;
    info->model = source->is_codes ? source->model : NULL;
    info->learned_from = source->is_codes ? source->learned_from : NULL;
    info->count = source->count;
    info->channels = w->bands.is_asked ? 1 : source->channels;
    if (strcmp(s->channels, "auto") != 0) info->channels = s->channels[0] == '3' ? 3 : 1;
    info->height = source->height;
    info->width = source->width;
    if (cut_side(w) > 0) info->height = info->width = cut_side(w);
    if (s->size > 0) info->height = info->width = (size_t)s->size;
    info->type = w->stretching.type;
    info->range = w->stretching.range;
    if (w->stretching.limits == GT_LIMITS_KEPT) info->unit = s->unit ? s->unit : source->unit;
    info->columns = source->columns;
    info->planes = s->drop_planes ? 0 : source->planes;
    status = check_planes(w, err);
    if (status) return status;
    status = list_fields(w, err);
    if (status) return status;
    info->fields = w->listed.fields;
    info->field_count = w->listed.count;
    if (s->test > 0) {
        if ((source->columns & GT_COLUMN_SPLIT) && !source->is_split_by_place)
            return gt_fail(err, GT_USAGE, "--test %g: %s has splits of its own", s->test,
                           w->path);
        info->columns |= GT_COLUMN_SPLIT;
    }
    info->id_length = source->id_length;
    info->class_names = source->class_names;
    info->class_count = source->class_count;
    info->survey = s->survey != NULL ? s->survey : source->survey;
    info->collection = source->collection;
    bool keeps_bands = !w->bands.is_asked && info->channels == source->channels;
    info->bands = keeps_bands ? source->bands : NULL;
    info->pixel_scale_arcsec = s->pixel_scale > 0 ? s->pixel_scale : source->pixel_scale_arcsec;
    if (s->crop > 0 && s->size > 0)
        info->pixel_scale_arcsec *= (double)s->crop / (double)s->size;
    info->provenance = provenance;
    describe_preparation(w);
    return GT_OK;
}

static gt_status allocate(work *w, gt_error *err) {
    size_t row = gt_dataset_row_bytes(&w->info), values = gt_dataset_row_values(&w->info);
    size_t channels = w->bands.is_asked ? 3 : w->info.channels; /* until they become gray */
    w->batch_rows = BATCH_BYTES / row < 1            ? 1
                    : BATCH_BYTES / row > BATCH_ROWS ? BATCH_ROWS
                                                     : BATCH_BYTES / row;
    size_t side = w->is_aligned ? cut_side(w) : 0;
    w->turned = malloc(channels * side * side * sizeof *w->turned + 1);
    w->sized = malloc(values / w->info.channels * channels * sizeof *w->sized);
    w->batch = malloc(w->batch_rows * row);
    w->rows = malloc(w->batch_rows * sizeof *w->rows);
    w->ids = malloc(w->batch_rows * (w->info.id_length + 1));
    size_t mask = gt_dataset_plane_bytes(&w->info, GT_PLANE_MASK);
    if (w->info.planes & GT_PLANE_MASK) w->masks = malloc(w->batch_rows * mask);
    if (w->info.planes & GT_PLANE_IVAR)
        w->ivars = malloc(w->batch_rows * gt_dataset_plane_bytes(&w->info, GT_PLANE_IVAR));
    bool is_short = (!w->masks && (w->info.planes & GT_PLANE_MASK)) ||
                    (!w->ivars && (w->info.planes & GT_PLANE_IVAR));
    if (!is_short && w->turned != NULL && w->sized != NULL && w->batch != NULL &&
        w->rows != NULL && w->ids != NULL)
        return gt_field_block_open(w->info.fields, w->info.field_count, w->batch_rows,
                                   &w->fields, err);
    return gt_fail(err, GT_NO_MEMORY, "out of memory for pictures of %zu values",
                   gt_dataset_row_values(&w->info));
}

/* ---- one picture ---- */

/* What a person can find it by. */
static void name_picture(const work *w, const gt_picture *picture, char out[128]) {
    if (picture->row.id != NULL && picture->row.id[0] != 0)
        snprintf(out, 128, "'%.100s'", picture->row.id);
    else
        snprintf(out, 128, "number %" PRIu64, w->report->read - 1);
}

/* Leaves the cut-out in w->cut, or the whole picture when it is to be turned; *side_y and
 * *side_x are its sides. */
static gt_status cut_out(work *w, const gt_picture *picture, size_t *side_y, size_t *side_x,
                         gt_error *err) {
    size_t side = cut_side(w);
    bool is_cut = side > 0 && !w->is_aligned;
    *side_y = is_cut ? side : picture->height;
    *side_x = is_cut ? side : picture->width;
    if (side > 0 && (picture->height < side || picture->width < side))
        return gt_fail(err, GT_BAD_SHAPE,
                       "%zu x %zu pixels, expected at least %zu x %zu (--crop, --size)%s",
                       picture->height, picture->width, side, side,
                       picture->width <= 4 && picture->height > 4
                           ? "; axes are picture, channel, height, width"
                           : "");
    if (side == 0 && w->settings->size == 0 &&
        (picture->height != w->info.height || picture->width != w->info.width))
        return gt_fail(
            err, GT_BAD_SHAPE,
            "%zu x %zu pixels, the first picture has %zu x %zu; --size brings them to "
            "one size",
            picture->height, picture->width, w->info.height, w->info.width);
    size_t planes = w->info.planes ? gt_source_planes(w->source.info, picture->channels) : 0;
    size_t channels = picture->channels + planes, values = channels * *side_y * *side_x;
    if (values > w->cut_room) {
        float *grown = realloc(w->cut, values * sizeof *grown);
        if (grown == NULL) return gt_fail(err, GT_NO_MEMORY, "out of memory for a picture");
        w->cut = grown;
        w->cut_room = values;
    }
    if (is_cut)
        return gt_image_crop(picture->pixels, channels, picture->height, picture->width, side,
                             w->cut, err);
    memcpy(w->cut, picture->pixels, values * sizeof *w->cut);
    return GT_OK;
}

static bool is_constant(const float *values, size_t count) {
    for (size_t i = 1; i < count; i++)
        if (values[i] != values[0]) return false;
    return true;
}

/* Counts bad pixels and constant pictures; *keep says whether the picture goes on. */
static void inspect(work *w, const gt_picture *picture, size_t values, bool *keep) {
    gt_import_report *report = w->report;
    gt_image_faults faults = gt_image_count_faults(w->cut, values);
    bool bad = faults.nan + faults.infinite + faults.huge > 0;
    *keep = !bad || w->policy == ZERO_BAD;
    report->faults.nan += faults.nan;
    report->faults.infinite += faults.infinite;
    report->faults.huge += faults.huge;
    if (bad && report->bad_pictures++ == 0) name_picture(w, picture, report->first_bad);
    if (!*keep) return;
    gt_image_zero_faults(w->cut, values);
    if (is_constant(w->cut, values) && report->constant_pictures++ == 0)
        name_picture(w, picture, report->first_constant);
}

static gt_status flush(work *w, gt_error *err) {
    size_t count = w->batched;
    w->batched = 0;
    return count > 0 ? gt_dataset_writer_append(w->writer, w->batch, w->rows, count, err)
                     : GT_OK;
}

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

/* The picture's place in the source decides, whatever else is selected. */
static void draw_split(const work *w, gt_dataset_row *row) {
    gt_rng_key key = {(uint64_t)w->settings->seed, gt_rng_stream("import.split"), 0};
    bool is_test = gt_rng_uniform(key, w->report->read - 1) < w->settings->test;
    row->split = is_test ? GT_SPLIT_TEST : GT_SPLIT_TRAIN;
}

static void list_values(work *w, const gt_picture *picture) {
    size_t count = w->source.info->field_count;
    for (size_t i = 0; i < count; i++)
        w->values[i] = picture->values != NULL ? picture->values[i]
                                               : gt_field_missing(&w->listed.fields[i]);
    if (w->listed.count == count) return;
    w->values[count].real = w->stretching.black;
    w->values[count + 1].real = w->stretching.white;
}

/* What lies behind the channels in w->cut. */
static void store_planes(work *w, gt_dataset_row *row) {
    size_t pixels = w->info.height * w->info.width, channels = w->info.channels;
    const float *from = w->cut + channels * pixels;
    row->mask = NULL;
    row->ivar = NULL;
    if (w->info.planes & GT_PLANE_MASK) {
        uint8_t *mask = w->masks + w->batched * pixels;
        for (size_t i = 0; i < pixels; i++) mask[i] = from[i] != 0;
        row->mask = mask;
        from += pixels;
    }
    if (w->info.planes & GT_PLANE_IVAR) {
        float *ivar = w->ivars + w->batched * channels * pixels;
        memcpy(ivar, from, channels * pixels * sizeof *ivar);
        row->ivar = ivar;
    }
}

static gt_status store(work *w, const gt_picture *picture, gt_error *err) {
    unsigned char *to = w->batch + w->batched * gt_dataset_row_bytes(&w->info);
    gt_status status =
        gt_stretching_store(&w->stretching, w->sized, gt_dataset_row_values(&w->info), to, err);
    if (status) return status;
    gt_dataset_row *row = &w->rows[w->batched];
    char *id = w->ids + w->batched * (w->info.id_length + 1);
    *row = picture->row;
    list_values(w, picture);
    gt_field_block_put(&w->fields, w->batched, w->values);
    row->values = gt_field_block_row(&w->fields, w->batched);
    store_planes(w, row);
    if (w->settings->test > 0) draw_split(w, row);
    if (row->id != NULL) {
        snprintf(id, w->info.id_length + 1, "%s", row->id);
        row->id = id;
    }
    status = gt_id_tracker_add(&w->tracked, row->id, row->split, err);
    if (status) return status;
    return ++w->batched == w->batch_rows ? flush(w, err) : GT_OK;
}

/* The whole picture in w->cut, cut out and turned by the pose of its source. */
static gt_status cut_aligned(work *w, const gt_picture *picture, gt_error *err) {
    gt_image_pose pose;
    gt_status status = gt_image_find_pose(w->cut, picture->channels, picture->height,
                                          picture->width, cut_side(w), &pose, err);
    if (status) return status;
    gt_image_cut_pose(w->cut, picture->channels, picture->height, picture->width, &pose,
                      cut_side(w), w->turned);
    return GT_OK;
}

static bool has_colour(const gt_picture *picture) {
    size_t plane = picture->height * picture->width * sizeof *picture->pixels;
    const char *bytes = (const char *)picture->pixels;
    return memcmp(bytes, bytes + plane, plane) != 0 || memcmp(bytes, bytes + 2 * plane, plane);
}

/* A picture of three equal channels goes on as one; one channel is repeated when all is done.
 */
static gt_status fit_channels(work *w, gt_picture *picture, gt_error *err) {
    size_t wanted = w->info.channels;
    if (w->bands.is_asked) return gt_bands_pick(&w->bands, picture, err);
    if (picture->channels == wanted || (picture->channels == 1 && wanted == 3)) return GT_OK;
    if (picture->channels != 3 || wanted != 1)
        return gt_fail(err, GT_BAD_SHAPE, "%zu channels, expected %zu", picture->channels,
                       wanted);
    if (has_colour(picture))
        return gt_fail(err, GT_BAD_SHAPE,
                       "a picture with colours, expected gray ones for one channel");
    picture->channels = 1;
    return GT_OK;
}

static void repeat_channel(const work *w, size_t channels) {
    size_t plane = w->info.height * w->info.width;
    for (size_t c = channels; c < w->info.channels; c++)
        memcpy(w->sized + c * plane, w->sized, plane * sizeof *w->sized);
}

static gt_status import_picture(work *w, const gt_picture *read, gt_error *err) {
    gt_status status = GT_OK;
    size_t height, width, pixels;
    bool keep;
    const float *cut;
    gt_picture fitted = *read, *picture = &fitted;
    w->report->selected++;
    w->report->alpha_pictures += picture->had_alpha;
    GT_TRY(fit_channels(w, picture, err));
    GT_TRY(cut_out(w, picture, &height, &width, err));
    inspect(w, picture, picture->channels * height * width, &keep);
    bool stopping = w->policy == STOP_ON_BAD && w->report->bad_pictures > 0;
    if (!keep || stopping) goto done; /* the rest is only counted */
    if (w->is_aligned) {
        GT_TRY(cut_aligned(w, picture, err));
        height = width = cut_side(w);
    }
    cut = w->is_aligned ? w->turned : w->cut;
    GT_TRY(gt_image_resize(cut, picture->channels, height, width, w->info.height, w->info.width,
                           w->sized, err));
    pixels = w->info.height * w->info.width;
    GT_TRY(gt_stretching_scale(&w->stretching, w->sized, picture->channels * pixels, err));
    if (w->bands.is_asked) {
        GT_TRY(gt_bands_to_gray(&w->bands, pixels, w->sized, err));
        picture->channels = 1;
    }
    repeat_channel(w, picture->channels);
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
        if (!gt_selection_takes(&w->selection, &picture)) continue;
        if (is_excluded(w, &picture)) continue;
        GT_TRY(gt_source_pixels(&w->source, &picture, err));
        status = import_picture(w, &picture, err);
        if (status) {
            char name[128];
            name_picture(w, &picture, name);
            gt_blame(err, "%s: picture %s", w->path, name);
            goto done;
        }
    }
    GT_TRY(flush(w, err));
done:
    return status;
}

/* ---- the whole ---- */

static gt_status judge(const work *w, gt_error *err) {
    const gt_import_report *r = w->report;
    if (w->policy == STOP_ON_BAD && r->bad_pictures > 0)
        return gt_fail(err, GT_NOT_FINITE,
                       "%s: %" PRIu64 " of %" PRIu64 " pictures have bad pixels (%" PRIu64
                       " NaN, %" PRIu64 " infinite, %" PRIu64 " beyond 1e18), the first is "
                       "picture %s; --bad-pixels zero or drop goes on",
                       w->path, r->bad_pictures, r->selected, r->faults.nan, r->faults.infinite,
                       r->faults.huge, r->first_bad);
    if (r->selected == 0 && r->excluded > 0)
        return gt_fail(err, GT_NOT_FOUND,
                       "%s: all %" PRIu64 " pictures lie within %g arcsec of --exclude",
                       w->path, r->excluded, w->settings->within);
    if (r->selected == 0)
        return gt_fail(err, GT_NOT_FOUND,
                       "%s: none of %" PRIu64 " pictures fits --where and --split", w->path,
                       r->read);
    if (r->selected == r->bad_pictures && w->policy == DROP_BAD)
        return gt_fail(err, GT_NOT_FINITE, "%s: all %" PRIu64 " pictures have bad pixels",
                       w->path, r->selected);
    return GT_OK;
}

/* Everything that is to be told, in the report's note. */
static void write_notes(work *w) {
    char shared[GT_ID_TEXT], repeated[GT_ID_TEXT];
    const char *note = w->source.info->note;
    gt_id_tracker_report(&w->tracked, shared, repeated);
    const char *texts[] = {note != NULL ? note : "", shared, repeated};
    size_t used = 0, room = sizeof w->report->note;
    for (size_t i = 0; i < 3 && used < room; i++) {
        size_t length = strlen(texts[i]);
        while (length > 0 && texts[i][length - 1] == '\n') length--;
        if (length > 0)
            used += (size_t)snprintf(w->report->note + used, room - used, "%s%.*s",
                                     used ? "\n" : "", (int)length, texts[i]);
    }
}

/* In the format that is asked for, or the one that the path looks like. Of files that cannot be
 * read in it, what is known of their kind tells more. */
static gt_status open_source(work *w, const gt_source_request *request, gt_error *err) {
    const gt_import_settings *s = w->settings;
    const char *guess = NULL, *format = s->format;
    const gt_join_request join = {s->catalog, s->on, s->radius, s->column};
    gt_error why;
    if (format == NULL) {
        gt_status status = gt_importer_guess(w->path, &guess, err);
        if (status) return status;
        w->report->guess = format = guess;
    }
    gt_status status = gt_source_open_joined(format, request, &join, &w->source, err);
    if (!status || guess != NULL || status == GT_USAGE) return status;
    if (gt_importer_guess(w->path, &guess, &why) != GT_UNSUPPORTED) return status;
    return gt_fail(err, GT_UNSUPPORTED, "%s", why.text);
}

gt_status gt_import_run(const gt_import_settings *settings, const char *path,
                        const char *provenance, gt_import_tick tick, void *user,
                        gt_import_report *report, gt_error *err) {
    GT_PLAIN_NUMBERS;
    gt_status status = GT_OK;
    work w = {.settings = settings, .path = path, .report = report};
    const gt_source_request request = {
        .path = path,
        .subset = settings->subset,
        .dataset = settings->dataset,
        .axes = settings->axes,
        .unpack = (uint64_t)(settings->unpack * GIB), /* 0: the usual limits */
        .drops_damaged = settings->drop_damaged,
        .fits = {settings->hdu, settings->planes, settings->bands, settings->incomplete,
                 settings->id_card, settings->cards},
        .cut = settings->cut};
    *report = (gt_import_report){0};
    GT_TRY(open_source(&w, &request, err));
    GT_TRY(
        gt_selection_parse(settings->where, settings->split, w.source.info, &w.selection, err));
    GT_TRY(open_exclusion(&w, err));
    GT_TRY(gt_bands_open(settings, w.source.info, &w.bands, err));
    read_choices(&w);
    GT_TRY(gt_stretching_open(settings, w.source.info, w.bands.is_asked, &w.stretching, err));
    GT_TRY(describe_result(&w, provenance, err));
    GT_TRY(allocate(&w, err));
    GT_TRY(gt_dataset_writer_create(settings->out, &w.info, &w.writer, err));
    GT_TRY(read_all(&w, tick, user, err));
    GT_TRY(judge(&w, err));
    report->written = gt_dataset_writer_count(w.writer);
    report->channels = w.info.channels;
    report->height = w.info.height;
    report->width = w.info.width;
    report->type = w.info.type;
    if (gt_stretching_measured(&w.stretching))
        gt_dataset_writer_declare(w.writer, w.stretching.range);
    report->range = w.stretching.range;
    report->moved_pixels = w.stretching.moved_pixels;
    report->moved_pictures = w.stretching.moved_pictures;
    report->is_codes = w.source.info->is_codes;
    write_notes(&w);
    gt_dataset_writer *writer = w.writer;
    w.writer = NULL;
    GT_TRY(gt_dataset_writer_commit(writer, err));
done:
    gt_dataset_writer_discard(w.writer);
    gt_source_close(&w.source);
    gt_exclusion_destroy(w.exclusion);
    gt_id_tracker_free(&w.tracked);
    gt_bands_clear(&w.bands);
    free(w.cut);
    free(w.turned);
    free(w.sized);
    free(w.batch);
    free(w.masks);
    free(w.ivars);
    free(w.rows);
    free(w.ids);
    gt_field_block_close(&w.fields);
    gt_field_list_free(&w.listed);
    free(w.values);
    return status;
}
