/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Functions of a register, each as exact as the accuracy asked: reciprocal root, power of
 * two, sine and cosine.  `accuracy` is a constant wherever they are used.  Read once per
 * precision, after vec.h.
 *
 * Out of the range of its seed (0; below 1e-38 where the seed is a float) a root is Inf or
 * NaN, never a wrong finite number: one_sided.h relies on it.
 */
#ifndef STARFMM_FUNCTION_NAMES
#define STARFMM_FUNCTION_NAMES
#define vec_root KIT(vec_root)
#define vec_root_scale KIT(vec_root_scale)
#define vec_rsqrt KIT(vec_rsqrt)
#define vec_exp2 KIT(vec_exp2)
#define vec_sincos KIT(vec_sincos)

/* The accuracy of roots that a function of r magnifies: never a bare seed. */
#define STARFMM_NO_SEED(accuracy)                                                          \
    ((accuracy) == STARFMM_ACCURACY_LOW ? STARFMM_ACCURACY_MID : (accuracy))

/* Relative error of the hardware's reciprocal root. */
#if STARFMM_BYTES == 64
#define STARFMM_SEED_ERROR 0x1p-14
#elif defined(__SSE2__)
#define STARFMM_SEED_ERROR (1.5 * 0x1p-12)
#else
#define STARFMM_SEED_ERROR 0.0 /* there is none: root and division */
#endif

/* From a seed y0 the root is y0, or y0 (3 - a y0^2) / 2, or y0 times a series. */
typedef enum starfmm_root {
    STARFMM_ROOT_SEED,
    STARFMM_ROOT_NEWTON,
    STARFMM_ROOT_SERIES
} starfmm_root;
#endif

#if STARFMM_REAL_BITS == 64
#define STARFMM_MANTISSA_BITS 52
#define STARFMM_MIN_EXPONENT (-1022)
#define STARFMM_EPS 2.220446049250313e-16
#else
#undef STARFMM_MANTISSA_BITS
#undef STARFMM_MIN_EXPONENT
#undef STARFMM_EPS
#define STARFMM_MANTISSA_BITS 23
#define STARFMM_MIN_EXPONENT (-126)
#define STARFMM_EPS 1.1920928955078125e-7
#endif

/* ---- 1 / sqrt(a) ---------------------------------------------------------------------- */

STARFMM_INLINE vec KIT(root_seed)(vec a)
{
#if STARFMM_BYTES == 64
    return STARFMM_MM(rsqrt14)(a);
#elif !defined(__SSE2__)
    return 1 / vec_sqrt(a);
#elif STARFMM_REAL_BITS == 32
    return STARFMM_MM(rsqrt)(a);
#elif STARFMM_BYTES == 32
    return _mm256_cvtps_pd(_mm_rsqrt_ps(_mm256_cvtpd_ps(a)));
#else
    return _mm_cvtps_pd(_mm_rsqrt_ps(_mm_cvtpd_ps(a)));
#endif
}

/*
 * From a seed y0 of relative error at most STARFMM_SEED_ERROR, with e = 1 - a y0^2,
 *     1 / sqrt(a) = y0 (1 - e)^(-1/2) = y0 (1 + 1/2 e + 3/8 e^2 + 5/16 e^3 + 35/128 e^4 + ...)
 * is cut where double precision is reached.  Divided by its last coefficient the series is
 * STARFMM_SERIES_HEAD + e v(e) with a monic v, which takes fewer multiplications than
 * Horner's rule: additions are free beside them.
 */
#if STARFMM_BYTES == 64
#define STARFMM_SERIES_HEAD (16.0 / 5)
STARFMM_INLINE vec KIT(series_tail)(vec e)
{
    vec u = e + vec_set((real)(3.0 / 5));
    return vec_fma(u, u, vec_set((real)(31.0 / 25)));
}
#else
#define STARFMM_SERIES_HEAD (128.0 / 35)
STARFMM_INLINE vec KIT(series_tail)(vec e)
{
    vec u = e + vec_set((real)(8.0 / 7));
    return vec_fma(u, vec_fma(e, e, vec_set((real)(48.0 / 35))),
                   vec_set((real)(64.0 / 245)));
}
#endif

