/* join.c - where each column of the result comes from, and its values picture by picture. */
#include "join.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "catalog.h"
#include "columns.h"
#include "fields.h"
#include "join_match.h"
#include "text.h"
#include "text_set.h"
#include "unknowns.h"

enum { LABEL, SPLIT, RA, DEC, ANGULAR_SIZE, ID }; /* places in gt_columns */
enum { INTEGER_ID = 24, MOST_NEW_NAMES = 64, NAME = GT_FIELD_NAME + 1 };

/* Where values of a column come from. */
typedef enum origin { NOWHERE, THE_SOURCE, A_FIELD, THE_CATALOG } origin;

typedef struct part {
    origin from;
    size_t index; /* a field of the source, or one of the catalogue */
} part;

typedef struct new_name {
    char name[NAME], old[NAME];
    int place; /* in gt_columns; -1: a field */
    part of;
} new_name;

typedef struct joined {
    char *path; /* of the source */
    gt_source inner;
    gt_catalog *catalog; /* NULL: none */
    bool is_beside;      /* the catalogue's rows are the pictures */
    gt_matcher *matcher;
    new_name names[MOST_NEW_NAMES];
    size_t name_count;
    part known[GT_COLUMN_COUNT];
    gt_field_list fields;
    part *parts; /* fields.count of them */
    gt_field_value *values;
    gt_text_set classes;      /* of labels that are texts */
    part numbered;            /* texts that name the classes of labels that are numbers */
    const char **class_names; /* of these, by number; NULL: none */
    size_t class_count;
    char (*unnamed)[INTEGER_ID]; /* of numbers that no row has */
    char id[INTEGER_ID];
    gt_unknowns unknowns;
    uint64_t count; /* pictures so far */
    bool is_told;
    gt_source_info info;
    FILE *notes;
    char *note;
    size_t note_size;
} joined;

static void close_joined(void *self) {
    joined *j = self;
    if (j == NULL) return;
    free(j->path);
    gt_source_close(&j->inner);
    gt_matcher_close(j->matcher);
    gt_catalog_close(j->catalog);
    gt_field_list_free(&j->fields);
    gt_text_set_free(&j->classes);
    free(j->class_names);
    free(j->unnamed);
    free(j->parts);
    free(j->values);
    if (j->notes != NULL) fclose(j->notes);
    free(j->note);
    free(j);
}

/* ---- new names ---- */

/* The column that every set may have and that is called so; -1 for others. */
static int known_place(const char *name) {
    if (strcasecmp(name, "label") == 0 || strcasecmp(name, "class") == 0) return LABEL;
    for (size_t i = 0; i < GT_COLUMN_COUNT; i++)
        if (strcasecmp(name, gt_columns[i].name) == 0) return (int)i;
    return -1;
}

static gt_status no_column(const joined *j, const new_name *n, gt_error *err) {
    const char *names[2 * GT_FIELD_MOST];
    char known[200] = "";
    size_t count = 0, more = 0;
    const gt_field *fields = j->catalog ? gt_catalog_fields(j->catalog, &more) : NULL;
    for (size_t i = 0; i < more && count < GT_FIELD_MOST; i++) names[count++] = fields[i].name;
    for (size_t i = 0; i < j->inner.info->field_count && count < 2 * GT_FIELD_MOST; i++)
        names[count++] = j->inner.info->fields[i].name;
    const char *meant = gt_text_nearest(n->old, names, count);
    if (meant != NULL)
        return gt_fail(err, GT_USAGE, "--column %s=%s: no column '%s', did you mean '%s'?",
                       n->name, n->old, n->old, meant);
    for (size_t i = 0; i < count && strlen(known) < sizeof known - 64; i++) {
        size_t used = strlen(known);
        snprintf(known + used, sizeof known - used, " %.60s", names[i]);
    }
    return gt_fail(err, GT_USAGE, "--column %s=%s: no column '%s', expected one of%s", n->name,
                   n->old, n->old, count > 0 ? known : ": there are none");
}

