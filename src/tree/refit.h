/* SPDX-License-Identifier: BSD-3-Clause */
/* Points that have moved a little into the nodes of their old tree. */
#ifndef SFM_REFIT_H
#define SFM_REFIT_H

#include "tree/sort.h"
#include "tree/tree.h"

/*
 * Fill a tree, whose cube is that of options->old, with the nodes of options->old and the
 * points of `set`.  *fits = 0, and nothing is filled, unless
 *   - each node has points of a set if and only if it had,
 *   - no leaf holds more than n_crit and a quarter, unless at max_depth,
 *   - no more inner nodes than before hold less than four fifths of n_crit,
 * so that points that cross n_crit back and forth do not change the tree.  Errors: ENOMEM.
 */
starfmm_status sfm_tree_refit(sfm_tree *tree, const sfm_tree_options *options,
                              const sfm_sorted_points *set, int *fits);

/* Most points of a leaf, and fewest of an inner node that is not to count as too many. */
static inline size_t sfm_refit_most(int n_crit)
{
    return (size_t)n_crit + (size_t)n_crit / 4;
}
static inline size_t sfm_refit_fewest(int n_crit)
{
    return (size_t)n_crit * 4 / 5;
}

#endif
