/* set_files.c - one file of many pictures behind the other, those of an archive in memory while
 * they are read. */
#include "set_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "left_out.h"
#include "notes.h"
#include "set_agreement.h"

enum { MOST_TELLERS = 20 };

/* One that is open. */
typedef struct opened {
    void *self;
    uint8_t *bytes; /* of a member, all of it */
} opened;

typedef struct reader {
    const gt_set_kind *kind;
    gt_set_listing list;
    size_t next;           /* the present file */
    bool has_named_splits; /* the files' names tell them */
    uint64_t given;        /* pictures of the present file */
    char *dataset, *axes;
    uint64_t unpack;
    gt_left_out left_out;
    char *note;           /* with that of the first */
    gt_notes later;       /* of the others: what is theirs alone, and their ends */
    size_t begun;         /* bytes of the present one's note that are no news */
    size_t tellers;       /* files that had more to tell, or at their ends */
    opened source, first; /* the first stays open: it lends names and texts */
    gt_set_agreement all; /* where there are several */
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
    gt_set_listing_close(&r->list);
    gt_set_agreement_free(&r->all);
    gt_notes_close(&r->later);
    free(r->note);
    free(r->dataset);
    free(r->axes);
    free(r);
}

static gt_status open_file(reader *r, size_t index, opened *out, gt_error *err) {
    gt_status status = GT_OK;
    gt_source_request request = {.path = r->list.files[index].path,
                                 .dataset = r->dataset,
                                 .axes = r->axes,
                                 .unpack = r->unpack};
    gt_error why;
    *out = (opened){NULL, NULL};
    if (r->list.members != NULL) {
        status = gt_set_listing_load(&r->list, index, &out->bytes, &request.length, &why);
        request.bytes = out->bytes ? out->bytes : (const uint8_t *)""; /* an empty member */
    }
    if (!status) status = r->kind->one->open(&request, &out->self, &why);
    if (!status) return GT_OK;
    free(out->bytes);
    *out = (opened){NULL, NULL};
    return gt_left_out_stop(&r->left_out, r->list.count, status, &why, err);
}

static const gt_source_info *describe_file(const reader *r, const opened *file) {
    return r->kind->one->describe(file->self);
}

/* Opens each once, where those that cannot be read are to be left out; unless none can. */
static gt_status leave_out(reader *r, gt_error *err) {
    size_t kept = 0;
    gt_error why;
    for (size_t i = 0; i < r->list.count && r->left_out.is_asked; i++) {
        opened file;
        gt_status status = open_file(r, i, &file, &why);
        close_file(r, &file);
        bool is_last_hope = i + 1 == r->list.count && kept == 0;
        if (status && (is_last_hope || !gt_left_out_takes(&r->left_out, status, &why)))
            return gt_left_out_stop(&r->left_out, r->list.count, status, &why, err);
        const gt_set_entry taken = r->list.files[i];
        r->list.files[i].path = NULL;
        if (status)
            free(taken.path);
        else
            r->list.files[kept++] = taken;
    }
    if (r->left_out.is_asked) r->list.count = kept;
    return GT_OK;
}

/* Where no column does, and all files do, two splits or more. */
static void look_for_splits(reader *r) {
    if (r->info.columns & GT_COLUMN_SPLIT) return;
    r->has_named_splits = gt_set_listing_has_splits(&r->list);
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
        fprintf(r->later.lines, "%s: %.*s\n", r->list.files[index].path,
                (int)strcspn(line, "\n"), line);
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
    if (r->list.count == 1) goto done;
    GT_TRY(gt_set_agreement_begin(&r->all, r->list.files[0].path, describe_file(r, &r->first),
                                  &r->later, err));
    for (size_t i = 1; i < r->list.count; i++) {
        GT_TRY(open_file(r, i, &other, err));
        GT_TRY(gt_set_agreement_add(&r->all, r->list.files[i].path, describe_file(r, &other),
                                    err));
        note_lines(r, i, note_of(r, &other), note_of(r, &r->first));
        close_file(r, &other);
    }
    r->info = r->all.info;
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
    r->unpack = request->unpack;
    r->dataset = request->dataset != NULL ? strdup(request->dataset) : NULL;
    r->axes = request->axes != NULL ? strdup(request->axes) : NULL;
    if ((request->dataset && !r->dataset) || (request->axes && !r->axes))
        GT_THROW(err, GT_NO_MEMORY, "out of memory for a file");
    GT_TRY(gt_notes_open(&r->later, err));
    GT_TRY(gt_set_listing_make(request->path, &kind->wanted, r->unpack, r->later.lines,
                               &r->list, err));
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
            return gt_left_out_stop(&r->left_out, r->list.count, status, &why, err);
        if (is_passed) *more = false; /* the rest of this file */
        if (*more && r->all.has_other_classes)
            out->row.label =
                gt_set_agreement_label(&r->all, describe_file(r, &r->source), out->row.label);
        if (*more && r->has_named_splits)
            out->row.split = (uint8_t)gt_set_listing_split(&r->list, r->next);
        r->left_out.begun += is_passed && r->given > 0;
        r->given += *more;
        status = GT_OK;
        if (!*more) {
            note_values(r);
            GT_TRY(tell(r, err));
        }
        if (*more || r->next + 1 >= r->list.count) break;
        if (r->source.self != r->first.self) close_file(r, &r->source);
        r->source = (opened){NULL, NULL};
        r->given = 0;
        GT_TRY(open_file(r, ++r->next, &r->source, err));
        r->begun = strlen(note_of(r, &r->source));
    }
done:
    return status;
}
