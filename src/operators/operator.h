/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The operators as functions of one target group and the buffers that its task declares.
 *
 * Buffers of a group (reals; a row is node * n_rhs + rhs):
 *   S  sources    x, y, z, [low parts,] q         T  targets   x, y, z, [low parts,]
 * potential, gradient (fmm.h) M  multipole expansions [rows][n_e]           F  the same as
 * M2L reads them (m2l.h) D  local expansions as downward check potentials [rows][n_e], in
 * units of the node's box: r^-degree times the potential (r the node's half side); who
 * writes first clears it
 *
 *   operator  in                        out
 *   P2M       S                         M
 *   M2M       M of the child groups     M
 *   M2F       M                         F
 *   M2L       F of m2l[g].slot_group    D
 *   P2L       S of p2l.group[g].slot_group   D
 *   L2L       D of the parent groups    D
 *   L2P       D                         T
 *   M2P       M of m2p.group[g].slot_group   T
 *   P2P       S of near.group[g].slot_group   T, R (reactions.h)
 */
#ifndef SFM_OPERATOR_H
#define SFM_OPERATOR_H

#include "base/arena.h"
#include "operators/fmm.h"

typedef struct sfm_op_args {
    const sfm_fmm *fmm;
    int32_t group;
    size_t n_rhs;
    const void *const *in; /* as the table above */
    void *out, *reactions; /* R; NULL: none */
    sfm_arena scratch;
} sfm_op_args;

typedef struct sfm_op {
    void (*run)(sfm_op_args *args);
    /* Bytes of scratch that run needs for a group; NULL: none. */
    size_t (*scratch)(const sfm_fmm *fmm, int32_t group, size_t n_rhs);
} sfm_op;

/* Indexed by starfmm_operator; NULL for GATHER and SCATTER, which touch the caller's arrays
 * (caller.h). */
extern const sfm_op *const sfm_operators_f64[STARFMM_N_OPERATORS];
extern const sfm_op *const sfm_operators_f32[STARFMM_N_OPERATORS];

static inline const sfm_op *sfm_operator_get(const sfm_fmm *fmm, starfmm_operator op)
{
    return (fmm->precision == STARFMM_DOUBLE ? sfm_operators_f64 : sfm_operators_f32)[op];
}

/* Reals of buffer F of a group at SFM_TOP_LEVEL or below. */
size_t sfm_transformed_reals_f64(const sfm_fmm *fmm, int32_t group, size_t n_rhs);
size_t sfm_transformed_reals_f32(const sfm_fmm *fmm, int32_t group, size_t n_rhs);

/* Nodes handled at once by the batched operators: enough rows for GEMM to outweigh the
 * packing of the operator matrix (with 64 it took a third of the time at order 9). */
#define SFM_BATCH 256

/* The group whose nodes are the children (parents) of a group's nodes are consecutive. */
void sfm_child_groups(const sfm_fmm *fmm, int32_t group, int32_t *first, int32_t *count);
void sfm_parent_groups(const sfm_fmm *fmm, int32_t group, int32_t *first, int32_t *count);

#endif
