/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * L2P of the leaves of a group (YBZ eqs. 3.3, 3.6): the local expansion, and its field at
 * the targets
 *
 *   l = K(DC, DE)^+ check        phi += K(x, DE) l
 *
 * The densities of a batch of leaves, rows [component][n_c], come from two GEMMs, one for each
 * factor of the pseudo-inverse.
 */
#include <string.h>

#include "operators/level.h"

static void evaluate_leaf(sfm_op_args *a, const SFM(level) * lv, int32_t leaf,
                          const real *density)
{
    SFM(segment) seg = SFM(local_sources)(a->fmm, lv, density);
    SFM(evaluation) e = {.n_seg = 1, .seg = &seg};
    const sfm_geometry *g = a->fmm->geometry;
    SFM(set_shift)
    (a->fmm, leaf, g->centre[leaf], SFM(point_frame)(g->centre[leaf]), 0, &seg);
    seg.close = 0; /* the surface is far from all targets */
    SFM(leaf_targets)(a->fmm, leaf, a->out[0], a->n_rhs, &e);
    SFM(levels_of)(a->fmm)->evaluate(&e);
}

static void evaluate_leaves(sfm_op_args *a)
{
    const sfm_fmm *f = a->fmm;
    const sfm_tree *t = &f->geometry->tree;
    const sfm_group *g = sfm_group_of(f, a->group);
    const SFM(level) *lv = SFM(level_of)(f, g->level);
    size_t row_e = a->n_rhs * sfm_check_row(f->settings);
    size_t row_c = a->n_rhs * sfm_outer_equiv_row(f->settings);
    real *check = sfm_arena_take(&a->scratch, SFM_BATCH * row_e, sizeof(real));
    real *mid = sfm_arena_take(&a->scratch, SFM_BATCH * row_e, sizeof(real));
    real *density = sfm_arena_take(&a->scratch, SFM_BATCH * row_c, sizeof(real));
    int32_t leaf[SFM_BATCH], end = g->first + g->count;
    for (int32_t i = g->first; i < end;) {
        size_t n = 0;
        for (; i < end && n < SFM_BATCH; i++) {
            if (!sfm_tree_is_leaf(t, i) || t->trg.count[i] == 0) continue;
            memcpy(check + n * row_e,
                   (const real *)a->in[0] + (size_t)(i - g->first) * row_e,
                   row_e * sizeof(real));
            leaf[n++] = i;
        }
        SFM(solve_densities)(f, lv, n * a->n_rhs, check, mid, density);
        for (size_t k = 0; k < n; k++) evaluate_leaf(a, lv, leaf[k], density + k * row_c);
    }
}

static size_t scratch(const sfm_fmm *f, int32_t group, size_t n_rhs)
{
    (void)group;
    size_t rows = SFM_BATCH * n_rhs;
    return 2 * sfm_arena_bytes(rows * sfm_check_row(f->settings), sizeof(real)) +
           sfm_arena_bytes(rows * sfm_outer_equiv_row(f->settings), sizeof(real));
}

const sfm_operator_code SFM(l2p_code) = {evaluate_leaves, scratch};

#ifdef SFM_ROWS
SFM_DECLARE_CODE(l2p);

static int has_target_leaves(const sfm_fmm *f, int32_t group)
{
    return sfm_group_of(f, group)->level >= f->schedule->top_level &&
           sfm_buffer_exists(f, SFM_BUFFER_T, group);
}

static sfm_amount amount(const sfm_fmm *f, int32_t node)
{
    const sfm_tree *t = &f->geometry->tree;
    const sfm_settings *s = f->settings;
    double targets = (double)t->trg.count[node];
    if (!sfm_tree_is_leaf(t, node) || targets == 0) return (sfm_amount){0, 0};
    double row = (double)sfm_check_row(s);
    return (sfm_amount){targets * s->n_c, 2 * row * (row + (double)sfm_outer_equiv_row(s))};
}

const sfm_operator sfm_l2p = {
    .name = "L2P",
    .codelet = "starfmm_l2p",
    .color = 0xba68c8,
    .rank = 0.30,
    .n_uses = 2,
    .use = {{SFM_READ, SFM_BUFFER_D, NULL}, {SFM_ADD, SFM_BUFFER_T, NULL}},
    .exists = has_target_leaves,
    .amount = amount,
    .makes_results = 1,
    .code = SFM_CODE_OF(l2p),
};
#endif
