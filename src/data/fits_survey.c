/* fits_survey.c - one header after another, and what they have in common. */
#include "fits_survey.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "band_files.h"
#include "fits_opened.h"
#include "fits_wcs.h"
#include "sexagesimal.h"
#include "text.h"
#include "units.h"
#include "unknowns.h"

/* What is counted on the way. */
typedef struct tally {
    gt_fits_survey *s;
    const gt_fits_objects *all;
    const gt_source_request *request;
    double low, high;      /* scales */
    size_t unscaled;       /* objects without a scale */
    size_t unknown_sky;    /* coordinates that cannot be used */
    char why_unknown[128]; /* of the first */
    size_t placed, scaled; /* files that tell it by cards of their own, no coordinates */
    size_t shifted;        /* objects whose bands lie elsewhere */
    size_t oblong;         /* pixels that are no squares */
    size_t sharing;        /* images of several pictures with one position */
    size_t first_sharing;  /* of these, in objects */
    size_t other_hdus,
        with_others; /* files with another HDU than the first; with further images */
    size_t without_id;
    size_t other_bands; /* objects whose planes are called otherwise than those of the first */
    size_t unpadded;    /* files that end before their last block does */
    int hdu;
    char hdu_name[GT_FITS_VALUE];
    size_t ambiguous; /* files with several HDUs of the name that was asked for */
    bool filter_differs, unit_differs, planes_are_channels, is_interleaved;
    uint64_t planes; /* of the first */
} tally;

void gt_fits_note(char *notes, size_t room, const char *format, ...) {
    size_t used = strlen(notes);
    va_list list;
    if (used + 2 >= room) return;
    if (used > 0) notes[used++] = '\n';
    va_start(list, format);
    vsnprintf(notes + used, room - used, format, list);
    va_end(list);
}

size_t gt_fits_name(const gt_source_request *request, const gt_fits_object *object,
                    const gt_fits_image_info *info, uint64_t pictures, uint64_t index,
                    char *out, size_t room) {
    char text[GT_FITS_TEXT] = "";
    if (request->fits.id != NULL) gt_fits_text(info, request->fits.id, text);
    const char *name = text[0] != 0 ? text : object->name;
    int length = pictures > 1 ? snprintf(out, room, "%s:%" PRIu64, name, index)
                              : snprintf(out, room, "%s", name);
    return length < 0 ? 0 : (size_t)length;
}

/* ---- the sky ---- */

static bool card_real(const gt_fits_image_info *info, const char *key, double *out) {
    gt_fits_value value;
    return gt_fits_card(info, key, &value) != NULL && gt_fits_to_quoted_real(&value, out);
}

/* Degrees, or what "[h]" before the comment says, or hours, minutes and seconds. */
static bool card_angle(const gt_fits_image_info *info, const char *key, double *out) {
    char text[GT_FITS_TEXT], comment[GT_FITS_VALUE] = "";
    gt_fits_value value;
    const gt_fits_cards *cards = gt_fits_card(info, key, &value);
    gt_fits_text(info, key, text);
    if (cards != NULL) gt_fits_comment(cards, key, comment);
    if (!card_real(info, key, out)) return gt_sexagesimal_read(text, key[0] == 'R', out);
    double arcsec = comment[0] == '[' ? gt_unit_arcsec(comment + 1) : 0;
    if (arcsec > 0) *out = gt_unknowns_scaled(*out, arcsec / 3600);
    return true;
}

/* Cut-outs often have no coordinates, but cards that say where they were cut. */
static void place_by_cards(tally *t, const gt_fits_image_info *info, gt_fits_place *place) {
    double ra, dec, scale;
    if (card_angle(info, "RA", &ra) && card_angle(info, "DEC", &dec) && ra >= 0 && ra <= 360 &&
        fabs(dec) <= 90) {
        place->ra = ra;
        place->dec = dec;
        t->placed++;
    }
    bool is_told = (card_real(info, "PIXSCALE", &scale) && scale > 0) ||
                   (card_real(info, "SECPIX", &scale) && scale > 0);
    if (is_told) {
        place->scale_arcsec = scale;
        t->scaled++;
    }
}

