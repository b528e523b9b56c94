/* Graphs fed from a recording, run compiled or by plain loops in double, compared where asked.
 */
#include "closer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decisions.h"
#include "galatea/plan.h"

typedef struct fed {
    const gt_tensor *leaf;
    float *values;
} fed;

typedef struct wanted {
    gt_tensor *value;
    char *name; /* NULL: only kept */
    gt_replay_judge judge;
    float *got;
} wanted;

struct gt_replay_job {
    gt_recording *rec;
    gt_graph *graph;
    gt_params *params;
    gt_tensor *const *leaves;
    fed *feeds;
    int feed_count, feed_room;
    wanted *wants;
    int want_count, want_room;
    gt_plan *plan; /* made by the first run */
    bool compared;
    /* For a closer look: what jumps in the graph, and what it was. */
    gt_decision *decisions;
    int decision_count;
    float **decided;
};

gt_replay_job *gt_replay_job_create(gt_recording *rec) {
    gt_replay_job *job = rec->status ? NULL : calloc(1, sizeof *job);
    if (job) job->graph = gt_graph_create();
    if (job && job->graph) {
        job->rec = rec;
        return job;
    }
    free(job);
    gt_recording_fail(rec, GT_NO_MEMORY, "no memory for a graph");
    return NULL;
}

void gt_replay_job_destroy(gt_replay_job *job) {
    if (!job) return;
    gt_plan_destroy(job->plan);
    gt_graph_destroy(job->graph);
    for (int i = 0; i < job->feed_count; ++i) free(job->feeds[i].values);
    for (int i = 0; i < job->want_count; ++i) {
        free(job->wants[i].name);
        free(job->wants[i].got);
    }
    for (int i = 0; i < job->decision_count && job->decided; ++i) free(job->decided[i]);
    free(job->decided);
    free(job->decisions);
    free(job->feeds);
    free(job->wants);
    free(job);
}

gt_graph *gt_replay_job_graph(gt_replay_job *job) {
    return job->graph;
}

void gt_replay_job_parameters(gt_replay_job *job, gt_params *params, gt_tensor *const *leaves) {
    job->params = params;
    job->leaves = leaves;
}

/* Room for one more item of `size` bytes; false when memory is short. */
static bool grow(gt_recording *rec, void **items, int count, int *room, size_t size) {
    if (count < *room) return true;
    int more = *room ? 2 * *room : 64;
    void *larger = realloc(*items, (size_t)more * size);
    if (!larger) {
        gt_recording_fail(rec, GT_NO_MEMORY, "no memory for %d values", more);
        return false;
    }
    *items = larger;
    *room = more;
    return true;
}

/* Takes `values`. */
static void add_feed(gt_replay_job *job, const gt_tensor *leaf, float *values) {
    void **feeds = (void **)&job->feeds;
    if (!values || !grow(job->rec, feeds, job->feed_count, &job->feed_room, sizeof(fed))) {
        free(values);
        return;
    }
    job->feeds[job->feed_count++] = (fed){leaf, values};
}

void gt_replay_feed(gt_replay_job *job, const gt_tensor *leaf, const char *format, ...) {
    char name[256];
    uint64_t count = 0;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(name, sizeof name, format, arguments);
    va_end(arguments);
    float *values = gt_recording_input(job->rec, name, &count);
    char text[96];
    gt_shape shape = gt_tensor_shape(leaf);
    if (values && count != (uint64_t)gt_shape_count(shape))
        gt_recording_fail(job->rec, GT_BAD_SHAPE, "'%s' has %llu values, expected %s", name,
                          (unsigned long long)count, gt_shape_text(shape, text));
    add_feed(job, leaf, values);
}

void gt_replay_feed_values(gt_replay_job *job, const gt_tensor *leaf, const float *values) {
    size_t bytes = (size_t)gt_shape_count(gt_tensor_shape(leaf)) * sizeof *values;
    float *copy = job->rec->status ? NULL : malloc(bytes);
    if (!job->rec->status && !copy)
        gt_recording_fail(job->rec, GT_NO_MEMORY, "no memory for a leaf");
    if (copy) memcpy(copy, values, bytes);
    add_feed(job, leaf, copy);
}

