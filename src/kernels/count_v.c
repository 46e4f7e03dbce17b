/* SPDX-License-Identifier: BSD-3-Clause */
/* Count: 1 for every pair, so each potential is the sum of all charges; no gradient. */
#include "kernels/evaluate_table.h"

static real sum_charges(size_t n_seg, const SFM(segment) * seg, size_t rhs)
{
    real sum = 0;
    for (size_t g = 0; g < n_seg; g++)
        for (size_t j = 0; j < seg[g].n; j++) sum += seg[g].q[rhs * seg[g].ldq + j];
    return sum;
}

static void add_to_all(real *out, size_t n, real sum)
{
    for (size_t i = 0; i < n; i++) out[i] += sum;
}

static void evaluate(const SFM(evaluation) * e)
{
    for (size_t r = 0; r < e->n_rhs; r++)
        add_to_all(e->out[0] + r * e->ldo, e->n_trg, sum_charges(e->n_seg, e->seg, r));
}

static void mutual(const SFM(mutual) * m)
{
    for (size_t r = 0; r < m->n_rhs; r++) {
        add_to_all(m->a_out.out[0] + r * m->a_out.ld, m->a.n,
                   sum_charges(m->n_seg, m->seg, r));
        real sum = sum_charges(1, &m->a, r);
        for (size_t g = 0; g < m->n_seg; g++)
            add_to_all(m->out[g].out[0] + r * m->out[g].ld, m->seg[g].n, sum);
    }
}

const SFM(evaluate_table)
    SFM_V(count) = {{{evaluate, evaluate}, {evaluate, evaluate}, {evaluate, evaluate}},
                    {{mutual, mutual}, {mutual, mutual}, {mutual, mutual}}};
