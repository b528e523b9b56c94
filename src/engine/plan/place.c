/* place.c - last pass: who lives when, and where. Every intermediate gets an offset in one
 * arena such that values alive at the same time do not overlap: the largest first, each at the
 * lowest offset that is free for its whole life. */
#include <stdlib.h>

#include "ir.h"

typedef struct interval {
    size_t bytes, offset;
    int first, last;
    gt_value *value; /* or */
    gt_task *task;   /* whose scratch it is */
} interval;

static size_t aligned(size_t bytes) {
    return (bytes + 63) / 64 * 64;
}

static int root_of(const gt_plan *plan, int id) {
    const gt_value *v = gt_at(plan, id);
    while (v->storage == GT_STORE_ALIAS)
        v = gt_at(plan, v->inputs[v->accumulates ? v->input_count - 1 : 0]);
    return v->id;
}

static void live_until(const gt_plan *plan, int id, int task) {
    gt_value *root = gt_at(plan, gt_at(plan, id)->root);
    if (task < root->first) root->first = task;
    if (task > root->last) root->last = task;
}

static void find_lifetimes(gt_plan *plan) {
    for (int i = 0; i < plan->value_count; i++) {
        gt_value *v = gt_at(plan, i);
        v->root = root_of(plan, i);
        v->first = INT32_MAX;
        v->last = -1;
    }
    for (int t = 0; t < plan->task_count; t++) {
        gt_task *task = plan->tasks[t];
        for (int k = 0; k < task->read_count; k++) live_until(plan, task->reads[k], t);
        for (int k = 0; k < task->write_count; k++) live_until(plan, task->writes[k], t);
        task->scratch_last = t;
        for (gt_task *from = task->takes_over; from; from = from->takes_over) {
            live_until(plan, from->reads[0], t);
            from->scratch_last = t;
        }
    }
}

static int larger_first(const void *a, const void *b) {
    const interval *x = a, *y = b;
    if (x->bytes != y->bytes) return x->bytes > y->bytes ? -1 : 1;
    return x->first - y->first;
}

/* `placed` is sorted by offset. */
static size_t lowest_gap(const interval *const *placed, int count, const interval *want) {
    size_t offset = 0;
    for (int i = 0; i < count; i++) {
        const interval *p = placed[i];
        if (p->last < want->first || p->first > want->last) continue;
        if (p->offset >= offset + want->bytes) continue;
        if (p->offset + p->bytes > offset) offset = p->offset + p->bytes;
    }
    return offset;
}

static void place_all(gt_plan *plan, interval *list, int count) {
    const interval **placed = gt_pool(plan, (size_t)(count + 1) * sizeof(interval *));
    qsort(list, (size_t)count, sizeof *list, larger_first);
    for (int i = 0; i < count; i++) {
        interval *v = &list[i];
        v->offset = lowest_gap(placed, i, v);
        if (v->offset + v->bytes > plan->arena_bytes) plan->arena_bytes = v->offset + v->bytes;
        plan->unshared_bytes += v->bytes;
        int at = i;
        while (at > 0 && placed[at - 1]->offset > v->offset) {
            placed[at] = placed[at - 1];
            at--;
        }
        placed[at] = v;
        if (v->value) {
            v->value->offset = v->offset;
        } else {
            v->task->scratch_offset = v->offset;
        }
    }
}

static void place_persistent(gt_plan *plan) {
    for (int i = 0; i < plan->value_count; i++) {
        gt_value *v = gt_at(plan, i);
        if (v->storage != GT_STORE_PERSISTENT || v->last < 0) continue;
        v->offset = plan->persistent_bytes;
        plan->persistent_bytes += aligned(v->bytes);
    }
    for (int t = 0; t < plan->task_count; t++) {
        gt_task *task = plan->tasks[t];
        if (!task->packed_bytes || task->packs_each_run || task->packed_by != task) continue;
        task->packed_offset = plan->persistent_bytes;
        plan->persistent_bytes += aligned(task->packed_bytes);
    }
}

static void list_aliases(gt_plan *plan) {
    plan->aliases = gt_pool(plan, (size_t)(plan->value_count + 1) * sizeof *plan->aliases);
    for (int i = 0; i < plan->value_count; i++)
        if (gt_at(plan, i)->storage == GT_STORE_ALIAS) plan->aliases[plan->alias_count++] = i;
}

