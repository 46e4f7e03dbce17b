/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Other targets: targets that are not the plan's, evaluated against the expansions and sources
 * of an evaluation that the plan has made.  They are put into cells (tree/locate.h), and one
 * task does a group of cells, from the targets' coordinates to the caller's rows.
 *
 * What a cell C reads.  Let R be the deepest node round C that has targets of the plan, and so
 * a complete local expansion D.  What D(R) holds (YBZ section 3.2, and schedule/reading.h): V of R
 * and of the nodes above it, and those members of their X that are not summed directly.  The
 * rest is found from the root down: a node A with sources, whose parent is near, is
 *
 *   near C (less than A's side away), a leaf    summed directly, unless it is in D(R)
 *   near C, no leaf                             looked into
 *   far, of R's level or coarser                in D(R), by the V of a node round R
 *   far, finer than R                           M2P; summed directly if that is less work
 *
 * Without an R all that is far is by M2P.  A cell that is a leaf with targets, where these are
 * not the sources, reads what the plan has its targets read.
 */
#ifndef SFM_OTHER_TARGETS_H
#define SFM_OTHER_TARGETS_H

#include "schedule/schedule.h"

typedef struct sfm_other_targets {
    double *targets;   /* [n x 3] the caller's, copied */
    sfm_points points; /* by cell */
    int32_t n_cells;
    double (*centre)[3];   /* [n_cells] as sfm_geometry.centre; of a leaf exactly that */
    double *half;          /* [n_cells] of the box round a cell's targets, tree units */
    sfm_groups groups;     /* of cells; of_node is empty */
    sfm_reading local;     /* rows of none or one node: R */
    sfm_reading m2p, near; /* nodes, leaves of the plan's tree */
} sfm_other_targets;

/* The targets (n x 3) are finite and copied; n_e, n_c: points of the inner and of the outer
 * surface.  ENOMEM; nothing is left then. */
starfmm_status sfm_other_targets_build(sfm_other_targets *o, const sfm_geometry *geometry,
                                       const sfm_schedule *schedule, int n_e, int n_c,
                                       size_t n, const double *targets,
                                       sfm_helpers *helpers);
void sfm_other_targets_free(sfm_other_targets *o);

/* Kernel evaluations of a cell for one vector. */
double sfm_other_targets_pairs(const sfm_other_targets *o, const sfm_tree *tree, int n_e,
                               int n_c, int32_t cell);

#endif
