/* schedule.c - sixth pass: the order of the tasks. First those that depend on parameters alone,
 * of which packings wait until the others are done, so that threads share them all; then, of
 * the tasks whose inputs are ready, always the one that comes first in the program as it was
 * written.
 */
#include <stdlib.h>

#include "ir.h"

typedef struct heap {
    gt_task **tasks;
    int *items, count;
} heap;

static bool before(const heap *h, int a, int b) {
    const gt_task *x = h->tasks[a], *y = h->tasks[b];
    if (x->hoisted != y->hoisted) return x->hoisted;
    if (!x->packs_for != !y->packs_for) return y->packs_for;
    if (x->order != y->order) return x->order < y->order;
    return a < b;
}

static void push(heap *h, int item) {
    int i = h->count++;
    while (i > 0 && before(h, item, h->items[(i - 1) / 2])) {
        h->items[i] = h->items[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    h->items[i] = item;
}

static int pop(heap *h) {
    int top = h->items[0], item = h->items[--h->count], i = 0;
    for (;;) {
        int child = 2 * i + 1;
        if (child >= h->count) break;
        if (child + 1 < h->count && before(h, h->items[child + 1], h->items[child])) child++;
        if (!before(h, h->items[child], item)) break;
        h->items[i] = h->items[child];
        i = child;
    }
    h->items[i] = item;
    return top;
}

/* The value whose task a reader waits for: an alias of a reshape is there when its source is.
 */
static int produced(const gt_plan *plan, int id) {
    while (gt_at(plan, id)->op == GT_OP_RESHAPE) id = gt_at(plan, id)->inputs[0];
    return id;
}

static int *find_producers(gt_plan *plan) {
    int *producer = gt_pool(plan, (size_t)plan->value_count * sizeof *producer);
    for (int i = 0; i < plan->value_count; i++) producer[i] = -1;
    for (int t = 0; t < plan->task_count; t++)
        for (int k = 0; k < plan->tasks[t]->write_count; k++)
            producer[plan->tasks[t]->writes[k]] = t;
    return producer;
}

void gt_pass_schedule(gt_plan *plan) {
    int n = plan->task_count, edges = 0;
    const int *producer = find_producers(plan);
    for (int t = 0; t < n; t++) edges += plan->tasks[t]->read_count;
    int *waiting = gt_pool(plan, (size_t)(n + 1) * sizeof *waiting);
    int *first = gt_pool(plan, (size_t)(n + 1) * sizeof *first);
    int *next = gt_pool(plan, (size_t)(edges + 1) * sizeof *next);
    int *reader = gt_pool(plan, (size_t)(edges + 1) * sizeof *reader);
    for (int t = 0; t < n; t++) first[t] = -1;
    edges = 0;
    for (int t = 0; t < n; t++)
        for (int k = 0; k < plan->tasks[t]->read_count; k++) {
            int from = producer[produced(plan, plan->tasks[t]->reads[k])];
            if (from < 0) continue;
            reader[edges] = t;
            next[edges] = first[from];
            first[from] = edges++;
            waiting[t]++;
        }
    heap h = {.tasks = plan->tasks, .items = gt_pool(plan, (size_t)(n + 1) * sizeof(int))};
    gt_task **sorted = gt_pool(plan, (size_t)(n + 1) * sizeof *sorted);
    int done = 0;
    for (int t = 0; t < n; t++)
        if (waiting[t] == 0) push(&h, t);
    while (h.count > 0) {
        int t = pop(&h);
        sorted[done++] = plan->tasks[t];
        for (int e = first[t]; e >= 0; e = next[e])
            if (--waiting[reader[e]] == 0) push(&h, reader[e]);
    }
    GT_ASSERT(done == n);
    plan->tasks = sorted;
    while (plan->hoisted_tasks < n && sorted[plan->hoisted_tasks]->hoisted)
        plan->hoisted_tasks++;
    for (int t = plan->hoisted_tasks; t < n; t++) GT_ASSERT(!sorted[t]->hoisted);
}
