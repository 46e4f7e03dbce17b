/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * L2P of the leaves of a group (YBZ eqs. 3.3, 3.6): the local expansion, and its field at
 * the targets
 *
 *   l = K(DC, DE)^+ check        phi += K(x, DE) l
 *
 * The densities of a batch of leaves come from two GEMMs, one for each factor of the
 * pseudo-inverse.
 */
#include <string.h>

#include "operators/level.h"

static void evaluate(sfm_op_args *a, int32_t node, const real *density)
{
    const sfm_fmm *f = a->fmm;
    const sfm_group *g = &f->groups.group[a->group];
    const SFM(level) *lv = SFM(level_of)(f, g->level);
    SFM(segment)
    seg = {.x = lv->outer[0],
           .y = lv->outer[1],
           .z = lv->outer[2],
           .q = density,
           .n = (size_t)f->n_c,
           .ldq = (size_t)f->n_c};
    SFM(evaluation) e = {.n_seg = 1, .seg = &seg};
    SFM(leaf_targets)(f, g, a->out, a->n_rhs, node, &e);
    lv->result(&e);
}

static void run(sfm_op_args *a)
{
    const sfm_fmm *f = a->fmm;
    const sfm_group *g = &f->groups.group[a->group];
    const SFM(level) *lv = SFM(level_of)(f, g->level);
    size_t row_e = a->n_rhs * (size_t)f->n_e, row_c = a->n_rhs * (size_t)f->n_c;
    real *check = sfm_arena_take(&a->scratch, SFM_BATCH * row_e, sizeof(real));
    real *mid = sfm_arena_take(&a->scratch, SFM_BATCH * row_e, sizeof(real));
    real *density = sfm_arena_take(&a->scratch, SFM_BATCH * row_c, sizeof(real));
    int32_t node[SFM_BATCH], end = g->first + g->count;
    for (int32_t i = g->first; i < end;) {
        size_t n = 0;
        for (; i < end && n < SFM_BATCH; i++) {
            if (!sfm_tree_is_leaf(&f->tree, i) || f->tree.trg.count[i] == 0) continue;
            memcpy(check + n * row_e,
                   (const real *)a->in[0] + (size_t)(i - g->first) * row_e,
                   row_e * sizeof(real));
            node[n++] = i;
        }
        SFM(apply_rows)(n * a->n_rhs, lv->dc2e[0], lv->dn_rank, f->n_e, check, 0, mid);
        SFM(apply_rows)(n * a->n_rhs, lv->dc2e[1], f->n_c, lv->dn_rank, mid, 0, density);
        for (size_t k = 0; k < n; k++) evaluate(a, node[k], density + k * row_c);
    }
}

static size_t scratch(const sfm_fmm *f, int32_t group, size_t n_rhs)
{
    (void)group;
    size_t rows = SFM_BATCH * n_rhs;
    return 2 * sfm_arena_bytes(rows * (size_t)f->n_e, sizeof(real)) +
           sfm_arena_bytes(rows * (size_t)f->n_c, sizeof(real));
}

const sfm_op SFM(l2p) = {run, scratch};
