/* Option tables: kinds, precedence, files, messages, and values that survive as text. */
#include "gt_test.h"

#include <locale.h>
#include <unistd.h>

#include "galatea/log.h"
#include "galatea/option.h"
#include "text.h"

typedef struct sky_settings {
    int64_t count;
    double noise;
    bool bend;
    const char *out, *title, *survey;
} sky_settings;

static const gt_option sky_rows[] = {
    {"count", GT_INT_AT(sky_settings, count), "4096", "N", "number of sources", .min = 1,
     .max = 1e9},
    {"noise", GT_REAL_AT(sky_settings, noise), "0.02", "X", "rms of the noise",
     .min = GT_ABOVE_ZERO, .max = INFINITY},
    {"bend", GT_FLAG_AT(sky_settings, bend), "true", NULL, "bend the jets"},
    {"out", GT_TEXT_AT(sky_settings, out), NULL, "FILE", "data set to write", .required = true,
     .path = GT_WRITES},
    {"title", GT_TEXT_AT(sky_settings, title), "sky", "TEXT", "title of the set"},
    {"survey", GT_CHOICE_AT(sky_settings, survey), "radio", "NAME", "kind of sky",
     .choices = "radio|optical|x"},
};
static const gt_option_table sky_table = GT_OPTION_TABLE("Sky", sky_rows);

typedef struct model_settings {
    int64_t width;
    double rate;
    double shift;
} model_settings;

static const gt_option model_rows[] = {
    {"width", GT_INT_AT(model_settings, width), NULL, "N", "channels"},
    {"learning-rate", GT_REAL_AT(model_settings, rate), "3e-4", "X", "step size", .min = 0,
     .max = GT_BELOW_ONE},
    {"shift", GT_REAL_AT(model_settings, shift), "0", "X", "any real number"},
};
static const gt_option_table model_table = GT_OPTION_TABLE("Model", model_rows);

typedef struct bench {
    gt_options *options;
    sky_settings sky;
    model_settings model;
    gt_error err;
} bench;

static int open_bench(void **state) {
    bench *b = calloc(1, sizeof *b);
    assert_non_null(b);
    assert_ok(gt_options_create(&b->options, &b->err), b->err);
    assert_ok(gt_options_add(b->options, &sky_table, &b->sky, &b->err), b->err);
    assert_ok(gt_options_add(b->options, &model_table, &b->model, &b->err), b->err);
    *state = b;
    return 0;
}

static int close_bench(void **state) {
    bench *b = *state;
    gt_options_destroy(b->options);
    free(b);
    return 0;
}

#define ARGS(...)                                                                     \
    (int)(sizeof((const char *[]){__VA_ARGS__}) / sizeof(char *)), (const char *[]) { \
        __VA_ARGS__                                                                   \
    }

static gt_status read_text(bench *b, const char *text, gt_option_source source) {
    return gt_options_read_text(b->options, "run.conf", text, strlen(text), source, &b->err);
}

static void defaults_are_in_place(void **state) {
    bench *b = *state;
    assert_int_equal(b->sky.count, 4096);
    assert_true(b->sky.noise == 0.02);
    assert_true(b->sky.bend);
    assert_null(b->sky.out);
    assert_string_equal(b->sky.title, "sky");
    assert_string_equal(b->sky.survey, "radio");
    assert_int_equal(b->model.width, 0);
    assert_true(b->model.rate == 3e-4);
}

static void arguments_set_values_and_words(void **state) {
    bench *b = *state;
    assert_ok(
        gt_options_parse(b->options,
                         ARGS("a.h5", "--count", "7", "--noise=1.5", "--no-bend", "-", "--set",
                              "survey=optical", "--title=", "--shift", "-2", "--", "--out"),
                         &b->err),
        b->err);
    assert_int_equal(b->sky.count, 7);
    assert_true(b->sky.noise == 1.5);
    assert_false(b->sky.bend);
    assert_string_equal(b->sky.survey, "optical");
    assert_string_equal(b->sky.title, "");
    assert_true(b->model.shift == -2);
    size_t count = 0;
    const char *const *words = gt_options_words(b->options, &count);
    assert_int_equal(count, 3);
    assert_string_equal(words[0], "a.h5");
    assert_string_equal(words[1], "-");
    assert_string_equal(words[2], "--out");
    assert_false(gt_options_asks_help(b->options));
}

