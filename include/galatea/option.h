/* option.h (room: base) - one table of settings, many uses.
 *
 * A setting is declared once, as a row of a table that describes a plain C struct. From the row
 * come the flag --name, the key of configuration files and of --set, the default, the range
 * check, the line of --help, the manual page, and the record kept in a run folder.
 *
 *     typedef struct sky_settings {
 *         int64_t count;
 *         double noise;
 *         const char *out;
 *     } sky_settings;
 *     static const gt_option sky_rows[] = {
 *         {"count", GT_INT_AT(sky_settings, count), "4096", "N", "number of sources",
 *          .min = 1, .max = 1e9},
 *         {"noise", GT_REAL_AT(sky_settings, noise), "0.02", "X", "rms of the noise",
 *          .min = 0, .max = INFINITY},
 *         {"out", GT_TEXT_AT(sky_settings, out), NULL, "FILE", "data set to write",
 *          .required = true},
 *     };
 *     static const gt_option_table sky_table = GT_OPTION_TABLE("Sky", sky_rows);
 *
 *     gt_options_create(&options, err);
 *     gt_options_add(options, &sky_table, &settings, err);    (defaults are in place now)
 *     gt_options_parse(options, argc, argv, err);
 *     gt_options_check(options, err);
 *
 * A value comes from the highest of: command line, run folder, configuration file, preset,
 * default (gt_option_source); the order of the calls does not matter. Wrong names and values
 * are GT_USAGE with one sentence; a setting is changed only by a valid value.
 *
 * Threads: one gt_options object, one thread. */
#ifndef GALATEA_OPTION_H
#define GALATEA_OPTION_H

#include <float.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "galatea/error.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum gt_option_kind {
    GT_OPTION_FLAG,  /* bool: --name, --no-name, --name=true|false|yes|no|on|off */
    GT_OPTION_INT,   /* int64_t, decimal */
    GT_OPTION_REAL,  /* double, finite */
    GT_OPTION_REALS, /* gt_reals, finite numbers with commas between */
    GT_OPTION_TEXT,  /* const char *; NULL only while nothing was given and there is no default
                      */
    GT_OPTION_CHOICE /* const char *, one of `choices` */
} gt_option_kind;

/* One number or a list of them. */
enum { GT_REALS_MOST = 128 };
typedef struct gt_reals {
    int count; /* 1 .. GT_REALS_MOST */
    double value[GT_REALS_MOST];
} gt_reals;

/* A list of one, as an initializer. */
#define GT_REALS(only) \
    {                  \
        1, {           \
            (only)     \
        }              \
    }

/* Number i of a list; the only one stands for all. */
static inline double gt_reals_at(const gt_reals *reals, int i) {
    return reals->value[reals->count == 1 ? 0 : i];
}

/* Kind and place of a member in one go; does not compile if the member has another type. */
#define GT_MEMBER_AT(kind, type, settings, member) \
    kind, offsetof(settings, member) + _Generic(((settings *)0)->member, type : 0)
#define GT_FLAG_AT(settings, member) GT_MEMBER_AT(GT_OPTION_FLAG, bool, settings, member)
#define GT_INT_AT(settings, member) GT_MEMBER_AT(GT_OPTION_INT, int64_t, settings, member)
#define GT_REAL_AT(settings, member) GT_MEMBER_AT(GT_OPTION_REAL, double, settings, member)
#define GT_REALS_AT(settings, member) GT_MEMBER_AT(GT_OPTION_REALS, gt_reals, settings, member)
#define GT_TEXT_AT(settings, member) \
    GT_MEMBER_AT(GT_OPTION_TEXT, const char *, settings, member)
#define GT_CHOICE_AT(settings, member) \
    GT_MEMBER_AT(GT_OPTION_CHOICE, const char *, settings, member)

/* Ends of a range that exclude 0 and 1; messages say "above 0" and "below 1". */
#define GT_ABOVE_ZERO DBL_MIN
#define GT_BELOW_ONE (1 - DBL_EPSILON / 2)

/* What a text leads to, for those who keep what is written apart from what is read. */
typedef enum gt_option_path {
    GT_NO_PATH,
    GT_READS,  /* a file or folder; also as NAME=FILE, KIND:FILE, FILE:ROWS, a list */
    GT_WRITES, /* a file that appears whole */
    GT_FILLS   /* a folder, or whatever else the command itself looks after */
} gt_option_path;

typedef struct gt_option {
    const char *name; /* a-z, 0-9 and '-', without leading dashes */
    gt_option_kind kind;
    size_t offset;
    const char *fallback; /* default as text; NULL: false, 0, 0.0 or a NULL string */
    const char *word;     /* stands for the value in --help ("N", "FILE"); NULL for flags */
    const char *help;     /* one sentence without a final full stop */
    double min, max;     /* inclusive, INFINITY allowed; min == max (both left out): no range */
    const char *choices; /* "a|b|c", for GT_OPTION_CHOICE */
    bool transient;      /* of this call alone: left out of the record of a run */
    bool required;       /* gt_options_check fails while nothing was given */
    gt_option_path path; /* for GT_OPTION_TEXT */
    /* Of a file that is written: "fits|csv", what its name may end in; "h5|": or no ending.
     * NULL: anything. */
    const char *endings;
    /* Of an option that does nothing by itself: another "NAME" that must be given, or have a
     * value, "NAME=VALUE"; or one that must not be given. gt_options_remark_idle. NULL: none.
     */
    const char *with, *without;
} gt_option;

