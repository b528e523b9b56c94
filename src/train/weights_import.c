/* weights_import.c - which tensors of a weight file of this or another program are which
 * parameters. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "differences.h"
#include "galatea/log.h"
#include "weights.h"
#include "weights_file.h"
#include "weights_names.h"

enum { MOST_PREFIXES = 8, MOST_LEFT = 8, UNUSED_NAMED = 4 };

/* A group of tensors that is not taken, and why. */
typedef struct left_group {
    char name[GT_MODEL_NAME];
    gt_differences why;
} left_group;

/* What need not fit. */
typedef struct tolerance {
    const char *const *heads; /* groups; NULL: none */
    bool is_partial;          /* every tensor */
    const char *way_out;      /* for a file that does not */
    const char *choice;       /* between two models in one file */
} tolerance;

static const char to_choose[] = "--prefix takes one of them";
static const tolerance nothing = {.choice = to_choose};

/* One way to read the names of a file. */
typedef struct taking {
    const gt_safetensors *file;
    gt_model *model;
    gt_params *params;
    char prefix[GT_WEIGHT_NAME]; /* that is taken off; tensors without it are not the model's */
    size_t cut;                  /* its length */
    bool takes_more;             /* also tensors that are no part of the model may be there */
    const gt_st_tensor **given;  /* what each parameter is read from, or NULL */
    int count;                   /* parameters given in their shape */
    int unused_count;            /* tensors that the model has no use for */
    char unused[300];            /* the first few of them by name */
    gt_differences found;
    const tolerance *allowed;
    left_group left[MOST_LEFT];
    int left_count;
} taking;

/* ---- Names ----------------------------------------------------------------------------- */

/* The model's own name of a tensor; false: it is none of the model's and may be there. */
static bool own_name(const taking *t, const char *plain, char own[GT_MODEL_NAME]) {
    const gt_model_class *class = gt_model_class_of(t->model);
    const char *foreign = plain + t->cut;
    snprintf(own, GT_MODEL_NAME, "%s", foreign);
    return !class->alias || class->alias(gt_model_self(t->model), foreign, own);
}

static bool find_fixed(const gt_model *model, const char *own, gt_model_fixed *out) {
    for (int i = 0; gt_model_fixed_at(model, i, out); i++)
        if (strcmp(out->name, own) == 0) return true;
    return false;
}

/* ---- Comparing ------------------------------------------------------------------------- */

/* (O,3,k,k) for a parameter (O,1,k,k). */
static bool has_colours(const gt_st_tensor *tensor, gt_shape shape) {
    return tensor->rank == 4 && shape.rank == 4 && shape.dim[1] == 1 && tensor->shape[1] == 3 &&
           tensor->shape[0] == shape.dim[0] && tensor->shape[2] == shape.dim[2] &&
           tensor->shape[3] == shape.dim[3];
}

static bool same_group(const char *a, const char *b) {
    size_t length = strcspn(a, ".");
    return length == strcspn(b, ".") && strncmp(a, b, length) == 0;
}

static left_group *find_left(taking *t, const char *own) {
    for (int i = 0; i < t->left_count; i++)
        if (same_group(t->left[i].name, own)) return &t->left[i];
    return NULL;
}

static bool is_of_head(const taking *t, const char *own) {
    for (const char *const *head = t->allowed->heads; head && *head; head++)
        if (same_group(*head, own)) return true;
    return false;
}

/* Where it is told that the tensor of this name does not fit. */
static gt_differences *differences_of(taking *t, const char *own) {
    left_group *group = find_left(t, own);
    if (group) return &group->why;
    if (!is_of_head(t, own)) return &t->found;
    GT_ASSERT(t->left_count < MOST_LEFT);
    group = &t->left[t->left_count++];
    snprintf(group->name, sizeof group->name, "%.*s", (int)strcspn(own, "."), own);
    return &group->why;
}

static void leave_out(taking *t, const char *name) {
    size_t used = strlen(t->unused);
    if (t->unused_count++ < UNUSED_NAMED)
        snprintf(t->unused + used, sizeof t->unused - used, "%s'%.60s'", used ? ", " : "",
                 name);
}

