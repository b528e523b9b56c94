/* rematerialize.c - second pass: an activation that is cheap to compute again from what is kept
 * anyway is computed again where the backward pass needs it, instead of waiting in memory since
 * the forward pass. gelu(x) is the case that pays: its slope needs x in any case, so keeping
 * both would double the memory of a residual network. */
#include "ir.h"

enum { MAX_CHAIN = 8, SMALL_BYTES = 1 << 16 };

typedef struct remat {
    gt_plan *plan;
    int *chain; /* elementwise ops a repetition would cost; 0: cannot or need not be repeated */
    int known;  /* values that existed before the pass */
} remat;

static bool used_backward(const gt_plan *plan, const gt_value *v) {
    for (int i = 0; i < v->user_count; i++)
        if (gt_at(plan, v->users[i])->backward) return true;
    return v->wanted;
}

/* In memory during the backward pass without costing anything new. */
static bool available(const remat *r, const gt_value *u) {
    return gt_is_leaf(u) || u->hoisted || u->bytes <= SMALL_BYTES || used_backward(r->plan, u);
}

static int chain_length(const remat *r, const gt_value *v) {
    if (!gt_is_elementwise(v) || v->backward || v->hoisted || v->wanted ||
        v->bytes <= SMALL_BYTES)
        return 0;
    int length = 1;
    for (int i = 0; i < v->input_count; i++) {
        const gt_value *u = gt_at(r->plan, v->inputs[i]);
        if (r->chain[u->id] > 0) {
            length += r->chain[u->id];
        } else if (!available(r, u)) {
            return 0;
        }
    }
    return length <= MAX_CHAIN ? length : 0;
}

static int repeat(remat *r, int id, int64_t order) {
    if (id >= r->known || r->chain[id] == 0) return id;
    gt_value *v = gt_at(r->plan, id);
    int clone = gt_value_new(r->plan, v->op, v->shape, &v->attr, v->inputs, v->input_count);
    gt_value *c = gt_at(r->plan, clone);
    c->backward = true;
    c->order = order;
    for (int i = 0; i < c->input_count; i++) c->inputs[i] = repeat(r, c->inputs[i], order - 1);
    return clone;
}

static void replace_input(gt_value *user, int from, int to) {
    for (int i = 0; i < user->input_count; i++)
        if (user->inputs[i] == from) user->inputs[i] = to;
}

/* Every elementwise user gets a repetition of its own, which fuses into it; the others share
 * one. */
static void redirect(remat *r, gt_value *v) {
    int64_t first = INT64_MAX;
    int shared = -1;
    for (int i = 0; i < v->user_count; i++) {
        const gt_value *w = gt_at(r->plan, v->users[i]);
        if (w->backward && !gt_is_elementwise(w) && w->order < first) first = w->order;
    }
    for (int i = 0; i < v->user_count; i++) {
        gt_value *w = gt_at(r->plan, v->users[i]);
        if (!w->backward || w->id >= r->known) continue;
        if (gt_is_elementwise(w)) {
            replace_input(w, v->id, repeat(r, v->id, w->order - 1));
        } else {
            if (shared < 0) shared = repeat(r, v->id, first - 1);
            replace_input(w, v->id, shared);
        }
    }
}

void gt_pass_rematerialize(gt_plan *plan) {
    remat r = {.plan = plan, .known = plan->value_count};
    int count;
    int *order = gt_values_in_order(plan, &count);
    r.chain = gt_pool(plan, (size_t)plan->value_count * sizeof *r.chain);
    for (int i = 0; i < count; i++) r.chain[order[i]] = chain_length(&r, gt_at(plan, order[i]));
    for (int i = 0; i < count; i++) {
        gt_value *v = gt_at(plan, order[i]);
        if (r.chain[v->id] > 0 && used_backward(plan, v)) redirect(&r, v);
    }
    gt_find_users(plan);
}