/* Takes `name`. */
static int add_want(gt_replay_job *job, gt_tensor *value, gt_replay_judge judge, char *name) {
    void **wants = (void **)&job->wants;
    size_t count = (size_t)gt_shape_count(gt_tensor_shape(value));
    if (job->rec->status ||
        !grow(job->rec, wants, job->want_count, &job->want_room, sizeof(wanted))) {
        free(name);
        return 0;
    }
    wanted *want = &job->wants[job->want_count];
    *want = (wanted){value, name, judge, calloc(count + 1, sizeof(float))};
    if (!want->got) gt_recording_fail(job->rec, GT_NO_MEMORY, "no memory for a value");
    return job->want_count++;
}

void gt_replay_expect(gt_replay_job *job, gt_tensor *value, gt_replay_judge judge,
                      const char *format, ...) {
    char *name = NULL;
    va_list arguments;
    va_start(arguments, format);
    int length = vasprintf(&name, format, arguments);
    va_end(arguments);
    if (length < 0) {
        gt_recording_fail(job->rec, GT_NO_MEMORY, "no memory for a name");
        return;
    }
    int index = value ? gt_recording_find(job->rec, name) : -1;
    /* A shape that its recording contradicts is refused before anything of that size is made.
     */
    if (index >= 0 && !job->rec->status &&
        gt_recording_fits(job->rec, index, gt_tensor_shape(value)))
        add_want(job, value, judge, name);
    else
        free(name);
}

int gt_replay_add_output(gt_replay_job *job, gt_tensor *value) {
    return add_want(job, value, GT_REPLAY_PLAIN, NULL);
}

const float *gt_replay_output(const gt_replay_job *job, int number) {
    return job->wants[number].got;
}

/* ---- Decisions --------------------------------------------------------------------- */

static size_t decision_values(const gt_replay_job *job, int i) {
    return (size_t)gt_shape_count(gt_tensor_shape(job->decisions[i].value));
}

/* Finds them, once, with room for what they are. */
static void find_decisions(gt_replay_job *job, gt_tensor *const *outputs) {
    if (!job->rec->look || job->decisions) return;
    job->decisions =
        gt_decisions_of(job->graph, outputs, job->want_count, &job->decision_count);
    job->decided = calloc((size_t)job->decision_count + 1, sizeof *job->decided);
    for (int i = 0; i < job->decision_count && job->decided; ++i) {
        job->decided[i] = calloc(decision_values(job, i) + 1, sizeof *job->decided[i]);
        if (!job->decided[i]) break;
    }
    bool has_room = job->decisions && job->decided &&
                    (!job->decision_count || job->decided[job->decision_count - 1]);
    if (!has_room) gt_recording_fail(job->rec, GT_NO_MEMORY, "no memory for decisions");
}

/* Takes the next ones of the list over. */
static void follow_decisions(gt_replay_job *job) {
    for (int i = 0; i < job->decision_count && !job->rec->status; ++i) {
        size_t count = decision_values(job, i);
        const float *taken = gt_replay_look_next(job->rec->look, (int64_t)count);
        if (taken)
            memcpy(job->decided[i], taken, count * sizeof *taken);
        else
            gt_recording_fail(job->rec, GT_MISMATCH, "two runs make different decisions");
    }
}

static void note_decisions(gt_replay_job *job) {
    for (int i = 0; i < job->decision_count && !job->rec->status; ++i)
        if (!gt_replay_look_note(job->rec->look, job->decided[i],
                                 (int64_t)decision_values(job, i)))
            gt_recording_fail(job->rec, GT_NO_MEMORY, "no memory for decisions");
}

static bool is_noting(const gt_replay_job *job) {
    return job->rec->look && !job->rec->look->follows;
}

static bool is_following(const gt_replay_job *job) {
    return job->rec->look && job->rec->look->follows;
}

/* ---- Compiled ---------------------------------------------------------------------------- */

