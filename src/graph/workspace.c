/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A data handle for each group's slice of each buffer.  Handles live as long as the StarPU that
 * they were registered with: a shutdown takes them away without a word, so before a workspace
 * is used one of its handles is looked up.
 */
#include "graph/workspace.h"

#include "base/memory.h"
#include "graph/graph.h"
#include "graph/runtime.h"

/* Are the handles StarPU's still?  A shutdown in between has taken them away, even if
 * StarPU runs again. */
static int is_registered(const sfm_workspace *w)
{
    if (!sfm_runtime_runs()) return 0;
    for (int kind = 0; kind < SFM_N_BUFFERS && w->handle[kind]; kind++)
        for (int32_t g = 0; g < w->buffers->n_groups; g++)
            if (w->handle[kind][g])
                return starpu_data_lookup(sfm_buffer_at(w->buffers, (sfm_buffer_kind)kind,
                                                        g)) == w->handle[kind][g];
    return 1;
}

static void unregister_buffers(sfm_workspace *w)
{
    int alive = is_registered(w);
    int32_t n_groups = w->buffers->n_groups;
    for (int kind = 0; kind < SFM_N_BUFFERS; kind++) {
        for (int32_t g = 0; alive && w->handle[kind] && g < n_groups; g++)
            if (w->handle[kind][g]) starpu_data_unregister_no_coherency(w->handle[kind][g]);
        sfm_free(w->handle[kind]);
    }
}

static void free_workspace(sfm_workspace *w, sfm_plan *plan)
{
    unregister_buffers(w);
    for (unsigned i = 0; w->scratch_block && i < w->n_workers; i++)
        sfm_pool_give(&plan->pool, &w->scratch_block[i]);
    sfm_free(w->scratch_block);
    sfm_free(w->scratch);
    sfm_pool_give(&plan->pool, &w->own.block);
    sfm_buffers_free(&w->own);
    sfm_free(w);
}

static starfmm_status make_scratch(sfm_workspace *w, sfm_pool *pool)
{
    w->n_workers = starpu_worker_get_count();
    w->scratch = sfm_calloc(w->n_workers, sizeof *w->scratch);
    w->scratch_block = sfm_calloc(w->n_workers, sizeof *w->scratch_block);
    for (unsigned i = 0; w->scratch && w->scratch_block && i < w->n_workers; i++) {
        w->scratch_block[i] = sfm_pool_take(pool, w->buffers->scratch);
        w->scratch[i] = w->scratch_block[i].memory;
        if (!w->scratch[i]) break;
        if (i + 1 == w->n_workers) return STARFMM_OK;
    }
    return sfm_fail(STARFMM_ENOMEM, "no memory for %u times %zu bytes of scratch",
                    w->n_workers, w->buffers->scratch);
}

static starfmm_status make_handle_arrays(sfm_workspace *w, size_t n_groups)
{
    for (int kind = 0; kind < SFM_N_BUFFERS; kind++) {
        w->handle[kind] = sfm_calloc(n_groups, sizeof *w->handle[kind]);
        if (!w->handle[kind])
            return sfm_fail(STARFMM_ENOMEM, "no memory for %zu handles", n_groups);
    }
    return STARFMM_OK;
}

static void register_buffers(sfm_workspace *w, size_t real)
{
    for (int kind = 0; kind < SFM_N_BUFFERS; kind++)
        for (int32_t g = 0; g < w->buffers->n_groups; g++) {
            starpu_data_handle_t *handle = &w->handle[kind][g];
            size_t bytes = sfm_buffer_bytes(w->buffers, (sfm_buffer_kind)kind, g);
            if (bytes == 0) continue;
            starpu_vector_data_register(
                handle, STARPU_MAIN_RAM,
                (uintptr_t)sfm_buffer_at(w->buffers, (sfm_buffer_kind)kind, g),
                (uint32_t)(bytes / real), real);
            /* The host may have switched its default off. */
            starpu_data_set_sequential_consistency_flag(*handle, 1);
        }
}

static starfmm_status fill_workspace(sfm_workspace *w, sfm_plan *plan, size_t n_rhs)
{
    w->buffers = &plan->buffers;
    if (n_rhs != plan->buffers.n_rhs) {
        SFM_TRY(sfm_buffers_lay_out(&w->own, &plan->fmm, n_rhs));
        SFM_TRY(sfm_buffers_allocate(&w->own, &plan->fmm, &plan->pool));
        sfm_buffers_copy_points(&w->own, &plan->buffers, &plan->fmm);
        w->buffers = &w->own;
    }
    SFM_TRY(make_scratch(w, &plan->pool));
    SFM_TRY(make_handle_arrays(w, (size_t)w->buffers->n_groups));
    SFM_TRY(sfm_runtime_check_memory(SFM_N_BUFFERS * (size_t)w->buffers->n_groups,
                                     "data handles"));
    /* Last, since in a callback, where this may run, nothing can be unregistered. */
    register_buffers(w, sfm_real_bytes(&plan->settings));
    return STARFMM_OK;
}

