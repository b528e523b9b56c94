/* reader.h (room: base) - the process in which files of strangers are parsed.
 *
 * What HDF5, CFITSIO, libpng, libjpeg, libarchive and pickle make of a file is found out in a
 * process of its own, the program `galatea-reader`: a damaged or hostile file can end that
 * process, and its end is a sentence in gt_error here. It may read files; it has no network,
 * writes nothing, starts nothing, and its memory and time are limited.
 *
 * Whoever opens a data set or imports pictures needs the program. It is looked for, in this
 * order: where gt_reader_program said; in the environment variable GALATEA_READER; beside the
 * running program or libgalatea.so and in ../bin and ../../bin from there; in PATH. */
#ifndef GALATEA_READER_H
#define GALATEA_READER_H

#include <stdint.h>

#include "galatea/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Where the program is, for all that is opened from now on; NULL: look for it. The path is
 * copied. GT_NOT_FOUND when nothing there can be run. Threads: call it before others open. */
gt_status gt_reader_program(const char *path, gt_error *err);

/* What a reader may take: bytes of memory, and seconds of processor time for one answer (a file
 * opened, a block of pictures), to which 1 s comes for every 5 MB of the file. 0: as usual, 8
 * GiB and 5 s for a small file to 60 s for one of 3 MB or more, or what the environment
 * variables GALATEA_READER_MEMORY (MiB) and GALATEA_READER_SECONDS say. Threads: as above. */
void gt_reader_limit(uint64_t memory_bytes, double seconds);

#ifdef __cplusplus
}
#endif
#endif
