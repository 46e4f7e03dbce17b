/* SPDX-License-Identifier: BSD-3-Clause */
/* Options, plans and what is known of them. */
#include <stddef.h>
#include <string.h>

#include "api/sizes.h"
#include "base/memory.h"
#include "graph/evaluate.h"
#include "graph/live_plans.h"
#include "graph/move.h"
#include "graph/record.h"
#include "graph/runtime.h"
#include "graph/setup_helpers.h"
#include "policy/accuracy.h"

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
    sfm_graph_init(&p->graph);
    sfm_live_plans_add(p);
    *plan = p;
    return STARFMM_OK;
}

starfmm_status starfmm_plan_move(starfmm_plan *plan, size_t n_sources,
                                 const double *sources, size_t n_targets,
                                 const double *targets)
{
    sfm_helpers workers;
    SFM_TRY(sfm_live_plans_check(plan, "starfmm_plan_move"));
    sfm_point_sets points = {n_sources, n_targets, sources, targets,
                             sfm_setup_helpers(&workers, n_sources + n_targets)};
    return sfm_move(plan, &points);
}

starfmm_status starfmm_plan_destroy(starfmm_plan *plan)
{
    if (!plan) return STARFMM_OK;
    SFM_TRY(sfm_live_plans_check(plan, "starfmm_plan_destroy"));
    SFM_TRY(sfm_graph_release(&plan->graph, &plan->core));
    sfm_live_plans_remove(plan);
    sfm_graph_clear(&plan->graph);
    sfm_plan_free(&plan->core);
    sfm_free(plan);
    return STARFMM_OK;
}

starfmm_status starfmm_evaluate(starfmm_plan *plan, size_t n_rhs, const void *charges,
                                void *potentials, void *gradients)
{
    SFM_TRY(sfm_live_plans_check(plan, "starfmm_evaluate"));
    return sfm_evaluate(plan, 0, n_rhs, charges, potentials, gradients);
}

starfmm_status starfmm_evaluate_with(starfmm_plan *plan, unsigned flags, size_t n_rhs,
                                     const void *charges, void *potentials, void *gradients)
{
    SFM_TRY(sfm_live_plans_check(plan, "starfmm_evaluate_with"));
    return sfm_evaluate(plan, flags, n_rhs, charges, potentials, gradients);
}

