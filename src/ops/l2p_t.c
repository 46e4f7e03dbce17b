/* SPDX-License-Identifier: BSD-3-Clause */
/* L2P (YBZ eq. 3.6): phi += K(x, DE) l at the targets of the leaves of a group. */
#include "ops/level.h"

static void run(sfm_op_args *a)
{
    const sfm_fmm *f = a->fmm;
    const sfm_group *g = &f->groups.group[a->group];
    const SFM(level) *lv = SFM(level_of)(f, g->level);
    for (int32_t i = 0; i < g->count; i++) {
        int32_t node = g->first + i;
        if (!sfm_tree_is_leaf(&f->tree, node) || f->tree.trg.count[node] == 0) continue;
        SFM(segment)
        seg = {.x = lv->outer[0],
               .y = lv->outer[1],
               .z = lv->outer[2],
               .q = (const real *)a->in[0] + (size_t)i * a->n_rhs * (size_t)f->n_c,
               .n = (size_t)f->n_c,
               .ldq = (size_t)f->n_c};
        SFM(evaluation) e = {.n_seg = 1, .seg = &seg};
        SFM(leaf_targets)(f, g, a->out, a->n_rhs, node, &e);
        lv->result(&e);
    }
}

const sfm_op SFM(l2p) = {run, NULL};
