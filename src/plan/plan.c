/* SPDX-License-Identifier: BSD-3-Clause */
#include "plan/plan.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/environment.h"
#include "base/memory.h"

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

static int has_inner_node(const sfm_tree *t, const sfm_group *g)
{
    for (int32_t i = g->first; i < g->first + g->count; i++)
        if (!sfm_tree_is_leaf(t, i)) return 1;
    return 0;
}

/* The tasks of a group, as a bit per operator. */
static uint16_t list_tasks(const starfmm_plan *p, int32_t g)
{
    const sfm_fmm *f = &p->fmm;
    const sfm_group *gr = &f->groups.group[g];
    int deep = gr->level >= SFM_TOP_LEVEL;
    int src_leaf = gr->src_end > gr->src_begin, trg_leaf = gr->trg_end > gr->trg_begin;
    int src = sfm_group_holds(&f->tree.src, gr), trg = sfm_group_holds(&f->tree.trg, gr);
    unsigned bits = 0;
    bits |= (unsigned)(src_leaf || trg_leaf) << STARFMM_OP_GATHER;
    bits |= (unsigned)(src_leaf && deep) << STARFMM_OP_P2M;
    bits |= (unsigned)(src && deep && has_inner_node(&f->tree, gr)) << STARFMM_OP_M2M;
    bits |= (unsigned)(sfm_buffer_bytes(&p->buffers, f, SFM_BUFFER_F, g) > 0)
            << STARFMM_OP_M2F;
    bits |= (unsigned)(f->m2l[g].pairs > 0) << STARFMM_OP_M2L;
    bits |= (unsigned)(f->p2l.group[g].n_slots > 0) << STARFMM_OP_P2L;
    bits |= (unsigned)(trg && gr->level > SFM_TOP_LEVEL) << STARFMM_OP_L2L;
    bits |= (unsigned)(trg_leaf && deep) << STARFMM_OP_L2P;
    bits |= (unsigned)(f->m2p.group[g].n_slots > 0) << STARFMM_OP_M2P;
    bits |= (unsigned)(f->near.group[g].n_slots > 0) << STARFMM_OP_P2P;
    bits |= (unsigned)trg_leaf << STARFMM_OP_SCATTER;
    return (uint16_t)bits;
}

static starfmm_status list_all_tasks(starfmm_plan *p)
{
    p->tasks = sfm_alloc((size_t)p->fmm.groups.n, sizeof *p->tasks);
    if (!p->tasks)
        return sfm_fail(STARFMM_ENOMEM, "no memory for %d groups", (int)p->fmm.groups.n);
    for (int32_t g = 0; g < p->fmm.groups.n; g++) {
        p->tasks[g] = list_tasks(p, g);
        p->n_tasks += (size_t)__builtin_popcount(p->tasks[g]);
        p->n_scatters += sfm_plan_has_task(p, STARFMM_OP_SCATTER, g) != 0;
    }
    p->timeline = sfm_alloc(p->n_tasks, sizeof *p->timeline);
    if (!p->timeline)
        return sfm_fail(STARFMM_ENOMEM, "no memory for %zu tasks", p->n_tasks);
    return STARFMM_OK;
}

static void names_free(sfm_names *n)
{
    if (!n) return;
    sfm_free(n->prefix);
    sfm_free(n->name);
    sfm_free(n);
}

static void fill_names(sfm_names *n, const sfm_groups *groups)
{
    const int room = SFM_TASK_NAME - 24;
    const char *line = n->prefix[0] ? "_" : "";
    for (int32_t g = 0; g < groups->n; g++)
        for (int op = 0; op < STARFMM_N_OPERATORS; op++)
            snprintf(n->name[g][op], SFM_TASK_NAME, "%.*s%s%s_l%d_g%d", room, n->prefix,
                     line, starfmm_operator_name((starfmm_operator)op),
                     groups->group[g].level,
                     (int)(g - groups->level_begin[groups->group[g].level]));
}

starfmm_status sfm_names_get(starfmm_plan *plan, const char *prefix,
                             const char (**names)[STARFMM_N_OPERATORS][SFM_TASK_NAME])
{
    sfm_names *n = plan->names;
    while (n && strcmp(n->prefix, prefix) != 0) n = n->next;
    if (!n) {
        n = sfm_calloc(1, sizeof *n);
        if (n) n->prefix = sfm_alloc(strlen(prefix) + 1, 1);
        if (n) n->name = sfm_alloc((size_t)plan->fmm.groups.n, sizeof *n->name);
        if (!n || !n->prefix || !n->name) {
            names_free(n);
            return sfm_fail(STARFMM_ENOMEM, "no memory for the names of %d groups",
                            (int)plan->fmm.groups.n);
        }
        memcpy(n->prefix, prefix, strlen(prefix) + 1);
        fill_names(n, &plan->fmm.groups);
        n->next = plan->names;
        plan->names = n;
    }
    *names = (const char(*)[STARFMM_N_OPERATORS][SFM_TASK_NAME])n->name;
    return STARFMM_OK;
}

