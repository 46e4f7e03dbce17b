/* SPDX-License-Identifier: BSD-3-Clause */
/* M2P (YBZ eq. 3.7, W list): phi += K(x, UE_A) m_A over A in W(B). */
#include "operators/level.h"

static void evaluate_multipoles(sfm_op_args *a)
{
    SFM(sum_at_leaves)(a, &a->fmm->schedule->m2p.group[a->group], 1);
}

static size_t scratch(const sfm_fmm *f, int32_t group, size_t n_rhs)
{
    size_t longest = (size_t)f->schedule->m2p.group[group].longest;
    return sfm_arena_bytes(longest, sizeof(SFM(segment))) +
           sfm_arena_bytes(longest * SFM(scaled_reals)(f, n_rhs), sizeof(real));
}

const sfm_operator_code SFM(m2p_code) = {evaluate_multipoles, scratch};

#ifdef SFM_ROWS
SFM_DECLARE_CODE(m2p);

static int has_w(const sfm_fmm *f, int32_t group)
{
    return f->schedule->m2p.group[group].n_slots > 0;
}

static sfm_group_list groups_of_w(const sfm_fmm *f, int32_t group)
{
    return sfm_groups_read(&f->schedule->m2p, group);
}

static sfm_amount amount(const sfm_fmm *f, int32_t node)
{
    const size_t *begin = f->schedule->m2p.csr.begin;
    double targets = (double)f->geometry->tree.trg.count[node];
    double members = (double)(begin[node + 1] - begin[node]);
    return (sfm_amount){.pairs = targets * members * f->settings->n_e};
}

const sfm_operator sfm_m2p = {
    .name = "M2P",
    .codelet = "starfmm_m2p",
    .color = 0xfdd835,
    .rank = 0.20,
    .n_uses = 2,
    .use = {{SFM_READ, SFM_BUFFER_M, groups_of_w}, {SFM_ADD, SFM_BUFFER_T, NULL}},
    .exists = has_w,
    .amount = amount,
    .makes_results = 1,
    .code = SFM_CODE_OF(m2p),
};
#endif
