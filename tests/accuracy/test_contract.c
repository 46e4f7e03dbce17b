/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The contract of starfmm.h: errors of potentials and gradients are below the tolerance, on
 * ordinary sets of points in the ordinary grade, on any set in the strict one.  In a short form;
 * perf/accuracy_tables.py --contract is the long one.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/direct.h"
#include "starfmm.h"
#include "tests/support/errors.h"
#include "tests/support/kinds.h"
#include "tests/support/points.h"
#include "tests/support/test.h"

#define ROWS 200

/* ---- the ordinary grade ------------------------------------------------------------------ */

/* Potentials of a plan without gradients, gradients of one with them. */
static void check_tolerance(const sfm_test_problem *p, const char *kind, starfmm_options o)
{
    double gradient, tolerance = o.tolerance ? o.tolerance : pow(10, -o.digits);
    o.gradient = STARFMM_OFF;
    double potential = sfm_test_error(p, &o, NULL);
    o.gradient = STARFMM_ON;
    sfm_test_error(p, &o, &gradient);
    CHECKF(potential < tolerance && gradient < tolerance,
           "%s, %zu points, %s, asked %.0e: potential %.2e, gradient %.2e", kind,
           p->n_sources, o.precision == STARFMM_DOUBLE ? "double" : "single", tolerance,
           potential, gradient);
}

/* Charges in [lo, 1). */
static void check_charges(const char *kind, size_t n, size_t n_targets, double lo,
                          starfmm_options o)
{
    static const struct {
        starfmm_precision precision;
        int digits;
    } asked[] = {{STARFMM_DOUBLE, 3},  {STARFMM_DOUBLE, 6}, {STARFMM_DOUBLE, 9},
                 {STARFMM_DOUBLE, 12}, {STARFMM_FLOAT, 3},  {STARFMM_FLOAT, 5}};
    sfm_test_problem p;
    o.gradient = STARFMM_ON;
    sfm_test_problem_make(&p, &o, kind, n, n_targets, 1, lo, ROWS, 42);
    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
        o.precision = asked[i].precision;
        o.digits = asked[i].digits;
        /* Gradients of Yukawa in single precision are refused beyond 1.4e-5. */
        if (o.kernel == STARFMM_YUKAWA && o.precision == STARFMM_FLOAT && o.digits == 5)
            continue;
        check_tolerance(&p, kind, o);
    }
    sfm_test_problem_free(&p);
}

static void check_kind(const char *kind)
{
    starfmm_options o;
    starfmm_options_init(&o);
    CHECK_OK(starfmm_runtime_start(2));
    for (int lo = -1; lo <= 0; lo++) {
        check_charges(kind, 1000, 0, lo, o);
        check_charges(kind, 10000, 0, lo, o);
    }
    starfmm_runtime_stop();
}

SFM_CASE(cube)
{
    check_kind("cube");
}
SFM_CASE(sphere)
{
    check_kind("sphere");
}
SFM_CASE(ellipsoid)
{
    check_kind("ellipsoid");
}
SFM_CASE(helix)
{
    check_kind("helix");
}
SFM_CASE(plummer)
{
    check_kind("plummer");
}
SFM_CASE(lattice)
{
    check_kind("lattice");
}
SFM_CASE(clusters)
{
    check_kind("clusters");
}

SFM_CASE(targets_apart)
{
    starfmm_options o;
    starfmm_options_init(&o);
    CHECK_OK(starfmm_runtime_start(2));
    check_charges("cube", 5000, 3000, -1, o);
    check_charges("sphere", 5000, 3000, 0, o);
    starfmm_runtime_stop();
}

SFM_CASE(yukawa)
{
    starfmm_options o;
    starfmm_options_init(&o);
    o.kernel = STARFMM_YUKAWA;
    CHECK_OK(starfmm_runtime_start(2));
    for (o.params[0] = 1; o.params[0] < 20; o.params[0] *= 12) {
        check_charges("cube", 5000, 0, -1, o);
        check_charges("plummer", 5000, 0, 0, o);
    }
    starfmm_runtime_stop();
}

/* Few points, one a leaf, in corners of boxes, in a row, and one far off. */
SFM_CASE(small_and_hard)
{
    static const struct {
        const char *kind;
        size_t n;
    } sets[] = {{"corners", 64}, {"rod", 21}, {"outlier", 10}};
    starfmm_options o;
    starfmm_options_init(&o);
    o.n_crit = 1;
    o.gradient = STARFMM_ON;
    CHECK_OK(starfmm_runtime_start(2));
    for (int set = 0; set < 3; set++)
        for (int lo = 0; lo <= 1; lo++) { /* 1: unit charges */
            sfm_test_problem p;
            sfm_test_problem_make(&p, &o, sets[set].kind, sets[set].n, 0, 1, lo, ROWS, 3);
            for (o.digits = 1; o.digits <= 12; o.digits += o.digits < 11 ? 2 : 1)
                check_tolerance(&p, sets[set].kind, o);
            sfm_test_problem_free(&p);
        }
    starfmm_runtime_stop();
}

