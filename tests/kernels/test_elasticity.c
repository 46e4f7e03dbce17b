/* SPDX-License-Identifier: BSD-3-Clause */
/* Elasticity: values, the equation, and the incompressible limit. */
#include "tests/support/kernel_values.h"

/* Displacements along x and y of a force along x: nu = 0.4. */
SFM_CASE(values)
{
    const long double d[3] = {2, -1, 2}; /* r = 3 */
    const long double nu = params[0];
    long double k[9];
    sfm_kernel_reference(get(STARFMM_ELASTICITY), 0, 0, d, params, k);
    CHECK(fabsl(k[0] - ((3 - 4 * nu) / 3 + 4.0L / 27) / (1 - nu)) < 1e-17L);
    CHECK(fabsl(k[3] - -2.0L / 27 / (1 - nu)) < 1e-17L);
    CHECK(fabs(get(STARFMM_ELASTICITY)->factor * 16 * acos(-1.0) - 1) < 1e-15);
    CHECK(sfm_kernel_is_homogeneous(get(STARFMM_ELASTICITY), params));
}

SFM_CASE(params_are_checked)
{
    const double bad[] = {-1, 0.5000001, NAN, -2}, good[] = {-0.999, 0, 0.5};
    for (int i = 0; i < 4; i++) check_param(STARFMM_ELASTICITY, bad[i], 0);
    for (int i = 0; i < 3; i++) check_param(STARFMM_ELASTICITY, good[i], 1);
}

/* 1 / (16 pi) against 1 / (8 pi). */
SFM_CASE(incompressible_is_stokes)
{
    expect_limit(STARFMM_ELASTICITY, 0.5, STARFMM_STOKES, 0, 0, 2);
}

/* Navier's equation away from the force: Laplacian u + grad (div u) / (1 - 2 nu) = 0, by second
 * differences. */
SFM_CASE(it_solves_its_equation)
{
    const sfm_kernel *kernel = get(STARFMM_ELASTICITY);
    for (int j = 0; j < N_POINTS; j++) {
        const long double r = length(points[j]), h = 1e-3L * r;
        long double k[9], sum[9] = {0}, by[9], back[9];
        sfm_kernel_reference(kernel, 0, 0, points[j], params, k);
        for (int e = 0; e < 9; e++) { /* by x[e / 3] and x[e % 3] */
            long double d[3] = {points[j][0], points[j][1], points[j][2]};
            d[e / 3] += h;
            differentiate(kernel, 0, 0, d, e % 3, h, by);
            d[e / 3] -= 2 * h;
            differentiate(kernel, 0, 0, d, e % 3, h, back);
            for (int i = 0; i < 9; i++) by[i] = (by[i] - back[i]) / (2 * h);
            for (int i = 0; i < 9 && e / 3 == e % 3; i++) sum[i] += by[i];
            for (int a = 0; a < 3; a++)
                sum[e / 3 * 3 + a] += by[e % 3 * 3 + a] / (1 - 2 * params[0]);
        }
        for (int i = 0; i < 9; i++)
            CHECKF(fabsl(sum[i]) <= 1e-3L * norm(k, 9) / (r * r), "%d: %Lg", i, sum[i]);
    }
}

SFM_MAIN()
