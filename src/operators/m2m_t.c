/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * M2M into the inner nodes of a group (YBZ eq. 3.2):
 *
 *   m = sum over the children of m2m[octant] m_child
 *
 * Children of one octant are gathered to the rows of one matrix: one GEMM an octant and
 * batch.
 */
#include <string.h>

#include "operators/level.h"

/* The multipole rows of a child, in the buffers of the child groups. */
static const real *child_rows(const sfm_op_args *a, int32_t first_group, int32_t child)
{
    const sfm_groups *gr = &a->fmm->groups;
    int32_t cg = gr->of_node[child];
    const real *m = a->in[cg - first_group];
    return m + (size_t)(child - gr->group[cg].first) * a->n_rhs * (size_t)a->fmm->n_e;
}

/* The child of `node` in an octant that holds sources, or -1. */
static int32_t child_in_octant(const sfm_tree *t, int32_t node, int octant)
{
    for (int32_t c = t->first_child[node]; c < t->first_child[node] + t->n_children[node];
         c++)
        if (sfm_key_octant(t->key[c]) == octant) return t->src.count[c] ? c : -1;
    return -1;
}

static void add_octant(const sfm_op_args *a, int octant, int32_t begin, int32_t end,
                       int32_t first_group, real *in, real *out)
{
    const sfm_fmm *f = a->fmm;
    const sfm_group *g = &f->groups.group[a->group];
    const SFM(level) *lv = SFM(level_of)(f, g->level);
    size_t row = a->n_rhs * (size_t)f->n_e, n = 0;
    int32_t node[SFM_BATCH];
    for (int32_t i = begin; i < end; i++) {
        int32_t child = child_in_octant(&f->tree, i, octant);
        if (child < 0) continue;
        memcpy(in + n * row, child_rows(a, first_group, child), row * sizeof(real));
        node[n++] = i;
    }
    SFM(apply_rows)(n * a->n_rhs, lv->m2m[octant], f->n_e, f->n_e, in, 0, out);
    for (size_t k = 0; k < n; k++) {
        real *m = (real *)a->out + (size_t)(node[k] - g->first) * row;
        for (size_t j = 0; j < row; j++) m[j] += out[k * row + j];
    }
}

static void run(sfm_op_args *a)
{
    const sfm_fmm *f = a->fmm;
    const sfm_group *g = &f->groups.group[a->group];
    size_t row = a->n_rhs * (size_t)f->n_e;
    real *in = sfm_arena_take(&a->scratch, SFM_BATCH * row, sizeof(real));
    real *out = sfm_arena_take(&a->scratch, SFM_BATCH * row, sizeof(real));
    int32_t first_group, n_groups, last = g->first + g->count;
    sfm_child_groups(f, a->group, &first_group, &n_groups);
    for (int32_t i = g->first; i < last; i++)
        if (!sfm_tree_is_leaf(&f->tree, i))
            memset((real *)a->out + (size_t)(i - g->first) * row, 0, row * sizeof(real));
    for (int32_t begin = g->first; begin < last; begin += SFM_BATCH) {
        int32_t end = begin + SFM_BATCH < last ? begin + SFM_BATCH : last;
        for (int o = 0; o < 8; o++) add_octant(a, o, begin, end, first_group, in, out);
    }
}

static size_t scratch(const sfm_fmm *f, int32_t group, size_t n_rhs)
{
    (void)group;
    return 2 * sfm_arena_bytes(SFM_BATCH * n_rhs * (size_t)f->n_e, sizeof(real));
}

const sfm_op SFM(m2m) = {run, scratch};