static starfmm_status check_sets(const sfm_point_sets *p)
{
    SFM_TRY(sfm_check_points(p->helpers, "source", p->n_sources, p->sources));
    if (!p->targets) return STARFMM_OK;
    return sfm_check_points(p->helpers, "target", p->n_targets, p->targets);
}

static void place(const starfmm_plan *p, const sfm_point_sets *points)
{
    sfm_buffers_place(&p->buffers, &p->fmm, points->helpers, points->sources,
                      points->targets ? points->targets : points->sources);
}

/* Everything that follows from fmm.  The buffers' memory comes from a plan that is to be
 * replaced (or NULL), where that serves, and else from the pool. */
static starfmm_status equip(starfmm_plan *p, const sfm_point_sets *points,
                            starfmm_plan *replaced, sfm_pool *pool)
{
    SFM_TRY(sfm_buffers_lay_out(&p->buffers, &p->fmm, 1));
    SFM_TRY(list_all_tasks(p));
    /* Inheriting spoils the other plan: nothing may fail afterwards. */
    if (!replaced || !sfm_buffers_inherit(&p->buffers, &p->fmm, &replaced->buffers))
        SFM_TRY(sfm_buffers_allocate(&p->buffers, &p->fmm, pool));
    place(p, points);
    return STARFMM_OK;
}

/* What holds for the points as they were. */
static void forget_evaluations(starfmm_plan *p)
{
    sfm_layouts_free(&p->layouts);
    p->n_timeline = 0;
    p->profile.size = 0;
}

static void strip(starfmm_plan *p)
{
    forget_evaluations(p);
    while (p->names) {
        sfm_names *n = p->names;
        p->names = n->next;
        names_free(n);
    }
    sfm_free(p->tasks);
    sfm_free(p->timeline);
    sfm_buffers_free(&p->buffers);
    p->tasks = NULL;
    p->timeline = NULL;
    p->n_tasks = p->n_scatters = 0;
}

/* What the environment says of what the options leave open. */
static starfmm_status take_environment(starfmm_options *o)
{
    sfm_environment e;
    SFM_TRY(sfm_environment_read(&e));
    if (!o->n_crit) o->n_crit = e.n_crit;
    if (!o->group_size) o->group_size = e.group_size;
    if (!o->m2l) o->m2l = e.m2l;
    if (!o->deterministic) o->deterministic = e.deterministic;
    return STARFMM_OK;
}

starfmm_status sfm_plan_build(starfmm_plan *p, const starfmm_options *options,
                              const sfm_point_sets *points)
{
    double start = sfm_now();
    SFM_TRY(sfm_options_read(options, &p->options));
    SFM_TRY(take_environment(&p->options));
    SFM_TRY(check_sets(points));
    SFM_TRY(sfm_fmm_build(&p->fmm, &p->options, points, NULL, &p->report));
    SFM_TRY(equip(p, points, NULL, &p->pool));
    p->setup_seconds = sfm_now() - start;
    return STARFMM_OK;
}

starfmm_status sfm_plan_prepare_move(starfmm_plan *moved, const starfmm_plan *p,
                                     const sfm_point_sets *points)
{
    double start = sfm_now();
    SFM_TRY(check_sets(points));
    moved->options = p->options;
    moved->options.m2l = p->report.m2l; /* whose tables are kept */
    moved->report = p->report;
    SFM_TRY(sfm_fmm_build(&moved->fmm, &moved->options, points, &p->fmm, &moved->report));
    moved->setup_seconds = sfm_now() - start;
    return STARFMM_OK;
}

static void replace_core(starfmm_plan *p, starfmm_plan *moved)
{
    sfm_fmm_adopt(&moved->fmm, &p->fmm);
    p->fmm = moved->fmm;
    p->report = moved->report;
}

void sfm_plan_move_in_place(starfmm_plan *p, starfmm_plan *moved,
                            const sfm_point_sets *points)
{
    double start = sfm_now();
    forget_evaluations(p);
    replace_core(p, moved);
    place(p, points);
    p->setup_seconds = moved->setup_seconds + sfm_now() - start;
}

starfmm_status sfm_plan_move(starfmm_plan *p, starfmm_plan *moved,
                             const sfm_point_sets *points)
{
    double start = sfm_now();
    starfmm_status status = equip(moved, points, p, &p->pool);
    if (status != STARFMM_OK) {
        strip(moved);
        sfm_fmm_free(&moved->fmm);
        return status;
    }
    strip(p);
    replace_core(p, moved);
    p->buffers = moved->buffers;
    p->tasks = moved->tasks;
    p->n_tasks = moved->n_tasks;
    p->n_scatters = moved->n_scatters;
    p->timeline = moved->timeline;
    p->setup_seconds = moved->setup_seconds + sfm_now() - start;
    return STARFMM_OK;
}

void sfm_plan_clear(starfmm_plan *p)
{
    strip(p);
    sfm_pool_clear(&p->pool);
    sfm_fmm_free(&p->fmm);
}
