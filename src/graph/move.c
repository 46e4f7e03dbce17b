/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A move waits for the plan's requests.  Where tree, groups and room in the buffers stay, only
 * coordinates are written, into memory that StarPU has registered and that is acquired for it;
 * else the workspaces go, and the next evaluations make others.
 */
#include "graph/move.h"

starfmm_status sfm_move(starfmm_plan *plan, const sfm_point_sets *points)
{
    sfm_plan_move move;
    sfm_graph *graph = &plan->graph;
    SFM_TRY(sfm_graph_wait(graph));
    SFM_TRY(sfm_plan_prepare_move(&move, &plan->core, points));
    int keeps_buffers = move.keeps_buffers, keeps_groups = move.keeps_schedule;
    if (keeps_buffers) {
        sfm_workspaces_acquire_points(graph, &plan->core);
    } else {
        /* What the last move's evaluations had no use for goes; what they used is used
         * again. */
        sfm_pool_clear(&plan->core.pool);
        sfm_workspaces_free(graph, &plan->core);
    }
    SFM_TRY(sfm_plan_finish_move(&plan->core, &move, points));
    if (keeps_buffers) sfm_workspaces_follow(graph, &plan->core);
    if (!keeps_groups) sfm_names_clear(&graph->names);
    sfm_graph_forget(graph);
    return STARFMM_OK;
}
