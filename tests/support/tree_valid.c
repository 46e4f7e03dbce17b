/* SPDX-License-Identifier: BSD-3-Clause */
/* Invariants of a tree, checked one by one from their statement, not from how it is built. */
#include "tests/support/tree_valid.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "tree/cube.h"
#include "tree/refit.h"

/* Slack for a point inside its leaf, in units of the root's half side: the rounding of the
 * coordinate relative to the centre and of its sum with 1, both here and in the build. */
#define INSIDE_SLACK (4 * DBL_EPSILON)

/* sfm_fail is the way to leave a message; the answer is 0. */
#define BAD(...) (sfm_fail(STARFMM_EINVAL, __VA_ARGS__), 0)

static int root_is_valid(const sfm_tree *t)
{
    if (!(t->half > 0) || !isfinite(t->half)) return BAD("root half side is %g", t->half);
    for (int d = 0; d < 3; d++)
        if (!isfinite(t->centre[d])) return BAD("root centre[%d] is %g", d, t->centre[d]);
    if (t->n_nodes < 1 || t->key[0] != 1 || t->parent[0] != -1)
        return BAD("the first of %d nodes is not the root", t->n_nodes);
    return 1;
}

/* Levels partition the nodes; keys ascend within a level. */
static int levels_are_valid(const sfm_tree *t, const sfm_tree_options *o)
{
    if (t->level_begin[0] != 0) return BAD("level 0 begins at node %d", t->level_begin[0]);
    for (int l = 0; l <= SFM_MAX_DEPTH; l++) {
        int32_t begin = t->level_begin[l], end = t->level_begin[l + 1];
        if (end < begin || (end > begin) != (l <= t->depth))
            return BAD("level %d has nodes [%d, %d), depth is %d", l, begin, end, t->depth);
        for (int32_t i = begin; i < end; i++) {
            if (sfm_key_level(t->key[i]) != l)
                return BAD("node %d of level %d has key %#llx", i, l,
                           (unsigned long long)t->key[i]);
            if (i > begin && t->key[i] <= t->key[i - 1])
                return BAD("keys of nodes %d and %d do not ascend", i - 1, i);
        }
    }
    if (t->level_begin[SFM_MAX_DEPTH + 1] != t->n_nodes)
        return BAD("levels end at node %d of %d", t->level_begin[SFM_MAX_DEPTH + 1],
                   t->n_nodes);
    if (t->depth > o->max_depth) return BAD("depth %d exceeds %d", t->depth, o->max_depth);
    return 1;
}

/* Parents and children name each other: every node but the root is a child exactly once. */
static int children_are_valid(const sfm_tree *t)
{
    int32_t n_children = 0, n_leaves = 0;
    for (int32_t i = 0; i < t->n_nodes; i++) {
        int32_t p = t->parent[i];
        if (i > 0 && (p < 0 || p >= i || t->key[p] != t->key[i] >> 3))
            return BAD("node %d has parent %d", i, p);
        if (i > 0 && (i < t->first_child[p] || i >= t->first_child[p] + t->n_children[p]))
            return BAD("node %d is not among the children [%d, %d) of its parent %d", i,
                       t->first_child[p], t->first_child[p] + t->n_children[p], p);
        if (t->n_children[i] > 8 || (t->first_child[i] == -1) != (t->n_children[i] == 0))
            return BAD("node %d: %d children from %d", i, t->n_children[i],
                       t->first_child[i]);
        n_children += t->n_children[i];
        n_leaves += t->n_children[i] == 0;
    }
    if (n_children != t->n_nodes - 1)
        return BAD("%d nodes, %d children", t->n_nodes, n_children);
    if (n_leaves != t->n_leaves) return BAD("%d leaves, counted %d", t->n_leaves, n_leaves);
    return 1;
}

/* Runs follow each other; an inner node has none, and as many points as its children. */
static int runs_are_valid(const sfm_tree *t, const sfm_points *p, const char *what)
{
    if (p->begin[0] != 0 || p->begin[t->n_nodes] != p->n || p->count[0] != p->n)
        return BAD("%s: runs [%zu, %zu), root %zu, points %zu", what, p->begin[0],
                   p->begin[t->n_nodes], p->count[0], p->n);
    for (int32_t i = 0; i < t->n_nodes; i++) {
        size_t own = p->begin[i + 1] - p->begin[i];
        size_t sum = own;
        for (int c = 0; c < t->n_children[i]; c++) sum += p->count[t->first_child[i] + c];
        if (p->begin[i + 1] < p->begin[i] || (own > 0 && !sfm_tree_is_leaf(t, i)))
            return BAD("%s: node %d owns [%zu, %zu)", what, i, p->begin[i],
                       p->begin[i + 1]);
        if (sum != p->count[i])
            return BAD("%s: node %d counts %zu, holds %zu", what, i, p->count[i], sum);
    }
    return 1;
}

/* Every point once, in the box of its leaf. */
static int points_are_valid(const sfm_tree *t, const sfm_points *p, const double *x,
                            const char *what)
{
    if (!runs_are_valid(t, p, what)) return 0;
    /* Not sfm_calloc: a failed allocation is no defect of the tree, and an assertion must
     * not take part in what the tests make fail. */
    unsigned char *seen = calloc(p->n + 1, 1);
    size_t i = seen ? 0 : p->n;
    for (; i < p->n && p->index[i] < p->n && !seen[p->index[i]]; i++) seen[p->index[i]] = 1;
    free(seen);
    if (i < p->n)
        return BAD("%s: index[%zu] = %u is no point or twice", what, i, p->index[i]);
    for (int32_t leaf = 0; leaf < t->n_nodes; leaf++) {
        double centre[3], half = ldexp(1.0, -sfm_key_level(t->key[leaf]));
        sfm_tree_centre(t->key[leaf], centre);
        for (size_t k = p->begin[leaf]; k < p->begin[leaf + 1]; k++)
            for (int d = 0; d < 3; d++) {
                double at = (x[3 * (size_t)p->index[k] + d] - t->centre[d]) / t->half;
                if (!(fabs(at - centre[d]) <= half + INSIDE_SLACK))
                    return BAD("%s: point %u lies outside of leaf %d", what, p->index[k],
                               leaf);
            }
    }
    return 1;
}

