/* Runs on the page: the curves that are drawn of a log, facts and command; runs that have not
 * finished, or have hardly begun. */
#include "pages.h"

static const char settings[] = "preset = tiny\ndata = sky <1>.h5\nepochs = 3\nseed = 7\n";

/* What one panel is: its label, and the names of its lines. */
typedef struct shown {
    const char *label, *lines[6];
} shown;

/* Line `index` of the plot commands, over all panels: "'data' index 3 ... title "..."". */
static void look_at_panels(const shown *panels, int count) {
    int line = 0;
    for (int p = 0; p < count; p++) {
        const char *label = told("set ylabel ", p);
        if (!label || strcmp(label, panels[p].label) != 0)
            fail_msg("panel %d: %s, expected %s", p, label ? label : "none", panels[p].label);
        for (int l = 0; l < 6 && panels[p].lines[l]; l++, line++) {
            char command[64];
            snprintf(command, sizeof command,
                     l ? "  'data' index %d " : "plot 'data' index %d ", line);
            const char *rest = told(command, 0), *title = rest ? strstr(rest, " title ") : NULL;
            if (!title ||
                strncmp(title + 7, panels[p].lines[l], strlen(panels[p].lines[l])) != 0)
                fail_msg("line %d: %s, expected %s", line, rest ? rest : "none",
                         panels[p].lines[l]);
        }
    }
    assert_null(told("set ylabel ", count));
    assert_int_equal(told_times("'data' index"), line);
}

#define LOOK(...)                                \
    look_at_panels((const shown[]){__VA_ARGS__}, \
                   (int)(sizeof((const shown[]){__VA_ARGS__}) / sizeof(shown)))

/* The only section of the page of a run; yours. */
static char *training_of(const char *run) {
    char *html = page_of(PATHS(run)), *section = section_of(html, "training");
    assert_non_null(section);
    assert_int_equal(counted.runs, 1);
    free(html);
    return section;
}

/* ---- curves ---- */

static const char one_learner[] =
    "kind,epoch,step,loss,rate,validation_loss,validation_rate,learning_rate,knn_accuracy\n"
    "step,0,0,9,3,,,0.1,\n"
    "step,0,1,8,2,,,0.1,\n"
    "epoch,0,2,8.5,2.5,7.5,2.25,0.1,0.5\n"
    "step,1,2,7,1,,,0.1,\n"
    "epoch,1,3,7,1,6.5,1.25,0.1,0.75\n";

static void one_loss_is_drawn_as_it_was_logged(void **state) {
    double rows[8][SPY_COLUMNS];
    put_run("run", one_learner, settings);
    put_weights("run/last.safetensors", "vdvae", NULL);
    free(training_of("run"));
    LOOK(
        {"\"loss (nats per value)\"",
         {"\"training, one batch\"", "\"training\"", "\"validation\""}},
        {"\"rate (nats per value)\"", {"\"rate (KL), training\"", "\"rate (KL), validation\""}},
        {"\"accuracy\"", {"\"labelled rows, told by 20 neighbours\""}});
    const struct {
        size_t count;
        double first[2], last[2];
    } expected[] = {{3, {0, 9}, {2, 7}}, {2, {2, 8.5}, {3, 7}},     {2, {2, 7.5}, {3, 6.5}},
                    {3, {0, 3}, {2, 1}}, {2, {2, 2.25}, {3, 1.25}}, {2, {2, 0.5}, {3, 0.75}}};
    for (int i = 0; i < 6; i++) {
        assert_int_equal(told_block(i, rows, 8), expected[i].count);
        assert_memory_equal(rows[0], expected[i].first, sizeof expected[i].first);
        assert_memory_equal(rows[expected[i].count - 1], expected[i].last,
                            sizeof expected[i].last);
    }
}

static void noise_levels_are_drawn(void **state) {
    double rows[8][SPY_COLUMNS];
    put_run("run",
            "kind,epoch,step,loss,psnr,validation_loss,validation_psnr,validation_psnr_at_1,"
            "validation_psnr_at_1.9,learning_rate\n"
            "step,0,1,9,20,,,,,0.1\nstep,0,2,8,21,,,,,0.1\n"
            "epoch,1,2,9,20,8,22,48,,0.1\nepoch,2,4,8,21,7,23,49,43,0.1\n"
            "epoch,3,6,8,21,7,23,50,44,0.1\n",
            settings);
    free(training_of("run"));
    LOOK({"\"loss\"", {"\"training, one batch\"", "\"training\"", "\"validation\""}},
         {"\"PSNR (dB)\"", {"\"training\"", "\"validation\"", "\"noise 1\"", "\"noise 1.9\""}});
    assert_int_equal(told_block(5, rows, 8), 3);
    assert_true(rows[0][0] == 2 && rows[0][1] == 48 && rows[2][1] == 50);
    assert_int_equal(told_block(6, rows, 8), 2);
    assert_true(rows[0][0] == 4 && rows[0][1] == 43);
}

