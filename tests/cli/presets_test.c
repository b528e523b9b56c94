/* presets_test.c - every preset of every model, at its full size for a step or two, through
 * every command that has to do with models: a model, a preset or a command that is new is taken
 * in here by itself, or fails until it is named below. */
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli.h"
#include "commands.h"
#include "file.h"
#include "galatea/dataset.h"
#include "galatea/model.h"
#include "gt_test.h"
#include "rng.h"

enum { SIDE = 64, IMAGES = 24, TEST_ROWS = 2, CODES = 40 };

/* ---- What is learned from ---------------------------------------------------------------- */

/* Waves of a direction and a length of their own, and noise: no row and no pixel is flat. */
static void draw(uint64_t row, size_t channels, size_t side, float *pixels) {
    gt_rng_key key = {11, gt_rng_stream("presets test"), 0};
    for (size_t c = 0; c < channels; c++) {
        uint64_t at = (row * channels + c) << 20;
        double u[4];
        for (int i = 0; i < 4; i++) u[i] = gt_rng_uniform(key, at++);
        for (size_t i = 0; i < side * side; i++) {
            double x = (double)(i % side), y = (double)(i / side);
            double wave = sin(u[0] * x + u[1] * y + 6 * u[2]) * (0.5 + 0.5 * u[3]);
            pixels[c * side * side + i] =
                (float)floor(128 + 90 * wave + 30 * (gt_rng_uniform(key, at++) - 0.5));
        }
    }
}

/* Rows of images (channels,SIDE,SIDE), or of codes of `channels` numbers. Two classes, a few
 * test rows of images. */
static void make_set(const char *path, bool is_codes, size_t channels, uint64_t rows) {
    gt_error err = {0};
    gt_dataset_writer *writer = NULL;
    static const char *const names[] = {"even", "odd"};
    gt_dataset_info info = gt_dataset_info_default();
    size_t side = is_codes ? 1 : SIDE;
    size_t values_in_row = channels * side * side;
    float *values = malloc(values_in_row * sizeof *values);
    uint8_t *bytes = malloc(values_in_row);
    info.kind = is_codes ? GT_DATASET_CODES : GT_DATASET_IMAGES;
    info.type = is_codes ? GT_PIXEL_F32 : GT_PIXEL_U8;
    info.count = rows;
    info.channels = channels;
    info.height = info.width = side;
    info.columns = GT_COLUMN_SPLIT | GT_COLUMN_LABEL;
    info.class_count = 2;
    info.class_names = names;
    assert_ok(gt_dataset_writer_create(path, &info, &writer, &err), err);
    for (uint64_t row = 0; row < info.count; row++) {
        gt_dataset_row columns = gt_dataset_row_default();
        bool is_test = !is_codes && row + TEST_ROWS >= rows;
        columns.split = is_test ? GT_SPLIT_TEST : GT_SPLIT_TRAIN;
        columns.label = (int)(row % 2);
        draw(row, channels, side, values);
        for (size_t i = 0; i < values_in_row; i++) bytes[i] = (uint8_t)values[i];
        assert_ok(gt_dataset_writer_append(writer, is_codes ? (void *)values : bytes, &columns,
                                           1, &err),
                  err);
    }
    assert_ok(gt_dataset_writer_commit(writer, &err), err);
    free(values);
    free(bytes);
}

/* ---- One call ---------------------------------------------------------------------------- */

/* A model with one of its presets, and how long its codes or how deep its images are. */
typedef struct subject {
    const gt_model_class *model;
    const char *preset;
    size_t channels;
} subject;

enum { WORDS = 48, LINE = 512 };

/* What takes minutes at its full size is whole for one number of channels, and then trains and
 * runs each of its graphs once; for the others it is smaller in what has nothing to do with
 * them, and goes through every command. */
typedef struct large {
    const char *model, *preset;
    size_t whole;
    const char *less;
    const char *few; /* the whole one has FEW rows to learn from, and these settings */
} large;
enum { FEW = 6 };
static const large large_ones[] = {
    {"maf", "paper", 256, "--blocks=4", "--batch=20"},
    {"vdvae", "paper", 1, "--width=16", "--hold-out=0.5 --batch=2"},
    {"gan", "paper", 1, "--most-channels=16", "--hold-out=0.5 --batch=2 --micro-batch=2"},
    {"simclr", "paper", 1, "--blocks=1,1,1,1", "--hold-out=0.5 --batch=2"},
    {"byol", "paper", 1, "--blocks=1,1,1,1", "--hold-out=0.5 --batch=2"},
    {"simsiam", "paper", 1, "--blocks=1,1,1,1", "--hold-out=0.5 --batch=2"},
    {"classifier", "paper", 0, "--blocks=1,1,1,1"},
    {"diffusion", "paper", 1, "--width=8 --epoch-rows=0",
     "--hold-out=0.5 --batch=2 --epoch-rows=0"},
    {"glow", "paper", 3, "--width=16", "--hold-out=0.5 --batch=2"},
};

