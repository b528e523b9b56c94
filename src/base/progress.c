/* The progress line of a terminal. Failures to write it are of no interest to anybody. */
#include "progress.h"

#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "text.h"

static const double DELAY = 2.0, INTERVAL = 0.2, FIRST_LINE = 60.0, SILENCE = 1.0;
enum { BAR_WIDTH = 24, LONGEST_LINE = 256 };
#define CLEARED "\r\033[K" /* to the start of the line, and nothing on it */

double gt_seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

const char *gt_duration_text(double seconds, char text[32]) {
    bool is_known = seconds >= 0 && seconds < 1e9;
    long whole = is_known ? lround(seconds) : 0, minutes = whole / 60, hours = whole / 3600,
         days = hours / 24;
    if (!is_known)
        snprintf(text, 32, "?");
    else if (days)
        snprintf(text, 32, "%ld d %ld:%02ld:%02ld", days, hours % 24, minutes % 60, whole % 60);
    else if (hours)
        snprintf(text, 32, "%ld:%02ld:%02ld", hours, minutes % 60, whole % 60);
    else
        snprintf(text, 32, "%ld:%02ld", minutes, whole % 60);
    return text;
}

static size_t columns_of(int file) {
    struct winsize size;
    if (ioctl(file, TIOCGWINSZ, &size) != 0 || size.ws_col < 20) return 80;
    return size.ws_col < LONGEST_LINE ? size.ws_col : LONGEST_LINE;
}

static void write_all(int file, const char *text, size_t length) {
    ssize_t written = 1;
    for (; length && written > 0; text += written, length -= (size_t)written)
        written = write(file, text, length);
}

/* "12.3/s" or, for slow work, "4.5 s each". */
static const char *rate_text(double rate, char text[32]) {
    if (!(rate > 0))
        text[0] = '\0';
    else if (rate < 0.5)
        snprintf(text, 32, "  %.3g s each", 1 / rate);
    else
        snprintf(text, 32, "  %.*f/s", rate < 100, rate);
    return text;
}

/* At most LONGEST_LINE bytes; returns how many. */
static size_t compose(const gt_progress *progress, double now, const char *extra,
                      char line[LONGEST_LINE + 1]) {
    GT_PLAIN_NUMBERS;
    char bar[BAR_WIDTH + 4] = "", rate_word[32], left_word[32];
    double rate = progress->first < 0
                      ? 0
                      : (double)(progress->done - progress->first) / (now - progress->started);
    int used;
    if (progress->total > 0) {
        double share = fmin(1, (double)progress->done / (double)progress->total);
        double left = (double)(progress->total - progress->done) / rate;
        if (progress->is_terminal) {
            memset(bar, '.', BAR_WIDTH + 1);
            memset(bar + 1, '#', (size_t)(share * BAR_WIDTH));
            bar[0] = '[', bar[BAR_WIDTH + 1] = ']', bar[BAR_WIDTH + 2] = ' ';
        }
        used = snprintf(line, LONGEST_LINE + 1, "%s %3.0f%% %s%lld/%lld%s  %s%s",
                        progress->label, floor(100 * share), bar, (long long)progress->done,
                        (long long)progress->total, rate_text(rate, rate_word),
                        rate > 0 ? "ETA " : "",
                        gt_duration_text(rate > 0 ? left : now - progress->started, left_word));
    } else if (progress->first < 0) {
        used = snprintf(line, LONGEST_LINE + 1, "%s  %s", progress->label,
                        gt_duration_text(now - progress->started, left_word));
    } else {
        used = snprintf(line, LONGEST_LINE + 1, "%s %lld%s  %s", progress->label,
                        (long long)progress->done, rate_text(rate, rate_word),
                        gt_duration_text(now - progress->started, left_word));
    }
    if (extra && used <= LONGEST_LINE)
        used += snprintf(line + used, LONGEST_LINE + 1 - (size_t)used, "  %s", extra);
    return used < LONGEST_LINE ? (size_t)used : LONGEST_LINE;
}

static void draw(gt_progress *progress, double now, const char *extra) {
    static const size_t lead = sizeof CLEARED - 1;
    char text[sizeof CLEARED + LONGEST_LINE] = CLEARED;
    size_t used = compose(progress, now, extra, text + lead);
    size_t columns = columns_of(progress->file) - 1;
    size_t length = used < columns ? used : columns;
    write_all(progress->file, text, lead + length); /* in one piece, so that nothing flickers */
    progress->is_drawn = true;
    progress->drawn = now;
}

