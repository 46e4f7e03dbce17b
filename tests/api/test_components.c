/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Kinds of sources and targets, and kernels of several components, through whole evaluations
 * against direct sums: symmetric or not, complex, with equivalent densities of several powers
 * of length.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/kernel.h"
#include "starfmm.h"
#include "tests/support/errors.h"
#include "tests/support/kinds.h"
#include "tests/support/kit_kernels.h"
#include "tests/support/points.h"
#include "tests/support/test.h"

#define N (SFM_SANITIZED ? 500 : 1200)
#define N_ROWS 60

/* Relative errors that an order keeps, for charges of both signs; of gradients 30 times as
 * much, of hessians 300 times. */
static double order_error(const starfmm_options *o)
{
    static const double error[] = {[4] = 3e-3, [6] = 1e-4, [8] = 2e-6};
    return o->precision == STARFMM_FLOAT ? fmax(error[o->order], 3e-5) : error[o->order];
}

static double gradient_error(const starfmm_options *o)
{
    int is_hessian = o->targets && strcmp(o->targets, "hessian") == 0;
    return (is_hessian ? 300 : 30) * order_error(o);
}

/* An evaluation of each plan of these options and points against direct sums. */
static void check_sums(const starfmm_options *o, const char *kind, size_t n_targets,
                       size_t n_rhs)
{
    sfm_test_problem p;
    double gradients = 0;
    sfm_test_problem_make(&p, o, kind, N, n_targets, n_rhs, -1, N_ROWS, 11);
    double potentials = sfm_test_error(&p, o, p.gradient ? &gradients : NULL);
    CHECKF(potentials < order_error(o) && gradients < gradient_error(o),
           "%s, %s to %s, order %d, precision %d, M2L %d, %s, %zu rhs: errors %g, %g",
           sfm_kernel_get(o->kernel)->name, o->sources ? o->sources : "0",
           o->targets ? o->targets : "0", o->order, (int)o->precision, (int)o->m2l, kind,
           n_rhs, potentials, gradients);
    if (getenv("SHOW"))
        printf("%-16s %-8s %-10s order %d prec %d m2l %d %-8s rhs %zu: %.2e %.2e\n",
               sfm_kernel_get(o->kernel)->name, o->sources ? o->sources : "0",
               o->targets ? o->targets : "0", o->order, (int)o->precision, (int)o->m2l,
               kind, n_rhs, potentials, gradients);
    sfm_test_problem_free(&p);
}

static starfmm_options options_of(starfmm_kernel kernel)
{
    starfmm_options o;
    starfmm_options_init(&o);
    o.kernel = kernel;
    o.order = 6;
    o.n_crit = 40;
    return o;
}

/* Both precisions, one set of points with long W and X lists and two sets, one and three
 * vectors. */
static void check_kinds(starfmm_options o)
{
    for (int precision = 0; precision < 2; precision++) {
        o.precision = (starfmm_precision)precision;
        o.order = precision ? 4 : 6;
        check_sums(&o, "plummer", 0, 1);
        check_sums(&o, "cube", 500, 2);
    }
}

static void check_all_kinds(starfmm_options o)
{
    const sfm_kernel *k = sfm_kernel_get(o.kernel);
    CHECK_OK(starfmm_runtime_start(2));
    for (int s = 0; s < k->n_sources; s++)
        for (int t = 0; t < k->n_targets; t++) {
            o.sources = k->source[s].name;
            o.targets = k->target[t].name;
            check_kinds(o);
        }
    starfmm_runtime_stop();
}

static starfmm_kernel register_kernel(const starfmm_kernel_definition *definition)
{
    const sfm_kernel *known = sfm_kernel_find(definition->name);
    starfmm_kernel id = known ? known->id : STARFMM_LAPLACE;
    if (!known) CHECK_OK(starfmm_kernel_register(definition, &id));
    return id;
}

/* Errors fall with the order, whichever method M2L has. */
static void check_orders(starfmm_options o)
{
    CHECK_OK(starfmm_runtime_start(2));
    for (o.order = 4; o.order <= (SFM_SANITIZED ? 4 : 8); o.order += 2) {
        o.m2l = o.order == 6 ? STARFMM_M2L_DENSE : STARFMM_M2L_FOURIER;
        check_sums(&o, "sphere", 0, 1);
        check_sums(&o, "cube", 0, 2);
    }
    starfmm_runtime_stop();
}

