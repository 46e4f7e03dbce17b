/* SPDX-License-Identifier: BSD-3-Clause */
/* Every kind of point set, small, degenerate and far off, against the direct sum. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "starfmm.h"
#include "tests/support/errors.h"
#include "tests/support/points.h"
#include "tests/support/test.h"

#define SEED 2024
/* Relative L2 errors allowed at 6 digits in double and 4 in float, charges of both signs.
 */
#define LIMIT_F64 1e-5
#define LIMIT_F32 1e-3

/* What is allowed where a set is beyond what the method can do. */
static double limit_of(const char *kind, starfmm_precision precision)
{
    /* Half of the points lie below the side of the deepest box, 2^-21 of the root's, down
     * to distances of 1e-12 that floats relative to that box do not resolve. */
    if (precision == STARFMM_FLOAT && strcmp(kind, "ratio") == 0) return 0.1;
    /* The field of ten places: the errors of single boxes do not average out. */
    if (precision == STARFMM_DOUBLE && strcmp(kind, "heaps") == 0) return 20 * LIMIT_F64;
    return precision == STARFMM_DOUBLE ? LIMIT_F64 : LIMIT_F32;
}

static void check_set(const char *kind, size_t n_src, size_t n_trg, starfmm_options o)
{
    sfm_test_problem p;
    for (int precision = 0; precision < 2; precision++) {
        double gradient = 0, limit = limit_of(kind, (starfmm_precision)precision);
        o.precision = (starfmm_precision)precision;
        o.gradient = STARFMM_ON;
        sfm_test_problem_make(&p, &o, kind, n_src, n_trg, 1, 0, 200, SEED);
        double error = sfm_test_error(&p, &o, &gradient);
        CHECKF(
            error < limit && gradient < 20 * limit,
            "%s %zu x %zu, precision %d, n_crit %d, seed %d: error %.2e, of gradients %.2e",
            kind, n_src, n_trg, precision, o.n_crit, SEED, error, gradient);
        sfm_test_problem_free(&p);
    }
}

static starfmm_options with_n_crit(int n_crit)
{
    starfmm_options o;
    starfmm_options_init(&o);
    o.n_crit = n_crit;
    return o;
}

static int is_extreme(const char *kind)
{
    return strcmp(kind, "tiny") == 0 || strcmp(kind, "huge") == 0;
}

/* 1e-300 and 1e300 squared leave even double's range in the oracle's own terms; what is
 * asked of them is in extreme_units. */
SFM_CASE(all_kinds)
{
    CHECK_OK(starfmm_runtime_start(2));
    for (int k = 0; k < sfm_test_n_kinds; k++) {
        if (is_extreme(sfm_test_kinds[k])) continue;
        check_set(sfm_test_kinds[k], 3000, 0, with_n_crit(20));
        if (SFM_SANITIZED) continue;
        check_set(sfm_test_kinds[k], 2000, 300, with_n_crit(20));
        check_set(sfm_test_kinds[k], 100, 2500, with_n_crit(20));
    }
    starfmm_runtime_stop();
}

SFM_CASE(small_numbers)
{
    CHECK_OK(starfmm_runtime_start(2));
    for (size_t n = 1; n < 10; n++) {
        check_set("cube", n, 0, with_n_crit(1));
        check_set("cube", n, 3, with_n_crit(1));
        check_set("line", 2, n, with_n_crit(1));
        check_set("offset", n, 1, with_n_crit(0));
    }
    starfmm_runtime_stop();
}

SFM_CASE(unbalanced)
{
    starfmm_options o = with_n_crit(10);
    o.balance = STARFMM_OFF;
    CHECK_OK(starfmm_runtime_start(2));
    const char *kinds[] = {"plummer", "ellipsoid", "clusters", "ratio"};
    for (int k = 0; k < 4; k++) check_set(kinds[k], 3000, 0, o);
    starfmm_runtime_stop();
}

/* No source: all potentials are zero.  No target: nothing is written.  NULL arrays are
 * right where there is nothing to point to. */
