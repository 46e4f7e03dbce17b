/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * M2M into the inner nodes of a group (YBZ eq. 3.2):
 *
 *   m = sum over the children of m2m[octant] m_child
 */
#include <string.h>

#include "operators/level.h"

/* The child of a node in an octant that holds sources, or -1. */
static int32_t child_in_octant(const sfm_tree *t, int32_t node, int octant)
{
    for (int32_t c = t->first_child[node]; c < t->first_child[node] + t->n_children[node];
         c++)
        if (sfm_key_octant(t->key[c]) == octant) return t->src.count[c] ? c : -1;
    return -1;
}

static void merge_children(sfm_op_args *a)
{
    const sfm_fmm *f = a->fmm;
    const sfm_tree *t = &f->geometry->tree;
    const sfm_group *g = sfm_group_of(f, a->group);
    size_t row = a->n_rhs * sfm_equiv_row(f->settings);
    const SFM(translation) children = {
        .other_node = child_in_octant,
        .first_group = sfm_schedule_child_groups(f->schedule, t, a->group).first,
        .row = sfm_equiv_row(f->settings),
        .matrix = SFM(level_of)(f, g->level)->set->m2m,
        .factor = 1};
    for (int32_t i = g->first; i < g->first + g->count; i++)
        if (!sfm_tree_is_leaf(t, i))
            memset((real *)a->out[0] + (size_t)(i - g->first) * row, 0, row * sizeof(real));
    SFM(translate_rows)(a, &children);
}

static size_t scratch(const sfm_fmm *f, int32_t group, size_t n_rhs)
{
    (void)group;
    return SFM(translation_scratch)(sfm_equiv_row(f->settings), n_rhs);
}

const sfm_operator_code SFM(m2m_code) = {merge_children, scratch};

#ifdef SFM_ROWS
SFM_DECLARE_CODE(m2m);

static int has_inner_nodes(const sfm_fmm *f, int32_t group)
{
    const sfm_tree *t = &f->geometry->tree;
    const sfm_group *g = sfm_group_of(f, group);
    if (g->level < f->schedule->top_level || !sfm_group_holds(&t->src, g)) return 0;
    for (int32_t i = g->first; i < g->first + g->count; i++)
        if (!sfm_tree_is_leaf(t, i)) return 1;
    return 0;
}

static sfm_group_list child_groups(const sfm_fmm *f, int32_t group)
{
    sfm_group_range r = sfm_schedule_child_groups(f->schedule, &f->geometry->tree, group);
    return (sfm_group_list){r.count, r.first, NULL};
}

static sfm_amount amount(const sfm_fmm *f, int32_t node)
{
    const sfm_tree *t = &f->geometry->tree;
    double row = (double)sfm_equiv_row(f->settings), children = 0;
    for (int32_t c = t->first_child[node]; c < t->first_child[node] + t->n_children[node];
         c++)
        children += t->src.count[c] != 0;
    return (sfm_amount){.flops = children * 2 * row * row};
}

const sfm_operator sfm_m2m = {
    .name = "M2M",
    .codelet = "starfmm_m2m",
    .color = 0x2e7d32,
    .rank = 0.95,
    .rank_slope = 0.04,
    .upward = 1,
    .n_uses = 2,
    .use = {{SFM_READ, SFM_BUFFER_M, child_groups}, {SFM_ADD, SFM_BUFFER_M, NULL}},
    .exists = has_inner_nodes,
    .amount = amount,
    .code = SFM_CODE_OF(m2m),
};
#endif
