/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * L2L into the nodes of a group (YBZ eqs. 3.3, 3.5), from check potential to check
 * potential:
 *
 *   check += 2^degree K(DC, DE_parent) K(DC_parent, DE_parent)^+ check_parent
 *
 * The densities in between are never formed: only leaves need them, in L2P.  And as K is
 * symmetric, DC = UE and DE = UC, the matrix is 2^degree m2m[octant] transposed: M2M and
 * L2L share their operators.
 */
#include <math.h>
#include <string.h>

#include "base/blas.h"
#include "operators/level.h"

/* Add the parents' potentials to the children of one octant in nodes [begin, end). */
static void add_octant(const sfm_op_args *a, int octant, int32_t begin, int32_t end,
                       int32_t first_group, real *in, real *out)
{
    const sfm_fmm *f = a->fmm;
    const sfm_tree *t = &f->geometry->tree;
    const sfm_groups *groups = &f->schedule->groups;
    const sfm_group *g = sfm_group_of(f, a->group);
    size_t n_e = (size_t)f->settings->n_e, row = a->n_rhs * n_e, n = 0;
    int32_t node[SFM_BATCH];
    for (int32_t i = begin; i < end; i++) {
        if (sfm_key_octant(t->key[i]) != octant || t->trg.count[i] == 0) continue;
        int32_t parent = t->parent[i], pg = groups->of_node[parent];
        const real *d = a->in[pg - first_group];
        memcpy(in + n * row, d + (size_t)(parent - groups->group[pg].first) * row,
               row * sizeof(real));
        node[n++] = i;
    }
    if (n == 0) return;
    SFM_GEMM(0, 0, n * a->n_rhs, n_e, n_e, (real)ldexp(1, f->settings->kernel->degree), in,
             n_e, SFM(level_of)(f, g->level - 1)->set->m2m[octant], n_e, 0, out, n_e);
    for (size_t k = 0; k < n; k++) {
        real *d = (real *)a->out[0] + (size_t)(node[k] - g->first) * row;
        for (size_t j = 0; j < row; j++) d[j] += out[k * row + j];
    }
}

static void hand_down(sfm_op_args *a)
{
    const sfm_fmm *f = a->fmm;
    const sfm_group *g = sfm_group_of(f, a->group);
    size_t row = a->n_rhs * (size_t)f->settings->n_e;
    real *in = sfm_arena_take(&a->scratch, SFM_BATCH * row, sizeof(real));
    real *out = sfm_arena_take(&a->scratch, SFM_BATCH * row, sizeof(real));
    int32_t last = g->first + g->count;
    int32_t first_group =
        sfm_schedule_parent_groups(f->schedule, &f->geometry->tree, a->group).first;
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
    double n_e = f->geometry->tree.trg.count[node] ? f->settings->n_e : 0;
    return (sfm_amount){.flops = 2 * n_e * n_e};
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
