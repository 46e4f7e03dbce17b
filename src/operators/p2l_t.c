/* SPDX-License-Identifier: BSD-3-Clause */
/* P2L (YBZ eq. 3.8, X list): check_B += r^-degree K(DC_B, y) q over the sources of X(B). */
#include "operators/level.h"

static void add_row(const sfm_op_args *a, const sfm_work *w, int32_t i, SFM(segment) * seg,
                    real *check)
{
    const sfm_fmm *f = a->fmm;
    const sfm_group *g = &f->groups.group[a->group];
    const SFM(level) *lv = SFM(level_of)(f, g->level);
    size_t n_e = (size_t)f->n_e, row = a->n_rhs * n_e;
    size_t n = SFM(row_segments)(a, w, i, SFM(leaf_segment), seg);
    if (n == 0) return;
    SFM(evaluation)
    e = {.kernel = f->kernel,
         .params = f->params,
         .n_trg = n_e,
         .tx = lv->inner[0],
         .ty = lv->inner[1],
         .tz = lv->inner[2],
         .n_seg = n,
         .seg = seg,
         .n_rhs = a->n_rhs,
         .ldo = n_e,
         .out = check};
    for (size_t j = 0; j < row; j++) check[j] = 0;
    lv->potential(&e);
    real *d = (real *)a->out + (size_t)i * row;
    for (size_t j = 0; j < row; j++) d[j] += lv->to_box * check[j];
}

static void run(sfm_op_args *a)
{
    const sfm_fmm *f = a->fmm;
    const sfm_work *w = &f->p2l.group[a->group];
    SFM(segment) *seg = sfm_arena_take(&a->scratch, (size_t)w->longest, sizeof *seg);
    real *check = sfm_arena_take(&a->scratch, a->n_rhs * (size_t)f->n_e, sizeof(real));
    for (int32_t i = 0; i < f->groups.group[a->group].count; i++)
        add_row(a, w, i, seg, check);
}

static size_t scratch(const sfm_fmm *f, int32_t group, size_t n_rhs)
{
    return sfm_arena_bytes((size_t)f->p2l.group[group].longest, sizeof(SFM(segment))) +
           sfm_arena_bytes(n_rhs * (size_t)f->n_e, sizeof(real));
}

const sfm_op SFM(p2l) = {run, scratch};
