/* SPDX-License-Identifier: BSD-3-Clause */
#include "plan/fmm_build.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/environment.h"
#include "base/memory.h"
#include "operators/surface.h"
#include "policy/accuracy.h"
#include "policy/cost.h"
#include "schedule/interactions.h"
#include "schedule/build.h"
#include "schedule/build.h"
#include "policy/shape.h"
#include "precompute/store.h"

static starfmm_status check_range(const char *name, int value, int max)
{
    if (value >= 0 && value <= max) return STARFMM_OK;
    return sfm_fail(STARFMM_EINVAL, "options.%s = %d, must be 1 ... %d, or 0: automatic",
                    name, value, max);
}

static starfmm_status check_options(const starfmm_options *o)
{
    if (o->precision != STARFMM_DOUBLE && o->precision != STARFMM_FLOAT)
        return sfm_fail(STARFMM_EINVAL, "options.precision = %d is unknown",
                        (int)o->precision);
    if (!sfm_kernel_get(o->kernel))
        return sfm_fail(STARFMM_EINVAL, "options.kernel = %d is unknown", (int)o->kernel);
    if (sfm_kernel_get(o->kernel)->source[0].dim > 1)
        return sfm_fail(STARFMM_EUNSUPPORTED, "kernel '%s': %d components",
                        sfm_kernel_get(o->kernel)->name,
                        sfm_kernel_get(o->kernel)->source[0].dim);
    SFM_TRY(check_range("n_crit", o->n_crit, SFM_MAX_N_CRIT));
    SFM_TRY(check_range("group_size", o->group_size, SFM_MAX_GROUP_SIZE));
    SFM_TRY(check_range("max_depth", o->max_depth, SFM_MAX_DEPTH));
    SFM_TRY(check_range("balance", (int)o->balance, STARFMM_OFF));
    SFM_TRY(check_range("gradient", (int)o->gradient, STARFMM_OFF));
    SFM_TRY(check_range("deterministic", (int)o->deterministic, STARFMM_OFF));
    SFM_TRY(check_range("m2l", (int)o->m2l, STARFMM_M2L_DENSE));
    return sfm_kernel_check_params(sfm_kernel_get(o->kernel), o->params);
}

static void choose_leaves(const sfm_fmm *f, const starfmm_options *o,
                          const sfm_point_sets *p, sfm_build_report *r)
{
    r->max_depth = o->max_depth ? o->max_depth : SFM_MAX_DEPTH;
    if (sfm_shape_is_even(p)) {
        sfm_grid grid = sfm_cost_grid(f, p, o->n_crit, r->max_depth);
        r->stretch = grid.stretch;
        r->n_crit = grid.n_crit;
        return;
    }
    int volume = sfm_shape_spread(p->sources, p->n_sources) > SFM_SPREAD_OF_VOLUMES;
    r->stretch = 1;
    r->n_crit = o->n_crit ? o->n_crit : sfm_cost_n_crit(f, p->targets == NULL, volume);
}

/* Kernel, orders and arithmetic. */
static starfmm_status choose(sfm_fmm *f, const starfmm_options *o, const sfm_point_sets *p,
                             sfm_build_report *r)
{
    sfm_accuracy_choice choice;
    SFM_TRY(check_options(o));
    SFM_TRY(sfm_accuracy_choose(o, &choice));
    SFM_TRY(sfm_isa_select(sfm_variable_value(SFM_VARIABLE_ISA), &f->isa));
    f->kernel = sfm_kernel_get(o->kernel);
    f->precision = o->precision;
    f->accuracy = choice.accuracy;
    f->gradient = o->gradient == STARFMM_ON;
    f->order = choice.order;
    f->check_order = choice.check_order;
    f->n_e = sfm_surface_count(f->order);
    f->n_c = sfm_surface_count(f->check_order);
    r->levels.cutoff = choice.cutoff;
    r->levels.floor = choice.floor;
    choose_leaves(f, o, p, r);
    r->m2l = r->levels.m2l = o->m2l ? o->m2l : STARFMM_M2L_FOURIER;
    return STARFMM_OK;
}

