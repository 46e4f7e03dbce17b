/* SPDX-License-Identifier: BSD-3-Clause */
/* Several plans, several threads, and the runtime started and stopped round them. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "starfmm.h"
#include "tests/support/errors.h"
#include "tests/support/points.h"
#include "tests/support/test.h"

#define N 2500

static starfmm_options small_options(void)
{
    starfmm_options o;
    starfmm_options_init(&o);
    o.order = 4;
    o.n_crit = 25;
    o.deterministic = STARFMM_ON; /* so that results can be compared bit by bit */
    return o;
}

/* A plan over a set with its charges and the result of the first evaluation. */
typedef struct job {
    starfmm_plan *plan;
    double *points, *charges, *expected;
    int failures;
} job;

static void job_make(job *j, const char *kind, uint64_t seed)
{
    starfmm_options o = small_options();
    memset(j, 0, sizeof *j);
    j->points = sfm_test_points(kind, N, seed);
    j->charges = sfm_test_charges(N, -1, 1, seed + 1);
    j->expected = calloc(N, sizeof(double));
    CHECK_OK(starfmm_plan_create(&j->plan, &o, N, j->points, 0, NULL));
    CHECK_OK(starfmm_evaluate(j->plan, 1, j->charges, j->expected, NULL));
}

static void job_free(job *j)
{
    CHECK_OK(starfmm_plan_destroy(j->plan));
    free(j->points);
    free(j->charges);
    free(j->expected);
}

/* One evaluation gives the first one's bits. */
static int job_agrees(const job *j)
{
    double *p = calloc(N, sizeof *p);
    int ok = starfmm_evaluate(j->plan, 1, j->charges, p, NULL) == STARFMM_OK &&
             memcmp(p, j->expected, N * sizeof *p) == 0;
    free(p);
    return ok;
}

SFM_CASE(alive_at_once)
{
    const char *kinds[] = {"cube", "sphere", "plummer", "helix", "line"};
    job j[5];
    CHECK_OK(starfmm_runtime_start(2));
    for (int i = 0; i < 5; i++) job_make(&j[i], kinds[i], 30 + (uint64_t)i);
    for (int i = 4; i >= 0; i--) CHECK(job_agrees(&j[i]));
    job_free(&j[2]);
    for (int i = 0; i < 5; i++)
        if (i != 2) CHECK(job_agrees(&j[i]));
    for (int i = 0; i < 5; i++)
        if (i != 2) job_free(&j[i]);
    starfmm_runtime_stop();
}

/* Both precisions side by side, on one set; the float result is the double's to 4 digits.
 */
SFM_CASE(both_precisions)
{
    starfmm_options o = small_options();
    starfmm_plan *plan[2];
    double *x = sfm_test_points("sphere", N, 40), *q = sfm_test_charges(N, 0, 1, 41);
    double p[N], widened[N];
    float single[N], result[N];
    for (size_t i = 0; i < N; i++) q[i] = single[i] = (float)q[i];
    CHECK_OK(starfmm_runtime_start(2));
    for (int k = 0; k < 2; k++) {
        o.precision = (starfmm_precision)k;
        CHECK_OK(starfmm_plan_create(&plan[k], &o, N, x, 0, NULL));
    }
    CHECK_OK(starfmm_evaluate(plan[STARFMM_DOUBLE], 1, q, p, NULL));
    CHECK_OK(starfmm_evaluate(plan[STARFMM_FLOAT], 1, single, result, NULL));
    for (size_t i = 0; i < N; i++) widened[i] = (double)result[i];
    double distance = sfm_test_distance(N, widened, p);
    CHECKF(distance < 1e-4 && distance > 0, "%g", distance);
    for (int k = 0; k < 2; k++) CHECK_OK(starfmm_plan_destroy(plan[k]));
    starfmm_runtime_stop();
    free(x);
    free(q);
}

static void *evaluate_often(void *arg)
{
    job *j = arg;
    for (int i = 0; i < 12; i++) j->failures += !job_agrees(j);
    return NULL;
}

SFM_CASE(two_threads_two_plans)
{
    job j[2];
    pthread_t thread[2];
    CHECK_OK(starfmm_runtime_start(2));
    job_make(&j[0], "cube", 50);
    job_make(&j[1], "plummer", 52);
    for (int i = 0; i < 2; i++)
        REQUIRE(pthread_create(&thread[i], NULL, evaluate_often, &j[i]) == 0);
    for (int i = 0; i < 2; i++) pthread_join(thread[i], NULL);
    CHECKF(j[0].failures + j[1].failures == 0, "%d and %d of 12", j[0].failures,
           j[1].failures);
    for (int i = 0; i < 2; i++) job_free(&j[i]);
    starfmm_runtime_stop();
}

/* Each thread has charges of its own; the plan's evaluations must not mix. */
SFM_CASE(two_threads_one_plan)
{
    job j[2];
    pthread_t thread[2];
    CHECK_OK(starfmm_runtime_start(2));
    job_make(&j[0], "sphere", 60);
    j[1] = j[0];
    j[1].charges = sfm_test_charges(N, 0, 5, 62);
    j[1].expected = calloc(N, sizeof(double));
    CHECK_OK(starfmm_evaluate(j[1].plan, 1, j[1].charges, j[1].expected, NULL));
    for (int i = 0; i < 2; i++)
        REQUIRE(pthread_create(&thread[i], NULL, evaluate_often, &j[i]) == 0);
    for (int i = 0; i < 2; i++) pthread_join(thread[i], NULL);
    CHECKF(j[0].failures + j[1].failures == 0, "%d and %d of 12", j[0].failures,
           j[1].failures);
    free(j[1].charges);
    free(j[1].expected);
    job_free(&j[0]);
    starfmm_runtime_stop();
}

