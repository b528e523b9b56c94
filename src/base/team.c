/* team.c - a caller publishes work under a ticket (generation, next piece); whoever takes the
 * ticket one further does that piece. Helpers that come late find no piece and are not missed.
 */
#include "team.h"

#include <omp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "galatea/interrupt.h"
#include "progress.h"

typedef _Atomic uint64_t ticket;

static struct {
    pthread_mutex_t owner; /* held by the caller whose work it is */
    pthread_mutex_t lock;  /* of the two conditions */
    pthread_cond_t work, done;
    ticket next; /* generation in the upper half, piece in the lower one */
    _Atomic(gt_piece_function) piece;
    _Atomic(void *) self;
    _Atomic(gt_session *) session; /* of the caller */
    _Atomic int64_t pieces, finished;
    _Atomic int threads; /* that may take part, the caller among them */
    _Atomic int sleeping;
    _Atomic bool is_awaited; /* the caller sleeps until the last piece is done */
    int helpers;             /* started so far; changed by the owner alone */
} team = {.owner = PTHREAD_MUTEX_INITIALIZER,
          .lock = PTHREAD_MUTEX_INITIALIZER,
          .work = PTHREAD_COND_INITIALIZER,
          .done = PTHREAD_COND_INITIALIZER,
          .next = UINT32_MAX};

static _Thread_local bool is_inside; /* this thread does a piece */

/* How long a thread looks for news before it sleeps, from which it is woken late: parts of a
 * computation follow each other at once. It lets others go first after a while. */
static const double patience = 1e-3, haste = 50e-6;

static uint32_t generation_of(uint64_t at) {
    return (uint32_t)(at >> 32);
}

static uint32_t piece_of(uint64_t at) {
    return (uint32_t)at;
}

static inline void pause_briefly(void) {
#if defined __x86_64__ || defined __i386__
    for (int i = 0; i < 8; i++) __builtin_ia32_pause();
#endif
}

/* Whether to look for news again, after a pause; `since`: when that began. */
static bool waits_on(double since) {
    double spent = gt_seconds() - since;
    if (spent < haste)
        pause_briefly();
    else
        sched_yield();
    return spent < patience;
}

/* ---- Pieces ---------------------------------------------------------------------------- */

static void finish_one(int64_t pieces) {
    if (atomic_fetch_add(&team.finished, 1) + 1 < pieces || !atomic_load(&team.is_awaited))
        return;
    pthread_mutex_lock(&team.lock);
    pthread_cond_signal(&team.done);
    pthread_mutex_unlock(&team.lock);
}

/* Takes pieces until there are none. What is read of the work counts only if the ticket is
 * still the same when it is taken: its owner closes it before it changes anything. */
static void run_open_pieces(int worker) {
    for (;;) {
        uint64_t at = atomic_load(&team.next);
        int64_t pieces = atomic_load(&team.pieces);
        gt_piece_function piece = atomic_load(&team.piece);
        void *self = atomic_load(&team.self);
        gt_session *session = atomic_load(&team.session);
        int threads = atomic_load(&team.threads);
        if (piece_of(at) >= pieces || worker >= threads) return;
        if (!atomic_compare_exchange_strong(&team.next, &at, at + 1)) continue;
        gt_session *before = gt_session_enter(session);
        piece(self, piece_of(at), worker);
        gt_session_enter(before);
        finish_one(pieces);
    }
}

/* ---- Helpers --------------------------------------------------------------------------- */

static void await_work(uint32_t seen) {
    double since = gt_seconds();
    while (generation_of(atomic_load(&team.next)) == seen) {
        if (waits_on(since)) continue;
        pthread_mutex_lock(&team.lock);
        atomic_fetch_add(&team.sleeping, 1);
        while (generation_of(atomic_load(&team.next)) == seen)
            pthread_cond_wait(&team.work, &team.lock);
        atomic_fetch_sub(&team.sleeping, 1);
        pthread_mutex_unlock(&team.lock);
    }
}

static void *help(void *number) {
    int worker = (int)(intptr_t)number;
    uint32_t seen = 0;
    is_inside = true;
    omp_set_num_threads(1);
    for (;;) {
        await_work(seen);
        seen = generation_of(atomic_load(&team.next));
        run_open_pieces(worker);
    }
    return NULL;
}

