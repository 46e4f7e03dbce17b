/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Making a plan:  options -> settings -> tree -> rows -> groups -> operators -> buffers.
 * A move makes what follows from the points again: the geometry always, the rest where the
 * tree has other nodes than before.
 */
#include "plan/plan.h"

#include <math.h>
#include <stdatomic.h>
#include <string.h>

#include "base/clock.h"
#include "plan/environment.h"
#include "base/memory.h"
#include "policy/accuracy.h"
#include "policy/cost.h"

/* ---- checks ---------------------------------------------------------------------------- */

starfmm_status sfm_options_read(const starfmm_options *options, starfmm_options *to)
{
    memset(to, 0, sizeof *to);
    to->size = sizeof *to;
    if (!options) return STARFMM_OK;
    if (options->size < offsetof(starfmm_options, m2l) || options->size > sizeof *to)
        return sfm_fail(
            STARFMM_EINVAL,
            "options.size = %zu, this library knows %zu: call starfmm_options_init",
            options->size, sizeof *to);
    memcpy(to, options, options->size);
    to->size = sizeof *to;
    return STARFMM_OK;
}

typedef struct finite_check {
    const double *x;
    atomic_size_t bad; /* the first coordinate that is not finite, SIZE_MAX: none */
} finite_check;

static void check_coordinates(void *arg, size_t begin, size_t end)
{
    finite_check *c = arg;
    size_t i = begin;
    while (i < end && isfinite(c->x[i])) i++;
    if (i == end) return;
    size_t bad = atomic_load(&c->bad);
    while (i < bad && !atomic_compare_exchange_weak(&c->bad, &bad, i)) continue;
}

starfmm_status sfm_check_points(sfm_helpers *helpers, const char *what, size_t n,
                                const double *x)
{
    if (n > UINT32_MAX - 1)
        return sfm_fail(STARFMM_EINVAL, "%zu %ss, at most %u", n, what, UINT32_MAX - 1);
    if (n > 0 && !x) return sfm_fail(STARFMM_EINVAL, "%zu %ss at a NULL pointer", n, what);
    finite_check c = {x, SIZE_MAX};
    sfm_parallel_for(helpers, 3 * n, SFM_GRAIN_POINTS, check_coordinates, &c);
    size_t point = atomic_load(&c.bad) / 3;
    if (point >= n) return STARFMM_OK;
    x += 3 * point;
    return sfm_fail(STARFMM_ENONFINITE, "%s %zu has coordinates (%g, %g, %g)", what, point,
                    x[0], x[1], x[2]);
}

starfmm_status sfm_check_n_rhs(size_t n_rhs)
{
    if (n_rhs >= 1 && n_rhs <= SFM_MAX_RHS) return STARFMM_OK;
    return sfm_fail(STARFMM_EINVAL, "n_rhs = %zu, must be 1 ... %d", n_rhs, SFM_MAX_RHS);
}

static starfmm_status check_sets(const sfm_point_sets *p)
{
    SFM_TRY(sfm_check_points(p->helpers, "source", p->n_sources, p->sources));
    if (!p->targets) return STARFMM_OK;
    return sfm_check_points(p->helpers, "target", p->n_targets, p->targets);
}

/* Take the options, and from the environment what they leave open. */
static starfmm_status take_options(sfm_plan *p, const starfmm_options *options,
                                   sfm_isa *isa)
{
    starfmm_options *o = &p->options;
    sfm_environment e;
    SFM_TRY(sfm_options_read(options, o));
    SFM_TRY(sfm_environment_read(&e));
    *isa = e.isa;
    if (!o->n_crit) o->n_crit = e.n_crit;
    if (!o->group_size) o->group_size = e.group_size;
    if (!o->m2l) o->m2l = e.m2l;
    if (!o->deterministic) o->deterministic = e.deterministic;
    return STARFMM_OK;
}

/* ---- parts ----------------------------------------------------------------------------- */

/* The parts of a plan that are being made, in their order. */
typedef struct plan_parts {
    sfm_geometry *geometry;
    sfm_schedule *schedule;
    sfm_levels *levels;
    sfm_leaf_choice *leaves;
    starfmm_list_stats *lists; /* [4] */
    double *tree_seconds, *operators_seconds;
} plan_parts;

