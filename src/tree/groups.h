/* SPDX-License-Identifier: BSD-3-Clause */
/* Groups: consecutive nodes of one level in Morton order, the grain of every task. */
#ifndef SFM_GROUPS_H
#define SFM_GROUPS_H

#include "tree/tree.h"

typedef struct sfm_group {
    int level;
    int32_t first, count;      /* nodes [first, first + count) */
    size_t src_begin, src_end; /* its leaves' sources in tree order */
    size_t trg_begin, trg_end; /* its leaves' targets in tree order */
} sfm_group;

typedef struct sfm_groups {
    int32_t n;
    int32_t level_begin[SFM_MAX_DEPTH + 2]; /* groups of level l, as in sfm_tree */
    sfm_group *group;                       /* [n] */
    int32_t *of_node;                       /* [n_nodes] the group of a node */
} sfm_groups;

/*
 * Cut every level into groups.
 *   size > 0: a group ends once it holds `size` nodes (size >= 8: at the end of a sibling
 *             set).
 *   size = 0: a group ends, at the end of a sibling set, once its weight (weight[n_nodes],
 *             any unit) has reached max_weight.
 * Errors: ENOMEM.
 */
starfmm_status sfm_groups_build(sfm_groups *groups, const sfm_tree *tree, int32_t size,
                                const double *weight, double max_weight);
void sfm_groups_free(sfm_groups *groups);

/* Fill group[n] from of_node and the tree: also for points that have moved in it. */
void sfm_groups_fill(sfm_groups *groups, const sfm_tree *tree);

#endif
