/* SPDX-License-Identifier: BSD-3-Clause */
/* CPU time and memory limits of this process's Linux control group, versions 1 and 2. */
#ifndef SFM_CGROUP_H
#define SFM_CGROUP_H

#include <stddef.h>

typedef struct sfm_cgroup_limits {
    double cpus;         /* CPU time quota over its period, 0: none */
    size_t memory_bytes; /* 0: none */
} sfm_cgroup_limits;

/* Read <root>/proc/self/cgroup and the limits under <root>/sys/fs/cgroup of the group and
 * all its parents, the tightest counting.  `root` is "" except in tests.  What cannot be
 * read is no limit. */
sfm_cgroup_limits sfm_cgroup_read(const char *root);

#endif
