/* SPDX-License-Identifier: BSD-3-Clause */
/* `vec` as one long double: what vec.h and functions.h offer to pair functions, exact to its
 * precision whatever accuracy is asked. */
typedef long double real;
typedef long double vec;
typedef int ivec; /* a comparison of scalars: 0 or 1 */

STARFMM_INLINE vec vec_set(real a)
{
    return a;
}
STARFMM_INLINE vec vec_fma(vec a, vec b, vec c)
{
    return a * b + c;
}
STARFMM_INLINE vec vec_fnma(vec a, vec b, vec c)
{
    return c - a * b;
}
STARFMM_INLINE vec vec_min(vec a, vec b)
{
    return a < b ? a : b;
}
STARFMM_INLINE vec vec_where(ivec mask, vec a)
{
    return mask ? a : 0;
}
STARFMM_INLINE vec vec_sqrt(vec a)
{
    return sqrtl(a);
}
STARFMM_INLINE vec vec_polynomial(vec f, const real *c, int degree)
{
    vec p = c[degree];
    for (int k = degree - 1; k >= 0; k--) p = p * f + c[k];
    return p;
}
STARFMM_INLINE real vec_root_scale(starfmm_accuracy accuracy)
{
    (void)accuracy;
    return 1;
}
STARFMM_INLINE vec vec_root(vec a, starfmm_accuracy accuracy)
{
    (void)accuracy;
    return 1 / sqrtl(a);
}
STARFMM_INLINE vec vec_rsqrt(vec a, starfmm_accuracy accuracy)
{
    return vec_root(a, accuracy);
}
STARFMM_INLINE vec vec_exp2(vec z, starfmm_accuracy accuracy)
{
    (void)accuracy;
    return exp2l(z);
}
STARFMM_INLINE void vec_sincos(vec z, starfmm_accuracy accuracy, vec *sine, vec *cosine)
{
    const vec two_pi = 6.283185307179586476925286766559005768L;
    (void)accuracy;
    *sine = sinl(two_pi * z);
    *cosine = cosl(two_pi * z);
}
