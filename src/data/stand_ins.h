/* stand_ins.h (room: data, private) - numbers that stand for none, as -9999: pixels (--blank)
 * and values of columns (--missing) that who asks has told, and such as look like it.
 *
 * A pixel's value looks like one where it is the lowest or the highest of a channel, far from
 * all others there: -99, -999 ..., -32768 and -2147483648 where no other is below half of it;
 * any other that is there four times and more, ten times as far from the next one as all others
 * lie apart. Pictures of bytes are not looked at. A column's: nines (99, -999, 99.99 ...),
 * 1e20, 1e30 and the like, with no other value of the column beyond half of it; -32768 and
 * -2147483648 where none is beyond half of it on either side. Angular sizes and labels without
 * names are such columns too, and of labels 255, the -1 of bytes. */
#ifndef GALATEA_DATA_STAND_INS_H
#define GALATEA_DATA_STAND_INS_H

#include "importer.h"

typedef struct gt_stand_ins gt_stand_ins;

/* GT_USAGE for what is no list of numbers, or names a column that has none. source is lent
 * until close. *out is yours. */
gt_status gt_stand_ins_open(const gt_import_settings *settings, const gt_source_info *source,
                            gt_stand_ins **out, gt_error *err) GT_MUST_CHECK;
void gt_stand_ins_close(gt_stand_ins *self); /* accepts NULL */

/* Makes the told ones among the columns of a picture missing values; its values are lent until
 * the next call then. */
void gt_stand_ins_miss(gt_stand_ins *self, gt_picture *picture);

/* Makes the told ones among pixels NaN. */
void gt_stand_ins_blank(const gt_stand_ins *self, float *pixels, size_t count);

/* Looks at a picture, and at the columns of one. name: what a person finds it by. */
void gt_stand_ins_look_at_pixels(gt_stand_ins *self, const float *pixels, size_t channels,
                                 size_t count, const char *name);
void gt_stand_ins_look_at_columns(gt_stand_ins *self, const gt_picture *picture);

/* Sentences with line feeds between about what looks like one; "" for none. */
enum { GT_STAND_INS_TEXT = 4096 };
const char *gt_stand_ins_text(const gt_stand_ins *self, char text[GT_STAND_INS_TEXT]);

#endif
