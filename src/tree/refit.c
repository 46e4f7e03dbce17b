/* SPDX-License-Identifier: BSD-3-Clause */
#include "tree/refit.h"

#include <string.h>

#include "base/memory.h"

/* The runs of a node's children; 0: points lie in an octant that has no child. */
static int split_run(const sfm_tree *old, const sfm_sorted *set, int32_t node,
                     size_t *first, size_t *count)
{
    size_t at = first[node], end = at + count[node];
    for (int32_t c = old->first_child[node];
         c < old->first_child[node] + old->n_children[node]; c++) {
        int shift = 3 * (SFM_MAX_DEPTH - sfm_key_level(old->key[c]));
        if (at < end && set->key[at] >> shift < old->key[c]) return 0;
        first[c] = at;
        at = sfm_tree_run_end(old->key[c], set->key, at, end);
        count[c] = at - first[c];
    }
    return at == end;
}

/* Runs of all nodes; 0: they do not hold all points, or not where they did. */
static int find_runs(const sfm_tree *old, const sfm_points *were, const sfm_sorted *set,
                     size_t *first, size_t *count)
{
    first[0] = 0;
    count[0] = set->n;
    for (int32_t i = 0; i < old->n_nodes; i++) {
        if ((count[i] == 0) != (were->count[i] == 0)) return 0;
        if (!sfm_tree_is_leaf(old, i) && !split_run(old, set, i, first, count)) return 0;
    }
    return 1;
}

/* Points leaf after leaf. */
static void lay_out(sfm_points *p, const sfm_tree *old, const sfm_sorted *set,
                    const size_t *first)
{
    size_t at = 0;
    for (int32_t i = 0; i < old->n_nodes; i++) {
        p->begin[i] = at;
        if (!sfm_tree_is_leaf(old, i)) continue;
        memcpy(p->index + at, set->index + first[i], p->count[i] * sizeof *p->index);
        at += p->count[i];
    }
    p->begin[old->n_nodes] = at;
}

static starfmm_status fit_set(sfm_points *p, const sfm_tree *old, const sfm_points *were,
                              const sfm_sorted *set, int *fits)
{
    size_t n = (size_t)old->n_nodes, *first = sfm_alloc(n, sizeof *first);
    p->n = set->n;
    p->index = sfm_alloc(set->n, sizeof *p->index);
    p->begin = sfm_alloc(n + 1, sizeof *p->begin);
    p->count = sfm_alloc(n, sizeof *p->count);
    starfmm_status status = STARFMM_OK;
    if (!first || !p->index || !p->begin || !p->count)
        status = sfm_fail(STARFMM_ENOMEM, "no memory for %zu points in tree order", set->n);
    else if ((*fits = find_runs(old, were, set, first, p->count)))
        lay_out(p, old, set, first);
    sfm_free(first);
    return status;
}

static starfmm_status copy_nodes(sfm_tree *tree, const sfm_tree *old)
{
    size_t n = (size_t)old->n_nodes;
    SFM_TRY(sfm_tree_alloc_nodes(tree, n));
    memcpy(tree->key, old->key, n * sizeof *tree->key);
    memcpy(tree->parent, old->parent, n * sizeof *tree->parent);
    memcpy(tree->first_child, old->first_child, n * sizeof *tree->first_child);
    memcpy(tree->n_children, old->n_children, n * sizeof *tree->n_children);
    memcpy(tree->level_begin, old->level_begin, sizeof tree->level_begin);
    tree->depth = old->depth;
    tree->n_leaves = old->n_leaves;
    return STARFMM_OK;
}

/* Inner nodes that hold few points. */
static int32_t count_thin(const sfm_tree *t, int n_crit)
{
    size_t few = sfm_refit_fewest(n_crit);
    int32_t n = 0;
    for (int32_t i = 0; i < t->n_nodes; i++)
        n += !sfm_tree_is_leaf(t, i) && t->src.count[i] < few && t->trg.count[i] < few;
    return n;
}

static int is_crowded(const sfm_tree *t, const sfm_tree_options *o)
{
    size_t most = sfm_refit_most(o->n_crit);
    for (int32_t i = 0; i < t->n_nodes; i++)
        if (sfm_tree_is_leaf(t, i) && (t->src.count[i] > most || t->trg.count[i] > most) &&
            sfm_key_level(t->key[i]) < o->max_depth)
            return 1;
    return 0;
}

static starfmm_status refit(sfm_tree *tree, const sfm_tree_options *o,
                            const sfm_sorted *set, int *fits)
{
    const sfm_tree *old = o->old;
    SFM_TRY(fit_set(&tree->src, old, &old->src, &set[0], fits));
    if (*fits && !tree->same_points)
        SFM_TRY(fit_set(&tree->trg, old, &old->trg, &set[1], fits));
    if (tree->same_points) tree->trg = tree->src;
    if (!*fits) return STARFMM_OK;
    SFM_TRY(copy_nodes(tree, old));
    *fits =
        !is_crowded(tree, o) && count_thin(tree, o->n_crit) <= count_thin(old, o->n_crit);
    return STARFMM_OK;
}

starfmm_status sfm_tree_refit(sfm_tree *tree, const sfm_tree_options *options,
                              const sfm_sorted *set, int *fits)
{
    sfm_tree empty = *tree;
    *fits = 0;
    starfmm_status status = refit(tree, options, set, fits);
    if (status == STARFMM_OK && !*fits) {
        sfm_tree_free(tree);
        *tree = empty;
    }
    return status;
}
