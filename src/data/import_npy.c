/* import_npy.c - NumPy's arrays: pictures (N,C,H,W), (N,H,W,C) or (N,H,W), or codes (N,D), in
 * an npy file or in an npz archive with columns beside them, or in several of these. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "array_columns.h"
#include "array_source.h"
#include "axes.h"
#include "columns.h"
#include "importer.h"
#include "npy_picture.h"
#include "npy_planes.h"
#include "npy_rows.h"
#include "set_files.h"

extern const gt_importer gt_importer_npy;

enum { HINT = 300, COLUMN_BYTES = 1 << 28 };

#define DEFAULT_UNPACK ((uint64_t)4 << 30)

typedef struct reader {
    char *path;
    gt_archive *archive; /* npz, else NULL */
    char *main;          /* its member with the pictures, "images.npy" */
    gt_npy_rows *rows;
    gt_npy_picture picture;
    gt_npy_planes *planes;  /* NULL: there are none */
    float *stored, *pixels; /* of a picture, and its planes behind it */
    gt_rounding rounding;
    gt_array_columns *columns;
    gt_array_source source;
} reader;

static void close_one(void *self) {
    reader *r = self;
    if (r == NULL) return;
    gt_npy_planes_close(r->planes);
    gt_npy_rows_close(r->rows);
    gt_archive_close(r->archive);
    gt_array_columns_destroy(r->columns);
    gt_notes_close(&r->source.notes);
    free(r->stored);
    free(r->pixels);
    free(r->main);
    free(r->path);
    free(r);
}

/* ---- members of an npz archive ---- */

/* "images" for "images.npy". */
static void array_name(const char *member, char out[256]) {
    size_t length = strlen(member);
    if (length > 4 && strcmp(member + length - 4, ".npy") == 0) length -= 4;
    snprintf(out, 256, "%.*s", (int)(length < 255 ? length : 255), member);
}

/* How well an array suits as the pictures: 0 not at all, more for the usual names. */
static int suits(const char *name, const gt_npy *array, const char *asked) {
    static const char *const names[] = {"images", "image", "pictures", "cutouts",
                                        "X",      "data",  "arr_0",    "codes"};
    if (asked != NULL) return strcmp(name, asked) == 0;
    if (gt_npy_is_text(array->type) || array->rank < 2 || array->rank > 4) return 0;
    int known = sizeof names / sizeof *names;
    for (int i = 0; i < known; i++)
        if (strcasecmp(name, names[i]) == 0) return 10 + known - i;
    return (int)array->rank;
}

/* What the first walk through the archive finds. */
typedef struct choice {
    const char *asked;
    int best;
    bool is_tie;
    char hint[HINT]; /* arrays that could be pictures */
} choice;

static void add_hint(choice *c, const char *name, const gt_npy *array) {
    size_t used = strlen(c->hint);
    if (used > HINT - 100 || array->rank < 2 || gt_npy_is_text(array->type)) return;
    used += (size_t)snprintf(c->hint + used, HINT - used, "%s%.60s (", used ? ", " : "", name);
    for (size_t i = 0; i < array->rank && used < HINT - 24; i++)
        used += (size_t)snprintf(c->hint + used, HINT - used, "%s%" PRIu64, i ? " x " : "",
                                 array->dims[i]);
    snprintf(c->hint + used, HINT - used, ")");
}

static gt_status consider(reader *r, choice *c, const char *member, const char *name,
                          const gt_npy *array, gt_error *err) {
    int score = suits(name, array, c->asked);
    add_hint(c, name, array);
    if (score == 0 || score < c->best) return GT_OK;
    c->is_tie = score == c->best;
    c->best = score;
    free(r->main);
    r->main = strdup(member);
    return r->main != NULL ? GT_OK : gt_fail(err, GT_NO_MEMORY, "out of memory for a name");
}

