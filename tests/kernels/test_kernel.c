/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/test.h"

#include <math.h>
#include <string.h>

#include "kernels/kernel.h"

static const starfmm_kernel ids[] = {STARFMM_LAPLACE, STARFMM_YUKAWA, STARFMM_COUNT};
#define N_IDS ((int)(sizeof ids / sizeof *ids))

static const long double points[][3] = {
    {1, 0, 0}, {0.3L, -0.4L, 1.2L}, {-2, 1e-3L, 0.5L}, {1e-4L, 2e-4L, -3e-4L}, {7, 7, -7}};
#define N_POINTS ((int)(sizeof points / sizeof *points))

static const double params[STARFMM_MAX_PARAMS] = {1.7};

SFM_CASE(registry_knows_its_kernels)
{
    for (int i = 0; i < N_IDS; i++) {
        const sfm_kernel *k = sfm_kernel_get(ids[i]);
        REQUIRE(k != NULL);
        CHECK(k->id == ids[i]);
        CHECK(k->n_params <= STARFMM_MAX_PARAMS);
        CHECK(k->flops[0][1] >= k->flops[0][0]);
    }
    CHECK(strcmp(sfm_kernel_get(STARFMM_LAPLACE)->name, "laplace") == 0);
    CHECK(strcmp(sfm_kernel_get(STARFMM_YUKAWA)->name, "yukawa") == 0);
    CHECK(strcmp(sfm_kernel_get(STARFMM_COUNT)->name, "count") == 0);
}

SFM_CASE(unknown_kernel_is_null)
{
    CHECK(sfm_kernel_get((starfmm_kernel)3) == NULL);
    CHECK(sfm_kernel_get((starfmm_kernel)-1) == NULL);
}

SFM_CASE(factors)
{
    const double four_pi = 4 * acos(-1.0);
    CHECK(fabs(sfm_kernel_get(STARFMM_LAPLACE)->factor * four_pi - 1) < 1e-15);
    CHECK(fabs(sfm_kernel_get(STARFMM_YUKAWA)->factor * four_pi - 1) < 1e-15);
    CHECK(sfm_kernel_get(STARFMM_COUNT)->factor == 1);
}

SFM_CASE(params_are_checked)
{
    const sfm_kernel *yukawa = sfm_kernel_get(STARFMM_YUKAWA);
    const double bad[] = {-1, -1e-300, NAN, INFINITY, -INFINITY};
    for (int i = 0; i < (int)(sizeof bad / sizeof *bad); i++) {
        double p[STARFMM_MAX_PARAMS] = {bad[i]};
        sfm_set_error("");
        CHECK_STATUS(STARFMM_EINVAL, sfm_kernel_check_params(yukawa, p));
        CHECK(strstr(sfm_get_error(), "kappa") != NULL);
        CHECK_OK(sfm_kernel_check_params(sfm_kernel_get(STARFMM_LAPLACE), p));
        CHECK_OK(sfm_kernel_check_params(sfm_kernel_get(STARFMM_COUNT), p));
    }
    const double good[] = {0, 1, 1e300};
    for (int i = 0; i < 3; i++) {
        double p[STARFMM_MAX_PARAMS] = {good[i], NAN, NAN, NAN};
        CHECK_OK(sfm_kernel_check_params(yukawa, p));
    }
}

SFM_CASE(homogeneous_when_no_parameter_is_in_use)
{
    const double zero[STARFMM_MAX_PARAMS] = {0};
    CHECK(sfm_kernel_is_homogeneous(sfm_kernel_get(STARFMM_LAPLACE), params));
    CHECK(sfm_kernel_is_homogeneous(sfm_kernel_get(STARFMM_COUNT), params));
    CHECK(!sfm_kernel_is_homogeneous(sfm_kernel_get(STARFMM_YUKAWA), params));
    CHECK(sfm_kernel_is_homogeneous(sfm_kernel_get(STARFMM_YUKAWA), zero));
}

static void check_scaling(const sfm_kernel *k, double s, const long double d[3])
{
    double scaled[STARFMM_MAX_PARAMS];
    sfm_kernel_scale_params(k, params, s, scaled);
    long double e[3] = {d[0] / s, d[1] / s, d[2] / s};
    long double left = sfm_kernel_value(k, d, params);
    long double right = powl(s, k->degree) * sfm_kernel_value(k, e, scaled);
    CHECKF(fabsl(left - right) <= 1e-14L * fabsl(left), "%s s = %g: %Lg, %Lg", k->name, s,
           left, right);
}

/* raw(d; p) = s^degree raw(d / s; p s^power). */
SFM_CASE(scaling_law)
{
    for (int i = 0; i < N_IDS; i++)
        for (int j = 0; j < N_POINTS; j++)
            for (double s = 1e-3; s < 2e3; s *= 7.3)
                check_scaling(sfm_kernel_get(ids[i]), s, points[j]);
}

static long double central_difference(const sfm_kernel *k, const long double d[3], int axis,
                                      long double h)
{
    long double value[2];
    for (int side = 0; side < 2; side++) {
        long double e[3] = {d[0], d[1], d[2]};
        e[axis] += side ? h : -h;
        value[side] = sfm_kernel_value(k, e, params);
    }
    return (value[1] - value[0]) / (2 * h);
}

SFM_CASE(gradient_is_the_derivative)
{
    for (int i = 0; i < N_IDS; i++)
        for (int j = 0; j < N_POINTS; j++) {
            const sfm_kernel *k = sfm_kernel_get(ids[i]);
            const long double *d = points[j];
            long double r = sqrtl(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]), all[4];
            sfm_kernel_reference(k, 0, 1, d, params, all);
            const long double value = all[0], *g = all + 1;
            CHECK(value == sfm_kernel_value(k, d, params));
            for (int axis = 0; axis < 3; axis++) {
                long double f = central_difference(k, d, axis, 1e-5L * r);
                CHECKF(fabsl(f - g[axis]) <= 1e-7L * value / r,
                       "%s point %d axis %d: %Lg, %Lg", k->name, j, axis, g[axis], f);
            }
        }
}

SFM_CASE(values)
{
    const long double d[3] = {2, -1, 2}; /* r = 3 */
    CHECK(fabsl(sfm_kernel_value(sfm_kernel_get(STARFMM_LAPLACE), d, params) - 1.0L / 3) <
          1e-18L);
    long double yukawa = expl(-3 * (long double)params[0]) / 3;
    CHECK(fabsl(sfm_kernel_value(sfm_kernel_get(STARFMM_YUKAWA), d, params) - yukawa) <
          1e-18L);
    CHECK(sfm_kernel_value(sfm_kernel_get(STARFMM_COUNT), d, params) == 1);
}

SFM_CASE(coincident_pair)
{
    const long double zero[3] = {0};
    for (int i = 0; i < N_IDS; i++) {
        long double all[4] = {1, 1, 1, 1};
        sfm_kernel_reference(sfm_kernel_get(ids[i]), 0, 1, zero, params, all);
        const long double value = all[0], *g = all + 1;
        CHECK(value == (ids[i] == STARFMM_COUNT ? 1 : 0));
        CHECK(g[0] == 0 && g[1] == 0 && g[2] == 0);
    }
}

SFM_MAIN()
