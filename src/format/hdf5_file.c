/* hdf5_file.c - opens HDF5 files and the objects in them; nowhere else are objects opened.
 *
 * A path is walked link by link, so that a soft or external link is seen before it is
 * followed; what a data set says of itself is compared with the bytes that are there. */
#include "hdf5_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "archive_reader.h"
#include "file.h"
#include "galatea/log.h"
#include "hdf5_asking.h"
#include "hdf5_internal.h"
#include "text.h"

enum {
    MAX_DEPTH = 16,
    MAX_NAMES = 1000,
    MAX_NAME = 255,
    MOST_CACHED = 256 << 20,
    LEAST_CACHED = 1 << 20
};

/* ---- files ---- */

/* The library takes a file in memory for the image that it is, without a copy: whoever asks it
 * for room for one gets the bytes themselves, which it only reads. */
static void *lend_image(size_t size, H5FD_file_image_op_t why, void *bytes) {
    (void)size;
    (void)why;
    return bytes;
}

static void *leave_image(void *to, const void *from, size_t size, H5FD_file_image_op_t why,
                         void *bytes) {
    (void)size;
    (void)why;
    (void)bytes;
    return to == from ? to : NULL;
}

static void *never_grow(void *image, size_t size, H5FD_file_image_op_t why, void *bytes) {
    (void)image;
    (void)size;
    (void)why;
    (void)bytes;
    return NULL;
}

static herr_t keep_image(void *image, H5FD_file_image_op_t why, void *bytes) {
    (void)image;
    (void)why;
    (void)bytes;
    return 0;
}

static void *same_bytes(void *bytes) {
    return bytes;
}

static herr_t forget_bytes(void *bytes) {
    (void)bytes;
    return 0;
}

/* The library wants a name that no file has, and takes two files of one name for one. */
static bool set_image(hid_t access, const gt_hdf5 *file, char name[64]) {
    void *bytes = (void *)(uintptr_t)file->bytes;
    H5FD_file_image_callbacks_t calls = {lend_image, leave_image,  never_grow, keep_image,
                                         same_bytes, forget_bytes, bytes};
    snprintf(name, 64, "/dev/null/%p", bytes);
    return H5Pset_fapl_core(access, 1 << 16, false) >= 0 &&
           H5Pset_file_image_callbacks(access, &calls) >= 0 &&
           H5Pset_file_image(access, bytes, (size_t)file->size) >= 0;
}

/* The reason is kept at once: the next call of the library forgets it. */
static hid_t open_file_id(const gt_hdf5 *file, gt_hdf5_reason *reason) {
    hid_t access = H5Pcreate(H5P_FILE_ACCESS), id = H5I_INVALID_HID;
    char name[64];
    if (access >= 0 && H5Pset_file_locking(access, 0, 1) >= 0 &&
        H5Pset_fclose_degree(access, H5F_CLOSE_STRONG) >= 0 &&
        (file->bytes == NULL || set_image(access, file, name)))
        id = H5Fopen(file->bytes ? name : file->path, H5F_ACC_RDONLY, access);
    if (id < 0) *reason = gt_hdf5_last_reason();
    if (access >= 0) H5Pclose(access);
    return id;
}

static gt_status open_here(gt_hdf5 *file, gt_error *err) {
    gt_hdf5_reason reason;
    gt_hdf5_prepare();
    file->whole = gt_hdf5_whole_create();
    file->id = open_file_id(file, &reason);
    if (file->id >= 0) return GT_OK;
    return gt_fail(err, GT_BAD_FORMAT, "%s: no readable HDF5 file of %llu bytes (%s)",
                   file->path, (unsigned long long)file->size, reason.text);
}

/* What lies behind the head of a tar archive is found as if that were a user's block: one
 * member would stand for all. */
