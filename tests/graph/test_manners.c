/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A host that does what hosts do: contexts, priorities, pauses, StarPU shut down and
 * started again in between, calls from inside tasks, plans that are gone.
 */
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "starfmm_starpu.h"
#include "tests/support/errors.h"
#include "tests/support/points.h"
#include "tests/support/test.h"

#define N 4000

typedef struct host {
    double *x, *q, expected[N], result[N];
    starfmm_plan *plan;
    starpu_data_handle_t charges, potentials;
} host;

static host s;

static void make_plan(void)
{
    starfmm_options o;
    starfmm_options_init(&o);
    o.deterministic = STARFMM_ON;
    o.digits = 4;
    o.n_crit = 40;
    s.x = sfm_test_points("sphere", N, 1);
    s.q = sfm_test_charges(N, -1, 1, 2);
    CHECK_OK(starfmm_plan_create(&s.plan, &o, N, s.x, 0, NULL));
}

static void drop_plan(void)
{
    CHECK_OK(starfmm_plan_destroy(s.plan));
    free(s.x);
    free(s.q);
}

static void register_data(void)
{
    memset(s.result, 0, sizeof s.result);
    starpu_vector_data_register(&s.charges, STARPU_MAIN_RAM, (uintptr_t)s.q, N,
                                sizeof *s.q);
    starpu_vector_data_register(&s.potentials, STARPU_MAIN_RAM, (uintptr_t)s.result, N,
                                sizeof *s.result);
}

static starfmm_status submit(const starfmm_submit_options *o, starfmm_request **request)
{
    return starfmm_plan_submit(s.plan, (starfmm_chunks){1, &s.charges},
                               (starfmm_chunks){1, &s.potentials}, o, request);
}

static void unregister_and_compare(void)
{
    starpu_data_unregister(s.charges);
    starpu_data_unregister(s.potentials);
    CHECK(memcmp(s.result, s.expected, sizeof s.result) == 0);
}

static void start(int n_workers)
{
    CHECK_OK(starfmm_runtime_start(n_workers));
    make_plan();
    CHECK_OK(starfmm_evaluate(s.plan, 1, s.q, s.expected, NULL));
}

static void stop(void)
{
    drop_plan();
    starfmm_runtime_stop();
}

/* A function of its own, so that the case is on the stack by which tests/support/tsan.supp
 * knows what StarPU does here. */
__attribute__((noinline)) static void delete_context(unsigned context)
{
    starpu_sched_ctx_finished_submit(context);
    starpu_sched_ctx_delete(context);
}

/* All tasks run on the workers of the submitting thread's scheduling context. */
SFM_CASE(scheduling_context)
{
    starfmm_request *request;
    start(2);
    int worker = 1;
    unsigned context = starpu_sched_ctx_create(&worker, 1, "one",
                                               STARPU_SCHED_CTX_POLICY_NAME, "eager", 0);
    CHECK(context != STARPU_NMAX_SCHED_CTXS);
    register_data();
    starpu_sched_ctx_set_context(&context);
    CHECK_OK(submit(NULL, &request));
    CHECK_OK(starfmm_request_wait(request));
    starfmm_request_free(request);
    unsigned none = 0;
    starpu_sched_ctx_set_context(&none);
    unregister_and_compare();
    static starfmm_task_record t[10000];
    size_t n = 0, elsewhere = 0;
    CHECK_OK(starfmm_plan_get_timeline(s.plan, 10000, t, &n));
    for (size_t i = 0; i < n && i < 10000; i++) elsewhere += t[i].worker != worker;
    CHECKF(n > 10 && elsewhere == 0, "%zu of %zu tasks elsewhere", elsewhere, n);
    delete_context(context);
    stop();
}

/* Whatever is added to priorities, they stay in the scheduler's range. */
SFM_CASE(priority_base)
{
    static const char *const schedulers[] = {"prio", "lws", "eager"};
    const int bases[] = {INT_MIN, -3, 0, 7, INT_MAX};
    for (int k = 0; k < 3; k++) {
        setenv("STARPU_SCHED", schedulers[k], 1);
        start(2);
        for (int i = 0; i < 5; i++) {
            starfmm_submit_options o;
            starfmm_submit_options_init(&o);
            o.priority_base = bases[i];
            register_data();
            CHECK_OK(submit(&o, NULL));
            unregister_and_compare();
        }
        stop();
    }
}

/* Submission into a paused StarPU returns at once; the request ends after starpu_resume. */
SFM_CASE(paused)
{
    starfmm_request *request;
    int ended = 1;
    start(2);
    register_data();
    starpu_pause();
    CHECK_OK(submit(NULL, &request));
    CHECK_OK(starfmm_request_test(request, &ended));
    CHECK(!ended);
    CHECK_STATUS(STARFMM_EBUSY, starfmm_plan_destroy(s.plan));
    CHECK_STATUS(STARFMM_EBUSY, starfmm_plan_move(s.plan, N, s.x, 0, NULL));
    starpu_resume();
    CHECK_OK(starfmm_request_wait(request));
    starfmm_request_free(request);
    unregister_and_compare();
    stop();
}

