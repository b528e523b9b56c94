/* archive_limits.c - see archive_limits.h. */
#include "archive_limits.h"

#include <sys/stat.h>

gt_archive_limits gt_archive_limits_default(void) {
    return (gt_archive_limits){100000, UINT64_C(1) << 30, UINT64_C(4) << 30, 1000, false,
                               false};
}

gt_archive_limits gt_archive_limits_for(const char *path, uint64_t unpack) {
    gt_archive_limits limits = gt_archive_limits_default();
    struct stat info;
    uint64_t packed = stat(path, &info) == 0 ? (uint64_t)info.st_size : 0;
    if (packed > limits.bytes / 2) limits.bytes = 2 * packed;
    if (unpack > 0) limits.bytes = unpack;
    if (unpack > 0) limits.ratio = UINT64_MAX / 2 / (packed + 1);
    limits.member_bytes = limits.bytes;
    limits.can_be_raised = true;
    return limits;
}

const char *gt_archive_way_out(const gt_archive_limits *limits) {
    return limits->can_be_raised ? "; --unpack allows more" : "";
}

uint64_t gt_archive_most(const gt_archive_limits *limits, uint64_t packed) {
    uint64_t most;
    bool is_beyond = __builtin_mul_overflow(packed, limits->ratio, &most) ||
                     __builtin_add_overflow(most, UINT64_C(1) << 20, &most);
    return is_beyond || most > limits->bytes ? limits->bytes : most;
}
