/* corner.c - see corner.h. */
#include "corner.h"

#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "galatea/interrupt.h"
#include "galatea/log.h"
#include "provenance.h"

static const char usual_columns[] = "concentration,asymmetry,smoothness,gini,m20";
static const double far_area = 0.2; /* of the first set's */

/* ---- What is asked for ------------------------------------------------------------------- */

static gt_status add_column(gt_corner *c, const char *name, size_t length, gt_error *err) {
    if (c->column_count == GT_CORNER_COLUMNS || length == 0 || length >= sizeof *c->columns)
        return gt_fail(err, GT_USAGE,
                       "columns: expected 1 to %d names with commas between, of at most %zu "
                       "bytes",
                       GT_CORNER_COLUMNS, sizeof *c->columns - 1);
    char *to = c->columns[c->column_count];
    memcpy(to, name, length);
    to[length] = '\0';
    for (size_t i = 0; i < c->column_count; i++)
        if (strcasecmp(c->columns[i], to) == 0)
            return gt_fail(err, GT_USAGE, "columns: '%s' is named twice", to);
    c->column_count++;
    return GT_OK;
}

static gt_status name_columns(gt_corner *c, const char *list, gt_error *err) {
    for (const char *at = list; at;) {
        size_t blanks = strspn(at, " "), end = strcspn(at, ","), length = end;
        while (length > blanks && at[length - 1] == ' ') length--;
        gt_status status =
            add_column(c, at + blanks, length > blanks ? length - blanks : 0, err);
        if (status) return status;
        at = at[end] ? at + end + 1 : NULL;
    }
    return GT_OK;
}

/* Sets of one name, of several tables. */
static gt_status tell_apart(gt_corner *c, gt_error *err) {
    gt_named named[GT_CORNER_SETS];
    for (size_t s = 0; s < c->set_count; s++)
        named[s] = (gt_named){c->sets[s].name, c->sets[s].path};
    return gt_names_tell_apart(named, c->set_count, err);
}

/* ---- Colours ----------------------------------------------------------------------------- */

/* Those of the paper, and further ones: the first set is red, sets that are called after a
 * model have its colour, others take the next that is free. */
static const struct {
    const char *word, *colour;
} paints[] = {{"", "#d62728"},    {"diffusion", "#1f4fd8"}, {"glow", "#2ca02c"},
              {"gan", "#00b5c8"}, {"vdvae", "#ff7f0e"},     {"", "#9467bd"},
              {"", "#222222"},    {"", "#b8860b"}};
enum { PAINTS = sizeof paints / sizeof *paints };
_Static_assert((int)PAINTS >= (int)GT_CORNER_SETS, "every set has a colour of its own");

static bool has_word(const char *name, const char *word) {
    size_t length = strlen(word);
    for (const char *at = name; length && *at; at++)
        if (strncasecmp(at, word, length) == 0) return true;
    return false;
}

static void choose_colours(gt_corner *c) {
    bool taken[PAINTS] = {true};
    c->sets[0].colour = paints[0].colour;
    for (size_t s = 1; s < c->set_count; s++)
        for (size_t k = 1; k < PAINTS && !c->sets[s].colour; k++) {
            if (taken[k] || !has_word(c->sets[s].name, paints[k].word)) continue;
            c->sets[s].colour = paints[k].colour;
            taken[k] = true;
        }
    for (size_t s = 1, k = 1; s < c->set_count; s++) {
        if (c->sets[s].colour) continue;
        while (taken[k]) k++;
        c->sets[s].colour = paints[k].colour;
        taken[k] = true;
    }
}

/* ---- Numbers ----------------------------------------------------------------------------- */

static const double *column_of(const gt_corner_source *set, size_t column) {
    return set->values + column * set->count;
}

GT_PRINTF(2, 3) static void add_note(gt_corner *c, const char *format, ...) {
    size_t used = strlen(c->note);
    va_list values;
    if (used && used + 1 < sizeof c->note) c->note[used++] = ' ';
    va_start(values, format);
    vsnprintf(c->note + used, sizeof c->note - used, format, values);
    va_end(values);
}

static gt_status find_windows(gt_corner *c, size_t bins, gt_error *err) {
    const gt_corner_source *first = &c->sets[0];
    for (size_t i = 0; i < c->column_count; i++) {
        gt_status status = gt_window_find(first->count, column_of(first, i), bins,
                                          &c->windows[i], &c->is_constant[i], err);
        if (status) {
            gt_blame(err, "%s, column '%s'", first->path, c->columns[i]);
            return status;
        }
        if (c->is_constant[i])
            add_note(c, "%s: nearly all of %.60s is %.6g; the window is widened round that.",
                     c->columns[i], first->name, column_of(first, i)[0]);
    }
    for (size_t s = 1; s < c->set_count; s++)
        if (c->sets[s].count == 0) add_note(c, "%.60s: no row counts.", c->sets[s].name);
    return GT_OK;
}