static void wrong_arguments_have_a_sentence(void **state) {
    static const struct {
        const char *arguments[3], *text;
    } cases[] = {
        {{"--cuont", "3"}, "unknown option '--cuont'; did you mean '--count'?"},
        {{"--learning_rate", "3"},
         "unknown option '--learning_rate'; did you mean '--learning-rate'?"},
        {{"--pront-config"}, "unknown option '--pront-config'; did you mean '--print-config'?"},
        {{"--zzzzzz"}, "unknown option '--zzzzzz'"},
        {{"-c", "3"}, "unknown option '-c'"},
        {{"--no-count"}, "unknown option '--no-count'"},
        {{"--count"}, "--count needs a value"},
        {{"--count", "--bend"}, "--count needs a value"},
        {{"--count", "ten"}, "--count: 'ten' is not a whole number"},
        {{"--count", "7.0"}, "--count: '7.0' is not a whole number"},
        {{"--count", " 7"}, "--count: ' 7' is not a whole number"},
        {{"--count", "0x10"}, "--count: '0x10' is not a whole number"},
        {{"--count", ""}, "--count: '' is not a whole number"},
        {{"--count", "99999999999999999999"},
         "--count: 99999999999999999999 does not fit into 64 bits"},
        {{"--count", "0"},
         "--count: 0 is out of range, expected at least 1 and at most 1000000000"},
        {{"--noise", "0"}, "--noise: 0 is out of range, expected above 0"},
        {{"--learning-rate", "1"},
         "--learning-rate: 1 is out of range, expected at least 0 and below 1"},
        {{"--noise", "nan"}, "--noise: 'nan' is not a number"},
        {{"--noise", "inf"}, "--noise: 'inf' is not a number"},
        {{"--noise", "1e999"}, "--noise: 1e999 does not fit into a 64-bit number"},
        {{"--noise", "1e-999"}, "--noise: 1e-999 does not fit into a 64-bit number"},
        {{"--noise", "0x1p3"}, "--noise: '0x1p3' is not a number"},
        {{"--noise", "1,5"}, "--noise: '1,5' is not a number"},
        {{"--bend=maybe"}, "--bend: 'maybe' is neither true nor false"},
        {{"--survey", "radi"}, "--survey: 'radi' is not one of radio|optical|x"},
        {{"--survey", ""}, "--survey: '' is not one of radio|optical|x"},
        {{"--survey", "radio|optical"},
         "--survey: 'radio|optical' is not one of radio|optical|x"},
        {{"--set", "count"}, "--set count: expected name=value"},
        {{"--set", "coun=3"}, "unknown option '--coun'; did you mean '--count'?"},
        {{"--set"}, "--set needs a value"},
        {{"--config"}, "--config needs a value"},
    };
    bench *b = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        int argc = 0;
        for (; argc < 3 && cases[i].arguments[argc]; ++argc)
            ;
        assert_int_equal(gt_options_parse(b->options, argc, cases[i].arguments, &b->err),
                         GT_USAGE);
        assert_string_equal(b->err.text, cases[i].text);
    }
    defaults_are_in_place(state);
    assert_int_equal(gt_options_parse(b->options, ARGS("--config", "/nowhere/x.conf"), &b->err),
                     GT_NOT_FOUND);
}

