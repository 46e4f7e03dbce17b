/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Yukawa: K = E, E = exp(-kappa r) / r, of a charge c, and its derivative at the source along a
 * dipole p.  With y = 1 / r, a(r) = (1 + kappa r) y^2, b(r) = (3 + 3 kappa r + kappa^2 r^2) y^4
 * and m = d . p the derivatives of E are - a E d and E (b d d - a I), so
 *
 *     potential  E (c + a m)
 *     gradient   E (a p - (c a + b m) d)
 *
 * An error of r is magnified by kappa r in the exponential, so the root is never a bare seed,
 * and the errors of pairs are those of Laplace times 1 + kappa r.
 */
#define STARFMM_KERNEL yukawa
#define STARFMM_HAS_FACTORS
#define STARFMM_N_COEFFICIENTS 2
#include "kernels/builtin.h"

#define CHARGE 0 /* kinds of sources */
#define DIPOLE 1
#define BOTH 2
#define POTENTIAL 0 /* kinds of targets */

#ifdef STARFMM_KERNEL_DESCRIBES
/* The derivative of exp(-kappa r) / r by the coordinates i[0 ... n - 1] of the target. */
static long double derivative(int n, const int *i, const long double d[3],
                              long double kappa)
{
    long double r = sqrtl(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]), kr = kappa * r;
    if (r == 0) return 0;
    long double value = expl(-kr) / r;
    if (n == 0) return value;
    if (n == 1) return -d[i[0]] * value * (1 + kr) / (r * r);
    return value * (d[i[0]] * d[i[1]] * (3 + 3 * kr + kr * kr) / (r * r * r * r) -
                    (i[0] == i[1]) * (1 + kr) / (r * r));
}

void STARFMM_REFERENCE(int source, int target, const long double d[3], const double *params,
                       long double *k)
{
    for (int b = 0; b < (target == POTENTIAL ? 1 : 4); b++) {
        if (source != DIPOLE) *k++ = derivative(b > 0, (int[]){b - 1}, d, params[0]);
        for (int a = 0; a < 3 && source != CHARGE; a++)
            *k++ = -derivative(1 + (b > 0), (int[]){a, b - 1}, d, params[0]);
    }
}

/* Flops: Laplace's, 2 for kappa r, 1 exponential, 1 product; derivatives as above. */
const sfm_kernel sfm_kernel_yukawa = {
    .size = sizeof(sfm_kernel),
    .name = "yukawa",
    .id = STARFMM_YUKAWA,
    .n_params = 1,
    .param = {{"kappa", 1, 0, INFINITY, 0}},
    .degree = -1,
    .factor = SFM_ONE_OVER_4PI,
    .n_sources = 3,
    .source = {{"charge", 1, {0}, {1}},
               {"dipole", 3, {-1, -1, -1}, {3}},
               {"both", 4, {0, -1, -1, -1}, {1, 3}}},
    .n_targets = 2,
    .target = {{"potential", 1, {0}, {1}}, {"gradient", 4, {0, -1, -1, -1}, {1, 3}}},
    .properties = STARFMM_ISOTROPIC | STARFMM_SYMMETRIC | STARFMM_EVEN,
    .flops = {{15, 26}, {24, 45}, {26, 49}},
    .reference = STARFMM_REFERENCE,
    .loops_f64 = STARFMM_LOOPS_F64,
    .loops_f32 = STARFMM_LOOPS_F32,
};
#endif

/* With 1 / r = s y: r = s r^2 y.  c[0] = -kappa s log2(e), times r^2 y the binary exponent;
 * c[1] = kappa / s. */
STARFMM_PREPARE(params, accuracy, c)
{
    const real s = vec_root_scale(STARFMM_NO_SEED(accuracy));
    c[0] = vec_set((real)(-params[0] * 1.4426950408889634074) * s);
    c[1] = vec_set((real)params[0] / s);
}

STARFMM_FACTORS(accuracy, source, target, f)
{
    const real s = vec_root_scale(STARFMM_NO_SEED(accuracy));
    f[0] = source == DIPOLE ? s * s * s : s;
    for (int k = 1; k < 4 && target != POTENTIAL; k++) f[k] = -s * s * s;
}

STARFMM_PAIR(p, q, u)
{
    const starfmm_accuracy accuracy = STARFMM_NO_SEED(p->accuracy);
    const real s2 = vec_root_scale(accuracy) * vec_root_scale(accuracy);
    const vec *d = p->d, *dipole = q + (p->source == BOTH);
    const int has_charge = p->source != DIPOLE, has_dipole = p->source != CHARGE;
    vec y = vec_root(p->r2, accuracy);
    vec e = vec_exp2(p->r2 * y * p->c[0], p->accuracy) * y, m = {0};
    /* Less s^2 and s^3; y + c[1] = y (1 + kappa r). */
    vec a = y * (y + p->c[1]), ea = a * e;
    if (has_dipole)
        m = vec_fma(dipole[2], d[2], vec_fma(dipole[1], d[1], dipole[0] * d[0]));
    if (has_dipole) u[0] = vec_fma(has_charge ? s2 * ea : ea, m, u[0]);
    if (p->target == POTENTIAL) {
        if (has_charge) u[0] = vec_fma(e, q[0], u[0]);
        return;
    }

    vec w = {0};
    if (has_charge) { /* an addition is free beside multiplications */
        vec t = e * q[0];
        u[0] += t;
        w = a * t;
    }
    if (has_dipole) {
        /* b E less s^3 = s^2 (3 a E y^2 + E c[1]^2 y^2) in these units. */
        vec eb = s2 * (y * y) * vec_fma(e * p->c[1], p->c[1], 3 * ea);
        w = vec_fma(eb, m, w);
    }
    STARFMM_UNROLL
    for (int k = 0; k < 3; k++) {
        u[k + 1] = vec_fma(w, d[k], u[k + 1]);
        if (has_dipole) u[k + 1] = vec_fnma(ea, dipole[k], u[k + 1]);
    }
}

/* From charges, dipoles, both. */
#define STARFMM_KERNEL_PAIRS(X)                                                            \
    X(0, 1, 0, 1)                                                                          \
    X(0, 1, 1, 4)                                                                          \
    X(1, 3, 0, 1)                                                                          \
    X(1, 3, 1, 4)                                                                          \
    X(2, 4, 0, 1)                                                                          \
    X(2, 4, 1, 4)
#include STARFMM_KERNEL_NEXT
