/* hdf5_columns.c - finds columns by their names, and tells what is left out. */
#include "hdf5_columns.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "hdf5_columns_internal.h"
#include "hdf5_layouts.h"

enum {
    MAX_PATH = 4096,
    MAX_NAME = 256,
    MAX_GROUP = MAX_PATH - 2 * MAX_NAME, /* of the pictures: a table fits behind it */
    MOST_CLASSES = 1000
};

/* Where columns are looked for: NAME in a group, or with `behind` in a group called NAME. */
typedef struct place {
    bool *is_told;                    /* by names; NULL: nothing of it is kept as it is */
    char prefix[MAX_PATH + MAX_NAME]; /* "", or a group or table with a slash behind it */
    const char *behind; /* of labels/train beside images/train: "/train"; else "" */
    char **names;
    size_t count;
    bool is_beside; /* it is that of the pictures */
} place;

enum { PLACES = 3 + MOST_TABLES };

static void told(const place *p, size_t index) {
    if (p->is_told != NULL) p->is_told[index] = true;
}

/* ---- one column ---- */

static bool has_one_value_a_row(const gt_hdf5_columns *self, const gt_hdf5_array *array) {
    const gt_hdf5_shape *shape = gt_hdf5_array_shape(array);
    return shape->dims[0] == self->count && shape->items == self->count;
}

/* Programs that count axes from the other end turn them around, of pictures and of columns. */
static const char *turned_axes(const gt_hdf5_columns *self, const gt_hdf5_array *array) {
    const gt_hdf5_shape *shape = gt_hdf5_array_shape(array);
    const gt_source_info *pictures = self->pictures;
    if (shape->rank == 2 && shape->dims[0] == 1 && shape->dims[1] == self->count)
        return "; it is 1 x N, as MATLAB writes columns";
    if (shape->items == self->count || shape->items < 2) return "";
    if (pictures->is_codes && shape->items == pictures->channels)
        return "; it has as many values as a code has numbers: are the codes (D,N), to be "
               "turned "
               "by numpy.transpose?";
    if (!pictures->is_codes && shape->items == pictures->width)
        return "; it has as many values as a picture has columns: are the pictures (H,W,N), to "
               "be "
               "turned by numpy.moveaxis(pictures, -1, 0)?";
    return "";
}

/* Whether these are places along an axis, as netCDF's y of pictures: no labels. */
static bool is_axis(const gt_hdf5_columns *self, const gt_hdf5_array *array) {
    char *class = NULL;
    gt_error why;
    bool is_one = gt_hdf5_text(self->file, array, "CLASS", &class, &why) == GT_OK &&
                  class != NULL && strcmp(class, "DIMENSION_SCALE") == 0;
    free(class);
    return is_one;
}

/* Takes names[index] of p as the column if it can be one. */
static gt_status try_name(gt_hdf5_columns *self, size_t which, const place *p, size_t index,
                          gt_error *err) {
    gt_status status = GT_OK;
    gt_error why;
    char path[MAX_PATH + 2 * MAX_NAME];
    column *c = &self->columns[which];
    bool fits = false;
    snprintf(path, sizeof path, "%.4095s%.255s%.255s", p->prefix, p->names[index], p->behind);
    if (gt_hdf5_array_open(self->file, path, &c->array, &why) != GT_OK) {
        if (!p->is_beside) goto done; /* the root's other things were not asked for */
        fprintf(self->notes, "column '%s' is left out: %.300s\n", path,
                gt_hdf5_columns_reason(self, &why));
        told(p, index);
        goto done;
    }
    if (which == GT_PLACE_LABEL && is_axis(self, c->array)) {
        gt_hdf5_column_close(c);
        goto done;
    }
    const char *hint = turned_axes(self, c->array);
    if (has_one_value_a_row(self, c->array))
        GT_TRY(gt_hdf5_column_fit(self, which, c, &fits, err));
    if (fits) {
        told(p, index);
        bool is_own = p->is_told != NULL;
        if (is_own && gt_column_is_called(&gt_columns[which], p->names[index])) goto done;
        if (asprintf(&c->taken, "%s%s", is_own ? "" : "/",
                     p->is_beside ? p->names[index] : path) < 0)
            GT_THROW(err, GT_NO_MEMORY, "out of memory for columns");
        goto done;
    }
    gt_hdf5_column_close(c);
    fprintf(self->notes, "column '%s%s' is not taken as %s: expected %s%s\n",
            p->is_beside ? "" : "/", path, gt_columns[which].called, gt_columns[which].expected,
            hint);
done:
    return status;
}

