/* SPDX-License-Identifier: BSD-3-Clause */
/* Points and surfaces as sources and targets of kernel evaluations; products with the
 * matrices of an operator set. */
#include "operators/level.h"

#include "base/blas.h"

#define COORDINATE_ARRAYS (SFM_PRECISION == 64 ? 3 : 6)

/* ---- sources --------------------------------------------------------------------------- */

SFM(segment) SFM(leaf_sources)(const sfm_fmm *f, const real *s, int32_t leaf)
{
    const sfm_groups *groups = &f->schedule->groups;
    const sfm_group *g = &groups->group[groups->of_node[leaf]];
    const sfm_points *src = &f->geometry->tree.src;
    size_t ld = sfm_particle_ld(g->src_end - g->src_begin);
    size_t at = src->begin[leaf] - g->src_begin;
    SFM(segment)
    seg = {.x = s + at,
           .y = s + ld + at,
           .z = s + 2 * ld + at,
           .q = s + COORDINATE_ARRAYS * ld + at,
           .n = src->count[leaf],
           .ldq = ld};
    for (size_t d = 0; d < 3 && SFM_PRECISION == 32; d++)
        seg.low[d] = s + (3 + d) * ld + at;
    return seg;
}

SFM(segment)
SFM(multipole_sources)(const sfm_fmm *f, size_t n_rhs, const real *m, int32_t node)
{
    const sfm_groups *groups = &f->schedule->groups;
    const sfm_group *g = &groups->group[groups->of_node[node]];
    const SFM(level) *lv = SFM(level_of)(f, g->level);
    size_t n_e = (size_t)f->settings->n_e;
    return (SFM(segment)){.x = lv->inner[0],
                          .y = lv->inner[1],
                          .z = lv->inner[2],
                          .q = m + (size_t)(node - g->first) * n_rhs * n_e,
                          .n = n_e,
                          .ldq = n_e};
}

/* Coordinates in single precision err by about 2^-24 of a half side.  A pair so close that
 * this is more than 2^-17 of its distance (2^-13 where pairs may err by 1e-4) is close. */
static real close_square(const sfm_fmm *f, int32_t source, double half)
{
    double hs = f->geometry->half[sfm_key_level(f->geometry->tree.key[source])];
    double part = f->settings->accuracy == SFM_ACCURACY_LOW ? 0x1p-11 : 0x1p-7;
    double r = (hs > half ? hs : half) * part;
    return (real)(r * r);
}

void SFM(see_from_box)(const sfm_fmm *f, int32_t source, const double centre[3], double half,
                       SFM(segment) * seg)
{
    for (int d = 0; d < 3; d++) {
        double shift = f->geometry->centre[source][d] - centre[d];
        seg->shift[d] = (real)shift;
        seg->shift_low[d] = (real)(shift - (double)seg->shift[d]);
    }
    if (SFM_PRECISION == 32) seg->close = close_square(f, source, half);
}

void SFM(see_from_node)(const sfm_fmm *f, int32_t source, int32_t target,
                        SFM(segment) * seg)
{
    const sfm_geometry *g = f->geometry;
    SFM(see_from_box)
    (f, source, g->centre[target], g->half[sfm_key_level(g->tree.key[target])], seg);
}

size_t SFM(row_segments)(const sfm_op_args *a, const sfm_work *work, int32_t row,
                         int multipoles, SFM(segment) * seg)
{
    const sfm_fmm *f = a->fmm;
    int32_t target = sfm_group_of(f, a->group)->first + row;
    size_t n = 0;
    for (size_t k = work->begin[row]; k < work->begin[row + 1]; k++, n++) {
        const real *from = a->in[work->slot[k]];
        seg[n] = multipoles ? SFM(multipole_sources)(f, a->n_rhs, from, work->item[k])
                            : SFM(leaf_sources)(f, from, work->item[k]);
        SFM(see_from_node)(f, work->item[k], target, &seg[n]);
    }
    return n;
}

/* ---- targets --------------------------------------------------------------------------- */

