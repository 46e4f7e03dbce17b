/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The layout of an array of the caller's that is StarPU data: how its rows are cut into chunks,
 * a data handle each, and which chunks hold points of a group.  Kept for the evaluations to
 * come, in a list that belongs to the graph's side of a plan.
 */
#ifndef SFM_LAYOUT_H
#define SFM_LAYOUT_H

#include "tree/groups.h"

/* Most chunks that an array may have: scratch is made for so many. */
#define SFM_MAX_CHUNKS 4096

typedef struct sfm_layout {
    struct sfm_layout *next;
    const sfm_points *points; /* of the sources or of the targets */
    int in_tree_order;        /* are the rows, or as the caller's points? */
    size_t n_chunks;
    size_t *begin;       /* [n_chunks + 1] first row of a chunk */
    size_t *group_begin; /* [n_groups + 1] first entry of a group in chunk */
    int32_t *chunk;      /* chunks of a group, ascending */
} sfm_layout;

/* The chunk of a row, of n chunks that begin at begin[n]. */
static inline size_t sfm_chunk_of(size_t n, const size_t *begin, size_t row)
{
    size_t lo = 0;
    while (n - lo > 1) {
        size_t mid = (lo + n) / 2;
        if (begin[mid] <= row)
            lo = mid;
        else
            n = mid;
    }
    return lo;
}

/* The layout of these chunks, begin[n_chunks + 1], in the list that begins at *first; made and
 * put there at its first use.  ENOMEM. */
starfmm_status sfm_layout_get(sfm_layout **first, const sfm_groups *groups,
                              const sfm_points *points, int in_tree_order, size_t n_chunks,
                              const size_t *begin, const sfm_layout **layout);
void sfm_layouts_free(sfm_layout **first);

#endif