/* Signals are for the threads of the program itself. No helper is no failure: the caller works
 * alone. */
static void start_helpers(int wanted) {
    sigset_t all, before;
    pthread_attr_t attr;
    if (team.helpers >= wanted || pthread_attr_init(&attr) != 0) return;
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attr, (size_t)2 << 20);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    while (team.helpers < wanted) {
        pthread_t thread;
        void *number = (void *)(intptr_t)(team.helpers + 1);
        if (pthread_create(&thread, &attr, help, number) != 0) break;
        team.helpers++;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attr);
}

/* A helper whose number is too high for the work must not be woken in place of another. */
static void wake_helpers(int wanted, int threads) {
    if (atomic_load(&team.sleeping) == 0) return;
    pthread_mutex_lock(&team.lock);
    if (threads <= team.helpers) {
        pthread_cond_broadcast(&team.work);
    } else {
        for (int i = 0; i < wanted; i++) pthread_cond_signal(&team.work);
    }
    pthread_mutex_unlock(&team.lock);
}

/* ---- The caller ------------------------------------------------------------------------ */

static pthread_once_t granted_once = PTHREAD_ONCE_INIT;
static int granted;

static void find_granted(void) {
    granted = gt_threads_granted(GT_TEAM_MOST);
}

static void await_pieces(int64_t pieces) {
    double since = gt_seconds();
    while (atomic_load(&team.finished) < pieces && waits_on(since)) continue;
    if (atomic_load(&team.finished) >= pieces) return;
    pthread_mutex_lock(&team.lock);
    atomic_store(&team.is_awaited, true);
    while (atomic_load(&team.finished) < pieces) pthread_cond_wait(&team.done, &team.lock);
    atomic_store(&team.is_awaited, false);
    pthread_mutex_unlock(&team.lock);
}

static void lead(int threads, int64_t pieces, gt_piece_function piece, void *self) {
    uint64_t generation = generation_of(atomic_load(&team.next)) + (uint64_t)1;
    pthread_once(&granted_once, find_granted);
    if (threads > granted) threads = granted;
    int helpers = (int)(pieces < threads ? pieces : threads) - 1;
    start_helpers(helpers);
    atomic_store(&team.next, generation << 32 | UINT32_MAX); /* closed */
    atomic_store(&team.piece, piece);
    atomic_store(&team.self, self);
    atomic_store(&team.session, gt_session_current());
    atomic_store(&team.pieces, pieces);
    atomic_store(&team.threads, threads);
    atomic_store(&team.finished, 0);
    atomic_store(&team.next, (generation + 1) << 32);
    wake_helpers(helpers, threads);
    run_open_pieces(0);
    await_pieces(pieces);
}

void gt_team_run(int threads, int64_t pieces, gt_piece_function piece, void *self) {
    int before = omp_get_max_threads();
    bool is_alone = threads <= 1 || pieces <= 1 || pieces >= UINT32_MAX || is_inside ||
                    pthread_mutex_trylock(&team.owner) != 0;
    bool was_inside = is_inside;
    if (before != 1) omp_set_num_threads(1);
    is_inside = true;
    if (is_alone) {
        for (int64_t i = 0; i < pieces; i++) piece(self, i, 0);
    } else {
        lead(threads, pieces, piece, self);
        pthread_mutex_unlock(&team.owner);
    }
    is_inside = was_inside;
    if (before != 1) omp_set_num_threads(before);
}

typedef struct cuts {
    int64_t count, pieces;
    gt_range_function range;
    void *self;
} cuts;

static void run_cut(void *self, int64_t i, int worker) {
    const cuts *c = self;
    c->range(c->self, c->count * i / c->pieces, c->count * (i + 1) / c->pieces);
}

void gt_team_range(int threads, int64_t count, int64_t grain, gt_range_function range,
                   void *self) {
    enum { EACH = 4 };
    int64_t pieces = count / (grain > 0 ? grain : 1);
    if (pieces > (int64_t)threads * EACH) pieces = (int64_t)threads * EACH;
    cuts c = {.count = count, .pieces = pieces > 1 ? pieces : 1, .range = range, .self = self};
    gt_team_run(threads, c.pieces, run_cut, &c);
}