/* The catalogue comes first: it was given to say more. */
static gt_status find_old(const joined *j, new_name *n, gt_error *err) {
    size_t count = 0;
    const gt_field *fields = j->catalog ? gt_catalog_fields(j->catalog, &count) : NULL;
    n->of = (part){THE_CATALOG, gt_field_find(fields, count, n->old)};
    if (n->of.index < count) return GT_OK;
    n->of = (part){A_FIELD,
                   gt_field_find(j->inner.info->fields, j->inner.info->field_count, n->old)};
    return n->of.index < j->inner.info->field_count ? GT_OK : no_column(j, n, err);
}

static gt_status read_name(joined *j, const char *text, size_t length, gt_error *err) {
    const char *sign = memchr(text, '=', length);
    size_t before = sign != NULL ? (size_t)(sign - text) : 0;
    if (before == 0 || before >= NAME || length - before - 1 == 0 || length - before > NAME)
        return gt_fail(err, GT_USAGE, "--column %.*s: expected NEW=OLD as in label=ans",
                       (int)length, text);
    if (j->name_count == MOST_NEW_NAMES)
        return gt_fail(err, GT_USAGE, "--column: more than %d names", MOST_NEW_NAMES);
    new_name *n = &j->names[j->name_count++];
    snprintf(n->name, NAME, "%.*s", (int)before, text);
    snprintf(n->old, NAME, "%.*s", (int)(length - before - 1), sign + 1);
    n->place = known_place(n->name);
    for (size_t i = 0; i + 1 < j->name_count; i++)
        if (strcasecmp(j->names[i].name, n->name) == 0 ||
            (n->place >= 0 && j->names[i].place == n->place))
            return gt_fail(err, GT_USAGE, "--column: '%s' is given twice", n->name);
    return find_old(j, n, err);
}

static gt_status read_names(joined *j, const char *text, gt_error *err) {
    gt_status status = GT_OK;
    while (status == GT_OK && text != NULL && *text != 0) {
        size_t length = strcspn(text, ",");
        status = read_name(j, text, length, err);
        text += length + (text[length] == ',');
    }
    return status;
}

static const new_name *name_of(const joined *j, part of) {
    for (size_t i = 0; i < j->name_count; i++)
        if (j->names[i].of.from == of.from && j->names[i].of.index == of.index)
            return &j->names[i];
    return NULL;
}

/* ---- where columns come from ---- */

/* A pixel's place and a target are called so in catalogues, too. */
static bool is_usual_in_catalogs(const char *name) {
    return strcmp(name, "y") != 0 && strncmp(name, "target", 6) != 0;
}

static part find_usual(const joined *j, size_t place) {
    size_t count = 0;
    const gt_field *fields = j->catalog ? gt_catalog_fields(j->catalog, &count) : NULL;
    for (size_t i = 0; i < GT_COLUMN_NAMES && gt_column_names[place][i] != NULL; i++) {
        size_t at = gt_field_find(fields, count, gt_column_names[place][i]);
        part found = {THE_CATALOG, at};
        if (at == count || !is_usual_in_catalogs(gt_column_names[place][i])) continue;
        bool is_number = fields[at].type != GT_FIELD_TEXT;
        if (!is_number && (place == RA || place == DEC || place == ANGULAR_SIZE)) continue;
        if (name_of(j, found) == NULL) return found;
    }
    return (part){NOWHERE, 0};
}

static int catalog_field(const joined *j, size_t place) {
    part usual = find_usual(j, place);
    if (j->known[place].from == THE_CATALOG) return (int)j->known[place].index;
    return usual.from == THE_CATALOG ? (int)usual.index : GT_JOIN_NONE;
}

static bool is_same_part(part a, part b) {
    return a.from == b.from && a.index == b.index;
}