static const large *find_large(const subject *s) {
    for (size_t i = 0; i < sizeof large_ones / sizeof *large_ones; i++)
        if (strcmp(large_ones[i].model, s->model->name) == 0 &&
            strcmp(large_ones[i].preset, s->preset) == 0)
            return &large_ones[i];
    return NULL;
}

static bool is_large_and_whole(const subject *s) {
    const large *at = find_large(s);
    return at && at->whole == s->channels;
}

/* Words that make a training of it short enough. */
static const char *words_of(const subject *s) {
    const large *at = find_large(s);
    const char *words = !at ? NULL : is_large_and_whole(s) ? at->few : at->less;
    return words ? words : "--quiet";
}

/* The words of a line, with the model for %M, the preset for %P and what cuts it down for %C;
 * returns how many. */
static int split(const subject *s, const char *line, char room[LINE], char *words[WORDS]) {
    static char program[] = "galatea";
    int count = 0;
    words[count++] = program;
    const char *at = strstr(line, "%C");
    snprintf(room, LINE, "%.*s%s%s", at ? (int)(at - line) : LINE, line, at ? words_of(s) : "",
             at ? at + 2 : "");
    for (char *word = strtok(room, " "); word && count < WORDS - 1; word = strtok(NULL, " ")) {
        if (strcmp(word, "%M") == 0) word = (char *)(uintptr_t)s->model->name;
        if (strcmp(word, "%P") == 0) word = (char *)(uintptr_t)s->preset;
        words[count++] = word;
    }
    words[count] = NULL;
    return count;
}

static void redirect(const char *path, int descriptor) {
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (file < 0 || dup2(file, descriptor) < 0) _exit(99);
    (void)close(file);
}

/* Waits for a process; as soon as the file of that name is there it gets a SIGTERM. Its exit
 * code, or -signal. */
static int wait_for(pid_t child, const char *stop_at) {
    int how = 0;
    pid_t ended = 0;
    while ((ended = waitpid(child, &how, stop_at ? WNOHANG : 0)) == 0) {
        if (access(stop_at, F_OK) == 0) {
            assert_int_equal(kill(child, SIGTERM), 0);
            stop_at = NULL;
        }
        usleep(500);
    }
    assert_int_equal(ended, child);
    return WIFEXITED(how) ? WEXITSTATUS(how) : -WTERMSIG(how);
}

/* Runs a line in a process of its own and returns its exit code. */
static int call(const subject *s, const char *line, const char *stop_at) {
    char room[LINE], *words[WORDS];
    int count = split(s, line, room, words);
    (void)fflush(stdout);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        redirect("out", STDOUT_FILENO);
        redirect("err", STDERR_FILENO);
        exit(gt_cli_main(count, words, gt_commands));
    }
    return wait_for(child, stop_at);
}

static void fail_call(const subject *s, const char *line, const char *why) {
    gt_error err = {0};
    char *text = NULL;
    size_t size = 0;
    assert_ok(gt_file_load("err", 1 << 20, &text, &size, &err), err);
    fail_msg("%s, preset %s, %zu channels: galatea %s: %s\n%s", s->model->name, s->preset,
             s->channels, line, why, text);
}

static size_t count_lines(const char *path) {
    gt_error err = {0};
    char *text = NULL;
    size_t size = 0, lines = 0;
    assert_ok(gt_file_load(path, 1 << 20, &text, &size, &err), err);
    for (size_t i = 0; i < size; i++) lines += text[i] == '\n';
    free(text);
    return lines;
}

/* ---- The table --------------------------------------------------------------------------- */

/* What a model must have for a command to do its work; without it the command says so in one
 * line and writes nothing. */
static bool any(const gt_model_class *m) {
    return m != NULL;
}
static bool of_codes(const gt_model_class *m) {
    return m->needs.codes;
}
static bool of_images(const gt_model_class *m) {
    return !m->needs.codes;
}
static bool encodes(const gt_model_class *m) {
    return m->encode != NULL;
}
static bool is_probed(const gt_model_class *m) {
    return encodes(m) && of_images(m);
}
static bool is_not_probed(const gt_model_class *m) {
    return !is_probed(m);
}
static bool reconstructs(const gt_model_class *m) {
    return m->reconstruct != NULL;
}
static bool samples(const gt_model_class *m) {
    return m->sample != NULL;
}
static bool draws(const gt_model_class *m) {
    return m->draw != NULL;
}
static bool scores(const gt_model_class *m) {
    return m->density != NULL;
}

