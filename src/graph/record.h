/* SPDX-License-Identifier: BSD-3-Clause */
/* What the last evaluation of a plan did: times per operator, and its tasks one by one. */
#ifndef SFM_RECORD_H
#define SFM_RECORD_H

#include "graph/request.h"

/* Keep what an evaluation did whose tasks have all ended. */
void sfm_record_keep(sfm_request *r);

/* As starfmm_plan_get_profile and starfmm_plan_get_timeline.  EINVAL: none has ended. */
starfmm_status sfm_record_profile(sfm_graph *graph, starfmm_profile *profile);
starfmm_status sfm_record_timeline(sfm_graph *graph, const sfm_plan *plan, size_t capacity,
                                   starfmm_task_record *records, size_t *n_records);

#endif
