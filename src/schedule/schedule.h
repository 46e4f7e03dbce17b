/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The schedule: the groups that tasks work on, and who reads whom.  It follows from the tree,
 * and knows nothing of kernels.  It belongs to one plan; a move keeps it (sfm_schedule_follow)
 * or replaces it.
 */
#ifndef SFM_SCHEDULE_H
#define SFM_SCHEDULE_H

#include "schedule/m2l_work.h"
#include "schedule/reading.h"
#include "schedule/remote_sums.h"

typedef struct sfm_schedule {
    int top_level; /* the first that has expansions: 2, as no two nodes above it
                                   are well separated */
    int mutual;    /* a near row holds only half of the pairs of leaves */
    sfm_reading near, m2p, p2l; /* see schedule/reading.h */
    uint8_t *v_length;          /* [n_nodes] members of V that hold sources; 0 for nodes
                                   without targets */
    sfm_groups groups;
    sfm_remote_sums remote;
    sfm_m2l_work *m2l;    /* [n_groups] */
    uint8_t *read_by_m2l; /* [n_groups] 1: some M2L reads the group */
} sfm_schedule;

/* Build in two steps, since groups are cut by what the nodes read.  After a failure of either
 * (ENOMEM) free what there is.
 * Rows: near, m2p, p2l, v_length; limit as in schedule/reading.h; mutual: pairs can be summed
 * for both points at once, which they are where sources and targets are one set.
 * Groups: the rest; max_weight and weight[n_nodes], or a fixed size, as of sfm_groups_build. */
starfmm_status sfm_schedule_build_rows(sfm_schedule *s, const sfm_geometry *g,
                                       const sfm_lists *lists, size_t limit, int mutual,
                                       sfm_helpers *helpers);
starfmm_status sfm_schedule_build_groups(sfm_schedule *s, const sfm_geometry *g,
                                         const sfm_csr *colleagues, int32_t group_size,
                                         const double *weight, double max_weight,
                                         sfm_helpers *helpers);

/* The geometry has the same nodes as before (sfm_tree_same_nodes) and other points in them. */
void sfm_schedule_follow(sfm_schedule *s, const sfm_geometry *g);

void sfm_schedule_free(sfm_schedule *s);
size_t sfm_schedule_bytes(const sfm_schedule *s, const sfm_geometry *g);

/* Consecutive groups, from the first to the last that holds children (parents) of a group's
 * nodes; among those of parents there may be some that hold none. */
typedef struct sfm_group_range {
    int32_t first, count;
} sfm_group_range;
sfm_group_range sfm_schedule_child_groups(const sfm_schedule *s, const sfm_tree *t,
                                          int32_t group);
sfm_group_range sfm_schedule_parent_groups(const sfm_schedule *s, const sfm_tree *t,
                                           int32_t group);

/* Does any node of a group hold points of a set?  */
int sfm_group_holds(const sfm_points *points, const sfm_group *g);

#endif
