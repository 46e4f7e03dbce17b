/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Loops that several threads share.  The caller works too and waits only for ranges that a
 * helper has begun, so a loop ends whether or not help ever comes.
 */
#ifndef SFM_PARALLEL_H
#define SFM_PARALLEL_H

#include <stddef.h>

/* One loop under way. */
typedef struct sfm_loop sfm_loop;

/* Who may share a loop; where they come from is the owner's affair. */
typedef struct sfm_helpers {
    int size; /* threads that may work at a time, the caller's included */
    /* Ask `count` others to call sfm_loop_help(loop) once each: now, later or when all is
     * done already.  Returns how many will. */
    int (*ask)(struct sfm_helpers *helpers, sfm_loop *loop, int count);
} sfm_helpers;

/* Ranges worth taking: some ten microseconds of work, where taking one costs a tenth. */
#define SFM_GRAIN_POINTS 16384
#define SFM_GRAIN_NODES 256

/* Work on the items [begin, end).  Must not fail and so not allocate; ranges run in any
 * order and at the same time. */
typedef void (*sfm_range_fn)(void *arg, size_t begin, size_t end);

/*
 * Call fn for ranges that together are [0, n), of `grain` items each (the last one may be
 * shorter): few enough that threads of unequal speed end together, enough to be worth the
 * sharing.  Without helpers (NULL) it is one range.
 */
void sfm_parallel_for(sfm_helpers *helpers, size_t n, size_t grain, sfm_range_fn fn,
                      void *arg);

/* What a helper does, once for each time that it was asked. */
void sfm_loop_help(sfm_loop *loop);

static inline size_t sfm_helpers_size(const sfm_helpers *helpers)
{
    return helpers ? (size_t)helpers->size : 1;
}

#endif
