/* import_hdf5.c - an HDF5 file, or all of those in a folder and below it, in order of name, as
 * the Multimodal Universe has one for each part of the sky. What they tell of their pictures
 * must be the same. */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "columns.h"
#include "fields.h"
#include "file.h"
#include "hdf5_source.h"
#include "left_out.h"
#include "notes.h"
#include "text.h"

extern const gt_importer gt_importer_hdf5;

enum { MOST_FILES = 1000000, DEEPEST = 4, MOST_TELLERS = 20 };

typedef struct reader {
    char **paths;
    size_t count, room, next;
    size_t root;           /* bytes of the folder's path with the slash behind it */
    bool has_named_splits; /* the files' names tell them */
    uint64_t given;        /* pictures of the present file */
    char *dataset, *axes;
    gt_left_out left_out;
    char *note;                     /* with that of the first */
    gt_notes later;                 /* of the others, at their ends */
    size_t begun;                   /* bytes of the present one's note that are no news */
    size_t tellers;                 /* files that had more to tell at their ends */
    bool is_told[3];                /* that survey, collection or pixel scale differ */
    gt_hdf5_source *source, *first; /* the first stays open: it lends names and texts */
    gt_field_list fields;
    gt_source_info info;
} reader;

static void close_hdf5(void *self) {
    reader *r = self;
    if (r == NULL) return;
    if (r->source != r->first) gt_hdf5_source_close(r->source);
    gt_hdf5_source_close(r->first);
    for (size_t i = 0; i < r->count; i++) free(r->paths[i]);
    gt_field_list_free(&r->fields);
    gt_notes_close(&r->later);
    free(r->note);
    free(r->paths);
    free(r->dataset);
    free(r->axes);
    free(r);
}

/* ---- the files ---- */

static gt_status add_path(reader *r, const char *path, gt_error *err) {
    if (r->count == MOST_FILES)
        return gt_fail(err, GT_UNSUPPORTED, "%s: more than %d files", path, MOST_FILES);
    if (r->count == r->room) {
        size_t room = r->room ? 2 * r->room : 64;
        char **grown = realloc(r->paths, room * sizeof *grown);
        if (grown == NULL) return gt_fail(err, GT_NO_MEMORY, "out of memory for file names");
        r->paths = grown;
        r->room = room;
    }
    r->paths[r->count] = strdup(path);
    return r->paths[r->count++] != NULL
               ? GT_OK
               : gt_fail(err, GT_NO_MEMORY, "out of memory for a name");
}

static gt_status walk(reader *r, const char *folder, int depth, const gt_folder_way *above,
                      gt_error *err) {
    gt_status status = GT_OK;
    char *path = NULL;
    DIR *listing = NULL;
    gt_folder_way way;
    GT_TRY(gt_folder_way_enter(folder, above, &way, err));
    listing = opendir(folder);
    if (listing == NULL) GT_THROW(err, GT_IO, "%s: %s", folder, strerror(errno));
    for (struct dirent *found; (found = readdir(listing)) != NULL;) {
        struct stat info;
        if (found->d_name[0] == '.' || fstatat(dirfd(listing), found->d_name, &info, 0) != 0)
            continue;
        if (asprintf(&path, "%s/%s", folder, found->d_name) < 0)
            GT_THROW(err, GT_NO_MEMORY, "out of memory for file names");
        if (S_ISDIR(info.st_mode) && depth < DEEPEST)
            GT_TRY(walk(r, path, depth + 1, &way, err));
        if (S_ISREG(info.st_mode) && gt_file_ending(path, "h5|hdf5|hdf") >= 0)
            GT_TRY(add_path(r, path, err));
        free(path);
        path = NULL;
    }
done:
    free(path);
    if (listing != NULL) closedir(listing);
    return status;
}

