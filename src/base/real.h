/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Numerics are written once and compiled twice: with SFM_PRECISION = 64 and 32.
 *
 *   real       the working type
 *   SFM(name)  sfm_name_f64 / sfm_name_f32, for every symbol with linkage
 */
#ifndef SFM_REAL_H
#define SFM_REAL_H

#ifndef SFM_PRECISION
#error "compile with -DSFM_PRECISION=32 or 64"
#endif

#if SFM_PRECISION == 64
typedef double real;
#define SFM(name) sfm_##name##_f64
#define SFM_REAL_EPS 2.220446049250313e-16
#else
typedef float real;
#define SFM(name) sfm_##name##_f32
#define SFM_REAL_EPS 1.1920928955078125e-7
#endif

/* Lanes of one cache line (64 bytes): the unit of every padded or interleaved layout. */
#define SFM_LANES (64 / (int)sizeof(real))

#endif