static bool is_known(const joined *j, part of) {
    if (j->class_names != NULL && is_same_part(j->numbered, of)) return true;
    for (size_t i = 0; i < GT_COLUMN_COUNT; i++)
        if (is_same_part(j->known[i], of)) return true;
    return false;
}

static gt_status add_field(joined *j, part of, const gt_field *field, gt_error *err) {
    const new_name *name = name_of(j, of);
    gt_field called = *field;
    if (is_known(j, of)) return GT_OK;
    if (name != NULL) called.name = name->name;
    gt_status status = gt_field_list_add(&j->fields, &called, err);
    if (status) return status;
    j->parts[j->fields.count - 1] = of;
    const char *kept = j->fields.fields[j->fields.count - 1].name;
    if (strcmp(kept, called.name) != 0)
        fprintf(j->notes, "column '%s'%s%s is called '%s'\n", called.name,
                of.from == THE_CATALOG ? " of " : "",
                of.from == THE_CATALOG ? gt_catalog_path(j->catalog) : "", kept);
    return GT_OK;
}

static gt_status list_fields(joined *j, gt_error *err) {
    gt_status status = GT_OK;
    size_t more = 0, own = j->inner.info->field_count;
    const gt_field *fields = j->catalog ? gt_catalog_fields(j->catalog, &more) : NULL;
    int key = j->matcher ? gt_matcher_key(j->matcher) : GT_JOIN_NONE;
    j->parts = calloc(own + more + 1, sizeof *j->parts);
    j->values = calloc(own + more + 1, sizeof *j->values);
    if (j->parts == NULL || j->values == NULL)
        GT_THROW(err, GT_NO_MEMORY, "out of memory for columns");
    for (size_t i = 0; i < own; i++)
        GT_TRY(add_field(j, (part){A_FIELD, i}, &j->inner.info->fields[i], err));
    for (size_t i = 0; i < more; i++)
        if ((int)i != key || strcasecmp(fields[i].name, "id") != 0)
            GT_TRY(add_field(j, (part){THE_CATALOG, i}, &fields[i], err));
done:
    return status;
}

/* ---- values that must mean something ---- */

static const gt_field *field_of(const joined *j, part of) {
    size_t count;
    if (of.from == THE_CATALOG) return &gt_catalog_fields(j->catalog, &count)[of.index];
    return &j->inner.info->fields[of.index];
}

static double real_of(gt_field_type type, gt_field_value value) {
    if (type == GT_FIELD_REAL) return value.real;
    return type == GT_FIELD_TEXT || value.integer == GT_FIELD_NO_INTEGER
               ? NAN
               : (double)value.integer;
}

/* Puts a value into the row; else returns what was expected of it. */
static const char *put_label(const joined *j, gt_field_type type, gt_field_value value,
                             gt_dataset_row *row) {
    bool is_there;
    double real = real_of(type, value);
    row->label = -1;
    if (type == GT_FIELD_TEXT) {
        const char *text = value.text != NULL ? value.text : "";
        size_t at = gt_text_set_place(&j->classes, text, &is_there);
        if (is_there) row->label = (int32_t)at;
        return NULL;
    }
    if (isnan(real)) return NULL;
    if (!(real >= -1 && real <= INT32_MAX) || real != trunc(real))
        return "a class from 0 on, or -1 for none";
    row->label = (int32_t)real;
    return NULL;
}

static const char *put_split(gt_field_type type, gt_field_value value, gt_dataset_row *row) {
    double real = real_of(type, value);
    int split = real == 0 || real == 1 || real == 2 ? (int)real : -1;
    if (type == GT_FIELD_TEXT && value.text != NULL)
        split = gt_split_of_word(value.text, strlen(value.text));
    row->split = split < 0 ? 0 : (uint8_t)split;
    return split < 0 ? "train, test or validation, or 0, 1, 2" : NULL;
}

