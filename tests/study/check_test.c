/* What a check finds in sets and latents, and that it goes on behind it. */
#include "check.h"

#include <math.h>
#include <sys/stat.h>

#include "file.h"
#include "galatea/dataset.h"
#include "galatea/import.h"
#include "galatea/safetensors.h"
#include "gt_test.h"
#include "hash.h"
#include "latents.h"
#include "png_write.h"
#include "temp_folder.h"

/* All that was said. */
static char said[4096];

static void hear(void *user, const gt_check_finding *finding) {
    size_t used = strlen(said);
    (void)user;
    snprintf(said + used, sizeof said - used, "%s %s: %s\n", finding->is_wrong ? "!" : ".",
             finding->path, finding->sentence);
}

static gt_checked look(const char *path) {
    const gt_context context = {.threads = 1, .progress_file = -1};
    gt_checked found;
    gt_error err = {0};
    *said = '\0';
    assert_ok(gt_check(&context, path, hear, NULL, &found, &err), err);
    return found;
}

/* Four rows; what is wrong with them is the caller's. */
static void write_set(const char *path, const float values[16], const char *const ids[4],
                      const uint8_t splits[4], const char *provenance) {
    gt_error err = {0};
    gt_dataset_writer *writer = NULL;
    gt_dataset_info info = gt_dataset_info_default();
    info.kind = GT_DATASET_IMAGES;
    info.type = GT_PIXEL_F32;
    info.count = 4;
    info.channels = 1;
    info.height = info.width = 2;
    info.columns = GT_COLUMN_ID | GT_COLUMN_SPLIT;
    info.id_length = 8;
    info.provenance = provenance;
    assert_ok(gt_dataset_writer_create(path, &info, &writer, &err), err);
    for (size_t i = 0; i < 4; i++) {
        gt_dataset_row row = gt_dataset_row_default();
        row.id = ids[i];
        row.split = splits[i];
        assert_ok(gt_dataset_writer_append(writer, values + 4 * i, &row, 1, &err), err);
    }
    assert_ok(gt_dataset_writer_commit(writer, &err), err);
}

