/* FITS pictures: whatever the bytes, headers, coordinates and plain pixels are read inside the
 * file. Tiles are looked at as far as they are before CFITSIO decodes them, which happens only
 * in a process that may end. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fits_image.h"
#include "fits_wcs.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

enum { MOST_VALUES = 1 << 16 };

static void look_at_sky(const gt_fits_image_info *info) {
    gt_fits_wcs *wcs;
    gt_fits_place place;
    if (gt_fits_wcs_parse(&info->cards, &wcs, NULL) || wcs == NULL) return;
    gt_fits_wcs_place(wcs, ((double)info->width + 1) / 2, ((double)info->height + 1) / 2,
                      &place);
    gt_fits_wcs_destroy(wcs);
}

static void look_at(const char *path, const char *hdu) {
    gt_fits_image *image;
    gt_error err;
    uint64_t rounded = 0;
    if (gt_fits_image_open(path, hdu, &image, &err)) return;
    const gt_fits_image_info *info = gt_fits_image_describe(image);
    look_at_sky(info);
    if (!info->is_tiled && info->width * info->height <= MOST_VALUES) {
        float *plane = malloc(info->width * info->height * sizeof *plane);
        uint64_t planes = info->planes * info->stacks;
        for (uint64_t i = 0; plane && i < planes && i < 3; i++)
            if (gt_fits_image_read(image, i, plane, &rounded, &err)) break;
        free(plane);
    }
    gt_fits_image_close(image);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    static int file = -1;
    char path[64];
    if (file < 0) file = memfd_create("fits", 0);
    if (file < 0 || ftruncate(file, 0) || pwrite(file, bytes, size, 0) != (ssize_t)size)
        abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    look_at(path, NULL);
    look_at(path, "1");
    return 0;
}