/* The values of an array that may be a column. */
static gt_status load_column(gt_npy_rows *rows, uint8_t **out, gt_error *err) {
    const gt_npy *array = gt_npy_rows_array(rows);
    const void *value;
    *out = NULL;
    if (array->rank == 0 || array->items != array->dims[0] ||
        array->items > COLUMN_BYTES / array->item_size)
        return GT_OK;
    uint8_t *bytes = malloc((size_t)array->items * array->item_size);
    if (bytes == NULL) return gt_fail(err, GT_NO_MEMORY, "out of memory for columns");
    for (uint64_t i = 0; i < array->items; i++) {
        gt_status status = gt_npy_rows_next(rows, &value, err);
        if (status) {
            free(bytes);
            return status;
        }
        memcpy(bytes + i * array->item_size, value, array->item_size);
    }
    *out = bytes;
    return GT_OK;
}

/* An array that cannot be read is left out, unless it is asked for. */
static gt_status look_at(reader *r, choice *c, const char *member, gt_error *err) {
    gt_status status = GT_OK;
    gt_npy_rows *rows = NULL;
    gt_error why;
    uint8_t *bytes = NULL;
    char name[256];
    array_name(member, name);
    status = gt_npy_rows_open_member(r->archive, r->path, member, &rows, &why);
    if (status && (status != GT_UNSUPPORTED || suits(name, &(gt_npy){.rank = 1}, c->asked) > 0))
        GT_THROW(err, status, "%s", why.text);
    if (status) {
        fprintf(r->source.notes.lines, "'%.200s' is left out: %.300s\n", name,
                why.text + strlen(r->path) + strlen(member) + 4);
        return GT_OK;
    }
    const gt_npy array = *gt_npy_rows_array(rows);
    GT_TRY(consider(r, c, member, name, &array, err));
    GT_TRY(load_column(rows, &bytes, err));
    GT_TRY(gt_array_columns_add(r->columns, name, &array, bytes, err));
done:
    gt_npy_rows_close(rows);
    return status;
}

static gt_status no_pictures(const reader *r, const choice *c, gt_error *err) {
    if (c->asked != NULL)
        return gt_fail(err, GT_NOT_FOUND, "%s: has no array '%s'%s%s", r->path, c->asked,
                       c->hint[0] ? ", but " : "", c->hint);
    return gt_fail(err, GT_NOT_FOUND, "%s: %s%s%s", r->path,
                   c->is_tie ? "several arrays could be the pictures; --dataset takes one of "
                             : "has no arrays that could be pictures",
                   c->is_tie ? c->hint : "", "");
}

static gt_status open_npz(reader *r, const gt_source_request *request, gt_error *err) {
    gt_status status = GT_OK;
    const char *member;
    choice c = {.asked = request->dataset};
    GT_TRY(gt_npy_archive_open(request, &r->archive, err));
    for (;;) {
        GT_TRY(gt_archive_next(r->archive, &member, err));
        if (member == NULL) break;
        size_t length = strlen(member);
        if (length > 4 && strcmp(member + length - 4, ".npy") == 0)
            GT_TRY(look_at(r, &c, member, err));
    }
    if (r->main == NULL || c.is_tie) GT_TRY(no_pictures(r, &c, err));
    GT_TRY(gt_archive_rewind(r->archive, err));
    do {
        GT_TRY(gt_archive_next(r->archive, &member, err));
        if (member == NULL)
            GT_THROW(err, GT_MISMATCH, "%s: changed while it was read", r->path);
    } while (strcmp(member, r->main) != 0);
    GT_TRY(gt_npy_rows_open_member(r->archive, r->path, r->main, &r->rows, err));
done:
    return status;
}

/* ---- the array of pictures ---- */

