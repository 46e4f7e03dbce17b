/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The process's StarPU: whether it runs, what it can do, what may be done where.
 *
 * A child of fork has no worker threads, though StarPU's state, copied, says that it runs:
 * there it neither runs for us, nor can it be started.
 */
#ifndef SFM_RUNTIME_H
#define SFM_RUNTIME_H

#include "base/status.h"

typedef struct sfm_runtime_description {
    char version[32];
    int built_max_cpus; /* CPU workers that this StarPU was built for */
    int has_fxt;
    int n_cpu_workers;
    char scheduler[64];
    int min_priority, max_priority;
    int max_buffers; /* handles of a task before StarPU allocates */
} sfm_runtime_description;

/* Of the running StarPU; ERUNTIME where none runs. */
starfmm_status sfm_runtime_describe(sfm_runtime_description *d);

/* StarPU runs in this process: 0 or 1. */
int sfm_runtime_runs(void);

/* It runs and has a CPU worker.  ERUNTIME, which says what is missing. */
starfmm_status sfm_runtime_check(void);

/* The caller may wait for tasks: he is no task or callback.  EBUSY. */
starfmm_status sfm_runtime_check_may_wait(void);
/* Is there memory for n more of StarPU's objects?  It ends the process where its own
 * allocations fail.  ENOMEM. */
starfmm_status sfm_runtime_check_memory(size_t n, const char *what);

/* The caller may submit: StarPU runs, and if he is a task or callback, StarPU would not make
 * him wait until there are fewer tasks.  ERUNTIME. */
starfmm_status sfm_runtime_check_may_submit(void);

/* Start StarPU for this process unless it runs; stop what start started. */
starfmm_status sfm_runtime_start(int n_workers);
void sfm_runtime_stop(void);

#endif
