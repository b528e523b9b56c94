/* Logs as a kill, a power loss or an editor left them: opening one cuts it back to whole rows,
 * after which it opens again and grows; what is refused is not touched. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fuzz.h"
#include "record.h"

static uint64_t size_of(const char *path) {
    struct stat info;
    GT_ASSERT(stat(path, &info) == 0);
    return (uint64_t)info.st_size;
}

static void grow(const char *path, const gt_recordlog_layout *layout) {
    gt_error err;
    gt_recordlog *log = NULL;
    const gt_cell cells[] = {gt_cell_text("step"), gt_cell_int(8), gt_cell_real(0.5)};
    for (int i = 0; i < 2; i++) {
        GT_ASSERT(gt_recordlog_open(path, layout, 8, &log, &err) == GT_OK);
        GT_ASSERT(gt_recordlog_append(log, cells, &err) == GT_OK);
        gt_recordlog_close(log);
    }
}

static bool open_as(const uint8_t *bytes, size_t size, gt_record_format format) {
    static const char *const names[] = {"kind", "step", "loss"};
    const gt_recordlog_layout layout = {
        .format = format, .names = names, .count = 3, .key = 1, .late = "epoch"};
    gt_error err;
    gt_recordlog *log = NULL;
    const char *path = gt_fuzz_file("log", bytes, size);
    gt_status status = gt_recordlog_open(path, &layout, 7, &log, &err);
    gt_recordlog_close(log);
    GT_ASSERT(status == GT_OK || (size_of(path) == size && *err.text));
    if (!status) grow(path, &layout);
    return !status;
}

bool gt_fuzz_one(const uint8_t *bytes, size_t size) {
    bool read = open_as(bytes, size, GT_RECORD_CSV);
    return open_as(bytes, size, GT_RECORD_JSONL) || read;
}
