/* power_states.c - what a power loss may leave: power_states LOG OUT EVERY reads a log of
 * faults.c and makes a folder OUT/N for every EVERY-th distinct state, and OUT/end-N for each
 * of those that are possible when all is done; prints how many there are.
 *
 * The power fails after any event. Names that were changed since the last flush of their folder
 * are changed or not, each by itself; bytes that were written since the last flush of their
 * file are there, are not, are there by half, or are zeros. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "faults.h"

enum { FILES = 400, NAMES = 32, PENDING = 12, NAME = 256, STATES = 100000 };
enum { SYNCED, WRITTEN, HALF, ZEROS, CHOICES };

typedef struct bytes {
    char *at;
    size_t size;
} bytes;

typedef struct file {
    uint64_t number;
    bytes synced, written,
        half; /* half: as written, but for the second half of the last write */
} file;

typedef struct name_op {
    int kind, file;
    uint64_t folder; /* where its names lie: the number of a folder, 0 for the one where all
                        begins */
    char first[NAME], second[NAME];
} name_op;

typedef struct name {
    char text[NAME];
    int file; /* -1: a folder */
} name;

typedef struct names {
    int count;
    name of[NAMES];
} names;

static file files[FILES];
static int file_count;
static names kept; /* names that a flush has kept */
static struct {
    char path[NAME];
    uint64_t number;
} folders[NAMES];
static int folder_count;
static name_op pending[PENDING];
static int pending_count;
static uint64_t seen[STATES];
static long seen_count, every;
static const char *out, *kind = "";

