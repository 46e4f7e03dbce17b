/* SPDX-License-Identifier: BSD-3-Clause */
#include "plan/plan.h"

#include <math.h>
#include <stdatomic.h>
#include <string.h>

#include "base/clock.h"
#include "base/environment.h"
#include "base/memory.h"

starfmm_status sfm_options_read(const starfmm_options *options, starfmm_options *to)
{
    memset(to, 0, sizeof *to);
    to->size = sizeof *to;
    if (!options) return STARFMM_OK;
    if (options->size < offsetof(starfmm_options, cache_dir) || options->size > sizeof *to)
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

starfmm_status sfm_check_n_rhs(size_t n_rhs)
{
    if (n_rhs >= 1 && n_rhs <= SFM_MAX_RHS) return STARFMM_OK;
    return sfm_fail(STARFMM_EINVAL, "n_rhs = %zu, must be 1 ... %d", n_rhs, SFM_MAX_RHS);
}

static int has_inner_node(const sfm_tree *t, const sfm_group *g)
{
    for (int32_t i = g->first; i < g->first + g->count; i++)
        if (!sfm_tree_is_leaf(t, i)) return 1;
    return 0;
}

/* The tasks of a group, as a bit per operator. */
static uint16_t list_tasks(const sfm_plan *p, int32_t g)
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

static starfmm_status list_all_tasks(sfm_plan *p)
{
    p->tasks = sfm_alloc((size_t)p->fmm.groups.n, sizeof *p->tasks);
    if (!p->tasks)
        return sfm_fail(STARFMM_ENOMEM, "no memory for %d groups", (int)p->fmm.groups.n);
    for (int32_t g = 0; g < p->fmm.groups.n; g++) {
        p->tasks[g] = list_tasks(p, g);
        p->n_tasks += (size_t)__builtin_popcount(p->tasks[g]);
        p->n_scatters += sfm_plan_has_task(p, STARFMM_OP_SCATTER, g) != 0;
    }
    return STARFMM_OK;
}

static starfmm_status check_sets(const sfm_point_sets *p)
{
    SFM_TRY(sfm_check_points(p->helpers, "source", p->n_sources, p->sources));
    if (!p->targets) return STARFMM_OK;
    return sfm_check_points(p->helpers, "target", p->n_targets, p->targets);
}

static void place(const sfm_plan *p, const sfm_point_sets *points)
{
    sfm_buffers_place(&p->buffers, &p->fmm, points->helpers, points->sources,
                      points->targets ? points->targets : points->sources);
}

/* Everything that follows from fmm.  The buffers' memory comes from a plan that is to be
 * replaced (or NULL), where that serves, and else from the pool. */
static starfmm_status equip(sfm_plan *p, const sfm_point_sets *points,
                            sfm_plan *replaced, sfm_pool *pool)
{
    SFM_TRY(sfm_buffers_lay_out(&p->buffers, &p->fmm, 1));
    SFM_TRY(list_all_tasks(p));
    /* Inheriting spoils the other plan: nothing may fail afterwards. */
    if (!replaced || !sfm_buffers_inherit(&p->buffers, &p->fmm, &replaced->buffers))
        SFM_TRY(sfm_buffers_allocate(&p->buffers, &p->fmm, pool));
    place(p, points);
    return STARFMM_OK;
}

/* All that follows from fmm. */
static void free_tasks_and_buffers(sfm_plan *p)
{
    sfm_free(p->tasks);
    sfm_buffers_free(&p->buffers);
    p->tasks = NULL;
    p->n_tasks = p->n_scatters = 0;
}

/* What the environment says of what the options leave open. */
static starfmm_status take_environment(starfmm_options *o)
{
    sfm_environment e;
    SFM_TRY(sfm_environment_read(&e));
    if (!o->cache_dir) o->cache_dir = e.cache_dir;
    if (!o->profile) o->profile = e.profile;
    if (!o->n_crit) o->n_crit = e.n_crit;
    if (!o->group_size) o->group_size = e.group_size;
    if (!o->m2l) o->m2l = e.m2l;
    if (!o->deterministic) o->deterministic = e.deterministic;
    return STARFMM_OK;
}

/* A copy of a text of the options in *own, and in its place. */
static starfmm_status keep_text(const char **text, char **own)
{
    if (!*text) return STARFMM_OK;
    size_t bytes = strlen(*text) + 1;
    *own = sfm_alloc(bytes, 1);
    if (!*own) return sfm_fail(STARFMM_ENOMEM, "no memory for %zu bytes", bytes);
    *text = memcpy(*own, *text, bytes);
    return STARFMM_OK;
}

/* The core, by the options and what the profile adds to them. */
static starfmm_status build_core(sfm_plan *p, const sfm_point_sets *points,
                                 const sfm_fmm *donor)
{
    SFM_TRY(sfm_tuning_apply(&p->chosen, points, &p->tuning));
    return sfm_fmm_build(&p->fmm, &p->chosen, points, donor, &p->report);
}

starfmm_status sfm_plan_build(sfm_plan *p, const starfmm_options *options,
                              const sfm_point_sets *points)
{
    double start = sfm_now();
    SFM_TRY(sfm_options_read(options, &p->options));
    SFM_TRY(take_environment(&p->options));
    SFM_TRY(keep_text(&p->options.cache_dir, &p->cache_dir));
    SFM_TRY(keep_text(&p->options.profile, &p->profile_path));
    SFM_TRY(check_sets(points));
    p->chosen = p->options;
    SFM_TRY(build_core(p, points, NULL));
    SFM_TRY(equip(p, points, NULL, &p->pool));
    p->setup_seconds = sfm_now() - start;
    return STARFMM_OK;
}

starfmm_status sfm_plan_prepare_move(sfm_plan *moved, const sfm_plan *p,
                                     const sfm_point_sets *points)
{
    double start = sfm_now();
    SFM_TRY(check_sets(points));
    moved->options = moved->chosen = p->options;
    moved->chosen.m2l = p->report.m2l; /* whose tables are kept */
    moved->report = p->report;
    SFM_TRY(build_core(moved, points, &p->fmm));
    moved->setup_seconds = sfm_now() - start;
    return STARFMM_OK;
}

static void replace_core(sfm_plan *p, sfm_plan *moved)
{
    sfm_fmm_adopt(&moved->fmm, &p->fmm);
    p->fmm = moved->fmm;
    p->report = moved->report;
    p->chosen = moved->chosen;
    p->tuning = moved->tuning;
}

void sfm_plan_move_in_place(sfm_plan *p, sfm_plan *moved,
                            const sfm_point_sets *points)
{
    double start = sfm_now();
    replace_core(p, moved);
    place(p, points);
    p->setup_seconds = moved->setup_seconds + sfm_now() - start;
}

starfmm_status sfm_plan_move(sfm_plan *p, sfm_plan *moved,
                             const sfm_point_sets *points)
{
    double start = sfm_now();
    starfmm_status status = equip(moved, points, p, &p->pool);
    if (status != STARFMM_OK) {
        free_tasks_and_buffers(moved);
        sfm_fmm_free(&moved->fmm);
        return status;
    }
    free_tasks_and_buffers(p);
    replace_core(p, moved);
    p->buffers = moved->buffers;
    p->tasks = moved->tasks;
    p->n_tasks = moved->n_tasks;
    p->n_scatters = moved->n_scatters;
    p->setup_seconds = moved->setup_seconds + sfm_now() - start;
    return STARFMM_OK;
}

void sfm_plan_clear(sfm_plan *p)
{
    free_tasks_and_buffers(p);
    sfm_pool_clear(&p->pool);
    sfm_fmm_free(&p->fmm);
    sfm_free(p->cache_dir);
    sfm_free(p->profile_path);
}
