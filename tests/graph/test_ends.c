/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How a request ends: in a worker's thread, once, in one order, whatever the plan and whatever
 * went wrong (include/starfmm_starpu.h, "The end of a request").
 */
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/guest.h"
#include "tests/support/points.h"
#include "tests/support/test.h"

/* No points, one point, one leaf, several groups. */
static const size_t sizes[] = {0, 1, 30, 3000};
enum { N_SIZES = sizeof sizes / sizeof *sizes };

/* What hangs is to fail. */
static void start(unsigned seconds)
{
    alarm(seconds);
    CHECK_OK(starfmm_runtime_start(2));
}

static void stop(void)
{
    starfmm_runtime_stop();
    alarm(0);
}

static void make_guest(sfm_test_guest *g, size_t n)
{
    starfmm_options o = sfm_test_guest_options();
    sfm_test_guest_make(g, n, n ? 1 : 0, &o, 0);
    if (n) memcpy(g->charges, g->q, n * sizeof *g->q);
}

/* ---- StarPU refuses tasks ------------------------------------------------------------ */

/* The linker takes this function in the place of StarPU's: the refuse_at-th task from now on
 * (1: the next) and all after it are refused; 0: none. */
static atomic_long refuse_at;
static atomic_int n_refused;

static void refuse_from(long at)
{
    atomic_store(&n_refused, 0);
    atomic_store(&refuse_at, at);
}

int starpu_task_submit(struct starpu_task *task)
{
    static int (*submit)(struct starpu_task *);
    if (!submit) *(void **)&submit = dlsym(RTLD_NEXT, "starpu_task_submit");
    long at = atomic_load(&refuse_at);
    if (at == 1) {
        atomic_fetch_add(&n_refused, 1);
        return -ENODEV;
    }
    if (at > 1) atomic_store(&refuse_at, at - 1);
    return submit(task);
}

/* ---- what a callback sees ------------------------------------------------------------ */

typedef struct seen {
    pthread_t submitter;
    int calls, in_submitter, outside_workers, not_ended, may_wait;
    starfmm_status status;
} seen;

static void look_around(starfmm_request *request, starfmm_status status, void *payload)
{
    seen *s = payload;
    int ended = 0;
    CHECK_OK(starfmm_request_test(request, &ended));
    s->calls++;
    s->in_submitter += pthread_equal(s->submitter, pthread_self()) != 0;
    s->outside_workers += starpu_worker_get_id() < 0;
    s->not_ended += !ended;
    /* Outside a worker it would hang. */
    s->may_wait +=
        starpu_worker_get_id() < 0 || starfmm_request_wait(request) != STARFMM_EBUSY;
    s->status = status;
}

static void check_seen(const seen *s, int calls, starfmm_status status, const char *what,
                       size_t n)
{
    CHECKF(s->calls == calls, "%s, %zu points: %d calls, not %d", what, n, s->calls, calls);
    CHECKF(s->in_submitter + s->outside_workers + s->not_ended + s->may_wait == 0,
           "%s, %zu points: of %d calls %d in the submitting thread, %d in no worker, %d "
           "before the end, %d could wait",
           what, n, s->calls, s->in_submitter, s->outside_workers, s->not_ended,
           s->may_wait);
    CHECKF(calls == 0 || s->status == status, "%s, %zu points: status %d, not %d", what, n,
           (int)s->status, (int)status);
}

static starfmm_submit_options told(seen *s)
{
    starfmm_submit_options o;
    starfmm_submit_options_init(&o);
    *s = (seen){.submitter = pthread_self()};
    o.callback = look_around;
    o.payload = s;
    return o;
}

