/* cite.c - see cite.h. */
#include "cite.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "about.h"
#include "galatea/dataset.h"
#include "galatea/run.h"
#include "galatea/version.h"
#include "network.h"

typedef struct citation {
    const char *uses, *bibtex;
} citation;

static const citation citations[] = {
#define GT_CITATION(uses, bibtex) {uses, bibtex},
#include "citations.def"
#undef GT_CITATION
};
enum { CITATIONS = sizeof citations / sizeof *citations, TEXT = 512 };

/* What was, or is to be done: a command, the model it works with (NULL: none), and what was
 * said of an option, as text that lives until the next question. */
typedef struct deed {
    const char *command, *model;
    const char *(*said)(const struct deed *deed, const char *option);
    const gt_options *options;
    const json_t *record;
} deed;

/* ---- what was said ---- */

typedef struct question {
    const char *option;
    char answer[TEXT];
} question;

static gt_status note_option(void *user, const gt_option_view *view, gt_error *err) {
    question *q = user;
    (void)err;
    if (view->text && strcmp(view->row->name, q->option) == 0)
        snprintf(q->answer, sizeof q->answer, "%s", view->text);
    return GT_OK;
}

static const char *said_by_options(const deed *d, const char *option) {
    static _Thread_local question q;
    q = (question){.option = option};
    return gt_options_visit(d->options, note_option, &q, NULL) ? "" : q.answer;
}

static const char *said_by_record(const deed *d, const char *option) {
    static _Thread_local char text[TEXT];
    const json_t *value = json_object_get(json_object_get(d->record, "options"), option);
    *text = '\0';
    if (json_is_string(value)) snprintf(text, sizeof text, "%s", json_string_value(value));
    if (json_is_number(value)) snprintf(text, sizeof text, "%g", json_number_value(value));
    return text;
}

/* ---- whether a paper belongs to it ---- */

/* Whether one of a list "rf,svc" begins with the value; of an empty value, whether there is
 * anything. */
static bool has_value(const char *list, const char *value, size_t length) {
    if (!length) return *list != '\0';
    for (;; ++list) {
        if (strncmp(list, value, length) == 0) return true;
        list = strchr(list, ',');
        if (!list) return false;
    }
}

/* "data import" is the whole command or stands before its variant. */
static bool is_command(const char *command, const char *use, size_t length) {
    return strncmp(command, use, length) == 0 &&
           (command[length] == '\0' || command[length] == ' ');
}

static bool is_use(const deed *d, const char *use, size_t length) {
    char option[TEXT];
    if (strncmp(use, "model ", 6) == 0)
        return d->model && strlen(d->model) == length - 6 &&
               strncmp(d->model, use + 6, length - 6) == 0;
    const char *equals = memchr(use, '=', length);
    if (!equals) return is_command(d->command, use, length);
    const char *name = equals;
    while (name > use && name[-1] != ' ') name--;
    snprintf(option, sizeof option, "%.*s", (int)(equals - name), name);
    return is_command(d->command, use, (size_t)(name - use) - 1) &&
           has_value(d->said(d, option), equals + 1, length - (size_t)(equals + 1 - use));
}

/* Calls for each part of "a, b". */
static bool has_use(const char *uses,
                    bool (*is)(const void *of, const char *use, size_t length),
                    const void *of) {
    for (;;) {
        size_t length = strcspn(uses, ",");
        if (is(of, uses, length)) return true;
        if (!uses[length]) return false;
        uses += length + 1;
        uses += strspn(uses, " ");
    }
}

static bool is_use_of_deed(const void *of, const char *use, size_t length) {
    return is_use(of, use, length);
}

static bool is_same_use(const void *of, const char *use, size_t length) {
    return strlen(of) == length && strncmp(of, use, length) == 0;
}

bool gt_cite_knows(const char *use) {
    for (size_t i = 0; i < CITATIONS; i++)
        if (has_use(citations[i].uses, is_same_use, use)) return true;
    return false;
}

static void mark(const deed *d, bool is_used[CITATIONS]) {
    for (size_t i = 0; i < CITATIONS; i++)
        is_used[i] |= has_use(citations[i].uses, is_use_of_deed, d);
}

/* ---- words ---- */

/* The record of a file; NULL where it has none. Yours. */
static char *record_of(const char *path, gt_thing thing) {
    gt_about about = {0};
    gt_dataset *set = NULL;
    char *text = NULL;
    if (thing == GT_THING_SET) {
        if (gt_dataset_open_any(path, &set, NULL)) return NULL;
        const char *own = gt_dataset_describe(set)->provenance;
        text = own ? strdup(own) : NULL;
        gt_dataset_close(set);
        return text;
    }
    if (gt_about_read(path, &about, NULL) == GT_OK && about.provenance)
        text = strdup(about.provenance);
    gt_about_free(&about);
    return text;
}

/* What made a file. */
static void mark_file(const char *path, bool is_used[CITATIONS]) {
    char *text = record_of(path, gt_thing_of(path));
    json_t *record = text ? json_loads(text, 0, NULL) : NULL;
    const char *command = json_string_value(json_object_get(record, "command"));
    const char *last = command ? strrchr(command, ' ') : NULL;
    if (command && strncmp(command, "galatea ", 8) == 0)
        mark(&(deed){.command = command + 8,
                     .model = last ? last + 1 : NULL,
                     .said = said_by_record,
                     .record = record},
             is_used);
    json_decref(record);
    free(text);
}

static void mark_word(const gt_invocation *asked, const char *word, bool is_used[CITATIONS]) {
    const gt_model_class *kind = NULL;
    gt_thing thing = gt_thing_of(word);
    bool leads_to_model = thing == GT_THING_NONE ? gt_model_class_find(word, &kind, NULL) == 0
                                                 : gt_run_class(word, &kind, NULL) == 0;
    if (leads_to_model)
        mark(&(deed){asked->command, kind->name, said_by_options, asked->options, NULL},
             is_used);
    else if (thing != GT_THING_NONE && strcmp(asked->command, "info") == 0)
        mark_file(word, is_used);
}

/* ---- printing ---- */

void gt_cite_program(FILE *stream) {
    fprintf(stream,
            "@software{Galatea,\n"
            "  author = {{The Galatea developers}},\n"
            "  title = {Galatea: Learning, Generating and Judging Galaxy Images},\n"
            "  version = {%s}}\n",
            gt_version());
}

void gt_cite_call(FILE *stream, const gt_context *context) {
    const gt_invocation *asked = context->invocation;
    bool is_used[CITATIONS] = {false};
    const char *model = asked->variant;
    if (context->network && context->network->class) model = context->network->class->name;
    mark(&(deed){asked->command, model, said_by_options, asked->options, NULL}, is_used);
    for (size_t i = 0; i < asked->word_count; i++) mark_word(asked, asked->words[i], is_used);
    gt_cite_program(stream);
    for (size_t i = 0; i < CITATIONS; i++)
        if (is_used[i]) fprintf(stream, "\n%s\n", citations[i].bibtex);
}
