/* study_sets.h - small sets of codes, a context and the remarks of a study, for its tests. */
#ifndef GT_TEST_STUDY_SETS_H
#define GT_TEST_STUDY_SETS_H

#include "context.h"
#include "file.h"
#include "galatea/dataset.h"
#include "galatea/log.h"
#include "galatea/train.h"
#include "gt_test.h"
#include "rng.h"
#include "same_files.h"
#include "table.h"
#include "temp_folder.h"

enum { SET_WIDTH_AT_MOST = 16 };

/* Codes of normal numbers; those of class 1 lie `gap` further along the first component. */
typedef struct made_set {
    const char *name;
    uint64_t rows, seed;
    size_t width;
    double gap;
    const char *const *classes; /* two or three names; NULL: no labels, no splits */
    size_t class_count;
    bool swapped; /* row i is of class 1 - i % 2 in place of i % 2 */
    const char *provenance, *model, *collection, *survey;
    uint64_t far_row; /* is far from all others; 0: none is */
} made_set;

static inline void made_code(const made_set *m, uint64_t row, int label, float *code) {
    gt_rng_key key = {m->seed, gt_rng_stream("study"), 0};
    for (size_t k = 0; k < m->width; k++)
        code[k] = (float)gt_rng_uniform(key, row * m->width + k) - 0.5f;
    code[0] += label == 1 ? (float)m->gap : 0;
    if (m->far_row && row == m->far_row) code[m->width - 1] += 40;
}

/* A path in the folder of the test that stays good. */
static inline char *kept_path(const char *name) {
    static char *paths[256];
    static size_t count;
    assert_true(count < sizeof paths / sizeof *paths);
    paths[count] = strdup(in_folder(name));
    assert_non_null(paths[count]);
    return paths[count++];
}

/* Writes it into the folder of the test. */
static inline const char *make_set(made_set m) {
    gt_error err = {0};
    gt_dataset_writer *writer = NULL;
    gt_dataset_info info = gt_dataset_info_default();
    char *path = kept_path(m.name);
    info.kind = GT_DATASET_CODES;
    info.type = GT_PIXEL_F32;
    info.count = m.rows;
    info.channels = m.width;
    info.height = info.width = 1;
    info.columns = GT_COLUMN_SIZE | (m.classes ? GT_COLUMN_LABEL | GT_COLUMN_SPLIT : 0);
    info.class_names = m.classes;
    info.class_count = m.classes ? m.class_count : 0;
    info.provenance = m.provenance;
    info.model = m.model;
    info.collection = m.collection;
    info.survey = m.survey;
    assert_ok(gt_dataset_writer_create(path, &info, &writer, &err), err);
    for (uint64_t i = 0; i < m.rows; i++) {
        float code[SET_WIDTH_AT_MOST];
        gt_dataset_row row = gt_dataset_row_default();
        int label = (int)(i % (m.class_count ? m.class_count : 2));
        made_code(&m, i, label, code);
        row.label = m.swapped ? (label < 2 ? 1 - label : label) : label;
        row.split = i % 4 > 1 ? GT_SPLIT_TEST : GT_SPLIT_TRAIN;
        row.angular_size = 10 + (double)(i % 7);
        assert_ok(gt_dataset_writer_append(writer, code, &row, 1, &err), err);
    }
    assert_ok(gt_dataset_writer_commit(writer, &err), err);
    return path;
}

static const char *const two_classes[] = {"FRI", "FRII"};

/* Codes as they are given: (rows, width), with the columns that are not NULL. */
typedef struct given_set {
    const char *name;
    size_t rows, width;
    const float *x;
    const int32_t *labels;
    const uint8_t *splits;
    const char *const *ids;
    const char *const *classes;
    size_t class_count;
    const char *provenance;
} given_set;

static inline const char *give_set(given_set m) {
    gt_error err = {0};
    gt_dataset_writer *writer = NULL;
    gt_dataset_info info = gt_dataset_info_default();
    char *path = kept_path(m.name);
    info.kind = GT_DATASET_CODES;
    info.type = GT_PIXEL_F32;
    info.count = m.rows;
    info.channels = m.width;
    info.height = info.width = 1;
    info.columns = (m.labels ? GT_COLUMN_LABEL : 0) | (m.splits ? GT_COLUMN_SPLIT : 0) |
                   (m.ids ? GT_COLUMN_ID : 0);
    info.id_length = m.ids ? 15 : 0;
    info.class_names = m.classes;
    info.class_count = m.classes ? m.class_count : 0;
    info.provenance = m.provenance;
    assert_ok(gt_dataset_writer_create(path, &info, &writer, &err), err);
    for (size_t i = 0; i < m.rows; i++) {
        gt_dataset_row row = gt_dataset_row_default();
        if (m.labels) row.label = m.labels[i];
        if (m.splits) row.split = m.splits[i];
        if (m.ids) row.id = m.ids[i];
        const float *code = m.x + i * m.width;
        assert_ok(gt_dataset_writer_append(writer, code, info.columns ? &row : NULL, 1, &err),
                  err);
    }
    assert_ok(gt_dataset_writer_commit(writer, &err), err);
    return path;
}

