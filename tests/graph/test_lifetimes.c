/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What may go before what: the runtime while a request's last callback runs, workspaces under
 * moves, names of submissions, a plan looked at while it is evaluated, a process after fork.
 */
#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/errors.h"
#include "tests/support/guest.h"
#include "tests/support/points.h"
#include "tests/support/test.h"

static int sleep_at_the_end(size_t done, size_t total, void *payload)
{
    if (done == total) {
        usleep(100000);
        atomic_store((atomic_int *)payload, 1);
    }
    return 0;
}

/* The result is seen through its handle, then the runtime is stopped while the last callback
 * of the request's tasks still runs. */
SFM_CASE(stop_with_a_live_request)
{
    starfmm_options o = sfm_test_guest_options();
    starfmm_submit_options so;
    sfm_test_guest g;
    atomic_int slept = 0;
    mallopt(M_PERTURB, 165); /* what is freed is no more what it was */
    CHECK_OK(starfmm_runtime_start(2));
    sfm_test_guest_make(&g, 5000, 1, &o, 0);
    starfmm_submit_options_init(&so);
    so.progress = sleep_at_the_end;
    so.payload = &slept;
    CHECK_OK(sfm_test_guest_submit(&g, &so, NULL));
    sfm_test_guest_unregister(&g);
    CHECK(!atomic_load(&slept));
    starfmm_runtime_stop();
    CHECK(atomic_load(&slept));
    sfm_test_guest_free(&g);
}

/* ---- moves and workspaces ------------------------------------------------------------ */

/* Cells of a lattice with 16 points each, of which the last four may be left out: the tree
 * keeps its nodes then, so that moves are in place.  Two points hold the root cube. */
typedef struct lattice {
    size_t n, fewer;
    double *x, *q, *p;
} lattice;

static void make_lattice(lattice *l)
{
    const size_t per = 16, cells = 16 * 16 * 8;
    const double e = 1e-9, corners[6] = {e, e, e, 1 - e, 1 - e, 0.5 - e};
    uint64_t seed = 1;
    size_t room = per * cells + 2;
    *l = (lattice){2, 0, malloc(3 * room * sizeof *l->x), malloc(2 * room * sizeof *l->q),
                   malloc(2 * room * sizeof *l->p)};
    memcpy(l->x, corners, sizeof corners);
    for (size_t k = 0; k < per; k++) {
        if (k == 12) l->fewer = l->n;
        for (size_t c = 0; c < cells; c++, l->n++) {
            const size_t cell[3] = {c % 16, c / 16 % 16, c / 256};
            for (int d = 0; d < 3; d++)
                l->x[3 * l->n + (size_t)d] =
                    ((double)cell[d] + 0.05 + 0.9 * sfm_test_uniform(&seed)) / 16;
        }
    }
    for (size_t i = 0; i < 2 * l->n; i++) l->q[i] = sfm_test_uniform(&seed);
}

static void check_lattice(const starfmm_options *o, starfmm_plan *plan, const lattice *l,
                          size_t n)
{
    double exact[2 * 20];
    CHECK_OK(starfmm_evaluate(plan, 2, l->q, l->p, NULL));
    CHECK_OK(starfmm_direct(o, n, l->x, 0, NULL, 2, l->q, 20, NULL, exact, NULL));
    double error = sfm_test_distance(40, l->p, exact);
    CHECKF(error < 1e-2, "%zu points: %g", n, error);
}

/* In place to fewer points, a workspace for these, in place to more than it has room for:
 * the plan is in the list of live plans once, and the list ends. */
SFM_CASE(moves_to_fewer_points_and_back)
{
    starfmm_options o;
    starfmm_plan *plan;
    lattice l;
    alarm(60);
    starfmm_options_init(&o);
    o.digits = 3;
    o.n_crit = 60;
    o.group_size = 2048;
    make_lattice(&l);
    CHECK_OK(starfmm_runtime_start(2));
    CHECK_OK(starfmm_plan_create(&plan, &o, l.n, l.x, 0, NULL));
    for (int i = 0; i < 3; i++) {
        CHECK_OK(starfmm_plan_move(plan, l.fewer, l.x, 0, NULL));
        check_lattice(&o, plan, &l, l.fewer);
        CHECK_OK(starfmm_plan_move(plan, l.n, l.x, 0, NULL));
        check_lattice(&o, plan, &l, l.n);
    }
    CHECK_OK(starfmm_plan_destroy(plan));
    starfmm_runtime_stop();
    free(l.x);
    free(l.q);
    free(l.p);
    alarm(0);
}

/* ---- names --------------------------------------------------------------------------- */