SFM_CASE(callback_in_a_worker)
{
    enum { REPEAT = 50 };
    start(60);
    for (int k = 0; k < N_SIZES; k++) {
        sfm_test_guest g;
        seen s;
        starfmm_request *request;
        starfmm_submit_options o = told(&s);
        make_guest(&g, sizes[k]);
        for (int i = 0; i < REPEAT; i++) {
            CHECK_OK(sfm_test_guest_submit(&g, &o, &request));
            CHECK_OK(starfmm_request_wait(request));
            starfmm_request_free(request);
        }
        check_seen(&s, REPEAT, STARFMM_OK, "evaluation", sizes[k]);
        s.calls = 0;
        CHECK_OK(starfmm_plan_submit_at(g.plan, 0, NULL, (starfmm_chunks){0, NULL}, &o,
                                        &request));
        CHECK_OK(starfmm_request_wait(request));
        starfmm_request_free(request);
        check_seen(&s, 1, STARFMM_OK, "no other targets", sizes[k]);
        sfm_test_guest_free(&g);
    }
    stop();
}

SFM_CASE(callback_of_a_cancelled_request)
{
    start(60);
    for (int k = 0; k < N_SIZES; k++) {
        sfm_test_guest g;
        seen s;
        starfmm_request *request;
        starfmm_submit_options o = told(&s);
        make_guest(&g, sizes[k]);
        starpu_pause();
        CHECK_OK(sfm_test_guest_submit(&g, &o, &request));
        CHECK_OK(starfmm_request_cancel(request));
        CHECKF(s.calls == 0, "%d calls while StarPU pauses", s.calls);
        starpu_resume();
        CHECK_STATUS(STARFMM_ECANCELLED, starfmm_request_wait(request));
        check_seen(&s, 1, STARFMM_ECANCELLED, "cancelled", sizes[k]);
        starfmm_request_free(request);
        sfm_test_guest_free(&g);
    }
    stop();
}

static atomic_int progress_outside;

static int look_where(size_t done, size_t total, void *payload)
{
    (void)payload;
    CHECKF(done >= 1 && done <= total, "%zu of %zu", done, total);
    if (starpu_worker_get_id() < 0) atomic_fetch_add(&progress_outside, 1);
    return 0;
}

SFM_CASE(progress_in_a_worker)
{
    starfmm_submit_options o;
    start(60);
    starfmm_submit_options_init(&o);
    o.progress = look_where;
    for (int k = 0; k < N_SIZES; k++) {
        sfm_test_guest g;
        starfmm_request *request;
        make_guest(&g, sizes[k]);
        starpu_pause();
        CHECK_OK(sfm_test_guest_submit(&g, &o, &request));
        starpu_resume();
        CHECK_OK(starfmm_request_wait(request));
        starfmm_request_free(request);
        sfm_test_guest_free(&g);
    }
    CHECKF(atomic_load(&progress_outside) == 0, "%d calls in no worker",
           atomic_load(&progress_outside));
    stop();
}

/* ---- submission in a callback -------------------------------------------------------- */

typedef struct chain {
    sfm_test_guest *guest;
    starfmm_submit_options options;
    int left, deepest;
    sem_t over;
} chain;

static void submit_again(starfmm_request *request, starfmm_status status, void *payload)
{
    static _Thread_local int depth;
    chain *c = payload;
    (void)request;
    depth++;
    if (depth > c->deepest) c->deepest = depth;
    CHECK_OK(status);
    if (--c->left == 0)
        sem_post(&c->over);
    else
        CHECK_OK(sfm_test_guest_submit(c->guest, &c->options, NULL));
    depth--;
}

/* A callback that submits again never has another call of itself below it on the stack. */
SFM_CASE(submission_in_a_callback_does_not_nest)
{
    start(120);
    for (int k = 0; k < N_SIZES; k++) {
        sfm_test_guest g;
        chain c = {.guest = &g, .left = sizes[k] < 100 ? 3000 : 50};
        make_guest(&g, sizes[k]);
        sem_init(&c.over, 0, 0);
        starfmm_submit_options_init(&c.options);
        c.options.callback = submit_again;
        c.options.payload = &c;
        CHECK_OK(sfm_test_guest_submit(&g, &c.options, NULL));
        while (sem_wait(&c.over) != 0) continue;
        CHECKF(c.deepest == 1, "%zu points: %d calls on one stack", sizes[k], c.deepest);
        sfm_test_guest_free(&g);
        sem_destroy(&c.over);
    }
    stop();
}

