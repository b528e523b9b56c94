/* set_agreement.h (room: data, private) - what files of one source have in common. What they
 * are must be the same, but for the classes: labels go by the names of these where not all
 * files have the same. What is told of all pictures is what all files tell. */
#ifndef GALATEA_DATA_SET_AGREEMENT_H
#define GALATEA_DATA_SET_AGREEMENT_H

#include "fields.h"
#include "importer.h"
#include "notes.h"
#include "text_set.h"

/* Begins as an empty struct. */
typedef struct gt_set_agreement {
    gt_source_info info; /* of all */
    const char *path;    /* of the first file, and what it says: lent */
    const gt_source_info *first;
    gt_notes *notes;
    gt_field_list fields;
    gt_text_set classes;    /* of all files, where they are named */
    bool has_other_classes; /* not all are those of the first: labels go by the names */
    unsigned told;          /* bits of the facts of which it was told that they differ */
} gt_set_agreement;

/* The first of several files, which stays open: it lends names and texts. notes, lent as well,
 * get what differs and the set then does not declare. */
gt_status gt_set_agreement_begin(gt_set_agreement *all, const char *path,
                                 const gt_source_info *first, gt_notes *notes,
                                 gt_error *err) GT_MUST_CHECK;

/* Another one, which need not stay open. GT_MISMATCH for what must be the same. */
gt_status gt_set_agreement_add(gt_set_agreement *all, const char *path,
                               const gt_source_info *other, gt_error *err) GT_MUST_CHECK;

/* What a label of one of the files is among the classes of all. */
int32_t gt_set_agreement_label(const gt_set_agreement *all, const gt_source_info *own,
                               int32_t label);

/* Frees what the struct holds and empties it. */
void gt_set_agreement_free(gt_set_agreement *all);

#endif
