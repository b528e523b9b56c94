/* import_settings.c - the options of an import. */
#include "galatea/import.h"

#define AT(kind, member) kind(gt_import_settings, member)

static const gt_option rows[] = {
    {"format", AT(GT_TEXT_AT, format), NULL, "NAME", "mirabest, frdeep, png or hdf5",
     .required = true},
    {"out", AT(GT_TEXT_AT, out), NULL, "FILE", "data set to write", .required = true,
     .path = GT_WRITES, .endings = GT_DATASET_ENDINGS},
    {"subset", AT(GT_TEXT_AT, subset), NULL, "NAME",
     "part of the source: full, confident, uncertain, fr, hybrid (mirabest)"},
    {"dataset", AT(GT_TEXT_AT, dataset), NULL, "PATH",
     "where the pictures are in an HDF5 file"},
    {"split", AT(GT_CHOICE_AT, split), "all", "NAME", "rows of this split only",
     .choices = "all|train|test|validation"},
    {"where", AT(GT_TEXT_AT, where), NULL, "LIST",
     "rows for which all conditions hold: column=value,column!=value (also < <= > >=)"},
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
    {"align", AT(GT_CHOICE_AT, align), "none", "HOW",
     "principal: centre each source and turn its long axis along x before cutting",
     .choices = "none|principal"},
    {"bad-pixels", AT(GT_CHOICE_AT, bad_pixels), "error", "WHAT",
     "with NaN, infinite or huge pixels: stop, put 0, or leave the picture out",
     .choices = "error|zero|drop"},
    {"normalize", AT(GT_CHOICE_AT, normalize), "auto", "HOW",
     "scale each picture; auto: none for bytes, else minmax",
     .choices = "auto|none|minmax|asinh|sigma-clip"},
    {"softening", AT(GT_REAL_AT, softening), "10", "A",
     "of asinh: larger lifts faint parts more", .min = 1e-3, .max = 1e6},
    {"sigma", AT(GT_REAL_AT, sigma), "3", "K", "of sigma-clip: cut at K times the noise",
     .min = 0, .max = 1000},
    {"pixels", AT(GT_CHOICE_AT, pixels), "uint8", "TYPE", "how values are stored",
     .choices = "uint8|float32"},
    {"survey", AT(GT_TEXT_AT, survey), NULL, "NAME", "survey, if the source does not say"},
    {"pixel-scale", AT(GT_REAL_AT, pixel_scale), "0", "ARCSEC",
     "arcsec per pixel of the source; 0: as the source says", .min = 0, .max = 1e6},
    {"test", AT(GT_REAL_AT, test), "0", "SHARE",
     "share of the pictures drawn into the test split, where the source has no splits",
     .min = 0, .max = 0.9},
    {"seed", AT(GT_INT_AT, seed), "1", "S", "seed of that draw", .min = 0, .max = 9e15},
};

const gt_option_table gt_import_options = GT_OPTION_TABLE("Import", rows);

gt_import_settings gt_import_settings_default(void) {
    return (gt_import_settings){.split = "all",
                                .within = 30,
                                .channels = "auto",
                                .align = "none",
                                .bad_pixels = "error",
                                .normalize = "auto",
                                .softening = 10,
                                .sigma = 3,
                                .pixels = "uint8",
                                .seed = 1};
}
