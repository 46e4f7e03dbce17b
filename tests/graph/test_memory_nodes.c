/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Several memory nodes: StarPU may hold the valid copy of a buffer elsewhere than where the
 * library's memory is, so that this must be acquired before it is written.
 */
#include <math.h>
#include <stdlib.h>

#include "starfmm_starpu.h"
#include "tests/support/child.h"
#include "tests/support/errors.h"
#include "tests/support/points.h"
#include "tests/support/test.h"

enum { N = 8000, ROWS = 50 };

static const char *const two_nodes[] = {"STARPU_USE_NUMA=1",
                                        "HWLOC_SYNTHETIC=node:2 core:1 pu:1", NULL};

static starfmm_options options;

static double error_of(starfmm_plan *plan, const double *x, size_t n_rhs, const double *q)
{
    double *p = malloc(n_rhs * N * sizeof *p), exact[3 * ROWS];
    CHECK_OK(starfmm_evaluate(plan, n_rhs, q, p, NULL));
    CHECK_OK(starfmm_direct(&options, N, x, 0, NULL, n_rhs, q, ROWS, NULL, exact, NULL));
    double error = sfm_test_distance(n_rhs * ROWS, p, exact);
    free(p);
    return error;
}

/* Small steps, which are made in place, and now and then one that is not. */
static int move_on_two_nodes(void)
{
    double *x = sfm_test_points("cube", N, 1), *q = sfm_test_charges(3 * N, 0, 1, 2);
    uint64_t seed = 3;
    starfmm_plan *plan;
    int code = 0;
    if (starfmm_runtime_start(2) != STARFMM_OK) return 77;
    if (starpu_memory_nodes_get_count() < 2) return 77;
    CHECK_OK(starfmm_plan_create(&plan, &options, N, x, 0, NULL));
    for (int step = 0; step < 6; step++) {
        if (step)
            for (size_t i = 0; i < 3 * N; i++)
                x[i] += (step == 4 ? 0.3 : 1e-5) * (sfm_test_uniform(&seed) - 0.5);
        if (step) CHECK_OK(starfmm_plan_move(plan, N, x, 0, NULL));
        double one = error_of(plan, x, 1, q), three = error_of(plan, x, 3, q);
        if (!(one < 1e-4 && three < 1e-4)) code = 1;
        printf("step %d: error %.1e, of three vectors %.1e\n", step, one, three);
        /* Other workspaces copy the points from what was released. */
        if (step == 2) CHECK_OK(starfmm_plan_release(plan));
    }
    CHECK_OK(starfmm_plan_destroy(plan));
    starfmm_runtime_stop();
    free(x);
    free(q);
    return code;
}

SFM_CASE(moves)
{
    starfmm_options_init(&options);
    options.digits = 4;
    int code = sfm_test_in_child(move_on_two_nodes, two_nodes);
    if (code == 77) sfm_test_skip("no two memory nodes here");
    CHECKF(code == 0, "exit code %d", code);
}

SFM_MAIN()