starfmm_status starfmm_evaluate_at(starfmm_plan *plan, size_t n_rhs, size_t n_targets,
                                   const double *targets, void *potentials, void *gradients)
{
    SFM_TRY(sfm_live_plans_check(plan, "starfmm_evaluate_at"));
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

static void fill_tree(const sfm_plan *p, starfmm_info *i)
{
    const sfm_tree *t = &p->geometry.tree;
    i->n_sources = t->src.n;
    i->n_targets = t->trg.n;
    i->depth = t->depth;
    i->n_nodes = (size_t)t->n_nodes;
    i->n_leaves = (size_t)t->n_leaves;
    memcpy(i->root_centre, t->centre, sizeof i->root_centre);
    i->root_half_side = t->half;
    i->u = p->lists[0];
    i->v = p->lists[1];
    i->w = p->lists[2];
    i->x = p->lists[3];
}

static void fill_kinds(const sfm_settings *s, starfmm_info *i)
{
    i->sources = s->kernel->source[s->source].name;
    i->targets = s->kernel->target[s->target].name;
    i->charge_components = (int)sfm_source_components(s);
    i->potential_components = (int)sfm_potential_components(s);
    i->gradient_components = (int)sfm_gradient_components(s);
}

static void fill_choices(const sfm_plan *p, starfmm_info *i)
{
    i->precision = p->settings.precision;
    i->kernel = p->settings.kernel->id;
    i->tolerance = p->settings.tolerance;
    i->digits = sfm_accuracy_digits(i->tolerance);
    i->grade = p->options.grade;
    i->order = p->settings.order;
    i->check_order = p->settings.check_order;
    i->n_crit = p->leaves.n_crit;
    i->max_depth = p->leaves.max_depth;
    i->balanced = p->options.balance != STARFMM_OFF;
    i->deterministic = p->options.deterministic == STARFMM_ON;
    i->gradient = sfm_gradient_components(&p->settings) > 0;
    i->m2l = p->settings.m2l;
    i->n_groups = p->schedule.groups.n;
    i->group_size =
        p->options.group_size ? p->options.group_size : largest_group(&p->schedule.groups);
    strncpy(i->isa, sfm_isa_name(p->settings.isa), sizeof i->isa - 1);
    fill_kinds(&p->settings, i);
}

static void fill_setup(const sfm_plan *p, starfmm_info *i)
{
    i->n_tasks = p->n_tasks;
    i->tree_seconds = p->tree_seconds;
    i->operators_seconds = p->operators_seconds;
    i->setup_seconds = p->setup_seconds;
}

/* Locks are no part of a plan's value. */
static sfm_graph *graph_of(const starfmm_plan *plan)
{
    return (sfm_graph *)&plan->graph;
}

starfmm_status starfmm_plan_get_info(const starfmm_plan *plan, starfmm_info *info)
{
    starfmm_info i;
    SFM_TRY(sfm_live_plans_check(plan, "starfmm_plan_get_info"));
    if (!info) return sfm_fail(STARFMM_EINVAL, "starfmm_plan_get_info: info is NULL");
    SFM_TRY(sfm_check_struct_size("starfmm_info", info->size,
                                  offsetof(starfmm_info, precision), sizeof i));
    memset(&i, 0, sizeof i);
    i.size = info->size;
    fill_tree(&plan->core, &i);
    fill_choices(&plan->core, &i);
    fill_setup(&plan->core, &i);
    i.memory_bytes = sfm_plan_bytes(&plan->core) + sfm_workspaces_bytes(graph_of(plan));
    memcpy(info, &i, info->size);
    return STARFMM_OK;
}

static void copy_index(const sfm_points *points, size_t *to)
{
    for (size_t i = 0; to && i < points->n; i++) to[i] = points->index[i];
}

starfmm_status starfmm_plan_get_order(const starfmm_plan *plan, size_t *sources,
                                      size_t *targets, size_t *source_begin,
                                      size_t *target_begin)
{
    SFM_TRY(sfm_live_plans_check(plan, "starfmm_plan_get_order"));
    const sfm_tree *t = &plan->core.geometry.tree;
    const sfm_groups *groups = &plan->core.schedule.groups;
    copy_index(&t->src, sources);
    copy_index(&t->trg, targets);
    for (int32_t g = 0; g <= groups->n; g++) {
        const sfm_group *group = g < groups->n ? &groups->group[g] : NULL;
        if (source_begin) source_begin[g] = group ? group->src_begin : t->src.n;
        if (target_begin) target_begin[g] = group ? group->trg_begin : t->trg.n;
    }
    return STARFMM_OK;
}

starfmm_status starfmm_plan_get_profile(const starfmm_plan *plan, starfmm_profile *profile)
{
    starfmm_profile p;
    SFM_TRY(sfm_live_plans_check(plan, "starfmm_plan_get_profile"));
    if (!profile)
        return sfm_fail(STARFMM_EINVAL, "starfmm_plan_get_profile: profile is NULL");
    SFM_TRY(sfm_check_struct_size("starfmm_profile", profile->size,
                                  offsetof(starfmm_profile, submit_seconds), sizeof p));
    SFM_TRY(sfm_record_profile(graph_of(plan), &p));
    p.size = profile->size;
    memcpy(profile, &p, profile->size);
    return STARFMM_OK;
}

starfmm_status starfmm_plan_get_timeline(const starfmm_plan *plan, size_t capacity,
                                         starfmm_task_record *records, size_t *n_records)
{
    SFM_TRY(sfm_live_plans_check(plan, "starfmm_plan_get_timeline"));
    if (!n_records || (capacity && !records))
        return sfm_fail(STARFMM_EINVAL, "starfmm_plan_get_timeline: %s is NULL",
                        n_records ? "records" : "n_records");
    return sfm_record_timeline(graph_of(plan), &plan->core, capacity, records, n_records);
}

starfmm_status starfmm_plan_set_progress(starfmm_plan *plan, starfmm_progress progress,
                                         void *payload)
{
    SFM_TRY(sfm_live_plans_check(plan, "starfmm_plan_set_progress"));
    pthread_mutex_lock(&plan->graph.lock);
    plan->graph.progress = progress;
    plan->graph.progress_payload = payload;
    pthread_mutex_unlock(&plan->graph.lock);
    return STARFMM_OK;
}

starfmm_status starfmm_plan_cancel(starfmm_plan *plan)
{
    SFM_TRY(sfm_live_plans_check(plan, "starfmm_plan_cancel"));
    sfm_cancel_blocking(&plan->graph);
    return STARFMM_OK;
}

starfmm_status starfmm_plan_write(const starfmm_plan *plan, const char *path)
{
    SFM_TRY(sfm_live_plans_check(plan, "starfmm_plan_write"));
    if (!path) return sfm_fail(STARFMM_EINVAL, "starfmm_plan_write: path is NULL");
    return sfm_plan_write(&plan->core, path);
}