/* Nodes worth a part of a shared loop. */
#define NODES_PER_PART 1024

/* Sums over the nodes of a part, of U, V, W, X. */
typedef struct list_sums {
    starfmm_list_stats of[4];
} list_sums;

/* A loop over all nodes. */
typedef struct node_loop {
    sfm_fmm *f;
    const sfm_lists *lists;
    int n_parts;
    list_sums *sums; /* [n_parts] */
} node_loop;

static int32_t part_begin(const node_loop *l, int part)
{
    return (int32_t)sfm_part_begin((size_t)l->f->tree.n_nodes, l->n_parts, part);
}

static void set_centres(void *arg, int part)
{
    const node_loop *l = arg;
    for (int32_t i = part_begin(l, part); i < part_begin(l, part + 1); i++) {
        sfm_tree_centre(l->f->tree.key[i], l->f->centre[i]);
        for (int d = 0; d < 3; d++) l->f->centre[i][d] *= l->f->half[0];
    }
}

/* Tree units, half sides and centres. */
static starfmm_status set_lengths(sfm_fmm *f, const starfmm_options *o, sfm_team *team)
{
    int exponent;
    double half = frexp(f->tree.half, &exponent);
    size_t n = (size_t)f->tree.n_nodes;
    f->unit = ldexp(1, exponent);
    sfm_kernel_scale_params(f->kernel, o->params, f->unit, f->params);
    for (int l = 0; l <= SFM_MAX_DEPTH; l++) f->half[l] = ldexp(half, -l);
    f->centre = sfm_alloc(n, sizeof *f->centre);
    if (!f->centre) return sfm_fail(STARFMM_ENOMEM, "no memory for %zu nodes", n);
    node_loop l = {.f = f, .n_parts = sfm_team_parts(team, n, NODES_PER_PART)};
    sfm_team_run(team, l.n_parts, set_centres, &l);
    return STARFMM_OK;
}

static void add_length(starfmm_list_stats *s, double length, int is_leaf)
{
    s->mean_all += length;
    if (is_leaf) s->mean_leaves += length;
    if ((int)length > s->max) s->max = (int)length;
}

static void measure_part(void *arg, int part)
{
    const node_loop *l = arg;
    const sfm_tree *t = &l->f->tree;
    const sfm_csr *stored[4] = {&l->lists->u, NULL, &l->lists->w, &l->lists->x};
    list_sums *sums = &l->sums[part];
    for (int32_t i = part_begin(l, part); i < part_begin(l, part + 1); i++)
        for (int k = 0; k < 4; k++) {
            double length = stored[k]
                                ? (double)(stored[k]->begin[i + 1] - stored[k]->begin[i])
                                : sfm_v_count(t, l->lists, i);
            add_length(&sums->of[k], length, sfm_tree_is_leaf(t, i));
        }
}

static starfmm_status measure_lists(sfm_fmm *f, const sfm_lists *lists, sfm_team *team,
                                    sfm_build_report *r)
{
    starfmm_list_stats *stats[4] = {&r->u, &r->v, &r->w, &r->x};
    const sfm_tree *t = &f->tree;
    node_loop l = {.f = f, .lists = lists};
    l.n_parts = sfm_team_parts(team, (size_t)t->n_nodes, NODES_PER_PART);
    l.sums = sfm_calloc((size_t)l.n_parts, sizeof *l.sums);
    if (!l.sums) return sfm_fail(STARFMM_ENOMEM, "no memory for %d nodes", (int)t->n_nodes);
    sfm_team_run(team, l.n_parts, measure_part, &l);
    for (int k = 0; k < 4; k++) {
        *stats[k] = (starfmm_list_stats){0, 0, 0};
        for (int part = 0; part < l.n_parts; part++) { /* whole numbers: exact */
            const starfmm_list_stats *s = &l.sums[part].of[k];
            stats[k]->mean_all += s->mean_all;
            stats[k]->mean_leaves += s->mean_leaves;
            if (s->max > stats[k]->max) stats[k]->max = s->max;
        }
        stats[k]->mean_all /= t->n_nodes;
        stats[k]->mean_leaves /= t->n_leaves;
    }
    sfm_free(l.sums);
    return STARFMM_OK;
}

