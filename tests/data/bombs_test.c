/* Small files that say they hold ten gigabytes, or unpack to them: each is refused in a line,
 * and the reader took little time and memory for it. */
#include <archive.h>
#include <archive_entry.h>
#include <hdf5.h>
#include <sys/resource.h>
#include <zlib.h>

#include "file.h"
#include "fits_maker.h"
#include "gt_test.h"
#include "importer.h"
#include "temp_folder.h"

#ifdef __SANITIZE_ADDRESS__
enum { MOST_SECONDS = 20, MOST_KIB = INT32_MAX };
#else
enum { MOST_SECONDS = 2, MOST_KIB = 200 << 10 };
#endif
enum { MIB = 1 << 20 };
static const uint64_t ten_gb = 10000000000;

/* Of the largest reader so far. */
static double seconds_of_readers(void) {
    struct rusage used;
    assert_int_equal(getrusage(RUSAGE_CHILDREN, &used), 0);
    assert_true(used.ru_maxrss <= MOST_KIB);
    return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
           1e-6 * (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
}

static gt_status read_all(const char *format, const char *path, gt_error *err) {
    gt_source source = {0};
    const gt_source_request request = {.path = path};
    gt_picture picture;
    bool more = true;
    gt_status status = gt_source_open(format, &request, &source, err);
    while (!status && more) {
        status = gt_source_next(&source, &picture, &more, err);
        if (!status && more) status = gt_source_pixels(&source, &picture, err);
    }
    gt_source_close(&source);
    return status;
}

static void refused(const char *path, const char *text) {
    gt_error err = {0};
    const char *format = NULL;
    double before = seconds_of_readers();
    assert_ok(gt_importer_guess(path, &format, &err), err);
    assert_int_not_equal(read_all(format, path, &err), GT_OK);
    if (!strstr(err.text, text) || !strstr(err.text, path) || strchr(err.text, '\n'))
        fail_msg("expected '%s', not '%s'", text, err.text);
    double seconds = seconds_of_readers() - before;
    if (seconds > MOST_SECONDS) fail_msg("%s: %.1f s of a reader", path, seconds);
}

/* ---- Archives ---------------------------------------------------------------------------- */

/* One member. */
static void pack_bytes(const char *path, int format, int filter, const char *name,
                       const char *bytes, size_t size) {
    struct archive *out = archive_write_new();
    struct archive_entry *entry = archive_entry_new();
    assert_int_equal(archive_write_set_format(out, format), ARCHIVE_OK);
    assert_int_equal(archive_write_add_filter(out, filter), ARCHIVE_OK);
    assert_int_equal(archive_write_open_filename(out, path), ARCHIVE_OK);
    archive_entry_set_pathname(entry, name);
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_size(entry, (la_int64_t)size);
    assert_int_equal(archive_write_header(out, entry), ARCHIVE_OK);
    assert_int_equal(archive_write_data(out, bytes, size), size);
    assert_int_equal(archive_write_close(out), ARCHIVE_OK);
    archive_write_free(out);
    archive_entry_free(entry);
}

/* One of `size` zeros, behind `start`. */
static void pack(const char *path, int format, int filter, const char *name, const char *start,
                 size_t size) {
    char *bytes = calloc(1, size);
    memcpy(bytes, start, strlen(start));
    pack_bytes(path, format, filter, name, bytes, size);
    free(bytes);
}

static void load(const char *path, char **bytes, size_t *size) {
    gt_error err;
    assert_ok(gt_file_load(path, 64 * MIB, bytes, size, &err), err);
}

/* The same again and again until it unpacks to ten gigabytes. */
static void repeat(const char *path, const char *out, uint64_t unpacked) {
    char *bytes = NULL;
    size_t size = 0;
    load(path, &bytes, &size);
    FILE *file = fopen(out, "wb");
    for (uint64_t done = 0; done < ten_gb; done += unpacked)
        assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
    free(bytes);
}

/* Writes `bytes` over those of the file at every place where it has `sign`. */
static void change(const char *path, const char *sign, size_t behind, const void *bytes,
                   size_t count) {
    char *all = NULL;
    size_t size = 0, places = 0;
    load(path, &all, &size);
    for (size_t at = 0; at + behind + count <= size; at++)
        if (memcmp(all + at, sign, strlen(sign)) == 0) {
            memcpy(all + at + behind, bytes, count);
            places++;
        }
    assert_true(places > 0);
    write_file(path, all, size);
    free(all);
}

static void archives_that_unpack_to_it(void **state) {
    pack(in_folder("part"), ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_BZIP2, "a.txt", "",
         32 * MIB);
    repeat(in_folder("part"), in_folder("a.tar.bz2"), 32 * MIB);
    refused(in_folder("a.tar.bz2"), "unpacks to more than");
    pack(in_folder("a.tar.gz"), ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_GZIP, "a.txt", "",
         48 * MIB);
    refused(in_folder("a.tar.gz"), "unpacks to more than");
    pack(in_folder("a.zip"), ARCHIVE_FORMAT_ZIP, ARCHIVE_FILTER_NONE, "a.txt", "", 48 * MIB);
    refused(in_folder("a.zip"), "unpacks to more than");
}

static void archives_that_say_so(void **state) {
    pack(in_folder("a.tar"), ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_NONE, "a.png", "", MIB);
    /* 8 GiB, and the sum of the header, which was that of a 4 and zeros */
    char *tar = NULL, sum[8];
    size_t size = 0;
    load(in_folder("a.tar"), &tar, &size);
    snprintf(sum, sizeof sum, "%06lo", strtoul(tar + 148, NULL, 8) + 11 * '7' - 10 * '0' - '4');
    free(tar);
    change(in_folder("a.tar"), "a.png", 148, sum, 6);
    change(in_folder("a.tar"), "a.png", 124, "77777777777", 11);
    refused(in_folder("a.tar"), "holds a file of more than");
    pack(in_folder("a.zip"), ARCHIVE_FORMAT_ZIP, ARCHIVE_FILTER_NONE, "a.png", "", MIB);
    change(in_folder("a.zip"), "PK\1\2", 24, "\xf0\xff\xff\xff", 4); /* 4 GiB, the most */
    change(in_folder("a.zip"), "PK\3\4", 22, "\xf0\xff\xff\xff", 4);
    refused(in_folder("a.zip"), "holds a file of more than");
}

/* Members that are held in memory, and archives in archives. */
static void members_of_archives(void **state) {
    char *npz = NULL;
    size_t size = 0;
    pack(in_folder("a.zip"), ARCHIVE_FORMAT_ZIP, ARCHIVE_FILTER_NONE, "a.h5", "", 48 * MIB);
    refused(in_folder("a.zip"), "unpacks to more than");
    pack(in_folder("b.zip"), ARCHIVE_FORMAT_ZIP, ARCHIVE_FILTER_NONE, "a.h5", "", MIB);
    change(in_folder("b.zip"), "PK\1\2", 24, "\xf0\xff\xff\xff", 4); /* 4 GiB, the most */
    change(in_folder("b.zip"), "PK\3\4", 22, "\xf0\xff\xff\xff", 4);
    refused(in_folder("b.zip"), "'a.h5' takes 4096 MiB of memory, expected at most ");
    pack(in_folder("a.npz"), ARCHIVE_FORMAT_ZIP, ARCHIVE_FILTER_NONE, "images.npy", "",
         48 * MIB);
    load(in_folder("a.npz"), &npz, &size);
    pack_bytes(in_folder("c.tar"), ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_NONE, "a.npz", npz,
               size);
    refused(in_folder("c.tar"), "c.tar: a.npz: ");
    free(npz);
}

/* ---- Headers ----------------------------------------------------------------------------- */

#define NPY                                                                                \
    "\x93NUMPY\1\0\x76\0{'descr': '|u1', 'fortran_order': False, 'shape': (1000000, 100, " \
    "100)}"

static void arrays(void **state) {
    char npy[128];
    snprintf(npy, sizeof npy, "%s", "");
    memset(npy, ' ', sizeof npy);
    memcpy(npy, NPY, sizeof NPY - 1);
    npy[127] = '\n';
    write_file(in_folder("a.npy"), npy, sizeof npy);
    refused(in_folder("a.npy"), "10000000000");
}

static void fits_header(fits_bytes *f) {
    fits_begin(f, -32, 50000, 50000, 0);
    fits_end(f);
}

static void fits_files(void **state) {
    static const char zeros[MIB];
    fits_bytes f = {0};
    fits_header(&f);
    save_fits(in_folder("a.fits"), &f);
    refused(in_folder("a.fits"), "expected 10000000000");
    gzFile out = gzopen(in_folder("a.fits.gz"), "wb9");
    assert_int_equal(gzwrite(out, f.bytes, (unsigned)f.length), (int)f.length);
    for (int i = 0; i < 48; i++) assert_int_equal(gzwrite(out, zeros, MIB), MIB);
    gzclose(out);
    refused(in_folder("a.fits.gz"), "unpacks to more than");
    free_fits(&f);
}

/* A table of tiles without bytes. */
static void tiled_fits_files(void **state) {
    enum { SIDE = 8192, PLANES = 40, POINTER = 8 };
    fits_bytes f = {0};
    char *rows = calloc(SIDE * PLANES, POINTER);
    fits_begin_empty(&f);
    fits_card(&f, "XTENSION= 'BINTABLE'");
    fits_card(&f, "BITPIX  = 8");
    fits_card(&f, "NAXIS   = 2");
    fits_card(&f, "NAXIS1  = %d", POINTER);
    fits_card(&f, "NAXIS2  = %d", SIDE * PLANES);
    fits_card(&f, "PCOUNT  = 0");
    fits_card(&f, "GCOUNT  = 1");
    fits_card(&f, "TFIELDS = 1");
    fits_card(&f, "TFORM1  = '1PB(0)'");
    fits_card(&f, "TTYPE1  = 'COMPRESSED_DATA'");
    fits_card(&f, "ZIMAGE  = T");
    fits_card(&f, "ZCMPTYPE= 'RICE_1'");
    fits_card(&f, "ZBITPIX = -32");
    fits_card(&f, "ZNAXIS  = 3");
    fits_card(&f, "ZNAXIS1 = %d", SIDE);
    fits_card(&f, "ZNAXIS2 = %d", SIDE);
    fits_card(&f, "ZNAXIS3 = %d", PLANES);
    fits_end(&f);
    fits_data(&f, rows, (size_t)SIDE * PLANES * POINTER);
    save_fits(in_folder("a.fits"), &f);
    refused(in_folder("a.fits"), "1000");
    free_fits(&f);
    free(rows);
}

static void hdf5_file(const char *path, const hsize_t *shape, const hsize_t *chunk) {
    const hsize_t start[4] = {0};
    char *zeros = calloc(1, chunk[2] * chunk[3]);
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    hid_t space = H5Screate_simple(4, shape, NULL), one = H5Screate_simple(4, chunk, NULL);
    hid_t how = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(how, 4, chunk);
    H5Pset_deflate(how, 1);
    hid_t set = H5Dcreate2(file, "images", H5T_STD_U8LE, space, H5P_DEFAULT, how, H5P_DEFAULT);
    H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, chunk, NULL);
    assert_true(H5Dwrite(set, H5T_STD_U8LE, one, space, H5P_DEFAULT, zeros) >= 0);
    H5Dclose(set);
    H5Pclose(how);
    H5Sclose(one);
    H5Sclose(space);
    H5Fclose(file);
    free(zeros);
}

