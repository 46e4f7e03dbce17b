/* SPDX-License-Identifier: BSD-3-Clause */
/* M2F and M2L (YBZ eq. 3.4): whichever method the plan has, see m2l.h. */
#include "operators/level.h"

static const SFM(m2l) * table(const sfm_fmm *f, int32_t group)
{
    return SFM(level_of)(f, f->groups.group[group].level)->m2l;
}

static size_t rows(const sfm_fmm *f, int32_t group, size_t n_rhs)
{
    return (size_t)f->groups.group[group].count * n_rhs;
}

size_t SFM(transformed_reals)(const sfm_fmm *f, int32_t group, size_t n_rhs)
{
    const SFM(m2l) *m2l = table(f, group);
    return m2l->method->source_size(m2l, rows(f, group, n_rhs));
}

static void run_transform(sfm_op_args *a)
{
    const SFM(m2l) *m2l = table(a->fmm, a->group);
    m2l->method->transform(m2l, rows(a->fmm, a->group, a->n_rhs), a->in[0], a->out,
                           a->scratch.base);
}

static size_t transform_scratch(const sfm_fmm *f, int32_t group, size_t n_rhs)
{
    const SFM(m2l) *m2l = table(f, group);
    return m2l ? m2l->method->transform_scratch(m2l, rows(f, group, n_rhs)) : 0;
}

static void run_apply(sfm_op_args *a)
{
    const SFM(m2l) *m2l = table(a->fmm, a->group);
    m2l->method->apply(m2l, &a->fmm->m2l[a->group], a->n_rhs, (const real *const *)a->in,
                       a->out, a->scratch.base);
}

static size_t apply_scratch(const sfm_fmm *f, int32_t group, size_t n_rhs)
{
    const SFM(m2l) *m2l = table(f, group);
    return m2l ? m2l->method->apply_scratch(m2l, &f->m2l[group], n_rhs) : 0;
}

const sfm_op SFM(m2f) = {run_transform, transform_scratch};
const sfm_op SFM(m2l_op) = {run_apply, apply_scratch};
