/* Fuzz target: archives of batch files, within small limits, and the archives in them, as npz
 * files are read there. */
#include <stdio.h>
#include <stdlib.h>

#include "archive_reader.h"
#include "fuzz.h"

static const gt_archive_limits limits = {100, 1 << 20, 1 << 22, 1000};

static gt_status walk(gt_archive *archive, bool is_outer, gt_error *err);

static gt_status look_inside(const uint8_t *bytes, size_t length, gt_error *err) {
    gt_archive *archive = NULL;
    gt_status status = gt_archive_open_bytes("inner", bytes, length, &limits, &archive, err);
    if (status == GT_OK) status = walk(archive, false, err);
    gt_archive_close(archive);
    return status;
}

static gt_status walk(gt_archive *archive, bool is_outer, gt_error *err) {
    uint64_t total = 0;
    for (;;) {
        const char *name;
        uint8_t *bytes = NULL;
        size_t length;
        gt_status status = gt_archive_next(archive, &name, err);
        if (status || name == NULL) return status;
        status = gt_archive_read(archive, &bytes, &length, err);
        if (!status && is_outer && bytes && gt_archive_begins(bytes, length))
            status = look_inside(bytes, length, err);
        free(bytes);
        if (status) return status;
        total += length;
        if (total > 1 << 22) abort();
    }
}

bool gt_fuzz_one(const uint8_t *data, size_t size) {
    gt_error err = {.text = "x"};
    gt_archive *archive = NULL;
    gt_status status =
        gt_archive_open(gt_fuzz_file("archive", data, size), &limits, &archive, &err);
    if (status == GT_OK) status = walk(archive, true, &err);
    if (status != GT_OK && err.text[0] == 0) abort();
    gt_archive_close(archive);
    return status == GT_OK;
}
