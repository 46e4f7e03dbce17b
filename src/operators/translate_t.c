/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Translations between levels, M2M and L2L: every node of a group gets from other nodes, one for
 * each octant at most,
 *
 *   row of the node += factor * matrix[octant] (row of the other node)
 *
 * The other nodes' rows of one octant and a batch of nodes are gathered to the rows of one
 * matrix [n n_rhs][row]: one GEMM.
 */
#include <string.h>

#include "base/blas.h"
#include "operators/level.h"

/* One octant and nodes [begin, end); in, out: scratch of a batch. */
static void add_octant(const sfm_op_args *a, const SFM(translation) * tr, int octant,
                       int32_t begin, int32_t end, real *in, real *out)
{
    const sfm_fmm *f = a->fmm;
    const sfm_groups *groups = &f->schedule->groups;
    size_t row = a->n_rhs * tr->row, n = 0;
    int32_t node[SFM_BATCH];
    for (int32_t i = begin; i < end; i++) {
        int32_t other = tr->other_node(&f->geometry->tree, i, octant);
        if (other < 0) continue;
        int32_t group = groups->of_node[other];
        const real *from = a->in[group - tr->first_group];
        memcpy(in + n * row, from + (size_t)(other - groups->group[group].first) * row,
               row * sizeof(real));
        node[n++] = i;
    }
    if (n == 0) return;
    SFM_GEMM(0, !tr->transposed, n * a->n_rhs, tr->row, tr->row, tr->factor, in, tr->row,
             tr->matrix[octant], tr->row, 0, out, tr->row);
    for (size_t k = 0; k < n; k++) {
        real *to =
            (real *)a->out[0] + (size_t)(node[k] - groups->group[a->group].first) * row;
        for (size_t j = 0; j < row; j++) to[j] += out[k * row + j];
    }
}

void SFM(translate_rows)(sfm_op_args *a, const SFM(translation) * tr)
{
    const sfm_group *g = sfm_group_of(a->fmm, a->group);
    size_t row = a->n_rhs * tr->row;
    real *in = sfm_arena_take(&a->scratch, SFM_BATCH * row, sizeof(real));
    real *out = sfm_arena_take(&a->scratch, SFM_BATCH * row, sizeof(real));
    int32_t last = g->first + g->count;
    for (int32_t begin = g->first; begin < last; begin += SFM_BATCH) {
        int32_t end = begin + SFM_BATCH < last ? begin + SFM_BATCH : last;
        for (int o = 0; o < 8; o++) add_octant(a, tr, o, begin, end, in, out);
    }
}

size_t SFM(translation_scratch)(size_t row, size_t n_rhs)
{
    return 2 * sfm_arena_bytes(SFM_BATCH * n_rhs * row, sizeof(real));
}
