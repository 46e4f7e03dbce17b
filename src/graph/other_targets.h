/* SPDX-License-Identifier: BSD-3-Clause */
/* Requests that evaluate at targets which are not the plan's. */
#ifndef SFM_GRAPH_OTHER_TARGETS_H
#define SFM_GRAPH_OTHER_TARGETS_H

#include "graph/request.h"

/* The request for n targets (n x 3) and n_rhs vectors, everything but the caller's arrays;
 * prefix as of sfm_request_create.  EINVAL (also: no evaluation of so many vectors to read),
 * ENONFINITE, ENOMEM. */
starfmm_status sfm_request_other_targets(sfm_request **request, starfmm_plan *plan,
                                         size_t n_rhs, const char *prefix, size_t n,
                                         const double *targets);

#endif
