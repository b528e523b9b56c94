/* join.h (room: data) - a source with the columns of a catalogue, and columns by other names.
 *
 * The joined source is one like any other: its pictures come in the same order, all of them.
 * Rows of the catalogue are found by a column that both have, or as the nearest position.
 * Pictures without a row, and rows without a picture, are counted in the note. */
#ifndef GALATEA_DATA_JOIN_H
#define GALATEA_DATA_JOIN_H

#include "catalog.h"
#include "importer.h"

/* Lent for the call. */
typedef struct gt_join_request {
    const char *catalog; /* CSV or FITS; NULL: none */
    const char *hdu;     /* of its tables; NULL: the first */
    const char *on; /* a column of the catalogue: equal to that of the pictures by this name,
                       else to their id, whole numbers as 1234, were they written 1234.0;
                       "position": the nearest one */
    double radius;  /* arcsec: a nearer one is the same object */
    const char *columns; /* "label=ans,z=Z_PHOT": new names; NULL: none */
} gt_join_request;

/* Opens a source as gt_source_open does, with the catalogue behind it. A column of the
 * catalogue under a usual name of labels, split, ra, dec, angular_size or id is taken as that
 * where the source has none, or where request->columns says so; the others become fields.
 * Pictures that are joined by id are called as the catalogue's rows are.
 * Positions are the catalogue's where it has a row with one, and those of the pictures' middle
 * become ra_image and dec_image.
 * GT_USAGE for a column that is not there, GT_BAD_FORMAT (naming line and column) for a
 * catalogue that names an object twice, and for labels, splits and positions that cannot be. */
gt_status gt_source_open_joined(const char *format, const gt_source_request *source,
                                const gt_join_request *request, gt_source *out,
                                gt_error *err) GT_MUST_CHECK;

/* The same of a catalogue that lies beside the pictures and whose rows are theirs, in their
 * order (gt_picture.catalog_row): its columns come before the source's own, and one whose
 * values cannot be a label, a split, a position, a size or an id is a field. *source becomes
 * the joined one; rows is taken over in any case, and path is for messages. */
gt_status gt_source_join_rows(const char *path, gt_source *source, gt_catalog *rows,
                              gt_error *err) GT_MUST_CHECK;

#endif
