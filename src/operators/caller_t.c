/* SPDX-License-Identifier: BSD-3-Clause */
#include "operators/caller.h"

#include <math.h>
#include <string.h>

#include "base/real.h"

/* Address of a caller's row of `width` reals. */
static real *row_of(const sfm_rows *rows, size_t row, size_t width)
{
    size_t lo = sfm_chunk_of(rows->n_chunks, rows->begin, row);
    return (real *)rows->data[lo] + (row - rows->begin[lo]) * width;
}

size_t SFM(gather)(const sfm_fmm *fmm, int32_t group, size_t n_rhs, const sfm_rows *charges,
                   void *s)
{
    const sfm_group *g = &fmm->groups.group[group];
    size_t n = g->src_end - g->src_begin, ld = sfm_particle_ld(n), bad = SIZE_MAX;
    real *q = (real *)s + sfm_place_arrays(fmm->precision) * ld;
    for (size_t i = 0; i < n; i++) {
        size_t row = fmm->tree.src.index[g->src_begin + i];
        const real *from = row_of(charges, row, n_rhs);
        for (size_t r = 0; r < n_rhs; r++) {
            q[r * ld + i] = from[r];
            if (!isfinite(from[r]) && row < bad) bad = row;
        }
    }
    return bad;
}

void SFM(clear)(const sfm_fmm *fmm, int32_t group, size_t n_rhs, void *t)
{
    const sfm_group *g = &fmm->groups.group[group];
    size_t ld = sfm_particle_ld(g->trg_end - g->trg_begin);
    memset((real *)t + sfm_place_arrays(fmm->precision) * ld, 0,
           sfm_components(fmm) * n_rhs * ld * sizeof(real));
}

/* out[caller's row][rhs][n_c components] = scale * sums[component][rhs]. */
static void scatter_components(const sfm_fmm *fmm, const sfm_group *g, size_t n_rhs,
                               const real *sums, size_t n_c, double scale,
                               const sfm_rows *out)
{
    size_t n = g->trg_end - g->trg_begin, ld = sfm_particle_ld(n);
    for (size_t i = 0; i < n; i++) {
        real *to = row_of(out, fmm->tree.trg.index[g->trg_begin + i], n_rhs * n_c);
        for (size_t r = 0; r < n_rhs; r++)
            for (size_t c = 0; c < n_c; c++)
                to[r * n_c + c] = (real)(scale * (double)sums[(c * n_rhs + r) * ld + i]);
    }
}

void SFM(scatter)(const sfm_fmm *fmm, int32_t group, size_t n_rhs, const void *t,
                  const sfm_rows *potentials, const sfm_rows *gradients)
{
    const sfm_group *g = &fmm->groups.group[group];
    size_t ld = sfm_particle_ld(g->trg_end - g->trg_begin);
    double scale = fmm->kernel->factor * pow(fmm->unit, fmm->kernel->degree);
    const real *sums = (const real *)t + sfm_place_arrays(fmm->precision) * ld;
    scatter_components(fmm, g, n_rhs, sums, 1, scale, potentials);
    if (gradients)
        scatter_components(fmm, g, n_rhs, sums + n_rhs * ld, 3, scale / fmm->unit,
                           gradients);
}

/* The caller's order is any, so the points of a leaf come from all over his array. */
static inline void fetch_ahead(const sfm_points *points, const double *coordinates,
                               size_t i)
{
    const size_t ahead = 24;
    if (i + ahead < points->n)
        __builtin_prefetch(coordinates + 3 * (size_t)points->index[i + ahead]);
}

/* Points of one leaf; `buffer` begins at point `begin` of the tree order. */
static void place_leaf(const sfm_fmm *fmm, const sfm_points *points, int32_t leaf,
                       size_t begin, size_t ld, const double *coordinates, real *buffer)
{
    const double *root = fmm->tree.centre, *centre = fmm->centre[leaf];
    const double scale = 1 / fmm->unit; /* exact, both being powers of two */
    for (size_t i = points->begin[leaf]; i < points->begin[leaf + 1]; i++) {
        const double *x = coordinates + 3 * (size_t)points->index[i];
        fetch_ahead(points, coordinates, i);
        for (size_t d = 0; d < 3; d++) {
            double from_leaf = (x[d] - root[d]) * scale - centre[d];
            real *to = buffer + d * ld + i - begin;
            *to = (real)from_leaf;
            if (SFM_PRECISION == 32) to[3 * ld] = (real)(from_leaf - (double)*to);
        }
    }
}

void SFM(place)(const sfm_fmm *fmm, int32_t group, const sfm_points *points,
                const double *coordinates, void *buffer)
{
    const sfm_group *g = &fmm->groups.group[group];
    size_t begin = points->begin[g->first], n = points->begin[g->first + g->count] - begin;
    for (int32_t i = g->first; i < g->first + g->count; i++)
        place_leaf(fmm, points, i, begin, sfm_particle_ld(n), coordinates, buffer);
}
