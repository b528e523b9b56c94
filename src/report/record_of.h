/* record_of.h (room: report) - the record of the command that made a file, as
 * gt_provenance_make wrote it there. */
#ifndef GT_REPORT_RECORD_OF_H
#define GT_REPORT_RECORD_OF_H

#include <stddef.h>

#include "galatea/error.h"

/* The record in the bytes of a PNG, SVG or PDF figure, or of a FITS file (its beginning is
 * enough); *out is yours (free), NULL where there is none. GT_BAD_FORMAT for a damaged PNG. */
GT_MUST_CHECK gt_status gt_record_of_bytes(const char *bytes, size_t size, char **out,
                                           gt_error *err);
#endif
