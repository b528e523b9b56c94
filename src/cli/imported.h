/* imported.h - an import that says what became of the pictures. */
#ifndef GT_CLI_IMPORTED_H
#define GT_CLI_IMPORTED_H

#include "cli.h"
#include "galatea/import.h"

/* gt_import_run of the first word, with progress, remarks and a line at the end. */
GT_MUST_CHECK gt_status gt_import_told(gt_call *call, const gt_import_settings *settings,
                                       gt_error *err);

#endif