/* The points whose cells of the deepest level are compared. */
typedef struct sets {
    const sfm_tree *tree;
    const double *x[2]; /* the second is NULL when targets are the sources */
} sets;

/* Do all points below a node lie in `cell`?  0: in the first one's. */
static int lie_in_cell(const sets *s, int32_t node, sfm_key *cell)
{
    const sfm_tree *t = s->tree;
    const sfm_cube cube = {{t->centre[0], t->centre[1], t->centre[2]}, t->half};
    const sfm_points *points[2] = {&t->src, &t->trg};
    for (int set = 0; set < 2 && s->x[set]; set++)
        for (size_t i = points[set]->begin[node]; i < points[set]->begin[node + 1]; i++) {
            sfm_key key;
            sfm_cube_keys(NULL, &cube, 1, s->x[set] + 3 * (size_t)points[set]->index[i],
                          &key);
            if (*cell == 0) *cell = key;
            if (key != *cell) return 0;
        }
    for (int c = 0; c < t->n_children[node]; c++)
        if (!lie_in_cell(s, t->first_child[node] + c, cell)) return 0;
    return 1;
}

static int is_one_cell(const sets *s, int32_t node)
{
    sfm_key cell = 0;
    return s->tree->n_children[node] < 2 && lie_in_cell(s, node, &cell);
}

/* No empty node; leaves within n_crit or one cell; no split without a cause. */
static int occupancy_is_valid(const sfm_tree *t, const sfm_tree_options *o, const sets *s)
{
    size_t most = o->old ? sfm_refit_most(o->n_crit) : (size_t)o->n_crit;
    size_t few = o->old ? sfm_refit_fewest(o->n_crit) : (size_t)o->n_crit + 1;
    for (int32_t i = 0; i < t->n_nodes; i++) {
        size_t n_src = t->src.count[i], n_trg = t->trg.count[i];
        int over = n_src > most || n_trg > most, thin = n_src < few && n_trg < few;
        int leaf = sfm_tree_is_leaf(t, i), level = sfm_key_level(t->key[i]);
        if (i > 0 && n_src + n_trg == 0) return BAD("node %d holds no point", i);
        if (leaf && over && level < o->max_depth && !is_one_cell(s, i))
            return BAD("leaf %d of level %d holds %zu sources, %zu targets", i, level,
                       n_src, n_trg);
        if (!leaf && !t->balanced && (thin || (!o->old && is_one_cell(s, i))))
            return BAD("node %d was split over %zu sources, %zu targets", i, n_src, n_trg);
    }
    return 1;
}

/* The leaf that covers a cell, -1: none. */
static int32_t covering_leaf(const sfm_tree *t, sfm_key cell)
{
    int32_t node = 0;
    for (int l = sfm_key_level(cell) - 1; !sfm_tree_is_leaf(t, node); l--) {
        if (l < 0) return -1;
        sfm_key wanted = cell >> 3 * l;
        int32_t next = -1;
        for (int c = 0; c < t->n_children[node]; c++)
            if (t->key[t->first_child[node] + c] == wanted) next = t->first_child[node] + c;
        if (next < 0) return -1;
        node = next;
    }
    return node;
}

/* No leaf round this one is coarser by two levels or more: look at all cells round it. */
static int leaf_is_balanced(const sfm_tree *t, int32_t leaf)
{
    int level;
    uint32_t anchor[3];
    sfm_key_decode(t->key[leaf], &level, anchor);
    for (int k = 0; k < 27; k++) {
        uint32_t near[3] = {anchor[0] + (uint32_t)(k % 3) - 1,
                            anchor[1] + (uint32_t)(k / 3 % 3) - 1,
                            anchor[2] + (uint32_t)(k / 9) - 1};
        uint32_t side = (uint32_t)1 << level;
        if (near[0] >= side || near[1] >= side || near[2] >= side) continue;
        int32_t other = covering_leaf(t, sfm_key_encode(level, near));
        if (other >= 0 && sfm_key_level(t->key[other]) < level - 1)
            return BAD("leaf %d of level %d touches leaf %d of level %d", leaf, level,
                       other, sfm_key_level(t->key[other]));
    }
    return 1;
}

static int balance_is_valid(const sfm_tree *t, const sfm_tree_options *o)
{
    if (t->balanced != (o->balance != 0)) return BAD("balanced is %d", t->balanced);
    for (int32_t i = 0; t->balanced && i < t->n_nodes; i++)
        if (sfm_tree_is_leaf(t, i) && !leaf_is_balanced(t, i)) return 0;
    return 1;
}

int sfm_test_tree_is_valid(const sfm_tree *tree, const sfm_tree_options *options,
                           const double *sources, const double *targets)
{
    if (tree->same_points != (targets == NULL))
        return BAD("same_points is %d", tree->same_points);
    return root_is_valid(tree) && levels_are_valid(tree, options) &&
           children_are_valid(tree) &&
           points_are_valid(tree, &tree->src, sources, "sources") &&
           (!targets || points_are_valid(tree, &tree->trg, targets, "targets")) &&
           occupancy_is_valid(tree, options, &(sets){tree, {sources, targets}}) &&
           balance_is_valid(tree, options);
}
