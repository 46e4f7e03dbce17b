/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * M2F and M2L (YBZ eq. 3.4): whichever method the plan has, see m2l.h.  M2F transforms the
 * multipole expansions of a group into the form that M2L reads, for all who read them.
 */
#include "operators/level.h"
#include "operators/m2l/m2l_method.h"

static const SFM(m2l) * table_of_group(const sfm_fmm *f, int32_t group)
{
    return SFM(level_of)(f, sfm_group_of(f, group)->level)->set->m2l;
}

static size_t rows_of_group(const sfm_fmm *f, int32_t group, size_t n_rhs)
{
    return (size_t)sfm_group_of(f, group)->count * n_rhs;
}

static void transform_group(sfm_op_args *a)
{
    const SFM(m2l) *m2l = table_of_group(a->fmm, a->group);
    m2l->method->transform(m2l, rows_of_group(a->fmm, a->group, a->n_rhs), a->in[0],
                           a->out[0], a->scratch.base);
}

static size_t transform_scratch(const sfm_fmm *f, int32_t group, size_t n_rhs)
{
    const SFM(m2l) *m2l = table_of_group(f, group);
    return m2l->method->transform_scratch(m2l, rows_of_group(f, group, n_rhs));
}

static void translate_group(sfm_op_args *a)
{
    const SFM(m2l) *m2l = table_of_group(a->fmm, a->group);
    m2l->method->apply(m2l, &a->fmm->schedule->m2l[a->group], a->n_rhs,
                       (const real *const *)a->in, a->out[0], a->scratch.base);
}

static size_t translate_scratch(const sfm_fmm *f, int32_t group, size_t n_rhs)
{
    const SFM(m2l) *m2l = table_of_group(f, group);
    return m2l->method->apply_scratch(m2l, &f->schedule->m2l[group], n_rhs);
}

const sfm_operator_code SFM(m2f_code) = {transform_group, transform_scratch};
const sfm_operator_code SFM(m2l_code) = {translate_group, translate_scratch};

#ifdef SFM_ROWS
SFM_DECLARE_CODE(m2f);
SFM_DECLARE_CODE(m2l);

static int is_read_by_m2l(const sfm_fmm *f, int32_t group)
{
    return f->schedule->read_by_m2l[group];
}

static sfm_amount m2f_amount(const sfm_fmm *f, int32_t node)
{
    const sfm_tree *t = &f->geometry->tree;
    int transformed =
        t->src.count[node] > 0 && sfm_key_level(t->key[node]) >= f->schedule->top_level;
    return (sfm_amount){.flops = transformed ? sfm_m2l_row_flops(f->settings) : 0};
}

static int has_v(const sfm_fmm *f, int32_t group)
{
    return f->schedule->m2l[group].n_slots > 0;
}

static sfm_group_list groups_around(const sfm_fmm *f, int32_t group)
{
    const sfm_m2l_work *w = &f->schedule->m2l[group];
    return (sfm_group_list){w->n_slots, 0, w->slot_group};
}

static sfm_amount m2l_amount(const sfm_fmm *f, int32_t node)
{
    double pairs = 0;
    if (sfm_key_level(f->geometry->tree.key[node]) >= f->schedule->top_level)
        pairs = f->schedule->v_length[node];
    return (sfm_amount){.flops = pairs * sfm_m2l_pair_flops(f->settings)};
}

const sfm_operator sfm_m2f = {
    .name = "M2F",
    .codelet = "starfmm_m2f",
    .color = 0x4fc3f7,
    .rank = 0.84,
    .upward = 1,
    .n_uses = 2,
    .use = {{SFM_READ, SFM_BUFFER_M, NULL}, {SFM_OVERWRITE, SFM_BUFFER_F, NULL}},
    .exists = is_read_by_m2l,
    .amount = m2f_amount,
    .code = SFM_CODE_OF(m2f),
};

const sfm_operator sfm_m2l = {
    .name = "M2L",
    .codelet = "starfmm_m2l",
    .color = 0x1565c0,
    .rank = 0.60,
    .rank_slope = -0.20,
    .n_uses = 2,
    .use = {{SFM_READ, SFM_BUFFER_F, groups_around}, {SFM_ADD, SFM_BUFFER_D, NULL}},
    .exists = has_v,
    .amount = m2l_amount,
    .code = SFM_CODE_OF(m2l),
};
#endif
