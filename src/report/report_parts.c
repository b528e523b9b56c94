/* report_parts.c - the parts of the page, in the order of the papers, and which a result is of.
 */
#include "report_parts.h"

#include <string.h>

const gt_report_paper gt_report_papers[PAPERS] = {
    [RADIO] = {"paper-radio", "Andrianomena & Tang 2024",
               "S. Andrianomena, H. Tang: Radio Galaxy Zoo: Leveraging latent space "
               "representations from variational autoencoder",
               "Journal of Cosmology and Astroparticle Physics 06 (2024) 034, "
               "doi:10.1088/1475-7516/2024/06/034, arXiv:2311.08331"},
    [GENERATORS] = {"paper-generators", "Campagne 2025",
                    "J.-E. Campagne: Galaxy Imaging with Generative Models: Insights from a "
                    "Two-Models Framework",
                    "preprint of 13 March 2025 in the form of Monthly Notices of the Royal "
                    "Astronomical Society, doi:10.48550/arXiv.2503.23127, arXiv:2503.23127"},
};

const gt_report_part gt_report_parts[PARTS] = {
    [TRAINING] = {{NULL},
                  "training",
                  "Training",
                  "How the loss fell, and the settings of each run.",
                  {NULL}},
    {{"galatea reconstruct"},
     "reconstructions",
     "Reconstructions",
     "Images the model did not learn from, in rows above what it makes of them without chance.",
     {[RADIO] = "Figure 5"}},
    {{"galatea embed"},
     "maps",
     "Maps of the codes",
     "Each point is the code of a galaxy; neighbours on the map have similar codes.",
     {[RADIO] = "Figure 6"}},
    {{"galatea importance"},
     "importance",
     "Importance of the components",
     "Mean value of each component of the code, and its importance for a forest of regression "
     "trees.",
     {[RADIO] = "Figure 7"}},
    {{"galatea search"},
     "similarity",
     "Similarity search",
     "The query first, then the objects whose codes are most like its own, with their "
     "cosines.",
     {[RADIO] = "Figures 8, 9 and 13"}},
    {{"galatea sample"},
     "samples",
     "Generated galaxies",
     "Images drawn from the model: none of these galaxies exists.",
     {[RADIO] = "Figure 10", [GENERATORS] = "Figure 3"}},
    {{"galatea density"},
     "density",
     "Log-likelihood",
     "Histograms of the log-likelihood that a model gives to the codes or images of each set.",
     {[RADIO] = "Figure 11"}},
    [TABLE2] = {{"galatea classify", "galatea compare"},
                "classification",
                "Classification",
                "Classifiers learn from labelled codes and are judged by rows they never saw. "
                "Ranges hold the true accuracy with 95 % confidence.",
                {[RADIO] = "Table 2"}},
    {{"galatea novelty"},
     "novelty",
     "Least likely objects",
     "Objects that the model finds least likely, with log-likelihood and class.",
     {[RADIO] = "Figure 12"}},
    {{"galatea data show"},
     "sets",
     "Real and generated galaxies",
     "Images of several sets, a row for each.",
     {[GENERATORS] = "Figure 3"}},
    {{"galatea morph"},
     "morphology",
     "Morphology",
     "Concentration, asymmetry, smoothness, Gini and M20 of images.",
     {[GENERATORS] = "section 3.3"}},
    {{"galatea corner"},
     "corner",
     "Morphology of generated and real galaxies",
     "Columns of tables against each other, the first set being the real one; contours hold "
     "the "
     "masses that the legend tells.",
     {[GENERATORS] = "Figures 4, 8, 12 and 15"}},
    {{"galatea denoise"},
     "denoising",
     "Denoising",
     "Noise added to images, and what models leave of it: peak signal-to-noise ratios.",
     {[GENERATORS] = "Figures 5 and 6"}},
    [TWINS] =
        {{"galatea twins"},
         "twins",
         "Two models of disjoint halves",
         "Two models of one configuration learned disjoint halves of a set, of several "
         "sizes: how alike what they make of the same noise is, and how near it is to what "
         "they learned from.",
         {[GENERATORS] = "Figures 7 to 16 and Table 1"}},
    {{"galatea invert"},
     "latents",
     "Latents of images",
     "What images are made of under a model that runs backwards, beside the normal "
     "distribution that it is meant to have.",
     {[GENERATORS] = "Figures 10 and 11"}},
    {{"galatea score"},
     "scores",
     "Scores of a discriminator",
     "What the second network of a GAN says of images: low is what it takes for real.",
     {[GENERATORS] = "Figures 14 and 16"}},
    {{"galatea judge"},
     "verdicts",
     "Verdicts on generators",
     "Distances of generated from real images, how many are copies and how much of the variety "
     "is there, each beside what real images score against each other.",
     {NULL}},
    [FURTHER] = {{NULL},
                 "further",
                 "Further results",
                 "Files whose record names no command of this list, or that carry none.",
                 {NULL}},
};

/* ---- sorting --------------------------------------------------------------------------------
 */

/* "galatea sample vdvae" is one of "galatea sample". */
static bool is_command(const char *command, const char *name) {
    size_t length = strlen(name);
    return strncmp(command, name, length) == 0 && (!command[length] || command[length] == ' ');
}

/* Tables of CSV carry no record, and are known by the columns that they begin with. */
static const struct {
    const char *command, *columns[5];
} tables[] = {{"galatea judge", {"judge", "value", "low", "high", "real"}},
              {"galatea corner", {"set", "column", "rows", "used", "flagged"}},
              {"galatea morph", {"set", "row", "id", "ra", "dec"}},
              {"galatea twins", {"model", "size", "epochs", "updates", "best_epoch_a"}}};

static const char *command_of(const gt_item *item) {
    const char *command = gt_record_text(item->record, "command");
    const gt_csv *table = &item->table;
    for (size_t t = 0; !command && t < sizeof tables / sizeof *tables; t++) {
        size_t same = 0;
        while (same < 5 && same < table->columns &&
               strcmp(gt_csv_name(table, same), tables[t].columns[same]) == 0)
            same++;
        if (same == 5) command = tables[t].command;
    }
    return command;
}

static int place_of(const gt_item *item) {
    if (item->kind == ITEM_RUN) return TRAINING;
    if (item->kind == ITEM_JSON && gt_is_classification(item->result)) return TABLE2;
    if (item->kind == ITEM_JSON && gt_is_twins(item->result)) return TWINS;
    const char *command = command_of(item);
    for (int p = 0; command && p < PARTS; p++)
        for (const char *const *at = gt_report_parts[p].commands; *at; at++)
            if (is_command(command, *at)) return p;
    return FURTHER;
}

void gt_report_sort(gt_items *items) {
    for (size_t i = 0; i < items->count; i++) {
        gt_item *item = &items->list[i];
        if (item->kind == ITEM_CSV && !item->record) {
            const json_t *record = gt_record_naming(items, item->path);
            item->record = record ? json_deep_copy(record) : NULL;
        }
        item->place = place_of(item);
    }
}
