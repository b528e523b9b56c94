/* equinox.c - see equinox.h. */
#include "equinox.h"

#include <math.h>
#include <string.h>

static const double arcsec = M_PI / 648000;

static double julian_date(double besselian) {
    return 2415020.31352 + (besselian - 1900) * 365.242198781;
}

static double dot(const double a[3], const double b[3]) {
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

static void normalize(double v[3]) {
    double length = sqrt(dot(v, v));
    for (int i = 0; i < 3; i++) v[i] /= length;
}

/* Aberration by the excentricity of the Earth's orbit. */
static void e_terms(double equinox, double out[3]) {
    static const double constant = 0.0056932 * M_PI / 180;
    double t = (julian_date(equinox) - 2433282.42345905) / 36525;
    double s = (julian_date(equinox) - 2451545) / 36525;
    double excentricity = (-0.000000126 * t - 0.00004193) * t + 0.01673011;
    double perigee = (((0.012 * t + 1.65) * t + 6190.67) * t + 1015489.951) * arcsec;
    double obliquity = (((0.001813 * s - 0.00059) * s - 46.8150) * s + 84381.448) * arcsec;
    double size = excentricity * constant;
    out[0] = size * sin(perigee);
    out[1] = -size * cos(perigee) * cos(obliquity);
    out[2] = -size * cos(perigee) * sin(obliquity);
}

static void turn(int axis, double angle, double v[3]) {
    int a = (axis + 1) % 3, b = (axis + 2) % 3;
    double c = cos(angle), s = sin(angle), kept = v[a];
    v[a] = c * kept + s * v[b];
    v[b] = -s * kept + c * v[b];
}

/* From one Besselian equinox to another, by Newcomb's angles of 1850. */
static void precess(double from, double to, double v[3]) {
    double t = (from - 1850) / 1000, dt = (to - from) / 1000;
    double first = 23035.545 + (139.720 + 0.060 * t) * t;
    double zeta = ((17.995 * dt + 30.240 - 0.27 * t) * dt + first) * dt * arcsec;
    double z = ((18.325 * dt + 109.480 + 0.39 * t) * dt + first) * dt * arcsec;
    double theta = ((-41.8 * dt - 42.65 - 0.37 * t) * dt + 20051.12 - (85.29 + 0.37 * t) * t) *
                   dt * arcsec;
    turn(2, -zeta, v);
    turn(1, theta, v);
    turn(2, -z, v);
}

/* Centuries from 1950 to when it was seen. */
static double time_since(const gt_fk4 *frame) {
    double of_equinox = 2000 + (julian_date(frame->equinox) - 2451545) / 365.25;
    return ((isnan(frame->epoch) ? of_equinox : frame->epoch) - 1950) / 100;
}

void gt_fk4_to_fk5(const gt_fk4 *frame, const double in[3], double out[3]) {
    static const double matrix[3][3] = {
        {0.9999256794956877, -0.0111814832204662, -0.0048590038153592},
        {0.0111814832391717, 0.9999374848933135, -0.0000271625947142},
        {0.0048590037723143, -0.0000271702937440, 0.9999881946023742}};
    static const double a_century[3][3] = {{-0.0026455262, -1.1539918689, 2.1111346190},
                                           {1.1540628161, -0.0129042997, 0.0236021478},
                                           {-2.1112979048, -0.0056024448, 0.0102587734}};
    double v[3], e[3];
    memcpy(v, in, sizeof v);
    if (frame->has_e_terms) {
        e_terms(frame->equinox, e);
        double along = dot(e, v);
        for (int i = 0; i < 3; i++) v[i] += along * v[i] - e[i];
        normalize(v);
    }
    if (frame->equinox != 1950) precess(frame->equinox, 1950, v);
    double centuries = 1e-6 * time_since(frame);
    for (int i = 0; i < 3; i++) {
        out[i] = 0;
        for (int k = 0; k < 3; k++)
            out[i] += (matrix[i][k] + centuries * a_century[i][k]) * v[k];
    }
    normalize(out);
}

/* The way forth is a turn but for 10^-4: a few corrections end. */
void gt_fk4_from_fk5(const gt_fk4 *frame, const double in[3], double out[3]) {
    enum { CORRECTIONS = 6 };
    const gt_fk4 plain = {frame->equinox, frame->epoch, false};
    double axis[3][3], there[3], guess[3];
    for (int k = 0; k < 3; k++) {
        double unit[3] = {k == 0, k == 1, k == 2};
        gt_fk4_to_fk5(&plain, unit, axis[k]);
        out[k] = dot(axis[k], in);
    }
    for (int n = 0; n < CORRECTIONS; n++) {
        gt_fk4_to_fk5(frame, out, there);
        for (int i = 0; i < 3; i++) there[i] = in[i] - there[i];
        for (int k = 0; k < 3; k++) guess[k] = out[k] + dot(axis[k], there);
        memcpy(out, guess, sizeof guess);
        normalize(out);
    }
}

static double polynomial(const double c[6], double t) {
    return ((((c[5] * t + c[4]) * t + c[3]) * t + c[2]) * t + c[1]) * t + c[0];
}

void gt_fk5_axes(double equinox, double out[3][3]) {
    static const double zetas[6] = {2.650545,   2306.083227, 0.2988499,
                                    0.01801828, -5.971e-6,   -3.173e-7};
    static const double zs[6] = {-2.650545,  2306.077181, 1.0927348,
                                 0.01826837, -28.596e-6,  -2.904e-7};
    static const double thetas[6] = {0,           2004.191903, -0.4294934,
                                     -0.04182264, -7.089e-6,   -1.274e-7};
    double t = (equinox - 2000) / 100;
    for (int k = 0; k < 3; k++) {
        double v[3] = {k == 0, k == 1, k == 2};
        turn(2, -polynomial(zetas, t) * arcsec, v);
        turn(1, polynomial(thetas, t) * arcsec, v);
        turn(2, -polynomial(zs, t) * arcsec, v);
        for (int i = 0; i < 3; i++) out[i][k] = v[i];
    }
}
