/* units.h (room: data, private) - texts that are units of astronomy, and how they are written.
 */
#ifndef GALATEA_DATA_UNITS_H
#define GALATEA_DATA_UNITS_H

#include <stdbool.h>
#include <stddef.h>

/* Whether all words of the first `length` bytes are units ("mJy/beam", "erg s-1 cm-2"), with
 * prefixes, as FITS and the VizieR catalogues write them. */
bool gt_unit_is_one(const char *text, size_t length);

/* Arcseconds in one of a unit of angles ("deg", "hours", "arcmin", "rad", in large or small
 * letters; what follows the word says nothing); 0 for other texts. */
double gt_unit_arcsec(const char *text);

/* Units in capitals, as AIPS writes them (JY/BEAM), in the letters of FITS, in place. Where
 * capitals could stand for two units the text stays what it is. */
void gt_unit_tidy(char *text);

#endif