void SFM(targets_in)(const sfm_fmm *f, size_t n_group, size_t at, size_t n_trg, real *t,
                     size_t n_rhs, SFM(evaluation) * e)
{
    size_t ld = sfm_particle_ld(n_group);
    e->params = f->params;
    e->n_trg = n_trg;
    e->tx = t + at;
    e->ty = t + ld + at;
    e->tz = t + 2 * ld + at;
    e->n_rhs = n_rhs;
    e->ldo = ld;
    for (size_t d = 0; d < 3 && SFM_PRECISION == 32; d++) e->low[d] = t + (3 + d) * ld + at;
    for (size_t c = 0; c < sfm_components(f->settings); c++)
        e->out[c] = t + (COORDINATE_ARRAYS + c * n_rhs) * ld + at;
}

void SFM(leaf_targets)(const sfm_fmm *f, int32_t leaf, real *t, size_t n_rhs,
                       SFM(evaluation) * e)
{
    const sfm_groups *groups = &f->schedule->groups;
    const sfm_group *g = &groups->group[groups->of_node[leaf]];
    const sfm_points *trg = &f->geometry->tree.trg;
    SFM(targets_in)
    (f, g->trg_end - g->trg_begin, trg->begin[leaf] - g->trg_begin, trg->count[leaf], t,
     n_rhs, e);
}

void SFM(sum_at_leaves)(sfm_op_args *a, const sfm_work *work, int multipoles)
{
    const sfm_group *g = sfm_group_of(a->fmm, a->group);
    SFM(segment) *seg = sfm_arena_take(&a->scratch, (size_t)work->longest, sizeof *seg);
    for (int32_t i = 0; i < g->count; i++) {
        SFM(evaluation) e = {.seg = seg};
        e.n_seg = SFM(row_segments)(a, work, i, multipoles, seg);
        if (e.n_seg == 0) continue;
        SFM(leaf_targets)(a->fmm, g->first + i, a->out[0], a->n_rhs, &e);
        SFM(levels_of)(a->fmm)->result(&e);
    }
}

/* The caller's order is any, so the points of a leaf come from all over his array. */
static inline void fetch_ahead(const sfm_points *points, const double *coordinates,
                               size_t i)
{
    const size_t ahead = 24;
    if (i + ahead < points->n)
        __builtin_prefetch(coordinates + 3 * (size_t)points->index[i + ahead]);
}

void SFM(place_points)(const SFM(placement) * p, int32_t first_node, int32_t n_nodes,
                       real *buffer)
{
    const sfm_points *points = p->points;
    const double scale = 1 / p->unit; /* exact, both being powers of two */
    size_t begin = points->begin[first_node];
    size_t ld = sfm_particle_ld(points->begin[first_node + n_nodes] - begin);
    for (int32_t node = first_node; node < first_node + n_nodes; node++)
        for (size_t i = points->begin[node]; i < points->begin[node + 1]; i++) {
            const double *x = p->coordinates + 3 * (size_t)points->index[i];
            fetch_ahead(points, p->coordinates, i);
            for (size_t d = 0; d < 3; d++) {
                double from_centre =
                    (x[d] - p->root_centre[d]) * scale - p->centre[node][d];
                real *to = buffer + d * ld + i - begin;
                *to = (real)from_centre;
                if (SFM_PRECISION == 32) to[3 * ld] = (real)(from_centre - (double)*to);
            }
        }
}

void SFM(place_group)(const sfm_fmm *f, sfm_buffer_kind kind, int32_t group,
                      const double *coordinates, void *buffer)
{
    const sfm_geometry *g = f->geometry;
    const sfm_group *gr = sfm_group_of(f, group);
    const sfm_points *points = kind == SFM_BUFFER_S ? &g->tree.src : &g->tree.trg;
    const SFM(placement) p = {g->tree.centre, g->unit, (const double(*)[3])g->centre, points,
                              coordinates};
    SFM(place_points)(&p, gr->first, gr->count, buffer);
}

/* ---- matrices -------------------------------------------------------------------------- */

void SFM(apply_rows)(size_t n, const real *matrix, int k1, int k0, const real *in, real *out)
{
    if (n == 0) return;
    SFM_GEMM(0, 1, n, (size_t)k1, (size_t)k0, 1, in, (size_t)k0, matrix, (size_t)k0, 0, out,
             (size_t)k1);
}