static bool says_unknown(double degrees) {
    return isnan(degrees) || degrees == -99 || degrees == -999 || degrees == -9999;
}

static const char *put_known(joined *j, size_t place, gt_field_type type, gt_field_value value,
                             gt_dataset_row *row) {
    double real = real_of(type, value);
    switch (place) {
    case LABEL:
        return put_label(j, type, value, row);
    case SPLIT:
        return put_split(type, value, row);
    case RA:
        row->ra = real;
        return says_unknown(real) || fabs(real) <= 360 ? NULL : "degrees from -360 to 360";
    case DEC:
        row->dec = real;
        return says_unknown(real) || fabs(real) <= 90 ? NULL : "degrees from -90 to 90";
    case ANGULAR_SIZE:
        row->angular_size = real;
        return NULL;
    default:
        row->id = value.text;
        if (type == GT_FIELD_TEXT) return NULL;
        *j->id = 0;
        if (type == GT_FIELD_INTEGER && value.integer != GT_FIELD_NO_INTEGER)
            snprintf(j->id, sizeof j->id, "%" PRId64, value.integer);
        row->id = j->id;
        return type == GT_FIELD_INTEGER ? NULL : "a text or a whole number";
    }
}

/* What is expected of a row of the catalogue that cannot be this column; NULL: all can. */
static const char *find_misfit(joined *j, size_t place, part of, uint64_t *row) {
    const char *expected = NULL;
    gt_field_type type = field_of(j, of)->type;
    gt_dataset_row ignored;
    for (uint64_t i = 0; i < gt_catalog_rows(j->catalog) && expected == NULL; i++) {
        expected =
            put_known(j, place, type, gt_catalog_value(j->catalog, i, of.index), &ignored);
        *row = i;
    }
    return expected;
}

/* All rows of a catalogue are looked at before the first picture. */
static gt_status check_catalog(joined *j, gt_error *err) {
    gt_status status = GT_OK;
    uint64_t row;
    for (size_t place = 0; place < GT_COLUMN_COUNT; place++) {
        part of = j->known[place];
        if (of.from != THE_CATALOG) continue;
        const char *expected = find_misfit(j, place, of, &row);
        if (expected != NULL) GT_TRY(gt_catalog_bad(j->catalog, row, of.index, expected, err));
    }
done:
    return status;
}

/* Which of the source and a usual column of the catalogue. */
static part choose_part(joined *j, size_t place) {
    bool has_own = j->inner.info->columns & gt_columns[place].bit;
    part own = {has_own ? THE_SOURCE : NOWHERE, 0};
    uint64_t row;
    if (has_own && !j->is_beside) return own;
    part usual = find_usual(j, place);
    if (usual.from == NOWHERE) return own;
    return j->is_beside && find_misfit(j, place, usual, &row) != NULL ? own : usual;
}

static void find_known(joined *j) {
    for (size_t place = 0; place < GT_COLUMN_COUNT; place++) {
        j->known[place] = choose_part(j, place);
        for (size_t i = 0; i < j->name_count; i++)
            if (j->names[i].place == (int)place) j->known[place] = j->names[i].of;
    }
}

/* ---- classes ---- */

static gt_status too_many(const joined *j, part of, gt_error *err) {
    return gt_fail(
        err, GT_BAD_FORMAT,
        "column '%s' has more than %d different texts, expected the names of classes",
        field_of(j, of)->name, GT_CLASSES_MOST);
}

/* Texts of the source's own pictures are known when all were read once. */
static gt_status collect_from_source(joined *j, const char *format,
                                     const gt_source_request *request, gt_error *err) {
    gt_status status = GT_OK;
    gt_source again = {0};
    part of = j->known[LABEL];
    bool fits = true, more = true;
    GT_TRY(gt_source_open(format, request, &again, err));
    while (fits && more) {
        gt_picture picture;
        GT_TRY(gt_source_next(&again, &picture, &more, err));
        const char *text = more && picture.values ? picture.values[of.index].text : NULL;
        if (text != NULL) GT_TRY(gt_text_set_add(&j->classes, text, &fits, err));
    }
    if (!fits) GT_TRY(too_many(j, of, err));
done:
    gt_source_close(&again);
    return status;
}

