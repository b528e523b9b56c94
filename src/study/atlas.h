/* atlas.h (room: study) - maps of several sets of codes, with one figure. */
#ifndef GT_STUDY_ATLAS_H
#define GT_STUDY_ATLAS_H

#include "embed_map.h"

enum { GT_MAPS_AT_MOST = 9 };

/* A zeroed one can be freed. */
typedef struct gt_atlas {
    const gt_context *context;
    const gt_embed_settings *settings;
    gt_embedding *list;
    size_t count;
} gt_atlas;

/* Maps the sets that the words (FILE or NAME=FILE, 1 to GT_MAPS_AT_MOST) name, and writes what
 * the settings ask for: the map of one set to settings->out, those of several into that folder.
 * GT_USAGE for outputs that would replace inputs or each other. Words and settings are lent. */
GT_MUST_CHECK gt_status gt_atlas_make(const gt_context *context,
                                      const gt_embed_settings *settings,
                                      const char *const *words, size_t count, gt_atlas *out,
                                      gt_error *err);
void gt_atlas_free(gt_atlas *atlas);

#endif
