/* importer_guess.c - the format of a path by the first bytes of a file, or by the names of what
 * a folder or an archive holds. No foreign parser runs here: a reader looks into archives. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive_reader.h"
#include "file.h"
#include "fits_image.h"
#include "fits_objects.h"
#include "hdf5_file.h"
#include "importer.h"
#include "picture_folder.h"
#include "picture_list.h"
#include "picture_members.h"
#include "source_reading.h"
#include "text.h"
#include "torch_file.h"

enum {
    START = 16384,
    DEEPEST = 4,
    ENOUGH = 20000,
    NAME = 1024,
    PICKLE = 0x80 /* its first byte */
};

/* ---- what is not read, and the way out ---- */

typedef struct refusal {
    const char *what, *way; /* as gt_text_typed takes it */
} refusal;

static const refusal zarr = {
    "a Zarr store, which is not read",
    "in Python: import numpy, zarr; numpy.savez('set.npz', "
    "**{k: v[:] for k, v in zarr.open(%p).arrays()})",
};
static const refusal parquet = {
    "Parquet, which is not read",
    "in Python: import numpy, pandas; t = pandas.read_parquet(%p); "
    "numpy.savez('set.npz', images=numpy.stack(t['image']))",
};
static const refusal arrow = {
    "Arrow (Feather), which is not read",
    "in Python: import numpy, pandas; t = pandas.read_feather(%p); "
    "numpy.savez('set.npz', images=numpy.stack(t['image']))",
};
static const refusal picture = {
    "a TIFF, GIF or WebP picture, which is not read",
    "in Python: import numpy, PIL.Image; numpy.save('one.npy', PIL.Image.open(%p))",
};
static const refusal asdf = {
    "ASDF, which is not read",
    "in Python: import asdf, numpy; numpy.save('one.npy', asdf.open(%p)['data'])",
};
static const refusal votable = {
    "a VOTable, which holds no pictures",
    "as the catalogue of some: stilts tcopy in=%s out=catalogue.fits, "
    "and --catalog catalogue.fits",
};
static const refusal pickle = {
    "a pickle, which is read in MiraBest's and FR-DEEP's archives alone",
    "in Python: import numpy, pickle; numpy.savez('set.npz', "
    "images=pickle.load(open(%p, 'rb')))",
};
static const refusal torch = {
    "tensors of torch.save, which are read as weights alone",
    "in Python: import numpy, torch; t = torch.load(%p); "
    "numpy.savez('set.npz', codes=t['codes'])",
};
static const refusal safetensors = {
    "safetensors, which are read as weights alone",
    "in Python: import numpy, safetensors.numpy; numpy.savez('set.npz', "
    "**safetensors.numpy.load_file(%p))",
};
static const refusal matlab = {
    "MATLAB's format, which is not read",
    "in Python: import numpy, scipy.io; numpy.savez('set.npz', **scipy.io.loadmat(%p))",
};
static const refusal netcdf = {
    "netCDF of the classic kind, which is not read",
    "nccopy -k nc4 %s set.nc makes HDF5 of it",
};
static const refusal gzip = {
    "one file that is packed, which is read of FITS alone",
    "unpack it: gunzip --keep %s",
};

static gt_status refuse(const refusal *r, const char *path, gt_error *err) {
    char way[sizeof err->text];
    return gt_fail(err, GT_UNSUPPORTED, "%.150s: %s; %s", path, r->what,
                   gt_text_typed(r->way, path, way, sizeof way));
}

/* ---- what folders, archives and lists hold, by the names ---- */

enum { HDF5, FITS, PICTURES, NPZ, PARQUET, ZARR, BATCHES, KINDS };

static const struct {
    const char *format, *endings;
} kinds[KINDS] = {
    [HDF5] = {"hdf5", GT_HDF5_ENDINGS},
    [FITS] = {"fits", GT_FITS_ENDINGS},
    [PICTURES] = {"pictures", "png|jpg|jpeg|npy"},
    [NPZ] = {"npy", "npz"},
    [PARQUET] = {NULL, "parquet"},
    [ZARR] = {NULL, ""},
    [BATCHES] = {NULL, ""},
};

static bool ends_in(const char *path, const char *endings) {
    return gt_picture_files_have((gt_picture_files){"", endings}, path);
}

typedef struct contents {
    size_t seen, counts[KINDS]; /* files of each kind, and one of each */
    char first[KINDS][NAME];
} contents;

static bool is_zarrs(const char *name) {
    return strcmp(name, ".zgroup") == 0 || strcmp(name, ".zarray") == 0 ||
           strcmp(name, "zarr.json") == 0;
}