static gt_status open_column(gt_hdf5_columns *self, size_t which, const place *places,
                             size_t place_count, gt_error *err) {
    for (size_t at = 0; at < place_count; at++)
        for (size_t i = 0; i < GT_COLUMN_NAMES && gt_column_names[which][i] != NULL; i++)
            for (size_t n = 0; n < places[at].count; n++) {
                if (self->columns[which].array != NULL) return GT_OK;
                if (!gt_column_is_of(places[at].names[n], gt_column_names[which][i],
                                     self->name_split) ||
                    (places[at].is_told != NULL && places[at].is_told[n]))
                    continue;
                gt_status status = try_name(self, which, &places[at], n, err);
                if (status) return status;
            }
    return GT_OK;
}

/* Columns under other names, or that lie elsewhere, are taken, but told. */
static void remark_names(const gt_hdf5_columns *self) {
    const char *before = "taken: ";
    for (size_t i = 0; i < GT_COLUMN_COUNT; i++) {
        const column *c = &self->columns[i];
        if (c->taken == NULL) continue;
        fprintf(self->notes, "%s'%.200s' as %s", before, c->taken, gt_columns[i].called);
        before = ", ";
    }
    if (*before == ',') fputc('\n', self->notes);
}

/* ---- where to look ---- */

/* Of images/train the columns may be labels/train and id/train: keeps the groups of names in
 * which there is such a thing, without the slash. */
static void keep_groups(const gt_hdf5_columns *self, place *p) {
    size_t kept = 0;
    char path[MAX_PATH + 2 * MAX_NAME];
    for (size_t i = 0; i < p->count; i++) {
        size_t length = strlen(p->names[i]);
        snprintf(path, sizeof path, "%.4095s%.255s%.255s", p->prefix, p->names[i],
                 p->behind + 1);
        if (p->names[i][length - 1] != '/' || !gt_hdf5_has(self->file, path)) continue;
        p->names[i][length - 1] = 0;
        p->names[kept++] = p->names[i];
    }
    p->count = kept;
}

static bool has_a_row_each(const gt_hdf5_columns *self, const place *p) {
    char path[MAX_PATH + 2 * MAX_NAME];
    bool has = false;
    for (size_t i = 0; i < p->count && !has; i++) {
        gt_hdf5_array *array = NULL;
        snprintf(path, sizeof path, "%.4351s%.255s", p->prefix, p->names[i]);
        has = gt_hdf5_array_open(self->file, path, &array, NULL) == GT_OK &&
              gt_hdf5_array_shape(array)->dims[0] == self->count;
        gt_hdf5_array_close(array);
    }
    return has;
}

/* Tables beside the pictures are places too, and their names are told. */
static gt_status list_tables(gt_hdf5_columns *self, place *places, size_t *count,
                             gt_error *err) {
    for (size_t i = 0; i < self->beside_count && self->table_count < MOST_TABLES; i++) {
        place *p = &places[*count];
        char *name = self->beside[i], path[MAX_PATH + MAX_NAME];
        snprintf(path, sizeof path, "%.4095s%.255s", places[0].prefix, name);
        if (self->is_told[i] || name[strlen(name) - 1] == '/' ||
            gt_hdf5_list(self->file, path, &p->names, &p->count, NULL) != GT_OK)
            continue;
        snprintf(p->prefix, sizeof p->prefix, "%.4350s/", path);
        p->behind = "";
        p->is_told = calloc(p->count + 1, sizeof *p->is_told);
        self->tables[self->table_count++] = (table){name, p->names, p->is_told, p->count};
        if (p->is_told == NULL) return gt_fail(err, GT_NO_MEMORY, "out of memory for columns");
        ++*count;
        if (has_a_row_each(self, p)) {
            fprintf(self->notes, "'%.200s' is a table, whose columns are taken\n", path);
            told(&places[0], i);
        } else {
            p->count = self->tables[self->table_count - 1].count = 0;
        }
    }
    return GT_OK;
}

