/* SPDX-License-Identifier: BSD-3-Clause */
/* Submission into the caller's graph, and requests. */
#include "starfmm_starpu.h"

#include <stddef.h>
#include <string.h>

#include "api/sizes.h"
#include "graph/evaluate.h"
#include "graph/live_plans.h"
#include "graph/request.h"

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
    memset(to, 0, sizeof *to);
    if (options) {
        SFM_TRY(sfm_check_struct_size("starfmm_submit_options", options->size,
                                      offsetof(starfmm_submit_options, gradients),
                                      sizeof *to));
        memcpy(to, options, options->size);
    }
    if (to->n_rhs == 0) to->n_rhs = 1;
    SFM_TRY(sfm_check_n_rhs(to->n_rhs));
    if (to->name && strpbrk(to->name, " \t\n\""))
        return sfm_fail(STARFMM_EINVAL,
                        "task name '%s' has spaces or quotes, which break traces",
                        to->name);
    return STARFMM_OK;
}

starfmm_status starfmm_plan_submit(starfmm_plan *plan, starfmm_chunks charges,
                                   starfmm_chunks potentials,
                                   const starfmm_submit_options *options,
                                   starfmm_request **request)
{
    starfmm_submit_options o;
    if (request) *request = NULL;
    SFM_TRY(sfm_live_plans_check(plan, "starfmm_plan_submit"));
    SFM_TRY(read_options(options, &o));
    return sfm_submit(plan, charges, potentials, &o, request);
}

starfmm_status starfmm_plan_submit_at(starfmm_plan *plan, size_t n_targets,
                                      const double *targets, starfmm_chunks potentials,
                                      const starfmm_submit_options *options,
                                      starfmm_request **request)
{
    starfmm_submit_options o;
    if (request) *request = NULL;
    SFM_TRY(sfm_live_plans_check(plan, "starfmm_plan_submit_at"));
    SFM_TRY(read_options(options, &o));
    return sfm_submit_at(plan, n_targets, targets, potentials, &o, request);
}

starfmm_status starfmm_request_wait(starfmm_request *request)
{
    if (!request) return sfm_fail(STARFMM_EINVAL, "starfmm_request_wait: request is NULL");
    return sfm_request_wait(request);
}

starfmm_status starfmm_request_test(const starfmm_request *request, int *ended)
{
    if (!request || !ended)
        return sfm_fail(STARFMM_EINVAL, "starfmm_request_test: %s is NULL",
                        request ? "ended" : "request");
    *ended = sfm_request_has_ended(request);
    return STARFMM_OK;
}

starfmm_status starfmm_request_status(const starfmm_request *request)
{
    if (!request)
        return sfm_fail(STARFMM_EINVAL, "starfmm_request_status: request is NULL");
    return sfm_request_has_ended(request) ? request->status : STARFMM_EBUSY;
}

const char *starfmm_request_message(const starfmm_request *request)
{
    return request && sfm_request_has_ended(request) ? request->message : "";
}

starfmm_status starfmm_request_cancel(starfmm_request *request)
{
    if (!request)
        return sfm_fail(STARFMM_EINVAL, "starfmm_request_cancel: request is NULL");
    return sfm_request_cancel(request);
}

void starfmm_request_free(starfmm_request *request)
{
    if (request) sfm_request_release(request);
}

starfmm_status starfmm_plan_release(starfmm_plan *plan)
{
    SFM_TRY(sfm_live_plans_check(plan, "starfmm_plan_release"));
    SFM_TRY(sfm_graph_release(&plan->graph, &plan->core));
    sfm_pool_clear(&plan->core.pool);
    return STARFMM_OK;
}
