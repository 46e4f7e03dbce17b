/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * All that stays constant over the evaluations of a plan, as the operators see it: tree,
 * groups, what each group has to do, operators per level.  Nothing here knows of StarPU.
 *
 * Lengths are in tree units: a power of two of the caller's unit (so scaling is exact) such
 * that the root's half side lies in (1/2, 1].  Points are stored relative to the centre of
 * their leaf, which keeps their last digits in single precision too.
 */
#ifndef SFM_FMM_H
#define SFM_FMM_H

#include "kernels/kernel.h"
#include "schedule/m2l_work.h"
#include "schedule/reactions.h"
#include "tree/groups.h"
#include "tree/lists.h"
#include "tree/tree.h"

/* One operator's reading list for one target group: rows are the nodes of the group. */
typedef struct sfm_work {
    int32_t n_slots;     /* groups read, in the order of the task's buffers */
    int32_t *slot_group; /* [n_slots] */
    const size_t *begin; /* [group's nodes + 1] a row's first entry in item and slot */
    const int32_t *item; /* node read */
    const int32_t *slot; /* its slot */
    int32_t longest;     /* longest row */
} sfm_work;

/* The reading lists of all groups, over one pair of arrays. */
typedef struct sfm_reading {
    sfm_csr csr;     /* [n_nodes] rows of nodes read */
    int32_t *slot;   /* as csr.item */
    int32_t *slots;  /* the slot_group of all groups, one after the other */
    sfm_work *group; /* [n_groups] */
} sfm_reading;

typedef struct sfm_fmm {
    sfm_tree tree;
    sfm_groups groups;
    const sfm_kernel *kernel;
    double params[STARFMM_MAX_PARAMS]; /* in tree units */
    starfmm_precision precision;
    sfm_isa isa;
    sfm_accuracy accuracy;
    int gradient;
    int order, check_order;
    int n_e, n_c;                   /* points of the inner and outer surface */
    double unit;                    /* length of one tree unit, a power of two */
    double half[SFM_MAX_DEPTH + 1]; /* half side of a node of a level, tree units */
    double (*centre)[3];        /* [n_nodes] relative to the root's centre, tree units */
    sfm_reading near, m2p, p2l; /* near: leaves whose sources are summed directly, U and the
                                   cheap members of W and X; see also reactions.h */
    sfm_reactions reactions;
    sfm_m2l_work *m2l;          /* [n_groups] */
    double (*flops)[STARFMM_N_OPERATORS]; /* [n_groups] of one evaluation of one vector */
    void *levels;                         /* [depth + 1] SFM(level) of the precision */
    int shares_shape; /* all arrays but those of the tree, groups.group and flops are another's,
                         see plan/fmm_build.h */
} sfm_fmm;

/* The first level that has expansions: above it no two nodes are well separated. */
#define SFM_TOP_LEVEL 2

/* Leading dimension of a group's particle arrays of n points: room for whole vectors that
 * begin at any point (evaluate.h reads up to one cache line, 16 floats, beyond the end). */
static inline size_t sfm_particle_ld(size_t n)
{
    return (n + 31) / 16 * 16;
}

/* Arrays of a group's coordinates: x, y, z, and in single precision what these lack of
 * their values in double precision (evaluate.h: close pairs need it). */
static inline size_t sfm_place_arrays(starfmm_precision precision)
{
    return precision == STARFMM_DOUBLE ? 3 : 6;
}

/* Sources of a group: coordinates, q_0 ... q_(n_rhs-1), each [ld]. */
static inline size_t sfm_source_reals(const sfm_fmm *f, const sfm_group *g, size_t n_rhs)
{
    size_t arrays = sfm_place_arrays(f->precision) + n_rhs;
    return arrays * sfm_particle_ld(g->src_end - g->src_begin);
}

/* Components of the result of one vector: potential, or potential and gradient. */
static inline size_t sfm_components(const sfm_fmm *f)
{
    return f->gradient ? 4 : 1;
}

/* Targets of a group: coordinates, then [component][rhs], each [ld]. */
static inline size_t sfm_target_reals(const sfm_fmm *f, const sfm_group *g, size_t n_rhs)
{
    size_t arrays = sfm_place_arrays(f->precision) + sfm_components(f) * n_rhs;
    return arrays * sfm_particle_ld(g->trg_end - g->trg_begin);
}

#endif
