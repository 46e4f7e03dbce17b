/* SPDX-License-Identifier: BSD-3-Clause */
/* Arguments are checked, the request is made, the caller's arrays go into it, it is launched. */
#include "graph/evaluate.h"

#include "graph/other_targets.h"
#include "graph/runtime.h"

static starfmm_status check_gradients(const starfmm_plan *plan, int wanted)
{
    const sfm_settings *s = &plan->core.settings;
    if (!wanted || sfm_gradient_components(s) > 0) return STARFMM_OK;
    return sfm_fail(STARFMM_EINVAL,
                    "gradients asked for, but targets receive '%s' and no more: see "
                    "options.gradient and options.targets",
                    s->kernel->target[s->target].name);
}

static starfmm_status check_flags(unsigned flags)
{
    if ((flags & ~(unsigned)(STARFMM_TREE_ORDER | STARFMM_ACCUMULATE)) == 0)
        return STARFMM_OK;
    return sfm_fail(STARFMM_EINVAL, "flags = %#x: there are %#x and %#x", flags,
                    STARFMM_TREE_ORDER, STARFMM_ACCUMULATE);
}

/* ---- blocking ------------------------------------------------------------------------ */

static starfmm_status check_arrays(const starfmm_plan *plan, size_t n_rhs, size_t n_targets,
                                   const void *potentials, const void *gradients)
{
    SFM_TRY(sfm_check_n_rhs(n_rhs));
    if (n_targets && !potentials)
        return sfm_fail(STARFMM_EINVAL, "potentials is NULL for %zu targets", n_targets);
    SFM_TRY(check_gradients(plan, gradients != NULL));
    SFM_TRY(sfm_runtime_check());
    return sfm_runtime_check_may_wait();
}

/* While it is in the graph's list, sfm_cancel_blocking finds it. */
static void list_blocking(sfm_graph *graph, sfm_request *r)
{
    pthread_mutex_lock(&graph->lock);
    r->next_blocking = graph->blocking;
    graph->blocking = r;
    pthread_mutex_unlock(&graph->lock);
}

static void unlist_blocking(sfm_graph *graph, const sfm_request *r)
{
    pthread_mutex_lock(&graph->lock);
    sfm_request **at = &graph->blocking;
    while (*at != r) at = &(*at)->next_blocking;
    *at = r->next_blocking;
    pthread_mutex_unlock(&graph->lock);
}

void sfm_cancel_blocking(sfm_graph *graph)
{
    pthread_mutex_lock(&graph->lock);
    for (sfm_request *r = graph->blocking; r; r = r->next_blocking)
        atomic_store(&r->context.cancelled, 1);
    pthread_mutex_unlock(&graph->lock);
}

/* Launch and wait; each whole array is one chunk. */
static starfmm_status launch_and_wait(starfmm_plan *plan, sfm_request *r,
                                      const void *charges, void *potentials,
                                      void *gradients)
{
    const size_t all[2] = {0, SIZE_MAX};
    void *from = (void *)charges; /* only read */
    r->context.charges = (sfm_rows){1, all, &from};
    r->context.potentials = (sfm_rows){1, all, &potentials};
    r->context.gradients = (sfm_rows){1, all, &gradients};
    r->context.with_gradients = gradients != NULL;
    pthread_mutex_lock(&plan->graph.lock);
    r->progress = plan->graph.progress;
    r->payload = plan->graph.progress_payload;
    pthread_mutex_unlock(&plan->graph.lock);
    SFM_TRY(sfm_request_launch(r));
    list_blocking(&plan->graph, r);
    starfmm_status status = sfm_request_wait(r);
    unlist_blocking(&plan->graph, r);
    sfm_request_release(r);
    return status;
}

starfmm_status sfm_evaluate(starfmm_plan *plan, unsigned flags, size_t n_rhs,
                            const void *charges, void *potentials, void *gradients)
{
    sfm_request *r;
    const sfm_tree *t = &plan->core.geometry.tree;
    if (t->src.n && !charges)
        return sfm_fail(STARFMM_EINVAL, "charges is NULL for %zu sources", t->src.n);
    SFM_TRY(check_arrays(plan, n_rhs, t->trg.n, potentials, gradients));
    SFM_TRY(check_flags(flags));
    SFM_TRY(sfm_request_create(&r, plan, n_rhs, "", NULL));
    r->context.flags = flags;
    return launch_and_wait(plan, r, charges, potentials, gradients);
}

