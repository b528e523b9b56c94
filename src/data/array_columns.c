/* array_columns.c - finds columns among arrays by their names, and reads them row by row. */
#include "array_columns.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "columns.h"
#include "field_block.h"
#include "fields.h"
#include "unknowns.h"
#include "utf8.h"

enum { MOST_ARRAYS = 1000, MAX_CLASSES = 1000, CLASS_BYTES = 60000, INTEGER_ID = 24 };

/* Places in gt_columns. */
enum { LABEL, SPLIT, RA, DEC, ANGULAR_SIZE, ID };

typedef struct stored {
    char *name;
    const char *own; /* its name in the group of the pictures; NULL: it lies elsewhere */
    gt_npy array;
    uint8_t *bytes;
    bool is_used;
    uint64_t latin1; /* bytes of its texts that were no UTF-8, and are that now */
} stored;

struct gt_array_columns {
    char *path;
    stored *arrays;
    size_t count;
    uint64_t rows;
    const stored *columns[GT_COLUMN_COUNT]; /* NULL: there is none */
    const char **class_names;               /* in order; they lie in class_texts */
    size_t class_count;
    bool labels_are_texts;
    int name_split;         /* told by the name of the pictures, at last also by that of */
    bool split_is_of_group; /* their group; -1: none is */
    char *class_texts, *text, *id_text; /* the last two: room for one of any array */
    char id[INTEGER_ID];
    gt_unknowns unknowns;
    uint64_t too_large; /* whole numbers beyond int64 */
    gt_field_list fields;
    const stored **kept; /* the arrays of the fields */
    gt_field_block row;  /* their values in one row */
};

gt_status gt_array_columns_create(const char *path, gt_array_columns **out, gt_error *err) {
    gt_array_columns *self = calloc(1, sizeof *self);
    if (self != NULL) self->path = strdup(path);
    if (self == NULL || self->path == NULL) {
        free(self);
        return gt_fail(err, GT_NO_MEMORY, "out of memory for columns");
    }
    *out = self;
    return GT_OK;
}

void gt_array_columns_destroy(gt_array_columns *self) {
    if (self == NULL) return;
    for (size_t i = 0; i < self->count; i++) {
        free(self->arrays[i].name);
        free(self->arrays[i].bytes);
    }
    gt_field_block_close(&self->row);
    gt_field_list_free(&self->fields);
    free(self->kept);
    free(self->arrays);
    free(self->class_names);
    free(self->class_texts);
    free(self->text);
    free(self->id_text);
    free(self->path);
    free(self);
}

/* Texts of bytes that are not all UTF-8 are Latin-1: they become UTF-8, in room for the
 * longest. */
static gt_status take_latin1(stored *s, gt_error *err) {
    size_t old = s->array.item_size, room = 1, size;
    const char *from = (const char *)s->bytes;
    char *utf8;
    if (s->array.type != GT_NPY_BYTES || from == NULL || old == 0) return GT_OK;
    for (uint64_t i = 0; i < s->array.items; i++) {
        size = strnlen(from + i * old, old);
        s->latin1 += gt_utf8_from_latin1(from + i * old, size, &utf8, &size);
        free(utf8);
        if (size > room) room = size;
    }
    if (s->latin1 == 0) return GT_OK;
    char *to = calloc(s->array.items, room);
    if (to == NULL) return gt_fail(err, GT_NO_MEMORY, "out of memory for columns");
    for (uint64_t i = 0; i < s->array.items; i++) {
        const char *text = from + i * old;
        size = strnlen(text, old);
        gt_utf8_from_latin1(text, size, &utf8, &size);
        memcpy(to + i * room, utf8 != NULL ? utf8 : text, size < room ? size : room);
        free(utf8);
    }
    free(s->bytes);
    s->bytes = (uint8_t *)to;
    s->array.item_size = room;
    return GT_OK;
}

