/* dataset.h (room: data) - the flat HDF5 data sets that Galatea writes and trains on.
 *
 * One file holds one main array and optional columns, all contiguous and uncompressed, so that
 * rows are read with pread at a known offset and a set never has to fit in memory:
 *
 *     images        (N,C,H,W) uint8 or float32   (kind GT_DATASET_IMAGES), or
 *     codes         (N,D) float32                (kind GT_DATASET_CODES)
 *     labels        (N) int32, -1 = none; attribute label_names lists the classes in order
 *     split         (N) uint8, 0 train, 1 test, 2 validation
 *     ra, dec       (N) float64, degrees, NaN = unknown
 *     angular_size  (N) float64, arcsec, NaN = unknown
 *     id            (N) fixed-length strings, zero padded
 *     mask          (N,H,W) uint8, not 0 where a pixel is not to be used
 *     ivar          (N,C,H,W) float32, inverse variance in the unit of the pixels to the power
 *                   of -2, 0 where nothing is known
 *     columns/NAME  (N) int64, float64 or fixed-length strings: whatever else is known of the
 *                   rows; attributes unit, description, ucd (IVOA) where they are stated
 *
 * The first row of a picture is its top, as people look at it and as PNG and JPEG store it.
 * FITS stores the bottom first: importers turn such pictures over, writers of FITS turn them
 * back. Arrays of other programs (HDF5, npy) are taken as they are, first row first.
 *
 * Root attributes: provenance (JSON: command, option values, version, input hashes, seed),
 * survey, collection (the published set of labelled objects: "MiraBest Confident"),
 * bands (names of the channels, "z,g,r"), pixel_scale_arcsec (NaN = unknown or different per
 * row), value_min, value_max and stretch (the range of pixels), unit (of their values,
 * "Jy/beam"), preparation (what the pictures went through, imaging.h), model and learned_from
 * (codes only: what made them, and from what that learned). Numbers are little-endian. All
 * these items except the main array may be absent.
 *
 * Threads: reading rows is safe from any number of threads at once; opening, column access and
 * writing belong to one thread per object. */
#ifndef GALATEA_DATASET_H
#define GALATEA_DATASET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "galatea/error.h"
#include "galatea/image.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum gt_dataset_kind { GT_DATASET_IMAGES, GT_DATASET_CODES } gt_dataset_kind;

typedef enum gt_pixel_type { GT_PIXEL_U8, GT_PIXEL_F32 } gt_pixel_type;

/* The values that pixels lie between: low is black, high is white. NaN: not declared.
 *
 * All that learns from pictures or draws them sees *levels*, 0 for black to 255 for white: of
 * bytes the bytes themselves, of floats 255 times the stretch of (value - low) / (high - low).
 * So a picture is the same picture in bytes and in floats of any range, and what models make of
 * it is given back in the range that they learned from. Bytes may declare a range too: it says
 * which values they stand for. */
typedef struct gt_value_range {
    double low, high;
    gt_stretch stretch; /* linear unless said */
} gt_value_range;

/* Both ends NaN. */
gt_value_range gt_range_undeclared(void);

/* Whether both ends are finite as float32 and low is below high. */
bool gt_range_is_declared(gt_value_range range);

/* Whether both are declared and the same as float32, or both undeclared. */
bool gt_range_is_same(gt_value_range a, gt_value_range b);

/* "-1 to 2.5", with ", asinh:0.1" behind it where the stretch is not linear. */
enum { GT_RANGE_TEXT = 128 };
void gt_range_text(gt_value_range range, char out[GT_RANGE_TEXT]);

/* "LOW:HIGH". GT_USAGE for anything else. */
gt_status gt_range_parse(const char *text, gt_value_range *out, gt_error *err) GT_MUST_CHECK;

/* Values to levels and back, in place, once rounded to float32. An undeclared range is that of
 * bytes: nothing changes. */
void gt_range_to_levels(gt_value_range range, size_t count, float *values);
void gt_range_to_values(gt_value_range range, size_t count, float *levels);
double gt_range_value(gt_value_range range, double level);