static int by_name(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static gt_status list_files(reader *r, const char *path, gt_error *err) {
    struct stat info;
    if (stat(path, &info) != 0 || !S_ISDIR(info.st_mode)) return add_path(r, path, err);
    gt_status status = walk(r, path, 0, NULL, err);
    if (status) return status;
    r->root = strlen(path) + 1;
    if (r->count == 0)
        return gt_fail(err, GT_NOT_FOUND, "%s: no HDF5 files (.h5, .hdf5) in this folder",
                       path);
    qsort(r->paths, r->count, sizeof *r->paths, by_name);
    return GT_OK;
}

static gt_status open_file(reader *r, size_t index, gt_hdf5_source **out, gt_error *err) {
    const gt_source_request request = {.dataset = r->dataset, .axes = r->axes};
    gt_error why;
    gt_status status = gt_hdf5_source_open(r->paths[index], &request, out, &why);
    return status ? gt_left_out_stop(&r->left_out, r->count, status, &why, err) : GT_OK;
}

/* ---- what they have in common ---- */

static bool differ(const char *a, const char *b) {
    return strcmp(a ? a : "", b ? b : "") != 0;
}

/* What is different in another file; NULL: nothing that matters. */
static const char *difference(const gt_source_info *a, const gt_source_info *b) {
    if (a->channels != b->channels || a->height != b->height || a->width != b->width)
        return "the shape of the pictures";
    if (a->is_codes != b->is_codes || differ(a->type, b->type)) return "the type of the values";
    if (differ(a->bands, b->bands)) return "the bands";
    if (a->columns != b->columns) return "the columns labels, split, ra, dec or id";
    if (a->planes != b->planes) return "the planes mask and ivar";
    bool is_named_alike = a->class_count == b->class_count;
    for (size_t i = 0; is_named_alike && i < a->class_count; i++)
        is_named_alike = strcmp(a->class_names[i], b->class_names[i]) == 0;
    if (!is_named_alike) return "the names of the classes";
    if (a->is_bytes && !gt_range_is_same(a->range, b->range)) return "the range of the values";
    if (differ(a->unit, b->unit) || differ(a->preparation, b->preparation))
        return "what is told of the pictures";
    return NULL;
}

static gt_status compare_fields(reader *r, size_t index, const gt_source_info *other,
                                gt_error *err) {
    size_t count = other->field_count < r->fields.count ? r->fields.count : other->field_count;
    for (size_t i = 0; i < count; i++) {
        gt_field *mine = i < r->fields.count ? &r->fields.fields[i] : NULL;
        const gt_field *theirs = i < other->field_count ? &other->fields[i] : NULL;
        bool is_same = mine && theirs && strcmp(mine->name, theirs->name) == 0 &&
                       mine->type == theirs->type;
        if (!is_same)
            return gt_fail(err, GT_MISMATCH,
                           "%s: its columns are not those of %s: '%s' beside '%s'",
                           r->paths[index], r->paths[0], theirs ? theirs->name : "",
                           mine ? mine->name : "");
        if (theirs->length > mine->length) mine->length = theirs->length;
    }
    return GT_OK;
}

static const char *or_not_told(const char *text) {
    return text != NULL ? text : "not told";
}

/* Said once of each: what the set then does not declare. */
static bool agree(reader *r, size_t index, int which, const char *mine, const char *theirs) {
    static const char *const names[] = {"survey", "collection", "pixel scale"};
    if (!differ(mine, theirs)) return true;
    if (!r->is_told[which])
        fprintf(r->later.lines,
                "the %s is %.60s in '%.100s' and %.60s in '%.100s': the set declares none\n",
                names[which], or_not_told(mine), r->paths[0], or_not_told(theirs),
                r->paths[index]);
    r->is_told[which] = true;
    return false;
}

/* What is told of all pictures is what all files tell. */
static void agree_on_imaging(reader *r, size_t index, const gt_source_info *other) {
    gt_source_info *all = &r->info;
    char mine[GT_NUMBER_SIZE], theirs[GT_NUMBER_SIZE];
    double scale = all->pixel_scale_arcsec, their_scale = other->pixel_scale_arcsec;
    if (!agree(r, index, 0, all->survey, other->survey)) all->survey = NULL;
    if (!agree(r, index, 1, all->collection, other->collection)) all->collection = NULL;
    if (!agree(r, index, 2, isnan(scale) ? NULL : gt_real_to_text(scale, mine),
               isnan(their_scale) ? NULL : gt_real_to_text(their_scale, theirs)))
        all->pixel_scale_arcsec = NAN;
    if (!gt_range_is_same(all->range, other->range)) all->range = gt_range_undeclared();
}

static gt_status add_to_description(reader *r, size_t index, const gt_source_info *other,
                                    gt_error *err) {
    const char *what = difference(&r->info, other);
    if (what != NULL)
        return gt_fail(err, GT_MISMATCH, "%s: differs from %s in %s", r->paths[index],
                       r->paths[0], what);
    agree_on_imaging(r, index, other);
    if (other->id_length > r->info.id_length) r->info.id_length = other->id_length;
    r->info.count += other->count;
    return compare_fields(r, index, other, err);
}

/* Opens each once, where those that cannot be read are to be left out; unless none can. */
static gt_status leave_out(reader *r, gt_error *err) {
    size_t kept = 0;
    gt_error why;
    for (size_t i = 0; i < r->count && r->left_out.is_asked; i++) {
        gt_hdf5_source *source = NULL;
        gt_status status = open_file(r, i, &source, &why);
        gt_hdf5_source_close(source);
        bool is_last_hope = i + 1 == r->count && kept == 0;
        if (status && (is_last_hope || !gt_left_out_takes(&r->left_out, status, &why)))
            return gt_left_out_stop(&r->left_out, r->count, status, &why, err);
        char *path = r->paths[i];
        r->paths[i] = NULL;
        if (status)
            free(path);
        else
            r->paths[kept++] = path;
    }
    if (r->left_out.is_asked) r->count = kept;
    return GT_OK;
}

/* The split that a file's folder or name tells, as train/1.h5 and sky_train.h5 do; -1: none. */
static int split_of(const reader *r, size_t index) {
    const char *path = r->paths[index] + r->root, *slash = strrchr(path, '/');
    char stem[NAME_MAX + 1];
    int split = gt_split_of_groups(path);
    snprintf(stem, sizeof stem, "%s", slash != NULL ? slash + 1 : path);
    *strrchr(stem, '.') = 0;
    return split >= 0 ? split : gt_split_of_folder(stem);
}

/* Where no column does, and all files do, two splits or more. */
static void look_for_splits(reader *r) {
    unsigned found = 0;
    if (r->info.columns & GT_COLUMN_SPLIT) return;
    for (size_t i = 0; i < r->count; i++) {
        int split = split_of(r, i);
        if (split < 0) return;
        found |= 1u << split;
    }
    r->has_named_splits = (found & (found - 1)) != 0;
    if (!r->has_named_splits) return;
    r->info.columns |= GT_COLUMN_SPLIT;
    r->info.is_split_by_place = true;
    fprintf(r->later.lines, "the split is told by the names of the files\n");
}

static gt_status describe_all(reader *r, gt_error *err) {
    gt_status status = GT_OK;
    gt_hdf5_source *other = NULL;
    GT_TRY(open_file(r, 0, &r->first, err));
    r->source = r->first;
    r->info = *gt_hdf5_source_describe(r->first);
    if (r->count == 1) goto done;
    GT_TRY(gt_field_list_copy(&r->fields, r->info.fields, r->info.field_count, err));
    for (size_t i = 1; i < r->count; i++) {
        GT_TRY(open_file(r, i, &other, err));
        GT_TRY(add_to_description(r, i, gt_hdf5_source_describe(other), err));
        gt_hdf5_source_close(other);
        other = NULL;
    }
    r->info.fields = r->fields.fields;
    look_for_splits(r);
done:
    gt_hdf5_source_close(other);
    return status;
}

static const char *note_of(const gt_hdf5_source *source) {
    const char *note = gt_hdf5_source_describe(source)->note;
    return note != NULL ? note : "";
}

/* What another file than the first has to tell of its values, at its end. */
static void note_values(reader *r) {
    const char *note = note_of(r->source), *line = note + r->begun;
    r->begun = strlen(note);
    if (r->source == r->first || *line == 0 || r->tellers++ >= MOST_TELLERS) return;
    for (size_t length; *line != 0; line += length + (line[length] == '\n')) {
        length = strcspn(line, "\n");
        fprintf(r->later.lines, "%s: %.*s\n", r->paths[r->next], (int)length, line);
    }
}

/* What the first file tells when it is opened stands for all, which say the same. */
static gt_status tell(reader *r, gt_error *err) {
    char left_out[GT_LEFT_OUT_TEXT], more[64] = "", *note = NULL;
    const char *later = gt_notes_text(&r->later);
    gt_left_out_note(&r->left_out, left_out);
    if (r->tellers > MOST_TELLERS)
        snprintf(more, sizeof more, "and so on, in %zu files\n", r->tellers);
    if (asprintf(&note, "%s%s%s%s%s", note_of(r->first), later != NULL ? later : "", more,
                 left_out, *left_out != 0 ? "\n" : "") < 0)
        return gt_fail(err, GT_NO_MEMORY, "out of memory for notes");
    free(r->note);
    r->note = note;
    r->info.note = *note != 0 ? note : NULL;
    return GT_OK;
}

static gt_status open_hdf5(const gt_source_request *request, void **self, gt_error *err) {
    gt_status status = GT_OK;
    reader *r = calloc(1, sizeof *r);
    if (r == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for an HDF5 file");
    r->dataset = request->dataset != NULL ? strdup(request->dataset) : NULL;
    r->axes = request->axes != NULL ? strdup(request->axes) : NULL;
    if ((request->dataset && !r->dataset) || (request->axes && !r->axes))
        GT_THROW(err, GT_NO_MEMORY, "out of memory for an HDF5 file");
    GT_TRY(list_files(r, request->path, err));
    r->left_out.is_asked = request->drops_damaged;
    GT_TRY(leave_out(r, err));
    GT_TRY(gt_notes_open(&r->later, err));
    GT_TRY(describe_all(r, err));
    GT_TRY(tell(r, err));
    *self = r;
    r = NULL;
done:
    close_hdf5(r);
    return status;
}

static const gt_source_info *describe_hdf5(const void *self) {
    return &((const reader *)self)->info;
}

/* ---- reading ---- */

static gt_status next_hdf5(void *self, gt_picture *out, bool *more, gt_error *err) {
    gt_status status = GT_OK;
    reader *r = self;
    for (;;) {
        gt_error why;
        status = gt_hdf5_source_next(r->source, out, more, &why);
        bool is_passed = status && gt_left_out_takes(&r->left_out, status, &why);
        if (status && !is_passed)
            return gt_left_out_stop(&r->left_out, r->count, status, &why, err);
        if (is_passed) *more = false; /* the rest of this file */
        if (*more && r->has_named_splits) out->row.split = (uint8_t)split_of(r, r->next);
        r->left_out.begun += is_passed && r->given > 0;
        r->given += *more;
        status = GT_OK;
        if (!*more) {
            note_values(r);
            GT_TRY(tell(r, err));
        }
        if (*more || r->next + 1 >= r->count) break;
        if (r->source != r->first) gt_hdf5_source_close(r->source);
        r->source = NULL;
        r->given = 0;
        GT_TRY(open_file(r, ++r->next, &r->source, err));
        r->begun = strlen(note_of(r->source));
    }
done:
    return status;
}

const gt_importer gt_importer_hdf5 = {
    .name = "hdf5",
    .summary = "HDF5 with pictures (N,C,H,W), (N,H,W,C) or (N,H,W) or codes (N,D), also "
               "compressed (--dataset PATH); a folder of such files",
    .takes_dataset = true,
    .takes_axes = true,
    .takes_files = true,
    .open = open_hdf5,
    .describe = describe_hdf5,
    .next = next_hdf5,
    .close = close_hdf5,
};
