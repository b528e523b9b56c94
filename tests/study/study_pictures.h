/* study_pictures.h - sets of pictures, and a VDVAE that learned some of them in a second. */
#ifndef GT_TEST_STUDY_PICTURES_H
#define GT_TEST_STUDY_PICTURES_H

#include "study_sets.h"

enum { PICTURE_SIDE = 16, PICTURE_VALUES = PICTURE_SIDE * PICTURE_SIDE, PICTURE_ROWS = 40 };

/* Row i shows picture first + i. */
typedef struct made_pictures {
    const char *name;
    uint64_t rows, first;  /* rows 0: PICTURE_ROWS */
    size_t side, channels; /* 0: PICTURE_SIDE and 1 */
    bool is_bare;          /* no columns */
    bool is_float;         /* levels as they are where range is none (0 to 0) */
    gt_value_range range;
    const char *survey, *preparation;
    double scale;     /* 0: not stated */
    uint64_t odd_row; /* has `odd` (of floats) in place of its pixel 7; odd 0: none has */
    float odd;
    const char *bands;
    bool has_colours; /* channel c of all pictures is 50 c */
    bool is_unit;     /* floats without a range, from 0 to 1 */
} made_pictures;

/* Levels 0..255, whole numbers: a spot on a floor, a little to the right in odd pictures. */
static inline void picture(uint64_t number, size_t side, float *levels) {
    gt_rng_key key = {7, gt_rng_stream("pictures"), 0};
    double size = (double)side;
    double x = size *
               (0.2 + 0.5 * gt_rng_uniform(key, 2 * number) + 0.1 * (double)(number % 2)),
           y = size * (0.2 + 0.6 * gt_rng_uniform(key, 2 * number + 1));
    for (size_t i = 0; i < side * side; i++) {
        double dx = (double)(i % side) - x, dy = (double)(i / side) - y;
        levels[i] = (float)floor(20 + 220 * exp(-(dx * dx + dy * dy) / 8));
    }
}

/* The columns of a row: classes and splits in turn, places and names that tell its number. */
static inline gt_dataset_row picture_row(uint64_t number) {
    static char id[32];
    gt_dataset_row row = gt_dataset_row_default();
    snprintf(id, sizeof id, "source-%d", (int)number);
    row.label = (int32_t)(number % 2);
    row.split = number % 4 == 3   ? GT_SPLIT_TEST
                : number % 8 == 5 ? GT_SPLIT_VALIDATION
                                  : GT_SPLIT_TRAIN;
    row.ra = (double)number;
    row.dec = -(double)number;
    row.angular_size = 10 + (double)number;
    row.id = id;
    return row;
}

static inline gt_dataset_info describe_pictures(const made_pictures *m) {
    gt_dataset_info info = gt_dataset_info_default();
    info.kind = GT_DATASET_IMAGES;
    info.type = m->is_float || m->is_unit ? GT_PIXEL_F32 : GT_PIXEL_U8;
    info.count = m->rows;
    info.channels = m->channels;
    info.height = info.width = m->side;
    if (m->is_float && gt_range_is_declared(m->range)) info.range = m->range;
    if (m->scale > 0) info.pixel_scale_arcsec = m->scale;
    info.survey = m->survey;
    info.preparation = m->preparation;
    info.bands = m->bands;
    if (m->is_bare) return info;
    info.columns = GT_COLUMN_LABEL | GT_COLUMN_SPLIT | GT_COLUMN_RA | GT_COLUMN_DEC |
                   GT_COLUMN_SIZE | GT_COLUMN_ID;
    info.id_length = 15;
    info.class_names = two_classes;
    info.class_count = 2;
    return info;
}

