/* SPDX-License-Identifier: BSD-3-Clause */
/* What each kernel gives the table of evaluate_t.c. */
#ifndef SFM_EVALUATE_TABLE_H
#define SFM_EVALUATE_TABLE_H

#include "kernels/mutual.h"

/* [accuracy][gradient] of one kernel on one instruction set. */
typedef struct SFM(evaluate_table) {
    SFM(evaluate_fn) fn[SFM_N_ACCURACY][2];
    SFM(mutual_fn) mutual[SFM_N_ACCURACY][2];
} SFM(evaluate_table);

/* sfm_laplace_f64_avx512, ... */
#define SFM_EVALUATE_JOIN(kernel, isa) kernel##_##isa
#define SFM_EVALUATE_NAME(kernel, isa) SFM_EVALUATE_JOIN(kernel, isa)

#define SFM_EVALUATE_DECLARE(isa)                                                          \
    extern const SFM(evaluate_table) SFM_EVALUATE_NAME(SFM(laplace), isa);                 \
    extern const SFM(evaluate_table) SFM_EVALUATE_NAME(SFM(yukawa), isa);                  \
    extern const SFM(evaluate_table) SFM_EVALUATE_NAME(SFM(count), isa);
SFM_EVALUATE_DECLARE(portable)
SFM_EVALUATE_DECLARE(avx2)
SFM_EVALUATE_DECLARE(avx512)

#endif
