/* band_files.c - see band_files.h. */
#include "band_files.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "fits_image.h"

enum { MOST = 8, LONGEST = 4 };

/* "galaxy-g.fits": what stands before "-g", its length, and "-g.fits". */
typedef struct parts {
    const char *name, *sign, *ending;
    size_t before, band; /* bytes of what is before, and of the band's name */
} parts;

static bool split(const char *name, parts *out) {
    const gt_picture_files fits = {"", GT_FITS_ENDINGS};
    size_t stem = gt_picture_files_stem(fits, name), at = stem;
    while (at > 0 && !strchr("-_./", name[at - 1])) at--;
    if (at < 2 || name[at - 1] == '/' || at == stem || stem - at > LONGEST) return false;
    if (!isalpha((unsigned char)name[at])) return false;
    *out = (parts){name, name + at - 1, name + stem, at - 1, stem - at};
    return true;
}

static bool is_of_one(const parts *a, const parts *b) {
    return a->before == b->before && memcmp(a->name, b->name, a->before) == 0;
}

/* From the shortest wavelength to the longest, where the names tell. */
static size_t wavelength_of(const parts *p) {
    static const char known[] = "ugrizyYJHK";
    const char *at = p->band == 1 ? strchr(known, p->sign[1]) : NULL;
    return at != NULL ? (size_t)(at - known) : sizeof known;
}

static void sort(parts *bands, size_t count) {
    for (size_t i = 1; i < count; i++)
        for (size_t k = i; k > 0 && wavelength_of(&bands[k]) < wavelength_of(&bands[k - 1]);
             k--) {
            const parts other = bands[k];
            bands[k] = bands[k - 1];
            bands[k - 1] = other;
        }
}

static void write(parts *bands, size_t count, size_t objects, char out[GT_BAND_FILES_TEXT]) {
    size_t used = (size_t)snprintf(
        out, GT_BAND_FILES_TEXT,
        "%zu files for each of %zu names, as '%.100s' and '%.100s': if they are bands of one "
        "object, --bands '",
        count, objects, bands[0].name, bands[1].name);
    sort(bands, count);
    for (size_t i = 0; i < count && used < GT_BAND_FILES_TEXT; i++)
        used += (size_t)snprintf(out + used, GT_BAND_FILES_TEXT - used, "%s%.*s=*%.20s",
                                 i ? "," : "", (int)bands[i].band, bands[i].sign + 1,
                                 bands[i].sign);
    if (used < GT_BAND_FILES_TEXT)
        snprintf(out + used, GT_BAND_FILES_TEXT - used, "' makes one picture of them");
}

/* The files of the first name, which are as many as it has bands; 0 where they are too many, or
 * one has no such name. */
static size_t count_bands(const gt_picture_folder *folder, parts bands[MOST]) {
    size_t count = 0;
    parts p;
    for (; count < folder->count && split(folder->entries[count].name, &p); count++) {
        if (count > 0 && !is_of_one(&p, &bands[0])) return count;
        if (count == MOST) return 0;
        bands[count] = p;
    }
    return 0;
}

const char *gt_band_files_text(const gt_picture_folder *folder, char out[GT_BAND_FILES_TEXT]) {
    parts bands[MOST], p, first = {0};
    size_t count = count_bands(folder, bands);
    out[0] = 0;
    if (count < 2 || folder->count % count != 0) return out;
    for (size_t i = 0; i < folder->count; i++) {
        if (!split(folder->entries[i].name, &p)) return out;
        if (i % count == 0) first = p;
        if (!is_of_one(&p, &first) || strcmp(p.sign, bands[i % count].sign) != 0) return out;
    }
    write(bands, count, folder->count / count, out);
    return out;
}
