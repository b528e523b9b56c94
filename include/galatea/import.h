/* import.h (room: data) - turning other people's files into flat data sets, and joining sets.
 */
#ifndef GALATEA_IMPORT_H
#define GALATEA_IMPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "galatea/dataset.h"
#include "galatea/error.h"
#include "galatea/image.h"
#include "galatea/option.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Parts of FITS mosaics around the positions of a catalogue, as pictures: size x size pixels of
 * the mosaic that are nearest, as Cutout2D of astropy takes them. What lies beyond an edge is
 * `pad`, and the column "padded" has how many pixels that are. Positions outside are left out,
 * named and counted. Of several mosaics a position is taken from the one that holds most of the
 * part (column "mosaic"). All strings are lent. */
typedef struct gt_cut_settings {
    const char *const *mosaics; /* FILE, or BAND=FILE for pictures of several channels */
    size_t mosaic_count;
    const char *catalog; /* CSV or FITS table with ra and dec in degrees; its columns go with
                            the pictures */
    const char *catalog_hdu; /* as gt_import_settings has it */
    const char *column;      /* other names of its columns, as gt_import_settings has them */
    const char *hdu;  /* number or name of the images; NULL: the first one of each file */
    const char *size; /* "64" pixels, or "30arcsec" */
    double pad;
} gt_cut_settings;

/* Vectors (N,D) become codes, as they are: what changes pictures is refused for them.
 *
 * How pictures become rows, in this order: selected (split, where, exclude), the centre cut out
 * (crop, or size alone), bad pixels treated, resized (size with crop), scaled (normalize),
 * stored.
 *
 * align principal: the cut-out is centred on the source and turned with it
 * (gt_image_find_pose). A Fanaroff-Riley class does not depend on orientation, so a code need
 * not spend itself on it.
 *
 * normalize, each picture for itself (gt_image_scale):
 *   none        values as they are; for uint8 they must lie in 0..255, and are rounded
 *   minmax, asinh, sigma-clip   to 0..1, which uint8 stores as 0..255
 *   zscale, percentile   0..1 between the limits of gt_image_zscale (of 1000 pixels) and
 *               gt_image_percentiles, cut there
 *   auto        none for sources of bytes, minmax for all others
 *
 * stretch lies between black and white: floats keep the values before it and declare it with
 * their range, bytes are levels behind it, and both can be turned back. pixels "uint8" with a
 * range stores levels of it, "auto" the values.
 *
 * lupton makes gray pictures 0..1 of three bands, as floats, in the place of normalize:
 * gt_image_lupton with the bands named, in this order, as red, green and blue, then
 * gt_image_gray.
 *
 * Float pictures declare their range: 0:1 where pictures were scaled, else `range`, else what
 * the source declares, 0:255 for bytes, else the lowest and the highest pixel written. Pixels
 * beyond `range` are moved to its ends and counted. */
typedef struct gt_import_settings {
    const char *format;         /* of importers.def; NULL: the one that the path looks like */
    const gt_cut_settings *cut; /* in place of a format: parts of mosaics; NULL: none */
    const char *out;            /* data set to write */
    const char *subset;         /* NULL: all */
    const char *dataset;        /* hdf5, npy: path or name of the pictures, NULL: the usual */
    const char *axes;           /* hdf5, npy, pictures: "auto", "nchw", "nhwc" */
    double unpack; /* GiB that an archive may unpack to; 0: 4, or twice the bytes of
                      the archive where that is more, and 1000 to 1 */
    const char
        *hdu; /* fits, pictures: number or name of the unit; NULL: the first with an image */
    const char *planes; /* fits: what planes of a cube are: "auto", "pictures", "channels" */
    const char *bands;  /* fits: files of bands, "g=*_g.fits,r=*_r.fits", or units of every
                           file, "g=1,r=2"; NULL: none */
    const char *incomplete; /* fits: objects without all bands: "error", "drop" */
    const char *id_card;    /* fits: the card whose text is the id; NULL: names of files are */
    const char *cards;      /* fits: cards that become columns, "EXPTIME,AIRMASS"; NULL: none */
    const char *mask_hdu,
        *ivar_hdu;       /* fits: numbers or names of the units with mask and inverse
                            variance of the pictures; NULL: as Galatea writes them */
    const char *split;   /* "all", "train", "test", "validation" */
    const char *where;   /* "column=value,column!=value": all must hold; = != < <= > >= on
                            any column. NULL: every row */
    const char *exclude; /* "FILE,FILE:7-9,FILE:test": positions on the sky, all, those of
                            rows, those of a split. NULL: none */
    const char *catalog; /* CSV or FITS table: its columns go with the pictures; NULL: none */
    const char *catalog_hdu; /* number or name of the table of FITS; NULL: the first */
    const char *on;          /* a column of it, equal to that of the pictures by this name or to
                                their id; "position": the nearest within `radius` */
    double radius;           /* arcsec */
    const char *column;      /* "label=ans,z=Z_PHOT": columns by new names; NULL: none */
    const char *missing;  /* "z=-99,-999": values of columns of numbers that stand for none, of
                             one column (label and angular_size as well) or of all but labels.
                             NULL: none */
    double within;        /* arcsec: pictures nearer to one of them are left out */
    const char *channels; /* "1": pictures must be without colour; "3": gray is repeated;
                             "auto": as the source says */
    int64_t crop, size;   /* pixels, 0: not asked for */
    bool whole;           /* with size, without crop: the largest square in the middle of each
                             picture is resized, whatever its sides are */
    const char *align;    /* "none", "principal" */
    const char *blank;    /* "-9999,-999": pixels that stand for none are bad ones. NULL:
                             none */
    const char *bad_pixels; /* "error", "zero", "drop" */
    const char *normalize;  /* see above */
    bool keep_values;       /* no scaling; bytes stay bytes, all else becomes float32 */
    const char *range;      /* "LOW:HIGH" of values that are kept, which it asks for; NULL: see
                               above */
    double softening;       /* a of asinh */
    double sigma;           /* k of sigma-clip */
    const char *stretch;    /* "linear", "sqrt", "log", "asinh": gt_stretch_find */
    double stretch_a;       /* its a; 0: the usual one */
    double contrast;        /* of zscale */
    const char *percentile; /* "99.5" in the middle, or "LOW:HIGH" */
    const char *lupton;     /* "z,g,r" or "4,1,2": three bands by name or, from 0 on, number;
                               NULL: not asked for */
    double lupton_q;        /* of gt_lupton */
    double lupton_stretch;
    const char *lupton_weights; /* "mean", "rec601", "rec709" */
    const char *pixels;         /* "auto", "uint8", "float32" */
    const char *unit;           /* of values that are kept; NULL: what the source says */
    const char *survey;         /* NULL: what the source says */
    double pixel_scale;         /* arcsec per pixel of the source; 0: what the source says */
    bool drop_planes;           /* mask and inverse variance are left out */
    bool drop_damaged; /* fits, pictures, png, hdf5, npy: files of a folder, list or archive
                          that cannot be read are named, counted and left out; of a file of
                          several pictures those from the first damaged one on */
    double test;       /* share of the rows drawn into the test split, the others train;
                          0: as the source says */
    int64_t seed;      /* of that draw */
} gt_import_settings;

