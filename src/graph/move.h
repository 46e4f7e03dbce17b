/* SPDX-License-Identifier: BSD-3-Clause */
/* Moved points: in place where the graph layer's buffers still serve, else with new ones. */
#ifndef SFM_MOVE_H
#define SFM_MOVE_H

#include "graph/graph.h"

/* As starfmm_plan_move; the plan is the caller's alone. */
starfmm_status sfm_move(starfmm_plan *plan, const sfm_point_sets *points);

#endif
