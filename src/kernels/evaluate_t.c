/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The loops of a kernel by instruction set, accuracy and kinds; and those of a plain kernel,
 * one function of a pair in double: K(d) for every pair, with no care for speed.
 */
#include "kernels/evaluate.h"

#include <stddef.h>

static void evaluate_plain(const SFM(evaluation) * e)
{
    const int n_src = e->kernel->source[0].dim, n_trg = e->kernel->target[0].dim;
    const real *const x[3] = {e->tx, e->ty, e->tz};
    double k[STARFMM_MAX_COMPONENTS * STARFMM_MAX_COMPONENTS];
    for (size_t i = 0; i < e->n_trg; i++)
        for (const SFM(segment) *s = e->seg; s < e->seg + e->n_seg; s++)
            for (size_t j = 0; j < s->n; j++) {
                const real *const y[3] = {s->x, s->y, s->z};
                double d[3];
                for (int m = 0; m < 3; m++) {
                    double low = (e->low[m] ? (double)e->low[m][i] : 0) -
                                 (s->low[m] ? (double)s->low[m][j] : 0);
                    d[m] = (double)x[m][i] - (double)s->shift[m] - (double)y[m][j] +
                           (low - (double)s->shift_low[m]);
                }
                if (d[0] == 0 && d[1] == 0 && d[2] == 0) continue;
                e->kernel->pair(d, e->params, k);
                for (size_t r = 0; r < e->n_rhs; r++)
                    for (int b = 0; b < n_trg; b++) {
                        double sum = 0;
                        for (int a = 0; a < n_src; a++)
                            sum += k[b * n_src + a] *
                                   (double)s->q[(size_t)a * s->ldc + r * s->ldq + j];
                        e->out[(size_t)b * e->ldc + r * e->ldo + i] += (real)sum;
                    }
            }
}

static const SFM(loops) * find_loops(const sfm_kernel *kernel, sfm_isa isa,
                                     sfm_accuracy accuracy, int source, int target)
{
    if ((size_t)isa >= SFM_N_ISA || (size_t)accuracy >= SFM_N_ACCURACY) return NULL;
#if SFM_PRECISION == 64
    const SFM(loops) *row = kernel->loops_f64[isa];
#else
    const SFM(loops) *row = kernel->loops_f32[isa];
#endif
    for (; row != NULL && row->evaluate[0] != NULL; row++)
        if (row->source == source && row->target == target) return row;
    return NULL;
}

SFM(evaluate_fn)
SFM(evaluate_get)
(const sfm_kernel *kernel, sfm_isa isa, sfm_accuracy accuracy, int source, int target)
{
    if (kernel->pair) return source == 0 && target == 0 ? evaluate_plain : NULL;
    const SFM(loops) *row = find_loops(kernel, isa, accuracy, source, target);
    return row == NULL ? NULL : row->evaluate[accuracy];
}

SFM(mutual_fn)
SFM(mutual_get)
(const sfm_kernel *kernel, sfm_isa isa, sfm_accuracy accuracy, int source, int target)
{
    const SFM(loops) *row = find_loops(kernel, isa, accuracy, source, target);
    return row == NULL ? NULL : row->mutual[accuracy];
}
