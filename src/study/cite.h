/* cite.h (room: study) - BibTeX of this program and of the papers behind what it does
 * (citations.def). */
#ifndef GT_STUDY_CITE_H
#define GT_STUDY_CITE_H

#include <stdbool.h>
#include <stdio.h>

#include "context.h"

/* Of the program alone. */
void gt_cite_program(FILE *stream);

/* Of the program, and of the methods that a call uses: those of its command, of its options, of
 * the model that a word names or leads to; of `info` also those of the command that made the
 * file. */
void gt_cite_call(FILE *stream, const gt_context *context);

/* Whether a use of citations.def, such as "model glow", has a paper. */
bool gt_cite_knows(const char *use);

#endif
