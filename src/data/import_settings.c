/* import_settings.c - the options of an import. */
#include "galatea/import.h"

#define AT(kind, member) kind(gt_import_settings, member)

static const gt_option rows[] = {
    {"format", AT(GT_TEXT_AT, format), NULL, "NAME",
     "mirabest, frdeep, png, pictures, npy, hdf5, fits or table; found by looking at PATH if "
     "not given"},
    {"out", AT(GT_TEXT_AT, out), NULL, "FILE", "data set to write", .required = true,
     .path = GT_WRITES, .endings = GT_DATASET_ENDINGS},
    {"subset", AT(GT_TEXT_AT, subset), NULL, "NAME",
     "part of the source: full, confident, uncertain, fr, hybrid (mirabest)"},
    {"dataset", AT(GT_TEXT_AT, dataset), NULL, "PATH",
     "where the pictures or codes are in an HDF5 file (else under a usual name, or the only "
     "array that can be pictures, or codes), or which array of an npz file"},
    {"axes", AT(GT_CHOICE_AT, axes), "auto", "ORDER",
     "of pictures as arrays, channels before or behind the sides; auto: the shape tells",
     .choices = "auto|nchw|nhwc"},
    {"unpack", AT(GT_REAL_AT, unpack), "0", "GIB",
     "most that an archive may unpack to; 0: 4, or twice its size, and 1000 to 1", .min = 0,
     .max = 1e6},
    {"hdu", AT(GT_TEXT_AT, hdu), NULL, "N",
     "number (0: the primary one) or name of the HDU in FITS files, as SCI or SCI,2; else the "
     "first with an image"},
    {"planes", AT(GT_CHOICE_AT, planes), "auto", "WHAT",
     "what further axes of FITS images are; auto: channels in a folder, up to 16, else "
     "pictures",
     .choices = "auto|pictures|channels"},
    {"bands", AT(GT_TEXT_AT, bands), NULL, "LIST",
     "FITS files of bands, * being the object: g=*_g.fits,r=*_r.fits; HDUs of a file: g=1,r=2"},
    {"incomplete", AT(GT_CHOICE_AT, incomplete), "error", "WHAT",
     "with objects that have no file for one of --bands: stop, or leave them out",
     .choices = "error|drop", .with = "bands"},
    {"id-card", AT(GT_TEXT_AT, id_card), NULL, "KEY",
     "card of FITS headers whose text is the id, as OBJECT; else the name of the file"},
    {"cards", AT(GT_TEXT_AT, cards), NULL, "KEY,...",
     "cards of FITS headers that become columns: EXPTIME,AIRMASS"},
    {"mask-hdu", AT(GT_TEXT_AT, mask_hdu), NULL, "N",
     "number or name of the HDU in FITS files with a mask of the pictures: pixels where it is "
     "not "
     "0 are not to be used"},
    {"ivar-hdu", AT(GT_TEXT_AT, ivar_hdu), NULL, "N", "the same of their inverse variances"},
    {"split", AT(GT_CHOICE_AT, split), "all", "NAME", "rows of this split only",
     .choices = "all|train|test|validation"},
    {"where", AT(GT_TEXT_AT, where), NULL, "LIST",
     "rows for which all conditions hold, on any column: label=FRII,split!=test,ra>=180.5 (= "
     "!= "
     "< <= > >=; '' is a missing value)"},
    {"catalog", AT(GT_TEXT_AT, catalog), NULL, "FILE",
     "CSV or FITS table whose columns go with the pictures; they keep their order and number",
     .path = GT_READS},
    {"catalog-hdu", AT(GT_TEXT_AT, catalog_hdu), NULL, "N",
     "number or name of the table in a FITS file of --catalog; else the first one",
     .with = "catalog"},
    {"on", AT(GT_TEXT_AT, on), "id", "COLUMN",
     "of --catalog: equal to that of the pictures by this name, else to their id; or position: "
     "the nearest row within --radius",
     .with = "catalog"},
    {"radius", AT(GT_REAL_AT, radius), "1", "ARCSEC", "of --on position", .min = 0,
     .max = 648000, .with = "catalog"},
    {"column", AT(GT_TEXT_AT, column), NULL, "NEW=OLD,...",
     "columns by new names: label=ans takes ans as the class (label, split, ra, dec, "
     "angular_size, id, or any name)"},
    {"exclude", AT(GT_TEXT_AT, exclude), NULL, "FILE,...",
     "leave out what lies --within the positions of FILE, FILE:7-9 (rows) or FILE:test",
     .path = GT_READS},
    {"within", AT(GT_REAL_AT, within), "30", "ARCSEC",
     "radius of --exclude, on the great circle", .min = 0, .max = 648000},
    {"channels", AT(GT_CHOICE_AT, channels), "auto", "C",
     "1: gray, refuses colours; 3: gray is repeated; auto: 3 if a picture has colour",
     .choices = "auto|1|3"},
    {"crop", AT(GT_INT_AT, crop), "0", "C", "cut out the centre C x C, then resize to --size",
     .min = 0, .max = 16384},
    {"size", AT(GT_INT_AT, size), "0", "S", "sides of the pictures; without --crop the centre",
     .min = 0, .max = 16384},
    {"whole", AT(GT_FLAG_AT, whole), NULL, NULL,
     "pictures of any sides, larger or smaller: the largest square in the middle of each is "
     "resized to --size"},
    {"align", AT(GT_CHOICE_AT, align), "none", "HOW",
     "principal: centre each source and turn its long axis along x before cutting",
     .choices = "none|principal"},
#include "import_values.def"
    {"pixel-scale", AT(GT_REAL_AT, pixel_scale), "0", "ARCSEC",
     "arcsec per pixel of the source; 0: as the source says", .min = 0, .max = 1e6},
    {"drop-planes", AT(GT_FLAG_AT, drop_planes), NULL, NULL,
     "leave out mask and inverse variance of the source"},
    {"drop-damaged", AT(GT_FLAG_AT, drop_damaged), NULL, NULL,
     "leave out files of a folder, list or archive that cannot be read, and name them"},
    {"test", AT(GT_REAL_AT, test), "0", "SHARE",
     "share of the pictures drawn into the test split, where the source has no splits",
     .min = 0, .max = 0.9},
    {"seed", AT(GT_INT_AT, seed), "1", "S", "seed of that draw", .min = 0, .max = 9e15},
};

const gt_option_table gt_import_options = GT_OPTION_TABLE("Import", rows);

gt_import_settings gt_import_settings_default(void) {
    return (gt_import_settings){.split = "all",
                                .within = 30,
                                .on = "id",
                                .radius = 1,
                                .axes = "auto",
                                .planes = "auto",
                                .incomplete = "error",
                                .channels = "auto",
                                .align = "none",
                                .bad_pixels = "error",
                                .normalize = "auto",
                                .stretch = "linear",
                                .contrast = 0.25,
                                .percentile = "99.5",
                                .softening = 10,
                                .sigma = 3,
                                .lupton_q = 8,
                                .lupton_stretch = 0.2,
                                .lupton_weights = "mean",
                                .pixels = "auto",
                                .seed = 1};
}
