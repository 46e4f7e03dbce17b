/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * OTHER: all sums at a group of cells of other targets (schedule/other_targets.h), each cell's
 * as one kernel evaluation over
 *
 *   l = K(DC, DE)^+ check     on the surface DE of the node whose D it is     L2P
 *   m                         on the surface UE of far nodes                  M2P
 *   q                         of near leaves                                  P2P
 *
 * in a T of its own, from which they go to the caller's rows.  Buffers read: D of the local
 * nodes' groups, M of the far nodes', S of the near leaves'.
 */
#include <string.h>

#include "operators/level.h"

/* The task's slots of one kind, and where their buffers begin. */
typedef struct slots {
    const sfm_work *work;
    const void *const *in;
} slots;

static slots local_slots(const sfm_op_args *a)
{
    return (slots){&a->fmm->other->local.group[a->group], a->in};
}

static slots m2p_slots(const sfm_op_args *a)
{
    slots before = local_slots(a);
    return (slots){&a->fmm->other->m2p.group[a->group], before.in + before.work->n_slots};
}

static slots near_slots(const sfm_op_args *a)
{
    slots before = m2p_slots(a);
    return (slots){&a->fmm->other->near.group[a->group], before.in + before.work->n_slots};
}

/* The node whose local expansion a row of the group reads, or -1. */
static int32_t local_node(const sfm_op_args *a, int32_t row)
{
    const sfm_work *w = local_slots(a).work;
    return w->begin[row] < w->begin[row + 1] ? w->item[w->begin[row]] : -1;
}

/* Densities for the rows from `row` on whose local expansions are of one level, as many as a
 * batch holds; returns the row after the last. */
static int32_t solve_rows(const sfm_op_args *a, int32_t row, real *check, real *mid,
                          real *density)
{
    const sfm_fmm *f = a->fmm;
    const sfm_groups *groups = &f->schedule->groups;
    slots s = local_slots(a);
    size_t length = a->n_rhs * sfm_check_row(f->settings), n = 0;
    int32_t count = sfm_group_of(f, a->group)->count;
    const SFM(level) *lv = NULL;
    for (; row < count && n < SFM_BATCH; row++) {
        int32_t node = local_node(a, row);
        if (node < 0) continue;
        const sfm_group *g = &groups->group[groups->of_node[node]];
        if (lv && lv != SFM(level_of)(f, g->level)) break;
        lv = SFM(level_of)(f, g->level);
        const real *d = s.in[s.work->slot[s.work->begin[row]]];
        memcpy(check + length * n++, d + length * (size_t)(node - g->first),
               length * sizeof *d);
    }
    if (n > 0) SFM(solve_densities)(f, lv, n * a->n_rhs, check, mid, density);
    return row;
}

/* What the kernel evaluations of a cell work on. */
typedef struct cell_space {
    real *t; /* the group's */
    SFM(segment) * seg;
    real *scaled; /* densities of the far nodes, see SFM(multipole_sources) */
} cell_space;

/* Far field, from the local expansion (density NULL: there is none) and multipole expansions. */
static size_t far_segments(const sfm_op_args *a, int32_t row, const real *density,
                           const cell_space *space)
{
    SFM(segment) *seg = space->seg;
    real *scaled = space->scaled;
    const sfm_fmm *f = a->fmm;
    int32_t cell = sfm_group_of(f, a->group)->first + row, node = local_node(a, row);
    const double(*centre)[3] = (const double(*)[3])f->geometry->centre;
    const double *frame = SFM(point_frame)(f->other->centre[cell]);
    double half = f->other->half[cell];
    slots far = m2p_slots(a);
    size_t n = 0;
    if (density) {
        const SFM(level) *lv = SFM(level_of)(f, sfm_key_level(f->geometry->tree.key[node]));
        seg[n] = SFM(local_sources)(f, lv, density);
        SFM(set_shift)(f, node, centre[node], frame, half, &seg[n++]);
    }
    for (size_t k = far.work->begin[row]; k < far.work->begin[row + 1]; k++) {
        node = far.work->item[k];
        seg[n] =
            SFM(multipole_sources)(f, a->n_rhs, far.in[far.work->slot[k]], node, &scaled);
        SFM(set_shift)(f, node, centre[node], frame, half, &seg[n++]);
    }
    return n;
}

static size_t near_segments(const sfm_op_args *a, int32_t row, SFM(segment) * seg)
{
    const sfm_fmm *f = a->fmm;
    int32_t cell = sfm_group_of(f, a->group)->first + row;
    const double(*centre)[3] = (const double(*)[3])f->geometry->centre;
    slots near = near_slots(a);
    size_t n = 0;
    for (size_t k = near.work->begin[row]; k < near.work->begin[row + 1]; k++) {
        int32_t leaf = near.work->item[k];
        seg[n] = SFM(leaf_sources)(f, a->n_rhs, near.in[near.work->slot[k]], leaf);
        SFM(set_shift)
        (f, leaf, SFM(point_frame)(centre[leaf]), SFM(point_frame)(f->other->centre[cell]),
         f->other->half[cell], &seg[n++]);
    }
    return n;
}