static gt_status collect_classes(joined *j, const char *format,
                                 const gt_source_request *request, gt_error *err) {
    gt_status status = GT_OK;
    part of = j->known[LABEL];
    bool fits = true;
    if (of.from < A_FIELD || field_of(j, of)->type != GT_FIELD_TEXT) return GT_OK;
    if (of.from == A_FIELD) return collect_from_source(j, format, request, err);
    for (uint64_t row = 0; fits && row < gt_catalog_rows(j->catalog); row++)
        GT_TRY(gt_text_set_add(&j->classes, gt_catalog_text(j->catalog, row, of.index), &fits,
                               err));
    if (!fits && j->is_beside) { /* texts about something else */
        bool has_own = j->inner.info->columns & GT_COLUMN_LABEL;
        j->known[LABEL] = (part){has_own ? THE_SOURCE : NOWHERE, 0};
        gt_text_set_free(&j->classes);
    } else if (!fits) {
        GT_TRY(too_many(j, of, err));
    }
done:
    return status;
}

/* Whether the texts of "class" name the numbers of labels, one each. */
static bool name_numbers(joined *j, part labels) {
    for (uint64_t row = 0; row < gt_catalog_rows(j->catalog); row++) {
        gt_dataset_row of = gt_dataset_row_default();
        const char *text = gt_catalog_text(j->catalog, row, j->numbered.index);
        put_label(j, field_of(j, labels)->type, gt_catalog_value(j->catalog, row, labels.index),
                  &of);
        if (of.label < 0) continue;
        if (*text == 0 || of.label >= GT_CLASSES_MOST) return false;
        const char **name = &j->class_names[of.label];
        if (*name != NULL && strcmp(*name, text) != 0) return false;
        *name = text;
        if ((size_t)of.label >= j->class_count) j->class_count = (size_t)of.label + 1;
    }
    for (size_t i = 0; i < j->class_count; i++) {
        snprintf(j->unnamed[i], INTEGER_ID, "class %d", (int)i);
        if (j->class_names[i] == NULL) j->class_names[i] = j->unnamed[i];
        for (size_t k = 0; k < i; k++)
            if (strcmp(j->class_names[i], j->class_names[k]) == 0) return false;
    }
    return j->class_count > 0;
}

/* Labels as numbers, and a column "class" beside them, as in tables of Galatea. */
static gt_status find_numbered(joined *j, gt_error *err) {
    size_t count = 0;
    part labels = j->known[LABEL];
    const gt_field *fields = j->catalog ? gt_catalog_fields(j->catalog, &count) : NULL;
    j->numbered = (part){THE_CATALOG, gt_field_find(fields, count, "class")};
    if (labels.from != THE_CATALOG || field_of(j, labels)->type == GT_FIELD_TEXT ||
        j->numbered.index == count || fields[j->numbered.index].type != GT_FIELD_TEXT ||
        name_of(j, j->numbered) != NULL)
        return GT_OK;
    j->class_names = calloc(GT_CLASSES_MOST, sizeof *j->class_names);
    j->unnamed = calloc(GT_CLASSES_MOST, sizeof *j->unnamed);
    if (j->class_names == NULL || j->unnamed == NULL)
        return gt_fail(err, GT_NO_MEMORY, "out of memory for class names");
    if (name_numbers(j, labels)) return GT_OK;
    free(j->class_names);
    j->class_names = NULL;
    return GT_OK;
}

/* ---- opening ---- */

static void publish_notes(joined *j) {
    fflush(j->notes);
    j->info.note = j->note_size > 0 ? j->note : NULL;
}

