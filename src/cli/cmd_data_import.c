/* galatea data import: other people's files as a flat data set. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "galatea/import.h"
#include "galatea/interrupt.h"
#include "galatea/log.h"
#include "imported.h"
#include "importer.h"
#include "json.h"
#include "progress.h"
#include "provenance.h"
#include "shown.h"

static gt_status tick(void *user, uint64_t done, uint64_t total, gt_error *err) {
    gt_progress_update(user, (int64_t)done, NULL);
    if (!gt_interrupt_pending()) return GT_OK;
    return gt_fail(err, GT_INTERRUPTED,
                   "interrupted after %" PRIu64 " of %" PRIu64 " pictures, no file written",
                   done, total);
}

static const char *noun_of(const gt_import_report *report) {
    return report->is_codes ? "code" : "picture";
}

static void remark_excluded(const char *path, const gt_import_settings *settings,
                            const gt_import_report *report) {
    const char *noun = noun_of(report);
    if (settings->exclude == NULL) return;
    gt_remark("%s: %s %s left out, within %g arcsec of one of %s", path,
              gt_counted(report->excluded, noun), gt_are(report->excluded), settings->within,
              gt_counted(report->positions, "position"));
    if (report->positions_unknown > 0)
        gt_remark("--exclude: %s without a position",
                  gt_counted(report->positions_unknown, "row"));
    if (report->unplaced > 0)
        gt_remark("%s: %s without a position, kept", path, gt_counted(report->unplaced, noun));
}

static void remark(const char *path, gt_import_report *report, const char *policy) {
    const char *noun = noun_of(report);
    char *notes = report->note;
    for (char *line; (line = strsep(&notes, "\n")) != NULL;)
        if (*line != 0) gt_remark("%s: %s", path, line);
    if (report->alpha_pictures > 0)
        gt_remark("%s: the alpha channel of %s is left out", path,
                  gt_counted(report->alpha_pictures, noun));
    if (report->constant_pictures > 0)
        gt_remark("%s: %s with one value everywhere, the first is %s %s", path,
                  gt_counted(report->constant_pictures, noun), noun, report->first_constant);
    if (report->bad_pictures > 0)
        gt_remark("%s: %s with bad %s (%" PRIu64 " NaN, %" PRIu64 " infinite, %" PRIu64
                  " beyond 1e18), the first is %s %s: %s",
                  path, gt_counted(report->bad_pictures, noun),
                  report->is_codes ? "numbers" : "pixels", report->faults.nan,
                  report->faults.infinite, report->faults.huge, noun, report->first_bad,
                  policy);
}

static void remark_range(const char *path, const gt_import_settings *settings,
                         const gt_import_report *report) {
    if (settings->range != NULL && !gt_range_is_declared(report->range))
        gt_remark("%s: its pictures are bytes, which have no other range: --range is left out",
                  path);
    if (report->moved_pixels > 0)
        gt_remark("%s: %s of %s beyond --range %s, moved to its ends", path,
                  gt_counted(report->moved_pixels, "pixel"),
                  gt_counted(report->moved_pictures, "picture"), settings->range);
}

static void print_result(const char *out, const gt_import_report *report) {
    char stretch[GT_STRETCH_TEXT];
    printf("%s: %" PRIu64 " of ", gt_shown(out), report->written);
    if (report->is_codes)
        printf("%s, %s", gt_counted(report->read, "code"),
               gt_counted(report->channels, "number"));
    else
        printf("%s, %zu x %zu x %zu %s", gt_counted(report->read, "image"), report->channels,
               report->height, report->width,
               report->type == GT_PIXEL_U8 ? "uint8" : "float32");
    if (gt_range_is_declared(report->range) && !report->is_codes)
        printf(", range %.6g to %.6g", report->range.low, report->range.high);
    gt_stretch_text(report->range.stretch, stretch);
    if (report->range.stretch.curve != GT_CURVE_LINEAR) printf(", stretch %s", stretch);
    putchar('\n');
}

static gt_status write_result(const char *out, const gt_import_report *report, gt_error *err) {
    char stretch[GT_STRETCH_TEXT];
    gt_json json;
    gt_json_begin(&json, stdout, 2);
    gt_json_object(&json, NULL);
    gt_json_text(&json, "out", out);
    gt_json_text(&json, "kind", report->is_codes ? "codes" : "images");
    gt_json_int(&json, "count", (int64_t)report->written);
    gt_json_int(&json, "read", (int64_t)report->read);
    if (report->is_codes) {
        gt_json_int(&json, "width", (int64_t)report->channels);
    } else {
        gt_json_int(&json, "channels", (int64_t)report->channels);
        gt_json_int(&json, "height", (int64_t)report->height);
        gt_json_int(&json, "width", (int64_t)report->width);
        gt_json_text(&json, "type", report->type == GT_PIXEL_U8 ? "uint8" : "float32");
    }
    if (gt_range_is_declared(report->range) && !report->is_codes) {
        gt_json_real(&json, "low", report->range.low);
        gt_json_real(&json, "high", report->range.high);
        gt_stretch_text(report->range.stretch, stretch);
        gt_json_text(&json, "stretch", stretch);
    }
    gt_json_end(&json);
    return gt_json_finish(&json, err);
}

gt_status gt_import_told(gt_call *call, const gt_import_settings *settings, gt_error *err) {
    gt_status status = GT_OK;
    const char *path = call->words[0];
    char **inputs = NULL;
    gt_import_report report;
    char *provenance = NULL;
    gt_progress progress = gt_progress_start(call->is_quiet ? -1 : 2, 0, "pictures");
    GT_TRY(gt_interrupt_install(err));
    GT_TRY(gt_import_inputs(settings, path, &inputs, err));
    GT_TRY(
        gt_provenance_make(&call->invocation, (const char *const *)inputs, &provenance, err));
    GT_TRY(gt_import_run(settings, path, provenance, tick, &progress, &report, err));
    gt_progress_clear(&progress);
    if (report.guess != NULL)
        gt_remark("%s: read as %s, as --format %s does", path, report.guess, report.guess);
    remark_excluded(path, settings, &report);
    remark(path, &report, settings->bad_pixels[0] == 'd' ? "left out" : "0 is put there");
    remark_range(path, settings, &report);
    if (call->wants_json)
        GT_TRY(write_result(settings->out, &report, err));
    else if (!call->is_quiet)
        print_result(settings->out, &report);
done:
    gt_progress_finish(&progress);
    free(inputs);
    free(provenance);
    return status;
}

static gt_status run(gt_call *call, gt_error *err) {
    const gt_import_settings *settings = call->settings;
    const gt_importer *importer;
    if (settings->format && gt_importer_find(settings->format, &importer, err) != GT_OK)
        return GT_USAGE;
    if (!settings->exclude && gt_options_source(call->options, "within") == GT_FROM_COMMAND)
        return gt_fail(err, GT_USAGE,
                       "--within %g: the radius of --exclude FILE, which is not given",
                       settings->within);
    return gt_import_told(call, settings, err);
}

static const char *const examples[] = {
    "galatea data import cutouts/ --size 64 --out set.h5",
    "galatea data import Galaxy10_DECals.h5 --crop 128 --size 64 --out galaxy10.h5",
    "galatea data import --format mirabest --subset confident MiraBest_F_batches.tar.gz "
    "--size 64 --out mbc.h5",
    "galatea data import --format frdeep NVSS_PNG_dataset.tar.gz --size 64 --out frdeep.h5",
    "galatea data import --format frdeep NVSS_PNG_dataset.tar.gz --align principal "
    "--crop 20 --size 64 --out frdeep.h5",
    "galatea data import --format pictures cutouts.zip --size 64 --out set.h5",
    "galatea data import --format npy cutouts.npz --dataset images --size 64 --out set.h5",
    "galatea data import --format png cutouts/ --crop 150 --size 64 --test 0.2 --out set.h5",
    "galatea data import --format fits cutouts/ --bands 'g=*_g.fits,r=*_r.fits,z=*_z.fits' "
    "--keep-values --out grz.h5",
    "galatea data import --format hdf5 first_curated.h5 --where 'mirabest!=2' --crop 150 "
    "--size 64 --out first.h5",
    "galatea data import --format hdf5 first_curated.h5 --exclude "
    "mirabest_full.h5:test,frdeep_nvss_positions.h5:550-599 --within 90 --size 64 "
    "--out unseen.h5",
    "galatea data import --format png cutouts/ --catalog table.fits --on name --column "
    "label=morph --out set.h5",
    "galatea data import --format hdf5 set.h5 --where 'z>0.1,z<0.2,class!=merger' --out "
    "near.h5",
    "galatea data import --format hdf5 cutouts.h5 --range -0.0005:0.05 --size 64 --out jy.h5",
    "galatea data import --format hdf5 cutouts.h5 --range -0.0005:0.05 --stretch asinh "
    "--stretch-a 0.02 --unit Jy/beam --size 64 --out jy.h5",
    "galatea data import --format hdf5 cutouts.h5 --normalize zscale --size 64 --out set.h5",
    "galatea data import --format hdf5 sdss.h5 --lupton z,g,r --crop 64 --out gray.h5",
    NULL};

const gt_command gt_command_data_import = {
    .name = "data import",
    .summary = "turn other files into a data set",
    .description =
        "Reads pictures, or codes, from PATH and writes them as a flat data set. The format is "
        "found by looking at PATH, or --format says it: mirabest and frdeep take the archives "
        "that their authors publish, or the unpacked folders.\n\n"
        "pictures takes PNG, JPEG, npy and FITS files of one picture each, in a folder or in a "
        "tar or zip archive, whose sub-folders are the classes if it has any, or train, test "
        "and val(idation) with classes in them or around them (one folder around all of these "
        "says nothing), or, where folders mean nothing, in a list (.txt, .lst) with the name "
        "of one in each line; png takes PNG files alone. fits takes a FITS file, or a folder, "
        "archive or list of them. npy takes NumPy's arrays, one in an npy file, or in an npz "
        "file with columns beside them.\n\n"
        "hdf5 takes pictures (N,C,H,W), (N,H,W,C) or (N,H,W) of any number type, also "
        "compressed, and codes (N,D) of any program, with all columns that stand beside them, "
        "or in tables there (records): labels, split, ra, dec, angular_size and id, also under "
        "the usual other names, and any other column of numbers or texts as it is, with its "
        "unit, description and UCD. A field of records that holds several numbers is the "
        "pictures, or, where they are few, a column for each of them: flux0, flux1 and so "
        "on. Files of netCDF 4 are HDF5; values that these call packed are unpacked.\n\n"
        "table takes codes from the numbered columns of a CSV or FITS table (c0, c1, ... as "
        "encode writes them, or 0, 1, ... as pandas does) or from a FITS column of several "
        "numbers a row, with its other columns.\n\n"
        "A folder of HDF5 files, or of npz files, is read as one, whose names may tell the "
        "split as well, and so is an archive of them (each is held in memory, and may be as "
        "large as a third of what GALATEA_READER_MEMORY allows). Texts as labels become "
        "classes in the order of their names; the split is told by a group called train or "
        "test, or by names as x_train, whose labels are y_train. Of Galaxy10 the classes are "
        "named, of the Multimodal Universe the bands and the pixel scale. What is left out is "
        "told. Zarr, Parquet, ASDF and TIFF are refused with the way to convert them.\n\n"
        "mask (N,H,W) and ivar (N,C,H,W) beside pictures in HDF5 files and npz archives, "
        "image_mask and image_ivar, and the HDUs of FITS files that --mask-hdu and --ivar-hdu "
        "name, go with them, cut out as they are; what would move or mix their pixels is "
        "refused.\n\n"
        "--size S cuts out the centre S x S. --crop C --size S cuts out the centre C x C and "
        "resizes it to S x S with a triangle filter as wide as the scale, so that every "
        "pixel counts. A picture smaller than the crop is an error. --whole --size S takes "
        "the largest square in the middle of each picture, whatever its sides, and resizes "
        "that; the set states no pixel scale then. --align principal cuts around the source "
        "at the centre and turns it: its long axis lies along x, its longer tail on the "
        "right and below. A class that does not depend on orientation is then easier to "
        "tell.\n\n"
        "PNG and JPEG pictures without colour have one channel, in whatever form they are "
        "stored. In a folder with a coloured picture all have three; --channels 1 or 3 asks "
        "for a number. EXIF tells how JPEG pictures lie. Where some have 16 bits, all are "
        "taken as 16 bits; arrays keep their values. Pictures in an archive come in its "
        "order. Links in it are left out, names that lead out of it are refused, and "
        "--unpack limits what it may hold.\n\n"
        "FITS files may be plain, gzip (.fits.gz) or compressed in tiles (.fits.fz), with "
        "pixels of any type; BSCALE, BZERO and BLANK (NaN) are followed, and --keep-values "
        "keeps physical values exactly as far as float32 holds them; what is rounded is "
        "told. Of several HDUs the first with an image is taken, or --hdu N. As one kind of "
        "several (--format pictures, as archives are read without --format) FITS files give "
        "their pixels alone; by --format fits axes of length 1 say nothing, and a cube is "
        "many pictures, or the channels of one in a folder of cubes or where a card BANDS "
        "names them (--planes); a short first axis, as of a colour picture (H,W,3), is one "
        "of channels. --bands puts files together whose pictures are the bands of one "
        "object, in an archive too, in whatever order. The world coordinates give ra and dec "
        "of the middle of each picture, and the pixel scale, or else cards RA and DEC, "
        "PIXSCALE or SECPIX; OBJECT and --cards become columns, and so does a table with a "
        "row for each picture of a cube. What data export wrote comes back whole.\n\n"
        "The first row of a set's pictures is their top: FITS files, which begin at the "
        "bottom, are turned over, so that a FITS file and a PNG file of one picture give the "
        "same rows. Arrays in HDF5 and npy files are taken as they are.\n\n"
        "Pixels are stored as bytes. Bytes stay what they are; pictures of other types are "
        "scaled each for itself as --normalize says: minmax from its least to its largest "
        "value; asinh the same with faint parts lifted; sigma-clip cuts below --sigma times "
        "the noise above the background, as the FIRST and MiraBest cut-outs were made; "
        "zscale and percentile lie between the limits that astropy.visualization finds.\n\n"
        "--stretch is the curve from black to white, with the formulas of "
        "astropy.visualization. With --range black and white are those of the whole set: it "
        "keeps physical values, networks see them through the stretch, and what networks "
        "make comes back as physical values. With --pixels uint8 the set has 256 levels of "
        "them instead, a quarter of the size. With --normalize black and white are those of "
        "each picture, kept as columns vmin and vmax, by which data export and reconstruct "
        "turn it back into values.\n\n"
        "--keep-values keeps physical values: what are no bytes become floats, and the set "
        "declares the range that they lie in. Networks and figures see 0 for its lower end, "
        "black, and 255 for its upper end, white; samples come back in it. By default it "
        "goes from the least to the largest pixel of the set, which one odd pixel can "
        "stretch: --range LOW:HIGH chooses it, and pixels beyond are moved to its ends. Sets "
        "that shall meet one network need one range.\n\n"
        "--catalog joins the columns of a table, CSV (also with tabs or semicolons), ECSV or "
        "FITS (--catalog-hdu takes one of several tables): each picture gets those of the "
        "row whose column --on equals its own, or of the nearest row. Pictures keep their "
        "order; what has no row gets missing values, and rows without a picture are counted. "
        "Columns called label, split, ra, dec, angular_size or id, or by a usual other name, "
        "are taken as these where the pictures have none; --column label=ans says so for any "
        "other. Positions are the catalogue's wherever it has them, as numbers in degrees or "
        "as 10:20:30.5, or in another unit of angles that their column tells (hours, rad); "
        "where the pictures have their own, these become ra_image and dec_image. Cells that "
        "are empty, or n/a, nan, null, -- and the like, are missing values; flux [mJy] or "
        "flux (mJy) as a name tells the unit. True and false are 1 and 0, whatever the format "
        "(--where takes either). Texts are UTF-8, or else Latin-1.\n\n"
        "--exclude leaves out what lies --within a radius of given positions, by default 30 "
        "arcsec, measured along the great circle: a set to learn from should hold nothing "
        "that a test set is judged by. Positions are the columns ra and dec (or ra_deg and "
        "dec_deg, in degrees) of HDF5 files, with or without pictures: all rows of FILE, "
        "rows of FILE:7-9, or one split of FILE:test; several are separated by commas. "
        "Pictures without a position are kept and counted.\n\n"
        "The set remembers survey, pixel scale and what was done to the pictures. --survey "
        "and --pixel-scale (of PATH: --crop with --size changes it as it resizes) give what "
        "PATH does not tell.\n\n"
        "Pixels that are NaN, infinite or beyond 1e18 inside the crop stop the import with "
        "their number, unless --bad-pixels says zero or drop; where 0 is put, mask and "
        "inverse variance say that it is not to be used. Numbers that stand for none are "
        "told where they look like it (-999, -32768, 99.99, far from all others); --blank "
        "and --missing say that they do. Nothing is unpacked to disk, and no code in a file "
        "is run.",
    .usage = "PATH",
    .min_words = 1,
    .max_words = 1,
    .of_several = ", which of several files is their folder, an archive of them, or a list "
                  "(.txt) of their names",
    .word_path = GT_READS,
    .table = &gt_import_options,
    .settings_size = sizeof(gt_import_settings),
    .examples = examples,
    .has_json = true,
    .run = run};
