/* file_stamp.c - whether a file is still what it was when it was opened. */
#include <inttypes.h>
#include <sys/stat.h>
#include <time.h>

#include "file.h"

static gt_file_stamp stamp_of(const struct stat *info) {
    return (gt_file_stamp){.device = (uint64_t)info->st_dev,
                           .inode = (uint64_t)info->st_ino,
                           .size = (uint64_t)info->st_size,
                           .seconds = (int64_t)info->st_mtim.tv_sec,
                           .nanoseconds = (int64_t)info->st_mtim.tv_nsec};
}

gt_status gt_file_stamp_read(int descriptor, const char *path, gt_file_stamp *out,
                             gt_error *err) {
    struct stat info;
    if (fstat(descriptor, &info)) return gt_fail_errno(err, "reading %s", path);
    *out = stamp_of(&info);
    return GT_OK;
}

gt_status gt_file_stamp_check(int descriptor, const char *path, const gt_file_stamp *then,
                              gt_error *err) {
    struct stat info;
    if (fstat(descriptor, &info)) return gt_fail_errno(err, "reading %s", path);
    gt_file_stamp now = stamp_of(&info);
    if (now.size != then->size)
        return gt_fail(err, GT_MISMATCH,
                       "%s changed while it was in use: %" PRIu64 " bytes, it had %" PRIu64,
                       path, now.size, then->size);
    if (now.seconds != then->seconds || now.nanoseconds != then->nanoseconds)
        return gt_fail(err, GT_MISMATCH,
                       "%s changed while it was in use: something wrote to it", path);
    if (stat(path, &info)) return GT_OK; /* removed or renamed: what is open stays as it was */
    now = stamp_of(&info);
    if (now.device == then->device && now.inode == then->inode) return GT_OK;
    return gt_fail(err, GT_MISMATCH,
                   "%s changed while it was in use: another file took its place", path);
}