static gt_status compile(gt_replay_job *job, gt_tensor *const *outputs, gt_error *err) {
    gt_plan_options options = {.threads = job->rec->settings.threads, .exact = true};
    int count = job->want_count + (is_noting(job) ? job->decision_count : 0);
    gt_status status = gt_plan_create(job->graph, outputs, count, &options, &job->plan, err);
    for (int i = 0; !status && i < job->feed_count; ++i)
        status = gt_plan_bind(job->plan, job->feeds[i].leaf, job->feeds[i].values, err);
    for (int i = 0; !status && i < job->want_count; ++i)
        gt_plan_bind_output(job->plan, i, job->wants[i].got, false);
    for (int i = job->want_count; !status && i < count; ++i)
        gt_plan_bind_output(job->plan, i, job->decided[i - job->want_count], false);
    return status;
}

static gt_status run_compiled(gt_replay_job *job, gt_tensor *const *outputs, gt_error *err) {
    gt_status status = job->plan ? GT_OK : compile(job, outputs, err);
    if (status) return status;
    if (job->params) gt_plan_bind_parameters(job->plan, gt_params_values(job->params));
    return gt_plan_run(job->plan, err);
}

/* ---- In double --------------------------------------------------------------------- */

/* Everything a run in double owns. */
typedef struct doubles {
    gt_feed *feeds;
    double **outputs;
    double **owned;
    int owned_count;
} doubles;

static double *widen(doubles *d, const float *values, int64_t count) {
    double *wide = malloc((size_t)(count + 1) * sizeof *wide);
    if (!wide) return NULL;
    for (int64_t i = 0; values && i < count; ++i) wide[i] = values[i];
    return d->owned[d->owned_count++] = wide;
}

static bool fill_inputs(doubles *d, const gt_replay_job *job, int parameters) {
    for (int i = 0; i < job->feed_count; ++i) {
        const fed *feed = &job->feeds[i];
        int64_t count = gt_shape_count(gt_tensor_shape(feed->leaf));
        d->feeds[i] = (gt_feed){feed->leaf, widen(d, feed->values, count)};
        if (!d->feeds[i].data) return false;
    }
    for (int i = 0; i < parameters; ++i) {
        const float *values = gt_params_values(job->params) + gt_params_offset(job->params, i);
        int64_t count = gt_shape_count(gt_params_shape(job->params, i));
        gt_feed *feed = &d->feeds[job->feed_count + i];
        double *wide = widen(d, values, count);
        if (!wide) return false;
        for (int64_t k = 0; is_following(job) && k < count; ++k)
            wide[k] = gt_replay_look_jitter(job->rec->look, i, k, wide[k]);
        *feed = (gt_feed){job->leaves[i], wide};
    }
    for (int i = 0; is_following(job) && i < job->decision_count; ++i) {
        const gt_tensor *value = job->decisions[i].value;
        gt_feed *feed = &d->feeds[job->feed_count + parameters + i];
        *feed =
            (gt_feed){value, widen(d, job->decided[i], gt_shape_count(gt_tensor_shape(value)))};
        if (!feed->data) return false;
    }
    return true;
}

static bool make_outputs(doubles *d, gt_tensor *const *outputs, int count) {
    for (int i = 0; i < count; ++i) {
        d->outputs[i] = widen(d, NULL, gt_shape_count(gt_tensor_shape(outputs[i])));
        if (!d->outputs[i]) return false;
    }
    return true;
}

/* How far from a tie they were; `arguments` as listed by list_outputs. */
static void compare_decisions(const gt_replay_job *job, double *const *arguments) {
    for (int i = 0; i < job->decision_count; ++i)
        gt_replay_look_compare(job->rec->look, job->decided[i],
                               job->decisions[i].low ? arguments[2 * i] : NULL,
                               arguments[2 * i + 1], (int64_t)decision_values(job, i));
}