static void match(taking *t, const gt_st_tensor *tensor) {
    char plain[GT_WEIGHT_NAME], own[GT_MODEL_NAME], shape[GT_ST_SHAPE_TEXT];
    gt_model_fixed fixed;
    gt_weight_name_plain(tensor->name, plain);
    if (gt_weight_name_is_counter(plain)) return;
    if (strncmp(plain, t->prefix, t->cut) != 0 || !own_name(t, plain, own)) {
        leave_out(t, tensor->name);
        return;
    }
    int index = gt_params_find(t->params, own);
    if (index >= 0 && t->given[index])
        gt_differences_add(&t->found, "'%s' is there under two names", own);
    else if (index >= 0)
        t->given[index] = tensor;
    else if (find_fixed(t->model, own, &fixed))
        return;
    else if (t->takes_more)
        leave_out(t, tensor->name);
    else
        gt_differences_add(differences_of(t, own), "'%s' %s is not part of the model",
                           tensor->name, gt_st_shape_text(tensor->rank, tensor->shape, shape));
}

/* Whether anything of the parameter's group is there. */
static bool is_begun(const taking *t, int index) {
    for (int i = 0; i < gt_params_count(t->params); i++)
        if (t->given[i] &&
            same_group(gt_params_name(t->params, i), gt_params_name(t->params, index)))
            return true;
    return false;
}

static bool fits(const gt_st_tensor *tensor, gt_shape shape) {
    gt_differences unlike = {0};
    if (!has_colours(tensor, shape)) gt_differences_compare(&unlike, tensor, "", shape);
    return unlike.count == 0;
}

static void compare(taking *t, int index) {
    const gt_st_tensor *tensor = t->given[index];
    const char *own = gt_params_name(t->params, index);
    gt_shape shape = gt_params_shape(t->params, index);
    if (tensor ? !fits(tensor, shape) : is_begun(t, index))
        gt_differences_compare(differences_of(t, own), tensor, tensor ? tensor->name : own,
                               shape);
}

/* What does not fit is told in the model's order, what does is counted. */
static void match_all(taking *t) {
    int count = gt_params_count(t->params);
    for (size_t i = 0; i < gt_safetensors_count(t->file); i++)
        match(t, gt_safetensors_at(t->file, i));
    for (int i = 0; i < count; i++) compare(t, i);
    for (int i = 0; i < count; i++) {
        if (find_left(t, gt_params_name(t->params, i))) t->given[i] = NULL;
        t->count += t->given[i] && fits(t->given[i], gt_params_shape(t->params, i));
    }
}

static bool is_fit(const taking *t) {
    return t->count > 0 && t->found.count == 0;
}

/* Takes a reading that has all of the model; one with other tensors than an earlier one is a
 * second model. */
static gt_status try_whole(taking *tried, taking *whole, gt_error *err) {
    gt_status status = GT_OK;
    size_t count = (size_t)gt_params_count(tried->params);
    tried->given = calloc(count + 1, sizeof *tried->given);
    if (!tried->given) GT_THROW(err, GT_NO_MEMORY, "no memory for a list of tensors");
    match_all(tried);
    if (!is_fit(tried) || (size_t)tried->count < count) goto done;
    if (whole->given && memcmp(whole->given, tried->given, count * sizeof *tried->given) != 0)
        GT_THROW(err, GT_MISMATCH,
                 "%s holds the model more than once, under '%.100s' and '%.100s': %s",
                 gt_safetensors_path(tried->file), whole->prefix, tried->prefix,
                 tried->allowed->choice);
    if (whole->given) goto done;
    *whole = *tried;
    tried->given = NULL;
done:
    free(tried->given);
    return status;
}

/* Where names do not fit as a whole: the one prefix under which all of the model is there,
 * found by its first parameter. What else the file holds is left out. */
