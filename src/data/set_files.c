/* set_files.c - one file of many pictures, or all of those in a folder and below it, in order
 * of name, as the Multimodal Universe has one for each part of the sky; or in an archive, in
 * its order, each in memory while it is read. */
#include "set_files.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "archive_reader.h"
#include "columns.h"
#include "fields.h"
#include "file.h"
#include "left_out.h"
#include "notes.h"
#include "picture_kinds.h"
#include "picture_members.h"
#include "text.h"
#include "text_set.h"

enum { MOST_FILES = 1000000, DEEPEST = 4, MOST_TELLERS = 20 };

/* What a file tells of all its pictures, or codes. */
enum { SURVEY, COLLECTION, PIXEL_SCALE, MODEL, LEARNED_FROM, RANGE, FACTS };

typedef struct set_file {
    char *path;   /* of a member the archive's and its name, "PATH: NAME" */
    size_t place; /* of a member in the archive */
} set_file;

/* One that is open. */
typedef struct opened {
    void *self;
    uint8_t *bytes; /* of a member, all of it */
} opened;

typedef struct reader {
    const gt_set_kind *kind;
    gt_picture_files wanted;
    set_file *files;
    gt_picture_members *members; /* of an archive; NULL: files lie on disk */
    size_t count, room, next;
    size_t others, deeper; /* pictures of other kinds in the folder, and folders below DEEPEST;
                              of each the first by its name */
    char *other, *deep;
    size_t root;           /* bytes of a path before the name in the folder or archive */
    bool has_named_splits; /* the files' names tell them */
    uint64_t given;        /* pictures of the present file */
    char *dataset, *axes;
    uint64_t unpack;
    gt_left_out left_out;
    char *note;           /* with that of the first */
    gt_notes later;       /* of the others: what is theirs alone, and their ends */
    size_t begun;         /* bytes of the present one's note that are no news */
    size_t tellers;       /* files that had more to tell, or at their ends */
    bool is_told[FACTS];  /* that these differ */
    opened source, first; /* the first stays open: it lends names and texts */
    gt_field_list fields;
    gt_text_set classes;    /* of all files, where they are named */
    bool has_other_classes; /* not all are those of the first: labels go by the names */
    gt_source_info info;
} reader;

static void close_file(const reader *r, opened *file) {
    r->kind->one->close(file->self);
    free(file->bytes);
    *file = (opened){NULL, NULL};
}

void gt_set_files_close(void *self) {
    reader *r = self;
    if (r == NULL) return;
    if (r->source.self != r->first.self) close_file(r, &r->source);
    close_file(r, &r->first);
    gt_picture_members_close(r->members);
    for (size_t i = 0; i < r->count; i++) free(r->files[i].path);
    gt_field_list_free(&r->fields);
    gt_text_set_free(&r->classes);
    gt_notes_close(&r->later);
    free(r->note);
    free(r->files);
    free(r->other);
    free(r->deep);
    free(r->dataset);
    free(r->axes);
    free(r);
}

/* ---- the files ---- */

