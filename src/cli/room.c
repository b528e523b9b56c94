/* room.c - a limit of the address space (ulimit -v) or of data (-d), looked at before the work
 * begins. */
#include "room.h"

#include <malloc.h>
#include <omp.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>

#include "address_space.h"

/* What a command takes beside its data, and a thread beside its stack. */
static const uint64_t for_command = (uint64_t)8 << 20, for_thread = (uint64_t)1 << 20;

static uint64_t stack_bytes(void) {
    pthread_attr_t attributes;
    size_t bytes = 8 << 20;
    if (pthread_getattr_default_np(&attributes) == 0) {
        (void)pthread_attr_getstacksize(&attributes, &bytes);
        (void)pthread_attr_destroy(&attributes);
    }
    return bytes;
}

/* OpenMP ends the process when it gets no thread, so they are taken while there is room. */
static void start_threads(int threads) {
    int present = 0;
#pragma omp parallel num_threads(threads) reduction(+ : present)
    present++;
    (void)present;
}

gt_status gt_room_check(const char *command, int threads, gt_error *err) {
    char what[96];
    if (!gt_address_space_is_limited()) return GT_OK;
    mallopt(M_ARENA_MAX, 1); /* no heaps of their own for threads: 64 MiB of addresses each */
    omp_set_num_threads(threads);
    snprintf(what, sizeof what, "galatea %s with %d thread%s", command, threads,
             threads == 1 ? "" : "s");
    uint64_t others = (uint64_t)(threads - 1) * (stack_bytes() + for_thread);
    gt_status status = gt_address_space_need(for_command + others, what, err);
    if (status == GT_OK) start_threads(threads);
    return status;
}

void gt_room_tell(FILE *stream, const gt_error *err) {
    enum { SCARCE = 32 << 20 };
    gt_address_limit limit = gt_address_space_limit();
    if (limit.bytes == UINT64_MAX || strstr(err->text, limit.name)) return;
    if (err->status != GT_NO_MEMORY && limit.left > SCARCE) return;
    fprintf(stream,
            " (the limit of the %s, %s, is %llu KiB, of which %llu were free: more is needed)",
            limit.of, limit.name, (unsigned long long)(limit.bytes / 1024),
            (unsigned long long)(limit.left / 1024));
}