/* What a group holds that is none of the pictures': of one that is damaged nothing, which is
 * told. */
static gt_status list_other(const gt_hdf5_columns *self, const char *group, char ***names,
                            size_t *count, gt_error *err) {
    gt_error why;
    gt_status status = gt_hdf5_list(self->file, group, names, count, &why);
    if (status == GT_NO_MEMORY) return gt_fail(err, status, "%s", why.text);
    if (status)
        fprintf(self->notes, "no columns are looked for in '/%.200s': %.300s\n", group,
                gt_hdf5_columns_reason(self, &why));
    return GT_OK;
}

/* Places behind that of the pictures and its tables: groups beside theirs, then the root.
 * behind: "/" and the name of the pictures. */
static gt_status list_places(const gt_hdf5_columns *self, const char *behind, place *places,
                             size_t *count, gt_error *err) {
    gt_status status = GT_OK;
    place *groups = &places[*count], *root = &places[*count + 1];
    if (places[0].prefix[0] == 0) goto done;
    memcpy(groups->prefix, places[0].prefix, strlen(places[0].prefix) + 1);
    groups->prefix[strlen(groups->prefix) - 1] = 0;
    char *slash = strrchr(groups->prefix, '/');
    *(slash != NULL ? slash + 1 : groups->prefix) = 0;
    groups->behind = behind;
    root->behind = "";
    *count += 2;
    GT_TRY(list_other(self, groups->prefix, &groups->names, &groups->count, err));
    keep_groups(self, groups);
    GT_TRY(list_other(self, "", &root->names, &root->count, err));
done:
    return status;
}

/* ---- class names ---- */

/* Can these be the names of classes in a set? */
static bool are_names(char **names, size_t count) {
    size_t longest = 1;
    for (size_t i = 0; i < count; i++) {
        size_t length = strlen(names[i]);
        if (length == 0) return false;
        if (length > longest) longest = length;
        for (size_t j = 0; j < i; j++)
            if (strcmp(names[i], names[j]) == 0) return false;
    }
    return count <= MOST_CLASSES && longest * count <= 60000;
}

/* The texts of a data set as one block. */
static gt_status read_names(gt_hdf5_columns *self, const gt_hdf5_array *array, gt_error *err) {
    const gt_hdf5_shape *shape = gt_hdf5_array_shape(array);
    size_t count = (size_t)shape->items, size = shape->item_size;
    char *texts = malloc(count * size);
    size_t room = 3 * size + 1; /* a byte of Latin-1 is up to three of UTF-8 */
    self->class_names = malloc(count * (sizeof(char *) + room));
    gt_status status = texts && self->class_names
                           ? gt_hdf5_array_read(array, 0, count, GT_HDF5_TEXT, texts, err)
                           : gt_fail(err, GT_NO_MEMORY, "out of memory for class names");
    for (size_t i = 0; status == GT_OK && i < count; i++) {
        self->class_names[i] = (char *)(self->class_names + count) + i * room;
        gt_hdf5_text_take(texts + i * size, size, self->class_names[i], room);
    }
    self->class_count = count;
    free(texts);
    return status;
}

static void forget_names(gt_hdf5_columns *self) {
    free(self->class_names);
    self->class_names = NULL;
    self->class_count = 0;
}

/* Class names are often a data set of their own beside the labels, or in the root. A text for
 * each picture is a column. */
static gt_status find_names_in(gt_hdf5_columns *self, const place *p, gt_error *err) {
    gt_status status = GT_OK;
    for (size_t i = 0; i < p->count && !self->class_names && !status; i++) {
        gt_hdf5_array *array = NULL;
        char path[MAX_PATH + MAX_NAME];
        if (*p->behind != 0 || !gt_is_class_list(p->names[i])) continue;
        snprintf(path, sizeof path, "%.4095s%.255s", p->prefix, p->names[i]);
        if (gt_hdf5_array_open(self->file, path, &array, NULL) != GT_OK) continue;
        const gt_hdf5_shape *shape = gt_hdf5_array_shape(array);
        bool is_column = shape->items == self->count && strcasecmp(p->names[i], "classes") == 0;
        if (shape->type == GT_HDF5_TEXT && shape->rank == 1 && shape->items <= MOST_CLASSES &&
            !is_column) {
            told(p, i);
            status = read_names(self, array, err);
        }
        gt_hdf5_array_close(array);
    }
    return status;
}

