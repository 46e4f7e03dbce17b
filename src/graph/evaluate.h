/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Evaluations: blocking ones on the caller's arrays, and submission into the caller's graph on
 * his handles.  Both are requests; a blocking one has each whole array as one chunk of plain
 * memory, and waits.
 */
#ifndef SFM_GRAPH_EVALUATE_H
#define SFM_GRAPH_EVALUATE_H

#include "graph/graph.h"
#include "starfmm_starpu.h"

/* As starfmm_evaluate_with and starfmm_evaluate_at. */
starfmm_status sfm_evaluate(starfmm_plan *plan, unsigned flags, size_t n_rhs,
                            const void *charges, void *potentials, void *gradients);
starfmm_status sfm_evaluate_at(starfmm_plan *plan, size_t n_rhs, size_t n_targets,
                               const double *targets, void *potentials, void *gradients);

/* As starfmm_plan_cancel. */
void sfm_cancel_blocking(sfm_graph *graph);

/* As starfmm_plan_submit and starfmm_plan_submit_at, of options in full. */
starfmm_status sfm_submit(starfmm_plan *plan, starfmm_chunks charges,
                          starfmm_chunks potentials, const starfmm_submit_options *options,
                          starfmm_request **request);
starfmm_status sfm_submit_at(starfmm_plan *plan, size_t n_targets, const double *targets,
                             starfmm_chunks potentials,
                             const starfmm_submit_options *options,
                             starfmm_request **request);

#endif