static gt_fits_place place_of(tally *t, const gt_fits_image_info *info) {
    gt_fits_place place = gt_fits_place_unknown();
    gt_fits_wcs *wcs = NULL;
    gt_error err;
    if (info->is_interleaved) { /* its axes are counted otherwise */
        place_by_cards(t, info, &place);
        return place;
    }
    gt_status status = gt_fits_wcs_parse(&info->cards, &wcs, &err);
    if (status && t->unknown_sky++ == 0)
        snprintf(t->why_unknown, sizeof t->why_unknown, "%.120s", err.text);
    if (wcs != NULL)
        gt_fits_wcs_place(wcs, ((double)info->width + 1) / 2, ((double)info->height + 1) / 2,
                          &place);
    else if (!status)
        place_by_cards(t, info, &place);
    gt_fits_wcs_destroy(wcs);
    return place;
}

/* Whether two places are further apart than half a pixel. */
static bool is_elsewhere(const gt_fits_place *a, const gt_fits_place *b) {
    if (isnan(a->ra) || isnan(b->ra) || isnan(a->scale_arcsec) || isnan(b->scale_arcsec))
        return false;
    double east = remainder(a->ra - b->ra, 360) * cos(a->dec * M_PI / 180);
    return !(hypot(east, a->dec - b->dec) * 3600 < 0.5 * a->scale_arcsec) ||
           !(fabs(a->scale_arcsec / b->scale_arcsec - 1) < 0.01);
}

static void look_at_sky(tally *t, const gt_fits_opened *o, gt_fits_look *look) {
    gt_fits_place place = place_of(t, gt_fits_image_describe(o->images[0]));
    bool is_shifted = false;
    for (size_t b = 1; b < o->band_count; b++) {
        gt_fits_place other = place_of(t, gt_fits_image_describe(o->images[b]));
        is_shifted |= is_elsewhere(&place, &other);
    }
    t->shifted += is_shifted;
    t->oblong += place.stretch > 1.01;
    look->place = place;
    bool is_sharing = !isnan(place.ra) && look->pictures > 1 && !look->is_made_here;
    if (is_sharing && t->sharing++ == 0) t->first_sharing = (size_t)(look - t->s->looks);
    t->s->has_places |= !isnan(place.ra);
    t->unscaled += isnan(place.scale_arcsec);
    t->low = fmin(t->low, place.scale_arcsec);
    t->high = fmax(t->high, place.scale_arcsec);
}

/* ---- one object ---- */

static void look_at_first(tally *t, const gt_fits_opened *o, const gt_fits_image_info *info) {
    gt_fits_survey *s = t->s;
    s->channels = o->channels;
    s->height = o->height;
    s->width = o->width;
    s->type = info->type;
    s->is_bytes = true;
    t->planes = info->planes;
    t->is_interleaved = info->is_interleaved;
    t->planes_are_channels = o->band_count == 1 && o->channels == info->planes;
    t->hdu = info->hdu;
    snprintf(t->hdu_name, sizeof t->hdu_name, "%s", info->name);
    gt_fits_text(info, "FILTER", s->filter);
    gt_fits_text(info, "BUNIT", s->unit);
    gt_unit_tidy(s->unit);
    gt_fits_bands(info, s->bands);
}

/* A plane of some pictures alone would say that the others are perfect. */
static gt_status look_at_planes(tally *t, size_t index, const gt_fits_opened *o,
                                gt_error *err) {
    gt_fits_planes planes;
    gt_status status =
        gt_fits_planes_open(t->all, &t->all->objects[index], t->request, o, &planes, err);
    unsigned found = gt_fits_planes_are(&planes);
    t->s->planes = index == 0 ? found : t->s->planes & found;
    int images = !!(found & GT_PLANE_MASK) + !!(found & GT_PLANE_IVAR);
    for (size_t b = 0; b < o->band_count && found; b++) /* look_at_object has counted them */
        t->with_others -= gt_fits_image_describe(o->images[b])->others == images;
    gt_fits_planes_close(&planes);
    return status;
}

