/* SPDX-License-Identifier: BSD-3-Clause */
/* Points and surfaces as sources and targets of kernel evaluations; products with the
 * matrices of an operator set. */
#include "operators/level.h"

#include <string.h>

#include "base/blas.h"

#define COORDINATE_ARRAYS (SFM_PRECISION == 64 ? 3 : 6)

/* ---- sources --------------------------------------------------------------------------- */

SFM(segment)
SFM(leaf_sources)(const sfm_fmm *f, size_t n_rhs, const real *s, int32_t leaf)
{
    const sfm_groups *groups = &f->schedule->groups;
    const sfm_group *g = &groups->group[groups->of_node[leaf]];
    const sfm_points *src = &f->geometry->tree.src;
    size_t ld = sfm_particle_ld(g->src_end - g->src_begin);
    size_t at = src->begin[leaf] - g->src_begin;
    SFM(segment) seg = {.x = s + at, .y = s + ld + at, .z = s + 2 * ld + at};
    seg.q = s + COORDINATE_ARRAYS * ld + at, seg.n = src->count[leaf];
    seg.ldq = ld, seg.ldc = n_rhs * ld;
    for (size_t d = 0; d < 3 && SFM_PRECISION == 32; d++)
        seg.low[d] = s + (3 + d) * ld + at;
    return seg;
}

size_t SFM(scaled_reals)(const sfm_fmm *f, size_t n_rhs)
{
    return SFM(levels_of)(f)->scales_densities ? n_rhs * sfm_equiv_row(f->settings) : 0;
}

SFM(segment)
SFM(multipole_sources)
(const sfm_fmm *f, size_t n_rhs, const real *m, int32_t node, real **scratch)
{
    const sfm_groups *groups = &f->schedule->groups;
    const sfm_group *g = &groups->group[groups->of_node[node]];
    const SFM(level) *lv = SFM(level_of)(f, g->level);
    size_t n_e = (size_t)f->settings->n_e, row = sfm_equiv_row(f->settings);
    const real *q = m + (size_t)(node - g->first) * n_rhs * row;
    if (SFM(levels_of)(f)->scales_densities) {
        memcpy(*scratch, q, n_rhs * row * sizeof *q);
        SFM(scale_rows)(n_rhs, row / n_e, n_e, lv->from_box, *scratch);
        q = *scratch;
        *scratch += n_rhs * row;
    }
    SFM(segment) seg = {.x = lv->inner[0], .y = lv->inner[1], .z = lv->inner[2], .q = q};
    seg.n = n_e, seg.ldq = row, seg.ldc = n_e;
    return seg;
}

SFM(segment)
SFM(local_sources)(const sfm_fmm *f, const SFM(level) * lv, const real *density)
{
    size_t n_c = (size_t)f->settings->n_c;
    SFM(segment) seg = {.x = lv->outer[0], .y = lv->outer[1], .z = lv->outer[2]};
    seg.q = density, seg.n = n_c, seg.ldq = sfm_outer_equiv_row(f->settings), seg.ldc = n_c;
    return seg;
}

/* Coordinates in single precision err by about 2^-24 of a half side.  A pair so close that
 * this is more than 2^-17 of its distance (2^-20 for derivatives, 2^-13 where pairs may err by
 * 1e-4) is close. */
static real close_square(const sfm_fmm *f, int32_t source, double half)
{
    double hs = f->geometry->half[sfm_key_level(f->geometry->tree.key[source])];
    const int derivatives = f->settings->target != 0; /* these magnify it */
    double part = f->settings->accuracy == SFM_ACCURACY_LOW ? 0x1p-11
                  : derivatives                             ? 0x1p-4
                                                            : 0x1p-7;
    double r = (hs > half ? hs : half) * part;
    return (real)(r * r);
}