static void higher_sources_win_in_any_order(void **state) {
    static const char *const tiny[] = {"count=10", "noise=0.5", "width=8", "title=tiny", NULL};
    bench *b = *state;
    assert_ok(gt_options_parse(b->options, ARGS("--count", "1"), &b->err), b->err);
    assert_ok(read_text(b, "count = 3\nwidth = 16\ntitle = run\n", GT_FROM_RUN), b->err);
    assert_ok(read_text(b, "count = 2\nnoise = 0.25\nwidth = 32", GT_FROM_FILE), b->err);
    assert_ok(gt_options_preset(b->options, "tiny", tiny, &b->err), b->err);
    assert_int_equal(b->sky.count, 1);
    assert_int_equal(b->model.width, 16);
    assert_true(b->sky.noise == 0.25);
    assert_string_equal(b->sky.title, "run");
    assert_int_equal(gt_options_source(b->options, "count"), GT_FROM_COMMAND);
    assert_int_equal(gt_options_source(b->options, "width"), GT_FROM_RUN);
    assert_int_equal(gt_options_source(b->options, "noise"), GT_FROM_FILE);
    assert_int_equal(gt_options_source(b->options, "survey"), GT_FROM_DEFAULT);

    static const char *const wrong[] = {"count=0", NULL};
    assert_int_equal(gt_options_preset(b->options, "odd", wrong, &b->err), GT_USAGE);
    assert_string_equal(b->err.text,
                        "preset odd: count: 0 is out of range, expected at least 1 "
                        "and at most 1000000000");
}

static void files_follow_their_grammar(void **state) {
    bench *b = *state;
    assert_ok(read_text(b,
                        "\xef\xbb\xbf# a comment\r\n"
                        "  count=5   # why\r\n"
                        "\n"
                        "title = \"a # b \\\"c\\\" \\x41\\n\\\\\" # end\n"
                        "out = C#minor, a = b\n"
                        "noise = 1e-3",
                        GT_FROM_FILE),
              b->err);
    assert_int_equal(b->sky.count, 5);
    assert_string_equal(b->sky.title, "a # b \"c\" A\n\\");
    assert_string_equal(b->sky.out, "C#minor, a = b");
    assert_true(b->sky.noise == 1e-3);
}

static void wrong_files_name_the_line(void **state) {
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"count = 5\ncuont = 6\n",
         "run.conf, line 2: unknown key 'cuont'; did you mean 'count'?"},
        {"config = x\n", "run.conf, line 1: unknown key 'config'"},
        {"count = 5\n\ncount = 6\n", "run.conf, line 3: count was set in line 1 already"},
        {"count 5\n", "run.conf, line 1: expected 'key = value', found 'count 5'"},
        {"= 5\n", "run.conf, line 1: unknown key ''"},
        {"count = five\n", "run.conf, line 1: count: 'five' is not a whole number"},
        {"count =\n", "run.conf, line 1: count: '' is not a whole number"},
        {"title = \"abc\n", "run.conf, line 1: title: the closing quote is missing"},
        {"title = \"abc\\", "run.conf, line 1: title: unknown escape '\\"},
        {"title = \"a\\qb\"\n", "run.conf, line 1: title: unknown escape '\\q'"},
        {"title = \"a\\x00b\"\n", "run.conf, line 1: title: unknown escape '\\x'"},
        {"title = \"a\" b\n",
         "run.conf, line 1: title: unexpected ' b' after the closing quote"},
    };
    bench *b = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        assert_int_equal(read_text(b, cases[i].text, GT_FROM_FILE), GT_USAGE);
        assert_memory_equal(b->err.text, cases[i].message, strlen(cases[i].message));
    }
    assert_int_equal(
        gt_options_read_text(b->options, "z", "count = 1\0", 10, GT_FROM_FILE, &b->err),
        GT_USAGE);
    assert_string_equal(b->err.text, "z: holds zero bytes, expected lines 'key = value'");
}

