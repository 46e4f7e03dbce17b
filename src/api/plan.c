/* SPDX-License-Identifier: BSD-3-Clause */
/* Options, plans and what is known of them. */
#include <stddef.h>
#include <string.h>

#include "base/memory.h"
#include "graph/setup_helpers.h"
#include "graph/evaluate.h"
#include "graph/move.h"
#include "graph/runtime.h"
#include "policy/accuracy.h"
#include "graph/registry.h"

starfmm_status starfmm_options_init(starfmm_options *options)
{
    if (!options) return sfm_fail(STARFMM_EINVAL, "starfmm_options_init: options is NULL");
    memset(options, 0, sizeof *options);
    options->size = sizeof *options;
    return STARFMM_OK;
}

starfmm_status starfmm_plan_create(starfmm_plan **plan, const starfmm_options *options,
                                   size_t n_sources, const double *sources,
                                   size_t n_targets, const double *targets)
{
    if (!plan) return sfm_fail(STARFMM_EINVAL, "starfmm_plan_create: plan is NULL");
    *plan = NULL;
    starfmm_plan *p = sfm_calloc(1, sizeof *p);
    if (!p) return sfm_fail(STARFMM_ENOMEM, "no memory for a plan");
    sfm_helpers workers;
    sfm_point_sets points = {n_sources, n_targets, sources, targets,
                             sfm_setup_helpers(&workers, n_sources + n_targets)};
    starfmm_status status =
        sfm_plan_build(&p->core, options, &points, sfm_expected_workers());
    if (status != STARFMM_OK) {
        sfm_free(p);
        return status;
    }
    pthread_mutex_init(&p->lock, NULL);
    pthread_mutex_init(&p->submit_lock, NULL);
    pthread_cond_init(&p->left, NULL);
    atomic_init(&p->active, 0);
    sfm_registry_add(p);
    *plan = p;
    return STARFMM_OK;
}

starfmm_status starfmm_plan_move(starfmm_plan *plan, size_t n_sources,
                                 const double *sources, size_t n_targets,
                                 const double *targets)
{
    sfm_helpers workers;
    SFM_TRY(sfm_plan_check(plan, "starfmm_plan_move"));
    sfm_point_sets points = {n_sources, n_targets, sources, targets,
                             sfm_setup_helpers(&workers, n_sources + n_targets)};
    return sfm_move(plan, &points);
}

starfmm_status starfmm_plan_destroy(starfmm_plan *plan)
{
    if (!plan) return STARFMM_OK;
    SFM_TRY(sfm_plan_check(plan, "starfmm_plan_destroy"));
    SFM_TRY(sfm_evaluate_release(plan));
    sfm_registry_remove(plan);
    pthread_mutex_destroy(&plan->lock);
    pthread_mutex_destroy(&plan->submit_lock);
    pthread_cond_destroy(&plan->left);
    sfm_graph_forget(plan);
    sfm_plan_free(&plan->core);
    sfm_free(plan);
    return STARFMM_OK;
}

starfmm_status starfmm_evaluate(starfmm_plan *plan, size_t n_rhs, const void *charges,
                                void *potentials, void *gradients)
{
    SFM_TRY(sfm_plan_check(plan, "starfmm_evaluate"));
    return sfm_evaluate(plan, n_rhs, charges, potentials, gradients);
}

starfmm_status starfmm_evaluate_at(starfmm_plan *plan, size_t n_rhs, size_t n_targets,
                                   const double *targets, void *potentials, void *gradients)
{
    SFM_TRY(sfm_plan_check(plan, "starfmm_evaluate_at"));
    return sfm_evaluate_at(plan, n_rhs, n_targets, targets, potentials, gradients);
}

starfmm_status starfmm_runtime_start(int n_workers)
{
    return sfm_runtime_start(n_workers);
}

void starfmm_runtime_stop(void)
{
    sfm_runtime_stop();
}

static int largest_group(const sfm_groups *groups)
{
    int32_t largest = 0;
    for (int32_t g = 0; g < groups->n; g++)
        if (groups->group[g].count > largest) largest = groups->group[g].count;
    return largest;
}

static void fill_tree(const starfmm_plan *p, starfmm_info *i)
{
    const sfm_tree *t = &p->core.geometry.tree;
    i->depth = t->depth;
    i->n_nodes = (size_t)t->n_nodes;
    i->n_leaves = (size_t)t->n_leaves;
    memcpy(i->root_centre, t->centre, sizeof i->root_centre);
    i->root_half_side = t->half;
    i->u = p->core.lists[0];
    i->v = p->core.lists[1];
    i->w = p->core.lists[2];
    i->x = p->core.lists[3];
}