static gt_status find_whole(const taking *like, taking *whole, gt_error *err) {
    gt_status status = GT_OK;
    const tolerance no_heads = {.choice = like->allowed->choice};
    char own[GT_MODEL_NAME], last[GT_WEIGHT_NAME] = "";
    for (size_t i = 0; i < gt_safetensors_count(like->file); i++) {
        taking tried = {like->file, like->model, like->params, .takes_more = true,
                        .allowed = &no_heads};
        gt_weight_name_plain(gt_safetensors_at(like->file, i)->name, tried.prefix);
        memcpy(last, tried.prefix, sizeof last);
        for (const char *at = last; at; at = strchr(at, '.') ? strchr(at, '.') + 1 : NULL) {
            tried.cut = (size_t)(at - last);
            if (!own_name(&tried, last, own) || gt_params_find(like->params, own) != 0)
                continue;
            tried.prefix[tried.cut] = 0;
            GT_TRY(try_whole(&tried, whole, err));
            break;
        }
    }
done:
    return status;
}

/* Reads the names under one prefix; what has another is no part of the model. */
static gt_status choose_prefix(taking *only, const char *prefix, gt_error *err) {
    size_t length = strlen(prefix);
    bool has_dot = length == 0 || prefix[length - 1] == '.';
    only->cut =
        (size_t)snprintf(only->prefix, sizeof only->prefix, "%s%s", prefix, has_dot ? "" : ".");
    if (only->cut >= sizeof only->prefix)
        return gt_fail(err, GT_BAD_ARGUMENT, "a prefix of %zu letters is too long", length);
    only->takes_more = true;
    only->given = calloc((size_t)gt_params_count(only->params) + 1, sizeof *only->given);
    if (!only->given) return gt_fail(err, GT_NO_MEMORY, "no memory for a list of tensors");
    match_all(only);
    if (only->count > 0) return GT_OK;
    return gt_fail(err, GT_MISMATCH, "%s holds no tensor of the model under '%.100s'",
                   gt_safetensors_path(only->file), only->prefix);
}

/* Reads the names in every way, from the whole name on, until they fit; else in that way in
 * which most tensors do. */
static gt_status choose(taking *best, gt_error *err) {
    gt_status status = GT_OK;
    char shared[GT_WEIGHT_NAME];
    taking whole = {0};
    size_t room = (size_t)gt_params_count(best->params) + 1;
    gt_weight_names_share(best->file, shared);
    const char *at = shared;
    for (int i = 0; i < MOST_PREFIXES; i++) {
        taking tried = {best->file, best->model, best->params, .cut = (size_t)(at - shared),
                        .allowed = best->allowed};
        memcpy(tried.prefix, shared, tried.cut);
        tried.given = calloc(room, sizeof *tried.given);
        if (!tried.given) GT_THROW(err, GT_NO_MEMORY, "no memory for a list of tensors");
        match_all(&tried);
        bool is_better = !best->given || is_fit(&tried) || tried.count > best->count;
        free(is_better ? best->given : tried.given);
        if (is_better) *best = tried;
        if (is_fit(best)) goto done;
        if (!*at) break;
        at = strchr(at, '.') + 1;
    }
    GT_TRY(find_whole(best, &whole, err));
    if (whole.given) {
        free(best->given);
        *best = whole;
    }
    whole.given = NULL;
done:
    free(whole.given);
    return status;
}

/* ---- Reading --------------------------------------------------------------------------- */

static void sum_colours(const float *from, gt_shape shape, float *to) {
    int64_t pixels = shape.dim[2] * shape.dim[3];
    for (int64_t i = 0; i < shape.dim[0] * pixels; i++) {
        const float *first = from + 3 * (i / pixels) * pixels + i % pixels;
        to[i] = first[0] + first[pixels] + first[2 * pixels];
    }
}