static void write_line(gt_progress *progress, double now, const char *extra) {
    char text[LONGEST_LINE + 2];
    size_t used = compose(progress, now, extra, text);
    text[used] = '\n';
    write_all(progress->file, text, used + 1);
    progress->line_due = 2 * (now - progress->started);
}

/* ---- A step that says nothing ------------------------------------------------------------ */

/* What a thread draws again while the work is busy with one long step: a copy, so that a line
 * may go out of scope. Of a terminal there is one line. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
    gt_progress line;
    char extra[LONGEST_LINE];
    bool is_on, has_thread;
} watched;

static void *redraw_silent_line(void *unused) {
    const struct timespec pause = {.tv_nsec = 500000000};
    for (;;) {
        nanosleep(&pause, NULL);
        pthread_mutex_lock(&lock);
        gt_progress *line = &watched.line;
        double now = gt_seconds();
        if (watched.is_on && line->clock == gt_seconds && now - line->started >= line->delay &&
            now - line->drawn >= SILENCE)
            draw(line, now, *watched.extra ? watched.extra : NULL);
        pthread_mutex_unlock(&lock);
    }
    return unused;
}

/* Without a thread (no memory for one) only updates draw. Signals are for others. */
static void start_thread(void) {
    sigset_t all, before;
    pthread_t thread;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    if (pthread_create(&thread, NULL, redraw_silent_line, NULL) == 0) pthread_detach(thread);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    watched.has_thread = true;
}

/* The lock is held. */
static void set_watched_line(const gt_progress *progress, const char *extra) {
    watched.line = *progress;
    snprintf(watched.extra, sizeof watched.extra, "%s", extra ? extra : "");
    watched.is_on = true;
    if (!watched.has_thread) start_thread();
}

/* The lock is held. What the thread drew counts as drawn. */
static void adopt_drawn_state(gt_progress *progress) {
    if (!watched.is_on || watched.line.file != progress->file ||
        watched.line.clock != progress->clock)
        return;
    progress->is_drawn |= watched.line.is_drawn;
    progress->drawn = fmax(progress->drawn, watched.line.drawn);
}

static void erase(gt_progress *progress) {
    if (progress->is_drawn) write_all(progress->file, CLEARED, sizeof CLEARED - 1);
    progress->is_drawn = false;
    progress->drawn = 0;
    watched.is_on = false;
}

/* ---- The line ---------------------------------------------------------------------------- */

gt_progress gt_progress_start(int file, int64_t total, const char *label) {
    const char *terminal = getenv("TERM");
    gt_progress progress = {.file = file,
                            .total = total,
                            .first = -1,
                            .delay = DELAY,
                            .line_due = FIRST_LINE,
                            .clock = gt_seconds};
    progress.is_terminal =
        file >= 0 && isatty(file) && terminal && strcmp(terminal, "dumb") != 0;
    progress.started = progress.clock();
    snprintf(progress.label, sizeof progress.label, "%s", label);
    if (progress.is_terminal) {
        pthread_mutex_lock(&lock);
        adopt_drawn_state(&progress); /* of a line that another one replaces */
        set_watched_line(&progress, NULL);
        pthread_mutex_unlock(&lock);
    }
    return progress;
}

static void update_terminal(gt_progress *progress, double now, const char *extra) {
    pthread_mutex_lock(&lock);
    adopt_drawn_state(progress);
    if (now - progress->started >= progress->delay && now - progress->drawn >= INTERVAL)
        draw(progress, now, extra);
    set_watched_line(progress, extra);
    pthread_mutex_unlock(&lock);
}

void gt_progress_update(gt_progress *progress, int64_t done, const char *extra) {
    progress->done = done;
    if (progress->first < 0) progress->first = done;
    if (progress->file < 0) return;
    double now = progress->clock();
    if (progress->is_terminal)
        update_terminal(progress, now, extra);
    else if (now - progress->started >= progress->line_due)
        write_line(progress, now, extra);
}

void gt_progress_clear(gt_progress *progress) {
    if (progress->file < 0 || !progress->is_terminal) return;
    pthread_mutex_lock(&lock);
    adopt_drawn_state(progress);
    erase(progress);
    pthread_mutex_unlock(&lock);
}

void gt_progress_finish(gt_progress *progress) {
    gt_progress_clear(progress);
    progress->file = -1;
}

void gt_progress_stop(void) {
    pthread_mutex_lock(&lock);
    if (watched.is_on) erase(&watched.line);
    pthread_mutex_unlock(&lock);
}
