/* FITS pictures: whatever the bytes, headers, coordinates and plain pixels are read inside the
 * file, on disk or in memory, with the same end. Tiles are looked at as far as they are before
 * CFITSIO decodes them, which happens only in a process that may end. */
#include <stdio.h>
#include <stdlib.h>

#include "fits_image.h"
#include "fits_wcs.h"
#include "fuzz.h"

enum { MOST_VALUES = 1 << 16 };

static void look_at_sky(const gt_fits_image_info *info) {
    gt_fits_wcs *wcs;
    gt_fits_place place;
    if (gt_fits_wcs_parse(&info->cards, &wcs, NULL) || wcs == NULL) return;
    gt_fits_wcs_place(wcs, ((double)info->width + 1) / 2, ((double)info->height + 1) / 2,
                      &place);
    gt_fits_wcs_destroy(wcs);
}

/* Closes the image. */
static bool look_at(gt_fits_image *image) {
    gt_error err;
    gt_status status = GT_OK;
    gt_rounding rounded = {0};
    const gt_fits_image_info *info = gt_fits_image_describe(image);
    look_at_sky(info);
    if (!info->is_tiled && info->width * info->height <= MOST_VALUES) {
        float *plane = malloc(info->width * info->height * sizeof *plane);
        uint64_t planes = info->planes * info->stacks;
        for (uint64_t i = 0; plane && !status && i < planes && i < 3; i++)
            status = gt_fits_image_read(image, i, plane, &rounded, &err);
        free(plane);
    }
    gt_fits_image_close(image);
    return !status;
}

static bool look_at_unit(const uint8_t *bytes, size_t size, const char *hdu) {
    gt_fits_image *image;
    gt_error err;
    const char *path = gt_fuzz_file("picture.fits", bytes, size);
    bool on_disk = !gt_fits_image_open(path, hdu, &image, &err) && look_at(image);
    bool in_memory =
        !gt_fits_image_open_bytes("picture.fits", bytes, size, hdu, &image, &err) &&
        look_at(image);
    if (on_disk != in_memory) abort();
    return on_disk;
}

bool gt_fuzz_one(const uint8_t *bytes, size_t size) {
    bool read = look_at_unit(bytes, size, NULL);
    return look_at_unit(bytes, size, "1") || read;
}
