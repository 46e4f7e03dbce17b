/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The table "digits asked for -> error measured", N = 1e5, against the direct sum at 300
 * targets: below 10^-digits for charges in [0, 1), below ten times that for charges in
 * [-1, 1).  Each case prints its row.
 */
#include <math.h>

#include "starfmm.h"
#include "tests/support/errors.h"
#include "tests/support/test.h"

#define N 100000
#define ROWS 300

static void check_charges(const char *kind, double lo, double allowed)
{
    static const struct {
        starfmm_precision precision;
        int digits;
    } asked[] = {{STARFMM_DOUBLE, 3},  {STARFMM_DOUBLE, 6}, {STARFMM_DOUBLE, 9},
                 {STARFMM_DOUBLE, 12}, {STARFMM_FLOAT, 3},  {STARFMM_FLOAT, 5}};
    starfmm_options o;
    sfm_test_problem p;
    starfmm_options_init(&o);
    sfm_test_problem_make(&p, &o, kind, N, 0, 1, lo, ROWS, 42);
    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
        o.precision = asked[i].precision;
        o.digits = asked[i].digits;
        double error = sfm_test_error(&p, &o, NULL), limit = allowed * pow(10, -o.digits);
        printf("%-10s charges in [%g,1) %s %2d digits: error %.2e\n", kind, lo,
               o.precision == STARFMM_DOUBLE ? "double" : "float ", o.digits, error);
        CHECKF(error < limit, "%s digits %d precision %d: error %.3e, limit %.1e", kind,
               o.digits, (int)o.precision, error, limit);
    }
    sfm_test_problem_free(&p);
}

static void check_kind(const char *kind)
{
    CHECK_OK(starfmm_runtime_start(2));
    check_charges(kind, 0, 1);
    check_charges(kind, -1, 10);
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

SFM_MAIN()