/* Writes it into the folder of the test. */
static inline const char *make_picture_set(made_pictures m) {
    gt_error err = {0};
    gt_dataset_writer *writer = NULL;
    char *path = kept_path(m.name);
    m.rows = m.rows ? m.rows : PICTURE_ROWS;
    m.side = m.side ? m.side : PICTURE_SIDE;
    m.channels = m.channels ? m.channels : 1;
    size_t plane = m.side * m.side, values = m.channels * plane;
    const gt_dataset_info info = describe_pictures(&m);
    float *levels = calloc(values, sizeof *levels);
    uint8_t *bytes = calloc(values, 1);
    assert_ok(gt_dataset_writer_create(path, &info, &writer, &err), err);
    for (uint64_t i = 0; i < m.rows; i++) {
        const gt_dataset_row row = picture_row(m.first + i);
        for (size_t c = 0; c < m.channels; c++)
            picture(m.first + i, m.side, levels + c * plane);
        for (size_t k = 0; m.has_colours && k < values; k++)
            levels[k] = 50 * (float)(k / plane);
        for (size_t k = 0; k < values; k++) bytes[k] = (uint8_t)levels[k];
        if (gt_range_is_declared(info.range)) gt_range_to_values(info.range, values, levels);
        for (size_t k = 0; m.is_unit && k < values; k++) levels[k] /= 255;
        if (m.odd != 0 && i == m.odd_row) levels[7] = m.odd;
        const void *stored = m.is_float || m.is_unit ? (const void *)levels : bytes;
        assert_ok(gt_dataset_writer_append(writer, stored, m.is_bare ? NULL : &row, 1, &err),
                  err);
    }
    assert_ok(gt_dataset_writer_commit(writer, &err), err);
    free(levels);
    free(bytes);
    return path;
}

/* A VDVAE of two latent layers that learned `data` for a second. */
static inline const char *make_vdvae(const char *data, const char *name) {
    static const char *const settings[] = {"encoder-blocks=16d2,8d2,4d4,1x1",
                                           "decoder-blocks=1x1,4m1,8m4,16m8",
                                           "width=8",
                                           "latents=2,1:4",
                                           "mixtures=2",
                                           "epochs=20",
                                           "batch=8",
                                           "threads=1",
                                           "learning-rate=3e-3",
                                           "optimizer=adam",
                                           "ema=0",
                                           "skip-threshold=0",
                                           "exact=true",
                                           NULL};
    return make_run_of("vdvae", settings, data, name);
}

/* Options of a use of a model (encode_options, sample_options) among those of a context. */
typedef struct use_settings {
    gt_invocation asked;
    gt_context context;
    void *values; /* of the model's use */
} use_settings;

static inline void begin_use(use_settings *u, const char *says, const gt_option_table *options,
                             size_t size) {
    gt_error err = {0};
    *u = (use_settings){.values = calloc(1, size + 1)};
    u->context = make_context(&u->asked, says);
    u->context.invocation = &u->asked;
    if (options) assert_ok(gt_options_add(u->asked.options, options, u->values, &err), err);
}

static inline void begin_use_of(use_settings *u, const char *model, bool is_sample) {
    gt_error err = {0};
    const gt_model_class *kind = NULL;
    assert_ok(gt_model_class_find(model, &kind, &err), err);
    begin_use(u, "error", is_sample ? kind->sample_options : kind->encode_options,
              is_sample ? kind->sample_size : kind->encode_size);
}

static inline void set_use(use_settings *u, const char *key, const char *value) {
    gt_error err = {0};
    assert_ok(gt_options_set(u->asked.options, key, value, GT_FROM_COMMAND, NULL, &err), err);
}

static inline void end_use(use_settings *u) {
    end_context(&u->context);
    free(u->values);
}

/* All rows of a set as float, (count, values); yours. The set is closed. */
static inline float *values_in(const char *path, size_t *count, size_t *width) {
    gt_error err = {0};
    gt_dataset *set = NULL;
    assert_ok(gt_dataset_open_any(path, &set, &err), err);
    const gt_dataset_info *info = gt_dataset_describe(set);
    *count = (size_t)info->count;
    *width = gt_dataset_row_values(info);
    float *values = calloc(*count + 1, *width * sizeof *values);
    if (*count) assert_ok(gt_dataset_read(set, 0, *count, values, &err), err);
    gt_dataset_close(set);
    return values;
}

/* Pearson's correlation, by its definition. */
static inline double correlation(const float *a, const float *b) {
    double ma = 0, mb = 0, ab = 0, aa = 0, bb = 0;
    for (int i = 0; i < PICTURE_VALUES; i++) {
        ma += (double)a[i] / PICTURE_VALUES;
        mb += (double)b[i] / PICTURE_VALUES;
    }
    for (int i = 0; i < PICTURE_VALUES; i++) {
        ab += (a[i] - ma) * (b[i] - mb);
        aa += (a[i] - ma) * (a[i] - ma);
        bb += (b[i] - mb) * (b[i] - mb);
    }
    return ab / sqrt(aa * bb);
}

#endif
