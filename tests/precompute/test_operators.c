/* SPDX-License-Identifier: BSD-3-Clause */
#include "precompute/operators.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "operators/surface.h"
#include "tests/support/block_kernels.h"
#include "tests/support/test.h"

static double relative_error(int n, const double *got, const double *want)
{
    double error = 0.0, norm = 0.0;
    for (int i = 0; i < n; i++) {
        error += (got[i] - want[i]) * (got[i] - want[i]);
        norm += want[i] * want[i];
    }
    return sqrt(error / norm);
}

static sfm_operators_key laplace(int order, int check_order)
{
    return (sfm_operators_key){.kernel = STARFMM_LAPLACE,
                               .order = order,
                               .check_order = check_order,
                               .inner = SFM_INNER_FORM,
                               .outer = SFM_OUTER_FORM,
                               .cutoff = SFM_CUTOFF_F64};
}

static sfm_operators_key yukawa(int order, int check_order, double kappa)
{
    sfm_operators_key key = laplace(order, check_order);
    key.kernel = STARFMM_YUKAWA;
    key.params[0] = kappa;
    return key;
}

/* An isotropic kernel that does not say so gives the same operators the long way: all
 * octants, the whole matrices, and, not declared symmetric, dc2e and l2l by themselves. */
SFM_CASE(undeclared_symmetries_change_nothing)
{
    sfm_block_kernel kernel = sfm_test_stokeslet;
    sfm_operators_key key = laplace(3, 5);
    sfm_operators with, without;
    key.cutoff = 1e-6;
    REQUIRE(sfm_operators_derive(&with, &key, &kernel) == STARFMM_OK);
    kernel.symmetries = 0;
    REQUIRE(sfm_operators_derive(&without, &key, &kernel) == STARFMM_OK);
    CHECK(with.m2m[1] == NULL && with.l2l[0] == with.m2m[0]);
    CHECK(without.m2m[7] != NULL && without.l2l[7] != without.m2m[7]);
    CHECKF(with.up_rank == without.up_rank && with.dn_rank == without.dn_rank, "%d, %d",
           with.up_rank, without.up_rank);
    int n = 3 * with.n_e;
    double *a = sfm_alloc((size_t)(2 * n * n), sizeof *a), *b = a + n * n;
    for (int o = 0; o < 8; o++) {
        sfm_operators_m2m(&with, o, a);
        sfm_operators_m2m(&without, o, b);
        CHECKF(relative_error(n * n, b, a) < 1e-9, "m2m[%d] off by %g", o,
               relative_error(n * n, b, a));
        sfm_operators_l2l(&with, o, a);
        sfm_operators_l2l(&without, o, b);
        CHECKF(relative_error(n * n, b, a) < 1e-9, "l2l[%d] off by %g", o,
               relative_error(n * n, b, a));
    }
    sfm_free(a);
    sfm_operators_free(&with);
    sfm_operators_free(&without);
}

SFM_CASE(yukawa_of_kappa_zero_is_laplace)
{
    sfm_operators a, b;
    sfm_operators_key la = laplace(4, 6), yu = yukawa(4, 6, 0.0);
    REQUIRE(sfm_operators_compute(&a, &la) == STARFMM_OK);
    REQUIRE(sfm_operators_compute(&b, &yu) == STARFMM_OK);
    CHECK(relative_error(a.n_e * a.n_e, b.m2m[0], a.m2m[0]) < 1e-9);
    sfm_operators_free(&a);
    sfm_operators_free(&b);
}

SFM_CASE(count_operators_are_exactly_one)
{
    sfm_operators ops;
    sfm_operators_key key = laplace(1, 1);
    key.kernel = STARFMM_COUNT;
    REQUIRE(sfm_operators_compute(&ops, &key) == STARFMM_OK);
    CHECK(ops.n_e == 1 && ops.n_c == 1 && ops.up_rank == 1 && ops.dn_rank == 1);
    /* Sums of counts are exact only if the factors are. */
    CHECK(fabs(ops.uc2e[0][0]) == 1.0 && ops.uc2e[0][0] == ops.uc2e[1][0]);
    CHECK(fabs(ops.dc2e[0][0]) == 1.0 && ops.dc2e[0][0] == ops.dc2e[1][0]);
    for (int o = 0; o < 8; o++) {
        double m2m = 0, l2l = 0;
        sfm_operators_m2m(&ops, o, &m2m);
        sfm_operators_l2l(&ops, o, &l2l);
        CHECK(m2m == 1.0 && l2l == 1.0);
    }
    sfm_operators_free(&ops);
}