static sfm_fmm view_of(const sfm_settings *s, const sfm_geometry *g,
                       const sfm_schedule *sch, const sfm_levels *l)
{
    return (sfm_fmm){s, g, sch, l->params, l->typed, NULL};
}

static starfmm_status build_geometry(sfm_geometry *geometry, sfm_leaf_choice *leaves,
                                     const sfm_plan *p, const sfm_point_sets *points,
                                     const sfm_tree *old)
{
    *leaves = sfm_choose_leaves(&p->settings, &p->options, points);
    sfm_tree_options o = {.n_crit = leaves->n_crit,
                          .max_depth = leaves->max_depth,
                          .balance = p->options.balance != STARFMM_OFF,
                          .old = old,
                          .stretch = leaves->stretch};
    return sfm_geometry_build(geometry, &o, points);
}

static starfmm_status cut_groups(const plan_parts *parts, const sfm_plan *p,
                                 const sfm_csr *colleagues, sfm_helpers *helpers)
{
    /* Sums are formed group by group: bitwise equal ones need the same groups anywhere. */
    int n_workers = p->options.deterministic == STARFMM_ON ? 0 : p->n_workers;
    int32_t n = parts->geometry->tree.n_nodes;
    sfm_fmm f = {&p->settings, parts->geometry, parts->schedule, NULL, NULL, NULL};
    double *weight = sfm_alloc((size_t)n, sizeof *weight), total = 0;
    if (!weight) return sfm_fail(STARFMM_ENOMEM, "no memory for %d nodes", (int)n);
    sfm_cost_nodes(&f, helpers, weight);
    for (int32_t i = 0; i < n; i++) total += weight[i];
    starfmm_status status = sfm_schedule_build_groups(
        parts->schedule, parts->geometry, colleagues, p->options.group_size, weight,
        sfm_cost_group_limit(total, n_workers), helpers);
    sfm_free(weight);
    return status;
}

static starfmm_status build_schedule(const plan_parts *parts, const sfm_plan *p,
                                     sfm_helpers *helpers)
{
    sfm_lists lists = {0};
    starfmm_status status = sfm_lists_build(&lists, &parts->geometry->tree, helpers);
    if (status == STARFMM_OK) {
        sfm_geometry_measure_lists(parts->geometry, &lists, parts->lists);
        status =
            sfm_schedule_build_rows(parts->schedule, parts->geometry, &lists,
                                    (size_t)p->settings.n_e, p->settings.mutual, helpers);
    }
    if (status == STARFMM_OK) status = cut_groups(parts, p, &lists.colleagues, helpers);
    sfm_lists_free(&lists);
    return status;
}

/* Everything that follows from the geometry but the buffers; started at `start`. */
static starfmm_status build_parts(const plan_parts *parts, const sfm_plan *p,
                                  sfm_helpers *helpers, double start)
{
    SFM_TRY(build_schedule(parts, p, helpers));
    *parts->tree_seconds = sfm_now() - start;
    starfmm_status status =
        sfm_levels_create(parts->levels, &p->settings, parts->geometry,
                          parts->schedule->top_level, p->options.params);
    *parts->operators_seconds = sfm_now() - start - *parts->tree_seconds;
    return status;
}

static double (*allocate_tasks(const sfm_groups *groups))[STARFMM_N_OPERATORS]
{
    double(*flops)[STARFMM_N_OPERATORS] = sfm_alloc((size_t)groups->n, sizeof *flops);
    if (!flops) sfm_fail(STARFMM_ENOMEM, "no memory for %d groups", (int)groups->n);
    return flops;
}

static void count_flops(void *arg, size_t begin, size_t end)
{
    sfm_plan *p = arg;
    for (size_t g = begin; g < end; g++)
        for (int op = 0; op < STARFMM_N_OPERATORS; op++)
            p->task_flops[g][op] = sfm_operator_exists(&p->fmm, op, (int32_t)g)
                                       ? sfm_operator_flops(&p->fmm, op, (int32_t)g)
                                       : -1;
}