static const float good[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
static const char *const names[4] = {"a", "b", "c", "d"};
static const uint8_t train[4] = {0, 0, 0, 0};

static void ids_and_splits(void **state) {
    static const char *const twice[4] = {"a", "b", "c", "b"};
    static const uint8_t mixed[4] = {0, 0, 0, 1};
    write_set("good.h5", good, names, train, NULL);
    gt_checked found = look("good.h5");
    assert_int_equal(found.wrong + found.notes, 0);
    assert_int_equal(found.rows, 4);
    write_set("twice.h5", good, twice, train, NULL);
    assert_int_equal(look("twice.h5").wrong, 1);
    assert_non_null(strstr(said, "'b' in rows 1 and 3"));
    write_set("both.h5", good, twice, mixed, NULL);
    assert_int_equal(look("both.h5").wrong, 1);
    assert_non_null(strstr(said, "! both.h5: "));
    assert_non_null(strstr(said, "'b'"));
}

/* A set of this program that no command would open, though an import could read its pictures:
 * columns of three rows, by the size in their dataspace messages (version 1, one dimension). */
static void no_set_any_more(void **state) {
    static const char four[8] = {4};
    gt_error err = {0};
    char *bytes = NULL;
    size_t size = 0;
    write_set("short.h5", good, names, train, "{}");
    assert_ok(gt_file_load("short.h5", 1 << 20, &bytes, &size, &err), err);
    for (size_t i = 0; i + 16 < size; i++)
        if (bytes[i] == 1 && bytes[i + 1] == 1 && !memcmp(bytes + i + 8, four, sizeof four))
            bytes[i + 8] = 3;
    write_file("short.h5", bytes, size);
    free(bytes);
    gt_checked found = look("short.h5");
    assert_int_equal(found.rows, 4);
    assert_int_equal(found.wrong, 1);
    assert_non_null(strstr(said, " has 3 values, expected one for each of 4 rows"));
    assert_non_null(strstr(said, ". short.h5: left out: "));
}

static void pixels(void **state) {
    float bad[16];
    memcpy(bad, good, sizeof bad);
    bad[5] = NAN;
    bad[9] = INFINITY;
    for (int i = 12; i < 16; i++) bad[i] = 3;
    write_set("bad.h5", bad, names, train, NULL);
    gt_checked found = look("bad.h5");
    assert_int_equal(found.wrong, 1);
    assert_int_equal(found.notes, 1);
    assert_non_null(strstr(said, "bad pixels in 2 of 4 rows (1 NaN, 1 infinite"));
    assert_non_null(strstr(said, ". bad.h5: 1 of 4 rows are one value everywhere"));
}

static void records(void **state) {
    write_file("in.txt", "abc", 3);
    write_set("made.h5", good, names, train,
              "{\"inputs\": {\"in.txt\": \"0123456789abcdef\"}}");
    assert_int_equal(look("made.h5").wrong, 1);
    assert_non_null(strstr(said, "is not what it was made of"));
    write_set("gone.h5", good, names, train, "{\"inputs\": {\"away.txt\": \"0\"}}");
    gt_checked found = look("gone.h5");
    assert_int_equal(found.wrong, 0);
    assert_int_equal(found.notes, 1);
    write_set("odd.h5", good, names, train, "no JSON");
    assert_int_equal(look("odd.h5").wrong, 1);
}

static void arrays(void **state) {
    gt_error err = {0};
    gt_safetensors_writer *writer = NULL;
    const float numbers[3] = {1, NAN, INFINITY};
    assert_ok(gt_safetensors_writer_create(&writer, &err), err);
    assert_ok(
        gt_safetensors_writer_add(writer, "w", GT_ST_F32, 1, (int64_t[]){3}, numbers, &err),
        err);
    assert_ok(gt_safetensors_writer_save(writer, "w.safetensors", 0, &err), err);
    gt_safetensors_writer_destroy(writer);
    gt_checked found = look("w.safetensors");
    assert_int_equal(found.wrong, 1);
    assert_int_equal(found.notes, 1);
    assert_non_null(strstr(said, "! w.safetensors: 2 of 3 numbers of w are not finite"));
    assert_non_null(strstr(said, "no checksums"));
}

static void latents(void **state) {
    gt_error err = {0};
    gt_latents_info info = {.count = 2, .part_count = 1};
    gt_latents_writer *writer = NULL;
    const float rows[4] = {0, 1, NAN, 2};
    info.parts[0] = (gt_latents_part){"z", 1, {2}};
    assert_ok(gt_latents_writer_create("z.h5", &info, &writer, &err), err);
    assert_ok(gt_latents_writer_append(writer, rows, 2, NULL, 2, &err), err);
    assert_ok(gt_latents_writer_commit(writer, &err), err);
    gt_checked found = look("z.h5");
    assert_int_equal(found.wrong, 1);
    assert_int_equal(found.rows, 2);
    assert_non_null(strstr(said, "1 numbers are not finite"));
}

static void damage_is_a_finding(void **state) {
    write_file("cut.safetensors", "12345678", 8);
    assert_int_equal(look("cut.safetensors").wrong, 1);
    write_file("cut.csv", "a,b\n1\n", 6);
    assert_int_equal(look("cut.csv").wrong, 1);
    assert_int_equal(look("nothing").wrong, 1);
    assert_int_equal(look("nothing").thing, GT_THING_NONE);
}

/* ---- Folders ---------------------------------------------------------------------------- */

/* Arrays with checksums, as a run keeps them. */
static void write_weights(const char *path) {
    gt_error err = {0};
    gt_safetensors_writer *writer = NULL;
    const float numbers[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    assert_ok(gt_safetensors_writer_create(&writer, &err), err);
    assert_ok(
        gt_safetensors_writer_add(writer, "w", GT_ST_F32, 1, (int64_t[]){8}, numbers, &err),
        err);
    assert_ok(gt_safetensors_writer_save(writer, path, 1, &err), err);
    gt_safetensors_writer_destroy(writer);
}

static void write_text(const char *path, const char *text) {
    write_file(path, text, strlen(text));
}

/* What a run holds that has not ended an epoch: its network is nobody's. */
static void begin_run(const char *folder) {
    char path[128];
    assert_int_equal(mkdir(folder, 0777), 0);
    snprintf(path, sizeof path, "%s/run.lock", folder);
    write_text(path, "");
    snprintf(path, sizeof path, "%s/train.csv", folder);
    write_text(path, "kind,epoch,step\nepoch,1,4\nepoch,2,8\n");
    snprintf(path, sizeof path, "%s/config", folder);
    write_text(path, "epochs = 2\n");
}

/* Notes of people, which nobody else need read. */
static void what_lies_beside_a_run_is_not_wrong(void **state) {
    begin_run("noted");
    int notes = look("noted").notes;
    write_text("noted/scan.png", "x");
    write_text("noted/notes.csv", "a,b\n\"1,2\n");
    write_text("noted/half.csv", "a,b\n1,2");
    write_text("noted/other.safetensors", "{}");
    assert_int_equal(mkdir("noted/tables.csv", 0700), 0);
    assert_int_equal(symlink("nowhere", "noted/gone.csv"), 0);
    gt_checked found = look("noted");
    assert_int_equal(found.wrong, 0);
    assert_int_equal(found.notes, notes + 3);
    assert_non_null(strstr(said, ". noted/scan.png: no file of known pictures"));
    assert_non_null(strstr(said, ". noted/notes.csv: line 2: a quote that is not closed"));
    assert_non_null(strstr(said, ". noted/other.safetensors: has 2 bytes"));
    assert_null(strstr(said, "cuts it off"));
    write_text("noted/nearest.csv", "a,b\n\"1,2\n");
    write_weights("noted/other.safetensors");
    FILE *file = fopen("noted/other.safetensors", "r+");
    assert_int_equal(fseek(file, -1, SEEK_END) | (fputc(0x11, file) != 0x11) | fclose(file), 0);
    assert_int_equal(look("noted").wrong, 2);
}

static void runs_are_looked_at_file_by_file(void **state) {
    begin_run("run");
    gt_checked found = look("run");
    assert_int_equal(found.thing, GT_THING_RUN);
    assert_int_equal(found.wrong, 0);
    assert_int_equal(found.notes, 1);
    assert_non_null(strstr(said, ". run: no epoch has ended yet"));
    assert_int_equal(found.files, 1);
    assert_int_equal(found.rows, 2);
    write_text("run/train.csv", "name,age\na,1\n");
    assert_int_equal(look("run").wrong, 1);
    assert_non_null(strstr(said, "! run/train.csv: no log of a run"));
    write_text("run/train.csv", "kind,epoch,step\nepoch,1,4\nepo");
    found = look("run");
    assert_int_equal(found.wrong, 0);
    assert_int_equal(found.rows, 1);
    assert_non_null(strstr(said, ". run/train.csv: its last row is not whole"));
    write_text("run/train.csv", "kind,epoch,step\nepoch,1\n");
    assert_int_equal(look("run").wrong, 1);
    assert_non_null(strstr(said, "! run/train.csv: "));
    assert_int_equal(unlink("run/train.csv") | unlink("run/config"), 0);
    assert_int_equal(look("run").wrong, 1);
    assert_non_null(strstr(said, "config"));
    write_text("run/config", "");
    write_weights("run/best.safetensors"); /* of no network */
    assert_int_equal(look("run").wrong, 1);
    assert_non_null(strstr(said, "best.safetensors"));
}

/* ---- Runs whose files do not belong together ---- */

typedef struct fake {
    const char *file, *model, *config, *algorithms, *epoch, *record;
    int64_t best_epoch; /* 0: it tells of no best */
    double best;
} fake;

/* Arrays that tell what a state does, or weights do (config NULL). */
static void write_fake(const fake *f) {
    gt_error err = {0};
    gt_safetensors_writer *writer = NULL;
    const char *const facts[][2] = {
        {"model", f->model},       {"model_config", "width = 4\n"},
        {"epoch", f->epoch},       {"step", "8"},
        {"provenance", f->record}, {"galatea", "0"},
        {"config", f->config},     {"algorithms", f->config ? f->algorithms : NULL}};
    static const char *const of_state[][2] = {{"state_layout", "2"},
                                              {"data_path", "x.h5"},
                                              {"data_size", "1"},
                                              {"data_hash", "00"},
                                              {"threads", "1"}};
    assert_ok(gt_safetensors_writer_create(&writer, &err), err);
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++)
        if (facts[i][1])
            assert_ok(gt_safetensors_writer_metadata(writer, facts[i][0], facts[i][1], &err),
                      err);
    for (size_t i = 0; f->config && i < sizeof of_state / sizeof *of_state; i++)
        assert_ok(gt_safetensors_writer_metadata(writer, of_state[i][0], of_state[i][1], &err),
                  err);
    const float one = 1;
    assert_ok(gt_safetensors_writer_add(writer, "w", GT_ST_F32, 1, (int64_t[]){1}, &one, &err),
              err);
    const int64_t counts[4] = {2, 0, 8, f->best_epoch};
    if (f->best_epoch > 0) {
        assert_ok(gt_safetensors_writer_add(writer, "progress/counts", GT_ST_I64, 1,
                                            (int64_t[]){4}, counts, &err),
                  err);
        assert_ok(gt_safetensors_writer_add(writer, "progress/numbers", GT_ST_F64, 1,
                                            (int64_t[]){1}, &f->best, &err),
                  err);
    }
    assert_ok(gt_safetensors_writer_save(writer, f->file, 1, &err), err);
    gt_safetensors_writer_destroy(writer);
}

static void says(const char *path, const char *sentence) {
    (void)look(path);
    if (!strstr(said, sentence)) fail_msg("'%s' is not in\n%s", sentence, said);
}

static void files_of_a_run_belong_together(void **state) {
    static const fake whole = {"two/state.safetensors",
                               "maf",
                               "seed = 3\nepochs = 2\nkeep-every = 1\nsample-every = 1\n",
                               "conv a\n",
                               "2",
                               "{\"options\": {\"seed\": 3}}"};
    fake weights = {"two/best.safetensors", "maf", .epoch = "2", .record = whole.record};
    begin_run("two");
    write_fake(&whole);
    says("two", "! two: it has no best.safetensors; no other weights of the run are whole");
    says("two", "! two: its log train.jsonl is not there");
    says("two", "! two/config: 'seed' is missing, which the run's state has");
    says("two", ". two: algorithms.txt is not there; its state has the choices");
    says("two",
         ". two: 2 of what --keep-every writes is not there: epoch-0001.safetensors ...");
    assert_null(strstr(said, "--sample-every")); /* a flow draws none */
    write_text("two/config", "seed = 4\nepochs = 2\nkeep-every = 1\n");
    says("two", ". two/config: seed is '4', the run's state has '3'");
    write_text("two/algorithms.txt", "conv b\n");
    says("two", "! two/algorithms.txt: these are not the choices that the run's state has");
    assert_int_equal(unlink("two/algorithms.txt") | mkdir("two/algorithms.txt", 0777), 0);
    says("two", "! two/algorithms.txt: ");
    assert_null(strstr(said, "the choices")); /* what cannot be read is no other one */
    write_text("two/train.jsonl", "{\"kind\": \"epoch\", \"epoch\": 1}\n");
    says("two", "! two/train.jsonl: it ends with epoch 1, the run's state is behind epoch 2");
    write_text("two/train.csv", "kind,epoch,step\nepoch,1,4\nstep,2,6\n");
    says("two", "! two/train.csv: it ends with epoch 1");
    write_fake(&weights);
    says("two",
         "! two: it has no last.safetensors; two/best.safetensors, of epoch 2, is whole");
    weights.record = "{\"options\": {\"seed\": 5}}";
    write_fake(&weights);
    says("two", "! two/best.safetensors: is of another run than two/state.safetensors: it has "
                "another seed");
    weights.file = "two/epoch-0001.safetensors", weights.model = "glow", weights.record = NULL;
    write_fake(&weights);
    says("two",
         "! two/epoch-0001.safetensors: is of another run than two/state.safetensors: it "
         "has another model");
    says("two", "; no other weights of the run are whole");
    /* a name that no run gives is anybody's */
    weights.file = "two/mine.safetensors";
    write_fake(&weights);
    (void)look("two");
    assert_null(strstr(said, "mine.safetensors"));
    /* without a state nothing tells what they belong to */
    write_file("two/state.safetensors", "x", 1);
    says("two", "! two: two/state.safetensors");
    assert_null(strstr(said, "of another run"));
}

static void write_logs(const char *first, const char *second) {
    char text[256];
    snprintf(
        text, sizeof text,
        "kind,epoch,step,loss,validation_loss\nstep,1,2,9,\nepoch,1,4,%s,\nepoch,2,8,5.5,%s\n",
        first, second);
    write_text("logs/train.csv", text);
    snprintf(text, sizeof text,
             "{\"kind\": \"epoch\", \"epoch\": 1, \"loss\": %s}\n"
             "{\"kind\": \"epoch\", \"epoch\": 2, \"validation_loss\": %s}\n",
             first, second);
    write_text("logs/train.jsonl", text);
}

static int times_said(const char *sentence) {
    int count = 0;
    for (const char *at = said; (at = strstr(at, sentence)) != NULL; at++) count++;
    return count;
}

/* A log of another run, as long as this one, has other numbers. */
static void logs_are_of_the_run(void **state) {
    static const char other[] = "it is of another run: nowhere in the row of epoch";
    fake whole = {"logs/state.safetensors", "maf",      "seed = 3\n", "conv a\n", "2",
                  .best_epoch = 2,          .best = 0.1};
    begin_run("logs");
    write_fake(&whole);
    write_logs("3.25", "0.10000000000000001");
    (void)look("logs");
    assert_int_equal(times_said(other), 0);
    write_logs("3.25", "0.10000000000000009"); /* as a number is read back */
    (void)look("logs");
    assert_int_equal(times_said(other), 0);
    write_logs("0.1", "0.1000001");
    says("logs",
         "! logs/train.csv: it is of another run: nowhere in the row of epoch 2 is the 0.1 "
         "that the run's state has as its best");
    assert_int_equal(times_said(other), 2);
    whole.best_epoch = 1;
    write_fake(&whole);
    (void)look("logs");
    assert_int_equal(times_said(other), 0);
    whole.best = -3.25; /* of a probe, of which the most is best */
    write_fake(&whole);
    write_logs("3.25", "7");
    (void)look("logs");
    assert_int_equal(times_said(other), 0);
    /* no best yet, or a state that does not tell */
    whole.best = INFINITY;
    write_fake(&whole);
    (void)look("logs");
    assert_int_equal(times_said(other), 0);
    whole.best_epoch = 0;
    write_fake(&whole);
    (void)look("logs");
    assert_int_equal(times_said(other), 0);
}

/* Sheets tell which training drew them; what may change while it goes on does not count. */
static void sheets_are_of_the_run(void **state) {
    static const struct {
        const char *record, *differs; /* NULL: in nothing */
    } cases[] = {
        {"{\"command\": \"galatea train gan\", \"options\": {\"seed\": 3, \"epochs\": 9, "
         "\"out\": \"there\"}}",
         NULL},
        {"{\"command\": \"galatea train gan\", \"options\": {\"seed\": 4, \"epochs\": 2}}",
         "seed"},
        {"{\"command\": \"galatea train gan\", \"options\": {\"seed\": 3, \"latent\": 8}}",
         "latent"},
        {"{\"command\": \"galatea train glow\", \"options\": {\"seed\": 3}}", "model"},
        {"{\"command\": \"galatea data show\", \"options\": {\"seed\": 9}}", NULL},
        {"no record", NULL},
        {NULL, NULL}};
    static const uint8_t pixels[4] = {1, 2, 3, 4};
    const fake whole = {
        "drawn/state.safetensors",
        "gan",
        "seed = 3\n",
        "conv a\n",
        "2",
        "{\"command\": \"galatea train gan\", \"options\": {\"seed\": 3, \"epochs\": 2, "
        "\"latent\": 16}}"};
    gt_error err = {0};
    begin_run("drawn");
    write_fake(&whole);
    assert_int_equal(mkdir("drawn/samples", 0777), 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char expected[128];
        assert_ok(gt_png_write("drawn/samples/epoch-0001.png", 2, 2, 1, pixels, cases[i].record,
                               &err),
                  err);
        snprintf(
            expected, sizeof expected,
            "! drawn/samples/epoch-0001.png: it is of another run than the state beside it: "
            "it has another %s\n",
            cases[i].differs);
        (void)look("drawn");
        if (cases[i].differs) assert_non_null(strstr(said, expected));
        if (!cases[i].differs) assert_null(strstr(said, "epoch-0001.png"));
    }
}

/* A process that is killed may leave a part of the last line of each log, whatever its length:
 * told of a table, whose rows are counted, and never taken for damage. */
static void last_lines_may_be_torn(void **state) {
    static const char table[] = "kind,epoch,step\nepoch,1,4\nepoch,2,8\n",
                      lines[] = "{\"kind\": \"epoch\", \"epoch\": 1}\n"
                                "{\"kind\": \"epoch\", \"epoch\": 2}\n";
    begin_run("torn");
    const size_t of_row = strlen("epoch,2,8\n"), of_line = strlen(lines) / 2;
    for (size_t left = 0; left < of_row; left++) {
        write_file("torn/train.csv", table, strlen(table) - of_row + left);
        gt_checked found = look("torn");
        assert_int_equal(found.wrong, 0);
        assert_int_equal(found.rows, 1);
        assert_int_equal(strstr(said, "its last row is not whole") != NULL, left > 0);
    }
    write_text("torn/train.csv", table);
    for (size_t left = 0; left < of_line; left++) {
        write_file("torn/train.jsonl", lines, of_line + left);
        if (look("torn").wrong != 0) fail_msg("%zu bytes of a line: %s", left, said);
    }
}

/* What cannot have been torn is damage, named by its line. */
static void lines_before_the_last_are_whole(void **state) {
    static const struct {
        const char *text, *sentence;
    } cases[] = {
        {"{\"kind\": \"step\"\n{\"kind\": \"step\"}\n", "line 1 is no JSON"},
        {"{\"kind\": \"step\"}\n\n{\"kind\": \"step\"}\n", "line 2 is no JSON"},
        {"{\"a\": 1}\n{\"a\": 2}\nkind,epoch\n", "line 3 is no JSON"},
    };
    begin_run("lines");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        write_text("lines/train.jsonl", cases[i].text);
        assert_int_equal(look("lines").wrong, 1);
        assert_non_null(strstr(said, "! lines/train.jsonl: "));
        assert_non_null(strstr(said, cases[i].sentence));
    }
    write_text("lines/train.jsonl", "");
    assert_int_equal(look("lines").wrong, 0);
}

