/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The kernel kit as the library's own kernels see it: <kernel>_v.c is compiled once per
 * precision and instruction set, and gives sfm_<kernel>_f64_avx512[] and so on.  The compilation
 * for double and `portable` also holds the definition and the reference.
 */
#ifndef SFM_BUILTIN_H
#define SFM_BUILTIN_H

#include "kernels/kernel.h"
#include "kernels/simd.h"

#define STARFMM_REFERENCE STARFMM_PASTE(sfm, STARFMM_KERNEL, reference)
#define SFM_LOOPS(suffix, isa)                                                             \
    const STARFMM_PASTE(starfmm, loops, suffix)                                            \
        SFM_LOOPS_NAME(suffix, isa)[STARFMM_MAX_LOOPS]
#define SFM_LOOPS_NAME(suffix, isa) SFM_LOOPS_PASTE(STARFMM_KERNEL, suffix, isa)
#define SFM_LOOPS_PASTE(kernel, suffix, isa) SFM_LOOPS_PASTE_(kernel, suffix, isa)
#define SFM_LOOPS_PASTE_(kernel, suffix, isa) sfm_##kernel##_##suffix##_##isa
#define STARFMM_TABLE(suffix) SFM_LOOPS(suffix, SFM_ISA_SUFFIX)

void STARFMM_REFERENCE(int source, int target, const long double d[3], const double *params,
                       long double *k);
extern SFM_LOOPS(f64, portable);
extern SFM_LOOPS(f32, portable);
#ifdef SFM_HAVE_AVX2
extern SFM_LOOPS(f64, avx2);
extern SFM_LOOPS(f32, avx2);
#define SFM_AVX2(suffix) SFM_LOOPS_NAME(suffix, avx2)
#else
#define SFM_AVX2(suffix) NULL
#endif
#ifdef SFM_HAVE_AVX512
extern SFM_LOOPS(f64, avx512);
extern SFM_LOOPS(f32, avx512);
#define SFM_AVX512(suffix) SFM_LOOPS_NAME(suffix, avx512)
#else
#define SFM_AVX512(suffix) NULL
#endif
#define STARFMM_LOOPS_F64                                                                  \
    {                                                                                      \
        SFM_LOOPS_NAME(f64, portable), SFM_AVX2(f64), SFM_AVX512(f64)                      \
    }
#define STARFMM_LOOPS_F32                                                                  \
    {                                                                                      \
        SFM_LOOPS_NAME(f32, portable), SFM_AVX2(f32), SFM_AVX512(f32)                      \
    }

#include "starfmm_kernel/begin.h"

#define SFM_IS_portable 1
#define SFM_IS_avx2 0
#define SFM_IS_avx512 0
#if SFM_PRECISION == 64 && SFM_V_EXPAND(SFM_IS, SFM_ISA_SUFFIX)
#define STARFMM_KERNEL_DESCRIBES
#endif

#define SFM_ONE_OVER_4PI 0.079577471545947667884
#define SFM_ONE_OVER_8PI 0.039788735772973833942

#endif
