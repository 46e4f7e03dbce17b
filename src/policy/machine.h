/* SPDX-License-Identifier: BSD-3-Clause */
/* What this process may run on: cores, hardware threads, caches, NUMA nodes and limits. */
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

/*
 * "PU" is a hardware thread.  `allowed` counts what the cpuset of this process (taskset,
 * cgroup cpuset) leaves of the machine.  The quota and memory limits are those of the
 * cgroup.
 */
typedef struct sfm_machine {
    char cpu[64]; /* its model, "" when the machine does not tell */
    int n_packages, n_numa;
    int n_cores, n_pus;
    int n_cores_allowed, n_pus_allowed;
    int pus_per_core; /* the most on any core: above 1, SMT is on */
    sfm_cache cache[SFM_MACHINE_CACHE_LEVELS]; /* L1d, L2, L3 */
    size_t memory_bytes;
    double cgroup_cpus;         /* CPU time quota in CPUs, 0: none */
    size_t cgroup_memory_bytes; /* 0: none */
} sfm_machine;

/* Describe the machine.  Takes some milliseconds: call once and keep the result.
 * ENOMEM or ERUNTIME when hwloc cannot read the topology. */
starfmm_status sfm_machine_describe(sfm_machine *machine);

#endif
