/* fits_rows.h (room: data, private) - tables beside the pictures of FITS files, with as many
 * rows as there are pictures: their columns are those of the pictures. */
#ifndef GALATEA_DATA_FITS_ROWS_H
#define GALATEA_DATA_FITS_ROWS_H

#include "catalog.h"
#include "fits_survey.h"

/* The tables of all files, one behind the other; *out is NULL where one has none. Of files with
 * one picture only those that Galatea wrote are asked: in others a table of one row may be
 * about anything. What is left out is told in the survey's note. */
gt_status gt_fits_rows_gather(const gt_fits_objects *all, gt_fits_survey *survey,
                              gt_catalog **out, gt_error *err) GT_MUST_CHECK;

#endif