gt_status gt_array_columns_add(gt_array_columns *self, const char *name, const gt_npy *array,
                               uint8_t *bytes, gt_error *err) {
    gt_status status = GT_OK;
    if (self->count == MOST_ARRAYS)
        GT_THROW(err, GT_UNSUPPORTED, "%s: more than %d arrays", self->path, MOST_ARRAYS);
    stored *more = realloc(self->arrays, (self->count + 1) * sizeof *more);
    if (more == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for columns");
    self->arrays = more;
    char *copy = strdup(name);
    if (copy == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for columns");
    self->arrays[self->count++] = (stored){copy, copy, *array, bytes, false, 0};
    bytes = NULL;
    GT_TRY(take_latin1(&self->arrays[self->count - 1], err));
done:
    free(bytes);
    return status;
}

static stored *find_array(const gt_array_columns *self, const char *name) {
    for (size_t i = 0; i < self->count; i++)
        if (strcmp(self->arrays[i].name, name) == 0) return &self->arrays[i];
    return NULL;
}

const gt_npy *gt_array_columns_find(const gt_array_columns *self, const char *name) {
    const stored *s = find_array(self, name);
    return s ? &s->array : NULL;
}

void gt_array_columns_use(gt_array_columns *self, const char *name) {
    stored *s = find_array(self, name);
    if (s) s->is_used = true;
}

/* ---- values ---- */

static const uint8_t *value_at(const stored *s, uint64_t row) {
    return s->bytes + row * s->array.item_size;
}

static double real_at(const stored *s, uint64_t row) {
    double value;
    gt_npy_reals(&s->array, value_at(s, row), 1, &value);
    return value;
}

static int64_t whole_at(const stored *s, uint64_t row) {
    int64_t value;
    gt_npy_wholes(&s->array, value_at(s, row), 1, &value);
    return value;
}

static const char *text_at(gt_array_columns *self, const stored *s, uint64_t row) {
    gt_npy_text(&s->array, value_at(s, row), self->text);
    return self->text;
}

/* Words end before the blanks behind them. */
static void read_word(const stored *s, uint64_t row, char *out) {
    gt_npy_text(&s->array, value_at(s, row), out);
    for (size_t length = strlen(out); length > 0 && out[length - 1] == ' ';) out[--length] = 0;
}

/* A label or a split as a whole number, -1 for none; *fits false for what is none. */
static int64_t code_at(gt_array_columns *self, size_t place, const stored *s, uint64_t row,
                       bool *fits) {
    if (gt_npy_is_whole(s->array.type)) return whole_at(s, row);
    if (gt_npy_is_text(s->array.type)) {
        read_word(s, row, self->text);
        if (place == SPLIT) {
            int split = gt_split_of_cell(self->text);
            *fits &= split >= 0;
            return split;
        }
        for (size_t i = 0; i < self->class_count; i++)
            if (strcmp(self->class_names[i], self->text) == 0) return (int64_t)i;
        return -1;
    }
    double value = real_at(s, row);
    if (isnan(value) && place == LABEL) return -1;
    *fits &= fabs(value) <= 9007199254740992.0 && value == trunc(value);
    return *fits ? (int64_t)value : -1;
}

/* ---- classes ---- */

static int by_text(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Texts of an array as the names of classes: in their own order, or sorted and each once. *fits
 * is false, and nothing kept, for what cannot be such. */
static gt_status name_classes(gt_array_columns *self, const stored *s, bool sorted, bool *fits,
                              gt_error *err) {
    size_t room = gt_npy_text_room(&s->array), items = (size_t)s->array.items, kept = 0;
    size_t longest = 1;
    char *texts = malloc(items * room);
    const char **names = malloc(items * sizeof *names);
    if (texts == NULL || names == NULL) {
        free(texts);
        free(names);
        return gt_fail(err, GT_NO_MEMORY, "out of memory for class names");
    }
    for (size_t i = 0; i < items; i++) {
        char *text = texts + i * room;
        read_word(s, i, text);
        if (strlen(text) > longest) longest = strlen(text);
        if (!sorted || !gt_unknowns_is_no_name(text)) names[kept++] = text;
    }
    if (sorted && kept > 0) {
        size_t different = 1;
        qsort(names, kept, sizeof *names, by_text);
        for (size_t i = 1; i < kept; i++)
            if (strcmp(names[different - 1], names[i]) != 0) names[different++] = names[i];
        kept = different;
    }
    *fits = kept > 0 && kept <= MAX_CLASSES && kept * longest <= CLASS_BYTES;
    for (size_t i = 0; i < kept && *fits && !sorted; i++)
        for (size_t k = 0; k < i; k++) *fits &= *names[i] && strcmp(names[i], names[k]) != 0;
    self->class_names = *fits ? names : NULL;
    self->class_texts = *fits ? texts : NULL;
    self->class_count = *fits ? kept : 0;
    if (!*fits) free(texts), free(names);
    return GT_OK;
}

/* Fewer names than labels are none that were meant for them. */
static bool are_enough(gt_array_columns *self, const stored *names) {
    bool fits = true;
    for (uint64_t row = 0; row < self->rows && fits; row++)
        fits = code_at(self, LABEL, self->columns[LABEL], row, &fits) <
               (int64_t)names->array.items;
    return fits;
}

/* The name of an array in the group of the pictures, or in the root; NULL: it lies elsewhere.
 */
static const char *name_in(const stored *s, bool is_root) {
    if (!is_root) return s->own;
    return s->own == NULL && strchr(s->name, '/') == NULL ? s->name : NULL;
}

/* Names beside labels that are numbers. */
static gt_status find_class_names(gt_array_columns *self, FILE *notes, gt_error *err) {
    bool fits = true;
    for (size_t i = 0; i < self->count && self->class_names == NULL; i++) {
        stored *s = &self->arrays[i];
        const char *name = s->own != NULL ? s->own : name_in(s, true);
        bool is_column = s->array.items == self->rows;
        if (name == NULL || !gt_is_class_list(name) || !gt_npy_is_text(s->array.type) ||
            s->bytes == NULL || (is_column && strcasecmp(name, "classes") == 0))
            continue;
        bool is_sure =
            strcasecmp(name, "label_names") == 0 || strcasecmp(name, "class_names") == 0;
        if (!is_sure && !are_enough(self, s)) continue;
        gt_status status = name_classes(self, s, false, &fits, err);
        if (status) return status;
        s->is_used = true;
        if (!fits)
            fprintf(notes,
                    "class names are left out: some are empty, twice there or too long\n");
    }
    return GT_OK;
}

/* ---- which array is which column ---- */

static bool has_one_value_a_row(const gt_array_columns *self, const stored *s) {
    return s->bytes != NULL && s->array.rank > 0 && s->array.dims[0] == self->rows &&
           s->array.items == self->rows;
}

static gt_status can_be(gt_array_columns *self, size_t place, const stored *s, bool *fits,
                        gt_error *err) {
    bool is_text = gt_npy_is_text(s->array.type), is_whole = gt_npy_is_whole(s->array.type);
    *fits = has_one_value_a_row(self, s) && (place == ID ? is_text || is_whole
                                             : place == LABEL || place == SPLIT ? true
                                                                                : !is_text);
    if (!*fits || place == ID || (place != LABEL && place != SPLIT)) return GT_OK;
    if (place == LABEL && is_text) {
        self->labels_are_texts = true;
        return name_classes(self, s, true, fits, err);
    }
    for (uint64_t row = 0; row < self->rows && *fits; row++) {
        int64_t code = code_at(self, place, s, row, fits);
        *fits &= place == LABEL ? code <= INT32_MAX : code >= 0 && code < GT_SPLIT_COUNT;
    }
    return GT_OK;
}

static gt_status find_column(gt_array_columns *self, size_t place, bool is_root, FILE *notes,
                             gt_error *err) {
    for (size_t n = 0; n < GT_COLUMN_NAMES && gt_column_names[place][n] != NULL; n++)
        for (size_t i = 0; i < self->count && self->columns[place] == NULL; i++) {
            stored *s = &self->arrays[i];
            const char *name = name_in(s, is_root);
            bool fits;
            if (s->is_used || name == NULL ||
                !gt_column_is_of(name, gt_column_names[place][n], self->name_split))
                continue;
            gt_status status = can_be(self, place, s, &fits, err);
            if (status) return status;
            if (!fits)
                fprintf(notes, "column '%.200s' is not taken as %s: expected %s\n", s->name,
                        gt_columns[place].called, gt_columns[place].expected);
            if (!fits) continue;
            s->is_used = true;
            self->columns[place] = s;
            if (is_root || !gt_column_is_called(&gt_columns[place], name))
                fprintf(notes, "taken: '%s%.200s' as %s\n", is_root ? "/" : "", s->name,
                        gt_columns[place].called);
        }
    return GT_OK;
}

/* ---- the others ---- */

static gt_field_type field_type(gt_npy_type type) {
    return gt_npy_is_text(type)    ? GT_FIELD_TEXT
           : gt_npy_is_whole(type) ? GT_FIELD_INTEGER
                                   : GT_FIELD_REAL;
}

static gt_status keep_fields(gt_array_columns *self, FILE *notes, gt_error *err) {
    gt_status status = GT_OK;
    self->kept = calloc(self->count + 1, sizeof *self->kept);
    if (self->kept == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for columns");
    for (size_t i = 0; i < self->count; i++) {
        stored *s = &self->arrays[i];
        if (s->is_used || s->own == NULL || !has_one_value_a_row(self, s)) continue;
        gt_field field = {.name = s->own, .type = field_type(s->array.type)};
        if (field.type == GT_FIELD_TEXT) field.length = gt_npy_text_room(&s->array) - 1;
        size_t place = self->fields.count;
        GT_TRY(gt_field_list_add(&self->fields, &field, err));
        s->is_used = true;
        self->kept[place] = s;
        if (strcmp(self->fields.fields[place].name, s->own) != 0)
            fprintf(notes, "column '%.200s' is called '%.200s'\n", s->name,
                    self->fields.fields[place].name);
    }
    GT_TRY(gt_field_block_open(self->fields.fields, self->fields.count, 1, &self->row, err));
done:
    return status;
}

/* Whole numbers beyond int64 are missing. */
static void read_fields(gt_array_columns *self, uint64_t row, gt_picture *picture) {
    for (size_t i = 0; i < self->fields.count; i++) {
        const stored *s = self->kept[i];
        gt_field_value value;
        if (gt_npy_is_text(s->array.type)) {
            value.text = text_at(self, s, row);
        } else if (gt_npy_is_whole(s->array.type)) {
            value.integer = whole_at(s, row);
            if (s->array.type == GT_NPY_U64 && value.integer < 0) {
                value.integer = GT_FIELD_NO_INTEGER;
                self->too_large++;
            }
        } else {
            value.real = real_at(s, row);
        }
        gt_field_block_set(&self->row, 0, i, value);
    }
    picture->values = gt_field_block_row(&self->row, 0);
}

static void name_left_out(const gt_array_columns *self, FILE *notes) {
    const char *before = "left out: ";
    for (size_t i = 0; i < self->count; i++) {
        const stored *s = &self->arrays[i];
        if (s->is_used) continue;
        fprintf(notes, "%s'%.200s' (%s", before, s->name, gt_npy_type_name(s->array.type));
        for (size_t d = 0; d < s->array.rank; d++)
            fprintf(notes, "%s%" PRIu64, d ? " x " : " ", s->array.dims[d]);
        fputc(')', notes);
        before = ", ";
    }
    if (*before == ',') fputc('\n', notes);
}

/* Only what lies beside the pictures is theirs. */
static void find_own(gt_array_columns *self, const char *main) {
    const char *slash = strrchr(main, '/');
    size_t length = slash != NULL ? (size_t)(slash + 1 - main) : 0;
    self->name_split = gt_split_of_name(main + length);
    self->split_is_of_group = self->name_split < 0;
    for (size_t i = 0; i < self->count; i++) {
        stored *s = &self->arrays[i];
        s->own = strncmp(s->name, main, length) == 0 ? s->name + length : NULL;
    }
}

gt_status gt_array_columns_arrange(gt_array_columns *self, const char *main, uint64_t count,
                                   FILE *notes, gt_error *err) {
    gt_status status = GT_OK;
    size_t room = 1;
    self->rows = count;
    find_own(self, main);
    for (size_t i = 0; i < self->count; i++) {
        stored *s = &self->arrays[i];
        s->is_used |= strcmp(s->name, main) == 0;
        if (gt_npy_is_text(s->array.type) && gt_npy_text_room(&s->array) > room)
            room = gt_npy_text_room(&s->array);
        if (s->latin1 > 0)
            fprintf(notes,
                    "'%.200s' is not all UTF-8: %" PRIu64 " of its bytes %s read as Latin-1\n",
                    s->name, s->latin1, s->latin1 == 1 ? "is" : "are");
    }
    self->text = malloc(room);
    self->id_text = malloc(room);
    if (self->text == NULL || self->id_text == NULL)
        GT_THROW(err, GT_NO_MEMORY, "out of memory for columns");
    for (size_t place = 0; place < GT_COLUMN_COUNT; place++) {
        GT_TRY(find_column(self, place, false, notes, err));
        GT_TRY(find_column(self, place, true, notes, err));
    }
    if (self->columns[LABEL] != NULL) GT_TRY(find_class_names(self, notes, err));
    if (self->split_is_of_group) self->name_split = gt_split_of_groups(main);
    if (self->columns[SPLIT] != NULL) self->name_split = -1;
    if (self->name_split >= 0)
        fprintf(notes, "the split is told by %s\n",
                self->split_is_of_group ? "the group's name" : "the name of the array");
    GT_TRY(keep_fields(self, notes, err));
    name_left_out(self, notes);
done:
    return status;
}

void gt_array_columns_describe(const gt_array_columns *self, gt_source_info *info) {
    for (size_t i = 0; i < GT_COLUMN_COUNT; i++)
        if (self->columns[i] != NULL) info->columns |= gt_columns[i].bit;
    if (self->name_split >= 0) info->columns |= GT_COLUMN_SPLIT;
    info->is_split_by_place = self->name_split >= 0;
    const stored *id = self->columns[ID];
    if (id != NULL)
        info->id_length =
            gt_npy_is_text(id->array.type) ? gt_npy_text_room(&id->array) - 1 : INTEGER_ID;
    info->class_names = self->class_names;
    info->class_count = self->class_count;
    info->fields = self->fields.fields;
    info->field_count = self->fields.count;
}

/* ---- rows ---- */

/* A label below -1 stands for none. */
static gt_status read_code(gt_array_columns *self, size_t place, uint64_t row, int64_t most,
                           int64_t *out, gt_error *err) {
    bool fits = true;
    *out = code_at(self, place, self->columns[place], row, &fits);
    if (*out <= most && (*out >= 0 || place == LABEL)) return GT_OK;
    return gt_fail(err, GT_BAD_FORMAT,
                   "%s: the %s of picture %" PRIu64 " is %" PRId64 ", expected %d to %" PRId64,
                   self->path, gt_columns[place].called, row, *out, place == LABEL ? -1 : 0,
                   most);
}

static void read_id(gt_array_columns *self, uint64_t row, gt_dataset_row *out) {
    const stored *s = self->columns[ID];
    out->id = self->id;
    if (gt_npy_is_text(s->array.type)) {
        gt_npy_text(&s->array, value_at(s, row), self->id_text);
        out->id = self->id_text;
    } else if (s->array.type == GT_NPY_U64)
        snprintf(self->id, sizeof self->id, "%" PRIu64, (uint64_t)whole_at(s, row));
    else
        snprintf(self->id, sizeof self->id, "%" PRId64, whole_at(s, row));
}

gt_status gt_array_columns_row(gt_array_columns *self, uint64_t row, gt_picture *picture,
                               gt_error *err) {
    gt_status status = GT_OK;
    gt_dataset_row *out = &picture->row;
    const stored *const *columns = self->columns;
    int64_t code, most = self->class_count ? (int64_t)self->class_count - 1 : INT32_MAX;
    *out = gt_dataset_row_default();
    if (columns[LABEL] != NULL) {
        GT_TRY(read_code(self, LABEL, row, most, &code, err));
        gt_unknowns_label(&self->unknowns, row, &code);
        out->label = (int32_t)code;
    }
    if (columns[SPLIT] != NULL) {
        GT_TRY(read_code(self, SPLIT, row, GT_SPLIT_COUNT - 1, &code, err));
        out->split = (uint8_t)code;
    }
    if (self->name_split >= 0) out->split = (uint8_t)self->name_split;
    if (columns[RA] != NULL) out->ra = real_at(columns[RA], row);
    if (columns[DEC] != NULL) out->dec = real_at(columns[DEC], row);
    if (columns[ANGULAR_SIZE] != NULL) out->angular_size = real_at(columns[ANGULAR_SIZE], row);
    gt_unknowns_position(&self->unknowns, row, &out->ra, &out->dec);
    gt_unknowns_size(&self->unknowns, row, &out->angular_size);
    if (columns[ID] != NULL) read_id(self, row, out);
    read_fields(self, row, picture);
done:
    return status;
}

void gt_array_columns_tell_unknown(const gt_array_columns *self, FILE *notes) {
    gt_unknowns_tell(&self->unknowns, notes);
    gt_unknowns_tell_large(self->too_large, notes);
}