static void free_it(starfmm_request *request, starfmm_status status, void *payload)
{
    (void)status;
    starfmm_request_free(request);
    sem_post(payload);
}

SFM_CASE(freed_in_its_callback)
{
    start(60);
    for (int k = 0; k < N_SIZES; k++) {
        sfm_test_guest g;
        starfmm_request *request;
        starfmm_submit_options o;
        sem_t over;
        make_guest(&g, sizes[k]);
        sem_init(&over, 0, 0);
        starfmm_submit_options_init(&o);
        o.callback = free_it;
        o.payload = &over;
        for (int i = 0; i < 20; i++) {
            CHECK_OK(sfm_test_guest_submit(&g, &o, &request));
            while (sem_wait(&over) != 0) continue;
        }
        sfm_test_guest_free(&g);
        sem_destroy(&over);
    }
    stop();
}

/* ---- the end tag --------------------------------------------------------------------- */

typedef struct follower {
    atomic_int callback_over; /* set late by the callback */
    int seen, ran;            /* by the host's task */
} follower;

static void take_time(starfmm_request *request, starfmm_status status, void *payload)
{
    (void)request;
    (void)status;
    usleep(20000);
    atomic_store(&((follower *)payload)->callback_over, 1);
}

static void follow(void *buffers[], void *arg)
{
    follower *f = arg;
    (void)buffers;
    f->seen = atomic_load(&f->callback_over);
    f->ran = 1;
}

static struct starpu_codelet codelet = {.cpu_funcs = {follow}, .name = "follow"};

/* A task of the host that depends on a tag. */
static struct starpu_task *insert_follower(follower *f, starpu_tag_t own, starpu_tag_t end)
{
    struct starpu_task *task = starpu_task_create();
    task->cl = &codelet;
    task->cl_arg = f;
    task->use_tag = 1;
    task->tag_id = own;
    task->detach = 0;
    starpu_tag_declare_deps(own, 1, end);
    CHECK(starpu_task_submit(task) == 0);
    return task;
}

static starfmm_submit_options tagged(follower *f, starpu_tag_t end)
{
    starfmm_submit_options o;
    starfmm_submit_options_init(&o);
    o.use_end_tag = 1;
    o.end_tag = end;
    o.callback = take_time;
    o.payload = f;
    return o;
}

SFM_CASE(tag_after_the_callback)
{
    start(60);
    for (unsigned k = 0; k < N_SIZES; k++) {
        sfm_test_guest g;
        follower f = {0};
        starfmm_submit_options o = tagged(&f, 0x5f3a00 + k);
        make_guest(&g, sizes[k]);
        struct starpu_task *task = insert_follower(&f, 0x5f3b00 + k, o.end_tag);
        CHECK_OK(sfm_test_guest_submit(&g, &o, NULL));
        CHECK(starpu_task_wait(task) == 0);
        CHECKF(f.ran && f.seen, "%zu points: ran %d, after the callback %d", sizes[k],
               f.ran, f.seen);
        CHECK(starpu_tag_wait(o.end_tag) == 0);
        sfm_test_guest_free(&g);
    }
    stop();
}

/* ---- submissions that fail ----------------------------------------------------------- */

/* Whichever task StarPU refuses: the request ends with a status, its callback is called and
 * its tag released, and the plan is as good as before. */
