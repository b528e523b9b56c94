/* cmd_bench.c - `galatea bench`: speed, share of the machine's roof, and memory of the work
 * that takes time. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "bench.h"
#include "cli.h"
#include "file.h"
#include "galatea/interrupt.h"
#include "galatea/log.h"
#include "json.h"
#include "outfile.h"
#include "progress.h"
#include "sort.h"

typedef struct bench_settings {
    int64_t steps;
    double seconds;
    bool profile, tune;
} bench_settings;

static const gt_option bench_rows[] = {
    {"steps", GT_INT_AT(bench_settings, steps), "3", "N", "timed steps at least", .min = 1,
     .max = INFINITY},
    {"seconds", GT_REAL_AT(bench_settings, seconds), "2", "S",
     "time steps for at least so long", .min = 0, .max = INFINITY},
    {"profile", GT_FLAG_AT(bench_settings, profile), NULL, NULL,
     "print where the time of a step goes, by kind of task and task by task"},
    {"tune", GT_FLAG_AT(bench_settings, tune), NULL, NULL,
     "first time every convolution algorithm for the shapes of these benches, and keep the "
     "fastest for all runs to come (they stand by shape in "
     "~/.cache/galatea/algorithms-PROCESSOR-VERSION.txt)"},
};
static const gt_option_table bench_table = GT_OPTION_TABLE("Options", bench_rows);

typedef struct figures {
    double seconds, best; /* of a step: median, shortest */
    double rate, flops;   /* items and operations a second, from the median */
    double roof_share;    /* of the matrix product's rate; 0: not known */
    size_t planned, peak; /* bytes known before, and the process's peak afterwards */
} figures;

enum { MOST_STEPS = 1000 };

static gt_status time_steps(const gt_bench_work *work, const bench_settings *settings,
                            figures *out, gt_error *err) {
    gt_status status = GT_OK;
    double spent[MOST_STEPS], total = 0;
    int count = 0;
    GT_TRY(work->step(work->self, err)); /* the first step prepares what the others reuse */
    if (work->profile && settings->profile) work->profile(work->self, 1);
    while (count < MOST_STEPS && (count < settings->steps || total < settings->seconds)) {
        double start = gt_seconds();
        GT_TRY(work->step(work->self, err));
        spent[count] = gt_seconds() - start;
        total += spent[count++];
        if (gt_interrupt_pending()) GT_THROW(err, GT_INTERRUPTED, "interrupted");
    }
    qsort(spent, (size_t)count, sizeof *spent, gt_by_double);
    out->best = spent[0];
    out->seconds = count % 2 ? spent[count / 2] : (spent[count / 2 - 1] + spent[count / 2]) / 2;
    out->rate = work->items / out->seconds;
    out->flops = work->flops / out->seconds;
done:
    return status;
}

static size_t peak_of_process(void) {
    struct rusage use;
    getrusage(RUSAGE_SELF, &use);
    return (size_t)use.ru_maxrss * 1024;
}

static gt_status run_bench(const gt_bench *bench, const bench_settings *settings,
                           const gt_bench_how *how, figures *out, char **report,
                           gt_error *err) {
    gt_bench_work work = {0};
    gt_status status = bench->open(how, &work, err);
    if (status == GT_OK) status = time_steps(&work, settings, out, err);
    out->planned = work.bytes;
    out->peak = peak_of_process();
    if (status == GT_OK && settings->profile && work.report) *report = work.report(work.self);
    if (work.self) work.close(work.self);
    if (status) gt_blame(err, "bench %s", bench->name);
    return status;
}

static gt_status find_bench(const char *name, const gt_bench **out, gt_error *err) {
    size_t count;
    const gt_bench *const *all = gt_benches(&count);
    for (size_t i = 0; i < count; i++)
        if (strcmp(all[i]->name, name) == 0) {
            *out = all[i];
            return GT_OK;
        }
    return gt_fail(err, GT_USAGE, "no bench '%s'; 'galatea bench --help' lists them", name);
}

static void print_json(gt_json *json, const gt_bench *bench, const figures *f) {
    char rate[64];
    snprintf(rate, sizeof rate, "%s_per_second", bench->unit);
    gt_json_object(json, NULL);
    gt_json_text(json, "name", bench->name);
    gt_json_real(json, rate, f->rate);
    gt_json_real(json, "step_seconds", f->seconds);
    gt_json_real(json, "best_seconds", f->best);
    gt_json_real(json, "gflops", f->flops * 1e-9);
    gt_json_real(json, "roof_share", f->roof_share);
    gt_json_int(json, "planned_bytes", (int64_t)f->planned);
    gt_json_int(json, "peak_bytes", (int64_t)f->peak);
    gt_json_end(json);
}

