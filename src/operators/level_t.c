/* SPDX-License-Identifier: BSD-3-Clause */
#include "operators/level.h"

#include "base/blas.h"

#define PLACE_ARRAYS sfm_place_arrays(SFM_PRECISION == 64 ? STARFMM_DOUBLE : STARFMM_FLOAT)

/* Coordinates in single precision err by about 2^-24 of a half side.  A pair so close that
 * this is more than 2^-17 of its distance (2^-13 where pairs may err by 1e-4) is close. */
static real close_square(const sfm_fmm *f, int32_t source, double half)
{
    double hs = f->half[sfm_key_level(f->tree.key[source])];
    double r =
        (hs > half ? hs : half) * (f->accuracy == SFM_ACCURACY_LOW ? 0x1p-11 : 0x1p-7);
    return (real)(r * r);
}

void SFM(see_from_place)(const sfm_fmm *f, int32_t source, const double centre[3],
                         double half, SFM(segment) * seg)
{
    for (int d = 0; d < 3; d++) {
        double shift = f->centre[source][d] - centre[d];
        seg->shift[d] = (real)shift;
        seg->shift_low[d] = (real)(shift - (double)seg->shift[d]);
    }
    if (SFM_PRECISION == 32) seg->close = close_square(f, source, half);
}

void SFM(see_from)(const sfm_fmm *f, int32_t source, int32_t target, SFM(segment) * seg)
{
    SFM(see_from_place)
    (f, source, f->centre[target], f->half[sfm_key_level(f->tree.key[target])], seg);
}

SFM(segment) SFM(leaf_sources)(const sfm_fmm *f, const real *s, int32_t leaf)
{
    const sfm_group *g = &f->groups.group[f->groups.of_node[leaf]];
    size_t ld = sfm_particle_ld(g->src_end - g->src_begin);
    size_t at = f->tree.src.begin[leaf] - g->src_begin;
    SFM(segment)
    seg = {.x = s + at,
           .y = s + ld + at,
           .z = s + 2 * ld + at,
           .q = s + PLACE_ARRAYS * ld + at,
           .n = f->tree.src.count[leaf],
           .ldq = ld};
    for (size_t d = 0; d < 3 && SFM_PRECISION == 32; d++)
        seg.low[d] = s + (3 + d) * ld + at;
    return seg;
}

SFM(segment)
SFM(leaf_segment)(const sfm_op_args *a, const real *s, int32_t node, int32_t target)
{
    SFM(segment) seg = SFM(leaf_sources)(a->fmm, s, node);
    SFM(see_from)(a->fmm, node, target, &seg);
    return seg;
}

void SFM(apply_rows)(size_t n, const real *matrix, int k1, int k0, const real *in,
                     real beta, real *out)
{
    if (n == 0) return;
    SFM_GEMM(0, 1, n, (size_t)k1, (size_t)k0, 1, in, (size_t)k0, matrix, (size_t)k0, beta,
             out, (size_t)k1);
}

void SFM(leaf_targets)(const sfm_fmm *f, const sfm_group *g, real *t, size_t n_rhs,
                       int32_t node, SFM(evaluation) * e)
{
    size_t ld = sfm_particle_ld(g->trg_end - g->trg_begin);
    size_t at = f->tree.trg.begin[node] - g->trg_begin;
    e->kernel = f->kernel;
    e->params = f->params;
    e->n_trg = f->tree.trg.count[node];
    e->tx = t + at;
    e->ty = t + ld + at;
    e->tz = t + 2 * ld + at;
    e->n_rhs = n_rhs;
    e->ldo = ld;
    for (size_t d = 0; d < 3 && SFM_PRECISION == 32; d++) e->low[d] = t + (3 + d) * ld + at;
    e->ldc = n_rhs * ld;
    e->out = t + PLACE_ARRAYS * ld + at;
}

size_t SFM(row_segments)(const sfm_op_args *a, const sfm_work *work, int32_t i,
                         SFM(segment_fn) make, SFM(segment) * seg)
{
    int32_t target = a->fmm->groups.group[a->group].first + i;
    size_t n = 0;
    for (size_t k = work->begin[i]; k < work->begin[i + 1]; k++)
        seg[n++] = make(a, a->in[work->slot[k]], work->item[k], target);
    return n;
}

void SFM(sum_at_leaves)(sfm_op_args *a, const sfm_work *work, SFM(segment_fn) make)
{
    const sfm_fmm *f = a->fmm;
    const sfm_group *g = &f->groups.group[a->group];
    SFM(segment) *seg = sfm_arena_take(&a->scratch, (size_t)work->longest, sizeof *seg);
    for (int32_t i = 0; i < g->count; i++) {
        SFM(evaluation) e = {.seg = seg};
        e.n_seg = SFM(row_segments)(a, work, i, make, seg);
        if (e.n_seg == 0) continue;
        SFM(leaf_targets)(f, g, a->out, a->n_rhs, g->first + i, &e);
        SFM(level_of)(f, g->level)->result(&e);
    }
}
