/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Remote sums: the near field of points that are sources and targets at once.
 *
 * P2P then sums a pair of leaves for both (kernels/evaluate.h): the leaf of the smaller number
 * has the pair in its near row.  What that adds to a leaf of the same group goes to T; what it
 * adds to another group's leaf goes to a buffer R of the group that sums, from where SCATTER
 * of the other group fetches it.  So every sum has one writer and one order, and no task waits
 * for another's turn.
 *
 * All empty where no pairs are summed for both.
 */
#ifndef SFM_REMOTE_SUMS_H
#define SFM_REMOTE_SUMS_H

#include "schedule/reading.h"

/* Entries [begin, end) of leaf and at, all of leaves of one group. */
typedef struct sfm_remote_run {
    size_t begin, end;
} sfm_remote_run;

typedef struct sfm_remote_sums {
    /* What P2P of a group writes: entries begin[g] ... begin[g + 1] of leaf and at. */
    size_t *begin;       /* [n_groups + 1] */
    int32_t *leaf;       /* leaves of other groups, ascending within a group */
    size_t *at;          /* first point of that leaf in R */
    size_t *points;      /* [n_groups] points in R */
    int32_t *item_entry; /* [items of near] entry of a near item of another group */
    /* What SCATTER of a group fetches: entries fetch_begin[g] ... of the two arrays. */
    size_t *fetch_begin;  /* [n_groups + 1] */
    int32_t *fetch_group; /* whose R */
    sfm_remote_run *run;  /* which entries of that group's leaf and at */
} sfm_remote_sums;

/* From the near rows.  ENOMEM. */
starfmm_status sfm_remote_sums_build(sfm_remote_sums *r, const sfm_tree *tree,
                                     const sfm_groups *groups, const sfm_reading *near);
/* The tree's nodes hold other numbers of points now. */
void sfm_remote_sums_follow(sfm_remote_sums *r, const sfm_tree *tree, int32_t n_groups);
void sfm_remote_sums_free(sfm_remote_sums *r);
size_t sfm_remote_sums_bytes(const sfm_remote_sums *r, int32_t n_groups, size_t n_items);

#endif
