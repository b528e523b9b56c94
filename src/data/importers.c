/* importers.c - the list of formats, and finding one of them. */
#include <stdio.h>
#include <string.h>

#include "importer.h"
#include "source_reading.h"

#define GT_IMPORTER(stem) extern const gt_importer gt_importer_##stem;
#include "importers.def"
#undef GT_IMPORTER

/* Not a format: `galatea data cutouts` asks for it. */
extern const gt_importer gt_importer_mosaic;

static const gt_importer *const importers[] = {
#define GT_IMPORTER(stem) &gt_importer_##stem,
#include "importers.def"
#undef GT_IMPORTER
};

enum { COUNT = sizeof importers / sizeof *importers };

gt_status gt_importer_find(const char *name, const gt_importer **out, gt_error *err) {
    char names[256] = "";
    *out = &gt_importer_mosaic;
    if (strcmp(name, (*out)->name) == 0) return GT_OK;
    for (size_t i = 0; i < COUNT; i++) {
        if (strcmp(importers[i]->name, name) == 0) {
            *out = importers[i];
            return GT_OK;
        }
        size_t used = strlen(names);
        snprintf(names + used, sizeof names - used, "%s%s", i ? ", " : "", importers[i]->name);
    }
    return gt_fail(err, GT_NOT_FOUND, "no format '%s', expected one of %s", name, names);
}

/* Refuses what only FITS files have; choices that are left at "auto" ask for nothing. */
static gt_status check_fits(const gt_fits_request *fits, const gt_importer *importer,
                            gt_error *err) {
    static const char alone[] = "the format fits";
    const struct {
        const char *option, *value, *usual, *formats;
    } choices[] = {{"hdu", fits->hdu, NULL, "the formats fits and pictures"},
                   {"planes", fits->planes, "auto", alone},
                   {"bands", fits->bands, NULL, alone},
                   {"incomplete", fits->incomplete, "error", alone},
                   {"id-card", fits->id, NULL, alone},
                   {"cards", fits->cards, NULL, alone},
                   {"mask-hdu", fits->mask, NULL, alone},
                   {"ivar-hdu", fits->ivar, NULL, alone}};
    if (strcmp(importer->name, "fits") == 0) return GT_OK;
    for (size_t i = importer->takes_hdu; i < sizeof choices / sizeof *choices; i++) {
        const char *value = choices[i].value, *usual = choices[i].usual;
        if (value != NULL && (usual == NULL || strcmp(value, usual) != 0))
            return gt_fail(err, GT_USAGE, "--%s is for %s, not for %s", choices[i].option,
                           choices[i].formats, importer->name);
    }
    return GT_OK;
}

static gt_status start(gt_source *source, const gt_source_request *request, gt_source *out,
                       gt_error *err) {
    gt_status status;
    if (gt_reader_is_here()) {
        status = source->importer->open(request, &source->self, err);
        if (!status) source->info = source->importer->describe(source->self);
    } else {
        status = gt_source_reading_open(source->importer->name, request, &source->reading, err);
        if (!status) source->info = gt_source_reading_info(source->reading);
    }
    if (!status) *out = *source;
    return status;
}

gt_status gt_source_open(const char *format, const gt_source_request *request, gt_source *out,
                         gt_error *err) {
    gt_source source = {0};
    gt_status status = gt_importer_find(format, &source.importer, err);
    if (status) return status;
    if ((source.importer == &gt_importer_mosaic) != (request->cut != NULL))
        return gt_fail(err, GT_USAGE, "mosaics are for `galatea data cutouts`");
    if (request->subset != NULL && source.importer->subsets == NULL)
        return gt_fail(err, GT_USAGE, "--subset %s: the format %s has no subsets",
                       request->subset, format);
    if (request->dataset != NULL && !source.importer->takes_dataset)
        return gt_fail(err, GT_USAGE, "--dataset is not for the format %s", format);
    if (request->axes != NULL && strcmp(request->axes, "auto") != 0 &&
        !source.importer->takes_axes)
        return gt_fail(err, GT_USAGE, "--axes is not for the format %s", format);
    if (request->drops_damaged && !source.importer->takes_files)
        return gt_fail(err, GT_USAGE,
                       "--drop-damaged is for folders of files (fits, pictures, png, hdf5, "
                       "npy), not for the format %s",
                       format);
    status = check_fits(&request->fits, source.importer, err);
    if (status) return status;
    return start(&source, request, out, err);
}

gt_status gt_source_next(gt_source *source, gt_picture *out, bool *more, gt_error *err) {
    if (source->reading != NULL) return gt_source_reading_next(source->reading, out, more, err);
    return source->importer->next(source->self, out, more, err);
}

gt_status gt_source_pixels(gt_source *source, gt_picture *picture, gt_error *err) {
    if (picture->pixels != NULL) return GT_OK;
    if (source->flat != NULL && !gt_flat_is_of(source->flat, picture->flat)) {
        gt_flat_close(source->flat);
        source->flat = NULL;
    }
    if (source->flat == NULL) {
        gt_status status = gt_flat_open(picture->flat, &source->flat, err);
        if (status) return status;
    }
    return gt_flat_read(source->flat, picture->flat_index, &source->rounding, &picture->pixels,
                        err);
}

void gt_source_close(gt_source *source) {
    gt_flat_close(source->flat);
    gt_source_reading_close(source->reading);
    if (source->self != NULL) source->importer->close(source->self);
    *source = (gt_source){0};
}
