/* file.h (room: base) - reading files that somebody else may have made, and folders.
 *
 * Inputs are read with pread and never mapped: a mapped file that shrinks kills the process.
 * `path` beside a descriptor is only for messages. */
#ifndef GT_FILE_H
#define GT_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "galatea/error.h"

/* Opens a regular file for reading and tells its size in bytes (size may be NULL); the caller
 * closes the descriptor. GT_NOT_FOUND when there is none, GT_IO when it cannot be read or is a
 * folder, a pipe or a device (never waits for one). */
GT_MUST_CHECK gt_status gt_file_open(const char *path, int *descriptor, uint64_t *size,
                                     gt_error *err);

GT_MUST_CHECK gt_status gt_file_size(int descriptor, const char *path, uint64_t *size,
                                     gt_error *err);

/* Reads exactly `size` bytes at `offset`. GT_BAD_FORMAT when the file ends before, telling how
 * many bytes were expected and present; GT_IO when reading fails. */
GT_MUST_CHECK gt_status gt_file_read_at(int descriptor, const char *path, uint64_t offset,
                                        void *out, size_t size, gt_error *err);

/* Reads a whole small file into memory: *out has *size bytes and a zero byte after them; the
 * caller frees it. GT_BAD_FORMAT when the file is larger than `limit` bytes. */
GT_MUST_CHECK gt_status gt_file_load(const char *path, size_t limit, char **out, size_t *size,
                                     gt_error *err);

/* The folder that a file lies in, as its path says: "a/b" of "a/b/c", "/" of "/c", "." of "c".
 * A longer one than there is room for is cut. */
void gt_file_folder(const char *path, char *folder, size_t room);

/* Which of the endings "fits|fit|csv" the name of a file has, in letters of any case: 0 for the
 * first, -1 for none of them. An empty ending ("h5|") stands for a name without one. */
int gt_file_ending(const char *path, const char *endings);

/* GT_USAGE "--out x.txt: its name must end in .fits, .fit or .csv" for none of them; option:
 * "out", NULL where there is none. */
GT_MUST_CHECK gt_status gt_file_check_ending(const char *option, const char *path,
                                             const char *endings, gt_error *err);

/* gt_hash64 (hash.h) of a file's bytes, for provenance. What was never written of a sparse file
 * is not read. */
GT_MUST_CHECK gt_status gt_file_hash(const char *path, uint64_t *hash, gt_error *err);

/* What tells that a file is still the one that was opened, with what it held then. */
typedef struct gt_file_stamp {
    uint64_t device, inode, size;
    int64_t seconds, nanoseconds; /* when it was written last */
} gt_file_stamp;

GT_MUST_CHECK gt_status gt_file_stamp_read(int descriptor, const char *path, gt_file_stamp *out,
                                           gt_error *err);

/* GT_MISMATCH when the open file was written since, or another one has its name now; one that
 * lost its name is fine. Two system calls. */
GT_MUST_CHECK gt_status gt_file_stamp_check(int descriptor, const char *path,
                                            const gt_file_stamp *then, gt_error *err);

/* Whether both names lead to one file or folder that is there, also through links. */
bool gt_file_is_same(const char *a, const char *b);

/* The same also for files that are not there yet: a.csv and ./a.csv. */
bool gt_file_is_same_place(const char *a, const char *b);

/* A folder that is gone through, and those that led there. */
typedef struct gt_folder_way {
    const struct gt_folder_way *above; /* NULL: it is the first */
    const char *path;
    uint64_t device, inode;
} gt_folder_way;

/* Enters the folder at a path; both are lent while *out is in use. GT_UNSUPPORTED for one that
 * led there itself, as a link back does, and for a link to a folder around the first; GT_IO. */
GT_MUST_CHECK gt_status gt_folder_way_enter(const char *path, const gt_folder_way *above,
                                            gt_folder_way *out, gt_error *err);

/* Looks at the file at a path, or at the regular files below a folder, to 8 folders deep and
 * through links but those above, until `look` says no: false then. What cannot be read is
 * passed by. */
bool gt_folder_visit(const char *path, bool (*look)(void *user, const struct stat *file),
                     void *user);

/* Keeps a name through a power loss: flushes the folder in which `path` lies. */
GT_MUST_CHECK gt_status gt_file_keep_name(const char *path, gt_error *err);

/* Makes a folder and the missing ones above it, and keeps their names; one that is there
 * already is fine. */
GT_MUST_CHECK gt_status gt_mkdirs(const char *path, gt_error *err);
#endif
