/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * P2M of the leaves of a group (YBZ eq. 3.1):
 *
 *   m = K(UC, UE)^+ K(UC, y) q
 *
 * The check potentials of a batch of leaves are the rows of one matrix [rows][n_c], so that
 * the two factors of the pseudo-inverse are two GEMMs.
 */
#include "operators/level.h"

static void check_potentials(const sfm_op_args *a, const SFM(level) * lv, int32_t node,
                             real *check)
{
    const sfm_fmm *f = a->fmm;
    size_t n_c = (size_t)f->n_c, n = a->n_rhs * n_c;
    SFM(segment) seg = SFM(leaf_segment)(a, a->in[0], node, node);
    SFM(evaluation)
    e = {.kernel = f->kernel,
         .params = f->params,
         .n_trg = n_c,
         .tx = lv->outer[0],
         .ty = lv->outer[1],
         .tz = lv->outer[2],
         .n_seg = 1,
         .seg = &seg,
         .n_rhs = a->n_rhs,
         .ldo = n_c,
         .out = check};
    for (size_t i = 0; i < n; i++) check[i] = 0;
    lv->potential(&e);
    for (size_t i = 0; i < n; i++) check[i] *= lv->to_box;
}

static void run(sfm_op_args *a)
{
    const sfm_fmm *f = a->fmm;
    const sfm_group *g = &f->groups.group[a->group];
    const SFM(level) *lv = SFM(level_of)(f, g->level);
    size_t n_e = (size_t)f->n_e, n_c = (size_t)f->n_c, rows = SFM_BATCH * a->n_rhs;
    real *check = sfm_arena_take(&a->scratch, rows * n_c, sizeof(real));
    real *mid = sfm_arena_take(&a->scratch, rows * (size_t)lv->up_rank, sizeof(real));
    real *m = sfm_arena_take(&a->scratch, rows * n_e, sizeof(real));
    int32_t node[SFM_BATCH], end = g->first + g->count;
    for (int32_t i = g->first; i < end;) {
        size_t n = 0;
        for (; i < end && n < SFM_BATCH; i++) {
            if (!sfm_tree_is_leaf(&f->tree, i) || f->tree.src.count[i] == 0) continue;
            check_potentials(a, lv, i, check + n * a->n_rhs * n_c);
            node[n++] = i;
        }
        SFM(apply_rows)(n * a->n_rhs, lv->uc2e[0], lv->up_rank, f->n_c, check, 0, mid);
        SFM(apply_rows)(n * a->n_rhs, lv->uc2e[1], f->n_e, lv->up_rank, mid, 0, m);
        for (size_t k = 0; k < n; k++) {
            real *row = (real *)a->out + (size_t)(node[k] - g->first) * a->n_rhs * n_e;
            for (size_t j = 0; j < a->n_rhs * n_e; j++) row[j] = m[k * a->n_rhs * n_e + j];
        }
    }
}

static size_t scratch(const sfm_fmm *f, int32_t group, size_t n_rhs)
{
    (void)group;
    size_t rows = SFM_BATCH * n_rhs, n_e = (size_t)f->n_e, n_c = (size_t)f->n_c;
    return sfm_arena_bytes(rows * n_c, sizeof(real)) +
           2 * sfm_arena_bytes(rows * n_e, sizeof(real));
}

const sfm_op SFM(p2m) = {run, scratch};
