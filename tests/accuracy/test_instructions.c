/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Whole evaluations by every instruction set that this machine has (STARFMM_ISA): each
 * against the direct sum, and the portable and AVX2 potentials and gradients against the
 * best set's, all within the digits asked for.  Charges in [0, 1).
 */
#include <math.h>
#include <stdlib.h>

#include "base/isa.h"
#include "starfmm.h"
#include "tests/support/errors.h"
#include "tests/support/test.h"

#define N 8000
#define ROWS 200

/* Potentials of all targets in double, whatever the precision. */
static double *potentials(const sfm_test_problem *p, const starfmm_options *o)
{
    starfmm_plan *plan = NULL;
    double *pot = malloc(N * sizeof *pot);
    CHECK_OK(starfmm_plan_create(&plan, o, N, p->sources, 0, NULL));
    CHECK_OK(sfm_test_evaluate(plan, o->precision, p, pot, NULL));
    CHECK_OK(starfmm_plan_destroy(plan));
    return pot;
}

static void check(const char *kind, starfmm_kernel kernel, starfmm_precision precision,
                  int digits)
{
    starfmm_options o;
    sfm_test_problem p;
    starfmm_options_init(&o);
    o.precision = precision;
    o.kernel = kernel;
    o.params[0] = kernel == STARFMM_YUKAWA ? 3 : 0;
    o.digits = digits;
    sfm_test_problem_make(&p, &o, kind, N, 0, 1, 0, ROWS, 7);
    double *best = NULL, limit = pow(10, -digits);
    for (int i = SFM_N_ISA - 1; i >= 0; i--) {
        sfm_isa isa;
        const char *name = sfm_isa_name((sfm_isa)i);
        if (sfm_isa_select(name, &isa) != STARFMM_OK) continue;
        setenv("STARFMM_ISA", name, 1);
        double error = sfm_test_error(&p, &o, NULL);
        CHECKF(error < limit, "%s %s kernel %d precision %d: error %.3e, limit %.0e", kind,
               name, (int)kernel, (int)precision, error, limit);
        double *pot = potentials(&p, &o);
        double apart = best ? sfm_test_distance(N, pot, best) : 0;
        CHECKF(apart < limit, "%s %s kernel %d precision %d: %.3e from the best set's",
               kind, name, (int)kernel, (int)precision, apart);
        if (best) free(pot);
        if (!best) best = pot;
    }
    unsetenv("STARFMM_ISA");
    free(best);
    sfm_test_problem_free(&p);
}

static void check_kind(const char *kind)
{
    CHECK_OK(starfmm_runtime_start(2));
    for (int digits = 3; digits <= 9; digits += 3)
        check(kind, STARFMM_LAPLACE, STARFMM_DOUBLE, digits);
    check(kind, STARFMM_LAPLACE, STARFMM_FLOAT, 3);
    check(kind, STARFMM_LAPLACE, STARFMM_FLOAT, 5);
    check(kind, STARFMM_YUKAWA, STARFMM_DOUBLE, 6);
    check(kind, STARFMM_YUKAWA, STARFMM_FLOAT, 5);
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
SFM_CASE(plummer)
{
    check_kind("plummer");
}

SFM_MAIN()
