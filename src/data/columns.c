/* columns.c - names and types of the columns and planes. */
#include "columns.h"

#include <string.h>
#include <strings.h>

#include "units.h"

enum { MOST_NAME = 255 };

#define ANGLES "a number for each picture, in a unit of angles if it has one"

const gt_column gt_columns[GT_COLUMN_COUNT] = {
    {GT_COLUMN_LABEL, "labels", "label", GT_HDF5_I32, 4,
     "a whole number below 2^31 or a text for each picture, of at most 1000 classes"},
    {GT_COLUMN_SPLIT, "split", "split", GT_HDF5_U8, 1,
     "0 (train), 1 (test) or 2 (validation), or these words, for each picture"},
    {GT_COLUMN_RA, "ra", "ra", GT_HDF5_F64, 8, ANGLES},
    {GT_COLUMN_DEC, "dec", "dec", GT_HDF5_F64, 8, ANGLES},
    {GT_COLUMN_SIZE, "angular_size", "angular_size", GT_HDF5_F64, 8, ANGLES},
    {GT_COLUMN_ID, "id", "id", GT_HDF5_TEXT, 0, "a text or a whole number for each picture"},
};

const char *const gt_column_names[GT_COLUMN_COUNT][GT_COLUMN_NAMES] = {
    {"labels", "label", "target", "targets", "class", "classes", "y", "ans"},
    {"split", "splits"},
    {"ra", "ra_deg", "raj2000", "_raj2000", "alpha_j2000", "right_ascension"},
    {"dec", "dec_deg", "dej2000", "_dej2000", "decj2000", "delta_j2000", "declination", "decl"},
    {"angular_size", "size_arcsec", "angular_size_arcsec", "las_arcsec"},
    {"id", "ids", "filename", "filenames", "objid", "object_id", "source_id", "source_name",
     "name", "names"},
};

const char *const gt_class_lists[GT_CLASS_LISTS] = {"label_names", "class_names",
                                                    "target_names", "classes"};

bool gt_is_class_list(const char *name) {
    for (size_t i = 0; i < GT_CLASS_LISTS; i++)
        if (strcasecmp(name, gt_class_lists[i]) == 0) return true;
    return false;
}

const char *const gt_plane_names[GT_PLANE_COUNT] = {"mask", "ivar"};

const char *gt_column_find(const gt_hdf5 *file, unsigned bit) {
    size_t place = 0;
    while (gt_columns[place].bit != bit) place++;
    for (size_t i = 0; i < GT_COLUMN_NAMES && gt_column_names[place][i] != NULL; i++)
        if (gt_hdf5_has(file, gt_column_names[place][i])) return gt_column_names[place][i];
    return NULL;
}

bool gt_column_is_called(const gt_column *column, const char *name) {
    return strcasecmp(name, column->name) == 0 || strcasecmp(name, column->called) == 0;
}

bool gt_column_takes_unit(size_t place, const char *unit, double *factor) {
    bool is_size = place == GT_PLACE_ANGULAR_SIZE;
    *factor = 1;
    if (unit == NULL || (place != GT_PLACE_RA && place != GT_PLACE_DEC && !is_size))
        return true;
    double arcsec = gt_unit_arcsec(unit);
    if (arcsec > 0) *factor = is_size ? arcsec : arcsec / 3600;
    return arcsec > 0 || !gt_unit_is_one(unit, strlen(unit));
}

void gt_column_tell_unit(size_t place, const char *name, const char *path, const char *unit,
                         FILE *notes) {
    double factor;
    if (!gt_column_takes_unit(place, unit, &factor) || factor == 1) return;
    fprintf(notes, "column '%.200s'%s%s is in %.60s, and becomes %s\n", name,
            *path ? " of " : "", path, unit,
            place == GT_PLACE_ANGULAR_SIZE ? "arcsec" : "degrees");
}

size_t gt_column_size(const gt_column *column, const gt_dataset_info *info) {
    return column->size > 0 ? column->size : info->id_length;
}

int gt_split_of_word(const char *word, size_t length) {
    static const struct {
        const char *word;
        int split;
    } words[] = {{"train", GT_SPLIT_TRAIN},      {"training", GT_SPLIT_TRAIN},
                 {"test", GT_SPLIT_TEST},        {"testing", GT_SPLIT_TEST},
                 {"val", GT_SPLIT_VALIDATION},   {"validation", GT_SPLIT_VALIDATION},
                 {"valid", GT_SPLIT_VALIDATION}, {"dev", GT_SPLIT_VALIDATION}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strlen(words[i].word) == length && strncasecmp(word, words[i].word, length) == 0)
            return words[i].split;
    return -1;
}

/* Truth values, as tables write them: FITS, Python, R. */
static int truth_of(const char *text, size_t length) {
    static const char *const words[2][2] = {{"F", "FALSE"}, {"T", "TRUE"}};
    for (int i = 0; i < 4; i++) {
        const char *word = words[i / 2][i % 2];
        if (strlen(word) == length && strncasecmp(text, word, length) == 0) return i / 2;
    }
    return -1;
}

int gt_split_of_cell(const char *text) {
    size_t length = strlen(text);
    while (length > 0 && text[length - 1] == ' ') length--;
    int truth = truth_of(text, length);
    if (truth >= 0) return truth;
    bool is_digit = length == 1 && *text >= '0' && *text < '0' + GT_SPLIT_COUNT;
    return is_digit ? *text - '0' : gt_split_of_word(text, length);
}

/* The split of a name, and which part of it is the rest. */
static int find_split(const char *name, const char **rest, size_t *length) {
    const char *first = strchr(name, '_'), *last = strrchr(name, '_');
    if (first == NULL) return -1;
    int split = gt_split_of_word(last + 1, strlen(last + 1));
    *rest = name;
    *length = (size_t)(last - name);
    if (split >= 0) return split;
    *rest = first + 1;
    *length = strlen(first + 1);
    return gt_split_of_word(name, (size_t)(first - name));
}

int gt_split_of_name(const char *name) {
    const char *rest;
    size_t length;
    int split = gt_split_of_word(name, strlen(name));
    return split >= 0 ? split : find_split(name, &rest, &length);
}

int gt_split_of_folder(const char *path) {
    char name[MOST_NAME + 1];
    size_t length = strcspn(path, "/");
    if (length > MOST_NAME) return -1;
    for (size_t i = 0; i < length; i++) name[i] = strchr(" -.", path[i]) ? '_' : path[i];
    name[length] = 0;
    size_t stem = length > 3 && strcasecmp(name + length - 3, "set") == 0 ? length - 3 : length;
    int split = gt_split_of_word(name, stem);
    return split >= 0 ? split : gt_split_of_name(name);
}

int gt_split_of_groups(const char *path) {
    int last = -1;
    for (const char *slash; (slash = strchr(path, '/')) != NULL; path = slash + 1) {
        int split = gt_split_of_word(path, (size_t)(slash - path));
        if (split >= 0) last = split;
    }
    return last;
}

bool gt_column_is_of(const char *name, const char *wanted, int split) {
    const char *rest;
    size_t length;
    if (strcasecmp(name, wanted) == 0) return true;
    return split >= 0 && find_split(name, &rest, &length) == split &&
           strlen(wanted) == length && strncasecmp(rest, wanted, length) == 0;
}

const char *gt_main_array(gt_dataset_kind kind) {
    return kind == GT_DATASET_CODES ? "codes" : "images";
}

size_t gt_plane_channels(unsigned planes, size_t channels) {
    return (planes & GT_PLANE_MASK ? 1 : 0) + (planes & GT_PLANE_IVAR ? channels : 0);
}
