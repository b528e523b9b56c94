/* torch_file.c - see torch_file.h. */
#include "torch_file.h"

#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "pickle.h"
#include "reading.h"
#include "safetensors_internal.h"
#include "zip_read.h"

enum { MOST_PICKLE = 256 << 20, MOST_DEPTH = 8, MOST_TENSORS = 100000, NAME_SIZE = 512 };

/* ---- In a reader ------------------------------------------------------------------------- */

typedef struct description {
    const char *path;
    int descriptor;
    uint64_t size;
    gt_zip_list *list;
    char folder[NAME_SIZE]; /* of the members */
    char *bytes;            /* the pickle */
    gt_pickle *pickle;
    json_t *tensors, *orders;
} description;

static void close_description(description *d) {
    json_decref(d->tensors);
    json_decref(d->orders);
    gt_pickle_destroy(d->pickle);
    free(d->bytes);
    gt_zip_list_close(d->list);
    if (d->descriptor >= 0) close(d->descriptor);
}

static gt_status read_member(description *d, const char *name, size_t limit, char **out,
                             size_t *size, gt_error *err) {
    gt_status status = GT_OK;
    uint64_t offset = 0, bytes = 0;
    GT_TRY(gt_zip_list_find(d->list, name, &offset, &bytes, err));
    if (bytes > limit)
        GT_THROW(err, GT_UNSUPPORTED,
                 "%s: member '%.80s' has %" PRIu64 " bytes, expected at most %zu", d->path,
                 name, bytes, limit);
    *out = malloc((size_t)bytes + 1);
    if (!*out) GT_THROW(err, GT_NO_MEMORY, "%s: no memory for '%.80s'", d->path, name);
    GT_TRY(gt_file_read_at(d->descriptor, d->path, offset, *out, (size_t)bytes, err));
    (*out)[bytes] = 0;
    *size = (size_t)bytes;
done:
    return status;
}

/* Numbers are in the order of this machine; files before 2.1 do not tell theirs. */
static gt_status check_order(description *d, gt_error *err) {
    char name[NAME_SIZE + 16], *order = NULL;
    size_t size = 0;
    snprintf(name, sizeof name, "%sbyteorder", d->folder);
    gt_status status = read_member(d, name, 16, &order, &size, err);
    if (status == GT_NOT_FOUND)
        status = GT_OK;
    else if (!status && strcmp(order, "little") != 0)
        status = gt_fail(err, GT_UNSUPPORTED,
                         "%s: numbers in the order '%.16s', expected little", d->path, order);
    free(order);
    return status;
}

static gt_status open_pickle(description *d, gt_error *err) {
    static const char ending[] = "data.pkl";
    gt_status status = GT_OK;
    size_t size = 0;
    GT_TRY(gt_file_open(d->path, &d->descriptor, &d->size, err));
    GT_TRY(gt_zip_list_open(d->descriptor, d->path, d->size, &d->list, err));
    const char *name = gt_zip_list_ending(d->list, ending);
    if (!name || strlen(name) >= NAME_SIZE)
        GT_THROW(err, GT_BAD_FORMAT, "%s: no member data.pkl, which torch.save writes",
                 d->path);
    snprintf(d->folder, sizeof d->folder, "%.*s", (int)(strlen(name) - sizeof ending + 1),
             name);
    GT_TRY(check_order(d, err));
    GT_TRY(read_member(d, name, MOST_PICKLE, &d->bytes, &size, err));
    status = gt_pickle_parse((const uint8_t *)d->bytes, size, &d->pickle, err);
    if (status == GT_UNSUPPORTED)
        gt_advise(err, "in Python torch.save({k: v.float().clone() for k, v in "
                       "model.state_dict().items()}, 'weights.pt') saves tensors alone");
    if (status) gt_blame(err, "%s", d->path);
done:
    return status;
}

/* Where the first number of a storage lies. */
static gt_status find_storage(const description *d, const gt_pickle_value *storage,
                              uint64_t *offset, gt_error *err) {
    char key[NAME_SIZE], name[2 * NAME_SIZE + 8];
    uint64_t bytes = 0, needed = 0;
    size_t item = gt_st_dtype_size((gt_st_dtype)storage->storage.dtype);
    gt_status status = gt_pickle_text(storage->storage.key, key, sizeof key, err);
    if (status) return status;
    snprintf(name, sizeof name, "%sdata/%s", d->folder, key);
    status = gt_zip_list_find(d->list, name, offset, &bytes, err);
    if (status) return status;
    if (__builtin_mul_overflow((uint64_t)storage->storage.count, (uint64_t)item, &needed) ||
        needed != bytes)
        return gt_fail(err, GT_BAD_FORMAT,
                       "%s: member '%.80s' has %" PRIu64 " bytes, its storage %" PRId64
                       " numbers of %zu",
                       d->path, name, bytes, storage->storage.count, item);
    return GT_OK;
}

