/* SPDX-License-Identifier: BSD-3-Clause */
/* Kernels of the user's own, registered at run time: a plain function of one pair. */
#include <math.h>
#include <string.h>

#include "starfmm.h"
#include "starfmm_kernel.h"
#include "tests/support/errors.h"
#include "tests/support/kit_kernels.h"
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

/* ---- a tolerance ------------------------------------------------------------------------- */

/* Error of potentials over the tolerance, infinity where the plan is refused; its order. */
static double error_over_tolerance(const char *kind, const starfmm_options *o, int *order)
{
    sfm_test_problem p;
    starfmm_plan *plan = NULL;
    starfmm_info info = {.size = sizeof info};
    double error = INFINITY;
    sfm_test_problem_make(&p, o, kind, SFM_SANITIZED ? 600 : 2000, 0, 1, -1, 60, 7);
    starfmm_status status = starfmm_plan_create(&plan, o, p.n_sources, p.sources, 0, NULL);
    if (status == STARFMM_OK) {
        CHECK_OK(starfmm_plan_get_info(plan, &info));
        error = sfm_test_error(&p, o, NULL) / pow(10, -o->digits);
    } else if (status != STARFMM_EUNSUPPORTED)
        CHECK_STATUS(STARFMM_EPRECISION, status);
    *order = info.order;
    CHECK_OK(starfmm_plan_destroy(plan));
    sfm_test_problem_free(&p);
    return error;
}

/* Orders of users' kernels rise until it is kept; one that is Laplace takes Laplace's. */
SFM_CASE(tolerances_are_kept)
{
    const struct {
        const starfmm_kernel_definition *definition;
        int digits[2];
    } kernels[] = {{&sfm_test_kit_laplace, {3, 6}},
                   {&sfm_test_kit_stokeslet, {3, 5}},
                   {&sfm_test_kit_biot_savart, {2, 3}},
                   {&sfm_test_kit_wave, {3, 5}},
                   {&sfm_test_kit_polar, {3, 4}}};
    starfmm_options o;
    starfmm_options_init(&o);
    o.n_crit = 30;
    CHECK_OK(starfmm_runtime_start(2));
    for (int k = 0; k < 5; k++) {
        int order = 0;
        CHECK_OK(starfmm_kernel_register(kernels[k].definition, &o.kernel));
        o.params[0] = k == 3 ? 4 : 0;
        for (int i = 0, before = 0; i < 2; i++, before = order) {
            o.digits = kernels[k].digits[i];
            double error = error_over_tolerance(i ? "cube" : "sphere", &o, &order);
            CHECKF(error < 1 && order > before, "%s, %d digits: %g, order %d",
                   kernels[k].definition->name, o.digits, error, order);
        }
        if (k == 0) CHECKF(order == 7, "order %d", order);
    }
    starfmm_runtime_stop();
}

/* Waves: kept, by higher orders the more of them are in a box, or refused. */
SFM_CASE(waves)
{
    starfmm_options o;
    int order = 0, before = 0;
    starfmm_options_init(&o);
    o.kernel = STARFMM_HELMHOLTZ;
    o.n_crit = 50;
    CHECK_OK(starfmm_runtime_start(2));
    for (int i = 0; i < 4; i++) {
        static const double k[] = {0, 24, 300, 8};
        o.digits = i < 3 ? 3 : 5;
        o.params[0] = k[i];
        double error = error_over_tolerance("cube", &o, &order);
        CHECKF(k[i] == 300 ? isinf(error) : error < 1, "k = %g, %d digits: %g", k[i],
               o.digits, error);
        CHECKF(k[i] != 24 || order > before, "order %d after %d", order, before);
        before = order;
    }
    starfmm_runtime_stop();
}

/* exp(-(w d)^2) and 1 / sqrt(d^2 + 1 / w^2): they decay, and no equation of theirs has sources on
 * a surface alone. */
static void gaussian_pair(const double d[3], const double *params, double *k)
{
    *k = exp(-params[0] * params[0] * (d[0] * d[0] + d[1] * d[1] + d[2] * d[2]));
}

static void multiquadric_pair(const double d[3], const double *params, double *k)
{
    *k = 1 / sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2] + 1 / (params[0] * params[0]));
}

SFM_CASE(kernels_that_have_no_expansions)
{
    starfmm_kernel_definition d = define("gaussian");
    starfmm_options o;
    d.n_params = 1;
    d.param[0] = (starfmm_parameter){"width", 1, 0.5, 30, 0};
    d.degree = 0;
    d.pair = gaussian_pair;
    starfmm_options_init(&o);
    o.n_crit = 20;
    CHECK_OK(starfmm_runtime_start(2));
    for (int i = 0; i < 2; i++) {
        int n_refused = 0, order;
        CHECK_OK(starfmm_kernel_register(&d, &o.kernel));
        for (o.params[0] = 1; o.params[0] < 30; o.params[0] *= 3)
            for (o.digits = 2; o.digits <= 6; o.digits += 4) {
                double error = error_over_tolerance("cube", &o, &order);
                n_refused += isinf(error);
                CHECKF(error < 1 || strstr(starfmm_last_error(), "elliptic"),
                       "%s, width %g, %d digits: %g, %s", d.name, o.params[0], o.digits,
                       error, starfmm_last_error());
            }
        CHECKF(n_refused >= 3, "%s: %d refused", d.name, n_refused);
        d.name = "multiquadric", d.degree = -1, d.pair = multiquadric_pair;
    }
    starfmm_runtime_stop();
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