static gt_status check_start(const gt_hdf5 *file, int descriptor, gt_error *err) {
    char start[264] = "";
    const char *path = file->path;
    size_t length = file->size < sizeof start ? (size_t)file->size : sizeof start;
    if (file->bytes != NULL)
        memcpy(start, file->bytes, length);
    else if (gt_file_read_at(descriptor, path, 0, start, length, NULL))
        return GT_OK;
    if (memcmp(start, "\x89HDF\r\n\x1a\n", 8) == 0 || !gt_archive_begins(start, length))
        return GT_OK;
    return gt_fail(err, GT_BAD_FORMAT, "%s: no readable HDF5 file (an archive)", path);
}

/* bytes NULL: the file at the path. */
static gt_status open_file(const char *path, const uint8_t *bytes, size_t length, gt_hdf5 **out,
                           gt_error *err) {
    gt_status status = GT_OK;
    int descriptor = -1;
    gt_hdf5 *file = calloc(1, sizeof *file);
    if (file == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for an HDF5 file");
    file->id = H5I_INVALID_HID;
    file->bytes = bytes;
    file->size = length;
    file->path = strdup(path);
    if (file->path == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for an HDF5 file");
    if (bytes == NULL) GT_TRY(gt_file_open(path, &descriptor, &file->size, err));
    GT_TRY(check_start(file, descriptor, err));
    GT_ASSERT(bytes == NULL || gt_reader_is_here());
    if (gt_reader_is_here())
        GT_TRY(open_here(file, err));
    else
        GT_TRY(gt_hdf5_ask_open(path, &file->reader, err));
    *out = file;
    file = NULL;
done:
    if (descriptor >= 0) close(descriptor);
    gt_hdf5_close(file);
    return status;
}

gt_status gt_hdf5_open(const char *path, gt_hdf5 **out, gt_error *err) {
    return open_file(path, NULL, 0, out, err);
}

gt_status gt_hdf5_open_bytes(const char *name, const uint8_t *bytes, size_t length,
                             gt_hdf5 **out, gt_error *err) {
    return open_file(name, bytes, length, out, err);
}

void gt_hdf5_close(gt_hdf5 *file) {
    if (file == NULL) return;
    gt_reader_end(file->reader);
    if (file->id >= 0) H5Fclose(file->id);
    gt_hdf5_whole_free(file->whole);
    free(file->path);
    free(file);
}

/* ---- finding an object ---- */

/* Splits off the first part of *path into part; false at the end. Doubled slashes count once.
 */
static bool next_part(const char **path, char part[MAX_NAME + 1], bool *fits) {
    while (**path == '/') ++*path;
    size_t length = strcspn(*path, "/");
    *fits = length <= MAX_NAME;
    if (length == 0 || !*fits) return false;
    memcpy(part, *path, length);
    part[length] = 0;
    *path += length;
    return true;
}

/* One step down from *at by a hard link; *at becomes the object found. */
static gt_status step_down(const gt_hdf5 *file, hid_t *at, const char *part, gt_error *err) {
    H5L_info_t link;
    if (strcmp(part, ".") == 0 || strcmp(part, "..") == 0)
        return gt_fail(err, GT_UNSUPPORTED, "%s: '%s' in a path", file->path, part);
    if (H5Iget_type(*at) != H5I_GROUP || H5Lexists(*at, part, H5P_DEFAULT) <= 0)
        return gt_fail(err, GT_NOT_FOUND, "%s: has no data set '%s'", file->path, part);
    if (H5Lget_info(*at, part, &link, H5P_DEFAULT) < 0)
        return gt_fail(err, GT_BAD_FORMAT, "%s: '%s' is damaged (%s)", file->path, part,
                       gt_hdf5_last_reason().text);
    if (link.type != H5L_TYPE_HARD)
        return gt_fail(err, GT_UNSUPPORTED,
                       "%s: '%s' is a link to somewhere else; links are not followed",
                       file->path, part);
    hid_t below = H5Oopen(*at, part, H5P_DEFAULT);
    if (below < 0)
        return gt_fail(err, GT_BAD_FORMAT, "%s: '%s' is damaged (%s)", file->path, part,
                       gt_hdf5_last_reason().text);
    H5Oclose(*at);
    *at = below;
    return GT_OK;
}

/* The object at the end of a path of hard links. */
static gt_status find_object(const gt_hdf5 *file, const char *path, hid_t *out, gt_error *err) {
    gt_status status = GT_OK;
    char part[MAX_NAME + 1];
    bool fits = true;
    const char *rest = path;
    hid_t at = H5Gopen2(file->id, "/", H5P_DEFAULT);
    if (at < 0)
        GT_THROW(err, GT_BAD_FORMAT, "%s: the root group is damaged (%s)", file->path,
                 gt_hdf5_last_reason().text);
    for (int depth = 0; next_part(&rest, part, &fits); depth++) {
        if (depth == MAX_DEPTH)
            GT_THROW(err, GT_UNSUPPORTED, "%s: a path of more than %d parts", file->path,
                     MAX_DEPTH);
        GT_TRY(step_down(file, &at, part, err));
    }
    if (!fits) GT_THROW(err, GT_NOT_FOUND, "%s: has no data set '%.40s...'", file->path, path);
    *out = at;
    at = H5I_INVALID_HID;
done:
    if (at >= 0) H5Oclose(at);
    return status;
}

/* ---- data sets ---- */

/* h5py's complex numbers are records of r and i, but one value. */
static bool has_records(hid_t object) {
    hid_t type = H5Iget_type(object) == H5I_DATASET ? H5Dget_type(object) : H5I_INVALID_HID;
    bool has = type >= 0 && H5Tget_class(type) == H5T_COMPOUND;
    if (has && H5Tget_nmembers(type) == 2)
        has = H5Tget_member_index(type, "r") < 0 || H5Tget_member_index(type, "i") < 0;
    if (type >= 0) H5Tclose(type);
    return has;
}

static bool has_field(hid_t table, const char *name) {
    hid_t type = has_records(table) ? H5Dget_type(table) : H5I_INVALID_HID;
    bool has = type >= 0 && H5Tget_member_index(type, name) >= 0;
    if (type >= 0) H5Tclose(type);
    return has;
}

bool gt_hdf5_has(const gt_hdf5 *file, const char *path) {
    if (file->reader != NULL) return gt_hdf5_ask_has(file, path);
    gt_hdf5_prepare();
    char part[MAX_NAME + 1];
    bool fits = true, found = false;
    hid_t at = H5Gopen2(file->id, "/", H5P_DEFAULT);
    for (int depth = 0; at >= 0 && depth < MAX_DEPTH && next_part(&path, part, &fits);
         depth++) {
        found = H5Iget_type(at) == H5I_GROUP ? H5Lexists(at, part, H5P_DEFAULT) > 0
                                             : has_field(at, part);
        path += strspn(path, "/");
        if (*path == 0 || step_down(file, &at, part, NULL) != GT_OK) break;
        found = false;
    }
    if (at >= 0) H5Oclose(at);
    return found && fits && *path == 0;
}

/* Opens a table anew with room for one of its chunks, which all fields that are open share:
 * each by itself would unpack it again. */
static hid_t with_room_for_a_chunk(const gt_hdf5 *file, const char *path, hid_t table) {
    hsize_t sides[H5S_MAX_RANK] = {0};
    hid_t plist = H5Dget_create_plist(table), type = H5Dget_type(table);
    hid_t access = H5Pcreate(H5P_DATASET_ACCESS);
    bool is_chunked = plist >= 0 && H5Pget_layout(plist) == H5D_CHUNKED;
    int rank = is_chunked ? H5Pget_chunk(plist, H5S_MAX_RANK, sides) : 0;
    uint64_t bytes = rank > 0 && type >= 0 ? H5Tget_size(type) : 0;
    for (int i = 0; i < rank; i++)
        if (__builtin_mul_overflow(bytes, sides[i], &bytes)) bytes = 0;
    if (bytes > MOST_CACHED) bytes = 0; /* refused later */
    if (access >= 0 && bytes > 0)
        H5Pset_chunk_cache(access, H5D_CHUNK_CACHE_NSLOTS_DEFAULT, (size_t)bytes + LEAST_CACHED,
                           H5D_CHUNK_CACHE_W0_DEFAULT);
    H5Dclose(table);
    table = H5Dopen2(file->id, path, access >= 0 ? access : H5P_DEFAULT);
    if (access >= 0) H5Pclose(access);
    if (type >= 0) H5Tclose(type);
    if (plist >= 0) H5Pclose(plist);
    return table;
}

/* A field of records is called as what stands in a group, table/NAME. */
static gt_status find_member(gt_hdf5_array *array, gt_error *err) {
    gt_status status = GT_OK;
    char *slash = strrchr(array->name, '/');
    if (slash == NULL || slash == array->name) return GT_NOT_FOUND;
    *slash = 0;
    status = find_object(array->file, array->name, &array->id, NULL);
    bool is_table = status == GT_OK && has_records(array->id);
    if (is_table) array->id = with_room_for_a_chunk(array->file, array->name, array->id);
    *slash = '/';
    if (!is_table || array->id < 0) return GT_NOT_FOUND;
    array->member = strdup(slash + 1);
    if (array->member == NULL) return gt_fail(err, GT_NO_MEMORY, "out of memory for a name");
    hid_t type = gt_hdf5_type_of(array);
    if (type >= 0) H5Tclose(type);
    return type >= 0 ? GT_OK : GT_NOT_FOUND;
}

static gt_status find_array(gt_hdf5_array *array, gt_error *err) {
    gt_error why, found;
    gt_hdf5_prepare();
    gt_status status = find_object(array->file, array->name, &array->id, &why);
    if (status == GT_NOT_FOUND) {
        status = find_member(array, &found);
        if (status == GT_NO_MEMORY) why = found;
    }
    if (status) return gt_fail(err, status, "%s", why.text);
    if (H5Iget_type(array->id) == H5I_DATASET) return gt_hdf5_check(array, err);
    return gt_fail(err, GT_BAD_FORMAT, "%s: '%s' is no data set", array->file->path,
                   array->name);
}

gt_status gt_hdf5_array_open(const gt_hdf5 *file, const char *name, gt_hdf5_array **out,
                             gt_error *err) {
    gt_status status = GT_OK;
    gt_hdf5_array *array = calloc(1, sizeof *array);
    if (array == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for a data set");
    array->file = file;
    array->id = H5I_INVALID_HID;
    array->name = strdup(name);
    if (array->name == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for a data set");
    GT_TRY((file->reader != NULL ? gt_hdf5_ask_array : find_array)(array, err));
    *out = array;
    array = NULL;
done:
    gt_hdf5_array_close(array);
    return status;
}

void gt_hdf5_array_close(gt_hdf5_array *array) {
    if (array == NULL) return;
    if (array->id >= 0) H5Oclose(array->id);
    gt_hdf5_references_close(array->references);
    free(array->member);
    free(array->name);
    free(array);
}

bool gt_hdf5_array_is_field(const gt_hdf5_array *array) {
    return array->member != NULL;
}

const gt_hdf5_shape *gt_hdf5_array_shape(const gt_hdf5_array *array) {
    return &array->shape;
}

/* Text keeps length and character set, padded with zeros. */
static hid_t value_type(const gt_hdf5_array *array, gt_hdf5_type type) {
    if (type != GT_HDF5_TEXT) return H5Tcopy(gt_hdf5_memory_type(type));
    hid_t own = gt_hdf5_type_of(array), text = own < 0 ? own : H5Tcopy(own);
    if (own >= 0) H5Tclose(own);
    if (text >= 0) H5Tset_strpad(text, H5T_STR_NULLPAD);
    return text;
}

/* The memory type of the values that a caller asks for; to be closed. */
static hid_t wanted_type(const gt_hdf5_array *array, gt_hdf5_type type) {
    hid_t value = value_type(array, type);
    if (value >= 0 && array->inner_rank > 0) {
        hsize_t sides[GT_HDF5_MAX_RANK];
        for (size_t i = 0; i < array->inner_rank; i++) sides[i] = array->inner[i];
        hid_t whole = H5Tarray_create2(value, (unsigned)array->inner_rank, sides);
        H5Tclose(value);
        value = whole;
    }
    if (value < 0 || array->member == NULL) return value;
    hid_t record = H5Tcreate(H5T_COMPOUND, H5Tget_size(value));
    if (record >= 0 && H5Tinsert(record, array->member, 0, value) < 0) {
        H5Tclose(record);
        record = H5I_INVALID_HID;
    }
    H5Tclose(value);
    return record;
}

static gt_status read_by_library(const gt_hdf5_array *array, uint64_t first, uint64_t count,
                                 hid_t wanted, void *out, gt_error *err) {
    const gt_hdf5_shape *shape = &array->shape;
    hsize_t start[GT_HDF5_MAX_RANK] = {first}, size[GT_HDF5_MAX_RANK] = {count};
    gt_status status = gt_hdf5_check_chunks(array, first, count, err);
    if (status) return status;
    for (size_t i = 1; i < array->outer_rank; i++) size[i] = shape->dims[i];
    hid_t file_space = H5Dget_space(array->id);
    hid_t memory_space = H5Screate_simple((int)array->outer_rank, size, NULL);
    bool done = file_space >= 0 && memory_space >= 0 && wanted >= 0 &&
                H5Sselect_hyperslab(file_space, H5S_SELECT_SET, start, NULL, size, NULL) >= 0 &&
                H5Dread(array->id, wanted, memory_space, file_space, H5P_DEFAULT, out) >= 0;
    if (!done)
        status = gt_fail(err, GT_BAD_FORMAT, "%s: data set '%s', rows from %llu: damaged (%s)",
                         array->file->path, array->name, (unsigned long long)first,
                         gt_hdf5_last_reason().text);
    if (memory_space >= 0) H5Sclose(memory_space);
    if (file_space >= 0) H5Sclose(file_space);
    return status;
}

/* The library would convert the numbers as signed ones: it gives them as they are stored. */
static gt_status read_unsigned(const gt_hdf5_array *array, uint64_t first, uint64_t count,
                               hid_t wanted, void *out, gt_error *err) {
    gt_status status = GT_OK;
    const gt_hdf5_shape *shape = &array->shape;
    size_t values = (size_t)(count * (shape->items / shape->dims[0]));
    size_t size = H5Tget_size(wanted);
    size_t largest = size > shape->item_size ? size : shape->item_size;
    hid_t stored = H5Dget_type(array->id), meant = gt_hdf5_meant_type(array);
    unsigned char *room = malloc(values * largest);
    if (room == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for rows");
    GT_TRY(read_by_library(array, first, count, stored, room, err));
    if (H5Tconvert(meant, wanted, values, room, NULL, H5P_DEFAULT) < 0)
        GT_TRY(gt_hdf5_refuse(array, GT_BAD_FORMAT, "holds numbers that cannot be read", err));
    memcpy(out, room, values * size);
done:
    free(room);
    if (stored >= 0) H5Tclose(stored);
    if (meant >= 0) H5Tclose(meant);
    return status;
}

gt_status gt_hdf5_array_read(const gt_hdf5_array *array, uint64_t first, size_t count,
                             gt_hdf5_type type, void *out, gt_error *err) {
    const gt_hdf5_shape *shape = &array->shape;
    if ((type == GT_HDF5_TEXT) != (shape->type == GT_HDF5_TEXT))
        return gt_hdf5_refuse(array, GT_BAD_FORMAT,
                              shape->type == GT_HDF5_TEXT ? "holds text, expected numbers"
                                                          : "holds numbers, expected text",
                              err);
    if (count == 0 || first > shape->dims[0] || count > shape->dims[0] - first)
        return gt_hdf5_refuse(array, GT_BAD_ARGUMENT,
                              "was asked for rows that it does not have", err);
    if (array->file->reader != NULL)
        return gt_hdf5_ask_read(array, first, count, type, out, err);
    gt_hdf5_prepare();
    if (array->has_variable_texts) return gt_hdf5_read_texts(array, first, count, out, err);
    hid_t wanted = wanted_type(array, type);
    gt_status status = GT_OK;
    if (wanted < 0 || !gt_hdf5_read_chunks(array, first, count, wanted, out))
        status = (array->is_meant_unsigned ? read_unsigned : read_by_library)(
            array, first, count, wanted, out, err);
    if (wanted >= 0) H5Tclose(wanted);
    return status;
}

/* ---- listing ---- */

typedef struct name_list {
    char names[MAX_NAMES][MAX_NAME + 1];
    size_t count, bytes;
    size_t passed_over; /* names that are too long, too many, or none */
} name_list;

static herr_t collect_name(hid_t group, const char *name, const H5L_info_t *link, void *user) {
    name_list *list = user;
    H5O_info_t about;
    if (*name == 0 || strlen(name) >= MAX_NAME || list->count == MAX_NAMES) {
        list->passed_over++;
        return 0;
    }
    bool is_group =
        link->type == H5L_TYPE_HARD &&
        H5Oget_info_by_name2(group, name, &about, H5O_INFO_BASIC, H5P_DEFAULT) >= 0 &&
        about.type == H5O_TYPE_GROUP;
    int length = snprintf(list->names[list->count++], sizeof list->names[0], "%s%s", name,
                          is_group ? "/" : "");
    list->bytes += (size_t)length + 1;
    return 0;
}

/* Names of fields that a path cannot have are passed over. */
static bool collect_members(hid_t table, name_list *list) {
    hid_t type = H5Dget_type(table);
    int count = type < 0 ? -1 : H5Tget_nmembers(type);
    for (int i = 0; i < count; i++) {
        char *name = H5Tget_member_name(type, (unsigned)i);
        size_t length = name != NULL ? strlen(name) : 0;
        if (length > 0 && length < MAX_NAME && strchr(name, '/') == NULL &&
            list->count < MAX_NAMES) {
            memcpy(list->names[list->count++], name, length + 1);
            list->bytes += length + 1;
        } else {
            list->passed_over++;
        }
        H5free_memory(name);
    }
    if (type >= 0) H5Tclose(type);
    return count >= 0;
}

static bool collect_names(hid_t at, name_list *list) {
    if (has_records(at)) return collect_members(at, list);
    return H5Iget_type(at) == H5I_GROUP &&
           H5Literate(at, H5_INDEX_NAME, H5_ITER_INC, NULL, collect_name, list) >= 0;
}

static void tell_passed_over(const gt_hdf5 *file, const char *group, size_t count) {
    char counted[GT_COUNTED_SIZE];
    if (count > 0)
        gt_remark("%s: %s in '/%.200s' passed over, expected at most %d of up to %d bytes",
                  file->path, gt_text_counted(count, "name", counted),
                  group + strspn(group, "/"), MAX_NAMES, MAX_NAME - 1);
}

gt_status gt_hdf5_list(const gt_hdf5 *file, const char *group, char ***names, size_t *count,
                       gt_error *err) {
    gt_status status = GT_OK;
    hid_t at = H5I_INVALID_HID;
    if (file->reader != NULL) return gt_hdf5_ask_list(file, group, names, count, err);
    gt_hdf5_prepare();
    name_list *list = calloc(1, sizeof *list);
    if (list == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for names");
    GT_TRY(find_object(file, group, &at, err));
    if (!collect_names(at, list))
        GT_THROW(err, GT_BAD_FORMAT, "%s: the group '%s' is damaged (%s)", file->path, group,
                 gt_hdf5_last_reason().text);
    char **out = malloc(list->count * sizeof *out + list->bytes + 1);
    if (out == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for names");
    char *to = (char *)(out + list->count);
    for (size_t i = 0; i < list->count; i++) {
        size_t length = strlen(list->names[i]) + 1;
        out[i] = memcpy(to, list->names[i], length);
        to += length;
    }
    tell_passed_over(file, group, list->passed_over);
    *names = out;
    *count = list->count;
done:
    if (at >= 0) H5Oclose(at);
    free(list);
    return status;
}
