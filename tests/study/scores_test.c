/* Log-densities against the flow's own graph; the order of the least likely codes, their
 * neighbours by brute force, and how both are written. */
#include "scores.h"

#include "density.h"
#include "galatea/run.h"
#include "novelty.h"
#include "study_pictures.h"

enum { ROWS = 300, WIDTH = 3 }; /* more than are scored at once */

static const char *known, *flow, *vdvae;

static int make_all(void **state) {
    (void)state;
    begin_kept();
    known = make_set((made_set){.name = "known.h5", .rows = 60, .width = WIDTH, .seed = 1});
    flow = make_flow(known);
    vdvae = make_vdvae(make_picture_set((made_pictures){.name = "p.h5", .rows = 24}), "vdvae");
    return 0;
}

static made_set others(void) {
    return (made_set){.name = "others.h5",
                      .rows = ROWS,
                      .width = WIDTH,
                      .seed = 2,
                      .classes = two_classes,
                      .class_count = 2};
}

/* Log-densities of rows, each by itself. */
static double *expected_scores(const float *x, size_t rows) {
    gt_error err = {0};
    gt_run *run = NULL;
    gt_inference *inference = NULL;
    const float *out = NULL;
    double *scores = calloc(rows, sizeof *scores);
    assert_ok(gt_run_open(flow, &run, &err), err);
    const gt_use_options how = {.use = GT_USE_DENSITY, .batch = 1, .threads = 1};
    assert_ok(gt_inference_create(run, &how, &inference, &err), err);
    for (size_t i = 0; i < rows; i++) {
        assert_ok(gt_inference_run(inference, x + i * WIDTH, 1, 0, 0, &out, &err), err);
        scores[i] = (double)out[0];
    }
    gt_inference_destroy(inference);
    gt_run_close(run);
    return scores;
}

static double cosine(const float *a, const float *b) {
    double ab = 0, aa = 0, bb = 0;
    for (size_t k = 0; k < WIDTH; k++) {
        ab += (double)a[k] * (double)b[k];
        aa += (double)a[k] * (double)a[k];
        bb += (double)b[k] * (double)b[k];
    }
    return ab / sqrt(aa * bb);
}

typedef struct asking {
    gt_invocation asked;
    gt_context context;
} asking;

static void begin(asking *a) {
    a->context = make_context(&a->asked, "error");
}

/* ---- Densities -----------------------------------------------------------------------------
 */

static void scores_are_the_flows(void **state) {
    gt_error err = {0};
    asking a;
    size_t rows = 0, width = 0;
    gt_densities d = {0};
    (void)state;
    begin(&a);
    const char *const sets[] = {make_set(others())};
    assert_ok(gt_densities_compute(&a.context, flow, sets, 1, &d, &err), err);
    float *x = values_in(sets[0], &rows, &width);
    double *expected = expected_scores(x, rows);
    assert_int_equal(d.sets[0].count, ROWS);
    for (size_t i = 0; i < ROWS; i++) assert_near(d.sets[0].log_p[i], expected[i], 1e-4);
    free(expected);
    free(x);
    gt_densities_free(&d);
    end_context(&a.context);
}

/* The middle one of an odd number, the mean of the two in the middle of an even one; and the
 * share below a value, the value itself not counted. */
static void finds_the_middle(void **state) {
    (void)state;
    for (size_t rows = 1; rows <= 4; rows++) {
        gt_error err = {0};
        asking a;
        gt_densities d = {0};
        begin(&a);
        made_set m = others();
        m.rows = rows;
        const char *const sets[] = {make_set(m)};
        assert_ok(gt_densities_compute(&a.context, flow, sets, 1, &d, &err), err);
        double s[4];
        memcpy(s, d.sets[0].log_p, rows * sizeof *s);
        for (size_t i = 0; i < rows; i++) /* by insertion */
            for (size_t k = i; k > 0 && s[k] < s[k - 1]; k--) {
                double t = s[k];
                s[k] = s[k - 1], s[k - 1] = t;
            }
        double middle = rows % 2 ? s[rows / 2] : (s[rows / 2] + s[rows / 2 - 1]) / 2;
        assert_near(d.ranges[0].median, middle, 0);
        assert_near(d.ranges[0].low, s[0], 0);
        assert_near(d.ranges[0].high, s[rows - 1], 0);
        for (size_t i = 0; i < rows; i++)
            assert_near(gt_scores_below(&d.sets[0], s[i]), (double)i / (double)rows, 1e-15);
        gt_densities_free(&d);
        end_context(&a.context);
    }
}