SFM_CASE(no_points)
{
    const double x[6] = {0, 0, 0, 1, 1, 1};
    CHECK_OK(starfmm_runtime_start(1));
    for (int precision = 0; precision < 2; precision++) {
        starfmm_options o = with_n_crit(0);
        starfmm_plan *plan;
        double q[2] = {1, 1}, p[2] = {7, 7}, g[6] = {7, 7, 7, 7, 7, 7};
        o.precision = (starfmm_precision)precision;
        o.gradient = STARFMM_ON;
        CHECK_OK(starfmm_plan_create(&plan, &o, 0, NULL, 2, x));
        CHECK_OK(starfmm_evaluate(plan, 1, NULL, p, g));
        size_t real = precision == STARFMM_DOUBLE ? sizeof(double) : sizeof(float);
        for (size_t i = 0; i < 2 * real; i++) CHECK(((char *)p)[i] == 0);
        for (size_t i = 0; i < 6 * real; i++) CHECK(((char *)g)[i] == 0);
        CHECK_OK(starfmm_plan_destroy(plan));
        CHECK_OK(starfmm_plan_create(&plan, &o, 2, x, 0, x));
        CHECK_OK(starfmm_evaluate(plan, 1, q, NULL, NULL));
        CHECK_OK(starfmm_plan_destroy(plan));
        CHECK_OK(starfmm_plan_create(&plan, &o, 0, NULL, 0, NULL));
        starfmm_info info = {.size = sizeof info};
        CHECK_OK(starfmm_plan_get_info(plan, &info));
        CHECK(info.n_sources == 0 && info.n_targets == 0 && info.n_nodes == 1);
        CHECK_OK(starfmm_evaluate(plan, 1, NULL, NULL, NULL));
        CHECK_OK(starfmm_plan_destroy(plan));
    }
    starfmm_runtime_stop();
}

/* All points in one place: every pair contributes zero, exactly. */
SFM_CASE(one_place)
{
    enum { n = 5000 };
    double *x = sfm_test_points("equal", n, 1), *q = sfm_test_charges(n, -1, 1, 2);
    double *p = malloc(4 * n * sizeof *p);
    starfmm_options o = with_n_crit(5);
    starfmm_plan *plan;
    o.gradient = STARFMM_ON;
    CHECK_OK(starfmm_runtime_start(2));
    CHECK_OK(starfmm_plan_create(&plan, &o, n, x, 0, NULL));
    CHECK_OK(starfmm_evaluate(plan, 1, q, p, p + n));
    for (size_t i = 0; i < 4 * n; i++) CHECK(p[i] == 0);
    CHECK_OK(starfmm_plan_destroy(plan));
    starfmm_runtime_stop();
    free(x);
    free(q);
    free(p);
}

/* The same cube in units of 1e-100 ... 1e100: potentials scale by the inverse. */
SFM_CASE(extreme_units)
{
    enum { n = 2000 };
    double *x = sfm_test_points("cube", n, 3), *q = sfm_test_charges(n, -1, 1, 4);
    double *first = malloc(n * sizeof *first), *p = malloc(n * sizeof *p);
    const int exponent[] = {0, -300, -30, 30, 300};
    starfmm_options o = with_n_crit(30);
    o.deterministic = STARFMM_ON;
    CHECK_OK(starfmm_runtime_start(2));
    for (int e = 0; e < 5; e++) {
        double unit = ldexp(1, exponent[e]);
        starfmm_plan *plan;
        for (size_t i = 0; i < 3 * n; i++) x[i] *= unit;
        CHECK_OK(starfmm_plan_create(&plan, &o, n, x, 0, NULL));
        CHECK_OK(starfmm_evaluate(plan, 1, q, e ? p : first, NULL));
        CHECK_OK(starfmm_plan_destroy(plan));
        for (size_t i = 0; i < 3 * n; i++) x[i] /= unit;
        for (size_t i = 0; e && i < n; i++)
            CHECKF(p[i] * unit == first[i], "unit 2^%d: %g is not %g", exponent[e],
                   p[i] * unit, first[i]);
    }
    starfmm_runtime_stop();
    free(x);
    free(q);
    free(first);
    free(p);
}

SFM_MAIN()
