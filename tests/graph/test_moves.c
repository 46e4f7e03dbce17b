/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Moved points against the direct sum: small moves that keep the tree, its groups and
 * buffers, large ones that do not, other numbers of points, several vectors; memory that is
 * used again and whatever stands in it; failures in between.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "graph/graph.h"
#include "tests/support/errors.h"
#include "tests/support/points.h"
#include "tests/support/test.h"

#define SEED 7

/* The direct sum's rows that are looked at. */
#define ROWS 40

typedef struct problem {
    starfmm_options o;
    starfmm_plan *plan;
    size_t n_src, n_trg; /* n_trg 0: the sources */
    double *src, *trg;
    uint64_t seed;
} problem;

static void shake(double *x, size_t n, double by, uint64_t *seed)
{
    for (size_t i = 0; i < 3 * n; i++) x[i] += by * (sfm_test_uniform(seed) - 0.5);
}

/* Error of an evaluation of n_rhs vectors. */
static double error_of(problem *s, size_t n_rhs)
{
    size_t n = s->n_trg ? s->n_trg : s->n_src, rows[ROWS];
    double *q = sfm_test_charges(s->n_src * n_rhs, 0, 1, s->seed++);
    double *p = malloc(n * n_rhs * sizeof *p),
           *exact = malloc(ROWS * n_rhs * sizeof *exact);
    for (size_t k = 0; k < ROWS; k++) rows[k] = k * n / ROWS;
    CHECK_OK(starfmm_evaluate(s->plan, n_rhs, q, p, NULL));
    CHECK_OK(starfmm_direct(&s->o, s->n_src, s->src, s->n_trg, s->trg, n_rhs, q, ROWS, rows,
                            exact, NULL));
    for (size_t k = 0; k < ROWS; k++)
        memmove(p + k * n_rhs, p + rows[k] * n_rhs, n_rhs * sizeof *p);
    double error = sfm_test_distance(ROWS * n_rhs, p, exact);
    free(q);
    free(p);
    free(exact);
    return error;
}

static void move_and_check(problem *s, const char *what, int step)
{
    CHECK_OK(starfmm_plan_move(s->plan, s->n_src, s->src, s->n_trg, s->trg));
    const size_t n_rhs[3] = {1, 3, 1};
    for (int k = step % 2; k < 3; k++) {
        double e = error_of(s, n_rhs[k]);
        CHECKF(e < 2e-4, "%s, step %d, %zu vectors, seed %d: %g", what, step, n_rhs[k],
               SEED, e);
    }
}

static void start(problem *s, const char *kind, size_t n_src, size_t n_trg)
{
    *s = (problem){.n_src = n_src, .n_trg = n_trg, .seed = SEED};
    starfmm_options_init(&s->o);
    s->o.digits = 4;
    s->o.n_crit = 40;
    s->src = sfm_test_points(kind, n_src, SEED);
    s->trg = n_trg ? sfm_test_points(kind, n_trg, SEED + 1) : NULL;
    CHECK_OK(starfmm_plan_create(&s->plan, &s->o, n_src, s->src, n_trg, s->trg));
    CHECK(error_of(s, 1) < 2e-4);
}

static void stop(problem *s)
{
    CHECK_OK(starfmm_plan_destroy(s->plan));
    free(s->src);
    free(s->trg);
}

static int small_steps(const char *kind, size_t n_trg, double by)
{
    problem s;
    int in_place = 0;
    start(&s, kind, 6000, n_trg);
    for (int step = 0; step < 8; step++) {
        const void *work = s.plan->core.schedule.m2l;
        shake(s.src, s.n_src, by, &s.seed);
        if (n_trg) shake(s.trg, n_trg, by, &s.seed);
        move_and_check(&s, kind, step);
        in_place += s.plan->core.schedule.m2l == work;
    }
    printf("%s, %zu targets: %d of 8 moves in place\n", kind, n_trg, in_place);
    stop(&s);
    return in_place;
}

SFM_CASE(small_moves)
{
    CHECK_OK(starfmm_runtime_start(2));
    CHECK(small_steps("cube", 0, 1e-4) >= 4);
    CHECK(small_steps("cube", 5000, 1e-4) >= 4);
    small_steps("plummer", 0, 1e-5);
    small_steps("sphere", 3000, 1e-3);
    starfmm_runtime_stop();
}

/* Everywhere else, more and fewer points, one set and two. */
SFM_CASE(large_moves)
{
    static const char *const kinds[] = {"cube", "plummer", "sphere", "clusters", "plane"};
    problem s;
    CHECK_OK(starfmm_runtime_start(2));
    start(&s, "cube", 4000, 0);
    for (int step = 0; step < 10; step++) {
        free(s.src);
        free(s.trg);
        s.n_src = step % 3 ? 500 + 700 * (size_t)step : 12000;
        s.n_trg = step % 4 > 1 ? 3000 : 0;
        s.src = sfm_test_points(kinds[step % 5], s.n_src, s.seed++);
        s.trg = s.n_trg ? sfm_test_points(kinds[step % 5], s.n_trg, s.seed++) : NULL;
        move_and_check(&s, kinds[step % 5], step);
    }
    stop(&s);
    starfmm_runtime_stop();
}

/* Expansions that no task writes must be zero in memory that has been used before: all
 * sources within one box of the second level of the root cube, which is kept, all targets in
 * it and the boxes next to it. */
SFM_CASE(memory_used_before)
{
    problem s;
    CHECK_OK(starfmm_runtime_start(2));
    start(&s, "cube", 8000, 0);
    s.trg = s.src;
    s.src = sfm_test_points("cube", 8000, SEED + 3);
    s.n_trg = 8000;
    for (size_t i = 0; i < 3 * s.n_src; i++) s.src[i] = 0.3 + 0.15 * s.src[i];
    for (size_t i = 0; i < 3 * s.n_trg; i++) s.trg[i] = 0.005 + 0.735 * s.trg[i];
    move_and_check(&s, "one box", 0);
    stop(&s);
    starfmm_runtime_stop();
}

/* Whichever allocation of a move fails, the plan is as it was. */
SFM_CASE(no_memory)
{
    problem s;
    CHECK_OK(starfmm_runtime_start(2));
    for (int small = 0; small < 2; small++) {
        start(&s, "cube", 1500, 0);
        double *x = sfm_test_points(small ? "cube" : "plummer", 1500, SEED);
        shake(x, 1500, 1e-5, &s.seed);
        starfmm_status status = STARFMM_ENOMEM;
        for (long n = 1; n < 10000 && status != STARFMM_OK; n += n < 20 ? 1 : 7) {
            sfm_alloc_fail_after(n);
            status = starfmm_plan_move(s.plan, 1500, x, 0, NULL);
            sfm_alloc_fail_after(0);
            if (status == STARFMM_OK) break;
            CHECK_STATUS(STARFMM_ENOMEM, status);
            double e = error_of(&s, 1 + 2 * (n & 1));
            CHECKF(e < 2e-4, "allocation %ld: %g", n, e);
        }
        CHECK_OK(status);
        memcpy(s.src, x, 3 * 1500 * sizeof *x);
        CHECK(error_of(&s, 1) < 2e-4);
        free(x);
        stop(&s);
    }
    starfmm_runtime_stop();
}

SFM_MAIN()