static void configuration_files_are_read(void **state) {
    bench *b = *state;
    char path[] = "/tmp/gt_option_XXXXXX";
    int file = mkstemp(path);
    assert_true(file >= 0);
    assert_int_equal(write(file, "count = 12\n", 11), 11);
    assert_ok(gt_options_parse(b->options, ARGS("--config", path, "--print-config"), &b->err),
              b->err);
    assert_int_equal(b->sky.count, 12);
    assert_true(gt_options_asks_config(b->options));
    char *text = NULL, expected[80];
    assert_ok(gt_options_text(b->options, GT_OPTIONS_SOURCES, &text, &b->err), b->err);
    snprintf(expected, sizeof expected, "count = 12  # %s, line 1\nnoise = 0.02  # default\n",
             path);
    assert_memory_equal(text, expected, strlen(expected));
    free(text);
    char *big = calloc(1, 1 << 20);
    assert_non_null(big);
    memset(big, '\n', 1 << 20);
    assert_int_equal(write(file, big, 1 << 20), 1 << 20);
    free(big);
    close(file);
    assert_int_equal(gt_options_read_file(b->options, path, GT_FROM_FILE, &b->err),
                     GT_BAD_FORMAT);
    unlink(path);
    assert_int_equal(gt_options_read_file(b->options, "/tmp", GT_FROM_FILE, &b->err), GT_IO);
}

/* What a run folder stores must give back the same bits, whatever the strings hold. */
static void values_survive_as_text(void **state) {
    static const double reals[] = {0.1,  1.0 / 3,  5e-324, 1.7976931348623157e308,
                                   -0.0, 123456789};
    static const char *const texts[] = {"",    " lead", "trail ",       "a\tb\nc\rd\x01",
                                        "#x",  "\"q\"", "back\\sl",     "a # b",
                                        "a=b", "\\x41", "\xc3\xa9 \xff"};
    bench *b = *state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; ++i) {
        void *other_state = NULL;
        open_bench(&other_state);
        bench *other = other_state;
        b->model.shift = reals[i % 6];
        b->model.width = INT64_MIN + (int64_t)i;
        assert_ok(gt_options_set(b->options, "title", texts[i], GT_FROM_COMMAND, NULL, &b->err),
                  b->err);
        char *text = NULL;
        assert_ok(gt_options_text(b->options, GT_OPTIONS_PLAIN, &text, &b->err), b->err);
        assert_ok(read_text(other, text, GT_FROM_RUN), other->err);
        assert_string_equal(other->sky.title, texts[i]);
        assert_memory_equal(&other->model, &b->model, sizeof b->model);
        assert_null(other->sky.out);
        free(text);
        close_bench(&other_state);
    }
}

static void transient_values_are_not_recorded(void **state) {
    static const gt_option row = {"quiet",       GT_FLAG_AT(sky_settings, bend),
                                  "true",        NULL,
                                  "say nothing", .transient = true};
    static const gt_option_table table = {"Call", &row, 1};
    bench *b = *state;
    sky_settings other;
    char *text = NULL;
    assert_ok(gt_options_add(b->options, &table, &other, &b->err), b->err);
    assert_ok(gt_options_text(b->options, GT_OPTIONS_PLAIN, &text, &b->err), b->err);
    assert_null(strstr(text, "quiet"));
    free(text);
    assert_ok(gt_options_text(b->options, GT_OPTIONS_SOURCES, &text, &b->err), b->err);
    assert_non_null(strstr(text, "quiet = true  # default"));
    free(text);
}

static void json_is_valid(void **state) {
    bench *b = *state;
    b->model.shift = INFINITY;
    assert_ok(
        gt_options_set(b->options, "title", "a\"\\\n\xc3\xa9\xff", GT_FROM_FILE, "x", &b->err),
        b->err);
    char *text = NULL;
    assert_ok(gt_options_text(b->options, GT_OPTIONS_JSON, &text, &b->err), b->err);
    assert_string_equal(text,
                        "{\"count\": 4096, \"noise\": 0.02, \"bend\": true, \"out\": null, "
                        "\"title\": \"a\\\"\\\\\\u000a\xc3\xa9\\ufffd\", "
                        "\"survey\": \"radio\", \"width\": 0, "
                        "\"learning-rate\": 0.0003, \"shift\": null}");
    free(text);
}

