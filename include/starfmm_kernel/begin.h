/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The beginning of a kernel's file, in the precision that is next: double, float, and long
 * double for the reference.  The loops of a precision are made when its pair function is
 * known, at the beginning of the next.  A file that defines STARFMM_REAL_BITS before (the
 * library's own kernels: one precision and instruction set at a time, with names to match
 * and a reference of their own) is read once.
 */
#ifndef STARFMM_PASS
#define STARFMM_PASS 1
#define STARFMM_KERNEL_DESCRIBES
#ifndef STARFMM_N_COEFFICIENTS
#define STARFMM_N_COEFFICIENTS 0
#endif
#ifndef STARFMM_IS_REGULAR
#define STARFMM_IS_REGULAR 0
#endif

#ifdef STARFMM_REAL_BITS
#undef STARFMM_KERNEL_DESCRIBES
#define STARFMM_KERNEL_NEXT <starfmm_kernel/tables.h>
#else
#define STARFMM_REAL_BITS 64
#define STARFMM_SUFFIX f64
#define STARFMM_KERNEL_NEXT STARFMM_KERNEL_FILE
#define STARFMM_REFERENCE STARFMM_PASTE(starfmm, STARFMM_KERNEL, reference)
#define STARFMM_TABLE(suffix)                                                              \
    static const STARFMM_PASTE(starfmm, loops, suffix)                                     \
        STARFMM_PASTE(starfmm, STARFMM_KERNEL, suffix)[STARFMM_MAX_LOOPS]
#define STARFMM_LOOPS_F64                                                                  \
    {                                                                                      \
        STARFMM_PASTE(starfmm, STARFMM_KERNEL, f64)                                        \
    }
#define STARFMM_LOOPS_F32                                                                  \
    {                                                                                      \
        STARFMM_PASTE(starfmm, STARFMM_KERNEL, f32)                                        \
    }
STARFMM_TABLE(f64);
STARFMM_TABLE(f32);
static void STARFMM_REFERENCE(int source, int target, const long double d[3],
                              const double *params, long double *k);
#endif

#elif STARFMM_PASS == 1
#include "starfmm_kernel/tables.h"
#undef STARFMM_PASS
#define STARFMM_PASS 2
#undef STARFMM_KERNEL_DESCRIBES
#undef STARFMM_REAL_BITS
#undef STARFMM_SUFFIX
#define STARFMM_REAL_BITS 32
#define STARFMM_SUFFIX f32

#else
#include "starfmm_kernel/tables.h"
#undef STARFMM_REAL_BITS
#undef STARFMM_SUFFIX
#define STARFMM_REAL_BITS 80
#define STARFMM_SUFFIX long
#undef STARFMM_KERNEL_NEXT
#define STARFMM_KERNEL_NEXT <starfmm_kernel/reference.h>
#endif

#if STARFMM_REAL_BITS == 80
#include "starfmm_kernel/long_double.h"
#else
#include "starfmm_kernel/vec.h"
#include "starfmm_kernel/functions.h"
#endif

/* What the pair function is given. */
typedef struct KIT(pair) {
    vec d[3], r2;
    const vec *c;
    starfmm_accuracy accuracy;
    int source, target;
} KIT(pair);

#ifndef STARFMM_PAIR
#define STARFMM_PAIR(p, q, u)                                                              \
    STARFMM_INLINE void KIT(add_pair)(const KIT(pair) * p, const vec *q, vec *u)
#define STARFMM_PREPARE(params, accuracy, c)                                               \
    STARFMM_INLINE void KIT(prepare)(const double *params, starfmm_accuracy accuracy,      \
                                     vec *c)
#define STARFMM_FACTORS(accuracy, source, target, f)                                       \
    STARFMM_INLINE void KIT(factors)(starfmm_accuracy accuracy, int source, int target,    \
                                     real *f)
#endif

#if STARFMM_N_COEFFICIENTS == 0
STARFMM_PREPARE(params, accuracy, c)
{
    (void)params, (void)accuracy, (void)c;
}
#endif
#ifndef STARFMM_HAS_FACTORS
STARFMM_FACTORS(accuracy, source, target, f)
{
    (void)accuracy, (void)source, (void)target;
    for (int k = 0; k < STARFMM_MAX_COMPONENTS; k++) f[k] = 1;
}
#endif
