/* SPDX-License-Identifier: BSD-3-Clause */
/* Kinds of several components in everything round an evaluation: chunks of handles, other
 * targets, moved points, repeatable sums, what is told of them and what is refused. */
#include <stdlib.h>
#include <string.h>

#include "starfmm_starpu.h"
#include "tests/support/errors.h"
#include "tests/support/kit_kernels.h"
#include "tests/support/points.h"
#include "tests/support/test.h"

#define N 4000
#define N_RHS 2
#define FORCE 3 /* components */
#define VELOCITY 3
#define GRADIENT 9
#define TOLERANCE 3e-4

/* Forces to velocities and their gradients. */
typedef struct flow {
    starfmm_options options;
    starfmm_plan *plan;
    double *x, *force;              /* [N][3], [N][N_RHS][FORCE] */
    double *velocity, *gradient;    /* of an evaluation */
    double *exact, *exact_gradient; /* of sums at other targets */
} flow;

static void make_flow(flow *f)
{
    static starfmm_kernel id;
    if (!id) CHECK_OK(starfmm_kernel_register(&sfm_test_kit_stokeslet, &id));
    starfmm_options_init(&f->options);
    f->options.kernel = id;
    f->options.targets = "gradient";
    f->options.order = 5;
    f->options.n_crit = 30;
    f->options.deterministic = STARFMM_ON;
    f->x = sfm_test_points("plummer", N, 3);
    f->force = sfm_test_charges(N * N_RHS * FORCE, -1, 1, 4);
    f->velocity = calloc(2 * N * N_RHS * (VELOCITY + GRADIENT), sizeof(double));
    f->gradient = f->velocity + N * N_RHS * VELOCITY;
    f->exact = f->gradient + N * N_RHS * GRADIENT;
    f->exact_gradient = f->exact + N * N_RHS * VELOCITY;
    CHECK_OK(starfmm_runtime_start(2));
    CHECK_OK(starfmm_plan_create(&f->plan, &f->options, N, f->x, 0, NULL));
}

static void free_flow(flow *f)
{
    CHECK_OK(starfmm_plan_destroy(f->plan));
    starfmm_runtime_stop();
    free(f->x), free(f->force), free(f->velocity);
}

static void evaluate(flow *f)
{
    CHECK_OK(starfmm_evaluate(f->plan, N_RHS, f->force, f->velocity, f->gradient));
}

/* Rows of both results against sums at n targets. */
static void check_at(flow *f, size_t n, const double *targets)
{
    CHECK_OK(starfmm_direct(&f->options, N, f->x, n, targets, N_RHS, f->force, n, NULL,
                            f->exact, f->exact_gradient));
    CHECK_BELOW(sfm_test_distance(n * N_RHS * VELOCITY, f->velocity, f->exact), TOLERANCE);
    CHECK_BELOW(sfm_test_distance(n * N_RHS * GRADIENT, f->gradient, f->exact_gradient),
                30 * TOLERANCE);
}

/* ---- chunks -------------------------------------------------------------------------------- */

/* Handles of n_chunks runs of rows of `width` values. */
static starfmm_chunks make_chunks(starpu_data_handle_t *handle, double *values,
                                  size_t n_chunks, size_t width)
{
    for (size_t i = 0; i < n_chunks; i++) {
        size_t begin = i * N / n_chunks, end = (i + 1) * N / n_chunks;
        starpu_vector_data_register(&handle[i], STARPU_MAIN_RAM,
                                    (uintptr_t)(values + begin * width),
                                    (uint32_t)((end - begin) * width), sizeof *values);
    }
    return (starfmm_chunks){n_chunks, handle};
}

