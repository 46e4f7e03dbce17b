/* SPDX-License-Identifier: BSD-3-Clause */
/* The registers of the kernel kit (starfmm_kernel/vec.h) for the precision and instruction set
 * that a *_v.c file is compiled for. */
#ifndef SFM_SIMD_H
#define SFM_SIMD_H

#include "base/isa.h"
#include "base/real.h"
#include "starfmm_kernel.h"

#define SFM_REGISTER_portable 16
#define SFM_REGISTER_avx2 32
#define SFM_REGISTER_avx512 64
#define STARFMM_BYTES SFM_V_EXPAND(SFM_REGISTER, SFM_ISA_SUFFIX)
#define STARFMM_REAL_BITS SFM_PRECISION
#if SFM_PRECISION == 64
#define STARFMM_SUFFIX f64
#else
#define STARFMM_SUFFIX f32
#endif
#include "starfmm_kernel/vec.h"

#define SFM_BYTES STARFMM_BYTES
#define SFM_WIDTH STARFMM_WIDTH
#define SFM_INLINE STARFMM_INLINE

#endif
