/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Stokes flow of viscosity 1 (other viscosities divide the velocity): of a force f the
 * Stokeslet, of a stresslet S, a 3 x 3 tensor of which the symmetric part counts, the stress
 * tensor T_ijk = -6 d_i d_j d_k / r^5 of the Stokeslet (a double layer of velocity q and normal n
 * is S = q n^T).  With y = 1 / r, both in units of 1 / (8 pi),
 *
 *     velocity  y (f + (d . f) y^2 d)        -6 y^5 (d . S d) d
 *     pressure  2 (d . f) y^3                4 tr S y^3 - 12 y^5 (d . S d)
 *
 * The trace of S is a source of fluid, which forces do not make: the equivalent densities of
 * stresslets are forces with sources of q fluid a time, 2 q y^3 d.  The velocities in a box
 * leave the constant of its pressure open, so the check potentials of pressure hold it too.
 * C. Pozrikidis, Boundary integral and singularity methods
 * for linearized viscous flow, 1992, sections 2.2 and 2.5.
 */
#define STARFMM_KERNEL stokes
#define STARFMM_HAS_FACTORS
#include "kernels/builtin.h"

#define FORCE 0 /* kinds of sources */
#define STRESSLET 1
#define FLOW 2     /* force and source of fluid */
#define VELOCITY 0 /* kinds of targets */
#define PRESSURE 1

#ifdef STARFMM_KERNEL_DESCRIBES
void STARFMM_REFERENCE(int source, int target, const long double d[3], const double *params,
                       long double *k)
{
    const long double r = sqrtl(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]), r3 = r * r * r;
    (void)params;
    for (int i = 0; i < (target == VELOCITY ? 3 : 4); i++)
        for (int a = 0; a < (source == STRESSLET ? 9 : 3 + (source == FLOW)); a++, k++) {
            const int m = a / 3, n = a % 3;
            if (r == 0)
                *k = 0;
            else if (source == FLOW && a == 3)
                *k = i < 3 ? 2 * d[i] / r3 : 0;
            else if (source != STRESSLET)
                *k = i < 3 ? (i == a) / r + d[i] * d[a] / r3 : 2 * d[a] / r3;
            else
                *k = i < 3 ? -6 * d[i] * d[m] * d[n] / (r3 * r * r)
                           : 4 * (m == n) / r3 - 12 * d[m] * d[n] / (r3 * r * r);
        }
}

/* Flops: 3 differences, 5 for r^2, 1 root; then as the formulas above count. */
const sfm_kernel sfm_kernel_stokes = {
    .size = sizeof(sfm_kernel),
    .name = "stokes",
    .id = STARFMM_STOKES,
    .degree = -1,
    .factor = SFM_ONE_OVER_8PI,
    .n_sources = 3,
    .equivalent = {FORCE, FLOW, FLOW},
    .check = {VELOCITY, PRESSURE},
    .source = {{"force", 3, {0}, {3}},
               {"stresslet", 9, {-1, -1, -1, -1, -1, -1, -1, -1, -1}, {9}},
               {"flow", 4, {0, 0, 0, -1}, {3, 1}}},
    .n_targets = 2,
    .target = {{"velocity", 3, {0}, {3}}, {"pressure", 4, {0, 0, 0, -1}, {3, 1}}},
    .properties = STARFMM_ISOTROPIC | STARFMM_SYMMETRIC | STARFMM_EVEN,
    .flops = {{28, 30}, {39, 48}, {30, 32}},
    .reference = STARFMM_REFERENCE,
    .loops_f64 = STARFMM_LOOPS_F64,
    .loops_f32 = STARFMM_LOOPS_F32,
};
#endif

STARFMM_FACTORS(accuracy, source, target, f)
{
    const real s = vec_root_scale(accuracy), s3 = s * s * s;
    for (int k = 0; k < 3; k++) f[k] = source != STRESSLET ? s : -6 * s3 * s * s;
    if (target != VELOCITY) f[3] = source != STRESSLET ? 2 * s : 4 * s3;
}

STARFMM_PAIR(p, q, u)
{
    const real s2 = vec_root_scale(p->accuracy) * vec_root_scale(p->accuracy);
    const vec *d = p->d;
    vec y = vec_root(p->r2, p->accuracy), y2 = y * y;
    if (p->source != STRESSLET) {
        vec df = vec_fma(q[2], d[2], vec_fma(q[1], d[1], q[0] * d[0]));
        vec g = s2 * y2 * df, h = g; /* (d . f) / r^2 */
        if (p->source == FLOW) h = vec_fma(2 * s2 * y2, q[3], g);
        STARFMM_UNROLL
        for (int k = 0; k < 3; k++) u[k] = vec_fma(y, vec_fma(h, d[k], q[k]), u[k]);
        if (p->target != VELOCITY) u[3] = vec_fma(y, g, u[3]);
        return;
    }
    /* d . S d, off the diagonal by the sums of what is mirrored. */
    vec xy = q[1] + q[3], xz = q[2] + q[6], yz = q[5] + q[7];
    vec dsd = d[0] * vec_fma(xz, d[2], vec_fma(xy, d[1], q[0] * d[0]));
    dsd = vec_fma(d[1], vec_fma(yz, d[2], q[4] * d[1]), dsd);
    dsd = vec_fma(d[2], q[8] * d[2], dsd);
    vec y3 = y2 * y, w = y3 * (y2 * dsd);
    STARFMM_UNROLL
    for (int k = 0; k < 3; k++) u[k] = vec_fma(w, d[k], u[k]);
    if (p->target != VELOCITY) u[3] = vec_fma(y3, q[0] + q[4] + q[8], u[3]) - 3 * s2 * w;
}

/* From forces, stresslets, flows. */
#define STARFMM_KERNEL_PAIRS(X)                                                            \
    X(0, 3, 0, 3)                                                                          \
    X(0, 3, 1, 4)                                                                          \
    X(1, 9, 0, 3)                                                                          \
    X(1, 9, 1, 4)                                                                          \
    X(2, 4, 0, 3)                                                                          \
    X(2, 4, 1, 4)
#include STARFMM_KERNEL_NEXT
