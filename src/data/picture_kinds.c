/* picture_kinds.c - PNG, JPEG, npy and FITS as pictures. */
#include "picture_kinds.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "fits_image.h"
#include "galatea/image.h"
#include "hdf5_file.h"
#include "jpeg_read.h"
#include "npy_picture.h"
#include "png_read.h"

const gt_picture_files gt_picture_kinds = {"pictures", "png|jpg|jpeg|npy|" GT_FITS_ENDINGS};

/* Pictures that are not read, and files of many of them. */
static const gt_picture_files others = {
    "pictures", "gif|bmp|tif|tiff|webp|ppm|pgm|pnm|heic|avif|jp2|svg|npz|" GT_HDF5_ENDINGS};

bool gt_picture_is_other(gt_picture_files files, const char *name) {
    return !gt_picture_files_have(files, name) &&
           (gt_picture_files_have(gt_picture_kinds, name) ||
            gt_picture_files_have(others, name));
}

gt_status gt_pictures_are_others(const char *path, const char *where, gt_picture_files files,
                                 size_t count, const char *first, gt_error *err) {
    return gt_fail(err, GT_NOT_FOUND,
                   "%s: no %s in this %s, but %zu of other kinds, as '%.200s'; expected *.%s",
                   path, files.name, where, count, first, files.endings);
}

enum { MOST_BYTES = 1 << 28, MOST_PLANES = 16 };

/* The start or all of a file. */
typedef struct content {
    const uint8_t *bytes;
    size_t length;
    uint64_t total; /* bytes of the file */
    const char *axes, *hdu;
    const char *path; /* of a member its name */
    bool is_member;   /* of an archive: all of it is here */
} content;

typedef struct kind {
    const char *name;    /* in messages: "no PNG file" */
    const char *endings; /* as in gt_picture_files */
    const char *start;   /* the first bytes of each */
    size_t head;         /* bytes that peek wants */
    gt_status (*peek)(const content *c, gt_still_head *out, gt_error *err);
    gt_status (*decode)(const content *c, gt_still *out, gt_error *err);
} kind;

/* ---- PNG and JPEG ---- */

static const char *type_of_bits(int bits) {
    return bits == 16 ? "uint16" : "uint8";
}

static gt_status peek_png(const content *c, gt_still_head *out, gt_error *err) {
    gt_png_head head;
    gt_status status = gt_png_peek(c->bytes, c->length, &head, err);
    if (status) return status;
    *out = (gt_still_head){type_of_bits(head.bits), true, head.may_have_colour ? 0 : 1};
    return GT_OK;
}

static gt_status decode_png(const content *c, gt_still *out, gt_error *err) {
    gt_png png;
    gt_status status = gt_png_decode(c->bytes, c->length, &png, err);
    if (status) return status;
    *out = (gt_still){type_of_bits(png.bits), true,       png.channels, png.height, png.width,
                      png.had_alpha,          png.pixels, {0}};
    return GT_OK;
}

static gt_status peek_jpeg(const content *c, gt_still_head *out, gt_error *err) {
    (void)c;
    (void)err;
    *out = (gt_still_head){"uint8", true, 0};
    return GT_OK;
}

/* Lays a picture as it was seen. */
static gt_status turn_jpeg(gt_jpeg *jpeg, gt_error *err) {
    size_t height = jpeg->height;
    float *turned = malloc(jpeg->channels * height * jpeg->width * sizeof *turned);
    if (turned == NULL)
        return gt_fail(err, GT_NO_MEMORY, "out of memory for a picture of %zu x %zu", height,
                       jpeg->width);
    gt_image_turn(jpeg->pixels, jpeg->channels, height, jpeg->width, jpeg->turns, turned);
    free(jpeg->pixels);
    jpeg->pixels = turned;
    if (jpeg->turns & 1) {
        jpeg->height = jpeg->width;
        jpeg->width = height;
    }
    return GT_OK;
}

