/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SFM_SORT_H
#define SFM_SORT_H

#include <stddef.h>

#include "base/status.h"
#include "base/parallel.h"
#include "tree/morton.h"

/* Sort keys of level SFM_MAX_DEPTH; index[i] becomes the former place of key[i], ascending
 * among equal keys.  12 n bytes of scratch.  n < 2^32.  Errors: ENOMEM. */
starfmm_status sfm_sort_keys(sfm_helpers *helpers, size_t n, sfm_key *key, uint32_t *index);

#endif
