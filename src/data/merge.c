/* merge.c - several sets of one shape become one. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "columns.h"
#include "fields.h"
#include "file.h"
#include "galatea/imaging.h"
#include "galatea/import.h"
#include "id_tracker.h"
#include "merge_fields.h"
#include "row_block.h"

enum { BUFFER_BYTES = 1 << 22, BUFFER_ROWS = 4096 };

typedef struct joining {
    gt_dataset **sets;
    size_t count;
    gt_dataset_info info; /* of the result */
    gt_value_range told;  /* of its pixels, or undeclared */
    char preparation[GT_PREPARATION_ROOM];
    FILE *notes;
    bool is_noted[3]; /* of the facts of agree_on_imaging */
    gt_dataset_writer *writer;
    gt_field_list fields;    /* of the result */
    gt_row_block rows;       /* on their way into it */
    const bool *is_left_out; /* of all rows; NULL: none */
    uint64_t seen, done;     /* rows read; written */
    gt_id_tracker tracked;
} joining;

/* ---- what the sets have in common ---- */

static gt_status check_output(const char *const *paths, size_t count, const char *out,
                              gt_error *err) {
    for (size_t i = 0; i < count; i++)
        if (gt_file_is_same(paths[i], out))
            return gt_fail(err, GT_BAD_ARGUMENT, "%s is both an input and the output",
                           paths[i]);
    return GT_OK;
}

static gt_status check_same(const gt_dataset *first, const gt_dataset *set, gt_error *err) {
    const gt_dataset_info *a = gt_dataset_describe(first), *b = gt_dataset_describe(set);
    const char *types[] = {"uint8", "float32"};
    if (a->kind == b->kind && a->type == b->type && a->channels == b->channels &&
        a->height == b->height && a->width == b->width)
        return GT_OK;
    return gt_fail(err, GT_MISMATCH,
                   "%s: %s of %zu x %zu x %zu %s, expected %s of %zu x %zu x %zu %s as in %s",
                   gt_dataset_path(set), gt_main_array(b->kind), b->channels, b->height,
                   b->width, types[b->type], gt_main_array(a->kind), a->channels, a->height,
                   a->width, types[a->type], gt_dataset_path(first));
}

static void range_text(gt_value_range range, char out[GT_RANGE_TEXT + 8]) {
    char text[GT_RANGE_TEXT];
    gt_range_text(range, text);
    snprintf(out, GT_RANGE_TEXT + 8,
             gt_range_is_declared(range) ? "range %s" : "no declared range", text);
}

/* Pixels keep their values, so that one range must hold for all sets. */
static gt_status check_range(const joining *j, const gt_dataset *set, gt_error *err) {
    gt_value_range a = gt_dataset_range(gt_dataset_describe(j->sets[0]));
    gt_value_range b = gt_dataset_range(gt_dataset_describe(set));
    char found[GT_RANGE_TEXT + 8], expected[GT_RANGE_TEXT + 8];
    range_text(a, expected);
    range_text(b, found);
    if (gt_range_is_declared(j->told) || strcmp(found, expected) == 0) return GT_OK;
    return gt_fail(err, GT_MISMATCH,
                   "%s: pixels of %s, expected %s as in %s; --range LOW:HIGH tells that of the "
                   "result",
                   gt_dataset_path(set), found, expected, gt_dataset_path(j->sets[0]));
}

static gt_status check_told(const joining *j, gt_error *err) {
    const gt_dataset_info *info = gt_dataset_describe(j->sets[0]);
    bool has_range = info->kind == GT_DATASET_IMAGES && info->type == GT_PIXEL_F32;
    if (has_range || !gt_range_is_declared(j->told)) return GT_OK;
    return gt_fail(err, GT_USAGE, "--range: %s holds %s, a range is for float pictures",
                   gt_dataset_path(j->sets[0]),
                   info->kind == GT_DATASET_IMAGES ? "bytes" : "codes");
}