void SFM(set_shift)(const sfm_fmm *f, int32_t source, const double from[3],
                    const double to[3], double half, SFM(segment) * seg)
{
    for (int d = 0; d < 3; d++) {
        double shift = from[d] - to[d];
        seg->shift[d] = (real)shift;
        seg->shift_low[d] = (real)(shift - (double)seg->shift[d]);
    }
    if (SFM_PRECISION == 32) seg->close = close_square(f, source, half);
}

void SFM(set_leaf_shift)(const sfm_fmm *f, int32_t source, int32_t target,
                         SFM(segment) * seg)
{
    const sfm_geometry *g = f->geometry;
    SFM(set_shift)
    (f, source, SFM(point_frame)(g->centre[source]), SFM(point_frame)(g->centre[target]),
     g->half[sfm_key_level(g->tree.key[target])], seg);
}

size_t SFM(centred_reals)(size_t n_sources)
{
    return SFM_PRECISION == 64 ? 3 * sfm_particle_ld(n_sources) : 0;
}

/* Boxes of these levels have half sides of at least 2^-9 in tree units: a surface's points may
 * be moved to their centres, which costs 2^-44 of the box.  In smaller boxes the sources are
 * moved instead, which is exact but takes a copy. */
#define LAST_WIDE_LEVEL 8

void SFM(face_surface)(const sfm_fmm *f, int32_t leaf, int32_t box, SFM(segment) * seg,
                       real *scratch)
{
    const double *centre = f->geometry->centre[box];
    const int level = sfm_key_level(f->geometry->tree.key[box]);
    const real **const x[3] = {&seg->x, &seg->y, &seg->z};
    const int moved = SFM_PRECISION == 64 && level > LAST_WIDE_LEVEL;
    for (int d = 0; d < 3 && moved; d++, scratch += sfm_particle_ld(seg->n)) {
        for (size_t i = 0; i < seg->n; i++) scratch[i] = (real)((*x[d])[i] - centre[d]);
        *x[d] = scratch;
    }
    SFM(set_shift)
    (f, leaf, moved ? centre : SFM(point_frame)(f->geometry->centre[leaf]), centre,
     f->geometry->half[level], seg);
}

/* ---- targets --------------------------------------------------------------------------- */

void SFM(targets_in)(const sfm_fmm *f, size_t n_group, size_t at, size_t n_trg, real *t,
                     size_t n_rhs, SFM(evaluation) * e)
{
    size_t ld = sfm_particle_ld(n_group);
    e->kernel = f->settings->kernel;
    e->params = f->params;
    e->n_trg = n_trg;
    e->tx = t + at, e->ty = t + ld + at, e->tz = t + 2 * ld + at;
    e->n_rhs = n_rhs;
    e->ldo = ld;
    for (size_t d = 0; d < 3 && SFM_PRECISION == 32; d++) e->low[d] = t + (3 + d) * ld + at;
    e->ldc = n_rhs * ld;
    e->out = t + COORDINATE_ARRAYS * ld + at;
}

