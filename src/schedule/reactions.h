/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where sources and targets are one set, P2P of a group sums a pair of leaves for both
 * (kernels/mutual.h): the leaf of the smaller number has the pair in its near row.  What it
 * does to a leaf of the same group goes to T; to another group's, into a buffer R of the
 * group that sums, until SCATTER of the other group fetches it.  So every sum has one
 * writer and one order, and no task waits for another's turn.
 */
#ifndef SFM_REACTIONS_H
#define SFM_REACTIONS_H

#include <stddef.h>
#include <stdint.h>

/* Leaves [begin, end) of the list below, all of one group, in R of `group`. */
typedef struct sfm_reaction {
    int32_t group;
    size_t begin, end;
} sfm_reaction;

/* All empty where sources and targets are two sets. */
typedef struct sfm_reactions {
    size_t *begin;     /* [n_groups + 1] first entry of a group in leaf and at */
    int32_t *leaf;     /* leaves of other groups, ascending within a group */
    size_t *at;        /* first point of that leaf in R */
    size_t *points;    /* [n_groups] points in R */
    uint32_t *item_at; /* [near.csr items] first point in R of an item of another group */
    size_t *in_begin;  /* [n_groups + 1] first entry of a group in `in` */
    sfm_reaction *in;  /* what SCATTER of the group fetches */
} sfm_reactions;

#endif