static void hdf5_files(void **state) {
    hdf5_file(in_folder("a.h5"), (hsize_t[]){1000000, 1, 100, 100},
              (hsize_t[]){1, 1, 100, 100});
    refused(in_folder("a.h5"), "declares 10000000000 bytes");
    hdf5_file(in_folder("b.h5"), (hsize_t[]){10, 1, 31623, 31623}, (hsize_t[]){1, 1, 10, 10});
    refused(in_folder("b.h5"), "rows of more than 256 MiB");
}

/* ---- Pictures ---------------------------------------------------------------------------- */

static void pictures(void **state) {
    static const unsigned char side[] = {0xff, 0xdc, 0xff, 0xdc};     /* 65500 each way */
    unsigned char ihdr[] = "IHDR\0\1\x86\xa0\0\1\x86\xa0\10\0\0\0\0"; /* 100000 each way */
    char *bytes = NULL;
    size_t size = 0;
    uLong sum = crc32(0, ihdr, 17);
    load("corpus/format_png/gray.png", &bytes, &size);
    memcpy(bytes + 12, ihdr, 17);
    for (int i = 0; i < 4; i++) bytes[29 + i] = (char)(sum >> (24 - 8 * i));
    write_file(in_folder("a.png"), bytes, size);
    refused(in_folder("a.png"), "exceeds user limit");
    free(bytes);
    load("corpus/format_jpeg/gray.jpg", &bytes, &size);
    write_file(in_folder("a.jpg"), bytes, size);
    free(bytes);
    change(in_folder("a.jpg"), "\xff\xc0", 5, side, sizeof side);
    refused(in_folder("a.jpg"), "65500 x 65500");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(archives_that_unpack_to_it),
        TEST(archives_that_say_so),
        TEST(members_of_archives),
        TEST(arrays),
        TEST(fits_files),
        TEST(tiled_fits_files),
        TEST(hdf5_files),
        TEST(pictures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
