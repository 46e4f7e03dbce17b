/* SPDX-License-Identifier: BSD-3-Clause */
/* P2P (YBZ eq. 3.9, U list): phi += K(x, y) q over the near leaves, each target leaf's
 * accumulators staying in registers over all of them (evaluate.h). */
#include "ops/level.h"

static void run(sfm_op_args *a)
{
    SFM(sum_at_leaves)(a, &a->fmm->near.group[a->group], SFM(leaf_segment));
}

static size_t scratch(const sfm_fmm *f, int32_t group, size_t n_rhs)
{
    (void)n_rhs;
    return sfm_arena_bytes((size_t)f->near.group[group].longest, sizeof(SFM(segment)));
}

const sfm_op SFM(p2p) = {run, scratch};