static gt_status describe_pictures(reader *r, const char *axes, gt_error *err) {
    const gt_npy *array = gt_npy_rows_array(r->rows);
    gt_source_info *info = &r->source.info;
    bool is_readable = array->rank >= 2 && array->rank <= 4 && !gt_npy_is_text(array->type);
    if (!is_readable) {
        (void)gt_fail(err, GT_BAD_FORMAT,
                      "%s: %s%srank %zu and type %s, expected numbers of rank 4 (N,C,H,W) or "
                      "(N,H,W,C), 3 (N,H,W), or 2 (N,D) for codes",
                      r->path, r->main ? r->main : "", r->main ? ": " : "", array->rank,
                      gt_npy_type_name(array->type));
        if (r->main == NULL) gt_npy_advise(array, err);
        return GT_BAD_FORMAT;
    }
    if (gt_axes_are_one_picture(array->dims, array->rank))
        return gt_fail(err, GT_UNSUPPORTED,
                       "%s: %s%s%" PRIu64 " x %" PRIu64 " x %" PRIu64
                       ", expected (N,H,W), a picture with channels (H,W,C) as (1,H,W,C) or by "
                       "--format pictures, codes as (N,D)",
                       r->path, r->main ? r->main : "", r->main ? ": " : "", array->dims[0],
                       array->dims[1], array->dims[2]);
    gt_npy item = gt_npy_item(array);
    info->is_codes = gt_axes_are_vectors(array->dims, array->rank);
    info->count = array->dims[0];
    info->type = gt_npy_type_name(array->type);
    info->is_bytes = array->type == GT_NPY_U8; /* truth is white, not nearly black */
    info->pixel_scale_arcsec = NAN;
    info->range = gt_range_undeclared();
    r->picture = (gt_npy_picture){(size_t)item.items, 1, 1, {1, 1, 1}};
    if (!info->is_codes) {
        gt_status status = gt_npy_picture_of(&item, axes, &r->picture, err);
        if (status) gt_blame(err, "%s", r->path);
        if (status) return status;
    }
    info->channels = r->picture.channels;
    info->height = r->picture.height;
    info->width = r->picture.width;
    if (array->rank == 4 && r->picture.steps[0] == 1 && info->channels > 1 && !array->fortran)
        fprintf(r->source.notes.lines, "read as (N,H,W,C): %zu channels of %zu x %zu\n",
                info->channels, info->height, info->width);
    if (array->rank == 3 && !info->is_codes && (info->count == 3 || info->count == 4))
        fprintf(r->source.notes.lines,
                "read as (N,H,W): %" PRIu64
                " pictures of one channel; a picture with channels (C,H,W) as (1,C,H,W)\n",
                info->count);
    return GT_OK;
}

/* Planes beside the pictures of an archive are no columns. */
static gt_status find_planes(reader *r, const gt_source_request *request, const char *main,
                             gt_error *err) {
    gt_source_info *info = &r->source.info;
    char prefix[256], path[272];
    const char *slash = strrchr(main, '/');
    snprintf(prefix, sizeof prefix, "%.*s", slash ? (int)(slash + 1 - main) : 0, main);
    for (size_t i = 0; i < GT_PLANE_COUNT && r->archive != NULL && !info->is_codes; i++) {
        const char *name = gt_plane_names[i];
        snprintf(path, sizeof path, "%s%s", prefix, name);
        const gt_npy *array = gt_array_columns_find(r->columns, path);
        unsigned plane =
            array && strcmp(path, main) != 0 ? gt_npy_plane_of(name, array, info) : 0;
        info->planes |= plane;
        if (plane) gt_array_columns_use(r->columns, path);
    }
    if (info->planes == 0) return GT_OK;
    return gt_npy_planes_open(request, prefix, info->planes, info, &r->planes, err);
}

static gt_status make_room(reader *r, gt_error *err) {
    const gt_source_info *info = &r->source.info;
    size_t values = (info->channels + gt_plane_channels(info->planes, info->channels)) *
                    info->height * info->width;
    r->stored = malloc(values * sizeof *r->stored);
    r->pixels = malloc(values * sizeof *r->pixels);
    return r->stored != NULL && r->pixels != NULL
               ? GT_OK
               : gt_fail(err, GT_NO_MEMORY, "out of memory for rows of %s", r->path);
}

/* Where the pictures of a file lie, if they do so one behind the other. */
static void find_place(reader *r) {
    const gt_npy *array = gt_npy_rows_array(r->rows);
    r->source.flat = (gt_flat){.path = r->path,
                               .offset = array->offset,
                               .count = r->source.info.count,
                               .picture = r->picture};
    r->source.is_flat =
        r->archive == NULL && !array->fortran && gt_npy_numbers(array, &r->source.flat.numbers);
}