static starfmm_status cut_groups(sfm_fmm *f, const sfm_lists *lists,
                                 const sfm_point_sets *p, const starfmm_options *o)
{
    /* Sums are formed group by group: bitwise equal ones need the same groups anywhere. */
    int n_workers = o->deterministic == STARFMM_ON ? 0 : p->n_workers;
    double *weight = sfm_alloc((size_t)f->tree.n_nodes, sizeof *weight), total = 0;
    if (!weight)
        return sfm_fail(STARFMM_ENOMEM, "no memory for %d nodes", (int)f->tree.n_nodes);
    sfm_cost_nodes(f, lists, p->team, weight);
    for (int32_t i = 0; i < f->tree.n_nodes; i++) total += weight[i];
    starfmm_status status = sfm_groups_build(&f->groups, &f->tree, o->group_size, weight,
                                             sfm_cost_group_limit(total, n_workers));
    sfm_free(weight);
    return status;
}

/* Everything that follows from the tree's geometry. */
static starfmm_status build_work(sfm_fmm *f, const sfm_lists *lists,
                                 const sfm_point_sets *p, const starfmm_options *o,
                                 sfm_build_report *r)
{
    sfm_team *team = p->team;
    SFM_TRY(measure_lists(f, lists, team, r));
    SFM_TRY(sfm_interactions_build(f, lists, team));
    SFM_TRY(cut_groups(f, lists, p, o));
    SFM_TRY(sfm_interactions_assign(f, f->groups.n, team));
    SFM_TRY(sfm_reactions_build(f));
    SFM_TRY(sfm_m2l_work_build(f, &lists->colleagues, team));
    f->flops = sfm_calloc((size_t)f->groups.n, sizeof *f->flops);
    if (!f->flops)
        return sfm_fail(STARFMM_ENOMEM, "no memory for %d groups", (int)f->groups.n);
    sfm_cost_flops(f, team);
    return STARFMM_OK;
}

static starfmm_status build_levels(sfm_fmm *f, const starfmm_options *o,
                                   const sfm_fmm *donor, sfm_build_report *r)
{
    char dir[4096];
    SFM_TRY(sfm_store_dir(o->cache_dir, dir, sizeof dir));
    r->levels.cache_dir = dir;
    starfmm_status status = f->precision == STARFMM_DOUBLE
                                ? sfm_levels_create_f64(f, &r->levels, donor)
                                : sfm_levels_create_f32(f, &r->levels, donor);
    r->levels.cache_dir = NULL;
    return status;
}

static starfmm_status build_tree(sfm_fmm *f, const starfmm_options *o,
                                 const sfm_point_sets *p, const sfm_fmm *donor,
                                 const sfm_build_report *r)
{
    sfm_tree_options t = {.n_crit = r->n_crit,
                          .max_depth = r->max_depth,
                          .balance = o->balance != STARFMM_OFF,
                          .old = donor ? &donor->tree : NULL,
                          .team = p->team,
                          .stretch = r->stretch};
    SFM_TRY(
        sfm_tree_build(&f->tree, &t, p->n_sources, p->sources, p->n_targets, p->targets));
    assert(sfm_tree_is_valid(&f->tree, &t, p->sources, p->targets));
    return STARFMM_OK;
}

/* Take what does not depend on where the points are within their leaves, and fill the rest.
 */
static starfmm_status share_shape(sfm_fmm *f, const sfm_fmm *donor, sfm_team *team)
{
    sfm_tree tree = f->tree;
    size_t n = (size_t)donor->groups.n;
    *f = *donor;
    f->tree = tree;
    f->shares_shape = 1;
    f->reactions = (sfm_reactions){0};
    f->groups.group = sfm_alloc(n, sizeof *f->groups.group);
    f->flops = sfm_alloc(n, sizeof *f->flops);
    if (!f->groups.group || !f->flops)
        return sfm_fail(STARFMM_ENOMEM, "no memory for %zu groups", n);
    sfm_groups_fill(&f->groups, &f->tree);
    sfm_cost_flops(f, team);
    return sfm_reactions_share(f, &donor->reactions);
}

