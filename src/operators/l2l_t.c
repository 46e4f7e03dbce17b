/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * L2L into the nodes of a group (YBZ eqs. 3.3, 3.5), from check potential to check
 * potential:
 *
 *   check += 2^degree K(DC, DE_parent) K(DC_parent, DE_parent)^+ check_parent
 *
 * The densities in between are never formed: only leaves need them, in L2P.  Where K is
 * symmetric, as DC = UE and DE = UC, the matrix is 2^degree m2m[octant] transposed: M2M and
 * L2L then share their operators.
 */
#include <math.h>

#include "operators/level.h"

/* The parent of a node that lies in the octant and holds targets, or -1. */
static int32_t parent_of_octant(const sfm_tree *t, int32_t node, int octant)
{
    int takes_part = sfm_key_octant(t->key[node]) == octant && t->trg.count[node] > 0;
    return takes_part ? t->parent[node] : -1;
}

static void hand_down(sfm_op_args *a)
{
    const sfm_fmm *f = a->fmm;
    const sfm_group *g = sfm_group_of(f, a->group);
    const SFM(translation) parents = {
        .other_node = parent_of_octant,
        .first_group =
            sfm_schedule_parent_groups(f->schedule, &f->geometry->tree, a->group).first,
        .row = sfm_check_row(f->settings),
        .matrix = SFM(level_of)(f, g->level - 1)->set->l2l,
        .transposed = 1,
        .factor = (real)ldexp(1, f->settings->kernel->degree)};
    SFM(translate_rows)(a, &parents);
}

static size_t scratch(const sfm_fmm *f, int32_t group, size_t n_rhs)
{
    (void)group;
    return SFM(translation_scratch)(sfm_check_row(f->settings), n_rhs);
}

const sfm_operator_code SFM(l2l_code) = {hand_down, scratch};

#ifdef SFM_ROWS
SFM_DECLARE_CODE(l2l);

static int has_parents_expansions(const sfm_fmm *f, int32_t group)
{
    const sfm_group *g = sfm_group_of(f, group);
    return g->level > f->schedule->top_level && sfm_group_holds(&f->geometry->tree.trg, g);
}

static sfm_group_list parent_groups(const sfm_fmm *f, int32_t group)
{
    sfm_group_range r = sfm_schedule_parent_groups(f->schedule, &f->geometry->tree, group);
    return (sfm_group_list){r.count, r.first, NULL};
}

static sfm_amount amount(const sfm_fmm *f, int32_t node)
{
    double row = f->geometry->tree.trg.count[node] ? (double)sfm_check_row(f->settings) : 0;
    return (sfm_amount){.flops = 2 * row * row};
}

const sfm_operator sfm_l2l = {
    .name = "L2L",
    .codelet = "starfmm_l2l",
    .color = 0x7b1fa2,
    .rank = 0.38, /* above M2L it cost 10 to 25 %, by the cache */
    .n_uses = 2,
    .use = {{SFM_READ, SFM_BUFFER_D, parent_groups}, {SFM_ADD, SFM_BUFFER_D, NULL}},
    .exists = has_parents_expansions,
    .amount = amount,
    .code = SFM_CODE_OF(l2l),
};
#endif
