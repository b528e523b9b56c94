/* summary.c - counts, range, mean and deviation over all pictures of a source. */
#include "summary.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "columns.h"
#include "equal_rows.h"
#include "id_tracker.h"

enum { MAX_CLASSES = 1000, TICK = 64 };

/* Good values so far: mean and sum of squared distances from it (Chan, Golub & LeVeque 1983).
 */
typedef struct moments {
    double count, mean, squares;
} moments;

typedef struct tally {
    moments all, channel[GT_SUMMARY_CHANNELS];
    gt_id_tracker ids; /* of a set with splits, as are these */
    gt_equal_rows equal;
} tally;

static void moments_join(moments *all, moments more) {
    double count = all->count + more.count;
    if (more.count == 0) return;
    double step = more.mean - all->mean;
    all->squares += more.squares + step * step * all->count * more.count / count;
    all->mean += step * more.count / count;
    all->count = count;
}

static bool is_good(float value) {
    return fabsf(value) < GT_IMAGE_HUGE;
}

/* One picture's moments and range; the range of no good value is (infinity, -infinity). */
static moments measure(const float *values, size_t count, float *least, float *most) {
    moments out = {0};
    *least = INFINITY;
    *most = -INFINITY;
    for (size_t i = 0; i < count; i++) {
        if (!is_good(values[i])) continue;
        out.count++;
        out.mean += values[i];
        if (values[i] < *least) *least = values[i];
        if (values[i] > *most) *most = values[i];
    }
    if (out.count > 0) out.mean /= out.count;
    for (size_t i = 0; i < count; i++)
        if (is_good(values[i])) out.squares += (values[i] - out.mean) * (values[i] - out.mean);
    return out;
}

static void name_picture(const gt_picture *picture, uint64_t number, char out[128]) {
    if (picture->row.id != NULL && picture->row.id[0] != 0)
        snprintf(out, 128, "'%.100s'", picture->row.id);
    else
        snprintf(out, 128, "number %" PRIu64, number);
}