/* A code so far out that its density is no float is told, and its place is the lowest. */
static void tells_lost_codes(void **state) {
    static const float x[] = {0, 0, 0, 3e19f, -3e19f, 3e19f, 0.1f, 0.2f, 0.1f};
    gt_error err = {0};
    asking a;
    gt_densities d = {0};
    (void)state;
    begin(&a);
    const char *const sets[] = {
        give_set((given_set){.name = "far.h5", .rows = 3, .width = WIDTH, .x = x})};
    remarks_begin();
    assert_ok(gt_densities_compute(&a.context, flow, sets, 1, &d, &err), err);
    gt_log_to(NULL, NULL);
    assert_has(remarks, "far.h5: 1 of 3 codes are so far out that their density is 0");
    assert_true(isinf(d.ranges[0].low) && d.ranges[0].low < 0);
    assert_near(d.ranges[0].mean, (d.sets[0].log_p[0] + d.sets[0].log_p[2]) / 2, 1e-9);
    gt_densities_free(&d);
    end_context(&a.context);
}

/* A line for each row of each set, in their order. */
static void writes_densities(void **state) {
    gt_error err = {0};
    asking a;
    gt_densities d = {0};
    (void)state;
    begin(&a);
    made_set m = others();
    m.rows = 5;
    const char *const sets[] = {make_set(m), known};
    assert_ok(gt_densities_compute(&a.context, flow, sets, 2, &d, &err), err);
    const char *out = kept_path("d.csv");
    assert_ok(gt_densities_table(&d, out, &err), err);
    char *text = text_of(out);
    assert_int_equal(lines_in(text), 1 + 5 + 60);
    assert_string_equal(cell_in(text, 0, 6), "log_density");
    for (size_t i = 0; i < 65; i++) {
        size_t set = i >= 5, row = set ? i - 5 : i;
        char number[24];
        snprintf(number, sizeof number, "%zu", row);
        assert_string_equal(cell_in(text, 1 + i, 0), set ? "known" : "others");
        assert_string_equal(cell_in(text, 1 + i, 1), number);
        assert_string_equal(cell_in(text, 1 + i, 5), set ? "" : two_classes[row % 2]);
        assert_near(atof(cell_in(text, 1 + i, 6)), d.sets[set].log_p[row], 1e-9);
    }
    free(text);
    gt_densities_free(&d);
    end_context(&a.context);
}

static void refuses_other_models(void **state) {
    gt_error err = {0};
    asking a;
    gt_densities d = {0};
    gt_novelty n = {0};
    (void)state;
    begin(&a);
    const char *const sets[] = {known};
    assert_int_equal(gt_densities_compute(&a.context, vdvae, sets, 1, &d, &err),
                     GT_UNSUPPORTED);
    assert_has(err.text, "is a run of model vdvae, which does not tell how likely");
    const gt_novelty_request request = {.run = vdvae, .data = known, .top = 3};
    assert_int_equal(gt_novelty_find(&a.context, &request, &n, &err), GT_UNSUPPORTED);
    gt_novelty_free(&n);
    gt_densities_free(&d);
    float x[3 * WIDTH] = {0};
    x[2 * WIDTH + 1] = NAN;
    const char *const bad[] = {
        give_set((given_set){.name = "n.h5", .rows = 3, .width = WIDTH, .x = x})};
    d = (gt_densities){.count = 0};
    assert_int_equal(gt_densities_compute(&a.context, flow, bad, 1, &d, &err), GT_NOT_FINITE);
    assert_has(err.text, "n.h5, row 2: a number is nan");
    gt_densities_free(&d);
    end_context(&a.context);
}

/* ---- Novelty -------------------------------------------------------------------------------
 */

/* From the least likely on, of equal ones the lower row first; each with the nearest of the
 * searched codes, found by looking at all. */
static void ranks_and_searches(void **state) {
    gt_error err = {0};
    asking a;
    size_t rows = 0, width = 0, count = 0;
    gt_novelty n = {0};
    (void)state;
    begin(&a);
    const char *set = make_set(others());
    const gt_novelty_request request = {.run = flow, .data = set, .search = known, .top = ROWS};
    assert_ok(gt_novelty_find(&a.context, &request, &n, &err), err);
    float *x = values_in(set, &rows, &width), *y = values_in(known, &count, &width);
    assert_int_equal(n.count, ROWS);
    assert_true(n.is_searched);
    assert_string_equal(n.searched, known);
    for (size_t i = 0; i < ROWS; i++) {
        const gt_outlier *o = &n.outliers[i];
        double best = -2;
        for (size_t k = 0; k < count; k++)
            best = fmax(best, cosine(x + o->row * WIDTH, y + k * WIDTH));
        assert_near(o->nearest, best, 1e-12);
        assert_near(cosine(x + o->row * WIDTH, y + o->neighbour * WIDTH), best, 1e-12);
        assert_near(o->log_p, n.scores.log_p[o->row], 0);
        assert_string_equal(o->class, two_classes[o->row % 2]);
        if (i) assert_true(n.outliers[i - 1].log_p <= o->log_p);
    }
    free(x);
    free(y);
    gt_novelty_free(&n);
    end_context(&a.context);
}