static void look_at_object(tally *t, size_t index, const gt_fits_opened *o) {
    gt_fits_survey *s = t->s;
    gt_fits_look *look = &s->looks[index];
    const gt_fits_image_info *info = gt_fits_image_describe(o->images[0]);
    char text[GT_FITS_TEXT], bands[GT_FITS_BANDS];
    if (index == 0) look_at_first(t, o, info);
    gt_fits_made_look(&s->made, info, index == 0);
    for (size_t b = 0; b < o->band_count; b++) {
        const gt_fits_image_info *band = gt_fits_image_describe(o->images[b]);
        s->is_bytes &= band->is_bytes;
        s->is_mixed |= band->type != s->type;
        t->with_others += band->others > 0;
        t->ambiguous += band->namesakes > 0;
        t->unpadded += band->lacks_padding;
        gt_fits_text(band, "BUNIT", text);
        gt_unit_tidy(text);
        t->unit_differs |= strcmp(text, s->unit) != 0;
    }
    gt_fits_text(info, "FILTER", text);
    t->filter_differs |= strcmp(text, s->filter) != 0;
    gt_fits_bands(info, bands);
    t->other_bands += strcmp(bands, s->bands) != 0;
    t->other_hdus += info->hdu != t->hdu;
    if (t->request->fits.id != NULL) {
        gt_fits_text(info, t->request->fits.id, text);
        t->without_id += text[0] == 0;
    }
    look->pictures = o->pictures;
    look->is_made_here = gt_fits_is_made_here(info);
    look->id_bytes = gt_fits_name(t->request, &t->all->objects[index], info, o->pictures,
                                  o->pictures - 1, NULL, 0);
    if (look->id_bytes > s->id_bytes) s->id_bytes = look->id_bytes;
    s->pictures += o->pictures;
    look_at_sky(t, o, look);
    gt_fits_columns_look(s->columns, info, &look->place);
}

/* ---- what is told ---- */

static void tell_units(const tally *t) {
    gt_fits_survey *s = t->s;
    char name[GT_FITS_VALUE + 16] = "", counted[GT_COUNTED_SIZE];
    if (t->ambiguous > 0)
        gt_fits_note(s->note, sizeof s->note,
                     "several HDUs of one name in %s: the first is taken; NAME,2 or a number "
                     "takes another one",
                     gt_text_counted(t->ambiguous, "file", counted));
    if (t->request->fits.hdu != NULL || t->all->bands[0].hdu != NULL) return;
    if (t->hdu == 0 && t->with_others == 0 && t->other_hdus == 0) return;
    if (t->hdu_name[0] != 0) snprintf(name, sizeof name, " '%s'", t->hdu_name);
    gt_fits_note(s->note, sizeof s->note,
                 "pictures are those of HDU %d%s%s%s; --hdu takes another one", t->hdu, name,
                 t->other_hdus ? " or, where that has none, of the first with one" : "",
                 t->with_others ? ", there are more" : "");
}

static void tell_planes(const tally *t) {
    gt_fits_survey *s = t->s;
    const char *asked = t->request->fits.planes;
    if (t->other_bands > 0 && s->channels > 1 && t->planes_are_channels)
        gt_fits_note(s->note, sizeof s->note,
                     "%zu of %zu pictures have other bands than those of the first (BANDS %s)",
                     t->other_bands, t->all->count, *s->bands ? s->bands : "is not there");
    if (t->is_interleaved)
        gt_fits_note(s->note, sizeof s->note,
                     "the first axis (NAXIS1) is read as channels: %" PRIu64 " of %zu x %zu",
                     t->planes, s->height, s->width);
    if (t->is_interleaved || t->planes < 2 || (asked != NULL && strcmp(asked, "auto") != 0))
        return;
    gt_fits_note(s->note, sizeof s->note,
                 "%" PRIu64 " planes of an image are %s%s%s%s; data import --planes %s",
                 t->planes, t->planes_are_channels ? "channels of one picture" : "pictures",
                 *s->bands ? " (BANDS " : "", s->bands, *s->bands ? ")" : "",
                 t->planes_are_channels ? "pictures takes each for itself"
                                        : "channels makes one picture of them");
}

static void tell_sky(const tally *t) {
    gt_fits_survey *s = t->s;
    size_t count = t->all->count;
    if (t->unknown_sky > 0)
        gt_fits_note(s->note, sizeof s->note, "no position for %zu of %zu files: %s",
                     t->unknown_sky, count * t->all->band_count, t->why_unknown);
    if (t->placed > 0)
        gt_fits_note(
            s->note, sizeof s->note,
            "without coordinates: the positions of %zu of %zu files are those of cards "
            "RA and DEC",
            t->placed, count * t->all->band_count);
    if (t->scaled > 0)
        gt_fits_note(s->note, sizeof s->note,
                     "without coordinates: the scales of %zu of %zu files are those of cards "
                     "PIXSCALE or SECPIX",
                     t->scaled, count * t->all->band_count);
    if (t->sharing > 0)
        gt_fits_note(s->note, sizeof s->note,
                     "the pictures of one image share its position (%" PRIu64
                     " of '%.60s'), unless a table beside them tells theirs",
                     s->looks[t->first_sharing].pictures,
                     t->all->objects[t->first_sharing].name);
    if (isfinite(t->low) && t->high > t->low * (1 + GT_FITS_SAME_SCALE))
        gt_fits_note(s->note, sizeof s->note,
                     "pixels from %.6g to %.6g arcsec: the set declares no scale", t->low,
                     t->high);
    else if (isfinite(t->low) && t->unscaled > 0)
        gt_fits_note(s->note, sizeof s->note,
                     "%zu of %zu pictures do not tell their scale: the set declares none",
                     t->unscaled, count);
    if (t->shifted > 0)
        gt_fits_note(
            s->note, sizeof s->note,
            "bands of %zu of %zu objects lie more than half a pixel apart, or differ in scale",
            t->shifted, count);
    if (t->oblong > 0)
        gt_fits_note(s->note, sizeof s->note, "pixels of %zu of %zu pictures are no squares",
                     t->oblong, count);
}