/* Takes the path over. */
static gt_status add_path(reader *r, char *path, gt_error *err) {
    gt_status status = GT_OK;
    if (path == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for a name");
    if (r->count == MOST_FILES)
        GT_THROW(err, GT_UNSUPPORTED, "%s: more than %d files", path, MOST_FILES);
    if (r->count == r->room) {
        size_t room = r->room ? 2 * r->room : 64;
        set_file *grown = realloc(r->files, room * sizeof *grown);
        if (grown == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for file names");
        r->files = grown;
        r->room = room;
    }
    r->files[r->count] = (set_file){path, r->count};
    r->count++;
    path = NULL;
done:
    free(path);
    return status;
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
        bool is_file = S_ISREG(info.st_mode), is_folder = S_ISDIR(info.st_mode);
        bool is_wanted = is_file && gt_picture_files_have(r->wanted, found->d_name);
        bool is_other = is_file && gt_picture_is_other(r->wanted, found->d_name);
        bool is_deeper = is_folder && depth == DEEPEST;
        if (is_folder && !is_deeper) GT_TRY(walk(r, path, depth + 1, &way, err));
        if (is_wanted) status = add_path(r, path, err);
        if (is_other) gt_picture_count_out(&r->others, &r->other, path);
        if (is_deeper) gt_picture_count_out(&r->deeper, &r->deep, path);
        if (!is_wanted && !is_other && !is_deeper) free(path);
        path = NULL;
        if (status) goto done;
    }
done:
    free(path);
    if (listing != NULL) closedir(listing);
    return status;
}

static int by_name(const void *a, const void *b) {
    const set_file *x = a, *y = b;
    return strcmp(x->path, y->path);
}

static gt_status list_folder(reader *r, const char *path, gt_error *err) {
    gt_status status = walk(r, path, 0, NULL, err);
    if (!status && r->count == 0 && r->kind->others.endings != NULL) {
        free(r->other);
        free(r->deep);
        r->other = r->deep = NULL;
        r->others = r->deeper = 0;
        r->wanted = r->kind->others;
        status = walk(r, path, 0, NULL, err);
    }
    if (status) return status;
    r->root = strlen(path) + 1;
    if (r->deeper > 0)
        fprintf(r->later.lines, "folders below %d others are left out: %zu, as '%.200s'\n",
                DEEPEST, r->deeper, r->deep + r->root);
    if (r->count == 0 && r->others > 0)
        return gt_pictures_are_others(path, "folder", r->wanted, r->others, r->other + r->root,
                                      err);
    if (r->count == 0)
        return gt_fail(err, GT_NOT_FOUND, "%s: no %s (.%s) in this folder", path,
                       r->wanted.name, r->wanted.endings);
    if (r->others > 0)
        fprintf(r->later.lines, GT_PICTURES_LEFT_OUT "\n", r->others, r->other + r->root);
    qsort(r->files, r->count, sizeof *r->files, by_name);
    return GT_OK;
}

static gt_status list_archive(reader *r, const char *path, gt_error *err) {
    gt_status status = GT_OK;
    gt_picture_folder names = {0};
    char *label = NULL;
    GT_TRY(gt_picture_members_open_large(path, r->kind->files, r->unpack, &r->members, err));
    GT_TRY(gt_picture_folder_begin(path, r->kind->files, &names, err));
    for (gt_picture_member m;;) {
        GT_TRY(gt_picture_members_next(r->members, &m, err));
        if (m.name == NULL) break;
        GT_TRY(gt_picture_folder_add(&names, m.name, err)); /* refuses those that lead out */
        const char *name = names.entries[names.count - 1].name;
        if (asprintf(&label, "%s: %s", path, name) < 0) label = NULL;
        GT_TRY(add_path(r, label, err));
    }
    r->root = strlen(path) + 2;
done:
    gt_picture_folder_free(&names);
    return status;
}

/* What lies in an archive besides is told. An archive without such files may be one itself. */
static gt_status open_archive(reader *r, const char *path, gt_error *err) {
    gt_status status = GT_OK;
    char note[GT_PICTURE_MEMBERS_TEXT];
    GT_TRY(list_archive(r, path, err));
    if (r->count == 0 && r->kind->is_archive) {
        gt_picture_members_close(r->members);
        r->members = NULL;
        return add_path(r, strdup(path), err);
    }
    GT_TRY(gt_picture_members_check_any(r->members, err));
    if (*gt_picture_members_note(r->members, note)) fprintf(r->later.lines, "%s\n", note);
done:
    return status;
}

static gt_status list_files(reader *r, const char *path, gt_error *err) {
    struct stat info;
    bool is_one = gt_picture_files_have(r->kind->files, path);
    if (stat(path, &info) == 0 && S_ISDIR(info.st_mode)) return list_folder(r, path, err);
    if (!is_one && gt_archive_is_one(path)) return open_archive(r, path, err);
    return add_path(r, strdup(path), err);
}

/* Brings a member into memory. */
static gt_status load(reader *r, size_t index, opened *out, gt_source_request *request,
                      gt_error *err) {
    gt_picture_member m;
    gt_status status = gt_picture_members_at(r->members, r->files[index].place, &m, err);
    if (!status)
        status = gt_picture_members_load(r->members, &out->bytes, &request->length, err);
    request->bytes = out->bytes ? out->bytes : (const uint8_t *)""; /* an empty member */
    return status;
}

static gt_status open_file(reader *r, size_t index, opened *out, gt_error *err) {
    gt_status status = GT_OK;
    gt_source_request request = {.path = r->files[index].path,
                                 .dataset = r->dataset,
                                 .axes = r->axes,
                                 .unpack = r->unpack};
    gt_error why;
    *out = (opened){NULL, NULL};
    if (r->members != NULL) status = load(r, index, out, &request, &why);
    if (!status) status = r->kind->one->open(&request, &out->self, &why);
    if (!status) return GT_OK;
    free(out->bytes);
    *out = (opened){NULL, NULL};
    return gt_left_out_stop(&r->left_out, r->count, status, &why, err);
}

static const gt_source_info *describe_file(const reader *r, const opened *file) {
    return r->kind->one->describe(file->self);
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
    if (a->is_bytes != b->is_bytes) return "whether the values are packed (scale_factor)";
    if (differ(a->bands, b->bands)) return "the bands";
    if (a->columns != b->columns) return "the columns labels, split, ra, dec or id";
    if (a->planes != b->planes) return "the planes mask and ivar";
    if ((a->class_count > 0) != (b->class_count > 0)) return "whether classes have names";
    if (a->is_bytes && !gt_range_is_same(a->range, b->range)) return "the range of the values";
    if (differ(a->unit, b->unit) || differ(a->preparation, b->preparation))
        return "what is told of the pictures";
    return NULL;
}

/* One file may lack a class, or number them otherwise. */
static gt_status add_classes(reader *r, size_t index, const gt_source_info *of, gt_error *err) {
    const gt_source_info *first = describe_file(r, &r->first);
    bool are_same = of->class_count == first->class_count, fits = true;
    gt_status status = GT_OK;
    for (size_t i = 0; i < of->class_count; i++) {
        are_same = are_same && strcmp(of->class_names[i], first->class_names[i]) == 0;
        GT_TRY(gt_text_set_add(&r->classes, of->class_names[i], &fits, err));
        if (!fits)
            GT_THROW(err, GT_UNSUPPORTED, "%s: with its classes there are more than %d",
                     r->files[index].path, GT_CLASSES_MOST);
    }
    if (!are_same && !r->has_other_classes)
        fprintf(r->later.lines,
                "'%.100s' and '%.100s' have other classes: labels go by their names\n",
                r->files[0].path, r->files[index].path);
    r->has_other_classes |= !are_same;
done:
    return status;
}

/* What a label of the present file is among all classes. */
static int32_t label_of_all(const reader *r, int32_t label) {
    const gt_source_info *own = describe_file(r, &r->source);
    bool is_there = false;
    if (label < 0 || (size_t)label >= own->class_count) return -1;
    size_t place = gt_text_set_place(&r->classes, own->class_names[label], &is_there);
    return is_there ? (int32_t)place : -1;
}

static gt_status compare_fields(reader *r, size_t index, const gt_source_info *other,
                                gt_error *err) {
    size_t count = other->field_count < r->fields.count ? r->fields.count : other->field_count;
    for (size_t i = 0; i < count; i++) {
        gt_field *mine = i < r->fields.count ? &r->fields.fields[i] : NULL;
        const gt_field *theirs = i < other->field_count ? &other->fields[i] : NULL;
        bool is_same = mine && theirs && strcmp(mine->name, theirs->name) == 0 &&
                       mine->type == theirs->type;
        if (!is_same) {
            (void)gt_fail(err, GT_MISMATCH,
                          "%s: its columns are not those of %s: '%s' beside '%s'",
                          r->files[index].path, r->files[0].path, theirs ? theirs->name : "",
                          mine ? mine->name : "");
            gt_advise(err, "of each imported by itself galatea data merge makes one set");
            return GT_MISMATCH;
        }
        if (theirs->length > mine->length) mine->length = theirs->length;
    }
    return GT_OK;
}

static const char *or_not_told(const char *text) {
    return text != NULL ? text : "not told";
}

/* Said once of each: what the set then does not declare. */
static bool agree(reader *r, size_t index, int which, const char *mine, const char *theirs) {
    static const char *const names[FACTS] = {"survey", "collection",       "pixel scale",
                                             "model",  "set learned from", "range"};
    if (!differ(mine, theirs)) return true;
    if (!r->is_told[which])
        fprintf(r->later.lines,
                "the %s is %.60s in '%.100s' and %.60s in '%.100s': the set declares none\n",
                names[which], or_not_told(mine), r->files[0].path, or_not_told(theirs),
                r->files[index].path);
    r->is_told[which] = true;
    return false;
}

static const char *range_or_none(gt_value_range range, char out[GT_RANGE_TEXT]) {
    gt_range_text(range, out);
    return gt_range_is_declared(range) ? out : NULL;
}

/* What is told of all pictures is what all files tell. */
static void agree_on_imaging(reader *r, size_t index, const gt_source_info *other) {
    gt_source_info *all = &r->info;
    char mine[GT_RANGE_TEXT], theirs[GT_RANGE_TEXT]; /* or a number */
    double scale = all->pixel_scale_arcsec, their_scale = other->pixel_scale_arcsec;
    if (!agree(r, index, SURVEY, all->survey, other->survey)) all->survey = NULL;
    if (!agree(r, index, COLLECTION, all->collection, other->collection))
        all->collection = NULL;
    if (!agree(r, index, PIXEL_SCALE, isnan(scale) ? NULL : gt_real_to_text(scale, mine),
               isnan(their_scale) ? NULL : gt_real_to_text(their_scale, theirs)))
        all->pixel_scale_arcsec = NAN;
    if (!agree(r, index, MODEL, all->model, other->model)) all->model = NULL;
    if (!agree(r, index, LEARNED_FROM, all->learned_from, other->learned_from))
        all->learned_from = NULL;
    if (!gt_range_is_same(all->range, other->range)) {
        (void)agree(r, index, RANGE, range_or_none(all->range, mine),
                    range_or_none(other->range, theirs));
        all->range = gt_range_undeclared();
    }
}

static gt_status add_to_description(reader *r, size_t index, const gt_source_info *other,
                                    gt_error *err) {
    const char *what = difference(&r->info, other);
    if (what != NULL)
        return gt_fail(err, GT_MISMATCH, "%s: differs from %s in %s", r->files[index].path,
                       r->files[0].path, what);
    agree_on_imaging(r, index, other);
    if (other->id_length > r->info.id_length) r->info.id_length = other->id_length;
    r->info.count += other->count;
    gt_status status = add_classes(r, index, other, err);
    return status ? status : compare_fields(r, index, other, err);
}

/* Opens each once, where those that cannot be read are to be left out; unless none can. */
static gt_status leave_out(reader *r, gt_error *err) {
    size_t kept = 0;
    gt_error why;
    for (size_t i = 0; i < r->count && r->left_out.is_asked; i++) {
        opened file;
        gt_status status = open_file(r, i, &file, &why);
        close_file(r, &file);
        bool is_last_hope = i + 1 == r->count && kept == 0;
        if (status && (is_last_hope || !gt_left_out_takes(&r->left_out, status, &why)))
            return gt_left_out_stop(&r->left_out, r->count, status, &why, err);
        const set_file taken = r->files[i];
        r->files[i].path = NULL;
        if (status)
            free(taken.path);
        else
            r->files[kept++] = taken;
    }
    if (r->left_out.is_asked) r->count = kept;
    return GT_OK;
}

/* The split that a file's folder or name tells, as train/1.h5 and sky_train.h5 do; -1: none. */
static int split_of(const reader *r, size_t index) {
    const char *path = r->files[index].path + r->root, *slash = strrchr(path, '/');
    const char *name = slash != NULL ? slash + 1 : path, *dot = strrchr(name, '.');
    char stem[NAME_MAX + 1];
    int split = gt_split_of_groups(path);
    if (dot - name > NAME_MAX) name = dot - NAME_MAX; /* a member's may be longer */
    snprintf(stem, sizeof stem, "%.*s", (int)(dot - name), name);
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

/* ---- what they tell ---- */

static const char *note_of(const reader *r, const opened *file) {
    const char *note = describe_file(r, file)->note;
    return note != NULL ? note : "";
}

/* Whether two lines say the same, numbers aside: each file has its own. */
static bool are_alike(const char *a, const char *b) {
    for (;; a++, b++) {
        a += strspn(a, "0123456789");
        b += strspn(b, "0123456789");
        bool is_end = *a == 0 || *a == '\n', is_other_end = *b == 0 || *b == '\n';
        if (is_end || is_other_end) return is_end && is_other_end;
        if (*a != *b) return false;
    }
}

static const char *next_line(const char *line) {
    line += strcspn(line, "\n");
    return line + (*line != 0);
}

static bool has_line(const char *note, const char *line) {
    while (*note != 0 && !are_alike(note, line)) note = next_line(note);
    return *note != 0;
}

/* Lines of another file than the first; of those that `known` has none. */
static void note_lines(reader *r, size_t index, const char *line, const char *known) {
    bool is_new = false;
    for (; *line != 0; line = next_line(line)) {
        if (has_line(known, line)) continue;
        if (!is_new && r->tellers++ >= MOST_TELLERS) return;
        is_new = true;
        fprintf(r->later.lines, "%s: %.*s\n", r->files[index].path, (int)strcspn(line, "\n"),
                line);
    }
}

/* What another file than the first has to tell of its values, at its end. */
static void note_values(reader *r) {
    const char *note = note_of(r, &r->source), *line = note + r->begun;
    r->begun = strlen(note);
    if (r->source.self != r->first.self) note_lines(r, r->next, line, "");
}

static gt_status describe_all(reader *r, gt_error *err) {
    gt_status status = GT_OK;
    opened other = {NULL, NULL};
    GT_TRY(open_file(r, 0, &r->first, err));
    r->source = r->first;
    r->info = *describe_file(r, &r->first);
    if (r->count == 1) goto done;
    GT_TRY(add_classes(r, 0, &r->info, err));
    GT_TRY(gt_field_list_copy(&r->fields, r->info.fields, r->info.field_count, err));
    for (size_t i = 1; i < r->count; i++) {
        GT_TRY(open_file(r, i, &other, err));
        GT_TRY(add_to_description(r, i, describe_file(r, &other), err));
        note_lines(r, i, note_of(r, &other), note_of(r, &r->first));
        close_file(r, &other);
    }
    r->info.fields = r->fields.fields;
    if (r->has_other_classes) {
        r->info.class_names = (const char *const *)r->classes.texts;
        r->info.class_count = r->classes.count;
    }
    look_for_splits(r);
done:
    close_file(r, &other);
    return status;
}

/* What the first file tells when it is opened stands for others that say the same. */
static gt_status tell(reader *r, gt_error *err) {
    char left_out[GT_LEFT_OUT_TEXT], more[64] = "", *note = NULL;
    const char *later = gt_notes_text(&r->later);
    gt_left_out_note(&r->left_out, left_out);
    if (r->tellers > MOST_TELLERS)
        snprintf(more, sizeof more, "and so on, %zu times in all\n", r->tellers);
    if (asprintf(&note, "%s%s%s%s%s", note_of(r, &r->first), later != NULL ? later : "", more,
                 left_out, *left_out != 0 ? "\n" : "") < 0)
        return gt_fail(err, GT_NO_MEMORY, "out of memory for notes");
    free(r->note);
    r->note = note;
    r->info.note = *note != 0 ? note : NULL;
    return GT_OK;
}

gt_status gt_set_files_open(const gt_set_kind *kind, const gt_source_request *request,
                            void **self, gt_error *err) {
    gt_status status = GT_OK;
    reader *r = calloc(1, sizeof *r);
    if (r == NULL) return gt_fail(err, GT_NO_MEMORY, "out of memory for a file");
    r->kind = kind;
    r->wanted = kind->files;
    r->unpack = request->unpack;
    r->dataset = request->dataset != NULL ? strdup(request->dataset) : NULL;
    r->axes = request->axes != NULL ? strdup(request->axes) : NULL;
    if ((request->dataset && !r->dataset) || (request->axes && !r->axes))
        GT_THROW(err, GT_NO_MEMORY, "out of memory for a file");
    GT_TRY(gt_notes_open(&r->later, err));
    GT_TRY(list_files(r, request->path, err));
    r->left_out.is_asked = request->drops_damaged;
    GT_TRY(leave_out(r, err));
    GT_TRY(describe_all(r, err));
    GT_TRY(tell(r, err));
    *self = r;
    r = NULL;
done:
    gt_set_files_close(r);
    return status;
}

const gt_source_info *gt_set_files_describe(const void *self) {
    return &((const reader *)self)->info;
}

/* ---- reading ---- */

gt_status gt_set_files_next(void *self, gt_picture *out, bool *more, gt_error *err) {
    gt_status status = GT_OK;
    reader *r = self;
    for (;;) {
        gt_error why;
        status = r->kind->one->next(r->source.self, out, more, &why);
        bool is_passed = status && gt_left_out_takes(&r->left_out, status, &why);
        if (status && !is_passed)
            return gt_left_out_stop(&r->left_out, r->count, status, &why, err);
        if (is_passed) *more = false; /* the rest of this file */
        if (*more && r->has_other_classes) out->row.label = label_of_all(r, out->row.label);
        if (*more && r->has_named_splits) out->row.split = (uint8_t)split_of(r, r->next);
        r->left_out.begun += is_passed && r->given > 0;
        r->given += *more;
        status = GT_OK;
        if (!*more) {
            note_values(r);
            GT_TRY(tell(r, err));
        }
        if (*more || r->next + 1 >= r->count) break;
        if (r->source.self != r->first.self) close_file(r, &r->source);
        r->source = (opened){NULL, NULL};
        r->given = 0;
        GT_TRY(open_file(r, ++r->next, &r->source, err));
        r->begun = strlen(note_of(r, &r->source));
    }
done:
    return status;
}
