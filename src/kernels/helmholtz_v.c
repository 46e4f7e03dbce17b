/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Helmholtz: E = exp(i k r) / r of a complex charge c, and its derivative at the source along a
 * complex dipole p; numbers are pairs (re, im).  With y = 1 / r, a = (1 - i k r) y^2,
 * b = (3 - 3 i k r - k^2 r^2) y^4 = y^2 (3 a - k^2) and m = d . p, as for Yukawa with kappa = -i k,
 *
 *     potential  E (c + a m)
 *     gradient   E (a p - (c a + b m) d)
 *
 * An error of r is magnified by k r in the phase, so the root is never a bare seed.
 */
#define STARFMM_KERNEL helmholtz
#define STARFMM_HAS_FACTORS
#define STARFMM_N_COEFFICIENTS 2
#include "kernels/builtin.h"

#define CHARGE 0 /* kinds of sources */
#define DIPOLE 1
#define POTENTIAL 0 /* kinds of targets */

#ifdef STARFMM_KERNEL_DESCRIBES
#include <complex.h>

/* The derivative of exp(i k r) / r by the coordinates i[0 ... n - 1] of the target. */
static long double complex derivative(int n, const int *i, const long double d[3],
                                      long double k)
{
    const long double r = sqrtl(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
    if (r == 0) return 0;
    const long double complex ikr = _Complex_I * k * r, value = cexpl(ikr) / r;
    if (n == 0) return value;
    if (n == 1) return -d[i[0]] * value * (1 - ikr) / (r * r);
    return value * (d[i[0]] * d[i[1]] * (3 - 3 * ikr + ikr * ikr) / (r * r * r * r) -
                    (i[0] == i[1]) * (1 - ikr) / (r * r));
}

/* A complex number times another as a block of reals: [re -im; im re]. */
void STARFMM_REFERENCE(int source, int target, const long double d[3], const double *params,
                       long double *k)
{
    const int n_src = source == CHARGE ? 1 : 3;
    for (int b = 0; b < (target == POTENTIAL ? 1 : 4); b++)
        for (int a = 0; a < n_src; a++) {
            long double complex z =
                source == CHARGE
                    ? derivative(b > 0, (int[]){b - 1}, d, params[0])
                    : -derivative(1 + (b > 0), (int[]){a, b - 1}, d, params[0]);
            long double *re = k + 2 * b * 2 * n_src + 2 * a, *im = re + 2 * n_src;
            re[0] = creall(z), re[1] = -cimagl(z);
            im[0] = cimagl(z), im[1] = creall(z);
        }
}

/* Flops: Laplace's 9 for the root of r^2, 2 for the phase, 1 each for sine and cosine, 2 for E;
 * then as the formulas above count, in complex numbers. */
const sfm_kernel sfm_kernel_helmholtz = {
    .size = sizeof(sfm_kernel),
    .name = "helmholtz",
    .id = STARFMM_HELMHOLTZ,
    .n_params = 1,
    .param = {{"k", 1, 0, INFINITY, 0}},
    .degree = -1,
    .factor = SFM_ONE_OVER_4PI,
    .n_sources = 2,
    .source = {{"charge", 2, {0}, {1}}, {"dipole", 6, {-1, -1, -1, -1, -1, -1}, {3}}},
    .n_targets = 2,
    .target = {{"potential", 2, {0}, {1}},
               {"gradient", 8, {0, 0, -1, -1, -1, -1, -1, -1}, {1, 3}}},
    .properties = STARFMM_ISOTROPIC | STARFMM_SYMMETRIC | STARFMM_EVEN | STARFMM_COMPLEX,
    .flops = {{23, 45}, {43, 76}},
    .reference = STARFMM_REFERENCE,
    .loops_f64 = STARFMM_LOOPS_F64,
    .loops_f32 = STARFMM_LOOPS_F32,
};
#endif

/* With 1 / r = s y: r = s r^2 y.  c[0] = k s / (2 pi), times r^2 y the phase in turns;
 * c[1] = k / s, so that a = s^2 (y^2 - i c[1] y). */
STARFMM_PREPARE(params, accuracy, c)
{
    const double s = (double)vec_root_scale(STARFMM_NO_SEED(accuracy));
    c[0] = vec_set((real)(params[0] * s * 0.15915494309189533577));
    c[1] = vec_set((real)(params[0] / s));
}

STARFMM_FACTORS(accuracy, source, target, f)
{
    const real s = vec_root_scale(STARFMM_NO_SEED(accuracy));
    f[0] = f[1] = source == CHARGE ? s : s * s * s;
    for (int k = 2; k < 8 && target != POTENTIAL; k++) f[k] = -s * s * s;
}

/* z += a b of complex numbers. */
STARFMM_INLINE void KIT(add_product)(vec z[2], const vec a[2], const vec b[2])
{
    z[0] = vec_fnma(a[1], b[1], vec_fma(a[0], b[0], z[0]));
    z[1] = vec_fma(a[1], b[0], vec_fma(a[0], b[1], z[1]));
}

STARFMM_PAIR(p, q, u)
{
    const starfmm_accuracy accuracy = STARFMM_NO_SEED(p->accuracy);
    const real s2 = vec_root_scale(accuracy) * vec_root_scale(accuracy);
    const vec *d = p->d;
    vec y = vec_root(p->r2, accuracy), y2 = y * y, sine, cosine;
    vec_sincos(p->r2 * y * p->c[0], p->accuracy, &sine, &cosine);
    const vec e[2] = {cosine * y, sine * y}, a[2] = {y2, -p->c[1] * y};
    vec w[2] = {{0}}; /* -gradient along d */
    if (p->source == CHARGE) {
        if (p->target == POTENTIAL) {
            KIT(add_product)(u, e, q);
            return;
        }
        vec t[2] = {{0}};
        KIT(add_product)(t, e, q);
        u[0] += t[0], u[1] += t[1];
        KIT(add_product)(w, a, t);
    } else {
        vec m[2], ae[2] = {{0}}, be[2] = {{0}};
        STARFMM_UNROLL
        for (int k = 0; k < 2; k++)
            m[k] = vec_fma(q[4 + k], d[2], vec_fma(q[2 + k], d[1], q[k] * d[0]));
        KIT(add_product)(ae, a, e);
        KIT(add_product)(u, ae, m);
        if (p->target == POTENTIAL) return;
        STARFMM_UNROLL
        for (int k = 0; k < 2; k++)
            be[k] = s2 * y2 * vec_fnma(p->c[1] * p->c[1], e[k], 3 * ae[k]);
        KIT(add_product)(w, be, m);
        const vec minus[2] = {-ae[0], -ae[1]};
        STARFMM_UNROLL
        for (int k = 0; k < 3; k++) KIT(add_product)(u + 2 + 2 * k, minus, q + 2 * k);
    }
    STARFMM_UNROLL
    for (int k = 0; k < 3; k++) {
        u[2 + 2 * k] = vec_fma(w[0], d[k], u[2 + 2 * k]);
        u[3 + 2 * k] = vec_fma(w[1], d[k], u[3 + 2 * k]);
    }
}

#define STARFMM_KERNEL_PAIRS(X)                                                            \
    X(0, 2, 0, 2)                                                                          \
    X(0, 2, 1, 8)               /* charge */                                               \
    X(1, 6, 0, 2) X(1, 6, 1, 8) /* dipole */
#include STARFMM_KERNEL_NEXT
