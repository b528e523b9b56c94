/* fits_import.h - FITS files of ramps, imported: what the tests of them share. */
#ifndef GT_FITS_IMPORT_H
#define GT_FITS_IMPORT_H

#include "fits_maker.h"
#include "import_run.h"

/* A ramp of side x side pixels, with further cards. */
static inline void save(const char *name, int side, const char *const *cards) {
    save_ramp(in_folder(name), side, side, 0, cards);
}

/* Cards of a place on the sky: of the middle of 3 x 3 pixels, north up. */
#define SKY(ra, dec, scale)                                                           \
    "CTYPE1  = 'RA---TAN'", "CTYPE2  = 'DEC--TAN'", "CRPIX1  = 2.0", "CRPIX2  = 2.0", \
        "CRVAL1  = " ra, "CRVAL2  = " dec, "CDELT1  = -" scale, "CDELT2  = " scale,   \
        "RADESYS = 'ICRS'"

/* Of the last import. */
static inline void expect_note(const char *words) {
    if (!strstr(report.note, words)) fail_msg("'%s', expected '%s'", report.note, words);
}

/* Float pixels as they are stored. */
static inline const float *row_of(gt_dataset *set, uint64_t row) {
    static float out[256];
    assert_ok(gt_dataset_read_bytes(set, row, 1, out, &err), err);
    return out;
}

static inline const char *id_of(gt_dataset *set, uint64_t row) {
    const char *ids;
    assert_ok(gt_dataset_ids(set, &ids, &err), err);
    return ids + row * (gt_dataset_describe(set)->id_length + 1);
}

#endif
