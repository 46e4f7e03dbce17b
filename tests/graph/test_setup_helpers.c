/* SPDX-License-Identifier: BSD-3-Clause */
/* Plans are made with the help of StarPU's workers, but never at their mercy. */
#include <stdlib.h>
#include <string.h>

#include "starfmm_starpu.h"
#include "tests/support/points.h"
#include "tests/support/test.h"

#define N 100000

static double *points;

static starfmm_plan *make_plan(void)
{
    starfmm_options o;
    starfmm_plan *plan = NULL;
    starfmm_options_init(&o);
    o.digits = 2;
    o.deterministic = STARFMM_ON;
    CHECK_OK(starfmm_plan_create(&plan, &o, N, points, 0, NULL));
    return plan;
}

static double *evaluate(starfmm_plan *plan)
{
    double *q = sfm_test_charges(N, -1, 1, 2), *p = malloc(N * sizeof *p);
    CHECK_OK(starfmm_evaluate(plan, 1, q, p, NULL));
    free(q);
    return p;
}

static void make_in_task(void *buffers[], void *arg)
{
    (void)buffers;
    *(starfmm_plan **)arg = make_plan();
}

static struct starpu_codelet maker = {.cpu_funcs = {make_in_task}, .name = "make"};

static starfmm_plan *make_plan_in_task(void)
{
    starfmm_plan *plan = NULL;
    struct starpu_task *task = starpu_task_create();
    task->cl = &maker;
    task->cl_arg = &plan;
    task->synchronous = 1;
    CHECK(starpu_task_submit(task) == 0);
    return plan;
}

static starfmm_plan *make_plan_while_paused(void)
{
    starpu_pause();
    starfmm_plan *plan = make_plan();
    starpu_resume();
    return plan;
}

/* From the same points in another order, so that the root cube is the same. */
static starfmm_plan *move_plan(void)
{
    double *reversed = malloc(3 * N * sizeof *reversed), *kept = points;
    for (size_t i = 0; i < N; i++)
        memcpy(reversed + 3 * i, points + 3 * (N - 1 - i), 3 * sizeof *points);
    points = reversed;
    starfmm_plan *plan = make_plan();
    points = kept;
    CHECK_OK(starfmm_plan_move(plan, N, points, 0, NULL));
    free(reversed);
    return plan;
}

SFM_CASE(one_plan_wherever_it_is_made)
{
    points = sfm_test_points("plummer", N, 1);
    starfmm_plan *plan[5] = {make_plan()}; /* no help */
    CHECK_OK(starfmm_runtime_start(2));
    plan[1] = make_plan();
    plan[2] = make_plan_in_task();
    plan[3] = make_plan_while_paused();
    plan[4] = move_plan();
    double *first = evaluate(plan[0]);
    for (int i = 1; i < 5; i++) {
        double *other = evaluate(plan[i]);
        CHECKF(memcmp(first, other, N * sizeof *first) == 0, "plan %d", i);
        free(other);
    }
    for (int i = 0; i < 5; i++) CHECK_OK(starfmm_plan_destroy(plan[i]));
    starfmm_runtime_stop();
    free(first);
    free(points);
}

SFM_MAIN()