/* Which operators have a task for which groups: once, as an evaluation asks for each. */
static void list_tasks(sfm_plan *p, sfm_helpers *helpers)
{
    const size_t n_groups = (size_t)p->schedule.groups.n;
    sfm_parallel_for(helpers, n_groups, 16, count_flops, p);
    p->n_tasks = 0;
    memset(p->n_tasks_of, 0, sizeof p->n_tasks_of);
    for (size_t g = 0; g < n_groups; g++)
        for (int op = 0; op < STARFMM_N_OPERATORS; op++) {
            int has_task = sfm_plan_has_task(p, op, (int32_t)g);
            p->n_tasks_of[op] += (size_t)has_task;
            p->n_tasks += (size_t)has_task;
        }
}

/* ---- the plan -------------------------------------------------------------------------- */

/* Settings and what follows of them.  Where errors are measured, the order rises until the
 * tolerance is kept. */
static starfmm_status build_by_settings(const plan_parts *parts, sfm_plan *p,
                                        const sfm_point_sets *points, sfm_isa isa,
                                        double start)
{
    sfm_accuracy_search search = {0};
    int order = 0;
    for (int raised = 0;; raised += search.raise) {
        SFM_TRY(sfm_choose_settings(&p->settings, &p->options, isa, raised));
        SFM_TRY(check_sets(points));
        SFM_TRY(build_geometry(&p->geometry, &p->leaves, p, points, NULL));
        SFM_TRY(build_parts(parts, p, points->helpers, start));
        starfmm_status status =
            sfm_accuracy_check(&p->settings, &p->options, &p->levels, &search);
        if (search.raise == 0 || p->settings.order == order) return status;
        order = p->settings.order;
        sfm_levels_free(&p->levels);
        sfm_schedule_free(&p->schedule);
        sfm_geometry_free(&p->geometry);
    }
}

static starfmm_status build_plan(sfm_plan *p, const starfmm_options *options,
                                 const sfm_point_sets *points)
{
    double start = sfm_now();
    plan_parts parts = {&p->geometry, &p->schedule,     &p->levels,           &p->leaves,
                        p->lists,     &p->tree_seconds, &p->operators_seconds};
    sfm_isa isa;
    SFM_TRY(take_options(p, options, &isa));
    SFM_TRY(build_by_settings(&parts, p, points, isa, start));
    p->fmm = view_of(&p->settings, &p->geometry, &p->schedule, &p->levels);
    p->task_flops = allocate_tasks(&p->schedule.groups);
    if (!p->task_flops) return STARFMM_ENOMEM;
    list_tasks(p, points->helpers);
    SFM_TRY(sfm_buffers_lay_out(&p->buffers, &p->fmm, 1));
    SFM_TRY(sfm_buffers_allocate(&p->buffers, &p->fmm, &p->pool));
    sfm_buffers_place(&p->buffers, &p->fmm, points);
    p->setup_seconds = sfm_now() - start;
    return STARFMM_OK;
}

starfmm_status sfm_plan_build(sfm_plan *p, const starfmm_options *options,
                              const sfm_point_sets *points, int n_workers)
{
    memset(p, 0, sizeof *p);
    p->n_workers = n_workers;
    starfmm_status status = build_plan(p, options, points);
    if (status != STARFMM_OK) sfm_plan_free(p);
    return status;
}

void sfm_plan_free(sfm_plan *p)
{
    sfm_buffers_free(&p->buffers);
    sfm_pool_clear(&p->pool);
    sfm_free(p->task_flops);
    sfm_levels_free(&p->levels);
    sfm_schedule_free(&p->schedule);
    sfm_geometry_free(&p->geometry);
    memset(p, 0, sizeof *p);
}

size_t sfm_plan_bytes(const sfm_plan *p)
{
    size_t bytes = sfm_geometry_bytes(&p->geometry) +
                   sfm_schedule_bytes(&p->schedule, &p->geometry) + p->buffers.bytes;
    for (int l = 0; l <= SFM_MAX_DEPTH; l++)
        if (p->levels.set[l] && (l == 0 || p->levels.set[l] != p->levels.set[l - 1]))
            bytes += p->levels.set[l]->bytes;
    return bytes;
}

/* ---- moving ---------------------------------------------------------------------------- */