/* Where class `label` is among those known, or would be: they stand in order. */
static size_t place_of_class(const gt_summary *s, int32_t label) {
    size_t low = 0, high = s->class_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (s->class_labels[middle] < label)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* A class without rows so far, at its place. */
static gt_status add_class(gt_summary *s, size_t place, int32_t label, const char *name,
                           gt_error *err) {
    size_t count = s->class_count, behind = count - place;
    char *copy = NULL;
    char **names = realloc(s->class_names, (count + 1) * sizeof *names);
    if (names != NULL) s->class_names = names;
    uint64_t *rows = realloc(s->class_rows, (count + 1) * sizeof *rows);
    if (rows != NULL) s->class_rows = rows;
    int32_t *labels = realloc(s->class_labels, (count + 1) * sizeof *labels);
    if (labels != NULL) s->class_labels = labels;
    int length = name != NULL ? asprintf(&copy, "%s", name) : asprintf(&copy, "%d", label);
    if (names == NULL || rows == NULL || labels == NULL || length < 0) {
        if (length >= 0) free(copy);
        return gt_fail(err, GT_NO_MEMORY, "out of memory");
    }
    memmove(names + place + 1, names + place, behind * sizeof *names);
    memmove(rows + place + 1, rows + place, behind * sizeof *rows);
    memmove(labels + place + 1, labels + place, behind * sizeof *labels);
    names[place] = copy;
    rows[place] = 0;
    labels[place] = label;
    s->class_count++;
    return GT_OK;
}

static gt_status count_row(gt_summary *s, const gt_dataset_row *row, gt_error *err) {
    if (s->columns & GT_COLUMN_SPLIT) s->split_rows[row->split]++;
    if (!(s->columns & GT_COLUMN_LABEL)) return GT_OK;
    if (row->label < 0) {
        s->unlabelled++;
        return GT_OK;
    }
    size_t place = place_of_class(s, row->label);
    if (place == s->class_count || s->class_labels[place] != row->label) {
        if (s->class_count >= MAX_CLASSES) {
            s->unlisted++;
            return GT_OK;
        }
        gt_status status = add_class(s, place, row->label, NULL, err);
        if (status) return status;
    }
    s->class_rows[place]++;
    return GT_OK;
}

static void add_number(gt_column_summary *c, double value) {
    if (isnan(value)) {
        c->missing++;
        return;
    }
    c->low = fmin(c->low, value);
    c->high = fmax(c->high, value);
}

static void add_whole(gt_column_summary *c, int64_t value) {
    bool is_first = isnan(c->low);
    add_number(c, value == GT_FIELD_NO_INTEGER ? NAN : (double)value);
    if (value == GT_FIELD_NO_INTEGER) return;
    if (is_first || value < c->least) c->least = value;
    if (is_first || value > c->most) c->most = value;
}

static void add_value(gt_column_summary *c, const gt_field *field, gt_field_value value) {
    if (field->type == GT_FIELD_TEXT)
        c->missing += value.text == NULL || *value.text == 0;
    else if (field->type == GT_FIELD_REAL)
        add_number(c, value.real);
    else
        add_whole(c, value.integer);
}

static void count_columns(gt_summary *s, const gt_picture *picture) {
    const gt_dataset_row *row = &picture->row;
    if (s->columns & GT_COLUMN_RA) add_number(&s->ra, row->ra);
    if (s->columns & GT_COLUMN_DEC) add_number(&s->dec, row->dec);
    if (s->columns & GT_COLUMN_SIZE) add_number(&s->angular_size, row->angular_size);
    s->without_id += row->id == NULL || *row->id == 0;
    for (size_t i = 0; i < s->fields.count; i++) {
        const gt_field *field = &s->fields.fields[i];
        add_value(&s->field_summary[i], field,
                  picture->values != NULL ? picture->values[i] : gt_field_missing(field));
    }
}

static void count_channels(const gt_summary *s, tally *t, const gt_picture *picture) {
    size_t plane = picture->height * picture->width;
    float least, most;
    for (size_t c = 0; c < s->channel_count && c < picture->channels; c++)
        moments_join(&t->channel[c],
                     measure(picture->pixels + c * plane, plane, &least, &most));
}

static gt_status count_picture(gt_summary *s, tally *t, const gt_picture *picture,
                               gt_error *err) {
    float least, most;
    size_t values = picture->channels * picture->height * picture->width;
    moments_join(&t->all, measure(picture->pixels, values, &least, &most));
    count_channels(s, t, picture);
    gt_image_faults faults = gt_image_count_faults(picture->pixels, values);
    uint64_t bad = faults.nan + faults.infinite + faults.huge;
    s->faults.nan += faults.nan;
    s->faults.infinite += faults.infinite;
    s->faults.huge += faults.huge;
    if (bad > 0 && s->bad_pictures++ == 0) name_picture(picture, s->count, s->first_bad);
    if (bad == 0 && least == most && values > 1 && s->constant_pictures++ == 0)
        name_picture(picture, s->count, s->first_constant);
    s->least = fmin(s->least, least);
    s->most = fmax(s->most, most);
    s->has_other_sizes |= picture->height != s->height || picture->width != s->width;
    s->count++;
    count_columns(s, picture);
    gt_status status = count_row(s, &picture->row, err);
    bool has_splits = s->columns & GT_COLUMN_SPLIT;
    if (status == GT_OK && has_splits)
        status = gt_equal_rows_add(&t->equal, picture->pixels, values * sizeof(float),
                                   picture->row.split, err);
    if (status || !has_splits || !(s->columns & GT_COLUMN_ID)) return status;
    return gt_id_tracker_add(&t->ids, picture->row.id, picture->row.split, err);
}

static char *copy_text(const char *text, bool *failed) {
    char *copy = text != NULL ? strdup(text) : NULL;
    *failed |= text != NULL && copy == NULL;
    return copy;
}

static gt_status start(gt_summary *s, const gt_source_info *info, gt_error *err) {
    bool failed = false;
    *s = (gt_summary){.is_codes = info->is_codes,
                      .is_bytes = info->is_bytes,
                      .channels = info->channels,
                      .height = info->height,
                      .width = info->width,
                      .least = INFINITY,
                      .most = -INFINITY,
                      .columns = info->columns,
                      .planes = info->planes,
                      .range = info->is_codes ? gt_range_undeclared() : info->range,
                      .pixel_scale_arcsec = info->pixel_scale_arcsec};
    bool has_channels = info->channels > 1 && info->channels <= GT_SUMMARY_CHANNELS;
    if (has_channels && !info->is_codes) s->channel_count = info->channels;
    snprintf(s->type, sizeof s->type, "%s", info->type);
    s->survey = copy_text(info->survey, &failed);
    s->unit = copy_text(info->unit, &failed);
    s->collection = copy_text(info->collection, &failed);
    s->bands = copy_text(info->bands, &failed);
    s->model = copy_text(info->model, &failed);
    s->provenance = copy_text(info->provenance, &failed);
    s->preparation = copy_text(info->preparation, &failed);
    s->learned_from = copy_text(info->learned_from, &failed);
    s->field_summary = calloc(info->field_count + 1, sizeof *s->field_summary);
    if (failed || s->field_summary == NULL) return gt_fail(err, GT_NO_MEMORY, "out of memory");
    const gt_column_summary nothing = {.low = NAN, .high = NAN};
    s->ra = s->dec = s->angular_size = nothing;
    for (size_t i = 0; i < info->field_count; i++) s->field_summary[i] = nothing;
    gt_status status = gt_field_list_copy(&s->fields, info->fields, info->field_count, err);
    for (size_t i = 0; status == GT_OK && i < info->class_count; i++)
        status = add_class(s, i, (int32_t)i, info->class_names[i], err);
    return status;
}

static void conclude(moments m, double *mean, double *deviation) {
    bool any = m.count > 0;
    *mean = any ? m.mean : NAN;
    *deviation = any ? sqrt(m.squares / m.count) : NAN;
}

static void finish(gt_summary *s, const tally *t) {
    if (!(t->all.count > 0)) s->least = s->most = NAN;
    conclude(t->all, &s->mean, &s->deviation);
    for (size_t c = 0; c < s->channel_count; c++)
        conclude(t->channel[c], &s->channel_mean[c], &s->channel_deviation[c]);
}

/* What the reader has to tell, and ids that stand in more than one split. */
static gt_status collect_notes(gt_summary *s, tally *t, const char *note, gt_error *err) {
    char shared[GT_ID_TEXT], repeated[GT_ID_TEXT];
    gt_id_tracker_report(&t->ids, shared, repeated);
    if (*shared == 0) gt_equal_rows_text(&t->equal, s->is_codes ? "code" : "picture", shared);
    if (note == NULL) note = "";
    if (*note == 0 && *shared == 0) return GT_OK;
    if (asprintf(&s->notes, "%s%s%s", note, *note != 0 && *shared != 0 ? "\n" : "", shared) >=
        0)
        return GT_OK;
    s->notes = NULL;
    return gt_fail(err, GT_NO_MEMORY, "out of memory");
}

gt_status gt_summary_read(const char *format, const gt_source_request *request,
                          gt_status (*tick)(void *user, uint64_t done, uint64_t total,
                                            gt_error *err),
                          void *user, gt_summary *out, gt_error *err) {
    gt_status status = GT_OK;
    gt_source source = {0};
    gt_summary s = {0};
    tally t = {0};
    GT_TRY(gt_source_open(format, request, &source, err));
    GT_TRY(start(&s, source.info, err));
    for (;;) {
        gt_picture picture;
        bool more;
        GT_TRY(gt_source_next(&source, &picture, &more, err));
        if (!more) break;
        GT_TRY(gt_source_pixels(&source, &picture, err));
        GT_TRY(count_picture(&s, &t, &picture, err));
        if (tick != NULL && s.count % TICK == 0)
            GT_TRY(tick(user, s.count, source.info->count, err));
    }
    finish(&s, &t);
    GT_TRY(collect_notes(&s, &t, source.info->note, err));
    *out = s;
    s = (gt_summary){0};
done:
    gt_source_close(&source);
    gt_id_tracker_free(&t.ids);
    gt_equal_rows_free(&t.equal);
    gt_summary_destroy(&s);
    return status;
}

void gt_summary_destroy(gt_summary *summary) {
    for (size_t i = 0; i < summary->class_count; i++) free(summary->class_names[i]);
    free(summary->class_names);
    free(summary->class_rows);
    free(summary->class_labels);
    gt_field_list_free(&summary->fields);
    free(summary->field_summary);
    free(summary->survey);
    free(summary->unit);
    free(summary->collection);
    free(summary->bands);
    free(summary->model);
    free(summary->provenance);
    free(summary->preparation);
    free(summary->learned_from);
    free(summary->notes);
    *summary = (gt_summary){0};
}

/* ---- columns ---- */

static const gt_field known[GT_COLUMN_COUNT] = {
    {"labels", GT_FIELD_INTEGER, 0, NULL, "number of the class", "meta.code.class"},
    {"split", GT_FIELD_INTEGER, 0, NULL, "0 train, 1 test, 2 validation", "meta.code"},
    {"ra", GT_FIELD_REAL, 0, "deg", "right ascension", "pos.eq.ra;meta.main"},
    {"dec", GT_FIELD_REAL, 0, "deg", "declination", "pos.eq.dec;meta.main"},
    {"angular_size", GT_FIELD_REAL, 0, "arcsec", "angular size", "phys.angSize"},
    {"id", GT_FIELD_TEXT, 0, NULL, "name of the object", "meta.id;meta.main"},
};

size_t gt_summary_columns(const gt_summary *summary) {
    return (size_t)__builtin_popcount(summary->columns) + summary->fields.count;
}

void gt_summary_column(const gt_summary *s, size_t index, gt_field *field,
                       gt_column_summary *values) {
    const gt_column_summary of[GT_COLUMN_COUNT] = {
        {s->unlabelled, NAN, NAN}, {.low = NAN, .high = NAN}, s->ra, s->dec,
        s->angular_size,           {s->without_id, NAN, NAN}};
    for (size_t i = 0; i < GT_COLUMN_COUNT; i++) {
        if (!(s->columns & gt_columns[i].bit) || index-- > 0) continue;
        *field = known[i];
        *values = of[i];
        return;
    }
    *field = s->fields.fields[index];
    *values = s->field_summary[index];
}