SFM_CASE(refused_half_way)
{
    sfm_test_guest g;
    int failed = 0, more = 1;
    start(120);
    starfmm_options o = sfm_test_guest_options();
    o.deterministic = STARFMM_ON;
    o.group_size = 16;
    sfm_test_guest_make(&g, 600, 2, &o, 0);
    memcpy(g.charges, g.q, g.n * sizeof *g.q);
    for (unsigned at = 1; more && at < 500; at++) {
        follower f = {0};
        starfmm_request *request = NULL;
        starfmm_submit_options so = tagged(&f, 0x6f3a0000 + at);
        struct starpu_task *task = insert_follower(&f, 0x6f3b0000 + at, so.end_tag);
        refuse_from(at);
        starpu_pause();
        starfmm_status status = sfm_test_guest_submit(&g, &so, &request);
        more = atomic_load(&n_refused) > 0;
        refuse_from(0);
        starpu_resume();
        if (status == STARFMM_OK) {
            status = starfmm_request_wait(request);
            starfmm_request_free(request);
            CHECKF(status == (more ? STARFMM_ERUNTIME : STARFMM_OK), "task %u: status %d",
                   at, (int)status);
            CHECK(starpu_task_wait(task) == 0);
            CHECKF(f.ran && f.seen, "task %u refused: ran %d, callback %d", at, f.ran,
                   f.seen);
            failed += more;
        } else {
            /* Nothing was submitted. */
            CHECKF(status == STARFMM_ERUNTIME && !request && at == 1, "task %u: status %d",
                   at, (int)status);
            CHECK(!atomic_load(&f.callback_over));
            starpu_tag_notify_from_apps(so.end_tag);
            CHECK(starpu_task_wait(task) == 0);
        }
        if (at % 7 == 1) {
            double *p = calloc(g.n, sizeof *p);
            CHECK_OK(starfmm_evaluate(g.plan, 1, g.q, p, NULL));
            CHECKF(memcmp(p, g.expected, g.n * sizeof *p) == 0, "after task %u", at);
            free(p);
        }
    }
    CHECKF(failed > 10 && !more, "%d submissions failed", failed);
    sfm_test_guest_free(&g);
    stop();
}

/* Blocking evaluations, too. */
SFM_CASE(refused_evaluations)
{
    start(60);
    for (int k = 0; k < N_SIZES; k++) {
        sfm_test_guest g;
        make_guest(&g, sizes[k]);
        for (long at = 1; at < 4; at++) {
            refuse_from(at);
            starfmm_status status = starfmm_evaluate(g.plan, 1, g.charges, g.result, NULL);
            int refused = atomic_load(&n_refused) > 0;
            refuse_from(0);
            CHECKF(status == (refused ? STARFMM_ERUNTIME : STARFMM_OK),
                   "%zu points, task %ld: status %d", sizes[k], at, (int)status);
            CHECK_OK(starfmm_evaluate(g.plan, 1, g.charges, g.result, NULL));
        }
        sfm_test_guest_free(&g);
    }
    stop();
}

/* Nothing to submit but the end, and StarPU refuses that. */
SFM_CASE(refused_end)
{
    sfm_test_guest g;
    seen s;
    start(60);
    starfmm_submit_options o = told(&s);
    starfmm_request *request = NULL;
    make_guest(&g, 0);
    refuse_from(1);
    CHECK_STATUS(STARFMM_ERUNTIME, sfm_test_guest_submit(&g, &o, &request));
    refuse_from(0);
    CHECK(request == NULL && s.calls == 0);
    CHECK_OK(sfm_test_guest_submit(&g, &o, &request));
    CHECK_OK(starfmm_request_wait(request));
    starfmm_request_free(request);
    check_seen(&s, 1, STARFMM_OK, "afterwards", 0);
    sfm_test_guest_free(&g);
    stop();
}

/* ---- the plan and the callback ------------------------------------------------------- */

/* Who has seen the results may destroy the plan: that waits for the callback's return. */
SFM_CASE(destroy_waits_for_the_callback)
{
    start(60);
    for (int k = 2; k < N_SIZES; k++) {
        sfm_test_guest g;
        follower f = {0};
        starfmm_submit_options o;
        starfmm_submit_options_init(&o);
        o.callback = take_time;
        o.payload = &f;
        make_guest(&g, sizes[k]);
        CHECK_OK(sfm_test_guest_submit(&g, &o, NULL));
        sfm_test_guest_unregister(&g);
        CHECK(memcmp(g.result, g.expected, 0) == 0);
        sfm_test_guest_free(&g);
        CHECKF(atomic_load(&f.callback_over), "%zu points", sizes[k]);
    }
    stop();
}

SFM_MAIN()