/* The same bits as in a blocking call; chunks of other widths are refused. */
SFM_CASE(chunks)
{
    flow f;
    starpu_data_handle_t handle[12];
    starfmm_submit_options o;
    starfmm_request *request;
    make_flow(&f);
    evaluate(&f);
    starfmm_submit_options_init(&o);
    o.n_rhs = N_RHS;
    starfmm_chunks charges = make_chunks(handle, f.force, 5, N_RHS * FORCE);
    starfmm_chunks velocities = make_chunks(handle + 5, f.exact, 4, N_RHS * VELOCITY);
    o.gradients = make_chunks(handle + 9, f.exact_gradient, 3, N_RHS * GRADIENT);
    CHECK_OK(starfmm_plan_submit(f.plan, charges, velocities, &o, &request));
    CHECK_OK(starfmm_request_wait(request));
    starfmm_request_free(request);
    CHECK_STATUS(STARFMM_EINVAL,
                 starfmm_plan_submit(f.plan, o.gradients, velocities, &o, &request));
    CHECK_STATUS(STARFMM_EINVAL,
                 starfmm_plan_submit(f.plan, charges, o.gradients, &o, &request));
    for (int i = 0; i < 12; i++) starpu_data_unregister(handle[i]);
    CHECK(memcmp(f.velocity, f.exact, N * N_RHS * VELOCITY * sizeof(double)) == 0);
    CHECK(memcmp(f.gradient, f.exact_gradient, N * N_RHS * GRADIENT * sizeof(double)) == 0);
    free_flow(&f);
}

/* ---- other targets, moves ------------------------------------------------------------------ */

SFM_CASE(other_targets)
{
    enum { M = 300 };
    flow f;
    double *targets = sfm_test_points("cube", M, 8);
    for (int i = 0; i < 3 * M; i++) targets[i] = 1.5 * (targets[i] - 0.5);
    make_flow(&f);
    evaluate(&f);
    CHECK_OK(starfmm_evaluate_at(f.plan, N_RHS, M, targets, f.velocity, f.gradient));
    check_at(&f, M, targets);
    free(targets);
    free_flow(&f);
}

SFM_CASE(moved_points)
{
    flow f;
    make_flow(&f);
    evaluate(&f);
    for (int i = 0; i < 3 * N; i++) f.x[i] *= i % 3 == 0 ? 0.8 : 1.1;
    CHECK_OK(starfmm_plan_move(f.plan, N, f.x, 0, NULL));
    evaluate(&f);
    check_at(&f, 200, f.x);
    free_flow(&f);
}

/* ---- what is told and refused -------------------------------------------------------------- */

SFM_CASE(info)
{
    starfmm_info info = {.size = sizeof info};
    flow f;
    make_flow(&f);
    CHECK_OK(starfmm_plan_get_info(f.plan, &info));
    CHECK(strcmp(info.sources, "force") == 0 && strcmp(info.targets, "gradient") == 0);
    CHECK_EQ(info.charge_components, FORCE);
    CHECK_EQ(info.potential_components, VELOCITY);
    CHECK_EQ(info.gradient_components, GRADIENT);
    free_flow(&f);
}

SFM_CASE(bad_kinds)
{
    const double x[3] = {0, 0, 0};
    starfmm_plan *plan;
    starfmm_options o;
    starfmm_options_init(&o);
    o.sources = "quadrupole";
    CHECK_STATUS(STARFMM_EINVAL, starfmm_plan_create(&plan, &o, 1, x, 0, NULL));
    CHECK(strstr(starfmm_last_error(), "charge, dipole, both") != NULL);
    o.sources = NULL;
    o.targets = "Hessian";
    CHECK_STATUS(STARFMM_EINVAL, starfmm_plan_create(&plan, &o, 1, x, 0, NULL));
    CHECK(strstr(starfmm_last_error(), "hessian") != NULL);
    o.targets = "hessian";
    o.gradient = STARFMM_ON;
    CHECK_STATUS(STARFMM_EINVAL, starfmm_plan_create(&plan, &o, 1, x, 0, NULL));
    o.targets = "gradient";
    CHECK_OK(starfmm_plan_create(&plan, &o, 1, x, 0, NULL));
    CHECK_OK(starfmm_plan_destroy(plan));
}

SFM_MAIN()