static void required_options_are_demanded(void **state) {
    bench *b = *state;
    assert_int_equal(gt_options_check(b->options, &b->err), GT_USAGE);
    assert_string_equal(b->err.text, "--out FILE is missing: data set to write");
    assert_ok(read_text(b, "out = \"\"", GT_FROM_FILE), b->err);
    assert_int_equal(gt_options_check(b->options, &b->err), GT_USAGE);
    assert_string_equal(b->err.text, "--out: '' names no file");
    assert_ok(read_text(b, "out = sky.h5", GT_FROM_FILE), b->err);
    assert_ok(gt_options_check(b->options, &b->err), b->err);
}

static void wrong_tables_are_refused(void **state) {
    static const gt_option rows[] = {
        {"count", GT_INT_AT(sky_settings, count), "1", "N", "taken"},
        {"help", GT_INT_AT(sky_settings, count), "1", "N", "reserved"},
        {"no-way", GT_INT_AT(sky_settings, count), "1", "N", "reserved"},
        {"Count", GT_INT_AT(sky_settings, count), "1", "N", "capital"},
        {"a", GT_INT_AT(sky_settings, count), "x", "N", "default is no number"},
        {"b", GT_INT_AT(sky_settings, count), "5", "N", "default out of range", .max = 4},
        {"c", GT_CHOICE_AT(sky_settings, out), "x", "N", "choices are missing"},
        {"d", GT_INT_AT(sky_settings, count), "1", NULL, "word is missing"},
    };
    bench *b = *state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; ++i) {
        sky_settings settings;
        gt_option_table table = {"Odd", &rows[i], 1};
        assert_int_equal(gt_options_add(b->options, &table, &settings, &b->err),
                         GT_BAD_ARGUMENT);
    }
}

static void help_ends_the_parse(void **state) {
    bench *b = *state;
    assert_ok(gt_options_parse(b->options, ARGS("--help", "--nonsense"), &b->err), b->err);
    assert_true(gt_options_asks_help(b->options));
}

/* With a decimal comma in force numbers are still read and written with a point. */
static void locale_changes_nothing(void **state) {
    bench *b = *state;
    if (!setlocale(LC_ALL, "de_DE.UTF-8")) skip();
    double value = 0;
    char text[GT_NUMBER_SIZE];
    assert_ok(gt_text_to_real("1.5", &value, &b->err), b->err);
    assert_true(value == 1.5);
    assert_int_equal(gt_text_to_real("1,5", &value, &b->err), GT_BAD_FORMAT);
    assert_string_equal(gt_real_to_text(0.1, text), "0.1");
    setlocale(LC_ALL, "C");
}

