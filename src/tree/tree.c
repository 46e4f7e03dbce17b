/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Building: root cube -> keys of the points at the deepest level -> sort -> split runs ->
 * balance -> nodes and points laid out in (level, Morton) order.  Of points that have moved
 * the last three steps are tried with the nodes that there were (tree/refit.h).
 */
#include "tree/tree.h"

#include <string.h>

#include "base/memory.h"
#include "tree/cube.h"
#include "tree/growth.h"
#include "tree/refit.h"
#include "tree/sort.h"

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

starfmm_status sfm_points_alloc(sfm_points *p, size_t n, size_t n_nodes)
{
    p->n = n;
    p->index = sfm_alloc(n, sizeof *p->index);
    p->begin = sfm_alloc(n_nodes + 1, sizeof *p->begin);
    p->count = sfm_alloc(n_nodes, sizeof *p->count);
    if (!p->index || !p->begin || !p->count)
        return sfm_fail(STARFMM_ENOMEM, "no memory for %zu points in tree order", n);
    return STARFMM_OK;
}

void sfm_points_lay_out(sfm_points *p, const sfm_tree *t, const size_t *first,
                        const uint32_t *sorted)
{
    size_t at = 0;
    for (int32_t i = 0; i < t->n_nodes; i++) {
        p->begin[i] = at;
        if (!sfm_tree_is_leaf(t, i)) continue;
        memcpy(p->index + at, sorted + first[i], p->count[i] * sizeof *p->index);
        at += p->count[i];
    }
    p->begin[t->n_nodes] = at;
}

/* Breadth first from the root: that is (level, Morton) order.  order[i] = the growing node
 * that becomes node i. */
static void lay_out_nodes(sfm_tree *tree, const sfm_growth *g, int32_t *order)
{
    int32_t n = 1;
    int level = -1;
    order[0] = 0;
    tree->parent[0] = -1;
    for (int32_t i = 0; i < tree->n_nodes; i++) {
        const sfm_growing_node *node = &g->node[order[i]];
        int n_children = sfm_count_octants(node->octants);
        tree->key[i] = node->key;
        tree->n_children[i] = (uint8_t)n_children;
        tree->first_child[i] = n_children ? n : -1;
        tree->n_leaves += n_children == 0;
        for (int c = 0; c < n_children; c++, n++) {
            order[n] = node->first_child + c;
            tree->parent[n] = i;
        }
        while (level < sfm_key_level(node->key)) tree->level_begin[++level] = i;
    }
    tree->depth = level;
    while (level <= SFM_MAX_DEPTH) tree->level_begin[++level] = tree->n_nodes;
}

/* The tree of the nodes that have grown, from here on in its own order. */
static starfmm_status lay_out(sfm_tree *tree, const sfm_growth *g)
{
    sfm_points *points[SFM_MAX_SETS] = {&tree->src, &tree->trg};
    int32_t *order = sfm_alloc(g->n, sizeof *order);
    size_t *first = sfm_alloc(g->n, sizeof *first);
    starfmm_status status = STARFMM_OK;
    if (!order || !first)
        status = sfm_fail(STARFMM_ENOMEM, "no memory for a tree of %zu nodes", g->n);
    if (status == STARFMM_OK) status = sfm_tree_alloc_nodes(tree, g->n);
    if (status == STARFMM_OK) lay_out_nodes(tree, g, order);
    for (int s = 0; s < g->n_sets && status == STARFMM_OK; s++) {
        status = sfm_points_alloc(points[s], g->set[s].n, g->n);
        if (status != STARFMM_OK) break;
        for (size_t i = 0; i < g->n; i++) {
            const sfm_run *run = &g->node[order[i]].run[s];
            first[i] = run->begin;
            points[s]->count[i] = run->end - run->begin;
        }
        sfm_points_lay_out(points[s], tree, first, g->set[s].index);
    }
    sfm_free(order);
    sfm_free(first);
    return status;
}