static gt_status run_in_double(gt_replay_job *job, gt_tensor *const *outputs, gt_error *err) {
    gt_status status = GT_OK;
    int parameters = job->params ? gt_params_count(job->params) : 0;
    int followed = is_following(job) ? job->decision_count : 0;
    int wants = job->want_count + 2 * followed, given = job->feed_count + parameters + followed;
    size_t feeds = (size_t)given, fetched = (size_t)wants;
    doubles d = {calloc(feeds + 1, sizeof(gt_feed)), calloc(fetched + 1, sizeof(double *)),
                 calloc(feeds + fetched + 1, sizeof(double *)), 0};
    if (!d.feeds || !d.outputs || !d.owned || !fill_inputs(&d, job, parameters) ||
        !make_outputs(&d, outputs, wants))
        GT_THROW(err, GT_NO_MEMORY, "no memory for a run in double");
    bool rounds = is_following(job) && job->rec->look->jitter > 0;
    GT_TRY((rounds ? gt_reference_run_rounded : gt_reference_run)(
        job->graph, d.feeds, given, outputs, wants, d.outputs, err));
    if (followed) compare_decisions(job, d.outputs + job->want_count);
    for (int i = 0; i < job->want_count; ++i) {
        wanted *want = &job->wants[i];
        int64_t count = gt_shape_count(gt_tensor_shape(want->value));
        for (int64_t k = 0; k < count; ++k) want->got[k] = (float)d.outputs[i][k];
    }
done:
    for (int i = 0; i < d.owned_count; ++i) free(d.owned[i]);
    free(d.owned);
    free(d.feeds);
    free(d.outputs);
    return status;
}

/* ---- Both -------------------------------------------------------------------------- */

static void compare(gt_replay_job *job) {
    for (int i = 0; i < job->want_count; ++i) {
        const wanted *want = &job->wants[i];
        if (want->name)
            gt_recording_compare_floats(job->rec, want->name, gt_tensor_shape(want->value),
                                        want->got, want->judge, 0);
    }
    job->compared = true;
}

/* What is wanted, and behind it, to note decisions, what they are, or, to follow them, the two
 * arguments of each. NULL after a failure. */
static gt_tensor **list_outputs(gt_replay_job *job) {
    int count = job->want_count;
    gt_tensor **wanted_ones = calloc((size_t)count, sizeof *wanted_ones);
    for (int i = 0; wanted_ones && i < count; ++i) wanted_ones[i] = job->wants[i].value;
    if (wanted_ones) find_decisions(job, wanted_ones);
    size_t room = (size_t)count + 2 * (size_t)job->decision_count;
    gt_tensor **outputs = wanted_ones ? realloc(wanted_ones, room * sizeof *outputs) : NULL;
    if (!outputs) free(wanted_ones);
    for (int i = 0; outputs && i < job->decision_count; ++i) {
        const gt_decision *decision = &job->decisions[i];
        if (is_noting(job)) outputs[count++] = decision->value;
        if (!is_following(job)) continue;
        outputs[count++] = decision->low ? decision->low : decision->high;
        outputs[count++] = decision->high;
    }
    return outputs;
}

void gt_replay_job_run(gt_replay_job *job) {
    gt_recording *rec = job->rec;
    if (rec->status || !job->want_count) return;
    rec->status = gt_graph_check(job->graph, rec->err);
    gt_tensor **outputs = rec->status ? NULL : list_outputs(job);
    if (!outputs) {
        gt_recording_fail(rec, GT_NO_MEMORY, "no memory for outputs");
        return;
    }
    if (is_following(job)) follow_decisions(job);
    if (!rec->status && rec->settings.in_double)
        rec->status = run_in_double(job, outputs, rec->err);
    else if (!rec->status)
        rec->status = run_compiled(job, outputs, rec->err);
    if (rec->status) gt_blame(rec->err, "%s", gt_safetensors_path(rec->file));
    free(outputs);
    if (is_noting(job)) note_decisions(job);
    rec->graphs++;
    if (!rec->status && !job->compared) compare(job);
}

bool gt_replay_network_open(gt_recording *rec, gt_model *model, gt_replay_network *out) {
    *out = (gt_replay_network){.job = gt_replay_job_create(rec)};
    if (!out->job) return false;
    const gt_params *params = gt_model_params(model);
    int count = gt_params_count(params);
    out->g = gt_replay_job_graph(out->job);
    out->leaves = calloc((size_t)count + 1, sizeof *out->leaves);
    if (!out->leaves) {
        gt_recording_fail(rec, GT_NO_MEMORY, "no memory for leaves");
        return false;
    }
    for (int i = 0; i < count; ++i) out->leaves[i] = gt_params_tensor(out->g, params, i);
    gt_replay_job_parameters(out->job, gt_model_params(model), out->leaves);
    return true;
}

void gt_replay_network_close(gt_replay_network *graph) {
    gt_replay_job_destroy(graph->job);
    free(graph->leaves);
}
