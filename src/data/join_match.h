/* join_match.h (room: data) - which row of a catalogue a picture is. */
#ifndef GALATEA_DATA_JOIN_MATCH_H
#define GALATEA_DATA_JOIN_MATCH_H

#include <stdio.h>

#include "catalog.h"
#include "importer.h"
#include "join.h"

enum { GT_JOIN_NONE = -1 };

typedef struct gt_matcher gt_matcher;

/* ra, dec: fields of the catalogue, GT_JOIN_NONE without; needed for "position", and there
 * checked. catalog and source are lent. GT_USAGE, and GT_BAD_FORMAT for an object named twice.
 */
gt_status gt_matcher_open(const gt_catalog *catalog, const gt_join_request *request,
                          const gt_source_info *source, int ra, int dec, gt_matcher **out,
                          gt_error *err) GT_MUST_CHECK;
void gt_matcher_close(gt_matcher *matcher); /* accepts NULL */

/* The field of the catalogue that is compared, GT_JOIN_NONE for positions. */
int gt_matcher_key(const gt_matcher *matcher);

/* False, and counted, where there is none. */
bool gt_matcher_find(gt_matcher *matcher, const gt_picture *picture, uint64_t number,
                     uint64_t *row);

/* What a row of the catalogue is called where it is found by a column; lent until close. */
const char *gt_matcher_name(const gt_matcher *matcher, uint64_t row);

/* Lines on what had no counterpart, when all pictures were looked for. GT_NOT_FOUND, with both
 * names of the first and the way out, where nothing of a table had one. */
gt_status gt_matcher_tell(const gt_matcher *matcher, FILE *notes, gt_error *err) GT_MUST_CHECK;

#endif