starfmm_status sfm_evaluate_at(starfmm_plan *plan, size_t n_rhs, size_t n_targets,
                               const double *targets, void *potentials, void *gradients)
{
    sfm_request *r;
    SFM_TRY(check_arrays(plan, n_rhs, n_targets, potentials, gradients));
    SFM_TRY(sfm_request_other_targets(&r, plan, n_rhs, "", n_targets, targets));
    return launch_and_wait(plan, r, NULL, potentials, gradients);
}

/* ---- in the caller's graph ----------------------------------------------------------- */

static starfmm_status check_submission(const starfmm_plan *plan,
                                       const starfmm_submit_options *o)
{
    SFM_TRY(check_gradients(plan, o->gradients.n != 0));
    SFM_TRY(check_flags(o->flags));
    return sfm_runtime_check_may_submit();
}

/* The caller's handles into the request. */
static starfmm_status accept_chunks(sfm_request *r, starfmm_chunks charges,
                                    starfmm_chunks potentials,
                                    const starfmm_submit_options *o)
{
    const sfm_tree *tree = &r->plan->geometry.tree;
    const sfm_settings *s = &r->plan->settings;
    sfm_chunk_use use = {.what = "potentials",
                         .fmm = &r->view,
                         .points = r->other ? &r->other->points : &tree->trg,
                         .width = sfm_potential_components(s) * o->n_rhs,
                         .is_read = (o->flags & STARFMM_ACCUMULATE) != 0,
                         .in_tree_order = (o->flags & STARFMM_TREE_ORDER) != 0,
                         .layouts = r->other ? &r->layouts : &r->graph->layouts,
                         .lock = &r->graph->lock};
    SFM_TRY(sfm_chunks_accept(&r->potentials, &use, potentials.n, potentials.handles));
    if (o->gradients.n) {
        use.what = "gradients";
        use.width = sfm_gradient_components(s) * o->n_rhs;
        SFM_TRY(
            sfm_chunks_accept(&r->gradients, &use, o->gradients.n, o->gradients.handles));
        r->context.with_gradients = 1;
    }
    if (r->other) return STARFMM_OK;
    use.what = "charges";
    use.width = sfm_source_components(s) * o->n_rhs;
    use.points = &tree->src;
    use.is_read = 1;
    return sfm_chunks_accept(&r->charges, &use, charges.n, charges.handles);
}

static starfmm_status launch(sfm_request *r, starfmm_chunks charges,
                             starfmm_chunks potentials, const starfmm_submit_options *o,
                             starfmm_request **request)
{
    starfmm_status status = accept_chunks(r, charges, potentials, o);
    if (status != STARFMM_OK) {
        sfm_request_discard(r);
        return status;
    }
    r->context.flags = o->flags;
    r->priority_base = o->priority_base;
    r->use_end_tag = o->use_end_tag;
    r->end_tag = o->end_tag;
    r->callback = o->callback;
    r->progress = o->progress;
    r->payload = o->payload;
    /* Before the end can come, in whose callback the caller may look at it. */
    if (request) *request = r;
    status = sfm_request_launch(r);
    if (status == STARFMM_OK && !request) sfm_request_release(r);
    if (status != STARFMM_OK && request) *request = NULL;
    return status;
}

starfmm_status sfm_submit(starfmm_plan *plan, starfmm_chunks charges,
                          starfmm_chunks potentials, const starfmm_submit_options *o,
                          starfmm_request **request)
{
    sfm_request *r;
    SFM_TRY(check_submission(plan, o));
    SFM_TRY(sfm_request_create(&r, plan, o->n_rhs, o->name ? o->name : "", NULL));
    return launch(r, charges, potentials, o, request);
}

starfmm_status sfm_submit_at(starfmm_plan *plan, size_t n_targets, const double *targets,
                             starfmm_chunks potentials, const starfmm_submit_options *o,
                             starfmm_request **request)
{
    sfm_request *r;
    SFM_TRY(check_submission(plan, o));
    if (o->flags & STARFMM_TREE_ORDER)
        return sfm_fail(STARFMM_EINVAL, "other targets are in the caller's order alone");
    SFM_TRY(sfm_request_other_targets(&r, plan, o->n_rhs, o->name ? o->name : "", n_targets,
                                      targets));
    return launch(r, (starfmm_chunks){0, NULL}, potentials, o, request);
}