/* One that is told keeps the stretch of the first set. */
static gt_value_range range_of_result(const joining *j) {
    gt_value_range first = gt_dataset_range(gt_dataset_describe(j->sets[0]));
    if (!gt_range_is_declared(j->told)) return first;
    return (gt_value_range){j->told.low, j->told.high, first.stretch};
}

static bool same_classes(const gt_dataset_info *a, const gt_dataset_info *b) {
    bool same = a->class_count == b->class_count;
    for (size_t i = 0; same && i < a->class_count; i++)
        same = strcmp(a->class_names[i], b->class_names[i]) == 0;
    return same;
}

static bool same_text(const char *a, const char *b) {
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* Labels of other classes are left out. */
static void agree_on_classes(joining *j) {
    gt_dataset_info *info = &j->info;
    const gt_dataset *first = NULL;
    for (size_t i = 0; i < j->count && (info->columns & GT_COLUMN_LABEL); i++) {
        const gt_dataset_info *other = gt_dataset_describe(j->sets[i]);
        if (!(other->columns & GT_COLUMN_LABEL)) continue;
        if (first == NULL) {
            first = j->sets[i];
            info->class_names = other->class_names;
            info->class_count = other->class_count;
        }
        if (same_classes(info, other)) continue;
        info->columns &= ~(unsigned)GT_COLUMN_LABEL;
        fprintf(j->notes, "labels are left out: %s and %s have other classes\n",
                gt_dataset_path(first), gt_dataset_path(j->sets[i]));
    }
    if (info->columns & GT_COLUMN_LABEL) return;
    info->class_names = NULL;
    info->class_count = 0;
}

/* What a set lacks is missing in its rows; only a split cannot be. */
static void agree_on_columns(joining *j) {
    gt_dataset_info *info = &j->info;
    for (size_t c = 0; c < GT_COLUMN_COUNT; c++) {
        const gt_dataset *with = NULL, *without = NULL;
        for (size_t i = 0; i < j->count; i++)
            if (gt_dataset_describe(j->sets[i])->columns & gt_columns[c].bit)
                with = j->sets[i];
            else
                without = j->sets[i];
        if (without == NULL || with == NULL) continue;
        bool can_miss = gt_columns[c].bit != GT_COLUMN_SPLIT;
        info->columns &= ~gt_columns[c].bit;
        if (can_miss) info->columns |= gt_columns[c].bit;
        fprintf(j->notes,
                can_miss ? "column '%s': rows of %s have none\n"
                         : "column '%s' is left out: %s has none\n",
                gt_columns[c].name, gt_dataset_path(without));
    }
    agree_on_classes(j);
}

/* A plane of some rows alone would say that the others are perfect. */
static void agree_on_planes(joining *j) {
    for (unsigned plane = GT_PLANE_MASK; plane <= GT_PLANE_IVAR; plane <<= 1) {
        const gt_dataset *with = NULL, *without = NULL;
        for (size_t i = 0; i < j->count; i++)
            *(gt_dataset_describe(j->sets[i])->planes & plane ? &with : &without) = j->sets[i];
        j->info.planes |= plane;
        if (without != NULL) j->info.planes &= ~plane;
        if (with != NULL && without != NULL)
            fprintf(j->notes, "%s is left out: %s has none\n",
                    plane == GT_PLANE_MASK ? "the mask" : "the inverse variance",
                    gt_dataset_path(without));
    }
}

/* What two sets state differently is for the caller to tell; what only one states is noted. */
static void agree_on_imaging(joining *j, const gt_dataset *set) {
    const gt_dataset_info *first = gt_dataset_describe(j->sets[0]);
    const gt_dataset_info *other = gt_dataset_describe(set);
    gt_imaging ours = gt_imaging_of(&j->info), theirs = gt_imaging_of(other);
    const char *names[] = {"survey", "pixel scale", "preparation"};
    bool has[] = {first->survey != NULL, !isnan(first->pixel_scale_arcsec),
                  first->preparation != NULL};
    bool other_has[] = {other->survey != NULL, !isnan(other->pixel_scale_arcsec),
                        other->preparation != NULL};
    for (size_t i = 0; i < 3; i++) {
        if (has[i] == other_has[i] || j->is_noted[i]) continue;
        fprintf(j->notes, "%s is left out: %s does not tell it\n", names[i],
                gt_dataset_path(has[i] ? set : j->sets[0]));
        j->is_noted[i] = true;
    }
    gt_imaging_agree(&ours, &theirs, j->preparation);
    gt_imaging_put(&ours, &j->info);
}

static void agree_on_facts(joining *j) {
    gt_dataset_info *info = &j->info;
    for (size_t i = 1; i < j->count; i++) {
        const gt_dataset_info *other = gt_dataset_describe(j->sets[i]);
        const char *path = gt_dataset_path(j->sets[i]);
        if (!same_text(info->collection, other->collection)) {
            if (info->collection != NULL)
                fprintf(j->notes, "collection is left out: %s is %s, %s is not\n",
                        gt_dataset_path(j->sets[0]), info->collection, path);
            info->collection = NULL;
        }
        agree_on_imaging(j, j->sets[i]);
        if (!same_text(info->bands, other->bands)) {
            if (info->bands != NULL)
                fprintf(j->notes, "names of bands are left out: %s has %s, %s has not\n",
                        gt_dataset_path(j->sets[0]), info->bands, path);
            info->bands = NULL;
        }
        if (!same_text(info->model, other->model)) info->model = NULL;
        if (other->id_length > info->id_length) info->id_length = other->id_length;
    }
}

static gt_status open_sets(joining *j, const char *const *paths, gt_error *err) {
    gt_status status = GT_OK;
    j->sets = calloc(j->count, sizeof(gt_dataset *));
    if (j->sets == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for a list of sets");
    for (size_t i = 0; i < j->count; i++) {
        GT_TRY(gt_dataset_open_any(paths[i], &j->sets[i], err));
        GT_TRY(check_same(j->sets[0], j->sets[i], err));
        GT_TRY(check_range(j, j->sets[i], err));
    }
    GT_TRY(check_told(j, err));
done:
    return status;
}

static void close_sets(joining *j) {
    for (size_t i = 0; j->sets != NULL && i < j->count; i++) gt_dataset_close(j->sets[i]);
    free(j->sets);
}

gt_status gt_dataset_merge_check(const char *const *paths, size_t count, gt_value_range told,
                                 gt_error *err) {
    joining j = {.count = count, .told = told};
    gt_status status = open_sets(&j, paths, err);
    close_sets(&j);
    return status;
}

static gt_status plan(joining *j, const char *const *paths, const char *provenance,
                      gt_error *err) {
    gt_status status = GT_OK;
    GT_TRY(open_sets(j, paths, err));
    j->info = *gt_dataset_describe(j->sets[0]);
    for (size_t i = 1; i < j->count; i++)
        j->info.count += gt_dataset_describe(j->sets[i])->count;
    for (uint64_t i = 0, all = j->info.count; j->is_left_out && i < all; i++)
        j->info.count -= j->is_left_out[i];
    j->info.provenance = provenance;
    agree_on_columns(j);
    agree_on_planes(j);
    agree_on_facts(j);
    GT_TRY(gt_fields_unite(j->sets, j->count, j->notes, &j->fields, err));
    j->info.fields = j->fields.fields;
    j->info.field_count = j->fields.count;
    if (j->info.type == GT_PIXEL_F32 && j->info.kind == GT_DATASET_IMAGES)
        j->info.range = range_of_result(j); /* bytes and codes of several ranges tell none */
done:
    return status;
}

/* ---- copying ---- */

/* The columns of one set; NULL for those that the result does not have. */
typedef struct column_set {
    const int32_t *labels;
    const uint8_t *splits;
    const double *ra, *dec, *sizes;
    const char *ids;
    size_t id_step;
} column_set;

static gt_status get_columns(const joining *j, gt_dataset *set, column_set *out,
                             gt_error *err) {
    gt_status status = GT_OK;
    unsigned columns = j->info.columns & gt_dataset_describe(set)->columns;
    *out = (column_set){.id_step = gt_dataset_describe(set)->id_length + 1};
    if (columns & GT_COLUMN_LABEL) GT_TRY(gt_dataset_labels(set, &out->labels, err));
    if (columns & GT_COLUMN_SPLIT) GT_TRY(gt_dataset_splits(set, &out->splits, err));
    if (columns & GT_COLUMN_RA) GT_TRY(gt_dataset_ra(set, &out->ra, err));
    if (columns & GT_COLUMN_DEC) GT_TRY(gt_dataset_dec(set, &out->dec, err));
    if (columns & GT_COLUMN_SIZE) GT_TRY(gt_dataset_angular_sizes(set, &out->sizes, err));
    if (columns & GT_COLUMN_ID) GT_TRY(gt_dataset_ids(set, &out->ids, err));
done:
    return status;
}

static gt_dataset_row row_of(const column_set *c, uint64_t row) {
    gt_dataset_row out = gt_dataset_row_default();
    if (c->labels != NULL) out.label = c->labels[row];
    if (c->splits != NULL) out.split = c->splits[row];
    if (c->ra != NULL) out.ra = c->ra[row];
    if (c->dec != NULL) out.dec = c->dec[row];
    if (c->sizes != NULL) out.angular_size = c->sizes[row];
    if (c->ids != NULL) out.id = c->ids + row * c->id_step;
    return out;
}

/* Pixels within the range that is told, else within that which the set declares; NaN is none.
 */
static gt_status check_values(const joining *j, const gt_dataset *set, uint64_t first,
                              size_t count, gt_error *err) {
    bool is_told = gt_range_is_declared(j->told);
    gt_value_range range = is_told ? j->told : gt_dataset_range(gt_dataset_describe(set));
    if (!gt_range_is_declared(range)) return GT_OK;
    size_t each = gt_dataset_row_values(&j->info);
    const float *values = (const float *)(const void *)j->rows.bytes;
    float low = (float)range.low, high = (float)range.high;
    for (size_t i = 0; i < count * each; i++)
        if (values[i] < low || values[i] > high)
            return gt_fail(err, GT_BAD_ARGUMENT,
                           "%s, row %" PRIu64 ": a pixel is %g, expected %.9g to %.9g%s",
                           gt_dataset_path(set), first + i / each, (double)values[i], range.low,
                           range.high, is_told ? " (--range)" : ", which the set declares");
    return GT_OK;
}

/* Moves what is wanted of `count` rows to the front; how many are. */
static size_t leave_out(joining *j, size_t count) {
    size_t kept = 0;
    for (size_t i = 0; i < count; i++, j->seen++) {
        if (j->is_left_out && j->is_left_out[j->seen]) continue;
        if (kept < i)
            memmove(gt_row_block_pixels(&j->rows, kept), gt_row_block_pixels(&j->rows, i),
                    gt_dataset_row_bytes(&j->info));
        j->rows.rows[kept++] = j->rows.rows[i];
    }
    return kept;
}

static gt_status read_pixels(joining *j, const gt_dataset *set, uint64_t first, size_t count,
                             gt_error *err) {
    gt_status status = GT_OK;
    gt_row_block *rows = &j->rows;
    GT_TRY(gt_dataset_read_bytes(set, first, count, rows->bytes, err));
    GT_TRY(check_values(j, set, first, count, err));
    if (rows->masks != NULL)
        GT_TRY(gt_dataset_read_plane(set, GT_PLANE_MASK, first, count, rows->masks, err));
    if (rows->ivars != NULL)
        GT_TRY(gt_dataset_read_plane(set, GT_PLANE_IVAR, first, count, rows->ivars, err));
done:
    return status;
}

static gt_status copy_set(joining *j, gt_dataset *set, gt_import_tick tick, void *user,
                          gt_error *err) {
    gt_status status = GT_OK;
    column_set columns;
    gt_field_block own = {0};
    size_t *map = NULL, most = j->rows.room;
    const gt_dataset_row *rows = j->rows.rows;
    const gt_dataset_info *info = gt_dataset_describe(set);
    uint64_t count = info->count;
    GT_TRY(get_columns(j, set, &columns, err));
    map = calloc(info->field_count + 1, sizeof *map);
    if (map == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for columns");
    gt_fields_map(info->fields, info->field_count, &j->fields, map);
    GT_TRY(gt_field_block_open(info->fields, info->field_count, most, &own, err));
    for (uint64_t first = 0; first < count; first += most) {
        size_t now = count - first < most ? (size_t)(count - first) : most;
        GT_TRY(read_pixels(j, set, first, now, err));
        GT_TRY(gt_field_block_read(&own, set, first, now, err));
        for (size_t i = 0; i < now; i++) {
            gt_dataset_row row = row_of(&columns, first + i);
            gt_fields_convert(info->fields, info->field_count, gt_field_block_row(&own, i), map,
                              &j->rows.fields, i);
            gt_row_block_put(&j->rows, i, &row);
        }
        size_t kept = leave_out(j, now);
        for (size_t i = 0; i < kept; i++)
            GT_TRY(gt_id_tracker_add(&j->tracked, rows[i].id, rows[i].split, err));
        if (kept) GT_TRY(gt_dataset_writer_append(j->writer, j->rows.bytes, rows, kept, err));
        j->done += kept;
        if (tick != NULL) GT_TRY(tick(user, j->done, j->info.count, err));
    }
done:
    gt_field_block_close(&own);
    free(map);
    return status;
}

static gt_status copy_all(joining *j, const char *out, gt_import_tick tick, void *user,
                          gt_error *err) {
    gt_status status = GT_OK;
    GT_TRY(gt_row_block_open(&j->info, BUFFER_BYTES, BUFFER_ROWS, &j->rows, err));
    GT_TRY(gt_dataset_writer_create(out, &j->info, &j->writer, err));
    for (size_t i = 0; i < j->count; i++) GT_TRY(copy_set(j, j->sets[i], tick, user, err));
    gt_dataset_writer *writer = j->writer;
    j->writer = NULL;
    GT_TRY(gt_dataset_writer_commit(writer, err));
done:
    return status;
}

static void note_shared_ids(joining *j) {
    char shared[GT_ID_TEXT], repeated[GT_ID_TEXT];
    gt_id_tracker_report(&j->tracked, shared, repeated);
    if (shared[0] != 0) fprintf(j->notes, "%s\n", shared);
    if (repeated[0] != 0) fprintf(j->notes, "%s\n", repeated);
}

gt_status gt_dataset_merge(const char *const *paths, size_t count, gt_value_range told,
                           const bool *is_left_out, const char *out, const char *provenance,
                           gt_import_tick tick, void *user, char **notes, gt_error *err) {
    gt_status status = GT_OK;
    joining j = {.count = count, .told = told, .is_left_out = is_left_out};
    char *text = NULL;
    size_t length = 0;
    if (count == 0) GT_THROW(err, GT_BAD_ARGUMENT, "no sets to join");
    j.notes = open_memstream(&text, &length);
    if (j.notes == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory");
    GT_TRY(check_output(paths, count, out, err));
    GT_TRY(plan(&j, paths, provenance, err));
    GT_TRY(copy_all(&j, out, tick, user, err));
    note_shared_ids(&j);
done:
    gt_id_tracker_free(&j.tracked);
    if (j.notes != NULL) fclose(j.notes);
    if (status == GT_OK)
        *notes = text;
    else
        free(text);
    gt_dataset_writer_discard(j.writer);
    close_sets(&j);
    gt_row_block_close(&j.rows);
    gt_field_list_free(&j.fields);
    return status;
}