/* A context without options; `says` is what becomes of sets that do not match. */
static inline gt_context make_context(gt_invocation *asked, const char *says) {
    gt_error err = {0};
    *asked = (gt_invocation){.command = "test"};
    assert_ok(gt_options_create(&asked->options, &err), err);
    return (gt_context){
        .invocation = asked, .threads = 1, .progress_file = -1, .mismatch = says};
}

static inline void end_context(gt_context *context) {
    gt_options_destroy(context->invocation->options);
}

/* The remarks since remarks_begin, a line each. */
static char remarks[4096];

static inline void keep_remark(void *user, const char *line) {
    (void)user;
    size_t used = strlen(remarks);
    snprintf(remarks + used, sizeof remarks - used, "%s\n", line);
}

static inline void remarks_begin(void) {
    *remarks = '\0';
    gt_log_to(keep_remark, NULL);
}

#define assert_has(text, part)                                                               \
    do {                                                                                     \
        if (!strstr(text, part)) fail_msg("'%s' is not in: %s", part, (const char *)(text)); \
    } while (0)

/* A run of a model that learned `data` by these settings, in a folder of that name. */
static inline const char *make_run_of(const char *model, const char *const *settings,
                                      const char *data, const char *name) {
    gt_error err = {0};
    gt_options *options = NULL;
    gt_train_settings training;
    gt_train_result result;
    gt_train_job job = {.settings = &training,
                        .progress = -1,
                        .provenance =
                            "{\"command\": \"galatea train\", \"options\": {\"seed\": 0}}"};
    const char *out = kept_path(name);
    assert_ok(gt_model_class_find(model, &job.model, &err), err);
    void *own = calloc(1, job.model->settings_size);
    job.model_settings = own;
    assert_ok(gt_options_create(&options, &err), err);
    assert_ok(gt_options_add(options, &gt_train_options, &training, &err), err);
    assert_ok(gt_options_add(options, job.model->options, own, &err), err);
    assert_ok(gt_options_preset(options, "test", settings, &err), err);
    assert_ok(gt_options_set(options, "data", data, GT_FROM_COMMAND, NULL, &err), err);
    assert_ok(gt_options_set(options, "out", out, GT_FROM_COMMAND, NULL, &err), err);
    assert_ok(gt_train(&job, &result, &err), err);
    gt_options_destroy(options);
    free(own);
    return out;
}

/* A flow that learned `data` for some seconds, in a run folder. */
static inline const char *make_flow(const char *data) {
    static const char *const settings[] = {"blocks=2",  "hidden=8",     "epochs=2", "batch=20",
                                           "threads=1", "hold-out=0.2", NULL};
    return make_run_of("maf", settings, data, "flow");
}

/* ---- What a program makes once ----------------------------------------------------------- */

/* Sets and runs of a set-up of the whole program (begin_kept) lie in a folder that stays while
 * the tests make and remove theirs. */
static char kept_folder[64];

static inline void begin_kept(void) {
    assert_int_equal(make_temp_folder(NULL), 0);
    memcpy(kept_folder, temp_folder, sizeof kept_folder);
}

static inline int end_kept(void **state) {
    memcpy(temp_folder, kept_folder, sizeof temp_folder);
    return remove_temp_folder(state);
}

/* ---- Files as texts ---------------------------------------------------------------------- */

/* All of a file, ended by a zero byte; yours. */
static inline char *text_of(const char *path) {
    FILE *file = fopen(path, "rb");
    if (!file) fail_msg("%s is not there", path);
    char *text = calloc(1, 1 << 20);
    assert_true(fread(text, 1, (1 << 20) - 1, file) > 0);
    fclose(file);
    return text;
}

/* Cell `column` of line `line` (0: the names) of a CSV table without quotes. */
static inline const char *cell_in(const char *text, size_t line, size_t column) {
    static char cell[256];
    for (; line > 0; line--) {
        text = strchr(text, '\n');
        assert_non_null(text);
        text++;
    }
    for (; column > 0; column--) {
        text += strcspn(text, ",\r\n") + 1;
        if (text[-1] != ',') fail_msg("there are too few columns");
    }
    snprintf(cell, sizeof cell, "%.*s", (int)strcspn(text, ",\r\n"), text);
    return cell;
}

static inline size_t lines_in(const char *text) {
    size_t lines = 0;
    for (; *text; text++) lines += *text == '\n';
    return lines;
}

static inline bool is_there(const char *path) {
    return access(path, F_OK) == 0;
}

#endif