static void tell_files(const tally *t) {
    gt_fits_survey *s = t->s;
    const gt_fits_objects *all = t->all;
    char counted[GT_COUNTED_SIZE], bands[GT_BAND_FILES_TEXT];
    bool is_by_one = all->band_count == 1 && all->bands[0].pattern == NULL;
    if (is_by_one && *gt_band_files_text(&all->folder, bands))
        gt_fits_note(s->note, sizeof s->note, "%s", bands);
    if (all->left_out[0] != 0) gt_fits_note(s->note, sizeof s->note, "%s", all->left_out);
    if (all->folder.deeper > 0)
        gt_fits_note(s->note, sizeof s->note,
                     "%zu FITS files lie deeper than classes and are left out, as '%.200s'",
                     all->folder.deeper, all->folder.deepest);
    if (all->unmatched > 0)
        gt_fits_note(s->note, sizeof s->note,
                     "%zu of %zu files fit no pattern of --bands and are left out",
                     all->unmatched, all->folder.count);
    if (all->incomplete > 0)
        gt_fits_note(s->note, sizeof s->note, "%s left out, for want of a band: %s",
                     gt_text_counted(all->incomplete, "object", counted), all->examples);
    if (t->without_id > 0)
        gt_fits_note(s->note, sizeof s->note,
                     "%zu of %zu files have no card %s: their names are ids", t->without_id,
                     all->count, t->request->fits.id);
    if (t->unpadded > 0)
        gt_fits_note(s->note, sizeof s->note,
                     "%s: the last block of 2880 bytes is not filled up; all data are there",
                     gt_text_counted(t->unpadded, "file", counted));
    if (s->is_mixed)
        gt_fits_note(s->note, sizeof s->note, "types of pixels differ: all become float32");
}

static void conclude(tally *t) {
    gt_fits_survey *s = t->s;
    bool is_one =
        isfinite(t->low) && t->unscaled == 0 && t->high <= t->low * (1 + GT_FITS_SAME_SCALE);
    s->scale_arcsec = is_one ? t->low : NAN;
    if (t->filter_differs || strchr(s->filter, ',') != NULL) s->filter[0] = 0;
    if (t->unit_differs) s->unit[0] = 0;
    tell_files(t);
    tell_units(t);
    tell_planes(t);
    if (t->other_bands > 0 || !t->planes_are_channels) s->bands[0] = 0;
    tell_sky(t);
}

gt_status gt_fits_survey_make(const gt_fits_objects *all, const gt_source_request *request,
                              gt_fits_survey *out, gt_error *err) {
    gt_status status = GT_OK;
    gt_fits_opened opened = {0};
    tally t = {.s = out, .all = all, .request = request, .low = INFINITY, .high = -INFINITY};
    *out = (gt_fits_survey){.looks = calloc(all->count, sizeof *out->looks)};
    if (out->looks == NULL)
        GT_THROW(err, GT_NO_MEMORY, "out of memory for %zu files", all->count);
    GT_TRY(gt_fits_columns_create(&request->fits, &out->columns, err));
    for (size_t i = 0; i < all->count; i = ++out->looked) {
        GT_TRY(gt_fits_opened_open(all, &all->objects[i], request, &opened, err));
        look_at_object(&t, i, &opened);
        GT_TRY(look_at_planes(&t, i, &opened, err));
        gt_fits_opened_close(&opened);
    }
    conclude(&t);
    GT_TRY(gt_fits_columns_finish(out->columns, &out->fields, &out->field_count, err));
done:
    gt_fits_opened_close(&opened);
    return status;
}

void gt_fits_survey_free(gt_fits_survey *survey) {
    gt_fits_columns_destroy(survey->columns);
    free(survey->looks);
}
