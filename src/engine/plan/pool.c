/* pool.c - memory for compiling a plan: taken piece by piece, given back all at once. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "ir.h"

struct gt_pool_chunk {
    gt_pool_chunk *next;
    size_t used, size;
    max_align_t bytes[];
};

enum { CHUNK = 1 << 16 };

void *gt_pool(gt_plan *plan, size_t bytes) {
    size_t need = (bytes + sizeof(max_align_t) - 1) / sizeof(max_align_t) * sizeof(max_align_t);
    gt_pool_chunk *chunk = plan->pool;
    if (!chunk || chunk->size - chunk->used < need) {
        size_t size = need > CHUNK ? need : CHUNK;
        chunk = calloc(1, sizeof *chunk + size);
        if (!chunk) longjmp(plan->out_of_memory, 1);
        plan->allocations++;
        chunk->size = size;
        chunk->next = plan->pool;
        plan->pool = chunk;
    }
    void *memory = (char *)chunk->bytes + chunk->used;
    chunk->used += need;
    return memory;
}

void *gt_pool_list(gt_plan *plan, void *list, int count, int *capacity) {
    enum { FIRST = 512 };
    if (count < *capacity) return list;
    *capacity = *capacity ? 2 * *capacity : FIRST;
    void **grown = gt_pool(plan, (size_t)*capacity * sizeof *grown);
    if (count) memcpy(grown, list, (size_t)count * sizeof *grown);
    return grown;
}

void gt_pool_free(gt_pool_chunk *chunk) {
    while (chunk) {
        gt_pool_chunk *next = chunk->next;
        free(chunk);
        chunk = next;
    }
}
