/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Building: root cube -> keys of the points at the deepest level -> sort -> split runs ->
 * balance -> nodes and points laid out in (level, Morton) order.
 */
#include "tree/tree.h"

#include <string.h>

#include "base/memory.h"
#include "tree/bits.h"
#include "tree/cube.h"
#include "tree/growth.h"
#include "tree/refit.h"
#include "tree/sort.h"

static starfmm_status sort_points(sfm_sorted *s, sfm_helpers *helpers, const sfm_cube *cube,
                                  size_t n, const double *x)
{
    s->n = n;
    s->key = sfm_alloc(n, sizeof *s->key);
    s->index = sfm_alloc(n, sizeof *s->index);
    if (s->key == NULL || s->index == NULL)
        return sfm_fail(STARFMM_ENOMEM, "no memory for the keys of %zu points", n);
    sfm_cube_keys(helpers, cube, n, x, s->key);
    return sfm_sort_keys(helpers, n, s->key, s->index);
}

static void free_sorted(sfm_sorted *s)
{
    sfm_free(s->key);
    sfm_free(s->index);
}

static starfmm_status grow(sfm_growth *g, const sfm_tree_options *options,
                           const sfm_sorted *set)
{
    for (int s = 0; s < g->n_sets; s++) {
        g->n_points[s] = set[s].n;
        g->key[s] = set[s].key;
    }
    SFM_TRY(sfm_growth_start(g, options->n_crit, options->max_depth));
    return options->balance ? sfm_growth_balance(g) : STARFMM_OK;
}

starfmm_status sfm_tree_alloc_nodes(sfm_tree *tree, size_t n)
{
    tree->n_nodes = (int32_t)n;
    tree->key = sfm_alloc(n, sizeof *tree->key);
    tree->parent = sfm_alloc(n, sizeof *tree->parent);
    tree->first_child = sfm_alloc(n, sizeof *tree->first_child);
    tree->n_children = sfm_alloc(n, sizeof *tree->n_children);
    if (!tree->key || !tree->parent || !tree->first_child || !tree->n_children)
        return sfm_fail(STARFMM_ENOMEM, "no memory for a tree of %zu nodes", n);
    return STARFMM_OK;
}

/* Breadth first from the root: that is (level, Morton) order.  order[i] = bud of node i. */
static void lay_out_nodes(sfm_tree *tree, const sfm_growth *g, int32_t *order)
{
    int32_t n = 1;
    order[0] = 0;
    tree->parent[0] = -1;
    for (int32_t i = 0; i < tree->n_nodes; i++) {
        const sfm_bud *b = &g->bud[order[i]];
        int n_children = sfm_count_octants(b->octants);
        tree->key[i] = b->key;
        tree->n_children[i] = (uint8_t)n_children;
        tree->first_child[i] = n_children ? n : -1;
        tree->n_leaves += n_children == 0;
        for (int c = 0; c < n_children; c++, n++) {
            order[n] = b->first_child + c;
            tree->parent[n] = i;
        }
    }
}

static void find_levels(sfm_tree *tree)
{
    tree->depth = sfm_key_level(tree->key[tree->n_nodes - 1]);
    int level = -1;
    for (int32_t i = 0; i < tree->n_nodes; i++)
        while (level < sfm_key_level(tree->key[i])) tree->level_begin[++level] = i;
    while (level <= SFM_MAX_DEPTH) tree->level_begin[++level] = tree->n_nodes;
}

/* Points of set s, leaf after leaf in node order. */
static starfmm_status lay_out_points(sfm_points *p, const sfm_growth *g, int s,
                                     const int32_t *order, const sfm_sorted *set)
{
    p->n = set->n;
    p->index = sfm_alloc(set->n, sizeof *p->index);
    p->begin = sfm_alloc(g->n + 1, sizeof *p->begin);
    p->count = sfm_alloc(g->n, sizeof *p->count);
    if (p->index == NULL || p->begin == NULL || p->count == NULL)
        return sfm_fail(STARFMM_ENOMEM, "no memory for %zu points in tree order", set->n);
    size_t at = 0;
    for (size_t i = 0; i < g->n; i++) {
        const sfm_bud *b = &g->bud[order[i]];
        p->begin[i] = at;
        p->count[i] = b->run[s].end - b->run[s].begin;
        if (b->first_child >= 0) continue;
        memcpy(p->index + at, set->index + b->run[s].begin, p->count[i] * sizeof *p->index);
        at += p->count[i];
    }
    p->begin[g->n] = at;
    return STARFMM_OK;
}

