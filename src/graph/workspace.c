/* SPDX-License-Identifier: BSD-3-Clause */
#include "graph/workspace.h"

#include "base/memory.h"

/* The plans that hold StarPU data. */
static pthread_mutex_t plans_lock = PTHREAD_MUTEX_INITIALIZER;
static starfmm_plan *plans;

static void enlist(starfmm_plan *plan)
{
    pthread_mutex_lock(&plans_lock);
    plan->next = plans;
    plan->link = &plans;
    if (plans) plans->link = &plan->next;
    plans = plan;
    pthread_mutex_unlock(&plans_lock);
}

/* plans_lock is held. */
static void delist(starfmm_plan *plan)
{
    *plan->link = plan->next;
    if (plan->next) plan->next->link = plan->link;
    plan->link = NULL;
}

/* Are the handles StarPU's still?  A shutdown in between has taken them away, even if
 * StarPU runs again. */
static int is_registered(const sfm_workspace *w)
{
    if (!starpu_is_initialized()) return 0;
    for (int kind = 0; kind < SFM_N_BUFFERS && w->handle[kind]; kind++)
        for (int32_t g = 0; g < w->buffers->n_groups; g++)
            if (w->handle[kind][g])
                return starpu_data_lookup(sfm_buffer_at(
                           w->buffers, (sfm_buffer_kind)kind, g)) == w->handle[kind][g];
    return 1;
}

static void unregister(sfm_workspace *w)
{
    int alive = is_registered(w);
    int32_t n_groups = w->buffers->n_groups;
    for (int kind = 0; kind < SFM_N_BUFFERS; kind++) {
        for (int32_t g = 0; alive && w->handle[kind] && g < n_groups; g++)
            if (w->handle[kind][g]) starpu_data_unregister_no_coherency(w->handle[kind][g]);
        sfm_free(w->handle[kind]);
    }
}

static void destroy(sfm_workspace *w, starfmm_plan *plan)
{
    unregister(w);
    for (unsigned i = 0; w->scratch_block && i < w->n_workers; i++)
        sfm_pool_give(&plan->core.pool, &w->scratch_block[i]);
    sfm_free(w->scratch_block);
    sfm_free(w->scratch);
    sfm_pool_give(&plan->core.pool, &w->own.block);
    sfm_buffers_free(&w->own);
    sfm_free(w);
}

static starfmm_status register_kind(sfm_workspace *w, const sfm_fmm *f,
                                    sfm_buffer_kind kind)
{
    w->handle[kind] = sfm_calloc((size_t)w->buffers->n_groups, sizeof *w->handle[kind]);
    if (!w->handle[kind])
        return sfm_fail(STARFMM_ENOMEM, "no memory for %d handles", (int)w->buffers->n_groups);
    size_t elem = sfm_real_bytes(f->settings);
    for (int32_t g = 0; g < w->buffers->n_groups; g++) {
        size_t bytes = sfm_buffer_bytes(w->buffers, kind, g);
        if (bytes == 0) continue;
        starpu_vector_data_register(&w->handle[kind][g], STARPU_MAIN_RAM,
                                    (uintptr_t)sfm_buffer_at(w->buffers, kind, g),
                                    (uint32_t)(bytes / elem), elem);
        /* The host may have switched its default off. */
        starpu_data_set_sequential_consistency_flag(w->handle[kind][g], 1);
    }
    return STARFMM_OK;
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

static starfmm_status fill(sfm_workspace *w, starfmm_plan *plan, size_t n_rhs)
{
    w->buffers = &plan->core.buffers;
    if (n_rhs != plan->core.buffers.n_rhs) {
        SFM_TRY(sfm_buffers_lay_out(&w->own, &plan->core.fmm, n_rhs));
        SFM_TRY(sfm_buffers_allocate(&w->own, &plan->core.fmm, &plan->core.pool));
        sfm_buffers_copy_points(&w->own, &plan->core.buffers, &plan->core.fmm);
        w->buffers = &w->own;
    }
    SFM_TRY(make_scratch(w, &plan->core.pool));
    for (int kind = 0; kind < SFM_N_BUFFERS; kind++)
        SFM_TRY(register_kind(w, &plan->core.fmm, (sfm_buffer_kind)kind));
    return STARFMM_OK;
}

sfm_workspace *sfm_workspace_find(starfmm_plan *plan, size_t n_rhs)
{
    if (plan->workspaces && !is_registered(plan->workspaces))
        sfm_workspaces_free(plan);
    sfm_workspace *w = plan->workspaces;
    while (w && w->buffers->n_rhs != n_rhs) w = w->next;
    return w;
}

starfmm_status sfm_workspace_get(starfmm_plan *plan, size_t n_rhs,
                                 sfm_workspace **workspace)
{
    sfm_workspace *w = *workspace = sfm_workspace_find(plan, n_rhs);
    if (w) return STARFMM_OK;
    w = sfm_calloc(1, sizeof *w);
    if (!w) return sfm_fail(STARFMM_ENOMEM, "no memory for a workspace");
    starfmm_status status = fill(w, plan, n_rhs);
    if (status != STARFMM_OK) {
        destroy(w, plan);
        return status;
    }
    if (!plan->workspaces) enlist(plan);
    w->next = plan->workspaces;
    plan->workspaces = *workspace = w;
    return STARFMM_OK;
}

static void free_workspaces(starfmm_plan *plan)
{
    while (plan->workspaces) {
        sfm_workspace *w = plan->workspaces;
        plan->workspaces = w->next;
        destroy(w, plan);
    }
}

void sfm_workspaces_free(starfmm_plan *plan)
{
    pthread_mutex_lock(&plans_lock);
    if (plan->link) delist(plan);
    pthread_mutex_unlock(&plans_lock);
    free_workspaces(plan);
}

void sfm_workspaces_follow(starfmm_plan *plan)
{
    for (sfm_workspace **at = &plan->workspaces, *w; (w = *at);) {
        if (sfm_buffers_fit(w->buffers, &plan->core.fmm)) {
            if (w->buffers == &w->own)
                sfm_buffers_copy_points(&w->own, &plan->core.buffers, &plan->core.fmm);
            w->evaluations = 0;
            at = &w->next;
            continue;
        }
        *at = w->next;
        destroy(w, plan);
    }
}

void sfm_workspaces_free_all(void)
{
    pthread_mutex_lock(&plans_lock);
    while (plans) {
        starfmm_plan *plan = plans;
        delist(plan);
        free_workspaces(plan);
        sfm_pool_clear(&plan->core.pool);
    }
    pthread_mutex_unlock(&plans_lock);
}

size_t sfm_workspaces_bytes(const starfmm_plan *plan)
{
    size_t bytes = 0;
    for (const sfm_workspace *w = plan->workspaces; w; w = w->next)
        bytes += w->own.bytes + w->n_workers * w->buffers->scratch;
    return bytes;
}
