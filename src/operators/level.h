/* SPDX-License-Identifier: BSD-3-Clause */
/* The operators of one level in the working precision, and the helpers that the operator
 * files share. */
#ifndef SFM_LEVEL_H
#define SFM_LEVEL_H

#include "kernels/evaluate.h"
#include "operators/m2l/m2l.h"
#include "operators/operator.h"

#if SFM_PRECISION == 64
#define SFM_GEMM sfm_gemm_f64
#else
#define SFM_GEMM sfm_gemm_f32
#endif

/* Matrices as in precompute/operators.h. */
typedef struct SFM(level) {
    const real *uc2e[2], *dc2e[2];
    const real *m2m[8]; /* and, transposed, of L2L: see l2l_t.c */
    int up_rank, dn_rank;
    SFM(m2l) * m2l;
    real *matrices; /* the memory of the matrices and of the surface points; levels */
    int borrowed;   /* matrices and m2l are another plan's, see precompute/levels.h */
    real *surface;  /* that share operators share them with the first of these levels */
    const real *inner[3]; /* x, y, z of the inner surface about the node's centre */
    const real *outer[3];
    real to_box; /* r^-degree, r the node's half side */
    SFM(evaluate_fn)
    potential, result; /* potential alone; with gradient if the plan has it */
    SFM(mutual_fn) mutual; /* as result */
} SFM(level);

static inline const SFM(level) * SFM(level_of)(const sfm_fmm *f, int level)
{
    return (const SFM(level) *)f->levels + level;
}

/* Makes the segment of one list member: the node `source` of a group whose buffer is given,
 * seen from the centre of `target`. */
typedef SFM(segment) (*SFM(segment_fn))(const sfm_op_args *a, const real *buffer,
                                        int32_t source, int32_t target);

/* Set what a segment of sources relative to the centre of `source` has as seen from
 * `target`'s: the shift, and in single precision how near pairs are close. */
void SFM(see_from)(const sfm_fmm *f, int32_t source, int32_t target, SFM(segment) * seg);

/* The same, seen from anywhere: from the centre, in tree units, of a box of a half side. */
void SFM(see_from_place)(const sfm_fmm *f, int32_t source, const double centre[3],
                         double half, SFM(segment) * seg);

/* A leaf's sources, in S of its group; a node's equivalent sources, in M of its group: not
 * seen from anywhere yet. */
SFM(segment) SFM(leaf_sources)(const sfm_fmm *f, const real *s, int32_t leaf);
SFM(segment)
SFM(multipole_sources)(const sfm_fmm *f, size_t n_rhs, const real *m, int32_t node);

/* The first of the two as an sfm_segment_fn. */
SFM(segment)
SFM(leaf_segment)(const sfm_op_args *a, const real *s, int32_t source, int32_t target);

/* Segments of row i of a reading list; returns their number. */
size_t SFM(row_segments)(const sfm_op_args *a, const sfm_work *work, int32_t i,
                         SFM(segment_fn) make, SFM(segment) * seg);

/* Sum every row of a reading list at the targets of its leaf: P2P, M2P. */
void SFM(sum_at_leaves)(sfm_op_args *a, const sfm_work *work, SFM(segment_fn) make);

/* rows [n][k1] = (rows_in [n][k0]) times matrix^T, matrix [k1][k0]; beta 0 or 1. */
void SFM(apply_rows)(size_t n, const real *matrix, int k1, int k0, const real *in,
                     real beta, real *out);

/* Targets of leaf `node` and its outputs in T of group g. */
void SFM(leaf_targets)(const sfm_fmm *f, const sfm_group *g, real *t, size_t n_rhs,
                       int32_t node, SFM(evaluation) * e);

#endif