static void count_name(contents *c, const char *folder, const char *name) {
    int kind = is_zarrs(name) ? ZARR : strcmp(name, "data_batch_1") == 0 ? BATCHES : KINDS;
    for (int k = 0; k < KINDS && kind == KINDS; k++)
        if (kinds[k].endings[0] != 0 && ends_in(name, kinds[k].endings)) kind = k;
    if (kind == KINDS) return;
    if (c->counts[kind]++ > 0) return;
    bool is_place = kind == ZARR || kind == BATCHES; /* the folder around it counts */
    const char *around = folder ? folder : "";
    snprintf(c->first[kind], NAME, is_place ? "%s" : folder ? "%s/%s" : "%s%s", around, name);
}

/* A format for all of it. FITS files beside pictures are one of their kinds, and arrays of npz
 * count alone. */
static gt_status decide(const char *path, const contents *c, const char **format,
                        gt_error *err) {
    size_t found = 0;
    int last = KINDS;
    *format = NULL;
    for (int k = 0; k <= NPZ; k++) {
        bool is_beside = (k == FITS && c->counts[PICTURES] > 0) || (k == NPZ && found > 0);
        if (c->counts[k] == 0 || is_beside) continue;
        found++;
        *format = kinds[k].format;
        if (found == 2)
            return gt_fail(
                err, GT_USAGE,
                "%s: holds files of several formats, as '%.150s' and '%.150s'; --format "
                "%s or --format %s takes those of one",
                path, c->first[last], c->first[k], kinds[last].format, kinds[k].format);
        last = k;
    }
    return GT_OK;
}

/* ---- files ---- */

static const struct {
    size_t at, length;
    const char *bytes, *format; /* NULL: refused */
    const refusal *refused;
} signs[] = {
    {0, 8, "\x89HDF\r\n\x1a\n", "hdf5", NULL},
    {512, 8, "\x89HDF\r\n\x1a\n", "hdf5", NULL}, /* behind a user's block */
    {1024, 8, "\x89HDF\r\n\x1a\n", "hdf5", NULL},
    {2048, 8, "\x89HDF\r\n\x1a\n", "hdf5", NULL},
    {0, 9, "SIMPLE  =", "fits", NULL},
    {0, 6, "\x93NUMPY", "npy", NULL},
    {0, 4, "\x89PNG", "pictures", NULL},
    {0, 3, "\xff\xd8\xff", "pictures", NULL},
    {0, 4, "PAR1", NULL, &parquet},
    {0, 6, "ARROW1", NULL, &arrow},
    {0, 4, "II*\0", NULL, &picture},
    {0, 4, "MM\0*", NULL, &picture},
    {0, 4, "GIF8", NULL, &picture},
    {8, 4, "WEBP", NULL, &picture},
    {0, 6, "#ASDF ", NULL, &asdf},
    {0, 6, "MATLAB", NULL, &matlab},
    {0, 4, "CDF\1", NULL, &netcdf},
    {0, 4, "CDF\2", NULL, &netcdf},
    {0, 4, "CDF\5", NULL, &netcdf},
};

/* Batches in CIFAR's manner, by the names that their authors gave the archive and its folder;
 * NULL for other names. */
static const char *batches_called(const char *path) {
    const char *slash = strrchr(path, '/'), *name = slash && slash[1] ? slash + 1 : path;
    if (strncasecmp(name, "MiraBest", 8) == 0) return "mirabest";
    return strstr(name, "PNG_dataset") != NULL ? "frdeep" : NULL;
}

static void count_member(void *user, const char *name) {
    count_name(user, NULL, name);
}

/* FITS files in an archive that is not called as one are read as pictures. */
static gt_status guess_archive(const char *path, const char **format, gt_error *err) {
    contents c = {0};
    *format = ends_in(path, "npz")             ? "npy"
              : ends_in(path, GT_FITS_ENDINGS) ? "fits"
                                               : batches_called(path);
    if (*format != NULL) return GT_OK;
    (gt_reader_is_here() ? gt_picture_members_glance
                         : gt_source_reading_glance)(path, count_member, &c);
    gt_status status = decide(path, &c, format, err);
    bool is_unnamed = !status && *format != NULL && strcmp(*format, "fits") == 0 &&
                      !ends_in(path, GT_FITS_ARCHIVE_ENDINGS);
    if (*format == NULL || is_unnamed) *format = "pictures";
    return status;
}

/* Of a list whose first bytes are these: FITS where no name is that of another picture. */
static const char *list_format(const char *start, size_t length) {
    const gt_picture_files others = {"", kinds[PICTURES].endings};
    return gt_picture_list_names(start, length, others) ? "pictures" : "fits";
}

/* Codes in a table of a FITS file: columns c0, c1, ..., as encode and data export write them,
 * or one called so. */
static bool is_code_table(const char *start, size_t length) {
    return memmem(start, length, "XTENSION= 'BINTABLE'", 20) != NULL &&
           (memmem(start, length, "= 'c0      '", 12) != NULL ||
            memmem(start, length, "= 'codes   '", 12) != NULL);
}

