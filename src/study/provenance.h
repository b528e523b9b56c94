/* provenance.h (room: study) - where an output file comes from, as a JSON object to be stored
 * in it. */
#ifndef GT_PROVENANCE_H
#define GT_PROVENANCE_H

#include "context.h"

/* {"command": "galatea data synth", "version": "0.1.0", "options": {...}, "line": "...",
 * "inputs": {...}}. line: the command as it can be typed again, with what was said to it.
 * options: every setting of the command, its parts and its variant; not --threads, --quiet and
 * the like, which change no result. inputs: the files and folders named by the NULL-terminated
 * list `inputs` (NULL for none), each with the checksum of its bytes. Where there are weights
 * of a run among them, "trained" says of each how many epochs and steps it had learned: how
 * much a model copies what it saw depends on that. No date, so that equal calls give equal
 * files. *out is yours (free). */
gt_status gt_provenance_make(const gt_invocation *asked, const char *const *inputs, char **out,
                             gt_error *err) GT_MUST_CHECK;

/* The same with a further member, `key`: the JSON value `extra`; NULL: without. */
gt_status gt_provenance_make_with(const gt_invocation *asked, const char *const *inputs,
                                  const char *key, const char *extra, char **out,
                                  gt_error *err) GT_MUST_CHECK;

/* The command as it can be typed again: words, and what differs from defaults and presets,
 * quoted as a shell wants it. *out is yours (free). */
gt_status gt_command_line(const gt_invocation *asked, char **out, gt_error *err) GT_MUST_CHECK;

#endif
