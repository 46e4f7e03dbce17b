/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * P2M of the leaves of a group (YBZ eq. 3.1):
 *
 *   m = K(UC, UE)^+ K(UC, y) q
 *
 * The check potentials of a batch of leaves are the rows of one matrix [rows][component][n_c],
 * so that the two factors of the pseudo-inverse are two GEMMs.
 */
#include <string.h>

#include "operators/level.h"

/* K(UC, y) q of one leaf, in units of its box, into check [n_rhs][component][n_c]; centred:
 * scratch. */
static void check_potentials(const sfm_op_args *a, const SFM(level) * lv, int32_t leaf,
                             real *centred, real *check)
{
    const sfm_settings *s = a->fmm->settings;
    size_t n_c = (size_t)s->n_c;
    SFM(segment) seg = SFM(leaf_sources)(a->fmm, a->n_rhs, a->in[0], leaf);
    SFM(face_surface)(a->fmm, leaf, leaf, &seg, centred);
    SFM(evaluation) e = SFM(check_targets)(a->fmm, lv->outer, n_c, a->n_rhs, check);
    e.n_seg = 1;
    e.seg = &seg;
    memset(check, 0, a->n_rhs * sfm_outer_check_row(s) * sizeof *check);
    SFM(levels_of)(a->fmm)->expand(&e);
    SFM(scale_rows)(a->n_rhs, sfm_check_components(s), n_c, lv->to_box, check);
}

static void expand_leaves(sfm_op_args *a)
{
    const sfm_fmm *f = a->fmm;
    const sfm_tree *t = &f->geometry->tree;
    const sfm_group *g = sfm_group_of(f, a->group);
    const SFM(level) *lv = SFM(level_of)(f, g->level);
    const SFM(set) *set = lv->set;
    const size_t row_e = sfm_equiv_row(f->settings),
                 row_c = sfm_outer_check_row(f->settings);
    const size_t row = a->n_rhs * row_e, rows = SFM_BATCH * a->n_rhs;
    const size_t rank = (size_t)set->up_rank;
    real *check = sfm_arena_take(&a->scratch, rows * row_c, sizeof(real));
    real *mid = sfm_arena_take(&a->scratch, rows * row_e, sizeof(real));
    real *m = sfm_arena_take(&a->scratch, rows * row_e, sizeof(real));
    real *centred = sfm_arena_take(
        &a->scratch, SFM(centred_reals)(sfm_most_points(&t->src, g)), sizeof(real));
    int32_t leaf[SFM_BATCH], end = g->first + g->count;
    for (int32_t i = g->first; i < end;) {
        size_t n = 0;
        for (; i < end && n < SFM_BATCH; i++) {
            if (!sfm_tree_is_leaf(t, i) || t->src.count[i] == 0) continue;
            check_potentials(a, lv, i, centred, check + n * a->n_rhs * row_c);
            leaf[n++] = i;
        }
        SFM(apply_rows)(n * a->n_rhs, set->uc2e[0], rank, row_c, check, mid);
        SFM(apply_rows)(n * a->n_rhs, set->uc2e[1], row_e, rank, mid, m);
        for (size_t k = 0; k < n; k++)
            memcpy((real *)a->out[0] + (size_t)(leaf[k] - g->first) * row, m + k * row,
                   row * sizeof *m);
    }
}

static size_t scratch(const sfm_fmm *f, int32_t group, size_t n_rhs)
{
    size_t rows = SFM_BATCH * n_rhs;
    size_t most = sfm_most_points(&f->geometry->tree.src, sfm_group_of(f, group));
    return sfm_arena_bytes(rows * sfm_outer_check_row(f->settings), sizeof(real)) +
           sfm_arena_bytes(SFM(centred_reals)(most), sizeof(real)) +
           2 * sfm_arena_bytes(rows * sfm_equiv_row(f->settings), sizeof(real));
}

const sfm_operator_code SFM(p2m_code) = {expand_leaves, scratch};

#ifdef SFM_ROWS
SFM_DECLARE_CODE(p2m);

static int has_source_leaves(const sfm_fmm *f, int32_t group)
{
    return sfm_group_of(f, group)->level >= f->schedule->top_level &&
           sfm_buffer_exists(f, SFM_BUFFER_S, group);
}

static sfm_amount amount(const sfm_fmm *f, int32_t node)
{
    const sfm_tree *t = &f->geometry->tree;
    const sfm_settings *s = f->settings;
    double sources = (double)t->src.count[node];
    if (!sfm_tree_is_leaf(t, node) || sources == 0) return (sfm_amount){0, 0};
    double row = (double)sfm_equiv_row(s);
    return (sfm_amount){sources * s->n_c, 2 * row * (row + (double)sfm_outer_check_row(s))};
}

const sfm_operator sfm_p2m = {
    .name = "P2M",
    .codelet = "starfmm_p2m",
    .color = 0x8bc34a,
    .rank = 0.90,
    .rank_slope = 0.04,
    .upward = 1,
    .n_uses = 2,
    .use = {{SFM_READ, SFM_BUFFER_S, NULL}, {SFM_ADD, SFM_BUFFER_M, NULL}},
    .exists = has_source_leaves,
    .amount = amount,
    .reads_sources = 1,
    .code = SFM_CODE_OF(p2m),
};
#endif
