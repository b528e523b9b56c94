/* export_internal.h (room: data, private) - what the export*.c files share. */
#ifndef GALATEA_DATA_EXPORT_INTERNAL_H
#define GALATEA_DATA_EXPORT_INTERNAL_H

#include "export.h"
#include "fits_write.h"
#include "physical.h"
#include "table.h"

/* One kind of file; functions but for note, next and those of planes are required. */
typedef struct gt_export_kind {
    gt_status (*create)(gt_export *self, gt_error *err); /* self->own */
    gt_status (*append)(gt_export *self, const void *values, const gt_dataset_row *rows,
                        size_t count, gt_error *err); /* as they are written: is_float */
    void (*note)(gt_export *self, const char *name, const char *text);
    gt_status (*next)(gt_export *self, const char *name, gt_error *err);
    gt_status (*begin_plane)(gt_export *self, unsigned plane, gt_error *err);
    gt_status (*append_plane)(gt_export *self, const void *values, gt_error *err);
    gt_export_place planes;
    gt_status (*commit)(gt_export *self, gt_error *err);
    void (*discard)(gt_export *self); /* own may be NULL */
    bool keeps_levels;                /* bytes stay what they are, whatever they stand for */
} gt_export_kind;

extern const gt_export_kind gt_export_set, gt_export_fits, gt_export_npy, gt_export_npz,
    gt_export_fits_folder, gt_export_png_folder;

struct gt_export {
    const gt_export_kind *kind;
    char *path;
    gt_dataset_info info;
    bool is_float; /* of the values written */
    gt_physical physical;
    float *values; /* one picture whose pixels become values; NULL: none do */
    void *own;
};

/* A table for the columns of a set, NULL where it has none, and rows for it. cells: room of one
 * row, yours (free). */
gt_status gt_export_table(const gt_dataset_info *info, gt_table **out, gt_cell **cells,
                          gt_error *err) GT_MUST_CHECK;
gt_status gt_export_row(const gt_dataset_info *info, const gt_dataset_row *row, gt_table *table,
                        gt_cell *cells, gt_error *err) GT_MUST_CHECK;

/* The image of pictures like these, with cards that say what is known; cards: room. */
enum { GT_EXPORT_CARDS = 9 };
gt_fits_new_image gt_export_image(const gt_export *self, const char *name,
                                  gt_fits_card cards[GT_EXPORT_CARDS]);

/* The image of one of their planes. */
gt_fits_new_image gt_export_plane_image(const gt_export *self, unsigned plane);

#endif
