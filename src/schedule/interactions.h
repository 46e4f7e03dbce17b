/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From the lists to what the operators read.  A member of W or X is summed directly where
 * that is cheaper, and then exact:
 *
 *   A in W(B), no more sources in A than points on a surface:  A's leaves join near(B)
 *   A in X(B), no more targets in B than points on a surface:  A joins near of B's leaves
 *
 * Where sources and targets are one set, near is symmetric, and a row keeps the leaf itself
 * and those of larger numbers (schedule/reactions.h).
 */
#ifndef SFM_INTERACTIONS_H
#define SFM_INTERACTIONS_H

#include "operators/fmm.h"

/* Fill fmm's near, m2p and p2l rows (csr only) from the lists; needs tree, n_e.  ENOMEM. */
starfmm_status sfm_interactions_build(sfm_fmm *fmm, const sfm_lists *lists,
                                      sfm_helpers *helpers);

/* Add slots and per-group work once the groups are cut, which read from n_read groups
 * (their own number, unless others' nodes are read).  ENOMEM. */
starfmm_status sfm_interactions_assign(sfm_fmm *fmm, int32_t n_read, sfm_helpers *helpers);

/* From the lengths of n rows in begin[i + 1] to rows with room for them.  ENOMEM. */
starfmm_status sfm_interactions_open(sfm_csr *csr, int32_t n);

void sfm_interactions_free(sfm_fmm *fmm);

/* |V(B)|, members without sources included. */
int32_t sfm_v_count(const sfm_tree *tree, const sfm_lists *lists, int32_t node);

#endif