static void breaks_ties_by_row(void **state) {
    float x[8 * WIDTH];
    gt_error err = {0};
    asking a;
    gt_novelty n = {0};
    (void)state;
    begin(&a);
    for (size_t i = 0; i < 8 * WIDTH; i++) x[i] = 0.25f;
    const char *set = give_set((given_set){.name = "t.h5", .rows = 8, .width = WIDTH, .x = x});
    const gt_novelty_request request = {.run = flow, .data = set, .search = set, .top = 5};
    assert_ok(gt_novelty_find(&a.context, &request, &n, &err), err);
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(n.outliers[i].row, i);
        assert_int_equal(n.outliers[i].neighbour, i == 0); /* itself is none */
        assert_near(n.outliers[i].nearest, 1, 1e-12);
    }
    gt_novelty_free(&n);
    /* a set of one row has nobody else */
    const char *one = give_set((given_set){.name = "o.h5", .rows = 1, .width = WIDTH, .x = x});
    const gt_novelty_request alone = {.run = flow, .data = one, .search = one, .top = 5};
    n = (gt_novelty){.count = 0};
    assert_ok(gt_novelty_find(&a.context, &alone, &n, &err), err);
    assert_false(n.is_searched);
    assert_false(gt_outlier_has_neighbour(&n.outliers[0]));
    const char *out = kept_path("n.csv");
    assert_ok(gt_novelty_table(&n, out, &err), err);
    char *text = text_of(out);
    assert_string_equal(cell_in(text, 1, 0), "0");
    assert_string_equal(cell_in(text, 1, 4), "");
    assert_string_equal(cell_in(text, 1, 5), "");
    free(text);
    gt_novelty_free(&n);
    end_context(&a.context);
}

/* Pictures must be those of the codes: as many, and of the same names. */
static void draws_pictures_of_the_codes(void **state) {
    static const char *const ids[] = {"source-0", "source-1", "source-2"}, *const wrong[] = {
                                                                               "source-0",
                                                                               "source-1",
                                                                               "source-9"};
    static const float x[3 * WIDTH] = {0, 0.1f, 0, 0.3f, 0, 0, 0, 0, 0.2f};
    (void)state;
    const char *fine = make_picture_set((made_pictures){.name = "p.h5", .rows = 3}),
               *more = make_picture_set((made_pictures){.name = "m.h5", .rows = 4});
    for (int is_wrong = 0; is_wrong < 2; is_wrong++) {
        gt_error err = {0};
        asking a;
        gt_novelty n = {0};
        begin(&a);
        const char *set = give_set((given_set){
            .name = "c.h5", .rows = 3, .width = WIDTH, .x = x, .ids = is_wrong ? wrong : ids});
        const gt_novelty_request request = {.run = flow, .data = set, .top = 3, .images = fine};
        assert_ok(gt_novelty_find(&a.context, &request, &n, &err), err);
        assert_has(n.provenance, fine);
        const char *out = kept_path(is_wrong ? "wrong.png" : "fine.png");
        gt_status status = gt_novelty_figure(&n, fine, "gray", out, &err);
        assert_int_equal(status, is_wrong ? GT_MISMATCH : GT_OK);
        if (is_wrong) assert_has(err.text, "row 2 is 'source-9' in ");
        assert_int_equal(is_there(out), !is_wrong);
        assert_int_equal(gt_novelty_figure(&n, more, "gray", in_folder("x.png"), &err),
                         GT_MISMATCH);
        assert_has(err.text, "has 4 images, ");
        gt_novelty_free(&n);
        end_context(&a.context);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(scores_are_the_flows), TEST(finds_the_middle),
        TEST(tells_lost_codes),     TEST(writes_densities),
        TEST(refuses_other_models), TEST(ranks_and_searches),
        TEST(breaks_ties_by_row),   TEST(draws_pictures_of_the_codes),
    };
    return cmocka_run_group_tests(tests, make_all, end_kept);
}