static void nearest_name_is_plausible(void **state) {
    static const char *const known[] = {"train", "encode", "sample", "data import",
                                        "data info"};
    assert_string_equal(gt_text_nearest("trian", known, 5), "train");
    assert_string_equal(gt_text_nearest("enc", known, 5), "encode");
    assert_string_equal(gt_text_nearest("data inport", known, 5), "data import");
    assert_null(gt_text_nearest("dat", known, 5));
    static const char *const options[] = {"date",       "learning-rate", "image-width",
                                          "image-size", "sizes",         "weight-decay"};
    assert_string_equal(gt_text_nearest("rate", options, 6), "learning-rate");
    assert_string_equal(gt_text_nearest("lr", options, 6), "learning-rate");
    assert_string_equal(gt_text_nearest("wd", options, 6), "weight-decay");
    assert_string_equal(gt_text_nearest("size", options, 6), "sizes");
    assert_string_equal(gt_text_nearest("dat", options, 6), "date");
    assert_null(gt_text_nearest("image", options, 6));
    assert_null(gt_text_nearest("", known, 5));
    assert_null(gt_text_nearest("zebra", known, 5));
    char longest[200];
    memset(longest, 'a', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    assert_null(gt_text_nearest(longest, known, 5));
}

static void names_are_listed_while_there_is_room(void **state) {
    static const char *const names[] = {"z", "FR class", "flux"};
    char text[GT_NAMES_TEXT], small[64];
    assert_string_equal(gt_text_listed(names, 3, text, sizeof text), "'z', 'FR class', 'flux'");
    assert_string_equal(gt_text_listed(names, 0, text, sizeof text), "");
    assert_string_equal(gt_text_listed(names, 3, small, sizeof small),
                        "'z', 'FR class' and 1 more");
    assert_string_equal(gt_text_listed(names, 3, small, 42), "3 more");
}

typedef struct list_settings {
    gt_reals scale;
} list_settings;

static const gt_option list_rows[] = {
    {"scale", GT_REALS_AT(list_settings, scale), "1", "X,...", "of each channel",
     .min = GT_ABOVE_ZERO, .max = INFINITY},
};
static const gt_option_table list_table = GT_OPTION_TABLE("Lists", list_rows);

/* One number or several, each checked; a list survives as text, and one number is written as a
 * number always was. */
static void lists_of_numbers(void **state) {
    bench *b = *state;
    list_settings lists, again;
    gt_options *second = NULL;
    char *text = NULL, many[2 * GT_REALS_MOST + 2] = "1";
    assert_ok(gt_options_add(b->options, &list_table, &lists, &b->err), b->err);
    assert_true(lists.scale.count == 1 && lists.scale.value[0] == 1);
    assert_ok(gt_options_set(b->options, "scale", "0.1,1e-3,3", GT_FROM_RUN, NULL, &b->err),
              b->err);
    assert_int_equal(lists.scale.count, 3);
    lists.scale.value[2] = 1.0 / 3;
    assert_ok(gt_options_text(b->options, GT_OPTIONS_PLAIN, &text, &b->err), b->err);
    assert_non_null(strstr(text, "scale = 0.1,0.001,0.3333333333333333\n"));
    assert_ok(gt_options_create(&second, &b->err), b->err);
    assert_ok(gt_options_add(second, &list_table, &again, &b->err), b->err);
    const char *line = strstr(text, "scale = ");
    assert_ok(
        gt_options_read_text(second, "run.conf", line, strlen(line), GT_FROM_RUN, &b->err),
        b->err);
    assert_memory_equal(&again, &lists, sizeof again);
    free(text);
    assert_ok(gt_options_text(b->options, GT_OPTIONS_JSON, &text, &b->err), b->err);
    assert_non_null(strstr(text, "\"scale\": [0.1,0.001,0.3333333333333333]"));
    free(text);
    assert_ok(gt_options_set(b->options, "scale", "2.5", GT_FROM_RUN, NULL, &b->err), b->err);
    assert_ok(gt_options_text(b->options, GT_OPTIONS_JSON, &text, &b->err), b->err);
    assert_non_null(strstr(text, "\"scale\": 2.5"));
    free(text);
    for (int i = 1; i <= GT_REALS_MOST; i++) strcat(many, ",1");
    const char *const bad[] = {"",       ",",     "1,",  ",1",      "1,,2", "1,x",
                               "1,-2,3", "1 , 2", "nan", "1,inf,1", many};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(
            gt_options_set(b->options, "scale", bad[i], GT_FROM_RUN, NULL, &b->err), GT_USAGE);
    assert_true(lists.scale.count == 1 && lists.scale.value[0] == 2.5);
    gt_options_destroy(second);
}

typedef struct sampler_settings {
    const char *how, *from;
    int64_t steps, seed;
    const char *rows, *widths;
} sampler_settings;

static const gt_option sampler_rows[] = {
    {"how", GT_CHOICE_AT(sampler_settings, how), "noise", "NAME", "kind",
     .choices = "noise|time"},
    {"from", GT_TEXT_AT(sampler_settings, from), NULL, "FILE", "beginning", .path = GT_READS},
    {"steps", GT_INT_AT(sampler_settings, steps), "5", "N", "number", .with = "how=time"},
    {"seed", GT_INT_AT(sampler_settings, seed), "1", "S", "seed", .without = "from"},
    {"rows", GT_TEXT_AT(sampler_settings, rows), NULL, "VALUE,...", "rows"},
    {"widths", GT_TEXT_AT(sampler_settings, widths), "8,8", "LIST", "widths"},
};
static const gt_option_table sampler_table = GT_OPTION_TABLE("Sampler", sampler_rows);

static void remember(void *user, const char *line) {
    strcat(user, line);
}

static void assert_idle(const char *const *words, int count, const char *said) {
    char told[400] = "";
    gt_error err;
    gt_options *options = NULL;
    sampler_settings settings;
    assert_ok(gt_options_create(&options, &err), err);
    assert_ok(gt_options_add(options, &sampler_table, &settings, &err), err);
    assert_ok(gt_options_parse(options, count, words, &err), err);
    gt_log_to(remember, told);
    gt_options_remark_idle(options);
    gt_log_to(NULL, NULL);
    assert_string_equal(told, said);
    gt_options_destroy(options);
}

static void idle_options_are_told(void **state) {
    assert_idle((const char *const[]){"--how", "noise", "--from", "x"}, 4, "");
    assert_idle((const char *const[]){"--steps", "7"}, 2,
                "--steps has no effect without --how=time");
    assert_idle((const char *const[]){"--steps", "7", "--how", "time", "--seed", "3"}, 6, "");
    assert_idle((const char *const[]){"--from", "x", "--from", "y", "--from", "z"}, 6,
                "--from was given several files: the last one counts");
    assert_idle((const char *const[]){"--from=x", "--set", "from=y"}, 3,
                "--from was given several files: the last one counts");
    assert_idle((const char *const[]){"--from", "x", "--from=x"}, 3, "");
    assert_idle((const char *const[]){"--widths", "1", "--widths", "2"}, 4, "");
    assert_idle((const char *const[]){"--rows", "1", "--rows", "2"}, 4,
                "--rows was given several lists: the last one counts; commas join lists");
    assert_idle((const char *const[]){"--how", "noise", "--how", "time"}, 4, ""); /* a script */
    assert_idle((const char *const[]){"--seed", "7", "--from", "x"}, 4,
                "--seed has no effect beside --from");
}

int main(void) {
#define WITH_BENCH(test) cmocka_unit_test_setup_teardown(test, open_bench, close_bench)
    const struct CMUnitTest tests[] = {
        WITH_BENCH(defaults_are_in_place),
        WITH_BENCH(arguments_set_values_and_words),
        WITH_BENCH(wrong_arguments_have_a_sentence),
        WITH_BENCH(higher_sources_win_in_any_order),
        WITH_BENCH(files_follow_their_grammar),
        WITH_BENCH(wrong_files_name_the_line),
        WITH_BENCH(configuration_files_are_read),
        WITH_BENCH(values_survive_as_text),
        WITH_BENCH(transient_values_are_not_recorded),
        WITH_BENCH(json_is_valid),
        WITH_BENCH(required_options_are_demanded),
        WITH_BENCH(wrong_tables_are_refused),
        WITH_BENCH(help_ends_the_parse),
        WITH_BENCH(lists_of_numbers),
        cmocka_unit_test(idle_options_are_told),
        WITH_BENCH(locale_changes_nothing),
        cmocka_unit_test(nearest_name_is_plausible),
        cmocka_unit_test(names_are_listed_while_there_is_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