static starfmm_status grow_tree(sfm_tree *tree, const sfm_tree_options *options,
                                const sfm_sorted_points *set)
{
    sfm_growth growth = {.n_sets = tree->same_points ? 1 : 2, .set = set};
    starfmm_status status = sfm_growth_start(&growth, options->n_crit, options->max_depth);
    if (status == STARFMM_OK && options->balance) status = sfm_growth_balance(&growth);
    if (status == STARFMM_OK) status = lay_out(tree, &growth);
    if (tree->same_points) tree->trg = tree->src;
    sfm_growth_free(&growth);
    return status;
}

static starfmm_status sort_points(sfm_sorted_points *s, sfm_helpers *helpers,
                                  const sfm_cube *cube, size_t n, const double *x)
{
    *s = (sfm_sorted_points){n, sfm_alloc(n, sizeof *s->key),
                             sfm_alloc(n, sizeof *s->index)};
    if (!s->key || !s->index)
        return sfm_fail(STARFMM_ENOMEM, "no memory for the keys of %zu points", n);
    sfm_cube_keys(helpers, cube, n, x, s->key);
    return sfm_sort_keys(helpers, n, s->key, s->index);
}

starfmm_status sfm_tree_build(sfm_tree *tree, const sfm_tree_options *options,
                              size_t n_sources, const double *sources, size_t n_targets,
                              const double *targets)
{
    const sfm_tree *old = options->old;
    double stretch = options->stretch > 1 ? options->stretch : 1;
    *tree = (sfm_tree){.balanced = options->balance != 0, .same_points = targets == NULL};
    size_t n_other = tree->same_points ? 0 : n_targets;
    sfm_cube cube = sfm_cube_around(options->helpers, n_sources, sources, n_other, targets);
    if (old) {
        const sfm_cube kept = {{old->centre[0], old->centre[1], old->centre[2]}, old->half};
        cube = sfm_cube_follow(&kept, &cube, stretch);
    } else
        cube = sfm_cube_stretch(&cube, stretch);
    memcpy(tree->centre, cube.centre, sizeof tree->centre);
    tree->half = cube.half;

    sfm_sorted_points set[SFM_MAX_SETS] = {{0}};
    starfmm_status status =
        sort_points(&set[0], options->helpers, &cube, n_sources, sources);
    if (status == STARFMM_OK && !tree->same_points)
        status = sort_points(&set[1], options->helpers, &cube, n_other, targets);
    int fits = 0;
    if (status == STARFMM_OK && old) status = sfm_tree_refit(tree, options, set, &fits);
    if (status == STARFMM_OK && !fits) status = grow_tree(tree, options, set);
    for (int s = 0; s < SFM_MAX_SETS; s++) {
        sfm_free(set[s].key);
        sfm_free(set[s].index);
    }
    if (status != STARFMM_OK) sfm_tree_free(tree);
    return status;
}

void sfm_tree_free(sfm_tree *tree)
{
    sfm_points *points[2] = {&tree->src, &tree->trg};
    for (int s = 0; s < (tree->same_points ? 1 : 2); s++) {
        sfm_free(points[s]->index);
        sfm_free(points[s]->begin);
        sfm_free(points[s]->count);
    }
    sfm_free(tree->key);
    sfm_free(tree->parent);
    sfm_free(tree->first_child);
    sfm_free(tree->n_children);
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

int sfm_tree_same_nodes(const sfm_tree *a, const sfm_tree *b)
{
    if (a->half != b->half || memcmp(a->centre, b->centre, sizeof a->centre) != 0 ||
        a->n_nodes != b->n_nodes || a->same_points != b->same_points ||
        memcmp(a->key, b->key, (size_t)a->n_nodes * sizeof *a->key) != 0)
        return 0;
    for (int32_t i = 0; i < a->n_nodes; i++)
        if ((a->src.count[i] == 0) != (b->src.count[i] == 0) ||
            (a->trg.count[i] == 0) != (b->trg.count[i] == 0))
            return 0;
    return 1;
}

void sfm_tree_centre(sfm_key key, double centre[3])
{
    int level;
    uint32_t anchor[3];
    sfm_key_decode(key, &level, anchor);
    double side = 2.0 / (double)((uint32_t)1 << level);
    for (int d = 0; d < 3; d++) centre[d] = (anchor[d] + 0.5) * side - 1.0;
}
