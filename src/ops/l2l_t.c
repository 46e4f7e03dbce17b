/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * L2L into the nodes of a group (YBZ eqs. 3.3, 3.5), with the solve for the local expansion:
 *
 *   check += l2l[octant] l_parent,      l = K(DC, DE)^+ check,      check = 0
 *
 * M2L, P2L and L2L all add to the check potential, so that each node is solved once.  At the
 * top level there is no parent to add.
 */
#include <string.h>

#include "ops/level.h"

/* Add the parents' locals to the children of one octant in nodes [begin, end). */
static void add_octant(const sfm_op_args *a, int octant, int32_t begin, int32_t end,
                       real *in, real *out)
{
    const sfm_fmm *f = a->fmm;
    const sfm_group *g = &f->groups.group[a->group];
    const SFM(level) *up = SFM(level_of)(f, g->level - 1);
    size_t row_e = a->n_rhs * (size_t)f->n_e, row_c = a->n_rhs * (size_t)f->n_c, n = 0;
    int32_t node[SFM_BATCH];
    int32_t first_group = f->groups.of_node[f->tree.parent[g->first]];
    for (int32_t i = begin; i < end; i++) {
        if (sfm_key_octant(f->tree.key[i]) != octant || f->tree.trg.count[i] == 0) continue;
        int32_t parent = f->tree.parent[i], pg = f->groups.of_node[parent];
        const real *l = a->in[pg - first_group];
        l += (size_t)(parent - f->groups.group[pg].first) * row_c;
        memcpy(in + n * row_c, l, row_c * sizeof(real));
        node[n++] = i;
    }
    SFM(apply_rows)(n * a->n_rhs, up->l2l[octant], f->n_e, f->n_c, in, 0, out);
    for (size_t k = 0; k < n; k++) {
        real *d = (real *)a->out + (size_t)(node[k] - g->first) * row_e;
        for (size_t j = 0; j < row_e; j++) d[j] += out[k * row_e + j];
    }
}

static void run(sfm_op_args *a)
{
    const sfm_fmm *f = a->fmm;
    const sfm_group *g = &f->groups.group[a->group];
    const SFM(level) *lv = SFM(level_of)(f, g->level);
    size_t row_e = a->n_rhs * (size_t)f->n_e, row_c = a->n_rhs * (size_t)f->n_c;
    real *in = sfm_arena_take(&a->scratch, SFM_BATCH * row_c, sizeof(real));
    real *out = sfm_arena_take(&a->scratch, SFM_BATCH * row_e, sizeof(real));
    int32_t last = g->first + g->count;
    for (int32_t begin = g->first; begin < last; begin += SFM_BATCH) {
        int32_t end = begin + SFM_BATCH < last ? begin + SFM_BATCH : last;
        if (g->level > SFM_TOP_LEVEL)
            for (int o = 0; o < 8; o++) add_octant(a, o, begin, end, in, out);
        size_t n = (size_t)(end - begin) * a->n_rhs, at = (size_t)(begin - g->first);
        real *d = (real *)a->out + at * row_e;
        SFM(apply_rows)(n, lv->dc2e[0], lv->dn_rank, f->n_e, d, 0, out);
        SFM(apply_rows)(n, lv->dc2e[1], f->n_c, lv->dn_rank, out, 0,
                        (real *)a->out2 + at * row_c);
        memset(d, 0, n * (size_t)f->n_e * sizeof(real));
    }
}

static size_t scratch(const sfm_fmm *f, int32_t group, size_t n_rhs)
{
    (void)group;
    size_t rows = SFM_BATCH * n_rhs;
    return sfm_arena_bytes(rows * (size_t)f->n_c, sizeof(real)) +
           sfm_arena_bytes(rows * (size_t)f->n_e, sizeof(real));
}

const sfm_op SFM(l2l) = {run, scratch};
