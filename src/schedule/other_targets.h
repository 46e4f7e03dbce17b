/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Making a probe (operators/probe.h): what each cell reads.
 *
 * Let C be a cell (a leaf, or the missing octant of a node) and R the deepest node round it
 * that has targets of the plan, and so a complete D.  What D(R) holds (YBZ section 3.2, and
 * schedule/interactions.h): V of R and of the nodes above it, and those members of their X that
 * are not summed directly.  The rest is found from the root down: a node A with sources,
 * whose parent is near, is
 *
 *   near C (less than A's side away), a leaf    summed directly, unless it is in D(R)
 *   near C, no leaf                             looked into
 *   far, of R's level or coarser                in D(R), by the V of a node round R
 *   far, finer than R                           M2P; summed directly if that is less work
 *
 * Without an R all that is far is by M2P.  A cell that is a leaf with targets, where these are
 * not the sources, reads what the plan has its targets read.
 */
#ifndef SFM_PLAN_PROBE_H
#define SFM_PLAN_PROBE_H

#include "operators/probe.h"

/* For one number of vectors; the targets (n x 3, finite) are copied.  ENOMEM; nothing is
 * left then. */
starfmm_status sfm_probe_build(sfm_probe *probe, const sfm_fmm *fmm, size_t n_rhs, size_t n,
                               const double *targets, sfm_team *team);
void sfm_probe_free(sfm_probe *probe);

#endif