/* Two networks, one of which steps on every second batch. */
static const char two_learners[] =
    "kind,epoch,step,loss,penalty,generator_loss,validation_loss,validation_penalty,"
    "validation_generator_loss,learning_rate,generator_learning_rate,seconds\n"
    "step,0,0,1,9,,,,,0.1,0.2,1\n"
    "step,0,1,2,9,-10,,,,0.1,0.2,2\n"
    "step,0,2,3,9,,,,,0.1,0.2,3\n"
    "step,0,3,4,9,-20,,,,0.1,0.2,4\n"
    "epoch,0,4,2.5,9,-15,5,9,-25,0.1,0.2,5\n"
    "epoch,1,8,3.5,9,-16,6,9,-26,0.1,0.2,5\n";

static void each_learner_has_its_curves(void **state) {
    double rows[8][SPY_COLUMNS];
    put_run("run", two_learners, settings);
    put_weights("run/last.safetensors", "a kind of tomorrow", NULL);
    free(training_of("run"));
    LOOK({"\"loss\"", {"\"training, one batch\"", "\"training\"", "\"validation\""}},
         {"\"generator loss\"", {"\"training, one batch\"", "\"training\"", "\"validation\""}});
    const struct {
        size_t count;
        double first[2];
    } expected[] = {{4, {0, 1}},   {2, {4, 2.5}}, {2, {4, 5}},
                    {2, {1, -10}}, {2, {4, -15}}, {2, {4, -25}}};
    for (int i = 0; i < 6; i++) {
        assert_int_equal(told_block(i, rows, 8), expected[i].count);
        assert_memory_equal(rows[0], expected[i].first, sizeof expected[i].first);
    }
}

/* A denoiser's PSNR, in decibels, and how bright samples are beside what was learned from, in
 * values of the pixels: levels 51 and 25.5 of a range from 0 to 2. */
static void samples_and_psnr_are_drawn(void **state) {
    static const char log[] =
        "kind,epoch,step,loss,psnr,validation_loss,validation_psnr,learning_rate,sample_mean,"
        "sample_deviation,sample_seconds\n"
        "step,0,0,9,3,,,0.1,,,\n"
        "epoch,0,2,8.5,25,7.5,22,0.1,,,\n"
        "epoch,1,4,8.5,26,7.5,23,0.1,0.5,0.125,9\n"
        "epoch,2,6,8.5,27,7.5,24,0.1,0.4375,0.25,9\n";
    double rows[8][SPY_COLUMNS];
    gt_error err;
    gt_safetensors_writer *writer = NULL;
    put_run("run", log, settings);
    assert_ok(gt_safetensors_writer_create(&writer, &err), err);
    assert_ok(gt_safetensors_writer_metadata(
                  writer, "brightness", "pictures=9 mean=51 deviation=25.5 kurtosis=3", &err),
              err);
    assert_ok(gt_safetensors_writer_metadata(writer, "value_min", "0", &err), err);
    assert_ok(gt_safetensors_writer_metadata(writer, "value_max", "2", &err), err);
    assert_ok(gt_safetensors_writer_save(writer, "run/last.safetensors", 0, &err), err);
    gt_safetensors_writer_destroy(writer);
    free(training_of("run"));
    LOOK({"\"loss\"", {"\"training\"", "\"validation\""}},
         {"\"PSNR (dB)\"", {"\"training\"", "\"validation\""}},
         {"\"brightness\"",
          {"\"mean of the samples\"", "\"mean learned from\"", "\"their scatter\"",
           "\"scatter learned from\""}});
    assert_int_equal(told_block(2, rows, 8), 3);
    assert_true(rows[0][0] == 2 && rows[0][1] == 25);
    assert_int_equal(told_block(5, rows, 8), 2);
    assert_true(rows[0][0] == 4 && rows[1][0] == 6);
    assert_near(rows[0][1], 0.4, 1e-12);
    assert_near(rows[1][1], 0.4, 1e-12);
    assert_int_equal(told_block(7, rows, 8), 2);
    assert_near(rows[0][1], 0.2, 1e-12);
    for (int line = 4; line < 8; line += 2) { /* each guide in the colour of its line */
        char own[64], guide[64];
        snprintf(own, sizeof own, line == 4 ? "plot 'data' index %d " : "  'data' index %d ",
                 line);
        snprintf(guide, sizeof guide, "  'data' index %d ", line + 1);
        char colour[32];
        snprintf(colour, sizeof colour, "%.15s", strstr(told(own, 0), "lc rgb"));
        if (!strstr(told(guide, 0), colour)) fail_msg("line %d: not %s", line + 1, colour);
    }
}

