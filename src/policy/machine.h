/* SPDX-License-Identifier: BSD-3-Clause */
/* The machine as hwloc tells it, and what of it this process may use: for `starfmm info`. */
#ifndef SFM_MACHINE_H
#define SFM_MACHINE_H

#include <stddef.h>

#include "base/status.h"

#define SFM_MACHINE_CACHE_LEVELS 3

/* One level of data (or unified) cache; all zero when the machine does not tell. */
typedef struct sfm_cache {
    size_t bytes;  /* of one instance */
    size_t line;   /* bytes per line */
    int instances; /* in the machine */
    int n_pus;     /* hardware threads that share one instance */
} sfm_cache;

/* A PU is a hardware thread; `allowed` counts what the cpuset of this process (taskset,
 * cgroup) leaves of the machine. */
typedef struct sfm_machine {
    int n_packages, n_numa;
    int n_cores, n_pus;
    int n_cores_allowed, n_pus_allowed;
    sfm_cache cache[SFM_MACHINE_CACHE_LEVELS]; /* L1d, L2, L3 */
    size_t memory_bytes;
} sfm_machine;

/* Takes some milliseconds.  ENOMEM, ERUNTIME: hwloc cannot read the topology. */
starfmm_status sfm_machine_describe(sfm_machine *machine);

#endif
