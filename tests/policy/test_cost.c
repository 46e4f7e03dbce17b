/* SPDX-License-Identifier: BSD-3-Clause */
/* The cost model: the amounts of the operators' rows against pairs that are counted one by one,
 * and what is chosen from them (groups, leaves, grids) against trees that are built. */
#include "policy/cost.h"

#include <math.h>

#include "operators/m2l/m2l_method.h"
#include "tests/support/boxes.h"
#include "tests/support/points.h"
#include "tests/support/serial.h"
#include "tests/support/test.h"

static starfmm_options options_for(int order)
{
    starfmm_options o;
    starfmm_options_init(&o);
    o.order = order;
    return o;
}

/* ---- amounts -------------------------------------------------------------------------- */

/* What all tasks of the operators have to do for one vector: evaluations of the kernel, and
 * flops beside them. */
typedef struct counted {
    double pairs[STARFMM_N_OPERATORS], flops[STARFMM_N_OPERATORS];
} counted;

static size_t count_sources(const sfm_tree *t, int32_t leaf)
{
    return t->src.begin[leaf + 1] - t->src.begin[leaf];
}

static size_t count_targets(const sfm_tree *t, int32_t leaf)
{
    return t->trg.begin[leaf + 1] - t->trg.begin[leaf];
}

/* Is the leaf `a` in the near row of `b`, or `b` in that of `a` where both are of one set? */
static int is_near(const sfm_test_serial *s, int32_t b, int32_t a)
{
    const sfm_csr *near = &s->plan.schedule.near.csr;
    for (size_t k = near->begin[b]; k < near->begin[b + 1]; k++)
        if (near->item[k] == a) return 1;
    if (!s->plan.schedule.mutual) return 0;
    for (size_t k = near->begin[a]; k < near->begin[a + 1]; k++)
        if (near->item[k] == b) return 1;
    return 0;
}

static double count_items(const sfm_csr *csr, int32_t row)
{
    return (double)(csr->begin[row + 1] - csr->begin[row]);
}

/* Members of V that hold sources, from the keys. */
static double count_v(const sfm_tree *t, int32_t b)
{
    double n = 0;
    for (int32_t a = 1; a < t->n_nodes; a++)
        n += t->src.count[a] > 0 && sfm_key_level(t->key[a]) == sfm_key_level(t->key[b]) &&
             !sfm_test_keys_touch(t->key[a], t->key[b]) &&
             sfm_test_keys_touch(t->key[t->parent[a]], t->key[t->parent[b]]);
    return n;
}

static void count_leaf(const sfm_test_serial *s, int32_t b, counted *c)
{
    const sfm_tree *t = &s->plan.geometry.tree;
    const sfm_settings *set = &s->plan.settings;
    double src = (double)count_sources(t, b), trg = (double)count_targets(t, b);
    double solve = 2.0 * set->n_e * (set->n_e + set->n_c);
    for (int32_t a = 0; a < t->n_nodes; a++)
        if (sfm_tree_is_leaf(t, a) && is_near(s, b, a))
            c->pairs[STARFMM_OP_P2P] += trg * (double)count_sources(t, a);
    c->pairs[STARFMM_OP_M2P] += trg * count_items(&s->plan.schedule.m2p.csr, b) * set->n_e;
    if (sfm_key_level(t->key[b]) < 2) return;
    if (src > 0) c->flops[STARFMM_OP_P2M] += solve;
    c->pairs[STARFMM_OP_P2M] += src * set->n_c;
    if (trg > 0) c->flops[STARFMM_OP_L2P] += solve;
    c->pairs[STARFMM_OP_L2P] += trg * set->n_c;
}

