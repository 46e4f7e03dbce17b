/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The vector kernels: every particle operator (P2M, P2L, L2P, M2P, P2P) is one evaluation
 * of many sources at the targets of one node.  Compiled per precision; the implementations
 * per precision and instruction set.
 */
#ifndef SFM_EVALUATE_H
#define SFM_EVALUATE_H

#include "base/isa.h"
#include "base/real.h"
#include "kernels/kernel.h"

/* A run of sources with one common shift: source i sits at (x[i], y[i], z[i]) + shift in
 * the frame of the targets.  Charge of right-hand side r: q[r * ldq + i] (ldq differs from
 * segment to segment: they come from different buffers). */
typedef struct SFM(segment) {
    const real *x, *y, *z, *q;
    size_t n, ldq;
    real shift[3];
    /* Single precision only: what x, y, z (NULL: nothing) and the shift lack of their exact
     * values, and up to which squared distance pairs are summed with it (0: none). */
    real shift_low[3], close;
    const real *low[3];
} SFM(segment);

/*
 * out[0][r * ldo + i] += sum_j raw(x_i - y_j) q_r,j, and with gradients
 * out[1..3][r * ldo + i] += its derivatives by x, y, z.
 * low: in single precision, what tx, ty, tz lack of their exact values; NULL: nothing.
 * tx, ty, tz, low and the source arrays may be read (not used) up to the next multiple of
 * SFM_LANES beyond their end; out is written for i < n_trg only.  Nothing need be aligned.
 */
typedef struct SFM(evaluation) {
    const double *params; /* scaled to the unit of the coordinates */
    size_t n_trg;
    const real *tx, *ty, *tz;
    size_t n_seg;
    const SFM(segment) * seg;
    size_t n_rhs, ldo;
    real *out[4];
    const real *low[3];
} SFM(evaluation);

typedef void (*SFM(evaluate_fn))(const SFM(evaluation) * e);

/* The kernel for an instruction set, an accuracy, and gradient 0 / 1; NULL when this build
 * lacks the instruction set. */
SFM(evaluate_fn)
SFM(evaluate_get)(starfmm_kernel kernel, sfm_isa isa, sfm_accuracy accuracy, int gradient);

#endif
