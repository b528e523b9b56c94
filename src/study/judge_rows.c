/* judge_rows.c - see judge_rows.h. */
#include "judge_rows.h"

#include <stdlib.h>

#include "galatea/image.h"

void gt_judge_rows_free(gt_judge_rows *rows) {
    for (int s = 0; s < GT_JUDGE_SETS; s++) {
        gt_dataset_close(rows->data[s]);
        free(rows->rows[s]);
        free(rows->x[s]);
    }
}

gt_status gt_judge_rows_make_room(gt_judge_rows *r, int s, size_t columns, gt_error *err) {
    gt_points *p = &r->points[s];
    p->columns = columns;
    r->x[s] = malloc((p->rows * columns + 1) * sizeof *r->x[s]);
    if (!r->x[s])
        return gt_fail(err, GT_NO_MEMORY, "no memory for %zu rows of %s", p->rows, p->name);
    p->x = r->x[s];
    return GT_OK;
}

gt_status gt_judge_fit(const gt_dataset_info *own, const gt_dataset_info *info, float *picture,
                       float *out, gt_error *err) {
    size_t plane = info->height * info->width;
    for (size_t i = 0; own->channels == 1 && i < plane; i++) {
        double sum = 0.0;
        for (size_t c = 0; c < info->channels; c++) sum += (double)picture[c * plane + i];
        picture[i] = (float)(sum / (double)info->channels);
    }
    return gt_image_resize(picture, own->channels, info->height, info->width, own->height,
                           own->width, out, err);
}