/* Of axes that do not lie as those of C do. */
static bool add_order(description *d, const gt_pickle_value *tensor, const char *name) {
    char order[GT_PICKLE_MAX_AXES + 1] = "";
    size_t rank = tensor->tensor.shape->items.count;
    bool is_plain = true;
    for (size_t i = 0; i < rank; i++) {
        order[i] = (char)('0' + tensor->tensor.axes[i]);
        is_plain = is_plain && tensor->tensor.axes[i] == i;
    }
    return is_plain || json_object_set_new(d->orders, name, json_string(order)) == 0;
}

static gt_status add_tensor(description *d, const gt_pickle_value *tensor, const char *name,
                            gt_error *err) {
    uint64_t offset = 0;
    const gt_pickle_value *storage = tensor->tensor.storage;
    if (!tensor->tensor.is_packed)
        return gt_fail(err, GT_UNSUPPORTED,
                       "%s: the numbers of '%.80s' do not lie one behind the other, expected a "
                       "tensor saved after .contiguous()",
                       d->path, name);
    if (json_object_size(d->tensors) >= MOST_TENSORS)
        return gt_fail(err, GT_UNSUPPORTED, "%s: more than %d tensors", d->path, MOST_TENSORS);
    if (json_object_get(d->tensors, name))
        return gt_fail(err, GT_BAD_FORMAT, "%s: two tensors are called '%.80s'", d->path, name);
    gt_status status = find_storage(d, storage, &offset, err);
    if (status) return status;
    gt_st_dtype dtype = (gt_st_dtype)storage->storage.dtype;
    uint64_t item = gt_st_dtype_size(dtype),
             first = offset + item * (uint64_t)tensor->tensor.first,
             end = first + item * (uint64_t)tensor->tensor.count;
    json_t *shape = json_array();
    const gt_pickle_value *sizes = tensor->tensor.shape;
    for (size_t i = 0; i < sizes->items.count; i++)
        json_array_append_new(shape, json_integer(sizes->items.at[i]->integer));
    json_t *told = json_pack("{s:s, s:o, s:[I, I]}", "dtype", gt_st_dtype_name(dtype), "shape",
                             shape, "data_offsets", (json_int_t)first, (json_int_t)end);
    if (!told || json_object_set_new(d->tensors, name, told) || !add_order(d, tensor, name))
        return gt_fail(err, GT_NO_MEMORY, "%s: no memory for its tensors", d->path);
    return GT_OK;
}

/* A key as a part of a name; false: it is none. */
static bool key_text(const gt_pickle_value *key, char *out, size_t room) {
    int64_t number;
    if (gt_pickle_integer(key, &number))
        return snprintf(out, room, "%" PRId64, number) < (int)room;
    return gt_pickle_text(key, out, room, NULL) == GT_OK;
}

static bool is_list(const gt_pickle_value *value) {
    return value->kind == GT_PICKLE_LIST || value->kind == GT_PICKLE_TUPLE;
}

/* What item i is called in what holds it: its key in a dictionary, its number in a list. */
static bool item_name(const gt_pickle_value *value, size_t i, char *out, size_t room) {
    if (is_list(value)) return snprintf(out, room, "%zu", i) < (int)room;
    return key_text(value->items.at[2 * i], out, room);
}

/* `used`: bytes of the name so far. */
static gt_status add_all(description *d, const gt_pickle_value *value, char name[NAME_SIZE],
                         size_t used, int depth, gt_error *err) {
    gt_status status = GT_OK;
    if (value->kind == GT_PICKLE_TENSOR) return add_tensor(d, value, name, err);
    size_t step = is_list(value) ? 1 : 2;
    for (size_t i = 0; i < value->items.count / step && !status; i++) {
        const gt_pickle_value *item = value->items.at[step * i + step - 1];
        bool holds = item->kind == GT_PICKLE_DICT || is_list(item);
        bool is_there = item->kind == GT_PICKLE_TENSOR &&
                        (!is_list(value) || item->tensor.is_packed); /* no name asks for it */
        if (!is_there && !(holds && item->items.count > 0)) continue;
        if (depth == MOST_DEPTH)
            return gt_fail(err, GT_UNSUPPORTED,
                           "%s: more than %d dictionaries or lists in each other", d->path,
                           MOST_DEPTH);
        size_t dot = used > 0;
        if (used + 2 < NAME_SIZE && dot) name[used] = '.';
        if (used + 2 >= NAME_SIZE ||
            !item_name(value, i, name + used + dot, NAME_SIZE - used - dot))
            return gt_fail(err, GT_UNSUPPORTED, "%s: a key that is no name, or longer than %d",
                           d->path, NAME_SIZE);
        status = add_all(d, item, name, strlen(name), depth + 1, err);
    }
    return status;
}

