/* flat.c - a block of pictures at a time, one of them after the other made floats. */
#include "flat.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"

#define MOST_VALUES ((uint64_t)1 << 28) /* of a picture */
enum { BLOCK_BYTES = 1 << 20 };

struct gt_flat_file {
    char *path;
    gt_flat flat; /* its path is this one */
    int descriptor;
    size_t values, bytes; /* of a picture */
    unsigned char *block; /* pictures as they are stored */
    uint64_t first;
    size_t held, most;
    float *stored, *pixels; /* of one, in the file's order and in ours */
};

bool gt_flat_lies_in(const gt_flat *flat, const char *path) {
    size_t length = strlen(path);
    if (strncmp(flat->path, path, length) != 0) return false;
    bool has_slash = length > 0 && path[length - 1] == '/';
    const char *rest = flat->path + length - has_slash;
    return rest[has_slash] == 0 || (*rest == '/' && strstr(rest, "/..") == NULL);
}

/* ---- what a description may say ---- */

/* The numbers of a picture; false where its steps leave them. */
static bool count_values(const gt_npy_picture *p, uint64_t *out) {
    const uint64_t sides[3] = {p->channels, p->height, p->width};
    uint64_t last = 0, reach;
    *out = 1;
    for (int i = 0; i < 3; i++) {
        if (sides[i] == 0 || __builtin_mul_overflow(*out, sides[i], out) ||
            __builtin_mul_overflow(sides[i] - 1, (uint64_t)p->steps[i], &reach) ||
            __builtin_add_overflow(last, reach, &last))
            return false;
    }
    return *out <= MOST_VALUES && last < *out;
}

static bool is_possible(const gt_flat *f, uint64_t *values, uint64_t *end) {
    uint64_t items, bytes;
    bool is_known = f->path != NULL && (unsigned)f->numbers.type <= GT_NUMBER_F64;
    return is_known && f->count > 0 && count_values(&f->picture, values) &&
           !__builtin_mul_overflow(*values, f->count, &items) &&
           !__builtin_mul_overflow(items, gt_number_size(f->numbers.type), &bytes) &&
           !__builtin_add_overflow(bytes, f->offset, end);
}

static gt_status allocate(gt_flat_file *file, gt_error *err) {
    uint64_t most = file->bytes < BLOCK_BYTES ? BLOCK_BYTES / file->bytes : 1;
    file->most = (size_t)(most < file->flat.count ? most : file->flat.count);
    file->block = malloc(file->most * file->bytes);
    file->stored = malloc(file->values * sizeof *file->stored);
    file->pixels = malloc(file->values * sizeof *file->pixels);
    return file->block && file->stored && file->pixels
               ? GT_OK
               : gt_fail(err, GT_NO_MEMORY, "%s: out of memory for its pictures", file->path);
}

gt_status gt_flat_open(const gt_flat *flat, gt_flat_file **out, gt_error *err) {
    gt_status status = GT_OK;
    uint64_t size, values, end;
    gt_flat_file *file = calloc(1, sizeof *file);
    if (file == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for pictures of a file");
    file->descriptor = -1;
    if (!is_possible(flat, &values, &end))
        GT_THROW(err, GT_BAD_FORMAT, "%s: pictures that cannot be",
                 flat->path ? flat->path : "");
    file->path = strdup(flat->path);
    if (file->path == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for a path");
    GT_TRY(gt_file_open(file->path, &file->descriptor, &size, err));
    if (end > size)
        GT_THROW(err, GT_BAD_FORMAT,
                 "%s: its pictures end at byte %" PRIu64 ", the file has %" PRIu64, file->path,
                 end, size);
    file->flat = *flat;
    file->flat.path = file->path;
    file->values = (size_t)values;
    file->bytes = file->values * gt_number_size(flat->numbers.type);
    GT_TRY(allocate(file, err));
    *out = file;
    file = NULL;
done:
    gt_flat_close(file);
    return status;
}

void gt_flat_close(gt_flat_file *file) {
    if (file == NULL) return;
    if (file->descriptor >= 0) close(file->descriptor);
    free(file->path);
    free(file->block);
    free(file->stored);
    free(file->pixels);
    free(file);
}

bool gt_flat_is_of(const gt_flat_file *file, const gt_flat *flat) {
    const gt_flat *own = &file->flat;
    const gt_npy_picture *a = &own->picture, *b = &flat->picture;
    const gt_numbers *m = &own->numbers, *n = &flat->numbers;
    bool has_its_sides = a->channels == b->channels && a->height == b->height &&
                         a->width == b->width &&
                         memcmp(a->steps, b->steps, sizeof a->steps) == 0 &&
                         own->has_bottom_first == flat->has_bottom_first;
    bool has_its_numbers = m->type == n->type && m->big_endian == n->big_endian &&
                           memcmp(&m->scale, &n->scale, sizeof m->scale) == 0 &&
                           memcmp(&m->zero, &n->zero, sizeof m->zero) == 0 &&
                           m->has_blank == n->has_blank && m->blank == n->blank;
    return has_its_sides && has_its_numbers && own->offset == flat->offset &&
           own->count == flat->count && strcmp(own->path, flat->path) == 0;
}

/* ---- reading ---- */

static gt_status load(gt_flat_file *file, uint64_t index, gt_error *err) {
    uint64_t left = file->flat.count - index;
    size_t held = left < file->most ? (size_t)left : file->most;
    file->held = 0;
    gt_status status =
        gt_file_read_at(file->descriptor, file->path, file->flat.offset + index * file->bytes,
                        file->block, held * file->bytes, err);
    if (status) return status;
    file->first = index;
    file->held = held;
    return GT_OK;
}

/* Rows of channels that follow each other, the last row first. */
static void turn_over(const gt_flat_file *file, const unsigned char *from, float *out,
                      gt_rounding *rounding) {
    const gt_npy_picture *p = &file->flat.picture;
    size_t row = p->width * gt_number_size(file->flat.numbers.type);
    for (size_t c = 0; c < p->channels; c++)
        for (size_t y = p->height; y-- > 0; from += row)
            gt_numbers_to_floats(&file->flat.numbers, from, p->width,
                                 out + (c * p->height + y) * p->width, rounding);
}

gt_status gt_flat_read(gt_flat_file *file, uint64_t index, gt_rounding *rounding,
                       const float **out, gt_error *err) {
    const gt_flat *flat = &file->flat;
    if (index >= flat->count)
        return gt_fail(err, GT_BAD_FORMAT, "%s: picture %" PRIu64 " of %" PRIu64, file->path,
                       index, flat->count);
    if (index < file->first || index - file->first >= file->held) {
        gt_status status = load(file, index, err);
        if (status) return status;
    }
    const unsigned char *from = file->block + (index - file->first) * file->bytes;
    bool is_ready = gt_npy_picture_is_in_order(&flat->picture);
    *out = file->pixels;
    if (is_ready && flat->has_bottom_first) {
        turn_over(file, from, file->pixels, rounding);
    } else if (is_ready && gt_numbers_are_floats(&flat->numbers)) {
        *out = (const float *)(const void *)from; /* malloc's boundary, and whole floats */
    } else if (is_ready) {
        gt_numbers_to_floats(&flat->numbers, from, file->values, file->pixels, rounding);
    } else {
        gt_numbers_to_floats(&flat->numbers, from, file->values, file->stored, rounding);
        gt_npy_picture_arrange(&flat->picture, file->stored, file->pixels);
    }
    return GT_OK;
}
