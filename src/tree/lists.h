/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Interaction lists of Ying, Biros, Zorin (2004), section 3.2, over the nodes that exist:
 *
 *   colleagues(B)  nodes of B's level adjacent to B, B included (<= 27)
 *   U(B), B leaf   leaves adjacent to B, of any level, and B
 *   V(B)           children of the colleagues of B's parent that are not adjacent to B
 *   W(B), B leaf   descendants A of B's colleagues, parent(A) adjacent to B, A not
 *   X(B)           leaves A with B in W(A)
 *
 * Pure geometry: a member may be without sources, B without targets; pruning is the plan's.
 *
 * Members of W may be leaves or not, rows of X may belong to leaves or not.  Lengths: on
 * any tree |V| <= 189 and |X| <= 19; on a balanced one |U| <= 57.  |W| <= 6^3 - 4^3 = 152
 * on a balanced tree without dropped octants; with them W may go on to finer levels, where
 * the octants that would touch B hold no point, and has no bound.
 */
#ifndef SFM_LISTS_H
#define SFM_LISTS_H

#include "tree/tree.h"

/* Rows of node indices, ascending within a row. */
typedef struct sfm_csr {
    size_t *begin; /* [n_nodes + 1] */
    int32_t *item; /* [begin[n_nodes]] */
} sfm_csr;

typedef struct sfm_lists {
    sfm_csr colleagues, u, w, x;
} sfm_lists;

/* V is never stored (up to 189 per node): it follows from the colleagues of the parent. */
#define SFM_MAX_V 189

/* Top-down, one level after the other, O(n_nodes).  Errors: ENOMEM. */
starfmm_status sfm_lists_build(sfm_lists *lists, const sfm_tree *tree,
                               sfm_helpers *helpers);
void sfm_lists_free(sfm_lists *lists);

/* V list of a node into v[SFM_MAX_V], ascending; returns its length. */
int sfm_lists_v(const sfm_lists *lists, const sfm_tree *tree, int32_t node,
                int32_t v[SFM_MAX_V]);

#endif
