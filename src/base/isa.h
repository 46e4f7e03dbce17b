/* SPDX-License-Identifier: BSD-3-Clause */
/* Instruction sets of the vector kernels, chosen at run time. */
#ifndef SFM_ISA_H
#define SFM_ISA_H

#include "base/status.h"

typedef enum sfm_isa { SFM_ISA_PORTABLE = 0, SFM_ISA_AVX2 = 1, SFM_ISA_AVX512 = 2 } sfm_isa;
#define SFM_N_ISA 3

/* The best this CPU and this build have, or the one named by `name` ("portable", "avx2",
 * "avx512"; NULL or "": the best).  EINVAL for an unknown name, EUNSUPPORTED for one that
 * this CPU or build does not have. */
starfmm_status sfm_isa_select(const char *name, sfm_isa *isa);
const char *sfm_isa_name(sfm_isa isa);

/*
 * Files with vector code are compiled once per (instruction set x precision), with
 * SFM_ISA_SUFFIX = portable, avx2 or avx512 and the matching -m flags.  SFM_V(name) names a
 * symbol of such a file: sfm_name_f64_avx512.
 */
#ifdef SFM_ISA_SUFFIX
#define SFM_V_JOIN(a, b) a##_##b
#define SFM_V_EXPAND(a, b) SFM_V_JOIN(a, b)
#define SFM_V(name) SFM_V_EXPAND(SFM(name), SFM_ISA_SUFFIX)
#endif

#endif