static bool inverts(const gt_model_class *m) {
    return m->invert != NULL;
}
static bool has_latents(const gt_model_class *m) {
    return m->latent != NULL;
}
static bool tells_classes(const gt_model_class *m) {
    return m->classify != NULL;
}
static bool judges(const gt_model_class *m) {
    return m->score != NULL;
}

#define TRAIN                                                              \
    "train %M --preset %P --data set.h5 --out run --epochs 1 --threads 1 " \
    "--nearest 0 --sample-count 2 "
#define FLOW "train maf --preset small --data codes.h5 --out flow --epochs 1 --threads 1 "

typedef struct row {
    const char *line;
    bool (*offered)(const gt_model_class *m); /* NULL: a model without it is not asked */
    bool (*asked)(const gt_model_class *m);
    const char *makes;                 /* a file */
    bool stopped;                      /* a signal ends it, once it has its first checkpoint */
    enum { SMALL, BOTH, WHOLE } sizes; /* whether what is large and whole goes through it */
} row;

static const row rows[] = {
    {TRAIN "--batch 10 --probe set.h5 %C", any, is_probed, "run/last.safetensors",
     .stopped = true},
    {TRAIN "--batch 10 %C", any, is_not_probed, "run/last.safetensors", .stopped = true},
    /* What is there of a run that was stopped is for use. */
    {"encode run --data set.h5 --out early.h5", encodes, any, "early.h5"},
    {"density run --data set.h5 --out early.csv", scores, any, "early.csv"},
    {TRAIN "--batch 10 --probe set.h5 %C", any, is_probed, "run/best.safetensors"},
    {TRAIN "--batch 10 %C", any, is_not_probed, "run/best.safetensors"},
    {TRAIN "--batch 10 %C", any, any, "run/best.safetensors", .sizes = WHOLE},
    {"train %M --out run --threads 1 --nearest 0 --resume", any, any, NULL},
    {"encode run --data set.h5 --out codes.h5", encodes, any, "codes.h5", .sizes = BOTH},
    {"encode run --data set.h5 --untrained --out u.h5", encodes, any, "u.h5"},
    {"search codes.h5 --query set.h5:1 --run run --top 2 --out s.csv", encodes, encodes,
     "s.csv"},
    {"search codes.h5 --query codes.h5:1 --top 2 --out t.csv", encodes, encodes, "t.csv"},
    {"classify codes.h5 --method knn --k 3", encodes, encodes, NULL},
    {"classify set.h5 --load run --out k.csv", tells_classes, any, "k.csv", .sizes = BOTH},
    {"compare codes.h5 --baseline u.h5,set.h5 --method knn --k 3", encodes, encodes, NULL},
    {"embed codes.h5 --method pca --out plane.h5", encodes, encodes, "plane.h5"},
    {"reconstruct run --data set.h5 --count 2 --out r.png", reconstructs, any, "r.png",
     .sizes = BOTH},
    {"denoise run --data set.h5 --count 2 --noise-levels 0,50 --out p.csv", reconstructs, any,
     "p.csv"},
    {"sample run --count 2 --out s.png", samples, any, "s.png", .sizes = BOTH},
    {"sample run --count 3 --out s.h5", samples, of_images, "s.h5"},
    {"encode run --data s.h5 --out sampled.h5", encodes, samples, "sampled.h5"},
    {"sample run --count 3 --out d.h5", draws, of_codes, "d.h5", .sizes = BOTH},
    {"invert run --data set.h5 --out l.h5", inverts, any, "l.h5", .sizes = BOTH},
    {"sample run --from-latents l.h5 --out m.h5", inverts, inverts, "m.h5"},
    {"sample run --count 2 --save-latents n.h5 --out o.h5", has_latents, any, "n.h5"},
    {"sample run --from-latents n.h5 --out p.h5", has_latents, has_latents, "p.h5"},
    {"score run --data set.h5 --out g.csv", judges, any, "g.csv", .sizes = BOTH},
    {"score run --data s.h5 --out h.csv", judges, judges, "h.csv"},
    {"morph s.h5 --out v.csv --threads 1", samples, of_images, "v.csv"},
    {"density run --data set.h5 --out d.fits", scores, any, "d.fits", .sizes = BOTH},
    {"density run --data set.h5 d.h5 --json", scores, draws, NULL},
    {"novelty run --data set.h5 --search d.h5 --top 2 --out n.csv", scores, draws, "n.csv"},
    {"novelty run --data set.h5 --search set.h5 --top 2 --out o.csv", scores, of_images,
     "o.csv"},
    {"info run --json", any, any, NULL},
    {"check run set.h5 --quiet", any, any, NULL},
    {"info %M --preset %P --channels 3", any, any, NULL},
    {"report run --out run.html", any, any, "run.html"},
    /* A flow over the codes. */
    {FLOW, encodes, encodes, "flow/best.safetensors"},
    {FLOW, encodes, encodes, NULL},
    {"density flow --data codes.h5 --out f.csv", encodes, encodes, "f.csv"},
    {"novelty flow --data codes.h5 --images set.h5 --top 2 --figure f.png", encodes, encodes,
     "f.png"},
    {"sample flow --count 2 --out f.h5", encodes, encodes, "f.h5"},
    {"report run flow --out both.html", encodes, encodes, "both.html"},
};