/* Every submission with a name of its own, and all of them with two. */
SFM_CASE(names_do_not_pile_up)
{
    enum { N = 30 };
    starfmm_options o = sfm_test_guest_options();
    starfmm_submit_options so;
    sfm_test_guest g;
    size_t before = 0;
    char name[32];
    CHECK_OK(starfmm_runtime_start(2));
    o.n_crit = 5;
    o.group_size = 8;
    sfm_test_guest_make(&g, 1500, 1, &o, 0);
    starfmm_submit_options_init(&so);
    so.name = name;
    for (int i = 0; i < 2 * N; i++) {
        starfmm_request *request;
        snprintf(name, sizeof name, "step%d", i < N ? i : i % 2);
        CHECK_OK(sfm_test_guest_submit(&g, &so, &request));
        CHECK_OK(starfmm_request_wait(request));
        starfmm_request_free(request);
        struct mallinfo2 m = mallinfo2();
        if (i == 2) before = m.uordblks + m.hblkhd;
        if (i == 2 * N - 1)
            CHECKF(m.uordblks + m.hblkhd < before + 1000000,
                   "%zu bytes, %zu after %d names", before, m.uordblks + m.hblkhd, N);
    }
    sfm_test_guest_free(&g);
    starfmm_runtime_stop();
}

/* ---- looked at from aside ------------------------------------------------------------ */

typedef struct watcher {
    starfmm_plan *plan;
    atomic_int stop;
    size_t looks;
} watcher;

static void *watch(void *arg)
{
    watcher *w = arg;
    while (!atomic_load(&w->stop)) {
        starfmm_info info = {.size = sizeof info};
        CHECK_OK(starfmm_plan_get_info(w->plan, &info));
        w->looks += info.memory_bytes > 0;
    }
    return NULL;
}

/* One thread asks for the plan's memory while another makes and frees workspaces. */
SFM_CASE(info_while_workspaces_come_and_go)
{
    starfmm_options o = sfm_test_guest_options();
    sfm_test_guest g;
    watcher w = {0};
    pthread_t thread;
    CHECK_OK(starfmm_runtime_start(2));
    sfm_test_guest_make(&g, 500, 1, &o, 0);
    double *q = calloc(40 * g.n, sizeof *q), *p = calloc(40 * g.n, sizeof *p);
    w.plan = g.plan;
    REQUIRE(pthread_create(&thread, NULL, watch, &w) == 0);
    for (int round = 0; round < 10; round++) {
        for (size_t n_rhs = 1; n_rhs < 40; n_rhs += 6)
            CHECK_OK(starfmm_evaluate(g.plan, n_rhs, q, p, NULL));
        CHECK_OK(starfmm_plan_release(g.plan));
    }
    atomic_store(&w.stop, 1);
    pthread_join(thread, NULL);
    CHECK(w.looks > 0);
    free(q);
    free(p);
    sfm_test_guest_free(&g);
    starfmm_runtime_stop();
}

/* ---- fork ---------------------------------------------------------------------------- */

static int names_fork(starfmm_status status)
{
    if (status == STARFMM_ERUNTIME && strstr(starfmm_last_error(), "fork")) return 1;
    fprintf(stderr, "child: status %d, '%s'\n", (int)status, starfmm_last_error());
    return 0;
}

/* What a child of a process that runs StarPU may do with the parent's plan and with one of
 * its own: 0, or the number of the first answer that is wrong. */
static int use_in_child(starfmm_plan *plan, starfmm_request *ended)
{
    double x[6] = {0, 0, 0, 1, 2, 3}, q[2] = {1, 2}, p[2];
    starfmm_info info = {.size = sizeof info};
    starfmm_plan *own = NULL;
    starfmm_options o = sfm_test_guest_options();
    starfmm_chunks none = {0, NULL};
    if (!names_fork(starfmm_evaluate(plan, 1, q, p, NULL))) return 1;
    if (!names_fork(starfmm_evaluate_at(plan, 1, 2, x, p, NULL))) return 2;
    if (!names_fork(starfmm_plan_submit(plan, none, none, NULL, NULL))) return 3;
    if (!names_fork(starfmm_plan_submit_at(plan, 0, NULL, none, NULL, NULL))) return 4;
    if (!names_fork(starfmm_runtime_start(2))) return 5;
    if (starfmm_plan_create(&own, &o, 2, x, 0, NULL) != STARFMM_OK) return 6;
    if (!names_fork(starfmm_evaluate(own, 1, q, p, NULL))) return 7;
    if (starfmm_plan_move(own, 2, x, 0, NULL) != STARFMM_OK) return 8;
    if (starfmm_plan_get_info(plan, &info) != STARFMM_OK) return 9;
    if (starfmm_direct(&o, 2, x, 0, NULL, 1, q, 2, NULL, p, NULL) != STARFMM_OK) return 10;
    if (starfmm_request_wait(ended) != STARFMM_OK) return 11;
    starfmm_request_free(ended);
    if (starfmm_plan_destroy(own) != STARFMM_OK) return 12;
    if (starfmm_plan_destroy(plan) != STARFMM_OK) return 13;
    starfmm_runtime_stop();
    return 0;
}

