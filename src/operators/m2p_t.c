/* SPDX-License-Identifier: BSD-3-Clause */
/* M2P (YBZ eq. 3.7, W list): phi += K(x, UE_A) m_A over A in W(B). */
#include "operators/level.h"

SFM(segment)
SFM(multipole_sources)(const sfm_fmm *f, size_t n_rhs, const real *m, int32_t node)
{
    const sfm_group *g = &f->groups.group[f->groups.of_node[node]];
    const SFM(level) *lv = SFM(level_of)(f, g->level);
    size_t n_e = (size_t)f->n_e;
    return (SFM(segment)){.x = lv->inner[0],
                          .y = lv->inner[1],
                          .z = lv->inner[2],
                          .q = m + (size_t)(node - g->first) * n_rhs * n_e,
                          .n = n_e,
                          .ldq = n_e};
}

static SFM(segment)
    multipole_segment(const sfm_op_args *a, const real *m, int32_t source, int32_t target)
{
    SFM(segment) seg = SFM(multipole_sources)(a->fmm, a->n_rhs, m, source);
    SFM(see_from)(a->fmm, source, target, &seg);
    return seg;
}

static void run(sfm_op_args *a)
{
    SFM(sum_at_leaves)(a, &a->fmm->m2p.group[a->group], multipole_segment);
}

static size_t scratch(const sfm_fmm *f, int32_t group, size_t n_rhs)
{
    (void)n_rhs;
    return sfm_arena_bytes((size_t)f->m2p.group[group].longest, sizeof(SFM(segment)));
}

const sfm_op SFM(m2p) = {run, scratch};