STARFMM_INLINE starfmm_root KIT(root_method)(starfmm_accuracy accuracy)
{
    if (STARFMM_SEED_ERROR < (accuracy == STARFMM_ACCURACY_LOW ? 1e-4 : STARFMM_EPS))
        return STARFMM_ROOT_SEED;
    if (accuracy != STARFMM_ACCURACY_FULL || STARFMM_REAL_BITS == 32)
        return STARFMM_ROOT_NEWTON;
    return STARFMM_ROOT_SERIES;
}

/*
 * 1 / sqrt(a) = vec_root_scale(accuracy) vec_root(a, accuracy): a constant factor that saves
 * a multiplication per pair where it is left for the end of a sum (STARFMM_FACTORS).  A
 * Newton step leaves -3/2 d^2 of an error d in the seed, of one sign: half the largest is
 * taken out here.
 */
STARFMM_INLINE real vec_root_scale(starfmm_accuracy accuracy)
{
    const double balance = 0.75 * STARFMM_SEED_ERROR * STARFMM_SEED_ERROR;
    const starfmm_root method = KIT(root_method)(accuracy);
    if (method == STARFMM_ROOT_NEWTON) return (real)(0.5 * (1 + balance));
    return method == STARFMM_ROOT_SERIES ? (real)(1 / STARFMM_SERIES_HEAD) : (real)1;
}

STARFMM_INLINE vec vec_root(vec a, starfmm_accuracy accuracy)
{
    const starfmm_root method = KIT(root_method)(accuracy);
    vec y = KIT(root_seed)(a);
    if (method == STARFMM_ROOT_SEED) return y;
    vec t = a * y;
    if (method == STARFMM_ROOT_NEWTON) return y * vec_fnma(t, y, vec_set(3));
    vec e = vec_fnma(t, y, vec_set(1));
    return y * vec_fma(e, KIT(series_tail)(e), vec_set((real)STARFMM_SERIES_HEAD));
}

/* 1 / sqrt(a) itself. */
STARFMM_INLINE vec vec_rsqrt(vec a, starfmm_accuracy accuracy)
{
    vec y = vec_root(a, accuracy);
    return KIT(root_method)(accuracy) == STARFMM_ROOT_SEED ? y
                                                           : y * vec_root_scale(accuracy);
}

/* ---- 2^z ------------------------------------------------------------------------------ */

/* 2^f = 1 + c_1 f + ... on [-1/2, 1/2], of least largest relative error with the constant
 * term held at 1 (so that Yukawa's kappa = 0 is Laplace exactly): 2.8e-6, 2.0e-9, 3.4e-18. */
static const real KIT(exp2_low)[] = {
    1, (real)6.9312419342702747533e-1, (real)2.402409860924948184e-1,
    (real)5.59064245772789411e-2, (real)9.582853133283141879e-3};
static const real KIT(exp2_mid)[] = {1,
                                     (real)6.9314720285452673867e-1,
                                     (real)2.4022647913432212680e-1,
                                     (real)5.5503324721000106393e-2,
                                     (real)9.6184373899089067877e-3,
                                     (real)1.3398874119124610693e-3,
                                     (real)1.5353352215956317097e-4};
static const real KIT(exp2_full)[] = {1,
                                      (real)6.9314718055994532580e-1,
                                      (real)2.4022650695910131260e-1,
                                      (real)5.5504108664820083252e-2,
                                      (real)9.6181291075941201415e-3,
                                      (real)1.3333558146774613778e-3,
                                      (real)1.5403530457112005559e-4,
                                      (real)1.5252733493134188800e-5,
                                      (real)1.3215435282357617998e-6,
                                      (real)1.0178199569050848093e-7,
                                      (real)7.0737832393905090596e-9,
                                      (real)4.4347717122791958416e-10};

STARFMM_INLINE vec KIT(exp2_series)(vec f, starfmm_accuracy accuracy)
{
    if (accuracy == STARFMM_ACCURACY_LOW) return vec_polynomial(f, KIT(exp2_low), 4);
    if (accuracy == STARFMM_ACCURACY_MID || STARFMM_REAL_BITS == 32)
        return vec_polynomial(f, KIT(exp2_mid), 6);
    return vec_polynomial(f, KIT(exp2_full), 11);
}

