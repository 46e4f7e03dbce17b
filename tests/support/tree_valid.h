/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SFM_TEST_TREE_VALID_H
#define SFM_TEST_TREE_VALID_H

#include "tree/tree.h"

/* Invariants: order, parents, children, disjoint leaves that hold every point once, points
 * inside their leaf, n_crit kept unless max_depth, balance.  1 or 0 with a message. */
int sfm_test_tree_is_valid(const sfm_tree *tree, const sfm_tree_options *options,
                           const double *sources, const double *targets);

#endif