/* What pixels of a range must be, for a sentence: "-3 to 10, which the set declares". */
void gt_range_expected(gt_value_range range, char out[GT_RANGE_TEXT]);

/* Of a set whose pixels are levels as they are: what the lowest and the highest of them tell.
 * GT_BAD_ARGUMENT where they end at 1, which is a mistake; a remark where they end at 8, as
 * nearly all is black then. */
GT_MUST_CHECK gt_status gt_range_check_levels(const char *path, gt_value_range range,
                                              double low, double high, gt_error *err);

enum { GT_SPLIT_TRAIN = 0, GT_SPLIT_TEST = 1, GT_SPLIT_VALIDATION = 2, GT_SPLIT_COUNT = 3 };

/* Optional columns, as bits of gt_dataset_info.columns and gt_dataset_spec.columns. */
enum {
    GT_COLUMN_LABEL = 1 << 0,
    GT_COLUMN_SPLIT = 1 << 1,
    GT_COLUMN_RA = 1 << 2,
    GT_COLUMN_DEC = 1 << 3,
    GT_COLUMN_SIZE = 1 << 4,
    GT_COLUMN_ID = 1 << 5
};

/* Optional planes that go with the pixels, as bits of gt_dataset_info.planes. */
enum { GT_PLANE_MASK = 1 << 0, GT_PLANE_IVAR = 1 << 1 };

/* A column beside those: any name, a type, and what it means. Missing are NaN, an empty text
 * and, of whole numbers, GT_FIELD_NO_INTEGER. */
typedef enum gt_field_type { GT_FIELD_INTEGER, GT_FIELD_REAL, GT_FIELD_TEXT } gt_field_type;

#define GT_FIELD_NO_INTEGER INT64_MIN

typedef struct gt_field {
    const char *name;
    gt_field_type type;
    size_t length;           /* of texts: bytes of the longest, at least 1 */
    const char *unit;        /* "mag", "km / s"; NULL when not stated, as for the next two */
    const char *description; /* one line */
    const char *ucd;         /* "phot.mag;em.opt.R" */
} gt_field;

/* One value, by the type of its field. */
typedef union gt_field_value {
    int64_t integer;
    double real;
    const char *text; /* lent; NULL as "" */
} gt_field_value;

/* The most fields of a set, and the longest of their names in bytes. Names differ in more than
 * the case of letters, hold no '/' and no control character, and are none of the columns above
 * (label, labels, class, split, ra, dec, angular_size, id) nor "row". */
enum { GT_FIELD_MOST = 800, GT_FIELD_NAME = 200 };

/* The place of the field of this name, in letters of any case; count where there is none. */
size_t gt_field_find(const gt_field *fields, size_t count, const char *name);

/* "integer", "real", "text". Static. */
const char *gt_field_type_name(gt_field_type type);

/* The missing value of a field. */
gt_field_value gt_field_missing(const gt_field *field);

/* What a data set is. Used for reading (all pointers lent until the set is closed) and, with
 * the same meaning, as the order given to a writer (copied). */
typedef struct gt_dataset_info {
    gt_dataset_kind kind;
    uint64_t count;                 /* N; for a writer the most rows that will be appended */
    size_t channels, height, width; /* codes: channels = D, height = width = 1 */
    gt_pixel_type type;             /* codes: always GT_PIXEL_F32 */
    unsigned columns;               /* GT_COLUMN_ bits */
    unsigned planes;                /* GT_PLANE_ bits; none of codes */
    size_t id_length;               /* longest id in bytes, 0 without ids */
    const gt_field *fields;         /* field_count columns more; NULL when there are none */
    size_t field_count;
    const char *const *class_names; /* class_count strings, NULL when there are none */
    size_t class_count;
    const char *survey;        /* NULL when not stated */
    const char *collection;    /* name of a published set; NULL when not stated */
    const char *bands;         /* names of the channels, "z,g,r"; NULL when not stated */
    double pixel_scale_arcsec; /* NaN when not stated */
    gt_value_range range;      /* of the pictures */
    const char *unit;          /* of the values in that range; NULL when not stated */
    const char *preparation;   /* of the pictures, see imaging.h; NULL when not stated */
    const char *model;         /* codes: what made them; NULL when not stated */
    const char *learned_from;  /* codes: what that learned from; NULL when not stated */
    const char *provenance;    /* JSON object, at most 60,000 bytes; NULL when absent */
} gt_dataset_info;