/* The caption tells what is drawn and nothing else. */
static void captions_tell_what_is_drawn(void **state) {
    static const struct {
        const char *head, *rows, *says;
    } cases[] = {
        {"loss", "1", "Loss: of single batches, its mean over an epoch. Drawn from "},
        {"loss,validation_loss,validation_rate", "1,2,3",
         "Loss: of single batches, its mean over an epoch, and that of held-out rows after it; "
         "rate, the part of it that the latents cost. Drawn from "},
        {"loss,psnr", "1,2", "epoch; PSNR of pictures after denoising. Drawn from "},
        {"loss,validation_psnr,validation_psnr_at_1,validation_psnr_at_9", "1,2,3,4",
         "epoch; PSNR of pictures after denoising, also at single deviations out of 255. "
         "Drawn"},
        {"loss,hinge,generator_loss,generator_learning_rate", "1,2,3,4",
         "Loss of each network: of single batches, its mean over an epoch; hinge losses of the "
         "discriminator for pictures and for small ones. Drawn from "},
        {"loss,knn_accuracy,sample_mean,sample_deviation", "1,2,3,4",
         "epoch; how many labelled rows their 20 nearest neighbours by the codes tell; mean "
         "and "
         "scatter of the brightness of samples, dashed that of the pictures learned from. "
         "Drawn"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char log[1024] = "", name[16];
        snprintf(log, sizeof log, "kind,step,%s\n", cases[i].head);
        for (int row = 0; row < 6; row++)
            snprintf(log + strlen(log), sizeof log - strlen(log), "%s,%d,%s\n",
                     row < 3 ? "step" : "epoch", row, cases[i].rows);
        snprintf(name, sizeof name, "run-%zu", i);
        put_run(name, log, settings);
        char *section = training_of(name);
        if (!has(section, cases[i].says)) fail_msg("case %zu: %s", i, section);
        free(section);
    }
}

/* A few values far above the others do not press these together, and are told. */
static void first_steps_do_not_hide_the_others(void **state) {
    char log[4096] = "kind,step,loss,learning_rate\nstep,0,900,1\nstep,1,50,1\n";
    double low, high;
    for (int i = 2; i < 60; i++)
        snprintf(log + strlen(log), sizeof log - strlen(log), "step,%d,%d,1\n", i, 1 + i % 4);
    put_run("run", log, settings);
    char *section = training_of("run");
    told_range("set yrange", 0, &low, &high);
    assert_true(low > 0.5 && low < 1 && high > 4 && high < 5);
    assert_true(has(section, "2 values of a loss, up to 900, lie above the frame. Drawn from "
                             "run/train.csv."));
    free(section);
}

/* Hinge losses of a GAN, with the line at 2 on which nothing is told apart. */
static void hinge_losses_have_a_guide(void **state) {
    double rows[8][SPY_COLUMNS];
    put_run("run",
            "kind,step,loss,hinge,hinge_small,generator_loss,validation_loss,validation_hinge,"
            "validation_hinge_small,learning_rate,generator_learning_rate\n"
            "epoch,2,4,1.5,1.75,1,4,1,1,1,1\nepoch,4,3,1,1.25,1,4,1,1,1,1\n",
            settings);
    put_weights("run/last.safetensors", "gan", NULL);
    free(training_of("run"));
    LOOK({"\"discriminator loss\"", {"\"training\"", "\"validation\""}},
         {"\"generator loss\"", {"\"training\""}},
         {"\"hinge loss\"",
          {"\"main, training\"", "\"main, validation\"", "\"small, training\"",
           "\"small, validation\"", "\"where nothing is told apart\""}});
    assert_int_equal(told_block(7, rows, 8), 2);
    assert_true(rows[0][0] == 2 && rows[1][0] == 4 && rows[0][1] == 2 && rows[1][1] == 2);
}

/* Four learners with rates of their own: a panel for each loss, the rates in one. */
static void four_learners_have_room(void **state) {
    put_run("run",
            "kind,step,loss,rate,b_loss,b_rate,c_loss,c_rate,d_loss,d_rate,learning_rate,"
            "b_learning_rate,c_learning_rate,d_learning_rate,knn_accuracy\n"
            "step,0,1,1,1,1,1,1,1,1,1,1,1,1,\nstep,1,2,2,2,2,2,2,2,2,1,1,1,1,\n"
            "epoch,2,1,1,1,1,1,1,1,1,1,1,1,1,0.5\nepoch,4,1,1,1,1,1,1,1,1,1,1,1,1,0.5\n",
            settings);
    free(training_of("run"));
    LOOK({"\"loss\"", {"\"training, one batch\"", "\"training\""}},
         {"\"b loss\"", {"\"training, one batch\"", "\"training\""}},
         {"\"c loss\"", {"\"training, one batch\"", "\"training\""}},
         {"\"d loss\"", {"\"training, one batch\"", "\"training\""}},
         {"\"rate\"",
          {"\"rate (KL), training\"", "\"b rate (KL), training\"", "\"c rate (KL), training\"",
           "\"d rate (KL), training\""}},
         {"\"accuracy\"", {"\"labelled rows, told by 20 neighbours\""}});
}

/* A learner of which nothing is there yet, or a loss that is no number, leaves no empty frame.
 */
static void what_has_no_values_is_not_drawn(void **state) {
    put_run("run",
            "kind,step,loss,b_loss,validation_loss,learning_rate,b_learning_rate\n"
            "step,0,nan,3,,1,1\nstep,1,inf,4,,1,1\nstep,2,,5,7,1,1\n",
            settings);
    free(training_of("run"));
    LOOK({"\"b loss\"", {"\"training, one batch\""}});
}

/* Many steps are a line, a few have marks. */
static void long_curves_have_no_marks(void **state) {
    char log[4096] = "kind,step,loss,learning_rate\n";
    for (int i = 0; i < 60; i++)
        snprintf(log + strlen(log), sizeof log - strlen(log), "%s,%d,%d,1\n",
                 i % 4 ? "step" : "epoch", i, i);
    put_run("run", log, settings);
    free(training_of("run"));
    assert_int_equal(told_times("with lines "), 1);
    assert_int_equal(told_times("with linespoints "), 1);
}

/* ---- runs that are not finished ---- */

static void unfinished_runs_are_shown(void **state) {
    static const struct {
        const char *log, *lines;
        bool has_curves;
    } cases[] = {
        {"kind,step,loss,learning_rate\n", "0 lines of log", false},
        {"kind,step,loss,learning_rate\nstep,0,5,1\n", "1 line of log", false},
        {"kind,step,loss,learning_rate\nstep,0,5,1\nstep,1,4,1\n", "2 lines of log", true},
        /* killed while it wrote a row: with too few cells, or a number cut short */
        {"kind,step,loss,learning_rate\nstep,0,5,1\nstep,1,4,1\nste", "2 lines of log", true},
        {"kind,step,loss,learning_rate\nstep,0,5,1\nstep,1,4,0.0", "1 line of log", false},
        {"kind,epoch\nstep,0\nstep,1\n", "2 lines of log", false}, /* of something else */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char name[16];
        snprintf(name, sizeof name, "run-%zu", i);
        put_run(name, cases[i].log, settings);
        char *section = training_of(name);
        if (!has(section, cases[i].lines) || has(section, "<img") != cases[i].has_curves)
            fail_msg("case %zu: %s", i, section);
        free(section);
    }
}

/* What is damaged otherwise is said, with the line, and no page is written. */
static void damaged_runs_are_refused(void **state) {
    gt_error err;
    put_run("short", "kind,step,loss\nstep,0\nstep,1,2\n", settings);
    put_run("empty", "", settings);
    put_run("bare", "kind,step,loss\n", settings);
    assert_int_equal(remove("bare/config"), 0);
    assert_int_equal(write_page_of(PATHS("short"), &err), GT_BAD_FORMAT);
    assert_non_null(strstr(err.text, "short/train.csv: line 2: 2 cells, expected 3"));
    assert_int_equal(write_page_of(PATHS("empty"), &err), GT_BAD_FORMAT);
    assert_non_null(strstr(err.text, "empty/train.csv"));
    /* without settings a folder is none of a run; its table is one as any other */
    free(page_of(PATHS("bare")));
    assert_int_equal(counted.runs, 0);
    assert_int_equal(counted.tables, 1);
    assert_int_equal(remove("page.html"), 0);
    assert_int_equal(write_page_of(PATHS("bare", "short"), &err), GT_BAD_FORMAT);
    assert_int_equal(access("page.html", F_OK), -1);
}

/* The log of a run that lost its settings is a table, and why is told. */
static void logs_without_settings_are_told(void **state) {
    put_run("bare", one_learner, settings);
    assert_int_equal(remove("bare/config"), 0);
    char *html = page_of(PATHS("bare"));
    assert_true(counted.runs == 0 && counted.tables == 1);
    assert_non_null(
        strstr(remarks, "bare: has train.csv and no config: it is not shown as a run\n"));
    free(html);
}

/* ---- copies ---- */

/* What a run says of samples and the training pictures most like them. */
static void closest_pictures_are_summed_up(void **state) {
    static const char head[] = "sample,epoch,row,cosine\n";
    static const struct {
        const char *rows, *says;
    } cases[] = {
        {"0,12,7,0.5\n",
         "1 sample of epoch 12, each beside the training picture most like it: "
         "cosine of both without their means 0.500 in the median, 0.500 at most, "
         "0 above 0.98."},
        {"0,3,7,0.99\n1,3,2,0.25\n2,3,9,0.981\n", "3 samples of epoch 3, "},
        {"0,3,7,0.99\n1,3,2,0.25\n2,3,9,0.981\n",
         "0.981 in the median, 0.990 at most, 2 above 0.98."},
        {"0,3,7,0.98\n1,3,2,-0.5\n2,3,9,0.3\n3,3,9,0.1\n",
         "0.200 in the median, 0.980 at most, 0 above 0.98."},
        /* says nothing: no rows, no number, no epoch, damage */
        {"", NULL},
        {"0,3,7,x\n", NULL},
        {"0,3,7,0.5\n1,3,8,\n", NULL},
        {"0,,7,0.5\n", NULL},
        {"0,3\n", NULL},
    };
    put_run("run", one_learner, settings);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[300];
        snprintf(text, sizeof text, "%s%s", head, cases[i].rows);
        put_text("run/nearest.csv", text);
        char *section = training_of("run");
        if (cases[i].says ? !has(section, cases[i].says) : has(section, "most like it"))
            fail_msg("case %zu: %s", i, section);
        assert_int_equal(counted.tables, 0); /* the sentence stands for it */
        free(section);
    }
    put_text("run/nearest.csv", "a,b\n1,2\n");
    char *section = training_of("run");
    assert_false(has(section, "most like it"));
    free(section);
}

