/* imports.c - import of pictures of 64x64 floats into a set: from contiguous HDF5 data, from
 * one FITS cube, and from a folder of FITS files with coordinates. A step is a whole import:
 * headers, pixels, counts of bad ones, the set written and flushed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench.h"
#include "galatea/dataset.h"
#include "galatea/import.h"
#include "rng.h"

enum { MANY = 20000, FILES = 2000, SIDE = 64, BLOCK = 2880, CARD = 80 };

typedef enum source_kind { HDF5, FITS_CUBE, FITS_FOLDER } source_kind;

typedef struct importing {
    char folder[64], source[96], out[96];
    source_kind kind;
    int files; /* in the folder `source`; 0: it is one file */
    gt_import_settings settings;
} importing;

static void file_name(const importing *s, int index, char out[128]) {
    snprintf(out, 128, "%s/%05d.fits", s->source, index);
}

static void write_header(FILE *file, int planes) {
    static const char *const sky[] = {
        "CTYPE1  = 'RA---TAN'", "CTYPE2  = 'DEC--TAN'", "CRPIX1  = 32.5",    "CRPIX2  = 32.5",
        "CRVAL1  = 150.1",      "CRVAL2  = 2.2",        "CDELT1  = -7.3E-5", "CDELT2  = 7.3E-5",
        "OBJECT  = 'galaxy'",   "EXPTIME = 90.0"};
    char shape[5][CARD] = {"SIMPLE  = T", "BITPIX  = -32"};
    int cards = 5 + (planes > 0);
    snprintf(shape[2], CARD, "NAXIS   = %d", planes ? 3 : 2);
    snprintf(shape[3], CARD, "NAXIS1  = %d", SIDE);
    snprintf(shape[4], CARD, "NAXIS2  = %d", SIDE);
    for (int i = 0; i < 5; i++) fprintf(file, "%-80s", shape[i]);
    if (planes) fprintf(file, "NAXIS3  = %-70d", planes);
    for (size_t i = 0; i < sizeof sky / sizeof *sky && !planes; i++, cards++)
        fprintf(file, "%-80s", sky[i]);
    fprintf(file, "%-*s", BLOCK - cards * CARD, "END");
}

static void draw_picture(uint64_t index, float pixels[SIDE * SIDE]) {
    gt_rng_key key = {.seed = 1, .step = (uint32_t)index};
    gt_rng_fill_uniform(key, 0, SIDE * SIDE, pixels);
}

static void write_picture(FILE *file, uint64_t index) {
    float pixels[SIDE * SIDE];
    uint32_t bits[SIDE * SIDE];
    draw_picture(index, pixels);
    memcpy(bits, pixels, sizeof bits);
    for (int i = 0; i < SIDE * SIDE; i++) bits[i] = __builtin_bswap32(bits[i]);
    fwrite(bits, sizeof bits, 1, file);
}

static gt_status write_file(const char *path, uint64_t first, int planes, gt_error *err) {
    static const char zeros[BLOCK];
    FILE *file = fopen(path, "wb");
    size_t bytes = (size_t)(planes ? planes : 1) * SIDE * SIDE * sizeof(float);
    if (!file) return gt_fail(err, GT_IO, "%s cannot be written for a bench", path);
    write_header(file, planes);
    for (int i = 0; i < (planes ? planes : 1); i++) write_picture(file, first + (uint64_t)i);
    fwrite(zeros, (BLOCK - bytes % BLOCK) % BLOCK, 1, file);
    bool is_whole = !ferror(file);
    is_whole &= fclose(file) == 0;
    return is_whole ? GT_OK : gt_fail(err, GT_IO, "%s cannot be written for a bench", path);
}

