/* SPDX-License-Identifier: BSD-3-Clause */
/* Targets that are not the plan's are put into cells, whose groups are the tasks. */
#include "graph/other_targets.h"

#include "base/memory.h"
#include "graph/setup_helpers.h"

/* Is there an evaluation of so many vectors to read? */
static starfmm_status check_evaluated(starfmm_plan *plan, size_t n_rhs)
{
    sfm_graph *graph = &plan->graph;
    pthread_mutex_lock(&graph->submit_lock);
    pthread_mutex_lock(&graph->lock);
    const sfm_workspace *w = sfm_workspace_find(graph, &plan->core, n_rhs);
    int has = w && w->evaluations > 0;
    pthread_mutex_unlock(&graph->lock);
    pthread_mutex_unlock(&graph->submit_lock);
    if (has) return STARFMM_OK;
    return sfm_fail(
        STARFMM_EINVAL,
        "no evaluation of %zu vectors since the plan was made, moved or released", n_rhs);
}

static starfmm_status build_cells(sfm_other_targets *o, const sfm_plan *p, size_t n,
                                  const double *targets)
{
    sfm_helpers workers, *helpers = sfm_setup_helpers(&workers, n);
    SFM_TRY(sfm_check_points(helpers, "target", n, targets));
    return sfm_other_targets_build(o, &p->geometry, &p->schedule, p->settings.n_e,
                                   p->settings.n_c, n, targets, helpers);
}

starfmm_status sfm_request_other_targets(sfm_request **request, starfmm_plan *plan,
                                         size_t n_rhs, const char *prefix, size_t n,
                                         const double *targets)
{
    *request = NULL;
    if (n > INT32_MAX)
        return sfm_fail(STARFMM_EINVAL, "%zu targets, at most %d", n, INT32_MAX);
    SFM_TRY(check_evaluated(plan, n_rhs));
    sfm_other_targets *o = sfm_calloc(1, sizeof *o);
    if (!o) return sfm_fail(STARFMM_ENOMEM, "no memory for %zu targets", n);
    starfmm_status status = build_cells(o, &plan->core, n, targets);
    if (status == STARFMM_OK) return sfm_request_create(request, plan, n_rhs, prefix, o);
    sfm_free(o);
    return status;
}