SFM_CASE(runtime_nests)
{
    job j;
    CHECK_OK(starfmm_runtime_start(1));
    CHECK_OK(starfmm_runtime_start(2));
    CHECK_OK(starfmm_runtime_start(0));
    job_make(&j, "cube", 70);
    starfmm_runtime_stop();
    CHECK(job_agrees(&j));
    starfmm_runtime_stop();
    CHECK(job_agrees(&j));
    job_free(&j);
    starfmm_runtime_stop();
    starfmm_runtime_stop(); /* one too many: nothing happens */
    CHECK_STATUS(STARFMM_EINVAL, starfmm_runtime_start(-1));
    CHECK_STATUS(STARFMM_EINVAL, starfmm_runtime_start(1 << 20));
}

SFM_CASE(no_runtime)
{
    starfmm_options o = small_options();
    starfmm_plan *plan;
    starfmm_profile profile = {.size = sizeof profile};
    double *x = sfm_test_points("cube", N, 80), *q = sfm_test_charges(N, 0, 1, 81), p[N];
    CHECK_OK(starfmm_plan_create(&plan, &o, N, x, 0, NULL));
    CHECK_STATUS(STARFMM_ERUNTIME, starfmm_evaluate(plan, 1, q, p, NULL));
    CHECK(strstr(starfmm_last_error(), "starfmm_runtime_start") != NULL);
    CHECK_STATUS(STARFMM_EINVAL, starfmm_plan_get_profile(plan, &profile));
    CHECK_OK(starfmm_runtime_start(1));
    CHECK_OK(starfmm_evaluate(plan, 1, q, p, NULL));
    CHECK_OK(starfmm_plan_get_profile(plan, &profile));
    CHECK(profile.n_workers == 1 && profile.tasks[STARFMM_OP_P2P] > 0);
    CHECK_OK(starfmm_plan_destroy(plan));
    starfmm_runtime_stop();
    free(x);
    free(q);
}

/* "Plans may be destroyed after it." */
SFM_CASE(destroyed_after_stop)
{
    job j;
    CHECK_OK(starfmm_runtime_start(2));
    job_make(&j, "cube", 90);
    starfmm_runtime_stop();
    double p[N];
    CHECK_STATUS(STARFMM_ERUNTIME, starfmm_evaluate(j.plan, 1, j.charges, p, NULL));
    job_free(&j);
}

/* StarPU's handles die with it; the plan makes new ones. */
SFM_CASE(used_across_stop_and_start)
{
    job j;
    CHECK_OK(starfmm_runtime_start(2));
    job_make(&j, "plummer", 100);
    starfmm_runtime_stop();
    for (int workers = 1; workers < 3; workers++) {
        CHECK_OK(starfmm_runtime_start(workers));
        CHECK(job_agrees(&j));
        CHECK(job_agrees(&j));
        starfmm_runtime_stop();
    }
    CHECK_OK(starfmm_runtime_start(2));
    job_free(&j);
    starfmm_runtime_stop();
}

/* What the plan says of itself is consistent. */
SFM_CASE(info)
{
    starfmm_info i = {.size = sizeof i};
    starfmm_profile profile = {.size = sizeof profile};
    job j;
    CHECK_OK(starfmm_runtime_start(2));
    job_make(&j, "ellipsoid", 110);
    CHECK_OK(starfmm_plan_get_info(j.plan, &i));
    CHECK(i.n_sources == N && i.n_targets == N && i.order == 4 && i.check_order == 4);
    CHECK(i.digits == 0 && i.n_crit == 25 && i.max_depth == 21 && i.balanced == 1);
    CHECK(i.deterministic == 1 && i.gradient == 0 && i.m2l != STARFMM_M2L_AUTO);
    CHECK(i.n_leaves < i.n_nodes && i.n_leaves > N / 25 && i.depth > 1 && i.group_size > 0);
    CHECK(i.u.mean_leaves >= 1 && i.v.max <= 189 && i.x.max <= 19);
    CHECK(i.w.mean_all > 0 && i.w.mean_all == i.x.mean_all);
    CHECK(i.memory_bytes > N * 5 * sizeof(double) && i.n_tasks > 0 && i.isa[0] != '\0');
    CHECK(i.setup_seconds >= i.tree_seconds && i.root_half_side > 0);
    CHECK_OK(starfmm_plan_get_profile(j.plan, &profile));
    size_t tasks = 0;
    for (int op = 0; op < STARFMM_N_OPERATORS; op++) {
        tasks += profile.tasks[op];
        CHECK(profile.seconds[op] >= 0 && profile.flops[op] >= 0);
    }
    CHECKF(tasks == i.n_tasks, "%zu tasks ran of %zu", tasks, i.n_tasks);
    CHECK(profile.codelet_share > 0 && profile.codelet_share <= 1 &&
          profile.n_workers == 2);
    job_free(&j);
    starfmm_runtime_stop();
}

SFM_MAIN()