static starfmm_status prepare_move(sfm_plan_move *m, sfm_plan *p,
                                   const sfm_point_sets *points)
{
    plan_parts parts = {&m->geometry, &m->schedule,     &m->levels,           &m->leaves,
                        m->lists,     &m->tree_seconds, &m->operators_seconds};
    SFM_TRY(check_sets(points));
    SFM_TRY(build_geometry(&m->geometry, &m->leaves, p, points, &p->geometry.tree));
    m->keeps_schedule = sfm_tree_same_nodes(&m->geometry.tree, &p->geometry.tree);
    if (!m->keeps_schedule) {
        sfm_accuracy_search search = {0};
        SFM_TRY(build_parts(&parts, p, points->helpers, m->start));
        return sfm_accuracy_check(&p->settings, &p->options, &m->levels, &search);
    }
    m->tree_seconds = sfm_now() - m->start;
    sfm_fmm f = view_of(&p->settings, &m->geometry, &p->schedule, &p->levels);
    sfm_schedule_follow(&p->schedule, &m->geometry);
    m->keeps_buffers = sfm_buffers_fit(&p->buffers, &f);
    sfm_schedule_follow(&p->schedule, &p->geometry); /* as it was, until finished */
    return STARFMM_OK;
}

starfmm_status sfm_plan_prepare_move(sfm_plan_move *m, sfm_plan *p,
                                     const sfm_point_sets *points)
{
    memset(m, 0, sizeof *m);
    m->start = sfm_now();
    starfmm_status status = prepare_move(m, p, points);
    if (status != STARFMM_OK) sfm_plan_drop_move(m);
    return status;
}

void sfm_plan_drop_move(sfm_plan_move *m)
{
    sfm_levels_free(&m->levels);
    sfm_schedule_free(&m->schedule);
    sfm_geometry_free(&m->geometry);
}

/* Buffers for the points as they are after the move, from the plan's own memory if it
 * serves; and the list of tasks. */
static starfmm_status replace_buffers(sfm_plan *p, const sfm_fmm *f)
{
    sfm_buffers b;
    double(*task_flops)[STARFMM_N_OPERATORS] = allocate_tasks(&f->schedule->groups);
    if (!task_flops) return STARFMM_ENOMEM;
    starfmm_status status = sfm_buffers_lay_out(&b, f, 1);
    if (status == STARFMM_OK && !sfm_buffers_inherit(&b, f, &p->buffers))
        status = sfm_buffers_allocate(&b, f, &p->pool);
    if (status != STARFMM_OK) {
        sfm_buffers_free(&b);
        sfm_free(task_flops);
        return status;
    }
    sfm_buffers_free(&p->buffers);
    sfm_free(p->task_flops);
    p->buffers = b;
    p->task_flops = task_flops; /* to be listed */
    return STARFMM_OK;
}

starfmm_status sfm_plan_finish_move(sfm_plan *p, sfm_plan_move *m,
                                    const sfm_point_sets *points)
{
    double start = sfm_now();
    if (m->keeps_schedule) sfm_schedule_follow(&p->schedule, &m->geometry);
    if (!m->keeps_buffers) {
        sfm_fmm f = m->keeps_schedule
                        ? view_of(&p->settings, &m->geometry, &p->schedule, &p->levels)
                        : view_of(&p->settings, &m->geometry, &m->schedule, &m->levels);
        starfmm_status status = replace_buffers(p, &f);
        if (status != STARFMM_OK) {
            if (m->keeps_schedule) sfm_schedule_follow(&p->schedule, &p->geometry);
            sfm_plan_drop_move(m);
            return status;
        }
    }
    sfm_geometry_free(&p->geometry);
    p->geometry = m->geometry;
    p->leaves = m->leaves;
    if (!m->keeps_schedule) {
        sfm_schedule_free(&p->schedule);
        sfm_levels_free(&p->levels);
        p->schedule = m->schedule;
        p->levels = m->levels;
        memcpy(p->lists, m->lists, sizeof p->lists);
    }
    p->fmm = view_of(&p->settings, &p->geometry, &p->schedule, &p->levels);
    list_tasks(p, points->helpers);
    sfm_buffers_place(&p->buffers, &p->fmm, points);
    p->tree_seconds = m->tree_seconds;
    p->operators_seconds = m->operators_seconds;
    p->setup_seconds = sfm_now() - start + m->tree_seconds + m->operators_seconds;
    return STARFMM_OK;
}