static gt_status open_one(const gt_source_request *request, void **self, gt_error *err) {
    gt_status status = GT_OK;
    char name[256] = "";
    reader *r = calloc(1, sizeof *r);
    if (r == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for an array");
    r->path = strdup(request->path);
    if (r->path == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for an array");
    GT_TRY(gt_notes_open(&r->source.notes, err));
    GT_TRY(gt_array_columns_create(r->path, &r->columns, err));
    if (request->bytes != NULL || gt_archive_is_one(r->path)) {
        GT_TRY(open_npz(r, request, err));
        array_name(r->main, name);
    } else if (request->dataset != NULL) {
        GT_THROW(err, GT_USAGE, "--dataset %s: %s is one array, expected an npz archive",
                 request->dataset, r->path);
    } else {
        GT_TRY(gt_npy_rows_open(r->path, &r->rows, err));
    }
    GT_TRY(describe_pictures(r, request->axes, err));
    GT_TRY(find_planes(r, request, name, err));
    GT_TRY(make_room(r, err));
    find_place(r);
    GT_TRY(gt_array_columns_arrange(r->columns, name, r->source.info.count,
                                    r->source.notes.lines, err));
    gt_array_columns_describe(r->columns, &r->source.info);
    gt_array_source_publish(&r->source);
    *self = r;
    r = NULL;
done:
    close_one(r);
    return status;
}

static const gt_source_info *describe_one(const void *self) {
    return &((const reader *)self)->source.info;
}

/* ---- reading ---- */

static gt_status read_picture(void *self, const float **out, gt_error *err) {
    reader *r = self;
    const gt_source_info *info = &r->source.info;
    const void *stored;
    bool is_direct = info->is_codes || gt_npy_picture_is_in_order(&r->picture);
    gt_status status = gt_npy_rows_next(r->rows, &stored, err);
    if (status) return status;
    gt_npy_floats(gt_npy_rows_array(r->rows), stored,
                  info->channels * info->height * info->width, r->stored, &r->rounding);
    if (!is_direct) gt_npy_picture_arrange(&r->picture, r->stored, r->pixels);
    float *picture = is_direct ? r->stored : r->pixels;
    *out = picture;
    if (r->planes == NULL) return GT_OK;
    return gt_npy_planes_next(r->planes, picture + info->channels * info->height * info->width,
                              err);
}

static gt_status fill_columns(void *self, uint64_t row, gt_picture *picture, gt_error *err) {
    reader *r = self;
    return gt_array_columns_row(r->columns, row, picture, err);
}

static void tell_values(const void *self, FILE *lines) {
    const reader *r = self;
    char text[GT_ROUNDED_TEXT];
    gt_array_columns_tell_unknown(r->columns, lines);
    if (*gt_rounded_text(r->rounding, gt_source_noun(&r->source.info), r->source.info.type,
                         text))
        fprintf(lines, "%s\n", text);
    if (*gt_npy_planes_rounded(r->planes, text)) fprintf(lines, "%s\n", text);
}

static gt_status next_one(void *self, gt_picture *out, bool *more, gt_error *err) {
    static const gt_array_reader parts = {read_picture, fill_columns, tell_values};
    reader *r = self;
    return gt_array_source_next(&r->source, &parts, r, out, more, err);
}

static gt_status open_npy(const gt_source_request *request, void **self, gt_error *err) {
    static const gt_importer one = {.name = "npy",
                                    .open = open_one,
                                    .describe = describe_one,
                                    .next = next_one,
                                    .close = close_one};
    static const gt_set_kind kind = {.wanted = {.files = {"npz files", "npz"},
                                                .others = {"npz or npy files", "npz|npy"},
                                                .is_archive = true},
                                     .one = &one};
    return gt_set_files_open(&kind, request, self, err);
}

const gt_importer gt_importer_npy = {
    .name = "npy",
    .summary = "NumPy's npy with pictures (N,C,H,W), (N,H,W,C) or (N,H,W) or codes (N,D), and "
               "npz with "
               "columns beside them (--dataset NAME); a folder of npz or npy files, an archive "
               "of npz files",
    .takes_dataset = true,
    .takes_axes = true,
    .takes_files = true,
    .open = open_npy,
    .describe = gt_set_files_describe,
    .next = gt_set_files_next,
    .close = gt_set_files_close,
};