/* Whatever byte behind the header changes: the array is named. */
static void every_byte_of_an_array_counts(void **state) {
    char *bytes = NULL;
    size_t size = 0;
    gt_error err = {0};
    write_weights("eight.safetensors");
    assert_int_equal(look("eight.safetensors").wrong, 0);
    assert_ok(gt_file_load("eight.safetensors", 1 << 20, &bytes, &size, &err), err);
    for (size_t at = size - 8 * sizeof(float); at < size; at++) {
        bytes[at] ^= 1;
        write_file("eight.safetensors", bytes, size);
        assert_true(look("eight.safetensors").wrong >= 1);
        assert_non_null(strstr(said, "w"));
        bytes[at] ^= 1;
    }
    write_file("eight.safetensors", bytes, size - 1); /* and one that is missing */
    assert_int_equal(look("eight.safetensors").wrong, 1);
    free(bytes);
}

/* Runs, results and sets at any depth; what is none of them is passed over. */
static void sweeps_are_looked_through(void **state) {
    assert_int_equal(mkdir("sweep", 0777) | mkdir("sweep/gan", 0777), 0);
    assert_int_equal(mkdir("sweep/subsets", 0777), 0);
    write_text("sweep/twins.json", "{}");
    write_text("sweep/notes.txt", "read me");
    write_text("sweep/gan/scores.json", "{\"numbers\": {}}");
    begin_run("sweep/gan/A-60");
    write_set("sweep/subsets/a.h5", good, names, train, NULL);
    gt_checked found = look("sweep");
    assert_int_equal(found.thing, GT_THING_SWEEP);
    assert_int_equal(found.wrong, 0);
    assert_int_equal(found.files, 4); /* two results, a log, a set */
    assert_int_equal(found.rows, 6);
    assert_int_equal(symlink("..", "sweep/gan/up"), 0);
    found = look("sweep");
    assert_int_equal(found.wrong, 0);
    assert_non_null(strstr(said, ". sweep/gan/up: a folder that holds itself"));
    assert_int_equal(unlink("sweep/gan/up"), 0);
    write_text("sweep/gan/scores.json", "{\"numbers\": {");
    assert_int_equal(look("sweep").wrong, 1);
    assert_non_null(strstr(said, "! sweep/gan/scores.json"));
}

