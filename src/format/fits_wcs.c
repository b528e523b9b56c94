/* fits_wcs.c - WCSLIB's description of a header, and what a small step in it means on the sky.
 */
#include "fits_wcs.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wcslib/wcs.h>
#include <wcslib/wcsfix.h>
#include <wcslib/wcshdr.h>

#include "equinox.h"
#include "text.h"

enum { MOST_AXES = 9 };

struct gt_fits_wcs {
    struct wcsprm *all; /* of all descriptions */
    int count;
    struct wcsprm *wcs;      /* the one in use */
    const double (*turn)[3]; /* its axes as ICRS vectors; NULL: it is that, or FK4 */
    double axes[3][3];       /* of FK5 at another equinox than J2000 */
    gt_fk4 fk4;              /* equinox 0: it is not that */
};

static const double first_equinox = 1800, last_equinox = 2200;

static const double degree = M_PI / 180;

/* The axes of galactic coordinates as ICRS vectors (Hipparcos catalogue, volume 1, 1.5.3). */
static const double galactic[3][3] = {
    {-0.0548755604162154, -0.8734370902348850, -0.4838350155487132},
    {+0.4941094278755837, -0.4448296299600112, +0.7469822444972189},
    {-0.8676661490190047, -0.1980763734312015, +0.4559837761750669}};

/* ---- opening ---- */

static bool is_type(const char *type, const char *name) {
    return strncmp(type, name, strlen(name)) == 0;
}

/* The day of a date, counted as MJD counts (Hinnant's days from civil). */
static double day_of(int year, int month, int day) {
    int64_t y = year - (month <= 2), era = (y >= 0 ? y : y - 399) / 400, of_era = y - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return (double)(era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 678881);
}

/* When it was seen, as a Julian year: MJD-OBS, or DATE-OBS in the form of now ("1987-06-05") or
 * of before 1998 ("05/06/87"); NaN where no card tells. */
static double epoch_of(const gt_fits_cards *cards) {
    gt_fits_value value;
    double mjd = NAN, told;
    int year = 0, month = 0, day = 0;
    if (gt_fits_find(cards, "DATE-OBS", &value) && value.is_text) {
        bool is_old = sscanf(value.text, "%2d/%2d/%2d", &day, &month, &year) == 3;
        if (is_old) year += 1900;
        if (!is_old && sscanf(value.text, "%4d-%2d-%2d", &year, &month, &day) != 3) month = 0;
        if (month >= 1 && month <= 12 && day >= 1 && day <= 31) mjd = day_of(year, month, day);
    }
    if (gt_fits_find(cards, "MJD-OBS", &value) && gt_fits_to_real(&value, &told)) mjd = told;
    double epoch = 2000 + (mjd - 51544.5) / 365.25;
    return epoch > first_equinox && epoch < last_equinox ? epoch : NAN;
}

/* WCSLIB has set what the standard says of headers that tell nothing: FK4 before 1984, B1950,
 * J2000. */
static gt_status take_equinox(gt_fits_wcs *wcs, const gt_fits_cards *cards, gt_error *err) {
    const struct wcsprm *w = wcs->wcs;
    bool is_fk4 = is_type(w->radesys, "FK4"), is_fk5 = is_type(w->radesys, "FK5");
    if (is_type(w->radesys, "GAPPT"))
        return gt_fail(err, GT_UNSUPPORTED,
                       "coordinates of the day (RADESYS GAPPT), expected ICRS, FK5 or FK4");
    if (!is_fk4 && !is_fk5) return GT_OK;
    if (!(w->equinox >= first_equinox && w->equinox <= last_equinox))
        return gt_fail(err, GT_BAD_FORMAT, "coordinates of equinox %g, expected %g to %g",
                       w->equinox, first_equinox, last_equinox);
    if (is_fk4) {
        wcs->fk4 = (gt_fk4){w->equinox, epoch_of(cards), !is_type(w->radesys, "FK4-NO-E")};
    } else if (w->equinox != 2000) {
        gt_fk5_axes(w->equinox, wcs->axes);
        wcs->turn = (const double(*)[3])wcs->axes;
    }
    return GT_OK;
}

