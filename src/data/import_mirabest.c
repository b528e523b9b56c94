/* import_mirabest.c - MiraBest (Porter & Scaife 2023, RASTI 2, 293): ten classes of radio
 * galaxies of FIRST as 7 train batches and a test batch of 157 pictures each, and the subsets
 * that the papers use. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "batches.h"
#include "text.h"

extern const gt_importer gt_importer_mirabest;

enum { CLASSES = 10 };

static const char *const codes[CLASSES] = {"100", "102", "104", "110", "112",
                                           "200", "201", "210", "300", "310"};

static const char *const full_names[CLASSES] = {"100 FRI confident standard",
                                                "102 FRI confident wide-angle tail",
                                                "104 FRI confident head-tail",
                                                "110 FRI uncertain standard",
                                                "112 FRI uncertain wide-angle tail",
                                                "200 FRII confident standard",
                                                "201 FRII confident double-double",
                                                "210 FRII uncertain standard",
                                                "300 hybrid confident",
                                                "310 hybrid uncertain"};

static const char *const fr_names[] = {"FRI", "FRII"};
static const char *const hybrid_names[] = {"confident", "uncertain"};

/* Characters start .. start+length-1 of a name as a number, which may begin with '+'. */
static bool field(const char *name, size_t start, size_t length, double *out) {
    char text[16];
    bool plus = name[start] == '+';
    snprintf(text, sizeof text, "%.*s", (int)(length - plus), name + start + plus);
    return gt_text_to_real(text, out, NULL) == GT_OK;
}

/* "100_123.251+043.797_0.1281_0034.09.png": class, RA and Dec in degrees, redshift, largest
 * angular size in arcsec. A name of another form leaves its columns unknown. */
static void read_name(const char *name, gt_dataset_row *row) {
    double ra, dec, size;
    if (strlen(name) != 38 || name[3] != '_' || (name[11] != '+' && name[11] != '-') ||
        name[19] != '_' || name[26] != '_' || strcmp(name + 34, ".png") != 0)
        return;
    if (!field(name, 4, 7, &ra) || !field(name, 11, 8, &dec) || !field(name, 27, 7, &size))
        return;
    row->ra = ra;
    row->dec = dec;
    row->angular_size = size;
}

static void find_survey(const char *folder, gt_source_info *info) {
    (void)folder;
    info->survey = "FIRST (VLA, 1.4 GHz)";
    info->pixel_scale_arcsec = 1.8;
}

/* The classes of labels 0 to 9 in a subset, -1: left out. */
#define SUBSET(subset_name, title, names, count, ...)                 \
    {                                                                 \
        .name = subset_name, .scheme = {                              \
            .codes = codes,                                           \
            .code_count = CLASSES,                                    \
            .expected = "MiraBest_F_batches",                         \
            .classes = names,                                         \
            .class_count = count,                                     \
            .class_of = (const signed char[CLASSES]){__VA_ARGS__},    \
            .columns = GT_COLUMN_RA | GT_COLUMN_DEC | GT_COLUMN_SIZE, \
            .read_name = read_name,                                   \
            .find_survey = find_survey,                               \
            .collection = "MiraBest " title                           \
        }                                                             \
    }

/* `confident` is the subset of the papers: 729 to train, 104 to test. */
static const struct {
    const char *name;
    gt_batch_scheme scheme;
} subsets[] = {
    SUBSET("full", "Full", full_names, CLASSES, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9),
    SUBSET("confident", "Confident", fr_names, 2, 0, 0, 0, -1, -1, 1, 1, -1, -1, -1),
    SUBSET("uncertain", "Uncertain", fr_names, 2, -1, -1, -1, 0, 0, -1, -1, 1, -1, -1),
    SUBSET("fr", "FR", fr_names, 2, 0, 0, 0, 0, 0, 1, 1, 1, -1, -1),
    SUBSET("hybrid", "Hybrid", hybrid_names, 2, -1, -1, -1, -1, -1, -1, -1, -1, 0, 1),
};
#define SUBSET_NAMES "full|confident|uncertain|fr|hybrid"

static gt_status open_mirabest(const gt_source_request *request, void **self, gt_error *err) {
    const char *wanted = request->subset != NULL ? request->subset : "full";
    for (size_t i = 0; i < sizeof subsets / sizeof *subsets; i++)
        if (strcmp(subsets[i].name, wanted) == 0)
            return gt_batches_open(request, &subsets[i].scheme, self, err);
    return gt_fail(err, GT_USAGE, "--subset %s: expected one of " SUBSET_NAMES, wanted);
}

const gt_importer gt_importer_mirabest = {
    .name = "mirabest",
    .summary = "MiraBest, ten classes: MiraBest_F_batches.tar.gz or the folder in it",
    .subsets = SUBSET_NAMES,
    .open = open_mirabest,
    .describe = gt_batches_describe,
    .next = gt_batches_next,
    .close = gt_batches_close,
};
