/* npy_planes.c - see npy_planes.h. Members of an archive are read one behind the other, so each
 * plane has the archive for itself. */
#include "npy_planes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "axes.h"
#include "columns.h"
#include "npy_rows.h"

struct gt_npy_planes {
    gt_archive *archives[GT_PLANE_COUNT];
    gt_npy_rows *rows[GT_PLANE_COUNT]; /* NULL: there is none */
    bool is_last[GT_PLANE_COUNT];      /* (H,W,C), as its pictures may be */
    size_t channels, pixels;           /* of the pictures */
    float *stored;                     /* of one row */
    gt_rounding rounding;              /* of inverse variances */
};

unsigned gt_npy_plane_of(const char *name, const gt_npy *array, const gt_source_info *info) {
    bool is_mask = strcmp(name, gt_plane_names[0]) == 0, is_last;
    if (!is_mask && strcmp(name, gt_plane_names[1]) != 0) return 0;
    if (gt_npy_is_text(array->type) || (is_mask && !gt_npy_is_whole(array->type)) ||
        !gt_plane_fits(is_mask, array->dims, array->rank, info, &is_last))
        return 0;
    return is_mask ? GT_PLANE_MASK : GT_PLANE_IVAR;
}

gt_status gt_npy_archive_open(const gt_source_request *request, gt_archive **out,
                              gt_error *err) {
    const gt_archive_limits limits = gt_archive_limits_for(request->path, request->unpack);
    if (request->bytes == NULL) return gt_archive_open(request->path, &limits, out, err);
    return gt_archive_open_bytes(request->path, request->bytes, request->length, &limits, out,
                                 err);
}

static gt_status open_plane(const gt_source_request *request, const char *prefix, int which,
                            const gt_source_info *info, gt_npy_planes *p, gt_error *err) {
    gt_status status = GT_OK;
    const char *member = NULL, *path = request->path;
    char wanted[272];
    snprintf(wanted, sizeof wanted, "%.255s%s.npy", prefix, gt_plane_names[which]);
    GT_TRY(gt_npy_archive_open(request, &p->archives[which], err));
    do {
        GT_TRY(gt_archive_next(p->archives[which], &member, err));
        if (member == NULL) GT_THROW(err, GT_MISMATCH, "%s: changed while it was read", path);
    } while (strcmp(member, wanted) != 0);
    GT_TRY(gt_npy_rows_open_member(p->archives[which], path, wanted, &p->rows[which], err));
    const gt_npy *array = gt_npy_rows_array(p->rows[which]);
    if (!gt_plane_fits(which == 0, array->dims, array->rank, info, &p->is_last[which]))
        GT_THROW(err, GT_MISMATCH, "%s: changed while it was read", path);
done:
    return status;
}

gt_status gt_npy_planes_open(const gt_source_request *request, const char *prefix,
                             unsigned planes, const gt_source_info *info, gt_npy_planes **out,
                             gt_error *err) {
    gt_status status = GT_OK;
    gt_npy_planes *p = calloc(1, sizeof *p);
    if (p == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for planes");
    p->channels = info->channels;
    p->pixels = info->height * info->width;
    p->stored = malloc(p->channels * p->pixels * sizeof *p->stored);
    if (p->stored == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for planes");
    for (int i = 0; i < GT_PLANE_COUNT; i++)
        if (planes & 1u << i) GT_TRY(open_plane(request, prefix, i, info, p, err));
    *out = p;
    p = NULL;
done:
    gt_npy_planes_close(p);
    return status;
}

void gt_npy_planes_close(gt_npy_planes *p) {
    if (p == NULL) return;
    for (int i = 0; i < GT_PLANE_COUNT; i++) {
        gt_npy_rows_close(p->rows[i]);
        gt_archive_close(p->archives[i]);
    }
    free(p->stored);
    free(p);
}

/* Set where any channel of the mask is. */
static void take_mask(const gt_npy_planes *p, size_t planes, float *out) {
    for (size_t i = 0; i < p->pixels; i++) {
        out[i] = 0;
        for (size_t c = 0; c < planes; c++)
            if (p->stored[p->is_last[0] ? i * planes + c : c * p->pixels + i] != 0) out[i] = 1;
    }
}

gt_status gt_npy_planes_next(gt_npy_planes *p, float *out, gt_error *err) {
    for (int i = 0; i < GT_PLANE_COUNT; i++) {
        const void *stored;
        if (p->rows[i] == NULL) continue;
        const gt_npy *array = gt_npy_rows_array(p->rows[i]);
        size_t planes = (size_t)(array->items / array->dims[0]) / p->pixels;
        gt_status status = gt_npy_rows_next(p->rows[i], &stored, err);
        if (status) return status;
        gt_rounding ignored = {0};
        gt_npy_floats(array, stored, planes * p->pixels, p->stored,
                      i == 0 ? &ignored : &p->rounding);
        if (i == 0)
            take_mask(p, planes, out);
        else if (p->is_last[i])
            gt_plane_put_first(p->stored, planes, p->pixels, out);
        else
            memcpy(out, p->stored, planes * p->pixels * sizeof *out);
        out += (i == 0 ? 1 : planes) * p->pixels;
    }
    return GT_OK;
}

const char *gt_npy_planes_rounded(const gt_npy_planes *p, char text[GT_ROUNDED_TEXT]) {
    *text = 0;
    if (p == NULL || p->rows[1] == NULL) return text;
    const char *type = gt_npy_type_name(gt_npy_rows_array(p->rows[1])->type);
    return gt_rounded_text(p->rounding, GT_IVAR_NOUN, type, text);
}