/* The rows of gt_import_settings as options. */
extern const gt_option_table gt_import_options;

/* The defaults of the table. */
gt_import_settings gt_import_settings_default(void);

/* What happened to the pictures. */
typedef struct gt_import_report {
    uint64_t read, selected, written;
    uint64_t excluded, unplaced; /* too near to a position; no position of their own, kept */
    uint64_t positions, positions_unknown; /* of exclude: in use, and rows without one */
    gt_image_faults faults;                /* bad pixels inside the crop */
    uint64_t bad_pictures, constant_pictures, alpha_pictures;
    char first_bad[128], first_constant[128]; /* ids, or numbers in the source */
    bool is_codes;                            /* vectors were read, and codes written */
    size_t channels, height, width;           /* of the rows written */
    gt_pixel_type type;                       /* of the rows written */
    gt_value_range range;                     /* declared; undeclared for bytes and codes */
    uint64_t moved_pixels, moved_pictures;    /* beyond the range that was asked for */
    const char *guess; /* the format that the path looked like, where none was given. Static */
    char note[8192];   /* what was left out or is odd: sentences with line feeds between */
} gt_import_report;

/* Called now and then with the pictures read so far; a status other than GT_OK stops the work
 * and is passed on; fill err as well. */
typedef gt_status (*gt_import_tick)(void *user, uint64_t done, uint64_t total, gt_error *err);

/* Reads `path` and writes settings->out, whole or not at all. GT_USAGE for settings that do not
 * fit the source (exclude needs one with ra and dec), GT_NOT_FOUND when no picture is left or
 * exclude names no position, GT_BAD_SHAPE for a picture smaller than the crop, GT_NOT_FINITE
 * for bad pixels under the policy "error" (after all pictures were looked at, with their
 * number), and whatever the reader and the writer say. provenance: JSON for the file, may be
 * NULL. tick may be NULL. */
gt_status gt_import_run(const gt_import_settings *settings, const char *path,
                        const char *provenance, gt_import_tick tick, void *user,
                        gt_import_report *report, gt_error *err) GT_MUST_CHECK;

/* The files that an import reads: path, settings->catalog, those of settings->exclude without
 * their rows; NULL behind the last. GT_USAGE for an exclude that is no such list. The list and
 * its names are one block, yours (free). */
gt_status gt_import_inputs(const gt_import_settings *settings, const char *path, char ***out,
                           gt_error *err) GT_MUST_CHECK;

/* Whether sets can be joined: GT_MISMATCH unless all agree in kind, shape, pixel type and
 * declared range. told: the range that the result shall have, whatever theirs are, or
 * undeclared; GT_USAGE where the sets are no float pictures. */
gt_status gt_dataset_merge_check(const char *const *paths, size_t count, gt_value_range told,
                                 gt_error *err) GT_MUST_CHECK;

/* Joins sets row by row, in the order given, into `out`, after gt_dataset_merge_check. Columns
 * are kept, with missing values in rows of sets that lack them, but splits only if all have
 * them, labels only if the class names are the same; what imaging.h names only as far as all
 * state the same (gt_imaging_compare tells what two state differently). notes: one sentence for
 * each other thing that is left out, and for ids that stand in more than one split or more than
 * once, each ending in a line feed, yours (free). is_left_out: NULL, or of each row of all
 * sets, one set behind the other, whether it is not wanted. GT_BAD_ARGUMENT if out is one of
 * the inputs, or a pixel lies beyond the range told, or, where none is, beyond that which its
 * set declares. */
gt_status gt_dataset_merge(const char *const *paths, size_t count, gt_value_range told,
                           const bool *is_left_out, const char *out, const char *provenance,
                           gt_import_tick tick, void *user, char **notes,
                           gt_error *err) GT_MUST_CHECK;

/* gt_hash64 over a file; over a folder, of the relative names and hashes of all regular files
 * below it in order of name. For provenance. */
gt_status gt_input_hash(const char *path, uint64_t *hash, gt_error *err) GT_MUST_CHECK;

#ifdef __cplusplus
}
#endif
#endif
