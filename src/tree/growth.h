/* SPDX-License-Identifier: BSD-3-Clause */
/* The tree while it grows: nodes in order of creation, with runs of key-sorted points. */
#ifndef SFM_GROWTH_H
#define SFM_GROWTH_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "tree/sort.h"

/* Sources, and targets unless they are the sources. */
#define SFM_MAX_SETS 2

typedef struct sfm_run {
    uint32_t begin, end; /* in the sorted points of one set */
} sfm_run;

typedef struct sfm_growing_node {
    sfm_key key;
    sfm_run run[SFM_MAX_SETS];
    int32_t first_child; /* the others follow it; -1: a leaf */
    int32_t next;        /* another node of the same level, -1: none */
    uint8_t octants;     /* bit o: child o exists */
} sfm_growing_node;

typedef struct sfm_growth {
    int n_sets;
    const sfm_sorted_points *set; /* [n_sets] not owned */
    sfm_growing_node *node;       /* [n] of capacity; the root is the first */
    size_t n, capacity;
    int32_t level_head[SFM_MAX_DEPTH + 1]; /* some node of the level, -1: none */
} sfm_growth;

/* Start with the root (n_sets and set are given), then split while a node above max_depth
 * holds more than n_crit points of a set, unless all its points lie in one cell of level
 * SFM_MAX_DEPTH, as coincident ones do.  On failure free it too.  Errors: ENOMEM. */
starfmm_status sfm_growth_start(sfm_growth *g, int n_crit, int max_depth);
void sfm_growth_free(sfm_growth *g);

/* Give a leaf above SFM_MAX_DEPTH its children, those that hold points.  Errors: ENOMEM. */
starfmm_status sfm_growth_split(sfm_growth *g, int32_t node);

/* Split leaves until no two adjacent leaves are more than a level apart; each split is
 * forced by a leaf of the result.  Errors: ENOMEM. */
starfmm_status sfm_growth_balance(sfm_growth *g);

#endif
