/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Operator sets: the matrices and M2L table of one kernel, box size, order, precision and
 * instruction set.  A set never changes, is counted, and is shared by all plans of the
 * process: a second plan of the same kind computes nothing.  Sets that no plan uses are kept
 * for plans to come, up to SFM_UNUSED_SET_BYTES, the oldest out first.
 *
 * And the levels of a plan: a set and scaled surfaces each.
 */
#ifndef SFM_OPERATOR_SET_H
#define SFM_OPERATOR_SET_H

#include "operators/fmm.h"
#include "precompute/operators.h"

#define SFM_UNUSED_SET_BYTES ((size_t)256 << 20)

typedef struct sfm_operator_set_key {
    sfm_operators_key matrices;
    starfmm_precision precision;
    sfm_isa isa;
    starfmm_m2l m2l; /* not automatic */
} sfm_operator_set_key;

typedef struct sfm_operator_set {
    sfm_operator_set_key key;
    const void *content; /* SFM(set) of the precision, operators/level.h */
    size_t bytes;
    /* under the lock of operator_set.c: */
    int references;
    /* By kinds of sources and targets, in the ordinary and the strict grade; 0: not measured. */
    double error[STARFMM_MAX_KINDS][STARFMM_MAX_KINDS][2];
    struct sfm_operator_set *next;
} sfm_operator_set;

/* The set, to be given back; found in the process or computed.  Any thread.  ENOMEM,
 * ENUMERIC, EUNSUPPORTED. */
starfmm_status sfm_operator_set_get(const sfm_operator_set **set,
                                    const sfm_operator_set_key *key);
void sfm_operator_set_release(const sfm_operator_set *set);

/* Free all sets that no plan uses. */
void sfm_operator_sets_free_unused(void);

/* ---- the levels of a plan -------------------------------------------------------------- */

typedef struct sfm_levels {
    double params[STARFMM_MAX_PARAMS];              /* of the kernel, in tree units */
    const sfm_operator_set *set[SFM_MAX_DEPTH + 1]; /* by level; NULL: none */
    void *typed;                                    /* SFM(levels), operators/level.h */
    void (*free_typed)(void *typed);
} sfm_levels;

/* Of a plan whose kernel has params in the caller's unit.  Errors as above; nothing is left
 * then. */
starfmm_status sfm_levels_create(sfm_levels *levels, const sfm_settings *settings,
                                 const sfm_geometry *geometry, int top_level,
                                 const double *params);
void sfm_levels_free(sfm_levels *levels);
/* The largest error in a grade of any level's set, between the settings' kinds.  ENOMEM. */
starfmm_status sfm_levels_measure(const sfm_levels *levels, const sfm_settings *settings,
                                  starfmm_grade grade, double *error);

/* ---- in each precision (set_t.c) ------------------------------------------------------- */

#define SFM_DECLARE_SET_FUNCTIONS(precision)                                               \
    starfmm_status sfm_set_create_##precision(void **content, size_t *bytes,               \
                                              const sfm_operators *operators,              \
                                              const sfm_operator_set_key *key);            \
    void sfm_set_free_##precision(void *content);                                          \
    starfmm_status sfm_set_measure_##precision(const void *content,                        \
                                               const sfm_operator_set_key *key,            \
                                               int source, int target, double error[2]);   \
    starfmm_status sfm_levels_create_##precision(                                          \
        void **levels, const sfm_settings *settings, const sfm_geometry *geometry,         \
        int top_level, const sfm_operator_set *const *set);                                \
    void sfm_levels_free_##precision(void *levels)
SFM_DECLARE_SET_FUNCTIONS(f64);
SFM_DECLARE_SET_FUNCTIONS(f32);

#endif
