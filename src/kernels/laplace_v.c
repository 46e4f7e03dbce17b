/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Laplace: K = 1 / r of a charge, d . p / r^3 of a dipole p (the derivative at the source along
 * p), and their derivatives at the target.  With y = 1 / r, c = charge and m = d . p,
 *
 *     potential  c y + m y^3
 *     gradient   p y^3 - a d               a = c y^3 + 3 m y^5
 *     hessian    b d d - a I - 3 y^5 (p d + d p)      b = 3 c y^5 + 15 m y^7
 */
#define STARFMM_KERNEL laplace
#define STARFMM_HAS_FACTORS
#include "kernels/builtin.h"

#define CHARGE 0 /* kinds of sources */
#define DIPOLE 1
#define BOTH 2
#define POTENTIAL 0 /* kinds of targets */
#define GRADIENT 1
#define HESSIAN 2

#ifdef STARFMM_KERNEL_DESCRIBES
/* The derivative of 1 / r by the coordinates i[0 ... n - 1] of the target, n <= 3. */
static long double derivative(int n, const int *i, const long double d[3])
{
    long double r = sqrtl(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
    if (r == 0) return 0;
    if (n == 0) return 1 / r;
    long double r3 = r * r * r, r5 = r3 * r * r, r7 = r5 * r * r;
    if (n == 1) return -d[i[0]] / r3;
    if (n == 2) return 3 * d[i[0]] * d[i[1]] / r5 - (i[0] == i[1]) / r3;
    return -15 * d[i[0]] * d[i[1]] * d[i[2]] / r7 +
           3 *
               ((i[0] == i[1]) * d[i[2]] + (i[0] == i[2]) * d[i[1]] +
                (i[1] == i[2]) * d[i[0]]) /
               r5;
}

/* A derivative at the source is minus one at the target. */
void STARFMM_REFERENCE(int source, int target, const long double d[3], const double *params,
                       long double *k)
{
    static const int n_out[3] = {1, 4, 10}, order[10] = {0, 1, 1, 1, 2, 2, 2, 2, 2, 2};
    static const int index[10][2] = {{0},    {0},    {1},    {2},    {0, 0},
                                     {0, 1}, {0, 2}, {1, 1}, {1, 2}, {2, 2}};
    (void)params;
    for (int b = 0; b < n_out[target]; b++) {
        if (source != DIPOLE) *k++ = derivative(order[b], index[b], d);
        for (int a = 0; a < 3 && source != CHARGE; a++) {
            int i[3] = {index[b][0], index[b][1]};
            i[order[b]] = a;
            *k++ = -derivative(order[b] + 1, i, d);
        }
    }
}

/* Flops: 3 differences, 5 for r^2, 1 root; then as the formulas above count. */
const sfm_kernel sfm_kernel_laplace = {
    .size = sizeof(sfm_kernel),
    .name = "laplace",
    .id = STARFMM_LAPLACE,
    .degree = -1,
    .factor = SFM_ONE_OVER_4PI,
    .n_sources = 3,
    .source = {{"charge", 1, {0}, {1}},
               {"dipole", 3, {-1, -1, -1}, {3}},
               {"both", 4, {0, -1, -1, -1}, {1, 3}}},
    .n_targets = 3,
    .target = {{"potential", 1, {0}, {1}},
               {"gradient", 4, {0, -1, -1, -1}, {1, 3}},
               {"hessian", 10, {0, -1, -1, -1, -2, -2, -2, -2, -2, -2}, {1, 3, 6}}},
    .properties = STARFMM_ISOTROPIC | STARFMM_SYMMETRIC | STARFMM_EVEN,
    .flops = {{11, 20, 40}, {18, 33, 75}, {20, 37, 82}},
    .reference = STARFMM_REFERENCE,
    .loops_f64 = STARFMM_LOOPS_F64,
    .loops_f32 = STARFMM_LOOPS_F32,
};
#endif

/* With 1 / r = s y a term of y^n lacks s^n: n = 1 in the potential, 3 elsewhere; where it is
 * more, the rest is in the constants. */
STARFMM_FACTORS(accuracy, source, target, f)
{
    const real s = vec_root_scale(accuracy);
    f[0] = source == DIPOLE ? s * s * s : s;
    for (int k = 1; k < 4 && target != POTENTIAL; k++) f[k] = -s * s * s;
    for (int k = 4; k < 10 && target == HESSIAN; k++) f[k] = s * s * s;
}

STARFMM_PAIR(p, q, u)
{
    const real s2 = vec_root_scale(p->accuracy) * vec_root_scale(p->accuracy);
    const vec *d = p->d, *dipole = q + (p->source == BOTH);
    const int has_charge = p->source != DIPOLE, has_dipole = p->source != CHARGE;
    vec y = vec_root(p->r2, p->accuracy), m = {0};
    if (has_dipole)
        m = vec_fma(dipole[2], d[2], vec_fma(dipole[1], d[1], dipole[0] * d[0]));
    vec y2 = y * y, y3 = y2 * y, y5 = y3 * y2, a = {0};
    if (has_dipole) u[0] = vec_fma(p->source == BOTH ? s2 * y3 : y3, m, u[0]);
    if (p->target == POTENTIAL) {
        if (has_charge) u[0] = vec_fma(y, q[0], u[0]);
        return;
    }

    if (has_charge) { /* an addition is free beside multiplications */
        vec t = y * q[0];
        u[0] += t;
        a = y2 * t;
    }
    if (has_dipole) a = has_charge ? vec_fma(3 * s2 * y5, m, a) : 3 * s2 * y5 * m;
    STARFMM_UNROLL
    for (int k = 0; k < 3; k++) {
        u[k + 1] = vec_fma(a, d[k], u[k + 1]);
        if (has_dipole) u[k + 1] = vec_fnma(y3, dipole[k], u[k + 1]);
    }
    if (p->target == GRADIENT) return;

    vec b = {0}, w = 3 * s2 * y5;
    if (has_charge) b = w * q[0];
    if (has_dipole) b = vec_fma(15 * s2 * s2 * y5 * y2, m, b);
    static const int row[6] = {0, 0, 0, 1, 1, 2}, column[6] = {0, 1, 2, 1, 2, 2};
    STARFMM_UNROLL
    for (int k = 0; k < 6; k++) {
        const int i = row[k], j = column[k];
        vec *h = &u[k + 4], t = b * d[j];
        if (has_dipole) {
            t = vec_fnma(w, dipole[j], t);
            *h = vec_fnma(w * dipole[i], d[j], *h);
        }
        *h = vec_fma(t, d[i], *h);
        if (i == j) *h -= a;
    }
}

/* From charges, dipoles, both. */
#define STARFMM_KERNEL_PAIRS(X)                                                            \
    X(0, 1, 0, 1)                                                                          \
    X(0, 1, 1, 4)                                                                          \
    X(0, 1, 2, 10)                                                                         \
    X(1, 3, 0, 1)                                                                          \
    X(1, 3, 1, 4)                                                                          \
    X(1, 3, 2, 10)                                                                         \
    X(2, 4, 0, 1)                                                                          \
    X(2, 4, 1, 4)                                                                          \
    X(2, 4, 2, 10)
#include STARFMM_KERNEL_NEXT