SFM(evaluation)
SFM(check_targets)
(const sfm_fmm *f, const real *const surface[3], size_t n, size_t n_rhs, real *check)
{
    SFM(evaluation) e = {.kernel = f->settings->kernel, .params = f->params, .n_trg = n};
    e.tx = surface[0], e.ty = surface[1], e.tz = surface[2], e.n_rhs = n_rhs, e.out = check;
    e.ldo = n * sfm_check_components(f->settings), e.ldc = n;
    return e;
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
    const sfm_fmm *f = a->fmm;
    const sfm_geometry *geo = f->geometry;
    const sfm_group *g = sfm_group_of(f, a->group);
    size_t longest = (size_t)work->longest;
    SFM(segment) *seg = sfm_arena_take(&a->scratch, longest, sizeof *seg);
    real *scaled = NULL;
    if (multipoles)
        scaled = sfm_arena_take(&a->scratch, longest * SFM(scaled_reals)(f, a->n_rhs),
                                sizeof *scaled);
    for (int32_t i = 0; i < g->count; i++) {
        SFM(evaluation) e = {.seg = seg};
        real *next = scaled;
        int32_t leaf = g->first + i;
        for (size_t k = work->begin[i]; k < work->begin[i + 1]; k++, e.n_seg++) {
            const real *from = a->in[work->slot[k]];
            int32_t source = work->item[k];
            if (multipoles) {
                seg[e.n_seg] = SFM(multipole_sources)(f, a->n_rhs, from, source, &next);
                SFM(set_shift)
                (f, source, geo->centre[source], SFM(point_frame)(geo->centre[leaf]),
                 geo->half[g->level], &seg[e.n_seg]);
            } else {
                seg[e.n_seg] = SFM(leaf_sources)(f, a->n_rhs, from, source);
                SFM(set_leaf_shift)(f, source, leaf, &seg[e.n_seg]);
            }
        }
        if (e.n_seg == 0) continue;
        SFM(leaf_targets)(f, leaf, a->out[0], a->n_rhs, &e);
        (multipoles ? SFM(levels_of)(f)->evaluate : SFM(levels_of)(f)->near)(&e);
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

void SFM(place_points)(const sfm_geometry *g, const sfm_points *points,
                       const double (*centre)[3], const double *coordinates,
                       int32_t first_node, int32_t n_nodes, real *buffer)
{
    const double scale = 1 / g->unit; /* exact, both being powers of two */
    size_t begin = points->begin[first_node];
    size_t ld = sfm_particle_ld(points->begin[first_node + n_nodes] - begin);
    for (int32_t node = first_node; node < first_node + n_nodes; node++) {
        const double *frame = SFM(point_frame)(centre[node]);
        for (size_t i = points->begin[node]; i < points->begin[node + 1]; i++) {
            const double *x = coordinates + 3 * (size_t)points->index[i];
            fetch_ahead(points, coordinates, i);
            for (size_t d = 0; d < 3; d++) {
                double at = (x[d] - g->origin[d]) * scale - frame[d];
                real *to = buffer + d * ld + i - begin;
                *to = (real)at;
                if (SFM_PRECISION == 32) to[3 * ld] = (real)(at - (double)*to);
            }
        }
    }
}

void SFM(place_group)(const sfm_fmm *f, sfm_buffer_kind kind, int32_t group,
                      const double *coordinates, void *buffer)
{
    const sfm_geometry *g = f->geometry;
    const sfm_group *gr = sfm_group_of(f, group);
    SFM(place_points)
    (g, kind == SFM_BUFFER_S ? &g->tree.src : &g->tree.trg, (const double(*)[3])g->centre,
     coordinates, gr->first, gr->count, buffer);
}

/* ---- matrices -------------------------------------------------------------------------- */

void SFM(scale_rows)(size_t n_rows, size_t n_components, size_t n_points,
                     const real *factor, real *rows)
{
    for (size_t i = 0; i < n_rows * n_components; i++, rows += n_points)
        for (size_t j = 0; j < n_points; j++) rows[j] *= factor[i % n_components];
}

void SFM(apply_rows)(size_t n, const real *matrix, size_t k1, size_t k0, const real *in,
                     real *out)
{
    if (n > 0) SFM_GEMM(0, 1, n, k1, k0, 1, in, k0, matrix, k0, 0, out, k1);
}

void SFM(solve_densities)(const sfm_fmm *f, const SFM(level) * lv, size_t n,
                          const real *check, real *mid, real *density)
{
    const sfm_settings *s = f->settings;
    const SFM(set) *set = lv->set;
    size_t rank = (size_t)set->dn_rank, row = sfm_outer_equiv_row(s);
    SFM(apply_rows)(n, set->dc2e[0], rank, sfm_check_row(s), check, mid);
    SFM(apply_rows)(n, set->dc2e[1], row, rank, mid, density);
    if (SFM(levels_of)(f)->scales_densities) SFM(scale_rows)
    (n, sfm_equiv_components(s), (size_t)s->n_c, lv->from_box, density);
}
