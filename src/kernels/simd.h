/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One register of reals for each instruction set: `vec` has SFM_WIDTH lanes and the
 * compiler's vector operators; what those lack (fused multiply-add, reciprocal square root,
 * power of two) is here.  Only for *_v.c files.
 *
 * Out of the range of its seed (0; below 1e-38 where the seed is a float) a root is Inf or
 * NaN, never a wrong finite number: evaluate_loop.h relies on it.
 */
#ifndef SFM_SIMD_H
#define SFM_SIMD_H

#include <stdint.h>

#include "base/isa.h"
#include "base/real.h"
#include "kernels/kernel.h"

#if defined(__SSE2__)
#include <immintrin.h>
#endif

#define SFM_BYTES_portable 16
#define SFM_BYTES_avx2 32
#define SFM_BYTES_avx512 64
#define SFM_BYTES SFM_V_EXPAND(SFM_BYTES, SFM_ISA_SUFFIX)
#define SFM_WIDTH (SFM_BYTES / (int)sizeof(real))

/* SFM_MM(add) is _mm512_add_pd, _mm256_add_ps, ... */
#if SFM_BYTES == 64
#define SFM_MM_PREFIX _mm512_
#elif SFM_BYTES == 32
#define SFM_MM_PREFIX _mm256_
#else
#define SFM_MM_PREFIX _mm_
#endif
#if SFM_PRECISION == 64
#define SFM_MM_SUFFIX _pd
typedef int64_t sfm_lane_int;
typedef uint64_t sfm_lane_bits;
#define SFM_MANTISSA_BITS 52
#define SFM_MIN_EXPONENT (-1022)
#else
#define SFM_MM_SUFFIX _ps
typedef int32_t sfm_lane_int;
typedef uint32_t sfm_lane_bits;
#define SFM_MANTISSA_BITS 23
#define SFM_MIN_EXPONENT (-126)
#endif
#define SFM_MM_JOIN(prefix, op, suffix) prefix##op##suffix
#define SFM_MM_EXPAND(prefix, op, suffix) SFM_MM_JOIN(prefix, op, suffix)
#define SFM_MM(op) SFM_MM_EXPAND(SFM_MM_PREFIX, op, SFM_MM_SUFFIX)

typedef real vec __attribute__((vector_size(SFM_BYTES)));
typedef real vec_unaligned __attribute__((vector_size(SFM_BYTES), aligned(1), may_alias));
typedef sfm_lane_int ivec __attribute__((vector_size(SFM_BYTES))); /* 0 or -1: a mask */
typedef sfm_lane_bits uvec __attribute__((vector_size(SFM_BYTES)));

#define SFM_INLINE static inline __attribute__((always_inline, unused))

/* ---- registers ------------------------------------------------------------------------
 */

SFM_INLINE vec vec_load(const real *p)
{
    return *(const vec_unaligned *)p;
}
SFM_INLINE void vec_store(real *p, vec a)
{
    *(vec_unaligned *)p = a;
}

#if defined(__SSE2__)
SFM_INLINE vec vec_set(real a)
{
    return SFM_MM(set1)(a);
}
#else
SFM_INLINE vec vec_set(real a)
{
    return a - (vec){0};
}
#endif

/* a b + c and c - a b, fused where the instruction set can. */
#if SFM_BYTES > 16
SFM_INLINE vec vec_fma(vec a, vec b, vec c)
{
    return SFM_MM(fmadd)(a, b, c);
}
SFM_INLINE vec vec_fnma(vec a, vec b, vec c)
{
    return SFM_MM(fnmadd)(a, b, c);
}
#else
SFM_INLINE vec vec_fma(vec a, vec b, vec c)
{
    return a * b + c;
}
SFM_INLINE vec vec_fnma(vec a, vec b, vec c)
{
    return c - a * b;
}
#endif

/* The smaller of two that are not negative, and b where a is NaN.  As integers, which
 * order the same, where that is faster. */