static void sum_cell(const sfm_op_args *a, int32_t row, const real *density,
                     const cell_space *space)
{
    const sfm_fmm *f = a->fmm;
    const sfm_points *points = &f->other->points;
    const sfm_group *g = sfm_group_of(f, a->group);
    int32_t cell = g->first + row;
    SFM(evaluation) e = {.seg = space->seg};
    SFM(targets_in)
    (f, g->trg_end - g->trg_begin, points->begin[cell] - g->trg_begin, points->count[cell],
     space->t, a->n_rhs, &e);
    e.n_seg = far_segments(a, row, density, space);
    if (e.n_seg) SFM(levels_of)(f)->evaluate(&e);
    e.n_seg = near_segments(a, row, space->seg);
    if (e.n_seg) SFM(levels_of)(f)->near(&e);
}

static size_t batch_rows(const sfm_fmm *f, int32_t group, size_t n_rhs)
{
    size_t count = (size_t)sfm_group_of(f, group)->count;
    return (count < SFM_BATCH ? count : SFM_BATCH) * n_rhs;
}

static size_t scaled_reals(const sfm_fmm *f, int32_t group, size_t n_rhs)
{
    return (size_t)f->other->m2p.group[group].longest * SFM(scaled_reals)(f, n_rhs);
}

static size_t most_segments(const sfm_fmm *f, int32_t group)
{
    return (size_t)f->other->m2p.group[group].longest +
           (size_t)f->other->near.group[group].longest + 1;
}

static size_t target_reals(const sfm_fmm *f, int32_t group, size_t n_rhs)
{
    const sfm_group *g = sfm_group_of(f, group);
    return sfm_buffer_particle_reals(f->settings, SFM_BUFFER_T, g->trg_end - g->trg_begin,
                                     n_rhs);
}

static void evaluate_cells(sfm_op_args *a)
{
    const sfm_fmm *f = a->fmm;
    const sfm_other_targets *o = f->other;
    const sfm_group *g = sfm_group_of(f, a->group);
    size_t rows = batch_rows(f, a->group, a->n_rhs), n_trg = g->trg_end - g->trg_begin;
    size_t row_e = sfm_check_row(f->settings), row_c = sfm_outer_equiv_row(f->settings);
    cell_space space;
    space.t =
        sfm_arena_take(&a->scratch, target_reals(f, a->group, a->n_rhs), sizeof(real));
    real *check = sfm_arena_take(&a->scratch, rows * row_e, sizeof(real));
    real *mid = sfm_arena_take(&a->scratch, rows * row_e, sizeof(real));
    real *density = sfm_arena_take(&a->scratch, rows * row_c, sizeof(real));
    space.seg = sfm_arena_take(&a->scratch, most_segments(f, a->group), sizeof *space.seg);
    space.scaled =
        sfm_arena_take(&a->scratch, scaled_reals(f, a->group, a->n_rhs), sizeof(real));
    SFM(place_points)
    (f->geometry, &o->points, (const double(*)[3])o->centre, o->targets, g->first, g->count,
     space.t);
    SFM(clear_sums)(f->settings, n_trg, a->n_rhs, space.t);
    for (int32_t row = 0; row < g->count;) {
        int32_t end = solve_rows(a, row, check, mid, density);
        for (const real *d = density; row < end; row++) {
            int has_local = local_node(a, row) >= 0;
            sum_cell(a, row, has_local ? d : NULL, &space);
            if (has_local) d += a->n_rhs * row_c;
        }
    }
    SFM(deliver_sums)(a, o->points.index + g->trg_begin, n_trg, space.t);
}

static size_t scratch(const sfm_fmm *f, int32_t group, size_t n_rhs)
{
    size_t rows = batch_rows(f, group, n_rhs);
    return sfm_arena_bytes(target_reals(f, group, n_rhs), sizeof(real)) +
           2 * sfm_arena_bytes(rows * sfm_check_row(f->settings), sizeof(real)) +
           sfm_arena_bytes(rows * sfm_outer_equiv_row(f->settings), sizeof(real)) +
           sfm_arena_bytes(scaled_reals(f, group, n_rhs), sizeof(real)) +
           sfm_arena_bytes(most_segments(f, group), sizeof(SFM(segment)));
}

const sfm_operator_code SFM(other_code) = {evaluate_cells, scratch};

#ifdef SFM_ROWS
SFM_DECLARE_CODE(other);

static int always(const sfm_fmm *f, int32_t group)
{
    (void)f, (void)group;
    return 1;
}

static sfm_group_list local_groups(const sfm_fmm *f, int32_t group)
{
    return sfm_groups_read(&f->other->local, group);
}

static sfm_group_list m2p_groups(const sfm_fmm *f, int32_t group)
{
    return sfm_groups_read(&f->other->m2p, group);
}

static sfm_group_list near_groups(const sfm_fmm *f, int32_t group)
{
    return sfm_groups_read(&f->other->near, group);
}

static sfm_amount amount(const sfm_fmm *f, int32_t cell)
{
    return (sfm_amount){.pairs = sfm_other_targets_pairs(f->other, &f->geometry->tree,
                                                         f->settings->n_e, f->settings->n_c,
                                                         cell)};
}

const sfm_operator sfm_other = {
    .name = "OTHER",
    .codelet = "starfmm_other",
    .color = 0xe91e63,
    .rank = 0.30,
    .n_uses = 4,
    .use = {{SFM_READ, SFM_BUFFER_D, local_groups},
            {SFM_READ, SFM_BUFFER_M, m2p_groups},
            {SFM_READ, SFM_BUFFER_S, near_groups},
            {SFM_ADD, SFM_CALLER_RESULTS, NULL}},
    .exists = always,
    .amount = amount,
    .makes_results = 1,
    .code = SFM_CODE_OF(other),
};
#endif
