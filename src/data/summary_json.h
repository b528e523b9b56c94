/* summary_json.h (room: data) - what a set holds, for programs. */
#ifndef GT_SUMMARY_JSON_H
#define GT_SUMMARY_JSON_H

#include "json.h"
#include "summary.h"

/* One object with all of it. path: what it is the summary of. */
void gt_summary_json(const gt_summary *summary, const char *path, gt_json *json);

#endif
