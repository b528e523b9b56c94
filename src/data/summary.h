/* summary.h (room: data) - what a set of pictures holds, in numbers. */
#ifndef GT_SUMMARY_H
#define GT_SUMMARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fields.h"
#include "galatea/dataset.h"
#include "galatea/error.h"
#include "galatea/image.h"
#include "importer.h"

/* Channels that are described each for itself; pictures with more are described as a whole. */
enum { GT_SUMMARY_CHANNELS = 32 };

/* The values of one column. */
typedef struct gt_column_summary {
    uint64_t missing;
    double low, high;    /* of numbers; NaN where none is there */
    int64_t least, most; /* the same of whole numbers, exactly */
} gt_column_summary;

typedef struct gt_summary {
    uint64_t count;
    bool is_codes, is_bytes;        /* is_bytes: every value is a whole number 0..255 */
    size_t channels, height, width; /* of the first picture */
    bool has_other_sizes;           /* some pictures have other sides */
    char type[16];                  /* "uint8" ... */
    double least, most;             /* of the good values; NaN if there is none */
    double mean, deviation;         /* over all good values, population deviation */
    double channel_mean[GT_SUMMARY_CHANNELS], channel_deviation[GT_SUMMARY_CHANNELS];
    size_t channel_count; /* of these: 0 for one channel, for many, and for codes */
    gt_value_range range; /* as declared, or undeclared */
    char *unit;           /* of values in it; NULL: not stated */
    gt_image_faults faults;
    uint64_t bad_pictures, constant_pictures;
    char first_bad[128], first_constant[128]; /* ids, or numbers */
    unsigned columns;                         /* GT_COLUMN_ bits */
    unsigned planes;                          /* GT_PLANE_ bits */
    gt_column_summary ra, dec, angular_size;
    uint64_t without_id;
    gt_field_list fields;             /* the other columns, */
    gt_column_summary *field_summary; /* and what each holds */
    size_t class_count;
    char **class_names;    /* class_count names */
    uint64_t *class_rows;  /* class_count counts */
    int32_t *class_labels; /* rising */
    uint64_t unlisted;     /* rows of other classes than these */
    uint64_t unlabelled;   /* rows with label -1 */
    uint64_t split_rows[GT_SPLIT_COUNT];
    char *survey, *collection, *bands, *model, *provenance; /* NULL when not stated */
    char *preparation, *learned_from;                       /* the same */
    double pixel_scale_arcsec;                              /* NaN when not stated */
    char *notes; /* what the reader left out, and ids in two splits, line by line; NULL: none */
} gt_summary;

/* Reads every picture of a source once (importer.h). Labels that have no name get classes
 * called by their number, as far as there are rows of them, up to 1000. tick: called now and
 * then with the pictures done, may be NULL; what it returns other than GT_OK stops the work.
 * *out is yours (gt_summary_destroy). */
gt_status gt_summary_read(const char *format, const gt_source_request *request,
                          gt_status (*tick)(void *user, uint64_t done, uint64_t total,
                                            gt_error *err),
                          void *user, gt_summary *out, gt_error *err) GT_MUST_CHECK;

/* All columns: those of the six that are there, then the others. */
size_t gt_summary_columns(const gt_summary *summary);
void gt_summary_column(const gt_summary *summary, size_t index, gt_field *field,
                       gt_column_summary *values);

/* Frees what the struct holds and empties it. */
void gt_summary_destroy(gt_summary *summary);
#endif
