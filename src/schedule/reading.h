/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reading lists: which nodes' buffers an operator reads for each target node, and in which
 * groups these lie.
 *
 * P2P, M2P and P2L read what the lists U, W, X (tree/lists.h) name, with one change.  A
 * member of W or X is summed directly where that is cheaper, and then exact (`limit` = points
 * of an equivalent surface):
 *
 *   A in W(B), no more than limit sources in A:   A's leaves join near(B)
 *   A in X(B), no more than limit targets in B:   A joins near of B's leaves
 *
 *   near   of leaves      leaves whose sources are summed directly: U and those      P2P
 *   m2p    of leaves      the other members of W                                     M2P
 *   p2l    of any node    the other members of X                                     P2L
 *
 * Nodes without targets have empty rows; nodes without sources are in none.  Where sources
 * and targets are one set, near is symmetric, and if the kernel allows (mutual) a row keeps the
 * leaf itself and those of larger numbers: each pair of leaves is summed once, for both
 * (schedule/remote_sums.h).
 */
#ifndef SFM_READING_H
#define SFM_READING_H

#include "tree/geometry.h"
#include "tree/groups.h"

/* One target group's part of a reading list: rows are the nodes of the group. */
typedef struct sfm_work {
    int32_t n_slots;     /* groups read, in the order of the task's buffers */
    int32_t *slot_group; /* [n_slots] */
    const size_t *begin; /* [group's nodes + 1] a row's first entry in item and slot */
    const int32_t *item; /* node read */
    const int32_t *slot; /* its slot */
    int32_t longest;     /* longest row */
} sfm_work;

/* A reading list of all groups, over one pair of arrays.  Zero: empty. */
typedef struct sfm_reading {
    sfm_csr csr;     /* [target nodes] rows of nodes read */
    int32_t *slot;   /* as csr.item */
    int32_t *slots;  /* the slot_group of all groups, one after the other */
    sfm_work *group; /* [target groups] */
} sfm_reading;

/* The rows of near, m2p and p2l.  ENOMEM. */
starfmm_status sfm_reading_build_rows(sfm_reading *near, sfm_reading *m2p, sfm_reading *p2l,
                                      const sfm_tree *tree, const sfm_lists *lists,
                                      size_t limit, int mutual, sfm_helpers *helpers);

/* Room for the rows, from their lengths in csr.begin[i + 1].  ENOMEM. */
starfmm_status sfm_reading_allocate_rows(sfm_reading *reading, int32_t n_rows);

/* Slots and per-group work of target groups that read nodes of the groups in `read` (the
 * same groups, unless the targets are others than the plan's).  ENOMEM. */
starfmm_status sfm_reading_assign_slots(sfm_reading *reading, const sfm_groups *targets,
                                        int32_t n_rows, const sfm_groups *read,
                                        sfm_helpers *helpers);

/* Sources in the leaves of a row. */
static inline double sfm_reading_sources(const sfm_reading *r, const sfm_tree *tree,
                                         int32_t row)
{
    double n = 0;
    for (size_t k = r->csr.begin[row]; k < r->csr.begin[row + 1]; k++)
        n += (double)tree->src.count[r->csr.item[k]];
    return n;
}

void sfm_reading_free(sfm_reading *reading);
size_t sfm_reading_bytes(const sfm_reading *reading, int32_t n_rows, int32_t n_groups);

#endif
