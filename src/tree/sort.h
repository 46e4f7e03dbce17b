/* SPDX-License-Identifier: BSD-3-Clause */
/* Points in Morton order. */
#ifndef SFM_SORT_H
#define SFM_SORT_H

#include <stddef.h>

#include "base/parallel.h"
#include "base/status.h"
#include "tree/morton.h"

/* One set of points in Morton order. */
typedef struct sfm_sorted_points {
    size_t n;
    sfm_key *key;    /* [n] of level SFM_MAX_DEPTH, ascending */
    uint32_t *index; /* [n] the caller's */
} sfm_sorted_points;

/* Sort keys of level SFM_MAX_DEPTH; index[i] becomes the former position of key[i],
 * ascending among equal keys.  12 n bytes of scratch.  n < 2^32.  Errors: ENOMEM. */
starfmm_status sfm_sort_keys(sfm_helpers *helpers, size_t n, sfm_key *key, uint32_t *index);

#endif