static void print_row(const gt_bench *bench, const figures *f) {
    printf("%-20s %9.2f %s/s  %8.3f s a step  %6.0f GFLOP/s  %4.0f %% of the roof  %7.1f MB "
           "planned  %7.1f MB peak\n",
           bench->name, f->rate, bench->unit, f->seconds, f->flops * 1e-9, 100 * f->roof_share,
           (double)f->planned * 1e-6, (double)f->peak * 1e-6);
}

/* What is known of this machine; with `measures` it is forgotten and measured anew. */
static gt_status open_algorithms(bool measures, gt_algorithms **out, gt_error *err) {
    char path[4096];
    *out = gt_algorithms_create();
    if (!*out) return gt_fail(err, GT_NO_MEMORY, "no memory for the choice of algorithms");
    gt_algorithms_measure(*out, measures);
    if (measures || gt_algorithms_path(path, sizeof path, NULL) != GT_OK ||
        access(path, F_OK) != 0)
        return GT_OK;
    return gt_algorithms_read(*out, path, err);
}

/* Beside the measurements of other shapes; where both have one the new one stands. */
static gt_status keep_algorithms(gt_algorithms *measured, gt_error *err) {
    gt_status status = GT_OK;
    char path[4096], *text = NULL;
    GT_TRY(gt_algorithms_path(path, sizeof path, err));
    if (access(path, F_OK) == 0) GT_TRY(gt_algorithms_read(measured, path, err));
    text = gt_algorithms_text(measured);
    if (!text) GT_THROW(err, GT_NO_MEMORY, "no memory for the choice of algorithms");
    char *slash = strrchr(path, '/');
    *slash = '\0';
    GT_TRY(gt_mkdirs(path, err));
    *slash = '/';
    GT_TRY(gt_outfile_save(path, text, strlen(text), err));
    gt_remark("measured algorithms are kept in %s", path);
done:
    free(text);
    return status;
}

static gt_status bench_run(gt_call *call, gt_error *err) {
    gt_status status = GT_OK;
    const bench_settings *settings = call->settings;
    size_t count;
    const gt_bench *const *all = gt_benches(&count);
    size_t wanted = call->word_count ? call->word_count : count;
    gt_bench_how how = {.threads = (int)call->threads};
    figures roof = {0};
    gt_json json;
    GT_TRY(gt_interrupt_install(err));
    for (size_t i = 0; i < call->word_count; i++)
        GT_TRY(find_bench(call->words[i], &(const gt_bench *){NULL}, err));
    GT_TRY(open_algorithms(settings->tune, &how.algorithms, err));
    GT_TRY(run_bench(all[0], &(bench_settings){.steps = 3, .seconds = 0.5}, &how, &roof, NULL,
                     err));
    if (call->wants_json) {
        gt_json_begin(&json, stdout, 0);
        gt_json_array(&json, NULL);
    }
    for (size_t i = 0; i < wanted; i++) {
        const gt_bench *bench = all[i];
        figures f = {0};
        char *report = NULL;
        if (call->word_count) GT_TRY(find_bench(call->words[i], &bench, err));
        GT_TRY(run_bench(bench, settings, &how, &f, &report, err));
        f.roof_share = f.flops / roof.flops;
        if (call->wants_json) {
            print_json(&json, bench, &f);
        } else {
            print_row(bench, &f);
        }
        if (report && !call->wants_json) fputs(report, stdout);
        free(report);
    }
    if (call->wants_json) gt_json_end(&json);
    if (settings->tune) GT_TRY(keep_algorithms(how.algorithms, err));
done:
    gt_algorithms_destroy(how.algorithms);
    return status;
}

static const char *const bench_examples[] = {
    "galatea bench --threads 2", "galatea bench vdvae-paper-train conv-stack-train --json",
    "galatea bench simclr-train --tune", NULL};

static const char *bench_at(size_t index, const char **summary) {
    size_t count;
    const gt_bench *const *all = gt_benches(&count);
    if (index >= count) return NULL;
    *summary = all[index]->summary;
    return all[index]->name;
}

const gt_command gt_command_bench = {
    .name = "bench",
    .summary = "measure speed and memory of training and sampling on this machine",
    .description = "Repeats a step and prints the median rate, the rate of floating-point "
                   "operations of its convolutions and "
                   "matrix products (multiply and add counted as two, as if computed "
                   "directly), that rate as a share of the "
                   "roof, which is the rate of a large matrix product measured just before, "
                   "the memory known before the first "
                   "step, and the peak of the whole process. A share above 100 % is possible: "
                   "Winograd convolutions do less "
                   "arithmetic than is counted.\n\n"
                   "All benches run where none is named. "
                   "bench/README.md tells how to run the same "
                   "work in other programs beside it.",
    .usage = "[NAME...]",
    .words_title = "Benches",
    .word_at = bench_at,
    .min_words = 0,
    .max_words = 16,
    .table = &bench_table,
    .settings_size = sizeof(bench_settings),
    .examples = bench_examples,
    .has_json = true,
    .has_threads = true,
    .run = bench_run};