/* A description of nothing: count 0, no columns, NaN scale and range. Writers start from it. */
gt_dataset_info gt_dataset_info_default(void);

/* Values of one row C*H*W, and its bytes as stored. */
size_t gt_dataset_row_values(const gt_dataset_info *info);
size_t gt_dataset_row_bytes(const gt_dataset_info *info);

/* Of the pixels as they are stored: the declared one of float pictures, else undeclared: for
 * bytes, which are levels, and for codes, which keep the range of the pictures that they were
 * made of. */
gt_value_range gt_dataset_range(const gt_dataset_info *info);

/* ---- reading ---- */

typedef struct gt_dataset gt_dataset;

/* Opens a set and checks all of it but the values: types, shapes, layout, columns of N rows,
 * every array inside the file. GT_NOT_FOUND or GT_IO if the file cannot be read, GT_BAD_FORMAT
 * for anything that is not such a file, GT_MISMATCH if it holds the other kind,
 * GT_UNSUPPORTED for HDF5 files of another layout (`galatea data import --format hdf5` turns
 * those into a flat set). gt_dataset_open_any takes both kinds. *out is yours. */
gt_status gt_dataset_open(const char *path, gt_dataset **out, gt_error *err);
gt_status gt_codes_open(const char *path, gt_dataset **out, gt_error *err);
gt_status gt_dataset_open_any(const char *path, gt_dataset **out, gt_error *err);

/* Accepts NULL. */
void gt_dataset_close(gt_dataset *dataset);

/* Lent until close. */
const gt_dataset_info *gt_dataset_describe(const gt_dataset *dataset);
const char *gt_dataset_path(const gt_dataset *dataset);

/* Rows first .. first+count-1 as float, count*C*H*W of them: pictures as levels (pixels of an
 * undeclared range as they are), codes as they are.
 * GT_BAD_ARGUMENT for rows outside; GT_MISMATCH, as for all reading below, when the file was
 * changed since it was opened, or another one took its place. */
gt_status gt_dataset_read(const gt_dataset *dataset, uint64_t first, size_t count, float *out,
                          gt_error *err);

/* The same for a list of rows, in the order of the list. */
gt_status gt_dataset_read_rows(const gt_dataset *dataset, const uint64_t *rows, size_t count,
                               float *out, gt_error *err);

/* Rows as stored, count * gt_dataset_row_bytes bytes: uint8 values, or floats in this machine's
 * order. */
gt_status gt_dataset_read_bytes(const gt_dataset *dataset, uint64_t first, size_t count,
                                void *out, gt_error *err);

/* One plane (a GT_PLANE_ bit that the set has) of rows first .. first+count-1 as stored:
 * count*H*W bytes of the mask, or count*C*H*W floats of the inverse variance. */
gt_status gt_dataset_read_plane(const gt_dataset *dataset, unsigned plane, uint64_t first,
                                size_t count, void *out, gt_error *err);

/* Bytes of one row of a plane. */
size_t gt_dataset_plane_bytes(const gt_dataset_info *info, unsigned plane);

/* Whether the file is still what it was when it was opened: GT_OK or GT_MISMATCH. */
GT_MUST_CHECK gt_status gt_dataset_check(const gt_dataset *dataset, gt_error *err);

/* Hands over the hash of the set's file, taken since it was opened. From then on a file whose
 * time stamp alone changed is accepted: its bytes are hashed once more, and a remark is made.
 */
void gt_dataset_accept_hash(gt_dataset *dataset, uint64_t hash);

/* Whole columns, N values, read at the first request and lent until close. GT_NOT_FOUND, naming
 * the file and the column, when the set has none. Labels are checked to be -1 or a class (any
 * number from -1 up when there are no class names), splits to be 0, 1 or 2. Positions that are
 * no place on the sky (-999) and sizes that are none become NaN, labels below -1 become -1,
 * with a remark. An id is the pointer ids + row * (id_length + 1), zero-terminated. */