static gt_status decode_jpeg(const content *c, gt_still *out, gt_error *err) {
    gt_jpeg jpeg;
    gt_status status = gt_jpeg_decode(c->bytes, c->length, &jpeg, err);
    if (status) return status;
    if (jpeg.turns) status = turn_jpeg(&jpeg, err);
    *out = (gt_still){.type = "uint8",
                      .is_scaled = true,
                      .channels = jpeg.channels,
                      .height = jpeg.height,
                      .width = jpeg.width,
                      .pixels = jpeg.pixels,
                      .is_turned = jpeg.turns != 0};
    if (status) free(jpeg.pixels);
    return status;
}

/* ---- npy ---- */

static gt_status parse_npy(const content *c, gt_npy *array, gt_npy_picture *out,
                           gt_error *err) {
    gt_status status = gt_npy_parse(c->bytes, c->length, c->total, array, err);
    return status ? status : gt_npy_picture_of(array, c->axes, out, err);
}

static gt_status peek_npy(const content *c, gt_still_head *out, gt_error *err) {
    gt_npy array;
    gt_npy_picture picture;
    gt_status status = parse_npy(c, &array, &picture, err);
    if (status) return status;
    *out = (gt_still_head){gt_npy_type_name(array.type), false, picture.channels};
    return GT_OK;
}

static gt_status decode_npy(const content *c, gt_still *out, gt_error *err) {
    gt_status status = GT_OK;
    gt_npy array;
    gt_npy_picture picture;
    float *stored = NULL, *pixels = NULL;
    gt_rounding rounding = {0};
    GT_TRY(parse_npy(c, &array, &picture, err));
    size_t values = (size_t)array.items;
    stored = malloc(values * sizeof *stored);
    pixels = malloc(values * sizeof *pixels);
    if (stored == NULL || pixels == NULL)
        GT_THROW(err, GT_NO_MEMORY, "out of memory for %zu values", values);
    gt_npy_floats(&array, c->bytes + array.offset, values, stored, &rounding);
    gt_npy_picture_arrange(&picture, stored, pixels);
    *out = (gt_still){gt_npy_type_name(array.type),
                      false,
                      picture.channels,
                      picture.height,
                      picture.width,
                      false,
                      pixels,
                      rounding};
    pixels = NULL;
done:
    free(stored);
    free(pixels);
    return status;
}

/* ---- FITS: one image, its planes as channels ---- */

static gt_status open_fits(const content *c, gt_fits_image **out, gt_still_head *head,
                           gt_error *err) {
    gt_error why;
    gt_status status =
        c->is_member ? gt_fits_image_open_bytes(c->path, c->bytes, c->length, c->hdu, out, &why)
                     : gt_fits_image_open(c->path, c->hdu, out, &why);
    size_t length = strlen(c->path); /* who calls names the file */
    bool is_named = strncmp(why.text, c->path, length) == 0;
    if (status) return gt_fail(err, status, "%s", why.text + (is_named ? length + 2 : 0));
    const gt_fits_image_info *info = gt_fits_image_describe(*out);
    uint64_t planes = info->planes * info->stacks;
    *head = (gt_still_head){info->type, false, (size_t)planes};
    if (planes <= MOST_PLANES &&
        planes * info->width * info->height <= MOST_BYTES / sizeof(float))
        return GT_OK;
    gt_fits_image_close(*out);
    *out = NULL;
    return gt_fail(err, GT_UNSUPPORTED,
                   "a FITS cube of %llu planes, expected one picture of at most %d channels; "
                   "--format fits reads cubes",
                   (unsigned long long)planes, MOST_PLANES);
}

static gt_status peek_fits(const content *c, gt_still_head *out, gt_error *err) {
    gt_fits_image *image = NULL;
    gt_status status = open_fits(c, &image, out, err);
    gt_fits_image_close(image);
    return status;
}

