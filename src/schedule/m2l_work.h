/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What M2L has to do for one target group, by sibling sets: V(B) is all children of the
 * colleagues of B's parent, less those adjacent to B, so the work is pairs (target parent,
 * source parent) in 26 directions.  Source parents that some target parent touches are the
 * group's halo.
 *
 * Two children lie apart, source minus target in units of their side, by
 *
 *   2 * direction + source octant - target octant,   each component in -3 ... 3
 *
 * and are a pair of V where some component is beyond -1 ... 1.
 */
#ifndef SFM_M2L_WORK_H
#define SFM_M2L_WORK_H

#include "schedule/reading.h"

typedef struct sfm_m2l_work {
    int32_t n_trg; /* nodes in the target group */

    int32_t n_slots;     /* source groups read, in the order of the task's buffers */
    int32_t *slot_group; /* [n_slots] group */
    int32_t *slot_nodes; /* [n_slots] nodes in that group */

    int32_t n_parents;  /* target parents */
    uint8_t *trg_mask;  /* [n_parents] bit o: octant o exists, has targets, is ours */
    int32_t *trg_index; /* [n_parents][8] index within the group, -1 where the mask is 0 */
    int32_t *halo_of;   /* [n_parents][27] halo parent in direction
                             (dx+1) + 3 (dy+1) + 9 (dz+1), source minus target; -1: none;
                             the centre is always -1 */

    int32_t n_halo;
    uint8_t *halo_mask;  /* [n_halo] bit o: octant o exists and has sources */
    int32_t *halo_slot;  /* [n_halo][8] slot of the child, -1 where the mask is 0 */
    int32_t *halo_index; /* [n_halo][8] index of the child within its source group */
} sfm_m2l_work;

/* The work of all groups, [n_groups]; groups above top_level have none.  ENOMEM: free what
 * there is. */
starfmm_status sfm_m2l_work_build(sfm_m2l_work **m2l, const sfm_tree *tree,
                                  const sfm_groups *groups, int top_level,
                                  const sfm_csr *colleagues, sfm_helpers *helpers);
void sfm_m2l_work_free(sfm_m2l_work *m2l, int32_t n_groups);

/* Bytes of the arrays of one group. */
size_t sfm_m2l_work_bytes(const sfm_m2l_work *work);

#endif