/* The shapes of a parameter and of what is read for it have been compared. */
static gt_status read_values(const taking *t, int index, gt_error *err) {
    gt_status status = GT_OK;
    const gt_st_tensor *tensor = t->given[index];
    gt_shape shape = gt_params_shape(t->params, index);
    float *part = gt_params_values(t->params) + gt_params_offset(t->params, index);
    float *colours = NULL;
    if (!has_colours(tensor, shape))
        return gt_weights_read_part(t->file, tensor, part, tensor->elements, err);
    colours = malloc((size_t)tensor->elements * sizeof *colours);
    if (!colours) GT_THROW(err, GT_NO_MEMORY, "no memory for '%s'", tensor->name);
    GT_TRY(gt_weights_read_part(t->file, tensor, colours, tensor->elements, err));
    sum_colours(colours, shape, part);
    gt_remark("%s: the three colours of '%s' are summed", gt_safetensors_path(t->file),
              tensor->name);
done:
    free(colours);
    return status;
}

/* A tensor that follows from the model's settings must be as they say. */
static gt_status check_fixed(taking *t, const gt_st_tensor *tensor, gt_error *err) {
    char plain[GT_WEIGHT_NAME], own[GT_MODEL_NAME];
    gt_model_fixed fixed;
    gt_weight_name_plain(tensor->name, plain);
    if (gt_weight_name_is_counter(plain) || strncmp(plain, t->prefix, t->cut) != 0 ||
        !own_name(t, plain, own) || gt_params_find(t->params, own) >= 0 ||
        !find_fixed(t->model, own, &fixed))
        return GT_OK;
    int before = t->found.count;
    gt_differences_compare(&t->found, tensor, tensor->name, fixed.shape);
    if (t->found.count > before) return GT_OK;
    float *values = malloc((size_t)(tensor->elements + 1) * sizeof *values);
    if (!values) return gt_fail(err, GT_NO_MEMORY, "no memory for '%s'", tensor->name);
    gt_status status = gt_safetensors_read_f32(t->file, tensor, values, tensor->elements, err);
    if (!status && memcmp(values, fixed.values, tensor->elements * sizeof *values) != 0)
        gt_differences_add(&t->found, "'%s' %s", tensor->name,
                           fixed.otherwise ? fixed.otherwise
                                           : "is not what the settings make it");
    free(values);
    return status;
}

/* Tensors that do not fit, one by one. */
static void leave_unfit(taking *t) {
    for (int i = 0; i < gt_params_count(t->params); i++)
        if (t->given[i] && !fits(t->given[i], gt_params_shape(t->params, i)))
            t->given[i] = NULL;
}

static void remark_unfit(const taking *t) {
    char more[GT_DIFFERENCES_MORE];
    if (t->found.count > 0)
        gt_remark("%s fits in part, the rest of it is left out: %s%s",
                  gt_safetensors_path(t->file), t->found.text,
                  gt_differences_more(&t->found, more));
}

static void remark_renamed(const taking *t) {
    const char *path = gt_safetensors_path(t->file);
    char plain[GT_WEIGHT_NAME];
    int first = 0;
    while (!t->given[first]) first++;
    const char *name = t->given[first]->name;
    gt_weight_name_plain(name, plain);
    if (t->cut > 0 || strcmp(plain, name) != 0)
        gt_remark("%s: '%s' is taken for '%s', and so are the others", path, name,
                  gt_params_name(t->params, first));
    if (t->unused_count > 0)
        gt_remark("%s: %d tensor%s that the model has no use for %s left out (%s%s)", path,
                  t->unused_count, t->unused_count > 1 ? "s" : "",
                  t->unused_count > 1 ? "are" : "is", t->unused,
                  t->unused_count > UNUSED_NAMED ? ", ..." : "");
    for (int i = 0; i < t->left_count; i++)
        gt_remark("%s: '%s' is left out: %s", path, t->left[i].name, t->left[i].why.text);
}

