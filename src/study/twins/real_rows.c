/* real_rows.c - see real_rows.h. */
#include "real_rows.h"

#include <unistd.h>

gt_status gt_real_rows(const gt_sweep *sweep, char path[GT_TWINS_PATH], gt_error *err) {
    gt_status status = gt_sweep_path(sweep, path, err, "subsets/test.h5");
    if (status == GT_OK && access(path, F_OK) != 0) *path = '\0';
    return status;
}

gt_status gt_twin_shapes(const gt_twin *t, char path[GT_TWINS_PATH], gt_error *err) {
    char name[] = "morphology_a.csv";
    name[11] = gt_side_end(t->side);
    return gt_twin_path(t, name, path, err);
}
