/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A probe: targets that are not the plan's, evaluated against the expansions and sources of
 * an evaluation that the plan has made.  A cell of targets (tree/locate.h) sums
 *
 *   the local expansion D of the deepest node round it that has one
 *   M2P of nodes, P2P of leaves: whatever that expansion lacks (schedule/probe.h)
 *
 * One task does a group of cells from the targets' coordinates to the caller's rows.
 */
#ifndef SFM_PROBE_H
#define SFM_PROBE_H

#include "base/arena.h"
#include "operators/fmm.h"

typedef struct sfm_probe {
    const sfm_fmm *fmm; /* the plan's */
    /* The cells as if they were the nodes of a tree: tree.trg, groups.group, centre; rows
     * of near, m2p and p2l (D: none or one node) that hold nodes of the plan's tree, slots
     * that hold groups of the plan; groups.of_node is the plan's.  The rest as in the plan.
     */
    sfm_fmm cells;
    double *half;    /* [n_cells] of the box round a cell's targets, tree units */
    double *targets; /* [n x 3] the caller's, copied */
    double *pairs;   /* [n_groups] kernel evaluations for one vector */
    size_t scratch;  /* bytes that the hungriest task needs */
} sfm_probe;

typedef struct sfm_probe_args {
    const sfm_probe *probe;
    int32_t group;
    size_t n_rhs;
    const void *const *in; /* D of the p2l slots, M of the m2p slots, S of the near slots */
    void *t;               /* T of the group of cells: places and cleared sums; added to */
    sfm_arena scratch;
} sfm_probe_args;

void sfm_probe_run_f64(sfm_probe_args *args);
void sfm_probe_run_f32(sfm_probe_args *args);

/* Bytes of scratch that run needs for a group. */
size_t sfm_probe_scratch_f64(const sfm_probe *probe, int32_t group, size_t n_rhs);
size_t sfm_probe_scratch_f32(const sfm_probe *probe, int32_t group, size_t n_rhs);

#endif
