/* SPDX-License-Identifier: BSD-3-Clause */
/* Who waits for whom: the end of a plan, a move and a release wait for live requests. */
#include "graph/graph.h"

#include "base/memory.h"
#include "graph/runtime.h"

void sfm_graph_init(sfm_graph *graph)
{
    pthread_mutex_init(&graph->submit_lock, NULL);
    pthread_mutex_init(&graph->lock, NULL);
    pthread_cond_init(&graph->left, NULL);
    atomic_init(&graph->undelivered, 0);
}

void sfm_graph_clear(sfm_graph *graph)
{
    sfm_graph_forget(graph);
    sfm_names_clear(&graph->names);
    pthread_mutex_destroy(&graph->submit_lock);
    pthread_mutex_destroy(&graph->lock);
    pthread_cond_destroy(&graph->left);
}

void sfm_graph_forget(sfm_graph *graph)
{
    pthread_mutex_lock(&graph->lock);
    sfm_layouts_free(&graph->layouts);
    sfm_free(graph->last.task);
    graph->last = (sfm_record){.task = NULL};
    pthread_mutex_unlock(&graph->lock);
}

starfmm_status sfm_graph_wait(sfm_graph *graph)
{
    starfmm_status status = STARFMM_OK;
    pthread_mutex_lock(&graph->lock);
    if (graph->workspaces && sfm_runtime_runs()) status = sfm_runtime_check_may_wait();
    while (status == STARFMM_OK && graph->live_requests) {
        size_t undelivered = atomic_load(&graph->undelivered);
        status = sfm_runtime_check();
        if (status == STARFMM_OK && undelivered)
            status =
                sfm_fail(STARFMM_EBUSY,
                         "the plan has %zu requests in flight: wait for them", undelivered);
        if (status == STARFMM_OK) pthread_cond_wait(&graph->left, &graph->lock);
    }
    pthread_mutex_unlock(&graph->lock);
    return status;
}

starfmm_status sfm_graph_release(sfm_graph *graph, sfm_plan *plan)
{
    SFM_TRY(sfm_graph_wait(graph));
    sfm_workspaces_free(graph, plan);
    return STARFMM_OK;
}

void sfm_graph_leave(sfm_graph *graph)
{
    pthread_mutex_lock(&graph->lock);
    graph->live_requests--;
    pthread_cond_broadcast(&graph->left);
    pthread_mutex_unlock(&graph->lock);
}
