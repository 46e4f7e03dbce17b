/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One register of reals: `vec` has STARFMM_WIDTH lanes and the compiler's vector operators
 * (+ - * / == < ...); what those lack is here.  Read once per precision, STARFMM_REAL_BITS =
 * 64 or 32, by starfmm_kernel.h (and by the library's other files of vector code).
 *
 * The width is that of the instruction set which the compiler is told to use: 64 bytes with
 * AVX-512 (F, DQ, VL), 32 with AVX2 and FMA, else 16.  STARFMM_BYTES, where defined, wins.
 */
#ifndef STARFMM_VEC_NAMES
#define STARFMM_VEC_NAMES

#if defined(__SSE2__)
#include <immintrin.h>
#endif

#ifndef STARFMM_BYTES
#if defined(__AVX512F__) && defined(__AVX512DQ__) && defined(__AVX512VL__)
#define STARFMM_BYTES 64
#elif defined(__AVX2__) && defined(__FMA__)
#define STARFMM_BYTES 32
#else
#define STARFMM_BYTES 16
#endif
#endif
#define STARFMM_WIDTH (STARFMM_BYTES / (int)sizeof(real))
#define STARFMM_LANES (64 / (int)sizeof(real)) /* of one cache line */

#define STARFMM_INLINE                                                                     \
    static inline __attribute__((always_inline, unused, no_sanitize("undefined")))

/* Loops over components, right-hand sides and registers are for registers alone; sanitizers
 * see the same code in loops, or compiling takes minutes. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define STARFMM_SANITIZED
#endif
#endif
#if defined(STARFMM_SANITIZED) || defined(__SANITIZE_ADDRESS__) ||                         \
    defined(__SANITIZE_THREAD__)
#define STARFMM_UNROLL
#else
#define STARFMM_UNROLL _Pragma("GCC unroll 16")
#endif

/* The precision is part of every name: starfmm_vec_f64 ... */
#define real KIT(real)
#define vec KIT(vec)
#define ivec KIT(ivec) /* 0 or -1 in each lane: what comparisons give */
#define vec_load KIT(vec_load)
#define vec_store KIT(vec_store)
#define vec_set KIT(vec_set)
#define vec_fma KIT(vec_fma)
#define vec_fnma KIT(vec_fnma)
#define vec_min KIT(vec_min)
#define vec_where KIT(vec_where)
#define vec_any KIT(vec_any)
#define vec_total KIT(vec_total)
#define vec_sqrt KIT(vec_sqrt)
#define vec_polynomial KIT(vec_polynomial)

/* STARFMM_MM(add) is _mm512_add_pd, _mm256_add_ps, ... */
#if STARFMM_BYTES == 64
#define STARFMM_MM_PREFIX _mm512_
#elif STARFMM_BYTES == 32
#define STARFMM_MM_PREFIX _mm256_
#else
#define STARFMM_MM_PREFIX _mm_
#endif
#define STARFMM_MM_JOIN(prefix, op, suffix) prefix##op##suffix
#define STARFMM_MM_EXPAND(prefix, op, suffix) STARFMM_MM_JOIN(prefix, op, suffix)
#define STARFMM_MM(op) STARFMM_MM_EXPAND(STARFMM_MM_PREFIX, op, STARFMM_MM_SUFFIX)
#endif

#if STARFMM_REAL_BITS == 64 ? !defined(STARFMM_VEC_F64) : !defined(STARFMM_VEC_F32)
#undef STARFMM_MM_SUFFIX
#if STARFMM_REAL_BITS == 64
#define STARFMM_VEC_F64
#define STARFMM_MM_SUFFIX _pd
typedef int64_t KIT(lane_int);
typedef uint64_t KIT(lane_bits);
#else
#define STARFMM_VEC_F32
#define STARFMM_MM_SUFFIX _ps
typedef int32_t KIT(lane_int);
typedef uint32_t KIT(lane_bits);
#endif

typedef real vec __attribute__((vector_size(STARFMM_BYTES)));
typedef real KIT(vec_unaligned)
    __attribute__((vector_size(STARFMM_BYTES), aligned(1), may_alias));
typedef KIT(lane_int) ivec __attribute__((vector_size(STARFMM_BYTES)));
typedef KIT(lane_bits) KIT(uvec) __attribute__((vector_size(STARFMM_BYTES)));

STARFMM_INLINE vec vec_load(const real *p)
{
    return *(const KIT(vec_unaligned) *)p;
}
STARFMM_INLINE void vec_store(real *p, vec a)
{
    *(KIT(vec_unaligned) *)p = a;
}

STARFMM_INLINE vec vec_set(real a)
{
#if defined(__SSE2__)
    return STARFMM_MM(set1)(a);
#else
    return a - (vec){0};
#endif
}

/* a b + c and c - a b, fused where the instruction set can. */
STARFMM_INLINE vec vec_fma(vec a, vec b, vec c)
{
#if STARFMM_BYTES > 16
    return STARFMM_MM(fmadd)(a, b, c);
#else
    return a * b + c;
#endif
}
STARFMM_INLINE vec vec_fnma(vec a, vec b, vec c)
{
#if STARFMM_BYTES > 16
    return STARFMM_MM(fnmadd)(a, b, c);
#else
    return c - a * b;
#endif
}

/* The smaller of two that are not negative, and b where a is NaN.  As integers, which
 * order the same, where that is faster. */
STARFMM_INLINE vec vec_min(vec a, vec b)
{
#if STARFMM_BYTES == 64 && STARFMM_REAL_BITS == 32
    return (vec)_mm512_min_epu32((__m512i)a, (__m512i)b);
#elif STARFMM_BYTES == 32 && STARFMM_REAL_BITS == 32
    return (vec)_mm256_min_epu32((__m256i)a, (__m256i)b);
#elif defined(__SSE2__)
    return STARFMM_MM(min)(a, b);
#else
    for (int l = 0; l < STARFMM_WIDTH; l++) b[l] = a[l] < b[l] ? a[l] : b[l];
    return b;
#endif
}

/* a where the mask is set, else 0. */
STARFMM_INLINE vec vec_where(ivec mask, vec a)
{
    return (vec)(mask & (ivec)a);
}

/* Whether any lane differs from 0; NaN does. */
STARFMM_INLINE int vec_any(vec a)
{
#if STARFMM_BYTES == 64 && STARFMM_REAL_BITS == 64
    return _mm512_cmp_pd_mask(a, (vec){0}, _CMP_NEQ_UQ) != 0;
#elif STARFMM_BYTES == 64
    return _mm512_cmp_ps_mask(a, (vec){0}, _CMP_NEQ_UQ) != 0;
#elif defined(__SSE2__)
    return STARFMM_MM(movemask)((vec)(a != 0)) != 0;
#else
    int any = 0;
    for (int l = 0; l < STARFMM_WIDTH; l++) any |= a[l] != 0;
    return any;
#endif
}

/* The sum of all lanes. */
STARFMM_INLINE real vec_total(vec a)
{
#if STARFMM_BYTES == 64
    return STARFMM_MM(reduce_add)(a);
#else
    real sum = 0;
    for (int l = 0; l < STARFMM_WIDTH; l++) sum += a[l];
    return sum;
#endif
}

STARFMM_INLINE vec vec_sqrt(vec a)
{
#if defined(__SSE2__)
    return STARFMM_MM(sqrt)(a);
#else
    for (int l = 0; l < STARFMM_WIDTH; l++)
        a[l] =
            sizeof(real) == 8 ? (real)__builtin_sqrt(a[l]) : __builtin_sqrtf((float)a[l]);
    return a;
#endif
}

/* c[0] + c[1] f + ... + c[degree] f^degree. */
STARFMM_INLINE vec vec_polynomial(vec f, const real *c, int degree)
{
    vec p = vec_set(c[degree]);
    STARFMM_UNROLL
    for (int k = degree - 1; k >= 0; k--) p = vec_fma(p, f, vec_set(c[k]));
    return p;
}
#endif
