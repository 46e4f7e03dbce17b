/* SPDX-License-Identifier: BSD-3-Clause */
#include "graph/evaluate.h"

#include "graph/other_targets.h"
#include "graph/runtime.h"
#include "graph/submit.h"

starfmm_status sfm_check_rhs(size_t n_rhs)
{
    if (n_rhs >= 1 && n_rhs <= SFM_MAX_RHS) return STARFMM_OK;
    return sfm_fail(STARFMM_EINVAL, "n_rhs = %zu, must be 1 ... %d", n_rhs, SFM_MAX_RHS);
}

/* What evaluations have in common. */
static starfmm_status check(const starfmm_plan *plan, size_t n_rhs, size_t n_targets,
                            const void *potentials, const void *gradients)
{
    SFM_TRY(sfm_check_rhs(n_rhs));
    if (n_targets && !potentials)
        return sfm_fail(STARFMM_EINVAL, "potentials is NULL for %zu targets", n_targets);
    if (gradients && !plan->core.settings.gradient)
        return sfm_fail(STARFMM_EINVAL,
                        "gradients asked for: create the plan with options.gradient on");
    return sfm_runtime_check();
}

/* Submit and wait; each whole array is one chunk. */
static starfmm_status run(sfm_request *r, const void *charges, void *potentials,
                          void *gradients)
{
    const size_t all[2] = {0, SIZE_MAX};
    void *from = (void *)charges; /* only read */
    r->context.charges = (sfm_rows){1, all, &from};
    r->context.potentials = (sfm_rows){1, all, &potentials};
    r->context.gradients = (sfm_rows){1, all, &gradients};
    r->context.with_gradients = gradients != NULL;
    pthread_mutex_lock(&r->plan->lock);
    r->progress = r->plan->progress;
    r->payload = r->plan->progress_payload;
    pthread_mutex_unlock(&r->plan->lock);
    sfm_submit_graph(r);
    starfmm_status status = sfm_request_wait(r);
    sfm_request_release(r);
    return status;
}

starfmm_status sfm_evaluate(starfmm_plan *plan, size_t n_rhs, const void *charges,
                            void *potentials, void *gradients)
{
    sfm_request *r;
    const sfm_tree *t = &plan->core.geometry.tree;
    if (t->src.n && !charges)
        return sfm_fail(STARFMM_EINVAL, "charges is NULL for %zu sources", t->src.n);
    SFM_TRY(check(plan, n_rhs, t->trg.n, potentials, gradients));
    SFM_TRY(sfm_request_create(&r, plan, n_rhs, NULL));
    return run(r, charges, potentials, gradients);
}

starfmm_status sfm_evaluate_at(starfmm_plan *plan, size_t n_rhs, size_t n_targets,
                               const double *targets, void *potentials, void *gradients)
{
    sfm_request *r;
    SFM_TRY(check(plan, n_rhs, n_targets, potentials, gradients));
    SFM_TRY(sfm_other_targets_request(&r, plan, n_rhs, n_targets, targets));
    return run(r, NULL, potentials, gradients);
}

starfmm_status sfm_evaluate_idle(starfmm_plan *plan)
{
    size_t active = atomic_load(&plan->active);
    if (active)
        return sfm_fail(STARFMM_EBUSY, "the plan has %zu requests in flight: wait for them",
                        active);
    if (plan->workspaces && starpu_is_initialized()) SFM_TRY(sfm_runtime_check());
    /* Who has seen the results on his handles may come before their request has ended. */
    pthread_mutex_lock(&plan->lock);
    while (plan->live_requests) pthread_cond_wait(&plan->left, &plan->lock);
    pthread_mutex_unlock(&plan->lock);
    return STARFMM_OK;
}

starfmm_status sfm_evaluate_release(starfmm_plan *plan)
{
    SFM_TRY(sfm_evaluate_idle(plan));
    sfm_workspaces_free(plan);
    return STARFMM_OK;
}

size_t sfm_evaluate_bytes(const starfmm_plan *plan)
{
    return sfm_workspaces_bytes(plan);
}