static void fill_choices(const starfmm_plan *p, starfmm_info *i)
{
    i->precision = p->core.settings.precision;
    i->kernel = p->core.settings.kernel->id;
    i->digits = sfm_accuracy_digits(&p->core.options);
    i->order = p->core.settings.order;
    i->check_order = p->core.settings.check_order;
    i->n_crit = p->core.leaves.n_crit;
    i->max_depth = p->core.leaves.max_depth;
    i->balanced = p->core.options.balance != STARFMM_OFF;
    i->deterministic = p->core.options.deterministic == STARFMM_ON;
    i->gradient = p->core.settings.gradient;
    i->m2l = p->core.settings.m2l;
    i->n_groups = p->core.schedule.groups.n;
    i->group_size =
        p->core.options.group_size ? p->core.options.group_size
                                   : largest_group(&p->core.schedule.groups);
}

starfmm_status starfmm_plan_get_info(const starfmm_plan *plan, starfmm_info *info)
{
    SFM_TRY(sfm_plan_check(plan, "starfmm_plan_get_info"));
    if (!info) return sfm_fail(STARFMM_EINVAL, "starfmm_plan_get_info: info is NULL");
    if (info->size != sizeof *info)
        return sfm_fail(STARFMM_EINVAL,
                        "info.size = %zu, must be sizeof(starfmm_info) = %zu", info->size,
                        sizeof *info);
    starfmm_info i = {.size = sizeof i,
                      .n_sources = plan->core.geometry.tree.src.n,
                      .n_targets = plan->core.geometry.tree.trg.n,
                      .n_tasks = plan->core.n_tasks,
                      .tree_seconds = plan->core.tree_seconds,
                      .operators_seconds = plan->core.operators_seconds,
                      .setup_seconds = plan->core.setup_seconds};
    fill_tree(plan, &i);
    fill_choices(plan, &i);
    i.memory_bytes =
        sfm_plan_bytes(&plan->core) + sfm_evaluate_bytes(plan);
    strncpy(i.isa, sfm_isa_name(plan->core.settings.isa), sizeof i.isa - 1);
    *info = i;
    return STARFMM_OK;
}

/* The lock is no part of a plan's value. */
static void lock(const starfmm_plan *plan)
{
    pthread_mutex_lock((pthread_mutex_t *)&plan->lock);
}

static void unlock(const starfmm_plan *plan)
{
    pthread_mutex_unlock((pthread_mutex_t *)&plan->lock);
}

static starfmm_status fail_no_evaluation(void)
{
    return sfm_fail(STARFMM_EINVAL, "no evaluation has ended on this plan yet");
}

starfmm_status starfmm_plan_get_profile(const starfmm_plan *plan, starfmm_profile *profile)
{
    SFM_TRY(sfm_plan_check(plan, "starfmm_plan_get_profile"));
    if (!profile)
        return sfm_fail(STARFMM_EINVAL, "starfmm_plan_get_profile: profile is NULL");
    if (profile->size != sizeof *profile)
        return sfm_fail(STARFMM_EINVAL,
                        "profile.size = %zu, must be sizeof(starfmm_profile) = %zu",
                        profile->size, sizeof *profile);
    lock(plan);
    starfmm_profile p = plan->profile;
    unlock(plan);
    if (p.size == 0) return fail_no_evaluation();
    *profile = p;
    return STARFMM_OK;
}

starfmm_status starfmm_plan_get_timeline(const starfmm_plan *plan, size_t capacity,
                                         starfmm_task_record *records, size_t *n_records)
{
    SFM_TRY(sfm_plan_check(plan, "starfmm_plan_get_timeline"));
    if (!n_records || (capacity && !records))
        return sfm_fail(STARFMM_EINVAL, "starfmm_plan_get_timeline: %s is NULL",
                        n_records ? "records" : "n_records");
    lock(plan);
    int none = plan->profile.size == 0;
    *n_records = plan->n_timeline;
    if (capacity > plan->n_timeline) capacity = plan->n_timeline;
    if (capacity) memcpy(records, plan->timeline, capacity * sizeof *records);
    unlock(plan);
    return none ? fail_no_evaluation() : STARFMM_OK;
}

starfmm_status starfmm_plan_set_progress(starfmm_plan *plan, starfmm_progress progress,
                                         void *payload)
{
    SFM_TRY(sfm_plan_check(plan, "starfmm_plan_set_progress"));
    lock(plan);
    plan->progress = progress;
    plan->progress_payload = payload;
    unlock(plan);
    return STARFMM_OK;
}

starfmm_status starfmm_plan_write(const starfmm_plan *plan, const char *path)
{
    SFM_TRY(sfm_plan_check(plan, "starfmm_plan_write"));
    if (!path) return sfm_fail(STARFMM_EINVAL, "starfmm_plan_write: path is NULL");
    return sfm_plan_write(&plan->core, path);
}