/* An attribute of the labels, or with NULL one of the file, where another thing may be meant.
 */
static gt_status find_names_told(gt_hdf5_columns *self, const gt_hdf5_array *labels,
                                 gt_error *err) {
    for (size_t i = 0; i < GT_CLASS_LISTS && !self->class_names; i++) {
        gt_error why;
        gt_status status = gt_hdf5_texts(self->file, labels, gt_class_lists[i],
                                         &self->class_names, &self->class_count, &why);
        if (status == GT_NO_MEMORY) return gt_fail(err, GT_NO_MEMORY, "%s", why.text);
        if (status && labels != NULL)
            fprintf(self->notes, "class names are left out: %.300s\n",
                    gt_hdf5_columns_reason(self, &why));
    }
    return GT_OK;
}

/* Names beside labels that are numbers. */
static gt_status find_names(gt_hdf5_columns *self, const place *places, size_t count,
                            gt_error *err) {
    gt_status status = GT_OK;
    const gt_hdf5_array *labels = self->columns[GT_PLACE_LABEL].array;
    GT_TRY(gt_hdf5_value_names(labels, &self->class_names, &self->class_count, err));
    GT_TRY(find_names_told(self, labels, err));
    bool are_of_labels = self->class_names != NULL;
    for (size_t i = 0; i < count; i++) GT_TRY(find_names_in(self, &places[i], err));
    GT_TRY(find_names_told(self, NULL, err));
    if (!are_of_labels && self->class_count > 0 &&
        (int64_t)self->class_count <= self->most_label) {
        fprintf(self->notes, "class names are left out: %zu, but labels up to %" PRId64 "\n",
                self->class_count, self->most_label);
        forget_names(self);
    }
    for (size_t i = 0; i < self->class_count; i++) {
        char *name = self->class_names[i];
        for (size_t length = strlen(name); length > 0 && name[length - 1] == ' ';)
            name[--length] = 0;
    }
done:
    return status;
}

static gt_status name_classes(gt_hdf5_columns *self, const place *places, size_t count,
                              gt_error *err) {
    gt_status status = GT_OK;
    if (self->columns[GT_PLACE_LABEL].array == NULL || self->class_names != NULL) goto done;
    GT_TRY(find_names(self, places, count, err));
    if (are_names(self->class_names, self->class_count)) goto done;
    fprintf(self->notes, "class names are left out: some are empty, twice there or too long\n");
    forget_names(self);
done:
    return status;
}

/* ---- splits by names ---- */

static void split_of_place(gt_hdf5_columns *self, const char *prefix) {
    self->group_split = -1;
    if (self->columns[GT_PLACE_SPLIT].array != NULL) return;
    self->group_split = self->name_split >= 0 ? self->name_split : gt_split_of_groups(prefix);
    if (self->group_split >= 0)
        fprintf(self->notes, "the split is told by %s\n",
                self->name_split >= 0 ? "the name of the data set" : "the group's name");
}

/* ---- what lies elsewhere ---- */

/* The place of the column that a name stands for and that was not found; GT_COLUMN_COUNT: none.
 */
static size_t wanted(const gt_hdf5_columns *self, const char *name) {
    for (size_t which = 0; which < GT_COLUMN_COUNT; which++)
        for (size_t i = 0; i < GT_COLUMN_NAMES && gt_column_names[which][i] != NULL; i++)
            if (self->columns[which].array == NULL &&
                gt_column_is_of(name, gt_column_names[which][i], self->name_split))
                return which;
    return GT_COLUMN_COUNT;
}

/* Tells the columns of a group of the root that could be those of the pictures; of another
 * split they may only be as many. */
