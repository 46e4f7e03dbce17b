/* SPDX-License-Identifier: BSD-3-Clause */
/* Submission into the caller's graph, and requests. */
#include "starfmm_starpu.h"

#include <string.h>

#include "graph/evaluate.h"
#include "graph/other_targets.h"
#include "graph/request.h"
#include "graph/runtime.h"
#include "graph/submit.h"
#include "graph/registry.h"

starfmm_status starfmm_submit_options_init(starfmm_submit_options *options)
{
    if (!options) return sfm_fail(STARFMM_EINVAL, "starfmm_submit_options_init: NULL");
    memset(options, 0, sizeof *options);
    options->size = sizeof *options;
    return STARFMM_OK;
}

static starfmm_status read_options(const starfmm_submit_options *options,
                                   starfmm_submit_options *to)
{
    SFM_TRY(starfmm_submit_options_init(to));
    if (options && options->size != sizeof *to)
        return sfm_fail(
            STARFMM_EINVAL,
            "submit options.size = %zu, must be %zu: call starfmm_submit_options_init",
            options->size, sizeof *to);
    if (options) *to = *options;
    if (to->n_rhs == 0) to->n_rhs = 1;
    SFM_TRY(sfm_check_rhs(to->n_rhs));
    if (to->name && strpbrk(to->name, " \t\n\""))
        return sfm_fail(STARFMM_EINVAL,
                        "task name '%s' has spaces or quotes, which break traces",
                        to->name);
    return STARFMM_OK;
}

/* The caller's handles into the request; the plan's lock is held. */
static starfmm_status take_handles(sfm_request *r, starfmm_chunks charges,
                                   starfmm_chunks potentials,
                                   const starfmm_submit_options *o)
{
    const sfm_tree *tree = &r->plan->core.geometry.tree;
    sfm_chunk_use use = {.fmm = &r->view,
                         .points = r->other ? &r->other->points : &tree->trg,
                         .layouts = r->other ? &r->layouts : &r->plan->layouts};
    use.what = "potentials";
    use.width = o->n_rhs;
    SFM_TRY(sfm_chunks_take(&r->potentials, &use, potentials.n, potentials.handles));
    r->context.potential_layout = r->potentials.layout;
    if (o->gradients.n) {
        use.what = "gradients";
        use.width = 3 * o->n_rhs;
        SFM_TRY(sfm_chunks_take(&r->gradients, &use, o->gradients.n, o->gradients.handles));
        r->context.gradient_layout = r->gradients.layout;
        r->context.with_gradients = 1;
    }
    if (r->other) return STARFMM_OK;
    use.what = "charges";
    use.width = o->n_rhs;
    use.points = &tree->src;
    SFM_TRY(sfm_chunks_take(&r->charges, &use, charges.n, charges.handles));
    r->context.charge_layout = r->charges.layout;
    return STARFMM_OK;
}

static starfmm_status prepare(sfm_request *r, starfmm_chunks charges,
                              starfmm_chunks potentials, const starfmm_submit_options *o)
{
    pthread_mutex_lock(&r->plan->lock);
    starfmm_status status = take_handles(r, charges, potentials, o);
    if (status == STARFMM_OK && o->name)
        status = sfm_names_get(r->plan, o->name, &r->names);
    pthread_mutex_unlock(&r->plan->lock);
    r->priority_base = o->priority_base;
    r->use_end_tag = o->use_end_tag;
    r->end_tag = o->end_tag;
    r->callback = o->callback;
    r->progress = o->progress;
    r->payload = o->payload;
    r->total += r->potentials.n + r->gradients.n + (o->use_end_tag != 0);
    return status;
}

/* Submit a request that was made; `request` as of starfmm_plan_submit. */
static starfmm_status launch(sfm_request *r, starfmm_chunks charges,
                             starfmm_chunks potentials, const starfmm_submit_options *o,
                             starfmm_request **request)
{
    starfmm_status status = prepare(r, charges, potentials, o);
    if (status != STARFMM_OK) {
        sfm_request_discard(r);
        return status;
    }
    /* Before the end can come, in which the callback may look at it. */
    if (request) *request = r;
    sfm_submit_graph(r);
    if (!request) sfm_request_release(r);
    return STARFMM_OK;
}

