/* gnuplot.c - the script's frame, the process, the delivery. */
#include "gnuplot.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "address_space.h"
#include "file.h"
#include "galatea/interrupt.h"
#include "outfile.h"
#include "progress.h"
#include "text.h"

#define CM_PER_INCH 2.54
/* cm: a legend's sample with the gap before it, a letter, what stands beside the frame */
#define LEGEND_SAMPLE 1.1
#define LEGEND_LETTER 0.19
/* cm: of a note: a line, a letter, from the edge */
#define NOTE_LINE 0.4
#define NOTE_LETTER 0.17
#define NOTE_EDGE 0.3
#define LEGEND_MARGIN 2.2
enum { PNG_DOTS = 300, SCREEN_DOTS = 96, POINTS = 72, FONT = 7, PATIENCE = 300 /* seconds */ };
enum { MOST_BYTES = 1 << 30, MOST_LOG = 1 << 16 };

static const char *const files[] = {"script", "data", "figure", "log"};

/* ---- text -----------------------------------------------------------------------------------
 */

/* gnuplot 5.4 ends a text in single quotes at a doubled quote that begins it or follows
 * another, so doubling is no protection. In double quotes three octal digits are any byte, and
 * here every byte is written so that is not a letter, a digit, a blank or harmless. */
static void write_byte(FILE *script, unsigned char byte) {
    static const char harmless[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                   "0123456789 .,:()+-_/=";
    fprintf(script, strchr(harmless, byte) && byte ? "%c" : "\\%03o", byte);
}

void gt_gnuplot_text(FILE *script, const char *text) {
    char shown[8];
    fputc('"', script);
    while (*text) {
        size_t length = gt_utf8_length(text);
        unsigned char byte = (unsigned char)*text;
        if (byte < 0x20 || byte == 0x7f || !length) {
            snprintf(shown, sizeof shown, "\\x%02x", byte);
            for (const char *at = shown; *at; at++) write_byte(script, (unsigned char)*at);
        } else {
            for (size_t i = 0; i < length; i++) write_byte(script, (unsigned char)text[i]);
        }
        text += length ? length : 1;
    }
    fputc('"', script);
}

void gt_gnuplot_block(gt_gnuplot *job) {
    if (job->blocks++) fputs("\n\n", job->data);
}

void gt_gnuplot_row(gt_gnuplot *job, const double *values, size_t count) {
    char text[GT_NUMBER_SIZE];
    for (size_t i = 0; i < count; i++)
        fprintf(job->data, i ? " %s" : "%s", gt_real_to_text(values[i], text));
    fputc('\n', job->data);
}

/* The end of a line that begins at `text`: behind a blank, unless a word is longer than it. */
static const char *line_end(double width, const char *text) {
    size_t room = (size_t)((width - 2 * NOTE_EDGE) / NOTE_LETTER);
    const char *blank = NULL, *at = text;
    for (size_t i = 0; *at && i < room; at++) {
        if (*at == ' ') blank = at + 1;
        i += ((unsigned char)at[1] & 0xc0) != 0x80;
    }
    return *at && blank ? blank : at;
}

double gt_gnuplot_note_height(double width, const char *note) {
    double height = 0;
    for (const char *at = note; at && *at; at = line_end(width, at)) height += NOTE_LINE;
    return height;
}

void gt_gnuplot_note(gt_gnuplot *job, const char *note) {
    double up = gt_gnuplot_note_height(job->width, note) - NOTE_LINE / 2 + 0.1;
    for (const char *at = note, *end; at && *at; up -= NOTE_LINE, at = end) {
        char text[512];
        end = line_end(job->width, at);
        snprintf(text, sizeof text, "%.*s", (int)(end - at), at);
        fputs("set label ", job->script);
        gt_gnuplot_text(job->script, text);
        fprintf(job->script,
                " at screen %.5f, screen %.5f left font 'DejaVu Sans,7' textcolor rgb "
                "'#222222'\n",
                NOTE_EDGE / job->width, up / job->height);
    }
}

/* Blue, vermilion, green, black, orange, purple, sky, yellow of Okabe and Ito. */
const char *gt_gnuplot_colour(size_t index) {
    static const char *const colours[GT_GNUPLOT_COLOURS] = {
        "#0072b2", "#d55e00", "#009e73", "#222222", "#e69f00", "#cc79a7", "#56b4e9", "#f0e442"};
    return colours[index % GT_GNUPLOT_COLOURS];
}

/* ---- script ---------------------------------------------------------------------------------
 */

const char *gt_figure_kind(const char *path) {
    static const char *const kinds[] = {"png", "pdf", "svg"};
    int index = gt_file_ending(path, GT_FIGURE_ENDINGS);
    return index < 0 ? NULL : kinds[index];
}

gt_status gt_figure_check_path(const char *path, gt_error *err) {
    gt_outfile *probe = NULL;
    gt_status status = gt_file_check_ending(NULL, path, GT_FIGURE_ENDINGS, err);
    if (status) return status;
    status = gt_outfile_open(path, &probe, err);
    gt_outfile_discard(probe);
    return status;
}

/* The scales make a point of type and of line the same on paper in all three. */
static void write_terminal(gt_gnuplot *job) {
    const char *kind = gt_figure_kind(job->path);
    double width = job->width / CM_PER_INCH, height = job->height / CM_PER_INCH;
    FILE *script = job->script;
    if (*kind == 's') {
        double scale = (double)SCREEN_DOTS / POINTS;
        /* the others take a point of type for 1/72 inch of a screen with 96 dots */
        fprintf(script,
                "set terminal svg noenhanced dynamic size %.0f,%.0f font 'DejaVu Sans,%d' "
                "fontscale %.3f linewidth %.3f background '#ffffff'\n",
                width * SCREEN_DOTS, height * SCREEN_DOTS, FONT, scale * scale, scale);
    } else if (kind[1] == 'n') {
        double scale = (double)PNG_DOTS / POINTS;
        fprintf(script,
                "set terminal pngcairo noenhanced size %.0f,%.0f font 'DejaVu Sans,%d' "
                "fontscale %.3f linewidth %.3f pointscale %.3f\n",
                width * PNG_DOTS, height * PNG_DOTS, FONT, scale, scale, scale);
    } else {
        fprintf(script,
                "set terminal pdfcairo noenhanced size %.4fin,%.4fin font 'DejaVu Sans,%d' "
                "fontscale 1 linewidth 1.6 pointscale 1\n",
                width, height, FONT);
    }
}

static void write_style(gt_gnuplot *job, const char *title) {
    fputs("set encoding utf8\nset minussign\nset output 'figure'\n"
          "set border 3 front linewidth 0.8 linecolor rgb '#333333'\n"
          "set tics out nomirror scale 0.6 textcolor rgb '#222222'\n"
          "set grid linetype 1 linewidth 0.4 linecolor rgb '#e4e4e4'\nset grid back\n"
          "set format '%g'\nset style fill solid 1.0 noborder\n",
          job->script);
    if (!title) return;
    fputs("set title ", job->script);
    gt_gnuplot_text(job->script, title);
    fputs(" font 'DejaVu Sans Bold,8'\n", job->script);
}

size_t gt_gnuplot_characters(const char *text) {
    size_t count = 0;
    for (; *text; text++) count += ((unsigned char)*text & 0xc0) != 0x80;
    return count;
}

/* Entries that fit side by side, at least one. */
static size_t legend_columns(double width, const char *const *names, size_t count) {
    size_t longest = 0;
    for (size_t i = 0; i < count; i++) {
        size_t length = names[i] ? gt_gnuplot_characters(names[i]) : 0;
        if (length > longest) longest = length;
    }
    double each = LEGEND_SAMPLE + LEGEND_LETTER * (double)longest;
    double columns = floor((width - LEGEND_MARGIN) / each);
    return columns > 1 ? (size_t)columns : 1;
}

size_t gt_gnuplot_legend_rows(double width, const char *const *names, size_t count) {
    size_t columns = legend_columns(width, names, count), shown = 0;
    for (size_t i = 0; i < count; i++) shown += names[i] != NULL;
    return (shown + columns - 1) / columns;
}

/* gnuplot itself would let the entries run out of the picture. */
void gt_gnuplot_legend(gt_gnuplot *job, const char *const *names, size_t count) {
    fprintf(job->script,
            "set key %s Left reverse horizontal samplen 1.4 maxcols %zu textcolor rgb "
            "'#222222'\n",
            job->is_multiple ? "at graph 0, graph 1.01 left bottom"
            : job->has_title ? "below left"
                             : "above left",
            legend_columns(job->width, names, count));
}

static const char *in_folder(const gt_gnuplot *job, const char *name, char path[512]) {
    snprintf(path, 512, "%s/%s", job->folder, name);
    return path;
}

gt_status gt_gnuplot_begin(const char *path, const gt_figure *figure, double width,
                           double height, gt_gnuplot *out, gt_error *err) {
    gt_status status = GT_OK;
    const char *place = getenv("TMPDIR");
    char name[512];
    *out = (gt_gnuplot){.path = path, .provenance = figure->provenance};
    GT_TRY(gt_figure_check_path(path, err));
    out->width = figure->width > 0 ? figure->width : width;
    out->height = figure->height > 0 ? figure->height : height;
    if (out->width > 100 || out->height > 100)
        GT_THROW(err, GT_BAD_ARGUMENT, "%s: a figure of %g x %g cm, expected at most 100", path,
                 out->width, out->height);
    int length = snprintf(out->folder, sizeof out->folder, "%s/galatea-figure-XXXXXX",
                          place && *place == '/' ? place : "/tmp");
    if ((size_t)length >= sizeof out->folder || !mkdtemp(out->folder)) {
        status = gt_fail_errno(err, "drawing %s: making the folder %s", path, out->folder);
        *out->folder = '\0';
        goto done;
    }
    out->script = fopen(in_folder(out, "script", name), "we");
    out->data = fopen(in_folder(out, "data", name), "we");
    if (!out->script || !out->data) {
        status = gt_fail_errno(err, "drawing %s: writing %s", path, name);
        goto done;
    }
    out->has_title = figure->title != NULL;
    write_terminal(out);
    write_style(out, figure->title);
done:
    return status;
}

void gt_gnuplot_discard(gt_gnuplot *job) {
    char path[512];
    if (job->script) fclose(job->script);
    if (job->data) fclose(job->data);
    job->script = job->data = NULL;
    if (!*job->folder) return;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        unlink(in_folder(job, files[i], path));
    rmdir(job->folder);
}

/* ---- process --------------------------------------------------------------------------------
 */

static gt_status close_inputs(gt_gnuplot *job, gt_error *err) {
    errno = 0;
    bool failed = ferror(job->script) || ferror(job->data);
    failed |= fflush(job->script) != 0;
    failed |= fflush(job->data) != 0;
    int fault = errno;
    failed |= fclose(job->script) != 0;
    failed |= fclose(job->data) != 0;
    job->script = job->data = NULL;
    if (!failed) return GT_OK;
    errno = fault ? fault : EIO;
    return gt_fail_errno(err, "drawing %s: writing numbers to %s", job->path, job->folder);
}

/* gnuplot's whole environment: what it needs to be found and to find fonts. */
static void fill_environment(const gt_gnuplot *job, char text[5][512], char *list[6]) {
    static const char *const kept[] = {"PATH", "FONTCONFIG_FILE", "FONTCONFIG_PATH"};
    size_t used = 0;
    for (size_t i = 0; i < 3; i++) {
        const char *value = getenv(kept[i]);
        if (value && strlen(value) + strlen(kept[i]) + 2 <= 512)
            snprintf(list[used] = text[used], 512, "%s=%s", kept[i], value), used++;
    }
    snprintf(list[used] = text[used], 512, "HOME=%s", job->folder), used++;
    snprintf(list[used] = text[used], 512, "LC_ALL=C.UTF-8"), used++;
    list[used] = NULL;
}

static gt_status start(const gt_gnuplot *job, pid_t *pid, gt_error *err) {
    char program[] = "gnuplot", bare[] = "-d", script[] = "script", text[5][512], *list[6];
    char *words[] = {program, bare, script, NULL};
    posix_spawn_file_actions_t actions;
    int fault = posix_spawn_file_actions_init(&actions);
    if (fault) return gt_fail(err, GT_NO_MEMORY, "drawing %s: %s", job->path, strerror(fault));
    fill_environment(job, text, list);
    fault = posix_spawn_file_actions_addchdir_np(&actions, job->folder);
    if (!fault) fault = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    if (!fault)
        fault = posix_spawn_file_actions_addopen(&actions, 1, "log", O_WRONLY | O_CREAT, 0600);
    if (!fault) fault = posix_spawn_file_actions_adddup2(&actions, 1, 2);
    if (!fault) fault = posix_spawnp(pid, program, &actions, NULL, words, list);
    posix_spawn_file_actions_destroy(&actions);
    if (fault == ENOENT || fault == EACCES)
        return gt_fail(err, GT_NOT_FOUND,
                       "drawing %s: the program gnuplot was not found; install it (Debian: "
                       "gnuplot-nox)",
                       job->path);
    return fault ? gt_fail(err, GT_IO, "drawing %s: starting gnuplot: %s", job->path,
                           strerror(fault))
                 : GT_OK;
}

static gt_status stop(const gt_gnuplot *job, pid_t pid, gt_status why, gt_error *err) {
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    if (why == GT_INTERRUPTED)
        return gt_fail(err, why, "interrupted while drawing %s", job->path);
    return gt_fail(err, why, "drawing %s: gnuplot took longer than %d seconds", job->path,
                   PATIENCE);
}

static gt_status wait_for(const gt_gnuplot *job, pid_t pid, int *code, gt_error *err) {
    double begun = gt_seconds();
    for (;;) {
        pid_t got = waitpid(pid, code, WNOHANG);
        /* A signal to the whole group ends gnuplot too, often before we look. */
        if (got == pid && WIFSIGNALED(*code) && gt_interrupt_pending())
            return gt_fail(err, GT_INTERRUPTED, "interrupted while drawing %s", job->path);
        if (got == pid) return GT_OK;
        if (got < 0 && errno != EINTR)
            return gt_fail_errno(err, "drawing %s: waiting for gnuplot", job->path);
        if (gt_interrupt_pending()) return stop(job, pid, GT_INTERRUPTED, err);
        if (gt_seconds() - begun > PATIENCE) return stop(job, pid, GT_IO, err);
        nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
    }
}

/* The last line that gnuplot printed, which says what was wrong. */
static gt_status gnuplot_failed(const gt_gnuplot *job, gt_error *err) {
    char path[512], *text = NULL;
    size_t size = 0;
    const char *line = "nothing";
    if (gt_file_load(in_folder(job, "log", path), MOST_LOG, &text, &size, NULL) == GT_OK) {
        while (size && strchr(" \r\n", text[size - 1])) text[--size] = '\0';
        if (size) line = strrchr(text, '\n') ? strrchr(text, '\n') + 1 : text;
    }
    /* It takes some 200 MB, and says something else, or nothing, where it does not get them. */
    bool is_cramped = gt_address_space_limit().bytes < (uint64_t)1 << 30;
    gt_status status = gt_fail(err, is_cramped ? GT_NO_MEMORY : GT_IO,
                               "drawing %s: gnuplot failed and said: %s", job->path, line);
    free(text);
    return status;
}

gt_status gt_gnuplot_finish(gt_gnuplot *job, gt_error *err) {
    gt_status status = GT_OK;
    char path[512], *bytes = NULL;
    size_t size = 0;
    pid_t pid;
    int code = 0;
    fputs("\nunset output\n", job->script);
    GT_TRY(close_inputs(job, err));
    GT_TRY(start(job, &pid, err));
    GT_TRY(wait_for(job, pid, &code, err));
    if (!WIFEXITED(code) || WEXITSTATUS(code) ||
        gt_file_load(in_folder(job, "figure", path), MOST_BYTES, &bytes, &size, NULL) || !size)
        GT_TRY(gnuplot_failed(job, err));
    GT_TRY(gt_figure_add_provenance(gt_figure_kind(job->path), job->provenance, &bytes, &size,
                                    err));
    GT_TRY(gt_outfile_save(job->path, bytes, size, err));
done:
    free(bytes);
    return status;
}