/* exp(-kappa r) is below the range of double on the whole surface: nothing is kept, and
 * nothing is infinite. */
SFM_CASE(a_kernel_that_vanishes_within_the_box)
{
    static const double kappas[] = {100, 300, 330, 2000};
    for (int i = 0; i < 4; i++) {
        sfm_operators ops;
        sfm_operators_key key = yukawa(5, 7, kappas[i]);
        REQUIRE(sfm_operators_compute(&ops, &key) == STARFMM_OK);
        int finite = 1, n = ops.up_rank * ops.n_c;
        for (int k = 0; k < n; k++) finite &= isfinite(ops.uc2e[0][k]) != 0;
        for (int k = 0; k < ops.n_e * ops.n_e; k++) finite &= isfinite(ops.m2m[0][k]) != 0;
        CHECKF(finite, "kappa %g", kappas[i]);
        CHECKF((ops.up_rank == 0) == (i == 3), "kappa %g: rank %d", kappas[i], ops.up_rank);
        sfm_operators_free(&ops);
    }
}

SFM_CASE(float_factors_stay_in_range)
{
    for (double kappa = 1; kappa < 200; kappa *= 1.5) {
        sfm_operators ops;
        sfm_operators_key key = yukawa(4, 5, kappa);
        key.cutoff = SFM_CUTOFF_F32;
        key.floor = SFM_FLOOR_F32;
        REQUIRE(sfm_operators_compute(&ops, &key) == STARFMM_OK);
        double largest = 0.0;
        for (int i = 0; i < ops.up_rank * ops.n_c; i++)
            largest = fmax(largest, fabs(ops.uc2e[0][i]));
        CHECKF(largest < 1e37, "kappa %g: %g", kappa, largest);
        sfm_operators_free(&ops);
    }
}

SFM_CASE(impossible_keys_are_refused)
{
    const sfm_operators_key good = laplace(4, 6);
    sfm_operators_key bad[10];
    for (int i = 0; i < 10; i++) bad[i] = good;
    bad[0].order = 0, bad[1].order = SFM_MAX_ORDER + 1, bad[2].check_order = -3;
    bad[3].check_order = SFM_MAX_CHECK_ORDER + 1, bad[4].cutoff = 0.0, bad[5].cutoff = NAN;
    bad[6].inner.alpha = 3.5, bad[7].outer.alpha = INFINITY, bad[8].floor = -1.0;
    bad[9].kernel = (starfmm_kernel)99;
    for (int i = 0; i < 10; i++) {
        sfm_operators ops;
        CHECKF(sfm_operators_compute(&ops, &bad[i]) == STARFMM_EINVAL, "key %d", i);
        CHECKF(ops.memory == NULL && starfmm_last_error()[0] != '\0', "key %d", i);
    }
    sfm_operators ops;
    sfm_operators_key point = laplace(1, 1);
    CHECK_STATUS(STARFMM_ENUMERIC, sfm_operators_compute(&ops, &point));
}

SFM_CASE(impossible_kernels_are_refused)
{
    const sfm_operators_key key = laplace(2, 3);
    sfm_block_kernel bad[3] = {sfm_test_field, sfm_test_crooked, sfm_test_crooked};
    bad[0].symmetries |= SFM_SYMMETRIC;
    bad[1].n_check = 0;
    bad[2].n_equiv = SFM_MAX_COMPONENTS + 1;
    for (int i = 0; i < 3; i++) {
        sfm_operators ops;
        CHECK_STATUS(STARFMM_EINVAL, sfm_operators_derive(&ops, &key, &bad[i]));
        CHECKF(strstr(starfmm_last_error(), bad[i].name) != NULL, "%s",
               starfmm_last_error());
    }
}

static void check_short_memory(const sfm_block_kernel *kernel)
{
    sfm_operators ops;
    sfm_operators_key key = laplace(3, 4);
    starfmm_status status = STARFMM_ENOMEM;
    long n = 1;
    for (; n < 200 && status != STARFMM_OK; n++) {
        sfm_alloc_fail_after(n);
        status = sfm_operators_derive(&ops, &key, kernel);
        sfm_alloc_fail_after(0);
        CHECKF(status == STARFMM_OK || (status == STARFMM_ENOMEM && ops.memory == NULL),
               "allocation %ld: status %d", n, (int)status);
    }
    CHECKF(status == STARFMM_OK && n > 40, "%ld allocations", n);
    sfm_operators_free(&ops);
}

SFM_CASE(memory_may_fail_anywhere)
{
    check_short_memory(&sfm_test_stokeslet);
    check_short_memory(&sfm_test_crooked);
}

SFM_MAIN()
