/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * L2L into the nodes of a group (YBZ eqs. 3.3, 3.5), from check potential to check
 * potential:
 *
 *   check += 2^degree K(DC, DE_parent) K(DC_parent, DE_parent)^+ check_parent
 *
 * The densities in between are never formed: only leaves need them, in L2P.  And as K is
 * symmetric, DC = UE and DE = UC, the matrix is 2^degree m2m[octant] transposed: M2M and
 * L2L share their operators.
 */
#include <math.h>
#include <string.h>

#include "base/blas.h"
#include "operators/level.h"

/* Add the parents' potentials to the children of one octant in nodes [begin, end). */
static void add_octant(const sfm_op_args *a, int octant, int32_t begin, int32_t end,
                       real *in, real *out)
{
    const sfm_fmm *f = a->fmm;
    const sfm_group *g = &f->groups.group[a->group];
    const SFM(level) *up = SFM(level_of)(f, g->level - 1);
    size_t n_e = (size_t)f->n_e, row = a->n_rhs * n_e, n = 0;
    int32_t node[SFM_BATCH];
    int32_t first_group = f->groups.of_node[f->tree.parent[g->first]];
    for (int32_t i = begin; i < end; i++) {
        if (sfm_key_octant(f->tree.key[i]) != octant || f->tree.trg.count[i] == 0) continue;
        int32_t parent = f->tree.parent[i], pg = f->groups.of_node[parent];
        const real *d = a->in[pg - first_group];
        d += (size_t)(parent - f->groups.group[pg].first) * row;
        memcpy(in + n * row, d, row * sizeof(real));
        node[n++] = i;
    }
    if (n == 0) return;
    SFM_GEMM(0, 0, n * a->n_rhs, n_e, n_e, (real)ldexp(1, f->kernel->degree), in, n_e,
             up->m2m[octant], n_e, 0, out, n_e);
    for (size_t k = 0; k < n; k++) {
        real *d = (real *)a->out + (size_t)(node[k] - g->first) * row;
        for (size_t j = 0; j < row; j++) d[j] += out[k * row + j];
    }
}

static void run(sfm_op_args *a)
{
    const sfm_group *g = &a->fmm->groups.group[a->group];
    size_t row = a->n_rhs * (size_t)a->fmm->n_e;
    real *in = sfm_arena_take(&a->scratch, SFM_BATCH * row, sizeof(real));
    real *out = sfm_arena_take(&a->scratch, SFM_BATCH * row, sizeof(real));
    int32_t last = g->first + g->count;
    for (int32_t begin = g->first; begin < last; begin += SFM_BATCH) {
        int32_t end = begin + SFM_BATCH < last ? begin + SFM_BATCH : last;
        for (int o = 0; o < 8; o++) add_octant(a, o, begin, end, in, out);
    }
}

static size_t scratch(const sfm_fmm *f, int32_t group, size_t n_rhs)
{
    (void)group;
    return 2 * sfm_arena_bytes(SFM_BATCH * n_rhs * (size_t)f->n_e, sizeof(real));
}

const sfm_op SFM(l2l) = {run, scratch};
