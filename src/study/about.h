/* about.h (room: study) - what a path leads to, of all that Galatea writes and reads. */
#ifndef GT_STUDY_ABOUT_H
#define GT_STUDY_ABOUT_H

#include "galatea/error.h"

typedef enum gt_thing {
    GT_THING_NONE,        /* nothing is there */
    GT_THING_RUN,         /* a folder that `train` filled */
    GT_THING_WEIGHTS,     /* that tell their network */
    GT_THING_ARRAYS,      /* any other safetensors file */
    GT_THING_LATENTS,     /* latents.h */
    GT_THING_FIGURE,      /* a PNG, SVG or PDF file with a record, or one of the last two */
    GT_THING_TABLE,       /* CSV, or a FITS file with a binary table */
    GT_THING_RESULT,      /* JSON */
    GT_THING_PAGE,        /* HTML */
    GT_THING_CLASSIFIERS, /* a folder that `classify` saved */
    GT_THING_SWEEP,       /* a folder of `twins` */
    GT_THING_NOTE,        /* settings, a log and the like in the folder of a run */
    GT_THING_SET          /* else: pictures or codes, if it is anything */
} gt_thing;

/* By a look at the first bytes. */
gt_thing gt_thing_of(const char *path);

/* "a table", for a sentence; of a set "a data set". */
const char *gt_thing_name(gt_thing thing);

enum { GT_ABOUT_FACTS = 8 };

/* What there is to tell of it. */
typedef struct gt_about {
    gt_thing thing;
    char sentence[160]; /* "a table of 60 rows and 5 columns" */
    struct gt_about_fact {
        const char *name; /* "columns" */
        char *text;
    } facts[GT_ABOUT_FACTS];
    int count;
    char *provenance; /* the record of the command that made it; NULL: it has none */
} gt_about;

/* Of everything but runs, weights that tell their network, and sets, of which others tell more
 * (GT_ASSERT). GT_NOT_FOUND, GT_IO, GT_BAD_FORMAT for a damaged file. End it with
 * gt_about_free, which accepts an empty struct. */
GT_MUST_CHECK gt_status gt_about_read(const char *path, gt_about *out, gt_error *err);
void gt_about_free(gt_about *about);
#endif