static void die(const char *what) {
    fprintf(stderr, "power_states: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void set_bytes(bytes *to, const bytes *from) {
    to->at = realloc(to->at, from->size + 1);
    if (!to->at) die("memory");
    if (from->size) memcpy(to->at, from->at, from->size);
    to->size = from->size;
}

static void put_bytes(bytes *to, uint64_t offset, const char *what, size_t size) {
    if (offset + size > to->size) {
        to->at = realloc(to->at, offset + size + 1);
        if (!to->at) die("memory");
        memset(to->at + to->size, 0, offset + size - to->size);
        to->size = offset + size;
    }
    memcpy(to->at + offset, what, size);
}

/* The latest file of a number: the system gives numbers of files that are gone to new ones. */
static int find_file(uint64_t number) {
    for (int i = file_count - 1; i >= 0; i--)
        if (files[i].number == number) return i;
    return -1;
}

static int find_name(const names *in, const char *text) {
    for (int i = 0; i < in->count; i++)
        if (strcmp(in->of[i].text, text) == 0) return i;
    return -1;
}

static void set_name(names *in, const char *text, int to) {
    int at = find_name(in, text);
    if (at < 0) at = in->count++;
    if (at >= NAMES) die("too many names");
    snprintf(in->of[at].text, NAME, "%s", text);
    in->of[at].file = to;
}

static void drop_name(names *in, int at) {
    in->of[at] = in->of[--in->count];
}

/* False when what it is about is not there. */
static bool apply(names *in, const name_op *op) {
    int from = find_name(in, op->first);
    if (op->kind == FAULT_CREATE) set_name(in, op->first, op->file);
    if (op->kind == FAULT_MKDIR) set_name(in, op->first, -1);
    if (op->kind == FAULT_CREATE || op->kind == FAULT_MKDIR) return true;
    if (from < 0) return false;
    int is = in->of[from].file;
    if (op->kind != FAULT_LINK) drop_name(in, from);
    if (op->kind != FAULT_UNLINK) set_name(in, op->second, is);
    return true;
}

static bytes content(const file *f, int choice) {
    static bytes zeros;
    if (choice == SYNCED) return f->synced;
    if (choice == WRITTEN) return f->written;
    if (choice == HALF) return f->half;
    set_bytes(&zeros, &f->written);
    if (zeros.size > f->synced.size)
        memset(zeros.at + f->synced.size, 0, zeros.size - f->synced.size);
    return zeros;
}

static uint64_t hash_more(uint64_t hash, const char *at, size_t size) {
    for (size_t i = 0; i < size; i++) hash = (hash ^ (unsigned char)at[i]) * 0x100000001b3u;
    return hash;
}

/* The same for any order of the names. */
static uint64_t hash_state(const names *in, int choice) {
    uint64_t sum = 0;
    for (int i = 0; i < in->count; i++) {
        uint64_t one =
            hash_more(0xcbf29ce484222325u, in->of[i].text, strlen(in->of[i].text) + 1);
        if (in->of[i].file >= 0) {
            bytes is = content(&files[in->of[i].file], choice);
            one = hash_more(one, is.at, is.size);
        }
        sum += one;
    }
    return sum;
}

static bool is_new(uint64_t hash) {
    for (long i = 0; i < seen_count; i++)
        if (seen[i] == hash) return false;
    if (seen_count == STATES) die("too many states");
    seen[seen_count++] = hash;
    return true;
}

static void write_one(const char *path, bytes is) {
    FILE *stream = fopen(path, "we");
    if (!stream || fwrite(is.at ? is.at : "", 1, is.size, stream) != is.size || fclose(stream))
        die(path);
}

/* Folders first, whatever the order of the names. */
static void write_state(const names *in, int choice) {
    char path[2 * NAME];
    snprintf(path, sizeof path, "%s/%s%ld", out, kind, seen_count);
    if (mkdir(path, 0777)) die(path);
    for (int pass = 0; pass < 2; pass++)
        for (int i = 0; i < in->count; i++) {
            bool is_folder = in->of[i].file < 0;
            snprintf(path, sizeof path, "%s/%s%ld/%.200s", out, kind, seen_count,
                     in->of[i].text);
            if (pass == 0 && is_folder && mkdir(path, 0777)) die(path);
            if (pass == 1 && !is_folder)
                write_one(path, content(&files[in->of[i].file], choice));
        }
}

/* A folder that is lost takes with it what lies in it. */
static void drop_orphans(names *in) {
    char folder[NAME];
    for (int i = in->count - 1; i >= 0; i--) {
        snprintf(folder, sizeof folder, "%s", in->of[i].text);
        char *slash = strrchr(folder, '/');
        if (!slash) continue;
        *slash = 0;
        if (find_name(in, folder) < 0) drop_name(in, i);
    }
}

static void fail_here(void) {
    for (unsigned chosen = 0; chosen < 1u << pending_count; chosen++) {
        names now = kept;
        bool is_valid = true;
        for (int i = 0; i < pending_count && is_valid; i++)
            if (chosen >> i & 1) is_valid = apply(&now, &pending[i]);
        if (!is_valid) continue;
        drop_orphans(&now);
        for (int choice = 0; choice < CHOICES; choice++)
            if (is_new(hash_state(&now, choice)) && seen_count % every == 0)
                write_state(&now, choice);
    }
}

static void change_bytes(const fault_event *event, const char *what) {
    int at = find_file(event->file);
    if (at < 0) return;
    file *f = &files[at];
    if (event->kind == FAULT_SYNC)
        set_bytes(&f->synced, &f->written), set_bytes(&f->half, &f->written);
    if (event->kind == FAULT_CUT)
        f->written.size = event->offset < f->written.size ? event->offset : f->written.size;
    if (event->kind != FAULT_WRITE) return;
    set_bytes(&f->half, &f->written);
    put_bytes(&f->half, event->offset, what, (event->size + 1) / 2);
    put_bytes(&f->written, event->offset, what, event->size);
}

static uint64_t folder_of(const char *path) {
    const char *slash = strrchr(path, '/');
    for (int i = 0; slash && i < folder_count; i++)
        if (strncmp(path, folders[i].path, (size_t)(slash - path)) == 0 &&
            !folders[i].path[slash - path])
            return folders[i].number;
    return 0;
}

static void change_names(const fault_event *event, const char *first, const char *second) {
    if (pending_count == PENDING) die("too many names between two flushes");
    name_op *op = &pending[pending_count++];
    *op = (name_op){.kind = event->kind, .file = -1, .folder = folder_of(first)};
    snprintf(op->first, NAME, "%s", first);
    snprintf(op->second, NAME, "%s", second);
    if (event->kind == FAULT_MKDIR) {
        if (folder_count == NAMES) die("too many folders");
        snprintf(folders[folder_count].path, NAME, "%s", first);
        folders[folder_count++].number = event->file;
    }
    if (event->kind != FAULT_CREATE) return;
    if (file_count == FILES) die("too many files");
    op->file = file_count;
    files[file_count++].number = event->file;
}

/* Names of one folder; a number that no mkdir told is the folder where all begins. */
static void flush_names(uint64_t number) {
    int left = 0;
    bool is_known = false;
    for (int i = 0; i < folder_count; i++) is_known |= folders[i].number == number;
    for (int i = 0; i < pending_count; i++)
        if (pending[i].folder == (is_known ? number : 0))
            (void)apply(&kept, &pending[i]);
        else
            pending[left++] = pending[i];
    pending_count = left;
}

static void take(const fault_event *event, FILE *log) {
    char first[NAME] = "", second[NAME] = "", *what = malloc(event->size + 1);
    if (!what || event->first >= NAME || event->second >= NAME) die("an event");
    if (fread(first, 1, event->first, log) != event->first ||
        fread(second, 1, event->second, log) != event->second ||
        fread(what, 1, event->size, log) != event->size)
        die("the log is cut");
    if (event->first)
        change_names(event, first, second);
    else if (event->kind == FAULT_SYNC_FOLDER)
        flush_names(event->file);
    else
        change_bytes(event, what);
    free(what);
}

int main(int count, char **words) {
    fault_event event;
    if (count != 4) die("usage: power_states LOG OUT EVERY");
    FILE *log = fopen(words[1], "re");
    out = words[2];
    every = atol(words[3]);
    if (!log || every < 1 || mkdir(out, 0777)) die(out);
    fail_here();
    while (fread(&event, sizeof event, 1, log) == 1) {
        take(&event, log);
        fail_here();
    }
    (void)fclose(log);
    printf("%ld\n", seen_count);
    kind = "end-";
    seen_count = 0;
    every = 1;
    fail_here();
    return 0;
}
