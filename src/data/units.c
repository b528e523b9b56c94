/* units.c - see units.h. */
#include "units.h"

#include <math.h>
#include <string.h>
#include <strings.h>

static const char *const units[] = {
    "Jy",       "beam",   "bm",    "arcsec",    "arcmin", "deg",  "rad",   "mas",     "sr",
    "mag",      "dex",    "pc",    "au",        "AU",     "ly",   "lyr",   "m",       "s",
    "sec",      "min",    "h",     "d",         "day",    "yr",   "Hz",    "eV",      "W",
    "erg",      "J",      "K",     "g",         "Msun",   "Lsun", "Rsun",  "solMass", "solLum",
    "Angstrom", "A",      "pix",   "pixel",     "px",     "ct",   "count", "adu",     "ADU",
    "electron", "photon", "maggy", "nanomaggy", "%",      "dB",   "G",     "T"};
static const char prefixes[] = "GMTPEkhcmunp";
static const char separators[] = " /*.^+-0123456789()";

static bool is_word(const char *word, size_t length) {
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        size_t own = strlen(units[i]);
        bool is_plain = own == length && memcmp(units[i], word, own) == 0;
        bool is_prefixed = own + 1 == length && memcmp(units[i], word + 1, own) == 0 &&
                           strchr(prefixes, *word) != NULL;
        if (is_plain || is_prefixed) return true;
    }
    return false;
}

bool gt_unit_is_one(const char *text, size_t length) {
    size_t words = 0;
    for (const char *at = text, *end = text + length; at < end;) {
        size_t word = strcspn(at, separators);
        if (at + word > end) word = (size_t)(end - at);
        if (word > 0 && !is_word(at, word)) return false;
        words += word > 0;
        at += word > 0 ? word : 1;
    }
    return words > 0;
}

double gt_unit_arcsec(const char *text) {
    static const struct {
        const char *name;
        double arcsec;
    } angles[] = {{"deg", 3600},
                  {"degree", 3600},
                  {"degrees", 3600},
                  {"h", 54000},
                  {"hr", 54000},
                  {"hour", 54000},
                  {"hours", 54000},
                  {"hourangle", 54000},
                  {"arcmin", 60},
                  {"arcminute", 60},
                  {"arcminutes", 60},
                  {"amin", 60},
                  {"arcsec", 1},
                  {"arcsecond", 1},
                  {"arcseconds", 1},
                  {"asec", 1},
                  {"mas", 1e-3},
                  {"rad", 648000 / M_PI},
                  {"radian", 648000 / M_PI},
                  {"radians", 648000 / M_PI}};
    text += strspn(text, " ");
    size_t length = strcspn(text, " ,;([])");
    for (size_t i = 0; i < sizeof angles / sizeof *angles; i++)
        if (strlen(angles[i].name) == length && strncasecmp(text, angles[i].name, length) == 0)
            return angles[i].arcsec;
    return 0;
}

void gt_unit_tidy(char *text) {
    static const char *const tidy[] = {"Jy/beam", "Jy/pixel", "Jy", "counts/s"};
    for (size_t i = 0; i < sizeof tidy / sizeof *tidy; i++)
        if (strcasecmp(text, tidy[i]) == 0) memcpy(text, tidy[i], strlen(text));
}
