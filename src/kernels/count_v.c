/* SPDX-License-Identifier: BSD-3-Clause */
/* Count: 1 for every pair, so each potential is the sum of all charges; no gradient. */
#include "kernels/evaluate_table.h"

static real sum_charges(const SFM(evaluation) * e, size_t rhs)
{
    real sum = 0;
    for (size_t g = 0; g < e->n_seg; g++) {
        const SFM(segment) *seg = &e->seg[g];
        for (size_t j = 0; j < seg->n; j++) sum += seg->q[rhs * seg->ldq + j];
    }
    return sum;
}

static void evaluate(const SFM(evaluation) * e)
{
    for (size_t r = 0; r < e->n_rhs; r++) {
        real sum = sum_charges(e, r);
        for (size_t i = 0; i < e->n_trg; i++) e->out[0][r * e->ldo + i] += sum;
    }
}

const SFM(evaluate_table)
    SFM_V(count) = {{{evaluate, evaluate}, {evaluate, evaluate}, {evaluate, evaluate}}};