static gt_status decode_fits(const content *c, gt_still *out, gt_error *err) {
    gt_status status = GT_OK;
    gt_fits_image *image = NULL;
    gt_still_head head;
    float *pixels = NULL;
    gt_rounding rounding = {0};
    GT_TRY(open_fits(c, &image, &head, err));
    const gt_fits_image_info *info = gt_fits_image_describe(image);
    size_t plane = info->height * info->width;
    pixels = malloc(head.channels * plane * sizeof *pixels);
    if (pixels == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for a picture");
    for (size_t i = 0; i < head.channels; i++)
        GT_TRY(gt_fits_image_read(image, i, pixels + i * plane, &rounding, err));
    *out = (gt_still){head.type,   false, head.channels, info->height,
                      info->width, false, pixels,        rounding};
    pixels = NULL;
done:
    gt_fits_image_close(image);
    free(pixels);
    return status;
}

/* ---- finding the kind ---- */

static const kind kinds[] = {
    {"PNG", "png", "\x89PNG", 26, peek_png, decode_png},
    {"JPEG", "jpg|jpeg", "\xff\xd8\xff", 4, peek_jpeg, decode_jpeg},
    {"npy", "npy", "\x93NUMPY", GT_NPY_START, peek_npy, decode_npy},
    {"FITS", GT_FITS_ENDINGS, "SIMPLE  =", 32, peek_fits, decode_fits},
};

enum { KINDS = sizeof kinds / sizeof *kinds };

/* Whether one of the kind's endings is asked for. */
static bool is_asked_for(const kind *k, gt_picture_files files) {
    char name[16] = "x.";
    strncat(name, k->endings, strcspn(k->endings, "|"));
    return gt_picture_files_have(files, name);
}

/* By the first bytes; of what is none, by the name, or the first kind. */
static const kind *kind_of(const char *path, const content *c, gt_picture_files files) {
    const kind *named = NULL;
    for (size_t i = KINDS; i-- > 0;) {
        const kind *k = &kinds[i];
        if (!is_asked_for(k, files)) continue;
        size_t length = strlen(k->start);
        if (c->length >= length && memcmp(c->bytes, k->start, length) == 0) return k;
        if (named == NULL || gt_picture_files_have((gt_picture_files){"", k->endings}, path))
            named = k;
    }
    return named;
}

/* The first `most` bytes of a file, or all when they are more than that: *loaded is yours. */
static gt_status load(const gt_picture_file *file, size_t most, content *out, uint8_t **loaded,
                      gt_error *err) {
    gt_status status = GT_OK;
    int fd = -1;
    uint64_t size = file->length;
    *loaded = NULL;
    *out = (content){file->bytes, file->length, file->length,       file->axes,
                     file->hdu,   file->path,   file->bytes != NULL};
    if (out->is_member) goto done;
    GT_TRY(gt_file_open(file->path, &fd, &size, err));
    out->total = size;
    out->length = size < most ? (size_t)size : most;
    if (most == MOST_BYTES && size > most)
        GT_THROW(err, GT_UNSUPPORTED, "%s: %llu bytes, expected a picture of at most %zu",
                 file->path, (unsigned long long)size, most);
    out->bytes = *loaded = malloc(out->length + 1);
    if (*loaded == NULL)
        GT_THROW(err, GT_NO_MEMORY, "%s: out of memory for %zu bytes", file->path, out->length);
    GT_TRY(gt_file_read_at(fd, file->path, 0, *loaded, out->length, err));
done:
    if (fd >= 0) close(fd);
    return status;
}

gt_status gt_still_peek(const gt_picture_file *file, gt_picture_files files, gt_still_head *out,
                        gt_error *err) {
    gt_status status = GT_OK;
    uint8_t *loaded;
    content c;
    GT_TRY(load(file, 32, &c, &loaded, err));
    const kind *k = kind_of(file->path, &c, files);
    if (k->head > c.length && c.total > c.length) {
        free(loaded);
        GT_TRY(load(file, k->head, &c, &loaded, err));
    }
    status = k->peek(&c, out, err);
    if (status) gt_blame(err, "%s", file->path);
done:
    free(loaded);
    return status;
}

gt_status gt_still_read(const gt_picture_file *file, gt_picture_files files, gt_still *out,
                        gt_error *err) {
    gt_status status = GT_OK;
    uint8_t *loaded;
    content c;
    GT_TRY(load(file, MOST_BYTES, &c, &loaded, err));
    status = kind_of(file->path, &c, files)->decode(&c, out, err);
    if (status) gt_blame(err, "%s", file->path);
done:
    free(loaded);
    return status;
}
