/* SPDX-License-Identifier: BSD-3-Clause */
/* Helmholtz: values, and no waves. */
#include "tests/support/kernel_values.h"

SFM_CASE(values)
{
    const sfm_kernel *kernel = get(STARFMM_HELMHOLTZ);
    const long double d[3] = {2, -1, 2}, phase = 3 * (long double)params[0]; /* r = 3 */
    long double k[MAX_BLOCK];
    sfm_kernel_reference(kernel, 0, 0, d, params, k);
    CHECK(fabsl(k[0] - cosl(phase) / 3) < 1e-18L);
    CHECK(fabsl(k[2] - sinl(phase) / 3) < 1e-18L);
    CHECK(fabs(kernel->factor * 4 * acos(-1.0) - 1) < 1e-15);
    CHECK(!sfm_kernel_is_homogeneous(kernel, params));
}

SFM_CASE(params_are_checked)
{
    const double bad[] = {-1, -1e-300, NAN, INFINITY}, good[] = {0, 1, 1e300};
    for (int i = 0; i < 4; i++) check_param(STARFMM_HELMHOLTZ, bad[i], 0);
    for (int i = 0; i < 3; i++) check_param(STARFMM_HELMHOLTZ, good[i], 1);
}

/* With k = 0 the real part is Laplace, the imaginary nothing. */
SFM_CASE(without_waves_it_is_laplace)
{
    const double zero[STARFMM_MAX_PARAMS] = {0};
    for (int j = 0; j < N_POINTS; j++)
        for (int source = 0; source < 2; source++) {
            const int n = source == 0 ? 1 : 3;
            long double waves[MAX_BLOCK], laplace[MAX_BLOCK];
            sfm_kernel_reference(get(STARFMM_HELMHOLTZ), source, 1, points[j], zero, waves);
            sfm_kernel_reference(get(STARFMM_LAPLACE), source, 1, points[j], zero, laplace);
            for (int e = 0; e < 4 * n; e++) {
                int re = e / n * 2 * 2 * n + e % n * 2;
                CHECK(fabsl(waves[re] - laplace[e]) <=
                      1e-17L * norm(laplace + e / n * n, n));
                CHECK(waves[re + 2 * n] == 0 && waves[re + 1] == 0);
            }
        }
}

/* (Laplacian + k^2) K = 0: the divergence of the gradient, by differences. */
SFM_CASE(it_solves_its_equation)
{
    const sfm_kernel *kernel = get(STARFMM_HELMHOLTZ);
    for (int j = 0; j < N_POINTS; j++)
        for (int source = 0; source < 2; source++) {
            const int n = block_size(kernel, source, 0);
            const long double r = length(points[j]);
            long double k[MAX_BLOCK], sum[MAX_BLOCK] = {0}, by[MAX_BLOCK];
            sfm_kernel_reference(kernel, source, 0, points[j], params, k);
            for (int axis = 0; axis < 3; axis++) {
                differentiate(kernel, source, 1, points[j], axis, STEP * r, by);
                for (int i = 0; i < n; i++) sum[i] += by[(axis + 1) * n + i];
            }
            for (int i = 0; i < n; i++)
                CHECKF(fabsl(sum[i] + params[0] * params[0] * k[i]) <=
                           1e-7L * norm(k, n) / (r * r),
                       "source %d, component %d: %Lg, %Lg", source, i, sum[i], k[i]);
        }
}

SFM_MAIN()
