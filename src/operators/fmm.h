/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the operators see of a plan: a view of its parts, which owns nothing.  All of it stays
 * constant over the evaluations of a plan.  Nothing here knows of StarPU.
 *
 * Points are stored in tree units relative to the geometry's origin in double precision, which
 * is exact; in single precision relative to the centre of their leaf, as a float and what it
 * lacks, which keeps their last digits too.
 */
#ifndef SFM_FMM_H
#define SFM_FMM_H

#include "kernels/kernel.h"
#include "operators/surface.h"
#include "schedule/other_targets.h"
#include "schedule/schedule.h"

/* What is computed, and how exactly: chosen once from the options (src/policy). */
typedef struct sfm_settings {
    const sfm_kernel *kernel;
    starfmm_precision precision;
    sfm_isa isa;
    sfm_accuracy accuracy;
    int source, target; /* kinds of the kernel: what sources hold, what targets receive; */
    int equiv, check;   /* equivalent densities and check potentials */
    int mutual;         /* a pair of points can be summed for both at once */
    int order, check_order; /* points per edge of the inner and the outer surface */
    sfm_surface_form inner, outer;
    int n_e, n_c;         /* points of the inner and of the outer surface */
    starfmm_m2l m2l;      /* not automatic */
    double tolerance;     /* asked for; 0: orders were */
    double cutoff, floor; /* of the pseudo-inverses, see precompute/operators.h */
} sfm_settings;

typedef struct sfm_fmm {
    const sfm_settings *settings;
    const sfm_geometry *geometry;
    const sfm_schedule *schedule;
    const double *params;           /* of the kernel, in tree units */
    const void *levels;             /* SFM(levels) of the precision, operators/level.h */
    const sfm_other_targets *other; /* those of this evaluation; NULL: the plan's targets */
} sfm_fmm;

/* The groups of targets, a task each. */
static inline const sfm_groups *sfm_target_groups(const sfm_fmm *f)
{
    return f->other ? &f->other->groups : &f->schedule->groups;
}

static inline const sfm_group *sfm_group_of(const sfm_fmm *f, int32_t group)
{
    return &sfm_target_groups(f)->group[group];
}

/* Most points of a leaf of the group. */
static inline size_t sfm_most_points(const sfm_points *points, const sfm_group *g)
{
    size_t most = 0;
    for (int32_t i = g->first; i < g->first + g->count; i++)
        if (points->begin[i + 1] - points->begin[i] > most)
            most = points->begin[i + 1] - points->begin[i];
    return most;
}

/* ---- the caller's order and the tree's ------------------------------------------------ */

/* Rows of a caller's array, as one or more chunks of consecutive rows, each row-major. */
typedef struct sfm_rows {
    size_t n_chunks;
    const size_t *begin; /* [n_chunks + 1] first row of a chunk */
    void *const *data;   /* [n_chunks] */
} sfm_rows;

/* Leading dimension of a group's particle arrays of n points: room for whole vectors that
 * begin at any point (evaluate.h reads up to one cache line, 16 floats, beyond the end). */
static inline size_t sfm_particle_ld(size_t n)
{
    return (n + 31) / 16 * 16;
}

/* Arrays of a point's coordinates: x, y, z, and in single precision what these lack of
 * their values in double precision (evaluate.h: close pairs need it). */
static inline size_t sfm_coordinate_arrays(const sfm_settings *s)
{
    return s->precision == STARFMM_DOUBLE ? 3 : 6;
}

/* Components of a source and of a result, of one vector; of what results begin with, and of
 * what they have beyond that; of an equivalent density and of a check potential. */
static inline size_t sfm_source_components(const sfm_settings *s)
{
    return (size_t)s->kernel->source[s->source].dim;
}

static inline size_t sfm_components(const sfm_settings *s)
{
    return (size_t)s->kernel->target[s->target].dim;
}

static inline size_t sfm_potential_components(const sfm_settings *s)
{
    return (size_t)s->kernel->target[0].dim;
}

static inline size_t sfm_gradient_components(const sfm_settings *s)
{
    return sfm_components(s) - sfm_potential_components(s);
}

static inline size_t sfm_equiv_components(const sfm_settings *s)
{
    return (size_t)s->kernel->source[s->equiv].dim;
}

static inline size_t sfm_check_components(const sfm_settings *s)
{
    return (size_t)s->kernel->target[s->check].dim;
}

/* Reals of one vector on the surfaces of a node: densities [component][point] on the inner
 * surface (a row of M) and on the outer one, check potentials likewise (a row of D). */
static inline size_t sfm_equiv_row(const sfm_settings *s)
{
    return sfm_equiv_components(s) * (size_t)s->n_e;
}

static inline size_t sfm_outer_equiv_row(const sfm_settings *s)
{
    return sfm_equiv_components(s) * (size_t)s->n_c;
}

static inline size_t sfm_check_row(const sfm_settings *s)
{
    return sfm_check_components(s) * (size_t)s->n_e;
}

static inline size_t sfm_outer_check_row(const sfm_settings *s)
{
    return sfm_check_components(s) * (size_t)s->n_c;
}

static inline size_t sfm_real_bytes(const sfm_settings *s)
{
    return s->precision == STARFMM_DOUBLE ? sizeof(double) : sizeof(float);
}

#endif
