/* SPDX-License-Identifier: BSD-3-Clause */
/* The blocking evaluation, for the API. */
#ifndef SFM_GRAPH_EVALUATE_H
#define SFM_GRAPH_EVALUATE_H

#include "graph/graph.h"

#define SFM_MAX_RHS 1024

starfmm_status sfm_check_rhs(size_t n_rhs);

/* As starfmm_evaluate. */
starfmm_status sfm_evaluate(starfmm_plan *plan, size_t n_rhs, const void *charges,
                            void *potentials, void *gradients);

/* As starfmm_evaluate_at. */
starfmm_status sfm_evaluate_at(starfmm_plan *plan, size_t n_rhs, size_t n_targets,
                               const double *targets, void *potentials, void *gradients);

/* Nothing of the plan is under way when this returns.  EBUSY while requests are in flight,
 * or in a task. */
starfmm_status sfm_evaluate_idle(starfmm_plan *plan);

/* Give back everything that is StarPU's; memory to the plan's pool.  EBUSY while requests
 * are in flight, or in a task. */
starfmm_status sfm_evaluate_release(starfmm_plan *plan);

/* Bytes of buffers and scratch beyond the plan's own. */
size_t sfm_evaluate_bytes(const starfmm_plan *plan);

#endif