static starfmm_status build(sfm_fmm *f, const starfmm_options *o, const sfm_point_sets *p,
                            const sfm_fmm *donor, sfm_build_report *r)
{
    double start = sfm_now();
    sfm_lists lists = {0};
    SFM_TRY(choose(f, o, p, r));
    SFM_TRY(build_tree(f, o, p, donor, r));
    if (donor && sfm_tree_same_shape(&f->tree, &donor->tree)) {
        SFM_TRY(share_shape(f, donor, p->team));
        r->tree_seconds = sfm_now() - start;
        r->operators_seconds = 0;
        return STARFMM_OK;
    }
    SFM_TRY(set_lengths(f, o, p->team));
    starfmm_status status = sfm_lists_build(&lists, &f->tree, p->team);
    if (status == STARFMM_OK) status = build_work(f, &lists, p, o, r);
    sfm_lists_free(&lists);
    if (status != STARFMM_OK) return status;
    r->tree_seconds = sfm_now() - start;
    status = build_levels(f, o, donor, r);
    r->operators_seconds = sfm_now() - start - r->tree_seconds;
    return status;
}

starfmm_status sfm_fmm_build(sfm_fmm *fmm, const starfmm_options *options,
                             const sfm_point_sets *points, const sfm_fmm *donor,
                             sfm_build_report *report)
{
    memset(fmm, 0, sizeof *fmm);
    if (!donor) memset(report, 0, sizeof *report);
    starfmm_status status = build(fmm, options, points, donor, report);
    if (status != STARFMM_OK) sfm_fmm_free(fmm);
    return status;
}

void sfm_fmm_adopt(sfm_fmm *fmm, sfm_fmm *donor)
{
    if (fmm->shares_shape) {
        fmm->shares_shape = 0;
        donor->shares_shape = 1;
    } else if (fmm->precision == STARFMM_DOUBLE)
        sfm_levels_adopt_f64(fmm, donor);
    else
        sfm_levels_adopt_f32(fmm, donor);
    sfm_fmm_free(donor);
}

static void free_shape(sfm_fmm *f)
{
    if (f->precision == STARFMM_DOUBLE)
        sfm_levels_free_f64(f);
    else
        sfm_levels_free_f32(f);
    sfm_m2l_work_free(f);
    sfm_interactions_free(f);
    sfm_free(f->groups.of_node);
    sfm_free(f->centre);
}

void sfm_fmm_free(sfm_fmm *f)
{
    sfm_reactions_free(f);
    if (!f->shares_shape) free_shape(f);
    sfm_free(f->flops);
    sfm_free(f->groups.group);
    sfm_tree_free(&f->tree);
    memset(f, 0, sizeof *f);
}

static size_t reading_bytes(const sfm_fmm *f, const sfm_reading *r)
{
    size_t nodes = (size_t)f->tree.n_nodes;
    return (nodes + 1) * sizeof(size_t) + 2 * r->csr.begin[nodes] * sizeof(int32_t) +
           (size_t)f->groups.n * sizeof(sfm_work);
}

size_t sfm_fmm_bytes(const sfm_fmm *f)
{
    size_t nodes = (size_t)f->tree.n_nodes, bytes;
    bytes =
        f->precision == STARFMM_DOUBLE ? sfm_levels_bytes_f64(f) : sfm_levels_bytes_f32(f);
    bytes += nodes * (sizeof(sfm_key) + 2 * sizeof(int32_t) + 1 + 4 * sizeof(size_t) +
                      sizeof *f->centre + sizeof(int32_t));
    bytes += (f->tree.src.n + (f->tree.same_points ? 0 : f->tree.trg.n)) * sizeof(uint32_t);
    bytes += reading_bytes(f, &f->near) + reading_bytes(f, &f->m2p) +
             reading_bytes(f, &f->p2l) + sfm_reactions_bytes(f);
    for (int32_t g = 0; g < f->groups.n; g++)
        bytes += (size_t)f->m2l[g].n_parents * 36 * sizeof(int32_t) +
                 (size_t)f->m2l[g].n_halo * 17 * sizeof(int32_t);
    return bytes;
}