static void classifiers_belong_to_their_manifest(void **state) {
    assert_int_equal(mkdir("fitted", 0777), 0);
    write_text("fitted/manifest.json", "{\"form\": 1}");
    gt_checked found = look("fitted");
    assert_int_equal(found.thing, GT_THING_CLASSIFIERS);
    assert_int_equal(found.wrong, 1);
    assert_non_null(strstr(said, "manifest.json"));
}

/* Inputs are looked for from the folder of the file upwards. */
static void inputs_lie_beside_or_above(void **state) {
    gt_error err = {0};
    uint64_t hash;
    char sum[GT_HASH_TEXT], record[200];
    assert_int_equal(mkdir("deep", 0777) | mkdir("deep/down", 0777), 0);
    write_text("deep/words.txt", "words");
    assert_ok(gt_input_hash("deep/words.txt", &hash, &err), err);
    snprintf(record, sizeof record, "{\"inputs\": {\"words.txt\": \"%s\"}}",
             gt_hash_to_text(hash, sum));
    write_set("deep/down/a.h5", good, names, train, record);
    gt_checked found = look("deep/down/a.h5");
    assert_int_equal(found.wrong + found.notes, 0);
    write_text("deep/words.txt", "other words");
    assert_int_equal(look("deep/down/a.h5").wrong, 1);
    assert_non_null(strstr(said, "its input deep/words.txt is not what it was made of"));
    assert_int_equal(unlink("deep/words.txt"), 0);
    found = look("deep/down/a.h5");
    assert_int_equal(found.wrong, 0);
    assert_int_equal(found.notes, 1);
    write_text("deep/down/words.txt", "words");
    found = look("deep/down/a.h5");
    assert_int_equal(found.wrong + found.notes, 0);
}

