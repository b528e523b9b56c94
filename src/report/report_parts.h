/* report_parts.h - what the page follows, and its parts. */
#ifndef GT_REPORT_PARTS_H
#define GT_REPORT_PARTS_H

#include "page.h"

typedef struct gt_report_paper {
    const char *anchor, *who, *title, *where;
} gt_report_paper;

enum { RADIO, GENERATORS, PAPERS };
extern const gt_report_paper gt_report_papers[PAPERS];

/* A part of the page: results of some commands, as figures or tables of the papers. */
typedef struct gt_report_part {
    const char *commands[3]; /* of the record; NULL: none of its own */
    const char *anchor, *title, *text;
    const char *figures[PAPERS]; /* in each paper; NULL: none */
} gt_report_part;

enum { TRAINING, TABLE2 = 7, TWINS = 13, FURTHER = 17, PARTS };
extern const gt_report_part gt_report_parts[PARTS];

/* Gives each item the number of its part, and tables of CSV the record of who names them. */
void gt_report_sort(gt_items *items);

#endif