static void describe_result(joined *j) {
    j->info = *j->inner.info;
    for (size_t i = 0; i < GT_COLUMN_COUNT; i++)
        if (j->known[i].from != NOWHERE) j->info.columns |= gt_columns[i].bit;
    j->info.has_catalog_rows &= !j->is_beside;
    j->info.fields = j->fields.fields;
    j->info.field_count = j->fields.count;
    if (j->known[SPLIT].from > THE_SOURCE) j->info.is_split_by_place = false;
    if (j->known[LABEL].from > THE_SOURCE) {
        j->info.class_names = (const char *const *)j->classes.texts;
        j->info.class_count = j->classes.count;
    }
    if (j->class_names != NULL) {
        j->info.class_names = j->class_names;
        j->info.class_count = j->class_count;
    }
    if (j->known[ID].from > THE_SOURCE) {
        const gt_field *id = field_of(j, j->known[ID]);
        j->info.id_length = id->type == GT_FIELD_TEXT ? id->length : INTEGER_ID;
    }
}

static void note_known(const joined *j) {
    const char *before = "taken: ";
    for (size_t i = 0; i < GT_COLUMN_COUNT; i++) {
        if (j->known[i].from < A_FIELD) continue;
        const char *name = field_of(j, j->known[i])->name;
        bool is_instead = !j->is_beside && j->inner.info->columns & gt_columns[i].bit;
        if (strcmp(name, gt_columns[i].name) == 0 && !is_instead) continue;
        fprintf(j->notes, "%s'%s' as %s%s", before, name, gt_columns[i].name,
                is_instead ? ", in place of those of the pictures" : "");
        before = ", ";
    }
    if (*before == ',') fputc('\n', j->notes);
}

static gt_status open_parts(joined *j, const char *format, const gt_source_request *source,
                            const gt_join_request *request, gt_error *err) {
    gt_status status = GT_OK;
    GT_TRY(gt_source_open(format, source, &j->inner, err));
    if (request->catalog != NULL)
        GT_TRY(gt_catalog_open(request->catalog, j->notes, &j->catalog, err));
    GT_TRY(read_names(j, request->columns, err));
    find_known(j);
    GT_TRY(collect_classes(j, format, source, err));
    if (j->catalog != NULL) {
        GT_TRY(check_catalog(j, err));
        GT_TRY(find_numbered(j, err));
        if (!j->inner.info->has_catalog_rows)
            GT_TRY(gt_matcher_open(j->catalog, request, j->inner.info, catalog_field(j, RA),
                                   catalog_field(j, DEC), &j->matcher, err));
    }
    GT_TRY(list_fields(j, err));
    note_known(j);
    describe_result(j);
done:
    return status;
}

/* ---- pictures ---- */

static const gt_source_info *describe_joined(const void *self) {
    return &((const joined *)self)->info;
}

static gt_field_value value_of(const joined *j, part of, const gt_picture *picture,
                               const uint64_t *row) {
    if (of.from == THE_CATALOG)
        return row != NULL ? gt_catalog_value(j->catalog, *row, of.index)
                           : gt_field_missing(field_of(j, of));
    return picture->values != NULL ? picture->values[of.index]
                                   : gt_field_missing(field_of(j, of));
}

static gt_status put_row(joined *j, const gt_picture *picture, const uint64_t *row,
                         gt_picture *out, gt_error *err) {
    for (size_t place = 0; place < GT_COLUMN_COUNT; place++) {
        part of = j->known[place];
        if (of.from < A_FIELD || (place == SPLIT && of.from == THE_CATALOG && row == NULL))
            continue;
        const char *expected = put_known(j, place, field_of(j, of)->type,
                                         value_of(j, of, picture, row), &out->row);
        if (expected != NULL)
            return gt_fail(err, GT_BAD_FORMAT,
                           "%s: picture %" PRIu64 ", column '%s': expected %s", j->path,
                           j->count, field_of(j, of)->name, expected);
    }
    gt_unknowns_position(&j->unknowns, j->count, &out->row.ra, &out->row.dec);
    gt_unknowns_size(&j->unknowns, j->count, &out->row.angular_size);
    for (size_t i = 0; i < j->fields.count; i++)
        j->values[i] = value_of(j, j->parts[i], picture, row);
    out->values = j->values;
    return GT_OK;
}

