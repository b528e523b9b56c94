/* team_test.c - every piece once, whoever does it, from whatever thread. */
#include "gt_test.h"

#include <omp.h>
#include <pthread.h>
#include <stdatomic.h>

#include "team.h"

enum { MOST = 5000 };

typedef struct ledger {
    _Atomic int done[MOST];
    _Atomic int at_work[GT_TEAM_MOST]; /* by worker */
    _Atomic int wrong;
    int threads;
} ledger;

static void spend(int rounds) {
    for (volatile int i = 0; i < rounds; i++) {
    }
}

static void enter(void *self, int64_t i, int worker) {
    ledger *l = self;
    if (worker < 0 || worker >= l->threads || omp_get_max_threads() != 1 ||
        atomic_fetch_add(&l->at_work[worker], 1) != 0)
        atomic_store(&l->wrong, 1);
    spend(200);
    atomic_fetch_add(&l->done[i], 1);
    atomic_fetch_sub(&l->at_work[worker], 1);
}

static int mistakes_of(int threads, int64_t pieces) {
    ledger l = {.threads = threads};
    gt_team_run(threads, pieces, enter, &l);
    int wrong = l.wrong;
    for (int64_t i = 0; i < MOST; i++) wrong += l.done[i] != (i < pieces);
    return wrong;
}

static void every_piece_once(void **state) {
    static const int threads[] = {1, 2, 3, 7};
    static const int64_t pieces[] = {0, 1, 2, 3, 64, MOST};
    int before = omp_get_max_threads();
    for (size_t t = 0; t < 4; t++)
        for (size_t p = 0; p < 6; p++) assert_int_equal(mistakes_of(threads[t], pieces[p]), 0);
    assert_int_equal(omp_get_max_threads(), before);
}

/* Work after work, so that helpers come late to some of it. */
static void many_small_works(void **state) {
    for (int i = 0; i < 3000; i++) assert_int_equal(mistakes_of(2 + i % 3, 2 + i % 5), 0);
}

static void *call_often(void *unused) {
    int wrong = 0;
    for (int i = 0; i < 500; i++) wrong += mistakes_of(3, 20);
    return (void *)(intptr_t)wrong;
}

static void callers_at_once(void **state) {
    enum { CALLERS = 4 };
    pthread_t callers[CALLERS];
    for (int i = 0; i < CALLERS; i++)
        assert_int_equal(pthread_create(&callers[i], NULL, call_often, NULL), 0);
    for (int i = 0; i < CALLERS; i++) {
        void *wrong = NULL;
        pthread_join(callers[i], &wrong);
        assert_null(wrong);
    }
}

static void call_again(void *self, int64_t i, int worker) {
    if (mistakes_of(2, 10) != 0) atomic_store((_Atomic int *)self, 1);
}

static void pieces_may_have_pieces(void **state) {
    _Atomic int wrong = 0;
    gt_team_run(3, 30, call_again, &wrong);
    assert_int_equal(wrong, 0);
}

typedef struct marks {
    _Atomic int seen[MOST];
    _Atomic int cuts, shortest;
} marks;

static void mark(void *self, int64_t begin, int64_t end) {
    marks *m = self;
    atomic_fetch_add(&m->cuts, 1);
    int length = (int)(end - begin), least = atomic_load(&m->shortest);
    while (length < least && !atomic_compare_exchange_weak(&m->shortest, &least, length)) {
    }
    for (int64_t i = begin; i < end; i++) atomic_fetch_add(&m->seen[i], 1);
}

static void ranges_are_covered(void **state) {
    for (int64_t count = 0; count < MOST; count += 617) {
        marks m = {.shortest = MOST};
        gt_team_range(3, count, 100, mark, &m);
        for (int64_t i = 0; i < MOST; i++) assert_int_equal(m.seen[i], i < count);
        assert_in_range(m.cuts, 1, 12);
        assert_true(m.cuts == 1 || m.shortest >= 100);
    }
}

static void grants(void **state) {
    assert_int_equal(gt_threads_granted(1), 1);
    assert_in_range(gt_threads_granted(2), 1, 2);
    assert_in_range(gt_threads_granted(100000), 1, GT_TEAM_MOST);
    assert_true(gt_threads_granted(100000) <= omp_get_num_procs());
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_piece_once),   cmocka_unit_test(many_small_works),
        cmocka_unit_test(callers_at_once),    cmocka_unit_test(pieces_may_have_pieces),
        cmocka_unit_test(ranges_are_covered), cmocka_unit_test(grants),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
