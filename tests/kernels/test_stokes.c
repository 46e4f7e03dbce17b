/* SPDX-License-Identifier: BSD-3-Clause */
/* Stokes flow: values, the equations, and the stresslet. */
#include "tests/support/kernel_values.h"

#define FORCE 0 /* kinds of sources */
#define STRESSLET 1
#define VELOCITY 0 /* kinds of targets */
#define PRESSURE 1 /* velocity and pressure */

/* From a force along x: the velocities along x and y, and the pressure. */
SFM_CASE(values)
{
    const long double d[3] = {2, -1, 2}; /* r = 3 */
    long double k[MAX_BLOCK];
    sfm_kernel_reference(get(STARFMM_STOKES), FORCE, PRESSURE, d, params, k);
    CHECK(fabsl(k[0] - (1.0L / 3 + 4.0L / 27)) < 1e-18L);
    CHECK(fabsl(k[3] - -2.0L / 27) < 1e-18L);
    CHECK(fabsl(k[9] - 4.0L / 27) < 1e-18L);
    CHECK(fabs(get(STARFMM_STOKES)->factor * 8 * acos(-1.0) - 1) < 1e-15);
    CHECK(sfm_kernel_is_homogeneous(get(STARFMM_STOKES), params));
}

/* The sum of second differences, with step h, of all components. */
static void take_laplacian(const sfm_kernel *kernel, int source, const long double d[3],
                           long double h, long double *out)
{
    const int n = block_size(kernel, source, PRESSURE);
    memset(out, 0, MAX_BLOCK * sizeof *out);
    for (int e = 0; e < 9; e++) {
        long double at[3] = {d[0], d[1], d[2]}, value[MAX_BLOCK];
        at[e / 3] += (e % 3 - 1) * h;
        sfm_kernel_reference(kernel, source, PRESSURE, at, params, value);
        for (int i = 0; i < n; i++) out[i] += (e % 3 == 1 ? -2 : 1) * value[i] / (h * h);
    }
}

/* Velocities have no divergence, and the pressure's gradient is their Laplacian. */
SFM_CASE(it_solves_its_equations)
{
    const sfm_kernel *kernel = get(STARFMM_STOKES);
    for (int e = 0; e < 2 * N_POINTS; e++) {
        const long double *d = points[e / 2], r = length(d), h = 1e-3L * r;
        const int s = e % 2, n = kernel->source[s].dim;
        long double k[MAX_BLOCK], by[3][MAX_BLOCK], laplacian[MAX_BLOCK];
        sfm_kernel_reference(kernel, s, PRESSURE, d, params, k);
        for (int axis = 0; axis < 3; axis++)
            differentiate(kernel, s, PRESSURE, d, axis, h, by[axis]);
        take_laplacian(kernel, s, d, h, laplacian);
        for (int a = 0; a < n; a++) {
            long double divergence = by[0][a] + by[1][n + a] + by[2][2 * n + a];
            CHECKF(fabsl(divergence) <= 1e-4L * norm(k, 3 * n) / r,
                   "source %d.%d: divergence %Lg", s, a, divergence);
            for (int axis = 0; axis < 3; axis++)
                CHECKF(fabsl(by[axis][3 * n + a] - laplacian[axis * n + a]) <=
                           1e-3L * norm(k, 3 * n) / (r * r),
                       "source %d.%d: dp %Lg, Laplacian %Lg", s, a, by[axis][3 * n + a],
                       laplacian[axis * n + a]);
        }
    }
}

/* The stresslet is the stress of the Stokeslet: -p I + grad u + grad u^T, of force i. */
SFM_CASE(stresslet_is_the_stress_of_a_force)
{
    const sfm_kernel *kernel = get(STARFMM_STOKES);
    for (int j = 0; j < N_POINTS; j++) {
        long double stress[MAX_BLOCK], by[3][MAX_BLOCK], k[MAX_BLOCK];
        sfm_kernel_reference(kernel, STRESSLET, VELOCITY, points[j], params, stress);
        sfm_kernel_reference(kernel, FORCE, PRESSURE, points[j], params, k);
        for (int axis = 0; axis < 3; axis++)
            differentiate(kernel, FORCE, PRESSURE, points[j], axis,
                          STEP * length(points[j]), by[axis]);
        for (int e = 0; e < 27; e++) {
            int i = e / 9, m = e / 3 % 3, n = e % 3;
            long double expected =
                by[n][m * 3 + i] + by[m][n * 3 + i] - (m == n) * k[9 + i];
            CHECKF(fabsl(stress[e] - expected) <= 1e-7L * norm(stress, 27), "%d: %Lg, %Lg",
                   e, stress[e], expected);
        }
    }
}

/* A sphere of stresslets q n^T, n outward, with constant q: 8 pi q inside, 0 outside. */
SFM_CASE(closed_surface_of_stresslets)
{
    const sfm_kernel *kernel = get(STARFMM_STOKES);
    const long double q[3] = {0.3L, -1, 2}, pi = acosl(-1),
                      inside[3] = {0.1L, -0.2L, 0.25L};
    const int n = 120; /* bands of z, and 2 n angles: midpoints */
    for (int out = 0; out < 2; out++) {
        long double u[3] = {0};
        for (int e = 0; e < 2 * n * n; e++) {
            long double z = -1 + (2 * (e % n) + 1) / (long double)n, rho = sqrtl(1 - z * z);
            long double angle = pi * (e / n + 0.5L) / n, area = 2.0L / n * pi / n;
            long double normal[3] = {rho * cosl(angle), rho * sinl(angle), z}, d[3], k[27];
            for (int c = 0; c < 3; c++) d[c] = (out ? 10 : 1) * inside[c] - normal[c];
            sfm_kernel_reference(kernel, STRESSLET, VELOCITY, d, params, k);
            for (int i = 0; i < 27; i++)
                u[i / 9] += area * k[i] * q[i / 3 % 3] * normal[i % 3];
        }
        for (int c = 0; c < 3; c++)
            CHECK_CLOSE((double)u[c], (double)(out ? 0 : 8 * pi * q[c]), 0.02);
    }
}

SFM_MAIN()