static void count_node(const sfm_test_serial *s, int32_t b, counted *c)
{
    const sfm_tree *t = &s->plan.geometry.tree;
    const sfm_settings *set = &s->plan.settings;
    const sfm_csr *p2l = &s->plan.schedule.p2l.csr;
    double matrix = 2.0 * set->n_e * set->n_e;
    int level = sfm_key_level(t->key[b]);
    for (size_t k = p2l->begin[b]; k < p2l->begin[b + 1]; k++)
        c->pairs[STARFMM_OP_P2L] += (double)count_sources(t, p2l->item[k]) * set->n_e;
    if (level < 2) return;
    if (t->trg.count[b] > 0)
        c->flops[STARFMM_OP_M2L] += count_v(t, b) * sfm_m2l_pair_flops(set);
    if (t->trg.count[b] > 0 && level > 2) c->flops[STARFMM_OP_L2L] += matrix;
    for (int k = 0; k < t->n_children[b]; k++)
        if (t->src.count[t->first_child[b] + k] > 0) c->flops[STARFMM_OP_M2M] += matrix;
    if (t->src.count[b] > 0 &&
        s->plan.schedule.read_by_m2l[s->plan.schedule.groups.of_node[b]])
        c->flops[STARFMM_OP_M2F] += sfm_m2l_row_flops(set);
}

static void check_amounts(const starfmm_options *o, const char *kind, size_t n_sources,
                          size_t n_targets)
{
    sfm_test_serial s;
    counted c = {{0}, {0}};
    if (!sfm_test_serial_make(&s, o, kind, n_sources, n_targets, 1)) return;
    const sfm_tree *t = &s.plan.geometry.tree;
    for (int32_t b = 0; b < t->n_nodes; b++) {
        if (sfm_tree_is_leaf(t, b)) count_leaf(&s, b, &c);
        count_node(&s, b, &c);
    }
    for (int op = 0; op < STARFMM_N_OPERATORS; op++) {
        const sfm_kernel *k = s.plan.settings.kernel;
        int makes_results =
            op == STARFMM_OP_P2P || op == STARFMM_OP_M2P || op == STARFMM_OP_L2P;
        double pair = k->flops[0][makes_results ? s.plan.settings.target : 0];
        double flops = 0, exact = c.pairs[op] * pair + c.flops[op];
        for (int32_t g = 0; g < s.plan.schedule.groups.n; g++)
            if (sfm_operator_exists(s.fmm, op, g))
                flops += sfm_operator_flops(s.fmm, op, g);
        CHECKF(fabs(flops - exact) <= 1e-12 * exact, "%s, %s: %.17g flops, not %.17g", kind,
               sfm_operator_table[op]->name, flops, exact);
    }
    sfm_test_serial_free(&s);
}

SFM_CASE(amounts)
{
    starfmm_options o = options_for(3);
    o.n_crit = 40;
    o.group_size = 9;
    o.balance = STARFMM_OFF;
    check_amounts(&o, "plummer", 3000, 0);
    check_amounts(&o, "plummer", 3000, 2000);
    check_amounts(&o, "cube", 30, 0);
    o.balance = STARFMM_ON;
    o.gradient = STARFMM_ON;
    o.kernel = STARFMM_YUKAWA;
    o.params[0] = 1;
    o.m2l = STARFMM_M2L_DENSE;
    check_amounts(&o, "sphere", 2500, 0);
    check_amounts(&o, "clusters", 2500, 300);
}

/* ---- weights -------------------------------------------------------------------------- */

static double total_weight(const sfm_test_serial *s, double *weight)
{
    double total = 0;
    sfm_cost_nodes(s->fmm, NULL, weight);
    for (int32_t i = 0; i < s->plan.geometry.tree.n_nodes; i++) total += weight[i];
    return total;
}

/* In single precision everything takes half the time; more vectors of work never less. */
SFM_CASE(weights)
{
    sfm_test_serial s[3];
    double *weight[3];
    for (int k = 0; k < 3; k++) {
        starfmm_options o = options_for(4);
        o.n_crit = 30;
        o.precision = k == 1 ? STARFMM_FLOAT : STARFMM_DOUBLE;
        o.gradient = k == 2 ? STARFMM_ON : STARFMM_OFF;
        if (!sfm_test_serial_make(&s[k], &o, "plummer", 3000, 1000, 1)) return;
        weight[k] = calloc((size_t)s[k].plan.geometry.tree.n_nodes, sizeof **weight);
        total_weight(&s[k], weight[k]);
    }
    const sfm_tree *t = &s[0].plan.geometry.tree;
    for (int32_t i = 0; i < t->n_nodes; i++) {
        CHECKF(weight[0][i] >= 0 &&
                   fabs(weight[1][i] - weight[0][i] / 2) <= 1e-12 * weight[0][i],
               "node %d: %g, in single precision %g", i, weight[0][i], weight[1][i]);
        CHECKF(weight[2][i] >= weight[0][i], "node %d: %g, with gradients %g", i,
               weight[0][i], weight[2][i]);
        if (sfm_tree_is_leaf(t, i))
            CHECKF(weight[0][i] > 0,
                   "leaf %d of %zu sources and %zu targets is for nothing", i,
                   t->src.count[i], t->trg.count[i]);
    }
    for (int k = 0; k < 3; k++) {
        free(weight[k]);
        sfm_test_serial_free(&s[k]);
    }
}

