/* SPDX-License-Identifier: BSD-3-Clause */
/* Kernels of the user's own, registered at run time: a plain function of one pair. */
#include <math.h>
#include <string.h>

#include "starfmm.h"
#include "starfmm_kernel.h"
#include "tests/support/points.h"
#include "tests/support/test.h"

#define N 3000

/* 1 / r. */
static void laplace_pair(const double d[3], const double *params, double *k)
{
    (void)params;
    *k = 1 / sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
}

static void nan_pair(const double d[3], const double *params, double *k)
{
    laplace_pair(d, params, k);
    *k = NAN;
}

static void odd_pair(const double d[3], const double *params, double *k)
{
    laplace_pair(d, params, k);
    *k *= *k * *k * d[0];
}

static starfmm_kernel_definition define(const char *name)
{
    return (starfmm_kernel_definition){
        .size = sizeof(starfmm_kernel_definition),
        .name = name,
        .degree = -1,
        .factor = 1 / (4 * acos(-1.0)),
        .n_sources = 1,
        .n_targets = 1,
        .source = {{.name = "charge", .dim = 1, .tensor = {1}}},
        .target = {{.name = "potential", .dim = 1, .tensor = {1}}},
        .properties = STARFMM_ISOTROPIC | STARFMM_SYMMETRIC | STARFMM_EVEN,
        .flops = {{11}},
        .pair = laplace_pair};
}

/* The same potentials as the built-in kernel's, and as direct sums. */
SFM_CASE(plain_pair_function)
{
    starfmm_kernel_definition d = define("my_laplace");
    starfmm_options o;
    starfmm_kernel id;
    double *x = sfm_test_points("plummer", N, 3), *q = sfm_test_charges(N, -1, 1, 4);
    double *p = malloc(3 * N * sizeof *p), error = 0, norm = 0;
    starfmm_options_init(&o);
    o.order = 7;
    o.n_crit = 40;
    CHECK_OK(starfmm_kernel_register(&d, &id));
    CHECK_OK(starfmm_runtime_start(2));
    for (int k = 0; k < 2; k++) {
        starfmm_plan *plan;
        o.kernel = k ? id : STARFMM_LAPLACE;
        CHECK_OK(starfmm_plan_create(&plan, &o, N, x, 0, NULL));
        REQUIRE(plan);
        CHECK_OK(starfmm_evaluate(plan, 1, q, p + k * N, NULL));
        CHECK_OK(starfmm_plan_destroy(plan));
    }
    CHECK_OK(starfmm_direct(&o, N, x, 0, NULL, 1, q, N, NULL, p + 2 * N, NULL));
    for (int i = 0; i < N; i++) {
        error += pow(p[N + i] - p[2 * N + i], 2);
        norm += pow(p[2 * N + i], 2);
        CHECKF(fabs(p[i] - p[N + i]) < 1e-12 * fabs(p[i]) + 1e-12, "point %d: %g and %g", i,
               p[i], p[N + i]);
    }
    CHECKF(sqrt(error / norm) < 1e-6, "error %g", sqrt(error / norm));
    starfmm_runtime_stop();
    free(x);
    free(q);
    free(p);
}

SFM_CASE(bad_definitions)
{
    starfmm_kernel id;
    starfmm_kernel_definition d = define("nan");
    CHECK_STATUS(STARFMM_EINVAL, starfmm_kernel_register(NULL, &id));
    CHECK_STATUS(STARFMM_EINVAL, starfmm_kernel_register(&d, NULL));
    d.pair = nan_pair;
    CHECK_STATUS(STARFMM_EINVAL, starfmm_kernel_register(&d, &id));
    d = define("scales otherwise");
    d.degree = -2;
    CHECK_STATUS(STARFMM_EINVAL, starfmm_kernel_register(&d, &id));
    d = define("is not symmetric");
    d.pair = odd_pair;
    d.degree = -2;
    CHECK_STATUS(STARFMM_EINVAL, starfmm_kernel_register(&d, &id));
}

SFM_CASE(without_gradient)
{
    starfmm_kernel_definition d = define("without_gradient");
    starfmm_options o;
    starfmm_plan *plan;
    starfmm_kernel id;
    const double x[3] = {0, 0, 0};
    CHECK_OK(starfmm_kernel_register(&d, &id));
    starfmm_options_init(&o);
    o.kernel = id;
    o.gradient = STARFMM_ON;
    CHECK_STATUS(STARFMM_EINVAL, starfmm_plan_create(&plan, &o, 1, x, 0, NULL));
}

SFM_MAIN()
