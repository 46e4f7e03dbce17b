/* SPDX-License-Identifier: BSD-3-Clause */
/* One pass over the nodes, level by level, that ends a group where it is full. */
#include "tree/groups.h"

#include "base/memory.h"

/* From this size on a group holds whole sibling sets. */
#define WHOLE_SIBLING_SETS 8

void sfm_groups_fill(sfm_groups *groups, const sfm_tree *tree)
{
    for (int32_t i = 0; i < tree->n_nodes; i++) {
        sfm_group *g = &groups->group[groups->of_node[i]];
        if (i == 0 || groups->of_node[i] != groups->of_node[i - 1])
            *g = (sfm_group){.level = sfm_key_level(tree->key[i]),
                             .first = i,
                             .src_begin = tree->src.begin[i],
                             .trg_begin = tree->trg.begin[i]};
        g->count++;
        g->src_end = tree->src.begin[i + 1];
        g->trg_end = tree->trg.begin[i + 1];
    }
}

/* Number the groups into of_node and fill level_begin; the rest as for sfm_groups_build. */
static void number_groups(sfm_groups *groups, const sfm_tree *t, int32_t size,
                          const double *weight, double max_weight)
{
    int32_t g = 0;
    for (int level = 0; level <= SFM_MAX_DEPTH; level++) {
        groups->level_begin[level] = g;
        int32_t end = t->level_begin[level + 1], count = 0;
        double sum = 0;
        for (int32_t i = t->level_begin[level]; i < end; i++) {
            groups->of_node[i] = g;
            count++;
            if (size == 0) sum += weight[i];
            int is_full = size > 0 ? count >= size : sum >= max_weight;
            int is_last = i + 1 == end;
            int may_end = (size > 0 && size < WHOLE_SIBLING_SETS) || is_last ||
                          t->parent[i + 1] != t->parent[i];
            if (!is_last && !(is_full && may_end)) continue;
            g++;
            count = 0;
            sum = 0;
        }
    }
    groups->level_begin[SFM_MAX_DEPTH + 1] = groups->n = g;
}

starfmm_status sfm_groups_build(sfm_groups *groups, const sfm_tree *tree, int32_t size,
                                const double *weight, double max_weight)
{
    *groups = (sfm_groups){0};
    groups->of_node = sfm_alloc((size_t)tree->n_nodes, sizeof *groups->of_node);
    if (groups->of_node) {
        number_groups(groups, tree, size, weight, max_weight);
        groups->group = sfm_alloc((size_t)groups->n, sizeof *groups->group);
    }
    if (!groups->group) {
        sfm_groups_free(groups);
        return sfm_fail(STARFMM_ENOMEM, "no memory for the groups of %d nodes",
                        tree->n_nodes);
    }
    sfm_groups_fill(groups, tree);
    return STARFMM_OK;
}

void sfm_groups_free(sfm_groups *groups)
{
    sfm_free(groups->group);
    sfm_free(groups->of_node);
    *groups = (sfm_groups){0};
}