/* Commands that read no weights, by themselves or beside those above. */
static const char *const modelless[] = {
    "data import", "data merge",   "data synth", "data info", "data views", "data show",
    "data export", "data cutouts", "importance", "twins",     "replay",     "bench",
    "help",        "man",          "corner",     "judge",     "completion"};

static void try_row(const subject *s, const row *r) {
    if (!r->asked(s->model) || r->sizes == (is_large_and_whole(s) ? SMALL : WHOLE)) return;
    bool is_offered = r->offered(s->model);
    int code = call(s, r->line, r->stopped ? "run/state.safetensors" : NULL);
    if (r->stopped && code == 128 + SIGTERM) code = 0; /* else it was faster */
    if (is_offered && code != 0) fail_call(s, r->line, "fails");
    if (!is_offered && (code == 0 || count_lines("err") != 1))
        fail_call(s, r->line, "expected a refusal in one line");
    if (!r->makes) return;
    bool is_made = access(r->makes, F_OK) == 0;
    if (is_made != is_offered)
        fail_call(s, r->line, is_made ? "leaves a file" : "makes no file");
}

/* ---- The tests --------------------------------------------------------------------------- */

/* Of all calls so far, in seconds. */
static double processor_time(void) {
    struct rusage used;
    assert_int_equal(getrusage(RUSAGE_CHILDREN, &used), 0);
    return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
           1e-6 * (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
}

static void try_subject(const subject *s) {
    assert_int_equal(system("rm -rf at && mkdir at"), 0);
    assert_int_equal(chdir("at"), 0);
    bool is_few = is_large_and_whole(s) && find_large(s)->few;
    uint64_t drawn = s->model->needs.codes ? CODES : is_few ? FEW : IMAGES;
    make_set("set.h5", s->model->needs.codes, s->channels, drawn);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) try_row(s, &rows[i]);
    print_message("%s, preset %s, %zu channels: %.3g s of processor time so far\n",
                  s->model->name, s->preset, s->channels, processor_time());
    assert_int_equal(chdir(".."), 0);
}

static const char *only; /* the one model to be tried; NULL: all */

static void try_models(bool of_codes) {
    static const size_t lengths[] = {64, 256, 512}, colours[] = {1, 3};
    const size_t *channels = of_codes ? lengths : colours;
    size_t count = 0, channel_count = of_codes ? 3 : 2;
    const gt_model_class *const *classes = gt_model_classes(&count);
    for (size_t m = 0; m < count; m++) {
        if (classes[m]->needs.codes != of_codes) continue;
        if (only && strcmp(only, classes[m]->name) != 0) continue;
        assert_true(classes[m]->preset_count > 0);
        /* The smallest one of each under sanitizers. */
        int presets = IS_SLOW_BUILD ? 1 : classes[m]->preset_count;
        for (int p = 0; p < presets; p++) {
            /* The last one with all, the others with one each. */
            bool has_all = !IS_SLOW_BUILD && p == presets - 1;
            size_t first = has_all ? 0 : ((size_t)p + 1) % channel_count;
            for (size_t c = first; c < (has_all ? channel_count : first + 1); c++)
                try_subject(&(subject){classes[m], classes[m]->presets[p].name, channels[c]});
        }
    }
}

static void images(void **state) {
    try_models(false);
}
static void codes(void **state) {
    try_models(true);
}

/* Whether a line of the table begins with the command. */
static bool is_tried(const char *name) {
    size_t length = strlen(name);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strncmp(rows[i].line, name, length) == 0 && rows[i].line[length] == ' ')
            return true;
    return false;
}

static void every_command_is_tried(void **state) {
    for (const gt_command *const *at = gt_commands; *at; at++) {
        bool is_known = is_tried((*at)->name);
        for (size_t i = 0; i < sizeof modelless / sizeof *modelless; i++)
            is_known |= strcmp(modelless[i], (*at)->name) == 0;
        if (!is_known) fail_msg("command '%s' is in neither table", (*at)->name);
    }
}

static char folder[] = "/tmp/galatea-presets-XXXXXX";

static int enter(void **state) {
    return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int leave(void **state) {
    char command[64];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return chdir("/") == 0 ? system(command) : -1;
}

/* Alone, or with the name of one model. */
int main(int argc, char **argv) {
    if (argc > 1) only = argv[1];
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_command_is_tried),
                                       cmocka_unit_test(codes), cmocka_unit_test(images)};
    return cmocka_run_group_tests(tests, enter, leave);
}