SFM_CASE(laplace_kinds)
{
    check_all_kinds(options_of(STARFMM_LAPLACE));
}

SFM_CASE(yukawa_kinds)
{
    starfmm_options o = options_of(STARFMM_YUKAWA);
    o.params[0] = 3;
    check_all_kinds(o);
}

SFM_CASE(stokes_kinds)
{
    check_all_kinds(options_of(STARFMM_STOKES));
}

SFM_CASE(helmholtz_kinds)
{
    starfmm_options o = options_of(STARFMM_HELMHOLTZ);
    o.params[0] = 2;
    check_all_kinds(o);
}

SFM_CASE(elasticity)
{
    starfmm_options o = options_of(STARFMM_ELASTICITY);
    o.params[0] = 0.3;
    check_all_kinds(o);
}

SFM_CASE(stokeslet)
{
    starfmm_options o = options_of(register_kernel(&sfm_test_kit_stokeslet));
    check_all_kinds(o);
    check_orders(o);
}

SFM_CASE(not_symmetric)
{
    starfmm_options o = options_of(register_kernel(&sfm_test_kit_biot_savart));
    check_all_kinds(o);
    check_orders(o);
}

SFM_CASE(complex_numbers)
{
    starfmm_options o = options_of(register_kernel(&sfm_test_kit_wave));
    o.params[0] = 2;
    check_all_kinds(o);
    check_orders(o);
}

SFM_CASE(densities_of_two_powers)
{
    starfmm_options o = options_of(register_kernel(&sfm_test_kit_polar));
    check_all_kinds(o);
    check_orders(o);
}

/* In units of 1000 of the coordinates every component scales by its own power. */
static void check_units(starfmm_options o, const char *sources, const char *targets)
{
    const double unit = 1000;
    const sfm_kernel *k = sfm_kernel_get(o.kernel);
    o.sources = sources;
    o.targets = targets;
    int s = sources ? sfm_test_source(k, sources) : 0;
    int t = targets ? sfm_test_target(k, targets) : 0;
    const size_t n_src = (size_t)k->source[s].dim, n_trg = (size_t)k->target[t].dim;
    const size_t first = (size_t)k->target[0].dim, rest = n_trg - first;
    double *x = sfm_test_points("plummer", N, 3),
           *q = sfm_test_charges(n_src * N, -1, 1, 4);
    double *u = malloc(2 * N * n_trg * sizeof *u), error[2] = {0}, norm[2] = {0};
    for (int scaled = 0; scaled < 2; scaled++) {
        starfmm_plan *plan;
        double *to = u + (size_t)scaled * N * n_trg;
        for (size_t i = 0; scaled && i < 3 * N; i++) x[i] *= unit;
        for (size_t i = 0; scaled && i < n_src * N; i++)
            q[i] *= pow(unit, -k->source[s].degree[i % n_src]);
        CHECK_OK(starfmm_plan_create(&plan, &o, N, x, 0, NULL));
        REQUIRE(plan);
        CHECK_OK(starfmm_evaluate(plan, 1, q, to, rest ? to + first * N : NULL));
        CHECK_OK(starfmm_plan_destroy(plan));
    }
    for (size_t i = 0; i < N * n_trg; i++) {
        size_t c = i < first * N ? i % first : first + (i - first * N) % rest;
        int is_rest = c >= first;
        double back = pow(unit, -k->degree - k->target[t].degree[c]);
        error[is_rest] += pow(u[N * n_trg + i] * back - u[i], 2);
        norm[is_rest] += pow(u[i], 2);
    }
    for (int i = 0; i < 2; i++)
        CHECKF(sqrt(error[i]) <= 1e-3 * sqrt(norm[i]), "%s: error %g of %g", k->name,
               sqrt(error[i]), sqrt(norm[i]));
    free(x), free(q), free(u);
}

SFM_CASE(units_of_length)
{
    CHECK_OK(starfmm_runtime_start(2));
    check_units(options_of(STARFMM_LAPLACE), "both", "hessian");
    check_units(options_of(register_kernel(&sfm_test_kit_stokeslet)), NULL, "gradient");
    check_units(options_of(register_kernel(&sfm_test_kit_polar)), NULL, NULL);
    starfmm_runtime_stop();
}

SFM_MAIN()