static gt_status tell_group(const gt_hdf5_columns *self, const char *group, gt_error *err) {
    char **names = NULL, path[2 * MAX_NAME];
    size_t count = 0;
    gt_status status = list_other(self, group, &names, &count, err);
    for (size_t i = 0; i < count && status == GT_OK; i++) {
        gt_hdf5_array *array = NULL;
        size_t which = wanted(self, names[i]);
        snprintf(path, sizeof path, "%.255s%.255s", group, names[i]);
        if (which < GT_COLUMN_COUNT &&
            gt_hdf5_array_open(self->file, path, &array, NULL) == GT_OK &&
            has_one_value_a_row(self, array))
            fprintf(
                self->notes,
                "'/%.200s' is not taken as %s: it lies in another group than the pictures\n",
                path, gt_columns[which].called);
        gt_hdf5_array_close(array);
    }
    free(names);
    return status;
}

static gt_status tell_elsewhere(const gt_hdf5_columns *self, const place *root, gt_error *err) {
    for (size_t i = 0; i < root->count; i++) {
        const char *name = root->names[i];
        if (name[strlen(name) - 1] != '/' || gt_split_of_groups(name) >= 0) continue;
        gt_status status = tell_group(self, name, err);
        if (status) return status;
    }
    return GT_OK;
}

/* ---- all ---- */

gt_status gt_hdf5_columns_open(const gt_hdf5 *file, const char *path, const char *main,
                               const gt_source_info *info, const gt_hdf5_planes *planes,
                               FILE *notes, gt_hdf5_columns **out, gt_error *err) {
    gt_status status = GT_OK;
    place places[PLACES] = {{.is_beside = true, .behind = ""}};
    size_t place_count = 1, own_count = PLACES; /* own: names go with self, of tables too */
    char behind[MAX_NAME + 2];
    gt_hdf5_columns *self = calloc(1, sizeof *self);
    if (self == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for columns");
    *self = (gt_hdf5_columns){
        .file = file, .path = path, .count = info->count, .pictures = info, .notes = notes};
    main += strspn(main, "/");
    const char *slash = strrchr(main, '/'), *name = slash != NULL ? slash + 1 : main;
    if (name - main > MAX_GROUP)
        GT_THROW(err, GT_UNSUPPORTED, "%s: a path of more than %d bytes", path, MAX_GROUP);
    self->name_split = gt_split_of_name(name);
    snprintf(behind, sizeof behind, "/%.255s", name);
    snprintf(places[0].prefix, MAX_PATH, "%.*s", (int)(name - main), main);
    GT_TRY(gt_hdf5_list(file, places[0].prefix, &self->beside, &self->beside_count, err));
    self->is_told = calloc(self->beside_count + 1, sizeof *self->is_told);
    if (self->is_told == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for columns");
    for (size_t i = 0; i < self->beside_count; i++)
        self->is_told[i] = gt_hdf5_planes_have(planes, self->beside[i]) ||
                           gt_hdf5_layout_takes(file, main, info, self->beside[i]);
    places[0].names = self->beside;
    places[0].is_told = self->is_told;
    places[0].count = self->beside_count;
    GT_TRY(list_tables(self, places, &place_count, err));
    own_count = place_count;
    GT_TRY(list_places(self, behind, places, &place_count, err));
    for (size_t i = 0; i < GT_COLUMN_COUNT; i++)
        GT_TRY(open_column(self, i, places, place_count, err));
    remark_names(self);
    GT_TRY(name_classes(self, places, place_count, err));
    split_of_place(self, places[0].prefix);
    if (place_count > own_count) GT_TRY(tell_elsewhere(self, &places[place_count - 1], err));
    GT_TRY(gt_hdf5_fields_open(self, places[0].prefix, name, err));
    self->notes = NULL;
    *out = self;
    self = NULL;
done:
    for (size_t i = own_count; i < PLACES; i++) free(places[i].names);
    gt_hdf5_columns_close(self);
    return status;
}

void gt_hdf5_columns_close(gt_hdf5_columns *columns) {
    if (columns == NULL) return;
    for (size_t i = 0; i < GT_COLUMN_COUNT; i++) gt_hdf5_column_close(&columns->columns[i]);
    gt_hdf5_fields_close(columns);
    free(columns->class_names);
    for (size_t i = 0; i < columns->table_count; i++) {
        free(columns->tables[i].names);
        free(columns->tables[i].is_told);
    }
    free(columns->beside);
    free(columns->is_told);
    free(columns);
}
