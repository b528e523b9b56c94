/* band_files.h (room: data, private) - files that are bands of one object, by their names. */
#ifndef GALATEA_DATA_BAND_FILES_H
#define GALATEA_DATA_BAND_FILES_H

#include "picture_folder.h"

enum { GT_BAND_FILES_TEXT = 600 };

/* A sentence where every name of a folder stands there with the same few endings, "X-g.fits",
 * "X-r.fits": taken one by one, an object is as many pictures as it has bands. "" else. */
const char *gt_band_files_text(const gt_picture_folder *folder, char out[GT_BAND_FILES_TEXT]);

#endif
