/* queries.h - what a search asks for: rows of a set as codes, and their pictures. */
#ifndef GT_QUERIES_H
#define GT_QUERIES_H

#include "context.h"
#include "galatea/run.h"
#include "run_use.h"

/* How to get there; lent for the call. */
typedef struct gt_query_request {
    const gt_context *context;
    /* FILE, FILE:ROWS as 3,7-9, FILE:ID (also without the ending of its picture) or FILE:id=ID.
     * What could be both are rows, and that is said. */
    const char *text;
    const char *run;     /* turns images into codes; NULL: rows are compared as they are */
    const char *format;  /* importer of a file that is no data set; "auto": by looking at it */
    const char *dataset; /* of HDF5 files of another layout, NULL: images */
    int64_t crop;        /* of imported pictures */
    const char *align;   /* of imported pictures, as gt_import_settings */
    const char *axes;    /* of HDF5 files of another layout, as gt_import_settings */
    bool flips, rotations;
    const gt_dataset *codes; /* what will be searched */
} gt_query_request;

typedef struct gt_queries {
    gt_dataset *data; /* what the rows are of */
    char path[4096];  /* the file that was named */
    uint64_t *rows;
    size_t count;        /* queries */
    size_t ways;         /* codes a query: 1, 2, 4 or 8 orientations */
    int turns[8];        /* of gt_image_turn */
    size_t width;        /* of a code */
    const char *ids;     /* of all rows of the set, lent; NULL: it has none */
    float *codes;        /* (count, ways, width) */
    float *pictures;     /* (count, values of a picture), NULL when the set holds codes */
    char temporary[256]; /* folder of an imported set, "" without */
    gt_imaging learned;  /* what the run learned from; nothing known without one */
} gt_queries;

/* GT_USAGE for a text or options that do not fit, GT_BAD_ARGUMENT for rows that are not there,
 * GT_MISMATCH for codes of another length, GT_NOT_FINITE, and what reading and encoding say. */
gt_status gt_queries_read(const gt_query_request *request, gt_queries *out,
                          gt_error *err) GT_MUST_CHECK;
/* The id of a row of the set, lent; NULL without. */
const char *gt_query_id(const gt_queries *queries, uint64_t row);

void gt_queries_free(gt_queries *queries);

#endif
