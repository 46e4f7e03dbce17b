/* SPDX-License-Identifier: BSD-3-Clause */
#include "graph/move.h"

#include "graph/evaluate.h"
#include "graph/workspace.h"

starfmm_status sfm_move(starfmm_plan *plan, const sfm_point_sets *points)
{
    sfm_plan_move move;
    SFM_TRY(sfm_evaluate_idle(plan));
    SFM_TRY(sfm_plan_prepare_move(&move, &plan->core, points));
    if (!move.keeps_buffers) {
        /* What the last move's evaluations had no use for goes; what they used is used
         * again. */
        sfm_pool_clear(&plan->core.pool);
        sfm_workspaces_free(plan);
    }
    int keeps_workspaces = move.keeps_buffers;
    SFM_TRY(sfm_plan_finish_move(&plan->core, &move, points));
    sfm_graph_forget(plan);
    if (keeps_workspaces) sfm_workspaces_follow(plan);
    return STARFMM_OK;
}