static gt_status guess_file(const char *path, const char **format, gt_error *err) {
    gt_status status = GT_OK;
    char start[START] = "";
    uint64_t size = 0;
    int fd = -1;
    *format = NULL;
    GT_TRY(gt_file_open(path, &fd, &size, err));
    size_t length = size < START ? (size_t)size : START;
    GT_TRY(gt_file_read_at(fd, path, 0, start, length, err));
    for (size_t i = 0; i < sizeof signs / sizeof *signs && *format == NULL; i++) {
        if (length < signs[i].at + signs[i].length ||
            memcmp(start + signs[i].at, signs[i].bytes, signs[i].length) != 0)
            continue;
        if (signs[i].at >= 512 && gt_archive_is_one(path)) continue; /* a member of it */
        *format = signs[i].format;
        if (signs[i].refused != NULL) GT_TRY(refuse(signs[i].refused, path, err));
    }
    if (*format != NULL && strcmp(*format, "fits") == 0 && is_code_table(start, length))
        *format = "table";
    if (*format == NULL && memmem(start, length, "<VOTABLE", 8) != NULL)
        GT_TRY(refuse(&votable, path, err));
    if (*format == NULL && ends_in(path, "pkl|pickle") && (unsigned char)start[0] == PICKLE)
        GT_TRY(refuse(&pickle, path, err));
    if (*format == NULL && ends_in(path, "pt|pth|ckpt") && gt_torch_is_one(path))
        GT_TRY(refuse(&torch, path, err));
    if (*format == NULL && ends_in(path, "safetensors"))
        GT_TRY(refuse(&safetensors, path, err));
    if (*format == NULL && ends_in(path, "zarr.zip")) GT_TRY(refuse(&zarr, path, err));
    if (*format == NULL && gt_picture_list_is_one(path)) *format = list_format(start, length);
    if (*format == NULL && ends_in(path, "h5.gz|hdf5.gz|hdf.gz|npy.gz|npz.gz|png.gz|jpg.gz"))
        GT_TRY(refuse(&gzip, path, err));
    if (*format == NULL && ends_in(path, "csv|tsv|ecsv")) *format = "table";
    if (*format == NULL && gt_archive_is_one(path)) GT_TRY(guess_archive(path, format, err));
done:
    if (fd >= 0) close(fd);
    return status;
}

/* ---- folders ---- */

/* Looks at so many names that one may tell what the folder is. */
static void look_through(contents *c, const char *folder, int depth,
                         const gt_folder_way *above) {
    gt_folder_way way;
    if (gt_folder_way_enter(folder, above, &way, NULL)) return; /* its reader tells */
    DIR *listing = opendir(folder);
    for (struct dirent *found; listing && c->seen < ENOUGH && (found = readdir(listing));) {
        struct stat info;
        char path[NAME];
        if (strcmp(found->d_name, ".") == 0 || strcmp(found->d_name, "..") == 0) continue;
        if (fstatat(dirfd(listing), found->d_name, &info, 0) != 0) continue;
        c->seen++;
        if (S_ISREG(info.st_mode)) count_name(c, folder, found->d_name);
        bool fits = snprintf(path, sizeof path, "%s/%s", folder, found->d_name) < NAME;
        if (S_ISDIR(info.st_mode) && found->d_name[0] != '.' && depth < DEEPEST && fits)
            look_through(c, path, depth + 1, &way);
    }
    if (listing != NULL) closedir(listing);
}

static gt_status guess_folder(const char *path, const char **format, gt_error *err) {
    contents c = {0};
    *format = NULL;
    look_through(&c, path, 0, NULL);
    if (c.counts[ZARR] > 0) return refuse(&zarr, c.first[ZARR], err);
    if (c.counts[BATCHES] > 0) *format = batches_called(c.first[BATCHES]);
    if (*format != NULL) return GT_OK;
    gt_status status = decide(path, &c, format, err);
    if (status) return status;
    if (*format == NULL && c.counts[PARQUET] > 0)
        return refuse(&parquet, c.first[PARQUET], err);
    return GT_OK;
}

gt_status gt_importer_guess(const char *path, const char **format, gt_error *err) {
    struct stat info;
    bool is_folder = stat(path, &info) == 0 && S_ISDIR(info.st_mode);
    gt_status status =
        is_folder ? guess_folder(path, format, err) : guess_file(path, format, err);
    if (status || *format != NULL) return status;
    return gt_fail(err, GT_NOT_FOUND,
                   "%s: %s known pictures: expected HDF5, FITS, npy, npz, PNG or JPEG files, a "
                   "folder of them, or a tar or zip archive of them; --format says how to "
                   "read others",
                   path, is_folder ? "a folder without" : "no file of");
}