/* ---- groups --------------------------------------------------------------------------- */

SFM_CASE(limits_of_groups)
{
    const int workers[] = {0, 1, 2, 8, 64, 256};
    const double submission = 30e-6; /* of one thread, a group */
    for (int k = 0; k < 6; k++) {
        int n = workers[k], at_least = n > 2 ? n : 2;
        double before = 0;
        for (double total = 1e-5; total < 1e5; total *= 1.7) {
            double limit = sfm_cost_group_limit(total, n);
            CHECKF(limit > 0 && limit <= 64e-3 && limit >= before, "%g s, %d workers: %g",
                   total, n, limit);
            before = limit;
            if (n == 0) {
                CHECKF(limit >= 2e-3 && limit <= 8e-3, "%g s: %g", total, limit);
                continue;
            }
            /* Some groups for every worker, and submission is not what takes longest; unless
             * both cannot be had. */
            CHECKF(total / limit >= 5 * at_least * (1 - 1e-12) || limit <= n * submission,
                   "%g s, %d workers: only %g groups", total, n, total / limit);
            CHECKF(limit >= fmin(n * submission, 64e-3) * (1 - 1e-12),
                   "%g s, %d workers: a group of %g s a worker and 30 us", total, n, limit);
            if (total > 100 * at_least * 64e-3)
                CHECKF(limit == 64e-3, "%g s, %d workers: %g", total, n, limit);
        }
    }
    CHECKF(sfm_cost_group_limit(1, 4) < sfm_cost_group_limit(1, 2), "%g",
           sfm_cost_group_limit(1, 4));
}

/* ---- leaves --------------------------------------------------------------------------- */

static sfm_settings settings_of(const starfmm_options *o)
{
    sfm_settings s;
    CHECK_OK(sfm_choose_settings(&s, o, SFM_ISA_PORTABLE, 0));
    return s;
}

/* Cost of a full tree of so many levels over n random points. */
static double cost_of_depth(int order, size_t n, int depth, int two_sets)
{
    starfmm_options o = options_for(order);
    sfm_test_serial s;
    o.n_crit = 1;
    o.max_depth = depth;
    if (!sfm_test_serial_make(&s, &o, "cube", n, two_sets ? n : 0, 1)) return NAN;
    double *weight = malloc((size_t)s.plan.geometry.tree.n_nodes * sizeof *weight);
    double total = total_weight(&s, weight);
    free(weight);
    sfm_test_serial_free(&s);
    return total;
}

/* Leaves of four times as many points as chosen are better split, of a quarter are not. */
SFM_CASE(points_of_a_leaf)
{
    const int orders[] = {2, 4};
    for (int k = 0; k < 2; k++)
        for (int two_sets = 0; two_sets < 2; two_sets++)
            for (int many = 0; many < 2; many++) {
                starfmm_options o = options_for(orders[k]);
                sfm_settings s = settings_of(&o);
                int n_crit = sfm_cost_n_crit(&s, !two_sets, 1);
                size_t in_leaf = (size_t)(many ? 4 * n_crit : n_crit / 4),
                       n = in_leaf * 512;
                double whole = cost_of_depth(orders[k], n, 3, two_sets);
                double split = cost_of_depth(orders[k], n, 4, two_sets);
                CHECKF(many ? split < whole : whole < split,
                       "order %d, %zu in a leaf, n_crit %d: %g s, split %g", orders[k],
                       in_leaf, n_crit, whole, split);
            }
}

