/* SPDX-License-Identifier: BSD-3-Clause */
#include "graph/move.h"

#include "graph/evaluate.h"
#include "graph/workspace.h"

starfmm_status sfm_move(starfmm_plan *plan, const sfm_point_sets *points)
{
    starfmm_plan moved = {0};
    SFM_TRY(sfm_evaluate_idle(plan));
    SFM_TRY(sfm_plan_prepare_move(&moved, plan, points));
    if (moved.fmm.shares_shape && sfm_buffers_fit(&plan->buffers, &moved.fmm)) {
        sfm_plan_move_in_place(plan, &moved, points);
        sfm_workspaces_follow(plan);
        return STARFMM_OK;
    }
    /* What the last move's evaluations had no use for goes; what they used is used again.
     */
    sfm_pool_clear(&plan->pool);
    sfm_workspaces_free(plan);
    return sfm_plan_move(plan, &moved, points);
}
