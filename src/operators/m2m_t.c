/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * M2M into the inner nodes of a group (YBZ eq. 3.2):
 *
 *   m = sum over the children of m2m[octant] m_child
 *
 * Children of one octant are gathered to the rows of one matrix: one GEMM an octant and
 * batch of nodes.
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

/* Add what nodes [begin, end) have of their children in one octant; first_group: that of the
 * first child group, whose M is in[0]. */
static void add_octant(const sfm_op_args *a, int octant, int32_t begin, int32_t end,
                       int32_t first_group, real *in, real *out)
{
    const sfm_fmm *f = a->fmm;
    const sfm_groups *groups = &f->schedule->groups;
    const sfm_group *g = sfm_group_of(f, a->group);
    int n_e = f->settings->n_e;
    size_t row = a->n_rhs * (size_t)n_e, n = 0;
    int32_t node[SFM_BATCH];
    for (int32_t i = begin; i < end; i++) {
        int32_t child = child_in_octant(&f->geometry->tree, i, octant);
        if (child < 0) continue;
        int32_t cg = groups->of_node[child];
        const real *m = a->in[cg - first_group];
        memcpy(in + n * row, m + (size_t)(child - groups->group[cg].first) * row,
               row * sizeof(real));
        node[n++] = i;
    }
    SFM(apply_rows)
    (n * a->n_rhs, SFM(level_of)(f, g->level)->set->m2m[octant], n_e, n_e, in, out);
    for (size_t k = 0; k < n; k++) {
        real *m = (real *)a->out[0] + (size_t)(node[k] - g->first) * row;
        for (size_t j = 0; j < row; j++) m[j] += out[k * row + j];
    }
}

static void merge_children(sfm_op_args *a)
{
    const sfm_fmm *f = a->fmm;
    const sfm_tree *t = &f->geometry->tree;
    const sfm_group *g = sfm_group_of(f, a->group);
    size_t row = a->n_rhs * (size_t)f->settings->n_e;
    real *in = sfm_arena_take(&a->scratch, SFM_BATCH * row, sizeof(real));
    real *out = sfm_arena_take(&a->scratch, SFM_BATCH * row, sizeof(real));
    int32_t last = g->first + g->count;
    int32_t first_group = sfm_schedule_child_groups(f->schedule, t, a->group).first;
    for (int32_t i = g->first; i < last; i++)
        if (!sfm_tree_is_leaf(t, i))
            memset((real *)a->out[0] + (size_t)(i - g->first) * row, 0, row * sizeof(real));
    for (int32_t begin = g->first; begin < last; begin += SFM_BATCH) {
        int32_t end = begin + SFM_BATCH < last ? begin + SFM_BATCH : last;
        for (int o = 0; o < 8; o++) add_octant(a, o, begin, end, first_group, in, out);
    }
}

static size_t scratch(const sfm_fmm *f, int32_t group, size_t n_rhs)
{
    (void)group;
    size_t n_e = (size_t)f->settings->n_e;
    return 2 * sfm_arena_bytes(SFM_BATCH * n_rhs * n_e, sizeof(real));
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
    double n_e = f->settings->n_e, children = 0;
    for (int32_t c = t->first_child[node]; c < t->first_child[node] + t->n_children[node];
         c++)
        children += t->src.count[c] != 0;
    return (sfm_amount){.flops = children * 2 * n_e * n_e};
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
