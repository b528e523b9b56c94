/* source_parcel.h (room: data, private) - what importers are asked and say, packed for another
 * process and taken apart without trusting it. */
#ifndef GT_DATA_SOURCE_PARCEL_H
#define GT_DATA_SOURCE_PARCEL_H

#include "importer.h"
#include "parcel.h"

/* Lists that a description taken apart points to, and the further columns of one picture. */
typedef struct gt_source_lists {
    const char **class_names;
    gt_field *fields;
    gt_field_value *values;
} gt_source_lists;

void gt_source_put_request(gt_parcel *parcel, const gt_source_request *request);
/* Lent by the parcel; *cut is what out->cut points to, its list of mosaics yours (free). */
void gt_source_take_request(gt_parcel *parcel, gt_source_request *out, gt_cut_settings *cut);

void gt_source_put_info(gt_parcel *parcel, const gt_source_info *info);
/* Texts are lent by the parcel, lists by *lists. Counts, sizes and names are such as an
 * importer may say, or parcel->failed. */
void gt_source_take_info(gt_parcel *parcel, gt_source_lists *lists, gt_source_info *out);
void gt_source_lists_free(gt_source_lists *lists);

/* All of a picture but its pixels. */
void gt_source_put_picture(gt_parcel *parcel, const gt_picture *picture,
                           const gt_source_info *info);
/* Lent by the parcel and, until the next one, by *lists. */
void gt_source_take_picture(gt_parcel *parcel, const gt_source_info *info,
                            gt_source_lists *lists, gt_picture *out);

/* Where pixels lie that the parcel does not have. The path is lent by the parcel; whether the
 * rest can be is found out by gt_flat_open. */
void gt_source_put_flat(gt_parcel *parcel, const gt_flat *flat);
void gt_source_take_flat(gt_parcel *parcel, gt_flat *out);

#endif
