/* hdf5_planes.c - which arrays are planes, and their rows. */
#include "hdf5_planes.h"

#include <stdlib.h>
#include <string.h>

#include "axes.h"
#include "columns.h"
#include "hdf5_packing.h"
#include "hdf5_window.h"

enum { BLOCK = 4 << 20, PATH = 4096, MASK = 0, IVAR = 1 };

struct gt_hdf5_planes {
    struct {
        gt_hdf5_array *array; /* NULL: there is none */
        gt_hdf5_window window;
        const char *name;
        size_t planes; /* of H x W in the file */
        bool is_last;  /* (H,W,C), as its pictures may be */
    } each[GT_PLANE_COUNT];
    size_t pixels;           /* H * W */
    bool is_good;            /* the mask is not 0 where pixels are to be used */
    gt_numbers held;         /* inverse variances in their window */
    gt_hdf5_packing packing; /* of these */
    float *values;           /* of one row, as stored */
    gt_rounding rounding;
};

void gt_hdf5_planes_close(gt_hdf5_planes *p) {
    for (int i = 0; p != NULL && i < GT_PLANE_COUNT; i++) {
        gt_hdf5_window_close(&p->each[i].window);
        gt_hdf5_array_close(p->each[i].array);
    }
    if (p != NULL) free(p->values);
    free(p);
}

/* (N,H,W), (N,C,H,W) or (N,H,W,C) of the pictures' own sides; a mask of whole numbers. */
static bool fits(int which, const gt_hdf5_shape *shape, const gt_source_info *info,
                 bool *is_last) {
    bool is_typed = which == IVAR || shape->type <= GT_HDF5_I64;
    return shape->type != GT_HDF5_TEXT && is_typed &&
           gt_plane_fits(which == MASK, shape->dims, shape->rank, info, is_last);
}

static gt_status open_plane(const gt_hdf5 *file, const char *prefix, int which,
                            const gt_source_info *info, FILE *notes, gt_hdf5_planes *p,
                            gt_error *err) {
    char path[PATH + 16];
    gt_hdf5_array *array = NULL;
    snprintf(path, sizeof path, "%.4000s%s", prefix, p->each[which].name);
    if (!gt_hdf5_has(file, path) || gt_hdf5_array_open(file, path, &array, NULL) != GT_OK)
        return GT_OK;
    const gt_hdf5_shape *shape = gt_hdf5_array_shape(array);
    if (!fits(which, shape, info, &p->each[which].is_last)) {
        gt_hdf5_array_close(array);
        return GT_OK;
    }
    p->each[which].array = array;
    p->each[which].planes = (size_t)(shape->items / shape->dims[0]) / p->pixels;
    if (which == IVAR) {
        p->held = gt_numbers_plain(gt_hdf5_number_type(shape->type), false);
        p->packing = gt_hdf5_packing_of(file, array);
        gt_hdf5_packing_tell(&p->packing, p->each[which].name, notes);
    }
    return gt_hdf5_window_open(&p->each[which].window, array,
                               which == MASK ? GT_HDF5_I64 : shape->type, BLOCK, err);
}

gt_status gt_hdf5_planes_open(const gt_hdf5 *file, const char *main, const gt_source_info *info,
                              FILE *notes, gt_hdf5_planes **out, gt_error *err) {
    gt_status status = GT_OK;
    main += strspn(main, "/");
    const char *slash = strrchr(main, '/'), *name = slash ? slash + 1 : main;
    char prefix[PATH];
    bool is_universe = strncmp(name, "image_", 6) == 0;
    gt_hdf5_planes *p = calloc(1, sizeof *p);
    *out = NULL;
    if (p == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for planes");
    snprintf(prefix, sizeof prefix, "%.*s", (int)(name - main), main);
    p->pixels = info->height * info->width;
    p->values = malloc(info->channels * p->pixels * sizeof *p->values);
    if (p->values == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for planes");
    p->each[MASK].name = is_universe ? "image_mask" : gt_plane_names[MASK];
    p->each[IVAR].name = is_universe ? "image_ivar" : gt_plane_names[IVAR];
    for (int i = 0; i < GT_PLANE_COUNT; i++)
        GT_TRY(open_plane(file, prefix, i, info, notes, p, err));
    /* Where it has one plane for all bands it is that of the Legacy Survey, 1 for clean. */
    p->is_good = is_universe && p->each[MASK].array != NULL && p->each[MASK].planes == 1 &&
                 info->channels > 1;
    if (p->is_good)
        fprintf(notes, "'image_mask' is 1 where pixels are clean: the mask is turned round\n");
    if (gt_hdf5_planes_are(p) == 0) goto done;
    *out = p;
    p = NULL;
done:
    gt_hdf5_planes_close(p);
    return status;
}

unsigned gt_hdf5_planes_are(const gt_hdf5_planes *p) {
    if (p == NULL) return 0;
    return (p->each[MASK].array != NULL ? GT_PLANE_MASK : 0u) |
           (p->each[IVAR].array != NULL ? GT_PLANE_IVAR : 0u);
}

bool gt_hdf5_planes_have(const gt_hdf5_planes *p, const char *name) {
    for (int i = 0; p != NULL && i < GT_PLANE_COUNT; i++)
        if (p->each[i].array != NULL && strcmp(p->each[i].name, name) == 0) return true;
    return false;
}

gt_status gt_hdf5_planes_row(gt_hdf5_planes *p, uint64_t row, float *out, gt_error *err) {
    gt_status status = GT_OK;
    const void *stored;
    if (p->each[MASK].array != NULL) {
        GT_TRY(gt_hdf5_window_row(&p->each[MASK].window, row, &stored, err));
        for (size_t i = 0; i < p->pixels; i++) {
            bool is_set = false; /* in any of the channels */
            size_t planes = p->each[MASK].planes,
                   first = p->each[MASK].is_last ? i * planes : i;
            size_t step = p->each[MASK].is_last ? 1 : p->pixels;
            for (size_t c = 0; c < planes; c++)
                is_set |= ((const int64_t *)stored)[first + c * step] != 0;
            *out++ = is_set != p->is_good;
        }
    }
    if (p->each[IVAR].array != NULL) {
        GT_TRY(gt_hdf5_window_row(&p->each[IVAR].window, row, &stored, err));
        size_t planes = p->each[IVAR].planes;
        bool is_last = p->each[IVAR].is_last;
        float *to = is_last ? p->values : out;
        gt_numbers_to_floats(&p->held, stored, planes * p->pixels, to, &p->rounding);
        gt_hdf5_unpack_floats(&p->packing, to, planes * p->pixels);
        if (is_last) gt_plane_put_first(p->values, planes, p->pixels, out);
    }
done:
    return status;
}

const char *gt_hdf5_planes_rounded(const gt_hdf5_planes *p, char text[GT_ROUNDED_TEXT]) {
    *text = 0;
    if (p == NULL || p->each[IVAR].array == NULL) return text;
    const char *type = gt_hdf5_type_name(gt_hdf5_array_shape(p->each[IVAR].array)->type);
    return gt_rounded_text(p->rounding, GT_IVAR_NOUN, type, text);
}