static gt_status import_weights(const gt_safetensors *file, gt_model *model, const char *prefix,
                                const tolerance *allowed, bool *is_given, gt_error *err) {
    gt_status status = GT_OK;
    taking t = {
        .file = file, .model = model, .params = gt_model_params(model), .allowed = allowed};
    const char *path = gt_safetensors_path(file);
    GT_TRY(prefix ? choose_prefix(&t, prefix, err) : choose(&t, err));
    for (size_t i = 0; i < gt_safetensors_count(file); i++)
        if (allowed->is_partial || t.found.count == 0)
            GT_TRY(check_fixed(&t, gt_safetensors_at(file, i), err));
    if (t.count == 0 && (allowed->is_partial || t.found.count == 0))
        GT_THROW(err, GT_MISMATCH, "%s holds no tensor of the model%s%s%s", path,
                 t.left_count || t.found.count ? ": " : "", t.found.text,
                 t.found.count || !t.left_count ? "" : t.left[0].why.text);
    t.found.way_out = t.count > 0 ? allowed->way_out : NULL;
    if (!allowed->is_partial) GT_TRY(gt_differences_conclude(&t.found, path, err));
    leave_unfit(&t);
    remark_unfit(&t);
    for (int i = 0; i < gt_params_count(t.params); i++) {
        is_given[i] = t.given[i] != NULL;
        if (is_given[i]) GT_TRY(read_values(&t, i, err));
    }
    remark_renamed(&t);
done:
    free(t.given);
    return status;
}

gt_status gt_weights_import(const gt_safetensors *file, gt_model *model, const char *prefix,
                            bool *is_given, gt_error *err) {
    return import_weights(file, model, prefix, &nothing, is_given, err);
}

const gt_st_tensor *gt_weights_find(const gt_safetensors *file, const char *own) {
    char plain[GT_WEIGHT_NAME];
    size_t length = strlen(own);
    for (size_t i = 0; i < gt_safetensors_count(file); i++) {
        gt_weight_name_plain(gt_safetensors_at(file, i)->name, plain);
        size_t whole = strlen(plain), head = whole - length;
        if (whole >= length && strcmp(plain + head, own) == 0 &&
            (head == 0 || plain[head - 1] == '.'))
            return gt_safetensors_at(file, i);
    }
    return NULL;
}

/* Features in other places are other features, also where there are as many of them. */
static gt_status check_constants(const gt_safetensors *file, const gt_model *model,
                                 gt_error *err) {
    gt_status status = GT_OK;
    const gt_model_class *class = NULL;
    char *config = NULL, *there = NULL;
    const char *here = gt_model_input_of(model)->constant;
    GT_TRY(gt_weights_file_read_network(file, &class, &config, err));
    if (class != gt_model_class_of(model) || !config) goto done;
    GT_TRY(gt_config_constant(class, gt_safetensors_path(file), config, &there, err));
    if (strcmp(here ? here : "", there ? there : "") != 0)
        GT_THROW(
            err, GT_MISMATCH,
            "%s does not fit the codes: of those it learned from the features that were the "
            "same in all rows, and left out, are %.80s, of these %.80s",
            gt_safetensors_path(file), there ? there : "none", here ? here : "none");
done:
    free(there);
    free(config);
    return status;
}

gt_status gt_weights_begin(const char *path, const char *prefix, bool is_partial,
                           gt_model *model, gt_error *err) {
    gt_status status = GT_OK;
    gt_safetensors *file = NULL;
    const gt_model_class *class = gt_model_class_of(model);
    const tolerance allowed = {
        class->heads, is_partial,
        "; another preset or other settings may fit, --partial takes what fits", to_choose};
    gt_params *params = gt_model_params(model);
    int count = gt_params_count(params), given = 0;
    bool *is_given = calloc((size_t)count + 1, sizeof *is_given);
    if (!is_given) GT_THROW(err, GT_NO_MEMORY, "no memory for a list of parameters");
    GT_TRY(gt_weights_file_open(path, &file, err));
    GT_TRY(gt_weights_file_verify(file, err));
    if (class->needs.codes && !is_partial) GT_TRY(check_constants(file, model, err));
    GT_TRY(import_weights(file, model, prefix, &allowed, is_given, err));
    for (int i = 0; i < count; i++) given += is_given[i];
    gt_remark("weights: %d of %d tensors from %s%s; the optimizer begins afresh", given, count,
              gt_safetensors_path(file), given < count ? ", the others begin as always" : "");
    if (class->adopt) class->adopt(gt_model_self(model), params, is_given);
done:
    gt_safetensors_close(file);
    free(is_given);
    return status;
}
