/* SPDX-License-Identifier: BSD-3-Clause */
#include "graph/move.h"

starfmm_status sfm_move(starfmm_plan *plan, const sfm_point_sets *points)
{
    sfm_plan moved = {.n_workers = 0}, *core = &plan->core;
    SFM_TRY(sfm_graph_wait(&plan->graph));
    SFM_TRY(sfm_plan_prepare_move(&moved, core, points));
    if (moved.fmm.shares_shape && sfm_buffers_fit(&core->buffers, &moved.fmm)) {
        sfm_workspaces_acquire_points(&plan->graph, core);
        sfm_plan_move_in_place(core, &moved, points);
        sfm_workspaces_follow(&plan->graph, core);
        sfm_graph_forget(&plan->graph);
        return STARFMM_OK;
    }
    /* What the last move's evaluations had no use for goes; what they used is used again. */
    sfm_pool_clear(&core->pool);
    sfm_workspaces_free(&plan->graph, core);
    SFM_TRY(sfm_plan_move(core, &moved, points));
    sfm_graph_forget(&plan->graph);
    sfm_names_clear(&plan->graph.names);
    return STARFMM_OK;
}
