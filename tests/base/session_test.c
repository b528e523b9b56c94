/* Sessions are heard and stopped by themselves, also where other threads do their work. */
#include "gt_test.h"

#include <pthread.h>

#include "galatea/interrupt.h"
#include "team.h"

enum { PIECES = 64, ROUNDS = 200 };

typedef struct heard {
    int own, others;
    char name;
} heard;

static void hear(void *user, const char *line) {
    heard *h = user;
    if (line[0] == h->name)
        h->own++;
    else
        h->others++;
}

static void speak(void *self, int64_t index, int worker) {
    const heard *h = self;
    (void)index, (void)worker;
    gt_remark("%c", h->name);
}

/* One of two callers at the same time; the pieces of both are shared out. */
static void *work(void *user) {
    heard *h = user;
    gt_session session = {.sink = hear, .user = h};
    gt_session *before = gt_session_enter(&session);
    for (int i = 0; i < ROUNDS; i++) {
        gt_remark("%c", h->name);
        gt_team_run(4, PIECES, speak, h);
    }
    gt_session_enter(before);
    return NULL;
}

static void remarks_reach_their_session(void **state) {
    heard of_process = {.name = 'p'}, callers[] = {{.name = 'a'}, {.name = 'b'}};
    pthread_t threads[2];
    (void)state;
    gt_log_to(hear, &of_process);
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, work, &callers[i]), 0);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(callers[i].own, ROUNDS * (PIECES + 1));
        assert_int_equal(callers[i].others, 0);
    }
    assert_int_equal(of_process.own + of_process.others, 0);
    gt_remark("p"); /* in no session */
    assert_int_equal(of_process.own, 1);
    gt_log_to(NULL, NULL);
}

static void sessions_nest(void **state) {
    heard outer = {.name = 'o'}, inner = {.name = 'i'};
    gt_session first = {.sink = hear, .user = &outer}, second = {.sink = hear, .user = &inner};
    gt_session silent = {0};
    (void)state;
    assert_null(gt_session_current());
    assert_null(gt_session_enter(&first));
    assert_ptr_equal(gt_session_enter(&second), &first);
    gt_remark("i");
    assert_ptr_equal(gt_session_enter(&silent), &second);
    gt_remark("x");
    assert_ptr_equal(gt_session_enter(&first), &silent);
    gt_remark("o");
    assert_ptr_equal(gt_session_enter(NULL), &first);
    assert_int_equal(outer.own, 1);
    assert_int_equal(inner.own, 1);
    assert_int_equal(outer.others + inner.others, 0);
}

/* ---- Stopping ---------------------------------------------------------------------------- */

typedef struct asked {
    int pending[PIECES];
} asked;

static void look(void *self, int64_t index, int worker) {
    asked *a = self;
    (void)worker;
    a->pending[index] = gt_interrupt_pending();
}

static void one_is_stopped(void **state) {
    gt_session first = {0}, second = {0};
    asked a;
    (void)state;
    gt_session_stop(&first);
    gt_session_enter(&first);
    assert_true(gt_session_is_stopped());
    gt_team_run(4, PIECES, look, &a);
    for (int i = 0; i < PIECES; i++) assert_int_not_equal(a.pending[i], 0);
    gt_session_enter(&second);
    assert_false(gt_session_is_stopped());
    gt_team_run(4, PIECES, look, &a);
    for (int i = 0; i < PIECES; i++) assert_int_equal(a.pending[i], 0);
    gt_session_enter(NULL);
    assert_int_equal(gt_interrupt_pending(), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(remarks_reach_their_session),
                                       cmocka_unit_test(sessions_nest),
                                       cmocka_unit_test(one_is_stopped)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