/* A plan with many points asks workers for help when it is made; a child has none. */
static int make_large_plan(void)
{
    enum { N = 60000 };
    starfmm_plan *plan = NULL;
    starfmm_options o = sfm_test_guest_options();
    double *x = sfm_test_points("cube", N, 1);
    int code = 20 + (starfmm_plan_create(&plan, &o, N, x, 0, NULL) == STARFMM_OK);
    free(x);
    starfmm_plan_destroy(plan);
    return code;
}

static int code_of_child(pid_t child)
{
    int status = 0;
    if (waitpid(child, &status, 0) != child || !WIFEXITED(status)) return -1;
    return WEXITSTATUS(status);
}

SFM_CASE(forked_child)
{
    starfmm_options o = sfm_test_guest_options();
    starfmm_request *request;
    sfm_test_guest g;
    CHECK_OK(starfmm_runtime_start(2));
    sfm_test_guest_make(&g, 2000, 1, &o, 0);
    CHECK_OK(sfm_test_guest_submit(&g, NULL, &request));
    CHECK_OK(starfmm_request_wait(request));
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        alarm(10);
        _exit(use_in_child(g.plan, request));
    }
    int code = code_of_child(child);
    CHECKF(code == 0, "child: %d", code);
    child = fork();
    if (child == 0) {
        alarm(60);
        _exit(make_large_plan());
    }
    code = code_of_child(child);
    CHECKF(code == 21, "child: %d", code);
    /* The parent goes on. */
    CHECK_OK(starfmm_evaluate(g.plan, 1, g.q, g.result, NULL));
    starfmm_request_free(request);
    sfm_test_guest_free(&g);
    starfmm_runtime_stop();
}

/* What was in flight at the fork never ends in the child. */
static int use_what_is_in_flight(starfmm_plan *plan, starfmm_request *request)
{
    int ended = 1;
    if (starfmm_request_test(request, &ended) != STARFMM_OK || ended) return 1;
    if (starfmm_request_status(request) != STARFMM_EBUSY) return 2;
    if (!names_fork(starfmm_request_wait(request))) return 3;
    if (!names_fork(starfmm_plan_destroy(plan))) return 4;
    if (!names_fork(starfmm_plan_release(plan))) return 5;
    if (!names_fork(starfmm_plan_move(plan, 0, NULL, 0, NULL))) return 6;
    starfmm_request_free(request);
    return 0;
}

SFM_CASE(forked_with_a_request_in_flight)
{
    starfmm_options o = sfm_test_guest_options();
    starfmm_request *request;
    sfm_test_guest g;
    CHECK_OK(starfmm_runtime_start(2));
    sfm_test_guest_make(&g, 500, 1, &o, 0);
    starpu_pause();
    CHECK_OK(sfm_test_guest_submit(&g, NULL, &request));
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        alarm(10);
        _exit(use_what_is_in_flight(g.plan, request));
    }
    int code = code_of_child(child);
    CHECKF(code == 0, "child: %d", code);
    starpu_resume();
    CHECK_OK(starfmm_request_wait(request));
    starfmm_request_free(request);
    sfm_test_guest_free(&g);
    starfmm_runtime_stop();
}

static int evaluate_in_child(starfmm_plan *plan, const double *q, double *p)
{
    if (starfmm_runtime_start(2) != STARFMM_OK) return 1;
    if (starfmm_evaluate(plan, 1, q, p, NULL) != STARFMM_OK) return 2;
    if (starfmm_plan_destroy(plan) != STARFMM_OK) return 3;
    starfmm_runtime_stop();
    return 0;
}

/* Where StarPU did not run at the fork, a child may start it. */
SFM_CASE(forked_before_the_runtime)
{
    starfmm_options o = sfm_test_guest_options();
    starfmm_plan *plan;
    enum { N = 1000 };
    double *x = sfm_test_points("cube", N, 1), *q = sfm_test_charges(N, 0, 1, 2), p[N];
    CHECK_OK(starfmm_plan_create(&plan, &o, N, x, 0, NULL));
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        alarm(20);
        _exit(evaluate_in_child(plan, q, p));
    }
    int code = code_of_child(child);
    CHECKF(code == 0, "child: %d", code);
    CHECK_OK(starfmm_plan_destroy(plan));
    free(x);
    free(q);
}

SFM_MAIN()
