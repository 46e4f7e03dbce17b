/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The loops of the kernels, per precision: every particle operator (P2M, P2L, L2P, M2P, P2P)
 * is one evaluation of many sources at the targets of one node, or a mutual sum.  The
 * arguments are those of the kernel kit, starfmm_kernel/types.h.
 */
#ifndef SFM_EVALUATE_H
#define SFM_EVALUATE_H

#include "base/real.h"
#include "kernels/kernel.h"

#if SFM_PRECISION == 64
#define SFM_KIT(name) starfmm_##name##_f64
#else
#define SFM_KIT(name) starfmm_##name##_f32
#endif
typedef SFM_KIT(segment) SFM(segment);
typedef SFM_KIT(evaluation) SFM(evaluation);
typedef SFM_KIT(sums) SFM(sums);
typedef SFM_KIT(mutual) SFM(mutual);
typedef SFM_KIT(loops) SFM(loops);
typedef SFM_KIT(evaluate_fn) SFM(evaluate_fn);
typedef SFM_KIT(mutual_fn) SFM(mutual_fn);

/* One-sided and mutual sums from a kind of sources to a kind of targets; NULL when this build
 * lacks the instruction set or the kernel the kinds or (often: hessians) mutual sums. */
SFM(evaluate_fn)
SFM(evaluate_get)
(const sfm_kernel *kernel, sfm_isa isa, sfm_accuracy accuracy, int source, int target);
SFM(mutual_fn)
SFM(mutual_get)
(const sfm_kernel *kernel, sfm_isa isa, sfm_accuracy accuracy, int source, int target);

/* Reals of a mutual sum's scratch: coordinates, their low parts, charges and sums, of several
 * right-hand sides where both have one component. */
static inline size_t SFM(mutual_reals)(int n_src, int n_trg)
{
    int rows = n_src + n_trg > 8 ? n_src + n_trg : 8;
    return (size_t)(6 + rows) * STARFMM_MUTUAL_LD;
}

#endif