/* A host shuts its StarPU down and starts it again, with or without a release before. */
SFM_CASE(shut_down_in_between)
{
    CHECK(starpu_init(NULL) == 0);
    make_plan();
    CHECK_OK(starfmm_evaluate(s.plan, 1, s.q, s.expected, NULL));
    for (int release = 0; release < 3; release++) {
        if (release) CHECK_OK(starfmm_plan_release(s.plan));
        starpu_shutdown();
        if (release == 2)
            CHECK_STATUS(STARFMM_ERUNTIME,
                         starfmm_evaluate(s.plan, 1, s.q, s.result, NULL));
        CHECK(starpu_init(NULL) == 0);
        CHECK_STATUS(STARFMM_EINVAL,
                     starfmm_evaluate_at(s.plan, 1, 1, s.x, s.result, NULL));
        CHECK_OK(starfmm_evaluate(s.plan, 1, s.q, s.result, NULL));
        CHECK(memcmp(s.result, s.expected, sizeof s.result) == 0);
    }
    drop_plan();
    starpu_shutdown();
}

typedef struct inside {
    starfmm_request *other, *mine;
    starfmm_status wait, evaluate, at, move, destroy, release, start, submit;
} inside;

static void call_everything(void *buffers[], void *arg)
{
    (void)buffers;
    inside *i = arg;
    double p[N];
    i->wait = starfmm_request_wait(i->other);
    i->evaluate = starfmm_evaluate(s.plan, 1, s.q, p, NULL);
    i->at = starfmm_evaluate_at(s.plan, 1, N, s.x, p, NULL);
    i->move = starfmm_plan_move(s.plan, N, s.x, 0, NULL);
    i->destroy = starfmm_plan_destroy(s.plan);
    i->release = starfmm_plan_release(s.plan);
    i->start = starfmm_runtime_start(2);
    starfmm_runtime_stop();
    i->submit = submit(NULL, &i->mine);
}

static struct starpu_codelet caller = {.cpu_funcs = {call_everything}, .name = "caller"};

/* In a task all that waits is refused, and submission is allowed. */
SFM_CASE(inside_a_task)
{
    inside i = {.wait = STARFMM_OK};
    start(2);
    register_data();
    CHECK_OK(submit(NULL, &i.other));
    CHECK_OK(starfmm_request_wait(i.other));
    struct starpu_task *task = starpu_task_create();
    task->cl = &caller;
    task->cl_arg = &i;
    task->synchronous = 1;
    CHECK(starpu_task_submit(task) == 0);
    CHECK_STATUS(STARFMM_EBUSY, i.wait);
    CHECK_STATUS(STARFMM_EBUSY, i.evaluate);
    CHECK_STATUS(STARFMM_EBUSY, i.at);
    CHECK_STATUS(STARFMM_EBUSY, i.move);
    CHECK_STATUS(STARFMM_EBUSY, i.destroy);
    CHECK_STATUS(STARFMM_EBUSY, i.release);
    CHECK_STATUS(STARFMM_EBUSY, i.start);
    CHECK_OK(i.submit);
    CHECK_OK(starfmm_request_wait(i.mine));
    starfmm_request_free(i.mine);
    starfmm_request_free(i.other);
    unregister_and_compare();
    stop();
}

/* A plan that is gone is told from one that is there. */
SFM_CASE(destroyed)
{
    starfmm_info info = {.size = sizeof info};
    starfmm_request *request;
    start(2);
    register_data();
    starfmm_plan *gone = s.plan;
    CHECK_OK(starfmm_plan_destroy(gone));
    CHECK_STATUS(STARFMM_EINVAL, submit(NULL, &request));
    CHECK(request == NULL && strstr(starfmm_last_error(), "destroyed") != NULL);
    CHECK_STATUS(STARFMM_EINVAL, starfmm_evaluate(gone, 1, s.q, s.result, NULL));
    CHECK_STATUS(STARFMM_EINVAL, starfmm_evaluate_at(gone, 1, N, s.x, s.result, NULL));
    CHECK_STATUS(STARFMM_EINVAL, starfmm_plan_move(gone, N, s.x, 0, NULL));
    CHECK_STATUS(STARFMM_EINVAL, starfmm_plan_get_info(gone, &info));
    CHECK_STATUS(STARFMM_EINVAL, starfmm_plan_release(gone));
    CHECK_STATUS(STARFMM_EINVAL, starfmm_plan_destroy(gone));
    starpu_data_unregister(s.charges);
    starpu_data_unregister(s.potentials);
    free(s.x);
    free(s.q);
    starfmm_runtime_stop();
}

SFM_MAIN()
