/* study_galaxies.h - small sets of galaxies and planes beside them, for the tests of their
 * shapes. */
#ifndef GT_TEST_STUDY_GALAXIES_H
#define GT_TEST_STUDY_GALAXIES_H

#include "morphology.h"
#include "study_sets.h"

enum { SIDE = 32, PIXELS = SIDE * SIDE, MOST_ROWS = 64 };

typedef struct picture_set {
    const char *name, *survey;
    uint64_t rows;
    size_t channels;
    bool is_float;
    double scale;      /* of the galaxies, pixels */
    uint64_t zero_row; /* nothing but 0; above all rows: none */
    uint64_t nan_row;  /* no number at all */
    unsigned planes;   /* its own: bad is the square of make_planes */
    double softening;  /* of floats that went through an asinh; 0: none did */
    const char *preparation;
    double star; /* level of the square of make_planes, the galaxy being elsewhere; 0: none */
    const char *unit;
} picture_set;

static inline bool is_middle(int pixel) {
    return abs(pixel / SIDE - 16) < 5 && abs(pixel % SIDE - 15) < 5;
}

/* A galaxy a little off the middle: a level 0..255. */
static inline double level_of(const picture_set *s, uint64_t row, int y, int x) {
    gt_rng_key key = {7, gt_rng_stream("pictures"), 0};
    double noise = gt_rng_uniform(key, row * PIXELS + (uint64_t)(y * SIDE + x));
    if (s->star > 0 && is_middle(y * SIDE + x)) return s->star;
    if (s->star > 0) x += 10, y -= 11;
    double r = hypot(x - 15.2 - 0.1 * (double)(row % 5), 1.4 * (y - 15.8));
    if (row == s->zero_row) return 0;
    return floor(20 + 8 * noise + 180 * exp(-r / s->scale));
}

static inline const char *make_pictures(picture_set s) {
    gt_error err = {0};
    gt_dataset_writer *writer = NULL;
    gt_dataset_info info = gt_dataset_info_default();
    char *path = kept_path(s.name);
    info.kind = GT_DATASET_IMAGES;
    info.type = s.is_float ? GT_PIXEL_F32 : GT_PIXEL_U8;
    info.count = s.rows;
    info.channels = s.channels;
    info.height = info.width = SIDE;
    info.columns = GT_COLUMN_ID | GT_COLUMN_RA | GT_COLUMN_DEC;
    info.id_length = 15;
    info.survey = s.survey;
    if (s.is_float) info.range = (gt_value_range){0, 1};
    info.planes = s.planes;
    info.preparation = s.preparation;
    info.unit = s.unit;
    assert_ok(gt_dataset_writer_create(path, &info, &writer, &err), err);
    for (uint64_t i = 0; i < s.rows; i++) {
        static float floats[3 * PIXELS];
        static uint8_t bytes[3 * PIXELS], mask[PIXELS];
        static float ivar[3 * PIXELS];
        char id[24];
        snprintf(id, sizeof id, "J%llu", (unsigned long long)i);
        for (size_t at = 0; at < s.channels * PIXELS; at++) {
            int pixel = (int)(at % PIXELS);
            double level = level_of(&s, i, pixel / SIDE, pixel % SIDE);
            /* Channels differ, and their mean is the picture. */
            if (s.channels == 3) level += at / PIXELS == 0 ? -6 : at / PIXELS == 2 ? 6 : 0;
            bytes[at] = (uint8_t)fmax(0, level);
            double t = level / 255;
            if (s.softening > 0) t = asinh(s.softening * t) / asinh(s.softening);
            floats[at] = i == s.nan_row ? NAN : (float)t;
            ivar[at] = is_middle(pixel) ? 0 : 4;
            mask[pixel] = is_middle(pixel);
        }
        gt_dataset_row row = gt_dataset_row_default();
        row.id = id;
        row.ra = 10 + (double)i, row.dec = -5;
        row.mask = mask, row.ivar = ivar;
        const void *values = s.is_float ? (const void *)floats : bytes;
        assert_ok(gt_dataset_writer_append(writer, values, &row, 1, &err), err);
    }
    assert_ok(gt_dataset_writer_commit(writer, &err), err);
    return path;
}

static const picture_set usual = {
    .name = "sky.h5", .rows = 8, .channels = 1, .scale = 3, .zero_row = 99, .nan_row = 99};

/* What becomes of sets that do not match. */
static const char *measure_says = "ignore";

/* Measures with so many threads; the caller frees. */
static inline gt_status measure(const char *const *sets, size_t count, gt_morphing_settings how,
                                int threads, gt_morphing *m, gt_error *err) {
    gt_invocation asked;
    gt_context context = make_context(&asked, measure_says);
    context.threads = threads;
    *m = (gt_morphing){.count = 0};
    gt_status status = gt_morphing_compute(&context, &how, sets, count, m, err);
    end_context(&context);
    return status;
}

static inline void measure_one(const char *set, gt_morphing *m) {
    gt_error err = {0};
    assert_ok(measure(&set, 1, (gt_morphing_settings){NULL}, 1, m, &err), err);
}

/* A plane for each row, of one value but for a square of another in the middle. */
static inline const char *make_planes(const char *name, uint64_t rows, float around,
                                      float middle) {
    gt_error err = {0};
    gt_dataset_writer *writer = NULL;
    gt_dataset_info info = gt_dataset_info_default();
    char *path = kept_path(name);
    static float values[PIXELS];
    info.kind = GT_DATASET_IMAGES;
    info.type = GT_PIXEL_F32;
    info.count = rows;
    info.channels = 1;
    info.height = info.width = SIDE;
    for (int i = 0; i < PIXELS; i++) values[i] = is_middle(i) ? middle : around;
    assert_ok(gt_dataset_writer_create(path, &info, &writer, &err), err);
    for (uint64_t i = 0; i < rows; i++)
        assert_ok(gt_dataset_writer_append(writer, values, NULL, 1, &err), err);
    assert_ok(gt_dataset_writer_commit(writer, &err), err);
    return path;
}

#endif