static gt_status measure(gt_corner *c, gt_error *err) {
    gt_status status = GT_OK;
    const gt_corner_source *first = &c->sets[0];
    for (size_t s = 0; s < c->set_count; s++)
        for (size_t i = 0; i < c->column_count; i++) {
            gt_corner_source *set = &c->sets[s];
            gt_corner_part *part = &set->parts[i];
            const gt_bins *window = &c->windows[i];
            double distance = 0, sd = first->parts[i].of.sd;
            size_t inside = 0;
            GT_TRY(gt_summarize(set->count, column_of(set, i), &part->of, err));
            for (size_t r = 0; i == c->smoothness && r < set->count; r++)
                part->small += column_of(set, i)[r] == 0;
            part->w1 = part->outside = NAN;
            if (set->count == 0) continue;
            GT_TRY(gt_wasserstein(set->count, column_of(set, i), first->count,
                                  column_of(first, i), &distance, err));
            if (s == 0) sd = part->of.sd;
            for (size_t r = 0; r < set->count; r++)
                inside += gt_bin_of(window, column_of(set, i)[r]) < window->count;
            part->w1 = sd > 0 ? distance / sd : (double)NAN;
            part->outside = 1 - (double)inside / (double)set->count;
        }
done:
    return status;
}

/* Without them a peak at 0 looks like very smooth galaxies. */
static void note_small(gt_corner *c) {
    bool some = false;
    size_t i = c->smoothness;
    for (size_t s = 0; i < c->column_count && s < c->set_count; s++)
        some = some || c->sets[s].parts[i].small;
    if (!some) return;
    c->apart = i + 1;
    add_note(c, "smoothness, dashed: without sources below 8 pixels, where it is 0:");
    for (size_t s = 0; s < c->set_count; s++)
        if (c->sets[s].count)
            add_note(c, "%.3g %% of %.60s%s",
                     100.0 * (double)c->sets[s].parts[i].small / (double)c->sets[s].count,
                     c->sets[s].name, s + 1 < c->set_count ? "," : ".");
}

/* Coefficients follow from what was cut out: sets of other areas differ in that first. */
static void compare_areas(const gt_corner *c) {
    double usual = c->sets[0].area;
    for (size_t s = 1; s < c->set_count; s++) {
        double area = c->sets[s].area;
        if (fabs(area - usual) > far_area * usual)
            gt_remark("%s: segments have a median area of %.4g pixels, those of %s %.4g: where "
                      "coefficients differ, segmentation may be the reason and not shape",
                      c->sets[s].name, area, c->sets[0].name, usual);
    }
}

/* ---- All --------------------------------------------------------------------------------- */

static gt_status read_tables(gt_corner *c, const gt_label *labels, size_t count,
                             gt_error *err) {
    for (size_t k = 0; k < count; k++) {
        if (gt_interrupt_pending())
            return gt_fail(err, GT_INTERRUPTED, "interrupted, no file written");
        gt_status status = gt_corner_read(c, &labels[k], err);
        if (status) return status;
    }
    return tell_apart(c, err);
}

gt_status gt_corner_compare(const gt_context *context, const char *const *words, size_t count,
                            const gt_corner_settings *settings, gt_corner *out, gt_error *err) {
    gt_status status = GT_OK;
    gt_label labels[GT_CORNER_SETS];
    const char *inputs[GT_CORNER_SETS + 1] = {NULL};
    *out = (gt_corner){.by = settings->by};
    GT_ASSERT(count >= 1 && count <= GT_CORNER_SETS);
    GT_TRY(name_columns(out, settings->columns ? settings->columns : usual_columns, err));
    for (size_t k = 0; k < count; k++) {
        GT_TRY(gt_label_parse(words[k], &labels[k], err));
        inputs[k] = labels[k].path;
    }
    GT_TRY(read_tables(out, labels, count, err));
    choose_colours(out);
    while (out->smoothness < out->column_count &&
           strcasecmp(out->columns[out->smoothness], "smoothness") != 0)
        out->smoothness++;
    GT_TRY(find_windows(out, (size_t)settings->bins, err));
    GT_TRY(measure(out, err));
    note_small(out);
    compare_areas(out);
    GT_TRY(gt_provenance_make(context->invocation, inputs, &out->provenance, err));
    GT_TRY(gt_corner_write(out, settings, err));
done:
    return status;
}

void gt_corner_free(gt_corner *corner) {
    for (size_t s = 0; s < GT_CORNER_SETS; s++) free(corner->sets[s].values);
    free(corner->provenance);
    *corner = (gt_corner){0};
}
