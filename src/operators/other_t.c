/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * All sums of a group of cells (probe.h), each cell's as one evaluation over
 *
 *   l = K(DC, DE)^+ check     on the surface DE of the node whose D it is     L2P
 *   m                         on the surface UE of far nodes                  M2P
 *   q                         of near leaves                                  P2P
 */
#include <string.h>

#include "operators/level.h"
#include "operators/probe.h"

static const sfm_work *work_of(const sfm_reading *r, int32_t group)
{
    return &r->group[group];
}

/* See from a cell's centre. */
static void see(const sfm_probe_args *a, int32_t cell, int32_t node, SFM(segment) * seg)
{
    const sfm_probe *p = a->probe;
    SFM(see_from_place)(p->fmm, node, p->cells.centre[cell], p->half[cell], seg);
}

static size_t add_m2p(const sfm_probe_args *a, int32_t i, int32_t cell, SFM(segment) * seg)
{
    const sfm_work *w = work_of(&a->probe->cells.m2p, a->group);
    const void *const *in = a->in + work_of(&a->probe->cells.p2l, a->group)->n_slots;
    size_t n = 0;
    for (size_t k = w->begin[i]; k < w->begin[i + 1]; k++, n++) {
        seg[n] =
            SFM(multipole_sources)(a->probe->fmm, a->n_rhs, in[w->slot[k]], w->item[k]);
        see(a, cell, w->item[k], &seg[n]);
    }
    return n;
}

static size_t add_near(const sfm_probe_args *a, int32_t i, int32_t cell, SFM(segment) * seg)
{
    const sfm_work *w = work_of(&a->probe->cells.near, a->group);
    const void *const *in = a->in + work_of(&a->probe->cells.p2l, a->group)->n_slots +
                            work_of(&a->probe->cells.m2p, a->group)->n_slots;
    size_t n = 0;
    for (size_t k = w->begin[i]; k < w->begin[i + 1]; k++, n++) {
        seg[n] = SFM(leaf_sources)(a->probe->fmm, in[w->slot[k]], w->item[k]);
        see(a, cell, w->item[k], &seg[n]);
    }
    return n;
}

static int32_t local_of(const sfm_probe_args *a, int32_t i)
{
    const sfm_work *w = work_of(&a->probe->cells.p2l, a->group);
    return w->begin[i] < w->begin[i + 1] ? w->item[w->begin[i]] : -1;
}

/* Densities for the cells i ... whose local expansions are of one level, as many as a batch
 * holds; returns the cell after the last. */
static int32_t solve(const sfm_probe_args *a, int32_t i, real *check, real *mid,
                     real *density)
{
    const sfm_fmm *f = a->probe->fmm;
    const sfm_work *w = work_of(&a->probe->cells.p2l, a->group);
    size_t row = a->n_rhs * (size_t)f->n_e, n = 0;
    int32_t count = a->probe->cells.groups.group[a->group].count;
    const SFM(level) *lv = NULL;
    for (; i < count && n < SFM_BATCH; i++) {
        int32_t node = local_of(a, i);
        if (node < 0) continue;
        const sfm_group *g = &f->groups.group[f->groups.of_node[node]];
        if (lv && lv != SFM(level_of)(f, g->level)) break;
        lv = SFM(level_of)(f, g->level);
        const real *d = a->in[w->slot[w->begin[i]]];
        memcpy(check + row * n++, d + row * (size_t)(node - g->first), row * sizeof *d);
    }
    if (n == 0) return i;
    SFM(apply_rows)(n * a->n_rhs, lv->dc2e[0], lv->dn_rank, f->n_e, check, 0, mid);
    SFM(apply_rows)(n * a->n_rhs, lv->dc2e[1], f->n_c, lv->dn_rank, mid, 0, density);
    return i;
}

static SFM(segment)
    local_segment(const sfm_probe_args *a, int32_t cell, int32_t node, const real *density)
{
    const sfm_fmm *f = a->probe->fmm;
    const SFM(level) *lv = SFM(level_of)(f, sfm_key_level(f->tree.key[node]));
    SFM(segment)
    seg = {.x = lv->outer[0],
           .y = lv->outer[1],
           .z = lv->outer[2],
           .q = density,
           .n = (size_t)f->n_c,
           .ldq = (size_t)f->n_c};
    see(a, cell, node, &seg);
    return seg;
}

static void evaluate_cell(const sfm_probe_args *a, int32_t i, const real *density,
                          SFM(segment) * seg)
{
    const sfm_fmm *cells = &a->probe->cells;
    const sfm_group *g = &cells->groups.group[a->group];
    int32_t cell = g->first + i;
    SFM(evaluation) e = {.seg = seg};
    if (density) seg[e.n_seg++] = local_segment(a, cell, local_of(a, i), density);
    e.n_seg += add_m2p(a, i, cell, seg + e.n_seg);
    e.n_seg += add_near(a, i, cell, seg + e.n_seg);
    if (e.n_seg == 0) return;
    SFM(leaf_targets)(cells, g, a->t, a->n_rhs, cell, &e);
    SFM(level_of)(a->probe->fmm, 0)->result(&e);
}

static size_t most_segments(const sfm_probe *p, int32_t group)
{
    return (size_t)work_of(&p->cells.m2p, group)->longest +
           (size_t)work_of(&p->cells.near, group)->longest + 1;
}

static size_t batch_rows(const sfm_probe *p, int32_t group, size_t n_rhs)
{
    size_t count = (size_t)p->cells.groups.group[group].count;
    return (count < SFM_BATCH ? count : SFM_BATCH) * n_rhs;
}

void SFM(probe_run)(sfm_probe_args *a)
{
    const sfm_fmm *f = a->probe->fmm;
    size_t rows = batch_rows(a->probe, a->group, a->n_rhs), n_e = (size_t)f->n_e;
    real *check = sfm_arena_take(&a->scratch, rows * n_e, sizeof(real));
    real *mid = sfm_arena_take(&a->scratch, rows * n_e, sizeof(real));
    real *density = sfm_arena_take(&a->scratch, rows * (size_t)f->n_c, sizeof(real));
    SFM(segment) *seg =
        sfm_arena_take(&a->scratch, most_segments(a->probe, a->group), sizeof *seg);
    int32_t count = a->probe->cells.groups.group[a->group].count;
    for (int32_t i = 0; i < count;) {
        int32_t end = solve(a, i, check, mid, density);
        for (const real *d = density; i < end; i++) {
            int has_local = local_of(a, i) >= 0;
            evaluate_cell(a, i, has_local ? d : NULL, seg);
            if (has_local) d += a->n_rhs * (size_t)f->n_c;
        }
    }
}

size_t SFM(probe_scratch)(const sfm_probe *p, int32_t group, size_t n_rhs)
{
    size_t rows = batch_rows(p, group, n_rhs);
    return 2 * sfm_arena_bytes(rows * (size_t)p->fmm->n_e, sizeof(real)) +
           sfm_arena_bytes(rows * (size_t)p->fmm->n_c, sizeof(real)) +
           sfm_arena_bytes(most_segments(p, group), sizeof(SFM(segment)));
}
