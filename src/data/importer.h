/* importer.h (room: data) - one interface for pictures in other people's files.
 *
 * An importer opens a path, says what is there, and gives one picture after another. It keeps
 * all its state in `self`, calls nobody back and holds one block of rows in memory: it runs in
 * a reader process (source_reading.h), and what it says travels from there as source_parcel.c
 * knows it. The list is src/data/importers.def.
 *
 * Threads: one source, one thread. */
#ifndef GT_IMPORTER_H
#define GT_IMPORTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flat.h"
#include "galatea/dataset.h"
#include "galatea/error.h"
#include "galatea/import.h"
#include "numbers.h"

/* What is asked of FITS files, which only they have; NULL: what is usual. */
typedef struct gt_fits_request {
    const char *hdu;         /* number or name of the unit; NULL: the first with an image */
    const char *planes;      /* further axes: "auto", "pictures", "channels" (fits_opened.h) */
    const char *bands;       /* "g=*_g.fits,r=*_r.fits" (fits_objects.h) */
    const char *incomplete;  /* objects without all bands: "error", "drop" */
    const char *id;          /* the card that names an object; NULL: its file does */
    const char *cards;       /* "EXPTIME,AIRMASS": cards that become columns; NULL: none */
    const char *mask, *ivar; /* number or name of the units that are planes of the pictures;
                                NULL: those of files that Galatea wrote */
} gt_fits_request;

/* What to read. Strings are lent for the call. */
typedef struct gt_source_request {
    const char *path;    /* file or folder */
    const char *subset;  /* named part of the source; NULL: all of it */
    const char *dataset; /* path or name of the pictures in the file; NULL: the usual ones */
    const char *axes;    /* of pictures as arrays: "nchw", "nhwc"; NULL or "auto": guess */
    uint64_t unpack;    /* most bytes that a packed source may unpack to; 0: 4 GiB, or twice the
                           packed bytes where that is more, and 1000 to 1 */
    bool drops_damaged; /* files of several that cannot be read are left out (left_out.h) */
    gt_fits_request fits;
    const gt_cut_settings *cut; /* parts of mosaics, whatever the format; NULL: none */
    const uint8_t *bytes;       /* of a member of an archive all of it, lent longer than what is
                                   opened; path is for messages then. NULL: the path is read */
    size_t length;
} gt_source_request;

/* What is there. Lent until the reader is closed. */
typedef struct gt_source_info {
    uint64_t count;                 /* pictures that next will give */
    size_t channels, height, width; /* of the first picture; sides may differ between them */
    const char *type;               /* "uint8", "float32" ... */
    bool is_bytes;                  /* every value is a whole number 0..255 */
    bool is_codes;                  /* vectors (N,D), given as D x 1 x 1 */
    unsigned columns;               /* GT_COLUMN_ bits of the rows */
    unsigned planes;        /* GT_PLANE_ bits: they lie behind the channels of pictures */
    bool is_split_by_place; /* splits are told by where the pictures lie, no column */
    bool has_catalog_rows;  /* pictures are rows of the request's catalogue */
    size_t id_length;
    const char *const *class_names;
    size_t class_count;
    const char *survey;        /* NULL when not stated */
    const char *collection;    /* name of a published set; NULL when not stated */
    const char *bands;         /* names of the channels, "u,g,r,i,z"; NULL when not stated */
    double pixel_scale_arcsec; /* NaN when not stated */
    gt_value_range range;      /* of the pixels; undeclared when not stated. Of bytes: of the
                                  values that they stand for */
    const char *unit;          /* of their values, "Jy/beam"; NULL when not stated */
    const gt_field *fields;    /* further columns, by names that a set may have (fields.h) */
    size_t field_count;
    const char *preparation;        /* what went before, see imaging.h; NULL when not stated */
    const char *model, *provenance; /* of sets that Galatea wrote, else NULL */
    const char *learned_from;       /* the same, codes only */
    const char *note; /* what was left out or changed so far, NULL if nothing; several sentences
                         end in a line feed each. Grows while pictures are read */
} gt_source_info;

/* One picture. Pointers are lent until the next call of next or close. */
typedef struct gt_picture {
    /* (channels, height, width), raw values; behind them a mask of one plane, not 0 where
     * pixels are not to be used, then inverse variances of as many as there are channels, where
     * the source has such (gt_plane_channels) */
    const float *pixels; /* NULL: they were not read, and lie where flat tells */
    const gt_flat *flat;
    uint64_t flat_index; /* its number there */
    size_t channels, height, width;
    gt_dataset_row row;
    const gt_field_value *values; /* field_count of them; NULL: all are missing */
    bool had_alpha;               /* an alpha channel was left out */
    uint64_t catalog_row;         /* where the source has such rows */
} gt_picture;

typedef struct gt_importer {
    const char *name, *summary;
    const char *subsets;            /* "full|confident", the first is the default; NULL: none */
    bool takes_dataset, takes_axes; /* whether these members of a request mean anything */
    bool takes_files;               /* the same of drops_damaged */
    bool takes_hdu;                 /* the same of fits.hdu, of formats beside fits */
    /* Looks through the source as far as describing needs. *self is yours. */
    gt_status (*open)(const gt_source_request *request, void **self, gt_error *err);
    const gt_source_info *(*describe)(const void *self);
    /* The next picture; *more false (and *out untouched) after the last one. One that lies flat
     * in a file may come without its pixels, unless planes lie behind them. */
    gt_status (*next)(void *self, gt_picture *out, bool *more, gt_error *err);
    void (*close)(void *self); /* accepts NULL */
} gt_importer;

/* By name; GT_NOT_FOUND with the names that exist. */
gt_status gt_importer_find(const char *name, const gt_importer **out, gt_error *err);

/* The name of the format of a file or folder, by its first bytes or the names of what it holds.
 * Static. GT_NOT_FOUND for what is none of them, GT_USAGE for a folder of several;
 * GT_UNSUPPORTED for known formats that are not read (Zarr, Parquet, TIFF), with the way to
 * convert them. */
gt_status gt_importer_guess(const char *path, const char **name, gt_error *err);

/* An importer at work: in a reader process, or, where this process is one, here. */
typedef struct gt_source {
    struct gt_source_reading *reading; /* NULL: here */
    const gt_importer *importer;
    void *self;
    const gt_source_info *info;
    gt_flat_file *flat;   /* that pixels were read from last; NULL: none was */
    gt_rounding rounding; /* of pixels read from such files */
} gt_source;

/* Finds the importer, refuses options that it does not have, opens. Failures are the importer's
 * own and those of a reader (gt_reader_start, gt_reader_receive). */
gt_status gt_source_open(const char *format, const gt_source_request *request, gt_source *out,
                         gt_error *err);
gt_status gt_source_next(gt_source *source, gt_picture *out, bool *more, gt_error *err);
/* Reads the pixels of a picture that next gave without: who leaves one out need not. */
gt_status gt_source_pixels(gt_source *source, gt_picture *picture, gt_error *err);
/* Accepts an empty struct. */
void gt_source_close(gt_source *source);

/* What one of a source's values is called. */
static inline const char *gt_source_noun(const gt_source_info *info) {
    return info->is_codes ? "number" : "pixel";
}

/* And one of the values of the plane beside pixels. */
#define GT_IVAR_NOUN "inverse variance"

#endif