SFM_CASE(points_of_a_leaf_by_order)
{
    for (int volume = 0; volume < 2; volume++)
        for (int one_set = 0; one_set < 2; one_set++)
            for (int order = 2, before = 0; order <= 16; order++) {
                starfmm_options o = options_for(order);
                sfm_settings s = settings_of(&o);
                int n = sfm_cost_n_crit(&s, one_set, volume);
                /* a step in the arithmetic makes pairs dearer, by half at most */
                CHECKF(n >= 16 && n <= 2000 && n >= before * 2 / 3, "order %d: %d after %d",
                       order, n, before);
                CHECKF(!one_set || n >= sfm_cost_n_crit(&s, 0, volume),
                       "order %d: pairs that are summed once for both are cheaper: %d",
                       order, n);
                before = n;
            }
}

/* ---- grids ---------------------------------------------------------------------------- */

/* The tree of a grid over n random points in a cube: they fill k x k x k cells of its deepest
 * level, none too many for a leaf.  Those at the far faces may be alone in their parents, which
 * then are leaves. */
static void check_grid(sfm_grid grid, size_t n, int max_depth)
{
    double *x = sfm_test_points("cube", n, 17);
    const sfm_tree_options o = {.n_crit = grid.n_crit,
                                .max_depth = max_depth,
                                .balance = 1,
                                .stretch = grid.stretch};
    sfm_tree t;
    CHECK_OK(sfm_tree_build(&t, &o, n, x, 0, NULL));
    int side = 1 << t.depth, k = (int)rint(side / grid.stretch), filled = 0;
    int *points = calloc((size_t)side * (size_t)side * (size_t)side, sizeof *points);
    CHECKF(grid.stretch >= 1 && grid.stretch < 2 &&
               fabs(side / grid.stretch - k) < 1e-9 * k,
           "stretch %g: %g cells on level %d", grid.stretch, side / grid.stretch, t.depth);
    for (size_t i = 0; i < n; i++) {
        int cell = 0;
        for (int d = 0; d < 3; d++) {
            double at = (x[3 * i + (size_t)d] - t.centre[d]) / t.half; /* in [-1, 1) */
            cell = cell * side + (int)((at + 1) / 2 * side);
        }
        filled += points[cell]++ == 0;
        CHECKF(points[cell] <= grid.n_crit, "%d points in a cell, n_crit %d", points[cell],
               grid.n_crit);
    }
    CHECKF(filled == k * k * k, "%d cells, not %d^3, of %zu points", filled, k, n);
    CHECKF(t.n_leaves <= filled && t.n_leaves >= (k - 1) * (k - 1) * (k - 1),
           "%d leaves of %d cells, %zu points", t.n_leaves, filled, n);
    free(points);
    sfm_tree_free(&t);
    free(x);
}

SFM_CASE(grids)
{
    const size_t numbers[] = {1000, 7000, 40000, 150000};
    const int orders[] = {3, 6, 10};
    for (int i = 0; i < 4; i++)
        for (int k = 0; k < 3; k++)
            for (int max_depth = 2; max_depth <= SFM_MAX_DEPTH; max_depth += 19) {
                starfmm_options o = options_for(orders[k]);
                sfm_settings s = settings_of(&o);
                const sfm_point_sets points = {numbers[i], 0, NULL, NULL, NULL};
                check_grid(sfm_cost_grid(&s, &points, 0, max_depth), numbers[i], max_depth);
            }
}

/* Where n_crit is given, the grid of the largest leaves that it allows. */
SFM_CASE(grids_of_given_leaves)
{
    const size_t numbers[] = {1000, 30000, 150000};
    const int given[] = {40, 150, 900};
    for (int i = 0; i < 3; i++)
        for (int k = 0; k < 3; k++) {
            starfmm_options o = options_for(6);
            sfm_settings s = settings_of(&o);
            const sfm_point_sets points = {numbers[i], 0, NULL, NULL, NULL};
            sfm_grid grid = sfm_cost_grid(&s, &points, given[k], SFM_MAX_DEPTH);
            CHECKF(grid.n_crit == given[k], "n_crit %d, not %d", grid.n_crit, given[k]);
            check_grid(grid, numbers[i], SFM_MAX_DEPTH);
        }
}

SFM_MAIN()
