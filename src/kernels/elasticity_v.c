/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Elasticity: Kelvin's displacement of a force f in an isotropic solid of shear modulus 1 (other
 * moduli divide it) and Poisson's ratio nu.  With y = 1 / r, in units of 1 / (16 pi),
 *
 *     displacement  y ((3 - 4 nu) f + (d . f) y^2 d) / (1 - nu)
 *
 * nu = 1/2, the incompressible solid, is Stokes.
 */
#define STARFMM_KERNEL elasticity
#define STARFMM_HAS_FACTORS
#define STARFMM_N_COEFFICIENTS 2
#include "kernels/builtin.h"

#ifdef STARFMM_KERNEL_DESCRIBES
void STARFMM_REFERENCE(int source, int target, const long double d[3], const double *params,
                       long double *k)
{
    const long double r = sqrtl(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]), nu = params[0];
    (void)source, (void)target;
    for (int i = 0; i < 3; i++)
        for (int a = 0; a < 3; a++, k++) {
            *k = 0;
            if (r > 0)
                *k = ((3 - 4 * nu) * (i == a) / r + d[i] * d[a] / (r * r * r)) / (1 - nu);
        }
}

const sfm_kernel sfm_kernel_elasticity = {
    .size = sizeof(sfm_kernel),
    .name = "elasticity",
    .id = STARFMM_ELASTICITY,
    .n_params = 1,
    .param = {{"Poisson's ratio", 0, -1, 0.5, 1}},
    .degree = -1,
    .factor = SFM_ONE_OVER_8PI / 2,
    .n_sources = 1,
    .source = {{"force", 3, {0}, {3}}},
    .n_targets = 1,
    .target = {{"displacement", 3, {0}, {3}}},
    .properties = STARFMM_ISOTROPIC | STARFMM_SYMMETRIC | STARFMM_EVEN,
    .flops = {{31}},
    .reference = STARFMM_REFERENCE,
    .loops_f64 = STARFMM_LOOPS_F64,
    .loops_f32 = STARFMM_LOOPS_F32,
};
#endif

/* With 1 / r = s y: c[1] has the s^2 that (d . f) y^2 lacks. */
STARFMM_PREPARE(params, accuracy, c)
{
    const double s = (double)vec_root_scale(accuracy), nu = params[0];
    c[0] = vec_set((real)((3 - 4 * nu) / (1 - nu)));
    c[1] = vec_set((real)(s * s / (1 - nu)));
}

STARFMM_FACTORS(accuracy, source, target, f)
{
    (void)source, (void)target;
    f[0] = f[1] = f[2] = vec_root_scale(accuracy);
}

STARFMM_PAIR(p, q, u)
{
    const vec *d = p->d;
    vec y = vec_root(p->r2, p->accuracy);
    vec df = vec_fma(q[2], d[2], vec_fma(q[1], d[1], q[0] * d[0])),
        g = p->c[1] * (y * y) * df;
    STARFMM_UNROLL
    for (int k = 0; k < 3; k++) u[k] = vec_fma(y, vec_fma(g, d[k], p->c[0] * q[k]), u[k]);
}

#define STARFMM_KERNEL_PAIRS(X) X(0, 3, 0, 3)
#include STARFMM_KERNEL_NEXT
