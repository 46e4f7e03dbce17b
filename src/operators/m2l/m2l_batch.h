/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The target parents of an m2l_work in batches, and for each what the frequency-space core
 * (m2l_core.h) has to add up.  Independent of precision and order.
 *
 * The core computes up to four targets of a sibling set at a time: a quartet.  For one
 * source child the offsets to them are one offset less constants of the quartet, so the
 * tables lie at constant distances.  Which of the four are not adjacent to the source is a
 * mask; terms with equal masks form a run, computed without a branch.
 */
#ifndef SFM_M2L_BATCH_H
#define SFM_M2L_BATCH_H

#include "schedule/m2l_work.h"

/* Offsets of two children, -3 ... 3 per dimension: x + 3 + 7 (y + 3) + 49 (z + 3). */
#define SFM_M2L_OFFSETS 343
#define SFM_M2L_FAR_OFFSETS 316 /* those that are not adjacent, 7^3 - 3^3 */

static inline int sfm_m2l_offset_index(const int o[3])
{
    return o[0] + 3 + 7 * (o[1] + 3 + 7 * (o[2] + 3));
}

/* Offset by index; 1 when it belongs to V, 0 when the two nodes are adjacent. */
int sfm_m2l_offset(int index, int o[3]);

#define SFM_M2L_QUARTET 4
#define SFM_M2L_MAX_RUNS 15
#define SFM_M2L_MAX_TERMS (26 * 8) /* of a quartet: source children */

typedef struct sfm_m2l_term {
    int32_t source; /* of the batch */
    int32_t offset; /* index of the offset to octant 0 of the target parent */
} sfm_m2l_term;

typedef struct sfm_m2l_run {
    uint16_t mask, n_terms;
} sfm_m2l_run;

typedef struct sfm_m2l_quartet {
    int32_t n_targets;            /* 1 ... 4 */
    int32_t row[SFM_M2L_QUARTET]; /* of the batch's targets */
    int32_t
        distance[SFM_M2L_QUARTET]; /* offset index to octant 0 less that to the target */
    int32_t first_term, first_run, n_runs;
} sfm_m2l_quartet;

typedef struct sfm_m2l_batch {
    int32_t n_sources, n_targets, n_quartets, n_terms, n_runs;
    int32_t *source_slot, *source_index; /* [n_sources] */
    int32_t *target_index;               /* [n_targets] node within the target group */
    sfm_m2l_quartet *quartet;            /* [n_quartets], those with terms only */
    sfm_m2l_run *run;                    /* [n_runs] */
    sfm_m2l_term *term;                  /* [n_terms] in the order of the runs */
    int32_t *source_of;                  /* [n_halo][8] source of a halo child */
} sfm_m2l_batch;

/* The largest n_sources of any batch of at most n_parents parents. */
size_t sfm_m2l_batch_max_sources(const sfm_m2l_work *work, int32_t n_parents);

/* Bytes, a multiple of 64, for the lists of any batch of at most n_parents parents. */
size_t sfm_m2l_batch_bytes(const sfm_m2l_work *work, int32_t n_parents);

/* Lists of parents [first, first + n_parents), in `memory`. */
void sfm_m2l_batch_build(sfm_m2l_batch *batch, const sfm_m2l_work *work, int32_t first,
                         int32_t n_parents, void *memory);

#endif
