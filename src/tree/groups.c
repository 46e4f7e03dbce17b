/* SPDX-License-Identifier: BSD-3-Clause */
#include "tree/groups.h"

#include "base/memory.h"

/* How to cut; see sfm_groups_build. */
typedef struct rule {
    int32_t size;
    const double *weight;
    double max_weight;
} rule;

/* From this size on a group holds whole sibling sets. */
#define WHOLE_FAMILIES 8

/* Whether a group with `count` nodes and `weight` that ends with node i is complete. */
static int complete(const rule *r, const sfm_tree *tree, int32_t i, int32_t count,
                    double weight)
{
    int full = r->size > 0 ? count >= r->size : weight >= r->max_weight;
    if (!full || (r->size > 0 && r->size < WHOLE_FAMILIES)) return full;
    return i + 1 == tree->n_nodes || tree->parent[i + 1] != tree->parent[i];
}

/* Number the groups into of_node and fill level_begin. */
static void number_groups(sfm_groups *groups, const sfm_tree *tree, const rule *r)
{
    int32_t g = 0;
    for (int level = 0; level <= SFM_MAX_DEPTH; level++) {
        groups->level_begin[level] = g;
        int32_t end = tree->level_begin[level + 1], count = 0;
        double weight = 0;
        for (int32_t i = tree->level_begin[level]; i < end; i++) {
            groups->of_node[i] = g;
            count++;
            if (r->size == 0) weight += r->weight[i];
            if (i + 1 < end && !complete(r, tree, i, count, weight)) continue;
            g++;
            count = 0;
            weight = 0;
        }
    }
    groups->level_begin[SFM_MAX_DEPTH + 1] = groups->n = g;
}

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

starfmm_status sfm_groups_build(sfm_groups *groups, const sfm_tree *tree, int32_t size,
                                const double *weight, double max_weight)
{
    *groups = (sfm_groups){0};
    rule r = {size, weight, max_weight};
    groups->of_node = sfm_alloc((size_t)tree->n_nodes, sizeof *groups->of_node);
    if (groups->of_node != NULL) {
        number_groups(groups, tree, &r);
        groups->group = sfm_alloc((size_t)groups->n, sizeof *groups->group);
    }
    if (groups->group == NULL) {
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
