/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The old nodes are gone through from the root, each one's run of the sorted points being
 * cut at its children; the first node whose points do not fit ends the attempt.
 */
#include "tree/refit.h"

#include <string.h>

#include "base/memory.h"

/* first, count: the runs of all old nodes in the set; 0: they do not hold all points, or
 * not where `were` did. */
static int find_runs(const sfm_tree *old, const sfm_points *were,
                     const sfm_sorted_points *set, size_t *first, size_t *count)
{
    first[0] = 0;
    count[0] = set->n;
    for (int32_t i = 0; i < old->n_nodes; i++) {
        if ((count[i] == 0) != (were->count[i] == 0)) return 0;
        if (sfm_tree_is_leaf(old, i)) continue;
        size_t at = first[i], end = at + count[i];
        int32_t child = old->first_child[i], last = child + old->n_children[i];
        for (; child < last; child++) {
            int shift = 3 * (SFM_MAX_DEPTH - sfm_key_level(old->key[child]));
            /* Before the child, and so in an octant that has none. */
            if (at < end && set->key[at] >> shift < old->key[child]) return 0;
            first[child] = at;
            at = sfm_tree_run_end(old->key[child], set->key, at, end);
            count[child] = at - first[child];
        }
        if (at != end) return 0;
    }
    return 1;
}

static starfmm_status fit_set(sfm_points *p, const sfm_tree *old, const sfm_points *were,
                              const sfm_sorted_points *set, int *fits)
{
    size_t n = (size_t)old->n_nodes, *first = sfm_alloc(n, sizeof *first);
    starfmm_status status = sfm_points_alloc(p, set->n, n);
    if (status == STARFMM_OK && !first)
        status = sfm_fail(STARFMM_ENOMEM, "no memory for %zu nodes", n);
    if (status == STARFMM_OK && (*fits = find_runs(old, were, set, first, p->count)))
        sfm_points_lay_out(p, old, first, set->index);
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

/* No leaf that should be split, and no more inner nodes that should not be than before. */
static int is_well_filled(const sfm_tree *t, const sfm_tree_options *o)
{
    size_t most = sfm_refit_most(o->n_crit), few = sfm_refit_fewest(o->n_crit);
    const sfm_tree *old = o->old;
    int32_t more = 0; /* inner nodes of few points than in the old tree */
    for (int32_t i = 0; i < t->n_nodes; i++) {
        if (!sfm_tree_is_leaf(t, i)) {
            more += t->src.count[i] < few && t->trg.count[i] < few;
            more -= old->src.count[i] < few && old->trg.count[i] < few;
        } else if ((t->src.count[i] > most || t->trg.count[i] > most) &&
                   sfm_key_level(t->key[i]) < o->max_depth)
            return 0;
    }
    return more <= 0;
}

starfmm_status sfm_tree_refit(sfm_tree *tree, const sfm_tree_options *options,
                              const sfm_sorted_points *set, int *fits)
{
    const sfm_tree *old = options->old;
    sfm_tree empty = *tree;
    *fits = 0;
    SFM_TRY(fit_set(&tree->src, old, &old->src, &set[0], fits));
    if (tree->same_points)
        tree->trg = tree->src;
    else if (*fits)
        SFM_TRY(fit_set(&tree->trg, old, &old->trg, &set[1], fits));
    if (*fits) SFM_TRY(copy_nodes(tree, old));
    *fits = *fits && is_well_filled(tree, options);
    if (!*fits) {
        sfm_tree_free(tree);
        *tree = empty;
    }
    return STARFMM_OK;
}