static starfmm_status lay_out(sfm_tree *tree, const sfm_growth *g, const sfm_sorted *set)
{
    int32_t *order = sfm_alloc(g->n, sizeof *order);
    if (order == NULL)
        return sfm_fail(STARFMM_ENOMEM, "no memory for a tree of %zu nodes", g->n);
    starfmm_status status = sfm_tree_alloc_nodes(tree, g->n);
    if (status == STARFMM_OK) {
        lay_out_nodes(tree, g, order);
        find_levels(tree);
        status = lay_out_points(&tree->src, g, 0, order, &set[0]);
    }
    if (status == STARFMM_OK && !tree->same_points)
        status = lay_out_points(&tree->trg, g, 1, order, &set[1]);
    if (tree->same_points) tree->trg = tree->src;
    sfm_free(order);
    return status;
}

static starfmm_status grow_and_lay_out(sfm_tree *tree, const sfm_tree_options *options,
                                       const sfm_sorted *set)
{
    sfm_growth growth = {.n_sets = tree->same_points ? 1 : 2};
    starfmm_status status = grow(&growth, options, set);
    if (status == STARFMM_OK) status = lay_out(tree, &growth, set);
    sfm_growth_free(&growth);
    return status;
}

static sfm_cube root_cube(const sfm_tree_options *o, const sfm_cube *smallest)
{
    double stretch = o->stretch > 1 ? o->stretch : 1;
    if (!o->old) return sfm_cube_stretch(smallest, stretch);
    sfm_cube kept = {.half = o->old->half};
    memcpy(kept.centre, o->old->centre, sizeof kept.centre);
    return sfm_cube_follow(&kept, smallest, stretch);
}

starfmm_status sfm_tree_build(sfm_tree *tree, const sfm_tree_options *options,
                              size_t n_sources, const double *sources, size_t n_targets,
                              const double *targets)
{
    *tree = (sfm_tree){.balanced = options->balance != 0, .same_points = targets == NULL};
    size_t n_other = tree->same_points ? 0 : n_targets;
    sfm_cube cube = sfm_cube_around(options->helpers, n_sources, sources, n_other, targets);
    cube = root_cube(options, &cube);
    memcpy(tree->centre, cube.centre, sizeof tree->centre);
    tree->half = cube.half;

    sfm_sorted set[SFM_MAX_SETS] = {{0}};
    starfmm_status status =
        sort_points(&set[0], options->helpers, &cube, n_sources, sources);
    if (status == STARFMM_OK && !tree->same_points)
        status = sort_points(&set[1], options->helpers, &cube, n_other, targets);
    int fits = 0;
    if (status == STARFMM_OK && options->old)
        status = sfm_tree_refit(tree, options, set, &fits);
    if (status == STARFMM_OK && !fits) status = grow_and_lay_out(tree, options, set);

    for (int s = 0; s < SFM_MAX_SETS; s++) free_sorted(&set[s]);
    if (status != STARFMM_OK) sfm_tree_free(tree);
    return status;
}

static void free_points(sfm_points *p)
{
    sfm_free(p->index);
    sfm_free(p->begin);
    sfm_free(p->count);
}

void sfm_tree_free(sfm_tree *tree)
{
    sfm_free(tree->key);
    sfm_free(tree->parent);
    sfm_free(tree->first_child);
    sfm_free(tree->n_children);
    free_points(&tree->src);
    if (!tree->same_points) free_points(&tree->trg);
    *tree = (sfm_tree){0};
}

size_t sfm_tree_run_end(sfm_key node, const sfm_key *keys, size_t at, size_t end)
{
    int shift = 3 * (SFM_MAX_DEPTH - sfm_key_level(node));
    while (at < end) {
        size_t mid = at + (end - at) / 2;
        if (keys[mid] >> shift <= node)
            at = mid + 1;
        else
            end = mid;
    }
    return at;
}

static int same_holes(const sfm_points *a, const sfm_points *b, int32_t n_nodes)
{
    for (int32_t i = 0; i < n_nodes; i++)
        if ((a->count[i] == 0) != (b->count[i] == 0)) return 0;
    return 1;
}

int sfm_tree_same_shape(const sfm_tree *a, const sfm_tree *b)
{
    return a->half == b->half && !memcmp(a->centre, b->centre, sizeof a->centre) &&
           a->n_nodes == b->n_nodes && a->same_points == b->same_points &&
           !memcmp(a->key, b->key, (size_t)a->n_nodes * sizeof *a->key) &&
           same_holes(&a->src, &b->src, a->n_nodes) &&
           same_holes(&a->trg, &b->trg, a->n_nodes);
}

void sfm_tree_centre(sfm_key key, double centre[3])
{
    int level;
    uint32_t anchor[3];
    sfm_key_decode(key, &level, anchor);
    double side = 2.0 / (double)((uint32_t)1 << level);
    for (int d = 0; d < 3; d++) centre[d] = (anchor[d] + 0.5) * side - 1.0;
}