gt_status gt_dataset_labels(gt_dataset *dataset, const int32_t **out, gt_error *err);
gt_status gt_dataset_splits(gt_dataset *dataset, const uint8_t **out, gt_error *err);
gt_status gt_dataset_ra(gt_dataset *dataset, const double **out, gt_error *err);
gt_status gt_dataset_dec(gt_dataset *dataset, const double **out, gt_error *err);
gt_status gt_dataset_angular_sizes(gt_dataset *dataset, const double **out, gt_error *err);
gt_status gt_dataset_ids(gt_dataset *dataset, const char **out, gt_error *err);

/* Values of field number `field`, rows first .. first+count-1: out takes int64_t, double, or
 * length + 1 bytes a text with zeros behind it. GT_BAD_ARGUMENT for a field or rows outside. */
gt_status gt_dataset_read_field(const gt_dataset *dataset, size_t field, uint64_t first,
                                size_t count, void *out, gt_error *err);

/* All fields of one row, lent until the next call; NULL without fields. Cheap when rows are
 * asked for in their order. Not for several threads at once. */
gt_status gt_dataset_values(gt_dataset *dataset, uint64_t row, const gt_field_value **out,
                            gt_error *err);

/* ---- writing ---- */

/* The columns of one row; members whose column the set does not have are ignored. */
typedef struct gt_dataset_row {
    int32_t label;                /* -1: none */
    uint8_t split;                /* GT_SPLIT_ */
    double ra, dec;               /* degrees, NaN: unknown */
    double angular_size;          /* arcsec, NaN: unknown */
    const char *id;               /* at most id_length bytes, lent; NULL: empty */
    const gt_field_value *values; /* field_count of them, lent; NULL: all are missing */
    const uint8_t *mask;          /* (H,W), lent; for sets with this plane never NULL */
    const float *ivar;            /* (C,H,W), the same */
} gt_dataset_row;

/* label -1, split train, NaN, no id. */
gt_dataset_row gt_dataset_row_default(void);

/* What commands take as the name of a set: .h5, .hdf5, or no ending. */
#define GT_DATASET_ENDINGS "h5|hdf5|"

typedef struct gt_dataset_writer gt_dataset_writer;

/* GT_BAD_ARGUMENT for a description that no set can have: what gt_dataset_writer_create checks
 * first, for commands that work long before they write. */
gt_status gt_dataset_info_check(const gt_dataset_info *info, gt_error *err);

/* Starts a set of at most info->count rows beside path; path itself is not touched before
 * commit. The file has its full size at once, so a full disk shows early where the file system
 * can tell. GT_BAD_ARGUMENT for an impossible description, GT_IO. *out is yours. */
gt_status gt_dataset_writer_create(const char *path, const gt_dataset_info *info,
                                   gt_dataset_writer **out, gt_error *err);

/* Appends count rows of stored type: uint8 or float, count*C*H*W values. rows: count column
 * rows, or NULL when the set has none of the six columns. Written at once; memory does not
 * grow. */
gt_status gt_dataset_writer_append(gt_dataset_writer *writer, const void *values,
                                   const gt_dataset_row *rows, size_t count, gt_error *err);

/* States the range of float pictures that was not known when the set was begun, any time before
 * commit. */
void gt_dataset_writer_declare(gt_dataset_writer *writer, gt_value_range range);

/* A text attribute for the file, any time before commit; one at most. Both are copied. */
void gt_dataset_writer_note(gt_dataset_writer *writer, const char *name, const char *text);

/* Rows appended so far. */
uint64_t gt_dataset_writer_count(const gt_dataset_writer *writer);

/* Puts the finished set in place of path (fsync, rename) and frees the writer, also on failure,
 * when path keeps what it had. Fewer rows than announced cost one more copy of the file; no
 * rows at all are GT_BAD_ARGUMENT. */
gt_status gt_dataset_writer_commit(gt_dataset_writer *writer, gt_error *err);

/* Removes what was written and frees the writer. Accepts NULL. */
void gt_dataset_writer_discard(gt_dataset_writer *writer);

#ifdef __cplusplus
}
#endif
#endif
