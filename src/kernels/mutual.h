/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Mutual sums of a kernel that depends on the distance alone, where every point is source
 * and target: a pair is evaluated once for both of its directions (Newton's third law).
 */
#ifndef SFM_MUTUAL_H
#define SFM_MUTUAL_H

#include "kernels/evaluate.h"

/* Where the sums of some points go: out[0][r * ld + i] += potential of right-hand side r at
 * point i, and with gradients out[1..3] += its derivatives. */
typedef struct SFM(sums) {
    real *out[4];
    size_t ld;
} SFM(sums);

/*
 * Between the points `a` (whose own shift is not looked at) and those of every segment, in
 * a's frame; not among a's points, nor among the segments'.  Outputs of a segment are
 * written up to the next multiple of SFM_LANES beyond its end, with what they hold.
 */
typedef struct SFM(mutual) {
    const double *params; /* as in an evaluation */
    size_t n_rhs;
    SFM(segment) a;
    SFM(sums) a_out;
    size_t n_seg;
    const SFM(segment) * seg;
    const SFM(sums) * out; /* [n_seg] */
    real *scratch;         /* [SFM_MUTUAL_REALS], aligned */
} SFM(mutual);

typedef void (*SFM(mutual_fn))(const SFM(mutual) * m);

/* As evaluate_get.  NULL also for a kernel without mutual sums. */
SFM(mutual_fn)
SFM(mutual_get)(starfmm_kernel kernel, sfm_isa isa, sfm_accuracy accuracy, int gradient);

/* Points of segments that are packed at a time, so that registers are full however small
 * the leaves are; the packed arrays: coordinates, their low parts, charges, sums. */
#define SFM_MUTUAL_PACK 512
#define SFM_MUTUAL_LD (SFM_MUTUAL_PACK + 2 * SFM_LANES)
#define SFM_MUTUAL_REALS ((size_t)14 * SFM_MUTUAL_LD)

#endif
