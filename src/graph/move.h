/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SFM_MOVE_H
#define SFM_MOVE_H

#include "graph/graph.h"

/* As starfmm_plan_move. */
starfmm_status sfm_move(starfmm_plan *plan, const sfm_point_sets *points);

#endif