/* ---- facts and command ---- */

static void facts_and_command_are_shown(void **state) {
    put_run("a \"<&>", one_learner, settings);
    char *section = training_of("a \"<&>");
    assert_true(has(section, "<h3>a &quot;&lt;&amp;&gt;</h3>"));
    assert_true(has(section,
                    "preset tiny &middot; data sky &lt;1&gt;.h5 &middot; epochs 3 &middot; "
                    "seed 7 &middot; 5 lines of log"));
    /* weights that say nothing: what the settings tell */
    assert_true(
        has(section,
            "<code>galatea train MODEL --preset tiny --data &#39;sky &lt;1&gt;.h5&#39; --out "
            "&#39;a &quot;&lt;&amp;&gt;&#39;</code>"));
    assert_true(has(section, "<pre>preset = tiny\ndata = sky &lt;1&gt;.h5\n"));
    free(section);
    put_weights("a \"<&>/last.safetensors", "maf", NULL);
    section = training_of("a \"<&>");
    assert_true(has(section, "<code>galatea train maf --preset tiny"));
    free(section);
    put_weights("a \"<&>/last.safetensors", "maf", record_of("galatea train maf", "", ""));
    section = training_of("a \"<&>");
    assert_true(has(section, "<code>galatea train maf --said</code>"));
    free(section);
}

/* A key is one only where a line begins with it. */
static void settings_without_keys_have_no_facts(void **state) {
    put_run("run", one_learner, "dataset = a\nbig-data = b\nseed=4\n");
    char *section = training_of("run");
    assert_true(has(section, "<p class=\"meta\">5 lines of log</p>"));
    assert_true(has(section, "galatea train MODEL --data DATA --out run"));
    free(section);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        PAGED(one_loss_is_drawn_as_it_was_logged), PAGED(noise_levels_are_drawn),
        PAGED(each_learner_has_its_curves),        PAGED(samples_and_psnr_are_drawn),
        PAGED(hinge_losses_have_a_guide),          PAGED(four_learners_have_room),
        PAGED(what_has_no_values_is_not_drawn),    PAGED(long_curves_have_no_marks),
        PAGED(unfinished_runs_are_shown),          PAGED(damaged_runs_are_refused),
        PAGED(facts_and_command_are_shown),        PAGED(settings_without_keys_have_no_facts),
        PAGED(closest_pictures_are_summed_up),     PAGED(first_steps_do_not_hide_the_others),
        PAGED(captions_tell_what_is_drawn),        PAGED(logs_without_settings_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
