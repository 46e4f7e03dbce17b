/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Names of tasks, such as "prefix_M2L_l12_g7": operator, level, number of the group within it.
 *
 * A table has the names of all tasks of a plan with one prefix.  It is shared by the requests
 * that use it and by the plan's cache, which keeps the table without a prefix and the one that
 * was last asked for; it goes with the last of them.  StarPU copies a name into its trace when
 * the task is submitted and looks at it no more when the task's callback has been called.
 */
#ifndef SFM_NAMES_H
#define SFM_NAMES_H

#include <stdatomic.h>

#include "tree/groups.h"

/* The longest name, and what it holds of a prefix; longer prefixes are cut. */
#define SFM_TASK_NAME 48
#define SFM_TASK_PREFIX 24

typedef struct sfm_names {
    atomic_int references;
    char prefix[SFM_TASK_PREFIX + 1];
    char (*name)[STARFMM_N_OPERATORS][SFM_TASK_NAME]; /* [n_groups] */
} sfm_names;

typedef struct sfm_names_cache {
    sfm_names *plain, *last; /* without a prefix, the last one with one; NULL: none yet */
} sfm_names_cache;

/* A reference to the table for a prefix ("": none), which is made where the cache has none;
 * the cache's lock is held.  ENOMEM. */
starfmm_status sfm_names_get(sfm_names_cache *cache, const sfm_groups *groups,
                             const char *prefix, sfm_names **names);

/* Give a reference back; NULL is allowed. */
void sfm_names_release(sfm_names *names);

/* The cache's own references: the groups are about to change or to go. */
void sfm_names_clear(sfm_names_cache *cache);

#endif