static gt_status write_hdf5(const char *path, gt_error *err) {
    gt_status status = GT_OK;
    float pixels[SIDE * SIDE];
    gt_dataset_writer *writer = NULL;
    gt_dataset_info info = gt_dataset_info_default();
    info.type = GT_PIXEL_F32;
    info.count = MANY;
    info.channels = 1;
    info.height = info.width = SIDE;
    GT_TRY(gt_dataset_writer_create(path, &info, &writer, err));
    for (uint64_t i = 0; i < MANY; i++) {
        draw_picture(i, pixels);
        GT_TRY(gt_dataset_writer_append(writer, pixels, NULL, 1, err));
    }
    status = gt_dataset_writer_commit(writer, err);
    writer = NULL;
done:
    gt_dataset_writer_discard(writer);
    return status;
}

static gt_status write_source(importing *s, gt_error *err) {
    char path[128];
    gt_status status = GT_OK;
    if (s->kind == HDF5) return write_hdf5(s->source, err);
    if (s->files == 0) return write_file(s->source, 0, MANY, err);
    if (mkdir(s->source, 0700) != 0) return gt_fail(err, GT_IO, "no folder for a bench");
    for (int i = 0; i < s->files && !status; i++) {
        file_name(s, i, path);
        status = write_file(path, (uint64_t)i, 0, err);
    }
    return status;
}

static gt_status step(void *self, gt_error *err) {
    importing *s = self;
    gt_import_report report;
    return gt_import_run(&s->settings, s->source, "{}", NULL, NULL, &report, err);
}

static void close_importing(void *self) {
    importing *s = self;
    char path[128];
    for (int i = 0; i < s->files; i++) {
        file_name(s, i, path);
        (void)unlink(path);
    }
    if (s->files) (void)rmdir(s->source);
    (void)unlink(s->source);
    (void)unlink(s->out);
    (void)rmdir(s->folder);
    free(s);
}

static gt_status open_importing(source_kind kind, gt_bench_work *work, gt_error *err) {
    static const char *const names[] = {"flat.h5", "cube.fits", "files"};
    gt_status status = GT_OK;
    int files = kind == FITS_FOLDER ? FILES : 0;
    importing *s = calloc(1, sizeof *s);
    if (!s) return gt_fail(err, GT_NO_MEMORY, "no memory for a bench");
    *work = (gt_bench_work){
        .self = s, .step = step, .close = close_importing, .items = files ? files : MANY};
    s->kind = kind;
    s->files = files;
    snprintf(s->folder, sizeof s->folder, "/tmp/galatea-bench-XXXXXX");
    if (!mkdtemp(s->folder)) GT_THROW(err, GT_IO, "no folder in /tmp for a bench");
    snprintf(s->source, sizeof s->source, "%s/%s", s->folder, names[kind]);
    snprintf(s->out, sizeof s->out, "%s/set.h5", s->folder);
    s->settings = gt_import_settings_default();
    s->settings.format = kind == HDF5 ? "hdf5" : "fits";
    s->settings.out = s->out;
    s->settings.keep_values = true;
    GT_TRY(write_source(s, err));
done:
    return status;
}

static gt_status open_hdf5(const gt_bench_how *how, gt_bench_work *work, gt_error *err) {
    (void)how;
    return open_importing(HDF5, work, err);
}

static gt_status open_cube(const gt_bench_how *how, gt_bench_work *work, gt_error *err) {
    (void)how;
    return open_importing(FITS_CUBE, work, err);
}

static gt_status open_folder(const gt_bench_how *how, gt_bench_work *work, gt_error *err) {
    (void)how;
    return open_importing(FITS_FOLDER, work, err);
}

const gt_bench gt_bench_hdf5_flat = {
    "hdf5-flat", "import of 20,000 pictures of 64x64 from contiguous HDF5 data", "images",
    open_hdf5};
const gt_bench gt_bench_fits_cube = {
    "fits-cube", "import of 20,000 pictures of 64x64 from one FITS cube", "images", open_cube};
const gt_bench gt_bench_fits_folder = {
    "fits-folder", "import of 2000 FITS files of 64x64 from a folder", "images", open_folder};