/* Finer than whole digits: kept, and never a lower order for less. */
SFM_CASE(finer_than_digits)
{
    sfm_test_problem p;
    starfmm_options o;
    starfmm_info i = {.size = sizeof i};
    int order = 0;
    starfmm_options_init(&o);
    CHECK_OK(starfmm_runtime_start(2));
    o.gradient = STARFMM_ON;
    sfm_test_problem_make(&p, &o, "sphere", 5000, 0, 1, -1, ROWS, 5);
    for (o.tolerance = 0.2; o.tolerance > 1e-11; o.tolerance *= 0.15) {
        starfmm_plan *plan;
        check_tolerance(&p, "sphere", o);
        CHECK_OK(starfmm_plan_create(&plan, &o, 0, NULL, 0, NULL));
        CHECK_OK(starfmm_plan_get_info(plan, &i));
        CHECK_OK(starfmm_plan_destroy(plan));
        CHECKF(i.order >= order, "%g: order %d after %d", o.tolerance, i.order, order);
        CHECK(i.tolerance == o.tolerance);
        order = i.order;
    }
    CHECK(order >= 11);
    sfm_test_problem_free(&p);
    starfmm_runtime_stop();
}

/* ---- the strict grade ---------------------------------------------------------------------- */

/* Near a corner of boxes of many levels, of a root cube about [0, 4)^3. */
static void put_near_corner(uint64_t *state, double x[3])
{
    for (int d = 0; d < 3; d++) {
        double corner = floor(32 * sfm_test_uniform(state)) / 8;
        x[d] = corner + 2e-3 * (sfm_test_uniform(state) - 0.5);
    }
}

/* The largest error of a target over sum |K| |q|, of potentials and of gradients. */
static void strict_errors(size_t n, const double *x, size_t m, const double *y,
                          const double *q, starfmm_options o, double worst[2])
{
    starfmm_plan *plan;
    double *found = calloc(8 * m, sizeof *found), *exact = found + 4 * m;
    const sfm_direct direct = {.kernel = sfm_kernel_get(o.kernel),
                               .params = o.params,
                               .target =
                                   sfm_test_target(sfm_kernel_get(o.kernel), "gradient"),
                               .n_sources = n,
                               .n_rhs = 1,
                               .sources = x,
                               .charges = q};
    CHECK_OK(starfmm_plan_create(&plan, &o, n, x, m, y));
    if (plan) CHECK_OK(starfmm_evaluate(plan, 1, q, found, found + m));
    CHECK_OK(starfmm_plan_destroy(plan));
    CHECK_OK(starfmm_direct(&o, n, x, m, y, 1, q, m, NULL, exact, exact + m));
    for (size_t i = 0; i < m; i++) {
        double size[2], error = 0;
        for (size_t k = 0; k < 2; k++)
            size[k] = sfm_direct_magnitude(&direct, y + 3 * i, 0, k, k ? 3 : 1);
        for (int d = 0; d < 3; d++)
            error += pow(found[m + 3 * i + d] - exact[m + 3 * i + d], 2);
        worst[0] = fmax(worst[0], fabs(found[i] - exact[i]) / size[0]);
        worst[1] = fmax(worst[1], sqrt(error) / size[1]);
    }
    free(found);
}

/* One charge among many sources without any, targets everywhere, points a leaf of their own. */
static void check_strict(starfmm_options o, double tolerance)
{
    enum { N = 60, M = 300 };
    double worst[2] = {0, 0};
    for (uint64_t seed = 1; seed <= 3; seed++) {
        double x[3 * N], y[3 * M], q[N] = {0};
        uint64_t state = seed;
        for (int i = 0; i < N; i++) put_near_corner(&state, x + 3 * i);
        for (int i = 0; i < M; i++) put_near_corner(&state, y + 3 * i);
        q[0] = 1;
        strict_errors(N, x, M, y, q, o, worst);
    }
    CHECKF(worst[0] < tolerance && worst[1] < tolerance,
           "asked %.0e: potential %.2e, gradient %.2e", tolerance, worst[0], worst[1]);
}

SFM_CASE(strict)
{
    starfmm_options o;
    starfmm_options_init(&o);
    o.grade = STARFMM_STRICT;
    o.gradient = STARFMM_ON;
    o.n_crit = 1;
    o.max_depth = 6; /* gradients lose what leaves are small, see starfmm.h */
    CHECK_OK(starfmm_runtime_start(2));
    for (o.digits = 1; o.digits <= 11; o.digits += 2) check_strict(o, pow(10, -o.digits));
    starfmm_runtime_stop();
}

SFM_MAIN()