/* The list is the caller's; no request is live. */
static void free_list(sfm_workspace *list, sfm_plan *plan)
{
    while (list) {
        sfm_workspace *w = list;
        list = w->next;
        free_workspace(w, plan);
    }
}

/* Handles that StarPU's shutdown has taken away leave workspaces of no use. */
static void drop_stale(sfm_graph *graph, sfm_plan *plan)
{
    if (!graph->workspaces || is_registered(graph->workspaces)) return;
    free_list(graph->workspaces, plan);
    graph->workspaces = NULL;
}

sfm_workspace *sfm_workspace_find(sfm_graph *graph, sfm_plan *plan, size_t n_rhs)
{
    drop_stale(graph, plan);
    sfm_workspace *w = graph->workspaces;
    while (w && w->buffers->n_rhs != n_rhs) w = w->next;
    return w;
}

starfmm_status sfm_workspace_get(sfm_graph *graph, sfm_plan *plan, size_t n_rhs,
                                 sfm_workspace **workspace)
{
    sfm_workspace *w = *workspace = sfm_workspace_find(graph, plan, n_rhs);
    if (w) return STARFMM_OK;
    w = sfm_calloc(1, sizeof *w);
    if (!w) return sfm_fail(STARFMM_ENOMEM, "no memory for a workspace");
    starfmm_status status = fill_workspace(w, plan, n_rhs);
    if (status != STARFMM_OK) {
        free_workspace(w, plan);
        return status;
    }
    w->next = graph->workspaces;
    graph->workspaces = *workspace = w;
    return STARFMM_OK;
}

void sfm_workspaces_free(sfm_graph *graph, sfm_plan *plan)
{
    pthread_mutex_lock(&graph->lock);
    while (graph->live_requests) pthread_cond_wait(&graph->left, &graph->lock);
    free_list(graph->workspaces, plan);
    graph->workspaces = NULL;
    pthread_mutex_unlock(&graph->lock);
}

/* ---- points that move ---------------------------------------------------------------- */

/* Do something to the handles that hold points: S and T. */
static void for_points(const sfm_workspace *w, void (*act)(starpu_data_handle_t handle))
{
    const sfm_buffer_kind kinds[2] = {SFM_BUFFER_S, SFM_BUFFER_T};
    for (int k = 0; k < 2; k++)
        for (int32_t g = 0; g < w->buffers->n_groups; g++)
            if (w->handle[kinds[k]][g]) act(w->handle[kinds[k]][g]);
}

/* Nobody uses the handle, so that there is nothing to wait for but a copy from another memory
 * node: of coordinates that are written next, but of what lies between them, too. */
static void acquire_buffer(starpu_data_handle_t handle)
{
    starpu_data_acquire_on_node(handle, STARPU_MAIN_RAM, STARPU_RW);
}

static void release_buffer(starpu_data_handle_t handle)
{
    starpu_data_release_on_node(handle, STARPU_MAIN_RAM);
}

void sfm_workspaces_acquire_points(sfm_graph *graph, sfm_plan *plan)
{
    pthread_mutex_lock(&graph->lock);
    drop_stale(graph, plan);
    for (const sfm_workspace *w = graph->workspaces; w; w = w->next)
        for_points(w, acquire_buffer);
    pthread_mutex_unlock(&graph->lock);
}

void sfm_workspaces_follow(sfm_graph *graph, sfm_plan *plan)
{
    pthread_mutex_lock(&graph->lock);
    for (sfm_workspace **at = &graph->workspaces, *w; (w = *at);) {
        int fits = sfm_buffers_fit(w->buffers, &plan->fmm);
        if (fits && w->buffers == &w->own)
            sfm_buffers_copy_points(&w->own, &plan->buffers, &plan->fmm);
        for_points(w, release_buffer);
        w->evaluations = 0;
        if (fits) {
            at = &w->next;
        } else {
            *at = w->next;
            free_workspace(w, plan);
        }
    }
    pthread_mutex_unlock(&graph->lock);
}

size_t sfm_workspaces_bytes(sfm_graph *graph)
{
    size_t bytes = 0;
    pthread_mutex_lock(&graph->lock);
    for (const sfm_workspace *w = graph->workspaces; w; w = w->next)
        bytes += w->own.bytes + w->n_workers * w->buffers->scratch;
    pthread_mutex_unlock(&graph->lock);
    return bytes;
}
