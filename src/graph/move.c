/* SPDX-License-Identifier: BSD-3-Clause */
#include "graph/move.h"

#include "graph/evaluate.h"
#include "graph/workspace.h"

starfmm_status sfm_move(starfmm_plan *plan, const sfm_point_sets *points)
{
    sfm_plan_move move;
    SFM_TRY(sfm_evaluate_idle(plan));
    SFM_TRY(sfm_plan_prepare_move(&move, &plan->core, points));
    sfm_graph_forget(plan);
    if (move.keeps_buffers) {
        SFM_TRY(sfm_plan_finish_move(&plan->core, &move, points));
        sfm_workspaces_follow(plan);
        return sfm_graph_open(plan);
    }
    /* What the last move's evaluations had no use for goes; what they used is used again. */
    sfm_pool_clear(&plan->core.pool);
    sfm_workspaces_free(plan);
    starfmm_status status = sfm_plan_finish_move(&plan->core, &move, points);
    if (sfm_graph_open(plan) != STARFMM_OK) return STARFMM_ENOMEM;
    return status;
}