gt_status gt_torch_describe(const char *path, char **text, gt_error *err) {
    gt_status status = GT_OK;
    char name[NAME_SIZE] = "";
    description d = {
        .path = path, .descriptor = -1, .tensors = json_object(), .orders = json_object()};
    if (!d.tensors || !d.orders) GT_THROW(err, GT_NO_MEMORY, "%s: no memory to read it", path);
    GT_TRY(open_pickle(&d, err));
    const gt_pickle_value *root = gt_pickle_root(d.pickle);
    if (root->kind != GT_PICKLE_DICT)
        GT_THROW(err, GT_UNSUPPORTED,
                 "%s: torch.save of something but a dictionary of tensors, "
                 "as a module's state_dict() is",
                 path);
    GT_TRY(add_all(&d, root, name, 0, 0, err));
    if (json_object_get(d.tensors, GT_ST_METADATA))
        GT_THROW(err, GT_UNSUPPORTED, "%s: a tensor is called '%s'", path, GT_ST_METADATA);
    *text = json_object_set(d.tensors, GT_ST_METADATA, d.orders)
                ? NULL
                : json_dumps(d.tensors, JSON_COMPACT);
    if (!*text) GT_THROW(err, GT_NO_MEMORY, "%s: no memory for its tensors", path);
done:
    close_description(&d);
    return status;
}

gt_status gt_torch_answer(void **state, gt_parcel *request, gt_parcel *answer, gt_error *err) {
    (void)state;
    char *text = NULL;
    const char *path = gt_take_text(request);
    if (!path) return gt_fail(err, GT_BAD_ARGUMENT, "no file is named");
    gt_status status = gt_torch_describe(path, &text, err);
    if (!status) gt_put_text(answer, text);
    free(text);
    return status;
}

/* ---- Asking ------------------------------------------------------------------------------ */

static const char zipped[] = "PK\3\4", older[] = "\x80\2\x8a\nl\xfc\x9c\x46\xf9 j\xa8P\x19.";

static const char *kind_of(const char *path) {
    char start[sizeof older] = "";
    int descriptor = -1;
    uint64_t size = 0;
    if (gt_file_open(path, &descriptor, &size, NULL)) return NULL;
    ssize_t got = pread(descriptor, start, sizeof older - 1, 0);
    close(descriptor);
    if (got >= 4 && memcmp(start, zipped, 4) == 0) return zipped;
    return got == sizeof older - 1 && memcmp(start, older, sizeof older - 1) == 0 ? older
                                                                                  : NULL;
}

bool gt_torch_is_one(const char *path) {
    return kind_of(path) != NULL;
}

static gt_status open_torch(const char *path, gt_safetensors **out, gt_error *err) {
    gt_status status = GT_OK;
    gt_reader *reader = NULL;
    gt_parcel *answer;
    GT_TRY(gt_reader_start("torch", path, 0, &reader, err));
    gt_put_text(gt_reader_request(reader), path);
    GT_TRY(gt_reader_ask(reader, &answer, err));
    const char *text = gt_take_text(answer);
    if (!text || !gt_parcel_is_spent(answer)) GT_TRY(gt_reader_is_wrong(reader, err));
    GT_TRY(gt_st_open_described(path, text, out, err));
done:
    gt_reader_end(reader);
    return status;
}

gt_status gt_arrays_open(const char *path, gt_safetensors **out, gt_error *err) {
    const char *kind = kind_of(path);
    if (kind == older)
        return gt_fail(
            err, GT_UNSUPPORTED,
            "%s: torch.save before PyTorch 1.6 wrote it; torch.save(torch.load(...), "
            "...) of today makes a file that is read",
            path);
    return kind ? open_torch(path, out, err) : gt_safetensors_open(path, out, err);
}