/* 2^z for z <= 0; 0 where it underflows. */
STARFMM_INLINE vec vec_exp2(vec z, starfmm_accuracy accuracy)
{
#if STARFMM_BYTES == 64
    vec f = STARFMM_MM(reduce)(z, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    return STARFMM_MM(scalef)(KIT(exp2_series)(f, accuracy), z - f);
#else
    /* Adding 1.5 2^mantissa bits leaves the nearest integer in the low bits. */
    const vec magic = vec_set((real)(3ll << (STARFMM_MANTISSA_BITS - 1)));
    vec shifted = z + magic;
    vec p = KIT(exp2_series)(z - (shifted - magic), accuracy);
    KIT(uvec) scaled = (KIT(uvec))p + ((KIT(uvec))shifted << STARFMM_MANTISSA_BITS);
    return vec_where(z > STARFMM_MIN_EXPONENT, (vec)scaled);
#endif
}

/* ---- sin and cos ---------------------------------------------------------------------- */

/* sin(2 pi f) = f S(f^2) and cos(2 pi f) = 1 + f^2 C(f^2) for |f| <= 1/4, of least largest
 * error: 9.4e-7 and 7.8e-6, 5.3e-9 and 2.4e-10, 1.4e-16 and 4.2e-18. */
static const real KIT(sin_low)[] = {(real)6.283179406680676401, (real)-41.33894249376750106,
                                    (real)81.39535837805265254,
                                    (real)-71.47469151743486560};
static const real KIT(cos_low)[] = {
    (real)-19.736667606038106745, (real)64.690650487133182761, (real)-78.49562731189462557};
static const real KIT(sin_mid)[] = {(real)6.283185273791708530, (real)-41.34167747844970748,
                                    (real)81.60223124335332216, (real)-76.57499218066224575,
                                    (real)39.71091810153457165};
static const real KIT(cos_mid)[] = {
    (real)-19.739208624351113875, (real)64.939353596161907031, (real)-85.453830711444644863,
    (real)60.148204957264284897, (real)-25.006796673569697441};
static const real KIT(sin_full)[] = {
    (real)6.283185307179585583716, (real)-41.34170224039802055228,
    (real)81.60524927551284367319, (real)-76.70585968329108045783,
    (real)42.05868966736350348405, (real)-15.0944994749705353784,
    (real)3.817288640214481845196, (real)-0.6921569291229921659196};
static const real KIT(cos_full)[] = {
    (real)-19.739208802178710338, (real)64.939394022664710884,
    (real)-85.456817206058524161, (real)60.244641317372645663,
    (real)-26.426254195384134884, (real)7.9034647261253925569,
    (real)-1.7132389563019014272, (real)0.27202356651763204626};

/* sin and cos of 2 pi z, for |z| < 2^20 in single precision and 2^49 in double: turns to
 * the nearest half turn, whose parity is the sign of both. */
STARFMM_INLINE void vec_sincos(vec z, starfmm_accuracy accuracy, vec *sine, vec *cosine)
{
    const vec magic = vec_set((real)(3ll << (STARFMM_MANTISSA_BITS - 2)));
    vec shifted = z + magic, f = z - (shifted - magic), f2 = f * f, s, c;
    if (accuracy == STARFMM_ACCURACY_LOW) {
        s = vec_polynomial(f2, KIT(sin_low), 3);
        c = vec_polynomial(f2, KIT(cos_low), 2);
    } else if (accuracy == STARFMM_ACCURACY_MID || STARFMM_REAL_BITS == 32) {
        s = vec_polynomial(f2, KIT(sin_mid), 4);
        c = vec_polynomial(f2, KIT(cos_mid), 4);
    } else {
        s = vec_polynomial(f2, KIT(sin_full), 7);
        c = vec_polynomial(f2, KIT(cos_full), 7);
    }
    KIT(uvec) sign = (KIT(uvec))shifted << (STARFMM_REAL_BITS - 1);
    *sine = (vec)((KIT(uvec))(f * s) ^ sign);
    *cosine = (vec)((KIT(uvec))vec_fma(f2, c, vec_set(1)) ^ sign);
}