static gt_status find_turn(gt_fits_wcs *wcs, const gt_fits_cards *cards, gt_error *err) {
    const struct wcsprm *w = wcs->wcs;
    if (is_type(w->lngtyp, "RA")) return take_equinox(wcs, cards, err);
    if (!is_type(w->lngtyp, "GLON"))
        return gt_fail(err, GT_UNSUPPORTED, "coordinates of type %.4s, expected RA or GLON",
                       w->lngtyp);
    wcs->turn = galactic;
    return GT_OK;
}

/* ---- cards for WCSLIB ----
 *
 * WCSLIB's parser overruns its buffers on damaged cards. It gets a header of its own, with the
 * cards that describe axes of the sky and nothing else, their values read here and written
 * anew. */

typedef struct clean_header {
    char *text;
    size_t used, room;
    char odd[9]; /* the first card that should be a number and is none; "": all are */
    char odd_text[GT_FITS_VALUE];
} clean_header;

static void add_card(clean_header *h, const char *key, const char *value) {
    char card[GT_FITS_CARD + 1];
    if (h->used + GT_FITS_CARD > h->room) return; /* room for as many as there were */
    int length = snprintf(card, sizeof card, "%-8s= %s", key, value);
    if (length < 0 || length > GT_FITS_CARD) return;
    memset(card + length, ' ', sizeof card - (size_t)length);
    memcpy(h->text + h->used, card, GT_FITS_CARD);
    h->used += GT_FITS_CARD;
}

/* Whether a keyword is `form`, in which # stands for an axis and % for a number of one or two
 * digits. */
static bool has_form(const char *key, const char *form) {
    for (; *form; form++) {
        if (*form == '#' && *key >= '1' && *key <= '0' + MOST_AXES) {
            key++;
        } else if (*form == '%' && isdigit((unsigned char)*key)) {
            key += 1 + (isdigit((unsigned char)key[1]) != 0);
        } else if (*form == *key) {
            key++;
        } else {
            return false;
        }
    }
    return *key == 0;
}

static bool has_any_form(const char *key, const char *const *forms) {
    for (; *forms; forms++)
        if (has_form(key, *forms)) return true;
    return false;
}

/* An axis of the sky in its projection, "RA---TAN-SIP", "GLON-CAR"; all others are only
 * counted. */
