/* galatea data cutouts: parts of FITS mosaics at the positions of a catalogue, as a set. */
#include "cli.h"
#include "imported.h"

typedef struct cutout_settings {
    gt_cut_settings cut;
    gt_import_settings import;
} cutout_settings;

#define CUT(kind, member) kind(cutout_settings, cut.member)
#define AT(kind, member) kind(cutout_settings, import.member)

static const gt_option rows[] = {
    {"catalog", AT(GT_TEXT_AT, catalog), NULL, "FILE",
     "CSV or FITS table with ra and dec in degrees; its columns go with the pictures",
     .required = true, .path = GT_READS},
    {"catalog-hdu", AT(GT_TEXT_AT, catalog_hdu), NULL, "N",
     "number or name of the table in a FITS file of --catalog; else the first one"},
    {"size", CUT(GT_TEXT_AT, size), NULL, "N",
     "sides of the pictures: N pixels, or as much as 30arcsec", .required = true},
    {"out", AT(GT_TEXT_AT, out), NULL, "FILE", "data set to write", .required = true,
     .path = GT_WRITES, .endings = GT_DATASET_ENDINGS},
    {"column", AT(GT_TEXT_AT, column), NULL, "NEW=OLD,...",
     "columns by new names: ra=ALPHA, label=morph (label, split, ra, dec, angular_size, id, or "
     "any name)"},
    {"hdu", CUT(GT_TEXT_AT, hdu), NULL, "HDU",
     "number or name of the images; else the first one of each file"},
    {"pad", CUT(GT_REAL_AT, pad), "0", "VALUE", "of pixels beyond the edge", .min = -1e18,
     .max = 1e18},
    {"where", AT(GT_TEXT_AT, where), NULL, "LIST",
     "rows for which all conditions hold: z>0.1,padded=0 (= != < <= > >=)"},
#include "import_values.def"
    {"test", AT(GT_REAL_AT, test), "0", "SHARE",
     "share of the pictures drawn into the test split", .min = 0, .max = 0.9},
    {"seed", AT(GT_INT_AT, seed), "1", "S", "seed of that draw", .min = 0, .max = 9e15},
};
static const gt_option_table table = GT_OPTION_TABLE("Options", rows);

/* What is not asked for here is as a plain import has it. */
static gt_import_settings complete(const cutout_settings *asked, const gt_cut_settings *cut) {
    gt_import_settings settings = asked->import;
    const gt_import_settings usual = gt_import_settings_default();
    settings.format = "mosaic";
    settings.cut = cut;
    settings.split = usual.split;
    settings.within = usual.within;
    settings.on = usual.on;
    settings.radius = usual.radius;
    settings.axes = usual.axes;
    settings.channels = usual.channels;
    settings.align = usual.align;
    settings.planes = usual.planes;
    settings.incomplete = usual.incomplete;
    return settings;
}

static gt_status run(gt_call *call, gt_error *err) {
    const cutout_settings *asked = call->settings;
    gt_cut_settings cut = asked->cut;
    cut.mosaics = call->words;
    cut.mosaic_count = call->word_count;
    cut.catalog = asked->import.catalog;
    cut.catalog_hdu = asked->import.catalog_hdu;
    cut.column = asked->import.column;
    const gt_import_settings settings = complete(asked, &cut);
    return gt_import_told(call, &settings, err);
}

static const char *const examples[] = {
    "galatea data cutouts mosaic.fits --catalog sources.csv --size 64 --out set.h5",
    "galatea data cutouts tile1.fits tile2.fits --catalog sources.fits --size 30arcsec "
    "--range -0.0005:0.05 --stretch asinh --out jy.h5",
    "galatea data cutouts g=g.fits r=r.fits z=z.fits --catalog sources.fits --column "
    "ra=ALPHA,dec=DELTA,label=morph --size 64 --keep-values --where padded=0 --out grz.h5",
    NULL};

const gt_command gt_command_data_cutouts = {
    .name = "data cutouts",
    .summary = "cut pictures out of FITS mosaics at a catalogue's positions",
    .description =
        "Takes the N x N pixels around each position of a catalogue, those of the mosaic "
        "that are nearest, not resampled and not turned: as Cutout2D of astropy. Mosaics may "
        "be of any size, plain or compressed in tiles; only the parts are read. Their "
        "headers tell where pixels lie on the sky (WCS).\n\n"
        "Positions are columns ra and dec in degrees, also under the usual other names, or "
        "those that --column names. All columns of the catalogue go with the pictures. "
        "Positions outside are left out, the first ones named, all counted. What lies beyond "
        "an edge is --pad, and the column padded has how many pixels that are: --where "
        "padded=0 takes whole pictures alone.\n\n"
        "Of several mosaics a position is taken from the one that holds most of the picture, "
        "and of these from the one with most pixels that are numbers; the column mosaic "
        "names it. BAND=FILE makes pictures of several channels, each band with one or "
        "several files.\n\n"
        "How values become pixels is said as for data import: without a word each picture is "
        "scaled to bytes; --keep-values and --range keep physical values.",
    .usage = "FILE...",
    .min_words = 1,
    .max_words = 4096,
    .word_path = GT_READS,
    .table = &table,
    .settings_size = sizeof(cutout_settings),
    .examples = examples,
    .has_json = true,
    .run = run};