typedef struct gt_option_table {
    const char *title; /* heading in --help ("Model") */
    const gt_option *rows;
    size_t count;
} gt_option_table;

#define GT_OPTION_TABLE(title, rows) \
    { (title), (rows), sizeof(rows) / sizeof((rows)[0]) }

/* Lowest first: a value never gives way to one from a lower source. */
typedef enum gt_option_source {
    GT_FROM_DEFAULT,
    GT_FROM_PRESET,
    GT_FROM_FILE,
    GT_FROM_RUN,
    GT_FROM_COMMAND
} gt_option_source;

/* Keeps which value came from where, and owns every string put into a settings struct: those
 * structs are good until gt_options_destroy. */
typedef struct gt_options gt_options;

/* An object without tables. GT_NO_MEMORY. *out is yours; destroy accepts NULL. */
gt_status gt_options_create(gt_options **out, gt_error *err);
void gt_options_destroy(gt_options *options);

/* Adds a table and sets every member it names in *settings to its default. table and settings
 * are lent until destroy. GT_BAD_ARGUMENT if the table itself is wrong: a name twice (in all
 * tables added), a reserved name (help, config, set, print-config, or one that starts with
 * "no-"), a default that its own row refuses. */
gt_status gt_options_add(gt_options *options, const gt_option_table *table, void *settings,
                         gt_error *err);

/* Sets one value. where says more about the source ("run.conf, line 3"), copied, may be NULL.
 * A valid value that comes from a lower source than the present one is checked and ignored. */
gt_status gt_options_set(gt_options *options, const char *key, const char *value,
                         gt_option_source source, const char *where, gt_error *err);

/* Sets a list of "key=value" that ends with NULL, as preset `name`. */
gt_status gt_options_preset(gt_options *options, const char *name, const char *const *pairs,
                            gt_error *err);

/* Reads lines `key = value`. '#' at the start or after a blank begins a comment; a value with
 * leading or trailing blanks, '#', quotes or control bytes is written "in \"quotes\"" with the
 * escapes \" \\ \n \t \r \xNN. A key may appear once. `name` is the file's name for messages,
 * which end up as "name, line 3: ...". source: GT_FROM_FILE or GT_FROM_RUN. */
gt_status gt_options_read_text(gt_options *options, const char *name, const char *text,
                               size_t length, gt_option_source source, gt_error *err);

/* The same from a file of at most 1 MiB, GT_NOT_FOUND or GT_IO when it cannot be read. */
gt_status gt_options_read_file(gt_options *options, const char *path, gt_option_source source,
                               gt_error *err);

/* Takes arguments without the program's and the command's name. Understands --name VALUE,
 * --name=VALUE, --set name=VALUE, --config FILE, --print-config, --help, -h; everything else
 * that does not start with '-', and all that follows "--", is a word (positional argument).
 * --help ends the parse at once. argv must live as long as the words are used. */
gt_status gt_options_parse(gt_options *options, int argc, const char *const *argv,
                           gt_error *err);

/* GT_USAGE naming the first required option that nobody set, or that was given "" for a path.
 * Call it when all sources are in. */
gt_status gt_options_check(const gt_options *options, gt_error *err);

/* A remark for each option of the command line that has no effect beside the others (`with` and
 * `without` of its row), or that has several values there, of which the last counts. Call it
 * when all sources are in. */
void gt_options_remark_idle(const gt_options *options);

/* What the arguments asked for besides values. */
bool gt_options_asks_help(const gt_options *options);
bool gt_options_asks_config(const gt_options *options);

/* The files that --config named, lent; *count may be 0. */
const char *const *gt_options_files(const gt_options *options, size_t *count);

/* The words, lent; *count may be 0. */
const char *const *gt_options_words(const gt_options *options, size_t *count);

/* Where the present value of `key` came from; GT_FROM_DEFAULT for unknown keys. */
gt_option_source gt_options_source(const gt_options *options, const char *key);

/* One setting as the visitor sees it; all strings live until the visitor returns. */
typedef struct gt_option_view {
    const gt_option *row;
    const char *text; /* NULL for a string that was never given */
    gt_option_source source;
    const char *where; /* "default", "preset tiny", "run.conf, line 3", "command line" */
} gt_option_view;

/* Calls visit for each setting in table order, with the value that is in its struct now (also
 * if the program changed it after parsing). Stops at the first status that is not GT_OK. */
gt_status gt_options_visit(const gt_options *options,
                           gt_status (*visit)(void *user, const gt_option_view *, gt_error *),
                           void *user, gt_error *err);

typedef enum gt_options_format {
    GT_OPTIONS_PLAIN,   /* key = value, what gt_options_read_text reads back bit for bit,
                           without the transient ones: the record of a run */
    GT_OPTIONS_SOURCES, /* all of them, with "# where" behind each line */
    GT_OPTIONS_JSON     /* one object, numbers as numbers, null for strings never given */
} gt_options_format;

/* All values as text; strings never given are left out of the plain formats. *out is yours
 * (free). */
gt_status gt_options_text(const gt_options *options, gt_options_format format, char **out,
                          gt_error *err);

#ifdef __cplusplus
}
#endif
#endif