/* What both submissions check. */
static starfmm_status check(const starfmm_plan *plan, const starfmm_submit_options *options,
                            starfmm_submit_options *to)
{
    SFM_TRY(sfm_plan_check(plan, "submission"));
    SFM_TRY(read_options(options, to));
    if (to->gradients.n && !plan->core.settings.gradient)
        return sfm_fail(STARFMM_EINVAL,
                        "gradients asked for: create the plan with options.gradient on");
    return sfm_runtime_has_workers();
}

starfmm_status starfmm_plan_submit(starfmm_plan *plan, starfmm_chunks charges,
                                   starfmm_chunks potentials,
                                   const starfmm_submit_options *options,
                                   starfmm_request **request)
{
    starfmm_submit_options o;
    sfm_request *r;
    if (request) *request = NULL;
    SFM_TRY(check(plan, options, &o));
    SFM_TRY(sfm_request_create(&r, plan, o.n_rhs, NULL));
    return launch(r, charges, potentials, &o, request);
}

starfmm_status starfmm_plan_submit_at(starfmm_plan *plan, size_t n_targets,
                                      const double *targets, starfmm_chunks potentials,
                                      const starfmm_submit_options *options,
                                      starfmm_request **request)
{
    starfmm_submit_options o;
    sfm_request *r;
    if (request) *request = NULL;
    SFM_TRY(check(plan, options, &o));
    SFM_TRY(sfm_other_targets_request(&r, plan, o.n_rhs, n_targets, targets));
    return launch(r, (starfmm_chunks){0, NULL}, potentials, &o, request);
}

starfmm_status starfmm_request_wait(starfmm_request *request)
{
    int ended = 0;
    SFM_TRY(starfmm_request_test(request, &ended));
    /* Also a request that has ended may still be in its callback, perhaps this one. */
    SFM_TRY(ended && !starpu_is_initialized() ? STARFMM_OK : sfm_runtime_check());
    return sfm_request_wait(request);
}

static int has_ended(const starfmm_request *request)
{
    pthread_mutex_t *lock = (pthread_mutex_t *)&request->lock; /* no part of its value */
    pthread_mutex_lock(lock);
    int ended = request->has_ended;
    pthread_mutex_unlock(lock);
    return ended;
}

starfmm_status starfmm_request_test(const starfmm_request *request, int *ended)
{
    if (!request || !ended)
        return sfm_fail(STARFMM_EINVAL, "starfmm_request_test: %s is NULL",
                        request ? "ended" : "request");
    *ended = has_ended(request);
    return STARFMM_OK;
}

starfmm_status starfmm_request_status(const starfmm_request *request)
{
    if (!request)
        return sfm_fail(STARFMM_EINVAL, "starfmm_request_status: request is NULL");
    return has_ended(request) ? request->status : STARFMM_EBUSY;
}

const char *starfmm_request_message(const starfmm_request *request)
{
    return request && has_ended(request) ? request->message : "";
}

starfmm_status starfmm_request_cancel(starfmm_request *request)
{
    if (!request)
        return sfm_fail(STARFMM_EINVAL, "starfmm_request_cancel: request is NULL");
    if (has_ended(request))
        return sfm_fail(STARFMM_EINVAL, "starfmm_request_cancel: the request has ended");
    atomic_store(&request->context.cancelled, 1);
    return STARFMM_OK;
}

void starfmm_request_free(starfmm_request *request)
{
    if (request) sfm_request_release(request);
}

starfmm_status starfmm_plan_release(starfmm_plan *plan)
{
    SFM_TRY(sfm_plan_check(plan, "starfmm_plan_release"));
    SFM_TRY(sfm_evaluate_release(plan));
    sfm_pool_clear(&plan->core.pool);
    return STARFMM_OK;
}
