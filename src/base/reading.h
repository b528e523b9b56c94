/* reading.h (room: base) - asking a reader process, and answering as one.
 *
 * Request and answer go through a socket, both packed as parcels; large arrays through shared
 * memory, whose size this side alone decides. What comes back is foreign: every length is
 * checked, here for all and by who takes the answer apart. A reader knows one service ("hdf5")
 * and is ended with the file that it was started for; nothing it holds is worth keeping.
 * Threads: one reader, one thread. */
#ifndef GT_READING_H
#define GT_READING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "galatea/error.h"
#include "galatea/reader.h"
#include "parcel.h"

/* ---- Asking ------------------------------------------------------------------------------ */

typedef struct gt_reader gt_reader;

/* Starts a reader. path: of the file, for messages and for how long it may take. shared: bytes
 * of shared memory, 0: none. GT_NOT_FOUND when there is no reader program. *out is yours. */
GT_MUST_CHECK gt_status gt_reader_start(const char *service, const char *path, size_t shared,
                                        gt_reader **out, gt_error *err);

/* The same for a reader that is there already, at the other end of a socket, which is taken
 * over: who tests what becomes of answers gives them there. */
GT_MUST_CHECK gt_status gt_reader_meet(int socket, const char *path, gt_reader **out,
                                       gt_error *err);

/* What it reads is more than what lies at `path`, such as the files of a list: it has the time
 * that files of any size have. */
void gt_reader_goes_further(gt_reader *reader);

/* Ends it at once, whatever it does. Accepts NULL. */
void gt_reader_end(gt_reader *reader);

/* An empty parcel for the next request. Lent. */
gt_parcel *gt_reader_request(gt_reader *reader);

/* Sends it; the answer is asked for later, and the reader works meanwhile. */
GT_MUST_CHECK gt_status gt_reader_send(gt_reader *reader, gt_error *err);

/* Waits for the answer to what was sent. The reader's own failure comes back as it is, its
 * remarks go to gt_remark. GT_BAD_FORMAT when it ended or said what cannot be, GT_IO when
 * somebody killed it, GT_UNSUPPORTED when it took too long, GT_MISMATCH when it is the reader
 * of another version, or none. *answer is lent until the next request. */
GT_MUST_CHECK gt_status gt_reader_receive(gt_reader *reader, gt_parcel **answer, gt_error *err);

/* Both. */
GT_MUST_CHECK gt_status gt_reader_ask(gt_reader *reader, gt_parcel **answer, gt_error *err);

/* GT_BAD_FORMAT: an answer of the right form that cannot be. */
gt_status gt_reader_is_wrong(const gt_reader *reader, gt_error *err);

/* The shared memory, lent until it grows; and makes it larger. NULL when there is none, as in a
 * process with a limit of file size: what would lie there belongs into the answer. */
unsigned char *gt_reader_shared(const gt_reader *reader, size_t *size);
GT_MUST_CHECK gt_status gt_reader_grow(gt_reader *reader, size_t shared, gt_error *err);

/* ---- Answering --------------------------------------------------------------------------- */

typedef struct gt_reader_service {
    const char *name;
    /* Takes one request apart and puts the answer's values. *state is NULL at first and kept
     * from one request to the next. */
    gt_status (*answer)(void **state, gt_parcel *request, gt_parcel *answer, gt_error *err);
} gt_reader_service;

/* The main function of a reader program: `services` ends with an empty one. Gives up all that a
 * parser does not need, then answers until nobody asks any more. Returns the exit code. */
int gt_reader_serve(int argc, char **argv, const gt_reader_service *services);

/* Whether this process parses what others wrote: readers do, and tests and fuzz targets of the
 * parsers that say so. */
bool gt_reader_is_here(void);
void gt_reader_be_here(bool is_here);

/* In a reader: bytes of memory that it may take; UINT64_MAX in other processes. */
uint64_t gt_reader_memory_here(void);

/* In a reader: the shared memory as it is now, NULL when there is none. */
unsigned char *gt_reader_shared_here(size_t *size);

#endif