static bool is_celestial(const char *type) {
    size_t length = strlen(type);
    if (length < 4 || length > 12 ||
        strspn(type, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") != length)
        return false;
    return is_type(type, "RA--") || is_type(type, "DEC-") || memcmp(type + 1, "LON", 3) == 0 ||
           memcmp(type + 1, "LAT", 3) == 0 || memcmp(type + 2, "LN", 2) == 0 ||
           memcmp(type + 2, "LT", 2) == 0;
}

static bool is_word(const char *text) {
    size_t length = strlen(text);
    return length <= 8 &&
           strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-") ==
               length;
}

/* Without its number WCSLIB would take 0, or no turn. */
static bool is_needed(const char *key) {
    static const char *const forms[] = {"CRVAL#", "CRPIX#", "CDELT#", "CD#_#", "PC#_#", NULL};
    return has_any_form(key, forms) && strpbrk(key, "12") != NULL;
}

/* Equinoxes as "B1950" too. */
static bool read_number(const char *key, const gt_fits_value *value, double *out) {
    gt_fits_value year = *value;
    bool is_year = key[0] == 'E' && value->is_text && strchr("BJ", value->text[0]) != NULL;
    if (is_year) snprintf(year.text, sizeof year.text, "%s", value->text + 1);
    return gt_fits_to_quoted_real(is_year ? &year : value, out);
}

static void clean_card(clean_header *h, const char *key, const gt_fits_value *value) {
    static const char *const reals[] = {
        "CRVAL#", "CRPIX#", "CDELT#", "CROTA#",  "PC#_#",   "CD#_#",   "PV#_%", "A_%_%",
        "B_%_%",  "AP_%_%", "BP_%_%", "LONPOLE", "LATPOLE", "EQUINOX", "EPOCH", NULL};
    static const char *const orders[] = {"A_ORDER", "B_ORDER", "AP_ORDER", "BP_ORDER", NULL};
    char text[GT_FITS_CARD];
    double real;
    int64_t whole;
    bool is_real = has_any_form(key, reals), is_number = read_number(key, value, &real);
    if (is_real && !is_number && is_needed(key) && h->odd[0] == 0) {
        snprintf(h->odd, sizeof h->odd, "%s", key);
        snprintf(h->odd_text, sizeof h->odd_text, "%s", value->text);
    }
    if (is_real && is_number)
        snprintf(text, sizeof text, "%.17g", real);
    else if (has_any_form(key, orders) && gt_fits_to_int(value, &whole) && whole >= 0 &&
             whole <= 9)
        snprintf(text, sizeof text, "%d", (int)whole);
    else if (value->is_text && has_form(key, "CTYPE#") && is_celestial(value->text))
        snprintf(text, sizeof text, "'%s'", value->text);
    else if (value->is_text && (has_form(key, "CUNIT#") || strcmp(key, "RADESYS") == 0) &&
             is_word(value->text))
        snprintf(text, sizeof text, "'%s'", value->text);
    else
        return;
    add_card(h, key, text);
}

/* The axes of the picture, and those of which a card speaks. */
static bool count_axes(const gt_fits_cards *cards, int *out) {
    static const char *const counts[] = {"ZNAXIS", "NAXIS", "WCSAXES"};
    *out = 2;
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        gt_fits_value value;
        int64_t axes;
        if (!gt_fits_find(cards, counts[i], &value)) continue;
        if (!gt_fits_to_int(&value, &axes) || axes < 0 || axes > MOST_AXES) return false;
        if (axes > *out) *out = (int)axes;
    }
    return true;
}

/* Cut-outs of several bands (Legacy Surveys) describe the axes of the sky by CD and say nothing
 * of the bands; an element left out is 0, and WCSLIB calls the whole singular. */
static void add_untold_axes(clean_header *h, const bool *is_told, int axes) {
    char key[9];
    for (int i = 1; i <= axes && is_told[0]; i++) {
        if (is_told[i]) continue;
        snprintf(key, sizeof key, "CD%d_%d", i, i);
        add_card(h, key, "1");
    }
}

static gt_status clean(const gt_fits_cards *cards, int axes, clean_header *h, gt_error *err) {
    GT_PLAIN_NUMBERS;
    char number[8];
    bool is_told[MOST_AXES + 1] = {false}; /* of CD: any, and of each axis */
    h->room = (cards->count + 2 + MOST_AXES) * GT_FITS_CARD;
    h->text = malloc(h->room + 1);
    if (h->text == NULL) return gt_fail(err, GT_NO_MEMORY, "out of memory for a FITS header");
    snprintf(number, sizeof number, "%d", axes);
    add_card(h, "WCSAXES", number);
    for (size_t i = 0; i < cards->count; i++) {
        const gt_fits_cards one = {cards->text + i * GT_FITS_CARD, 1};
        char key[9];
        gt_fits_value value;
        snprintf(key, sizeof key, "%.8s", one.text);
        for (size_t k = strlen(key); k > 0 && key[k - 1] == ' ';) key[--k] = 0;
        if (*key != 0 && gt_fits_find(&one, key, &value)) clean_card(h, key, &value);
        if (has_form(key, "CD#_#"))
            is_told[0] = is_told[key[2] - '0'] = is_told[key[4] - '0'] = true;
    }
    add_untold_axes(h, is_told, axes);
    memset(h->text + h->used, ' ', GT_FITS_CARD);
    memcpy(h->text + h->used, "END", 3);
    h->used += GT_FITS_CARD;
    h->text[h->used] = 0;
    return GT_OK;
}

static gt_status read_descriptions(const gt_fits_cards *cards, gt_fits_wcs *wcs,
                                   gt_error *err) {
    gt_status status = GT_OK;
    clean_header header = {0};
    int rejected = 0, axes;
    if (!count_axes(cards, &axes))
        GT_THROW(err, GT_UNSUPPORTED, "coordinates of more than %d axes", MOST_AXES);
    GT_TRY(clean(cards, axes, &header, err));
    if (header.odd[0] != 0)
        GT_THROW(err, GT_BAD_FORMAT, "%s is '%.40s', expected a number", header.odd,
                 header.odd_text);
    int code = wcspih(header.text, (int)(header.used / GT_FITS_CARD), WCSHDR_all, 0, &rejected,
                      &wcs->count, &wcs->all);
    if (code == 2) GT_THROW(err, GT_NO_MEMORY, "out of memory for coordinates");
    if (code) GT_THROW(err, GT_BAD_FORMAT, "its coordinates cannot be read");
done:
    free(header.text);
    return status;
}

/* Of a matrix that cannot be inverted WCSLIB forgets what it made room for. */
static void free_matrices(struct linprm *lin) {
    free(lin->piximg);
    free(lin->imgpix);
    lin->piximg = lin->imgpix = NULL;
}

/* Coordinates that lie in tables would have to be loaded. */
static gt_status set_up(gt_fits_wcs *wcs, gt_error *err) {
    struct wcsprm *w = wcs->wcs = wcs->all;
    if (w->ntab > 0)
        return gt_fail(err, GT_UNSUPPORTED, "coordinates in tables, expected a projection");
    unitfix(0,
            w); /* of what WCSLIB mends; a matrix that is left out would become a wrong one */
    int code = wcsset(w);
    if (code == 0) {
        celfix(w);
        code = wcsset(w);
    }
    if (code == 0) return GT_OK;
    free_matrices(&w->lin);
    return gt_fail(err, GT_BAD_FORMAT, "its coordinates: %s", wcs_errmsg[code]);
}

gt_status gt_fits_wcs_parse(const gt_fits_cards *cards, gt_fits_wcs **out, gt_error *err) {
    gt_status status = GT_OK;
    gt_fits_value value;
    gt_fits_wcs *wcs = NULL;
    *out = NULL;
    if (!gt_fits_find(cards, "CTYPE1", &value)) return GT_OK;
    wcs = calloc(1, sizeof *wcs);
    if (wcs == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for coordinates");
    GT_TRY(read_descriptions(cards, wcs, err));
    if (wcs->count == 0) goto done;
    GT_TRY(set_up(wcs, err));
    if (wcs->wcs->lng < 0 || wcs->wcs->lat < 0 || wcs->wcs->naxis > MOST_AXES) goto done;
    if (wcs->wcs->lng > 1 || wcs->wcs->lat > 1)
        GT_THROW(err, GT_UNSUPPORTED,
                 "axes %d and %d lie on the sky, not 1 and 2, which make the picture",
                 wcs->wcs->lng + 1, wcs->wcs->lat + 1);
    GT_TRY(find_turn(wcs, cards, err));
    *out = wcs;
    wcs = NULL;
done:
    gt_fits_wcs_destroy(wcs);
    return status;
}

void gt_fits_wcs_destroy(gt_fits_wcs *wcs) {
    if (wcs == NULL) return;
    if (wcs->all != NULL) wcsvfree(&wcs->count, &wcs->all);
    free(wcs);
}

/* ---- positions ---- */

static void to_vector(double longitude, double latitude, double out[3]) {
    out[0] = cos(latitude * degree) * cos(longitude * degree);
    out[1] = cos(latitude * degree) * sin(longitude * degree);
    out[2] = sin(latitude * degree);
}

static void to_angles(const double v[3], double *longitude, double *latitude) {
    *longitude = atan2(v[1], v[0]) / degree;
    if (*longitude < 0) *longitude += 360;
    *latitude = atan2(v[2], hypot(v[0], v[1])) / degree;
}

/* From the frame of the header to ICRS, and back. */
static void to_icrs(const gt_fits_wcs *wcs, double *ra, double *dec) {
    double v[3], turned[3] = {0};
    if (wcs->turn == NULL && wcs->fk4.equinox == 0) return;
    to_vector(*ra, *dec, v);
    if (wcs->fk4.equinox != 0) gt_fk4_to_fk5(&wcs->fk4, v, turned);
    for (int i = 0; i < 3 && wcs->turn != NULL; i++)
        for (int k = 0; k < 3; k++) turned[k] += v[i] * wcs->turn[i][k];
    to_angles(turned, ra, dec);
}

static void from_icrs(const gt_fits_wcs *wcs, double *ra, double *dec) {
    double v[3], turned[3] = {0};
    if (wcs->turn == NULL && wcs->fk4.equinox == 0) return;
    to_vector(*ra, *dec, v);
    if (wcs->fk4.equinox != 0) gt_fk4_from_fk5(&wcs->fk4, v, turned);
    for (int i = 0; i < 3 && wcs->turn != NULL; i++)
        for (int k = 0; k < 3; k++) turned[i] += v[k] * wcs->turn[i][k];
    to_angles(turned, ra, dec);
}

bool gt_fits_wcs_to_sky(gt_fits_wcs *wcs, double x, double y, double *ra, double *dec) {
    struct wcsprm *w = wcs->wcs;
    double pixel[MOST_AXES], middle[MOST_AXES], world[MOST_AXES], phi, theta;
    int state[MOST_AXES];
    for (int i = 0; i < w->naxis; i++) pixel[i] = i == 0 ? x : i == 1 ? y : w->crpix[i];
    if (wcsp2s(w, 1, w->naxis, pixel, middle, &phi, &theta, world, state)) return false;
    *ra = world[w->lng];
    *dec = world[w->lat];
    to_icrs(wcs, ra, dec);
    if (*ra < 0) *ra += 360; /* from a CRVAL below 0 */
    if (*ra >= 360) *ra -= 360;
    return isfinite(*ra) && isfinite(*dec);
}

bool gt_fits_wcs_to_pixel(gt_fits_wcs *wcs, double ra, double dec, double *x, double *y) {
    struct wcsprm *w = wcs->wcs;
    double world[MOST_AXES], middle[MOST_AXES], pixel[MOST_AXES], phi, theta;
    int state[MOST_AXES];
    from_icrs(wcs, &ra, &dec);
    for (int i = 0; i < w->naxis; i++) world[i] = w->crval[i];
    world[w->lng] = ra;
    world[w->lat] = dec;
    if (wcss2p(w, 1, w->naxis, world, &phi, &theta, middle, pixel, state)) return false;
    *x = pixel[0];
    *y = pixel[1];
    return isfinite(*x) && isfinite(*y);
}

/* ---- a place ---- */

gt_fits_place gt_fits_place_unknown(void) {
    return (gt_fits_place){NAN, NAN, NAN, NAN, NAN, false};
}

/* From one position to another near by, in arcsec to the east and to the north of the middle of
 * the two's tangent plane at (ra, dec). */
static void step_between(double ra, double dec, const double from[2], const double to[2],
                         double out[2]) {
    double a[3], b[3], east[3] = {-sin(ra * degree), cos(ra * degree), 0};
    double north[3] = {-sin(dec * degree) * cos(ra * degree),
                       -sin(dec * degree) * sin(ra * degree), cos(dec * degree)};
    to_vector(from[0], from[1], a);
    to_vector(to[0], to[1], b);
    out[0] = out[1] = 0;
    for (int i = 0; i < 3; i++) {
        out[0] += (b[i] - a[i]) * east[i] * 3600 / degree;
        out[1] += (b[i] - a[i]) * north[i] * 3600 / degree;
    }
}

/* The longer side of the ellipse that a circle of pixels becomes, over the shorter one. */
static double stretch_of(const double x[2], const double y[2], double area) {
    double sum = x[0] * x[0] + x[1] * x[1] + y[0] * y[0] + y[1] * y[1];
    double root = sqrt(fmax(sum * sum - 4 * area * area, 0));
    return sqrt((sum + root) / fmax(sum - root, 1e-30));
}

bool gt_fits_wcs_place(gt_fits_wcs *wcs, double x, double y, gt_fits_place *out) {
    double near[4][2], along[2], up[2];
    gt_fits_place p = gt_fits_place_unknown();
    static const double steps[4][2] = {{-0.5, 0}, {0.5, 0}, {0, -0.5}, {0, 0.5}};
    if (!gt_fits_wcs_to_sky(wcs, x, y, &p.ra, &p.dec)) return false;
    for (int i = 0; i < 4; i++)
        if (!gt_fits_wcs_to_sky(wcs, x + steps[i][0], y + steps[i][1], &near[i][0],
                                &near[i][1]))
            return false;
    step_between(p.ra, p.dec, near[0], near[1], along);
    step_between(p.ra, p.dec, near[2], near[3], up);
    double area = along[0] * up[1] - along[1] * up[0]; /* negative: east is on the left */
    if (!isfinite(area) || area == 0) return false;
    p.scale_arcsec = sqrt(fabs(area));
    p.stretch = stretch_of(along, up, area);
    p.is_mirrored = area > 0;
    /* The pixel step (v, w) that goes north alone solves v along + w up = (0, 1). */
    p.north = atan2(up[0] / area, along[0] / area) / degree;
    if (fabs(p.north) < 1e-7) p.north = 0; /* what rounding leaves of axes that lie along */
    *out = p;
    return true;
}
