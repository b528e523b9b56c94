/* catalog_join.h - four pictures, catalogues joined to them, and what they then have. */
#ifndef GT_CATALOG_JOIN_H
#define GT_CATALOG_JOIN_H

#include "gt_test.h"

#include "fields.h"
#include "galatea/import.h"
#include "temp_folder.h"

enum { PICTURES = 4 };

static gt_error err;
static gt_import_report report;
static const char *catalog_hdu; /* of the next joins */

/* Ids a and a blank, b.fits.fz, dir/c, none; positions (10,0), (20,0), (30,89.9999), none. */
static inline void write_pictures(void) {
    static const char *const ids[PICTURES] = {"a ", "b.fits.fz", "dir/c", NULL};
    static const double ra[PICTURES] = {10, 20, 30, NAN}, dec[PICTURES] = {0, 0, 89.9999, NAN};
    gt_dataset_writer *writer;
    gt_dataset_info info = gt_dataset_info_default();
    info.count = PICTURES;
    info.channels = info.height = info.width = 1;
    info.columns = GT_COLUMN_ID | GT_COLUMN_RA | GT_COLUMN_DEC;
    info.id_length = 9;
    const gt_field number = {.name = "number", .type = GT_FIELD_INTEGER};
    info.fields = &number;
    info.field_count = 1;
    assert_ok(gt_dataset_writer_create(in_folder("in.h5"), &info, &writer, &err), err);
    for (int i = 0; i < PICTURES; i++) {
        const gt_field_value value = {.integer = 100 + i};
        gt_dataset_row row = gt_dataset_row_default();
        row.id = ids[i];
        row.ra = ra[i];
        row.dec = dec[i];
        row.values = &value;
        assert_ok(gt_dataset_writer_append(writer, "x", &row, 1, &err), err);
    }
    assert_ok(gt_dataset_writer_commit(writer, &err), err);
}

/* Joins c.csv, of these bytes, or c.fits; on, column: of the settings. */
static inline gt_status join(const char *csv, size_t size, const char *on, const char *column) {
    char in[600], out[600], catalog[600];
    snprintf(in, sizeof in, "%s", in_folder("in.h5"));
    snprintf(out, sizeof out, "%s", in_folder("out.h5"));
    snprintf(catalog, sizeof catalog, "%s", in_folder("c.csv"));
    if (csv) write_file(catalog, csv, size);
    gt_import_settings settings = gt_import_settings_default();
    settings.format = "hdf5";
    settings.out = out;
    settings.catalog = csv ? catalog : in_folder("c.fits");
    if (on) settings.on = on;
    settings.column = column;
    settings.catalog_hdu = catalog_hdu;
    return gt_import_run(&settings, in, NULL, NULL, NULL, &report, &err);
}

/* The set that comes of it. */
static inline gt_dataset *joined(const char *csv, const char *on, const char *column) {
    gt_dataset *set;
    assert_ok(join(csv, csv ? strlen(csv) : 0, on, column), err);
    assert_ok(gt_dataset_open(in_folder("out.h5"), &set, &err), err);
    return set;
}

/* Bytes of a text that may hold zeros, and how many. */
#define TEXT(text) text, sizeof text - 1

/* ---- what is joined ---- */

static inline const gt_field *field(gt_dataset *set, const char *name, size_t *index) {
    const gt_dataset_info *info = gt_dataset_describe(set);
    *index = gt_field_find(info->fields, info->field_count, name);
    assert_true(*index < info->field_count);
    return &info->fields[*index];
}

static inline gt_field_value value(gt_dataset *set, const char *name, uint64_t row) {
    const gt_field_value *values;
    size_t index;
    field(set, name, &index);
    assert_ok(gt_dataset_values(set, row, &values, &err), err);
    return values[index];
}

static inline const double *positions(gt_dataset *set, const double **dec) {
    const double *ra;
    assert_ok(gt_dataset_ra(set, &ra, &err), err);
    assert_ok(gt_dataset_dec(set, dec, &err), err);
    return ra;
}

#endif
