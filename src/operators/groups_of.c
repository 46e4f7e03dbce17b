/* SPDX-License-Identifier: BSD-3-Clause */
#include "operators/operator.h"

/* Children of consecutive nodes are consecutive nodes of the next level, so they lie in
 * consecutive groups; so do parents. */
void sfm_child_groups(const sfm_fmm *fmm, int32_t group, int32_t *first, int32_t *count)
{
    const sfm_group *g = &fmm->groups.group[group];
    int32_t lo = -1, hi = -1;
    for (int32_t i = g->first; i < g->first + g->count; i++) {
        if (sfm_tree_is_leaf(&fmm->tree, i)) continue;
        if (lo < 0) lo = fmm->tree.first_child[i];
        hi = fmm->tree.first_child[i] + fmm->tree.n_children[i] - 1;
    }
    *first = lo < 0 ? 0 : fmm->groups.of_node[lo];
    *count = lo < 0 ? 0 : fmm->groups.of_node[hi] - *first + 1;
}

void sfm_parent_groups(const sfm_fmm *fmm, int32_t group, int32_t *first, int32_t *count)
{
    const sfm_group *g = &fmm->groups.group[group];
    int32_t lo = fmm->tree.parent[g->first];
    int32_t hi = fmm->tree.parent[g->first + g->count - 1];
    *first = lo < 0 ? 0 : fmm->groups.of_node[lo];
    *count = lo < 0 ? 0 : fmm->groups.of_node[hi] - *first + 1;
}
