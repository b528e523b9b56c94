/* hdf5_packing.c - see hdf5_packing.h. */
#include "hdf5_packing.h"

#include <math.h>

double gt_hdf5_missing_value(const gt_hdf5 *file, const gt_hdf5_array *array) {
    static const char *const names[] = {"missing", "_FillValue", "missing_value"};
    double value = NAN;
    for (size_t i = 0; i < 3 && isnan(value); i++)
        if (gt_hdf5_real(file, array, names[i], &value, NULL) != GT_OK) value = NAN;
    const gt_hdf5_shape *shape = gt_hdf5_array_shape(array);
    if (value < 0 && shape->type <= GT_HDF5_I64 && gt_hdf5_says_unsigned(file, array))
        value += ldexp(1, 8 * (int)shape->item_size); /* of the array's type, and as signed */
    bool is_float = shape->type == GT_HDF5_F32;
    return is_float ? (double)(float)value : value; /* -99.9 of an attribute in double */
}

static double number(const gt_hdf5 *file, const gt_hdf5_array *array, const char *name,
                     double otherwise) {
    double value = NAN;
    bool is_one = gt_hdf5_real(file, array, name, &value, NULL) == GT_OK && isfinite(value);
    return is_one ? value : otherwise;
}

gt_hdf5_packing gt_hdf5_packing_of(const gt_hdf5 *file, const gt_hdf5_array *array) {
    gt_hdf5_packing out = {1, 0, NAN};
    if (gt_hdf5_array_shape(array)->type == GT_HDF5_TEXT) return out;
    out.scale = number(file, array, "scale_factor", 1);
    out.offset = number(file, array, "add_offset", 0);
    out.missing = gt_hdf5_missing_value(file, array);
    return out;
}

bool gt_hdf5_is_packed(const gt_hdf5_packing *packing) {
    return packing->scale != 1 || packing->offset != 0;
}

double gt_hdf5_unpack(const gt_hdf5_packing *packing, double stored) {
    return stored == packing->missing ? NAN : packing->scale * stored + packing->offset;
}

void gt_hdf5_unpack_floats(const gt_hdf5_packing *packing, float *values, size_t count) {
    gt_hdf5_packing own = *packing;
    own.missing = (double)(float)packing->missing;
    if (!gt_hdf5_is_packed(packing) && isnan(packing->missing)) return;
    for (size_t i = 0; i < count; i++) values[i] = (float)gt_hdf5_unpack(&own, values[i]);
}

void gt_hdf5_packing_tell(const gt_hdf5_packing *packing, const char *name, FILE *notes) {
    if (!gt_hdf5_is_packed(packing)) return;
    fprintf(notes, "'%s' is packed: its values are %g times what is stored", name,
            packing->scale);
    if (packing->offset != 0) fprintf(notes, " plus %g", packing->offset);
    fputs(" (scale_factor, add_offset)\n", notes);
}