SFM_INLINE vec vec_min(vec a, vec b)
{
#if SFM_BYTES == 64 && SFM_PRECISION == 32
    return (vec)_mm512_min_epu32((__m512i)a, (__m512i)b);
#elif SFM_BYTES == 32 && SFM_PRECISION == 32
    return (vec)_mm256_min_epu32((__m256i)a, (__m256i)b);
#elif defined(__SSE2__)
    return SFM_MM(min)(a, b);
#else
    for (int l = 0; l < SFM_WIDTH; l++) b[l] = a[l] < b[l] ? a[l] : b[l];
    return b;
#endif
}

SFM_INLINE vec vec_where(ivec mask, vec a)
{
    return (vec)(mask & (ivec)a);
}

/* Whether any lane differs from 0; NaN does. */
SFM_INLINE int vec_any(vec a)
{
#if SFM_BYTES == 64 && SFM_PRECISION == 64
    return _mm512_cmp_pd_mask(a, (vec){0}, _CMP_NEQ_UQ) != 0;
#elif SFM_BYTES == 64
    return _mm512_cmp_ps_mask(a, (vec){0}, _CMP_NEQ_UQ) != 0;
#elif defined(__SSE2__)
    return SFM_MM(movemask)((vec)(a != 0)) != 0;
#else
    int any = 0;
    for (int l = 0; l < SFM_WIDTH; l++) any |= a[l] != 0;
    return any;
#endif
}

/* The sum of all lanes. */
SFM_INLINE real vec_total(vec a)
{
#if SFM_BYTES == 64
    return SFM_MM(reduce_add)(a);
#else
    real sum = 0;
    for (int l = 0; l < SFM_WIDTH; l++) sum += a[l];
    return sum;
#endif
}

/* c[0] + c[1] f + ... + c[degree] f^degree. */
SFM_INLINE vec vec_polynomial(vec f, const real *c, int degree)
{
    vec p = vec_set(c[degree]);
#pragma GCC unroll 16
    for (int k = degree - 1; k >= 0; k--) p = vec_fma(p, f, vec_set(c[k]));
    return p;
}

/* ---- 1 / sqrt(a) ----------------------------------------------------------------------
 */

SFM_INLINE vec vec_sqrt(vec a)
{
#if defined(__SSE2__)
    return SFM_MM(sqrt)(a);
#else
    for (int l = 0; l < SFM_WIDTH; l++)
        a[l] = sizeof(real) == 8 ? (real)__builtin_sqrt(a[l]) : __builtin_sqrtf(a[l]);
    return a;
#endif
}

/*
 * From a seed y0 of relative error at most SFM_SEED_ERROR, with e = 1 - a y0^2,
 *     1 / sqrt(a) = y0 (1 - e)^(-1/2) = y0 (1 + 1/2 e + 3/8 e^2 + 5/16 e^3 + 35/128 e^4 +
 * ...) is cut where double precision is reached.  Divided by its last coefficient the
 * series is SFM_SERIES_HEAD + e v(e) with a monic v, which takes fewer multiplications than
 * Horner's rule: additions are free beside them.
 */
#if SFM_BYTES == 64
#define SFM_SEED_ERROR 0x1p-14
#define SFM_SERIES_HEAD (16.0 / 5)
SFM_INLINE vec vec_root_seed(vec a)
{
    return SFM_MM(rsqrt14)(a);
}