/* What the source has to tell comes before what the catalogue has. */
static void tell(joined *j) {
    char text[GT_UNKNOWNS_TEXT];
    const char *note = j->inner.info->note;
    if (j->is_told) return;
    j->is_told = true;
    if (note != NULL)
        fprintf(j->notes, "%s%s", note, note[strlen(note) - 1] == '\n' ? "" : "\n");
    if (j->matcher != NULL) gt_matcher_tell(j->matcher, j->notes);
    if (gt_unknowns_positions_text(&j->unknowns, text)) fprintf(j->notes, "%s\n", text);
    if (gt_unknowns_sizes_text(&j->unknowns, text)) fprintf(j->notes, "%s\n", text);
    publish_notes(j);
}

static gt_status next_joined(void *self, gt_picture *out, bool *more, gt_error *err) {
    gt_status status = GT_OK;
    joined *j = self;
    gt_picture picture;
    uint64_t row;
    GT_TRY(gt_source_next(&j->inner, &picture, more, err));
    if (!*more) {
        tell(j);
        goto done;
    }
    bool is_found = j->matcher != NULL && gt_matcher_find(j->matcher, &picture, j->count, &row);
    if (j->inner.info->has_catalog_rows) {
        row = picture.catalog_row;
        is_found = row < gt_catalog_rows(j->catalog);
    }
    *out = picture;
    GT_TRY(put_row(j, &picture, is_found ? &row : NULL, out, err));
    j->count++;
done:
    return status;
}

static const gt_importer joined_importer = {
    .name = "joined", .describe = describe_joined, .next = next_joined, .close = close_joined};

gt_status gt_source_open_joined(const char *format, const gt_source_request *source,
                                const gt_join_request *request, gt_source *out, gt_error *err) {
    gt_status status = GT_OK;
    if (request->catalog == NULL && request->columns == NULL)
        return gt_source_open(format, source, out, err);
    joined *j = calloc(1, sizeof *j);
    if (j == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for a source");
    j->notes = open_memstream(&j->note, &j->note_size);
    j->path = strdup(source->path);
    if (j->notes == NULL || j->path == NULL)
        GT_THROW(err, GT_NO_MEMORY, "out of memory for notes");
    GT_TRY(open_parts(j, format, source, request, err));
    publish_notes(j);
    *out = (gt_source){.importer = &joined_importer, .self = j, .info = &j->info};
    j = NULL;
done:
    close_joined(j);
    return status;
}

gt_status gt_source_join_rows(const char *path, gt_source *source, gt_catalog *rows,
                              gt_error *err) {
    gt_status status = GT_OK;
    joined *j = calloc(1, sizeof *j);
    if (j == NULL) gt_catalog_close(rows);
    if (j == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for a source");
    j->catalog = rows;
    j->is_beside = true;
    j->path = strdup(path);
    j->notes = open_memstream(&j->note, &j->note_size);
    if (j->notes == NULL || j->path == NULL)
        GT_THROW(err, GT_NO_MEMORY, "out of memory for notes");
    j->inner = *source;
    *source = (gt_source){0};
    find_known(j);
    GT_TRY(collect_classes(j, NULL, NULL, err));
    GT_TRY(find_numbered(j, err));
    GT_TRY(list_fields(j, err));
    note_known(j);
    describe_result(j);
    publish_notes(j);
    *source = (gt_source){.importer = &joined_importer, .self = j, .info = &j->info};
    j = NULL;
done:
    close_joined(j);
    return status;
}