/* Pictures of others have neither ids nor records that could be looked at. */
static void folders_of_pictures(void **state) {
    gt_error err = {0};
    const uint8_t pixels[4] = {1, 2, 3, 4};
    assert_int_equal(mkdir("cutouts", 0777), 0);
    assert_ok(gt_png_write("cutouts/a.png", 2, 2, 1, pixels, NULL, &err), err);
    assert_ok(gt_png_write("cutouts/b.png", 2, 2, 1, pixels, NULL, &err), err);
    gt_checked found = look("cutouts");
    assert_int_equal(found.wrong, 0);
    assert_int_equal(found.rows, 2);
    write_text("cutouts/b.png", "no picture at all");
    assert_int_equal(look("cutouts").wrong, 1);
    assert_non_null(strstr(said, "b.png"));
}

static int enter_folder(void **state) {
    return make_temp_folder(state) || chdir(temp_folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_set_any_more),
        cmocka_unit_test(ids_and_splits),
        cmocka_unit_test(pixels),
        cmocka_unit_test(records),
        cmocka_unit_test(arrays),
        cmocka_unit_test(latents),
        cmocka_unit_test(damage_is_a_finding),
        cmocka_unit_test(runs_are_looked_at_file_by_file),
        cmocka_unit_test(what_lies_beside_a_run_is_not_wrong),
        cmocka_unit_test(files_of_a_run_belong_together),
        cmocka_unit_test(logs_are_of_the_run),
        cmocka_unit_test(sheets_are_of_the_run),
        cmocka_unit_test(last_lines_may_be_torn),
        cmocka_unit_test(lines_before_the_last_are_whole),
        cmocka_unit_test(every_byte_of_an_array_counts),
        cmocka_unit_test(sweeps_are_looked_through),
        cmocka_unit_test(classifiers_belong_to_their_manifest),
        cmocka_unit_test(inputs_lie_beside_or_above),
        cmocka_unit_test(folders_of_pictures),
    };
    return cmocka_run_group_tests(tests, enter_folder, remove_temp_folder);
}