SFM_INLINE vec vec_series_tail(vec e)
{
    vec u = e + vec_set((real)(3.0 / 5));
    return vec_fma(u, u, vec_set((real)(31.0 / 25)));
}
#else
#define SFM_SERIES_HEAD (128.0 / 35)
#if defined(__SSE2__)
#define SFM_SEED_ERROR (1.5 * 0x1p-12)
SFM_INLINE vec vec_root_seed(vec a)
{
#if SFM_PRECISION == 32
    return SFM_MM(rsqrt)(a);
#elif SFM_BYTES == 32
    return _mm256_cvtps_pd(_mm_rsqrt_ps(_mm256_cvtpd_ps(a)));
#else
    return _mm_cvtps_pd(_mm_rsqrt_ps(_mm_cvtpd_ps(a)));
#endif
}
#else
#define SFM_SEED_ERROR 0.0 /* exact */
SFM_INLINE vec vec_root_seed(vec a)
{
    return 1 / vec_sqrt(a);
}
#endif

SFM_INLINE vec vec_series_tail(vec e)
{
    vec u = e + vec_set((real)(8.0 / 7));
    return vec_fma(u, vec_fma(e, e, vec_set((real)(48.0 / 35))),
                   vec_set((real)(64.0 / 245)));
}
#endif

/* ROOT_NEWTON: y0 (3 - a y0^2) / 2.  ROOT_EXACT: square root and division, for every a > 0.
 */
typedef enum root_method { ROOT_SEED, ROOT_NEWTON, ROOT_SERIES, ROOT_EXACT } root_method;

SFM_INLINE root_method vec_root_method(sfm_accuracy accuracy)
{
    if (SFM_SEED_ERROR < (accuracy == SFM_ACCURACY_LOW ? 1e-4 : SFM_REAL_EPS))
        return ROOT_SEED;
    if (accuracy != SFM_ACCURACY_FULL || SFM_PRECISION == 32) return ROOT_NEWTON;
    return ROOT_SERIES;
}

/*
 * 1 / sqrt(a) = vec_root_scale() vec_root(): constant factors are left for the end of a
 * sum. A Newton step leaves -3/2 d^2 of an error d in the seed, of one sign: half the
 * largest is taken out here.
 */
SFM_INLINE real vec_root_scale(root_method method)
{
    const double balance = 0.75 * SFM_SEED_ERROR * SFM_SEED_ERROR;
    if (method == ROOT_NEWTON) return (real)(0.5 * (1 + balance));
    return method == ROOT_SERIES ? (real)(1 / SFM_SERIES_HEAD) : (real)1;
}

/* masked: of 0 it is 0; else Inf or NaN. */
SFM_INLINE vec vec_root(vec a, root_method method, int masked)
{
    vec y = method == ROOT_EXACT ? 1 / vec_sqrt(a) : vec_root_seed(a);
    if (masked) y = vec_where(a != 0, y);
    if (method == ROOT_SEED || method == ROOT_EXACT) return y;
    vec t = a * y;
    if (method == ROOT_NEWTON) return y * vec_fnma(t, y, vec_set(3));
    vec e = vec_fnma(t, y, vec_set(1));
    return y * vec_fma(e, vec_series_tail(e), vec_set((real)SFM_SERIES_HEAD));
}

/* ---- 2^z ------------------------------------------------------------------------------
 */

/* 2^z for z <= 0; 0 where it underflows. c: polynomial of 2^f on [-1/2, 1/2] with c[0] = 1.
 */
#if SFM_BYTES == 64
SFM_INLINE vec vec_exp2(vec z, const real *c, int degree)
{
    vec f = SFM_MM(reduce)(z, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    return SFM_MM(scalef)(vec_polynomial(f, c, degree), z - f);
}
#else
SFM_INLINE vec vec_exp2(vec z, const real *c, int degree)
{
    /* Adding 1.5 2^mantissa bits leaves the nearest integer in the low bits. */
    const vec magic = vec_set((real)(3ll << (SFM_MANTISSA_BITS - 1)));
    vec shifted = z + magic;
    vec p = vec_polynomial(z - (shifted - magic), c, degree);
    uvec scaled = (uvec)p + ((uvec)shifted << SFM_MANTISSA_BITS);
    return vec_where(z > SFM_MIN_EXPONENT, (vec)scaled);
}
#endif

#endif