static void set_pointers(const gt_plan *plan) {
    for (int i = 0; i < plan->value_count; i++) {
        gt_value *v = gt_at(plan, i);
        char *base = v->storage == GT_STORE_ARENA        ? plan->arena
                     : v->storage == GT_STORE_PERSISTENT ? plan->persistent
                                                         : NULL;
        bool is_callers = v->bound && !plan->backend->load;
        if (base && !is_callers) v->data = base + v->offset;
    }
    for (int t = 0; t < plan->task_count; t++) {
        gt_task *task = plan->tasks[t];
        task->call.scratch = (char *)plan->arena + task->scratch_offset;
        task->packed = task->packs_each_run ? (char *)task->call.scratch + task->own_scratch
                       : task->packed_by
                           ? (char *)plan->persistent + task->packed_by->packed_offset
                           : NULL;
        task->call.packed = task->packed;
    }
}

static gt_status allocate(gt_plan *plan, size_t bytes, void **area, gt_error *err) {
    plan->allocations++;
    return plan->backend->allocate(bytes, area, err);
}

/* ---- An arena that plans share
 * ----------------------------------------------------------------- */

struct gt_plan_arena {
    const gt_backend *backend; /* whose memory it is */
    void *memory;
    size_t bytes;
};

gt_plan_arena *gt_plan_arena_create(void) {
    return calloc(1, sizeof(gt_plan_arena));
}

void gt_plan_arena_destroy(gt_plan_arena *arena) {
    if (arena && arena->memory) arena->backend->release(arena->memory);
    free(arena);
}

size_t gt_plan_arena_bytes(const gt_plan_arena *arena) {
    return arena->bytes;
}

/* What was in it is nobody's any more: no plan runs. */
static gt_status grow(gt_plan *plan, gt_plan_arena *arena, gt_error *err) {
    GT_ASSERT(!arena->backend || arena->backend == plan->backend);
    if (arena->memory && arena->bytes >= plan->arena_bytes) return GT_OK;
    void *larger = NULL;
    gt_status status = allocate(plan, plan->arena_bytes, &larger, err);
    if (status) return status;
    if (arena->memory) arena->backend->release(arena->memory);
    *arena = (gt_plan_arena){plan->backend, larger, plan->arena_bytes};
    return GT_OK;
}

static gt_status take_arena(gt_plan *plan, gt_error *err) {
    gt_plan_arena *shared = plan->options.arena;
    if (!shared) return allocate(plan, plan->arena_bytes, &plan->arena, err);
    gt_status status = grow(plan, shared, err);
    plan->arena = shared->memory;
    return status;
}

void gt_plan_follow_arena(gt_plan *plan) {
    if (!plan->options.arena || plan->options.arena->memory == plan->arena) return;
    plan->arena = plan->options.arena->memory;
    set_pointers(plan);
}

gt_status gt_pass_place(gt_plan *plan, gt_error *err) {
    gt_status status = GT_OK;
    interval *list =
        gt_pool(plan, (size_t)(plan->value_count + plan->task_count + 1) * sizeof *list);
    int count = 0;
    find_lifetimes(plan);
    for (int i = 0; i < plan->value_count; i++) {
        gt_value *v = gt_at(plan, i);
        if (v->storage != GT_STORE_ARENA || v->last < 0) continue;
        list[count++] = (interval){
            .bytes = aligned(v->bytes), .first = v->first, .last = v->last, .value = v};
    }
    for (int t = 0; t < plan->task_count; t++) {
        gt_task *task = plan->tasks[t];
        if (task->scratch_bytes == 0) continue;
        list[count++] = (interval){.bytes = aligned(task->scratch_bytes),
                                   .first = t,
                                   .last = task->scratch_last,
                                   .task = task};
    }
    place_all(plan, list, count);
    place_persistent(plan);
    list_aliases(plan);
    GT_TRY(take_arena(plan, err));
    GT_TRY(allocate(plan, plan->persistent_bytes, &plan->persistent, err));
    set_pointers(plan);
done:
    return status;
}
